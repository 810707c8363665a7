//! Memory of a stream: what a single post cannot show.
//!
//! `scan` is a pure function of one post. This crate reads its annotated lines in order, keeps
//! bounded state by event time, and writes one line for each line: campaigns (one text under many
//! names), stepped measures for authors and channels, correlations of rules over several posts,
//! breakers, reports, decisions, and cases for reviewers.
//!
//! ```text
//! lines ── input ──► Record ── core ──► Decision ── output ──► lines
//!          (threads: parse, fingerprint)  (one thread, in order)
//!                                  │
//!                                store (SQLite: checkpoints of the state)
//! ```
//!
//! Equal inputs, measures and first state give equal bytes, for every number of threads, every
//! interval of checkpoints and every interruption. All arithmetic is on integers; time is the time
//! of events, never that of the machine.

pub mod case;
pub mod correlations;
pub mod decision;
pub mod fixed;
pub mod league;
pub mod look;
pub mod measures;
pub mod memory;
pub mod model;
pub mod output;
pub mod pages;
pub mod policy;
pub mod read;
pub mod record;
pub mod rule_tests;
pub mod run;
pub mod state_report;
pub mod store;
pub mod text;
