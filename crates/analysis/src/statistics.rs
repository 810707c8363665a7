//! Proportions and their confidence intervals.
//!
//! Input: counts. Output: rates with 95 % intervals. A rate over nothing is `None`, never a
//! division by zero; results do not depend on the order of the counts.

use serde::{Serialize, Serializer};

/// Half-width, in standard deviations, of the central 95 % of a normal distribution: its quantile
/// at 0.975.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// A proportion: `hits` of `of`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proportion {
    /// The part; at most `of`.
    pub hits: u64,
    /// The whole.
    pub of: u64,
}

/// A rate with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// The observed rate.
    #[serde(serialize_with = "rounded")]
    pub value: f64,
    /// Lower end of the interval.
    #[serde(serialize_with = "rounded")]
    pub low: f64,
    /// Upper end of the interval.
    #[serde(serialize_with = "rounded")]
    pub high: f64,
}

impl Proportion {
    /// `hits` of `of`.
    pub fn new(hits: u64, of: u64) -> Proportion {
        debug_assert!(hits <= of, "{hits} of {of}");
        Proportion { hits, of }
    }

    /// The rate with its 95 % Wilson score interval; `None` if `of` is 0.
    ///
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    /// Journal of the American Statistical Association 22 (1927). Unlike the textbook (Wald)
    /// interval it stays within 0 to 1 and is valid for 0 hits.
    pub fn rate(self) -> Option<Rate> {
        if self.of == 0 {
            return None;
        }
        let (hits, of) = (self.hits as f64, self.of as f64);
        let (value, squared) = (hits / of, Z_95 * Z_95);
        let stretch = 1.0 + squared / of;
        let centre = (value + squared / (2.0 * of)) / stretch;
        let deviation = (value * (1.0 - value) / of + squared / (4.0 * of * of)).sqrt();
        let half = Z_95 * deviation / stretch;
        // At both ends the exact bound is known, and rounding must not exceed it.
        let low = if self.hits == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if self.hits == self.of { 1.0 } else { (centre + half).min(1.0) };
        Some(Rate { value, low, high })
    }
}

/// F1 from the numbers of true positives, false positives and false negatives; `None` if all are 0.
///
/// F1 is `2J / (1 + J)` with `J` the share of true positives among the three. The formula is
/// increasing, so the ends of the Wilson interval of `J` are converted by it.
pub fn f1(right: u64, wrong: u64, missed: u64) -> Option<Rate> {
    let share = Proportion::new(right, right + wrong + missed).rate()?;
    let of = |share: f64| 2.0 * share / (1.0 + share);
    Some(Rate { value: of(share.value), low: of(share.low), high: of(share.high) })
}

/// How much more likely an event is in one group than in another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LogOdds {
    /// The natural logarithm of the ratio of the odds.
    #[serde(serialize_with = "rounded")]
    pub value: f64,
    /// Lower end of its 95 % interval.
    #[serde(serialize_with = "rounded")]
    pub low: f64,
    /// Upper end of the interval.
    #[serde(serialize_with = "rounded")]
    pub high: f64,
}

