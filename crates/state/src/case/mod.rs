//! A case for a person: what is known of it, and what leaves the house.
//!
//! [`CaseView`] gathers a case from a state file. It is shown as text (by the program), as JSON
//! ([`to_json`]) and as an HTML page ([`render_page`]). [`hand_over()`] makes the files for others, in
//! which only an allow-list of fields is clear ([`redact`]); [`write_folder`] writes them with a
//! manifest, and [`verify`] compares a folder with its manifest.
//!
//! Who may need help is never handed over as an offence ([`Refusal`]).

mod folder;
mod hand_over;
mod history;
mod html;
mod ids;
mod json;
mod manifest;
mod proposal;
pub mod redact;
#[cfg(test)]
mod tests;
mod timeline;
mod view;

pub use folder::{FolderError, check_folder, write_folder};
pub use hand_over::{HandOver, Refusal, hand_over};
pub use history::HistoryEntry;
pub use html::render_page;
pub use json::to_json;
pub use manifest::{Finding, Manifest, Verified, verify};
pub use proposal::Proposal;
pub use view::{CasePost, CaseReport, CaseView, Origin};
