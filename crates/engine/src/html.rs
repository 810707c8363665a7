//! HTML text → the visible characters, each with its byte range.
//!
//! Input: a fragment as feeds carry it (a Mastodon status), valid UTF-8. Output: its
//! characters without tags, entities decoded, each with its range in the *raw* text, so that
//! spans refer to the text that the platform stores.
//!
//! * A tag that breaks the line when displayed (`<p>`, `<br>`, `</div>`) is one `\n`; other
//!   tags, comments and the contents of `script` and `style` are dropped.
//! * `&amp;`, `&#38;` and `&#x26;` are decoded: the names of HTML 4 and `apos`
//!   with their semicolon, numbers as the HTML standard says.
//! * Text that is not HTML is kept unchanged. After a tag that never closes, this is the
//!   whole rest: an unclosed bracket cannot hide text.
//! * Linear time, no allocation, no recursion.

use std::ops::Range;

use memchr::{memchr, memmem};

/// The visible characters of `text`, with their byte ranges in `text`.
///
/// ```
/// let seen: String = tidegate_engine::html::pieces("<p>a&lt;<b>b</b></p>").map(|(c, _)| c).collect();
/// assert_eq!(seen, "\na<b\n");
/// ```
pub fn pieces(text: &str) -> Pieces<'_> {
    pieces_from(text, 0, false)
}

/// The characters from byte `at` on, a character boundary; `tags_end` is the result of
/// [`Pieces::are_tags_over`] at that position.
pub(crate) fn pieces_from(text: &str, at: usize, tags_end: bool) -> Pieces<'_> {
    Pieces { text, at, tags_end }
}

/// Iterator of [`pieces`].
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    text: &'a str,
    at: usize,
    /// A tag did not close: no further tag is recognised.
    tags_end: bool,
}

impl Iterator for Pieces<'_> {
    type Item = (char, Range<usize>);

    #[inline]
    fn next(&mut self) -> Option<(char, Range<usize>)> {
        loop {
            let start = self.at;
            let rest = &self.text[start..];
            let (piece, length) = match rest.as_bytes().first()? {
                b'<' => self.tag(rest),
                b'&' => entity(rest).map_or((Some('&'), 1), |(c, length)| (Some(c), length)),
                _ => {
                    let c = rest.chars().next()?;
                    (Some(c), c.len_utf8())
                }
            };
            self.at += length;
            if let Some(c) = piece {
                return Some((c, start..self.at));
            }
        }
    }
}

impl Pieces<'_> {
    /// Was there a tag that does not close, so that no further tag is recognised?
    pub(crate) fn are_tags_over(&self) -> bool {
        self.tags_end
    }

    /// The kind of the piece that the `<` at the start of `rest` begins, and its length.
    fn tag(&mut self, rest: &str) -> (Option<char>, usize) {
        const TEXT: (Option<char>, usize) = (Some('<'), 1);
        if self.tags_end || !begins_tag(rest.as_bytes()) {
            return TEXT;
        }
        let Some(end) = tag_end(rest.as_bytes()) else {
            self.tags_end = true;
            return TEXT;
        };
        let name = tag_name(rest);
        let hidden = ["script", "style"].into_iter().find(|tag| name.eq_ignore_ascii_case(tag));
        if let Some(tag) = hidden.filter(|_| rest.as_bytes()[1] != b'/') {
            return match close_of(rest, end, tag) {
                Some(length) => (None, length),
                None => {
                    self.tags_end = true;
                    TEXT
                }
            };
        }
        let breaks = BREAKING_TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag));
        (breaks.then_some('\n'), end)
    }
}

fn begins_tag(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'!' | b'?') => true,
        Some(b'/') => rest.get(2).is_some_and(u8::is_ascii_alphabetic),
        Some(byte) => byte.is_ascii_alphabetic(),
        None => false,
    }
}

fn tag_name(rest: &str) -> &str {
    let name = rest[1..].strip_prefix('/').unwrap_or(&rest[1..]);
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    &name[..length]
}

