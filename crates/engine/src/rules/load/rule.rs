//! Rules: fills in defaults, resolves conditions, and finds cycles of `fired()`.

use super::draft::Draft;
use super::matcher::view;
use super::pack::{PackDraft, unknown_name};
use super::scope::RuleScope;
use crate::diagnostic::{Diagnostic, Place, Severity, Source};
use crate::domain::category::{Category, built_in_names};
use crate::domain::field::FieldId;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::score::{Score, WEIGHT_POINTS_MAX};
use crate::message::message;
use crate::rules::condition::expr::{Expr, Operand};
use crate::rules::condition::{self, ConditionError, Scope};
use crate::rules::model::{Active, Boost, Condition, Example, Level, Rule, Status};
use crate::rules::source::schema::{self, LevelName, StatusName, Text};
use crate::rules::source::suggest;
use crate::rules::source::yaml::{At, Entries, OneOrMany};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The category of a rule whose category has an error.
fn any_category() -> Category {
    Category::built_in()
        .next()
        .unwrap_or_else(|| unreachable!("the table of categories is not empty"))
}

/// A rule as written, with its pack and its id.
struct RuleDraft {
    pack: usize,
    id: Text,
    schema: schema::Rule,
    /// Bytes of the rule.
    range: Range<usize>,
}

impl Draft {
    /// All rules in id order.
    pub fn add_rules(&mut self) -> Vec<Rule> {
        let drafts = self.rule_drafts();
        self.by_rule = vec![HashMap::new(); drafts.len()];
        let mut rules = Vec::with_capacity(drafts.len());
        for (at, draft) in drafts.into_iter().enumerate() {
            let rule = self.rule(RuleIx(at as u32), draft);
            rules.push(rule);
        }
        self.check_cycles(&rules);
        rules
    }

    /// Rules with usable ids, in id order; adds ids and aliases.
    fn rule_drafts(&mut self) -> Vec<RuleDraft> {
        let mut drafts = Vec::new();
        for pack in 0..self.packs.len() {
            for At { value: mut schema, range } in
                std::mem::take(&mut self.packs[pack].schema.rules).0
            {
                match schema.id.take() {
                    Some(id) => drafts.push(RuleDraft { pack, id, schema, range }),
                    None if !self.packs[pack].is_rule_complete(range.start) => {}
                    None => {
                        let at = At { value: (), range };
                        let diagnostic = self.packs[pack].error(
                            &at,
                            "missing_key",
                            message!("the key `id` is missing"),
                        );
                        self.diagnostics.push(
                            diagnostic.help(message!(
                                "a rule begins with `- id: category.what-it-finds`"
                            )),
                        );
                    }
                }
            }
        }
        drafts.sort_by(|left, right| left.id.value.cmp(&right.id.value));
        self.enter_ids(&mut drafts);
        drafts
    }

    /// Adds ids first, so that an alias never replaces an id.
    fn enter_ids(&mut self, drafts: &mut Vec<RuleDraft>) {
        let mut places: HashMap<String, Place> = HashMap::new();
        let mut diagnostics = Vec::new();
        drafts.retain(|draft| {
            let pack = &self.packs[draft.pack];
            check_id(pack, &draft.id, &mut diagnostics);
            enter(&mut places, pack, &draft.id, &mut diagnostics)
        });
        for (at, draft) in drafts.iter().enumerate() {
            let pack = &self.packs[draft.pack];
            self.rule_ix.insert(draft.id.value.clone(), RuleIx(at as u32));
            for alias in &draft.schema.aliases.0 {
                check_id(pack, alias, &mut diagnostics);
                if enter(&mut places, pack, alias, &mut diagnostics) {
                    self.rule_ix.insert(alias.value.clone(), RuleIx(at as u32));
                }
            }
        }
        self.diagnostics.append(&mut diagnostics);
    }

