//! Disguises that change white space.

/// Every space `times` times.
pub(super) fn repeat_spaces(text: &str, times: u32) -> String {
    text.split(' ').collect::<Vec<_>>().join(&" ".repeat(times as usize))
}

/// Lines of at most `columns` columns where the text has a place to break: at a space, or after
/// a mark of Chinese punctuation. Wide characters take two columns.
pub(super) fn wrap(text: &str, columns: u32) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut column = 0;
    for line in text.split_inclusive('\n') {
        for part in parts(line) {
            let width = width_of(part.trim_end_matches(' '));
            if column > 0 && column + width > columns {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                column = 0;
            }
            out.push_str(part);
            column = if part.ends_with('\n') { 0 } else { column + width_of(part) };
        }
    }
    out
}

/// The text in parts, each of which ends at a place to break.
fn parts(line: &str) -> impl Iterator<Item = &str> {
    line.split_inclusive([' ', '，', '。', '、', '！', '？', '；', '：'])
}

fn width_of(text: &str) -> u32 {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_repeated() {
        assert_eq!(repeat_spaces("a b  c", 2), "a  b    c");
        assert_eq!(repeat_spaces("加我", 3), "加我");
    }

    #[test]
    fn lines_break_at_spaces_and_punctuation() {
        assert_eq!(wrap("one two three four five six", 10), "one two\nthree four\nfive six");
        assert_eq!(wrap("注册就送，加我微信。马上到账", 12), "注册就送，\n加我微信。\n马上到账");
        assert_eq!(wrap("averyveryverylongword x", 10), "averyveryverylongword\nx");
        assert_eq!(wrap("a\nb c", 20), "a\nb c");
    }
}
