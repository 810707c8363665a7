//! Reads a measures file into [`Measures`].
//!
//! What a file does not say keeps its default. All errors are reported at once, in order of place;
//! without any, the warnings are returned with the measures.

use super::campaigns::campaigns;
use super::fault::Fault;
use super::ladder::ladder;
use super::limits::{HARM_MAX, ROWS_MAX};
use super::model::{Bounds, Clock, Keep, Measures, Queue};
use super::operations::{limits, operations};
use super::reader::Reader;
use super::schema::{BoundKeys, ClockKeys, KeepKeys, MeasuresFile, QueueKeys};
use super::units;
use super::written::KeepText;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::message::message;
use tidegate_engine::rules::lint::drop_silenced;
use tidegate_engine::rules::source::json_schema;
use tidegate_engine::rules::source::schema::FORMAT_VERSION;
use tidegate_engine::rules::source::yaml::{self, At};

/// The word for data that only a bound removes.
const UNLIMITED: &str = "unlimited";

/// The key of `harm` for all other categories.
const DEFAULT: &str = "default";

/// Endings of the names of measures files.
const ENDINGS: [&str; 2] = [".measures.yaml", ".measures.yml"];

/// Measures, and what their author should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The measures, complete.
    pub measures: Measures,
    /// Warnings, in order of place.
    pub warnings: Vec<Diagnostic>,
}

