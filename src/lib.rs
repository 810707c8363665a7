//! A streaming text classifier: JSON-lines posts in, one explained verdict per post out.
//!
//! The program of the same name is a shell around this library. A [`Classifier`] is built
//! once, from packs of rules and a policy; each worker then owns a [`Batch`] and a
//! [`Scratch`], and a warm worker allocates nothing.
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
//! use tidegate::policy::{DEFAULT, RuleFacts};
//! use tidegate::{Action, Batch, Category, Classifier, Loader, Mapping, Plan, Policy, Record};
//! use tidegate::{Scratch, compile};
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
//! let loader = Loader::new().embedded(false).text("tickets.rules.yaml", pack);
//! let mut model = loader.load().expect("the pack is sound").model;
//! let source = Policy::embedded(DEFAULT).expect("there is a default policy");
//! let policy = Policy::parse(&source, &mut model.names).expect("the policy is sound");
//! let rules = compile(model).expect("the rules compile");
//! let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(RuleFacts::of).collect();
//! let policy = policy.resolve(&facts).expect("the policy fits the rules").policy;
//! let classifier = Classifier::new(rules, policy);
//! let plan = Plan::new(&Mapping::default(), classifier.rules().names())?;
//!
//! let lines = br#"{"id":1,"text":"One Concert Ticket, for a gift card"}"#;
//! let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
//! plan.read(lines, false, &mut batch);
//! classifier.scan(lines, &batch, &mut scratch);
//! let Record::Post(post) = batch.record(lines, 0) else { panic!("a post") };
//! let verdict = classifier.judge(&post, 0, &mut scratch);
//! assert_eq!(verdict.action, Action::Review);
//! assert_eq!(verdict.categories[0].0, Category::from_name("fraud").unwrap());
//! assert_eq!(verdict.evidence[0].span.range(), 4..18);
//! # Ok::<(), tidegate::post::MappingError>(())
//! ```

pub mod action;
pub mod category;
pub mod classifier;
pub mod diagnostic;
pub mod event_time;
pub mod field;
pub mod fold;
pub mod html;
pub mod ids;
pub mod limits;
pub mod lines;
pub mod output;
pub mod pipeline;
pub mod policy;
pub mod post;
pub mod ruleset;
pub mod scan;
pub mod score;
pub mod span;
pub mod study;
pub mod summary;
pub mod verdict;
pub mod view;

pub use action::Action;
pub use category::Category;
pub use classifier::{Classifier, Scratch};
pub use output::Encoder;
pub use policy::Policy;
pub use post::{Batch, Mapping, Plan, Post, Record};
pub use ruleset::compile::compile;
pub use ruleset::load::Loader;
pub use verdict::{Evidence, Verdict};
