//! What the stages of an input know of lines, for those who report about them.

use std::sync::{Arc, Mutex, MutexGuard};
use tidegate_engine::lines::{LineNotes, LineProblem, Member};

/// Notes of the stages of one input, taken chunk by chunk by its reader.
///
/// A stage notes something before it passes on the line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    notes: LineNotes,
    /// Start of the member of an archive that is being read: the offsets of its stages begin there.
    base: u64,
    /// Where the lines begin that may be others when the input has grown.
    provisional_from: Option<u64>,
}

impl Notes {
    fn lock(&self) -> MutexGuard<'_, Known> {
        // Each change is one assignment or push: there is nothing half done after a panic.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The next member of an archive begins.
    pub fn begin_member(&self, member: Member) {
        let mut known = self.lock();
        known.base = member.offset;
        known.notes.members.push(member);
    }

    /// The line that starts at byte `offset` of the current member, or of the input, cannot be used.
    pub fn add_problem(&self, offset: u64, problem: LineProblem) {
        let mut known = self.lock();
        let at = known.base + offset;
        known.notes.problems.push((at, problem));
    }

    /// The lines from byte `offset` of the current member on, or of the input, may be others when
    /// more follows them.
    pub fn set_provisional(&self, offset: u64) {
        let mut known = self.lock();
        let at = known.base + offset;
        known.provisional_from.get_or_insert(at);
    }

    /// Fills `chunk` with the notes of the lines from byte `start` of the input up to `end`.
    pub fn take(&self, start: u64, end: u64, chunk: &mut LineNotes) {
        let mut known = self.lock();
        let members = &mut known.notes.members;
        let first = members.partition_point(|member| member.offset <= start).saturating_sub(1);
        let behind = members.partition_point(|member| member.offset < end);
        chunk.members.extend(members[..behind].iter().skip(first).cloned());
        // The last of them has the next line too, unless another begins there.
        members.drain(..behind.saturating_sub(1));
        let behind = known.notes.problems.partition_point(|(offset, _)| *offset < end);
        chunk.problems.extend(known.notes.problems.drain(..behind));
    }

    /// Is a line before byte `end` of the input provisional?
    pub fn is_provisional(&self, end: u64) -> bool {
        self.lock().provisional_from.is_some_and(|from| from < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_gets_the_notes_of_its_lines() {
        let notes = Notes::default();
        let problem = |detail: &str| LineProblem { is_too_long: true, detail: detail.to_owned() };
        for (offset, name) in [(0, "a"), (10, "b"), (10, "c"), (25, "d")] {
            notes.begin_member(Member { offset, first_line: 1, name: name.into() });
            notes.add_problem(2, problem(name));
        }
        notes.set_provisional(1);
        let taken = |start, end| {
            let mut chunk = LineNotes::default();
            notes.take(start, end, &mut chunk);
            let members: Vec<_> = chunk.members.iter().map(|it| it.name.to_string()).collect();
            let problems: Vec<_> = chunk.problems.into_iter().map(|(at, _)| at).collect();
            (members.concat(), problems)
        };
        assert_eq!(taken(0, 2), ("a".to_owned(), vec![]));
        assert_eq!(taken(2, 12), ("abc".to_owned(), vec![2]));
        assert_eq!(taken(12, 25), ("c".to_owned(), vec![12, 12]));
        assert_eq!(taken(25, 30), ("d".to_owned(), vec![27]));
        assert_eq!(taken(30, 40), ("d".to_owned(), vec![]));
        assert!(notes.is_provisional(27) && !notes.is_provisional(26));
    }
}
