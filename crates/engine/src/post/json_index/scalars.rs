//! Ends of scalar values: strings, numbers and names.

/// Position of the quote that closes the string before the token at `next`: only white space
/// can be between them, any other byte would be a token. At least `start`.
#[inline(always)]
pub(super) fn closing_quote(chunk: &[u8], start: u32, next: u32) -> u32 {
    let mut at = next.saturating_sub(1);
    while at > start && chunk[at as usize] != b'"' {
        at -= 1;
    }
    at
}

/// The length of the number or name in `text`, without the white space after it; `None` if
/// `text` is neither.
#[inline]
pub(super) fn atom_length(text: &[u8]) -> Option<u32> {
    let length = match text {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        _ => number_length(text)?,
    };
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    text[length..].iter().all(is_space).then_some(length as u32)
}

/// The length of the number at the start of `text`.
#[inline]
fn number_length(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let mut length = sign + digits(&text[sign..]);
    if length == sign || (text[sign] == b'0' && length > sign + 1) {
        return None;
    }
    if text.get(length) == Some(&b'.') {
        let fraction = digits(&text[length + 1..]);
        if fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    }
    if let Some(b'e' | b'E') = text.get(length) {
        let sign = usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(&text[length + 1 + sign..]);
        if exponent == 0 {
            return None;
        }
        length += 1 + sign + exponent;
    }
    Some(length)
}

#[inline]
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
