//! The common text of samples, and the slots where they differ.
//!
//! 1. A sample is a list of tokens: Han characters, words, masks.
//! 2. The base is the sample that is most like the others; each sample is aligned with it.
//! 3. Tokens of the base that most samples have are fixed. A number, link, handle or tag is fixed
//!    only where most samples have the same.
//! 4. What lies between fixed text is a slot, with the values of the samples.
//!
//! The time is that of the alignments: samples × length × length / 64.

use super::align::{Base, Rows, UNMATCHED};
use super::fingerprint::Fingerprinter;
use super::medoid::medoid;
use super::slots::{Ranges, are_most, is_filled, slot};
use super::tokens::{Sample, Words};
use crate::model::TemplateRecord;

/// Common text and slots of at least two samples, as [`TextScratch::sample`](super::TextScratch::sample)
/// returns them. `None` if there are fewer or they have no common text. 40 samples of 600 characters
/// take less than two milliseconds, of 4,000 characters some 35 (`examples/fingerprint_speed.rs`).
pub fn template(texts: &[&str], fingerprinter: &Fingerprinter) -> Option<TemplateRecord> {
    if texts.len() < 2 {
        return None;
    }
    let own: Vec<_> = texts.iter().map(|text| fingerprinter.own(text)).collect();
    let mut words = Words::default();
    let mut samples: Vec<Sample<'_>> =
        own.iter().map(|text| Sample::new(text, &mut words)).collect();
    let base = medoid(&samples);
    let aligned = aligned(&samples, base);
    let fixed = fixed(&samples, &aligned, base);
    let runs = runs(&fixed, &aligned);
    if runs.is_empty() { None } else { Some(record(&mut samples, base, &aligned, &runs)) }
}

