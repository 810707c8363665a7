//! Parts of a text that change from post to post: links, handles, tags, numbers, codes.
//!
//! Input: folded symbols. Every search is bounded or consumes what it passes, so a text is read
//! in linear time.

use super::classes::{NOISE, classes};

/// A part that is compared by its kind alone. The numbers are units: folded text has none of
/// these control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Mask {
    /// A web address, with or without a scheme.
    Url = 1,
    /// `@name`, `@name@server`, an e-mail address.
    Handle = 2,
    /// `#tag` and `#tag#`.
    Tag = 3,
    /// Digits, joined by single ` .,-:`.
    Number = 4,
    /// Letters mixed with two digits or more, from five symbols on: account names.
    Code = 5,
}

impl Mask {
    /// The mask of a unit.
    pub(super) fn of(unit: u16) -> Option<Mask> {
        [Mask::Url, Mask::Handle, Mask::Tag, Mask::Number, Mask::Code]
            .into_iter()
            .find(|mask| *mask as u16 == unit)
    }
}

const AT: u16 = b'@' as u16;
const HASH: u16 = b'#' as u16;
const DOT: u16 = b'.' as u16;
const SLASH: u16 = b'/' as u16;
const COLON: u16 = b':' as u16;
const HYPHEN: u16 = b'-' as u16;
const UNDERSCORE: u16 = b'_' as u16;
const SPACE: u16 = b' ' as u16;

/// Letters and digits of a code together.
const CODE_LENGTH: usize = 5;
/// Digits of a code.
const CODE_DIGITS: usize = 2;
/// Width of the longest name; Han counts two, as on Weibo.
const NAME_WIDTH: usize = 30;
/// Width of the shortest name. Less is a sign between characters.
const NAME_WIDTH_MIN: usize = 3;
/// Symbols of the longest tag between two `#`.
const TAG_LENGTH: usize = 40;
/// Symbols of the shortest tag. Less is a sign between characters.
const TAG_LENGTH_MIN: usize = 2;

/// Last labels of addresses without scheme and `www`. A short list of what advertisements use:
/// an address that is missed is letters.
const DOMAINS: [&str; 26] = [
    "app", "biz", "cc", "club", "cn", "co", "com", "fun", "gg", "icu", "info", "io", "link",
    "live", "me", "net", "online", "org", "shop", "site", "store", "top", "tv", "vip", "win",
    "xyz",
];

/// Symbols with bounds that read as noise.
#[derive(Clone, Copy)]
pub(super) struct Symbols<'s>(pub(super) &'s [u16]);

