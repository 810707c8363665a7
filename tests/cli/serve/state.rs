//! A service with a state: posts, events and decisions over HTTP.

use super::client::{Answer, Server, get, post, wait_until};
use crate::program::{is_there, skip, sweep};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const NDJSON: &str = "Content-Type: application/x-ndjson";
const JSON: &str = "Content-Type: application/json";
const STORY: &str =
    "a long tale of a lost wallet, a kind driver and a lucky ticket that nobody wants";

fn start(state: &Path, flags: &[&str]) -> Server {
    let all: Vec<&str> =
        ["--state", state.to_str().unwrap()].iter().chain(flags).copied().collect();
    Server::start(&all)
}

fn value(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
}

fn seen(server: &Server) -> Value {
    value(&get(server, "/v1/state", &[]))
}

/// A post with an author, a channel and a time.
fn line(n: usize, author: &str, text: &str) -> String {
    let (hour, minute, second) = (n / 3600 % 24, n / 60 % 60, n % 60);
    let at = format!("2026-03-03T{hour:02}:{minute:02}:{second:02}Z");
    json!({ "id": format!("p{n}"), "text": text, "author": { "id": author }, "channel": format!("c{}", n % 10),
        "created_at": at })
    .to_string()
        + "\n"
}

/// Posts of all kinds, and lines that are none.
fn mixed(count: usize) -> String {
    let mut lines = String::new();
    for n in 0..count {
        let text = match n % 11 {
            0 => format!("{STORY} {}", n % 7),
            1 => format!("the casino with a bonus, number {n} of the week"),
            2 => "so sad today".to_owned(),
            3 => format!("{STORY} 百家乐 {n}"),
            _ => format!("post {n} about the weather in town {}", n * 7919 % 1000),
        };
        lines += &line(n, &format!("u{}", n % 37), &text);
        lines += match n % 50 {
            7 => "{\"id\":\"x\",\"text\":\"own\",\"state\":{\"mine\":1},\"tidegate\":1}\n",
            17 => "{\"text\" : \"casino, no id and a \\u0073tate\" , \"state\":2 }\n",
            27 => "nonsense\n",
            37 => "{\"event\":\"report\",\"post\":\"p0\",\"by\":\"r\"}\n",
            47 => "{\"id\":1e3,\"text\":\"\\ud83d\\ude00 \\\"state\\\" casino\"}\n",
            _ => "",
        };
    }
    lines
}

/// What `correlate` makes of lines.
fn correlate(lines: &str, flags: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["correlate", "--no-default-rules", "--rules", "tests/cli/rules", "--policy", "demo"])
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let feeding = thread::spawn(move || drop(stdin.write_all(lines.as_bytes())));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn first_difference(left: &str, right: &str) -> Option<(String, String)> {
    let mut pairs = left.lines().zip(right.lines());
    let pair = pairs.find(|(left, right)| left != right);
    let lengths = (left.len() != right.len()).then(|| ("length".into(), "length".into()));
    pair.map(|(left, right)| (left.to_owned(), right.to_owned())).or(lengths)
}

#[test]
fn a_body_of_lines_gets_the_bytes_of_scan_and_correlate() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder.path().join("a.db"), &[]);
    let body = mixed(sweep(3_000, 30_000));
    let judged = server.scan_with(&["--annotate"], body.as_bytes());
    let expected = correlate(&judged, &["--annotate"]);
    assert!(expected.contains("\"campaign\":{") && expected.contains("\"measure\":{"));
    let answer = post(&server, "/v1/classify?annotate", &[NDJSON], body.as_bytes());
    assert_eq!((answer.status, answer.is_complete), (200, true));
    assert_eq!(first_difference(&answer.text(), &expected), None);
    assert!(answer.text() == expected);
}

