//! Rules as Hyperscan expressions with logical combinations.

use super::workload::{NEAR_BYTES, NEAR_CHARS, Rule, any_of, near_regex};
use crate::error::Error;
use crate::hyperscan::{Expression, Hyperscan, Scratch, flags};

/// Expressions of a rule.
const PARTS: u32 = 3;

/// A compiled database.
pub struct Combined {
    database: Hyperscan,
}

/// The buffers of one thread.
#[derive(Default)]
pub struct State {
    scratch: Option<Scratch>,
    reported: Vec<u32>,
}

impl Combined {
    /// Compiles three expressions for each rule: the words that are near, the words that prevent a
    /// hit, and the combination "the first and not the second".
    ///
    /// A combination is reported as soon as it is true, and a word that prevents the hit may follow
    /// later. So the second expression is reported too, and cancels the rule.
    ///
    /// With `bytes`, a distance is in bytes and the largest that the characters can take: bounded
    /// repeats of any byte have a fast path in Hyperscan, those of a UTF-8 character do not.
    pub fn new(rules: &[Rule], bytes: bool) -> Result<Combined, Error> {
        let (unit, most) = if bytes { (0, NEAR_BYTES) } else { (flags::UTF_8, NEAR_CHARS) };
        let text = flags::DOT_ALL | flags::SINGLE_MATCH | unit;
        let mut expressions = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            let id = number as u32 * PARTS;
            let near = near_regex(rule, most);
            expressions.push(Expression::new(&near, text | flags::QUIET, id)?);
            expressions.push(Expression::new(&any_of(&rule.never), text, id + 1)?);
            let both = format!("{id} & !{}", id + 1);
            let combination = flags::COMBINATION | flags::SINGLE_MATCH;
            expressions.push(Expression::new(&both, combination, id + 2)?);
        }
        Ok(Combined { database: Hyperscan::compile(&expressions)? })
    }

    /// Appends the numbers of the rules that hit `text`, ascending.
    pub fn find(&self, text: &str, state: &mut State, hits: &mut Vec<u32>) {
        let scratch = state.scratch.get_or_insert_with(|| self.database.scratch());
        state.reported.clear();
        self.database.find(text, scratch, &mut state.reported);
        state.reported.sort_unstable();
        state.reported.dedup();
        // Of one rule, the second expression precedes the combination.
        let mut cancelled = None;
        for id in &state.reported {
            let rule = id / PARTS;
            if id % PARTS == 1 {
                cancelled = Some(rule);
            } else if cancelled != Some(rule) {
                hits.push(rule);
            }
        }
    }
}
