//! The sample that is most like all others.

use super::tokens::Sample;
use rustc_hash::FxHashMap;

/// Fixed point of similarities.
const ONE: u64 = 1_000_000;

/// The sample with the largest sum of Jaccard similarities of token pairs with the others; of
/// equal ones the first.
pub(super) fn medoid(samples: &[Sample<'_>]) -> usize {
    let mut numbers: FxHashMap<u64, u32> = FxHashMap::default();
    let pairs: Vec<Vec<u32>> =
        samples.iter().map(|sample| numbered_pairs(sample, &mut numbers)).collect();
    let words = numbers.len().div_ceil(64);
    let sets: Vec<Vec<u64>> = pairs.iter().map(|pairs| bits(pairs, words)).collect();
    let sizes: Vec<u64> = sets.iter().map(|set| ones(set.iter().copied())).collect();
    let mut sums = vec![0u64; samples.len()];
    for one in 0..sets.len() {
        for other in one + 1..sets.len() {
            let both = ones(sets[one].iter().zip(&sets[other]).map(|(a, b)| a & b));
            let union = sizes[one] + sizes[other] - both;
            let similarity = both * ONE / union.max(1);
            sums[one] += similarity;
            sums[other] += similarity;
        }
    }
    let best = sums.iter().copied().max().unwrap_or(0);
    sums.iter().position(|sum| *sum == best).unwrap_or(0)
}

/// The pairs of neighbouring tokens, each as its number among all.
fn numbered_pairs(sample: &Sample<'_>, numbers: &mut FxHashMap<u64, u32>) -> Vec<u32> {
    let pairs = sample.tokens.windows(2);
    pairs
        .map(|pair| {
            let next = numbers.len() as u32;
            *numbers.entry(u64::from(pair[0].id) << 32 | u64::from(pair[1].id)).or_insert(next)
        })
        .collect()
}

fn bits(members: &[u32], words: usize) -> Vec<u64> {
    let mut set = vec![0; words];
    for member in members {
        set[*member as usize / 64] |= 1 << (member % 64);
    }
    set
}

fn ones(words: impl Iterator<Item = u64>) -> u64 {
    words.map(|word| u64::from(word.count_ones())).sum()
}

#[cfg(test)]
mod tests {
    use super::super::tokens::Words;
    use super::*;

    fn of(texts: &[&str]) -> usize {
        let mut words = Words::default();
        let samples: Vec<Sample<'_>> =
            texts.iter().map(|text| Sample::new(text, &mut words)).collect();
        medoid(&samples)
    }

    #[test]
    fn the_most_similar_sample_is_the_base() {
        assert_eq!(of(&["甲乙丙丁", "一二三四五六七", "一二三四五六", "一二三四五"]), 2);
        assert_eq!(of(&["一二三", "一二三", "甲乙"]), 0);
        assert_eq!(of(&["", "一", "一二三"]), 0);
        assert_eq!(of(&["x", "一二三四", "一二三九"]), 1);
    }
}
