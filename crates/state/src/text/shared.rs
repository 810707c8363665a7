//! What two texts have in common, for people.

use super::fingerprint::Fingerprinter;
use super::read::read;
use super::sketch::Units;
use rustc_hash::FxHashSet;
use tidegate_engine::fold::{OffsetMap, Output, Source, fold_into};

/// The parts of `a`, as written, that consist of shingles that `b` has too: the heaviest first, then
/// in order; equal ones once.
pub fn shared_runs(a: &str, b: &str, f: &Fingerprinter) -> Vec<String> {
    let (a, b) = (f.own(a), f.own(b));
    let mut known = FxHashSet::default();
    Read::new(&b).units.shingles(|hash, _, _| {
        known.insert(hash);
    });
    let read = Read::new(&a);
    let mut runs: Vec<(usize, usize)> = Vec::new();
    read.units.shingles(|hash, start, end| {
        if !known.contains(&hash) {
            return;
        }
        match runs.last_mut() {
            Some(run) if start < run.1 => run.1 = end,
            _ => runs.push((start, end)),
        }
    });
    runs.sort_by_key(|(start, end)| {
        (std::cmp::Reverse(read.units.weight_of(*start, *end)), *start)
    });
    read.texts(&a, &runs)
}

/// A text as units, with their places.
struct Read {
    one_to_one: bool,
    units: Units,
    /// For each unit its folded symbols.
    places: Vec<(usize, usize)>,
}

impl Read {
    fn new(text: &str) -> Read {
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        let one_to_one = fold_into(text, &mut Output { symbols: &mut symbols, signs: &mut signs });
        let (mut units, mut places) = (Units::default(), Vec::new());
        read(&symbols, |unit, start, end| {
            units.push(unit);
            places.push((start, end));
        });
        Read { one_to_one, units, places }
    }

    /// The original texts of runs of units.
    fn texts(&self, text: &str, runs: &[(usize, usize)]) -> Vec<String> {
        let source = Source { text, is_html: false, one_to_one: self.one_to_one };
        let mut map = OffsetMap::default();
        map.begin();
        let mut texts: Vec<String> = Vec::new();
        for (start, end) in runs.iter().copied() {
            let (first, last) = (self.places[start].0, self.places[end - 1].1 - 1);
            let bytes = map.bytes(source, first).zip(map.bytes(source, last));
            let part = bytes.and_then(|(first, last)| text.get(first.0 as usize..last.1 as usize));
            let part = part.unwrap_or_default().to_owned();
            if !texts.contains(&part) {
                texts.push(part);
            }
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &str, b: &str) -> Vec<String> {
        shared_runs(a, b, &Fingerprinter::default())
    }

    #[test]
    fn common_parts_as_the_first_text_has_them() {
        assert_eq!(
            of("水厂停工了，老板卷款离开，镇上议论纷纷", "水廠停工了！有人说老 板卷款离开"),
            ["水厂停工了", "老板卷款离开"].iter().rev().copied().collect::<Vec<_>>()
        );
        assert_eq!(of("水😀厂 停", "水厂停"), ["水😀厂 停"]);
        assert_eq!(of("the old mills", "an old mills burned"), ["old mills"]);
        assert_eq!(of("水厂", "水厂"), [""; 0]);
        assert_eq!(of("一二三x一二三", "一二三"), ["一二三"]);
    }

    #[test]
    fn quotations_are_not_shared() {
        assert_eq!(of("一二三四//@甲:水厂停工", "水厂停工"), [""; 0]);
    }
}
