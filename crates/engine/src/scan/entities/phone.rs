//! Telephone numbers of mainland China.
//!
//! * Mobile: eleven digits from 13 to 19, alone or after 86, +86 or 0086; in one
//!   piece or in groups of 3-4-4, 4-3-4, 3-3-5, 3-8, 7-4.
//! * Fixed: an area code in use (YD/T numbering plan: 010, 02x, 0[3-9]xx) and a
//!   subscriber number of 7 or 8 digits from 2 to 8, with a hyphen, bracket or
//!   space between the two. Digits alone are not accepted: British mobiles and order numbers look
//!   the same.
//! * Not: 400 and 800 numbers, short numbers (businesses, not people).
//! * Latin letters may touch: before a number the words of [`WORDS_BEFORE`], behind it any short
//!   run of letters that is no unit and no hexadecimal number (`13800138000vx同号`). Letters with
//!   further digits make it part of an id, except a messenger's name with its account
//!   (`13800138000vx888`).
//!
//! A digit may be a Han numeral (`一三八…`, `幺`), any number of them; one at the end
//! may not be followed by another numeral or by 十 百 千 万 亿, which would make it
//! part of a longer number in words.

use super::digits::Digits;
use super::text::{Text, follows_zero_point, has_fraction, is_digit, is_hex, is_letter, numeral};
use std::ops::Range;

/// Latin words that are allowed to touch a number from the left: `tel13800138000`.
const WORDS_BEFORE: &[&str] = &[
    "tel", "phone", "mobile", "mob", "cell", "call", "sms", "whatsapp", "wechat", "weixin", "vxin",
    "wx", "vx", "v", "dh", "sj",
];

/// Latin words that are allowed between a number and the account that follows it.
const WORDS_BEHIND: &[&str] = &["vx", "wx", "qq", "tel", "wechat", "weixin", "tg"];

/// Letters that follow amounts and sizes. Sorted.
const UNITS: &[&str] = &[
    "bit", "bits", "btc", "byte", "bytes", "cm", "cny", "eth", "eur", "gb", "ghz", "gwh", "h",
    "hz", "jpy", "k", "kb", "kg", "khz", "km", "krw", "kw", "kwh", "l", "m", "mb", "mg", "mhz",
    "min", "ml", "mm", "ms", "mw", "mwh", "ng", "nm", "ns", "pcs", "pt", "px", "rmb", "s", "sec",
    "t", "tb", "th", "us", "usd", "usdt", "yuan",
];

/// The number that begins at `start`, which must be a digit.
pub(super) fn find_at<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
) -> Option<Range<usize>> {
    let digits = Digits::read(text, start, numeral);
    let country = match digits.values() {
        [0, 0, 8, 6, ..] => 4,
        [8, 6, ..] => 2,
        _ => 0,
    };
    if digits.breaks(0, country.max(1)) != 0 {
        return None;
    }
    let count = mobile(text, &digits, country).or_else(|| fixed(text, &digits, country))?;
    let plus = country == 2 && text.before(start) == u16::from(b'+') && text.joined(start);
    let first = start - usize::from(plus);
    (plus || may_begin(text, start)).then(|| first..digits.end(count))
}

fn may_begin<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    if !text.left_edge(start) {
        return follows_word(text, start);
    }
    // `1.` may be the number of a list.
    !follows_zero_point(text, start)
}

/// Is the run of letters before `start` a word that announces a number?
pub(super) fn follows_word<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    is_letter(text.before(start)) && ends_with(text, start, WORDS_BEFORE).is_some()
}

/// Where the one of `words` that ends before `end` begins, at an edge.
pub(super) fn ends_with<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    end: usize,
    words: &[&str],
) -> Option<usize> {
    words.iter().find_map(|word| {
        let from = end.checked_sub(word.encode_utf16().count())?;
        (text.word_at(from, word) == Some(end) && text.left_edge(from)).then_some(from)
    })
}

/// May a number end after its first `count` digits?
fn may_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, digits: &Digits, count: usize) -> bool {
    let end = digits.end(count);
    if !text.joined(end) {
        return true;
    }
    let next = text.at(end);
    let in_words = !is_digit(text.before(end)) && (numeral(next).is_some() || is_multiplier(next));
    may_end_at(text, end) && !in_words && !has_fraction(text, end)
}

