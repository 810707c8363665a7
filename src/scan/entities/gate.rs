//! Is there anything to look for?
//!
//! One pass over a whole batch, written as counts over fixed blocks and comparisons
//! of neighbours, which compilers turn into vector code. It never says no when
//! [`super::find`] would find something; it may say yes for nothing.

use super::handle_words::may_begin;
use super::text::{is_alnum, is_digit, is_han, is_hex, is_letter, is_numeral};
use super::{Entity, EntitySet};

/// Symbols counted together.
const BLOCK: usize = 16;

/// May `text` hold one of the `wanted` entities?
pub fn may_contain(wanted: EntitySet, text: &[u16]) -> bool {
    Entity::ALL
        .into_iter()
        .filter(|entity| wanted.has(*entity))
        .any(|entity| may_hold(entity, text))
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
