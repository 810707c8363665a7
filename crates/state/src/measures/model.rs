//! The measures, read and complete. `Default` is what holds without a file.

use crate::model::{Micro, POINT};
use std::collections::BTreeMap;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Everything a measures file can say. Durations are seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    /// Which times are accepted.
    pub clock: Clock,
    /// Texts under many names.
    pub campaigns: Campaigns,
    /// Steps for authors.
    pub authors: AuthorLadder,
    /// Steps for channels.
    pub channels: ChannelLadder,
    /// Breakers.
    pub limits: Vec<Limit>,
    /// Themed campaigns of the platform.
    pub operations: Vec<Operation>,
    /// Order of cases.
    pub queue: Queue,
    /// How long personal data is kept.
    pub keep: Keep,
    /// Most rows of each kind.
    pub bounds: Bounds,
}

/// Which times are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Posts that are older than the clock by more are late.
    pub late: i64,
    /// Posts that are newer than the clock by more are ahead.
    pub jump: i64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { late: HOUR, jump: DAY }
    }
}

/// Texts under many names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaigns {
    /// A campaign takes no member later than this after the last one.
    pub window: i64,
    /// A campaign that acts has a case from so many authors on.
    pub authors: u64,
    /// When it is harmful.
    pub harmful: Harmful,
    /// When it is a fabricated story.
    pub story: Story,
    /// Literals that are no part of texts.
    pub strip: Vec<String>,
    /// Texts whose campaigns do not act.
    pub ignore: Vec<Ignore>,
}

impl Default for Campaigns {
    fn default() -> Campaigns {
        Campaigns {
            window: 72 * HOUR,
            authors: 5,
            harmful: Harmful::default(),
            story: Story::default(),
            strip: Vec::new(),
            ignore: Vec::new(),
        }
    }
}

/// When a campaign is harmful, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Harmful {
    /// Members with `review` or more, of a million members.
    pub share: u32,
    /// Action of later members whose own is weaker.
    pub action: Action,
}

impl Default for Harmful {
    fn default() -> Harmful {
        Harmful { share: 300_000, action: Action::Review }
    }
}

/// What follows when a campaign is a fabricated story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Story {
    /// Category of the rule `campaign.story`.
    pub category: Category,
    /// Its weight.
    pub weight: Score,
}

impl Default for Story {
    fn default() -> Story {
        let category = Category::from_name("malicious-marketing")
            .unwrap_or_else(|| unreachable!("a built-in category"));
        Story { category, weight: Score::from_millis(3000) }
    }
}

/// A text whose campaigns do not act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// Parts in order, with `…` for any text between them.
    pub like: String,
    /// Why.
    pub reason: String,
}

/// Steps for authors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorLadder {
    /// What posts and decisions give.
    pub points: Points,
    /// Points halve in this time.
    pub half_life: i64,
    /// After this time without points an author goes a step down.
    pub calm: i64,
    /// Posts this soon after a step raise no further one.
    pub notice: i64,
    /// By `at`, ascending.
    pub steps: Vec<Step>,
}

impl Default for AuthorLadder {
    fn default() -> AuthorLadder {
        let step = |name: &str, at: i64, lasts: Option<i64>, confirm: bool| Step {
            name: name.to_owned(),
            at: at * POINT,
            lasts,
            confirm,
        };
        AuthorLadder {
            points: Points::default(),
            half_life: 30 * DAY,
            calm: 14 * DAY,
            notice: 10 * MINUTE,
            steps: vec![
                step("warn", 3, None, false),
                step("mute", 8, Some(24 * HOUR), false),
                step("suspend", 20, Some(7 * DAY), false),
                step("close", 50, None, true),
            ],
        }
    }
}

/// What posts and decisions give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Points {
    /// A post with the action `flag`.
    pub flag: Micro,
    /// With the action `review`.
    pub review: Micro,
    /// With the action `block`.
    pub block: Micro,
    /// A member of a campaign that acts, in addition.
    pub campaign: Micro,
    /// A decision that upholds, in addition.
    pub upheld: Micro,
}

