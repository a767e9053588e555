//! The instruction set of CPython 3.14: one table, everything else derived from it.
//!
//! A row of the generic part reads
//!
//! ```text
//! NAME = number, operand, [arg: popped => pushed], inline cache units, [flags] "what it does";
//! ```
//!
//! `popped` and `pushed` count from the deepest slot that the instruction looks at, so `COPY` pops `n` and pushes
//! `n + 1`. `FOR_ITER` and `SEND` have the same effect on both ways out. Flags: `ends` — control never goes on to the
//! next instruction; `raises` — it may raise (run Python code included).
//!
//! Specialised rows name the generic instruction that they specialise, instrumented rows the one that they watch; both
//! take everything else from it. Pseudo instructions exist in the compiler only.
//!
//! Names, numbers, caches and effects are facts of CPython 3.14 (`opcode`, `_opcode`, `dis`); `cargo xtask ops` compares.

/// Hands the whole table to the macro named first, followed by any extra tokens.
///
/// `for_each_op!(my_macro)` expands to `my_macro! { generic { … } specialised { … } instrumented { … } pseudo { … } }`;
/// extra tokens stand in front of `generic`. An interpreter that matches on what it is given cannot miss a row.
#[macro_export]
macro_rules! for_each_op {
    ($callback:path $(, $($extra:tt)*)?) => { $callback! { $($($extra)*)?
generic {
//  name                              no   operand    stack effect                 caches flags
    CACHE                            =  0, None,      [_: 0 => 0],                 0, []            "inline cache unit; never executed";
    BINARY_SLICE                     =  1, None,      [_: 3 => 1],                 0, [raises]      "container, start, stop → container[start:stop]";
    BUILD_TEMPLATE                   =  2, None,      [_: 2 => 1],                 0, [raises]      "strings, interpolations → Template";
    CALL_FUNCTION_EX                 =  4, None,      [_: 4 => 1],                 0, [raises]      "callable, NULL, args, kwargs or NULL → result";
    CHECK_EG_MATCH                   =  5, None,      [_: 2 => 2],                 0, [raises]      "exception, type → rest, match (each or None)";
    CHECK_EXC_MATCH                  =  6, None,      [_: 2 => 2],                 0, [raises]      "exception, type → exception, bool";
    CLEANUP_THROW                    =  7, None,      [_: 3 => 2],                 0, [raises]      "a throw() into a delegating generator: StopIteration → None, its value; else raise on";
    DELETE_SUBSCR                    =  8, None,      [_: 2 => 0],                 0, [raises]      "del container[sub]";
    END_FOR                          =  9, None,      [_: 1 => 0],                 0, []            "pop; FOR_ITER's exhausted exit skips it";
    END_SEND                         = 10, None,      [_: 2 => 1],                 0, []            "receiver, value → value";
    EXIT_INIT_CHECK                  = 11, None,      [_: 1 => 0],                 0, [raises]      "__init__() must have returned None";
    FORMAT_SIMPLE                    = 12, None,      [_: 1 => 1],                 0, [raises]      "format(value), a str stays";
    FORMAT_WITH_SPEC                 = 13, None,      [_: 2 => 1],                 0, [raises]      "format(value, spec)";
    GET_AITER                        = 14, None,      [_: 1 => 1],                 0, [raises]      "aiter(value)";
    GET_ANEXT                        = 15, None,      [_: 1 => 2],                 0, [raises]      "aiter → aiter, awaitable of its next";
    GET_ITER                         = 16, None,      [_: 1 => 1],                 0, [raises]      "iter(value)";
    RESERVED                         = 17, None,      [_: 0 => 0],                 0, []            "never executed";
    GET_LEN                          = 18, None,      [_: 1 => 2],                 0, [raises]      "push len(top)";
    GET_YIELD_FROM_ITER              = 19, None,      [_: 1 => 1],                 0, [raises]      "what `yield from` delegates to";
    INTERPRETER_EXIT                 = 20, None,      [_: 1 => 0],                 0, [ends]        "return from the interpreter to its native caller";
    LOAD_BUILD_CLASS                 = 21, None,      [_: 0 => 1],                 0, [raises]      "push builtins.__build_class__";
    LOAD_LOCALS                      = 22, None,      [_: 0 => 1],                 0, [raises]      "push the namespace that the frame's names live in";
    MAKE_FUNCTION                    = 23, None,      [_: 1 => 1],                 0, [raises]      "code → function";
    MATCH_KEYS                       = 24, None,      [_: 2 => 3],                 0, [raises]      "subject, keys → subject, keys, values tuple or None";
    MATCH_MAPPING                    = 25, None,      [_: 1 => 2],                 0, []            "push whether the subject is a mapping";
    MATCH_SEQUENCE                   = 26, None,      [_: 1 => 2],                 0, []            "push whether the subject is a sequence";
    NOP                              = 27, None,      [_: 0 => 0],                 0, []            "carries a line number";
    NOT_TAKEN                        = 28, None,      [_: 0 => 0],                 0, []            "fall-through of a conditional jump, for branch monitoring";
    POP_EXCEPT                       = 29, None,      [_: 1 => 0],                 0, []            "the popped value is the handled exception again";
    POP_ITER                         = 30, None,      [_: 1 => 0],                 0, []            "pop a finished iterator";
    POP_TOP                          = 31, None,      [_: 1 => 0],                 0, []            "pop";
    PUSH_EXC_INFO                    = 32, None,      [_: 1 => 2],                 0, []            "exception → previously handled one, exception; it is now handled";
    PUSH_NULL                        = 33, None,      [_: 0 => 1],                 0, []            "push NULL";
    RETURN_GENERATOR                 = 34, None,      [_: 0 => 1],                 0, [raises]      "make the generator from this frame and return it; pushed when it is resumed";
    RETURN_VALUE                     = 35, None,      [_: 1 => 1],                 0, [ends]        "return top to the caller, on whose stack it is pushed";
    SETUP_ANNOTATIONS                = 36, None,      [_: 0 => 0],                 0, [raises]      "make __annotations__ exist among the names";
    STORE_SLICE                      = 37, None,      [_: 4 => 0],                 0, [raises]      "value, container, start, stop: container[start:stop] = value";
    STORE_SUBSCR                     = 38, None,      [_: 3 => 0],                 1, [raises]      "value, container, sub: container[sub] = value";
    TO_BOOL                          = 39, None,      [_: 1 => 1],                 3, [raises]      "bool(value)";
    UNARY_INVERT                     = 40, None,      [_: 1 => 1],                 0, [raises]      "~value";
    UNARY_NEGATIVE                   = 41, None,      [_: 1 => 1],                 0, [raises]      "-value";
    UNARY_NOT                        = 42, None,      [_: 1 => 1],                 0, []            "not value, of a bool";
    WITH_EXCEPT_START                = 43, None,      [_: 5 => 6],                 0, [raises]      "exit, its self, lasti, previous, exception: push exit(type, exception, traceback)";
    BINARY_OP                        = 44, BinaryOp,  [_: 2 => 1],                 5, [raises]      "left, right → left op right";
    BUILD_INTERPOLATION              = 45, Raw,       [n: 2 + (n & 1) => 1],       0, [raises]      "value, text, spec if arg & 1 → Interpolation; conversion is arg >> 2";
    BUILD_LIST                       = 46, Raw,       [n: n => 1],                 0, [raises]      "list of n values";
    BUILD_MAP                        = 47, Raw,       [n: n * 2 => 1],             0, [raises]      "dict of n key, value pairs";
    BUILD_SET                        = 48, Raw,       [n: n => 1],                 0, [raises]      "set of n values";
    BUILD_SLICE                      = 49, Raw,       [n: n => 1],                 0, [raises]      "slice of 2 or 3 values";
    BUILD_STRING                     = 50, Raw,       [n: n => 1],                 0, [raises]      "n strings joined";
    BUILD_TUPLE                      = 51, Raw,       [n: n => 1],                 0, [raises]      "tuple of n values";
    CALL                             = 52, Raw,       [n: n + 2 => 1],             3, [raises]      "callable, self or NULL, n arguments → result";
    CALL_INTRINSIC_1                 = 53, Intrinsic1,[_: 1 => 1],                 0, [raises]      "a rare operation on one value";
    CALL_INTRINSIC_2                 = 54, Intrinsic2,[_: 2 => 1],                 0, [raises]      "a rare operation on two values";
    CALL_KW                          = 55, Raw,       [n: n + 3 => 1],             3, [raises]      "callable, self or NULL, n arguments, names of the last ones → result";
    COMPARE_OP                       = 56, Compare,   [_: 2 => 1],                 1, [raises]      "left, right → left op right, or its truth if arg & 16";
    CONTAINS_OP                      = 57, Raw,       [_: 2 => 1],                 1, [raises]      "value in container; arg 1: not in";
    CONVERT_VALUE                    = 58, Convert,   [_: 1 => 1],                 0, [raises]      "str(), repr() or ascii() of value";
    COPY                             = 59, Raw,       [n: n => n + 1],             0, []            "push the n-th value from the top (1 is the top)";
    COPY_FREE_VARS                   = 60, Raw,       [_: 0 => 0],                 0, []            "the closure's n cells become the last n locals";
    DELETE_ATTR                      = 61, Name,      [_: 1 => 0],                 0, [raises]      "del value.name";
    DELETE_DEREF                     = 62, Free,      [_: 0 => 0],                 0, [raises]      "empty the cell";
    DELETE_FAST                      = 63, Local,     [_: 0 => 0],                 0, [raises]      "unbind the local";
    DELETE_GLOBAL                    = 64, Name,      [_: 0 => 0],                 0, [raises]      "unbind the global";
    DELETE_NAME                      = 65, Name,      [_: 0 => 0],                 0, [raises]      "unbind the name";
    DICT_MERGE                       = 66, Raw,       [n: n + 4 => n + 3],         0, [raises]      "dict.update(value) of keyword arguments: repeated names raise; dict is n-th after the pop";
    DICT_UPDATE                      = 67, Raw,       [n: n + 1 => n],             0, [raises]      "dict.update(value); dict is n-th after the pop";
    END_ASYNC_FOR                    = 68, JumpBack,  [_: 2 => 0],                 0, [raises]      "StopAsyncIteration ends the loop, else raise on; the jump names the SEND for monitoring";
    EXTENDED_ARG                     = 69, Raw,       [_: 0 => 0],                 0, []            "arg becomes the high bits of the next instruction's";
    FOR_ITER                         = 70, JumpFwd,   [_: 1 => 2],                 1, [raises]      "iter → iter, next; exhausted: jump beyond the END_FOR at the target, iter stays";
    GET_AWAITABLE                    = 71, Raw,       [_: 1 => 1],                 0, [raises]      "what `await` delegates to; arg 1, 2: of __aenter__, __aexit__";
    IMPORT_FROM                      = 72, Name,      [_: 1 => 2],                 0, [raises]      "module → module, module.name";
    IMPORT_NAME                      = 73, Name,      [_: 2 => 1],                 0, [raises]      "level, fromlist → module";
    IS_OP                            = 74, Raw,       [_: 2 => 1],                 0, []            "left is right; arg 1: is not";
    JUMP_BACKWARD                    = 75, JumpBack,  [_: 0 => 0],                 1, [ends raises] "jump; signals and switches are looked at";
    JUMP_BACKWARD_NO_INTERRUPT       = 76, JumpBack,  [_: 0 => 0],                 0, [ends]        "jump, nothing is looked at";
    JUMP_FORWARD                     = 77, JumpFwd,   [_: 0 => 0],                 0, [ends]        "jump";
    LIST_APPEND                      = 78, Raw,       [n: n + 1 => n],             0, [raises]      "list.append(value); list is n-th after the pop";
    LIST_EXTEND                      = 79, Raw,       [n: n + 1 => n],             0, [raises]      "list.extend(value); list is n-th after the pop";
    LOAD_ATTR                        = 80, NameAttr,  [n: 1 => 1 + (n & 1)],       9, [raises]      "value.name (arg >> 1); arg & 1: method, self or attribute, NULL";
    LOAD_COMMON_CONSTANT             = 81, Common,    [_: 0 => 1],                 0, []            "push one of a few objects that the language itself needs";
    LOAD_CONST                       = 82, Const,     [_: 0 => 1],                 0, []            "push a constant";
    LOAD_DEREF                       = 83, Free,      [_: 0 => 1],                 0, [raises]      "push what the cell holds";
    LOAD_FAST                        = 84, Local,     [_: 0 => 1],                 0, []            "push a local that is surely bound";
    LOAD_FAST_AND_CLEAR              = 85, Local,     [_: 0 => 1],                 0, []            "push the local or NULL and unbind it";
    LOAD_FAST_BORROW                 = 86, Local,     [_: 0 => 1],                 0, []            "push a local that outlives the pushed reference";
    LOAD_FAST_BORROW_LOAD_FAST_BORROW= 87, TwoLocals, [_: 0 => 2],                 0, []            "push locals arg >> 4 and arg & 15, borrowed";
    LOAD_FAST_CHECK                  = 88, Local,     [_: 0 => 1],                 0, [raises]      "push a local, UnboundLocalError if it is unbound";
    LOAD_FAST_LOAD_FAST              = 89, TwoLocals, [_: 0 => 2],                 0, []            "push locals arg >> 4 and arg & 15";
    LOAD_FROM_DICT_OR_DEREF          = 90, Free,      [_: 1 => 1],                 0, [raises]      "mapping → mapping's entry for the cell's name, or what the cell holds";
    LOAD_FROM_DICT_OR_GLOBALS        = 91, Name,      [_: 1 => 1],                 0, [raises]      "mapping → mapping's entry, or the global";
    LOAD_GLOBAL                      = 92, NameGlobal,[n: 0 => 1 + (n & 1)],       4, [raises]      "push the global or builtin (arg >> 1); arg & 1: and NULL";
    LOAD_NAME                        = 93, Name,      [_: 0 => 1],                 0, [raises]      "push the local, global or builtin name";
    LOAD_SMALL_INT                   = 94, SmallInt,  [_: 0 => 1],                 0, []            "push the int arg";
    LOAD_SPECIAL                     = 95, Special,   [_: 1 => 2],                 0, [raises]      "value → its type's method, self or NULL";
    LOAD_SUPER_ATTR                  = 96, NameSuper, [n: 3 => 1 + (n & 1)],       1, [raises]      "super, class, self → super(class, self).name (arg >> 2); arg & 1: as method; arg & 2: two-argument form";
    MAKE_CELL                        = 97, Free,      [_: 0 => 0],                 0, [raises]      "the local becomes a cell that holds it";
    MAP_ADD                          = 98, Raw,       [n: n + 2 => n],             0, [raises]      "dict[key] = value; dict is n-th after the pops";
    MATCH_CLASS                      = 99, Raw,       [_: 3 => 1],                 0, [raises]      "subject, class, keyword names → attributes tuple or None; arg positional patterns";
    POP_JUMP_IF_FALSE                =100, JumpFwd,   [_: 1 => 0],                 1, []            "of a bool";
    POP_JUMP_IF_NONE                 =101, JumpFwd,   [_: 1 => 0],                 1, []            "is None";
    POP_JUMP_IF_NOT_NONE             =102, JumpFwd,   [_: 1 => 0],                 1, []            "is not None";
    POP_JUMP_IF_TRUE                 =103, JumpFwd,   [_: 1 => 0],                 1, []            "of a bool";
    RAISE_VARARGS                    =104, Raw,       [n: n => 0],                 0, [ends raises] "raise; raise exception; raise exception from cause";
    RERAISE                          =105, Raw,       [n: n + 1 => n],             0, [ends raises] "raise top on; arg: restore lasti from the arg-th slot below";
    SEND                             =106, JumpFwd,   [_: 2 => 2],                 1, [raises]      "receiver, value → receiver, yielded; jump with the result when it returns";
    SET_ADD                          =107, Raw,       [n: n + 1 => n],             0, [raises]      "set.add(value); set is n-th after the pop";
    SET_FUNCTION_ATTRIBUTE           =108, FuncAttr,  [_: 2 => 1],                 0, []            "value, function → function";
    SET_UPDATE                       =109, Raw,       [n: n + 1 => n],             0, [raises]      "set.update(value); set is n-th after the pop";
    STORE_ATTR                       =110, Name,      [_: 2 => 0],                 4, [raises]      "value, owner: owner.name = value";
    STORE_DEREF                      =111, Free,      [_: 1 => 0],                 0, []            "the cell holds top";
    STORE_FAST                       =112, Local,     [_: 1 => 0],                 0, []            "bind the local";
    STORE_FAST_LOAD_FAST             =113, TwoLocals, [_: 1 => 1],                 0, []            "bind local arg >> 4, push local arg & 15";
    STORE_FAST_STORE_FAST            =114, TwoLocals, [_: 2 => 0],                 0, []            "bind local arg >> 4 to top, arg & 15 to the next";
    STORE_GLOBAL                     =115, Name,      [_: 1 => 0],                 0, [raises]      "bind the global";
    STORE_NAME                       =116, Name,      [_: 1 => 0],                 0, [raises]      "bind the name";
    SWAP                             =117, Raw,       [n: n => n],                 0, []            "exchange top and the n-th value (1 is the top)";
    UNPACK_EX                        =118, Raw,       [n: 1 => 1 + (n & 255) + (n >> 8)], 0, [raises] "arg & 255 values, list of the middle ones, arg >> 8 values; first on top";
    UNPACK_SEQUENCE                  =119, Raw,       [n: 1 => n],                 1, [raises]      "n values, first on top";
    YIELD_VALUE                      =120, Raw,       [_: 1 => 1],                 0, [raises]      "suspend with top, resumed with what was sent; arg 1: inside await or yield from";
    RESUME                           =128, Raw,       [_: 0 => 0],                 0, [raises]      "start or continuation of a frame";
}
specialised {
    BINARY_OP_INPLACE_ADD_UNICODE          =   3, BINARY_OP       "local += str, in place";
    BINARY_OP_ADD_FLOAT                    = 129, BINARY_OP       "float + float";
    BINARY_OP_ADD_INT                      = 130, BINARY_OP       "int + int";
    BINARY_OP_ADD_UNICODE                  = 131, BINARY_OP       "str + str";
    BINARY_OP_EXTEND                       = 132, BINARY_OP       "a pair of types from a table";
    BINARY_OP_MULTIPLY_FLOAT               = 133, BINARY_OP       "float * float";
    BINARY_OP_MULTIPLY_INT                 = 134, BINARY_OP       "int * int";
    BINARY_OP_SUBSCR_DICT                  = 135, BINARY_OP       "dict[key]";
    BINARY_OP_SUBSCR_GETITEM               = 136, BINARY_OP       "a Python __getitem__, inlined";
    BINARY_OP_SUBSCR_LIST_INT              = 137, BINARY_OP       "list[small int]";
    BINARY_OP_SUBSCR_LIST_SLICE            = 138, BINARY_OP       "list[slice]";
    BINARY_OP_SUBSCR_STR_INT               = 139, BINARY_OP       "str[small int]";
    BINARY_OP_SUBSCR_TUPLE_INT             = 140, BINARY_OP       "tuple[small int]";
    BINARY_OP_SUBTRACT_FLOAT               = 141, BINARY_OP       "float - float";
    BINARY_OP_SUBTRACT_INT                 = 142, BINARY_OP       "int - int";
    CALL_ALLOC_AND_ENTER_INIT              = 143, CALL            "a class with a Python __init__";
    CALL_BOUND_METHOD_EXACT_ARGS           = 144, CALL            "bound method of a Python function, arguments fit";
    CALL_BOUND_METHOD_GENERAL              = 145, CALL            "bound method of a Python function";
    CALL_BUILTIN_CLASS                     = 146, CALL            "builtin type with a fast call";
    CALL_BUILTIN_FAST                      = 147, CALL            "native function of positional arguments";
    CALL_BUILTIN_FAST_WITH_KEYWORDS        = 148, CALL            "native function of positional and keyword arguments";
    CALL_BUILTIN_O                         = 149, CALL            "native function of one argument";
    CALL_ISINSTANCE                        = 150, CALL            "isinstance()";
    CALL_KW_BOUND_METHOD                   = 151, CALL_KW         "bound method of a Python function";
    CALL_KW_NON_PY                         = 152, CALL_KW         "anything native";
    CALL_KW_PY                             = 153, CALL_KW         "Python function";
    CALL_LEN                               = 154, CALL            "len()";
    CALL_LIST_APPEND                       = 155, CALL            "list.append(), its result popped";
    CALL_METHOD_DESCRIPTOR_FAST            = 156, CALL            "native method of positional arguments";
    CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS = 157, CALL         "native method of positional and keyword arguments";
    CALL_METHOD_DESCRIPTOR_NOARGS          = 158, CALL            "native method of no argument";
    CALL_METHOD_DESCRIPTOR_O               = 159, CALL            "native method of one argument";
    CALL_NON_PY_GENERAL                    = 160, CALL            "anything native";
    CALL_PY_EXACT_ARGS                     = 161, CALL            "Python function, arguments fit";
    CALL_PY_GENERAL                        = 162, CALL            "Python function";
    CALL_STR_1                             = 163, CALL            "str(value)";
    CALL_TUPLE_1                           = 164, CALL            "tuple(value)";
    CALL_TYPE_1                            = 165, CALL            "type(value)";
    COMPARE_OP_FLOAT                       = 166, COMPARE_OP      "float, float";
    COMPARE_OP_INT                         = 167, COMPARE_OP      "small int, small int";
    COMPARE_OP_STR                         = 168, COMPARE_OP      "str, str, == or !=";
    CONTAINS_OP_DICT                       = 169, CONTAINS_OP     "in a dict";
    CONTAINS_OP_SET                        = 170, CONTAINS_OP     "in a set or frozenset";
    FOR_ITER_GEN                           = 171, FOR_ITER        "over a generator, inlined";
    FOR_ITER_LIST                          = 172, FOR_ITER        "over a list";
    FOR_ITER_RANGE                         = 173, FOR_ITER        "over a range";
    FOR_ITER_TUPLE                         = 174, FOR_ITER        "over a tuple";
    JUMP_BACKWARD_JIT                      = 175, JUMP_BACKWARD   "counts towards machine code";
    JUMP_BACKWARD_NO_JIT                   = 176, JUMP_BACKWARD   "counts nothing";
    LOAD_ATTR_CLASS                        = 177, LOAD_ATTR       "attribute of a class";
    LOAD_ATTR_CLASS_WITH_METACLASS_CHECK   = 178, LOAD_ATTR       "attribute of a class whose metaclass is checked too";
    LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN      = 179, LOAD_ATTR       "a Python __getattribute__, inlined";
    LOAD_ATTR_INSTANCE_VALUE               = 180, LOAD_ATTR       "inline value of the instance";
    LOAD_ATTR_METHOD_LAZY_DICT             = 181, LOAD_ATTR       "method; the instance's dict does not exist";
    LOAD_ATTR_METHOD_NO_DICT               = 182, LOAD_ATTR       "method; instances have no dict";
    LOAD_ATTR_METHOD_WITH_VALUES           = 183, LOAD_ATTR       "method; no inline value shadows it";
    LOAD_ATTR_MODULE                       = 184, LOAD_ATTR       "attribute of a module";
    LOAD_ATTR_NONDESCRIPTOR_NO_DICT        = 185, LOAD_ATTR       "plain class attribute; instances have no dict";
    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES    = 186, LOAD_ATTR       "plain class attribute; no inline value shadows it";
    LOAD_ATTR_PROPERTY                     = 187, LOAD_ATTR       "a property with a Python getter, inlined";
    LOAD_ATTR_SLOT                         = 188, LOAD_ATTR       "slot of the instance";
    LOAD_ATTR_WITH_HINT                    = 189, LOAD_ATTR       "the instance's dict, at the hinted place";
    LOAD_CONST_IMMORTAL                    = 190, LOAD_CONST      "an immortal constant";
    LOAD_CONST_MORTAL                      = 191, LOAD_CONST      "a counted constant";
    LOAD_GLOBAL_BUILTIN                    = 192, LOAD_GLOBAL     "a builtin";
    LOAD_GLOBAL_MODULE                     = 193, LOAD_GLOBAL     "a global";
    LOAD_SUPER_ATTR_ATTR                   = 194, LOAD_SUPER_ATTR "the real super, an attribute";
    LOAD_SUPER_ATTR_METHOD                 = 195, LOAD_SUPER_ATTR "the real super, a method";
    RESUME_CHECK                           = 196, RESUME          "nothing to look at";
    SEND_GEN                               = 197, SEND            "to a generator, inlined";
    STORE_ATTR_INSTANCE_VALUE              = 198, STORE_ATTR      "inline value of the instance";
    STORE_ATTR_SLOT                        = 199, STORE_ATTR      "slot of the instance";
    STORE_ATTR_WITH_HINT                   = 200, STORE_ATTR      "the instance's dict, at the hinted place";
    STORE_SUBSCR_DICT                      = 201, STORE_SUBSCR    "dict[key] = value";
    STORE_SUBSCR_LIST_INT                  = 202, STORE_SUBSCR    "list[small int] = value";
    TO_BOOL_ALWAYS_TRUE                    = 203, TO_BOOL         "of a type without truth or length";
    TO_BOOL_BOOL                           = 204, TO_BOOL         "of a bool";
    TO_BOOL_INT                            = 205, TO_BOOL         "of an int";
    TO_BOOL_LIST                           = 206, TO_BOOL         "of a list";
    TO_BOOL_NONE                           = 207, TO_BOOL         "of None";
    TO_BOOL_STR                            = 208, TO_BOOL         "of a str";
    UNPACK_SEQUENCE_LIST                   = 209, UNPACK_SEQUENCE "a list";
    UNPACK_SEQUENCE_TUPLE                  = 210, UNPACK_SEQUENCE "a tuple";
    UNPACK_SEQUENCE_TWO_TUPLE              = 211, UNPACK_SEQUENCE "a tuple of two";
    // Taipan's own.
    LOAD_ATTR_GETSET                       = 212, LOAD_ATTR       "attribute that a native function computes";
    FOR_ITER_DICT                          = 220, FOR_ITER        "over a dict's keys or values";
    FOR_ITER_ITEMS                         = 221, FOR_ITER        "over a dict's items, unpacked by what follows";
    FOR_ITER_SET                           = 222, FOR_ITER        "over a set or frozenset";
    FOR_ITER_STR                           = 223, FOR_ITER        "over an ASCII string";
    FOR_ITER_PAIRS                         = 224, FOR_ITER        "over an enumerate or zip, unpacked by what follows";
}
instrumented {
    INSTRUMENTED_END_FOR                   = 234, END_FOR              "monitored";
    INSTRUMENTED_POP_ITER                  = 235, POP_ITER             "monitored";
    INSTRUMENTED_END_SEND                  = 236, END_SEND             "monitored";
    INSTRUMENTED_FOR_ITER                  = 237, FOR_ITER             "monitored";
    INSTRUMENTED_INSTRUCTION               = 238, NOP                  "stands for any instruction, kept aside";
    INSTRUMENTED_JUMP_FORWARD              = 239, JUMP_FORWARD         "monitored";
    INSTRUMENTED_NOT_TAKEN                 = 240, NOT_TAKEN            "monitored";
    INSTRUMENTED_POP_JUMP_IF_TRUE          = 241, POP_JUMP_IF_TRUE     "monitored";
    INSTRUMENTED_POP_JUMP_IF_FALSE         = 242, POP_JUMP_IF_FALSE    "monitored";
    INSTRUMENTED_POP_JUMP_IF_NONE          = 243, POP_JUMP_IF_NONE     "monitored";
    INSTRUMENTED_POP_JUMP_IF_NOT_NONE      = 244, POP_JUMP_IF_NOT_NONE "monitored";
    INSTRUMENTED_RESUME                    = 245, RESUME               "monitored";
    INSTRUMENTED_RETURN_VALUE              = 246, RETURN_VALUE         "monitored";
    INSTRUMENTED_YIELD_VALUE               = 247, YIELD_VALUE          "monitored";
    INSTRUMENTED_END_ASYNC_FOR             = 248, END_ASYNC_FOR        "monitored";
    INSTRUMENTED_LOAD_SUPER_ATTR           = 249, LOAD_SUPER_ATTR      "monitored";
    INSTRUMENTED_CALL                      = 250, CALL                 "monitored";
    INSTRUMENTED_CALL_KW                   = 251, CALL_KW              "monitored";
    INSTRUMENTED_CALL_FUNCTION_EX          = 252, CALL_FUNCTION_EX     "monitored";
    INSTRUMENTED_JUMP_BACKWARD             = 253, JUMP_BACKWARD        "monitored";
    INSTRUMENTED_LINE                      = 254, NOP                  "stands for any instruction that starts a line, kept aside";
    ENTER_EXECUTOR                         = 255, JUMP_BACKWARD        "stands for an instruction that has machine code, kept aside";
}
pseudo {
//  name                    no   operand  popped => pushed: going on, jumping
    ANNOTATIONS_PLACEHOLDER = 256, None,  [0 => 0, 0 => 0] "where a module's conditional annotation set is made";
    JUMP                    = 257, Jump,  [0 => 0, 0 => 0] "either way, decided by the assembler";
    JUMP_IF_FALSE           = 258, Jump,  [1 => 1, 1 => 1] "COPY 1, TO_BOOL, POP_JUMP_IF_FALSE";
    JUMP_IF_TRUE            = 259, Jump,  [1 => 1, 1 => 1] "COPY 1, TO_BOOL, POP_JUMP_IF_TRUE";
    JUMP_NO_INTERRUPT       = 260, Jump,  [0 => 0, 0 => 0] "either way, nothing is looked at";
    LOAD_CLOSURE            = 261, Local, [0 => 1, 0 => 1] "push the cell itself";
    POP_BLOCK               = 262, None,  [0 => 0, 0 => 0] "the innermost handler no longer holds";
    SETUP_CLEANUP           = 263, Block, [0 => 0, 0 => 2] "a handler that finds lasti, exception";
    SETUP_FINALLY           = 264, Block, [0 => 0, 0 => 1] "a handler that finds the exception";
    SETUP_WITH              = 265, Block, [0 => 0, 0 => 1] "a handler of `with`: lasti, exception above one slot dropped";
    STORE_FAST_MAYBE_NULL   = 266, Local, [1 => 0, 1 => 0] "bind or unbind the local";
}
    } };
}