    fn rule(&mut self, number: RuleIx, draft: RuleDraft) -> Rule {
        let RuleDraft { pack, id, mut schema, range } = draft;
        let fields = match &schema.fields {
            Some(named) => self.fields(pack, named),
            None => self.default_fields(pack),
        };
        self.check_fields(pack, schema.fields.as_ref(), &id);
        let own = self.own_matchers(pack, number, std::mem::take(&mut schema.own), &fields);
        self.refuse_correlate(pack, &schema);
        let condition = self.required_condition(pack, number, &id, &schema, &fields);
        let weight = self.required_weight(pack, &id, &schema);
        let boosts = self.boosts(pack, number, std::mem::take(&mut schema.boost), &fields);
        let redact = self.redact(pack, number, &schema.redact, &fields);
        self.defaults_used[pack].note(&schema);
        let pack_active = self.packs[pack].schema.active.as_ref();
        let active = schema.active.take().or_else(|| pack_active.map(|it| it.value.clone()));
        let default_lang = self.packs[pack].schema.defaults.lang.clone();
        let lang = schema.lang.take().or(default_lang);
        let lang = lang.map_or(Vec::new(), |tags| self.languages(pack, &tags));
        let defaults = &self.packs[pack].schema.defaults;
        let level = schema
            .level
            .or(defaults.level.as_ref().map(|it| it.value))
            .map_or(Level::default(), level);
        let status = schema
            .status
            .or(defaults.status.as_ref().map(|it| it.value))
            .map_or(Status::default(), status);
        let rule = Rule {
            aliases: values(&schema.aliases),
            title: schema.title.take().map(|text| text.value).unwrap_or_default(),
            description: schema.description.take().map(|text| text.value).unwrap_or_default(),
            pack,
            place: self.packs[pack].place(&id),
            category: self.category(pack, &id, &schema, &range),
            level,
            status,
            lang,
            tags: values(&schema.tags),
            false_positives: values(&schema.falsepositives),
            references: values(&schema.references),
            own,
            condition,
            weight,
            boosts,
            redact,
            active: active.and_then(|active| self.active(pack, &active)),
            always: schema.always,
            hits: self.examples(pack, std::mem::take(&mut schema.tests.hit.0)),
            misses: self.examples(pack, std::mem::take(&mut schema.tests.miss.0)),
            id: id.value,
            fields,
        };
        self.check_rule_fields(pack, schema.fields.as_ref(), &rule);
        self.check_repeated(pack, "redact", &schema.redact.0);
        self.check_repeated(pack, "tags", &schema.tags.0);
        rule
    }

    fn own_matchers(
        &mut self,
        pack: usize,
        number: RuleIx,
        entries: Entries<schema::Matcher>,
        fields: &[FieldId],
    ) -> Vec<MatcherIx> {
        let mut own = Vec::with_capacity(entries.0.len());
        for (name, matcher) in entries.0 {
            let key = name.value.clone();
            let definition = self.define(pack, Some(number), name, matcher, fields.to_vec());
            self.by_rule[number.index()].insert(key, definition);
            own.push(self.instance(definition, fields));
        }
        own
    }

    fn refuse_correlate(&mut self, pack: usize, schema: &schema::Rule) {
        if let Some(correlate) = &schema.correlate {
            let message = message!("`correlate` is not available in this version");
            let diagnostic = self.packs[pack].error(correlate, "not_available", message);
            self.diagnostics
                .push(diagnostic.help(message!("a rule evaluates one post; remove this rule")));
        }
    }

    fn required_condition(
        &mut self,
        pack: usize,
        number: RuleIx,
        id: &Text,
        schema: &schema::Rule,
        fields: &[FieldId],
    ) -> Condition {
        if let Some(text) = &schema.condition {
            return self.condition(pack, number, text, fields);
        }
        if schema.correlate.is_none() && self.packs[pack].is_rule_complete(id.range.start) {
            let message = message!("the key `condition` is missing");
            let diagnostic = self.packs[pack].error(id, "missing_key", message);
            self.diagnostics.push(diagnostic.help(message!(
                "add the condition of the rule, such as `condition: game and bait`"
            )));
        }
        Condition { text: String::new(), place: self.packs[pack].place(id), expr: nothing() }
    }

