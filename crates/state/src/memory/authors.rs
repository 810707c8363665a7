//! The ladder of authors: points that decay, and steps.

use super::table::Table;
use crate::decision::Measure;
use crate::fixed::{LOG_BITS, decayed, log2_of};
use crate::measures::{AuthorLadder, Step};
use crate::model::{Author, Change, Micro, PointPost, PostRef, Raise, Seconds};
use std::collections::BTreeSet;

/// Points that are taken back may miss so much to those that were given, each by its own rounding.
const ROUNDED: Micro = 1_000;

/// Most posts that are kept of an author.
const RECENT: usize = 8;

/// The authors with points or reports.
#[derive(Clone, Debug, Default)]
pub struct Authors {
    table: Table<String, Author>,
    /// Rank by points, first post, id: the first is dropped first.
    order: BTreeSet<(i64, Seconds, String)>,
}

/// Orders authors by points as of one time, whenever they are compared: points halve in the
/// half-life, so their logarithm falls by one in it.
fn rank(author: &Author, half_life: i64) -> i64 {
    if author.points <= 0 {
        return i64::MIN;
    }
    let log = log2_of(author.points as u64) as i64;
    let elapsed = (i128::from(author.points_at) << LOG_BITS) / i128::from(half_life);
    log + elapsed as i64
}

impl Authors {
    /// From the rows of a state file.
    pub fn of(rows: Vec<Author>, ladder: &AuthorLadder) -> Authors {
        let place =
            |author: &Author| (rank(author, ladder.half_life), author.first, author.id.clone());
        let order = rows.iter().map(place).collect();
        let table = Table::of(rows.into_iter().map(|author| (author.id.clone(), author)));
        Authors { table, order }
    }

    /// Ranks all authors anew: the half-life has changed.
    pub fn reorder(&mut self, ladder: &AuthorLadder) {
        let place =
            |author: &Author| (rank(author, ladder.half_life), author.first, author.id.clone());
        self.order = self.table.iter().map(|(_, author)| place(author)).collect();
    }

    /// An author.
    pub fn get(&self, id: &str) -> Option<&Author> {
        self.table.get(id)
    }

    /// Number of authors.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Changes an author; a new one if it is not kept yet. `at` is the time of its first post.
    pub fn change<T>(
        &mut self,
        id: &str,
        at: Seconds,
        ladder: &AuthorLadder,
        change: impl FnOnce(&mut Author) -> T,
    ) -> T {
        let id = id.to_owned();
        if let Some(author) = self.table.get(&id) {
            self.order.remove(&(rank(author, ladder.half_life), author.first, id.clone()));
        }
        let new = || Author {
            id: id.clone(),
            points_at: at,
            last_points: at,
            first: at,
            last: at,
            ..Author::default()
        };
        let author = self.table.get_or_insert(&id, new);
        let result = change(author);
        self.order.insert((rank(author, ladder.half_life), author.first, id));
        result
    }

    /// Drops authors over the bound: the least points first, none with a step in force. Returns how
    /// many.
    pub fn evict(&mut self, bound: usize, clock: Seconds) -> u64 {
        let mut dropped = 0;
        while self.table.len() > bound {
            let is_free = |author: &Author| !is_in_force(author, clock);
            let mut order = self.order.iter();
            let found = order.find(|place| self.table.get(&place.2).is_none_or(is_free));
            let Some(place) = found.cloned() else { break };
            self.order.remove(&place);
            self.table.remove(&place.2);
            dropped += 1;
        }
        dropped
    }

    /// Removes an author.
    pub fn remove(&mut self, id: &str, ladder: &AuthorLadder) {
        let id = id.to_owned();
        if let Some(author) = self.table.remove(&id) {
            self.order.remove(&(rank(&author, ladder.half_life), author.first, id));
        }
    }

