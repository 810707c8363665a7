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
//! `tidegate-pipeline` spreads this over threads and keeps the order of the input. ARCHITECTURE.md
//! in the repository tells the ranks of the modules and the reasons.
//!
//! ```
//! use tidegate_engine::engine::Answer;
//! use tidegate_engine::{Action, Engine};
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
//! # Ok::<(), tidegate_engine::engine::BuildError>(())
//! ```

pub mod classifier;
pub mod codec;
pub mod diagnostic;
pub mod domain;
pub mod engine;
pub mod fold;
pub mod html;
pub mod lines;
pub mod machine;
pub mod output;
mod parallel;
pub mod policy;
pub mod post;
pub mod rules;
pub mod scan;

pub use classifier::{Classifier, Scratch};
pub use domain::action::Action;
pub use domain::category::Category;
pub use domain::verdict::{Evidence, Verdict};
pub use engine::{Engine, EngineBuilder};
pub use output::Encoder;
pub use policy::Policy;
pub use post::{Batch, Mapping, Plan, Post, Record};
pub use rules::compile::compile;
pub use rules::load::Loader;
