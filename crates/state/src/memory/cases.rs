//! Cases, and their order in the queue.

use super::table::Table;
use crate::fixed::{LOG_BITS, weight_of, weight_of_count};
use crate::measures::Queue;
use crate::model::{Case, CaseKind, CaseState, Change, Micro, POINT, Seconds, hash_of};
use std::collections::BTreeSet;

/// Most posts that a case names.
const NEWEST: usize = 24;

/// The cases.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    table: Table<String, Case>,
    /// Open ones by priority and id: the first is dropped first.
    open: BTreeSet<(u64, String)>,
    /// Campaigns whose case may have opened or closed since the last call of
    /// [`Cases::take_moved`].
    moved: Vec<String>,
}

impl Cases {
    /// From the rows of a state file.
    pub fn of(rows: Vec<Case>) -> Cases {
        let open = rows.iter().filter(|case| case.state == CaseState::Open);
        let open = open.map(|case| (case.priority, case.id.clone())).collect();
        let campaigns = rows.iter().filter(|case| case.kind == CaseKind::Campaign);
        let moved = campaigns.map(|case| case.subject.clone()).collect();
        let table = Table::of(rows.into_iter().map(|case| (case.id.clone(), case)));
        Cases { table, open, moved }
    }

    /// A case.
    pub fn get(&self, id: &str) -> Option<&Case> {
        self.table.get(id)
    }

    /// The open cases, the highest priority first.
    pub fn open(&self) -> impl Iterator<Item = &Case> {
        self.open.iter().rev().filter_map(|(_, id)| self.table.get(id))
    }

    /// Number of open cases.
    pub fn open_len(&self) -> usize {
        self.open.len()
    }

    /// The id of the case of `subject`: the one that exists, or a free one.
    pub fn id_of(&self, kind: CaseKind, subject: &str) -> String {
        let hash = || format!("{:012x}", hash_of(subject) & 0xffff_ffff_ffff);
        let id = match kind {
            CaseKind::Campaign => format!("c-{subject}"),
            CaseKind::Author => format!("c-a{}", hash()),
            CaseKind::Channel => format!("c-n{}", hash()),
            CaseKind::Post => format!("c-p{}", hash()),
            CaseKind::Care => format!("c-h{}", hash()),
        };
        let others = (2..).map(|number| format!("{id}-{number}"));
        let mut ids = std::iter::once(id.clone()).chain(others);
        let fits = |id: &String| self.table.get(id).is_none_or(|case| case.subject == subject);
        ids.find(fits).unwrap_or(id)
    }

    /// Changes the case of `subject`, or opens it, and takes its priority anew.
    pub fn change(
        &mut self,
        kind: CaseKind,
        subject: &str,
        at: Seconds,
        queue: &Queue,
        change: impl FnOnce(&mut Case),
    ) -> (String, u64) {
        let id = self.id_of(kind, subject);
        let new = || Case {
            id: id.clone(),
            kind,
            subject: subject.to_owned(),
            state: CaseState::Open,
            opened: at,
            updated: at,
            posts: 0,
            authors: 0,
            channels: 0,
            reach: 0,
            category: None,
            harm: 0,
            reports: 0,
            operation: POINT,
            priority: 0,
            newest: Vec::new(),
            proposed: None,
            verdict: None,
        };
        let is_new = self.table.get(&id).is_none();
        let case = self.table.get_or_insert(&id, new);
        let was_open = case.state == CaseState::Open && !is_new;
        self.open.remove(&(case.priority, id.clone()));
        change(case);
        case.updated = case.updated.max(at);
        case.priority = Priority::of(case, queue).value();
        let priority = case.priority;
        let is_open = case.state == CaseState::Open;
        if kind == CaseKind::Campaign && is_open != was_open {
            self.moved.push(subject.to_owned());
        }
        if is_open {
            self.open.insert((priority, id.clone()));
        }
        (id, priority)
    }

    /// Changes an existing case.
    pub fn update(
        &mut self,
        id: &str,
        queue: &Queue,
        change: impl FnOnce(&mut Case),
    ) -> Option<u64> {
        let (kind, subject, at) = {
            let case = self.get(id)?;
            (case.kind, case.subject.clone(), case.updated)
        };
        Some(self.change(kind, &subject, at, queue, change).1)
    }

