//! What samples say in one place of a template.

use super::masks::Mask;
use super::tokens::Sample;
use crate::model::Slot;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// Percent of the samples that agree on what is fixed, empty, or of one kind.
pub(super) const MOST_PERCENT: usize = 70;

/// Characters of a value; longer ones are cut and end with `…`.
const VALUE_CHARS: usize = 100;

/// Are `count` of `all` most of them?
pub(super) fn are_most(count: usize, all: usize) -> bool {
    count * 100 >= all * MOST_PERCENT
}

/// The range of tokens that each sample has in one place; `None` where the fixed text next to it is
/// not matched.
pub(super) type Ranges = Vec<Option<(usize, usize)>>;

/// Is the place more than nothing? Not if most ranges are empty.
pub(super) fn is_filled(ranges: &Ranges) -> bool {
    let known = ranges.iter().flatten();
    let empty = known.clone().filter(|(from, to)| from >= to).count();
    !are_most(empty, known.count())
}

/// The slot of a place.
pub(super) fn slot(samples: &mut [Sample<'_>], ranges: &Ranges, between: bool) -> Slot {
    Slot { kind: kind(samples, ranges).to_owned(), between, values: values(samples, ranges) }
}

/// The kind of most values that are not empty.
fn kind(samples: &[Sample<'_>], ranges: &Ranges) -> &'static str {
    let mut counts = [0usize; 3];
    let mut all = 0;
    for (sample, range) in samples.iter().zip(ranges) {
        let Some((from, to)) = range.filter(|(from, to)| from < to) else { continue };
        all += 1;
        let mask = if to - from == 1 { sample.tokens[from].mask } else { None };
        match mask {
            Some(Mask::Number) => counts[0] += 1,
            Some(Mask::Url) => counts[1] += 1,
            Some(Mask::Handle | Mask::Code) => counts[2] += 1,
            Some(Mask::Tag) | None => {}
        }
    }
    let named = ["number", "url", "handle"].into_iter().zip(counts);
    named.into_iter().find(|(_, count)| are_most(*count, all)).map_or("text", |(kind, _)| kind)
}

/// The values that are not empty, with their counts: the most frequent first, then by text. Spellings
/// of one value are counted together, as the first sample has it.
fn values(samples: &mut [Sample<'_>], ranges: &Ranges) -> Vec<(String, u32)> {
    let mut places: FxHashMap<Vec<u16>, usize> = FxHashMap::default();
    let mut values: Vec<(String, u32)> = Vec::new();
    for (sample, range) in samples.iter_mut().zip(ranges) {
        let Some((from, to)) = range.filter(|(from, to)| from < to) else { continue };
        match places.entry(sample.key(from, to)) {
            Entry::Occupied(place) => values[*place.get()].1 += 1,
            Entry::Vacant(place) => {
                place.insert(values.len());
                values.push((shortened(sample.text(from, to)), 1));
            }
        }
    }
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::Words;
    use super::*;

    fn of(texts: &[&str]) -> Slot {
        let mut words = Words::default();
        let mut samples: Vec<Sample<'_>> =
            texts.iter().map(|text| Sample::new(text, &mut words)).collect();
        let ranges: Ranges = samples.iter().map(|sample| Some((0, sample.tokens.len()))).collect();
        slot(&mut samples, &ranges, true)
    }

    #[test]
    fn kinds() {
        for (texts, kind) in [
            (&["3", "五", "12", "2,000"][..], "number"),
            (&["3", "五", "六", "12"], "text"),
            (&["http://a.example", "b.com"], "url"),
            (&["@anna", "wx12345"], "handle"),
            (&["#甲乙", "#甲丙"], "text"),
            (&["3个", "4个"], "text"),
        ] {
            assert_eq!(of(texts).kind, kind, "{texts:?}");
        }
    }

    #[test]
    fn values_are_counted_by_what_they_say() {
        let slot = of(&["台灣", "北京", "台 湾", "", "安庆"]);
        let values: Vec<(&str, u32)> = slot.values.iter().map(|(v, n)| (v.as_str(), *n)).collect();
        assert_eq!(values, [("台灣", 2), ("北京", 1), ("安庆", 1)]);
    }

    #[test]
    fn long_values_are_cut() {
        let at = "好".repeat(VALUE_CHARS);
        assert_eq!(of(&[&at]).values[0].0, at);
        assert_eq!(of(&[&format!("{at}好")]).values[0].0, format!("{at}…"));
    }

    #[test]
    fn a_place_is_filled_unless_most_are_empty() {
        let ranges = |empty: usize, full: usize| {
            let mut ranges = vec![Some((1, 1)); empty];
            ranges.extend(vec![Some((1, 2)); full]);
            ranges.push(None);
            ranges
        };
        assert!(is_filled(&ranges(6, 4)) && !is_filled(&ranges(7, 3)));
        assert!(!is_filled(&ranges(0, 0)));
    }
}
