//! In place of `state`, for builds without the feature. Without measures and a start, which cannot be
//! made, no service keeps a state: what follows from them is never reached.

use crate::error::Refusal;
use crate::metrics::Metrics;
use crate::router::Service;
use axum::Router;
use std::sync::Arc;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::engine::Engine;
use tidegate_engine::output::UnreadableLine;
use tidegate_engine::post::{Mapping, Post};
use tidegate_pipeline::{Observer, Selection};

/// The measures: none can be made.
#[derive(Clone, Debug)]
pub struct Measures(());

/// What a state begins with: none can be made.
#[derive(Debug)]
pub struct Start(());

/// What the state is changed with: nothing.
#[derive(Debug)]
pub struct Rules;

/// What the state is to know of lines: nothing.
#[derive(Debug)]
pub struct Seen;

/// Buffers: none.
#[derive(Debug, Default)]
pub struct Scratch;

impl Rules {
    /// Never reached.
    pub fn of(_: &Arc<Engine>, _: &Mapping, _: Measures) -> Result<Rules, String> {
        Ok(Rules)
    }

    /// Never reached.
    pub fn measures(&self) -> &str {
        ""
    }
}

/// Watches lines: never.
pub struct Watch;

impl Watch {
    /// Never reached.
    pub fn new(_: &Rules, _: Selection, _: &mut Scratch) -> Watch {
        Watch
    }

    /// Never reached.
    pub fn seen(self) -> Seen {
        Seen
    }
}

impl Observer for Watch {
    fn post(&mut self, _: &Post<'_>, _: &Verdict<'_>) {}
    fn skipped(&mut self) {}
    fn unreadable(&mut self, _: &UnreadableLine<'_>) {}
}

/// The state: there is none.
#[derive(Debug)]
pub struct State;

/// The thread of a state: there is none.
#[derive(Debug)]
pub struct Running;

impl State {
    /// Never reached.
    pub fn start(
        _: Start,
        _: &Arc<Rules>,
        _: &Arc<Metrics>,
        _: usize,
    ) -> Result<(State, Running), String> {
        Ok((State, Running))
    }

    /// Never reached.
    pub fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Never reached.
    pub fn trouble(&self) -> Option<String> {
        None
    }

    /// Never reached.
    pub fn adopt(&self, _: Arc<Rules>) {}

    /// Never reached.
    pub async fn ended(&self) {
        std::future::pending().await
    }

    /// Never reached.
    pub async fn apply(
        &self,
        _: &Arc<Rules>,
        _: bool,
        verdicts: Vec<u8>,
        _: Seen,
    ) -> Result<Vec<u8>, Refusal> {
        Ok(verdicts)
    }
}

impl Running {
    /// Never reached.
    pub fn stop(self) -> Result<(), String> {
        Ok(())
    }
}

/// Adds no routes.
pub fn routes(router: Router<Arc<Service>>) -> Router<Arc<Service>> {
    router
}
