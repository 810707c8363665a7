//! A case as one HTML page.

use super::history::HistoryEntry;
use super::ids::{hour, plain};
use super::view::{CasePost, CaseReport, CaseView};
use crate::fixed::LOG_BITS;
use crate::model::{Author, CaseKind, CaseState, Channel, Seconds};
use crate::output::{points_text, time};
use crate::pages::{SlotRow, TemplatePiece, hours_chart, names, slot_rows, template_pieces, words};
use askama::Template;
use std::collections::BTreeMap;
use tidegate_analysis::html::chart::Columns;
use tidegate_analysis::html::{Count, Head, SafeText};
use tidegate_engine::message::message;
use tidegate_messages::Language;

/// Most posts on the page.
const POSTS_MAX: usize = 24;

/// Most reports and most entries of the log on the page: the newest.
const ROWS_MAX: usize = 100;

/// Most values of a slot on the page.
const VALUES_MAX: usize = 12;

words! {
    kicker: "tidegate case", "tidegate 案件";
    opened: "opened", "立案";
    updated: "last change", "最近变化";
    priority: "Priority", "优先级";
    posts: "Posts", "帖子";
    authors: "Authors", "作者";
    channels: "Channels", "频道";
    reach: "Views", "浏览量";
    reports: "Reports", "举报";
    about: "about", "约";
    harm: "Harm", "危害度";
    proposed: "Proposed", "建议";
    advice: "Every step is advice; nothing is enforced.", "每一档都只是建议，不会自动执行。";
    how: "How the priority is made up", "优先级的构成";
    how_what: "The priority is the product of these factors. L(x) = 1 + log₂(1 + x).", "优先级是下列系数的乘积。L(x) = 1 + log₂(1 + x)。";
    factor: "Factor", "系数";
    value: "Value", "值";
    of: "Of", "依据";
    spread: "Spread", "扩散";
    operation: "Operations", "专项行动";
    spread_what: "channels, or views / 1,000 if more", "频道数，或浏览量 ÷ 1,000（取较大者）";
    reports_what: "weight of reports", "举报权重";
    default_harm: "no category", "无类别";
    campaign: "Campaign", "批量文本";
    harmful: "Harmful", "有害";
    story: "fabricated story", "编造故事";
    ignored: "ignored", "已忽略";
    template: "Template", "模板";
    template_what: "Marked places differ from post to post.", "标出的位置因帖而异。";
    no_template: "There is no template yet.", "尚无模板。";
    slot: "Slot", "空位";
    values: "Values, the most frequent first", "取值（按次数）";
    more: "more", "个未列";
    over_time: "Posts by hour (UTC)", "每小时帖子数（UTC）";
    author: "Author", "作者";
    channel: "Channel", "频道";
    points: "Points", "积分";
    step: "Step", "所在档";
    none: "none", "无";
    until: "until", "至";
    flag: "Flag", "标记";
    review: "Review", "复核";
    block: "Block", "拦截";
    upheld: "Upheld", "维持";
    overturned: "Overturned", "撤销";
    first: "First post", "首帖";
    last: "Newest post", "最新帖子";
    newest: "Newest posts", "最新帖子";
    newest_what: "Texts are kept of samples of campaigns; of other posts only what was found.", "只保留批量文本样例的文字；其他帖子只保留判定结果。";
    kept: "posts are kept", "条帖子仍保留";
    post: "Post", "帖子";
    time: "Time (UTC)", "时间（UTC）";
    action: "Action", "处置";
    category: "Category", "类别";
    by: "By", "举报人";
    reason: "Reason", "理由";
    weight: "Weight", "权重";
    accuracy: "Right so far", "此前准确";
    of_judged: "of", "/";
    log: "What the log says", "日志记录";
    entry: "Entry", "条目";
    what: "What", "事件";
    detail: "Detail", "详情";
    decided_by: "by", "决定人";
    decision: "Decision", "决定";
    provenance: "Provenance", "来源";
    clock: "State as of", "状态时间";
    measures: "measures", "措施哈希";
    log_head: "last entry of the log", "日志末条";
    nothing: "None.", "无。";
    to_decide: "To decide", "作出决定";
    personal: "This page has personal data. Hand a case over with this command, which masks them:", "本页含个人信息。移交案件请用下面的命令，它会打码：";
    care: "This author may need help. It is no offence, and there is no measure for it.", "该作者可能需要帮助。这不是违规，不适用任何措施。";
}

