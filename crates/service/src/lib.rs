//! The verdicts of `scan` behind HTTP.
//!
//! A platform calls the service for each post or for each batch; a person opens its page and tries
//! a text. [`serve`] runs it until a signal stops it.
//!
//! ```text
//! connection ─► guard ─► route ─► reading ─► judges ─► answer
//!  server        token,   router   body,      threads   verdicts in the order
//!  timeouts      host              lines      of their  of the lines
//!                                             own
//! ```
//!
//! * `server`: listeners, connections and their timeouts, the stop.
//! * `guard`: who may ask: tokens, `Host`, `Origin`.
//! * `query`, `reading`: the flags of `scan` as a query, and what follows from them.
//! * `body`, `stream`: lines of a body as it arrives, verdicts as they are ready.
//! * `json`, `moderations`, `explain`, `info`, `page`: what is not streamed.
//! * `openapi`: the description of all paths.
//! * `judges`: the threads that judge, behind a queue with a limit.
//! * `ruleset`, `reload`: the rules in use, and their replacement while requests run.
//! * `state`: what a single post cannot show, kept in a state file (feature `state`).
//! * `metrics`, `exposition`, `log`: numbers and lines for those who operate the service; never a post's text.
//!
//! Rules are loaded by the caller ([`RuleSource`]): the service knows no files of rules.

mod body;
mod error;
mod explain;
mod exposition;
mod guard;
mod info;
mod io_timeout;
mod json;
mod judges;
mod log;
mod metrics;
mod moderations;
mod openapi;
mod page;
mod query;
mod reading;
mod reload;
mod router;
mod ruleset;
mod server;
mod settings;
#[cfg_attr(not(feature = "state"), path = "no_state.rs")]
mod state;
mod state_metrics;
mod stream;

pub use guard::{Role, Token, TokenError, Tokens};
pub use log::LogFormat;
pub use ruleset::{Loaded, RuleSource};
pub use server::{Failure, serve};
pub use settings::{Address, Settings};
#[cfg(feature = "state")]
pub use state::live_rules;
pub use state::{Measures, Start};
