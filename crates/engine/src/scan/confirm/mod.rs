//! Occurrences of literals in one post → hits of matchers.
//!
//! Runs only for posts where something was found. Here the original text is
//! looked at again: edges, case, exact spelling, checks, spans.

use crate::domain::field::{FieldId, MetaId};
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::limits::HITS_PER_POST_MAX;
use crate::domain::span::Span;
use crate::domain::view::View;
use crate::fold::{self, OffsetMap, Origin, Source as Original};
use crate::post::Post;
use crate::scan::checks::Check;
use crate::scan::entities::{self, EntitySet, Found as FoundEntity};
use crate::scan::hits::{Hit, Hits};
use crate::scan::literals::Occurrence;
use crate::scan::prefilter::sparse_set::Marks;
use crate::scan::prefilter::{Glance, Notes};
use crate::scan::regex::{Visit, Work};
use crate::scan::scanner::{Matcher, Regex, Role, Scanner, Source, Use};
use crate::scan::spec::Edge;
use crate::scan::text::batch::{FieldText, Texts};
use crate::scan::text::projection::Reading;
use crate::scan::verify::lookalike;
use crate::scan::verify::{Sight, Stretch};
use std::ops::{ControlFlow, Range};
use xxhash_rust::xxh3::xxh3_64;

/// One worker's buffers for one post at a time.
#[derive(Debug, Default)]
pub(in crate::scan) struct PostWork {
    pub hits: Hits,
    /// Matchers with hits of terms and sequences, or that may have had some before allow
    /// phrases and languages were looked at.
    marks: Marks,
    /// Matchers whose terms are looked at; `None` are all.
    wanted: Marks,
    wants_all: bool,
    is_gathered: bool,
    /// Matchers whose regexes and entities were run.
    pub asked: Marks,
    /// Those that are run now.
    pub new: Marks,
    /// A cap was reached.
    pub capped: bool,
    /// Allow phrases found.
    excepted: Vec<(MatcherIx, FieldId, Span)>,
    parts: Vec<PartHit>,
    running: Vec<Running>,
    /// Where their literals stand.
    literals: Vec<Range<usize>>,
    /// Where their matches may begin.
    starts: Vec<u32>,
    /// One for each field of the post.
    fields: Vec<FieldWork>,
    entities: Vec<FoundEntity>,
    text: String,
    /// The last one of each view.
    layouts: [Layout; 3],
    symbols: Vec<u16>,
}

/// What is known of one field, worked out when first needed.
#[derive(Debug, Default)]
struct FieldWork {
    map_begun: bool,
    map: OffsetMap,
}

/// A regex that runs in one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Running {
    field: u32,
    regex: u32,
}

/// The text that regexes read, and where each byte and symbol of it lies.
#[derive(Debug, Default)]
struct Layout {
    /// The field of this post that it is of.
    field: Option<usize>,
    text: String,
    /// For each byte of `text`, and its end: symbols before it.
    symbols_before: Vec<u32>,
    /// For each symbol, and the end: bytes before it.
    bytes_before: Vec<u32>,
}

/// A part of a sequence, found.
#[derive(Clone, Copy, Debug)]
struct PartHit {
    sequence: u32,
    field: u32,
    part: u16,
    view: View,
    /// Folded symbols of the field.
    start: u32,
    end: u32,
    /// Visible characters before it and up to its end.
    first: u32,
    last: u32,
    /// Start symbol of the chain of parts that ends here, if there is one.
    origin: Option<u32>,
}

pub(in crate::scan) struct Collector<'c> {
    scanner: &'c Scanner,
    post: &'c Post<'c>,
    texts: &'c Texts,
    fields: &'c [FieldText],
    work: &'c mut PostWork,
    notes: &'c mut Notes,
}

