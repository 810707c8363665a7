//! An estimate of how common strings of symbols are in posts.
//!
//! Only speed depends on it: a literal that is more common than estimated costs candidates, never
//! hits.
//!
//! The estimates come from two lists of words with frequencies (`data/`; each file names its source
//! and licence). Strings of Latin letters are estimated by the trigrams of the English list, strings
//! of Han characters by the pairs within the words of the Chinese list, with word ends in between.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

const ENGLISH: &str = include_str!("data/english.txt");
const CHINESE: &str = include_str!("data/chinese.txt");

/// Common characters of written Chinese, the most frequent first. The list of words counts what is
/// a word of its own too rarely.
const HAN: &str = "的一是了我不在人有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坐集编宝谈府拉黑且随格尽剑讲布杀微怕母调局根曾准团段终乐切级克精哪官示冲竟乎男举客证苦照注费足尔招群热推晚响称兴待约阳哥惊吗整支古汉突号绝选吧参刊亚复伤类备欢另港势刻星断陈掌农夜般念价脑规底故省妈刚句显消衣陆器确破具居批送";

// The constants below are assumptions about ordinary posts, chosen by their order. `check --corpus`
// and `cargo bench --bench packs` show how often rules are triggered with them.

/// Length that is assumed of a post, in symbols and in words.
const POST_SYMBOLS: f32 = 60.0;
const POST_WORDS: f32 = 20.0;

/// Probability of a symbol that is in neither list: one in a hundred thousand.
const UNKNOWN: f32 = 1e-5;

/// Probability of a digit or of a mark of punctuation.
const MARK: f32 = 0.01;

/// Probability of a sign that is less common, and of a sign of money.
const SIGN: f32 = 0.001;
const MONEY: f32 = 0.0001;

/// Shares of Latin letters and of Han characters among symbols.
const LATIN_SHARE: f32 = 0.5;
const HAN_SHARE: f32 = 0.4;

/// Probability that a word of no list follows, per word.
const RARE_WORD: f32 = 1e-6;

/// How much more likely a word is where the words before it are those of its phrase.
const PHRASE: f32 = 30.0;

/// Letters and the space around words.
const LETTERS: usize = 27;

/// Probabilities, derived from the lists.
struct Model {
    /// Of a symbol.
    single: Vec<f32>,
    /// Of a Han character after another one within words, where it is not negligible.
    after: FxHashMap<(u16, u16), f32>,
    /// Of a letter after two others, the space included.
    trigrams: Vec<f32>,
    /// Of an English word among words.
    words: FxHashMap<Vec<u16>, f32>,
}

static MODEL: LazyLock<Model> = LazyLock::new(Model::new);

/// The words of a list and their frequencies.
fn entries(list: &'static str) -> impl Iterator<Item = (&'static str, f32)> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (word, count) = line.split_once(' ')?;
        Some((word, count.parse::<f32>().ok()?))
    })
}

/// The number of a letter; 0 for everything else, the space around words.
fn letter(symbol: u16) -> usize {
    match symbol {
        0x61..=0x7A => usize::from(symbol - 0x61) + 1,
        _ => 0,
    }
}

fn is_latin(symbol: u16) -> bool {
    letter(symbol) > 0
}

fn is_han(symbol: u16) -> bool {
    (0x3400..=0x9FFF).contains(&symbol)
}

impl Model {
    fn new() -> Model {
        let mut model = Model {
            single: vec![UNKNOWN; 65_536],
            after: FxHashMap::default(),
            trigrams: vec![0.0; LETTERS * LETTERS * LETTERS],
            words: FxHashMap::default(),
        };
        for (marks, probability) in [
            ("0123456789.,!?-'\"，。！？、：:/@#", MARK),
            ("()[]{}<>%&*+=_~|;^…（）《》【】“”·～", SIGN),
            ("$£€￥¥₹", MONEY),
        ] {
            marks.chars().for_each(|mark| model.single[mark as usize] = probability);
        }
        model.add_english();
        model.add_chinese();
        model
    }

    fn add_english(&mut self) {
        let mut singles = [0.0; LETTERS];
        let mut total = 0.0;
        for (word, count) in entries(ENGLISH) {
            total += count;
            let word: Vec<u16> = word.encode_utf16().collect();
            let (mut one, mut two) = (0, 0);
            for own in word.iter().map(|symbol| letter(*symbol)).chain([0]) {
                singles[own] += count;
                self.trigrams[(one * LETTERS + two) * LETTERS + own] += count;
                (one, two) = (two, own);
            }
            self.words.insert(word, count);
        }
        self.words.values_mut().for_each(|count| *count /= total);
        let letters: f32 = singles.iter().sum();
        for (number, count) in singles.iter().enumerate() {
            let symbol = if number == 0 { usize::from(b' ') } else { 0x60 + number };
            self.single[symbol] = count / letters * LATIN_SHARE;
        }
        for row in self.trigrams.chunks_mut(LETTERS) {
            // What was never seen is as likely as the letter alone, once in a hundred cases.
            let seen: f32 = row.iter().sum::<f32>().max(1.0);
            for (count, single) in row.iter_mut().zip(singles) {
                *count = 0.99 * *count / seen + 0.01 * single / letters;
            }
        }
    }

