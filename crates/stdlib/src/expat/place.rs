//! Where in its document a parser is. Lines and columns are counted when somebody asks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A line from 1, a column and a byte from 0.
type Counted = (usize, usize, usize);

pub struct Place {
    counted: Cell<Counted>,
    /// The text at hand, how much of it is counted, and how far the parser is.
    text: RefCell<Rc<String>>,
    from: Cell<usize>,
    at: Cell<usize>,
}

impl Place {
    pub fn new() -> Place {
        Place { counted: Cell::new((1, 0, 0)), text: RefCell::default(), from: Cell::new(0), at: Cell::new(0) }
    }

    /// Text that begins where the last one was left.
    pub fn begin(&self, text: &Rc<String>) {
        self.text.replace(Rc::clone(text));
    }

    /// The parser is at this offset of the text at hand; it never goes back.
    #[inline]
    pub fn mark(&self, at: usize) {
        self.at.set(self.at.get().max(at));
    }

    pub fn get(&self) -> Counted {
        let (mut line, mut column, byte) = self.counted.get();
        let text = self.text.borrow();
        let Some(part) = text.get(self.from.get()..self.at.get()) else { return (line, column, byte) };
        match part.rfind('\n') {
            Some(last) => {
                line += part.bytes().filter(|b| *b == b'\n').count();
                column = part[last + 1..].chars().count();
            }
            None => column += part.chars().count(),
        }
        self.from.set(self.at.get());
        self.counted.set((line, column, byte + part.len()));
        self.counted.get()
    }

    /// The text at hand is left; what stands before `kept` will not come again.
    pub fn end(&self, kept: usize) {
        self.get();
        self.text.take();
        for offset in [&self.from, &self.at] {
            offset.set(offset.get().saturating_sub(kept));
        }
    }

    pub fn set(&self, line: usize, column: usize, byte: usize) {
        self.counted.set((line, column, byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_on_demand_and_across_texts() {
        let place = Place::new();
        place.begin(&Rc::new("ab\ncé>f".to_owned()));
        place.mark(2);
        assert_eq!(place.get(), (1, 2, 2));
        place.mark(7);
        place.mark(4);
        assert_eq!(place.get(), (2, 3, 7));
        place.end(7);
        place.begin(&Rc::new("f\n".to_owned()));
        assert_eq!(place.get(), (2, 3, 7));
        place.mark(1);
        assert_eq!(place.get(), (2, 4, 8));
        place.mark(2);
        assert_eq!(place.get(), (3, 0, 9));
    }
}
