//! Rules over several posts: reads `correlate:` and resolves the rules that it names.

use super::draft::Draft;
use super::head::Head;
use super::ids::RuleDraft;
use super::pack::diagnostic_at;
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::field::METAS_MAX;
use crate::domain::limits::{CORRELATION_COUNT_MAX, GROUP_PATHS_MAX, TIMESPAN_MAX};
use crate::message::{Message, message};
use crate::rules::condition::{self, PostScope};
use crate::rules::model::{Condition, Correlation, CorrelationKind, PostPath, Rule, RulePattern};
use crate::rules::source::correlate::{Correlate, CorrelateCondition, TypeName};
use crate::rules::source::duration;
use crate::rules::source::schema::{self, Text};
use crate::rules::source::yaml::{At, OneOrMany};
use std::ops::Range;

/// From which number on a correlation fires, and what it counts.
struct Threshold {
    at_least: u32,
    field: Option<PostPath>,
}

impl Draft {
    /// All correlations, of drafts in id order. An embedded one is left out if rules that it counts
    /// are missing because another pack replaces theirs.
    pub fn add_correlations(&mut self, drafts: Vec<RuleDraft>, rules: &[Rule]) -> Vec<Correlation> {
        let mut correlations = Vec::with_capacity(drafts.len());
        for mut draft in drafts {
            let head = self.head(&mut draft);
            let RuleDraft { pack, id, mut schema, range: _ } = draft;
            let Some(correlate) = schema.correlate.take() else { continue };
            self.refuse_rule_keys(pack, &id, &schema);
            self.refuse_self_harm(pack, &id, &schema, &head);
            let hits = self.sequences(pack, std::mem::take(&mut schema.tests.hit.0));
            let misses = self.sequences(pack, std::mem::take(&mut schema.tests.miss.0));
            let written = correlate.value.rules.0.len();
            let mut correlation = self.correlation(pack, id, head, correlate, rules);
            (correlation.hits, correlation.misses) = (hits, misses);
            if correlation.rules.len() == written || !self.may_lack_rules(pack) {
                correlations.push(correlation);
            }
        }
        correlations
    }

    fn correlation(
        &mut self,
        pack: usize,
        id: Text,
        head: Head,
        correlate: At<Correlate>,
        rules: &[Rule],
    ) -> Correlation {
        let At { value: correlate, range } = correlate;
        let at = At { value: (), range };
        let kind = self.kind(pack, &at, correlate.kind.as_ref());
        let patterns = self.rule_patterns(pack, &id, kind, &at, &correlate.rules.0, rules);
        let group_by = self.group_by(pack, &correlate.group_by.0);
        let timespan_seconds = self.timespan(pack, &at, correlate.timespan.as_ref());
        let condition = correlate.condition.as_ref();
        let Threshold { at_least, field } =
            self.threshold(pack, kind, &at, condition, patterns.len(), &group_by);
        let condition = correlate.filter.as_ref().and_then(|text| self.filter(pack, text));
        Correlation {
            id: id.value,
            aliases: head.aliases,
            title: head.title,
            description: head.description,
            pack,
            place: head.place,
            category: head.category,
            level: head.level,
            status: head.status,
            tags: head.tags,
            false_positives: head.false_positives,
            references: head.references,
            kind,
            rules: patterns,
            group_by,
            timespan_seconds,
            at_least,
            field,
            condition,
            weight: head.weight,
            active: head.active,
            hits: Vec::new(),
            misses: Vec::new(),
        }
    }

