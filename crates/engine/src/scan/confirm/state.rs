//! One worker's buffers for the hits of one post.

use super::phrases::AllowPhrases;
use crate::domain::ids::MatcherIx;
use crate::domain::view::View;
use crate::fold::{OffsetMap, UnitMap};
use crate::scan::entities::Found;
use crate::scan::hits::Hits;
use crate::scan::index::Index;
use crate::scan::prefilter::sparse_set::SparseSet;
use crate::scan::text::projection::Projection;
use std::ops::Range;

/// One worker's buffers for the hits of one post.
#[derive(Debug, Default)]
pub struct ConfirmScratch {
    pub hits: Hits,
    /// Matchers with hits before allow phrases and languages were applied.
    pub(super) marked: SparseSet,
    /// Matchers whose literals are collected now, unless `collects_all` is set.
    pub(super) wanted: SparseSet,
    /// Matchers whose literals were collected.
    collected: SparseSet,
    /// The literals of all matchers are collected.
    pub(super) collects_all: bool,
    /// Matchers whose regexes and entities were evaluated.
    evaluated: SparseSet,
    /// Matchers whose regexes and entities are evaluated now.
    pub(super) current: SparseSet,
    /// A cap was reached.
    pub capped: bool,
    /// Allow phrases found.
    pub(super) phrases: AllowPhrases,
    pub(super) parts: Vec<PartHit>,
    pub(super) running: Vec<RegexRun>,
    /// Required literals of the regex at hand.
    pub(super) gates: Vec<Range<usize>>,
    /// Positions where a match of the regex at hand can begin.
    pub(super) starts: Vec<u32>,
    /// One entry for each field of the post.
    pub(super) fields: Vec<FieldWork>,
    pub(super) entities: Vec<Found>,
    pub(super) text: String,
    /// By [`RegexText`]: the last text that was decoded.
    pub(super) decoded: [DecodedText; RegexText::ALL.len()],
    pub(super) symbols: Vec<u16>,
}

/// The maps of one field, begun on demand.
#[derive(Debug, Default)]
pub(super) struct FieldWork {
    pub map_begun: bool,
    pub map: OffsetMap,
    pub units_begun: bool,
    pub units: UnitMap,
}

/// A regex to run in one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RegexRun {
    pub field: u32,
    pub regex: u32,
}

/// The texts that regexes read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegexText {
    Raw,
    Folded,
    Squeezed,
}

impl RegexText {
    pub const ALL: [RegexText; 3] = [RegexText::Raw, RegexText::Folded, RegexText::Squeezed];

    /// The projection whose symbols the text is decoded from; `None` for the original text.
    pub fn projection(self) -> Option<Projection> {
        match self {
            RegexText::Raw => None,
            RegexText::Folded => Some(Projection::FOLDED),
            RegexText::Squeezed => Some(Projection::SQUEEZED),
        }
    }

    /// The view of a match in which the text differs from what narrower texts have.
    pub fn view(self) -> View {
        match self {
            RegexText::Raw => View::Exact,
            RegexText::Folded => View::Folded,
            RegexText::Squeezed => View::Squeezed,
        }
    }
}

/// A text in UTF-8 for regexes, and the mapping between its bytes and symbols.
#[derive(Debug, Default)]
pub(super) struct DecodedText {
    /// The field of this post that was decoded.
    pub field: Option<usize>,
    pub text: String,
    /// For each byte of `text`, and its end: number of symbols before it.
    pub symbols_before: Vec<u32>,
    /// For each symbol, and the end: number of bytes before it.
    pub bytes_before: Vec<u32>,
}

/// A part of a sequence that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartHit {
    pub sequence: u32,
    pub field: u32,
    pub part: u16,
    pub view: View,
    /// Folded symbols of the field.
    pub start: u32,
    pub end: u32,
    /// Units of the field before it, and up to its end.
    pub first: u32,
    pub last: u32,
    /// First symbol of the chain of parts that ends with this one, if there is a chain.
    pub origin: Option<u32>,
}

impl ConfirmScratch {
    /// Forgets the last post.
    pub fn reset(&mut self, index: &Index, fields: usize) {
        let matchers = index.matchers.len();
        self.hits.reset(matchers);
        self.marked.reset(matchers);
        self.evaluated.reset(matchers);
        self.wanted.reset(matchers);
        self.collected.reset(matchers);
        self.collects_all = false;
        self.capped = false;
        self.phrases.clear();
        self.parts.clear();
        if self.fields.len() < fields {
            self.fields.resize_with(fields, FieldWork::default);
        }
        for field in &mut self.fields {
            field.map_begun = false;
            field.units_begun = false;
        }
        for decoded in &mut self.decoded {
            decoded.field = None;
        }
    }

    /// Begins the collection of the literal hits of all matchers.
    pub fn begin_all_literals(&mut self) {
        self.collects_all = true;
    }

    /// Begins the collection of the literal hits of those `matchers` for which it was not done yet.
    /// Returns whether there are any.
    pub fn begin_literals(&mut self, index: &Index, matchers: &[MatcherIx]) -> bool {
        self.wanted.reset(index.matchers.len());
        if self.collects_all {
            return false;
        }
        for matcher in matchers {
            if !self.collected.contains(*matcher) {
                self.collected.insert(*matcher);
                self.wanted.insert(*matcher);
            }
        }
        !self.wanted.members().is_empty()
    }

    /// Begins the evaluation of the deferred `matchers` that were not evaluated yet.
    pub fn begin_deferred(&mut self, index: &Index, matchers: &[MatcherIx]) {
        self.current.reset(index.matchers.len());
        for matcher in matchers {
            if index.matcher(*matcher).is_deferred() && !self.evaluated.contains(*matcher) {
                self.evaluated.insert(*matcher);
                self.current.insert(*matcher);
            }
        }
    }

    /// Were the regexes and entities of the matcher evaluated?
    pub fn is_evaluated(&self, matcher: MatcherIx) -> bool {
        self.evaluated.contains(matcher)
    }

    /// Was the matcher evaluated, and does it have hits?
    pub fn has_hits(&self, matcher: MatcherIx) -> bool {
        self.evaluated.contains(matcher) && !self.hits.of(matcher).is_empty()
    }

    /// Can the matcher have a hit? `None` if the hits collected so far do not decide it. They
    /// do once the matcher was evaluated, and for matchers that are not deferred once literal
    /// hits were collected.
    pub fn may_have(&self, matcher: MatcherIx, is_deferred: bool) -> Option<bool> {
        if self.evaluated.contains(matcher) {
            return Some(!self.hits.of(matcher).is_empty());
        }
        let is_collected = self.collects_all || self.collected.contains(matcher);
        (is_collected && !is_deferred).then(|| self.marked.contains(matcher))
    }
}
