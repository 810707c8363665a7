//! Verdicts over HTTP are the bytes of `scan`, for every way in which a body arrives.

use super::client::{Server, chunked, exchange, head, post, request};
use crate::program::{is_full, posts};
use std::io::{Read as _, Write as _};
use std::path::Path;

const NDJSON: &str = "Content-Type: application/x-ndjson";

/// Lines with everything that lines may have.
fn lines() -> Vec<u8> {
    let mut lines =
        b"\xef\xbb\xbf{\"id\":1,\"text\":\"casino\"}\r\n\n{\"id\":2}\nnot json\n".to_vec();
    lines.extend(b"{\"id\":3,\"text\":\"caf\xe9 casino\"}\n");
    lines.extend(format!("{{\"id\":4,\"text\":\"{}\"}}\n", "long ".repeat(60_000)).bytes());
    lines.extend(posts(3_000));
    lines.extend(b"{\"id\":5,\"text\":\"casino\"} \n{\"id\":6,\"text\":\"no end");
    lines
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_encoding_and_delivery_gives_the_bytes_of_scan() {
    let server = Server::start(&["--max-line", "200k"]);
    let lines = lines();
    let expected = server.scan_with(&["--max-line", "200k"], &lines);
    assert!(expected.contains("too_long") && expected.contains("repaired"));
    let half = lines.len() / 2;
    let members = [gzip(&lines[..half]), gzip(&lines[half..])].concat();
    let zstd = zstd::encode_all(lines.as_slice(), 1).unwrap();
    for (name, body) in [("", &lines), ("gzip", &gzip(&lines)), ("gzip", &members), ("zstd", &zstd)]
    {
        let encoding = format!("Content-Encoding: {name}");
        let mut headers = vec![NDJSON];
        if !name.is_empty() {
            headers.push(&encoding);
        }
        let answer = post(&server, "/v1/classify", &headers, body);
        assert_eq!((answer.status, answer.is_complete), (200, true), "{name}");
        assert!(answer.text() == expected, "{name}");
        headers.push("Transfer-Encoding: chunked");
        for size in [1, 2, 7, 4096, 1 << 20] {
            // One byte a chunk is tried on the beginning: it is five times the bytes.
            let (body, expected) = match (size, name) {
                (1 | 2, "") => (&body[..20_000.min(body.len())], None),
                _ if size < 7 => continue,
                _ => (body.as_slice(), Some(&expected)),
            };
            let own = || server.scan_with(&["--max-line", "200k"], body);
            let expected = expected.map_or_else(own, String::clone);
            let head = head("POST", "/v1/classify", &headers);
            let answer = exchange(&server, &[head.as_bytes(), &chunked(body, size)].concat());
            assert!(answer.is_complete && answer.text() == expected, "{name} in chunks of {size}");
        }
    }
}

#[test]
fn parameters_are_the_flags_of_scan() {
    let server = Server::start(&[]);
    let lines =
        b"{\"id\":7,\"body\":\"casino\",\"text\":\"caf\xc3\xa9 casino\"}\n{\"no\":\"post\"}\n";
    for (query, flags) in [
        ("brief", &["--brief"][..]),
        ("annotate&offsets=utf16", &["--annotate", "--offsets", "utf16"]),
        ("stamp=true&only=flagged,unreadable", &["--stamp", "--only", "flagged,unreadable"]),
        ("text=%2Fbody&id=/id", &["--text", "/body", "--id", "/id"]),
        (
            "preset=mastodon&text=/body&offsets=chars",
            &["--preset", "mastodon", "--text", "/body", "--offsets", "chars"],
        ),
        ("preset=lines", &["--preset", "lines"]),
        ("html-text=/text&brief=false", &["--html-text", "/text"]),
    ] {
        let answer = post(&server, &format!("/v1/classify?{query}"), &[NDJSON], lines);
        assert_eq!(answer.text(), server.scan_with(flags, lines), "{query}");
    }
    for (query, code) in [
        ("breif", "unknown_parameter"),
        ("text=body", "bad_parameter"),
        ("offsets=words", "bad_parameter"),
        ("only=blocked", "bad_parameter"),
        ("preset=none", "bad_parameter"),
        ("field=shoe=/shoe", "bad_parameter"),
        ("id=%zz", "bad_query"),
        ("preset=lines&annotate", "bad_parameter"),
    ] {
        let answer = post(&server, &format!("/v1/classify?{query}"), &[NDJSON], lines);
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{query}");
    }
}

#[test]
fn requests_are_answered_in_the_order_of_a_pipeline() {
    let server = Server::start(&[]);
    let one = |n: usize| {
        let body = format!("{{\"id\":{n},\"text\":\"casino\"}}\n");
        request("POST", "/v1/classify?brief", &[NDJSON], body.as_bytes())
    };
    let stream = server.connect();
    let all: Vec<u8> = (0..50).flat_map(one).collect();
    (&stream).write_all(&all).unwrap();
    let mut reader = std::io::BufReader::new(&stream);
    for n in 0..50 {
        let answer = super::client::read_answer(&mut reader).unwrap();
        assert!(answer.text().starts_with(&format!("{{\"id\":{n},")), "{}", answer.text());
    }
}

/// Real posts, if they lie next to the repository (see tests/it/shared_data.rs).
#[test]
fn real_posts_get_the_verdicts_of_scan() {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("TIDEGATE_SHARED_DATA").map_or(default, Into::into);
    if !folder.is_dir() {
        crate::program::skip("no data beside the repository");
        return;
    }
    let server = Server::with_rules(&[], &["--response-buffer", "512M"]);
    let step = if is_full() { 1 } else { 200 };
    let mut sets = 0;
    for kind in ["labelled", "neutral"] {
        for entry in std::fs::read_dir(folder.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "gz") {
                continue;
            }
            let mut rows = Vec::new();
            let file = std::fs::File::open(&path).unwrap();
            flate2::read::MultiGzDecoder::new(file).read_to_end(&mut rows).unwrap();
            let lines = rows.split_inclusive(|byte| *byte == b'\n').step_by(step);
            let sample: Vec<u8> = lines.flatten().copied().collect();
            let answer = post(&server, "/v1/classify", &[NDJSON], &sample);
            assert!(
                answer.is_complete && answer.text() == server.scan(&sample),
                "{}",
                path.display()
            );
            sets += 1;
        }
    }
    assert!(sets > 10, "found only {sets} sets");
}
