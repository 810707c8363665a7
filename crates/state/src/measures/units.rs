//! Durations, percentages, rates, moments and points, as a measures file writes them.
//!
//! Everything is read exactly, into integers: seconds and millionths. A [`Fault`] marks the
//! character at which a text stops to be what it should be.

use super::fault::{Fault, character};
use super::limits::{DURATION_DAYS_MAX, LIMIT_COUNT_MAX, PERIOD_SECONDS_MIN};
use crate::model::{Micro, POINT, Seconds};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::source::suggest;

/// Units of durations, largest first, with their seconds.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Seconds of the longest duration.
const DURATION_MAX: i64 = DURATION_DAYS_MAX * 86_400;

/// A million: all of a share.
const WHOLE: u64 = 1_000_000;

/// Decimals of a percentage: a millionth is 0.0001 %.
const PERCENT_DECIMALS: usize = 4;

/// Seconds of `90s`, `10m`, `72h`, `30d` or `1h30m`: whole numbers, each with its unit, the largest
/// unit first. May be 0.
///
/// # Errors
///
/// The text is no duration, or it is over 100 years.
pub fn duration(text: &str) -> Result<i64, Fault> {
    if text.starts_with('-') {
        return Err(bad_duration(0..1, message!("a duration is not negative")));
    }
    let (mut total, mut at, mut units) = (0_i64, 0, UNITS.as_slice());
    while at < text.len() || at == 0 {
        let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        let unit = text[at + digits..].chars().next();
        let written = unit.map_or("", |_| &text[character(text, at + digits)]);
        let mark = character(text, at + digits);
        if digits == 0 {
            let message = match unit {
                None => message!("a duration is missing"),
                Some(_) => message!("`{written}` is not a digit"),
            };
            return Err(bad_duration(mark, message));
        }
        let Some(unit) = unit else {
            return Err(bad_duration(at..text.len(), message!("the unit is missing")));
        };
        let Some(found) = units.iter().position(|(name, _)| *name == unit) else {
            let is_unit = UNITS.iter().any(|(name, _)| *name == unit);
            let message = match is_unit {
                true => message!("`{written}` is not smaller than the unit before it"),
                false => message!("`{written}` is not a unit of time"),
            };
            return Err(bad_duration(mark, message));
        };
        let number = text[at..at + digits].parse::<i64>().ok();
        let seconds = number.and_then(|number| number.checked_mul(units[found].1));
        let sum = seconds.and_then(|seconds| total.checked_add(seconds));
        let Some(sum) = sum.filter(|sum| *sum <= DURATION_MAX) else {
            return Err(Fault::value(
                0..text.len(),
                message!("a duration is at most 100 years"),
                message!("write at most `{DURATION_DAYS_MAX}d`"),
            ));
        };
        (total, at, units) = (sum, mark.end, &units[found + 1..]);
    }
    Ok(total)
}

fn bad_duration(range: std::ops::Range<usize>, message: Message) -> Fault {
    let help =
        message!("write whole numbers of days, hours, minutes or seconds: `30d`, `1h30m`, `90s`");
    Fault::value(range, message, help)
}

