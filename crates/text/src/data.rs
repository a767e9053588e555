//! The rest of `unicodedata`: names, decompositions, normal forms.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, decompose_canonical, decompose_compatible};

use crate::chars::combining;
use crate::tables::{ALIASES, ONE_STEP, TAGS};
use crate::units::{OutOfMemory, TextBuilder, Units, UnitsBuf};

/// The name of a code point (`unicodedata.name`); control characters have none.
pub fn name(code: u32) -> Option<String> {
    unicode_names2::name(char::from_u32(code)?).map(|name| name.to_string())
}

/// The code point of a name or an alias, whatever its case (`\N{…}`; `unicodedata.lookup` but for named sequences).
pub fn lookup(wanted: &str) -> Option<u32> {
    // The longest name has 88 characters.
    if wanted.len() > 256 || !wanted.is_ascii() {
        return None;
    }
    let wanted = wanted.to_ascii_uppercase();
    if let Ok(i) = ALIASES.binary_search_by_key(&wanted.as_str(), |alias| alias.0) {
        return Some(ALIASES[i].1);
    }
    // The library matches loosely; Python to the letter.
    let code = unicode_names2::character(&wanted)? as u32;
    (name(code)? == wanted).then_some(code)
}

/// The decomposition as UnicodeData.txt has it: the kind (`"<compat>"`, empty if canonical) and the code points; `None` if
/// there is none. A Hangul syllable gives all its letters.
pub fn decomposition(code: u32) -> Option<(&'static str, Vec<u32>)> {
    let c = char::from_u32(code)?;
    let (mut canonical, mut full) = (Vec::new(), Vec::new());
    decompose_canonical(c, |c| canonical.push(c));
    decompose_compatible(c, |c| full.push(c));
    let is_canonical = canonical != [c];
    if !is_canonical && full == [c] {
        return None;
    }
    let tag = if is_canonical { "" } else { tag(code) };
    if let Ok(i) = ONE_STEP.binary_search_by_key(&code, |entry| entry.0) {
        return Some((tag, ONE_STEP[i].1.to_vec()));
    }
    let one_step: Vec<char> = if (0xAC00..=0xD7A3).contains(&code) {
        canonical
    } else if is_canonical {
        let last = canonical.pop();
        canonical.into_iter().nfc().chain(last).collect()
    } else if (0x3200..0x3280).contains(&code) {
        full
    } else {
        full.into_iter().nfc().collect()
    };
    Some((tag, one_step.into_iter().map(u32::from).collect()))
}

/// `unicodedata.decomposition`: `"<compat> 0020 0308"`, empty if there is none.
pub fn decomposition_text(code: u32) -> String {
    let Some((tag, codes)) = decomposition(code) else { return String::new() };
    let codes: Vec<String> = codes.iter().map(|code| format!("{code:04X}")).collect();
    if tag.is_empty() { codes.join(" ") } else { format!("<{tag}> {}", codes.join(" ")) }
}

fn tag(code: u32) -> &'static str {
    const FORMS: [(&str, &str); 4] = [
        ("ISOLATED FORM", "isolated"),
        ("FINAL FORM", "final"),
        ("INITIAL FORM", "initial"),
        ("MEDIAL FORM", "medial"),
    ];
    if (0xFB50..0xFF00).contains(&code)
        && let Some(name) = name(code)
        && let Some(form) = FORMS.iter().find(|form| name.ends_with(form.0))
    {
        return form.1;
    }
    TAGS[..TAGS.partition_point(|entry| entry.0 <= code)].last().map_or("", |entry| entry.1)
}

/// A normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl Form {
    /// The form of a name as `unicodedata.normalize` takes it.
    pub fn by_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }
}

/// Whether the text is unchanged by normalisation for a reason that is cheap to see.
fn is_trivial(text: Units<'_>, form: Form) -> bool {
    match text {
        Units::Ascii(_) => true,
        Units::Latin1(_) => form == Form::Nfc,
        _ => false,
    }
}

