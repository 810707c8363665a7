//! Fits one category: the weights and the threshold that find most rows at the wanted precision.

use super::counts::{Counts, Pattern, TrainingCounts};
use super::figures::{Figures, Weights, figures, sum};
use super::thresholds::{Direction, Follow, Thresholds};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::ops::Range;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::{Score, WEIGHT_POINTS_MAX};
use tidegate_engine::message::{Message, message};
use tidegate_engine::policy::Limits;

/// Fewest training rows of a category; fewer would fit noise.
pub const ROWS_LEAST: u64 = 20;

/// Weights that are tried, in thousandths of a point.
const GRID: [i64; 10] = [500, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000];

/// How far a threshold is set above the scores that it excludes.
const STEP: Score = Score::from_millis(500);

/// The highest threshold that a policy may name.
const THRESHOLD_MOST: Score = Score::from_millis(WEIGHT_POINTS_MAX as i64 * 1000);

/// Fewest additional rows that a new weight must find, so that noise changes nothing.
const GAIN_LEAST: u64 = 3;

/// Most rounds over all rules; a round without changes is the last.
const ROUNDS_MAX: usize = 4;

/// The result of fitting one category.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The category.
    pub category: &'static str,
    /// The `flag` threshold of the policy.
    #[serde(serialize_with = "points")]
    pub old_flag: Option<Score>,
    /// The fitted threshold; `None` if it stays.
    #[serde(serialize_with = "points")]
    pub new_flag: Option<Score>,
    /// Weights that change, in id order.
    pub weights: Vec<WeightChange>,
    /// The fitted thresholds by channel; empty if nothing changes.
    #[serde(skip)]
    pub(super) channels: Vec<Limits>,
    /// Figures of training rows: before, after.
    pub taught: [Figures; 2],
    /// Figures of held-out rows: before, after.
    pub held_back: [Figures; 2],
    /// Figures of all rows: before, after. `eval` with the written policy prints the latter.
    pub all: [Figures; 2],
    /// Why nothing changes, or remarks.
    pub notes: Vec<Message>,
    /// What would do harm if the policy were used unread.
    pub warnings: Vec<Message>,
}

/// A new weight for a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightChange {
    /// Its id.
    pub rule: String,
    /// The weight before.
    #[serde(serialize_with = "points_of")]
    pub old: Score,
    /// The fitted weight.
    #[serde(serialize_with = "points_of")]
    pub new: Score,
    /// Training rows of the category on which it fired.
    pub right: u64,
    /// Harmless training rows on which it fired.
    pub harmless: u64,
}

struct Fitting<'f> {
    counts_of_category: &'f TrainingCounts,
    thresholds: Thresholds<'f>,
    precision: f64,
    /// All patterns with their counts.
    patterns: Vec<(&'f Pattern, &'f Counts)>,
}

/// Quality of weights: rows found and harmless rows found, at this threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grade {
    right: u64,
    wrong: u64,
    flag: Score,
}

/// Training rows, held-out rows, all rows.
const SIDES: [Range<usize>; 3] = [0..1, 1..2, 0..2];

