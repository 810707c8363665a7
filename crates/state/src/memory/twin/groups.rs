//! Correlations: evaluated over everything that a group ever counted.

use crate::correlations::Correlation;
use crate::decision::Fired;
use crate::model::Seconds;
use crate::record::CorrelationMatch;
use std::collections::BTreeMap;
use tidegate_engine::rules::model::CorrelationKind;

/// A post that a group counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pub at: Seconds,
    pub patterns: u64,
    pub value: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct History {
    rule: String,
    key: Vec<(String, String)>,
    posts: Vec<Counted>,
    quiet_until: Option<Seconds>,
    held: u64,
}

impl History {
    fn id(&self) -> String {
        let values = self.key.iter().map(|(_, value)| value.as_str());
        std::iter::once(self.rule.as_str()).chain(values).collect::<Vec<_>>().join("\u{1f}")
    }

    fn last(&self) -> Seconds {
        self.posts.iter().map(|post| post.at).max().unwrap_or(Seconds::MIN)
    }
}

pub fn count(
    groups: &mut Vec<History>,
    correlation: &Correlation,
    matched: &CorrelationMatch,
    patterns: u64,
    at: Seconds,
) -> Option<Fired> {
    let own = |it: &History| it.rule == correlation.id && it.key == matched.group;
    let place = groups.iter().position(own).unwrap_or_else(|| {
        groups.push(History {
            rule: correlation.id.clone(),
            key: matched.group.clone(),
            posts: Vec::new(),
            quiet_until: None,
            held: 0,
        });
        groups.len() - 1
    });
    let group = &mut groups[place];
    group.posts.push(Counted { at, patterns, value: matched.value });
    let (count, span) = found(&group.posts, correlation)?;
    if group.quiet_until.is_some_and(|until| at < until) {
        group.held += 1;
        return None;
    }
    group.quiet_until = Some(at + correlation.timespan);
    Some(Fired {
        id: correlation.id.clone(),
        kind: correlation.kind.name(),
        group: group.key.clone(),
        count,
        span,
        score: correlation.weight,
        held: std::mem::take(&mut group.held),
        shadow: correlation.shadow,
    })
}

/// Count and span, if the last post fires.
pub fn found(posts: &[Counted], correlation: &Correlation) -> Option<(u64, Seconds)> {
    let least = correlation.at_least;
    let (found, span) = match correlation.kind {
        CorrelationKind::EventCount => newest_events(posts, least)?,
        CorrelationKind::ValueCount => newest_values(posts, least)?,
        CorrelationKind::Temporal => newest_rules(posts, correlation.patterns)?,
        CorrelationKind::TemporalOrdered => {
            let last = posts.last()?;
            let start = latest_start(posts, correlation.patterns, correlation.timespan)?;
            (correlation.patterns, last.at - start)
        }
    };
    (span <= correlation.timespan).then_some((found as u64, span))
}

/// The newest N times, if the last post is among them.
fn newest_events(posts: &[Counted], least: usize) -> Option<(usize, Seconds)> {
    let mut order: Vec<usize> = (0..posts.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse((posts[*place].at, *place)));
    order.truncate(least);
    let is_own = order.contains(&(posts.len() - 1)) && order.len() == least;
    is_own.then(|| (least, posts[order[0]].at - posts[order[least - 1]].at))
}

/// The newest N values by their newest times, if that of the last post is among them.
fn newest_values(posts: &[Counted], least: usize) -> Option<(usize, Seconds)> {
    let own = posts.last()?.value?;
    let mut newest: BTreeMap<u64, Seconds> = BTreeMap::new();
    for post in posts {
        if let Some(value) = post.value {
            let time = newest.entry(value).or_insert(post.at);
            *time = post.at.max(*time);
        }
    }
    let mut order: Vec<(Seconds, u64)> = newest.iter().map(|(value, at)| (*at, *value)).collect();
    order.sort_unstable_by(|left, right| right.cmp(left));
    order.truncate(least);
    let is_own = order.iter().any(|(_, value)| *value == own) && order.len() == least;
    is_own.then(|| (least, order[0].0 - order[least - 1].0))
}

/// The newest time of each rule, if the last post has one of them.
fn newest_rules(posts: &[Counted], patterns: usize) -> Option<(usize, Seconds)> {
    let last = posts.last()?;
    let newest = |place: usize| {
        let own = posts.iter().filter(|post| post.patterns >> place & 1 != 0);
        own.map(|post| post.at).max()
    };
    let times: Vec<Option<Seconds>> = (0..patterns).map(newest).collect();
    let is_own =
        (0..patterns).any(|place| last.patterns >> place & 1 != 0 && times[place] == Some(last.at));
    let times: Vec<Seconds> = times.into_iter().collect::<Option<_>>()?;
    is_own.then(|| (patterns, times.iter().max().unwrap() - times.iter().min().unwrap()))
}

/// The latest start of a sequence that the last post ends. The order is that of arrival; the start is
/// not after the posts that follow, and not longer before them than the timespan. Of a prefix the
/// latest start is remembered, and no other.
fn latest_start(posts: &[Counted], patterns: usize, timespan: Seconds) -> Option<Seconds> {
    let (last, before) = posts.split_last()?;
    reaches(before, last, patterns - 1, timespan)
}

/// The start of a sequence up to `place` that `post` ends, after `before`.
fn reaches(before: &[Counted], post: &Counted, place: usize, timespan: Seconds) -> Option<Seconds> {
    if post.patterns >> place & 1 == 0 {
        return None;
    }
    if place == 0 {
        return Some(post.at);
    }
    let starts =
        (0..before.len()).filter_map(|at| reaches(&before[..at], &before[at], place - 1, timespan));
    starts.max().filter(|start| *start <= post.at && post.at - start <= timespan)
}

pub fn drop_over(groups: &mut Vec<History>, bound: usize) {
    while groups.len() > bound {
        let quiet = groups.iter().map(|group| (group.last(), group.id())).min();
        groups.retain(|group| Some((group.last(), group.id())) != quiet);
    }
}

/// Whether any sequence of posts in order fires the last place: every choice is tried.
pub fn any_sequence(posts: &[(Seconds, u64)], patterns: usize, timespan: Seconds) -> bool {
    fn goes(posts: &[(Seconds, u64)], place: usize, latest: Seconds, least: Seconds) -> bool {
        // The posts before the chosen one, which is at `latest`.
        let fits = |at: usize| {
            let (time, patterns) = posts[at];
            patterns >> place & 1 != 0 && time <= latest && time >= least
        };
        (0..posts.len())
            .any(|at| fits(at) && (place == 0 || goes(&posts[..at], place - 1, posts[at].0, least)))
    }
    let Some((&(at, last), before)) = posts.split_last() else { return false };
    let is_last = last >> (patterns - 1) & 1 != 0;
    is_last && (patterns == 1 || goes(before, patterns - 2, at, at - timespan))
}
