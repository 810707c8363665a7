//! Reports of readers, weighted by how often they were right.

use super::table::Table;
use crate::model::{Change, Micro, POINT, Report, Reporter, Seconds};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Reports on posts that are kept, and their readers.
#[derive(Clone, Debug, Default)]
pub struct Reports {
    reports: Table<String, Report>,
    reporters: Table<String, Reporter>,
    /// Keys of the reports on a post.
    by_post: FxHashMap<String, BTreeSet<String>>,
}

impl Reports {
    /// From the rows of a state file.
    pub fn of(reports: Vec<Report>, reporters: Vec<Reporter>) -> Reports {
        let mut by_post: FxHashMap<String, BTreeSet<String>> = FxHashMap::default();
        for report in &reports {
            by_post.entry(report.post.clone()).or_default().insert(report.id());
        }
        let reports = Table::of(reports.into_iter().map(|row| (row.id(), row)));
        let reporters = Table::of(reporters.into_iter().map(|row| (row.id.clone(), row)));
        Reports { reports, reporters, by_post }
    }

    /// Counts a report; its weight, or `None` if the reader reported the post before.
    pub fn add(
        &mut self,
        post: &str,
        by: &str,
        reason: Option<&str>,
        at: Seconds,
    ) -> Option<Micro> {
        let by = by.to_owned();
        let new = || Reporter { id: by.clone(), ..Reporter::default() };
        let mut report = Report {
            post: post.to_owned(),
            by: by.clone(),
            reason: reason.map(str::to_owned),
            at,
            weight: 0,
            judged: false,
        };
        let key = report.id();
        if self.reports.get(&key).is_some() {
            return None;
        }
        let reporter = self.reporters.get_or_insert(&by, new);
        reporter.reports += 1;
        let right = i128::from(reporter.upheld) + 1;
        let judged = i128::from(reporter.judged) + 2;
        report.weight = (i128::from(POINT) * right / judged) as Micro;
        let weight = report.weight;
        self.by_post.entry(report.post.clone()).or_default().insert(key.clone());
        self.reports.insert(key, report);
        Some(weight)
    }

    /// The reports on a post, by reader.
    pub fn of_post(&self, post: &str) -> impl Iterator<Item = &Report> {
        let keys = self.by_post.get(post).into_iter().flatten();
        keys.filter_map(|key| self.reports.get(key))
    }

    /// A decision on a post counts once for each of its reporters.
    pub fn judge(&mut self, post: &str, upheld: bool) {
        for key in self.by_post.get(post).into_iter().flatten() {
            let Some(report) = self.reports.get_mut(key).filter(|report| !report.judged) else {
                continue;
            };
            report.judged = true;
            if let Some(reporter) = self.reporters.get_mut(&report.by) {
                reporter.judged += 1;
                reporter.upheld += u64::from(upheld);
            }
        }
    }

    /// Removes the reports on a post that is gone.
    pub fn forget(&mut self, post: &str) {
        for key in self.by_post.remove(post).into_iter().flatten() {
            self.reports.remove(&key);
        }
    }

    /// What changed since the last call.
    #[allow(clippy::type_complexity)]
    pub fn take_changes(&mut self) -> (Vec<Change<String, Report>>, Vec<Change<String, Reporter>>) {
        (self.reports.take_changes(), self.reporters.take_changes())
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.reports.forget_changes();
        self.reporters.forget_changes();
    }
}
