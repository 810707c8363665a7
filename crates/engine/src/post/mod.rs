//! Reads a chunk of JSON lines into a [`Batch`] of posts.
//!
//! Input: whole lines. Output: exactly one [`Record`] per line, in order; a line that is not
//! a usable post becomes an unreadable or skipped record. Nothing is classified here.
//!
//! * A [`Mapping`] lists the JSON Pointers of the id, the texts and the metas; a [`Plan`] is
//!   its compiled form and reads lines.
//! * A line is accepted exactly if it is one JSON object by serde_json's grammar, after
//!   invalid UTF-8 is replaced (a maximal run by one U+FFFD) and with control characters
//!   allowed inside strings. Depth, the size of numbers and repeated keys do not matter in
//!   values that are not mapped.
//! * A line is rejected if a key on the path to a mapped value occurs twice in its object, in
//!   any escaped form: two parsers could see two different posts.
//! * Lines are read by `json_index`, a whole chunk at a time; lines that it finds irregular
//!   are read by `reference`, which uses serde_json. Both return the same records for every
//!   line; tests compare them.
//! * The first that applies decides the code: `bad_json`, `duplicate_key`, skipped,
//!   `bad_text`, `no_text`.
//! * No input causes a panic, and nothing recurses on its depth.

mod batch;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod differential;
mod error;
mod extraction;
mod fill;
mod json_index;
mod line_values;
mod lossy;
mod mapping;
mod paths;
mod plan;
mod pointer;
mod presets;
mod range;
mod reference;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod text_field;
mod time;
mod trie;
mod unescape;
mod value;

pub use batch::{Batch, ErrorCode, Post, Record, TextRef};
pub use error::MappingError;
pub use fill::ID_BYTES_MAX;
pub use json_index::kernels::Kernel;
pub use mapping::Mapping;
pub use plan::{CHUNK_BYTES_MAX, ParseMode, Plan};
pub use pointer::{POINTER_TOKENS_MAX, Pointer};
pub use presets::{PRESETS, Preset, SkipUnless, TextPointer};
pub use time::timestamp;
pub use value::{Elements, Value, elements};
