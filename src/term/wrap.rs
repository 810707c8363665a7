//! Prose that is wrapped at the width of the terminal. In a pipe or a file a line is not wrapped.

use super::escape::one_line;
use super::output::terminal_columns;
use super::width::columns;

/// `text` after `label`, with a line end; wrapped lines are indented below the label.
pub fn labelled(label: &str, text: &str) -> String {
    fitted(label, &one_line(text), terminal_columns().unwrap_or(usize::MAX))
}

fn fitted(label: &str, text: &str, room: usize) -> String {
    let hang = columns(label) - columns(label.trim_start()) + 2;
    let mut out = label.to_owned();
    let mut used = columns(label);
    let mut is_first = true;
    for word in text.split(' ') {
        let width = columns(word);
        if !is_first && used + 1 + width > room {
            out.push('\n');
            out.push_str(&" ".repeat(hang));
            used = hang;
        } else if !is_first {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += width;
        is_first = false;
    }
    out.push('\n');
    out
}

/// Displayed text in lines of at most `room` columns, if its words are not wider than that.
pub fn lines(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if columns(line) + 1 + columns(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_hang_below_the_label() {
        let text = "one two three";
        assert_eq!(fitted("  note: ", text, usize::MAX), "  note: one two three\n");
        assert_eq!(fitted("  note: ", text, 15), "  note: one two\n    three\n");
        assert_eq!(fitted("", "x", 1), "x\n");
    }
}
