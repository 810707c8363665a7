//! Accounts on platforms: `@name`, `@name@server`, and a label with a name (`ig: name`).
//!
//! * `@name`: not after a Latin letter or digit, or in the path of an address; a name has three
//!   symbols or more and a letter, or two Han characters or more. Not what programs write with an
//!   `@` (`@override`, `@media (…)`, `@types/node`), no mail domain (`@example.com`), and no call of
//!   everybody (`@everyone`).
//! * A label is followed by a sign (`:` `=` `-` `@` …) or a space. A name of letters alone is
//!   accepted only after a sign and where the sentence does not continue (`snap: what a day`); after
//!   a space a name has a digit, underscore or dot in it.
//! * The hit spans label and name, or the `@` and the name. Skipped noise ends it.

use super::entity::{Entity, Found};
use super::hosts::is_foreign;
use super::text::{Text, hit, is_alnum, is_han, is_latin, is_letter};
use super::tlds::{self, Belief};
use std::ops::Range;

const AT: u16 = b'@' as u16;
const DOT: u16 = b'.' as u16;
const SLASH: u16 = b'/' as u16;
const HYPHEN: u16 = b'-' as u16;
const UNDERSCORE: u16 = b'_' as u16;
const COLON: u16 = b':' as u16;
const SPACE: u16 = b' ' as u16;

/// Longest name: those of Weibo and Instagram have 30.
const NAME_CHARS_MAX: usize = 30;

/// Labels, in folded form; a longer one precedes its prefixes.
const LABELS: &[&str] = &[
    "instagram",
    "insta",
    "ig",
    "snapchat",
    "snap",
    "telegram",
    "tg",
    "twitter",
    "tiktok",
    "twitch",
    "kik",
    "facebook",
    "fb",
    "discord",
    "onlyfans",
    "youtube",
    "yt",
    "bluesky",
    "bsky",
    "mastodon",
    "reddit",
    "pinterest",
    "linkedin",
    "wickr",
    "skype",
    "venmo",
    "微博",
    "抖音",
    "快手",
    "小红书",
    "推特",
];

/// Adds every mention, leftmost first, without overlap.
pub(super) fn find<J: Fn(usize) -> bool>(text: &Text<'_, J>, found: &mut Vec<Found>) {
    let (mut at, mut free) = (0, 0);
    while at < text.len() {
        // Names follow each other without a space: `@anna@ben`.
        let range = match text.at(at) {
            AT => at_name(text, at, at > 0 && free == at),
            symbol if may_label(symbol) => labelled(text, at),
            _ => None,
        };
        match range {
            Some(range) => {
                found.push(hit(Entity::Mention, range.start, range.end));
                (at, free) = (range.end, range.end);
            }
            None => at += 1,
        }
    }
}

/// Can a text of these symbols contain a mention? No false negatives: where noise was skipped before
/// a label, its left edge is not visible in the symbols. Nothing is skipped after it.
pub(super) fn is_possible(symbols: &[u16]) -> bool {
    let text = Text::new(symbols, &|_: usize| true);
    let is_label = |at: usize, label: &&str| {
        let end = text.word_at(at, label);
        end.is_some_and(|end| !is_latin(text.at(at)) || text.right_edge(end))
    };
    symbols.contains(&AT)
        || symbols.iter().enumerate().any(|(at, symbol)| {
            may_label(*symbol) && LABELS.iter().any(|label| is_label(at, label))
        })
}

/// Can a label begin with `symbol`?
#[inline]
fn may_label(symbol: u16) -> bool {
    // The first letters of the labels as bits of the alphabet; 微 抖 快 小 推.
    const LETTERS: u32 = 0x016e_dd2a;
    let letter = symbol.wrapping_sub(b'a'.into());
    (letter < 26 && LETTERS >> letter & 1 != 0)
        || matches!(symbol, 0x5FAE | 0x6296 | 0x5FEB | 0x5C0F | 0x63A8)
}

/// The end of the label at `at`, at edges.
fn label_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, at: usize) -> Option<usize> {
    let latin = is_latin(text.at(at));
    LABELS.iter().find_map(|label| {
        let end = text.word_at(at, label)?;
        let inside = (at + 1..end).all(|at| text.joined(at));
        (inside && (!latin || (text.left_edge(at) && text.right_edge(end)))).then_some(end)
    })
}

