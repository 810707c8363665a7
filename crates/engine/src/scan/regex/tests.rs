//! Patterns: what is found, rejected and required, and that prefilters lose no match.

use super::pattern::forth;
use super::*;
use crate::codec::{Codec as _, Reader};
use crate::domain::limits::{REGEX_BYTES_MAX, REGEX_NEST_MAX};
use proptest::prelude::*;
use std::ops::{ControlFlow, Range};

/// A small fold: ASCII case, full width, one traditional character, one ligature
/// that becomes two characters, one invisible character.
fn folded(letter: char) -> Vec<char> {
    match letter {
        '號' => vec!['号'],
        'ﬁ' => vec!['f', 'i'],
        '\u{200b}' => vec![],
        'Ａ'..='Ｚ' => vec![char::from(b'a' + (letter as u32 - 'Ａ' as u32) as u8)],
        _ => vec![letter.to_ascii_lowercase()],
    }
}

fn compiled(pattern: &str) -> PrefilteredRegex {
    PrefilteredRegex::new(pattern, &folded).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

fn refused(pattern: &str) -> RegexError {
    PrefilteredRegex::new(pattern, &folded).expect_err(pattern)
}

fn matches<'t>(regex: &PrefilteredRegex, text: &'t str) -> Vec<&'t str> {
    let mut hits = Vec::new();
    let mut work = SearchBudget::for_text(text.len());
    regex.find_all(text, 0..text.len(), &mut work, &mut Vec::new(), |found| {
        hits.push(&text[found]);
        ControlFlow::Continue(MatchDecision::Accept)
    });
    assert!(!work.is_capped());
    hits
}

/// Encodes a regex and decodes it. Its engines are then built on first use.
fn decoded(regex: &PrefilteredRegex) -> PrefilteredRegex {
    let mut bytes = Vec::new();
    regex.encode(&mut bytes);
    PrefilteredRegex::decode(&mut Reader::new(&bytes)).unwrap()
}

#[test]
fn decoded_regexes_find_the_same() {
    let text = "Call: 微信号 ab12, 微信 zz; V信! $ 40\nCALL";
    for pattern in ["微信[号群]? [a-z]+", "^call", "V信", "[$£] ?[0-9]+", r"\bzz\b", "CALL$"]
    {
        for reads_raw in [false, true] {
            let regex = PrefilteredRegex::for_posts(pattern, reads_raw).unwrap();
            let again = decoded(&regex);
            assert_eq!(matches(&again, text), matches(&regex, text), "{pattern}");
            assert_eq!(again.required(), regex.required(), "{pattern}");
            assert_eq!(again.max_chars(), regex.max_chars(), "{pattern}");
            let symbols: Vec<u16> = text.encode_utf16().collect();
            for part in [&symbols[..], &symbols[..9], &symbols[12..]] {
                let mut signature = BloomSignature::default();
                signature.add(part);
                let meets = |regex: &PrefilteredRegex| regex.may_match_with(&signature);
                assert_eq!(meets(&again), meets(&regex), "{pattern}");
                assert_eq!(again.may_match(part, None), regex.may_match(part, None), "{pattern}");
            }
        }
    }
}

/// The source of a forged file may be no pattern. It matches nothing, and nothing panics.
#[test]
fn a_forged_pattern_matches_nothing() {
    let mut bytes = Vec::new();
    PrefilteredRegex::for_posts("abc", false).unwrap().encode(&mut bytes);
    let at = bytes.windows(3).position(|source| source == b"abc").unwrap();
    bytes[at] = b'(';
    let forged = PrefilteredRegex::decode(&mut Reader::new(&bytes)).unwrap();
    assert_eq!(forged.source(), "(bc");
    assert_eq!(matches(&forged, "abc (bc bc"), Vec::<&str>::new());
    assert_eq!(forged.find_at("abc (bc bc", 0), None);
}

