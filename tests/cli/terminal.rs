//! What comes from outside never acts on a terminal, nor on the reader of a page: posts,
//! rules and names of files, by every verb that shows them.

use super::program::{code, kinds, run};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Colours, a title, a cursor, C1 controls, bidirectional overrides and isolates, a return.
const HOSTILE: &str =
    "\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{2066}\u{200f}\u{61c}\r\u{8}\u{7f}\u{85}";

/// What would be markup on a page.
const MARKUP: &str = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\"'";

fn tidegate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn acts(character: char) -> bool {
    let is_bidi = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}');
    is_bidi || character.is_control() && !matches!(character, '\n' | '\t')
}

#[track_caller]
fn expect_harmless(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(at) = text.find(acts) {
        let around = text[..at].chars().rev().take(60).collect::<Vec<_>>();
        let around: String = around.into_iter().rev().collect();
        panic!("{what}: {:?} after {around:?}", text[at..].chars().next());
    }
}

/// Posts that rules fire on, hostile wherever a post may be.
fn posts() -> String {
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let raw = HOSTILE.replace(|c: char| c < ' ', "");
    let texts = [
        format!("casino {HOSTILE} bonus {MARKUP}"),
        format!("{HOSTILE}百家乐{HOSTILE}"),
        format!("tel 12345 {MARKUP}"),
    ];
    let mut lines: String = texts
        .iter()
        .map(|text| {
            format!(
                "{{\"id\":{},\"text\":{},\"author\":{{\"id\":{}}},\"channel\":{}}}\n",
                json(&format!("{HOSTILE}{MARKUP}")),
                json(text),
                json(HOSTILE),
                json(MARKUP)
            )
        })
        .collect();
    // As they are, not escaped: what JSON lets stand, and what it does not.
    lines.push_str(&format!("{{\"id\":\"{raw}\",\"text\":\"casino {raw}\"}}\n"));
    lines.push_str(&format!("{{\"id\":\"{HOSTILE}\",\"text\":\"casino {HOSTILE}\"}}\n"));
    lines.push_str(&format!("{HOSTILE}{MARKUP}\n{{\"{HOSTILE}\":1}}\n"));
    lines
}

/// Rules that are hostile wherever a rule may be; each case alone.
fn packs() -> Vec<String> {
    let json = serde_json::to_string(&format!("x{HOSTILE}")).unwrap();
    let sound = fs::read_to_string("tests/cli/rules/demo.rules.yaml").unwrap();
    let put = |what: &str, with: &str| sound.replacen(what, with, 1);
    vec![
        put("demo.casino", &json),
        put("Names a casino", &json),
        put("[casino, 百家乐]", &format!("[{json}]")),
        put("condition: game", &format!("condition: {json}")),
        put("[the casino]", &format!("[{json}]")),
        put("category: privacy", &format!("category: {json}")),
        put("'tel [0-9]{5}'", &format!("'{}('", HOSTILE.replace(|c: char| c < ' ', ""))),
        put("weight: 4", &format!("{json}: 4")),
        put("title:", &format!("{HOSTILE}:")),
        HOSTILE.to_owned(),
    ]
}

#[test]
fn verdicts_and_explanations_show_nothing_of_a_post_that_acts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("posts.jsonl");
    fs::write(&file, posts()).unwrap();
    let file = file.to_str().unwrap();
    let rules = ["--no-default-rules", "--rules", "tests/cli/rules", "--policy", "demo"];
    for flags in [&[][..], &["--annotate"], &["--brief"], &["--stamp", "--summary"]] {
        let output = run(&[flags, &[file]].concat(), b"");
        assert_eq!(code(&output), 0);
        assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 7);
        expect_harmless("scan", &output.stdout);
        expect_harmless("scan, what it said", &output.stderr);
    }
    for post in posts().lines().take(3) {
        for more in [&[][..], &["--json"]] {
            let arguments = [&["explain"][..], &rules, &["--post", post], more].concat();
            let output = tidegate(&arguments);
            assert_eq!(code(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
            expect_harmless("explain", &output.stdout);
        }
    }
    let old = "tests/cli/rules";
    let new = folder.path().join("new");
    fs::create_dir(&new).unwrap();
    for name in ["demo.rules.yaml", "demo.policy.yaml"] {
        let text = fs::read_to_string(Path::new(old).join(name)).unwrap();
        fs::write(new.join(name), text.replace("weight: 4", "weight: 1")).unwrap();
    }
    for more in [&[][..], &["--json"]] {
        let arguments = ["diff", "--no-default-rules", old, new.to_str().unwrap(), file];
        let output = tidegate(&[&arguments, more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty());
        expect_harmless("diff", &output.stdout);
        expect_harmless("diff, what it said", &output.stderr);
    }
}

#[test]
fn rules_from_outside_show_nothing_that_acts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("evil{}.rules.yaml", HOSTILE.replace('/', "")));
    let path = path.to_str().unwrap();
    let mut refused = 0;
    for (number, pack) in packs().iter().enumerate() {
        fs::write(path, pack).unwrap();
        for verb in ["check", "test"] {
            let output = tidegate(&[verb, "--no-default-rules", path]);
            refused += usize::from(!output.status.success());
            expect_harmless(&format!("{verb}, pack {number}"), &output.stdout);
            expect_harmless(&format!("{verb}, pack {number}, what it said"), &output.stderr);
        }
        for format in ["json", "sarif", "github"] {
            let output = tidegate(&["check", "--no-default-rules", "--format", format, path]);
            expect_harmless(&format!("check as {format}, pack {number}"), &output.stdout);
        }
        let output = tidegate(&["--no-default-rules", "--rules", path, "examples/posts.jsonl"]);
        expect_harmless(&format!("scan, pack {number}"), &output.stdout);
        expect_harmless(&format!("scan, pack {number}, what it said"), &output.stderr);
    }
    assert!(refused > 8, "only {refused} calls were refused: the packs are too tame");
}

