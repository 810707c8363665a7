//! Campaigns: texts that are alike, under one or many names.

use super::{Micro, Seconds};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A text that later posts are compared with. A post that is alike none yet is a *single*; a campaign
/// has up to 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number in order of arrival, over singles and campaigns.
    pub number: u64,
    /// The lowest 64 shingle hashes, ascending; empty for texts that are compared as a whole.
    pub sketch: Box<[u32]>,
    /// Hash of the whole sequence of symbols.
    pub whole: u64,
    /// Weight of the text.
    pub weight: u32,
    /// For each of the lowest 8 hashes, bit `n`: its list of the index still has the entry. Bit 0 for
    /// texts that are compared as a whole.
    pub listed: u8,
    /// The post.
    pub post: Member,
}

/// What is kept of a post that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id as in the line (JSON).
    pub id: String,
    /// Hash of the author's id; 0 without one.
    pub author: u64,
    /// Hash of the channel; 0 without one.
    pub channel: u64,
    /// Its time.
    pub at: Seconds,
    /// Views.
    pub reach: u64,
    /// It is `review` or more by `scan`, self-harm excluded.
    pub harmful: bool,
}

/// Posts with texts that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// `k` and 10 hex digits.
    pub id: String,
    /// Number in order of creation.
    pub number: u64,
    /// Time of the first member.
    pub first: Seconds,
    /// Largest time of a member.
    pub last: Seconds,
    /// Members.
    pub posts: u64,
    /// Members that are `review` or more by `scan`.
    pub harmful: u64,
    /// Sum of the members' weights.
    pub weight: u64,
    /// Sum of the members' views.
    pub reach: u64,
    /// Distinct authors.
    pub authors: Distinct,
    /// Distinct channels.
    pub channels: Distinct,
    /// Members by hour (hours since 1970); at most 1,000 hours, the oldest are added to the next.
    pub hours: BTreeMap<i64, u64>,
    /// The texts that later posts are compared with; at most 8, the first is the first member's.
    pub entries: Vec<Entry>,
    /// Others that a member was like; at most 8.
    pub related: Vec<String>,
    /// Kept texts of members.
    pub samples: Vec<Sample>,
    /// Computed last when so many authors were counted; 0 if never.
    pub template_authors: u64,
    /// The common text and its slots.
    pub template: Option<TemplateRecord>,
    /// Its members became `review`.
    pub acts_harmful: bool,
    /// It is a fabricated story: rule `campaign.story`.
    pub acts_story: bool,
    /// A reviewer or the measures said that it does not act: the reason.
    pub ignored: Option<String>,
    /// Its case.
    pub case: Option<String>,
    /// Weight of reports on members.
    pub reports: Micro,
}

/// Distinct hashes: exact up to 64, then an estimate (HyperLogLog with 1,024 registers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// In ascending order.
    Exact(Vec<u64>),
    /// Registers.
    About(Box<[u8]>),
}

impl Distinct {
    /// How many: exact, or the estimate of the registers.
    ///
    /// The estimate is `m × (H(m) − H(empty))` for few, the mean number of hashes that leave so many
    /// registers empty, else `α × m² ÷ Σ 2^−register`. In integers, so that every machine agrees.
    pub fn count(&self) -> u64 {
        let registers = match self {
            Distinct::Exact(hashes) => return hashes.len() as u64,
            Distinct::About(registers) => registers,
        };
        const UNIT: u128 = 1 << 40;
        let all = registers.len() as u128;
        let sum: u128 = registers.iter().map(|register| UNIT >> u32::from(*register).min(40)).sum();
        // α of 1,024 registers: 0.7205366.
        let mean = (all * all * UNIT).checked_div(sum).unwrap_or(0) * 7_205_366 / 10_000_000;
        let empty = registers.iter().filter(|register| **register == 0).count() as u128;
        if empty == 0 || 2 * mean > 5 * all {
            return u64::try_from(mean).unwrap_or(u64::MAX);
        }
        let parts: u128 = (empty + 1..=all).map(|register| all * UNIT / register).sum();
        u64::try_from(parts / UNIT).unwrap_or(u64::MAX)
    }
}

/// A kept text of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Number of the member in its campaign, from 1.
    pub number: u64,
    /// The id as in the line (JSON).
    pub id: String,
    /// The author's id.
    pub author: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// Its time.
    pub at: Seconds,
    /// Its action: `allow`, `flag`, `review`, `block`.
    pub action: String,
    /// Categories and scores of `scan`, as in the verdict.
    pub categories: Vec<(String, String)>,
    /// Its title and text, cut after 4,000 characters.
    pub text: String,
    /// Reports that were counted.
    pub reports: u32,
    /// One of the first distinct texts.
    pub is_first: bool,
}

/// The common text of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRecord {
    /// `{1:text}华人圈出大事了{2:text}`.
    pub text: String,
    /// Weight of the fixed text.
    pub fixed_weight: u32,
    /// The slots, in order.
    pub slots: Vec<Slot>,
}

/// A place of a template where the texts differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// `number`, `url`, `handle` or `text`.
    pub kind: String,
    /// It has fixed text before and after it.
    pub between: bool,
    /// Values with their counts: the most frequent first, then by text.
    pub values: Vec<(String, u32)>,
}
