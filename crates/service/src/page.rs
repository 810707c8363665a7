//! The page of a service: a text and its explanation, the rules, counts since the start.
//!
//! Nothing is loaded from elsewhere, and the content security policy allows only what is here.

use crate::error::{Refusal, answer};
use crate::query;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode, header};
use std::sync::LazyLock;
use tidegate_analysis::html::PAGE_STYLE;

const PAGE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/page.css");
const SCRIPT: &str = include_str!("assets/page.js");
/// What the scripts of the pages share.
const COMMON: &str = include_str!("assets/common.js");

static WHOLE_SCRIPT: LazyLock<String> = LazyLock::new(|| scripted(SCRIPT));

/// Scripts and answers are from the service; styles are in the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; \
                      connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The page with its style.
static STYLED_PAGE: LazyLock<String> = LazyLock::new(|| styled(PAGE, ""));

/// A page of the service with the style of reports, that of the pages of the service, and its own.
pub fn styled(page: &str, style: &str) -> String {
    page.replace("/* style */", &[PAGE_STYLE, STYLE, style].concat())
}

/// The page.
pub async fn page(request: Request) -> Response<Body> {
    match query::none(request.uri().query().unwrap_or_default()) {
        Ok(()) => {
            with_policy(answer(StatusCode::OK, "text/html; charset=utf-8", STYLED_PAGE.as_str()))
        }
        Err(refusal) => Refusal::into_response(refusal),
    }
}

/// The script of the page.
pub fn script() -> Response<Body> {
    with_policy(answer(StatusCode::OK, "text/javascript; charset=utf-8", WHOLE_SCRIPT.as_str()))
}

/// The script of a page, after what the pages share.
pub fn scripted(script: &str) -> String {
    [COMMON, script].concat()
}

/// Adds the content security policy.
pub fn with_policy(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