/// What an instruction's argument means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// No argument: the byte is 0.
    None,
    /// A number of the instruction's own.
    Raw,
    /// Index into `co_consts`.
    Const,
    /// Index into `co_names`.
    Name,
    /// Index into `co_names` shifted left by one; the low bit asks for a method.
    NameAttr,
    /// Index into `co_names` shifted left by one; the low bit asks for a NULL on top.
    NameGlobal,
    /// Index into `co_names` shifted left by two; two flag bits.
    NameSuper,
    /// Index into the fast locals.
    Local,
    /// Two indices of fast locals below 16.
    TwoLocals,
    /// Index into the fast locals, of a cell or free variable.
    Free,
    /// Distance in code units forward, from the instruction after the caches.
    JumpFwd,
    /// Distance in code units backward, from the instruction after the caches.
    JumpBack,
    /// A [`BINARY_OPS`] number.
    BinaryOp,
    /// A comparison, see [`CompareOp`].
    Compare,
    /// An [`INTRINSICS_1`] number.
    Intrinsic1,
    /// An [`INTRINSICS_2`] number.
    Intrinsic2,
    /// A [`COMMON_CONSTANTS`] number.
    Common,
    /// A [`SPECIAL_METHODS`] number.
    Special,
    /// A `convert` number: 1 str, 2 repr, 3 ascii.
    Convert,
    /// One of the `func_attr` bits.
    FuncAttr,
    /// The int itself, 0 to 255.
    SmallInt,
}

