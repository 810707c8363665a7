//! What holds for every stream.

use super::groups::{Counted, any_sequence, found};
use super::stream::{Source, Step, config, correlation, settings, steps_of};
use crate::correlations::Correlation;
use crate::memory::groups::Groups;
use crate::memory::{Memory, Settings};
use crate::model::{Change, Outcome, Seconds};
use crate::record::{CorrelationMatch, Event, EventKind, PostRecord, Record, Subject};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tidegate_engine::rules::model::CorrelationKind;

/// The posts of a stream, without events.
fn posts(steps: &[Step], settings: &Settings) -> Vec<PostRecord> {
    let mut source = Source::default();
    let records = steps.iter().map(|step| source.record(step, settings));
    records
        .filter_map(|record| match record {
            Record::Post(post) => Some(*post),
            Record::Event(_) => None,
        })
        .collect()
}

/// Points, step, posts that gave points: what a measure for an author is.
fn ladder_of(memory: &Memory, author: &str, at: Seconds, settings: &Settings) -> (i64, u8) {
    let ladder = &settings.measures.authors;
    let Some(author) = memory.authors.get(author) else { return (0, 0) };
    let mut author = author.clone();
    crate::memory::settle(&mut author, ladder, at);
    (author.points, author.step)
}

fn overturn(post: &str) -> Event {
    let on = Subject::Post(post.to_owned());
    let kind = EventKind::Decision { on, outcome: Outcome::Overturned, by: None, note: None };
    Event { at: None, kind }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn no_step_follows_another_within_the_notice(steps in steps_of(250)) {
        let settings = settings(false);
        let notice = settings.measures.authors.notice;
        let (mut memory, mut last) = (Memory::default(), BTreeMap::<String, Seconds>::new());
        for post in posts(&steps, &settings) {
            let decision = memory.post(&post, &settings);
            let (Some(measure), Some(author)) = (decision.measure, post.author) else { continue };
            let now = memory.authors.get(&author).map_or(0, |author| author.points_at);
            if let Some(last) = last.get(&author) {
                prop_assert!(now - last >= notice, "{author}: {now} after {last}");
            }
            if !measure.proposed {
                last.insert(author, now);
            }
        }
    }

    /// A post that is overturned at once leaves nothing behind; one that is overturned late leaves no
    /// points, and no step that would not be there without it.
    #[test]
    fn an_overturned_post_was_never_there(
        steps in steps_of(80),
        place in 0usize..80,
        later in 0usize..80,
    ) {
        let mut settings = settings(false);
        settings.has_campaigns = false;
        settings.measures.limits.clear();
        settings.measures.authors.calm = i64::MAX / 4;
        let posts = posts(&steps, &settings);
        prop_assume!(posts.len() > 1);
        let place = place % posts.len();
        // At the clock, so that only its points make a difference.
        let mut wrong = posts[place].clone();
        (wrong.id, wrong.at, wrong.channel) = ("\"wrong\"".to_owned(), None, None);
        wrong.matches.clear();
        let later = place + later % (posts.len() - place);
        let (mut memory, mut without) = (Memory::default(), Memory::default());
        for (at, post) in posts.iter().enumerate() {
            if at == place {
                memory.post(&wrong, &settings);
            }
            let decision = memory.post(post, &settings);
            let expected = without.post(post, &settings);
            if at < place {
                prop_assert_eq!(decision.measure, expected.measure);
            }
            if at == later {
                memory.event(&overturn(&wrong.id), &settings);
            }
        }
        let (Some(author), Some(clock)) = (&wrong.author, memory.clock()) else { return Ok(()) };
        let (points, step) = ladder_of(&memory, author, clock, &settings);
        let (expected, expected_step) = ladder_of(&without, author, clock, &settings);
        let events = posts.len() as i64 + 2;
        prop_assert!((points - expected).abs() <= 5 * events, "{points}, not {expected}");
        prop_assert!(step <= expected_step, "step {step} instead of {expected_step}");
    }

    #[test]
    fn a_post_overturned_at_once_changes_no_later_step(steps in steps_of(80), place in 0usize..80) {
        let mut settings = settings(false);
        settings.has_campaigns = false;
        settings.measures.limits.clear();
        settings.measures.authors.calm = i64::MAX / 4;
        let mut posts = posts(&steps, &settings);
        // In order of time: a late post would count at the time of the wrong one.
        let mut newest = None;
        for post in &mut posts {
            newest = newest.max(post.at);
            post.at = newest;
        }
        let mut has_ended = false;
        let (mut memory, mut without) = (Memory::default(), Memory::default());
        for (at, post) in posts.iter().enumerate() {
            if at == place {
                let author = post.author.as_deref().and_then(|id| memory.author(id));
                // A step that has ended and begins again is lost with the post that begins it.
                has_ended = author.is_some_and(|it| it.until.is_some() && it.until <= newest);
                let mut wrong = post.clone();
                (wrong.id, wrong.at, wrong.channel) = ("\"wrong\"".to_owned(), None, None);
                wrong.matches.clear();
                memory.post(&wrong, &settings);
                memory.event(&overturn(&wrong.id), &settings);
            }
            let (mine, other) = (memory.post(post, &settings), without.post(post, &settings));
            let step = |measure: Option<crate::decision::Measure>| {
                measure.map(|measure| (measure.step, measure.proposed, measure.why))
            };
            if !has_ended {
                prop_assert_eq!(step(mine.measure), step(other.measure), "post {}", at);
            }
        }
    }

    /// Upheld, then overturned: both are taken back.
    #[test]
    fn an_appeal_takes_back_what_the_first_decision_gave(steps in steps_of(60), place in 0usize..60) {
        let mut settings = settings(false);
        settings.has_campaigns = false;
        settings.measures.limits.clear();
        let posts = posts(&steps, &settings);
        let (mut memory, mut without) = (Memory::default(), Memory::default());
        let Some(wrong) = posts.get(place % posts.len().max(1)) else { return Ok(()) };
        for post in &posts {
            memory.post(post, &settings);
            without.post(post, &settings);
        }
        without.event(&overturn(&wrong.id), &settings);
        for outcome in [Outcome::Upheld, Outcome::Overturned] {
            let on = Subject::Post(wrong.id.clone());
            let kind = EventKind::Decision { on, outcome, by: None, note: None };
            memory.event(&Event { at: None, kind }, &settings);
        }
        let (Some(author), Some(clock)) = (&wrong.author, memory.clock()) else { return Ok(()) };
        let (points, step) = ladder_of(&memory, author, clock, &settings);
        let (expected, expected_step) = ladder_of(&without, author, clock, &settings);
        prop_assert!((points - expected).abs() <= 5, "{points}, not {expected}");
        prop_assert!(step <= expected_step);
    }

    /// A post whose only scores are those of self-harm leads to help, and to nothing else.
    #[test]
    fn care_is_never_punished(steps in steps_of(250)) {
        let settings = settings(false);
        let mut memory = Memory::default();
        for post in posts(&steps, &settings) {
            let is_care = post.scan.care && post.scan.categories.len() == 1;
            let before = is_care.then(|| memory.clone());
            let decision = memory.post(&post, &settings);
            let Some(before) = before.filter(|_| !decision.repeated) else { continue };
            let clock = memory.clock().unwrap_or(0);
            prop_assert!(decision.care_case.is_some() && decision.breaker.is_empty());
            prop_assert!(decision.measure.is_none() && decision.channel_measure.is_none());
            prop_assert!(decision.rules.is_empty());
            if let Some(author) = post.author.as_deref() {
                let (points, step) = ladder_of(&memory, author, clock, &settings);
                let (old, old_step) = ladder_of(&before, author, clock, &settings);
                prop_assert!((points - old).abs() <= 5 && step == old_step);
                prop_assert_eq!(&decision.case, &None);
            }
            if let Some(channel) = &post.channel {
                prop_assert_eq!(memory.channel(channel), before.channel(channel));
            }
            prop_assert_eq!(memory.breakers(), before.breakers());
            let campaign = decision.campaign.as_ref();
            let harmful = |memory: &Memory, id: &str| memory.campaign(id).map(|it| it.harmful);
            if let Some(known) = campaign.and_then(|it| harmful(&before, &it.id)) {
                prop_assert_eq!(campaign.map(|it| it.harmful), Some(known));
            }
        }
    }
}

