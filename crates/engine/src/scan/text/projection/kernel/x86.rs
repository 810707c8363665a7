//! Derivation for x86-64: a list of classes is looked up, and what is kept of it is compressed.

use super::super::{CONTEXT_DEPENDENT, Derived, SKIPPED};
use super::scalar::Derivation;
use crate::machine::{Vectors, allows};
use std::arch::x86_64::*;
use std::sync::LazyLock;

/// Symbols whose classes are looked up before they are compressed: a vector that is loaded right
/// after its elements were stored waits for them. Not measured separately.
const CLASSES: usize = 256;

/// Symbols in a vector of AVX-512.
const WIDE: usize = 32;

/// Symbols in a vector of AVX2, which compresses 32-bit elements.
const NARROW: usize = 8;

static HAS_AVX2: LazyLock<bool> = LazyLock::new(|| {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("bmi1")
});

static HAS_AVX512: LazyLock<bool> = LazyLock::new(|| {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("bmi1")
});

/// Can this process run [`derive_avx2`]?
pub(super) fn avx2_is_available() -> bool {
    allows(Vectors::Bits256) && *HAS_AVX2
}

/// Can this process run [`derive_avx512`]?
pub(super) fn avx512_is_available() -> bool {
    allows(Vectors::Bits512) && *HAS_AVX512
}

/// Derives up to `end`. There must be [`super::ROOM`] behind the symbols of the range.
pub(super) fn derive_avx2(derivation: &mut Derivation<'_>, end: usize) {
    assert!(*HAS_AVX2, "the machine does not support the kernel");
    // SAFETY: the assertion checked that the machine has the features.
    let block =
        |own: &mut Derivation<'_>, classes: &_, first| unsafe { block_avx2(own, classes, first) };
    by_blocks(derivation, end, block);
}

/// As [`derive_avx2`].
pub(super) fn derive_avx512(derivation: &mut Derivation<'_>, end: usize) {
    assert!(*HAS_AVX512, "the machine does not support the kernel");
    // SAFETY: the assertion checked that the machine has the features.
    let block =
        |own: &mut Derivation<'_>, classes: &_, first| unsafe { block_avx512(own, classes, first) };
    by_blocks(derivation, end, block);
}

/// The classes of some symbols. What follows is `CONTEXT_DEPENDENT`, so that every block ends.
struct Classes {
    classes: [u16; CLASSES + WIDE],
    count: usize,
}