/// May a number end at `end`, given the letters that touch it there?
pub(super) fn may_end_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, end: usize) -> bool {
    /// `wechat` and `tongbu` are the longest that occur.
    const LETTERS_MAX: usize = 8;
    if text.right_edge(end) {
        return true;
    }
    let letters = text.run(end, LETTERS_MAX + 1, is_letter);
    let is_any = |words: &[&str]| words.iter().any(|word| text.word_at(end, word) == Some(letters));
    if text.right_edge(letters) {
        let hexadecimal = (end..letters).all(|at| is_hex(text.at(at)));
        return (1..=LETTERS_MAX).contains(&(letters - end)) && !hexadecimal && !is_any(UNITS);
    }
    is_any(WORDS_BEHIND)
}

fn is_multiplier(symbol: u16) -> bool {
    matches!(char::from_u32(symbol.into()), Some('十' | '百' | '千' | '万' | '亿'))
}

/// How many digits there are up to the end of the mobile number at digit `from`.
fn mobile<J: Fn(usize) -> bool>(text: &Text<'_, J>, digits: &Digits, from: usize) -> Option<usize> {
    // Bit `k`: a group begins at digit `k`.
    const GROUPS: [u32; 6] = [0, 1 << 3 | 1 << 7, 1 << 4 | 1 << 7, 1 << 3 | 1 << 6, 1 << 3, 1 << 7];
    let number = digits.values().get(from..from + 11)?;
    let fits = number[0] == 1 && (3..=9).contains(&number[1]);
    (fits && GROUPS.contains(&digits.breaks(from, 11)) && may_end(text, digits, from + 11))
        .then_some(from + 11)
}

/// How many digits there are up to the end of the fixed line at digit `from`.
fn fixed<J: Fn(usize) -> bool>(text: &Text<'_, J>, digits: &Digits, from: usize) -> Option<usize> {
    let rest = digits.values().get(from..)?;
    // After the country code the zero is left out as a rule.
    let zero = rest.first() == Some(&0);
    let area = if zero { &rest[1..] } else { rest };
    if !zero && from == 0 {
        return None;
    }
    let area_end = from + usize::from(zero) + area_digits(area)?;
    let separator = separation(text, digits, area_end)?;
    let subscriber = digits.values().get(area_end..)?;
    if !subscriber.first().is_some_and(|first| (2..=8).contains(first)) {
        return None;
    }
    let lengths = if matches!(area, [1 | 2, ..]) { 8..=8 } else { 7..=8 };
    lengths.rev().find_map(|length| {
        let count = area_end + length;
        let halves = 1 << (length - 4);
        let grouped = match digits.breaks(area_end, length) {
            0 => true,
            breaks => breaks == halves && separator != Separation::Space,
        };
        (digits.len() >= count
            && digits.breaks(from, area_end - from) == 0
            && grouped
            && may_end(text, digits, count))
        .then_some(count)
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separation {
    /// A space, dot or skipped noise: the subscriber number must be in one piece,
    /// or London (020 7946 0000) would be Guangzhou.
    Space,
    /// A hyphen or bracket.
    Strong,
}

/// The separator before digit `index`, if there is one.
fn separation<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    digits: &Digits,
    index: usize,
) -> Option<Separation> {
    if index >= digits.len() {
        return None;
    }
    let (end, begin) = (digits.end(index), digits.place(index));
    if end == begin {
        return (!text.joined(begin)).then_some(Separation::Space);
    }
    let weak = begin - end == 1 && matches!(text.at(end), 0x20 | 0x2E | 0xA0 | 0x3000);
    Some(if weak { Separation::Space } else { Separation::Strong })
}

/// How many digits the area code has, without its zero; `None` if it is not in use.
fn area_digits(digits: &[u8]) -> Option<usize> {
    // Bit `k`: codes of three digits beginning with the row's digit and `k` are in use.
    const THREE: [u16; 10] = [
        0,
        0,
        0,
        0b10_1011_1010, // 31 33 34 35 37 39
        0b01_1110_1110, // 41 42 43 45 46 47 48
        0b11_1111_1110, // 51 … 59
        0b10_0100_1000, // 63 66 69
        0b10_1111_1111, // 70 … 77 79
        0b11_1010_1110, // 81 82 83 85 87 88 89
        0b10_1011_1011, // 90 91 93 94 95 97 99
    ];
    match *digits {
        [1, 0, ..] => Some(2),
        [2, second, ..] => (second != 6).then_some(2),
        [first, second, _, ..] => (THREE[usize::from(first)] >> second & 1 != 0).then_some(3),
        _ => None,
    }
}
