//! The prefilter: which matchers of a post can have hits.
//!
//! Input: the occurrences of literals in one post. Output: candidate matchers. The prefilter
//! has **zero false negatives**: a matcher that it rejects has no hit. It has false positives,
//! which [`confirm`](super::confirm) removes. It runs for every post, so it makes no hits and
//! reads original text only for matchers of the `exact` view alone.
//!
//! A caller asks in three stages ([`FilterStage`]), cheapest first, and stops at the first
//! rejection:
//!
//! | Stage | Reads | Rejects | Cost |
//! |---|---|---|---|
//! | `Literals` | the sets filled from occurrences | matchers without any literal; regexes whose [signature](super::regex::BloomSignature) is not met | a lookup |
//! | `Verified` | folded symbols behind occurrences in coarse projections | terms whose views do not accept the text; entities whose characteristic signs are missing | linear in the occurrences, once per matcher |
//! | `RegexPrefilter` | folded symbols around required literals | regexes whose [bit-parallel automaton](super::regex) finds no match | nanoseconds per symbol, once per regex |
//!
//! Later stages cost more per matcher but run for few matchers. The share of posts that each
//! stage leaves, and why a stage pays, is in `docs/notes/filter-stages.md`;
//! `benches/stages -- classify` measures them together.

pub mod sparse_set;
mod state;

pub use state::PrefilterState;

use super::entities::{self, EntitySet};
use super::index::{Index, LiteralUse, Matcher, Role};
use super::literals::Occurrence;
use super::regex::BloomSignature;
use super::text::post::PostText;
use super::text::projection::Projection;
use super::verify::{Verifier, edges_match, pinyin};
use crate::domain::ids::MatcherIx;
use crate::domain::limits::HITS_PER_POST_MAX;
use crate::domain::view::View;
use state::{GateOccurrence, Pending};

/// Largest number of pending occurrences per post. Further ones count as matched without
/// verification, which bounds the memory of a flood. Not measured separately.
const PENDING_MAX: usize = 1024;

/// How closely the prefilter examines a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterStage {
    /// Occurrences of literals only.
    Literals,
    /// Occurrences verified against the folded symbols, and the signs of entities.
    Verified,
    /// The same, and regexes run through their automata.
    RegexPrefilter,
}

/// The prefilter at work on one post.
pub struct Prefilter<'p> {
    pub index: &'p Index,
    pub text: PostText<'p>,
    pub state: &'p mut PrefilterState,
}

