//! A compiled pattern: its required literals, signature, automata and engines.

use super::bit_nfa::{self, BitNfa};
use super::budget::{MatchDecision, SearchBudget};
use super::engines::{Engines, SHORT_BYTES_MAX};
use super::error::RegexError;
use super::fold::{self, SkippedEnds};
use super::required_literals::{self, Required};
use super::signature::{BloomSignature, PatternSignature};
use crate::codec::{Codec, DecodeError, Reader};
use crate::domain::limits::{REGEX_BYTES_MAX, REGEX_NEST_MAX};
use regex_syntax::hir::Hir;
use std::ops::{ControlFlow, Range};
use std::sync::OnceLock;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct PrefilteredRegex {
    source: Box<str>,
    reads_raw: bool,
    /// Parsed and folded on first use, if the regex was read from a compiled file: most patterns
    /// of a large rule set are never searched for in a short run.
    engines: OnceLock<Engines>,
    required: Option<Required>,
    signature: PatternSignature,
    /// Built on first use, as `engines`.
    automata: OnceLock<Option<(BitNfa, BitNfa)>>,
    chars_max: Option<usize>,
    has_word_boundary: bool,
    /// The ends at which a match begins or ends with skipped noise.
    skipped: SkippedEnds,
}

impl PrefilteredRegex {
    /// Compiles `pattern` for text that was folded by `folded`, which maps a character to itself,
    /// another one, several, or none: for tests of other folds than that of posts. Not to be
    /// encoded.
    #[cfg(test)]
    pub fn new(
        pattern: &str,
        folded: &dyn Fn(char) -> Vec<char>,
    ) -> Result<PrefilteredRegex, RegexError> {
        let (hir, has_word_boundary) = fold::fold(parse(pattern)?, folded);
        let parsed = Parsed { hir, has_word_boundary, skipped: SkippedEnds::default() };
        PrefilteredRegex::build(pattern, true, parsed)
    }

    fn build(
        pattern: &str,
        reads_raw: bool,
        parsed: Parsed,
    ) -> Result<PrefilteredRegex, RegexError> {
        let Parsed { hir, has_word_boundary, skipped } = parsed;
        match hir.properties().minimum_len() {
            Some(0) => return Err(RegexError::empty_match(pattern)),
            None => return Err(RegexError::never(pattern)),
            Some(_) => {}
        }
        let (required, chars_max) = required_literals::analyse(&hir);
        let signature = PatternSignature::of(&hir);
        let engines = Engines::new(hir).map_err(|error| RegexError::build(pattern, &error))?;
        Ok(PrefilteredRegex {
            source: pattern.into(),
            reads_raw,
            engines: OnceLock::from(engines),
            required,
            signature,
            automata: OnceLock::new(),
            chars_max,
            has_word_boundary,
            skipped,
        })
    }

    /// Compiles `pattern` for raw text, or for text folded as posts are.
    ///
    /// # Errors
    ///
    /// The pattern is rejected, with a byte range in it and help.
    pub fn for_posts(pattern: &str, reads_raw: bool) -> Result<PrefilteredRegex, RegexError> {
        PrefilteredRegex::build(pattern, reads_raw, Parsed::for_posts(pattern, reads_raw)?)
    }

    pub(super) fn engines(&self) -> &Engines {
        self.engines.get_or_init(|| {
            let parsed = Parsed::for_posts(&self.source, self.reads_raw);
            // Only a forged file can name a pattern that was never compiled. It matches nothing.
            Engines::known(parsed.map_or_else(|_| Hir::fail(), |parsed| parsed.hir))
        })
    }

    /// A match without the noise that `^` and `$` skipped.
    pub fn without_skipped(&self, text: &str, found: Range<usize>) -> Range<usize> {
        let SkippedEnds { start, end } = self.skipped;
        let mut kept = &text[found.clone()];
        if start {
            kept = kept.trim_start_matches(is_skipped);
        }
        let from = found.end - kept.len();
        if end {
            kept = kept.trim_end_matches(is_skipped);
        }
        from..from + kept.len()
    }

    /// The pattern as written in the rule.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Literals of which every match contains one. `None` if no set of them is selective enough;
    /// every text must be searched then.
    pub fn required(&self) -> Option<&Required> {
        self.required.as_ref()
    }

    /// Does it have required literals? For the lint `regex_no_literal`.
    pub fn has_literal(&self) -> bool {
        self.required.is_some()
    }

    /// Length of the longest match in characters; `None` if it is unbounded.
    pub fn max_chars(&self) -> Option<usize> {
        self.chars_max
    }

    /// Does the pattern contain `\b` (or `\B`, `\<`, `\b{start}` …)? It is read as the ASCII
    /// form, to which Han characters are not letters.
    pub fn uses_unicode_word_boundary(&self) -> bool {
        self.has_word_boundary
    }