    fn condition(
        &mut self,
        pack: usize,
        number: RuleIx,
        text: &Text,
        fields: &[FieldId],
    ) -> Condition {
        let mut scope = RuleScope { draft: self, pack, rule: number, fields, warnings: Vec::new() };
        let read = condition::parse(&text.value).map_err(|error| vec![error]);
        let read = read.and_then(|ast| condition::resolve(&ast, &mut scope));
        let warnings = scope.warnings;
        let source = &self.packs[pack].file.source;
        self.warnings.extend(warnings.into_iter().map(|warning| {
            let found = diagnostic_at(source, text, warning);
            Diagnostic { severity: Severity::Warning, ..found }
        }));
        let expr = read.unwrap_or_else(|errors| {
            self.diagnostics
                .extend(errors.into_iter().map(|error| diagnostic_at(source, text, error)));
            nothing()
        });
        Condition { text: condition::tidy(&text.value), place: self.packs[pack].place(text), expr }
    }

    fn required_weight(&mut self, pack: usize, id: &Text, schema: &schema::Rule) -> Score {
        if let Some(weight) = &schema.weight {
            return self.score(pack, weight);
        }
        if schema.correlate.is_none() && self.packs[pack].is_rule_complete(id.range.start) {
            let diagnostic =
                self.packs[pack].error(id, "missing_key", message!("the key `weight` is missing"));
            self.diagnostics
                .push(diagnostic.help(message!("add the points of the rule, such as `weight: 2`")));
        }
        Score::ZERO
    }

    fn score(&mut self, pack: usize, points: &At<f64>) -> Score {
        Score::from_points(points.value).unwrap_or_else(|| {
            let message = message!("{} is not a valid number of points", points.value);
            let diagnostic = self.packs[pack].error(points, "bad_value", message);
            let help =
                message!("points have at most three decimals and are within ±{WEIGHT_POINTS_MAX}");
            self.diagnostics.push(diagnostic.help(help));
            Score::ZERO
        })
    }

    fn boosts(
        &mut self,
        pack: usize,
        number: RuleIx,
        entries: Entries<At<f64>>,
        fields: &[FieldId],
    ) -> Vec<Boost> {
        let mut boosts = Vec::with_capacity(entries.0.len());
        for (text, points) in entries.0 {
            let condition = self.condition(pack, number, &text, fields);
            if let Some(points) = points.as_ref().filter(|points| points.value == 0.0) {
                self.warn(
                    pack,
                    points,
                    "idle_key",
                    message!("this boost adds nothing"),
                    message!("remove it"),
                );
            }
            let weight = points.map_or(Score::ZERO, |points| self.score(pack, &points));
            boosts.push(Boost { condition, weight });
        }
        boosts
    }

