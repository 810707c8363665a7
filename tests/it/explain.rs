//! `tidegate explain`: its text and its JSON.

use crate::goldens::{expect, tidegate};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// The rules of the goldens and nothing else.
const RULES: [&str; 6] =
    ["explain", "--no-default-rules", "--rules", "tests/goldens/rules", "--policy", "play"];

fn with_rules<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    RULES.iter().chain(arguments).copied().collect()
}

#[test]
fn explanations_equal_the_goldens() {
    for (name, arguments) in [
        ("chinese-advertisement", &["百家乐、时时彩首充送88，加微信 abc12345"][..]),
        ("english-advertisement", &["Casino: FREE SPINS today, add me"]),
        ("evasion-by-noise", &["百 家 乐 首充送，加 V.信，加・微・信"]),
        ("evasion-by-sound", &["百家勒首充送，加薇信"]),
        ("evasion-by-look", &["c@$ino: free spins, add me"]),
        ("in-colour", &["--color", "always", "百家乐首充送，加微信"]),
        ("news-excuses", &["警方通报：百家乐首充送，加微信"]),
        ("too-far-apart", &["百家乐首充送，今天天气不错我们去公园玩吧，加微信"]),
        ("nothing-at-all", &["今天天气不错"]),
        ("redaction", &["百家乐首充送，电话13800138000"]),
        ("headline-and-text", &["--headline", "百家乐", "首充送，加微信"]),
        ("control-characters", &["百家乐\u{200b}首充送\u{1b}[31m，\u{202e}加微信\t\r\n好\u{7f}"]),
        ("asked-and-fired", &["--rule", "play.call", "百家乐首充送，加微信"]),
        ("asked-by-old-name", &["--rule", "play.advert", "--rule", "play.again", "百家乐加微信"]),
        ("asked-of-another-language", &["--rule", "play.english", "百家乐加微信"]),
        ("unknown-rule", &["--rule", "play.adv", "x"]),
        ("whole-post", &["--post", POST]),
        ("another-channel", &["--post", IN_NEWS]),
        ("exception-of-the-policy", &["--post", BY_THE_POLICE]),
        ("html", &["--preset", "mastodon", "--post", HTML]),
        ("no-post", &["--post", "[1]"]),
        ("no-text", &["--post", r#"{"body":"x"}"#]),
        ("mapping-without-a-post", &["--preset", "mastodon", "x"]),
        ("several-posts", &["--posts", "tests/cli/posts.jsonl", "--first", "3"]),
        ("alike-on-both-sides", &["--against", "tests/goldens/rules", "今天天气不错"]),
        ("json", &["--json", "百 家 乐首充送，电话13800138000\u{9b}"]),
    ] {
        expect("explain", name, &with_rules(arguments));
    }
    let other = ["--against", "tests/goldens/unfit", "首充送，加微信 casino abcd"];
    let policy = ["--policy", "tests/cli/rules/demo.policy.yaml"];
    let sides = ["explain", "--no-default-rules", "--rules", "tests/goldens/rules"];
    let sides = [sides.as_slice(), &policy].concat();
    expect("explain", "side-by-side", &[sides.as_slice(), &other].concat());
}

const POST: &str = r#"{"title": "时时彩", "text": "首充送，加微信",
  "author": {"id": "u1", "age": 3}, "reports": 2}"#;

const IN_NEWS: &str =
    r#"{"text":"百家乐、时时彩、c@$ino 首充送，加微信","channel":"news","author":{"age":1}}"#;

const BY_THE_POLICE: &str = r#"{"text":"百家乐首充送，加微信","author":{"id":"u_police"}}"#;

const HTML: &str =
    r#"{"content":"<p>百<b>家</b>乐&nbsp;首充送</p><p>加微信</p>","spoiler_text":""}"#;

#[test]
fn long_texts_show_the_lines_with_hits() {
    let text = format!("{}百家乐首充送，加微信\n{}", "无关的一行\n".repeat(40), "尾\n".repeat(40));
    let output = tidegate(&with_rules(&[&text]));
    let shown = String::from_utf8(output.stdout).unwrap();
    let gap = "  ⋯ 40 lines without a hit\n";
    let expected = format!("text\n{gap}  百家乐首充送，加微信\\n\n  ^^^^^^ play.game folded\n");
    assert!(shown.contains(&expected) && shown.matches(gap).count() == 2, "{shown}");
    assert!(shown.lines().count() < 70, "{shown}");
}

#[test]
fn standard_input_is_a_text_or_a_post() {
    for (arguments, input) in [
        (&[][..], "百家乐首充送，加微信\n".to_owned()),
        (&["-"], "百家乐首充送，加微信".to_owned()),
        (&["--post", "-"], "{\n  \"text\":\n  \"百家乐首充送，加微信\"\r\n}\n".to_owned()),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(with_rules(arguments))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let shown = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert!(shown.contains("\n  play.ad  gambling"), "{arguments:?}: {shown}");
        assert!(!shown.contains("\\n"), "{arguments:?}: {shown}");
    }
}

#[test]
fn json_agrees_with_the_text() {
    let output = tidegate(&with_rules(&["--json", "百家乐首充送，加微信 13800138000"]));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(!text.contains("13800138000"), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    let ids: Vec<&str> = report["fired"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["play.ad", "play.number", "play.order"]);
    assert_eq!(report["fired"][0]["condition"]["parts"][1]["holds"], true);
    assert_eq!(report["fired"][0]["score"]["total"], 4);
    assert_eq!(report["categories"][0]["thresholds"][2]["from"], 6);
}
