//! `campaign`: a campaign of a state file, and why a post is in it.

mod human;

use crate::exit::Exit;
use crate::flags::{FormArgs, MeasuresArgs, StateFileArgs};
use crate::state_file::{LookError, OpenState, print, unknown};
use crate::term;
use crate::term::say;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use tidegate_engine::message::message;
use tidegate_state::look::{Look, Unknown, Why, WhyNot, post_ids};

/// Arguments of `campaign`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
#[command(override_usage = "\
tidegate campaign ID --state FILE [OPTIONS]
       tidegate campaign why ID POST --state FILE [OPTIONS]")]
pub struct CampaignArgs {
    #[command(subcommand)]
    part: Option<Part>,
    /// Campaign to show
    #[arg(value_name = "ID", required = true)]
    id: Option<String>,
    /// State file that `tidegate correlate --state` wrote
    #[arg(long, value_name = "FILE", required = true)]
    state: Option<PathBuf>,
    #[command(flatten)]
    form: FormArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate campaign k3f9c2a71d0 --state city.db
  tidegate campaign why k3f9c2a71d0 p7 --state city.db
  tidegate campaign k3f9c2a71d0 --state city.db --json

`tidegate state campaigns --state FILE` lists campaigns.";

#[derive(Debug, Subcommand)]
enum Part {
    /// Show why a post is in a campaign: earlier texts that it is like, and what they share
    Why(WhyArgs),
}

#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate campaign why k3f9c2a71d0 p7 --state city.db")]
struct WhyArgs {
    /// Campaign
    #[arg(value_name = "ID")]
    id: String,
    /// Post; a number is the id as number, '"7"' the text
    #[arg(value_name = "POST")]
    post: String,
    #[command(flatten)]
    file: StateFileArgs,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    measures: MeasuresArgs,
}

/// Runs the command.
pub fn run(args: &CampaignArgs) -> Exit {
    match (&args.part, &args.id, &args.state) {
        (Some(Part::Why(args)), ..) => print(&args.file.state, why(args)),
        (None, Some(id), Some(state)) => print(state, show(id, state, &args.form)),
        // The parser requires both.
        (None, None, _) | (None, _, None) => Exit::CouldNotStart,
    }
}

fn show(id: &str, state: &Path, form: &FormArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::open(state)?;
    let look = state.look()?;
    let Some(detail) = look.campaign(id)? else { return Err(no_campaign(&look, id)?) };
    match form.is_human() {
        true => Ok(human::campaign(&detail).into_bytes()),
        false => Ok(term::json_line(&detail)),
    }
}

fn why(args: &WhyArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::with_measures(&args.file.state, &args.measures.measures)?;
    let look = state.look()?;
    let why = explained(&look, &args.id, &args.post)?;
    match args.form.is_human() {
        true => Ok(human::why(&why).into_bytes()),
        false => Ok(term::json_line(&why)),
    }
}

/// Why the post is in the campaign, under any meaning of its argument.
fn explained(look: &Look<'_>, id: &str, post: &str) -> Result<Why, LookError> {
    let mut not = WhyNot::UnknownPost;
    for post in post_ids(post) {
        match look.why(id, &post)? {
            Ok(why) => return Ok(why),
            Err(WhyNot::UnknownPost) => {}
            Err(other) => not = other,
        }
    }
    Err(match not {
        WhyNot::UnknownCampaign => no_campaign(look, id)?,
        WhyNot::OtherCampaign(Some(other)) => say!("post {post} is in the campaign {other}").into(),
        WhyNot::OtherCampaign(None) => say!("post {post} is in no campaign").into(),
        WhyNot::NoText => {
            let kept = look.sample_ids(id)?.iter().map(|id| id.plain()).collect::<Vec<_>>();
            let kept = kept.join(", ");
            say!("post {post} is in the campaign, but its text is not kept; kept are {kept}").into()
        }
        WhyNot::UnknownPost => {
            let near = look.post(post)?.err().unwrap_or(Unknown { near: None });
            unknown(&message!("no post has the id `{post}`"), &near)
        }
    })
}

fn no_campaign(look: &Look<'_>, id: &str) -> Result<LookError, LookError> {
    let near = look.check_campaign(id)?.err().unwrap_or(Unknown { near: None });
    Ok(unknown(&message!("no campaign is called `{id}`"), &near))
}