#[test]
fn verdicts_of_every_form_have_the_state_as_their_last_member() {
    let folder = tempfile::tempdir().unwrap();
    let body = mixed(200);
    let whole = start(&folder.path().join("a.db"), &[]);
    let expected = post(&whole, "/v1/classify", &[NDJSON], body.as_bytes()).text();
    let plain = whole.scan(body.as_bytes());
    for (line, plain) in expected.lines().zip(plain.lines()) {
        let (verdict, _) = line.split_once(",\"state\":{\"id\":").unwrap_or((line, ""));
        assert_eq!(verdict.trim_end_matches('}'), plain.trim_end_matches('}'));
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(value.get("state").is_some(), value["action"] != "unreadable", "{line}");
    }
    // One after the other, and as an array: the same state, so the same bytes.
    let single = start(&folder.path().join("b.db"), &[]);
    for (line, expected) in body.lines().zip(expected.lines()) {
        if serde_json::from_str::<Value>(line).is_err() || expected.contains("\"offset\"") {
            continue;
        }
        let answer = post(&single, "/v1/classify", &[JSON], line.as_bytes());
        assert_eq!(answer.text().trim_end(), expected);
    }
    let array = start(&folder.path().join("c.db"), &[]);
    let posts: Vec<Value> =
        body.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let sent = serde_json::to_string(&posts).unwrap();
    let answer = value(&post(&array, "/v1/classify?brief", &[JSON], sent.as_bytes()));
    let states = |values: &[Value]| -> Vec<Value> {
        values.iter().filter_map(|value| value.get("state").cloned()).collect()
    };
    let expected: Vec<Value> =
        expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(states(answer.as_array().unwrap()), states(&expected));
    // Posts that are not written count too.
    let before = seen(&array)["posts"].as_u64().unwrap();
    let none = post(&array, "/v1/classify?only=block", &[JSON], b"{\"id\":\"z1\",\"text\":\"a\"}");
    assert_eq!((none.status, seen(&array)["posts"].as_u64().unwrap()), (204, before + 1));
}

#[test]
fn posts_of_the_moderation_path_count_and_its_answers_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (with, without) = (start(&folder.path().join("a.db"), &[]), Server::start(&[]));
    let body = b"{\"input\":[\"the casino\",\"a friend\"]}";
    let results =
        |server: &Server| value(&post(server, "/v1/moderations", &[JSON], body))["results"].clone();
    assert_eq!(results(&with), results(&without));
    assert_eq!(seen(&with)["posts"], 2);
    post(&with, "/v1/explain", &["Content-Type: text/plain"], b"casino");
    assert_eq!(seen(&with)["posts"], 2);
}

