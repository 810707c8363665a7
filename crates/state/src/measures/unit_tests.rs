//! Durations, percentages, rates, moments and conditions.

use super::units::{duration, duration_text, micros, moment, percent, rate};
use super::{What, limits, when};
use proptest::prelude::*;

/// What the fault of a text marks.
fn marked<T: std::fmt::Debug>(
    text: &str,
    read: impl Fn(&str) -> Result<T, super::Fault>,
) -> String {
    match read(text) {
        Ok(value) => panic!("{text} is {value:?}"),
        Err(fault) => {
            assert!(!fault.help.is_empty());
            format!("{} <{}> {}", fault.range.start, &text[fault.range.clone()], fault.message)
        }
    }
}

#[test]
fn durations() {
    for (text, seconds) in [
        ("90s", 90),
        ("10m", 600),
        ("72h", 259_200),
        ("30d", 2_592_000),
        ("1h30m", 5_400),
        ("1d2h3m4s", 93_784),
        ("0s", 0),
        ("36525d", 36_525 * 86_400),
    ] {
        assert_eq!(duration(text), Ok(seconds), "{text}");
    }
    for (text, message) in [
        ("", "0 <> a duration is missing"),
        ("10", "0 <10> the unit is missing"),
        ("-5m", "0 <-> a duration is not negative"),
        ("5分钟", "1 <分> `分` is not a unit of time"),
        ("1.5h", "1 <.> `.` is not a unit of time"),
        ("30m1h", "4 <h> `h` is not smaller than the unit before it"),
        ("1h1h", "3 <h> `h` is not smaller than the unit before it"),
        ("1h 30m", "2 < > ` ` is not a digit"),
        ("36525d1s", "0 <36525d1s> a duration is at most 100 years"),
        ("99999999999999999999d", "0 <99999999999999999999d> a duration is at most 100 years"),
    ] {
        assert_eq!(marked(text, duration), message);
    }
}

#[test]
fn percentages() {
    for (text, millionths) in [
        ("30 %", 300_000),
        ("30%", 300_000),
        ("0.5 %", 5_000),
        ("0.0001%", 1),
        ("0 %", 0),
        ("100 %", 1_000_000),
        ("100.0000 %", 1_000_000),
        ("007.10 %", 71_000),
    ] {
        assert_eq!(percent(text), Ok(millionths), "{text}");
    }
    for (text, message) in [
        ("", "0 <> the `%` is missing"),
        ("0.3", "3 <> the `%` is missing"),
        ("30 ％", "3 <％> `％` does not belong to a percentage"),
        ("-1 %", "0 <-> a share is not negative"),
        ("% 30", "0 <%> `%` does not belong to a percentage"),
        ("3. %", "1 <.> `.` does not belong to a percentage"),
        ("30 % of", "4 < > ` ` does not belong to a percentage"),
        ("0.00001 %", "6 <1> a percentage has at most 4 decimals"),
        ("100.0001 %", "0 <100.0001 %> a share is at most 100 %"),
        ("99999999999999999999 %", "0 <99999999999999999999 %> a share is at most 100 %"),
    ] {
        assert_eq!(marked(text, percent), message);
    }
}

#[test]
fn rates() {
    for (text, read) in [
        ("2000/hour", (2000, 3600)),
        ("100/10m", (100, 600)),
        ("1 / minute", (1, 60)),
        ("5/day", (5, 86_400)),
        ("5/1h30m", (5, 5_400)),
        ("1000000000/60s", (limits::LIMIT_COUNT_MAX, 60)),
    ] {
        assert_eq!(rate(text), Ok(read), "{text}");
    }
    for (text, message) in [
        ("", "0 <> a limit begins with a whole number"),
        ("-1/hour", "0 <-> a limit begins with a whole number"),
        ("2,000/hour", "1 <,> `,` does not belong to a rate"),
        ("2000", "4 <> the period is missing"),
        ("2000/", "5 <> the period is missing"),
        ("2000/week", "5 <week> `week` is not a period"),
        ("2000/小时", "5 <小时> `小时` is not a period"),
        ("0/hour", "0 <0> a limit of 0 would stop every block"),
        ("1000000001/hour", "0 <1000000001> a limit is at most 1000000000"),
        ("5/59s", "2 <59s> a period is at least a minute"),
        ("5/10x", "4 <x> `x` is not a unit of time"),
        ("5/-1h", "2 <-> a duration is not negative"),
    ] {
        assert_eq!(marked(text, rate), message);
    }
}

