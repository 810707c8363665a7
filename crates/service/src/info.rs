//! What a service says of itself: health, versions, rules, metrics, its interface.

use crate::error::{Refusal, answer, json_response};
use crate::exposition::Exposition;
use crate::metrics::seconds;
use crate::router::Service;
use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tidegate_engine::rules::model::{Model, Rule};

/// The description of the interface, to which tests hold the service.
const OPENAPI: &str = include_str!("assets/openapi.json");

/// The process runs.
pub fn alive() -> Response<Body> {
    answer(StatusCode::OK, "text/plain; charset=utf-8", "ok\n")
}

/// Rules are loaded; says whether the last reload failed, which does not make it unready.
pub fn ready(service: &Service) -> Response<Body> {
    let set = service.rules.get();
    let error = service.reloads.last_error();
    let failed = error.map(|error| json!({ "message": error.message, "at": seconds(error.at) }));
    let value = json!({ "ready": true, "ruleset": set.hash, "reload_error": failed });
    json_response(StatusCode::OK, &value)
}

/// Versions and rules in use.
pub fn version(service: &Service) -> Response<Body> {
    let set = service.rules.get();
    let value = json!({
        "name": "tidegate",
        "version": env!("CARGO_PKG_VERSION"),
        "ruleset": set.hash,
        "rules": set.classifier.rules().rules().len(),
        "origin": set.origin,
        "loaded": seconds(set.loaded),
        "tests_passed": set.tests_passed,
    });
    json_response(StatusCode::OK, &value)
}

/// The OpenAPI document.
pub fn openapi() -> Response<Body> {
    answer(StatusCode::OK, "application/json", OPENAPI)
}

/// The metrics, in the format that the client asks for.
pub fn metrics(service: &Service, headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    let streams = service.settings.streams - service.streams.available_permits();
    let text = service.metrics.text(service.judges.queued(), streams);
    let text = text.map_err(|_| Refusal::internal())?;
    let format = Exposition::of(headers);
    Ok(answer(StatusCode::OK, format.content_type(), format.write(text)))
}

/// Counts since the start, for the page.
pub fn counts(service: &Service) -> Response<Body> {
    let actions: BTreeMap<&str, u64> = service.metrics.counts().into_iter().collect();
    json_response(StatusCode::OK, &json!({ "actions": actions }))
}

/// Packs and rules with titles and examples. Reads the sources, so it takes a while.
pub async fn rules(service: &Arc<Service>) -> Result<Response<Body>, Refusal> {
    let set = service.rules.get();
    let room = service.judges.try_room()?;
    let source = service.source.clone();
    let model = service.judges.run(room, move || source.model()).await?;
    let value = match model {
        Ok(model) => json!({ "ruleset": set.hash, "packs": packs(&model) }),
        // Compiled rules have no sources; their titles are known.
        Err(_) => json!({ "ruleset": set.hash, "packs": compiled_packs(&set.classifier) }),
    };
    Ok(json_response(StatusCode::OK, &value))
}

fn packs(model: &Model) -> Vec<Value> {
    let pack = |(at, pack): (usize, &tidegate_engine::rules::model::Pack)| {
        let rules: Vec<Value> =
            model.rules.iter().filter(|rule| rule.pack == at).map(rule_of_model).collect();
        json!({ "pack": pack.name, "version": pack.version, "title": pack.title, "rules": rules })
    };
    model.packs.iter().enumerate().map(pack).collect()
}

fn rule_of_model(rule: &Rule) -> Value {
    let texts = |examples: &[tidegate_engine::rules::model::Example]| -> Vec<String> {
        let texts =
            examples.iter().map(|example| example.texts.iter().map(|(_, text)| text.as_str()));
        texts.map(|texts| texts.collect::<Vec<_>>().join("\n")).collect()
    };
    json!({
        "id": rule.id,
        "title": rule.title,
        "category": rule.category.name(),
        "hit": texts(&rule.hits),
        "miss": texts(&rule.misses),
    })
}

fn compiled_packs(classifier: &tidegate_engine::Classifier) -> Vec<Value> {
    let mut packs: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for rule in classifier.rules().rules() {
        let (category, none): (&str, [&str; 0]) = (rule.category.name(), []);
        packs.entry(&rule.pack).or_default().push(json!({
            "id": rule.id, "title": rule.title, "category": category, "hit": none, "miss": none,
        }));
    }
    packs.into_iter().map(|(pack, rules)| json!({ "pack": pack, "rules": rules })).collect()
}
