//! Formats that are no lines: Parquet, tables, archives; and that every command reads them alike.

#![cfg_attr(
    not(feature = "parquet"),
    allow(unused_imports, dead_code, reason = "helpers of the tests of Parquet")
)]

use super::program::{code, kinds, posts, run, said, tidegate, verdicts};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::json;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

/// Posts in Parquet, numbered from `first`, each row group of so many.
pub fn table(texts: &[&str], first: i64, group_rows: usize) -> Vec<u8> {
    let schema = "message posts { required int64 id; required binary text (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties.into()).unwrap();
    for (number, group) in texts.chunks(group_rows).enumerate() {
        let start = first + (number * group_rows) as i64;
        let ids: Vec<i64> = (start..start + group.len() as i64).collect();
        let texts: Vec<ByteArray> = group.iter().map(|text| ByteArray::from(*text)).collect();
        let mut rows = writer.next_row_group().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
        column.close().unwrap();
        rows.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// The same posts as lines.
fn lines(texts: &[&str]) -> Vec<u8> {
    let line = |(id, text): (usize, &&str)| format!("{}\n", json!({ "id": id, "text": text }));
    texts.iter().enumerate().map(line).collect::<String>().into_bytes()
}

const TEXTS: [&str; 5] = ["fine", "casino bonus", "sad tel 12345", "café \"x\"\n", "casino"];

/// A folder that goes away.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_judged_as_lines_are() {
    let folder = Folder::new();
    let file = folder.write("posts.parquet", &table(&TEXTS, 0, 2));
    for flags in [&[][..], &["--annotate"], &["--only", "flagged"]] {
        let flags = [&["--text", "/text"], flags].concat();
        let expected = run(&flags, &lines(&TEXTS)).stdout;
        for threads in ["1", "3"] {
            let output = run(&[&flags[..], &["--threads", threads, &file]].concat(), b"");
            assert_eq!((code(&output), said(&output).as_str()), (0, ""));
            assert!(output.stdout == expected, "{flags:?}");
        }
        // Standard input may be a file, but no pipe.
        let mut command = tidegate(&flags);
        let output = command.stdin(File::open(&file).unwrap()).output().unwrap();
        assert!(output.stdout == expected, "{}", said(&output));
    }
    let piped = run(&[], &table(&TEXTS, 0, 2));
    assert_eq!((code(&piped), piped.stdout.len()), (2, 0));
    assert!(said(&piped).contains("its index is at its end"), "{}", said(&piped));
    for flag in ["--csv", "--array"] {
        assert_eq!(code(&run(&[flag, &file], b"")), 2, "{flag}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn a_folder_of_spark_is_read_and_its_rows_have_places() {
    let folder = Folder::new();
    folder.write("out/part-0000.snappy.parquet", &table(&["fine", "casino"], 0, 9));
    let second =
        folder.write("out/part-0001.snappy.parquet", &table(&["a", &"x".repeat(3000)], 2, 9));
    for ignored in ["_SUCCESS", ".part-0000.snappy.parquet.crc", "_temporary/0/part-0.parquet"] {
        folder.write(&format!("out/{ignored}"), b"no table");
    }
    let out = folder.path("out");
    let output = run(&["--max-line", "1000", out.to_str().unwrap()], b"");
    assert_eq!((code(&output), said(&output).as_str()), (0, ""));
    assert_eq!(kinds(&output.stdout), ["allow", "flag", "allow", "too_long"]);
    let long = &verdicts(&output.stdout)[3];
    assert_eq!((&long["file"], &long["line"]), (&json!(second), &json!(2)));
}

#[cfg(feature = "parquet")]
#[test]
fn damaged_parquet_is_an_error_and_no_panic() {
    let folder = Folder::new();
    let whole = table(&TEXTS, 0, 2);
    let good = folder.write("good.jsonl", &posts(2));
    let mut errors = 0;
    let cuts = (0..whole.len()).step_by(whole.len() / 25).map(|at| whole[..at.max(4)].to_vec());
    let flips = (0..whole.len()).step_by(whole.len() / 50).map(|at| {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xFF;
        damaged
    });
    for damaged in cuts.chain(flips.filter(|bytes| bytes.starts_with(b"PAR1"))) {
        let bad = folder.write("bad.parquet", &damaged);
        let output = run(&["--max-errors", "9", &bad, &good], b"");
        let said = said(&output);
        assert!([0, 4].contains(&code(&output)), "{}: {said}", code(&output));
        // The next file is read.
        assert!(verdicts(&output.stdout).iter().any(|it| it["id"] == 1 && it["action"] == "allow"));
        assert!(!said.contains("internal") && said.lines().count() <= 1, "{said}");
        if code(&output) == 4 {
            assert!(said.contains("bad.parquet: damaged or truncated (Parquet)"), "{said}");
            errors += 1;
        }
    }
    assert!(errors > 40, "only {errors}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_so() {
    let folder = Folder::new();
    let file = folder.write("in/posts.parquet", &table(&TEXTS, 0, 2));
    for input in [file, folder.path("in").to_str().unwrap().to_owned()] {
        let output = run(&[&input], b"");
        assert_eq!((code(&output), output.stdout.len()), (2, 0));
        assert!(said(&output).contains("built without it"), "{}", said(&output));
    }
}

#[test]
fn an_open_quote_costs_one_row_and_is_named() {
    let folder = Folder::new();
    let rows: String = (4..2000).map(|n| format!("{n},casino\n")).collect();
    let table = format!("id,text\n1,fine\n2,\"open\n3,\"two\nlines\"\n{rows}");
    // The open quote takes the next row with it, whose quote closes it.
    let output = run(&["--csv"], table.as_bytes());
    assert_eq!((code(&output), verdicts(&output.stdout).len()), (0, 1999));
    let table = format!("id,text\n1,fine\n2,\"open\n{rows}");
    let letters = folder.write("letters", b"");
    for (flags, error, why) in [
        (&[][..], "truncated", "before the end"),
        (&["--max-line", "1000"], "too_long", "within 1000 bytes"),
    ] {
        for chunk in ["64", "100k"] {
            let flags = [flags, &["--csv", "--chunk", chunk, "--dead-letter", &letters]].concat();
            let output = run(&flags, table.as_bytes());
            assert_eq!(code(&output), 0, "{}", said(&output));
            let found = verdicts(&output.stdout);
            assert_eq!(
                (found.len(), &found[0]["id"], &found[2]["id"]),
                (1998, &json!("1"), &json!("4"))
            );
            assert_eq!(found[1]["error"], error);
            let detail = found[1]["detail"].as_str().unwrap();
            assert!(
                detail.contains("begins in line 3 of the table") && detail.contains(why),
                "{detail}"
            );
            let kept = if error == "truncated" { "2,\"open\n" } else { "" };
            assert_eq!(fs::read_to_string(&letters).unwrap(), kept);
        }
    }
    // A line that would be a post of its own is none.
    let output = run(&["--csv"], b"text\n{\"text\":\"x,\"}\n1\n");
    assert_eq!(kinds(&output.stdout), ["truncated", "allow"]);
}

#[test]
fn a_torn_row_is_judged_again_when_it_is_whole() {
    let folder = Folder::new();
    let out = folder.path("out.jsonl");
    let grown = |table: &str| {
        let file = folder.write("log.csv", table.as_bytes());
        let flags = ["--csv", "--resume", "--out", out.to_str().unwrap(), &file];
        let output = run(&flags, b"");
        assert_eq!(code(&output), 0, "{}", said(&output));
        let expected = run(&["--csv", &file], b"").stdout;
        let written = fs::read(&out).unwrap();
        assert!(written == expected, "{table:?}: {}", String::from_utf8_lossy(&written));
        kinds(&written)
    };
    let mut table = "id,text\n1,fine\n2,cas".to_owned();
    assert_eq!(grown(&table), ["allow", "allow"]);
    table += "ino\n3,\"open";
    assert_eq!(grown(&table), ["allow", "flag", "truncated"]);
    // Rows behind the open quote are read as if it was wrong, and again when it is closed.
    table += "\n4,casino\n5,b\n";
    assert_eq!(grown(&table), ["allow", "flag", "truncated", "flag", "allow"]);
    table += "six\"\n7,casino\n";
    assert_eq!(grown(&table), ["allow", "flag", "flag", "flag"]);
    table += "8,c";
    assert_eq!(grown(&table).len(), 5);
    assert_eq!(grown(&(table + "\n")).len(), 5);
}

#[test]
fn members_of_archives_are_named() {
    let folder = Folder::new();
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in
        [("a/one.jsonl", &b"bad\n{\"text\":\"a\"}\n"[..]), ("two.jsonl", b"\nbad")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append_data(&mut header, name, content).unwrap();
    }
    let file = folder.write("posts.tar", &archive.into_inner().unwrap());
    for chunk in ["4", "100k"] {
        let output = run(&["--chunk", chunk, &file], b"");
        let bad = verdicts(&output.stdout).into_iter().filter(|it| it["action"] == "unreadable");
        let places: Vec<_> = bad.map(|it| json!([it["file"], it["line"], it["error"]])).collect();
        let name = |member: &str| format!("{file}:{member}");
        let expected = [
            json!([name("a/one.jsonl"), 1, "bad_json"]),
            json!([name("two.jsonl"), 1, "empty"]),
            json!([name("two.jsonl"), 2, "bad_json"]),
        ];
        assert_eq!(places, expected);
    }
}

/// Runs a command of the program, with the rules of the tests where it takes rules.
fn command(arguments: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").stdin(Stdio::null());
    command.args(arguments).output().unwrap()
}

#[test]
fn every_command_reads_posts_as_the_scan_does() {
    let folder = Folder::new();
    let row = |n: usize| {
        [n.to_string(), ["casino", "fine"][n % 2].to_owned(), ["bet", "ok"][n % 2].to_owned()]
    };
    let rows: Vec<[String; 3]> = (0..60).map(row).collect();
    let object = |row: &[String; 3]| json!({ "id": row[0], "text": row[1], "label": row[2] });
    let objects: Vec<_> = rows.iter().map(object).collect();
    let lines: String = objects.iter().map(|row| format!("{row}\n")).collect();
    let csv =
        rows.iter().fold("id,text,label\n".to_owned(), |csv, row| csv + &row.join(",") + "\n");
    let utf16: Vec<u8> = lines.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: Vec<(&str, String)> = vec![
        ("", folder.write("l/posts.jsonl", lines.as_bytes())),
        ("--csv", folder.write("c/posts.csv", csv.as_bytes())),
        ("--array", folder.write("a/posts.json", json!(objects).to_string().as_bytes())),
        ("--encoding=utf-16le", folder.write("u/posts.jsonl", &utf16)),
    ];
    let labels = folder
        .write("labels.yaml", b"tidegate: 1\nkind: labels\nlabels: { bet: gambling, ok: none }\n");
    let rules = "tests/cli/rules";
    let only = ["--no-default-rules", "--policy", "demo"];
    for name in ["eval", "diff", "bench", "explain", "suggest", "tune", "check", "compile"] {
        let printed: Vec<String> = files
            .iter()
            .map(|(flag, file)| {
                let compiled = folder.path("compiled").to_str().unwrap().to_owned();
                let own: Vec<&str> = match name {
                    "diff" => [&[rules, rules, file], &only[..1]].concat(),
                    "bench" => [&[rules, file, "--rounds", "1", "--json"], &only[..]].concat(),
                    "explain" => {
                        [&["--posts", file, "--first", "2", "--json", "--rules", rules], &only[..]]
                            .concat()
                    }
                    "check" => [&[rules, "--corpus", file], &only[..1]].concat(),
                    "compile" => [&[rules, "-o", &compiled, "--sample", file], &only[..1]].concat(),
                    _ => [&[rules, file, "--labels", &labels, "--json"], &only[..]].concat(),
                };
                let flags = if flag.is_empty() { vec![] } else { vec![*flag] };
                let output = command(&[&[name], &own[..], &flags[..]].concat());
                assert_eq!(code(&output), 0, "{name} {flag}: {}", said(&output));
                let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), said(&output));
                text.replace(file.as_str(), "FILE")
            })
            .collect();
        if name == "bench" {
            let posts = |text: &String| {
                let value: serde_json::Value = serde_json::from_str(text).unwrap();
                value["sets"][0]["posts"].clone()
            };
            let first = posts(&printed[0]);
            assert!(first.as_u64() == Some(60), "{first}");
            assert!(printed.iter().all(|text| posts(text) == first));
            continue;
        }
        for (text, (flag, _)) in printed.iter().zip(&files) {
            assert_eq!(text, &printed[0], "{name} {flag}");
        }
    }
}

#[test]
fn the_names_of_the_embedded_rules_are_rules_of_an_evaluation() {
    let folder = Folder::new();
    let rows = folder.write(
        "rows.jsonl",
        b"{\"text\":\"fine\",\"label\":\"ok\"}\n{\"text\":\"a\",\"label\":\"ok\"}\n",
    );
    let labels = folder.write("labels.yaml", b"tidegate: 1\nkind: labels\nlabels: { ok: none }\n");
    let plain = command(&["eval", &rows, "--labels", &labels]);
    assert_eq!(code(&plain), 0, "{}", said(&plain));
    for name in ["embedded", "default"] {
        let named = command(&["eval", name, &rows, "--labels", &labels]);
        assert_eq!((code(&named), &named.stdout), (0, &plain.stdout), "{}", said(&named));
    }
    // A file of that name is a file.
    fs::copy(&rows, folder.path("embedded")).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(Path::new(&rows).parent().unwrap()).args(["eval", "embedded"]);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("embedded"));
}
