//! `_decimal`: decimal arithmetic on `number::decimal`.

mod context;
mod current;
mod make;
#[macro_use]
mod methods;
mod object;
mod operate;
mod signals;

use context::{ContextManager, ContextObject, ROUNDINGS};
use object::DecimalObject;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::call;

/// `DecimalTuple`.
fn tuple_class(vm: &Vm) -> Result<Object> {
    if let Some(known) = vm.interp().module_state.borrow().get("decimal.DecimalTuple") {
        return Ok(known.clone());
    }
    let named = attr::getattr(vm, &vm.import("collections")?, &vm.intern("namedtuple"))?;
    let class = call::call(
        vm,
        &named,
        &[Str::new("DecimalTuple").into_object(), Str::new("sign digits exponent").into_object()],
    )?;
    attr::setattr(vm, &class, vm.names().__module__(), Some(Str::new("decimal").as_object()))?;
    vm.interp().module_state.borrow_mut().insert("decimal.DecimalTuple", class.clone());
    Ok(class)
}

/// C decimal arithmetic module
#[pymodule("_decimal", types(DecimalObject, ContextObject))]
pub mod module {
    use super::*;
    use number::decimal::MAX;
    use vm::builtins::module::Module;

    #[constant]
    const MAX_PREC: i64 = MAX;
    #[constant]
    const MAX_EMAX: i64 = MAX;
    #[constant]
    const MIN_EMIN: i64 = -MAX;
    #[constant]
    const MIN_ETINY: i64 = -1_999_999_999_999_999_997;
    #[constant]
    const IEEE_CONTEXT_MAX_BITS: i32 = 512;
    #[constant]
    const HAVE_THREADS: bool = true;
    #[constant]
    const HAVE_CONTEXTVAR: bool = true;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        signals::SignalDict::init_type(vm)?;
        ContextManager::init_type(vm)?;
        let dict = module.dict();
        for (name, _) in ROUNDINGS {
            dict.set_str(vm, name, vm.intern(name).into_object())?;
        }
        dict.set_str(vm, "DecimalException", signals::class(vm, "decimal.DecimalException")?)?;
        for (name, _) in signals::SIGNALS.into_iter().chain(signals::CONDITIONS) {
            dict.set_str(vm, name.trim_start_matches("decimal."), signals::class(vm, name)?)?;
        }
        for (name, known) in [
            ("DefaultContext", "decimal.DefaultContext"),
            ("BasicContext", "decimal.BasicContext"),
            ("ExtendedContext", "decimal.ExtendedContext"),
        ] {
            dict.set_str(vm, name, current::template(vm, known)?.into_object())?;
        }
        dict.set_str(vm, "DecimalTuple", tuple_class(vm)?)?;
        dict.set_str(vm, "__version__", Str::new("1.70").into_object())?;
        dict.set_str(vm, "__libmpdec_version__", Str::new("4.0.1").into_object())?;
        let register = |class: &str| {
            let abc = attr::getattr(vm, &vm.import("numbers")?, &vm.intern(class))?;
            call::call_method(vm, &abc, &vm.intern("register"), &[DecimalObject::class().to_object()])
        };
        register("Number")?;
        Ok(())
    }

    /// Get the current default context.
    #[py("getcontext()")]
    fn getcontext(vm: &Vm) -> Result<Ref<ContextObject>> {
        current::current(vm)
    }

    /// Set a new default context.
    #[py("setcontext(context, /)")]
    fn setcontext(vm: &Vm, context: &Object) -> Result<()> {
        let Some(given) = context.cast::<ContextObject>() else {
            bail!(vm, TypeError, "argument must be a context");
        };
        // The templates themselves are never the current one.
        let mut copy = given.clone();
        for name in ["decimal.DefaultContext", "decimal.BasicContext", "decimal.ExtendedContext"] {
            if current::template(vm, name)?.is(given) {
                copy = given.copied(vm)?;
                copy.flags.bits.set(0);
            }
        }
        current::set_current(vm, &copy)
    }

    /// Return a context manager that will set the default context to a copy of ctx
    /// on entry to the with-statement and restore the previous default context when
    /// exiting the with-statement. If no context is supplied, a copy of the current
    /// default context is used.
    #[py(raw, "localcontext(ctx=None, **kwargs)", nameless)]
    fn localcontext(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let mut ctx = args.positional().first().cloned();
        if args.positional().len() > 1 {
            let n = args.positional().len();
            bail!(vm, TypeError, "localcontext() takes at most 1 positional argument ({n} given)");
        }
        const KNOWN: [&str; 8] = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];
        let mut options = Vec::new();
        for (name, value) in args.keywords().iter() {
            let text = name.cast::<Str>().and_then(|name| name.as_ascii()).unwrap_or("");
            match KNOWN.iter().find(|known| **known == text) {
                Some(known) => options.push((*known, value)),
                None if text == "ctx" => ctx = Some(value.clone()),
                None => bail!(vm, TypeError, "this function got an unexpected keyword argument '{text}'"),
            }
        }
        ContextManager::make(vm, ctx.as_ref().filter(|ctx| !ctx.is(&none())), &options)
    }

    /// Return a context object initialized to the proper values for one of the
    /// IEEE interchange formats.  The argument must be a multiple of 32 and less
    /// than IEEE_CONTEXT_MAX_BITS.
    #[py("IEEEContext(bits, /)")]
    fn IEEEContext(vm: &Vm, bits: &Object) -> Result<Object> {
        context::ieee(vm, bits)
    }
}
