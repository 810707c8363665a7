//! Lines of styled text, wrapped at the width of the terminal.

#[cfg(feature = "state")]
use super::palette;
use super::{width, wrap};
use anstyle::Style;
use std::fmt::Write;

/// Text in one style. It may contain any characters.
pub type Run = (Style, String);

/// The text written so far.
pub struct Layout {
    out: String,
    width: usize,
    colored: bool,
}

/// Smallest width for wrapping; a narrower terminal wraps lines itself.
const WIDTH_MIN: usize = 40;

/// Column of a label, and of the text after it.
#[cfg(feature = "state")]
const INDENT: usize = 2;
#[cfg(feature = "state")]
const LABEL: usize = 16;

impl Layout {
    /// An empty layout of so many columns.
    pub fn new(width: usize, colored: bool) -> Layout {
        Layout { out: String::new(), width: width.max(WIDTH_MIN), colored }
    }

    /// The layout.
    pub fn text(&self) -> &str {
        &self.out
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.out.push('\n');
    }

    /// One line, indented by `indent` columns. It is wrapped at a space or between wide
    /// characters; continuation lines are indented by `hang` columns.
    pub fn line(&mut self, indent: usize, hang: usize, runs: &[Run]) {
        let mut column = indent;
        let mut row: Vec<(Style, char)> = Vec::new();
        let (mut begin, mut is_broken) = (indent, false);
        for (style, character) in cells_of(runs) {
            let width = width::display_width(character);
            if column + width > self.width && !row.is_empty() {
                let rest = row.split_off(last_break(&row, character));
                self.row(begin, &row);
                row = rest;
                if row.first().is_some_and(|first| first.1 == ' ') {
                    row.remove(0);
                }
                (begin, is_broken) = (hang, true);
                column = hang + row.iter().map(|cell| width::display_width(cell.1)).sum::<usize>();
            }
            if character == ' ' && row.is_empty() && is_broken {
                continue;
            }
            column += width;
            row.push((style, character));
        }
        self.row(begin, &row);
    }

    /// A label and what it names; wrapped lines are indented below the first.
    #[cfg(feature = "state")]
    pub fn labelled(&mut self, label: &str, runs: &[Run]) {
        let room = LABEL.saturating_sub(width::columns(label) + INDENT).max(1);
        let label = (palette::FAINT, format!("{label}{}", " ".repeat(room)));
        let all: Vec<Run> = std::iter::once(label).chain(runs.iter().cloned()).collect();
        self.line(INDENT, LABEL, &all);
    }

    /// One line that is not wrapped.
    pub fn whole(&mut self, indent: usize, runs: &[Run]) {
        self.row(indent, &cells_of(runs));
    }

    fn row(&mut self, indent: usize, cells: &[(Style, char)]) {
        let trimmed = cells.iter().rposition(|cell| cell.1 != ' ').map_or(0, |last| last + 1);
        let start = self.out.len();
        let _ = write!(self.out, "{:indent$}", "");
        let mut rest = &cells[..trimmed];
        if rest.is_empty() {
            self.out.truncate(start);
        }
        while let Some((style, _)) = rest.first() {
            let length = rest.iter().take_while(|cell| cell.0 == *style).count();
            let text: String = rest[..length].iter().map(|cell| cell.1).collect();
            self.paint(*style, &text);
            rest = &rest[length..];
        }
        self.out.push('\n');
    }

    fn paint(&mut self, style: Style, text: &str) {
        if self.colored && style != Style::new() {
            let _ = write!(self.out, "{style}{text}{style:#}");
        } else {
            self.out.push_str(text);
        }
    }
}

/// The displayed characters of all runs, with their styles.
fn cells_of(runs: &[Run]) -> Vec<(Style, char)> {
    let mut cells = Vec::new();
    for (style, text) in runs {
        cells.extend(width::displayed(text).chars().map(|character| (*style, character)));
    }
    cells
}

/// Where to wrap a full row, given the next character.
fn last_break(row: &[(Style, char)], next: char) -> usize {
    let breaks = |at: usize| {
        let after = row.get(at).map_or(next, |cell| cell.1);
        let before = row[at - 1].1;
        after == ' ' || wrap::may_break(before, after)
    };
    // A break in the first third would leave the row almost empty.
    (row.len() / 3 + 1..=row.len()).rev().find(|at| breaks(*at)).unwrap_or(row.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstyle::AnsiColor;

    fn written(width: usize, colored: bool, runs: &[Run]) -> String {
        let mut layout = Layout::new(width, colored);
        layout.line(2, 4, runs);
        layout.text().to_owned()
    }

    fn plain(text: &str) -> Run {
        (Style::new(), text.to_owned())
    }

    #[test]
    fn lines_break_at_spaces_and_between_wide_characters() {
        let text = "one two three four five six seven eight nine";
        let broken = "  one two three four five six seven\n    eight nine\n";
        assert_eq!(written(40, false, &[plain(text)]), broken);
        let wide = "时".repeat(20);
        assert_eq!(written(40, false, &[plain(&wide)]), format!("  {}\n    时\n", "时".repeat(19)));
        assert_eq!(
            written(40, false, &[plain(&"x".repeat(40))]),
            format!("  {}\n    xx\n", "x".repeat(38))
        );
        let quoted = format!("{}“{}”", "时".repeat(16), "时".repeat(3));
        let kept = format!("  {}\n    时”\n", &quoted[..quoted.len() - "时”".len()]);
        assert_eq!(
            written(40, false, &[plain(&quoted)]),
            kept,
            "no line begins with a quote's end"
        );
        assert_eq!(written(40, false, &[]), "\n");
    }

    #[test]
    fn colour_is_optional() {
        let runs = [plain("a "), (AnsiColor::Red.on_default(), "b\u{1b}".to_owned())];
        assert_eq!(written(40, true, &runs), "  a \u{1b}[31mb\\u{1b}\u{1b}[0m\n");
        assert_eq!(written(40, false, &runs), "  a b\\u{1b}\n");
    }
}
