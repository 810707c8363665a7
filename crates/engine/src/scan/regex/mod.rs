//! One regex of an author: folded, bounded, behind the literals it needs.
//!
//! Input: a pattern, and the fold that posts go through. Output: [`PrefilteredRegex`],
//! immutable and shared by every worker. It reads folded text.
//!
//! * Refused: a source over `REGEX_BYTES_MAX` (before anything is built, since the
//!   size limit of the engine takes effect late), a program over
//!   `REGEX_PROGRAM_BYTES_MAX`, nesting over `REGEX_NEST_MAX`, what the engine does not
//!   know (look-around, back-references), and what can match nothing at all.
//! * [`PrefilteredRegex::required`] names literals of which one stands in every match, so
//!   that a regex costs nothing where none of them was found; the distances in it
//!   bound the [windows](PrefilteredRegex::windows) that are searched.
//! * [`PrefilteredRegex::may_match_with`] refuses texts that lack something else that every match
//!   has, whatever literal called.
//! * Where a match may begin, the pattern's positions tell; the engine is asked there.
//! * A single search is linear. All matches of a text are not: each search may read
//!   to the end of the text before it knows that the next match is a short one. So
//!   [`PrefilteredRegex::find_all`] keeps an account in [`SearchBudget`], and stops when that is spent.
//! * No allocation per search once every worker has searched once: the engine keeps
//!   its scratch in a pool.

mod bit_nfa;
mod engines;
mod fold;
mod required_literals;
mod signature;

pub use required_literals::Required;
pub use signature::BloomSignature;

use crate::domain::limits::{REGEX_BYTES_MAX, REGEX_NEST_MAX, REGEX_PROGRAM_BYTES_MAX};
use bit_nfa::BitNfa;
use engines::{Engines, SHORT_BYTES_MAX};
use fold::Notes;
use regex_automata::meta;
use regex_syntax::hir::Hir;
use signature::PatternSignature;
use std::fmt;
use std::ops::{ControlFlow, Range};

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct PrefilteredRegex {
    source: Box<str>,
    engines: Engines,
    required: Option<Required>,
    needs: PatternSignature,
    /// The nfa, and that of the pattern read backwards.
    automata: Option<(BitNfa, BitNfa)>,
    chars_max: Option<usize>,
    notes: Notes,
}

impl PrefilteredRegex {
    /// Compiles `pattern` for text that went through `folded`, which tells what a
    /// character becomes: itself, another, several, or nothing. For raw text it is
    /// the identity.
    ///
    /// # Errors
    ///
    /// The pattern is refused, with the place in it and a way out.
    pub fn new(
        pattern: &str,
        folded: &dyn Fn(char) -> Vec<char>,
    ) -> Result<PrefilteredRegex, RegexError> {
        if pattern.len() > REGEX_BYTES_MAX {
            return Err(RegexError::too_long(pattern));
        }
        let mut notes = Notes::default();
        let hir = fold::fold(parse(pattern)?, folded, &mut notes);
        match hir.properties().minimum_len() {
            Some(0) => return Err(RegexError::empty_match(pattern)),
            None => return Err(RegexError::never(pattern)),
            Some(_) => {}
        }
        let (required, chars_max) = required_literals::analyse(&hir);
        let engines = Engines::new(&hir).map_err(|error| RegexError::build(pattern, &error))?;
        let (needs, automata) = (PatternSignature::of(&hir), BitNfa::both_ways(&hir));
        let source = pattern.into();
        Ok(PrefilteredRegex { source, engines, required, needs, automata, chars_max, notes })
    }

    /// Compiles `pattern` for raw text, or for text that went through the fold of posts.
    ///
    /// # Errors
    ///
    /// As [`PrefilteredRegex::new`].
    pub fn for_posts(pattern: &str, reads_raw: bool) -> Result<PrefilteredRegex, RegexError> {
        match reads_raw {
            true => PrefilteredRegex::new(pattern, &|character| vec![character]),
            false => PrefilteredRegex::new(pattern, &folded_character),
        }
    }

    /// The pattern, as its author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Literals of which one stands in every match; `None` if there are none that
    /// are worth looking for, and every text has to be searched.
    pub fn required(&self) -> Option<&Required> {
        self.required.as_ref()
    }

    /// Has it required literals? For the lint `regex_no_literal`.
    pub fn has_literal(&self) -> bool {
        self.required.is_some()
    }

