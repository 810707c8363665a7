//! Computes the generated tables of the engine from published data.
//!
//! Input: the Unicode character database, the OpenCC character tables, the
//! pinyin data and the names of HTML, each through a crate pinned by the lock file. Output: the text
//! of Rust source files, a function of those versions alone.
//!
//! * Nothing is read from the network, the clock or the environment.
//! * The product does not depend on this crate; it only contains what is
//!   written here.

pub mod classes;
pub mod emit;
pub mod fold;
pub mod html;
pub mod lookalikes;
pub mod marks;
pub mod pinyin;
pub mod unicode;
pub mod variants;

/// A file to be written: its path below the repository and its text.
pub type Generated = (&'static str, String);

/// Every generated file.
pub fn files() -> Vec<Generated> {
    vec![
        ("crates/engine/src/fold/tables/generated_fold.rs", emit::fold_source()),
        ("crates/engine/src/fold/tables/generated_classes.rs", emit::classes_source()),
        ("crates/engine/src/fold/tables/generated_lookalikes.rs", emit::lookalikes_source()),
        ("crates/engine/src/fold/tables/generated_marks.rs", emit::marks_source()),
        ("crates/engine/src/fold/tables/generated_pinyin.rs", emit::pinyin_source()),
        ("crates/engine/src/html/generated_references.rs", html::source()),
    ]
}
