//! [`Classifier::judge`] against its slow twin, which finds the hits of all matchers, inside words
//! too, and evaluates all rules.

mod packs;
mod posts;

use super::judge::{Classifier, Scope};
use super::scratch::Scratch;
use crate::diagnostic::Source;
use crate::domain::verdict::Verdict;
use crate::policy::{Policy, RuleSetFacts};
use crate::post::{Batch, Mapping, Plan, Post, Record};
use crate::rules::compile::compile_with;
use crate::rules::compiled::RuleSet;
use crate::rules::load::Loader;
use crate::scan::literals::Kernel;
use crate::scan::scanner::Scanner;
use crate::scan::text::script::Scripts;
use packs::{HEAD, Pack, packs, policies};
use posts::post;
use proptest::prelude::*;
use std::sync::Arc;

impl Classifier {
    /// The verdict, without filters: every rule is evaluated with the hits of all matchers.
    fn judge_all<'s>(
        &self,
        post: &Post<'_>,
        index: usize,
        scratch: &'s mut Scratch,
    ) -> Verdict<'s> {
        let Scratch { scan, judge } = scratch;
        let scan = self.rules.scanner().post_for(post, index, scan, Scripts::ALL);
        judge.reset(&self.rules);
        judge.candidates.clear();
        judge.candidates.extend(0..self.rules.order().len() as u32);
        let hits = self.evaluate(scan, judge, Scope::All, &mut ());
        self.decide(&hits, judge)
    }

    fn scanner_mut(&mut self) -> &mut Scanner {
        Arc::get_mut(&mut self.rules).expect("nothing shares the rules").scanner_mut()
    }
}

/// The fields of the posts: the text of `bio` is HTML, and `alt` is read with the text.
fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    mapping.set_field("bio", &["/bio"]).expect("a pointer");
    mapping.set_field("alt", &["/alt/*"]).expect("a pointer");
    mapping.set_html(&["/bio"]).expect("a text field");
    mapping
}

/// The rules of a pack. Those that the loader refuses are simplified first.
fn compile_pack(pack: &mut Pack) -> RuleSet {
    let load = |pack: &Pack| Loader::new().text("p.rules.yaml", pack.text()).load();
    let loaded = load(pack).or_else(|errors| {
        for place in errors.iter().filter_map(|error| error.place.as_ref()) {
            pack.simplify(place.line_column().0);
        }
        load(pack)
    });
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors:?}\n{}", pack.text()));
    compile_with(loaded.model, Kernel::Scalar).expect("it compiles")
}

/// The pack with the policy, and how posts are read.
fn build(pack: &mut Pack, policy: String) -> (Classifier, Plan) {
    let mut rules = compile_pack(pack);
    let mapping = mapping();
    mapping.register(rules.names_mut()).expect("the fields fit");
    let source = Arc::new(Source { name: "p.policy.yaml".to_owned(), text: policy });
    let policy = Policy::parse(&source, rules.names_mut()).expect("the policy is sound");
    let resolved = policy.resolve(&RuleSetFacts::of(&rules));
    let policy = resolved.expect("the policy fits the rules").policy;
    let plan = Plan::new(&mapping, rules.names()).expect("the mapping is sound");
    (Classifier::new(rules, policy), plan)
}

/// What a post gets.
#[derive(Debug, PartialEq)]
struct Answer {
    is_capped: bool,
    verdict: String,
}

/// The verdicts on posts, read in chunks of `in_chunk` posts.
fn judge_chunks(
    classifier: &Classifier,
    plan: &Plan,
    posts: &[String],
    in_chunk: usize,
    is_slow: bool,
) -> Vec<Answer> {
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    let mut answers = Vec::new();
    for posts in posts.chunks(in_chunk) {
        let chunk = posts.concat();
        plan.read(chunk.as_bytes(), false, &mut batch);
        classifier.scan(chunk.as_bytes(), &batch, &mut scratch);
        for index in 0..batch.len() {
            let Record::Post(post) = batch.record(chunk.as_bytes(), index) else { continue };
            let verdict = if is_slow {
                classifier.judge_all(&post, index, &mut scratch)
            } else {
                classifier.judge(&post, index, &mut scratch)
            };
            answers.push(Answer { is_capped: verdict.capped, verdict: format!("{verdict:?}") });
        }
    }
    answers
}

/// Compares all verdicts, except for posts with so many hits that the slow twin does not find all.
fn compare(
    pack: &mut Pack,
    policy: String,
    posts: &[String],
    kernel: Kernel,
    in_chunk: usize,
) -> Result<(), TestCaseError> {
    let (mut classifier, plan) = build(pack, policy.clone());
    classifier.scanner_mut().search_inside_words();
    let expected = judge_chunks(&classifier, &plan, posts, posts.len(), true);
    classifier.scanner_mut().set_kernel(kernel);
    classifier.scanner_mut().search_words_by_edges();
    let found = judge_chunks(&classifier, &plan, posts, in_chunk, false);
    prop_assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        prop_assert!(
            expected.is_capped || found == expected,
            "{found:?}\n{expected:?}\n{}\n{policy}\npost {at} of {posts:?}",
            pack.text()
        );
    }
    Ok(())
}

