//! Language tags of rules: which exist, and which the scripts of a text can show.

use crate::message::{Message, message};
use crate::rules::source::suggest;
use crate::scan::text::script::Scripts;

/// Languages of ISO 639-1 that are written with Latin letters, and frequent ones of ISO 639-3.
const LATIN: &[&str] = &[
    "aa", "af", "ak", "an", "ay", "az", "bi", "bm", "br", "bs", "ca", "ceb", "ch", "co", "cs",
    "cy", "da", "de", "ee", "en", "eo", "es", "et", "eu", "ff", "fi", "fil", "fj", "fo", "fr",
    "fy", "ga", "gd", "gl", "gn", "gsw", "gv", "ha", "haw", "ho", "hr", "ht", "hu", "hz", "ia",
    "id", "ie", "ig", "ik", "ilo", "io", "is", "it", "jv", "ki", "kj", "kl", "kr", "ku", "kw",
    "la", "lb", "lg", "li", "ln", "lt", "lu", "lv", "mg", "mh", "mi", "ms", "mt", "na", "nan",
    "nb", "nd", "ng", "nl", "nn", "no", "nr", "nso", "nv", "ny", "oc", "om", "pap", "pl", "pt",
    "qu", "rm", "rn", "ro", "rw", "sc", "se", "sg", "sh", "sk", "sl", "sm", "sn", "so", "sq", "ss",
    "st", "su", "sv", "sw", "tk", "tl", "tn", "to", "tr", "ts", "tw", "ty", "uz", "ve", "vi", "vo",
    "wa", "wo", "xh", "yo", "za", "zu",
];

/// Languages whose script is not distinguished: texts with Latin letters count as theirs.
const UNSEEN_SCRIPTS: &[&str] = &[
    "ab", "am", "as", "av", "ba", "bn", "bo", "ce", "chr", "ckb", "cr", "cu", "cv", "dv", "dz",
    "gu", "hy", "ii", "iu", "ka", "km", "kn", "ks", "kv", "lo", "ml", "my", "oj", "or", "os", "pa",
    "pi", "ps", "sa", "sd", "si", "ta", "te", "tg", "ti", "tt", "wuu", "gan", "hak",
];

/// What is written for a language although it is none, and the language that is meant.
const MEANT: &[(&str, &str)] = &[
    ("cn", "zh"),
    ("chinese", "zh"),
    ("zho", "zh"),
    ("chi", "zh"),
    ("chs", "zh"),
    ("cht", "zh"),
    ("hans", "zh"),
    ("hant", "zh"),
    ("hk", "zh"),
    ("cmn", "zh"),
    ("mandarin", "zh"),
    ("han", "zh"),
    ("中文", "zh"),
    ("汉语", "zh"),
    ("cantonese", "yue"),
    ("english", "en"),
    ("eng", "en"),
    ("us", "en"),
    ("gb", "en"),
    ("英文", "en"),
    ("英语", "en"),
    ("jp", "ja"),
    ("jpn", "ja"),
    ("japanese", "ja"),
    ("日文", "ja"),
    ("kor", "ko"),
    ("korean", "ko"),
    ("vn", "vi"),
    ("vietnamese", "vi"),
    ("russian", "ru"),
    ("rus", "ru"),
    ("ua", "uk"),
    ("ukrainian", "uk"),
    ("gr", "el"),
    ("dk", "da"),
    ("cz", "cs"),
    ("french", "fr"),
    ("fra", "fr"),
    ("german", "de"),
    ("deu", "de"),
    ("ger", "de"),
    ("spanish", "es"),
    ("spa", "es"),
    ("mx", "es"),
    ("arabic", "ar"),
    ("ara", "ar"),
    ("thai", "th"),
    ("hindi", "hi"),
    ("portuguese", "pt"),
    ("por", "pt"),
    ("indonesian", "id"),
    ("ind", "id"),
    ("malay", "ms"),
];

/// A language tag as rules compare it: lower case, without script and region
/// (`zh-Hans-CN` is `zh`).
pub fn language(tag: &str) -> String {
    let end = tag.find(['-', '_']).unwrap_or(tag.len());
    tag[..end].to_lowercase()
}

/// What is doubtful about a tag, and the way out; `None` for a language that texts show.
pub(super) fn doubt(tag: &str) -> Option<(Message, Message)> {
    let code = language(tag);
    let is_in = |codes: &[&str]| codes.contains(&code.as_str());
    if is_in(LATIN) || Scripts::distinguished().any(|own| own == code) {
        return None;
    }
    let read_as = message!("every text with Latin letters counts as it");
    if is_in(UNSEEN_SCRIPTS) {
        let message = message!("the script of the language `{tag}` is not recognised: {read_as}");
        let help = message!("leave `lang` out, or read what the post states: `post.lang == …`");
        return Some((message, help));
    }
    let known = LATIN.iter().copied().chain(Scripts::distinguished()).filter(|own| own.len() > 2);
    let meant = MEANT.iter().find(|(written, _)| *written == code).map(|(_, meant)| *meant);
    let help = match meant.or_else(|| suggest::nearest(&code, known)) {
        Some(meant) => message!("did you mean `{meant}`?"),
        None => message!("write a code of ISO 639, such as `zh`, `en` or `ja`"),
    };
    let message = message!("there is no language `{tag}`: {read_as}");
    Some((message, help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_without_script_and_region() {
        assert_eq!(language("zh-Hans-CN"), "zh");
        assert_eq!(language("EN_gb"), "en");
    }

    #[test]
    fn every_code_is_in_one_table_and_has_the_script_of_its_table() {
        let distinguished: Vec<&str> = Scripts::distinguished().collect();
        let all: Vec<&str> = [LATIN, &distinguished, UNSEEN_SCRIPTS].concat();
        for code in &all {
            assert_eq!(all.iter().filter(|other| *other == code).count(), 1, "{code}");
            let is_latin = Scripts::of_language(code) == Scripts::LATIN;
            assert_eq!(is_latin, !distinguished.contains(code), "{code}");
        }
        for (written, meant) in MEANT {
            assert!(LATIN.contains(meant) || distinguished.contains(meant), "{meant}");
            assert!(!all.contains(written), "{written}");
        }
    }

    #[test]
    fn doubtful_tags_are_reported_with_what_is_meant() {
        for tag in ["zh", "zh-Hans-CN", "EN", "pt-BR", "yue", "fil"] {
            assert_eq!(doubt(tag), None, "{tag}");
        }
        for (tag, help) in [
            ("cn", "did you mean `zh`?"),
            ("Chinese", "did you mean `zh`?"),
            ("jp", "did you mean `ja`?"),
            ("xx", "write a code of ISO 639, such as `zh`, `en` or `ja`"),
            ("bn", "leave `lang` out, or read what the post states: `post.lang == …`"),
        ] {
            assert_eq!(
                doubt(tag).map(|(_, help)| help.to_string()).as_deref(),
                Some(help),
                "{tag}"
            );
        }
    }
}
