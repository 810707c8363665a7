//! The kernel without special instructions: a table, and bits turned by hand.

use super::{BLOCK_BYTES, Block, Classes, EscapeClasses, Index, PLAIN, Room, Tokens};

const QUOTE: u8 = 1 << 0;
const BACKSLASH: u8 = 1 << 1;
const NEWLINE: u8 = 1 << 2;
const CONTROL: u8 = 1 << 3;
const OPERATOR: u8 = 1 << 4;
const SPACE: u8 = 1 << 5;

const SIMPLE: u8 = 1 << 0;
const UNICODE: u8 = 1 << 1;
const HEX: u8 = 1 << 2;

const CLASS: [u8; 256] = table(&[
    (b"\"", QUOTE),
    (b"\\", BACKSLASH),
    (b"\n", NEWLINE),
    (b"{}[]:,", OPERATOR),
    (b" ", SPACE),
    (&CONTROLS, CONTROL),
]);

const ESCAPE_CLASS: [u8; 256] =
    table(&[(b"\"\\/bfnrt", SIMPLE), (b"u", UNICODE), (b"0123456789abcdefABCDEF", HEX)]);

const CONTROLS: [u8; 32] = {
    let mut all = [0; 32];
    let mut n = 0;
    while n < all.len() {
        all[n] = n as u8;
        n += 1;
    }
    all
};

const fn table(classes: &[(&[u8], u8)]) -> [u8; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < classes.len() {
        let (bytes, class) = classes[n];
        let mut at = 0;
        while at < bytes.len() {
            table[bytes[at] as usize] |= class;
            at += 1;
        }
        n += 1;
    }
    table
}

/// Builds `index`.
pub(super) fn build(chunk: &[u8], index: &mut Index) {
    index.build_with(chunk, classes, escapes, parity, write);
}

/// The classes of a block.
fn classes(block: &Block) -> Classes {
    let [quote, backslash, newline, control, operator, space, ..] = masks(block, &CLASS);
    Classes { quote, backslash, newline, control, operator, space }
}

/// The classes of a block that matter after a backslash.
fn escapes(block: &Block) -> EscapeClasses {
    let [simple, unicode, hex, ..] = masks(block, &ESCAPE_CLASS);
    EscapeClasses { simple, unicode, hex }
}

/// Bit n of the answer: is the number of bits of `bits` up to n, n included, odd?
pub(super) fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Writes the tokens of a block, and anything behind them.
#[inline]
pub(super) fn write(block: &Block, tokens: Tokens, base: u32, room: Room<'_>) {
    let mut rest = tokens.all;
    let count = rest.count_ones() as usize;
    let places = room.positions.chunks_exact_mut(4).zip(room.kinds.chunks_exact_mut(4));
    // Always four at once: a loop of exact length would be mispredicted.
    for (positions, kinds) in places.take(count.div_ceil(4)) {
        for (position, kind) in positions.iter_mut().zip(kinds) {
            let at = rest.trailing_zeros();
            *position = base + at;
            let byte = block[at as usize % BLOCK_BYTES];
            *kind = if tokens.plain >> (at % 64) & 1 == 0 { byte } else { PLAIN };
            rest &= rest.wrapping_sub(1);
        }
    }
}

/// One mask for each bit of the table's classes.
fn masks(block: &Block, table: &[u8; 256]) -> [u64; 8] {
    let mut masks = [0; 8];
    for (n, eight) in block.as_chunks::<8>().0.iter().enumerate() {
        let classes = u64::from_le_bytes(eight.map(|byte| table[byte as usize]));
        for (mask, bits) in masks.iter_mut().zip(transpose(classes).to_le_bytes()) {
            *mask |= u64::from(bits) << (8 * n);
        }
    }
    masks
}

/// Rows and columns of an 8 × 8 matrix of bits exchanged, in three steps of
/// blocks of 1, 2 and 4.
fn transpose(mut x: u64) -> u64 {
    for (shift, mask) in
        [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let swapped = (x ^ x >> shift) & mask;
        x ^= swapped ^ swapped << shift;
    }
    x
}