    fn add_chinese(&mut self) {
        let mut singles: FxHashMap<u16, f32> = FxHashMap::default();
        let mut symbols = Vec::new();
        let mut total = 0.0;
        for (word, count) in entries(CHINESE) {
            symbols.clear();
            symbols.extend(word.encode_utf16());
            for pair in symbols.windows(2) {
                *self.after.entry((pair[0], pair[1])).or_default() += count;
            }
            for symbol in &symbols {
                *singles.entry(*symbol).or_default() += count;
                total += count;
            }
        }
        for ((first, _), count) in &mut self.after {
            *count /= singles[first];
        }
        for (symbol, count) in singles {
            self.single[usize::from(symbol)] = count / total * HAN_SHARE;
        }
        for (rank, symbol) in HAN.encode_utf16().enumerate() {
            // Zipf: the n-th is about n times rarer than the first.
            let expected = HAN_SHARE * 0.1 / (rank as f32 + 2.0).powf(0.9);
            let single = &mut self.single[usize::from(symbol)];
            *single = single.max(expected);
        }
    }

    fn single(&self, symbol: u16) -> f32 {
        self.single[usize::from(symbol)]
    }

    /// Probability that a position of a text begins these symbols.
    fn string(&self, symbols: &[u16]) -> f32 {
        let mut probability = 1.0;
        for (at, symbol) in symbols.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| symbols[at]);
            let earlier = at.checked_sub(2).map(|at| symbols[at]);
            probability *= match (earlier, before) {
                (Some(one), Some(two)) if is_latin(two) => {
                    let row = (letter(one) * LETTERS + letter(two)) * LETTERS;
                    self.trigrams[row + letter(*symbol)]
                }
                (_, Some(before)) if is_han(before) && is_han(*symbol) => {
                    let within = self.after.get(&(before, *symbol)).copied().unwrap_or_default();
                    // Half of all neighbours are in two words.
                    0.5 * within + 0.5 * self.single(*symbol)
                }
                _ => self.single(*symbol),
            };
        }
        probability
    }

    /// Probability that a position among words begins these words; `None` if one is not Latin.
    fn phrase(&self, symbols: &[u16]) -> Option<f32> {
        let mut words: Vec<f32> = Vec::new();
        for word in symbols.split(|symbol| *symbol < 0x80 && !is_latin(*symbol)) {
            if word.is_empty() {
                continue;
            }
            if !word.iter().all(|symbol| is_latin(*symbol)) {
                return None;
            }
            words.push(self.words.get(word).copied().unwrap_or(RARE_WORD));
        }
        words.sort_unstable_by(f32::total_cmp);
        let (rarest, others) = words.split_first()?;
        Some(others.iter().fold(*rarest, |all, own| all * (own * PHRASE).min(0.5)))
    }
}

/// Posts in a million with at least one of `places` positions at which something is that has
/// this probability.
fn posts_per_million(probability: f32, places: f32) -> u32 {
    ((1.0 - (-probability * places).exp()) * 1e6) as u32
}

/// The cost of a window of these symbols as an anchor: lower is rarer. Scaled so that a window
/// shared with other literals is still better than a clearly more common one.
pub(super) fn rarity(symbols: &[u16]) -> u64 {
    let log = MODEL.string(symbols).max(f32::MIN_POSITIVE).ln();
    60_000u64.saturating_sub((-log * 1000.0) as u64)
}

/// Estimated number of posts per million in which the symbols of a literal occur, parts of words
/// included.
pub fn hits_per_million(symbols: &[u16]) -> u32 {
    let as_string = posts_per_million(MODEL.string(symbols), POST_SYMBOLS);
    as_string.max(as_words(symbols).unwrap_or(0))
}

/// Estimated number of posts per million in which a literal occurs as whole words.
pub fn words_per_million(symbols: &[u16]) -> u32 {
    as_words(symbols).unwrap_or_else(|| hits_per_million(symbols))
}

fn as_words(symbols: &[u16]) -> Option<u32> {
    Some(posts_per_million(MODEL.phrase(symbols)?, POST_WORDS))
}

#[cfg(test)]
mod tests {
    use super::{hits_per_million, rarity, words_per_million};

    fn symbols(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[test]
    fn expectations_follow_length_and_letters() {
        let hits = |text: &str| hits_per_million(&symbols(text));
        assert!(hits("的") > 500_000 && hits("的") > hits("彩") && hits("彩") > hits("彩金"));
        assert!(hits("e") > 900_000 && hits("casino") < 10_000);
        assert!(hits("我们") > 20 * hits("我彩"), "a word, and no word");
    }

    #[test]
    fn words_are_rarer_than_their_letters() {
        let (hits, words) = (
            |text: &str| hits_per_million(&symbols(text)),
            |text: &str| words_per_million(&symbols(text)),
        );
        assert!(words("ter") < hits("ter"), "water, interest");
        assert!(words("free") > words("replica") && words("replica") > words("xqzt"));
        assert!(words("click here") < words("click"));
        assert_eq!(words("彩金"), hits("彩金"));
    }

    #[test]
    fn common_windows_cost_more() {
        let cost = |text: &str| rarity(&symbols(text));
        assert!(cost("我们") > cost("彩金"));
        assert!(cost("the ") > cost("vxqq"));
    }

    #[test]
    fn an_empty_string_is_everywhere() {
        assert_eq!((hits_per_million(&[]), words_per_million(&[])), (1_000_000, 1_000_000));
    }
}
