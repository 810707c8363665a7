//! Refused requests: `{"error":{"message":…,"type":…,"code":…,"param":…}}`, the shape that clients
//! of hosted moderation APIs read. A message never quotes a post.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// Stable, in snake case.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The parameter that is wrong, if one is.
    pub param: Option<String>,
}

/// Seconds after which a client may try again when the service is overloaded.
const RETRY_SECONDS: &str = "1";

impl Refusal {
    /// A refusal that names no parameter.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), param: None }
    }

    /// A request that cannot be understood (400).
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Names the parameter that is wrong.
    #[must_use]
    pub fn param(mut self, name: &str) -> Refusal {
        self.param = Some(name.to_owned());
        self
    }

    /// No room for another request (503).
    pub fn overloaded(what: &str) -> Refusal {
        let message = format!("overloaded: {what}; try again later");
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message)
    }

    /// The sender is too slow (408).
    pub fn too_slow(what: &str) -> Refusal {
        Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow", format!("{what} took too long"))
    }

    /// The body ended before its end (400).
    pub fn body_cut() -> Refusal {
        Refusal::bad_request("body_cut", "the body ended before its end")
    }

    /// A panic, or a worker that is gone (500).
    pub fn internal() -> Refusal {
        let message = "internal error; the request was not answered, please report it";
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// The kind of error, as hosted APIs name it.
    fn kind(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            400..=499 => "invalid_request_error",
            _ => "server_error",
        }
    }

    /// The body of the answer.
    pub fn to_json(&self) -> Value {
        let Refusal { status: _, code, message, param } = self;
        let kind = self.kind();
        json!({ "error": { "message": message, "type": kind, "code": code, "param": param } })
    }

    /// The answer.
    pub fn into_response(self) -> Response<Body> {
        let mut response = json_response(self.status, &self.to_json());
        let headers = response.headers_mut();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // One header each: browsers look at the first scheme of a header only.
            for how in ["Bearer", "Basic realm=\"tidegate\", charset=\"UTF-8\""] {
                headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static(how));
            }
        }
        response
    }
}

/// A JSON answer, with a line break at its end.
pub fn json_response(status: StatusCode, value: &Value) -> Response<Body> {
    json_text(status, value.to_string() + "\n")
}

/// A JSON answer from its text.
pub fn json_text(status: StatusCode, text: impl Into<Body>) -> Response<Body> {
    answer(status, "application/json", text)
}

/// An answer of a content type.
pub fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let value = HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_shape_of_hosted_apis() {
        let refusal = Refusal::bad_request("unknown_parameter", "no such parameter").param("breif");
        let expected = json!({ "error": {
            "message": "no such parameter", "type": "invalid_request_error",
            "code": "unknown_parameter", "param": "breif",
        } });
        assert_eq!(refusal.to_json(), expected);
        let busy = Refusal::overloaded("the queue is full").into_response();
        assert_eq!(
            (busy.status().as_u16(), &busy.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
    }
}
