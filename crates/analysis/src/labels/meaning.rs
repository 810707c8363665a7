//! What labels mean, set by set.

use super::category_set::CategorySet;
use std::collections::BTreeMap;
use tidegate_engine::domain::action::Action;
use tidegate_engine::rules::condition::glob_matches;

/// What a row is, by its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Harm of any of these categories; a harmless post if there are none.
    Is(CategorySet),
    /// It says nothing.
    Ignored,
}

/// What holds in one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLabels {
    /// The path of the label as conditions write it after `post.`.
    pub label_path: String,
    /// The weakest action that counts as found.
    pub positive: Action,
    /// By label.
    pub labels: BTreeMap<String, Truth>,
    /// What a row without a label is; `None`: a mistake.
    pub unlabelled: Option<Truth>,
    /// All text fields with their pointers; `None`: as everywhere.
    pub fields: Option<Vec<(String, Vec<String>)>>,
    /// Categories that do not count.
    pub leave_out: CategorySet,
}

/// A file of labels, read.
#[derive(Clone, Debug)]
pub struct Labels {
    pub(super) base: SetLabels,
    /// By name or glob, in order.
    pub(super) sets: Vec<(String, SetLabels)>,
}

impl Labels {
    /// What holds in the set called `name`.
    pub fn of_set(&self, name: &str) -> &SetLabels {
        let found = self.sets.iter().find(|(glob, _)| glob_matches(glob, name));
        found.map_or(&self.base, |(_, set)| set)
    }

    /// Counts `positive` as found in every set.
    pub fn set_positive(&mut self, positive: Action) {
        self.base.positive = positive;
        self.sets.iter_mut().for_each(|(_, set)| set.positive = positive);
    }
}
