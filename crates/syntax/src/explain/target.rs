//! What may be assigned to, deleted or looped over.

use super::{Explain, Node, Rule, What};

/// Which statement a target is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Assignment,
    Deletion,
    Loop,
}

/// The part of a target that cannot be one.
pub(super) fn invalid_target(node: &Node, purpose: For) -> Option<Node> {
    match node.what {
        What::List | What::Tuple => node.kids.iter().find_map(|kid| invalid_target(kid, purpose)),
        What::Starred if purpose == For::Deletion => Some(node.clone()),
        What::Starred => node.kids.first().and_then(|kid| invalid_target(kid, purpose)),
        What::Comparison if purpose == For::Loop => {
            if node.is_in {
                return node.kids.first().and_then(|kid| invalid_target(kid, purpose));
            }
            None
        }
        What::Name | What::Subscript | What::Attribute => None,
        _ => Some(node.clone()),
    }
}

impl Explain<'_> {
    /// Raises "cannot assign to …" if part of the target is no target.
    pub(super) fn raise_invalid_target<T>(&self, node: &Node, purpose: For) -> Rule<T> {
        match invalid_target(node, purpose) {
            Some(bad) => {
                let verb = if purpose == For::Deletion { "delete" } else { "assign to" };
                Err(self.error_node(&format!("cannot {verb} {}", bad.what.name()), &bad))
            }
            None => Ok(None),
        }
    }
}
