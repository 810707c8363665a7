//! `packs`: listings, sources, and a copy that can be used in place of what is embedded.

use crate::program::{code, said};
use std::fs;
use std::process::{Command, Output};
use tidegate_packs::BUNDLE;

fn packs(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.arg("packs").args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(code(output), 0, "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn show_prints_a_policy_a_pack_or_a_file() {
    let policy = BUNDLE.policy("default").unwrap();
    assert_eq!(text(&packs(&["--show", "default"])), policy.text);
    let (path, list) = BUNDLE.files().iter().find(|(path, _)| path.ends_with(".txt")).unwrap();
    assert_eq!(text(&packs(&["--show", path])), *list);
    let common = text(&packs(&["--show", "common"]));
    assert_eq!(Some(common.as_str()), BUNDLE.file("common/common.rules.yaml"));
    let unknown = packs(&["--show", "defualt"]);
    assert_eq!((code(&unknown), unknown.stdout.len()), (2, 0));
    assert!(said(&unknown).contains("did you mean `default`?"), "{}", said(&unknown));
}

#[test]
fn rules_are_listed_with_category_weight_and_title() {
    let model = tidegate_packs::loader().load().unwrap().model;
    let all = text(&packs(&["--rules", "--json"]));
    let rows: Vec<serde_json::Value> =
        all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (counted, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row["kind"] == "correlation");
    let kinds: Vec<_> = counted.iter().map(|row| (&row["rule"], &row["type"])).collect();
    let expected: Vec<_> =
        model.correlations.iter().map(|own| (&own.id, own.kind.name())).collect();
    assert_eq!(serde_json::json!(kinds), serde_json::json!(expected));
    assert_eq!(rows.len(), model.rules.len());
    for (row, rule) in rows.iter().zip(&model.rules) {
        assert_eq!(row["rule"], rule.id.as_str());
        assert_eq!(row["category"], rule.category.name());
        assert_eq!(row["weight"].to_string(), rule.weight.to_string());
        assert_eq!(row["title"], rule.title.as_str());
    }
    let table = text(&packs(&["--rules", "fraud-en"]));
    let of_pack = rows.iter().filter(|row| row["pack"] == "fraud-en").count();
    assert!(of_pack > 3 && table.lines().count() == of_pack + 1, "{table}");
    assert!(table.starts_with("RULE") && table.contains(" fraud "), "{table}");
    assert_eq!(code(&packs(&["--rules", "no-such-pack"])), 2);
}

#[test]
fn an_exported_copy_gives_the_same_rule_set_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let copy_name = copy.to_str().unwrap();
    assert_eq!(code(&packs(&["--export", copy_name])), 0);
    for (path, text) in BUNDLE.files() {
        assert_eq!(fs::read_to_string(copy.join(path)).unwrap(), *text, "{path}");
    }
    let stamped = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        let posts = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/posts.jsonl");
        let output = command.args(["scan", "--stamp"]).args(arguments).arg(posts).output().unwrap();
        text(&output)
    };
    let own = stamped(&["--no-default-rules", "--rules", copy_name]);
    assert_eq!(own, stamped(&[]), "the copy has the hash and the verdicts of the embedded packs");

    fs::remove_file(copy.join("policies/strict.policy.yaml")).unwrap();
    let again = packs(&["--export", copy_name]);
    assert_eq!(code(&again), 2);
    assert!(said(&again).contains("exists; name another folder"), "{}", said(&again));
    assert!(!copy.join("policies/strict.policy.yaml").exists(), "nothing is written then");
}
