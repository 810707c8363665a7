//! What the literals of a post say at a glance.
//!
//! Input: the occurrences in one post. Output: which matchers may have hits. A *no* is
//! certain; a *yes* may come to nothing when the text is looked at. Runs for every post,
//! so it neither goes back to original text nor makes hits; what costs more (the folded
//! symbols behind a wide reading, a regex's sieve, the signs of an entity) waits until
//! somebody asks, and is then kept.

use crate::domain::field::FieldSet;
use crate::scan::entities::{self, EntitySet, Possible};
use crate::scan::literals::Occurrence;
use crate::scan::prefilter::sparse_set::{Answers, Lists, Marks};
use crate::scan::regex::Presence;
use crate::scan::scanner::{Matcher, Role, Scanner, Use};
use crate::scan::text::batch::{FieldText, Texts};
use crate::scan::text::projection::Reading;
use crate::scan::verify::pinyin;
use crate::scan::verify::{Origins, Sight, edges_hold};
pub(in crate::scan) mod sparse_set;

use crate::domain::ids::MatcherIx;
use crate::domain::limits::HITS_PER_POST_MAX;
use crate::domain::view::View;
use crate::post::Post;
use std::ops::Range;

/// Literals of wide readings that wait for a closer look; what a flood has more is
/// taken as standing there.
const WAITING_MAX: usize = 1024;

/// One worker's notes on one post at a time.
#[derive(Debug, Default)]
pub(in crate::scan) struct Notes {
    /// Matchers of which a term or a part of a sequence stands in the folded text.
    words: Marks,
    /// Matchers of which a term makes a hit for certain.
    certain: Marks,
    /// Matchers of which one may stand there by a wide reading, or by its folded text if
    /// the original is what counts.
    perhaps: Marks,
    /// Literals that say so, and the matchers for which they were looked at.
    waiting: Vec<Waiting>,
    looked: Answers,
    origins: Origins,
    /// Matchers of which a regex has a literal there.
    gates: Marks,
    /// Required literals of each regex: reading by reading, field by field, in the order of
    /// their starts.
    gated: Lists<Gated>,
    /// What stands in folded and in squeezed text, once `is_read` says so; and for each
    /// regex whether it needs nothing else, twice.
    presence: [Presence; 2],
    is_read: [bool; 2],
    met: Answers,
    /// Whether a regex may match.
    sieved: Answers,
    /// The entities that the symbols of the post allow, once somebody asked.
    allowed: Option<EntitySet>,
    /// For each field: what is known of the entities in it, folded and squeezed.
    possible: Vec<[Possible; 2]>,
    /// Uses of the literals found: no more hits than these come from literals.
    uses: usize,
    /// Fields of the post.
    present: FieldSet,
}

/// A term or part of a sequence found in a wide reading.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    matcher: MatcherIx,
    reading: Reading,
    /// Which of the uses of the reading's literals.
    wanted: u32,
    field: u32,
    /// Symbols of the field's reading.
    start: u32,
    end: u32,
}

/// A required literal of a regex, found.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan) struct Gated {
    pub field: u32,
    pub is_squeezed: bool,
    /// Symbols of the literal in the reading that found it.
    pub start: u32,
    pub end: u32,
}

impl Gated {
    /// The text that it stands in: a field, with or without noise.
    fn text(&self) -> (u32, bool) {
        (self.field, self.is_squeezed)
    }
}

impl Notes {
    /// Forgets the last post.
    pub fn begin(&mut self, scanner: &Scanner, fields: &[FieldText]) {
        self.words.begin(scanner.matchers.len());
        self.certain.begin(scanner.matchers.len());
        self.perhaps.begin(scanner.matchers.len());
        self.looked.begin(scanner.matchers.len());
        self.waiting.clear();
        self.origins.begin(fields.len());
        self.gates.begin(scanner.matchers.len());
        self.gated.begin(scanner.regexes.len());
        self.is_read = [false; 2];
        self.met.begin(2 * scanner.regexes.len());
        self.sieved.begin(scanner.regexes.len());
        self.allowed = None;
        self.possible.clear();
        self.possible.resize(fields.len(), Default::default());
        self.uses = 0;
        self.present = fields.iter().map(|text| text.field).collect();
    }

