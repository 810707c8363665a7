//! The longest common subsequence of a sample and the base.
//!
//! Bit-parallel (Crochemore et al., 2001): a row of the table is a bit for each token of the base,
//! so a row costs one addition for 64 of them. The differences of all rows are kept, and the path
//! is read from them.
//!
//! Reference implementation for tests: the table, cell by cell.

use super::tokens::Token;
use rustc_hash::FxHashMap;

/// A sample has no token for this one of the base.
pub(super) const UNMATCHED: u32 = u32::MAX;

/// Weight of the shortest run of matched tokens that counts.
const RUN_WEIGHT: u32 = 6;

/// The base, ready to be compared.
pub(super) struct Base<'b> {
    tokens: &'b [Token],
    /// For each token of the base, its places from the end, as bits.
    places: FxHashMap<u32, Vec<u64>>,
    words: usize,
    /// No place.
    none: Vec<u64>,
}

/// Buffers of [`Base::align`].
#[derive(Default)]
pub(super) struct Rows {
    /// One row of bits for each token of the sample and one more, the last one first: bit clear, the
    /// subsequence from here is longer than the one from the next token of the base.
    bits: Vec<u64>,
}

impl<'b> Base<'b> {
    pub(super) fn new(tokens: &'b [Token]) -> Base<'b> {
        let words = tokens.len().div_ceil(64);
        let mut places: FxHashMap<u32, Vec<u64>> = FxHashMap::default();
        for (place, token) in tokens.iter().rev().enumerate() {
            places.entry(token.id).or_insert_with(|| vec![0; words])[place / 64] |=
                1 << (place % 64);
        }
        Base { tokens, places, words, none: vec![0; words] }
    }

    /// For each token of the base, the token of the sample that it is matched with, or
    /// [`UNMATCHED`]. Where both ways are as long, the path steps the base. Runs that are lighter
    /// than 6 are not matched.
    pub(super) fn align(&self, sample: &[Token], rows: &mut Rows) -> Vec<u32> {
        self.fill(sample, rows);
        let mut matched = self.path(sample, rows);
        self.drop_light_runs(&mut matched);
        matched
    }

    fn fill(&self, sample: &[Token], rows: &mut Rows) {
        rows.bits.clear();
        rows.bits.resize(self.words * (sample.len() + 1), u64::MAX);
        for (row, token) in sample.iter().rev().enumerate() {
            let places = self.places.get(&token.id).unwrap_or(&self.none);
            let (before, next) = rows.bits.split_at_mut((row + 1) * self.words);
            let before = &before[row * self.words..];
            let mut carry = false;
            for ((next, before), places) in next.iter_mut().zip(before).zip(places) {
                let shared = before & places;
                let (sum, over) = before.overflowing_add(shared);
                let (sum, over_by_carry) = sum.overflowing_add(u64::from(carry));
                carry = over | over_by_carry;
                *next = sum | (before & !places);
            }
        }
    }

    fn path(&self, sample: &[Token], rows: &Rows) -> Vec<u32> {
        let mut matched = vec![UNMATCHED; self.tokens.len()];
        let (mut at, mut base) = (0, 0);
        while at < sample.len() && base < self.tokens.len() {
            if sample[at].id == self.tokens[base].id {
                matched[base] = at as u32;
                (at, base) = (at + 1, base + 1);
                continue;
            }
            let place = self.tokens.len() - 1 - base;
            let row = (sample.len() - at) * self.words;
            let longer = rows.bits[row + place / 64] >> (place % 64) & 1 == 0;
            (at, base) = if longer { (at + 1, base) } else { (at, base + 1) };
        }
        matched
    }

    fn drop_light_runs(&self, matched: &mut [u32]) {
        let mut start = 0;
        while start < matched.len() {
            let mut end = start + 1;
            if matched[start] != UNMATCHED {
                while end < matched.len() && matched[end] == matched[end - 1] + 1 {
                    end += 1;
                }
                let weight: u32 = self.tokens[start..end].iter().map(|token| token.weight).sum();
                if weight < RUN_WEIGHT {
                    matched[start..end].fill(UNMATCHED);
                }
            }
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(ids: &[u32], weight: u32) -> Vec<Token> {
        ids.iter().map(|id| Token { id: *id, weight, symbols: (0, 0), mask: None }).collect()
    }

    /// The table, cell by cell, and its path.
    fn slowly(sample: &[u32], base: &[u32]) -> Vec<u32> {
        let mut length = vec![vec![0; base.len() + 1]; sample.len() + 1];
        for at in (0..sample.len()).rev() {
            for j in (0..base.len()).rev() {
                length[at][j] = match sample[at] == base[j] {
                    true => length[at + 1][j + 1] + 1,
                    false => length[at + 1][j].max(length[at][j + 1]),
                };
            }
        }
        let mut matched = vec![UNMATCHED; base.len()];
        let (mut at, mut j) = (0, 0);
        while at < sample.len() && j < base.len() {
            if sample[at] == base[j] {
                matched[j] = at as u32;
                (at, j) = (at + 1, j + 1);
            } else if length[at][j + 1] >= length[at + 1][j] {
                j += 1;
            } else {
                at += 1;
            }
        }
        matched
    }

    #[test]
    fn light_runs_are_not_matched() {
        let base = tokens(&[1, 2, 3, 4, 5, 6], 3);
        let sample = tokens(&[1, 2, 9, 4, 8, 6], 3);
        let matched = Base::new(&base).align(&sample, &mut Rows::default());
        let none = UNMATCHED;
        assert_eq!(matched, [0, 1, none, none, none, none]);
        // In the sample, something is between.
        let sample = tokens(&[1, 9, 2, 3, 4], 3);
        let matched = Base::new(&base).align(&sample, &mut Rows::default());
        assert_eq!(matched, [none, 2, 3, 4, none, none]);
    }

    #[test]
    fn nothing_is_like_nothing() {
        let one = tokens(&[1], 6);
        assert_eq!(Base::new(&[]).align(&one, &mut Rows::default()), [0u32; 0]);
        assert_eq!(Base::new(&one).align(&[], &mut Rows::default()), [UNMATCHED]);
        assert_eq!(Base::new(&one).align(&one, &mut Rows::default()), [0]);
    }

    proptest! {
        #[test]
        fn equals_the_table(
            base in prop::collection::vec(0u32..6, 0..200),
            samples in prop::collection::vec(prop::collection::vec(0u32..6, 0..200), 1..3),
        ) {
            let tokens_of_base = tokens(&base, RUN_WEIGHT);
            let compared = Base::new(&tokens_of_base);
            let mut rows = Rows::default();
            for sample in samples {
                let fast = compared.align(&tokens(&sample, RUN_WEIGHT), &mut rows);
                prop_assert_eq!(fast, slowly(&sample, &base));
            }
        }
    }
}
