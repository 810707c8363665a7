//! How many different hashes were seen: exact up to 64, then an estimate.
//!
//! The estimate is HyperLogLog (Flajolet and others, 2007) with 1,024 registers and linear counting
//! for small numbers; its standard error is 3 %. All of it is in integers.

use super::Distinct;
use crate::fixed::{LOG_BITS, log2_of};

/// Most hashes that are kept one by one.
const EXACT: usize = 64;

/// Number of registers, and the bits of a hash that choose one.
const REGISTERS: usize = 1024;
const REGISTER_BITS: u32 = 10;

/// 0.7213 / (1 + 1.079 / 1024), in millionths.
const ALPHA: u128 = 720_541;

/// ln 2, in millionths.
const LN_2: u128 = 693_147;

impl Distinct {
    /// Adds a hash; 0 means no value and is not added.
    pub fn add(&mut self, hash: u64) {
        if hash == 0 {
            return;
        }
        match self {
            Distinct::Exact(known) => {
                let Err(at) = known.binary_search(&hash) else { return };
                known.insert(at, hash);
                if known.len() > EXACT {
                    let mut registers = vec![0; REGISTERS].into_boxed_slice();
                    known.iter().for_each(|hash| note(&mut registers, *hash));
                    *self = Distinct::About(registers);
                }
            }
            Distinct::About(registers) => note(registers, hash),
        }
    }

    /// Is the count an estimate?
    pub fn is_about(&self) -> bool {
        matches!(self, Distinct::About(_))
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        match self {
            Distinct::Exact(known) => known.len() as u64,
            Distinct::About(registers) => estimate(registers).max(EXACT as u64 + 1),
        }
    }
}

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct::Exact(Vec::new())
    }
}

fn note(registers: &mut [u8], hash: u64) {
    // The hashes are those of ids; mixing makes the high bits as good as the low ones.
    let hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = hash ^ (hash >> 29);
    let register = (hash >> (64 - REGISTER_BITS)) as usize;
    let rank = ((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))).leading_zeros() as u8 + 1;
    if let Some(known) = registers.get_mut(register) {
        *known = rank.max(*known);
    }
}

fn estimate(registers: &[u8]) -> u64 {
    let registers_count = REGISTERS as u128;
    let sum: u128 = registers.iter().map(|rank| 1u128 << (64 - u32::from(*rank).min(64))).sum();
    let raw = ((ALPHA * registers_count * registers_count) << 64) / (sum.max(1) * 1_000_000);
    let empty = registers.iter().filter(|rank| **rank == 0).count() as u64;
    if empty == 0 || 2 * raw > 5 * registers_count {
        return raw as u64;
    }
    let log = u128::from((u64::from(REGISTER_BITS) << LOG_BITS) - log2_of(empty));
    ((registers_count * log * LN_2) >> LOG_BITS) as u64 / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hash_of;

    #[test]
    fn counts_are_exact_up_to_64() {
        let mut set = Distinct::default();
        for round in 0..2 {
            for number in 0..64u64 {
                set.add(hash_of(&number.to_string()));
                assert_eq!(set.count(), if round == 0 { number + 1 } else { 64 });
            }
        }
        set.add(0);
        assert!(!set.is_about() && set.count() == 64);
        set.add(hash_of("one more"));
        assert!(set.is_about());
    }

    #[test]
    fn estimates_are_within_a_tenth() {
        let mut set = Distinct::default();
        for number in 1..=200_000u64 {
            set.add(hash_of(&number.to_string()));
            if [100, 1000, 3000, 10_000, 200_000].contains(&number) {
                let error = set.count().abs_diff(number);
                assert!(error * 10 <= number, "{number}: {}", set.count());
            }
        }
    }
}
