//! Parsers of numbers and sizes, each with its limits in the error message.

use crate::term::say;
use std::num::NonZeroUsize;
use std::time::Duration;
use tidegate_engine::domain::limits::{EXAMPLES_MAX, LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT};
use tidegate_engine::machine::Vectors;
use tidegate_pipeline::input::WINDOW_BYTES_MAX;

/// More workers than this only wait for each other.
const THREADS_MAX: usize = 1024;

/// Largest chunk, in bytes.
const CHUNK_BYTES_MAX: usize = 1 << 28;

/// Number of worker threads.
pub fn threads(value: &str) -> Result<NonZeroUsize, String> {
    let threads = value.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= THREADS_MAX);
    threads.ok_or_else(|| say!("expected a number from 1 to {THREADS_MAX}"))
}

/// Length of a line, in bytes.
pub fn line_size(value: &str) -> Result<usize, String> {
    size(value, LINE_BYTES_MAX_LEAST, LINE_BYTES_MAX_LIMIT)
}

/// Window of a zstd frame, in bytes.
pub fn window_size(value: &str) -> Result<usize, String> {
    size(value, 1 << 10, WINDOW_BYTES_MAX as usize)
}

/// Length of a chunk, in bytes.
pub fn chunk_size(value: &str) -> Result<usize, String> {
    size(value, LINE_BYTES_MAX_LEAST, CHUNK_BYTES_MAX)
}

/// Width of vector registers, in bits.
pub fn vectors(bits: &str) -> Result<Vectors, String> {
    let known = Vectors::ALL.into_iter().find(|vectors| vectors.bits().to_string() == bits);
    known.ok_or_else(|| say!("expected 0, 128, 256 or 512"))
}

/// Number of examples to show.
pub fn examples(value: &str) -> Result<u16, String> {
    let number = value.parse().ok().filter(|number| *number <= EXAMPLES_MAX);
    number.ok_or_else(|| say!("expected a number from 0 to {EXAMPLES_MAX}"))
}

/// A rate per 10,000.
pub fn per_10000(value: &str) -> Result<f64, String> {
    rate(value, 10_000.0)
}

/// A rate per 100.
pub fn percent(value: &str) -> Result<f64, String> {
    rate(value, 100.0)
}

/// A share above 0 and up to 1. Rejects NaN, because no comparison with it is true.
pub fn share(value: &str) -> Result<f64, String> {
    let number = value.parse().ok().filter(|number| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| say!("expected a share above 0 and up to 1, such as 0.95"))
}

/// Rejects NaN, because no range contains it.
fn rate(value: &str, most: f64) -> Result<f64, String> {
    let number = value.parse().ok().filter(|number| (0.0..=most).contains(number));
    number.ok_or_else(|| say!("expected a number from 0 to {most}"))
}

/// Length of a body, in bytes.
#[cfg(feature = "serve")]
pub fn body_size(value: &str) -> Result<usize, String> {
    size(value, 1 << 10, LINE_BYTES_MAX_LIMIT)
}

/// A number from 1 to a million.
#[cfg(feature = "serve")]
pub fn positive(value: &str) -> Result<usize, String> {
    let number = value.parse().ok().filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| "expected a number from 1 to 1000000".to_owned())
}

/// A number of lines, at least 1.
#[cfg(feature = "state")]
pub fn positive_u64(value: &str) -> Result<u64, String> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected a number from 1 on".to_owned())
}

/// A time from 1 millisecond to a day: a number with `ms`, `s`, `m` or `h`.
pub fn duration(value: &str) -> Result<Duration, String> {
    let expected = || "expected a time from 1ms to 24h, such as 500ms, 30s or 5m".to_owned();
    let digits = value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| expected())?;
    let unit = match &value[digits.len()..] {
        "ms" => 1,
        "s" | "" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(expected()),
    };
    let milliseconds = number.checked_mul(unit).filter(|it| (1..=86_400_000).contains(it));
    milliseconds.map(Duration::from_millis).ok_or_else(expected)
}

fn size(value: &str, least: usize, most: usize) -> Result<usize, String> {
    let expected =
        || say!("expected a size from {least} to {most} bytes, such as 65536, 64k or 1M");
    let digits = value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: usize = digits.parse().map_err(|_| expected())?;
    let shift = match value[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(expected()),
    };
    let bytes = number.checked_mul(1 << shift).ok_or_else(expected)?;
    if (least..=most).contains(&bytes) { Ok(bytes) } else { Err(expected()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_limits() {
        for (text, bytes) in [("4", 4), ("64k", 65536), ("1M", 1 << 20), ("2MiB", 2 << 20)] {
            assert_eq!(line_size(text), Ok(bytes));
        }
        assert_eq!(line_size("1G"), Ok(LINE_BYTES_MAX_LIMIT));
        for text in ["", "3", "-4", "1.5M", "2G", "99999999999999999999", "1x", "k", "1 M"] {
            assert!(line_size(text).unwrap_err().starts_with("expected a size"), "{text}");
        }
    }

    #[test]
    fn times_have_units_and_limits() {
        for (text, milliseconds) in
            [("1ms", 1), ("30", 30_000), ("5m", 300_000), ("24h", 86_400_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in ["", "0s", "25h", "1d", "-1s", "1.5s"] {
            assert!(duration(text).unwrap_err().starts_with("expected a time"), "{text}");
        }
    }

    #[cfg(feature = "serve")]
    #[test]
    fn counts_are_positive() {
        assert!(positive("0").is_err() && positive("1000001").is_err() && positive("7") == Ok(7));
        assert!(body_size("1k") == Ok(1024) && body_size("1").is_err());
    }

    #[test]
    fn threads_have_limits() {
        for (text, good) in [("0", false), ("1", true), ("1024", true), ("1025", false)] {
            assert_eq!(threads(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn examples_have_limits() {
        for (text, good) in [("0", true), ("999", true), ("1000", true), ("1001", false)] {
            assert_eq!(examples(text).is_ok(), good, "{text}");
        }
        for text in ["", "-1", "many", "70000"] {
            assert!(examples(text).unwrap_err().starts_with("expected a number"), "{text}");
        }
    }

    #[test]
    fn rates_and_shares_reject_nan_and_values_out_of_range() {
        assert_eq!((per_10000("10000"), percent("0.5")), (Ok(10_000.0), Ok(0.5)));
        assert!(per_10000("10001").is_err() && percent("101").is_err() && percent("-1").is_err());
        assert_eq!((share("1"), share("0.95")), (Ok(1.0), Ok(0.95)));
        assert!(share("0").is_err() && share("1.1").is_err());
        assert!(share("NaN").is_err() && percent("NaN").is_err());
    }

    #[test]
    fn vectors_are_named_by_their_bits() {
        assert_eq!(vectors("256"), Ok(Vectors::Bits256));
        assert!(vectors("64").unwrap_err().contains("128"));
    }
}
