//! Judges one post and builds its explanation.

use super::condition;
use super::context::Context;
use super::near_misses;
use super::report::{
    BoostReport, CategoryReport, Explanation, LineError, NEAR_MISSES_MAX, RuleReport, ScoreReport,
    TermReport, ThresholdReport,
};
use super::text;
use std::collections::BTreeSet;
use tidegate_engine::classifier::{Classifier, Scratch, Stop};
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::{MatcherIx, RuleIx};
use tidegate_engine::domain::score::Score;
use tidegate_engine::message::{Message, message};
use tidegate_engine::policy::Mode;
use tidegate_engine::post::{Batch, ErrorCode, Plan, Record};
use tidegate_engine::rules::compiled::CompiledRule;
use tidegate_engine::rules::condition::expr::Expr;

/// Judges the post in `line`, which `plan` reads, and explains the verdict. The explanation also
/// covers the rules in `requested`, even if they did not fire.
///
/// # Errors
///
/// The line is not a post.
pub fn explain(
    classifier: &Classifier,
    plan: &Plan,
    line: &[u8],
    requested: &[RuleIx],
) -> Result<Explanation, LineError> {
    let mut batch = Batch::default();
    plan.read(line, false, &mut batch);
    if batch.is_empty() {
        return Err(LineError::Unreadable(ErrorCode::Empty, "blank line".to_owned()));
    }
    let post = match batch.record(line, 0) {
        Record::Post(post) => post,
        Record::Skipped { .. } => return Err(LineError::Skipped),
        Record::Unreadable { code, detail, .. } => {
            return Err(LineError::Unreadable(code, detail.to_owned()));
        }
    };
    let mut scratch = Scratch::default();
    classifier.scan(line, &batch, &mut scratch);
    let inspection = classifier.inspect(&post, 0, &mut scratch);
    Ok(explanation(&Context { classifier, post: &post, inspection: &inspection }, requested))
}

fn explanation(context: &Context<'_>, requested: &[RuleIx]) -> Explanation {
    let verdict = context.inspection.verdict();
    let fired: Vec<RuleIx> = verdict.fired.iter().map(|fired| fired.rule).collect();
    let requested: Vec<RuleIx> =
        requested.iter().copied().filter(|rule| !fired.contains(rule)).collect();
    let near = near_misses::rules(context, NEAR_MISSES_MAX, &requested);
    let mut mentioned = BTreeSet::new();
    for rule in fired.iter().chain(&near).chain(&requested) {
        mentioned.extend(matchers(context.rule(*rule)));
    }
    let reports = |rules: &[RuleIx]| rules.iter().map(|rule| rule_report(context, *rule)).collect();
    Explanation {
        action: verdict.action.name(),
        care: verdict.care,
        capped: verdict.capped,
        fields: text::fields(context, &mentioned),
        fired: reports(&fired),
        near_misses: reports(&near),
        requested: reports(&requested),
        categories: verdict.categories.iter().map(|it| category(context, *it)).collect(),
        ruleset: context.classifier.hash_hex().to_owned(),
    }
}

/// Every matcher that a rule mentions.
fn matchers(rule: &CompiledRule) -> BTreeSet<MatcherIx> {
    let boosts = rule.boosts.iter().map(|boost| &boost.expr);
    std::iter::once(&rule.expr).chain(boosts).flat_map(Expr::matchers).collect()
}

fn rule_report(context: &Context<'_>, number: RuleIx) -> RuleReport {
    let rule = context.rule(number);
    let condition = condition::tree(context, rule, &rule.expr, &rule.program);
    let fired = context.inspection.has_fired(number);
    let stopped = context.inspection.stopped(number);
    let score = score(context, number);
    let evidence = text::evidence(context, number, &evidence_matchers(rule, &score));
    let missing = if fired { Vec::new() } else { condition.missing().what };
    RuleReport {
        id: rule.id.clone(),
        title: rule.title.clone(),
        pack: rule.pack.clone(),
        category: rule.category.name(),
        level: rule.level.name(),
        fired,
        shadow: context.policy().mode(number) == Mode::Shadow,
        stopped: stopped.map(|stop| stop_reason(context, rule, stop)),
        missing,
        score,
        written: rule.condition.clone(),
        condition,
        evidence,
    }
}

