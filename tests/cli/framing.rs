//! `--framing`: records and verdicts in frames.

use super::program::{code, run, said, tidegate, verdicts};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use tidegate_engine::lines::Framing;

const FRAMINGS: [(&str, Framing); 2] =
    [("netstring", Framing::Netstring), ("length", Framing::Length)];

/// Records in frames.
fn framed<'r>(framing: Framing, records: impl IntoIterator<Item = &'r [u8]>) -> Vec<u8> {
    let mut stream = Vec::new();
    for record in records {
        framing.push(&mut stream, record).unwrap();
    }
    stream
}

/// The next record of a stream of frames; `None` at its end.
fn next_record(framing: Framing, stream: &mut impl Read) -> Option<String> {
    let mut byte = || {
        let mut byte = [0];
        (stream.read(&mut byte).unwrap() == 1).then_some(byte[0])
    };
    let mut length = usize::from(byte()?);
    match framing {
        Framing::Netstring => {
            length -= usize::from(b'0');
            loop {
                match byte().unwrap() {
                    b':' => break,
                    digit => length = length * 10 + usize::from(digit - b'0'),
                }
            }
        }
        Framing::Length => {
            (0..3).for_each(|_| length = length << 8 | usize::from(byte().unwrap()));
        }
    }
    let record: Vec<u8> = (0..length).map(|_| byte().unwrap()).collect();
    if framing == Framing::Netstring {
        assert_eq!(byte(), Some(b','));
    }
    Some(String::from_utf8(record).unwrap())
}

fn unframed(framing: Framing, mut stream: &[u8]) -> Vec<String> {
    std::iter::from_fn(|| next_record(framing, &mut stream)).collect()
}

fn json(verdicts: &[String]) -> Vec<Value> {
    verdicts.iter().map(|verdict| serde_json::from_str(verdict).unwrap()).collect()
}

/// Action of each verdict, or its error.
fn kinds(framing: Framing, stream: &[u8]) -> Vec<String> {
    let kind = |verdict: &Value| {
        let key = if verdict["action"] == "unreadable" { "error" } else { "action" };
        verdict[key].as_str().unwrap().to_owned()
    };
    json(&unframed(framing, stream)).iter().map(kind).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let level = flate2::Compression::fast();
    flate2::read::GzEncoder::new(bytes, level).read_to_end(&mut packed).unwrap();
    packed
}

