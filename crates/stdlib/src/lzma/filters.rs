//! Filter specifiers: dicts that describe a chain of filters.

use super::lzma_error;
use lzma_rust2::{EncodeMode, FilterConfig, FilterType, LzmaOptions, MfType};
use vm::exception::types;
use vm::prelude::*;
use vm::protocol::{iter, mapping, number, object as protocol};

pub const DELTA: u64 = 3;
pub const LZMA1: u64 = 0x4000_0000_0000_0001;
pub const LZMA2: u64 = 0x21;
/// Branch converters: x86, PowerPC, IA-64, ARM, ARM-Thumb, SPARC.
const BRANCHES: [(u64, FilterType); 6] = [
    (4, FilterType::BcjX86),
    (5, FilterType::BcjPpc),
    (6, FilterType::BcjIa64),
    (7, FilterType::BcjArm),
    (8, FilterType::BcjArmThumb),
    (9, FilterType::BcjSparc),
];

/// One filter.
#[derive(Clone)]
pub enum Filter {
    Lzma1(LzmaOptions),
    Lzma2(LzmaOptions),
    Delta(u32),
    Branch(FilterType, u32),
}

impl Filter {
    /// The filter as one that stands before LZMA.
    pub fn config(&self) -> Option<FilterConfig> {
        match *self {
            Filter::Delta(distance) => Some(FilterConfig::new_delta(distance)),
            Filter::Branch(filter_type, start) => Some(FilterConfig { filter_type, property: start }),
            Filter::Lzma1(_) | Filter::Lzma2(_) => None,
        }
    }
}

fn unsigned(vm: &Vm, value: &Object) -> Result<u64> {
    let index = number::index(vm, value)?;
    match Int::to_i128(&index) {
        Some(n) if n < 0 => Err(raise!(vm, ValueError, "Cannot convert negative int")),
        Some(n) if n <= i128::from(u64::MAX) => Ok(n as u64),
        _ => Err(raise!(vm, OverflowError, "Python int too large for C uint64_t")),
    }
}

pub fn unsigned32(vm: &Vm, value: &Object) -> Result<u32> {
    match u32::try_from(unsigned(vm, value)?) {
        Ok(n) => Ok(n),
        Err(_) => Err(raise!(vm, OverflowError, "Python int too large for C uint32_t")),
    }
}

/// The options of a preset: a level from 0 to 9, perhaps with the flag for the slow search.
pub fn preset(vm: &Vm, value: u32) -> Result<LzmaOptions> {
    if value & 0x1F > 9 || value & !0x8000_001F != 0 {
        return Err(lzma_error(vm, &format!("Invalid compression preset: {value}")));
    }
    let mut options = LzmaOptions::with_preset(value & 0x1F);
    if value >> 31 != 0 {
        options.mode = EncodeMode::Normal;
        options.mf = MfType::Bt4;
        options.nice_len = if value & 0x1F == 3 || value & 0x1F == 5 { 192 } else { 273 };
        options.depth_limit = if value & 0x1F == 3 || value & 0x1F == 5 { 0 } else { 512 };
    }
    Ok(options)
}