#[test]
fn moments() {
    let day = 1_772_323_200;
    for (text, is_end, seconds) in [
        ("2026-03-01", false, day),
        ("2026-03-01", true, day + 86_399),
        ("2026-03-01T08:00:00+08:00", true, day),
        ("2026-03-01T00:00:00Z", false, day),
        ("1970-01-01", false, 0),
    ] {
        assert_eq!(moment(text, is_end), Ok(seconds), "{text}");
    }
    for (text, message) in [
        ("", "0 <> `` is not a date or a time"),
        ("2026-13-01", "0 <2026-13-01> `2026-13-01` is not a date or a time"),
        ("2026-02-29", "0 <2026-02-29> `2026-02-29` is not a date or a time"),
        ("01.03.2026", "0 <01.03.2026> `01.03.2026` is not a date or a time"),
        ("2026-03-01T08:00:00", "19 <> the offset from UTC is missing"),
        ("2026-03-01 08:00", "16 <> the offset from UTC is missing"),
    ] {
        assert_eq!(marked(text, |text| moment(text, false)), message);
    }
}

#[test]
fn numbers_are_exact_in_millionths() {
    for (number, read) in [
        (0.5, Some(500_000)),
        (0.1 + 0.2, Some(300_000)),
        (1_000_000.0, Some(1_000_000_000_000)),
        (999_999.999_999, Some(999_999_999_999)),
        (0.000_001, Some(1)),
        (0.000_000_1, None),
        (1.234_567_8, None),
        (1_000_000.5, None),
        (f64::NAN, None),
        (f64::INFINITY, None),
    ] {
        assert_eq!(micros(number, 1_000_000), read, "{number}");
    }
}

#[test]
fn conditions_of_operations() {
    let read = |text: &str| {
        let clauses = when::parse(text).unwrap();
        let one = |it: &super::Clause| {
            let what = match it.what {
                What::Category => "category",
                What::Rule => "rule",
                What::Channel => "channel",
                What::Author => "author",
            };
            format!("{what}{}{}", if it.negated { "≠" } else { "=" }, it.values.join("|"))
        };
        clauses.iter().map(one).collect::<Vec<_>>().join(" ")
    };
    for (text, clauses) in [
        ("category == fraud", "category=fraud"),
        ("  category==x-own  ", "category=x-own"),
        ("category in [fraud, spam]", "category=fraud|spam"),
        (
            "category not in [ fraud ,spam ] and rule == gambling.*",
            "category≠fraud|spam rule=gambling.*",
        ),
        ("channel != 新闻 and author == 'a b'", "channel≠新闻 author=a b"),
        ("channel in [a, b] and channel != a", "channel=a|b channel≠a"),
        ("category == fraud and category == spam", "category=fraud category=spam"),
        ("channel == \"it's\"", "channel=it's"),
        ("author != a\n  and author != b", "author≠a author≠b"),
    ] {
        assert_eq!(read(text), clauses, "{text}");
    }
}

