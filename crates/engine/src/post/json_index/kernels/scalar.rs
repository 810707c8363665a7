//! The kernel without special instructions: comparisons, and masks gathered by multiplication.

use crate::post::json_index::structural::{
    ATOM, BLOCK_BYTES, Block, Classes, EscapeClasses, Index, Instructions, Room, Tokens,
};

/// Builds `index`.
pub(super) fn build(chunk: &[u8], index: &mut Index) {
    index.build_with(chunk, Instructions { classes, escapes, parity, write });
}

/// The classes of a block.
fn classes(block: &Block) -> Classes {
    Classes {
        quote: mask(block, |byte| byte == b'"'),
        backslash: mask(block, |byte| byte == b'\\'),
        newline: mask(block, |byte| byte == b'\n'),
        control: mask(block, |byte| byte < 0x20),
        operator: mask(block, |byte| {
            // `[` and `]` differ from `{` and `}` in the bit of lower case.
            let lower = byte | 0x20;
            (lower == b'{') | (lower == b'}') | (byte == b':') | (byte == b',')
        }),
        space: mask(block, |byte| byte == b' '),
    }
}

/// The classes of a block that matter after a backslash.
fn escapes(block: &Block) -> EscapeClasses {
    EscapeClasses {
        simple: mask(block, |byte| {
            let is_mark = (byte == b'"') | (byte == b'\\') | (byte == b'/');
            let is_early = (byte == b'b') | (byte == b'f') | (byte == b'n');
            is_mark | is_early | (byte == b'r') | (byte == b't')
        }),
        unicode: mask(block, |byte| byte == b'u'),
        hex: mask(block, |byte| {
            (byte.wrapping_sub(b'0') < 10) | ((byte | 0x20).wrapping_sub(b'a') < 6)
        }),
    }
}

/// Prefix XOR: bit n is the parity of bits 0 to n of `bits`.
pub(super) fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Writes the tokens of a block, and arbitrary values after them.
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
            *kind = if tokens.atoms >> (at % 64) & 1 == 0 { byte } else { ATOM };
            rest &= rest.wrapping_sub(1);
        }
    }
}

/// The mask of the bytes for which `is` is true. Branch-free, so that compilers vectorise it.
#[inline(always)]
fn mask(block: &Block, is: impl Fn(u8) -> bool) -> u64 {
    let flags = block.map(|byte| u8::from(is(byte)));
    let mut mask = 0;
    for (n, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // The factor moves the lowest bit of byte k to bit 56 + k.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * n);
    }
    mask
}
