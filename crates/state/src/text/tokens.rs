//! Samples as tokens: Han characters, words, masks.

use super::classes::{NOISE, classes, weight};
use super::masks::Mask;
use super::read::read;
use rustc_hash::FxHashMap;
use tidegate_engine::fold::{OffsetMap, Output, Source, fold_into};

/// Tokens of a sample that are read: more than the characters of one.
const TOKENS_MAX: usize = 4_096;

/// Units below this symbol are letters of words.
const WORD_BELOW: u16 = 0x2E80;

/// A token of a sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Equal for equal tokens: homophones, masks of one kind.
    pub(super) id: u32,
    /// Sum of the weights of its units.
    pub(super) weight: u32,
    /// Its folded symbols.
    pub(super) symbols: (u32, u32),
    /// It is a mask.
    pub(super) mask: Option<Mask>,
}

/// Numbers of tokens: units by their symbol, words after them in order of appearance.
#[derive(Default)]
pub(super) struct Words {
    ids: FxHashMap<Vec<u16>, u32>,
    word: Vec<u16>,
}

impl Words {
    fn id_of_word(&mut self) -> u32 {
        if let Some(id) = self.ids.get(&self.word) {
            return *id;
        }
        let id = u32::from(u16::MAX) + 1 + self.ids.len() as u32;
        self.ids.insert(self.word.clone(), id);
        id
    }
}

/// A sample and its tokens.
pub(super) struct Sample<'t> {
    text: &'t str,
    symbols: Vec<u16>,
    one_to_one: bool,
    map: OffsetMap,
    pub(super) tokens: Vec<Token>,
}

impl<'t> Sample<'t> {
    /// Reads a text; `words` is that of all samples that are compared.
    pub(super) fn new(text: &'t str, words: &mut Words) -> Sample<'t> {
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        let one_to_one = fold_into(text, &mut Output { symbols: &mut symbols, signs: &mut signs });
        let mut map = OffsetMap::default();
        map.begin();
        let tokens = tokens(&symbols, words);
        Sample { text, symbols, one_to_one, map, tokens }
    }

    /// The original text of the tokens `from..to`, without the noise around them.
    pub(super) fn text(&mut self, from: usize, to: usize) -> &'t str {
        if from >= to {
            return "";
        }
        let start = self.byte_range(self.tokens[from].symbols.0).0;
        let end = self.byte_range(self.tokens[to - 1].symbols.1 - 1).1;
        self.text.get(start..end).unwrap_or_default()
    }

    /// The original text of the tokens `from..to` with the noise around them.
    pub(super) fn text_with_noise(&mut self, from: usize, to: usize) -> &'t str {
        let start = match from.checked_sub(1) {
            Some(before) => self.byte_range(self.tokens[before].symbols.1 - 1).1,
            None => 0,
        };
        let end = match self.tokens.get(to) {
            Some(after) => self.byte_range(after.symbols.0).0,
            None => self.text.len(),
        };
        self.text.get(start..end).unwrap_or_default()
    }

    /// What the tokens `from..to` say in folded form, without the noise between them: equal for
    /// spellings of one thing.
    pub(super) fn key(&self, from: usize, to: usize) -> Vec<u16> {
        let classes = classes();
        let mut key = Vec::new();
        for token in &self.tokens[from..to] {
            let symbols = &self.symbols[token.symbols.0 as usize..token.symbols.1 as usize];
            let kept = |symbol: &u16| token.mask.is_some() || classes.of(*symbol) != NOISE;
            key.extend(symbols.iter().copied().filter(kept));
        }
        key
    }

    fn byte_range(&mut self, symbol: u32) -> (usize, usize) {
        let source = Source { text: self.text, is_html: false, one_to_one: self.one_to_one };
        let bytes = self.map.bytes(source, symbol as usize);
        bytes.map_or((0, 0), |(start, end)| (start as usize, end as usize))
    }
}

fn tokens(symbols: &[u16], words: &mut Words) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    // The last token is a word that the next letter may continue.
    let mut in_word = false;
    let finish = |tokens: &mut Vec<Token>, words: &mut Words| {
        if let Some(last) = tokens.last_mut() {
            last.id = words.id_of_word();
        }
    };
    read(symbols, |unit, start, end| {
        let (start, end) = (start as u32, end as u32);
        let mask = Mask::of(unit);
        let is_letter = mask.is_none() && unit < WORD_BELOW;
        if in_word
            && let Some(last) =
                tokens.last_mut().filter(|last| is_letter && last.symbols.1 == start)
        {
            (last.symbols.1, last.weight) = (end, last.weight + weight(unit));
            words.word.push(unit);
            return;
        }
        if in_word {
            finish(&mut tokens, words);
        }
        in_word = is_letter;
        words.word.clear();
        words.word.push(unit);
        match tokens.last_mut() {
            // The second half of a surrogate pair.
            Some(last) if last.symbols == (start, end) && mask.is_none() => {
                last.id = last.id << 16 | u32::from(unit);
            }
            _ => tokens.push(Token {
                id: u32::from(unit),
                weight: weight(unit),
                symbols: (start, end),
                mask,
            }),
        }
    });
    if in_word {
        finish(&mut tokens, words);
    }
    tokens.truncate(TOKENS_MAX);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        let mut words = Words::default();
        let mut sample = Sample::new(text, &mut words);
        (0..sample.tokens.len()).map(|at| sample.text(at, at + 1)).collect()
    }

    #[test]
    fn tokens_are_characters_words_and_masks() {
        for (text, expected) in [
            ("華人ＡＢc，好", &["華", "人", "ＡＢc", "好"][..]),
            ("in the town", &["in", "the", "town"]),
            ("不到3,000个", &["不", "到", "3,000", "个"]),
            ("a12月", &["a", "12", "月"]),
            ("𠀀好😀", &["𠀀", "好"]),
            ("か 한국", &["か", "한", "국"]),
            (" ，", &[]),
            ("见http://a.example。", &["见", "http://a.example"]),
        ] {
            assert_eq!(texts(text), expected, "{text}");
        }
    }

    #[test]
    fn equal_tokens_have_equal_ids() {
        let mut words = Words::default();
        let mut ids = |text: &str| -> Vec<u32> {
            Sample::new(text, &mut words).tokens.iter().map(|token| token.id).collect()
        };
        assert_eq!(ids("華人 Town 5 薇"), ids("华人TOWN 99 微"));
        assert_ne!(ids("town"), ids("down"));
        assert_ne!(ids("𠀀"), ids("𠀁"));
        assert_ne!(ids("ab"), ids("a b"));
    }

    #[test]
    fn weights_add_up() {
        let mut words = Words::default();
        let sample = Sample::new("好town5𠀀", &mut words);
        let weights: Vec<u32> = sample.tokens.iter().map(|token| token.weight).collect();
        assert_eq!(weights, [3, 4, 1, 3]);
    }

    #[test]
    fn texts_and_keys_of_ranges() {
        let mut words = Words::default();
        let mut sample = Sample::new("「華 人」，好!", &mut words);
        assert_eq!(sample.text(0, 2), "華 人");
        assert_eq!(sample.text(1, 1), "");
        assert_eq!(sample.text_with_noise(0, 2), "「華 人」，");
        assert_eq!(sample.text_with_noise(2, 3), "」，好!");
        assert_eq!(sample.key(0, 2), "华人".encode_utf16().collect::<Vec<u16>>());
    }
}
