//! All matchers of a rule set, compiled.
//!
//! Terms, allow phrases, parts of sequences and the required literals of
//! regexes are one set of literals for each [`Reading`]; what an occurrence
//! means is decided by its [`Use`]s.

use super::checks::Check;
use super::confirm::{Collector, PostWork};
use super::entities::EntitySet;
use super::hits::Hits;
use super::literals::{Candidates, Kernel, Literals, Occurrence};
use super::prefilter::{Glance, Notes};
use super::regex::PrefilteredRegex;
use super::spec::{Edge, MatcherSpec, TermSpec};
use super::text::batch::Texts;
use super::text::projection::{Reading, is_noise_in};
use super::text::script::Scripts;
use super::verify::pinyin;
use crate::domain::field::{FIELDS_MAX, FieldSet};
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::limits::HITS_PER_POST_MAX;
use crate::domain::view::{View, ViewSet};
use crate::fold;
use crate::parallel;
use crate::post::{Batch, Post, TextRef};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Symbols scanned in one go. Posts are gathered up to it; a longer one is
/// scanned piece by piece, so that a flood of hits is noticed before it is stored.
const STRETCH: usize = 8192;

/// Occurrences between asking for what one is used for and looking at it.
const USES_AHEAD: usize = 8;

/// Compiled matchers. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Scanner {
    pub(super) matchers: Vec<Matcher>,
    /// By [`Reading::index`].
    pub(super) streams: [Stream; Reading::COUNT],
    /// Readings that have literals or entities, folded text always.
    pub(super) readings: Vec<Reading>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) regexes: Vec<Regex>,
    /// Entities that some matcher looks for, in folded and in squeezed text.
    pub(super) entities: [(Reading, EntitySet); 2],
    /// Matchers that look for entities.
    pub(super) entity_matchers: Vec<u32>,
    /// Fields that some matcher reads.
    pub(super) fields: FieldSet,
}

/// What is left of a matcher at run time.
#[derive(Debug)]
pub(super) struct Matcher {
    pub edge: Edge,
    pub views: ViewSet,
    pub fields: FieldSet,
    pub cased: bool,
    pub max: u32,
    pub check: Option<Check>,
    pub scripts: Scripts,
    pub languages: Vec<String>,
    pub entities: EntitySet,
    /// Its own among all regexes.
    pub regexes: Range<u32>,
    /// Some regex of it has no literal to wait for.
    pub has_ungated: bool,
    /// A term of it that stands in the text between the right neighbours is a hit, whatever
    /// else there is: no allow phrase, check, case, language or exact spelling.
    pub is_plain: bool,
}

/// One stream's literals and what they are used for.
#[derive(Debug)]
pub(super) struct Stream {
    pub literals: Literals,
    /// First entry of `uses` of each literal, and one past the last.
    pub(super) starts: Vec<u32>,
    pub(super) uses: Vec<Use>,
}

impl Stream {
    /// What a literal means.
    #[inline]
    pub fn uses(&self, literal: u32) -> &[Use] {
        let literal = literal as usize;
        &self.uses[self.starts[literal] as usize..self.starts[literal + 1] as usize]
    }

    /// Asks the memory for what some of the next occurrences are used for.
    #[inline]
    pub fn prefetch_uses(&self, occurrences: &[Occurrence]) {
        if let Some(later) = occurrences.get(2 * USES_AHEAD) {
            self.literals.prefetch(&self.starts[later.literal as usize]);
        }
        if let Some(soon) = occurrences.get(USES_AHEAD) {
            let start = self.starts[soon.literal as usize];
            self.literals.prefetch(&self.uses[start as usize]);
        }
    }

    /// The number of the first of them.
    #[inline]
    pub fn first_use(&self, literal: u32) -> u32 {
        self.starts[literal as usize]
    }

    /// A use by its number.
    pub fn a_use(&self, number: u32) -> &Use {
        &self.uses[number as usize]
    }
}