impl Prefilter<'_> {
    /// Adds the first `count` of `occurrences` in a projection. Those that follow belong to
    /// later posts; only their uses are prefetched.
    pub fn add_occurrences(
        &mut self,
        projection: Projection,
        occurrences: &[Occurrence],
        count: usize,
    ) {
        let literals = self.index.literals_of(projection);
        let mut field = 0;
        for (at, occurrence) in occurrences[..count].iter().enumerate() {
            literals.prefetch_uses(&occurrences[at..]);
            while occurrence.start >= self.text.fields[field].range(projection).1 {
                field += 1;
            }
            let uses = literals.uses_of(occurrence.literal);
            self.state.uses += uses.len();
            let first = literals.first_use(occurrence.literal);
            let base = self.text.fields[field].range(projection).0;
            let start = occurrence.start - base;
            let end = start + literals.literals.length(occurrence.literal);
            for (at, own) in uses.iter().enumerate() {
                if self.is_redundant(own) {
                    continue;
                }
                let is_needed_in = own.guard.is_needed_in(self.state.scripts);
                if is_needed_in && self.text.is_in(field, own.guard.fields) {
                    let place = Pending {
                        matcher: own.matcher,
                        projection,
                        use_index: first + at as u32,
                        field: field as u32,
                        start,
                        end,
                    };
                    self.add_use(own, place);
                }
            }
        }
    }

    /// Can this use change nothing any more?
    #[inline]
    fn is_redundant(&self, own: &LiteralUse) -> bool {
        match own.role {
            Role::Except => true,
            // A part counts for its sequence.
            Role::Gate { .. } | Role::Part { .. } => false,
            Role::Term(_) | Role::FoldedHint { .. } => self.state.matched.contains(own.matcher),
        }
    }

    fn add_use(&mut self, own: &LiteralUse, place: Pending) {
        let Pending { projection, field, start, end, .. } = place;
        let is_folded = projection == Projection::FOLDED;
        if let Role::Part { sequence, part } = own.role {
            self.state.parts.add(sequence as usize, part);
            if self.state.matched.contains(own.matcher) {
                return;
            }
        }
        match own.role {
            Role::Except => {}
            Role::Gate { regex } => {
                let is_squeezed = projection == Projection::SQUEEZED;
                if self.meets_signature(regex, is_squeezed) {
                    self.state.gated.insert(own.matcher);
                    let gate = GateOccurrence { field, is_squeezed, start, end };
                    self.state.gates.push(regex as usize, gate);
                }
            }
            Role::Term(_) if own.guard.is_exact_only => {
                let needs_sign = own.source.as_ref().is_some_and(|own| own.begins_with_sign);
                let base = self.text.fields[field as usize].range(projection).0;
                if !needs_sign || self.text.batch.is_sign((base + start) as usize) {
                    self.add_pending(own, place);
                }
            }
            Role::Term(_) | Role::FoldedHint { is_part: false } if is_folded => {
                let base = self.text.fields[field as usize].range(projection).0;
                let (start, end) = ((base + start) as usize, (base + end) as usize);
                if edges_match(own.guard.edge, self.text.batch, start, end) {
                    self.state.matched.insert(own.matcher);
                    // Where a character became several symbols, a term may begin inside it.
                    let is_term = matches!(own.role, Role::Term(_));
                    let one_to_one = self.text.fields[field as usize].one_to_one;
                    if is_term && own.guard.term_implies_hit && one_to_one {
                        self.state.confirmed.insert(own.matcher);
                    }
                }
            }
            Role::Part { .. } | Role::FoldedHint { .. } if is_folded => {
                self.state.matched.insert(own.matcher);
            }
            Role::Term(_) | Role::Part { .. } | Role::FoldedHint { .. } => {
                self.add_pending(own, place);
            }
        }
    }

    /// Do the symbols of the post satisfy the signature of a regex?
    fn meets_signature(&mut self, regex: u32, is_squeezed: bool) -> bool {
        let key = 2 * regex as usize + usize::from(is_squeezed);
        if let Some(known) = self.state.meets_signature.get(key) {
            return known;
        }
        let index = self.index;
        let pattern = &index.regexes[regex as usize].pattern;
        let answer = pattern.may_match_with(self.signature(is_squeezed));
        self.state.meets_signature.insert(key, answer);
        answer
    }

    /// The signature of all fields of the post.
    fn signature(&mut self, is_squeezed: bool) -> &BloomSignature {
        let which = usize::from(is_squeezed);
        let signature = &mut self.state.signatures[which];
        if !self.state.has_signature[which] {
            self.state.has_signature[which] = true;
            signature.clear();
            for field in 0..self.text.fields.len() {
                signature.add(self.text.symbols(projection_of(is_squeezed), field));
            }
        }
        signature
    }

    fn add_pending(&mut self, own: &LiteralUse, place: Pending) {
        if let Some((anchor, source)) = own.anchor.zip(own.source.as_deref()) {
            let base = self.text.fields[place.field as usize].range(place.projection).0;
            let (start, end) = ((base + place.start) as usize, (base + place.end) as usize);
            let text = self.text.batch.symbols(place.projection);
            if !pinyin::may_occur(&source.symbols, anchor.into(), text, start, end) {
                return;
            }
        }
        if self.state.pending.len() == PENDING_MAX {
            self.state.matched.insert(own.matcher);
        } else {
            self.state.candidates.insert(own.matcher);
            self.state.pending.push(place);
        }
    }

    /// Does a term or part of the matcher occur, after verification?
    fn has_verified_term(&mut self, matcher: MatcherIx) -> bool {
        let state = &mut *self.state;
        if state.matched.contains(matcher) || !state.candidates.contains(matcher) {
            return state.matched.contains(matcher);
        }
        if let Some(known) = state.verified.get(matcher.index()) {
            return known;
        }
        let occurs = (0..self.state.pending.len()).any(|at| {
            let place = self.state.pending[at];
            place.matcher == matcher && self.verify(place)
        });
        self.state.verified.insert(matcher.index(), occurs);
        occurs
    }

    fn verify(&mut self, place: Pending) -> bool {
        let (index, text) = (self.index, self.text);
        let own = index.literals_of(place.projection).use_at(place.use_index);
        let matcher = index.matcher(place.matcher);
        if matcher.views.is_exact_only() {
            let original = text.original(place.field as usize);
            let source = own.source.as_deref();
            return source.is_none_or(|source| original.contains(&*source.text));
        }
        let mut verifier = Verifier { index, text, han: &mut self.state.han };
        let range = place.start as usize..place.end as usize;
        let verified = verifier.verify(own, place.projection, place.field as usize, range);
        let is_part = matches!(own.role, Role::Part { .. });
        verified.is_some_and(|(span, _)| is_part || verifier.edges_match(matcher.edge, span))
    }

    /// Can the matcher have a hit, as far as `stage` examines the post? A `false` is certain.
    /// A matcher that only rules read which cannot fire in this post has none.
    pub fn may_have(&mut self, matcher: MatcherIx, stage: FilterStage) -> bool {
        let is_needed_in = self.index.matcher(matcher).is_needed_in(self.state.scripts);
        if !is_needed_in || !self.state.has_all_parts(self.index, matcher) {
            return false;
        }
        match stage {
            FilterStage::Literals => self.has_literal(matcher),
            FilterStage::Verified => self.may_have_verified(matcher),
            FilterStage::RegexPrefilter => self.may_have_filtered(matcher),
        }
    }

    /// Was a literal of the matcher found, or can it hit without one?
    fn has_literal(&self, matcher: MatcherIx) -> bool {
        let own = self.index.matcher(matcher);
        self.state.matched.contains(matcher)
            || self.state.candidates.contains(matcher)
            || self.state.gated.contains(matcher)
            || own.can_hit_without_literal() && own.fields.intersects(self.state.present)
    }

    fn may_have_verified(&mut self, matcher: MatcherIx) -> bool {
        let own = self.index.matcher(matcher);
        self.has_verified_term(matcher)
            || self.state.gated.contains(matcher)
            || own.has_ungated && own.fields.intersects(self.state.present)
            || self.may_have_entity(own)
    }

    fn may_have_filtered(&mut self, matcher: MatcherIx) -> bool {
        let own = self.index.matcher(matcher);
        self.has_verified_term(matcher)
            || own.regexes.clone().any(|regex| self.regex_may_match(regex))
            || self.may_have_entity(own)
    }

    /// Does the matcher certainly have a hit? `false` if a cap could drop the hit.
    pub fn must_have(&self, matcher: MatcherIx) -> bool {
        self.state.confirmed.contains(matcher) && self.state.uses < HITS_PER_POST_MAX
    }

    /// Can a regex match in the post, by its literals, signature and automaton? A `false` is
    /// certain.
    pub fn regex_may_match(&mut self, regex: u32) -> bool {
        let own = &self.index.regexes[regex as usize];
        let matcher = self.index.matcher(own.matcher);
        let runs = own.is_ungated || self.state.gated.contains(own.matcher);
        if !runs || !matcher.fields.intersects(self.state.present) {
            return false;
        }
        if let Some(known) = self.state.regex_may_match.get(regex as usize) {
            return known;
        }
        let answer = self.run_automaton(regex);
        self.state.regex_may_match.insert(regex as usize, answer);
        answer
    }

    fn run_automaton(&mut self, number: u32) -> bool {
        let regex = &self.index.regexes[number as usize];
        let matcher = self.index.matcher(regex.matcher);
        let squeezes = matcher.views.has(View::Squeezed);
        let text = self.text;
        let symbols =
            |field: usize, is_squeezed: bool| text.symbols(projection_of(is_squeezed), field);
        if regex.is_ungated {
            let is_raw = matcher.views.is_exact_only();
            let meets_signature = is_raw
                || self.meets_signature(number, false)
                || squeezes && self.meets_signature(number, true);
            if !meets_signature {
                return false;
            }
            let read = (0..text.fields.len()).filter(|field| text.is_in(*field, matcher.fields));
            let mut texts = read.flat_map(|field| {
                let squeezed = squeezes.then(|| symbols(field, true));
                std::iter::once(symbols(field, false)).chain(squeezed)
            });
            return is_raw && texts.next().is_some()
                || texts.any(|text| regex.pattern.may_match(text, None));
        }
        let mut last = None;
        self.state.gates.list(number as usize).any(|gate| {
            if last.replace(gate.text()) == Some(gate.text()) {
                return false;
            }
            let text = symbols(gate.field as usize, gate.is_squeezed);
            let mut literals = self.state.gates_in(number, gate.text());
            regex.pattern.may_match(text, Some(&mut literals))
        })
    }

    /// Can one of the matcher's entities occur in the post?
    fn may_have_entity(&mut self, matcher: &Matcher) -> bool {
        let squeezes = matcher.views.has(View::Squeezed);
        !matcher.entities.is_empty()
            && (0..self.text.fields.len()).any(|field| {
                self.text.is_in(field, matcher.fields)
                    && (self.may_contain(field, false, matcher.entities)
                        || squeezes && self.may_contain(field, true, matcher.entities))
            })
    }

    /// Can one of these entities occur in a field?
    fn may_contain(&mut self, field: usize, is_squeezed: bool, wanted: EntitySet) -> bool {
        let wanted = wanted.and(self.allowed_entities());
        let memo = &mut self.state.possible_entities[field][usize::from(is_squeezed)];
        memo.has_any(wanted, self.text.symbols(projection_of(is_squeezed), field))
    }

    /// The entities of `wanted` that can occur in a field.
    pub fn possible_entities(
        &mut self,
        field: usize,
        is_squeezed: bool,
        wanted: EntitySet,
    ) -> EntitySet {
        let wanted = wanted.and(self.allowed_entities());
        let memo = &mut self.state.possible_entities[field][usize::from(is_squeezed)];
        memo.of(wanted, self.text.symbols(projection_of(is_squeezed), field))
    }

    /// The entities that the symbols of the post allow.
    fn allowed_entities(&mut self) -> EntitySet {
        if let Some(allowed) = self.state.allowed_entities {
            return allowed;
        }
        let signature = self.signature(false);
        let allowed = entities::allowed_by(|symbol| signature.has(symbol));
        self.state.allowed_entities = Some(allowed);
        allowed
    }
}

fn projection_of(is_squeezed: bool) -> Projection {
    if is_squeezed { Projection::SQUEEZED } else { Projection::FOLDED }
}