    /// Refuses the keys of rules that look at a text.
    fn refuse_rule_keys(&mut self, pack: usize, id: &Text, schema: &schema::Rule) {
        let first = |texts: &[Text]| texts.first().map(|text| text.range.clone());
        let list = |texts: Option<&OneOrMany<Text>>| {
            texts.map(|texts| first(&texts.0).unwrap_or_else(|| id.range.clone()))
        };
        let keys: [(&str, Option<Range<usize>>); 7] = [
            ("condition", schema.condition.as_ref().map(|text| text.range.clone())),
            ("match", schema.own.0.first().map(|(name, _)| name.range.clone())),
            ("boost", schema.boost.0.first().map(|(text, _)| text.range.clone())),
            ("redact", first(&schema.redact.0)),
            ("always", schema.always.then(|| id.range.clone())),
            ("fields", list(schema.fields.as_ref())),
            ("lang", list(schema.lang.as_ref())),
        ];
        for (key, range) in keys {
            let Some(range) = range else { continue };
            let message = message!("`{key}` has no meaning in a rule with `correlate`");
            let at = At { value: (), range };
            let error = self.packs[pack].error(&at, "unknown_key", message);
            let help = match key {
                "condition" => message!(
                    "a rule has one or the other; for a condition on the post write `where` in `correlate`"
                ),
                _ => message!("the rules that it counts look at the text; remove `{key}`"),
            };
            self.diagnostics.push(error.help(help));
        }
    }

    /// Who writes of wanting to die is never counted against.
    fn refuse_self_harm(&mut self, pack: usize, id: &Text, schema: &schema::Rule, head: &Head) {
        if !head.category.is_self_harm() {
            return;
        }
        let named = schema.category.as_ref().map_or(&id.range, |named| &named.range);
        let at = At { value: (), range: named.clone() };
        let message = message!("a correlation adds no points to `self-harm`");
        let error = self.packs[pack].error(&at, "bad_value", message);
        self.diagnostics.push(error.help(message!(
            "posts of people who may need help are never counted against them; choose another category"
        )));
    }

    fn kind(
        &mut self,
        pack: usize,
        at: &At<()>,
        written: Option<&At<TypeName>>,
    ) -> CorrelationKind {
        let Some(written) = written else {
            self.missing_in(pack, at, "type", message!("such as `type: event_count`"));
            return CorrelationKind::EventCount;
        };
        match written.value {
            TypeName::EventCount => CorrelationKind::EventCount,
            TypeName::ValueCount => CorrelationKind::ValueCount,
            TypeName::Temporal => CorrelationKind::Temporal,
            TypeName::TemporalOrdered => CorrelationKind::TemporalOrdered,
        }
    }

    /// Reports a key that `correlate` lacks, unless an error of its rule may be the reason.
    fn missing_in(&mut self, pack: usize, at: &At<()>, key: &'static str, help: Message) {
        if self.packs[pack].is_complete_around(at.range.start) {
            let message = message!("the key `{key}` is missing");
            let error = self.packs[pack].error(at, "missing_key", message);
            self.diagnostics.push(error.help(help));
        }
    }

    fn rule_patterns(
        &mut self,
        pack: usize,
        id: &Text,
        kind: CorrelationKind,
        at: &At<()>,
        written: &[Text],
        rules: &[Rule],
    ) -> Vec<RulePattern> {
        if written.is_empty() {
            let help = message!("name rules by id or glob, such as `rules: [gambling.*]`");
            self.missing_in(pack, at, "rules", help);
        }
        let mut patterns = Vec::with_capacity(written.len());
        for (number, text) in written.iter().enumerate() {
            if written[..number].iter().any(|earlier| earlier.value == text.value) {
                let message = message!("`{key}` lists this twice", key = "rules");
                let error = self.packs[pack].error(text, "bad_value", message);
                self.diagnostics.push(
                    error.help(message!("remove one of them; to count posts use `event_count`")),
                );
                continue;
            }
            patterns.extend(self.pattern(pack, id, text, rules));
        }
        if kind.is_temporal() {
            self.check_patterns(pack, written);
        }
        patterns
    }

    fn group_by(&mut self, pack: usize, written: &[Text]) -> Vec<PostPath> {
        let mut paths: Vec<PostPath> = Vec::with_capacity(written.len());
        for (number, text) in written.iter().enumerate() {
            if number == GROUP_PATHS_MAX {
                let message = message!("posts are grouped by at most {GROUP_PATHS_MAX} paths");
                self.diagnostics.push(self.packs[pack].error(text, "too_large", message));
                break;
            }
            let Some(path) = self.path(pack, text) else { continue };
            if paths.contains(&path) {
                let message = message!("`{key}` lists this twice", key = "group-by");
                let error = self.packs[pack].error(text, "bad_value", message);
                self.diagnostics.push(error.help(message!("remove one of them")));
                continue;
            }
            paths.push(path);
        }
        paths
    }