#[test]
fn requests_at_the_same_time_count_in_some_order() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder.path().join("a.db"), &[]);
    let (clients, each) = (8, sweep(25, 200));
    let ask = |client: usize| -> Vec<u64> {
        let mut counts = Vec::new();
        for n in 0..each {
            let n = client * each + n;
            let body = line(n, &format!("u{n}"), STORY);
            let answer = value(&post(&server, "/v1/classify", &[JSON], body.as_bytes()));
            counts.push(answer["state"]["campaign"]["posts"].as_u64().unwrap_or(1));
        }
        counts
    };
    let ask = &ask;
    let mut counts: Vec<u64> = thread::scope(|scope| {
        let clients: Vec<_> = (0..clients).map(|client| scope.spawn(move || ask(client))).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    counts.sort_unstable();
    assert_eq!(counts, (1..=(clients * each) as u64).collect::<Vec<u64>>());
    assert_eq!(seen(&server)["posts"], clients * each);
}

/// Sends posts that block, and returns the id of the case of their author.
fn open_case(server: &Server, author: &str, from: usize) -> String {
    let mut case = None;
    for n in from..from + 3 {
        let text = format!("post {n}: the casino gives a bonus");
        let body = line(n, author, &text);
        let answer = value(&post(server, "/v1/classify", &[JSON], body.as_bytes()));
        case = answer["state"]["case"].as_str().map(str::to_owned).or(case);
    }
    case.expect("a case")
}

#[test]
fn a_decision_is_seen_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder.path().join("a.db"), &[]);
    let case = open_case(&server, "u1", 0);
    let other = open_case(&server, "u2", 10);
    let listed = |query: &str| -> Vec<String> {
        let queue = value(&get(&server, &format!("/v1/queue{query}"), &[]));
        let cases = queue["cases"].as_array().unwrap();
        cases.iter().map(|case| case["case"].as_str().unwrap().to_owned()).collect()
    };
    let both = BTreeSet::from([case.clone(), other.clone()]);
    assert_eq!(BTreeSet::from_iter(listed("?kind=author")), both);
    assert!(both.is_subset(&BTreeSet::from_iter(listed(""))));
    assert_eq!(listed("?limit=1").len(), 1);
    assert_eq!(listed("?kind=campaign"), Vec::<String>::new());
    assert_eq!(listed("?care=true"), Vec::<String>::new());
    let whole = value(&get(&server, &format!("/v1/cases/{case}"), &[]));
    assert_eq!((&whole["kind"], &whole["subject"]), (&json!("author"), &json!("u1")));
    assert_eq!(whole["newest_posts"][0]["post"], "p2");
    let points = |case: &str| {
        let whole = value(&get(&server, &format!("/v1/cases/{case}"), &[]));
        whole["author"]["points"].as_f64().unwrap()
    };
    assert!(points(&case) > 0.0);
    let decide = |case: &str, body: &str| {
        post(&server, &format!("/v1/cases/{case}/decision"), &[JSON], body.as_bytes())
    };
    let overturned = r#"{"outcome":"overturned","note":"a film title","by":"reviewer-2"}"#;
    let answer = decide(&case, overturned);
    let expected = format!(
        "{{\"event\":\"decision\",\"case\":\"{case}\",\"counted\":true,\"outcome\":\"overturned\",\"on\":\"author\""
    );
    assert!(answer.text().starts_with(&expected), "{}", answer.text());
    assert_eq!(listed("?kind=author"), std::slice::from_ref(&other));
    assert!(points(&case).abs() < 1e-9, "overturned is never given");
    let whole = value(&get(&server, &format!("/v1/cases/{case}"), &[]));
    assert_eq!((&whole["by"], &whole["note"]), (&json!("reviewer-2"), &json!("a film title")));
    let again = decide(&case, r#"{"outcome":"upheld"}"#);
    assert_eq!((again.status, again.code().as_str()), (409, "not_open"));
    assert_eq!(decide(&case, r#"{"outcome":"upheld","again":true}"#).status, 200);
    assert_eq!(decide("c-none", overturned).code(), "not_found");
    for wrong in ["{}", r#"{"outcome":"good"}"#, r#"{"outcome":"upheld","x":1}"#, "[]"] {
        assert_eq!(decide(&other, wrong).code(), "bad_decision", "{wrong}");
    }
    assert_eq!(decide(&other, "{").code(), "bad_json");
    assert_eq!(get(&server, "/v1/cases/c-none", &[]).code(), "not_found");
    assert_eq!(get(&server, "/v1/campaigns/knone", &[]).code(), "not_found");
    // Care has a queue of its own.
    let sad = line(50, "u9", "so sad today");
    let answer = value(&post(&server, "/v1/classify", &[JSON], sad.as_bytes()));
    let care = answer["state"]["care_case"].as_str().unwrap().to_owned();
    assert_eq!((listed("?care=true"), listed("?kind=author")), (vec![care], vec![other]));
}

#[test]
fn events_get_the_answers_of_correlate() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder.path().join("a.db"), &[]);
    let posts = mixed(300);
    let answers = post(&server, "/v1/classify?annotate", &[NDJSON], posts.as_bytes());
    let events = "\
        {\"event\":\"report\",\"post\":\"p1\",\"by\":\"r1\",\"reason\":\"fraud\"}\n\
        {\"event\":\"report\",\"post\":\"p1\",\"by\":\"r1\"}\n\
        {\"event\":\"report\",\"post\":\"none\",\"by\":\"r1\"}\n\
        {\"event\":\"decision\",\"post\":\"p1\",\"outcome\":\"upheld\",\"by\":\"r\"}\n\
        {\"event\":\"reset\",\"breaker\":\"block\"}\n\
        {\"event\":\"ignore\",\"campaign\":\"k0\"}\n";
    let judged = server.scan_with(&["--annotate"], posts.as_bytes());
    let expected = correlate(&(judged + events), &[]);
    let expected: Vec<&str> = expected.lines().skip(answers.text().lines().count()).collect();
    let answer = post(&server, "/v1/events", &[NDJSON], events.as_bytes());
    assert_eq!(answer.text().lines().collect::<Vec<_>>(), expected);
    let bad = post(&server, "/v1/events", &[NDJSON], b"{}\n{\"event\":\"x\"}\n");
    let bad: Vec<Value> = bad.text().lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!((&bad[0]["error"], &bad[1]["offset"]), (&json!("bad_event"), &json!(3)));
    let one = |body: &str| post(&server, "/v1/events", &[JSON], body.as_bytes());
    assert_eq!(one("{\"event\":\"x\"}").code(), "bad_event");
    assert_eq!(one("{").code(), "bad_json");
    let one = one("{\"event\":\"report\",\"post\":\"p2\",\"by\":\"r1\"}");
    assert_eq!(value(&one)["counted"], true);
    assert_eq!(post(&server, "/v1/events", &[], b"{}").code(), "wrong_content_type");
}

