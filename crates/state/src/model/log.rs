//! The log of a state file: a hash chain.

use super::Seconds;

/// An entry of the log. Its hash covers the entry before it, so that an edit is noticed. Whoever can
/// write the file can also write a new chain: the log shows tampering, and does not prevent it.
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
    /// The entry after the one with the hash `before`.
    pub fn new(number: u64, at: Seconds, json: String, before: [u8; 32]) -> LogEntry {
        let hash = chain(&before, &json);
        LogEntry { number, at, json, before, hash }
    }
}

fn chain(before: &[u8; 32], json: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::new().chain_update(before).chain_update(json).finalize().into()
}
