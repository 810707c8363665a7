//! The scanner as a whole: terms, edges, views, sequences, allow phrases.

use super::entities::EntitySet;
use super::hits::Hit;
use super::language::Scripts;
use super::literals::Kernel;
use super::scanner::{ScanScratch, Scanner};
use super::spec::{Edge, MatcherSpec, SequenceSpec, TermSpec};
use crate::field::Names;
use crate::fold::fold;
use crate::ids::{MatcherIx, TermIx};
use crate::post::{Batch, Mapping, Plan, Record};
use crate::view::{View, ViewSet};
use proptest::prelude::*;

fn term(text: &str) -> TermSpec {
    TermSpec { term: Some(TermIx(0)), text: text.into(), symbols: fold(text).into() }
}

pub(super) fn matcher(views: &[View], words: &[&str]) -> MatcherSpec {
    MatcherSpec {
        edge: Edge::Auto,
        views: ViewSet::of(views),
        fields: u32::MAX,
        cased: false,
        max: u32::MAX,
        check: None,
        scripts: Scripts::NONE,
        languages: Vec::new(),
        terms: words.iter().map(|word| term(word)).collect(),
        except: Vec::new(),
        sequence: None,
        entities: EntitySet::default(),
        regexes: Vec::new(),
    }
}

/// Hits of every matcher in a post of this text.
fn scan(specs: Vec<MatcherSpec>, text: &str) -> Vec<Hit> {
    let count = specs.len() as u32;
    let scanner = Scanner::with_kernel(specs, Kernel::Scalar);
    let mut batch = Batch::default();
    let line = serde_json::json!({ "id": 1, "text": text }).to_string();
    let plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
    plan.read(line.as_bytes(), true, &mut batch);
    let mut scratch = ScanScratch::default();
    scanner.scan(line.as_bytes(), &batch, &mut scratch);
    let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("{line} is no post") };
    scanner.note(&post, 0, &mut scratch);
    scanner.gather(&post, 0, &mut scratch, None);
    let all: Vec<MatcherIx> = (0..count).map(MatcherIx).collect();
    scanner.complete(&post, 0, &mut scratch, &all);
    (0..count).flat_map(|matcher| scratch.hits().of(MatcherIx(matcher)).to_vec()).collect()
}

/// What was found, as the post spells it, and the view.
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
fn edges_guard_latin_letters_and_digits() {
    assert_eq!(found(matcher(FOLDED, &["caf"]), "café caf"), [("caf", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["88"]), "188 88元"), [("88", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["加v"]), "请加v吧加vx"), [("加v", View::Folded)]);
    assert_eq!(found(matcher(FOLDED, &["彩"]), "a彩b"), [("彩", View::Folded)]);
    let word = MatcherSpec { edge: Edge::Word, ..matcher(FOLDED, &["彩"]) };
    assert_eq!(found(word, "a彩b 彩"), [("彩", View::Folded)]);
    let none = MatcherSpec { edge: Edge::None, ..matcher(FOLDED, &["caf"]) };
    assert_eq!(found(none, "café"), [("caf", View::Folded)]);
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
fn noise_at_an_end_of_a_term_is_part_of_it() {
    for views in [SQUEEZED, BOTH] {
        for (term, without) in [("吃💩", "吃饭"), ("💩吃", "吃饭"), ("+v", "a v b")] {
            assert_eq!(found(matcher(views, &[term]), without), [], "{term}");
            assert_eq!(found(matcher(views, &[term]), term), [(term, View::Folded)], "{term}");
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
    ] {
        let hits = found(matcher(BOTH, &["ugly bitch"]), text);
        assert_eq!(hits.iter().map(|hit| hit.0).collect::<Vec<_>>(), [expected], "{text}");
    }
    // What touches without noise between is another word.
    for text in ["youugly bitch", "ugly bitchhe", "you ugly bitches"] {
        assert_eq!(found(matcher(BOTH, &["ugly bitch"]), text), [], "{text}");
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
    assert_eq!(found(matcher(BOTH, &["casino"]), "casino"), [("casino", View::Folded)]);
    assert_eq!(found(matcher(BOTH, &["casino"]), "c a s i n o"), [("c a s i n o", View::Squeezed)]);
    assert_eq!(
        found(matcher(BOTH, &["casino"]), "ca s.i no"),
        [],
        "noise between some letters only"
    );
}

#[test]
fn characters_written_apart_are_found_by_look() {
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
}

#[test]
fn sound_leaves_ordinary_text_alone() {
    assert_eq!(found(matcher(SOUND, &["我们"]), "two women here"), [], "English");
    assert_eq!(found(matcher(SOUND, &["微信"]), "xweixin 号"), [], "letters touch");
    assert_eq!(found(matcher(SOUND, &["西安"]), "先"), [], "one syllable is not two");
    assert_eq!(found(matcher(SOUND, &["信"]), "新"), [], "one character has no anchor");
}

#[test]
fn look_leaves_ordinary_text_alone() {
    assert_eq!(found(matcher(BOTH, &["lol"]), "room 101"), [], "digits alone are no word");
    assert_eq!(found(matcher(BOTH, &["free"]), "fre"), [], "fewer letters than the term has");
    assert_eq!(found(matcher(BOTH, &["88"]), "bb"), [], "a number is no letters");
    assert_eq!(found(matcher(LOOK, &["hi"]), "h!"), [("h!", View::Look)]);
    assert_eq!(found(matcher(BOTH, &["hi"]), "h!"), [], "with squeezed, a mark is noise");
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
fn allow_phrases_drop_what_lies_inside() {
    let spec = MatcherSpec {
        except: vec![TermSpec { term: None, ..term("福利彩票") }],
        ..matcher(FOLDED, &["彩票"])
    };
    assert_eq!(found(spec, "福利彩票和彩票"), [("彩票", View::Folded)]);
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
    assert_eq!(found(split(), "上***分"), []);
    assert_eq!(
        found(split(), "上\u{200B}\u{200B}\u{200B}分"),
        [("上\u{200B}\u{200B}\u{200B}分", View::Folded)]
    );
    assert_eq!(found(split(), "分上"), []);
    let three = sequence(&[&["加"], &["我"], &["信"]], 3);
    assert_eq!(found(three, "加x我我..信"), [("加x我我..信", View::Folded)]);
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
    let title_only = MatcherSpec { fields: 1, ..matcher(FOLDED, &["彩"]) };
    assert_eq!(found(title_only, "彩"), []);
    let english = || MatcherSpec {
        scripts: Scripts::LATIN,
        languages: vec!["en".to_owned()],
        ..matcher(FOLDED, &["！"])
    };
    assert_eq!(found(english(), "好！"), []);
    assert_eq!(found(english(), "yes！"), [("！", View::Folded)]);
}

#[test]
fn a_flood_is_cut_and_said() {
    let scanner = Scanner::new(vec![matcher(FOLDED, &["彩", "彩彩", "彩彩彩"])]);
    let line = serde_json::json!({ "id": 1, "text": "彩".repeat(60_000) }).to_string();
    let plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
    let (mut batch, mut scratch) = (Batch::default(), ScanScratch::default());
    plan.read(line.as_bytes(), true, &mut batch);
    scanner.scan(line.as_bytes(), &batch, &mut scratch);
    let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("no post") };
    scanner.note(&post, 0, &mut scratch);
    scanner.gather(&post, 0, &mut scratch, None);
    scanner.complete(&post, 0, &mut scratch, &[]);
    assert!(scanner.is_capped(0, &scratch), "180,000 hits are over the cap");
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
