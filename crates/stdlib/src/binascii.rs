//! `binascii`: hexadecimal, base64, uuencode and checksums.

use vm::builtins::bytes::common::{self, like};
use vm::builtins::module::Module;
use vm::object::{attr, type_name};
use vm::prelude::*;
use vm::protocol::call;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `binascii.Error`.
fn failed(vm: &Vm, message: &str) -> Raised {
    let kind = match vm.interp().modules.get().and_then(|m| m.get_str(vm, "binascii")) {
        Some(module) => attr::getattr(vm, &module, &vm.intern("Error")),
        None => return raise!(vm, ValueError, "{message}"),
    };
    match kind.and_then(|kind| call::call(vm, &kind, &[Str::new(message).into_object()])) {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

/// The bytes of an argument that may be an ASCII string.
fn ascii(vm: &Vm, data: &Object) -> Result<Vec<u8>> {
    if let Some(text) = data.cast::<Str>() {
        return match text.as_ascii() {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(raise!(vm, ValueError, "string argument should contain only ASCII characters")),
        };
    }
    if !common::is_like(data) {
        bail!(vm, TypeError, "argument should be bytes, buffer or ASCII string, not '{}'", type_name(data));
    }
    Ok(like(vm, data)?.into_owned())
}

fn value_of(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Base64 decoded; in strict mode only what an encoder writes is accepted.
fn from_base64(vm: &Vm, data: &[u8], strict: bool) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut place, mut left, mut pads) = (0, 0u8, 0usize);
    if strict && data.first() == Some(&b'=') {
        return Err(failed(vm, "Leading padding not allowed"));
    }
    for (i, &byte) in data.iter().enumerate() {
        if byte == b'=' {
            pads += 1;
            if strict && i > 0 && (place == 0 || (place >= 2 && place + pads > 4)) {
                return Err(failed(vm, "Excess padding not allowed"));
            }
            continue;
        }
        let Some(value) = value_of(byte) else {
            if strict {
                return Err(failed(vm, "Only base64 data is allowed"));
            }
            continue;
        };
        if strict && pads > 0 {
            let whole = place + pads == 4;
            let message = if whole { "Excess data after padding" } else { "Discontinuous padding not allowed" };
            return Err(failed(vm, message));
        }
        pads = 0;
        match place {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => out.push(left << 6 | value),
        }
        place = (place + 1) % 4;
    }
    match place {
        0 => Ok(out),
        1 => {
            let n = out.len() / 3 * 4 + 1;
            Err(failed(
                vm,
                &format!(
                    "Invalid base64-encoded string: number of data characters ({n}) cannot be 1 more than a multiple of 4"
                ),
            ))
        }
        _ if place + pads >= 4 => Ok(out),
        _ => Err(failed(vm, "Incorrect padding")),
    }
}

fn to_base64(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    for group in data.chunks(3) {
        let word = group.iter().fold(0u32, |w, &b| w << 8 | u32::from(b)) << (8 * (3 - group.len()));
        for i in 0..4 {
            out.push(if i <= group.len() { ALPHABET[(word >> (18 - 6 * i) & 63) as usize] } else { b'=' });
        }
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Quoted-printable text decoded; in a header an underscore is a space.
fn from_quoted(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let digit = |b: Option<&u8>| b.and_then(|&b| (b as char).to_digit(16));
    let mut at = 0;
    while let Some(&byte) = data.get(at) {
        at += 1;
        match (byte, data.get(at)) {
            (b'=', None) => break,
            // The end of the line does not count.
            (b'=', Some(b'\r' | b'\n')) => {
                at += data[at..].iter().position(|&b| b == b'\n').map_or(data.len(), |i| i + 1);
            }
            (b'=', Some(b'=')) => {
                out.push(b'=');
                at += 1;
            }
            (b'=', next) => match (digit(next), digit(data.get(at + 1))) {
                (Some(high), Some(low)) => {
                    out.push((high << 4 | low) as u8);
                    at += 2;
                }
                _ => out.push(b'='),
            },
            (b'_', _) if header => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

/// Quoted-printable text: lines of at most 76 characters.
fn to_quoted(data: &[u8], quotetabs: bool, istext: bool, header: bool) -> Vec<u8> {
    const LONGEST: usize = 76;
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // Line ends are written as the first one is.
    let crlf = data.iter().position(|&b| b == b'\n').is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
    let mut out = Vec::with_capacity(data.len() + data.len() / 4);
    let quoted = |out: &mut Vec<u8>, byte: u8| {
        out.extend([b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    };
    let (mut at, mut line) = (0, 0);
    while let Some(&byte) = data.get(at) {
        let next = data.get(at + 1).copied();
        let quote = match byte {
            127.. | b'=' => true,
            b'_' => header,
            b'.' => line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)),
            b'\r' | b'\n' => !istext,
            b'\t' | b' ' => next.is_none() || quotetabs,
            ..33 => true,
            _ => false,
        };
        if quote {
            if line + 3 >= LONGEST {
                out.push(b'=');
                out.extend(end);
                line = 0;
            }
            quoted(&mut out, byte);
            line += 3;
            at += 1;
        } else if istext && (byte == b'\n' || (byte == b'\r' && next == Some(b'\n'))) {
            // White space must not end a line.
            if let Some(blank @ (b' ' | b'\t')) = out.last().copied() {
                out.pop();
                quoted(&mut out, blank);
            }
            out.extend(end);
            line = 0;
            at += if byte == b'\r' { 2 } else { 1 };
        } else {
            if next.is_some_and(|next| next != b'\n') && line + 1 >= LONGEST {
                out.push(b'=');
                out.extend(end);
                line = 0;
            }
            out.push(if header && byte == b' ' { b'_' } else { byte });
            line += 1;
            at += 1;
        }
    }
    out
}

/// The table of CRC-32 (polynomial 0xEDB88320).
const CRC32: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut i = 0;
    while i < 256 {
        let (mut value, mut bit) = (i as u32, 0);
        while bit < 8 {
            value = if value & 1 != 0 { value >> 1 ^ 0xEDB8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[i] = value;
        i += 1;
    }
    table
};

/// Conversion between binary data and ASCII
#[pymodule("binascii")]
pub mod module {
    use super::*;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        for (name, base) in
            [("Error", &vm::exception::types::ValueError), ("Incomplete", &vm::exception::types::Exception)]
        {
            module.dict().set_str(vm, name, vm::exception::new_class(vm, "binascii", name, base.get())?)?;
        }
        Ok(())
    }

    /// Hexadecimal representation of binary data.
    #[py("hexlify(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hexlify(vm: &Vm, data: &Object, sep: Option<&Object>, bytes_per_sep: i32) -> Result<Ref<Bytes>> {
        let sep = common::hex_separator(vm, sep)?;
        let text = common::hex(vm, &like(vm, data)?, sep, bytes_per_sep)?;
        Bytes::try_new(vm, text.units().as_bytes())
    }

    /// Hexadecimal representation of binary data.
    #[py("b2a_hex(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn b2a_hex(vm: &Vm, data: &Object, sep: Option<&Object>, bytes_per_sep: i32) -> Result<Ref<Bytes>> {
        hexlify(vm, data, sep, bytes_per_sep)
    }

    /// Binary data of hexadecimal representation.
    #[py("unhexlify(hexstr, /)")]
    fn unhexlify(vm: &Vm, hexstr: &Object) -> Result<Ref<Bytes>> {
        let data = ascii(vm, hexstr)?;
        if data.len() % 2 != 0 {
            return Err(failed(vm, "Odd-length string"));
        }
        let digit = |b: u8| (b as char).to_digit(16);
        let pair = |pair: &[u8]| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8);
        match data.chunks_exact(2).map(pair).collect::<Option<Vec<u8>>>() {
            Some(bytes) => Bytes::try_new(vm, &bytes),
            None => Err(failed(vm, "Non-hexadecimal digit found")),
        }
    }

    /// Binary data of hexadecimal representation.
    #[py("a2b_hex(hexstr, /)")]
    fn a2b_hex(vm: &Vm, hexstr: &Object) -> Result<Ref<Bytes>> {
        unhexlify(vm, hexstr)
    }

    /// Decode a line of base64 data.
    #[py("a2b_base64(data, /, *, strict_mode=False)")]
    fn a2b_base64(vm: &Vm, data: &Object, strict_mode: bool) -> Result<Ref<Bytes>> {
        let made = from_base64(vm, &ascii(vm, data)?, strict_mode)?;
        Bytes::try_new(vm, &made)
    }

    /// Base64-code line of data.
    #[py("b2a_base64(data, /, *, newline=True)")]
    fn b2a_base64(vm: &Vm, data: &Object, newline: bool) -> Result<Ref<Bytes>> {
        Bytes::try_new(vm, &to_base64(&like(vm, data)?, newline))
    }

    /// Decode a line of uuencoded data.
    #[py("a2b_uu(data, /)")]
    fn a2b_uu(vm: &Vm, data: &Object) -> Result<Ref<Bytes>> {
        let data = ascii(vm, data)?;
        if data.is_empty() {
            return Err(failed(vm, "Missing length byte"));
        }
        let len = usize::from(data.first().map_or(0x20, |b| b.wrapping_sub(b' ')) & 0x3F);
        let mut out = Vec::with_capacity(len + 3);
        let mut rest = data.iter().skip(1).copied();
        let (mut bits, mut held) = (0u32, 0);
        while out.len() < len {
            let value = match rest.next() {
                None | Some(b'\n' | b'\r') => 0,
                Some(b @ 0x20..=0x60) => b.wrapping_sub(b' ') & 0x3F,
                Some(_) => return Err(failed(vm, "Illegal char")),
            };
            (bits, held) = (bits << 6 | u32::from(value), held + 6);
            if held >= 8 {
                held -= 8;
                out.push((bits >> held) as u8);
            }
        }
        if rest.any(|b| !matches!(b, b' ' | b'`' | b'\n' | b'\r')) {
            return Err(failed(vm, "Trailing garbage"));
        }
        Bytes::try_new(vm, &out)
    }

    /// Uuencode line of data.
    #[py("b2a_uu(data, /, *, backtick=False)")]
    fn b2a_uu(vm: &Vm, data: &Object, backtick: bool) -> Result<Ref<Bytes>> {
        let data = like(vm, data)?;
        if data.len() > 45 {
            return Err(failed(vm, "At most 45 bytes at once"));
        }
        let shown = |value: u8| if value == 0 && backtick { b'`' } else { b' ' + value };
        let mut out = vec![shown(data.len() as u8)];
        for group in data.chunks(3) {
            let word = group.iter().fold(0u32, |w, &b| w << 8 | u32::from(b)) << (8 * (3 - group.len()));
            out.extend((0..4).map(|i| shown((word >> (18 - 6 * i) & 63) as u8)));
        }
        out.push(b'\n');
        Bytes::try_new(vm, &out)
    }

    /// Decode a string of qp-encoded data.
    #[py("a2b_qp(data, header=False)")]
    fn a2b_qp(vm: &Vm, data: &Object, header: bool) -> Result<Ref<Bytes>> {
        Bytes::try_new(vm, &from_quoted(&ascii(vm, data)?, header))
    }

    /// Encode a string using quoted-printable encoding.
    ///
    /// On encoding, when istext is set, newlines are not encoded, and white
    /// space at end of lines is.  When istext is not set, \r and \n (CR/LF)
    /// are both encoded.  When quotetabs is set, space and tabs are encoded.
    #[py("b2a_qp(data, quotetabs=False, istext=True, header=False)")]
    fn b2a_qp(vm: &Vm, data: &Object, quotetabs: bool, istext: bool, header: bool) -> Result<Ref<Bytes>> {
        Bytes::try_new(vm, &to_quoted(&like(vm, data)?, quotetabs, istext, header))
    }

    /// Compute CRC-32 incrementally.
    #[py("crc32(data, crc=0, /)")]
    fn crc32(vm: &Vm, data: &Object, crc: Object) -> Result<u32> {
        let start = Int::to_big(&vm::protocol::number::index(vm, &crc)?).unwrap_or_default();
        let start = u32::try_from(number::int::modulo(&start, &number::BigInt::from(1u64 << 32)).unwrap_or_default());
        let data = like(vm, data)?;
        Ok(!data.iter().fold(!start.unwrap_or(0), |crc, &b| crc >> 8 ^ CRC32[usize::from(crc as u8 ^ b)]))
    }

    /// Compute CRC-CCITT incrementally.
    #[py("crc_hqx(data, crc, /)")]
    fn crc_hqx(vm: &Vm, data: &Object, crc: &Object) -> Result<u32> {
        let start = Int::to_i64(&vm::protocol::number::index(vm, crc)?).unwrap_or(0) as u16;
        let data = like(vm, data)?;
        Ok(u32::from(data.iter().fold(start, |crc, &b| {
            (0..8).fold(crc ^ u16::from(b) << 8, |crc, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 })
        })))
    }
}
