//! JSON Pointers (RFC 6901), with `*` for every element of an array.
//!
//! A token names a member of an object, or an element of an array if it is a number
//! (`/media/0/alt`). `*` means all elements of an array (`/tags/*/name`); on an object it is
//! the member called `*`, as in RFC 6901.

use crate::message::message;
use std::fmt;

use super::error::MappingError;

/// The most tokens a pointer may have. Deeper values cannot be mapped; they may still occur
/// in a line.
pub const POINTER_TOKENS_MAX: usize = 32;

/// A parsed pointer with at least one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    tokens: Vec<String>,
}

impl Pointer {
    /// Parses `text`, such as `/commit/record/text`. `~1` means `/`, `~0` means `~`.
    ///
    /// # Errors
    ///
    /// It does not begin with `/`, has a `~` that is not an escape, or has more
    /// than [`POINTER_TOKENS_MAX`] tokens.
    pub fn parse(text: &str) -> Result<Pointer, MappingError> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(MappingError::new(message!(
                "`{}` is no JSON Pointer: expected `/` and a name, as in `/text` or `/author/id`",
                text.escape_debug()
            )));
        };
        let tokens: Vec<String> =
            rest.split('/').map(|token| unescape(text, token)).collect::<Result<_, _>>()?;
        if tokens.len() > POINTER_TOKENS_MAX {
            return Err(MappingError::new(message!(
                "a JSON Pointer of {} names: expected at most {POINTER_TOKENS_MAX}",
                tokens.len()
            )));
        }
        Ok(Pointer { tokens })
    }

    /// The pointer of a path that conditions write with dots: `author.id` → `/author/id`.
    pub(super) fn of_path(path: &str) -> Result<Pointer, MappingError> {
        Pointer::parse(&format!(
            "/{}",
            path.replace('~', "~0").replace('/', "~1").replace('.', "/")
        ))
    }

    /// The unescaped tokens.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Does it contain `*`?
    pub fn has_wildcard(&self) -> bool {
        self.tokens.iter().any(|token| token == "*")
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens
            .iter()
            .try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

fn unescape(pointer: &str, token: &str) -> Result<String, MappingError> {
    let mut plain = String::with_capacity(token.len());
    let mut chars = token.chars();
    while let Some(c) = chars.next() {
        match c {
            '~' => match chars.next() {
                Some('0') => plain.push('~'),
                Some('1') => plain.push('/'),
                _ => {
                    return Err(MappingError::new(message!(
                        "`{}` has a `~` that is no escape: expected `~0` for `~` or `~1` for `/`",
                        pointer.escape_debug()
                    )));
                }
            },
            c => plain.push(c),
        }
    }
    Ok(plain)
}

/// The array index a token means, if it can mean one: no sign, no leading zero.
pub(super) fn array_index(token: &str) -> Option<u32> {
    let canonical = token == "0" || !token.starts_with('0');
    let digits = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
    if canonical && digits { token.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_written_back() {
        let pointer = Pointer::parse("/a~1b/m~0n/0//~01").unwrap();
        assert_eq!(pointer.tokens(), ["a/b", "m~n", "0", "", "~1"]);
        assert_eq!(pointer.to_string(), "/a~1b/m~0n/0//~01");
    }

    #[test]
    fn wrong_ones_say_what_was_expected() {
        for (text, word) in
            [("text", "expected `/`"), ("", "expected `/`"), ("/a~", "~0"), ("/~2", "~0")]
        {
            let message = Pointer::parse(text).unwrap_err().to_string();
            assert!(message.contains(word), "{text}: {message}");
        }
    }

    #[test]
    fn depth_has_a_limit() {
        assert!(Pointer::parse(&"/a".repeat(POINTER_TOKENS_MAX)).is_ok());
        assert!(Pointer::parse(&"/a".repeat(POINTER_TOKENS_MAX + 1)).is_err());
    }

    #[test]
    fn indexes_are_canonical_numbers() {
        assert_eq!(array_index("0"), Some(0));
        assert_eq!(array_index("12"), Some(12));
        for token in ["", "01", "-1", "+1", "x", "99999999999"] {
            assert_eq!(array_index(token), None, "{token}");
        }
    }

    #[test]
    fn dotted_paths_become_pointers() {
        assert_eq!(Pointer::of_path("stats.likes").unwrap().to_string(), "/stats/likes");
    }
}
