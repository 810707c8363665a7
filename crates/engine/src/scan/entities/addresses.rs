//! Web addresses, e-mail addresses, bare domain names.
//!
//! One pass over the text finds all three, so that a domain inside an address is not reported as a
//! bare one. Skipped noise ends an address: squeezed text has no dots and slashes anyway.

use super::entity::{Entity, EntitySet, Found};
use super::hosts::{self, is_foreign};
use super::text::{Text, hit, is_alnum, is_digit, is_han, is_letter};
use super::tlds::{self, Belief};
use std::ops::Range;

/// The entities found here.
pub(super) const ADDRESSES: [Entity; 3] = [Entity::Url, Entity::Email, Entity::Domain];

const DOT: u16 = b'.' as u16;
const HYPHEN: u16 = b'-' as u16;
const AT: u16 = b'@' as u16;
const SLASH: u16 = b'/' as u16;
const COLON: u16 = b':' as u16;

/// RFC 5321: 64 before the `@`.
const LOCAL_CHARS_MAX: usize = 64;

/// RFC 1035: 253 in text form.
const NAME_CHARS_MAX: usize = 253;

/// Adds hits of the `wanted` entities. They do not overlap.
pub(super) fn find<J: Fn(usize) -> bool>(
    wanted: EntitySet,
    text: &Text<'_, J>,
    found: &mut Vec<Found>,
) {
    let (mut at, mut free) = (0, 0);
    while at < text.len() {
        if !is_word(text.at(at)) {
            at += 1;
            continue;
        }
        let end = word_end(text, at);
        let (next, hit) = address(text, at..end);
        // A name of another script begins before its dot, perhaps in the address before it.
        if let Some(hit) = hit.filter(|hit| hit.start >= free) {
            free = hit.end;
            found.extend(wanted.has(hit.entity).then_some(hit));
        }
        at = next.max(end);
    }
}

/// Symbols of e-mail addresses and domain names.
fn is_word(symbol: u16) -> bool {
    is_alnum(symbol) || matches!(symbol, DOT | HYPHEN | 0x5F | 0x2B | 0x25)
}

/// A dot, or 点 or 。 used as one between a letter or digit and a letter.
fn is_dot<J: Fn(usize) -> bool>(text: &Text<'_, J>, at: usize) -> bool {
    match text.at(at) {
        DOT => true,
        0x70B9 | 0x3002 => {
            text.joined(at)
                && is_alnum(text.before(at))
                && text.joined(at + 1)
                && is_letter(text.at(at + 1))
        }
        _ => false,
    }
}

fn word_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> usize {
    let mut end = start + 1;
    while text.joined(end) && (is_word(text.at(end)) || is_dot(text, end)) {
        end += 1;
    }
    end
}

/// The next position, and the address in `word` or beginning there.
fn address<J: Fn(usize) -> bool>(text: &Text<'_, J>, word: Range<usize>) -> (usize, Option<Found>) {
    let url = url_start(text, &word)
        .and_then(|(start, host, schemed)| Some(start..url_end(text, host, schemed)?));
    if let Some(url) = url {
        return (url.end, Some(hit(Entity::Url, url.start, url.end)));
    }
    if text.joined(word.end) && text.at(word.end) == AT {
        return match email(text, &word) {
            Some(email) => (email.end, Some(hit(Entity::Email, email.start, email.end))),
            None => (word.end + 1, None),
        };
    }
    if word.end > word.start && is_foreign(text.at(word.end)) && text.before(word.end) == DOT {
        let domain = hosts::foreign_domain(text, word.end - 1);
        if let Some(domain) = domain {
            return (domain.end, Some(hit(Entity::Domain, domain.start, domain.end)));
        }
    }
    match domain(text, &word) {
        Some(domain) => {
            let path = text.joined(word.end) && text.at(word.end) == SLASH;
            let next = if path { text.run(word.end, usize::MAX, is_url) } else { word.end };
            (next, Some(hit(Entity::Domain, domain.start, domain.end)))
        }
        None => (word.end, None),
    }
}

/// Where a web address begins in `word`, where its host does, and whether a scheme says so: a scheme
/// before `://`, after any text (`点击https://`, `comhttps://`), or `www` with a dot.
fn url_start<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    word: &Range<usize>,
) -> Option<(usize, usize, bool)> {
    const SCHEMES: [&str; 5] = ["https", "http", "ftp", "hxxps", "hxxp"];
    let end = word.end;
    let slashes = text.word_at(end, "://").filter(|after| (end..*after).all(|at| text.joined(at)));
    if let Some(host) = slashes {
        return SCHEMES.iter().find_map(|scheme| {
            let start = end.checked_sub(scheme.len()).filter(|start| *start >= word.start)?;
            text.word_at(start, scheme).map(|_| (start, host, true))
        });
    }
    let dot = text.word_at(word.start, "www")?;
    let dotted =
        matches!(text.at(dot), DOT | 0x3002) && (word.start + 1..=dot).all(|at| text.joined(at));
    (dotted && text.left_edge(word.start)).then_some((word.start, dot + 1, false))
}

