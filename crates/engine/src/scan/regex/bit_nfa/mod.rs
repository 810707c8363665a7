//! Can a regex match anywhere in these symbols? A bit-parallel prefilter before the engine.
//!
//! The lazy DFA of `regex-automata` builds its states while it reads. Where many words can begin
//! a long gap, nearly every character makes a new state, which takes microseconds; and most
//! texts with a required literal contain no match. So the positions of the pattern (Glushkov's
//! automaton) run first, as bits, many at a time, over the folded symbols: nothing is decoded.
//!
//! No false negatives. False positives are possible: word boundaries and line anchors are
//! assumed to match everywhere, and only the first half of a surrogate pair is compared.
//! Patterns with more than `POSITIONS_MAX` positions have no automaton.
//!
//! The automaton of the reversed pattern lists the positions where matches can begin
//! ([`BitNfa::starts`]), so that the engine runs only there, and the forward automaton how far
//! it has to read ([`BitNfa::reach`]).
//!
//! The naive reference in tests is the regex itself.

mod automaton;
mod build;
mod classes;
#[cfg(test)]
mod tests;

pub use automaton::BitNfa;
pub use build::both_ways;
