//! The state file.

mod block;
mod bytes;
mod error;
mod file;
mod lock;
mod packed;
mod rows;
mod save;
mod schema;

pub use error::StoreError;
pub use file::StateFile;

#[cfg(test)]
mod tests;
