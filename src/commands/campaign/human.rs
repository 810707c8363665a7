//! A campaign for people.

use crate::term;
use crate::term::counts::{self, counted_u64};
use crate::term::layout::{Layout, Run};
use crate::term::palette::{FAINT, NAMES, PLAIN, STRONG};
use crate::term::say;
use crate::term::width::cut;
use crate::why_text::{write_sample, write_why};
use tidegate_state::look::{CampaignDetail, HourView, SlotView, Time, Why, bars};

/// Most rows of the timeline.
const BARS: usize = 24;

/// Columns of the longest bar.
const BAR: usize = 40;

/// Most values of a slot that are shown.
const VALUES: usize = 6;

/// Columns of a value.
const VALUE: usize = 24;

fn plain(text: impl Into<String>) -> Run {
    (PLAIN, text.into())
}

fn faint(text: impl Into<String>) -> Run {
    (FAINT, text.into())
}

/// Facts, template, timeline and samples.
pub fn campaign(detail: &CampaignDetail) -> String {
    let mut layout = Layout::new(term::columns(), term::is_stdout_colored());
    facts(&mut layout, detail);
    if let Some(template) = &detail.template {
        heading(&mut layout, say!("common text"));
        layout.line(2, 2, &template_runs(&template.text));
        template.slots.iter().for_each(|slot| values(&mut layout, slot));
    }
    timeline(&mut layout, &detail.hours);
    heading(&mut layout, say!("texts"));
    detail.samples.iter().for_each(|it| write_sample(&mut layout, it));
    if detail.samples.is_empty() {
        layout.line(2, 2, &[faint(say!("none is kept"))]);
    }
    layout.text().to_owned()
}

fn heading(layout: &mut Layout, text: String) {
    layout.gap();
    layout.line(0, 0, &[(STRONG, text)]);
}

fn facts(layout: &mut Layout, detail: &CampaignDetail) {
    let facts = &detail.facts;
    let posts = counted_u64(facts.posts, &counts::POSTS);
    let authors = counted_u64(facts.authors, &counts::AUTHORS);
    let channels = counted_u64(facts.channels, &counts::CHANNELS);
    layout.line(0, 0, &[(STRONG, say!("campaign {}", facts.campaign))]);
    let size = match facts.about {
        false => say!("{posts} by {authors} in {channels}"),
        true => say!("{posts} by about {authors} in about {channels}"),
    };
    layout.labelled(&say!("size"), &[plain(size)]);
    let acts = match (&facts.ignored, facts.acts.as_slice()) {
        (Some(reason), _) => say!("no, ignored: {reason}"),
        (None, []) => say!("no: it is a fact, not a fault"),
        (None, acts) => say!("yes: {}", acts.join(", ")),
    };
    layout.labelled(&say!("acts"), &[plain(acts)]);
    let harmful = facts.harmful;
    let own = say!("{harmful} posts are `review` or more by themselves");
    layout.labelled(&say!("harmful"), &[plain(own)]);
    let (first, last) = (facts.first.text(), facts.last.text());
    layout.labelled(&say!("time"), &[plain(say!("{first} to {last}"))]);
    if facts.reach > 0 {
        layout.labelled(&say!("views"), &[plain(facts.reach.to_string())]);
    }
    if !facts.reports.is_zero() {
        layout.labelled(&say!("reports"), &[plain(say!("weight {}", facts.reports.text()))]);
    }
    if let Some(case) = &facts.case {
        layout.labelled(&say!("case"), &[plain(case)]);
    }
    if !detail.related.is_empty() {
        layout.labelled(&say!("related"), &[plain(detail.related.join(", "))]);
    }
}

/// The template, with its slots in the colours of their values.
fn template_runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut rest = text;
    let mut number = 0;
    while let Some((before, slot, after)) = next_slot(rest, number + 1) {
        number += 1;
        runs.push(plain(before));
        runs.push((color(number), slot.to_owned()));
        rest = after;
    }
    runs.push(plain(rest));
    runs
}

/// Splits a template at its slot of this number.
fn next_slot(text: &str, number: usize) -> Option<(&str, &str, &str)> {
    let start = text.find(&format!("{{{number}:"))?;
    let end = start + text[start..].find('}')? + 1;
    Some((&text[..start], &text[start..end], &text[end..]))
}

fn color(number: usize) -> anstyle::Style {
    NAMES[(number + NAMES.len() - 1) % NAMES.len()]
}

fn values(layout: &mut Layout, slot: &SlotView) {
    let SlotView { slot: number, kind, between: _, values } = slot;
    let shown = values.iter().take(VALUES);
    let shown = shown.map(|(value, count)| format!("{} ×{count}", cut(value, VALUE)));
    let mut text = shown.collect::<Vec<_>>().join("  ");
    let more = values.len().saturating_sub(VALUES);
    if more > 0 {
        text += &say!("  and {more} others");
    }
    layout.line(2, 6, &[(color(*number), format!("{{{number}:{kind}}} ")), plain(text)]);
}

fn timeline(layout: &mut Layout, hours: &[HourView]) {
    let (width, bars) = bars(hours, BARS);
    let most = bars.iter().map(|bar| bar.posts).max().unwrap_or(0).max(1);
    let title = match width {
        1 => say!("posts by hour (UTC)"),
        width => say!("posts in {width} hours each (UTC)"),
    };
    heading(layout, title);
    let room = layout.width().saturating_sub(32).clamp(8, BAR);
    for bar in bars {
        let length = usize::try_from(u128::from(bar.posts) * room as u128 * 8 / u128::from(most));
        let drawn = drawn(length.unwrap_or(0).max(usize::from(bar.posts > 0)));
        let count = if bar.posts == 0 { String::new() } else { format!(" {}", bar.posts) };
        let time = (FAINT, format!("{} ", hour(bar.at)));
        layout.whole(2, &[time, (NAMES[3], drawn), plain(count)]);
    }
}

/// A bar of so many eighths of a column.
fn drawn(eighths: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

/// `03-03 10:00`.
fn hour(at: Time) -> String {
    let text = at.text();
    text.get(5..16).map_or_else(|| text.clone(), |text| text.replace('T', " "))
}

/// Why a post is in its campaign.
pub fn why(why: &Why) -> String {
    let mut layout = Layout::new(term::columns(), term::is_stdout_colored());
    let (post, campaign) = (why.sample.post.plain(), &why.campaign);
    layout.line(0, 0, &[(STRONG, say!("post {post} in campaign {campaign}"))]);
    write_why(&mut layout, why);
    layout.text().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_eighths() {
        assert_eq!(
            (drawn(0), drawn(1), drawn(8), drawn(20)),
            ("".into(), "▏".into(), "█".into(), "██▌".into())
        );
    }

    #[test]
    fn slots_of_a_template_are_found_in_order() {
        let runs = template_runs("{1:text}华人{注}圈{2:number}个月");
        let texts: Vec<_> = runs.iter().map(|run| run.1.as_str()).collect();
        assert_eq!(texts, ["", "{1:text}", "华人{注}圈", "{2:number}", "个月"]);
        assert_eq!(template_runs("{2:text}").len(), 1);
    }
}
