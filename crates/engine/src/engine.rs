//! The entry point of the library: an engine is built once, and workers classify lines.
//!
//! Input: sources of rules, a policy, and a mapping of posts. Output: an [`Engine`], immutable and
//! shared by threads, and [`Worker`]s, one for each thread, which classify one line at a time.
//! For whole streams the crate `tidegate-pipeline` is faster; its verdicts are the same bytes.
//!
//! The engine contains no rules: `tidegate_packs::builder()` starts with the embedded ones.

use crate::classifier::{Classifier, Scratch};
use crate::codec::container::ContainerError;
use crate::diagnostic::{Diagnostic, Source};
use crate::domain::verdict::Verdict;
use crate::output::{Encoder, Labels, Style, UnreadableLine};
use crate::policy::{self, DEFAULT, Policies, Policy, Resolution, RuleChoice, RuleSetFacts};
use crate::post::{Batch, ErrorCode, Mapping, MappingError, Plan, Post, Record};
use crate::rules::codec::Compiled;
use crate::rules::compile::compile;
use crate::rules::load::{Loaded, Loader};
use crate::rules::source::bundle::Bundle;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Errors of [`EngineBuilder::build`].
#[derive(Debug)]
pub enum BuildError {
    /// The mapping cannot be used.
    Mapping(MappingError),
    /// Neither the added folders nor the bundle contain a policy of this name.
    UnknownPolicy {
        /// The requested name.
        name: String,
        /// Names of the policies that exist.
        known: Vec<String>,
    },
    /// The choice of rules cannot be applied; the message.
    BadChoice(crate::message::Message),
    /// Rules or policy have errors: every diagnostic, with its place.
    Rules(Vec<Diagnostic>),
    /// The compiled rule set of the bundle cannot be read.
    Compiled(ContainerError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Mapping(error) => error.fmt(f),
            BuildError::UnknownPolicy { name, known } => {
                write!(f, "no policy is called `{name}`; known: {}", known.join(", "))
            }
            BuildError::BadChoice(message) => message.fmt(f),
            BuildError::Rules(diagnostics) => {
                for (at, diagnostic) in diagnostics.iter().enumerate() {
                    let separator = if at == 0 { "" } else { "\n" };
                    write!(f, "{separator}{diagnostic}")?;
                }
                Ok(())
            }
            BuildError::Compiled(refused) => write!(f, "the embedded rule set: {refused}"),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<MappingError> for BuildError {
    fn from(error: MappingError) -> BuildError {
        BuildError::Mapping(error)
    }
}

impl From<Vec<Diagnostic>> for BuildError {
    fn from(diagnostics: Vec<Diagnostic>) -> BuildError {
        BuildError::Rules(diagnostics)
    }
}

/// Collects the input of an engine. By default: no rules, the policy called `default`,
/// and posts with `id`, `title`, `text` at the top level.
#[derive(Debug, Default)]
pub struct EngineBuilder {
    bundle: Option<Bundle>,
    without_packs: bool,
    loader: Loader,
    compiled: Option<Compiled>,
    mapping: Mapping,
    policy: PolicyFrom,
    choice: RuleChoice,
    style: Style,
}

#[derive(Debug, Default)]
enum PolicyFrom {
    #[default]
    Default,
    Named(String),
    /// From memory.
    Text(Arc<Source>),
    /// From a file: it may extend policies in other files.
    File(Arc<Source>),
}

impl EngineBuilder {
    /// Adds the packs and policies of a bundle.
    #[must_use]
    pub fn bundle(mut self, bundle: Bundle) -> EngineBuilder {
        self.bundle = Some(bundle);
        self
    }

    /// With (the default) or without the packs of the bundle. Its policies are kept.
    #[must_use]
    pub fn embedded(mut self, wanted: bool) -> EngineBuilder {
        self.without_packs = !wanted;
        self
    }

    /// Adds a pack file, or all packs of a folder. A pack replaces the packs of the bundle that its
    /// `replaces:` names.
    #[must_use]
    pub fn rules(mut self, path: impl AsRef<Path>) -> EngineBuilder {
        self.loader = self.loader.path(path);
        self
    }

    /// Adds a pack from memory; `name` is the file name in error messages.
    #[must_use]
    pub fn rules_text(mut self, name: impl Into<String>, yaml: impl Into<String>) -> EngineBuilder {
        self.loader = self.loader.text(name, yaml);
        self
    }

    /// Uses this compiled rule set, and no other rules.
    #[must_use]
    pub fn compiled(mut self, compiled: Compiled) -> EngineBuilder {
        self.compiled = Some(compiled);
        self
    }

    /// Uses the policy of this name: a policy file in a folder of rules, otherwise one of the
    /// bundle.
    #[must_use]
    pub fn policy(mut self, name: impl Into<String>) -> EngineBuilder {
        self.policy = PolicyFrom::Named(name.into());
        self
    }

    /// Uses a policy from memory; `name` is the file name in error messages.
    #[must_use]
    pub fn policy_text(
        mut self,
        name: impl Into<String>,
        yaml: impl Into<String>,
    ) -> EngineBuilder {
        let source = Source { name: name.into(), text: yaml.into() };
        self.policy = PolicyFrom::Text(Arc::new(source));
        self
    }

    /// Uses a policy that was read from a file already. The paths in its `extends:` are relative to
    /// the name of the source, and read.
    #[must_use]
    pub fn policy_source(mut self, source: Arc<Source>) -> EngineBuilder {
        self.policy = PolicyFrom::File(source);
        self
    }

    /// Sets where the fields are in a line.
    #[must_use]
    pub fn mapping(mut self, mapping: Mapping) -> EngineBuilder {
        self.mapping = mapping;
        self
    }

    /// Switches rules off, for this engine.
    #[must_use]
    pub fn choose(mut self, choice: RuleChoice) -> EngineBuilder {
        self.choice = choice;
        self
    }

    /// Sets the format of [`Worker::verdict_line`].
    #[must_use]
    pub fn style(mut self, style: Style) -> EngineBuilder {
        self.style = style;
        self
    }

    /// Reads, checks and compiles everything. This takes milliseconds: do it once.
    ///
    /// # Errors
    ///
    /// Every error of the rules; if there are none, of the mapping; if there are none, of the
    /// policy.
    pub fn build(self) -> Result<Engine, BuildError> {
        let EngineBuilder {
            bundle,
            without_packs,
            loader,
            compiled,
            mapping,
            policy,
            choice,
            style,
        } = self;
        let packs = bundle.filter(|_| !without_packs);
        let is_compiled = compiled.is_some();
        let Compiled { mut rules, policies, embedded: _ } = match compiled {
            Some(compiled) => compiled,
            None => {
                let declaring = policy.declaring(&loader, bundle);
                compile_rules(loader.declared_by(declaring).unused_bundle(bundle), packs)?
            }
        };
        mapping.register(rules.names_mut())?;
        let mut others = Policies::new(&policies, bundle);
        let policy = match policy {
            PolicyFrom::Default => find_policy(DEFAULT, &policies, bundle)?,
            PolicyFrom::Named(name) => find_policy(&name, &policies, bundle)?,
            PolicyFrom::Text(source) => source,
            PolicyFrom::File(source) => {
                others = others.with_files(Arc::default());
                source
            }
        };
        // Policies of folders were read from files, those of compiled rules were not.
        let is_read = !is_compiled && policies.contains(&policy);
        let others = if is_read { others.with_files(Arc::default()) } else { others };
        let parsed = Policy::parse_among(&policy, rules.names_mut(), &others)?;
        let Resolution { policy: mut resolved, warnings } =
            parsed.resolve(&RuleSetFacts::of(&rules))?;
        choice.apply(&rules, &mut resolved).map_err(BuildError::BadChoice)?;
        let classifier = Classifier::new(rules, resolved);
        let plan = Plan::new(&mapping, classifier.rules().names())?;
        let policies = others.chain(&policy);
        Ok(Engine { classifier, plan, style, policies, warnings })
    }
}

impl PolicyFrom {
    /// The policy and what it is built on, if it is known before the rules are read: rules may use
    /// the categories that these declare.
    fn declaring(&self, loader: &Loader, bundle: Option<Bundle>) -> Vec<Arc<Source>> {
        let (source, from_files) = match self {
            PolicyFrom::Default | PolicyFrom::Named(_) => return Vec::new(),
            PolicyFrom::Text(source) => (source, false),
            PolicyFrom::File(source) => (source, true),
        };
        let read = loader.policies();
        let others = Policies::new(&read, bundle);
        let others = if from_files { others.with_files(Arc::default()) } else { others };
        others.chain(source)
    }
}

/// The rules of a loader and of a bundle. The rules of a bundle alone are compiled already.
fn compile_rules(loader: Loader, packs: Option<Bundle>) -> Result<Compiled, BuildError> {
    match packs {
        Some(packs) if loader.is_empty() && !packs.compiled().is_empty() => {
            Compiled::from_bytes(packs.compiled()).map_err(BuildError::Compiled)
        }
        Some(_) | None => {
            let Loaded { model, policies } = loader.bundle(packs).load()?;
            Ok(Compiled { rules: compile(model)?, policies, embedded: packs.is_some() })
        }
    }
}

fn find_policy(
    name: &str,
    policies: &[Arc<Source>],
    bundle: Option<Bundle>,
) -> Result<Arc<Source>, BuildError> {
    let found = policy::find(name, policies);
    found.or_else(|| bundle.and_then(|bundle| bundle.policy(name))).ok_or_else(|| {
        let shipped = bundle.into_iter().flat_map(Bundle::policy_names).map(str::to_owned);
        let own = policies.iter().filter_map(|source| policy::name_of(source));
        let known = shipped.chain(own.map(str::to_owned)).collect();
        BuildError::UnknownPolicy { name: name.to_owned(), known }
    })
}

/// Compiled rules, policy and mapping. Immutable; share it between threads.
#[derive(Debug)]
pub struct Engine {
    classifier: Classifier,
    plan: Plan,
    style: Style,
    /// The policy, and those that it extends.
    policies: Vec<Arc<Source>>,
    warnings: Vec<Diagnostic>,
}

impl Engine {
    /// A builder without rules.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Rules and policy.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// The source of the policy.
    pub fn policy_source(&self) -> &Arc<Source> {
        &self.policies[0]
    }

    /// The source of the policy, then those of the policies that it extends, one after the other.
    pub fn policy_sources(&self) -> &[Arc<Source>] {
        &self.policies
    }

    /// Warnings of the policy, such as globs that match no rule.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// How posts are read.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The classifier and the plan.
    pub fn into_parts(self) -> (Classifier, Plan) {
        (self.classifier, self.plan)
    }

    /// An encoder that writes verdicts as the program does.
    pub fn encoder(&self) -> Encoder<'_> {
        Encoder::new(Labels::of(&self.classifier), self.style)
    }

    /// The buffers of one thread. Reuse it: after the first lines it allocates nothing.
    pub fn worker(&self) -> Worker<'_> {
        Worker {
            engine: self,
            encoder: self.encoder(),
            batch: Batch::default(),
            scratch: Scratch::default(),
            out: Vec::new(),
        }
    }
}

