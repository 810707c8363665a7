//! What an author probably meant where a file is not valid YAML.
//!
//! Input: the text of a file and the place of an error. Output: the cause that the lines around
//! the place show, with its own place and the way out. Causes are slips of writing: tabs, signs of
//! Chinese keyboards, texts that need quotes. A wrong guess costs only a misleading hint: what is
//! an error is decided elsewhere.

use super::error::excerpt;
use super::lines::{Line, around, first_character};
use crate::message::{Message, message};
use std::ops::Range;

/// A probable cause.
#[derive(Debug)]
pub(super) struct Slip {
    /// The cause.
    pub what: Message,
    /// The way out.
    pub help: Message,
    pub range: Range<usize>,
}

fn slip(what: Message, help: Message, range: Range<usize>) -> Option<Slip> {
    Some(Slip { what, help, range })
}

/// The cause of the syntax error `message` of the parser at byte `at`.
pub(super) fn of_syntax(text: &str, at: usize, message: &str) -> Option<Slip> {
    let at = text.floor_char_boundary(at.min(text.len()));
    let (above, here, below) = around(text, at);
    let near = || [Some(here), below, above].into_iter().flatten();
    near()
        .find_map(tab)
        .or_else(|| [Some(here), above].into_iter().flatten().find_map(odd_space))
        .or_else(|| [Some(here), above].into_iter().flatten().find_map(full_width))
        .or_else(|| by_message(above, here, at, message))
        .or_else(|| unclosed(text, here.start))
        .or_else(|| indent(above, here, message))
}

/// The cause of an error in the value or key at `range`, which YAML reads as something else.
pub(super) fn of_value(text: &str, range: &Range<usize>) -> Option<Slip> {
    let (_, here, _) = around(text, range.start);
    let is_there = |slip: &Slip| {
        let end = range.end.max(range.start + 1);
        slip.range.start < end && range.start.min(here.start + here.indent()) <= slip.range.end
    };
    odd_space(here)
        .or_else(|| full_width(here))
        .filter(is_there)
        .or_else(|| property(text, range.start))
        .or_else(|| comment_before(here, range.start))
        .or_else(|| dash(text, range))
}

/// The number that full-width digits and signs spell.
pub(super) fn ascii_number(text: &str) -> Option<String> {
    let ascii = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' if c != '，' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '，' | '。' => '.',
        '−' | '–' | '—' => '-',
        other => other,
    };
    let number: String = text.chars().map(ascii).collect();
    let is_changed = number != text && number.parse::<f64>().is_ok_and(f64::is_finite);
    is_changed.then_some(number)
}

/// A tab before the first character of a line.
fn tab(line: Line<'_>) -> Option<Slip> {
    let at = line.text[..line.indent()].find('\t')?;
    let range = line.start + at..line.start + at + 1;
    slip(
        message!("a tab indents this line"),
        message!("indent with spaces: YAML has no tabs there"),
        range,
    )
}

/// White space or an invisible character that is no space of YAML, where a space belongs.
fn odd_space(line: Line<'_>) -> Option<Slip> {
    let is_odd = |c: char| {
        !c.is_ascii() && c.is_whitespace()
            || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
    };
    let mut after_sign = true;
    for (at, c) in line.outside() {
        if is_odd(c) && after_sign {
            let what = message!("U+{:04X} is not a space for YAML", c as u32);
            let range = line.start + at..line.start + at + c.len_utf8();
            let help = if c.is_whitespace() {
                message!("write ordinary spaces")
            } else {
                message!("remove it: it is invisible")
            };
            return slip(what, help, range);
        }
        let begins = line.text[..at].trim().is_empty();
        after_sign = c == ' ' && after_sign || c == ':' || begins && matches!(c, '-' | ' ');
    }
    None
}

