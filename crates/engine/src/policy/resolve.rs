//! Applies a policy to the rules of a run.

use super::model::{Mode, Policy, Tier};
use super::schema::ActionName;
use crate::diagnostic::{Diagnostic, Place};
use crate::domain::action::Action;
use crate::domain::category::{ByCategory, Category, DeclaredCategory};
use crate::domain::ids::RuleIx;
use crate::domain::limits::OWN_CATEGORIES_MAX;
use crate::domain::score::Score;
use crate::domain::thresholds::Limits;
use crate::message::{Message, message};
use crate::rules::compiled::{CompiledRule, RuleSet};
use crate::rules::compiled_correlation::CompiledCorrelation;
use crate::rules::condition::expr::Expr;
use crate::rules::condition::{PostValue, glob_matches, holds_for_post};
use crate::rules::lint::drop_silenced;
use crate::rules::load::{declared_twice, unknown_category_help};
use crate::rules::model::Status;
use crate::rules::source::suggest;
use xxhash_rust::xxh3::xxh3_64;

/// The properties of a rule that a policy depends on.
#[derive(Clone, Copy, Debug)]
pub struct RuleFacts<'r> {
    /// `id:`.
    pub id: &'r str,
    /// `aliases:`.
    pub aliases: &'r [String],
    /// `status:`.
    pub status: Status,
    /// `weight:`.
    pub weight: Score,
    /// `category:`.
    pub category: Category,
}

impl<'r> RuleFacts<'r> {
    /// The properties of a compiled rule.
    pub fn of(rule: &'r CompiledRule) -> RuleFacts<'r> {
        let CompiledRule { id, aliases, status, weight, category, .. } = rule;
        RuleFacts { id, aliases, status: *status, weight: *weight, category: *category }
    }

    /// The properties of a compiled rule over several posts.
    pub fn of_correlation(rule: &'r CompiledCorrelation) -> RuleFacts<'r> {
        let CompiledCorrelation { id, aliases, status, weight, category, .. } = rule;
        RuleFacts { id, aliases, status: *status, weight: *weight, category: *category }
    }
}

/// The properties of a rule set that a policy depends on.
#[derive(Clone, Debug, Default)]
pub struct RuleSetFacts<'r> {
    /// Its rules, in id order.
    pub rules: Vec<RuleFacts<'r>>,
    /// Its rules over several posts, in id order.
    pub correlations: Vec<RuleFacts<'r>>,
    /// The categories that its packs declare, in order.
    pub declared: &'r [DeclaredCategory],
}

impl<'r> RuleSetFacts<'r> {
    /// The properties of a compiled rule set.
    pub fn of(rules: &'r RuleSet) -> RuleSetFacts<'r> {
        RuleSetFacts {
            rules: rules.rules().iter().map(RuleFacts::of).collect(),
            correlations: rules.correlations().iter().map(RuleFacts::of_correlation).collect(),
            declared: rules.declared(),
        }
    }

    /// The rules, then the correlations: the order in which settings are kept.
    fn all(&self) -> impl Iterator<Item = &RuleFacts<'r>> {
        self.rules.iter().chain(&self.correlations)
    }
}

/// A policy applied to rules, and its warnings.
#[derive(Debug)]
pub struct Resolution {
    /// The policy.
    pub policy: ResolvedPolicy,
    /// Globs that no rule matches, and what has no effect.
    pub warnings: Vec<Diagnostic>,
}

/// The result for a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The strongest action that a category reaches.
    pub action: Action,
    /// A person may need help; independent of the action.
    pub care: bool,
}

/// A policy applied to the rules of a run. Immutable, shared by all workers.
#[derive(Debug)]
pub struct ResolvedPolicy {
    /// Settings of the rules, then of the correlations.
    settings: Vec<RuleSetting>,
    /// Number of rules.
    rules: usize,
    /// Numbers of exceptions; `settings` refer to ranges of it.
    exceptions_of: Vec<u32>,
    /// Conditions of exceptions.
    exceptions: Vec<Expr>,
    tiers: Vec<Tier>,
    declared: Vec<DeclaredCategory>,
    hash: String,
}

#[derive(Clone, Debug)]
struct RuleSetting {
    weight: Score,
    mode: Mode,
    /// A range of `exceptions_of`.
    exceptions: std::ops::Range<u32>,
}

