//! The slow twin of the reader: the rules of the module one after another, each over the whole
//! text, with lists in between.

use super::tags::{self, Kind};
use std::ops::Range;

/// A part of the text.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Start {
        name: String,
        hides: bool,
    },
    End(String),
    Comment,
    /// A character; in an element without tags, its name.
    Character(char, Option<String>),
}

/// What may be shown.
enum Shown {
    Character(char),
    Space,
    Break,
}

type Placed<T> = Vec<(T, Range<usize>)>;

/// The shown characters of `text`.
pub(super) fn pieces(text: &str) -> Placed<char> {
    collapsed(&laid_out(&without_hidden(&items(text))))
}

const SPACE: &[char] = &[' ', '\t', '\n', '\r', '\u{c}'];

fn items(text: &str) -> Placed<Item> {
    let mut items = Vec::new();
    let mut open: Option<String> = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (item, length) = match &open {
            Some(name) if closes(rest, name) => tag(rest),
            Some(name) => character(rest, Some(name.clone())),
            None => markup(rest).unwrap_or_else(|| character(rest, None)),
        };
        match &item {
            Item::Start { name, .. } if has_text_only(name) => open = Some(name.clone()),
            Item::End(_) => open = None,
            _ => {}
        }
        push_characters(&mut items, item, at, length);
        at += length;
    }
    items
}

/// Two characters of one reference: the second has the range of the semicolon.
fn push_characters(items: &mut Placed<Item>, item: Item, at: usize, length: usize) {
    match item {
        Item::Character(c, within) if c as u32 >= TWO => {
            let name = entities::ENTITIES[(c as u32 - TWO) as usize].characters;
            let mut both = name.chars().map(|c| Item::Character(c, within.clone()));
            let end = at + length;
            let second = name.chars().count() == 2;
            items.extend(both.next().map(|first| (first, at..end - usize::from(second))));
            items.extend(both.next().map(|second| (second, end - 1..end)));
        }
        item => items.push((item, at..at + length)),
    }
}

/// Plus the number of an entry in the list of references, until its characters are written.
const TWO: u32 = 0x10_0000;

fn has_text_only(name: &str) -> bool {
    let kind = tags::kind(name.as_bytes());
    matches!(kind, Kind::HiddenText | Kind::Textarea | Kind::Verbatim | Kind::Plaintext)
}

fn closes(rest: &str, name: &str) -> bool {
    let after = rest.strip_prefix("</").and_then(|rest| rest.get(name.len()..));
    after.is_some_and(|after| {
        rest[2..2 + name.len()].eq_ignore_ascii_case(name)
            && tags::kind(name.as_bytes()) != Kind::Plaintext
            && after.starts_with(|c| SPACE.contains(&c) || c == '/' || c == '>')
    })
}

fn character(rest: &str, within: Option<String>) -> (Item, usize) {
    let kind = within.as_ref().map(|name| tags::kind(name.as_bytes()));
    if matches!(kind, None | Some(Kind::Textarea))
        && let Some((c, length)) = reference(rest)
    {
        return (Item::Character(c, within), length);
    }
    let c = rest.chars().next().unwrap();
    (Item::Character(c, within), c.len_utf8())
}

fn reference(rest: &str) -> Option<(char, usize)> {
    let number = regex::Regex::new("^&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?").unwrap();
    if let Some(found) = number.captures(rest) {
        let digits = found.get(1).or(found.get(2)).unwrap().as_str().trim_start_matches('0');
        let radix = if found.get(1).is_some() { 16 } else { 10 };
        let code = u32::from_str_radix(&format!("0{digits}"), radix).unwrap_or(u32::MAX);
        let western = encoding(code).or_else(|| char::from_u32(code).filter(|c| *c != '\0'));
        return Some((western.unwrap_or('\u{fffd}'), found[0].len()));
    }
    let known = entities::ENTITIES.iter().enumerate();
    let fitting = known.filter(|(_, entity)| rest.starts_with(entity.entity));
    let (at, longest) = fitting.max_by_key(|(_, entity)| entity.entity.len())?;
    Some((char::from_u32(TWO + at as u32).unwrap(), longest.entity.len()))
}

/// The characters that Windows-1252 has at 0x80 to 0x9F.
fn encoding(code: u32) -> Option<char> {
    const GIVEN: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
    let at = code.checked_sub(0x80)?;
    GIVEN.chars().nth(at as usize).filter(|c| *c != ' ')
}

fn markup(rest: &str) -> Option<(Item, usize)> {
    let comment = |pattern: &str| {
        let found = regex::Regex::new(pattern).unwrap().find(rest);
        found.map(|found| (Item::Comment, found.end()))
    };
    comment("(?s)^<!--(?:-?>|.*?--!?>|.*)")
        .or_else(|| comment("(?s)^<[!?](?:[^>]*>|.*)"))
        .or_else(|| comment("(?s)^</(?:>|[^A-Za-z](?:[^>]*>|.*))"))
        .or_else(|| regex::Regex::new("^</?[A-Za-z]").unwrap().find(rest).map(|_| tag(rest)))
}

