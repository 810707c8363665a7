//! Reads a policy file into a [`Policy`].

use super::elsewhere;
use super::model::{Exception, Mode, Override, Policy, Tier};
use super::schema::{self, ActionName, CategoryBody, ModeName, Thresholds};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::category::{ByCategory, Category, DeclaredCategory};
use crate::domain::field::Names;
use crate::domain::limits::POLICY_EXTENDS_MAX;
use crate::domain::score::Score;
use crate::domain::thresholds::Limits;
use crate::message::{Message, message};
use crate::rules::condition::expr::Expr;
use crate::rules::condition::{self, PostScope};
use crate::rules::lint::drop_silenced;
use crate::rules::load::{declared_twice, unknown_category_help};
use crate::rules::source::policies::Policies;
use crate::rules::source::schema::FORMAT_VERSION;
use crate::rules::source::schema::Text;
use crate::rules::source::thresholds::{ALL_ACTIONS, ThresholdReader};
use crate::rules::source::yaml::{self, At, ErrorStarts};
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
        Policy::parse_among(source, names, &Policies::default())
    }

    /// As [`Policy::parse`], for policies that extend others, which are found among `others`.
    ///
    /// # Errors
    ///
    /// As [`Policy::parse`], and those of the policies that it extends.
    pub fn parse_among(
        source: &Arc<Source>,
        names: &mut Names,
        others: &Policies<'_>,
    ) -> Result<Policy, Vec<Diagnostic>> {
        Policy::parse_after(source, names, others, &[])
    }

    /// Reads a policy that is extended by `above`, the last of them directly.
    fn parse_after(
        source: &Arc<Source>,
        names: &mut Names,
        others: &Policies<'_>,
        above: &[Arc<Source>],
    ) -> Result<Policy, Vec<Diagnostic>> {
        let mut read = yaml::read::<schema::Policy>(source);
        // These keys are no misspelt ones, so that others may be missing as well.
        let elsewhere = elsewhere::take(&mut read.diagnostics);
        let errors_at = read.error_starts();
        let schema = read.value.unwrap_or_default();
        let mut parser = Parser {
            source,
            names,
            diagnostics: read.diagnostics.into_iter().chain(elsewhere).collect(),
            warnings: read.warnings,
            errors_at,
            starts: starts(&schema),
            named: Vec::new(),
        };
        parser.check_head(&schema);
        let inherited = parser.inherited(schema.extends.as_ref(), others, above);
        let actions = parser.actions(&schema);
        let below = inherited.as_ref().and_then(|policy| policy.tiers.last());
        let mut base = below.map_or_else(ByCategory::default, |tier| tier.categories.clone());
        let mut declared = Vec::new();
        for (name, body) in &schema.categories.0 {
            let thresholds = body.as_ref().map(CategoryBody::thresholds);
            let category = parser.limits(name, thresholds.as_ref(), &actions, &mut base);
            if let (Some(category), Some(body)) = (category, body) {
                declared.extend(parser.declared(category, name, body));
            }
        }
        let mut tiers = parser.channels(&schema, &actions);
        let (mut overrides, mut exceptions) = (Vec::new(), Vec::new());
        let mut text_hash = xxh3_64(source.text.as_bytes()) as u32;
        if let Some(inherited) = inherited {
            let channels = inherited.tiers.len() - 1;
            tiers.extend(inherited.tiers.into_iter().take(channels));
            text_hash ^= inherited.text_hash.rotate_left(1);
            overrides.extend(inherited.overrides);
            exceptions.extend(inherited.exceptions);
            parser.add_declared(inherited.declared, &mut declared);
            parser.named.extend(inherited.named);
        }
        tiers.push(Tier { when: None, categories: base });
        overrides.extend(schema.rules.0.iter().filter_map(|it| parser.rule(it)));
        exceptions.extend(schema.exceptions.0.iter().filter_map(|it| parser.exception(it)));
        let named = std::mem::take(&mut parser.named);
        let warnings = parser.finish()?;
        let title = schema.title.map_or_else(String::new, |title| title.value);
        let source = source.clone();
        Ok(Policy {
            source,
            text_hash,
            title,
            tiers,
            overrides,
            exceptions,
            declared,
            named,
            actions,
            warnings,
        })
    }
}

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
    /// Where it names declared categories.
    named: Vec<(Category, Place)>,
}