pub(super) fn fit(
    classifier: &Classifier,
    category: Category,
    counts_of_category: &TrainingCounts,
    precision: f64,
) -> Fit {
    let policy = classifier.policy();
    let channels: Vec<Limits> =
        (0..policy.channels()).map(|channel| policy.limits_in(channel, category)).collect();
    let patterns = &counts_of_category.patterns;
    let rules = patterns.keys().flat_map(|pattern| &pattern.fired).map(|(rule, _)| *rule);
    let old: Weights = rules.map(|rule| (rule, policy.weight(rule))).collect();
    let old_flag = channels[channels.len() - 1].flag;
    let [taught, held_back, all] =
        SIDES.map(|sides| [figures(counts_of_category, &old, &channels, sides); 2]);
    let mut fit = Fit {
        category: category.name(),
        old_flag,
        new_flag: None,
        weights: Vec::new(),
        channels: Vec::new(),
        taught,
        held_back,
        all,
        notes: Vec::new(),
        warnings: Vec::new(),
    };
    let flag = match (obstacle(counts_of_category), old_flag) {
        (None, Some(flag)) => flag,
        (why, _) => {
            let no_flag = || message!("the policy has no `flag` threshold for it");
            fit.notes.push(why.unwrap_or_else(no_flag));
            return fit;
        }
    };
    let reached = taught[0].precision_against_harmless.is_none_or(|it| it.value >= precision);
    let direction = if reached { Direction::Lower } else { Direction::Raise };
    let follow = Follow::InProportion;
    let thresholds =
        Thresholds { channels: &channels, flag, direction, follow, most: THRESHOLD_MOST };
    let patterns = patterns.iter().collect();
    let mut fitting = Fitting { counts_of_category, thresholds, precision, patterns };
    let Some((weights, grade)) = fitting.best(&old) else {
        let best = fitting.best_precision(&old);
        fit.notes.push(message!(
            "no threshold reaches a precision of {precision}: the best is {best:.3}; narrow the rules"
        ));
        return fit;
    };
    fitting.record_changes(&mut fit, classifier, &old, &weights, grade);
    fit
}

/// Why the category cannot be fitted.
fn obstacle(counts_of_category: &TrainingCounts) -> Option<Message> {
    let rows = counts_of_category.rows[0];
    if rows < ROWS_LEAST {
        return Some(message!("{rows} training rows, at least {ROWS_LEAST} are needed"));
    }
    let found: u64 = counts_of_category.patterns.values().map(|counts| counts.right[0]).sum();
    (found == 0).then(|| message!("no rule fires for any of its rows"))
}