impl ResolvedPolicy {
    /// No policy: rules keep the settings of their packs, and no score has an action.
    pub(crate) fn none(facts: &RuleSetFacts<'_>) -> ResolvedPolicy {
        let categories = ByCategory::default();
        ResolvedPolicy {
            settings: facts.all().map(setting).collect(),
            rules: facts.rules.len(),
            exceptions_of: Vec::new(),
            exceptions: Vec::new(),
            tiers: vec![Tier { when: None, categories }],
            declared: facts.declared.to_vec(),
            hash: format!("{:08x}", 0),
        }
    }

    /// The thresholds of a category for this post, and the condition of its channel (`None` for
    /// the last tier).
    pub fn limits<'p>(
        &self,
        category: Category,
        post: PostValue<'_, 'p>,
    ) -> (Limits, Option<&Expr>) {
        let tier = self.tier(post);
        (*tier.categories.get(category), tier.when.as_ref())
    }

    /// Number of channels of the policy, plus one for the posts of no channel.
    pub fn channels(&self) -> usize {
        self.tiers.len()
    }

    /// The number of the channel of this post, below [`ResolvedPolicy::channels`]; the last one
    /// has the posts of no channel.
    pub fn channel<'p>(&self, post: PostValue<'_, 'p>) -> usize {
        let found = self
            .tiers
            .iter()
            .position(|it| it.when.as_ref().is_none_or(|when| holds_for_post(when, post)));
        found.unwrap_or(self.tiers.len() - 1)
    }

    /// The thresholds of a category in a channel, inherited ones included.
    pub fn limits_in(&self, channel: usize, category: Category) -> Limits {
        *self.tiers[channel].categories.get(category)
    }

    /// The categories that packs and policies declare, in order.
    pub fn declared(&self) -> &[DeclaredCategory] {
        &self.declared
    }

    /// All categories that rules and labels may name: the built-in ones, then the declared ones.
    pub fn categories(&self) -> impl Iterator<Item = Category> {
        Category::built_in().chain(self.declared.iter().map(|it| it.category))
    }

    /// Points of a rule, overrides applied.
    #[inline]
    pub fn weight(&self, rule: RuleIx) -> Score {
        self.settings[rule.index()].weight
    }

    /// How a rule runs.
    #[inline]
    pub fn mode(&self, rule: RuleIx) -> Mode {
        self.settings[rule.index()].mode
    }

    /// Points of a correlation, overrides applied; `at` is its position in
    /// [`RuleSet::correlations`].
    pub fn weight_of_correlation(&self, at: usize) -> Score {
        self.settings[self.rules + at].weight
    }

    /// How a correlation runs.
    pub fn mode_of_correlation(&self, at: usize) -> Mode {
        self.settings[self.rules + at].mode
    }

    /// Sets how a rule runs.
    pub(super) fn set_mode(&mut self, rule: RuleIx, mode: Mode) {
        self.settings[rule.index()].mode = mode;
    }

    /// Sets how a correlation runs.
    pub(super) fn set_mode_of_correlation(&mut self, at: usize, mode: Mode) {
        self.settings[self.rules + at].mode = mode;
    }

    /// Gives the policy another hash: it was changed in the way `how`.
    pub(super) fn mark_changed(&mut self, how: &str) {
        self.hash = format!("{:08x}", xxh3_64(format!("{}+{how}", self.hash).as_bytes()) as u32);
    }

    /// Does an exception of the policy apply to this rule and post?
    pub fn excepted<'p>(&self, rule: RuleIx, post: PostValue<'_, 'p>) -> bool {
        self.is_excepted(&self.settings[rule.index()], post)
    }

    /// Does an exception of the policy apply to this correlation and post? Then the post does not
    /// count.
    pub fn excepted_from_correlation<'p>(&self, at: usize, post: PostValue<'_, 'p>) -> bool {
        self.is_excepted(&self.settings[self.rules + at], post)
    }

    fn is_excepted<'p>(&self, setting: &RuleSetting, post: PostValue<'_, 'p>) -> bool {
        let range = &setting.exceptions;
        self.exceptions_of[range.start as usize..range.end as usize]
            .iter()
            .any(|exception| holds_for_post(&self.exceptions[*exception as usize], post))
    }

    /// Caps each score at the `max` of its category and returns the action.
    pub fn decide<'p>(
        &self,
        scores: &mut [(Category, Score)],
        post: PostValue<'_, 'p>,
    ) -> Decision {
        if scores.is_empty() {
            return Decision::default();
        }
        self.decide_in(self.channel(post), scores)
    }

    /// As [`ResolvedPolicy::decide`], for a post of this [channel](ResolvedPolicy::channel): an
    /// action can be taken anew without the post. A channel that the policy does not have counts as
    /// the last one.
    pub fn decide_in(&self, channel: usize, scores: &mut [(Category, Score)]) -> Decision {
        let mut decision = Decision::default();
        let tier = &self.tiers[channel.min(self.tiers.len() - 1)];
        for (category, score) in scores {
            let limits = tier.categories.get(*category);
            if let Some(max) = limits.max {
                *score = (*score).min(max);
            }
            decision.action = decision.action.max(limits.action(*score));
            decision.care |= limits.care.is_some_and(|from| *score >= from);
        }
        decision
    }

    /// The first channel that matches the post; the last matches every post.
    fn tier<'p>(&self, post: PostValue<'_, 'p>) -> &Tier {
        &self.tiers[self.channel(post)]
    }

    /// 8 hex digits over the policy file: part of the rule-set hash.
    pub fn hash_hex(&self) -> &str {
        &self.hash
    }
}

