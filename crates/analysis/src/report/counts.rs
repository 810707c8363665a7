//! Counts of posts, and the facts about one post that are counted.

use super::context::TextAround;
use super::frequent::Detail;
use std::borrow::Cow;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::{ByCategory, Category};

/// Counts of some posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub posts: u64,
    /// By action, see [`Action::ALL`].
    pub actions: [u64; Action::ALL.len()],
    /// Posts with `care` and the action `allow`.
    pub care_alone: u64,
    /// By category of the enforced rules that fired; a post counts in each of its categories.
    pub categories: ByCategory<u64>,
    /// Flagged posts by main category; a post counts once.
    pub main: ByCategory<u64>,
}

impl Counts {
    /// Posts with an action other than `allow`, or with `care`.
    pub fn flagged(&self) -> u64 {
        self.actions[1..].iter().sum::<u64>() + self.care_alone
    }

    /// Adds other counts.
    pub fn add(&mut self, other: &Counts) {
        let Counts { posts, actions, care_alone, categories, main } = other;
        self.posts += posts;
        self.care_alone += care_alone;
        for (sum, more) in self.actions.iter_mut().zip(actions) {
            *sum += more;
        }
        self.categories.add(categories);
        self.main.add(main);
    }

    /// Counts one post.
    pub(super) fn count(&mut self, judged: &PostVerdict<'_>) {
        self.posts += 1;
        self.actions[judged.action as usize] += 1;
        self.care_alone += u64::from(judged.care && judged.action == Action::Allow);
        for category in judged.categories {
            *self.categories.get_mut(*category) += 1;
        }
        if let Some(main) = judged.main.filter(|_| judged.is_flagged()) {
            *self.main.get_mut(main) += 1;
        }
    }
}

impl Detail for Counts {
    fn merge(&mut self, other: Counts) {
        self.add(&other);
    }
}

/// The verdict on a post.
#[derive(Clone, Copy, Debug)]
pub struct PostVerdict<'a> {
    /// The id as JSON.
    pub id: &'a str,
    /// The action.
    pub action: Action,
    /// Whether the post's author may need help.
    pub care: bool,
    /// Whether hits may be missing.
    pub capped: bool,
    /// Categories with a score.
    pub categories: &'a [Category],
    /// The one with the highest score.
    pub main: Option<Category>,
    /// Rules that fired.
    pub rules: &'a [FiredRule<'a>],
    /// The hash of rules and policy, if the verdict has it.
    pub ruleset: Option<&'a str>,
}

impl PostVerdict<'_> {
    /// Whether the post has an action other than `allow`, or `care`.
    pub fn is_flagged(&self) -> bool {
        self.care || self.action > Action::Allow
    }
}

/// The category with the highest score; of equal ones the first.
pub(super) fn main_category<S: PartialOrd>(
    scores: impl Iterator<Item = (Category, S)>,
) -> Option<Category> {
    let mut best: Option<(Category, S)> = None;
    for (category, score) in scores {
        if best.as_ref().is_none_or(|(_, highest)| score > *highest) {
            best = Some((category, score));
        }
    }
    best.map(|(category, _)| category)
}

/// A rule that fired.
#[derive(Clone, Debug)]
pub struct FiredRule<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its category.
    pub category: Option<Category>,
    /// Whether it is a shadow rule.
    pub shadow: bool,
    /// The evidence, redacted parts masked.
    pub evidence: Vec<EvidenceText<'a>>,
    /// The text around it, if the post is known.
    pub around: Option<TextAround<'a>>,
}

/// A piece of evidence.
#[derive(Clone, Debug)]
pub struct EvidenceText<'a> {
    /// The matcher.
    pub matcher: &'a str,
    /// The text, masked if redacted.
    pub text: Cow<'a, str>,
}

/// Facts about a post in addition to its verdict. Decoded; empty strings count as missing.
#[derive(Clone, Debug, Default)]
pub struct PostFacts<'a> {
    /// When it was written, in seconds since 1970.
    pub time: Option<i64>,
    /// Where it came from.
    pub channel: Option<Cow<'a, str>>,
    /// Where it is shown.
    pub surface: Option<Cow<'a, str>>,
    /// Who wrote it.
    pub author: Option<Cow<'a, str>>,
}
