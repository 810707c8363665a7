//! Can a regex match anywhere in these symbols? A quick answer before the engine runs.
//!
//! The engine of the `regex-automata` crate builds its states while it reads; where many
//! words may begin a long gap, nearly every character makes a new one, which takes
//! microseconds. Most texts that hold a required literal hold no match. So they are
//! asked first, by the positions of the pattern (Glushkov's automaton) as bits, many at a
//! time, in the symbols as they lie in the folded text: nothing is decoded.
//!
//! A *no* is certain. A *yes* is not: word boundaries and anchors of lines count as
//! holding everywhere, and of a character beyond the basic plane the first half is
//! looked at alone. Patterns with more than [`POSITIONS_MAX`] positions have no sieve.
//!
//! The slow twin is the regex itself.

mod build;
mod classes;

use classes::Classes;
use regex_syntax::hir::Hir;
use std::ops::Range;

/// The most positions of a pattern, counted repetitions written out.
const POSITIONS_MAX: usize = 64 * WORDS_MAX;

/// Words of the largest set of positions.
const WORDS_MAX: usize = 32;

/// Positions of a pattern and how they follow each other. Immutable.
#[derive(Clone, Debug)]
pub(super) struct Sieve {
    /// Words of a set of positions: a power of two.
    words: usize,
    classes: Classes,
    /// For each class of symbols, the positions that take it.
    accepts: Vec<u64>,
    /// Classes that some first position takes, and those that one takes at the start of
    /// a text.
    starts: Vec<bool>,
    starts_text: Vec<bool>,
    /// Positions where a match may begin, and where it may at the start of a text.
    first: Vec<u64>,
    first_in_text: Vec<u64>,
    /// Positions that the next one by number follows.
    chained: Vec<u64>,
    /// Positions that others follow: those in the row of each.
    branching: Vec<u64>,
    row_of: Vec<u16>,
    rows: Vec<u64>,
    /// Positions where a match may end, and where it may at the end of a text.
    last: Vec<u64>,
    last_in_text: Vec<u64>,
}

impl Sieve {
    /// The sieve of a folded pattern; `None` if it has too many positions.
    pub fn new(hir: &Hir) -> Option<Sieve> {
        build::sieve(hir)
    }

    /// May a match lie within `window` of `text`, which is all that `^` and `$` see?
    pub fn may_match(&self, text: &[u16], window: Range<usize>) -> bool {
        match self.words {
            1 => self.run::<1>(text, window),
            2 => self.run::<2>(text, window),
            4 => self.run::<4>(text, window),
            8 => self.run::<8>(text, window),
            16 => self.run::<16>(text, window),
            _ => self.run::<WORDS_MAX>(text, window),
        }
    }

    fn run<const W: usize>(&self, text: &[u16], window: Range<usize>) -> bool {
        let mut active = [0; W];
        let mut is_active = false;
        for at in window.clone() {
            let symbol = text[at];
            if is_second_half(text, at) {
                continue;
            }
            let class = self.classes.of(symbol);
            let starts = self.starts[class] || at == 0 && self.starts_text[class];
            if !is_active && !starts {
                continue;
            }
            let mut next: [u64; W] =
                set(if at == 0 { &self.first_in_text } else { &self.first }, 0);
            if is_active {
                self.follow(&active, &mut next);
            }
            let (accepts, last): ([u64; W], [u64; W]) =
                (set(&self.accepts, class), set(&self.last, 0));
            let (mut any, mut ends) = (0, 0);
            for word in 0..W {
                next[word] &= accepts[word];
                any |= next[word];
                ends |= next[word] & last[word];
            }
            if ends != 0 {
                return true;
            }
            is_active = any != 0;
            active = next;
        }
        let last: [u64; W] = set(&self.last_in_text, 0);
        window.end == text.len() && (0..W).any(|word| active[word] & last[word] != 0)
    }

    /// Adds the positions that follow those of `active` to `next`.
    #[inline]
    fn follow<const W: usize>(&self, active: &[u64; W], next: &mut [u64; W]) {
        let (chained, branching): ([u64; W], [u64; W]) =
            (set(&self.chained, 0), set(&self.branching, 0));
        let mut carry = 0;
        for word in 0..W {
            let moved = active[word] & chained[word];
            next[word] |= moved << 1 | carry;
            carry = moved >> 63;
            let mut branches = active[word] & branching[word];
            while branches != 0 {
                let position = word * 64 + branches.trailing_zeros() as usize;
                let row: [u64; W] = set(&self.rows, usize::from(self.row_of[position]));
                for (to, from) in next.iter_mut().zip(row) {
                    *to |= from;
                }
                branches &= branches - 1;
            }
        }
    }
}

/// The `index`-th set of `W` words.
#[inline(always)]
fn set<const W: usize>(sets: &[u64], index: usize) -> [u64; W] {
    let words = sets.get(index * W..index * W + W).and_then(|words| words.try_into().ok());
    words.unwrap_or([0; W])
}

/// The second half of a character that is written with two symbols.
#[inline(always)]
fn is_second_half(text: &[u16], at: usize) -> bool {
    (0xDC00..=0xDFFF).contains(&text[at])
        && at.checked_sub(1).is_some_and(|before| (0xD800..=0xDBFF).contains(&text[before]))
}

#[cfg(test)]
mod tests;
