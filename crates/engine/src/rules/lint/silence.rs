//! Comments that silence lints, `# tidegate: allow(code)`, and that request those that are silent
//! otherwise, `# tidegate: warn(code)`. Both apply to the same places.

use super::table::{LINTS, ON_REQUEST};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::rules::source::suggest;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Removes warnings that comments of these files allow.
pub fn drop_silenced(sources: &[Arc<Source>], found: &mut Vec<Diagnostic>) {
    let names = names(sources, ALLOW);
    found.retain(|warning| !names(warning));
}

/// Removes warnings of lints that are silent unless requested, and are not requested there.
pub(super) fn drop_unrequested(sources: &[Arc<Source>], found: &mut Vec<Diagnostic>) {
    let names = names(sources, WARN);
    found.retain(|warning| !ON_REQUEST.contains(&warning.code) || names(warning));
}

/// Is a warning named by a comment of its place that begins with `mark`?
fn names(sources: &[Arc<Source>], mark: &str) -> impl Fn(&Diagnostic) -> bool {
    let read = |source: &Arc<Source>| (source.text.as_ptr(), Named::read(&source.text, mark));
    let named: HashMap<*const u8, Named> = sources.iter().map(read).collect();
    move |warning| {
        let Some(place) = &warning.place else {
            return false;
        };
        let read = named.get(&place.source.text.as_ptr());
        read.is_some_and(|read| read.has(warning.code, place.line_column().0))
    }
}

const ALLOW: &str = "# tidegate: allow(";
const WARN: &str = "# tidegate: warn(";

/// Warns of comments with unknown codes.
pub(super) fn unknown(sources: &[Arc<Source>]) -> Vec<Diagnostic> {
    let marked = |source: &Arc<Source>| {
        [ALLOW, WARN].map(|mark| Named::read(&source.text, mark).unknown(source))
    };
    sources.iter().flat_map(marked).flatten().collect()
}

/// The codes that comments of one file name.
#[derive(Default)]
struct Named {
    whole_file: Vec<Code>,
    /// By line, from 1.
    lines: HashMap<usize, Vec<Code>>,
}

/// A code and its bytes in the file.
struct Code {
    text: String,
    range: Range<usize>,
}

impl Named {
    fn read(text: &str, mark: &str) -> Named {
        let mut named = Named::default();
        let (mut start, mut is_head) = (0, true);
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let is_comment = line.trim_start().starts_with('#');
            is_head &= is_comment || line.trim().is_empty();
            let codes = codes(line, start, mark);
            start += line.len();
            if codes.is_empty() {
                continue;
            }
            if is_head {
                named.whole_file.extend(codes);
            } else {
                // A comment alone on its line applies to the next line.
                let line = if is_comment { number + 1 } else { number };
                named.lines.entry(line).or_default().extend(codes);
            }
        }
        named
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
                let message = format!("there is no lint `{}`", code.text);
                let help = suggest::help(&code.text, LINTS.iter().map(|(code, _)| *code));
                Diagnostic::warning("unknown_lint", message, Some(place)).help(help)
            })
            .collect()
    }
}

/// The codes that one line names after `mark`; `start` is its offset in the file.
fn codes(line: &str, start: usize, mark: &str) -> Vec<Code> {
    let Some(from) = line.find(mark).map(|at| at + mark.len()) else {
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
        codes.push(Code { text: text.to_owned(), range: begins..begins + text.len() });
        at += part.len() + 1;
    }
    codes
}
