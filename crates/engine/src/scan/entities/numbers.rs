//! Runs of digits: telephones, identity numbers, cards, social security numbers.
//!
//! All of them begin where a run of digits begins, where noise was skipped, or
//! where ASCII digits follow a Han numeral (`唯一13800138000`).

use super::digits::Digits;
use super::entity::{Entity, EntitySet, Found};
use super::text::{Text, ascii_digit, follows_zero_point, has_fraction, hit, is_digit, numeral};
use super::{phone, telephones};
use crate::scan::checks::{Check, decimal, is_date, is_province};
use std::ops::Range;

/// The entities found here.
pub(super) const NUMBERS: [Entity; 5] =
    [Entity::PhoneCn, Entity::IdCn, Entity::BankCard, Entity::SsnUs, Entity::Phone];

/// Adds hits of the `wanted` entities. Hits of one entity do not overlap; the leftmost is kept.
pub(super) fn find<J: Fn(usize) -> bool>(
    wanted: EntitySet,
    text: &Text<'_, J>,
    found: &mut Vec<Found>,
) {
    let mut free = [0; NUMBERS.len()];
    let mut at = 0;
    while at < text.len() {
        // Looking at every second symbol and the one before it is enough.
        let before = at > 0 && numeral(text.before(at)).is_some();
        if !before && numeral(text.at(at)).is_none() {
            at += 2;
            continue;
        }
        let mut start = at - usize::from(before);
        while numeral(text.at(start)).is_some() {
            if may_start(text, start) {
                find_at(wanted, text, start, &mut free, found);
            }
            start += 1;
        }
        at = start + 1;
    }
}

fn may_start<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    let before = text.before(start);
    !text.joined(start)
        || numeral(before).is_none()
        || (is_digit(text.at(start)) && !is_digit(before))
}

fn find_at<J: Fn(usize) -> bool>(
    wanted: EntitySet,
    text: &Text<'_, J>,
    start: usize,
    free: &mut [usize; NUMBERS.len()],
    found: &mut Vec<Found>,
) {
    for (entity, free) in NUMBERS.into_iter().zip(free) {
        if !wanted.has(entity) || start < *free {
            continue;
        }
        let range = match entity {
            Entity::PhoneCn => phone::find_at(text, start),
            Entity::Phone => telephones::find_at(text, start, *free),
            Entity::IdCn => id_at(text, start),
            Entity::BankCard => card_at(text, start),
            Entity::SsnUs => ssn_at(text, start),
            // Found by other detectors; `registry` checks that `NUMBERS` has none of them.
            Entity::Email
            | Entity::Url
            | Entity::Domain
            | Entity::Ip
            | Entity::Handle
            | Entity::CryptoAddress
            | Entity::PassportCn
            | Entity::PlateCn
            | Entity::Iban
            | Entity::UsccCn
            | Entity::Mention => None,
        };
        if let Some(Range { start, end }) = range {
            found.push(hit(entity, start, end));
            *free = end;
        }
    }
}

/// Eighteen characters that satisfy [`Check::CnResidentId`], in groups of two digits
/// or more; or the fifteen digits in use before 1999, in one piece, with a province,
/// a real date of the 20th century, and a word for identity numbers before them.
fn id_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    if !text.left_edge(start) || follows_zero_point(text, start) {
        return None;
    }
    let digits = Digits::read(text, start, ascii_digit);
    let mut number = [0; 18];
    for (slot, value) in number.iter_mut().zip(digits.values()) {
        *slot = b'0' + value;
    }
    let breaks = digits.breaks(0, digits.len());
    let end = match digits.len() {
        17 => {
            number[17] = b'X';
            let gap = usize::from(super::digits::is_separator(text.at(digits.end(17))));
            (text.at(digits.end(17) + gap) == u16::from(b'x')).then(|| digits.end(17) + gap + 1)?
        }
        18.. => digits.end(18),
        15 => return old_id_at(text, &digits, &number[..15]),
        _ => return None,
    };
    (breaks & breaks << 1 == 0 && text.right_edge(end) && Check::CnResidentId.holds_for(&number))
        .then_some(start..end)
}

fn old_id_at<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    digits: &Digits,
    number: &[u8],
) -> Option<Range<usize>> {
    const WORDS: &[&str] = &["身份证", "身份号", "证件号", "证号", "id card", "id number"];
    /// `身份证号码是: ` and the like.
    const WITHIN: usize = 8;
    let (start, end) = (digits.place(0), digits.end(15));
    let part = |from: usize| decimal(&number[from..from + 2]);
    let dated = is_date(1900 + part(6)?, part(8)?, part(10)?);
    (digits.breaks(0, 15) == 0
        && is_province(number[0], number[1])
        && dated
        && text.right_edge(end)
        && text.word_before(start, WORDS, WITHIN))
    .then_some(start..end)
}

