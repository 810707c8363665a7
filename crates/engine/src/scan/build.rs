//! Matcher specs → [`Index`].

use super::entities::EntitySet;
use super::index::{
    Guard, Index, LiteralIndex, LiteralUse, Matcher, Regex, Role, Sequence, Spelling,
};
use super::literals::{Kernel, Literals};
use super::regex::PrefilteredRegex;
use super::spec::{MatcherSpec, TermSpec};
use super::text::noise::{is_letter, is_noise_in};
use super::text::projection::Projection;
use super::text::syllable;
use crate::domain::field::FieldSet;
use crate::domain::ids::MatcherIx;
use crate::domain::view::{View, ViewSet};
use crate::fold;
use crate::parallel;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// Compiles matchers; the `n`-th gets the number `n`.
pub fn build(specs: Vec<MatcherSpec>, kernel: Kernel) -> Index {
    let mut builder = Builder::default();
    for (number, spec) in specs.into_iter().enumerate() {
        builder.matcher(MatcherIx(number as u32), spec);
    }
    builder.finish(kernel)
}

/// Collects literals and their uses.
#[derive(Default)]
struct Builder {
    matchers: Vec<Matcher>,
    literals: [LiteralIndexBuilder; Projection::COUNT],
    /// One key for each folded term of a matcher.
    distinct_keys: FxHashMap<(MatcherIx, Box<[u16]>), u32>,
    sequences: Vec<Sequence>,
    regexes: Vec<Regex>,
    entities: [EntitySet; 2],
    entity_matchers: Vec<u32>,
}

#[derive(Default)]
struct LiteralIndexBuilder {
    numbers: FxHashMap<Box<[u16]>, u32>,
    uses: Vec<(u32, LiteralUse)>,
}

impl LiteralIndexBuilder {
    fn add(&mut self, symbols: &[u16], added: LiteralUse) {
        let next = self.numbers.len() as u32;
        let literal = match self.numbers.get(symbols) {
            Some(literal) => *literal,
            None => *self.numbers.entry(symbols.into()).or_insert(next),
        };
        self.uses.push((literal, added));
    }

