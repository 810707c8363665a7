//! One module per command: its arguments, its run, its output and exit status.

pub mod bench;
#[cfg(feature = "state")]
pub mod case;
pub mod check;
pub mod compile;
#[cfg(feature = "state")]
pub mod correlate;
pub mod diff;
pub mod eval;
pub mod explain;
pub mod init;
pub mod lsp;
pub mod packs;
pub mod report;
pub mod scan;
pub mod schema;
#[cfg(feature = "serve")]
pub mod serve;
pub mod suggest;
pub mod test;
pub mod tune;
