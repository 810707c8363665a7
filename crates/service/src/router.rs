//! Paths, and what is done for every request: checks, notes for log and metrics, common headers.

use crate::body::{Encoding, WholeBody, too_large};
use crate::error::{Refusal, json_response};
use crate::explain::{answer_explain, content_type};
use crate::guard::Guard;
use crate::io_timeout::InFlight;
use crate::judges::Judges;
use crate::metrics::Metrics;
use crate::reading::Reading;
use crate::reload::{Reloads, reload};
use crate::ruleset::{CurrentRuleset, RuleSource, Ruleset};
use crate::settings::Settings;
use crate::state;
use crate::stream::NDJSON;
use crate::{info, json, moderations, openapi, page, query, stream};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{get, post};
use http_body_util::BodyExt;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Names the rules by which a request was answered.
const RULESET: HeaderName = HeaderName::from_static("tidegate-ruleset");
/// Names the request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that requests share.
pub struct Service {
    /// What the operator set.
    pub settings: Settings,
    /// Where rules are loaded from.
    pub source: Arc<dyn RuleSource>,
    /// The rules in use.
    pub rules: CurrentRuleset,
    /// The state of reloading.
    pub reloads: Reloads,
    /// The threads that judge.
    pub judges: Judges,
    /// What a single post cannot show, if the service keeps a state.
    pub state: Option<state::State>,
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// Room for streams.
    pub streams: Arc<Semaphore>,
    /// Room for bodies that are held whole, in KiB.
    pub bodies: Arc<Semaphore>,
    /// Checks of requests.
    pub guard: Guard,
    /// Number of the last request.
    pub last_request: AtomicU64,
}

/// Bodies of the largest size for which there is room at the same time.
pub const WHOLE_BODIES: usize = 32;

impl Service {
    /// Is the state able to change, if the service keeps one?
    ///
    /// # Errors
    ///
    /// Why not (503).
    pub fn check_state(&self) -> Result<(), Refusal> {
        self.state.as_ref().map_or(Ok(()), state::State::check)
    }

    /// Applies the posts of a chunk to the state, if the service keeps one; their verdicts, with what
    /// the state says.
    ///
    /// # Errors
    ///
    /// The state cannot change now.
    pub async fn applied(
        &self,
        set: &Ruleset,
        reading: &Reading,
        verdicts: Vec<u8>,
        seen: Option<state::Seen>,
    ) -> Result<Vec<u8>, Refusal> {
        match (&self.state, &set.state, seen) {
            (Some(state), Some(rules), Some(seen)) => {
                state.apply(rules, reading.style.annotate, verdicts, seen).await
            }
            _ => Ok(verdicts),
        }
    }

    /// Reads a body that is not streamed.
    ///
    /// # Errors
    ///
    /// It is too large, too slow, cannot be decompressed, or there is no room for it.
    pub async fn whole_body(
        &self,
        request: Request,
        notes: &RequestNotes,
    ) -> Result<Vec<u8>, Refusal> {
        let bytes_max = self.settings.max_body;
        let encoding = Encoding::of(request.headers())?;
        if encoding == Encoding::Identity && declared_length(request.headers()) > bytes_max as u64 {
            return Err(too_large(bytes_max));
        }
        let read = self.read_whole(request.into_body(), encoding, notes);
        let read = tokio::time::timeout(self.settings.request_timeout, read).await;
        read.map_err(|_| Refusal::too_slow("the body"))?
    }

    async fn read_whole(
        &self,
        mut body: Body,
        encoding: Encoding,
        notes: &RequestNotes,
    ) -> Result<Vec<u8>, Refusal> {
        let mut whole = WholeBody::new(encoding, self.settings.max_body);
        let mut room: Option<OwnedSemaphorePermit> = None;
        let (mut held, mut reserved) = (0, 0);
        loop {
            let frame = tokio::time::timeout(self.settings.idle_timeout, body.frame()).await;
            let Some(frame) = frame.map_err(|_| Refusal::too_slow("the body"))? else { break };
            let frame = frame.map_err(|_| Refusal::body_cut())?;
            let Ok(part) = frame.into_data() else { continue };
            notes.received(part.len());
            held += whole.push(part)?;
            while held > reserved {
                let more = self.bodies.clone().try_acquire_many_owned(BODY_STEP_KIB);
                let more = more.map_err(|_| Refusal::overloaded("too many bodies"))?;
                reserved += BODY_STEP_KIB as usize * 1024;
                match &mut room {
                    Some(room) => room.merge(more),
                    None => room = Some(more),
                }
            }
        }
        let body = whole.finish();
        drop(room);
        body
    }
}

/// KiB of a body for which room is taken at a time.
const BODY_STEP_KIB: u32 = 64;

