//! What rules and correlations have in common: names for readers, category, weight, period.

use super::draft::Draft;
use super::ids::RuleDraft;
use crate::diagnostic::Place;
use crate::domain::category::{Category, built_in_names};
use crate::domain::score::{Score, WEIGHT_POINTS_MAX};
use crate::message::message;
use crate::rules::model::{Active, Level, Status};
use crate::rules::source::schema::{self, LevelName, StatusName, Text};
use crate::rules::source::yaml::{At, OneOrMany};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::ops::Range;

/// What a rule says of itself, after defaults.
pub(super) struct Head {
    pub aliases: Vec<String>,
    pub title: String,
    pub description: String,
    pub place: Place,
    pub category: Category,
    pub level: Level,
    pub status: Status,
    pub tags: Vec<String>,
    pub false_positives: Vec<String>,
    pub references: Vec<String>,
    pub weight: Score,
    pub active: Option<Active>,
}

/// The category of a rule whose category has an error.
fn any_category() -> Category {
    Category::built_in()
        .next()
        .unwrap_or_else(|| unreachable!("the table of categories is not empty"))
}

impl Draft {
    /// Takes the head of a rule from its draft.
    pub fn head(&mut self, draft: &mut RuleDraft) -> Head {
        let RuleDraft { pack, id, schema, range } = draft;
        let pack = *pack;
        self.defaults_used[pack].note(schema);
        self.check_repeated(pack, "tags", &schema.tags.0);
        let weight = self.required_weight(pack, id, schema);
        let pack_active = self.packs[pack].schema.active.as_ref();
        let active = schema.active.take().or_else(|| pack_active.map(|it| it.value.clone()));
        let defaults = &self.packs[pack].schema.defaults;
        let level_name = schema.level.or(defaults.level.as_ref().map(|it| it.value));
        let status_name = schema.status.or(defaults.status.as_ref().map(|it| it.value));
        Head {
            aliases: values(&schema.aliases),
            title: schema.title.take().map(|text| text.value).unwrap_or_default(),
            description: schema.description.take().map(|text| text.value).unwrap_or_default(),
            place: self.packs[pack].place(id),
            category: self.category(pack, id, schema, range),
            level: level_name.map_or(Level::default(), level),
            status: status_name.map_or(Status::default(), status),
            tags: values(&schema.tags),
            false_positives: values(&schema.falsepositives),
            references: values(&schema.references),
            weight,
            active: active.and_then(|active| self.active(pack, &active)),
        }
    }

    fn required_weight(&mut self, pack: usize, id: &Text, schema: &schema::Rule) -> Score {
        if let Some(weight) = &schema.weight {
            return self.score(pack, weight);
        }
        if self.packs[pack].is_rule_complete(id.range.start) {
            let diagnostic =
                self.packs[pack].error(id, "missing_key", message!("the key `weight` is missing"));
            self.diagnostics
                .push(diagnostic.help(message!("add the points of the rule, such as `weight: 2`")));
        }
        Score::ZERO
    }

    pub fn score(&mut self, pack: usize, points: &At<f64>) -> Score {
        Score::from_points(points.value).unwrap_or_else(|| {
            let message = message!("{} is not a valid number of points", points.value);
            let diagnostic = self.packs[pack].error(points, "bad_value", message);
            let help =
                message!("points have at most three decimals and are within ±{WEIGHT_POINTS_MAX}");
            self.diagnostics.push(diagnostic.help(help));
            Score::ZERO
        })
    }

    fn category(
        &mut self,
        pack: usize,
        id: &Text,
        schema: &schema::Rule,
        range: &Range<usize>,
    ) -> Category {
        if let Some(named) = &schema.category {
            return self.category_named(pack, named).unwrap_or_else(any_category);
        }
        if self.packs[pack].schema.defaults.category.is_some() {
            return self.default_categories[pack].unwrap_or_else(any_category);
        }
        let pack_draft = &self.packs[pack];
        if pack_draft.is_head_complete() && pack_draft.is_rule_complete(range.start) {
            let at = if id.range.is_empty() { range } else { &id.range };
            let at = At { value: (), range: at.clone() };
            let diagnostic = self.packs[pack].error(
                &at,
                "missing_key",
                message!("the key `category` is missing"),
            );
            let names: Vec<&str> = built_in_names().collect();
            self.diagnostics.push(
                diagnostic
                    .help(message!("in the rule or in `defaults`; one of {}", names.join(", "))),
            );
        }
        any_category()
    }

    fn active(&mut self, pack: usize, active: &schema::Period) -> Option<Active> {
        let mut moment = |text: Option<&Text>, is_end: bool| {
            let text = text?;
            let found = moment(&text.value, is_end);
            if found.is_none() {
                let message = message!("`{}` is not a date", text.value);
                let diagnostic = self.packs[pack].error(text, "bad_value", message);
                self.diagnostics
                    .push(diagnostic.help(message!("write 2026-01-31, or 2026-01-31T18:00:00Z")));
            }
            found
        };
        let (from, until) =
            (moment(active.from.as_ref(), false), moment(active.until.as_ref(), true));
        if let (Some(first), Some(last), Some(text)) = (from, until, &active.until)
            && first > last
        {
            let diagnostic = self.packs[pack].error(
                text,
                "never_true",
                message!("this period ends before it begins"),
            );
            self.diagnostics.push(diagnostic);
        }
        Some(Active { from, until })
    }
}

fn values(texts: &OneOrMany<Text>) -> Vec<String> {
    texts.0.iter().map(|text| text.value.clone()).collect()
}

fn level(name: LevelName) -> Level {
    match name {
        LevelName::Informational => Level::Informational,
        LevelName::Low => Level::Low,
        LevelName::Medium => Level::Medium,
        LevelName::High => Level::High,
        LevelName::Critical => Level::Critical,
    }
}

fn status(name: StatusName) -> Status {
    match name {
        StatusName::Experimental => Status::Experimental,
        StatusName::Test => Status::Test,
        StatusName::Stable => Status::Stable,
        StatusName::Deprecated => Status::Deprecated,
    }
}

/// Seconds since 1970 UTC; a bare date begins at midnight and ends a second before the next.
fn moment(text: &str, is_end: bool) -> Option<i64> {
    let seconds = |time: DateTime| Some(TimeZone::UTC.to_timestamp(time).ok()?.as_second());
    if text.len() == "2026-01-31".len() {
        let date: Date = text.parse().ok()?;
        return seconds(if is_end { date.at(23, 59, 59, 0) } else { date.at(0, 0, 0, 0) });
    }
    let zoned = text.parse::<Timestamp>().ok().map(Timestamp::as_second);
    zoned.or_else(|| seconds(text.parse().ok()?))
}
