//! A number written with digits and single separators.

use super::text::Text;

/// Largest number of digits that a detector needs: 0086 and a fixed line with its area code have
/// 16, a card 19, and one more shows that the number is longer.
const DIGITS_MAX: usize = 20;

/// Digits from a position on, with at most one separator between neighbours.
pub(super) struct Digits {
    values: [u8; DIGITS_MAX],
    places: [usize; DIGITS_MAX],
    length: usize,
    /// Bit `k`: a separator precedes digit `k`.
    breaks: u32,
    /// Bit `k`: noise was skipped before digit `k`.
    skips: u32,
}

impl Digits {
    /// Reads from `start`, which must be a digit; `value` returns the value of a digit.
    pub(super) fn read<J: Fn(usize) -> bool>(
        text: &Text<'_, J>,
        start: usize,
        value: impl Fn(u16) -> Option<u8>,
    ) -> Digits {
        let mut digits = Digits {
            values: [0; DIGITS_MAX],
            places: [0; DIGITS_MAX],
            length: 0,
            breaks: 0,
            skips: 0,
        };
        let mut at = start;
        while digits.length < DIGITS_MAX {
            let gap = if digits.length == 0 { 0 } else { separator(text, at) };
            let Some(next) = value(text.at(at + gap)) else { break };
            let skipped = digits.length > 0 && gap == 0 && !text.joined(at);
            digits.breaks |= u32::from(gap > 0) << digits.length;
            digits.skips |= u32::from(skipped) << digits.length;
            digits.values[digits.length] = next;
            digits.places[digits.length] = at + gap;
            digits.length += 1;
            at += gap + 1;
        }
        digits
    }

    /// Number of digits read.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The values.
    pub(super) fn values(&self) -> &[u8] {
        &self.values[..self.length]
    }

    /// Position of digit `index`.
    pub(super) fn place(&self, index: usize) -> usize {
        self.places[index]
    }

    /// End of the first `count` digits.
    pub(super) fn end(&self, count: usize) -> usize {
        self.places[count - 1] + 1
    }

    /// Which of the digits `from + 1 .. from + count` have a separator before them;
    /// bit 0 is digit `from` and never set.
    pub(super) fn breaks(&self, from: usize, count: usize) -> u32 {
        self.breaks >> from & ((1 << count) - 1) & !1
    }

    /// As [`Digits::breaks`], for skipped noise.
    pub(super) fn skips(&self, from: usize, count: usize) -> u32 {
        self.skips >> from & ((1 << count) - 1) & !1
    }
}

/// Number of symbols at `at` that separate two digits: a space, hyphen, dash or dot, or a
/// closing bracket with a space or hyphen after it.
fn separator<J: Fn(usize) -> bool>(text: &Text<'_, J>, at: usize) -> usize {
    if text.at(at) == u16::from(b')') {
        return 1 + usize::from(is_separator(text.at(at + 1)));
    }
    usize::from(is_separator(text.at(at)))
}

/// A space, hyphen, dash or dot, as used in numbers written in groups.
pub(super) fn is_separator(symbol: u16) -> bool {
    matches!(symbol, 0x20 | 0x2D | 0x2E | 0xA0 | 0xB7 | 0x2010..=0x2015 | 0x2212 | 0x3000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::entities::text::ascii_digit;

    #[test]
    fn single_separators_are_passed_and_remembered() {
        let symbols: Vec<u16> = "(010) 65-5  9".encode_utf16().collect();
        let all = |_: usize| true;
        let digits = Digits::read(&Text::new(&symbols, &all), 1, ascii_digit);
        assert_eq!(digits.values(), [0, 1, 0, 6, 5, 5]);
        assert_eq!(digits.breaks, 0b10_1000);
        assert_eq!(digits.breaks(3, 3), 0b100);
        assert_eq!((digits.place(3), digits.end(6)), (6, 10));
    }

    #[test]
    fn reading_stops_at_the_limit() {
        let symbols = [u16::from(b'7'); 50];
        let all = |_: usize| true;
        let digits = Digits::read(&Text::new(&symbols, &all), 0, ascii_digit);
        assert_eq!(digits.len(), DIGITS_MAX);
    }
}