/// The states of a tag after its name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum In {
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Quoted(char),
    Unquoted,
}

fn tag(rest: &str) -> (Item, usize) {
    let is_end = rest.starts_with("</");
    let begin = if is_end { 2 } else { 1 };
    let is_last = |c: char| SPACE.contains(&c) || c == '/' || c == '>';
    let end = rest.find(is_last).filter(|at| *at >= begin);
    let end = end.or_else(|| rest[begin..].find(is_last).map(|at| begin + at));
    let name = rest[begin..end.unwrap_or(rest.len())].to_ascii_lowercase();
    let mut attributes: Vec<(String, String)> = Vec::new();
    let mut state = In::BeforeName;
    for (at, c) in rest.char_indices().skip_while(|(at, _)| Some(*at) != end) {
        let is_space = SPACE.contains(&c);
        let named = |attributes: &mut Vec<(String, String)>| {
            attributes.push((c.to_ascii_lowercase().to_string(), String::new()));
        };
        match state {
            In::Quoted(quote) if c == quote => state = In::BeforeName,
            In::Quoted(_) => attributes.last_mut().unwrap().1.push(c),
            _ if c == '>' => {
                let item = if is_end {
                    Item::End(name)
                } else {
                    Item::Start { name, hides: hides(&attributes) }
                };
                return (item, at + 1);
            }
            In::BeforeValue if is_space => {}
            In::BeforeValue if c == '"' || c == '\'' => state = In::Quoted(c),
            In::BeforeValue | In::Unquoted if !is_space => {
                attributes.last_mut().unwrap().1.push(c);
                state = In::Unquoted;
            }
            In::Name | In::AfterName if c == '=' => state = In::BeforeValue,
            In::Name if is_space => state = In::AfterName,
            In::Name if c != '/' => attributes.last_mut().unwrap().0.push(c.to_ascii_lowercase()),
            In::AfterName if is_space => {}
            _ if is_space || c == '/' => state = In::BeforeName,
            _ => {
                named(&mut attributes);
                state = In::Name;
            }
        }
    }
    let item = if is_end { Item::End(name) } else { Item::Comment };
    (item, rest.len())
}

fn hides(attributes: &[(String, String)]) -> bool {
    let style = attributes.iter().find(|(name, _)| name == "style");
    let decoded = style.map(|(_, style)| decoded(style));
    let declared = decoded.as_deref().unwrap_or("").split(';').filter_map(|it| it.split_once(':'));
    let display = declared
        .filter(|(name, _)| name.trim_matches(SPACE).eq_ignore_ascii_case("display"))
        .map(|(_, value)| value.trim_matches(SPACE).to_ascii_lowercase())
        .rfind(|value| !value.is_empty());
    match display {
        Some(value) => regex::Regex::new("^none\\s*(!\\s*important)?$").unwrap().is_match(&value),
        None => attributes.iter().any(|(name, _)| name == "hidden"),
    }
}

fn decoded(text: &str) -> String {
    let (mut decoded, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let (item, length) = character(&text[at..], None);
        push_characters(&mut decoded, item, at, length);
        at += length;
    }
    let only = decoded.into_iter().filter_map(|(item, _)| match item {
        Item::Character(c, _) => Some(c),
        _ => None,
    });
    only.collect()
}

/// The items outside elements that are not shown.
fn without_hidden(items: &[(Item, Range<usize>)]) -> Placed<Item> {
    let (mut shown, mut at) = (Vec::new(), 0);
    while at < items.len() {
        at = match &items[at].0 {
            Item::Start { name, hides } if *hides || never_shown(name) => end_of(items, at, name),
            _ => {
                shown.push(items[at].clone());
                at + 1
            }
        };
    }
    shown
}

fn never_shown(name: &str) -> bool {
    matches!(tags::kind(name.as_bytes()), Kind::Hidden | Kind::HiddenText)
}

/// One past the last item of the element that begins at `start`.
fn end_of(items: &[(Item, Range<usize>)], start: usize, name: &str) -> usize {
    if tags::is_void(name.as_bytes()) {
        return start + 1;
    }
    let mut depth = 1;
    let mut open: Vec<&str> = Vec::new();
    for (at, (item, _)) in items.iter().enumerate().skip(start + 1) {
        match item {
            Item::Start { name: other, .. } => {
                if depth == 1 && !has_text_only(name) && is_before(name, other) {
                    return at;
                }
                depth += usize::from(other == name);
                if !tags::is_void(other.as_bytes()) && !has_text_only(other) {
                    open.push(other);
                }
            }
            Item::End(other) if other == name => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            Item::End(other) => {
                let inner = open.iter().rposition(|name| name == other);
                let is_inner = inner.map(|inner| open.remove(inner)).is_some();
                let ends_text = has_text_only(other) && was_open(items, &items[at].1, other);
                if !is_inner && !ends_text && !has_text_only(name) && is_outer(name, other) {
                    return at;
                }
            }
            _ => {}
        }
    }
    items.len()
}

