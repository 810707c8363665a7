//! How the folds of characters that follow each other become one text.
//!
//! Folding maps each character by a table; what it joins to depends on the character before it:
//!
//! * White space is one space, however long; none at the start of a text.
//! * [`REPLACEMENT`] is one symbol, however many bad bytes there were, so that decoders that write
//!   one per byte and one per run agree.
//! * Letters and marks compose as in the normalisation form C of Unicode, so that canonically
//!   equivalent spellings fold alike.
//! * A mark that no script writes on the character before it is decoration and is dropped.

use super::tables::{self, REPLACEMENT};

/// Separates fields and posts. No text folds to it and no term contains it.
pub const SEPARATOR: u16 = 0xFFFF;

/// The symbol of all white space.
pub(super) const SPACE: u16 = b' ' as u16;

/// What a folded character does to the folded text before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// It follows.
    Append,
    /// It adds nothing.
    Drop,
    /// It is added before the last character, a mark that it may follow in any order.
    Swap,
    /// It and the last character are replaced by this one.
    Compose(char),
}

/// Joins a folded character to a text that ends with `last` ([`SEPARATOR`] if it is empty).
#[inline]
pub(super) fn join(last: u32, next: u32) -> Join {
    let repeats = |symbol: u16| next == u32::from(symbol) && last == next;
    if repeats(SPACE) || repeats(REPLACEMENT) || next == u32::from(SPACE) && is_start(last) {
        return Join::Drop;
    }
    if tables::is_hangul_part(next) {
        return tables::compose_hangul(last, next).map_or(Join::Append, Join::Compose);
    }
    if tables::marks().has_code_point(next) { join_mark(last, next) } else { Join::Append }
}

/// Is the text before a character empty?
#[inline]
pub(super) fn is_start(last: u32) -> bool {
    last == u32::from(SEPARATOR)
}

fn join_mark(last: u32, mark: u32) -> Join {
    if !tables::share_a_script(last, mark) {
        return Join::Drop;
    }
    if let Some(composed) = tables::compose(last, mark) {
        return Join::Compose(composed);
    }
    let (before, own) = (tables::combining_class(last), tables::combining_class(mark));
    if own != 0 && before > own { Join::Swap } else { Join::Append }
}
