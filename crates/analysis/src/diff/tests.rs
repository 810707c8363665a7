//! Two small rule sets over a few rows, compared with a reference that counts one row at a time.

use super::*;
use proptest::prelude::*;
use tidegate_engine::Engine;
use tidegate_engine::lines::{Cut, Cutter, CutterSettings};

const HEAD: &str = "tidegate: 1\npack: demo\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\n\
    defaults: { category: spam, fields: [text] }\nrules:\n";

const OLD: &str =
    "  - { id: demo.bet, category: gambling, match: { a: [bet] }, condition: a, weight: 4 }
  - { id: demo.gone, match: { a: [buy] }, condition: a, weight: 1 }
  - { id: demo.was, match: { a: [pay] }, condition: a, weight: 4 }
";

const NEW: &str = "  - { id: demo.bet, category: gambling, match: { a: [bet, dice] }, condition: a, weight: 4 }
  - { id: demo.is, aliases: [demo.was], match: { a: [pay], b: [code] }, condition: a, weight: 4, redact: [b] }
  - { id: demo.more, match: { a: [sell] }, condition: a, weight: 1 }
";

const POLICY: &str =
    "tidegate: 1\nkind: policy\ncategories:\n  gambling: { block: 2 }\n  spam: { flag: 2 }\n";

fn side(rules: &str) -> Side {
    let builder = Engine::builder().rules_text("demo.rules.yaml", format!("{HEAD}{rules}"));
    let engine = builder.policy_text("policy.yaml", POLICY).build().unwrap();
    let (classifier, plan) = engine.into_parts();
    Side { classifier, plan }
}

fn compare(lines: &str, chunk_bytes: usize, workers: usize) -> Report {
    let (old, new) = (side(OLD), side(NEW));
    let mut comparison = Comparison::new(&old, &new, 2);
    let mut team: Vec<Worker<'_>> = (0..workers).map(|_| comparison.worker()).collect();
    let settings = CutterSettings { chunk_bytes, line_bytes_max: 100 };
    let (mut cutter, mut rest, mut chunk) =
        (Cutter::new(settings), lines.as_bytes(), Chunk::default());
    let mut turn = 0;
    while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
        team[turn % workers].read(&chunk);
        turn += 1;
    }
    team.rotate_left(turn % workers);
    comparison.take("file", team);
    comparison.finish()
}

fn lines(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{{\"text\":\"{text}\"}}\n")).collect()
}

#[test]
fn changes_are_counted_by_action_and_by_rule() {
    let report = compile_and_compare();
    assert_eq!((report.posts, report.unreadable, report.same), (8, 2, 3));
    assert_eq!(report.actions_changed, 3);
    let changes: Vec<(&str, &str, u64)> =
        report.changes.iter().map(|it| (it.from, it.to, it.posts)).collect();
    assert_eq!(changes, [("allow", "allow", 2), ("allow", "block", 2), ("flag", "block", 1)]);
    let rules: Vec<(&str, u64, u64, u64)> =
        report.rules.iter().map(|it| (it.rule.as_str(), it.lost, it.gained, it.kept)).collect();
    assert_eq!(rules, [("demo.bet", 0, 3, 1), ("demo.gone", 1, 0, 0), ("demo.more", 0, 1, 0)]);
}

fn compile_and_compare() -> Report {
    let texts = ["bet", "dice", "no dice", "buy", "sell", "pay", "pay dice, code 12", "hello"];
    let too_long = format!("{{\"text\":\"{}\"}}\n", "x".repeat(100));
    compare(&(lines(&texts) + "\n" + &too_long), 60, 2)
}

#[test]
fn samples_have_places_and_mask_what_either_side_redacts() {
    let report = compile_and_compare();
    let one = report.changes.iter().find(|it| it.from == "flag").unwrap();
    let [post] = &one.samples[..] else { panic!("{one:#?}") };
    assert_eq!((post.file.as_str(), post.line), ("file", 7));
    assert_eq!(post.texts, [("text".to_owned(), "pay dice, **** 12".to_owned())]);
    assert_eq!(post.old[0].rule, "demo.was");
    assert_eq!(post.new[1].rule, "demo.is");
    assert_eq!(post.new[1].evidence, ["demo.a “pay”"]);
    assert!(!serde_json::to_string(&report).unwrap().contains("code"));
}

#[test]
fn equal_sets_change_nothing() {
    let (old, new) = (side(NEW), side(NEW));
    let mut comparison = Comparison::new(&old, &new, 2);
    let mut worker = comparison.worker();
    let text = lines(&["bet", "pay"]);
    let (mut cutter, mut rest, mut chunk) =
        (Cutter::new(CutterSettings::default()), text.as_bytes(), Chunk::default());
    cutter.next(&mut rest, &mut chunk, || false).unwrap();
    worker.read(&chunk);
    comparison.take("file", vec![worker]);
    let report = comparison.finish();
    assert_eq!((report.posts, report.same, report.actions_changed), (2, 2, 0));
    assert!(report.changes.is_empty() && report.rules.is_empty());
    assert_eq!(report.old_ruleset, report.new_ruleset);
}

const TEXTS: &[&str] = &["x", "bet", "dice", "buy", "sell", "pay", "pay bet", "dice pay", "buy x"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn result_is_independent_of_chunks_and_threads(
        picks in prop::collection::vec(0..TEXTS.len(), 0..30),
        chunk_bytes in 4usize..200,
        workers in 1usize..4,
    ) {
        let texts: Vec<&str> = picks.iter().map(|pick| TEXTS[*pick]).collect();
        let report = compare(&lines(&texts), chunk_bytes, workers);
        prop_assert_eq!(&report, &compare(&lines(&texts), 1 << 16, 1));
        let has = |word: &str| texts.iter().filter(|text| text.contains(word)).count() as u64;
        let rule = |id: &str| report.rules.iter().find(|it| it.rule == id).map(|it| it.lost + it.gained);
        prop_assert_eq!(rule("demo.gone").unwrap_or(0), has("buy"));
        prop_assert_eq!(rule("demo.bet").unwrap_or(0), has("dice"));
        prop_assert_eq!(rule("demo.is"), None);
        let changed: u64 = report.changes.iter().map(|it| it.posts).sum();
        prop_assert_eq!(changed + report.same, texts.len() as u64);
    }
}
