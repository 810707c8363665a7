//! What goes in: every kind of line, of packing, of place.

use super::program::{code, kinds, posts, run, said, verdicts};
use serde_json::json;
use std::fs;
use std::io::{Read, Write as _};
use std::path::Path;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let level = flate2::Compression::fast();
    flate2::read::GzEncoder::new(bytes, level).read_to_end(&mut packed).unwrap();
    packed
}

fn path(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn every_line_has_its_verdict() {
    let lines: &[(&[u8], &str)] = &[
        (b"{\"text\":\"fine\"}\n", "allow"),
        (b"{\"text\":\"fine\"}\r\n", "allow"),
        (b"\n", "empty"),
        (b"\r\n", "empty"),
        (b" \t \n", "empty"),
        (b"nonsense\n", "bad_json"),
        (b"{\"text\":\"a\"} {\"text\":\"b\"}\n", "bad_json"),
        (b"{\"text\":\"a\"}\r{\"text\":\"b\"}\n", "bad_json"),
        (b"[1,2]\n", "bad_json"),
        (b"{\"other\":1}\n", "no_text"),
        (b"{\"text\":1}\n", "bad_text"),
        (b"{\"text\":\"a\",\"text\":\"b\"}\n", "duplicate_key"),
        (b"{\"text\":\"\xff\xfe bad bytes\"}\n", "allow"),
        (b"{\"text\":\"\\ud800 alone\"}\n", "allow"),
        (b"{\"text\":\"nul \0 and \x1b\"}\n", "allow"),
        (b"{\"text\":\"huge\",\"n\":1e400}\n", "allow"),
        (b"\xef\xbb\xbf{\"text\":\"a mark inside\"}\n", "allow"),
        (b"{\"text\":\"casino\"}\n", "flag"),
        (b"{\"text\":\"last, without newline", "truncated"),
    ];
    let input: Vec<u8> = lines.iter().flat_map(|(line, _)| line.iter().copied()).collect();
    let expected: Vec<_> = lines.iter().map(|(_, kind)| *kind).collect();
    let mut end = 0;
    let starts: Vec<usize> = lines
        .iter()
        .map(|(line, _)| {
            end += line.len();
            end - line.len()
        })
        .collect();
    for threads in ["1", "4"] {
        for chunk in ["4", "64", "1M"] {
            let output = run(&["--threads", threads, "--chunk", chunk], &input);
            assert_eq!(code(&output), 0, "{}", said(&output));
            assert_eq!(kinds(&output.stdout), expected, "{threads} threads, chunk {chunk}");
            for (verdict, start) in verdicts(&output.stdout).iter().zip(&starts) {
                let offset = verdict.get("offset").cloned().unwrap_or(json!(start));
                assert_eq!(offset, json!(start));
            }
            assert_eq!(said(&output), "", "standard error is silent where it is no terminal");
        }
    }
}

#[test]
fn a_deep_line_costs_a_verdict_and_no_more() {
    let deep = format!("{{\"x\":{}{},\"text\":\"a\"}}\n", "[".repeat(50_000), "]".repeat(50_000));
    let output = run(&[], deep.as_bytes());
    assert_eq!((code(&output), kinds(&output.stdout)), (0, vec!["allow".to_owned()]));
}

#[test]
fn the_last_line_may_lack_its_newline() {
    for (end, kind, strict) in [("\"}", "allow", 0), ("", "truncated", 3)] {
        let input = format!("{{\"text\":\"whole{end}");
        let output = run(&["--max-errors", "1"], input.as_bytes());
        assert_eq!((code(&output), kinds(&output.stdout)), (0, vec![kind.to_owned()]));
        assert_eq!(code(&run(&["--strict"], input.as_bytes())), strict);
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let output = run(&[], b"\xef\xbb\xbf{\"text\":\"casino\"}\nx\n");
    assert_eq!(kinds(&output.stdout), ["flag", "bad_json"]);
    assert_eq!(verdicts(&output.stdout)[1]["offset"], 21);
}

#[test]
fn utf_16_is_refused_at_the_start_and_an_error_later() {
    let utf_16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("{}\n".bytes().flat_map(|b| [b, 0])).collect();
    let output = run(&[], &utf_16);
    assert_eq!(code(&output), 2);
    assert!(output.stdout.is_empty() && said(&output).contains("utf-16le"), "{}", said(&output));

    let folder = tempfile::tempdir().unwrap();
    let good = path(folder.path(), "a.jsonl", &posts(2));
    let bad = path(folder.path(), "b.jsonl", &utf_16);
    let output = run(&[&bad, &good], b"");
    assert_eq!((code(&output), output.stdout.len()), (2, 0));
    let output = run(&[&good, &bad, &good], b"");
    assert_eq!((code(&output), verdicts(&output.stdout).len()), (4, 4));
    assert!(said(&output).contains("b.jsonl"), "{}", said(&output));
}

#[test]
fn foreign_formats_end_before_the_first_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let good = path(folder.path(), "good.jsonl", &posts(2));
    for (bytes, remedy) in [
        (&b"[\n{\"text\":\"a\"}\n]\n"[..], "--array"),
        (b"id,text\n1,hello\n", "--csv"),
        (b"PK\x03\x04", "unzip"),
        (b"PARE", "Parquet"),
        (b"{\0\"\0", "--encoding utf-16le"),
        (b"\0\0\0{\0\0\0\"", "iconv -f UTF-32"),
    ] {
        for packed in [bytes.to_vec(), gzip(bytes)] {
            let bad = path(folder.path(), "bad", &packed);
            let first = run(&[&bad, &good], b"");
            assert_eq!((code(&first), first.stdout.len()), (2, 0), "{remedy}");
            assert!(said(&first).contains(remedy), "{}", said(&first));
            assert_eq!(said(&first).lines().count(), 1);
            let later = run(&[&good, &bad, &good], b"");
            assert_eq!((code(&later), verdicts(&later.stdout).len()), (4, 4), "{remedy}");
        }
        let piped = run(&[], bytes);
        assert_eq!((code(&piped), piped.stdout.len()), (2, 0), "{remedy}");
    }
}

#[test]
fn arrays_tables_archives_and_encodings_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let expected =
        b"{\"id\":\"1\",\"text\":\"casino\"}\n{\"id\":\"2\",\"text\":\"\xe8\x89\xaf\"}\n";
    let expected = run(&[], expected).stdout;
    let array = "[{\"id\":\"1\",\n\"text\":\"casino\"},{\"id\":\"2\",\"text\":\"良\"}]";
    let table = "id,text\n1,casino\n2,良\n";
    let (gbk, ..) = encoding_rs::GBK.encode(table);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(array.as_bytes()).unwrap();
    for (flags, bytes) in [
        (&["--array"][..], array.as_bytes().to_vec()),
        (&["--array"], bzip2.finish().unwrap()),
        (&["--csv"], table.as_bytes().to_vec()),
        (&["--csv", "--encoding", "gb18030"], gbk.into_owned()),
    ] {
        let file = path(folder.path(), "posts", &bytes);
        let output = run(&[flags, &[&file]].concat(), b"");
        assert_eq!(code(&output), 0, "{flags:?}: {}", said(&output));
        assert!(output.stdout == expected, "{flags:?}");
    }
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in [("a/one.jsonl", posts(2)), ("a/note.txt", b"note".to_vec())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append_data(&mut header, name, &*content).unwrap();
    }
    let packed = path(folder.path(), "posts.tar.gz", &gzip(&archive.into_inner().unwrap()));
    assert!(run(&[&packed], b"").stdout == run(&[], &posts(2)).stdout);
}