/// The shortest text of a duration: `1h30m`.
pub fn duration_text(seconds: i64) -> String {
    let (mut rest, mut text) = (seconds, String::new());
    for (name, length) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{name}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Millionths of a percentage: `30 %`, `30%`, `0.5 %`; at most four decimals, from 0 to 100 %.
///
/// # Errors
///
/// The text is no percentage, or it is over 100 %.
pub fn percent(text: &str) -> Result<u32, Fault> {
    let bad = |range, message| {
        Fault::value(range, message, message!("write a percentage such as `30 %` or `0.5 %`"))
    };
    if text.starts_with('-') {
        return Err(bad(0..1, message!("a share is not negative")));
    }
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    let decimals = match text[whole..].strip_prefix('.') {
        Some(rest) => rest.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    let end = if decimals > 0 { whole + 1 + decimals } else { whole };
    let sign = text.len() - text[end..].trim_start_matches(' ').len();
    if whole == 0 || !text[sign..].starts_with('%') {
        let at = if whole == 0 { 0 } else { sign };
        let mark = character(text, at);
        let message = match text.get(mark.clone()) {
            Some("") | None => message!("the `%` is missing"),
            Some(found) => message!("`{found}` does not belong to a percentage"),
        };
        return Err(bad(mark, message));
    }
    if sign + 1 < text.len() {
        let mark = character(text, sign + 1);
        let found = &text[mark.clone()];
        let message = message!("`{found}` does not belong to a percentage");
        return Err(bad(mark, message));
    }
    if decimals > PERCENT_DECIMALS {
        let message = message!("a percentage has at most {PERCENT_DECIMALS} decimals");
        return Err(bad(whole + 1 + PERCENT_DECIMALS..end, message));
    }
    let fraction = format!("{:0<PERCENT_DECIMALS$}", &text[(whole + 1).min(end)..end]);
    let millionths = text[..whole].parse::<u64>().ok().zip(fraction.parse::<u64>().ok());
    let millionths = millionths
        .and_then(|(whole, part)| whole.checked_mul(WHOLE / 100)?.checked_add(part))
        .filter(|millionths| *millionths <= WHOLE)
        .and_then(|millionths| u32::try_from(millionths).ok());
    millionths.ok_or_else(|| bad(0..text.len(), message!("a share is at most 100 %")))
}

/// Words for periods.
const PERIODS: [(&str, i64); 3] = [("minute", 60), ("hour", 3_600), ("day", 86_400)];

/// Count and period, in seconds, of `2000/hour` or `100/10m`.
///
/// # Errors
///
/// The text is no rate, the count is 0 or too large, or the period is under a minute.
pub fn rate(text: &str) -> Result<(u64, i64), Fault> {
    let bad = |range, message| {
        Fault::value(range, message, message!("write a rate such as `2000/hour` or `100/10m`"))
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let slash = text.len() - text[digits..].trim_start_matches(' ').len();
    if digits == 0 || !text[slash..].starts_with('/') {
        let mark = character(text, if digits == 0 { 0 } else { slash });
        let message = match (digits, text.get(mark.clone())) {
            (0, _) => message!("a limit begins with a whole number"),
            (_, Some("") | None) => message!("the period is missing"),
            (_, Some(found)) => message!("`{found}` does not belong to a rate"),
        };
        return Err(bad(mark, message));
    }
    let count = text[..digits].parse::<u64>().ok().filter(|count| *count <= LIMIT_COUNT_MAX);
    let count = match count {
        Some(0) => return Err(bad(0..digits, message!("a limit of 0 would stop every block"))),
        Some(count) => count,
        None => {
            return Err(bad(0..digits, message!("a limit is at most {LIMIT_COUNT_MAX}")));
        }
    };
    let start = text.len() - text[slash + 1..].trim_start_matches(' ').len();
    Ok((count, period(text, start)?))
}

/// The period of a rate, from byte `start`.
fn period(text: &str, start: usize) -> Result<i64, Fault> {
    let word = &text[start..];
    if let Some((_, seconds)) = PERIODS.iter().find(|(name, _)| *name == word) {
        return Ok(*seconds);
    }
    if !word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        let message = match word {
            "" => message!("the period is missing"),
            _ => message!("`{word}` is not a period"),
        };
        let help = match suggest::nearest(word, PERIODS.map(|(name, _)| name)) {
            Some(near) => message!("did you mean `{near}`?"),
            None => message!("write `minute`, `hour`, `day` or a duration such as `10m`"),
        };
        return Err(Fault::value(start..text.len(), message, help));
    }
    let seconds = duration(word).map_err(|fault| Fault {
        range: fault.range.start + start..fault.range.end + start,
        ..fault
    })?;
    if seconds < PERIOD_SECONDS_MIN {
        let message = message!("a period is at least a minute");
        let help = message!("a breaker counts in 60 slices of a second or more");
        return Err(Fault::value(start..text.len(), message, help));
    }
    Ok(seconds)
}

/// Seconds of a date (`2026-03-01`, in UTC) or of a time with its offset (RFC 3339,
/// `2026-03-01T08:00:00+08:00`). A date is its first second, or its last if `is_end`.
///
/// # Errors
///
/// The text is neither.
pub fn moment(text: &str, is_end: bool) -> Result<Seconds, Fault> {
    if let Ok(date) = text.parse::<Date>()
        && text.len() == "2026-03-01".len()
    {
        let time = if is_end { date.at(23, 59, 59, 0) } else { date.at(0, 0, 0, 0) };
        if let Ok(moment) = TimeZone::UTC.to_timestamp(time) {
            return Ok(moment.as_second());
        }
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_second());
    }
    let has_no_offset = text.len() > "2026-03-01".len() && text.parse::<DateTime>().is_ok();
    let (message, help) = match has_no_offset {
        true => (
            message!("the offset from UTC is missing"),
            message!("add `Z` for UTC, or an offset such as `+08:00`"),
        ),
        false => (
            message!("`{text}` is not a date or a time"),
            message!(
                "write a day such as `2026-03-01`, or a time such as `2026-03-01T08:00:00+08:00`"
            ),
        ),
    };
    let range = if has_no_offset { text.len()..text.len() } else { 0..text.len() };
    Err(Fault::value(range, message, help))
}

/// Millionths of a number with at most six decimals, within ±`max`.
pub fn micros(number: f64, max: i64) -> Option<Micro> {
    if !number.is_finite() || number.abs() > max as f64 {
        return None;
    }
    let scaled = number * POINT as f64;
    let rounded = scaled.round();
    ((scaled - rounded).abs() < 1e-3).then_some(rounded as Micro)
}
