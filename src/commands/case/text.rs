//! A case as text.

use crate::term::say;
use crate::term::table::Table;
use crate::term::wrap::labelled;
use crate::term::{is_stdout_colored, language, one_line, palette, phrase};
use anstyle::Style;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::phrase;
use tidegate_state::case::{CasePost, CaseReport, CaseView, HistoryEntry};
use tidegate_state::fixed::LOG_BITS;
use tidegate_state::model::{Author, Campaign, Channel, Seconds};
use tidegate_state::output::{points_text, time};
use tidegate_state::pages::names;

/// Most reports and most entries of the log: the newest.
const ROWS_MAX: usize = 20;

/// Most values of a slot.
const VALUES_MAX: usize = 6;

/// The case with at most so many posts.
pub fn text(view: &CaseView, posts_max: usize) -> String {
    let mut out = head(view);
    out += &priority(view);
    if let Some(campaign) = &view.campaign {
        out += &campaign_text(campaign);
    }
    if let Some(author) = &view.author {
        out += &author_text(author, view.step_name.as_deref());
    }
    if let Some(channel) = &view.channel {
        out += &channel_text(channel, view.step_name.as_deref());
    }
    out += &posts(view, posts_max);
    out += &reports(view);
    out += &history(view);
    let proposal = crate::term::say(&view.proposal.message());
    out += &format!("\n{}\n", heading(phrase(phrase!("Proposed"))));
    out + &labelled("  ", &proposal)
}

fn styled(style: Style, text: &str) -> String {
    if is_stdout_colored() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

fn heading(text: &str) -> String {
    styled(palette::STRONG, text)
}

/// `2026-03-02 10:00:00`.
fn moment(at: Seconds) -> String {
    time(at).replace('T', " ").trim_end_matches('Z').to_owned()
}

fn head(view: &CaseView) -> String {
    let (case, language) = (&view.case, language());
    let id = heading(&one_line(&case.id));
    let kind = names::kind(language, case.kind);
    let state = names::state(language, case.state);
    let subject = one_line(&case.subject);
    let mut out = format!("{id}  {kind}  {state}  {subject}\n");
    let (opened, updated) = (moment(case.opened), moment(case.updated));
    out += &format!("  {}\n", say!("opened {opened}, last change {updated} (UTC)"));
    let [posts, authors, channels, reach] =
        [case.posts, case.authors, case.channels, case.reach].map(grouped);
    out += &format!(
        "  {}\n",
        say!("posts {posts}, authors {authors}, channels {channels}, views {reach}")
    );
    if let Some(verdict) = &case.verdict {
        let outcome = names::outcome(language, verdict.outcome);
        let details = [verdict.by.as_deref(), verdict.note.as_deref()];
        let details: Vec<String> = details.into_iter().flatten().map(one_line).collect();
        let details = [&[moment(verdict.at)], details.as_slice()].concat().join("  ");
        out += &format!("  {}\n", say!("decision: {outcome}  {details}"));
    }
    out
}

/// `412 = harm 8 (fraud) × authors 4.322 × …`.
fn priority(view: &CaseView) -> String {
    let (case, parts) = (&view.case, &view.priority);
    let log = |value: u64| format!("{:.3}", value as f64 / f64::from(1 << LOG_BITS));
    let harm = match &case.category {
        Some(name) => format!("{} ({})", parts.harm, one_line(names::category(language(), name))),
        None => parts.harm.to_string(),
    };
    let (authors, spread, reports) = (log(parts.authors), log(parts.spread), log(parts.reports));
    let operation = points_text(parts.operation);
    let text = say!(
        "{} = harm {harm} × authors {authors} × spread {spread} × reports {reports} × operations {operation}",
        case.priority
    );
    format!("\n{}\n{}", heading(phrase(phrase!("Priority"))), labelled("  ", &text))
}

fn campaign_text(campaign: &Campaign) -> String {
    let language = language();
    let mut tags = Vec::new();
    if campaign.acts_harmful {
        tags.push(say!("{} harmful", grouped(campaign.harmful)));
    }
    if campaign.acts_story {
        tags.push(say!("fabricated story"));
    }
    if let Some(reason) = &campaign.ignored {
        let reason = one_line(reason);
        tags.push(say!("ignored: {reason}"));
    }
    let title = heading(phrase(phrase!("Campaign")));
    let mut out = format!("\n{title}  {}  {}\n", one_line(&campaign.id), tags.join(", "));
    let Some(template) = &campaign.template else { return out };
    out += &labelled("  ", &one_line(&template.text));
    for (number, slot) in (1..).zip(&template.slots) {
        let value = |(value, count): &(String, u32)| format!("{} ({count})", one_line(value));
        let values: Vec<String> = slot.values.iter().take(VALUES_MAX).map(value).collect();
        let more = if slot.values.len() > VALUES_MAX { ", …" } else { "" };
        let label = format!("  {number}:{}  ", one_line(names::slot(language, &slot.kind)));
        out += &labelled(&label, &format!("{}{more}", values.join(", ")));
    }
    out
}

/// The name of a step, or its number; and its end.
fn step_text(step: u8, name: Option<&str>, until: Option<Seconds>) -> String {
    let step = match (step, name) {
        (0, _) => phrase(phrase!("none")).to_owned(),
        (_, Some(name)) => one_line(name),
        (number, None) => number.to_string(),
    };
    match until.map(moment) {
        None => say!("step {step}"),
        Some(until) => say!("step {step} until {until}"),
    }
}

fn author_text(author: &Author, step: Option<&str>) -> String {
    let (points, step) = (points_text(author.points), step_text(author.step, step, author.until));
    let counts = &author.counts;
    let [posts, flag, review, block] =
        [counts.posts, counts.flag, counts.review, counts.block].map(grouped);
    let (upheld, overturned) = (counts.upheld, counts.overturned);
    let text = say!(
        "points {points}, {step}; posts {posts}: flag {flag}, review {review}, block {block}; decisions: upheld {upheld}, overturned {overturned}"
    );
    format!("\n{}\n{}", heading(phrase(phrase!("Author"))), labelled("  ", &text))
}

fn channel_text(channel: &Channel, step: Option<&str>) -> String {
    let step = step_text(channel.step, step, channel.until);
    let (posts, harmful) = (grouped(channel.total.posts), grouped(channel.total.harmful));
    let text = say!("{step}; posts {posts}, harmful {harmful}");
    format!("\n{}\n{}", heading(phrase(phrase!("Channel"))), labelled("  ", &text))
}

fn posts(view: &CaseView, posts_max: usize) -> String {
    let newest = view.newest(posts_max);
    if newest.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        phrase!("<time (UTC)"),
        phrase!("<post"),
        phrase!("<action"),
        phrase!("<author"),
        phrase!("<channel"),
        phrase!("reports"),
        phrase!("<text"),
    ]);
    newest.iter().rev().for_each(|post| table.row(post_row(post)));
    let (shown, kept) = (newest.len(), view.posts.len());
    let title = heading(&say!("Newest posts ({shown} of {kept} that are kept)"));
    format!("\n{title}\n{}", table.text(2))
}

