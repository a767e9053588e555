//! The exception table (`co_exceptiontable`): which instructions have which handler.
//!
//! Each entry is four numbers, sorted by start: start and length of the guarded range and the handler, in code units,
//! and `depth << 1 | lasti`. A number is a big-endian run of 6-bit groups; bit 0x40 says that more follow, bit 0x80 marks
//! an entry's first byte, so that a reader may start anywhere.

/// One guarded range. Everything counts code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First guarded unit.
    pub start: u32,
    /// The unit after the last guarded one.
    pub end: u32,
    /// Where the handler starts.
    pub target: u32,
    /// How deep the stack is cut before the exception is pushed.
    pub depth: u32,
    /// Whether the offset of the raising instruction is pushed below the exception.
    pub lasti: bool,
}

/// Appends `handler` to `table`.
pub fn write(table: &mut Vec<u8>, handler: &Handler) {
    let first = table.len();
    number(table, handler.start);
    table[first] |= 0x80;
    number(table, handler.end - handler.start);
    number(table, handler.target);
    number(table, handler.depth << 1 | u32::from(handler.lasti));
}

fn number(table: &mut Vec<u8>, value: u32) {
    let groups = (32 - value.leading_zeros()).div_ceil(6).max(1);
    for i in (0..groups).rev() {
        let more = if i > 0 { 0x40 } else { 0 };
        table.push(more | (value >> (i * 6) & 0x3F) as u8);
    }
}

/// Groups of a number of 32 bits.
const MOST_GROUPS: usize = 6;

/// Iterates over a table's entries. A damaged table ends early and never panics.
pub struct Handlers<'a> {
    table: &'a [u8],
}

/// The entries of `table`.
pub fn handlers(table: &[u8]) -> Handlers<'_> {
    Handlers { table }
}

impl Handlers<'_> {
    #[inline]
    fn number(&mut self) -> Option<u32> {
        let mut value = 0u64;
        for (i, byte) in self.table.iter().take(MOST_GROUPS).enumerate() {
            value = value << 6 | u64::from(byte & 0x3F);
            if byte & 0x40 == 0 {
                self.table = &self.table[i + 1..];
                return u32::try_from(value).ok();
            }
        }
        None
    }
}

impl Iterator for Handlers<'_> {
    type Item = Handler;

    fn next(&mut self) -> Option<Handler> {
        let start = self.number()?;
        let end = start.checked_add(self.number()?)?;
        let target = self.number()?;
        let last = self.number()?;
        Some(Handler { start, end, target, depth: last >> 1, lasti: last & 1 != 0 })
    }
}

/// The handler that guards the code unit `unit`.
///
/// Works on the bytes: a binary search for an entry that starts at or before `unit`, then a short walk.
pub fn find(table: &[u8], unit: u32) -> Option<Handler> {
    const WALK: usize = 40;
    let (mut low, mut high) = (0, table.len());
    while high - low > WALK {
        let mut middle = low + (high - low) / 2;
        while middle > low && table[middle] & 0x80 == 0 {
            middle -= 1;
        }
        let mut at = Handlers { table: &table[middle..] };
        if middle == low || at.number()? > unit {
            if middle == low {
                break;
            }
            high = middle;
        } else {
            low = middle;
        }
    }
    for handler in handlers(&table[low..]) {
        if handler.start > unit {
            return None;
        }
        if unit < handler.end {
            return Some(handler);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_finds() {
        let mut table = Vec::new();
        let mut given = Vec::new();
        for i in 0..500u32 {
            let start = i * 97;
            let handler =
                Handler { start, end: start + 1 + i % 90, target: i * 1000, depth: i % 70, lasti: i % 2 == 0 };
            write(&mut table, &handler);
            given.push(handler);
        }
        assert_eq!(handlers(&table).collect::<Vec<_>>(), given);
        for unit in 0..50_000 {
            let expected = given.iter().find(|h| h.start <= unit && unit < h.end).copied();
            assert_eq!(find(&table, unit), expected, "{unit}");
        }
    }

    #[test]
    fn bytes_as_the_reference_writes_them() {
        // compile("try: a\nexcept: b", "", "exec").co_exceptiontable
        let mut table = Vec::new();
        write(&mut table, &Handler { start: 1, end: 3, target: 5, depth: 0, lasti: false });
        write(&mut table, &Handler { start: 5, end: 9, target: 12, depth: 1, lasti: true });
        assert_eq!(table, b"\x81\x02\x05\x00\x85\x04\x0c\x03");
    }

    #[test]
    fn damaged_tables_end() {
        assert_eq!(handlers(b"\xff\xff\xff\xff\xff\xff\xff\xff").count(), 0);
        assert_eq!(find(b"\x82\x02", 2), None);
        assert_eq!(find(&[0x7f; 300], 2), None);
    }
}
