//! Folding for x86-64.
//!
//! AVX-512: printable ASCII is lowered and widened 64 bytes at a time. In other text, a mask
//! selects the last byte of each character in a block of 64, and it is compressed together
//! with the bytes before it. So 32 characters are decoded in parallel and looked up in the
//! table, and those without a symbol are compressed away. Characters above U+FFFF and those
//! with several symbols are folded one by one.

use super::scalar;
use crate::fold::join::SPACE;
use crate::fold::symbols::{Output, decode, follows_space, push};
use crate::fold::tables::{FoldTable, REPLACEMENT};
use crate::machine::{Vectors, allows};
use std::arch::x86_64::*;
use std::sync::LazyLock;

/// Bytes per block.
const BLOCK: usize = 64;

/// A block that starts with at least this much printable ASCII takes the ASCII path.
const ASCII_MIN: usize = 16;

fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
}

fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
}

/// Cached: detecting the features on each call would cost more than folding a short text.
static HAS_AVX512: LazyLock<bool> = LazyLock::new(has_avx512);

/// Can this process run [`fold_avx2`]?
pub(super) fn avx2_is_available() -> bool {
    allows(Vectors::Bits256) && has_avx2()
}

/// Can this process run [`fold_avx512`]?
pub(super) fn avx512_is_available() -> bool {
    allows(Vectors::Bits512) && *HAS_AVX512
}

pub(super) fn fold_avx2(table: &FoldTable, text: &str, out: &mut Output<'_>) -> bool {
    assert!(has_avx2(), "the machine does not support the kernel");
    // SAFETY: the assertion checked that the machine has the features.
    unsafe { fold_avx2_inner(table, text, out) }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn fold_avx2_inner(table: &FoldTable, text: &str, out: &mut Output<'_>) -> bool {
    scalar::fold(table, text, out)
}

pub(super) fn fold_avx512(table: &FoldTable, text: &str, out: &mut Output<'_>) -> bool {
    assert!(*HAS_AVX512, "the machine does not support the kernel");
    // SAFETY: the assertion checked that the machine has the features.
    unsafe { fold_avx512_inner(table, text.as_bytes(), out) }
}

/// # Safety
///
/// The machine must have the features; `bytes` must be UTF-8.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,lzcnt")]
unsafe fn fold_avx512_inner(table: &FoldTable, bytes: &[u8], out: &mut Output<'_>) -> bool {
    let mut one_to_one = true;
    let mut at = 0;
    let mut after_space = follows_space(out.symbols);
    while at < bytes.len() {
        let rest = &bytes[at..];
        // Two blocks of 32 symbols may be stored, even if fewer symbols are kept.
        out.symbols.reserve(rest.len() + BLOCK);
        let live = if rest.len() >= BLOCK { !0 } else { (1 << rest.len()) - 1 };
        // SAFETY: only bytes of `rest` are loaded.
        let block = unsafe { _mm512_maskz_loadu_epi8(live, rest.as_ptr().cast()) };
        let above_space = _mm512_sub_epi8(block, _mm512_set1_epi8(b' ' as i8));
        let printable = _mm512_cmplt_epu8_mask(above_space, _mm512_set1_epi8(0x5F));
        let ascii = (!(printable & live)).trailing_zeros() as usize;
        if ascii >= ASCII_MIN || ascii == rest.len() {
            let spaces = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(b' ' as i8));
            let repeated = spaces & (spaces << 1 | u64::from(after_space));
            let count = ascii.min(repeated.trailing_zeros() as usize);
            // SAFETY: room for a block was reserved, and `count` symbols are written.
            unsafe { push_ascii(block, count, out) };
            at += count;
            if count < ascii {
                // The spaces that add nothing; the mask ends before another character.
                let skipped = (!(spaces >> count)).trailing_zeros() as usize;
                at += skipped.min(ascii - count);
                one_to_one = false;
                after_space = true;
            } else {
                after_space = spaces >> (ascii - 1) & 1 != 0;
            }
            continue;
        }
        let lead = live
            & !_mm512_mask_cmplt_epu8_mask(
                _mm512_movepi8_mask(block),
                block,
                _mm512_set1_epi8(0xC0u8 as i8),
            );
        // A block ends before its last character, which may continue in the next block,
        // unless the text ends.
        let mut length = rest.len();
        if length > BLOCK {
            length = 63 - lead.leading_zeros() as usize;
        }
        let astral = _mm512_cmpge_epu8_mask(block, _mm512_set1_epi8(0xF0u8 as i8));
        if astral != 0 {
            length = length.min(astral.trailing_zeros() as usize);
            if length == 0 {
                let (code, length) = decode(rest);
                push(table, code, out);
                after_space = follows_space(out.symbols);
                at += length;
                one_to_one = false;
                continue;
            }
        }
        // SAFETY: the features are present; the first `length` bytes of the block are whole
        // characters below U+10000; room was reserved.
        one_to_one &= unsafe { push_block(table, rest.as_ptr(), block, lead, length, out) };
        after_space = follows_space(out.symbols);
        at += length;
    }
    one_to_one
}

/// Lowers and widens the first `count` bytes of a block.
///
/// # Safety
///
/// There is room for [`BLOCK`] symbols.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn push_ascii(block: __m512i, count: usize, out: &mut Output<'_>) {
    let above_a = _mm512_sub_epi8(block, _mm512_set1_epi8(b'A' as i8));
    let upper = _mm512_cmplt_epu8_mask(above_a, _mm512_set1_epi8(26));
    let lower = _mm512_mask_add_epi8(block, upper, block, _mm512_set1_epi8(32));
    let first = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(lower));
    let second = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(lower));
    // SAFETY: as the caller promises; `count` is at most a block.
    unsafe {
        let room = out.symbols.as_mut_ptr().add(out.symbols.len());
        _mm512_storeu_si512(room.cast(), first);
        if count > 32 {
            _mm512_storeu_si512(room.add(32).cast(), second);
        }
        out.symbols.set_len(out.symbols.len() + count);
    }
}