/// What an occurrence of a literal means to one matcher.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub matcher: MatcherIx,
    pub role: Role,
    /// Equal for terms of a matcher that fold alike: what `distinct` counts.
    pub distinct_key: u32,
    /// For the anchor of a term in a sound reading: which of its symbols it is.
    pub anchor: Option<u16>,
    /// Text and symbols as they were before squeezing; kept where they are looked at.
    pub source: Option<Box<Source>>,
}

/// A literal as its author wrote it, and folded.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub text: Box<str>,
    pub symbols: Box<[u16]>,
    /// Characters written apart (贝者 for 赌): a look-alike of the term, whatever
    /// finds it.
    pub is_split: bool,
}

/// The part a literal plays.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    Term(TermIx),
    Except,
    Part {
        sequence: u32,
        part: u16,
    },
    Gate {
        regex: u32,
    },
    /// A term, or a part of a sequence, of a wide reading, as it is usually written: in
    /// folded text it says that there is one, without a look behind the wide reading.
    /// Makes no hit.
    Plain {
        is_part: bool,
    },
}

#[derive(Debug)]
pub(super) struct Sequence {
    pub matcher: MatcherIx,
    pub parts: u16,
    pub gap: u32,
}

#[derive(Debug)]
pub(super) struct Regex {
    pub matcher: MatcherIx,
    pub pattern: PrefilteredRegex,
    /// No literal of it is looked for, so it has to read every text.
    pub is_ungated: bool,
}

/// How closely a post is looked at before its hits are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// At what is noted already.
    Noted,
    /// At the symbols behind its literals, and the signs of its entities.
    Seen,
    /// At the symbols around the literals of its regexes too.
    Sieved,
}

/// How long the fields of a post are, as far as that is known.
#[derive(Clone, Copy, Debug)]
pub struct Lengths {
    /// Visible characters, by field.
    known: [u32; FIELDS_MAX],
    /// Fields that the post has and whose characters are known.
    counted: FieldSet,
    /// Fields that would have to be counted: uneven ones, and those that no matcher reads.
    unknown: FieldSet,
}

impl Lengths {
    /// Visible characters over `fields`, if they are known.
    pub fn of(&self, fields: FieldSet) -> Option<u64> {
        if fields.intersects(self.unknown) {
            return None;
        }
        let counted = fields.intersection(self.counted).iter();
        Some(counted.map(|field| u64::from(self.known[field.index()])).sum())
    }
}

/// One worker's buffers.
#[derive(Debug, Default)]
pub struct ScanScratch {
    texts: Texts,
    candidates: Candidates,
    /// By [`Reading::index`].
    found: [Found; Reading::COUNT],
    notes: Notes,
    work: PostWork,
}

/// Occurrences of a batch.
#[derive(Debug, Default)]
struct Found {
    occurrences: Vec<Occurrence>,
    /// First occurrence of each record, and one past the last.
    posts: Vec<u32>,
    /// Records whose occurrences were cut off, in order.
    capped: Vec<u32>,
}

