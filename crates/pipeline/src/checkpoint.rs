//! Checkpoint file next to the output: the position, the counts, and the fingerprint of the run.
//!
//! One JSON object in a separate file, replaced atomically and only after everything it
//! covers is on the disk: it is valid whenever the run is interrupted. A run with another
//! fingerprint would write other bytes; it gets an error that names the difference.

use crate::input::Input;
use crate::position::InputPosition;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::limits::CHECKPOINT_BYTES_MAX;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::post::ErrorCode;

/// Version of the file format.
const VERSION: u32 = 2;

/// Everything that determines the bytes of the verdicts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFingerprint {
    /// Version of the program.
    pub engine: String,
    /// Hash of rules and policy.
    pub ruleset: String,
    /// Flags that affect the verdicts: description and value.
    pub flags: Vec<(String, String)>,
    /// Inputs, in order.
    pub inputs: Vec<InputFingerprint>,
    /// Whether the input is followed: it may be another file of the same name now. The position is
    /// then looked for in the files of a rotation.
    #[serde(skip)]
    pub follows: bool,
}

/// Identifies an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFingerprint {
    /// Its name.
    pub name: String,
    /// Size of a file in bytes, compressed if it is.
    pub bytes: Option<u64>,
    /// Modification time of a file, in nanoseconds since 1970.
    pub modified: Option<u64>,
}

impl InputFingerprint {
    /// The fingerprint of an input. A stream has only a name.
    pub fn of(input: &Input) -> InputFingerprint {
        let metadata = input.metadata().ok().filter(fs::Metadata::is_file);
        let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        let since_1970 = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        InputFingerprint {
            name: input.to_string(),
            bytes: metadata.map(|metadata| metadata.len()),
            modified: since_1970.and_then(|time| u64::try_from(time.as_nanos()).ok()),
        }
    }

    fn difference(&self, now: &InputFingerprint) -> Option<String> {
        let name = &now.name;
        if self.name != now.name {
            Some(format!("the input {} is now {name}", self.name))
        } else if self.bytes != now.bytes {
            let bytes = |bytes: Option<u64>| bytes.map_or("unknown".to_owned(), |n| n.to_string());
            Some(format!(
                "the input {name} changed: it had {} bytes and now has {}",
                bytes(self.bytes),
                bytes(now.bytes)
            ))
        } else if self.modified != now.modified {
            Some(format!("the input {name} was modified since"))
        } else {
            None
        }
    }
}

impl RunFingerprint {
    /// Whether a run that came to `position` can be continued over the inputs of `now`: as it was,
    /// or over those that were added and what was added to the last one that it read.
    ///
    /// # Errors
    ///
    /// The difference that makes it impossible.
    pub fn continued(
        &self,
        now: &RunFingerprint,
        position: Option<&InputPosition>,
    ) -> Result<Continuation, String> {
        if let Some(difference) = self.difference(now) {
            return Err(difference);
        }
        let reached = position.map_or(0, |position| position.input);
        let mut order: Vec<usize> = Vec::new();
        let (mut has_grown, mut has_more) = (false, false);
        for (number, then) in self.inputs.iter().enumerate() {
            let is_it = |at: &usize| now.inputs[*at].name == then.name && !order.contains(at);
            let Some(at) = (0..now.inputs.len()).find(is_it) else {
                return Err(format!("the input {} is missing", then.name));
            };
            order.push(at);
            if now.follows {
                has_more = true;
                continue;
            }
            let Some(difference) = then.difference(&now.inputs[at]) else { continue };
            let is_last = number == reached && position.is_some();
            let has_shrunk = now.inputs[at].bytes < then.bytes;
            if number < reached || is_last && has_shrunk {
                return Err(difference);
            }
            // Of the inputs behind the last position, no line with an end was read.
            has_grown |= is_last;
            has_more = true;
        }
        let added: Vec<usize> = (0..now.inputs.len()).filter(|at| !order.contains(at)).collect();
        has_more |= !added.is_empty();
        order.extend(added);
        Ok(Continuation { order, has_grown, has_more })
    }

    /// Describes the first difference to `now` that concerns more than the inputs.
    fn difference(&self, now: &RunFingerprint) -> Option<String> {
        if self.engine != now.engine {
            return Some(format!(
                "the version of tidegate was {} and is now {}",
                self.engine, now.engine
            ));
        }
        if self.ruleset != now.ruleset {
            let (then, now) = (&self.ruleset, &now.ruleset);
            return Some(format!("the rules or the policy changed: {then} before, {now} now"));
        }
        if let Some((name, _)) = now.flags.iter().find(|flag| !self.flags.contains(flag)) {
            return Some(format!("other flags: {name} changed"));
        }
        None
    }
}

