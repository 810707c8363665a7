//! Prefilter: which entities a text can contain.
//!
//! One or two passes over a text for each entity, on demand: first comparisons of many symbols
//! at a time, then, if they succeed, those that go symbol by symbol. No false negatives: what
//! the detectors find is always possible. False positives are possible.

use super::codes::is_plate_province;
use super::digits::is_separator;
use super::entity::{Entity, EntitySet};
use super::handle_words::may_begin;
use super::hosts::is_foreign;
use super::text::{is_alnum, is_digit, is_hex, is_letter, is_numeral};
use super::{mentions, telephones};
use crate::scan::checks::iban_length;

/// Symbols compared together. Not measured separately.
const BLOCK: usize = 16;

/// Memo of entity prefilter answers for one text. Every call must pass the same text.
#[derive(Clone, Debug, Default)]
pub struct PossibleEntities {
    digits: Option<usize>,
    tested: EntitySet,
    possible: EntitySet,
}

impl PossibleEntities {
    /// Can `text` contain one of the `wanted` entities?
    pub fn has_any(&mut self, wanted: EntitySet, text: &[u16]) -> bool {
        self.possible.has_any(wanted) || wanted.iter().any(|entity| self.has(entity, text))
    }

    /// The `wanted` entities that `text` can contain.
    pub fn of(&mut self, wanted: EntitySet, text: &[u16]) -> EntitySet {
        let members = wanted.iter().filter(|entity| self.has(*entity, text));
        members.fold(EntitySet::default(), EntitySet::with)
    }

    fn has(&mut self, entity: Entity, text: &[u16]) -> bool {
        if !self.tested.has(entity) {
            self.tested = self.tested.with(entity);
            let least = entity.digits_min();
            let has_digits = least == 0 || self.digits(text) >= least;
            if has_digits && has_signs(entity, text) {
                self.possible = self.possible.with(entity);
            }
        }
        self.possible.has(entity)
    }

    /// Number of digits in the text.
    fn digits(&mut self, text: &[u16]) -> usize {
        *self.digits.get_or_insert_with(|| count(text, is_digit))
    }
}

/// The entities that a text can contain, by the symbols that occur in it. Includes the entities
/// of its squeezed text.
pub fn allowed_by(has: impl Fn(u16) -> bool) -> EntitySet {
    let any = |symbols: &str| symbols.encode_utf16().any(&has);
    let (digit, letter) = (any("0123456789"), any("abcdefghijklmnopqrstuvwxyz"));
    let is_allowed = |entity: &Entity| match entity {
        Entity::IdCn | Entity::BankCard | Entity::SsnUs | Entity::PassportCn | Entity::UsccCn => {
            digit
        }
        Entity::PhoneCn | Entity::Phone | Entity::Handle => true,
        Entity::Mention => letter || any("@微抖快小推"),
        Entity::Email => any("@"),
        Entity::Url => any("/") || letter && any(".。"),
        Entity::Domain => any(".") || letter && any("点。"),
        Entity::Ip => any(":") || digit && any("."),
        Entity::CryptoAddress => letter || digit,
        Entity::PlateCn => letter,
        Entity::Iban => letter && digit,
    };
    Entity::ALL.into_iter().filter(is_allowed).fold(EntitySet::default(), EntitySet::with)
}