/// Thirteen to nineteen digits with the prefix and length of a card network, that
/// satisfy [`Check::Luhn`]: in one piece, in fours, as 4-6-5, with a break after the sixth, or with
/// every digit separated. Not in the path or query of an address, and no part of a decimal: a point
/// after any digit makes a fraction here, since cards are not written next to the number of a list.
fn card_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    if !text.left_edge(start) || is_in_path(text, start) || is_fraction(text, start) {
        return None;
    }
    let digits = Digits::read(text, start, ascii_digit);
    let mut number = [0; 19];
    for (slot, value) in number.iter_mut().zip(digits.values()) {
        *slot = b'0' + value;
    }
    let longest = digits.len().min(number.len());
    let count = (13..=longest).rev().find(|&count| {
        is_card_length(&number, count)
            && is_card_grouping(text, &digits, count)
            && text.right_edge(digits.end(count))
            && !has_fraction(text, digits.end(count))
            && Check::Luhn.holds_for(&number[..count])
    })?;
    Some(start..digits.end(count))
}

fn is_fraction<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    let point = text.joined(start) && text.before(start) == u16::from(b'.');
    (point && is_digit(text.before(start - 1))) || follows_zero_point(text, start)
}

/// `.../status/4111…`, `?id=4111…`.
fn is_in_path<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    let marks = [b'/', b'=', b'_', b'&', b'%'].map(u16::from);
    text.joined(start)
        && marks.contains(&text.before(start))
        && super::text::is_alnum(text.before(start - 1))
}

/// Do numbers with this beginning have `count` digits? ISO/IEC 7812 issuer prefixes
/// of UnionPay, Visa, Mastercard, American Express, Diners, JCB, Discover, Maestro.
fn is_card_length(number: &[u8; 19], count: usize) -> bool {
    let first = |digits: usize| decimal(&number[..digits]).unwrap_or(0);
    match first(2) {
        62 => (16..=19).contains(&count),
        40..=49 => matches!(count, 13 | 16 | 19),
        51..=55 => count == 16,
        22..=27 => count == 16 && (2221..=2720).contains(&first(4)),
        34 | 37 => count == 15,
        30 => count == 14 && (300..=305).contains(&first(3)),
        36 | 38 | 39 => count == 14,
        35 => (16..=19).contains(&count) && (3528..=3589).contains(&first(4)),
        60 => (16..=19).contains(&count) && first(4) == 6011,
        64 => (16..=19).contains(&count) && first(3) >= 644,
        65 => (16..=19).contains(&count),
        50 | 63 | 67 => {
            (16..=19).contains(&count)
                && matches!(first(4), 5018 | 5020 | 5038 | 6304 | 6759 | 6761..=6763)
        }
        _ => false,
    }
}

fn is_card_grouping<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    digits: &Digits,
    count: usize,
) -> bool {
    const FOURS: u32 = 1 << 4 | 1 << 8 | 1 << 12 | 1 << 16;
    let all = (1u32 << count) - 2;
    let groups = digits.breaks(0, count) | digits.skips(0, count);
    groups == 0
        || groups == FOURS & all
        || groups == all
        // `622202.1234567890128` is a decimal.
        || (groups == 1 << 6 && text.at(digits.end(6)) != u16::from(b'.'))
        || (groups == (1 << 4 | 1 << 10) && count <= 15)
}

/// Nine digits in groups of 3-2-4 that were or can be issued: the area is not 000,
/// 666 or 900 and above, no group is all zeros (SSA, before and after 2011), and it
/// is not one of the three numbers known from advertisements. With hyphens it is accepted alone;
/// written otherwise it needs a word before it.
fn ssn_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    const WORDS: &[&str] = &["ssn", "social security", "social sec", "soc sec", "社会安全号"];
    /// `number is: ` and the like.
    const WITHIN: usize = 20;
    const GROUPS: u32 = 1 << 3 | 1 << 5;
    const ADVERTISED: [u32; 3] = [78_051_120, 219_099_999, 457_555_462];
    let digits = Digits::read(text, start, ascii_digit);
    let value = digits.values().get(..9)?.iter().fold(0, |sum, digit| sum * 10 + u32::from(*digit));
    let (area, group, serial) = (value / 1_000_000, value / 10_000 % 100, value % 10_000);
    let issued = !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0;
    if !issued || ADVERTISED.contains(&value) || !is_isolated(text, start, digits.end(9)) {
        return None;
    }
    let hyphen = |place: usize| text.before(place) == u16::from(b'-');
    let groups = digits.breaks(0, 9) | digits.skips(0, 9);
    let hyphens =
        digits.breaks(0, 9) == GROUPS && hyphen(digits.place(3)) && hyphen(digits.place(5));
    let written =
        hyphens || ((groups == 0 || groups == GROUPS) && text.word_before(start, WORDS, WITHIN));
    written.then(|| start..digits.end(9))
}

/// Do no letters or digits touch, directly or with a hyphen between?
fn is_isolated<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize, end: usize) -> bool {
    let hyphen = u16::from(b'-');
    let before = start > 0
        && text.joined(start)
        && text.before(start) == hyphen
        && is_digit(text.before(start - 1));
    let after = text.joined(end) && text.at(end) == hyphen && is_digit(text.at(end + 1));
    text.left_edge(start) && text.right_edge(end) && !before && !after
}
