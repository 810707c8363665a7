//! A case hour by hour, as CSV. Only numbers and times: nothing in it needs to be masked.

use super::ids::hour;
use super::view::CaseView;
use crate::output::time;
use std::collections::BTreeMap;

/// Counts of an hour.
#[derive(Clone, Copy, Debug, Default)]
struct Hour {
    posts: u64,
    kept: u64,
    harmful: u64,
    reports: u64,
    entries: u64,
}

/// The table: posts of a campaign are all its members, of other cases those that are kept; the last
/// column counts entries of the log.
pub(super) fn timeline(view: &CaseView) -> String {
    let mut hours: BTreeMap<i64, Hour> = BTreeMap::new();
    for post in &view.posts {
        let Some(at) = post.at() else { continue };
        let counts = hours.entry(hour(at)).or_default();
        counts.kept += 1;
        counts.harmful += u64::from(matches!(post.action(), Some("review" | "block")));
    }
    match &view.campaign {
        Some(campaign) => {
            for (hour, posts) in &campaign.hours {
                hours.entry(*hour).or_default().posts += posts;
            }
        }
        None => hours.values_mut().for_each(|counts| counts.posts = counts.kept),
    }
    for report in &view.reports {
        hours.entry(hour(report.report.at)).or_default().reports += 1;
    }
    for entry in &view.history {
        hours.entry(hour(entry.at)).or_default().entries += 1;
    }
    let mut out = String::from("hour,posts,posts_kept,posts_harmful,reports,log_entries\n");
    for (hour, counts) in hours {
        let Hour { posts, kept, harmful, reports, entries } = counts;
        let hour = time(hour.saturating_mul(3600));
        out += &format!("{hour},{posts},{kept},{harmful},{reports},{entries}\n");
    }
    out
}
