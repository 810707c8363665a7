//! The scanner as a whole: terms, edges, views, sequences, allow phrases.

use super::checks::Check;
use super::entities::{Entity, EntitySet};
use super::hits::Hit;
use super::literals::Kernel;
use super::regex::PrefilteredRegex;
use super::scanner::{ScanScratch, Scanner};
use super::spec::{Edge, MatcherSpec, SequenceSpec, TermSpec};
use super::text::script::Scripts;
use crate::domain::field::{FieldId, FieldSet, Names};
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::limits::HITS_PER_POST_MAX;
use crate::domain::view::{View, ViewSet};
use crate::fold::fold;
use crate::post::{Batch, Mapping, Plan, Record};
use proptest::prelude::*;

fn term(text: &str) -> TermSpec {
    TermSpec { term: Some(TermIx(0)), text: text.into(), symbols: fold(text).into() }
}

pub(super) fn matcher(views: &[View], words: &[&str]) -> MatcherSpec {
    MatcherSpec {
        edge: Edge::Auto,
        views: ViewSet::of(views),
        fields: FieldSet::ALL,
        cased: false,
        max: u32::MAX,
        check: None,
        scripts: Scripts::NONE,
        languages: Vec::new(),
        needed_in: Scripts::NONE,
        terms: words.iter().map(|word| term(word)).collect(),
        except: Vec::new(),
        sequence: None,
        entities: EntitySet::default(),
        regexes: Vec::new(),
    }
}

/// Hits of every matcher in a post of this text.
fn scan(specs: Vec<MatcherSpec>, text: &str) -> Vec<Hit> {
    hits_of(&Scanner::with_kernel(specs, Kernel::Scalar), text)
}

/// Hits of the scanner.
fn hits_of(scanner: &Scanner, text: &str) -> Vec<Hit> {
    let mut batch = Batch::default();
    let line = serde_json::json!({ "id": 1, "text": text }).to_string();
    let plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
    plan.read(line.as_bytes(), true, &mut batch);
    let mut scratch = ScanScratch::default();
    scanner.scan(line.as_bytes(), &batch, &mut scratch);
    let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("{line} is no post") };
    let all: Vec<MatcherIx> = (0..scanner.matchers() as u32).map(MatcherIx).collect();
    let hits = scanner.post(&post, 0, &mut scratch).collect_literal_hits(None).run_deferred(&all);
    all.iter().flat_map(|matcher| hits.hits().of(*matcher).to_vec()).collect()
}

/// The original text of each hit, and its view.
fn found(spec: MatcherSpec, text: &str) -> Vec<(&str, View)> {
    let hits = scan(vec![spec], text);
    hits.iter().map(|hit| (&text[hit.span.range()], hit.view)).collect()
}

const FOLDED: &[View] = &[View::Folded];
const SQUEEZED: &[View] = &[View::Folded, View::Squeezed];

#[test]
fn spans_are_of_the_original() {
    assert_eq!(
        found(matcher(FOLDED, &["时时彩"]), "看時\u{200B}時彩！"),
        [("時\u{200B}時彩", View::Folded)]
    );
    assert_eq!(found(matcher(FOLDED, &["vx"]), "加ＶＸ号"), [("ＶＸ", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["10"]), "第⑩名"), [("⑩", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["1"]), "第⑩名"), [], "half of a character is no hit");
}

#[test]
fn edges_guard_letters_and_digits() {
    assert_eq!(found(matcher(FOLDED, &["caf"]), "café caf"), [("caf", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["88"]), "188 88元"), [("88", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["加v"]), "请加v吧加vx"), [("加v", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["彩"]), "a彩b"), [("彩", View::Folded)]);
    let word = MatcherSpec { edge: Edge::Word, ..matcher(FOLDED, &["彩"]) };
    assert_eq!(found(word, "a彩b 1彩あ 彩票 彩"), [("彩", View::Folded); 3]);
    let none = MatcherSpec { edge: Edge::None, ..matcher(FOLDED, &["caf"]) };
    assert_eq!(found(none, "café"), [("caf", View::Folded)]);
}

/// The number of hits of a term with an edge condition.
fn count_with(edge: Edge, term: &str, text: &str) -> usize {
    found(MatcherSpec { edge, ..matcher(FOLDED, &[term]) }, text).len()
}

