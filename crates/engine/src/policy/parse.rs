//! Reads a policy file into a [`Policy`].

use super::model::{Exception, Limits, Mode, Override, Policy, Tier};
use super::schema::{self, ActionName, ModeName, Thresholds};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::category::{CATEGORIES, Category};
use crate::domain::field::Names;
use crate::domain::score::{Score, WEIGHT_POINTS_MAX};
use crate::message::{Message, message};
use crate::rules::condition::expr::Expr;
use crate::rules::condition::{self, PostScope};
use crate::rules::lint::drop_silenced;
use crate::rules::source::schema::FORMAT_VERSION;
use crate::rules::source::schema::Text;
use crate::rules::source::suggest;
use crate::rules::source::yaml::{self, At, Entries, ErrorStarts};
use jiff::civil::Date;
use std::ops::Range;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

impl Policy {
    /// Reads a policy. Adds the `post.` paths of its conditions to `names`.
    ///
    /// # Errors
    ///
    /// Every error, with the warnings of the file, in order of place.
    pub fn parse(source: &Arc<Source>, names: &mut Names) -> Result<Policy, Vec<Diagnostic>> {
        Policy::parse_among(source, names, &|_| None)
    }

    /// As [`Policy::parse`], for policies that extend others: `others` finds them by name.
    ///
    /// # Errors
    ///
    /// As [`Policy::parse`], and those of the policies that it extends.
    pub fn parse_among(
        source: &Arc<Source>,
        names: &mut Names,
        others: &dyn Fn(&str) -> Option<Arc<Source>>,
    ) -> Result<Policy, Vec<Diagnostic>> {
        Policy::parse_at(source, names, others, EXTENDS_MAX)
    }

    fn parse_at(
        source: &Arc<Source>,
        names: &mut Names,
        others: &dyn Fn(&str) -> Option<Arc<Source>>,
        levels: usize,
    ) -> Result<Policy, Vec<Diagnostic>> {
        let read = yaml::read::<schema::Policy>(source);
        let errors_at = read.error_starts();
        let schema = read.value.unwrap_or_default();
        let mut parser = Parser {
            source,
            names,
            diagnostics: read.diagnostics,
            warnings: read.warnings,
            errors_at,
            starts: starts(&schema),
        };
        parser.check_head(&schema);
        let inherited = parser.inherited(schema.extends.as_ref(), others, levels);
        let actions = parser.actions(&schema);
        let none = vec![Limits::default(); Category::COUNT];
        let below = inherited.as_ref().and_then(|policy| policy.tiers.last());
        let below = below.map_or(none.as_slice(), |tier| &tier.categories);
        let base = parser.limits(&schema.categories, &actions, below);
        let mut tiers = Vec::with_capacity(schema.channels.0.len() + 1);
        for channel in &schema.channels.0 {
            let when = parser.required_condition(channel.value.when.as_ref(), &channel.range);
            if let (Some(text), true) = (&channel.value.when, is_repeated(&tiers, when.as_ref())) {
                parser.warn_unused_channel(text);
            }
            let categories = parser.limits(&channel.value.categories, &actions, &none);
            tiers.push(Tier { when, categories });
        }
        let (mut overrides, mut exceptions) = (Vec::new(), Vec::new());
        let mut text_hash = xxh3_64(source.text.as_bytes()) as u32;
        if let Some(inherited) = inherited {
            let channels = inherited.tiers.len() - 1;
            tiers.extend(inherited.tiers.into_iter().take(channels));
            text_hash ^= inherited.text_hash.rotate_left(1);
            overrides.extend(inherited.overrides);
            exceptions.extend(inherited.exceptions);
        }
        tiers.push(Tier { when: None, categories: base });
        overrides.extend(schema.rules.0.iter().filter_map(|it| parser.rule(it)));
        exceptions.extend(schema.exceptions.0.iter().filter_map(|it| parser.exception(it)));
        let (mut diagnostics, mut warnings) = (parser.diagnostics, parser.warnings);
        drop_silenced(&mut warnings);
        warnings.retain(|warning| !is_empty_channel(warning));
        if diagnostics.is_empty() {
            warnings.sort_by_key(|warning| warning.place.as_ref().map(|place| place.range.start));
            let title = schema.title.map_or_else(String::new, |title| title.value);
            let source = source.clone();
            return Ok(Policy { source, text_hash, title, tiers, overrides, exceptions, warnings });
        }
        // A key without a value may be an error already.
        diagnostics.extend(warnings.into_iter().filter(|warning| warning.code != "idle_key"));
        diagnostics
            .sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.range.start));
        Err(diagnostics)
    }
}

/// Policies that extend each other, at most: more are a circle.
const EXTENDS_MAX: usize = 8;