    fn finish(mut self, kernel: Kernel) -> LiteralIndex {
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
        let uses = self.uses.into_iter().map(|(_, own)| own).collect();
        let literals = Literals::with_kernel(&literals, kernel);
        LiteralIndex { literals, starts, uses, edges: Vec::new() }
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
        let sequence = self.sequence(matcher, &spec);
        let is_only = spec.terms.is_empty() && spec.regexes.is_empty() && spec.entities.is_empty();
        self.entities(matcher, &spec);
        let term_implies_hit = spec.term_implies_hit();
        let MatcherSpec {
            edge,
            views,
            fields,
            cased,
            max,
            check,
            scripts,
            languages,
            needed_in,
            ..
        } = spec;
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
            only_sequence: sequence.filter(|_| is_only),
            needed_in,
            term_implies_hit,
        });
    }

    /// Adds a literal to the coarsest projection of the matcher's views, which finds what the
    /// narrower ones would find; to folded text if its projection is empty.
    fn literal(&mut self, matcher: MatcherIx, spec: &MatcherSpec, term: &TermSpec, role: Role) {
        let next = self.distinct_keys.len() as u32;
        let distinct_key =
            *self.distinct_keys.entry((matcher, term.symbols.clone())).or_insert(next);
        let own = LiteralUse {
            matcher,
            guard: Guard::NONE,
            role,
            distinct_key,
            anchor: None,
            source: None,
        };
        self.spelling(spec, term, &term.symbols, own.clone(), false);
        // The components of a single character are too often two words: 女票 is slang itself.
        if spec.views.has(View::Look) && term.symbols.len() > 1 {
            for split in split_spellings(&term.symbols) {
                self.spelling(spec, term, &split, own.clone(), true);
            }
        }
        self.sound(spec, term, own);
    }

    fn spelling(
        &mut self,
        spec: &MatcherSpec,
        term: &TermSpec,
        symbols: &[u16],
        mut own: LiteralUse,
        is_split: bool,
    ) {
        let views = match begins_or_ends_with_noise(symbols) {
            true => spec.views.without(View::Squeezed),
            false => spec.views,
        };
        let coarsest = Projection::of(views);
        let derived = coarsest.of_term(symbols);
        let (projection, literal) = if derived.is_empty() {
            (Projection::FOLDED, symbols)
        } else {
            (coarsest, &derived[..])
        };
        if spec.cased || spec.views.has(View::Exact) || projection != Projection::FOLDED {
            let (text, symbols) = (term.text.clone(), symbols.into());
            let begins_with_sign = spec.views.is_exact_only() && fold::begins_with_sign(&text);
            own.source = Some(Box::new(Spelling { text, symbols, is_split, begins_with_sign }));
        }
        if projection != Projection::FOLDED && !is_split {
            self.folded_hint(symbols, &own);
        }
        if projection == Projection::SQUEEZED_LOOK {
            self.narrower(symbols, &own);
        }
        self.literals[projection.index()].add(literal, own);
    }

    /// The projection of two views reads a sign one way only: `!` is noise and no `i`, and a
    /// letter repeated over noise is one letter. What each view reads alone is searched as well,
    /// so that a wider set of views finds no less.
    fn narrower(&mut self, symbols: &[u16], own: &LiteralUse) {
        for projection in [Projection::SQUEEZED, Projection::LOOK] {
            let derived = projection.of_term(symbols);
            if !derived.is_empty() && may_differ(&derived, projection) {
                self.literals[projection.index()].add(&derived, own.clone());
            }
        }
    }

    /// Most terms are written as usual, so their folded spelling is searched as well: an
    /// occurrence there needs no verification of the coarser projection.
    fn folded_hint(&mut self, symbols: &[u16], own: &LiteralUse) {
        let role = match own.role {
            Role::Term(_) => Role::FoldedHint { is_part: false },
            Role::Part { .. } => Role::FoldedHint { is_part: true },
            Role::Except | Role::Gate { .. } | Role::FoldedHint { .. } => return,
        };
        let hint = LiteralUse { role, distinct_key: 0, anchor: None, source: None, ..own.clone() };
        self.literals[Projection::FOLDED.index()].add(symbols, hint);
    }

    /// Adds the anchor of a term, in all its forms, to a syllable projection.
    fn sound(&mut self, spec: &MatcherSpec, term: &TermSpec, own: LiteralUse) {
        let Some(projection) = Projection::of_sound(spec.views) else { return };
        let symbols: Box<[u16]> = Projection::SQUEEZED.of_term(&term.symbols).into();
        let Some(anchor) = syllable::anchor(&symbols) else { return };
        let literals = &mut self.literals[projection.index()];
        let text = term.text.clone();
        let source = Spelling { text, symbols, is_split: false, begins_with_sign: false };
        let own =
            LiteralUse { anchor: Some(anchor.at as u16), source: Some(Box::new(source)), ..own };
        for form in anchor.forms {
            literals.add(&form, own.clone());
        }
    }

    /// Adds the parts of the matcher's sequence; returns its number.
    fn sequence(&mut self, matcher: MatcherIx, spec: &MatcherSpec) -> Option<u32> {
        let sequence = spec.sequence.as_ref()?;
        let number = self.sequences.len() as u32;
        for (part, choices) in sequence.parts.iter().enumerate() {
            for choice in choices {
                let role = Role::Part { sequence: number, part: part as u16 };
                self.literal(matcher, spec, choice, role);
            }
        }
        let parts = sequence.parts.len() as u16;
        self.sequences.push(Sequence { matcher, parts, gap: sequence.gap });
        Some(number)
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

    /// A regex reads folded text, and squeezed text if its matcher has that view. Its
    /// required literals are searched in each text it reads; one that contains noise cannot
    /// occur in squeezed text.
    fn regex(&mut self, matcher: MatcherIx, views: ViewSet, pattern: PrefilteredRegex) {
        let number = self.regexes.len() as u32;
        let literals = pattern.required().filter(|_| !views.is_exact_only());
        let gates: Option<Vec<Vec<u16>>> = literals
            .map(|required| required.literals.iter().map(|literal| symbols_of(literal)).collect());
        let gates = gates.filter(|gates| gates.iter().all(|gate| !gate.is_empty()));
        let role = Role::Gate { regex: number };
        let own = LiteralUse {
            matcher,
            guard: Guard::NONE,
            role,
            distinct_key: 0,
            anchor: None,
            source: None,
        };
        for gate in gates.iter().flatten() {
            self.literals[Projection::FOLDED.index()].add(gate, own.clone());
            if views.has(View::Squeezed) && Projection::SQUEEZED.of_term(gate) == *gate {
                self.literals[Projection::SQUEEZED.index()].add(gate, own.clone());
            }
        }
        self.regexes.push(Regex { matcher, pattern, is_ungated: gates.is_none() });
    }

    fn finish(self, kernel: Kernel) -> Index {
        let fields = self
            .matchers
            .iter()
            .fold(FieldSet::NONE, |fields, matcher| fields.union(matcher.fields));
        let is_read = |projection: &Projection| {
            *projection == Projection::FOLDED
                || !self.literals[projection.index()].numbers.is_empty()
                || (*projection == Projection::SQUEEZED && self.reads_squeezed())
        };
        let entities =
            [(Projection::FOLDED, self.entities[0]), (Projection::SQUEEZED, self.entities[1])];
        let mut index = Index {
            projections: Projection::all().filter(is_read).collect(),
            literals: finish_all(self.literals, kernel),
            matchers: self.matchers,
            sequences: self.sequences,
            regexes: self.regexes,
            entities,
            entity_matchers: self.entity_matchers,
            fields,
        };
        index.copy_guards();
        index
    }

    /// Does a regex or an entity read squeezed text?
    fn reads_squeezed(&self) -> bool {
        let is_squeezed = |number: usize| self.matchers[number].views.has(View::Squeezed);
        self.entity_matchers.iter().any(|number| is_squeezed(*number as usize))
            || self.regexes.iter().any(|regex| is_squeezed(regex.matcher.index()))
    }
}

