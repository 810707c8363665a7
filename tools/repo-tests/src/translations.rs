//! The Chinese pages are the English pages in Chinese: `docs/zh/PAGE` translates `docs/PAGE`.
//!
//! * The pages have the same blocks in the same order: headings of the same levels, paragraphs,
//!   list items, table rows, code.
//! * Code is the same, byte for byte, unless `<!-- localised -->` is on the line before the
//!   Chinese block.
//! * Blocks that correspond have the same code spans and the same numbers, and their links lead
//!   to the Chinese page where there is one, to the heading at the same place.
//! * `docs/zh/translated.txt` has a hash of each English section as it was translated. A section
//!   that changed is reported; `BLESS=1 cargo test -p repo-tests` writes the file again, once the
//!   Chinese page says the same.

use crate::markdown::{Block, Kind, anchor, blocks, code_spans, links};
use crate::source::root;
use crate::tidy::texts;
use std::collections::{BTreeMap, BTreeSet};
use std::{env, fs};

/// Pages without an English page.
const ORIGINAL: &[&str] = &["docs/zh/glossary.md"];

/// Folders of pages that are not translated, and the pages in them that are.
const ENGLISH_ONLY: &[&str] = &["docs/notes/", "docs/categories/"];
const TRANSLATED_THERE: &[&str] = &["docs/categories/README.md"];

/// The hashes of the sections as they were translated.
const TRANSLATED: &str = "docs/zh/translated.txt";

/// The Chinese page of an English page, if it has to exist.
fn twin(english: &str) -> Option<String> {
    let is_english_only = ENGLISH_ONLY.iter().any(|folder| english.starts_with(folder));
    match english {
        "README.md" | "rules/README.md" => Some(english.replace(".md", ".zh-CN.md")),
        "docs/SUMMARY.md" => None,
        _ if english.starts_with("docs/zh/") => None,
        _ if is_english_only && !TRANSLATED_THERE.contains(&english) => None,
        _ => english.strip_prefix("docs/").map(|page| format!("docs/zh/{page}")),
    }
}

/// The pages of the repository by path from the root.
fn pages() -> BTreeMap<String, String> {
    texts().into_iter().filter(|(name, _)| name.ends_with(".md")).collect()
}

/// English and Chinese pages that correspond block by block; the two `README.md` of the root
/// only say the same.
fn pairs(pages: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let english = pages.keys().filter(|name| *name != "README.md");
    english.filter_map(|name| Some((name.clone(), twin(name)?))).collect()
}

