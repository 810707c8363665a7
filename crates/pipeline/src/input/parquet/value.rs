//! Values as JSON.
//!
//! | in the file | in JSON |
//! |---|---|
//! | integers, decimals | number, with all digits |
//! | floating point | number; `null` if it is no number or infinite |
//! | text, JSON | string; bytes that are not UTF-8 are kept, and repaired when the line is read |
//! | binary | string if it is UTF-8, otherwise base64 |
//! | date, time, timestamp | string in ISO 8601; with `Z` if the moment is in UTC |
//! | UUID | string with hyphens |

use super::super::json::push_string;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::data_type::Int96;
use parquet::schema::types::ColumnDescPtr;
use serde::Serialize;

const SECONDS_A_DAY: i64 = 86_400;

/// The Julian day number of 1970-01-01, from which the days of an `INT96` count.
const JULIAN_DAY_OF_1970: i64 = 2_440_588;

/// What the values of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What their type says: numbers, truth values, binary.
    Plain,
    /// Integers without a sign.
    Unsigned,
    /// An integer without the last digits: how many are behind the point.
    Decimal { scale: i32 },
    /// Days since 1970.
    Date,
    /// So many parts of a second since midnight.
    Time { parts: i64, is_utc: bool },
    /// So many parts of a second since 1970.
    Timestamp { parts: i64, is_utc: bool },
    /// Text.
    Text,
    /// A UUID.
    Uuid,
    /// Floating point in two bytes.
    Half,
}

impl Meaning {
    pub fn of(descriptor: &ColumnDescPtr) -> Meaning {
        const MILLIS: i64 = 1000;
        const MICROS: i64 = 1_000_000;
        let decimal = Meaning::Decimal { scale: descriptor.type_scale() };
        match descriptor.logical_type_ref() {
            Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => Meaning::Text,
            Some(LogicalType::Decimal(_)) => decimal,
            Some(LogicalType::Date) => Meaning::Date,
            Some(LogicalType::Time(it)) => {
                Meaning::Time { parts: parts(it.unit), is_utc: it.is_adjusted_to_u_t_c }
            }
            Some(LogicalType::Timestamp(it)) => {
                Meaning::Timestamp { parts: parts(it.unit), is_utc: it.is_adjusted_to_u_t_c }
            }
            Some(LogicalType::Integer(it)) if !it.is_signed => Meaning::Unsigned,
            Some(LogicalType::Uuid) => Meaning::Uuid,
            Some(LogicalType::Float16) => Meaning::Half,
            Some(_) => Meaning::Plain,
            None => match descriptor.converted_type() {
                ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Meaning::Text,
                ConvertedType::DECIMAL => decimal,
                ConvertedType::DATE => Meaning::Date,
                ConvertedType::TIME_MILLIS => Meaning::Time { parts: MILLIS, is_utc: true },
                ConvertedType::TIME_MICROS => Meaning::Time { parts: MICROS, is_utc: true },
                ConvertedType::TIMESTAMP_MILLIS => {
                    Meaning::Timestamp { parts: MILLIS, is_utc: true }
                }
                ConvertedType::TIMESTAMP_MICROS => {
                    Meaning::Timestamp { parts: MICROS, is_utc: true }
                }
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64 => Meaning::Unsigned,
                _ => Meaning::Plain,
            },
        }
    }

    /// Appends the moment that older writers store in twelve bytes: the nanoseconds of the day, and
    /// the day.
    pub fn write_int96(self, line: &mut Vec<u8>, value: &Int96) {
        let [low, high, day] = [value.data()[0], value.data()[1], value.data()[2]];
        let nanoseconds = (u64::from(high) << 32 | u64::from(low)) as i64;
        let day = i64::from(day as i32) - JULIAN_DAY_OF_1970;
        let seconds = day * SECONDS_A_DAY + nanoseconds.div_euclid(1_000_000_000);
        let part = nanoseconds.rem_euclid(1_000_000_000);
        line.push(b'"');
        write_moment(line, seconds, part, 1_000_000_000);
        line.extend_from_slice(b"Z\"");
    }
}

