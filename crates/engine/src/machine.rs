//! Which vector instructions kernels may use.
//!
//! Kernels are chosen at run time by what the machine supports. [`limit`] restricts a process
//! to narrower vectors, so that tests can run the whole program with each kernel and compare
//! the verdicts; no verdict depends on the kernel. It applies to the kernels of this crate
//! only: dependencies with their own detection are not affected.
//!
//! # Kernels
//!
//! Folding, projections, the JSON index and the literal search have one `Kernel` type each, with
//! the same names (`Scalar`, `Sse2`, `Avx2`, `Avx512`, `Neon`) and the same methods: `available()`
//! lists the kernels of this machine, slowest first, and `best()` is the last of them. It is
//! an enum rather than a trait object or a function pointer because a caller can name a
//! kernel (tests and benchmarks run all of them), a match over it is exhaustive, and the
//! choice is made once per chunk or text, so that a predicted branch costs nothing
//! measurable. `Scalar` defines the result; tests compare every other kernel with it.

use std::sync::OnceLock;

/// Widths of vectors, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vectors {
    /// No vectors: runs on every machine.
    None,
    /// SSE2, NEON.
    Bits128,
    /// AVX2.
    Bits256,
    /// AVX-512.
    Bits512,
}

impl Vectors {
    /// Every width, narrowest first.
    pub const ALL: [Vectors; 4] =
        [Vectors::None, Vectors::Bits128, Vectors::Bits256, Vectors::Bits512];

    /// The width in bits.
    pub fn bits(self) -> u16 {
        match self {
            Vectors::None => 0,
            Vectors::Bits128 => 128,
            Vectors::Bits256 => 256,
            Vectors::Bits512 => 512,
        }
    }
}

static WIDEST: OnceLock<Vectors> = OnceLock::new();

/// Restricts kernels to vectors of `widest` and narrower, for the whole process. Returns
/// `false` and changes nothing if a kernel was chosen before.
pub fn limit(widest: Vectors) -> bool {
    WIDEST.set(widest).is_ok()
}

/// May kernels use `vectors` where the machine supports them?
pub fn allows(vectors: Vectors) -> bool {
    vectors <= *WIDEST.get_or_init(|| Vectors::Bits512)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_after_the_first_choice_changes_nothing() {
        assert!(Vectors::ALL.into_iter().all(allows));
        assert!(!limit(Vectors::None));
        assert!(Vectors::ALL.into_iter().all(allows));
        assert!(Vectors::ALL.is_sorted_by(|one, next| one < next && one.bits() < next.bits()));
    }
}
