//! How many copies of a story are found, and that no two stories are taken for one.
//!
//! The stories of `tests/stories` are invented. Each has slots with values, and is copied in the
//! ways of [`Way`]. Those of `held_out.jsonl` were written after the fingerprints were finished:
//! nothing may be changed to fit them.

use super::fingerprint::{FieldText, Fingerprint, Fingerprinter, TextScratch};
use super::overlap::{needed_percent, overlap};
use super::template::template;
use serde::Deserialize;
use std::collections::BTreeMap;
use tidegate_engine::fold::tables;

const STORIES: &str = include_str!("../../tests/stories/stories.jsonl");
const HELD_OUT: &str = include_str!("../../tests/stories/held_out.jsonl");

#[derive(Deserialize)]
struct Story {
    story: usize,
    /// `{p}` is the slot `p`.
    text: String,
    slots: BTreeMap<String, Vec<String>>,
}

/// How a copy differs from the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// Other names: people, places, companies, times.
    Names,
    /// Other numbers.
    Numbers,
    /// Cut after 80 %.
    Cut,
    /// 30 % of other text at the end.
    Padded,
    /// 5 % of the characters or words are others: homophones and any.
    Changed,
    /// Noise between characters.
    Emoji,
    /// Traditional characters, full width, capitals.
    Script,
    /// Other names and numbers, noise, and traditional characters.
    All,
}

/// Ways that copy, and ways that disguise.
const COPIED: [Way; 4] = [Way::Names, Way::Numbers, Way::Cut, Way::Padded];
const DISGUISED: [Way; 4] = [Way::Changed, Way::Emoji, Way::Script, Way::All];

/// Copies of a story in each way.
const COPIES: usize = 6;

/// Other words for the end of copies, and for characters that are changed.
const OTHERS: &str = "今天天气不错适合出门走晚饭吃什么好呢有没人推荐一部电影周末想去爬山记得带水和帽子\
    最近在学做面包第次烤焦邻居家的猫又跑到院里来了阳台上番茄红三个";
const OTHERS_LATIN: &str = "by the way does anyone know a good place for noodles and have you seen our new \
    film about lighthouses my tomatoes are finally red while this cat next door sleeps on every roof";

fn parsed(lines: &str) -> Vec<Story> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a story")).collect()
}

/// All stories.
fn stories() -> Vec<Story> {
    [parsed(STORIES), parsed(HELD_OUT)].into_iter().flatten().collect()
}