impl PostWork {
    /// Forgets the last post.
    pub fn begin(&mut self, scanner: &Scanner, fields: usize) {
        self.hits.begin(scanner.matchers.len());
        self.marks.begin(scanner.matchers.len());
        self.asked.begin(scanner.matchers.len());
        self.wanted.begin(scanner.matchers.len());
        self.is_gathered = false;
        self.capped = false;
        self.excepted.clear();
        self.parts.clear();
        if self.fields.len() < fields {
            self.fields.resize_with(fields, FieldWork::default);
        }
        for field in &mut self.fields {
            field.map_begun = false;
        }
        for layout in &mut self.layouts {
            layout.field = None;
        }
    }
}

impl PostWork {
    /// Whose terms are looked at.
    pub fn gather(&mut self, matchers: Option<&[MatcherIx]>) {
        self.is_gathered = true;
        self.wants_all = matchers.is_none();
        matchers.into_iter().flatten().for_each(|matcher| self.wanted.set(*matcher));
    }

    /// Was the matcher asked, and does it have hits?
    pub fn has_hits(&self, matcher: MatcherIx) -> bool {
        self.asked.has(matcher) && !self.hits.of(matcher).is_empty()
    }

    /// May the matcher have a hit, if that is known? Once it was asked for everything is;
    /// if it has nothing that waits for being asked, once terms were gathered.
    pub fn answer(&self, matcher: MatcherIx, searches: bool) -> Option<bool> {
        if self.asked.has(matcher) {
            return Some(!self.hits.of(matcher).is_empty());
        }
        (self.is_gathered && !searches).then(|| self.marks.has(matcher))
    }
}