#[test]
fn edges_know_the_letters_of_every_script() {
    for (term, inside, alone) in [
        ("казино", "казинот", "казино, 加казино聊"),
        ("καζίνο", "καζίνοα", "(καζίνο) 号καζίνο"),
        ("كازينو", "كازينوه", "كازينو ok كازينو"),
        ("קזינו", "קזינוא", "קזינו! [קזינו]"),
        ("vx", "vxя", "加vx聊 vxๆ"),
        ("vx", "5vx", "카vx를 vx"),
    ] {
        for edge in [Edge::Auto, Edge::Word] {
            assert_eq!(count_with(edge, term, inside), 0, "{term} in {inside}");
            assert_eq!(count_with(edge, term, alone), 2, "{term} in {alone}");
        }
    }
    for (term, inside) in [("คาสิโน", "คาสิโนก"), ("カジノ", "カジノノ"), ("카지노", "카지노를")]
    {
        assert_eq!(count_with(Edge::Auto, term, inside), 1, "{term} in {inside}");
        assert_eq!(count_with(Edge::Word, term, inside), 0, "{term} in {inside}");
        assert_eq!(count_with(Edge::Word, term, &format!("a{term}彩")), 1, "{term}");
    }
}

#[test]
fn no_word_continues_with_a_sign() {
    for text in ["vx™", "🆓vx✅", "²vx①", "vxⒶ", "1\u{fe0f}\u{20e3}vx", "vx㎏", "vxℹ\u{fe0f}"]
    {
        assert_eq!(count_with(Edge::Word, "vx", text), 1, "{text}");
    }
    for text in ["vxＡ", "𝐀vx", "vx1", "1\u{200b}vx"] {
        assert_eq!(count_with(Edge::Auto, "vx", text), 0, "{text}");
    }
    let spelled = found(matcher(FOLDED, &["vx"]), "aⓥⓧb");
    assert_eq!(spelled, [("ⓥⓧ", View::Folded)]);
}

#[test]
fn white_space_of_any_length_is_one_space() {
    for text in
        ["bank transfer", "bank  transfer", "bank\t\n transfer", "bank\u{3000}\u{a0}transfer"]
    {
        assert_eq!(found(matcher(FOLDED, &["bank transfer"]), text), [(text, View::Folded)]);
        let term = format!(" {text}\n");
        assert_eq!(count_with(Edge::Auto, &term, "a bank transfer"), 1);
    }
}

#[test]
fn marks_of_other_scripts_hide_nothing_and_belong_to_the_span() {
    for mark in ['\u{6e3}', '\u{e31}', '\u{336}', '\u{302a}', '\u{93f}'] {
        let marked = format!("加{mark}微{mark}信{mark}{mark}");
        assert_eq!(
            found(matcher(FOLDED, &["加微信"]), &format!("请{marked}吧")),
            [(&*marked, View::Folded)]
        );
    }
    assert_eq!(found(matcher(FOLDED, &["パ"]), "ﾊﾟ"), [("ﾊﾟ", View::Folded)]);
}

#[test]
fn squeezed_skips_noise() {
    assert_eq!(
        found(matcher(SQUEEZED, &["百家乐"]), "玩百 家☆乐吧"),
        [("百 家☆乐", View::Squeezed)]
    );
    assert_eq!(found(matcher(SQUEEZED, &["百家乐"]), "百家乐"), [("百家乐", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["百家乐"]), "百 家 乐"), []);
    assert_eq!(found(matcher(SQUEEZED, &["vx"]), "加v.x吧"), [("v.x", View::Squeezed)]);
    assert_eq!(
        found(matcher(SQUEEZED, &["hello"]), "he llo"),
        [],
        "noise between some letters only"
    );
    assert_eq!(found(matcher(SQUEEZED, &["hello"]), "h-e-l-l-o"), [("h-e-l-l-o", View::Squeezed)]);
    let click = || matcher(SQUEEZED, &["click here"]);
    assert_eq!(found(click(), "click here"), [("click here", View::Folded)]);
    assert_eq!(found(click(), "click--here"), [("click--here", View::Squeezed)]);
    assert_eq!(found(click(), "clickhere"), [("clickhere", View::Squeezed)]);
    assert_eq!(found(matcher(SQUEEZED, &["!!"]), "a!!b"), [("!!", View::Folded)]);
}

#[test]
fn a_gap_of_noise_has_a_limit() {
    for (noise, is_found) in [(1, true), (15, true), (16, true), (17, false), (40, false)] {
        let text = format!("玩百{}家乐", "-".repeat(noise));
        for views in [SQUEEZED, BOTH] {
            let hits = found(matcher(views, &["百家乐"]), &text);
            let expected = is_found.then(|| (&text["玩".len()..], View::Squeezed));
            assert_eq!(hits, Vec::from_iter(expected), "{noise}");
        }
        let text = format!("玩百{}加乐", "-".repeat(noise));
        let hits = found(matcher(ALL, &["百家乐"]), &text);
        assert_eq!(hits.len(), usize::from(is_found), "{noise} in a homophone");
    }
}