/// The path from the root that a link on `page` leads to, and its anchor.
fn target(page: &str, link: &str) -> (String, String) {
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    if file.is_empty() || file.contains("://") {
        return (if file.is_empty() { page } else { file }.to_owned(), place.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    (parts.join("/"), place.to_owned())
}

/// The link from one page to another.
fn link(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - 1 - shared);
    up.chain(to[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// The number of the heading with an anchor, among the headings of a page.
fn heading_number(page: &str, place: &str) -> Option<usize> {
    anchors(page).iter().position(|anchor| anchor == place)
}

/// The anchors of the headings of a page.
fn anchors(page: &str) -> Vec<String> {
    let headings = blocks(page).into_iter().filter(|it| matches!(it.kind, Kind::Heading(_)));
    headings.map(|heading| anchor(&heading.text)).collect()
}

/// Where `english` leads, as the Chinese page has to link it: path and anchor.
fn translated(
    pages: &BTreeMap<String, String>,
    (path, place): &(String, String),
) -> Result<(String, String), String> {
    let Some(chinese) = twin(path).filter(|twin| pages.contains_key(twin)) else {
        return Ok((path.clone(), place.clone()));
    };
    if place.is_empty() {
        return Ok((chinese, String::new()));
    }
    let number = heading_number(&pages[path], place);
    let number = number.ok_or_else(|| format!("{path} has no heading #{place}"))?;
    let anchor = anchors(&pages[&chinese]).into_iter().nth(number);
    Ok((chinese, anchor.unwrap_or_default()))
}

/// The numbers of prose, such as `1,000` and `0.5`.
fn numbers(prose: &str) -> BTreeSet<&str> {
    let is_part = |c: char| !c.is_ascii_digit() && c != '.' && c != ',';
    prose.split(is_part).map(|it| it.trim_matches(['.', ','])).filter(|it| !it.is_empty()).collect()
}

/// Compares the pages of one pair.
struct Pair<'a> {
    pages: &'a BTreeMap<String, String>,
    english: &'a str,
    chinese: &'a str,
    wrong: Vec<String>,
}

impl Pair<'_> {
    fn note(&mut self, english: &Block, chinese: &Block, what: &str) {
        let (one, other) = (self.chinese, self.english);
        self.wrong.push(format!("{one}:{}: {what}, as in {other}:{}", chinese.line, english.line));
    }

    /// The blocks of a page without the link to its twin, which follows the first heading.
    fn body(&mut self, page: &str, twin: &str, word: &str) -> Vec<Block> {
        let mut blocks = blocks(&self.pages[page]);
        let expected = format!("[{word}]({})", link(page, twin));
        match blocks.get(1).is_some_and(|block| block.text == expected) {
            true => drop(blocks.remove(1)),
            false => self.wrong.push(format!("{page}:3: the line {expected} is missing")),
        }
        blocks
    }

    fn compare(&mut self) {
        let (english, chinese) = (self.english, self.chinese);
        let ours = self.body(english, chinese, "中文");
        let theirs = self.body(chinese, english, "English");
        for (one, other) in ours.iter().zip(&theirs) {
            if one.kind != other.kind {
                let what = format!("{:?} is {:?} in English", other.kind, one.kind);
                return self.note(one, other, &what);
            }
            if matches!(one.kind, Kind::Row(_)) && row_name(one) != row_name(other) {
                let what = format!("row {:?} is {:?} in English", row_name(other), row_name(one));
                return self.note(one, other, &what);
            }
            match one.kind {
                Kind::Code(_) => self.compare_code(one, other),
                _ => self.compare_prose(one, other),
            }
        }
        if ours.len() != theirs.len() {
            let (more, page, block) = match ours.get(theirs.len()) {
                Some(block) => (english, chinese, block),
                None => (chinese, english, &theirs[ours.len()]),
            };
            self.wrong.push(format!("{page}: ends before {more}:{}: {}", block.line, block.text));
        }
    }

    fn compare_code(&mut self, english: &Block, chinese: &Block) {
        let included = |page: &str, text: &str| match text.strip_prefix("{{#include ") {
            Some(rest) => target(page, rest.trim_end_matches("}}")).0,
            None => text.to_owned(),
        };
        let is_equal =
            included(self.english, &english.text) == included(self.chinese, &chinese.text);
        match (is_equal, chinese.is_localised) {
            (false, false) => {
                let mut lines = english.text.lines().zip(chinese.text.lines());
                let at = lines.position(|(one, other)| one != other);
                let what = at.map_or("has another length".to_owned(), |at| {
                    format!("differs in its line {}", at + 1)
                });
                self.note(english, chinese, &format!("code {what} and is not marked localised"));
            }
            (true, true) => self.note(english, chinese, "code is marked localised, and the same"),
            _ => {}
        }
    }

    fn compare_prose(&mut self, english: &Block, chinese: &Block) {
        let (spans, prose) = code_spans(&english.text);
        let (their_spans, their_prose) = code_spans(&chinese.text);
        self.compare_links(english, chinese, &links(&prose), &links(&their_prose));
        let (bare, their_bare) = (without_links(&prose), without_links(&their_prose));
        let sets = [
            ("code", BTreeSet::from_iter(spans), BTreeSet::from_iter(their_spans)),
            ("number", numbers(&bare), numbers(&their_bare)),
        ];
        for (what, ours, theirs) in sets {
            for missing in ours.difference(&theirs) {
                self.note(english, chinese, &format!("{what} `{missing}` is missing"));
            }
            for more in theirs.difference(&ours) {
                self.note(english, chinese, &format!("{what} `{more}` is not in English"));
            }
        }
    }

    fn compare_links(&mut self, english: &Block, chinese: &Block, ours: &[&str], theirs: &[&str]) {
        let mut found: Vec<_> = theirs.iter().map(|to| target(self.chinese, to)).collect();
        for to in ours {
            match translated(self.pages, &target(self.english, to)) {
                Err(what) => self.note(english, chinese, &what),
                Ok(expected) => match found.iter().position(|to| *to == expected) {
                    Some(at) => drop(found.remove(at)),
                    None => {
                        let (to, place) = (link(self.chinese, &expected.0), &expected.1);
                        self.note(english, chinese, &format!("link to {to}#{place} is missing"));
                    }
                },
            }
        }
        for (path, place) in found {
            self.note(english, chinese, &format!("link to {path}#{place} is not in English"));
        }
    }
}

/// The code in the first cell of a row, which names it in both languages.
fn row_name(row: &Block) -> Vec<&str> {
    code_spans(row.text.split(" | ").next().unwrap_or("")).0
}

/// Prose without the targets of its links.
fn without_links(prose: &str) -> String {
    let mut text = prose.to_owned();
    for link in links(prose) {
        text = text.replace(&format!("]({link})"), "]");
    }
    text
}

fn expect_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} places\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn chinese_pages_have_what_their_english_pages_have() {
    let pages = pages();
    let mut wrong = Vec::new();
    let pairs = pairs(&pages);
    for (english, chinese) in &pairs {
        if !pages.contains_key(chinese) {
            wrong.push(format!("{english}: there is no {chinese}"));
            continue;
        }
        let mut pair = Pair { pages: &pages, english, chinese, wrong: Vec::new() };
        pair.compare();
        wrong.extend(pair.wrong);
    }
    let twins: BTreeSet<&String> = pairs.iter().map(|(_, chinese)| chinese).collect();
    for name in pages.keys().filter(|name| name.starts_with("docs/zh/")) {
        if !twins.contains(name) && !ORIGINAL.contains(&name.as_str()) {
            wrong.push(format!("{name}: translates no page, and is not in ORIGINAL"));
        }
    }
    expect_none(wrong);
    assert!(pairs.len() > 15, "found only {} pages; is the listing broken?", pairs.len());
}

/// Pages that are not held block by block link Chinese pages too.
#[test]
fn chinese_overviews_link_chinese_pages() {
    let pages = pages();
    let mut wrong = Vec::new();
    let name = "README.zh-CN.md";
    for block in blocks(&pages[name]).iter().filter(|it| !matches!(it.kind, Kind::Code(_))) {
        for to in links(&code_spans(&block.text).1).into_iter().filter(|to| *to != "README.md") {
            let (path, place) = target(name, to);
            if let Some(chinese) = twin(&path) {
                wrong.push(format!("{name}:{}: {to}: link {chinese}", block.line));
            } else if pages.get(&path).is_some_and(|_| !place.is_empty())
                && heading_number(&pages[&path], &place).is_none()
            {
                wrong.push(format!("{name}:{}: {to}: there is no such heading", block.line));
            }
        }
    }
    expect_none(wrong);
}

/// The Chinese part of the summary has the pages in the order of the English part.
#[test]
fn the_summary_lists_chinese_pages_in_order() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed = links(&summary).into_iter().map(|to| target("docs/SUMMARY.md", to).0);
    let (chinese, english): (Vec<String>, Vec<String>) =
        listed.partition(|page| page.starts_with("docs/zh/"));
    let mut expected: Vec<String> = english.iter().filter_map(|page| twin(page)).collect();
    expected.extend(ORIGINAL.iter().map(|page| (*page).to_owned()));
    assert_eq!(chinese, expected, "docs/SUMMARY.md left, its English part in Chinese right");
}

