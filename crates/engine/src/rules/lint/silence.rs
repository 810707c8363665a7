//! Comments that silence lints: `# tidegate: allow(code)`.

use super::table::{LINTS, RENAMED};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::message::message;
use crate::rules::source::suggest;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

const MARK: &str = "# tidegate: allow(";

/// Removes warnings that comments of their files allow.
pub fn drop_silenced(found: &mut Vec<Diagnostic>) {
    let mut read: HashMap<*const u8, Allowed> = HashMap::new();
    found.retain(|warning| {
        let Some(place) = &warning.place else {
            return true;
        };
        let text = &place.source.text;
        let allowed = read.entry(text.as_ptr()).or_insert_with(|| Allowed::read(text));
        !allowed.has(warning.code, place.line_column().0)
    });
}

/// Warns of comments with unknown codes.
pub(super) fn unknown(sources: &[Arc<Source>]) -> Vec<Diagnostic> {
    sources.iter().flat_map(|source| Allowed::read(&source.text).unknown(source)).collect()
}

/// The codes that comments of one file allow.
#[derive(Default)]
struct Allowed {
    whole_file: Vec<Code>,
    /// By line, from 1.
    lines: HashMap<usize, Vec<Code>>,
}

/// A code and its bytes in the file.
struct Code {
    text: String,
    range: Range<usize>,
}

impl Allowed {
    fn read(text: &str) -> Allowed {
        let mut allowed = Allowed::default();
        let (mut start, mut is_head) = (0, true);
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let is_comment = line.trim_start().starts_with('#');
            is_head &= is_comment || line.trim().is_empty();
            let codes = codes(line, start);
            start += line.len();
            if codes.is_empty() {
                continue;
            }
            if is_head {
                allowed.whole_file.extend(codes);
            } else {
                // A comment alone on its line applies to the next line.
                let line = if is_comment { number + 1 } else { number };
                allowed.lines.entry(line).or_default().extend(codes);
            }
        }
        allowed
    }

    fn has(&self, code: &str, line: usize) -> bool {
        let here = self.lines.get(&line).into_iter().flatten();
        self.whole_file.iter().chain(here).any(|allowed| allowed.text == code)
    }

    fn unknown(&self, source: &Arc<Source>) -> Vec<Diagnostic> {
        let all = self.whole_file.iter().chain(self.lines.values().flatten());
        let known = |code: &&Code| LINTS.iter().any(|(known, _)| *known == code.text);
        all.filter(|code| !known(code))
            .map(|code| {
                let place = Place { source: source.clone(), range: code.range.clone() };
                let message = message!("there is no lint `{}`", code.text);
                let near = suggest::nearest(&code.text, LINTS.iter().map(|(code, _)| *code));
                let help = near.map_or_else(
                    || message!("the page on warnings of check lists all codes"),
                    |near| message!("did you mean `{near}`?"),
                );
                Diagnostic::warning("unknown_lint", message, Some(place)).help(help)
            })
            .collect()
    }
}

/// The codes that one line names; `start` is its offset in the file.
fn codes(line: &str, start: usize) -> Vec<Code> {
    let Some(from) = line.find(MARK).map(|at| at + MARK.len()) else {
        return Vec::new();
    };
    let Some(length) = line[from..].find(')') else {
        return Vec::new();
    };
    let mut at = start + from;
    let mut codes = Vec::new();
    for part in line[from..from + length].split(',') {
        let text = part.trim();
        let begins = at + (part.len() - part.trim_start().len());
        let renamed = RENAMED.iter().find(|(old, _)| *old == text);
        let code = renamed.map_or(text, |(_, new)| new).to_owned();
        codes.push(Code { text: code, range: begins..begins + text.len() });
        at += part.len() + 1;
    }
    codes
}
