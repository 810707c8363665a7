//! What goes wrong on connections: the client learns of it, and the service goes on.

use super::client::{Server, chunked, exchange, get, head, post, read_answer, request, wait_until};
use crate::program::{posts, sweep};
use std::io::{BufReader, Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

const NDJSON: &str = "Content-Type: application/x-ndjson";
const JSON: &str = "Content-Type: application/json";
const CHUNKED: &str = "Transfer-Encoding: chunked";

#[test]
fn a_request_cut_at_every_byte_is_never_answered_as_if_it_were_whole() {
    let server = Server::start(&[]);
    let body = b"{\"id\":1,\"text\":\"casino\"}\n{\"id\":2,\"text\":\"b\"}\n";
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    let head = head("POST", "/v1/classify", &[NDJSON, CHUNKED]);
    for whole in [
        request("POST", "/v1/classify", &[NDJSON], body),
        request("POST", "/v1/classify", &[NDJSON, "Content-Encoding: gzip"], &gzip),
        request("POST", "/v1/classify", &[JSON], b"[{\"id\":1,\"text\":\"casino\"}]"),
        [head.as_bytes(), &chunked(body, 10)].concat(),
    ] {
        for end in 0..whole.len() {
            let stream = server.connect();
            (&stream).write_all(&whole[..end]).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let Some(answer) = read_answer(&mut BufReader::new(&stream)) else { continue };
            let is_whole = answer.status == 200 && answer.is_complete;
            assert!(!is_whole, "cut at {end} of {}: {answer:?}", whole.len());
        }
        assert_eq!(exchange(&server, &whole).status, 200);
    }
}

#[test]
fn a_client_that_closes_its_sending_half_gets_its_whole_answer() {
    let server = Server::start(&[]);
    let stream = server.connect();
    let posts = posts(5_000);
    let mut sending = stream.try_clone().unwrap();
    let body = posts.clone();
    let sender = thread::spawn(move || {
        sending.write_all(&request("POST", "/v1/classify", &[NDJSON], &body)).unwrap();
        sending.shutdown(Shutdown::Write).unwrap();
    });
    let answer = read_answer(&mut BufReader::new(&stream)).unwrap();
    sender.join().unwrap();
    assert!(answer.is_complete && answer.text() == server.scan(&posts));
}

#[test]
fn verdicts_come_while_the_body_is_sent() {
    let server = Server::start(&[]);
    let stream = server.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    (&stream).write_all(head("POST", "/v1/classify", &[NDJSON, CHUNKED]).as_bytes()).unwrap();
    let mut seen = String::new();
    for n in 0..5 {
        let line = format!("{{\"id\":{n},\"text\":\"a\"}}\n");
        let chunk = chunked(line.as_bytes(), 1000);
        (&stream).write_all(&chunk[..chunk.len() - 5]).unwrap();
        let wanted = format!("{{\"id\":{n},\"action\":\"allow\"}}\n");
        while !seen.ends_with(&wanted) {
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            seen.push(byte[0].into());
            // The line break of the chunk follows the verdict.
        }
    }
    (&stream).write_all(b"0\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    wait_until("the end of the answer", || {
        let mut byte = [0];
        reader.read_exact(&mut byte).unwrap();
        rest.push(byte[0]);
        rest.ends_with(b"0\r\n\r\n")
    });
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(&[]);
    let headers: Vec<String> = (0..10_000).map(|n| format!("X-{n}: {n}")).collect();
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    assert_eq!(exchange(&server, head("GET", "/healthz", &headers).as_bytes()).status, 431);
    let long = format!("X: {}", "x".repeat(300_000));
    assert_eq!(get(&server, "/healthz", &[&long]).status, 431);
    assert_eq!(exchange(&server, b"nonsense\r\n\r\n").status, 400);
    assert_eq!(get(&server, "/healthz", &[]).status, 200);
}

#[test]
fn a_thousand_idle_connections_hold_up_nothing_and_are_closed() {
    let server = Server::start(&["--idle-timeout", "3s"]);
    let idle: Vec<_> = (0..sweep(400, 1_000)).map(|_| server.connect()).collect();
    for _ in 0..20 {
        assert_eq!(post(&server, "/v1/classify", &[JSON], b"{\"text\":\"a\"}").status, 200);
    }
    for mut stream in idle {
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "it is closed after a while");
    }
}