#[test]
fn frames_have_the_verdicts_of_lines_however_they_arrive() {
    let mut lines = Vec::new();
    for n in 0..300 {
        let text = ["fine", "casino bonus", "sad tel 12345", "trial 百家乐"][n % 4];
        let line = format!("{{\"id\":\"p{n}\",\"text\":\"{text} {}\"}}\n", "pad ".repeat(n % 13));
        lines.extend_from_slice(line.as_bytes());
    }
    let expected: Vec<String> =
        String::from_utf8(run(&[], &lines).stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(expected.len(), 300);
    let folder = tempfile::tempdir().unwrap();
    for (name, framing) in FRAMINGS {
        let records = lines.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let stream = framed(framing, records);
        let file = folder.path().join(name);
        fs::write(&file, &stream).unwrap();
        let flags = ["--framing", name];
        let once = run(&flags, &stream);
        assert_eq!((code(&once), said(&once).as_str()), (0, ""));
        assert!(unframed(framing, &once.stdout) == expected, "{name}");
        for how in [
            &["--threads", "1", "--chunk", "100"][..],
            &["--threads", "7", "--chunk", "4k"],
            &["--live"],
        ] {
            let output = run(&[&flags[..], how].concat(), &stream);
            assert!(output.stdout == once.stdout, "{name} {how:?}");
            let packed = run(&[&flags[..], how].concat(), &gzip(&stream));
            assert!(packed.stdout == once.stdout, "{name} {how:?}, gzip");
            let output = run(&[&flags[..], how, &[file.to_str().unwrap()]].concat(), b"");
            assert!(output.stdout == once.stdout, "{name} {how:?}, file");
        }
        let out = folder.path().join("out");
        let output = run(&[&flags[..], &["--out", out.to_str().unwrap()]].concat(), &stream);
        assert_eq!((code(&output), output.stdout.len()), (0, 0));
        assert!(fs::read(&out).unwrap() == once.stdout);
        let flagged = run(&[&flags[..], &["--only", "flagged"]].concat(), &stream);
        let is_flagged = |verdict: &&String| {
            verdict.contains("\"care\"") || !verdict.contains("\"action\":\"allow\"")
        };
        let some: Vec<String> = expected.iter().filter(is_flagged).cloned().collect();
        assert!(!some.is_empty() && some.len() < 300);
        assert!(unframed(framing, &flagged.stdout) == some, "{name}");
    }
}

#[test]
fn each_record_has_one_verdict_for_any_bytes() {
    let long = [b"{\"text\":\"", "x".repeat(300).as_bytes(), b"\"}"].concat();
    let records: &[(&[u8], &str)] = &[
        (b"{\n  \"id\": 1,\n  \"text\": \"casino\"\n}\n", "flag"),
        (b"{\"text\":\"two\nlines\"}", "allow"),
        (b"{\"text\":\"a\"}\n{\"text\":\"b\"}", "bad_json"),
        (b"", "empty"),
        (b"\r\n\n", "empty"),
        (&long, "too_long"),
        (b"{\"text\":5}", "bad_text"),
        (b"\xff\n", "bad_json"),
        (b"{\"text\":\"last\"}", "allow"),
    ];
    for (name, framing) in FRAMINGS {
        let stream = framed(framing, records.iter().map(|(record, _)| *record));
        let folder = tempfile::tempdir().unwrap();
        let letters = folder.path().join("letters");
        for chunk in ["4", "1M"] {
            let flags = ["--framing", name, "--max-line", "256", "--chunk", chunk];
            let keep = ["--dead-letter", letters.to_str().unwrap()];
            let output = run(&[flags.as_slice(), &keep].concat(), &stream);
            assert_eq!(code(&output), 0, "{}", said(&output));
            let expected: Vec<&str> = records.iter().map(|(_, kind)| *kind).collect();
            assert_eq!(kinds(framing, &output.stdout), expected);
            let mut start = 0;
            for (verdict, (record, _)) in
                json(&unframed(framing, &output.stdout)).iter().zip(records)
            {
                if verdict["action"] == "unreadable" {
                    assert_eq!(verdict["offset"], start, "the start of its frame");
                }
                start += framed(framing, [*record]).len();
            }
            let kept = fs::read(&letters).unwrap();
            let dead = [2, 6, 7].map(|at| records[at].0);
            assert_eq!(kept, framed(framing, dead), "dead letters are in frames too");
        }
    }
}

#[test]
fn a_text_may_have_lines() {
    let stream = framed(Framing::Length, [&b"one\nca"[..], b"see the\ncasino\n", b"fine"]);
    let output = run(&["--framing", "length", "--preset", "lines"], &stream);
    assert_eq!(kinds(Framing::Length, &output.stdout), ["allow", "flag", "allow"]);
}

#[test]
fn a_broken_frame_ends_the_input_with_its_place() {
    let posts = [&b"{\"text\":\"casino\"}"[..], b"{\"text\":\"fine\"}"];
    for (name, framing, damage, says) in [
        (
            "netstring",
            Framing::Netstring,
            &b"5:abc"[..],
            "at byte 40 is cut off after 3 of 5 bytes",
        ),
        ("netstring", Framing::Netstring, b"2:{}\n2:{},", "expected `,` at byte 44, found `\\n`"),
        ("netstring", Framing::Netstring, b"02:{},2:{},", "leading zeros) at byte 41, found `2`"),
        (
            "netstring",
            Framing::Netstring,
            b"{\"text\":\"x\"}\n",
            "length of a netstring at byte 40",
        ),
        ("netstring", Framing::Netstring, b"9999999999:", "length of 999999999 bytes or more"),
        ("length", Framing::Length, b"\0\0\0\x05abc", "at byte 40 is cut off after 3 of 5 bytes"),
        ("length", Framing::Length, b"\0\0", "the length of the frame at byte 40 is cut off"),
        ("length", Framing::Length, b"{\"text\":\"x\"}\n", "length of 2065855589 bytes or more"),
    ] {
        let whole = framed(framing, posts);
        let stream = [whole.as_slice(), damage].concat();
        for chunk in ["4", "1M"] {
            let output = run(&["--framing", name, "--chunk", chunk], &stream);
            assert_eq!(code(&output), 4, "{name} {says}");
            assert!(said(&output).starts_with("error: standard input: the frames"), "{output:?}");
            assert!(said(&output).contains(says), "{}", said(&output));
            assert_eq!(kinds(framing, &output.stdout), ["flag", "allow", "bad_frame"]);
            let last = unframed(framing, &output.stdout).pop().unwrap();
            let last: Value = serde_json::from_str(&last).unwrap();
            assert_eq!(last["offset"], whole.len());
            assert!(last["detail"].as_str().unwrap().contains(says), "{last}");
        }
    }
}

#[test]
fn frames_that_end_with_a_damaged_archive_are_reported_once() {
    let (name, framing) = FRAMINGS[0];
    let stream = framed(framing, vec![&b"{\"text\":\"some words\"}"[..]; 20_000]);
    let packed = gzip(&stream);
    let folder = tempfile::tempdir().unwrap();
    let [cut, next] = ["cut.gz", "next"].map(|name| folder.path().join(name));
    fs::write(&cut, &packed[..packed.len() / 2]).unwrap();
    fs::write(&next, framed(framing, [&b"{\"id\":\"next\",\"text\":\"a\"}"[..]])).unwrap();
    let files = [cut.to_str().unwrap(), next.to_str().unwrap()];
    let output = run(&[&["--framing", name], &files[..]].concat(), b"");
    assert_eq!(code(&output), 4);
    assert!(said(&output).contains("damaged or truncated (gzip)"), "{}", said(&output));
    let verdicts = json(&unframed(framing, &output.stdout));
    let broken: Vec<&Value> =
        verdicts.iter().filter(|verdict| verdict["action"] == "unreadable").collect();
    assert!(broken.len() <= 1, "{broken:?}");
    for verdict in broken {
        assert_eq!(verdict["error"], "bad_frame");
        assert_eq!(verdict["file"], files[0]);
    }
    assert!(verdicts.len() > 100 && verdicts.len() < 20_000);
    assert_eq!(verdicts.last().unwrap()["id"], "next", "other files are read");
}

#[test]
fn each_verdict_follows_its_frame_while_the_pipe_stays_open() {
    for (name, framing) in FRAMINGS {
        for flags in [&[][..], &["--live"], &["--threads", "1"]] {
            let mut child = tidegate(&[&["--framing", name], flags].concat()).spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            let mut stdout = child.stdout.take().unwrap();
            let mut rest = Vec::new();
            for n in 0..5 {
                // Half of the next frame is there already: it must hold up nothing.
                let record = format!("{{\"id\":{n},\n\"text\":\"a\"}}");
                let frame = framed(framing, [record.as_bytes()]);
                let next = framed(framing, [&b"{\"text\":\"x\"}"[..]]);
                let (half, other) = next.split_at(next.len() / 2);
                stdin.write_all(&[rest.as_slice(), &frame, half].concat()).unwrap();
                if n > 0 {
                    let verdict = next_record(framing, &mut stdout);
                    assert_eq!(verdict.unwrap(), "{\"id\":null,\"action\":\"allow\"}");
                }
                let verdict = next_record(framing, &mut stdout);
                assert_eq!(verdict.unwrap(), format!("{{\"id\":{n},\"action\":\"allow\"}}"));
                rest = other.to_vec();
            }
            drop(stdin);
            assert!(next_record(framing, &mut stdout).unwrap().contains("bad_frame"));
            assert_eq!(next_record(framing, &mut stdout), None);
            assert_eq!(child.wait().unwrap().code(), Some(4));
        }
    }
}

#[test]
fn what_is_about_lines_is_refused_with_frames() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.jsonl");
    let (out, here) = (out.to_str().unwrap(), folder.path().to_str().unwrap());
    for flags in [
        &["--array"][..],
        &["--csv"],
        &["--encoding", "gbk"],
        &["--resume", "--out", out],
        &["--follow", "Cargo.toml"],
        &["--format", "human"],
        &[here],
    ] {
        let output = run(&[&["--framing", "netstring"], flags].concat(), b"2:{},");
        assert_eq!(code(&output), 2, "{flags:?}");
        assert!(said(&output).contains("--framing") && said(&output).contains(flags[0]));
        assert!(output.stdout.is_empty() && !fs::exists(out).unwrap());
        if flags[0] != "--follow" {
            let output = run(&[&["--framing", "line"], flags].concat(), b"");
            assert!(!said(&output).contains("--framing"), "{}", said(&output));
            let _ = fs::remove_file(out);
        }
    }
}

