//! Derivation of projections, for each instruction set with a kernel.
//!
//! A table says for most symbols what they become. Only the others, which depend on their
//! neighbours, take the steps of the definition ([`Projection::derive`]).

mod scalar;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "compression and stores of whole vectors have no safe form")]
mod x86;

use super::{Derived, Projection};
use crate::fold::SEPARATOR;
use scalar::Derivation;
use std::ops::Range;
use std::sync::LazyLock;

/// Elements that a kernel may write behind the last symbol.
pub const ROOM: usize = 32;

/// An implementation of the derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// One symbol at a time.
    Scalar,
    /// Eight symbols at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 32 symbols at a time. Needs AVX-512 VBMI2.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Kernel {
    /// The fastest on this machine.
    pub fn best() -> Kernel {
        static BEST: LazyLock<Kernel> =
            LazyLock::new(|| Kernel::available().last().copied().unwrap_or(Kernel::Scalar));
        *BEST
    }

    /// The kernels that this machine can run, slowest first.
    pub fn available() -> Vec<Kernel> {
        #[allow(unused_mut, reason = "other machines have no second kernel")]
        let mut kernels = vec![Kernel::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            kernels.extend(x86::avx2_is_available().then_some(Kernel::Avx2));
            kernels.extend(x86::avx512_is_available().then_some(Kernel::Avx512));
        }
        kernels
    }

    /// See [`Projection::derive_symbols`].
    ///
    /// # Panics
    ///
    /// If `out` has too little room, or the machine does not support the kernel.
    pub fn derive(
        self,
        projection: Projection,
        text: &[u16],
        range: Range<usize>,
        out: &mut Derived,
        written: usize,
    ) -> usize {
        let needed = written + range.len() + ROOM;
        let Derived { symbols, starts, ends } = &*out;
        assert!(symbols.len().min(starts.len()).min(ends.len()) >= needed, "too little room");
        let mut derivation =
            Derivation { projection, text, out, at: range.start, written, last: SEPARATOR };
        match self {
            Kernel::Scalar => derivation.scalar(range.end),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::derive_avx2(&mut derivation, range.end),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => x86::derive_avx512(&mut derivation, range.end),
        }
        derivation.written
    }
}
