//! Differential test: random terms and posts against a naive search, `str::find` over folded
//! text. Every JSON reader, every kernel and every chunk size must give the same hits, each with
//! its bytes. The literal engine alone is also tested against the `aho-corasick` crate, in
//! `literals`.

use super::literals::Kernel;
use super::scanner::{ScanScratch, Scanner};
use super::spec::{Edge, MatcherSpec};
use super::tests::matcher;
use crate::domain::field::{FieldId, Names};
use crate::domain::ids::MatcherIx;
use crate::domain::view::View;
use crate::fold::fold;
use crate::lines::{Chunk, Cut, Cutter, CutterSettings};
use crate::post::{Batch, Mapping, ParseMode, Plan, Record};
use proptest::prelude::*;

/// A hit: number of the post, matcher, field, first byte, one past the last.
type Place = (usize, u32, FieldId, u32, u32);

/// Title and text.
type Words = (String, String);

/// Number of matchers that share the terms.
const MATCHERS: usize = 3;

/// The matcher of a term depends on its number.
fn specs(terms: &[String]) -> Vec<MatcherSpec> {
    let of_matcher = |number: usize| {
        let own = terms.iter().skip(number).step_by(MATCHERS);
        let own: Vec<&str> = own.map(String::as_str).collect();
        MatcherSpec { edge: Edge::None, ..matcher(&[View::Folded], &own) }
    };
    (0..MATCHERS).map(of_matcher).collect()
}

fn find_naively(terms: &[String], posts: &[Words]) -> Vec<Place> {
    let mut places = Vec::new();
    let terms: Vec<String> = terms.iter().map(|term| folded(term)).collect();
    for (number, (title, text)) in posts.iter().enumerate() {
        for (field, text) in [(FieldId::TITLE, title), (FieldId::TEXT, text)] {
            // The folded text, and for each byte of it the bytes of its character.
            let (mut all, mut origins) = (String::new(), Vec::new());
            for (start, character) in text.char_indices() {
                // White space is one space, and none at the start.
                let own = match character.is_whitespace() {
                    true if all.is_empty() || all.ends_with(' ') => String::new(),
                    true => " ".to_owned(),
                    false => folded(character.encode_utf8(&mut [0; 4])),
                };
                let bytes = (start as u32, (start + character.len_utf8()) as u32);
                origins.extend(std::iter::repeat_n(bytes, own.len()));
                all.push_str(&own);
            }
            for (at, term) in terms.iter().enumerate() {
                let matcher = (at % MATCHERS) as u32;
                for (start, end) in occurrences(&all, term) {
                    let (first, last) = (origins[start], origins[end - 1]);
                    let cuts =
                        start > 0 && origins[start - 1] == first || origins.get(end) == Some(&last);
                    if !cuts {
                        places.push((number, matcher, field, first.0, last.1));
                    }
                }
            }
        }
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Byte ranges of `term` in `text`, overlapping ones included.
fn occurrences(text: &str, term: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(term) {
        let start = from + at;
        found.push((start, start + term.len()));
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    found
}

fn folded(text: &str) -> String {
    String::from_utf16(&fold(text)).expect("folded text is UTF-16")
}

fn lines(posts: &[Words]) -> Vec<u8> {
    let mut lines = Vec::new();
    for (number, (title, text)) in posts.iter().enumerate() {
        let post = serde_json::json!({ "id": number, "title": title, "text": text });
        lines.extend_from_slice(post.to_string().as_bytes());
        lines.push(b'\n');
    }
    lines
}

/// The hits of the engine, with chunks of about `chunk_bytes`.
fn find(
    scanner: &Scanner,
    plan: &Plan,
    lines: &[u8],
    chunk_bytes: usize,
    scratch: &mut ScanScratch,
) -> Vec<Place> {
    let settings = CutterSettings { chunk_bytes, line_bytes_max: 1 << 20 };
    let (mut cutter, mut chunk) = (Cutter::new(settings), Chunk::default());
    let (mut rest, mut batch, mut places) = (lines, Batch::default(), Vec::new());
    let mut number = 0;
    while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
        plan.read(chunk.bytes(), chunk.is_unterminated(), &mut batch);
        scanner.scan(chunk.bytes(), &batch, scratch);
        for index in 0..batch.len() {
            let record = batch.record(chunk.bytes(), index);
            // A post without any text is no post.
            if let Record::Post(post) = record {
                let scan = scanner.post(&post, index, scratch);
                let hits = scan.collect_literal_hits(None).run_deferred(&[]);
                let all = (0..MATCHERS as u32).flat_map(|own| hits.hits().of(MatcherIx(own)));
                places.extend(all.map(|hit| {
                    (number, hit.matcher.0, hit.field, hit.span.start(), hit.span.end())
                }));
            }
            number += 1;
        }
    }
    places.sort_unstable();
    places
}

fn compare(terms: &[String], posts: &[Words], chunk_sizes: &[usize]) {
    let expected = find_naively(terms, posts);
    let lines = lines(posts);
    let mut plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
    for kernel in Kernel::available() {
        let scanner = Scanner::with_kernel(specs(terms), kernel);
        let mut scratch = ScanScratch::default();
        for way in ParseMode::available() {
            plan.set_parse_mode(way);
            for chunk_bytes in chunk_sizes {
                let found = find(&scanner, &plan, &lines, *chunk_bytes, &mut scratch);
                assert_eq!(found, expected, "{kernel:?}, {way:?}, chunks of {chunk_bytes}");
            }
        }
    }
}

/// Few letters, so that terms overlap and begin alike: Latin, Han, its traditional and wide
/// spellings, letters that are dropped, that become two symbols or lie above U+FFFF.
const LETTERS: &str = "[aAｂ彩金時时1⑩🆘😀\u{200B}é ]";

fn any_term() -> impl Strategy<Value = String> {
    let term = format!("{LETTERS}{{1,4}}|[ab]{{1,9}}|[彩金]{{1,9}}|[a彩]{{9,20}}");
    let is_seen = |term: &String| !fold(term).is_empty();
    proptest::string::string_regex(&term).unwrap().prop_filter("something is left", is_seen)
}

fn any_words() -> impl Strategy<Value = Words> {
    let text = format!("({LETTERS}{{0,30}}|[ab]{{0,80}}|[彩金]{{0,80}}){{1,2}}");
    let text = || proptest::string::string_regex(&text).unwrap();
    (text(), text())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn all_configurations_find_what_the_naive_search_finds(
        terms in prop::collection::vec(any_term(), 1..25),
        posts in prop::collection::vec(any_words(), 1..25),
        chunk_bytes in 1usize..2000,
    ) {
        compare(&terms, &posts, &[1, chunk_bytes, 1 << 20]);
    }
}

#[test]
fn a_large_set_finds_what_the_naive_search_finds() {
    let mut state = 1u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % bound
    };
    let letters: Vec<char> = "abcdefgh彩金时赌博加信号码微0１．時".chars().collect();
    let mut word = |least: usize, most: usize| -> String {
        let length = least + below(most - least + 1);
        (0..length).map(|_| letters[below(letters.len())]).collect()
    };
    let terms: Vec<String> = (0..2000).map(|_| word(1, 7)).collect();
    let posts: Vec<Words> = (0..50).map(|_| (word(0, 12), word(1, 160))).collect();
    compare(&terms, &posts, &[3000, 1 << 20]);
}