/// How a run can be continued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The inputs in the order in which they are read: those of the run, then the others. Indices
    /// of the inputs now.
    pub order: Vec<usize>,
    /// The input in which the run stopped has changed: its lines must be verified.
    pub has_grown: bool,
    /// There is more to read than the run had.
    pub has_more: bool,
}

/// Progress of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    version: u32,
    /// Fingerprint of the run.
    #[serde(rename = "terms")]
    pub fingerprint: RunFingerprint,
    /// End of the processed lines; `None` before the first.
    #[serde(rename = "place")]
    pub position: Option<InputPosition>,
    /// Bytes of the verdicts of these lines.
    pub out_bytes: u64,
    /// Hash of the end of these bytes.
    pub out_tail_hash: u64,
    /// Whether the run is complete.
    pub finished: bool,
    counts: Counts,
    /// Of a complete run whose last line had no end: how far it was before that line.
    #[serde(default)]
    before_tail: Option<Box<Progress>>,
}

/// How far a run has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    position: Option<InputPosition>,
    out_bytes: u64,
    out_tail_hash: u64,
    counts: Counts,
}

impl Checkpoint {
    /// The checkpoint of a run that has not processed a line.
    pub fn new(fingerprint: RunFingerprint) -> Checkpoint {
        Checkpoint {
            version: VERSION,
            fingerprint,
            position: None,
            out_bytes: 0,
            out_tail_hash: 0,
            finished: false,
            counts: Counts::of(&Summary::new(0)),
            before_tail: None,
        }
    }

    /// Notes how far the run was before a last line that has no end.
    pub fn set_before_tail(
        &mut self,
        position: Option<InputPosition>,
        (out_bytes, out_tail_hash): (u64, u64),
        counts: &Summary,
    ) {
        let counts = Counts::of(counts);
        self.before_tail = Some(Box::new(Progress { position, out_bytes, out_tail_hash, counts }));
    }

    /// Makes a complete run one that can be continued: before a last line that had no end, which
    /// may have one now.
    pub fn reopen(&mut self) {
        self.finished = false;
        if let Some(before) = self.before_tail.take() {
            let Progress { position, out_bytes, out_tail_hash, counts } = *before;
            self.position = position;
            self.out_bytes = out_bytes;
            self.out_tail_hash = out_tail_hash;
            self.counts = counts;
        }
    }

    /// Counts of the processed lines, for a rule set of `rules` rules.
    pub fn counts(&self, rules: usize) -> Summary {
        self.counts.to_summary(rules)
    }

    /// Sets the counts.
    pub fn set_counts(&mut self, summary: &Summary) {
        self.counts = Counts::of(summary);
    }

    /// `posts.jsonl` → `posts.jsonl.resume`.
    pub fn path_for(out: &Path) -> PathBuf {
        with_ending(out, ".resume")
    }

    /// Reads a checkpoint; `None` if the file does not exist.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not a checkpoint.
    pub fn read(path: &Path) -> io::Result<Option<Checkpoint>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let invalid = |message| io::Error::new(io::ErrorKind::InvalidData, message);
        let mut text = Vec::new();
        file.take(CHECKPOINT_BYTES_MAX + 1).read_to_end(&mut text)?;
        if text.len() as u64 > CHECKPOINT_BYTES_MAX {
            return Err(invalid(format!("longer than {CHECKPOINT_BYTES_MAX} bytes")));
        }
        let checkpoint: Checkpoint = serde_json::from_slice(&text)?;
        if checkpoint.version != VERSION {
            let message = format!("has format version {}, expected {VERSION}", checkpoint.version);
            return Err(invalid(message));
        }
        Ok(Some(checkpoint))
    }

    /// Replaces the file at `path` atomically.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the old file is kept.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let new = with_ending(path, ".new");
        let write = || {
            let mut text = serde_json::to_vec(self)?;
            text.push(b'\n');
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, path)
        };
        write().inspect_err(|_| drop(fs::remove_file(&new)))
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// A [`Summary`] for JSON: keyed by name where possible, without zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    posts: u64,
    skipped: u64,
    errors: BTreeMap<String, u64>,
    actions: BTreeMap<String, u64>,
    care: u64,
    capped: u64,
    #[serde(default)]
    repaired: u64,
    categories: BTreeMap<String, u64>,
    /// By rule index.
    rules: BTreeMap<usize, u64>,
    shadow: BTreeMap<usize, u64>,
    written: u64,
    bytes: u64,
}