    /// Closes open cases over the bound: the lowest priority first. Returns them.
    pub fn evict(&mut self, bound: usize) -> Vec<String> {
        let mut closed = Vec::new();
        while self.open.len() > bound {
            let Some((_, id)) = self.open.pop_first() else { break };
            if let Some(case) = self.table.get_mut(&id) {
                case.state = CaseState::Overflow;
                if case.kind == CaseKind::Campaign {
                    self.moved.push(case.subject.clone());
                }
            }
            closed.push(id);
        }
        closed
    }

    /// Ids of campaigns whose case may have opened or closed since the last call.
    pub fn take_moved(&mut self) -> Vec<String> {
        std::mem::take(&mut self.moved)
    }

    /// Removes cases that are not open and were updated before `before`. Returns them.
    pub fn expire(&mut self, before: Seconds) -> Vec<String> {
        let old = self.table.iter().map(|(_, case)| case);
        let old = old.filter(|case| case.state != CaseState::Open && case.updated < before);
        let mut ids: Vec<String> = old.map(|case| case.id.clone()).collect();
        ids.sort_unstable();
        ids.iter().for_each(|id| drop(self.table.remove(id)));
        ids
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change<String, Case>> {
        self.table.take_changes()
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.table.forget_changes();
    }
}

impl Case {
    /// Something new belongs to the case: one that was closed is opened again, but for a campaign on
    /// which there is a decision.
    pub fn open_again(&mut self, at: Seconds) {
        let is_closed = match self.state {
            CaseState::Open => false,
            CaseState::Decided => self.kind != CaseKind::Campaign,
            CaseState::Overflow => true,
        };
        if is_closed {
            (self.state, self.opened) = (CaseState::Open, at);
        }
    }

    /// Adds a post to the newest.
    pub fn note_post(&mut self, id: &str) {
        self.newest.push(id.to_owned());
        if self.newest.len() > NEWEST {
            self.newest.remove(0);
        }
    }

    /// The category with the most harm decides; of equal ones the first in the alphabet.
    pub fn note_category(&mut self, category: &str, queue: &Queue) {
        let harm = harm_of(category, queue);
        let is_more = match &self.category {
            None => true,
            Some(known) => harm > self.harm || harm == self.harm && category < known.as_str(),
        };
        if is_more {
            (self.category, self.harm) = (Some(category.to_owned()), harm);
        }
    }
}

/// Harm of a category.
pub fn harm_of(category: &str, queue: &Queue) -> u64 {
    queue.harm.get(category).copied().unwrap_or(queue.harm_default)
}

/// What the priority of a case is made of: harm × L(authors) × L(max(channels, reach/1000)) ×
/// L(reports) × operation, with L(x) = 1 + log2(1 + x).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Harm of the category.
    pub harm: u64,
    /// L(authors), with [`LOG_BITS`] fraction bits.
    pub authors: u64,
    /// L(max(channels, reach/1000)), with [`LOG_BITS`] fraction bits.
    pub spread: u64,
    /// L(reports), with [`LOG_BITS`] fraction bits.
    pub reports: u64,
    /// Factor of operations, in millionths.
    pub operation: Micro,
}

impl Priority {
    /// The parts for a case. `queue` has the harm of a case without category.
    pub fn of(case: &Case, queue: &Queue) -> Priority {
        Priority {
            harm: if case.category.is_some() { case.harm } else { queue.harm_default },
            authors: weight_of_count(case.authors),
            spread: weight_of_count(case.channels.max(case.reach / 1000)),
            reports: weight_of(u64::try_from(case.reports).unwrap_or(0)),
            operation: case.operation,
        }
    }

    /// The product, rounded down.
    pub fn value(&self) -> u64 {
        let times = |product: u128, factor: u64| (product * u128::from(factor)) >> LOG_BITS;
        let scaled = u128::from(self.harm) << LOG_BITS;
        let product = [self.authors, self.spread, self.reports].into_iter().fold(scaled, times);
        let operation = u128::try_from(self.operation).unwrap_or(0);
        ((product * operation / POINT as u128) >> LOG_BITS) as u64
    }
}
