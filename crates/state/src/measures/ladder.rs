//! Reads `ladder:`.

use super::limits::{POINTS_MAX, STEPS_MAX};
use super::model::{AuthorLadder, ChannelLadder, ChannelStep, Points, Step};
use super::reader::Reader;
use super::schema::{
    AuthorKeys, ChannelKeys, ChannelStepKeys, LadderKeys, PointKeys, StepKeys, Text,
};
use super::units;
use super::written::DurationText;
use std::ops::Range;
use tidegate_engine::message::message;
use tidegate_engine::rules::source::yaml::At;

const DAY: i64 = 86_400;

/// All of a share, in millionths.
const WHOLE: u32 = 1_000_000;

/// What a file says about steps.
pub fn ladder(reader: &mut Reader<'_>, keys: &LadderKeys) -> (AuthorLadder, ChannelLadder) {
    let LadderKeys { author, channel } = keys;
    (authors(reader, author), channels(reader, channel))
}

fn authors(reader: &mut Reader<'_>, keys: &AuthorKeys) -> AuthorLadder {
    let AuthorKeys { points, half_life, calm, notice, steps } = keys;
    let mut ladder = AuthorLadder::default();
    self::points(reader, points, &mut ladder.points);
    reader.positive_duration(half_life.as_ref(), &mut ladder.half_life);
    reader.positive_duration(calm.as_ref(), &mut ladder.calm);
    reader.duration(notice.as_ref(), &mut ladder.notice);
    let Some(steps) = steps else {
        if let Some(notice) = notice {
            check_notice(reader, &notice.range, &ladder);
        }
        return ladder;
    };
    reader.at_most(&steps.0, STEPS_MAX, "steps");
    let names: Vec<&Text> = steps.0.iter().filter_map(|it| it.value.step.as_ref()).collect();
    check_names(reader, &names);
    let confirms = steps.0.iter().map(|it| it.value.confirm.as_ref()).collect::<Vec<_>>();
    check_confirms(reader, &confirms);
    ladder.steps.clear();
    for written in &steps.0 {
        let Some(step) = step(reader, written) else { continue };
        let last = ladder.steps.last().map(|it| it.at);
        if last.is_some_and(|last| last >= step.at) {
            let range = written.value.at.as_ref().map_or(&written.range, |at| &at.range);
            let help =
                message!("order the steps by `at`, each at more points than the one before it");
            reader.bad(range, message!("this step is not above the one before it"), help);
        }
        if let Some(lasts) = step.lasts.filter(|lasts| *lasts < ladder.notice) {
            let range = written.value.lasts.as_ref().map_or(&written.range, |it| &it.range);
            warn_short(reader, range, lasts, ladder.notice);
        }
        ladder.steps.push(step);
    }
    ladder
}

/// Checks `notice` with steps that the file does not name.
fn check_notice(reader: &mut Reader<'_>, range: &Range<usize>, ladder: &AuthorLadder) {
    let shortest = ladder.steps.iter().filter_map(|step| step.lasts).min();
    if let Some(lasts) = shortest.filter(|lasts| *lasts < ladder.notice) {
        warn_short(reader, range, lasts, ladder.notice);
    }
}

fn warn_short(reader: &mut Reader<'_>, range: &Range<usize>, lasts: i64, notice: i64) {
    let (lasts, notice) = (units::duration_text(lasts), units::duration_text(notice));
    let message = message!(
        "the step ends after {lasts}, and no post raises a further one for {notice} (`notice`)"
    );
    let help = message!("make `for` at least as long as `notice`");
    reader.warn(range, "short_step", message, help);
}

fn points(reader: &mut Reader<'_>, keys: &PointKeys, points: &mut Points) {
    let PointKeys { flag, review, block, campaign, upheld } = keys;
    reader.points(flag.as_ref(), &mut points.flag);
    reader.points(review.as_ref(), &mut points.review);
    reader.points(block.as_ref(), &mut points.block);
    reader.points(campaign.as_ref(), &mut points.campaign);
    reader.points(upheld.as_ref(), &mut points.upheld);
}

fn check_names(reader: &mut Reader<'_>, names: &[&Text]) {
    let help = message!("the steps of one ladder have different names");
    reader.unique(names, "duplicate_name", &help);
}

