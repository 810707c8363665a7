//! Texts of campaigns for people, and what they share.

use crate::term::layout::{Layout, Run};
use crate::term::palette::{self, FAINT, PLAIN};
use crate::term::say;
use tidegate_state::look::{SampleView, Why};

fn plain(text: impl Into<String>) -> Run {
    (PLAIN, text.into())
}

fn faint(text: impl Into<String>) -> Run {
    (FAINT, text.into())
}

/// A kept text, under a line that says whose it is.
pub fn write_sample(layout: &mut Layout, sample: &SampleView) {
    layout.line(2, 4, &head(sample));
    layout.line(4, 4, &[plain(&sample.text)]);
}

fn head(sample: &SampleView) -> Vec<Run> {
    let SampleView { number, post, author, channel, at, action, categories, reports, .. } = sample;
    let (post, at) = (post.plain(), at.text());
    let mut text = format!("#{number} {post}");
    if let Some(author) = author {
        text += &say!(" by {author}");
    }
    if let Some(channel) = channel {
        text += &say!(" in {channel}");
    }
    let scores = categories.0.iter().map(|(name, score)| format!(" {name} {score}"));
    let mut rest = scores.collect::<String>();
    if *reports > 0 {
        rest += &say!(", reports {reports}");
    }
    vec![faint(format!("{text}, {at}, ")), (palette::action(action), action.clone()), faint(rest)]
}

/// The text of a post and the earlier texts that it is like; what they share is marked.
pub fn write_why(layout: &mut Layout, why: &Why) {
    layout.line(2, 4, &head(&why.sample));
    let shared = why.like.first().map(|like| like.shared.as_slice()).unwrap_or_default();
    layout.line(4, 4, &marked(&why.sample.text, shared));
    if why.like.is_empty() {
        layout.gap();
        layout.line(
            2,
            2,
            &[faint(say!(
                "no earlier text of the campaign is kept: this one or an earlier one began it"
            ))],
        );
    }
    for like in &why.like {
        layout.gap();
        let percent = like.percent;
        layout.line(2, 2, &[plain(say!("{percent} % of the shingles of both are shared:"))]);
        layout.line(2, 4, &head(&like.sample));
        layout.line(4, 4, &[plain(&like.sample.text)]);
        for part in &like.shared {
            layout.line(4, 6, &[faint("= "), (palette::YES, part.clone())]);
        }
    }
}

/// A text with the shared parts in colour.
fn marked(text: &str, shared: &[String]) -> Vec<Run> {
    let mut is_shared = vec![false; text.len()];
    for part in shared.iter().filter(|part| !part.is_empty()) {
        for (at, found) in text.match_indices(part.as_str()) {
            is_shared[at..at + found.len()].fill(true);
        }
    }
    let mut runs: Vec<Run> = Vec::new();
    for (at, character) in text.char_indices() {
        let style = if is_shared[at] { palette::YES } else { PLAIN };
        match runs.last_mut() {
            Some((last, run)) if *last == style => run.push(character),
            _ => runs.push((style, character.to_string())),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_parts_are_marked() {
        let runs = marked("新澳门娱乐城", &["澳门".to_owned(), String::new()]);
        let texts: Vec<_> = runs.iter().map(|run| run.1.as_str()).collect();
        assert_eq!(texts, ["新", "澳门", "娱乐城"]);
    }
}
