//! One run of a pickler: dispatch and values. Containers are in [`super::containers`], frames are in [`super::output`], classes, functions and
//! what reduces itself in [`super::reduce`].

use super::buffer::{PickleBuffer, is_one_run};
use super::memo::Words;
use super::opcodes::*;
use super::output::Output;
use super::pickler::Pickler;
use super::{lookup_dict, pickling_error};
use std::collections::HashSet;
use text::Units;
use vm::builtins::bytearray::ByteArray;
use vm::builtins::set::{FrozenSet, Set};
use vm::frame::function::Function;
use vm::object::type_of;
use vm::prelude::*;
use vm::protocol::call;
use vm::protocol::object as protocol;

/// Containers inside each other, in fast mode, before cycles are looked for.
const FAST_NESTING: usize = 50;

/// One run.
pub struct Save<'a> {
    pub vm: &'a Vm,
    pub pickler: &'a Pickler,
    pub out: Output,
    pub proto: i32,
    pub bin: bool,
    /// `persistent_id` and `reducer_override`, where the pickler has any.
    pub persistent: Option<Object>,
    pub reducer: Option<Object>,
    /// `copyreg.dispatch_table`, once it is needed.
    dispatch: Option<Ref<Dict>>,
    /// `copyreg._extension_registry`, once it is needed.
    pub extensions: Option<Ref<Dict>>,
    fast_depth: usize,
    fast_seen: HashSet<u64, Words>,
}

