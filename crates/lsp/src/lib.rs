//! The language server for rule packs, word lists and policies: `tidegate lsp`.
//!
//! Input: messages of the Language Server Protocol. Output: its answers, and diagnostics as
//! `tidegate check` gives them, over the unsaved texts of open files.
//!
//! * One thread reads messages and answers requests from outlines of the files. A second one
//!   checks folders and runs tests, which takes longer.
//! * A panic ends one request or one check, not the server.
//! * Nothing is written to disk.
//!
//! | file | content |
//! |---|---|
//! | `text`, `uri`, `document` | positions, addresses, open files |
//! | `outline`, `folder` | what files define and use; which files belong together |
//! | `job`, `convert` | checks and tests; diagnostics of the protocol |
//! | `index`, `cursor`, `schema` | what names refer to; where a byte is in the YAML; keys and words |
//! | `view`, `features` | one request; hover, completion, definitions, renames, actions, symbols |
//! | `server`, `session` | the messages; the state between them |

mod actions;
mod complete;
mod convert;
mod cursor;
mod document;
mod entities;
mod features;
mod folder;
mod hover;
mod index;
mod job;
mod outline;
mod rename;
mod schema;
mod server;
mod session;
mod stdio;
mod symbols;
#[cfg(test)]
mod tests;
mod text;
mod uri;
mod view;

pub use server::{Ending, Options, serve};
pub use stdio::serve_stdio;
