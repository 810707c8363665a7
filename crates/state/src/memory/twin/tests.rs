//! The memory decides as its twin does, and a memory that was rebuilt as one that was not.

use super::stream::{Source, config, settings, steps_of};
use super::world::Twin;
use crate::decision::Decision;
use crate::memory::Memory;
use crate::model::Run;
use crate::record::Record;
use crate::store::tests::twin::Twin as Rows;
use proptest::prelude::*;

/// Points may be rounded differently.
fn close(mut mine: Decision, other: &Decision, rounded: i64) -> Decision {
    if let (Some(own), Some(other)) = (&mut mine.measure, &other.measure)
        && let (Some(mine), Some(other)) = (&mut own.points, other.points)
        && (*mine - other).abs() <= 5 * rounded
    {
        *mine = other;
    }
    mine
}

/// How often things happened that the streams are for.
#[derive(Debug, Default)]
struct Seen {
    campaigns: usize,
    stories: usize,
    related: usize,
    steps: usize,
    proposed: usize,
    channel_steps: usize,
    breakers: usize,
    fired: usize,
    taken_back: usize,
    full: usize,
    repeated: usize,
}

impl Seen {
    fn note(&mut self, decision: &Decision) {
        let campaign = decision.campaign.as_ref();
        self.campaigns += usize::from(campaign.is_some());
        self.stories += usize::from(campaign.is_some_and(|it| it.story));
        self.related += usize::from(campaign.is_some_and(|it| it.related.is_some()));
        self.steps += usize::from(decision.measure.is_some());
        self.proposed += usize::from(decision.measure.as_ref().is_some_and(|it| it.proposed));
        self.channel_steps += usize::from(decision.channel_measure.is_some());
        self.breakers += usize::from(!decision.breaker.is_empty());
        self.fired += usize::from(decision.rules.iter().any(|fired| fired.kind != "campaign"));
        self.full += usize::from(decision.state_full);
        self.repeated += usize::from(decision.repeated);
    }
}

fn compare(steps: &[super::stream::Step], is_small: bool, seen: &mut Seen) {
    let settings = settings(is_small);
    let (mut memory, mut twin) = (Memory::default(), Twin::new(&settings));
    let mut source = Source::default();
    for (place, step) in steps.iter().enumerate() {
        match source.record(step, &settings) {
            Record::Post(post) => {
                let decision = memory.post(&post, &settings);
                let expected = twin.post(&post);
                let near = close(decision.clone(), &expected, place as i64 + 1);
                assert_eq!(near, expected, "record {place}: {post:?}");
                seen.note(&decision);
                source.learn(&decision);
            }
            Record::Event(event) => {
                let answer = memory.event(&event, &settings);
                let other = twin.event(&event);
                assert_eq!(answer, other, "record {place}: {event:?}");
                seen.taken_back += usize::from(
                    answer.outcome == Some(crate::model::Outcome::Overturned)
                        && !answer.steps.is_empty(),
                );
            }
        }
        assert_eq!(memory.take_alarms(), std::mem::take(&mut twin.alarms), "record {place}");
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn the_memory_decides_as_the_slow_twin(steps in steps_of(200..320), is_small in any::<bool>()) {
        compare(&steps, is_small, &mut Seen::default());
    }

    #[test]
    fn a_memory_that_was_rebuilt_decides_as_one_that_was_not(
        steps in steps_of(200..320),
        is_small in any::<bool>(),
    ) {
        let settings = settings(is_small);
        let (mut memory, mut other) = (Memory::default(), Memory::default());
        let (mut rows, mut source) = (Rows::default(), Source::default());
        let run = Run::default();
        for (place, step) in steps.iter().enumerate() {
            match source.record(step, &settings) {
                Record::Post(post) => {
                    let decision = memory.post(&post, &settings);
                    let rebuilt = other.post(&post, &settings);
                    prop_assert_eq!(&decision, &rebuilt, "record {}: {:?}", place, post);
                    source.learn(&decision);
                }
                Record::Event(event) => {
                    let answer = memory.event(&event, &settings);
                    prop_assert_eq!(answer, other.event(&event, &settings), "record {}", place);
                }
            }
            if step.dice % 8 < 2 {
                rows.apply(&other.take_changes(), &run);
            }
            if step.dice % 8 == 0 {
                other = Memory::of(rows.snapshot(), &settings);
            }
        }
        rows.apply(&other.take_changes(), &run);
        let mut all = Rows::default();
        all.apply(&memory.take_changes(), &run);
        let (found, expected) = (rows.snapshot(), all.snapshot());
        prop_assert_eq!(found.totals, expected.totals);
        prop_assert_eq!(found.authors, expected.authors);
        prop_assert_eq!(found.channels, expected.channels);
        prop_assert_eq!(found.campaigns, expected.campaigns);
        prop_assert_eq!(found.singles, expected.singles);
        prop_assert_eq!(found.groups, expected.groups);
        prop_assert_eq!(found.breakers, expected.breakers);
        prop_assert_eq!(found.posts.len(), expected.posts.len());
        for (found, expected) in found.posts.iter().zip(&expected.posts) {
            prop_assert_eq!(found, expected);
        }
        prop_assert_eq!(found.cases, expected.cases);
        prop_assert_eq!(found.reports, expected.reports);
        prop_assert_eq!(found.reporters, expected.reporters);
        prop_assert_eq!(found.operations, expected.operations);
        prop_assert_eq!(rows.log, all.log);
    }
}

/// The streams are only worth something if everything happens in them.
#[test]
fn the_streams_have_everything() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = Seen::default();
    for round in 0..8 {
        let steps = steps_of(300).new_tree(&mut runner).unwrap().current();
        compare(&steps, round % 2 == 0, &mut seen);
    }
    let Seen { campaigns, stories, related, steps, proposed, channel_steps, .. } = &seen;
    let Seen { breakers, fired, taken_back, full, repeated, .. } = &seen;
    let all = [campaigns, stories, related, steps, proposed, channel_steps];
    let more = [breakers, fired, taken_back, full, repeated];
    assert!(all.into_iter().chain(more).all(|count| *count > 0), "{seen:?}");
}
