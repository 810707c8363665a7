//! Compares a value of the post with a constant of a condition.
//!
//! Input: the raw JSON of the value, as in the line. Nothing is
//! allocated, no input panics, and numbers compare exactly in every notation (`1.0`, `1e0` and `1` are one number; 9007199254740993 is not
//! 9007199254740992).
//!
//! * A missing value, `null` and an empty array make every comparison false,
//!   `!=` included.
//! * A comparison with an array is true if it is true for any element, except for
//!   `!=`: it is true if no element is equal.
//! * Values of different types are unequal and have no order.

use crate::rules::condition::expr::{Compare, Value};
use std::cmp::Ordering;
use std::io::Write;

/// Is `raw OP value` true?
pub fn meta_holds(raw: Option<&str>, op: Compare, value: &Value) -> bool {
    let Some(raw) = present(raw) else {
        return false;
    };
    match op {
        Compare::NotEqual => {
            elements(raw).next().is_some()
                && !elements(raw).any(|one| is(one, Compare::Equal, value))
        }
        Compare::Equal
        | Compare::Less
        | Compare::LessOrEqual
        | Compare::Greater
        | Compare::GreaterOrEqual => elements(raw).any(|one| is(one, op, value)),
    }
}

/// Is `raw` (or one of its elements) equal to one of `values`?
pub fn meta_in(raw: Option<&str>, values: &[Value]) -> bool {
    values.iter().any(|value| meta_holds(raw, Compare::Equal, value))
}

/// Is there a value, and is it not `null`?
pub fn meta_has(raw: Option<&str>) -> bool {
    present(raw).is_some()
}

fn present(raw: Option<&str>) -> Option<&str> {
    raw.map(|raw| raw.trim_matches(JSON_SPACE)).filter(|raw| !raw.is_empty() && *raw != "null")
}

const JSON_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// The members of an array, or the value itself.
fn elements(raw: &str) -> Elements<'_> {
    match raw.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inside) => Elements { rest: inside },
        None => Elements { rest: raw },
    }
}

/// Splits at commas outside of strings, arrays and objects.
struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.trim_matches(JSON_SPACE).is_empty() {
            return None;
        }
        let end = element_end(self.rest.as_bytes());
        let one = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or("");
        Some(one.trim_matches(JSON_SPACE))
    }
}

fn element_end(bytes: &[u8]) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
    }
    bytes.len()
}

fn is(raw: &str, op: Compare, value: &Value) -> bool {
    let equal = op == Compare::Equal;
    match (raw.as_bytes().first(), value) {
        (Some(b'"'), Value::Text(text)) => equal && string_is(raw, text),
        (Some(b't' | b'f'), Value::Bool(truth)) => {
            equal && raw == if *truth { "true" } else { "false" }
        }
        (Some(b'-' | b'0'..=b'9'), Value::Number(number)) => {
            compare_number(raw, *number).is_some_and(|order| op.holds(&order, &Ordering::Equal))
        }
        // Values of different types.
        (_, Value::Text(_) | Value::Bool(_) | Value::Number(_)) => false,
    }
}

/// Is the JSON string `raw` (with its quotes) `text`?
fn string_is(raw: &str, text: &str) -> bool {
    let Some(inside) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    if !inside.contains('\\') {
        return inside == text;
    }
    Unescaped { rest: inside.chars() }.eq(text.chars())
}

/// The characters of a JSON string; a lone surrogate is U+FFFD.
struct Unescaped<'a> {
    rest: std::str::Chars<'a>,
}

impl Iterator for Unescaped<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.rest.next()? {
            '\\' => Some(match self.rest.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => self.unicode(),
                other => other,
            }),
            plain => Some(plain),
        }
    }
}

