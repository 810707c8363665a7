//! Reads `campaigns:`.

use super::model::{Campaigns, Ignore};
use super::reader::Reader;
use super::schema::{ActionName, CampaignKeys, HarmfulKeys, IgnoreKeys, StoryKeys};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::limits::TERM_BYTES_MAX;
use tidegate_engine::domain::score::{Score, WEIGHT_POINTS_MAX};
use tidegate_engine::message::message;
use tidegate_engine::rules::source::yaml::At;

/// Any text, in `like`.
const ANY: char = '…';

/// Authors of a campaign that a file can demand.
const AUTHORS_MAX: u64 = 1_000_000;

/// What a file says about campaigns.
pub fn campaigns(reader: &mut Reader<'_>, keys: &CampaignKeys) -> Campaigns {
    let CampaignKeys { window, authors, harmful, story, strip, ignore } = keys;
    let mut campaigns = Campaigns::default();
    reader.positive_duration(window.as_ref(), &mut campaigns.window);
    if let Some(count) = reader.count(authors.as_ref(), AUTHORS_MAX) {
        campaigns.authors = count;
    }
    let HarmfulKeys { share, action } = harmful;
    reader.percent(share.as_ref(), &mut campaigns.harmful.share);
    if let Some(At { value, .. }) = action {
        campaigns.harmful.action = named(*value);
    }
    let StoryKeys { category, weight } = story;
    if let Some(category) = reader.category_at(category.as_ref()) {
        campaigns.story.category = category;
    }
    if let Some(score) = weight.as_ref().and_then(|weight| positive_score(reader, weight)) {
        campaigns.story.weight = score;
    }
    reader.not_too_many(&strip.0, "strip");
    for literal in &strip.0 {
        if is_text(reader, "strip", literal) {
            campaigns.strip.push(literal.value.clone());
        }
    }
    reader.not_too_many(&ignore.0, "ignore");
    campaigns.ignore = ignore.0.iter().filter_map(|it| ignored(reader, it)).collect();
    campaigns
}

fn named(name: ActionName) -> Action {
    match name {
        ActionName::Allow => Action::Allow,
        ActionName::Flag => Action::Flag,
        ActionName::Review => Action::Review,
        ActionName::Block => Action::Block,
    }
}

fn positive_score(reader: &mut Reader<'_>, written: &At<f64>) -> Option<Score> {
    let At { value, range } = written;
    let score = Score::from_points(*value);
    match score {
        Some(score) if score > Score::ZERO => return Some(score),
        Some(_) => {
            let help = message!(
                "at 0 a story would change nothing; name texts that may repeat in `ignore`"
            );
            reader.bad(range, message!("the weight of a story must be above 0"), help);
        }
        None => {
            let help =
                message!("points have at most three decimals and are within ±{WEIGHT_POINTS_MAX}");
            reader.bad(range, message!("{} is not a valid number of points", value), help);
        }
    }
    None
}

/// Is there text, and not too much of it?
fn is_text(reader: &mut Reader<'_>, key: &str, written: &At<String>) -> bool {
    let At { value, range } = written;
    if value.trim_matches(|c: char| c == ANY || c.is_whitespace()).is_empty() {
        let help = message!("write the text as posts have it, or remove the entry");
        reader.bad(range, message!("`{key}` without text"), help);
        return false;
    }
    if value.len() > TERM_BYTES_MAX {
        let help = message!("a part that no other text has is enough");
        let message = message!("`{key}` has more than {TERM_BYTES_MAX} bytes");
        reader.error(range, "too_large", message, help);
        return false;
    }
    true
}

fn ignored(reader: &mut Reader<'_>, written: &At<IgnoreKeys>) -> Option<Ignore> {
    let At { value: IgnoreKeys { like, reason }, range } = written;
    let reason_text = reason.as_ref().map_or("", |reason| reason.value.trim());
    if reason_text.is_empty() {
        reader.missing("reason", range, message!("state the reason, for later readers"));
    }
    let Some(like) = like else {
        let help = message!("the text, with `…` for what changes: `like: 我在“…”项目捐款成功！`");
        reader.missing("like", range, help);
        return None;
    };
    let reason = reason_text.to_owned();
    is_text(reader, "like", like).then(|| Ignore { like: like.value.clone(), reason })
}
