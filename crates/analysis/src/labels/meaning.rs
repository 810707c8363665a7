//! The meaning of labels, by set.

use super::category_set::CategorySet;
use std::collections::BTreeMap;
use tidegate_engine::diagnostic::{Diagnostic, Place};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::{Category, DeclaredCategory};
use tidegate_engine::message::message;
use tidegate_engine::rules::condition::glob_matches;
use tidegate_engine::rules::load::unknown_category_help;

/// The meaning of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// The row is harmful, in any of these categories; harmless if there are none.
    Is(CategorySet),
    /// The row does not count.
    Ignored,
}

/// The options of one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLabels {
    /// The path of the label as conditions write it after `post.`.
    pub label_path: String,
    /// The weakest action that counts as found.
    pub positive: Action,
    /// By label.
    pub labels: BTreeMap<String, Truth>,
    /// Meaning of a row without a label; `None`: an error.
    pub unlabelled: Option<Truth>,
    /// All text fields with their pointers; `None`: as mapped.
    pub fields: Option<Vec<(String, Vec<String>)>>,
    /// Categories that are ignored.
    pub leave_out: CategorySet,
}

/// A parsed label file.
#[derive(Clone, Debug)]
pub struct Labels {
    pub(super) base: SetLabels,
    /// By name or glob, in order; the first match wins.
    pub(super) sets: Vec<(String, SetLabels)>,
    /// The declared categories that it names, with places.
    pub(super) named: Vec<(Category, Place)>,
}

impl Labels {
    /// The options of the set `name`.
    pub fn of_set(&self, name: &str) -> &SetLabels {
        let found = self.sets.iter().find(|(glob, _)| glob_matches(glob, name));
        found.map_or(&self.base, |(_, set)| set)
    }

    /// Checks that the categories which the file names are built in or among `declared`.
    ///
    /// # Errors
    ///
    /// An error for each that is not.
    pub fn check_declared(&self, declared: &[DeclaredCategory]) -> Result<(), Vec<Diagnostic>> {
        let is_known = |category: Category| declared.iter().any(|it| it.category == category);
        let unknown = self.named.iter().filter(|(category, _)| !is_known(*category));
        let errors = unknown.map(|(category, place)| {
            let known: Vec<&str> = declared.iter().map(|it| it.category.name()).collect();
            let help = unknown_category_help(category.name(), &known, message!("a pack"));
            let message = message!("there is no category `{}`", category.name());
            Diagnostic::error("unknown_name", message, Some(place.clone())).help(help)
        });
        let errors: Vec<Diagnostic> = errors.collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Sets the weakest action that counts as found, for every set.
    pub fn set_positive(&mut self, positive: Action) {
        self.base.positive = positive;
        self.sets.iter_mut().for_each(|(_, set)| set.positive = positive);
    }
}
