//! One post, and all that led to its verdict: plain data.
//!
//! Input: a classifier and a post as a line. Output: an [`Explanation`], which
//! names everything by words and holds nothing of the classifier.
//!
//! * The verdict is the classifier's own; conditions are traced by the programs
//!   that judged. Nothing is judged a second time here.
//! * What a rule that fired wants masked is masked wherever it is quoted.
//! * Text is as it came: whoever shows it on a terminal makes it harmless.

mod condition;
mod context;
mod html;
mod near_misses;
mod text;

pub use condition::Node;
pub use html::{PostReport, differences, render_page};
pub use text::{FieldReport, HitReport, ViewReport};

use context::Context;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt;
use tidegate_engine::classifier::{Classifier, Scratch, Stop};
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::{MatcherIx, RuleIx};
use tidegate_engine::domain::score::Score;
use tidegate_engine::policy::Mode;
use tidegate_engine::post::{Batch, ErrorCode, Plan, Record};
use tidegate_engine::rules::compiled::CompiledRule;
use tidegate_engine::rules::condition::expr::Expr;

/// The most rules that are told though they did not fire.
pub const NEAR_MISSES_MAX: usize = 5;

/// Why a post was judged as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What is to be done.
    pub action: &'static str,
    /// Somebody may need help.
    pub care: bool,
    /// A cap was reached: hits may be missing.
    pub capped: bool,
    /// The texts, in field order.
    pub fields: Vec<FieldReport>,
    /// Rules that fired, in id order, shadow rules among them.
    pub fired: Vec<RuleReport>,
    /// Other rules that lack little, the nearest first; at most [`NEAR_MISSES_MAX`].
    pub nearly: Vec<RuleReport>,
    /// Rules asked for that did not fire.
    pub asked: Vec<RuleReport>,
    /// Scores, in category order.
    pub categories: Vec<CategoryReport>,
    /// Eight hex digits over packs, lists and policy.
    pub ruleset: String,
}

/// One rule and one post.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReport {
    /// Its id.
    pub id: String,
    /// What it finds; may be empty.
    pub title: String,
    /// The pack it stands in.
    pub pack: String,
    /// Where its score goes.
    pub category: &'static str,
    /// How bad it is.
    pub level: &'static str,
    /// It held, and the policy let it.
    pub fired: bool,
    /// It takes no part in scores and action.
    pub shadow: bool,
    /// Why it was not judged, or did not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// What would have to be otherwise for it to fire; empty if it did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Its score; of a rule that did not fire, what it would be.
    pub score: ScoreReport,
    /// The condition as written.
    pub written: String,
    /// The condition, node by node.
    pub condition: Node,
    /// Hits that speak for it.
    pub evidence: Vec<HitReport>,
}

/// How a rule's score comes about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreReport {
    /// The sum.
    #[serde(serialize_with = "points")]
    pub total: Score,
    /// For holding.
    #[serde(serialize_with = "points")]
    pub weight: Score,
    /// What the pack says, where the policy says otherwise.
    #[serde(serialize_with = "some_points", skip_serializing_if = "Option::is_none")]
    pub weight_of_pack: Option<Score>,
    /// All of its boosts.
    pub boosts: Vec<BoostReport>,
    /// The term with the largest weight among those hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<TermReport>,
}

/// `6`, or `8.5 = weight 6 + 1 (game near/15 handle) + 1.5 (post.age < 7)`.
impl fmt::Display for ScoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total)?;
        let mut boosts = self.boosts.iter().filter(|boost| boost.condition.holds).peekable();
        if boosts.peek().is_some() || self.term.is_some() {
            write!(f, " = weight {}", self.weight)?;
        }
        for boost in boosts {
            write!(f, " + {} ({})", boost.points, boost.written)?;
        }
        match &self.term {
            Some(TermReport { term, points }) => {
                write!(f, " + {points} (the term {})", term.as_deref().unwrap_or("that is masked"))
            }
            None => Ok(()),
        }
    }
}

/// A boost of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoostReport {
    /// Points on top if it holds.
    #[serde(serialize_with = "points")]
    pub points: Score,
    /// As written.
    pub written: String,
    /// Node by node.
    pub condition: Node,
}

/// A term with a weight of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermReport {
    /// As its list writes it; `None` where it is masked.
    pub term: Option<String>,
    /// Points.
    #[serde(serialize_with = "points")]
    pub points: Score,
}