    /// The longest match in characters; `None` if there is no longest.
    pub fn max_chars(&self) -> Option<usize> {
        self.chars_max
    }

    /// Does the pattern say `\b` (or `\B`, `\<`, `\b{start}` …)? It is read as the ASCII
    /// form: Han characters are no letters to it.
    pub fn uses_unicode_word_boundary(&self) -> bool {
        self.notes.word_boundary
    }

    /// May a match lie in a text that holds this? A `false` is certain, a `true` is not.
    pub fn may_match_with(&self, text: &BloomSignature) -> bool {
        self.needs.are_met(text)
    }

    /// May a match lie in `text`, folded symbols, where `literals` (in order of their
    /// starts) are the required literals found in it; anywhere, if `None`? A `false` is
    /// certain, a `true` is not. Nothing is decoded, and linear in the windows around
    /// the literals.
    pub fn may_match(
        &self,
        text: &[u16],
        literals: Option<&mut dyn Iterator<Item = Range<usize>>>,
    ) -> bool {
        let Some((nfa, _)) = &self.automata else { return true };
        let Some(literals) = literals else { return nfa.may_match(text, 0..text.len()) };
        let reach = |chars: Option<usize>| chars.map(|chars| chars.saturating_mul(2));
        let (before, after) = self
            .required
            .as_ref()
            .map_or((None, None), |required| (reach(required.before), reach(required.after)));
        let window = |literal: Range<usize>| {
            let start = before.map_or(0, |before| literal.start.saturating_sub(before));
            let end = after.map_or(text.len(), |after| literal.end.saturating_add(after));
            start..end.min(text.len())
        };
        let mut parts = literals.map(window).peekable();
        while let Some(mut part) = parts.next() {
            while let Some(next) = parts.next_if(|next| next.start <= part.end) {
                part.end = part.end.max(next.end);
            }
            if nfa.may_match(text, part) {
                return true;
            }
        }
        false
    }

    /// The leftmost match that begins at or after byte `from`, which has to be the
    /// beginning of a character. What stands before `from` is seen by `^` and `\b`.
    pub fn find_at(&self, text: &str, from: usize) -> Option<Range<usize>> {
        self.engines.find_long(text, from..text.len())
    }

