//! The cost limit of searches, and decisions about matches.

/// The caller's decision about a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchDecision {
    /// It is a hit: continue after its end.
    Accept,
    /// It is not a hit: continue one character after its start.
    Reject,
}

/// How much searching one text may cost, in bytes read. Only hostile texts and rules that are
/// far too loose exhaust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchBudget {
    pub(super) left: u64,
    /// Bytes that can still be searched in short windows.
    pub(super) short: usize,
    pub(super) capped: bool,
}

impl SearchBudget {
    /// Enough for any number of matches in a normal post: a text of one kilobyte can be read
    /// eight thousand times. Chosen with `benches/worst`, which keeps floors for hostile posts.
    pub const BYTES_MIN: u64 = 8 << 20;

    /// How many times a long text can be read.
    pub const READINGS: u64 = 64;

    /// Bytes of a text that are searched in short windows, by the engine whose cost depends on
    /// the pattern. The long-text engine takes over afterwards. Not measured separately.
    pub const SHORT_BYTES: usize = 16 << 10;

    /// The budget of one regex on a text of `text_bytes`.
    pub fn for_text(text_bytes: usize) -> SearchBudget {
        let left =
            SearchBudget::BYTES_MIN.max(SearchBudget::READINGS.saturating_mul(text_bytes as u64));
        SearchBudget { left, short: SearchBudget::SHORT_BYTES, capped: false }
    }

    /// Was the budget exhausted, so that matches may be missing?
    pub fn is_capped(&self) -> bool {
        self.capped
    }

    /// Bytes that can still be read.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Spends `bytes` of the short-window budget. `false` if there are fewer left; the rest is
    /// spent then.
    pub(super) fn spend_short(&mut self, bytes: usize) -> bool {
        let left = self.short.checked_sub(bytes);
        self.short = left.unwrap_or(0);
        left.is_some()
    }

    pub(super) fn has_short(&self) -> bool {
        self.short > 0
    }

    /// Spends `bytes`. `false` if there are fewer left.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes as u64) {
            Some(left) => self.left = left,
            None => self.capped = true,
        }
        !self.capped
    }
}