    /// A path of the post, written without `post.`.
    fn path(&mut self, pack: usize, text: &Text) -> Option<PostPath> {
        let name = &text.value;
        let bare = name.strip_prefix("post.");
        if bare.is_some() || !condition::is_path(name) {
            let message = message!("`{}` is not a path of a post", text.value);
            let error = self.packs[pack].error(text, "bad_name", message);
            let help = match bare.filter(|bare| condition::is_path(bare)) {
                Some(bare) => message!("write `{ascii}`", ascii = bare),
                None => message!(
                    "a path is keys separated by dots, such as `author.id`, without `post.`"
                ),
            };
            self.diagnostics.push(error.help(help));
            return None;
        }
        if let Some(near) = condition::meant_path(name) {
            let message =
                message!("no mapping fills `post.{}`, which resembles a known path", name);
            self.warn(pack, text, "unknown_path", message, message!("did you mean `{near}`?"));
        }
        let Some(meta) = self.names.meta(name) else {
            let message = message!("rules may use at most {METAS_MAX} different `post.` paths");
            self.diagnostics.push(self.packs[pack].error(text, "too_large", message));
            return None;
        };
        Some(PostPath { meta, name: name.clone() })
    }

    fn timespan(&mut self, pack: usize, at: &At<()>, written: Option<&Text>) -> i64 {
        let Some(written) = written else {
            self.missing_in(pack, at, "timespan", message!("such as `timespan: 10m`"));
            return 1;
        };
        match duration::seconds(&written.value) {
            None => self.refuse_duration(pack, written),
            Some(0) => {
                let message = message!("a timespan of nothing contains no second post");
                let error = self.packs[pack].error(written, "bad_value", message);
                self.diagnostics.push(error.help(message!("write `1s` or more")));
            }
            Some(seconds) if seconds > TIMESPAN_MAX => self.refuse_long(pack, written),
            Some(seconds) => return seconds,
        }
        1
    }

    fn threshold(
        &mut self,
        pack: usize,
        kind: CorrelationKind,
        at: &At<()>,
        written: Option<&At<CorrelateCondition>>,
        patterns: usize,
        group_by: &[PostPath],
    ) -> Threshold {
        if let Some(written) = written {
            self.refuse_absence(pack, written);
        }
        if kind.is_temporal() {
            if let Some(written) = written {
                let message = message!("`{}` has no condition", kind.name());
                let error = self.packs[pack].error(written, "unknown_key", message);
                self.diagnostics.push(
                    error.help(message!("it fires when each of its rules has; remove `condition`")),
                );
            }
            return Threshold { at_least: patterns as u32, field: None };
        }
        let Some(written) = written else {
            let help = match kind {
                CorrelationKind::ValueCount => {
                    message!("such as `condition: {{ field: author.id, gte: 20 }}`")
                }
                CorrelationKind::EventCount
                | CorrelationKind::Temporal
                | CorrelationKind::TemporalOrdered => message!("such as `condition: {{ gte: 3 }}`"),
            };
            self.missing_in(pack, at, "condition", help);
            return Threshold { at_least: 2, field: None };
        };
        Threshold {
            at_least: self.at_least(pack, written),
            field: self.field(pack, kind, written, group_by),
        }
    }

    /// Refuses the comparisons of Sigma that are true as long as something does not happen.
    fn refuse_absence(&mut self, pack: usize, written: &At<CorrelateCondition>) {
        let CorrelateCondition { gt: _, gte: _, field: _, lt, lte, eq, neq } = &written.value;
        for (key, value) in [("lt", lt), ("lte", lte), ("eq", eq), ("neq", neq)] {
            let Some(value) = value else { continue };
            let message = message!("`{key}` needs the absence of posts");
            let error = self.packs[pack].error(value, "needs_absence", message);
            self.diagnostics.push(error.help(message!(
                "absence needs a future that a stream does not have; count with `gte` or `gt`"
            )));
        }
    }

