//! The stages of classification, for measurements.
//!
//! [`Classifier::scan_observed`] and [`Classifier::judge_observed`] are the code that every run
//! executes; they inform an [`Observer`] when a stage has finished. For the observer `()` nothing of
//! it is left in the compiled code. There is no clock here: an observer reads its own.
//!
//! [`Classifier::scan_observed`]: super::Classifier::scan_observed
//! [`Classifier::judge_observed`]: super::Classifier::judge_observed

use crate::scan::scanner::ScanStage;

/// A stage of judging one post, in order. A post that no rule is left for ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JudgeStage {
    /// Rules are listed whose trigger may have hit.
    Noted,
    /// Rules that fail by the literals found are removed.
    Literals,
    /// Rules that fail by verified terms and the signs of entities are removed.
    Verified,
    /// Rules that fail by the automata of their regexes are removed.
    RegexPrefilter,
    /// The hits of the terms are made that can make conditions true; rules that fail by them are
    /// removed.
    LiteralHits,
    /// Regexes and entities are evaluated; rules that fail by them are removed.
    DeferredHits,
    /// Conditions are evaluated without the hits that can only make them false.
    Supported,
    /// Those hits are made, and conditions are evaluated. The verdict says which rules match.
    Conditions,
    /// Points and evidence are added up, and the action is decided.
    Scored,
}

impl JudgeStage {
    /// Every stage, in order.
    pub const ALL: [JudgeStage; 9] = [
        JudgeStage::Noted,
        JudgeStage::Literals,
        JudgeStage::Verified,
        JudgeStage::RegexPrefilter,
        JudgeStage::LiteralHits,
        JudgeStage::DeferredHits,
        JudgeStage::Supported,
        JudgeStage::Conditions,
        JudgeStage::Scored,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            JudgeStage::Noted => "noted",
            JudgeStage::Literals => "literals",
            JudgeStage::Verified => "verified",
            JudgeStage::RegexPrefilter => "regex prefilter",
            JudgeStage::LiteralHits => "literal hits",
            JudgeStage::DeferredHits => "deferred hits",
            JudgeStage::Supported => "supported",
            JudgeStage::Conditions => "conditions",
            JudgeStage::Scored => "scored",
        }
    }
}

/// Is informed when stages finish.
pub trait Observer {
    /// A stage of scanning a batch has finished.
    fn scanned(&mut self, stage: ScanStage);

    /// A stage of judging a post has finished. `rules` are the candidates that are left, as
    /// positions in [`RuleSet::order`](crate::rules::compiled::RuleSet::order).
    fn judged(&mut self, stage: JudgeStage, rules: &[u32]);
}

/// Observes nothing.
impl Observer for () {
    #[inline(always)]
    fn scanned(&mut self, _: ScanStage) {}

    #[inline(always)]
    fn judged(&mut self, _: JudgeStage, _: &[u32]) {}
}
