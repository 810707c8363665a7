//! Which languages a text may be in, by its scripts.
//!
//! Rules name languages; texts have scripts. A rule for `zh` applies to texts with Han
//! characters, a rule for `en` or a similar language to texts with Latin letters. Language
//! detection would be wrong on short posts and could be evaded; a script cannot be hidden.

use crate::codec::{Codec, DecodeError, Reader};
use crate::fold::tables;

/// A set of scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scripts(u16);

impl Scripts {
    /// No script.
    pub const NONE: Scripts = Scripts(0);
    /// Every script.
    pub const ALL: Scripts = Scripts(u16::MAX);
    /// Han characters.
    pub const HAN: Scripts = Scripts(1);
    /// Latin letters.
    pub const LATIN: Scripts = Scripts(1 << 1);
    /// Hiragana and katakana.
    pub const KANA: Scripts = Scripts(1 << 2);
    /// Hangul.
    pub const HANGUL: Scripts = Scripts(1 << 3);
    /// Cyrillic.
    pub const CYRILLIC: Scripts = Scripts(1 << 4);
    /// Arabic.
    pub const ARABIC: Scripts = Scripts(1 << 5);
    /// Greek.
    pub const GREEK: Scripts = Scripts(1 << 6);
    /// Hebrew.
    pub const HEBREW: Scripts = Scripts(1 << 7);
    /// Thai.
    pub const THAI: Scripts = Scripts(1 << 8);
    /// Devanagari.
    pub const DEVANAGARI: Scripts = Scripts(1 << 9);

    /// The scripts of folded text.
    pub fn of(symbols: &[u16]) -> Scripts {
        /// Symbols per step: the compiler makes vector instructions of the inner loop.
        const STEP: usize = 32;
        let mut scripts = Scripts::NONE;
        for step in symbols.chunks(STEP) {
            let (mut latin, mut han, mut other) = (false, false, false);
            for symbol in step {
                let is_latin = symbol.wrapping_sub(0x61) < 26;
                let is_han = symbol.wrapping_sub(0x4E00) <= 0x51FF;
                latin |= is_latin;
                han |= is_han;
                other |= !is_latin & !is_han & (*symbol > 0xBF);
            }
            scripts = scripts.or(if latin { Scripts::LATIN } else { Scripts::NONE });
            scripts = scripts.or(if han { Scripts::HAN } else { Scripts::NONE });
            if other {
                // Most are punctuation among Han characters.
                let rest = step
                    .iter()
                    .filter(|symbol| **symbol > 0xBF && symbol.wrapping_sub(0x4E00) > 0x51FF);
                let each = rest.map(|symbol| Scripts::of_symbol(*symbol));
                scripts = each.fold(scripts, Scripts::or);
            }
        }
        scripts
    }

    /// The scripts of the languages that a post declares; see [`claims`].
    pub fn of_claim(raw: Option<&str>) -> Scripts {
        let codes = raw.unwrap_or_default().split('"').skip(1).step_by(2);
        codes.fold(Scripts::NONE, |scripts, code| {
            // Longer names are of no language that is listed.
            let mut lower = [0; 3];
            let name = code.split(['-', '_']).next().unwrap_or(code).as_bytes();
            let listed = lower.get_mut(..name.len()).map(|lower| {
                lower.copy_from_slice(name);
                lower.make_ascii_lowercase();
                &*lower
            });
            let listed = listed.and_then(|name| std::str::from_utf8(name).ok());
            scripts.or(Scripts::of_language(listed.unwrap_or_default()))
        })
    }

    fn of_symbol(symbol: u16) -> Scripts {
        match symbol {
            0x61..=0x7A => Scripts::LATIN,
            0..=0xBF => Scripts::NONE,
            0x0370..=0x03FF | 0x1F00..=0x1FFF => Scripts::GREEK,
            0x0400..=0x052F => Scripts::CYRILLIC,
            0x0590..=0x05FF => Scripts::HEBREW,
            0x0600..=0x06FF | 0x0750..=0x077F => Scripts::ARABIC,
            0x0900..=0x097F => Scripts::DEVANAGARI,
            0x0E00..=0x0E7F => Scripts::THAI,
            0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7AF => Scripts::HANGUL,
            0x3041..=0x30FF => Scripts::KANA,
            // First surrogates of the planes that contain only Han characters.
            0xD840..=0xD8BF => Scripts::HAN,
            _ if tables::han().has(symbol) => Scripts::HAN,
            _ if tables::latin().has(symbol) => Scripts::LATIN,
            _ => Scripts::NONE,
        }
    }

    /// The union of both sets.
    #[must_use]
    pub fn or(self, other: Scripts) -> Scripts {
        Scripts(self.0 | other.0)
    }

    /// Do the sets have a script in common?
    pub fn meets(self, other: Scripts) -> bool {
        self.0 & other.0 != 0
    }

    /// Display names of the scripts.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [(Scripts, &str); 10] = [
            (Scripts::HAN, "Han"),
            (Scripts::LATIN, "Latin"),
            (Scripts::KANA, "kana"),
            (Scripts::HANGUL, "Hangul"),
            (Scripts::CYRILLIC, "Cyrillic"),
            (Scripts::ARABIC, "Arabic"),
            (Scripts::GREEK, "Greek"),
            (Scripts::HEBREW, "Hebrew"),
            (Scripts::THAI, "Thai"),
            (Scripts::DEVANAGARI, "Devanagari"),
        ];
        NAMES.into_iter().filter(move |(script, _)| self.meets(*script)).map(|(_, name)| name)
    }

    /// The scripts of which one must occur for the language `code` (lower case, such as `zh`
    /// or `en-gb`) to apply. Languages that are not listed use Latin letters.
    pub fn of_language(code: &str) -> Scripts {
        let code = code.split(['-', '_']).next().unwrap_or(code);
        let listed = OF_LANGUAGES.iter().find(|(codes, _)| codes.contains(&code));
        listed.map_or(Scripts::LATIN, |(_, scripts)| *scripts)
    }

    /// The languages whose script is distinguished from Latin letters.
    pub fn distinguished() -> impl Iterator<Item = &'static str> {
        OF_LANGUAGES.iter().flat_map(|(codes, _)| codes.iter().copied())
    }

    /// Union of the scripts of these languages.
    pub fn of_languages(codes: &[String]) -> Scripts {
        codes.iter().fold(Scripts::NONE, |scripts, code| scripts.or(Scripts::of_language(code)))
    }
}

