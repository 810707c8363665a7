//! Mandarin pronunciation: pinyin syllables without tones.
//!
//! * `ü` is written `v`, as it is typed. Folding makes `ü` a `u`, and many type `u`: *lu*, *nu*,
//!   *lue* and *nue* spell *lv*, *nv*, *lve* and *nve* too.
//! * A character has all its common readings, not every reading of a dictionary.
//! * Nothing else is merged: *zhi* and *zi*, *lin* and *ling* are different.

use std::sync::LazyLock;

use super::generated_pinyin::SYLLABLES;

/// The longest syllable in letters (*zhuang*).
pub const SYLLABLE_LEN_MAX: usize = 6;

/// Spellings of a syllable other than its own.
const SPELLINGS: [(&str, &str); 2] = [("lue", "lve"), ("nue", "nve")];

/// In [`Sounds::nodes`]: no spelling continues here, or none ends here.
const NONE: u16 = u16::MAX;

/// A toneless syllable: its index among all syllables in alphabetical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Syllable(u16);

impl Syllable {
    /// The index in [`syllables`], from 0.
    #[inline]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The syllable in letters, `v` for ü.
    #[inline]
    pub fn text(self) -> &'static str {
        SYLLABLES[self.index()].0
    }

    /// Its spellings in letters: its own, and the one with `u` for `v`.
    pub fn spellings(self) -> impl Iterator<Item = String> {
        let own = self.text();
        let typed = own.contains('v').then(|| own.replace('v', "u"));
        std::iter::once(own.to_owned()).chain(typed)
    }

    /// Does a text that spells this syllable spell one of `readings`?
    #[inline]
    pub fn spells(self, readings: &[Syllable]) -> bool {
        readings.contains(&self) || readings.iter().any(|reading| self.is_typed_for(*reading))
    }

    /// *lu* for *lv* and *nu* for *nv*. (*lue* and *nue* are no syllables of their own.)
    fn is_typed_for(self, reading: Syllable) -> bool {
        matches!((self.text(), reading.text()), ("lu", "lv") | ("nu", "nv"))
    }

    /// The syllable written `text`, if it is one.
    pub fn from_text(text: &str) -> Option<Syllable> {
        let symbols: Vec<u16> = text.encode_utf16().collect();
        let found = syllables_at(&symbols).find(|(len, _)| *len == symbols.len());
        found.map(|(_, syllable)| syllable)
    }
}

/// Every syllable, alphabetically.
pub fn syllables() -> impl ExactSizeIterator<Item = Syllable> {
    (0..SYLLABLES.len()).map(|at| Syllable(at as u16))
}

/// The readings of a folded Han character. Empty for all others.
#[inline]
pub fn readings(symbol: u16) -> &'static [Syllable] {
    let sounds = sounds();
    let (start, len) = sounds.spans[usize::from(symbol)];
    &sounds.readings[start as usize..start as usize + usize::from(len)]
}

/// The reading that dictionaries name first.
#[inline]
pub fn primary(symbol: u16) -> Option<Syllable> {
    readings(symbol).first().copied()
}

/// The syllables that folded text begins with, as (letters, syllable), the shortest first:
/// *xi*, *xia*, *xian* for *xiang* … Reads at most [`SYLLABLE_LEN_MAX`] symbols.
pub fn syllables_at(symbols: &[u16]) -> impl Iterator<Item = (usize, Syllable)> {
    let nodes = &sounds().nodes;
    let mut node = 0;
    let ends = symbols.iter().map_while(move |symbol| {
        let letter = symbol.checked_sub(u16::from(b'a')).filter(|letter| *letter < 26)?;
        let next = nodes[node].next[usize::from(letter)];
        node = usize::from(next);
        nodes.get(node).map(|node| node.syllable)
    });
    ends.enumerate()
        .filter(|(_, syllable)| *syllable != NONE)
        .map(|(at, syllable)| (at + 1, Syllable(syllable)))
}

/// A prefix of spellings.
#[derive(Clone, Debug)]
struct Node {
    next: [u16; 26],
    syllable: u16,
}

impl Node {
    const EMPTY: Node = Node { next: [NONE; 26], syllable: NONE };
}

#[derive(Debug)]
struct Sounds {
    /// Start and length in `readings` for each symbol.
    spans: Vec<(u32, u8)>,
    readings: Vec<Syllable>,
    /// All spellings as a tree; the root is the first.
    nodes: Vec<Node>,
}

fn sounds() -> &'static Sounds {
    static SOUNDS: LazyLock<Sounds> = LazyLock::new(Sounds::new);
    &SOUNDS
}