/// The engines for short and for long windows find the same, also near the limit between them.
#[test]
fn matches_have_any_length() {
    for letters in [1, 100, 510, 511, 512, 513, 600, 3000, 20_000] {
        let (long, none) = ("x".repeat(letters), "y".repeat(letters));
        let text = format!("a{long}b-a{none}b-a{long}b");
        let whole = format!("a{long}b");
        assert_eq!(matches(&compiled("ax+b"), &text), [&whole, &whole], "{letters}");
        assert_eq!(
            matches(&compiled("a[x]{1,700}b"), &text).len(),
            if letters > 700 { 0 } else { 2 }
        );
        let wide = format!("微{}信", "啊".repeat(letters));
        assert_eq!(matches(&compiled("微[^b]+信"), &format!("b{wide}b")), [wide], "{letters}");
    }
}

#[test]
fn patterns_match_folded_text() {
    for (pattern, text, hit) in [
        ("V信", "加v信吧", "v信"),
        ("微信號", "微信号", "微信号"),
        ("ＶＸ", "vx", "vx"),
        ("[A-C]{2}", "xbc", "bc"),
        ("[VＷ]x", "wx", "wx"),
        ("ﬁn", "fin", "fin"),
        ("a\u{200b}b", "ab", "ab"),
        ("(?i)QQ群", "qq群", "qq群"),
        (r"\bvx\b", "加vx吧", "vx"),
        (r"\w+", "微信 !", "微信"),
        (r"[\d\p{Lu}]+", "a1b2", "a1b2"),
        (r"(?-u:[A-F])x", "ax", "ax"),
        (r"[\x00-\u{ffff}&&[^0-9]]z", "az", "az"),
        (r"^(a|b)+$", "abab", "abab"),
        ("[^b]", "bab", "a"),
        ("[^B]+", "ab", "ab"),
    ] {
        assert_eq!(matches(&compiled(pattern), text), [hit], "{pattern}");
    }
    assert!(compiled(r"\bvx").uses_unicode_word_boundary());
    assert!(!compiled(r"(?-u:\b)vx").uses_unicode_word_boundary());
    assert!(matches(&compiled(r"\bvx\b"), "svx vxx").is_empty());
}

/// The matches of a pattern in folded text, without the noise that its anchors skipped.
fn of_post<'t>(pattern: &str, text: &'t str) -> Vec<&'t str> {
    let regex = PrefilteredRegex::for_posts(pattern, false).unwrap();
    let mut hits = Vec::new();
    let mut budget = SearchBudget::for_text(text.len());
    regex.find_all(text, 0..text.len(), &mut budget, &mut Vec::new(), |range| {
        hits.push(&text[regex.without_skipped(text, range)]);
        ControlFlow::Continue(MatchDecision::Accept)
    });
    hits
}

#[test]
fn anchors_skip_noise() {
    for (pattern, text, hits) in [
        ("^[0-9]+ things", "21 things", &["21 things"][..]),
        ("^[0-9]+ things", "“21 things", &["21 things"]),
        ("^[0-9]+ things", "🔥 ... 21 things", &["21 things"]),
        ("^[0-9]+ things", "a 21 things", &[]),
        ("things$", "things”", &["things"]),
        ("things$", "things… 🔥", &["things"]),
        ("things$", "things 1", &[]),
        ("^彩金$", "【彩金】", &["彩金"]),
        ("^[0-9]+ things|^this is", "“this is", &["this is"]),
        ("^[0-9]+ things|this is$", "“21 things, this is!", &["21 things", "this is"]),
        ("^[0-9]+ things|!this", "“21 things", &[]),
        // What the pattern itself names stays in the match.
        ("^\\$[0-9]+", "$5", &["$5"]),
        ("^\\$[0-9]+", "“$5", &[]),
        ("^[^a-z]+$", "!5!", &["!5!"]),
        // An edge of a word is not the edge of a text.
        ("(?:^|[^a-z])vx", "!vx", &["!vx"]),
        ("(?:^|[^a-z])vx", "vx", &["vx"]),
    ] {
        assert_eq!(of_post(pattern, text), hits, "{pattern} in {text}");
    }
    let raw = PrefilteredRegex::for_posts("^a", true).unwrap();
    assert_eq!(raw.find_at("!a", 0), None, "raw text is searched as it is");
}

