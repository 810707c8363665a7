//! The slow twin of a state file: maps in memory, to which changes are applied one by one.

use super::maker::Maker;
use crate::model::*;
use std::collections::BTreeMap;

/// What a state file has to hold.
#[derive(Clone, Default)]
pub struct Twin {
    pub totals: Totals,
    pub authors: BTreeMap<String, Author>,
    pub channels: BTreeMap<String, Channel>,
    pub campaigns: BTreeMap<String, Campaign>,
    pub singles: BTreeMap<u64, Entry>,
    pub groups: BTreeMap<String, Group>,
    pub breakers: BTreeMap<String, Breaker>,
    pub posts: BTreeMap<u64, PostRef>,
    pub cases: BTreeMap<String, Case>,
    pub reports: BTreeMap<String, Report>,
    pub reporters: BTreeMap<String, Reporter>,
    pub operations: BTreeMap<String, OperationDays>,
    pub log: Vec<LogEntry>,
    pub run: Option<Run>,
    next: u64,
}

fn apply<V: Clone>(
    map: &mut BTreeMap<String, V>,
    changes: &[Change<String, V>],
    key: impl Fn(&V) -> String,
) {
    for change in changes {
        match change {
            Change::Put(value) => drop(map.insert(key(value), value.clone())),
            Change::Gone(key) => drop(map.remove(key)),
        }
    }
}

/// Up to `bound` changes: new rows, and rows of the map that go.
fn some<V>(
    maker: &mut Maker,
    bound: u64,
    map: &BTreeMap<String, V>,
    mut make: impl FnMut(&mut Maker) -> V,
) -> Vec<Change<String, V>> {
    let keys: Vec<&String> = map.keys().collect();
    maker.some(bound, |maker| match (maker.below(3), keys.len() as u64) {
        (0, 1..) => Change::Gone(keys[maker.below(keys.len() as u64) as usize].clone()),
        _ => Change::Put(make(maker)),
    })
}

impl Twin {
    /// Changes that may follow this state.
    pub fn changes(&mut self, maker: &mut Maker, bound: u64) -> Changes {
        let mut next = self.next;
        let mut number = move || {
            next += 1;
            next
        };
        let singles: Vec<Entry> = maker.some(bound, |it| it.entry(number()));
        let candidates: Vec<u64> =
            self.singles.keys().copied().chain(singles.iter().map(|it| it.number)).collect();
        let mut listed = Vec::new();
        if !candidates.is_empty() {
            listed = maker.some(bound, |it| {
                let number = candidates[it.below(candidates.len() as u64) as usize];
                (number, it.maybe(Maker::byte))
            });
        }
        // A single that is gone does not come back.
        listed.sort_by_key(|(number, _)| *number);
        listed.dedup_by_key(|(number, _)| *number);
        let mut log = Vec::new();
        for _ in 0..maker.below(3) {
            let last = log.last().or(self.log.last());
            log.push(LogEntry::after(last, maker.int(), format!("{{\"n\":{}}}", maker.number())));
        }
        let posts: Vec<PostRef> = maker.some(bound, |it| it.post(number()));
        let first_post = self.totals.first_post.max(maker.below(self.next + 1));
        let changed_posts = self.posts.range(first_post..).map(|(number, _)| *number);
        let changed_posts: Vec<u64> = changed_posts.filter(|_| maker.flag()).collect();
        let changed_posts = changed_posts.into_iter().map(|number| maker.post(number)).collect();
        let changes = Changes {
            totals: Totals { first_post, ..maker.totals() },
            meta: maker.some(1, |it| ("ruleset".to_owned(), it.text())),
            authors: some(maker, bound, &self.authors, Maker::author),
            channels: some(maker, bound, &self.channels, Maker::channel),
            campaigns: some(maker, bound, &self.campaigns, Maker::campaign),
            singles,
            listed,
            groups: some(maker, bound, &self.groups, Maker::group),
            breakers: some(maker, bound, &self.breakers, Maker::breaker),
            posts,
            changed_posts,
            cases: some(maker, bound, &self.cases, Maker::case),
            reports: some(maker, bound, &self.reports, Maker::report),
            reporters: some(maker, bound, &self.reporters, Maker::reporter),
            operations: some(maker, bound, &self.operations, Maker::operation),
            log,
        };
        self.next += 2 * bound;
        changes
    }

    /// Applies changes.
    pub fn apply(&mut self, changes: &Changes, run: &Run) {
        self.totals = changes.totals.clone();
        apply(&mut self.authors, &changes.authors, |it| it.id.clone());
        apply(&mut self.channels, &changes.channels, |it| it.id.clone());
        apply(&mut self.campaigns, &changes.campaigns, |it| it.id.clone());
        for entry in &changes.singles {
            self.singles.insert(entry.number, entry.clone());
        }
        for (number, listed) in &changes.listed {
            match listed {
                Some(listed) => self.singles.get_mut(number).unwrap().listed = *listed,
                None => drop(self.singles.remove(number)),
            }
        }
        apply(&mut self.groups, &changes.groups, Group::id);
        apply(&mut self.breakers, &changes.breakers, |it| it.key.clone());
        for post in changes.posts.iter().chain(&changes.changed_posts) {
            self.posts.insert(post.number, post.clone());
        }
        self.posts = self.posts.split_off(&changes.totals.first_post);
        apply(&mut self.cases, &changes.cases, |it| it.id.clone());
        apply(&mut self.reports, &changes.reports, Report::id);
        apply(&mut self.reporters, &changes.reporters, |it| it.id.clone());
        apply(&mut self.operations, &changes.operations, |it| it.id.clone());
        self.log.extend(changes.log.iter().cloned());
        self.run = Some(run.clone());
    }

    /// Everything, sorted as [`sorted`] sorts.
    pub fn snapshot(&self) -> Snapshot {
        fn values<K, V: Clone>(map: &BTreeMap<K, V>) -> Vec<V> {
            map.values().cloned().collect()
        }
        sorted(Snapshot {
            totals: self.totals.clone(),
            authors: values(&self.authors),
            channels: values(&self.channels),
            campaigns: values(&self.campaigns),
            singles: values(&self.singles),
            groups: values(&self.groups),
            breakers: values(&self.breakers),
            posts: values(&self.posts),
            cases: values(&self.cases),
            reports: values(&self.reports),
            reporters: values(&self.reporters),
            operations: values(&self.operations),
            log: self.log.last().cloned(),
        })
    }
}

/// The snapshot with its rows by key. Singles are in order already.
pub fn sorted(mut snapshot: Snapshot) -> Snapshot {
    snapshot.authors.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.channels.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.campaigns.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.groups.sort_by_key(Group::id);
    snapshot.breakers.sort_by(|a, b| a.key.cmp(&b.key));
    snapshot.cases.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.reports.sort_by_key(Report::id);
    snapshot.reporters.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.operations.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot
}