macro_rules! define {
    (@flag ends $mask:ident) => { $mask |= ENDS; };
    (@flag raises $mask:ident) => { $mask |= RAISES; };
    (
        generic { $($g:ident = $gn:literal, $operand:ident, [$v:tt : $pop:expr => $push:expr], $caches:literal, [$($flag:ident)*] $gd:literal;)* }
        specialised { $($s:ident = $sn:literal, $sb:ident $sd:literal;)* }
        instrumented { $($i:ident = $in:literal, $ib:ident $id:literal;)* }
        pseudo { $($p:ident = $pn:literal, $po:ident, [$ppop:literal => $ppush:literal, $jpop:literal => $jpush:literal] $pd:literal;)* }
    ) => {
        /// A real instruction: everything that may stand in a code unit, in memory.
        #[expect(non_camel_case_types, reason = "the names are those that dis shows")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $gd] $g = $gn,)*
            $(#[doc = $sd] $s = $sn,)*
            $(#[doc = $id] $i = $in,)*
        }

        impl Op {
            /// Every instruction, in the order of the table.
            pub const ALL: &'static [Op] = &[$(Op::$g,)* $(Op::$s,)* $(Op::$i,)*];

            /// The name that `dis` shows.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Op::$g => stringify!($g),)*
                    $(Op::$s => stringify!($s),)*
                    $(Op::$i => stringify!($i),)*
                }
            }

            /// One line of meaning.
            pub const fn meaning(self) -> &'static str {
                match self { $(Op::$g => $gd,)* $(Op::$s => $sd,)* $(Op::$i => $id,)* }
            }

            /// The generic instruction that this one specialises or watches; itself if it is generic.
            ///
            /// `INSTRUMENTED_LINE`, `INSTRUMENTED_INSTRUCTION` and `ENTER_EXECUTOR` stand for an instruction that is
            /// kept elsewhere: what they give here is only a shape.
            pub const fn deopt(self) -> Op {
                match self {
                    $(Op::$g => Op::$g,)*
                    $(Op::$s => Op::$sb,)*
                    $(Op::$i => Op::$ib,)*
                }
            }

            /// How many code units of inline cache follow.
            pub const fn caches(self) -> usize {
                match self.deopt() { $(Op::$g => $caches,)* _ => 0 }
            }

            /// What the argument means.
            pub const fn operand(self) -> Operand {
                match self.deopt() { $(Op::$g => Operand::$operand,)* _ => Operand::None }
            }

            /// How many slots below the stack's top the instruction takes or looks at.
            pub const fn popped(self, arg: u32) -> i64 {
                let arg = arg as i64;
                match self.deopt() { $(Op::$g => {
                    #[allow(unused_variables, reason = "the row counts with it on one side only")]
                    let $v: i64 = arg;
                    $pop
                })* _ => 0 }
            }

            /// How many slots it leaves above the deepest one that it took.
            pub const fn pushed(self, arg: u32) -> i64 {
                let arg = arg as i64;
                match self.deopt() { $(Op::$g => {
                    #[allow(unused_variables, reason = "the row counts with it on one side only")]
                    let $v: i64 = arg;
                    $push
                })* _ => 0 }
            }

            const fn flags(self) -> u8 {
                match self.deopt() {
                    $(Op::$g => {
                        #[allow(unused_mut, reason = "rows without flags")]
                        let mut mask = 0;
                        $(define!(@flag $flag mask);)*
                        mask
                    })*
                    _ => 0,
                }
            }
        }

        const FROM_U8: [Option<Op>; 256] = {
            let mut table = [None; 256];
            $(table[$gn] = Some(Op::$g);)*
            $(table[$sn] = Some(Op::$s);)*
            $(table[$in] = Some(Op::$i);)*
            table
        };

        /// The compiler's own instructions, which no code object holds.
        #[expect(non_camel_case_types, reason = "the names are those that dis shows")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Pseudo {
            $(#[doc = $pd] $p = $pn,)*
        }

        impl Pseudo {
            /// Every pseudo instruction.
            pub const ALL: &'static [Pseudo] = &[$(Pseudo::$p,)*];

            /// The name that `dis` shows.
            pub const fn name(self) -> &'static str {
                match self { $(Pseudo::$p => stringify!($p),)* }
            }

            /// The change of the stack's depth, going on or jumping.
            pub const fn stack_effect(self, jump: bool) -> i64 {
                match self { $(Pseudo::$p => if jump { $jpush - $jpop } else { $ppush - $ppop },)* }
            }
        }
    };
}

