//! What the items of an array are: type codes, and conversion to and from bytes.

use vm::prelude::*;
use vm::protocol::number;

/// A type code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    pub code: u8,
    pub size: usize,
}

const KINDS: [Kind; 14] = {
    const fn kind(code: u8, size: usize) -> Kind {
        Kind { code, size }
    }
    [
        kind(b'b', 1),
        kind(b'B', 1),
        kind(b'u', 4),
        kind(b'w', 4),
        kind(b'h', 2),
        kind(b'H', 2),
        kind(b'i', 4),
        kind(b'I', 4),
        kind(b'l', 8),
        kind(b'L', 8),
        kind(b'q', 8),
        kind(b'Q', 8),
        kind(b'f', 4),
        kind(b'd', 8),
    ]
};

/// All the type codes, as `array.typecodes` has them.
pub const CODES: &str = "bBuwhHiIlLqQfd";

/// An item's bytes: the first `size` of them.
pub type Bits = [u8; 8];

impl Kind {
    pub fn find(code: u32) -> Option<Kind> {
        KINDS.into_iter().find(|k| u32::from(k.code) == code)
    }

    pub fn is_text(self) -> bool {
        matches!(self.code, b'u' | b'w')
    }

    pub fn is_float(self) -> bool {
        matches!(self.code, b'f' | b'd')
    }

    pub fn is_signed(self) -> bool {
        self.code.is_ascii_lowercase()
    }

    /// The last kind of int with this size and sign.
    pub fn int(size: usize, signed: bool) -> Option<Kind> {
        KINDS.into_iter().rev().find(|k| !k.is_text() && !k.is_float() && k.size == size && k.is_signed() == signed)
    }

    /// The number of the machine format, as pickles have it; little-endian where that matters.
    pub fn format(self) -> u8 {
        match self.code {
            b'B' => 0,
            b'b' => 1,
            b'f' => 14,
            b'd' => 16,
            b'u' | b'w' => 20,
            _ => match (self.size, self.is_signed()) {
                (2, false) => 2,
                (2, true) => 4,
                (4, false) => 6,
                (4, true) => 8,
                (_, false) => 10,
                (_, true) => 12,
            },
        }
    }

    /// The item that these bytes are.
    #[inline]
    pub fn load(self, vm: &Vm, bytes: &[u8]) -> Result<Object> {
        let mut bits = Bits::default();
        bits[..self.size].copy_from_slice(&bytes[..self.size]);
        let word = u64::from_le_bytes(bits);
        Ok(match self.code {
            b'b' => Object::int32(i32::from(word as i8)),
            b'B' => Object::int32(i32::from(word as u8)),
            b'h' => Object::int32(i32::from(word as i16)),
            b'H' => Object::int32(i32::from(word as u16)),
            b'i' => Object::int32(word as i32),
            b'I' => Int::from_i64(word as i64),
            b'l' | b'q' => Int::from_i64(word as i64),
            b'L' | b'Q' => Int::from_i128(i128::from(word)),
            b'f' => Float::from_f64(f64::from(f32::from_bits(word as u32))),
            b'd' => Float::from_f64(f64::from_bits(word)),
            _ if word > 0x10_ffff => {
                bail!(vm, ValueError, "character U+{word:x} is not in range [U+0000; U+10ffff]")
            }
            _ => Str::from_code(vm, word as u32)?.into_object(),
        })
    }

