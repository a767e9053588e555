//! Where lines start: byte offsets to lines and columns.

use crate::ast::Pos;

/// The starts of a source's lines. Lines end with `\n`; other line ends are translated before.
#[derive(Debug)]
pub struct Lines {
    starts: Vec<u32>,
    len: usize,
}

impl Lines {
    /// Finds the lines of `source`.
    pub fn new(source: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(source.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        Lines { starts, len: source.len() }
    }

    /// Line (from 1) and column (in bytes, from 0) of an offset.
    pub fn line_col(&self, offset: usize) -> (i32, i32) {
        let offset = offset.min(self.len) as u32;
        let line = self.starts.partition_point(|start| *start <= offset);
        (line as i32, (offset - self.starts[line - 1]) as i32)
    }

    /// The place of a range of offsets.
    pub fn pos(&self, start: usize, end: usize) -> Pos {
        let (lineno, col_offset) = self.line_col(start);
        let (end_lineno, end_col_offset) = self.line_col(end);
        Pos { lineno, col_offset, end_lineno, end_col_offset }
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Offset of the start of a line (from 1); the source's end beyond the last.
    pub fn start(&self, line: usize) -> usize {
        self.starts.get(line.wrapping_sub(1)).map_or(self.len, |start| *start as usize)
    }

    /// The text of a line (from 1), without its end.
    pub fn text<'s>(&self, source: &'s str, line: usize) -> &'s str {
        source[self.start(line)..self.start(line + 1)].trim_end_matches('\n')
    }
}