/// Is it a channel without thresholds of its own? It keeps its posts from the channels below.
fn is_empty_channel(warning: &Diagnostic) -> bool {
    let key = |place: &Place| place.source.text.get(place.range.clone()) == Some("categories");
    warning.code == "idle_key" && warning.place.as_ref().is_some_and(key)
}

/// Has an earlier tier this condition?
fn is_repeated(tiers: &[Tier], when: Option<&Expr>) -> bool {
    when.is_some_and(|when| tiers.iter().any(|tier| tier.when.as_ref() == Some(when)))
}

fn starts(schema: &schema::Policy) -> Vec<usize> {
    let channels = schema.channels.0.iter().map(|it| it.range.start);
    let overrides = schema.rules.0.iter().map(|it| it.range.start);
    let exceptions = schema.exceptions.0.iter().map(|it| it.range.start);
    channels.chain(overrides).chain(exceptions).collect()
}

struct Parser<'p> {
    source: &'p Arc<Source>,
    names: &'p mut Names,
    diagnostics: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// Where the errors of the file are.
    errors_at: ErrorStarts,
    /// First byte of each channel, override and exception.
    starts: Vec<usize>,
}

impl Parser<'_> {
    fn place(&self, range: &Range<usize>) -> Place {
        Place { source: self.source.clone(), range: range.clone() }
    }

    fn error(&mut self, range: &Range<usize>, code: &'static str, message: Message, help: Message) {
        let place = self.place(range);
        self.diagnostics.push(Diagnostic::error(code, message, Some(place)).help(help));
    }

    fn missing(&mut self, key: &str, range: &Range<usize>, help: Message) {
        if !self.errors_at.is_in_part(range.start, &self.starts) {
            self.error(range, "missing_key", message!("the key `{key}` is missing"), help);
        }
    }

    fn check_head(&mut self, schema: &schema::Policy) {
        match &schema.tidegate {
            Some(version) if version.value != FORMAT_VERSION => {
                let message =
                    message!("this program reads version {FORMAT_VERSION} of the policy language");
                self.error(&version.range, "bad_version", message, message!("write `tidegate: 1`"));
            }
            Some(_) => {}
            None => {
                self.missing("tidegate", &(0..0), message!("write `tidegate: 1` on the first line"))
            }
        }
        if schema.kind.is_none() {
            self.missing("kind", &(0..0), message!("write `kind: policy`"));
        }
        if let Some(limits) = &schema.limits {
            let message = message!("`limits` is not available in this version");
            let help = message!("a policy evaluates each post independently; remove `limits`");
            self.error(&limits.range, "not_available", message, help);
        }
    }

    /// The policy that this one extends.
    fn inherited(
        &mut self,
        name: Option<&Text>,
        others: &dyn Fn(&str) -> Option<Arc<Source>>,
        levels: usize,
    ) -> Option<Policy> {
        let name = name?;
        if levels == 0 {
            let message = message!("the policies extend each other in a circle");
            self.error(
                &name.range,
                "bad_value",
                message,
                message!("extend a policy that extends none"),
            );
            return None;
        }
        let Some(source) = others(&name.value) else {
            let message = message!("no policy is called `{}`", name.value);
            let help = message!(
                "extend an embedded policy, such as `default`, or one of a folder that is read with --rules"
            );
            self.error(&name.range, "unknown_name", message, help);
            return None;
        };
        match Policy::parse_at(&source, self.names, others, levels - 1) {
            Ok(policy) => Some(policy),
            Err(errors) => {
                self.diagnostics.extend(errors);
                None
            }
        }
    }

    /// The actions that thresholds may name.
    fn actions(&mut self, schema: &schema::Policy) -> Vec<ActionName> {
        let all = [ActionName::Allow, ActionName::Flag, ActionName::Review, ActionName::Block];
        let named = &schema.actions.0;
        if named.is_empty() {
            return all.to_vec();
        }
        for pair in named.windows(2) {
            if pair[0].value as u8 >= pair[1].value as u8 {
                let message = message!("actions are listed weakest first, each once");
                self.error(
                    &pair[1].range,
                    "bad_value",
                    message,
                    message!("write `actions: [allow, flag, review, block]`"),
                );
            }
        }
        named.iter().map(|action| action.value).collect()
    }

    fn limits(
        &mut self,
        entries: &Entries<Thresholds>,
        actions: &[ActionName],
        base: &[Limits],
    ) -> Vec<Limits> {
        let mut all = base.to_vec();
        for (name, thresholds) in &entries.0 {
            let Some(category) = Category::from_name(&name.value) else {
                let help = suggest::help(&name.value, CATEGORIES.iter().map(|info| info.name));
                let message = message!("there is no category `{}`", name.value);
                self.error(&name.range, "unknown_name", message, help);
                continue;
            };
            if let Some(thresholds) = thresholds {
                self.check_order(thresholds);
                let limits = &mut all[category.index()];
                self.set_limits(limits, thresholds, actions);
            }
        }
        all
    }

    fn set_limits(&mut self, limits: &mut Limits, from: &Thresholds, actions: &[ActionName]) {
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
            if action.is_some_and(|action| !actions.contains(&action)) {
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

    fn score(&mut self, points: &At<f64>) -> Option<Score> {
        let score = Score::from_points(points.value);
        if score.is_none() {
            let help =
                message!("points have at most three decimals and are within ±{WEIGHT_POINTS_MAX}");
            let message = message!("{} is not a valid number of points", points.value);
            self.error(&points.range, "bad_value", message, help);
        }
        score
    }

    fn required_condition(&mut self, text: Option<&Text>, range: &Range<usize>) -> Option<Expr> {
        let Some(text) = text else {
            self.missing("when", range, message!("such as `when: post.channel == news`"));
            return None;
        };
        let mut warnings = Vec::new();
        let read = condition::parse(&text.value).map_err(|error| vec![error]).and_then(|ast| {
            let errors = condition::only_post(&ast);
            if errors.is_empty() {
                let mut scope = PostScope { names: self.names, warnings: &mut warnings };
                condition::resolve(&ast, &mut scope)
            } else {
                Err(errors)
            }
        });
        for warning in warnings {
            let place = self.place(&self.place_in(text, &warning.range));
            let found = Diagnostic::warning(warning.code, warning.message, Some(place));
            self.warnings.push(found.help(warning.help));
        }
        let errors = match read {
            Ok(expr) => return Some(expr),
            Err(errors) => errors,
        };
        for error in errors {
            let range = self.place_in(text, &error.range);
            self.error(&range, error.code, error.message, error.help);
        }
        None
    }

    /// The bytes in the file of a part of a condition.
    fn place_in(&self, text: &Text, part: &Range<usize>) -> Range<usize> {
        condition::place_in(&self.source.text, &text.range, &text.value, part)
    }

    fn warn_unused_channel(&mut self, when: &Text) {
        let message = message!("this channel is never used: an earlier one has the same condition");
        let place = self.place(&when.range);
        let warning = Diagnostic::warning("idle_key", message, Some(place));
        self.warnings.push(warning.help(message!("join both channels, or correct the condition")));
    }

    fn required_reason(&mut self, reason: Option<&Text>, range: &Range<usize>) {
        if reason.is_none_or(|reason| reason.value.trim().is_empty()) {
            self.missing("reason", range, message!("state the reason, for later readers"));
        }
    }

    fn expires(&mut self, text: Option<&Text>) -> Option<(Date, Place)> {
        let text = text?;
        let Ok(date) = text.value.parse::<Date>() else {
            let message = message!("`{}` is not a date", text.value);
            self.error(&text.range, "bad_value", message, message!("write 2026-12-31"));
            return None;
        };
        Some((date, self.place(&text.range)))
    }

    fn rule(&mut self, written: &At<schema::Override>) -> Option<Override> {
        let schema::Override { rule, weight, mode, reason, expires } = &written.value;
        self.required_reason(reason.as_ref(), &written.range);
        let weight = weight.as_ref().and_then(|weight| self.score(weight));
        let expires = self.expires(expires.as_ref());
        let is_complete = !self.errors_at.is_in_part(written.range.start, &self.starts);
        if written.value.weight.is_none() && mode.is_none() && is_complete {
            let message = message!("this override changes nothing");
            self.error(
                &written.range,
                "missing_key",
                message,
                message!("add a `weight` or a `mode`"),
            );
        }
        let Some(rule) = rule else {
            self.missing(
                "rule",
                &written.range,
                message!("the id of a rule, or a glob such as `gambling.*`"),
            );
            return None;
        };
        let place = self.place(&rule.range);
        Some(Override {
            rule: rule.value.clone(),
            place,
            weight,
            mode: mode.map(run_mode),
            expires,
        })
    }

    fn exception(&mut self, written: &At<schema::Exception>) -> Option<Exception> {
        let schema::Exception { rules, when, reason, expires } = &written.value;
        self.required_reason(reason.as_ref(), &written.range);
        let expires = self.expires(expires.as_ref());
        let when = self.required_condition(when.as_ref(), &written.range);
        let Some(rules) = rules.as_ref().filter(|rules| !rules.0.is_empty()) else {
            self.missing(
                "rules",
                &written.range,
                message!("ids of rules, or globs such as `gambling.*`"),
            );
            return None;
        };
        let rules =
            rules.0.iter().map(|rule| (rule.value.clone(), self.place(&rule.range))).collect();
        Some(Exception { rules, when: when?, expires })
    }
}

fn run_mode(name: ModeName) -> Mode {
    match name {
        ModeName::Enforce => Mode::Enforce,
        ModeName::Shadow => Mode::Shadow,
        ModeName::Disabled => Mode::Disabled,
    }
}
