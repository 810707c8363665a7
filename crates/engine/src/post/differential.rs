//! Differential tests: every parse mode must return the records of the reference, for the
//! handwritten cases at every alignment, for random lines, and for random lines with changed
//! bytes.

use super::cases::CASES;
use super::json_index::shapes::Shapes;
use super::json_index::structural::Index;
use super::json_index::walk::Walker;
use super::tests::plan;
use super::*;
use crate::domain::field::{MetaId, Names};

/// Seeded randomness: a failure prints its seed.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Everything that a record exposes.
fn dump(plan: &Plan, names: &Names, chunk: &[u8], batch: &mut Batch) -> Vec<String> {
    plan.read(chunk, true, batch);
    let metas = || (0..names.metas().len()).map(|at| MetaId(at as u16));
    let whole = |record: Record<'_>| match record {
        Record::Post(post) => format!(
            "{} {:?} {:?}",
            post.id(),
            post.texts().collect::<Vec<_>>(),
            metas().map(|meta| post.meta(meta)).collect::<Vec<_>>()
        ),
        other => format!("{other:?}"),
    };
    (0..batch.len())
        .map(|at| format!("{:?} {}", batch.line_span(at), whole(batch.record(chunk, at))))
        .collect()
}

/// Plans with many kinds of pointers: members, elements, wildcards, containers, values inside
/// mapped values.
fn plans() -> Vec<(Plan, Names)> {
    let mut small = Mapping::default();
    small
        .set_field_specs(&["text=/t", "title=/a/t", "alt=/a/*/t", "bio=/a/*", "tags=/t/*"])
        .unwrap();
    small.set_id(&["/i", "/a/i"]).unwrap().set_meta("lang", &["/a", "/t"]).unwrap();
    let mut indexed = Mapping::default();
    indexed.set_field_specs(&["text=/a/0", "title=/a/1/t", "alt=/t/t", "bio=/t/0/0"]).unwrap();
    indexed.set_id(&["/a/1"]).unwrap();
    vec![
        plan(&Mapping::default(), &["stats.likes", "a", "a.b"]),
        plan(&small, &["t.t", "a.a.a", "a.0", "i.0.t"]),
        plan(&indexed, &["a", "t.0", ""]),
        plan(&Mapping::preset("jetstream").unwrap(), &["commit.record.reply"]),
    ]
}

struct Twins {
    plans: Vec<(Plan, Names)>,
    batch: Batch,
}

impl Twins {
    fn new() -> Twins {
        Twins { plans: plans(), batch: Batch::default() }
    }

    fn check(&mut self, chunk: &[u8], what: &dyn std::fmt::Display) {
        for (number, (plan, names)) in self.plans.iter_mut().enumerate() {
            plan.set_parse_mode(ParseMode::Reference);
            let expected = dump(plan, names, chunk, &mut self.batch);
            for way in ParseMode::available().skip(1) {
                plan.set_parse_mode(way);
                let got = dump(plan, names, chunk, &mut self.batch);
                assert_eq!(
                    got,
                    expected,
                    "{what}, plan {number}, {way:?}: {}",
                    String::from_utf8_lossy(chunk)
                );
            }
        }
    }
}

const KEYS: &[&str] = &[
    "t",
    "a",
    "i",
    "b",
    "text",
    "title",
    "id",
    "",
    "0",
    "1",
    "*",
    "lang",
    "author",
    "commit",
    "record",
    "kind",
    "stats",
    "likes",
    "\\u0074",
    "te\\u0078t",
    "\\\"",
    "键",
    "text ",
    "ta",
];
const STRINGS: &[&str] = &[
    "",
    "x",
    "赌博",
    "\\n",
    "\\\\",
    "\\\"",
    "\\u0000",
    "\\ud83d\\ude00",
    "\\ud800",
    "{",
    "}",
    "[",
    ":",
    ",",
    "\\\\\\\"",
    "commit",
    "a long run of text without anything in it, longer than a block of 64",
    "\\u4f60\\u597d",
    "\\/",
];
const SCALARS: &[&str] =
    &["0", "-1", "12.5", "1e9", "-0.0E-7", "true", "false", "null", "31415926535897932384"];
const SPACES: &[&str] = &["", "", "", "", " ", "  ", "\t", "\r", "                              "];
const BROKEN: &[&str] = &[
    "\"", "\\", "{", "}", "[", "]", ":", ",", " ", "\n", "\t", "\r", "\0", "\u{1f}", "u", "0", "-",
    ".", "e", "t", "true", "null", "\\u", "\\u12", "x", "/", "\u{fffd}", "é", "\"t\":", "\r\n",
    "\"\"", "\\\\", "\u{7f}", "\u{b}",
];

