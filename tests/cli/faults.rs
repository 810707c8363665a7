//! What goes wrong around the program, and how it ends.

use super::program::{code, kinds, posts, run, said, tidegate, verdicts};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

fn full_disk() -> fs::File {
    fs::OpenOptions::new().write(true).open("/dev/full").unwrap()
}

#[test]
fn a_full_disk_is_never_success() {
    for lines in [2, 1_000_000] {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("posts.jsonl");
        fs::write(&input, posts(lines)).unwrap();
        let input = input.to_str().unwrap();
        let output = tidegate(&[input]).stdout(full_disk()).output().unwrap();
        assert_eq!(code(&output), 4);
        assert!(said(&output).contains("cannot write to standard output"), "{}", said(&output));
        let output = tidegate(&[input, "--out", "/dev/full"]).output().unwrap();
        assert_eq!(code(&output), 4);
        assert!(said(&output).contains("/dev/full"), "{}", said(&output));
        let piped = tidegate(&[])
            .stdin(fs::File::open(input).unwrap())
            .stdout(full_disk())
            .output()
            .unwrap();
        assert_eq!(code(&piped), 4);
    }
}

#[test]
fn counts_that_cannot_be_written_are_no_success() {
    let output = run(&["--stats", "json:/dev/full"], &posts(2));
    assert_eq!((code(&output), verdicts(&output.stdout).len()), (4, 2));
    assert!(said(&output).contains("cannot write the statistics"), "{}", said(&output));
}

#[test]
fn a_reader_that_leaves_is_met_with_silence() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("posts.jsonl");
    fs::write(&input, posts(200_000)).unwrap();
    let mut child = tidegate(&[input.to_str().unwrap()]).spawn().unwrap();
    let mut head = Command::new("head")
        .arg("-1")
        .stdin(child.stdout.take().unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(head.wait().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), said(&output)), (141, String::new()));
}

#[test]
fn a_reader_that_leaves_is_noticed_while_nothing_comes_in() {
    let mut child = tidegate(&[]).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), said(&output)), (141, String::new()));
    drop(stdin);
}

#[test]
fn unreadable_lines_are_counted_against_their_limit() {
    let input = b"x\ny\n{\"text\":\"a\"}\n";
    for (flags, expected) in [
        (&[][..], 0),
        (&["--max-errors", "1"], 3),
        (&["--max-errors", "2"], 0),
        (&["--max-errors", "3"], 0),
        (&["--max-errors", "66%"], 3),
        (&["--max-errors", "67%"], 0),
        (&["--strict"], 3),
    ] {
        let output = run(flags, input);
        assert_eq!(code(&output), expected, "{flags:?}");
        assert_eq!(kinds(&output.stdout), ["bad_json", "bad_json", "allow"], "all are answered");
    }
}

#[test]
fn fail_on_looks_for_actions_and_categories() {
    let flagged = b"{\"text\":\"casino\"}\n{\"text\":\"a\"}\n";
    let sad = b"{\"text\":\"so sad\"}\n";
    for (names, input, expected) in [
        ("flag", &flagged[..], 1),
        ("review", flagged, 0),
        ("block,gambling", flagged, 1),
        ("privacy", flagged, 0),
        ("care", flagged, 0),
        ("care", sad, 1),
        ("self-harm", sad, 1),
    ] {
        assert_eq!(code(&run(&["--fail-on", names], input)), expected, "{names}");
    }
    // More unreadable lines than allowed come first.
    let both = [&flagged[..], b"x\n"].concat();
    assert_eq!(code(&run(&["--fail-on", "flag", "--strict"], &both)), 3);
}

#[test]
fn nothing_is_touched_by_a_call_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.jsonl");
    fs::write(&out, "precious\n").unwrap();
    let name = out.to_str().unwrap();
    for (flags, expected) in [
        (&["no-such.jsonl"][..], "no-such.jsonl: No such file"),
        (&["--rules", "no-such-rules"], "no-such-rules"),
        (&["--policy", "no-such-policy"], "no-such-policy"),
        (&["--text", "body"], "body"),
        (&["--preset", "lines", "--annotate"], "--annotate"),
        (&["--quiet", "--stats", "json"], "json:FILE"),
        (&["--stats", "json:no/such/folder"], "no/such/folder"),
        (&["--stats", "json:SAME"], "also written by"),
    ] {
        let flags: Vec<_> = flags.iter().map(|flag| flag.replace("SAME", name)).collect();
        let flags: Vec<_> = flags.iter().map(String::as_str).chain(["--out", name]).collect();
        let output = run(&flags, &posts(1));
        assert_eq!(code(&output), 2, "{flags:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{flags:?}: {}", said(&output));
        assert_eq!(fs::read_to_string(&out).unwrap(), "precious\n", "{flags:?}");
    }
}