/// The result for one line.
#[derive(Debug)]
pub enum Answer<'a> {
    /// A post, and its verdict.
    Post(Post<'a>, Verdict<'a>),
    /// A record that is not a post, according to the mapping.
    Skipped,
    /// No usable post.
    Unreadable {
        /// The kind of error.
        code: ErrorCode,
        /// A message with the place.
        detail: &'a str,
    },
}

/// Classifies lines, one after the other, on one thread.
#[derive(Debug)]
pub struct Worker<'e> {
    engine: &'e Engine,
    encoder: Encoder<'e>,
    batch: Batch,
    scratch: Scratch,
    out: Vec<u8>,
}

impl Worker<'_> {
    /// The verdict on one line, borrowed from the worker.
    ///
    /// `line` is one JSON object, with or without its line end. Bytes after a newline are
    /// ignored.
    pub fn answer<'a>(&'a mut self, line: &'a [u8]) -> Answer<'a> {
        self.read(line);
        match self.batch.record(line, 0) {
            Record::Post(post) => {
                Answer::Post(post, self.engine.classifier.judge(&post, 0, &mut self.scratch))
            }
            Record::Skipped { .. } => Answer::Skipped,
            Record::Unreadable { code, detail, .. } => Answer::Unreadable { code, detail },
        }
    }

    /// The verdict on one line as JSON with a newline: the bytes that the program writes.
    pub fn verdict_line(&mut self, line: &[u8]) -> &[u8] {
        self.read(line);
        let Worker { engine, encoder, batch, scratch, out } = self;
        out.clear();
        let raw = &line[batch.line_span(0)];
        match batch.record(line, 0) {
            Record::Post(post) => {
                let verdict = engine.classifier.judge(&post, 0, scratch);
                encoder.post(out, raw, &post, &verdict);
            }
            Record::Skipped { id } => encoder.skipped(out, raw, id),
            Record::Unreadable { id, code, detail } => {
                let is_repaired = batch.is_repaired(0);
                let line = UnreadableLine { id, offset: 0, place: None, code, detail, is_repaired };
                encoder.unreadable(out, &line);
            }
        }
        out
    }

    fn read(&mut self, line: &[u8]) {
        // An empty chunk contains no line; a blank line is one.
        let line = if line.is_empty() { b"\n" } else { line };
        self.engine.plan.read(line, false, &mut self.batch);
        self.engine.classifier.scan(line, &self.batch, &mut self.scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::Action;
    use crate::domain::category::Category;

    const PACK: &str = "
tidegate: 1
pack: tickets
version: 2026.1.0
title: Forged tickets
license: CC0-1.0
defaults: { category: fraud, level: medium }
rules:
  - id: tickets.paid-outside
    title: Tickets that are paid for outside the platform
    match: { ticket: [concert ticket], pay: [gift card] }
    condition: ticket near/40 pay
    weight: 6
";

    const POLICY: &str = "{ tidegate: 1, kind: policy, actions: [allow, flag, review, block],
        categories: { fraud: { flag: 2, review: 5, block: 9 } } }";

    fn builder() -> EngineBuilder {
        let builder = Engine::builder().policy_text("mine.policy.yaml", POLICY);
        builder.rules_text("tickets.rules.yaml", PACK)
    }

    #[test]
    fn rules_can_be_switched_off() {
        let other = PACK.replace("tickets", "other").replace(
            "    weight: 6",
            "    aliases: [other.former]\n    category: spam\n    weight: 6",
        );
        let build = |disabled: &[&str], categories: &[&str]| {
            let choice = RuleChoice {
                disabled: disabled.iter().map(|name| (*name).to_owned()).collect(),
                categories: categories.iter().filter_map(|it| Category::from_name(it)).collect(),
            };
            builder().rules_text("other.rules.yaml", &*other).choose(choice).build()
        };
        let fired = |disabled: &[&str], categories: &[&str]| {
            let engine = build(disabled, categories).unwrap();
            let line = br#"{"id":1,"text":"One Concert Ticket, for a gift card"}"#;
            let verdict = String::from_utf8(engine.worker().verdict_line(line).to_vec()).unwrap();
            let ids = ["tickets.paid-outside", "other.paid-outside"];
            let fired = ids.map(|id| verdict.contains(id));
            (fired, engine.classifier().hash_hex().to_owned())
        };
        let (all, hash) = fired(&[], &[]);
        assert_eq!(all, [true, true]);
        for (disabled, categories, expected) in [
            (&["tickets.*"][..], &[][..], [false, true]),
            (&["other.former"], &[], [true, false]),
            (&[], &["spam"], [false, true]),
            (&[], &["fraud"], [true, false]),
        ] {
            let (some, other) = fired(disabled, categories);
            assert_eq!(some, expected, "{disabled:?} {categories:?}");
            assert_ne!(other, hash, "{disabled:?} {categories:?}");
        }
        let refused = |disabled: &[&str]| build(disabled, &[]).unwrap_err().to_string();
        assert!(refused(&["tickets.paid-outsid"]).contains("did you mean `tickets.paid-outside`?"));
        assert!(refused(&["no.*"]).contains("no rule is called `no.*`"));
        assert!(refused(&["*"]).contains("no rule is left"));
    }

    #[test]
    fn a_line_is_answered_and_a_bad_one_too() {
        let engine = builder().build().unwrap();
        let mut worker = engine.worker();
        let line = br#"{"id":1,"text":"One Concert Ticket, for a gift card"}"#;
        let Answer::Post(post, verdict) = worker.answer(line) else { panic!("a post") };
        assert_eq!((post.id(), verdict.action), ("1", Action::Review));
        let Answer::Unreadable { code, .. } = worker.answer(b"") else { panic!("blank") };
        assert_eq!(code, ErrorCode::Empty);
        let Answer::Unreadable { code, .. } = worker.answer(b"{") else { panic!("no JSON") };
        assert_eq!(code, ErrorCode::BadJson);
    }

    #[test]
    fn the_written_verdict_is_the_verdict_of_answer() {
        let engine = builder().build().unwrap();
        let mut worker = engine.worker();
        for (line, start) in [
            (
                &br#"{"id":"a","text":"Concert ticket? gift card"}"#[..],
                r#"{"id":"a","action":"review""#,
            ),
            (b"{\"id\":\"b\",\"text\":\"hello\"}\r\n", "{\"id\":\"b\",\"action\":\"allow\"}\n"),
            (b"", r#"{"id":null,"offset":0,"action":"unreadable","error":"empty""#),
            (b"{\"id\":\"c\"}", r#"{"id":"c","offset":0,"action":"unreadable","error":"no_text""#),
        ] {
            let written = std::str::from_utf8(worker.verdict_line(line)).unwrap();
            assert!(written.starts_with(start) && written.ends_with('\n'), "{written}");
        }
    }

    #[test]
    fn errors_have_a_place() {
        let broken = PACK.replace("near/40 pay", "near/40 payy");
        let refused = Engine::builder().rules_text("x.rules.yaml", broken).build();
        let message = refused.unwrap_err().to_string();
        assert_eq!(message, "x.rules.yaml:12:31: error[unknown_name]: no matcher is called `payy`");
        let message = builder().policy("lenient").build().unwrap_err().to_string();
        assert!(message.starts_with("no policy is called `lenient`; known: "), "{message}");
        let message = builder().policy_text("p.yaml", "policy: 3").build().unwrap_err().to_string();
        assert!(message.starts_with("p.yaml:1:"), "{message}");
    }
}
