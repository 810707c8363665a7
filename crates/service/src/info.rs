//! What a service says of itself: health, versions, rules, metrics, its interface.

use crate::error::{Refusal, answer, json_response};
use crate::exposition::Exposition;
use crate::metrics::seconds;
use crate::router::Service;
use crate::ruleset::Ruleset;
use crate::state::State;
use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tidegate_analysis::html::category_fill;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::policy::Mode;
use tidegate_engine::rules::compiled::CompiledRule;
use tidegate_engine::rules::compiled_correlation::CompiledCorrelation;
use tidegate_engine::rules::model::{Correlation, Example, Model, PostSequence, Rule};

/// The process runs.
pub fn alive() -> Response<Body> {
    answer(StatusCode::OK, "text/plain; charset=utf-8", "ok\n")
}

/// Rules are loaded, and the state, if there is one, is written. Says whether the last reload failed,
/// which does not make it unready.
pub fn ready(service: &Service) -> Response<Body> {
    let set = service.rules.get();
    let error = service.reloads.last_error();
    let failed = error.map(|error| json!({ "message": error.message, "at": seconds(error.at) }));
    let trouble = service.state.as_ref().and_then(State::trouble);
    let status = match &trouble {
        None => StatusCode::OK,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut value =
        json!({ "ready": trouble.is_none(), "ruleset": set.hash, "reload_error": failed });
    if service.state.is_some() {
        value["state_error"] = json!(trouble);
    }
    json_response(status, &value)
}

/// Versions and rules in use.
pub fn version(service: &Service) -> Response<Body> {
    let set = service.rules.get();
    let value = json!({
        "name": "tidegate",
        "version": env!("CARGO_PKG_VERSION"),
        "ruleset": set.hash,
        "rules": set.classifier().rules().rules().len(),
        "origin": set.origin,
        "loaded": seconds(set.loaded),
        "tests_passed": set.tests_passed,
    });
    json_response(StatusCode::OK, &value)
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
    json_response(StatusCode::OK, &json!(service.metrics.counts(&service.rules.get())))
}

/// The categories of the rules in use, with their Chinese names and the class of their colour, for the
/// page.
pub fn categories(service: &Service) -> Response<Body> {
    let set = service.rules.get();
    let policy = set.classifier().policy();
    let named = |category: Category| {
        let declared = policy.declared().iter().find(|it| it.category == category);
        let (name_zh, what) = match (category.info(), declared) {
            (Some(info), _) => (info.name_zh, info.what),
            (None, Some(own)) if own.title_zh.is_empty() => {
                (own.title.as_str(), own.title.as_str())
            }
            (None, Some(own)) => (own.title_zh.as_str(), own.title.as_str()),
            (None, None) => (category.name(), ""),
        };
        let fill = category_fill(category);
        json!({ "name": category.name(), "name_zh": name_zh, "what": what, "fill": fill })
    };
    let all: Vec<Value> = policy.categories().map(named).collect();
    json_response(StatusCode::OK, &json!({ "categories": all }))
}

/// Packs and rules in use, with titles and examples. Reads the sources, so it takes a while.
pub async fn rules(service: &Arc<Service>, set: Arc<Ruleset>) -> Result<Response<Body>, Refusal> {
    let room = service.judges.try_room()?;
    let source = service.source.clone();
    let answer = move || {
        // Compiled rules have no sources: nothing is known of packs and examples. Sources that
        // were changed after the rules were loaded may be wrong; the rules in use are listed then,
        // too.
        let model = source.model().unwrap_or_default();
        json!({ "ruleset": set.hash, "packs": packs(set.classifier(), &model) })
    };
    Ok(json_response(StatusCode::OK, &service.judges.run(room, answer).await?))
}

fn packs(classifier: &Classifier, model: &Model) -> Vec<Value> {
    let sources: HashMap<&str, &Rule> =
        model.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let mut packs: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (at, rule) in classifier.rules().rules().iter().enumerate() {
        let mode = classifier.policy().mode(RuleIx(at as u32));
        let shown = rule_json(rule, mode, sources.get(rule.id.as_str()).copied());
        packs.entry(&rule.pack).or_default().push(shown);
    }
    let counted: HashMap<&str, &Correlation> =
        model.correlations.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    for (at, rule) in classifier.rules().correlations().iter().enumerate() {
        let mode = classifier.policy().mode_of_correlation(at);
        let shown = correlation_json(rule, mode, counted.get(rule.id.as_str()).copied());
        packs.entry(&rule.pack).or_default().push(shown);
    }
    let pack = |(name, rules): (&str, Vec<Value>)| {
        let source = model.packs.iter().find(|pack| pack.name == name);
        let version = source.map(|pack| pack.version.as_str());
        let title = source.map(|pack| pack.title.as_str());
        json!({ "pack": name, "version": version, "title": title, "rules": rules })
    };
    packs.into_iter().map(pack).collect()
}

fn rule_json(rule: &CompiledRule, mode: Mode, source: Option<&Rule>) -> Value {
    let texts = |examples: &[Example]| -> Vec<String> { examples.iter().map(text).collect() };
    json!({
        "id": rule.id,
        "title": rule.title,
        "category": rule.category.name(),
        "level": rule.level.name(),
        "mode": mode_name(mode),
        "hit": source.map_or_else(Vec::new, |source| texts(&source.hits)),
        "miss": source.map_or_else(Vec::new, |source| texts(&source.misses)),
    })
}

/// A rule over several posts: its examples are the texts of sequences.
fn correlation_json(rule: &CompiledCorrelation, mode: Mode, source: Option<&Correlation>) -> Value {
    let texts = |sequences: &[PostSequence]| -> Vec<String> {
        let all = |sequence: &PostSequence| {
            let texts = sequence.posts.iter().map(|post| text(&post.example));
            texts.collect::<Vec<_>>().join("\n")
        };
        sequences.iter().map(all).collect()
    };
    json!({
        "id": rule.id,
        "kind": "correlation",
        "type": rule.kind.name(),
        "title": rule.title,
        "category": rule.category.name(),
        "level": rule.level.name(),
        "mode": mode_name(mode),
        "hit": source.map_or_else(Vec::new, |source| texts(&source.hits)),
        "miss": source.map_or_else(Vec::new, |source| texts(&source.misses)),
    })
}

fn text(example: &Example) -> String {
    let texts = example.texts.iter().map(|(_, text)| text.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Shadow => "shadow",
        Mode::Disabled => "disabled",
    }
}