    /// Matchers that may have a hit by what literals say, each once or several times.
    pub fn matchers(&self) -> impl Iterator<Item = MatcherIx> {
        let words = self.words.matchers().iter().chain(self.perhaps.matchers());
        words.chain(self.gates.matchers()).copied()
    }

    /// Where literals of the post stand in its folded text.
    pub fn sight<'s>(
        &'s mut self,
        scanner: &'s Scanner,
        texts: &'s Texts,
        fields: &'s [FieldText],
    ) -> Sight<'s> {
        Sight { scanner, texts, fields, origins: &mut self.origins }
    }

    /// At most so many hits come from literals.
    pub fn uses(&self) -> usize {
        self.uses
    }

    /// The required literals of a regex that stand in a field, in the order of their starts.
    pub fn gated(&self, regex: u32, text: (u32, bool)) -> impl Iterator<Item = Range<usize>> {
        let own = self.gated.of(regex as usize).filter(move |gated| gated.text() == text);
        own.map(|gated| gated.start as usize..gated.end as usize)
    }
}

/// A post, and what is noted of it.
pub(in crate::scan) struct Glance<'g> {
    pub scanner: &'g Scanner,
    pub post: &'g Post<'g>,
    pub texts: &'g Texts,
    pub fields: &'g [FieldText],
    pub notes: &'g mut Notes,
}

