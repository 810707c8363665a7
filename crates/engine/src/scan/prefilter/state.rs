//! The state of the prefilter for one post.

use super::sparse_set::{SparseSet, StampedLists, StampedMap, StampedMasks};
use crate::domain::field::FieldSet;
use crate::domain::ids::MatcherIx;
use crate::scan::entities::{EntitySet, PossibleEntities};
use crate::scan::index::Index;
use crate::scan::regex::BloomSignature;
use crate::scan::text::batch::FieldText;
use crate::scan::text::projection::Projection;
use crate::scan::text::script::Scripts;
use crate::scan::verify::HanFields;
use std::ops::Range;

/// One worker's state of the prefilter, for one post at a time.
#[derive(Debug, Default)]
pub struct PrefilterState {
    /// Matchers of which a term or part occurs in the folded text.
    pub(super) matched: SparseSet,
    /// Matchers of which a term is a hit for certain.
    pub(super) confirmed: SparseSet,
    /// Matchers with pending occurrences.
    pub(super) candidates: SparseSet,
    /// Occurrences that need verification, and the results by matcher.
    pub(super) pending: Vec<Pending>,
    pub(super) verified: StampedMap,
    pub(super) han: HanFields,
    /// Matchers of which a required literal of a regex was found.
    pub(super) gated: SparseSet,
    /// Required literals found, by regex: projection by projection, field by field, ascending.
    pub(super) gates: StampedLists<GateOccurrence>,
    /// For each sequence, which of its parts occur.
    pub(super) parts: StampedMasks,
    /// Signatures of the folded and the squeezed text, valid where `has_signature` is set.
    pub(super) signatures: [BloomSignature; 2],
    pub(super) has_signature: [bool; 2],
    /// Does a signature satisfy a regex? By two times the regex, plus one for squeezed text.
    pub(super) meets_signature: StampedMap,
    /// Can a regex match, by its automaton?
    pub(super) regex_may_match: StampedMap,
    /// Entities that the symbols of the post allow; `None` before the first use.
    pub(super) allowed_entities: Option<EntitySet>,
    /// For each field, the memo for its folded and its squeezed text.
    pub(super) possible_entities: Vec<[PossibleEntities; 2]>,
    /// Uses of all occurrences: an upper bound of the hits that literals give.
    pub(super) uses: usize,
    /// Fields of the post.
    pub(super) present: FieldSet,
    /// Scripts of its text and of the languages that it declares.
    pub scripts: Scripts,
}

/// An occurrence of a term or part that needs verification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub matcher: MatcherIx,
    pub projection: Projection,
    /// Index of the use, for `LiteralIndex::use_at`.
    pub use_index: u32,
    pub field: u32,
    /// Symbols of the field's projection.
    pub start: u32,
    pub end: u32,
}

/// An occurrence of a required literal of a regex.
#[derive(Clone, Copy, Debug)]
pub(super) struct GateOccurrence {
    pub field: u32,
    pub is_squeezed: bool,
    /// Symbols of the field's folded or squeezed text.
    pub start: u32,
    pub end: u32,
}

impl GateOccurrence {
    /// The text that contains it: the field, and whether noise is skipped.
    pub fn text(&self) -> (u32, bool) {
        (self.field, self.is_squeezed)
    }
}

impl PrefilterState {
    /// Prepares the state for a post with these fields.
    pub fn reset(&mut self, index: &Index, fields: &[FieldText], scripts: Scripts) {
        let (matchers, regexes) = (index.matchers.len(), index.regexes.len());
        self.matched.reset(matchers);
        self.confirmed.reset(matchers);
        self.candidates.reset(matchers);
        self.verified.reset(matchers);
        self.pending.clear();
        self.han.reset(fields.len());
        self.gated.reset(matchers);
        self.gates.reset(regexes);
        self.parts.reset(index.sequences.len());
        self.has_signature = [false; 2];
        self.meets_signature.reset(2 * regexes);
        self.regex_may_match.reset(regexes);
        self.allowed_entities = None;
        self.possible_entities.clear();
        self.possible_entities.resize(fields.len(), Default::default());
        self.uses = 0;
        self.scripts = scripts;
        self.present = fields.iter().map(|text| text.field).collect();
    }

    /// Candidate matchers found by literals; unordered, may repeat. Excludes matchers that can
    /// hit without a literal.
    pub fn matchers(&self) -> impl Iterator<Item = MatcherIx> {
        let matched = self.matched.members().iter().chain(self.candidates.members());
        matched.chain(self.gated.members()).copied()
    }

    /// Does each part of the matcher's sequence occur, if all its hits are of one?
    pub fn has_all_parts(&self, index: &Index, matcher: MatcherIx) -> bool {
        index.matcher(matcher).only_sequence.is_none_or(|sequence| {
            let parts = index.sequences[sequence as usize].parts;
            self.parts.has_first(sequence as usize, parts)
        })
    }

    /// Which fields contain Han characters, for verification.
    pub fn han(&mut self) -> &mut HanFields {
        &mut self.han
    }

    /// Upper bound of the number of hits from literals.
    pub fn uses(&self) -> usize {
        self.uses
    }

    /// Ranges of the required literals of a regex in a text (field, and whether noise is
    /// skipped), by start.
    pub fn gates_in(&self, regex: u32, text: (u32, bool)) -> impl Iterator<Item = Range<usize>> {
        let own = self.gates.list(regex as usize).filter(move |gate| gate.text() == text);
        own.map(|gate| gate.start as usize..gate.end as usize)
    }
}