impl Found {
    fn of(&self, index: usize) -> &[Occurrence] {
        match (self.posts.get(index), self.posts.get(index + 1)) {
            (Some(start), Some(end)) => &self.occurrences[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// Occurrences of a record and of all after it; how many are its own.
    fn from(&self, index: usize) -> (&[Occurrence], usize) {
        match self.posts.get(index) {
            Some(start) => (&self.occurrences[*start as usize..], self.of(index).len()),
            None => (&[], 0),
        }
    }
}

impl Scanner {
    /// Compiles matchers; the `n`-th gets the number `n`.
    pub fn new(specs: Vec<MatcherSpec>) -> Scanner {
        Scanner::with_kernel(specs, Kernel::best())
    }

    /// Compiles matchers for one kernel: for tests and measurements.
    pub fn with_kernel(specs: Vec<MatcherSpec>, kernel: Kernel) -> Scanner {
        let mut builder = Builder::default();
        for (number, spec) in specs.into_iter().enumerate() {
            builder.matcher(MatcherIx(number as u32), spec);
        }
        builder.finish(kernel)
    }

    /// How many matchers there are.
    pub fn matchers(&self) -> usize {
        self.matchers.len()
    }

    /// Folds every post of the batch and finds every literal.
    pub fn scan(&self, chunk: &[u8], batch: &Batch, scratch: &mut ScanScratch) {
        let ScanScratch { texts, candidates, found, .. } = scratch;
        texts.fill(chunk, batch, self.fields, &self.readings);
        for reading in Reading::all() {
            let literals = &self.streams[reading.index()].literals;
            find(literals, texts, reading, candidates, &mut found[reading.index()]);
        }
    }

    /// Was any literal found in record `index` of the scanned batch?
    pub fn has_found(&self, index: usize, scratch: &ScanScratch) -> bool {
        let mut readings = self.readings.iter();
        readings.any(|reading| !scratch.found[reading.index()].of(index).is_empty())
    }

    /// Asks the memory for what will be read soon.
    #[inline]
    pub fn prefetch<T>(&self, place: &T) {
        self.streams[Reading::FOLDED.index()].literals.prefetch(place);
    }

    /// Has the matcher regexes or entities, which run only when asked for?
    pub fn searches(&self, matcher: MatcherIx) -> bool {
        let own = &self.matchers[matcher.index()];
        !own.regexes.is_empty() || !own.entities.is_empty()
    }

    /// May the matcher hit without a literal that says so?
    pub fn can_hit_without_literal(&self, matcher: MatcherIx) -> bool {
        let own = &self.matchers[matcher.index()];
        own.has_ungated || !own.entities.is_empty()
    }

    /// Notes what the literals of record `index` of the scanned batch say, for the
    /// questions below. Cheap: runs for every post.
    pub fn note(&self, post: &Post<'_>, index: usize, scratch: &mut ScanScratch) {
        let ScanScratch { texts, found, notes, work, .. } = scratch;
        let fields = texts.fields_of(index);
        notes.begin(self, fields);
        work.begin(self, fields.len());
        let mut glance = Glance { scanner: self, post, texts, fields, notes };
        for reading in &self.readings {
            let (occurrences, count) = found[reading.index()].from(index);
            glance.literals(*reading, occurrences, count);
        }
    }

    /// May the hits of the record noted be too many to be kept all? A `false` is
    /// certain, as far as hits of literals go.
    pub fn may_be_flooded(&self, scratch: &ScanScratch) -> bool {
        scratch.notes.uses() >= HITS_PER_POST_MAX
    }

    /// May the matcher have a hit in the record noted, as far as `depth` looks? A `false` is
    /// certain.
    pub fn may_have(
        &self,
        matcher: MatcherIx,
        depth: Depth,
        post: &Post<'_>,
        index: usize,
        scratch: &mut ScanScratch,
    ) -> bool {
        let known = scratch.work.answer(matcher, self.searches(matcher));
        known.unwrap_or_else(|| {
            let mut glance = self.glance(post, index, scratch);
            match depth {
                Depth::Noted => glance.is_noted(matcher),
                Depth::Seen => glance.may_have(matcher),
                Depth::Sieved => glance.may_match(matcher),
            }
        })
    }

    /// Has the matcher a hit in the record noted for certain?
    pub fn must_have(
        &self,
        matcher: MatcherIx,
        post: &Post<'_>,
        index: usize,
        scratch: &mut ScanScratch,
    ) -> bool {
        let has_hits = scratch.work.has_hits(matcher);
        has_hits || self.glance(post, index, scratch).must_have(matcher)
    }

    fn glance<'g>(
        &'g self,
        post: &'g Post<'g>,
        index: usize,
        scratch: &'g mut ScanScratch,
    ) -> Glance<'g> {
        let ScanScratch { texts, notes, .. } = scratch;
        Glance { scanner: self, post, texts, fields: texts.fields_of(index), notes }
    }

    /// Gathers the hits of the terms and sequences of `matchers`, or of all, in the
    /// record noted. [`Scanner::complete`] must follow before they are looked at.
    pub fn gather(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &mut ScanScratch,
        matchers: Option<&[MatcherIx]>,
    ) {
        let ScanScratch { texts, found, notes, work, .. } = scratch;
        work.gather(matchers);
        let mut collector = Collector::new(self, post, texts, index, work, notes);
        for reading in &self.readings {
            collector.literals(*reading, found[reading.index()].of(index));
        }
        collector.sequences();
    }

    /// Runs the regexes and entities of `matchers`, those apart that were asked
    /// before, and settles the hits gathered so far; they lie in
    /// [`ScanScratch::hits`] until the next post. May be called again for more.
    pub fn complete(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &mut ScanScratch,
        matchers: &[MatcherIx],
    ) {
        let ScanScratch { texts, notes, work, .. } = scratch;
        work.new.begin(self.matchers.len());
        for matcher in matchers {
            if self.searches(*matcher) && !work.asked.has(*matcher) {
                work.asked.set(*matcher);
                work.new.set(*matcher);
            }
        }
        let mut collector = Collector::new(self, post, texts, index, work, notes);
        collector.entities();
        collector.regexes();
        collector.finish();
    }

    /// Was a cap reached for record `index`, so that hits may be missing?
    pub fn is_capped(&self, index: usize, scratch: &ScanScratch) -> bool {
        let cut = |found: &Found| found.capped.binary_search(&(index as u32)).is_ok();
        scratch.work.capped || scratch.found.iter().any(cut)
    }
}

impl ScanScratch {
    /// Matchers that may have a hit by what literals say, in no order, each once or
    /// twice; those that are unsure ([`Scanner::can_hit_without_literal`]) may have one beside.
    pub fn noted(&self) -> impl Iterator<Item = MatcherIx> {
        self.notes.matchers()
    }

