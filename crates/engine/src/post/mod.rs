//! One chunk of JSON lines → a [`Batch`] of posts.
//!
//! Input: whole lines. Output: one [`Record`] a line, in order, always; what is
//! no usable post is a record that says so. Nothing is judged here.
//!
//! * A [`Mapping`] says which JSON Pointers hold the id, the texts and the
//!   metas; a [`Plan`] is its frozen form and reads.
//! * A line is accepted exactly if it is one JSON object by serde_json's grammar,
//!   once invalid UTF-8 is replaced (a maximal run by one U+FFFD) and
//!   control characters inside strings are taken as data. Depth, the size of
//!   numbers and repeated keys do not matter in what is not mapped.
//! * A key on the way to a mapped value that stands twice in its object is
//!   refused, however it is escaped: two readers could see two posts.
//! * Lines are read by `bitmaps`, a whole chunk at a time; what that finds irregular, and
//!   whatever it does not know, is read by `reference`, which asks serde_json. Both give the
//!   same records for every line, and tests hold them to it.
//! * What comes first counts: `bad_json`, `duplicate_key`, skipped, `bad_text`, `no_text`.
//! * Nothing panics on input, nothing recurses on its depth.

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