#[test]
fn names_from_outside_show_nothing_that_acts() {
    let folder = tempfile::tempdir().unwrap();
    let evil = folder.path().join(format!("evil{HOSTILE}"));
    let name = evil.to_str().unwrap();
    for arguments in [
        &[name][..],
        &["--rules", name],
        &["--policy", name],
        &["--out", "no/such/evil\u{1b}[31m"],
        &["--resume", "--out", name, "examples"],
        &["--stats", "json:no/such/\u{1b}[31m"],
        &["--text", HOSTILE],
        &["--field", HOSTILE],
        &["--preset", HOSTILE],
        &["--fail-on", HOSTILE],
        &[HOSTILE],
        &["check", name],
        &["test", name],
        &["explain", "--rules", name, "x"],
        &["explain", "--rule", HOSTILE, "x"],
        &["diff", name, name, name],
        &["eval", name],
        &["bench", name, name],
        &["report", name],
    ] {
        // Where something is made of the name, as of a folder, it must not be in the way.
        let _ = fs::remove_dir(&evil);
        if arguments.contains(&"--resume") {
            fs::create_dir(&evil).unwrap();
        }
        let output = tidegate(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        expect_harmless(&format!("{arguments:?}"), &output.stdout);
        expect_harmless(&format!("{arguments:?}, what it said"), &output.stderr);
        let said = output.stdout.len() + output.stderr.len();
        assert!(said > 0, "{arguments:?}: nothing was said");
    }
}

#[test]
fn pages_show_posts_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, judged) = (path("posts.jsonl"), path("judged.jsonl"));
    let (report, why) = (path("report.html"), path("why.html"));
    fs::write(&file, posts()).unwrap();
    fs::write(&judged, run(&["--annotate", &file], b"").stdout).unwrap();
    assert_eq!(code(&tidegate(&["report", &judged, "-o", &report])), 0);
    let rules = ["--no-default-rules", "--rules", "tests/cli/rules", "--policy", "demo"];
    let arguments = [&["explain"][..], &rules, &["--posts", &file, "--html", &why]].concat();
    let output = tidegate(&arguments);
    assert_eq!(code(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
    for page in [&report, &why] {
        let page = fs::read_to_string(page).unwrap();
        assert!(page.len() > 1000, "an empty page");
        assert!(!page.contains("<img src=x"), "markup of a post is markup of the page");
        assert!(!page.contains("<script>alert"), "a script of a post is one of the page");
        let bidi =
            |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{1b}');
        assert!(!page.contains(bidi), "the page is turned round by a post");
    }
}

/// A cap that was reached never lets a post pass as harmless, is counted, and is said in
/// every verdict that says more than action and categories.
#[test]
fn what_was_capped_is_said_in_every_form() {
    let flood = format!("{{\"id\":1,\"text\":\"{}\"}}\n", "casino ".repeat(100_001));
    let calm = format!("{{\"id\":2,\"text\":\"{}\"}}\n", "casino ".repeat(1000));
    let input = format!("{flood}{calm}");
    for flags in [&[][..], &["--annotate"], &["--stamp"], &["--brief"]] {
        let output = run(flags, input.as_bytes());
        assert_eq!(code(&output), 0);
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("\"capped\":true"), "{flags:?}: {:.200}", lines[0]);
        assert!(!lines[1].contains("\"capped\""), "{flags:?}: {:.200}", lines[1]);
        if flags != ["--annotate"] {
            assert_ne!(kinds(&output.stdout)[0], "allow");
        }
    }
    let output = run(&["--stats", "json", "--only", "block"], input.as_bytes());
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"capped\":1"));
}