/// May the end of `other` be the end of an element around `open`?
fn is_outer(open: &str, other: &str) -> bool {
    let reopened = "a b big code em font i nobr s small strike strong tt u template";
    !reopened.split(' ').any(|name| name == open)
        && !tags::is_void(other.as_bytes())
        && !["body", "html"].contains(&other)
        && (other != "p" || tags::kind(open.as_bytes()) == Kind::Inline)
}

fn is_before(open: &str, other: &str) -> bool {
    let kind = tags::kind(other.as_bytes());
    match open {
        "p" => {
            let is_block = !matches!(kind, Kind::Inline | Kind::Hidden | Kind::HiddenText);
            is_block && !["br", "textarea"].contains(&other)
        }
        "rp" => other == "rt" || other == "rp",
        _ => false,
    }
}

/// Characters, white space and line breaks.
fn laid_out(items: &[(Item, Range<usize>)]) -> Placed<Shown> {
    let (mut shown, mut kept, mut after_start) = (Vec::new(), 0u8, None);
    let mut after_return = None;
    for (item, bytes) in items {
        let is_raw = |c: char| bytes.len() == 1 && c.is_ascii();
        let follows = |end: Option<usize>| end == Some(bytes.start);
        match item {
            Item::Character('\r', within) if is_raw('\r') && (kept > 0 || within.is_some()) => {
                after_return = Some(bytes.end);
                if !follows(after_start) {
                    shown.push((Shown::Character('\n'), bytes.clone()));
                }
            }
            Item::Character('\n', _) if is_raw('\n') && follows(after_return) => {
                if let Some((Shown::Character('\n'), last)) = shown.last_mut()
                    && last.end == bytes.start
                {
                    last.end = bytes.end;
                }
            }
            Item::Character('\n', _) if is_raw('\n') && follows(after_start) => {}
            Item::Character('\0', None) if is_raw('\0') => {}
            Item::Character('\0', _) => shown.push((Shown::Character('\u{fffd}'), bytes.clone())),
            Item::Character(' ' | '\t' | '\n' | '\r', None) if kept == 0 => {
                shown.push((Shown::Space, bytes.clone()));
            }
            Item::Character(c, _) => shown.push((Shown::Character(*c), bytes.clone())),
            Item::Comment => {}
            Item::Start { name, .. } | Item::End(name) => {
                let is_start = matches!(item, Item::Start { .. });
                let kind = tags::kind(name.as_bytes());
                if kind == Kind::Kept {
                    kept = if is_start { kept.saturating_add(1) } else { kept.saturating_sub(1) };
                }
                if is_start && matches!(kind, Kind::Kept | Kind::Textarea) {
                    after_start = Some(bytes.end);
                }
                let is_open = shows_own_text(name) && (is_start || was_open(items, bytes, name));
                if matches!(kind, Kind::Block | Kind::Kept) || is_open {
                    shown.push((Shown::Break, bytes.clone()));
                }
            }
        }
    }
    shown
}

fn shows_own_text(name: &str) -> bool {
    matches!(tags::kind(name.as_bytes()), Kind::Textarea | Kind::Verbatim | Kind::Plaintext)
}

/// Does the end tag at `bytes` close the element `name`, or does it stand alone?
fn was_open(items: &[(Item, Range<usize>)], bytes: &Range<usize>, name: &str) -> bool {
    let before = items.iter().rev().filter(|(_, other)| other.end <= bytes.start);
    let mut tags = before.filter_map(|(item, _)| match item {
        Item::Start { name, .. } => Some((name, true)),
        Item::End(name) => Some((name, false)),
        _ => None,
    });
    tags.next().is_some_and(|(last, is_start)| last == name && is_start)
}

/// White space collapsed, and one line break where tags break the line.
fn collapsed(shown: &[(Shown, Range<usize>)]) -> Placed<char> {
    let mut pieces: Placed<char> = Vec::new();
    let mut gap: Vec<&(Shown, Range<usize>)> = Vec::new();
    let mut is_in_line = false;
    for item in shown {
        let (Shown::Character(c), bytes) = item else {
            gap.push(item);
            continue;
        };
        if is_in_line {
            let broken = gap.iter().find(|(shown, _)| matches!(shown, Shown::Break));
            let space = gap.first().map(|(_, first)| {
                let adjacent = gap.windows(2).take_while(|two| two[0].1.end == two[1].1.start);
                (' ', first.start..gap[adjacent.count()].1.end)
            });
            pieces.extend(broken.map(|(_, bytes)| ('\n', bytes.clone())).or(space));
        }
        gap.clear();
        pieces.push((*c, bytes.clone()));
        is_in_line = *c != '\n';
    }
    pieces
}
