//! How a kind of CSV is written.

use super::{character, registry};
use vm::object::{attr, instance, type_name};
use vm::prelude::*;
use vm::protocol::object as protocol;

pub const MINIMAL: i64 = 0;
pub const ALL: i64 = 1;
pub const NONNUMERIC: i64 = 2;
pub const NONE: i64 = 3;
pub const STRINGS: i64 = 4;
pub const NOTNULL: i64 = 5;

/// CSV dialect
#[pytype("Dialect", module = "_csv", flags(BASETYPE, HAVE_GC))]
pub struct Dialect {
    pub head: Head,
    #[untraced]
    pub delimiter: u32,
    pub doublequote: bool,
    #[untraced]
    pub escapechar: Option<u32>,
    pub lineterminator: Ref<Str>,
    #[untraced]
    pub quotechar: Option<u32>,
    #[untraced]
    pub quoting: i64,
    pub skipinitialspace: bool,
    pub strict: bool,
}

const OPTIONS: [&str; 8] =
    ["delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"];

impl Dialect {
    /// The dialect that a base (perhaps also among the keywords) and options describe.
    pub fn from_args(vm: &Vm, base: Option<&Object>, keywords: Kwargs<'_>) -> Result<Ref<Dialect>> {
        Dialect::of_class(vm, Dialect::class(), base, keywords)
    }

    fn of_class(vm: &Vm, cls: &Ref<Type>, base: Option<&Object>, keywords: Kwargs<'_>) -> Result<Ref<Dialect>> {
        let mut base = base;
        let mut given: [Option<Object>; 8] = Default::default();
        let mut any = false;
        for (name, value) in keywords.iter() {
            let text = name.cast::<Str>().map(|n| n.to_string_lossy()).unwrap_or_default();
            if text == "dialect" {
                if base.is_some() {
                    bail!(vm, TypeError, "argument for function given by name ('dialect') and position (1)");
                }
                base = Some(value);
                continue;
            }
            let Some(at) = OPTIONS.iter().position(|&o| o == text) else {
                bail!(vm, TypeError, "this function got an unexpected keyword argument '{text}'");
            };
            given[at] = Some(value.clone());
            any = true;
        }
        let named;
        let mut base = base.filter(|b| !b.is(&none()));
        if let Some(name) = base.filter(|b| b.is_instance_of::<Str>()) {
            named = registry(vm)?.get(vm, name)?.ok_or_else(|| super::failed(vm, "unknown dialect"))?;
            base = Some(&named);
        }
        if let Some(base) = base {
            if let Some(known) = base.cast::<Dialect>().filter(|_| !any && cls.is(Dialect::class())) {
                return Ok(known.clone());
            }
            for (slot, name) in given.iter_mut().zip(OPTIONS).filter(|(slot, _)| slot.is_none()) {
                *slot = match attr::getattr(vm, base, &vm.intern(name)) {
                    Ok(value) => Some(value),
                    Err(_) => {
                        vm.clear_raised();
                        None
                    }
                };
            }
        }
        let [delimiter, doublequote, escapechar, lineterminator, quotechar, quoting, skipinitialspace, strict] = given;
        let truth = |value: Option<Object>, default: bool| value.map_or(Ok(default), |v| protocol::is_true(vm, &v));
        let delimiter = match &delimiter {
            None => u32::from(b','),
            Some(value) => character(vm, "delimiter", value, "")?.unwrap_or(0),
        };
        let doublequote = truth(doublequote, true)?;
        let optional = |name: &str, value: &Object| character(vm, name, value, " or None");
        let escapechar = escapechar.as_ref().map(|v| optional("escapechar", v)).transpose()?.flatten();
        let lineterminator = match &lineterminator {
            None => Str::new("\r\n"),
            Some(value) => match value.cast::<Str>() {
                Some(text) => text.clone(),
                None => {
                    bail!(vm, TypeError, "\"lineterminator\" must be a string, not {}", type_name(value))
                }
            },
        };
        let unquoted = quotechar.as_ref().is_some_and(|q| q.is(&none())) && quoting.is_none();
        let quotechar = match &quotechar {
            None => Some(u32::from(b'"')),
            Some(value) => optional("quotechar", value)?,
        };
        let quoting = match &quoting {
            None if unquoted => NONE,
            None => MINIMAL,
            Some(value) if value.is_exact::<Int>() || value.is_exact::<Bool>() => {
                Int::to_i64(value).filter(|n| (MINIMAL..=NOTNULL).contains(n)).unwrap_or(-1)
            }
            Some(value) => bail!(vm, TypeError, "\"quoting\" must be an integer, not {}", type_name(value)),
        };
        let skipinitialspace = truth(skipinitialspace, false)?;
        let strict = truth(strict, false)?;
        if quoting < 0 {
            bail!(vm, TypeError, "bad \"quoting\" value");
        }
        if quoting != NONE && quotechar.is_none() {
            bail!(vm, TypeError, "quotechar must be set if quoting enabled");
        }
        let characters = [("delimiter", Some(delimiter)), ("escapechar", escapechar), ("quotechar", quotechar)];
        for (name, value) in characters {
            let Some(c) = value else { continue };
            let space_bad = skipinitialspace && name != "delimiter";
            if c == 0x0A || c == 0x0D || c == 0x20 && space_bad {
                bail!(vm, ValueError, "bad {name} value");
            }
            if lineterminator.contains_code_point(c) {
                bail!(vm, ValueError, "bad {name} or lineterminator value");
            }
        }
        for (i, (first, a)) in characters.iter().enumerate() {
            for (second, b) in &characters[i + 1..] {
                if a.is_some() && a == b {
                    bail!(vm, ValueError, "bad {first} or {second} value");
                }
            }
        }
        let body = Dialect {
            head: Head::new(),
            delimiter,
            doublequote,
            escapechar,
            lineterminator,
            quotechar,
            quoting,
            skipinitialspace,
            strict,
        };
        instance::alloc(vm, cls, body)
    }
}

