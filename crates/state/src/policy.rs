//! The policy of an engine, for actions that are taken anew.

use crate::memory::Decide;
use std::sync::Arc;
use tidegate_engine::Engine;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;

/// The policy of an engine.
#[derive(Debug)]
pub struct EnginePolicy(Arc<Engine>);

impl EnginePolicy {
    /// The policy of `engine`.
    pub fn of(engine: Arc<Engine>) -> EnginePolicy {
        EnginePolicy(engine)
    }
}

impl Decide for EnginePolicy {
    fn decide(&self, tier: u16, scores: &mut Vec<(Category, Score)>) -> Action {
        self.0.classifier().policy().decide_in(tier.into(), scores).action
    }
}
