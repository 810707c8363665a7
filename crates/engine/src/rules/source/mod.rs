//! What rule files say, with the place of everything they say: YAML, its schema, word lists.

pub mod bundle;
pub(in crate::rules) mod files;
pub mod json_schema;
pub mod schema;
pub mod suggest;
pub mod wordlist;
pub mod yaml;
