//! Where a run starts: anew, at the checkpoint of one that was interrupted, or not at all.

use super::output_file::OutputFile;
use crate::model::Run;
use tidegate_engine::message::{Message, message};
use tidegate_pipeline::{Continuation, InputPosition, RunFingerprint};

/// Where a run starts.
#[derive(Debug)]
pub struct Start {
    /// The run, with its number.
    pub run: Run,
    /// Position in the inputs; `None` at their start.
    pub position: Option<InputPosition>,
    /// The order of the inputs, and what was added to them, if an earlier run is continued.
    pub continuation: Option<Continuation>,
    /// Nothing is to be read: the run was finished, and the inputs are the same.
    pub is_finished: bool,
    /// The measures were changed since the last run, which is finished: their old hash.
    pub measures_changed: Option<String>,
}

/// Why a run cannot start.
#[derive(Debug)]
pub enum StartError {
    /// The message is about the state file.
    State(Message),
    /// The message is about the output.
    Output(Message),
}

/// Decides where the run `wanted` starts after the `last` one of the state file. Cuts the output to
/// what is recorded.
///
/// # Errors
///
/// An interrupted run comes first, or the output is not that of the run. Nothing was changed then.
pub fn start(
    wanted: Run,
    fingerprint: &RunFingerprint,
    last: Option<Run>,
    abandons: bool,
    output: Option<&mut OutputFile>,
) -> Result<Start, StartError> {
    let Some(last) = last else { return first(wanted, output) };
    let is_same_output = last.output == wanted.output;
    if last.is_live() {
        return next(wanted, &last, is_same_output, output);
    }
    let position = last.position.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let damaged = || StartError::State(message!("the record of the last run cannot be read"));
    if last.position.is_some() && position.is_none() {
        return Err(damaged());
    }
    let then: RunFingerprint = serde_json::from_str(&last.settings).map_err(|_| damaged())?;
    let continued = then.continued(fingerprint, position.as_ref());
    if !last.finished && !abandons {
        let continuation = continued.map_err(|why| unfinished(&last, &why))?;
        if !is_same_output {
            return Err(unfinished(&last, "it writes another output"));
        }
        if last.measures != wanted.measures {
            return Err(StartError::State(message!(
                "the last run is not finished, and the measures were changed since; finish it with \
                 the old ones, or give it up with --abandon"
            )));
        }
        cut(output, &last)?;
        let run = Run { settings: wanted.settings, ..last };
        return Ok(continue_at(run, position, continuation, false));
    }
    // Streams have no end that could be compared: what they bring is new.
    let is_stream = fingerprint.inputs.iter().any(|input| input.bytes.is_none());
    if let Ok(continuation) = continued
        && is_same_output
        && last.finished
        && !is_stream
    {
        let is_finished = !continuation.has_more;
        if !is_finished && position.is_none() && last.lines > 0 {
            return Err(StartError::State(message!(
                "an input has grown whose last line had no end; give what was added as a new file"
            )));
        }
        if !is_finished {
            cut(output, &last)?;
        }
        let measures_changed = changed(&last, &wanted);
        let run = Run {
            number: last.number + u64::from(!is_finished),
            finished: is_finished,
            settings: wanted.settings,
            measures: wanted.measures,
            ..last
        };
        return Ok(Start {
            measures_changed,
            ..continue_at(run, position, continuation, is_finished)
        });
    }
    next(wanted, &last, is_same_output, output)
}

/// Decides how a service goes on after the `last` run of the state file: as its next run. Returns the
/// hash of the measures of the run before, if they were changed.
///
/// A service that was killed is no unfinished run: what it was sent since its last checkpoint is lost.
///
/// # Errors
///
/// A run over inputs is not finished and comes first.
pub fn start_live(wanted: Run, last: Option<Run>) -> Result<(Run, Option<String>), Message> {
    let Some(last) = last else { return Ok((Run { number: 1, ..wanted }, None)) };
    if !last.finished && !last.is_live() {
        let inputs = last.inputs.join(", ");
        return Err(message!(
            "the last run, over {inputs}, is not finished and comes first; finish it with `tidegate \
             correlate`, or give it up with `tidegate correlate --abandon`"
        ));
    }
    let run = Run { number: last.number + 1, ..wanted };
    let measures_changed = changed(&last, &run);
    Ok((run, measures_changed))
}

/// New inputs: the next run of the same state.
fn next(
    wanted: Run,
    last: &Run,
    is_same_output: bool,
    output: Option<&mut OutputFile>,
) -> Result<Start, StartError> {
    let (mut bytes, mut end) = (0, 0);
    match output {
        Some(_) if is_same_output => {
            cut(output, last)?;
            (bytes, end) = (last.output_bytes, last.output_end);
        }
        Some(output) if output.bytes() > 0 => {
            return Err(StartError::Output(message!(
                "it is not empty, and the state does not record it; name another file"
            )));
        }
        Some(_) | None => {}
    }
    let run = Run { number: last.number + 1, output_bytes: bytes, output_end: end, ..wanted };
    let measures_changed = changed(last, &run);
    Ok(Start { run, position: None, continuation: None, is_finished: false, measures_changed })
}

fn first(wanted: Run, output: Option<&mut OutputFile>) -> Result<Start, StartError> {
    if let Some(output) = output {
        output.cut(0, 0).map_err(StartError::Output)?;
    }
    let run = Run { number: 1, ..wanted };
    Ok(Start {
        run,
        position: None,
        continuation: None,
        is_finished: false,
        measures_changed: None,
    })
}

fn continue_at(
    run: Run,
    position: Option<InputPosition>,
    continuation: Continuation,
    is_finished: bool,
) -> Start {
    let continuation = Some(continuation);
    Start { run, position, continuation, is_finished, measures_changed: None }
}

fn changed(last: &Run, now: &Run) -> Option<String> {
    (last.measures != now.measures).then(|| last.measures.clone())
}

fn cut(output: Option<&mut OutputFile>, last: &Run) -> Result<(), StartError> {
    match output {
        Some(output) => output.cut(last.output_bytes, last.output_end).map_err(StartError::Output),
        None => Ok(()),
    }
}

fn unfinished(last: &Run, why: &str) -> StartError {
    let inputs = last.inputs.join(", ");
    let why = why.to_owned();
    StartError::State(message!(
        "the last run, over {inputs}, is not finished and comes first ({why}); give the same command \
         again, or give that run up with --abandon"
    ))
}
