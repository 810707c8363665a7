//! The numbers of a state as one HTML page.

use super::{CampaignRow, OperationRow, Period, StateReport, StepRow};
use crate::league::{Estimate, Standing};
use crate::model::Evictions;
use crate::pages::{SlotRow, TemplatePiece, hours_chart, slot_rows, template_pieces, words};
use askama::Template;
use std::collections::BTreeMap;
use tidegate_analysis::html::chart::Columns;
use tidegate_analysis::html::plot::Interval;
use tidegate_analysis::html::{Count, Head, SafeText, Share};
use tidegate_analysis::statistics::Rate;
use tidegate_engine::message::message;
use tidegate_messages::Language;

/// Most channels on the page, half of them from each end; JSON has all.
const CHANNELS_MAX: usize = 200;

/// Campaigns that are always visible; further ones can be unfolded.
const CAMPAIGNS_VISIBLE: usize = 10;

/// Most values of a slot on the page.
const VALUES_MAX: usize = 6;

words! {
    kicker: "tidegate report", "tidegate 报告";
    contents: "Contents", "目录";
    as_of: "as of", "截至";
    posts: "Posts", "帖子";
    events: "Events", "事件";
    channels: "Channels", "频道";
    campaigns: "Campaigns", "批量文本";
    acting: "harmful or stories", "有害或编造故事";
    changed: "Changed", "改判";
    changed_what: "another action than that of scan", "处置与 scan 不同";
    upheld: "Upheld", "维持";
    of_decisions: "of decisions", "占决定";
    league: "Channels compared", "频道排行";
    league_what: "Harmful posts are those with the action review or block, per 1,000 posts. The ecosystem index is 100 less that, and never below 0. Ranges are 95 % intervals (Wilson); channels whose intervals overlap are not distinguished, so a rank is a range.",
        "有害帖子指处置为复核或拦截的帖子，按每 1,000 条计。生态指数为 100 减去该值，不低于 0。区间为 95 % 置信区间（Wilson）；区间重叠的频道无法区分先后，所以名次是一个范围。";
    channels_left: "channels in between are not shown; --json lists them", "个居中的频道未列出；--json 列出全部";
    rank: "Rank", "名次";
    channel: "Channel", "频道";
    harmful: "Harmful", "有害";
    harm: "Per 1,000", "每千条";
    index: "Ecosystem index", "生态指数";
    authors: "Authors", "作者";
    reach: "Views", "浏览量";
    about: "about", "约";
    story: "fabricated story", "编造故事";
    is_harmful: "harmful", "有害";
    ignored: "ignored", "已忽略";
    case: "case", "案件";
    no_template: "There is no template yet.", "尚无模板。";
    values: "values", "取值";
    more: "more", "项未展开";
    left: "more are not shown", "项未列出";
    by_hour: "Posts by hour (UTC)", "每小时帖子数（UTC）";
    ladder: "Steps", "阶梯";
    ladder_what: "The last step that each has reached. Every step is advice; nothing is enforced.", "各自到达的最后一档。每一档都只是建议，不会自动执行。";
    ladder_authors: "Authors", "作者";
    ladder_channels: "Channels", "频道";
    step: "Step", "档";
    in_force: "In force", "生效中";
    over: "Ended", "已到期";
    proposed: "Proposed", "等待决定";
    kept: "kept", "已记录";
    operations: "Operations", "专项行动";
    operations_what: "Posts within the condition of each operation, before, during and after its period: as many days as it has, as far as posts were read. Ranges are 95 % intervals (Wilson). A difference is no proof of an effect.",
        "每个专项行动条件内的帖子，比较行动之前、期间和之后：取与行动相同的天数，以读到帖子的日子为限。区间为 95 % 置信区间（Wilson）。有差异并不能证明有效果。";
    no_operations: "The measures have no operations; name the file with --measures.", "措施文件中没有专项行动；请用 --measures 指定文件。";
    period: "Period", "时段";
    before: "Before", "之前";
    during: "During", "期间";
    after: "After", "之后";
    days: "Days", "天数";
    per_day: "A day", "每天";
    harmful_share: "Harmful share", "有害占比";
    share_of_all: "Of all posts", "占全部帖子";
    decisions: "What was changed, and what became of it", "改判与决定";
    decisions_what: "Decisions are those of reviewers on cases and posts.", "决定由审核员对案件和帖子作出。";
    number: "Number", "数量";
    share: "Share", "占比";
    changed_posts: "Posts whose action was changed", "改变了处置的帖子";
    upheld_decisions: "Decisions that upheld", "维持的决定";
    overturned_decisions: "Decisions that overturned", "撤销的决定";
    evictions: "Dropped at the bounds", "因上限而丢弃";
    evictions_what: "What was dropped is missing in the numbers above.", "丢弃的内容未计入以上数据。";
    none_dropped: "Nothing was dropped.", "没有丢弃。";
    singles: "Single posts", "单独的帖子";
    groups: "Groups of correlations", "关联分组";
    kept_posts: "Posts that reports can name", "可供举报的帖子";
    cases: "Cases", "案件";
    full: "Not kept, nothing could be dropped", "没有可丢弃的，未保留";
    provenance: "Provenance", "来源与复现";
    measures: "measures", "措施哈希";
    log_head: "last entry of the log", "日志末条";
    reproduce: "To reproduce", "重新生成";
    nothing: "None.", "无。";
}