/// The log-odds ratio of `one` to `other`, each a count and its total.
///
/// Half a row is added to each of the four counts, so that none is 0 (Haldane, Annals of Human
/// Genetics 20, 1956; Anscombe, Biometrika 43, 1956); the interval is Woolf's (Annals of Human
/// Genetics 19, 1955).
pub fn log_odds(one: (u64, u64), other: (u64, u64)) -> LogOdds {
    let counts = |(with, of): (u64, u64)| (with as f64 + 0.5, (of - with) as f64 + 0.5);
    let ((a, b), (c, d)) = (counts(one), counts(other));
    let value = (a * d / (b * c)).ln();
    let half = Z_95 * (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt();
    LogOdds { value, low: value - half, high: value + half }
}

/// Rounds to six decimals: differences beyond them come from the machine, not from the data.
fn rounded<S: Serializer>(value: &f64, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64((value * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rates compatible with `hits` of `of`: those within [`Z_95`] standard deviations, found
    /// by bisection. Wilson's formula solves the same equation.
    fn by_halving(hits: u64, of: u64) -> (f64, f64) {
        let seen = hits as f64 / of as f64;
        let is_within =
            |rate: f64| (seen - rate).abs() <= Z_95 * (rate * (1.0 - rate) / of as f64).sqrt();
        let edge = |mut inside: f64, mut outside: f64| {
            for _ in 0..200 {
                let middle = f64::midpoint(inside, outside);
                if is_within(middle) { inside = middle } else { outside = middle }
            }
            inside
        };
        (edge(seen, 0.0), edge(seen, 1.0))
    }

    #[test]
    fn rates_agree_with_published_values() {
        // R: prop.test(15, 148, correct = FALSE) and prop.test(0, 20, correct = FALSE),
        // the first after Newcombe, Statistics in Medicine 17 (1998), table I.
        for (hits, of, low, high) in [
            (15, 148, 0.0624, 0.1605),
            (81, 263, 0.2553, 0.3662),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let rate = Proportion::new(hits, of).rate().unwrap();
            assert!((rate.low - low).abs() < 6e-5, "{hits} of {of}: {rate:?}");
            assert!((rate.high - high).abs() < 6e-5, "{hits} of {of}: {rate:?}");
        }
    }

    #[test]
    fn a_rate_of_nothing_is_none() {
        assert_eq!(Proportion::new(0, 0).rate(), None);
        assert_eq!(f1(0, 0, 0), None);
    }

    #[test]
    fn ends_are_exact() {
        let none = Proportion::new(0, 7).rate().unwrap();
        let all = Proportion::new(7, 7).rate().unwrap();
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert_eq!((all.value, all.high), (1.0, 1.0));
        assert!((none.high - (1.0 - all.low)).abs() < 1e-12);
        let one = Proportion::new(1, 1).rate().unwrap();
        assert!((one.low - 0.206_549).abs() < 1e-6, "{one:?}");
    }

    #[test]
    fn f1_is_the_mean_of_precision_and_recall() {
        let rate = f1(30, 10, 20).unwrap();
        let (precision, recall) = (30.0 / 40.0, 30.0 / 50.0);
        let mean = 2.0 * precision * recall / (precision + recall);
        assert!((rate.value - mean).abs() < 1e-12);
        assert!(rate.low < rate.value && rate.value < rate.high);
        assert_eq!(f1(0, 3, 4).unwrap().value, 0.0);
        assert_eq!(f1(5, 0, 0).unwrap().value, 1.0);
    }

    #[test]
    fn rates_are_formatted_shortly() {
        let rate = Proportion::new(1, 3).rate().unwrap();
        let text = serde_json::to_string(&rate).unwrap();
        assert_eq!(text, r#"{"value":0.333333,"low":0.061492,"high":0.79234}"#);
    }

    #[test]
    fn log_odds_agree_with_values_computed_by_hand() {
        // (10.5 / 90.5) / (1.5 / 99.5) = 7.69613, and its logarithm 2.04072; the deviation is
        // the root of 1/10.5 + 1/90.5 + 1/1.5 + 1/99.5 = 0.783004.
        let odds = log_odds((10, 100), (1, 100));
        assert!((odds.value - 2.04072).abs() < 1e-5, "{odds:?}");
        assert!((odds.high - odds.value - 1.95996 * 0.783004f64.sqrt()).abs() < 1e-4, "{odds:?}");
        let none = log_odds((0, 0), (0, 0));
        assert_eq!(none.value, 0.0);
        assert!(none.low < -3.9 && none.high.is_finite());
    }

    proptest! {
        #[test]
        fn log_odds_are_antisymmetric(a in 0u64..50, b in 0u64..50, c in 0u64..50, d in 0u64..50) {
            let (one, other) = (log_odds((a, a + b), (c, c + d)), log_odds((c, c + d), (a, a + b)));
            prop_assert!((one.value + other.value).abs() < 1e-12);
            prop_assert!((one.low + other.high).abs() < 1e-12);
            prop_assert!(one.low < one.value && one.value < one.high && one.high.is_finite());
        }

        #[test]
        fn wilson_agrees_with_bisection(of in 1u64..2_000_000, share in 0.0f64..=1.0) {
            let hits = ((of as f64 * share).round() as u64).min(of);
            let rate = Proportion::new(hits, of).rate().unwrap();
            let (low, high) = by_halving(hits, of);
            prop_assert!((rate.low - low).abs() < 1e-9, "{rate:?} {low}");
            prop_assert!((rate.high - high).abs() < 1e-9, "{rate:?} {high}");
            prop_assert!(rate.low <= rate.value && rate.value <= rate.high);
        }

        #[test]
        fn more_data_narrow_the_interval(of in 1u64..10_000, share in 0.0f64..=1.0) {
            let hits = ((of as f64 * share).round() as u64).min(of);
            let (few, many) = (Proportion::new(hits, of), Proportion::new(hits * 10, of * 10));
            let (few, many) = (few.rate().unwrap(), many.rate().unwrap());
            prop_assert!(many.high - many.low < few.high - few.low);
        }
    }
}
