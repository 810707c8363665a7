//! The kernel for AArch64.
//!
//! Classifies with comparisons of whole registers and otherwise equals [`super::scalar`];
//! tests compare the masks. Unsafe code is needed to load registers and to call functions
//! that require the instructions.
#![allow(unsafe_code)]

use std::arch::aarch64::*;

use crate::machine::{Vectors, allows};

use super::scalar;
use crate::post::json_index::structural::{Block, Classes, EscapeClasses, Index, Instructions};

/// Can this process use NEON?
pub(super) fn is_available() -> bool {
    allows(Vectors::Bits128) && has_neon()
}

fn has_neon() -> bool {
    std::arch::is_aarch64_feature_detected!("neon")
}

/// Builds `index` with NEON, or with the scalar kernel where the machine lacks it.
pub(super) fn build(chunk: &[u8], index: &mut Index) {
    if has_neon() {
        // SAFETY: the feature that `build_neon` enables has been detected.
        unsafe { build_neon(chunk, index) }
    } else {
        scalar::build(chunk, index);
    }
}

#[target_feature(enable = "neon")]
fn build_neon(chunk: &[u8], index: &mut Index) {
    let instructions = Instructions {
        classes: |block: &Block| classes(block),
        escapes: |block: &Block| escapes(block),
        parity: scalar::parity,
        write: scalar::write,
    };
    index.build_with(chunk, instructions);
}

type Quarters = [uint8x16_t; 4];

#[inline]
#[target_feature(enable = "neon")]
fn load(block: &Block) -> Quarters {
    let (quarters, _) = block.as_chunks::<16>();
    // SAFETY: each quarter is 16 readable bytes; the load needs no alignment.
    [0, 1, 2, 3].map(|n| unsafe { vld1q_u8(quarters[n].as_ptr()) })
}

/// One bit for each byte, from bytes of all ones or all zeros.
#[inline]
#[target_feature(enable = "neon")]
fn mask(flags: Quarters) -> u64 {
    const WEIGHTS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: `WEIGHTS` is 16 readable bytes; the load needs no alignment.
    let weights = unsafe { vld1q_u8(WEIGHTS.as_ptr()) };
    let [a, b, c, d] = flags.map(|quarter| vandq_u8(quarter, weights));
    // Three pairwise sums: eight bytes become one, in order.
    let sums = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)))
}

#[inline]
#[target_feature(enable = "neon")]
fn is(quarter: uint8x16_t, byte: u8) -> uint8x16_t {
    vceqq_u8(quarter, vdupq_n_u8(byte))
}

/// Bytes from `first` on, `count` of them.
#[inline]
#[target_feature(enable = "neon")]
fn within(quarter: uint8x16_t, first: u8, count: u8) -> uint8x16_t {
    vcltq_u8(vsubq_u8(quarter, vdupq_n_u8(first)), vdupq_n_u8(count))
}

#[inline]
#[target_feature(enable = "neon")]
fn classes(block: &Block) -> Classes {
    let bytes = load(block);
    let all = |byte: u8| mask(bytes.map(|quarter| is(quarter, byte)));
    let operator = bytes.map(|quarter| {
        // `[` and `]` differ from `{` and `}` in the bit of lower case.
        let lower = vorrq_u8(quarter, vdupq_n_u8(0x20));
        let brackets = vorrq_u8(is(lower, b'{'), is(lower, b'}'));
        vorrq_u8(brackets, vorrq_u8(is(quarter, b':'), is(quarter, b',')))
    });
    Classes {
        quote: all(b'"'),
        backslash: all(b'\\'),
        newline: all(b'\n'),
        control: mask(bytes.map(|quarter| within(quarter, 0, 0x20))),
        operator: mask(operator),
        space: all(b' '),
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn escapes(block: &Block) -> EscapeClasses {
    let bytes = load(block);
    let simple = bytes.map(|quarter| {
        let none = vdupq_n_u8(0);
        b"\"\\/bfnrt".iter().fold(none, |found, byte| vorrq_u8(found, is(quarter, *byte)))
    });
    let hex = bytes.map(|quarter| {
        let lower = vorrq_u8(quarter, vdupq_n_u8(0x20));
        vorrq_u8(within(quarter, b'0', 10), within(lower, b'a', 6))
    });
    EscapeClasses {
        simple: mask(simple),
        unicode: mask(bytes.map(|quarter| is(quarter, b'u'))),
        hex: mask(hex),
    }
}
