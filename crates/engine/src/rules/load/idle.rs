//! Keys of matchers and rules that are written and change nothing, and those that contradict each
//! other.

use super::definition::MatcherParts;
use super::draft::Draft;
use crate::diagnostic::Diagnostic;
use crate::domain::ids::MatcherIx;
use crate::domain::view::View;
use crate::fold::{fold, fold_cased};
use crate::message::message;
use crate::rules::condition::expr::{Expr, Measure};
use crate::rules::model::{Rule, Term};
use crate::rules::source::schema::{self, Defaults, MatcherBody, Text, ViewName};
use crate::rules::source::yaml::{At, OneOrMany};
use std::ops::Range;

/// The code of these warnings.
const CODE: &str = "idle_key";

impl Draft {
    /// Reports keys of a matcher that have no effect on its sources.
    pub fn check_keys(
        &mut self,
        pack: usize,
        name: &Text,
        body: &MatcherBody,
        parts: &MatcherParts,
    ) {
        self.check_cased(pack, body, parts);
        self.check_views(pack, body);
        self.check_validator(pack, name, body, parts);
        self.check_fields(pack, body.fields.as_ref(), name);
        let only_entities =
            parts.terms.is_empty() && parts.regexes.is_empty() && parts.seq.is_none();
        if let Some(edge) =
            body.edge.as_ref().filter(|_| only_entities && !body.entity.0.is_empty())
        {
            let message = message!("`edge` has no effect on `entity`, which defines its own ends");
            self.warn(pack, edge, CODE, message, message!("leave `edge` out"));
        }
        self.check_repeated(pack, "view", body.view.as_ref().map_or(&[], |views| &views.0));
        self.check_repeated(pack, "entity", &body.entity.0);
        self.check_repeated(pack, "regex", &body.regex.0);
        self.check_repeated(pack, "file", &body.file.0);
        self.check_repeated(pack, "lang", &body.lang.0);
    }

    /// Warns of values that a list has twice.
    pub fn check_repeated<T: PartialEq>(&mut self, pack: usize, key: &str, values: &[At<T>]) {
        for (at, value) in values.iter().enumerate() {
            if values[..at].iter().any(|earlier| earlier.value == value.value) {
                let message = message!("`{key}` lists this twice");
                self.warn(pack, value, CODE, message, message!("remove one of them"));
            }
        }
    }

    fn check_cased(&mut self, pack: usize, body: &MatcherBody, parts: &MatcherParts) {
        let Some(cased) = body.cased.as_ref().filter(|cased| cased.value) else { return };
        let is_exact = parts.views.is_exact_only();
        if !parts.regexes.is_empty() && !is_exact {
            let message =
                message!("`cased` does not apply to `regex`, which reads text without case");
            let error = self.packs[pack].error(cased, "bad_value", message);
            self.diagnostics.push(error.help(message!(
                "write `view: [exact]`: there a regex reads the text as written; put words that \
                 need `cased` into another matcher"
            )));
            return;
        }
        let choices = parts.seq.iter().flat_map(|sequence| sequence.parts.iter().flatten());
        let has_case = |term: &Term| fold_cased(&term.text.to_uppercase()) != fold(&term.text);
        let message = if is_exact {
            message!("`cased` adds nothing to `view: [exact]`, which compares the text as written")
        } else if !parts.terms.iter().chain(choices).any(has_case) {
            message!("`cased` has no effect: nothing here has upper and lower case")
        } else {
            return;
        };
        self.warn(pack, cased, CODE, message, message!("leave `cased` out"));
    }

    fn check_views(&mut self, pack: usize, body: &MatcherBody) {
        let Some(OneOrMany(views)) = &body.view else { return };
        let has_terms = !body.words.0.is_empty() || !body.file.0.is_empty() || body.seq.is_some();
        for view in views {
            let message = match view.value {
                ViewName::Exact if views.len() > 1 => {
                    message!("`exact` adds nothing to another view: every view includes `folded`")
                }
                ViewName::Exact if !has_terms && body.regex.0.is_empty() => {
                    message!("`entity` reads folded text, and never `exact`")
                }
                ViewName::Look | ViewName::Sound if !has_terms => {
                    message!(
                        "`regex` and `entity` read folded text, with or without noise, and no other view"
                    )
                }
                ViewName::Exact
                | ViewName::Folded
                | ViewName::Squeezed
                | ViewName::Look
                | ViewName::Sound => continue,
            };
            self.warn(pack, view, CODE, message, message!("remove this view"));
        }
    }