    /// Were the regexes and entities of the matcher run for this post?
    pub fn was_asked(&self, matcher: MatcherIx) -> bool {
        self.work.asked.has(matcher)
    }

    /// The hits that the last [`Scanner::complete`] settled.
    pub fn hits(&self) -> &Hits {
        &self.work.hits
    }

    /// Visible characters over `fields` of a post, record `index` of the scanned batch.
    pub fn characters(&self, post: &Post<'_>, index: usize, fields: FieldSet) -> u64 {
        self.lengths(index).of(fields).unwrap_or_else(|| {
            let read = post.texts().filter(|text| fields.has(text.field));
            let unread = |text: &TextRef<'_>| fold::visible_characters(text.text, text.html);
            read.map(|text| self.texts.visible(index, &text).unwrap_or_else(|| unread(&text))).sum()
        })
    }

    /// The visible characters of record `index` of the scanned batch, as far as they are
    /// known without counting.
    pub fn lengths(&self, index: usize) -> Lengths {
        let unknown = self.texts.wanted().complement();
        let mut lengths = Lengths { known: [0; FIELDS_MAX], counted: FieldSet::NONE, unknown };
        for text in self.texts.fields_of(index) {
            match text.one_to_one {
                true => lengths.counted.insert(text.field),
                false => lengths.unknown.insert(text.field),
            }
            lengths.known[text.field.index()] = text.symbols();
        }
        lengths
    }