impl Policy {
    /// Applies the policy to the rules of a run and to the categories that their packs declare.
    ///
    /// # Errors
    ///
    /// Overrides and exceptions with the id of a rule that does not exist, and categories that
    /// nothing declares.
    pub fn resolve(&self, facts: &RuleSetFacts<'_>) -> Result<Resolution, Vec<Diagnostic>> {
        let mut lookup = RuleLookup::default();
        let declared = self.all_declared(facts.declared, &mut lookup.errors);
        let rules: Vec<RuleFacts<'_>> = facts.all().copied().collect();
        let mut settings: Vec<RuleSetting> = rules.iter().map(setting).collect();
        for change in &self.overrides {
            let named = lookup.named(&change.rule, &change.place, &rules);
            let mut is_idle = !named.is_empty();
            for rule in named {
                let setting = &mut settings[rule];
                let new =
                    (change.weight.unwrap_or(setting.weight), change.mode.unwrap_or(setting.mode));
                is_idle &= new == (setting.weight, setting.mode);
                (setting.weight, setting.mode) = new;
            }
            if is_idle {
                let message = message!("`{}` has this weight and mode without it", change.rule);
                let place = Some(change.place.clone());
                let warning = Diagnostic::warning("idle_key", message, place);
                lookup.warnings.push(warning.help(message!("remove this override")));
            }
        }
        let mut exceptions_by_rule: Vec<Vec<u32>> = vec![Vec::new(); rules.len()];
        for (number, exception) in self.exceptions.iter().enumerate() {
            for (name, place) in &exception.rules {
                for rule in lookup.named(name, place, &rules) {
                    exceptions_by_rule[rule].push(number as u32);
                }
            }
        }
        if !lookup.errors.is_empty() {
            return Err(lookup.errors);
        }
        let mut exceptions_of = Vec::new();
        for (setting, mut exceptions) in settings.iter_mut().zip(exceptions_by_rule) {
            exceptions.dedup();
            let start = exceptions_of.len() as u32;
            exceptions_of.extend(exceptions);
            setting.exceptions = start..exceptions_of.len() as u32;
        }
        let hash = format!("{:08x}", self.text_hash);
        let tiers = self.complete_tiers(&declared);
        lookup.warnings.extend(self.without_thresholds(&tiers, &rules, &settings));
        drop_silenced(&mut lookup.warnings);
        let policy = ResolvedPolicy {
            settings,
            rules: facts.rules.len(),
            exceptions_of,
            exceptions: self.exceptions.iter().map(|exception| exception.when.clone()).collect(),
            tiers,
            declared,
            hash,
        };
        let mut warnings = self.warnings.clone();
        warnings.append(&mut lookup.warnings);
        Ok(Resolution { policy, warnings })
    }
}

impl Policy {
    /// The declared categories of the rules and of the policy, in order. Reports those that differ,
    /// and names that are not declared.
    fn all_declared(
        &self,
        of_rules: &[DeclaredCategory],
        errors: &mut Vec<Diagnostic>,
    ) -> Vec<DeclaredCategory> {
        let mut all = of_rules.to_vec();
        for (own, place) in &self.declared {
            match all.iter().find(|it| it.category == own.category) {
                Some(known) if (&known.title, &known.title_zh) == (&own.title, &own.title_zh) => {}
                Some(known) => {
                    let error = declared_twice(known.category.name(), place.clone());
                    errors.push(error.label(message!("the rules call it “{}”", known.title)));
                }
                None => {
                    if all.len() == OWN_CATEGORIES_MAX {
                        let message = message!(
                            "rules and policy have at most {OWN_CATEGORIES_MAX} declared categories"
                        );
                        errors.push(Diagnostic::error("too_large", message, Some(place.clone())));
                    }
                    all.push(own.clone());
                }
            }
        }
        for (category, place) in &self.named {
            if all.iter().all(|it| it.category != *category) {
                let known: Vec<&str> = all.iter().map(|it| it.category.name()).collect();
                let help =
                    unknown_category_help(category.name(), &known, message!("a pack or here"));
                let message = message!("there is no category `{}`", category.name());
                let error = Diagnostic::error("unknown_name", message, Some(place.clone()));
                errors.push(error.help(help));
            }
        }
        all.sort_by_key(|it| it.category);
        all
    }