#[test]
fn roles_separate_those_who_classify_from_those_who_decide() {
    let folder = tempfile::tempdir().unwrap();
    let [classify, review, named] =
        ["classify", "review", "named"].map(|it| format!("{it}-0123456789abcdef"));
    let tokens = folder.path().join("tokens");
    let text = format!("classify {classify}\nreview {review}\nreview {named} reviewer-7\n");
    fs::write(&tokens, text).unwrap();
    fs::set_permissions(&tokens, fs::Permissions::from_mode(0o600)).unwrap();
    let flags = ["--token-file", tokens.to_str().unwrap()];
    let server = start(&folder.path().join("a.db"), &flags);
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    let [classify, review, named] = [&classify, &review, &named].map(|it| bearer(it));
    let lines = line(0, "u1", "the casino gives a bonus") + &line(1, "u1", "casino bonus again");
    let answer = post(&server, "/v1/classify", &[NDJSON, &classify], lines.as_bytes());
    let last: Value = serde_json::from_str(answer.text().lines().last().unwrap()).unwrap();
    let case = last["state"]["case"].as_str().unwrap().to_owned();
    let report = b"{\"event\":\"report\",\"post\":\"p0\",\"by\":\"r1\"}\n";
    let decision = b"{\"event\":\"decision\",\"post\":\"p0\",\"outcome\":\"closed\"}\n";
    let both = [&report[..], &decision[..]].concat();
    let events = |token: &str, body: &[u8]| post(&server, "/v1/events", &[NDJSON, token], body);
    // If one of the events needs more, none is applied.
    assert_eq!(events(&classify, &both).code(), "no_role");
    let answer = events(&classify, report);
    assert!(answer.text().contains("\"counted\":true"), "{}", answer.text());
    assert_eq!(events(&review, &both).status, 200);
    let paths = ["/v1/queue", "/v1/state", "/review", "/review.js", &format!("/v1/cases/{case}")];
    for path in paths {
        assert_eq!(get(&server, path, &[]).status, 401, "{path}");
        assert_eq!(get(&server, path, &[&classify]).status, 403, "{path}");
        assert_eq!(get(&server, path, &[&review]).status, 200, "{path}");
    }
    let path = format!("/v1/cases/{case}/decision");
    let decide = |headers: &[&str], body: &str| {
        let headers: Vec<&str> = [JSON].iter().chain(headers).copied().collect();
        post(&server, &path, &headers, body.as_bytes())
    };
    let upheld = r#"{"outcome":"upheld","again":true}"#;
    assert_eq!(decide(&[&classify], upheld).code(), "no_role");
    // A page of another site cannot decide with the password that the browser knows.
    let foreign = decide(&[&review, "Origin: https://elsewhere.example"], upheld);
    assert_eq!(foreign.code(), "foreign_origin");
    let form = post(&server, &path, &[&review, "Content-Type: text/plain"], upheld.as_bytes());
    assert_eq!(form.code(), "wrong_content_type");
    let by = || {
        let whole = value(&get(&server, &format!("/v1/cases/{case}"), &[&review]));
        whole["by"].as_str().unwrap().to_owned()
    };
    assert_eq!((decide(&[&review], upheld).status, by().as_str()), (200, "review"));
    assert_eq!((decide(&[&named], upheld).status, by().as_str()), (200, "reviewer-7"));
    let other = r#"{"outcome":"upheld","again":true,"by":"somebody"}"#;
    assert_eq!(decide(&[&named], other).code(), "other_name");
    assert_eq!(value(&get(&server, "/v1/state", &[&named]))["caller"]["name"], "reviewer-7");
}