    /// Scripts of `fields` of the post last settled.
    pub fn scripts(&self, index: usize, fields: FieldSet) -> Scripts {
        self.texts.fields_of(index).iter().filter(|text| fields.has(text.field)).fold(
            Scripts::NONE,
            |scripts, text| {
                let (start, end) = text.range(Reading::FOLDED);
                let symbols = self.texts.symbols(Reading::FOLDED);
                scripts.or(Scripts::of(&symbols[start as usize..end as usize]))
            },
        )
    }
}

/// Finds the literals of one stream, stretch by stretch, and says which
/// occurrences belong to which record.
fn find(
    literals: &Literals,
    texts: &Texts,
    reading: Reading,
    candidates: &mut Candidates,
    found: &mut Found,
) {
    found.occurrences.clear();
    found.posts.clear();
    found.capped.clear();
    if literals.is_empty() {
        return;
    }
    let text = texts.symbols(reading);
    let records = texts.records();
    let bounds = |record: usize| {
        let fields = texts.fields_of(record);
        let first = fields.first().map(|field| field.range(reading).0 as usize);
        first.zip(fields.last().map(|field| field.range(reading).1 as usize))
    };
    found.posts.push(0);
    let mut record = 0;
    while record < records {
        let Some((start, mut end)) = bounds(record) else {
            found.posts.push(found.occurrences.len() as u32);
            record += 1;
            continue;
        };
        let first = record;
        record += 1;
        while record < records && end - start < STRETCH {
            match bounds(record) {
                Some((_, next)) if next - start > STRETCH => break,
                Some((_, next)) => end = next,
                None => {}
            }
            record += 1;
        }
        let from = found.occurrences.len();
        let mut at = start;
        while at < end {
            let stop = end.min(at + STRETCH);
            literals.find(text, at..stop, candidates, &mut found.occurrences);
            at = stop;
            if record == first + 1 && found.occurrences.len() - from > HITS_PER_POST_MAX {
                found.capped.push(first as u32);
                break;
            }
        }
        let mut next = from;
        for each in first..record {
            if let Some((_, end)) = bounds(each) {
                let rest = &found.occurrences[next..];
                next += rest.partition_point(|occurrence| (occurrence.start as usize) < end);
            }
            found.posts.push(next as u32);
        }
    }
}

/// Gathers literals and their uses.
#[derive(Default)]
struct Builder {
    matchers: Vec<Matcher>,
    streams: [StreamBuilder; Reading::COUNT],
    /// A number for each folded term of a matcher.
    distinct_key: FxHashMap<(MatcherIx, Box<[u16]>), u32>,
    sequences: Vec<Sequence>,
    regexes: Vec<Regex>,
    entities: [EntitySet; 2],
    entity_matchers: Vec<u32>,
}

#[derive(Default)]
struct StreamBuilder {
    numbers: FxHashMap<Box<[u16]>, u32>,
    uses: Vec<(u32, Use)>,
}

impl StreamBuilder {
    fn add(&mut self, symbols: &[u16], wanted: Use) {
        let next = self.numbers.len() as u32;
        let literal = match self.numbers.get(symbols) {
            Some(literal) => *literal,
            None => *self.numbers.entry(symbols.into()).or_insert(next),
        };
        self.uses.push((literal, wanted));
    }

