//! Letters and digits in one token: addresses of crypto-currencies, passports,
//! plates, account numbers, codes of organisations.

use super::entity::{Entity, EntitySet, Found};
use super::text::{Text, hit, is_alnum, is_digit, is_hex, is_letter};
use crate::scan::checks::{Check, Number, iban_length};
use std::ops::Range;

/// The entities found here.
pub(super) const CODES: [Entity; 5] =
    [Entity::CryptoAddress, Entity::PassportCn, Entity::PlateCn, Entity::Iban, Entity::UsccCn];

/// Adds hits of the `wanted` entities. Hits of one entity do not overlap; the leftmost is kept.
pub(super) fn find<J: Fn(usize) -> bool>(
    wanted: EntitySet,
    text: &Text<'_, J>,
    found: &mut Vec<Found>,
) {
    let mut free = [0; CODES.len()];
    for start in 0..text.len() {
        let symbol = text.at(start);
        let token = is_alnum(symbol) && text.left_edge(start);
        let plate = is_letter(text.at(start + 1)) && is_plate_province(symbol);
        if !token && !plate {
            continue;
        }
        for (entity, free) in CODES.into_iter().zip(&mut free) {
            if !wanted.has(entity) || start < *free {
                continue;
            }
            if let Some(Range { start, end }) = find_at(entity, text, start) {
                found.push(hit(entity, start, end));
                *free = end;
            }
        }
    }
}

fn find_at<J: Fn(usize) -> bool>(
    entity: Entity,
    text: &Text<'_, J>,
    start: usize,
) -> Option<Range<usize>> {
    match entity {
        Entity::CryptoAddress => crypto_at(text, start),
        Entity::PassportCn => passport_at(text, start),
        Entity::PlateCn => plate_at(text, start),
        Entity::Iban => iban_at(text, start),
        Entity::UsccCn => uscc_at(text, start),
        // Found by other detectors; `registry` checks that `CODES` has none of them.
        Entity::PhoneCn
        | Entity::IdCn
        | Entity::BankCard
        | Entity::SsnUs
        | Entity::Email
        | Entity::Url
        | Entity::Domain
        | Entity::Ip
        | Entity::Handle
        | Entity::Mention
        | Entity::Phone => None,
    }
}

/// Bitcoin (`1…`, `3…` of 26 to 34 characters; `bc1…` with its checksum), Ethereum
/// (`0x` and 40 hexadecimal digits), Tron (`T…` of 34).
///
/// Base58 depends on case, which folding removes, so its checksum is not verified. The alphabet (no
/// zero), the length, and a digit among letters are required, and hexadecimal hashes are rejected.
/// Noise inside is not allowed, because any words together would look like an address.
fn crypto_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    /// BIP 173: at most 90 characters; one more shows that the token is longer.
    const CHARS_MAX: usize = 91;
    let end = text.run(start, CHARS_MAX, is_alnum);
    let symbols = || (start..end).map(|at| text.at(at));
    let length = end - start;
    let first = char::from_u32(text.at(start).into())?;
    let fits = match first {
        '0' => {
            length == 42 && text.at(start + 1) == u16::from(b'x') && symbols().skip(2).all(is_hex)
        }
        'b' if text.word_at(start, "bc1").is_some() => is_bech32(symbols(), length),
        '1' | '3' => (26..=34).contains(&length) && is_base58_shape(symbols()),
        't' => length == 34 && is_base58_shape(symbols()),
        _ => false,
    };
    (fits && text.right_edge(end)).then_some(start..end)
}

/// No zero, a digit after the first symbol, a letter that is not hexadecimal.
fn is_base58_shape(symbols: impl Iterator<Item = u16> + Clone) -> bool {
    symbols.clone().all(|symbol| symbol != u16::from(b'0'))
        && symbols.clone().skip(1).any(is_digit)
        && symbols.skip(1).any(|symbol| !is_hex(symbol))
}

/// BIP 173 and BIP 350: the data part after `bc1` is of the alphabet, and the
/// checksum is that of Bech32 or Bech32m.
fn is_bech32(symbols: impl Iterator<Item = u16>, length: usize) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    const BECH32: u32 = 1;
    const BECH32M: u32 = 0x2bc8_30a3;
    // Programs of 20 bytes (42 characters) and more: shorter ones are not in use.
    if !(42..=90).contains(&length) {
        return false;
    }
    let step = |state: u32, value: u32| {
        let carry = state >> 25;
        let shifted = (state & 0x01ff_ffff) << 5 ^ value;
        (0..5).filter(|bit| carry >> bit & 1 != 0).fold(shifted, |s, bit| s ^ GENERATORS[bit])
    };
    // The expanded prefix `bc`: high bits, zero, low bits.
    let prefix = [3, 3, 0, 2, 3].into_iter().fold(1, step);
    let state = symbols.skip(3).try_fold(prefix, |state, symbol| {
        let value = ALPHABET.iter().position(|known| u16::from(*known) == symbol)?;
        Some(step(state, value as u32))
    });
    matches!(state, Some(BECH32 | BECH32M))
}

