//! Lints of rules: tests, triggers, conditions, languages.

use super::pii;
use super::trigger_use::TriggerUse;
use super::written::{key, written_once};
use crate::diagnostic::Diagnostic;
use crate::domain::field::FieldId;
use crate::domain::ids::MatcherIx;
use crate::domain::view::View;
use crate::fold::fold;
use crate::message::{Message, message};
use crate::rules::compile::evidence;
use crate::rules::condition::expr::{Compare, Expr, Measure, Operand};
use crate::rules::condition::trigger::Trigger;
use crate::rules::language;
use crate::rules::model::{Example, Matcher, Model, Rule};
use crate::rules::plan::MILLION;
use crate::scan::cost;
use crate::scan::literals::hits_per_million;
use std::collections::HashSet;

pub(super) fn lint(model: &Model, uses: &TriggerUse<'_>, found: &mut Vec<Diagnostic>) {
    unused_matchers(model, found);
    for (rule, trigger) in model.rules.iter().zip(&uses.triggers) {
        tests(rule, found);
        trigger_of(model, rule, trigger.as_ref(), uses, found);
        post_wide_guard(model, rule, found);
        constant_boosts(rule, found);
        languages(model, rule, found);
        for example in rule.hits.iter().chain(&rule.misses) {
            personal_data(example, found);
        }
    }
}

fn unused_matchers(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut used = HashSet::new();
    let mut mark = |matcher: MatcherIx| {
        used.insert(key(&model.matchers[matcher.index()].place));
    };
    for rule in &model.rules {
        rule.matchers().into_iter().for_each(&mut mark);
        rule.redact.iter().copied().for_each(&mut mark);
    }
    for matcher in written_once(model) {
        if !used.contains(&key(&matcher.place)) {
            let message = message!("no rule uses the matcher `{}`", matcher.name);
            let warning =
                Diagnostic::warning("unused_matcher", message, Some(matcher.place.clone()));
            found.push(warning.help(message!("name it in a condition, or remove it")));
        }
    }
}

fn tests(rule: &Rule, found: &mut Vec<Diagnostic>) {
    let place = || Some(rule.place.clone());
    if rule.hits.is_empty() && rule.misses.is_empty() {
        let warning =
            Diagnostic::warning("no_tests", message!("`{}` has no tests", rule.id), place());
        found.push(
            warning
                .help(message!("add `tests: {{ hit: [a post it finds], miss: [a near miss] }}`")),
        );
    } else if rule.misses.is_empty() {
        let message = message!("`{}` has no test that it must miss", rule.id);
        let warning = Diagnostic::warning("no_miss_test", message, place());
        found.push(
            warning.help(message!("add a harmless post with some of the same words under `miss:`")),
        );
    }
    if let Some(boost) = rule.boosts.first()
        && !rule.hits.is_empty()
        && rule.hits.iter().all(|example| example.score.is_none())
    {
        let message = message!("no test of `{}` states the score with its boosts", rule.id);
        let place = Some(boost.condition.place.clone());
        found.push(
            Diagnostic::warning("untested_boost", message, place)
                .help(message!("add the score to a hit test: `{{ text: …, score: 4.5 }}`")),
        );
    }
}

fn trigger_of(
    model: &Model,
    rule: &Rule,
    trigger: Option<&Trigger>,
    uses: &TriggerUse<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let place = Some(rule.condition.place.clone());
    let Some(trigger) = trigger else {
        if !rule.always {
            let message =
                message!("`{}` can fire without any hit, and is evaluated for every post", rule.id);
            found.push(Diagnostic::warning("no_trigger", message, place).help(message!(
                "require a matcher with `and`, or write `always: true` if this is intended"
            )));
        }
        return;
    };
    if rule.always {
        let message = message!("`{}` has `always: true`, but a matcher must hit first", rule.id);
        let warning = Diagnostic::warning("always_on_cost", message, place);
        found.push(warning.help(message!("remove `always`: it changes only the cost")));
        return;
    }
    let weak = trigger
        .iter()
        .map(|matcher| &model.matchers[matcher.index()])
        .find(|matcher| is_weak(matcher));
    if let Some(matcher) = weak {
        let message =
            message!("a single character of `{}` is enough to trigger `{}`", matcher.name, rule.id);
        let warning = Diagnostic::warning("weak_trigger", message, place);
        let warning = warning.related(matcher.place.clone(), message!("the matcher"));
        found.push(warning.help(message!("require a rarer matcher as well, or use longer terms")));
    } else if rule.fields.iter().any(|field| *field != FieldId::TITLE) {
        common_key(model, rule, uses.per_million(trigger), trigger, found);
    }
}

