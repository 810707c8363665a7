//! Top-level domains that posts use, and which of them are also words or file types.
//!
//! From the IANA root zone: every country code in use, and the general ones that
//! carry most registrations or are favoured by spam. A table of all 1,400 would
//! mostly add words (`.food`, `.how`, `.name`) that make sentences into domains.

use super::text::Text;

/// How reliable a name that ends in a top-level domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// Only domains end like this.
    Domain,
    /// Also a word or file type: further signs of a domain are required.
    Ambiguous,
}

/// The reliability of the label at `start..end`; `None` if it is not a top-level domain.
pub(super) fn belief<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    end: usize,
) -> Option<Belief> {
    let mut label = [0; LABEL_BYTES_MAX];
    let label = label.get_mut(..end - start)?;
    for (slot, at) in label.iter_mut().zip(start..) {
        *slot = u8::try_from(text.at(at)).ok()?;
    }
    let label = std::str::from_utf8(label).ok()?;
    if AMBIGUOUS.binary_search(&label).is_ok() {
        return Some(Belief::Ambiguous);
    }
    let known = match label.len() {
        2 => COUNTRIES.as_bytes().chunks_exact(3).any(|code| &code[..2] == label.as_bytes()),
        _ => GENERAL.binary_search(&label).is_ok(),
    };
    known.then_some(Belief::Domain)
}

/// A top-level domain in another script than Latin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    /// One past its last symbol.
    pub(super) end: usize,
    /// Also a common word: a full stop before it may end a sentence.
    pub(super) is_word: bool,
}

/// The longest top-level domain of another script at `start`.
pub(super) fn foreign<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Foreign> {
    let longest = |labels: &[&str]| {
        let ends = labels.iter().filter_map(|label| text.word_at(start, label));
        ends.filter(|end| (start + 1..*end).all(|at| text.joined(at))).max()
    };
    let (name, word) = (longest(FOREIGN), longest(FOREIGN_WORDS));
    let end = name.max(word)?;
    Some(Foreign { end, is_word: word == Some(end) })
}

/// Top-level domains of other scripts that are names, as folding leaves them.
const FOREIGN: &[&str] = &[
    "рф",
    "рус",
    "укр",
    "бел",
    "срб",
    "мкд",
    "каз",
    "мон",
    "бг",
    "ею",
    "ευ",
    "ελ",
    "中国",
    "香港",
    "台湾",
    "新加坡",
    "澳门",
    "中文网",
    "ไทย",
    "भारत",
    "বাংলা",
    "한국",
    "닷컴",
    "닷넷",
    "コム",
    "みんな",
    "مصر",
    "السعودية",
    "امارات",
    "ایران",
    "المغرب",
    "تونس",
    "عمان",
];

/// Those that are common words.
const FOREIGN_WORDS: &[&str] = &[
    "саит",
    "онлаин",
    "дети",
    "москва",
    "орг",
    "ком",
    "公司",
    "网络",
    "网址",
    "网站",
    "在线",
    "手机",
    "商城",
    "商店",
    "娱乐",
    "游戏",
    "购物",
    "集团",
    "信息",
    "公益",
    "政务",
    "企业",
    "我爱你",
    "世界",
    "セール",
    "ストア",
    "クラウド",
    "ファッション",
    "شبكة",
    "موقع",
];

/// The longest label of the tables below.
const LABEL_BYTES_MAX: usize = 12;

/// Country codes of the root zone that are no English word, pronoun or file type,
/// each with a space after it.
const COUNTRIES: &str = "ac ad ae af ag ai al ao aq ar au aw ax az ba bb bd bf bg bh bi bj bm bn \
    bo br bs bt bw bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm dz ec \
    ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gh gi gl gm gn gp gq gr gs gt gu gw gy \
    hk hn hr ht hu ie il io iq ir je jm jo jp ke kg kh ki km kn kp kr kw ky kz lb lc li lk lr \
    lt lu lv ly mc mg mh mk ml mm mn mo mp mq mt mu mv mw mx mz na nc nf ng ni nl np nr nu \
    nz om pe pf pg pk pn pr pt pw py qa ro ru rw sa sb sc sd se sg si sj sk sl sm sn ss \
    su sv sx sy sz tc td tf tg th tj tk tm tn tr tt tv tw tz ua ug uk uy uz vc ve vg vi vn vu \
    wf ws yt za zm zw ";

