//! Checks rules and policies: every error, and otherwise every warning.
//!
//! Input: a loader. Output: the diagnostics of the checked files (the named ones, or the embedded
//! ones), and the compiled rules if there are no errors. `tidegate check` prints them and the
//! language server publishes them, so that both report the same.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::cmp::Reverse;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Place, Source};
use tidegate_engine::domain::field::Names;
use tidegate_engine::policy::{Policies, Policy, RuleSetFacts};
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::lint::lint;
use tidegate_engine::rules::load::{Loaded, Loader};
use tidegate_engine::rules::model::Model;
use tidegate_engine::rules::source::bundle::{Bundle, is_embedded};

/// Which files are checked. The others are read too: rules use each other's names.
#[derive(Clone, Debug)]
pub enum Checking {
    /// The files that the user named, with the policies among them.
    Named,
    /// The embedded packs, with these policies.
    Embedded(Vec<Arc<Source>>),
}

impl Checking {
    /// Is this file checked?
    fn includes(&self, source: &Source) -> bool {
        is_embedded(source) == matches!(self, Checking::Embedded(_))
    }
}

/// Diagnostics and counts.
#[derive(Debug, Default)]
pub struct Checked {
    /// Errors, then warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Number of checked packs; 0 if the rules have errors.
    pub packs: usize,
    /// Number of their rules; 0 if the rules have errors.
    pub rules: usize,
    /// Number of checked policies; 0 if the rules have errors.
    pub policies: usize,
    /// All rules, compiled; `None` if they have errors.
    pub compiled: Option<RuleSet>,
    /// The place of the id of each rule.
    pub places: Vec<Place>,
}

/// Checks rules and policies. `prepare` may change the model before it is compiled; policies may extend
/// each other and those of `known`.
///
/// # Errors
///
/// Only those of `prepare`; errors of rules are diagnostics.
pub fn check<E>(
    loader: &Loader,
    checking: Checking,
    known: Option<Bundle>,
    today: Date,
    prepare: impl FnOnce(&mut Model) -> Result<(), E>,
) -> Result<Checked, E> {
    let mut checked = Checked::default();
    let Loaded { mut model, policies } = match loader.load() {
        Ok(loaded) => loaded,
        Err(errors) => {
            checked.diagnostics = errors;
            let policies = loader.policies();
            let others = Policies::new(&policies, known).with_files(loader.open_texts());
            checked.parse(&policies, &others, &mut Names::default());
            checked.diagnostics.sort_by_key(|found| Reverse(found.severity));
            return Ok(checked);
        }
    };
    checked.count(&model, &checking);
    let policies = match &checking {
        Checking::Named => policies,
        Checking::Embedded(policies) => policies.clone(),
    };
    checked.policies = policies.len();
    let others = Policies::new(&policies, known).with_files(loader.open_texts());
    let policies = checked.parse(&policies, &others, &mut model.names);
    let mut warnings = lint(&model);
    prepare(&mut model)?;
    match compile(model) {
        Ok(rules) => {
            checked.resolve(&policies, &rules, today);
            checked.compiled = Some(rules);
        }
        Err(errors) => checked.diagnostics.extend(errors),
    }
    warnings.retain(|it| it.place.as_ref().is_none_or(|place| checking.includes(&place.source)));
    checked.diagnostics.extend(warnings);
    checked.diagnostics.sort_by_key(|found| Reverse(found.severity));
    Ok(checked)
}

/// The day on which a check is made, in UTC.
pub fn today() -> Date {
    TimeZone::UTC.to_datetime(Timestamp::now()).date()
}

impl Checked {
    fn count(&mut self, model: &Model, checking: &Checking) {
        let is_counted = |pack: usize| checking.includes(&model.packs[pack].source);
        self.packs = (0..model.packs.len()).filter(|pack| is_counted(*pack)).count();
        self.rules = model.rules.iter().filter(|rule| is_counted(rule.pack)).count();
        self.places = model.rules.iter().map(|rule| rule.place.clone()).collect();
    }

    /// Parses policies; returns those without errors.
    fn parse(
        &mut self,
        policies: &[Arc<Source>],
        others: &Policies<'_>,
        names: &mut Names,
    ) -> Vec<Policy> {
        let mut parsed = Vec::with_capacity(policies.len());
        for policy in policies {
            match Policy::parse_among(policy, names, others) {
                Ok(policy) => parsed.push(policy),
                Err(errors) => self.diagnostics.extend(errors),
            }
        }
        parsed
    }

    fn resolve(&mut self, policies: &[Policy], rules: &RuleSet, today: Date) {
        let facts = RuleSetFacts::of(rules);
        for policy in policies {
            self.diagnostics.extend(policy.expired(today));
            match policy.resolve(&facts) {
                Ok(resolution) => self.diagnostics.extend(resolution.warnings),
                Err(errors) => self.diagnostics.extend(errors),
            }
        }
    }
}
