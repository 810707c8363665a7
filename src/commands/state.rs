//! `state`: tables of a state file, its check, and forgetting.

mod forget;
mod tables;
mod verify;

use crate::exit::Exit;
use crate::flags::{FormArgs, ListArgs, MeasuresArgs, StateFileArgs};
use crate::state_file::{LookError, OpenState, print};
use crate::term;
use crate::term::say;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use tidegate_engine::rules::source::suggest;
use tidegate_state::look::{
    AuthorFilter, CampaignFilter, CaseFilter, ChannelFilter, Listing, LogFilter, Look,
};
use tidegate_state::model::{CaseKind, CaseState};
use tidegate_state::store::{AuthorOrder, CampaignOrder, CaseOrder};

/// Arguments of `state`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct StateArgs {
    /// What to look at
    #[command(subcommand)]
    what: What,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate state authors --state city.db --step mute
  tidegate state campaigns --state city.db --acting --json
  tidegate state log --state city.db --from 120
  tidegate state verify --state city.db
  tidegate state forget --state city.db --author u9

Times are those of posts; points and steps are those at the clock of the file.
`tidegate queue`, `tidegate campaign` and `tidegate explain --state` show more of one case.";

#[derive(Debug, Subcommand)]
enum What {
    /// List authors: step, points, counts
    Authors(AuthorsArgs),
    /// List channels: step, rate of harmful posts
    Channels(ChannelsArgs),
    /// List campaigns: texts under many names
    Campaigns(CampaignsArgs),
    /// List cases, decided ones too
    Cases(CasesArgs),
    /// List breakers
    Breakers(BreakersArgs),
    /// List the log: steps, cases, decisions, alarms
    Log(LogArgs),
    /// Check the file: the database, the hash chain of the log, every row
    Verify(VerifyArgs),
    /// Remove an author or a post, and leave a hash in the log
    Forget(ForgetArgs),
}