/// FNV-1a of 64 bits.
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// The sections of an English page: the line of the heading, and the hash of all that a
/// translator has to read. Of code those are the commands and files that the Chinese page has in
/// another form; all other code is compared byte for byte.
fn sections(english: &str, chinese: &str) -> Vec<(String, usize, u64)> {
    let (ours, theirs) = (blocks(english), blocks(chinese));
    let mut sections: Vec<(String, usize, String)> = Vec::new();
    for (at, block) in ours.iter().enumerate() {
        if matches!(block.kind, Kind::Heading(_)) {
            sections.push((anchor(&block.text), block.line, String::new()));
        }
        let Some((_, _, text)) = sections.last_mut() else { continue };
        let is_localised = theirs.get(at).is_some_and(|it| it.is_localised);
        match &block.kind {
            Kind::Code(Some(mark)) if is_localised && mark == "console" => {
                let commands = block.text.lines().filter(|line| line.starts_with(['$', '>']));
                text.extend(commands.flat_map(|line| [line, "\n"]));
            }
            Kind::Code(_) if !is_localised => {}
            _ => text.extend([&block.text, "\n"]),
        }
    }
    sections.into_iter().map(|(anchor, line, text)| (anchor, line, hash(&text))).collect()
}

#[test]
fn sections_are_as_they_were_translated() {
    let pages = pages();
    let path = root().join(TRANSLATED);
    let written = fs::read_to_string(&path).unwrap_or_default();
    let known: BTreeSet<&str> = written.lines().collect();
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for (english, chinese) in pairs(&pages) {
        let Some(twin) = pages.get(&chinese) else { continue };
        for (anchor, line, hash) in sections(&pages[&english], twin) {
            let entry = format!("{english}#{anchor} {hash:016x}");
            if !known.contains(entry.as_str()) {
                wrong.push(format!("{english}:{line}: #{anchor} has changed: revise {chinese}"));
            }
            lines.push(entry);
        }
    }
    if env::var_os("BLESS").is_some() {
        fs::write(path, lines.join("\n") + "\n").unwrap();
        return;
    }
    if wrong.is_empty() && lines != written.lines().collect::<Vec<_>>() {
        wrong.push(format!("{TRANSLATED}: lists sections that do not exist"));
    }
    let hint = "then write the hashes: BLESS=1 cargo test -p repo-tests translations";
    assert!(wrong.is_empty(), "{} places\n{}\n{hint}", wrong.len(), wrong.join("\n"));
}