/// Looks up classes and compresses them by `block`, which is given the classes and the number of
/// the first to be derived, and moves the derivation on to the first that depends on neighbours.
#[inline(always)]
fn by_blocks(
    own: &mut Derivation<'_>,
    end: usize,
    block: impl Fn(&mut Derivation<'_>, &Classes, usize),
) {
    let table = own.projection.table();
    let mut classes = Classes { classes: [CONTEXT_DEPENDENT; CLASSES + WIDE], count: 0 };
    while own.at < end {
        let base = own.at;
        classes.count = (end - base).min(CLASSES);
        let symbols = &own.text[base..base + classes.count];
        for (class, symbol) in classes.classes.iter_mut().zip(symbols) {
            *class = table[usize::from(*symbol)];
        }
        classes.classes[classes.count..classes.count + WIDE].fill(CONTEXT_DEPENDENT);
        // A step over a surrogate pair may end behind the classes.
        while own.at < base + classes.count {
            let first = own.at - base;
            match classes.classes[first] {
                CONTEXT_DEPENDENT => own.step(),
                _ => block(own, &classes, first),
            }
        }
    }
}

/// The letters from `a` to `z` are these and the 25 after.
const LETTERS: i16 = b'a' as i16;
const LETTERS_COUNT: i16 = 26;

/// Derives from class `first` on, to the first that depends on its neighbours.
///
/// # Safety
///
/// The machine must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt,lzcnt,bmi1")]
unsafe fn block_avx512(own: &mut Derivation<'_>, classes: &Classes, first: usize) {
    let lanes: [u16; WIDE] = std::array::from_fn(|lane| lane as u16);
    // Each lane but the first takes the one before; the first takes the last symbol.
    let before: [u16; WIDE] =
        std::array::from_fn(|lane| if lane == 0 { WIDE as u16 } else { lane as u16 - 1 });
    // SAFETY: the arrays have the size of a vector.
    let (lanes, before) = unsafe {
        (_mm512_loadu_epi16(lanes.as_ptr().cast()), _mm512_loadu_epi16(before.as_ptr().cast()))
    };
    let looks = own.projection.looks();
    let dependent = _mm512_set1_epi16(CONTEXT_DEPENDENT as i16);
    let mut from = first;
    loop {
        // SAFETY: `from` is at most the number of classes, and a vector more can be loaded.
        let class = unsafe { _mm512_loadu_epi16(classes.classes.as_ptr().add(from).cast()) };
        let ends = _mm512_cmpeq_epi16_mask(class, dependent);
        // The symbols before the first that depends on its neighbours.
        let live = ends.wrapping_sub(1) & !ends;
        let kept = live & _mm512_cmpneq_epi16_mask(class, _mm512_set1_epi16(SKIPPED as i16));
        if kept != 0 {
            let mut symbols = _mm512_maskz_compress_epi16(kept, class);
            let mut places = _mm512_maskz_compress_epi16(kept, lanes);
            let mut stops = places;
            let count = kept.count_ones();
            let all = u32::MAX >> (WIDE as u32 - count);
            let mut heads = all;
            if looks {
                let last = _mm512_set1_epi16(own.last as i16);
                let previous = _mm512_permutex2var_epi16(symbols, before, last);
                let letter = _mm512_cmplt_epu16_mask(
                    _mm512_sub_epi16(symbols, _mm512_set1_epi16(LETTERS)),
                    _mm512_set1_epi16(LETTERS_COUNT),
                );
                heads &= !(letter & _mm512_cmpeq_epi16_mask(symbols, previous));
            }
            own.last = classes.classes[from + WIDE - 1 - kept.leading_zeros() as usize];
            if heads != all {
                // The last symbol of a run of equal ones is before a head.
                let tails = heads >> 1 | 1 << (count - 1);
                symbols = _mm512_maskz_compress_epi16(heads, symbols);
                stops = _mm512_maskz_compress_epi16(tails, stops);
                places = _mm512_maskz_compress_epi16(heads, places);
            }
            let base = (own.at + from - first) as u32;
            let merged = usize::from(heads & 1 == 0);
            let Derived { symbols: to, starts, ends } = &mut *own.out;
            // SAFETY: at most as many symbols were written as were read, and the room behind that
            // was checked; the first of a derivation is not merged.
            unsafe {
                _mm512_storeu_epi16(to.as_mut_ptr().add(own.written).cast(), symbols);
                store_places(starts.as_mut_ptr().add(own.written), places, base);
                store_places(ends.as_mut_ptr().add(own.written - merged), stops, base + 1);
            }
            own.written += heads.count_ones() as usize;
        }
        from += live.count_ones() as usize;
        if ends != 0 {
            break;
        }
    }
    own.at += from - first;
}

/// Stores the sum of `base` and each lane.
///
/// # Safety
///
/// [`WIDE`] elements must be writable at `to`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn store_places(to: *mut u32, lanes: __m512i, base: u32) {
    let base = _mm512_set1_epi32(base as i32);
    let low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(lanes));
    let high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64::<1>(lanes));
    // SAFETY: as the caller promises.
    unsafe {
        _mm512_storeu_epi32(to.cast(), _mm512_add_epi32(low, base));
        _mm512_storeu_epi32(to.add(WIDE / 2).cast(), _mm512_add_epi32(high, base));
    }
}

/// For each set of kept lanes: their numbers, then others.
static KEPT: [[u8; NARROW]; 256] = {
    let mut table = [[0; NARROW]; 256];
    let mut set = 0;
    while set < table.len() {
        let (mut lane, mut count) = (0, 0);
        while lane < NARROW {
            if set >> lane & 1 == 1 {
                table[set][count] = lane as u8;
                count += 1;
            }
            lane += 1;
        }
        set += 1;
    }
    table
};

/// One bit for each lane that is set.
#[inline]
#[target_feature(enable = "avx2")]
fn mask(equal: __m256i) -> u32 {
    _mm256_movemask_ps(_mm256_castsi256_ps(equal)) as u32
}

