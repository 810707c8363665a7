//! Posts that reports and decisions can name: the newest, up to a bound.
//!
//! Most are never named. One without a case and a decision is kept as bytes, which take a third of the
//! memory; one that gets them is kept as a row from then on.

use crate::model::{Micro, PostRef, Seconds, hash_of};
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};

/// A post without a case and a decision.
#[derive(Clone, Debug)]
struct Packed {
    number: u64,
    at: Seconds,
    reach: u64,
    care: bool,
    points: Micro,
    /// Id and action, then author, channel, category and campaign, each after its length; that of the
    /// last four is one more, and 0 means none.
    texts: Box<[u8]>,
}

impl Packed {
    fn of(post: &PostRef) -> Packed {
        let all = [&post.author, &post.channel, &post.category, &post.campaign];
        let mut texts = Vec::with_capacity(64);
        push(&mut texts, post.id.len(), &post.id);
        push(&mut texts, post.action.len(), &post.action);
        for text in all {
            match text {
                Some(text) => push(&mut texts, text.len() + 1, text),
                None => push(&mut texts, 0, ""),
            }
        }
        let PostRef { number, at, reach, care, points, .. } = *post;
        Packed { number, at, reach, care, points, texts: texts.into() }
    }

    fn id(&self) -> &str {
        let mut rest = &self.texts[..];
        let length = length(&mut rest);
        text(&mut rest, length)
    }

    fn post(&self) -> PostRef {
        let mut rest = &self.texts[..];
        let mut own = || {
            let length = length(&mut rest);
            text(&mut rest, length).to_owned()
        };
        let (id, action) = (own(), own());
        let mut maybe =
            || length(&mut rest).checked_sub(1).map(|length| text(&mut rest, length).to_owned());
        PostRef {
            id,
            number: self.number,
            author: maybe(),
            channel: maybe(),
            at: self.at,
            action,
            category: maybe(),
            care: self.care,
            reach: self.reach,
            campaign: maybe(),
            case: None,
            points: self.points,
            upheld: 0,
            upheld_at: 0,
            outcome: None,
        }
    }
}

fn push(out: &mut Vec<u8>, mut length: usize, text: &str) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(text.as_bytes());
}

fn length(from: &mut &[u8]) -> usize {
    let (mut length, mut shift) = (0, 0);
    while let Some((byte, rest)) = from.split_first() {
        *from = rest;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if *byte < 0x80 {
            break;
        }
    }
    length
}

fn text<'b>(from: &mut &'b [u8], length: usize) -> &'b str {
    let (text, rest) = from.split_at(length);
    *from = rest;
    std::str::from_utf8(text).unwrap_or_else(|_| unreachable!("made of texts"))
}

/// A post as it is kept.
#[derive(Clone, Debug)]
enum Kept {
    Packed(Packed),
    Row(Box<PostRef>),
}

impl Kept {
    fn of(post: PostRef) -> Kept {
        let is_row = post.case.is_some() || post.upheld != 0 || post.outcome.is_some();
        if is_row { Kept::Row(Box::new(post)) } else { Kept::Packed(Packed::of(&post)) }
    }

    fn number(&self) -> u64 {
        match self {
            Kept::Packed(packed) => packed.number,
            Kept::Row(row) => row.number,
        }
    }

    fn at(&self) -> Seconds {
        match self {
            Kept::Packed(packed) => packed.at,
            Kept::Row(row) => row.at,
        }
    }

    fn id(&self) -> &str {
        match self {
            Kept::Packed(packed) => packed.id(),
            Kept::Row(row) => &row.id,
        }
    }

    fn post(&self) -> PostRef {
        match self {
            Kept::Packed(packed) => packed.post(),
            Kept::Row(row) => (**row).clone(),
        }
    }
}

/// The posts, in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Posts {
    /// In order of their numbers.
    rows: VecDeque<Kept>,
    /// Number of the next post.
    next: u64,
    /// Numbers by the hash of the id. Of two ids with one hash the later is found.
    by_id: FxHashMap<u64, u64>,
    /// Numbers of the posts of a case.
    by_case: FxHashMap<String, BTreeSet<u64>>,
    /// Number of the first that is in no checkpoint.
    first_new: u64,
    /// Numbers of older ones that changed.
    changed: BTreeSet<u64>,
}

impl Posts {
    /// From the rows of a state file, in order of arrival. `next` is the number of the next post.
    pub fn of(rows: Vec<PostRef>, next: u64) -> Posts {
        let mut posts = Posts::default();
        rows.into_iter().for_each(|post| posts.add(post));
        (posts.next, posts.first_new) = (next, next);
        posts
    }

    /// Number of posts.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The place in `rows` of the post of this number. Numbers follow each other, but for posts that
    /// were forgotten: the place is at most the distance from the first.
    fn place(&self, number: u64) -> Option<usize> {
        let first = self.rows.front()?.number();
        let distance = usize::try_from(number.checked_sub(first)?).unwrap_or(usize::MAX);
        if self.rows.get(distance).is_some_and(|kept| kept.number() == number) {
            return Some(distance);
        }
        self.rows.binary_search_by_key(&number, Kept::number).ok()
    }

    fn find(&self, id: &str) -> Option<&Kept> {
        let kept = &self.rows[self.place(*self.by_id.get(&hash_of(id))?)?];
        (kept.id() == id).then_some(kept)
    }

