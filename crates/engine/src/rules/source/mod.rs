//! Rule files as text: finding and reading them, YAML with places, the schema, word lists, and
//! the bundle of embedded files.

pub mod bundle;
pub mod correlate;
pub mod duration;
mod encoding;
pub(in crate::rules) mod files;
pub mod json_schema;
pub mod policies;
pub mod schema;
pub mod suggest;
pub mod thresholds;
pub mod wordlist;
pub mod yaml;

pub use files::{is_rule_file, read_file};