/// Languages that are not written with Latin letters, with the scripts of which one must occur.
const OF_LANGUAGES: &[(&[&str], Scripts)] = &[
    (&["zh", "yue"], Scripts::HAN),
    (&["ja"], Scripts(Scripts::KANA.0 | Scripts::HAN.0)),
    (&["ko"], Scripts::HANGUL),
    (&["ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn"], Scripts::CYRILLIC),
    (&["ar", "fa", "ur", "ug"], Scripts::ARABIC),
    (&["el"], Scripts::GREEK),
    (&["he", "yi"], Scripts::HEBREW),
    (&["th"], Scripts::THAI),
    (&["hi", "mr", "ne"], Scripts::DEVANAGARI),
];

impl Codec for Scripts {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Scripts, DecodeError> {
        Ok(Scripts(u16::decode(from)?))
    }
}

/// Does the language declared by a post (raw JSON: a string or an array of strings) name one
/// of `languages` or a variety of one?
pub fn claims(raw: Option<&str>, languages: &[String]) -> bool {
    let Some(raw) = raw else { return false };
    // Language codes contain no quotes or backslashes, so the quoted pieces are the codes.
    raw.split('"').skip(1).step_by(2).any(|code| {
        let is_variety_of = |language: &String| {
            let head = code.get(..language.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(language))
                && matches!(code.as_bytes().get(language.len()), None | Some(b'-' | b'_'))
        };
        languages.iter().any(is_variety_of)
    })
}

#[cfg(test)]
mod tests {
    use super::{Scripts, claims};
    use crate::fold::fold;
    use proptest::prelude::*;

    #[test]
    fn a_declaration_names_a_language_or_a_variety() {
        let zh = ["zh".to_owned()];
        assert!(claims(Some("\"zh-CN\""), &zh) && claims(Some("[\"en\", \"ZH\"]"), &zh));
        assert!(!claims(Some("\"zhx\""), &zh) && !claims(Some("[]"), &zh) && !claims(None, &zh));
    }

    proptest! {
        #[test]
        fn scripts_of_a_text_are_those_of_its_symbols(text in "\\PC{0,80}|[a汉ёש𠀀Ā]{0,80}") {
            let symbols = fold(&text);
            let each = symbols.iter().map(|symbol| Scripts::of_symbol(*symbol));
            prop_assert_eq!(Scripts::of(&symbols), each.fold(Scripts::NONE, Scripts::or));
        }

        /// What claims a language has a script of it.
        #[test]
        fn the_scripts_of_a_claim_are_those_of_its_languages(
            code in "(zh|ZH|en|ja|ko|ru|xx)([-_][a-zA-Z]{2})?",
            language in "(zh|en|ja|ko|ru|xx)(-[a-z]{2})?",
        ) {
            let raw = format!("[\"{code}\", \"fr\"]");
            let languages = [language];
            if claims(Some(&raw), &languages) {
                prop_assert!(Scripts::of_claim(Some(&raw)).meets(Scripts::of_languages(&languages)));
            }
        }
    }

    #[test]
    fn languages_apply_by_script() {
        let mixed = Scripts::of(&fold("加V信 now"));
        assert!(mixed.meets(Scripts::of_language("zh")) && mixed.meets(Scripts::of_language("en")));
        let english = Scripts::of(&fold("Now, 100%!"));
        assert!(!english.meets(Scripts::of_language("zh-cn")));
        assert!(english.meets(Scripts::of_language("fr")));
        assert_eq!(Scripts::of(&fold("123 。！")), Scripts::NONE);
        assert!(Scripts::of(&fold("ひらがな")).meets(Scripts::of_language("ja")));
        assert!(Scripts::of(&fold("𠀀")).meets(Scripts::of_language("zh")));
    }

    #[test]
    fn every_script_is_recognized_and_has_its_languages() {
        for (text, name, codes) in [
            ("汉字", "Han", "zh zh-tw yue"),
            ("now", "Latin", "en fr_ca vi xx"),
            ("ひらがなカタカナ", "kana", "ja"),
            ("한글", "Hangul", "ko ko-kr"),
            ("кириллица", "Cyrillic", "ru uk be bg sr mk kk ky mn"),
            ("العربية", "Arabic", "ar fa ur ug"),
            ("ελληνικά", "Greek", "el"),
            ("עברית", "Hebrew", "he yi"),
            ("ภาษาไทย", "Thai", "th"),
            ("हिन्दी", "Devanagari", "hi mr ne"),
        ] {
            let scripts = Scripts::of(&fold(text));
            assert_eq!(scripts.names().collect::<Vec<_>>(), [name], "{text}");
            for code in codes.split(' ') {
                let own = Scripts::of_language(code);
                let expected: &[&str] = if code == "ja" { &["Han", "kana"] } else { &[name] };
                assert_eq!(own.names().collect::<Vec<_>>(), expected, "{code}");
            }
        }
    }
}
