//! tidegate behind HTTP: `POST /classify` accepts JSON lines and returns one verdict per line.
//!
//! It shows how to put the engine into a service of your own. `tidegate serve` is the complete one:
//! streams, tokens, reload, metrics (docs/service.md).
//!
//! The engine is built once; each blocking thread keeps its own worker. Classification is CPU
//! bound, so it runs outside the async threads that wait for the network.
//!
//! ```sh
//! cargo run --release -p http-service
//! curl --data-binary @examples/posts.jsonl http://127.0.0.1:8080/classify
//! ```

#![allow(clippy::print_stderr, reason = "a program, not the library")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::cell::RefCell;
use std::sync::LazyLock;
use tidegate_engine::{Engine, Worker};

/// Maximum size of a request body in bytes. A larger body is rejected before it is buffered.
const BODY_BYTES_MAX: usize = 8 << 20;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| tidegate_packs::builder().build().expect("the embedded rules are valid"));

thread_local! {
    static WORKER: RefCell<Worker<'static>> = RefCell::new(ENGINE.worker());
}

/// Returns one verdict for each line of `body`.
fn verdicts(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    WORKER.with_borrow_mut(|worker| {
        for line in body.split_inclusive(|byte| *byte == b'\n') {
            out.extend_from_slice(worker.verdict_line(line));
        }
    });
    out
}

async fn classify(body: Bytes) -> Response {
    match tokio::task::spawn_blocking(move || verdicts(&body)).await {
        Ok(lines) => ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Reports the rule set hash, so that a load balancer can wait until all instances agree.
async fn health() -> impl IntoResponse {
    ([(HeaderName::from_static("x-ruleset"), ENGINE.classifier().hash_hex())], "ok\n")
}

fn router() -> Router {
    Router::new()
        .route("/classify", post(classify))
        .route("/health", get(health))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // Build the engine before the first request needs it.
    LazyLock::force(&ENGINE);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    async fn post_to(path: &str, body: Vec<u8>) -> (StatusCode, String) {
        let request = Request::post(path).body(Body::from(body)).unwrap();
        let response = router().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn returns_one_verdict_per_line() {
        let body = "{\"id\":1,\"text\":\"See you at the harbour.\"}\n\nno json";
        let (status, answer) = post_to("/classify", body.into()).await;
        assert_eq!(status, StatusCode::OK);
        let lines: Vec<&str> = answer.lines().collect();
        assert_eq!(lines[0], r#"{"id":1,"action":"allow"}"#);
        assert!(lines[1].contains(r#""error":"empty""#), "{answer}");
        assert!(lines[2].contains(r#""error":"bad_json""#), "{answer}");
        assert_eq!(lines.len(), 3);
    }

    #[tokio::test]
    async fn rejects_an_oversized_body() {
        let (status, _) = post_to("/classify", vec![b'x'; BODY_BYTES_MAX + 1]).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        let (status, _) = post_to("/elsewhere", Vec::new()).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn health_reports_the_rule_set_hash() {
        let request = Request::get("/health").body(Body::empty()).unwrap();
        let response = router().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["x-ruleset"], ENGINE.classifier().hash_hex());
    }
}