#[derive(Debug, Template)]
#[template(path = "state-report.html")]
struct Page {
    head: Head,
    w: Words,
    clock: Option<String>,
    tiles: Vec<(&'static str, String, String)>,
    contents: Vec<(&'static str, &'static str)>,
    channels: Vec<ChannelRow>,
    channels_left: Count,
    /// Campaigns, and how many of them are folded.
    campaigns: Vec<(usize, Vec<CampaignView>)>,
    campaigns_left: Count,
    ladders: Vec<(&'static str, Count, Vec<StepView>)>,
    operations: Vec<OperationView>,
    decisions: Vec<(&'static str, Count, String)>,
    evictions: Vec<(&'static str, Count)>,
    measures: Option<SafeText>,
    log: Option<(u64, String)>,
    command: SafeText,
}

#[derive(Debug)]
struct ChannelRow {
    rank: String,
    first_rank: usize,
    name: SafeText,
    posts: Count,
    harmful: Count,
    harm: String,
    harm_value: i64,
    interval: Option<Interval>,
    index: String,
    index_value: i64,
}

#[derive(Debug)]
struct CampaignView {
    id: SafeText,
    tags: Vec<String>,
    figures: String,
    template: Vec<TemplatePiece>,
    slots: Vec<SlotRow>,
    chart: Option<Columns>,
}

#[derive(Debug)]
struct StepView {
    step: SafeText,
    in_force: Count,
    over: Count,
    proposed: Count,
}

#[derive(Debug)]
struct OperationView {
    id: SafeText,
    dates: String,
    periods: Vec<(&'static str, PeriodView)>,
}

#[derive(Debug)]
struct PeriodView {
    days: Count,
    posts: Count,
    per_day: String,
    share_of_all: String,
    harmful: String,
    interval: Option<Interval>,
}

/// Renders the page. `command` is the command line that produced it.
///
/// # Errors
///
/// None that depend on the data: the template is compiled.
pub fn render_page(
    report: &StateReport,
    command: &str,
    language: Language,
) -> Result<String, askama::Error> {
    let w = Words::of(language);
    let ladder = &report.ladder;
    let (channels, channels_left) = channel_rows(&report.channels);
    let shown = report.campaigns.largest.len() as u64;
    let operations = report.operations.iter().map(|it| operation(it, w)).collect();
    let page = Page {
        head: Head { language, title: SafeText::say(language, &message!("What the state holds")) },
        w,
        clock: report.clock.as_deref().map(moment),
        tiles: tiles(report, w),
        contents: vec![
            ("channels", w.league),
            ("campaigns", w.campaigns),
            ("ladder", w.ladder),
            ("operations", w.operations),
            ("decisions", w.decisions),
            ("evictions", w.evictions),
        ],
        channels,
        channels_left,
        campaigns: campaigns(&report.campaigns.largest, w, language),
        campaigns_left: Count(report.campaigns.count.saturating_sub(shown)),
        ladders: vec![
            (w.ladder_authors, Count(ladder.authors_kept), steps(&ladder.authors)),
            (w.ladder_channels, Count(ladder.channels_kept), steps(&ladder.channels)),
        ],
        operations,
        decisions: decisions(report, w),
        evictions: evictions(&report.evictions, w),
        measures: report.measures.as_deref().map(SafeText::of),
        log: report.log.clone(),
        command: SafeText::of(command),
    };
    page.render()
}

/// `2026-03-02 10:00:00` of a time in UTC.
fn moment(time: &str) -> String {
    time.replace('T', " ").trim_end_matches('Z').to_owned()
}

/// `98.7`, of thousandths.
fn decimal(thousandths: i64) -> String {
    let tenths = (thousandths + 50).div_euclid(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn estimate(estimate: Option<Estimate>) -> String {
    estimate.map_or("–".to_owned(), |it| {
        format!("{} ({}–{})", decimal(it.value), decimal(it.low), decimal(it.high))
    })
}

/// `12.3 % (10.1–14.9 %)`.
fn percent(rate: Option<Rate>) -> String {
    rate.map_or("–".to_owned(), |rate| {
        let [value, low, high] = [rate.value, rate.low, rate.high].map(|share| share * 100.0);
        format!("{value:.1} % ({low:.1}–{high:.1} %)")
    })
}

fn tiles(report: &StateReport, w: Words) -> Vec<(&'static str, String, String)> {
    let decisions = &report.decisions;
    let changed = Share { part: decisions.changed, whole: report.read.posts };
    let whole = decisions.upheld + decisions.overturned;
    let upheld = Share { part: decisions.upheld, whole };
    let acting = Count(report.campaigns.acting);
    vec![
        (w.posts, Count(report.read.posts).to_string(), String::new()),
        (w.events, Count(report.read.events).to_string(), String::new()),
        (w.channels, Count(report.ladder.channels_kept).to_string(), String::new()),
        (w.campaigns, Count(report.campaigns.count).to_string(), format!("{acting} {}", w.acting)),
        (w.changed, changed.to_string(), w.changed_what.to_owned()),
        (w.upheld, upheld.to_string(), format!("{} {}", w.of_decisions, Count(whole))),
    ]
}

fn channel_rows(standings: &[Standing]) -> (Vec<ChannelRow>, Count) {
    let half = CHANNELS_MAX / 2;
    let (head, tail) = match standings.len() {
        ..=CHANNELS_MAX => (standings, &[][..]),
        all => (&standings[..half], &standings[all - half..]),
    };
    let shown = || head.iter().chain(tail);
    // The scale ends past the largest share; the interval of a small channel may be wider.
    let most = shown().filter_map(|it| it.harm).map(|harm| harm.value).max().unwrap_or(0);
    let top = (most.saturating_mul(3) / 2).clamp(10_000, 1_000_000) as f64;
    let left = standings.len() - head.len() - tail.len();
    (shown().map(|standing| channel_row(standing, top)).collect(), Count(left as u64))
}

fn channel_row(standing: &Standing, top: f64) -> ChannelRow {
    let place = |value: i64| (value as f64 / top).min(1.0);
    let interval =
        |harm: Estimate| Interval::new(place(harm.low), place(harm.value), place(harm.high));
    ChannelRow {
        rank: match standing.rank {
            None => "–".to_owned(),
            Some((first, last)) if first == last => first.to_string(),
            Some((first, last)) => format!("{first}–{last}"),
        },
        first_rank: standing.rank.map_or(usize::MAX, |rank| rank.0),
        name: SafeText::of(&standing.channel),
        posts: Count(standing.posts),
        harmful: Count(standing.harmful),
        harm: estimate(standing.harm),
        harm_value: standing.harm.map_or(-1, |harm| harm.value),
        interval: standing.harm.map(interval),
        index: estimate(standing.index),
        index_value: standing.index.map_or(-1, |index| index.value),
    }
}

/// The campaigns, those that are always visible first.
fn campaigns(
    rows: &[CampaignRow],
    w: Words,
    language: Language,
) -> Vec<(usize, Vec<CampaignView>)> {
    let (visible, folded) = rows.split_at(rows.len().min(CAMPAIGNS_VISIBLE));
    let views = |rows: &[CampaignRow]| rows.iter().map(|row| campaign(row, w, language)).collect();
    let parts = [(0, visible), (folded.len(), folded)];
    let parts = parts.into_iter().filter(|(_, rows)| !rows.is_empty());
    parts.map(|(count, rows)| (count, views(rows))).collect()
}

fn campaign(row: &CampaignRow, w: Words, language: Language) -> CampaignView {
    let mut tags = Vec::new();
    if row.acts_harmful {
        tags.push(w.is_harmful.to_owned());
    }
    if row.acts_story {
        tags.push(w.story.to_owned());
    }
    if let Some(reason) = &row.ignored {
        tags.push(format!("{}: {}", w.ignored, SafeText::of(reason)));
    }
    if let Some(case) = &row.case {
        tags.push(format!("{} {}", w.case, SafeText::of(case)));
    }
    let about = if row.about { format!("{} ", w.about) } else { String::new() };
    let figures = [
        (w.posts, Count(row.posts).to_string()),
        (w.authors, format!("{about}{}", Count(row.authors))),
        (w.channels, format!("{about}{}", Count(row.channels))),
        (w.harmful, Count(row.harmful).to_string()),
        (w.reach, Count(row.reach).to_string()),
    ];
    let figures = figures.map(|(name, value)| format!("{name} {value}")).join(" · ");
    let dates = format!("{} – {} UTC", moment(&row.first), moment(&row.last));
    let hours: BTreeMap<i64, u64> = row.hours.iter().map(|it| (it.number, it.posts)).collect();
    let template = row.template.as_ref();
    CampaignView {
        id: SafeText::of(&row.id),
        tags,
        figures: format!("{figures} · {dates}"),
        template: template.map(|template| template_pieces(template, language)).unwrap_or_default(),
        slots: template
            .map(|template| slot_rows(template, VALUES_MAX, language))
            .unwrap_or_default(),
        chart: hours_chart(w.by_hour, 110.0, &hours),
    }
}

fn steps(rows: &[StepRow]) -> Vec<StepView> {
    let view = |row: &StepRow| StepView {
        step: SafeText::of(&row.step),
        in_force: Count(row.in_force),
        over: Count(row.over),
        proposed: Count(row.proposed),
    };
    rows.iter().map(view).collect()
}

fn operation(row: &OperationRow, w: Words) -> OperationView {
    let all = [row.before, row.during, row.after];
    let shares = all.iter().filter_map(|period| period.harmful_share);
    let top = shares.map(|rate| rate.high).fold(0.01, f64::max);
    let names = [w.before, w.during, w.after];
    let periods = names.into_iter().zip(all);
    OperationView {
        id: SafeText::of(&row.id),
        dates: format!("{} – {} UTC", moment(&row.from), moment(&row.until)),
        periods: periods.map(|(name, period)| (name, period_view(&period, top))).collect(),
    }
}

fn period_view(period: &Period, top: f64) -> PeriodView {
    let interval = |rate: Rate| Interval::new(rate.low / top, rate.value / top, rate.high / top);
    PeriodView {
        days: Count(period.days),
        posts: Count(period.posts),
        per_day: period.posts_per_day.map_or("–".to_owned(), |number| format!("{number:.1}")),
        share_of_all: percent(period.share_of_all),
        harmful: percent(period.harmful_share),
        interval: period.harmful_share.map(interval),
    }
}

fn decisions(report: &StateReport, w: Words) -> Vec<(&'static str, Count, String)> {
    let decisions = &report.decisions;
    vec![
        (w.changed_posts, Count(decisions.changed), percent(decisions.changed_share)),
        (w.upheld_decisions, Count(decisions.upheld), percent(decisions.upheld_share)),
        (w.overturned_decisions, Count(decisions.overturned), String::new()),
    ]
}

/// What was dropped; what was not dropped is left out.
fn evictions(evictions: &Evictions, w: Words) -> Vec<(&'static str, Count)> {
    let Evictions { singles, campaigns, authors, channels, groups, posts, cases, full } =
        *evictions;
    let all = [
        (w.singles, singles),
        (w.campaigns, campaigns),
        (w.authors, authors),
        (w.channels, channels),
        (w.groups, groups),
        (w.kept_posts, posts),
        (w.cases, cases),
        (w.full, full),
    ];
    all.into_iter().filter(|row| row.1 > 0).map(|(name, count)| (name, Count(count))).collect()
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (thousandths, text) in [(0, "0.0"), (49, "0.0"), (50, "0.1"), (98_765, "98.8")] {
            assert_eq!(decimal(thousandths), text);
        }
        let estimate = Estimate { value: 2000, low: 500, high: 7200 };
        assert_eq!(super::estimate(Some(estimate)), "2.0 (0.5–7.2)");
        assert_eq!(
            percent(Some(Rate { value: 0.5, low: 0.25, high: 1.0 })),
            "50.0 % (25.0–100.0 %)"
        );
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn of_many_channels_both_ends_are_shown() {
        let standing = |number: usize| Standing {
            channel: number.to_string(),
            posts: 10,
            harmful: 0,
            harm: None,
            index: None,
            rank: Some((number, number)),
        };
        let all: Vec<Standing> = (0..1000).map(standing).collect();
        let (rows, left) = channel_rows(&all);
        assert_eq!((rows.len(), left.0), (200, 800));
        assert_eq!((rows[99].name.as_str(), rows[100].name.as_str()), ("99", "900"));
        let (rows, left) = channel_rows(&all[..200]);
        assert_eq!((rows.len(), left.0), (200, 0));
    }
}
