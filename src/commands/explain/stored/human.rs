//! Authors, posts and channels of a state file, for people.

use crate::term::counts::{self, counted_u64};
use crate::term::layout::{Layout, Run};
use crate::term::palette::{self, FAINT, NO, PLAIN, STRONG, WARN, YES};
use crate::term::say;
use crate::why_text::write_why;
use tidegate_state::look::{
    AuthorReasons, AuthorView, CaseMention, ChannelReasons, ChannelView, GroupView, NextStep,
    PointReason, PostReasons, RaiseView, Time,
};
use tidegate_state::model::{CaseState, POINT};
use tidegate_state::output::duration;

/// What is left of other points is shown from here on: less may be rounding.
const LEFT_SHOWN: i64 = POINT / 10;

fn plain(text: impl Into<String>) -> Run {
    (PLAIN, text.into())
}

fn faint(text: impl Into<String>) -> Run {
    (FAINT, text.into())
}

fn heading(layout: &mut Layout, text: String) {
    layout.gap();
    layout.line(0, 0, &[(STRONG, text)]);
}

/// Why an author is at a step.
pub fn author(layout: &mut Layout, reasons: &AuthorReasons) {
    let AuthorReasons { clock, facts, raises, recent, others_left, half_life, next, .. } = reasons;
    layout.line(0, 0, &[(STRONG, say!("author {}", facts.author))]);
    step_of_author(layout, facts, *clock);
    let points = facts.points.text();
    let at = clock.text();
    layout.labelled(
        &say!("points"),
        &[plain(say!("{points} at {at}; they halve every {half_life}"))],
    );
    if let Some(next) = next {
        next_step(layout, next);
    }
    if let Some(down) = reasons.step_down {
        let down = down.text();
        layout
            .labelled(&say!("calm"), &[plain(say!("without points until {down}: one step down"))]);
    }
    counts(layout, facts);
    cases(layout, &reasons.cases);
    if !raises.is_empty() {
        heading(layout, say!("how the steps were reached"));
        raises.iter().for_each(|raise| raised(layout, raise));
    }
    heading(layout, say!("what gave points"));
    recent.iter().rev().for_each(|post| gave(layout, post));
    if others_left.0 >= LEFT_SHOWN || recent.is_empty() {
        let left = others_left.text();
        layout.line(2, 4, &[faint(say!("{left} are left of earlier posts and of decisions"))]);
    }
    groups(layout, &reasons.correlations);
}

fn step_of_author(layout: &mut Layout, facts: &AuthorView, clock: Time) {
    let step = match (&facts.step, &facts.ended) {
        (Some(step), _) => (WARN.bold(), step.clone()),
        (None, Some(step)) => plain(say!("none; {step} has ended")),
        (None, None) => plain(say!("none")),
    };
    let mut rest = String::new();
    if let Some(until) = facts.until.filter(|_| facts.step.is_some()) {
        let (until, left) = (until.text(), duration(until.0.saturating_sub(clock.0)));
        rest = say!(", until {until} ({left} from the clock)");
    }
    layout.labelled(&say!("step"), &[step, plain(rest)]);
    if let Some(step) = &facts.proposed {
        layout.labelled(&say!("proposed"), &[plain(say!("{step}; it waits for a decision"))]);
    }
}

fn next_step(layout: &mut Layout, next: &NextStep) {
    let NextStep { step, at, missing, confirm, not_before } = next;
    let (at, missing_text) = (at.text(), missing.text());
    let mut text = match missing.is_zero() {
        true => say!("{step}, from {at} points on: reached, the next post with points raises it"),
        false => say!("{step}, from {at} points on: {missing_text} are missing"),
    };
    if *confirm {
        text += &say!("; only a decision makes it");
    }
    if let Some(time) = not_before {
        let time = time.text();
        text += &say!("; not before {time}");
    }
    layout.labelled(&say!("next step"), &[plain(text)]);
}

