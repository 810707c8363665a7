//! The paths of a state.

use super::{State as Stage, events, page, views};
use crate::error::{Refusal, json_response};
use crate::guard::Caller;
use crate::query::{self, parameters, switch, unknown, wrong};
use crate::router::{Service, notes_of, refused};
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use tidegate_state::model::CaseKind;
use tidegate_state::run::Live;

/// Cases of a queue that are listed without `limit`, and at most.
const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 1_000;

/// Adds the paths of a state. Without a state they answer that there is none.
pub fn routes(router: Router<Arc<Service>>) -> Router<Arc<Service>> {
    router
        .route("/v1/events", post(events))
        .route("/v1/queue", get(queue))
        .route("/v1/cases/{id}", get(case))
        .route("/v1/cases/{id}/decision", post(decide))
        .route("/v1/campaigns/{id}", get(campaign))
        .route("/v1/state", get(state))
        .route("/review", get(review))
        .route("/review.js", get(script))
}

/// The state of the service.
fn state_of(service: &Service) -> Result<&Stage, Refusal> {
    service.state.as_ref().ok_or_else(|| {
        let message = "this service keeps no state; start it with --state FILE";
        Refusal::new(StatusCode::NOT_FOUND, "no_state", message)
    })
}

async fn events(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    let answer = async {
        let (state, notes) = (state_of(&service)?, notes_of(&request)?);
        events::events(&service, state, request, &notes).await
    };
    answer.await.unwrap_or_else(refused)
}

async fn decide(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let answer = async {
        let (state, notes) = (state_of(&service)?, notes_of(&request)?);
        events::decide(&service, state, id, request, &notes).await
    };
    answer.await.unwrap_or_else(refused)
}

/// Which cases are listed.
struct Wanted {
    kind: Option<CaseKind>,
    care: bool,
    limit: usize,
}

impl Wanted {
    fn of(query: &str) -> Result<Wanted, Refusal> {
        let mut wanted = Wanted { kind: None, care: false, limit: LIMIT_DEFAULT };
        for (name, value) in parameters(query)? {
            match name.as_str() {
                "care" => wanted.care = switch(&name, &value)?,
                "kind" => wanted.kind = Some(kind(&value).ok_or_else(|| wrong(&name, KINDS))?),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
                    let why = || wrong(&name, format!("expected a number from 1 to {LIMIT_MAX}"));
                    wanted.limit = limit.ok_or_else(why)?;
                }
                other => return Err(unknown(other, &["care", "kind", "limit"])),
            }
        }
        Ok(wanted)
    }

    /// Care is a queue of its own.
    fn contains(&self, kind: CaseKind) -> bool {
        match self.kind {
            Some(wanted) => wanted == kind,
            None => self.care == (kind == CaseKind::Care),
        }
    }
}

const KINDS: &str = "expected campaign, author, channel, post or care";

fn kind(name: &str) -> Option<CaseKind> {
    let all =
        [CaseKind::Campaign, CaseKind::Author, CaseKind::Channel, CaseKind::Post, CaseKind::Care];
    all.into_iter().find(|kind| kind.name() == name)
}

/// Answers with what `look` finds.
async fn shown(
    service: &Service,
    look: impl FnOnce(&Live) -> Result<Value, Refusal> + Send + 'static,
) -> Response<Body> {
    let answer = async {
        let value = state_of(service)?.look(look).await??;
        Ok(json_response(StatusCode::OK, &value))
    };
    answer.await.unwrap_or_else(refused)
}

async fn queue(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Response<Body> {
    let wanted = match Wanted::of(&query.unwrap_or_default()) {
        Ok(wanted) => wanted,
        Err(refusal) => return refused(refusal),
    };
    let look =
        move |live: &Live| Ok(views::queue(live, |case| wanted.contains(case.kind), wanted.limit));
    shown(&service, look).await
}

async fn case(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let look = move |live: &Live| {
        query::none(&query.unwrap_or_default())?;
        let case = live.memory().case(&id).ok_or_else(|| views::unknown("case", &id))?;
        Ok(views::whole_case(live, case))
    };
    shown(&service, look).await
}

async fn campaign(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let look = move |live: &Live| {
        query::none(&query.unwrap_or_default())?;
        let campaign = live.memory().campaign(&id);
        let campaign = campaign.ok_or_else(|| views::unknown("campaign", &id))?;
        Ok(views::campaign(live, campaign))
    };
    shown(&service, look).await
}

async fn state(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let look = move |live: &Live| {
        query::none(&query.unwrap_or_default())?;
        let mut value = views::state(live);
        value["caller"] = json!({ "role": caller.role.name(), "name": caller.name });
        Ok(value)
    };
    shown(&service, look).await
}

async fn review(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Response<Body> {
    let known = query::none(&query.unwrap_or_default());
    let answer = known.and_then(|()| state_of(&service)).map(|_| page::page());
    answer.unwrap_or_else(refused)
}

async fn script(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Response<Body> {
    let known = query::none(&query.unwrap_or_default());
    let answer = known.and_then(|()| state_of(&service)).map(|_| page::script());
    answer.unwrap_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn care_is_a_queue_of_its_own() {
        let listed = |query: &str, kind| Wanted::of(query).unwrap().contains(kind);
        assert!(listed("", CaseKind::Author) && !listed("", CaseKind::Care));
        assert!(!listed("care=true", CaseKind::Author) && listed("care", CaseKind::Care));
        assert!(listed("kind=campaign", CaseKind::Campaign));
        assert!(!listed("kind=campaign", CaseKind::Author));
        assert_eq!(Wanted::of("limit=7").unwrap().limit, 7);
        for wrong in ["limit=0", "limit=1001", "limit=x", "kind=x", "care=x", "x=1"] {
            assert!(Wanted::of(wrong).is_err(), "{wrong}");
        }
    }
}
