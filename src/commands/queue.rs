//! `queue`: open cases, the most urgent first.

use crate::exit::Exit;
use crate::flags::{ListArgs, StateFileArgs};
use crate::state_file::{LookError, OpenState, print};
use crate::term;
use crate::term::counts::{self, counted_u64};
use crate::term::say;
use crate::term::table::Table;
use crate::term::width::cut;
use clap::{Args, ValueEnum};
use tidegate_engine::phrase;
use tidegate_state::look::{CaseView, Listing, Look};
use tidegate_state::model::CaseKind;
use tidegate_state::output::time;

/// Columns of a text in the table.
const TEXT: usize = 96;

/// Columns of a subject: the narrowest text column of a table has as many.
const SUBJECT: usize = 24;

/// Arguments of `queue`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct QueueArgs {
    #[command(flatten)]
    file: StateFileArgs,
    /// List cases of people who may need help: a queue of its own, never part of the other one
    #[arg(long, conflicts_with = "kind")]
    care: bool,
    /// Only cases of this kind
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    #[command(flatten)]
    list: ListArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate queue --state city.db
  tidegate queue --state city.db --care
  tidegate queue --state city.db --kind campaign --limit 10 --json

The urgency is the priority and 1 % more for each hour that a case has waited, at most double.
`tidegate decide --case ID upheld` writes the decision.";

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
}

impl From<Kind> for CaseKind {
    fn from(kind: Kind) -> CaseKind {
        match kind {
            Kind::Campaign => CaseKind::Campaign,
            Kind::Author => CaseKind::Author,
            Kind::Channel => CaseKind::Channel,
            Kind::Post => CaseKind::Post,
        }
    }
}

/// Runs the command.
pub fn run(args: &QueueArgs) -> Exit {
    print(&args.file.state, queue(args))
}

fn queue(args: &QueueArgs) -> Result<Vec<u8>, LookError> {
    let state = OpenState::open(&args.file.state)?;
    let look = state.look()?;
    let kind = args.kind.map(CaseKind::from);
    let listing = look.queue(args.care, kind, args.list.limit())?;
    match args.list.is_human() {
        true => Ok(table(&look, &listing)?.into_bytes()),
        false => Ok(listing.rows.iter().flat_map(term::json_line).collect()),
    }
}

fn table(look: &Look<'_>, listing: &Listing<CaseView>) -> Result<String, LookError> {
    let mut table = Table::new(&[
        phrase!("<CASE"),
        phrase!("URGENCY"),
        phrase!("WAITED"),
        phrase!("<CATEGORY"),
        phrase!("<ABOUT"),
    ]);
    for case in &listing.rows {
        table.row(vec![
            case.case.clone(),
            case.urgency.unwrap_or(case.priority).to_string(),
            case.waited.clone().unwrap_or_default(),
            case.category.clone().unwrap_or_default(),
            about(look, case)?,
        ]);
    }
    let clock = time(look.clock());
    let (shown, all) = (listing.rows.len(), listing.all);
    let end = match (shown as u64) < all {
        true => say!("{shown} of {all} open cases, --limit N shows more; clock: {clock}\n"),
        false => say!("{shown} of {all} open cases; clock: {clock}\n"),
    };
    Ok(if table.is_empty() { end } else { table.text(0) + "\n" + &end })
}

/// What a case is about, in a line: its size, then its text.
fn about(look: &Look<'_>, case: &CaseView) -> Result<String, LookError> {
    let subject = case.subject.plain();
    let shown = cut(&subject, SUBJECT);
    let posts = counted_u64(case.posts, &counts::POSTS);
    let authors = counted_u64(case.authors, &counts::AUTHORS);
    let channels = counted_u64(case.channels, &counts::CHANNELS);
    let size = match case.kind {
        CaseKind::Campaign => say!("{posts} by {authors} in {channels}"),
        CaseKind::Author => say!("author {shown}, {posts}"),
        CaseKind::Channel => say!("channel {shown}, {posts}"),
        CaseKind::Care => say!("care for {shown}, {posts}"),
        CaseKind::Post => say!("post {shown}"),
    };
    let reports = (!case.reports.is_zero()).then(|| {
        let weight = case.reports.text();
        say!("reports weigh {weight}")
    });
    let proposed = case.proposed.as_ref().map(|step| say!("`{step}` is proposed"));
    let text = match case.kind {
        CaseKind::Campaign => look.campaign_text(&subject)?,
        CaseKind::Author | CaseKind::Channel | CaseKind::Care | CaseKind::Post => None,
    };
    let text = text.map(|text| cut(&text, TEXT));
    let parts = [Some(size), reports, proposed, text].into_iter().flatten();
    Ok(parts.collect::<Vec<_>>().join("; "))
}