fn counts(layout: &mut Layout, facts: &AuthorView) {
    let AuthorView { posts, flag, review, block, reports, upheld, overturned, .. } = facts;
    let text = say!("{posts}, of these flag {flag}, review {review}, block {block}");
    layout.labelled(&say!("posts"), &[plain(text)]);
    if reports + upheld + overturned > 0 {
        let text = say!("reports {reports}; decisions: upheld {upheld}, overturned {overturned}");
        layout.labelled(&say!("judged"), &[plain(text)]);
    }
    let (first, last) = (facts.first.text(), facts.last.text());
    layout.labelled(&say!("time"), &[plain(say!("{first} to {last}"))]);
}

fn cases(layout: &mut Layout, cases: &[CaseMention]) {
    for CaseMention { case, kind: _, state, priority } in cases {
        let text = match state {
            CaseState::Open => say!("{case}, open, priority {priority}"),
            CaseState::Decided => say!("{case}, decided"),
            CaseState::Overflow => say!("{case}, closed: too many cases were open"),
        };
        layout.labelled(&say!("case"), &[plain(text)]);
    }
}

fn raised(layout: &mut Layout, raise: &RaiseView) {
    let RaiseView { step, at, points, needed, decided } = raise;
    let (at, points) = (at.text(), points.text());
    let mut text = match needed {
        Some(needed) => {
            let needed = needed.text();
            say!(" at {at} with {points} points (from {needed} on)")
        }
        None => say!(" at {at} with {points} points"),
    };
    if *decided {
        text += &say!(", by a decision");
    }
    layout.line(2, 4, &[(WARN, step.clone()), plain(text)]);
}

fn gave(layout: &mut Layout, reason: &PointReason) {
    let PointReason { post, at, gave, left, action, category, campaign } = reason;
    let (post, at, gave, left) = (post.plain(), at.text(), gave.text(), left.text());
    let mut runs = vec![plain(say!("{post} at {at} gave {gave}, {left} are left"))];
    if let Some(action) = action {
        runs.push(plain(", "));
        runs.push((palette::action(action), action.clone()));
    }
    if let Some(category) = category {
        runs.push(plain(format!(" {category}")));
    }
    if let Some(campaign) = campaign {
        runs.push(plain(say!(", campaign {campaign}")));
    }
    layout.line(2, 4, &runs);
}

fn groups(layout: &mut Layout, groups: &[GroupView]) {
    let has_something = |view: &&GroupView| view.kept > 0 || view.quiet_until.is_some();
    let groups: Vec<&GroupView> = groups.iter().filter(has_something).collect();
    if groups.is_empty() {
        return;
    }
    heading(layout, say!("rules over several posts, by this author"));
    for view in groups {
        let GroupView { rule, group, kept, oldest: _, last, quiet_until, held } = view;
        let key: Vec<String> =
            group.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (key, last) = (key.join(" "), last.text());
        let mut text = say!(" {key}: {kept} counted, the last at {last}");
        if let Some(until) = quiet_until {
            let until = until.text();
            text += &say!("; it fired, and is quiet until {until} ({held} times held)");
        }
        layout.line(2, 4, &[(STRONG, rule.clone()), plain(text)]);
    }
}

