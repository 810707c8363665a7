//! Is there anything to look for?
//!
//! One pass over a whole batch, written as counts over fixed blocks and comparisons
//! of neighbours, which compilers turn into vector code. It never says no when
//! [`super::find`] would find something; it may say yes for nothing.

use super::handle_words::may_begin;
use super::text::{is_alnum, is_digit, is_han, is_hex, is_letter, is_numeral};
use super::{Entity, EntitySet};
use std::sync::LazyLock;

/// Symbols counted together.
const BLOCK: usize = 16;

/// Which of the `wanted` entities `text` may hold.
pub fn possible(wanted: EntitySet, text: &[u16]) -> EntitySet {
    let signs = Signs::of(text);
    wanted
        .iter()
        .filter(|entity| signs.allow(*entity) && may_hold(*entity, text))
        .fold(EntitySet::default(), EntitySet::with)
}

/// What stands in a text, anywhere.
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
        // A window of n symbols touches at most (n + 14) / 16 + 1 blocks, so the fullest
        // of them holds that part of its digits. With two symbols at most for a
        // separator: telephones 10 digits in 14 symbols, identity numbers 17 in 33,
        // cards 13 in 37 and 19 in 55, social security numbers 9 in 13.
        Entity::PhoneCn => block_with(text, 5, is_numeral),
        Entity::IdCn | Entity::BankCard => block_with(text, 4, is_digit),
        Entity::SsnUs => block_with(text, 4, is_digit),
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
        Entity::CryptoAddress => block_of(text, 8, is_alnum),
        Entity::PassportCn => block_of(text, 4, is_digit),
        Entity::PlateCn => neighbours(text, |a, b| is_han(a) && is_letter(b)),
        Entity::Iban => neighbours(text, |a, b| is_letter(a) && is_digit(b)),
        Entity::UsccCn => block_with(text, 3, is_digit),
    }
}

/// 点 and 。 stand in for dots.
fn is_dot(symbol: u16) -> bool {
    matches!(symbol, 0x2E | 0x70B9 | 0x3002)
}

/// Does one aligned block hold at least `least` symbols that `belongs` accepts?
fn block_with(text: &[u16], least: u16, belongs: impl Fn(u16) -> bool) -> bool {
    text.chunks(BLOCK)
        .any(|block| block.iter().map(|symbol| u16::from(belongs(*symbol))).sum::<u16>() >= least)
}

/// Does `belongs` accept every symbol of one aligned block of `size`?
fn block_of(text: &[u16], size: usize, belongs: impl Fn(u16) -> bool) -> bool {
    text.chunks_exact(size)
        .any(|block| block.iter().fold(true, |all, symbol| all & belongs(*symbol)))
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