/// A sign of a Chinese keyboard in the place of a sign of YAML.
fn full_width(line: Line<'_>) -> Option<Slip> {
    for (at, c) in line.outside() {
        let (before, after) = (&line.text[..at], &line.text[at + c.len_utf8()..]);
        let begins = matches!(
            before.trim_end().chars().next_back(),
            None | Some(':' | ',' | '[' | '{' | '-')
        );
        let ends =
            after.trim_start().is_empty() || after.trim_start().starts_with([',', ']', '}', '#']);
        let follows_value = before.ends_with([']', '}', '\'', '"']);
        let (is_sign, ascii) = match c {
            '：' => (ends_with_key(before), ": "),
            '，' | '、' | '；' => (follows_value, ","),
            '［' | '【' | '「' => (begins && !before.trim().is_empty(), "["),
            '］' | '】' | '」' => (ends && before.contains(['[', '［', '【']), "]"),
            '｛' => (begins, "{"),
            '｝' => (ends && before.contains(['{', '｛']), "}"),
            '“' | '”' | '‘' | '’' | '＂' | '＇' => (begins, "\" or '"),
            '－' | '—' | '–' => (before.trim().is_empty(), "- "),
            '＃' => (before.is_empty() || before.ends_with(' '), "#"),
            _ => (false, ""),
        };
        if is_sign {
            let range = line.start + at..line.start + at + c.len_utf8();
            let what = message!("`{c}` is not a sign of YAML");
            let help = message!("write `{ascii}`; if it belongs to a text, put the text in quotes");
            return slip(what, help, range);
        }
    }
    None
}

