//! The peers agree: some rules, some texts, and every peer that is installed.

use super::combined::State;
use super::compare::read;
use super::engines::{Engine, Kind};
use super::plain::plain;
use super::workload::{NEAR_CHARS, Rule, generate, near_regex, write_json, write_packs};
use crate::hyperscan;
use crate::peers::runs;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn rules() -> Vec<Rule> {
    let rule = |first: &[&str], second: &[&str], never: &[&str]| Rule {
        first: list(first),
        second: list(second),
        never: list(never),
    };
    vec![
        rule(&["apple", "pear"], &["cider", "juice"], &["tree"]),
        rule(&["赌博", "casino"], &["微信", "qq 12"], &["新闻"]),
        rule(&["cider", "juice"], &["casino", "赌博"], &["apple"]),
        rule(&["c++", "a.b"], &["(x)", "y|z"], &["[q]"]),
    ]
}

/// Texts with the rules that hit them. Distances are far from 40 and from 160, so that counting
/// bytes makes no difference; a test below is about the limit.
fn texts() -> Vec<(String, Vec<u32>)> {
    let far = "so many words between them ".repeat(8);
    let cases: &[(&str, &[u32])] = &[
        ("", &[]),
        ("apple", &[]),
        ("apple cider", &[0]),
        ("cider of pear", &[0]),
        ("applecider", &[0]),
        ("apple cider under a tree", &[]),
        ("a tree, apple cider", &[]),
        ("赌博加微信", &[1]),
        ("微信 casino", &[1]),
        ("casino qq 123", &[1]),
        ("赌博加微信新闻", &[]),
        ("juice at the casino, 微信", &[1, 2]),
        ("pear juice at the casino, 微信", &[0, 1, 2]),
        ("apple juice at the casino, 微信", &[0, 1]),
        ("c++ and (x)", &[3]),
        ("y|z a.b", &[3]),
        ("axb and (x)", &[]),
        ("c++ and (x) [q]", &[]),
        ("apple\ncider", &[0]),
    ];
    let mut texts: Vec<(String, Vec<u32>)> =
        cases.iter().map(|(text, hits)| ((*text).to_owned(), hits.to_vec())).collect();
    texts.push((format!("apple {far} cider"), Vec::new()));
    texts.push((format!("apple cider {far} tree"), Vec::new()));
    texts.push((format!("apple {far} cider pear"), vec![0]));
    texts
}

/// The engines that are installed; those that count bytes only where that makes no difference.
fn kinds(bytes: bool) -> Vec<Kind> {
    let mut kinds = vec![Kind::Words, Kind::RegexFiltered];
    match hyperscan::presence() {
        Ok(()) if bytes => kinds.extend([Kind::Hyperscan, Kind::HyperscanBytes]),
        Ok(()) => kinds.push(Kind::Hyperscan),
        Err(why) => println!("left out: hyperscan ({why})"),
    }
    kinds
}

fn find(engine: &Engine, text: &str) -> Vec<u32> {
    let mut hits = Vec::new();
    engine.find(text, &mut State::default(), &mut hits);
    hits
}

/// A folder of a test, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("peers-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(texts: &[String]) -> String {
    let line = |text: &String| format!("{}\n", serde_json::json!({ "id": "p", "text": text }));
    texts.iter().map(line).collect()
}

/// The answers of a program that reads posts from standard input.
fn answers(program: &str, arguments: &[&str], texts: &[String]) -> Vec<Vec<u32>> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines(texts).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap().lines().map(|line| read(line).unwrap()).collect()
}

/// The answers of tidegate.
fn verdicts(rules: &[Rule], texts: &[String], folder: &Path) -> Vec<Vec<u32>> {
    let policy = "{ tidegate: 1, kind: policy, actions: [allow, flag, review, block],
        categories: { spam: { flag: 1, review: 50, block: 100 } } }";
    let engine = tidegate_engine::Engine::builder()
        .rules(write_packs(rules, folder).unwrap())
        .policy_text("peers.policy.yaml", policy)
        .build()
        .unwrap();
    let mut worker = engine.worker();
    let verdict = |line: &str| {
        let verdict = worker.verdict_line(line.as_bytes());
        read(std::str::from_utf8(verdict).unwrap()).unwrap()
    };
    lines(texts).lines().map(verdict).collect()
}