impl Symbols<'_> {
    #[inline]
    fn at(self, at: usize) -> u16 {
        self.0.get(at).copied().unwrap_or(NOISE)
    }

    fn before(self, at: usize) -> u16 {
        at.checked_sub(1).map_or(NOISE, |at| self.at(at))
    }

    /// Do the symbols at `at` spell `word`?
    fn spells(self, at: usize, word: &str) -> bool {
        word.bytes().enumerate().all(|(i, byte)| self.at(at + i) == u16::from(byte))
    }

    /// The end of the symbols from `start` on that `accepts`.
    fn run(self, start: usize, accepts: impl Fn(u16) -> bool) -> usize {
        let rest = self.0.get(start..).unwrap_or_default();
        start + rest.iter().take_while(|symbol| accepts(**symbol)).count()
    }

    /// The end of the word at `start`: letters a to z, digits, `_`.
    pub(super) fn word_end(self, start: usize) -> usize {
        let classes = classes();
        self.run(start, |symbol| classes.is_alnum(symbol) || symbol == UNDERSCORE)
    }

    /// The end of the digits at `start`.
    pub(super) fn digits_end(self, start: usize) -> usize {
        let classes = classes();
        self.run(start, |symbol| classes.is_digit(symbol))
    }

    /// Is the word a code?
    pub(super) fn is_code(self, start: usize, end: usize) -> bool {
        let classes = classes();
        let count =
            |is: &dyn Fn(u16) -> bool| self.0[start..end].iter().filter(|s| is(**s)).count();
        let digits = count(&|symbol| classes.is_digit(symbol));
        let letters = count(&|symbol| classes.is_letter(symbol));
        digits >= CODE_DIGITS && letters > 0 && digits + letters >= CODE_LENGTH
    }

    /// The end of the number that begins with the digits at `start`: further digits follow a
    /// single ` .,-:`, and are no part of a code.
    pub(super) fn number_end(self, start: usize) -> usize {
        let mut end = self.digits_end(start);
        loop {
            let joins = matches!(self.at(end), SPACE | DOT | 0x2C | HYPHEN | COLON);
            let next = self.digits_end(end + 1);
            if !joins || next == end + 1 {
                return end;
            }
            let word_end = self.word_end(next);
            if word_end > next && self.is_code(end + 1, word_end) {
                return end;
            }
            end = next;
        }
    }

    /// The web address whose scheme ends the word `start..end`, or that the word `www` begins:
    /// where it begins and ends.
    pub(super) fn url(self, start: usize, end: usize) -> Option<(usize, usize)> {
        const SCHEMES: [&str; 5] = ["https", "http", "ftp", "hxxps", "hxxp"];
        let (begin, host) = if self.spells(end, "://") {
            let scheme = SCHEMES.iter().find_map(|scheme| {
                let begin = end.checked_sub(scheme.len()).filter(|begin| *begin >= start)?;
                self.spells(begin, scheme).then_some(begin)
            });
            (scheme?, end + 3)
        } else if end - start == 3 && self.spells(start, "www.") {
            (start, end + 1)
        } else {
            return None;
        };
        let last = self.trimmed(host, self.run(host, is_url));
        (last > host).then_some((begin, last))
    }

    /// Without the punctuation of the sentence at the end.
    fn trimmed(self, start: usize, mut end: usize) -> usize {
        let is_end = |symbol| u8::try_from(symbol).is_ok_and(|byte| b".,;:!?'*|)]".contains(&byte));
        while end > start && is_end(self.before(end)) {
            end -= 1;
        }
        end
    }

    /// The end of the host at `start`: words, dots, hyphens.
    pub(super) fn host_end(self, start: usize) -> usize {
        let classes = classes();
        let end = self.run(start, |symbol| {
            classes.is_alnum(symbol) || matches!(symbol, DOT | HYPHEN | UNDERSCORE)
        });
        self.trimmed(start, end)
    }

    /// The end of the web address without a scheme that begins with the host `start..end`; `None`
    /// if its last label is none of those known.
    pub(super) fn domain(self, start: usize, end: usize) -> Option<usize> {
        let dot = (start + 1..end).rev().find(|at| self.at(*at) == DOT)?;
        let known = |label: &&str| label.len() == end - dot - 1 && self.spells(dot + 1, label);
        DOMAINS.iter().find(|label| known(label))?;
        let has_path =
            matches!(self.at(end), SLASH | COLON) && classes().is_alnum(self.at(end + 1));
        Some(if has_path { self.trimmed(end, self.run(end, is_url)) } else { end })
    }

    /// The end of the e-mail address with the `@` at `at`, right after a word.
    pub(super) fn email_end(self, at: usize) -> Option<usize> {
        if self.at(at) != AT {
            return None;
        }
        let end = self.host_end(at + 1);
        let dotted = (at + 2..end).any(|at| self.at(at) == DOT);
        (dotted && classes().is_alnum(self.at(at + 1))).then_some(end)
    }

    /// The mask that the noise at `at` begins, and its end.
    #[inline]
    pub(super) fn sign(self, at: usize) -> Option<(Mask, usize)> {
        match self.at(at) {
            AT => self.handle_end(at).map(|end| (Mask::Handle, end)),
            HASH => self.tag_end(at).map(|end| (Mask::Tag, end)),
            _ => None,
        }
    }

    /// The end of the handle with the `@` at `at`. After a letter or digit it is none. A name
    /// that begins with a letter a to z, a digit or `_` has no other letters.
    fn handle_end(self, at: usize) -> Option<usize> {
        let classes = classes();
        let start = at + 1;
        if classes.is_alnum(self.before(at)) {
            return None;
        }
        let is_latin = |symbol| classes.is_alnum(symbol) || symbol == UNDERSCORE;
        let is_joint = |symbol| matches!(symbol, DOT | HYPHEN);
        let first = self.at(start);
        if !is_latin(first) && !is_other(first) {
            return None;
        }
        let only_latin = is_latin(first);
        let (mut end, mut width) = (start, 0);
        loop {
            let symbol = self.at(end);
            let other = !only_latin && is_other(symbol);
            let step = 1 + usize::from(other);
            let accepted = is_latin(symbol) || is_joint(symbol) || other;
            if !accepted || width + step > NAME_WIDTH {
                break;
            }
            (end, width) = (end + 1, width + step);
        }
        while is_joint(self.before(end)) {
            (end, width) = (end - 1, width - 1);
        }
        (width >= NAME_WIDTH_MIN).then(|| self.email_end(end).unwrap_or(end))
    }

    /// The end of the tag with the `#` at `at`: up to the next `#` if no white space is inside of
    /// one of them, else a word.
    fn tag_end(self, at: usize) -> Option<usize> {
        let start = at + 1;
        let close = (start..start + TAG_LENGTH + 1).find(|at| self.at(*at) == HASH);
        let spaced = |close: usize| self.at(start) == SPACE || self.before(close) == SPACE;
        if let Some(close) = close.filter(|at| *at >= start + TAG_LENGTH_MIN && !spaced(*at)) {
            return Some(close + 1);
        }
        let classes = classes();
        if classes.is_alnum(self.before(at)) {
            return None;
        }
        let is_name =
            |symbol: u16| classes.is_alnum(symbol) || symbol == UNDERSCORE || is_other(symbol);
        let end = self.run(start, is_name).min(start + TAG_LENGTH);
        let numeric = self.digits_end(start) >= end;
        (end >= start + TAG_LENGTH_MIN && !numeric).then_some(end)
    }
}

