//! Host names of web addresses, also in other scripts than Latin and with the dots that Chinese
//! input methods write.
//!
//! `。` ends Chinese sentences, so it is a dot only behind a scheme or `www`, before a label that is
//! a top-level domain, and not after one: `www。example。com`, but `www.example.com。` and a
//! sentence. Full-width dots are folded to `.` before.

use super::text::{Text, is_alnum, is_han};
use super::tlds::{self, Belief};

const DOT: u16 = b'.' as u16;
const HYPHEN: u16 = b'-' as u16;
const UNDERSCORE: u16 = b'_' as u16;
/// `。`; the half-width form is folded to it.
const FULL_STOP: u16 = 0x3002;

/// RFC 1035: 63 in a label, 253 in a name in text form.
const LABEL_CHARS_MAX: usize = 63;
const NAME_CHARS_MAX: usize = 253;

/// A letter of a script other than Latin in which domain names are registered, or a mark in a word
/// of it.
#[inline]
pub(super) fn is_foreign(symbol: u16) -> bool {
    is_spaced(symbol) || is_unspaced(symbol)
}

/// Of a script that writes spaces between words: a name ends where the letters end.
#[inline]
fn is_spaced(symbol: u16) -> bool {
    matches!(symbol,
        0x370..=0x52F | 0x531..=0x587 | 0x5D0..=0x5F2 | 0x620..=0x65F | 0x66E..=0x6D3
        | 0x6EE..=0x6EF | 0x6FA..=0x6FF | 0x900..=0x963 | 0x971..=0xDF3 | 0x10A0..=0x10FF
        | 0xAC00..=0xD7A3)
}

/// Of a script without spaces between words, in which a name can touch the sentence.
#[inline]
fn is_unspaced(symbol: u16) -> bool {
    is_han(symbol) || matches!(symbol, 0xE01..=0xE3A | 0xE40..=0xE4E | 0x3041..=0x30FA | 0x30FC)
}

fn in_label(symbol: u16) -> bool {
    is_alnum(symbol) || matches!(symbol, HYPHEN | UNDERSCORE) || is_foreign(symbol)
}

/// The end of the host at `start`, behind a scheme or `www`; `None` if it has no dot.
pub(super) fn host_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    let mut best: Option<Last> = None;
    let (mut at, mut dot) = (start, 0);
    while at - start < NAME_CHARS_MAX {
        let label_end = text.run(at, LABEL_CHARS_MAX, in_label);
        if label_end == at {
            break;
        }
        let last =
            (dot != 0).then(|| last_label(text, at, label_end, dot, best.is_none())).flatten();
        best = last.or(best);
        // Where the label ends within the run, a sentence begins.
        let cut = last.is_some_and(|last| last.end != label_end);
        let complete = dot == DOT && last.is_some_and(|last| last.known);
        dot = text.at(label_end);
        let sentence = dot == FULL_STOP && complete;
        let dotted = matches!(dot, DOT | FULL_STOP) && text.joined(label_end);
        if cut || sentence || !dotted || !text.joined(label_end + 1) {
            break;
        }
        at = label_end + 1;
    }
    best.map(|last| last.end)
}

/// The end of the single label at `start`: a host without a dot.
pub(super) fn label_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    let end = text.run(start, LABEL_CHARS_MAX, |symbol| is_alnum(symbol) || symbol == HYPHEN);
    (end > start).then_some(end)
}

/// A label with which a host can end.
#[derive(Clone, Copy, Debug)]
struct Last {
    end: usize,
    /// It is a known top-level domain.
    known: bool,
}

/// The end of the top-level domain in the label `start..end` after `dot`. A name that no registry
/// offers is accepted if it is the `first` that can end the host.
fn last_label<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    end: usize,
    dot: u16,
    first: bool,
) -> Option<Last> {
    let known = if is_alnum(text.at(start)) {
        let ascii = text.run(start, LABEL_CHARS_MAX, |symbol| is_alnum(symbol) || symbol == HYPHEN);
        let known = tlds::belief(text, start, ascii) == Some(Belief::Domain);
        return (known || dot == DOT).then_some(Last { end: ascii, known });
    } else {
        tlds::foreign(text, start).map(|tld| tld.end)
    };
    match known {
        Some(tld) if tld == end || (dot == DOT && is_unspaced(text.at(tld))) => {
            Some(Last { end: tld, known: true })
        }
        Some(_) | None => {
            let whole = first && dot == DOT && (start..end).all(|at| is_foreign(text.at(at)));
            whole.then_some(Last { end, known: false })
        }
    }
}

/// The bare name around the dot at `dot`, before a top-level domain of another script: `сайт.рф`.
///
/// Without a scheme a full stop between two words looks alike. So the name has to end with the
/// top-level domain, and if that is a common word, the name has a Latin letter, a digit or a hyphen
/// in it, a colon before it or a path after it.
pub(super) fn foreign_domain<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    dot: usize,
) -> Option<std::ops::Range<usize>> {
    /// Where words are not separated, more would be the sentence before the name.
    const UNSPACED_CHARS_MAX: usize = 8;
    if text.at(dot) != DOT || !text.joined(dot) || !text.joined(dot + 1) {
        return None;
    }
    let tld = tlds::foreign(text, dot + 1)?;
    let next = text.at(tld.end);
    let dotted = next == DOT && in_label(text.at(tld.end + 1));
    if text.joined(tld.end) && (in_label(next) || dotted) {
        return None;
    }
    let mut start = dot;
    while dot - start < LABEL_CHARS_MAX
        && in_label(text.before(start))
        && text.joined(start)
        && text.before(start) != UNDERSCORE
    {
        start -= 1;
    }
    let touched = text.joined(start)
        && matches!(u8::try_from(text.before(start)), Ok(b'.' | b'/' | b'\\' | b'@' | b'#' | b'_'));
    let unspaced = (start..dot).filter(|at| is_unspaced(text.at(*at))).count();
    let marked = (start..dot).any(|at| is_alnum(text.at(at)) || text.at(at) == HYPHEN);
    let colon = text.before(start) == u16::from(b':');
    let path = next == u16::from(b'/') && is_alnum(text.at(tld.end + 1));
    let believed = !tld.is_word || marked || colon || path;
    let is_name = dot - start >= 2 && unspaced <= UNSPACED_CHARS_MAX && !touched;
    (is_name && believed).then_some(start..tld.end)
}

/// Where the name of letters of another script before the dot at `dot` begins: `пример.com`,
/// `哈哈.cc`.
pub(super) fn foreign_label<J: Fn(usize) -> bool>(text: &Text<'_, J>, dot: usize) -> Option<usize> {
    const ENDS: [&str; 6] = [".cc", ".cn", ".com", ".top", ".vip", ".xyz"];
    /// Where words are not separated, the sentence before it is of the same script.
    const CHARS_MAX: usize = 8;
    ENDS.iter()
        .any(|end| text.word_at(dot, end).is_some_and(|end| text.right_edge(end)))
        .then_some(())?;
    let back = |most: usize, belongs: fn(u16) -> bool| {
        let mut start = dot;
        while dot - start < most && text.joined(start) && belongs(text.before(start)) {
            start -= 1;
        }
        start
    };
    let start = match is_spaced(text.before(dot)) {
        true => back(LABEL_CHARS_MAX, is_spaced),
        false => back(CHARS_MAX, is_unspaced),
    };
    (start < dot).then_some(start)
}