/// Patterns over a small alphabet, so that texts meet them.
fn small_patterns() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["a", "b", "微", ".", "[^a]", "[ab]", "^", "$", "\\b", "ab"]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        let many = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            many.clone().prop_map(|parts| parts.concat()),
            many.prop_map(|parts| format!("(?:{})", parts.join("|"))),
            (inner.clone(), 0u32..3, 0u32..3, "[?]?").prop_map(|(part, least, more, lazy)| {
                format!("(?:{part}){{{least},{}}}{lazy}", least + more)
            }),
            inner.prop_map(|part| format!("(?:{part})+")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// The slow twin cuts the noise from the text.
    #[test]
    fn noise_around_a_text_does_not_hide_anchored_matches(
        pattern in r"\^?[ab]{1,2}[ab微]?(?: [ab])?\$?|\^\(\?:[ab]{2}\|b[a微]\)|\^[ab]\|\^微|\(\?:[ab]{2}\|b[a微]\)\$",
        text in "[ab微 !]{0,8}",
        noise in ("[ !…🔥]{0,5}", "[ !…🔥]{0,5}"),
    ) {
        let bare = text.trim_matches(|symbol: char| !symbol.is_alphanumeric());
        let noisy = format!("{}{bare}{}", noise.0, noise.1);
        prop_assert_eq!(of_post(&pattern, &noisy), of_post(&pattern, bare), "{}", &pattern);
    }

    #[test]
    fn a_text_with_a_match_meets_the_signature(pattern in small_patterns(), text in "[ab微 \u{10000}]{0,16}") {
        if let Ok(regex) = PrefilteredRegex::new(&pattern, &|letter| vec![letter])
            && regex.find_at(&text, 0).is_some()
        {
            prop_assert!(regex.may_match_with(&signature(&text)), "{}", &pattern);
        }
    }

    #[test]
    fn every_match_is_found_from_left_to_right(pattern in small_patterns(), text in "[ab微 \u{10000}]{0,16}", refused in 0usize..4) {
        if let Ok(regex) = PrefilteredRegex::new(&pattern, &|letter| vec![letter]) {
            let mut expected = Vec::new();
            let mut from = 0;
            while let Some(found) = (from < text.len()).then(|| regex.find_at(&text, from)).flatten() {
                let is_refused = expected.len() == refused;
                from = if is_refused { forth(&text, found.start, Some(1)) } else { found.end };
                expected.push(found);
            }
            for short in [0, 3, SearchBudget::SHORT_BYTES] {
                let mut work = SearchBudget { short, ..SearchBudget::for_text(text.len()) };
                let mut found = Vec::new();
                regex.find_all(&text, 0..text.len(), &mut work, &mut vec![7], |range| {
                    found.push(range);
                    ControlFlow::Continue(match found.len() == refused + 1 {
                        true => MatchDecision::Reject,
                        false => MatchDecision::Accept,
                    })
                });
                prop_assert_eq!(&found, &expected, "{} with {} in {:?}", &pattern, short, &text);
            }
        }
    }

    #[test]
    fn both_engines_find_the_same(pattern in small_patterns(), text in "[ab微 ]{0,16}", from in 0usize..4) {
        if let Ok(regex) = PrefilteredRegex::new(&pattern, &|letter| vec![letter]) {
            let from = forth(&text, 0, Some(from));
            for end in (from..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                let short = regex.engines().find_short(&text, from..end);
                prop_assert_eq!(short, regex.engines().find_long(&text, from..end), "{}", &pattern);
            }
        }
    }
}

fn signature(text: &str) -> BloomSignature {
    let mut signature = BloomSignature::default();
    signature.add(&text.encode_utf16().collect::<Vec<_>>());
    signature
}

