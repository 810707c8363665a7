//! What a match in a wide reading is worth: the narrowest view that sees it.
//!
//! A reading is coarse on purpose, so that one pass serves all terms. Here the
//! folded symbols are compared with the term's own, and what no view of the
//! matcher allows is refused. Nothing is allocated: this runs for every match.

use crate::domain::limits::SQUEEZED_GAP_CHARS_MAX;
use crate::domain::view::{View, ViewSet};
use crate::fold::{self, tables};
use crate::scan::text::projection::{is_letter_in_disguise, is_noise_in};

/// The narrowest of `views` under which `symbols` read as `term`, if any does.
/// Their readings are known to be equal.
pub(in crate::scan) fn narrowest(symbols: &[u16], term: &[u16], views: ViewSet) -> Option<View> {
    if symbols == term {
        return Some(View::Folded);
    }
    let squeezes = views.has(View::Squeezed);
    let is_spelled = squeezes && without_noise(symbols).eq(without_noise(term));
    if is_spelled && gaps_are_fair(symbols, term, Skip::Noise) {
        return Some(View::Squeezed);
    }
    let skip = if squeezes { Skip::NoiseButSigns } else { Skip::Nothing };
    let looks = views.has(View::Look) && looks_like(symbols, term, skip);
    (looks && (!squeezes || gaps_are_fair(symbols, term, skip))).then_some(View::Look)
}

/// Symbols that are not noise.
pub(in crate::scan) fn without_noise(symbols: &[u16]) -> impl Iterator<Item = u16> {
    Skipping::new(symbols, Skip::Noise).map(|(symbol, _)| symbol)
}

/// May these symbols, noise and all, stand for the term? No run of noise is
/// longer than [`SQUEEZED_GAP_CHARS_MAX`], and between Latin letters or digits
/// of the term there is noise everywhere or nowhere (`v.x`, not `he llo`) —
/// where the term itself has noise, either will do.
fn gaps_are_fair(symbols: &[u16], term: &[u16], skip: Skip) -> bool {
    let letters = tables::latin_or_digit();
    let (mut gaps, mut tights) = (0, 0);
    let (mut here, mut there) = (Skipping::new(symbols, skip), Skipping::new(term, skip));
    let mut before: Option<u16> = None;
    for (symbol, skipped) in here.by_ref() {
        let own = there.next().map_or(0, |(_, own)| own);
        let latin = before.is_some_and(|before| letters.has(before)) && letters.has(symbol);
        if before.is_some() && skipped > SQUEEZED_GAP_CHARS_MAX {
            return false;
        }
        if latin && own == 0 {
            *(if skipped > 0 { &mut gaps } else { &mut tights }) += 1;
        }
        before = Some(symbol);
    }
    gaps == 0 || tights == 0
}

/// Do the symbols look like the term? Their classes are known to be equal; what
/// classes cannot say is asked here:
///
/// * a letter may be repeated more often than in the term, not less;
/// * a digit of the term is that digit, or the letter that is drawn like it: a
///   price is no word in disguise;
/// * some letter of a Latin term is a letter: `101` is not `lol`.
fn looks_like(symbols: &[u16], term: &[u16], skip: Skip) -> bool {
    let (mut here, mut there) = (Runs::new(symbols, skip), Runs::new(term, skip));
    let (mut wants_letter, mut has_letter) = (false, false);
    loop {
        match (here.next(), there.next()) {
            (None, None) => return has_letter || !wants_letter,
            (Some(run), Some(own)) => {
                if run.class != own.class || run.count < own.count {
                    return false;
                }
                if is_digit(own.symbol) && !draws_digit(run.symbol, own.symbol) {
                    return false;
                }
                wants_letter |= is_letter(own.symbol);
                let is_drawn = is_digit(run.symbol) || is_sign(run.symbol);
                has_letter |= is_letter(own.symbol) && !is_drawn;
            }
            _ => return false,
        }
    }
}

fn is_digit(symbol: u16) -> bool {
    (u16::from(b'0')..=u16::from(b'9')).contains(&symbol)
}

fn is_letter(symbol: u16) -> bool {
    (u16::from(b'a')..=u16::from(b'z')).contains(&symbol)
}

fn is_sign(symbol: u16) -> bool {
    symbol < 0x80 && !is_letter(symbol) && !is_digit(symbol)
}

/// Is `symbol` the digit, or a letter drawn like it?
fn draws_digit(symbol: u16, digit: u16) -> bool {
    symbol == digit
        || match u8::try_from(digit) {
            Ok(b'0') => symbol == u16::from(b'o') || symbol >= 0x80,
            Ok(b'1') => symbol == u16::from(b'l') || symbol == u16::from(b'i') || symbol >= 0x80,
            _ => symbol >= 0x80,
        }
}

/// A character of the look reading, and how often it stands there in a row.
struct Run {
    /// Its class.
    class: u16,
    /// The first symbol that gave it.
    symbol: u16,
    count: usize,
}

/// The look reading of symbols, noise skipped, with repeats counted.
struct Runs<'s> {
    symbols: Skipping<'s>,
    ahead: Option<u16>,
}

impl Runs<'_> {
    fn new(symbols: &[u16], skip: Skip) -> Runs<'_> {
        Runs { symbols: Skipping::new(symbols, skip), ahead: None }
    }

    fn step(&mut self) -> Option<u16> {
        self.ahead.take().or_else(|| self.symbols.next().map(|(symbol, _)| symbol))
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let symbol = self.step()?;
        let mut run = Run { class: self.class(symbol), symbol, count: 1 };
        while let Some(next) = self.step() {
            if !is_letter(run.class) || self.class(next) != run.class {
                self.ahead = Some(next);
                break;
            }
            run.count += 1;
        }
        Some(run)
    }
}

impl Runs<'_> {
    /// The class of a symbol; of an astral pair, both halves are taken at once.
    fn class(&mut self, symbol: u16) -> u16 {
        let look = tables::lookalikes();
        if !(0xD800..=0xDBFF).contains(&symbol) {
            return look.class(symbol);
        }
        let low = self.symbols.peek().unwrap_or(fold::SEPARATOR);
        match look.class_of_pair(symbol, low) {
            Some(class) => {
                self.symbols.next();
                class
            }
            None => symbol,
        }
    }
}

/// Which symbols do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    Nothing,
    Noise,
    /// Noise, but not the signs that pass for letters where the look reading keeps them.
    NoiseButSigns,
}

/// Walks the symbols that count, with the number of skipped ones before each.
struct Skipping<'s> {
    symbols: &'s [u16],
    at: usize,
    skip: Skip,
}

impl Skipping<'_> {
    fn new(symbols: &[u16], skip: Skip) -> Skipping<'_> {
        Skipping { symbols, at: 0, skip }
    }

    /// The next symbol as it stands.
    fn peek(&self) -> Option<u16> {
        self.symbols.get(self.at).copied()
    }

    fn skips(&self, at: usize) -> bool {
        self.skip != Skip::Nothing
            && is_noise_in(self.symbols, at)
            && !(self.skip == Skip::NoiseButSigns && is_letter_in_disguise(self.symbols, at))
    }
}

impl Iterator for Skipping<'_> {
    type Item = (u16, usize);

    fn next(&mut self) -> Option<(u16, usize)> {
        let mut skipped = 0;
        while let Some(&symbol) = self.symbols.get(self.at) {
            let skips = self.skips(self.at);
            self.at += 1;
            if !skips {
                return Some((symbol, skipped));
            }
            skipped += 1;
        }
        None
    }
}