#[test]
fn noise_at_an_end_of_a_term_is_part_of_it() {
    for views in [SQUEEZED, BOTH] {
        for (term, without) in [("吃💩", "吃饭"), ("💩吃", "吃饭"), ("+v", "a v b")] {
            assert_eq!(found(matcher(views, &[term]), without), [], "{term}");
            assert_eq!(found(matcher(views, &[term]), term), [(term, View::Folded)], "{term}");
        }
    }
}

/// A term and a text that the view finds and every narrower view misses.
fn sample(view: View) -> Option<(&'static str, &'static str)> {
    match view {
        View::Exact => None,
        View::Folded => Some(("微信", "加微\u{200B}信吧")),
        View::Squeezed => Some(("百家乐", "玩百 家☆乐吧")),
        View::Look => Some(("free", "get fr33 now")),
        View::Sound => Some(("微信", "加薇信吧")),
    }
}

#[test]
fn every_view_finds_a_sample_that_narrower_views_miss() {
    for view in View::ALL {
        let Some((term, text)) = sample(view) else { continue };
        let hits = found(matcher(&[view], &[term]), text);
        assert_eq!(hits.iter().map(|hit| hit.1).collect::<Vec<_>>(), [view], "{view:?}");
        for narrower in View::ALL.into_iter().filter(|narrower| *narrower < view) {
            assert_eq!(found(matcher(&[narrower], &[term]), text), [], "{view:?} {narrower:?}");
        }
    }
}

const LOOK: &[View] = &[View::Folded, View::Look];
const BOTH: &[View] = &[View::Folded, View::Squeezed, View::Look];

