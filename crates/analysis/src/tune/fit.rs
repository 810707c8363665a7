//! Fits one category: the weights and the threshold that find most rows at the wanted precision.

use super::counts::{Counts, Pattern, TrainingCounts};
use crate::statistics::{Proportion, Rate};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::score::Score;
use tidegate_engine::policy::Limits;

/// Fewest training rows of a category; fewer would fit noise.
pub const ROWS_LEAST: u64 = 20;

/// Weights that are tried, in thousandths of a point.
const GRID: [i64; 10] = [500, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000];

/// How far a threshold is set above the scores that it excludes.
const STEP: Score = Score::from_millis(500);

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
    /// Figures of training rows: before, after.
    pub taught: [Figures; 2],
    /// Figures of held-out rows: before, after.
    pub held_back: [Figures; 2],
    /// Why nothing changes, or warnings.
    pub notes: Vec<String>,
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

/// What a threshold finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Rows of the category found.
    pub right: u64,
    /// Rows of the category not found.
    pub missed: u64,
    /// Harmless rows found.
    pub wrong: u64,
    /// `right` of all rows found.
    pub precision: Option<Rate>,
    /// `right` of all rows of the category.
    pub recall: Option<Rate>,
}

/// Points by rule.
type Weights = BTreeMap<RuleIx, Score>;

struct Fitting<'f> {
    counts_of_category: &'f TrainingCounts,
    limits: Limits,
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

pub(super) fn fit(
    classifier: &Classifier,
    category: Category,
    counts_of_category: &TrainingCounts,
    precision: f64,
) -> Fit {
    let (limits, _) = classifier.policy().limits(category, &|_| None);
    let patterns = counts_of_category.patterns.iter().collect();
    let fitting = Fitting { counts_of_category, limits, precision, patterns };
    let rules: BTreeSet<RuleIx> =
        counts_of_category.patterns.keys().flatten().map(|(rule, _)| *rule).collect();
    let old: Weights =
        rules.iter().map(|rule| (*rule, classifier.policy().weight(*rule))).collect();
    let mut fit = Fit {
        category: category.name(),
        old_flag: limits.flag,
        new_flag: None,
        weights: Vec::new(),
        taught: [Figures::default(); 2],
        held_back: [Figures::default(); 2],
        notes: Vec::new(),
    };
    let before = |side| fitting.figures(&old, limits.flag, side);
    (fit.taught, fit.held_back) = ([before(0); 2], [before(1); 2]);
    if let Some(why) = fitting.obstacle() {
        fit.notes.push(why);
        return fit;
    }
    let Some((weights, grade)) = fitting.search(&old) else {
        let best = fitting.best_precision(&old);
        fit.notes.push(format!(
            "no threshold reaches a precision of {precision}: the best is {best:.3}; narrow the rules"
        ));
        return fit;
    };
    fitting.record_changes(&mut fit, classifier, &old, &weights, grade);
    fit
}