fn declared_length(headers: &HeaderMap) -> u64 {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// What becomes known of one request. It is logged and counted when the last copy is dropped: for
/// a stream, when its answer has ended.
pub struct RequestNotes {
    metrics: Arc<Metrics>,
    in_flight: Option<InFlight>,
    began: Instant,
    number: u64,
    method: axum::http::Method,
    path: &'static str,
    status: AtomicU16,
    lines: AtomicU64,
    bytes: AtomicU64,
    is_stream: AtomicBool,
    ruleset: OnceLock<String>,
    code: OnceLock<&'static str>,
}

impl RequestNotes {
    /// Counts bytes of the body, as they came.
    pub fn received(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts lines that were judged.
    pub fn judged(&self, lines: u64) {
        self.lines.fetch_add(lines, Ordering::Relaxed);
    }

    /// Why the request was refused, or its answer was cut.
    pub fn broken(&self, code: &'static str) {
        // The first reason is the cause.
        let _ = self.code.set(code);
    }
}

impl Drop for RequestNotes {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let status = self.status.load(Ordering::Relaxed);
        let stream = self.is_stream.load(Ordering::Relaxed);
        self.metrics.answered(self.path, stream, status, took);
        if let Some(in_flight) = &self.in_flight {
            in_flight.change(-1);
        }
        tracing::info!(
            request = self.number,
            method = self.method.as_str(),
            path = self.path,
            status,
            lines = self.lines.load(Ordering::Relaxed),
            bytes = self.bytes.load(Ordering::Relaxed),
            ms = took.as_micros() as f64 / 1000.0,
            ruleset = self.ruleset.get().map(String::as_str),
            code = self.code.get(),
            "request"
        );
    }
}

/// Every path, for log and metrics: others are not named, as they may be anything.
pub const PATHS: [&str; 22] = [
    "/v1/classify",
    "/v1/events",
    "/v1/queue",
    "/v1/cases/{id}",
    "/v1/cases/{id}/decision",
    "/v1/campaigns/{id}",
    "/v1/state",
    "/v1/explain",
    "/v1/moderations",
    "/v1/reload",
    "/v1/rules",
    "/v1/categories",
    "/v1/counts",
    "/metrics",
    "/healthz",
    "/readyz",
    "/version",
    "/openapi.json",
    "/page.js",
    "/",
    "/review",
    "/review.js",
];

/// The path that is described for a path of a request: `{id}` is any part.
fn known_path(path: &str) -> Option<&'static str> {
    let is_it = |known: &&str| {
        let (mut known, mut parts) = (known.split('/'), path.split('/'));
        known.by_ref().zip(parts.by_ref()).all(|(known, part)| known == "{id}" || known == part)
            && known.next().is_none()
            && parts.next().is_none()
    };
    PATHS.into_iter().find(is_it)
}

/// The routes of a service.
pub fn router(service: Arc<Service>) -> Router {
    let get_of = |answer: fn(&Service) -> Result<Response<Body>, Refusal>| {
        get(move |State(service): State<Arc<Service>>, request: Request| async move {
            let known = query::none(request.uri().query().unwrap_or_default());
            known.and_then(|()| answer(&service)).unwrap_or_else(refused)
        })
    };
    let metrics = get(move |State(service): State<Arc<Service>>, request: Request| async move {
        let known = query::none(request.uri().query().unwrap_or_default());
        let answer = known.and_then(|()| info::metrics(&service, request.headers()));
        answer.unwrap_or_else(refused)
    });
    let router = Router::new()
        .route("/v1/classify", post(classify))
        .route("/v1/explain", post(explain))
        .route("/v1/moderations", post(moderate))
        .route("/v1/reload", post(reload_rules))
        .route("/v1/rules", get(rules))
        .route("/v1/categories", get_of(|service| Ok(info::categories(service))))
        .route("/v1/counts", get_of(|service| Ok(info::counts(service))))
        .route("/metrics", metrics)
        .route("/healthz", get_of(|_| Ok(info::alive())))
        .route("/readyz", get_of(|service| Ok(info::ready(service))))
        .route("/version", get_of(|service| Ok(info::version(service))))
        .route("/openapi.json", get_of(|_| Ok(openapi::document())))
        .route("/", get(page::page))
        .route("/page.js", get_of(|_| Ok(page::script())));
    state::routes(router)
        .fallback(|| async { refused(no_path()) })
        .method_not_allowed_fallback(|| async { refused(wrong_method()) })
        .layer(from_fn_with_state(service.clone(), watched))
        .with_state(service)
}

fn no_path() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no_path", "no such path; /openapi.json lists all")
}

fn wrong_method() -> Refusal {
    let message = "this path does not take this method; /openapi.json lists all";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", message)
}

/// The answer of a refusal. Its code is noted through the extensions.
pub fn refused(refusal: Refusal) -> Response<Body> {
    let code = refusal.code;
    let mut response = refusal.into_response();
    response.extensions_mut().insert(RefusalCode(code));
    response
}

