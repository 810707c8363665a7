//! Fold kernels: one implementation for each instruction set, chosen once per process.
//!
//! Every kernel produces the same symbols; tests compare them.

mod scalar;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "masked loads, gathers and compression have no safe form")]
mod x86;

use super::symbols::Output;
use super::tables;
use std::sync::LazyLock;

/// The instruction set that folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Without special instructions: one character at a time, of ASCII sixteen bytes.
    Scalar,
    /// `Scalar` compiled for AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 64 bytes at a time: decoded, looked up, compressed. Needs AVX-512 VBMI2.
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

    /// Appends the folded symbols of `text`; returns `true` if each character produced
    /// exactly one symbol.
    ///
    /// # Panics
    ///
    /// If the machine does not support the kernel.
    pub fn fold_into(self, text: &str, out: &mut Output<'_>) -> bool {
        let table = tables::table();
        match self {
            Kernel::Scalar => scalar::fold(table, text, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::fold_avx2(table, text, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => x86::fold_avx512(table, text, out),
        }
    }
}