/// Is it a measures file, by its name (`NAME.measures.yaml`)?
pub fn is_measures_file(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Reads a measures file.
///
/// # Errors
///
/// Every error, with the warnings of the file, in order of place.
pub fn parse(source: Arc<Source>) -> Result<Parsed, Vec<Diagnostic>> {
    let read = yaml::read::<MeasuresFile>(&source);
    let errors_at = read.error_starts();
    let file = read.value.unwrap_or_default();
    let mut reader = Reader {
        source: &source,
        errors: read.diagnostics.into_iter().map(with_help).collect(),
        warnings: read.warnings,
        errors_at,
        starts: starts(&file),
    };
    head(&mut reader, &file);
    let (authors, channels) = ladder(&mut reader, &file.ladder);
    let measures = Measures {
        clock: clock(&mut reader, &file.clock),
        campaigns: campaigns(&mut reader, &file.campaigns),
        authors,
        channels,
        limits: limits(&mut reader, &file.limits),
        operations: operations(&mut reader, &file.operations.0),
        queue: queue(&mut reader, &file.queue),
        keep: keep(&mut reader, &file.keep),
        bounds: bounds(&mut reader, &file.bounds),
    };
    let warnings = finish(reader)?;
    Ok(Parsed { measures, warnings })
}

/// An error of shape, with help in every case.
fn with_help(error: Diagnostic) -> Diagnostic {
    match error.help.is_empty() {
        true => error.help(message!("`tidegate schema measures` prints every key with its values")),
        false => error,
    }
}

/// First bytes of the entries of all lists.
fn starts(file: &MeasuresFile) -> Vec<usize> {
    let steps = file.ladder.author.steps.iter().flat_map(|steps| &steps.0);
    let channel_steps = file.ladder.channel.steps.iter().flat_map(|steps| &steps.0);
    let limits = file.limits.0.iter().flat_map(|(_, values)| values).flat_map(|values| &values.0);
    let steps = steps.map(|it| it.range.start);
    steps
        .chain(channel_steps.map(|it| it.range.start))
        .chain(limits.map(|it| it.range.start))
        .chain(file.campaigns.ignore.0.iter().map(|it| it.range.start))
        .chain(file.operations.0.iter().map(|it| it.range.start))
        .collect()
}

/// The warnings, if there are no errors.
fn finish(reader: Reader<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let Reader { mut errors, mut warnings, .. } = reader;
    let start = |found: &Diagnostic| found.place.as_ref().map(|place| place.range.start);
    drop_silenced(&mut warnings);
    if errors.is_empty() {
        warnings.sort_by_key(start);
        return Ok(warnings);
    }
    // A key without a value may be an error already.
    errors.extend(warnings.into_iter().filter(|warning| warning.code != "idle_key"));
    errors.sort_by_key(start);
    Err(errors)
}

fn head(reader: &mut Reader<'_>, file: &MeasuresFile) {
    match &file.tidegate {
        Some(version) if version.value != FORMAT_VERSION => {
            let message = message!("this program reads version {FORMAT_VERSION} of measures");
            let help = message!("write `tidegate: 1`");
            reader.error(&version.range, "bad_version", message, help);
        }
        Some(_) => {}
        None => {
            reader.missing("tidegate", &(0..0), message!("write `tidegate: 1` on the first line"));
        }
    }
    if file.kind.is_none() {
        reader.missing("kind", &(0..0), message!("write `kind: measures`"));
    }
}

fn clock(reader: &mut Reader<'_>, keys: &ClockKeys) -> Clock {
    let ClockKeys { late, jump } = keys;
    let mut clock = Clock::default();
    reader.duration(late.as_ref(), &mut clock.late);
    reader.positive_duration(jump.as_ref(), &mut clock.jump);
    clock
}

fn queue(reader: &mut Reader<'_>, keys: &QueueKeys) -> Queue {
    let QueueKeys { harm } = keys;
    let mut queue = Queue::default();
    for (name, harm) in &harm.0 {
        let is_default = name.value == DEFAULT;
        if !is_default && reader.category(&name.value, &name.range).is_none() {
            continue;
        }
        let Some(At { value, range }) = harm else { continue };
        if *value > HARM_MAX {
            let message = message!("a harm is at most {HARM_MAX}");
            let help = message!("priorities are proportional to it; the defaults are from 5 to 10");
            reader.bad(range, message, help);
        }
        if *value == 0 {
            let message =
                message!("cases of harm 0 have the priority 0, however many people report them");
            reader.warn(range, "no_harm", message, message!("write 1 or more"));
        }
        if is_default {
            queue.harm_default = *value;
        } else {
            queue.harm.insert(name.value.clone(), *value);
        }
    }
    queue
}

fn keep(reader: &mut Reader<'_>, keys: &KeepKeys) -> Keep {
    let KeepKeys { samples, authors, posts, cases } = keys;
    let default = Keep::default();
    Keep {
        samples: kept(reader, samples.as_ref(), default.samples),
        authors: kept(reader, authors.as_ref(), default.authors),
        posts: kept(reader, posts.as_ref(), default.posts),
        cases: kept(reader, cases.as_ref(), default.cases),
    }
}

fn kept(
    reader: &mut Reader<'_>,
    written: Option<&At<KeepText>>,
    default: Option<i64>,
) -> Option<i64> {
    match written {
        None => default,
        Some(text) if text.value.0 == UNLIMITED => None,
        Some(text) => {
            let help = || message!("write a duration such as `90d`, or `unlimited`");
            let read = |text: &str| match units::duration(text) {
                Ok(0) => {
                    let message = message!("a duration of 0 has no effect here");
                    Err(Fault::value(0..text.len(), message, help()))
                }
                Ok(seconds) => Ok(seconds),
                Err(fault) => Err(Fault { help: help(), ..fault }),
            };
            reader.text(Some(text), read).or(default)
        }
    }
}

fn bounds(reader: &mut Reader<'_>, keys: &BoundKeys) -> Bounds {
    let BoundKeys { singles, campaigns, authors, channels, groups, moments, posts, cases } = keys;
    let mut bounds = Bounds::default();
    for (written, bound) in [
        (singles, &mut bounds.singles),
        (campaigns, &mut bounds.campaigns),
        (authors, &mut bounds.authors),
        (channels, &mut bounds.channels),
        (groups, &mut bounds.groups),
        (moments, &mut bounds.moments),
        (posts, &mut bounds.posts),
        (cases, &mut bounds.cases),
    ] {
        let rows = reader.count(written.as_ref(), ROWS_MAX);
        *bound = rows.and_then(|rows| usize::try_from(rows).ok()).unwrap_or(*bound);
    }
    bounds
}

/// The JSON Schema of measures files, as indented JSON with a line end.
pub fn measures_schema() -> String {
    json_schema::text::<MeasuresFile>("urn:tidegate:measures:1", "Measures of tidegate")
}

/// The JSON Schema of measures files.
pub fn json_schema() -> serde_json::Value {
    // It was made from a value.
    serde_json::from_str(&measures_schema()).unwrap_or_default()
}