/// The value of a key; KeyError means that there is none.
fn item(vm: &Vm, spec: &Object, key: &str) -> Result<Option<Object>> {
    match protocol::getitem(vm, spec, Str::new(key).as_object()) {
        Ok(value) => Ok(Some(value)),
        Err(_) if vm.raised_is(&types::KeyError) => {
            vm.clear_raised();
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// Refuses keys that the kind of filter does not have.
fn check_keys(vm: &Vm, spec: &Object, known: &[&str], what: &str) -> Result<()> {
    for key in mapping::view_to_vec(vm, spec, "keys")? {
        let text = key.cast::<Str>().and_then(|key| key.as_ascii());
        if !text.is_some_and(|text| text == "id" || known.contains(&text)) {
            bail!(vm, ValueError, "Invalid filter specifier for {what} filter");
        }
    }
    Ok(())
}

fn lzma_options(vm: &Vm, spec: &Object) -> Result<LzmaOptions> {
    const KEYS: [&str; 9] = ["preset", "dict_size", "lc", "lp", "pb", "mode", "nice_len", "mf", "depth"];
    check_keys(vm, spec, &KEYS, "LZMA")?;
    let level = match item(vm, spec, "preset")? {
        Some(value) => unsigned32(vm, &value)?,
        None => 6,
    };
    let mut options = preset(vm, level)?;
    for key in &KEYS[1..] {
        let Some(value) = item(vm, spec, key)? else { continue };
        let value = unsigned32(vm, &value)?;
        match *key {
            "dict_size" => options.dict_size = value,
            "lc" => options.lc = value,
            "lp" => options.lp = value,
            "pb" => options.pb = value,
            "mode" => options.mode = if value == 1 { EncodeMode::Fast } else { EncodeMode::Normal },
            "nice_len" => options.nice_len = value,
            "mf" => options.mf = if value < 0x10 { MfType::Hc4 } else { MfType::Bt4 },
            _ => options.depth_limit = value.min(i32::MAX as u32) as i32,
        }
    }
    Ok(options)
}

/// Whether LZMA takes these options.
pub fn check(vm: &Vm, options: &LzmaOptions) -> Result<()> {
    let fits = options.lc + options.lp <= 4
        && options.pb <= 4
        && (4096..=1536 << 20).contains(&options.dict_size)
        && (2..=273).contains(&options.nice_len);
    if fits { Ok(()) } else { Err(lzma_error(vm, "Invalid or unsupported options")) }
}

/// The filter of a specifier.
pub fn filter(vm: &Vm, spec: &Object) -> Result<Filter> {
    if !mapping::is_mapping(spec) {
        bail!(vm, TypeError, "Filter specifier must be a dict or dict-like object");
    }
    let Some(id) = item(vm, spec, "id")? else {
        bail!(vm, ValueError, "Filter specifier must have an \"id\" entry");
    };
    let id = unsigned(vm, &id)?;
    match id {
        LZMA1 => Ok(Filter::Lzma1(lzma_options(vm, spec)?)),
        LZMA2 => Ok(Filter::Lzma2(lzma_options(vm, spec)?)),
        DELTA => {
            check_keys(vm, spec, &["dist"], "delta")?;
            let distance = match item(vm, spec, "dist")? {
                Some(value) => unsigned32(vm, &value)?,
                None => 1,
            };
            Ok(Filter::Delta(distance))
        }
        _ => {
            let Some(&(_, kind)) = BRANCHES.iter().find(|(known, _)| *known == id) else {
                bail!(vm, ValueError, "Invalid filter ID: {id}");
            };
            check_keys(vm, spec, &["start_offset"], "BCJ")?;
            let start = match item(vm, spec, "start_offset")? {
                Some(value) => unsigned32(vm, &value)?,
                None => 0,
            };
            Ok(Filter::Branch(kind, start))
        }
    }
}

/// A chain of filters: those before LZMA, then LZMA itself.
pub fn chain(vm: &Vm, specs: &Object) -> Result<(Vec<Filter>, Filter)> {
    if !vm::protocol::sequence::is_sequence(specs) {
        bail!(vm, TypeError, "object of type '{}' has no len()", vm::object::type_name(specs));
    }
    let specs = iter::to_vec(vm, specs)?;
    if specs.len() > 4 {
        bail!(vm, ValueError, "Too many filters - liblzma supports a maximum of 4");
    }
    let mut filters = Vec::new();
    for spec in &specs {
        filters.push(filter(vm, spec)?);
    }
    let invalid = || lzma_error(vm, "Invalid or unsupported options");
    let Some(last) = filters.pop() else { return Err(invalid()) };
    if filters.iter().any(|filter| filter.config().is_none()) || last.config().is_some() {
        return Err(invalid());
    }
    if let Filter::Lzma1(options) | Filter::Lzma2(options) = &last {
        check(vm, options)?;
    }
    if filters.iter().any(|filter| matches!(filter, Filter::Delta(distance) if !(1..=256).contains(distance))) {
        return Err(invalid());
    }
    Ok((filters, last))
}

/// The dictionary's size in one byte, rounded up.
fn dict_size_byte(size: u32) -> u8 {
    (0..40u8).find(|&bits| dict_size_of(bits) >= size).unwrap_or(40)
}

fn dict_size_of(bits: u8) -> u32 {
    if bits >= 40 { u32::MAX } else { (2 | u32::from(bits & 1)) << (bits / 2 + 11) }
}

/// What a container stores of a filter.
pub fn encode(filter: &Filter) -> Vec<u8> {
    match filter {
        Filter::Lzma1(options) => {
            let mut bytes = vec![options.get_props()];
            bytes.extend_from_slice(&options.dict_size.to_le_bytes());
            bytes
        }
        Filter::Lzma2(options) => vec![dict_size_byte(options.dict_size)],
        Filter::Delta(distance) => vec![distance.wrapping_sub(1) as u8],
        Filter::Branch(_, 0) => Vec::new(),
        Filter::Branch(_, start) => start.to_le_bytes().to_vec(),
    }
}

/// The specifier of what a container stores.
pub fn decode(vm: &Vm, id: u64, bytes: &[u8]) -> Result<Object> {
    let dict = Dict::empty();
    let set = |name: &str, value: u64| dict.set_str(vm, name, Int::from_i128(value.into()));
    let invalid = || lzma_error(vm, "Invalid or unsupported options");
    set("id", id)?;
    match (id, bytes) {
        (LZMA1, &[props, a, b, c, d]) if props < 225 => {
            set("dict_size", u32::from_le_bytes([a, b, c, d]).into())?;
            set("lc", (props % 9).into())?;
            set("lp", (props / 9 % 5).into())?;
            set("pb", (props / 45).into())?;
        }
        (LZMA2, &[bits]) if bits <= 40 => set("dict_size", dict_size_of(bits).into())?,
        (DELTA, &[distance]) => set("dist", u64::from(distance) + 1)?,
        (LZMA1 | LZMA2 | DELTA, _) => return Err(invalid()),
        _ if !BRANCHES.iter().any(|(known, _)| *known == id) => {
            bail!(vm, ValueError, "Invalid filter ID: {id}");
        }
        (_, []) => {}
        (_, &[a, b, c, d]) => match u32::from_le_bytes([a, b, c, d]) {
            0 => {}
            start => set("start_offset", start.into())?,
        },
        _ => return Err(invalid()),
    }
    Ok(dict.into_object())
}