#[test]
fn without_a_state_the_paths_say_so() {
    let server = Server::start(&[]);
    for path in ["/v1/queue", "/v1/state", "/v1/cases/c-1", "/v1/campaigns/k1", "/review"] {
        assert_eq!(get(&server, path, &[]).code(), "no_state", "{path}");
    }
    assert_eq!(post(&server, "/v1/events", &[JSON], b"{}").code(), "no_state");
    let verdict = post(&server, "/v1/classify", &[JSON], b"{\"id\":1,\"text\":\"a\"}").text();
    assert_eq!(verdict, "{\"id\":1,\"action\":\"allow\"}\n");
    assert!(!get(&server, "/metrics", &[]).text().contains("tidegate_state_"));
}

#[test]
fn the_state_goes_on_after_a_stop_and_with_correlate() {
    let folder = tempfile::tempdir().unwrap();
    let (state, half) = (folder.path().join("a.db"), mixed(300));
    let lines: Vec<&str> = half.split_inclusive('\n').collect();
    let (first, rest) = lines.split_at(lines.len() / 2);
    let (second, third) = rest.split_at(rest.len() / 2);
    let [first, second, third] = [first, second, third].map(|lines| lines.concat());
    let whole = Server::start(&[]);
    let judged = whole.scan_with(&["--annotate"], half.as_bytes());
    let expected = correlate(&judged, &["--annotate"]);
    let mut server = start(&state, &[]);
    let mut answers = post(&server, "/v1/classify?annotate", &[NDJSON], first.as_bytes()).text();
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let mut server = start(&state, &[]);
    answers += &post(&server, "/v1/classify?annotate", &[NDJSON], second.as_bytes()).text();
    // While it runs, the file is its own.
    let refused = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["correlate", "--state", state.to_str().unwrap(), "/dev/null"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let judged = whole.scan_with(&["--annotate"], third.as_bytes());
    answers += &correlate(&judged, &["--annotate", "--state", state.to_str().unwrap()]);
    // Offsets of lines that are not readable count from the start of each body.
    let without_offsets = |text: &str| -> Vec<String> {
        let readable = text.lines().filter(|line| !line.contains("\"offset\":"));
        readable.map(str::to_owned).collect()
    };
    assert_eq!(without_offsets(&answers), without_offsets(&expected));
    let server = start(&state, &[]);
    assert_eq!(seen(&server)["run"]["number"], 4);
}

#[test]
fn an_unfinished_run_over_inputs_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let (state, input) = (folder.path().join("a.db"), folder.path().join("in.jsonl"));
    let judged = Server::start(&[]).scan_with(&["--annotate"], mixed(20_000).as_bytes());
    fs::write(&input, &judged).unwrap();
    let rules = ["--no-default-rules", "--rules", "tests/cli/rules", "--policy", "demo"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["correlate", "--checkpoint-lines", "1000", "--chunk", "64K"])
        .args(["--state", state.to_str().unwrap(), input.to_str().unwrap()])
        .args(rules)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its output is not read, so that it stops in the middle.
    wait_until("a checkpoint", || {
        fs::metadata(state.with_extension("db-wal")).is_ok_and(|it| it.len() > 100_000)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let started = |flags: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["serve", "--listen", "127.0.0.1:0", "--state", state.to_str().unwrap()])
            .args(rules)
            .args(flags)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, said) = started(&[]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("in.jsonl") && said.contains("--abandon"), "{said}");
    let state = state.to_str().unwrap();
    correlate("", &["--state", state, "--abandon"]);
    drop(start(Path::new(state), &[]));
}

