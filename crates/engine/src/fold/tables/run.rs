//! Runs of changes: the form in which the generated fold tables list most of their entries.

/// Equally spaced characters whose folds are equally spaced, or that are all dropped.
#[derive(Debug)]
pub(super) struct Run {
    first: u32,
    last: u32,
    step: u32,
    to: u32,
    to_step: u32,
}

impl Run {
    /// Characters `first`, `first + step`, … up to `last`, which fold to `to`,
    /// `to + to_step`, … Code point 0 as a fold means "dropped".
    pub(super) const fn new(first: u32, last: u32, step: u32, to: u32, to_step: u32) -> Run {
        Run { first, last, step, to, to_step }
    }

    /// Each character of the run with its fold.
    pub(super) fn changes(&self) -> impl Iterator<Item = (u32, u32)> {
        let count = (self.last - self.first) / self.step;
        (0..=count).map(|i| (self.first + i * self.step, self.to + i * self.to_step))
    }
}
