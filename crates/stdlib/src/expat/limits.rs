//! Limits against documents that are small and want to become large.

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
