//! One character → its folded symbols, joined to those before it.
//!
//! Kernels fold texts in bulk and call [`push`] for the characters that need more than one
//! table entry; [`super::OffsetMap`] decodes texts again with [`decode`].

use super::join::{Join, SEPARATOR, SPACE, join};
use super::tables::{self, DROPPED, FoldTable, KEYCAP, REPLACEMENT};

/// Decodes the character at the start of valid UTF-8: code point and length.
#[inline(always)]
pub(super) fn decode(bytes: &[u8]) -> (u32, usize) {
    let tail = |at: usize| u32::from(bytes[at] & 0x3F);
    match bytes[0] {
        lead @ 0xE0..=0xEF => (u32::from(lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3),
        lead @ 0xC0..=0xDF => (u32::from(lead & 0x1F) << 6 | tail(1), 2),
        lead @ 0xF0..=0xFF => {
            (u32::from(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
        }
        lead => (u32::from(lead), 1),
    }
}

/// Where folding writes to.
#[derive(Debug)]
pub struct Output<'o> {
    /// The folded symbols.
    pub symbols: &'o mut Vec<u16>,
    /// Positions in `symbols`, ascending, of those that come from signs (™, Ⓐ, 🆓, keycaps): they
    /// are read as letters or digits, but no word continues with them.
    pub signs: &'o mut Vec<u32>,
}

/// Appends the folded symbols of the code point `code`.
#[inline(always)]
pub(super) fn push(table: &FoldTable, code: u32, out: &mut Output<'_>) {
    // `REPLACEMENT` and `EXPANDS` are the two highest values of the table: one
    // comparison sends both to the slow path.
    match u16::try_from(code).map(|code| table.bmp(code)) {
        Ok(DROPPED) => {}
        Ok(SPACE) if follows_space(out.symbols) => {}
        Ok(symbol) if symbol < REPLACEMENT => out.symbols.push(symbol),
        _ => push_unusual(table, code, out),
    }
}

/// Would a space add nothing here: at the start of a text and after a space?
#[inline(always)]
pub(super) fn follows_space(symbols: &[u16]) -> bool {
    matches!(symbols.last(), None | Some(&(SPACE | SEPARATOR)))
}

#[cold]
fn push_unusual(table: &FoldTable, code: u32, out: &mut Output<'_>) {
    let start = out.symbols.len() as u32;
    for character in table.characters(code) {
        push_joined(character, out);
    }
    let end = out.symbols.len() as u32;
    if tables::signs().has_code_point(code) {
        out.signs.extend(start..end);
    } else if code == KEYCAP {
        let start = start_of_last(out.symbols) as u32;
        if out.signs.last().is_none_or(|sign| *sign < start) {
            out.signs.extend(start..end);
        }
    }
}

fn push_joined(character: char, out: &mut Output<'_>) {
    let Output { symbols, signs } = out;
    let last = last_character(symbols);
    let start_of_last = start_of_last(symbols);
    let mut units = [0; 2];
    match join(last, u32::from(character)) {
        Join::Append => symbols.extend_from_slice(character.encode_utf16(&mut units)),
        Join::Drop => {}
        Join::Swap => {
            let units = character.encode_utf16(&mut units);
            symbols.splice(start_of_last..start_of_last, units.iter().copied());
        }
        Join::Compose(composed) => {
            symbols.truncate(start_of_last);
            signs.pop_if(|sign| *sign as usize >= start_of_last);
            symbols.extend_from_slice(composed.encode_utf16(&mut units));
        }
    }
}

/// Where the last character of a folded text starts.
fn start_of_last(symbols: &[u16]) -> usize {
    symbols.len().saturating_sub(if last_character(symbols) > 0xFFFF { 2 } else { 1 })
}

/// The code point at the end of a folded text; [`SEPARATOR`] if it is empty.
pub(super) fn last_character(symbols: &[u16]) -> u32 {
    match *symbols {
        [.., high @ 0xD800..=0xDBFF, low @ 0xDC00..=0xDFFF] => tables::pair(high, low),
        [.., last] => u32::from(last),
        [] => u32::from(SEPARATOR),
    }
}