impl Parser<'_> {
    /// The channels of the policy itself, each as a tier.
    fn channels(&mut self, schema: &schema::Policy, actions: &[ActionName]) -> Vec<Tier> {
        let mut tiers: Vec<Tier> = Vec::with_capacity(schema.channels.0.len() + 1);
        for channel in &schema.channels.0 {
            let when = self.required_condition(channel.value.when.as_ref(), &channel.range);
            if let (Some(text), true) = (&channel.value.when, is_repeated(&tiers, when.as_ref())) {
                self.warn_unused_channel(text);
            }
            let mut categories = ByCategory::default();
            for (name, thresholds) in &channel.value.categories.0 {
                self.limits(name, thresholds.as_ref(), actions, &mut categories);
            }
            tiers.push(Tier { when, categories });
        }
        tiers
    }

    /// The warnings in the order of their places, if there are no errors.
    fn finish(self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let (mut diagnostics, mut warnings) = (self.diagnostics, self.warnings);
        drop_silenced(&mut warnings);
        warnings.retain(|warning| !is_empty_channel(warning));
        if diagnostics.is_empty() {
            warnings.sort_by_key(|warning| warning.place.as_ref().map(|place| place.range.start));
            return Ok(warnings);
        }
        // A key without a value may be an error already.
        diagnostics.extend(warnings.into_iter().filter(|warning| warning.code != "idle_key"));
        diagnostics
            .sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.range.start));
        Err(diagnostics)
    }

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
    }

    /// The policy that this one extends; it is extended by `above` itself.
    fn inherited(
        &mut self,
        wanted: Option<&Text>,
        others: &Policies<'_>,
        above: &[Arc<Source>],
    ) -> Option<Policy> {
        let wanted = wanted?;
        let source = match others.extended(self.source, &wanted.value) {
            Ok(source) => source,
            Err((message, help)) => {
                self.error(&wanted.range, "unknown_name", message, help);
                return None;
            }
        };
        let chain: Vec<Arc<Source>> = above.iter().chain([self.source]).cloned().collect();
        if let Some(first) = chain.iter().position(|earlier| *earlier == source) {
            let names = chain[first..].iter().map(|earlier| earlier.name.as_str());
            let circle: Vec<&str> = names.chain([source.name.as_str()]).collect();
            let message =
                message!("policies extend each other in a circle: {}", circle.join(" → "));
            self.error(
                &wanted.range,
                "bad_value",
                message,
                message!("extend a policy that extends none"),
            );
            return None;
        }
        if chain.len() > POLICY_EXTENDS_MAX {
            let message = message!("more than {POLICY_EXTENDS_MAX} policies extend each other");
            self.error(
                &wanted.range,
                "too_large",
                message,
                message!("join some of them into one file"),
            );
            return None;
        }
        match Policy::parse_after(&source, self.names, others, &chain) {
            Ok(policy) => Some(policy),
            Err(errors) => {
                self.diagnostics.extend(errors);
                None
            }
        }
    }

    /// What `categories:` declares under a name, if it has a title.
    fn declared(
        &mut self,
        category: Category,
        name: &Text,
        body: &CategoryBody,
    ) -> Option<(DeclaredCategory, Place)> {
        let CategoryBody { title, title_zh, .. } = body;
        let first = title.as_ref().or(title_zh.as_ref())?;
        let (message, help) = match (category.is_own(), title) {
            (true, Some(title)) => {
                let title_zh = title_zh.as_ref().map_or_else(String::new, |it| it.value.clone());
                let (title, limits) = (title.value.clone(), Limits::default());
                let declared = DeclaredCategory { category, title, title_zh, limits };
                return Some((declared, self.place(&name.range)));
            }
            (true, None) => (
                message!("`title_zh` has no effect without `title`"),
                message!("write `title` too"),
            ),
            (false, _) => {
                (message!("a built-in category has its own title"), message!("leave the title out"))
            }
        };
        let place = self.place(&first.range);
        self.warnings.push(Diagnostic::warning("idle_key", message, Some(place)).help(help));
        None
    }

    /// Adds what the policy below declares.
    fn add_declared(
        &mut self,
        below: Vec<(DeclaredCategory, Place)>,
        own: &mut Vec<(DeclaredCategory, Place)>,
    ) {
        for (declared, place) in below {
            match own.iter().find(|(it, _)| it.category == declared.category) {
                Some((known, _)) if *known == declared => {}
                Some((_, again)) => {
                    let name = declared.category.name();
                    let error = declared_twice(name, again.clone());
                    self.diagnostics.push(error.related(place, message!("first here")));
                }
                None => own.push((declared, place)),
            }
        }
    }

    /// The actions that thresholds may name.
    fn actions(&mut self, schema: &schema::Policy) -> Vec<ActionName> {
        let named = &schema.actions.0;
        if named.is_empty() {
            return ALL_ACTIONS.to_vec();
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

    /// Sets the thresholds of the category called `name`.
    fn limits(
        &mut self,
        name: &Text,
        thresholds: Option<&Thresholds>,
        actions: &[ActionName],
        all: &mut ByCategory<Limits>,
    ) -> Option<Category> {
        let Some(category) = Category::from_name(&name.value) else {
            let help = unknown_category_help(&name.value, &[], message!("a pack"));
            let message = message!("there is no category `{}`", name.value);
            self.error(&name.range, "unknown_name", message, help);
            return None;
        };
        if category.is_own() {
            self.named.push((category, self.place(&name.range)));
        }
        if let Some(thresholds) = thresholds {
            self.thresholds(actions).read(thresholds, all.get_mut(category));
        }
        Some(category)
    }

    fn thresholds<'t>(&'t mut self, actions: &'t [ActionName]) -> ThresholdReader<'t> {
        ThresholdReader { source: self.source, actions, errors: &mut self.diagnostics }
    }

    fn score(&mut self, points: &At<f64>) -> Option<Score> {
        self.thresholds(&ALL_ACTIONS).score(points)
    }

    fn required_condition(&mut self, text: Option<&Text>, range: &Range<usize>) -> Option<Expr> {
        let Some(text) = text else {
            self.missing("when", range, message!("such as `when: post.channel == news`"));
            return None;
        };
        let mut warnings = Vec::new();
        let read = condition::parse(&text.value).map_err(|error| vec![error]).and_then(|ast| {
            let message = message!("a policy can only use `post.` fields");
            let errors = condition::only_post(&ast, &message);
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
