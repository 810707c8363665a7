//! Text tables whose columns line up, with wide characters counted as two columns.

use super::escape::one_line;
use unicode_width::UnicodeWidthStr;

/// A table under construction. The first row is the header.
pub struct Table {
    rows: Vec<Vec<String>>,
    /// For each column, whether it is left-aligned.
    left: Vec<bool>,
}

/// Spaces between two columns.
const GAP: usize = 2;

impl Table {
    /// A table with this header. A column whose name begins with `<` is left-aligned, the
    /// others are right-aligned.
    pub fn new(head: &[&str]) -> Table {
        let left = head.iter().map(|name| name.starts_with('<')).collect();
        let names = head.iter().map(|name| name.trim_start_matches('<').to_owned()).collect();
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
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].width()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.left.len()).map(width).collect();
        self.rows.iter().map(|row| self.line(row, &widths, indent)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize], indent: usize) -> String {
        let mut line = " ".repeat(indent);
        for (column, cell) in row.iter().enumerate() {
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

#[cfg(test)]
mod tests {
    use super::*;

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