/// Warns of steps after one that waits for a decision.
fn check_confirms(reader: &mut Reader<'_>, confirms: &[Option<&At<bool>>]) {
    let before = confirms.split_last().map_or(&[][..], |(_, before)| before);
    for confirm in before.iter().flatten().filter(|it| it.value) {
        let message = message!("the steps after this one are reached only after its decision");
        let help = message!("let the last step alone wait for a decision");
        reader.warn(&confirm.range, "confirm_not_last", message, help);
    }
}

/// The name of a step.
fn step_name(reader: &mut Reader<'_>, name: Option<&Text>, range: &Range<usize>) -> Option<String> {
    let Some(name) = name else {
        reader.missing("step", range, message!("the name of the step, such as `step: warn`"));
        return None;
    };
    reader.name(name)
}

/// How long a step is in force.
fn lasts(reader: &mut Reader<'_>, written: Option<&At<DurationText>>) -> Option<i64> {
    let mut seconds = 0;
    reader.positive_duration(written, &mut seconds);
    (seconds > 0).then_some(seconds)
}

fn step(reader: &mut Reader<'_>, written: &At<StepKeys>) -> Option<Step> {
    let At { value: StepKeys { step, at, lasts: written_lasts, confirm }, range } = written;
    let name = step_name(reader, step.as_ref(), range);
    let lasts = lasts(reader, written_lasts.as_ref());
    let Some(points) = at else {
        reader.missing("at", range, message!("the points of the step, such as `at: 8`"));
        return None;
    };
    let at = reader.millionths(Some(points), POINTS_MAX)?;
    if at == 0 {
        let help = message!("write the points from which the step holds");
        reader.bad(&points.range, message!("every author has 0 points"), help);
        return None;
    }
    Some(Step { name: name?, at, lasts, confirm: confirm.as_ref().is_some_and(|it| it.value) })
}

fn channels(reader: &mut Reader<'_>, keys: &ChannelKeys) -> ChannelLadder {
    let ChannelKeys { window, steps } = keys;
    let mut ladder = ChannelLadder::default();
    reader.positive_duration(window.as_ref(), &mut ladder.window);
    if let (Some(window), false) = (window, ladder.window % DAY == 0) {
        let help = message!("the posts of a channel are counted by day: write `7d`");
        reader.bad(&window.range, message!("this window is not a number of whole days"), help);
    }
    let Some(steps) = steps else {
        return ladder;
    };
    reader.at_most(&steps.0, STEPS_MAX, "steps");
    let names: Vec<&Text> = steps.0.iter().filter_map(|it| it.value.step.as_ref()).collect();
    check_names(reader, &names);
    let confirms = steps.0.iter().map(|it| it.value.confirm.as_ref()).collect::<Vec<_>>();
    check_confirms(reader, &confirms);
    ladder.steps.clear();
    for written in &steps.0 {
        let Some(step) = channel_step(reader, written) else { continue };
        let last = ladder.steps.last().map(|it| it.over);
        if last.is_some_and(|last| last >= step.over) {
            let range = written.value.over.as_ref().map_or(&written.range, |over| &over.range);
            let help = message!(
                "order the steps by `over`, each over a larger share than the one before it"
            );
            reader.bad(range, message!("this step is not above the one before it"), help);
        }
        ladder.steps.push(step);
    }
    ladder
}

fn channel_step(reader: &mut Reader<'_>, written: &At<ChannelStepKeys>) -> Option<ChannelStep> {
    let At { value: ChannelStepKeys { step, over, lasts: written_lasts, confirm }, range } =
        written;
    let name = step_name(reader, step.as_ref(), range);
    let lasts = lasts(reader, written_lasts.as_ref());
    let Some(share) = over else {
        reader.missing("over", range, message!("the share of the step, such as `over: 1 %`"));
        return None;
    };
    let over = reader.text(Some(share), units::percent)?;
    if over == WHOLE {
        let help = message!("write a share below 100 %");
        reader.error(&share.range, "never_true", message!("no share is over 100 %"), help);
        return None;
    }
    let confirm = confirm.as_ref().is_some_and(|it| it.value);
    Some(ChannelStep { name: name?, over, lasts, confirm })
}
