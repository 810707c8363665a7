//! How much of the machine may be used.
//!
//! Kernels are chosen by what the machine has. [`limit`] makes a process do as if it had
//! less, so that the whole program can be run by each of them and its answers held equal;
//! nothing that reaches a verdict depends on it. It governs our own kernels: packages that
//! look at the machine for themselves still do.

use std::sync::OnceLock;

/// The vectors that kernels work with, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vectors {
    /// None: what every machine can run.
    None,
    /// SSE2, NEON.
    Bits128,
    /// AVX2.
    Bits256,
    /// AVX-512.
    Bits512,
}

impl Vectors {
    /// All, narrowest first.
    pub const ALL: [Vectors; 4] =
        [Vectors::None, Vectors::Bits128, Vectors::Bits256, Vectors::Bits512];

    /// Their width in bits.
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

/// Lets kernels use vectors of `widest` and narrower, in the whole process from here on.
/// `false`, and nothing changes, if a kernel was chosen before.
pub fn limit(widest: Vectors) -> bool {
    WIDEST.set(widest).is_ok()
}

/// May kernels use `vectors`, if the machine has them?
pub fn allows(vectors: Vectors) -> bool {
    vectors <= *WIDEST.get_or_init(|| Vectors::Bits512)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_allowed_until_it_is_limited_and_then_it_is_too_late() {
        assert!(Vectors::ALL.into_iter().all(allows));
        assert!(!limit(Vectors::None));
        assert!(Vectors::ALL.into_iter().all(allows));
        assert!(Vectors::ALL.is_sorted_by(|one, next| one < next && one.bits() < next.bits()));
    }
}
