//! What `sys.monitoring` keeps for an interpreter.

use heap::{Field, Object};

/// Tools by number (0 to 5), with their callbacks by event.
#[derive(Default)]
pub struct Monitoring {
    pub names: [Field<Object>; 8],
}
