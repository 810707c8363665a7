//! More than the service can do is refused at once, and nothing is half judged.

use super::client::{Server, chunked, exchange, head, post, request, wait_until};
use crate::program::posts;
use std::io::{BufRead as _, BufReader, Write as _};
use std::thread;

const NDJSON: &str = "Content-Type: application/x-ndjson";
const JSON: &str = "Content-Type: application/json";

#[test]
fn a_full_queue_is_answered_with_503_and_empties_again() {
    let server = Server::start(&["--queue", "1", "-j", "1"]);
    let body = posts(30_000);
    let statuses: Vec<(u16, bool)> = thread::scope(|scope| {
        let one = || {
            let answer = post(&server, "/v1/classify", &[NDJSON], &body);
            if answer.status == 503 {
                assert_eq!(answer.header("retry-after"), Some("1"));
                assert_eq!(answer.code(), "overloaded");
            }
            (answer.status, answer.is_complete)
        };
        let all: Vec<_> = (0..16).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(
        statuses.iter().all(|(status, is_complete)| matches!(status, 200 | 503) && *is_complete)
    );
    assert!(statuses.iter().any(|(status, _)| *status == 200), "{statuses:?}");
    assert!(statuses.iter().any(|(status, _)| *status == 503), "{statuses:?}");
    // The last chunk of a client that has gone may still be judged.
    wait_until("the queue is empty", || {
        post(&server, "/v1/classify", &[JSON], b"{\"text\":\"a\"}").status == 200
    });
}

#[test]
fn streams_have_a_limit_and_a_client_that_goes_frees_its_place() {
    let server = Server::start(&["--streams", "2"]);
    let open = || {
        let stream = server.connect();
        let line = chunked(b"{\"id\":1,\"text\":\"a\"}\n", 100);
        let head = head("POST", "/v1/classify", &[NDJSON, "Transfer-Encoding: chunked"]);
        (&stream).write_all(&[head.as_bytes(), &line[..line.len() - 5]].concat()).unwrap();
        let mut first = String::new();
        BufReader::new(&stream).read_line(&mut first).unwrap();
        (stream, first)
    };
    let one = open();
    let two = open();
    assert!(one.1.contains("200") && two.1.contains("200"));
    assert!(open().1.contains("503"));
    drop((one, two));
    wait_until("the places are free", || {
        let line = b"{\"id\":1,\"text\":\"a\"}\n";
        exchange(&server, &request("POST", "/v1/classify", &[NDJSON], line)).status == 200
    });
}

#[test]
fn lines_of_any_bytes_have_verdicts_and_no_internal_errors() {
    let server = Server::start(&[]);
    let odd: Vec<u8> = (0..=255u8).flat_map(|byte| [byte, b'"', b'{', byte, b'\n']).collect();
    let answer =
        post(&server, "/v1/classify", &[NDJSON, "X-Odd: 1"], &[b"{}\n", &odd[..]].concat());
    assert_eq!((answer.status, answer.is_complete), (200, true));
    assert!(!answer.text().contains("\"internal\""));
}