/// What is known of a post.
pub fn post(layout: &mut Layout, reasons: &PostReasons) {
    let id = reasons.post.plain();
    layout.line(0, 0, &[(STRONG, say!("post {id}"))]);
    let mut runs = vec![(palette::action(&reasons.action), reasons.action.clone())];
    runs.extend(reasons.category.iter().map(|category| plain(format!(" {category}"))));
    if reasons.care {
        runs.push(plain(say!(", the author may need help")));
    }
    layout.labelled(&say!("action"), &runs);
    layout.labelled(&say!("time"), &[plain(reasons.at.text())]);
    if let Some(channel) = &reasons.channel {
        layout.labelled(&say!("channel"), &[plain(channel)]);
    }
    if let Some(author) = &reasons.author {
        layout.labelled(&say!("author"), &[plain(author)]);
    }
    if let Some(author) = &reasons.by {
        step_of_author(layout, author, reasons.clock);
    }
    let (gave, left) = (reasons.gave.text(), reasons.left.text());
    layout.labelled(&say!("points"), &[plain(say!("gave {gave}, {left} are left"))]);
    if let Some(outcome) = reasons.outcome {
        layout.labelled(&say!("decision"), &[plain(outcome.name())]);
    }
    cases(layout, reasons.case.as_slice());
    if let Some(campaign) = &reasons.campaign {
        let id = &campaign.campaign;
        let posts = counted_u64(campaign.posts, &counts::POSTS);
        let authors = counted_u64(campaign.authors, &counts::AUTHORS);
        let mut text = say!("{id}: {posts} by {authors}");
        if !campaign.acts.is_empty() {
            text += &say!("; acts: {}", campaign.acts.join(", "));
        }
        layout.labelled(&say!("campaign"), &[plain(text)]);
    }
    if !reasons.reports.is_empty() {
        heading(layout, say!("reports"));
    }
    for report in &reasons.reports {
        let (by, at, weight) = (&report.by, report.at.text(), report.weight.text());
        let reason = report.reason.iter().map(|reason| faint(format!(": {reason}")));
        let mut runs = vec![plain(say!("{by} at {at}, weight {weight}"))];
        runs.extend(reason);
        layout.line(2, 4, &runs);
    }
    if let Some(why) = &reasons.why {
        heading(layout, say!("why it is in its campaign"));
        write_why(layout, why);
    }
    groups(layout, &reasons.correlations);
}

/// Why a channel is at a step.
pub fn channel(layout: &mut Layout, reasons: &ChannelReasons) {
    let ChannelReasons { clock, facts, window, steps, days, cases: about } = reasons;
    let ChannelView { posts, harmful, .. } = facts;
    layout.line(0, 0, &[(STRONG, say!("channel {}", facts.channel))]);
    let mut rest = String::new();
    if let Some(until) = facts.until {
        let (until, left) = (until.text(), duration(until.0.saturating_sub(clock.0)));
        rest = say!(", until {until} ({left} from the clock)");
    }
    let step = match &facts.step {
        Some(step) => (WARN.bold(), step.clone()),
        None => plain(say!("none")),
    };
    layout.labelled(&say!("step"), &[step, plain(rest)]);
    if let Some(step) = &facts.proposed {
        layout.labelled(&say!("proposed"), &[plain(say!("{step}; it waits for a decision"))]);
    }
    let rate = facts.per_1000.short();
    let certain = facts.per_1000_at_least.short();
    let text = say!(
        "{harmful} of {posts} posts in {window} are harmful: {rate} per 1000, at least {certain} (95 %)"
    );
    layout.labelled(&say!("rate"), &[plain(text)]);
    let (all, all_harmful) = (facts.all_posts, facts.all_harmful);
    layout.labelled(&say!("in all"), &[plain(say!("{all_harmful} of {all} posts"))]);
    let at = clock.text();
    layout.labelled(&say!("clock"), &[plain(at)]);
    cases(layout, about);
    heading(layout, say!("steps"));
    for step in steps {
        let over = step.over_per_1000.text();
        let (style, sign) = if step.exceeded { (YES, "✓") } else { (NO, "✗") };
        let mut text = say!("over {over} per 1000");
        if step.confirm {
            text += &say!("; only a decision makes it");
        }
        let name = format!(" {} ", step.step);
        layout.line(2, 4, &[(style, sign.to_owned()), (STRONG, name), plain(text)]);
    }
    heading(layout, say!("days"));
    for day in days {
        let (date, posts, harmful) = (day.day.text(), day.posts, day.harmful);
        let date = date.get(..10).unwrap_or(&date).to_owned();
        layout.line(2, 4, &[plain(say!("{date}: {harmful} of {posts} posts"))]);
    }
}