#[test]
fn signatures_reject_texts_with_only_the_required_literal() {
    for (pattern, with, without) in [
        ("(?:兴趣|的|了)[+]{1,2}(?:$|我)", "有兴趣的+我", "我的书看完了"),
        ("的[0-9]{2}", "我的12", "我的书"),
        ("[a-z]{2,8} ?(?:点|。)(?:top|cc)", "abc点cc", "ac点ab 了"),
        ("(?:有|可)(?:发)?(?:票|漂)|(?:增|曾)(?:值|殖)", "有票", "增加有意思"),
        ("小狗.*(?:🐶|m)", "小狗🐶", "小狗🐱"),
        ("(?:ab?){2}c", "abac", "abb"),
    ] {
        let regex = compiled(pattern);
        assert!(regex.may_match_with(&signature(with)), "{pattern} in {with}");
        assert!(!regex.may_match_with(&signature(without)), "{pattern} in {without}");
    }
    let mut signature = signature("的+我");
    assert!(compiled("的[+]").may_match_with(&signature));
    signature.clear();
    assert!(!compiled("的[+]").may_match_with(&signature), "nothing is left of the last text");
    assert!(compiled(".{3}").may_match_with(&signature), "nothing is needed");
}

#[test]
fn short_windows_are_short_and_few() {
    let regex = compiled("ab+");
    for (bytes, is_short) in [
        (engines::SHORT_BYTES_MAX - 1, true),
        (engines::SHORT_BYTES_MAX, true),
        (engines::SHORT_BYTES_MAX + 1, false),
    ] {
        assert_eq!(regex.engines().is_short(bytes), is_short, "{bytes}");
    }
    let large = compiled(r"\w{30}");
    assert!(!large.engines().is_short(engines::SHORT_BYTES_MAX) && large.engines().is_short(1));
    let mut work = SearchBudget::for_text(0);
    assert!(work.spend_short(SearchBudget::SHORT_BYTES - 1) && work.spend_short(1));
    assert!(!work.spend_short(1), "nothing is left");
}

#[test]
fn unsupported_patterns_are_rejected_with_a_range() {
    let error = refused("ab(?=c)");
    assert_eq!((error.range(), error.kind()), (2..5, RegexErrorKind::Bad));
    assert!(error.help().to_string().contains("edge"));
    assert!(error.to_string().starts_with("byte 2: look-around"), "{error}");
    assert_eq!(refused("微[a").range(), 3..4);
    assert_eq!(refused(r"a\p{Nope}").range(), 1..9);
    for pattern in ["a*", "", "(?:)", r"\b", "^$", "x?y?", "\u{200b}"] {
        assert_eq!(refused(pattern).kind(), RegexErrorKind::EmptyMatch, "{pattern}");
    }
    assert_eq!(refused(r"[^\s\S]").kind(), RegexErrorKind::Never);
    for pattern in ["(?:a{1000}){1000}", r"\w{1000}"] {
        assert!(refused(pattern).message().to_string().contains("1024 KiB"), "{pattern}");
    }
}

#[test]
fn limits_are_exact() {
    let long = "a".repeat(REGEX_BYTES_MAX);
    assert_eq!(compiled(&long).max_chars(), Some(REGEX_BYTES_MAX));
    assert!(refused(&format!("{long}a")).message().to_string().contains("more than 8192"));
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    let depth = REGEX_NEST_MAX as usize;
    assert_eq!(compiled(&nested(depth)).max_chars(), Some(1));
    assert!(refused(&nested(depth + 1)).message().to_string().contains("nest"));
    assert_eq!(*refused(&nested(depth + 1)).help(), "use fewer groups inside groups");
    assert!(refused(&nested(4000)).message().to_string().contains("nest"));
}

