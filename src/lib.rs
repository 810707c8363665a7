//! A streaming text classifier: JSON-lines posts in, one explained verdict per post out.
//!
//! The program of the same name is a shell around this library. An [`Engine`] is built
//! once, from packs of rules and a policy, and shared by threads; each thread then owns a
//! [`Worker`](engine::Worker), and a warm worker allocates nothing.
//!
//! ```text
//!  chunk of lines ─► Plan::read ─► Batch of posts ─► Classifier::scan    fold, find
//!                                                          │
//!  line of JSON ◄── Encoder::post ◄── Verdict ◄── Classifier::judge      rules, scores,
//!                                                                        action, evidence
//! ```
//!
//! [`pipeline`] spreads this over threads and keeps the order of the input. ARCHITECTURE.md
//! in the repository tells the ranks of the modules and the reasons.
//!
//! ```
//! use tidegate::engine::Answer;
//! use tidegate::{Action, Engine};
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
//! let engine = Engine::builder().embedded(false).rules_text("tickets.rules.yaml", pack).build()?;
//! let mut worker = engine.worker();
//! let line = br#"{"id":1,"text":"One Concert Ticket, for a gift card"}"#;
//! let Answer::Post(_, verdict) = worker.answer(line) else { panic!("a post") };
//! assert_eq!(verdict.action, Action::Review);
//! assert_eq!(verdict.categories[0].0.name(), "fraud");
//! assert_eq!(verdict.evidence[0].span.range(), 4..18);
//! # Ok::<(), tidegate::engine::BuildError>(())
//! ```

pub mod action;
pub mod category;
pub mod classifier;
pub mod diagnostic;
pub mod engine;
pub mod event_time;
pub mod field;
pub mod fold;
pub mod html;
pub mod ids;
pub mod limits;
pub mod lines;
pub mod machine;
pub mod output;
pub mod pipeline;
pub mod policy;
pub mod post;
pub mod ruleset;
pub mod scan;
pub mod score;
pub mod span;
pub mod store;
pub mod study;
pub mod summary;
mod sync;
pub mod verdict;
pub mod view;

pub use action::Action;
pub use category::Category;
pub use classifier::{Classifier, Scratch};
pub use engine::Engine;
pub use output::Encoder;
pub use policy::Policy;
pub use post::{Batch, Mapping, Plan, Post, Record};
pub use ruleset::compile::compile;
pub use ruleset::load::Loader;
pub use verdict::{Evidence, Verdict};
