//! A panic in native code is an exception for the program, which goes on.

use vm::context::{BuiltinModule, Config};
use vm::modules::compile::{Request, compile};
use vm::prelude::*;
use vm::protocol::object::ErrorText;

/// Functions that panic.
#[pymodule("_faulty")]
mod faulty {
    use super::*;

    /// Panic.
    #[py("fail(kind, /)")]
    fn fail(kind: String) -> Result<Object> {
        match kind.as_str() {
            "memory" => panic!("out of memory"),
            "index" => Ok(Object::int32([1, 2, 3][kind.len() * 7 % 36])),
            _ => panic!("no such {kind}"),
        }
    }

    /// Call a function, then panic.
    #[py("call(function, /)")]
    fn call(vm: &Vm, function: &Object) -> Result<Object> {
        let result = vm::protocol::call::call(vm, function, &[])?;
        panic!("after {}", result.cast::<Str>().map_or("?".into(), |s| s.to_string()))
    }
}

const PROGRAM: &str = r#"
seen = []

def caught(function, *args):
    for _ in range(2):
        try:
            function(*args)
        except SystemError as error:
            seen.append(str(error).partition(" (")[0])
        except MemoryError:
            seen.append("memory")

def outer(kind):
    # Frames in between are left, their `finally` runs, and values on their stacks are let go.
    try:
        return [inner(kind) for _ in (1, 2)]
    finally:
        seen.append("finally")

def inner(kind):
    return (1, 2, kind * 2, _faulty.fail(kind))

def generator():
    try:
        yield _faulty.fail("value")
    finally:
        seen.append("closed")

class Sorts:
    def __lt__(self, other):
        _faulty.fail("order")

caught(_faulty.fail, "memory")
caught(_faulty.fail, "word")
caught(outer, "index")
caught(lambda: list(generator()))
caught(lambda: sorted([Sorts(), Sorts()]))
caught(_faulty.call, lambda: "a call")
caught(lambda: _faulty.call(lambda: _faulty.fail("inner")))

def deep(n):
    return deep(n - 1) if n else _faulty.fail("deep")

# The depth is right again after each.
for _ in range(50):
    try:
        deep(900)
    except SystemError:
        pass
def count(n):
    return 1 + count(n - 1) if n else 0
seen.append(count(900))
"#;

#[test]
fn programs_go_on() {
    let modules = vec![BuiltinModule { def: &faulty::MODULE }];
    let vm = vm::start::start(Config::default(), modules, Vec::new());
    vm::start::initialise(vm).expect("it starts");
    let globals = Dict::empty();
    globals.set_name(vm, vm.names().__builtins__(), vm.import("builtins").expect("builtins")).expect("room");
    let faulty = vm::import::create_builtin(vm, "_faulty").expect("the module");
    vm::import::exec_builtin(vm, &faulty).expect("the module");
    globals.set_str(vm, "_faulty", faulty).expect("room");
    let filename = Str::new("<test>");
    let request = Request { filename: &filename, mode: vm::modules::compile::Mode::Exec, flags: 0, optimize: -1 };
    let code = compile(vm, PROGRAM, &request).expect("it compiles");
    let done = vm::frame::call::run_code(vm, &code, &globals, globals.as_object(), None);
    if done.is_err() {
        let raised = vm.take_raised().expect("an exception");
        panic!("{}", vm::exception::report::plain(vm, &raised));
    }
    let seen = globals.get_str(vm, "seen").and_then(|seen| seen.cast::<List>().cloned()).expect("a list");
    let seen: Vec<String> =
        seen.items.to_vec().expect("room").iter().map(|item| item.repr_for_error(vm).to_string()).collect();
    let expected = "'memory' 'memory' 'internal error: no such word' 'internal error: no such word' 'finally' \
        'internal error: index out of bounds: the len is 3 but the index is 35' 'finally' \
        'internal error: index out of bounds: the len is 3 but the index is 35' 'closed' 'internal error: no such value' \
        'closed' 'internal error: no such value' 'internal error: no such order' 'internal error: no such order' \
        'internal error: after a call' 'internal error: after a call' 'internal error: no such inner' \
        'internal error: no such inner' 900";
    assert_eq!(seen.join(" "), expected);
}
