//! Opcodes whose operand is a line of text (protocol 0).

use super::input::truncated;
use super::load::Load;
use super::unpickling_error;
use vm::prelude::*;

impl Load<'_> {
    /// A line of text, at least one byte without its end.
    fn value_line(&mut self) -> Result<Vec<u8>> {
        let line = self.input.line(self.vm)?;
        if line.len() < 2 {
            return Err(truncated(self.vm));
        }
        Ok(line.to_vec())
    }

    fn int_of(&self, line: &[u8], base: u32) -> Result<Object> {
        let shown = Str::from_buf(self.vm, text::UnitsBuf::from_latin1(line.to_vec()))?.into_object();
        Int::parse(self.vm, line, base, &shown)
    }

    pub fn number_line(&mut self) -> Result<Object> {
        let line = self.value_line()?;
        self.int_of(&line, 10)
    }

    pub fn int_line(&mut self) -> Result<()> {
        let line = self.value_line()?;
        let value = match &line[..] {
            b"00\n" => false.object(),
            b"01\n" => true.object(),
            _ => match self.int_of(&line, 10) {
                Ok(value) => value,
                Err(_) => {
                    self.vm.clear_raised();
                    bail!(self.vm, ValueError, "could not convert string to int");
                }
            },
        };
        self.push(value);
        Ok(())
    }

    pub fn long_line(&mut self) -> Result<()> {
        let mut line = self.value_line()?;
        // A 'L' of Python 2 before the end is none of the number.
        if let [.., last, _] = &mut line[..]
            && *last == b'L'
        {
            let len = line.len();
            line.truncate(len - 2);
        }
        let value = self.int_of(&line, 10)?;
        self.push(value);
        Ok(())
    }

    pub fn float_line(&mut self) -> Result<()> {
        let vm = self.vm;
        let line = self.value_line()?;
        let text = std::str::from_utf8(&line[..line.len() - 1]).ok();
        let value = text.filter(|t| !t.starts_with(char::is_whitespace) && !t.contains('_')).and_then(|text| {
            let text = Str::new(text).into_object();
            let value = vm::builtins::float::float_from(vm, &text);
            if value.is_err() {
                vm.clear_raised();
            }
            value.ok()
        });
        match value {
            Some(value) => {
                self.push(Float::from_f64(value));
                Ok(())
            }
            None => {
                let line = String::from_utf8_lossy(&line).into_owned();
                Err(raise!(vm, ValueError, "could not convert string to float: '{line}'"))
            }
        }
    }

    pub fn string_line(&mut self) -> Result<()> {
        let vm = self.vm;
        let line = self.input.line(vm)?;
        let line = &line[..line.len() - 1];
        let quoted = match line {
            [first @ (b'"' | b'\''), inner @ .., last] if first == last => inner.to_vec(),
            _ => return Err(unpickling_error(vm, "the STRING opcode argument must be quoted")),
        };
        let bytes = vm::modules::codecs::unescape(vm, &quoted, "strict")?;
        let text = self.decode_string(&bytes)?;
        self.push(text);
        Ok(())
    }

    /// A line that is a name.
    pub fn name_line(&mut self, encoding: &str) -> Result<Object> {
        let vm = self.vm;
        let line = self.value_line()?;
        let line = &line[..line.len() - 1];
        match std::str::from_utf8(line) {
            Ok(text) if encoding == "utf-8" || text.is_ascii() => Ok(vm.intern(text).into_object()),
            _ => vm::modules::codecs::decode(vm, line, encoding, "strict"),
        }
    }
}