impl Counts {
    fn of(summary: &Summary) -> Counts {
        // Without `..`, a new counter that is not stored is a compile error.
        let Summary {
            posts,
            skipped,
            errors,
            actions,
            care,
            capped,
            repaired,
            categories,
            rules,
            shadow,
            written,
            bytes,
        } = summary;
        let named = |rows: &mut dyn Iterator<Item = (&'static str, u64)>| {
            rows.filter(|(_, count)| *count > 0).map(|(name, n)| (name.to_owned(), n)).collect()
        };
        let numbered = |table: &[u64]| {
            table.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect()
        };
        Counts {
            posts: *posts,
            skipped: *skipped,
            errors: named(&mut errors.iter().copied()),
            actions: named(&mut Action::ALL.map(Action::name).into_iter().zip(*actions)),
            care: *care,
            capped: *capped,
            repaired: *repaired,
            categories: named(&mut categories.iter().map(|(it, count)| (it.name(), *count))),
            rules: numbered(rules),
            shadow: numbered(shadow),
            written: *written,
            bytes: *bytes,
        }
    }

    fn to_summary(&self, rules: usize) -> Summary {
        let mut summary = Summary::new(rules);
        let count = |table: &BTreeMap<String, u64>, name| table.get(name).copied().unwrap_or(0);
        summary.posts = self.posts;
        summary.skipped = self.skipped;
        let errors = ErrorCode::ALL.map(|code| (code.name(), count(&self.errors, code.name())));
        summary.errors = errors.into_iter().filter(|(_, count)| *count > 0).collect();
        summary.actions = Action::ALL.map(|action| count(&self.actions, action.name()));
        summary.care = self.care;
        summary.capped = self.capped;
        summary.repaired = self.repaired;
        for (name, count) in &self.categories {
            if let Some(category) = Category::from_name(name) {
                *summary.categories.get_mut(category) = *count;
            }
        }
        let both = [(&self.rules, &mut summary.rules), (&self.shadow, &mut summary.shadow)];
        for (rows, table) in both {
            for (rule, count) in rows {
                if let Some(total) = table.get_mut(*rule) {
                    *total = *count;
                }
            }
        }
        summary.written = self.written;
        summary.bytes = self.bytes;
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint() -> RunFingerprint {
        let input = |name: &str| InputFingerprint {
            name: name.to_owned(),
            bytes: Some(10),
            modified: Some(1_700_000_000_000_000_000),
        };
        RunFingerprint {
            engine: "1.2.3".to_owned(),
            ruleset: "0badcafe".to_owned(),
            flags: vec![("--max-line".to_owned(), "1000".to_owned())],
            inputs: vec![input("a"), input("b")],
            follows: false,
        }
    }

    fn summary() -> Summary {
        let mut summary = Summary::new(4);
        summary.posts = 9;
        summary.skipped = 1;
        summary.count_unreadable("too_long");
        summary.count_unreadable("internal");
        summary.actions = [5, 2, 1, 1];
        summary.care = 3;
        summary.capped = 2;
        summary.repaired = 3;
        for (name, count) in [("fraud", 7), ("x-scalping", 2)] {
            *summary.categories.get_mut(Category::from_name(name).unwrap()) = count;
        }
        summary.rules = vec![0, 8, 0, 1];
        summary.shadow = vec![1, 0, 0, 0];
        summary.written = 12;
        summary.bytes = 3000;
        summary
    }

    #[test]
    fn a_checkpoint_round_trips() {
        let folder = tempfile::tempdir().unwrap();
        let path = Checkpoint::path_for(&folder.path().join("out.jsonl"));
        assert!(path.ends_with("out.jsonl.resume"));
        assert_eq!(Checkpoint::read(&path).unwrap(), None);
        let mut checkpoint = Checkpoint::new(fingerprint());
        let position = InputPosition {
            input: 1,
            line_start: 5,
            end: 9,
            lines: 2,
            line_hash: u64::MAX,
            prefix_hash: 8,
            bytes_before: 77,
        };
        checkpoint.position = Some(position);
        checkpoint.set_counts(&summary());
        checkpoint.write(&path).unwrap();
        let read = Checkpoint::read(&path).unwrap().unwrap();
        assert_eq!(read, checkpoint);
        let counts = read.counts(4);
        assert_eq!((counts.lines(), counts.unreadable()), (12, 2));
        let sorted = |mut summary: Summary| {
            summary.errors.sort_unstable();
            summary
        };
        assert_eq!(sorted(counts), sorted(summary()));
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap()).collect();
        assert_eq!(names.len(), 1, "no other file is left: {names:?}");
    }