/// The score of a category, and what it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CategoryReport {
    /// Its name.
    pub category: &'static str,
    /// What counts.
    #[serde(serialize_with = "points")]
    pub score: Score,
    /// The sum over its rules, where `max` cut it.
    #[serde(serialize_with = "some_points", skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<Score>,
    /// What it leads to.
    pub action: &'static str,
    /// Its score reaches the threshold of `care`.
    pub care: bool,
    /// Thresholds by name, in order; those that are not set left out.
    pub thresholds: Vec<ThresholdReport>,
    /// The condition on posts that these thresholds are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A score at which something happens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ThresholdReport {
    /// `flag`, `review`, `block` or `care`.
    pub name: &'static str,
    /// From here on.
    #[serde(serialize_with = "points")]
    pub from: Score,
}

/// Why there is nothing to explain: the line is no post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is unreadable.
    Unreadable(ErrorCode, String),
    /// It is known to hold no post.
    Skipped,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::Unreadable(code, detail) => write!(f, "{}: {detail}", code.name()),
            LineError::Skipped => f.write_str("the preset skips such records: they hold no post"),
        }
    }
}

impl std::error::Error for LineError {}

/// Judges the post in `line`, which `plan` reads, and explains; `asked` are rules
/// to tell of whatever came of them.
///
/// # Errors
///
/// The line is no post.
pub fn explain(
    classifier: &Classifier,
    plan: &Plan,
    line: &[u8],
    asked: &[RuleIx],
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
    let seen = classifier.inspect(&post, 0, &mut scratch);
    Ok(of_context(&Context { classifier, post: &post, seen: &seen }, asked))
}

fn of_context(context: &Context<'_>, asked: &[RuleIx]) -> Explanation {
    let verdict = context.seen.verdict();
    let fired: Vec<RuleIx> = verdict.fired.iter().map(|fired| fired.rule).collect();
    let asked: Vec<RuleIx> = asked.iter().copied().filter(|rule| !fired.contains(rule)).collect();
    let nearly = near_misses::rules(context, NEAR_MISSES_MAX, &asked);
    let mut told = BTreeSet::new();
    for rule in fired.iter().chain(&nearly).chain(&asked) {
        told.extend(matchers(context.rule(*rule)));
    }
    let shown = |rules: &[RuleIx]| rules.iter().map(|rule| rule_report(context, *rule)).collect();
    Explanation {
        action: verdict.action.name(),
        care: verdict.care,
        capped: verdict.capped,
        fields: text::fields(context, &told),
        fired: shown(&fired),
        nearly: shown(&nearly),
        asked: shown(&asked),
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
    let fired = context.seen.has_fired(number);
    let stopped = context.seen.stopped(number);
    let score = score(context, number);
    let evidence = text::evidence(context, &speaking(rule, &score));
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

/// Matchers whose hits are evidence: of the condition, and of boosts that hold.
fn speaking(rule: &CompiledRule, score: &ScoreReport) -> Vec<MatcherIx> {
    let mut all = rule.evidence.clone();
    let boosts = rule.boosts.iter().zip(&score.boosts);
    for (boost, _) in boosts.filter(|(_, shown)| shown.condition.holds) {
        all.extend(&boost.evidence);
    }
    let mut seen = BTreeSet::new();
    all.retain(|matcher| seen.insert(*matcher));
    all
}

fn stop_reason(context: &Context<'_>, rule: &CompiledRule, stop: Stop) -> String {
    match stop {
        Stop::Disabled => "the policy switches it off".to_owned(),
        Stop::Inactive => "the post was written outside the period it is active in".to_owned(),
        Stop::Language => {
            let wanted = rule.languages.join(", ");
            format!("it is for texts in {wanted}; {}", context.languages(rule.fields))
        }
        Stop::Excepted => "an exception of the policy takes this post out".to_owned(),
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
    let points = context.seen.term_weight(number);
    let rules = context.classifier.rules();
    let mut hits = context.rule(number).evidence.iter().flat_map(|it| context.seen.hits().of(*it));
    let gives = |term| points != Score::ZERO && rules.terms().weight(term) == points;
    let hit = hits.find(|hit| hit.term.is_some_and(gives))?;
    let is_masked = context.is_masked(hit.field, hit.span);
    let term = hit.term.filter(|_| !is_masked).map(|term| rules.term_text(term).to_owned());
    Some(TermReport { term, points })
}

fn category(context: &Context<'_>, (category, score): (Category, Score)) -> CategoryReport {
    let (limits, when) = context.policy().limits(category, &|path| context.post.meta(path));
    let fired = context.seen.verdict().fired.iter();
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

/// A number without a needless fraction.
fn points<S: Serializer>(score: &Score, out: S) -> Result<S::Ok, S::Error> {
    match score.millis() % 1000 {
        0 => out.serialize_i64(score.millis() / 1000),
        _ => out.serialize_f64(score.points()),
    }
}

fn some_points<S: Serializer>(score: &Option<Score>, out: S) -> Result<S::Ok, S::Error> {
    points(&score.unwrap_or_default(), out)
}

#[cfg(test)]
mod tests;
