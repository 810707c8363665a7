//! Two engines for one pattern: one for short windows, one for long texts.
//!
//! The engine for long texts builds the states of an automaton while it reads. Each new
//! one takes microseconds, and where a gap may begin at many places nearly every
//! character makes one: that pays off in long texts alone. Most searches look at some
//! dozens of bytes around a literal; there, trying one way after the other is faster. It
//! may cost as much as the states of the pattern times the bytes read, so windows for it
//! are short, patterns small, and [`super::Work`] bounds how much of a text is read so.
//!
//! Both find the same matches. The engine for long texts is made when it is first needed.

use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Anchored, Input, meta};
use regex_syntax::hir::Hir;
use std::ops::Range;
use std::sync::OnceLock;

use crate::limits::REGEX_PROGRAM_BYTES_MAX;

/// The longest window that is short, in bytes.
pub(super) const SHORT_BYTES_MAX: usize = 512;

/// The largest program that is tried way by way in the longest of short windows; in shorter
/// ones it may be larger. Below, the engine keeps account of every state at every byte of
/// the window in its standard room.
const SHORT_PROGRAM_BYTES_MAX: usize = 64 << 10;

/// A pattern, compiled.
#[derive(Clone, Debug)]
pub(super) struct Engines {
    hir: Hir,
    short: meta::Regex,
    /// Bytes of the program of `short`.
    program: usize,
    long: OnceLock<meta::Regex>,
}

impl Engines {
    /// Compiles a folded pattern.
    ///
    /// # Errors
    ///
    /// It is larger than [`REGEX_PROGRAM_BYTES_MAX`], or the engine refuses it.
    pub fn new(hir: &Hir) -> Result<Engines, Box<meta::BuildError>> {
        let config = config().nfa_size_limit(Some(REGEX_PROGRAM_BYTES_MAX));
        let config = config.hybrid(false).dfa(false);
        let short = meta::Builder::new().configure(config).build_from_hir(hir)?;
        let program = short.memory_usage();
        Ok(Engines { hir: hir.clone(), short, program, long: OnceLock::new() })
    }

    /// May a window of so many bytes be searched by [`Engines::find_short`]?
    pub fn is_short(&self, bytes: usize) -> bool {
        let account = self.program.saturating_mul(bytes);
        bytes <= SHORT_BYTES_MAX && account <= SHORT_PROGRAM_BYTES_MAX * SHORT_BYTES_MAX
    }

    /// The leftmost match in a short window; what stands around it is seen by `^` and `\b`.
    pub fn find_short(&self, text: &str, window: Range<usize>) -> Option<Range<usize>> {
        self.short.search(&Input::new(text).range(window)).map(|found| found.range())
    }

    /// The match that begins where a short window begins.
    pub fn find_there(&self, text: &str, window: Range<usize>) -> Option<Range<usize>> {
        let input = Input::new(text).range(window).anchored(Anchored::Yes);
        self.short.search(&input).map(|found| found.range())
    }

    /// The leftmost match in a window of any length.
    pub fn find_long(&self, text: &str, window: Range<usize>) -> Option<Range<usize>> {
        let long = self.long.get_or_init(|| {
            let built = meta::Builder::new().configure(config()).build_from_hir(&self.hir);
            // It was built once, with the same engines but one.
            built.unwrap_or_else(|_| self.short.clone())
        });
        long.search(&Input::new(text).range(window)).map(|found| found.range())
    }
}

fn config() -> meta::Config {
    meta::Config::new().which_captures(WhichCaptures::Implicit)
}