/// The length of the tag or comment that `rest` begins with. A `>` inside a
/// quoted attribute value does not end it.
fn tag_end(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"<!--") {
        return memmem::find(&rest[4..], b"-->").map(|at| 4 + at + 3);
    }
    let mut at = 1;
    let mut after_equals = false;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'>' => return Some(at + 1),
            quote @ (b'"' | b'\'') if after_equals => {
                at += 1 + memchr(*quote, &rest[at + 1..])?;
                after_equals = false;
            }
            b'=' => after_equals = true,
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => after_equals = false,
        }
        at += 1;
    }
    None
}

/// The length of `rest` up to and including the closing tag of `tag`, searched from `from`.
fn close_of(rest: &str, from: usize, tag: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = from;
    while let Some(open) = memmem::find(&bytes[at..], b"</") {
        at += open + 2;
        let name = bytes.get(at..at + tag.len());
        if name.is_some_and(|name| name.eq_ignore_ascii_case(tag.as_bytes())) {
            return memchr(b'>', &bytes[at..]).map(|close| at + close + 1);
        }
    }
    None
}

/// The character that the entity at the start of `rest` means, and its length.
fn entity(rest: &str) -> Option<(char, usize)> {
    let body = &rest.as_bytes()[1..];
    if body.first() == Some(&b'#') {
        return numeric_entity(&body[1..]).map(|(c, length)| (c, 2 + length));
    }
    let length =
        body.iter().take(ENTITY_NAME_MAX + 1).take_while(|b| b.is_ascii_alphanumeric()).count();
    if body.get(length) != Some(&b';') {
        return None;
    }
    let name = &rest[1..=length];
    let at = ENTITIES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some((ENTITIES[at].1, 1 + length + 1))
}

/// `38;` or `x26;` after `&#`. The semicolon may be missing, as in browsers.
fn numeric_entity(body: &[u8]) -> Option<(char, usize)> {
    let (radix, prefix) = if matches!(body.first(), Some(b'x' | b'X')) { (16, 1) } else { (10, 0) };
    let mut code = 0u32;
    let mut length = prefix;
    while let Some(digit) = body.get(length).and_then(|byte| (*byte as char).to_digit(radix)) {
        code = code.saturating_mul(radix).saturating_add(digit);
        length += 1;
    }
    if length == prefix {
        return None;
    }
    let length = length + usize::from(body.get(length) == Some(&b';'));
    Some((numbered_char(code), length))
}

/// The HTML standard reads 128 to 159 as Windows-1252, and numbers that are not characters as
/// U+FFFD.
fn numbered_char(code: u32) -> char {
    match code {
        0 => '\u{fffd}',
        0x80..=0x9f => WINDOWS_1252[code as usize - 0x80],
        code => char::from_u32(code).unwrap_or('\u{fffd}'),
    }
}

/// Tags that begin or end a line when displayed.
const BREAKING_TAGS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The longest name in [`ENTITIES`], in bytes.
const ENTITY_NAME_MAX: usize = 8;