/// Every verdict has the same two last members, wherever it is.
#[test]
fn a_stamp_is_in_every_verdict_of_every_form() {
    let version = Value::from(env!("CARGO_PKG_VERSION"));
    let input = b"{\"id\":1,\"text\":\"fine\"}\n{\"id\":2,\"text\":\"casino\"}\n\n{\"id\":3}\nx\n{\"text\":\"cut";
    let named = run(&["--only", "flagged"], input);
    let ruleset = &verdicts(&named.stdout)[0]["ruleset"];
    assert_eq!(ruleset.as_str().unwrap().len(), 8);
    let jetstream = b"{\"kind\":\"identity\",\"did\":\"x\"}\n{\"did\":\"x\",\"time_us\":1,\"kind\":\"commit\",\"commit\":{\"operation\":\"create\",\"collection\":\"app.bsky.feed.post\",\"cid\":\"c\",\"record\":{\"text\":\"casino\"}}}\n";
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.jsonl");
    for (flags, input, count) in [
        (&[][..], &input[..], 6),
        (&["--brief"], input, 6),
        (&["--annotate"], input, 6),
        (&["--annotate", "--brief", "--offsets", "chars"], input, 6),
        (&["--unordered", "--threads", "3", "--chunk", "8"], input, 6),
        (&["--only", "unreadable"], input, 4),
        (&["--max-line", "20"], input, 6),
        (&["--preset", "jetstream"], jetstream, 2),
        (&["--preset", "jetstream", "--annotate"], jetstream, 2),
        (&["--preset", "lines"], input, 6),
        (&["--csv"], b"id,text\n1,fine\n2,casino\n3,\"open\n", 3),
        (&["--array"], b"[{\"text\":\"fine\"},{\"text\":\"casino\"},5]", 3),
        (&["--resume", "--out", out.to_str().unwrap()], input, 6),
    ] {
        let plain: Vec<&str> = flags.iter().copied().filter(|flag| *flag != "--resume").collect();
        let output = run(&[flags, &["--stamp", "--max-errors", "100%"]].concat(), input);
        assert_eq!(code(&output), 0, "{flags:?}: {}", said(&output));
        let is_to_file = flags.contains(&"--out");
        let written = if is_to_file { fs::read(&out).unwrap() } else { output.stdout };
        let stamped = verdicts(&written);
        assert_eq!(stamped.len(), count, "{flags:?}");
        let end = format!(",\"ruleset\":{ruleset},\"engine\":{version}}}");
        for line in String::from_utf8(written.clone()).unwrap().lines() {
            let is_inside = line.ends_with(&format!("{end}}}"));
            assert!(line.ends_with(&end) || is_inside, "{flags:?}: {line}");
        }
        // Without its stamp, a verdict is what it is without the flag.
        let without = run(&[&plain[..], &["--max-errors", "100%"]].concat(), input);
        let without = if is_to_file { fs::read(&out).unwrap() } else { without.stdout };
        let unstamped = |line: &str| line.replace(&end[..end.len() - 1], "");
        let mut expected: Vec<String> = String::from_utf8(without)
            .unwrap()
            .lines()
            .map(|line| line.replace(&format!(",\"ruleset\":{ruleset}"), ""))
            .collect();
        let mut got: Vec<String> =
            std::str::from_utf8(&written).unwrap().lines().map(unstamped).collect();
        if flags.contains(&"--unordered") {
            expected.sort_unstable();
            got.sort_unstable();
        }
        assert_eq!(got, expected, "{flags:?}");
    }
    for (name, framing) in FRAMINGS {
        let stream = framed(framing, [&b"{\"text\":\"fine\"}"[..], b"\n", b"x"]);
        let stream = [&stream[..], b"\0"].concat();
        let output = run(&["--framing", name, "--stamp"], &stream);
        let verdicts = json(&unframed(framing, &output.stdout));
        assert_eq!(verdicts.len(), 4);
        assert!(verdicts.iter().all(|it| it["ruleset"] == *ruleset && it["engine"] == version));
    }
}
