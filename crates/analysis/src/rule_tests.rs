//! Runs the examples of rules: each rule must fire for its `hit` examples and must not fire for its
//! `miss` examples.
//!
//! Input: a [`Suite`] of examples, taken from a model before it is compiled, and the compiled
//! rules. Output: a [`TestReport`], which lists every example with another result than it states.
//!
//! * An example becomes a line and goes through the same code path as any post: reading, folding,
//!   scanning, judging with all rules.
//! * No policy is applied: weights are those of the pack, and experimental rules count like any
//!   other.
//! * Deterministic: the result does not depend on the number of threads.
//! * Sequences of posts, which test correlations, are kept as lines and not run: a single post fires
//!   no correlation.

use super::explain::explain;
pub use super::post_line::plain_mapping;
use super::post_line::{plain_plan, post_line};
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::sync::Arc;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::diagnostic::{Diagnostic, Place};
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;
use tidegate_engine::domain::verdict::{Evidence, Fired, Verdict};
use tidegate_engine::domain::view::{View, ViewSet};
use tidegate_engine::message::{Message, message};
use tidegate_engine::post::{Batch, MappingError, Plan, Post, Record};
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::condition::glob_matches;
use tidegate_engine::rules::model::{
    Correlation, Example, Model, PostSequence, Rule, SequencePost,
};

/// The examples of a model's rules.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    rules: Vec<TestedRule>,
    cases: Vec<Case>,
    sequences: Vec<SequenceCase>,
}

/// A rule or a correlation, to choose tests by.
#[derive(Clone, Copy, Debug)]
pub struct RuleHead<'m> {
    /// `id:`.
    pub id: &'m str,
    /// `aliases:`.
    pub aliases: &'m [String],
    /// Index into [`Model::packs`].
    pub pack: usize,
    /// Its id in the file.
    pub place: &'m Place,
}

impl<'m> From<&'m Rule> for RuleHead<'m> {
    fn from(rule: &'m Rule) -> RuleHead<'m> {
        let Rule { id, aliases, pack, place, .. } = rule;
        RuleHead { id, aliases, pack: *pack, place }
    }
}

impl<'m> From<&'m Correlation> for RuleHead<'m> {
    fn from(rule: &'m Correlation) -> RuleHead<'m> {
        let Correlation { id, aliases, pack, place, .. } = rule;
        RuleHead { id, aliases, pack: *pack, place }
    }
}

/// A sequence of posts that tests a correlation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceCase {
    /// The correlation's id.
    pub id: String,
    /// The posts as lines for the default mapping, in order of writing, each with an `id` (`p1` for
    /// the first) and a `created_at`, in seconds.
    pub lines: Vec<String>,
    /// The correlation fires on the last post; otherwise on none.
    pub should_fire: bool,
    /// Where the sequence is in its file.
    pub place: Option<Place>,
}

/// The time of the first post of a sequence: 2026-01-01, in seconds since 1970.
const FIRST_POST: i64 = 1_767_225_600;

impl SequenceCase {
    fn new(
        model: &Model,
        rule: &Correlation,
        sequence: &PostSequence,
        should_fire: bool,
    ) -> SequenceCase {
        let line = |(at, post): (usize, &SequencePost)| {
            let mut values = Map::new();
            values.insert("id".to_owned(), Value::from(format!("p{}", at + 1)));
            values.extend(post.example.post.clone());
            values.insert("created_at".to_owned(), Value::from(FIRST_POST + post.at));
            let texts = post.example.texts.iter();
            post_line(texts.map(|(field, text)| (model.names.field_name(*field), &**text)), &values)
        };
        SequenceCase {
            id: rule.id.clone(),
            lines: sequence.posts.iter().enumerate().map(line).collect(),
            should_fire,
            place: sequence.place.clone(),
        }
    }
}

/// What the suite needs to know about a rule.
#[derive(Clone, Debug)]
struct TestedRule {
    id: String,
    has_examples: bool,
}