#[test]
fn engines_hit_what_the_rules_say() {
    for kind in kinds(true) {
        let engine = Engine::new(kind, &rules()).unwrap();
        for (text, wanted) in texts() {
            assert_eq!(find(&engine, &text), wanted, "{kind:?} in {text}");
        }
    }
}

#[test]
fn programs_hit_what_the_rules_say() {
    let folder = Folder::new("programs");
    let json = write_json(&rules(), &folder.0).unwrap().to_string_lossy().into_owned();
    let (texts, wanted): (Vec<String>, Vec<Vec<u32>>) = texts().into_iter().unzip();
    assert_eq!(verdicts(&rules(), &texts, &folder.0), wanted, "tidegate");

    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = here.join("python_rules.py").to_string_lossy().into_owned();
    match runs("python3", &["-c", "import orjson, ahocorasick_rs"]) {
        Ok(()) => {
            for way in ["words", "re"] {
                assert_eq!(answers("python3", &[&script, way, &json], &texts), wanted, "{way}");
            }
        }
        Err(why) => println!("left out: python ({why})"),
    }
    let yara_x = here.join("yara_x/target/release/peer-yara-x");
    if yara_x.is_file() {
        assert_eq!(answers(&yara_x.to_string_lossy(), &[&json], &texts), wanted, "yara-x");
    } else {
        println!("left out: yara-x (not built)");
    }
}

#[test]
fn a_distance_is_in_characters_and_the_limit_is_included() {
    let folder = Folder::new("limit");
    for filler in ["x", "赌", "é"] {
        let text = |chars: usize| {
            // A repeated character counts at most three in tidegate, so a digit breaks the runs.
            let gap: String = filler.chars().chain(['1']).cycle().take(chars).collect();
            format!("apple{gap}cider")
        };
        let texts = [text(NEAR_CHARS), text(NEAR_CHARS + 1)];
        for kind in kinds(false) {
            let engine = Engine::new(kind, &rules()).unwrap();
            assert_eq!(find(&engine, &texts[0]), [0], "{kind:?} {filler}");
            assert!(find(&engine, &texts[1]).is_empty(), "{kind:?} {filler}");
        }
        assert_eq!(verdicts(&rules(), &texts, &folder.0), [vec![0], vec![]], "{filler}");
    }
}

/// Texts of words that rules use, in which near and far pairs are frequent.
#[test]
fn peers_agree_on_generated_rules_and_texts() {
    let words: Vec<String> = (0..120_u32)
        .map(|number| match number % 2 {
            0 => format!("k{number}z"),
            _ => char::from_u32(0x4e00 + number * 97)
                .into_iter()
                .chain(char::from_u32(0x6e00 + number * 31))
                .collect(),
        })
        .collect();
    let rules = generate(&words, 4, 3).unwrap();
    let mut texts = Vec::new();
    for number in 0..300_usize {
        let gap = " ordinary words that no rule has".repeat(number % 2 * 6);
        let word = |step: usize| &words[(number * step + step) % words.len()];
        texts.push(plain(&format!("{} and {}{gap} {}", word(7), word(11), word(13))));
    }
    let engine = Engine::new(Kind::Words, &rules).unwrap();
    let wanted: Vec<Vec<u32>> = texts.iter().map(|text| find(&engine, text)).collect();
    let hit = wanted.iter().filter(|rules| !rules.is_empty()).count();
    assert!(hit > 30 && hit < 290, "{hit} of {}", texts.len());
    for kind in kinds(true) {
        let engine = Engine::new(kind, &rules).unwrap();
        let found: Vec<Vec<u32>> = texts.iter().map(|text| find(&engine, text)).collect();
        assert_eq!(found, wanted, "{kind:?}");
    }
    let folder = Folder::new("generated");
    assert_eq!(verdicts(&rules, &texts, &folder.0), wanted, "tidegate");
}

#[test]
fn a_regex_has_both_orders() {
    let rule = Rule { first: list(&["a"]), second: list(&["b"]), never: Vec::new() };
    assert_eq!(near_regex(&rule, 40), "(?:a).{0,40}(?:b)|(?:b).{0,40}(?:a)");
}