/// A group of one correlation, and how often it was quiet.
#[derive(Default)]
struct Lone {
    groups: Groups,
    held: u64,
}

impl Lone {
    /// Whether a post meets the condition: it fires, or the group is quiet.
    fn is_met(&mut self, correlation: &Correlation, post: (Seconds, u64)) -> bool {
        let (at, patterns) = post;
        let group = vec![("author.id".to_owned(), "u".to_owned())];
        let matched = CorrelationMatch { correlation: 0, patterns, group, value: Some(patterns) };
        let fired = self.groups.count(correlation, &matched, patterns, at);
        let held = match self.groups.take_changes().as_slice() {
            [Change::Put(group)] => group.held,
            other => panic!("one group: {other:?}"),
        };
        let before = std::mem::replace(&mut self.held, held);
        fired.is_some() || held > before
    }
}

proptest! {
    /// For posts in order of time.
    #[test]
    fn an_order_fires_exactly_if_there_is_a_sequence(
        number in 2usize..=5,
        posts in vec((0i64..400, 0u64..32), 1..14),
    ) {
        let correlation = correlation(CorrelationKind::TemporalOrdered, number, number);
        let (mut group, mut now) = (Lone::default(), 0);
        let mut all: Vec<(Seconds, u64)> = Vec::new();
        for (later, patterns) in posts {
            now += later;
            all.push((now, patterns & ((1 << number) - 1)));
            let is_met = group.is_met(&correlation, all[all.len() - 1]);
            let expected = any_sequence(&all, number, correlation.timespan);
            prop_assert_eq!(is_met, expected, "{:?}", &all);
        }
    }

    /// In any order, as the definitions over the whole history say.
    #[test]
    fn correlations_fire_as_over_the_whole_history(
        number in 2usize..=5,
        kind in 0usize..3,
        posts in vec((0i64..3000, 0u64..32), 1..40),
    ) {
        use CorrelationKind::{EventCount, Temporal, ValueCount};
        let kind = [EventCount, ValueCount, Temporal][kind];
        let patterns = if kind == Temporal { number } else { 1 };
        let correlation = correlation(kind, patterns, number);
        let mut group = Lone::default();
        let mut history = Vec::new();
        for (at, patterns) in posts {
            let is_met = group.is_met(&correlation, (at, patterns));
            history.push(Counted { at, patterns, value: Some(patterns) });
            prop_assert_eq!(is_met, found(&history, &correlation).is_some(), "{:?}", &history);
        }
    }
}

/// One post fills one place: a post on which both rules fired is no sequence.
#[test]
fn one_post_is_no_sequence() {
    let correlation = correlation(CorrelationKind::TemporalOrdered, 2, 2);
    let mut group = Lone::default();
    for (post, expected) in [((0, 3), false), ((5, 3), true), ((700, 3), false), ((705, 1), false)]
    {
        assert_eq!(group.is_met(&correlation, post), expected, "{post:?}");
    }
}