impl<'a> Save<'a> {
    pub fn new(vm: &'a Vm, pickler: &'a Pickler) -> Save<'a> {
        Save {
            vm,
            pickler,
            out: Output::new(pickler.write.get()),
            proto: pickler.proto.get(),
            bin: pickler.bin.get() != 0,
            persistent: None,
            reducer: None,
            dispatch: None,
            extensions: None,
            fast_depth: 0,
            fast_seen: HashSet::default(),
        }
    }

    /// The whole pickle of an object; what is not written out yet is left in the output.
    pub fn run(&mut self, object: &Object) -> Result<()> {
        if self.proto >= 2 {
            self.put(&[PROTO, self.proto as u8])?;
            self.out.framing = self.proto >= 4;
        }
        self.save(object)?;
        self.put(&[STOP])?;
        self.out.close_frame();
        Ok(())
    }

    #[inline]
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.put(self.vm, bytes)
    }

    /// Adds a note on what was being pickled to an error.
    #[inline]
    pub fn noted<T>(&self, result: Result<T>, note: impl FnOnce(&Vm) -> String) -> Result<T> {
        if result.is_err() {
            self.note(note);
        }
        result
    }

    #[cold]
    fn note(&self, note: impl FnOnce(&Vm) -> String) {
        let raised = self.vm.take_raised();
        let text = note(self.vm);
        self.vm.restore_raised(raised);
        self.vm.add_note(&format!("when serializing {text}"));
    }

    // ---- the memo -----------------------------------------------------------------------------------------------------------

    /// The number of an object in the memo.
    #[inline]
    pub fn known(&self, object: &Object) -> Option<usize> {
        self.pickler.memo.borrow().get(object)
    }

    /// Fetches what the memo has under a number.
    pub fn put_get(&mut self, number: usize) -> Result<()> {
        match (self.bin, number) {
            (true, 0..=0xFF) => self.put(&[BINGET, number as u8]),
            (true, _) => {
                let [a, b, c, d, ..] = number.to_le_bytes();
                self.put(&[LONG_BINGET, a, b, c, d])
            }
            (false, _) => self.put(format!("g{number}\n").as_bytes()),
        }
    }

    /// Remembers an object that was just made on the unpickler's stack.
    pub fn memoize(&mut self, object: &Object) -> Result<()> {
        if self.pickler.fast.get() != 0 {
            return Ok(());
        }
        let number = {
            let mut memo = self.pickler.memo.borrow_mut();
            let number = memo.len();
            self.vm.memory(memo.set(object, number))?;
            number
        };
        match (self.proto >= 4, self.bin, number) {
            (true, ..) => self.put(&[MEMOIZE]),
            (_, true, 0..=0xFF) => self.put(&[BINPUT, number as u8]),
            (_, true, _) => {
                let [a, b, c, d, ..] = number.to_le_bytes();
                self.put(&[LONG_BINPUT, a, b, c, d])
            }
            (_, false, _) => self.put(format!("p{number}\n").as_bytes()),
        }
    }

    /// In fast mode, which has no memo, a container that contains itself is found by its depth.
    fn enter_fast(&mut self, object: &Object) -> Result<()> {
        if self.pickler.fast.get() == 0 {
            return Ok(());
        }
        self.fast_depth += 1;
        if self.fast_depth >= FAST_NESTING && !self.fast_seen.insert(object.word()) {
            self.fast_depth -= 1;
            bail!(
                self.vm,
                ValueError,
                "fast mode: can't pickle cyclic objects including object type {} at {:#x}",
                type_of(object).tp_name(),
                protocol::address(object)
            );
        }
        Ok(())
    }

    fn leave_fast(&mut self, object: &Object) {
        if self.pickler.fast.get() == 0 {
            return;
        }
        if self.fast_depth >= FAST_NESTING {
            self.fast_seen.remove(&object.word());
        }
        self.fast_depth = self.fast_depth.saturating_sub(1);
    }

    /// Runs `body` inside a container.
    pub fn inside(&mut self, object: &Object, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.enter_fast(object)?;
        let result = body(self);
        self.leave_fast(object);
        result
    }

    // ---- dispatch -----------------------------------------------------------------------------------------------------------

    pub fn save(&mut self, object: &Object) -> Result<()> {
        self.save_item(object, true)
    }

    pub fn save_item(&mut self, object: &Object, persistent: bool) -> Result<()> {
        self.out.boundary(self.vm)?;
        if persistent && let Some(function) = self.persistent.clone() {
            let id = call::call(self.vm, &function, std::slice::from_ref(object))?;
            if !id.is(&none()) {
                return self.save_persistent(&id);
            }
        }
        if let Some(text) = object.cast_exact::<Str>() {
            return match self.known(object) {
                Some(number) => self.put_get(number),
                None => self.save_str(object, text),
            };
        }
        // What is never memoized.
        if let Some(value) = object.as_small_int() {
            return self.save_int(object, Some(value));
        }
        if object.is_exact::<Float>() {
            return self.save_float(Float::value_of(object).unwrap_or(0.0));
        }
        if object.is(&none()) {
            return self.put(&[NONE]);
        }
        if object.is_exact::<Bool>() {
            return self.save_bool(object.is(&true.object()));
        }
        if object.is_exact::<Int>() {
            return self.save_int(object, Int::to_i64(object));
        }
        if let Some(number) = self.known(object) {
            return self.put_get(number);
        }
        if let Some(bytes) = object.cast_exact::<Bytes>() {
            return self.save_bytes(object, bytes);
        }
        self.vm.check_stack(" while pickling an object")?;
        if let Some(list) = object.cast_exact::<List>() {
            return self.save_list(object, list);
        }
        if let Some(dict) = object.cast_exact::<Dict>() {
            return self.save_dict(object, dict);
        }
        if let Some(tuple) = object.cast_exact::<Tuple>() {
            return self.inside(object, |save| save.save_tuple(object, tuple));
        }
        if object.is_exact::<Set>() || object.is_exact::<FrozenSet>() {
            return self.save_set(object);
        }
        if let Some(array) = object.cast_exact::<ByteArray>() {
            return self.save_bytearray(object, array);
        }
        if let Some(buffer) = object.cast_exact::<PickleBuffer>() {
            return self.save_buffer(object, buffer);
        }
        self.save_other(object)
    }

    /// Objects that are none of the containers and values that have opcodes.
    fn save_other(&mut self, object: &Object) -> Result<()> {
        let vm = self.vm;
        if let Some(reducer) = self.reducer.clone() {
            let reduced = call::call(vm, &reducer, std::slice::from_ref(object))?;
            if !reduced.is(&vm::builtins::none::not_implemented()) {
                return self.save_reduced(object, &reduced);
            }
        }
        let kind = type_of(object).clone();
        if kind.is(Type::class()) {
            return self.save_class(object);
        }
        if object.is_exact::<Function>() {
            return self.save_global(object, None);
        }
        if let Some(function) = self.reducer_of(&kind)? {
            let reduced = call::call(vm, &function, std::slice::from_ref(object))?;
            return self.save_reduced(object, &reduced);
        }
        if kind.is_subtype(Type::class()) {
            return self.save_global(object, None);
        }
        let names = vm.names();
        let reduced = match vm::object::attr::getattr_opt(vm, object, names.__reduce_ex__())? {
            Some(method) => call::call(vm, &method, &[Object::int32(self.proto)])?,
            None => call::call_method(vm, object, names.__reduce__(), &[])?,
        };
        self.save_reduced(object, &reduced)
    }

    /// The function that the dispatch table has for a type.
    fn reducer_of(&mut self, kind: &Ref<Type>) -> Result<Option<Object>> {
        let vm = self.vm;
        if let Some(table) = self.pickler.dispatch_table.get() {
            if let Some(dict) = table.cast_exact::<Dict>() {
                return dict.get(vm, kind.as_object());
            }
            return match protocol::getitem(vm, &table, kind.as_object()) {
                Ok(found) => Ok(Some(found)),
                Err(_) if vm.raised_is(&vm::exception::types::KeyError) => {
                    vm.clear_raised();
                    Ok(None)
                }
                Err(raised) => Err(raised),
            };
        }
        let table = match &self.dispatch {
            Some(table) => table,
            None => self.dispatch.insert(lookup_dict(vm, "copyreg", "dispatch_table")?),
        };
        table.get(vm, kind.as_object())
    }

    fn save_persistent(&mut self, id: &Object) -> Result<()> {
        let vm = self.vm;
        if self.bin {
            self.save_item(id, false)?;
            return self.put(&[BINPERSID]);
        }
        let text = protocol::str(vm, id)?;
        let Some(ascii) = text.as_ascii() else {
            return Err(pickling_error(vm, "persistent IDs in protocol 0 must be ASCII strings".to_owned()));
        };
        self.put(&[PERSID])?;
        self.put(ascii.as_bytes())?;
        self.put(b"\n")
    }

    // ---- values -------------------------------------------------------------------------------------------------------------

    fn save_bool(&mut self, value: bool) -> Result<()> {
        match (self.proto >= 2, value) {
            (true, true) => self.put(&[NEWTRUE]),
            (true, false) => self.put(&[NEWFALSE]),
            (false, true) => self.put(b"I01\n"),
            (false, false) => self.put(b"I00\n"),
        }
    }

    fn save_int(&mut self, object: &Object, small: Option<i64>) -> Result<()> {
        if let Some(value) = small
            && let Ok(value) = i32::try_from(value)
        {
            let [a, b, c, d] = value.to_le_bytes();
            return match value {
                _ if !self.bin => self.put(format!("I{value}\n").as_bytes()),
                0..=0xFF => self.put(&[BININT1, a]),
                0x100..=0xFFFF => self.put(&[BININT2, a, b]),
                _ => self.put(&[BININT, a, b, c, d]),
            };
        }
        if self.proto < 2 {
            let text = Int::to_decimal(self.vm, object)?;
            return self.put(format!("L{text}L\n").as_bytes());
        }
        let bytes = match (small, Int::to_big(object)) {
            (Some(value), _) => value.to_le_bytes().to_vec(),
            (None, Some(big)) => {
                let length = (number::int::bit_length(&big) >> 3) as usize + 1;
                match number::int::to_bytes(&big, length, false, true) {
                    Ok(bytes) => bytes,
                    Err(_) => return Err(self.vm.out_of_memory()),
                }
            }
            (None, None) => Vec::new(),
        };
        // The shortest form: no byte that only repeats the sign.
        let mut len = bytes.len();
        while len > 1 {
            let sign = if bytes[len - 2] & 0x80 != 0 { 0xFF } else { 0 };
            if bytes[len - 1] != sign {
                break;
            }
            len -= 1;
        }
        match len {
            0..=0xFF => self.put(&[LONG1, len as u8])?,
            _ => {
                let Ok(short) = i32::try_from(len) else {
                    bail!(self.vm, OverflowError, "int too large to pickle");
                };
                let [a, b, c, d] = short.to_le_bytes();
                self.put(&[LONG4, a, b, c, d])?;
            }
        }
        self.put(&bytes[..len])
    }

    fn save_float(&mut self, value: f64) -> Result<()> {
        if self.bin {
            let mut bytes = [BINFLOAT; 9];
            bytes[1..].copy_from_slice(&value.to_be_bytes());
            return self.put(&bytes);
        }
        self.put(format!("F{}\n", number::float::repr(value)).as_bytes())
    }

    fn save_str(&mut self, object: &Object, text: &Ref<Str>) -> Result<()> {
        if self.bin {
            match text.units() {
                Units::Ascii(bytes) => self.put_text(bytes, None)?,
                units => self.put_text(units.to_wtf8().as_bytes(), None)?,
            }
        } else {
            let mut line = vec![UNICODE];
            for code in text.code_points() {
                match code {
                    0x5C | 0 | 0x0A | 0x0D | 0x1A | 0x100..=0xFFFF => {
                        line.extend_from_slice(format!("\\u{code:04x}").as_bytes())
                    }
                    0x1_0000.. => line.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
                    _ => line.push(code as u8),
                }
            }
            line.push(b'\n');
            self.put(&line)?;
        }
        self.memoize(object)
    }

    fn put_text(&mut self, utf8: &[u8], whole: Option<&Object>) -> Result<()> {
        let len = utf8.len();
        let short = (SHORT_BINUNICODE, self.proto >= 4);
        self.put_sized(len, utf8, whole, short, (BINUNICODE, BINUNICODE8), "a string larger than 4 GiB")
    }

    /// Writes an opcode with the length in one, four or eight bytes, then the payload.
    fn put_sized(
        &mut self,
        len: usize,
        payload: &[u8],
        whole: Option<&Object>,
        short: (u8, bool),
        (medium, long): (u8, u8),
        what: &str,
    ) -> Result<()> {
        let [a, b, c, d, ..] = len.to_le_bytes();
        if len <= 0xFF && short.1 {
            return self.out.put_short(self.vm, [short.0, a], payload);
        }
        let mut header = [long; 9];
        header[1..].copy_from_slice(&len.to_le_bytes());
        if len <= 0xFFFF_FFFF {
            return self.out.put_large(self.vm, &[medium, a, b, c, d], payload, whole);
        }
        if self.proto < 4 {
            bail!(self.vm, OverflowError, "serializing {what} requires pickle protocol 4 or higher");
        }
        self.out.put_large(self.vm, &header, payload, whole)
    }

    fn put_bytes(&mut self, bytes: &[u8], whole: Option<&Object>) -> Result<()> {
        let short = (SHORT_BINBYTES, true);
        self.put_sized(bytes.len(), bytes, whole, short, (BINBYTES, BINBYTES8), "a bytes object larger than 4 GiB")
    }

    fn put_bytearray(&mut self, bytes: &[u8], whole: Option<&Object>) -> Result<()> {
        let mut header = [BYTEARRAY8; 9];
        header[1..].copy_from_slice(&bytes.len().to_le_bytes());
        self.out.put_large(self.vm, &header, bytes, whole)
    }

    fn save_bytes(&mut self, object: &Object, bytes: &Ref<Bytes>) -> Result<()> {
        let vm = self.vm;
        if self.proto < 3 {
            let (function, args) = if bytes.as_bytes().is_empty() {
                (Bytes::class().to_object(), Tuple::empty())
            } else {
                let encode = super::lookup(vm, "codecs", "encode")?;
                let text = Str::from_buf(vm, text::UnitsBuf::from_latin1(bytes.as_bytes().to_vec()))?;
                (encode, Tuple::from_slice(&[text.into_object(), Str::new("latin1").into_object()]))
            };
            return self.save_call(object, &function, &args);
        }
        self.put_bytes(bytes.as_bytes(), Some(object))?;
        self.memoize(object)
    }

    fn save_bytearray(&mut self, object: &Object, array: &Ref<ByteArray>) -> Result<()> {
        let bytes = array.view().to_vec();
        if self.proto < 5 {
            let args = match bytes.is_empty() {
                true => Tuple::empty(),
                false => Tuple::from_slice(&[Bytes::try_new(self.vm, &bytes)?.into_object()]),
            };
            return self.save_call(object, ByteArray::class().as_object(), &args);
        }
        self.put_bytearray(&bytes, Some(object))?;
        self.memoize(object)
    }

    fn save_buffer(&mut self, object: &Object, buffer: &Ref<PickleBuffer>) -> Result<()> {
        let vm = self.vm;
        if self.proto < 5 {
            return Err(pickling_error(vm, "PickleBuffer can only be pickled with protocol >= 5".to_owned()));
        }
        let view = buffer.buffer(vm)?;
        if !is_one_run(&view) {
            let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(pickling_error(vm, message.to_owned()));
        }
        let mut in_band = true;
        if let Some(callback) = self.pickler.buffer_callback.get() {
            let answer = call::call(vm, &callback, std::slice::from_ref(object))?;
            in_band = protocol::is_true(vm, &answer)?;
        }
        if !in_band {
            self.put(&[NEXT_BUFFER])?;
            return if view.readonly { self.put(&[READONLY_BUFFER]) } else { Ok(()) };
        }
        let mut bytes = Vec::new();
        let len = view.byte_len();
        view.exporter.with_bytes(&mut |all| bytes.extend_from_slice(&all[view.offset..view.offset + len]));
        if view.readonly {
            self.put_bytes(&bytes, None)?;
        } else {
            self.put_bytearray(&bytes, None)?;
        }
        self.memoize(object)
    }
}