/// One example.
#[derive(Clone, Debug)]
struct Case {
    rule: RuleIx,
    id: String,
    /// The post as a line.
    line: String,
    should_fire: bool,
    score: Option<Score>,
    view: Option<View>,
    place: Option<Place>,
    /// Why the rule cannot fire on it: it has no text that the rule reads.
    unread: Option<Message>,
}

/// The result of a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestReport {
    /// Number of examples that passed.
    pub passed: usize,
    /// Examples that failed, by rule in id order, then in the order of the rule.
    pub failures: Vec<Failure>,
    /// Number of rules with an example.
    pub tested: usize,
    /// Ids of rules without an example.
    pub untested: Vec<String>,
    /// Number of sequences of posts, which are not run.
    pub sequences: usize,
}

/// An example that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// Whether it is a `hit` example.
    pub is_hit: bool,
    /// Where the example is in its file.
    pub place: Option<Place>,
    /// How it failed.
    pub kind: FailureKind,
}

/// How an example failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It is not a usable post.
    Unreadable(Message),
    /// The rule should fire but does not; these conditions are missing.
    Silent(Vec<Message>),
    /// The rule should not fire but does, because of these hits.
    Fired {
        /// The rule's score.
        score: Score,
        /// Each hit as `matcher “text”`.
        evidence: Vec<String>,
    },
    /// The rule fires with another score.
    Score {
        /// The expected value.
        expected: Score,
        /// The actual score, with its parts.
        actual: Message,
    },
    /// The rule fires, but none of its evidence is from the expected view.
    View {
        /// The expected value.
        expected: View,
        /// The views of the evidence.
        actual: ViewSet,
    },
}

/// Examples per task: enough to outweigh the cost of scheduling a task, few enough to spread a pack
/// of medium size over the cores.
const CASES_PER_TASK: usize = 128;

/// Most hits that a failure quotes.
const EVIDENCE_QUOTED_MAX: usize = 6;

impl Suite {
    /// The examples of those rules and correlations of `model` that `wanted` selects.
    pub fn of(model: &Model, wanted: impl Fn(RuleHead<'_>) -> bool) -> Suite {
        let mut suite = Suite::default();
        for rule in model.correlations.iter().filter(|rule| wanted(RuleHead::from(*rule))) {
            for (sequences, should_fire) in [(&rule.hits, true), (&rule.misses, false)] {
                let case = |it| SequenceCase::new(model, rule, it, should_fire);
                suite.sequences.extend(sequences.iter().map(case));
            }
        }
        let rules = model.rules.iter().enumerate();
        for (number, rule) in rules.filter(|(_, rule)| wanted(RuleHead::from(*rule))) {
            let has_examples = !(rule.hits.is_empty() && rule.misses.is_empty());
            suite.rules.push(TestedRule { id: rule.id.clone(), has_examples });
            for (examples, should_fire) in [(&rule.hits, true), (&rule.misses, false)] {
                let case = |example| Case::new(model, number, rule, example, should_fire);
                suite.cases.extend(examples.iter().map(case));
            }
        }
        suite
    }

    /// Whether the suite has neither rules nor sequences.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.sequences.is_empty()
    }

    /// The sequences of posts that test correlations, by correlation in id order. [`Suite::run`]
    /// does not run them.
    pub fn sequences(&self) -> &[SequenceCase] {
        &self.sequences
    }

    /// Runs every example against the rules, compiled from the same model.
    ///
    /// # Errors
    ///
    /// A path in a condition that a JSON line cannot contain.
    pub fn run(&self, rules: &Arc<RuleSet>) -> Result<TestReport, MappingError> {
        let classifier = Classifier::without_policy(rules.clone());
        let runner = Runner { plan: plain_plan(rules.names())?, classifier };
        let failures: Vec<Vec<Failure>> =
            self.cases.par_chunks(CASES_PER_TASK).map(|cases| runner.failures(cases)).collect();
        let failures = failures.concat();
        let untested = self.rules.iter().filter(|rule| !rule.has_examples);
        let untested: Vec<String> = untested.map(|rule| rule.id.clone()).collect();
        Ok(TestReport {
            passed: self.cases.len() - failures.len(),
            failures,
            tested: self.rules.len() - untested.len(),
            untested,
            sequences: self.sequences.len(),
        })
    }
}

