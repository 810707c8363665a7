//! Rules: fills in defaults, resolves conditions, and finds cycles of `fired()`.

use super::draft::Draft;
use super::ids::RuleDraft;
use super::pack::{diagnostic_at, unknown_name};
use super::scope::RuleScope;
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::field::FieldId;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::score::Score;
use crate::message::message;
use crate::rules::condition::expr::{Expr, Operand};
use crate::rules::condition::{self, Scope};
use crate::rules::model::{Boost, Condition, Example, Rule};
use crate::rules::source::schema::{self, Text};
use crate::rules::source::suggest;
use crate::rules::source::yaml::{At, Entries, OneOrMany};
use std::collections::HashMap;

impl Draft {
    /// All rules, of drafts in id order.
    pub fn add_rules(&mut self, drafts: Vec<RuleDraft>) -> Vec<Rule> {
        self.by_rule = vec![HashMap::new(); drafts.len()];
        let mut rules = Vec::with_capacity(drafts.len());
        for (at, draft) in drafts.into_iter().enumerate() {
            let rule = self.rule(RuleIx(at as u32), draft);
            rules.push(rule);
        }
        self.check_cycles(&rules);
        rules
    }

    fn rule(&mut self, number: RuleIx, mut draft: RuleDraft) -> Rule {
        let pack = draft.pack;
        let fields = match &draft.schema.fields {
            Some(named) => self.fields(pack, named),
            None => self.default_fields(pack),
        };
        self.check_fields(pack, draft.schema.fields.as_ref(), &draft.id);
        let own = self.own_matchers(pack, number, std::mem::take(&mut draft.schema.own), &fields);
        let condition = self.required_condition(pack, number, &draft.id, &draft.schema, &fields);
        let head = self.head(&mut draft);
        let RuleDraft { pack: _, id, mut schema, range: _ } = draft;
        let boosts = self.boosts(pack, number, std::mem::take(&mut schema.boost), &fields);
        let redact = self.redact(pack, number, &schema.redact, &fields);
        let default_lang = self.packs[pack].schema.defaults.lang.clone();
        let lang = schema.lang.take().or(default_lang);
        let lang = lang.map_or(Vec::new(), |tags| self.languages(pack, &tags));
        let rule = Rule {
            aliases: head.aliases,
            title: head.title,
            description: head.description,
            pack,
            place: head.place,
            category: head.category,
            level: head.level,
            status: head.status,
            lang,
            tags: head.tags,
            false_positives: head.false_positives,
            references: head.references,
            own,
            condition,
            weight: head.weight,
            boosts,
            redact,
            active: head.active,
            always: schema.always,
            hits: self.tests(pack, std::mem::take(&mut schema.tests.hit.0)),
            misses: self.tests(pack, std::mem::take(&mut schema.tests.miss.0)),
            id: id.value,
            fields,
        };
        self.check_rule_fields(pack, schema.fields.as_ref(), &rule);
        self.check_repeated(pack, "redact", &schema.redact.0);
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
        if self.packs[pack].is_rule_complete(id.range.start) {
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

    /// The examples of a rule. Sequences are for correlations.
    fn tests(&mut self, pack: usize, written: Vec<At<schema::Test>>) -> Vec<Example> {
        let mut examples = Vec::with_capacity(written.len());
        for At { value, range } in written {
            match value {
                schema::Test::Example(value) => {
                    examples.push(self.example(pack, At { value, range }));
                }
                schema::Test::Sequence(_) => {
                    let at = At { value: (), range };
                    let message =
                        message!("a sequence of posts tests only a rule with `correlate`");
                    let error = self.packs[pack].error(&at, "bad_value", message);
                    self.diagnostics.push(
                        error.help(message!("write each post as an example: `hit: [text, text]`")),
                    );
                }
            }
        }
        examples
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
