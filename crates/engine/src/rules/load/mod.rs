//! Loads rule files into a resolved [`Model`](super::model::Model).
//!
//! Input: the packs of a bundle, and paths that a user names. Output: a model in which every
//! name is a number and every default is filled in, or every error: each file is read to its
//! end, and each rule and condition is checked, before the result is refused.
//!
//! * A pack of a user replaces the embedded packs that its `replaces:` names.
//! * A matcher without `fields:` reads the fields of the rule that uses it. Such a matcher is in
//!   the model once for each set of fields (`draft::Instance`).
//! * Nothing is folded, compiled or run here.
//!
//! | file | content |
//! |---|---|
//! | `loader` | [`Loader`]: finds and reads packs |
//! | `replacement` | which packs are used, and which others replace |
//! | `pack` | one pack as written, and where its errors are |
//! | `categories` | the categories that packs and policies declare |
//! | `draft` | everything read so far: packs, definitions, instances, rule ids |
//! | `matcher`, `definition` | matchers under their names, before their fields are known |
//! | `ids` | ids and aliases of rules and correlations |
//! | `head`, `example` | what rules and correlations have in common |
//! | `rule`, `scope` | rules: conditions, `fired()` cycles |
//! | `correlation`, `pattern`, `sequence` | rules over several posts, the rules that they name, and their tests |
//! | `finish` | final matcher numbers, and the model |

mod categories;
mod correlation;
#[cfg(test)]
mod correlation_tests;
mod definition;
mod draft;
mod example;
mod finish;
mod head;
mod idle;
mod ids;
mod loader;
mod matcher;
mod pack;
mod pattern;
mod replacement;
mod rule;
mod scope;
mod sequence;
#[cfg(test)]
mod tests;

pub(crate) use categories::declared_twice;
pub use categories::unknown_category_help;
pub use loader::{Loaded, Loader};
