//! Text tables whose columns line up, with wide characters counted as two columns.
//!
//! On a terminal that is too narrow for a table, the text of its last column is wrapped; if that is
//! not enough, its right part follows below its left part, and each part begins with the first
//! column.

use super::escape::one_line;
use super::language::phrase;
use super::output::terminal_columns;
use super::wrap;
use unicode_width::UnicodeWidthStr;

/// A table under construction. The first row is the header.
pub struct Table {
    rows: Vec<Vec<String>>,
    /// For each column, whether it is left-aligned.
    left: Vec<bool>,
}

/// Name of a column that belongs to the column before it.
const INTERVAL: &str = "95 %";

/// Fewest columns for wrapped text.
const TEXT_MIN: usize = 24;

/// Spaces between two columns.
const GAP: usize = 2;

impl Table {
    /// A table with this header, whose names are marked by `phrase!`. A column whose name begins
    /// with `<` is left-aligned, the others are right-aligned.
    pub fn new(head: &[&'static str]) -> Table {
        let left = head.iter().map(|name| name.starts_with('<')).collect();
        let names =
            head.iter().map(|name| phrase(name.trim_start_matches('<')).to_owned()).collect();
        Table { rows: vec![names], left }
    }

    /// Adds a row; characters that act on a terminal are escaped.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.left.len());
        self.rows.push(cells.iter().map(|cell| one_line(cell)).collect());
    }

    /// Whether the table has no row except the header.
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    /// The table as lines, each indented by `indent` columns.
    pub fn text(&self, indent: usize) -> String {
        self.fitted(indent, terminal_columns().unwrap_or(usize::MAX))
    }

    /// The table in `room` columns, if its columns are not wider than that.
    fn fitted(&self, indent: usize, room: usize) -> String {
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].width()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.left.len()).map(width).collect();
        if let Some(text) = self.wrapped(&widths, indent, room) {
            return text;
        }
        let goes_on =
            |column: usize| self.rows[0].get(column + 1).is_some_and(|name| name == INTERVAL);
        let parts = parts(&widths, room.saturating_sub(indent), goes_on);
        let part = |columns: &Vec<usize>| -> String {
            self.rows.iter().map(|row| self.line(row, columns, &widths, indent)).collect()
        };
        parts.iter().map(part).collect::<Vec<_>>().join("\n")
    }

    /// The table with its last column wrapped, if it is text and the only one without room.
    fn wrapped(&self, widths: &[usize], indent: usize, room: usize) -> Option<String> {
        let (last, others) = widths.split_last()?;
        let before = indent + others.iter().map(|width| width + GAP).sum::<usize>();
        let is_text = others.len() > 1 && self.left[others.len()];
        let own_room = room.saturating_sub(before);
        if !is_text || own_room < TEXT_MIN || before + last <= room {
            return None;
        }
        let columns: Vec<usize> = (0..others.len()).collect();
        let row = |row: &Vec<String>| {
            let mut line = self.line(row, &columns, widths, indent);
            line.truncate(line.len() - 1);
            let mut padding = before.saturating_sub(line.width());
            let mut out = String::new();
            for part in wrap::lines(&row[others.len()], own_room) {
                out.push_str(&line);
                out.push_str(&" ".repeat(padding));
                out.push_str(&part);
                out.push('\n');
                (line, padding) = (String::new(), before);
            }
            out
        };
        Some(self.rows.iter().map(row).collect())
    }

    fn line(&self, row: &[String], columns: &[usize], widths: &[usize], indent: usize) -> String {
        let mut line = " ".repeat(indent);
        for column in columns.iter().copied() {
            let cell = &row[column];
            let padding = " ".repeat(widths[column] - cell.width());
            let gap = if column == 0 { 0 } else { GAP };
            line.push_str(&" ".repeat(gap));
            let (first, second) =
                if self.left[column] { (cell, &padding) } else { (&padding, cell) };
            line.push_str(first);
            line.push_str(second);
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }
}

/// The columns of each part of a table.
fn parts(widths: &[usize], room: usize, goes_on: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let first = widths.first().copied().unwrap_or_default();
    let mut parts = vec![vec![0]];
    let mut used = first;
    for (column, width) in widths.iter().enumerate().skip(1) {
        let last = parts.len() - 1;
        let interval = if goes_on(column) { GAP + widths[column + 1] } else { 0 };
        if used + GAP + width + interval > room && parts[last].len() > 1 {
            parts.push(vec![0, column]);
            used = first + GAP + width;
        } else {
            parts[last].push(column);
            used += GAP + width;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_the_last_column_is_wrapped() {
        let mut table = Table::new(&["<name", "n", "<what"]);
        table.row(vec!["a".to_owned(), "1".to_owned(), "word ".repeat(8) + "end"]);
        let wanted =
            "name  n  what\na     1  word word word word word\n         word word word end\n";
        assert_eq!(table.fitted(0, 34), wanted);
    }

    #[test]
    fn a_wide_table_continues_below() {
        let mut table = Table::new(&["<name", "first", "second"]);
        table.row(vec!["a".to_owned(), "1".to_owned(), "2".to_owned()]);
        let narrow = "name  first\na         1\n\nname  second\na          2\n";
        assert_eq!(table.fitted(0, 12), narrow);
        assert_eq!(table.fitted(0, 19), "name  first  second\na         1       2\n");
        assert_eq!(table.fitted(0, 1), narrow, "a part has at least two columns");
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["<名", "n", "<what"]);
        assert!(table.is_empty());
        table.row(vec!["赌博".to_owned(), "7".to_owned(), "x".to_owned()]);
        table.row(vec!["a".to_owned(), "1234".to_owned(), "\u{1b}[m\n".to_owned()]);
        let expected = [" 名       n  what", " 赌博     7  x", " a     1234  \\u{1b}[m\\n", ""];
        assert_eq!(table.text(1), expected.join("\n"));
        assert!(!table.is_empty());
    }
}