/// Is the end of `before` the whole word of a key?
fn ends_with_key(before: &str) -> bool {
    let rest =
        before.trim_end_matches(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    rest.len() < before.len()
        && (rest.trim().is_empty()
            || rest.ends_with(['{', ',', ' ']) && !rest.trim_end().ends_with(':'))
}

/// Causes that the message of the parser names in part.
fn by_message(above: Option<Line<'_>>, here: Line<'_>, at: usize, message: &str) -> Option<Slip> {
    let text = here.whole;
    let says = |part: &str| message.contains(part);
    if says("escape") || says("hexadecimal") {
        return escape(text, at);
    }
    if says("trailing content after") {
        return after_quote(here, at, says("single"));
    }
    if says("unclosed quote") {
        let help =
            message!("add the closing quote, or put the whole text in quotes of the other kind");
        return slip(message!("this quote is not closed"), help, first_character(at, text));
    }
    if says("unexpected character") || says("anchor") || says("block scalar") {
        return sign(text, at);
    }
    if says("misplaced bracket") || says("mismatched bracket") {
        let help =
            message!("close each `[` by `]` and each `{{` by `}}`, or put the text in quotes");
        return slip(
            message!("a bracket without its counterpart"),
            help,
            first_character(at, text),
        );
    }
    if says("simple key expected") {
        return no_space(here);
    }
    if says("mapping values are not allowed") {
        return second_colon(here).or_else(|| above.and_then(missing_space));
    }
    if says("unclosed bracket") {
        return open_bracket(here);
    }
    two_commas(here)
        .or_else(|| says("did not find expected ','").then(|| bracket(here, at)).flatten())
}

/// The first escape in the double-quoted text at `at` that YAML does not know.
fn escape(text: &str, at: usize) -> Option<Slip> {
    let inside = text.get(at..)?.strip_prefix('"')?;
    let start = at + 1;
    let mut chars = inside.char_indices();
    while let Some((offset, c)) = chars.next() {
        let next = if c == '\\' { chars.next().map(|(_, next)| next) } else { None };
        let Some(next) = next else { continue };
        let is_known = "0abt\tnvfre \"/\\N_LP\n\r".contains(next);
        if !is_known {
            let what = message!("in double quotes `\\{next}` is an escape of YAML");
            let end = inside.find(['"', '\n']).unwrap_or(inside.len());
            let help = if inside[..end].contains('\'') {
                message!(
                    "use single quotes, in which a backslash is itself, and write `''` for `'`"
                )
                .to_owned()
            } else {
                message!("use single quotes: `'{}'`", excerpt(&inside[..end]))
            };
            return slip(what, help, start + offset..start + offset + 1 + next.len_utf8());
        }
    }
    None
}

/// Text after a closing quote.
fn after_quote(here: Line<'_>, at: usize, is_single: bool) -> Option<Slip> {
    let what = message!("the text goes on after its closing quote");
    let help = if is_single {
        message!(
            "write `''` for an apostrophe inside single quotes, or put the whole text in double quotes"
        )
    } else {
        message!("put the whole text in single quotes")
    };
    slip(what, help, at..at + here.char_at(at))
}

/// A sign with which a text without quotes may not begin.
fn sign(text: &str, at: usize) -> Option<Slip> {
    let rest = text.get(at..)?;
    let first = rest.chars().next()?;
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    if matches!(first, '@' | '`' | '%' | '|' | '>' | '*' | '&' | '!') {
        let token = &line[..line.find([',', ']', '}', '#']).unwrap_or(line.len())];
        let what = message!("`{first}` at the start of a text is a sign of YAML");
        let help = message!("put the text in quotes: `'{}'`", excerpt(token.trim_end()));
        return slip(what, help, at..at + 1);
    }
    let (offset, control) = line.char_indices().find(|(_, c)| c.is_control())?;
    let what = message!("this line contains the control character U+{:04X}", control as u32);
    slip(what, message!("remove it"), at + offset..at + offset + control.len_utf8())
}

/// `key:value`, or a key without a colon.
fn no_space(here: Line<'_>) -> Option<Slip> {
    missing_space(here).or_else(|| {
        let (key, start) = item(here);
        slip(
            message!("a key without a colon"),
            message!("write `key: value`, or put a text of several lines in quotes"),
            start..start + key.len().max(1),
        )
    })
}

/// The text of a line after its indent and `- `, and its first byte in the file.
fn item(line: Line<'_>) -> (&str, usize) {
    let text = line.text.trim_start().trim_start_matches("- ").trim_end();
    (text, line.start + (text.as_ptr() as usize - line.text.as_ptr() as usize))
}

/// `key:value`.
fn missing_space(line: Line<'_>) -> Option<Slip> {
    let (text, start) = item(line);
    let (key, value) = text.split_once(':')?;
    let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if key.is_empty() || !key.chars().all(is_key) || value.starts_with([' ', '\t']) {
        return None;
    }
    let help = message!("write a space after the colon: `{key}: …`");
    let colon = start + key.len();
    slip(message!("a space is missing after this colon"), help, colon..colon + 1)
}

/// `key: a text: with a colon`, without quotes.
fn second_colon(here: Line<'_>) -> Option<Slip> {
    let mut colons = here.outside().filter(|(at, c)| {
        *c == ':' && here.text[at + 1..].chars().next().is_none_or(char::is_whitespace)
    });
    let (first, _) = colons.next()?;
    let (second, _) = colons.next()?;
    let value = here.text[first + 1..].trim();
    let key = here.text[..first].trim_start().trim_start_matches("- ");
    if value.starts_with(['[', '{', '"', '\'']) {
        return None;
    }
    let quote = if value.contains('\'') { '"' } else { '\'' };
    let help = message!("put the text in quotes: `{key}: {quote}{}{quote}`", excerpt(value));
    let range = here.start + second..here.start + second + 1;
    slip(message!("a second `: ` in a text without quotes"), help, range)
}

/// `[foo, , bar]`.
fn two_commas(here: Line<'_>) -> Option<Slip> {
    let mut before = None;
    for (at, c) in here.outside() {
        if c == ',' && before == Some(',') {
            let range = here.start + at..here.start + at + 1;
            return slip(
                message!("there is nothing before this comma"),
                message!("remove one of the commas"),
                range,
            );
        }
        if !c.is_whitespace() {
            before = Some(c);
        }
    }
    None
}

/// `[0-9]+x` and `a{2,3}` without quotes.
fn bracket(here: Line<'_>, at: usize) -> Option<Slip> {
    let before = here.text.get(..at.checked_sub(here.start)?)?;
    let after = &here.text[before.len()..];
    let help = message!("put the text in single quotes");
    let last = before.chars().next_back()?;
    let is_text = |c: char| !c.is_whitespace() && !",[]{}'\":".contains(c);
    if matches!(last, ']' | '}') && after.starts_with(is_text) {
        let what = message!("a text that begins with a bracket is a list or mapping for YAML");
        return slip(what, help, at..at + here.char_at(at));
    }
    let is_inside = is_text(last) && after.starts_with(['[', '{']);
    let what = message!("inside of brackets, a text without quotes has no brackets");
    is_inside.then(|| slip(what, help, at..at + 1)).flatten()
}

/// An open bracket in the lines above, which takes what follows into its list or mapping.
fn unclosed(text: &str, before: usize) -> Option<Slip> {
    /// Lines. A limit without a measured effect.
    const LINES_MAX: usize = 100;
    let lines = text[..before].rmatch_indices('\n').map(|(at, _)| Line::at(text, at));
    lines.take(LINES_MAX).find_map(open_bracket)
}

/// A bracket that stays open at the end of its line.
fn open_bracket(line: Line<'_>) -> Option<Slip> {
    let mut open = Vec::new();
    for (at, c) in line.outside() {
        match c {
            '[' | '{' => open.push((at, c)),
            ']' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    let (at, bracket) = open.pop()?;
    let closing = if bracket == '[' { ']' } else { '}' };
    if let Some(hash) = line.comment().filter(|hash| line.text[*hash..].contains(closing)) {
        let what = message!("`#` begins a comment here, and the `{bracket}` before it stays open");
        let help = message!("put a text with ` #`, or that begins with `#`, in quotes");
        return slip(what, help, line.start + hash..line.start + hash + 1);
    }
    let what = message!("this `{bracket}` is not closed");
    let range = line.start + at..line.start + at + 1;
    slip(what, message!("add the `{closing}`"), range)
}

/// A line whose indent fits no line above.
fn indent(above: Option<Line<'_>>, here: Line<'_>, message: &str) -> Option<Slip> {
    let above = above?;
    let item = above
        .text
        .trim_start()
        .strip_prefix('-')
        .filter(|_| !here.text.trim_start().starts_with('-'));
    let other = item.map_or(above.indent(), |item| above.text.len() - item.trim_start().len());
    let own = here.indent();
    let names = ["mapping values", "expected '-'", "expected key", "expected <block end>"];
    if own == other || !names.iter().any(|name| message.contains(name)) {
        return None;
    }
    let what = message!("this line is indented by {own} spaces, the line above by {other}");
    let help =
        message!("the keys of one mapping, and the `-` of one list, begin in the same column");
    slip(what, help, first_character(here.start + own, here.whole))
}

/// `&word` or `!word` before an empty value.
fn property(text: &str, at: usize) -> Option<Slip> {
    let before = text.get(..at)?.trim_end();
    let word =
        before.rfind(|c: char| c.is_whitespace() || "[{,".contains(c)).map_or(0, |at| at + 1);
    let word = before.floor_char_boundary(word);
    before[word..].starts_with(['&', '!']).then(|| sign(text, word)).flatten()
}

/// A list item that is only a comment: `- #1`.
fn comment_before(here: Line<'_>, at: usize) -> Option<Slip> {
    let hash = here.comment()?;
    let item = here.text[..hash].trim();
    let is_empty = item.ends_with(['-', ':', ',', '[']) && here.start <= at;
    let is_text = here.text[hash + 1..].starts_with(|c: char| !c.is_whitespace());
    let range = here.start + hash..here.start + hash + 1;
    let help = message!("put the text in quotes: `'{}'`", excerpt(here.text[hash..].trim_end()));
    (is_empty && is_text).then(|| slip(message!("`#` begins a comment"), help, range)).flatten()
}

/// `-item` for `- item`.
fn dash(text: &str, range: &Range<usize>) -> Option<Slip> {
    let value = text.get(range.clone())?;
    let is_word = |line: &str| {
        let word = line.trim_start().strip_prefix('-');
        word.is_some_and(|word| word.starts_with(|c: char| c.is_alphabetic() || "'\"".contains(c)))
    };
    let is_item = !value.is_empty() && value.lines().all(is_word);
    let what = message!("a space is missing after `-`");
    is_item
        .then(|| slip(what, message!("write `- ` before each item"), range.start..range.start + 1))
        .flatten()
}