/// `unicodedata.normalize`; `None` if the text is known to be normal already.
pub fn normalize(text: Units<'_>, form: Form) -> Result<Option<UnitsBuf>, OutOfMemory> {
    if is_trivial(text, form) {
        return Ok(None);
    }
    let mut out = TextBuilder::with_capacity(text.len())?;
    let (mut at, len) = (0, text.len());
    while at < len {
        // Surrogates are not chars; nothing reorders or composes over them.
        let run = text.slice(at..len).iter().take_while(|&code| char::from_u32(code).is_some()).count();
        let chars = text.slice(at..at + run).iter().filter_map(char::from_u32);
        let mut put = |c: char| out.push(c as u32);
        match form {
            Form::Nfc => chars.nfc().try_for_each(&mut put)?,
            Form::Nfd => chars.nfd().try_for_each(&mut put)?,
            Form::Nfkc => chars.nfkc().try_for_each(&mut put)?,
            Form::Nfkd => chars.nfkd().try_for_each(&mut put)?,
        }
        at += run;
        if let Some(surrogate) = text.get(at) {
            out.push(surrogate)?;
            at += 1;
        }
    }
    Ok(Some(out.finish()))
}

/// `unicodedata.is_normalized`.
pub fn is_normalized(text: Units<'_>, form: Form) -> Result<bool, OutOfMemory> {
    Ok(normalize(text, form)?.is_none_or(|normal| normal.as_units() == text))
}

/// The canonical composition of two code points.
pub fn compose_pair(a: u32, b: u32) -> Option<u32> {
    compose(char::from_u32(a)?, char::from_u32(b)?).map(u32::from)
}

/// An identifier in the form that Python compares: NFKC.
pub fn normalize_identifier(name: &str) -> Cow<'_, str> {
    if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(name.nfkc().collect()) }
}

/// Whether the code point begins a new combining sequence.
pub fn is_starter(code: u32) -> bool {
    combining(code) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name(0x1F40D).as_deref(), Some("SNAKE"));
        assert_eq!(name(0xAC01).as_deref(), Some("HANGUL SYLLABLE GAG"));
        assert_eq!(name(0x4E00).as_deref(), Some("CJK UNIFIED IDEOGRAPH-4E00"));
        assert_eq!((name(10), name(0xD800)), (None, None));
        assert_eq!(lookup("snake"), Some(0x1F40D));
        assert_eq!(lookup("LINE FEED"), Some(10));
        assert_eq!((lookup("linefeed"), lookup("low_line"), lookup("LOW LINE")), (None, None, Some(0x5F)));
        assert_eq!(lookup("CJK UNIFIED IDEOGRAPH-4E00"), Some(0x4E00));
    }

    #[test]
    fn decompositions() {
        assert_eq!(decomposition_text(0xE9), "0065 0301");
        assert_eq!(decomposition_text(0xA0), "<noBreak> 0020");
        assert_eq!(decomposition_text(0x1D160), "1D15F 1D16E");
        assert_eq!(decomposition_text(0xFE8B), "<initial> 0626");
        assert_eq!(decomposition_text(0xAC01), "1100 1161 11A8");
        assert_eq!(decomposition_text(0x41), "");
    }

    #[test]
    fn normal_forms() {
        let units = [0x65, 0xD800, 0x65, 0x301, 0xFB01];
        let run = |form| normalize(Units::Ucs2(&units), form).unwrap().unwrap();
        assert_eq!(run(Form::Nfc), UnitsBuf::Ucs2(vec![0x65, 0xD800, 0xE9, 0xFB01]));
        assert_eq!(run(Form::Nfkd), UnitsBuf::Ucs2(vec![0x65, 0xD800, 0x65, 0x301, 0x66, 0x69]));
        assert!(is_normalized(Units::Latin1(&[0xE9]), Form::Nfc).unwrap());
        assert!(!is_normalized(Units::Latin1(&[0xE9]), Form::Nfd).unwrap());
    }
}
