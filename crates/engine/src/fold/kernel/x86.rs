//! Folding for x86-64.
//!
//! AVX-512: printable ASCII is lowered and widened 64 bytes at a time. Of anything else,
//! the last byte of each character in a block of 64 is found by a mask, and compressed
//! together with the bytes before it; so 32 characters are decoded side by side, looked up
//! in the table, and those that fold to nothing are compressed away. Characters above U+FFFF
//! and those with more symbols than one go one by one.

use super::scalar;
use crate::fold::symbols::{decode, push};
use crate::fold::tables::{FoldTable, REPLACEMENT};
use crate::machine::{Vectors, allows};
use std::arch::x86_64::*;
use std::sync::LazyLock;

/// Bytes looked at together.
const BLOCK: usize = 64;

/// Printable ASCII at the start of a block from which on it is folded as such.
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

/// Asking the machine each time would cost more than folding a short text.
static HAS_AVX512: LazyLock<bool> = LazyLock::new(has_avx512);

/// Can this process run [`fold_avx2`]?
pub(super) fn avx2_is_available() -> bool {
    allows(Vectors::Bits256) && has_avx2()
}

/// Can this process run [`fold_avx512`]?
pub(super) fn avx512_is_available() -> bool {
    allows(Vectors::Bits512) && *HAS_AVX512
}

pub(super) fn fold_avx2(table: &FoldTable, text: &str, out: &mut Vec<u16>) -> bool {
    assert!(has_avx2(), "the kernel was chosen without asking the machine");
    // SAFETY: the machine has the features.
    unsafe { fold_avx2_inner(table, text, out) }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn fold_avx2_inner(table: &FoldTable, text: &str, out: &mut Vec<u16>) -> bool {
    scalar::fold(table, text, out)
}

pub(super) fn fold_avx512(table: &FoldTable, text: &str, out: &mut Vec<u16>) -> bool {
    assert!(*HAS_AVX512, "the kernel was chosen without asking the machine");
    // SAFETY: the machine has the features.
    unsafe { fold_avx512_inner(table, text.as_bytes(), out) }
}

/// # Safety
///
/// The machine has the features; `bytes` is UTF-8.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,lzcnt")]
unsafe fn fold_avx512_inner(table: &FoldTable, bytes: &[u8], out: &mut Vec<u16>) -> bool {
    let mut one_to_one = true;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        // Two blocks of 32 symbols may be stored, whatever becomes of them.
        out.reserve(rest.len() + BLOCK);
        let live = if rest.len() >= BLOCK { !0 } else { (1 << rest.len()) - 1 };
        // SAFETY: only bytes of `rest` are loaded.
        let block = unsafe { _mm512_maskz_loadu_epi8(live, rest.as_ptr().cast()) };
        let above_space = _mm512_sub_epi8(block, _mm512_set1_epi8(b' ' as i8));
        let printable = _mm512_cmplt_epu8_mask(above_space, _mm512_set1_epi8(0x5F));
        let ascii = (!(printable & live)).trailing_zeros() as usize;
        if ascii >= ASCII_MIN || ascii == rest.len() {
            // SAFETY: room for a block was reserved, and `ascii` symbols are written.
            unsafe { push_ascii(block, ascii, out) };
            at += ascii;
            continue;
        }
        let lead = live
            & !_mm512_mask_cmplt_epu8_mask(
                _mm512_movepi8_mask(block),
                block,
                _mm512_set1_epi8(0xC0u8 as i8),
            );
        // A block ends before its last character, which may go on, unless the text ends.
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
                at += length;
                one_to_one = false;
                continue;
            }
        }
        // SAFETY: the features are there; whole characters below U+10000 stand in the first
        // `length` bytes, the first of them at the start of the block; room was reserved.
        one_to_one &= unsafe { push_block(table, rest.as_ptr(), block, lead, length, out) };
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
unsafe fn push_ascii(block: __m512i, count: usize, out: &mut Vec<u16>) {
    let above_a = _mm512_sub_epi8(block, _mm512_set1_epi8(b'A' as i8));
    let upper = _mm512_cmplt_epu8_mask(above_a, _mm512_set1_epi8(26));
    let lower = _mm512_mask_add_epi8(block, upper, block, _mm512_set1_epi8(32));
    let first = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(lower));
    let second = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(lower));
    // SAFETY: as the caller promises; `count` is at most a block.
    unsafe {
        let room = out.as_mut_ptr().add(out.len());
        _mm512_storeu_si512(room.cast(), first);
        if count > 32 {
            _mm512_storeu_si512(room.add(32).cast(), second);
        }
        out.set_len(out.len() + count);
    }
}