    fn at_least(&mut self, pack: usize, written: &At<CorrelateCondition>) -> u32 {
        let CorrelateCondition { gt, gte, field: _, lt, lte, eq, neq } = &written.value;
        let (number, at_least) = match (gte, gt) {
            (Some(gte), None) => (gte, gte.value),
            (None, Some(gt)) => (gt, gt.value.saturating_add(1)),
            (Some(_), Some(gt)) => {
                let message = message!("`gt` and `gte` state the number twice");
                let error = self.packs[pack].error(gt, "bad_value", message);
                self.diagnostics.push(error.help(message!("remove one of them")));
                return 2;
            }
            (None, None) => {
                if [lt, lte, eq, neq].into_iter().all(Option::is_none) {
                    let at = At { value: (), range: written.range.clone() };
                    self.missing_in(pack, &at, "gte", message!("such as `gte: 3`"));
                }
                return 2;
            }
        };
        if at_least < 2 {
            let message = message!("one post is enough for this, as for the rules themselves");
            let error = self.packs[pack].error(number, "always_true", message);
            self.diagnostics
                .push(error.help(message!("count to 2 or more, or add the points to the rules")));
            return 2;
        }
        if at_least > CORRELATION_COUNT_MAX {
            let message = message!("a correlation counts to {CORRELATION_COUNT_MAX} at most");
            let error = self.packs[pack].error(number, "too_large", message);
            self.diagnostics.push(
                error.help(message!("it keeps that many times for each group; use a shorter time")),
            );
            return 2;
        }
        at_least
    }

    /// The path whose values are counted.
    fn field(
        &mut self,
        pack: usize,
        kind: CorrelationKind,
        written: &At<CorrelateCondition>,
        group_by: &[PostPath],
    ) -> Option<PostPath> {
        let is_values = kind == CorrelationKind::ValueCount;
        let Some(text) = &written.value.field else {
            if is_values {
                let at = At { value: (), range: written.range.clone() };
                let help = message!("name what is counted, such as `field: author.id`");
                self.missing_in(pack, &at, "field", help);
            }
            return None;
        };
        if !is_values {
            let message = message!("`{}` counts posts, not values", kind.name());
            let error = self.packs[pack].error(text, "unknown_key", message);
            self.diagnostics
                .push(error.help(message!("write `type: value_count`, or remove `field`")));
            return None;
        }
        let path = self.path(pack, text)?;
        if group_by.contains(&path) {
            let message = message!("a group has one value of `{}`, by which it is made", path.name);
            let error = self.packs[pack].error(text, "never_true", message);
            self.diagnostics.push(error.help(message!("count or group by another path")));
        }
        Some(path)
    }

    /// `where`: a condition on the fields of the post.
    fn filter(&mut self, pack: usize, text: &Text) -> Option<Condition> {
        let mut warnings = Vec::new();
        let read = condition::parse(&text.value).map_err(|error| vec![error]).and_then(|ast| {
            let message = message!("`where` can only use `post.` fields");
            let errors = condition::only_post(&ast, &message);
            if !errors.is_empty() {
                return Err(errors);
            }
            let mut scope = PostScope { names: &mut self.names, warnings: &mut warnings };
            condition::resolve(&ast, &mut scope)
        });
        let source = &self.packs[pack].file.source;
        self.warnings.extend(warnings.into_iter().map(|warning| {
            let found = diagnostic_at(source, text, warning);
            Diagnostic { severity: Severity::Warning, ..found }
        }));
        match read {
            Ok(expr) => {
                let place = self.packs[pack].place(text);
                Some(Condition { text: condition::tidy(&text.value), place, expr })
            }
            Err(errors) => {
                let errors = errors.into_iter().map(|error| diagnostic_at(source, text, error));
                self.diagnostics.extend(errors);
                None
            }
        }
    }
}