/// Posts in a million, as estimated, from which on a key is common. A limit without a measured
/// effect: estimates are wrong by a factor of a few.
const COMMON_PER_MILLION: u64 = 400_000;

/// Titles are short and few, so rules that read nothing else may wait for common words.
fn common_key(
    model: &Model,
    rule: &Rule,
    per_million: u64,
    trigger: &Trigger,
    found: &mut Vec<Diagnostic>,
) {
    // A regex without a literal is reported by a lint of its own.
    if !(COMMON_PER_MILLION..u64::from(cost::UNGATED)).contains(&per_million) {
        return;
    }
    let share = per_million.min(MILLION) * 100 / MILLION;
    let names = trigger.iter().map(|matcher| &*model.matchers[matcher.index()].name);
    let names = names.collect::<Vec<_>>().join("`, `");
    let message =
        message!("`{}` is evaluated for about {share} % of posts: it waits for `{names}`", rule.id);
    let place = Some(rule.condition.place.clone());
    let help = message!(
        "require a rarer matcher as well; `tidegate explain --plan {}` shows the most frequent terms",
        rule.id
    );
    found.push(Diagnostic::warning("common_key", message, place).help(help));
}

/// A single character that is expected in fewer posts is rare enough to trigger a rule. Posts in
/// a million of the corpus of `hits_per_million`. A limit without a measured effect.
const RARE_PER_MILLION: u32 = 4_000;

/// Is one common character sufficient for a hit, or can each part of the sequence be one?
fn is_weak(matcher: &Matcher) -> bool {
    let is_single = |text: &str| {
        let mut symbols = fold(text);
        if matcher.views.has(View::Look) {
            // The look view merges repeated Latin letters: `aaa` is found by any `a`.
            symbols.dedup_by(|next, own| next == own && (0x61..=0x7A).contains(own));
        }
        symbols.len() == 1 && hits_per_million(&symbols) >= RARE_PER_MILLION
    };
    let by_term = matcher.terms.iter().any(|term| is_single(&term.text));
    let by_sequence = matcher.seq.as_ref().is_some_and(|sequence| {
        sequence.parts.iter().all(|part| part.iter().any(|term| is_single(&term.text)))
    });
    by_term || by_sequence
}

/// The matchers that a condition excludes from the whole post: `not x`, `none of (x, y)`.
fn excluded(expr: &Expr) -> Option<&[MatcherIx]> {
    let Expr::Not(inner) = expr else { return None };
    match &**inner {
        Expr::Hit(Operand { any }) | Expr::AtLeast { count: 1, of: any } => Some(any),
        Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::Near { .. }
        | Expr::Scoped { .. }
        | Expr::AtLeast { .. }
        | Expr::Measure { .. }
        | Expr::Lang { .. }
        | Expr::Meta { .. }
        | Expr::MetaIn { .. }
        | Expr::Has(_)
        | Expr::Fired(_)
        | Expr::Evaded(_) => None,
    }
}