impl Fitting<'_> {
    /// The best weights and threshold.
    ///
    /// A threshold below `review` is preferred, because a higher one leaves no score for the action
    /// `flag`; and channels that follow in proportion. Anything else has to find a tenth more.
    fn best(&mut self, old: &Weights) -> Option<(Weights, Grade)> {
        let Thresholds { channels, direction, flag, .. } = self.thresholds;
        let ways: &[Follow] = match (direction, channels.len()) {
            (Direction::Lower, _) | (_, 1) => &[Follow::InProportion],
            _ => &[Follow::InProportion, Follow::Equally],
        };
        let review = channels[channels.len() - 1].review;
        let below = review.map(|review| Score::from_millis(review.millis() - STEP.millis()));
        let below = below.filter(|most| *most >= flag);
        let mut best: Option<(Weights, Grade, Thresholds<'_>)> = None;
        for most in below.into_iter().chain([THRESHOLD_MOST]) {
            for follow in ways {
                self.thresholds.follow = *follow;
                self.thresholds.most = self.thresholds.limit().min(most);
                let Some((weights, grade)) = self.search(old) else { continue };
                let right = best.as_ref().map_or(0, |(_, best, _)| best.right);
                if grade.right * 10 > right * 11 {
                    best = Some((weights, grade, self.thresholds));
                }
            }
        }
        let (weights, grade, thresholds) = best?;
        self.thresholds = thresholds;
        Some((weights, grade))
    }

    fn reach(&self, pattern: &Pattern, weights: &Weights) -> Score {
        self.thresholds.reach(pattern.channel, pattern.positive, sum(pattern, weights))
    }

    /// The threshold that finds most rows at the wanted precision; of equal ones the nearest to the
    /// current one.
    fn grade(&self, weights: &Weights) -> Option<Grade> {
        let mut by_reach: BTreeMap<Score, (u64, u64)> = BTreeMap::new();
        for (pattern, counts) in &self.patterns {
            let (right, wrong) = by_reach.entry(self.reach(pattern, weights)).or_default();
            *right += counts.right[0];
            *wrong += counts.harmless[0];
        }
        let (mut right, mut wrong, mut best) = (0, 0, None::<Grade>);
        let reaches: Vec<(Score, (u64, u64))> =
            by_reach.into_iter().rev().filter(|(flag, _)| *flag > Score::ZERO).collect();
        for (at, (reach, counts)) in reaches.iter().enumerate() {
            right += counts.0;
            wrong += counts.1;
            let is_precise = right as f64 >= self.precision * (right + wrong) as f64;
            if is_precise && right > best.map_or(0, |best| best.right) {
                let below = reaches.get(at + 1).map_or(Score::ZERO, |(below, _)| *below);
                best = Some(Grade { right, wrong, flag: self.between(below, *reach) });
            }
        }
        best
    }

    /// A threshold above `below` and up to `reach`, as close to the current one as possible.
    fn between(&self, below: Score, reach: Score) -> Score {
        let old = self.thresholds.flag;
        if old > below { old.min(reach) } else { reach.min(below + STEP) }
    }

    fn best_precision(&self, weights: &Weights) -> f64 {
        let (mut right, mut all, mut best) = (0, 0, 0.0f64);
        let mut scored: Vec<(Score, &Counts)> =
            self.patterns.iter().map(|(pattern, it)| (self.reach(pattern, weights), *it)).collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        for group in scored.chunk_by(|a, b| a.0 == b.0) {
            right += group.iter().map(|(_, counts)| counts.right[0]).sum::<u64>();
            all +=
                group.iter().map(|(_, counts)| counts.right[0] + counts.harmless[0]).sum::<u64>();
            best = best.max(if all == 0 { 0.0 } else { right as f64 / all as f64 });
        }
        best
    }

    /// Coordinate search: changes one weight at a time as long as that finds more. Weights only
    /// fall, and only for precision, so that no score leads to a stronger action than before.
    fn search(&self, old: &Weights) -> Option<(Weights, Grade)> {
        let mut weights = old.clone();
        let mut grade = self.grade(&weights);
        let order = if self.may_weigh() { self.noisiest_first() } else { Vec::new() };
        for _ in 0..ROUNDS_MAX {
            let before = weights.clone();
            for rule in &order {
                self.try_weights(*rule, &mut weights, &mut grade);
            }
            if weights == before {
                break;
            }
        }
        grade.map(|grade| (weights, grade))
    }

    /// Weights of a category that leads to `care` stay: a lower one would withhold help.
    fn may_weigh(&self) -> bool {
        let has_care = self.thresholds.channels.iter().any(|limits| limits.care.is_some());
        self.thresholds.direction == Direction::Raise && !has_care
    }

    fn noisiest_first(&self) -> Vec<RuleIx> {
        let mut noise: BTreeMap<RuleIx, u64> = BTreeMap::new();
        for (pattern, counts) in &self.patterns {
            for (rule, _) in &pattern.fired {
                *noise.entry(*rule).or_default() += counts.harmless[0];
            }
        }
        let mut order: Vec<(u64, RuleIx)> =
            noise.into_iter().map(|(rule, it)| (it, rule)).collect();
        order.sort_by_key(|(noise, rule)| (std::cmp::Reverse(*noise), *rule));
        order.into_iter().map(|(_, rule)| rule).collect()
    }

    fn try_weights(&self, rule: RuleIx, weights: &mut Weights, grade: &mut Option<Grade>) {
        let kept = weights[&rule];
        let mut best = (kept, *grade);
        for millis in GRID.into_iter().filter(|millis| *millis < kept.millis()) {
            weights.insert(rule, Score::from_millis(millis));
            let tried = self.grade(weights);
            if is_better(tried, best.1, *grade) {
                best = (Score::from_millis(millis), tried);
            }
        }
        weights.insert(rule, best.0);
        *grade = best.1;
    }

    /// Records the changes, and their effect on the held-out rows.
    fn record_changes(
        &self,
        fit: &mut Fit,
        classifier: &Classifier,
        old: &Weights,
        weights: &Weights,
        grade: Grade,
    ) {
        let is_gain = grade.right > fit.taught[0].right
            || grade.right == fit.taught[0].right && grade.wrong < fit.taught[0].wrong;
        if self.thresholds.direction == Direction::Lower && !is_gain {
            fit.notes.push(message!("nothing finds more at this precision"));
            return;
        }
        fit.new_flag = Some(grade.flag).filter(|new| *new != self.thresholds.flag);
        for (rule, new) in weights.iter().filter(|(rule, new)| old[rule] != **new) {
            let fired =
                self.patterns.iter().filter(|(it, _)| it.fired.iter().any(|(one, _)| one == rule));
            let (right, harmless) = fired.fold((0, 0), |(right, harmless), (_, counts)| {
                (right + counts.right[0], harmless + counts.harmless[0])
            });
            let id = classifier.rules().rule(*rule).id.clone();
            fit.weights.push(WeightChange { rule: id, old: old[rule], new: *new, right, harmless });
        }
        fit.channels = self.thresholds.fitted(grade.flag);
        let after = |sides| figures(self.counts_of_category, weights, &fit.channels, sides);
        let [taught, held_back, all] = SIDES.map(after);
        (fit.taught[1], fit.held_back[1], fit.all[1]) = (taught, held_back, all);
        self.warn(fit);
    }

    fn warn(&self, fit: &mut Fit) {
        let [before, after] = fit.held_back;
        match after.precision_against_harmless {
            None => fit.notes.push(message!("no held-out row is found: the fit is not confirmed")),
            Some(rate) if rate.high < self.precision => fit.notes.push(message!(
                "held-out rows contradict it: their precision is {:.3}, at most {:.3}",
                rate.value,
                rate.high
            )),
            Some(rate) if rate.value < self.precision => fit.notes.push(message!(
                "held-out rows do not confirm it: their precision is {:.3}",
                rate.value
            )),
            Some(_) => {}
        }
        if after.right < before.right && fit.taught[1].right >= fit.taught[0].right {
            fit.notes.push(message!("fewer held-out rows are found than before"));
        }
        let last = fit.channels[fit.channels.len() - 1];
        if let (Some(flag), Some(review)) = (fit.new_flag, last.review)
            && flag >= review
        {
            fit.warnings.push(message!(
                "no score leads to the action `flag` any more: `review` starts at {review}, too"
            ));
        }
        self.warn_of_loss(fit);
    }

    /// Warns if half of the finds or more are lost.
    fn warn_of_loss(&self, fit: &mut Fit) {
        let sides = [(message!("all rows"), fit.all), (message!("held-out rows"), fit.held_back)];
        for (name, [before, after]) in sides {
            if before.right == 0 || after.right * 2 > before.right {
                continue;
            }
            let percent = |of: &Figures| of.recall.map_or(0.0, |rate| rate.value * 100.0);
            fit.warnings.push(message!(
                "recall falls from {:.1} % to {:.1} % of {name}: {} of the {} rows found are no \
                 longer found; narrow the rules, or accept a precision below {}",
                percent(&before),
                percent(&after),
                before.right - after.right,
                before.right,
                self.precision
            ));
            return;
        }
    }
}

/// Whether `tried` is better than `best`, and sufficiently better than `now`.
fn is_better(tried: Option<Grade>, best: Option<Grade>, now: Option<Grade>) -> bool {
    let Some(tried) = tried else { return false };
    let Some(now) = now else {
        return best.is_none_or(|best| tried.right > best.right);
    };
    let gains = tried.right >= now.right + GAIN_LEAST
        || tried.right >= now.right && tried.wrong < now.wrong;
    let beats = best.is_none_or(|best| {
        (tried.right, std::cmp::Reverse(tried.wrong)) > (best.right, std::cmp::Reverse(best.wrong))
    });
    gains && beats
}

fn points<S: Serializer>(score: &Option<Score>, out: S) -> Result<S::Ok, S::Error> {
    match score {
        Some(score) => out.serialize_f64(score.points()),
        None => out.serialize_none(),
    }
}

fn points_of<S: Serializer>(score: &Score, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64(score.points())
}
