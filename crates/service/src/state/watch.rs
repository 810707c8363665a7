//! What the threads that judge pass on to the state, and what becomes of their verdicts.

use super::{Rules, Scratch};
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::output::UnreadableLine;
use tidegate_engine::output::json::push_members;
use tidegate_engine::post::Post;
use tidegate_pipeline::{Observer, Selection};
use tidegate_state::correlations::Correlations;
use tidegate_state::read::STATE;
use tidegate_state::record::PostRecord;

/// The lines of a chunk, in order.
#[derive(Debug, Default)]
pub struct Seen(Vec<Line>);

/// A line.
#[derive(Debug)]
struct Line {
    /// What the state is to know of a post.
    record: Option<Box<PostRecord>>,
    /// Its verdict is written.
    is_written: bool,
}

/// Makes the records of a chunk while it is judged.
pub struct Watch<'r> {
    rules: &'r Rules,
    selection: Selection,
    scratch: &'r mut Scratch,
    seen: Seen,
}

impl<'r> Watch<'r> {
    /// For verdicts of which `selection` are written.
    pub fn new(rules: &'r Rules, selection: Selection, scratch: &'r mut Scratch) -> Watch<'r> {
        Watch { rules, selection, scratch, seen: Seen::default() }
    }

    /// The lines.
    pub fn seen(self) -> Seen {
        self.seen
    }
}

impl Observer for Watch<'_> {
    fn post(&mut self, post: &Post<'_>, verdict: &Verdict<'_>) {
        let record = self.rules.reader.judged(post, verdict, self.scratch);
        let is_written = self.selection.contains(verdict);
        self.seen.0.push(Line { record: Some(Box::new(record)), is_written });
    }

    fn skipped(&mut self) {
        self.seen.0.push(Line { record: None, is_written: self.selection.skipped });
    }

    fn unreadable(&mut self, _: &UnreadableLine<'_>) {
        self.seen.0.push(Line { record: None, is_written: self.selection.unreadable });
    }
}

impl Seen {
    /// Makes records that were read for the correlations `then` ones for `now`.
    pub fn read_again_for(&mut self, then: &Correlations, now: &Correlations) {
        for record in self.0.iter_mut().filter_map(|line| line.record.as_mut()) {
            record.read_again_for(then, now);
        }
    }

    /// Gives each record to `say`, which appends what the state says, and adds that to the verdict as
    /// the last member. With `annotates`, a member of the post with that name is left out.
    pub fn answer(
        &self,
        verdicts: &[u8],
        annotates: bool,
        mut say: impl FnMut(&PostRecord, &mut Vec<u8>),
    ) -> Vec<u8> {
        let mut verdicts = verdicts.split(|byte| *byte == b'\n');
        let (mut out, mut said) = (Vec::new(), Vec::new());
        for line in &self.0 {
            said.clear();
            if let Some(record) = &line.record {
                say(record, &mut said);
            }
            if line.is_written {
                push_line(&mut out, verdicts.next().unwrap_or_default(), annotates, &said);
            }
        }
        out
    }
}

/// Appends a verdict with the member `state`, if there is something in it.
fn push_line(out: &mut Vec<u8>, verdict: &[u8], annotates: bool, said: &[u8]) {
    let name = [b"\"", STATE.as_bytes(), b"\""].concat();
    let may_have = annotates && memchr::memmem::find(verdict, &name).is_some();
    if may_have {
        out.push(b'{');
        push_members(out, verdict, STATE);
    } else {
        out.extend_from_slice(verdict.strip_suffix(b"}").unwrap_or(verdict));
    }
    if !said.is_empty() {
        // A verdict has other members: its action.
        out.extend_from_slice(b",\"state\":");
        out.extend_from_slice(said);
    }
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(record: bool, is_written: bool) -> Line {
        Line { record: record.then(Box::default), is_written }
    }

    #[test]
    fn each_written_verdict_gets_its_own_member() {
        let seen =
            Seen(vec![line(true, true), line(false, true), line(true, false), line(true, true)]);
        let verdicts = b"{\"id\":1,\"state\":\"x\",\"a\":1}\n{\"id\":2}\n{\"id\":4}\n";
        let mut number = 0;
        let mut say = |_: &PostRecord, out: &mut Vec<u8>| {
            number += 1;
            out.extend_from_slice(number.to_string().as_bytes());
        };
        let out = seen.answer(verdicts, true, &mut say);
        let expected = "{\"id\":1,\"a\":1,\"state\":1}\n{\"id\":2}\n{\"id\":4,\"state\":3}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
