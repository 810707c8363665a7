//! The pointers of a plan, as both parsers need them.

use super::trie::Trie;

/// The pointers, and what the walk must know of them.
#[derive(Debug)]
pub(super) struct Paths {
    pub trie: Trie,
    /// By slot: `*` stands in the pointer.
    pub has_wildcard: Vec<bool>,
    /// By node: the id lies at or below it.
    pub leads_to_id: Vec<bool>,
}
