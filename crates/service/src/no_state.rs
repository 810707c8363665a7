//! In place of `state`, for builds without the feature: nothing of it can be made.

use crate::error::Refusal;
use crate::router::Service;
use axum::Router;
use std::sync::Arc;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::engine::Engine;
use tidegate_engine::output::UnreadableLine;
use tidegate_engine::post::{Mapping, Post};
use tidegate_pipeline::{Observer, Selection};

/// The measures: there are none.
#[derive(Clone, Debug)]
pub enum Measures {}

/// What a state begins with: there is none.
#[derive(Debug)]
pub enum Start {}

/// What the state is changed with: there is nothing.
#[derive(Debug)]
pub enum Rules {}

/// What the state is to know of lines: nothing.
#[derive(Debug)]
pub enum Seen {}

/// Buffers: none.
pub type Scratch = ();

impl Rules {
    /// Never called: there are no measures.
    pub fn of(_: &Arc<Engine>, _: &Mapping, measures: Measures) -> Result<Rules, String> {
        match measures {}
    }

    /// Never called.
    pub fn measures(&self) -> &str {
        match *self {}
    }
}

/// Watches lines: never.
pub struct Watch<'r>(&'r Rules);

impl<'r> Watch<'r> {
    /// Never called.
    pub fn new(rules: &'r Rules, _: Selection, (): &mut Scratch) -> Watch<'r> {
        Watch(rules)
    }

    /// Never called.
    pub fn seen(self) -> Seen {
        match *self.0 {}
    }
}

impl Observer for Watch<'_> {
    fn post(&mut self, _: &Post<'_>, _: &Verdict<'_>) {}
    fn skipped(&mut self) {}
    fn unreadable(&mut self, _: &UnreadableLine<'_>) {}
}

/// The state: there is none.
#[derive(Debug)]
pub enum State {}

/// The threads of a state.
pub type Running = State;

impl State {
    /// Never called.
    pub fn start(
        start: Start,
        _: &Arc<Rules>,
        _: &Arc<crate::metrics::Metrics>,
        _: usize,
    ) -> Result<(State, Running), String> {
        match start {}
    }

    /// Never called.
    pub fn check(&self) -> Result<(), Refusal> {
        match *self {}
    }

    /// Never called.
    pub fn trouble(&self) -> Option<String> {
        match *self {}
    }

    /// Never called.
    pub fn adopt(&self, _: Arc<Rules>) {
        match *self {}
    }

    /// Never called.
    pub async fn ended(&self) {
        match *self {}
    }

    /// Never called.
    pub fn stop(self) -> Result<(), String> {
        match self {}
    }

    /// Never called.
    pub async fn apply(
        &self,
        _: &Arc<Rules>,
        _: bool,
        _: Vec<u8>,
        _: Seen,
    ) -> Result<Vec<u8>, Refusal> {
        match *self {}
    }
}

/// Adds no routes.
pub fn routes(router: Router<Arc<Service>>) -> Router<Arc<Service>> {
    router
}