#[test]
fn faults_of_conditions() {
    for (text, message) in [
        ("", "0 <> a clause is missing"),
        ("category", "8 <> a comparison is missing"),
        ("category = fraud", "9 <=> `=` has no meaning here"),
        ("category > fraud", "9 <>> a comparison is missing"),
        ("category is fraud", "9 <is> `is` is not a comparison"),
        ("category not fraud", "13 <fraud> `in` is missing after `not`"),
        ("category ==", "11 <> a value is missing"),
        ("category == fraude", "12 <fraude> there is no category `fraude`"),
        ("category in fraud", "12 <f> `[` is missing"),
        ("category in [fraud spam]", "19 <s> `,` or `]` is missing"),
        ("category in [fraud", "18 <> `,` or `]` is missing"),
        ("category in []", "13 <]> a value is missing"),
        ("category in [fraud，spam]", "18 <，> `，` is not a sign of conditions"),
        ("category in 【fraud】", "12 <【> `【` is not a sign of conditions"),
        ("category ！= fraud", "9 <！> `！` is not a sign of conditions"),
        ("category == fraud or rule == a", "18 <or> only `and` joins clauses"),
        ("category == fraud rule == a", "18 <rule> `and` is missing before `rule`"),
        ("category == fraud, rule == a", "17 <,> `,` has no meaning here"),
        ("category == fraud and", "21 <> a clause is missing"),
        ("post.channel == a", "0 <post.channel> `post.channel` cannot be compared"),
        ("channel == 'a", "11 <'> this quote is not closed"),
        ("channel == ''", "11 <'> a value is missing"),
        (
            "channel == a and channel == b",
            "17 <channel == b> no post satisfies this and the clauses before it",
        ),
        (
            "author != a and author in [a]",
            "16 <author in [a]> no post satisfies this and the clauses before it",
        ),
    ] {
        assert_eq!(marked(text, when::parse), message);
    }
    let many = vec!["a"; limits::ENTRIES_MAX];
    assert!(when::parse(&format!("rule in [{}]", many.join(","))).is_ok());
    let more = format!("rule in [{}] and rule == b", many.join(","));
    assert_eq!(when::parse(&more).unwrap_err().code, "too_large");
}

proptest! {
    #[test]
    fn durations_survive_writing(seconds in 0..=36_525_i64 * 86_400) {
        prop_assert_eq!(duration(&duration_text(seconds)), Ok(seconds));
    }

    #[test]
    fn percentages_survive_writing(millionths in 0..=1_000_000_u32) {
        let text = format!("{}.{:04} %", millionths / 10_000, millionths % 10_000);
        prop_assert_eq!(percent(&text), Ok(millionths));
    }

    #[test]
    fn rates_survive_writing(count in 1..=limits::LIMIT_COUNT_MAX, period in 60..=1_000_000_i64) {
        prop_assert_eq!(rate(&format!("{count}/{}", duration_text(period))), Ok((count, period)));
    }

    #[test]
    fn numbers_survive_writing(millionths in 0..=1_000_000_000_000_i64) {
        let text = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
        prop_assert_eq!(micros(text.parse().unwrap(), 1_000_000), Some(millionths));
    }

    /// Faults are within the text, at borders of characters.
    #[test]
    fn faults_have_places(text in "[0-9dhms%/. a-c=!,'\\[\\]分％，…-]{0,16}") {
        let faults = [
            duration(&text).err(),
            percent(&text).err(),
            rate(&text).err(),
            moment(&text, true).err(),
            when::parse(&text).err(),
            when::parse(&format!("channel {text}")).err(),
            when::parse(&format!("rule in [{text}] and author == {text}")).err(),
        ];
        let long = format!("rule in [{text}] and author == {text}");
        for fault in faults.into_iter().flatten() {
            prop_assert!(fault.range.end <= long.len());
            prop_assert!(!fault.message.is_empty());
        }
        for fault in [duration(&text).err(), percent(&text).err(), rate(&text).err()].into_iter().flatten() {
            prop_assert!(text.get(fault.range.clone()).is_some(), "{:?}", fault.range);
        }
        if let Err(fault) = when::parse(&long) {
            prop_assert!(long.get(fault.range.clone()).is_some(), "{:?}", fault.range);
        }
    }
}
