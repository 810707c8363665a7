//! `application/json`: a post and its verdict, or an array of both.

use crate::error::{Refusal, json_text};
use crate::reading::Reading;
use crate::router::{RequestNotes, Service};
use crate::ruleset::Ruleset;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::sync::Arc;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, Chunk, Cut, Cutter, CutterSettings};

/// Answers a post with its verdict (204 if the query selects it away), or an array of posts with
/// an array of verdicts.
pub async fn classify(
    service: &Arc<Service>,
    set: &Arc<Ruleset>,
    reading: &Arc<Reading>,
    request: Request<Body>,
    notes: &RequestNotes,
) -> Result<Response<Body>, Refusal> {
    if reading.is_plain {
        let why = "the preset `lines` reads plain text: send it as application/x-ndjson";
        return Err(Refusal::bad_request("bad_parameter", why).param("preset"));
    }
    let body = service.whole_body(request, notes).await?;
    let posts = Posts::of(&body)?;
    let verdicts = judge(service, set, reading, &posts.lines, notes).await?;
    if posts.is_array {
        return Ok(json_text(StatusCode::OK, array(verdicts)));
    }
    if verdicts.is_empty() {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return Ok(response);
    }
    Ok(json_text(StatusCode::OK, verdicts))
}

/// Judges lines; their verdicts, one a line.
///
/// # Errors
///
/// The queue is full, or the service stops.
pub async fn judge(
    service: &Service,
    set: &Arc<Ruleset>,
    reading: &Arc<Reading>,
    lines: &[u8],
    notes: &RequestNotes,
) -> Result<Vec<u8>, Refusal> {
    let settings = CutterSettings {
        chunk_bytes: CHUNK_BYTES_DEFAULT.min(lines.len() + 1),
        line_bytes_max: service.settings.max_line,
    };
    service.check_state()?;
    let (mut cutter, mut rest) = (Cutter::new(settings), lines);
    let mut room = Some(service.judges.try_room()?);
    let mut verdicts = Vec::new();
    let mut waiting = Vec::new();
    loop {
        let mut chunk = Chunk::default();
        match cutter.next(&mut rest, &mut chunk, || false) {
            Ok(Cut::Chunk) => {}
            Ok(Cut::End) => break,
            Err(why) => return Err(Refusal::bad_request("not_utf8", why.to_string())),
        }
        let room = match room.take() {
            Some(room) => room,
            None => service.judges.room().await?,
        };
        waiting.push(service.judges.judge(room, set, reading, chunk));
    }
    for judged in waiting {
        let judged = judged.await.map_err(|_| Refusal::internal())?;
        notes.judged(judged.lines);
        let next = service.applied(set, reading, judged.verdicts, judged.seen).await?;
        match verdicts.is_empty() {
            true => verdicts = next,
            false => verdicts.extend_from_slice(&next),
        }
    }
    Ok(verdicts)
}

/// Lines of JSON as an array.
fn array(mut lines: Vec<u8>) -> Vec<u8> {
    // Verdicts have no line breaks but those at their ends.
    lines.pop();
    lines.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b',');
    lines.insert(0, b'[');
    lines.extend_from_slice(b"]\n");
    lines
}

/// Posts of a JSON body as lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Posts {
    /// One post a line.
    pub lines: Vec<u8>,
    /// Whether the body is an array.
    pub is_array: bool,
}

impl Posts {
    /// The posts of a body.
    ///
    /// # Errors
    ///
    /// The body is not JSON (with its line and column), or neither object nor array.
    pub fn of(body: &[u8]) -> Result<Posts, Refusal> {
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => {
                serde_json::from_slice::<IgnoredAny>(body).map_err(|why| bad_json(&why))?;
                let mut lines = Vec::with_capacity(body.len() + 1);
                push_line(&mut lines, body);
                Ok(Posts { lines, is_array: false })
            }
            Some(b'[') => {
                let posts: Vec<&RawValue> =
                    serde_json::from_slice(body).map_err(|why| bad_json(&why))?;
                let mut lines = Vec::with_capacity(body.len() + 1);
                posts.iter().for_each(|post| push_line(&mut lines, post.get().as_bytes()));
                Ok(Posts { lines, is_array: true })
            }
            None => Err(Refusal::bad_request("bad_json", "the body is empty")),
            Some(_) => {
                serde_json::from_slice::<IgnoredAny>(body).map_err(|why| bad_json(&why))?;
                let message = "the body is neither a post (an object) nor an array of posts";
                Err(Refusal::bad_request("bad_json", message))
            }
        }
    }
}

/// Adds JSON as one line: a line break in it is white space.
fn push_line(lines: &mut Vec<u8>, json: &[u8]) {
    let start = lines.len();
    lines.extend_from_slice(json.trim_ascii());
    let breaks = lines[start..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r'));
    breaks.for_each(|byte| *byte = b' ');
    lines.push(b'\n');
}

/// A body that is not JSON; the message names the place and quotes nothing.
pub fn bad_json(why: &serde_json::Error) -> Refusal {
    let kind = match why.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Data => "the JSON has another shape than expected",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            "the body is not JSON"
        }
    };
    let message = format!("{kind}, at line {} column {}", why.line(), why.column());
    Refusal::bad_request("bad_json", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(body: &str) -> Result<(String, bool), Refusal> {
        let posts = Posts::of(body.as_bytes())?;
        Ok((String::from_utf8(posts.lines).unwrap(), posts.is_array))
    }

    #[test]
    fn a_post_is_one_line_however_it_is_laid_out() {
        let pretty = "\n{\n  \"id\": 1,\r\n  \"text\": \"a b\"\n}\n";
        let (line, is_array) = lines(pretty).unwrap();
        assert_eq!(line, "{   \"id\": 1,    \"text\": \"a b\" }\n");
        assert!(!is_array);
        assert_eq!(lines(" [ {\"id\":1} ,\n2]").unwrap(), ("{\"id\":1}\n2\n".to_owned(), true));
        assert_eq!(lines("[]").unwrap(), (String::new(), true));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place_and_without_its_text() {
        for (body, place) in [
            ("{\"id\":1,\n\"text\":secret}", "line 2 column 8"),
            ("[{\"id\":1}", "line 1 column 9"),
            ("{\"id\":1} {}", "line 1 column 10"),
            ("hello", "line 1 column 1"),
        ] {
            let refusal = lines(body).unwrap_err();
            assert!(refusal.message.ends_with(place), "{body}: {}", refusal.message);
            assert!(!refusal.message.contains("secret"));
        }
        assert!(lines("  ").is_err() && lines("3").is_err());
    }

    #[test]
    fn verdicts_become_an_array() {
        assert_eq!(array(b"{\"id\":1}\n{\"id\":2}\n".to_vec()), b"[{\"id\":1},{\"id\":2}]\n");
        assert_eq!(array(Vec::new()), b"[]\n");
    }
}