#[test]
fn a_kill_loses_no_more_than_the_last_period() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("a.db");
    let mut server = start(&state, &["--checkpoint-every", "200ms"]);
    for n in 0..50 {
        post(&server, "/v1/classify", &[JSON], line(n, "u", "the casino").as_bytes());
    }
    let written = |server: &Server| {
        let metrics = get(server, "/metrics", &[]).text();
        let name = "tidegate_state_checkpoints_total{outcome=\"ok\"} ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.parse::<u64>().unwrap()
    };
    let before = written(&server);
    wait_until("two more checkpoints", || {
        post(&server, "/v1/classify", &[JSON], b"{\"text\":\"more\"}");
        written(&server) > before + 1
    });
    server.signal("KILL");
    assert_eq!(server.wait(), None);
    let server = start(&state, &[]);
    assert!(seen(&server)["posts"].as_u64().unwrap() >= 50, "{}", seen(&server));
    let repeated = post(&server, "/v1/classify", &[JSON], line(3, "u", "the casino").as_bytes());
    assert!(repeated.text().contains("\"repeated\":true"), "{}", repeated.text());
}

#[test]
fn a_full_disk_refuses_posts_until_there_is_room() {
    if !is_there("prlimit") {
        skip("no prlimit");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("a.db");
    let mut server =
        Server::unsignalled(&["--state", state.to_str().unwrap(), "--checkpoint-every", "100ms"]);
    let limit = |server: &Server, bytes: &str| {
        let pid = server.pid().to_string();
        let flag = format!("--fsize={bytes}:");
        assert!(Command::new("prlimit").args(["--pid", &pid, &flag]).status().unwrap().success());
    };
    limit(&server, "600000");
    let mut sent = 0;
    wait_until("posts are refused", || {
        let lines: String = (sent..sent + 500)
            .map(|n| line(n, &format!("u{n}"), &format!("{STORY} {n}")))
            .collect();
        sent += 500;
        let answer = post(&server, "/v1/classify", &[NDJSON], lines.as_bytes());
        let has_ended = answer.status == 503 || !answer.is_complete;
        has_ended || answer.text().contains("state_unavailable")
    });
    wait_until("it is not ready", || get(&server, "/readyz", &[]).status == 503);
    let refused = post(&server, "/v1/classify", &[JSON], b"{\"text\":\"a\"}");
    assert_eq!((refused.status, refused.code().as_str()), (503, "state_unavailable"));
    assert!(refused.header("retry-after").is_some());
    let refused = post(&server, "/v1/cases/c-1/decision", &[JSON], b"{\"outcome\":\"closed\"}");
    assert_eq!(refused.code(), "state_unavailable");
    assert_eq!(get(&server, "/v1/queue", &[]).status, 200, "looking goes on");
    assert!(get(&server, "/metrics", &[]).text().contains("tidegate_state_failed 1"));
    assert!(server.log().contains("the state cannot be written"));
    let before = seen(&server)["posts"].as_u64().unwrap();
    limit(&server, "unlimited");
    wait_until("it is ready again", || get(&server, "/readyz", &[]).status == 200);
    assert_eq!(post(&server, "/v1/classify", &[JSON], b"{\"text\":\"a\"}").status, 200);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let server = start(&state, &[]);
    assert_eq!(seen(&server)["posts"], before + 1, "nothing that was answered is lost");
}

#[test]
fn a_state_that_cannot_be_written_at_the_end_is_a_failure() {
    if !is_there("prlimit") {
        skip("no prlimit");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("a.db");
    let mut server =
        Server::unsignalled(&["--state", state.to_str().unwrap(), "--checkpoint-every", "1h"]);
    wait_until("the first checkpoint", || seen(&server)["checkpoints"] == 1);
    let pid = server.pid().to_string();
    let limited = Command::new("prlimit").args(["--pid", &pid, "--fsize=1000:"]).status().unwrap();
    assert!(limited.success());
    post(&server, "/v1/classify", &[NDJSON], mixed(500).as_bytes());
    server.signal("TERM");
    assert_eq!(server.wait(), Some(4));
    let server = start(&state, &[]);
    assert_eq!(seen(&server)["posts"], 0, "as of the last checkpoint");
}

/// A pack with a correlation that fires from `count` posts of an author on.
fn pack(folder: &Path, word: &str, count: usize) {
    let text = format!(
        "tidegate: 1\npack: own\nversion: 1.0.0\ntitle: Own\nlicense: CC0-1.0\nrules:\n  - id: own.word\n    \
         title: T\n    category: spam\n    weight: 9\n    match: {{ w: [{word}] }}\n    condition: w\n    \
         tests: {{ hit: [{word}], miss: [other] }}\n  - id: own.flood\n    title: F\n    category: spam\n    \
         weight: 3\n    correlate: {{ type: event_count, rules: [own.word], group-by: [author.id], \
         timespan: 1h, condition: {{ gte: {count} }} }}\n"
    );
    fs::write(folder.join("new"), text).unwrap();
    fs::rename(folder.join("new"), folder.join("own.rules.yaml")).unwrap();
}

#[test]
fn rules_are_replaced_while_posts_count() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, state) = (folder.path().join("rules"), folder.path().join("a.db"));
    fs::create_dir(&rules).unwrap();
    pack(&rules, "one", 3);
    let flags = ["--state", state.to_str().unwrap()];
    let server =
        Server::with_rules(&["--no-default-rules", "--rules", rules.to_str().unwrap()], &flags);
    let flood = |author: &str, n: usize, word: &str| {
        let body = line(n, author, &format!("{word} of the day, {n}"));
        post(&server, "/v1/classify", &[JSON], body.as_bytes()).text().contains("own.flood")
    };
    let fired: Vec<bool> = (0..3).map(|n| flood("a", n, "one")).collect();
    assert_eq!(fired, [false, false, true]);
    let measures = || seen(&server)["measures"].as_str().unwrap().to_owned();
    let before = measures();
    flood("b", 10, "one");
    flood("b", 11, "one");
    // Another threshold: the correlation starts empty.
    pack(&rules, "one", 2);
    assert_eq!(post(&server, "/v1/reload", &[], b"").status, 200);
    assert_ne!(measures(), before);
    assert_eq!([flood("b", 12, "one"), flood("b", 13, "one")], [false, true]);
    let is_done = AtomicBool::new(false);
    let ask = |client: usize| {
        let mut sent = 0;
        while !is_done.load(Ordering::Acquire) {
            let lines: String = (0..100)
                .map(|n| line(100 + sent + n, &format!("u{client}-{n}"), "one two"))
                .map(|line| line.replace("\"id\":\"p", &format!("\"id\":\"{client}-")))
                .collect();
            let answer = post(&server, "/v1/classify?stamp", &[NDJSON], lines.as_bytes());
            assert!(answer.status == 200 && answer.is_complete, "{answer:?}");
            assert_eq!(answer.text().matches("\"state\":{").count(), 100);
            sent += 100;
        }
        sent
    };
    let ask = &ask;
    let sent: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..8).map(|client| scope.spawn(move || ask(client))).collect();
        for n in 0..sweep(20, 100) {
            pack(&rules, if n % 2 == 0 { "two" } else { "one" }, 2 + n % 3);
            assert_eq!(post(&server, "/v1/reload", &[], b"").status, 200);
        }
        is_done.store(true, Ordering::Release);
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!(seen(&server)["posts"], 7 + sent, "every post counts once");
}

