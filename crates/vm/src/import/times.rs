//! `-X importtime`: how long each import takes, in CPython's words.

use crate::prelude::*;
use std::cell::Cell;

/// What imports have taken so far. Times are in nanoseconds.
#[derive(Default)]
pub struct ImportTimes {
    /// 0: nobody asks. 2: also of modules that are there already.
    pub level: Cell<i32>,
    depth: Cell<usize>,
    /// What the imports inside the one under way have taken.
    inside: Cell<i128>,
    has_head: Cell<bool>,
}

impl ImportTimes {
    /// The name as standard error can show it.
    fn shown(name: &Ref<Str>) -> String {
        let escape = |code: u32| char::from_u32(code).map_or_else(|| format!("\\u{code:04x}"), String::from);
        name.code_points().map(escape).collect()
    }

    fn head(&self) {
        if !self.has_head.replace(true) {
            eprintln!("import time: self [us] | cumulative | imported package");
        }
    }

    /// Tells of a module that was there already.
    #[cold]
    pub fn cached(&self, name: &Ref<Str>) {
        self.head();
        let name = Self::shown(name);
        eprintln!("import time: cached    | cached     | {:indent$}{name}", "", indent = 2 * self.depth.get());
    }

    /// Does an import and tells of it.
    #[cold]
    pub fn measured(&self, name: &Ref<Str>, load: impl FnOnce() -> Result<Object>) -> Result<Object> {
        self.head();
        let outer = self.inside.replace(0);
        self.depth.set(self.depth.get() + 1);
        let start = host::time::monotonic().nanos();
        let result = load();
        let taken = host::time::monotonic().nanos() - start;
        self.depth.set(self.depth.get() - 1);
        let own = taken - self.inside.replace(outer + taken);
        let (own, taken, indent) = ((own + 999) / 1000, (taken + 999) / 1000, 2 * self.depth.get());
        let name = Self::shown(name);
        eprintln!("import time: {own:>9} | {taken:>10} | {:indent$}{name}", "");
        result
    }
}