/// Builds the literal tables of all projections, in parallel if the feature is on.
fn finish_all(
    builders: [LiteralIndexBuilder; Projection::COUNT],
    kernel: Kernel,
) -> [LiteralIndex; Projection::COUNT] {
    let finished = parallel::map(builders.into_iter().collect(), |own| own.finish(kernel));
    finished.try_into().unwrap_or_else(|_| unreachable!("one for each projection"))
}

/// The folded symbols of a part of a pattern.
fn symbols_of(literal: &str) -> Vec<u16> {
    let folded: String = fold::fold_each(literal).collect();
    folded.encode_utf16().collect()
}

/// Can a text equal the term in this projection and differ in [`Projection::SQUEEZED_LOOK`]? If
/// letters may repeat, or if noise may stand for a letter.
fn may_differ(derived: &[u16], projection: Projection) -> bool {
    let classes = noise_classes();
    let differs = |symbol: &u16| match projection.looks() {
        true => classes.contains(symbol) || is_noise_in(&[*symbol], 0),
        false => is_letter(*symbol),
    };
    derived.iter().any(differs)
}

/// The classes of look-alikes that noise (`!`, `|`, `€`) belongs to.
fn noise_classes() -> &'static [u16] {
    static CLASSES: LazyLock<Vec<u16>> = LazyLock::new(|| {
        let looks = fold::tables::lookalikes();
        let is_drawn = |symbol: &u16| is_noise_in(&[*symbol], 0) && looks.class(*symbol) != *symbol;
        (0..fold::SEPARATOR).filter(is_drawn).map(|symbol| looks.class(symbol)).collect()
    });
    &CLASSES
}

/// Largest number of split spellings of one term.
const SPLIT_SPELLINGS_MAX: usize = 32;

/// Is the first or the last symbol of a term noise? The noise is part of the term then:
/// squeezed, `吃💩` would be found in every text about eating.
fn begins_or_ends_with_noise(symbols: &[u16]) -> bool {
    let is_noise = |at| is_noise_in(symbols, at);
    !symbols.is_empty() && (is_noise(0) || is_noise(symbols.len() - 1))
}

/// Spellings of a term with some or all characters split into components: 贝者博 and 贝者十甫
/// for 赌博.
fn split_spellings(symbols: &[u16]) -> Vec<Vec<u16>> {
    let mut spellings: Vec<Vec<u16>> = vec![Vec::new()];
    for symbol in symbols {
        let mut longer = Vec::new();
        for split in fold::tables::splits(*symbol) {
            for spelling in &spellings {
                longer.push([spelling.as_slice(), split].concat());
            }
        }
        spellings.iter_mut().for_each(|spelling| spelling.push(*symbol));
        spellings.extend(longer);
        spellings.truncate(SPLIT_SPELLINGS_MAX);
    }
    spellings.retain(|spelling| spelling != symbols);
    spellings
}
