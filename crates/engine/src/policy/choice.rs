//! Which rules of a run are switched off from outside: by name, or by category.

use super::model::Mode;
use super::resolve::ResolvedPolicy;
use crate::domain::category::Category;
use crate::domain::ids::RuleIx;
use crate::message::{Message, message};
use crate::rules::compiled::CompiledRule;
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
    pub fn apply(
        &self,
        rules: &[CompiledRule],
        policy: &mut ResolvedPolicy,
    ) -> Result<(), Message> {
        let RuleChoice { disabled, categories } = self;
        if disabled.is_empty() && categories.is_empty() {
            return Ok(());
        }
        for name in disabled {
            if !rules.iter().any(|rule| is_named(rule, name)) {
                let near = suggest::nearest(name, rules.iter().map(|rule| rule.id.as_str()));
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
        for (at, rule) in rules.iter().enumerate() {
            let is_other = !categories.is_empty() && !categories.contains(&rule.category);
            if is_other || disabled.iter().any(|name| is_named(rule, name)) {
                policy.set_mode(RuleIx(at as u32), Mode::Disabled);
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

fn is_named(rule: &CompiledRule, name: &str) -> bool {
    let mut ids = std::iter::once(&rule.id).chain(&rule.aliases);
    ids.any(|id| glob_matches(name, id))
}
