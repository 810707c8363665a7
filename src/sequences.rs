//! Runs the sequences of posts that test correlations, and adds them to a report.

use crate::flags::RuleArgs;
use crate::load;
use crate::start_error::StartError;
use crate::term;
use std::sync::Arc;
use tidegate_analysis::rule_tests::{Failure, FailureKind, Suite, TestReport, plain_mapping};
use tidegate_engine::domain::field::Names;
use tidegate_engine::domain::score::Score;
use tidegate_state::rule_tests::{STYLE, Sequence, SequenceFailure, run};

/// Runs the sequences of `suite` with the rules of `args`, whose field names are `names`.
///
/// # Errors
///
/// Those of the rules, or a path that is no pointer.
pub fn add(
    suite: &Suite,
    args: &RuleArgs,
    names: &Names,
    report: &mut TestReport,
) -> Result<(), StartError> {
    let cases = suite.sequences();
    if cases.is_empty() {
        return Ok(());
    }
    let mapping = plain_mapping(names).map_err(|error| term::say(error.message()))?;
    let engine = Arc::new(load::build_in(args, &mapping, STYLE)?);
    let sequences: Vec<Sequence<'_>> = cases
        .iter()
        .map(|case| Sequence { id: &case.id, lines: &case.lines, should_fire: case.should_fire })
        .collect();
    let failures = run(&sequences, &engine, &mapping).map_err(|message| term::say(&message))?;
    report.sequences = 0;
    report.passed += cases.len() - failures.len();
    report.failures.extend(failures.into_iter().map(|failure| {
        let case = &cases[failure.number];
        Failure {
            rule: case.id.clone(),
            is_hit: case.should_fire,
            place: case.place.clone(),
            kind: kind(failure),
        }
    }));
    Ok(())
}

fn kind(failure: SequenceFailure) -> FailureKind {
    match failure.fired_on {
        None => FailureKind::Silent(failure.posts),
        Some(place) => FailureKind::Fired {
            score: Score::ZERO,
            evidence: failure.posts.iter().take(place).map(term::say).collect(),
        },
    }
}
