//! Code objects on the heap: made from `bytecode::Code` after it was verified.

use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::object as protocol;
use bytecode::marshal::CodeFields;
use bytecode::verify::Shape;
use bytecode::{CodeFlags, Op, kind};
use std::cell::{Cell, UnsafeCell};
use std::rc::Rc;

/// Create a code object.  Not for mere mortals.
#[pytype("code", flags(MANAGED_WEAKREF))]
pub struct Code {
    pub head: Head,
    /// The units as they were made: what `co_code`, `marshal` and `replace` use.
    #[untraced]
    pub bytes: Box<[u8]>,
    /// The units that run: specialised in place.
    #[untraced]
    units: UnsafeCell<Box<[u16]>>,
    pub consts: Vec<Object>,
    pub names: Vec<Ref<Str>>,
    pub localsplusnames: Vec<Ref<Str>>,
    #[untraced]
    pub localspluskinds: Box<[u8]>,
    pub filename: Field<Ref<Str>>,
    pub name: Ref<Str>,
    pub qualname: Ref<Str>,
    #[untraced]
    pub linetable: Box<[u8]>,
    #[untraced]
    pub exceptiontable: Box<[u8]>,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub firstlineno: i32,
    #[untraced]
    pub flags: CodeFlags,
    /// The number of positional arguments with which a call binds all parameters by moving them; `u32::MAX` where it
    /// takes more than that.
    pub exact_args: u32,
    frame_words: u32,
    pub nlocals: u32,
    pub nlocalsplus: u32,
    pub nfree: u32,
    pub version: Cell<u32>,
    /// What is observed in this code.
    #[untraced]
    pub instrumentation: std::cell::RefCell<Option<Box<crate::interp::observe::Instrumentation>>>,
}

/// The interned strings of a code object.
struct Texts {
    names: Vec<Ref<Str>>,
    localsplusnames: Vec<Ref<Str>>,
    filename: Ref<Str>,
    name: Ref<Str>,
    qualname: Ref<Str>,
}

impl Code {
    /// A code object of verified data.
    pub fn from_data(vm: &Vm, data: &Rc<bytecode::Code>) -> Result<Ref<Code>> {
        let consts = data.consts.iter().map(|c| crate::builtins::from_const(vm, c)).collect::<Result<Vec<_>>>()?;
        let name = |text: &text::Wtf8Buf| Ok::<_, Raised>(vm.intern_ref(&Str::from_wtf8(vm, text)?));
        let names = |list: &[text::Wtf8Buf]| list.iter().map(name).collect::<Result<Vec<_>>>();
        let texts = Texts {
            names: names(&data.names)?,
            localsplusnames: names(&data.localsplusnames)?,
            filename: name(&data.filename)?,
            name: name(&data.name)?,
            qualname: name(&data.qualname)?,
        };
        Ok(Self::assemble(vm, Shape::from(&**data), consts, texts))
    }

