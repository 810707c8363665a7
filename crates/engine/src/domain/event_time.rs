//! Event time of a post.
//!
//! Input: the raw JSON of `created_at`. Output: seconds since 1970 UTC. Accepted are RFC
//! 3339, dates with a time and no zone (read as UTC), bare dates, numbers of seconds or
//! milliseconds, and the form that Weibo and Twitter print (`Tue May 31 17:46:55 +0800
//! 2011`). Any other value has no time.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt::strtime};

/// Seconds since 1970 UTC of the raw JSON of `created_at`.
pub fn parse(raw: &str) -> Option<i64> {
    match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) => of_text(text),
        None => of_number(raw.parse().ok()?),
    }
}

/// Reads a date or date and time as people write it.
pub fn of_text(text: &str) -> Option<i64> {
    let zoned = || text.parse::<Timestamp>().ok().map(Timestamp::as_second);
    let civil = || seconds(text.parse::<DateTime>().ok()?);
    let date = || seconds(text.parse::<Date>().ok()?.at(0, 0, 0, 0));
    let platform = || {
        let time = strtime::parse("%a %b %d %H:%M:%S %z %Y", text).ok()?;
        Some(time.to_timestamp().ok()?.as_second())
    };
    let number = || of_number(text.parse().ok()?);
    zoned().or_else(civil).or_else(date).or_else(platform).or_else(number)
}

fn seconds(time: DateTime) -> Option<i64> {
    Some(TimeZone::UTC.to_timestamp(time).ok()?.as_second())
}

/// Seconds, or milliseconds where seconds would be past the year 5000.
fn of_number(number: f64) -> Option<i64> {
    const YEAR_5000: f64 = 95_617_584_000.0;
    let seconds = if number.abs() >= YEAR_5000 { number / 1000.0 } else { number };
    (seconds.is_finite() && seconds.abs() < YEAR_5000).then_some(seconds.floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn every_form_of_one_moment() {
        for raw in [
            "\"2011-05-31T09:46:55Z\"",
            "\"2011-05-31T17:46:55+08:00\"",
            "\"2011-05-31T09:46:55.123456Z\"",
            "\"2011-05-31 09:46:55\"",
            "\"Tue May 31 17:46:55 +0800 2011\"",
            "1306835215",
            "1306835215.0",
            "1306835215000",
            "\"1306835215\"",
        ] {
            assert_eq!(parse(raw), Some(1_306_835_215), "{raw}");
        }
        assert_eq!(parse("\"2011-05-31\""), Some(1_306_800_000));
    }

    #[test]
    fn anything_else_is_no_time() {
        for raw in ["null", "\"\"", "\"yesterday\"", "true", "{}", "1e300", "\"2011-13-01\""] {
            assert_eq!(parse(raw), None, "{raw}");
        }
    }
}
