//! Code objects on the heap: made from `bytecode::Code` after it was verified.

use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::object as protocol;
use bytecode::{CodeFlags, Op, kind};
use std::cell::{Cell, UnsafeCell};
use std::rc::Rc;

/// Create a code object.  Not for mere mortals.
#[pytype("code", flags(HAVE_GC))]
pub struct Code {
    pub head: Head,
    /// The data it was made from: what `co_code`, `marshal` and `replace` use.
    #[untraced]
    pub data: Rc<bytecode::Code>,
    /// The units that run: specialised in place. Same length as the data's.
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
    pub nlocals: u32,
    pub nlocalsplus: u32,
    pub nfree: u32,
    pub version: Cell<u32>,
    /// Extra data of `sys.monitoring`, by code.
    pub instrumentation: Field<Object>,
}

impl Code {
    /// A code object of verified data.
    pub fn from_data(vm: &Vm, data: &Rc<bytecode::Code>) -> Result<Ref<Code>> {
        let consts = data.consts.iter().map(|c| crate::builtins::from_const(vm, c)).collect::<Result<Vec<_>>>()?;
        Self::with_consts(vm, data, consts)
    }

    fn with_consts(vm: &Vm, data: &Rc<bytecode::Code>, consts: Vec<Object>) -> Result<Ref<Code>> {
        let name = |text: &text::Wtf8Buf| Ok::<_, Raised>(vm.intern_ref(&Str::from_wtf8(vm, text)?));
        let names = |list: &[text::Wtf8Buf]| list.iter().map(name).collect::<Result<Vec<_>>>();
        let units: Box<[u16]> =
            data.code.chunks_exact(2).map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8).collect();
        let count = |bit: u8| data.localspluskinds.iter().filter(|k| **k & bit != 0).count() as u32;
        Ok(instance::alloc_static(Code {
            head: Head::new(),
            data: data.clone(),
            units: UnsafeCell::new(units),
            consts,
            names: names(&data.names)?,
            localsplusnames: names(&data.localsplusnames)?,
            localspluskinds: data.localspluskinds.clone().into(),
            filename: Field::some(name(&data.filename)?),
            name: name(&data.name)?,
            qualname: name(&data.qualname)?,
            linetable: data.linetable.clone().into(),
            exceptiontable: data.exceptiontable.clone().into(),
            argcount: data.argcount,
            posonlyargcount: data.posonlyargcount,
            kwonlyargcount: data.kwonlyargcount,
            stacksize: data.stacksize,
            firstlineno: data.firstlineno,
            flags: data.flags,
            nlocals: count(kind::LOCAL),
            nlocalsplus: data.localsplusnames.len() as u32,
            nfree: count(kind::FREE),
            version: Cell::new(0),
            instrumentation: Field::empty(),
        }))
    }

    /// A code object of what marshal read: types are checked and the code verified.
    pub fn from_fields(vm: &Vm, fields: bytecode::marshal::CodeFields<Object>) -> Result<Ref<Code>> {
        let bad = || raise!(vm, ValueError, "bad marshal data (code object)");
        let text = |o: &Object| o.cast::<Str>().map(|s| s.to_wtf8()).ok_or_else(bad);
        let bytes = |o: &Object| o.cast::<Bytes>().map(|b| b.as_bytes().to_vec()).ok_or_else(bad);
        let items = |o: &Object| o.cast::<Tuple>().map(|t| t.items().to_vec()).ok_or_else(bad);
        let texts = |o: &Object| items(o)?.iter().map(text).collect::<Result<Vec<_>>>();
        let count = |n: i32| u32::try_from(n).map_err(|_| bad());
        let data = bytecode::Code {
            argcount: count(fields.argcount)?,
            posonlyargcount: count(fields.posonlyargcount)?,
            kwonlyargcount: count(fields.kwonlyargcount)?,
            stacksize: count(fields.stacksize)?,
            flags: CodeFlags(fields.flags as u32),
            code: bytes(&fields.code)?,
            consts: Vec::new(),
            names: texts(&fields.names)?,
            localsplusnames: texts(&fields.localsplusnames)?,
            localspluskinds: bytes(&fields.localspluskinds)?,
            filename: text(&fields.filename)?,
            name: text(&fields.name)?,
            qualname: text(&fields.qualname)?,
            firstlineno: fields.firstlineno,
            linetable: bytes(&fields.linetable)?,
            exceptiontable: bytes(&fields.exceptiontable)?,
        };
        let consts = items(&fields.consts)?;
        let mut shape = bytecode::verify::Shape::from(&data);
        shape.consts = consts.len();
        if let Err(reason) = bytecode::verify::verify(shape) {
            bail!(vm, ValueError, "bad code object: {reason}");
        }
        Self::with_consts(vm, &Rc::new(data), consts)
    }

    /// The fields that marshal writes.
    pub fn to_fields(&self) -> bytecode::marshal::CodeFields<Object> {
        let names =
            |list: &[Ref<Str>]| Tuple::from_slice(&list.iter().map(Ref::to_object).collect::<Vec<_>>()).into_object();
        bytecode::marshal::CodeFields {
            argcount: self.argcount as i32,
            posonlyargcount: self.posonlyargcount as i32,
            kwonlyargcount: self.kwonlyargcount as i32,
            stacksize: self.stacksize as i32,
            flags: self.flags.0 as i32,
            code: Bytes::new(&self.data.code).into_object(),
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
        super::FIXED + self.nlocalsplus as usize + self.stacksize as usize
    }

    /// The instruction at a unit as it was compiled.
    pub fn original_op(&self, unit: usize) -> Option<Op> {
        Op::from_u8(*self.data.code.get(unit * 2)?)
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

#[pymethods]
impl Code {
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
            Tuple::from_slice(&self.consts.iter().map(|c| type_of(c).to_object()).collect::<Vec<_>>()).into_object(),
            Bytes::new(&self.data.code).into_object(),
            Int::from_i64(i64::from(self.argcount)),
            Int::from_i64(i64::from(self.firstlineno)),
        ]);
        protocol::hash(vm, parts.as_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Code>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let (a, b) = (&self.data, &other.data);
        let mut same = a.code == b.code
            && (a.argcount, a.posonlyargcount, a.kwonlyargcount, a.flags.0, a.firstlineno)
                == (b.argcount, b.posonlyargcount, b.kwonlyargcount, b.flags.0, b.firstlineno)
            && a.name == b.name
            && a.names == b.names
            && a.localsplusnames == b.localsplusnames
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
        Bytes::new(&self.data.code)
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
