//! The ladder of authors: points that decay, and steps.

use super::table::Table;
use crate::decision::Measure;
use crate::fixed::{LOG_BITS, decayed, log2_of};
use crate::measures::{AuthorLadder, Step};
use crate::model::{Author, Change, Micro, PointPost, Raise, Seconds};
use std::collections::BTreeSet;

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
        self.table.get(&id.to_owned())
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
        let new = || Author { id: id.clone(), points_at: at, first: at, ..Author::default() };
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
        author.points = decayed(author.points, now - author.points_at, ladder.half_life);
        author.points_at = now;
    }
    while author.step > 0 && now.saturating_sub(author.last_points) >= ladder.calm {
        author.last_points += ladder.calm;
        author.raises.pop();
        author.step -= 1;
        author.until = None;
    }
}

/// Gives points; the author must be settled at `now`.
pub fn give(author: &mut Author, post: Option<&str>, points: Micro, now: Seconds) {
    author.points = author.points.saturating_add(points);
    author.last_points = author.last_points.max(now);
    if let Some(id) = post {
        author.recent.push(PointPost { id: id.to_owned(), at: now, points });
        if author.recent.len() > RECENT {
            author.recent.remove(0);
        }
    }
}

/// Raises a settled author by one step, if the points reach it; or starts the step again that has
/// ended. Not within the notice after the last one.
pub fn raise(author: &mut Author, ladder: &AuthorLadder, now: Seconds) -> Option<Measure> {
    let is_noticed = |raise: &Raise| now.saturating_sub(raise.at) < ladder.notice;
    if author.raises.last().is_some_and(is_noticed) {
        return None;
    }
    let step_of = |number: u8| ladder.steps.get(usize::from(number).checked_sub(1)?);
    let reached = |number: u8| step_of(number).filter(|step| author.points >= step.at);
    let next = author.step.saturating_add(1);
    if let Some(step) = reached(next) {
        if !step.confirm {
            return Some(enter(author, step, next, now, false));
        }
        if author.proposed != Some(next) {
            author.proposed = Some(next);
            return Some(measure(author, step, true));
        }
    }
    let has_ended = author.until.is_some_and(|until| until <= now);
    let step = reached(author.step).filter(|_| has_ended)?;
    author.raises.pop();
    Some(enter(author, step, author.step, now, false))
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
    give(&mut after, None, ladder.points.upheld, now);
    let raised = raise(&mut after, ladder, now);
    let confirmed = confirm(&mut after, ladder, now);
    (after, confirmed.or(raised))
}

/// The number of an author's step at `now`, after steps down, and whether it is in force.
pub fn settled_step(author: &Author, ladder: &AuthorLadder, now: Seconds) -> (u8, bool) {
    let mut author = author.clone();
    settle(&mut author, ladder, now);
    (author.step, is_in_force(&author, now))
}

/// Makes a step that needs a decision.
pub fn confirm(author: &mut Author, ladder: &AuthorLadder, now: Seconds) -> Option<Measure> {
    let number = author.proposed.take()?;
    let step = ladder.steps.get(usize::from(number).checked_sub(1)?)?;
    author
        .raises
        .resize(usize::from(number) - 1, Raise { at: now, points: author.points, decided: true });
    Some(enter(author, step, number, now, true))
}

fn enter(author: &mut Author, step: &Step, number: u8, now: Seconds, decided: bool) -> Measure {
    author.step = number;
    author.until = step.lasts.map(|lasts| now.saturating_add(lasts));
    author.raises.push(Raise { at: now, points: author.points, decided });
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

/// Takes back what a post gave, decayed; and each step that would not have been reached without it.
/// The author must be settled.
pub fn take_back(author: &mut Author, post: &PointPost, ladder: &AuthorLadder) {
    let left = |at: Seconds| decayed(post.points, at.saturating_sub(post.at), ladder.half_life);
    author.points = author.points.saturating_sub(left(author.points_at)).max(0);
    author.recent.retain(|recent| recent.id != post.id);
    for raise in author.raises.iter_mut().filter(|raise| raise.at >= post.at) {
        raise.points = raise.points.saturating_sub(left(raise.at));
    }
    let keeps = |(raise, step): &(&Raise, &Step)| raise.decided || raise.points >= step.at;
    let kept = author.raises.iter().zip(&ladder.steps).take_while(keeps).count();
    if kept < author.raises.len() {
        author.raises.truncate(kept);
        author.step = kept as u8;
        author.until = author
            .raises
            .last()
            .zip(ladder.steps.get(kept.wrapping_sub(1)))
            .and_then(|(raise, step)| step.lasts.map(|lasts| raise.at.saturating_add(lasts)));
    }
    let proposed = author.proposed.and_then(|number| ladder.steps.get(usize::from(number) - 1));
    if proposed.is_some_and(|step| author.points < step.at) {
        author.proposed = None;
    }
}
