//! Derivation one symbol at a time, and the steps that no table can take.

use super::super::{CONTEXT_DEPENDENT, Derived, Projection, SKIPPED};
use crate::scan::text::noise::is_letter;

/// A derivation that has come to `at`.
pub(super) struct Derivation<'d> {
    pub projection: Projection,
    pub text: &'d [u16],
    pub out: &'d mut Derived,
    pub at: usize,
    /// Where the next symbol is written.
    pub written: usize,
    /// The last symbol written or merged.
    pub last: u16,
}

impl Derivation<'_> {
    pub fn scalar(&mut self, end: usize) {
        let table = self.projection.table();
        while self.at < end {
            let class = table[usize::from(self.text[self.at])];
            if class == CONTEXT_DEPENDENT {
                self.step();
                continue;
            }
            let repeats = self.projection.looks() && class == self.last && is_letter(class);
            let is_kept = class != SKIPPED;
            let Derived { symbols, starts, ends } = &mut *self.out;
            symbols[self.written] = class;
            starts[self.written] = self.at as u32;
            // What is skipped writes past the end, and is overwritten.
            ends[self.written - usize::from(repeats)] = self.at as u32 + 1;
            self.written += usize::from(is_kept && !repeats);
            self.last = if is_kept { class } else { self.last };
            self.at += 1;
        }
    }

    /// One step of the definition.
    pub fn step(&mut self) {
        let Derivation { projection, text, out, at, written, last } = self;
        *at = projection.write_step(text, *at, last, out, written);
    }
}
