//! The location table (`co_linetable`): for each instruction its source lines and columns (PEP 626, PEP 657).
//!
//! The table is a sequence of entries. An entry's first byte is `0x80 | form << 3 | units - 1`, later bytes have the top
//! bit clear; it covers 1 to 8 code units. Lines are differences to the entry before, the first to `co_firstlineno`;
//! columns are bytes of UTF-8 from 0. Forms 0–9: same line, start column below 80, width below 16; 10–12: line 0 to 2
//! further down, columns below 128; 13: no columns; 14: everything; 15: no location.

/// Where an instruction comes from. What is unknown is −1; a line of −1 means no location at all, and so the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// First line, from 1.
    pub line: i32,
    /// Last line.
    pub end_line: i32,
    /// First column, in bytes, from 0.
    pub col: i32,
    /// Column after the last.
    pub end_col: i32,
}

impl Location {
    /// No location: an artificial instruction.
    pub const NONE: Location = Location { line: -1, end_line: -1, col: -1, end_col: -1 };

    /// A line without columns.
    pub const fn line_only(line: i32) -> Location {
        Location { line, end_line: line, col: -1, end_col: -1 }
    }
}

const MAX_UNITS: usize = 8;
const FORM_ONE_LINE: u8 = 10;
const FORM_NO_COLUMNS: u8 = 13;
const FORM_LONG: u8 = 14;
const FORM_NONE: u8 = 15;

/// Writes a location table.
pub struct LocationWriter {
    table: Vec<u8>,
    line: i32,
}

impl LocationWriter {
    /// A writer for code whose `co_firstlineno` is `firstlineno`.
    pub fn new(firstlineno: i32) -> Self {
        LocationWriter { table: Vec::new(), line: firstlineno }
    }

    /// Says that the next `units` code units come from `location`.
    pub fn push(&mut self, location: Location, mut units: usize) {
        while units > 0 {
            let part = units.min(MAX_UNITS);
            self.entry(location, part);
            units -= part;
        }
    }

    /// The table.
    pub fn finish(self) -> Vec<u8> {
        self.table
    }

    fn entry(&mut self, at: Location, units: usize) {
        if at.line < 0 {
            self.head(FORM_NONE, units);
            return;
        }
        let delta = at.line - self.line;
        self.line = at.line;
        if at.col < 0 || at.end_col < 0 {
            if at.end_line == at.line || at.end_line < 0 {
                self.head(FORM_NO_COLUMNS, units);
                self.signed(delta);
                return;
            }
        } else if at.end_line == at.line {
            let width = at.end_col - at.col;
            if delta == 0 && at.col < 80 && (0..16).contains(&width) {
                self.head((at.col / 8) as u8, units);
                self.table.push(((at.col % 8) << 4 | width) as u8);
                return;
            }
            if (0..3).contains(&delta) && at.col < 128 && at.end_col < 128 {
                self.head(FORM_ONE_LINE + delta as u8, units);
                self.table.extend([at.col as u8, at.end_col as u8]);
                return;
            }
        }
        self.head(FORM_LONG, units);
        self.signed(delta);
        self.unsigned((at.end_line - at.line).max(0) as u32);
        self.unsigned((at.col + 1) as u32);
        self.unsigned((at.end_col + 1) as u32);
    }

    fn head(&mut self, form: u8, units: usize) {
        self.table.push(0x80 | form << 3 | (units - 1) as u8);
    }

    fn unsigned(&mut self, mut value: u32) {
        while value >= 64 {
            self.table.push(0x40 | (value & 0x3F) as u8);
            value >>= 6;
        }
        self.table.push(value as u8);
    }

    fn signed(&mut self, value: i32) {
        let magnitude = value.unsigned_abs();
        self.unsigned(magnitude << 1 | u32::from(value < 0));
    }
}

/// One entry of the table as read: `units` code units from `location`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// First code unit.
    pub start: usize,
    /// How many code units.
    pub units: usize,
    /// Where they come from.
    pub location: Location,
}

/// Iterates over a table's entries. A damaged table ends early and never panics.
pub struct Entries<'a> {
    table: &'a [u8],
    unit: usize,
    line: i32,
}

/// The entries of `table`, of code whose `co_firstlineno` is `firstlineno`.
pub fn entries(table: &[u8], firstlineno: i32) -> Entries<'_> {
    Entries { table, unit: 0, line: firstlineno }
}

impl Entries<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.table.split_first()?;
        if first & 0x80 != 0 {
            return None;
        }
        self.table = rest;
        Some(*first)
    }

    fn unsigned(&mut self) -> Option<u32> {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x3F).checked_shl(shift)?;
            if byte & 0x40 == 0 {
                return Some(value);
            }
            shift += 6;
        }
    }

    fn signed(&mut self) -> Option<i32> {
        let value = self.unsigned()?;
        let magnitude = (value >> 1) as i32;
        Some(if value & 1 != 0 { -magnitude } else { magnitude })
    }

    fn location(&mut self, form: u8) -> Option<Location> {
        if form == FORM_NONE {
            return Some(Location::NONE);
        }
        if form == FORM_NO_COLUMNS || form == FORM_LONG {
            let delta = self.signed()?;
            self.line = self.line.wrapping_add(delta);
            if form == FORM_NO_COLUMNS {
                return Some(Location::line_only(self.line));
            }
            let lines = self.unsigned()? as i32;
            let col = (self.unsigned()? as i32).wrapping_sub(1);
            let end_col = (self.unsigned()? as i32).wrapping_sub(1);
            return Some(Location { line: self.line, end_line: self.line.wrapping_add(lines), col, end_col });
        }
        let (col, end_col) = if form >= FORM_ONE_LINE {
            self.line = self.line.wrapping_add(i32::from(form - FORM_ONE_LINE));
            (i32::from(self.byte()?), i32::from(self.byte()?))
        } else {
            let byte = i32::from(self.byte()?);
            let col = i32::from(form) * 8 + (byte >> 4);
            (col, col + (byte & 15))
        };
        Some(Location { line: self.line, end_line: self.line, col, end_col })
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (first, rest) = self.table.split_first()?;
        if first & 0x80 == 0 {
            self.table = &[];
            return None;
        }
        self.table = rest;
        let units = usize::from(first & 7) + 1;
        let Some(location) = self.location(first >> 3 & 15) else {
            self.table = &[];
            return None;
        };
        let start = self.unit;
        self.unit += units;
        Some(Entry { start, units, location })
    }
}