    /// The automaton of the pattern, and that of the reversed pattern. `None` for a pattern with
    /// too many positions.
    pub(super) fn automata(&self) -> Option<&(BitNfa, BitNfa)> {
        self.automata.get_or_init(|| bit_nfa::both_ways(self.engines().hir())).as_ref()
    }

    /// Can a text with this signature contain a match? A `false` is certain.
    pub fn may_match_with(&self, text: &BloomSignature) -> bool {
        self.signature.is_met(text)
    }

    /// Can `text` (folded symbols) contain a match around `literals`, the required literals found
    /// in it by start? `None` means anywhere. A `false` is certain. Nothing is decoded; linear
    /// in the windows around the literals.
    pub fn may_match(
        &self,
        text: &[u16],
        literals: Option<&mut dyn Iterator<Item = Range<usize>>>,
    ) -> bool {
        let Some((nfa, _)) = self.automata() else { return true };
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

    /// The leftmost match that begins at or after byte `from`, which must be a character
    /// boundary. `^` and `\b` see the text before `from`.
    pub fn find_at(&self, text: &str, from: usize) -> Option<Range<usize>> {
        self.engines().find_long(text, from..text.len())
    }

    /// The windows of `text` that contain every match, given the byte ranges of the required
    /// literals, by start. Disjoint and ascending.
    ///
    /// Searching the windows finds the same matches as searching the whole text.
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

    /// Calls `visit` with every match in `window` (bytes of `text`) from left to right, without
    /// overlap. After [`MatchDecision::Reject`] (an edge did not match) the search continues one
    /// character after the start of that match; other lengths from the same start are not tried.
    ///
    /// Stops when `visit` breaks and when `budget` is exhausted ([`SearchBudget::is_capped`]).
    /// `starts` is a buffer that is reused from search to search.
    pub fn find_all(
        &self,
        text: &str,
        window: Range<usize>,
        budget: &mut SearchBudget,
        starts: &mut Vec<u32>,
        mut visit: impl FnMut(Range<usize>) -> ControlFlow<(), MatchDecision>,
    ) {
        starts.clear();
        let automata = self.automata().filter(|_| window.len() <= SearchBudget::SHORT_BYTES);
        if let Some((_, backwards)) = automata {
            backwards.starts(text, window.clone(), starts);
        }
        let mut from = window.start;
        while from < window.end {
            let (found, read) = match automata {
                Some((nfa, _)) => self.next(nfa, text, from..window.end, budget, starts),
                None => self.next_anywhere(text, from..window.end, budget),
            };
            let Some(found) = found else { return };
            match visit(found.clone()) {
                ControlFlow::Continue(MatchDecision::Accept) => from = found.end,
                ControlFlow::Continue(MatchDecision::Reject) => {
                    from = forth(text, found.start, Some(1))
                }
                ControlFlow::Break(()) => return,
            }
            if from < window.end && !budget.spend(read) {
                return;
            }
        }
    }

    /// The leftmost match in `window`, and an upper bound of the bytes read for it. `starts`
    /// are the positions where a match can begin, descending; passed ones are removed.
    fn next(
        &self,
        nfa: &BitNfa,
        text: &str,
        window: Range<usize>,
        budget: &mut SearchBudget,
        starts: &mut Vec<u32>,
    ) -> (Option<Range<usize>>, usize) {
        let mut read_in_all = 0;
        while let Some(start) = starts.last().map(|start| *start as usize) {
            if start >= window.start {
                let near = window.end.min(text.ceil_char_boundary(start + SHORT_BYTES_MAX));
                let (end, read) = match budget.has_short() {
                    true => nfa.reach(text, start..near),
                    false => return self.next_anywhere(text, start..window.end, budget),
                };
                read_in_all += read - start;
                let is_long = read == near && near < window.end;
                if !budget.spend_short(read - start) || is_long {
                    return self.next_anywhere(text, start..window.end, budget);
                }
                if let Some(end) = end {
                    if !self.engines().is_short(end - start) {
                        return self.next_anywhere(text, start..window.end, budget);
                    }
                    let found = self.engines().find_there(text, start..end);
                    if found.is_some() {
                        return (found, read_in_all);
                    }
                }
            }
            starts.pop();
        }
        (None, read_in_all)
    }

    /// As [`PrefilteredRegex::next`], without known start positions.
    fn next_anywhere(
        &self,
        text: &str,
        window: Range<usize>,
        budget: &mut SearchBudget,
    ) -> (Option<Range<usize>>, usize) {
        let (from, end) = (window.start, window.end);
        let found = if self.engines().is_short(end - from) && budget.spend_short(end - from) {
            self.engines().find_short(text, window)
        } else {
            self.engines().find_long(text, window)
        };
        let read = self.read_bytes(from, end, found.as_ref());
        (found, read)
    }

    /// Upper bound of the bytes that the search from `from` read. If the length of a match is
    /// unbounded, the engine may have searched for a longer one up to the end.
    fn read_bytes(&self, from: usize, end: usize, found: Option<&Range<usize>>) -> usize {
        match (found, self.chars_max) {
            (Some(found), Some(chars)) => {
                (found.start - from).saturating_add(chars.saturating_mul(4)).min(end - from)
            }
            _ => end - from,
        }
    }
}

/// Everything of a pattern but its engines and automata, which are made from the source when they
/// are first used: to compile them all took most of a start.
impl Codec for PrefilteredRegex {
    fn encode(&self, out: &mut Vec<u8>) {
        let PrefilteredRegex {
            source,
            reads_raw,
            engines: _,
            required,
            signature,
            automata: _,
            chars_max,
            has_word_boundary,
            skipped,
        } = self;
        source.encode(out);
        reads_raw.encode(out);
        required.encode(out);
        signature.encode(out);
        chars_max.encode(out);
        has_word_boundary.encode(out);
        skipped.encode(out);
    }

