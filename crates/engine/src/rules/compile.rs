//! Compiles a [`Model`] into a [`RuleSet`].
//!
//! Terms and patterns are folded here, with the same tables as posts. Terms and patterns that
//! cannot be compiled are errors with a place; all of them are reported.

use crate::diagnostic::{Diagnostic, Place};
use crate::domain::field::FieldSet;
use crate::domain::ids::MatcherIx;
use crate::domain::limits::TERM_BYTES_MAX;
use crate::fold::fold;
use crate::message::message;
use crate::parallel;
use crate::rules::compiled::{CompiledBoost, CompiledRule, MatcherName, Origin, RuleSet, Terms};
use crate::rules::compiled_correlation::{CompiledCorrelation, CompiledPattern};
use crate::rules::condition::expr::{Expr, Measure};
use crate::rules::condition::program::Program;
use crate::rules::condition::trigger;
use crate::rules::model::{
    Condition, Correlation, Edge, Matcher, Model, Pattern, Rule, RulePattern, Sequence, Term,
};
use crate::rules::source::bundle::is_embedded;
use crate::scan::cost;
use crate::scan::entities::EntitySet;
use crate::scan::literals::Kernel;
use crate::scan::regex::{PrefilteredRegex, RegexError};
use crate::scan::scanner::Scanner;
use crate::scan::spec::{self, MatcherSpec, SequenceSpec, TermSpec};
use crate::scan::text::script::Scripts;
use std::collections::{BTreeSet, HashSet};
use xxhash_rust::xxh3::Xxh3;

/// Compiles a model with the best kernels of this machine.
///
/// # Errors
///
/// Every term that folds to nothing, and every pattern that the regex engine or its limits
/// refuse.
pub fn compile(model: Model) -> Result<RuleSet, Vec<Diagnostic>> {
    compile_with(model, Kernel::best())
}

/// Compiles a model for one kernel, for tests and benchmarks.
///
/// # Errors
///
/// As [`compile`].
pub fn compile_with(model: Model, kernel: Kernel) -> Result<RuleSet, Vec<Diagnostic>> {
    let mut terms = Terms::default();
    let mut errors = Vec::new();
    let mut specs = matcher_specs(&model, &mut terms, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let costs: Vec<u32> = specs.iter().map(cost::of).collect();
    for (spec, scripts) in specs.iter_mut().zip(needed_in(&model)) {
        spec.needed_in = scripts;
    }
    let mut scanner = Scanner::with_kernel(specs, kernel);
    scanner.fold_also(measured_fields(&model));
    let mut rules: Vec<CompiledRule> =
        model.rules.iter().map(|rule| compiled_rule(&model, rule)).collect();
    for (rule, compiled) in model.rules.iter().zip(&mut rules) {
        let is_deferred = |matcher: &MatcherIx| scanner.is_deferred(*matcher);
        compiled.deferred = operands([&rule.condition]);
        compiled.deferred.retain(is_deferred);
        compiled.deferred_for_score = operands(rule.boosts.iter().map(|boost| &boost.condition));
        compiled.deferred_for_score.extend(&rule.redact);
        compiled.operands = operands([&rule.condition]);
        compiled.operands.extend(&compiled.deferred_for_score);
        compiled.deferred_for_score.retain(is_deferred);
    }
    let name = |matcher: &Matcher| MatcherName {
        name: matcher.name.clone(),
        pack: pack_name(&model, matcher.pack),
    };
    let mut compiled = RuleSet {
        rules,
        correlations: model.correlations.iter().map(|own| correlation(&model, own)).collect(),
        matchers: model.matchers.iter().map(name).collect(),
        terms,
        scanner,
        hash: hash(&model),
        origin: origin(&model),
        order: trigger::fired_order(&model),
        names: model.names,
        declared: model.declared.into_iter().map(|it| it.category).collect(),
        costs: Vec::new(),
        sampled_posts: None,
        trigger_starts: Vec::new(),
        can_hit_without_literal: Vec::new(),
        triggered: Vec::new(),
        untriggered: Vec::new(),
    };
    compiled.plan_by(costs, None);
    Ok(compiled)
}

fn origin(model: &Model) -> Origin {
    let is_own = |pack: usize| model.packs.get(pack).is_none_or(|it| !is_embedded(&it.source));
    let embedded = model.rules.iter().filter(|rule| !is_own(rule.pack)).count();
    Origin { embedded, replaced: model.replaced.clone() }
}

/// The fields whose length a rule asks for.
fn measured_fields(model: &Model) -> FieldSet {
    let measures = |rule: &&Rule| {
        let mut found = false;
        let mut look = |expr: &Expr| {
            found |= matches!(expr, Expr::Measure { what: Measure::Length, .. });
        };
        rule.condition.expr.visit(&mut look);
        rule.boosts.iter().for_each(|boost| boost.condition.expr.visit(&mut look));
        found
    };
    model.rules.iter().filter(measures).flat_map(|rule| rule.fields.iter().copied()).collect()
}

fn pack_name(model: &Model, pack: usize) -> String {
    model.packs.get(pack).map_or_else(String::new, |pack| pack.name.clone())
}

/// The errors of the terms and patterns of a model that is refused for other reasons: the author
/// gets all errors at once.
pub(super) fn matcher_diagnostics(model: &Model) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    matcher_specs(model, &mut Terms::default(), &mut errors);
    errors
}

