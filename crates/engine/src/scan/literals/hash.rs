//! Windows of symbols, and their hashes.

// Odd multipliers of multiplicative hashing (the golden ratio and two of the
// primes that xxHash uses): each window symbol pair gets its own.
pub(super) const FIRST: u32 = 0x9E37_79B1;
pub(super) const SECOND: u32 = 0x85EB_CA6B;
pub(super) const CONTEXT: u32 = 0xC2B2_AE3D;

/// Set in a word of two symbols when one of them is not ASCII.
pub(super) const NOT_ASCII: u32 = 0xFF80_FF80;

/// How a literal extends beyond its window; part of the context hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Side {
    /// The literal is the window.
    Whole = 0,
    /// It has a symbol after the window.
    After = 1,
    /// It has a symbol before the window.
    Before = 2,
    /// Three ASCII symbols: a window of its own shape.
    Three = 3,
}

/// Symbols `at` and `at + 1` as one word, the first in the low half.
#[inline(always)]
pub(super) fn word(text: &[u16], at: usize) -> u32 {
    u32::from(text[at]) | u32::from(text[at + 1]) << 16
}

/// Hash of a window: its first two symbols, and the next two where the first are ASCII.
#[inline(always)]
pub(super) fn window_hash(first: u32, second: u32) -> u32 {
    let second = if first & NOT_ASCII == 0 { second } else { 0 };
    first.wrapping_mul(FIRST).wrapping_add(second.wrapping_mul(SECOND))
}

/// Hash of a window of three ASCII symbols.
#[inline(always)]
pub(super) fn three_hash(first: u32, third: u32) -> u32 {
    first.wrapping_mul(FIRST).wrapping_add(third.wrapping_mul(CONTEXT))
}

/// Hash of a window and one neighbouring symbol.
#[inline(always)]
pub(super) fn context_hash(window: u32, symbol: u16, side: Side) -> u32 {
    (window ^ (u32::from(symbol) + ((side as u32) << 16)).wrapping_mul(CONTEXT)).wrapping_mul(FIRST)
}
