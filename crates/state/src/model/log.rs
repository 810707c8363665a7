//! The log of a state file: a hash chain.

use super::Seconds;
use sha2::{Digest, Sha256};

/// An entry of the log. Its hash covers the entry before it, so that an edit is noticed. A writer of
/// the file can also write a new chain: the log shows tampering, and does not prevent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// From 1, without gaps.
    pub number: u64,
    /// Event time.
    pub at: Seconds,
    /// What happened: one JSON object.
    pub json: String,
    /// Hash of the entry before; zeros for the first.
    pub before: [u8; 32],
    /// SHA-256 of `before` and `json`.
    pub hash: [u8; 32],
}

impl LogEntry {
    /// The hash before the first entry.
    pub const START: [u8; 32] = [0; 32];

    /// An entry that follows the one with the hash `before`.
    pub fn new(number: u64, at: Seconds, json: String, before: [u8; 32]) -> LogEntry {
        let hash = hash(&before, &json);
        LogEntry { number, at, json, before, hash }
    }

    /// The entry after `last`, or the first.
    pub fn after(last: Option<&LogEntry>, at: Seconds, json: String) -> LogEntry {
        match last {
            Some(last) => LogEntry::new(last.number.saturating_add(1), at, json, last.hash),
            None => LogEntry::new(1, at, json, LogEntry::START),
        }
    }

    /// Whether the hash is that of the content.
    pub fn is_intact(&self) -> bool {
        self.hash == hash(&self.before, &self.json)
    }
}

fn hash(before: &[u8; 32], json: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(before);
    digest.update(json.as_bytes());
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256_of_the_hash_before_and_the_text() {
        // hashlib.sha256(bytes(32) + b'{}') of Python.
        let entry = LogEntry::after(None, 5, "{}".to_owned());
        let hex: String = entry.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "fb1634c4e6cd4b1f1afe3ce2d6ef080f7ac5d1f357d723ad4dfca782733b62db");
        assert_eq!((entry.number, entry.before), (1, [0; 32]));
        let next = LogEntry::after(Some(&entry), 6, "{}".to_owned());
        assert_eq!((next.number, next.before), (2, entry.hash));
        assert!(entry.is_intact() && next.is_intact() && next.hash != entry.hash);
    }

    #[test]
    fn another_text_is_not_intact() {
        let entry = LogEntry::after(None, 5, "{}".to_owned());
        assert!(!LogEntry { json: "{ }".to_owned(), ..entry.clone() }.is_intact());
        assert!(!LogEntry { before: [1; 32], ..entry }.is_intact());
    }
}