    /// The parts of `text` that hold every match, given where the required literals
    /// stand (bytes of `text`, in order of their starts). Disjoint, in order.
    ///
    /// Searching them gives the same matches as searching the whole text.
    pub fn windows<'t>(
        &self,
        text: &'t str,
        literals: impl IntoIterator<Item = Range<usize>> + 't,
    ) -> impl Iterator<Item = Range<usize>> + 't {
        let (before, after) = self
            .required
            .as_ref()
            .map_or((None, None), |required| (required.before, required.after));
        let mut parts = literals
            .into_iter()
            .map(move |literal| back(text, literal.start, before)..forth(text, literal.end, after))
            .peekable();
        std::iter::from_fn(move || {
            let mut window = parts.next()?;
            while let Some(next) = parts.next_if(|next| next.start <= window.end) {
                window.end = window.end.max(next.end);
            }
            Some(window)
        })
    }

    /// Gives `visit` every match in `window` (bytes of `text`) from left to right, without
    /// overlap. Where it answers [`MatchDecision::Reject`] (an edge does not hold) the search
    /// goes on one character after the start of that match; other lengths from the
    /// same start are not tried.
    ///
    /// Stops when `visit` breaks, and when `work` is spent, which then says so. `starts` is
    /// room for places, kept from search to search.
    pub fn find_all(
        &self,
        text: &str,
        window: Range<usize>,
        work: &mut SearchBudget,
        starts: &mut Vec<u32>,
        mut visit: impl FnMut(Range<usize>) -> ControlFlow<(), MatchDecision>,
    ) {
        starts.clear();
        let automata = self.automata.as_ref().filter(|_| window.len() <= SearchBudget::SHORT_BYTES);
        if let Some((_, backwards)) = automata {
            backwards.starts(text, window.clone(), starts);
        }
        let mut from = window.start;
        while from < window.end {
            let (found, read) = match automata {
                Some((nfa, _)) => self.next(nfa, text, from..window.end, work, starts),
                None => self.next_anywhere(text, from..window.end, work),
            };
            let Some(found) = found else { return };
            match visit(found.clone()) {
                ControlFlow::Continue(MatchDecision::Accept) => from = found.end,
                ControlFlow::Continue(MatchDecision::Reject) => {
                    from = forth(text, found.start, Some(1))
                }
                ControlFlow::Break(()) => return,
            }
            if from < window.end && !work.spend(read) {
                return;
            }
        }
    }

    /// The leftmost match in `window`, and the most bytes that were read for it. `starts`
    /// are the places where a match may begin, the last one first; those that are passed
    /// are taken away.
    fn next(
        &self,
        nfa: &BitNfa,
        text: &str,
        window: Range<usize>,
        work: &mut SearchBudget,
        starts: &mut Vec<u32>,
    ) -> (Option<Range<usize>>, usize) {
        let mut read_in_all = 0;
        while let Some(start) = starts.last().map(|start| *start as usize) {
            if start >= window.start {
                let near = window.end.min(text.ceil_char_boundary(start + SHORT_BYTES_MAX));
                let (end, read) = match work.has_short() {
                    true => nfa.reach(text, start..near),
                    false => return self.next_anywhere(text, start..window.end, work),
                };
                read_in_all += read - start;
                let is_long = read == near && near < window.end;
                if !work.spend_short(read - start) || is_long {
                    return self.next_anywhere(text, start..window.end, work);
                }
                if let Some(end) = end {
                    if !self.engines.is_short(end - start) {
                        return self.next_anywhere(text, start..window.end, work);
                    }
                    let found = self.engines.find_there(text, start..end);
                    if found.is_some() {
                        return (found, read_in_all);
                    }
                }
            }
            starts.pop();
        }
        (None, read_in_all)
    }

    /// The same without knowing where a match may begin.
    fn next_anywhere(
        &self,
        text: &str,
        window: Range<usize>,
        work: &mut SearchBudget,
    ) -> (Option<Range<usize>>, usize) {
        let (from, end) = (window.start, window.end);
        let found = if self.engines.is_short(end - from) && work.spend_short(end - from) {
            self.engines.find_short(text, window)
        } else {
            self.engines.find_long(text, window)
        };
        let read = self.read_bytes(from, end, found.as_ref());
        (found, read)
    }

    /// The most bytes that the search from `from` can have read. An engine without a
    /// bound for its matches may look for a longer or better one up to the end.
    fn read_bytes(&self, from: usize, end: usize, found: Option<&Range<usize>>) -> usize {
        match (found, self.chars_max) {
            (Some(found), Some(chars)) => {
                (found.start - from).saturating_add(chars.saturating_mul(4)).min(end - from)
            }
            _ => end - from,
        }
    }
}

/// What becomes of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchDecision {
    /// It is a hit: go on behind it.
    Accept,
    /// It is none: go on one character after its start.
    Reject,
}

/// How much searching one text may cost, in bytes read. A text that spends it all
/// was made to do so, or its rule is far too loose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchBudget {
    left: u64,
    /// Bytes that may still be searched as short windows.
    short: usize,
    capped: bool,
}

impl SearchBudget {
    /// Enough for any number of matches in an ordinary post: a text of a kilobyte may
    /// be read eight thousand times.
    pub const BYTES_MIN: u64 = 8 << 20;

    /// A long text may be read so many times over.
    pub const READINGS: u64 = 64;

    /// So much of a text is searched in short windows, by the engine whose cost depends
    /// on the pattern; then the other one takes over.
    pub const SHORT_BYTES: usize = 16 << 10;

    /// The account of one regex on a text of `text_bytes`.
    pub fn for_text(text_bytes: usize) -> SearchBudget {
        let left =
            SearchBudget::BYTES_MIN.max(SearchBudget::READINGS.saturating_mul(text_bytes as u64));
        SearchBudget { left, short: SearchBudget::SHORT_BYTES, capped: false }
    }

    /// Was it spent before the end, so that matches may be missing?
    pub fn is_capped(&self) -> bool {
        self.capped
    }

    /// Bytes that may still be read.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// May so much more be searched in short windows? Once it may not, nothing may.
    fn spend_short(&mut self, bytes: usize) -> bool {
        let left = self.short.checked_sub(bytes);
        self.short = left.unwrap_or(0);
        left.is_some()
    }

    fn has_short(&self) -> bool {
        self.short > 0
    }

    /// `false` when there was not so much left.
    fn spend(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes as u64) {
            Some(left) => self.left = left,
            None => self.capped = true,
        }
        !self.capped
    }
}

/// The byte `chars` characters before `at`; the start of the text if there is no bound.
fn back(text: &str, at: usize, chars: Option<usize>) -> usize {
    match chars {
        None => 0,
        Some(0) => at,
        Some(chars) => text[..at].char_indices().rev().nth(chars - 1).map_or(0, |(at, _)| at),
    }
}

