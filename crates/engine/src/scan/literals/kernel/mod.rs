//! The first two filters, and that of short literals, for each instruction set with a kernel.
//!
//! All kernels return the same candidates, in possibly different order. [`Kernel::Scalar`] is the
//! definition.

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "gathers and masked stores have no safe form")]
mod x86;

use super::build::Table;
use super::candidates::{Candidate, Candidates};
use super::hash::{NOT_ASCII, Side, context_hash, three_hash, window_hash, word};
use super::short::Short;
use std::ops::Range;

/// An implementation of the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Plain Rust.
    Scalar,
    /// Eight positions at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Sixteen positions at a time.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Kernel {
    /// The fastest kernel that this machine supports.
    pub fn best() -> Kernel {
        *Kernel::available().last().expect("the scalar kernel runs everywhere")
    }

    /// Every kernel that this machine supports, slowest first.
    pub fn available() -> Vec<Kernel> {
        #[allow(unused_mut, reason = "other machines have no second kernel")]
        let mut kernels = vec![Kernel::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            kernels.extend(x86::allows_avx2().then_some(Kernel::Avx2));
            kernels.extend(x86::allows_avx512().then_some(Kernel::Avx512));
        }
        kernels
    }

    /// Writes the positions of `range` that pass both filters to `candidates.contexts`.
    pub(super) fn filter(
        self,
        table: &Table,
        text: &[u16],
        range: Range<usize>,
        candidates: &mut Candidates,
    ) {
        match self {
            Kernel::Scalar => {
                scalar_windows(table, text, range, &mut candidates.windows);
                scalar_contexts(table, text, &candidates.windows, &mut candidates.contexts);
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => {
                x86::avx2_windows(table, text, range, &mut candidates.windows);
                scalar_contexts(table, text, &candidates.windows, &mut candidates.contexts);
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => {
                x86::avx512_windows(table, text, range, &mut candidates.windows);
                x86::avx512_contexts(table, text, candidates);
            }
        }
    }

    /// Writes the positions of `range` at which a short literal may begin to `positions`.
    pub(super) fn filter_short(
        self,
        short: &Short,
        text: &[u16],
        range: Range<usize>,
        positions: &mut Vec<u32>,
    ) {
        match self {
            Kernel::Scalar => {
                positions.clear();
                let passing = range.filter(|at| short.may_begin(word(text, *at)));
                positions.extend(passing.map(|at| at as u32));
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::avx2_short(short, text, range, positions),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => x86::avx512_short(short, text, range, positions),
        }
    }

    /// Prefetches the cache line of `place`, if the machine supports it.
    #[inline(always)]
    pub(super) fn prefetch<T>(self, place: &T) {
        match self {
            Kernel::Scalar => _ = place,
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 | Kernel::Avx512 => x86::prefetch(place),
        }
    }
}

fn scalar_windows(table: &Table, text: &[u16], range: Range<usize>, windows: &mut Vec<u32>) {
    windows.clear();
    let three = table.has_side(Side::Three);
    for at in range {
        let first = word(text, at);
        let mut passes = table.windows.has(window_hash(first, word(text, at + 2)));
        if three && first & NOT_ASCII == 0 {
            passes |= table.windows.has(three_hash(first, u32::from(text[at + 2])));
        }
        if passes {
            windows.push(at as u32);
        }
    }
}

fn scalar_contexts(table: &Table, text: &[u16], windows: &[u32], contexts: &mut Vec<Candidate>) {
    contexts.clear();
    for &position in windows {
        let at = position as usize;
        let first = word(text, at);
        let window = window_hash(first, word(text, at + 2));
        let ascii = first & NOT_ASCII == 0;
        let mut test = |hash: u32| {
            if table.contexts.has(hash) {
                contexts.push(Candidate { hash, position });
            }
        };
        let length = if ascii { 4 } else { 2 };
        test(context_hash(window, text[at + length], Side::After));
        if table.has_side(Side::Whole) {
            test(context_hash(window, 0, Side::Whole));
        }
        if table.has_side(Side::Before) {
            test(context_hash(window, text[at - 1], Side::Before));
        }
        if ascii && table.has_side(Side::Three) {
            test(context_hash(three_hash(first, u32::from(text[at + 2])), 0, Side::Three));
        }
    }
}
