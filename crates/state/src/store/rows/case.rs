//! Cases.

use super::{Binder, Cells, Row};
use crate::model::{Case, CaseKind, CaseState, Outcome, Verdict};
use crate::store::error::StoreError;

/// The name of a kind in the table.
pub(in crate::store) fn kind_name(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Campaign => "campaign",
        CaseKind::Author => "author",
        CaseKind::Channel => "channel",
        CaseKind::Post => "post",
        CaseKind::Care => "care",
    }
}

/// The name of a state in the table.
pub(in crate::store) fn state_name(state: CaseState) -> &'static str {
    match state {
        CaseState::Open => "open",
        CaseState::Decided => "decided",
        CaseState::Overflow => "overflow",
    }
}

/// The name of an outcome in the table.
pub(in crate::store) fn outcome_name(outcome: Outcome) -> &'static str {
    outcome.name()
}

fn read_kind(from: &mut Cells<'_, '_>) -> Result<CaseKind, StoreError> {
    let kinds =
        [CaseKind::Campaign, CaseKind::Author, CaseKind::Channel, CaseKind::Post, CaseKind::Care];
    let name = from.text()?;
    kinds.into_iter().find(|kind| kind_name(*kind) == name).ok_or_else(|| from.damaged())
}

fn read_state(from: &mut Cells<'_, '_>) -> Result<CaseState, StoreError> {
    let states = [CaseState::Open, CaseState::Decided, CaseState::Overflow];
    let name = from.text()?;
    states.into_iter().find(|state| state_name(*state) == name).ok_or_else(|| from.damaged())
}

/// An outcome, or none.
pub(super) fn read_outcome(from: &mut Cells<'_, '_>) -> Result<Option<Outcome>, StoreError> {
    let outcomes = [Outcome::Upheld, Outcome::Overturned, Outcome::Closed];
    let Some(name) = from.maybe_text()? else { return Ok(None) };
    let found = outcomes.into_iter().find(|outcome| outcome_name(*outcome) == name);
    found.map(Some).ok_or_else(|| from.damaged())
}

impl Row for Case {
    const TABLE: &'static str = "cases";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "subject",
        "state",
        "opened",
        "updated",
        "posts",
        "authors",
        "channels",
        "reach",
        "category",
        "harm",
        "reports",
        "operation",
        "priority",
        "newest",
        "proposed",
        "outcome",
        "decided_by",
        "note",
        "decided_at",
    ];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.id)?;
        to.put(kind_name(self.kind))?;
        to.put(&self.subject)?;
        to.put(state_name(self.state))?;
        to.put(self.opened)?;
        to.put(self.updated)?;
        for count in [self.posts, self.authors, self.channels, self.reach] {
            to.number(count)?;
        }
        to.put(self.category.as_deref())?;
        to.number(self.harm)?;
        to.put(self.reports)?;
        to.put(self.operation)?;
        to.number(self.priority)?;
        to.json(&self.newest)?;
        to.put(self.proposed.as_deref())?;
        let verdict = self.verdict.as_ref();
        to.put(verdict.map(|verdict| outcome_name(verdict.outcome)))?;
        to.put(verdict.and_then(|verdict| verdict.by.as_deref()))?;
        to.put(verdict.and_then(|verdict| verdict.note.as_deref()))?;
        to.put(verdict.map(|verdict| verdict.at))
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Case, StoreError> {
        Ok(Case {
            id: from.string()?,
            kind: read_kind(from)?,
            subject: from.string()?,
            state: read_state(from)?,
            opened: from.int()?,
            updated: from.int()?,
            posts: from.number()?,
            authors: from.number()?,
            channels: from.number()?,
            reach: from.number()?,
            category: from.maybe_string()?,
            harm: from.number()?,
            reports: from.int()?,
            operation: from.int()?,
            priority: from.number()?,
            newest: from.json()?,
            proposed: from.maybe_string()?,
            verdict: read_verdict(from)?,
        })
    }
}

fn read_verdict(from: &mut Cells<'_, '_>) -> Result<Option<Verdict>, StoreError> {
    let outcome = read_outcome(from)?;
    let (by, note, at) = (from.maybe_string()?, from.maybe_string()?, from.maybe_int()?);
    match (outcome, at) {
        (Some(outcome), Some(at)) => Ok(Some(Verdict { outcome, by, note, at })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(from.damaged()),
    }
}
