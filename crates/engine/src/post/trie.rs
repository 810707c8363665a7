//! The pointers of a mapping as one tree, descended along a JSON value.
//!
//! A [`Slot`] is one distinct pointer. A node has the slot that ends there and a child for
//! each further token. One child serves both a member and an element: the type of the value
//! decides which of the two the token means.

use super::pointer::{Pointer, array_index};

/// A node: an index into the tree. The root is node 0.
pub(super) type NodeIx = u32;

/// One distinct pointer: an index into the values of a line.
pub(super) type Slot = u32;

/// A position in the tree of pointers.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Sorted by key.
    members: Vec<(Box<str>, NodeIx)>,
    /// The member that a key can be, by [`hash`]; empty if there is none.
    table: Vec<Candidate>,
    /// Sorted by index.
    elements: Vec<(u32, NodeIx)>,
    /// The child of `*`: every element.
    star: Option<NodeIx>,
    /// The pointer that ends here.
    slot: Option<Slot>,
}

/// The member that keys with one hash can be.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Start of the key, as returned by [`prefix`].
    prefix: u64,
    /// Length of the key; [`NONE`] if no key has the hash, [`SEVERAL`] if more than one has.
    length: u32,
    /// Index into the members.
    at: u32,
}

const NONE: u32 = u32::MAX;
const SEVERAL: u32 = u32::MAX - 1;

/// Bits of the hash: enough to distinguish the dozen keys of a post; colliding keys are
/// searched.
const HASH_BITS: u32 = 7;

/// The first eight bytes of a key, zeros where it is shorter. `from` begins with the key and
/// may be longer.
#[inline]
fn prefix(from: &[u8], length: usize) -> u64 {
    let eight = match from.first_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => {
            let mut eight = [0; 8];
            eight[..from.len()].copy_from_slice(from);
            u64::from_le_bytes(eight)
        }
    };
    if length >= 8 { eight } else { eight & !(u64::MAX << (8 * length)) }
}

/// Multiplicative hash of a [`prefix`], by the golden ratio.
#[inline]
fn hash(prefix: u64) -> usize {
    (prefix.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASH_BITS)) as usize
}

impl Node {
    /// The child for the member whose key is the first `length` bytes of `from`.
    #[inline]
    pub fn member(&self, from: &[u8], length: usize) -> Option<NodeIx> {
        let prefix = prefix(from, length);
        let candidate = self.table.get(hash(prefix))?;
        if candidate.length == SEVERAL {
            return self.search(&from[..length]);
        }
        if candidate.prefix != prefix || candidate.length as usize != length {
            return None;
        }
        let (key, child) = &self.members[candidate.at as usize];
        (length <= 8 || key.as_bytes()[8..] == from[8..length]).then_some(*child)
    }

    #[cold]
    fn search(&self, key: &[u8]) -> Option<NodeIx> {
        let at = self.members.binary_search_by(|(known, _)| known.as_bytes().cmp(key)).ok()?;
        Some(self.members[at].1)
    }

    fn tabulate(&mut self) {
        let none = Candidate { prefix: 0, length: NONE, at: 0 };
        self.table = vec![none; 1 << HASH_BITS];
        for (at, (key, _)) in self.members.iter().enumerate() {
            let prefix = prefix(key.as_bytes(), key.len());
            let entry = &mut self.table[hash(prefix)];
            let length = if entry.length == NONE { key.len() as u32 } else { SEVERAL };
            *entry = Candidate { prefix, length, at: at as u32 };
        }
    }

    /// The children for the element at `index`: its own, and that of `*`.
    #[inline]
    pub fn element(&self, index: u32) -> [Option<NodeIx>; 2] {
        let own = self.elements.binary_search_by_key(&index, |(known, _)| *known).ok();
        [own.map(|at| self.elements[at].1), self.star]
    }

    /// The pointer that ends here.
    #[inline]
    pub fn slot(&self) -> Option<Slot> {
        self.slot
    }

    /// Are there pointers below, if the value is an object?
    #[inline]
    pub fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// Are there pointers below, if the value is an array?
    #[inline]
    pub fn has_elements(&self) -> bool {
        self.star.is_some() || !self.elements.is_empty()
    }
}

/// All pointers of a plan.
#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    pointers: Vec<Pointer>,
}

impl Trie {
    /// Without pointers.
    pub fn new() -> Trie {
        Trie { nodes: vec![Node::default()], pointers: Vec::new() }
    }