#[test]
fn required_literals() {
    let none: [&str; 0] = [];
    for (pattern, literals, before, after) in [
        ("微信[号群]?[a-z]{5,20}", &["微信"][..], Some(0), Some(21)),
        ("[微薇]信", &["微信", "薇信"], Some(0), Some(0)),
        ("(?:微信|qq|vx)[:=]?[0-9]{5,12}", &["qq", "vx", "微信"], Some(0), Some(13)),
        ("[0-9]+元", &["元"], None, Some(0)),
        (".{0,5}返水.*", &["返水"], Some(5), None),
        ("(?:ab)+", &["ab"], Some(0), None),
        ("(?:abc){2,4}x", &["abcabc"], Some(0), Some(7)),
        ("加(?:我|微信)?领取", &["加微信领取", "加我领取", "加领取"], Some(0), Some(0)),
        ("a[0-9]+b[0-9]+xyz", &["xyz"], None, Some(0)),
        ("首充.{0,8}(?:送|返)", &["首充"], Some(0), Some(9)),
        ("e[0-9]+1", &none, None, None),
        ("[£$] ?[0-9]+", &["$", "£"], Some(0), None),
        ("(?:微信|[a-z]+)", &none, None, None),
        ("[0-9]{11}", &none, None, None),
        ("(?:[a-z]+微信|vx[0-9]+)!", &["vx", "微信"], None, None),
        ("微信?", &["微"], Some(0), Some(1)),
        ("^v ?信$", &["v 信", "v信"], Some(0), Some(0)),
    ] {
        let regex = compiled(pattern);
        let Some(required) = regex.required() else {
            assert!(literals.is_empty() && !regex.has_literal(), "{pattern}");
            continue;
        };
        assert_eq!(required.literals, literals, "{pattern}");
        assert_eq!((required.before, required.after), (before, after), "{pattern}");
    }
}

#[test]
fn sets_stay_small() {
    let branches = |count: usize| {
        let words: Vec<String> = (0..count).map(|word| format!("word{word:03}")).collect();
        compiled(&format!("(?:{})[0-9]", words.join("|")))
    };
    assert_eq!(branches(128).required().map(|required| required.literals.len()), Some(128));
    assert_eq!(branches(129).required(), None);
    let many = compiled("[a-z][a-z][a-z]");
    assert_eq!(many.required(), None);
}

#[test]
fn longest_matches() {
    for (pattern, chars) in [
        ("微信[a-z]{2,5}", Some(7)),
        ("(?:a|bcd)?x{3}", Some(6)),
        ("a+", None),
        ("a{2,}", None),
        ("(?:^){0,5}a", Some(1)),
        ("(?:a+){0}b", Some(1)),
    ] {
        assert_eq!(compiled(pattern).max_chars(), chars, "{pattern}");
    }
}

#[test]
fn the_search_continues_one_character_after_a_rejected_match() {
    let regex = compiled("[0-9]{3}");
    let text = "微1234567";
    let mut seen = Vec::new();
    let mut work = SearchBudget::for_text(text.len());
    regex.find_all(text, 0..text.len(), &mut work, &mut Vec::new(), |found| {
        seen.push(text[found].to_owned());
        let verdict = if seen.len() == 1 { MatchDecision::Reject } else { MatchDecision::Accept };
        ControlFlow::Continue(verdict)
    });
    assert_eq!(seen, ["123", "234", "567"]);
    seen.clear();
    regex.find_all(text, 0..text.len(), &mut work, &mut Vec::new(), |found| {
        seen.push(text[found].to_owned());
        ControlFlow::Break(())
    });
    assert_eq!(seen, ["123"]);
}

#[test]
fn context_outside_the_window_is_seen() {
    let regex = compiled(r"\bab");
    assert_eq!(regex.find_at("xab ab", 1), Some(4..6));
    assert_eq!(compiled("^ab").find_at("abab", 2), None);
}