#[test]
fn a_run_without_a_post_is_no_success() {
    let kafka = b"{\"payload\":{\"after\":{\"body\":\"some words\"}}}\n".repeat(3);
    let output = run(&[], &kafka);
    assert_eq!((code(&output), verdicts(&output.stdout).len()), (3, 3));
    assert!(said(&output).contains("try --text /payload/after/body"), "{}", said(&output));
    assert_eq!(said(&output).lines().count(), 1);
    assert_eq!(code(&run(&["--text", "/payload/after/body"], &kafka)), 0);
    for accepted in [&["--max-errors", "100%"][..], &["--max-errors", "3"]] {
        let output = run(accepted, &kafka);
        assert_eq!((code(&output), said(&output).as_str()), (0, ""));
    }
    for (input, expected) in
        [(&b""[..], 0), (b"\n\n", 0), (b"x\n{\"text\":\"a\"}\n", 0), (b"x\n", 3)]
    {
        assert_eq!(code(&run(&[], input)), expected, "{input:?}");
    }
    // Reported while reading goes on.
    let long = run(&["--threads", "1"], &[kafka.repeat(3000), posts(1)].concat());
    assert_eq!(code(&long), 0);
    assert!(said(&long).contains("no line is a post"), "{}", said(&long));
    let (gbk, ..) = encoding_rs::GB18030.encode("{\"text\":\"今天的天气很好\"}\n");
    let output = run(&["--stats", "json"], &gbk);
    assert_eq!((code(&output), kinds(&output.stdout)), (3, vec!["allow".to_owned()]));
    assert_eq!(verdicts(&output.stdout)[0]["repaired"], true);
    assert!(
        said(&output).contains("--encoding gb18030") && said(&output).contains("\"repaired\":1")
    );
}

#[test]
fn unreadable_lines_of_several_files_have_their_place_and_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let one = path(folder.path(), "one.jsonl", &[posts(3), b"bad one\n".to_vec()].concat());
    let two = path(folder.path(), "two.jsonl", b"\n{\"text\":\"a\"}\n{\"text\":1}\nlast");
    let letters = path(folder.path(), "letters", b"");
    for threads in ["1", "3"] {
        let how = ["--threads", threads, "--chunk", "16", "--dead-letter", &letters, &one, &two];
        let output = run(&how, b"");
        assert_eq!(code(&output), 0, "{}", said(&output));
        let bad = verdicts(&output.stdout).into_iter().filter(|it| it["action"] == "unreadable");
        let places: Vec<_> = bad.map(|it| json!([it["file"], it["line"], it["error"]])).collect();
        let expected = [
            json!([one, 4, "bad_json"]),
            json!([two, 1, "empty"]),
            json!([two, 3, "bad_text"]),
            json!([two, 4, "truncated"]),
        ];
        assert_eq!(places, expected);
        assert_eq!(fs::read_to_string(&letters).unwrap(), "bad one\n{\"text\":1}\nlast\n");
    }
    let single = run(&[], b"bad\n{\"text\":\"a\"}\n");
    assert!(verdicts(&single.stdout)[0].get("file").is_none());
}