#[test]
fn slow_senders_are_refused_and_hold_no_thread() {
    let server =
        Server::start(&["--idle-timeout", "500ms", "--header-timeout", "500ms", "-j", "1"]);
    // Half a head, half a JSON body, half a stream.
    let heads = [
        ("GET / HTTP/1.1\r\nHo".to_owned(), None),
        (head("POST", "/v1/classify", &[JSON, "Content-Length: 9"]) + "{\"te", Some(408)),
        (head("POST", "/v1/classify", &[NDJSON, CHUNKED]) + "3\r\n{\"t\r\n", Some(408)),
    ];
    let waiting: Vec<_> = heads
        .into_iter()
        .map(|(bytes, status)| {
            let stream = server.connect();
            (&stream).write_all(bytes.as_bytes()).unwrap();
            (stream, status)
        })
        .collect();
    assert_eq!(post(&server, "/v1/classify", &[JSON], b"{\"text\":\"a\"}").status, 200);
    for (stream, status) in waiting {
        let answer = read_answer(&mut BufReader::new(&stream));
        assert_eq!(answer.map(|answer| answer.status), status);
    }
}

#[test]
fn a_stream_that_stops_after_verdicts_is_cut_with_an_error() {
    let server = Server::start(&["--idle-timeout", "2s"]);
    let stream = server.connect();
    let line = b"{\"id\":1,\"text\":\"a\"}\n";
    let body = [&chunked(line, 100)[..], b""].concat();
    let head = head("POST", "/v1/classify", &[NDJSON, CHUNKED]);
    (&stream).write_all(&[head.as_bytes(), &body[..body.len() - 5]].concat()).unwrap();
    let answer = read_answer(&mut BufReader::new(&stream)).unwrap();
    assert_eq!((answer.status, answer.is_complete), (200, false));
    let text = answer.text();
    let (verdict, error) = text.split_once('\n').unwrap();
    assert_eq!(verdict, "{\"id\":1,\"action\":\"allow\"}");
    assert!(error.contains("\"code\":\"too_slow\""), "{error}");
    wait_until("the log tells it", || server.log().contains("\"code\":\"too_slow\""));
}

#[test]
fn a_reader_that_stops_is_given_up_and_holds_no_thread() {
    let server = Server::start(&["--idle-timeout", "1s", "--response-buffer", "64k", "-j", "1"]);
    let text = "a".repeat(500);
    let lines: Vec<u8> = (0..60_000)
        .flat_map(|n| format!("{{\"id\":{n},\"text\":\"{text}\"}}\n").into_bytes())
        .collect();
    let whole = request("POST", "/v1/classify?annotate", &[NDJSON], &lines);
    let stream = server.connect();
    let sender = {
        let mut sending = stream.try_clone().unwrap();
        // It is cut off some time.
        thread::spawn(move || drop(sending.write_all(&whole)))
    };
    thread::sleep(Duration::from_millis(200));
    assert_eq!(post(&server, "/v1/classify", &[JSON], b"{\"text\":\"a\"}").status, 200);
    let is_logged = || {
        let log = server.log();
        log.contains("\"code\":\"response_not_read\"") || log.contains("\"code\":\"client_gone\"")
    };
    wait_until("the stream is given up", is_logged);
    let mut answer = Vec::new();
    let _ = (&stream).take(100 << 20).read_to_end(&mut answer);
    assert!(!answer.ends_with(b"0\r\n\r\n"), "an answer that is cut has no clean end");
    drop(stream);
    sender.join().unwrap();
}

