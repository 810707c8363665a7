//! Lookalike classes: characters that look alike.

use std::sync::LazyLock;

use super::charset::pair;
use super::generated_lookalikes::LOOKALIKES;

/// The lookalike classes of folded text.
///
/// Letters of other scripts and leetspeak go to ASCII letters (`0 o`, `1 l | ! i`, `3 e`, `4
/// @ a`, `5 $ s`, `7 t`, `8 b`, `9 g`), digits of other scripts with them; regional
/// indicators to letters; radicals, katakana, Japanese forms and often swapped characters to
/// a Chinese one. Both `!` and `@` are noise by [`super::noise`] and yet have a class: code
/// that skips noise must test for noise before it maps to classes.
pub fn lookalikes() -> &'static LookalikeTable {
    static TABLE: LazyLock<LookalikeTable> = LazyLock::new(LookalikeTable::new);
    &TABLE
}

/// For each symbol of a folded text, the symbol of its class. The mapping is idempotent.
#[derive(Debug)]
pub struct LookalikeTable {
    flat: Box<[u16; 0x1_0000]>,
    /// Characters above U+FFFF with a class, ascending.
    astral: Vec<(u32, u16)>,
}

impl LookalikeTable {
    fn new() -> LookalikeTable {
        let mut flat = super::fold::boxed(0);
        for (cp, symbol) in flat.iter_mut().enumerate() {
            *symbol = cp as u16;
        }
        let mut table = LookalikeTable { flat, astral: Vec::new() };
        for (class, members) in LOOKALIKES {
            let class = class.encode_utf16(&mut [0; 2])[0];
            for c in members.chars() {
                table.set(u32::from(c), class);
            }
        }
        table.astral.sort_unstable();
        table
    }

    fn set(&mut self, cp: u32, class: u16) {
        match u16::try_from(cp) {
            Ok(symbol) => self.flat[usize::from(symbol)] = class,
            Err(_) => self.astral.push((cp, class)),
        }
    }

    /// The class of a character of one symbol; most are their own class. So is a surrogate:
    /// use [`LookalikeTable::class_of_pair`] for pairs.
    #[inline]
    pub fn class(&self, symbol: u16) -> u16 {
        self.flat[usize::from(symbol)]
    }

    /// The class of the character of a surrogate pair. `None`: its own.
    #[inline]
    pub fn class_of_pair(&self, high: u16, low: u16) -> Option<u16> {
        let cp = pair(high, low);
        self.astral.binary_search_by_key(&cp, |entry| entry.0).ok().map(|at| self.astral[at].1)
    }

    /// [`LookalikeTable::class`] for all symbols, as an array.
    #[inline]
    pub fn flat(&self) -> &[u16; 0x1_0000] {
        &self.flat
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::table;
    use super::*;

    fn classes(text: &str) -> String {
        let mut out = String::new();
        for c in char::decode_utf16(table().fold(text)).flatten() {
            let class = match *c.encode_utf16(&mut [0; 2]) {
                [symbol] => Some(lookalikes().class(symbol)),
                [high, low] => lookalikes().class_of_pair(high, low),
                _ => None,
            };
            out.push(class.and_then(|class| char::from_u32(u32::from(class))).unwrap_or(c));
        }
        out
    }

    #[test]
    fn classes_are_their_own_class() {
        let table = lookalikes();
        let astral = table.astral.iter().map(|entry| entry.1);
        for class in table.flat().iter().copied().chain(astral) {
            assert_eq!(table.class(class), class, "{class:04X}");
        }
    }

    #[test]
    fn classes_are_folded() {
        for (class, members) in LOOKALIKES {
            for c in members.chars().chain([*class]) {
                let folded = table().fold(&c.to_string());
                assert_eq!(folded, c.encode_utf16(&mut [0; 2]), "{c:?}");
            }
        }
    }

    #[test]
    fn letters_of_other_scripts_pass_for_latin() {
        for text in ["casino", "саѕіnо", "САЅІNО", "c4$1n0", "ᴄᴀsɪɴᴏ", "🇨🇦🇸🇮🇳🇴", "ꓚꓮꓢꓲꓠꓳ"]
        {
            assert_eq!(classes(text), classes("casino"), "{text}");
        }
        assert_eq!(classes("fr33"), classes("FREE"));
        assert_eq!(classes("ВКНМРТ"), "bkhmpt");
        assert_eq!(classes("１٢३④"), classes("1234"));
    }

    #[test]
    fn chinese_characters_pass_for_each_other() {
        for (text, plain) in [
            ("徽信", "微信"),
            ("祼聊", "裸聊"),
            ("兔费", "免费"),
            ("発票", "发票"),
            ("囗ロ", "口口"),
            ("⻐釒钅", "金金金"),
            ("1〇〇", "100"),
        ] {
            assert_eq!(classes(text), classes(plain), "{text}");
        }
    }

    #[test]
    fn ordinary_text_keeps_its_classes() {
        for text in ["今晚去吃火锅", "مرحبا", "नमस्ते", "こんにちは", "안녕하세요", "-_.,?"]
        {
            assert_eq!(classes(text), text);
        }
        assert_ne!(classes("人"), classes("入"));
        assert_ne!(classes("什"), classes("十"));
    }
}