    /// A code object of what `shape` says and was found right, with the strings and constants that it counts.
    fn assemble(vm: &Vm, shape: Shape<'_>, consts: Vec<Object>, texts: Texts) -> Ref<Code> {
        let units: Box<[u16]> =
            shape.code.chunks_exact(2).map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8).collect();
        let count = |bit: u8| shape.localspluskinds.iter().filter(|k| **k & bit != 0).count() as u32;
        instance::alloc_static(Code {
            head: Head::new(),
            bytes: shape.code.into(),
            units: UnsafeCell::new(units),
            consts,
            names: texts.names,
            localsplusnames: texts.localsplusnames,
            localspluskinds: shape.localspluskinds.into(),
            filename: Field::some(texts.filename),
            name: texts.name,
            qualname: texts.qualname,
            linetable: match vm.interp().config.borrow().no_debug_ranges {
                true => bytecode::locations::without_columns(shape.linetable, shape.firstlineno).into(),
                false => shape.linetable.into(),
            },
            exceptiontable: shape.exceptiontable.into(),
            argcount: shape.argcount,
            posonlyargcount: shape.posonlyargcount,
            kwonlyargcount: shape.kwonlyargcount,
            stacksize: shape.stacksize,
            firstlineno: shape.firstlineno,
            flags: shape.flags,
            exact_args: match shape.kwonlyargcount {
                0 if shape.flags.has(CodeFlags::OPTIMIZED)
                    && !shape.flags.any(CodeFlags(CodeFlags::VARARGS.0 | CodeFlags::VARKEYWORDS.0)) =>
                {
                    shape.argcount
                }
                _ => u32::MAX,
            },
            frame_words: (super::FIXED + shape.localsplusnames) as u32 + shape.stacksize,
            nlocals: count(kind::LOCAL),
            nlocalsplus: shape.localsplusnames as u32,
            nfree: count(kind::FREE),
            version: Cell::new(0),
            instrumentation: Default::default(),
        })
    }

    /// A code object of what marshal read: types are checked and, unless it `is_verified`, the code.
    pub fn from_fields(vm: &Vm, fields: CodeFields<Object>, is_verified: bool) -> Result<Ref<Code>> {
        let bad = || raise!(vm, ValueError, "bad marshal data (code object)");
        let text = |o: &Object| o.cast::<Str>().map(|text| vm.intern_ref(text)).ok_or_else(bad);
        let items = |o: &Object| o.cast::<Tuple>().map(|t| t.items().to_vec()).ok_or_else(bad);
        let texts = |o: &Object| items(o)?.iter().map(text).collect::<Result<Vec<_>>>();
        let count = |n: i32| u32::try_from(n).map_err(|_| bad());
        let parts = [&fields.code, &fields.localspluskinds, &fields.linetable, &fields.exceptiontable];
        let [Some(code), Some(localspluskinds), Some(linetable), Some(exceptiontable)] =
            parts.map(|part| part.cast::<Bytes>().map(|bytes| bytes.as_bytes()))
        else {
            return Err(bad());
        };
        let consts = items(&fields.consts)?;
        let texts = Texts {
            names: texts(&fields.names)?,
            localsplusnames: texts(&fields.localsplusnames)?,
            filename: text(&fields.filename)?,
            name: text(&fields.name)?,
            qualname: text(&fields.qualname)?,
        };
        let shape = Shape {
            argcount: count(fields.argcount)?,
            posonlyargcount: count(fields.posonlyargcount)?,
            kwonlyargcount: count(fields.kwonlyargcount)?,
            stacksize: count(fields.stacksize)?,
            flags: CodeFlags(fields.flags as u32),
            code,
            consts: consts.len(),
            names: texts.names.len(),
            localsplusnames: texts.localsplusnames.len(),
            localspluskinds,
            firstlineno: fields.firstlineno,
            linetable,
            exceptiontable,
        };
        if (!is_verified || cfg!(debug_assertions))
            && let Err(reason) = bytecode::verify::verify(shape)
        {
            bail!(vm, ValueError, "bad code object: {reason}");
        }
        Ok(Self::assemble(vm, shape, consts, texts))
    }

    /// The fields that marshal writes.
    pub fn to_fields(&self) -> CodeFields<Object> {
        let names =
            |list: &[Ref<Str>]| Tuple::from_slice(&list.iter().map(Ref::to_object).collect::<Vec<_>>()).into_object();
        CodeFields {
            argcount: self.argcount as i32,
            posonlyargcount: self.posonlyargcount as i32,
            kwonlyargcount: self.kwonlyargcount as i32,
            stacksize: self.stacksize as i32,
            flags: self.flags.0 as i32,
            code: Bytes::new(&self.bytes).into_object(),
            consts: Tuple::from_slice(&self.consts).into_object(),
            names: names(&self.names),
            localsplusnames: names(&self.localsplusnames),
            localspluskinds: Bytes::new(&self.localspluskinds).into_object(),
            filename: self.filename.get().map_or_else(none, Ref::into_object),
            name: self.name.to_object(),
            qualname: self.qualname.to_object(),
            firstlineno: self.firstlineno,
            linetable: Bytes::new(&self.linetable).into_object(),
            exceptiontable: Bytes::new(&self.exceptiontable).into_object(),
        }
    }

    /// The first unit.
    #[inline(always)]
    pub fn units_ptr(&self) -> *const u16 {
        // SAFETY: the box never moves or changes its length.
        unsafe { (&*self.units.get()).as_ptr() }
    }

    /// The units, to be specialised in place.
    #[inline(always)]
    pub fn units_mut(&self) -> *mut u16 {
        // SAFETY: as above.
        unsafe { (&mut *self.units.get()).as_mut_ptr() }
    }

    pub fn unit_count(&self) -> usize {
        // SAFETY: as above.
        unsafe { (&*self.units.get()).len() }
    }

    /// Words that a frame of this code takes.
    #[inline(always)]
    pub fn frame_words(&self) -> usize {
        self.frame_words as usize
    }

    /// The instruction at a unit as it was compiled.
    pub fn original_op(&self, unit: usize) -> Option<Op> {
        Op::from_u8(*self.bytes.get(unit * 2)?)
    }

    fn names_of(&self, bit: u8) -> Ref<Tuple> {
        let names: Vec<Object> = self
            .localsplusnames
            .iter()
            .zip(&self.localspluskinds)
            .filter(|(_, k)| **k & bit != 0)
            .map(|(n, _)| n.to_object())
            .collect();
        Tuple::from_slice(&names)
    }

    /// Names of local variables, cells that are arguments included.
    pub fn varnames(&self) -> Ref<Tuple> {
        self.names_of(kind::LOCAL)
    }

    pub fn cellvars(&self) -> Ref<Tuple> {
        self.names_of(kind::CELL)
    }

    pub fn freevars(&self) -> Ref<Tuple> {
        self.names_of(kind::FREE)
    }
}

