//! `case`: a case for a person, as a page, and as a folder for others.

pub mod args;
mod hand_over;
mod opened;
mod text;
mod verify;

pub use args::CaseArgs;

use crate::exit::Exit;
use crate::measures_file;
use crate::outputs::{OutputCheck, replace};
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use args::CaseFormat;
use opened::Opened;
use std::io::{self, IsTerminal};
use std::path::Path;
use tidegate_state::case::{CaseView, render_page, to_json};
use tidegate_state::store::StateReader;

/// Most posts of the text and of the JSON output: the newest.
const POSTS_MAX: usize = 24;

/// Runs the command.
pub fn run(args: &CaseArgs) -> Exit {
    args.color.apply();
    match &args.verify {
        Some(folder) => verify::run(folder, args.state.as_deref()),
        None => match show(args) {
            Ok(exit) => exit,
            Err(error) => term::refuse(&error),
        },
    }
}

fn show(args: &CaseArgs) -> Result<Exit, StartError> {
    let (Some(id), Some(path)) = (args.id.as_deref(), args.state.as_deref()) else {
        return Err(say!("name a case and its state: `tidegate case ID --state FILE`").into());
    };
    check_outputs(args, path)?;
    let measures = measures_file::read(args.measures.as_deref())?;
    let reader = StateReader::open(path).map_err(|error| term::say(&error.at(path)))?;
    let opened = Opened { reader, path, measures };
    let view = opened.case(id)?;
    note_measures(&opened, &view);
    if let Some(folder) = &args.out {
        return hand_over::run(args, &opened, &view, folder);
    }
    if let Some(page) = &args.html {
        return Ok(write_page(&view, page, args));
    }
    let is_text = match args.format {
        Some(CaseFormat::Text) => true,
        Some(CaseFormat::Json) => false,
        None => io::stdout().is_terminal(),
    };
    let text = match is_text {
        true => term::printable(&text::text(&view, POSTS_MAX)).into_owned().into_bytes(),
        false => term::json_line(&to_json(&view, POSTS_MAX)),
    };
    Ok(term::print(&text))
}

/// Rejects a page that would replace what is read.
fn check_outputs(args: &CaseArgs, state: &Path) -> Result<(), String> {
    let mut check = OutputCheck::default();
    check.reads(state, &say!("the state"));
    args.measures.iter().for_each(|path| check.reads(path, &say!("the measures")));
    args.html.as_ref().map_or(Ok(()), |page| check.writes(page, "--html"))
}

/// Names of steps and the harm of a case without category are those of the measures given here.
fn note_measures(opened: &Opened<'_>, view: &CaseView) {
    let own = opened.measures.hash_hex();
    if let Some(hash) = view.measures_hash().filter(|hash| **hash != *own)
        && term::is_interactive()
    {
        term::note(&say!(
            "the state is of other measures ({hash}) than those given here ({own}); name them with --measures\n"
        ));
    }
}

fn write_page(view: &CaseView, path: &Path, args: &CaseArgs) -> Exit {
    let written = render_page(view, args.page.language())
        .map_err(io::Error::other)
        .and_then(|text| replace(path, text.as_bytes()));
    match written {
        Ok(()) => Exit::Complete,
        Err(error) => {
            term::error(&say!("cannot write to {}: {error}", path.display()));
            Exit::Io
        }
    }
}