/// The end of the web address whose host, or the name of a user before it, begins at `start`;
/// `None` if there is no host with a dot in it. After the name of a user the dot is not required.
fn url_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize, schemed: bool) -> Option<usize> {
    let user = if schemed { user_end(text, start) } else { None };
    let host = user.unwrap_or(start);
    if text.at(host) == DOT || !text.joined(host) {
        return None;
    }
    let single = || user.and_then(|host| hosts::label_end(text, host));
    let tail = hosts::host_end(text, host).or_else(single)?;
    let end = if text.joined(tail) { text.run(tail, usize::MAX, is_url) } else { tail };
    Some(trim(text, host, end))
}

/// The position after the name of a user and its `@`: `http://user:word@example.com`.
fn user_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    const CHARS_MAX: usize = 128;
    let end = text.run(start, CHARS_MAX, |symbol| {
        is_alnum(symbol)
            || u8::try_from(symbol).is_ok_and(|byte| b"-._~!$&'()*+,;=%:".contains(&byte))
    });
    (end > start && text.joined(end) && text.at(end) == AT).then_some(end + 1)
}

/// Printable ASCII that RFC 3986 allows, and `|`.
fn is_url(symbol: u16) -> bool {
    is_alnum(symbol)
        || u8::try_from(symbol).is_ok_and(|byte| b"-._~:/?#[]@!$&'()*+,;=%|".contains(&byte))
}

/// Removes what belongs to the sentence: punctuation, and closing brackets that were not opened in
/// the address.
fn trim<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize, mut end: usize) -> usize {
    let count = |symbol: u8, end: usize| {
        (start..end).filter(|at| text.at(*at) == u16::from(symbol)).count()
    };
    // Brackets are counted once, so that many of them cost no more than one.
    let open = [count(b'(', end), count(b'[', end)];
    let mut closed = [count(b')', end), count(b']', end)];
    while end > start {
        let kind = match u8::try_from(text.at(end - 1)) {
            Ok(b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'|') => {
                end -= 1;
                continue;
            }
            Ok(b')') => 0,
            Ok(b']') => 1,
            _ => break,
        };
        if closed[kind] <= open[kind] {
            break;
        }
        closed[kind] -= 1;
        end -= 1;
    }
    end
}

/// The address around the `@` after `word`. What begins with an `@` of its own is an account on a
/// server (`@name@server`), which is a mention.
fn email<J: Fn(usize) -> bool>(text: &Text<'_, J>, word: &Range<usize>) -> Option<Range<usize>> {
    let at_sign = text.joined(word.start) && text.before(word.start) == AT;
    // In `a@b@c.com` the first part is no mention.
    if at_sign && !(text.joined(word.start - 1) && is_alnum(text.before(word.start - 1))) {
        return None;
    }
    let far = word.end.saturating_sub(LOCAL_CHARS_MAX).max(word.start);
    // Han dots are not part of the name: `邮箱点abc@…` begins after it.
    let near = (far..word.end).rev().find(|at| text.at(*at) >= 0x80).map_or(far, |at| at + 1);
    let start = (near..word.end).find(|at| is_alnum(text.at(*at)))?;
    let dots = (start..word.end).any(|at| text.at(at) == DOT && text.at(at + 1) == DOT);
    if dots || text.at(word.end - 1) == DOT || !text.left_edge(start) || !text.joined(word.end + 1)
    {
        return None;
    }
    let host = word.end + 1;
    let run = host_end(text, host);
    let end = cut(text, host, run, |start, end| {
        let letters = (start..end).all(|at| is_letter(text.at(at)));
        let file = tlds::FILE_TYPES.iter().any(|file| text.word_at(start, file) == Some(end));
        letters && (2..=24).contains(&(end - start)) && !file
    })?;
    text.right_edge(end).then_some(start..end)
}

/// The end of the run of host symbols.
fn host_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> usize {
    let mut end = start;
    while end - start < NAME_CHARS_MAX
        && (end == start || text.joined(end))
        && (is_alnum(text.at(end)) || text.at(end) == HYPHEN || is_dot(text, end))
    {
        end += 1;
    }
    end
}