fn shown(vm: &Vm, code: Option<u32>) -> Result<Option<Object>> {
    code.map(|c| Str::from_code(vm, c).map(Ref::into_object)).transpose()
}

#[pymethods]
impl Dialect {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let base = match args.positional() {
            [] => None,
            [base] => Some(base),
            many => {
                bail!(vm, TypeError, "this function takes at most 1 positional argument ({} given)", many.len())
            }
        };
        Ok(Dialect::of_class(vm, cls, base, args.keywords())?.into_object())
    }

    #[slot]
    fn init(&self, args: Args<'_>) -> Result<()> {
        let _ = args;
        Ok(())
    }

    /// Dialects cannot be pickled.
    #[py(raw, "__reduce__", notext)]
    fn reduce(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Err(raise!(vm, TypeError, "cannot pickle 'Dialect' instances"))
    }

    /// Dialects cannot be pickled.
    #[py(raw, "__reduce_ex__", notext)]
    fn reduce_ex(vm: &Vm, args: Args<'_>) -> Result<Object> {
        Dialect::reduce(vm, args)
    }

    #[getter("delimiter")]
    fn delimiter(&self, vm: &Vm) -> Result<Option<Object>> {
        shown(vm, Some(self.delimiter))
    }

    #[getter("doublequote")]
    fn doublequote(&self) -> bool {
        self.doublequote
    }

    #[getter("escapechar")]
    fn escapechar(&self, vm: &Vm) -> Result<Option<Object>> {
        shown(vm, self.escapechar)
    }

    #[getter("lineterminator")]
    fn lineterminator(&self) -> Object {
        self.lineterminator.to_object()
    }

    #[getter("quotechar")]
    fn quotechar(&self, vm: &Vm) -> Result<Option<Object>> {
        shown(vm, self.quotechar)
    }

    #[getter("quoting")]
    fn quoting(&self) -> i64 {
        self.quoting
    }

    #[getter("skipinitialspace")]
    fn skipinitialspace(&self) -> bool {
        self.skipinitialspace
    }

    #[getter("strict")]
    fn strict(&self) -> bool {
        self.strict
    }
}