/// Generates JSON: one random source decides on its tokens, the other on their content.
struct Maker {
    shape: Dice,
    words: Dice,
    line: String,
}

impl Maker {
    fn new(shape: u64, words: u64) -> Maker {
        Maker { shape: Dice::new(shape), words: Dice::new(words), line: String::new() }
    }

    fn word(&mut self, from: &[&str]) {
        self.line.push_str(self.words.pick(from));
    }

    fn value(&mut self, depth: usize) {
        self.word(SPACES);
        match self.shape.below(if depth == 0 { 4 } else { 7 }) {
            0..3 => self.string(),
            3 => self.word(SCALARS),
            4 | 5 => self.object(depth - 1),
            _ => {
                self.line.push('[');
                for n in 0..self.shape.below(4) {
                    self.line.push_str(if n == 0 { "" } else { "," });
                    self.value(depth - 1);
                }
                self.word(SPACES);
                self.line.push(']');
            }
        }
        self.word(SPACES);
    }

    fn string(&mut self) {
        self.line.push('"');
        for _ in 0..self.words.below(3) {
            self.word(STRINGS);
        }
        self.line.push('"');
    }

    fn object(&mut self, depth: usize) {
        self.line.push('{');
        for n in 0..self.shape.below(5) {
            self.line.push_str(if n == 0 { "" } else { "," });
            self.word(SPACES);
            self.line.push('"');
            self.word(KEYS);
            self.line.push('"');
            self.word(SPACES);
            self.line.push(':');
            self.value(depth);
        }
        self.word(SPACES);
        self.line.push('}');
    }
}

/// A few lines of random JSON; in half of all chunks some bytes are changed.
fn chunk(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut maker = Maker::new(seed, seed + 1);
    for _ in 0..1 + dice.below(6) {
        maker.object(3);
        maker.word(&["\n", "\n", "\n", "\r\n", "", "\n\n"]);
    }
    let mut bytes = maker.line.into_bytes();
    if dice.one_in(2) {
        for _ in 0..1 + dice.below(4) {
            break_bytes(&mut dice, &mut bytes);
        }
    }
    bytes
}

fn break_bytes(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let from = dice.below(bytes.len() + 1);
    let to = (from + dice.below(3)).min(bytes.len());
    match dice.below(4) {
        0 => drop(bytes.drain(from..to)),
        1 => bytes.insert(from, [0x80, 0xff, 0xc3, 0xe4, 0xed, 0xf0][dice.below(6)]),
        _ => drop(bytes.splice(from..to, dice.pick(BROKEN).bytes())),
    }
}

/// Lines of few shapes, with equal and with different words.
fn alike(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut bytes = Vec::new();
    for _ in 0..10 {
        let mut maker = Maker::new(seed + dice.below(2) as u64, seed + dice.below(3) as u64);
        maker.object(2);
        let mut line = maker.line.into_bytes();
        if dice.one_in(8) {
            break_bytes(&mut dice, &mut line);
        }
        bytes.extend(line);
        bytes.push(b'\n');
    }
    bytes
}

