//! Diagnostics as text: the code, an excerpt of the source with carets, the help.
//!
//! Characters in rule files that act on a terminal are escaped. Only the lines around a
//! span are read, so the cost does not depend on the position in a large file.

use super::escape;
use super::language::language;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::ops::Range;
use tidegate_engine::Message;
use tidegate_engine::diagnostic::{Diagnostic, Place, Severity};
use tidegate_engine::phrase;
use tidegate_messages::Language;

/// Context shown before and after a span on its line, in terminal columns.
const AROUND_COLUMNS_MAX: usize = 72;

/// Format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text with excerpts of the file
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

/// Each diagnostic with its excerpt, followed by a blank line.
pub fn render(diagnostics: &[Diagnostic], colored: bool) -> String {
    render_in(language(), diagnostics, colored)
}

fn render_in(language: Language, diagnostics: &[Diagnostic], colored: bool) -> String {
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() };
    let text = |diagnostic| format!("{}\n\n", one(diagnostic, &renderer, language));
    diagnostics.iter().map(text).collect()
}

fn one(diagnostic: &Diagnostic, renderer: &Renderer, language: Language) -> String {
    let Diagnostic { severity, code, message, place, label, related, help } = diagnostic;
    let say = |message: &Message| escape::printable(&language.say(message)).into_owned();
    let (message, label, help) = (say(message), say(label), say(help));
    let level = match severity {
        Severity::Error => Level::ERROR.with_name(language.phrase(phrase!("error"))),
        Severity::Warning => Level::WARNING.with_name(language.phrase(phrase!("warning"))),
    };
    let main = place.as_ref().map(Excerpt::new);
    let others: Vec<(Excerpt, String)> =
        related.iter().map(|(place, word)| (Excerpt::new(place), say(word))).collect();
    let mut group = Group::with_title(level.primary_title(&*message).id(*code));
    if let Some(excerpt) = &main {
        group = group.element(excerpt.snippet(AnnotationKind::Primary, &label));
    }
    for (excerpt, word) in &others {
        group = group.element(excerpt.snippet(AnnotationKind::Context, word));
    }
    if !help.is_empty() {
        group =
            group.element(Level::HELP.with_name(language.phrase(phrase!("help"))).message(&*help));
    }
    let mut rendered = renderer.render(&[group]);
    for excerpt in main.iter().chain(others.iter().map(|(excerpt, _)| excerpt)) {
        excerpt.correct_column(&mut rendered);
    }
    rendered
}

/// The escaped line of a span, and the position of the span in it.
struct Excerpt {
    path: String,
    line: usize,
    column: usize,
    text: String,
    marked: Range<usize>,
}

impl Excerpt {
    fn new(place: &Place) -> Excerpt {
        let text = &place.source.text;
        let start = text.floor_char_boundary(place.range.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        // A span of several lines is marked on the first.
        let end = text.ceil_char_boundary(place.range.end.clamp(start, line_end));
        let mut shown = tail(&text[line_start..start]);
        let from = shown.len();
        shown.push_str(&head(&text[start..end]));
        let to = shown.len();
        shown.push_str(&head(text[end..line_end].trim_end_matches('\r')));
        let (line, column) = place.line_column();
        let path = escape::printable(&place.source.name).into_owned();
        Excerpt { path, line, column, text: shown, marked: from..to }
    }

    /// Replaces the column in the excerpt, which the renderer prints, by that in the file.
    fn correct_column(&self, rendered: &mut String) {
        let column = self.text[..self.marked.start].chars().count() + 1;
        if column != self.column {
            let place = |column| format!("{}:{}:{column}", self.path, self.line);
            *rendered = rendered.replacen(&place(column), &place(self.column), 1);
        }
    }

    fn snippet<'s>(&'s self, kind: AnnotationKind, label: &'s str) -> Snippet<'s, Annotation<'s>> {
        let mark = kind.span(self.marked.clone());
        let mark = if label.is_empty() { mark } else { mark.label(label) };
        Snippet::source(&*self.text).line_start(self.line).path(&*self.path).annotation(mark)
    }
}

/// The escaped end of `text`, at most [`AROUND_COLUMNS_MAX`] columns.
fn tail(text: &str) -> String {
    let mut columns = 0;
    let from = text.char_indices().rev().find(|(_, character)| {
        columns += width(*character);
        columns > AROUND_COLUMNS_MAX
    });
    match from {
        Some((at, character)) => format!("…{}", printable(&text[at + character.len_utf8()..])),
        None => printable(text),
    }
}