/// The byte `chars` characters after `at`.
fn forth(text: &str, at: usize, chars: Option<usize>) -> usize {
    match chars {
        None => text.len(),
        Some(chars) => {
            text[at..].char_indices().nth(chars).map_or(text.len(), |(offset, _)| at + offset)
        }
    }
}

/// What posts show of a character.
fn folded_character(character: char) -> Vec<char> {
    let symbols = crate::fold::fold(character.encode_utf8(&mut [0; 4]));
    char::decode_utf16(symbols).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn parse(pattern: &str) -> Result<Hir, RegexError> {
    regex_syntax::ParserBuilder::new()
        .nest_limit(REGEX_NEST_MAX)
        .build()
        .parse(pattern)
        .map_err(|error| RegexError::syntax(pattern, &error))
}

/// Why a pattern is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError {
    range: Range<usize>,
    kind: RegexErrorKind,
    message: String,
    help: String,
}

/// What went wrong, for callers that must tell cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegexErrorKind {
    /// Too long, too large, too deep, or not a regex.
    Bad,
    /// It matches the empty string, so it would be found everywhere.
    EmptyMatch,
    /// It matches nothing at all.
    Never,
}

impl RegexError {
    /// Which bytes of the pattern are wrong.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// What went wrong.
    pub fn kind(&self) -> RegexErrorKind {
        self.kind
    }

    /// What is wrong, in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The way out. May be empty.
    pub fn help(&self) -> &str {
        &self.help
    }

    #[cold]
    fn new(range: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> RegexError {
        let (message, help) = (message.into(), help.into());
        RegexError { range, kind: RegexErrorKind::Bad, message, help }
    }

    #[cold]
    fn too_long(pattern: &str) -> RegexError {
        let message =
            format!("the regex is {} bytes long, more than {REGEX_BYTES_MAX}", pattern.len());
        RegexError::new(0..pattern.len(), message, "put plain terms in a word list instead")
    }

    #[cold]
    fn empty_match(pattern: &str) -> RegexError {
        let message = "the regex matches the empty string, so it would be found everywhere";
        let help = "require a character, for example with `+` instead of `*`; invisible \
                    characters count as nothing";
        RegexError {
            kind: RegexErrorKind::EmptyMatch,
            ..RegexError::new(0..pattern.len(), message, help)
        }
    }

    #[cold]
    fn never(pattern: &str) -> RegexError {
        let message = "the regex cannot match any text";
        let help = "look for an empty class such as `[^\\s\\S]`";
        RegexError {
            kind: RegexErrorKind::Never,
            ..RegexError::new(0..pattern.len(), message, help)
        }
    }

    #[cold]
    fn build(pattern: &str, error: &meta::BuildError) -> RegexError {
        if error.size_limit().is_some() {
            let message = format!(
                "the compiled regex takes more than {} KiB",
                REGEX_PROGRAM_BYTES_MAX / 1024
            );
            let help = "lower the counts of its repetitions, or use smaller classes than `\\w`";
            return RegexError::new(0..pattern.len(), message, help);
        }
        RegexError::new(0..pattern.len(), sentence(&error.to_string()), "")
    }

    #[cold]
    fn syntax(pattern: &str, error: &regex_syntax::Error) -> RegexError {
        use regex_syntax::ast::ErrorKind as Ast;
        let (span, message, help) = match error {
            regex_syntax::Error::Parse(error) => {
                let help = match error.kind() {
                    Ast::UnsupportedLookAround => {
                        "use `edge`, `except` or a condition (`near`, `not`) instead"
                    }
                    Ast::UnsupportedBackreference => "write both parts out",
                    Ast::NestLimitExceeded(_) => "use fewer groups inside groups",
                    Ast::RepetitionMissing => "write `\\` before the sign to mean the sign itself",
                    _ => "",
                };
                (error.span(), error.kind().to_string(), help)
            }
            regex_syntax::Error::Translate(error) => (error.span(), error.kind().to_string(), ""),
            other => return RegexError::new(0..pattern.len(), sentence(&other.to_string()), ""),
        };
        RegexError::new(span.start.offset..span.end.offset, sentence(&message), help)
    }
}

/// Lower case, no full stop.
fn sentence(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.range.start, self.message)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for RegexError {}

#[cfg(test)]
mod tests;