impl Unescaped<'_> {
    fn unicode(&mut self) -> char {
        let high = self.four_digits();
        if !(0xD800..0xDC00).contains(&high) {
            return char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        let before = self.rest.clone();
        if self.rest.next() == Some('\\') && self.rest.next() == Some('u') {
            let low = self.four_digits();
            if (0xDC00..0xE000).contains(&low) {
                let joined = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
        self.rest = before;
        char::REPLACEMENT_CHARACTER
    }

    fn four_digits(&mut self) -> u32 {
        (0..4).fold(0, |number, _| {
            let digit = self.rest.next().and_then(|digit| digit.to_digit(16)).unwrap_or(0);
            number << 4 | digit
        })
    }
}

/// The order of the JSON number `raw` and `number`; `None` if `raw` is not a number.
fn compare_number(raw: &str, number: f64) -> Option<Ordering> {
    let rounded: f64 = raw.parse().ok()?;
    match rounded.partial_cmp(&number)? {
        // Rounding keeps the order, so two numbers that differ as floats differ.
        Ordering::Equal => Decimal::parse(raw)?.exact_order(number),
        order => Some(order),
    }
}

/// A JSON number as digits and a power of ten: `0.DIGITS × 10^exponent`.
struct Decimal<'a> {
    negative: bool,
    /// Digits and at most one `.`, from the first digit that is not zero.
    digits: &'a [u8],
    exponent: i64,
}

impl<'a> Decimal<'a> {
    fn parse(raw: &'a str) -> Option<Decimal<'a>> {
        let (negative, rest) = match raw.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, raw),
        };
        let cut = rest.find(['e', 'E']).unwrap_or(rest.len());
        let (mantissa, power) = rest.split_at(cut);
        let power: i64 = match power.get(1..) {
            None | Some("") => 0,
            Some(digits) => digits.parse().ok()?,
        };
        let whole = mantissa.find('.').unwrap_or(mantissa.len()) as i64;
        let first = mantissa.bytes().position(|byte| matches!(byte, b'1'..=b'9'));
        let first = first.unwrap_or(mantissa.len());
        let leading =
            if first as i64 > whole { whole - first as i64 + 1 } else { whole - first as i64 };
        let exponent = power.saturating_add(leading);
        Some(Decimal { negative, digits: &mantissa.as_bytes()[first..], exponent })
    }

    fn significant(&self) -> impl Iterator<Item = u8> + '_ {
        self.digits.iter().copied().filter(u8::is_ascii_digit)
    }

    /// The exact order of two numbers that round to the same float.
    fn exact_order(&self, number: f64) -> Option<Ordering> {
        let mut text = [0u8; 32];
        let mut rest = &mut text[..];
        write!(rest, "{number:e}").ok()?;
        let unused = rest.len();
        let written = std::str::from_utf8(&text[..32 - unused]).ok()?;
        let other = Decimal::parse(written)?;
        let size = self.size_order(&other);
        Some(if self.negative { size.reverse() } else { size })
    }

    fn size_order(&self, other: &Decimal<'_>) -> Ordering {
        let is_zero = |decimal: &Decimal<'_>| decimal.significant().next().is_none();
        match (is_zero(self), is_zero(other)) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let (mut ours, mut theirs) = (self.significant(), other.significant());
        let by_exponent = self.exponent.cmp(&other.exponent);
        by_exponent.then_with(|| {
            loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => return Ordering::Equal,
                    (left, right) => match left.unwrap_or(b'0').cmp(&right.unwrap_or(b'0')) {
                        Ordering::Equal => {}
                        order => return order,
                    },
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn equal(raw: &str, value: &Value) -> bool {
        meta_holds(Some(raw), Compare::Equal, value)
    }

    #[test]
    fn missing_null_and_empty_make_every_comparison_false() {
        for raw in [None, Some("null"), Some("[]"), Some(" [ ] "), Some("")] {
            for op in [Compare::Equal, Compare::NotEqual, Compare::Less, Compare::GreaterOrEqual] {
                assert!(!meta_holds(raw, op, &Value::Number(0.0)), "{raw:?} {op:?}");
                assert!(!meta_holds(raw, op, &text("")), "{raw:?} {op:?}");
            }
            assert!(!meta_in(raw, &[text("a"), Value::Bool(false)]));
        }
        assert!(!meta_has(None) && !meta_has(Some("null")));
        assert!(meta_has(Some("[]")) && meta_has(Some("0")) && meta_has(Some("\"\"")));
    }

    #[test]
    fn strings_with_and_without_escapes() {
        for raw in [r#""时a/é""#, r#""\u65f6a\/\u00e9""#, r#""\u65F6\u0061/é""#] {
            assert!(equal(raw, &text("时a/é")), "{raw}");
            assert!(!equal(raw, &text("时a/")), "{raw}");
            assert!(meta_holds(Some(raw), Compare::NotEqual, &text("x")), "{raw}");
        }
        assert!(equal(r#""\ud83d\ude00""#, &text("😀")));
        assert!(equal(r#""\ud83dx""#, &text("\u{FFFD}x")));
        assert!(equal(r#""\ud83d\u0041""#, &text("\u{FFFD}A")));
        assert!(equal(r#""\"\\\n\t""#, &text("\"\\\n\t")));
        assert!(!equal(r#""open"#, &text("open")));
    }

    #[test]
    fn types_do_not_mix() {
        assert!(!equal("\"5\"", &Value::Number(5.0)));
        assert!(!equal("5", &text("5")));
        assert!(!equal("\"true\"", &Value::Bool(true)));
        assert!(equal("true", &Value::Bool(true)) && !equal("true", &Value::Bool(false)));
        assert!(meta_holds(Some("\"5\""), Compare::NotEqual, &Value::Number(5.0)));
        assert!(!meta_holds(Some("\"5\""), Compare::Less, &Value::Number(7.0)));
        assert!(!meta_holds(Some("true"), Compare::Less, &Value::Bool(true)));
        assert!(!equal("{\"a\":1}", &text("a")));
    }

    #[test]
    fn numbers_are_exact_however_written() {
        for raw in ["7", "7.0", "7e0", "0.7e1", "70E-1", "7.000", "0.0007e4"] {
            assert!(equal(raw, &Value::Number(7.0)), "{raw}");
            assert!(meta_holds(Some(raw), Compare::LessOrEqual, &Value::Number(7.0)), "{raw}");
        }
        assert!(meta_holds(Some("6.999"), Compare::Less, &Value::Number(7.0)));
        assert!(meta_holds(Some("-1"), Compare::Less, &Value::Number(0.0)));
        assert!(equal("0.1", &Value::Number(0.1)) && equal("-0", &Value::Number(0.0)));
        // Both round to the same float.
        let big = Value::Number(9_007_199_254_740_992.0);
        assert!(!equal("9007199254740993", &big) && equal("9007199254740992", &big));
        assert!(meta_holds(Some("9007199254740993"), Compare::Greater, &big));
        assert!(meta_holds(Some("0.10000000000000000001"), Compare::Greater, &Value::Number(0.1)));
        assert!(meta_holds(Some("-0.10000000000000000001"), Compare::Less, &Value::Number(-0.1)));
        assert!(meta_holds(Some("1e-400"), Compare::Greater, &Value::Number(0.0)));
        assert!(!equal("1e99999", &Value::Number(1.0)));
    }

    #[test]
    fn a_comparison_with_an_array_is_true_for_any_element() {
        let raw = r#"[ "a,b", ["x"], {"k":[1,2]}, 7 , "c" ]"#;
        for (value, expected) in [
            (text("a,b"), true),
            (text("c"), true),
            (Value::Number(7.0), true),
            (text("x"), false),
            (text("k"), false),
        ] {
            assert_eq!(equal(raw, &value), expected, "{value:?}");
            assert_eq!(meta_holds(Some(raw), Compare::NotEqual, &value), !expected, "{value:?}");
        }
        let nested = "[[1, 2, 3], {\"a\": [4, 5, 6], \"b\": 7}, 8]";
        for number in 1..=8 {
            assert_eq!(equal(nested, &Value::Number(number.into())), number == 8, "{number}");
        }
        let quoted = r#"["a\",b]", "\\", 7]"#;
        for (value, expected) in [
            (text("a\",b]"), true),
            (text("\\"), true),
            (Value::Number(7.0), true),
            (text("b]"), false),
        ] {
            assert_eq!(equal(quoted, &value), expected, "{value:?}");
        }
        assert!(meta_holds(Some("[1, 9]"), Compare::Greater, &Value::Number(8.0)));
        assert!(meta_in(Some("[1, 9]"), &[text("z"), Value::Number(9.0)]));
    }

    proptest! {
        #[test]
        fn no_input_panics_and_valid_strings_compare_as_serde_reads_them(raw in ".{0,40}", other in ".{0,8}") {
            meta_holds(Some(&raw), Compare::Less, &Value::Number(1.0));
            meta_holds(Some(&raw), Compare::Equal, &text(&other));
            let json = serde_json::to_string(&raw).unwrap();
            prop_assert!(equal(&json, &text(&raw)));
            prop_assert_eq!(equal(&json, &text(&other)), raw == other);
        }

        #[test]
        fn integers_order_as_integers(left in any::<i64>(), right in -(1i64 << 53)..(1i64 << 53)) {
            for op in [Compare::Less, Compare::Equal, Compare::GreaterOrEqual] {
                let got = meta_holds(Some(&left.to_string()), op, &Value::Number(right as f64));
                prop_assert_eq!(got, op.holds(&left, &right));
            }
        }
    }
}
