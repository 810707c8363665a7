//! The action a verdict recommends.

use std::fmt;

/// The four actions, weakest first. `care` is not one of them: it is a separate flag of the
/// verdict and never replaces an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing to do.
    #[default]
    Allow,
    /// Mark it.
    Flag,
    /// A person should look at it.
    Review,
    /// Withhold it.
    Block,
}

impl Action {
    /// Every action, weakest first.
    pub const ALL: [Action; 4] = [Action::Allow, Action::Flag, Action::Review, Action::Block];

    /// Name in policies and verdicts.
    #[inline]
    pub fn name(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Flag => "flag",
            Action::Review => "review",
            Action::Block => "block",
        }
    }

    /// The action called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.name() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
