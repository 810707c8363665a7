//! What the filters of the literal engine pass on: candidates and occurrences.

/// Symbols of padding required before and after the searched range, so that windows and contexts
/// can be read without bounds checks.
pub const PADDING: usize = 64;

/// Positions filtered before the next filter runs: the survivors of one block and the block itself
/// stay in the first-level cache. Measured as a whole with `benches/stages -- literals`.
pub(super) const BLOCK: usize = 8192;

/// Candidates between the prefetch of a table line and its use. Measured as a whole with
/// `benches/stages -- literals`.
pub(super) const STRIDE: usize = 16;

/// Symbols stored in a table entry; the rest of a longer literal is compared afterwards.
pub(super) const INLINE: usize = 8;

/// An occurrence of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Position of the first symbol.
    pub start: u32,
    /// Index of the literal in the list given to `Literals::new`.
    pub literal: u32,
}

/// One worker's buffers for `Literals::find`.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Positions whose window is in the first bitmap.
    pub(super) windows: Vec<u32>,
    /// Positions and context hashes whose context is in the second bitmap.
    pub(super) contexts: Vec<Candidate>,
    /// Positions at which a literal without a window may begin.
    pub(super) begins: Vec<u32>,
    /// Occurrences of literals without a window.
    pub(super) short: Vec<Occurrence>,
}

/// A position that passed both bitmaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Candidate {
    pub hash: u32,
    pub position: u32,
}
