//! What goes to a state file and comes from it.

use super::{
    Author, Breaker, Campaign, Case, Channel, Entry, Group, LogEntry, OperationDays, PostRef,
    Report, Reporter, Totals,
};
use serde::{Deserialize, Serialize};

/// The name in [`Changes::meta`] of the hash of the measures alone, without correlations: verbs that
/// read the file have no rules, and compare it.
pub const MEASURES_KEY: &str = "measures";

/// A row that was changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<K, V> {
    /// Its new content.
    Put(V),
    /// It is gone.
    Gone(K),
}

/// Everything that changed since the last checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Counts and clock.
    pub totals: Totals,
    /// Names and values to set: versions, hashes of rules. `totals` is taken.
    pub meta: Vec<(String, String)>,
    /// By id.
    pub authors: Vec<Change<String, Author>>,
    /// By id.
    pub channels: Vec<Change<String, Channel>>,
    /// By id.
    pub campaigns: Vec<Change<String, Campaign>>,
    /// New singles, by number ascending.
    pub singles: Vec<Entry>,
    /// Singles that changed after they were added, some of them in `singles`: their number and
    /// [`Entry::listed`], `None` if they are gone.
    pub listed: Vec<(u64, Option<u8>)>,
    /// By rule and key, see [`Group::id`].
    pub groups: Vec<Change<String, Group>>,
    /// By key.
    pub breakers: Vec<Change<String, Breaker>>,
    /// New posts that reports can name, by number ascending. Those before [`Totals::first_post`] are
    /// gone.
    pub posts: Vec<PostRef>,
    /// Posts of earlier checkpoints that changed, by number ascending.
    pub changed_posts: Vec<PostRef>,
    /// By id.
    pub cases: Vec<Change<String, Case>>,
    /// By post and reader, see [`Report::id`].
    pub reports: Vec<Change<String, Report>>,
    /// By id.
    pub reporters: Vec<Change<String, Reporter>>,
    /// By id.
    pub operations: Vec<Change<String, OperationDays>>,
    /// New entries.
    pub log: Vec<LogEntry>,
}

/// Everything in a state file but the log, of which the last entry is enough. Rows in no order but
/// singles, which are by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Counts and clock.
    pub totals: Totals,
    /// All authors.
    pub authors: Vec<Author>,
    /// All channels.
    pub channels: Vec<Channel>,
    /// All campaigns.
    pub campaigns: Vec<Campaign>,
    /// All singles that are not gone, by number.
    pub singles: Vec<Entry>,
    /// All groups.
    pub groups: Vec<Group>,
    /// All breakers.
    pub breakers: Vec<Breaker>,
    /// All posts, by number.
    pub posts: Vec<PostRef>,
    /// All cases.
    pub cases: Vec<Case>,
    /// All reports.
    pub reports: Vec<Report>,
    /// All reporters.
    pub reporters: Vec<Reporter>,
    /// All operations.
    pub operations: Vec<OperationDays>,
    /// The last entry of the log.
    pub log: Option<LogEntry>,
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Number of the run in the state file, from 1.
    pub number: u64,
    /// All inputs were read.
    pub finished: bool,
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Hash of the measures and correlations, 8 hex digits.
    pub measures: String,
    /// Everything else that must be the same when the run goes on: flags, mapping.
    pub settings: String,
    /// Position in the inputs, as JSON; `None` at their start.
    pub position: Option<String>,
    /// Lines read from the inputs.
    pub lines: u64,
    /// The output file; `None` for standard output.
    pub output: Option<String>,
    /// Bytes of the output.
    pub output_bytes: u64,
    /// xxh3-64 of the last 4,096 bytes of the output.
    pub output_end: u64,
}

impl Run {
    /// Is it the run of a service, which has no inputs?
    pub fn is_live(&self) -> bool {
        self.inputs.is_empty()
    }
}

impl Group {
    /// Identifies the group: rule and values, separated by U+001F.
    pub fn id(&self) -> String {
        let values = self.key.iter().map(|(_, value)| value.as_str());
        std::iter::once(self.rule.as_str()).chain(values).collect::<Vec<_>>().join("\u{1f}")
    }
}

impl Report {
    /// Identifies the report: post and reader, separated by U+001F.
    pub fn id(&self) -> String {
        format!("{}\u{1f}{}", self.post, self.by)
    }
}