    /// The tiers, each with all thresholds that it inherits. A category without thresholds has
    /// those of its declaration.
    pub(super) fn complete_tiers(&self, declared: &[DeclaredCategory]) -> Vec<Tier> {
        let mut base =
            self.tiers.last().map_or_else(ByCategory::default, |it| it.categories.clone());
        for DeclaredCategory { category, limits, .. } in declared {
            let own = base.get_mut(*category);
            if *own == Limits::default() {
                *own = self.only_actions(limits);
            }
        }
        let complete = |tier: &Tier| {
            let mut categories = ByCategory::default();
            for (category, below) in base.iter() {
                *categories.get_mut(category) = tier.categories.get(category).over(below);
            }
            for (category, own) in tier.categories.iter() {
                *categories.get_mut(category) = own.over(base.get(category));
            }
            Tier { when: tier.when.clone(), categories }
        };
        self.tiers.iter().map(complete).collect()
    }

    /// The limits without those of actions that the policy does not use.
    fn only_actions(&self, limits: &Limits) -> Limits {
        let used = |action: ActionName, limit: Option<Score>| {
            limit.filter(|_| self.actions.contains(&action))
        };
        Limits {
            flag: used(ActionName::Flag, limits.flag),
            review: used(ActionName::Review, limits.review),
            block: used(ActionName::Block, limits.block),
            ..*limits
        }
    }

    /// A warning about the categories that have rules and no threshold.
    fn without_thresholds(
        &self,
        tiers: &[Tier],
        rules: &[RuleFacts<'_>],
        settings: &[RuleSetting],
    ) -> Option<Diagnostic> {
        let enforced = rules.iter().zip(settings).filter(|(_, own)| own.mode == Mode::Enforce);
        let mut names: Vec<&str> = enforced
            .map(|(rule, _)| rule.category)
            .filter(|category| {
                tiers.iter().all(|tier| tier.categories.get(*category).has_no_action())
            })
            .map(Category::name)
            .collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return None;
        }
        let message =
            message!("no threshold for {}: their rules lead to no action", names.join(", "));
        let place = Place { source: self.source.clone(), range: 0..0 };
        let help =
            message!("write `extends: default` to take what is not said here from that policy");
        Some(Diagnostic::warning("no_threshold", message, Some(place)).help(help))
    }
}

fn setting(rule: &RuleFacts<'_>) -> RuleSetting {
    let mode = if rule.status == Status::Experimental { Mode::Shadow } else { Mode::Enforce };
    RuleSetting { weight: rule.weight, mode, exceptions: 0..0 }
}

#[derive(Default)]
struct RuleLookup {
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl RuleLookup {
    /// The rules that an id, an alias or a glob selects.
    fn named(&mut self, name: &str, place: &Place, rules: &[RuleFacts<'_>]) -> Vec<usize> {
        let is_named = |rule: &RuleFacts<'_>| {
            let mut ids = std::iter::once(rule.id).chain(rule.aliases.iter().map(String::as_str));
            ids.any(|id| glob_matches(name, id))
        };
        let found: Vec<usize> =
            rules.iter().enumerate().filter(|(_, rule)| is_named(rule)).map(|(at, _)| at).collect();
        if !found.is_empty() {
            return found;
        }
        if name.contains('*') {
            let message = message!("no rule matches `{name}`");
            let warning = Diagnostic::warning("matches_nothing", message, Some(place.clone()));
            self.warnings.push(warning.help(message!("remove it if its rules were removed")));
        } else {
            let near = suggest::nearest(name, rules.iter().map(|rule| rule.id));
            let help = near.map_or(Message::default(), |near| message!("did you mean `{near}`?"));
            let message = message!("no rule has the id `{name}`");
            self.errors
                .push(Diagnostic::error("unknown_name", message, Some(place.clone())).help(help));
        }
        found
    }
}