/// A code object of fields that a program gave, checked as CPython's constructor checks them.
fn of_parts(vm: &Vm, mut fields: CodeFields<Object>, parts: &Parts) -> Result<Object> {
    let tuple = |o: &Object| o.cast::<Tuple>().map(|t| t.items().to_vec()).unwrap_or_default();
    let (varnames, cellvars, freevars) = (tuple(&parts.varnames), tuple(&parts.cellvars), tuple(&parts.freevars));
    let all = [&varnames[..], &cellvars[..], &freevars[..], &tuple(&fields.names)[..]].concat();
    if all.iter().any(|name| name.cast::<Str>().is_none()) {
        bail!(vm, SystemError, "non-string found in code slot");
    }
    for (name, value) in [
        ("co_argcount", fields.argcount),
        ("co_posonlyargcount", fields.posonlyargcount),
        ("co_kwonlyargcount", fields.kwonlyargcount),
        ("co_nlocals", parts.nlocals),
        ("co_stacksize", fields.stacksize),
        ("co_flags", fields.flags),
        ("co_firstlineno", fields.firstlineno),
    ] {
        if value < 0 {
            bail!(vm, ValueError, "{name} must be a positive integer");
        }
    }
    if parts.nlocals as usize != varnames.len() {
        bail!(vm, ValueError, "code: co_nlocals != len(co_varnames)");
    }
    let flags = CodeFlags(fields.flags as u32);
    let given = fields.argcount as usize
        + fields.kwonlyargcount as usize
        + usize::from(flags.has(CodeFlags::VARARGS))
        + usize::from(flags.has(CodeFlags::VARKEYWORDS));
    if given > varnames.len() {
        bail!(vm, ValueError, "code: co_varnames is too small");
    }
    if fields.posonlyargcount > fields.argcount {
        bail!(vm, SystemError, "bad argument to internal function");
    }
    if fields.code.cast::<Bytes>().is_none_or(|b| b.as_bytes().is_empty() || b.as_bytes().len() % 2 != 0) {
        bail!(vm, ValueError, "code: co_code is malformed");
    }
    let same = |a: &Object, b: &Object| matches!((a.cast::<Str>(), b.cast::<Str>()), (Some(a), Some(b)) if **a == **b);
    let (mut names, mut kinds) = (Vec::new(), Vec::new());
    for (at, name) in varnames.iter().enumerate() {
        // A cell that is an argument keeps its place among the locals.
        let cell = cellvars.iter().any(|c| same(c, name));
        let argument = if at < given { parts.argument_kind(at, &fields) } else { 0 };
        kinds.push(kind::LOCAL | argument | if cell { kind::CELL } else { 0 });
        names.push(name.clone());
    }
    for name in cellvars.iter().filter(|c| !varnames.iter().any(|v| same(v, c))) {
        kinds.push(kind::CELL);
        names.push(name.clone());
    }
    kinds.extend(freevars.iter().map(|_| kind::FREE));
    names.extend(freevars);
    fields.localsplusnames = Tuple::from_vec(vm, names)?.into_object();
    fields.localspluskinds = Bytes::new(&kinds).into_object();
    Code::from_fields(vm, fields, false).map(Ref::into_object)
}

/// What the constructor takes and the data does not hold as such.
struct Parts {
    nlocals: i32,
    varnames: Object,
    cellvars: Object,
    freevars: Object,
}

