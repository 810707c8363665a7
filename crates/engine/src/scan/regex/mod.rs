//! Regexes of rules: folded, bounded, and prefiltered.
//!
//! Input: a pattern and the fold of posts. Output: a [`PrefilteredRegex`], immutable and shared
//! by all workers, which reads folded text. What runs before the regex engine, cheapest first:
//!
//! 1. [`PrefilteredRegex::required`]: literals of which every match contains one. A regex costs
//!    nothing in texts without them, and only [windows](PrefilteredRegex::windows) around them
//!    are searched.
//! 2. [`PrefilteredRegex::may_match_with`]: the [`BloomSignature`] of a text rejects patterns
//!    that need symbols or bigrams the text does not have.
//! 3. [`PrefilteredRegex::may_match`]: a bit-parallel automaton rejects windows without a match,
//!    and lists the positions where matches can begin.
//!
//! Limits:
//!
//! * Rejected are patterns over `REGEX_BYTES_MAX` (before anything is built, because the size
//!   limit of the engine applies late), programs over `REGEX_PROGRAM_BYTES_MAX`, nesting over
//!   `REGEX_NEST_MAX`, syntax that the engine does not have (look-around, back-references), and
//!   patterns that match the empty string or nothing.
//! * One search is linear in the text. All matches of a text are not: each search may read to
//!   the end of the text before it knows that the next match is a short one. So
//!   [`PrefilteredRegex::find_all`] charges a [`SearchBudget`] and stops when it is exhausted.
//! * No allocation per search once every worker has searched once: the engine keeps its scratch
//!   in a pool.

mod bit_nfa;
mod budget;
mod engines;
mod error;
mod fold;
mod pattern;
mod required_literals;
mod signature;
#[cfg(test)]
mod tests;

pub use budget::{MatchDecision, SearchBudget};
pub use error::{RegexError, RegexErrorKind};
pub use pattern::{PrefilteredRegex, letter_of_signs, names_double_space, names_line_break};
pub use required_literals::Required;
pub use signature::BloomSignature;