#[test]
fn measures_are_replaced_too() {
    let folder = tempfile::tempdir().unwrap();
    let (state, measures) = (folder.path().join("a.db"), folder.path().join("m.measures.yaml"));
    let write = |at: u32| {
        let text = format!(
            "tidegate: 1\nkind: measures\nladder:\n  author:\n    half-life: {at}d\n    steps:\n      - {{ step: warn, at: {at} }}\n"
        );
        fs::write(&measures, text).unwrap();
    };
    write(30);
    let server = start(&state, &["--measures", measures.to_str().unwrap()]);
    let warned = |n: usize| {
        let body = line(n, &format!("u{}", n % 3), "the casino");
        post(&server, "/v1/classify", &[JSON], body.as_bytes()).text().contains("\"step\":\"warn\"")
    };
    assert!((0..30).all(|n| !warned(n)));
    write(3);
    assert!(post(&server, "/v1/reload", &[], b"").text().contains("\"reloaded\":true"));
    assert!((30..60).any(warned));
    fs::write(&measures, "kind: nothing").unwrap();
    let refused = post(&server, "/v1/reload", &[], b"");
    assert_eq!((refused.status, refused.code().as_str()), (422, "rules_refused"));
    assert!(refused.text().contains("m.measures.yaml"), "{}", refused.text());
}