/// The longest part of the host `start..end` whose last label `accepts` and whose
/// other labels are labels; at least two of them.
fn cut<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    end: usize,
    mut accepts: impl FnMut(usize, usize) -> bool,
) -> Option<usize> {
    let mut end = end;
    loop {
        let dot = (start..end).rev().find(|at| is_dot(text, *at))?;
        // Every label before the last one has to be well-formed, or it ends there.
        if end > dot + 1 && accepts(dot + 1, end) && are_labels(text, start, dot) {
            return Some(end);
        }
        end = dot;
    }
}

fn are_labels<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize, end: usize) -> bool {
    let mut label = start;
    for at in start..=end {
        if at < end && !is_dot(text, at) {
            continue;
        }
        let edges = text.at(label) != HYPHEN && text.before(at) != HYPHEN;
        if at == label || at - label > 63 || !edges {
            return false;
        }
        label = at + 1;
    }
    true
}

/// The bare domain name in `word`: not after `/`, `\`, `@` or `#`, and not next to `%`, `+` or
/// another address.
fn domain<J: Fn(usize) -> bool>(text: &Text<'_, J>, word: &Range<usize>) -> Option<Range<usize>> {
    let touched = text.joined(word.start)
        && matches!(u8::try_from(text.before(word.start)), Ok(b'/' | b'\\' | b'@' | b'#' | b'='));
    if touched {
        return None;
    }
    let near = word.end.saturating_sub(NAME_CHARS_MAX).max(word.start);
    let after_mark = (near..word.end)
        .rev()
        .find(|at| matches!(u8::try_from(text.at(*at)), Ok(b'%' | b'+')))
        .map_or(near, |at| at + 1);
    let start = (after_mark..word.end).find(|at| is_alnum(text.at(*at)))?;
    let bare = start > word.start && start == after_mark + 1 && text.before(start) == DOT;
    let start = if bare { hosts::foreign_label(text, start - 1).unwrap_or(start) } else { start };
    if !text.left_edge(start) {
        return None;
    }
    let mut judged = None;
    let end = cut(text, start, word.end, |from, to| {
        judged = tlds::belief(text, from, to);
        judged.is_some()
    });
    let end = end?;
    let digits = (start..end).any(|at| is_digit(text.at(at)));
    let believed = match judged? {
        // Han punctuation used as a dot occurs in names with digits, and before endings that are no
        // words; otherwise it ends a sentence: `我的app。vip用户`.
        _ if (start..end).any(|at| text.at(at) >= 0x80 && is_dot(text, at)) => {
            judged == Some(Belief::Domain) && (digits || has_plain_end(text, start, end))
        }
        Belief::Domain => is_name(text, start, end),
        Belief::Ambiguous => looks_like_domain(text, start, end, word.end),
    };
    (believed && text.right_edge(end)).then_some(start..end)
}

/// Does the name end with a top-level domain that is neither a word nor an abbreviation in use?
fn has_plain_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize, end: usize) -> bool {
    const ENDS: [&str; 7] = ["com", "net", "org", "cn", "info", "biz", "xyz"];
    ENDS.iter().any(|word| {
        let from = end - word.len();
        from > start && is_dot(text, from - 1) && text.word_at(from, word) == Some(end)
    })
}

/// Names of programming platforms are not domains, and neither is a list number with the first
/// word of its sentence (`4.ai`).
fn is_name<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize, end: usize) -> bool {
    const PLATFORMS: [&str; 4] = ["asp.net", "vb.net", "ado.net", "ml.net"];
    let numbered = is_digit(text.at(start)) && text.at(start + 1) == DOT;
    !numbered && !PLATFORMS.iter().any(|name| text.word_at(start, name) == Some(end))
}

/// Is the ambiguous name a domain? It is with a path or port after it, or, if it is not a file
/// name, with a digit or hyphen in it, or next to Han text or a colon. `done.it was` has none.
fn looks_like_domain<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    end: usize,
    word_end: usize,
) -> bool {
    let short = end - start <= 4 || text.at(start + 1) == DOT;
    let file = tlds::AMBIGUOUS_FILES.iter().any(|file| {
        let from = end - file.len();
        text.before(from) == DOT && text.word_at(from, file) == Some(end)
    });
    let marked = (start..end).any(|at| is_digit(text.at(at)) || text.at(at) == HYPHEN);
    let next = text.at(end);
    let path = end == word_end
        && ((next == SLASH && is_alnum(text.at(end + 1)))
            || (next == COLON && is_digit(text.at(end + 1))));
    let before = text.before(start);
    let has_neighbour = is_han(before) || before == COLON || is_han(next);
    path || (!short && !file && (marked || has_neighbour))
}