const ENDS: u8 = 1;
const RAISES: u8 = 2;

for_each_op!(define);

impl Op {
    /// The instruction with this number, if there is one.
    pub const fn from_u8(number: u8) -> Option<Op> {
        FROM_U8[number as usize]
    }

    /// Whether it is a form of Taipan's own: a number that CPython does not use.
    pub const fn is_ours(self) -> bool {
        self as u8 > Op::UNPACK_SEQUENCE_TWO_TUPLE as u8 && !self.is_instrumented()
    }

    /// The instruction with this name.
    pub fn from_name(name: &str) -> Option<Op> {
        Self::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// The change of the stack's depth; the same for both ways of a jump.
    pub const fn stack_effect(self, arg: u32) -> i64 {
        self.pushed(arg) - self.popped(arg)
    }

    /// Whether the argument means anything.
    pub const fn has_arg(self) -> bool {
        !matches!(self.operand(), Operand::None)
    }

    /// Whether the argument indexes `co_consts`.
    pub const fn has_const(self) -> bool {
        matches!(self.operand(), Operand::Const)
    }

    /// Whether the argument, perhaps shifted, indexes `co_names`.
    pub const fn has_name(self) -> bool {
        matches!(self.operand(), Operand::Name | Operand::NameAttr | Operand::NameGlobal | Operand::NameSuper)
    }

    /// How far a name's index is shifted left in the argument.
    pub const fn name_shift(self) -> u32 {
        match self.operand() {
            Operand::NameAttr | Operand::NameGlobal => 1,
            Operand::NameSuper => 2,
            _ => 0,
        }
    }

    /// Whether the argument is a distance. `END_ASYNC_FOR` has one and never jumps.
    pub const fn has_jump(self) -> bool {
        matches!(self.operand(), Operand::JumpFwd | Operand::JumpBack)
    }

    /// `_opcode.has_local`: which lists `LOAD_DEREF` too.
    pub const fn has_local(self) -> bool {
        matches!(self.operand(), Operand::Local | Operand::TwoLocals) || matches!(self.deopt(), Op::LOAD_DEREF)
    }

    /// `_opcode.has_free`: which leaves `LOAD_DEREF` out; [`Op::operand`] has no such exception.
    pub const fn has_free(self) -> bool {
        matches!(self.operand(), Operand::Free) && !matches!(self.deopt(), Op::LOAD_DEREF)
    }

    /// Whether control never goes on to the next instruction.
    pub const fn ends(self) -> bool {
        self.flags() & ENDS != 0
    }

    /// Whether it may raise, running Python code included.
    pub const fn raises(self) -> bool {
        self.flags() & RAISES != 0
    }

    /// Whether this is a generic instruction, one that a `.pyc` may hold.
    pub fn is_generic(self) -> bool {
        self.deopt() == self && !self.is_instrumented()
    }

    /// Whether this is a monitoring form (or the entry to machine code).
    pub const fn is_instrumented(self) -> bool {
        self as u8 >= Op::INSTRUMENTED_END_FOR as u8
    }
}

impl Pseudo {
    /// The pseudo instruction with this number.
    pub fn from_u16(number: u16) -> Option<Pseudo> {
        Self::ALL.iter().copied().find(|op| *op as u16 == number)
    }
}

/// `_opcode.stack_effect`: `jump` asks for one way, `None` for the deeper one. `None` comes back for no such
/// instruction.
pub fn stack_effect(number: u16, arg: u32, jump: Option<bool>) -> Option<i64> {
    if let Ok(byte) = u8::try_from(number) {
        return Op::from_u8(byte).map(|op| op.stack_effect(arg));
    }
    let op = Pseudo::from_u16(number)?;
    Some(match jump {
        Some(jump) => op.stack_effect(jump),
        None => op.stack_effect(false).max(op.stack_effect(true)),
    })
}

/// `BINARY_OP`'s arguments: name and operator, by number.
pub const BINARY_OPS: [(&str, &str); 27] = [
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

/// `BINARY_OP`'s arguments as numbers; an in-place operator is its plain one plus [`nb::INPLACE`].
pub mod nb {
    #![expect(missing_docs, reason = "the names say it")]
    pub const ADD: u32 = 0;
    pub const AND: u32 = 1;
    pub const FLOOR_DIVIDE: u32 = 2;
    pub const LSHIFT: u32 = 3;
    pub const MATRIX_MULTIPLY: u32 = 4;
    pub const MULTIPLY: u32 = 5;
    pub const REMAINDER: u32 = 6;
    pub const OR: u32 = 7;
    pub const POWER: u32 = 8;
    pub const RSHIFT: u32 = 9;
    pub const SUBTRACT: u32 = 10;
    pub const TRUE_DIVIDE: u32 = 11;
    pub const XOR: u32 = 12;
    pub const INPLACE: u32 = 13;
    pub const SUBSCR: u32 = 26;
}

/// A rich comparison, in the order of `opcode.cmp_op`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CompareOp {
    /// `<`
    Lt = 0,
    /// `<=`
    Le = 1,
    /// `==`
    Eq = 2,
    /// `!=`
    Ne = 3,
    /// `>`
    Gt = 4,
    /// `>=`
    Ge = 5,
}

impl CompareOp {
    /// `COMPARE_OP`'s argument: the comparison, and below it which outcomes (unordered 1, less 2, greater 4, equal 8)
    /// make it true, so that a specialised form tests one bit. `to_bool` asks for a bool.
    pub const fn arg(self, to_bool: bool) -> u32 {
        let mask = match self {
            CompareOp::Lt => 2,
            CompareOp::Le => 2 | 8,
            CompareOp::Eq => 8,
            CompareOp::Ne => 1 | 2 | 4,
            CompareOp::Gt => 4,
            CompareOp::Ge => 4 | 8,
        };
        (self as u32) << 5 | mask | if to_bool { Self::TO_BOOL } else { 0 }
    }

