//! Disguises that lengthen a text in front and behind.

use super::characters::is_han;
use super::draw::{draw, nth};
use super::sentences::{CHINESE, ENGLISH};

/// `amount` of the characters of `from`, in turn, half of them in front and half behind.
pub(super) fn pad(text: &str, from: &str, amount: u32) -> String {
    let row = |length: u32| from.chars().cycle().take(length as usize);
    let front = amount / 2;
    row(front).chain(text.chars()).chain(row(amount - front)).collect()
}

/// Ordinary sentences of at least `amount` characters in all, half of them in front and half
/// behind: Chinese ones if the text has Han characters, otherwise English ones.
pub(super) fn prose(text: &str, amount: u32, seed: &str) -> String {
    let is_chinese = text.chars().any(is_han);
    let (sentences, space, stop) =
        if is_chinese { (CHINESE, "", "。") } else { (ENGLISH, " ", ".") };
    let mut number = 0;
    let mut some = |length: u32| {
        let mut prose = String::new();
        while prose.chars().count() < length as usize {
            // Every sentence once before one comes again.
            let chosen = draw(seed, 0) as usize % sentences.len() + number;
            prose.push_str(sentences[chosen % sentences.len()]);
            prose.push_str(space);
            number += 1;
        }
        prose
    };
    let (front, behind) = (some(amount / 2), some(amount - amount / 2));
    let text = text.trim_end();
    // Without an end of sentence the text would continue into the sentences behind it.
    let ends = text.ends_with(['。', '！', '？', '.', '!', '?', '…']);
    let stop = if ends { "" } else { stop };
    format!("{front}{text}{stop}{space}{behind}").trim_end().to_owned()
}

/// One of the characters of `from` after every English word, chosen by `seed`, in `share`
/// percent of the words.
pub(super) fn after_words(text: &str, from: &str, share: u32, seed: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (place, (at, symbol)) in text.char_indices().enumerate() {
        out.push(symbol);
        let rest = &text[at + symbol.len_utf8()..];
        let draw = draw(seed, place);
        if symbol.is_ascii_alphabetic() && !continues(rest) && draw % 100 < u64::from(share) {
            out.extend(nth(from.chars(), draw / 100));
        }
    }
    out
}

/// Does `rest` begin with a letter, or with an apostrophe and a letter?
fn continues(rest: &str) -> bool {
    rest.trim_start_matches(['\'', '’']).starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_padding_is_as_long_as_stated() {
        for amount in [0, 1, 50, 401] {
            let padded = pad("加我", ".", amount);
            assert_eq!(padded.chars().count(), 2 + amount as usize);
            assert_eq!(padded.trim_matches('.'), "加我");
        }
        assert_eq!(pad("x", "ab", 5), "abxaba");
    }

    #[test]
    fn prose_is_in_the_language_of_the_text_and_around_it() {
        for (text, end) in [("加我微信", "。"), ("call me now", ". ")] {
            for amount in [50, 100, 200, 400, 4000] {
                let padded = prose(text, amount, "row");
                let (front, behind) = padded.split_once(&format!("{text}{end}")).unwrap();
                let half = amount as usize / 2;
                assert!(front.chars().count() >= half && behind.chars().count() >= half - 1);
                assert!(padded.chars().count() < amount as usize + 250, "{padded}");
                assert_eq!(padded.chars().any(is_han), end == "。");
            }
        }
        assert_ne!(prose("x", 50, "a"), prose("x", 50, "b"));
        assert!(prose("x!", 50, "a").contains("x! "));
    }

    #[test]
    fn sentences_are_many_and_different() {
        for sentences in [CHINESE, ENGLISH] {
            let mut sorted = sentences.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert!(sorted.len() == sentences.len() && sorted.len() >= 40, "{}", sorted.len());
            assert!(sentences.iter().all(|it| it.ends_with(['。', '.', '！', '?', '？'])));
        }
    }

    #[test]
    fn words_get_their_sign() {
        assert_eq!(after_words("buy it, 加v now2", "!", 100, "row"), "buy! it!, 加v! now!2");
        assert_eq!(after_words("don't 'stop' it’s", "!", 100, "row"), "don't! 'stop!' it’s!");
        assert_eq!(after_words("buy it", "!", 0, "row"), "buy it");
    }
}
