//! The fold kernel without special instructions.

use crate::fold::symbols::{decode, push};
use crate::fold::tables::{FoldTable, REPLACEMENT};

/// Symbols gathered before they are appended.
const BLOCK: usize = 256;

/// Bytes of ASCII folded at once.
const WIDE: usize = 16;

/// Appends the folded symbols of `text`; returns `true` if each character produced exactly one.
#[inline(always)]
pub(super) fn fold(table: &FoldTable, text: &str, out: &mut Vec<u16>) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut one_to_one = true;
    let mut block = [0; BLOCK];
    while at < bytes.len() {
        let (symbols, read) = fold_block(table, &bytes[at..], &mut block, &mut one_to_one);
        out.extend_from_slice(&block[..symbols]);
        at += read;
        if symbols + WIDE <= BLOCK && at < bytes.len() {
            let (code, length) = decode(&bytes[at..]);
            push(table, code, out);
            at += length;
            one_to_one = false;
        }
    }
    one_to_one
}

/// Folds characters with at most one symbol, until the block is full or another kind of
/// character follows. Returns the symbols written and the bytes read.
#[inline(always)]
fn fold_block(
    table: &FoldTable,
    bytes: &[u8],
    block: &mut [u16; BLOCK],
    one_to_one: &mut bool,
) -> (usize, usize) {
    let (mut written, mut at) = (0, 0);
    while written + WIDE <= BLOCK
        && let Some(&lead) = bytes.get(at)
    {
        if lead < 0x80
            && let Some(wide) = bytes[at..].first_chunk::<WIDE>()
            && is_printable(wide)
        {
            let room = &mut block[written..written + WIDE];
            room.copy_from_slice(&wide.map(|byte| u16::from(byte.to_ascii_lowercase())));
            (written, at) = (written + WIDE, at + WIDE);
            continue;
        }
        let (code, length) = decode(&bytes[at..]);
        let Ok(code) = u16::try_from(code) else { break };
        let symbol = table.bmp(code);
        if symbol >= REPLACEMENT {
            break;
        }
        block[written] = symbol;
        written += usize::from(symbol != 0);
        *one_to_one &= symbol != 0;
        at += length;
    }
    (written, at)
}

/// Printable ASCII folds by case alone; controls are looked up.
#[inline(always)]
fn is_printable(bytes: &[u8; WIDE]) -> bool {
    bytes.iter().fold(true, |all, byte| all & (byte.wrapping_sub(b' ') < 0x5F))
}
