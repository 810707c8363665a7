//! `decide`: the line of a report, a decision, an ignore or a reset, which the next run reads.

use crate::exit::Exit;
use crate::start_error::StartError;
use crate::state_file::{LookError, OpenState, refuse, unknown};
use crate::term;
use crate::term::say;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use tidegate_engine::message::message;
use tidegate_engine::post::timestamp;
use tidegate_state::look::post_ids;
use tidegate_state::model::{Outcome, Seconds};
use tidegate_state::read::event_line;
use tidegate_state::record::{Event, EventKind, Subject};

/// Arguments of `decide`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
#[command(override_usage = "\
tidegate decide --case ID|--post ID upheld|overturned|closed [OPTIONS]
       tidegate decide ignore CAMPAIGN [OPTIONS]
       tidegate decide reset BREAKER [OPTIONS]
       tidegate decide report --post ID --by READER [OPTIONS]")]
pub struct DecideArgs {
    #[command(subcommand)]
    event: Option<Other>,
    /// What was decided
    #[arg(value_enum, value_name = "OUTCOME", required = true)]
    outcome: Option<Decided>,
    /// Case that was decided: all of its posts
    #[arg(long, value_name = "ID", required_unless_present = "post", conflicts_with = "post", value_parser = NonEmptyStringValueParser::new())]
    case: Option<String>,
    /// Post that was decided; a number is the id as number, '"7"' the text
    #[arg(long, value_name = "ID")]
    post: Option<String>,
    /// Who decided
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    note: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate decide --case c-k3f9c2a71d0 upheld --by reviewer-2 >> events.jsonl
  tidegate decide --post p7 overturned --note quotation --state city.db >> events.jsonl
  tidegate decide ignore k3f9c2a71d0 --reason 'share button' >> events.jsonl
  tidegate decide reset 'block channel=forum' >> events.jsonl
  tidegate decide report --post p7 --by r1 --reason fraud >> events.jsonl
  tidegate correlate --state city.db --out decided.jsonl events.jsonl

Nothing is changed until `correlate` reads the line, so that a replay repeats it.";

#[derive(Debug, Subcommand)]
enum Other {
    /// A campaign does not act any more
    Ignore(IgnoreArgs),
    /// The notice of a breaker was read
    Reset(ResetArgs),
    /// A reader reports a post
    Report(ReportArgs),
}

/// A decision.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Decided {
    /// The verdict was right
    Upheld,
    /// The verdict was wrong: points are taken back
    Overturned,
    /// Closed without a decision on the verdict
    Closed,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example: tidegate decide ignore k3f9c2a71d0 --reason 'share button' >> events.jsonl"
)]
struct IgnoreArgs {
    /// Campaign
    #[arg(value_name = "CAMPAIGN", value_parser = NonEmptyStringValueParser::new())]
    campaign: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    reason: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate decide reset 'block channel=forum' >> events.jsonl")]
struct ResetArgs {
    /// Key of the breaker: block, or 'block channel=NAME'
    #[arg(value_name = "BREAKER", value_parser = NonEmptyStringValueParser::new())]
    breaker: String,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example: tidegate decide report --post p7 --by r1 --reason fraud >> events.jsonl"
)]
struct ReportArgs {
    /// Post that is reported; a number is the id as number, '"7"' the text
    #[arg(long, value_name = "ID")]
    post: String,
    /// Reader who reports
    #[arg(long, value_name = "READER", value_parser = NonEmptyStringValueParser::new())]
    by: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    reason: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Args, Debug)]
struct CommonArgs {
    /// When, such as 2026-03-03T10:00:00Z [default: the clock when the line is read]
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Seconds>,
    /// State file in which the case, post, campaign or breaker has to be
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

fn time(value: &str) -> Result<Seconds, String> {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    // A number is a number of seconds or milliseconds, as in posts.
    let time = timestamp(value).or_else(|| timestamp(&quoted));
    let time = time.map(|time| time.as_second());
    time.ok_or_else(|| say!("expected a time such as 2026-03-03T10:00:00Z"))
}

/// Runs the command.
pub fn run(args: &DecideArgs) -> Exit {
    let (common, kind) = match (&args.event, args.outcome) {
        (Some(Other::Ignore(args)), _) => (&args.common, ignore(args)),
        (Some(Other::Reset(args)), _) => (&args.common, reset(args)),
        (Some(Other::Report(args)), _) => (&args.common, report(args)),
        (None, Some(outcome)) => (&args.common, decision(args, outcome)),
        // The parser requires it.
        (None, None) => return Exit::CouldNotStart,
    };
    let path = common.state.as_deref().unwrap_or(Path::new(""));
    let kind = match kind {
        Ok(kind) => kind,
        Err(error) => return refuse(path, error),
    };
    match event_line(&Event { at: common.at, kind }) {
        Ok(line) => term::print((line + "\n").as_bytes()),
        Err(why) => term::refuse(&StartError::Usage(term::say(&why))),
    }
}

fn decision(args: &DecideArgs, outcome: Decided) -> Result<EventKind, LookError> {
    let outcome = match outcome {
        Decided::Upheld => Outcome::Upheld,
        Decided::Overturned => Outcome::Overturned,
        Decided::Closed => Outcome::Closed,
    };
    let on = match (&args.case, &args.post) {
        (_, Some(post)) => Subject::Post(post_id(post, args.common.state.as_deref())?),
        (case, None) => {
            let case = case.clone().unwrap_or_default();
            if let Some(state) = open(&args.common)?
                && let Err(near) = state.look()?.check_case(&case)?
            {
                return Err(unknown(&message!("no case is called `{case}`"), &near));
            }
            Subject::Case(case)
        }
    };
    Ok(EventKind::Decision { on, outcome, by: args.by.clone(), note: args.note.clone() })
}

fn ignore(args: &IgnoreArgs) -> Result<EventKind, LookError> {
    let campaign = args.campaign.clone();
    if let Some(state) = open(&args.common)?
        && let Err(near) = state.look()?.check_campaign(&campaign)?
    {
        return Err(unknown(&message!("no campaign is called `{campaign}`"), &near));
    }
    Ok(EventKind::Ignore { campaign, reason: args.reason.clone() })
}

fn reset(args: &ResetArgs) -> Result<EventKind, LookError> {
    let breaker = args.breaker.clone();
    if let Some(state) = open(&args.common)?
        && let Err(near) = state.look()?.check_breaker(&breaker)?
    {
        return Err(unknown(&message!("no breaker is called `{breaker}`"), &near));
    }
    Ok(EventKind::Reset { breaker })
}

fn report(args: &ReportArgs) -> Result<EventKind, LookError> {
    let post = post_id(&args.post, args.common.state.as_deref())?;
    Ok(EventKind::Report { post, by: args.by.clone(), reason: args.reason.clone() })
}

fn open(args: &CommonArgs) -> Result<Option<OpenState>, LookError> {
    args.state.as_deref().map(OpenState::open).transpose()
}

/// The id (JSON) of a post: that of the state file, or what the argument most likely means.
fn post_id(argument: &str, state: Option<&Path>) -> Result<String, LookError> {
    let Some(path) = state else { return Ok(post_ids(argument).remove(0)) };
    let state = OpenState::open(path)?;
    let found = state.look()?.post(argument)?;
    found.map_err(|near| unknown(&message!("no post has the id `{argument}`"), &near))
}
