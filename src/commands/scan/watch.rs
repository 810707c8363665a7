//! Watches for inputs that are not what they should be: no line is a post, or the text is in another
//! encoding.
//!
//! A run of which no line is a post judged nothing, and a text in the wrong encoding is judged as
//! noise. Both are reported once: when enough lines were seen, and otherwise at the end.

use crate::term::say;
use encoding_rs::GB18030;
use std::sync::Mutex;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::lines::{Chunk, Piece};

/// Lines after which a wrong input is reported while the run goes on.
const LINES_MAX: u64 = 1000;

/// Bytes of the first line that are kept, to say what is in it.
const SAMPLE_BYTES_MAX: usize = 64 * 1024;

/// Shared by all workers.
#[derive(Debug, Default)]
pub struct InputWatch {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Posts and skipped records.
    usable: u64,
    /// Lines that are not blank.
    lines: u64,
    /// Lines with bytes that are not UTF-8, and those of them that are GB18030.
    repaired: u64,
    gb18030: u64,
    /// Of the first chunk with lines that are not usable.
    sample: Option<Sample>,
    is_reported: bool,
}

#[derive(Debug)]
struct Sample {
    stream: usize,
    offset: u64,
    line: Vec<u8>,
}

/// Counts of the lines of one chunk.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    usable: u64,
    unreadable: u64,
    empty: u64,
    repaired: u64,
}

impl Counts {
    /// Those of `summary`.
    pub fn of(summary: &Summary) -> Counts {
        Counts {
            usable: summary.posts + summary.skipped,
            unreadable: summary.unreadable(),
            empty: summary.errors_of("empty"),
            repaired: summary.repaired,
        }
    }
}

impl InputWatch {
    /// Adds a chunk and the counts of its lines. Returns what must be reported now.
    pub fn add(&self, chunk: &Chunk, counts: Counts) -> Option<String> {
        let mut seen = self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        seen.usable += counts.usable;
        if seen.is_reported || seen.lines >= LINES_MAX {
            return None;
        }
        let bad = counts.unreadable - counts.empty;
        seen.lines += counts.usable + bad;
        if bad > 0 {
            seen.keep(chunk);
        }
        if counts.repaired > 0 {
            let lines = chunk.one_by_one(0).map(Piece::record);
            for line in lines.filter(|line| std::str::from_utf8(line).is_err()) {
                seen.repaired += 1;
                seen.gb18030 += u64::from(is_gb18030(line));
            }
        }
        if seen.lines < LINES_MAX {
            return None;
        }
        seen.report()
    }

    /// What must be reported at the end of a run: its status is then 3. `None` too if it was
    /// reported before.
    pub fn finish(&self) -> Option<String> {
        let mut seen = self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if seen.is_reported { None } else { seen.report() }
    }

    /// Does the text seem to be in another encoding?
    pub fn is_other_encoding(&self) -> bool {
        let seen = self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        seen.is_gb18030()
    }
}

impl Seen {
    fn is_empty_handed(&self) -> bool {
        self.lines > 0 && self.usable == 0
    }

    fn is_gb18030(&self) -> bool {
        self.gb18030 * 2 >= self.lines && self.gb18030 > 0
    }

    fn keep(&mut self, chunk: &Chunk) {
        let place = (chunk.stream(), chunk.offset());
        if self.sample.as_ref().is_some_and(|sample| (sample.stream, sample.offset) <= place) {
            return;
        }
        let mut lines = chunk.one_by_one(0).map(|piece| piece.record().trim_ascii());
        let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
        let line = line[..line.len().min(SAMPLE_BYTES_MAX)].to_vec();
        self.sample = Some(Sample { stream: place.0, offset: place.1, line });
    }

    fn report(&mut self) -> Option<String> {
        let lines = self.lines;
        let report = if self.is_gb18030() {
            let count = self.gb18030;
            say!(
                "{count} of {lines} lines are not UTF-8 and look like GB18030: read them with \
                 --encoding gb18030"
            )
        } else if self.is_empty_handed() {
            let line = self.sample.as_ref().map(|sample| sample.line.as_slice());
            say!("no line is a post, of {lines}; {}", advice(line.unwrap_or_default()))
        } else {
            return None;
        };
        self.is_reported = true;
        Some(report)
    }
}

/// Is the line text in GB18030, with at least one character of two bytes?
fn is_gb18030(line: &[u8]) -> bool {
    let decoded = GB18030.decode_without_bom_handling_and_without_replacement(line);
    decoded.is_some_and(|text| {
        let is_han = |character: char| ('\u{4e00}'..='\u{9fff}').contains(&character);
        let (han, other) =
            text.chars().filter(|it| !it.is_ascii()).fold((0, 0), |(han, other), it| {
                if is_han(it) { (han + 1, other) } else { (han, other + 1) }
            });
        han > other
    })
}