    /// Removes authors whose newest post is older than `before`.
    pub fn expire(&mut self, before: Seconds, clock: Seconds) {
        let old = self.table.iter().map(|(_, author)| author);
        let old = old.filter(|author| author.last < before && !is_in_force(author, clock));
        let ids: BTreeSet<String> = old.map(|author| author.id.clone()).collect();
        self.order.retain(|(.., id)| !ids.contains(id));
        ids.iter().for_each(|id| drop(self.table.remove(id)));
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change<String, Author>> {
        self.table.take_changes()
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.table.forget_changes();
    }
}

/// Is a step in force at `clock`?
pub fn is_in_force(author: &Author, clock: Seconds) -> bool {
    author.step > 0 && author.until.is_none_or(|until| until > clock)
}

/// The name of the step in force at `clock`.
pub fn step_in_force<'l>(
    author: &Author,
    ladder: &'l AuthorLadder,
    clock: Seconds,
) -> Option<&'l str> {
    if !is_in_force(author, clock) {
        return None;
    }
    ladder.steps.get(usize::from(author.step) - 1).map(|step| step.name.as_str())
}

/// Brings an author to the time `now`: points decay; after each calm period a step down.
pub fn settle(author: &mut Author, ladder: &AuthorLadder, now: Seconds) {
    if now > author.points_at {
        author.points = decayed(author.points, author.points_at, now, ladder.half_life);
        author.points_at = now;
    }
    while author.step > 0 && now.saturating_sub(author.last_points) >= ladder.calm {
        author.last_points += ladder.calm;
        author.raises.pop();
        author.step -= 1;
        author.until = None;
    }
}

/// Gives points of the time `now` to a settled author, whose points may be those of a later time.
pub fn give(
    author: &mut Author,
    post: Option<&str>,
    points: Micro,
    now: Seconds,
    ladder: &AuthorLadder,
) {
    let left = decayed(points, now, author.points_at, ladder.half_life);
    author.points = author.points.saturating_add(left);
    author.last_points = author.last_points.max(now);
    if let Some(id) = post {
        author.recent.push(PointPost { id: id.to_owned(), at: now, points });
        if author.recent.len() > RECENT {
            author.recent.remove(0);
        }
    }
}

/// Raises a settled author by one step, if the points reach it; or starts the step again that has
/// ended. Not within the notice after the last one. `posts`: those with smaller numbers are counted.
pub fn raise(author: &mut Author, ladder: &AuthorLadder, posts: u64) -> Option<Measure> {
    let now = author.points_at;
    let is_noticed = |raise: &Raise| now.saturating_sub(raise.at) < ladder.notice;
    if author.raises.last().is_some_and(is_noticed) {
        return None;
    }
    let step_of = |number: u8| ladder.steps.get(usize::from(number).checked_sub(1)?);
    let reached = |number: u8| step_of(number).filter(|step| author.points >= step.at);
    let next = author.step.saturating_add(1);
    if let Some(step) = reached(next) {
        if !step.confirm {
            return Some(enter(author, step, next, posts, false));
        }
        if author.proposed != Some(next) {
            author.proposed = Some(next);
            return Some(measure(author, step, true));
        }
    }
    let has_ended = author.until.is_some_and(|until| until <= now);
    let step = reached(author.step).filter(|_| has_ended)?;
    author.raises.pop();
    Some(enter(author, step, author.step, posts, false))
}

/// What a decision that upholds would do for an author at `now`: the author after it, settled, and
/// the step that it makes or proposes.
pub fn if_upheld(
    author: &Author,
    ladder: &AuthorLadder,
    now: Seconds,
) -> (Author, Option<Measure>) {
    let mut after = author.clone();
    settle(&mut after, ladder, now);
    give(&mut after, None, ladder.points.upheld, now, ladder);
    let raised = raise(&mut after, ladder, u64::MAX);
    let confirmed = confirm(&mut after, ladder, u64::MAX);
    (after, confirmed.or(raised))
}

/// The number of an author's step at `now`, after steps down, and whether it is in force.
pub fn settled_step(author: &Author, ladder: &AuthorLadder, now: Seconds) -> (u8, bool) {
    let mut author = author.clone();
    settle(&mut author, ladder, now);
    (author.step, is_in_force(&author, now))
}