#[derive(Debug, Template)]
#[template(path = "case.html")]
struct Page {
    head: Head,
    w: Words,
    kind: &'static str,
    state: &'static str,
    subject: SafeText,
    opened: String,
    updated: String,
    is_care: bool,
    is_open: bool,
    id: SafeText,
    /// The proposal: texts, and whether each is code.
    proposal: Vec<(bool, SafeText)>,
    verdict: Option<SafeText>,
    tiles: Vec<(&'static str, String, String)>,
    factors: Vec<(&'static str, String, String)>,
    priority: Count,
    campaign: Option<CampaignPart>,
    chart: Option<Columns>,
    facts: Option<Facts>,
    posts_kept: Count,
    posts: Vec<PostRow>,
    reports: Vec<ReportRow>,
    reports_left: Count,
    history: Vec<HistoryRow>,
    history_left: Count,
    clock: Option<String>,
    measures: Option<SafeText>,
    log: Option<(u64, String)>,
}

/// What is known of an author or a channel.
#[derive(Debug)]
struct Facts {
    title: &'static str,
    tiles: Vec<(&'static str, SafeText)>,
    /// Times of the first and the newest post.
    times: (String, String),
}

#[derive(Debug)]
struct CampaignPart {
    id: SafeText,
    tags: Vec<String>,
    template: Vec<TemplatePiece>,
    slots: Vec<SlotRow>,
}

#[derive(Debug)]
struct PostRow {
    id: SafeText,
    at: String,
    action: SafeText,
    class: &'static str,
    category: SafeText,
    author: SafeText,
    channel: SafeText,
    text: Option<SafeText>,
    reports: u32,
}

#[derive(Debug)]
struct ReportRow {
    post: SafeText,
    at: String,
    by: SafeText,
    reason: SafeText,
    weight: String,
    accuracy: Option<(u64, u64)>,
}

#[derive(Debug)]
struct HistoryRow {
    number: u64,
    at: String,
    what: SafeText,
    detail: SafeText,
}

/// Renders the page.
///
/// # Errors
///
/// None that depend on the data: the template is compiled.
pub fn render_page(view: &CaseView, language: Language) -> Result<String, askama::Error> {
    let case = &view.case;
    let w = Words::of(language);
    let id = &case.id;
    let left = |all: usize| Count(all.saturating_sub(ROWS_MAX) as u64);
    let newest = |all: usize| all.saturating_sub(ROWS_MAX);
    let page = Page {
        head: Head { language, title: SafeText::say(language, &message!("Case {id}")) },
        w,
        kind: names::kind(language, case.kind),
        state: names::state(language, case.state),
        subject: SafeText::of(&case.subject),
        opened: moment(case.opened),
        updated: moment(case.updated),
        is_care: case.kind == CaseKind::Care,
        is_open: case.state == CaseState::Open,
        id: SafeText::of(id),
        proposal: code_spans(&language.say(&view.proposal.message())),
        verdict: verdict(view, w, language),
        tiles: tiles(view, w, language),
        factors: factors(view, w, language),
        priority: Count(case.priority),
        campaign: campaign_part(view, w, language),
        chart: hours_chart(w.over_time, 150.0, &hours(view)),
        facts: facts(view, w),
        posts_kept: Count(view.posts.len() as u64),
        posts: view.newest(POSTS_MAX).iter().rev().map(|post| post_row(post, language)).collect(),
        reports: view.reports[newest(view.reports.len())..].iter().map(report_row).collect(),
        reports_left: left(view.reports.len()),
        history: view.history[newest(view.history.len())..]
            .iter()
            .map(|entry| history_row(entry, language))
            .collect(),
        history_left: left(view.history.len()),
        clock: view.origin.clock.map(moment),
        measures: view.origin.measures.as_deref().map(SafeText::of),
        log: view.origin.log.clone(),
    };
    page.render()
}

/// The parts of a message, and whether each is code: between backticks.
fn code_spans(text: &str) -> Vec<(bool, SafeText)> {
    let parts = text.split('`').map(SafeText::of);
    [false, true].into_iter().cycle().zip(parts).collect()
}

/// `2026-03-02 10:00:00`.
fn moment(at: Seconds) -> String {
    time(at).replace('T', " ").trim_end_matches('Z').to_owned()
}

fn verdict(view: &CaseView, w: Words, language: Language) -> Option<SafeText> {
    let verdict = view.case.verdict.as_ref()?;
    let mut parts = vec![names::outcome(language, verdict.outcome).to_owned(), moment(verdict.at)];
    parts.extend(verdict.by.as_ref().map(|by| format!("{} {by}", w.decided_by)));
    parts.extend(verdict.note.clone());
    Some(SafeText::of(&parts.join(" · ")))
}

fn tiles(view: &CaseView, w: Words, language: Language) -> Vec<(&'static str, String, String)> {
    let case = &view.case;
    let is_about = |distinct: Option<&crate::model::Distinct>| {
        if distinct.is_some_and(crate::model::Distinct::is_about) { w.about } else { "" }
    };
    let campaign = view.campaign.as_ref();
    let category = case.category.as_deref().unwrap_or_default();
    let category = SafeText::of(names::category(language, category)).to_string();
    vec![
        (w.priority, Count(case.priority).to_string(), category),
        (w.posts, Count(case.posts).to_string(), String::new()),
        (
            w.authors,
            Count(case.authors).to_string(),
            is_about(campaign.map(|it| &it.authors)).to_owned(),
        ),
        (
            w.channels,
            Count(case.channels).to_string(),
            is_about(campaign.map(|it| &it.channels)).to_owned(),
        ),
        (w.reach, Count(case.reach).to_string(), String::new()),
        (w.reports, Count(view.reports.len() as u64).to_string(), String::new()),
    ]
}

fn factors(view: &CaseView, w: Words, language: Language) -> Vec<(&'static str, String, String)> {
    let (case, parts) = (&view.case, &view.priority);
    let log = |value: u64| format!("{:.3}", value as f64 / f64::from(1 << LOG_BITS));
    let category = case.category.as_deref().map(|name| names::category(language, name));
    vec![
        (
            w.harm,
            parts.harm.to_string(),
            SafeText::of(category.unwrap_or(w.default_harm)).to_string(),
        ),
        (w.authors, log(parts.authors), format!("L({})", Count(case.authors))),
        (
            w.spread,
            log(parts.spread),
            format!("L({}) · {}", Count(case.channels.max(case.reach / 1000)), w.spread_what),
        ),
        (
            w.reports,
            log(parts.reports),
            format!("L({}) · {}", points_text(case.reports), w.reports_what),
        ),
        (w.operation, points_text(parts.operation), String::new()),
    ]
}

fn campaign_part(view: &CaseView, w: Words, language: Language) -> Option<CampaignPart> {
    let campaign = view.campaign.as_ref()?;
    let mut tags = Vec::new();
    if campaign.acts_harmful {
        tags.push(format!("{} {}", w.harmful, Count(campaign.harmful)));
    }
    if campaign.acts_story {
        tags.push(w.story.to_owned());
    }
    if let Some(reason) = &campaign.ignored {
        tags.push(format!("{}: {}", w.ignored, SafeText::of(reason)));
    }
    let template = campaign.template.as_ref();
    Some(CampaignPart {
        id: SafeText::of(&campaign.id),
        tags,
        template: template.map(|template| template_pieces(template, language)).unwrap_or_default(),
        slots: template
            .map(|template| slot_rows(template, VALUES_MAX, language))
            .unwrap_or_default(),
    })
}

/// Posts by hour: all members of a campaign, of other cases the kept posts.
fn hours(view: &CaseView) -> BTreeMap<i64, u64> {
    if let Some(campaign) = &view.campaign {
        return campaign.hours.clone();
    }
    let mut hours = BTreeMap::new();
    for at in view.posts.iter().filter_map(CasePost::at) {
        *hours.entry(hour(at)).or_default() += 1;
    }
    hours
}

/// What is known of the author or the channel.
fn facts(view: &CaseView, w: Words) -> Option<Facts> {
    let name = view.step_name.as_deref();
    match (&view.author, &view.channel) {
        (Some(author), _) => Some(author_facts(author, name, w)),
        (None, Some(channel)) => Some(channel_facts(channel, name, w)),
        (None, None) => None,
    }
}

/// The name of a step, or its number; and its end.
fn step_text(step: u8, name: Option<&str>, until: Option<Seconds>, w: Words) -> SafeText {
    let step = match (step, name) {
        (0, _) => w.none.to_owned(),
        (_, Some(name)) => name.to_owned(),
        (number, None) => number.to_string(),
    };
    let until = until.map(|until| format!(" ({} {})", w.until, moment(until)));
    SafeText::of(&format!("{step}{}", until.unwrap_or_default()))
}

fn author_facts(author: &Author, step: Option<&str>, w: Words) -> Facts {
    let counts = &author.counts;
    let count = |value: u64| SafeText::of(&Count(value).to_string());
    let tiles = vec![
        (w.points, SafeText::of(&points_text(author.points))),
        (w.step, step_text(author.step, step, author.until, w)),
        (w.posts, count(counts.posts)),
        (w.flag, count(counts.flag)),
        (w.review, count(counts.review)),
        (w.block, count(counts.block)),
        (w.reports, count(counts.reports)),
        (w.upheld, count(counts.upheld)),
        (w.overturned, count(counts.overturned)),
    ];
    let times = (moment(author.first), moment(author.last));
    Facts { title: w.author, tiles, times }
}

fn channel_facts(channel: &Channel, step: Option<&str>, w: Words) -> Facts {
    let count = |value: u64| SafeText::of(&Count(value).to_string());
    let tiles = vec![
        (w.step, step_text(channel.step, step, channel.until, w)),
        (w.posts, count(channel.total.posts)),
        (w.harmful, count(channel.total.harmful)),
    ];
    let times = (moment(channel.first), moment(channel.last));
    Facts { title: w.channel, tiles, times }
}

fn post_row(post: &CasePost, language: Language) -> PostRow {
    let kept = post.post.as_ref();
    let category = match kept.and_then(|post| post.category.as_deref()) {
        Some(name) => names::category(language, name),
        None if kept.is_some_and(|post| post.care) => language.pick("care", "关怀"),
        None => "",
    };
    let action = post.action().unwrap_or_default();
    PostRow {
        id: id_text(&post.id),
        at: post.at().map(moment).unwrap_or_default(),
        action: SafeText::of(names::action(language, action)),
        class: match action {
            "flag" => "action-flag",
            "review" => "action-review",
            "block" => "action-block",
            _ => "dim",
        },
        category: SafeText::of(category),
        author: SafeText::of(post.author().unwrap_or_default()),
        channel: SafeText::of(post.channel().unwrap_or_default()),
        text: post.sample.as_ref().map(|sample| SafeText::of(&sample.text)),
        reports: post.reports,
    }
}

fn id_text(id: &str) -> SafeText {
    SafeText::of(&plain(id))
}

fn report_row(report: &CaseReport) -> ReportRow {
    let CaseReport { report, reporter } = report;
    ReportRow {
        post: id_text(&report.post),
        at: moment(report.at),
        by: SafeText::of(&report.by),
        reason: SafeText::of(report.reason.as_deref().unwrap_or_default()),
        weight: points_text(report.weight),
        accuracy: reporter.as_ref().map(|reporter| (reporter.upheld, reporter.judged)),
    }
}

fn history_row(entry: &HistoryEntry, language: Language) -> HistoryRow {
    HistoryRow {
        number: entry.number,
        at: moment(entry.at),
        what: SafeText::of(names::entry(language, &entry.kind)),
        detail: SafeText::of(&entry.detail(language)),
    }
}
