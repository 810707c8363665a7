//! `like` of an `ignore`: parts in order, with `…` for any text between them.

use super::classes::{NOISE, classes};
use super::fingerprint::Fingerprinter;
use tidegate_engine::fold::{self, is_noise};

/// A text as patterns read it: folded, without noise.
#[derive(Clone, Debug)]
pub struct Squeezed(Vec<u16>);

impl Squeezed {
    /// Reads own words, as [`TextScratch::sample`](super::TextScratch::sample) returns them.
    pub fn of(text: &str) -> Squeezed {
        Squeezed(squeezed(text))
    }
}

/// A pattern of literal parts. Parts and texts are compared as folding leaves them and without
/// noise.
#[derive(Clone, Debug)]
pub struct Likeness {
    parts: Vec<Vec<u16>>,
}

impl Likeness {
    /// Reads a pattern; `…` separates its parts. One without a letter or digit matches no text.
    pub fn new(like: &str, f: &Fingerprinter) -> Likeness {
        let parts = like.split('…').map(|part| squeezed(&f.own(part)));
        Likeness { parts: parts.filter(|part| !part.is_empty()).collect() }
    }

    /// Do the parts occur in the text, in order and without overlap?
    pub fn matches(&self, text: &Squeezed) -> bool {
        if self.parts.is_empty() {
            return false;
        }
        let mut rest = text.0.as_slice();
        self.parts.iter().all(|part| match find(rest, part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    }
}

/// The first place of `part`, which is not empty.
fn find(text: &[u16], part: &[u16]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn squeezed(text: &str) -> Vec<u16> {
    let symbols = fold::fold(text);
    let at = |at: usize| symbols.get(at).copied().unwrap_or(fold::SEPARATOR);
    let kept = |place: &usize| {
        let symbol = at(*place);
        let before = place.checked_sub(1).map_or(fold::SEPARATOR, at);
        classes().of(symbol) != NOISE && !is_noise(before, symbol, at(place + 1))
    };
    (0..symbols.len()).filter(kept).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(like: &str, text: &str) -> bool {
        Likeness::new(like, &Fingerprinter::default()).matches(&Squeezed::of(text))
    }

    #[test]
    fn parts_occur_in_order() {
        let like = "我在“…”项目捐款成功！";
        for (text, expected) in [
            ("我在“青石镇图书室”项目捐款成功！", true),
            ("我在“青石镇图书室”項目捐款成功，大家一起", true),
            ("今天我在\n「水」项目捐款 成功", true),
            ("项目捐款成功，我在青石镇", false),
            ("我在项目捐款", false),
            ("", false),
        ] {
            assert_eq!(matches(like, text), expected, "{text}");
        }
    }

    #[test]
    fn parts_do_not_overlap() {
        assert!(matches("一二…二一", "一二二一") && !matches("一二…二一", "一二一"));
        assert!(matches("Day…km", "DAY 5: ran 10 km") && !matches("5…5", "5"));
    }

    #[test]
    fn a_pattern_without_text_matches_nothing() {
        for like in ["", "…", "……！"] {
            assert!(!matches(like, "一二三") && !matches(like, ""), "{like}");
        }
    }
}
