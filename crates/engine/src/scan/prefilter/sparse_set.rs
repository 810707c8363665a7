//! Sets of matchers and answers about numbered things, emptied in constant time.

use crate::domain::ids::MatcherIx;

/// A set of matchers.
#[derive(Debug, Default)]
pub(in crate::scan) struct Marks {
    stamps: Vec<u32>,
    generation: u32,
    matchers: Vec<MatcherIx>,
}

impl Marks {
    /// Empties the set, for so many matchers.
    pub fn begin(&mut self, matchers: usize) {
        begin(&mut self.stamps, &mut self.generation, matchers, |stamp| *stamp = 0);
        self.matchers.clear();
    }

    /// Adds a matcher.
    #[inline]
    pub fn set(&mut self, matcher: MatcherIx) {
        let stamp = &mut self.stamps[matcher.index()];
        if *stamp != self.generation {
            *stamp = self.generation;
            self.matchers.push(matcher);
        }
    }

    /// Is the matcher a member?
    #[inline]
    pub fn has(&self, matcher: MatcherIx) -> bool {
        self.stamps[matcher.index()] == self.generation
    }

    /// The members, in the order in which they were added.
    pub fn matchers(&self) -> &[MatcherIx] {
        &self.matchers
    }
}

/// What is known of each of many things; nothing at first.
#[derive(Debug, Default)]
pub(in crate::scan) struct Answers {
    stamps: Vec<(u32, bool)>,
    generation: u32,
}

impl Answers {
    /// Forgets all, for so many things.
    pub fn begin(&mut self, things: usize) {
        begin(&mut self.stamps, &mut self.generation, things, |stamp| *stamp = (0, false));
    }

    /// What is known of a thing.
    #[inline]
    pub fn of(&self, thing: usize) -> Option<bool> {
        let (generation, answer) = self.stamps[thing];
        (generation == self.generation).then_some(answer)
    }

    /// Keeps what was found out of it.
    #[inline]
    pub fn set(&mut self, thing: usize, answer: bool) {
        self.stamps[thing] = (self.generation, answer);
    }
}

/// Things in lists, which have numbers; each list in the order in which it grew.
#[derive(Debug)]
pub(in crate::scan) struct Lists<T> {
    /// For each list: the generation that began it, and its first and last thing.
    ends: Vec<(u32, u32, u32)>,
    generation: u32,
    /// Things of all lists, each with the place of the next one of its list, or its own.
    things: Vec<(T, u32)>,
}

impl<T> Default for Lists<T> {
    fn default() -> Lists<T> {
        Lists { ends: Vec::new(), generation: 0, things: Vec::new() }
    }
}

impl<T> Lists<T> {
    /// Empties all, for so many lists.
    pub fn begin(&mut self, lists: usize) {
        begin(&mut self.ends, &mut self.generation, lists, |end| *end = (0, 0, 0));
        self.things.clear();
    }

    /// Adds a thing to the end of a list.
    #[inline]
    pub fn push(&mut self, list: usize, thing: T) {
        let place = self.things.len() as u32;
        self.things.push((thing, place));
        let (generation, _, last) = &mut self.ends[list];
        if *generation == self.generation {
            self.things[*last as usize].1 = place;
            *last = place;
        } else {
            self.ends[list] = (self.generation, place, place);
        }
    }

    /// The things of a list.
    pub fn of(&self, list: usize) -> impl Iterator<Item = &T> {
        let (generation, first, _) = self.ends[list];
        let mut next = (generation == self.generation).then_some(first);
        std::iter::from_fn(move || {
            let place = next?;
            let (thing, after) = &self.things[place as usize];
            next = (*after != place).then_some(*after);
            Some(thing)
        })
    }
}

/// Makes all stamps older than the generation.
fn begin<T: Clone + Default>(
    stamps: &mut Vec<T>,
    generation: &mut u32,
    count: usize,
    clear: impl Fn(&mut T),
) {
    stamps.resize(count, T::default());
    *generation = generation.wrapping_add(1);
    if *generation == 0 {
        stamps.iter_mut().for_each(clear);
        *generation = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_generation_forgets_even_where_the_count_of_them_wraps() {
        let (mut marks, mut answers) = (Marks::default(), Answers::default());
        let mut lists = Lists::default();
        for generation in [0, 7, u32::MAX - 1, u32::MAX] {
            (marks.generation, answers.generation) = (generation, generation);
            lists.generation = generation;
            for _ in 0..2 {
                marks.begin(3);
                answers.begin(3);
                lists.begin(3);
                assert!((0..3).all(|list| lists.of(list).next().is_none()));
                for (list, thing) in [(2, 'a'), (0, 'b'), (2, 'c'), (2, 'd'), (0, 'e')] {
                    lists.push(list, thing);
                }
                let of = |list: usize| lists.of(list).collect::<String>();
                assert_eq!([of(0), of(1), of(2)], ["be", "", "acd"]);
                assert!(marks.matchers().is_empty());
                assert!(
                    (0..3).all(|n| !marks.has(MatcherIx(n)) && answers.of(n as usize).is_none())
                );
                marks.set(MatcherIx(1));
                marks.set(MatcherIx(1));
                answers.set(2, true);
                assert_eq!((marks.matchers(), answers.of(2)), (&[MatcherIx(1)][..], Some(true)));
            }
        }
    }
}
