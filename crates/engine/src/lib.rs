//! A streaming text classifier: reads posts as JSON lines and returns one explained verdict
//! per post.
//!
//! An [`Engine`] is built once, from rule packs and a policy, and shared by threads. Each
//! thread has its own [`Worker`]; once its buffers have grown, it allocates nothing. Crates
//! around this one add the shipped packs (`tidegate-packs`), threads and files
//! (`tidegate-pipeline`), evaluation (`tidegate-analysis`) and the program (`tidegate`).
//!
//! # One post
//!
//! ```text
//! chunk of lines     ─ Plan::read ─────────►  Batch of Records
//! Batch              ─ Classifier::scan ───►  Scratch: folded texts and literal occurrences
//! Post, Scratch      ─ Classifier::judge ──►  Verdict: action, scores, fired rules, evidence
//! Verdict            ─ Encoder::post ──────►  line of JSON
//! ```
//!
//! 1. [`post`]: a [`Plan`] (the compiled [`Mapping`] of JSON Pointers) reads a chunk of lines
//!    into a [`Batch`]; each line is one [`Record`]: a [`Post`], a skipped or an unreadable
//!    line.
//! 2. [`fold`] and [`scan`]: the texts are folded into symbols, and literals are searched in
//!    all posts of the batch at once; regexes and entities run only on posts that a prefilter lets pass.
//! 3. [`classifier`]: the rules ([`rules`]) whose trigger was found are evaluated, and the
//!    [`policy`] turns scores into an [`Action`]. The [`Verdict`] borrows from [`Scratch`].
//! 4. [`output`]: an [`Encoder`] writes the verdict as JSON.
//!
//! A [`Worker`] does all steps for single lines. ARCHITECTURE.md in the repository describes
//! the order of the modules and the reasons for it.
//!
//! # Example
//!
//! ```
//! use tidegate_engine::{Action, Answer, Engine};
//!
//! let pack = "
//! tidegate: 1
//! pack: tickets
//! version: 2026.1.0
//! title: Forged tickets
//! license: CC0-1.0
//! defaults: { category: fraud, level: medium }
//! rules:
//!   - id: tickets.paid-outside
//!     title: Tickets that are paid for outside the platform
//!     match: { ticket: [concert ticket], pay: [gift card] }
//!     condition: ticket near/40 pay
//!     weight: 6
//! ";
//! let policy = "{ tidegate: 1, kind: policy, actions: [allow, flag, review, block],
//!     categories: { fraud: { flag: 2, review: 5, block: 9 } } }";
//! let engine = Engine::builder()
//!     .rules_text("tickets.rules.yaml", pack)
//!     .policy_text("tickets.policy.yaml", policy)
//!     .build()?;
//! let mut worker = engine.worker();
//! let line = br#"{"id":1,"text":"One Concert Ticket, for a gift card"}"#;
//! let Answer::Post(_, verdict) = worker.answer(line) else { panic!("a post") };
//! assert_eq!(verdict.action, Action::Review);
//! assert_eq!(verdict.categories[0].0.name(), "fraud");
//! assert_eq!(verdict.evidence[0].span.range(), 4..18);
//! # Ok::<(), tidegate_engine::BuildError>(())
//! ```

extern crate self as tidegate_engine;

pub mod classifier;
pub mod codec;
pub mod diagnostic;
pub mod domain;
pub mod engine;
pub mod fold;
pub mod html;
pub mod lines;
pub mod machine;
pub mod message;
pub mod output;
mod parallel;
pub mod policy;
pub mod post;
pub mod rules;
pub mod scan;

pub use classifier::{Classifier, Scratch};
pub use diagnostic::Diagnostic;
pub use domain::action::Action;
pub use domain::category::Category;
pub use domain::score::Score;
pub use domain::span::Span;
pub use domain::verdict::{Evidence, Fired, Verdict};
pub use engine::{Answer, BuildError, Engine, EngineBuilder, Worker};
pub use message::Message;
pub use output::{Encoder, Style};
pub use policy::Policy;
pub use post::{Batch, ErrorCode, Mapping, MappingError, Plan, Post, Record};
pub use rules::compile::compile;
pub use rules::load::Loader;
