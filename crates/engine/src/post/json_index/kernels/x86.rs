//! Kernels for x86-64, chosen at run time.
//!
//! Each classifies with comparisons of whole registers and otherwise equals
//! [`super::scalar`]; tests compare the masks. Unsafe code is needed to load registers and to
//! call functions that require the instructions.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::sync::LazyLock;

use crate::machine::{Vectors, allows};

use super::scalar;
use crate::post::json_index::structural::{
    ATOM, BLOCK_BYTES, Block, Classes, EscapeClasses, Index, Instructions, Room, Tokens,
};

/// How many of SSE2, AVX2 and AVX-512, in this order, this process can use.
pub(super) fn available_count() -> usize {
    static COUNT: LazyLock<usize> = LazyLock::new(|| {
        let has = [
            (Vectors::Bits128, true),
            (Vectors::Bits256, has_avx2()),
            (Vectors::Bits512, has_avx512()),
        ];
        has.into_iter().take_while(|(vectors, has)| allows(*vectors) && *has).count()
    });
    *COUNT
}

fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("pclmulqdq")
}

fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi2")
}

/// Builds `index` with AVX-512, or with the widest instructions that the machine has.
pub(super) fn build_avx512(chunk: &[u8], index: &mut Index) {
    if has_avx2() && has_avx512() {
        // SAFETY: all features that `build_avx512_inner` enables have been detected.
        unsafe { build_avx512_inner(chunk, index) }
    } else {
        build_avx2(chunk, index);
    }
}

/// Builds `index` with AVX2, or with SSE2 where the machine lacks it.
pub(super) fn build_avx2(chunk: &[u8], index: &mut Index) {
    if has_avx2() {
        // SAFETY: all features that `build_avx2_inner` enables have been detected.
        unsafe { build_avx2_inner(chunk, index) }
    } else {
        build_sse2(chunk, index);
    }
}

