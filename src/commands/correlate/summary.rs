//! The summary of a run, for people.

use crate::term::say;
use tidegate_engine::domain::action::Action;
use tidegate_state::model::{Evictions, Totals};
use tidegate_state::output::time;
use tidegate_state::run::Counts;

/// Several lines.
pub fn text(counts: &Counts, totals: &Totals) -> String {
    let Counts {
        lines, actions, changed, steps, fired, alarms, full, uncounted, checkpoints, ..
    } = counts;
    let (posts, events) = (lines.posts, lines.events);
    let actions = Action::ALL.iter().zip(actions);
    let actions = actions.map(|(action, count)| format!("{} {count}", action.name()));
    let actions = actions.collect::<Vec<_>>().join(", ");
    let mut text = say!("{posts} posts ({actions}), {events} events\n");
    if lines.passed + lines.unreadable > 0 {
        let (passed, unreadable) = (lines.passed, lines.unreadable);
        text += &say!("{passed} lines passed on, {unreadable} unreadable here\n");
    }
    text += &say!("{changed} actions changed, {steps} steps, {fired} rules over several posts\n");
    if *uncounted > 0 {
        text += &say!("{uncounted} events without effect\n");
    }
    if *alarms > 0 {
        text += &say!("{alarms} breakers opened\n");
    }
    let Evictions { singles, campaigns, authors, channels, groups, posts, cases, full: _ } =
        totals.evictions;
    let dropped = singles + campaigns + authors + channels + groups + posts + cases;
    if dropped > 0 {
        text += &say!(
            "dropped at the bounds so far: {singles} texts, {campaigns} campaigns, {authors} authors, \
             {channels} channels, {groups} groups, {posts} posts, {cases} cases\n"
        );
    }
    if *full > 0 {
        text += &say!("{full} posts of which something was not kept: the bounds are too small\n");
    }
    if let Some(clock) = totals.clock {
        let clock = time(clock);
        text += &say!("clock: {clock}; {checkpoints} checkpoints\n");
    }
    text
}