/// What is reported of two pages.
fn differences(english: &str, chinese: &str) -> Vec<String> {
    let (name, other) = ("docs/a.md", "docs/zh/a.md");
    let pages = BTreeMap::from([
        (name.to_owned(), format!("# A\n\n[中文](zh/a.md)\n\n{english}")),
        (other.to_owned(), format!("# A\n\n[English](../a.md)\n\n{chinese}")),
        ("docs/b.md".to_owned(), "# B\n\n## Two\n".to_owned()),
        ("docs/zh/b.md".to_owned(), "# B\n\n## 二\n".to_owned()),
        ("docs/notes/c.md".to_owned(), "# C\n\n## Two\n".to_owned()),
    ]);
    let mut pair = Pair { pages: &pages, english: name, chinese: other, wrong: Vec::new() };
    pair.compare();
    pair.wrong
}

#[test]
fn each_difference_is_reported_with_its_place() {
    let own = "<!-- localised -->\n";
    for (english, chinese) in [
        ("One\ntwo 1,000.\n", "一，1,000。\n"),
        ("[b](b.md#two) [c](notes/c.md#two)", "[c](../notes/c.md#two) [b](b.md#二)"),
        ("```yaml f\na\n```\n", &format!("{own}```yaml f\nb\n```\n")),
        ("```rust\n{{#include ../e.rs}}\n```\n", "```rust\n{{#include ../../e.rs}}\n```\n"),
    ] {
        assert_eq!(differences(english, chinese), [""; 0], "{chinese}");
    }
    for (english, chinese, expected) in [
        ("## X\n", "### X\n", "Heading(3) is Heading(2) in English"),
        ("one\n\ntwo\n", "一\n", "docs/zh/a.md: ends before docs/a.md:7: two"),
        ("one\n", "一\n\n二\n", "docs/a.md: ends before docs/zh/a.md:7: 二"),
        ("| `a` | x |\n", "| `b` | x |\n", "row [\"b\"] is [\"a\"] in English, as in docs/a.md:5"),
        ("| a | `x` |\n", "| a | `y` |\n", "code `x` is missing, as in docs/a.md:5"),
        ("| a |\n", "| a | b |\n", "Row(2) is Row(1) in English"),
        ("1,000\n", "1000\n", "number `1,000` is missing"),
        ("one\n", "`f`\n", "code `f` is not in English"),
        ("[b](b.md)\n", "[b](../b.md)\n", "link to b.md# is missing"),
        ("[b](b.md#two)\n", "[b](b.md#two)\n", "link to b.md#二 is missing"),
        ("[b](b.md#no)\n", "[b](b.md)\n", "docs/b.md has no heading #no"),
        ("x\n", "[c](../notes/c.md)\n", "link to docs/notes/c.md# is not in English"),
        ("```json\na\nb\n```\n", "```json\na\nc\n```\n", "code differs in its line 2 and is not"),
        ("```json\na\n```\n", "```json\na\nb\n```\n", "code has another length and is not"),
        ("```json\na\n```\n", "```text\na\n```\n", "Code(Some(\"text\")) is Code"),
        ("    a\n", "    b\n", "code differs in its line 1"),
        ("```json\na\n```\n", &format!("{own}```json\na\n```\n"), "localised, and the same"),
    ] {
        let found = differences(english, chinese);
        let is_found = found.iter().any(|it| it.contains(expected) && it.contains("a.md:"));
        assert!(is_found || found.concat().starts_with(expected), "{chinese}: {found:#?}");
    }
    let page = "# A\n\ntext\n";
    let pages = BTreeMap::from(["docs/a.md", "docs/zh/a.md"].map(|it| (it.into(), page.into())));
    let (english, chinese) = ("docs/a.md", "docs/zh/a.md");
    let mut pair = Pair { pages: &pages, english, chinese, wrong: Vec::new() };
    pair.compare();
    assert!(
        pair.wrong.iter().any(|it| it == "docs/zh/a.md:3: the line [English](../a.md) is missing")
    );
}

