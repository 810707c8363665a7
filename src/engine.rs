//! The front door of the library: rules and a policy, built once; workers that answer.
//!
//! Input: where rules come from, a policy, how posts are read. Output: an [`Engine`],
//! immutable and shared by threads, and [`Worker`]s, one for each thread, that answer a
//! line at a time. For whole streams [`crate::pipeline`] is faster; its answers are the
//! same bytes.
//!
//! ```
//! use tidegate::Engine;
//!
//! let engine = Engine::builder().build()?;
//! let mut worker = engine.worker();
//! let verdict = worker.verdict_line(br#"{"id": 1, "text": "See you at the harbour."}"#);
//! assert_eq!(verdict, b"{\"id\":1,\"action\":\"allow\"}\n");
//! # Ok::<(), tidegate::engine::BuildError>(())
//! ```

use crate::classifier::{Classifier, Scratch};
use crate::diagnostic::{Diagnostic, Source};
use crate::output::{Encoder, Labels, Style};
use crate::policy::{DEFAULT, Policy, RuleFacts};
use crate::post::{Batch, ErrorCode, Mapping, MappingError, Plan, Post, Record};
use crate::ruleset::compile::compile;
use crate::ruleset::load::Loader;
use crate::verdict::Verdict;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Why no engine was built.
#[derive(Debug)]
pub enum BuildError {
    /// The mapping cannot be used.
    Mapping(MappingError),
    /// No policy of this name comes with the library.
    UnknownPolicy(String),
    /// Rules or policy are wrong: everything that is, with its place.
    Rules(Vec<Diagnostic>),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Mapping(error) => error.fmt(f),
            BuildError::UnknownPolicy(name) => {
                let known: Vec<&str> =
                    Policy::embedded_names().map(|name| -> &str { name }).collect();
                write!(f, "no policy is called `{name}`; known: {}", known.join(", "))
            }
            BuildError::Rules(faults) => {
                for (at, fault) in faults.iter().enumerate() {
                    let separator = if at == 0 { "" } else { "\n" };
                    write!(f, "{separator}{fault}")?;
                }
                Ok(())
            }
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
    fn from(faults: Vec<Diagnostic>) -> BuildError {
        BuildError::Rules(faults)
    }
}

/// What an engine is built from. By default: the packs and the policy that come with the
/// library, and posts with `id`, `title`, `text` at the top level.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    loader: Loader,
    mapping: Mapping,
    policy: PolicyFrom,
    style: Style,
}

#[derive(Clone, Debug, Default)]
enum PolicyFrom {
    #[default]
    Default,
    Named(String),
    Text(Arc<Source>),
}

impl Builder {
    /// With or without the packs that come with the library.
    #[must_use]
    pub fn embedded(mut self, wanted: bool) -> Builder {
        self.loader = self.loader.embedded(wanted);
        self
    }

    /// Adds a pack file, or all packs of a folder. A pack of the same name replaces the
    /// one that comes with the library.
    #[must_use]
    pub fn rules(mut self, path: impl AsRef<Path>) -> Builder {
        self.loader = self.loader.path(path);
        self
    }

    /// Adds a pack from memory; `name` stands in error messages.
    #[must_use]
    pub fn rules_text(mut self, name: impl Into<String>, yaml: impl Into<String>) -> Builder {
        self.loader = self.loader.text(name, yaml);
        self
    }

    /// The policy of this name that comes with the library.
    #[must_use]
    pub fn policy(mut self, name: impl Into<String>) -> Builder {
        self.policy = PolicyFrom::Named(name.into());
        self
    }

    /// A policy from memory; `name` stands in error messages.
    #[must_use]
    pub fn policy_text(mut self, name: impl Into<String>, yaml: impl Into<String>) -> Builder {
        let source = Source { name: name.into(), text: yaml.into() };
        self.policy = PolicyFrom::Text(Arc::new(source));
        self
    }

