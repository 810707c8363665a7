//! Addresses of the Internet Protocol.
//!
//! Version 4: four decimal numbers up to 255 without leading zeros, the first not
//! zero, one of them of two digits or more (`6.2.3.1` is a section number), and no fifth number next
//! to them. Version 6: the forms that `std` parses, if the first group has three or four digits of
//! which one is decimal; so `a::b` and `12:30` are not addresses.

use super::entity::{Entity, Found};
use super::text::{Text, hit, is_digit, is_hex};
use std::net::Ipv6Addr;
use std::ops::Range;

const DOT: u16 = b'.' as u16;
const COLON: u16 = b':' as u16;

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
    (!more && !section && text.right_edge(at)).then_some(start..at)
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
