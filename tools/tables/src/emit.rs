//! Writes the tables as Rust source with readable diffs.
//!
//! Changes of one symbol to one are written as arithmetic runs where at least
//! [`RUN_MIN`] follow each other, and as lines of character pairs otherwise. A
//! line holds one block of code points, so a change moves no other line.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::classes::{boundaries, is_digit, is_han, is_latin, is_noise, is_sign, word_class};
use crate::fold::{Folder, folded};
use crate::lookalikes;
use crate::marks;
use crate::pinyin;
use crate::unicode::{chars, is_mark};

/// Fewer changes in a row than this are written as pairs.
const RUN_MIN: usize = 4;

/// Code points that share a line: of pairs, of expansions, of boundaries.
const PAIR_BLOCK: u32 = 32;
const EXPANSION_BLOCK: u32 = 8;
const BOUNDARY_BLOCK: u32 = 256;

const FOLD_HEADER: &str = "\
//! What each character folds to. Written by `cargo run -p tables-generator`.
//!
//! Made from, by the definition in `tools/tables/src/fold.rs`:
//!
//! * Unicode 18.0.0 character data, Unicode-3.0 licence, through the crates
//!   unicode-normalization 0.1.26, icu_casemap 2.4.0, icu_properties 2.4.0;
//! * OpenCC's TSCharacters, TWVariants and HKVariants, Apache-2.0, through the
//!   crate hanconv 0.5.1.

use super::run::Run;
";

/// The fold tables.
pub fn fold_source() -> String {
    let cased = Folder::keeping_case().table();
    let mut out = FOLD_HEADER.to_owned();
    write_changes(&mut out, "FOLD", "Folding.", folded());
    let kept = differences(&cased, folded());
    write_changes(&mut out, "CASED", "Where folding without case folding differs.", &kept);
    out
}

const CLASSES_HEADER: &str = "\
//! Sets of characters. Written by `cargo run -p tables-generator`.
//!
//! Made from Unicode 18.0.0 general categories and scripts, Unicode-3.0
//! licence, through the crate icu_properties 2.4.0, by the definitions in
//! `tools/tables/src/classes.rs`. Each set is given by the code points at which
//! membership changes.
";

/// The sets of characters.
pub fn classes_source() -> String {
    let mut out = CLASSES_HEADER.to_owned();
    write_set(&mut out, "NOISE", "All but letters, marks and numbers.", is_noise);
    write_set(&mut out, "LATIN", "The Latin script.", is_latin);
    let touches = |c| is_latin(c) || is_digit(c);
    write_set(&mut out, "LATIN_OR_DIGIT", "The Latin script and all decimal digits.", touches);
    write_set(&mut out, "HAN", "The Han script.", is_han);
    write_set(&mut out, "SIGNS", "Signs read as letters or digits.", is_sign);
    let classes = chars().map(|c| (c, word_class(c)));
    write_steps(&mut out, ("WORD_CLASSES", "u8"), "How characters continue words.", classes);
    out
}

const MARKS_HEADER: &str = "\
//! Marks of scripts, and compositions. Written by `cargo run -p tables-generator`.
//!
//! Made from Unicode 18.0.0 script extensions, combining classes and canonical decompositions,
//! Unicode-3.0 licence, through the crates icu_properties 2.4.0 and unicode-normalization 0.1.26,
//! by the definitions in `tools/tables/src/marks.rs`.
";

/// The marks.
pub fn marks_source() -> String {
    let mut out = MARKS_HEADER.to_owned();
    write_set(&mut out, "MARKS", "Nonspacing, spacing and enclosing marks.", is_mark);
    let doc = "The scripts that a character shares with marks, as bits.";
    write_steps(&mut out, ("SHARED_SCRIPTS", "u128"), doc, marks::shared_scripts().into_iter());
    let doc = "Combining classes other than 0.";
    write_steps(&mut out, ("COMBINING", "u8"), doc, marks::combining_classes().into_iter());
    open(&mut out, "First, second, composed.");
    out.push_str("pub(super) static COMPOSITIONS: &[(char, char, char)] = &[\n");
    for triple in marks::compositions() {
        let [first, second, composed] = triple.map(|c| format!("'{}'", c.escape_unicode()));
        writeln!(out, "    ({first}, {second}, {composed}),").ok();
    }
    out.push_str("];\n");
    out
}