    fn redact(
        &mut self,
        pack: usize,
        number: RuleIx,
        names: &OneOrMany<Text>,
        fields: &[FieldId],
    ) -> Vec<MatcherIx> {
        let mut redacted = Vec::with_capacity(names.0.len());
        for name in &names.0 {
            let warnings = Vec::new();
            let mut scope = RuleScope { draft: self, pack, rule: number, fields, warnings };
            if let Some(matcher) = scope.matcher(&name.value) {
                redacted.push(matcher);
                continue;
            }
            let mut known = scope.own();
            known.extend(scope.pack());
            let help = suggest::help(&name.value, known.iter().map(String::as_str));
            let message = message!("no matcher is called `{}`", name.value);
            self.diagnostics.push(unknown_name(self.packs[pack].place(name), message, help));
        }
        redacted
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

    fn examples(&mut self, pack: usize, written: Vec<At<schema::Example>>) -> Vec<Example> {
        written.into_iter().map(|example| self.example(pack, example)).collect()
    }

    fn example(&mut self, pack: usize, written: At<schema::Example>) -> Example {
        let place = Some(self.packs[pack].place(&written));
        let body = match written.value {
            schema::Example::Text(text) => {
                return Example { texts: vec![(FieldId::TEXT, text)], place, ..Example::default() };
            }
            schema::Example::Keys(body) => *body,
        };
        let mut texts = Vec::with_capacity(body.texts.len());
        for (name, text) in body.texts {
            let known = self.names.fields().iter().position(|known| *known == name.value);
            if let Some(field) = known {
                texts.push((FieldId(field as u8), text.value));
                continue;
            }
            let keys = self.names.fields().iter().map(String::as_str);
            let help = suggest::help(&name.value, keys.chain(["post", "score", "view"]));
            let message = message!("unknown key `{}` in an example", name.value);
            self.diagnostics.push(self.packs[pack].error(&name, "unknown_key", message).help(help));
        }
        texts.sort_by_key(|(field, _)| *field);
        let score = body.score.map(|score| self.score(pack, &score));
        Example { texts, post: body.post, score, view: body.view.map(view), place }
    }

    /// Reports cycles of `fired()`: they have no defined value.
    fn check_cycles(&mut self, rules: &[Rule]) {
        let fired: Vec<Vec<RuleIx>> = rules.iter().map(Rule::fired_rules).collect();
        let mut state = vec![VisitState::Never; rules.len()];
        for start in 0..rules.len() {
            if let Some(cycle) = find_cycle(&fired, &mut state, start) {
                let chain: Vec<&str> = cycle.iter().map(|rule| rules[*rule].id.as_str()).collect();
                let first = cycle[0];
                let message =
                    message!("`fired()` forms a cycle: {} → {}", chain.join(" → "), chain[0]);
                let place = rules[first].condition.place.clone();
                let diagnostic = Diagnostic::error("fired_circle", message, Some(place));
                self.diagnostics.push(
                    diagnostic
                        .help(message!("put the shared part into a matcher or a rule of its own")),
                );
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum VisitState {
    Never,
    /// On the current path.
    Now,
    Done,
}

/// Follows `fired()` depth first from `start` and returns the first cycle.
fn find_cycle(fired: &[Vec<RuleIx>], state: &mut [VisitState], start: usize) -> Option<Vec<usize>> {
    if state[start] != VisitState::Never {
        return None;
    }
    let mut path: Vec<(usize, usize)> = vec![(start, 0)];
    state[start] = VisitState::Now;
    let mut cycle = None;
    while let Some((rule, next)) = path.last_mut() {
        let Some(other) = fired[*rule].get(*next).map(|other| other.index()) else {
            state[*rule] = VisitState::Done;
            path.pop();
            continue;
        };
        *next += 1;
        match state.get(other) {
            Some(VisitState::Never) => {
                state[other] = VisitState::Now;
                path.push((other, 0));
            }
            Some(VisitState::Now) if cycle.is_none() => {
                let from = path.iter().position(|(rule, _)| *rule == other).unwrap_or(0);
                cycle = Some(path[from..].iter().map(|(rule, _)| *rule).collect());
            }
            Some(VisitState::Now | VisitState::Done) | None => {}
        }
    }
    cycle
}

/// Placeholder for a condition with errors.
fn nothing() -> Expr {
    Expr::Hit(Operand { any: Vec::new() })
}

fn diagnostic_at(source: &Arc<Source>, text: &Text, error: ConditionError) -> Diagnostic {
    let range = condition::place_in(&source.text, &text.range, &text.value, &error.range);
    let place = Place { source: source.clone(), range };
    Diagnostic::error(error.code, error.message, Some(place)).help(error.help)
}

fn check_id(pack: &PackDraft, id: &Text, diagnostics: &mut Vec<Diagnostic>) {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_id = id.value.split('.').all(|part| !part.is_empty() && part.bytes().all(fits));
    if !is_id {
        let diagnostic =
            pack.error(id, "bad_name", message!("`{}` is not a valid rule id", id.value));
        diagnostics.push(diagnostic.help(message!(
            "an id is lower-case words separated by dots, such as `gambling.zh.ad`"
        )));
    }
}

/// Adds an id or alias, unless it is in use.
fn enter(
    places: &mut HashMap<String, Place>,
    pack: &PackDraft,
    id: &Text,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let place = pack.place(id);
    if let Some(first) = places.get(&id.value) {
        let message = message!("the id `{}` is already used", id.value);
        let diagnostic = Diagnostic::error("duplicate_id", message, Some(place));
        diagnostics.push(
            diagnostic
                .related(first.clone(), message!("first here"))
                .help(message!("ids and aliases are unique over all packs")),
        );
        return false;
    }
    places.insert(id.value.clone(), place);
    true
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