/// A letter and eight digits (`e`, `g`, and `d`, `p`, `s` for official ones), or `e`,
/// `d`, `p`, `s` with a second letter and seven digits. There is no check digit: a rule should
/// require a word near it.
fn passport_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    let [first, second] = [0, 1].map(|offset| char::from_u32(text.at(start + offset).into()));
    let letters = match (first?, second?) {
        // The normal series uses all letters except i and o.
        ('e', 'a'..='h' | 'j'..='n' | 'p'..='z') | ('d' | 'p' | 's', 'e') => 2,
        ('e' | 'g' | 'd' | 'p' | 's', _) => 1,
        _ => return None,
    };
    let end = start + 9;
    let digits = (start + letters..end).all(|at| is_digit(text.at(at)));
    (digits && text.right_edge(end)).then_some(start..end)
}

pub(super) fn is_plate_province(symbol: u16) -> bool {
    const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    super::text::is_han(symbol) && PROVINCES.encode_utf16().any(|known| known == symbol)
}

/// A province, a letter, perhaps a dot or space, and five or six characters
/// (GA 36-2018): five letters or digits without i and o, at most two of them letters
/// or a last 挂, 学, 警, 港, 澳; or six for new energy, with a letter from a to k at the
/// beginning or end.
fn plate_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    let is_plate_letter = |symbol: u16| is_letter(symbol) && !matches!(symbol, 0x69 | 0x6F);
    let city = start + 1;
    if !is_plate_province(text.at(start)) || !is_plate_letter(text.at(city)) {
        return None;
    }
    let dot = matches!(text.at(city + 1), 0x20 | 0x2D | 0x2E | 0xB7 | 0x2022 | 0x2027 | 0x30FB);
    let tail = city + 1 + usize::from(dot);
    let is_tail = |symbol: u16| is_digit(symbol) || is_plate_letter(symbol);
    let length = (0..7).take_while(|offset| is_tail(text.at(tail + offset))).count();
    let letters = (tail..tail + length).filter(|at| is_letter(text.at(*at))).count();
    let special = length == 4
        && matches!(
            char::from_u32(text.at(tail + 4).into()),
            Some('挂' | '学' | '警' | '港' | '澳')
        );
    let energy = |at: usize| matches!(text.at(at), 0x61..=0x68 | 0x6A | 0x6B);
    let end = match length {
        4 if special && letters <= 1 => tail + 5,
        5 if letters <= 2 => tail + 5,
        6 if letters == 1 && (energy(tail) || energy(tail + 5)) => tail + 6,
        6 if letters == 2 && energy(tail) && is_letter(text.at(tail + 1)) => tail + 6,
        _ => return None,
    };
    text.right_edge(end).then_some(start..end)
}

/// A number that satisfies [`Check::Iban`], in one piece or with a space or hyphen after every
/// four characters.
fn iban_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    let mut number = Number::default();
    let head = [text.at(start), text.at(start + 1)];
    if !head.into_iter().all(is_letter) {
        return None;
    }
    let length = iban_length(head.map(|letter| letter as u8))?;
    let mut at = start;
    for place in 0..length {
        let gap = place > 0 && place % 4 == 0 && matches!(text.at(at), 0x20 | 0x2D | 0xA0);
        at += usize::from(gap);
        let symbol = text.at(at);
        if !is_alnum(symbol) || !number.push(symbol as u8) {
            return None;
        }
        at += 1;
    }
    (text.right_edge(at) && Check::Iban.holds_for(number.as_bytes())).then_some(start..at)
}

/// Eighteen characters in one piece that satisfy [`Check::Uscc`]. Digits alone, which
/// many other numbers have, must begin as those of companies, offices and societies
/// do: 9, 1 or 5, and a class in use.
fn uscc_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    let end = start + 18;
    let mut number = Number::default();
    let whole = (start..end).all(|at| is_alnum(text.at(at)) && number.push(text.at(at) as u8));
    let common = matches!(number.as_bytes(), [b'1' | b'5' | b'9', b'1'..=b'3' | b'9', ..]);
    let lettered = number.as_bytes().iter().any(u8::is_ascii_lowercase);
    (whole
        && (common || lettered)
        && text.right_edge(end)
        && Check::Uscc.holds_for(number.as_bytes()))
    .then_some(start..end)
}