/// Writes values of characters as the code points from which on a value holds. A character
/// without a value has 0.
fn write_steps<T: Copy + Default + PartialEq + std::fmt::Display>(
    out: &mut String,
    (name, kind): (&str, &str),
    doc: &str,
    values: impl Iterator<Item = (char, T)>,
) {
    open(out, &format!("{doc} From each code point on, up to the next."));
    writeln!(out, "pub(super) static {name}: &[(u32, {kind})] = &[").ok();
    let (mut steps, mut next) = (Vec::<(u32, T)>::new(), 0);
    let mut step = |at: u32, value: T| {
        if steps.last().map_or(T::default(), |last| last.1) != value {
            steps.push((at, value));
        }
    };
    for (c, value) in values {
        if u32::from(c) != next {
            step(next, T::default());
        }
        step(u32::from(c), value);
        next = u32::from(c) + 1;
    }
    step(next, T::default());
    let same_line = |a: &(u32, T), b: &(u32, T)| a.0 / BOUNDARY_BLOCK == b.0 / BOUNDARY_BLOCK;
    for line in steps.chunk_by(same_line) {
        let cells: Vec<String> = line.iter().map(|(at, it)| format!("({at:#06X}, {it})")).collect();
        writeln!(out, "    {},", cells.join(", ")).ok();
    }
    out.push_str("];\n");
}

fn write_set(out: &mut String, name: &str, doc: &str, is_member: impl Fn(char) -> bool) {
    open(out, doc);
    writeln!(out, "pub(super) static {name}: &[u32] = &[").ok();
    let same_line = |a: &u32, b: &u32| a / BOUNDARY_BLOCK == b / BOUNDARY_BLOCK;
    for line in boundaries(is_member).chunk_by(same_line) {
        let cells: Vec<String> = line.iter().map(|cp| format!("{cp:#06X}")).collect();
        writeln!(out, "    {},", cells.join(", ")).ok();
    }
    out.push_str("];\n");
}

const LOOKALIKES_HEADER: &str = "\
//! Which characters pass for which. Written by `cargo run -p tables-generator`.
//!
//! Made from, by the definition in `tools/tables/src/lookalikes.rs`:
//!
//! * Unicode 18.0.0 confusables (UTS #39) and character data, Unicode-3.0 and
//!   MIT OR Apache-2.0 licences, through the crates unicode-security 0.1.3,
//!   unicode-normalization 0.1.26, icu_casemap 2.4.0, icu_properties 2.4.0;
//! * OpenCC's JPVariants, Apache-2.0, through the crate hanconv 0.5.1;
//! * GB 2312 as in the GBK of the crate encoding_rs 0.8.44, MIT OR Apache-2.0.
";

/// The classes of look-alikes.
pub fn lookalikes_source() -> String {
    let mut out = LOOKALIKES_HEADER.to_owned();
    let mut classes: BTreeMap<char, String> = BTreeMap::new();
    for (c, class) in lookalikes::table() {
        classes.entry(class).or_default().push(c);
    }
    open(&mut out, "A character, and those that are taken for it.");
    out.push_str("pub(super) static LOOKALIKES: &[(char, &str)] = &[\n");
    for (class, members) in &classes {
        writeln!(out, "    ({}, {}),", char_literal(*class), literal(members)).ok();
    }
    out.push_str("];\n");
    out
}

fn char_literal(c: char) -> String {
    format!("'{}'", literal(&c.to_string()).trim_matches('"'))
}

const PINYIN_HEADER: &str = "\
//! Toneless Mandarin readings. Written by `cargo run -p tables-generator`.
//!
//! Made from pinyin-data 0.15.0, MIT licence, through the crate pinyin 0.11.0,
//! restricted to common readings by `tools/tables/src/pinyin.rs`.
";

/// The syllables and the characters read by them.
pub fn pinyin_source() -> String {
    let mut out = PINYIN_HEADER.to_owned();
    open(&mut out, "A syllable, the characters first read so, and those also read so.");
    out.push_str("pub(super) static SYLLABLES: &[(&str, &str, &str)] = &[\n");
    for (syllable, readers) in pinyin::table() {
        let (first, further) = (literal(&readers.first), literal(&readers.further));
        writeln!(out, "    (\"{syllable}\", {first}, {further}),").ok();
    }
    out.push_str("];\n");
    out
}

/// The folds of `table` that differ from those of `base`; a character that `table` does not
/// list folds to itself.
fn differences(
    table: &BTreeMap<char, String>,
    base: &BTreeMap<char, String>,
) -> BTreeMap<char, String> {
    let all = base.keys().chain(table.keys());
    all.filter(|c| table.get(c) != base.get(c))
        .map(|c| (*c, table.get(c).cloned().unwrap_or_else(|| c.to_string())))
        .collect()
}

/// A change of one code point to another, or to 0 for dropped.
type Change = (u32, u32);

