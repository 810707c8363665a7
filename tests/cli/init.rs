//! `tidegate init`: what it writes works, and what is there stays.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn tidegate(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate")).current_dir(folder).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_next_three_commands_work() {
    let place = tempfile::tempdir().unwrap();
    let made = tidegate(place.path(), &["init", "our rules"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let printed_text = text(&made.stdout);
    let commands: Vec<&str> =
        printed_text.lines().filter_map(|line| line.trim().strip_prefix("tidegate ")).collect();
    assert_eq!(commands.len(), 3, "{printed_text}");
    let mut printed = Vec::new();
    for command in commands {
        let words: Vec<String> = command
            .replace("our rules", "our~rules")
            .split(' ')
            .map(|word| word.replace('~', " ").replace('\'', ""))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = tidegate(place.path(), &words);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", text(&output.stderr));
        printed.push(text(&output.stdout));
    }
    assert_eq!(printed[0], "1 pack, 1 rule, 1 policy: no errors, no warnings\n");
    assert_eq!(printed[1], "6 passed, 0 failed: examples of 1 rule\n");
    assert!(printed[2].contains("100.0 %"), "{}", printed[2]);
}

#[test]
fn what_is_there_is_not_written_over() {
    let place = tempfile::tempdir().unwrap();
    let mine = place.path().join("my-rules/tickets.txt");
    fs::create_dir(mine.parent().unwrap()).unwrap();
    fs::write(&mine, "mine").unwrap();
    let output = tidegate(place.path(), &["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("my-rules/tickets.txt: exists"));
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert_eq!(fs::read_dir(mine.parent().unwrap()).unwrap().count(), 1, "nothing is written");
}

#[test]
fn editors_find_the_schemas_where_the_settings_say() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(tidegate(place.path(), &["init", "r"]).status.code(), Some(0));
    let read = |name: &str| fs::read_to_string(place.path().join("r").join(name)).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&read(".vscode/settings.json")).unwrap();
    let schemas = settings["yaml.schemas"].as_object().unwrap();
    assert_eq!(schemas.len(), 3);
    for name in schemas.keys() {
        let schema: serde_json::Value = serde_json::from_str(&read(name)).unwrap();
        assert!(schema["$schema"].is_string(), "{name}");
    }
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/editors.md");
    let page = fs::read_to_string(page).unwrap();
    for name in [".helix/languages.toml", ".nvim.lua"] {
        let text = read(name);
        let settings = text.lines().skip_while(|line| line.starts_with(['#', '-']));
        let settings = settings.collect::<Vec<_>>().join("\n");
        assert!(page.contains(&settings), "docs/editors.md does not show {name}");
    }
    for (file, schema) in [("first.rules.yaml", "pack"), ("first.policy.yaml", "policy")] {
        let first = format!("# yaml-language-server: $schema=.schema/{schema}.json");
        assert_eq!(read(file).lines().next(), Some(first.as_str()));
    }
}