    fn decode(from: &mut Reader<'_>) -> Result<PrefilteredRegex, DecodeError> {
        Ok(PrefilteredRegex {
            source: Codec::decode(from)?,
            reads_raw: Codec::decode(from)?,
            engines: OnceLock::new(),
            required: Codec::decode(from)?,
            signature: Codec::decode(from)?,
            automata: OnceLock::new(),
            chars_max: Codec::decode(from)?,
            has_word_boundary: Codec::decode(from)?,
            skipped: Codec::decode(from)?,
        })
    }
}

/// The byte `chars` characters before `at`; the start of the text if `chars` is `None`.
fn back(text: &str, at: usize, chars: Option<usize>) -> usize {
    match chars {
        None => 0,
        Some(0) => at,
        Some(chars) => text[..at].char_indices().rev().nth(chars - 1).map_or(0, |(at, _)| at),
    }
}

/// The byte `chars` characters after `at`; the end of the text if `chars` is `None`.
pub(super) fn forth(text: &str, at: usize, chars: Option<usize>) -> usize {
    match chars {
        None => text.len(),
        Some(chars) => {
            text[at..].char_indices().nth(chars).map_or(text.len(), |(offset, _)| at + offset)
        }
    }
}

/// Does `pattern` name a line break, which folded text does not have? `false` for a pattern that
/// does not parse.
pub fn names_line_break(pattern: &str) -> bool {
    parse(pattern).is_ok_and(|hir| fold::names_line_break(&hir))
}

/// Does `pattern` name two spaces in a row, which folded text does not have? `false` for a pattern
/// that does not parse.
pub fn names_double_space(pattern: &str) -> bool {
    parse(pattern).is_ok_and(|hir| fold::names_double_space(&hir))
}

/// A sign of a class of signs that folds to an ASCII letter or digit, with what it folds to: the
/// class matches that letter everywhere.
pub fn letter_of_signs(pattern: &str) -> Option<(char, char)> {
    fold::letter_of_signs(&parse(pattern).ok()?, &folded_character)
}

/// Is it a character that anchors skip ([`fold::skip_noise`])?
fn is_skipped(symbol: char) -> bool {
    !symbol.is_alphanumeric()
}

/// The characters that a character becomes when posts are folded.
fn folded_character(character: char) -> Vec<char> {
    crate::fold::fold_each(character.encode_utf8(&mut [0; 4])).collect()
}

/// A pattern as posts are searched with it.
struct Parsed {
    hir: Hir,
    has_word_boundary: bool,
    skipped: SkippedEnds,
}

impl Parsed {
    fn for_posts(pattern: &str, reads_raw: bool) -> Result<Parsed, RegexError> {
        if reads_raw {
            let (hir, has_word_boundary) = fold::fold(parse(pattern)?, &|symbol| vec![symbol]);
            return Ok(Parsed { hir, has_word_boundary, skipped: SkippedEnds::default() });
        }
        let (hir, has_word_boundary) = fold::fold(parse(pattern)?, &folded_character);
        let (hir, skipped) = fold::skip_noise(hir);
        Ok(Parsed { hir, has_word_boundary, skipped })
    }
}

fn parse(pattern: &str) -> Result<Hir, RegexError> {
    if pattern.len() > REGEX_BYTES_MAX {
        return Err(RegexError::too_long(pattern));
    }
    regex_syntax::ParserBuilder::new()
        .nest_limit(REGEX_NEST_MAX)
        .build()
        .parse(pattern)
        .map_err(|error| RegexError::syntax(pattern, &error))
}