#[test]
fn lines_at_the_limit_are_read_and_beyond_it_not() {
    let limit = 1000;
    let post = |length: usize| {
        let empty = "{\"text\":\"\"}".len();
        format!("{{\"text\":\"{}\"}}\n", "x".repeat(length - empty))
    };
    let input = [post(limit - 1), post(limit), post(limit + 1), post(3 * limit), post(50)].concat();
    let expected = ["allow", "allow", "too_long", "too_long", "allow"];
    for chunk in ["16", "1000", "1001", "100k"] {
        let output = run(&["--max-line", "1000", "--chunk", chunk], input.as_bytes());
        assert_eq!(kinds(&output.stdout), expected, "chunk {chunk}");
        let offset = 2 * limit + 1;
        assert_eq!(verdicts(&output.stdout)[2]["offset"], offset);
    }
}

#[test]
fn the_bytes_written_depend_on_posts_and_rules_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut input = Vec::new();
    for n in 0..400 {
        let text = ["fine", "casino bonus", "sad tel 12345", "trial 百家乐"][n % 4];
        let line = format!("{{\"id\":\"p{n}\",\"text\":\"{text} {}\"}}\n", "pad ".repeat(n % 13));
        input.extend_from_slice(line.as_bytes());
        if n % 50 == 0 {
            input.extend_from_slice(b"\nnonsense\n");
        }
    }
    let expected = run(&["--threads", "1"], &input).stdout;
    assert_eq!(verdicts(&expected).len(), 416);
    let plain = path(folder.path(), "plain.jsonl", &input);
    let packed = path(folder.path(), "packed.jsonl.gz", &gzip(&input));
    let frames = path(folder.path(), "frames.jsonl.zst", &zstd::encode_all(&*input, 1).unwrap());
    let out = folder.path().join("out.jsonl");
    for threads in ["1", "2", "7"] {
        for chunk in ["100", "4k", "1M"] {
            let how = ["--threads", threads, "--chunk", chunk];
            for file in [&plain, &packed, &frames] {
                let output = run(&[&how[..], &[file]].concat(), b"");
                assert!(output.stdout == expected, "{how:?} {file}");
            }
            for (bytes, live) in [(&input, "--live"), (&gzip(&input), "--stamp")] {
                let live = if live == "--live" { &["--live"][..] } else { &[] };
                let output = run(&[&how[..], live].concat(), bytes);
                assert!(output.stdout == expected, "{how:?}, standard input");
            }
        }
    }
    let output = run(&[&plain, "--out", out.to_str().unwrap()], b"");
    assert_eq!((code(&output), output.stdout.len()), (0, 0));
    assert!(fs::read(out).unwrap() == expected);
}

#[test]
fn folders_patterns_and_standard_input_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let post = |id: &str| format!("{{\"id\":\"{id}\",\"text\":\"a\"}}\n").into_bytes();
    path(folder.path(), "in/b/two.ndjson", &post("two"));
    path(folder.path(), "in/a/one.jsonl.gz", &gzip(&post("one")));
    path(folder.path(), "in/a/none.txt", &post("none"));
    path(folder.path(), "three.txt", &post("three"));
    let inside = folder.path().join("in");
    let pattern = folder.path().join("*.txt");
    let names = [inside.to_str().unwrap(), "-", pattern.to_str().unwrap()];
    let output = run(&names, &post("typed"));
    let ids: Vec<_> = verdicts(&output.stdout).iter().map(|v| v["id"].clone()).collect();
    assert_eq!(ids, ["one", "two", "typed", "three"]);
}

#[test]
fn damaged_archives_give_what_they_hold_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let packed = gzip(&posts(5000));
    let cut = path(folder.path(), "cut.jsonl.gz", &packed[..packed.len() / 2]);
    for from_file in [true, false] {
        let output =
            if from_file { run(&[&cut], b"") } else { run(&[], &packed[..packed.len() / 2]) };
        assert_eq!(code(&output), 4);
        let name = if from_file { "cut.jsonl.gz" } else { "standard input" };
        assert!(said(&output).contains(name), "{}", said(&output));
        let ids: Vec<_> = verdicts(&output.stdout).iter().map(|v| v["id"].clone()).collect();
        assert!(ids.len() > 100 && ids.len() < 5000);
        for (n, id) in ids[..ids.len() - 1].iter().enumerate() {
            assert_eq!(*id, json!(n));
        }
    }
}