impl Default for Points {
    fn default() -> Points {
        Points {
            flag: POINT / 2,
            review: 2 * POINT,
            block: 5 * POINT,
            campaign: POINT,
            upheld: 3 * POINT,
        }
    }
}

/// A step of the ladder for authors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Points from which it holds.
    pub at: Micro,
    /// How long it is in force; `None`: until points fall.
    pub lasts: Option<i64>,
    /// Only a decision makes it.
    pub confirm: bool,
}

/// Steps for channels, by the share of their posts that are `review` or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelLadder {
    /// Posts of this time count.
    pub window: i64,
    /// By `over`, ascending.
    pub steps: Vec<ChannelStep>,
}

impl Default for ChannelLadder {
    fn default() -> ChannelLadder {
        let step = |name: &str, over: u32, confirm: bool| ChannelStep {
            name: name.to_owned(),
            over,
            lasts: None,
            confirm,
        };
        ChannelLadder {
            window: 7 * DAY,
            steps: vec![
                step("warn", 5_000, false),
                step("correct", 10_000, false),
                step("suspend", 30_000, true),
            ],
        }
    }
}

/// A step of the ladder for channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelStep {
    /// Its name.
    pub name: String,
    /// The share is over this, of a million posts (95 % sure).
    pub over: u32,
    /// How long it is in force; `None`: while the share holds.
    pub lasts: Option<i64>,
    /// Only a decision makes it.
    pub confirm: bool,
}

/// A breaker: past the limit `block` becomes `review`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Attempts in a period.
    pub count: u64,
    /// The period, in seconds.
    pub period: i64,
    /// What has a count of its own.
    pub per: Per,
}

/// What has a count of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Per {
    /// All posts together.
    #[default]
    All,
    /// Each channel.
    Channel,
    /// Each category.
    Category,
    /// Each rule.
    Rule,
}

/// A themed campaign of the platform, with a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// First second.
    pub from: i64,
    /// Last second.
    pub until: i64,
    /// Which posts; all of the clauses hold.
    pub when: Vec<Clause>,
    /// Factor of points, in millionths.
    pub points: Micro,
    /// Factor of priorities, in millionths.
    pub queue: Micro,
}

/// A part of the condition of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// What is compared.
    pub what: What,
    /// The clause holds if it is none of the values.
    pub negated: bool,
    /// One of these; in rules `*` matches any text.
    pub values: Vec<String>,
}

/// What a clause compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A category of the verdict.
    Category,
    /// A rule that fired.
    Rule,
    /// The channel.
    Channel,
    /// The author.
    Author,
}

/// Order of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Harm by category name.
    pub harm: BTreeMap<String, u64>,
    /// Harm of all others.
    pub harm_default: u64,
}

impl Default for Queue {
    fn default() -> Queue {
        let harm = [("fraud", 8), ("minors", 10), ("self-harm", 10)];
        let harm = harm.into_iter().map(|(name, harm)| (name.to_owned(), harm)).collect();
        Queue { harm, harm_default: 5 }
    }
}

/// How long personal data is kept after its last change, in seconds. `None`: until a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Texts of campaigns.
    pub samples: Option<i64>,
    /// Authors.
    pub authors: Option<i64>,
    /// Posts that reports can name.
    pub posts: Option<i64>,
    /// Decided cases.
    pub cases: Option<i64>,
}

impl Default for Keep {
    fn default() -> Keep {
        Keep { samples: Some(90 * DAY), authors: None, posts: None, cases: None }
    }
}

/// Most rows of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Posts that are like none yet.
    pub singles: usize,
    /// Campaigns.
    pub campaigns: usize,
    /// Authors.
    pub authors: usize,
    /// Channels.
    pub channels: usize,
    /// Groups of correlations.
    pub groups: usize,
    /// Times of all groups.
    pub moments: usize,
    /// Posts that reports can name.
    pub posts: usize,
    /// Open cases.
    pub cases: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            singles: 500_000,
            campaigns: 20_000,
            authors: 500_000,
            channels: 100_000,
            groups: 200_000,
            moments: 8_000_000,
            posts: 1_000_000,
            cases: 50_000,
        }
    }
}
