//! Computes the character tables of `src/fold/tables` from published data.
//!
//! Input: the Unicode character database, the OpenCC character tables and the
//! pinyin data, each through a crate pinned by the lock file. Output: the text
//! of Rust source files, a function of those versions alone.
//!
//! * Nothing is read from the network, the clock or the environment.
//! * The product does not depend on this crate; it only contains what is
//!   written here.

pub mod classes;
pub mod emit;
pub mod fold;
pub mod look;
pub mod sound;
pub mod unicode;
pub mod variants;

/// A file to be written: its path below the repository and its text.
pub type Generated = (&'static str, String);

/// Every generated file.
pub fn files() -> Vec<Generated> {
    vec![
        ("src/fold/tables/generated_fold.rs", emit::fold_source()),
        ("src/fold/tables/generated_classes.rs", emit::classes_source()),
        ("src/fold/tables/generated_look.rs", emit::look_source()),
        ("src/fold/tables/generated_sound.rs", emit::sound_source()),
    ]
}
