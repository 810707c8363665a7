//! `report --state`: a state in numbers, as a page or as JSON.

use super::page_file::write;
use crate::exit::Exit;
use crate::files::own_command;
use crate::measures_file;
use crate::outputs::OutputCheck;
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use clap::Args;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use tidegate_messages::Language;
use tidegate_state::state_report::{StateReport, render_page};
use tidegate_state::store::StateReader;

/// Arguments of a report about a state.
#[derive(Args, Debug)]
pub struct StateReportArgs {
    /// Report about the state that `correlate` has written, not about verdicts
    ///
    /// Channels compared, campaigns, steps, operations, and what became of decisions.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "since", "rules"])]
    pub state: Option<PathBuf>,
    /// File of the measures of the run: they name steps and operations [default: built-in values]
    #[arg(long, value_name = "FILE", requires = "state")]
    pub measures: Option<PathBuf>,
    /// Print one JSON object instead of a page
    #[arg(long, requires = "state")]
    pub json: bool,
}

/// Runs the command for a state.
pub fn run(args: &StateReportArgs, state: &Path, out: Option<&Path>, language: Language) -> Exit {
    match report(args, state, out, language) {
        Ok(text) => write(&text, out),
        Err(error) => term::refuse(&error),
    }
}

fn report(
    args: &StateReportArgs,
    state: &Path,
    out: Option<&Path>,
    language: Language,
) -> Result<Vec<u8>, StartError> {
    if out.is_none() && !args.json && io::stdout().is_terminal() {
        let text = say!("the report is an HTML page; write it to a file, as in -o report.html");
        return Err(text.into());
    }
    if let Some(page) = out {
        let mut check = OutputCheck::default();
        check.reads(state, &say!("the state"));
        args.measures.iter().for_each(|path| check.reads(path, &say!("the measures")));
        check.writes(page, "--out")?;
    }
    let measures = measures_file::read(args.measures.as_deref())?;
    let failed = |error: tidegate_state::store::StoreError| term::say(&error.at(state));
    let reader = StateReader::open(state).map_err(failed)?;
    let report = StateReport::read(&reader, &measures).map_err(failed)?;
    if args.json {
        return Ok(term::json_line(&report));
    }
    let page = render_page(&report, &own_command(), language);
    Ok(page.map_err(|error| say!("internal error: {error}"))?.into_bytes())
}