/// Folds the characters in the first `length` bytes of a block; returns `true` if each
/// produced exactly one symbol.
///
/// # Safety
///
/// `from` points to the bytes of the block. A character begins where `lead` has a bit; the
/// first `length` bytes are whole characters below U+10000. There is room for [`BLOCK`]
/// symbols.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
unsafe fn push_block(
    table: &FoldTable,
    from: *const u8,
    block: __m512i,
    lead: u64,
    length: usize,
    out: &mut Output<'_>,
) -> bool {
    let within = !0 >> (BLOCK - length);
    // A byte is the last of a character if the next byte begins one.
    let last = (lead >> 1 | 1 << (length - 1)) & within;
    let last_of_two = last & !lead;
    let last_of_three = last_of_two & !(lead << 1);
    // SAFETY: each loaded lane has one or two bytes of the block before it.
    let (second, third) = unsafe {
        (
            _mm512_maskz_loadu_epi8(last_of_two, from.wrapping_sub(1).cast()),
            _mm512_maskz_loadu_epi8(last_of_three, from.wrapping_sub(2).cast()),
        )
    };
    let bits = |bytes: __m512i, mask: i8| {
        _mm512_maskz_compress_epi8(last, _mm512_and_si512(bytes, _mm512_set1_epi8(mask)))
    };
    // Payload bits: continuation 6, ASCII 7, lead of two 5, lead of three 4.
    let (low, middle, high) = (bits(block, 0x7F), bits(second, 0x3F), bits(third, 0x0F));
    let count = last.count_ones();
    let code = |low, middle, high| {
        let high = _mm512_slli_epi16::<12>(_mm512_cvtepu8_epi16(high));
        let middle = _mm512_slli_epi16::<6>(_mm512_cvtepu8_epi16(middle));
        _mm512_or_si512(_mm512_cvtepu8_epi16(low), _mm512_or_si512(middle, high))
    };
    let first = |bytes: __m512i| _mm512_castsi512_si256(bytes);
    let codes = code(first(low), first(middle), first(high));
    // SAFETY: as the caller promises.
    let mut one_to_one = unsafe { push_codes(table, codes, count.min(32), out) };
    if count > 32 {
        let second = |bytes: __m512i| _mm512_extracti64x4_epi64::<1>(bytes);
        let codes = code(second(low), second(middle), second(high));
        // SAFETY: as the caller promises.
        one_to_one &= unsafe { push_codes(table, codes, count - 32, out) };
    }
    one_to_one
}

/// Folds the first `count` (at least 1) of 32 characters below U+10000; returns `true` if
/// each produced exactly one symbol.
///
/// # Safety
///
/// There is room for 32 symbols.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
unsafe fn push_codes(table: &FoldTable, codes: __m512i, count: u32, out: &mut Output<'_>) -> bool {
    let mut each = [0u16; 32];
    // SAFETY: the array has 64 bytes, as many as are stored.
    unsafe { _mm512_storeu_si512(each.as_mut_ptr().cast(), codes) };
    let symbols = look_up(table, &each, count);
    // SAFETY: the array has 64 bytes, as many as are loaded.
    let symbols = unsafe { _mm512_loadu_si512(symbols.as_ptr().cast()) };
    let live = u32::MAX >> (32 - count);
    let unusual =
        _mm512_mask_cmpge_epu16_mask(live, symbols, _mm512_set1_epi16(REPLACEMENT as i16));
    let spaces = _mm512_mask_cmpeq_epi16_mask(live, symbols, _mm512_set1_epi16(SPACE as i16));
    let kept = _mm512_mask_test_epi16_mask(live, symbols, symbols);
    let after_space = u32::from(follows_space(out.symbols));
    // Where characters are dropped, spaces around them may become neighbours.
    let may_repeat = spaces & (spaces << 1 | after_space) != 0 || spaces != 0 && kept != live;
    if unusual != 0 || may_repeat {
        let before = out.symbols.len();
        for code in &each[..count as usize] {
            push(table, u32::from(*code), out);
        }
        // Expansions may have used up the reserved room.
        out.symbols.reserve(2 * BLOCK);
        return unusual == 0 && out.symbols.len() - before == count as usize;
    }
    let packed = _mm512_maskz_compress_epi16(kept, symbols);
    // SAFETY: as the caller promises; that many symbols are written.
    unsafe {
        let room = out.symbols.as_mut_ptr().add(out.symbols.len());
        _mm512_storeu_si512(room.cast(), packed);
        out.symbols.set_len(out.symbols.len() + kept.count_ones() as usize);
    }
    kept == live
}

/// Table entries of the first `count` characters. One load each: a gather is slower on every
/// machine measured (`benches/stages`).
#[inline(always)]
fn look_up(table: &FoldTable, codes: &[u16; 32], count: u32) -> [u16; 32] {
    let mut symbols = [0; 32];
    let each = |places: std::ops::Range<usize>, symbols: &mut [u16; 32]| {
        for at in places {
            symbols[at] = table.bmp(codes[at]);
        }
    };
    // A block of Chinese text has 21 characters: a loop of exact length would be mispredicted.
    each(0..24, &mut symbols);
    if count > 24 {
        each(24..32, &mut symbols);
    }
    symbols
}