#[test]
fn foreign_bodies_are_named_and_damaged_ones_refused() {
    let server = Server::start(&["--max-body", "10k"]);
    for (headers, body, status, code) in [
        (&[NDJSON][..], &b"[{\"id\":1}]"[..], 400, "not_json_lines"),
        (&[NDJSON], b"id,text\n1,hello\n", 400, "not_json_lines"),
        (&[NDJSON], b"{\0\"\0i\0d\0\"\0", 400, "not_json_lines"),
        (&[NDJSON, "Content-Encoding: gzip"], b"{\"id\":1,\"text\":\"a\"}\n", 400, "bad_encoding"),
        (&[NDJSON, "Content-Encoding: zstd"], b"{\"id\":1}", 400, "bad_encoding"),
        (&[NDJSON, "Content-Encoding: br"], b"x", 415, "unsupported_encoding"),
        (&[JSON], b"{\"id\":1,\"text\":", 400, "bad_json"),
        (&[JSON], b"", 400, "bad_json"),
        (&["Content-Type: text/csv"], b"a,b", 415, "wrong_content_type"),
        (&[], b"{}", 415, "wrong_content_type"),
        (&[JSON], &[b' '; 20_000], 413, "body_too_large"),
    ] {
        let answer = post(&server, "/v1/classify", headers, body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{headers:?}");
    }
    // Compressed bodies are counted decompressed, and expand without memory.
    let zeros = zstd::encode_all(&vec![b' '; 3 << 20][..], 3).unwrap();
    let answer = post(&server, "/v1/classify", &[JSON, "Content-Encoding: zstd"], &zeros);
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    let bomb = zstd::encode_all(&vec![b' '; 100 << 20][..], 3).unwrap();
    let answer = post(&server, "/v1/classify", &[NDJSON, "Content-Encoding: zstd"], &bomb);
    assert!(!answer.is_complete || answer.status == 413, "a bomb is cut");
    assert!(answer.body.windows(17).any(|part| part == b"compression_ratio"));
    assert_eq!(get(&server, "/nothing", &[]).code(), "no_path");
    assert_eq!(get(&server, "/v1/classify", &[]).code(), "wrong_method");
}

#[test]
fn a_full_disk_for_the_log_stops_nothing() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .stderr(std::fs::File::options().write(true).open("/dev/full").unwrap())
        .spawn()
        .unwrap();
    let connects = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    wait_until("it listens", connects);
    for _ in 0..20 {
        let stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        (&stream)
            .write_all(&request("POST", "/v1/classify", &[JSON], b"{\"text\":\"a\"}"))
            .unwrap();
        assert_eq!(read_answer(&mut BufReader::new(&stream)).unwrap().status, 200);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_stop_answers_what_was_accepted() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&[]);
        let stream = server.connect();
        let body = posts(20_000);
        let whole = request("POST", "/v1/classify", &[NDJSON], &body);
        (&stream).write_all(&whole[..whole.len() / 2]).unwrap();
        // The service must have accepted the request before it is stopped.
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        std::io::BufRead::fill_buf(&mut reader).unwrap();
        server.signal(signal);
        wait_until("it stops to listen", || {
            std::net::TcpStream::connect(("127.0.0.1", server.port)).is_err()
        });
        let mut sending = stream.try_clone().unwrap();
        let sender = thread::spawn(move || sending.write_all(&whole[whole.len() / 2..]).unwrap());
        let answer = read_answer(&mut reader).unwrap();
        sender.join().unwrap();
        assert!(answer.is_complete && answer.text() == server.scan(&body), "{signal}");
        assert_eq!(server.wait(), Some(0), "{}", server.log());
    }
}

#[test]
fn a_second_signal_and_the_grace_period_end_a_stop() {
    let begin = |flags: &[&str]| {
        let server = Server::start(flags);
        let stream = server.connect();
        let line = chunked(b"{\"id\":1,\"text\":\"a\"}\n", 100);
        let head = head("POST", "/v1/classify", &[NDJSON, CHUNKED]);
        (&stream).write_all(&[head.as_bytes(), &line[..line.len() - 5]].concat()).unwrap();
        std::io::BufRead::fill_buf(&mut BufReader::new(&stream)).unwrap();
        server.signal("TERM");
        wait_until("it stops to listen", || {
            std::net::TcpStream::connect(("127.0.0.1", server.port)).is_err()
        });
        (server, stream)
    };
    let (mut server, _stream) = begin(&["--grace", "300ms"]);
    assert_eq!(server.wait(), Some(0));
    let (mut server, _stream) = begin(&[]);
    assert!(server.is_running(), "it waits for the stream");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}