    fn finish(mut self, kernel: Kernel) -> Stream {
        let mut literals: Vec<(Box<[u16]>, u32)> = self.numbers.drain().collect();
        literals.sort_unstable_by_key(|(_, number)| *number);
        let literals: Vec<Box<[u16]>> = literals.into_iter().map(|(symbols, _)| symbols).collect();
        self.uses.sort_by_key(|(literal, _)| *literal);
        let mut starts = vec![0; literals.len() + 1];
        for (literal, _) in &self.uses {
            starts[*literal as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let uses = self.uses.into_iter().map(|(_, wanted)| wanted).collect();
        Stream { literals: Literals::with_kernel(&literals, kernel), starts, uses }
    }
}

impl Builder {
    fn matcher(&mut self, matcher: MatcherIx, spec: MatcherSpec) {
        for term in &spec.terms {
            if let Some(number) = term.term {
                self.literal(matcher, &spec, term, Role::Term(number));
            }
        }
        for phrase in &spec.except {
            self.literal(matcher, &spec, phrase, Role::Except);
        }
        self.sequence(matcher, &spec);
        self.entities(matcher, &spec);
        let is_plain = spec.is_plain();
        let MatcherSpec { edge, views, fields, cased, max, check, scripts, languages, .. } = spec;
        let first = self.regexes.len();
        for pattern in spec.regexes {
            self.regex(matcher, views, pattern);
        }
        let has_ungated = self.regexes[first..].iter().any(|regex| regex.is_ungated);
        let regexes = first as u32..self.regexes.len() as u32;
        let entities = spec.entities;
        self.matchers.push(Matcher {
            edge,
            views,
            fields,
            cased,
            max,
            check,
            scripts,
            languages,
            entities,
            regexes,
            has_ungated,
            is_plain,
        });
    }

    /// A literal goes to the widest reading that its matcher looks at, if
    /// something of it is left there; that stream finds what narrower ones would.
    fn literal(&mut self, matcher: MatcherIx, spec: &MatcherSpec, term: &TermSpec, role: Role) {
        let next = self.distinct_key.len() as u32;
        let distinct_key =
            *self.distinct_key.entry((matcher, term.symbols.clone())).or_insert(next);
        let wanted = Use { matcher, role, distinct_key, anchor: None, source: None };
        self.spelling(spec, term, &term.symbols, wanted.clone(), false);
        // A single character written apart is too often two words: 女票 is slang of its own.
        if spec.views.has(View::Look) && term.symbols.len() > 1 {
            for apart in split_spellings(&term.symbols) {
                self.spelling(spec, term, &apart, wanted.clone(), true);
            }
        }
        if spec.views.has(View::Sound) {
            self.sound(spec, term, wanted);
        }
    }

    fn spelling(
        &mut self,
        spec: &MatcherSpec,
        term: &TermSpec,
        symbols: &[u16],
        mut wanted: Use,
        is_split: bool,
    ) {
        let views = match ends_in_noise(symbols) {
            true => spec.views.without(View::Squeezed),
            false => spec.views,
        };
        let widest = Reading::of(views);
        let derived = widest.of_term(symbols);
        let (reading, literal) =
            if derived.is_empty() { (Reading::FOLDED, symbols) } else { (widest, &derived[..]) };
        if spec.cased || spec.views.has(View::Exact) || reading != Reading::FOLDED {
            let (text, symbols) = (term.text.clone(), symbols.into());
            wanted.source = Some(Box::new(Source { text, symbols, is_split }));
        }
        if reading != Reading::FOLDED && !is_split {
            self.plain(symbols, &wanted);
        }
        self.streams[reading.index()].add(literal, wanted);
    }

    /// Most words are written as they are: so they are looked for in folded text as well.
    fn plain(&mut self, symbols: &[u16], wanted: &Use) {
        let role = match wanted.role {
            Role::Term(_) => Role::Plain { is_part: false },
            Role::Part { .. } => Role::Plain { is_part: true },
            _ => return,
        };
        let plain = Use { role, distinct_key: 0, anchor: None, source: None, ..wanted.clone() };
        self.streams[Reading::FOLDED.index()].add(symbols, plain);
    }

    /// The anchor of a term goes to a sound reading, in all its forms.
    fn sound(&mut self, spec: &MatcherSpec, term: &TermSpec, wanted: Use) {
        let symbols: Box<[u16]> =
            Reading::of(ViewSet::of(&[View::Squeezed])).of_term(&term.symbols).into();
        let Some(anchor) = pinyin::anchor(&symbols) else { return };
        let stream = &mut self.streams[Reading::of_sound(spec.views.has(View::Squeezed)).index()];
        let source = Source { text: term.text.clone(), symbols, is_split: false };
        let wanted =
            Use { anchor: Some(anchor.at as u16), source: Some(Box::new(source)), ..wanted };
        for form in anchor.forms {
            stream.add(&form, wanted.clone());
        }
    }

    fn sequence(&mut self, matcher: MatcherIx, spec: &MatcherSpec) {
        let Some(sequence) = &spec.sequence else { return };
        let number = self.sequences.len() as u32;
        for (part, choices) in sequence.parts.iter().enumerate() {
            for choice in choices {
                let role = Role::Part { sequence: number, part: part as u16 };
                self.literal(matcher, spec, choice, role);
            }
        }
        let parts = sequence.parts.len() as u16;
        self.sequences.push(Sequence { matcher, parts, gap: sequence.gap });
    }

    fn entities(&mut self, matcher: MatcherIx, spec: &MatcherSpec) {
        if spec.entities.is_empty() {
            return;
        }
        self.entity_matchers.push(matcher.0);
        for entity in spec.entities.iter() {
            self.entities[0] = self.entities[0].with(entity);
            if spec.views.has(View::Squeezed) {
                self.entities[1] = self.entities[1].with(entity);
            }
        }
    }

    /// A regex reads folded text, and folded text without noise if its matcher does;
    /// its required literals are looked for in each text it reads. One with noise in it
    /// stands only where nothing is skipped.
    fn regex(&mut self, matcher: MatcherIx, views: ViewSet, pattern: PrefilteredRegex) {
        let number = self.regexes.len() as u32;
        let literals = pattern.required().filter(|_| !views.is_exact_only());
        let gates: Option<Vec<Vec<u16>>> = literals
            .map(|required| required.literals.iter().map(|literal| fold::fold(literal)).collect());
        let gates = gates.filter(|gates| gates.iter().all(|gate| !gate.is_empty()));
        let role = Role::Gate { regex: number };
        let wanted = Use { matcher, role, distinct_key: 0, anchor: None, source: None };
        for gate in gates.iter().flatten() {
            self.streams[Reading::FOLDED.index()].add(gate, wanted.clone());
            if views.has(View::Squeezed) && Reading::SQUEEZED.of_term(gate) == *gate {
                self.streams[Reading::SQUEEZED.index()].add(gate, wanted.clone());
            }
        }
        self.regexes.push(Regex { matcher, pattern, is_ungated: gates.is_none() });
    }

    fn finish(self, kernel: Kernel) -> Scanner {
        let fields = self.matchers.iter();
        let fields = fields.fold(FieldSet::NONE, |fields, it| fields.union(it.fields));
        let squeezed = Reading::of(ViewSet::of(&[View::Squeezed]));
        let is_read = |reading: &Reading| {
            *reading == Reading::FOLDED
                || !self.streams[reading.index()].numbers.is_empty()
                || (*reading == squeezed && self.reads_squeezed())
        };
        Scanner {
            readings: Reading::all().filter(is_read).collect(),
            streams: finish_all(self.streams, kernel),
            matchers: self.matchers,
            sequences: self.sequences,
            regexes: self.regexes,
            entities: [(Reading::FOLDED, self.entities[0]), (squeezed, self.entities[1])],
            entity_matchers: self.entity_matchers,
            fields,
        }
    }

    /// Does a regex or an entity read squeezed text?
    fn reads_squeezed(&self) -> bool {
        let squeezes =
            |regex: &Regex| self.matchers[regex.matcher.index()].views.has(View::Squeezed);
        let seeks = |number: &u32| self.matchers[*number as usize].views.has(View::Squeezed);
        self.entity_matchers.iter().any(seeks) || self.regexes.iter().any(squeezes)
    }
}

/// Lays out the streams side by side.
fn finish_all(
    streams: [StreamBuilder; Reading::COUNT],
    kernel: Kernel,
) -> [Stream; Reading::COUNT] {
    let finished = parallel::map(streams.into_iter().collect(), |stream| stream.finish(kernel));
    finished.try_into().unwrap_or_else(|_| unreachable!("as many as there were"))
}

/// The most spellings of one term with characters written apart.
const SPLIT_SPELLINGS_MAX: usize = 32;

/// Is noise the first or last symbol of a term? It is part of the term then: squeezed,
/// `吃💩` would be found wherever somebody eats.
fn ends_in_noise(symbols: &[u16]) -> bool {
    let is_noise = |at| is_noise_in(symbols, at);
    !symbols.is_empty() && (is_noise(0) || is_noise(symbols.len() - 1))
}

/// A term with some or all of its characters written apart: 贝者博 and 贝者十甫 for 赌博.
fn split_spellings(symbols: &[u16]) -> Vec<Vec<u16>> {
    let mut spellings: Vec<Vec<u16>> = vec![Vec::new()];
    for symbol in symbols {
        let mut longer = Vec::new();
        for apart in fold::tables::splits(*symbol) {
            for spelling in &spellings {
                longer.push([spelling.as_slice(), apart].concat());
            }
        }
        spellings.iter_mut().for_each(|spelling| spelling.push(*symbol));
        spellings.extend(longer);
        spellings.truncate(SPLIT_SPELLINGS_MAX);
    }
    spellings.retain(|spelling| spelling != symbols);
    spellings
}
