//! Two engines for one pattern: one for short windows, one for long texts.
//!
//! The engine for long texts is a lazy DFA: it builds its states while it reads. A new state takes
//! microseconds, and where a gap can begin at many positions nearly every character makes one,
//! which pays off only in long texts. Most searches read some dozens of bytes around a literal;
//! there, backtracking is faster. Its cost can reach the states of the pattern times the bytes
//! read, so it runs on short windows and small patterns, and [`super::SearchBudget`] bounds how
//! much of a text it reads.
//!
//! Both find the same matches, and each is built on first use. Each thread keeps
//! the states that it has built, in a bounded cache: a stream without repetition would fill any
//! cache.

use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Anchored, Input, meta};
use regex_syntax::hir::Hir;
use std::ops::Range;
use std::sync::OnceLock;

use crate::domain::limits::{REGEX_PROGRAM_BYTES_MAX, REGEX_STATES_BYTES_MAX};

/// Longest short window, in bytes. `docs/notes/filter-stages.md` has the times that chose it.
pub(super) const SHORT_BYTES_MAX: usize = 512;

/// Largest program, in bytes, for backtracking over the longest short window; over shorter windows
/// it can be larger. Below this size, the visited set of every state at every byte fits the
/// engine's default capacity.
const SHORT_PROGRAM_BYTES_MAX: usize = 64 << 10;

/// A folded pattern, and both engines for it, each built on first use.
#[derive(Clone, Debug)]
pub(super) struct Engines {
    hir: Hir,
    short: OnceLock<Short>,
    long: OnceLock<meta::Regex>,
}

/// The engine for short windows.
#[derive(Clone, Debug)]
struct Short {
    regex: meta::Regex,
    /// Bytes of its program.
    program: usize,
}

impl Short {
    fn build(hir: &Hir) -> Result<Short, Box<meta::BuildError>> {
        let config = config().nfa_size_limit(Some(REGEX_PROGRAM_BYTES_MAX));
        let config = config.hybrid(false).dfa(false);
        let regex = meta::Builder::new().configure(config).build_from_hir(hir)?;
        let program = regex.memory_usage();
        Ok(Short { regex, program })
    }
}

impl Engines {
    /// Compiles a folded pattern.
    ///
    /// # Errors
    ///
    /// The program is larger than [`REGEX_PROGRAM_BYTES_MAX`], or the engine rejects the pattern.
    pub fn new(hir: Hir) -> Result<Engines, Box<meta::BuildError>> {
        let short = Short::build(&hir)?;
        Ok(Engines { hir, short: OnceLock::from(short), long: OnceLock::new() })
    }

    /// A folded pattern that [`Engines::new`] accepts; nothing is compiled before it is used.
    pub fn known(hir: Hir) -> Engines {
        Engines { hir, short: OnceLock::new(), long: OnceLock::new() }
    }

    /// The folded pattern.
    pub fn hir(&self) -> &Hir {
        &self.hir
    }

    fn short(&self) -> &Short {
        self.short.get_or_init(|| {
            let built = Short::build(&self.hir);
            // Only a forged file can name a pattern that was never compiled. It matches nothing.
            built.unwrap_or_else(|_| Short { regex: never(), program: 0 })
        })
    }

    /// Can a window of `bytes` be searched by [`Engines::find_short`]?
    pub fn is_short(&self, bytes: usize) -> bool {
        let account = self.short().program.saturating_mul(bytes);
        bytes <= SHORT_BYTES_MAX && account <= SHORT_PROGRAM_BYTES_MAX * SHORT_BYTES_MAX
    }

    /// The leftmost match in a short window; `^` and `\b` see the text around it.
    pub fn find_short(&self, text: &str, window: Range<usize>) -> Option<Range<usize>> {
        self.short().regex.search(&Input::new(text).range(window)).map(|found| found.range())
    }

    /// The match at the start of a short window.
    pub fn find_there(&self, text: &str, window: Range<usize>) -> Option<Range<usize>> {
        let input = Input::new(text).range(window).anchored(Anchored::Yes);
        self.short().regex.search(&input).map(|found| found.range())
    }

    /// The leftmost match in a window of any length.
    pub fn find_long(&self, text: &str, window: Range<usize>) -> Option<Range<usize>> {
        let long = self.long.get_or_init(|| {
            let config = config().hybrid_cache_capacity(self.room());
            let built = meta::Builder::new().configure(config).build_from_hir(&self.hir);
            // The pattern was built before, with all engines but one.
            built.unwrap_or_else(|_| self.short().regex.clone())
        });
        long.search(&Input::new(text).range(window)).map(|found| found.range())
    }

    /// Cache for the states of the engine for long texts, in bytes. If it cannot store a few
    /// states, the engine does not use it.
    fn room(&self) -> usize {
        REGEX_STATES_BYTES_MAX.max(self.short().program.saturating_mul(2))
    }
}

fn config() -> meta::Config {
    meta::Config::new().which_captures(WhichCaptures::Implicit)
}

/// A regex without a match.
fn never() -> meta::Regex {
    let built = meta::Builder::new().build_from_hir(&Hir::fail());
    built.unwrap_or_else(|_| unreachable!("the empty class compiles"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engines(pattern: &str) -> Engines {
        Engines::new(regex_syntax::parse(pattern).unwrap()).unwrap()
    }

    /// Letters without a pattern, so that every stretch is a state of its own.
    fn letters(count: usize) -> String {
        let mut dice = 1_u32;
        let roll = || {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if dice >> 31 == 0 { 'a' } else { 'b' }
        };
        std::iter::repeat_with(roll).take(count).collect()
    }

    /// Memory that a thread keeps after it has read `text`.
    fn kept(regex: &meta::Regex, text: &str) -> usize {
        let mut cache = regex.create_cache();
        assert_eq!(regex.search_with(&mut cache, &Input::new(text)), None);
        cache.memory_usage()
    }

    #[test]
    fn states_stay_within_their_cache() {
        let engines = engines("a[ab]{18}c");
        let text = letters(400_000);
        assert_eq!(engines.find_long(&text, 0..text.len()), None);
        let long = engines.long.get().unwrap();
        let room = engines.room();
        assert_eq!(room, REGEX_STATES_BYTES_MAX);
        // Two directions, and what the other engines keep.
        let rest = kept(&engines.short().regex, "a") + (64 << 10);
        let few = kept(long, &text[..600]);
        let all = kept(long, &text);
        assert!(few < all && all <= 2 * room + rest, "{few}, {all} of 2 × {room} + {rest}");
        // Without a limit, the same text needs more.
        let unbounded = meta::Builder::new().configure(config()).build_from_hir(&engines.hir);
        assert!(kept(&unbounded.unwrap(), &text) > 2 * room + rest);
    }

    #[test]
    fn a_large_program_has_cache_for_its_states() {
        let small = engines("a[ab]{18}c");
        let large = engines("a(?:bcdefghi|jklmnopqr|stuvwxy|[k-z]{7}){300}c");
        assert!(small.short().program < REGEX_STATES_BYTES_MAX / 2, "{}", small.short().program);
        assert!(large.short().program > REGEX_STATES_BYTES_MAX / 2, "{}", large.short().program);
        assert_eq!(large.room(), 2 * large.short().program);
        // It uses the lazy DFA: its states need more memory than the other engines.
        let text = "a".to_owned() + &"bcdefghi".repeat(200);
        assert_eq!(large.find_long(&text, 0..text.len()), None);
        let long = large.long.get().unwrap();
        let without = kept(&large.short().regex, "x");
        assert!(kept(long, &text) > without + (64 << 10), "{without}");
    }
}
