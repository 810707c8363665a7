//! Verdicts for people: about two lines a post instead of one line of JSON.
//!
//! The first line is the text with its hits in colour, the second the action, the categories and the
//! titles of the rules. A post without a hit has one line. Redacted text is masked, and characters
//! that act on terminals are escaped.

use crate::term::palette::{self, FAINT, PLAIN, STRONG, WARN};
use crate::term::say;
use crate::term::width::{columns, display_width, displayed};
use anstyle::Style;
use tidegate_analysis::plain_id;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::field::FieldId;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::output::UnreadableLine;
use tidegate_engine::post::Post;
use tidegate_pipeline::{Observer, Selection};

/// Rule titles in the second line.
const TITLES_MAX: usize = 3;

/// Characters before the first hit, if a text is too long for the line.
const BEFORE_HIT: usize = 16;

/// Columns of the second line's indentation.
const INDENT: usize = 2;

/// Shortest room for a text; a narrower terminal wraps the line itself.
const ROOM_MIN: usize = 20;

/// How verdicts are displayed.
#[derive(Clone, Copy, Debug)]
pub struct Display {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours are used.
    pub colored: bool,
}

/// Writes the verdicts of a chunk. Shared by nothing: each worker has one.
pub struct HumanVerdicts<'c> {
    classifier: &'c Classifier,
    selection: Selection,
    display: Display,
    out: String,
}

impl<'c> HumanVerdicts<'c> {
    /// Writes the verdicts that `selection` selects.
    pub fn new(
        classifier: &'c Classifier,
        selection: Selection,
        display: Display,
    ) -> HumanVerdicts<'c> {
        HumanVerdicts { classifier, selection, display, out: String::new() }
    }

    /// The text since the last call.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    fn paint(&mut self, style: Style, text: &str) {
        if self.display.colored && style != PLAIN {
            self.out.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.out.push_str(text);
        }
    }

    fn text_line(&mut self, post: &Post<'_>, verdict: &Verdict<'_>, is_clean: bool) {
        let id =
            if post.id() == "null" { "–".to_owned() } else { displayed(&plain_id(post.id())) };
        self.paint(FAINT, &id);
        self.out.push_str("  ");
        let end = if is_clean { "  allow" } else { "" };
        let room = self.display.width.saturating_sub(columns(&id) + 2 + end.len()).max(ROOM_MIN);
        let field = verdict.evidence.first().map(|piece| piece.field);
        let field = field.or_else(|| post.texts().next().map(|text| text.field));
        let hit_style = match verdict.action.name() {
            "allow" => palette::NAMES[0].bold(),
            name => palette::action(name),
        };
        if let Some(field) = field {
            let text = post.text(field).unwrap_or_default();
            for (is_hit, part) in fitted(text, field, verdict, room) {
                self.paint(if is_hit { hit_style } else { PLAIN }, &part);
            }
        }
        self.paint(FAINT, end);
        self.out.push('\n');
    }

    fn verdict_line(&mut self, verdict: &Verdict<'_>) {
        let name = verdict.action.name();
        self.out.push_str(&" ".repeat(INDENT));
        self.paint(palette::action(name), name);
        let mut used = INDENT + name.len();
        if verdict.care {
            let care = say!(" + care");
            self.paint(WARN.bold(), &care);
            used += columns(&care);
        }
        for (category, score) in verdict.categories {
            let text = format!("  {} {score}", category.name());
            used += text.len();
            self.paint(PLAIN, &text);
        }
        let titles = self.titles(verdict);
        let room = self.display.width.saturating_sub(used + 3);
        if !titles.is_empty() && room >= ROOM_MIN {
            self.paint(FAINT, " · ");
            self.paint(FAINT, &cut(&titles, room));
        } else if !titles.is_empty() {
            self.out.push('\n');
            let room = self.display.width.saturating_sub(INDENT);
            self.out.push_str(&" ".repeat(INDENT));
            self.paint(FAINT, &cut(&titles, room));
        }
        self.out.push('\n');
    }

    /// The titles of the rules with the highest scores.
    fn titles(&self, verdict: &Verdict<'_>) -> String {
        let mut fired: Vec<_> = verdict.fired.iter().collect();
        fired.sort_by_key(|fired| (fired.shadow, std::cmp::Reverse(fired.score)));
        let title = |fired: &&tidegate_engine::domain::verdict::Fired| {
            let rule = self.classifier.rules().rule(fired.rule);
            let title = if rule.title.is_empty() { &rule.id } else { &rule.title };
            let shadow = if fired.shadow { say!(" (shadow)") } else { String::new() };
            format!("{}{shadow}", displayed(title))
        };
        let mut titles: Vec<String> = fired.iter().take(TITLES_MAX).map(title).collect();
        if fired.len() > TITLES_MAX {
            titles.push(say!("{} more", fired.len() - TITLES_MAX));
        }
        if verdict.capped {
            titles.push(say!("too many hits, some were not evaluated"));
        }
        titles.join(&say!("; "))
    }
}

impl Observer for HumanVerdicts<'_> {
    fn post(&mut self, post: &Post<'_>, verdict: &Verdict<'_>) {
        let is_selected =
            self.selection.actions[verdict.action as usize] || self.selection.care && verdict.care;
        if !is_selected {
            return;
        }
        self.text_line(post, verdict, verdict.is_clean());
        if !verdict.is_clean() {
            self.verdict_line(verdict);
        }
    }

    fn skipped(&mut self) {
        if self.selection.skipped {
            let text = format!("–  {}\n", say!("not a post: skipped"));
            self.paint(FAINT, &text);
        }
    }

    fn unreadable(&mut self, line: &UnreadableLine<'_>) {
        let UnreadableLine { id, offset, code, detail, .. } = *line;
        if self.selection.unreadable {
            let id = if id == "null" { say!("byte {offset}") } else { displayed(&plain_id(id)) };
            self.paint(FAINT, &id);
            self.out.push_str("  ");
            self.paint(WARN.bold(), "unreadable");
            self.paint(STRONG, &format!("  {}", code.name()));
            self.out.push_str(&format!("  {}\n", displayed(detail)));
        }
    }
}