#[test]
fn output_is_not_written_over_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let posts = posts(3);
    let file = folder.path().join("posts.jsonl");
    fs::write(&file, &posts).unwrap();
    let link = folder.path().join("link.jsonl");
    fs::hard_link(&file, &link).unwrap();
    let output = run(&[file.to_str().unwrap(), "--out", link.to_str().unwrap()], b"");
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("also an input"), "{}", said(&output));
    let append = fs::OpenOptions::new().append(true).open(&file).unwrap();
    let output = tidegate(&[file.to_str().unwrap()]).stdout(append).output().unwrap();
    assert_eq!(code(&output), 2);
    assert_eq!(fs::read(&file).unwrap(), posts);
}

#[test]
fn names_from_outside_do_not_reach_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("evil\x1b[2J\u{202e}.jsonl");
    let evil = name.to_str().unwrap().to_owned();
    let missing = run(&[&evil], b"");
    let flag = run(&["--\x1b[31mflag"], b"");
    fs::write(&name, b"\xff\xfex").unwrap();
    let utf_16 = run(&[&evil], b"");
    for output in [missing, flag, utf_16] {
        let said = said(&output);
        assert_eq!(code(&output), 2);
        assert!(!said.contains(['\x1b', '\u{202e}']) && said.contains(r"\u{1b}["), "{said:?}");
    }
}

#[test]
fn verdicts_hold_no_raw_control_characters() {
    let input =
        "{\"id\":\"a\u{9b}\u{202e}\",\"text\":\"casino\\u001b[31m\"}\n{\"id\":\"\x1b\",\"x\":1}\n";
    for flags in [&[][..], &["--annotate"]] {
        let output = run(flags, input.as_bytes());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains(['\x1b', '\u{9b}', '\u{202e}']), "{text:?}");
        let first = &verdicts(text.as_bytes())[0];
        let verdict = first.get("tidegate").unwrap_or(first);
        assert_eq!(verdict["action"], "flag");
    }
}

#[test]
fn no_terminal_is_needed_and_colour_is_optional() {
    let plain = run(&["no-such"], b"");
    assert!(!said(&plain).contains('\x1b'), "{:?}", said(&plain));
    let colour = run(&["no-such", "--color", "always"], b"");
    assert!(said(&colour).contains('\x1b'), "{:?}", said(&colour));
}

/// Rules are read once, before the first post: all posts of a run are judged by the same rules,
/// even if the file changes.
#[test]
fn rules_that_change_under_a_run_do_not_change_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = "tests/cli/rules";
    let compiled = folder.path().join("rules.tgc");
    let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["compile", "--no-default-rules", source, "-o"])
        .arg(&compiled)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let whole = fs::read(&compiled).unwrap();
    let post = b"{\"id\":1,\"text\":\"the casino\"}\n";
    for becomes in [None, Some(&b"rules: ["[..]), Some(&whole[..whole.len() / 2]), Some(b"")] {
        fs::write(&compiled, &whole).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("--no-default-rules");
        command.arg("--rules").arg(&compiled).args(["--policy", "demo", "--stamp"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        stdin.write_all(post).unwrap();
        let before = lines.next().unwrap().unwrap();
        assert!(before.contains("\"ruleset\"") && before.contains("gambling"), "{before}");
        match becomes {
            // As editors and copying do it, and as a careful hand does.
            Some(bytes) => fs::write(&compiled, bytes).unwrap(),
            None => fs::remove_file(&compiled).unwrap(),
        }
        stdin.write_all(&post.repeat(100)).unwrap();
        drop(stdin);
        let after: Vec<String> = lines.map(Result::unwrap).collect();
        assert_eq!(after.len(), 100);
        assert!(after.iter().all(|verdict| *verdict == before));
        assert!(child.wait().unwrap().success());
    }
}