/// `a and length < 200`, `a and not b`: text far from a prevents the rule from firing. Names the
/// scope that looks at the same near a.
fn post_wide_guard(model: &Model, rule: &Rule, found: &mut Vec<Diagnostic>) {
    let name = |matcher: &MatcherIx| &model.matchers[matcher.index()].name;
    let Some(key) = evidence(&rule.condition).first().map(name) else { return };
    let mut guards: Vec<(Message, String)> = Vec::new();
    rule.condition.expr.visit_unscoped(&mut |expr| {
        let Expr::And(parts) = expr else { return };
        for part in parts {
            if let Some(any) = excluded(part) {
                let names =
                    any.iter().map(|own| name(own).as_str()).collect::<Vec<_>>().join(" or ");
                let names = if any.len() > 1 { format!("({names})") } else { names };
                guards.push((message!("a hit of {names} anywhere in it"), format!("not {names}")));
            } else if let Expr::Measure {
                what: Measure::Length,
                op: op @ (Compare::Less | Compare::LessOrEqual),
                value,
            } = part
            {
                guards.push((message!("its length"), format!("length {} {value}", op.sign())));
            }
        }
    });
    for (what, guard) in guards {
        let message = message!("whether `{}` fires on a post depends on {what}", rule.id);
        let place = Some(rule.condition.place.clone());
        let warning = Diagnostic::warning("post_wide_guard", message, place);
        found.push(warning.help(message!("look near the evidence: `{key} in segment ({guard})`")));
    }
}

/// A boost that is added whenever the rule fires.
fn constant_boosts(rule: &Rule, found: &mut Vec<Diagnostic>) {
    let required = rule.condition.expr.required_parts();
    for boost in rule.boosts.iter().filter(|boost| required.contains(&boost.condition.expr)) {
        let message = message!("this boost is added whenever `{}` fires", rule.id);
        let place = Some(boost.condition.place.clone());
        let warning = Diagnostic::warning("redundant_test", message, place);
        found.push(warning.help(message!("add its points to `weight`")));
    }
}

/// Languages written with Chinese characters, entirely or in part.
const HAN_LANGUAGES: &[&str] = &["zh", "ja", "ko", "yue", "wuu"];

fn languages(model: &Model, rule: &Rule, found: &mut Vec<Diagnostic>) {
    // What is no language is reported by itself.
    if rule.lang.is_empty() || rule.lang.iter().any(|tag| language::doubt(tag).is_some()) {
        return;
    }
    let han = rule.lang.iter().any(|tag| HAN_LANGUAGES.contains(&tag.as_str()));
    let other = rule.lang.iter().any(|tag| !HAN_LANGUAGES.contains(&tag.as_str()));
    let lang = rule.lang.join(", ");
    for example in &rule.hits {
        let texts = || example.texts.iter().flat_map(|(_, text)| text.chars());
        let fits = (han && texts().any(is_han))
            || (other && texts().any(|c| c.is_alphabetic() && !is_han(c)));
        if !fits {
            let message = message!("`{}` reads texts in {lang}, and this one is not", rule.id);
            let warning = Diagnostic::warning("lang_mismatch", message, example.place.clone());
            found.push(warning.help(message!("the test cannot hit; correct `lang` or the test")));
        }
    }
    if han {
        return;
    }
    let used = rule.condition.expr.matchers();
    for matcher in used.into_iter().map(|matcher| &model.matchers[matcher.index()]) {
        if let Some(term) = matcher.terms.iter().find(|term| term.text.chars().any(is_han)) {
            let message =
                message!("`{}` is Chinese, and `{}` reads texts in {lang}", term.text, rule.id);
            let warning = Diagnostic::warning("lang_mismatch", message, Some(term.place.clone()));
            found.push(
                warning
                    .related(rule.place.clone(), message!("the rule"))
                    .help(message!("add `zh` to `lang`, or remove the term")),
            );
        }
    }
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

pub(super) fn personal_data(example: &Example, found: &mut Vec<Diagnostic>) {
    for (_, text) in &example.texts {
        if let Some((what, help)) = pii::find(text) {
            let message = message!("this test contains {what}");
            found.push(
                Diagnostic::warning("pii_in_tests", message, example.place.clone()).help(help),
            );
        }
    }
}
