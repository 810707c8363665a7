//! The `hit` examples of rules, disguised: how many the rules still fire for.

use super::way::Way;
use crate::post_line::{plain_plan, post_line};
use crate::statistics::{Proportion, Rate};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::post::{Batch, MappingError, Plan, Record};
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::model::{Model, Rule};

/// The `hit` examples of a model's rules.
#[derive(Clone, Debug, Default)]
pub struct HitExamples {
    examples: Vec<HitExample>,
}

#[derive(Clone, Debug)]
struct HitExample {
    rule: RuleIx,
    id: String,
    texts: Vec<(String, String)>,
    post: Map<String, Value>,
}

/// What one way leaves of the examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExamplesReport {
    /// The way, as [`Way::parse`] reads it.
    pub way: String,
    /// Examples for which their rule fires as they are.
    pub examples: u64,
    /// Those of them that the way changes.
    pub changed: u64,
    /// Those of `examples` for which it fires when they are disguised, too.
    pub kept: u64,
    /// `kept` of `examples`.
    pub recall_kept: Option<Rate>,
    /// The other examples, by rule.
    pub lost: BTreeMap<String, u64>,
}

/// Counts of one way.
#[derive(Clone, Debug, Default)]
struct Counts {
    changed: u64,
    kept: u64,
    lost: BTreeMap<String, u64>,
}

/// Examples per task.
const EXAMPLES_PER_TASK: usize = 64;

impl HitExamples {
    /// The examples of those rules of `model` that `wanted` selects.
    pub fn of(model: &Model, wanted: impl Fn(&Rule) -> bool) -> HitExamples {
        let mut examples = Vec::new();
        for (number, rule) in model.rules.iter().enumerate().filter(|(_, rule)| wanted(rule)) {
            for example in &rule.hits {
                let text = |(field, text): &(_, String)| {
                    (model.names.field_name(*field).to_owned(), text.clone())
                };
                examples.push(HitExample {
                    rule: RuleIx(number as u32),
                    id: rule.id.clone(),
                    texts: example.texts.iter().map(text).collect(),
                    post: example.post.clone(),
                });
            }
        }
        HitExamples { examples }
    }

    /// Runs the examples in each of `ways` against the rules, compiled from the same model. As in
    /// the tests of rules, no policy is applied.
    ///
    /// # Errors
    ///
    /// A path in a condition that a JSON line cannot contain.
    pub fn run(
        &self,
        rules: &Arc<RuleSet>,
        ways: &[Way],
    ) -> Result<Vec<ExamplesReport>, MappingError> {
        let classifier = Classifier::without_policy(rules.clone());
        let runner = Runner { plan: plain_plan(rules.names())?, classifier, ways };
        let counted: Vec<Vec<Counts>> =
            self.examples.par_chunks(EXAMPLES_PER_TASK).map(|some| runner.count(some)).collect();
        let report = |(number, way): (usize, &Way)| {
            let mut all = Counts::default();
            for counts in counted.iter().map(|counts| &counts[number]) {
                all.changed += counts.changed;
                all.kept += counts.kept;
                for (rule, lost) in &counts.lost {
                    *all.lost.entry(rule.clone()).or_default() += lost;
                }
            }
            let examples = all.kept + all.lost.values().sum::<u64>();
            ExamplesReport {
                way: way.to_string(),
                examples,
                changed: all.changed,
                kept: all.kept,
                recall_kept: Proportion::new(all.kept, examples).rate(),
                lost: all.lost,
            }
        };
        Ok(ways.iter().enumerate().map(report).collect())
    }
}

struct Runner<'w> {
    classifier: Classifier,
    plan: Plan,
    ways: &'w [Way],
}

impl Runner<'_> {
    fn count(&self, examples: &[HitExample]) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.ways.len()];
        let mut scratch = Scratch::default();
        for example in examples {
            let posts = self.posts(example);
            let fires = self.fires(example, &posts, &mut scratch);
            // An example that fails as it is says nothing of a way.
            if let Some((true, disguised)) = fires.split_first() {
                for (way, (counts, fires)) in counts.iter_mut().zip(disguised).enumerate() {
                    counts.changed += u64::from(posts[way + 1] != posts[0]);
                    if *fires {
                        counts.kept += 1;
                    } else {
                        *counts.lost.entry(example.id.clone()).or_default() += 1;
                    }
                }
            }
        }
        counts
    }

    /// The example as it is, and in each way, as lines.
    fn posts(&self, example: &HitExample) -> Vec<String> {
        let plain = example.texts.clone();
        let disguised = |way: &Way| {
            let disguise =
                |(field, text): &(String, String)| (field.clone(), way.disguise(text, &example.id));
            example.texts.iter().map(disguise).collect()
        };
        let line = |texts: Vec<(String, String)>| {
            let texts = texts.iter().map(|(field, text)| (field.as_str(), text.as_str()));
            post_line(texts, &example.post) + "\n"
        };
        std::iter::once(plain).chain(self.ways.iter().map(disguised)).map(line).collect()
    }

    /// For which of the `posts` does the rule fire?
    fn fires(&self, example: &HitExample, posts: &[String], scratch: &mut Scratch) -> Vec<bool> {
        let chunk = posts.concat().into_bytes();
        let mut batch = Batch::default();
        self.plan.read(&chunk, false, &mut batch);
        self.classifier.scan(&chunk, &batch, scratch);
        let fires = |index| match batch.record(&chunk, index) {
            Record::Post(post) => {
                let verdict = self.classifier.judge(&post, index, scratch);
                verdict.fired.iter().any(|fired| fired.rule == example.rule)
            }
            Record::Skipped { .. } | Record::Unreadable { .. } => false,
        };
        (0..posts.len()).map(fires).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::rules::compile::compile;
    use tidegate_engine::rules::load::Loader;

    const PACK: &str = "tidegate: 1\npack: p\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\n\
        defaults: { category: gambling, fields: [title, text] }\nrules:\n\
        - id: a.short\n  match: { game: { words: [百家乐], view: [folded] } }\n  \
        condition: game and length < 20\n  weight: 1\n  tests: { hit: [百家乐好玩, 打牌] }\n\
        - id: a.tolerant\n  match: { game: { words: [百家乐], view: [folded, squeezed] } }\n  \
        condition: game\n  weight: 1\n  tests: { hit: [百家乐] }\n";

    #[test]
    fn examples_that_a_way_takes_from_a_rule_are_counted() {
        let loaded = Loader::new().text("p.rules.yaml", PACK.to_owned()).load();
        let model = loaded.unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}")).model;
        let examples = HitExamples::of(&model, |_| true);
        let rules = Arc::new(compile(model).unwrap_or_else(|it| panic!("{it:#?}")));
        let ways = Way::parse_list("width,separators:100,pad-prose:50").unwrap();
        let reports = examples.run(&rules, &ways).unwrap();
        let short = |report: &ExamplesReport| {
            let lost: Vec<&str> = report.lost.keys().map(String::as_str).collect();
            let counts = (report.examples, report.changed, report.kept);
            (report.way.clone(), counts, lost.join(" "))
        };
        let expected = [
            ("width".to_owned(), (2, 0, 2), String::new()),
            ("separators:100".to_owned(), (2, 2, 1), "a.short".to_owned()),
            ("pad-prose:50".to_owned(), (2, 2, 1), "a.short".to_owned()),
        ];
        assert_eq!(reports.iter().map(short).collect::<Vec<_>>(), expected);
    }
}