impl TestReport {
    /// The counts on one line.
    pub fn summary(&self) -> Message {
        let rules = |number: usize| match number {
            0 => message!("no rules"),
            1 => message!("1 rule"),
            _ => message!("{number} rules"),
        };
        let TestReport { passed, failures, tested, untested, sequences } = self;
        let without = match untested.len() {
            0 => Message::default(),
            some => message!("; {} without examples", rules(some)),
        };
        let not_run = match sequences {
            0 => Message::default(),
            1 => message!("; 1 sequence of posts not run"),
            some => message!("; {some} sequences of posts not run"),
        };
        let failed = failures.len();
        message!(
            "{passed} passed, {failed} failed: examples of {}{without}{not_run}",
            rules(*tested)
        )
    }
}

/// Whether the id or an alias of the rule matches `glob`, in which `*` matches any characters.
pub fn matches_name(rule: RuleHead<'_>, glob: &str) -> bool {
    let mut names = std::iter::once(rule.id).chain(rule.aliases.iter().map(String::as_str));
    names.any(|name| glob_matches(glob, name))
}

impl Case {
    fn new(
        model: &Model,
        number: usize,
        rule: &Rule,
        example: &Example,
        should_fire: bool,
    ) -> Case {
        let Example { texts, post, score, view, place } = example;
        let texts = texts.iter().map(|(field, text)| (model.names.field_name(*field), &**text));
        Case {
            rule: RuleIx(number as u32),
            id: rule.id.clone(),
            line: post_line(texts, post),
            should_fire,
            score: *score,
            view: *view,
            place: place.clone(),
            unread: unread(model, rule, example),
        }
    }
}

/// The fields that the rule reads, if the example has none of them.
fn unread(model: &Model, rule: &Rule, example: &Example) -> Option<Message> {
    let fields = rule.read_fields(&model.matchers);
    if fields.is_empty() || example.texts.iter().any(|(field, _)| fields.contains(field)) {
        return None;
    }
    let names = fields.iter().map(|field| format!("`{}`", model.names.field_name(*field)));
    let names: Vec<String> = names.collect();
    Some(message!(
        "the example has no text in the fields that the rule reads: {}",
        names.join(", ")
    ))
}

struct Runner {
    classifier: Classifier,
    plan: Plan,
}

impl Runner {
    fn failures(&self, cases: &[Case]) -> Vec<Failure> {
        let mut chunk = Vec::new();
        for case in cases {
            chunk.extend_from_slice(case.line.as_bytes());
            chunk.push(b'\n');
        }
        let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
        self.plan.read(&chunk, false, &mut batch);
        self.classifier.scan(&chunk, &batch, &mut scratch);
        let mut failures = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            let kind = match batch.record(&chunk, index) {
                Record::Post(post) => {
                    let verdict = self.classifier.judge(&post, index, &mut scratch);
                    self.kind(case, &post, &verdict)
                }
                Record::Unreadable { code, detail, .. } => Some(FailureKind::Unreadable(
                    Message::verbatim(format!("{}: {detail}", code.name())),
                )),
                Record::Skipped { .. } => Some(FailureKind::Unreadable(message!("skipped"))),
            };
            failures.extend(kind.map(|kind| Failure {
                rule: case.id.clone(),
                is_hit: case.should_fire,
                place: case.place.clone(),
                kind,
            }));
        }
        failures
    }

    fn kind(&self, case: &Case, post: &Post<'_>, verdict: &Verdict<'_>) -> Option<FailureKind> {
        let fired = verdict.fired.iter().find(|fired| fired.rule == case.rule);
        match (fired, case.should_fire) {
            (None, false) => None,
            (None, true) => Some(FailureKind::Silent(self.missing(case))),
            (Some(fired), false) => Some(FailureKind::Fired {
                score: fired.score,
                evidence: self.quotes(post, evidence(verdict, fired)),
            }),
            (Some(fired), true) => {
                self.wrong_score(case, fired).or_else(|| wrong_view(case, evidence(verdict, fired)))
            }
        }
    }

    /// The conditions that the rule lacks to fire.
    fn missing(&self, case: &Case) -> Vec<Message> {
        if let Some(unread) = &case.unread {
            return vec![unread.clone()];
        }
        let explanation = explain(&self.classifier, &self.plan, case.line.as_bytes(), &[case.rule]);
        let Ok(explanation) = explanation else { return Vec::new() };
        let rule = explanation.requested.into_iter().next();
        rule.map_or_else(Vec::new, |rule| rule.stopped.into_iter().chain(rule.missing).collect())
    }

    fn wrong_score(&self, case: &Case, fired: &Fired) -> Option<FailureKind> {
        let expected = case.score.filter(|expected| *expected != fired.score)?;
        let explanation = explain(&self.classifier, &self.plan, case.line.as_bytes(), &[]).ok()?;
        let rule = explanation.fired.into_iter().find(|rule| rule.id == case.id)?;
        Some(FailureKind::Score { expected, actual: rule.score.message() })
    }

    fn quotes(&self, post: &Post<'_>, evidence: &[Evidence]) -> Vec<String> {
        let rules = self.classifier.rules();
        let quote = |evidence: &Evidence| {
            let text = post.text(evidence.field).unwrap_or_default();
            let text = text.get(evidence.span.range()).unwrap_or_default();
            let masked = || text.chars().map(|_| '*').collect();
            let text = if evidence.redacted { masked() } else { text.to_owned() };
            format!("{} “{text}”", rules.matcher_name(evidence.matcher))
        };
        evidence.iter().take(EVIDENCE_QUOTED_MAX).map(quote).collect()
    }
}

