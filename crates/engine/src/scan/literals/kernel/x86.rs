//! The filters for x86-64: eight positions at a time (AVX2), sixteen (AVX-512).
//!
//! Positions are independent of each other, so a block of them goes through the arithmetic of the
//! scalar filter in parallel; then the bitmap is read.

use super::super::build::Table;
use super::super::candidates::{Candidate, Candidates, PADDING};
use super::super::hash::{CONTEXT, FIRST, NOT_ASCII, SECOND, Side};
use super::super::short::{FILTER_SHIFT, HASHED, Short};
use crate::machine::{Vectors, allows};
use std::arch::x86_64::*;
use std::ops::Range;

/// The lower of two symbols in a word.
const LOW: i32 = 0xFFFF;

fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
}

fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("popcnt")
}

/// Can the AVX2 kernel run here?
pub(super) fn allows_avx2() -> bool {
    allows(Vectors::Bits256) && has_avx2()
}

/// Can the AVX-512 kernel run here?
pub(super) fn allows_avx512() -> bool {
    allows(Vectors::Bits512) && has_avx512()
}

/// Prefetches the cache line of `place`.
#[inline(always)]
pub(super) fn prefetch<T>(place: &T) {
    // SAFETY: a prefetch has no visible effect, and SSE is part of every x86-64.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast()) }
}

/// Positions of `range` whose window is in the bitmap.
pub(super) fn avx2_windows(table: &Table, text: &[u16], range: Range<usize>, out: &mut Vec<u32>) {
    assert!(has_avx2(), "the machine does not support this kernel");
    assert!(range.end + PADDING <= text.len(), "text is not padded");
    out.clear();
    out.reserve(range.len() + 8);
    // SAFETY: the machine has AVX2; `range` is padded by more than the 11 symbols
    // that the last block reads past it; `out` has room for a block past `range`.
    unsafe { avx2_windows_inner(table, text, range, out) }
}

#[target_feature(enable = "avx2,popcnt,bmi1")]
unsafe fn avx2_windows_inner(table: &Table, text: &[u16], range: Range<usize>, out: &mut Vec<u32>) {
    let first = _mm256_set1_epi32(FIRST as i32);
    let second = _mm256_set1_epi32(SECOND as i32);
    let context = _mm256_set1_epi32(CONTEXT as i32);
    let not_ascii = _mm256_set1_epi32(NOT_ASCII as i32);
    let shift = _mm_cvtsi32_si128(table.windows.shift as i32);
    let (low_bits, zero) = (_mm256_set1_epi32(31), _mm256_setzero_si256());
    let words = table.windows.words.as_ptr().cast::<i32>();
    let three = table.has_side(Side::Three);
    let mut written = out.len();
    let mut at = range.start;
    while at < range.end {
        // SAFETY: eight symbols from `at + offset`, within the padding.
        let symbols = |offset: usize| unsafe {
            _mm256_cvtepu16_epi32(_mm_loadu_si128(text.as_ptr().add(at + offset).cast()))
        };
        let pair = _mm256_or_si256(symbols(0), _mm256_slli_epi32::<16>(symbols(1)));
        let ascii = _mm256_cmpeq_epi32(_mm256_and_si256(pair, not_ascii), zero);
        let third = symbols(2);
        let next =
            _mm256_and_si256(_mm256_or_si256(third, _mm256_slli_epi32::<16>(symbols(3))), ascii);
        let base = _mm256_mullo_epi32(pair, first);
        // SAFETY: the top bits of a hash index a bitmap of exactly that size.
        let probe = |hash: __m256i| unsafe {
            let bit = _mm256_srl_epi32(hash, shift);
            let word = _mm256_i32gather_epi32::<4>(words, _mm256_srli_epi32::<5>(bit));
            // Shifts the bit in question to the sign.
            _mm256_sllv_epi32(word, _mm256_sub_epi32(low_bits, _mm256_and_si256(bit, low_bits)))
        };
        let mut passes = probe(_mm256_add_epi32(base, _mm256_mullo_epi32(next, second)));
        if three && _mm256_testz_si256(ascii, ascii) == 0 {
            let hash = _mm256_add_epi32(base, _mm256_mullo_epi32(third, context));
            passes = _mm256_or_si256(passes, _mm256_and_si256(probe(hash), ascii));
        }
        let mask = _mm256_movemask_ps(_mm256_castsi256_ps(passes)) as u32;
        // SAFETY: at most one write for each position, and capacity was reserved.
        written += unsafe { store_positions(mask, at, range.end, out.as_mut_ptr().add(written)) };
        at += 8;
    }
    // SAFETY: `written` elements were written, within the reserved capacity.
    unsafe { out.set_len(written) };
}

