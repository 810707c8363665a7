//! Logarithms and powers in integers, the same on every machine.

use std::sync::LazyLock;

/// Fraction bits of [`log2_of`].
pub const LOG_BITS: u32 = 20;

/// Steps of an octave in the table of powers.
const STEPS: usize = 1024;

/// 2^(−i/1024) with 62 fraction bits. The step is the tenth square root of ½, in integers.
static POWERS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let one = 1u128 << 62;
    let step = (0..10).fold(one / 2, |power, _| (power << 62).isqrt());
    let mut powers = vec![one as u64];
    for at in 1..STEPS {
        powers.push(((u128::from(powers[at - 1]) * step) >> 62) as u64);
    }
    powers
});

/// `points` of the time `from` at the time `to`, halved in every `half_life` seconds; unchanged if
/// `to` is not later.
///
/// Time is cut into steps, 1,024 in a half-life, that do not depend on `from`: points that are
/// brought to a time in many small pieces are those of one piece, but for a millionth each.
pub fn decayed(points: i64, from: i64, to: i64, half_life: i64) -> i64 {
    let steps = STEPS as i128;
    let step_of = |at: i64| (i128::from(at) * steps).div_euclid(i128::from(half_life));
    let passed = (step_of(to) - step_of(from)).max(0);
    let (halvings, rest) = (passed / steps, (passed % steps) as usize);
    if halvings >= 63 {
        return 0;
    }
    let scaled = (i128::from(points) * i128::from(POWERS[rest])) >> 62;
    (scaled >> halvings) as i64
}

/// The binary logarithm of `number`, with [`LOG_BITS`] fraction bits, rounded down; of 0 it is 0.
pub fn log2_of(number: u64) -> u64 {
    let Some(whole) = number.checked_ilog2() else { return 0 };
    let mut mantissa = u128::from(number) << (63 - whole);
    let mut log = u64::from(whole);
    for _ in 0..LOG_BITS {
        mantissa = (mantissa * mantissa) >> 63;
        log <<= 1;
        if mantissa >> 64 != 0 {
            log |= 1;
            mantissa >>= 1;
        }
    }
    log
}

/// 1 + log2(1 + x) with [`LOG_BITS`] fraction bits; `x` in millionths.
pub fn weight_of(micros: u64) -> u64 {
    let log = log2_of(micros.saturating_add(1_000_000));
    (1 << LOG_BITS) + log.saturating_sub(log2_of(1_000_000))
}

/// 1 + log2(1 + x) with [`LOG_BITS`] fraction bits.
pub fn weight_of_count(count: u64) -> u64 {
    (1 << LOG_BITS) + log2_of(count.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_in_the_half_life() {
        for (points, from, to, half_life, expected) in [
            (8_000_000, 0, 0, 100, 8_000_000),
            (8_000_000, 0, 100, 100, 4_000_000),
            (8_000_000, -250, 50, 100, 1_000_000),
            (8_000_000, 0, -5, 100, 8_000_000),
            (8_000_000, i64::MIN, i64::MAX, 1, 0),
            (1_000_000, 0, 50, 100, 707_106),
        ] {
            assert_eq!(decayed(points, from, to, half_life), expected, "{from} {to}");
        }
    }

    #[test]
    fn logarithms_of_powers_are_exact() {
        assert_eq!(log2_of(0), 0);
        for power in 0..64 {
            assert_eq!(log2_of(1 << power), power << LOG_BITS);
        }
        assert_eq!(weight_of_count(0), 1 << LOG_BITS);
        assert_eq!(weight_of_count(3), 3 << LOG_BITS);
        assert_eq!(weight_of(0), 1 << LOG_BITS);
    }

    proptest! {
        #[test]
        fn decay_is_near_the_power(
            points in 0i64..1_000_000_000,
            from in -5_000_000i64..5_000_000,
            elapsed in 0i64..5_000_000,
        ) {
            let expected = points as f64 * (-(elapsed as f64) / 86_400.0).exp2();
            let given = decayed(points, from, from + elapsed, 86_400) as f64;
            prop_assert!((given - expected).abs() <= expected * 0.0008 + 2.0);
        }

        #[test]
        fn small_pieces_decay_as_one(
            points in 0i64..1_000_000_000,
            pieces in prop::collection::vec(0i64..20_000, 1..50),
        ) {
            let mut at = 0;
            let in_pieces = pieces.iter().fold(points, |points, piece| {
                at += piece;
                decayed(points, at - piece, at, 86_400)
            });
            let at_once = decayed(points, 0, at, 86_400);
            prop_assert!((at_once - in_pieces).abs() <= 2 * pieces.len() as i64);
        }

        #[test]
        fn logarithms_are_near(number in 1u64..u64::MAX) {
            let given = log2_of(number) as f64 / f64::from(1 << LOG_BITS);
            prop_assert!(((number as f64).log2() - given).abs() < 1e-5);
        }
    }
}
