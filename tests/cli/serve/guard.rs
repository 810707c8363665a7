//! Who may ask: tokens, hosts, origins.

use super::client::{Server, exchange, get, head, post};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

const JSON: &str = "Content-Type: application/json";
const CLASSIFY: &str = "0123456789abcdef-classify";
const REVIEW: &str = "0123456789abcdef-review";
const ADMIN: &str = "0123456789abcdef-admin";

fn token_file(mode: u32) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "# who\nclassify {CLASSIFY}\nreview {REVIEW}\n\nadmin {ADMIN}\n").unwrap();
    file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
    file
}

#[test]
fn a_role_may_do_what_it_is_for() {
    let file = token_file(0o600);
    let server = Server::start(&["--token-file", file.path().to_str().unwrap()]);
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    for (path, statuses) in [
        ("/v1/classify", [401, 401, 200, 200, 200]),
        ("/v1/explain", [401, 401, 403, 200, 200]),
        ("/v1/reload", [401, 401, 403, 403, 200]),
    ] {
        for (token, status) in ["", "wrong", CLASSIFY, REVIEW, ADMIN].into_iter().zip(statuses) {
            let token = bearer(token);
            let answer = post(&server, path, &[JSON, &token], b"{\"text\":\"a\"}");
            assert_eq!(answer.status, status, "{path} {token}");
        }
    }
    for (path, statuses) in [
        ("/healthz", [200, 200]),
        ("/readyz", [200, 200]),
        ("/metrics", [401, 200]),
        ("/", [401, 200]),
    ] {
        let review = bearer(REVIEW);
        let got = [get(&server, path, &[]).status, get(&server, path, &[&review]).status];
        assert_eq!(got, statuses, "{path}");
    }
    // A browser sends the password of its prompt: base64 of `me:TOKEN`.
    let basic = "Authorization: Basic bWU6MDEyMzQ1Njc4OWFiY2RlZi1yZXZpZXc=";
    assert_eq!(get(&server, "/", &[basic]).status, 200);
    let refused = get(&server, "/", &[]);
    assert!(refused.header("www-authenticate").unwrap().contains("Basic"));
    assert!(!server.log().contains(REVIEW), "tokens are not logged");
}

#[test]
fn an_address_for_others_needs_tokens_or_a_word() {
    let refused = |flags: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(["serve"])
            .args(flags)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["--listen", "0.0.0.0:0"]).contains("--token-file"));
    let open = token_file(0o644);
    let path = open.path().to_str().unwrap();
    assert!(refused(&["--token-file", path]).contains("chmod 600"));
    assert!(refused(&["--token-file", "/nothing"]).contains("/nothing"));
    assert!(refused(&["--listen", "192.0.2.1:1", "--no-token"]).contains("cannot listen"));
    for wrong in ["guest 0123456789abcdef", "admin short", "admin", ""] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), wrong).unwrap();
        let said = refused(&["--token-file", file.path().to_str().unwrap()]);
        assert!(said.contains("classify, review, admin") || said.contains("no tokens"), "{said}");
    }
}

#[test]
fn pages_of_other_sites_are_refused() {
    let server = Server::start(&["--cors", "https://review.example.org", "--host", "tide.example"]);
    let port = server.port;
    for (headers, status) in [
        (vec!["Host: localhost".to_owned()], 200),
        (vec![format!("Host: 127.0.0.1:{port}")], 200),
        (vec![format!("Host: [::1]:{port}")], 200),
        (vec!["Host: Tide.Example:80".to_owned()], 200),
        (vec!["Host: evil.example".to_owned()], 403),
        (vec!["Host: localhost".to_owned(), "Origin: https://evil.example".to_owned()], 403),
        (vec!["Host: localhost".to_owned(), "Origin: null".to_owned()], 403),
        (vec![format!("Host: localhost:{port}"), format!("Origin: http://localhost:{port}")], 200),
        (vec!["Host: localhost".to_owned(), "Origin: https://review.example.org".to_owned()], 200),
    ] {
        let all: Vec<&str> = headers.iter().map(String::as_str).collect();
        assert_eq!(get(&server, "/version", &all).status, status, "{headers:?}");
    }
    let preflight = ["Origin: https://review.example.org", "Access-Control-Request-Method: POST"];
    let answer = exchange(&server, head("OPTIONS", "/v1/classify", &preflight).as_bytes());
    let allowed = answer.header("access-control-allow-origin");
    assert_eq!((answer.status, allowed), (204, Some("https://review.example.org")));
    let page = get(&server, "/", &[]);
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
}

#[test]
fn a_unix_socket_is_listened_at_and_its_file_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tide.sock");
    let start = || {
        let child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args([
                "serve",
                "--listen",
                &format!("unix:{}", path.display()),
                "--log-format",
                "quiet",
            ])
            .spawn()
            .unwrap();
        super::client::wait_until("the socket is there", || {
            std::os::unix::net::UnixStream::connect(&path).is_ok()
        });
        child
    };
    let mut killed = start();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(path.exists(), "a process that is killed leaves its file");
    let mut child = start();
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    stream.write_all(head("GET", "/healthz", &[]).as_bytes()).unwrap();
    let answer = super::client::read_answer(&mut std::io::BufReader::new(&stream)).unwrap();
    assert_eq!(answer.status, 200);
    let second = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["serve", "--listen", &format!("unix:{}", path.display())])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2), "another process listens there");
    crate::program::signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
    assert!(!path.exists());
}