/// As [`block_avx512`].
///
/// # Safety
///
/// The machine must have the features.
#[target_feature(enable = "avx2,popcnt,lzcnt,bmi1")]
unsafe fn block_avx2(own: &mut Derivation<'_>, classes: &Classes, first: usize) {
    let dependent = _mm256_set1_epi32(i32::from(CONTEXT_DEPENDENT));
    let mut from = first;
    loop {
        // SAFETY: `from` is at most the number of classes, and a vector more can be loaded.
        let class = unsafe {
            _mm256_cvtepu16_epi32(_mm_loadu_si128(classes.classes.as_ptr().add(from).cast()))
        };
        let ends = mask(_mm256_cmpeq_epi32(class, dependent));
        let live = ends.wrapping_sub(1) & !ends & 0xFF;
        let skipped = mask(_mm256_cmpeq_epi32(class, _mm256_set1_epi32(i32::from(SKIPPED))));
        let kept = live & !skipped;
        if kept != 0 {
            let base = own.at + from - first;
            // SAFETY: the machine has the features; `kept` has eight bits.
            unsafe { keep_avx2(own, class, kept, base) };
            own.last = classes.classes[from + 31 - kept.leading_zeros() as usize];
        }
        from += live.count_ones() as usize;
        if ends != 0 {
            break;
        }
    }
    own.at += from - first;
}

/// Writes the kept lanes of `class`, which are of the symbols from `base` on.
///
/// # Safety
///
/// The machine must have the features, and `kept` eight bits, not all 0.
#[inline]
#[target_feature(enable = "avx2,popcnt,lzcnt,bmi1")]
unsafe fn keep_avx2(own: &mut Derivation<'_>, class: __m256i, kept: u32, base: usize) {
    let looks = own.projection.looks();
    let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let before = _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6);
    // The low halves of the elements.
    let narrow = |wide: __m256i| {
        let packed = _mm256_packus_epi32(wide, wide);
        _mm256_castsi256_si128(_mm256_permute4x64_epi64::<0b1000>(packed))
    };
    // SAFETY: the set has eight bits, and its row eight bytes.
    let compress = |values: __m256i, set: u32| unsafe {
        let order = _mm_loadl_epi64(KEPT[set as usize & 0xFF].as_ptr().cast());
        _mm256_permutevar8x32_epi32(values, _mm256_cvtepu8_epi32(order))
    };
    let mut symbols = compress(class, kept);
    let mut places = compress(lanes, kept);
    let mut stops = places;
    let count = kept.count_ones();
    let all = (1 << count) - 1;
    let mut heads = all;
    if looks {
        let last = _mm256_set1_epi32(i32::from(own.last));
        let previous = _mm256_permutevar8x32_epi32(symbols, before);
        let previous = _mm256_blend_epi32::<1>(previous, last);
        let letters = i32::from(LETTERS);
        let letter = _mm256_and_si256(
            _mm256_cmpgt_epi32(symbols, _mm256_set1_epi32(letters - 1)),
            _mm256_cmpgt_epi32(_mm256_set1_epi32(letters + i32::from(LETTERS_COUNT)), symbols),
        );
        heads &= !mask(_mm256_and_si256(letter, _mm256_cmpeq_epi32(symbols, previous)));
    }
    if heads != all {
        // The last symbol of a run of equal ones is before a head.
        let tails = heads >> 1 | 1 << (count - 1);
        symbols = compress(symbols, heads);
        stops = compress(stops, tails);
        places = compress(places, heads);
    }
    let base = _mm256_set1_epi32(base as i32);
    let merged = usize::from(heads & 1 == 0);
    let Derived { symbols: to, starts, ends } = &mut *own.out;
    let stop = _mm256_add_epi32(base, _mm256_set1_epi32(1));
    // SAFETY: at most as many symbols were written as were read, and the room behind that
    // was checked; the first of a derivation is not merged.
    unsafe {
        _mm_storeu_si128(to.as_mut_ptr().add(own.written).cast(), narrow(symbols));
        let starts = starts.as_mut_ptr().add(own.written);
        _mm256_storeu_si256(starts.cast(), _mm256_add_epi32(places, base));
        let ends = ends.as_mut_ptr().add(own.written - merged);
        _mm256_storeu_si256(ends.cast(), _mm256_add_epi32(stops, stop));
    }
    own.written += heads.count_ones() as usize;
}