/// Makes a step that needs a decision; the author is settled.
pub fn confirm(author: &mut Author, ladder: &AuthorLadder, posts: u64) -> Option<Measure> {
    let number = author.proposed.take()?;
    let step = ladder.steps.get(usize::from(number).checked_sub(1)?)?;
    let skipped = Raise { at: author.points_at, points: author.points, decided: true, posts };
    author.raises.resize(usize::from(number) - 1, skipped);
    Some(enter(author, step, number, posts, true))
}

fn enter(author: &mut Author, step: &Step, number: u8, posts: u64, decided: bool) -> Measure {
    let at = author.points_at;
    author.step = number;
    author.until = step.lasts.map(|lasts| at.saturating_add(lasts));
    author.raises.push(Raise { at, points: author.points, decided, posts });
    measure(author, step, false)
}

fn measure(author: &Author, step: &Step, proposed: bool) -> Measure {
    Measure {
        who: "author",
        step: step.name.clone(),
        until: if proposed { None } else { author.until },
        proposed,
        points: Some(author.points),
        rate: None,
        why: author.recent.iter().map(|post| post.id.clone()).collect(),
    }
}

/// Takes back what a post gave, and what a decision on it gave, decayed; and each step that would not
/// have been reached without them. The author must be settled.
pub fn take_back(author: &mut Author, post: &PostRef, ladder: &AuthorLadder) {
    let given = |at: Seconds| decayed(post.points, post.at, at, ladder.half_life);
    let upheld = |at: Seconds| decayed(post.upheld, post.upheld_at, at, ladder.half_life);
    let left = given(author.points_at).saturating_add(upheld(author.points_at));
    author.points = author.points.saturating_sub(left).max(0);
    author.recent.retain(|recent| recent.id != post.id);
    // The steps that it made itself, and that a decision on it made, though others would do.
    author.raises.retain(|raise| {
        let by_post = raise.posts == post.number + 1 && post.points > 0;
        let by_decision = raise.at == post.upheld_at && post.upheld > 0;
        raise.decided || !(by_post || by_decision)
    });
    for raise in &mut author.raises {
        let counted = if post.number < raise.posts { given(raise.at) } else { 0 };
        let decided = if post.upheld_at <= raise.at { upheld(raise.at) } else { 0 };
        raise.points = raise.points.saturating_sub(counted).saturating_sub(decided);
    }
    keep_reached(author, ladder);
    let proposed = author.proposed.and_then(|number| ladder.steps.get(usize::from(number) - 1));
    if proposed.is_some_and(|step| author.points + ROUNDED < step.at) {
        author.proposed = None;
    }
}

/// Takes back that steps were made by decisions: those remain that the points reached.
pub fn take_back_decisions(author: &mut Author, ladder: &AuthorLadder) {
    author.raises.iter_mut().for_each(|raise| raise.decided = false);
    keep_reached(author, ladder);
}

/// Drops raises whose points do not reach their step any more: a later one takes the place of an
/// earlier one. Steps up to one that a decision made remain.
fn keep_reached(author: &mut Author, ladder: &AuthorLadder) {
    let firm = author.raises.iter().rposition(|raise| raise.decided).map_or(0, |last| last + 1);
    let mut kept: Vec<Raise> = Vec::new();
    for (place, raise) in author.raises.drain(..).enumerate() {
        let is_reached =
            ladder.steps.get(kept.len()).is_some_and(|step| raise.points + ROUNDED >= step.at);
        if place < firm || is_reached {
            kept.push(raise);
        }
    }
    author.raises = kept;
    if author.raises.len() < usize::from(author.step) {
        author.step = author.raises.len() as u8;
        let last = author.raises.last().zip(ladder.steps.get(author.raises.len().wrapping_sub(1)));
        author.until =
            last.and_then(|(raise, step)| step.lasts.map(|lasts| raise.at.saturating_add(lasts)));
    }
}
