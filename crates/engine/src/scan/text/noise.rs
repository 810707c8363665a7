//! Which symbols the squeezed projections skip.

use crate::fold::{self, tables};

pub const LEET_AT: u16 = b'@' as u16;
pub const LEET_DOLLAR: u16 = b'$' as u16;

/// Is the symbol a Latin letter from a to z?
pub fn is_letter(symbol: u16) -> bool {
    (u16::from(b'a')..=u16::from(b'z')).contains(&symbol)
}

/// Is the symbol at `at` noise, given its neighbours?
pub fn is_noise_in(text: &[u16], at: usize) -> bool {
    let neighbour = |at: Option<usize>| symbol_or_break(text, at);
    fold::is_noise(neighbour(at.checked_sub(1)), text[at], neighbour(at.checked_add(1)))
}

/// Is the symbol at `at` a sign used as a letter? Emoji letters (🇻) always are. `@` and `$`
/// are next to a Latin letter, and between Latin letters or digits when noise is skipped on
/// both sides. Elsewhere `@` and `$` are noise.
pub fn is_lookalike_sign(text: &[u16], at: usize) -> bool {
    /// Symbols searched for a neighbour that is not noise. Disguised words have one or two
    /// signs between letters.
    const FAR: usize = 4;
    let symbol = |at: Option<usize>| symbol_or_break(text, at);
    let is_drawn = |high, low| tables::lookalikes().class_of_pair(high, low).is_some();
    match text[at] {
        0xD800..=0xDBFF => return is_drawn(text[at], symbol(Some(at + 1))),
        0xDC00..=0xDFFF => return is_drawn(symbol(at.checked_sub(1)), text[at]),
        LEET_AT | LEET_DOLLAR => {}
        _ => return false,
    }
    if is_letter(symbol(at.checked_sub(1))) || is_letter(symbol(Some(at + 1))) {
        return true;
    }
    let is_kept = |at: &usize| text[*at] == fold::SEPARATOR || !is_noise_in(text, *at);
    let before = (at.saturating_sub(FAR)..at).rev().find(is_kept);
    let after = (at + 1..text.len().min(at + 1 + FAR)).find(is_kept);
    let letters = tables::latin_or_digit();
    let is_latin = |at: usize| letters.has(text[at]);
    before.is_some_and(is_latin) && after.is_some_and(is_latin)
}

fn symbol_or_break(text: &[u16], at: Option<usize>) -> u16 {
    at.and_then(|at| text.get(at)).copied().unwrap_or(fold::SEPARATOR)
}