/// Parts of a second.
fn parts(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

/// Appends an integer of eight bytes, or of four if it `is_short`.
pub(super) fn write_integer(line: &mut Vec<u8>, meaning: &Meaning, value: i64, is_short: bool) {
    match *meaning {
        Meaning::Unsigned if is_short => write_number(line, &(value as u32)),
        Meaning::Unsigned => write_number(line, &(value as u64)),
        Meaning::Decimal { scale } => write_decimal(line, &value.to_string(), scale),
        Meaning::Date => {
            line.push(b'"');
            write_date(line, value);
            line.push(b'"');
        }
        Meaning::Time { parts, is_utc } => {
            line.push(b'"');
            write_time(line, value.div_euclid(parts), value.rem_euclid(parts), parts);
            line.extend_from_slice(if is_utc { b"Z\"" } else { b"\"" });
        }
        Meaning::Timestamp { parts, is_utc } => {
            line.push(b'"');
            write_moment(line, value.div_euclid(parts), value.rem_euclid(parts), parts);
            line.extend_from_slice(if is_utc { b"Z\"" } else { b"\"" });
        }
        Meaning::Plain | Meaning::Text | Meaning::Uuid | Meaning::Half => {
            write_number(line, &value)
        }
    }
}

/// Appends a number as JSON; `null` for a floating point number that is none or infinite.
pub(super) fn write_number(line: &mut Vec<u8>, value: &impl Serialize) {
    let before = line.len();
    if serde_json::to_writer(&mut *line, value).is_err() {
        line.truncate(before);
        line.extend_from_slice(b"null");
    }
}

/// Appends text, binary, or a number of any length.
pub(super) fn write_bytes(line: &mut Vec<u8>, meaning: &Meaning, bytes: &[u8]) {
    match (*meaning, bytes) {
        (Meaning::Text, _) => push_string(line, bytes),
        (Meaning::Decimal { scale }, _) => write_decimal(line, &integer_text(bytes), scale),
        (Meaning::Half, [low, high]) => {
            write_number(line, &half(u16::from_le_bytes([*low, *high])));
        }
        (Meaning::Uuid, _) if bytes.len() == 16 => {
            line.push(b'"');
            for (at, byte) in bytes.iter().enumerate() {
                if matches!(at, 4 | 6 | 8 | 10) {
                    line.push(b'-');
                }
                line.extend_from_slice(format!("{byte:02x}").as_bytes());
            }
            line.push(b'"');
        }
        _ if std::str::from_utf8(bytes).is_ok() => push_string(line, bytes),
        _ => write_base64(line, bytes),
    }
}

/// The integer in bytes of two's complement, the highest first.
fn integer_text(bytes: &[u8]) -> String {
    let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut rest: Vec<u8> = bytes.to_vec();
    if is_negative {
        let mut carry = true;
        for byte in rest.iter_mut().rev() {
            let (sum, over) = (!*byte).overflowing_add(carry.into());
            (*byte, carry) = (sum, over);
        }
    }
    // Division by ten, until nothing is left.
    let mut digits = Vec::new();
    while rest.iter().any(|byte| *byte != 0) {
        let mut remainder = 0_u32;
        for byte in &mut rest {
            let value = remainder << 8 | u32::from(*byte);
            (*byte, remainder) = ((value / 10) as u8, value % 10);
        }
        digits.push(b'0' + remainder as u8);
    }
    if digits.is_empty() {
        digits.push(b'0');
    }
    if is_negative {
        digits.push(b'-');
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

/// Appends an integer, `scale` digits of it behind the point.
fn write_decimal(line: &mut Vec<u8>, integer: &str, scale: i32) {
    let (sign, digits) = match integer.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", integer),
    };
    // More digits than a decimal may have would be damage.
    let scale = usize::try_from(scale.clamp(0, 1000)).unwrap_or(0);
    let filled = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = filled.split_at(filled.len() - scale);
    let point = if scale > 0 { "." } else { "" };
    line.extend_from_slice(format!("{sign}{whole}{point}{part}").as_bytes());
}

/// The value of floating point in two bytes.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1F if fraction == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        _ => (fraction + 1024.0) * 2_f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

/// Appends a moment: seconds since 1970, and `part` of so many `parts` of a second.
fn write_moment(line: &mut Vec<u8>, seconds: i64, part: i64, parts: i64) {
    write_date(line, seconds.div_euclid(SECONDS_A_DAY));
    line.push(b'T');
    write_time(line, seconds.rem_euclid(SECONDS_A_DAY), part, parts);
}

/// Appends a time of a day. A part of a second of zero is left out.
fn write_time(line: &mut Vec<u8>, seconds: i64, part: i64, parts: i64) {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    line.extend_from_slice(format!("{hours:02}:{minutes:02}:{seconds:02}").as_bytes());
    if part != 0 {
        let width = parts.ilog10() as usize;
        line.extend_from_slice(format!(".{part:0width$}").as_bytes());
    }
}

/// Appends a date, from the days since 1970: the civil calendar, counted in eras of 400 years that
/// begin on a first of March.
fn write_date(line: &mut Vec<u8>, days: i64) {
    const ERA_DAYS: i64 = 146_097;
    // From 0000-03-01 to 1970-01-01.
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + next;
    let sign = if year < 0 { "-" } else { "" };
    let year = year.unsigned_abs();
    line.extend_from_slice(format!("{sign}{year:04}-{month:02}-{day:02}").as_bytes());
}

/// Appends a string of base64 (RFC 4648, padded).
fn write_base64(line: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    line.push(b'"');
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let is_filling = digit > group.len();
            let at = (bits >> (18 - 6 * digit) & 0x3F) as usize;
            line.push(if is_filling { b'=' } else { DIGITS[at] });
        }
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut line = Vec::new();
        write(&mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn moments_are_in_iso_8601() {
        let date = |days| written(|line| write_integer(line, &Meaning::Date, days, true));
        for (days, expected) in [
            (0, "\"1970-01-01\""),
            (-1, "\"1969-12-31\""),
            (11_016, "\"2000-02-29\""),
            (20_513, "\"2026-03-01\""),
            (-719_528, "\"0000-01-01\""),
            (-719_529, "\"-0001-12-31\""),
            (2_932_897, "\"10000-01-01\""),
        ] {
            assert_eq!(date(days), expected, "{days}");
        }
        let at = |parts, value| {
            let meaning = Meaning::Timestamp { parts, is_utc: true };
            written(|line| write_integer(line, &meaning, value, false))
        };
        assert_eq!(at(1000, 1_772_402_415_000), "\"2026-03-01T22:00:15Z\"");
        assert_eq!(at(1000, -1), "\"1969-12-31T23:59:59.999Z\"");
        assert_eq!(at(1_000_000_000, 1), "\"1970-01-01T00:00:00.000000001Z\"");
        at(1000, i64::MIN);
        at(1, i64::MAX);
        let local = Meaning::Timestamp { parts: 1_000_000, is_utc: false };
        let local = written(|line| write_integer(line, &local, 7, false));
        assert_eq!(local, "\"1970-01-01T00:00:00.000007\"");
        let noon = Meaning::Time { parts: 1000, is_utc: false };
        let noon = written(|line| write_integer(line, &noon, 43_200_500, true));
        assert_eq!(noon, "\"12:00:00.500\"");
        let mut value = Int96::new();
        value.set_data(1, 0, 2_440_589);
        let moment = written(|line| Meaning::Plain.write_int96(line, &value));
        assert_eq!(moment, "\"1970-01-02T00:00:00.000000001Z\"");
        value.set_data(u32::MAX, u32::MAX, u32::MAX);
        written(|line| Meaning::Plain.write_int96(line, &value));
    }

    #[test]
    fn numbers_keep_their_digits() {
        let decimal = |bytes: &[u8], scale| {
            written(|line| write_bytes(line, &Meaning::Decimal { scale }, bytes))
        };
        assert_eq!(decimal(&[0x04, 0xD2], 2), "12.34");
        assert_eq!(decimal(&[0xFF], 2), "-0.01");
        assert_eq!(decimal(&[0x80], 0), "-128");
        assert_eq!(decimal(&[], 1), "0.0");
        let long = decimal(&[0x7F; 16], 3);
        assert_eq!(long, "169473963133173273960190490760135540.607");
        let short = Meaning::Decimal { scale: 3 };
        assert_eq!(written(|line| write_integer(line, &short, -5, true)), "-0.005");
        assert_eq!(written(|line| write_integer(line, &Meaning::Unsigned, -1, true)), "4294967295");
        let most = u64::MAX.to_string();
        assert_eq!(written(|line| write_integer(line, &Meaning::Unsigned, -1, false)), most);
        assert_eq!(written(|line| write_number(line, &1e300)), "1e+300");
        assert_eq!(written(|line| write_number(line, &0.1_f32)), "0.1");
        assert_eq!(written(|line| write_number(line, &f64::NAN)), "null");
        assert_eq!(written(|line| write_number(line, &f32::INFINITY)), "null");
        let halves = [(0x3C00, 1.0), (0xC000, -2.0), (1, 2_f64.powi(-24)), (0x7BFF, 65504.0)];
        for (bits, expected) in halves {
            assert_eq!(half(bits), expected);
        }
        assert!(half(0x7E00).is_nan() && half(0x7C00).is_infinite());
    }

    #[test]
    fn binary_is_text_or_base64() {
        let binary = |bytes: &[u8]| written(|line| write_bytes(line, &Meaning::Plain, bytes));
        assert_eq!(binary("加\"".as_bytes()), "\"加\\\"\"");
        for (bytes, expected) in
            [(&b"\xff"[..], "/w=="), (b"\xff\xfe", "//4="), (b"\xff\xfe\x00", "//4A")]
        {
            assert_eq!(binary(bytes), format!("\"{expected}\""));
        }
        let id: Vec<u8> = (0..16).collect();
        let id = written(|line| write_bytes(line, &Meaning::Uuid, &id));
        assert_eq!(id, "\"00010203-0405-0607-0809-0a0b0c0d0e0f\"");
    }
}
