//! What a state file holds: plain data.
//!
//! Times are seconds since 1970 UTC. Points are millionths of a point. Hashes of ids are xxh3-64 of
//! the id as text.

mod author;
mod campaign;
mod case;
mod changes;
mod channel;
mod distinct;
mod group;
mod log;
mod operation;
mod post;
mod totals;

pub use author::{Author, AuthorCounts, PointPost, Raise};
pub use campaign::{Campaign, Distinct, Entry, Member, Sample, Slot, TemplateRecord};
pub use case::{Case, CaseKind, CaseState, Outcome, Verdict};
pub use changes::{Change, Changes, MEASURES_KEY, Run, Snapshot};
pub use channel::{Channel, DayCounts};
pub use group::{Breaker, Group, Moments};
pub use log::LogEntry;
pub use operation::OperationDays;
pub use post::{PostRef, Report, Reporter};
pub use totals::{Ahead, Evictions, Totals};

/// Seconds since 1970 UTC.
pub type Seconds = i64;

/// Millionths of a point.
pub type Micro = i64;

/// One point.
pub const POINT: Micro = 1_000_000;

/// Hash of an id: xxh3-64 of its text.
pub fn hash_of(id: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(id.as_bytes())
}