/// The label at `start` with the name after it.
fn labelled<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    let end = label_end(text, start)?;
    // `@ig_name`, `example.com/ig`, `#ig`.
    let touched = text.joined(start)
        && matches!(text.before(start), AT | DOT | SLASH | HYPHEN | UNDERSCORE | 0x23);
    if touched {
        return None;
    }
    let (name, signed) = link_end(text, end)?;
    if text.before(name) == AT {
        return at_name(text, name - 1, true).map(|range| start..range.end);
    }
    let end = name_end(text, name)?;
    let marked = (name..end).any(|at| !is_letter(text.at(at)));
    let lettered = (name..end).any(|at| is_letter(text.at(at)));
    let proven = marked || (signed && ends_phrase(text, end) && !is_common(text, name..end));
    (lettered && proven && !goes_on(text, end)).then_some(start..end)
}

/// Where the name after a label begins, and whether a sign links it. `None` if neither a sign nor a
/// space follows the label.
fn link_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<(usize, bool)> {
    const CHARS_MAX: usize = 5;
    const WORDS: [&str; 7] = ["username", "user", "handle", "name", "is", "id", "号"];
    let (mut at, mut signed) = (start, false);
    let mut word = false;
    while at - start < CHARS_MAX || (word && at - start < 3 * CHARS_MAX) {
        if !text.joined(at) {
            return None;
        }
        match char::from_u32(text.at(at).into()) {
            Some(':' | '=' | '-' | '–' | '—' | '>' | '→' | '~' | '(') => signed = true,
            Some('@') => return text.joined(at + 1).then_some((at + 1, true)),
            Some(' ') => {}
            // The words are no names: `insta name anna_99`.
            Some(_) if !word => {
                let known = WORDS.iter().find_map(|known| text.word_at(at, known));
                match known.filter(|end| at > start && matches!(text.at(*end), SPACE | COLON | AT))
                {
                    Some(end) => (at, word) = (end - 1, true),
                    None => break,
                }
            }
            _ => break,
        }
        at += 1;
    }
    (at > start && text.joined(at)).then_some((at, signed))
}

/// The end of the name at `start`: letters, digits, `_`, and `.` and `-` between them.
fn name_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    let mut end = text.run(start, NAME_CHARS_MAX + 1, |symbol| {
        is_alnum(symbol) || matches!(symbol, UNDERSCORE | DOT | HYPHEN)
    });
    while end > start && matches!(text.before(end), DOT | HYPHEN) {
        end -= 1;
    }
    let first = is_alnum(text.at(start)) || text.at(start) == UNDERSCORE;
    ((3..=NAME_CHARS_MAX).contains(&(end - start)) && first && text.right_edge(end)).then_some(end)
}

/// Does an address or a call continue after the name? `ig: https://…`, `snap: a@b.example`.
fn goes_on<J: Fn(usize) -> bool>(text: &Text<'_, J>, end: usize) -> bool {
    text.joined(end)
        && (text.at(end) == AT
            || text.word_at(end, "://").is_some()
            || (text.at(end) == SLASH && is_alnum(text.at(end + 1))))
}

/// Does the phrase end after `end`? A Latin word after a space continues it, unless it is a label.
fn ends_phrase<J: Fn(usize) -> bool>(text: &Text<'_, J>, end: usize) -> bool {
    match text.at(end) {
        SPACE => !is_latin(text.at(end + 1)) || label_end(text, end + 1).is_some(),
        0x27 | 0x2019 => false,
        _ => true,
    }
}

/// Words that follow a label and a colon and are no names.
fn is_common<J: Fn(usize) -> bool>(text: &Text<'_, J>, name: Range<usize>) -> bool {
    const WORDS: &[&str] = &[
        "and", "bio", "below", "down", "for", "here", "http", "https", "link", "live", "more",
        "new", "none", "nope", "not", "now", "our", "out", "post", "posts", "private", "same",
        "soon", "stories", "story", "that", "the", "this", "video", "www", "yes", "you",
    ];
    WORDS.iter().any(|word| text.word_at(name.start, word) == Some(name.end))
}

/// The name with the `@` at `at`. `follows` a label or another name: what precedes is then no part
/// of an e-mail address.
fn at_name<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    at: usize,
    follows: bool,
) -> Option<Range<usize>> {
    let name = at + 1;
    if !text.joined(name) || !(follows || may_precede(text, at)) {
        return None;
    }
    if is_alnum(text.at(name)) || text.at(name) == UNDERSCORE {
        return latin_name(text, name).map(|end| at..end);
    }
    let end = text.run(name, NAME_CHARS_MAX, |symbol| {
        is_alnum(symbol) || matches!(symbol, HYPHEN | UNDERSCORE) || is_foreign(symbol)
    });
    const EVERYBODY: [&str; 3] = ["所有人", "全体成员", "大家"];
    let everybody = EVERYBODY.iter().any(|word| text.word_at(name, word).is_some());
    // A host of another script: `@例子.中国`.
    let host = text.joined(end) && text.at(end) == DOT && is_foreign(text.at(end + 1));
    (is_foreign(text.at(name)) && end - name >= 2 && !everybody && !host).then_some(at..end)
}

