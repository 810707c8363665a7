//! Rules are replaced while requests run.

use super::client::{Server, get, post, wait_until};
use crate::program::sweep;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const NDJSON: &str = "Content-Type: application/x-ndjson";

fn pack(folder: &Path, word: &str, miss: &str) {
    let text = format!(
        "tidegate: 1\npack: own\nversion: 1.0.0\ntitle: Own\nlicense: CC0-1.0\nrules:\n  - id: \
         own.{word}\n    title: T\n    category: spam\n    weight: 9\n    match: {{ w: [{word}] }}\n    \
         condition: w\n    tests: {{ hit: [{word}], miss: [{miss}] }}\n"
    );
    // As editors do: a new file takes the place of the old one.
    fs::write(folder.join("new"), text).unwrap();
    fs::rename(folder.join("new"), folder.join("own.rules.yaml")).unwrap();
}

fn start(folder: &Path, flags: &[&str]) -> Server {
    let rules = ["--no-default-rules", "--rules", folder.to_str().unwrap()];
    Server::with_rules(&rules, flags)
}

fn reload(server: &Server) -> super::client::Answer {
    post(server, "/v1/reload", &[], b"")
}

fn fires(server: &Server) -> (bool, bool) {
    let lines = b"{\"id\":1,\"text\":\"one\"}\n{\"id\":2,\"text\":\"two\"}\n";
    let text = post(server, "/v1/classify", &[NDJSON], lines).text();
    (text.contains("own.one"), text.contains("own.two"))
}

#[test]
fn rules_are_replaced_by_request_and_stay_when_something_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), "one", "other");
    let server = start(folder.path(), &[]);
    assert_eq!(fires(&server), (true, false));
    assert!(reload(&server).text().contains("\"reloaded\":false"));
    pack(folder.path(), "two", "other");
    let answer = reload(&server);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("\"tests_passed\":2"), "{}", answer.text());
    assert_eq!(fires(&server), (false, true));
    // The example fails, then the YAML, then the file is gone.
    pack(folder.path(), "one", "one");
    for _ in 0..3 {
        let answer = reload(&server);
        assert_eq!((answer.status, answer.code().as_str()), (422, "rules_refused"));
        let text = answer.text();
        assert!(text.contains("own.rules.yaml") || text.contains("there are no rules"), "{text}");
        assert_eq!(fires(&server), (false, true));
        assert!(get(&server, "/readyz", &[]).text().contains("\"reload_error\":{"));
        assert!(get(&server, "/metrics", &[]).text().contains("tidegate_reload_failed 1"));
        wait_until("the log tells it", || server.log().contains("rules not reloaded"));
        match fs::read_to_string(folder.path().join("own.rules.yaml")) {
            Ok(text) if text.contains("tidegate: 1") => {
                fs::write(folder.path().join("own.rules.yaml"), "\tpack: broken").unwrap();
            }
            Ok(_) => fs::remove_file(folder.path().join("own.rules.yaml")).unwrap(),
            Err(_) => {}
        }
    }
    pack(folder.path(), "one", "other");
    assert_eq!(reload(&server).status, 200);
    assert!(get(&server, "/metrics", &[]).text().contains("tidegate_reload_failed 0"));
    assert!(get(&server, "/readyz", &[]).text().contains("\"reload_error\":null"));
}

#[test]
fn rules_are_replaced_by_a_signal_and_by_a_change() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), "one", "other");
    let server = start(folder.path(), &[]);
    pack(folder.path(), "two", "other");
    assert_eq!(fires(&server), (true, false), "a change alone does nothing without --watch");
    server.signal("HUP");
    wait_until("the signal reloads", || fires(&server) == (false, true));
    drop(server);
    let server = start(folder.path(), &["--watch"]);
    pack(folder.path(), "one", "other");
    wait_until("the change reloads", || fires(&server) == (true, false));
    fs::write(folder.path().join("own.rules.yaml"), "\tpack: broken").unwrap();
    wait_until("the error is told", || server.log().contains("rules not reloaded"));
    assert_eq!(fires(&server), (true, false));
}

#[test]
fn each_answer_is_wholly_of_one_set_while_rules_change() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), "one", "other");
    let server = start(folder.path(), &[]);
    let lines: String =
        (0..200).map(|n| format!("{{\"id\":{n},\"text\":\"one two\"}}\n")).collect();
    let is_done = AtomicBool::new(false);
    let ask = || {
        let mut answers = 0;
        while !is_done.load(Ordering::Acquire) {
            let answer = post(&server, "/v1/classify?stamp", &[NDJSON], lines.as_bytes());
            assert!(answer.status == 200 && answer.is_complete, "{answer:?}");
            let text = answer.text();
            let hash = answer.header("tidegate-ruleset").unwrap();
            let stamp = format!("\"ruleset\":\"{hash}\"");
            assert_eq!(text.matches(&stamp).count(), 200, "one set, and the one of the header");
            let counts = [text.matches("own.one").count(), text.matches("own.two").count()];
            assert!(counts == [200, 0] || counts == [0, 200], "{counts:?}");
            answers += 1;
        }
        answers
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..sweep(16, 64)).map(|_| scope.spawn(ask)).collect();
        for n in 0..sweep(20, 100) {
            pack(folder.path(), if n % 2 == 0 { "two" } else { "one" }, "other");
            assert_eq!(reload(&server).status, 200);
        }
        is_done.store(true, Ordering::Release);
        let answers: usize = clients.into_iter().map(|one| one.join().unwrap()).sum();
        assert!(answers > 0);
    });
}
