//! Plain text, on which peers that fold differently must agree.

use crate::error::Error;
use serde::Deserialize;
use std::io::{self, BufRead, BufWriter, Write};

#[derive(Deserialize)]
struct Post {
    id: String,
    text: String,
}

/// Writes the posts of standard input with [`plain`] texts, as JSON lines with `id` and `text`.
pub fn run() -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let Ok(post) = serde_json::from_str::<Post>(&line?) else { continue };
        let post = serde_json::json!({ "id": post.id, "text": plain(&post.text) });
        writeln!(out, "{post}")?;
    }
    Ok(out.flush()?)
}

/// The lower-case letters and digits of ASCII and the common Han characters of `text`, no character
/// more than three times in a row. Everything else is a space, and a run of it is one space.
///
/// In such a text, a character is a unit of distance in tidegate.
pub fn plain(text: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut plain = String::new();
    let (mut last, mut repeated) = (' ', 0);
    for c in text.chars() {
        let c = if is_kept(c) { c.to_ascii_lowercase() } else { ' ' };
        repeated = if c == last { repeated + 1 } else { 1 };
        last = c;
        let most = if c == ' ' { 1 } else { 3 };
        if repeated <= most && !(plain.is_empty() && c == ' ') {
            plain.push(c);
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn plain_text_has_no_runs() {
        assert_eq!(plain("  Gooooal!!! … 赌 博\u{301}Ａ"), "goooal 赌 博");
    }
}
