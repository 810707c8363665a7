//! Folded symbols → units: masks, look-alike classes, syllables. Noise is skipped.
//!
//! Reference implementation for tests: `twin`.

use super::classes::{DIGIT, HALF, NOISE, class_of_pair, classes, is_letter};
use super::masks::{Mask, Symbols};

/// Calls `emit(unit, start, end)` for each unit, in order; `start..end` are its folded symbols.
/// The halves of a surrogate pair are two units with the range of both.
#[inline]
pub(super) fn read(symbols: &[u16], mut emit: impl FnMut(u16, usize, usize)) {
    let classes = classes();
    let mut reader = Reader { symbols: Symbols(symbols), no_domain_until: 0 };
    let mut at = 0;
    while at < symbols.len() {
        let class = classes.of(symbols[at]);
        if class >= 0x80 {
            emit(class, at, at + 1);
            at += 1;
        } else if class == NOISE {
            at = match reader.symbols.sign(at) {
                Some((mask, end)) => {
                    emit(mask as u16, at, end);
                    end
                }
                None => at + 1,
            };
        } else if class == HALF {
            at = pair(symbols, at, &mut emit);
        } else {
            at = reader.word(at, &mut emit);
        }
    }
}

/// Reads the surrogate pair at `at`; returns its end.
#[cold]
fn pair(symbols: &[u16], at: usize, emit: &mut impl FnMut(u16, usize, usize)) -> usize {
    let Some(low) = symbols.get(at + 1).filter(|_| symbols[at] < 0xDC00) else {
        return at + 1;
    };
    match class_of_pair(symbols[at], *low) {
        Some(NOISE) => {}
        Some(DIGIT) => emit(Mask::Number as u16, at, at + 2),
        Some(class) => emit(class, at, at + 2),
        None => {
            emit(symbols[at], at, at + 2);
            emit(*low, at, at + 2);
        }
    }
    at + 2
}

struct Reader<'s> {
    symbols: Symbols<'s>,
    /// Up to here no web address without a scheme begins: all of it is one host that is none.
    no_domain_until: usize,
}

impl Reader<'_> {
    /// Reads the word at `start`, and what it begins; returns the end.
    fn word(&mut self, start: usize, emit: &mut impl FnMut(u16, usize, usize)) -> usize {
        let symbols = self.symbols;
        let end = symbols.word_end(start);
        if let Some((url, url_end)) = symbols.url(start, end) {
            if url > start {
                self.plain(start, url, emit);
            }
            emit(Mask::Url as u16, url, url_end);
            return url_end;
        }
        if let Some(email_end) = symbols.email_end(end) {
            emit(Mask::Handle as u16, start, email_end);
            return email_end;
        }
        if let Some(domain_end) = self.domain(start) {
            emit(Mask::Url as u16, start, domain_end);
            return domain_end;
        }
        if symbols.is_code(start, end) {
            emit(Mask::Code as u16, start, end);
            return end;
        }
        self.plain(start, end, emit)
    }

    /// The end of the web address without a scheme that begins at `start`.
    fn domain(&mut self, start: usize) -> Option<usize> {
        if start < self.no_domain_until {
            return None;
        }
        let host_end = self.symbols.host_end(start);
        self.no_domain_until = host_end;
        self.symbols.domain(start, host_end)
    }

    /// Letters one by one, digits as numbers. Returns the end, which is behind `end` if a number
    /// continues there.
    fn plain(&self, start: usize, end: usize, emit: &mut impl FnMut(u16, usize, usize)) -> usize {
        let classes = classes();
        let mut at = start;
        while at < end {
            let class = classes.of(self.symbols.0[at]);
            let next = if class == DIGIT { self.symbols.number_end(at) } else { at + 1 };
            if class == DIGIT {
                emit(Mask::Number as u16, at, next);
            } else if is_letter(class) {
                emit(class, at, next);
            }
            at = next;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::fold::fold;
    use tidegate_engine::fold::tables;

    /// The units as text: masks as `<kind>`, syllables in letters between dots.
    fn units(text: &str) -> String {
        let mut out = String::new();
        read(&fold(text), |unit, _, _| match (Mask::of(unit), unit) {
            (Some(Mask::Url), _) => out.push_str("<url>"),
            (Some(Mask::Handle), _) => out.push_str("<handle>"),
            (Some(Mask::Tag), _) => out.push_str("<tag>"),
            (Some(Mask::Number), _) => out.push_str("<n>"),
            (Some(Mask::Code), _) => out.push_str("<code>"),
            (None, 0xE000..=0xF8FF) => {
                let syllable = tables::syllables().nth(usize::from(unit - 0xE000));
                out.push_str(syllable.map_or("?", |syllable| syllable.text()));
                out.push('.');
            }
            (None, unit) => out.push_str(&String::from_utf16_lossy(&[unit])),
        });
        out
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("5", "<n>"),
            ("138-1234-5678", "<n>"),
            ("10,000.50", "<n>"),
            ("2026-03-03 10:14", "<n>"),
            ("１２３", "<n>"),
            ("3月15日", "<n>yue.<n>ri."),
            ("5: 6", "<n><n>"),
            ("5--6", "<n><n>"),
            ("5/6", "<n><n>"),
            ("a5", "a<n>"),
            ("1 2ab", "<n>ab"),
            ("1 23abc", "<n><code>"),
        ] {
            assert_eq!(units(text), expected, "{text}");
        }
    }

    #[test]
    fn codes() {
        for (text, expected) in [
            ("wx12345", "<code>"),
            ("abc12", "<code>"),
            ("ABC12", "<code>"),
            ("ab12", "ab<n>"),
            ("abcd1", "abcd<n>"),
            ("x_ab_12", "<code>"),
            ("加vx8899k吧", "jia.<code>ba."),
        ] {
            let expected = expected.to_owned();
            assert_eq!(units(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("看https://a.example/b?c=1。好", "kan.<url>hao."),
            ("http://t.example/x，好", "<url>hao."),
            ("ｗｗｗ．a.example", "<url>"),
            ("shophttp://a.example", "shop<url>"),
            ("上abc123.com看", "shang.<url>kan."),
            ("a.vip/x1 b", "<url>b"),
            ("a.b.c", "abc"),
            ("end.now", "endnow"),
            ("mail anna@ort.example ok", "maii<handle>ok"),
            ("http:// a", "httpa"),
            ("www.", "www"),
        ] {
            assert_eq!(units(text), expected, "{text}");
        }
    }

    #[test]
    fn noise_is_skipped_and_sounds_are_equal() {
        assert_eq!(units("华😀人 圈\n出★大事了"), "hua.ren.quan.chu.da.shi.le.");
        assert_eq!(units("華人圈出大是了"), units("华人圈出大事了"));
        assert_eq!(units("А\u{200B}b"), "ab");
        assert_eq!(units("бƨ"), "бƨ", "letters that look like digits");
        assert_eq!(units("𠀀"), "\u{FFFD}\u{FFFD}", "two units");
    }
}
