//! Is there anything to look for?
//!
//! A pass over a text for its signs, and one more for each entity that they allow. It
//! never says no when [`super::find`] would find something; it may say yes for nothing.

use super::codes::is_plate_province;
use super::digits::is_separator;
use super::handle_words::may_begin;
use super::text::{is_alnum, is_digit, is_han, is_hex, is_letter, is_numeral};
use super::{Entity, EntitySet};
use crate::scan::checks::iban_length;
use std::sync::LazyLock;

/// Symbols compared together.
const BLOCK: usize = 16;

/// What is known of the entities that one text may hold: nothing at first, then what was
/// asked. Each question must be about the same text.
#[derive(Clone, Debug, Default)]
pub struct Possible {
    signs: Option<Signs>,
    looked_for: EntitySet,
    held: EntitySet,
}

impl Possible {
    /// May `text` hold one of the `wanted` entities?
    pub fn has_any(&mut self, wanted: EntitySet, text: &[u16]) -> bool {
        self.held.has_any(wanted) || wanted.iter().any(|entity| self.has(entity, text))
    }

    /// Which of the `wanted` entities `text` may hold.
    pub fn of(&mut self, wanted: EntitySet, text: &[u16]) -> EntitySet {
        let held = wanted.iter().filter(|entity| self.has(*entity, text));
        held.fold(EntitySet::default(), EntitySet::with)
    }

    fn has(&mut self, entity: Entity, text: &[u16]) -> bool {
        if !self.looked_for.has(entity) {
            self.looked_for = self.looked_for.with(entity);
            let signs = self.signs.get_or_insert_with(|| Signs::of(text));
            if signs.allow(entity) && may_hold(entity, text) {
                self.held = self.held.with(entity);
            }
        }
        self.held.has(entity)
    }
}

/// What stands in a text, anywhere.
#[derive(Clone, Copy, Debug)]
struct Signs {
    digits: usize,
    numerals: usize,
    seen: u8,
}

const DIGIT: u8 = 1;
const NUMERAL: u8 = 2;
const LETTER: u8 = 4;
const HAN: u8 = 8;
/// Dots, and what stands for them.
const DOT: u8 = 16;
const SLASH_OR_COLON: u8 = 32;
const AT: u8 = 64;
/// What a word before a handle begins with.
const HANDLE: u8 = 128;

static SIGNS: LazyLock<Box<[u8; 0x1_0000]>> = LazyLock::new(|| {
    let sign = |symbol: u16| {
        [
            (is_digit(symbol), DIGIT),
            (is_numeral(symbol), NUMERAL),
            (is_letter(symbol), LETTER),
            (is_han(symbol), HAN),
            (is_dot(symbol), DOT),
            (matches!(symbol, 0x2F | 0x3A), SLASH_OR_COLON),
            (symbol == 0x40, AT),
            (may_begin(symbol), HANDLE),
        ]
        .into_iter()
        .filter(|(is, _)| *is)
        .fold(0, |signs, (_, sign)| signs | sign)
    };
    let signs: Vec<u8> = (0..=u16::MAX).map(sign).collect();
    signs.into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("one a symbol"))
});

impl Signs {
    fn of(text: &[u16]) -> Signs {
        let table = &**SIGNS;
        let (mut digits, mut numerals, mut seen) = (0, 0, 0);
        for symbol in text {
            let signs = table[usize::from(*symbol)];
            digits += usize::from(signs & DIGIT);
            numerals += usize::from(signs & NUMERAL) >> 1;
            seen |= signs;
        }
        Signs { digits, numerals, seen }
    }

    /// The least that an entity is written with.
    fn allow(&self, entity: Entity) -> bool {
        let has = |signs: u8| self.seen & signs == signs;
        match entity {
            Entity::PhoneCn => self.numerals >= 10,
            Entity::IdCn => self.digits >= 15,
            Entity::BankCard => self.digits >= 13,
            Entity::SsnUs => self.digits >= 9,
            Entity::Email => has(AT),
            Entity::Url => has(DOT) || has(SLASH_OR_COLON),
            Entity::Domain => has(DOT | LETTER),
            Entity::Ip => has(DOT | DIGIT) || has(SLASH_OR_COLON),
            Entity::Handle => has(HANDLE),
            Entity::CryptoAddress => has(LETTER) || has(DIGIT),
            Entity::PassportCn => self.digits >= 4,
            Entity::PlateCn => has(HAN | LETTER),
            Entity::Iban => has(LETTER | DIGIT),
            Entity::UsccCn => self.digits >= 3,
        }
    }
}

fn may_hold(entity: Entity, text: &[u16]) -> bool {
    match entity {
        Entity::PhoneCn => longest_number(text, is_numeral) >= 10,
        Entity::IdCn => longest_number(text, is_digit) >= 15,
        Entity::BankCard => longest_number(text, is_digit) >= 13,
        // With hyphens, or a word before it: see `numbers::ssn_at`.
        Entity::SsnUs => {
            longest_number(text, is_digit) >= 9
                && (text.contains(&u16::from(b'-'))
                    || neighbours(text, |a, b| a == u16::from(b's') && matches!(b, 0x73 | 0x6F))
                    || text.contains(&0x793E))
        }
        Entity::Email => text.contains(&u16::from(b'@')),
        Entity::Url => {
            neighbours(text, |a, b| a == u16::from(b'/') && b == u16::from(b'/'))
                || neighbours(text, |a, b| a == u16::from(b'w') && b == u16::from(b'.'))
        }
        Entity::Domain => neighbours(text, |a, b| is_dot(a) && is_letter(b)),
        Entity::Ip => neighbours(text, |a, b| {
            (is_digit(a) && b == u16::from(b'.')) || (is_hex(a) && b == u16::from(b':'))
        }),
        Entity::Handle => text.iter().any(|symbol| may_begin(*symbol)),
        Entity::CryptoAddress => longest_run(text, is_alnum) >= 26,
        Entity::PassportCn => longest_run(text, is_digit) >= 7,
        Entity::PlateCn => neighbours(text, |a, b| is_letter(b) && is_plate_province(a)),
        Entity::Iban => text.windows(4).any(|head| {
            is_digit(head[2])
                && is_digit(head[3])
                && is_letter(head[0])
                && is_letter(head[1])
                && iban_length([head[0] as u8, head[1] as u8]).is_some()
        }),
        Entity::UsccCn => longest_run(text, is_alnum) >= 18,
    }
}

/// 点 and 。 stand in for dots.
fn is_dot(symbol: u16) -> bool {
    matches!(symbol, 0x2E | 0x70B9 | 0x3002)
}

/// The most digits, as `belongs` has them, that stand in one number: separators between
/// them, which [`super::digits::Digits`] passes, are not counted.
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

/// The most symbols in one piece that `belongs` accepts.
fn longest_run(text: &[u16], belongs: impl Fn(u16) -> bool) -> usize {
    let (mut longest, mut run) = (0, 0);
    for symbol in text {
        run = if belongs(*symbol) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Do two neighbours belong together?
fn neighbours(text: &[u16], belong: impl Fn(u16, u16) -> bool) -> bool {
    let pairs = text.len().saturating_sub(1);
    let (firsts, seconds) = (&text[..pairs], &text[text.len() - pairs..]);
    firsts
        .chunks(BLOCK)
        .zip(seconds.chunks(BLOCK))
        .any(|(a, b)| a.iter().zip(b).fold(false, |any, (a, b)| any | belong(*a, *b)))
}