#[test]
fn an_alarm_is_logged_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (state, measures) = (folder.path().join("a.db"), folder.path().join("m.measures.yaml"));
    fs::write(&measures, "tidegate: 1\nkind: measures\nlimits: { block: 5/hour }\n").unwrap();
    let server = start(&state, &["--measures", measures.to_str().unwrap()]);
    let lines: String = (0..10).map(|n| line(n, &format!("u{n}"), "casino bonus now")).collect();
    let answer = post(&server, "/v1/classify", &[NDJSON], lines.as_bytes()).text();
    assert!(answer.contains("\"breaker\":[\"block\"]"), "{answer}");
    wait_until("the alarm is logged", || server.log().contains("a breaker opened"));
    wait_until("the alarm is counted", || {
        let metrics = get(&server, "/metrics", &[]).text();
        metrics.contains("tidegate_state_alarms_total 1")
            && metrics.contains("tidegate_state_breakers_open 1")
    });
    assert_eq!(seen(&server)["breakers"][0]["open"], true);
    let reset = b"{\"event\":\"reset\",\"breaker\":\"block\"}";
    assert!(post(&server, "/v1/events", &[JSON], reset).text().contains("\"counted\":true"));
    assert_eq!(seen(&server)["breakers"][0]["notice"], false);
}

#[test]
fn the_page_of_reviewers_loads_nothing_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder.path().join("a.db"), &[]);
    for path in ["/review", "/review.js"] {
        let answer = get(&server, path, &[]);
        assert_eq!(answer.status, 200);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let text = answer.text().replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("://") && !text.contains("innerHTML"), "{path}");
        assert_eq!(get(&server, &format!("{path}?x=1"), &[]).code(), "unknown_parameter");
    }
}
