//! Writes a hand-over.

use super::args::CaseArgs;
use super::opened::Opened;
use crate::exit::Exit;
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use serde_json::{Map, Value};
use std::path::Path;
use tidegate_state::case::{
    CaseView, FolderError, HandOver, Refusal, check_folder, hand_over, write_folder,
};
use tidegate_state::store::StateFile;

/// Writes the folder. What reveals is logged before anything is written: a failure then leaves an
/// entry too many, never a hand-over without its entry.
pub fn run(
    args: &CaseArgs,
    opened: &Opened<'_>,
    view: &CaseView,
    folder: &Path,
) -> Result<Exit, StartError> {
    let refused = |refusal: Refusal| -> StartError {
        let (id, why) = (&view.case.id, refusal.message());
        say!("{id}: {why}").into()
    };
    let masked = hand_over(view, false).map_err(refused)?;
    check_folder(folder).map_err(|error| said(&error, folder))?;
    let Some(by) = args.by.as_deref().filter(|_| args.reveal) else {
        return Ok(write(&masked, folder));
    };
    // Locked until the folder is written: its manifest names the entry.
    let mut state =
        StateFile::open(opened.path).map_err(|error| term::say(&error.at(opened.path)))?;
    let fields = [("case", view.case.id.as_str()), ("by", by)];
    let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
    state
        .append_log("reveal", Map::from_iter(fields))
        .map_err(|error| term::say(&error.at(opened.path)))?;
    let view = opened.case(&view.case.id)?;
    let revealed = hand_over(&view, true).map_err(refused)?;
    Ok(write(&revealed, folder))
}

fn said(error: &FolderError, folder: &Path) -> String {
    let (folder, why) = (folder.display(), error.message());
    say!("--out {folder}: {why}")
}

fn write(hand_over: &HandOver, folder: &Path) -> Exit {
    if let Err(error) = write_folder(folder, &hand_over.files) {
        term::error(&said(&error, folder));
        return Exit::Io;
    }
    match hand_over.left_out {
        0 => {}
        1 => term::note(&say!(
            "1 post is left out: all that was found in it is that its author may need help\n"
        )),
        left_out => term::note(&say!(
            "{left_out} posts are left out: all that was found in them is that their authors may need help\n"
        )),
    }
    Exit::Complete
}