impl<'c> Collector<'c> {
    pub fn new(
        scanner: &'c Scanner,
        post: &'c Post<'c>,
        texts: &'c Texts,
        index: usize,
        work: &'c mut PostWork,
        notes: &'c mut Notes,
    ) -> Collector<'c> {
        let fields = texts.fields_of(index);
        Collector { scanner, post, texts, fields, work, notes }
    }

    /// Takes in the occurrences in one reading.
    pub fn literals(&mut self, reading: Reading, occurrences: &[Occurrence]) {
        let stream = &self.scanner.streams[reading.index()];
        let mut field = 0;
        for occurrence in occurrences {
            while occurrence.start >= self.fields[field].range(reading).1 {
                field += 1;
            }
            let start = (occurrence.start - self.fields[field].range(reading).0) as usize;
            let length = stream.literals.length(occurrence.literal) as usize;
            for wanted in stream.uses(occurrence.literal) {
                let is_hint = matches!(wanted.role, Role::Gate { .. } | Role::Plain { .. });
                if is_hint || !(self.work.wants_all || self.work.wanted.has(wanted.matcher)) {
                    continue;
                }
                let seen = self.sight().sees(wanted, reading, field, start..start + length);
                if let Some((stretch, view)) = seen {
                    self.take(wanted, stretch, view);
                }
            }
        }
    }

    /// One use of a literal that stands at `stretch`.
    fn take(&mut self, wanted: &Use, stretch: Stretch, view: View) {
        let matcher = &self.scanner.matchers[wanted.matcher.index()];
        if !self.reads(matcher, stretch.field) || self.is_full() {
            return;
        }
        match wanted.role {
            Role::Gate { .. } | Role::Plain { .. } => {}
            Role::Term(term) => {
                if let Some(view) = self.accepts(matcher, wanted.source.as_deref(), stretch, view) {
                    let distinct_key = u64::from(wanted.distinct_key);
                    self.push(wanted.matcher, stretch, view, Some(term), distinct_key);
                }
            }
            Role::Except => {
                if let Some(span) = self.span(stretch) {
                    let field = self.fields[stretch.field].field;
                    self.work.excepted.push((wanted.matcher, field, span));
                }
            }
            Role::Part { sequence, part } => {
                if let Some(view) = self.spelled(matcher, wanted.source.as_deref(), stretch, view) {
                    self.push_part(sequence, part, stretch, view);
                }
            }
        }
    }

    fn is_full(&mut self) -> bool {
        let full = self.work.hits.count() + self.work.parts.len() >= HITS_PER_POST_MAX;
        self.work.capped |= full;
        full
    }

    fn reads(&self, matcher: &Matcher, field: usize) -> bool {
        matcher.fields.has(self.fields[field].field)
    }

    /// Edges and spelling; the view that the hit counts for.
    fn accepts(
        &mut self,
        matcher: &Matcher,
        source: Option<&Source>,
        stretch: Stretch,
        view: View,
    ) -> Option<View> {
        self.edges_hold(matcher.edge, stretch).then_some(())?;
        self.spelled(matcher, source, stretch, view)
    }

    /// `cased` and `exact`: looks at the original spelling.
    fn spelled(
        &mut self,
        matcher: &Matcher,
        source: Option<&Source>,
        stretch: Stretch,
        view: View,
    ) -> Option<View> {
        let Some(source) = source else { return Some(view) };
        let asks = matcher.cased || matcher.views.has(View::Exact);
        if !asks || view > View::Folded && !matcher.cased {
            return Some(view);
        }
        let span = self.span(stretch)?;
        let original = self.original(stretch.field).get(span.range())?;
        if original == &*source.text {
            return Some(if matcher.views.has(View::Exact) { View::Exact } else { view });
        }
        let is_cased_alike =
            !matcher.cased || same_case(original, &source.text, view > View::Folded);
        (is_cased_alike && !matcher.views.is_exact_only()).then_some(view)
    }

    fn sight(&mut self) -> Sight<'_> {
        self.notes.sight(self.scanner, self.texts, self.fields)
    }

    fn edges_hold(&mut self, edge: Edge, stretch: Stretch) -> bool {
        self.sight().edges_hold(edge, stretch)
    }

    /// The original text of the `field`-th field that is read.
    fn original(&self, field: usize) -> &'c str {
        self.post.text(self.fields[field].field).unwrap_or("")
    }

    /// Where symbols of the `field`-th field come from, and the text that tells.
    fn map(&mut self, field: usize) -> (&mut OffsetMap, Original<'c>) {
        let FieldText { is_html, one_to_one, .. } = self.fields[field];
        let source = Original { text: self.original(field), is_html, one_to_one };
        let work = &mut self.work.fields[field];
        if !work.map_begun {
            work.map.begin();
            work.map_begun = true;
        }
        (&mut work.map, source)
    }

    fn come_from(&mut self, stretch: Stretch) -> Option<Origin> {
        let (map, source) = self.map(stretch.field);
        map.origin(source, stretch.start, stretch.end)
    }

    fn span(&mut self, stretch: Stretch) -> Option<Span> {
        let (start, end) = self.come_from(stretch)?.bytes;
        Some(Span::new(start, end))
    }

    fn symbols(&self, stretch: Stretch) -> &'c [u16] {
        let base = self.fields[stretch.field].range(Reading::FOLDED).0 as usize;
        &self.texts.symbols(Reading::FOLDED)[base + stretch.start..base + stretch.end]
    }

    fn push(
        &mut self,
        number: MatcherIx,
        stretch: Stretch,
        view: View,
        term: Option<TermIx>,
        distinct_key: u64,
    ) -> bool {
        let Some(origin) = self.come_from(stretch) else { return false };
        let matcher = &self.scanner.matchers[number.index()];
        if matcher.check.is_some_and(|check| !self.passes(check, stretch)) {
            return false;
        }
        let (first, last) = origin.characters;
        let span = Span::new(origin.bytes.0, origin.bytes.1);
        let field = self.fields[stretch.field].field;
        self.work.marks.set(number);
        self.work.hits.push(Hit {
            matcher: number,
            field,
            span,
            view,
            term,
            distinct_key,
            first,
            last,
        });
        true
    }

    fn passes(&mut self, check: Check, stretch: Stretch) -> bool {
        let symbols = self.symbols(stretch);
        let text = &mut self.work.text;
        text.clear();
        text.extend(
            char::decode_utf16(symbols.iter().copied()).map(|read| read.unwrap_or('\u{FFFD}')),
        );
        check.holds(text)
    }

    fn push_part(&mut self, sequence: u32, part: u16, stretch: Stretch, view: View) {
        let (map, source) = self.map(stretch.field);
        let Some((first, last)) = map.characters(source, stretch.start, stretch.end) else {
            return;
        };
        self.work.parts.push(PartHit {
            sequence,
            field: stretch.field as u32,
            part,
            view,
            start: stretch.start as u32,
            end: stretch.end as u32,
            first,
            last,
            origin: None,
        });
    }

    /// Runs the built-in detectors of the matchers that are asked now.
    pub fn entities(&mut self) {
        let scanner = self.scanner;
        let mut wanted = [EntitySet::default(); 2];
        for number in &scanner.entity_matchers {
            if !self.work.new.has(MatcherIx(*number)) {
                continue;
            }
            let matcher = &scanner.matchers[*number as usize];
            wanted[0] = wanted[0].or(matcher.entities);
            if matcher.views.has(View::Squeezed) {
                wanted[1] = wanted[1].or(matcher.entities);
            }
        }
        for field in 0..self.fields.len() {
            self.entities_in(field, Reading::FOLDED, wanted[0]);
            self.entities_in(field, Reading::SQUEEZED, wanted[1]);
        }
    }

    fn glance(&mut self) -> Glance<'_> {
        let Collector { scanner, post, texts, fields, notes, .. } = self;
        Glance { scanner, post, texts, fields, notes }
    }

    fn entities_in(&mut self, field: usize, reading: Reading, wanted: EntitySet) {
        if wanted.is_empty() {
            return;
        }
        let is_squeezed = reading == Reading::SQUEEZED;
        let wanted = self.glance().possible_of(field, is_squeezed, wanted);
        if wanted.is_empty() {
            return;
        }
        let (start, end) = self.fields[field].range(reading);
        let symbols = &self.texts.symbols(reading)[start as usize..end as usize];
        let mut found = std::mem::take(&mut self.work.entities);
        found.clear();
        if reading == Reading::FOLDED {
            entities::find(wanted, symbols, &|_: usize| true, &mut found);
        } else {
            let mut sight = self.sight();
            let places = sight.places(reading, field);
            let joined = |at: usize| at > 0 && places[at].0 == places[at - 1].1;
            entities::find(wanted, symbols, &joined, &mut found);
        }
        for each in &found {
            let own = each.start as usize..each.end as usize;
            let stretch = self.sight().stretch(reading, field, own);
            self.push_entity(*each, stretch);
        }
        self.work.entities = found;
    }

    fn push_entity(&mut self, found: FoundEntity, stretch: Stretch) {
        let scanner = self.scanner;
        let length = (found.end - found.start) as usize;
        let is_whole = stretch.end - stretch.start == length;
        let view = if is_whole { View::Folded } else { View::Squeezed };
        for number in &scanner.entity_matchers {
            let matcher = &scanner.matchers[*number as usize];
            let wanted = self.work.new.has(MatcherIx(*number))
                && matcher.entities.has(found.entity)
                && self.reads(matcher, stretch.field);
            let seen = view == View::Folded || matcher.views.has(View::Squeezed);
            if wanted && seen && !self.is_full() {
                let distinct_key = self.distinct_key(stretch);
                self.push(MatcherIx(*number), stretch, view, None, distinct_key);
            }
        }
    }

    /// Equal for stretches of equal folded text without noise: what `distinct` compares.
    fn distinct_key(&mut self, stretch: Stretch) -> u64 {
        let symbols = self.symbols(stretch);
        let text = &mut self.work.symbols;
        text.clear();
        text.extend(lookalike::without_noise(symbols));
        let bytes = &mut self.work.text;
        bytes.clear();
        bytes.extend(
            char::decode_utf16(text.iter().copied()).map(|read| read.unwrap_or('\u{FFFD}')),
        );
        xxh3_64(bytes.as_bytes())
    }

    /// Runs the regexes of the matchers that are asked now and may match, where one of
    /// their literals was found; those without everywhere.
    pub fn regexes(&mut self) {
        let scanner = self.scanner;
        let mut running = std::mem::take(&mut self.work.running);
        running.clear();
        for at in 0..self.work.new.matchers().len() {
            let matcher = &scanner.matchers[self.work.new.matchers()[at].index()];
            for regex in matcher.regexes.clone() {
                if self.glance().may_pass(regex) {
                    let read = (0..self.fields.len()).filter(|field| self.reads(matcher, *field));
                    running.extend(read.map(|field| Running { field: field as u32, regex }));
                }
            }
        }
        // By field, so that its text is laid out once for all regexes.
        running.sort_unstable();
        let mut layouts = std::mem::take(&mut self.work.layouts);
        for (view, layout) in [View::Exact, View::Folded, View::Squeezed].iter().zip(&mut layouts) {
            for Running { field, regex } in &running {
                let (field, own) = (*field as usize, &scanner.regexes[*regex as usize]);
                let is_read = is_read(&scanner.matchers[own.matcher.index()], *view);
                if !is_read || !self.find_literals(*regex, field, *view) {
                    continue;
                }
                if layout.field != Some(field) {
                    self.lay_out(field, *view, layout);
                }
                self.regex(own, field, *view, layout);
            }
        }
        self.work.layouts = layouts;
        self.work.running = running;
    }

    /// Lists where literals of a regex stand in the text of a view. Is there anything to
    /// search?
    fn find_literals(&mut self, regex: u32, field: usize, view: View) -> bool {
        let literals = &mut self.work.literals;
        literals.clear();
        literals.extend(self.notes.gated(regex, (field as u32, view == View::Squeezed)));
        !literals.is_empty() || self.scanner.regexes[regex as usize].is_ungated
    }

    /// Writes the text that a regex reads, and where its symbols lie.
    fn lay_out(&self, field: usize, view: View, layout: &mut Layout) {
        let reading = reading_of(view);
        let (start, end) = self.fields[field].range(reading);
        layout.field = Some(field);
        layout.text.clear();
        layout.symbols_before.clear();
        layout.bytes_before.clear();
        if view == View::Exact {
            layout.text.push_str(self.original(field));
            return;
        }
        let symbols = &self.texts.symbols(reading)[start as usize..end as usize];
        layout.text.reserve(3 * symbols.len());
        layout.symbols_before.reserve(3 * symbols.len() + 1);
        layout.bytes_before.reserve(symbols.len() + 1);
        let mut at = 0;
        for read in char::decode_utf16(symbols.iter().copied()) {
            let character = read.unwrap_or('\u{FFFD}');
            let before = layout.text.len() as u32;
            layout.text.push(character);
            for _ in 0..character.len_utf16() {
                layout.bytes_before.push(before);
            }
            for _ in 0..character.len_utf8() {
                layout.symbols_before.push(at);
            }
            at += character.len_utf16() as u32;
        }
        layout.symbols_before.push(at);
        layout.bytes_before.push(layout.text.len() as u32);
    }

    /// Runs one regex over the windows around the literals listed, in one field.
    fn regex(&mut self, regex: &Regex, field: usize, view: View, layout: &Layout) {
        let text = layout.text.as_str();
        let mut work = Work::for_text(text.len());
        let literals = std::mem::take(&mut self.work.literals);
        let mut starts = std::mem::take(&mut self.work.starts);
        let mut search = |window: Range<usize>| {
            regex.pattern.find_all(text, window, &mut work, &mut starts, |range| {
                if self.is_full() {
                    return ControlFlow::Break(());
                }
                let counts = match view {
                    View::Exact => self.push_raw(regex.matcher, field, range),
                    _ => {
                        let symbol = |byte: usize| layout.symbols_before[byte] as usize;
                        let (start, end) = (symbol(range.start), symbol(range.end));
                        self.push_match(regex.matcher, field, start, end, view)
                    }
                };
                ControlFlow::Continue(if counts { Visit::Accept } else { Visit::Refuse })
            });
        };
        if regex.is_ungated {
            search(0..text.len());
        } else {
            // A stored rule set that was tampered with may gate a regex of another view.
            let at = |symbol: usize| layout.bytes_before.get(symbol).copied();
            let byte = |symbol: usize| at(symbol).map_or(text.len(), |byte| byte as usize);
            let literals = literals.iter().map(|own| byte(own.start)..byte(own.end));
            regex.pattern.windows(text, literals).for_each(&mut search);
        }
        self.work.capped |= work.is_capped();
        self.work.literals = literals;
        self.work.starts = starts;
    }

    /// A regex match on the symbols of a view. Returns whether it counts.
    fn push_match(
        &mut self,
        number: MatcherIx,
        field: usize,
        start: usize,
        end: usize,
        view: View,
    ) -> bool {
        let matcher = &self.scanner.matchers[number.index()];
        let stretch = self.sight().stretch(reading_of(view), field, start..end);
        let view = if stretch.end - stretch.start == end - start { View::Folded } else { view };
        self.edges_hold(matcher.edge, stretch) && {
            let distinct_key = self.distinct_key(stretch);
            self.push(number, stretch, view, None, distinct_key)
        }
    }

    /// A regex match on the raw text.
    fn push_raw(&mut self, number: MatcherIx, field: usize, range: Range<usize>) -> bool {
        let (from, to) = (range.start as u32, range.end as u32);
        let (map, source) = self.map(field);
        match map.symbols_of(source, from, to) {
            Some((start, end)) => {
                let stretch = Stretch { field, start, end };
                let edge = self.scanner.matchers[number.index()].edge;
                let counts = self.edges_hold(edge, stretch);
                let distinct_key = self.distinct_key(stretch);
                counts && self.push(number, stretch, View::Exact, None, distinct_key)
            }
            None => false,
        }
    }

    /// Joins parts to sequences.
    ///
    /// Each part hit takes over the start of the nearest chain that ends within
    /// the gap before it. Chains are tried from the nearest back, and a chain
    /// that is near enough is always the tightest, so one look is enough.
    pub fn sequences(&mut self) {
        let mut parts = std::mem::take(&mut self.work.parts);
        parts.sort_unstable_by_key(|hit| (hit.sequence, hit.field, hit.part, hit.last, hit.start));
        let same = |a: &PartHit, b: &PartHit| (a.sequence, a.field) == (b.sequence, b.field);
        for group in parts.chunk_by_mut(same) {
            let sequence = &self.scanner.sequences[group[0].sequence as usize];
            chain(group, sequence.gap);
            for hit in group.iter().filter(|hit| hit.part + 1 == sequence.parts) {
                let Some(start) = hit.origin else { continue };
                let (field, start, end) = (hit.field as usize, start as usize, hit.end as usize);
                let stretch = Stretch { field, start, end };
                let edge = self.scanner.matchers[sequence.matcher.index()].edge;
                if self.edges_hold(edge, stretch) && !self.is_full() {
                    let distinct_key = self.distinct_key(stretch);
                    self.push(sequence.matcher, stretch, hit.view, None, distinct_key);
                }
            }
        }
        parts.clear();
        self.work.parts = parts;
    }

    /// Applies allow phrases, languages and caps to the hits so far.
    pub fn finish(mut self) {
        let scanner = self.scanner;
        self.drop_excepted();
        let languages = |matcher: &Matcher| !matcher.languages.is_empty();
        if self.work.hits.all().iter().any(|hit| languages(&scanner.matchers[hit.matcher.index()]))
        {
            self.drop_other_languages();
        }
        self.work.hits.finish(|matcher| scanner.matchers[matcher.index()].max);
    }

    fn drop_excepted(&mut self) {
        if self.work.excepted.is_empty() {
            return;
        }
        self.work.excepted.sort_unstable();
        let excepted = &self.work.excepted;
        self.work.hits.retain(|hit| {
            let own = |phrase: &&(MatcherIx, FieldId, Span)| {
                (phrase.0, phrase.1) == (hit.matcher, hit.field)
            };
            let from =
                excepted.partition_point(|phrase| (phrase.0, phrase.1) < (hit.matcher, hit.field));
            let mut phrases = excepted[from..].iter().take_while(own);
            !phrases.any(|(_, _, span)| span.contains(hit.span))
        });
    }

    fn drop_other_languages(&mut self) {
        use crate::scan::text::script::Scripts;
        let (scanner, post, fields, texts) = (self.scanner, self.post, self.fields, self.texts);
        let claim = post.meta(MetaId::LANG);
        let mut known: Option<(MatcherIx, bool)> = None;
        self.work.hits.retain(|hit| {
            if let Some((matcher, holds)) = known
                && matcher == hit.matcher
            {
                return holds;
            }
            let matcher = &scanner.matchers[hit.matcher.index()];
            let applies = || {
                let read = fields.iter().filter(|text| matcher.fields.has(text.field));
                let scripts = read.fold(Scripts::NONE, |scripts, text| {
                    let (start, end) = text.range(Reading::FOLDED);
                    let symbols = texts.symbols(Reading::FOLDED);
                    scripts.or(Scripts::of(&symbols[start as usize..end as usize]))
                });
                scripts.meets(matcher.scripts)
                    || crate::scan::text::script::claims(claim, &matcher.languages)
            };
            let holds = matcher.languages.is_empty() || applies();
            known = Some((hit.matcher, holds));
            holds
        });
    }
}

