//! Sets of matchers and answers about numbered things, emptied in constant time.

use crate::ids::MatcherIx;

/// A set of matchers.
#[derive(Debug, Default)]
pub(super) struct Marks {
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
pub(super) struct Answers {
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
        for generation in [0, 7, u32::MAX - 1, u32::MAX] {
            (marks.generation, answers.generation) = (generation, generation);
            for _ in 0..2 {
                marks.begin(3);
                answers.begin(3);
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