impl Parts {
    /// The kind bits of the argument at this place.
    fn argument_kind(&self, at: usize, fields: &CodeFields<Object>) -> u8 {
        let (positional, keyword) = (fields.argcount as usize, fields.kwonlyargcount as usize);
        if at < fields.posonlyargcount as usize {
            kind::ARG_POS
        } else if at < positional {
            kind::ARG_POS | kind::ARG_KW
        } else if at < positional + keyword {
            kind::ARG_KW
        } else if at == positional + keyword && CodeFlags(fields.flags as u32).has(CodeFlags::VARARGS) {
            kind::ARG_POS | kind::ARG_VAR
        } else {
            kind::ARG_KW | kind::ARG_VAR
        }
    }
}

/// An argument of `code()` or `replace()` of a built-in type.
fn part<T: PyType>(vm: &Vm, function: &str, name: &str, value: &Object) -> Result<Object> {
    if value.is_instance_of::<T>() {
        return Ok(value.clone());
    }
    let got = if value.is(&none()) { "None".to_owned() } else { crate::object::type_name(value) };
    Err(raise!(vm, TypeError, "{function}() argument {name} must be {}, not {got}", T::NAME))
}

fn int_part(vm: &Vm, value: &Object) -> Result<i32> {
    let wide = crate::protocol::number::as_ssize(vm, value, Some(&crate::exception::types::OverflowError))?;
    i32::try_from(wide).map_err(|_| raise!(vm, OverflowError, "signed integer is greater than maximum"))
}