#[test]
fn a_section_changes_with_its_prose_and_its_localised_code() {
    let page = |prose: &str, code: &str, output: &str| {
        format!(
            "# A\n\n{prose}\n\n## B\n\n```json f\n{code}\n```\n\n```console\n$ c\n{output}\n```\n"
        )
    };
    let changed = |english: &str, chinese: &str| -> Vec<String> {
        let (before, after) = (page("x y", "1", "o"), english);
        let pairs = sections(&before, chinese).into_iter().zip(sections(after, chinese));
        pairs.filter(|(one, other)| one.2 != other.2).map(|(one, _)| one.0).collect()
    };
    let same = page("x", "1", "o");
    let own = same.replace("```json", "<!-- localised -->\n```json");
    let own = own.replace("```console", "<!-- localised -->\n```console");
    assert_eq!(changed(&page("x\ny", "1", "o"), &same), [""; 0], "wrapped elsewhere");
    assert_eq!(changed(&page("z", "1", "o"), &same), ["a"]);
    assert_eq!(changed(&page("x y", "2", "p"), &same), [""; 0], "compared byte for byte");
    assert_eq!(changed(&page("x y", "2", "o"), &own), ["b"]);
    assert_eq!(changed(&page("x y", "1", "p"), &own), [""; 0], "output follows from commands");
    assert_eq!(changed(&page("x y", "1", "o").replace("$ c", "$ d"), &own), ["b"]);
}