/// Does the text have the signs that the entity is written with?
fn has_signs(entity: Entity, text: &[u16]) -> bool {
    match entity {
        Entity::PhoneCn => count(text, is_numeral) >= 10 && longest_number(text, is_numeral) >= 10,
        Entity::IdCn => longest_number(text, is_digit) >= 15,
        Entity::BankCard => longest_number(text, is_digit) >= 13,
        // With hyphens, or a word before it: see `numbers::ssn_at`.
        Entity::SsnUs => {
            longest_number(text, is_digit) >= 9
                && (text.contains(&u16::from(b'-'))
                    || neighbours(text, |a, b| a == u16::from(b's') && matches!(b, 0x73 | 0x6F))
                    || text.contains(&0x793E))
        }
        // A mention has no name before its sign.
        Entity::Email => neighbours(text, |a, b| {
            b == u16::from(b'@') && (is_alnum(a) || matches!(a, 0x2D | 0x5F | 0x2B | 0x25))
        }),
        Entity::Url => {
            neighbours(text, |a, b| a == u16::from(b'/') && b == u16::from(b'/'))
                || neighbours(text, |a, b| a == u16::from(b'w') && matches!(b, 0x2E | 0x3002))
        }
        Entity::Domain => neighbours(text, |a, b| {
            is_dot(a) && is_letter(b) || a == u16::from(b'.') && is_foreign(b)
        }),
        Entity::Ip => neighbours(text, |a, b| {
            (is_digit(a) && b == u16::from(b'.')) || (is_hex(a) && b == u16::from(b':'))
        }),
        Entity::Handle => text.iter().any(|symbol| may_begin(*symbol)),
        Entity::CryptoAddress => count(text, is_alnum) >= 26 && longest_run(text, is_alnum) >= 26,
        Entity::PassportCn => longest_run(text, is_digit) >= 7,
        Entity::PlateCn => neighbours(text, |a, b| is_letter(b) && is_plate_province(a)),
        Entity::Iban => {
            neighbours(text, |a, b| is_letter(a) && is_digit(b))
                && text.windows(4).any(|head| {
                    is_digit(head[2])
                        && is_digit(head[3])
                        && is_letter(head[0])
                        && is_letter(head[1])
                        && iban_length([head[0] as u8, head[1] as u8]).is_some()
                })
        }
        Entity::UsccCn => longest_run(text, is_alnum) >= 18,
        Entity::Mention => mentions::is_possible(text),
        Entity::Phone => telephones::is_possible(text) || has_signs(Entity::PhoneCn, text),
    }
}

/// 点 and 。 are used as dots.
fn is_dot(symbol: u16) -> bool {
    matches!(symbol, 0x2E | 0x70B9 | 0x3002)
}

/// Number of symbols that `belongs` accepts.
fn count(text: &[u16], belongs: impl Fn(u16) -> bool) -> usize {
    let in_block = |block: &[u16]| {
        block.iter().fold(0, |count: u16, symbol| count + u16::from(belongs(*symbol)))
    };
    text.chunks(BLOCK).map(|block| usize::from(in_block(block))).sum()
}

/// Largest number of symbols that `belongs` accepts in one number. Separators between them, which
/// [`super::digits::Digits`] skips, are not counted.
fn longest_number(text: &[u16], belongs: impl Fn(u16) -> bool) -> usize {
    /// A closing bracket, and a space or hyphen after it.
    const SEPARATORS_MAX: usize = 2;
    let (mut longest, mut digits, mut separators) = (0, 0, 0);
    for symbol in text {
        if belongs(*symbol) {
            (digits, separators) = (digits + 1, 0);
            longest = longest.max(digits);
        } else if separators < SEPARATORS_MAX && (*symbol == 0x29 || is_separator(*symbol)) {
            separators += 1;
        } else {
            (digits, separators) = (0, SEPARATORS_MAX);
        }
    }
    longest
}

/// Length of the longest run of symbols that `belongs` accepts.
fn longest_run(text: &[u16], belongs: impl Fn(u16) -> bool) -> usize {
    let (mut longest, mut run) = (0, 0);
    for symbol in text {
        run = if belongs(*symbol) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Does `belong` accept some pair of neighbours?
fn neighbours(text: &[u16], belong: impl Fn(u16, u16) -> bool) -> bool {
    let pairs = text.len().saturating_sub(1);
    let (firsts, seconds) = (&text[..pairs], &text[text.len() - pairs..]);
    firsts
        .chunks(BLOCK)
        .zip(seconds.chunks(BLOCK))
        .any(|(a, b)| a.iter().zip(b).fold(false, |any, (a, b)| any | belong(*a, *b)))
}
