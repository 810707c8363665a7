//! The page for reviewers: the queue, a case, the decision.

use crate::error::answer;
use crate::page::{scripted, styled, with_policy};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::sync::LazyLock;

const PAGE: &str = include_str!("../assets/review.html");
const STYLE: &str = include_str!("../assets/review.css");
const SCRIPT: &str = include_str!("../assets/review.js");

static STYLED_PAGE: LazyLock<String> = LazyLock::new(|| styled(PAGE, STYLE));
static WHOLE_SCRIPT: LazyLock<String> = LazyLock::new(|| scripted(SCRIPT));

/// The page.
pub fn page() -> Response<Body> {
    with_policy(answer(StatusCode::OK, "text/html; charset=utf-8", STYLED_PAGE.as_str()))
}

/// The script of the page.
pub fn script() -> Response<Body> {
    with_policy(answer(StatusCode::OK, "text/javascript; charset=utf-8", WHOLE_SCRIPT.as_str()))
}
