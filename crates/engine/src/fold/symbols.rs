//! One character → its folded symbols.
//!
//! Kernels fold texts in bulk and call [`push`] for the characters that need more than one
//! table entry; [`super::OffsetMap`] decodes texts again with [`decode`].

use super::tables::{FoldTable, REPLACEMENT};

/// Separates fields and posts. No text folds to it and no term contains it.
pub const SEPARATOR: u16 = 0xFFFF;

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

/// Appends the folded symbols of the code point `code`.
#[inline(always)]
pub(super) fn push(table: &FoldTable, code: u32, out: &mut Vec<u16>) {
    // `REPLACEMENT` and `EXPANDS` are the two highest values of the table: one
    // comparison sends both to the slow path.
    match u16::try_from(code).map(|code| table.bmp(code)) {
        Ok(symbol) if symbol < REPLACEMENT => {
            if symbol != 0 {
                out.push(symbol);
            }
        }
        _ => push_unusual(table, code, out),
    }
}

#[cold]
fn push_unusual(table: &FoldTable, code: u32, out: &mut Vec<u16>) {
    let bad = u16::try_from(code).is_ok_and(|code| table.bmp(code) == REPLACEMENT);
    match table.expand(code) {
        _ if bad => push_bad(out),
        Some([REPLACEMENT]) => push_bad(out),
        Some(symbols) => out.extend_from_slice(symbols),
        None => push_identity(code, out),
    }
}

/// A run of replacement characters is one symbol, so that decoders that write one per byte
/// and one per run agree.
fn push_bad(out: &mut Vec<u16>) {
    if out.last() != Some(&REPLACEMENT) {
        out.push(REPLACEMENT);
    }
}

fn push_identity(code: u32, out: &mut Vec<u16>) {
    if let Some(character) = char::from_u32(code) {
        out.extend_from_slice(character.encode_utf16(&mut [0; 2]));
    }
}
