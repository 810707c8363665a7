//! What a decision on a case would do.

use crate::measures::Measures;
use crate::memory::if_upheld;
use crate::model::{Author, Campaign, Case, CaseKind, CaseState, Micro, Seconds};
use crate::output::points_text;
use tidegate_engine::message::{Message, message};

/// The step that is proposed to the reviewer. All of it is advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// The author may need help: no measure.
    Help,
    /// A step waits for the decision, and is made if it upholds.
    Confirm {
        /// Its name.
        step: String,
    },
    /// To uphold gives points, which reach a step.
    Raise {
        /// Its name.
        step: String,
        /// The points after it.
        points: Micro,
    },
    /// To uphold gives points, which reach no further step.
    Points {
        /// The points after it.
        points: Micro,
    },
    /// To uphold gives points to the authors; to overturn ends the consequences of the campaign.
    Campaign,
    /// The campaign has no consequences: it is ignored.
    Ignored,
    /// To uphold gives points to the author, if there is one.
    Post,
    /// It is decided; new posts or reports may open it again.
    Decided,
}

impl Proposal {
    /// For a case at the time `clock`.
    pub(super) fn of(
        case: &Case,
        author: Option<&Author>,
        campaign: Option<&Campaign>,
        measures: &Measures,
        clock: Seconds,
    ) -> Proposal {
        if case.kind == CaseKind::Care {
            return Proposal::Help;
        }
        if case.state == CaseState::Decided {
            return Proposal::Decided;
        }
        if let Some(step) = &case.proposed {
            return Proposal::Confirm { step: step.clone() };
        }
        match (case.kind, author) {
            (CaseKind::Campaign, _) => {
                match campaign.is_some_and(|campaign| campaign.ignored.is_some()) {
                    true => Proposal::Ignored,
                    false => Proposal::Campaign,
                }
            }
            (CaseKind::Author, Some(author)) => {
                let (after, measure) = if_upheld(author, &measures.authors, clock);
                match measure {
                    Some(measure) => Proposal::Raise { step: measure.step, points: after.points },
                    None => Proposal::Points { points: after.points },
                }
            }
            (CaseKind::Author | CaseKind::Channel | CaseKind::Post | CaseKind::Care, _) => {
                Proposal::Post
            }
        }
    }

    /// Name in outputs.
    pub fn name(&self) -> &'static str {
        match self {
            Proposal::Help => "help",
            Proposal::Confirm { .. } => "confirm",
            Proposal::Raise { .. } => "raise",
            Proposal::Points { .. } => "points",
            Proposal::Campaign => "campaign",
            Proposal::Ignored => "ignored",
            Proposal::Post => "post",
            Proposal::Decided => "decided",
        }
    }

    /// The step, if it has one.
    pub fn step(&self) -> Option<&str> {
        match self {
            Proposal::Confirm { step } | Proposal::Raise { step, .. } => Some(step),
            Proposal::Help
            | Proposal::Points { .. }
            | Proposal::Campaign
            | Proposal::Ignored
            | Proposal::Post
            | Proposal::Decided => None,
        }
    }

    /// The text for people.
    pub fn message(&self) -> Message {
        match self {
            Proposal::Help => {
                message!("offer help; this is no offence, and there is no measure for it")
            }
            Proposal::Confirm { step } => message!("the step `{step}` waits for this decision"),
            Proposal::Raise { step, points } => {
                let points = points_text(*points);
                message!("to uphold gives {points} points in all, and the step `{step}`")
            }
            Proposal::Points { points } => {
                let points = points_text(*points);
                message!("to uphold gives {points} points in all, and no further step")
            }
            Proposal::Campaign => message!(
                "to uphold gives points to its authors; to overturn ends what follows from the campaign"
            ),
            Proposal::Ignored => message!("none: the campaign is ignored"),
            Proposal::Post => message!("to uphold gives points to the author"),
            Proposal::Decided => message!("none: the case is decided"),
        }
    }
}
