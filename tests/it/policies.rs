//! The policies that come with the program: complete, explained, and what their names say.

use std::process::Command;
use tidegate_engine::domain::category::CATEGORIES;
use tidegate_engine::policy::Policy;
use tidegate_packs::BUNDLE;

/// Thresholds for ordinary posts, as the file has them: category → key → score.
fn thresholds(name: &str) -> Vec<(&'static str, [Option<f64>; 4])> {
    let source = BUNDLE.policy(name).unwrap_or_else(|| panic!("{name} is embedded"));
    let value: serde_json::Value = serde_saphyr::from_str(&source.text).unwrap();
    let score = |category: &str, key: &str| value["categories"][category][key].as_f64();
    let row = |category: &'static str| {
        (category, ["flag", "review", "block", "care"].map(|key| score(category, key)))
    };
    CATEGORIES.iter().map(|category| row(category.name)).collect()
}

#[test]
fn every_policy_is_valid_titled_and_names_every_category() {
    let names: Vec<&str> = BUNDLE.policy_names().collect();
    assert_eq!(names, ["default", "live", "strict"]);
    let mut model = tidegate_packs::loader().load().expect("the embedded packs load").model;
    for name in names {
        let source = BUNDLE.policy(name).unwrap();
        let policy = Policy::parse(&source, &mut model.names).expect("the policy is sound");
        assert!(!policy.title().is_empty(), "{name} has no title");
        assert!(source.text.starts_with('#'), "{name} does not begin by saying what it is for");
        for (category, limits) in thresholds(name) {
            let silent = limits.iter().all(Option::is_none);
            // Headlines do not occur in live chat.
            let left_out = name == "live" && category == "clickbait";
            assert_eq!(silent, left_out, "{name}: {category}");
        }
    }
}

#[test]
fn a_cry_for_help_is_never_punished() {
    for name in BUNDLE.policy_names() {
        let rows = thresholds(name);
        let (_, [flag, review, block, care]) =
            rows.iter().find(|(category, _)| *category == "self-harm").unwrap();
        assert!(care.is_some(), "{name} does not care");
        assert_eq!([flag, review, block], [&None, &None, &None], "{name} punishes");
    }
}

#[test]
fn actions_of_a_category_start_in_order() {
    for name in BUNDLE.policy_names() {
        for (category, [flag, review, block, _]) in thresholds(name) {
            let starts: Vec<f64> = [flag, review, block].into_iter().flatten().collect();
            assert!(starts.is_sorted(), "{name}: {category} {starts:?}");
        }
    }
}

#[test]
fn strict_is_never_more_lenient_than_default() {
    for ((category, ordinary), (_, strict)) in
        thresholds("default").into_iter().zip(thresholds("strict"))
    {
        for (ordinary, strict) in ordinary.into_iter().zip(strict) {
            let Some(ordinary) = ordinary else { continue };
            assert!(strict.is_some_and(|strict| strict <= ordinary), "{category}");
        }
    }
}

#[test]
fn a_place_that_readers_see_first_is_judged_more_strictly() {
    let post = |surface: &str| {
        format!(r#"{{"id":1,"text":"玩红包接龙的吗，拉你啊","surface":"{surface}"}}"#)
    };
    let action = |surface: &str, policy: &str| {
        let file = tempfile::NamedTempFile::with_suffix(".jsonl").unwrap();
        std::fs::write(&file, post(surface)).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(["--brief", "--policy", policy])
            .arg(file.path())
            .output()
            .unwrap();
        let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        verdict["action"].as_str().unwrap().to_owned()
    };
    assert_eq!(action("feed", "default"), "flag");
    assert_eq!(action("trending", "default"), "review");
    assert_eq!(action("feed", "strict"), "review");
}

#[test]
fn the_list_of_packs_names_the_policies() {
    let output = Command::new(env!("CARGO_BIN_EXE_tidegate")).arg("packs").output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    for name in BUNDLE.policy_names() {
        assert!(listed.lines().any(|line| line.starts_with(name)), "{name}: {listed}");
    }
}
