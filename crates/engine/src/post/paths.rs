//! The pointers of a plan, as both parsers need them.

use super::trie::Trie;

/// The pointers of a plan, with their properties by slot and node.
#[derive(Debug)]
pub(super) struct Paths {
    pub trie: Trie,
    /// By slot: the pointer contains `*`.
    pub has_wildcard: Vec<bool>,
    /// By node: the id is at or below it.
    pub leads_to_id: Vec<bool>,
}
