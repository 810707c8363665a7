//! Rules by regexes behind a filter of literals: the crate regex-filtered, as RE2's `FilteredRE2`.

use super::workload::{NEAR_CHARS, Rule, any_of, near_regex};
use crate::error::Error;
use regex::Regex;
use regex_filtered::{Builder, Options, Regexes};

/// The shortest literal of the filter, in bytes: the shortest word. With the default of three, one
/// Latin word of two letters would switch off the filter of its rule.
const LITERAL_BYTES_MIN: usize = 2;

/// Rules as regexes.
pub struct Filtered {
    near: Regexes,
    /// Looked at only where `near` matches.
    never: Vec<Regex>,
}

impl Filtered {
    /// Compiles two regexes for each rule.
    pub fn new(rules: &[Rule]) -> Result<Filtered, Error> {
        let mut options = Options::new();
        options.dot_matches_new_line(true);
        let mut builder = Builder::new_atom_len(LITERAL_BYTES_MIN);
        for rule in rules {
            builder = builder.push_opt(&near_regex(rule, NEAR_CHARS), &options)?;
        }
        let never = rules.iter().map(|rule| Regex::new(&any_of(&rule.never)));
        Ok(Filtered { near: builder.build()?, never: never.collect::<Result<_, _>>()? })
    }

    /// Appends the numbers of the rules that hit `text`, ascending.
    pub fn find(&self, text: &str, hits: &mut Vec<u32>) {
        let near = self.near.matching(text).map(|(number, _)| number);
        let hit = near.filter(|number| !self.never[*number].is_match(text));
        hits.extend(hit.map(|number| number as u32));
    }
}
