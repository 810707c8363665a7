//! Addresses of the Internet Protocol.
//!
//! Version 4: four decimal numbers up to 255 without leading zeros, the first not
//! zero, one of them of two digits or more (`6.2.3.1` is a section number), and no fifth number next
//! to them. The version of a program is written alike, so four numbers after the name of a product
//! and a slash (`chrome/120.0.0.0`), after a word for versions, or in the name of a file are none.
//! Version 6: the forms that `std` parses, if the first group has three or four digits of
//! which one is decimal; so `a::b` and `12:30` are not addresses.

use super::entity::{Entity, Found};
use super::phone::ends_with;
use super::text::{Text, hit, is_alnum, is_digit, is_hex, is_letter};
use std::net::Ipv6Addr;
use std::ops::Range;

const DOT: u16 = b'.' as u16;
const COLON: u16 = b':' as u16;
const SLASH: u16 = b'/' as u16;
const HYPHEN: u16 = b'-' as u16;
const UNDERSCORE: u16 = b'_' as u16;

/// Adds every address, leftmost first, without overlap.
pub(super) fn find<J: Fn(usize) -> bool>(text: &Text<'_, J>, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < text.len() {
        if !is_hex(text.at(at)) || !text.left_edge(at) {
            at += 1;
            continue;
        }
        match v4_at(text, at).or_else(|| v6_at(text, at)) {
            Some(range) => {
                found.push(hit(Entity::Ip, range.start, range.end));
                at = range.end;
            }
            None => at = text.run(at, usize::MAX, is_hex),
        }
    }
}

fn v4_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    if text.joined(start) && text.before(start) == DOT {
        return None;
    }
    let mut at = start;
    for place in 0..4 {
        if place > 0 {
            if text.at(at) != DOT || !text.joined(at) || !text.joined(at + 1) {
                return None;
            }
            at += 1;
        }
        let end = text.run(at, 4, is_digit);
        let value = (at..end).fold(0, |value, at| value * 10 + u32::from(text.at(at) - 0x30));
        let padded = end - at > 1 && text.at(at) == 0x30;
        if end == at || value > 255 || padded || (place == 0 && value == 0) {
            return None;
        }
        at = end;
    }
    let more = text.joined(at) && text.at(at) == DOT && is_digit(text.at(at + 1));
    let section = at - start == 7;
    (!more && !section && text.right_edge(at) && !is_version(text, start..at)).then_some(start..at)
}

/// Are the four numbers the version of something?
fn is_version<J: Fn(usize) -> bool>(text: &Text<'_, J>, numbers: Range<usize>) -> bool {
    const STAGES: &[&str] =
        &["-alpha", "-beta", "-rc", "-snapshot", "-release", "-dev", "-pre", "-build", "版"];
    let end = numbers.end;
    if text.joined(end) && STAGES.iter().any(|stage| text.word_at(end, stage).is_some()) {
        return true;
    }
    let port = text.joined(end) && text.at(end) == COLON && is_digit(text.at(end + 1));
    match text.before(numbers.start) {
        _ if !text.joined(numbers.start) || port => false,
        SLASH => follows_product(text, numbers.start - 1),
        HYPHEN | UNDERSCORE => {
            is_letter(text.before(numbers.start - 1))
                && ends_with(text, numbers.start - 1, HOSTS).is_none()
        }
        _ => follows_version_word(text, numbers.start),
    }
}

/// Words that stand for the machine, before a sign and its address.
const HOSTS: &[&str] = &["localhost", "host", "ip", "ipv4", "tcp", "udp", "addr", "address"];

/// Is the word before the slash at `slash` the name of a product? The segments of a path are none,
/// nor are names with a dot (`example.com/192.0.2.1`).
fn follows_product<J: Fn(usize) -> bool>(text: &Text<'_, J>, slash: usize) -> bool {
    const NAME_CHARS_MAX: usize = 40;
    let mut at = slash;
    while slash - at < NAME_CHARS_MAX
        && text.joined(at)
        && (is_alnum(text.before(at)) || matches!(text.before(at), HYPHEN | UNDERSCORE))
    {
        at -= 1;
    }
    let lettered = (at..slash).any(|at| is_letter(text.at(at)));
    let in_path = text.joined(at) && matches!(text.before(at), SLASH | DOT);
    lettered && !in_path && ends_with(text, slash, HOSTS).is_none()
}

/// Does a word for versions, or the name of a program that is known for such versions, precede
/// `start`, with spaces and signs between?
fn follows_version_word<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    const WORDS: &[&str] = &[
        "version",
        "versions",
        "ver",
        "v",
        "vers",
        "release",
        "build",
        "firmware",
        "chrome",
        "chromium",
        "firefox",
        "edge",
        "safari",
        "opera",
        "android",
        "ios",
        "macos",
        "sdk",
        "section",
        "chapter",
        "clause",
        "版本",
        "版本号",
        "固件",
        "更新到",
        "升级到",
        "升级至",
        "バージョン",
        "версия",
        "версии",
    ];
    const SIGNS_MAX: usize = 3;
    let mut at = start;
    while start - at < SIGNS_MAX
        && matches!(
            char::from_u32(text.before(at).into()),
            Some(' ' | ':' | '=' | '.' | '#' | '(' | '号' | '是' | '为' | '第' | '§')
        )
    {
        at -= 1;
    }
    at < start && ends_with(text, at, WORDS).is_some() || ends_with(text, start, WORDS).is_some()
}

fn v6_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    /// The longest form, with a version 4 tail, has 45.
    const CHARS_MAX: usize = 45;
    if text.joined(start) && text.before(start) == COLON {
        return None;
    }
    let group = text.run(start, 5, is_hex);
    let decimal = (start..group).any(|at| is_digit(text.at(at)));
    if !(3..=4).contains(&(group - start)) || !decimal || text.at(group) != COLON {
        return None;
    }
    let belongs = |symbol| is_hex(symbol) || symbol == COLON || symbol == DOT;
    let mut end = text.run(start, CHARS_MAX + 1, belongs);
    // Punctuation of the sentence, but not the `::` that an address may end with.
    while text.before(end) == DOT || (text.before(end) == COLON && text.before(end - 1) != COLON) {
        end -= 1;
    }
    let mut bytes = [0; CHARS_MAX];
    let bytes = bytes.get_mut(..end - start)?;
    for (slot, at) in bytes.iter_mut().zip(start..) {
        *slot = text.at(at) as u8;
    }
    std::str::from_utf8(bytes).ok()?.parse::<Ipv6Addr>().ok()?;
    text.right_edge(end).then_some(start..end)
}
