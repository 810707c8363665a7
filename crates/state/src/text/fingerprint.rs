//! The fingerprint of a post.

use super::own::{Strip, may_quote, own_into};
use super::read::read;
use super::sketch::{Lowest, Units};
use std::borrow::Cow;
use tidegate_engine::fold::{Output, fold_into};
use tidegate_engine::html;

/// Texts lighter than this (4 Han characters, 12 letters) are compared with none.
pub const WHOLE_WEIGHT: u32 = 12;
/// Texts lighter than this (15 Han characters, 45 letters) are compared as a whole and have no
/// sketch.
pub const SKETCH_WEIGHT: u32 = 45;
/// The lowest hashes of a sketch, by which others are found.
pub const KEYS: usize = 8;
/// Characters of a sample.
pub const SAMPLE_CHARS: usize = 4_000;

const SPACE: u16 = b' ' as u16;

/// Settings, shared by threads.
#[derive(Debug, Default)]
pub struct Fingerprinter {
    strip: Strip,
}

/// A field of a post.
#[derive(Clone, Copy, Debug)]
pub struct FieldText<'a> {
    /// Its decoded text.
    pub text: &'a str,
    /// The text is HTML.
    pub html: bool,
}

impl FieldText<'_> {
    /// What a reader sees. `buffer` receives it if it is not the text itself.
    fn visible<'b>(&'b self, buffer: &'b mut String) -> &'b str {
        if !self.html {
            return self.text;
        }
        buffer.clear();
        buffer.extend(html::pieces(self.text).map(|(character, _)| character));
        buffer
    }
}

/// Buffers of a thread: once they have grown, only the sketch of a fingerprint is allocated, and
/// buffers for posts with `strip` literals.
#[derive(Debug, Default)]
pub struct TextScratch {
    visible: String,
    own: String,
    symbols: Vec<u16>,
    signs: Vec<u32>,
    units: Units,
    lowest: Lowest,
    /// The own words that [`Fingerprinter::fingerprint`] read, field by field, joined by a line break.
    sample: String,
}

impl TextScratch {
    /// The own words of title and text of the last fingerprint as a reader sees them, joined by a line
    /// break, cut after [`SAMPLE_CHARS`] characters: what samples keep.
    pub fn sample(&self) -> &str {
        // It has as many characters as bytes at most.
        if self.sample.len() <= SAMPLE_CHARS {
            return &self.sample;
        }
        let end = self.sample.char_indices().nth(SAMPLE_CHARS);
        end.map_or(self.sample.as_str(), |(end, _)| &self.sample[..end])
    }
}

/// What a text is compared by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Sum of the weights of its units: 1 for a letter or a mask, 3 for Han, kana and Hangul.
    pub weight: u32,
    /// Hash of the whole sequence of units.
    pub whole: u64,
    /// The lowest 64 hashes of shingles, ascending and distinct; empty below [`SKETCH_WEIGHT`].
    pub sketch: Box<[u32]>,
}

impl Fingerprint {
    /// The lowest [`KEYS`] hashes.
    pub fn keys(&self) -> &[u32] {
        &self.sketch[..self.sketch.len().min(KEYS)]
    }
}

impl Fingerprinter {
    /// With literals that are no own words: `strip` of the measures. Empty ones have no effect.
    pub fn new(strip: &[String]) -> Fingerprinter {
        Fingerprinter { strip: Strip::new(strip) }
    }

