//! Byte ranges with 32-bit offsets.

use std::ops::Range;

/// A byte range in a line, a chunk or one of the batch's buffers. All of them are shorter
/// than 4 GiB.
pub(super) type Range32 = Range<u32>;

/// The same range as an index.
#[inline]
pub(super) fn range(range: &Range32) -> Range<usize> {
    range.start as usize..range.end as usize
}