/// May the `@` at `at` begin a mention, by what precedes it?
fn may_precede<J: Fn(usize) -> bool>(text: &Text<'_, J>, at: usize) -> bool {
    if !text.joined(at) {
        return true;
    }
    match text.before(at) {
        AT | DOT | UNDERSCORE | HYPHEN | 0x25 | 0x2B | 0x3D => false,
        // `//@name` quotes a post; one slash is the path of an address.
        SLASH => text.before(at - 1) == SLASH && text.before(at.saturating_sub(2)) != COLON,
        before => !is_latin(before) && (!is_foreign(before) || is_unspaced(before)),
    }
}

/// Scripts in which words touch each other.
fn is_unspaced(symbol: u16) -> bool {
    is_han(symbol) || matches!(symbol, 0xE01..=0xE4E | 0x3041..=0x30FC | 0xAC00..=0xD7A3)
}

/// The end of the Latin name at `start`, with its server if there is one.
fn latin_name<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    const NOT_NAMES: &[&str] = &[
        "all",
        "author",
        "autowired",
        "channel",
        "charset",
        "classmethod",
        "dataclass",
        "deprecated",
        "everyone",
        "font-face",
        "here",
        "import",
        "interface",
        "keyframes",
        "media",
        "nonnull",
        "nullable",
        "override",
        "param",
        "property",
        "return",
        "returns",
        "see",
        "since",
        "staticmethod",
        "supports",
        "suppresswarnings",
        "throws",
        "todo",
    ];
    let end = name_end(text, start)?;
    if text.joined(end)
        && text.at(end) == AT
        && let Some(server) = server_end(text, end + 1)
    {
        return Some(server);
    }
    let letters = (start..end).any(|at| is_letter(text.at(at)));
    let known = NOT_NAMES.iter().any(|word| text.word_at(start, word) == Some(end));
    // `@route('/')` and `@types/node` are programs.
    let program = text.joined(end)
        && (text.at(end) == u16::from(b'(')
            || (text.at(end) == SLASH && is_alnum(text.at(end + 1))));
    (letters && !known && !program && !is_mail_domain(text, start..end)).then_some(end)
}

/// Is it two labels, of which the last is a top-level domain and no word? Names have dots too, but
/// mostly not before those.
fn is_mail_domain<J: Fn(usize) -> bool>(text: &Text<'_, J>, name: Range<usize>) -> bool {
    let mut dots = name.clone().filter(|at| text.at(*at) == DOT);
    match (dots.next(), dots.next()) {
        (Some(dot), None) => tlds::belief(text, dot + 1, name.end) == Some(Belief::Domain),
        _ => false,
    }
}

/// The end of the name of a server at `start`: labels, the last of letters.
fn server_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    const CHARS_MAX: usize = 253;
    if !text.joined(start) || !is_alnum(text.at(start)) {
        return None;
    }
    let mut end =
        text.run(start, CHARS_MAX, |symbol| is_alnum(symbol) || matches!(symbol, DOT | HYPHEN));
    while matches!(text.before(end), DOT | HYPHEN) {
        end -= 1;
    }
    let dot = (start..end).rev().find(|at| text.at(*at) == DOT)?;
    let letters = (dot + 1..end).all(|at| is_letter(text.at(at)));
    let doubled = (start..end).any(|at| text.at(at) == DOT && text.at(at + 1) == DOT);
    (letters && (2..=24).contains(&(end - dot - 1)) && !doubled && text.right_edge(end))
        .then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_can_begin_and_is_as_folding_leaves_it() {
        for (at, label) in LABELS.iter().enumerate() {
            let symbols: Vec<u16> = label.encode_utf16().collect();
            assert_eq!(crate::fold::fold(label), symbols, "{label}");
            assert!(may_label(symbols[0]), "{label}");
            let hidden = LABELS[..at].iter().any(|before| label.starts_with(before));
            assert!(!hidden, "{label} follows a word it begins with");
        }
        let first = |letter: u8| LABELS.iter().any(|label| label.as_bytes()[0] == letter);
        assert!((b'a'..=b'z').all(|letter| may_label(letter.into()) == first(letter)));
    }
}
