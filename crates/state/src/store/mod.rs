//! The state file: SQLite, written at checkpoints, read by verbs.
//!
//! [`StateFile`] belongs to the one process that writes: it loads everything once and saves what
//! changed. [`StateReader`] answers queries, also during a run. Times and points are those of
//! [`crate::model`]; nothing here reads a clock. Damage, foreign files and full disks are errors
//! ([`StoreError`]), never a panic.

mod append;
mod block;
mod bytes;
mod error;
mod file;
mod forget;
mod lock;
mod meta;
mod packed;
mod post_block;
mod query;
mod reader;
mod rows;
mod save;
mod schema;
#[cfg(test)]
pub(crate) mod tests;
mod verify;

pub use error::StoreError;
pub use file::StateFile;
pub use forget::Forgotten;
pub use query::{AuthorOrder, AuthorQuery, CampaignOrder, CampaignQuery, CaseOrder, CaseQuery};
pub use reader::StateReader;
pub use verify::Finding;