/// Builds `index` with SSE2.
pub(super) fn build_sse2(chunk: &[u8], index: &mut Index) {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { build_sse2_inner(chunk, index) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,bmi1,bmi2,popcnt,pclmulqdq")]
fn build_avx512_inner(chunk: &[u8], index: &mut Index) {
    let instructions = Instructions {
        classes: |block: &Block| classes_avx512(block),
        escapes: |block: &Block| escapes_avx512(block),
        parity: |bits| parity(bits),
        write: |block: &Block, tokens, base, room: Room<'_>| {
            write_avx512(block, tokens, base, room)
        },
    };
    index.build_with(chunk, instructions);
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
fn build_avx2_inner(chunk: &[u8], index: &mut Index) {
    let instructions = Instructions {
        classes: |block: &Block| classes_avx2(block),
        escapes: |block: &Block| escapes_avx2(block),
        parity: |bits| parity(bits),
        write: scalar::write,
    };
    index.build_with(chunk, instructions);
}

#[target_feature(enable = "sse2")]
fn build_sse2_inner(chunk: &[u8], index: &mut Index) {
    let instructions = Instructions {
        classes: |block: &Block| classes_sse2(block),
        escapes: |block: &Block| escapes_sse2(block),
        parity: scalar::parity,
        write: scalar::write,
    };
    index.build_with(chunk, instructions);
}

/// [`scalar::parity`] by one carry-less multiplication with all ones.
#[inline]
#[target_feature(enable = "pclmulqdq,sse2")]
fn parity(bits: u64) -> u64 {
    let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, bits as i64), _mm_set1_epi8(-1));
    _mm_cvtsi128_si64(product) as u64
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_avx512(block: &Block) -> __m512i {
    // SAFETY: `block` is 64 readable bytes; the load needs no alignment.
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn classes_avx512(block: &Block) -> Classes {
    let bytes = load_avx512(block);
    let lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let is_lower = |byte: u8| _mm512_cmpeq_epi8_mask(lower, _mm512_set1_epi8(byte as i8));
    Classes {
        quote: is(b'"'),
        backslash: is(b'\\'),
        newline: is(b'\n'),
        control: _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
        // `[` and `]` differ from `{` and `}` in the bit of lower case.
        operator: is_lower(b'{') | is_lower(b'}') | is(b':') | is(b','),
        space: is(b' '),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn escapes_avx512(block: &Block) -> EscapeClasses {
    let bytes = load_avx512(block);
    let lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let within = |bytes: __m512i, first: u8, count: i8| {
        let distance = _mm512_sub_epi8(bytes, _mm512_set1_epi8(first as i8));
        _mm512_cmplt_epu8_mask(distance, _mm512_set1_epi8(count))
    };
    EscapeClasses {
        simple: SIMPLE_ESCAPES.into_iter().fold(0, |mask, byte| mask | is(byte)),
        unicode: is(b'u'),
        hex: within(bytes, b'0', 10) | within(lower, b'a', 6),
    }
}

/// [`scalar::write`] by compressing bytes, sixteen positions at a time.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
fn write_avx512(block: &Block, tokens: Tokens, base: u32, room: Room<'_>) {
    let plain = _mm512_set1_epi8(ATOM as i8);
    let kinds = _mm512_mask_blend_epi8(tokens.atoms, load_avx512(block), plain);
    let kinds = _mm512_maskz_compress_epi8(tokens.all, kinds);
    // SAFETY: `kinds` is 64 writable bytes; the store needs no alignment.
    unsafe { _mm512_storeu_si512(room.kinds.as_mut_ptr().cast(), kinds) };
    let offsets = _mm512_maskz_compress_epi8(tokens.all, load_avx512(&OFFSETS));
    let quarters = [
        _mm512_extracti32x4_epi32::<0>(offsets),
        _mm512_extracti32x4_epi32::<1>(offsets),
        _mm512_extracti32x4_epi32::<2>(offsets),
        _mm512_extracti32x4_epi32::<3>(offsets),
    ];
    let base = _mm512_set1_epi32(base as i32);
    let count = tokens.all.count_ones() as usize;
    let places = room.positions.as_chunks_mut::<16>().0.iter_mut();
    for (sixteen, offsets) in places.zip(quarters).take(count.div_ceil(16)) {
        let positions = _mm512_add_epi32(_mm512_cvtepu8_epi32(offsets), base);
        // SAFETY: `sixteen` is 64 writable bytes; the store needs no alignment.
        unsafe { _mm512_storeu_si512(sixteen.as_mut_ptr().cast(), positions) };
    }
}

/// 0 to 63.
const OFFSETS: Block = {
    let mut offsets = [0; BLOCK_BYTES];
    let mut at = 0;
    while at < BLOCK_BYTES {
        offsets[at] = at as u8;
        at += 1;
    }
    offsets
};

/// The bytes that may follow a backslash, except `u`.
const SIMPLE_ESCAPES: [u8; 8] = *b"\"\\/bfnrt";

#[inline]
#[target_feature(enable = "avx2")]
fn load_avx2(block: &Block) -> [__m256i; 2] {
    let (halves, _) = block.as_chunks::<32>();
    // SAFETY: each half is 32 readable bytes; the load needs no alignment.
    [0, 1].map(|n| unsafe { _mm256_loadu_si256(halves[n].as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn mask_avx2(halves: [__m256i; 2]) -> u64 {
    let [low, high] = halves.map(|half| u64::from(_mm256_movemask_epi8(half) as u32));
    low | high << 32
}

#[inline]
#[target_feature(enable = "avx2")]
fn classes_avx2(block: &Block) -> Classes {
    let bytes = load_avx2(block);
    let is = |byte: u8| {
        let byte = _mm256_set1_epi8(byte as i8);
        mask_avx2(bytes.map(|half| _mm256_cmpeq_epi8(half, byte)))
    };
    let control =
        bytes.map(|half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, _mm256_set1_epi8(0x1f)), half));
    let operator = bytes.map(|half| {
        let lower = _mm256_or_si256(half, _mm256_set1_epi8(0x20));
        let is = |half: __m256i, byte: u8| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8));
        let brackets = _mm256_or_si256(is(lower, b'{'), is(lower, b'}'));
        _mm256_or_si256(brackets, _mm256_or_si256(is(half, b':'), is(half, b',')))
    });
    Classes {
        quote: is(b'"'),
        backslash: is(b'\\'),
        newline: is(b'\n'),
        control: mask_avx2(control),
        operator: mask_avx2(operator),
        space: is(b' '),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn escapes_avx2(block: &Block) -> EscapeClasses {
    let bytes = load_avx2(block);
    let is = |half: __m256i, byte: u8| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8));
    let within = |half: __m256i, first: u8, count: i8| {
        let distance = _mm256_sub_epi8(half, _mm256_set1_epi8(first as i8));
        _mm256_cmpeq_epi8(_mm256_min_epu8(distance, _mm256_set1_epi8(count - 1)), distance)
    };
    let simple = bytes.map(|half| {
        let none = _mm256_setzero_si256();
        SIMPLE_ESCAPES.into_iter().fold(none, |found, byte| _mm256_or_si256(found, is(half, byte)))
    });
    let hex = bytes.map(|half| {
        let lower = _mm256_or_si256(half, _mm256_set1_epi8(0x20));
        _mm256_or_si256(within(half, b'0', 10), within(lower, b'a', 6))
    });
    EscapeClasses {
        simple: mask_avx2(simple),
        unicode: mask_avx2(bytes.map(|half| is(half, b'u'))),
        hex: mask_avx2(hex),
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn load_sse2(block: &Block) -> [__m128i; 4] {
    let (quarters, _) = block.as_chunks::<16>();
    // SAFETY: each quarter is 16 readable bytes; the load needs no alignment.
    [0, 1, 2, 3].map(|n| unsafe { _mm_loadu_si128(quarters[n].as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "sse2")]
fn mask_sse2(quarters: [__m128i; 4]) -> u64 {
    let [a, b, c, d] = quarters.map(|quarter| u64::from(_mm_movemask_epi8(quarter) as u32));
    a | b << 16 | c << 32 | d << 48
}

#[inline]
#[target_feature(enable = "sse2")]
fn is_sse2(quarter: __m128i, byte: u8) -> __m128i {
    _mm_cmpeq_epi8(quarter, _mm_set1_epi8(byte as i8))
}

/// Bytes from `first` on, `count` of them.
#[inline]
#[target_feature(enable = "sse2")]
fn within_sse2(quarter: __m128i, first: u8, count: i8) -> __m128i {
    let distance = _mm_sub_epi8(quarter, _mm_set1_epi8(first as i8));
    _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8(count - 1)), distance)
}

#[inline]
#[target_feature(enable = "sse2")]
fn classes_sse2(block: &Block) -> Classes {
    let bytes = load_sse2(block);
    let is = |byte: u8| mask_sse2(bytes.map(|quarter| is_sse2(quarter, byte)));
    let operator = bytes.map(|quarter| {
        let lower = _mm_or_si128(quarter, _mm_set1_epi8(0x20));
        let brackets = _mm_or_si128(is_sse2(lower, b'{'), is_sse2(lower, b'}'));
        _mm_or_si128(brackets, _mm_or_si128(is_sse2(quarter, b':'), is_sse2(quarter, b',')))
    });
    Classes {
        quote: is(b'"'),
        backslash: is(b'\\'),
        newline: is(b'\n'),
        control: mask_sse2(bytes.map(|quarter| within_sse2(quarter, 0, 0x20))),
        operator: mask_sse2(operator),
        space: is(b' '),
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn escapes_sse2(block: &Block) -> EscapeClasses {
    let bytes = load_sse2(block);
    let simple = bytes.map(|quarter| {
        let none = _mm_setzero_si128();
        SIMPLE_ESCAPES
            .into_iter()
            .fold(none, |found, byte| _mm_or_si128(found, is_sse2(quarter, byte)))
    });
    let hex = bytes.map(|quarter| {
        let lower = _mm_or_si128(quarter, _mm_set1_epi8(0x20));
        _mm_or_si128(within_sse2(quarter, b'0', 10), within_sse2(lower, b'a', 6))
    });
    EscapeClasses {
        simple: mask_sse2(simple),
        unicode: mask_sse2(bytes.map(|quarter| is_sse2(quarter, b'u'))),
        hex: mask_sse2(hex),
    }
}