/// General ones that only domains end with. Sorted.
const GENERAL: &[&str] = &[
    "asia",
    "bet",
    "bid",
    "biz",
    "buzz",
    "casino",
    "cfd",
    "club",
    "com",
    "cyou",
    "edu",
    "gov",
    "icu",
    "info",
    "ink",
    "int",
    "loan",
    "ltd",
    "mil",
    "mobi",
    "net",
    "online",
    "org",
    "poker",
    "porn",
    "pro",
    "rest",
    "sbs",
    "sex",
    "shop",
    "site",
    "store",
    "tech",
    "tel",
    "tokyo",
    "top",
    "vip",
    "wang",
    "webcam",
    "wiki",
    "xin",
    "xn--fiqs8s",
    "xxx",
    "xyz",
];

/// Top-level domains that are common words or the ends of file names. Sorted.
const AMBIGUOUS: &[&str] = &[
    "am", "app", "art", "as", "at", "autos", "be", "best", "blog", "blue", "bond", "by", "cam",
    "chat", "click", "cloud", "date", "dev", "do", "download", "email", "fun", "game", "games",
    "gg", "global", "gold", "group", "hm", "id", "im", "in", "is", "it", "la", "life", "link",
    "live", "lol", "love", "ls", "ma", "md", "me", "men", "mobile", "mom", "money", "monster",
    "mov", "mr", "ms", "my", "ne", "network", "news", "no", "one", "pa", "party", "ph", "pics",
    "pl", "plus", "pm", "press", "ps", "pub", "quest", "racing", "re", "red", "review", "rs",
    "run", "sexy", "sh", "skin", "so", "social", "space", "sr", "st", "stream", "team", "tl", "to",
    "today", "trade", "tube", "us", "va", "video", "website", "win", "work", "works", "world",
    "ye", "zip", "zone",
];

/// Those of them that are file types: a digit in the name is not a sign of a domain.
pub(super) const AMBIGUOUS_FILES: &[&str] = &["md", "mov", "pl", "ps", "rs", "sh", "zip"];

/// Ends of file names that occur after `@` and a number (`icon@2x.png`).
pub(super) const FILE_TYPES: &[&str] =
    &["bmp", "css", "gif", "html", "jpeg", "jpg", "js", "json", "mp", "pdf", "png", "svg", "webp"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_other_scripts_are_as_folding_leaves_them() {
        let folded = |label: &str| String::from_utf16_lossy(&crate::fold::fold(label));
        let changed: Vec<_> = FOREIGN
            .iter()
            .chain(FOREIGN_WORDS)
            .filter(|label| folded(label) != **label)
            .map(|label| (*label, folded(label)))
            .collect();
        assert!(changed.is_empty(), "{changed:?}");
    }

    #[test]
    fn tables_are_sorted_and_disjoint() {
        for table in [GENERAL, AMBIGUOUS] {
            assert!(table.is_sorted_by(|a, b| a < b), "{table:?}");
            assert!(table.iter().all(|label| label.len() <= LABEL_BYTES_MAX));
        }
        assert!(COUNTRIES.as_bytes().chunks_exact(3).all(|code| code[2] == b' '));
        assert!(COUNTRIES.len().is_multiple_of(3));
        for label in AMBIGUOUS {
            let twice = GENERAL.contains(label) || COUNTRIES.contains(&format!("{label} "));
            assert!(!twice, "{label} is in two tables");
        }
    }
}
