//! What a reader knows of lines that their bytes do not show.

use std::sync::Arc;

/// Notes about the lines of a chunk. Each list is in the order of its offsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineNotes {
    /// The members of an archive that have the lines. The first may begin before the chunk.
    pub members: Vec<Member>,
    /// Lines that stand for something that could not be read, by their offsets.
    pub problems: Vec<(u64, LineProblem)>,
}

/// A member of an archive: it has the lines from its offset up to the next member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Start of its first line in the stream, in bytes.
    pub offset: u64,
    /// Number of its first line in the stream, from 1.
    pub first_line: u64,
    /// Name of the archive and of the member.
    pub name: Arc<str>,
}

/// Why a line cannot be used. Its bytes must not be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineProblem {
    /// It is over the limit; otherwise something in it does not end.
    pub is_too_long: bool,
    /// One sentence for people, without a full stop.
    pub detail: String,
}

impl LineNotes {
    pub(super) fn problem_at(&self, offset: u64) -> Option<&LineProblem> {
        let at = self.problems.binary_search_by_key(&offset, |(at, _)| *at).ok()?;
        self.problems.get(at).map(|(_, problem)| problem)
    }

    pub(super) fn member_at(&self, offset: u64) -> Option<&Member> {
        let after = self.members.partition_point(|member| member.offset <= offset);
        self.members[..after].last()
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.members.clear();
        self.problems.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_found_by_the_offset_of_a_line() {
        let member = |offset, name: &str| Member { offset, first_line: 1, name: name.into() };
        let problem = LineProblem { is_too_long: false, detail: "open".to_owned() };
        let notes = LineNotes {
            members: vec![member(3, "a"), member(9, "b"), member(9, "c")],
            problems: vec![(5, problem.clone()), (7, problem.clone())],
        };
        let names = [2, 3, 8, 9, 20].map(|offset| notes.member_at(offset).map(|it| &*it.name));
        assert_eq!(names, [None, Some("a"), Some("a"), Some("c"), Some("c")]);
        assert_eq!(notes.problem_at(7), Some(&problem));
        assert_eq!((notes.problem_at(6), notes.problem_at(8)), (None, None));
    }
}