    /// The bytes of an item.
    #[inline]
    pub fn store(self, vm: &Vm, value: &Object) -> Result<Bits> {
        Ok(match self.code {
            b'b' => short(vm, value, i8::MIN.into(), i8::MAX.into(), "signed char")?.to_le_bytes(),
            b'B' => short(vm, value, 0, 255, "unsigned byte integer")?.to_le_bytes(),
            b'h' => ranged(vm, value, i16::MIN.into(), i16::MAX.into(), "signed short integer")?.to_le_bytes(),
            b'H' => {
                let wide = ranged(vm, value, i32::MIN.into(), i32::MAX.into(), "signed integer")?;
                within(vm, wide, 0, 65535, "unsigned short")?.to_le_bytes()
            }
            b'i' => ranged(vm, value, i32::MIN.into(), i32::MAX.into(), "signed integer")?.to_le_bytes(),
            b'I' => match word(vm, value, "can't convert negative value to unsigned int")? {
                wide if wide > u64::from(u32::MAX) => {
                    bail!(vm, OverflowError, "unsigned int is greater than maximum")
                }
                wide => wide.to_le_bytes(),
            },
            b'l' => long(vm, value)?.to_le_bytes(),
            b'L' => word(vm, value, "can't convert negative value to unsigned int")?.to_le_bytes(),
            b'q' => {
                let index = number::index(vm, value)?;
                match Int::to_i64(&index) {
                    Some(fits) => fits.to_le_bytes(),
                    None => bail!(vm, OverflowError, "int too big to convert"),
                }
            }
            b'Q' => {
                let index = number::index(vm, value)?;
                match Int::to_i128(&index) {
                    Some(negative) if negative < 0 => {
                        bail!(vm, OverflowError, "can't convert negative int to unsigned")
                    }
                    Some(wide) if wide <= i128::from(u64::MAX) => (wide as u64).to_le_bytes(),
                    None if Int::is_negative(&index) => {
                        bail!(vm, OverflowError, "can't convert negative int to unsigned")
                    }
                    _ => bail!(vm, OverflowError, "int too big to convert"),
                }
            }
            b'f' => u64::from((number::as_f64(vm, value)? as f32).to_bits()).to_le_bytes(),
            b'd' => number::as_f64(vm, value)?.to_bits().to_le_bytes(),
            _ => {
                let Some(text) = value.cast::<Str>() else {
                    bail!(
                        vm,
                        TypeError,
                        "array item must be a unicode character, not {}",
                        vm::object::type_name(value)
                    );
                };
                if text.len() != 1 {
                    bail!(
                        vm,
                        TypeError,
                        "array item must be a unicode character, not a string of length {}",
                        text.len()
                    );
                }
                u64::from(text.code_points().next().unwrap_or(0)).to_le_bytes()
            }
        })
    }
}

fn long(vm: &Vm, value: &Object) -> Result<i64> {
    if let Some(small) = value.as_small_int() {
        return Ok(small);
    }
    let index = number::index(vm, value)?;
    match Int::to_i64(&index) {
        Some(fits) => Ok(fits),
        None => Err(raise!(vm, OverflowError, "Python int too large to convert to C long")),
    }
}

fn within(vm: &Vm, value: i64, least: i64, most: i64, name: &str) -> Result<i64> {
    if value < least {
        bail!(vm, OverflowError, "{name} is less than minimum");
    }
    if value > most {
        bail!(vm, OverflowError, "{name} is greater than maximum");
    }
    Ok(value)
}

fn ranged(vm: &Vm, value: &Object, least: i64, most: i64, name: &str) -> Result<i64> {
    let value = long(vm, value)?;
    within(vm, value, least, most, name)
}

/// A byte, which C reads as a short first.
fn short(vm: &Vm, value: &Object, least: i64, most: i64, name: &str) -> Result<i64> {
    let wide = ranged(vm, value, i16::MIN.into(), i16::MAX.into(), "signed short integer")?;
    within(vm, wide, least, most, name)
}

fn word(vm: &Vm, value: &Object, negative: &str) -> Result<u64> {
    let index = number::index(vm, value)?;
    if Int::is_negative(&index) {
        bail!(vm, OverflowError, "{negative}");
    }
    match Int::to_i128(&index).and_then(|wide| u64::try_from(wide).ok()) {
        Some(fits) => Ok(fits),
        None => Err(raise!(vm, OverflowError, "Python int too large to convert to C unsigned long")),
    }
}