/// The input of the scanner's compiler. Terms and patterns with errors are left out.
fn matcher_specs(
    model: &Model,
    terms: &mut Terms,
    errors: &mut Vec<Diagnostic>,
) -> Vec<MatcherSpec> {
    let mut patterns = patterns(model, errors).into_iter();
    let mut specs = Vec::with_capacity(model.matchers.len());
    for matcher in &model.matchers {
        let regexes = patterns.by_ref().take(matcher.regexes.len()).flatten().collect();
        specs.push(matcher_spec(matcher, regexes, terms, errors));
    }
    specs
}

/// Compiles every pattern, in parallel, because one takes milliseconds. `None` for patterns
/// with errors.
fn patterns(model: &Model, errors: &mut Vec<Diagnostic>) -> Vec<Option<PrefilteredRegex>> {
    let all: Vec<(&Pattern, bool)> = model
        .matchers
        .iter()
        .flat_map(|matcher| {
            let raw = matcher.views.is_exact_only();
            matcher.regexes.iter().map(move |pattern| (pattern, raw))
        })
        .collect();
    let compiled = parallel::map(all.iter().collect(), |(pattern, raw)| {
        PrefilteredRegex::for_posts(&pattern.text, *raw)
    });
    compiled
        .into_iter()
        .zip(all)
        .map(|(result, (pattern, _))| {
            result.map_err(|error| errors.push(bad_regex(&error, &pattern.place))).ok()
        })
        .collect()
}

/// The error at its bytes of the pattern if they are the same bytes in the file; otherwise at
/// the whole pattern.
fn bad_regex(error: &RegexError, pattern: &Place) -> Diagnostic {
    let inner = error.range();
    let (start, end) = (pattern.range.start + inner.start, pattern.range.start + inner.end);
    let written = pattern.source.text.get(pattern.range.clone());
    let is_plain = written.is_some_and(|text| !text.contains(['\\', '\n']) && !text.contains("''"));
    let range =
        if is_plain && end <= pattern.range.end { start..end } else { pattern.range.clone() };
    let place = Place { source: pattern.source.clone(), range };
    Diagnostic::error("bad_regex", error.message().clone(), Some(place)).help(error.help().clone())
}

fn matcher_spec(
    matcher: &Matcher,
    regexes: Vec<PrefilteredRegex>,
    terms: &mut Terms,
    errors: &mut Vec<Diagnostic>,
) -> MatcherSpec {
    let listed = matcher.terms.iter().filter_map(|term| {
        let mut spec = term_spec(term, errors)?;
        spec.term = Some(terms.push(&term.text, term.weight));
        Some(spec)
    });
    let listed = listed.collect();
    let except = matcher.except.iter().filter_map(|term| term_spec(term, errors)).collect();
    let sequence = matcher.seq.as_ref().map(|sequence| sequence_spec(sequence, errors));
    MatcherSpec {
        edge: match matcher.edge {
            Edge::Auto => spec::Edge::Auto,
            Edge::Word => spec::Edge::Word,
            Edge::None => spec::Edge::None,
        },
        views: matcher.views,
        fields: FieldSet::of(&matcher.fields),
        cased: matcher.cased,
        max: matcher.max.unwrap_or(u32::MAX),
        check: matcher.check,
        scripts: Scripts::of_languages(&matcher.lang),
        languages: matcher.lang.clone(),
        needed_in: Scripts::NONE,
        terms: listed,
        except,
        sequence,
        entities: EntitySet::of(&matcher.entities),
        regexes,
    }
}

fn term_spec(term: &Term, errors: &mut Vec<Diagnostic>) -> Option<TermSpec> {
    if term.text.len() > TERM_BYTES_MAX {
        let message = message!("a term of {} bytes; at most {TERM_BYTES_MAX}", term.text.len());
        errors.push(Diagnostic::error("term_too_long", message, Some(term.place.clone())));
        return None;
    }
    let symbols = fold(&term.text);
    if symbols.is_empty() {
        errors.push(empty(&term.place));
        return None;
    }
    Some(TermSpec { term: None, text: term.text.as_str().into(), symbols: symbols.into() })
}

fn empty(place: &Place) -> Diagnostic {
    let message = message!("this term is empty after folding, so it would match everywhere");
    Diagnostic::error("empty_match", message, Some(place.clone()))
        .help(message!("invisible and combining characters are not matched; remove the term"))
}

