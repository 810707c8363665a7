//! The fold kernel without special instructions.

use crate::fold::join::SPACE;
use crate::fold::symbols::{Output, decode, follows_space, push};
use crate::fold::tables::{FoldTable, REPLACEMENT};

/// Symbols gathered before they are appended.
const BLOCK: usize = 256;

/// Bytes of ASCII folded at once.
const WIDE: usize = 16;

/// Appends the folded symbols of `text`; returns `true` if each character produced exactly one.
#[inline(always)]
pub(super) fn fold(table: &FoldTable, text: &str, out: &mut Output<'_>) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut one_to_one = true;
    let mut block = [0; BLOCK];
    while at < bytes.len() {
        let after_space = follows_space(out.symbols);
        let (symbols, read) =
            fold_block(table, &bytes[at..], &mut block, after_space, &mut one_to_one);
        out.symbols.extend_from_slice(&block[..symbols]);
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
/// character follows. Returns the symbols written and the bytes read. `after_space`: a space
/// would add nothing at the start.
#[inline(always)]
fn fold_block(
    table: &FoldTable,
    bytes: &[u8],
    block: &mut [u16; BLOCK],
    mut after_space: bool,
    one_to_one: &mut bool,
) -> (usize, usize) {
    let (mut written, mut at) = (0, 0);
    while written + WIDE <= BLOCK
        && let Some(&lead) = bytes.get(at)
    {
        if lead < 0x80
            && let Some(wide) = bytes[at..].first_chunk::<WIDE>()
            && is_printable(wide)
            && !repeats_space(wide, after_space)
        {
            let room = &mut block[written..written + WIDE];
            room.copy_from_slice(&wide.map(|byte| u16::from(byte.to_ascii_lowercase())));
            (written, at) = (written + WIDE, at + WIDE);
            after_space = wide[WIDE - 1] == b' ';
            continue;
        }
        let (code, length) = decode(&bytes[at..]);
        let Ok(code) = u16::try_from(code) else { break };
        let symbol = table.bmp(code);
        if symbol >= REPLACEMENT {
            break;
        }
        let is_space = symbol == SPACE;
        let is_kept = symbol != 0 && !(is_space && after_space);
        block[written] = symbol;
        written += usize::from(is_kept);
        *one_to_one &= is_kept;
        after_space = is_space || after_space && symbol == 0;
        at += length;
    }
    (written, at)
}

/// Printable ASCII folds by case alone; controls are looked up.
#[inline(always)]
fn is_printable(bytes: &[u8; WIDE]) -> bool {
    bytes.iter().fold(true, |all, byte| all & (byte.wrapping_sub(b' ') < 0x5F))
}

/// Is one of the spaces next to another?
#[inline(always)]
fn repeats_space(bytes: &[u8; WIDE], after_space: bool) -> bool {
    let (left, right) = (&bytes[..WIDE - 1], &bytes[1..]);
    let pairs = left.iter().zip(right);
    let doubled = pairs.fold(false, |any, (a, b)| any | ((*a == b' ') & (*b == b' ')));
    doubled || after_space && bytes[0] == b' '
}
