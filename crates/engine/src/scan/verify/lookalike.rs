//! Verification of the `squeezed` and `look` views: the narrowest view that accepts a match.
//!
//! A projection is coarse, so that one search serves all terms. Here the folded symbols of an
//! occurrence are compared with the term's, and what no view of the matcher accepts is
//! rejected. Nothing is allocated: this runs for every occurrence.

use crate::domain::limits::SQUEEZED_GAP_CHARS_MAX;
use crate::domain::view::{View, ViewSet};
use crate::fold::{self, tables};
use crate::scan::text::noise::{is_letter, is_lookalike_sign, is_noise_in};

/// The narrowest of `views` that accepts `symbols` as `term`: what one view accepts, or both
/// together. They are equal in some projection.
pub fn narrowest(symbols: &[u16], term: &[u16], views: ViewSet) -> Option<View> {
    if symbols == term {
        return Some(View::Folded);
    }
    let squeezes = views.has(View::Squeezed);
    let is_spelled = squeezes && without_noise(symbols).eq(without_noise(term));
    if is_spelled && gaps_are_acceptable(symbols, term, Skip::Noise) {
        return Some(View::Squeezed);
    }
    let looks = |skip: Skip| looks_like(symbols, term, skip);
    let is_drawn = views.has(View::Look)
        && (looks(Skip::Nothing)
            || squeezes
                && looks(Skip::NoiseButSigns)
                && gaps_are_acceptable(symbols, term, Skip::NoiseButSigns));
    is_drawn.then_some(View::Look)
}

/// Symbols that are not noise.
pub fn without_noise(symbols: &[u16]) -> impl Iterator<Item = u16> {
    Skipping::new(symbols, Skip::Noise).map(|(symbol, _)| symbol)
}

/// Is the noise between the symbols acceptable? No run of noise may be longer than
/// [`SQUEEZED_GAP_CHARS_MAX`], and between Latin letters or digits of the term there must be
/// noise everywhere or nowhere (`v.x`, not `he llo`). Places where the term itself has noise
/// are not counted.
fn gaps_are_acceptable(symbols: &[u16], term: &[u16], skip: Skip) -> bool {
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

/// Do the symbols look like the term? Their classes must be equal. Checks the conditions that
/// classes do not express:
///
/// * a letter may be repeated more often than in the term, not less often;
/// * a digit of the term must be that digit, or a letter drawn like it: a price is not a
///   disguised word;
/// * at least one letter of a Latin term must be a letter: `101` is not `lol`.
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

/// A character of the look-alike projection, and its number of repetitions.
struct Run {
    /// Its class.
    class: u16,
    /// The first symbol that gave it.
    symbol: u16,
    count: usize,
}

/// The look-alike projection of symbols, with repeats counted.
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
    /// The class of a symbol. Consumes both halves of a surrogate pair.
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

/// Which symbols are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    Nothing,
    Noise,
    /// Noise, except signs used as letters, which the look-alike projection keeps.
    NoiseButSigns,
}

/// Iterates over the symbols that are not skipped, each with the number skipped before it.
struct Skipping<'s> {
    symbols: &'s [u16],
    at: usize,
    skip: Skip,
}

impl Skipping<'_> {
    fn new(symbols: &[u16], skip: Skip) -> Skipping<'_> {
        Skipping { symbols, at: 0, skip }
    }

    /// The next symbol, skipped or not.
    fn peek(&self) -> Option<u16> {
        self.symbols.get(self.at).copied()
    }

    fn skips(&self, at: usize) -> bool {
        self.skip != Skip::Nothing
            && is_noise_in(self.symbols, at)
            && !(self.skip == Skip::NoiseButSigns && is_lookalike_sign(self.symbols, at))
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
