//! Which rules of a run are switched off from outside: by name, or by category.

use super::model::Mode;
use super::resolve::ResolvedPolicy;
use crate::domain::category::Category;
use crate::domain::ids::RuleIx;
use crate::message::{Message, message};
use crate::rules::compiled::{CompiledRule, RuleSet};
use crate::rules::compiled_correlation::CompiledCorrelation;
use crate::rules::condition::glob_matches;
use crate::rules::load::unknown_category_help;
use crate::rules::source::suggest;

/// Rules that are switched off for a run, also where the policy enforces them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleChoice {
    /// Ids, former ids or globs (`gambling.*`).
    pub disabled: Vec<String>,
    /// If not empty: rules of other categories are switched off.
    pub categories: Vec<Category>,
}

impl RuleChoice {
    /// Applies the choice. The hash of the policy changes with it.
    ///
    /// # Errors
    ///
    /// A name that no rule has, with the closest one, or a choice that leaves no rule: a message for the
    /// user.
    pub fn apply(&self, rules: &RuleSet, policy: &mut ResolvedPolicy) -> Result<(), Message> {
        let RuleChoice { disabled, categories } = self;
        if disabled.is_empty() && categories.is_empty() {
            return Ok(());
        }
        let correlations = rules.correlations();
        let rules = rules.rules();
        let is_counter =
            |own: &CompiledCorrelation, name: &str| is_named(&own.id, &own.aliases, name);
        let is_rule = |own: &CompiledRule, name: &str| is_named(&own.id, &own.aliases, name);
        for name in disabled {
            let is_known = rules.iter().any(|rule| is_rule(rule, name))
                || correlations.iter().any(|rule| is_counter(rule, name));
            if !is_known {
                let counters = correlations.iter().map(|rule| rule.id.as_str());
                let known = rules.iter().map(|rule| rule.id.as_str()).chain(counters);
                let near = suggest::nearest(name, known);
                let hint =
                    near.map_or(Message::default(), |near| message!("; did you mean `{near}`?"));
                return Err(message!("no rule is called `{name}`{hint}"));
            }
        }
        for category in categories.iter().filter(|it| it.is_own()) {
            let declared: Vec<&str> =
                policy.declared().iter().map(|it| it.category.name()).collect();
            if !declared.contains(&category.name()) {
                let help = unknown_category_help(category.name(), &declared, message!("a pack"));
                return Err(message!("there is no category `{}`; {help}", category.name()));
            }
        }
        let is_other = |it: Category| !categories.is_empty() && !categories.contains(&it);
        for (at, rule) in rules.iter().enumerate() {
            if is_other(rule.category) || disabled.iter().any(|name| is_rule(rule, name)) {
                policy.set_mode(RuleIx(at as u32), Mode::Disabled);
            }
        }
        for (at, rule) in correlations.iter().enumerate() {
            if is_other(rule.category) || disabled.iter().any(|name| is_counter(rule, name)) {
                policy.set_mode_of_correlation(at, Mode::Disabled);
            }
        }
        if (0..rules.len()).all(|at| policy.mode(RuleIx(at as u32)) == Mode::Disabled) {
            return Err(message!("no rule is left: all are switched off"));
        }
        let names: Vec<&str> = categories.iter().map(|category| category.name()).collect();
        policy.mark_changed(&format!("{}|{}", disabled.join(","), names.join(",")));
        Ok(())
    }
}

fn is_named(id: &str, aliases: &[String], name: &str) -> bool {
    glob_matches(name, id) || aliases.iter().any(|alias| glob_matches(name, alias))
}