#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate state authors --state city.db --step mute")]
struct AuthorsArgs {
    #[command(flatten)]
    file: StateFileArgs,
    /// Only authors with this step or a higher one in force
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// The newest post first, instead of the highest step and the most points
    #[arg(long)]
    newest: bool,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    measures: MeasuresArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate state channels --state city.db --step warn")]
struct ChannelsArgs {
    #[command(flatten)]
    file: StateFileArgs,
    /// Only channels with this step or a higher one in force
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    measures: MeasuresArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate state campaigns --state city.db --acting --by posts")]
struct CampaignsArgs {
    #[command(flatten)]
    file: StateFileArgs,
    /// Only campaigns that act: harmful ones and stories that are not ignored
    #[arg(long)]
    acting: bool,
    /// Order
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    by: By,
    #[command(flatten)]
    list: ListArgs,
}

/// An order of campaigns.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum By {
    /// The most authors first
    #[default]
    Authors,
    /// The most posts first
    Posts,
    /// The newest member first
    Newest,
}

#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate state cases --state city.db --decided --newest")]
struct CasesArgs {
    #[command(flatten)]
    file: StateFileArgs,
    /// Only open cases
    #[arg(long, conflicts_with = "decided")]
    open: bool,
    /// Only decided cases
    #[arg(long)]
    decided: bool,
    /// Only cases of this kind
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    /// The newest post or event first, instead of the highest priority
    #[arg(long)]
    newest: bool,
    #[command(flatten)]
    list: ListArgs,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// A campaign
    Campaign,
    /// An author
    Author,
    /// A channel
    Channel,
    /// A post without author and campaign
    Post,
    /// An author who may need help
    Care,
}

impl From<Kind> for CaseKind {
    fn from(kind: Kind) -> CaseKind {
        match kind {
            Kind::Campaign => CaseKind::Campaign,
            Kind::Author => CaseKind::Author,
            Kind::Channel => CaseKind::Channel,
            Kind::Post => CaseKind::Post,
            Kind::Care => CaseKind::Care,
        }
    }
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example: tidegate state breakers --state city.db --measures city.measures.yaml"
)]
struct BreakersArgs {
    #[command(flatten)]
    file: StateFileArgs,
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    measures: MeasuresArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate state log --state city.db --from 120 --kind decision")]
struct LogArgs {
    #[command(flatten)]
    file: StateFileArgs,
    /// From this entry on; without it, the newest ones
    #[arg(long, value_name = "N", value_parser = crate::flags::number::positive_u64)]
    from: Option<u64>,
    /// Only entries of this kind: step, case, decision, ignore, reset, alarm, story, overflow,
    /// measures, forget
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example: tidegate state verify --state city.db

Exit status: 0 nothing is wrong; 1 something is, one line each; 2 no state file.")]
struct VerifyArgs {
    #[command(flatten)]
    file: StateFileArgs,
    #[command(flatten)]
    form: FormArgs,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example: tidegate state forget --state city.db --author u9

Refused while a run has the file. Counts stay, and so do output files of earlier runs.")]
struct ForgetArgs {
    #[command(flatten)]
    file: StateFileArgs,
    /// Author to remove: points, posts, texts, cases, reports by and on the author
    #[arg(long, value_name = "ID", required_unless_present = "post", conflicts_with = "post")]
    author: Option<String>,
    /// Post to remove; a number is the id as number, '"7"' the text
    #[arg(long, value_name = "ID")]
    post: Option<String>,
    #[command(flatten)]
    form: FormArgs,
}

/// Runs the command.
pub fn run(args: &StateArgs) -> Exit {
    match &args.what {
        What::Authors(args) => print(&args.file.state, authors(args)),
        What::Channels(args) => print(&args.file.state, channels(args)),
        What::Campaigns(args) => print(&args.file.state, campaigns(args)),
        What::Cases(args) => print(&args.file.state, cases(args)),
        What::Breakers(args) => print(&args.file.state, breakers(args)),
        What::Log(args) => print(&args.file.state, log(args)),
        What::Verify(args) => verify::run(&args.file.state, args.form.is_human()),
        What::Forget(args) => {
            let (author, post) = (args.author.as_deref(), args.post.as_deref());
            print(
                &args.file.state,
                forget::run(&args.file.state, author, post, args.form.is_human()),
            )
        }
    }
}

fn authors(args: &AuthorsArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::with_measures(&args.file.state, &args.measures.measures)?;
    let names = state.measures().authors.steps.iter().map(|step| step.name.as_str());
    let step = step_number(args.step.as_deref(), &names.collect::<Vec<_>>())?;
    let order = if args.newest { AuthorOrder::Newest } else { AuthorOrder::Step };
    let look = state.look()?;
    let rows = look.authors(&AuthorFilter { step, order, limit: args.list.limit() })?;
    Ok(listing(&args.list, &look, &rows, |rows| tables::authors(rows, look.clock())))
}

fn channels(args: &ChannelsArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::with_measures(&args.file.state, &args.measures.measures)?;
    let names = state.measures().channels.steps.iter().map(|step| step.name.as_str());
    let step = step_number(args.step.as_deref(), &names.collect::<Vec<_>>())?;
    let look = state.look()?;
    let rows = look.channels(&ChannelFilter { step, limit: args.list.limit() })?;
    Ok(listing(&args.list, &look, &rows, |rows| tables::channels(rows, look.clock())))
}

fn campaigns(args: &CampaignsArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::open(&args.file.state)?;
    let order = match args.by {
        By::Authors => CampaignOrder::Authors,
        By::Posts => CampaignOrder::Posts,
        By::Newest => CampaignOrder::Newest,
    };
    let look = state.look()?;
    let filter = CampaignFilter { acting: args.acting, order, limit: args.list.limit() };
    let rows = look.campaigns(&filter)?;
    let mut texts = Vec::new();
    if args.list.is_human() {
        for row in &rows.rows {
            texts.push(look.campaign_text(&row.campaign)?.unwrap_or_default());
        }
    }
    Ok(listing(&args.list, &look, &rows, |rows| tables::campaigns(rows, &texts, look.clock())))
}

fn cases(args: &CasesArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::open(&args.file.state)?;
    let look = state.look()?;
    let filter = CaseFilter {
        state: match (args.open, args.decided) {
            (true, _) => Some(CaseState::Open),
            (_, true) => Some(CaseState::Decided),
            (false, false) => None,
        },
        kind: args.kind.map(CaseKind::from),
        order: if args.newest { CaseOrder::Newest } else { CaseOrder::Priority },
        limit: args.list.limit(),
    };
    let rows = look.cases(&filter)?;
    Ok(listing(&args.list, &look, &rows, tables::cases))
}

fn breakers(args: &BreakersArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::with_measures(&args.file.state, &args.measures.measures)?;
    let look = state.look()?;
    let mut rows = look.breakers()?;
    let all = rows.len() as u64;
    rows.truncate(args.list.limit().unwrap_or(usize::MAX));
    Ok(listing(&args.list, &look, &Listing { rows, all }, tables::breakers))
}

fn log(args: &LogArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::open(&args.file.state)?;
    let look = state.look()?;
    let filter = LogFilter { from: args.from, kind: args.kind.clone(), limit: args.list.limit() };
    let rows = look.log(&filter)?;
    Ok(listing(&args.list, &look, &rows, tables::log))
}

/// Rows as JSON lines or as a table, with a line about the clock and about rows that are left out.
fn listing<T: Serialize>(
    args: &ListArgs,
    look: &Look<'_>,
    listing: &Listing<T>,
    table: impl FnOnce(&[T]) -> String,
) -> Vec<u8> {
    if !args.is_human() {
        return listing.rows.iter().flat_map(term::json_line).collect();
    }
    let (shown, all) = (listing.rows.len(), listing.all);
    let mut text = if shown == 0 { say!("nothing to list\n") } else { table(&listing.rows) };
    let clock = tidegate_state::output::time(look.clock());
    text.push('\n');
    text += &match (shown as u64) < all {
        true => say!("{shown} of {all}, --limit N shows more; clock: {clock}\n"),
        false => say!("{shown} of {all}; clock: {clock}\n"),
    };
    text.into_bytes()
}

/// The number of a step by its name, from 1; 0 without a name.
fn step_number(name: Option<&str>, names: &[&str]) -> Result<u8, String> {
    let Some(name) = name else { return Ok(0) };
    if let Some(place) = names.iter().position(|known| *known == name) {
        return Ok(u8::try_from(place + 1).unwrap_or(u8::MAX));
    }
    let help = suggest::help(name, names.iter().copied());
    Err(say!("no step is called `{name}`; {help}"))
}
