//! The kernels: one implementation of the byte classes for each instruction set.
//!
//! A kernel classifies 64 bytes at a time. The rest of the index is computed by the same
//! code for all of them (`Index::build_with`). All kernels build the same index;
//! [`Kernel::Scalar`] is the definition.

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::structural::Index;
use std::sync::LazyLock;

/// The instruction set that classifies 64 bytes at once. Where the machine lacks one, the
/// next best is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Without special instructions.
    Scalar,
    /// Part of every x86-64.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// AVX2, with BMI and carry-less multiplication.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512: F, BW and VBMI2.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// Part of every AArch64 that has an operating system.
    #[cfg(target_arch = "aarch64")]
    Neon,
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
            let all = [Kernel::Sse2, Kernel::Avx2, Kernel::Avx512];
            kernels.extend(all.into_iter().take(x86::available_count()));
        }
        #[cfg(target_arch = "aarch64")]
        kernels.extend(neon::is_available().then_some(Kernel::Neon));
        kernels
    }

    /// Indexes `chunk`, which is empty or ends with a newline and is at most
    /// [`crate::post::CHUNK_BYTES_MAX`] long.
    pub(in crate::post) fn index(self, chunk: &[u8], index: &mut Index) {
        index.clear();
        match self {
            Kernel::Scalar => scalar::build(chunk, index),
            #[cfg(target_arch = "x86_64")]
            Kernel::Sse2 => x86::build_sse2(chunk, index),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::build_avx2(chunk, index),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => x86::build_avx512(chunk, index),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => neon::build(chunk, index),
        }
    }
}
