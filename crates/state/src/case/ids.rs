//! Ids, hashes and hours, as they are written.

use crate::model::{Seconds, hash_of};
use serde_json::Value;

/// An id that was kept as JSON.
pub(super) fn parsed(id: &str) -> Value {
    serde_json::from_str(id).unwrap_or_else(|_| Value::from(id))
}

/// An id that was kept as JSON, for people: without the quotes of JSON.
pub(super) fn plain(id: &str) -> String {
    serde_json::from_str(id).unwrap_or_else(|_| id.to_owned())
}

/// The hash of an id, in hexadecimal: the one that the log and campaigns have.
pub(super) fn hash(id: &str) -> String {
    format!("{:016x}", hash_of(id))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hour of a time, since 1970.
pub(super) fn hour(at: Seconds) -> i64 {
    at.div_euclid(3600)
}