    /// The slot of `pointer`, added if it is new.
    pub fn enter(&mut self, pointer: &Pointer) -> Slot {
        let mut node = 0;
        for token in pointer.tokens() {
            node = self.child(node, token);
        }
        if let Some(slot) = self.nodes[node as usize].slot {
            return slot;
        }
        let slot = self.pointers.len() as Slot;
        self.pointers.push(pointer.clone());
        self.nodes[node as usize].slot = Some(slot);
        slot
    }

    fn child(&mut self, parent: NodeIx, token: &str) -> NodeIx {
        let fresh = self.nodes.len() as NodeIx;
        let node = &mut self.nodes[parent as usize];
        let at = match node.members.binary_search_by(|(known, _)| (**known).cmp(token)) {
            Ok(at) => return node.members[at].1,
            Err(at) => at,
        };
        node.members.insert(at, (token.into(), fresh));
        node.tabulate();
        if token == "*" {
            node.star = Some(fresh);
        } else if let Some(index) = array_index(token) {
            let at = node.elements.partition_point(|(known, _)| *known < index);
            node.elements.insert(at, (index, fresh));
        }
        self.nodes.push(Node::default());
        fresh
    }

    /// The node with this number.
    #[inline]
    pub fn node(&self, node: NodeIx) -> &Node {
        &self.nodes[node as usize]
    }

    /// Number of nodes.
    pub fn nodes_len(&self) -> usize {
        self.nodes.len()
    }

    /// Number of slots.
    pub fn slots_len(&self) -> usize {
        self.pointers.len()
    }

    /// The pointer of each slot.
    pub fn pointers(&self) -> &[Pointer] {
        &self.pointers
    }

    /// Is one of `slots` at or below `node`?
    pub fn leads_to(&self, node: NodeIx, slots: &[Slot]) -> bool {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let node = self.node(node);
            if node.slot.is_some_and(|slot| slots.contains(&slot)) {
                return true;
            }
            open.extend(node.members.iter().map(|(_, child)| *child));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trie(pointers: &[&str]) -> (Trie, Vec<Slot>) {
        let mut trie = Trie::new();
        let slots = pointers.iter().map(|p| trie.enter(&Pointer::parse(p).unwrap())).collect();
        (trie, slots)
    }

    #[test]
    fn equal_pointers_share_a_slot() {
        let (trie, slots) = trie(&["/a/b", "/a", "/a/b"]);
        assert_eq!(slots, [0, 1, 0]);
        let a = trie.node(0).member(b"a", 1).unwrap();
        let b = trie.node(a).member(b"b", 1).unwrap();
        assert_eq!((trie.node(a).slot(), trie.node(b).slot()), (Some(1), Some(0)));
        assert!(trie.leads_to(a, &[0]) && !trie.leads_to(b, &[1]));
    }

    #[test]
    fn an_element_has_its_own_child_and_the_wildcards() {
        let (trie, _) = trie(&["/*/x", "/1/y", "/01"]);
        let node = trie.node(0);
        assert_eq!(node.element(1), [node.member(b"1", 1), node.member(b"*", 1)]);
        assert_eq!(node.element(0), [None, node.member(b"*", 1)]);
        assert!(node.has_members() && node.has_elements());
    }

    #[test]
    fn keys_with_equal_hashes_are_distinguished() {
        let pointers: Vec<String> = (0..1000).map(|n| format!("/k{n}")).collect();
        let (trie, slots) = trie(&pointers.iter().map(String::as_str).collect::<Vec<_>>());
        for (pointer, slot) in pointers.iter().zip(slots) {
            let key = &pointer.as_bytes()[1..];
            let child = trie.node(0).member(key, key.len()).unwrap();
            assert_eq!(trie.node(child).slot(), Some(slot));
        }
        for key in [&b""[..], b"k", b"k1000", b"l1", b"k01"] {
            assert_eq!(trie.node(0).member(key, key.len()), None);
        }
    }

    #[test]
    fn long_keys_are_compared_in_full() {
        let (trie, _) = trie(&["/collection", "/", "/a"]);
        let child = |from: &[u8], length| trie.node(0).member(from, length).is_some();
        assert!(child(b"collection", 10) && child(b"collection\":", 10) && child(b"", 0));
        assert!(child(b"a", 1) && child(b"a\":12345", 1) && child(b"\":1234567", 0));
        assert!(!child(b"collectiom", 10) && !child(b"collection", 9) && !child(b"a\0", 2));
    }

    #[test]
    fn many_numbers_do_not_multiply() {
        let (trie, _) = trie(&[&"/0".repeat(32), &"/*".repeat(32)]);
        assert_eq!(trie.nodes_len(), 65);
    }
}