#[derive(Clone, Copy)]
struct RefusalCode(&'static str);

/// Checks a request, notes what becomes of it, and adds the common headers.
async fn watched(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path();
    let path = known_path(path).unwrap_or("other");
    let in_flight = request.extensions().get::<InFlight>().cloned();
    if let Some(in_flight) = &in_flight {
        in_flight.change(1);
    }
    let notes = Arc::new(RequestNotes {
        metrics: service.metrics.clone(),
        in_flight,
        began: Instant::now(),
        number: service.last_request.fetch_add(1, Ordering::Relaxed) + 1,
        method: request.method().clone(),
        path,
        status: AtomicU16::new(0),
        lines: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        is_stream: AtomicBool::new(false),
        ruleset: OnceLock::new(),
        code: OnceLock::new(),
    });
    let origin = request.headers().get(header::ORIGIN);
    let allowed = origin.and_then(|origin| service.guard.allowed(origin)).cloned();
    let is_preflight = Guard::is_preflight(request.method(), request.headers());
    request.extensions_mut().insert(notes.clone());
    let mut response = match service.guard.check(path, request.headers(), is_preflight) {
        Err(refusal) => refused(refusal),
        Ok(_) if is_preflight => preflight(),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    };
    notes.status.store(response.status().as_u16(), Ordering::Relaxed);
    if let Some(RefusalCode(code)) = response.extensions().get() {
        notes.broken(code);
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, HeaderValue::from(notes.number));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(hash) = notes.ruleset.get().and_then(|hash| HeaderValue::from_str(hash).ok()) {
        headers.insert(RULESET, hash);
    }
    response
}

/// Which requests a page of another site may send.
fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, content-encoding"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The notes of a request. The middleware made them.
pub fn notes_of(request: &Request) -> Result<Arc<RequestNotes>, Refusal> {
    request.extensions().get::<Arc<RequestNotes>>().cloned().ok_or_else(Refusal::internal)
}

/// The rules for a request that begins now.
fn rules_for(service: &Service, notes: &RequestNotes) -> Arc<Ruleset> {
    let set = service.rules.get();
    // A request has one set.
    let _ = notes.ruleset.set(set.hash.clone());
    set
}

async fn classify(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    answer_classify(&service, request).await.unwrap_or_else(refused)
}

async fn answer_classify(
    service: &Arc<Service>,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let notes = notes_of(&request)?;
    let set = rules_for(service, &notes);
    let reading = set.reading(request.uri().query().unwrap_or_default())?;
    match content_type(request.headers()) {
        Some(NDJSON | "application/jsonl" | "application/x-jsonlines") => {
            notes.is_stream.store(true, Ordering::Relaxed);
            stream::classify(service, set, reading, request, &notes).await
        }
        Some("application/json") => {
            let limit = service.settings.request_timeout;
            let answer = json::classify(service, &set, &reading, request, &notes);
            let answer = tokio::time::timeout(limit, answer).await;
            answer.map_err(|_| Refusal::too_slow("the request"))?
        }
        _ => Err(wrong_type(
            "application/json for a post or an array of posts, application/x-ndjson for lines",
        )),
    }
}

pub fn wrong_type(expected: &str) -> Refusal {
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Refusal::new(status, "wrong_content_type", format!("expected Content-Type {expected}"))
}

/// Refuses bodies that are not JSON, or text where that is allowed.
fn check_type(request: &Request, or_text: bool) -> Result<(), Refusal> {
    match content_type(request.headers()) {
        Some("application/json") => Ok(()),
        Some("text/plain") if or_text => Ok(()),
        _ if or_text => Err(wrong_type("application/json for a post, or text/plain for a text")),
        _ => Err(wrong_type("application/json")),
    }
}

async fn explain(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    let answer = async {
        check_type(&request, true)?;
        let notes = notes_of(&request)?;
        let set = rules_for(&service, &notes);
        answer_explain(&service, set, request, &notes).await
    };
    answer.await.unwrap_or_else(refused)
}

async fn moderate(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    let answer = async {
        check_type(&request, false)?;
        let notes = notes_of(&request)?;
        let set = rules_for(&service, &notes);
        moderations::answer(&service, set, request, &notes).await
    };
    answer.await.unwrap_or_else(refused)
}

async fn rules(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    if let Err(refusal) = query::none(request.uri().query().unwrap_or_default()) {
        return refused(refusal);
    }
    let answer = async {
        let notes = notes_of(&request)?;
        drop(request);
        info::rules(&service, rules_for(&service, &notes)).await
    };
    answer.await.unwrap_or_else(refused)
}

async fn reload_rules(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    answer_reload(service, request).await.unwrap_or_else(refused)
}

async fn answer_reload(service: Arc<Service>, request: Request) -> Result<Response<Body>, Refusal> {
    query::none(request.uri().query().unwrap_or_default())?;
    drop(request);
    let reloaded = tokio::task::spawn_blocking(move || reload(&service, "request")).await;
    let reloaded = reloaded.map_err(|_| Refusal::internal())?.map_err(|message| {
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "rules_refused", message)
    })?;
    let value = json!({
        "reloaded": reloaded.has_changed(),
        "before": reloaded.before,
        "ruleset": reloaded.set.hash,
        "rules": reloaded.set.classifier().rules().rules().len(),
        "tests_passed": reloaded.set.tests_passed,
    });
    Ok(json_response(StatusCode::OK, &value))
}