#[pymethods]
impl Code {
    #[slot]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let given = args.positional();
        if !args.keywords().is_empty() {
            bail!(vm, TypeError, "code() takes no keyword arguments");
        }
        if given.len() < 16 {
            bail!(vm, TypeError, "code expected at least 16 arguments, got {}", given.len());
        }
        if given.len() > 18 {
            bail!(vm, TypeError, "code expected at most 18 arguments, got {}", given.len());
        }
        let number = |at: usize| int_part(vm, &given[at]);
        let position = |at: usize| (at + 1).to_string();
        let bytes = |at: usize| part::<Bytes>(vm, "code", &position(at), &given[at]);
        let tuple = |at: usize| part::<Tuple>(vm, "code", &position(at), &given[at]);
        let text = |at: usize| part::<Str>(vm, "code", &position(at), &given[at]);
        let empty = || Tuple::empty().into_object();
        let fields = CodeFields {
            argcount: number(0)?,
            posonlyargcount: number(1)?,
            kwonlyargcount: number(2)?,
            stacksize: number(4)?,
            flags: number(5)?,
            code: bytes(6)?,
            consts: tuple(7)?,
            names: tuple(8)?,
            localsplusnames: empty(),
            localspluskinds: empty(),
            filename: text(10)?,
            name: text(11)?,
            qualname: text(12)?,
            firstlineno: number(13)?,
            linetable: bytes(14)?,
            exceptiontable: bytes(15)?,
        };
        let optional = |at: usize| if given.len() > at { tuple(at) } else { Ok(empty()) };
        let parts =
            Parts { nlocals: number(3)?, varnames: tuple(9)?, freevars: optional(16)?, cellvars: optional(17)? };
        of_parts(vm, fields, &parts)
    }

    /// Return a copy of the code object with new values for the specified fields.
    #[py("replace(**changes)")]
    fn replace(this: &Ref<Self>, vm: &Vm, changes: Kwargs<'_>) -> Result<Object> {
        let mut fields = this.to_fields();
        let mut parts = Parts {
            nlocals: this.nlocals as i32,
            varnames: this.varnames().into_object(),
            cellvars: this.cellvars().into_object(),
            freevars: this.freevars().into_object(),
        };
        for (key, value) in changes.iter() {
            let key = key.cast::<Str>().map(|k| k.to_string()).unwrap_or_default();
            let quoted = format!("'{key}'");
            let number = || int_part(vm, value);
            let bytes = || part::<Bytes>(vm, "replace", &quoted, value);
            let tuple = || part::<Tuple>(vm, "replace", &quoted, value);
            let text = || part::<Str>(vm, "replace", &quoted, value);
            match &*key {
                "co_argcount" => fields.argcount = number()?,
                "co_posonlyargcount" => fields.posonlyargcount = number()?,
                "co_kwonlyargcount" => fields.kwonlyargcount = number()?,
                "co_nlocals" => parts.nlocals = number()?,
                "co_stacksize" => fields.stacksize = number()?,
                "co_flags" => fields.flags = number()?,
                "co_firstlineno" => fields.firstlineno = number()?,
                "co_code" => fields.code = bytes()?,
                "co_consts" => fields.consts = tuple()?,
                "co_names" => fields.names = tuple()?,
                "co_varnames" => parts.varnames = tuple()?,
                "co_freevars" => parts.freevars = tuple()?,
                "co_cellvars" => parts.cellvars = tuple()?,
                "co_filename" => fields.filename = text()?,
                "co_name" => fields.name = text()?,
                "co_qualname" => fields.qualname = text()?,
                "co_linetable" => fields.linetable = bytes()?,
                "co_exceptiontable" => fields.exceptiontable = bytes()?,
                _ => bail!(vm, TypeError, "replace() got an unexpected keyword argument {quoted}"),
            }
        }
        of_parts(vm, fields, &parts)
    }

    /// The same as replace().
    #[py("__replace__(**changes)")]
    fn replace_dunder(this: &Ref<Self>, vm: &Vm, changes: Kwargs<'_>) -> Result<Object> {
        Code::replace(this, vm, changes)
    }

    #[getter("co_lnotab")]
    fn co_lnotab(&self, vm: &Vm) -> Result<Ref<Bytes>> {
        vm.warn(&crate::exception::types::DeprecationWarning, "co_lnotab is deprecated, use co_lines instead.", 1)?;
        let mut table = Vec::new();
        let (mut at, mut line) = (0, self.firstlineno);
        for (start, _, next) in bytecode::locations::lines(&self.linetable, self.firstlineno) {
            let Some(next) = next.filter(|&n| n != line) else { continue };
            let (mut bytes, mut lines) = (start as i64 - at, i64::from(next - line));
            while bytes > 255 {
                table.extend([255, 0]);
                bytes -= 255;
            }
            while !(-128..=127).contains(&lines) {
                let step = lines.clamp(-128, 127);
                table.extend([bytes as u8, step as i8 as u8]);
                (bytes, lines) = (0, lines - step);
            }
            table.extend([bytes as u8, lines as i8 as u8]);
            (at, line) = (start as i64, next);
        }
        Bytes::try_new(vm, &table)
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let file = this.filename.get().map(|f| f.to_string()).unwrap_or_default();
        format!(
            "<code object {} at {:#x}, file \"{file}\", line {}>",
            this.name,
            protocol::address(this.as_object()),
            this.firstlineno
        )
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        let parts = Tuple::from_slice(&[
            self.name.to_object(),
            Tuple::from_slice(&self.consts).into_object(),
            Tuple::from_iter_exact(self.names.iter().map(|n| n.to_object())).into_object(),
            Tuple::from_iter_exact(self.localsplusnames.iter().map(|n| n.to_object())).into_object(),
            Bytes::new(&self.bytes).into_object(),
            Int::from_i64(i64::from(self.argcount)),
            Int::from_i64(i64::from(self.posonlyargcount)),
            Int::from_i64(i64::from(self.kwonlyargcount)),
            Int::from_i64(i64::from(self.firstlineno)),
        ]);
        protocol::hash(vm, parts.as_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Code>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let (a, b) = (self, other);
        // Interned strings are the same when they are equal.
        let alike = |a: &[Ref<Str>], b: &[Ref<Str>]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b));
        let mut same = a.bytes == b.bytes
            && (a.argcount, a.posonlyargcount, a.kwonlyargcount, a.flags.0, a.firstlineno)
                == (b.argcount, b.posonlyargcount, b.kwonlyargcount, b.flags.0, b.firstlineno)
            && a.name.is(&b.name)
            && alike(&a.names, &b.names)
            && alike(&a.localsplusnames, &b.localsplusnames)
            && a.linetable == b.linetable
            && a.exceptiontable == b.exceptiontable
            && self.consts.len() == other.consts.len();
        if same {
            for (x, y) in self.consts.iter().zip(&other.consts) {
                if !type_of(x).is(type_of(y)) || !protocol::same_or_equal(vm, x, y)? {
                    same = false;
                    break;
                }
            }
        }
        Ok((same == (op == CompareOp::Eq)).object())
    }

    #[getter("co_argcount")]
    fn co_argcount(&self) -> u32 {
        self.argcount
    }

    #[getter("co_posonlyargcount")]
    fn co_posonlyargcount(&self) -> u32 {
        self.posonlyargcount
    }

    #[getter("co_kwonlyargcount")]
    fn co_kwonlyargcount(&self) -> u32 {
        self.kwonlyargcount
    }

    #[getter("co_stacksize")]
    fn co_stacksize(&self) -> u32 {
        self.stacksize
    }

    #[getter("co_flags")]
    fn co_flags(&self) -> u32 {
        self.flags.0
    }

    #[getter("co_nlocals")]
    fn co_nlocals(&self) -> u32 {
        self.nlocals
    }

    #[getter("co_names")]
    fn co_names(&self) -> Ref<Tuple> {
        Tuple::from_slice(&self.names.iter().map(Ref::to_object).collect::<Vec<_>>())
    }

    #[getter("co_varnames")]
    fn co_varnames(&self) -> Ref<Tuple> {
        self.varnames()
    }

    #[getter("co_cellvars")]
    fn co_cellvars(&self) -> Ref<Tuple> {
        self.cellvars()
    }

    #[getter("co_freevars")]
    fn co_freevars(&self) -> Ref<Tuple> {
        self.freevars()
    }

    #[getter("co_consts")]
    fn co_consts(&self) -> Ref<Tuple> {
        Tuple::from_slice(&self.consts)
    }

    #[getter("co_code")]
    fn co_code(&self) -> Ref<Bytes> {
        Bytes::new(&self.bytes)
    }

    #[getter("_co_code_adaptive")]
    fn co_code_adaptive(&self) -> Ref<Bytes> {
        // SAFETY: the units are not changed while they are copied.
        let units = unsafe { std::slice::from_raw_parts(self.units_ptr(), self.unit_count()) };
        Bytes::new(&units.iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<_>>())
    }

    #[getter("co_filename")]
    fn co_filename(&self) -> Option<Ref<Str>> {
        self.filename.get()
    }

    #[getter("co_name")]
    fn co_name(&self) -> Ref<Str> {
        self.name.clone()
    }

    #[getter("co_qualname")]
    fn co_qualname(&self) -> Ref<Str> {
        self.qualname.clone()
    }

    #[getter("co_firstlineno")]
    fn co_firstlineno(&self) -> i32 {
        self.firstlineno
    }

    #[getter("co_linetable")]
    fn co_linetable(&self) -> Ref<Bytes> {
        Bytes::new(&self.linetable)
    }

    #[getter("co_exceptiontable")]
    fn co_exceptiontable(&self) -> Ref<Bytes> {
        Bytes::new(&self.exceptiontable)
    }

    /// The name of the local, cell or free variable that an instruction's argument means.
    #[py("_varname_from_oparg(oparg)")]
    fn varname_from_oparg(&self, vm: &Vm, oparg: i32) -> Result<Object> {
        match usize::try_from(oparg).ok().and_then(|i| self.localsplusnames.get(i)) {
            Some(name) => Ok(name.to_object()),
            None => Err(raise!(vm, IndexError, "tuple index out of range")),
        }
    }

    #[py("co_lines()")]
    fn co_lines(&self, vm: &Vm) -> Result<Object> {
        let lines: Vec<Object> = bytecode::locations::lines(&self.linetable, self.firstlineno)
            .map(|(start, end, line)| {
                let line = line.map_or_else(none, Object::int32);
                Tuple::from_slice(&[Int::from_i64(start as i64), Int::from_i64(end as i64), line]).into_object()
            })
            .collect();
        crate::protocol::iter::get_iter(vm, List::from_vec(lines).as_object())
    }

    #[py("co_branches()")]
    fn co_branches(&self, vm: &Vm) -> Result<Object> {
        let all = crate::interp::observe::branches(self)
            .into_iter()
            .map(|units| Tuple::from_slice(&units.map(|u| Int::from_i64(u as i64 * 2))).into_object())
            .collect();
        crate::protocol::iter::get_iter(vm, List::from_vec(all).as_object())
    }

    #[py("co_positions()")]
    fn co_positions(&self, vm: &Vm) -> Result<Object> {
        let number = |n: i32| if n < 0 { none() } else { Object::int32(n) };
        let all: Vec<Object> = bytecode::locations::positions(&self.linetable, self.firstlineno)
            .map(|p| {
                Tuple::from_slice(&[number(p.line), number(p.end_line), number(p.col), number(p.end_col)]).into_object()
            })
            .collect();
        crate::protocol::iter::get_iter(vm, List::from_vec(all).as_object())
    }
}
