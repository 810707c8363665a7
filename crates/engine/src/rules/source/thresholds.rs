//! Reads the thresholds of a category, of packs and of policies.

use super::schema::{ActionName, Thresholds};
use super::yaml::At;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::score::{Score, WEIGHT_POINTS_MAX};
use crate::domain::thresholds::Limits;
use crate::message::{Message, message};
use std::ops::Range;
use std::sync::Arc;

/// All actions that thresholds can name, weakest first.
pub const ALL_ACTIONS: [ActionName; 4] =
    [ActionName::Allow, ActionName::Flag, ActionName::Review, ActionName::Block];

/// Reads thresholds of one file.
pub struct ThresholdReader<'r> {
    /// The file.
    pub source: &'r Arc<Source>,
    /// The actions that thresholds may name.
    pub actions: &'r [ActionName],
    /// Errors are added here.
    pub errors: &'r mut Vec<Diagnostic>,
}

impl ThresholdReader<'_> {
    fn error(&mut self, range: &Range<usize>, code: &'static str, message: Message, help: Message) {
        let place = Place { source: self.source.clone(), range: range.clone() };
        self.errors.push(Diagnostic::error(code, message, Some(place)).help(help));
    }

    /// Sets the limits that `from` names, and reports values that cannot be meant.
    pub fn read(&mut self, from: &Thresholds, limits: &mut Limits) {
        self.check_order(from);
        let Thresholds { flag, review, block, care, max } = from;
        for (name, action, written, limit) in [
            ("flag", Some(ActionName::Flag), flag, &mut limits.flag),
            ("review", Some(ActionName::Review), review, &mut limits.review),
            ("block", Some(ActionName::Block), block, &mut limits.block),
            ("care", None, care, &mut limits.care),
            ("max", None, max, &mut limits.max),
        ] {
            let Some(points) = written else {
                continue;
            };
            if action.is_some_and(|action| !self.actions.contains(&action)) {
                let message = message!("`{name}` is not among the `actions` of this policy");
                self.error(&points.range, "bad_value", message, message!("add it to `actions`"));
            }
            if points.value <= 0.0 {
                let message = message!("a threshold must be above 0");
                self.error(
                    &points.range,
                    "bad_value",
                    message,
                    message!("at 0 every post with a rule that fires would reach it"),
                );
            }
            *limit = self.score(points);
        }
    }

    /// Reports a weaker action that starts above a stronger one: it is never chosen.
    fn check_order(&mut self, thresholds: &Thresholds) {
        let Thresholds { flag, review, block, care: _, max } = thresholds;
        let mut steps: Vec<(&str, &At<f64>)> = Vec::with_capacity(4);
        for (name, points) in [("flag", flag), ("review", review), ("block", block), ("max", max)] {
            steps.extend(points.as_ref().map(|points| (name, points)));
        }
        for pair in steps.windows(2) {
            let ((weak, low), (strong, high)) = (pair[0], pair[1]);
            if low.value > high.value {
                let message = match strong {
                    "max" => {
                        message!("the score is capped at {}, before `{weak}` starts", high.value)
                    }
                    _ => message!(
                        "`{weak}` starts at {}, above `{strong}`, and is never chosen",
                        low.value
                    ),
                };
                self.error(
                    &low.range,
                    "never_true",
                    message,
                    message!("order the thresholds: flag ≤ review ≤ block ≤ max"),
                );
            }
        }
    }

    /// A number of points.
    pub fn score(&mut self, points: &At<f64>) -> Option<Score> {
        let score = Score::from_points(points.value);
        if score.is_none() {
            let help =
                message!("points have at most three decimals and are within ±{WEIGHT_POINTS_MAX}");
            let message = message!("{} is not a valid number of points", points.value);
            self.error(&points.range, "bad_value", message, help);
        }
        score
    }
}
