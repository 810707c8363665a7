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
//! looked at alone. Patterns with more than [`POSITIONS_MAX`] positions have no nfa.
//!
//! The same positions read backwards tell where matches may begin ([`BitNfa::starts`]), so
//! that the engine need only be asked there, and how far to look ([`BitNfa::reach`]).
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
pub(super) struct BitNfa {
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

/// Calls a method of a sieve for as many words as its sets have.
macro_rules! by_words {
    ($nfa:ident, $method:ident, $($argument:expr),+) => {
        match $nfa.words {
            1 => $nfa.$method::<1>($($argument),+),
            2 => $nfa.$method::<2>($($argument),+),
            4 => $nfa.$method::<4>($($argument),+),
            8 => $nfa.$method::<8>($($argument),+),
            16 => $nfa.$method::<16>($($argument),+),
            _ => $nfa.$method::<WORDS_MAX>($($argument),+),
        }
    };
}

impl BitNfa {
    /// The sieve of a folded pattern, and that of the pattern read backwards; `None` if it
    /// has too many positions.
    pub fn both_ways(hir: &Hir) -> Option<(BitNfa, BitNfa)> {
        build::automata(hir)
    }

    /// May a match lie within `window` of `text`, which is all that `^` and `$` see?
    pub fn may_match(&self, text: &[u16], window: Range<usize>) -> bool {
        by_words!(self, matches, text, window)
    }

    fn matches<const W: usize>(&self, text: &[u16], window: Range<usize>) -> bool {
        let mut run = Run::<W>::new(self);
        let mut at = window.start;
        while at < window.end {
            // With nothing under way, on to where something may begin.
            if !run.is_active && at > 0 {
                match text[at..window.end].iter().position(|symbol| self.may_begin(*symbol)) {
                    Some(passed) => at += passed,
                    None => return false,
                }
            }
            if !is_second_half(text, at) {
                run.begin(at == 0);
                if run.step(text[at]) {
                    return true;
                }
            }
            at += 1;
        }
        window.end == text.len() && run.ends_text()
    }

    /// May a match begin with the symbol, elsewhere than at the start of a text?
    #[inline(always)]
    fn may_begin(&self, symbol: u16) -> bool {
        self.starts[self.classes.of(symbol)]
    }

    /// Of the pattern read backwards: appends the bytes of `text` at which a match within
    /// `window` may begin, the last one first.
    pub fn starts(&self, text: &str, window: Range<usize>, starts: &mut Vec<u32>) {
        by_words!(self, list_starts, text, window, starts)
    }

    fn list_starts<const W: usize>(&self, text: &str, window: Range<usize>, starts: &mut Vec<u32>) {
        let mut run = Run::<W>::new(self);
        for (offset, character) in text[window.clone()].char_indices().rev() {
            let at = window.start + offset;
            let (symbol, is_last) =
                (first_symbol(character), at + character.len_utf8() == text.len());
            if !run.is_active && !is_last && !self.may_begin(symbol) {
                continue;
            }
            run.begin(is_last);
            let ends = run.step(symbol);
            if ends || at == 0 && run.ends_text() {
                starts.push(at as u32);
            }
        }
    }

    /// Where a match that begins at the first byte of `window` may end at the latest, if
    /// there may be one; and up to where that was read.
    pub fn reach(&self, text: &str, window: Range<usize>) -> (Option<usize>, usize) {
        by_words!(self, last_end, text, window)
    }

    fn last_end<const W: usize>(&self, text: &str, window: Range<usize>) -> (Option<usize>, usize) {
        let mut run = Run::<W>::new(self);
        run.begin(window.start == 0);
        let (mut last, mut end) = (None, window.start);
        for character in text[window].chars() {
            let ends = run.step(first_symbol(character));
            end += character.len_utf8();
            if ends || end == text.len() && run.ends_text() {
                last = Some(end);
            }
            if !run.is_active {
                break;
            }
        }
        (last, end)
    }
}

/// A sieve at work.
struct Run<'s, const W: usize> {
    nfa: &'s BitNfa,
    /// What does not change while it reads, where it is quickly at hand.
    accepts: &'s [[u64; W]],
    rows: &'s [[u64; W]],
    first: [u64; W],
    chained: [u64; W],
    branching: [u64; W],
    last: [u64; W],
    /// Positions that took the last symbol.
    active: [u64; W],
    is_active: bool,
    /// What a match may begin with at the next symbol.
    beginning: Beginning,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    Never,
    InText,
    AtStart,
}

impl<'s, const W: usize> Run<'s, W> {
    fn new(nfa: &'s BitNfa) -> Run<'s, W> {
        Run {
            nfa,
            accepts: nfa.accepts.as_chunks().0,
            rows: nfa.rows.as_chunks().0,
            first: set(&nfa.first, 0),
            chained: set(&nfa.chained, 0),
            branching: set(&nfa.branching, 0),
            last: set(&nfa.last, 0),
            active: [0; W],
            is_active: false,
            beginning: Beginning::Never,
        }
    }

    /// A match may begin at the next symbol, which the text begins with or not.
    #[inline(always)]
    fn begin(&mut self, is_first: bool) {
        self.beginning = if is_first { Beginning::AtStart } else { Beginning::InText };
    }

    /// Takes the next symbol. May a match end with it?
    #[inline(always)]
    fn step(&mut self, symbol: u16) -> bool {
        let nfa = self.nfa;
        let class = nfa.classes.of(symbol);
        let beginning = std::mem::replace(&mut self.beginning, Beginning::Never);
        let begins = match beginning {
            Beginning::Never => false,
            Beginning::InText => nfa.starts[class],
            Beginning::AtStart => nfa.starts[class] || nfa.starts_text[class],
        };
        if !self.is_active && !begins {
            return false;
        }
        let mut next: [u64; W] = match (begins, beginning) {
            (true, Beginning::AtStart) => set(&nfa.first_in_text, 0),
            (true, _) => self.first,
            (false, _) => [0; W],
        };
        if self.is_active {
            self.follow(&mut next);
        }
        let accepts = &self.accepts[class];
        let (mut any, mut ends) = (0, 0);
        for word in 0..W {
            next[word] &= accepts[word];
            any |= next[word];
            ends |= next[word] & self.last[word];
        }
        self.is_active = any != 0;
        self.active = next;
        ends != 0
    }

    /// May a match end with the last symbol, which ends the text?
    fn ends_text(&self) -> bool {
        let last: [u64; W] = set(&self.nfa.last_in_text, 0);
        self.is_active && (0..W).any(|word| self.active[word] & last[word] != 0)
    }

    /// Adds the positions that follow the active ones to `next`.
    #[inline(always)]
    fn follow(&self, next: &mut [u64; W]) {
        let mut carry = 0;
        for word in 0..W {
            let moved = self.active[word] & self.chained[word];
            next[word] |= moved << 1 | carry;
            carry = moved >> 63;
            let mut branches = self.active[word] & self.branching[word];
            while branches != 0 {
                let position = word * 64 + branches.trailing_zeros() as usize;
                let row = &self.rows[usize::from(self.nfa.row_of[position])];
                for (to, from) in next.iter_mut().zip(row) {
                    *to |= from;
                }
                branches &= branches - 1;
            }
        }
    }
}

/// The symbol, or the first of two, that a character is written with.
#[inline(always)]
fn first_symbol(character: char) -> u16 {
    character.encode_utf16(&mut [0; 2])[0]
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