fn sequence_spec(sequence: &Sequence, errors: &mut Vec<Diagnostic>) -> SequenceSpec {
    let choices = |choices: &Vec<Term>, errors: &mut Vec<Diagnostic>| {
        choices.iter().filter_map(|term| term_spec(term, errors)).collect()
    };
    let parts = sequence.parts.iter().map(|part| choices(part, errors)).collect();
    SequenceSpec { parts, gap: sequence.gap }
}

fn compiled_rule(model: &Model, rule: &Rule) -> CompiledRule {
    CompiledRule {
        id: rule.id.clone(),
        pack: pack_name(model, rule.pack),
        aliases: rule.aliases.clone(),
        title: rule.title.clone(),
        category: rule.category,
        level: rule.level,
        status: rule.status,
        weight: rule.weight,
        boosts: rule
            .boosts
            .iter()
            .map(|boost| CompiledBoost {
                text: boost.condition.text.clone(),
                expr: boost.condition.expr.clone(),
                program: Program::new(&boost.condition.expr),
                weight: boost.weight,
                evidence: evidence(&boost.condition),
            })
            .collect(),
        condition: rule.condition.text.clone(),
        expr: rule.condition.expr.clone(),
        program: Program::new(&rule.condition.expr),
        scripts: Scripts::of_languages(&rule.lang),
        languages: rule.lang.clone(),
        fields: FieldSet::of(&rule.fields),
        active: rule.active,
        evidence: evidence(&rule.condition),
        redact: rule.redact.clone(),
        operands: Vec::new(),
        deferred: Vec::new(),
        deferred_for_score: Vec::new(),
    }
}

fn correlation(model: &Model, own: &Correlation) -> CompiledCorrelation {
    let pattern = |pattern: &RulePattern| CompiledPattern {
        text: pattern.text.clone(),
        rules: pattern.rules.clone(),
        is_story: pattern.is_story,
    };
    CompiledCorrelation {
        id: own.id.clone(),
        pack: pack_name(model, own.pack),
        aliases: own.aliases.clone(),
        title: own.title.clone(),
        category: own.category,
        level: own.level,
        status: own.status,
        weight: own.weight,
        kind: own.kind,
        patterns: own.rules.iter().map(pattern).collect(),
        group_by: own.group_by.clone(),
        timespan: own.timespan_seconds,
        at_least: own.at_least,
        field: own.field.clone(),
        filter_text: own.condition.as_ref().map_or_else(String::new, |it| it.text.clone()),
        filter: own.condition.as_ref().map(|it| it.expr.clone()),
        active: own.active,
    }
}

/// For each matcher, the scripts of the rules that read it; none if one of them is for any language.
fn needed_in(model: &Model) -> Vec<Scripts> {
    let mut needed: Vec<Option<Scripts>> = vec![Some(Scripts::NONE); model.matchers.len()];
    for rule in &model.rules {
        let own = (!rule.lang.is_empty()).then(|| Scripts::of_languages(&rule.lang));
        let boosts = rule.boosts.iter().map(|boost| &boost.condition);
        let read = operands(boosts.chain([&rule.condition])).into_iter();
        for matcher in read.chain(rule.redact.iter().copied()) {
            let own_needed = &mut needed[matcher.index()];
            *own_needed = own_needed.zip(own).map(|(scripts, own)| scripts.or(own));
        }
    }
    needed.into_iter().map(Option::unwrap_or_default).collect()
}

/// Every matcher that conditions name, sorted, each once.
fn operands<'c>(conditions: impl IntoIterator<Item = &'c Condition>) -> Vec<MatcherIx> {
    let named = conditions.into_iter().flat_map(|condition| condition.expr.matchers());
    let named: BTreeSet<MatcherIx> = named.collect();
    named.into_iter().collect()
}

/// Matchers whose hits support a condition, in order of first mention: those under `not` do not.
pub(super) fn evidence(condition: &Condition) -> Vec<MatcherIx> {
    let mut found = Vec::new();
    add_supporting(&condition.expr, true, &mut found);
    let mut seen = HashSet::new();
    found.retain(|matcher| seen.insert(*matcher));
    found
}

fn add_supporting(expr: &Expr, supports: bool, found: &mut Vec<MatcherIx>) {
    let operands = expr.operands();
    if supports {
        found.extend(operands.all_matchers());
    }
    for part in operands.children {
        add_supporting(part, supports != operands.negates, found);
    }
}

/// The [cost](cost::of) of every matcher, for the lints.
pub(super) fn costs(model: &Model) -> Vec<u32> {
    matcher_specs(model, &mut Terms::default(), &mut Vec::new()).iter().map(cost::of).collect()
}

/// Eight hex digits over the text of every file read, in reading order.
fn hash(model: &Model) -> String {
    let mut hasher = Xxh3::new();
    for source in &model.sources {
        hasher.update(&(source.text.len() as u64).to_le_bytes());
        hasher.update(source.text.as_bytes());
    }
    format!("{:08x}", hasher.digest() as u32)
}