impl Fitting<'_> {
    /// Why the category cannot be fitted.
    fn obstacle(&self) -> Option<String> {
        let rows = self.counts_of_category.rows[0];
        if self.limits.flag.is_none() {
            return Some("the policy has no `flag` threshold for it".to_owned());
        }
        if rows < ROWS_LEAST {
            return Some(format!("{rows} training rows, at least {ROWS_LEAST} are needed"));
        }
        let found: u64 = self.patterns.iter().map(|(_, counts)| counts.right[0]).sum();
        (found == 0).then(|| "no rule fires for any of its rows".to_owned())
    }

    fn score(&self, pattern: &Pattern, weights: &Weights) -> Score {
        let points = pattern.iter().map(|(rule, extra)| weights[rule].millis() + extra.millis());
        let sum = Score::from_millis(points.sum());
        self.limits.max.map_or(sum, |max| sum.min(max))
    }

    /// The threshold that finds most rows at the wanted precision; of equal ones the nearest to the
    /// current one.
    fn grade(&self, weights: &Weights) -> Option<Grade> {
        let mut by_score: BTreeMap<Score, (u64, u64)> = BTreeMap::new();
        for (pattern, counts) in &self.patterns {
            let (right, wrong) = by_score.entry(self.score(pattern, weights)).or_default();
            *right += counts.right[0];
            *wrong += counts.harmless[0];
        }
        let (mut right, mut wrong, mut best) = (0, 0, None::<Grade>);
        let scored: Vec<(Score, (u64, u64))> =
            by_score.into_iter().rev().filter(|(flag, _)| *flag > Score::ZERO).collect();
        for (at, (score, counts)) in scored.iter().enumerate() {
            right += counts.0;
            wrong += counts.1;
            let reaches = right as f64 >= self.precision * (right + wrong) as f64;
            if reaches && right > best.map_or(0, |best| best.right) {
                let below = scored.get(at + 1).map_or(Score::ZERO, |(below, _)| *below);
                best = Some(Grade { right, wrong, flag: self.between(below, *score) });
            }
        }
        best
    }

    /// A threshold above `below` and up to `score`, as close to the current one as possible.
    fn between(&self, below: Score, score: Score) -> Score {
        let old = self.limits.flag.unwrap_or(score);
        if old > below { old.min(score) } else { score.min(below + STEP) }
    }

    fn best_precision(&self, weights: &Weights) -> f64 {
        let (mut right, mut all, mut best) = (0, 0, 0.0f64);
        let mut scored: Vec<(Score, &Counts)> =
            self.patterns.iter().map(|(pattern, it)| (self.score(pattern, weights), *it)).collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        for group in scored.chunk_by(|a, b| a.0 == b.0) {
            right += group.iter().map(|(_, counts)| counts.right[0]).sum::<u64>();
            all +=
                group.iter().map(|(_, counts)| counts.right[0] + counts.harmless[0]).sum::<u64>();
            best = best.max(if all == 0 { 0.0 } else { right as f64 / all as f64 });
        }
        best
    }

    /// Coordinate search: changes one weight at a time as long as that finds more.
    fn search(&self, old: &Weights) -> Option<(Weights, Grade)> {
        let mut weights = old.clone();
        let mut grade = self.grade(&weights);
        let order = self.noisiest_first();
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

    fn noisiest_first(&self) -> Vec<RuleIx> {
        let mut noise: BTreeMap<RuleIx, u64> = BTreeMap::new();
        for (pattern, counts) in &self.patterns {
            for (rule, _) in *pattern {
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
        for millis in GRID {
            weights.insert(rule, Score::from_millis(millis));
            let tried = self.grade(weights);
            if is_better(tried, best.1, *grade) {
                best = (Score::from_millis(millis), tried);
            }
        }
        weights.insert(rule, best.0);
        *grade = best.1;
    }

    fn figures(&self, weights: &Weights, flag: Option<Score>, side: usize) -> Figures {
        let (mut right, mut wrong) = (0, 0);
        for (pattern, counts) in &self.patterns {
            if flag.is_some_and(|flag| self.score(pattern, weights) >= flag) {
                right += counts.right[side];
                wrong += counts.harmless[side];
            }
        }
        let rows = self.counts_of_category.rows[side];
        Figures {
            right,
            missed: rows - right,
            wrong,
            precision: Proportion::new(right, right + wrong).rate(),
            recall: Proportion::new(right, rows).rate(),
        }
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
        let reached = fit.taught[0].precision.is_some_and(|rate| rate.value >= self.precision);
        let is_gain = grade.right > fit.taught[0].right
            || grade.right == fit.taught[0].right && grade.wrong < fit.taught[0].wrong;
        if reached && !is_gain {
            fit.notes.push("nothing finds more at this precision".to_owned());
            return;
        }
        fit.new_flag = Some(grade.flag).filter(|flag| Some(*flag) != self.limits.flag);
        for (rule, new) in weights.iter().filter(|(rule, new)| old[rule] != **new) {
            let fired =
                self.patterns.iter().filter(|(it, _)| it.iter().any(|(one, _)| one == rule));
            let (right, harmless) = fired.fold((0, 0), |(right, harmless), (_, counts)| {
                (right + counts.right[0], harmless + counts.harmless[0])
            });
            let id = classifier.rules().rule(*rule).id.clone();
            fit.weights.push(WeightChange { rule: id, old: old[rule], new: *new, right, harmless });
        }
        let after = |side| self.figures(weights, Some(grade.flag), side);
        (fit.taught[1], fit.held_back[1]) = (after(0), after(1));
        self.warn(fit);
    }

    fn warn(&self, fit: &mut Fit) {
        let [before, after] = fit.held_back;
        match after.precision {
            None => fit.notes.push("no held-out row is found: the fit is not confirmed".to_owned()),
            Some(rate) if rate.high < self.precision => fit.notes.push(format!(
                "held-out rows contradict it: their precision is {:.3}, at most {:.3}",
                rate.value, rate.high
            )),
            Some(rate) if rate.value < self.precision => fit.notes.push(format!(
                "held-out rows do not confirm it: their precision is {:.3}",
                rate.value
            )),
            Some(_) => {}
        }
        if after.right < before.right && fit.taught[1].right >= fit.taught[0].right {
            fit.notes.push("fewer held-out rows are found than before".to_owned());
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