/// For each sample and each token of the base: the token that it is matched with.
fn aligned(samples: &[Sample<'_>], base: usize) -> Vec<Vec<u32>> {
    let compared = Base::new(&samples[base].tokens);
    let mut rows = Rows::default();
    let align = |(at, sample): (usize, &Sample<'_>)| match at == base {
        true => (0..sample.tokens.len() as u32).collect(),
        false => compared.align(&sample.tokens, &mut rows),
    };
    samples.iter().enumerate().map(align).collect()
}

/// Which tokens of the base most samples have.
fn fixed(samples: &[Sample<'_>], aligned: &[Vec<u32>], base: usize) -> Vec<bool> {
    let tokens = &samples[base].tokens;
    let has = |sample: usize, token: usize| match aligned[sample][token] {
        UNMATCHED => false,
        _ if tokens[token].mask.is_none() => true,
        at => {
            let at = at as usize;
            samples[sample].key(at, at + 1) == samples[base].key(token, token + 1)
        }
    };
    (0..tokens.len())
        .map(|token| {
            let count = (0..samples.len()).filter(|sample| has(*sample, token)).count();
            are_most(count, samples.len())
        })
        .collect()
}

/// The runs of fixed tokens. A run ends also where most samples have more text than the base.
fn runs(fixed: &[bool], aligned: &[Vec<u32>]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for token in (0..fixed.len()).filter(|token| fixed[*token]) {
        match runs.last_mut() {
            Some(run) if run.1 == token && !is_filled(&ranges(aligned, token, token)) => {
                run.1 = token + 1;
            }
            _ => runs.push((token, token + 1)),
        }
    }
    runs
}

/// What each sample has between the fixed tokens `before - 1` and `after` of the base.
fn ranges(aligned: &[Vec<u32>], before: usize, after: usize) -> Ranges {
    let known = |at: u32| (at != UNMATCHED).then_some(at as usize);
    let range = |matched: &Vec<u32>| {
        Some((known(matched[before.checked_sub(1)?])? + 1, known(*matched.get(after)?)?))
    };
    aligned.iter().map(range).collect()
}

/// What each sample has before the fixed token `after` of the base.
fn ranges_before(aligned: &[Vec<u32>], after: usize) -> Ranges {
    let end = |matched: &Vec<u32>| matched.get(after).filter(|at| **at != UNMATCHED).copied();
    aligned.iter().map(|matched| Some((0, end(matched)? as usize))).collect()
}

/// What each sample has after the fixed token `before - 1` of the base.
fn ranges_after(samples: &[Sample<'_>], aligned: &[Vec<u32>], before: usize) -> Ranges {
    let range = |(sample, matched): (&Sample<'_>, &Vec<u32>)| {
        let last = matched.get(before.checked_sub(1)?).filter(|at| **at != UNMATCHED)?;
        Some((*last as usize + 1, sample.tokens.len()))
    };
    samples.iter().zip(aligned).map(range).collect()
}

fn record(
    samples: &mut [Sample<'_>],
    base: usize,
    aligned: &[Vec<u32>],
    runs: &[(usize, usize)],
) -> TemplateRecord {
    let mut record = TemplateRecord { text: String::new(), fixed_weight: 0, slots: Vec::new() };
    let mut end = None;
    for (from, to) in runs.iter().copied() {
        let ranges = match end {
            Some(end) => ranges(aligned, end, from),
            None => ranges_before(aligned, from),
        };
        add_slot(&mut record, samples, &ranges, end.is_some());
        record.text.push_str(samples[base].text_with_noise(from, to));
        record.fixed_weight +=
            samples[base].tokens[from..to].iter().map(|token| token.weight).sum::<u32>();
        end = Some(to);
    }
    let ranges = ranges_after(samples, aligned, end.unwrap_or(0));
    add_slot(&mut record, samples, &ranges, false);
    record.text = record.text.trim().to_owned();
    record
}

fn add_slot(
    record: &mut TemplateRecord,
    samples: &mut [Sample<'_>],
    ranges: &Ranges,
    between: bool,
) {
    if !is_filled(ranges) {
        return;
    }
    let slot = slot(samples, ranges, between);
    let number = record.slots.len() + 1;
    record.text.push_str(&format!("{{{number}:{}}}", slot.kind));
    record.slots.push(slot);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(texts: &[&str]) -> Option<TemplateRecord> {
        template(texts, &Fingerprinter::default())
    }

    fn values(record: &TemplateRecord, slot: usize) -> Vec<(&str, u32)> {
        record.slots[slot].values.iter().map(|(value, count)| (value.as_str(), *count)).collect()
    }

    #[test]
    fn names_and_numbers_are_slots() {
        let texts = [
            "青石镇的水厂出大事了，老板表弟跑了不到3个月就被找到",
            "白沙村的水厂出大事了！老板同学跑了不到5个月就被找到",
            "青石鎮的水廠出大事了，老板邻居跑了不到12个月就被找到",
            "柳河的水厂出大事了，老板表弟跑了不到3个月就被找到",
        ];
        let record = of(&texts).expect("a template");
        assert_eq!(
            record.text,
            "{1:text}的水厂出大事了，老板{2:text}跑了不到{3:number}个月就被找到"
        );
        assert_eq!(values(&record, 0), [("青石镇", 2), ("柳河", 1), ("白沙村", 1)]);
        assert_eq!(values(&record, 1), [("表弟", 2), ("同学", 1), ("邻居", 1)]);
        assert_eq!(values(&record, 2), [("3", 2), ("12", 1), ("5", 1)]);
        let between: Vec<bool> = record.slots.iter().map(|slot| slot.between).collect();
        assert_eq!(between, [false, true, true]);
        assert_eq!(record.fixed_weight, 3 * 19);
    }

    #[test]
    fn words_keep_their_spaces() {
        let texts = [
            "The old mill in Brook lost 300 tons of grain last night",
            "the old mill in Stone lost 40 tons of grain last night",
            "The old mill in Upper Dale lost 5 tons of grain last night",
        ];
        let record = of(&texts).expect("a template");
        assert_eq!(
            record.text,
            "The old mill in {1:text} lost {2:number} tons of grain last night"
        );
        assert_eq!(values(&record, 0), [("Brook", 1), ("Stone", 1), ("Upper Dale", 1)]);
    }

    #[test]
    fn equal_numbers_and_links_are_fixed() {
        let record = of(&[
            "加入青石投资2024计划见https://a.example/x",
            "加入白沙投资2024计划见https://a.example/x",
            "加入柳河投资2024计划见https://a.example/y",
        ]);
        let record = record.expect("a template");
        assert_eq!(record.text, "加入{1:text}投资2024计划见{2:url}");
        assert!(!record.slots[1].between);
    }

    #[test]
    fn text_that_the_base_lacks_is_a_slot() {
        let record = of(&["一二三四五六七八", "一二三四甲五六七八", "一二三四乙五六七八"]);
        let record = record.expect("a template");
        assert_eq!(record.text, "一二三四{1:text}五六七八");
        assert_eq!(values(&record, 0), [("乙", 1), ("甲", 1)]);
    }

    #[test]
    fn places_that_are_mostly_empty_are_no_slots() {
        let mut texts = vec!["一二三四，五六七八"; 7];
        texts.extend(["一二三四甲五六七八"; 3]);
        let record = of(&texts).expect("a template");
        assert_eq!((record.text.as_str(), record.slots.len()), ("一二三四，五六七八", 0));
        texts.pop();
        texts.extend(["一二三四甲五六七八"; 2]);
        assert_eq!(of(&texts).map(|record| record.slots.len()), Some(1));
    }

    #[test]
    fn two_common_characters_are_no_template() {
        assert_eq!(of(&["一二三四五六"]), None);
        assert_eq!(of(&["一二甲乙丙丁", "一三戊己庚辛"]), None);
        assert_eq!(of(&["", ""]), None);
        assert_eq!(
            of(&["甲一二乙", "丙一二丁"]).map(|it| it.text).as_deref(),
            Some("{1:text}一二{2:text}")
        );
    }

    #[test]
    fn quotations_are_no_part_of_it() {
        let record = of(&["一二三四五六//@甲:x", "一二三四五六\n> y"]);
        assert_eq!(record.map(|record| record.text).as_deref(), Some("一二三四五六"));
    }

    proptest! {
        #[test]
        fn slots_are_numbered_and_hold_values_of_samples(
            texts in prop::collection::vec("[一二三四五甲乙5 ,a-c]{0,40}", 2..8),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let Some(record) = of(&texts) else { return Ok(()) };
            prop_assert!(record.fixed_weight > 0);
            for (at, slot) in record.slots.iter().enumerate() {
                let name = format!("{{{}:{}}}", at + 1, slot.kind);
                prop_assert_eq!(record.text.matches(&name).count(), 1);
                let total: u32 = slot.values.iter().map(|(_, count)| count).sum();
                prop_assert!(total >= 1 && total as usize <= texts.len());
                for (value, _) in &slot.values {
                    prop_assert!(texts.iter().any(|text| text.contains(value.as_str())));
                }
            }
            prop_assert_eq!(of(&texts), Some(record));
        }

        #[test]
        fn equal_texts_are_fixed_as_a_whole(text in "[一二三四五甲乙5,a-c]{6,40}", n in 2usize..6) {
            let Some(record) = of(&vec![text.as_str(); n]) else { return Ok(()) };
            prop_assert_eq!(record.slots.len(), 0);
            prop_assert_eq!(record.text, text.trim());
        }
    }
}