/// Half as many cases as usual: each compiles a pack. `PROPTEST_CASES` counts.
fn fewer_cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.div_ceil(2), ..usual }
}

proptest! {
    #![proptest_config(fewer_cases())]

    #[test]
    fn verdicts_are_those_of_all_rules_with_all_hits(
        mut pack in packs(),
        policy in policies(),
        posts in prop::collection::vec(post(), 1..6),
        kernel in prop::sample::select(Kernel::available()),
        in_chunk in prop::sample::select(vec![1usize, 2, 100]),
    ) {
        compare(&mut pack, policy, &posts, kernel, in_chunk)?;
    }
}

/// A classifier of the definitions and rules of a pack, and how posts are read.
fn without_policy(rules: &str) -> (Classifier, Plan) {
    let pack = format!("{HEAD}{rules}");
    let loaded = Loader::new().text("p.rules.yaml", pack).load().expect("the pack is sound");
    let mut rules = compile_with(loaded.model, Kernel::best()).expect("it compiles");
    mapping().register(rules.names_mut()).expect("the fields fit");
    let classifier = Classifier::without_policy(rules);
    let plan = Plan::new(&mapping(), classifier.rules().names()).expect("the mapping is sound");
    (classifier, plan)
}

fn line(text: &str) -> String {
    format!("{}\n", serde_json::json!({ "title": "x", "text": text }))
}

/// A post with so many windows that the condition, evaluated without the hits of `b`, would look
/// at more of them than it may. With them it does not: most windows contain one.
#[test]
fn a_cap_that_only_the_first_evaluation_reaches_changes_nothing() {
    let rules = "
define:
  a: [有]
  b: [停]
  c: { words: [无法], view: [squeezed] }
rules:
  - { id: p.r, weight: 1, condition: a around/1000 (not b and evaded(c)) }
";
    let (classifier, plan) = without_policy(rules);
    let crowd = format!("{}停", "有无法".repeat(200)).repeat(35);
    let far = "天地".repeat(600);
    for (end, fires) in [("有无.法", true), ("有无法", false)] {
        let post = line(&format!("{crowd}{far}{end}"));
        let judge = |is_slow| {
            let posts = std::slice::from_ref(&post);
            judge_chunks(&classifier, &plan, posts, 1, is_slow).remove(0)
        };
        let answer = judge(false);
        assert_eq!(answer, judge(true), "{end}");
        assert_eq!((answer.is_capped, answer.verdict.contains("Fired {")), (false, fires), "{end}");
    }
}

/// A post that is searched together with others, although it has more occurrences than are kept.
#[test]
fn a_flood_of_occurrences_is_capped_alone_and_among_other_posts() {
    let terms: Vec<String> = (1..=20).map(|length| "一".repeat(length)).collect();
    let rules = format!(
        "
define:
  a: {{ words: [{}], fields: [title] }}
  b: [x]
rules:
  - {{ id: p.r, weight: 1, condition: a or b }}
",
        terms.join(", ")
    );
    let (classifier, plan) = without_policy(&rules);
    let posts = [line(&"一".repeat(5100)), line("y")];
    let alone = judge_chunks(&classifier, &plan, &posts, 1, false);
    assert_eq!(judge_chunks(&classifier, &plan, &posts, 2, false), alone);
    assert_eq!(alone.iter().map(|answer| answer.is_capped).collect::<Vec<_>>(), [true, false]);
}

/// Matchers with words and a regex, whose hits are not final before the regex was evaluated: it
/// hits before the only hit that is kept, or in the place of a term.
#[test]
fn hits_that_a_regex_replaces_lose_no_rule() {
    let (classifier, plan) = without_policy(
        "
define:
  a: [alpha]
  m: { words: [news], regex: '[0-9]{3}', max: 1 }
  d: { words: [vx, v.x], regex: 'v.?x' }
rules:
  - { id: p.max, weight: 1, condition: a and not a near/1 m }
  - { id: p.distinct, weight: 1, condition: a and not (distinct(d) >= 2) }
",
    );
    for text in ["123 and then alpha news", "alpha and then vx and v.x"] {
        let posts = [line(text)];
        let fast = judge_chunks(&classifier, &plan, &posts, 1, false);
        assert_eq!(fast, judge_chunks(&classifier, &plan, &posts, 1, true), "{text}");
        assert_eq!(fast[0].verdict.matches("Fired {").count(), 2, "{text}");
    }
}