impl Glance<'_> {
    /// Notes the first `count` of `occurrences` in one reading; those of later posts follow
    /// them, so that memory can be asked ahead.
    pub fn literals(&mut self, reading: Reading, occurrences: &[Occurrence], count: usize) {
        let stream = &self.scanner.streams[reading.index()];
        let mut field = 0;
        for (at, occurrence) in occurrences[..count].iter().enumerate() {
            stream.prefetch_uses(&occurrences[at..]);
            while occurrence.start >= self.fields[field].range(reading).1 {
                field += 1;
            }
            let uses = stream.uses(occurrence.literal);
            self.notes.uses += uses.len();
            let first = stream.first_use(occurrence.literal);
            let base = self.fields[field].range(reading).0;
            let start = occurrence.start - base;
            let end = start + stream.literals.length(occurrence.literal);
            for (at, wanted) in uses.iter().enumerate() {
                if self.is_known(wanted) {
                    continue;
                }
                let matcher = &self.scanner.matchers[wanted.matcher.index()];
                if self.reads(matcher, field) {
                    let (wanted_at, field) = (first + at as u32, field as u32);
                    let place = Waiting {
                        matcher: wanted.matcher,
                        reading,
                        wanted: wanted_at,
                        field,
                        start,
                        end,
                    };
                    self.literal(wanted, matcher, place);
                }
            }
        }
    }

    /// Has this use of a literal nothing more to tell?
    #[inline]
    fn is_known(&self, wanted: &Use) -> bool {
        match wanted.role {
            Role::Except => true,
            Role::Gate { .. } => false,
            Role::Term(_) | Role::Part { .. } | Role::Plain { .. } => {
                self.notes.words.has(wanted.matcher)
            }
        }
    }

    fn literal(&mut self, wanted: &Use, matcher: &Matcher, place: Waiting) {
        let Waiting { reading, field, start, end, .. } = place;
        match wanted.role {
            Role::Except => {}
            Role::Gate { regex } => {
                let is_squeezed = reading == Reading::SQUEEZED;
                if self.has_needs(regex, is_squeezed) {
                    self.notes.gates.set(wanted.matcher);
                    let gated = Gated { field, is_squeezed, start, end };
                    self.notes.gated.push(regex as usize, gated);
                }
            }
            Role::Term(_) if matcher.views.is_exact_only() => self.wait(wanted, place),
            Role::Term(_) | Role::Plain { is_part: false } if reading == Reading::FOLDED => {
                let base = self.fields[field as usize].range(reading).0;
                let (start, end) = ((base + start) as usize, (base + end) as usize);
                if edges_hold(matcher.edge, self.texts.symbols(reading), start, end) {
                    self.notes.words.set(wanted.matcher);
                    // Where characters give several symbols, a term may begin within one.
                    let is_term = matches!(wanted.role, Role::Term(_));
                    if is_term && matcher.is_plain && self.fields[field as usize].one_to_one {
                        self.notes.certain.set(wanted.matcher);
                    }
                }
            }
            Role::Part { .. } | Role::Plain { .. } if reading == Reading::FOLDED => {
                self.notes.words.set(wanted.matcher);
            }
            Role::Term(_) | Role::Part { .. } | Role::Plain { .. } => self.wait(wanted, place),
        }
    }

    /// Does the post hold what the regex needs, in the text without noise or in that with it?
    fn has_needs(&mut self, regex: u32, is_squeezed: bool) -> bool {
        let number = 2 * regex as usize + usize::from(is_squeezed);
        if let Some(known) = self.notes.met.of(number) {
            return known;
        }
        let scanner = self.scanner;
        let pattern = &scanner.regexes[regex as usize].pattern;
        let answer = pattern.may_match_with(self.presence(is_squeezed));
        self.notes.met.set(number, answer);
        answer
    }

    /// What stands in the fields of the post.
    fn presence(&mut self, is_squeezed: bool) -> &Presence {
        let which = usize::from(is_squeezed);
        let presence = &mut self.notes.presence[which];
        if !self.notes.is_read[which] {
            self.notes.is_read[which] = true;
            presence.clear();
            for field in self.fields {
                presence.add(field_text(self.texts, field, is_squeezed));
            }
        }
        presence
    }

    fn wait(&mut self, wanted: &Use, place: Waiting) {
        if let Some((anchor, source)) = wanted.anchor.zip(wanted.source.as_deref()) {
            let base = self.fields[place.field as usize].range(place.reading).0;
            let (start, end) = ((base + place.start) as usize, (base + place.end) as usize);
            let text = self.texts.symbols(place.reading);
            if !pinyin::may_stand(&source.symbols, anchor.into(), text, start, end) {
                return;
            }
        }
        if self.notes.waiting.len() == WAITING_MAX {
            self.notes.words.set(wanted.matcher);
        } else {
            self.notes.perhaps.set(wanted.matcher);
            self.notes.waiting.push(place);
        }
    }

    /// Does a term or part of the matcher stand in the post?
    fn has_words(&mut self, matcher: MatcherIx) -> bool {
        let notes = &mut *self.notes;
        if notes.words.has(matcher) || !notes.perhaps.has(matcher) {
            return notes.words.has(matcher);
        }
        if let Some(known) = notes.looked.of(matcher.index()) {
            return known;
        }
        let stands = (0..self.notes.waiting.len()).any(|at| {
            let place = self.notes.waiting[at];
            place.matcher == matcher && self.stands(place)
        });
        self.notes.looked.set(matcher.index(), stands);
        stands
    }

    fn stands(&mut self, place: Waiting) -> bool {
        let scanner = self.scanner;
        let wanted = scanner.streams[place.reading.index()].a_use(place.wanted);
        let matcher = &scanner.matchers[place.matcher.index()];
        if matcher.views.is_exact_only() {
            let original = self.post.text(self.fields[place.field as usize].field).unwrap_or("");
            let source = wanted.source.as_deref();
            return source.is_none_or(|source| original.contains(&*source.text));
        }
        let edge = matcher.edge;
        let mut sight = self.notes.sight(scanner, self.texts, self.fields);
        let own = place.start as usize..place.end as usize;
        let seen = sight.sees(wanted, place.reading, place.field as usize, own);
        let is_part = matches!(wanted.role, Role::Part { .. });
        seen.is_some_and(|(stretch, _)| is_part || sight.edges_hold(edge, stretch))
    }

    fn reads(&self, matcher: &Matcher, field: usize) -> bool {
        matcher.fields.has(self.fields[field].field)
    }

    /// Is there a literal of the matcher, or something of it that has none?
    pub fn is_noted(&self, matcher: MatcherIx) -> bool {
        let own = &self.scanner.matchers[matcher.index()];
        self.notes.words.has(matcher)
            || self.notes.perhaps.has(matcher)
            || self.notes.gates.has(matcher)
            || (own.has_ungated || !own.entities.is_empty())
                && own.fields.intersects(self.notes.present)
    }

    /// Has the matcher a hit for certain? A flood of hits may be cut before it.
    pub fn must_have(&self, matcher: MatcherIx) -> bool {
        self.notes.certain.has(matcher) && self.notes.uses < HITS_PER_POST_MAX
    }

    /// May the matcher have a hit, as far as literals and the signs of entities tell?
    pub fn may_have(&mut self, matcher: MatcherIx) -> bool {
        let own = &self.scanner.matchers[matcher.index()];
        self.has_words(matcher)
            || self.notes.gates.has(matcher)
            || own.has_ungated && own.fields.intersects(self.notes.present)
            || self.may_hold_entity(own)
    }

    /// The same, with the regexes of the matcher asked through their sieves.
    pub fn may_match(&mut self, matcher: MatcherIx) -> bool {
        let own = &self.scanner.matchers[matcher.index()];
        self.has_words(matcher)
            || own.regexes.clone().any(|regex| self.may_pass(regex))
            || self.may_hold_entity(own)
    }

    /// May a regex match, by its sieve?
    pub fn may_pass(&mut self, regex: u32) -> bool {
        let own = &self.scanner.regexes[regex as usize];
        let matcher = &self.scanner.matchers[own.matcher.index()];
        let is_called = own.is_ungated || self.notes.gates.has(own.matcher);
        if !is_called || !matcher.fields.intersects(self.notes.present) {
            return false;
        }
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
        let text = |field: usize, is_squeezed: bool| field_text(texts, &fields[field], is_squeezed);
        if regex.is_ungated {
            let is_raw = matcher.views.is_exact_only();
            let has_needs =
                is_raw || self.has_needs(number, false) || squeezes && self.has_needs(number, true);
            if !has_needs {
                return false;
            }
            let read = (0..fields.len()).filter(|field| self.reads(matcher, *field));
            let mut texts = read.flat_map(|field| {
                let squeezed = squeezes.then(|| text(field, true));
                std::iter::once(text(field, false)).chain(squeezed)
            });
            return is_raw && texts.next().is_some()
                || texts.any(|text| regex.pattern.may_match(text, None));
        }
        let mut last = None;
        self.notes.gated.of(number as usize).any(|gated| {
            if last.replace(gated.text()) == Some(gated.text()) {
                return false;
            }
            let text = text(gated.field as usize, gated.is_squeezed);
            let mut literals = self.notes.gated(number, gated.text());
            regex.pattern.may_match(text, Some(&mut literals))
        })
    }

    /// May one of the matcher's entities stand in the post?
    fn may_hold_entity(&mut self, matcher: &Matcher) -> bool {
        let squeezes = matcher.views.has(View::Squeezed);
        !matcher.entities.is_empty()
            && (0..self.fields.len()).any(|field| {
                self.reads(matcher, field)
                    && (self.possible(field, false, matcher.entities)
                        || squeezes && self.possible(field, true, matcher.entities))
            })
    }

    /// May one of these entities stand in a field?
    fn possible(&mut self, field: usize, is_squeezed: bool, wanted: EntitySet) -> bool {
        let wanted = wanted.and(self.allowed());
        let known = &mut self.notes.possible[field][usize::from(is_squeezed)];
        known.has_any(wanted, field_text(self.texts, &self.fields[field], is_squeezed))
    }

    /// Which of these entities may stand in a field.
    pub fn possible_of(&mut self, field: usize, is_squeezed: bool, wanted: EntitySet) -> EntitySet {
        let wanted = wanted.and(self.allowed());
        let known = &mut self.notes.possible[field][usize::from(is_squeezed)];
        known.of(wanted, field_text(self.texts, &self.fields[field], is_squeezed))
    }

    /// The entities that the symbols of the post allow.
    fn allowed(&mut self) -> EntitySet {
        if let Some(allowed) = self.notes.allowed {
            return allowed;
        }
        let presence = self.presence(false);
        let allowed = entities::allowed_by(|symbol| presence.has(symbol));
        self.notes.allowed = Some(allowed);
        allowed
    }
}

/// The symbols of a field, with or without noise.
fn field_text<'t>(texts: &'t Texts, field: &FieldText, is_squeezed: bool) -> &'t [u16] {
    let reading = if is_squeezed { Reading::SQUEEZED } else { Reading::FOLDED };
    let (start, end) = field.range(reading);
    &texts.symbols(reading)[start as usize..end as usize]
}
