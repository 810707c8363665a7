//! What the literals of a post say at a glance.
//!
//! Input: the occurrences in one post. Output: which matchers may have hits. A *no* is
//! certain; a *yes* may come to nothing when the text is looked at. Runs for every post,
//! so it neither goes back to original text nor makes hits; what costs more (a look by a
//! regex's sieve, at the signs of an entity) waits until somebody asks, and is then kept.

use super::entities::{self, EntitySet};
use super::literals::Occurrence;
use super::marks::{Answers, Marks};
use super::reading::Reading;
use super::scanner::{Matcher, Role, Scanner, Use};
use super::sound;
use super::spec::Edge;
use super::texts::{FieldText, Texts};
use crate::fold::tables;
use crate::ids::MatcherIx;
use crate::view::View;

/// One worker's notes on one post at a time.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Matchers of which a term or a part of a sequence may stand in the post.
    words: Marks,
    /// Matchers of which a regex has a literal there.
    gates: Marks,
    /// Required literals of regexes; in order once `is_sorted`.
    gated: Vec<Gated>,
    is_sorted: bool,
    /// Whether a regex may match.
    sieved: Answers,
    /// For each field: entities that may stand in it, folded and squeezed.
    possible: Vec<[Option<EntitySet>; 2]>,
    /// Uses of the literals found: no more hits than these come from literals.
    uses: usize,
}

/// A required literal of a regex, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gated {
    pub regex: u32,
    pub field: u32,
    pub is_squeezed: bool,
    /// Symbols of the literal in the reading that found it.
    pub start: u32,
    pub end: u32,
}

impl Notes {
    /// Forgets the last post.
    pub fn begin(&mut self, scanner: &Scanner, fields: usize) {
        self.words.begin(scanner.matchers.len());
        self.gates.begin(scanner.matchers.len());
        self.gated.clear();
        self.is_sorted = false;
        self.sieved.begin(scanner.regexes.len());
        self.possible.clear();
        self.possible.resize(fields, [None; 2]);
        self.uses = 0;
    }

    /// Matchers that may have a hit by what literals say, each once or twice.
    pub fn matchers(&self) -> impl Iterator<Item = MatcherIx> {
        self.words.matchers().iter().chain(self.gates.matchers()).copied()
    }

    /// At most so many hits come from literals.
    pub fn uses(&self) -> usize {
        self.uses
    }

    /// The required literals found, by regex, field and place.
    pub fn gated(&mut self) -> &[Gated] {
        if !self.is_sorted {
            self.gated.sort_unstable();
            self.is_sorted = true;
        }
        &self.gated
    }
}

/// A post, and what is noted of it.
pub(super) struct Glance<'g> {
    pub scanner: &'g Scanner,
    pub texts: &'g Texts,
    pub fields: &'g [FieldText],
    pub notes: &'g mut Notes,
}

