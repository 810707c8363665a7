//! Timestamps of `created_at`, in the forms of known feeds.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::value::Value;

/// Numbers up to this are seconds since 1970 (until the year 5138); larger ones
/// are milliseconds, and beyond a thousand times this microseconds.
const SECONDS_MAX: f64 = 1e11;

/// The form of Weibo and older feeds: `Tue May 31 17:46:55 +0800 2011`.
const WEEKDAY_FIRST: &str = "%a %b %d %H:%M:%S %z %Y";

/// Reads the raw JSON of a `created_at`: RFC 3339 (UTC if it names no offset), a date, RFC
/// 2822, Weibo's form, or a number since 1970, also in a string. `None` for any other value:
/// the post has no time.
pub fn timestamp(raw: &str) -> Option<Timestamp> {
    match Value::of(raw) {
        Value::Number(number) => since_1970(number),
        Value::Text(text) => written(text.trim()),
        _ => None,
    }
}

fn since_1970(number: &str) -> Option<Timestamp> {
    let number: f64 = number.parse().ok()?;
    let scale = match number.abs() {
        size if size <= SECONDS_MAX => 1.0,
        size if size <= SECONDS_MAX * 1e3 => 1e3,
        _ => 1e6,
    };
    let since = SignedDuration::try_from_secs_f64(number / scale).ok()?;
    Timestamp::from_duration(since).ok()
}

fn written(text: &str) -> Option<Timestamp> {
    if text.bytes().next()?.is_ascii_alphabetic() {
        let weibo = || strtime::parse(WEEKDAY_FIRST, text).ok()?.to_timestamp().ok();
        let rfc2822 = || jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp());
        return weibo().or_else(rfc2822);
    }
    let zoned = text.parse::<Timestamp>().ok();
    let civil = || text.parse::<DateTime>().ok();
    let date = || text.parse::<Date>().ok().map(|date| date.to_datetime(Default::default()));
    let utc = |at: DateTime| TimeZone::UTC.to_timestamp(at).ok();
    zoned.or_else(|| civil().or_else(date).and_then(utc)).or_else(|| since_1970(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(raw: &str) -> Option<i64> {
        timestamp(raw).map(Timestamp::as_second)
    }

    #[test]
    fn every_form_names_the_same_moment() {
        for raw in [
            "1772402415",
            "1772402415.0",
            "1772402415000",
            "1772402415000000",
            "\"1772402415\"",
            "\"2026-03-01T22:00:15Z\"",
            "\"2026-03-01T22:00:15.000Z\"",
            "\"2026-03-02T06:00:15+08:00\"",
            "\"2026-03-01T22:00:15\"",
            "\"2026-03-01 22:00:15\"",
            "\"Mon Mar 02 06:00:15 +0800 2026\"",
            "\"Sun, 1 Mar 2026 22:00:15 +0000\"",
            "\" 2026-03-01\\u005422:00:15Z \"",
        ] {
            assert_eq!(seconds(raw), Some(1_772_402_415), "{raw}");
        }
        assert_eq!(seconds("\"2026-03-01\""), Some(1_772_323_200));
        assert_eq!(seconds("0"), Some(0));
    }

    #[test]
    fn anything_else_is_no_time() {
        for raw in [
            "null",
            "true",
            "[]",
            "{}",
            "\"\"",
            "\"soon\"",
            "\"昨天\"",
            "1e400",
            "\"2026-13-01\"",
            "\"2026-02-30T00:00:00Z\"",
            "-1e30",
            "\"Mon Foo 02 06:00:15 +0800 2026\"",
        ] {
            assert_eq!(seconds(raw), None, "{raw}");
        }
    }
}