fn write_changes(out: &mut String, name: &str, doc: &str, table: &BTreeMap<char, String>) {
    let (single, longer): (Vec<_>, Vec<_>) =
        table.iter().partition(|(_, fold)| fold.chars().count() <= 1);
    let changes: Vec<Change> = single
        .iter()
        .map(|(c, fold)| (**c as u32, fold.chars().next().map_or(0, u32::from)))
        .collect();
    let (runs, pairs) = into_runs(&changes);
    write_runs(out, name, doc, &runs);
    write_pairs(out, name, doc, &pairs);
    write_expansions(out, name, doc, &longer);
}

/// First and last code point, distance between two, code point of the first
/// one's fold, distance between two folds.
type Run = (u32, u32, u32, u32, u32);

fn into_runs(changes: &[Change]) -> (Vec<Run>, Vec<Change>) {
    let (mut runs, mut pairs) = (Vec::new(), Vec::new());
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let (step, to_step, len) = longest_run(rest);
        if len >= RUN_MIN || !is_printable_pair(*first) {
            runs.push((first.0, rest[len - 1].0, step, first.1, to_step));
            rest = &rest[len..];
        } else {
            pairs.push(*first);
            rest = &rest[1..];
        }
    }
    (runs, pairs)
}

/// The steps and length of the longest run that `changes` begins with.
fn longest_run(changes: &[Change]) -> (u32, u32, usize) {
    [(1, 0), (1, 1), (2, 2)]
        .into_iter()
        .map(|(step, to_step)| (step, to_step, run_length(changes, step, to_step)))
        .fold((1, 0, 0), |best, next| if next.2 > best.2 { next } else { best })
}

fn run_length(changes: &[Change], step: u32, to_step: u32) -> usize {
    let next = |pair: &[Change]| pair[1] == (pair[0].0 + step, pair[0].1 + to_step);
    1 + changes.windows(2).take_while(|pair| next(pair)).count()
}

/// Dropped, white and control characters are unreadable in a literal.
fn is_printable_pair((from, to): Change) -> bool {
    let plain =
        |cp| char::from_u32(cp).is_some_and(|c| c > ' ' && c != '\u{FFFD}' && !c.is_control());
    plain(from) && plain(to)
}

fn write_runs(out: &mut String, name: &str, doc: &str, runs: &[Run]) {
    open(out, &format!("{doc} Runs of one to one; a fold of 0 means dropped."));
    writeln!(out, "pub(super) static {name}_RUNS: &[Run] = &[").ok();
    for (first, last, step, to, to_step) in runs {
        writeln!(out, "    Run::new({first:#06X}, {last:#06X}, {step}, {to:#06X}, {to_step}),")
            .ok();
    }
    out.push_str("];\n");
}

fn write_pairs(out: &mut String, name: &str, doc: &str, pairs: &[Change]) {
    open(out, &format!("{doc} Pairs of a character and its fold."));
    writeln!(out, "pub(super) static {name}_PAIRS: &[&str] = &[").ok();
    let same_line = |a: &Change, b: &Change| a.0 / PAIR_BLOCK == b.0 / PAIR_BLOCK;
    for line in pairs.chunk_by(same_line) {
        let text: String =
            line.iter().flat_map(|(from, to)| [*from, *to]).filter_map(char::from_u32).collect();
        writeln!(out, "    {},", literal(&text)).ok();
    }
    out.push_str("];\n");
}

fn write_expansions(out: &mut String, name: &str, doc: &str, longer: &[(&char, &String)]) {
    open(out, &format!("{doc} Characters that fold to several."));
    writeln!(out, "pub(super) static {name}_EXPANSIONS: &[(char, &str)] = &[").ok();
    let block = |c: char| u32::from(c) / EXPANSION_BLOCK;
    for line in longer.chunk_by(|a, b| block(*a.0) == block(*b.0)) {
        let cells: Vec<String> = line
            .iter()
            .map(|(c, to)| format!("('{}', {})", c.escape_unicode(), literal(to)))
            .collect();
        writeln!(out, "    {},", cells.join(", ")).ok();
    }
    out.push_str("];\n");
}

fn open(out: &mut String, doc: &str) {
    write!(out, "\n/// {doc}\n#[rustfmt::skip]\n").ok();
}

/// A string literal: characters that are invisible, or that affect their neighbours, are
/// escaped.
pub fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if shows(c) => out.push(c),
            _ => out.extend(c.escape_unicode()),
        }
    }
    out.push('"');
    out
}

fn shows(c: char) -> bool {
    use icu_properties::props::GeneralCategory as Category;
    !matches!(
        crate::unicode::category(c),
        Category::Control
            | Category::Format
            | Category::Unassigned
            | Category::PrivateUse
            | Category::NonspacingMark
            | Category::SpacingMark
            | Category::EnclosingMark
            | Category::LineSeparator
            | Category::ParagraphSeparator
    ) && (c == ' ' || !c.is_whitespace())
}
