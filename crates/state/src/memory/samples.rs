//! Which texts of a campaign are kept.
//!
//! The first 24 distinct texts, the 8 newest of the others, and the 8 most reported of them.

use crate::model::{Campaign, Sample, Seconds};
use crate::record::PostRecord;

const FIRST: usize = 24;
const NEWEST: usize = 8;
const REPORTED: usize = 8;

/// Keeps the text of a new member, whose number is the number of members.
pub fn add(campaign: &mut Campaign, post: &PostRecord, at: Seconds) {
    let first = campaign.samples.iter().filter(|sample| sample.is_first);
    let is_first =
        first.clone().count() < FIRST && first.into_iter().all(|it| it.text != post.text);
    campaign.samples.push(Sample {
        number: campaign.posts,
        id: post.id.clone(),
        author: post.author.clone(),
        channel: post.channel.clone(),
        at,
        action: post.scan.action.name().to_owned(),
        categories: categories(post),
        text: post.text.clone(),
        reports: 0,
        is_first,
    });
    trim(campaign);
}

fn categories(post: &PostRecord) -> Vec<(String, String)> {
    let all = post.scan.categories.iter();
    all.map(|(category, score)| (category.name().to_owned(), score.to_string())).collect()
}

/// Counts a report on the post of this id (JSON), if its text is kept.
pub fn report(campaign: &mut Campaign, id: &str) {
    let sample = campaign.samples.iter_mut().rev().find(|sample| sample.id == id);
    sample.into_iter().for_each(|sample| sample.reports += 1);
}

/// Drops texts that are neither among the first, nor the newest, nor the most reported.
fn trim(campaign: &mut Campaign) {
    let others = campaign.samples.iter().filter(|sample| !sample.is_first);
    let mut others: Vec<(u32, u64)> = others.map(|it| (it.reports, it.number)).collect();
    if others.len() <= NEWEST {
        return;
    }
    let newest: Vec<u64> = others[others.len() - NEWEST..].iter().map(|it| it.1).collect();
    others.retain(|(reports, number)| *reports > 0 && !newest.contains(number));
    others.sort_unstable_by(|left, right| right.cmp(left));
    others.truncate(REPORTED);
    campaign.samples.retain(|sample| {
        sample.is_first
            || newest.contains(&sample.number)
            || others.iter().any(|(_, number)| *number == sample.number)
    });
}