/// Matchers whose hits are evidence: those of the condition, and of boosts that apply.
fn evidence_matchers(rule: &CompiledRule, score: &ScoreReport) -> Vec<MatcherIx> {
    let mut all = rule.evidence.clone();
    let boosts = rule.boosts.iter().zip(&score.boosts);
    for (boost, _) in boosts.filter(|(_, report)| report.condition.holds) {
        all.extend(&boost.evidence);
    }
    let mut seen = BTreeSet::new();
    all.retain(|matcher| seen.insert(*matcher));
    all
}

fn stop_reason(context: &Context<'_>, rule: &CompiledRule, stop: Stop) -> Message {
    match stop {
        Stop::Disabled => message!("the policy disables it"),
        Stop::Inactive => message!("the post was written outside its active period"),
        Stop::Language => {
            let wanted = rule.languages.join(", ");
            message!("it is for texts in {wanted}; {}", context.languages(rule.fields))
        }
        Stop::Excepted => message!("an exception of the policy excludes this post"),
    }
}

fn score(context: &Context<'_>, number: RuleIx) -> ScoreReport {
    let rule = context.rule(number);
    let weight = context.policy().weight(number);
    let boosts: Vec<BoostReport> = rule
        .boosts
        .iter()
        .map(|boost| BoostReport {
            points: boost.weight,
            written: boost.text.clone(),
            condition: condition::tree(context, rule, &boost.expr, &boost.program),
        })
        .collect();
    let term = term(context, number);
    let mut total = weight;
    boosts.iter().filter(|boost| boost.condition.holds).for_each(|boost| total += boost.points);
    term.iter().for_each(|term| total += term.points);
    let weight_of_pack = (rule.weight != weight).then_some(rule.weight);
    ScoreReport { total, weight, weight_of_pack, boosts, term }
}

/// The term that adds points to the rule.
fn term(context: &Context<'_>, number: RuleIx) -> Option<TermReport> {
    let points = context.inspection.term_weight(number);
    let rules = context.classifier.rules();
    let mut hits =
        context.rule(number).evidence.iter().flat_map(|it| context.inspection.hits().of(*it));
    let has_points = |term| points != Score::ZERO && rules.terms().weight(term) == points;
    let hit = hits.find(|hit| hit.term.is_some_and(has_points))?;
    let is_masked = context.is_masked(hit.field, hit.span);
    let term = hit.term.filter(|_| !is_masked).map(|term| rules.term_text(term).to_owned());
    Some(TermReport { term, points })
}

fn category(context: &Context<'_>, (category, score): (Category, Score)) -> CategoryReport {
    let (limits, when) = context.policy().limits(category, &|path| context.post.meta(path));
    let fired = context.inspection.verdict().fired.iter();
    let counted = fired.filter(|it| !it.shadow && context.rule(it.rule).category == category);
    let sum = counted.fold(Score::ZERO, |sum, it| sum + it.score);
    let thresholds = [
        ("flag", limits.flag),
        ("review", limits.review),
        ("block", limits.block),
        ("care", limits.care),
    ];
    let thresholds = thresholds.into_iter().filter_map(|(name, from)| Some((name, from?)));
    CategoryReport {
        category: category.name(),
        score,
        cut_from: (sum != score).then_some(sum),
        action: limits.action(score).name(),
        care: limits.care.is_some_and(|from| score >= from),
        thresholds: thresholds.map(|(name, from)| ThresholdReport { name, from }).collect(),
        when: when.map(|when| context.post_condition(when)),
    }
}