/// Writes the positions from `at` on whose bits of `mask` are set and that are before `end`; returns
/// their number.
///
/// # Safety
///
/// So many positions must be writable at `to`.
#[inline(always)]
unsafe fn store_positions(mut mask: u32, at: usize, end: usize, to: *mut u32) -> usize {
    if end - at < 8 {
        mask &= (1 << (end - at)) - 1;
    }
    let count = mask.count_ones() as usize;
    for number in 0..count {
        // SAFETY: as the caller promises.
        unsafe { *to.add(number) = at as u32 + mask.trailing_zeros() };
        mask &= mask - 1;
    }
    count
}

/// Positions of `range` whose window is in the bitmap.
pub(super) fn avx512_windows(table: &Table, text: &[u16], range: Range<usize>, out: &mut Vec<u32>) {
    assert!(has_avx512(), "the machine does not support this kernel");
    assert!(range.end + PADDING <= text.len(), "text is not padded");
    out.clear();
    out.reserve(range.len() + 16);
    // SAFETY: the machine has the features; `range` is padded by more than the 19
    // symbols that the last block reads past it; `out` has room for a block past `range`.
    unsafe { avx512_windows_inner(table, text, range, out) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn avx512_windows_inner(
    table: &Table,
    text: &[u16],
    range: Range<usize>,
    out: &mut Vec<u32>,
) {
    let first = _mm512_set1_epi32(FIRST as i32);
    let second = _mm512_set1_epi32(SECOND as i32);
    let context = _mm512_set1_epi32(CONTEXT as i32);
    let not_ascii = _mm512_set1_epi32(NOT_ASCII as i32);
    let (low_bits, one) = (_mm512_set1_epi32(31), _mm512_set1_epi32(1));
    let shift = _mm_cvtsi32_si128(table.windows.shift as i32);
    let words = table.windows.words.as_ptr().cast::<i32>();
    let three = table.has_side(Side::Three);
    let mut written = out.len();
    let mut at = range.start;
    while at < range.end {
        // SAFETY: sixteen symbols from `at + offset`, within the padding.
        let symbols = |offset: usize| unsafe {
            _mm512_cvtepu16_epi32(_mm256_loadu_si256(text.as_ptr().add(at + offset).cast()))
        };
        let pair = _mm512_or_si512(symbols(0), _mm512_slli_epi32::<16>(symbols(1)));
        let ascii = _mm512_testn_epi32_mask(pair, not_ascii);
        let base = _mm512_mullo_epi32(pair, first);
        let mut hash = base;
        let third = symbols(2);
        if ascii != 0 {
            let next = _mm512_or_si512(third, _mm512_slli_epi32::<16>(symbols(3)));
            hash = _mm512_mask_add_epi32(base, ascii, base, _mm512_mullo_epi32(next, second));
        }
        // SAFETY: the top bits of a hash index a bitmap of exactly that size.
        let probe = |hash: __m512i| unsafe {
            let bit = _mm512_srl_epi32(hash, shift);
            let word = look_up(words, _mm512_srli_epi32::<5>(bit));
            _mm512_test_epi32_mask(word, _mm512_sllv_epi32(one, _mm512_and_si512(bit, low_bits)))
        };
        let mut mask = probe(hash);
        if three && ascii != 0 {
            mask |= probe(_mm512_add_epi32(base, _mm512_mullo_epi32(third, context))) & ascii;
        }
        // SAFETY: a whole block is stored, and room for one past the end was reserved.
        written += unsafe { store_block(mask, at, range.end, out.as_mut_ptr().add(written)) };
        at += 16;
    }
    // SAFETY: `written` elements were written, within the reserved capacity.
    unsafe { out.set_len(written) };
}

/// Positions of `range` at which a short literal may begin.
pub(super) fn avx2_short(short: &Short, text: &[u16], range: Range<usize>, out: &mut Vec<u32>) {
    assert!(has_avx2(), "the machine does not support this kernel");
    assert!(range.end + PADDING <= text.len(), "text is not padded");
    out.clear();
    out.reserve(range.len() + 8);
    // SAFETY: the machine has AVX2; `range` is padded by more than the nine symbols that the last
    // block reads past it; `out` has room for a block past `range`.
    unsafe { avx2_short_inner(short, text, range, out) }
}

#[target_feature(enable = "avx2,popcnt,bmi1")]
unsafe fn avx2_short_inner(short: &Short, text: &[u16], range: Range<usize>, out: &mut Vec<u32>) {
    let hash = _mm256_set1_epi32(FIRST as i32);
    let not_ascii = _mm256_set1_epi32(NOT_ASCII as i32);
    let (low_bits, zero) = (_mm256_set1_epi32(31), _mm256_setzero_si256());
    let hashed = _mm256_set1_epi32(HASHED as i32);
    let words = short.filter.as_ptr().cast::<i32>();
    let mut written = 0;
    let mut at = range.start;
    while at < range.end {
        // SAFETY: eight symbols from `at + offset`, within the padding.
        let symbols = |offset: usize| unsafe {
            _mm256_cvtepu16_epi32(_mm_loadu_si128(text.as_ptr().add(at + offset).cast()))
        };
        let (first, second) = (symbols(0), symbols(1));
        let pair = _mm256_or_si256(first, _mm256_slli_epi32::<16>(second));
        let ascii = _mm256_cmpeq_epi32(_mm256_and_si256(pair, not_ascii), zero);
        let other = _mm256_srli_epi32::<{ FILTER_SHIFT as i32 }>(_mm256_mullo_epi32(first, hash));
        let other = _mm256_or_si256(other, hashed);
        let both = _mm256_or_si256(_mm256_slli_epi32::<7>(first), second);
        let bit = _mm256_blendv_epi8(other, both, ascii);
        // SAFETY: a bit is below `FILTER_BITS`: two symbols of seven bits, or 14 bits of a hash
        // behind them.
        let word = unsafe { _mm256_i32gather_epi32::<4>(words, _mm256_srli_epi32::<5>(bit)) };
        // Shifts the bit in question to the sign.
        let passes =
            _mm256_sllv_epi32(word, _mm256_sub_epi32(low_bits, _mm256_and_si256(bit, low_bits)));
        let mask = _mm256_movemask_ps(_mm256_castsi256_ps(passes)) as u32;
        // SAFETY: at most one write for each position, and capacity was reserved.
        written += unsafe { store_positions(mask, at, range.end, out.as_mut_ptr().add(written)) };
        at += 8;
    }
    // SAFETY: `written` elements were written, within the reserved capacity.
    unsafe { out.set_len(written) };
}

/// Positions of `range` at which a short literal may begin.
pub(super) fn avx512_short(short: &Short, text: &[u16], range: Range<usize>, out: &mut Vec<u32>) {
    assert!(has_avx512(), "the machine does not support this kernel");
    assert!(range.end + PADDING <= text.len(), "text is not padded");
    out.clear();
    out.reserve(range.len() + 16);
    // SAFETY: the machine has the features; `range` is padded by more than the 17 symbols that the
    // last block reads past it; `out` has room for a block past `range`.
    unsafe { avx512_short_inner(short, text, range, out) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn avx512_short_inner(short: &Short, text: &[u16], range: Range<usize>, out: &mut Vec<u32>) {
    let hash = _mm512_set1_epi32(FIRST as i32);
    let not_ascii = _mm512_set1_epi32(NOT_ASCII as i32);
    let (low_bits, one) = (_mm512_set1_epi32(31), _mm512_set1_epi32(1));
    let hashed = _mm512_set1_epi32(HASHED as i32);
    let words = short.filter.as_ptr().cast::<i32>();
    let mut written = 0;
    let mut at = range.start;
    while at < range.end {
        // SAFETY: sixteen symbols from `at + offset`, within the padding.
        let symbols = |offset: usize| unsafe {
            _mm512_cvtepu16_epi32(_mm256_loadu_si256(text.as_ptr().add(at + offset).cast()))
        };
        let (first, second) = (symbols(0), symbols(1));
        let pair = _mm512_or_si512(first, _mm512_slli_epi32::<16>(second));
        let ascii = _mm512_testn_epi32_mask(pair, not_ascii);
        let other = _mm512_srli_epi32::<FILTER_SHIFT>(_mm512_mullo_epi32(first, hash));
        let other = _mm512_or_si512(other, hashed);
        let both = _mm512_or_si512(_mm512_slli_epi32::<7>(first), second);
        let bit = _mm512_mask_mov_epi32(other, ascii, both);
        // SAFETY: a bit is below `FILTER_BITS`: two symbols of seven bits, or 14 bits of a hash
        // behind them.
        let word = unsafe { look_up(words, _mm512_srli_epi32::<5>(bit)) };
        let wanted = _mm512_sllv_epi32(one, _mm512_and_si512(bit, low_bits));
        let mask = _mm512_test_epi32_mask(word, wanted);
        // SAFETY: a whole block is stored, and room for one past the end was reserved.
        written += unsafe { store_block(mask, at, range.end, out.as_mut_ptr().add(written)) };
        at += 16;
    }
    // SAFETY: `written` elements were written, within the reserved capacity.
    unsafe { out.set_len(written) };
}

/// As [`store_positions`], for sixteen positions.
///
/// # Safety
///
/// Sixteen positions must be writable at `to`.
#[inline]
#[target_feature(enable = "avx512f,popcnt")]
unsafe fn store_block(mut mask: u16, at: usize, end: usize, to: *mut u32) -> usize {
    if end - at < 16 {
        mask &= (1 << (end - at)) - 1;
    }
    let lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    let positions = _mm512_add_epi32(lanes, _mm512_set1_epi32(at as i32));
    // SAFETY: as the caller promises.
    unsafe { _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi32(mask, positions)) };
    mask.count_ones() as usize
}

/// The words at `places`. One load each, which is faster than a gather
/// (`benches/stages -- literals`).
///
/// # Safety
///
/// Every place must be within `words`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn look_up(words: *const i32, places: __m512i) -> __m512i {
    let mut each = [0u32; 16];
    let mut found = [0i32; 16];
    // SAFETY: the arrays hold what is stored and loaded; the caller guarantees the places.
    unsafe {
        _mm512_storeu_si512(each.as_mut_ptr().cast(), places);
        for lane in 0..16 {
            found[lane] = *words.add(each[lane] as usize);
        }
        _mm512_loadu_si512(found.as_ptr().cast())
    }
}

/// The second filter.
pub(super) fn avx512_contexts(table: &Table, text: &[u16], candidates: &mut Candidates) {
    assert!(has_avx512(), "the machine does not support this kernel");
    let Candidates { windows, contexts, .. } = candidates;
    contexts.clear();
    contexts.reserve(windows.len() * 4 + 64);
    // SAFETY: the machine has the features; positions in `windows` come from the
    // first filter, which keeps them within the padding; `contexts` has room for
    // four candidates a position and a block past them.
    unsafe { avx512_contexts_inner(table, text, windows, contexts) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn avx512_contexts_inner(
    table: &Table,
    text: &[u16],
    windows: &[u32],
    contexts: &mut Vec<Candidate>,
) {
    let first = _mm512_set1_epi32(FIRST as i32);
    let second = _mm512_set1_epi32(SECOND as i32);
    let context = _mm512_set1_epi32(CONTEXT as i32);
    let not_ascii = _mm512_set1_epi32(NOT_ASCII as i32);
    let (low_bits, one) = (_mm512_set1_epi32(31), _mm512_set1_epi32(1));
    let low = _mm512_set1_epi32(LOW);
    let shift = _mm_cvtsi32_si128(table.contexts.shift as i32);
    let words = table.contexts.words.as_ptr().cast::<i32>();
    let symbols = text.as_ptr();
    let (whole, before, three) =
        (table.has_side(Side::Whole), table.has_side(Side::Before), table.has_side(Side::Three));
    let mut written = 0;
    for block in windows.chunks(16) {
        let live = if block.len() == 16 { u16::MAX } else { (1 << block.len()) - 1 };
        // SAFETY: only lanes of the block are loaded; each is a position with
        // padding on both sides, so pairs before and up to six symbols after can
        // be gathered.
        let (at, pair, next, after, behind) = unsafe {
            let at = _mm512_maskz_loadu_epi32(live, block.as_ptr().cast());
            // Dead lanes read at the first live position.
            let at = _mm512_mask_mov_epi32(_mm512_set1_epi32(block[0] as i32), live, at);
            let gather = |offset: isize| {
                _mm512_i32gather_epi32::<2>(at, symbols.offset(offset).cast::<i32>())
            };
            (at, gather(0), gather(2), gather(4), if before { gather(-1) } else { at })
        };
        let ascii = _mm512_testn_epi32_mask(pair, not_ascii);
        let base = _mm512_mullo_epi32(pair, first);
        let hash = _mm512_mask_add_epi32(base, ascii, base, _mm512_mullo_epi32(next, second));
        let mut test = |window: __m512i, symbol: __m512i, lanes: u16| {
            let mixed = _mm512_xor_si512(window, _mm512_mullo_epi32(symbol, context));
            let hash = _mm512_mullo_epi32(mixed, first);
            let bit = _mm512_srl_epi32(hash, shift);
            // SAFETY: the top bits of a hash index a bitmap of exactly that size.
            let word = unsafe { look_up(words, _mm512_srli_epi32::<5>(bit)) };
            let wanted = _mm512_sllv_epi32(one, _mm512_and_si512(bit, low_bits));
            let passes = _mm512_test_epi32_mask(word, wanted) & lanes;
            // SAFETY: two whole blocks are stored at most; room was reserved.
            unsafe {
                store(contexts.as_mut_ptr().add(written), passes, hash, at);
            }
            written += passes.count_ones() as usize;
        };
        let follower = _mm512_mask_mov_epi32(next, ascii, after);
        let side = |symbol: __m512i, side: Side| {
            _mm512_add_epi32(_mm512_and_si512(symbol, low), _mm512_set1_epi32((side as i32) << 16))
        };
        test(hash, side(follower, Side::After), live);
        if whole {
            test(hash, side(_mm512_setzero_si512(), Side::Whole), live);
        }
        if before {
            test(hash, side(behind, Side::Before), live);
        }
        if three && ascii != 0 {
            let third = _mm512_and_si512(next, low);
            let window = _mm512_add_epi32(base, _mm512_mullo_epi32(third, context));
            test(window, side(_mm512_setzero_si512(), Side::Three), live & ascii);
        }
    }
    // SAFETY: `written` elements were written, within the reserved capacity.
    unsafe { contexts.set_len(written) };
}

/// Stores the lanes of `mask` as [`Candidate`]s: hash, then position.
///
/// # Safety
///
/// Sixteen candidates must be writable at `to`.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn store(to: *mut Candidate, mask: u16, hash: __m512i, position: __m512i) {
    let hash = _mm512_maskz_compress_epi32(mask, hash);
    let position = _mm512_maskz_compress_epi32(mask, position);
    let join = |hash: __m256i, position: __m256i| {
        let position = _mm512_slli_epi64::<32>(_mm512_cvtepu32_epi64(position));
        _mm512_or_si512(_mm512_cvtepu32_epi64(hash), position)
    };
    let low = join(_mm512_castsi512_si256(hash), _mm512_castsi512_si256(position));
    let high = join(_mm512_extracti64x4_epi64::<1>(hash), _mm512_extracti64x4_epi64::<1>(position));
    // SAFETY: as the caller promises; a candidate is two little-endian words.
    unsafe {
        _mm512_storeu_si512(to.cast(), low);
        if mask.count_ones() > 8 {
            _mm512_storeu_si512(to.add(8).cast(), high);
        }
    }
}