    /// Where things are in a line.
    #[must_use]
    pub fn mapping(mut self, mapping: Mapping) -> Builder {
        self.mapping = mapping;
        self
    }

    /// How [`Worker::verdict_line`] writes.
    #[must_use]
    pub fn style(mut self, style: Style) -> Builder {
        self.style = style;
        self
    }

    /// Reads, checks and compiles everything. Takes milliseconds: do it once.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the rules; or, if nothing is, with the policy.
    pub fn build(self) -> Result<Engine, BuildError> {
        let Builder { loader, mapping, policy, style } = self;
        let mut model = loader.load()?.model;
        mapping.register(&mut model.names)?;
        let source = match policy {
            PolicyFrom::Text(source) => source,
            PolicyFrom::Default => embedded_policy(DEFAULT)?,
            PolicyFrom::Named(name) => embedded_policy(&name)?,
        };
        let policy = Policy::parse(&source, &mut model.names)?;
        let rules = compile(model)?;
        let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(RuleFacts::of).collect();
        let policy = policy.resolve(&facts)?.policy;
        let classifier = Classifier::new(rules, policy);
        let plan = Plan::new(&mapping, classifier.rules().names())?;
        Ok(Engine { classifier, plan, style })
    }
}

fn embedded_policy(name: &str) -> Result<Arc<Source>, BuildError> {
    Policy::embedded(name).ok_or_else(|| BuildError::UnknownPolicy(name.to_owned()))
}

/// Rules, policy and mapping, ready to answer. Immutable; share it between threads.
#[derive(Debug)]
pub struct Engine {
    classifier: Classifier,
    plan: Plan,
    style: Style,
}

impl Engine {
    /// What to build from.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Rules and policy.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// How posts are read.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Writes verdicts as the program does.
    pub fn encoder(&self) -> Encoder<'_> {
        Encoder::new(Labels::of(&self.classifier), self.style)
    }

    /// One thread's buffers. Make it once and keep it: warm, it allocates nothing.
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

/// What is said about one line.
#[derive(Debug)]
pub enum Answer<'a> {
    /// A post, and its verdict.
    Post(Post<'a>, Verdict<'a>),
    /// A record that the mapping knows to be no post.
    Skipped,
    /// No usable post.
    Unreadable {
        /// Which kind.
        code: ErrorCode,
        /// For people: what and where.
        detail: &'a str,
    },
}

/// Answers one line after the other on one thread.
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
    /// `line` is one JSON object, with or without its line end. What comes after a
    /// newline is not looked at: a newline ends the line.
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

    /// The verdict on one line as JSON with a newline, the bytes that the program writes.
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
            Record::Unreadable { id, code, detail } => encoder.unreadable(out, id, 0, code, detail),
        }
        out
    }

    fn read(&mut self, line: &[u8]) {
        // An empty chunk holds no line; a blank line is one.
        let line = if line.is_empty() { b"\n" } else { line };
        self.engine.plan.read(line, false, &mut self.batch);
        self.engine.classifier.scan(line, &self.batch, &mut self.scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;

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

    fn builder() -> Builder {
        Engine::builder().embedded(false).rules_text("tickets.rules.yaml", PACK)
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
    fn the_written_verdict_is_the_one_that_is_told() {
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
    fn what_is_wrong_is_told_with_its_place() {
        let broken = PACK.replace("near/40 pay", "near/40 payy");
        let refused = Engine::builder().embedded(false).rules_text("x.rules.yaml", broken).build();
        let told = refused.unwrap_err().to_string();
        assert_eq!(told, "x.rules.yaml:12:31: error[unknown_name]: no matcher is called `payy`");
        let told = builder().policy("lenient").build().unwrap_err().to_string();
        assert!(told.starts_with("no policy is called `lenient`; known: default"), "{told}");
        let told = builder().policy_text("p.yaml", "policy: 3").build().unwrap_err().to_string();
        assert!(told.starts_with("p.yaml:1:"), "{told}");
    }
}
