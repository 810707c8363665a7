//! Posts that reports and decisions can name: the newest, up to a bound.

use crate::model::{PostRef, Seconds};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The posts, in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Posts {
    rows: BTreeMap<u64, PostRef>,
    /// Number of the next post.
    next: u64,
    /// By id.
    by_id: FxHashMap<Box<str>, u64>,
    /// Numbers of the posts of a case.
    by_case: FxHashMap<String, BTreeSet<u64>>,
    /// Number of the first that is in no checkpoint.
    first_new: u64,
    /// Numbers of older ones that changed.
    changed: BTreeSet<u64>,
}

impl Posts {
    /// From the rows of a state file. `next` is the number of the next post.
    pub fn of(rows: Vec<PostRef>, next: u64) -> Posts {
        let mut posts = Posts { next, first_new: next, ..Posts::default() };
        for post in rows {
            posts.name(&post);
            if let Some(case) = &post.case {
                posts.by_case.entry(case.clone()).or_default().insert(post.number);
            }
            posts.rows.insert(post.number, post);
        }
        posts
    }

    /// Lets a post be found by its id, if it has one.
    fn name(&mut self, post: &PostRef) {
        if post.id != "null" {
            self.by_id.insert(post.id.as_str().into(), post.number);
        }
    }

    /// Number of posts.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// A post by its id (JSON).
    pub fn get(&self, id: &str) -> Option<&PostRef> {
        let number = self.by_id.get(id)?;
        self.rows.get(number)
    }

    /// A post by its id (JSON), to change.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut PostRef> {
        let number = *self.by_id.get(id)?;
        if number < self.first_new {
            self.changed.insert(number);
        }
        self.rows.get_mut(&number)
    }

    /// Adds a post, with a number after all others.
    pub fn add(&mut self, post: PostRef) {
        self.name(&post);
        if let Some(case) = &post.case {
            self.by_case.entry(case.clone()).or_default().insert(post.number);
        }
        self.next = post.number + 1;
        self.rows.insert(post.number, post);
    }

    /// Puts a post into a case.
    pub fn set_case(&mut self, id: &str, case: &str) {
        let Some(post) = self.get_mut(id) else { return };
        let (number, before) = (post.number, post.case.replace(case.to_owned()));
        if let Some(numbers) = before.and_then(|before| self.by_case.get_mut(&before)) {
            numbers.remove(&number);
        }
        self.by_case.entry(case.to_owned()).or_default().insert(number);
    }

    /// Ids of the posts of a case, in order of arrival.
    pub fn of_case(&self, case: &str) -> Vec<String> {
        self.rows_of_case(case).into_iter().map(|post| post.id.clone()).collect()
    }

    /// The posts of a case, in order of arrival.
    pub fn rows_of_case(&self, case: &str) -> Vec<&PostRef> {
        let numbers = self.by_case.get(case).into_iter().flatten();
        numbers.filter_map(|number| self.rows.get(number)).collect()
    }

    /// Drops the oldest over the bound, and those from before `before`. Returns those dropped at the
    /// bound, and the ids of all.
    pub fn evict(&mut self, bound: usize, before: Option<Seconds>) -> (u64, Vec<String>) {
        let (mut dropped, mut ids) = (0, Vec::new());
        while let Some((_, oldest)) = self.rows.first_key_value() {
            let is_over = self.rows.len() > bound;
            if !is_over && before.is_none_or(|before| oldest.at >= before) {
                break;
            }
            dropped += u64::from(is_over);
            let Some((_, post)) = self.rows.pop_first() else { break };
            self.changed.remove(&post.number);
            if self.by_id.get(post.id.as_str()) == Some(&post.number) {
                self.by_id.remove(post.id.as_str());
            }
            if let Some(case) = &post.case
                && let Some(numbers) = self.by_case.get_mut(case)
            {
                numbers.remove(&post.number);
                if numbers.is_empty() {
                    self.by_case.remove(case);
                }
            }
            ids.push(post.id);
        }
        (dropped, ids)
    }

    /// New posts, older ones that changed, and the number of the first, since the last call.
    pub fn take_changes(&mut self) -> (Vec<PostRef>, Vec<PostRef>, u64) {
        let new = self.rows.range(self.first_new..).map(|(_, post)| post.clone()).collect();
        let changed = std::mem::take(&mut self.changed);
        let changed = changed.iter().filter_map(|number| self.rows.get(number)).cloned().collect();
        self.first_new = self.next;
        let first = self.rows.first_key_value().map_or(self.next, |(number, _)| *number);
        (new, changed, first)
    }
}
