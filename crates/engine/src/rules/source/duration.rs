//! Durations as authors write them: `90s`, `10m`, `1h30m`, `7d`.
//!
//! Whole numbers with a unit each, the larger unit first, each unit at most once. Weeks, months and
//! years are not units: their lengths in days are conventions.

/// The units, largest first, in seconds.
const UNITS: [(u8, i64); 4] = [(b'd', 86_400), (b'h', 3_600), (b'm', 60), (b's', 1)];

/// The seconds of a duration; `None` if it is none or too long for the type.
pub fn seconds(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0_i64;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = *rest.as_bytes().get(digits)?;
        // Units that were passed cannot follow.
        let (_, length) = units.by_ref().find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(number.checked_mul(*length)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty()).then_some(sum)
}

/// A duration as it is written: the inverse of [`seconds`] for durations of 0 and more.
pub fn written(mut seconds: i64) -> String {
    if seconds <= 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (name, length) in UNITS {
        if seconds >= length {
            text.push_str(&format!("{}{}", seconds / length, char::from(name)));
            seconds %= length;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, expected) in [
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("1h30m", Some(5_400)),
            ("1d", Some(86_400)),
            ("365d", Some(31_536_000)),
            ("2d3h4m5s", Some(183_845)),
            ("0s", Some(0)),
            ("", None),
            ("10", None),
            ("m", None),
            ("1.5h", None),
            ("-1h", None),
            ("1h 30m", None),
            ("30m1h", None),
            ("1h1h", None),
            ("1w", None),
            ("1M", None),
            ("10分", None),
            ("99999999999999999999d", None),
            ("9223372036854775807d", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for length in (0..100_000).step_by(37).chain([86_400, 31_536_000]) {
            assert_eq!(seconds(&written(length)), Some(length));
        }
        assert_eq!(written(5_400), "1h30m");
    }
}
