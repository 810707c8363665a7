//! Tags and comments: where they end, which element they belong to, whether it is shown.

use super::references;
use memchr::{memchr, memmem};

/// How an element is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In the line: neither it nor its tags are seen.
    Inline,
    /// On lines of its own.
    Block,
    /// On lines of its own, with its white space.
    Kept,
    /// As [`Kind::Kept`], and its content is text with references, but without tags.
    Textarea,
    /// As [`Kind::Kept`], and its content is text without markup.
    Verbatim,
    /// As [`Kind::Verbatim`], and it never ends.
    Plaintext,
    /// Not at all.
    Hidden,
    /// Not at all, and its content is no markup.
    HiddenText,
}

/// What begins at a `<`. Lengths count from it; markup that never ends reaches to the end of
/// the text, as in browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup<'t> {
    /// A character of the text.
    Text,
    /// A comment or something that browsers treat as one.
    Comment(usize),
    /// A start tag.
    Start(Start<'t>),
    /// An end tag: its name and length.
    End(&'t [u8], usize),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start<'t> {
    pub name: &'t [u8],
    pub length: usize,
    /// Its attributes say that the element is not displayed.
    pub hides: bool,
}

/// The markup at the start of `rest`, which begins with `<`.
pub(super) fn markup(rest: &[u8]) -> Markup<'_> {
    match rest.get(1) {
        Some(b'!') => Markup::Comment(comment_length(rest)),
        Some(b'?') => Markup::Comment(end_of(rest, 2)),
        Some(b'/') => match rest.get(2) {
            Some(byte) if byte.is_ascii_alphabetic() => {
                let (tag, _) = tag(rest, 2);
                Markup::End(tag.name, tag.length)
            }
            Some(_) => Markup::Comment(end_of(rest, 2)),
            None => Markup::Text,
        },
        Some(byte) if byte.is_ascii_alphabetic() => {
            let (start, is_closed) = tag(rest, 1);
            if is_closed { Markup::Start(start) } else { Markup::Comment(rest.len()) }
        }
        _ => Markup::Text,
    }
}

/// One past the first `>` from `from` on.
fn end_of(rest: &[u8], from: usize) -> usize {
    memchr(b'>', &rest[from..]).map_or(rest.len(), |at| from + at + 1)
}

/// The length of what begins with `<!`: a comment ends at `-->` or `--!>`, anything else at `>`.
fn comment_length(rest: &[u8]) -> usize {
    if !rest.starts_with(b"<!--") {
        return end_of(rest, 2);
    }
    if rest[4..].starts_with(b">") {
        return 5;
    }
    // The dashes that open a comment may also close it: `<!--->`.
    let mut at = 2;
    while let Some(dashes) = memmem::find(&rest[at..], b"--") {
        at += dashes;
        match &rest[at + 2..] {
            [b'>', ..] if at > 2 => return at + 3,
            [b'!', b'>', ..] if at > 3 => return at + 4,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The tag whose name begins at `at`, and whether it is closed.
fn tag(rest: &[u8], at: usize) -> (Start<'_>, bool) {
    let is_end_of_name = |byte: &u8| is_space(*byte) || matches!(byte, b'/' | b'>');
    let length = rest[at..].iter().position(is_end_of_name).unwrap_or(rest.len() - at);
    let name = &rest[at..at + length];
    let mut hiding = Hiding::default();
    let end = attributes(rest, at + length, |name, value| hiding.read(name, value));
    let hides = hiding.hides();
    (Start { name, length: end.unwrap_or(rest.len()), hides }, end.is_some())
}

/// Passes every attribute from `at` on to `read`. Returns one past the `>` of the tag.
fn attributes<'t>(
    rest: &'t [u8],
    mut at: usize,
    mut read: impl FnMut(&'t [u8], &'t [u8]),
) -> Option<usize> {
    loop {
        at += rest[at..].iter().take_while(|byte| is_space(**byte) || **byte == b'/').count();
        if *rest.get(at)? == b'>' {
            return Some(at + 1);
        }
        // An `=` that comes first belongs to the name.
        let is_name = |byte: &&u8| !is_space(**byte) && !matches!(byte, b'/' | b'>' | b'=');
        let length = 1 + rest[at + 1..].iter().take_while(is_name).count();
        let name = &rest[at..at + length];
        at += length;
        let after = at + spaces(&rest[at..]);
        if rest.get(after) != Some(&b'=') {
            read(name, b"");
            continue;
        }
        at = after + 1;
        at += spaces(&rest[at..]);
        let value = match *rest.get(at)? {
            quote @ (b'"' | b'\'') => {
                let length = memchr(quote, &rest[at + 1..])?;
                at += length + 2;
                &rest[at - 1 - length..at - 1]
            }
            _ => {
                let is_value = |byte: &&u8| !is_space(**byte) && **byte != b'>';
                let length = rest[at..].iter().take_while(is_value).count();
                at += length;
                &rest[at - length..at]
            }
        };
        read(name, value);
    }
}

fn spaces(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| is_space(**byte)).count()
}

/// White space inside tags.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// What the attributes of a tag say about being displayed.
#[derive(Default)]
struct Hiding {
    has_hidden: bool,
    has_style: bool,
    /// `display` of the style: none, or something else.
    display: Option<bool>,
}

impl Hiding {
    fn read(&mut self, name: &[u8], value: &[u8]) {
        if name.eq_ignore_ascii_case(b"hidden") {
            self.has_hidden = true;
        } else if name.eq_ignore_ascii_case(b"style") && !self.has_style {
            // Of two attributes with one name browsers read the first.
            self.has_style = true;
            self.display = display_is_none(value);
        }
    }

    /// A style overrides the attribute `hidden`.
    fn hides(&self) -> bool {
        self.display.unwrap_or(self.has_hidden)
    }
}

/// Does the last `display` of `style` say `none`? `None` if there is none.
fn display_is_none(style: &[u8]) -> Option<bool> {
    let style = std::str::from_utf8(style).ok()?;
    let mut display = None;
    let mut word = Word::default();
    let mut is_display = None;
    for c in references::decoded(style).chain([';']) {
        match c {
            ';' => {
                if is_display == Some(true) && word.length > 0 {
                    display = Some(word.is(b"none") || word.is(b"none!important"));
                }
                (word, is_display) = (Word::default(), None);
            }
            ':' if is_display.is_none() => {
                is_display = Some(word.is(b"display"));
                word = Word::default();
            }
            c if c.is_ascii_whitespace() => word.ends = true,
            c => word.push(c),
        }
    }
    display
}

/// A property or value of a style in lower case; long ones are only counted.
#[derive(Default)]
struct Word {
    letters: [u8; 16],
    length: usize,
    /// White space follows.
    ends: bool,
}

impl Word {
    fn push(&mut self, c: char) {
        // Two words are no keyword, but a space may follow or precede `!`.
        let is_new = std::mem::take(&mut self.ends) && self.length > 0 && c != '!';
        let is_new = is_new && !self.letters[..self.length.min(16)].ends_with(b"!");
        let letter = if c.is_ascii() && !is_new { c.to_ascii_lowercase() as u8 } else { 0 };
        if let Some(place) = self.letters.get_mut(self.length) {
            *place = letter;
        }
        self.length += 1;
    }

    fn is(&self, word: &[u8]) -> bool {
        self.letters.get(..self.length) == Some(word)
    }
}

/// The length of an element that is not shown, its tags included. `rest` begins with its start
/// tag. An element without an end reaches to the end of the text.
///
/// It ends at its own end tag; inner elements of its name have their own. It also ends before
/// the end of an element that contains it, as far as [`closes_outer`] can know. A `p` also ends
/// before a block, and an `rp` before the next part of its ruby.
pub(super) fn hidden_length(rest: &[u8], start: &Start<'_>) -> usize {
    match kind(start.name) {
        Kind::HiddenText | Kind::Textarea | Kind::Verbatim => {
            return closed_length(rest, start.length, start.name);
        }
        Kind::Plaintext => return rest.len(),
        _ if is_void(start.name) => return start.length,
        _ => {}
    }
    let (mut at, mut depth) = (start.length, 1u32);
    let mut inside = OpenInside::default();
    while let Some(open) = memchr(b'<', &rest[at..]) {
        at += open;
        match markup(&rest[at..]) {
            Markup::Text => at += 1,
            Markup::Comment(length) => at += length,
            Markup::Start(inner) if depth == 1 && ends_before(start.name, inner.name) => {
                return at;
            }
            Markup::Start(inner) => {
                depth += u32::from(inner.name.eq_ignore_ascii_case(start.name));
                at += match kind(inner.name) {
                    Kind::HiddenText | Kind::Textarea | Kind::Verbatim => {
                        closed_length(&rest[at..], inner.length, inner.name)
                    }
                    Kind::Plaintext => return rest.len(),
                    _ => {
                        inside.open(inner.name);
                        inner.length
                    }
                };
            }
            Markup::End(name, length) if name.eq_ignore_ascii_case(start.name) => {
                at += length;
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            Markup::End(name, _) if closes_outer(start.name, name, &inside) => return at,
            Markup::End(name, length) => {
                inside.close(name);
                at += length;
            }
        }
    }
    rest.len()
}

/// Does the element `open` end before a start tag of `other`?
fn ends_before(open: &[u8], other: &[u8]) -> bool {
    if is_one_of(open, &["p"]) {
        let is_block = !matches!(kind(other), Kind::Inline | Kind::Hidden | Kind::HiddenText);
        return is_block && !is_one_of(other, &["br", "textarea"]);
    }
    is_one_of(open, &["rp"]) && is_one_of(other, &["rt", "rp"])
}

/// Does an end tag of `name` end an element that contains the element `open`?
///
/// Browsers open a formatting element again after the one that contains it, and a `template` has
/// a content of its own. A `p` contains no blocks. An end tag without any start ends the element
/// here and not in browsers: then more is seen than is shown.
pub(super) fn closes_outer(open: &[u8], name: &[u8], inside: &OpenInside) -> bool {
    let stays_open = is_one_of(open, FORMATTING) || is_one_of(open, &["template"]);
    let is_in_no_paragraph = kind(open) != Kind::Inline;
    let is_ignored = is_void(name)
        || is_one_of(name, &["body", "html"])
        || is_one_of(name, &["p"]) && is_in_no_paragraph;
    !(stays_open || is_ignored || inside.has(name))
}

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Elements that began inside an element and have not ended, by a hash of their names.
pub(super) struct OpenInside([u32; 128]);

impl Default for OpenInside {
    fn default() -> OpenInside {
        OpenInside([0; 128])
    }
}

impl OpenInside {
    fn count(&mut self, name: &[u8]) -> &mut u32 {
        &mut self.0[OpenInside::place(name)]
    }

    fn place(name: &[u8]) -> usize {
        let lower = name.iter().map(u8::to_ascii_lowercase);
        lower.fold(0usize, |hash, byte| (hash * 31 + usize::from(byte)) % 128)
    }

    pub(super) fn open(&mut self, name: &[u8]) {
        if !is_void(name) {
            *self.count(name) += 1;
        }
    }

    pub(super) fn close(&mut self, name: &[u8]) {
        let count = self.count(name);
        *count = count.saturating_sub(1);
    }

    fn has(&self, name: &[u8]) -> bool {
        self.0[OpenInside::place(name)] > 0
    }
}

/// The length of `rest` up to and including the end tag of `name`, searched from `from` on.
pub(super) fn closed_length(rest: &[u8], from: usize, name: &[u8]) -> usize {
    let mut at = from;
    while let Some(open) = memmem::find(&rest[at..], b"</") {
        at += open;
        if let Some(length) = end_tag_length(&rest[at..], name) {
            return at + length;
        }
        at += 2;
    }
    rest.len()
}

/// The length of the end tag of `name` at the start of `rest`.
pub(super) fn end_tag_length(rest: &[u8], name: &[u8]) -> Option<usize> {
    let after = rest.strip_prefix(b"</")?.get(name.len())?;
    let is_it = rest[2..2 + name.len()].eq_ignore_ascii_case(name);
    (is_it && (is_space(*after) || matches!(after, b'/' | b'>'))).then(|| tag(rest, 2).0.length)
}

/// How the element called `name` is shown.
pub(super) fn kind(name: &[u8]) -> Kind {
    let mut lower = [0; NAME_MAX];
    let Some(lower) = lower.get_mut(..name.len()) else { return Kind::Inline };
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let known = KINDS.binary_search_by(|(known, _)| known.as_bytes().cmp(lower));
    known.map_or(Kind::Inline, |at| KINDS[at].1)
}

/// Has the element no content and no end tag?
pub(super) fn is_void(name: &[u8]) -> bool {
    is_one_of(name, VOID)
}

/// The longest name in [`KINDS`].
const NAME_MAX: usize = 10;

/// Elements that are not in the line, sorted by name.
pub(super) const KINDS: &[(&str, Kind)] = &[
    ("address", Kind::Block),
    ("article", Kind::Block),
    ("aside", Kind::Block),
    ("blockquote", Kind::Block),
    ("body", Kind::Block),
    ("br", Kind::Block),
    ("caption", Kind::Block),
    ("center", Kind::Block),
    ("datalist", Kind::Hidden),
    ("dd", Kind::Block),
    ("details", Kind::Block),
    ("dialog", Kind::Block),
    ("dir", Kind::Block),
    ("div", Kind::Block),
    ("dl", Kind::Block),
    ("dt", Kind::Block),
    ("fieldset", Kind::Block),
    ("figcaption", Kind::Block),
    ("figure", Kind::Block),
    ("footer", Kind::Block),
    ("form", Kind::Block),
    ("h1", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("h5", Kind::Block),
    ("h6", Kind::Block),
    ("header", Kind::Block),
    ("hgroup", Kind::Block),
    ("hr", Kind::Block),
    ("html", Kind::Block),
    ("iframe", Kind::HiddenText),
    ("legend", Kind::Block),
    ("li", Kind::Block),
    ("listing", Kind::Kept),
    ("main", Kind::Block),
    ("menu", Kind::Block),
    ("nav", Kind::Block),
    ("noembed", Kind::HiddenText),
    ("noframes", Kind::HiddenText),
    ("noscript", Kind::HiddenText),
    ("ol", Kind::Block),
    ("optgroup", Kind::Block),
    ("option", Kind::Block),
    ("p", Kind::Block),
    ("plaintext", Kind::Plaintext),
    ("pre", Kind::Kept),
    ("rp", Kind::Hidden),
    ("script", Kind::HiddenText),
    ("search", Kind::Block),
    ("section", Kind::Block),
    ("style", Kind::HiddenText),
    ("summary", Kind::Block),
    ("table", Kind::Block),
    ("tbody", Kind::Block),
    ("td", Kind::Block),
    ("template", Kind::Hidden),
    ("textarea", Kind::Textarea),
    ("tfoot", Kind::Block),
    ("th", Kind::Block),
    ("thead", Kind::Block),
    ("title", Kind::HiddenText),
    ("tr", Kind::Block),
    ("ul", Kind::Block),
    ("xmp", Kind::Verbatim),
];

/// Elements that browsers open again after the element that contains them.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "image",
    "input", "keygen", "link", "meta", "param", "source", "track", "wbr",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(KINDS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(KINDS.iter().map(|(name, _)| name.len()).max(), Some(NAME_MAX));
    }

    #[test]
    fn comments_end_as_in_browsers() {
        for (text, length) in [
            ("<!---->x", 7),
            ("<!-->x", 5),
            ("<!--->x", 6),
            ("<!-- a --!>x", 11),
            ("<!--a--b-->x", 11),
            ("<!--a", 5),
            ("<!doctype html>x", 15),
            ("<![CDATA[x]]>y", 13),
            ("<?xml?>x", 7),
            ("</ a>x", 5),
            ("</>x", 3),
        ] {
            assert_eq!(markup(text.as_bytes()), Markup::Comment(length), "{text}");
        }
    }

    #[test]
    fn styles_are_read_to_the_last_display() {
        for (style, hides) in [
            ("display:none", Some(true)),
            (" COLOR: red ; Display : None ! important ", Some(true)),
            ("display:none;display:block", Some(false)),
            ("display&colon;none", Some(true)),
            ("display:no ne", Some(false)),
            ("displayed:none", None),
            ("color:display;x:none", None),
            ("display", None),
            ("display:;", None),
        ] {
            assert_eq!(display_is_none(style.as_bytes()), hides, "{style}");
        }
    }
}
