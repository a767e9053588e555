//! ISO 8601: reading and writing.

use super::calendar;

/// What a string of time says.
#[derive(Default, Clone, Copy)]
pub struct ReadTime {
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub us: i32,
    /// Offset from UTC in seconds and microseconds, if there is one.
    pub offset: Option<(i32, i32)>,
}

fn digits(text: &[u8], count: usize) -> Option<(i32, &[u8])> {
    let (head, rest) = text.split_at_checked(count)?;
    let mut value = 0;
    for byte in head {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i32::from(byte - b'0');
    }
    Some((value, rest))
}

/// `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]` or `YYYYWww[D]`.
pub fn date(text: &[u8]) -> Option<(i32, i32, i32)> {
    let (year, mut rest) = digits(text, 4)?;
    let separated = rest.first() == Some(&b'-');
    if separated {
        rest = &rest[1..];
    }
    if let Some(after) = rest.strip_prefix(b"W") {
        let (week, mut rest) = digits(after, 2)?;
        let mut day = 1;
        if !rest.is_empty() {
            if separated {
                rest = rest.strip_prefix(b"-")?;
            }
            (day, rest) = digits(rest, 1)?;
        }
        return if rest.is_empty() { calendar::from_iso(year, week, day).ok() } else { None };
    }
    let (month, mut rest) = digits(rest, 2)?;
    if separated {
        rest = rest.strip_prefix(b"-")?;
    }
    let (day, rest) = digits(rest, 2)?;
    rest.is_empty().then_some((year, month, day))
}

/// `HH[:MM[:SS[.f…]]]`, or without the colons, in `text[start..end]`; whether something is left behind it, which in
/// front of an offset may be any one character.
fn clock(text: &[u8], start: usize, end: usize) -> Option<([i32; 4], bool)> {
    let at = |i: usize| text.get(i).copied().unwrap_or(0);
    let mut values = [0; 4];
    let (mut p, mut separated) = (start, true);
    for i in 0..3 {
        (values[i], _) = digits(text.get(p..)?, 2)?;
        let next = at(p + 2);
        p += 3;
        if i == 0 {
            separated = next == b':';
        }
        if p >= end {
            if matches!(next, b'.' | b',') {
                return None;
            }
            return Some((values, next != 0));
        }
        match next {
            b':' if separated => {
                if i == 2 {
                    return None;
                }
            }
            b'.' | b',' => {
                if i < 2 {
                    return None;
                }
            }
            _ if separated => return None,
            _ => p -= 1,
        }
    }
    let count = (end - p).min(6);
    let (fraction, _) = digits(text.get(p..)?, count)?;
    values[3] = fraction * 10i32.pow(6 - count as u32);
    p += count;
    while at(p).is_ascii_digit() {
        p += 1;
    }
    Some((values, at(p) != 0))
}

/// A time with or without an offset.
pub fn time(text: &[u8]) -> Option<ReadTime> {
    let zone = text.iter().position(|b| matches!(b, b'+' | b'-' | b'Z')).unwrap_or(text.len());
    let ([hour, minute, second, us], left) = clock(text, 0, zone)?;
    let mut read = ReadTime { hour, minute, second, us, offset: None };
    match text[zone..].split_first() {
        None if left => return None,
        None => {}
        Some((b'Z', [])) => read.offset = Some((0, 0)),
        Some((b'Z', _)) => return None,
        Some((sign, _)) => {
            let ([hour, minute, second, us], left) = clock(text, zone + 1, text.len())?;
            if left {
                return None;
            }
            let sign = if *sign == b'-' { -1 } else { 1 };
            read.offset = Some((sign * (hour * 3600 + minute * 60 + second), sign * us));
        }
    }
    Some(read)
}

/// Where the date ends in a string of date and time.
pub fn separator(text: &[u8]) -> usize {
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    if text.len() == 7 {
        return 7;
    }
    if text[4] == b'-' {
        if text[5] != b'W' {
            return 10;
        }
        // YYYY-Www or YYYY-Www-D; a hyphen may also be the separator, which two digits behind it show.
        if text.len() > 8 && text[8] == b'-' {
            return if text.len() == 9 {
                usize::MAX
            } else if digit(10) {
                8
            } else {
                10
            };
        }
        return 8;
    }
    if text[4] != b'W' {
        return 8;
    }
    let mut at = 7;
    while digit(at) {
        at += 1;
    }
    match at {
        at if at < 9 => at,
        at if at % 2 == 0 => 7,
        _ => 8,
    }
}

/// How much of a time is written.
#[derive(Clone, Copy, PartialEq)]
pub enum Spec {
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Microseconds,
}

impl Spec {
    /// By its name; "auto" is by whether there are microseconds.
    pub fn find(name: &str, us: i32) -> Option<Spec> {
        Some(match name {
            "auto" if us == 0 => Spec::Seconds,
            "auto" | "microseconds" => Spec::Microseconds,
            "hours" => Spec::Hours,
            "minutes" => Spec::Minutes,
            "seconds" => Spec::Seconds,
            "milliseconds" => Spec::Milliseconds,
            _ => return None,
        })
    }
}

fn two(out: &mut String, value: i32) {
    out.push((b'0' + (value / 10) as u8) as char);
    out.push((b'0' + (value % 10) as u8) as char);
}

pub fn write_date(out: &mut String, (year, month, day): (i32, i32, i32)) {
    two(out, year / 100);
    two(out, year % 100);
    out.push('-');
    two(out, month);
    out.push('-');
    two(out, day);
}

pub fn write_time(out: &mut String, hour: i32, minute: i32, second: i32, us: i32, spec: Spec) {
    two(out, hour);
    if spec == Spec::Hours {
        return;
    }
    out.push(':');
    two(out, minute);
    if spec == Spec::Minutes {
        return;
    }
    out.push(':');
    two(out, second);
    match spec {
        Spec::Milliseconds => out.push_str(&format!(".{:03}", us / 1000)),
        Spec::Microseconds => {
            out.push('.');
            two(out, us / 10_000);
            two(out, us / 100 % 100);
            two(out, us % 100);
        }
        _ => {}
    }
}

/// `+HH:MM[:SS[.ffffff]]` of an offset in microseconds, with this between the parts.
pub fn write_offset(out: &mut String, micros: i128, between: &str) {
    out.push(if micros < 0 { '-' } else { '+' });
    let micros = micros.unsigned_abs() as u64;
    let (seconds, us) = (micros / 1_000_000, micros % 1_000_000);
    two(out, (seconds / 3600) as i32);
    out.push_str(between);
    two(out, (seconds / 60 % 60) as i32);
    if us != 0 || !seconds.is_multiple_of(60) {
        out.push_str(between);
        two(out, (seconds % 60) as i32);
    }
    if us != 0 {
        out.push_str(&format!(".{us:06}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        assert_eq!(date(b"2020-W01-1"), Some((2019, 12, 30)));
        assert_eq!(date(b"2020010"), None);
        assert!(time(b"01:02:").is_none());
        assert_eq!(time(b"010203.5").map(|t| t.us), Some(500_000));
        assert_eq!(time(b"01-02:30").and_then(|t| t.offset), Some((-9000, 0)));
    }
}