/// Is it a letter of a script that does not look like Latin, in one symbol?
fn is_other(symbol: u16) -> bool {
    classes().of(symbol) >= 0x80
}

/// Printable ASCII that addresses have.
fn is_url(symbol: u16) -> bool {
    u8::try_from(symbol).is_ok_and(|byte| {
        byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%|".contains(&byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::fold::fold;

    fn sign(text: &str) -> Option<(Mask, String)> {
        let symbols = fold(text);
        let at = symbols.iter().position(|symbol| matches!(*symbol, AT | HASH))?;
        let (mask, end) = Symbols(&symbols).sign(at)?;
        Some((mask, String::from_utf16_lossy(&symbols[at..end])))
    }

    #[test]
    fn handles() {
        for (text, expected) in [
            ("问@小城故事 吧", Some("@小城故事")),
            ("问＠小城故事，吧", Some("@小城故事")),
            ("@anna_99你好", Some("@anna_99")),
            ("@anna. 好", Some("@anna")),
            ("@anna@ort.example 好", Some("@anna@ort.example")),
            ("加@我", None),
            ("c@sino", None),
            ("@ab", None),
            ("@ anna", None),
        ] {
            let expected = expected.map(|end| (Mask::Handle, end.to_owned()));
            assert_eq!(sign(text), expected, "{text}");
        }
        let long = format!("@{}", "好".repeat(40));
        assert_eq!(sign(&long), Some((Mask::Handle, format!("@{}", "好".repeat(15)))));
    }

    #[test]
    fn tags() {
        for (text, expected) in [
            ("看#小城 大事#了", Some("#小城 大事#")),
            ("看 #town news", Some("#town")),
            ("#one #two", Some("#one")),
            ("华#人#圈", None),
            ("c# 好", None),
            ("#1", None),
            ("#2024", None),
            ("# town", None),
        ] {
            let expected = expected.map(|end| (Mask::Tag, end.to_owned()));
            assert_eq!(sign(text), expected, "{text}");
        }
        assert_eq!(
            sign(&format!("#{}#", "好".repeat(40))).map(|it| it.1.chars().count()),
            Some(42)
        );
        assert_eq!(
            sign(&format!("#{}#", "好".repeat(41))).map(|it| it.1.chars().count()),
            Some(41)
        );
    }
}
