//! Numbers of things, in words.

use super::language::language;
use tidegate_engine::message;
use tidegate_engine::phrase;

/// The words for none, one, and several of a thing.
pub type Forms = [&'static str; 3];

/// Errors.
pub const ERRORS: Forms = [phrase!("no errors"), phrase!("1 error"), phrase!("{count} errors")];
/// Warnings.
pub const WARNINGS: Forms =
    [phrase!("no warnings"), phrase!("1 warning"), phrase!("{count} warnings")];
/// Packs.
pub const PACKS: Forms = [phrase!("no packs"), phrase!("1 pack"), phrase!("{count} packs")];
/// Rules.
pub const RULES: Forms = [phrase!("no rules"), phrase!("1 rule"), phrase!("{count} rules")];
/// Rules over several posts.
pub const CORRELATIONS: Forms =
    [phrase!("no correlations"), phrase!("1 correlation"), phrase!("{count} correlations")];
/// Policies.
pub const POLICIES: Forms =
    [phrase!("no policies"), phrase!("1 policy"), phrase!("{count} policies")];
/// Measures files.
pub const MEASURES: Forms =
    [phrase!("no measures files"), phrase!("1 measures file"), phrase!("{count} measures files")];
/// Posts.
pub const POSTS: Forms = [phrase!("no posts"), phrase!("1 post"), phrase!("{count} posts")];
/// Authors.
#[cfg(feature = "state")]
pub const AUTHORS: Forms = [phrase!("no authors"), phrase!("1 author"), phrase!("{count} authors")];
/// Channels.
#[cfg(feature = "state")]
pub const CHANNELS: Forms =
    [phrase!("no channel"), phrase!("1 channel"), phrase!("{count} channels")];
/// Terms.
pub const TERMS: Forms = [phrase!("no terms"), phrase!("1 term"), phrase!("{count} terms")];
/// Unreadable lines.
pub const UNREADABLE_LINES: Forms = [
    phrase!("no unreadable lines"),
    phrase!("1 unreadable line"),
    phrase!("{count} unreadable lines"),
];

/// As [`counted`], of a large number.
#[cfg(feature = "state")]
pub fn counted_u64(number: u64, forms: &Forms) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), forms)
}

/// `no errors`, `1 error`, `2 errors`, in the language of the user.
pub fn counted(number: usize, forms: &Forms) -> String {
    language().say(&message::counted(number, number.to_string(), forms))
}