    /// The fingerprint of title and text, in this order. Linear in their length.
    pub fn fingerprint(&self, fields: &[FieldText<'_>], scratch: &mut TextScratch) -> Fingerprint {
        let TextScratch { visible, own, symbols, signs, units, lowest, sample } = scratch;
        symbols.clear();
        signs.clear();
        sample.clear();
        for field in fields {
            let text = field.visible(visible);
            if !symbols.is_empty() && symbols.last() != Some(&SPACE) {
                symbols.push(SPACE);
            }
            if !sample.is_empty() {
                sample.push('\n');
            }
            let start = symbols.len();
            fold_into(text, &mut Output { symbols, signs });
            if may_quote(&symbols[start..], &self.strip) {
                symbols.truncate(start);
                own_into(text, &self.strip, own);
                fold_into(own, &mut Output { symbols, signs });
                sample.push_str(own);
            } else {
                sample.push_str(text);
            }
        }
        units.clear();
        read(symbols, |unit, _, _| units.push(unit));
        let weight = units.total();
        let sketch = if weight < SKETCH_WEIGHT { Box::default() } else { lowest.of(units).into() };
        Fingerprint { weight, whole: units.whole(), sketch }
    }

    /// The own words of a text. Those of a sample are the sample.
    pub(super) fn own<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut own = String::new();
        own_into(text, &self.strip, &mut own);
        if own == text { Cow::Borrowed(text) } else { Cow::Owned(own) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(fingerprinter: &Fingerprinter, text: &str) -> Fingerprint {
        let field = FieldText { text, html: false };
        fingerprinter.fingerprint(&[field], &mut TextScratch::default())
    }

    fn plain(text: &str) -> Fingerprint {
        of(&Fingerprinter::default(), text)
    }

    const STORY: &str = "青石镇的水厂上周突然停工，三个车间的账目对不上，有人说少了一大笔钱";

    #[test]
    fn disguises_have_the_same_fingerprint() {
        let expected = plain(STORY);
        assert!(expected.weight >= SKETCH_WEIGHT);
        for disguise in [
            "青石鎮的水廠上週突然停工，三個車間的賬目對不上，有人說少了一大筆錢",
            "青😀石镇的水 厂上周\n突然停工 三个车★间的账目对不上有人\u{200B}说少了一大笔钱！！！",
            "清石镇的水厂上周突然停公，三个车间的帐目对不上，有人说少了一大笔钱",
        ] {
            assert_eq!(plain(disguise), expected, "{disguise}");
        }
        assert_ne!(plain(&STORY.replace("水厂", "学校")), expected);
    }

    #[test]
    fn changing_parts_are_masked() {
        let text = |number: &str, link: &str, name: &str, tag: &str, code: &str| {
            format!("共{number}元，见{link} 问@{name} 看#{tag}# 加{code}")
        };
        assert_eq!(
            plain(&text("1,000", "http://a.example/1", "小城故事", "大事", "wx12345")),
            plain(&text("99", "https://b.example/2?c", "anna_99", "别的事", "ab_9988")),
        );
    }

    #[test]
    fn weights_decide_what_is_compared() {
        for (text, weight, sketch) in [
            ("", 0, 0),
            ("好好好好", 12, 0),
            (&*"好".repeat(14), 42, 0),
            ("一二三四五六七八九十甲乙丙丁戊", 45, 13),
            (&*"好".repeat(15), 45, 1),
            ("abc 12", 4, 0),
        ] {
            let found = plain(text);
            assert_eq!((found.weight, found.sketch.len()), (weight, sketch), "{text}");
            assert_eq!(found.keys().len(), sketch.min(KEYS), "{text}");
        }
    }

    #[test]
    fn quotations_and_strip_literals_are_no_own_words() {
        let fingerprinter = Fingerprinter::new(&["免费注册网站导航".to_owned()]);
        for text in [
            "{STORY}//@乙:别的话",
            "{STORY} RT @anna: other words",
            "> 别人的话\n{STORY}\n＞ 别人的话",
            "免费注册网站导航{STORY}免費注册網站導航",
        ] {
            let text = text.replace("{STORY}", STORY);
            assert_eq!(of(&fingerprinter, &text), plain(STORY), "{text}");
        }
        assert_eq!(plain("RT @anna: 别人的话别人的话别人的话").weight, 0);
    }

    #[test]
    fn fields_are_joined_and_html_is_read() {
        let mut scratch = TextScratch::default();
        let fingerprinter = Fingerprinter::default();
        let (title, text) = STORY.split_at(STORY.find('三').unwrap_or(0));
        let html = format!("<p>&gt; <b>别人</b></p><p>{text}</p>");
        let fields =
            [FieldText { text: title, html: false }, FieldText { text: &html, html: true }];
        assert_eq!(fingerprinter.fingerprint(&fields, &mut scratch), plain(STORY));
        assert_eq!(scratch.sample(), format!("{title}\n\n{text}"));
        // A quotation in the title leaves the text.
        let fields =
            [FieldText { text: "//@乙:x", html: false }, FieldText { text: STORY, html: false }];
        assert_eq!(fingerprinter.fingerprint(&fields, &mut scratch), plain(STORY));
        assert_eq!(scratch.sample(), STORY);
    }

    #[test]
    fn samples_are_cut_after_4000_characters() {
        let sample = |text: &str| {
            let mut scratch = TextScratch::default();
            let fields = [FieldText { text, html: false }];
            Fingerprinter::default().fingerprint(&fields, &mut scratch);
            scratch.sample().to_owned()
        };
        let at = "好".repeat(SAMPLE_CHARS);
        assert_eq!(sample(&at), at);
        assert_eq!(sample(&format!("{at}x")), at);
    }

    /// A character that folds as `c` does.
    fn disguised(c: char, by: usize) -> String {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c);
        match (c, by % 4) {
            ('!'..='~', 1) => wide(c).to_string(),
            ('a'..='z', 2) => c.to_ascii_uppercase().to_string(),
            ('国', 1..=3) => "國".to_owned(),
            (c, 3) if !c.is_ascii_whitespace() => format!("{c}\u{200B}"),
            (c, _) => c.to_string(),
        }
    }

    proptest! {
        #[test]
        fn texts_that_fold_alike_have_equal_fingerprints(
            text in "([a-c国事五@#/>.:\n 0-9]|RT @|//@|www\\.|http://){0,40}",
            by in prop::collection::vec(0usize..4, 50),
        ) {
            let other: String =
                text.chars().zip(by.iter().cycle()).map(|(c, by)| disguised(c, *by)).collect();
            prop_assert_eq!(plain(&other), plain(&text), "{:?}", other);
        }

        #[test]
        fn noise_changes_nothing(
            words in prop::collection::vec("[一-龥]{1,9}", 1..9),
            noise in prop::collection::vec("[，。！ \n😀★~_、（）\u{200B}…]{0,5}", 10),
        ) {
            let noisy: String =
                words.iter().zip(&noise).map(|(word, noise)| format!("{noise}{word}")).collect();
            prop_assert_eq!(plain(&noisy), plain(&words.concat()));
        }

        #[test]
        fn a_sample_has_the_fingerprint_of_its_fields(
            title in "[a-c国事@#/.: 0-9]{0,20}",
            text in "([a-c国事@#/.:\n 0-9]|<p>|<b>|&gt;|&amp;){0,30}",
            html in any::<bool>(),
        ) {
            let fingerprinter = Fingerprinter::default();
            let fields = [FieldText { text: &title, html: false }, FieldText { text: &text, html }];
            let mut scratch = TextScratch::default();
            let direct = fingerprinter.fingerprint(&fields, &mut scratch);
            let sample = scratch.sample();
            // The end of one field and the start of the next may make a quotation.
            prop_assume!(fingerprinter.own(sample) == sample);
            prop_assert_eq!(plain(sample), direct);
        }

        #[test]
        fn scratch_does_not_matter(texts in prop::collection::vec("\\PC{0,300}", 1..4)) {
            let (fingerprinter, mut scratch) = (Fingerprinter::default(), TextScratch::default());
            for text in &texts {
                let fields = [FieldText { text, html: false }];
                prop_assert_eq!(fingerprinter.fingerprint(&fields, &mut scratch), plain(text));
            }
        }
    }
}
