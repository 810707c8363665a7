//! Scores in fixed-point arithmetic.

use std::fmt;
use std::ops::{Add, AddAssign};

/// A score or weight in thousandths of a point.
///
/// Fixed point, so that a sum does not depend on its order and `0.1 + 0.2`
/// prints as `0.3` in every verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(i64);

/// The largest weight a rule file may name, in points.
pub const WEIGHT_POINTS_MAX: f64 = 1_000_000.0;

impl Score {
    /// No points.
    pub const ZERO: Score = Score(0);

    /// From thousandths.
    #[inline]
    pub const fn from_millis(millis: i64) -> Score {
        Score(millis)
    }

    /// In thousandths.
    #[inline]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// From points. `None` when `points` is not finite, beyond
    /// ±[`WEIGHT_POINTS_MAX`], or has more than three decimals.
    pub fn from_points(points: f64) -> Option<Score> {
        if !points.is_finite() || points.abs() > WEIGHT_POINTS_MAX {
            return None;
        }
        let millis = (points * 1000.0).round();
        ((points * 1000.0 - millis).abs() < 1e-6).then_some(Score(millis as i64))
    }

    /// In points, for arithmetic outside verdicts.
    pub fn points(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Appends the shortest decimal form: `8`, `8.5`, `-0.125`.
    pub fn write(self, out: &mut Vec<u8>) {
        if self.0 < 0 {
            out.push(b'-');
        }
        let millis = self.0.unsigned_abs();
        let mut digits = itoa::Buffer::new();
        out.extend_from_slice(digits.format(millis / 1000).as_bytes());
        let rest = (millis % 1000) as u32;
        if rest != 0 {
            let decimals = [
                b'0' + (rest / 100) as u8,
                b'0' + (rest / 10 % 10) as u8,
                b'0' + (rest % 10) as u8,
            ];
            let keep = if rest.is_multiple_of(100) {
                1
            } else if rest.is_multiple_of(10) {
                2
            } else {
                3
            };
            out.push(b'.');
            out.extend_from_slice(&decimals[..keep]);
        }
    }
}

impl Add for Score {
    type Output = Score;
    #[inline]
    fn add(self, other: Score) -> Score {
        Score(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Score {
    #[inline]
    fn add_assign(&mut self, other: Score) {
        *self = *self + other;
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write(&mut out);
        f.write_str(std::str::from_utf8(&out).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::Score;

    #[test]
    fn prints_the_shortest_form() {
        for (millis, text) in [
            (0, "0"),
            (8000, "8"),
            (8500, "8.5"),
            (250, "0.25"),
            (125, "0.125"),
            (-1500, "-1.5"),
            (10_005, "10.005"),
        ] {
            assert_eq!(Score::from_millis(millis).to_string(), text);
        }
    }

    #[test]
    fn sums_are_exact() {
        let tenth = Score::from_points(0.1).unwrap();
        let fifth = Score::from_points(0.2).unwrap();
        assert_eq!((tenth + fifth).to_string(), "0.3");
    }

    #[test]
    fn takes_three_decimals_and_no_more() {
        assert_eq!(Score::from_points(1.125), Some(Score::from_millis(1125)));
        assert_eq!(Score::from_points(1.1255), None);
        assert_eq!(Score::from_points(f64::NAN), None);
        assert_eq!(Score::from_points(1_000_000.0), Some(Score::from_millis(1_000_000_000)));
        assert_eq!(Score::from_points(1_000_001.0), None);
    }
}