/// Where each search reads far for a better match and returns a short one, finding all
/// matches is quadratic: the account ends it.
#[test]
fn hostile_texts_are_capped() {
    let text = "b".repeat(64 << 10);
    for (pattern, visits_max) in [
        (".*[^b]|b", Some(130)),
        ("(?:b{0,20}){0,20}c|b", Some(5300)),
        ("(?:a|aa)+$", None),
        (".*.*x", None),
        ("(?:b|bb)+$", None),
        ("b{1,3}", None),
    ] {
        let regex = compiled(pattern);
        let mut work = SearchBudget::for_text(text.len());
        let mut visits = 0;
        regex.find_all(&text, 0..text.len(), &mut work, &mut Vec::new(), |_| {
            visits += 1;
            ControlFlow::Continue(MatchDecision::Accept)
        });
        assert_eq!(work.is_capped(), visits_max.is_some(), "{pattern}");
        assert!(visits_max.is_none_or(|most| visits <= most), "{pattern}: {visits}");
    }
}

#[test]
fn rejecting_every_match_is_capped_too() {
    let text = "b".repeat(64 << 10);
    let regex = compiled("b+");
    let mut work = SearchBudget::for_text(text.len());
    let mut visits = 0u64;
    regex.find_all(&text, 0..text.len(), &mut work, &mut Vec::new(), |_| {
        visits += 1;
        ControlFlow::Continue(MatchDecision::Reject)
    });
    assert!(work.is_capped() && visits <= 2 * SearchBudget::BYTES_MIN.div_ceil(text.len() as u64));
}

#[test]
fn the_budget_ends_exactly() {
    let mut work = SearchBudget::for_text(0);
    assert_eq!(work.left(), SearchBudget::BYTES_MIN);
    assert!(work.spend(SearchBudget::BYTES_MIN as usize) && !work.is_capped());
    assert!(!work.spend(1) && work.is_capped());
    let long = (SearchBudget::BYTES_MIN / SearchBudget::READINGS) as usize;
    assert_eq!(
        SearchBudget::for_text(long + 1).left(),
        SearchBudget::BYTES_MIN + SearchBudget::READINGS
    );
}

/// Patterns over a small alphabet; `字` makes selective literals.
fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("ab".to_owned()),
        Just("字".to_owned()),
        Just("[a字]".to_owned()),
        Just("[^a]".to_owned()),
        Just(r"\b".to_owned()),
        Just(".".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            proptest::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("(?:{})", parts.join("|"))),
            (inner, prop_oneof![Just("?"), Just("*"), Just("+"), Just("{2}"), Just("{1,2}")])
                .prop_map(|(inner, times)| format!("(?:{inner}){times}")),
        ]
    })
}

proptest! {
    #[test]
    fn windows_find_what_the_whole_text_finds(
        pattern in pattern(),
        text in proptest::collection::vec(prop_oneof![Just('a'), Just('b'), Just('字'), Just(' ')], 0..24),
    ) {
        let Ok(regex) = PrefilteredRegex::new(&pattern, &folded) else { return Ok(()) };
        let text: String = text.into_iter().collect();
        let whole = matches(&regex, &text);
        for found in &whole {
            let longest = regex.max_chars().unwrap_or(usize::MAX);
            prop_assert!(found.chars().count() <= longest, "{} {:?}", pattern, found);
        }
        let Some(required) = regex.required() else { return Ok(()) };
        let mut literals: Vec<Range<usize>> = required
            .literals
            .iter()
            .flat_map(|literal| (0..text.len()).filter_map(|at| {
                text.get(at..at + literal.len()).filter(|part| part == literal)?;
                Some(at..at + literal.len())
            }).collect::<Vec<_>>())
            .collect();
        literals.sort_unstable_by_key(|literal| literal.start);
        let windows: Vec<_> = regex.windows(&text, literals).collect();
        let disjoint = windows.windows(2).all(|pair| pair[0].end < pair[1].start);
        prop_assert!(disjoint, "{:?}", windows);
        let mut found_in_windows = Vec::new();
        for window in windows {
            let mut work = SearchBudget::for_text(text.len());
            regex.find_all(&text, window, &mut work, &mut Vec::new(), |found| {
                found_in_windows.push(&text[found]);
                ControlFlow::Continue(MatchDecision::Accept)
            });
        }
        prop_assert_eq!(found_in_windows, whole, "{} on {:?} by {:?}", pattern, text, required);
    }
}