/// The entities of HTML 4, and `apos`; sorted by name.
#[rustfmt::skip]
const ENTITIES: &[(&str, char)] = &[
    ("AElig", '\u{c6}'), ("Aacute", '\u{c1}'), ("Acirc", '\u{c2}'), ("Agrave", '\u{c0}'),
    ("Alpha", '\u{391}'), ("Aring", '\u{c5}'), ("Atilde", '\u{c3}'), ("Auml", '\u{c4}'),
    ("Beta", '\u{392}'), ("Ccedil", '\u{c7}'), ("Chi", '\u{3a7}'), ("Dagger", '\u{2021}'),
    ("Delta", '\u{394}'), ("ETH", '\u{d0}'), ("Eacute", '\u{c9}'), ("Ecirc", '\u{ca}'),
    ("Egrave", '\u{c8}'), ("Epsilon", '\u{395}'), ("Eta", '\u{397}'), ("Euml", '\u{cb}'),
    ("Gamma", '\u{393}'), ("Iacute", '\u{cd}'), ("Icirc", '\u{ce}'), ("Igrave", '\u{cc}'),
    ("Iota", '\u{399}'), ("Iuml", '\u{cf}'), ("Kappa", '\u{39a}'), ("Lambda", '\u{39b}'),
    ("Mu", '\u{39c}'), ("Ntilde", '\u{d1}'), ("Nu", '\u{39d}'), ("OElig", '\u{152}'),
    ("Oacute", '\u{d3}'), ("Ocirc", '\u{d4}'), ("Ograve", '\u{d2}'), ("Omega", '\u{3a9}'),
    ("Omicron", '\u{39f}'), ("Oslash", '\u{d8}'), ("Otilde", '\u{d5}'), ("Ouml", '\u{d6}'),
    ("Phi", '\u{3a6}'), ("Pi", '\u{3a0}'), ("Prime", '\u{2033}'), ("Psi", '\u{3a8}'),
    ("Rho", '\u{3a1}'), ("Scaron", '\u{160}'), ("Sigma", '\u{3a3}'), ("THORN", '\u{de}'),
    ("Tau", '\u{3a4}'), ("Theta", '\u{398}'), ("Uacute", '\u{da}'), ("Ucirc", '\u{db}'),
    ("Ugrave", '\u{d9}'), ("Upsilon", '\u{3a5}'), ("Uuml", '\u{dc}'), ("Xi", '\u{39e}'),
    ("Yacute", '\u{dd}'), ("Yuml", '\u{178}'), ("Zeta", '\u{396}'), ("aacute", '\u{e1}'),
    ("acirc", '\u{e2}'), ("acute", '\u{b4}'), ("aelig", '\u{e6}'), ("agrave", '\u{e0}'),
    ("alefsym", '\u{2135}'), ("alpha", '\u{3b1}'), ("amp", '\u{26}'), ("and", '\u{2227}'),
    ("ang", '\u{2220}'), ("apos", '\u{27}'), ("aring", '\u{e5}'), ("asymp", '\u{2248}'),
    ("atilde", '\u{e3}'), ("auml", '\u{e4}'), ("bdquo", '\u{201e}'), ("beta", '\u{3b2}'),
    ("brvbar", '\u{a6}'), ("bull", '\u{2022}'), ("cap", '\u{2229}'), ("ccedil", '\u{e7}'),
    ("cedil", '\u{b8}'), ("cent", '\u{a2}'), ("chi", '\u{3c7}'), ("circ", '\u{2c6}'),
    ("clubs", '\u{2663}'), ("cong", '\u{2245}'), ("copy", '\u{a9}'), ("crarr", '\u{21b5}'),
    ("cup", '\u{222a}'), ("curren", '\u{a4}'), ("dArr", '\u{21d3}'), ("dagger", '\u{2020}'),
    ("darr", '\u{2193}'), ("deg", '\u{b0}'), ("delta", '\u{3b4}'), ("diams", '\u{2666}'),
    ("divide", '\u{f7}'), ("eacute", '\u{e9}'), ("ecirc", '\u{ea}'), ("egrave", '\u{e8}'),
    ("empty", '\u{2205}'), ("emsp", '\u{2003}'), ("ensp", '\u{2002}'), ("epsilon", '\u{3b5}'),
    ("equiv", '\u{2261}'), ("eta", '\u{3b7}'), ("eth", '\u{f0}'), ("euml", '\u{eb}'),
    ("euro", '\u{20ac}'), ("exist", '\u{2203}'), ("fnof", '\u{192}'), ("forall", '\u{2200}'),
    ("frac12", '\u{bd}'), ("frac14", '\u{bc}'), ("frac34", '\u{be}'), ("frasl", '\u{2044}'),
    ("gamma", '\u{3b3}'), ("ge", '\u{2265}'), ("gt", '\u{3e}'), ("hArr", '\u{21d4}'),
    ("harr", '\u{2194}'), ("hearts", '\u{2665}'), ("hellip", '\u{2026}'), ("iacute", '\u{ed}'),
    ("icirc", '\u{ee}'), ("iexcl", '\u{a1}'), ("igrave", '\u{ec}'), ("image", '\u{2111}'),
    ("infin", '\u{221e}'), ("int", '\u{222b}'), ("iota", '\u{3b9}'), ("iquest", '\u{bf}'),
    ("isin", '\u{2208}'), ("iuml", '\u{ef}'), ("kappa", '\u{3ba}'), ("lArr", '\u{21d0}'),
    ("lambda", '\u{3bb}'), ("lang", '\u{2329}'), ("laquo", '\u{ab}'), ("larr", '\u{2190}'),
    ("lceil", '\u{2308}'), ("ldquo", '\u{201c}'), ("le", '\u{2264}'), ("lfloor", '\u{230a}'),
    ("lowast", '\u{2217}'), ("loz", '\u{25ca}'), ("lrm", '\u{200e}'), ("lsaquo", '\u{2039}'),
    ("lsquo", '\u{2018}'), ("lt", '\u{3c}'), ("macr", '\u{af}'), ("mdash", '\u{2014}'),
    ("micro", '\u{b5}'), ("middot", '\u{b7}'), ("minus", '\u{2212}'), ("mu", '\u{3bc}'),
    ("nabla", '\u{2207}'), ("nbsp", '\u{a0}'), ("ndash", '\u{2013}'), ("ne", '\u{2260}'),
    ("ni", '\u{220b}'), ("not", '\u{ac}'), ("notin", '\u{2209}'), ("nsub", '\u{2284}'),
    ("ntilde", '\u{f1}'), ("nu", '\u{3bd}'), ("oacute", '\u{f3}'), ("ocirc", '\u{f4}'),
    ("oelig", '\u{153}'), ("ograve", '\u{f2}'), ("oline", '\u{203e}'), ("omega", '\u{3c9}'),
    ("omicron", '\u{3bf}'), ("oplus", '\u{2295}'), ("or", '\u{2228}'), ("ordf", '\u{aa}'),
    ("ordm", '\u{ba}'), ("oslash", '\u{f8}'), ("otilde", '\u{f5}'), ("otimes", '\u{2297}'),
    ("ouml", '\u{f6}'), ("para", '\u{b6}'), ("part", '\u{2202}'), ("permil", '\u{2030}'),
    ("perp", '\u{22a5}'), ("phi", '\u{3c6}'), ("pi", '\u{3c0}'), ("piv", '\u{3d6}'),
    ("plusmn", '\u{b1}'), ("pound", '\u{a3}'), ("prime", '\u{2032}'), ("prod", '\u{220f}'),
    ("prop", '\u{221d}'), ("psi", '\u{3c8}'), ("quot", '\u{22}'), ("rArr", '\u{21d2}'),
    ("radic", '\u{221a}'), ("rang", '\u{232a}'), ("raquo", '\u{bb}'), ("rarr", '\u{2192}'),
    ("rceil", '\u{2309}'), ("rdquo", '\u{201d}'), ("real", '\u{211c}'), ("reg", '\u{ae}'),
    ("rfloor", '\u{230b}'), ("rho", '\u{3c1}'), ("rlm", '\u{200f}'), ("rsaquo", '\u{203a}'),
    ("rsquo", '\u{2019}'), ("sbquo", '\u{201a}'), ("scaron", '\u{161}'), ("sdot", '\u{22c5}'),
    ("sect", '\u{a7}'), ("shy", '\u{ad}'), ("sigma", '\u{3c3}'), ("sigmaf", '\u{3c2}'),
    ("sim", '\u{223c}'), ("spades", '\u{2660}'), ("sub", '\u{2282}'), ("sube", '\u{2286}'),
    ("sum", '\u{2211}'), ("sup", '\u{2283}'), ("sup1", '\u{b9}'), ("sup2", '\u{b2}'),
    ("sup3", '\u{b3}'), ("supe", '\u{2287}'), ("szlig", '\u{df}'), ("tau", '\u{3c4}'),
    ("there4", '\u{2234}'), ("theta", '\u{3b8}'), ("thetasym", '\u{3d1}'), ("thinsp", '\u{2009}'),
    ("thorn", '\u{fe}'), ("tilde", '\u{2dc}'), ("times", '\u{d7}'), ("trade", '\u{2122}'),
    ("uArr", '\u{21d1}'), ("uacute", '\u{fa}'), ("uarr", '\u{2191}'), ("ucirc", '\u{fb}'),
    ("ugrave", '\u{f9}'), ("uml", '\u{a8}'), ("upsih", '\u{3d2}'), ("upsilon", '\u{3c5}'),
    ("uuml", '\u{fc}'), ("weierp", '\u{2118}'), ("xi", '\u{3be}'), ("yacute", '\u{fd}'),
    ("yen", '\u{a5}'), ("yuml", '\u{ff}'), ("zeta", '\u{3b6}'), ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(html: &str) -> String {
        pieces(html).map(|(c, _)| c).collect()
    }

    #[test]
    fn tables_are_in_order() {
        assert!(ENTITIES.is_sorted_by(|a, b| a.0 < b.0));
        let longest = ENTITIES.iter().map(|(name, _)| name.len()).max();
        assert_eq!(longest, Some(ENTITY_NAME_MAX));
        assert!(BREAKING_TAGS.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn tags_vanish_or_break_the_line() {
        assert_eq!(seen("<p>一<br/>二</p><P class=\"a>b\">三</P>"), "\n一\n二\n\n三\n");
        assert_eq!(seen("加<b>微</b><span class='x'>信</span><!-- <p> -->"), "加微信");
        assert_eq!(seen("a<script>if (a<b) {}</p></SCRIPT >b<style>p{}</style>c"), "abc");
        assert_eq!(seen("<!DOCTYPE html><?xml?>x"), "x");
        assert_eq!(seen("<a href=x title = '>' >y</a>"), "y");
    }

    #[test]
    fn what_is_no_html_is_text() {
        for text in [
            "a < b",
            "<3",
            "<",
            "</",
            "</ p>",
            "<张三>",
            "1<2>1",
            "&",
            "&;",
            "&nothing;",
            "&amp",
            "&#;",
            "&#x;",
        ] {
            assert_eq!(seen(text), text);
        }
    }

    #[test]
    fn an_unclosed_tag_hides_nothing() {
        assert_eq!(seen("<b>a</b><p b<i>c"), "a\nc");
        assert_eq!(seen("x<p class=\"博彩 <b>&lt;"), "x<p class=\"博彩 <b><");
        assert_eq!(seen("<!-- 博彩<br>"), "<!-- 博彩<br>");
        assert_eq!(seen("<script>a</p>"), "<script>a</p>");
    }

    #[test]
    fn entities_become_their_characters() {
        assert_eq!(seen("&amp;&lt;&#39;&apos;&nbsp;&thetasym;&Eacute;&eacute;"), "&<''\u{a0}ϑÉé");
        assert_eq!(seen("&#21338;&#x5f69;&#X5F69&#65x"), "博彩彩Ax");
        assert_eq!(seen("&#0;&#xd800;&#x110000;&#99999999999999;"), "\u{fffd}".repeat(4));
        assert_eq!(seen("&#128;&#159;&#129;"), "€Ÿ\u{81}");
    }

    #[test]
    fn ranges_are_of_the_raw_text() {
        let html = "<b>博</b>&#24425;<br>x";
        let raw: Vec<&str> = pieces(html).map(|(_, range)| &html[range]).collect();
        assert_eq!(raw, ["博", "&#24425;", "<br>", "x"]);
    }

    #[test]
    fn floods_take_linear_time() {
        for flood in ["<a ", "<!--", "<script>", "</", "<a b=\"", "&#", "<a b='x'"] {
            assert!(pieces(&flood.repeat(20_000)).count() <= flood.len() * 20_000, "{flood}");
        }
    }

    proptest! {
        #[test]
        fn ranges_rise_and_slice(html in "([<>/&;#\"'=!\\-]|br|p|script|amp|a|x|[0-9]|博| ){0,40}") {
            let mut last = 0;
            for (_, range) in pieces(&html) {
                prop_assert!(range.start >= last && range.start < range.end);
                prop_assert!(html.get(range.clone()).is_some());
                last = range.end;
            }
        }

        #[test]
        fn text_without_markup_is_itself(text in "[^<&]*") {
            prop_assert_eq!(seen(&text), text);
        }
    }
}