    /// The bit of the argument that asks for a bool.
    pub const TO_BOOL: u32 = 16;

    /// Reads `COMPARE_OP`'s argument.
    pub const fn from_arg(arg: u32) -> Option<CompareOp> {
        Some(match arg >> 5 {
            0 => CompareOp::Lt,
            1 => CompareOp::Le,
            2 => CompareOp::Eq,
            3 => CompareOp::Ne,
            4 => CompareOp::Gt,
            5 => CompareOp::Ge,
            _ => return None,
        })
    }

    /// The operator as written.
    pub const fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
}

/// `CALL_INTRINSIC_1`'s arguments, by number.
pub const INTRINSICS_1: [&str; 12] = [
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// `CALL_INTRINSIC_2`'s arguments, by number.
pub const INTRINSICS_2: [&str; 6] = [
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

/// The intrinsics as numbers.
pub mod intrinsic {
    #![expect(missing_docs, reason = "the names say it")]
    pub const PRINT: u32 = 1;
    pub const IMPORT_STAR: u32 = 2;
    pub const STOPITERATION_ERROR: u32 = 3;
    pub const ASYNC_GEN_WRAP: u32 = 4;
    pub const UNARY_POSITIVE: u32 = 5;
    pub const LIST_TO_TUPLE: u32 = 6;
    pub const TYPEVAR: u32 = 7;
    pub const PARAMSPEC: u32 = 8;
    pub const TYPEVARTUPLE: u32 = 9;
    pub const SUBSCRIPT_GENERIC: u32 = 10;
    pub const TYPEALIAS: u32 = 11;
    pub const PREP_RERAISE_STAR: u32 = 1;
    pub const TYPEVAR_WITH_BOUND: u32 = 2;
    pub const TYPEVAR_WITH_CONSTRAINTS: u32 = 3;
    pub const SET_FUNCTION_TYPE_PARAMS: u32 = 4;
    pub const SET_TYPEPARAM_DEFAULT: u32 = 5;
}

/// `LOAD_SPECIAL`'s arguments, by number.
pub const SPECIAL_METHODS: [&str; 4] = ["__enter__", "__exit__", "__aenter__", "__aexit__"];

/// `LOAD_SPECIAL`'s arguments as numbers.
pub mod special {
    #![expect(missing_docs, reason = "the names say it")]
    pub const ENTER: u32 = 0;
    pub const EXIT: u32 = 1;
    pub const AENTER: u32 = 2;
    pub const AEXIT: u32 = 3;
}

/// `LOAD_COMMON_CONSTANT`'s arguments: names in builtins, by number.
pub const COMMON_CONSTANTS: [&str; 5] = ["AssertionError", "NotImplementedError", "tuple", "all", "any"];

/// `LOAD_COMMON_CONSTANT`'s arguments as numbers.
pub mod common_constant {
    #![expect(missing_docs, reason = "the names say it")]
    pub const ASSERTION_ERROR: u32 = 0;
    pub const NOT_IMPLEMENTED_ERROR: u32 = 1;
    pub const TUPLE: u32 = 2;
    pub const ALL: u32 = 3;
    pub const ANY: u32 = 4;
}

/// `CONVERT_VALUE`'s arguments; also `BUILD_INTERPOLATION`'s, shifted left by two.
pub mod convert {
    #![expect(missing_docs, reason = "the names say it")]
    pub const NONE: u32 = 0;
    pub const STR: u32 = 1;
    pub const REPR: u32 = 2;
    pub const ASCII: u32 = 3;
}

/// `SET_FUNCTION_ATTRIBUTE`'s arguments.
pub mod func_attr {
    /// A tuple of defaults for positional parameters.
    pub const DEFAULTS: u32 = 1;
    /// A dict of defaults for keyword-only parameters.
    pub const KWDEFAULTS: u32 = 2;
    /// A tuple or dict of annotations (unused by the 3.14 compiler).
    pub const ANNOTATIONS: u32 = 4;
    /// A tuple of cells.
    pub const CLOSURE: u32 = 8;
    /// The `__annotate__` function.
    pub const ANNOTATE: u32 = 16;
}

/// `RESUME`'s argument: where the frame goes on, and a flag.
pub mod resume {
    /// At the start of a function.
    pub const AT_FUNC_START: u32 = 0;
    /// After `yield`.
    pub const AFTER_YIELD: u32 = 1;
    /// After `yield from`.
    pub const AFTER_YIELD_FROM: u32 = 2;
    /// After `await`.
    pub const AFTER_AWAIT: u32 = 3;
    /// The bits that hold the above.
    pub const LOCATION_MASK: u32 = 3;
    /// Set where exactly one handler (the implicit one of generators) is around.
    pub const DEPTH1: u32 = 4;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_round_trip() {
        let mut seen = [false; 256];
        for op in Op::ALL {
            assert!(!std::mem::replace(&mut seen[*op as usize], true), "{op:?}");
            assert_eq!(Op::from_u8(*op as u8), Some(*op));
            assert_eq!(Op::from_name(op.name()), Some(*op));
            assert!(op.deopt().is_generic(), "{op:?}");
        }
        assert_eq!(Op::from_u8(121), None);
        let ours = Op::ALL.iter().filter(|op| op.is_ours()).count();
        assert_eq!((Op::ALL.len() - ours, ours), (122 - 1 + 1 + 84 + 22 - 1, 6));
    }

    #[test]
    fn effects_as_the_reference_gives_them() {
        for (name, arg, effect) in [
            ("CALL", 3, -4),
            ("UNPACK_EX", 1025, 5),
            ("LOAD_ATTR", 1, 1),
            ("DICT_MERGE", 1, -1),
            ("BUILD_MAP", 2, -3),
            ("BUILD_INTERPOLATION", 3, -2),
            ("WITH_EXCEPT_START", 0, 1),
            ("STORE_SUBSCR_DICT", 0, -3),
            ("RETURN_VALUE", 0, 0),
        ] {
            assert_eq!(Op::from_name(name).unwrap().stack_effect(arg), effect, "{name}");
        }
        assert_eq!(stack_effect(263, 0, None), Some(2));
        assert_eq!(stack_effect(263, 0, Some(false)), Some(0));
        assert_eq!(stack_effect(121, 0, None), None);
        assert_eq!(stack_effect(999, 0, None), None);
    }

    #[test]
    fn compare_arguments() {
        assert_eq!(CompareOp::Lt.arg(false), 2);
        assert_eq!(CompareOp::Eq.arg(true), 88);
        assert_eq!(CompareOp::from_arg(CompareOp::Ge.arg(true)), Some(CompareOp::Ge));
    }
}
