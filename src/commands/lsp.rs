//! `lsp`: the language server for editors, over standard input and output.

use crate::exit::Exit;
use crate::term;
use crate::term::say;
use clap::Args;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use tidegate_lsp::{Ending, Options, serve_stdio};
use tidegate_packs::BUNDLE;

/// Arguments of `lsp`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct LspArgs {
    /// Packs, policies or folders that are checked together [default: the folder of each file]
    ///
    /// Without PATH, a file is checked with the rules of the topmost folder of the workspace
    /// that has rule files, itself or in a folder directly below it; of a larger one if packs
    /// include word lists by `../`.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Do not load the embedded rules
    #[arg(long)]
    pub no_default_rules: bool,
    /// Accepted for editors that add it: the server always uses standard input and output
    #[arg(long, hide = true)]
    pub stdio: bool,
}

const AFTER_HELP: &str = "\
Editors start this command; docs/editors.md has their settings. It gives the diagnostics of \
`tidegate check` while a pack, policy or word list is edited, and completes, explains, finds and \
renames names in it.

Examples:
  tidegate lsp
  tidegate lsp my-rules/

Exit status:
  0  the editor ended the session by `shutdown` and `exit`
  1  the editor ended without `shutdown`
  4  a message that is no message of the protocol, or an output that cannot be written";

/// Runs the command.
pub fn run(args: LspArgs) -> Exit {
    if io::stdin().is_terminal() {
        term::note(&say!("waiting for messages of an editor; press Ctrl-C to stop\n"));
    }
    let options = Options {
        bundle: (!args.no_default_rules).then_some(BUNDLE),
        paths: args.paths,
        language: term::chosen(),
    };
    match serve_stdio(options) {
        Ok(Ending::Shutdown) => Exit::Complete,
        Ok(Ending::Exit | Ending::Disconnected) => Exit::Found,
        Err(message) => {
            term::error(&message);
            Exit::Io
        }
    }
}