/// Says what to do with inputs whose first line is `line`.
fn advice(line: &[u8]) -> String {
    /// Pointers that are named.
    const POINTERS_MAX: usize = 3;
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(line) else {
        return say!(
            "the first one is not a JSON object; plain text is read with --preset lines, an \
                array with --array, CSV with --csv"
        );
    };
    if !value.is_object() {
        return say!("the first one is JSON, but not an object");
    }
    let mut strings = Vec::new();
    find_strings(&value, &mut String::new(), &mut strings);
    // The longest text first.
    strings.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    match strings.first() {
        None => say!("the first one has no strings"),
        Some((first, _)) => {
            let named: Vec<&str> =
                strings.iter().take(POINTERS_MAX).map(|(pointer, _)| pointer.as_str()).collect();
            let (named, more) = (named.join(", "), strings.len().saturating_sub(POINTERS_MAX));
            let more = if more > 0 { say!(" and {more} more") } else { String::new() };
            say!("the first one has strings at {named}{more}: try --text {first}")
        }
    }
}

/// Lists the pointers of the strings in a value, with their lengths.
fn find_strings(value: &serde_json::Value, pointer: &mut String, found: &mut Vec<(String, usize)>) {
    /// Levels that are searched; a value was parsed and is not deeper than the parser allows.
    const STRINGS_MAX: usize = 64;
    if found.len() >= STRINGS_MAX {
        return;
    }
    match value {
        serde_json::Value::String(text) => found.push((pointer.clone(), text.chars().count())),
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                find_strings(member, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::lines::{Cutter, CutterSettings};

    fn chunk(text: &[u8]) -> Chunk {
        let mut chunk = Chunk::default();
        Cutter::new(CutterSettings::default()).next(&mut &*text, &mut chunk, || true).unwrap();
        chunk
    }

    fn counts(usable: u64, unreadable: u64, repaired: u64) -> Counts {
        Counts { usable, unreadable, empty: 0, repaired }
    }

    #[test]
    fn the_pointers_of_strings_are_named() {
        let watch = InputWatch::default();
        let line =
            br#"{"payload":{"before":null,"after":{"id":"7","body":"some words","a/b":"x"}}}"#;
        assert_eq!(watch.add(&chunk(line), counts(0, 1, 0)), None);
        let report = watch.finish().unwrap();
        assert!(report.contains("try --text /payload/after/body"), "{report}");
        assert!(report.contains("/payload/after/a~1b"), "{report}");
        assert_eq!(watch.finish(), None);
        assert!(advice(b"hello there").contains("--preset lines"));
        assert!(advice(b"[1]").contains("not an object") && advice(b"{}").contains("no strings"));
    }

    #[test]
    fn a_usable_line_is_enough() {
        let watch = InputWatch::default();
        watch.add(&chunk(b"x\n"), counts(0, 900, 0));
        watch.add(&chunk(b"{}\n"), counts(1, 0, 0));
        assert_eq!(watch.finish(), None);
        // Blank lines are not counted.
        let blank = InputWatch::default();
        let after = Counts { empty: 5, ..counts(0, 5, 0) };
        blank.add(&chunk(b"\n"), after);
        assert!(blank.finish().is_none() && InputWatch::default().finish().is_none());
    }

    #[test]
    fn a_wrong_input_is_reported_while_the_run_goes_on() {
        let watch = InputWatch::default();
        assert!(watch.add(&chunk(b"x\n"), counts(0, 1000, 0)).is_some());
        assert!(watch.add(&chunk(b"x\n"), counts(0, 1000, 0)).is_none());
        assert_eq!(watch.finish(), None, "reported once");
    }

    #[test]
    fn gb18030_is_named_where_half_of_the_lines_are() {
        let (line, ..) = GB18030.encode("{\"text\":\"时时彩，加微信\"}\n");
        let watch = InputWatch::default();
        watch.add(&chunk(&line), counts(1, 0, 1));
        assert!(watch.is_other_encoding());
        assert!(watch.finish().unwrap().contains("--encoding gb18030"));
        let other = InputWatch::default();
        other.add(&chunk(&line), counts(3, 0, 1));
        assert!(!other.is_other_encoding());
        assert!(!is_gb18030(b"{\"text\":\"caf\xe9 cr\xe8me\"}") && !is_gb18030(b"\xff\xff"));
    }
}