/// The escaped beginning of `text`, at most [`AROUND_COLUMNS_MAX`] columns.
fn head(text: &str) -> String {
    let mut columns = 0;
    let end = text.char_indices().find(|(_, character)| {
        columns += width(*character);
        columns > AROUND_COLUMNS_MAX
    });
    match end {
        Some((at, _)) => format!("{}…", printable(&text[..at])),
        None => printable(text),
    }
}

/// Escapes control and common invisible characters; tabs are left to the renderer.
fn printable(text: &str) -> String {
    let one = |character: char| match character {
        '\t' => "\t".to_owned(),
        '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{2060}' | '\u{feff}' => {
            character.escape_unicode().to_string()
        }
        other => escape::printable(other.encode_utf8(&mut [0; 4])).into_owned(),
    };
    text.chars().map(one).collect()
}

/// Approximate width in columns: every character from U+1100 on counts as wide.
fn width(character: char) -> usize {
    if character < '\u{1100}' { 1 } else { 2 }
}

/// Adds file, lines and columns, counted from 1; columns count characters, the end is
/// exclusive.
pub fn add_place(object: &mut Value, place: &Place) {
    let end = Place { source: place.source.clone(), range: place.range.end..place.range.end };
    let ((line, column), (end_line, end_column)) = (place.line_column(), end.line_column());
    object["file"] = json!(place.source.name);
    object["line"] = json!(line);
    object["column"] = json!(column);
    object["end_line"] = json!(end_line);
    object["end_column"] = json!(end_column);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tidegate_engine::diagnostic::Source;

    fn text_of(text: &str) -> Message {
        Message::verbatim(text)
    }

    fn place(text: &str, word: &str) -> Place {
        let start = text.find(word).unwrap();
        let source = Source { name: "a.rules.yaml".to_owned(), text: text.to_owned() };
        Place { source: Arc::new(source), range: start..start + word.len() }
    }

    fn rendered(text: &str, word: &str) -> String {
        let error = Diagnostic::error("bad_value", text_of("wrong"), Some(place(text, word)));
        render(&[error.label(text_of("here")).help(text_of("change it"))], false)
    }

    #[test]
    fn the_span_is_marked_and_the_help_printed() {
        assert_eq!(
            rendered("a: 1\n赌: bad # x\n", "bad"),
            "error[bad_value]: wrong
 --> a.rules.yaml:2:4
  |
2 | 赌: bad # x
  |     ^^^ here
  |
  = help: change it\n\n"
        );
    }

    #[test]
    fn columns_count_characters_of_the_file_in_long_lines() {
        let text = format!("list: [{}bad, {}]", "赌, ".repeat(500), "x, ".repeat(500));
        let shown = rendered(&text, "bad");
        assert!(shown.contains("a.rules.yaml:1:1508\n"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().map(width).sum::<usize>() < 170), "{shown}");
        assert!(shown.contains('…'));
    }

    #[test]
    fn control_characters_of_a_file_are_escaped() {
        let text = "a\u{1b}[31m\u{202e}: bad\u{9b}2J\r\n";
        let shown = rendered(text, "bad\u{9b}");
        assert!(shown.contains(r"1 | a\u{1b}[31m\u{202e}: bad\u{9b}2J"), "{shown}");
        assert!(shown.contains("a.rules.yaml:1:10\n"), "{shown}");
        let error = Diagnostic::error("bad_value", text_of("\u{1b}]0;x\u{7}"), None);
        assert_eq!(render(&[error], false), "error[bad_value]: \\u{1b}]0;x\\u{7}\n\n");
    }

    #[test]
    fn empty_and_out_of_range_spans_are_rendered() {
        for (range, line) in [(0..0, 1), (1..9, 1), (3..3, 2), (8..400, 2), (400..500, 2)] {
            let mut at = place("ab\n字cd", "ab");
            let column = Place { range: range.clone(), ..at.clone() }.line_column().1;
            at.range = range.clone();
            let shown = render(&[Diagnostic::warning("x", text_of("y"), Some(at))], false);
            assert!(
                shown.contains(&format!("a.rules.yaml:{line}:{column}\n")),
                "{range:?}: {shown}"
            );
        }
    }

    #[test]
    fn colour_is_optional() {
        let warning = || Diagnostic::warning("x", text_of("y"), None);
        assert!(render(&[warning()], true).contains('\u{1b}'));
        assert!(!render(&[warning()], false).contains('\u{1b}'));
    }
}