/// Folds the characters in the first `length` bytes of a block; `true` if each gave one
/// symbol of its own.
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
    out: &mut Vec<u16>,
) -> bool {
    let within = !0 >> (BLOCK - length);
    // A character ends where the next begins after it.
    let last = (lead >> 1 | 1 << (length - 1)) & within;
    let last_of_two = last & !lead;
    let last_of_three = last_of_two & !(lead << 1);
    // SAFETY: lanes that are loaded have one and two bytes of the block before them.
    let (second, third) = unsafe {
        (
            _mm512_maskz_loadu_epi8(last_of_two, from.wrapping_sub(1).cast()),
            _mm512_maskz_loadu_epi8(last_of_three, from.wrapping_sub(2).cast()),
        )
    };
    let bits = |bytes: __m512i, mask: i8| {
        _mm512_maskz_compress_epi8(last, _mm512_and_si512(bytes, _mm512_set1_epi8(mask)))
    };
    // Of a byte that goes on six bits count, of ASCII seven; of the first byte of two five,
    // of three four.
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

/// Folds the first `count` of 32 characters below U+10000, one at least; `true` if each
/// gave one symbol of its own.
///
/// # Safety
///
/// There is room for 32 symbols.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
unsafe fn push_codes(table: &FoldTable, codes: __m512i, count: u32, out: &mut Vec<u16>) -> bool {
    let mut each = [0u16; 32];
    // SAFETY: the array holds what is stored.
    unsafe { _mm512_storeu_si512(each.as_mut_ptr().cast(), codes) };
    let symbols = look_up(table, &each, count);
    // SAFETY: the array holds what is loaded.
    let symbols = unsafe { _mm512_loadu_si512(symbols.as_ptr().cast()) };
    let live = u32::MAX >> (32 - count);
    let unusual =
        _mm512_mask_cmpge_epu16_mask(live, symbols, _mm512_set1_epi16(REPLACEMENT as i16));
    if unusual != 0 {
        for code in &each[..count as usize] {
            push(table, u32::from(*code), out);
        }
        // Expansions may have used what was reserved.
        out.reserve(2 * BLOCK);
        return false;
    }
    let kept = _mm512_mask_test_epi16_mask(live, symbols, symbols);
    let packed = _mm512_maskz_compress_epi16(kept, symbols);
    // SAFETY: as the caller promises; so many symbols are written.
    unsafe {
        _mm512_storeu_si512(out.as_mut_ptr().add(out.len()).cast(), packed);
        out.set_len(out.len() + kept.count_ones() as usize);
    }
    kept == live
}

/// What the table says of the first `count` characters. One load each: a gather is slower
/// on every machine measured.
#[inline(always)]
fn look_up(table: &FoldTable, codes: &[u16; 32], count: u32) -> [u16; 32] {
    let mut symbols = [0; 32];
    let each = |places: std::ops::Range<usize>, symbols: &mut [u16; 32]| {
        for at in places {
            symbols[at] = table.bmp(codes[at]);
        }
    };
    // A block of Chinese has 21 characters: a loop of exact length would be mispredicted.
    each(0..24, &mut symbols);
    if count > 24 {
        each(24..32, &mut symbols);
    }
    symbols
}
