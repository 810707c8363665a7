//! The hash of measures: over their values, not over their text.

use super::model::{
    AuthorLadder, Bounds, Campaigns, ChannelLadder, ChannelStep, Clause, Clock, Harmful, Ignore,
    Keep, Limit, Measures, Operation, Per, Points, Queue, Step, Story, What,
};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

impl Measures {
    /// 8 hex digits that change with every value. A default gives the same hash whether a file
    /// writes it or not.
    pub fn hash_hex(&self) -> String {
        let hash = xxh3_64(canonical(self).to_string().as_bytes());
        format!("{:08x}", hash as u32)
    }
}

/// All values in a fixed order: lists without names, so that names may change.
fn canonical(measures: &Measures) -> Value {
    let Measures {
        clock: Clock { late, jump },
        campaigns,
        authors,
        channels,
        limits,
        operations,
        queue: Queue { harm, harm_default },
        keep: Keep { samples, authors: kept_authors, posts: kept_posts, cases: kept_cases },
        bounds,
    } = measures;
    let harm: Vec<Value> = harm.iter().map(|(name, harm)| json!([name, harm])).collect();
    json!([
        1,
        [late, jump],
        of_campaigns(campaigns),
        of_authors(authors),
        of_channels(channels),
        limits.iter().map(of_limit).collect::<Vec<Value>>(),
        operations.iter().map(of_operation).collect::<Vec<Value>>(),
        [harm, harm_default],
        [samples, kept_authors, kept_posts, kept_cases],
        of_bounds(bounds),
    ])
}

fn of_campaigns(campaigns: &Campaigns) -> Value {
    let Campaigns {
        window,
        authors,
        harmful: Harmful { share, action },
        story: Story { category, weight },
        strip,
        ignore,
    } = campaigns;
    let ignore: Vec<Value> =
        ignore.iter().map(|Ignore { like, reason }| json!([like, reason])).collect();
    let story = json!([category.name(), weight.millis()]);
    json!([window, authors, [share, action.name()], story, strip, ignore])
}

fn of_authors(ladder: &AuthorLadder) -> Value {
    let AuthorLadder { points, half_life, calm, notice, steps } = ladder;
    let Points { flag, review, block, campaign, upheld } = points;
    let steps: Vec<Value> = steps
        .iter()
        .map(|Step { name, at, lasts, confirm }| json!([name, at, lasts, confirm]))
        .collect();
    json!([[flag, review, block, campaign, upheld], half_life, calm, notice, steps])
}

fn of_channels(ladder: &ChannelLadder) -> Value {
    let ChannelLadder { window, steps } = ladder;
    let steps: Vec<Value> = steps
        .iter()
        .map(|ChannelStep { name, over, lasts, confirm }| json!([name, over, lasts, confirm]))
        .collect();
    json!([window, steps])
}

fn of_limit(limit: &Limit) -> Value {
    let Limit { count, period, per } = limit;
    let per = match per {
        Per::All => "all",
        Per::Channel => "channel",
        Per::Category => "category",
        Per::Rule => "rule",
    };
    json!([count, period, per])
}

fn of_operation(operation: &Operation) -> Value {
    let Operation { id, from, until, when, points, queue } = operation;
    let when: Vec<Value> = when.iter().map(of_clause).collect();
    json!([id, from, until, when, points, queue])
}

fn of_clause(clause: &Clause) -> Value {
    let Clause { what, negated, values } = clause;
    let what = match what {
        What::Category => "category",
        What::Rule => "rule",
        What::Channel => "channel",
        What::Author => "author",
    };
    json!([what, negated, values])
}

fn of_bounds(bounds: &Bounds) -> Value {
    let Bounds { singles, campaigns, authors, channels, groups, moments, posts, cases } = bounds;
    json!([singles, campaigns, authors, channels, groups, moments, posts, cases])
}