    #[test]
    fn rejects_files_that_are_not_checkpoints() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.resume");
        let text = serde_json::to_string(&Checkpoint::new(fingerprint())).unwrap();
        let other = text.replace("\"version\":2", "\"version\":3");
        for bad in ["", "{}", "nonsense", &text[..text.len() / 2], &other] {
            fs::write(&path, bad).unwrap();
            assert!(Checkpoint::read(&path).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_checkpoint_has_a_size_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.resume");
        let text = serde_json::to_vec(&Checkpoint::new(fingerprint())).unwrap();
        let most = usize::try_from(CHECKPOINT_BYTES_MAX).unwrap();
        for (length, is_read) in [(most - 1, true), (most, true), (most + 1, false)] {
            let padded = [&text[..], &vec![b' '; length - text.len()]].concat();
            fs::write(&path, padded).unwrap();
            assert_eq!(Checkpoint::read(&path).is_ok(), is_read, "{length} bytes");
        }
    }

    #[test]
    fn a_failed_write_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.resume");
        Checkpoint::new(fingerprint()).write(&path).unwrap();
        fs::create_dir(folder.path().join("x.resume.new")).unwrap();
        let mut other = Checkpoint::new(fingerprint());
        other.out_bytes = 5;
        assert!(other.write(&path).is_err());
        assert_eq!(Checkpoint::read(&path).unwrap().unwrap().out_bytes, 0);
    }

    #[test]
    fn every_difference_is_named() {
        let then = fingerprint();
        let last = InputPosition {
            input: 1,
            line_start: 0,
            end: 9,
            lines: 2,
            line_hash: 1,
            prefix_hash: 2,
            bytes_before: 10,
        };
        let same = then.continued(&fingerprint(), Some(&last)).unwrap();
        assert_eq!(
            (same.order.as_slice(), same.has_grown, same.has_more),
            (&[0, 1][..], false, false)
        );
        type Change = fn(&mut RunFingerprint);
        let changes: [(&str, Change); 7] = [
            ("tidegate was 1.2.3 and is now 1.2.4", |run| run.engine = "1.2.4".to_owned()),
            ("rules or the policy changed", |run| run.ruleset = "deadbeef".to_owned()),
            ("--max-line changed", |run| run.flags[0].1 = "1001".to_owned()),
            ("the input b is missing", |run| run.inputs.truncate(1)),
            ("the input b is missing", |run| run.inputs[1].name = "c".to_owned()),
            ("it had 10 bytes and now has 11", |run| run.inputs[0].bytes = Some(11)),
            ("it had 10 bytes and now has 9", |run| run.inputs[1].bytes = Some(9)),
        ];
        for (expected, change) in changes {
            let mut now = fingerprint();
            change(&mut now);
            let message = then.continued(&now, Some(&last)).unwrap_err();
            assert!(message.contains(expected), "{message}, not {expected}");
        }
    }

    #[test]
    fn an_input_that_is_followed_may_be_another_file() {
        let (then, mut now) = (fingerprint(), fingerprint());
        now.inputs[0].bytes = Some(1);
        now.inputs[1].modified = None;
        now.follows = true;
        let any = Continuation { order: vec![0, 1], has_grown: false, has_more: true };
        assert_eq!(then.continued(&now, None), Ok(any));
        now.inputs[0].name = "c".to_owned();
        assert!(then.continued(&now, None).unwrap_err().contains("the input a is missing"));
    }

    #[test]
    fn inputs_may_grow_and_be_added() {
        let then = fingerprint();
        let first = InputPosition {
            input: 0,
            line_start: 0,
            end: 9,
            lines: 2,
            line_hash: 1,
            prefix_hash: 2,
            bytes_before: 0,
        };
        let mut now = fingerprint();
        now.inputs[0].bytes = Some(11);
        let grown = Continuation { order: vec![0, 1], has_grown: true, has_more: true };
        assert_eq!(then.continued(&now, Some(&first)), Ok(grown));
        // What was not read yet may change.
        now.inputs[1].bytes = Some(2);
        assert!(then.continued(&now, Some(&first)).is_ok());
        assert!(then.continued(&now, None).is_ok_and(|own| own.has_more && !own.has_grown));
        // The order is that of the run.
        let mut now = fingerprint();
        now.inputs.swap(0, 1);
        let same = Continuation { order: vec![1, 0], has_grown: false, has_more: false };
        assert_eq!(then.continued(&now, Some(&first)), Ok(same));
        let mut now = fingerprint();
        now.inputs
            .insert(1, InputFingerprint { name: "between".to_owned(), ..now.inputs[0].clone() });
        let added = Continuation { order: vec![0, 2, 1], has_grown: false, has_more: true };
        assert_eq!(then.continued(&now, Some(&first)), Ok(added));
    }
}