    /// Reports terms that the validator of their matcher never accepts.
    fn check_validator(
        &mut self,
        pack: usize,
        name: &Text,
        body: &MatcherBody,
        parts: &MatcherParts,
    ) {
        let Some(check) = parts.check.filter(|_| !parts.terms.is_empty()) else { return };
        // Homophones of a term are other texts.
        if parts.views.has(View::Sound) || parts.views.has(View::Look) {
            return;
        }
        let passes = |term: &&Term| check.holds(&String::from_utf16_lossy(&fold(&term.text)));
        let Some(bad) = parts.terms.iter().find(|term| !passes(term)) else { return };
        let has_others = parts.terms.iter().any(|term| passes(&term)) || has_other_sources(body);
        if has_others {
            let message =
                message!("`{}` never hits: it does not pass `check: {}`", bad.text, check.name());
            let warning = Diagnostic::warning(CODE, message, Some(bad.place.clone()));
            self.warnings.push(warning.help(message!("remove the term, or `check`")));
        } else {
            let message = message!("no term of `{}` passes `check: {}`", name.value, check.name());
            let error = self.packs[pack].error(name, "never_true", message);
            self.diagnostics
                .push(error.help(message!("remove `check`, or write the pattern as a `regex`")));
        }
    }

    /// Refuses `fields: []`: nothing would be read.
    pub fn check_fields(&mut self, pack: usize, named: Option<&OneOrMany<Text>>, at: &Text) {
        if named.is_some_and(|named| named.0.is_empty())
            && self.packs[pack].is_matcher_complete(at.range.start)
        {
            let error =
                self.packs[pack].error(at, "never_true", message!("`fields: []` reads no text"));
            self.diagnostics
                .push(error.help(message!("leave `fields` out, or name `title` or `text`")));
        }
    }

    /// Warns of `fields` of a rule whose matchers all have their own, and which reads neither the
    /// length nor the language of its text.
    pub fn check_rule_fields(&mut self, pack: usize, named: Option<&OneOrMany<Text>>, rule: &Rule) {
        let is_read = self.reads_own_fields(rule);
        if named.is_none() {
            self.defaults_used[pack].fields |= is_read;
        }
        let Some(first) = named.and_then(|named| named.0.first()) else { return };
        if !is_read && !rule.matchers().is_empty() {
            let message =
                message!("`fields` has no effect: every matcher of this rule has its own");
            self.warn(pack, first, CODE, message, message!("leave `fields` out"));
        }
    }

    /// Does anything of a rule read the fields of the rule?
    fn reads_own_fields(&self, rule: &Rule) -> bool {
        let mut reads = !rule.lang.is_empty();
        let boosts = rule.boosts.iter().map(|boost| &boost.condition);
        for condition in boosts.chain([&rule.condition]) {
            condition.expr.visit(&mut |expr| {
                reads |=
                    matches!(expr, Expr::Lang { .. } | Expr::Measure { what: Measure::Length, .. });
            });
        }
        let own = |matcher: MatcherIx| {
            let instance = self.instances.get(matcher.index());
            instance.is_none_or(|it| self.definitions[it.definition].fields.is_none())
        };
        let mut read = rule.matchers().into_iter().chain(rule.redact.iter().copied());
        reads || read.any(own)
    }

    /// Warns of keys under `defaults:`, and of `active` of a pack, that nothing uses.
    pub fn check_defaults(&mut self) {
        for pack in 0..self.packs.len() {
            let used = self.defaults_used[pack];
            let schema::Pack { defaults, active, .. } = &self.packs[pack].schema;
            let Defaults { category, level, status, lang, fields, view } = defaults;
            let keys = [
                ("category", used.category, range_of(category.as_ref())),
                ("level", used.level, range_of(level.as_ref())),
                ("status", used.status, range_of(status.as_ref())),
                ("lang", used.lang, range_of(lang.as_ref().and_then(|it| it.0.first()))),
                ("fields", used.fields, range_of(fields.as_ref().and_then(|it| it.0.first()))),
                ("view", used.view, range_of(view.as_ref().and_then(|it| it.0.first()))),
                ("active", used.active, range_of(active.as_ref())),
            ];
            for (key, is_used, range) in keys {
                let Some(range) = range.filter(|_| !is_used) else { continue };
                let message = match key {
                    "view" => message!("no matcher uses this default: each has its own `{key}`"),
                    _ => message!("no rule uses this default: each has its own `{key}`"),
                };
                let message = match self.packs[pack].has_rules {
                    false if key != "view" => message!("no rule uses this default `{key}`"),
                    _ => message,
                };
                let at = At { value: (), range };
                self.warn(pack, &at, "idle_default", message, message!("remove it"));
            }
        }
    }

    /// Warns of a list file without terms.
    pub fn check_empty(&mut self, pack: usize, file: &Text, terms: usize, phrases: usize) {
        if terms + phrases == 0 {
            let message = message!("the list `{}` is empty", file.value);
            let help = message!("write one term per line; lines that begin with `#` are comments");
            self.warn(pack, file, "empty_list", message, help);
        }
    }
}

fn range_of<T>(value: Option<&At<T>>) -> Option<Range<usize>> {
    value.map(|value| value.range.clone())
}

/// Has the matcher sources other than terms?
fn has_other_sources(body: &MatcherBody) -> bool {
    !body.regex.0.is_empty() || !body.entity.0.is_empty() || body.seq.is_some()
}