/// A number that looks random.
fn mixed(seed: usize) -> usize {
    let seed = (seed as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((seed ^ seed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) as usize
}

impl Story {
    /// Copy number `copy` in one way.
    fn copy(&self, way: Way, copy: usize) -> String {
        let seed = self.story * 1_000 + copy * 10 + way as usize;
        let text = match way {
            Way::Names | Way::All => self.filled(seed, &["p", "r", "c", "t"]),
            Way::Numbers => self.filled(seed, &["n", "m"]),
            Way::Cut | Way::Padded | Way::Changed | Way::Emoji | Way::Script => {
                self.filled(seed, &[])
            }
        };
        let length = text.chars().count();
        match way {
            Way::Names | Way::Numbers => text,
            Way::Cut => text.chars().take(length * 4 / 5).collect(),
            Way::Padded => {
                let padding = padding(text.is_ascii(), length * 3 / 10, seed);
                format!("{text}{padding}")
            }
            Way::Changed => changed(&text, seed),
            Way::Emoji => noisy(&text, seed),
            Way::Script => traditional(&text),
            Way::All => noisy(&traditional(&text), seed),
        }
    }

    /// The text with values in its slots: the first of each, another in those of `swapped`.
    fn filled(&self, seed: usize, swapped: &[&str]) -> String {
        let mut text = self.text.clone();
        for (at, (name, values)) in self.slots.iter().enumerate() {
            let is_swapped = swapped.contains(&name.as_str());
            let value = if is_swapped { mixed(seed * 7 + at) % values.len() } else { 0 };
            text = text.replace(&format!("{{{name}}}"), &values[value]);
        }
        text
    }
}

/// Words that other copies do not have in this order.
fn padding(latin: bool, length: usize, seed: usize) -> String {
    let words: Vec<String> = match latin {
        true => OTHERS_LATIN.split_whitespace().map(|word| format!(" {word}")).collect(),
        false => OTHERS.chars().filter(|c| !c.is_whitespace()).map(String::from).collect(),
    };
    let pick = |at: usize| words[mixed(seed * 97 + at) % words.len()].as_str();
    (0..length).map(pick).collect::<String>().chars().take(length).collect()
}

/// One of 20 words is another, in Chinese one of 20 characters: in turn a homophone and any.
fn changed(text: &str, seed: usize) -> String {
    let is_changed = |at: usize| mixed(seed * 31 + at / 20) % 20 == at % 20;
    if text.is_ascii() {
        let others: Vec<&str> = OTHERS_LATIN.split_whitespace().collect();
        let change = |(at, word)| match is_changed(at) {
            true => others[mixed(seed + at) % others.len()],
            false => word,
        };
        return text.split(' ').enumerate().map(change).collect::<Vec<_>>().join(" ");
    }
    let others: Vec<char> = OTHERS.chars().filter(|c| !c.is_whitespace()).collect();
    let change = |(at, c): (usize, char)| match is_changed(at) {
        true if tables::primary(c as u16).is_none() => c,
        true if at / 20 % 2 == 0 => homophone(c),
        true => others[mixed(seed + at) % others.len()],
        false => c,
    };
    text.chars().enumerate().map(change).collect()
}

/// Another character that is read alike first.
fn homophone(c: char) -> char {
    let same =
        |other: &u16| *other != c as u16 && tables::primary(*other) == tables::primary(c as u16);
    (0x4E00..=0x9FA5).find(same).and_then(|other| char::from_u32(other.into())).unwrap_or(c)
}

fn noisy(text: &str, seed: usize) -> String {
    let signs = ["😀", "★", " ", "\u{200B}", "、", "🔥", "~"];
    let mut out = String::new();
    let mut last = ' ';
    for (at, c) in text.chars().enumerate() {
        // Digits and addresses that are taken to pieces are others.
        if mixed(seed * 17 + at).is_multiple_of(4) && !c.is_ascii_digit() && !last.is_ascii_digit()
        {
            out.push_str(signs[mixed(seed + at) % signs.len()]);
        }
        out.push(c);
        last = c;
    }
    out
}

/// A traditional character for each simplified one that has any; wide capitals.
fn traditional(text: &str) -> String {
    let mut of = BTreeMap::new();
    for symbol in (0x4E00..=0x9FA5u16).rev() {
        if tables::table().bmp(symbol) != symbol {
            of.insert(tables::table().bmp(symbol), symbol);
        }
    }
    let change = |c: char| {
        let found = u16::try_from(u32::from(c)).ok().and_then(|symbol| of.get(&symbol));
        match (c, found) {
            (_, Some(symbol)) => char::from_u32(u32::from(*symbol)).unwrap_or(c),
            ('a'..='z', _) => c.to_ascii_uppercase(),
            ('!'..='?', _) => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
            _ => c,
        }
    };
    text.chars().map(change).collect()
}

fn fingerprint(text: &str) -> Fingerprint {
    let fields = [FieldText { text, html: false }];
    Fingerprinter::default().fingerprint(&fields, &mut TextScratch::default())
}

/// The rule by which a post joins an entry.
fn join(a: &Fingerprint, b: &Fingerprint) -> bool {
    let keys = a.keys().iter().filter(|key| b.keys().contains(key)).count();
    let needed = needed_percent(a.weight.min(b.weight));
    keys >= 2 && overlap(&a.sketch, &b.sketch).at_least(needed)
}

/// Fingerprints of all copies of a story in these ways.
fn copies(story: &Story, ways: &[Way]) -> Vec<(Way, Fingerprint)> {
    let numbers = ways.iter().flat_map(|way| (0..COPIES).map(|copy| (*way, copy)));
    numbers.map(|(way, copy)| (way, fingerprint(&story.copy(way, copy)))).collect()
}

/// Pairs of copies of one story that join, and all pairs, by their ways.
fn pairs(stories: &[Story], ways: &[Way]) -> BTreeMap<(Way, Way), (usize, usize)> {
    let mut found: BTreeMap<(Way, Way), (usize, usize)> = BTreeMap::new();
    for story in stories {
        let copies = copies(story, ways);
        for (at, (way, one)) in copies.iter().enumerate() {
            for (other_way, other) in &copies[at + 1..] {
                let count = found.entry((*way, *other_way)).or_default();
                count.0 += usize::from(join(one, other));
                count.1 += 1;
            }
        }
    }
    found
}

/// Pairs in 10,000 that join.
fn recall(found: &BTreeMap<(Way, Way), (usize, usize)>) -> usize {
    let (joined, all) =
        found.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    joined * 10_000 / all
}

/// Pairs of copies in these ways join, in both sets of stories.
#[track_caller]
#[expect(clippy::print_stdout, reason = "`--nocapture` shows the figures")]
fn expect_recall(ways: &[Way], at_least: usize) {
    for (set, lines) in [("stories", STORIES), ("held out", HELD_OUT)] {
        let found = pairs(&parsed(lines), ways);
        println!("{set}: {} in 10,000 pairs of {ways:?}", recall(&found));
        assert!(recall(&found) >= at_least, "{set}: {} {found:?}", recall(&found));
    }
}

#[test]
fn copies_of_a_story_join() {
    expect_recall(&COPIED, 9_500);
}

#[test]
fn disguised_copies_of_a_story_join() {
    expect_recall(&DISGUISED, 9_200);
}

#[test]
fn different_stories_never_join() {
    let ways = [&COPIED[..], &DISGUISED].concat();
    let all: Vec<(usize, Vec<(Way, Fingerprint)>)> =
        stories().iter().map(|story| (story.story, copies(story, &ways))).collect();
    for (at, (story, ones)) in all.iter().enumerate() {
        for (other_story, others) in &all[at + 1..] {
            for (one, other) in ones.iter().flat_map(|one| others.iter().map(move |it| (one, it))) {
                let found = overlap(&one.1.sketch, &other.1.sketch);
                assert!(!found.at_least(20), "{story} {other_story} {:?} {:?}", one.0, other.0);
            }
        }
    }
}

#[test]
fn templates_of_stories_have_their_slots() {
    let mut missing = Vec::new();
    for story in stories() {
        let texts: Vec<String> =
            (0..24).map(|copy| story.filled(copy * 13, &["p", "r", "c", "t", "n", "m"])).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let record = template(&texts, &Fingerprinter::default()).expect("a template");
        let weight: u32 = texts.iter().map(|text| fingerprint(text).weight).sum::<u32>() / 24;
        // The rule of `campaign.story`.
        let many = record.slots.iter().filter(|slot| slot.between && slot.values.len() >= 3);
        let acts = record.fixed_weight >= 120 && 2 * record.fixed_weight >= weight;
        if many.count() < 2 || !acts {
            missing.push((story.story, weight, record));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn stories_are_as_long_as_posts() {
    let stories = stories();
    assert_eq!(stories.len(), 30);
    for story in stories {
        let length = story.filled(0, &[]).chars().count();
        assert!((60..=400).contains(&length), "{} {length}", story.story);
    }
}