/// The table without columns (`-X no_debug_ranges`).
pub fn without_columns(table: &[u8], firstlineno: i32) -> Vec<u8> {
    let mut writer = LocationWriter::new(firstlineno);
    for entry in entries(table, firstlineno) {
        let line = entry.location.line;
        writer.push(if line < 0 { Location::NONE } else { Location::line_only(line) }, entry.units);
    }
    writer.finish()
}

/// `co_positions`: the location of each code unit.
pub fn positions(table: &[u8], firstlineno: i32) -> impl Iterator<Item = Location> + '_ {
    entries(table, firstlineno).flat_map(|e| std::iter::repeat_n(e.location, e.units))
}

/// `co_lines`: ranges of byte offsets with the line they belong to, neighbours of the same line joined.
pub fn lines(table: &[u8], firstlineno: i32) -> impl Iterator<Item = (usize, usize, Option<i32>)> + '_ {
    let mut entries = entries(table, firstlineno).peekable();
    std::iter::from_fn(move || {
        let first = entries.next()?;
        let line = first.location.line;
        let mut end = first.start + first.units;
        while let Some(next) = entries.next_if(|e| e.location.line == line) {
            end = next.start + next.units;
        }
        Some((first.start * 2, end * 2, (line >= 0).then_some(line)))
    })
}

/// The location of the code unit `unit`, or none.
pub fn find(table: &[u8], firstlineno: i32, unit: usize) -> Location {
    let found = entries(table, firstlineno).find(|e| unit < e.start + e.units);
    found.map_or(Location::NONE, |e| e.location)
}

/// [`find`]'s line: columns are passed over unread.
pub fn line(table: &[u8], firstlineno: i32, unit: usize) -> i32 {
    let mut entries = Entries { table, unit: 0, line: firstlineno };
    while let Some((&first, rest)) = entries.table.split_first() {
        entries.table = rest;
        let form = first >> 3 & 15;
        match form {
            FORM_NO_COLUMNS | FORM_LONG => match entries.signed() {
                Some(delta) => entries.line = entries.line.wrapping_add(delta),
                None => return -1,
            },
            FORM_ONE_LINE..FORM_NO_COLUMNS => entries.line += i32::from(form - FORM_ONE_LINE),
            _ => {}
        }
        entries.unit += usize::from(first & 7) + 1;
        if unit < entries.unit {
            return if form == FORM_NONE { -1 } else { entries.line };
        }
        while let Some((byte, rest)) = entries.table.split_first()
            && byte & 0x80 == 0
        {
            entries.table = rest;
        }
    }
    -1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: i32, end_line: i32, col: i32, end_col: i32) -> Location {
        Location { line, end_line, col, end_col }
    }

    #[test]
    fn every_form_reads_back() {
        let given = [
            (at(10, 10, 5, 12), 1),
            (at(10, 10, 79, 94), 8),
            (at(10, 10, 80, 100), 2),
            (at(12, 12, 0, 127), 3),
            (at(11, 11, 4, 8), 1),
            (at(500, 503, 4, 300), 20),
            (Location::NONE, 2),
            (Location::line_only(7), 1),
        ];
        let mut writer = LocationWriter::new(10);
        for (location, units) in given {
            writer.push(location, units);
        }
        let table = writer.finish();
        let expected: Vec<_> = given.iter().flat_map(|(l, n)| std::iter::repeat_n(*l, *n)).collect();
        assert_eq!(positions(&table, 10).collect::<Vec<_>>(), expected);
        let lines: Vec<_> = (0..40).map(|unit| line(&table, 10, unit)).collect();
        assert_eq!(lines, (0..40).map(|unit| find(&table, 10, unit).line).collect::<Vec<_>>());
        assert_eq!(find(&table, 10, 11), at(12, 12, 0, 127));
        assert_eq!(find(&table, 10, 1000), Location::NONE);
    }

    #[test]
    fn bytes_as_the_reference_writes_them() {
        // compile("x = 1", "", "exec").co_linetable
        let mut writer = LocationWriter::new(1);
        writer.push(at(0, 1, 0, 0), 1);
        writer.push(at(1, 1, 4, 5), 1);
        writer.push(at(1, 1, 0, 1), 3);
        assert_eq!(writer.finish(), b"\xf0\x03\x01\x01\x01\xd8\x04\x05\x82\x01");
    }

    #[test]
    fn lines_join_neighbours() {
        let mut writer = LocationWriter::new(1);
        for (line, units) in [(1, 2), (1, 9), (3, 1), (-1, 1), (3, 1)] {
            writer.push(if line < 0 { Location::NONE } else { at(line, line, 0, 1) }, units);
        }
        let table = writer.finish();
        let expected = [(0, 22, Some(1)), (22, 24, Some(3)), (24, 26, None), (26, 28, Some(3))];
        assert_eq!(lines(&table, 1).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn damaged_tables_end() {
        for table in [&b"\x01\x02"[..], b"\xf0\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", b"\xe8", b"\xd0\x01"] {
            assert_eq!(entries(table, 1).count(), 0);
        }
    }
}
