//! The bit-parallel automaton: positions of a pattern as bits, many per step.

use super::classes::Classes;
use std::ops::Range;

/// Largest number of positions of a pattern, counted repetitions written out.
pub(super) const POSITIONS_MAX: usize = 64 * WORDS_MAX;

/// Words of the largest set of positions. Not measured separately.
const WORDS_MAX: usize = 32;

/// The positions of a pattern and their successors. Immutable.
#[derive(Clone, Debug)]
pub struct BitNfa {
    /// Words of a set of positions: a power of two.
    pub(super) words: usize,
    pub(super) classes: Classes,
    /// For each class of symbols, the positions that accept it.
    pub(super) accepts: Vec<u64>,
    /// Classes that a first position accepts, and those that one accepts at the start of a text.
    pub(super) starts: Vec<bool>,
    pub(super) starts_text: Vec<bool>,
    /// Positions where a match can begin, and where it can begin at the start of a text.
    pub(super) first: Vec<u64>,
    pub(super) first_in_text: Vec<u64>,
    /// Positions whose successor is the next position.
    pub(super) chained: Vec<u64>,
    /// Positions with other successors: those in the row of each.
    pub(super) branching: Vec<u64>,
    pub(super) row_of: Vec<u16>,
    pub(super) rows: Vec<u64>,
    /// Positions where a match can end, and where it can end at the end of a text.
    pub(super) last: Vec<u64>,
    pub(super) last_in_text: Vec<u64>,
}

/// Calls a method of an automaton with the number of words of its sets.
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
    /// Can `window` of `text` contain a match? `^` and `$` refer to `text`.
    pub fn may_match(&self, text: &[u16], window: Range<usize>) -> bool {
        by_words!(self, matches, text, window)
    }

    fn matches<const W: usize>(&self, text: &[u16], window: Range<usize>) -> bool {
        let mut run = Run::<W>::new(self);
        let mut at = window.start;
        while at < window.end {
            // Without active positions, skip to a symbol that can begin a match.
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

    /// Can a match begin with the symbol, other than at the start of a text?
    #[inline(always)]
    fn may_begin(&self, symbol: u16) -> bool {
        self.starts[self.classes.of(symbol)]
    }

    /// For the automaton of the reversed pattern: appends the bytes of `text` at which a match in
    /// `window` can begin, descending.
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

    /// The last byte at which a match that begins with `window` can end, if there can be one; and
    /// the end of the text that was read for it.
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

/// An automaton while it reads a text.
struct Run<'s, const W: usize> {
    nfa: &'s BitNfa,
    /// Copies of constant tables, for fast access.
    accepts: &'s [[u64; W]],
    rows: &'s [[u64; W]],
    first: [u64; W],
    chained: [u64; W],
    branching: [u64; W],
    last: [u64; W],
    /// Positions that accepted the last symbol.
    active: [u64; W],
    is_active: bool,
    /// Where a match can begin at the next symbol.
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

    /// Lets a match begin at the next symbol; `is_first` if the symbol is the first of the text.
    #[inline(always)]
    fn begin(&mut self, is_first: bool) {
        self.beginning = if is_first { Beginning::AtStart } else { Beginning::InText };
    }

    /// Reads the next symbol. Can a match end with it?
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

    /// Can a match end with the last symbol, at the end of the text?
    fn ends_text(&self) -> bool {
        let last: [u64; W] = set(&self.nfa.last_in_text, 0);
        self.is_active && (0..W).any(|word| self.active[word] & last[word] != 0)
    }

    /// Adds the successors of the active positions to `next`.
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

/// The first UTF-16 symbol of a character.
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

/// Is the symbol the second half of a surrogate pair?
#[inline(always)]
fn is_second_half(text: &[u16], at: usize) -> bool {
    (0xDC00..=0xDFFF).contains(&text[at])
        && at.checked_sub(1).is_some_and(|before| (0xD800..=0xDBFF).contains(&text[before]))
}
