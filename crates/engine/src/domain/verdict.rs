//! The verdict about one post: plain data, borrowed from a worker's scratch buffers so that a
//! warm classifier allocates nothing.

use crate::domain::action::Action;
use crate::domain::category::Category;
use crate::domain::field::FieldId;
use crate::domain::ids::{MatcherIx, RuleIx, TermIx};
use crate::domain::score::Score;
use crate::domain::span::Span;
use crate::domain::view::View;
use std::ops::Range;

/// A hit that is shown as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The matcher that found it.
    pub matcher: MatcherIx,
    /// The listed term, for words and lists; `None` for regexes, entities and sequences.
    pub term: Option<TermIx>,
    /// Field of the hit.
    pub field: FieldId,
    /// Byte range in the field's decoded text.
    pub span: Span,
    /// The narrowest view that finds it.
    pub view: View,
    /// The text is masked in every output.
    pub redacted: bool,
}

/// A rule whose condition is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Which rule.
    pub rule: RuleIx,
    /// Weight, boosts and the largest term weight.
    pub score: Score,
    /// Runs in shadow mode: not counted in scores and action.
    pub shadow: bool,
    /// Boosts whose condition is true: indexes into [`Verdict::boosts`], whose values number
    /// the boosts of the rule.
    pub boosts: Range<u32>,
    /// Indexes into [`Verdict::evidence`].
    pub evidence: Range<u32>,
}

/// The answer for one post.
#[derive(Clone, Debug, Default)]
pub struct Verdict<'s> {
    /// The recommended action.
    pub action: Action,
    /// The author may need help; independent of the action.
    pub care: bool,
    /// A cap was reached: the verdict may miss hits, its action is at least `review`.
    pub capped: bool,
    /// Scores, in category order; only categories with an enforced rule.
    pub categories: &'s [(Category, Score)],
    /// Rules that fired, in id order; enforced and shadow.
    pub fired: &'s [Fired],
    /// Boost numbers, see [`Fired::boosts`].
    pub boosts: &'s [u16],
    /// Evidence, see [`Fired::evidence`].
    pub evidence: &'s [Evidence],
    /// Text that a rule redacts, by field and byte range, in no order: no output may show it.
    pub masked: &'s [(FieldId, Span)],
}

impl Verdict<'_> {
    /// Did no rule fire, not even in shadow?
    pub fn is_clean(&self) -> bool {
        self.fired.is_empty() && !self.capped
    }
}