#[test]
fn a_letter_repeated_across_words_belongs_to_its_own_word() {
    for (text, expected) in [
        ("you ugly bitch", "ugly bitch"),
        ("ugly bitch he said", "ugly bitch"),
        ("you ugly bitch he said", "ugly bitch"),
        ("you, u.g.l.y b.i.t.c.h, he said", "u.g.l.y b.i.t.c.h"),
        ("u g l y b i t c h", "u g l y b i t c h"),
        // A single letter can be a word.
        ("u ugly bitch", "ugly bitch"),
        ("ugly bitch h", "ugly bitch"),
        ("u, ugly bitch h!", "ugly bitch"),
        ("u u g l y b i t c h h", "u u g l y b i t c h h"),
    ] {
        let hits = found(matcher(BOTH, &["ugly bitch"]), text);
        assert_eq!(hits.iter().map(|hit| hit.0).collect::<Vec<_>>(), [expected], "{text}");
    }
    // What touches without noise between is another word.
    for text in ["youugly bitch", "ugly bitchhe", "you ugly bitches"] {
        assert_eq!(found(matcher(BOTH, &["ugly bitch"]), text), [], "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// More views never lose what fewer views find.
    #[test]
    fn more_views_find_no_less(
        words in prop::collection::vec("[abis]{1,3}", 1..3), text in "[abis .!$@|15]{0,16}",
    ) {
        let term = words.join(" ");
        // Of one letter alone it is not known where it begins.
        prop_assume!(term.chars().any(|letter| term.contains(|other| other != letter && other != ' ')));
        let of = |views: &[View]| scan(vec![matcher(views, &[&term])], &text);
        for (narrow, wide) in [(FOLDED, SQUEEZED), (FOLDED, LOOK), (SQUEEZED, BOTH), (LOOK, BOTH), (BOTH, ALL)] {
            let hits = of(wide);
            for plain in of(narrow) {
                let covers = |hit: &Hit| {
                    let (wide, narrow) = (hit.span.range(), plain.span.range());
                    wide.start < narrow.end && narrow.start < wide.end
                };
                prop_assert!(hits.iter().any(covers), "{term:?} in {text:?} by {wide:?}, not {narrow:?}");
            }
        }
    }
}

#[test]
fn look_alikes_are_found_by_look() {
    for disguise in ["fr33", "frее", "FREEEE", "fre3", "🇫ree"] {
        assert_eq!(found(matcher(LOOK, &["free"]), disguise), [(disguise, View::Look)]);
        assert_eq!(found(matcher(SQUEEZED, &["free"]), disguise), [], "{disguise}");
    }
    for disguise in ["c.4.s.1.n.0", "c@$ino", "саѕіnо", "ca$ino", "C-A-5-I-N-O"] {
        assert_eq!(found(matcher(BOTH, &["casino"]), disguise), [(disguise, View::Look)]);
    }
    assert_eq!(found(matcher(BOTH, &["sex"]), "hot $ex now"), [("$ex", View::Look)]);
    // Signs before a term look like its first letter.
    for views in [LOOK, BOTH] {
        assert_eq!(found(matcher(views, &["is"]), "51!is it"), [("is", View::Folded)]);
    }
    for (term, text) in [("% off", "50% off"), ("金🌹", "金🌹3"), ("hi!", "hi!x")] {
        assert_eq!(found(matcher(LOOK, &[term]), text), [(term, View::Folded)]);
    }
    for disguise in ["cas!no", "cas|no", "ca$!no", "cas!!no"] {
        for views in [LOOK, BOTH, ALL] {
            assert_eq!(found(matcher(views, &["casino"]), disguise), [(disguise, View::Look)]);
        }
    }
    assert_eq!(found(matcher(BOTH, &["casino"]), "casino"), [("casino", View::Folded)]);
    assert_eq!(found(matcher(BOTH, &["casino"]), "c a s i n o"), [("c a s i n o", View::Squeezed)]);
    assert_eq!(
        found(matcher(BOTH, &["casino"]), "ca s.i no"),
        [],
        "noise between some letters only"
    );
}

#[test]
fn split_characters_are_found_by_look() {
    assert_eq!(found(matcher(LOOK, &["赌钱"]), "来贝者钱"), [("贝者钱", View::Look)]);
    assert_eq!(found(matcher(BOTH, &["赌钱"]), "来贝 者.钱"), [("贝 者.钱", View::Look)]);
    assert_eq!(found(matcher(FOLDED, &["赌钱"]), "来贝者钱"), []);
}

const SOUND: &[View] = &[View::Folded, View::Sound];
const ALL: &[View] = &[View::Folded, View::Squeezed, View::Look, View::Sound];

#[test]
fn homophones_and_pinyin_are_found_by_sound() {
    for disguise in ["薇信", "威信", "wei信", "微xin", "weixin", "WeiXin"] {
        let text = format!("加{disguise}吧");
        let expected = [(&text[3..text.len() - 3], View::Sound)];
        assert_eq!(found(matcher(SOUND, &["微信"]), &text), expected);
        assert_eq!(found(matcher(BOTH, &["微信"]), &text), [], "{disguise}");
    }
    assert_eq!(found(matcher(SOUND, &["微信"]), "加微信吧"), [("微信", View::Folded)]);
    assert_eq!(found(matcher(SOUND, &["银行卡"]), "淫航咔"), [("淫航咔", View::Sound)]);
    assert_eq!(found(matcher(SOUND, &["银行卡"]), "yin行ka 号"), [("yin行ka", View::Sound)]);
    assert_eq!(found(matcher(ALL, &["加微信"]), "佳.薇 信"), [("佳.薇 信", View::Sound)]);
    assert_eq!(found(matcher(SOUND, &["加微信"]), "佳.薇 信"), [], "noise is for squeezed");
    assert_eq!(found(matcher(ALL, &["加微信"]), "佳🎰薇🎲🎲信"), [("佳🎰薇🎲🎲信", View::Sound)]);
}

/// Wherever the anchor of a term is, the hit is exactly the whole term.
#[test]
fn homophones_are_found_from_end_to_end() {
    for (term, disguise) in [
        ("六合彩", "刘河才"),
        ("时时彩", "十十才"),
        ("百家乐", "白佳勒"),
        ("银行卡", "淫航咔"),
        ("北京赛车", "背景塞彻"),
        ("加我微信", "佳窝薇芯"),
        ("刷单返利", "唰担饭力"),
    ] {
        for noise in ["", "·", " - ", "🎰"] {
            let letters: Vec<String> = disguise.chars().map(String::from).collect();
            let spelled = letters.join(noise);
            let text = format!("好{spelled}好");
            let hits = found(matcher(ALL, &[term]), &text);
            assert_eq!(hits, [(&spelled[..], View::Sound)], "{term}");
        }
    }
}

#[test]
fn short_pinyin_is_found_among_han_characters_alone() {
    assert_eq!(found(matcher(SOUND, &["博彩"]), "来bocai吧"), [("bocai", View::Sound)]);
    assert_eq!(found(matcher(SOUND, &["博彩"]), "bocai 来吧"), [("bocai", View::Sound)]);
    assert_eq!(found(matcher(SOUND, &["博彩"]), "the bocai here"), [], "five letters");
    assert_eq!(found(matcher(SOUND, &["微信"]), "the weixin here"), [("weixin", View::Sound)]);
}

#[test]
fn sound_leaves_ordinary_text_alone() {
    assert_eq!(found(matcher(SOUND, &["我们"]), "two women here"), [], "English");
    assert_eq!(found(matcher(SOUND, &["微信"]), "xweixin 号"), [], "letters touch");
    assert_eq!(found(matcher(SOUND, &["西安"]), "先"), [], "one syllable is not two");
    assert_eq!(found(matcher(SOUND, &["信"]), "新"), [], "one character has no anchor");
}

/// A price is no word in disguise: a digit of a term is that digit, or a letter drawn like it.
#[test]
fn digits_of_a_term_are_drawn_like_digits() {
    for (term, same, other) in [
        ("a10", &["al0", "ai0", "a1o", "alo", "a１０"][..], &["a20", "ab0", "aib"][..]),
        ("b100", &["bloo", "b1oo"], &["b108", "bl0b"]),
        ("q88", &["q８８"], &["qbb", "qb8"]),
        ("q35", &["q３５"], &["qe5", "q3s", "qes"]),
    ] {
        for text in same {
            assert_eq!(found(matcher(LOOK, &[term]), text).len(), 1, "{text} for {term}");
        }
        for text in other {
            assert_eq!(found(matcher(LOOK, &[term]), text), [], "{text} for {term}");
        }
    }
}

#[test]
fn a_run_of_digits_is_no_shorter_number_in_any_view() {
    let phone =
        || MatcherSpec { entities: EntitySet::of(&[Entity::PhoneCn]), ..matcher(SQUEEZED, &[]) };
    assert_eq!(found(phone(), "打13800138000吧"), [("13800138000", View::Folded)]);
    let separated = "1.3.8.0.0.1.3.8.0.0.0";
    assert_eq!(found(phone(), &format!("打{separated}吧")), [(separated, View::Squeezed)]);
    assert_eq!(found(phone(), "打13800138000123吧"), []);
    assert_eq!(found(phone(), "打138☆00138000123吧"), []);
}

#[test]
fn look_leaves_ordinary_text_alone() {
    assert_eq!(found(matcher(BOTH, &["lol"]), "room 101"), [], "digits alone are no word");
    assert_eq!(found(matcher(LOOK, &["as"]), "@$"), [], "signs alone are no word");
    assert_eq!(found(matcher(LOOK, &["as"]), "a$"), [("a$", View::Look)]);
    assert_eq!(found(matcher(BOTH, &["free"]), "fre"), [], "fewer letters than the term has");
    assert_eq!(found(matcher(BOTH, &["88"]), "bb"), [], "a number is no letters");
    assert_eq!(found(matcher(LOOK, &["hi"]), "h!"), [("h!", View::Look)]);
    assert_eq!(found(matcher(BOTH, &["hi"]), "h!"), [("h!", View::Look)]);
}

#[test]
fn exact_keeps_white_space() {
    let exact = |term: &str| matcher(&[View::Exact], &[term]);
    assert_eq!(found(exact("a  b"), "a b, a  b"), [("a  b", View::Exact)]);
    assert_eq!(found(exact(" id "), "id, id,an id b").len(), 1);
    assert_eq!(found(exact("a\nb"), "a b"), []);
}

#[test]
fn pinyin_is_read_as_it_is_written_and_typed() {
    let of = |term: &str, text: &str| found(matcher(SOUND, &[term]), text).len();
    for text in [
        "战lve合作",
        "战lue合作",
        "战lüe合作",
        "战lüè合作",
        "zhanlvehezuo",
        "zhanlüehezuo",
        "zhàn lüè hé zuò",
        "zhan4lue4he2zuo4",
    ] {
        assert_eq!(of("战略合作", &text.replace(' ', "")), 1, "{text}");
    }
    for text in ["nv主播", "nü主播", "nǚ主播", "nu主播", "nv3zhu3bo1"] {
        assert_eq!(of("女主播", text), 1, "{text}");
    }
    assert_eq!(of("女主播", "na主播"), 0);
    assert_eq!(of("努力", "nvli"), 0, "u is not read as v");
}

#[test]
fn exact_and_cased_look_at_the_spelling() {
    assert_eq!(found(matcher(&[View::Exact], &["時"]), "时時"), [("時", View::Exact)]);
    assert_eq!(
        found(matcher(&[View::Exact, View::Folded], &["時"]), "时時"),
        [("时", View::Folded), ("時", View::Exact),]
    );
    let cased = || MatcherSpec { cased: true, ..matcher(SQUEEZED, &["VX"]) };
    assert_eq!(
        found(cased(), "vx VX ＶＸ V.X v.x"),
        [("VX", View::Folded), ("ＶＸ", View::Folded), ("V.X", View::Squeezed),]
    );
}

#[test]
fn allow_phrases_drop_hits_inside_them() {
    let spec = MatcherSpec {
        except: vec![TermSpec { term: None, ..term("福利彩票") }],
        ..matcher(FOLDED, &["彩票"])
    };
    assert_eq!(found(spec, "福利彩票和彩票"), [("彩票", View::Folded)]);
    // Those of one matcher are not another's.
    let with = |word: &str, phrase: &[&str]| MatcherSpec {
        except: phrase.iter().map(|it| TermSpec { term: None, ..term(it) }).collect(),
        ..matcher(FOLDED, &[word])
    };
    let specs =
        vec![with("彩票", &["福利彩票"]), with("彩票", &[]), with("彩票", &["体育彩票", "老彩票"])];
    let text = "福利彩票,体育彩票,老彩票,福利彩票";
    let hits = scan(specs, text);
    let count = |matcher: u32| hits.iter().filter(|hit| hit.matcher == MatcherIx(matcher)).count();
    assert_eq!([count(0), count(1), count(2)], [2, 4, 2]);
}

fn sequence(parts: &[&[&str]], gap: u32) -> MatcherSpec {
    let choices = |part: &&[&str]| part.iter().map(|word| term(word)).collect();
    let parts = parts.iter().map(choices).collect();
    MatcherSpec {
        edge: Edge::None,
        sequence: Some(SequenceSpec { parts, gap }),
        ..matcher(FOLDED, &[])
    }
}

#[test]
fn sequences_join_parts_over_gaps() {
    let split = || sequence(&[&["上"], &["分", "份"]], 2);
    assert_eq!(found(split(), "上*分"), [("上*分", View::Folded)]);
    assert_eq!(found(split(), "上**份"), [("上**份", View::Folded)]);
    // A run of noise is one unit.
    assert_eq!(found(split(), "上* * *分"), [("上* * *分", View::Folded)]);
    assert_eq!(found(split(), "上你我他分"), []);
    assert_eq!(
        found(split(), "上\u{200B}\u{200B}\u{200B}分"),
        [("上\u{200B}\u{200B}\u{200B}分", View::Folded)]
    );
    assert_eq!(found(split(), "分上"), []);
    let three = sequence(&[&["加"], &["我"], &["信"]], 3);
    assert_eq!(found(three, "加x我我..信"), [("加x我我..信", View::Folded)]);
}

fn regexes(views: &[View], patterns: &[&str]) -> MatcherSpec {
    let compiled =
        patterns.iter().map(|pattern| PrefilteredRegex::for_posts(pattern, false).unwrap());
    MatcherSpec { edge: Edge::None, regexes: compiled.collect(), ..matcher(views, &[]) }
}

#[test]
fn regexes_read_the_texts_of_their_views() {
    let both = || regexes(SQUEEZED, &["加[vw]信", "買.{0,2}彩"]);
    assert_eq!(found(both(), "加v信 加W信"), [("加v信", View::Folded), ("加W信", View::Folded)]);
    assert_eq!(
        found(both(), "加.v.信，买x彩，买-彩"),
        [("加.v.信", View::Squeezed), ("买x彩", View::Folded), ("买-彩", View::Folded)]
    );
    let folded = regexes(FOLDED, &["加[vw]信", "買.{0,2}彩"]);
    assert_eq!(found(folded, "加.v.信，買xx彩"), [("買xx彩", View::Folded)]);
    // Each matcher has its own hits, independent of the order in the text.
    let specs = vec![regexes(SQUEEZED, &["ab+"]), regexes(FOLDED, &["cd+"]), both()];
    let text = "cdd 加w信 a.bb cd 买彩 ab";
    let hits = scan(specs, text);
    let of = |matcher: u32| -> Vec<&str> {
        let own = hits.iter().filter(|hit| hit.matcher == MatcherIx(matcher));
        own.map(|hit| &text[hit.span.range()]).collect()
    };
    assert_eq!(of(0), ["a.bb", "ab"]);
    assert_eq!(of(1), ["cdd", "cd"]);
    assert_eq!(of(2), ["加w信", "买彩"]);
}

#[test]
fn hits_with_equal_spelling_are_counted_once_by_distinct() {
    let text = "加v信 加.v信 加w信 加V信";
    let hits = scan(vec![regexes(SQUEEZED, &["加[vw]信"])], text);
    let same: Vec<bool> = hits.iter().map(|hit| hit.distinct_key == hits[0].distinct_key).collect();
    assert_eq!(same, [true, true, false, true]);
}

#[test]
fn a_number_that_fails_its_check_is_no_hit() {
    let card = MatcherSpec { check: Some(Check::Luhn), ..regexes(FOLDED, &["[0-9]{16}"]) };
    let text = "4111111111111111 4111111111111112 5555555555554444";
    let hits = found(card, text);
    assert_eq!(hits, [(&text[..16], View::Folded), (&text[34..], View::Folded)]);
}

#[test]
fn entities_are_hits_of_matchers_that_list_them() {
    let wants = |views: &[View], entity| MatcherSpec {
        entities: EntitySet::of(&[entity]),
        ..matcher(views, &[])
    };
    let specs = vec![
        wants(FOLDED, Entity::PhoneCn),
        wants(SQUEEZED, Entity::PhoneCn),
        wants(SQUEEZED, Entity::Email),
        MatcherSpec { fields: FieldSet::NONE, ..wants(SQUEEZED, Entity::Email) },
    ];
    let hits = scan(specs, "13800138000 me@example.com 1★3★9★0★0★1★3★8★0★0★0");
    let count = |matcher: u32| hits.iter().filter(|hit| hit.matcher == MatcherIx(matcher)).count();
    assert_eq!([count(0), count(1), count(2), count(3)], [1, 2, 1, 0]);
}

#[test]
fn hits_are_listed_once_and_up_to_the_cap() {
    let twice = matcher(FOLDED, &["彩金", "彩金"]);
    assert_eq!(found(twice, "彩金"), [("彩金", View::Folded)]);
    let capped = MatcherSpec { max: 2, ..matcher(FOLDED, &["彩"]) };
    assert_eq!(found(capped, "彩彩彩").len(), 2);
}

#[test]
fn fields_and_languages_narrow_a_matcher() {
    let title_only =
        MatcherSpec { fields: FieldSet::of(&[FieldId::TITLE]), ..matcher(FOLDED, &["彩"]) };
    assert_eq!(found(title_only, "彩"), []);
    let english = || MatcherSpec {
        scripts: Scripts::LATIN,
        languages: vec!["en".to_owned()],
        ..matcher(FOLDED, &["！"])
    };
    assert_eq!(found(english(), "好！"), []);
    assert_eq!(found(english(), "yes！"), [("！", View::Folded)]);
}

/// How many hits a post of this text has, and whether it is capped.
fn count(specs: Vec<MatcherSpec>, text: &str) -> (usize, bool) {
    let all: Vec<MatcherIx> = (0..specs.len() as u32).map(MatcherIx).collect();
    let scanner = Scanner::new(specs);
    let line = serde_json::json!({ "id": 1, "text": text }).to_string();
    let plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
    let (mut batch, mut scratch) = (Batch::default(), ScanScratch::default());
    plan.read(line.as_bytes(), true, &mut batch);
    scanner.scan(line.as_bytes(), &batch, &mut scratch);
    let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("no post") };
    let hits = scanner.post(&post, 0, &mut scratch).collect_literal_hits(None).run_deferred(&all);
    (hits.hits().all().len(), hits.is_capped())
}

#[test]
fn a_flood_is_capped_and_reported() {
    let flood = "彩".repeat(60_000);
    let (_, is_capped) = count(vec![matcher(FOLDED, &["彩", "彩彩", "彩彩彩"])], &flood);
    assert!(is_capped, "180,000 hits are over the cap");
}

/// Each matcher is far from the cap, and so are the literals found; all hits are not.
#[test]
fn hits_of_all_matchers_share_the_cap() {
    let matchers = || vec![matcher(FOLDED, &["彩"]), matcher(SQUEEZED, &["彩"])];
    let max = HITS_PER_POST_MAX;
    for (characters, expected) in [
        (max / 2 - 1, (max - 2, false)),
        (max / 2, (max, false)),
        (max / 2 + 1, (max, true)),
        (max / 2 + 500, (max, true)),
    ] {
        assert_eq!(count(matchers(), &"彩".repeat(characters)), expected, "{characters}");
    }
}

/// Parts of sequences count towards the cap, also if the sequence is incomplete.
#[test]
fn parts_of_sequences_share_the_cap() {
    let matchers = || vec![sequence(&[&["上"], &["下"]], 0), sequence(&[&["上"], &["左"]], 0)];
    let max = HITS_PER_POST_MAX;
    for (characters, is_capped) in [(max / 2, false), (max / 2 + 1, true)] {
        let text = "上".repeat(characters);
        assert_eq!(count(matchers(), &text), (0, is_capped), "{characters}");
    }
}

/// A disguise that only widens the folded spelling: width, invisible characters.
fn disguised(term: &str) -> impl Strategy<Value = String> {
    let letters: Vec<char> = term.chars().collect();
    let count = letters.len();
    prop::collection::vec(0usize..3, count).prop_map(move |choices| {
        let mut out = String::new();
        for (letter, choice) in letters.iter().zip(choices) {
            match choice {
                1 if letter.is_ascii_graphic() => {
                    out.push(char::from_u32(*letter as u32 + 0xFEE0).expect("full width"));
                }
                2 => out.extend([*letter, '\u{200D}']),
                _ => out.push(*letter),
            }
        }
        out
    })
}

proptest! {
    #[test]
    fn slicing_at_a_span_and_folding_gives_the_term(
        before in "[啊a ,]{0,10}", disguise in disguised("加vx领彩金"), after in "[啊 ,]{0,10}",
    ) {
        let text = format!("{before}，{disguise}{after}");
        let hits = scan(vec![matcher(SQUEEZED, &["加vx领彩金"])], &text);
        prop_assert_eq!(hits.len(), 1);
        prop_assert_eq!(fold(&text[hits[0].span.range()]), fold("加vx领彩金"));
        prop_assert_eq!(hits[0].view, View::Folded);
    }
}

#[test]
fn exact_signs_are_found_where_they_are_written() {
    for (sign, text) in
        [("🈶", "有🈶有"), ("⑩", "10⑩10"), ("🆓", "free 🆓 free"), ("①折", "1折①折")]
    {
        let spec = MatcherSpec { edge: Edge::None, ..matcher(&[View::Exact], &[sign]) };
        assert_eq!(found(spec, text), [(sign, View::Exact)], "{sign}");
    }
}

/// A matcher of the original text.
fn raw(pattern: &str) -> MatcherSpec {
    let regexes = vec![PrefilteredRegex::for_posts(pattern, true).unwrap()];
    MatcherSpec { regexes, edge: Edge::None, ..matcher(&[View::Exact], &[]) }
}

#[test]
fn raw_regexes_may_end_in_white_space_at_the_end_of_a_text() {
    assert_eq!(found(raw("[A-Z]+ *"), "go TO AL  "), [("TO ", View::Exact), ("AL", View::Exact)]);
    assert_eq!(found(raw("[A-Z]+ *"), "\u{3000}AL \u{200B}\n"), [("AL", View::Exact)]);
    assert_eq!(found(raw(" +"), "a  "), [], "white space at an end is nothing");
}

proptest! {
    /// Every match on the original text is inside the text, and is not made of white space alone
    /// at an end.
    #[test]
    fn raw_regexes_find_spans_of_the_text(text in "([ A\u{301}\u{3000}\u{200B}\nb☆字]|⑩|&amp;){0,12}") {
        for pattern in ["[A ]+", r"\s+", "(?s).", "A.*", "[^A]+"] {
            for hit in hits_of(&Scanner::with_kernel(vec![raw(pattern)], Kernel::Scalar), &text) {
                prop_assert!(text.get(hit.span.range()).is_some_and(|found| !found.is_empty()));
            }
        }
    }

    /// Occurrences inside words are left out by the search where all uses of a literal are for
    /// words. A search that keeps them gives the same hits.
    #[test]
    fn occurrences_left_out_by_the_search_make_no_hits(
        words in prop::collection::vec("[aiklu1!@$0 .加微]{1,4}|ill|a\\$s|w[i1]n", 3..9),
        text in "([aiklu1!@$0 .加微ⓐ🆓-]|ill|win| a |a\\$s|🅰){0,40}",
        edges in prop::collection::vec(0..3_usize, 3),
        views in prop::collection::vec(0..4_usize, 3),
    ) {
        let all_views: [&[View]; 4] = [
            FOLDED,
            SQUEEZED,
            &[View::Folded, View::Look],
            &[View::Folded, View::Squeezed, View::Look],
        ];
        let specs = || (0..3).map(|number| {
            let own: Vec<&str> = words.iter().skip(number).step_by(3).map(String::as_str)
                .filter(|word| !fold(word).is_empty()).collect();
            let edge = [Edge::Auto, Edge::Word, Edge::None][edges[number]];
            MatcherSpec { edge, ..matcher(all_views[views[number]], &own) }
        }).collect::<Vec<_>>();
        let scanner = Scanner::with_kernel(specs(), Kernel::Scalar);
        let mut whole = Scanner::with_kernel(specs(), Kernel::Scalar);
        whole.search_inside_words();
        prop_assert_eq!(hits_of(&scanner, &text), hits_of(&whole, &text));
    }
}
