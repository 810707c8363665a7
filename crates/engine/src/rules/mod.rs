//! Rules as data: from YAML files to a compiled rule set.
//!
//! ```text
//! source   YAML text, word lists     ─► schema::Pack      values with byte ranges
//! load     schema::Pack              ─► model::Model      names are numbers, defaults filled in
//! lint     model::Model              ─► Diagnostic        warnings for authors
//! compile  model::Model              ─► compiled::RuleSet scanner, programs, triggers
//! measured posts of a sample         ─► RuleSet           planned by measured costs
//! codec    compiled::RuleSet        ◄─► bytes             `tidegate compile`
//! ```
//!
//! # Example: one rule, from YAML to its trigger
//!
//! ```
//! use tidegate_engine::domain::ids::RuleIx;
//! use tidegate_engine::rules::compile::compile;
//! use tidegate_engine::rules::compiled::RuleSet;
//! use tidegate_engine::rules::condition::expr::Expr;
//! use tidegate_engine::rules::load::Loader;
//! use tidegate_engine::rules::model::Model;
//!
//! let pack = "
//! tidegate: 1
//! pack: tickets
//! version: 2026.1.0
//! title: Forged tickets
//! license: CC0-1.0
//! rules:
//!   - id: tickets.paid-outside
//!     title: Tickets paid for outside the platform
//!     category: fraud
//!     match: { ticket: [concert ticket], pay: [gift card, bank transfer] }
//!     condition: ticket near/40 pay
//!     weight: 6
//! ";
//!
//! // 1. YAML → `schema::Pack` → `Model`: matchers and rules are numbers. `Loader` reports every
//! //    error as a `Diagnostic`.
//! let model: Model = Loader::new().text("tickets.rules.yaml", pack).load().unwrap().model;
//! let names: Vec<&str> = model.matchers.iter().map(|it| it.name.as_str()).collect();
//! assert_eq!(names, ["ticket", "pay"]);
//!
//! // 2. The condition is a tree: `parse` made an `Ast`, `resolve` this `Expr`.
//! let Expr::Near { left, right, within: 40, ordered: false } = &model.rules[0].condition.expr
//! else { panic!("near") };
//! let (ticket, pay) = (left.any[0], right.any[0]);
//! assert_eq!([ticket.index(), pay.index()], [0, 1]);
//!
//! // 3. `Model` → `RuleSet`: the terms are in the scanner, the condition is a `Program`.
//! let rules: RuleSet = compile(model).unwrap();
//! let rule = &rules.rules()[0];
//! assert_eq!(rule.operands, [ticket, pay]);
//!
//! // 4. The trigger: `near` needs a hit on both sides, so one side suffices as the trigger, and
//! //    `concert ticket` is expected in fewer posts. Only a post with a hit of `ticket` makes the
//! //    rule a candidate; then its program is evaluated over the hits of both matchers.
//! assert_eq!(rules.order(), [RuleIx(0)]);
//! assert_eq!(rules.triggered_by(ticket), [0]);
//! assert!(rules.triggered_by(pay).is_empty() && rules.untriggered().is_empty());
//! ```
//!
//! `condition::trigger` describes how triggers are chosen.

pub mod codec;
mod codec_correlation;
pub mod compile;
pub mod compiled;
pub mod compiled_correlation;
pub mod condition;
pub mod language;
pub mod lint;
pub mod load;
pub mod measured;
pub mod model;
pub mod plan;
mod planning;
pub mod source;