/// As many as run quickly; more with `TIDEGATE_SEEDS=100000`.
fn seeds() -> std::ops::RangeInclusive<u64> {
    let requested = std::env::var("TIDEGATE_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    1..=requested.unwrap_or(300)
}

#[test]
fn random_lines_read_the_same_every_way() {
    let mut twins = Twins::new();
    for seed in seeds() {
        twins.check(&chunk(seed), &format_args!("seed {seed}"));
    }
}

#[test]
fn lines_of_one_shape_read_the_same_every_way() {
    let mut twins = Twins::new();
    for seed in seeds() {
        twins.check(&alike(seed), &format_args!("seed {seed}"));
    }
}

#[test]
fn token_soup_reads_the_same_every_way() {
    let mut twins = Twins::new();
    for seed in seeds() {
        let mut dice = Dice::new(seed);
        let mut soup = String::new();
        for _ in 0..dice.below(120) {
            let from = if dice.one_in(3) { STRINGS } else { BROKEN };
            soup.push_str(dice.pick(from));
        }
        twins.check(soup.as_bytes(), &format_args!("seed {seed}"));
    }
}

#[test]
fn cases_read_the_same_at_every_alignment() {
    let mut twins = Twins::new();
    let lines: Vec<u8> = CASES.iter().flat_map(|(line, _)| [line, &b"\n"[..]].concat()).collect();
    for shift in (0..64).step_by(7) {
        let chunk = [" ".repeat(shift).as_bytes(), &lines].concat();
        twins.check(&chunk, &format_args!("shift {shift}"));
    }
    for (line, _) in CASES {
        for shift in [1, 63] {
            let before = format!("{{\"text\":\"{}\"}}\n", "x".repeat(shift));
            twins.check(&[before.as_bytes(), line, b"\n"].concat(), &format_args!("shift {shift}"));
        }
    }
}

#[test]
fn wrong_escapes_are_seen_at_every_alignment() {
    let mut twins = Twins::new();
    for shift in 0..64 {
        let before = "x".repeat(shift);
        let mut chunk = String::new();
        for escape in ["\\u123", "\\u12", "\\u1", "\\u", "\\", "\\\\", "\\u1234"] {
            chunk.push_str(&format!("{{\"text\":\"{before}{escape}g\"}}\n"));
        }
        twins.check(chunk.as_bytes(), &format_args!("shift {shift}"));
    }
}

#[test]
fn an_open_string_ends_with_its_line() {
    let mut twins = Twins::new();
    for shift in 0..64 {
        let before = "x".repeat(shift);
        let chunk = format!("{{\"text\":\"{before}\n\"{{\"text\":\"x\"}}\n{{\"text\":\"y\"}}\n");
        twins.check(chunk.as_bytes(), &format_args!("shift {shift}"));
        assert_eq!(irregular_lines(&chunk, &[]), 2);
    }
}

#[test]
fn both_sides_of_the_depth_limit_read_the_same() {
    let mut twins = Twins::new();
    for depth in [62, 63, 64, 65, 66, 1000] {
        let open = "[{\"a\":".repeat(depth / 2);
        let close = "}]".repeat(depth / 2);
        for (before, after) in [("", ""), ("[", "]")] {
            let line =
                format!("{{\"a\":{before}{open}0{close}{after},\"t\":\"x\",\"text\":\"y\"}}\n");
            twins.check(line.as_bytes(), &format_args!("depth {depth}"));
        }
    }
}

#[test]
fn every_kernel_finds_the_same_tokens() {
    let bytes = b"\"\"\"\\\\\\\n{}[]:, \t\r\x00\x1f\x7f\x80\xff/bfnrtu0189afAFgGxyzZ'";
    for seed in seeds() {
        let mut dice = Dice::new(seed);
        let mut chunk: Vec<u8> = (0..dice.below(400))
            .map(|_| match dice.below(8) {
                0 => dice.below(256) as u8,
                _ => bytes[dice.below(bytes.len())],
            })
            .collect();
        chunk.push(b'\n');
        let output = |kernel: Kernel| {
            let mut index = Index::default();
            kernel.index(&chunk, &mut index);
            index.output()
        };
        let expected = output(Kernel::Scalar);
        for kernel in Kernel::available() {
            assert_eq!(output(kernel), expected, "seed {seed}, {kernel:?}: {chunk:?}");
        }
    }
}

/// Number of lines that are left to the reference.
fn irregular_lines(chunk: &str, paths: &[&str]) -> usize {
    let (plan, _) = plan(&Mapping::default(), paths);
    let mut index = Index::default();
    let mut values = super::line_values::LineValues::default();
    Kernel::Scalar.index(chunk.as_bytes(), &mut index);
    let mut shapes = Shapes::default();
    shapes.begin(1);
    let mut walker = Walker::new(chunk.as_bytes(), &plan.paths, &index, &mut shapes, &|_| None);
    let mut irregular = 0;
    while let Some(walked) = walker.next_line(&mut values) {
        irregular += usize::from(!walked.is_complete);
    }
    irregular
}

#[test]
fn a_shape_distinguishes_keys_of_every_length() {
    for length in 1..40 {
        let key = "k".repeat(length);
        let mut mapping = Mapping::default();
        mapping.set_field("text", &[&format!("/{key}")]).unwrap();
        let mut twins = Twins { plans: vec![plan(&mapping, &[])], batch: Batch::default() };
        let line = |key: &str| format!("{{\"{key}\":\"a\",\"title\":\"x\"}}\n");
        for at in 0..length {
            let mut other = key.clone();
            other.replace_range(at..at + 1, "x");
            let spaced = line(&key).replacen("\":", "\" :", 1);
            let chunk = line(&key).repeat(4) + &line(&other) + &spaced + &line(&key);
            twins.check(chunk.as_bytes(), &format_args!("length {length}, other at {at}"));
        }
    }
}

#[test]
fn a_shape_distinguishes_keys_with_another_meaning() {
    let mut twins = Twins::new();
    let mapped = "{\"text\":\"x\",\"lang\":1}\n".repeat(4);
    for other in ["text", "tex", "texts", "lang", "Lang", "te\\u0078t", "title"] {
        let chunk =
            format!("{mapped}{{\"text\":\"x\",\"{other}\":1}}\n{{\"{other}\":\"x\",\"lang\":1}}\n");
        twins.check(chunk.as_bytes(), &other);
    }
}

/// Each kind of value that a part of a record may have, in lines that otherwise have the same
/// tokens.
#[test]
fn lines_that_the_extraction_of_their_shape_does_not_fit_read_the_same() {
    let mut renamed = Mapping::default();
    renamed.set_field_specs(&["title=/title,/a", "text=/b,/text", "tags=/tags/*"]).unwrap();
    renamed.set_id(&["/id", "/a"]).unwrap().set_meta("lang", &["/lang", "/b"]).unwrap();
    let mut several = Mapping::default();
    several.set_field("title", &["/title", "/a"]).unwrap();
    several.set_field("text", &["/b", "/text", "/a"]).unwrap().set_html(&["/b"]).unwrap();
    let plans = vec![
        plan(&Mapping::default(), &["a", "b"]),
        plan(&renamed, &["a"]),
        plan(&several, &["a"]),
    ];
    let mut twins = Twins { plans, batch: Batch::default() };
    let values =
        ["null", "7", "true", "\"x\"", "\"\"", "\"\\n<p>\"", "[]", "[\"y\"]", "{}", "\"<p>z\""];
    for of in 0..6 {
        for first in values {
            let mut chunk = String::new();
            for other in values.into_iter().flat_map(|other| [first, first, other, other, other]) {
                let mut each = ["\"i\"", "null", "\"z\"", "\"t\"", "\"s\"", "null"];
                each[of] = other;
                let [id, title, lang, text, a, b] = each;
                chunk.push_str(&format!(
                    "{{\"id\":{id},\"title\":{title},\"lang\":{lang},\"text\":{text},\
                     \"a\":{a},\"b\":{b},\"tags\":[\"g\"]}}\n"
                ));
            }
            twins.check(chunk.as_bytes(), &format_args!("value {of}, first {first}"));
            let without_tags = chunk.replace(",\"tags\":[\"g\"]", "");
            twins.check(without_tags.as_bytes(), &format_args!("no tags, value {of}, {first}"));
        }
    }
}

#[test]
fn lines_cut_short_anywhere_read_the_same() {
    let mut twins = Twins::new();
    let line = "{\"id\":-1.5e+3,\"text\":\"a\\\"\\\\\\ud83d\\ude00\\n赌\",\"a\":[true,{\"t\":null}],\
                \"author\":{\"id\":\"u\"}}";
    for end in 0..line.len() {
        let cut = &line.as_bytes()[..end];
        let whole = [line.as_bytes(), b"\n"].concat().repeat(4);
        twins.check(cut, &format_args!("{end} bytes, the end of the stream"));
        twins.check(&[&whole, cut, b"\n", &whole].concat(), &format_args!("{end} bytes"));
    }
}

#[test]
fn depth_and_size_beyond_all_measure_read_the_same() {
    let mut twins = Twins::new();
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let (open, close) = (open.repeat(100_000), close.repeat(100_000));
        for line in [
            format!("{{\"b\":{open}0{close},\"text\":\"x\"}}\n"),
            format!("{{\"a\":{open}0{close},\"text\":\"x\"}}\n"),
            format!("{{\"b\":{open}0,\"text\":\"x\"}}\n"),
            format!("{open}\n"),
        ] {
            twins.check(line.as_bytes(), &"deep");
        }
    }
    let digits = "9".repeat(100_000);
    for number in [
        digits.clone(),
        format!("-{digits}.{digits}e-{digits}"),
        format!("0{digits}"),
        format!("1e{digits}"),
    ] {
        let line = format!("{{\"id\":{number},\"b\":{number},\"text\":\"x\"}}\n");
        twins.check(line.as_bytes(), &"long number");
    }
}

#[test]
fn ordinary_lines_are_regular() {
    let ordinary = concat!(
        "{\"id\":\"1\",\"text\":\"x\"}\n",
        " { \"id\" : 12 , \"text\" : \"a\\\"\\\\\\u4f60\\ud83d\\ude00\" } \r\n",
        "{\"author\":{\"id\":\"u\",\"n\":[1,[],{},{\"a\":null}]},\"text\":\"\",\"stats\":{\"likes\":-0.5e+3}}\n",
        "{\"a\":1,\"a\":2,\"b\\n\":{\"id\":1,\"\\u0041\":2}}\n",
        "{}\n",
    );
    for shift in 0..64 {
        let shifted = format!("{}{ordinary}", " ".repeat(shift));
        assert_eq!(irregular_lines(&shifted, &["stats.likes", "author"]), 1);
    }
    let irregular =
        "\n[]\n{\"te\\u0078t\":\"\"}\n{\"text\":\"\",\"text\":\"\"}\n{\"a\":\"\t\"}\n{\"a\":01}\n";
    assert_eq!(irregular_lines(irregular, &[]), 6);
}