/// The text in `room` columns, its hits marked: from the beginning if it fits, otherwise from a
/// little before the first hit.
fn fitted(text: &str, field: FieldId, verdict: &Verdict<'_>, room: usize) -> Vec<(bool, String)> {
    let hits: Vec<_> = verdict.evidence.iter().filter(|it| it.field == field).collect();
    let masks: Vec<_> = verdict.masked.iter().filter(|it| it.0 == field).collect();
    let characters: Vec<(bool, String, usize)> = text
        .char_indices()
        .map(|(at, character)| {
            let is_hit = hits.iter().any(|hit| hit.span.range().contains(&at));
            let is_masked = masks.iter().any(|mask| mask.1.range().contains(&at));
            let form = match character {
                _ if is_masked => '*',
                '\n' | '\r' | '\t' => ' ',
                other => other,
            };
            (is_hit, displayed(form.encode_utf8(&mut [0; 4])), display_width(form))
        })
        .collect();
    let whole: usize = characters.iter().map(|(_, _, width)| width).sum();
    let first = characters.iter().position(|(is_hit, ..)| *is_hit).unwrap_or(0);
    let from = if whole <= room { 0 } else { first.saturating_sub(BEFORE_HIT) };
    let mut parts: Vec<(bool, String)> = Vec::new();
    let mut left = room;
    if from > 0 {
        parts.push((false, "…".to_owned()));
        left -= 1;
    }
    let rest: usize = characters[from..].iter().map(|(_, _, width)| width).sum();
    // The sign for what is cut off needs a column, too.
    let mut left = if rest > left { left.saturating_sub(1) } else { left };
    for (is_hit, form, width) in &characters[from..] {
        if *width > left {
            parts.push((false, "…".to_owned()));
            break;
        }
        left -= width;
        match parts.last_mut() {
            Some((last, text)) if last == is_hit => text.push_str(form),
            _ => parts.push((*is_hit, form.clone())),
        }
    }
    parts
}

/// The beginning of a displayed text, in `room` columns.
fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(1);
    let fits = |character: &char| {
        let width = columns(character.encode_utf8(&mut [0; 4]));
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    let mut out: String = text.chars().take_while(fits).collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::Engine;
    use tidegate_engine::classifier::Scratch;
    use tidegate_engine::post::{Batch, Record};

    const PACK: &str = "tidegate: 1
pack: demo
version: 1.0.0
title: T
license: CC0-1.0
defaults: { category: gambling, fields: [text] }
rules:
  - { id: demo.bet, title: Names a game, match: { a: [赌博] }, condition: a, weight: 4 }
  - { id: demo.call, match: { n: [phone 123] }, condition: n, weight: 1, redact: [n] }
";

    fn shown(line: &str, width: usize, selection: Selection) -> String {
        let engine = Engine::builder().rules_text("demo.rules.yaml", PACK);
        let policy = "tidegate: 1\nkind: policy\ncategories: { gambling: { flag: 2 } }\n";
        let engine = engine.policy_text("p.policy.yaml", policy).build().unwrap();
        let (classifier, plan) = engine.into_parts();
        let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
        plan.read(line.as_bytes(), false, &mut batch);
        classifier.scan(line.as_bytes(), &batch, &mut scratch);
        let display = Display { width, colored: false };
        let mut human = HumanVerdicts::new(&classifier, selection, display);
        match batch.record(line.as_bytes(), 0) {
            Record::Post(post) => human.post(&post, &classifier.judge(&post, 0, &mut scratch)),
            Record::Skipped { .. } => human.skipped(),
            Record::Unreadable { id, code, detail } => {
                let (place, is_repaired) = (None, false);
                human.unreadable(&UnreadableLine {
                    id,
                    offset: 7,
                    place,
                    code,
                    detail,
                    is_repaired,
                });
            }
        }
        human.take()
    }

    #[test]
    fn a_post_has_two_lines_and_redacted_text_is_masked() {
        let line = r#"{"id":"a","text":"来赌博\n\u001b[31m phone 123"}"#;
        let wanted =
            "a  来赌博 \\u{1b}[31m *********\n  flag  gambling 5 · Names a game; demo.call\n";
        assert_eq!(shown(line, 80, Selection::ALL), wanted);
        let clean = r#"{"id":7,"text":"fine"}"#;
        assert_eq!(shown(clean, 80, Selection::ALL), "7  fine  allow\n");
        assert_eq!(shown(clean, 80, Selection::NONE), "");
        assert!(shown("{", 80, Selection::ALL).starts_with("byte 7  unreadable  bad_json  "));
    }

    #[test]
    fn long_texts_begin_near_the_first_hit_and_fit_the_width() {
        let text = format!("{}赌博{}", "x".repeat(100), "时".repeat(100));
        let line = format!("{{\"id\":1,\"text\":\"{text}\"}}");
        let shown = shown(&line, 60, Selection::ALL);
        let first = shown.lines().next().unwrap();
        assert!(first.starts_with("1  …xxx") && first.contains("赌博"), "{first}");
        assert!(first.ends_with('…') && columns(first) <= 60, "{first}");
    }
}