fn evidence<'v>(verdict: &Verdict<'v>, fired: &Fired) -> &'v [Evidence] {
    &verdict.evidence[fired.evidence.start as usize..fired.evidence.end as usize]
}

fn wrong_view(case: &Case, evidence: &[Evidence]) -> Option<FailureKind> {
    let expected = case.view?;
    let actual = evidence.iter().fold(ViewSet::default(), |views, it| views.with(it.view));
    (!actual.has(expected)).then_some(FailureKind::View { expected, actual })
}

impl FailureKind {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            FailureKind::Unreadable(_) => "example_unreadable",
            FailureKind::Silent(_) => "example_does_not_fire",
            FailureKind::Fired { .. } => "example_fires",
            FailureKind::Score { .. } => "example_score",
            FailureKind::View { .. } => "example_view",
        }
    }

    /// The result that the example states.
    pub fn expected(&self) -> Message {
        match self {
            FailureKind::Unreadable(_) => message!("a post"),
            FailureKind::Silent(_) => message!("the rule fires"),
            FailureKind::Fired { .. } => message!("the rule does not fire"),
            FailureKind::Score { expected, .. } => message!("score {expected}"),
            FailureKind::View { expected, .. } => {
                message!("evidence from the view {}", expected.name())
            }
        }
    }

    /// The actual result.
    pub fn actual(&self) -> Message {
        match self {
            FailureKind::Unreadable(why) => why.clone(),
            FailureKind::Silent(missing) if missing.is_empty() => message!("it does not fire"),
            FailureKind::Silent(missing) => {
                Message::list(missing.iter().cloned(), &message!("; and "))
            }
            FailureKind::Fired { score, evidence } if evidence.is_empty() => {
                message!("it fires with {score}")
            }
            FailureKind::Fired { score, evidence } => {
                message!("it fires with {score} for {}", evidence.join(", "))
            }
            FailureKind::Score { actual, .. } => actual.clone(),
            FailureKind::View { actual, .. } => {
                let views: Vec<&str> = actual.iter().map(View::name).collect();
                if views.is_empty() {
                    message!("no evidence")
                } else {
                    Message::verbatim(views.join(", "))
                }
            }
        }
    }
}

