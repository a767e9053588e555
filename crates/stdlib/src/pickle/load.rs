//! One run of an unpickler: the stack machine. What makes objects of its operands is in [`super::build`].

use super::input::Input;
use super::opcodes::*;
use super::unpickler::{Unpickler, no_persistent_load};
use super::unpickling_error;
use vm::builtins::bytearray::ByteArray;
use vm::prelude::*;
use vm::protocol::call;

/// One run.
pub struct Load<'a> {
    pub vm: &'a Vm,
    pub unpickler: &'a Unpickler,
    /// The object whose class may override methods; none for the module's functions.
    pub owner: Option<&'a Ref<Unpickler>>,
    pub input: Input,
    pub stack: Vec<Object>,
    marks: Vec<usize>,
    /// What lies below the last mark is out of reach.
    fence: usize,
}

impl<'a> Load<'a> {
    pub fn new(vm: &'a Vm, unpickler: &'a Unpickler, owner: Option<&'a Ref<Unpickler>>, input: Input) -> Load<'a> {
        Load { vm, unpickler, owner, input, stack: Vec::new(), marks: Vec::new(), fence: 0 }
    }

    pub fn into_input(self) -> Input {
        self.input
    }

    // ---- the stack ----------------------------------------------------------------------------------------------------------

    #[inline]
    pub fn push(&mut self, object: Object) {
        self.stack.push(object);
    }

    #[cold]
    pub fn underflow(&self) -> Raised {
        let message = if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" };
        unpickling_error(self.vm, message)
    }

    #[inline]
    pub fn pop(&mut self) -> Result<Object> {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.pop().ok_or_else(|| self.underflow())
    }

    /// The object on top.
    #[inline]
    pub fn top(&self) -> Result<&Object> {
        match self.stack.last() {
            Some(top) if self.stack.len() > self.fence => Ok(top),
            _ => Err(self.underflow()),
        }
    }

    /// Takes the last mark away; gives where it was.
    fn mark(&mut self) -> Result<usize> {
        let Some(mark) = self.marks.pop() else {
            return Err(unpickling_error(self.vm, "could not find MARK"));
        };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(mark)
    }

    /// Takes what lies above the last mark.
    pub fn pop_mark(&mut self) -> Result<Vec<Object>> {
        let mark = self.mark()?;
        Ok(self.stack.split_off(mark))
    }

    fn pop_tuple(&mut self, from: usize) -> Result<Object> {
        let len = self.stack.len() - from;
        if len == 0 {
            return Ok(Tuple::empty().into_object());
        }
        let mut items = self.stack.drain(from..);
        let tuple = Tuple::try_from_fn(len, |_| items.next().unwrap_or_else(none));
        drop(items);
        Ok(self.vm.memory(tuple)?.into_object())
    }

    fn tuple_of(&mut self, len: usize) -> Result<()> {
        if self.stack.len() < self.fence + len {
            return Err(self.underflow());
        }
        let tuple = self.pop_tuple(self.stack.len() - len)?;
        self.push(tuple);
        Ok(())
    }

    // ---- the machine --------------------------------------------------------------------------------------------------------

    /// Runs to STOP.
    pub fn run(&mut self) -> Result<Object> {
        let vm = self.vm;
        loop {
            match self.input.opcode(vm)? {
                NONE => self.push(none()),
                BININT1 => {
                    let [a] = self.input.array(vm)?;
                    self.push(Object::int32(i32::from(a)));
                }
                BININT2 => {
                    let bytes = self.input.array(vm)?;
                    self.push(Object::int32(i32::from(u16::from_le_bytes(bytes))));
                }
                BININT => {
                    let bytes = self.input.array(vm)?;
                    self.push(Object::int32(i32::from_le_bytes(bytes)));
                }
                MEMOIZE => {
                    let number = self.unpickler.memo.borrow().len();
                    self.remember(number)?;
                }
                SHORT_BINUNICODE => {
                    let [len] = self.input.array(vm)?;
                    self.load_text(usize::from(len))?;
                }
                BINUNICODE => {
                    let len = u32::from_le_bytes(self.input.array(vm)?);
                    self.load_text(len as usize)?;
                }
                BINUNICODE8 => {
                    let len = self.length("BINUNICODE")?;
                    self.load_text(len)?;
                }
                BINGET => {
                    let [number] = self.input.array(vm)?;
                    self.recall(usize::from(number))?;
                }
                LONG_BINGET => {
                    let number = u32::from_le_bytes(self.input.array(vm)?);
                    self.recall(number as usize)?;
                }
                BINPUT => {
                    let [number] = self.input.array(vm)?;
                    self.remember(usize::from(number))?;
                }
                LONG_BINPUT => {
                    let number = u32::from_le_bytes(self.input.array(vm)?);
                    self.remember(number as usize)?;
                }
                MARK => {
                    self.fence = self.stack.len();
                    self.marks.push(self.fence);
                }
                TUPLE => {
                    let mark = self.mark()?;
                    let tuple = self.pop_tuple(mark)?;
                    self.push(tuple);
                }
                EMPTY_TUPLE => self.push(Tuple::empty().into_object()),
                TUPLE1 => self.tuple_of(1)?,
                TUPLE2 => self.tuple_of(2)?,
                TUPLE3 => self.tuple_of(3)?,
                EMPTY_LIST => self.push(List::empty().into_object()),
                EMPTY_DICT => self.push(Dict::empty().into_object()),
                APPEND => {
                    let item = self.pop()?;
                    let list = self.top()?.clone();
                    self.append(&list, vec![item])?;
                }
                APPENDS => {
                    let items = self.pop_mark()?;
                    let list = self.top()?.clone();
                    self.append(&list, items)?;
                }
                SETITEM => {
                    if self.stack.len() < self.fence + 3 {
                        return Err(self.underflow());
                    }
                    let items = self.stack.split_off(self.stack.len() - 2);
                    self.set_items(items)?;
                }
                SETITEMS => {
                    let items = self.pop_mark()?;
                    self.set_items(items)?;
                }
                NEWTRUE => self.push(true.object()),
                NEWFALSE => self.push(false.object()),
                BINFLOAT => {
                    let value = f64::from_be_bytes(self.input.array(vm)?);
                    self.push(Float::from_f64(value));
                }
                BUILD => self.build()?,
                NEWOBJ => self.new_object(false)?,
                NEWOBJ_EX => self.new_object(true)?,
                REDUCE => self.reduce()?,
                STACK_GLOBAL => {
                    let (name, module) = (self.pop()?, self.pop()?);
                    if !name.is_exact::<Str>() || !module.is_exact::<Str>() {
                        return Err(unpickling_error(vm, "STACK_GLOBAL requires str"));
                    }
                    let found = self.find_class(&module, &name)?;
                    self.push(found);
                }
                STOP => return self.pop(),
                PROTO => {
                    let [proto] = self.input.array(vm)?;
                    if i32::from(proto) > HIGHEST {
                        bail!(vm, ValueError, "unsupported pickle protocol: {proto}");
                    }
                    self.unpickler.proto.set(i32::from(proto));
                }
                FRAME => {
                    let len = self.length("FRAME")?;
                    self.input.frame(vm, len)?;
                }
                other => self.less_common(other)?,
            }
        }
    }

    fn less_common(&mut self, opcode: u8) -> Result<()> {
        let vm = self.vm;
        match opcode {
            LONG1 => {
                let [len] = self.input.array(vm)?;
                self.load_long(usize::from(len))
            }
            LONG4 => match i32::from_le_bytes(self.input.array(vm)?) {
                len if len < 0 => Err(unpickling_error(vm, "LONG pickle has negative byte count")),
                len => self.load_long(len as usize),
            },
            SHORT_BINBYTES => {
                let [len] = self.input.array(vm)?;
                self.load_bytes(usize::from(len))
            }
            BINBYTES => {
                let len = u32::from_le_bytes(self.input.array(vm)?);
                self.load_bytes(len as usize)
            }
            BINBYTES8 => {
                let len = self.length("BINBYTES")?;
                self.load_bytes(len)
            }
            BYTEARRAY8 => {
                let len = self.length("BYTEARRAY8")?;
                let bytes = self.input.take_vec(vm, len)?;
                self.push(ByteArray::from_vec(bytes).into_object());
                Ok(())
            }
            EMPTY_SET => {
                self.push(vm::builtins::set::Set::from_items(vm, Vec::new())?);
                Ok(())
            }
            ADDITEMS => self.add_items(),
            FROZENSET => {
                let items = self.pop_mark()?;
                self.push(vm::builtins::set::FrozenSet::from_items(vm, items)?);
                Ok(())
            }
            POP => {
                if self.marks.last() == Some(&self.stack.len()) {
                    return self.mark().map(drop);
                }
                self.pop().map(drop)
            }
            POP_MARK => self.pop_mark().map(drop),
            DUP => {
                let top = self.top()?.clone();
                self.push(top);
                Ok(())
            }
            LIST => {
                let items = self.pop_mark()?;
                self.push(List::from_vec(items).into_object());
                Ok(())
            }
            DICT => self.dict(),
            NEXT_BUFFER => self.next_buffer(),
            READONLY_BUFFER => self.readonly_buffer(),
            EXT1 => {
                let [code] = self.input.array(vm)?;
                self.extension(i32::from(code))
            }
            EXT2 => {
                let code = u16::from_le_bytes(self.input.array(vm)?);
                self.extension(i32::from(code))
            }
            EXT4 => {
                let code = i32::from_le_bytes(self.input.array(vm)?);
                self.extension(code)
            }
            BINPERSID => {
                let id = self.pop()?;
                self.persistent(&id)
            }
            PERSID => {
                let line = self.input.line(vm)?;
                let Some(text) = std::str::from_utf8(&line[..line.len() - 1]).ok().filter(|text| text.is_ascii())
                else {
                    return Err(unpickling_error(vm, "persistent IDs in protocol 0 must be ASCII strings"));
                };
                let id = Str::new(text).into_object();
                self.persistent(&id)
            }
            GLOBAL => {
                let module = self.name_line("utf-8")?;
                let name = self.name_line("utf-8")?;
                let found = self.find_class(&module, &name)?;
                self.push(found);
                Ok(())
            }
            INST => self.inst(),
            OBJ => self.obj(),
            GET => {
                let number = self.number_line()?;
                self.recall_index(&number)
            }
            PUT => {
                let number = self.number_line()?;
                self.top()?;
                match Int::to_i64(&number) {
                    Some(number) if number >= 0 => self.remember(number as usize),
                    Some(_) => Err(raise!(vm, ValueError, "negative PUT argument")),
                    None => Err(raise!(vm, OverflowError, "Python int too large to convert to C ssize_t")),
                }
            }
            INT => self.int_line(),
            LONG => self.long_line(),
            FLOAT => self.float_line(),
            STRING => self.string_line(),
            UNICODE => {
                let line = self.input.line(vm)?;
                let line = line[..line.len() - 1].to_vec();
                let text = vm::modules::codecs::decode(vm, &line, "raw_unicode_escape", "strict")?;
                self.push(text);
                Ok(())
            }
            BINSTRING => match i32::from_le_bytes(self.input.array(vm)?) {
                len if len < 0 => Err(unpickling_error(vm, "BINSTRING pickle has negative byte count")),
                len => self.load_string(len as usize),
            },
            SHORT_BINSTRING => {
                let [len] = self.input.array(vm)?;
                self.load_string(usize::from(len))
            }
            key => Err(invalid_key(vm, key)),
        }
    }

    /// A length in eight bytes.
    fn length(&mut self, what: &str) -> Result<usize> {
        let len = u64::from_le_bytes(self.input.array(self.vm)?);
        if len > isize::MAX as u64 {
            let most = isize::MAX;
            let size = if what.starts_with("FRAME") {
                "length exceeds system's maximum of"
            } else {
                "exceeds system's maximum size of"
            };
            bail!(self.vm, OverflowError, "{what} {size} {most} bytes");
        }
        Ok(len as usize)
    }

    // ---- the memo -----------------------------------------------------------------------------------------------------------

    #[inline]
    fn remember(&mut self, number: usize) -> Result<()> {
        let top = self.top()?.clone();
        let old = self.unpickler.memo.borrow_mut().set(number, top);
        drop(old);
        Ok(())
    }

    #[inline]
    fn recall(&mut self, number: usize) -> Result<()> {
        let found = self.unpickler.memo.borrow().get(number);
        match found {
            Some(found) => {
                self.push(found);
                Ok(())
            }
            None => Err(unpickling_error(self.vm, &format!("Memo value not found at index {number}"))),
        }
    }

    fn recall_index(&mut self, number: &Object) -> Result<()> {
        match Int::to_i64(number).map(usize::try_from) {
            Some(Ok(number)) => self.recall(number),
            Some(Err(_)) => {
                let number = Int::to_decimal(self.vm, number)?;
                Err(unpickling_error(self.vm, &format!("Memo value not found at index {number}")))
            }
            None => Err(raise!(self.vm, OverflowError, "Python int too large to convert to C ssize_t")),
        }
    }

    // ---- values -------------------------------------------------------------------------------------------------------------

    fn load_text(&mut self, len: usize) -> Result<()> {
        let vm = self.vm;
        let bytes = self.input.take(vm, len)?;
        let text = if bytes.is_ascii() {
            Str::of_ascii(vm, bytes)?.into_object()
        } else if let Ok(text) = std::str::from_utf8(bytes) {
            vm.memory(Str::try_new(text))?.into_object()
        } else {
            let bytes = bytes.to_vec();
            vm::modules::codecs::decode(vm, &bytes, "utf-8", "surrogatepass")?
        };
        self.push(text);
        Ok(())
    }

    fn load_bytes(&mut self, len: usize) -> Result<()> {
        let vm = self.vm;
        if len > isize::MAX as usize - 64 {
            bail!(vm, OverflowError, "byte string is too large");
        }
        let bytes = if len < 4096 {
            Bytes::try_new(vm, self.input.take(vm, len)?)?
        } else {
            let bytes = self.input.take_vec(vm, len)?;
            Bytes::try_new(vm, &bytes)?
        };
        self.push(bytes.into_object());
        Ok(())
    }

    fn load_long(&mut self, len: usize) -> Result<()> {
        let vm = self.vm;
        let bytes = self.input.take(vm, len)?;
        let value = match bytes {
            [] => Object::int32(0),
            &[.., last] if bytes.len() <= 8 => {
                let mut whole = if last & 0x80 != 0 { [0xFF; 8] } else { [0; 8] };
                whole[..bytes.len()].copy_from_slice(bytes);
                Int::from_i64(i64::from_le_bytes(whole))
            }
            _ => match number::int::from_bytes(bytes, false, true) {
                Ok(big) => Int::from_big(vm, big)?,
                Err(_) => return Err(vm.out_of_memory()),
            },
        };
        self.push(value);
        Ok(())
    }

    /// An 8-bit string of Python 2.
    fn load_string(&mut self, len: usize) -> Result<()> {
        let bytes = self.input.take_vec(self.vm, len)?;
        let text = self.decode_string(&bytes)?;
        self.push(text);
        Ok(())
    }

    pub fn decode_string(&mut self, bytes: &[u8]) -> Result<Object> {
        let (encoding, errors) = self.unpickler.encoding();
        if encoding == "bytes" {
            return Ok(Bytes::try_new(self.vm, bytes)?.into_object());
        }
        vm::modules::codecs::decode(self.vm, bytes, &encoding, &errors)
    }

    // ---- what a class may override -------------------------------------------------------------------------------------------

    pub fn find_class(&self, module: &Object, name: &Object) -> Result<Object> {
        match self.owner.filter(|owner| !owner.as_object().is_exact::<Unpickler>()) {
            None => self.unpickler.find(self.vm, module, name),
            Some(owner) => {
                let method = self.vm.intern("find_class");
                call::call_method(self.vm, owner.as_object(), &method, &[module.clone(), name.clone()])
            }
        }
    }

    fn persistent(&mut self, id: &Object) -> Result<()> {
        let vm = self.vm;
        let loader = match self.owner {
            Some(owner) => Unpickler::loader(owner, vm)?,
            None => None,
        };
        let Some(loader) = loader else { return Err(no_persistent_load(vm)) };
        let object = call::call(vm, &loader, std::slice::from_ref(id))?;
        self.push(object);
        Ok(())
    }

    fn next_buffer(&mut self) -> Result<()> {
        let vm = self.vm;
        let Some(buffers) = self.unpickler.buffers.get() else {
            let message = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(unpickling_error(vm, message));
        };
        match vm::protocol::iter::next(vm, &buffers)? {
            Some(buffer) => {
                self.push(buffer);
                Ok(())
            }
            None => Err(unpickling_error(vm, "not enough out-of-band buffers")),
        }
    }
}

#[cold]
fn invalid_key(vm: &Vm, key: u8) -> Raised {
    let shown = match key {
        b'\'' | b'\\' => format!("\\x{key:02x}"),
        0x20..0x7F => char::from(key).to_string(),
        _ => format!("\\x{key:02x}"),
    };
    unpickling_error(vm, &format!("invalid load key, '{shown}'."))
}