    /// Is the post of this id (JSON) kept?
    pub fn has(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    /// A post by its id (JSON).
    pub fn get(&self, id: &str) -> Option<PostRef> {
        self.find(id).map(Kept::post)
    }

    /// A post by its id (JSON), to change.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut PostRef> {
        let number = self.find(id)?.number();
        if number < self.first_new {
            self.changed.insert(number);
        }
        let place = self.place(number)?;
        let kept = self.rows.get_mut(place)?;
        if let Kept::Packed(packed) = kept {
            *kept = Kept::Row(Box::new(packed.post()));
        }
        match kept {
            Kept::Row(row) => Some(row),
            Kept::Packed(_) => None,
        }
    }

    /// Adds a post, with a number after all others.
    pub fn add(&mut self, post: PostRef) {
        if post.id != "null" {
            self.by_id.insert(hash_of(&post.id), post.number);
        }
        if let Some(case) = &post.case {
            self.by_case.entry(case.clone()).or_default().insert(post.number);
        }
        self.next = post.number + 1;
        self.rows.push_back(Kept::of(post));
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
        self.rows_of_case(case).into_iter().map(|post| post.id).collect()
    }

    /// The posts of a case, in order of arrival.
    pub fn rows_of_case(&self, case: &str) -> Vec<PostRef> {
        let numbers = self.by_case.get(case).into_iter().flatten();
        numbers.filter_map(|number| Some(self.rows.get(self.place(*number)?)?.post())).collect()
    }

    /// Drops the oldest over the bound, and those from before `before`. Returns those dropped at the
    /// bound, and the ids of all.
    pub fn evict(&mut self, bound: usize, before: Option<Seconds>) -> (u64, Vec<String>) {
        let (mut dropped, mut ids) = (0, Vec::new());
        while let Some(oldest) = self.rows.front() {
            let is_over = self.rows.len() > bound;
            if !is_over && before.is_none_or(|before| oldest.at() >= before) {
                break;
            }
            dropped += u64::from(is_over);
            let Some(kept) = self.rows.pop_front() else { break };
            ids.push(self.drop_names(kept));
        }
        (dropped, ids)
    }

    /// Removes a post that is gone from the indexes; returns its id.
    fn drop_names(&mut self, kept: Kept) -> String {
        let (id, number) = (kept.id().to_owned(), kept.number());
        self.changed.remove(&number);
        let hash = hash_of(&id);
        if self.by_id.get(&hash) == Some(&number) {
            self.by_id.remove(&hash);
        }
        let case = match &kept {
            Kept::Packed(_) => None,
            Kept::Row(row) => row.case.as_ref(),
        };
        if let Some(case) = case
            && let Some(numbers) = self.by_case.get_mut(case)
        {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.by_case.remove(case);
            }
        }
        id
    }

    /// Forgets what changed.
    pub fn forget_changes(&mut self) {
        self.changed.clear();
        self.first_new = self.next;
    }

    /// New posts, older ones that changed, and the number of the first, since the last call.
    pub fn take_changes(&mut self) -> (Vec<PostRef>, Vec<PostRef>, u64) {
        let start = self.rows.partition_point(|kept| kept.number() < self.first_new);
        let new = self.rows.range(start..).map(Kept::post).collect();
        let changed = std::mem::take(&mut self.changed);
        let changed =
            changed.iter().filter_map(|number| Some(self.rows[self.place(*number)?].post()));
        let changed = changed.collect();
        self.first_new = self.next;
        let first = self.rows.front().map_or(self.next, Kept::number);
        (new, changed, first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(number: u64) -> PostRef {
        PostRef {
            id: format!("\"p{number}\""),
            number,
            author: (number.is_multiple_of(2)).then(|| "作者".repeat(number as usize)),
            channel: (number.is_multiple_of(3)).then(String::new),
            at: 1000 - number.cast_signed(),
            action: "flag".to_owned(),
            category: Some("spam".to_owned()),
            care: number.is_multiple_of(5),
            reach: u64::MAX - number,
            campaign: (number.is_multiple_of(4)).then(|| "k1".to_owned()),
            case: (number.is_multiple_of(7)).then(|| "c-1".to_owned()),
            points: (number.is_multiple_of(6)).into(),
            upheld: 0,
            upheld_at: 0,
            outcome: None,
        }
    }

    #[test]
    fn posts_are_found_as_bytes_and_as_rows() {
        // Posts 30 and 31 were forgotten.
        let rows: Vec<PostRef> = (0..90).filter(|number| number / 2 != 15).map(post).collect();
        let mut posts = Posts::of(rows, 90);
        assert_eq!(posts.len(), 88);
        for number in 0..90 {
            let expected = (number / 2 != 15).then(|| post(number));
            assert_eq!(posts.get(&post(number).id), expected);
        }
        let of_case: Vec<PostRef> = (0..90).step_by(7).map(post).collect();
        assert_eq!(posts.rows_of_case("c-1"), of_case);
        assert_eq!(posts.take_changes(), (Vec::new(), Vec::new(), 0));
        posts.get_mut("\"p40\"").into_iter().for_each(|it| it.points = 9);
        posts.add(post(90));
        let changed = PostRef { points: 9, ..post(40) };
        assert_eq!(posts.take_changes(), (vec![post(90)], vec![changed], 0));
        let (dropped, ids) = posts.evict(10, None);
        assert_eq!((dropped, ids.len(), posts.has("\"p80\"")), (79, 79, false));
        assert!(posts.has("\"p81\"") && posts.rows_of_case("c-1") == [post(84)]);
    }
}