impl Failure {
    /// The failure as an error at the place of the example.
    pub fn diagnostic(&self) -> Diagnostic {
        let Failure { rule, is_hit, place, kind } = self;
        let list = if *is_hit { "hit" } else { "miss" };
        let message = match kind {
            FailureKind::Unreadable(_) => {
                message!("a {list} example of `{rule}` is not a usable post")
            }
            FailureKind::Silent(_) => message!("`{rule}` does not fire for its `hit` example"),
            FailureKind::Fired { .. } => message!("`{rule}` fires for its `miss` example"),
            FailureKind::Score { .. } => message!("`{rule}` fires with another score"),
            FailureKind::View { .. } => message!("`{rule}` fires through other views"),
        };
        let help = match kind {
            FailureKind::Silent(_) => message!("change the rule until it fires, or the example"),
            FailureKind::Fired { .. } => {
                message!("narrow the rule until it does not fire, or move the example to `hit`")
            }
            _ => Message::default(),
        };
        let label = match kind {
            FailureKind::Score { .. } | FailureKind::View { .. } => {
                message!("expected {}, actual {}", kind.expected(), kind.actual())
            }
            _ => kind.actual(),
        };
        Diagnostic::error(kind.code(), message, place.clone()).label(label).help(help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::rules::compile::compile;
    use tidegate_engine::rules::load::Loader;

    const HEAD: &str = "tidegate: 1\npack: p\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\n\
        defaults: { category: gambling, fields: [title, text] }\n\
        define:\n  game: { words: [百家乐, 时时彩], view: [folded, squeezed] }\n  \
        bait: [首充送, 返水]\n  phone: { entity: phone-cn }\n";

    fn model(rules: &str) -> Model {
        let text = format!("{HEAD}rules:\n{rules}");
        let loaded = Loader::new().text("p.rules.yaml", text).load();
        loaded.unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}")).model
    }

    fn run(rules: &str) -> TestReport {
        let model = model(rules);
        let suite = Suite::of(&model, |_| true);
        let rules = compile(model).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
        suite.run(&Arc::new(rules)).unwrap()
    }

    /// Each failure: code, line and column of its example, actual result.
    fn failures(rules: &str) -> Vec<String> {
        let describe = |failure: &Failure| {
            let (line, column) = failure.place.as_ref().unwrap().line_column();
            let head = HEAD.lines().count() + 1;
            format!("{} {}:{column} {}", failure.kind.code(), line - head, failure.kind.actual())
        };
        run(rules).failures.iter().map(describe).collect()
    }

    const RULE: &str = "  - id: a.b\n    condition: game and bait\n    weight: 2\n    \
        boost: { game near/3 bait: 1.5 }\n    tests:\n";

    #[test]
    fn passes_when_all_examples_pass() {
        let report = run(&format!(
            "{RULE}      hit:\n        - 百家乐首充送\n        \
             - {{ text: 百 家 乐首充送, score: 3.5, view: squeezed }}\n        \
             - {{ title: 时时彩, text: 返水, score: 2, view: folded }}\n      \
             miss:\n        - 百家乐\n        - 首充送\n"
        ));
        assert_eq!(report, TestReport { passed: 5, tested: 1, ..TestReport::default() });
    }

    #[test]
    fn each_kind_of_failure_reports_the_actual_result() {
        let rules = format!(
            "{RULE}      hit:\n        - 百家乐\n        - {{ text: 百家乐首充送, score: 2 }}\n        \
             - {{ text: 百家乐首充送, view: squeezed }}\n        \
             - {{ text: 百家乐首充送, post: {{ title: 5 }} }}\n      \
             miss:\n        - 百家乐 返水\n"
        );
        assert_eq!(
            failures(&rules),
            [
                "example_does_not_fire 7:11 bait: no hit",
                "example_score 8:11 3.5 = weight 2 + 1.5 (game near/3 bait)",
                "example_view 9:11 folded",
                "example_unreadable 10:11 bad_text: title at /title is a number, expected a string",
                "example_fires 12:11 it fires with 3.5 for game “百家乐”, bait “返水”",
            ]
        );
    }

    #[test]
    fn values_of_the_post_count_and_the_status_does_not() {
        let rules = "  - id: a.new\n    status: experimental\n    \
            condition: game and post.author.age < 7 and post.channel == chat\n    weight: 1\n    \
            active: { from: 2026-01-01, until: 2026-01-31 }\n    tests:\n      hit:\n        \
            - { text: 百家乐, post: { author.age: 3, channel: chat, created_at: 2026-01-05 } }\n        \
            - { text: 百家乐, post: { author: { age: 3 }, channel: chat } }\n      miss:\n        \
            - { text: 百家乐, post: { author.age: 7, channel: chat } }\n        \
            - { text: 百家乐, post: { author.age: 3, channel: chat, created_at: 2026-02-05 } }\n";
        assert_eq!(run(rules).failures, []);
    }

    #[test]
    fn reports_why_a_rule_was_not_judged() {
        let rules = "  - id: a.en\n    lang: [en]\n    condition: game\n    weight: 1\n    \
            tests:\n      hit: [百家乐]\n";
        assert_eq!(
            failures(rules),
            ["example_does_not_fire 6:13 it is for texts in en; the text is in Han script"]
        );
    }

    #[test]
    fn masks_what_a_rule_redacts() {
        let rules = "  - id: a.phone\n    condition: phone\n    weight: 1\n    redact: [phone]\n    \
            tests:\n      miss: [电话13800138000]\n";
        let actual = "example_fires 6:14 it fires with 1 for phone “***********”";
        assert_eq!(failures(rules), [actual]);
    }

    #[test]
    fn rules_without_examples_are_counted() {
        let rules = "  - id: a.one\n    condition: game\n    weight: 1\n  \
            - id: a.two\n    condition: bait\n    weight: 1\n    tests: { hit: [首充送] }\n";
        let report = run(rules);
        assert_eq!(
            (report.passed, report.tested, report.untested),
            (1, 1, vec!["a.one".to_owned()])
        );
    }

    #[test]
    fn rules_are_chosen_by_id_alias_and_glob() {
        let rules = "  - id: a.one\n    aliases: [old.one]\n    condition: game\n    weight: 1\n    \
            tests: { hit: [x] }\n";
        let model = model(rules);
        for (glob, wanted) in [("a.*", true), ("old.*", true), ("a.one", true), ("b.*", false)] {
            let suite = Suite::of(&model, |rule| matches_name(rule, glob));
            assert_eq!(suite.is_empty(), !wanted, "{glob}");
        }
    }

    #[test]
    fn sequences_become_lines_and_are_not_run() {
        let rules = "  - id: a.flood\n    weight: 1\n    \
            correlate: { type: event_count, rules: [a.one], timespan: 1h, condition: { gte: 2 } }\n    \
            tests:\n      hit: [[{ text: 百家乐, author: u1 }, { title: x, at: 90s, post: { id: own } }]]\n      \
            miss: [[text]]\n  - { id: a.one, condition: game, weight: 1 }\n";
        let suite = Suite::of(&model(rules), |rule| rule.id == "a.flood");
        assert!(!suite.is_empty());
        let [hit, miss] = suite.sequences() else { panic!("{suite:?}") };
        assert!(hit.should_fire && !miss.should_fire && hit.place.is_some());
        assert_eq!(
            hit.lines,
            [
                r#"{"id":"p1","author":{"id":"u1"},"created_at":1767225600,"text":"百家乐"}"#,
                r#"{"id":"own","created_at":1767225690,"title":"x"}"#,
            ]
        );
        let report = run(rules);
        assert_eq!((report.passed, report.tested, report.sequences), (0, 0, 2));
        let summary = report.summary().to_string();
        assert!(
            summary.ends_with("; 1 rule without examples; 2 sequences of posts not run"),
            "{summary}"
        );
    }

    #[test]
    fn many_examples_are_reported_one_by_one() {
        let hits: String = (0..CASES_PER_TASK * 2 + 3)
            .map(|n| if n % 50 == 7 { "        - 没有\n" } else { "        - 百家乐首充送\n" })
            .collect();
        let failures = failures(&format!("{RULE}      hit:\n{hits}"));
        let lines: Vec<usize> = (0..CASES_PER_TASK * 2 + 3).filter(|n| n % 50 == 7).collect();
        let expected: Vec<String> = lines
            .iter()
            .map(|n| format!("example_does_not_fire {}:11 game: no hit; and bait: no hit", n + 7))
            .collect();
        assert_eq!(failures, expected);
    }
}