impl Glance<'_> {
    /// Notes the occurrences in one reading.
    pub fn literals(&mut self, reading: Reading, occurrences: &[Occurrence]) {
        let stream = &self.scanner.streams[reading.index()];
        let mut field = 0;
        for occurrence in occurrences {
            while occurrence.start >= self.fields[field].range(reading).1 {
                field += 1;
            }
            let end = occurrence.start + stream.literals.length(occurrence.literal);
            let uses = stream.uses(occurrence.literal);
            self.notes.uses += uses.len();
            for wanted in uses {
                let matcher = &self.scanner.matchers[wanted.matcher.index()];
                if self.reads(matcher, field) {
                    self.literal(wanted, matcher, field, reading, (occurrence.start, end));
                }
            }
        }
    }

    fn literal(
        &mut self,
        wanted: &Use,
        matcher: &Matcher,
        field: usize,
        reading: Reading,
        (start, end): (u32, u32),
    ) {
        match wanted.role {
            Role::Except => {}
            Role::Gate { regex } => {
                self.notes.gates.set(wanted.matcher);
                let base = self.fields[field].range(reading).0;
                self.notes.gated.push(Gated {
                    regex,
                    field: field as u32,
                    is_squeezed: reading == Reading::SQUEEZED,
                    start: start - base,
                    end: end - base,
                });
            }
            Role::Term(_) | Role::Part { .. } if self.notes.words.has(wanted.matcher) => {}
            Role::Term(_) => {
                if self.may_stand(wanted, matcher, reading, start as usize, end as usize) {
                    self.notes.words.set(wanted.matcher);
                }
            }
            Role::Part { .. } => self.notes.words.set(wanted.matcher),
        }
    }

    /// May the term stand there, as far as the reading alone tells?
    fn may_stand(
        &self,
        wanted: &Use,
        matcher: &Matcher,
        reading: Reading,
        start: usize,
        end: usize,
    ) -> bool {
        let text = self.texts.symbols(reading);
        if let Some((anchor, source)) = wanted.anchor.zip(wanted.source.as_deref()) {
            return sound::may_stand(&source.symbols, anchor.into(), text, start, end);
        }
        reading != Reading::FOLDED || edges_hold(matcher.edge, text, start, end)
    }

    fn reads(&self, matcher: &Matcher, field: usize) -> bool {
        matcher.fields >> self.fields[field].field.index() & 1 != 0
    }

    /// May the matcher have a hit, as far as literals and the signs of entities tell?
    pub fn may_have(&mut self, matcher: MatcherIx) -> bool {
        let own = &self.scanner.matchers[matcher.index()];
        self.notes.words.has(matcher)
            || self.notes.gates.has(matcher)
            || own.has_ungated && (0..self.fields.len()).any(|field| self.reads(own, field))
            || self.may_hold_entity(own)
    }

    /// The same, with the regexes of the matcher asked through their sieves.
    pub fn may_match(&mut self, matcher: MatcherIx) -> bool {
        let own = &self.scanner.matchers[matcher.index()];
        self.notes.words.has(matcher)
            || own.regexes.clone().any(|regex| self.may_pass(regex))
            || self.may_hold_entity(own)
    }

    /// May a regex match, by its sieve?
    pub fn may_pass(&mut self, regex: u32) -> bool {
        if let Some(known) = self.notes.sieved.of(regex as usize) {
            return known;
        }
        let answer = self.sieve(regex);
        self.notes.sieved.set(regex as usize, answer);
        answer
    }

    fn sieve(&mut self, number: u32) -> bool {
        let regex = &self.scanner.regexes[number as usize];
        let matcher = &self.scanner.matchers[regex.matcher.index()];
        let squeezes = matcher.views.has(View::Squeezed);
        let (texts, fields) = (self.texts, self.fields);
        let text = |field: usize, is_squeezed: bool| {
            let reading = if is_squeezed { Reading::SQUEEZED } else { Reading::FOLDED };
            let (start, end) = fields[field].range(reading);
            &texts.symbols(reading)[start as usize..end as usize]
        };
        if regex.is_ungated {
            let read = (0..fields.len()).filter(|field| self.reads(matcher, *field));
            let mut texts = read.flat_map(|field| {
                let squeezed = squeezes.then(|| text(field, true));
                std::iter::once(text(field, false)).chain(squeezed)
            });
            return matcher.views.is_exact_only() && texts.next().is_some()
                || texts.any(|text| regex.pattern.may_match(text, None));
        }
        let gated = self.notes.gated();
        let from = gated.partition_point(|gated| gated.regex < number);
        let own = &gated[from..];
        let own = &own[..own.partition_point(|gated| gated.regex == number)];
        own.chunk_by(|a, b| (a.field, a.is_squeezed) == (b.field, b.is_squeezed)).any(|group| {
            let text = text(group[0].field as usize, group[0].is_squeezed);
            let mut literals = group.iter().map(|gated| gated.start as usize..gated.end as usize);
            regex.pattern.may_match(text, Some(&mut literals))
        })
    }

    /// May one of the matcher's entities stand in the post?
    fn may_hold_entity(&mut self, matcher: &Matcher) -> bool {
        let squeezes = matcher.views.has(View::Squeezed);
        !matcher.entities.is_empty()
            && (0..self.fields.len()).any(|field| {
                self.reads(matcher, field)
                    && (self.possible(field, false).has_any(matcher.entities)
                        || squeezes && self.possible(field, true).has_any(matcher.entities))
            })
    }

    /// Which of all entities that matchers look for may stand in a field.
    pub fn possible(&mut self, field: usize, is_squeezed: bool) -> EntitySet {
        let known = &mut self.notes.possible[field][usize::from(is_squeezed)];
        *known.get_or_insert_with(|| {
            let (reading, wanted) = self.scanner.entities[usize::from(is_squeezed)];
            let (start, end) = self.fields[field].range(reading);
            entities::possible(wanted, &self.texts.symbols(reading)[start as usize..end as usize])
        })
    }
}

/// May a term stand at `start..end` of folded text, between these neighbours? Invisible
/// characters are no symbols, so they are already skipped.
#[inline]
pub(super) fn edges_hold(edge: Edge, text: &[u16], start: usize, end: usize) -> bool {
    let letters = tables::latin_or_digit();
    let touches = |inner: usize, outer: usize| {
        let guarded = edge == Edge::Word || letters.has(text[inner]);
        guarded && letters.has(text[outer])
    };
    edge == Edge::None || !(touches(start, start - 1) || touches(end - 1, end))
}
