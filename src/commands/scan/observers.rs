//! What observes a worker of a scan, and what a step of it writes.

use super::dead_letters::Collector;
use super::human::HumanVerdicts;
use tidegate_analysis::report::TallyObserver;
use tidegate_engine::domain::verdict::Verdict;
use tidegate_engine::lines::Chunk;
use tidegate_engine::output::UnreadableLine;
use tidegate_engine::post::Post;
use tidegate_pipeline::{LineProcessor, Observer, ProcessorScratch};

/// Observers of a worker: of the report, and of verdicts for people, if they are wanted.
pub struct Observers<'c> {
    /// Counts for the report.
    pub tally: Option<TallyObserver<'c>>,
    /// Writes verdicts for people, instead of the lines of JSON.
    pub human: Option<HumanVerdicts<'c>>,
}

/// What a step writes.
pub struct Written<'o> {
    /// The verdicts.
    pub verdicts: &'o mut Vec<u8>,
    /// The lines that are not posts, if they are wanted.
    pub letters: Option<&'o mut Vec<u8>>,
}

impl Observers<'_> {
    /// Processes a chunk, observed by those that are wanted.
    pub fn process(
        &mut self,
        processor: &LineProcessor<'_>,
        scratch: &mut ProcessorScratch,
        chunk: &Chunk,
        Written { verdicts, letters }: Written<'_>,
    ) {
        let is_needed = self.tally.is_some() || self.human.is_some();
        match letters {
            Some(letters) => {
                letters.clear();
                let framing = processor.frames();
                let mut collector = Collector { chunk, framing, letters, inner: self };
                processor.process_observed(scratch, chunk, verdicts, &mut collector);
            }
            None if is_needed => processor.process_observed(scratch, chunk, verdicts, self),
            None => processor.process(scratch, chunk, verdicts),
        }
        if let Some(human) = &mut self.human {
            verdicts.clear();
            verdicts.extend_from_slice(human.take().as_bytes());
        }
    }
}

impl Observer for Observers<'_> {
    fn post(&mut self, post: &Post<'_>, verdict: &Verdict<'_>) {
        self.tally.iter_mut().for_each(|it| it.post(post, verdict));
        self.human.iter_mut().for_each(|it| it.post(post, verdict));
    }

    fn skipped(&mut self) {
        self.tally.iter_mut().for_each(Observer::skipped);
        self.human.iter_mut().for_each(Observer::skipped);
    }

    fn unreadable(&mut self, line: &UnreadableLine<'_>) {
        self.tally.iter_mut().for_each(|it| it.unreadable(line));
        self.human.iter_mut().for_each(|it| it.unreadable(line));
    }
}
