//! Operations: themed campaigns of the platform, with a period.

use super::table::Table;
use crate::measures::{Clause, Operation, What};
use crate::model::{Change, Micro, OperationDays, POINT, Seconds};
use crate::record::PostRecord;
use tidegate_engine::rules::condition::glob_matches;

const DAY: i64 = 86_400;

/// Most days of an operation.
const DAYS: usize = 4000;

/// The counts of the operations.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    table: Table<String, OperationDays>,
}

/// Factors of the operations that are on, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factors {
    /// Of points.
    pub points: Micro,
    /// Of priorities.
    pub queue: Micro,
}

impl Operations {
    /// From the rows of a state file.
    pub fn of(rows: Vec<OperationDays>) -> Operations {
        Operations { table: Table::of(rows.into_iter().map(|row| (row.id.clone(), row))) }
    }

    /// Counts a post for its day, for each operation whose condition it meets, and for all posts.
    pub fn count(
        &mut self,
        operations: &[Operation],
        post: &PostRecord,
        at: Seconds,
        harmful: bool,
    ) {
        let matching = operations.iter().filter(|operation| meets(operation, post));
        for id in matching.map(|operation| operation.id.as_str()).chain([""]) {
            let new = || OperationDays { id: id.to_owned(), ..OperationDays::default() };
            let counts = self.table.get_or_insert(&id.to_owned(), new);
            let day = counts.days.entry(at.div_euclid(DAY)).or_default();
            day.posts += 1;
            day.harmful += u64::from(harmful);
            if counts.days.len() > DAYS {
                counts.days.pop_first();
            }
        }
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change<String, OperationDays>> {
        self.table.take_changes()
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.table.forget_changes();
    }
}

/// The factors for a post at `at`: the product of those of the operations that are on.
pub fn factors(operations: &[Operation], post: &PostRecord, at: Seconds) -> Factors {
    let is_on = |operation: &&Operation| {
        operation.from <= at && at <= operation.until && meets(operation, post)
    };
    let times = |left: Micro, right: Micro| {
        (i128::from(left) * i128::from(right) / i128::from(POINT)).min(i128::from(i64::MAX))
            as Micro
    };
    let none = Factors { points: POINT, queue: POINT };
    operations.iter().filter(is_on).fold(none, |factors, operation| Factors {
        points: times(factors.points, operation.points),
        queue: times(factors.queue, operation.queue),
    })
}

/// Does a post meet the condition of an operation? Scores of `self-harm` are not compared.
fn meets(operation: &Operation, post: &PostRecord) -> bool {
    operation.when.iter().all(|clause| holds(clause, post) != clause.negated)
}

fn holds(clause: &Clause, post: &PostRecord) -> bool {
    let has = |value: &str| clause.values.iter().any(|known| known == value);
    match clause.what {
        What::Category => post
            .scan
            .categories
            .iter()
            .any(|(category, _)| !category.is_self_harm() && has(category.name())),
        What::Rule => post.scan.rules.iter().any(|(rule, category)| {
            let fits = |pattern: &String| glob_matches(pattern, rule);
            !category.is_self_harm() && clause.values.iter().any(fits)
        }),
        What::Channel => post.channel.as_deref().is_some_and(has),
        What::Author => post.author.as_deref().is_some_and(has),
    }
}