fn post_row(post: &CasePost) -> Vec<String> {
    let language = language();
    vec![
        post.at().map(moment).unwrap_or_default(),
        plain_id(&post.id),
        names::action(language, post.action().unwrap_or_default()).to_owned(),
        post.author().unwrap_or_default().to_owned(),
        post.channel().unwrap_or_default().to_owned(),
        post.reports.to_string(),
        post.sample.as_ref().map(|sample| sample.text.clone()).unwrap_or_default(),
    ]
}

/// An id without the quotes of JSON.
fn plain_id(id: &str) -> String {
    serde_json::from_str(id).unwrap_or_else(|_| id.to_owned())
}

fn reports(view: &CaseView) -> String {
    let reports = &view.reports[view.reports.len().saturating_sub(ROWS_MAX)..];
    if reports.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        phrase!("<time (UTC)"),
        phrase!("<post"),
        phrase!("<by"),
        phrase!("weight"),
        phrase!("right so far"),
        phrase!("<reason"),
    ]);
    for CaseReport { report, reporter } in reports {
        let right = reporter.as_ref().map(|it| format!("{}/{}", it.upheld, it.judged));
        table.row(vec![
            moment(report.at),
            plain_id(&report.post),
            report.by.clone(),
            points_text(report.weight),
            right.unwrap_or_default(),
            report.reason.clone().unwrap_or_default(),
        ]);
    }
    let (shown, all) = (reports.len(), view.reports.len());
    format!("\n{}\n{}", heading(&say!("Reports ({shown} of {all})")), table.text(2))
}

fn history(view: &CaseView) -> String {
    let entries = &view.history[view.history.len().saturating_sub(ROWS_MAX)..];
    if entries.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        phrase!("entry"),
        phrase!("<time (UTC)"),
        phrase!("<what"),
        phrase!("<detail"),
    ]);
    let row = |entry: &HistoryEntry| {
        let language = language();
        let what = names::entry(language, &entry.kind).to_owned();
        vec![entry.number.to_string(), moment(entry.at), what, entry.detail(language)]
    };
    entries.iter().for_each(|entry| table.row(row(entry)));
    format!("\n{}\n{}", heading(&say!("What the log says")), table.text(2))
}
