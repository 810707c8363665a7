//! Which correlations a post counts for. Pure: whether one fires depends on the state.

use super::values::name_of;
use crate::correlations::Correlations;
use crate::model::hash_of;
use crate::record::CorrelationMatch;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use tidegate_engine::Classifier;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use tidegate_engine::post::Post;

/// Category whose scores lead to help, and never to a measure.
const SELF_HARM: &str = "self-harm";

/// What of the rules is needed to match a post with correlations.
#[derive(Debug, Default)]
pub struct Matching {
    /// By the id of a rule: positions in [`Correlations::all`], with the bit of a pattern.
    by_rule: FxHashMap<String, Vec<(usize, u64)>>,
    /// Positions of those that may count any member of a story.
    of_stories: Vec<usize>,
    /// For each correlation its position in the rule set.
    numbers: Vec<usize>,
}

impl Matching {
    /// For the correlations of a classifier.
    pub fn of(classifier: &Classifier, correlations: &Correlations) -> Matching {
        let rules = classifier.rules();
        let mut matching = Matching::default();
        for (at, correlation) in correlations.all.iter().enumerate() {
            matching.numbers.push(correlation.number);
            if correlation.story != 0 {
                matching.of_stories.push(at);
            }
            let Some(compiled) = rules.correlations().get(correlation.number) else { continue };
            for (place, pattern) in compiled.patterns.iter().enumerate() {
                for rule in &pattern.rules {
                    let id = rules.rule(*rule).id.to_string();
                    matching.by_rule.entry(id).or_default().push((at, 1 << place));
                }
            }
        }
        matching
    }

    /// The correlations that count a post on which `rules` fired, by position.
    pub fn matches<'r>(
        &self,
        classifier: &Classifier,
        post: &Post<'_>,
        rules: impl Iterator<Item = &'r str>,
    ) -> Vec<CorrelationMatch> {
        let found = rules.filter_map(|rule| self.by_rule.get(rule)).flatten().copied();
        let mut found: Vec<(usize, u64)> =
            found.chain(self.of_stories.iter().map(|at| (*at, 0))).collect();
        found.sort_unstable();
        let same = |left: &(usize, u64), right: &(usize, u64)| left.0 == right.0;
        let each = found.chunk_by(same).filter_map(|same| {
            let bits = same.iter().fold(0, |bits, (_, bit)| bits | bit);
            self.matched(same[0].0, bits, classifier, post)
        });
        each.collect()
    }

    fn matched(
        &self,
        at: usize,
        patterns: u64,
        classifier: &Classifier,
        post: &Post<'_>,
    ) -> Option<CorrelationMatch> {
        let correlation = classifier.rules().correlations().get(*self.numbers.get(at)?)?;
        if !correlation.admits(post) {
            return None;
        }
        let group = correlation.group_by.iter().map(|path| {
            let value = post.meta(path.meta).and_then(name_of)?;
            Some((path.name.clone(), value))
        });
        let value = match &correlation.field {
            None => None,
            Some(path) => Some(hash_of(&post.meta(path.meta).and_then(name_of)?)),
        };
        Some(CorrelationMatch {
            correlation: at,
            patterns,
            group: group.collect::<Option<_>>()?,
            value,
        })
    }

    /// The number of the thresholds that hold for a post.
    pub fn tier(&self, classifier: &Classifier, post: &Post<'_>) -> u16 {
        classifier.policy().channel(&|path| post.meta(path)) as u16
    }

    /// The action without the scores of self-harm.
    pub fn offence(
        &self,
        classifier: &Classifier,
        tier: u16,
        action: Action,
        categories: &[(Cow<'_, str>, Score)],
    ) -> Action {
        if categories.iter().all(|(name, _)| name != SELF_HARM) {
            return action;
        }
        let others = categories.iter().filter(|(name, _)| name != SELF_HARM);
        let mut others: Vec<(Category, Score)> =
            others.filter_map(|(name, score)| Some((Category::from_name(name)?, *score))).collect();
        classifier.policy().decide_in(tier.into(), &mut others).action.min(action)
    }
}