/// Gives each part hit the start of its chain. `group` is sorted by part, then end.
fn chain(group: &mut [PartHit], gap: u32) {
    let mut previous = 0..0;
    let mut start = 0;
    while start < group.len() {
        let part = group[start].part;
        let end = start + group[start..].iter().take_while(|hit| hit.part == part).count();
        let follows = !previous.is_empty() && group[previous.start].part + 1 == part;
        let (before, now) = group.split_at_mut(start);
        let before = &before[previous.clone()];
        for hit in &mut now[..end - start] {
            if part == 0 {
                hit.origin = Some(hit.start);
            } else if follows {
                let until = before.partition_point(|earlier| earlier.last <= hit.first);
                let near = |earlier: &&PartHit| hit.first - earlier.last <= gap;
                let mut chains = before[..until].iter().rev().take_while(near);
                if let Some(earlier) = chains.find(|earlier| earlier.origin.is_some()) {
                    hit.origin = earlier.origin;
                    hit.view = hit.view.max(earlier.view);
                }
            }
        }
        previous = start..end;
        start = end;
    }
}

/// Does a regex of the matcher read the text of this view?
fn is_read(matcher: &Matcher, view: View) -> bool {
    match view {
        View::Exact => matcher.views.is_exact_only(),
        View::Folded => !matcher.views.is_exact_only(),
        _ => matcher.views.has(view),
    }
}

/// The reading behind a view that regexes read.
fn reading_of(view: View) -> Reading {
    Reading::of(crate::domain::view::ViewSet::of(&[view]))
}

/// Equal when folded in everything but case (noise apart, where it was skipped).
fn same_case(original: &str, term: &str, skip_noise: bool) -> bool {
    let (original, term) = (fold::fold_cased(original), fold::fold_cased(term));
    if skip_noise {
        lookalike::without_noise(&original).eq(lookalike::without_noise(&term))
    } else {
        original == term
    }
}
