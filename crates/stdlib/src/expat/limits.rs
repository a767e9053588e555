//! Limits against documents that are small and want to become large.

use super::parser::XmlParser;
use super::scan::code;
use vm::prelude::*;
use vm::protocol::number;

/// How much larger than the document something may become.
#[derive(Clone, Copy)]
pub struct Limit {
    /// Bytes below which nothing is refused.
    pub threshold: u64,
    /// The largest allowed quotient of all bytes and the document's own.
    pub factor: f32,
}

impl Limit {
    /// Whether `all` bytes are too many for a document of which `own` bytes were seen.
    pub fn is_breached(&self, all: usize, own: usize) -> bool {
        all as u64 > self.threshold && all as f32 / own.max(1) as f32 > self.factor
    }
}

/// The limits of a parser; expat's defaults.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Of the document together with what entities brought.
    pub expansion: Limit,
    /// Of the memory that the parser keeps.
    pub memory: Limit,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            expansion: Limit { threshold: 8 << 20, factor: 100.0 },
            memory: Limit { threshold: 64 << 20, factor: 100.0 },
        }
    }
}

impl XmlParser {
    /// Sets a limit: the bytes from which on it holds.
    pub fn set_threshold(&self, vm: &Vm, threshold: &Object, of: fn(&mut Limits) -> &mut Limit) -> Result<()> {
        let threshold = number::index(vm, threshold)?;
        let fits = Int::to_i128(&threshold).and_then(|n| u64::try_from(n).ok());
        let threshold = match fits {
            Some(n) => n,
            None if Int::is_negative(&threshold) => bail!(vm, ValueError, "Cannot convert negative int"),
            None => bail!(vm, OverflowError, "Python int too large for C unsigned long long"),
        };
        self.set_limit(vm, |limits| of(limits).threshold = threshold)
    }

    /// Sets a limit: the largest factor.
    pub fn set_factor(&self, vm: &Vm, max_factor: f64, of: fn(&mut Limits) -> &mut Limit) -> Result<()> {
        if max_factor.is_nan() || max_factor < 1.0 {
            return Err(self.fail_with(vm, code::INVALID_ARGUMENT, "'max_factor' must be at least 1.0"));
        }
        self.set_limit(vm, |limits| of(limits).factor = max_factor as f32)
    }

    fn set_limit(&self, vm: &Vm, set: impl FnOnce(&mut Limits)) -> Result<()> {
        match self.core.borrow_mut().as_mut() {
            Some(core) if core.is_root => {
                set(&mut core.limits);
                return Ok(());
            }
            Some(_) => {}
            None => bail!(vm, RuntimeError, "cannot set limits while the parser runs"),
        }
        Err(self.fail_with(vm, code::INVALID_ARGUMENT, "parser must be a root parser"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_needs_its_threshold_and_its_factor() {
        let limit = Limit { threshold: 1000, factor: 10.0 };
        assert!(!limit.is_breached(1000, 1));
        assert!(limit.is_breached(1001, 1));
        assert!(!limit.is_breached(1001, 101));
        assert!(limit.is_breached(1001, 0));
    }
}
