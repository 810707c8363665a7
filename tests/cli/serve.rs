//! `serve`: real processes and sockets.

#[path = "serve/client.rs"]
mod client;
#[path = "serve/equality.rs"]
mod equality;
#[path = "serve/faults.rs"]
mod faults;
#[path = "serve/guard.rs"]
mod guard;
#[path = "serve/overload.rs"]
mod overload;
#[path = "serve/rules.rs"]
mod rules;
#[cfg(feature = "state")]
#[path = "serve/state.rs"]
mod state;

use client::{Server, post};

#[test]
fn a_post_an_array_and_lines_get_their_verdicts() {
    let server = Server::start(&[]);
    let json = "Content-Type: application/json";
    let one = post(&server, "/v1/classify", &[json], b"{\"id\":1,\n \"text\":\"casino\"}");
    assert_eq!(
        (one.status, one.text().as_str()),
        (200, server.scan(b"{\"id\":1,\"text\":\"casino\"}\n").as_str())
    );
    assert_eq!(one.header("tidegate-ruleset").map(str::len), Some(8));
    let many = post(&server, "/v1/classify?brief", &[json], b"[{\"id\":1,\"text\":\"a\"},3]");
    let verdicts: serde_json::Value = serde_json::from_slice(&many.body).unwrap();
    assert_eq!(verdicts[0], serde_json::json!({ "id": 1, "action": "allow" }));
    assert_eq!((&verdicts[1]["error"], verdicts[2].is_null()), (&"bad_json".into(), true));
    let none = post(&server, "/v1/classify?only=block", &[json], b"{\"id\":1,\"text\":\"a\"}");
    assert_eq!((none.status, none.body.len()), (204, 0));
    let none = post(&server, "/v1/classify?only=block", &[json], b"[{\"id\":1,\"text\":\"a\"}]");
    assert_eq!(none.text(), "[]\n");
}

#[test]
fn explanations_have_two_forms_and_name_rules() {
    let server = Server::start(&[]);
    let text = "Content-Type: text/plain";
    let json = post(&server, "/v1/explain", &[text], b"casino");
    let value: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!((json.status, value["fields"][0]["text"].as_str()), (200, Some("casino")));
    let page = post(&server, "/v1/explain", &[text, "Accept: text/html"], b"casino");
    assert!(page.text().starts_with("<!doctype html>"), "{}", page.text());
    let bad = post(&server, "/v1/explain?rule=no.such", &[text], b"casino");
    assert_eq!((bad.status, bad.code()), (400, "unknown_rule".to_owned()));
    let bad = post(&server, "/v1/explain?brief", &[text], b"casino");
    assert_eq!((bad.status, bad.code()), (400, "unknown_parameter".to_owned()));
}

#[test]
fn the_service_says_what_it_is() {
    let server = Server::start(&[]);
    for (path, part) in [
        ("/healthz", "ok"),
        ("/readyz", "\"ready\":true"),
        ("/version", env!("CARGO_PKG_VERSION")),
        ("/metrics", "# TYPE tidegate_lines_total counter"),
        ("/openapi.json", "/v1/classify"),
        ("/v1/rules", "\"packs\":[{"),
        ("/v1/counts", "\"allow\":0"),
        ("/", "<!doctype html>"),
    ] {
        let answer = client::get(&server, path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().contains(part), "{path}: {}", answer.text());
        assert_eq!(client::get(&server, &format!("{path}?x=1"), &[]).code(), "unknown_parameter");
    }
}