impl Sounds {
    fn new() -> Sounds {
        let mut sounds = Sounds {
            spans: vec![(0, 0); 0x1_0000],
            readings: Vec::new(),
            nodes: vec![Node::EMPTY],
        };
        sounds.add_readings();
        for (at, entry) in SYLLABLES.iter().enumerate() {
            sounds.add_spelling(entry.0, at as u16);
        }
        for (spelling, text) in SPELLINGS {
            if let Ok(at) = SYLLABLES.binary_search_by_key(&text, |entry| entry.0) {
                sounds.add_spelling(spelling, at as u16);
            }
        }
        sounds
    }

    /// Stores the readings of each character contiguously, its first reading first.
    fn add_readings(&mut self) {
        let mut all: Vec<(u16, bool, Syllable)> = Vec::new();
        for (at, (_, first, further)) in SYLLABLES.iter().enumerate() {
            let syllable = Syllable(at as u16);
            all.extend(first.encode_utf16().map(|symbol| (symbol, false, syllable)));
            all.extend(further.encode_utf16().map(|symbol| (symbol, true, syllable)));
        }
        all.sort_unstable();
        for (symbol, _, syllable) in all {
            let span = &mut self.spans[usize::from(symbol)];
            if span.1 == 0 {
                span.0 = self.readings.len() as u32;
            }
            span.1 += 1;
            self.readings.push(syllable);
        }
    }

    fn add_spelling(&mut self, text: &str, syllable: u16) {
        let mut node = 0;
        for letter in text.bytes().map(|byte| usize::from(byte - b'a')) {
            if self.nodes[node].next[letter] == NONE {
                self.nodes[node].next[letter] = self.nodes.len() as u16;
                self.nodes.push(Node::EMPTY);
            }
            node = usize::from(self.nodes[node].next[letter]);
        }
        self.nodes[node].syllable = syllable;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::table;
    use super::*;

    fn texts(c: char) -> Vec<&'static str> {
        readings(c as u16).iter().map(|syllable| syllable.text()).collect()
    }

    fn starts(text: &str) -> Vec<&'static str> {
        let symbols: Vec<u16> = text.encode_utf16().collect();
        syllables_at(&symbols).map(|(_, syllable)| syllable.text()).collect()
    }

    #[test]
    fn characters_have_their_common_readings() {
        for (c, expected) in [
            ('微', vec!["wei"]),
            ('行', vec!["hang", "xing"]),
            ('长', vec!["chang", "zhang"]),
            ('绿', vec!["lu", "lv"]),
            ('略', vec!["lve"]),
            ('什', vec!["shen", "shi"]),
            ('a', vec![]),
            ('、', vec![]),
        ] {
            let mut found = texts(c);
            found.sort_unstable();
            assert_eq!(found, expected, "{c}");
        }
        assert_eq!(primary('行' as u16).map(Syllable::text), Some("xing"));
    }

    #[test]
    fn homophones_share_a_reading() {
        for (a, b) in
            [("薇", "微"), ("威", "微"), ("伽", "加"), ("珈", "加"), ("亚", "押"), ("彩", "采")]
        {
            let [a, b] = [a, b].map(|c| texts(c.chars().next().unwrap_or('a')));
            assert!(a.iter().any(|reading| b.contains(reading)), "{a:?} {b:?}");
        }
    }

    #[test]
    fn latin_text_begins_with_syllables() {
        assert_eq!(starts("xiangyao"), ["xi", "xia", "xian", "xiang"]);
        assert_eq!(starts("weixin"), ["wei"]);
        assert_eq!(starts("lue"), ["lu", "lve"]);
        assert_eq!(starts("zhuangs"), ["zhu", "zhua", "zhuan", "zhuang"]);
        assert!(starts("vx").is_empty() && starts("").is_empty() && starts("微").is_empty());
    }

    #[test]
    fn syllables_are_named_once_in_order() {
        let texts: Vec<&str> = syllables().map(Syllable::text).collect();
        assert!(texts.is_sorted_by(|a, b| a < b));
        assert!((400..=420).contains(&texts.len()));
        for syllable in syllables() {
            assert!(syllable.text().len() <= SYLLABLE_LEN_MAX);
            assert_eq!(Syllable::from_text(syllable.text()), Some(syllable));
        }
        assert_eq!(Syllable::from_text("weix"), None);
        assert_eq!(Syllable::from_text(""), None);
    }

    #[test]
    fn readers_are_folded_and_readings_said_once() {
        for (syllable, first, further) in SYLLABLES {
            for c in first.chars().chain(further.chars()) {
                assert_eq!(table().fold(&c.to_string()), [c as u16], "{c}");
                let times = texts(c).iter().filter(|text| *text == syllable).count();
                assert_eq!(times, 1, "{c} {syllable}");
            }
        }
    }
}
