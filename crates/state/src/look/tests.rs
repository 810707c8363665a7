//! Views of a small state file in which everything has a meaning.

use super::*;
use crate::measures::{Limit, Measures, Per};
use crate::model::*;
use crate::store::{AuthorOrder, CampaignOrder, StateFile, StateReader};
use std::path::Path;
use tempfile::TempDir;

const DAY: i64 = 86_400;
const CLOCK: Seconds = 20_500 * DAY;
const AD: &str = "新澳门娱乐城开户送彩金，首存送百分百，客服全天在线";

fn author(id: &str, points: Micro, points_at: Seconds, raises: &[(i64, Micro)]) -> Author {
    let raise =
        |(at, points): &(i64, Micro)| Raise { at: *at, points: *points, decided: false, posts: 0 };
    Author {
        id: id.to_owned(),
        points,
        points_at,
        last_points: points_at,
        step: raises.len() as u8,
        raises: raises.iter().map(raise).collect(),
        counts: AuthorCounts { posts: 4, block: 2, ..AuthorCounts::default() },
        first: points_at,
        last: points_at,
        ..Author::default()
    }
}

/// `mallory` is muted; `ended` was; `calm` has no step any more.
fn authors() -> Vec<Author> {
    let recent = |id: &str, at: Seconds, points: Micro| PointPost { id: id.to_owned(), at, points };
    let at = CLOCK - 30 * DAY;
    vec![
        Author {
            until: Some(CLOCK + 3600),
            recent: vec![recent("\"p1\"", at, 8 * POINT), recent("2", CLOCK, 5 * POINT)],
            proposed: Some(3),
            ..author("mallory", 12 * POINT, CLOCK, &[(at, 4 * POINT), (CLOCK - 60, 9 * POINT)])
        },
        Author {
            until: Some(CLOCK - 1),
            ..author("ended", 8 * POINT, CLOCK - DAY, &[(at, 3 * POINT), (CLOCK - DAY, 8 * POINT)])
        },
        author("calm", 4 * POINT, CLOCK - 30 * DAY, &[(CLOCK - 30 * DAY, 4 * POINT)]),
        author("many", 11 * POINT, CLOCK - 30 * DAY, &[]),
    ]
}

fn sample(number: u64, id: &str, text: &str) -> Sample {
    Sample {
        number,
        id: id.to_owned(),
        author: Some(format!("a{number}")),
        channel: None,
        at: CLOCK,
        action: "block".to_owned(),
        categories: vec![("gambling".to_owned(), "5".to_owned())],
        text: text.to_owned(),
        reports: 0,
        is_first: true,
    }
}

fn entry(id: &str) -> Entry {
    let (author, channel, at) = (1, 0, CLOCK);
    let post = Member { id: id.to_owned(), author, channel, at, reach: 0, harmful: true };
    Entry { number: 1, sketch: Box::default(), whole: 7, weight: 20, listed: 1, post }
}

fn campaign(id: &str, authors: u64) -> Campaign {
    Campaign {
        id: id.to_owned(),
        number: authors,
        first: CLOCK - 7200,
        last: CLOCK,
        posts: authors,
        harmful: authors,
        weight: 0,
        reach: 10,
        authors: Distinct::Exact((1..=authors).collect()),
        channels: Distinct::default(),
        hours: [(CLOCK / 3600 - 2, 1), (CLOCK / 3600, authors - 1)].into(),
        entries: Vec::new(),
        related: Vec::new(),
        samples: vec![
            sample(1, "\"p1\"", AD),
            sample(2, "\"p2\"", "今天的晚霞很好看，我在江边散步时拍了几张照片给大家看看"),
            sample(3, "2", &format!("{AD}，加微信 vx88888")),
        ],
        template_authors: 0,
        template: None,
        acts_harmful: true,
        acts_story: false,
        ignored: None,
        case: None,
        reports: 0,
    }
}

fn case(id: &str, kind: CaseKind, subject: &str, priority: u64, hours: i64) -> Case {
    Case {
        id: id.to_owned(),
        kind,
        subject: subject.to_owned(),
        state: CaseState::Open,
        opened: CLOCK - hours * 3600,
        updated: CLOCK,
        posts: 1,
        authors: 1,
        channels: 1,
        reach: 0,
        category: Some("fraud".to_owned()),
        harm: 8,
        reports: 0,
        operation: POINT,
        priority,
        newest: vec!["2".to_owned()],
        proposed: None,
        verdict: None,
    }
}

fn post(number: u64, id: &str, author: &str, campaign: Option<&str>) -> PostRef {
    PostRef {
        id: id.to_owned(),
        number,
        author: Some(author.to_owned()),
        channel: Some("forum".to_owned()),
        at: CLOCK - 30 * DAY,
        action: "block".to_owned(),
        category: Some("fraud".to_owned()),
        care: false,
        reach: 10,
        campaign: campaign.map(str::to_owned),
        case: Some("c-a1".to_owned()),
        points: 4 * POINT,
        upheld: 0,
        upheld_at: 0,
        outcome: None,
    }
}

fn channel(id: &str, days: &[(i64, u64, u64)], step: u8) -> Channel {
    let counts = |posts, harmful| DayCounts { posts, harmful };
    Channel {
        id: id.to_owned(),
        step,
        days: days.iter().map(|(ago, posts, bad)| (20_500 - ago, counts(*posts, *bad))).collect(),
        total: counts(900, 90),
        ..Channel::default()
    }
}

fn groups() -> Vec<Group> {
    let group = |rule: &str, key: &[(&str, &str)]| Group {
        rule: rule.to_owned(),
        rule_hash: 1,
        key: key.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        moments: Moments::Events(vec![CLOCK - 60, CLOCK]),
        quiet_until: Some(CLOCK + 60),
        held: 2,
        last: CLOCK,
    };
    vec![
        group("spam.flood", &[("author.id", "mallory")]),
        group("spam.links", &[("channel", "mallory"), ("author.id", "other")]),
        group("spam.links", &[("channel", "forum"), ("author.id", "mallory")]),
    ]
}

fn changes() -> Changes {
    let verdict = Verdict { outcome: Outcome::Closed, by: None, note: None, at: CLOCK };
    let decided = Case {
        state: CaseState::Decided,
        verdict: Some(verdict),
        ..case("c-old", CaseKind::Post, "\"p1\"", 999, 9)
    };
    let log = LogEntry::after(None, 5, r#"{"kind":"case","case":"c-a1"}"#.to_owned());
    let step = LogEntry::after(Some(&log), CLOCK, r#"{"kind":"step","step":"mute"}"#.to_owned());
    let forget = LogEntry::after(Some(&step), CLOCK, r#"{"event":"forget"}"#.to_owned());
    let report = Report {
        post: "2".to_owned(),
        by: "r1".to_owned(),
        reason: Some("fraud".to_owned()),
        at: CLOCK,
        weight: POINT / 2,
        judged: false,
    };
    Changes {
        totals: Totals { clock: Some(CLOCK), ..Totals::default() },
        meta: vec![(MEASURES_KEY.to_owned(), Measures::default().hash_hex())],
        authors: authors().into_iter().map(Change::Put).collect(),
        channels: vec![
            Change::Put(channel("small", &[(0, 3, 3)], 0)),
            Change::Put(channel("forum", &[(0, 100, 20), (6, 300, 4), (7, 500, 500)], 0)),
            Change::Put(channel("warned", &[(0, 1000, 1)], 1)),
        ],
        campaigns: vec![
            Change::Put(campaign("k1", 3)),
            Change::Put(Campaign {
                ignored: Some("share button".to_owned()),
                samples: Vec::new(),
                entries: vec![entry("\"first\"")],
                ..campaign("k2", 9)
            }),
        ],
        groups: groups().into_iter().map(Change::Put).collect(),
        breakers: vec![Change::Put(Breaker {
            key: "block channel=forum".to_owned(),
            slice: CLOCK / 60,
            counts: vec![1; 60],
            open: true,
            notice: true,
            since: Some(CLOCK),
            ..Breaker::default()
        })],
        posts: vec![
            post(1, "\"p1\"", "mallory", None),
            post(2, "2", "mallory", Some("k1")),
            post(3, "\"p9\"", "quiet", Some("k1")),
        ],
        cases: vec![
            Change::Put(case("c-a1", CaseKind::Author, "mallory", 400, 0)),
            Change::Put(case("c-k1", CaseKind::Campaign, "k1", 300, 50)),
            Change::Put(case("c-h1", CaseKind::Care, "someone", 900, 1)),
            Change::Put(decided),
        ],
        reports: vec![Change::Put(report)],
        reporters: vec![Change::Put(Reporter { id: "r1".to_owned(), ..Reporter::default() })],
        log: vec![log, step, forget],
        ..Changes::default()
    }
}

fn saved() -> (TempDir, StateReader) {
    let folder = tempfile::tempdir().unwrap();
    let path: &Path = &folder.path().join("s.db");
    let mut file = StateFile::open(path).unwrap();
    file.save(&changes(), &Run::default()).unwrap();
    drop(file);
    let reader = StateReader::open(path).unwrap();
    (folder, reader)
}

fn measures() -> Measures {
    let limit = Limit { count: 40, period: 3600, per: Per::Channel };
    Measures { limits: vec![limit], ..Measures::default() }
}

#[test]
fn authors_are_shown_as_of_the_clock() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let shown = |filter: AuthorFilter| -> Vec<(String, Option<String>, String)> {
        let rows = look.authors(&filter).unwrap().rows;
        rows.into_iter().map(|row| (row.author, row.step, row.points.text())).collect()
    };
    let row = |author: &str, step: Option<&str>, points: &str| {
        (author.to_owned(), step.map(str::to_owned), points.to_owned())
    };
    // Points of 30 days ago have halved; the step of `ended` has ended, that of `calm` was lost.
    let all = shown(AuthorFilter::default());
    let wanted = [
        row("mallory", Some("mute"), "12"),
        row("ended", None, "7.817"),
        row("many", None, "5.5"),
        row("calm", None, "2"),
    ];
    assert_eq!(all, wanted);
    assert_eq!(shown(AuthorFilter { step: 1, ..Default::default() }), wanted[..1]);
    let newest = AuthorFilter { order: AuthorOrder::Newest, limit: Some(2), step: 0 };
    assert_eq!(shown(newest), wanted[..2]);
    assert_eq!(look.authors(&newest).unwrap().all, 4);
    let ended = &look.authors(&AuthorFilter::default()).unwrap().rows[1];
    assert_eq!(ended.ended.as_deref(), Some("mute"));
}

#[test]
fn reasons_of_an_author_add_up() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let why = look.author_reasons("mallory").unwrap().unwrap();
    let left: Vec<_> = why.recent.iter().map(|post| (post.gave.0, post.left.0)).collect();
    assert_eq!(left, [(8 * POINT, 4 * POINT), (5 * POINT, 5 * POINT)]);
    assert_eq!(why.others_left, Points(3 * POINT), "12 − 4 − 5");
    assert_eq!(why.recent[1].campaign.as_deref(), Some("k1"));
    let next = why.next.unwrap();
    assert_eq!((next.step.as_str(), next.missing), ("suspend", Points(8 * POINT)));
    assert_eq!(next.not_before, Some(Time(CLOCK - 60 + 600)));
    assert_eq!(why.step_down, Some(Time(CLOCK + 14 * DAY)));
    let raises: Vec<_> = why.raises.iter().map(|it| (it.step.as_str(), it.points.0)).collect();
    assert_eq!(raises, [("warn", 4 * POINT), ("mute", 9 * POINT)]);
    assert_eq!(why.facts.proposed.as_deref(), Some("suspend"));
    let rules: Vec<_> = why.correlations.iter().map(|group| group.rule.as_str()).collect();
    assert_eq!(rules, ["spam.flood", "spam.links"]);
    assert_eq!(why.correlations[1].group["channel"], "forum");
    assert_eq!(why.cases.len(), 1);
    // A step that has ended begins again with the next points.
    let next = look.author_reasons("ended").unwrap().unwrap().next.unwrap();
    assert_eq!((next.step.as_str(), next.missing.text()), ("mute", "0.182".to_owned()));
    assert!(look.author_reasons("nothing").unwrap().is_none());
}

#[test]
fn json_has_a_fixed_order_of_keys() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let row = &look.authors(&AuthorFilter::default()).unwrap().rows[0];
    assert_eq!(
        serde_json::to_string(row).unwrap(),
        r#"{"author":"mallory","step":"mute","since":"2026-02-15T23:59:00Z","until":"2026-02-16T01:00:00Z","proposed":"suspend","points":12,"posts":4,"flag":0,"review":0,"block":2,"reports":0,"upheld":0,"overturned":0,"first":"2026-02-16T00:00:00Z","last":"2026-02-16T00:00:00Z"}"#
    );
    let row = &look.queue(false, None, Some(1)).unwrap().rows[0];
    assert_eq!(
        serde_json::to_string(row).unwrap(),
        r#"{"case":"c-k1","kind":"campaign","subject":"k1","state":"open","urgency":450,"priority":300,"waited":"2d2h","category":"fraud","posts":1,"authors":1,"channels":1,"reach":0,"reports":0,"opened":"2026-02-13T22:00:00Z","updated":"2026-02-16T00:00:00Z","newest":[2]}"#
    );
    let detail = serde_json::to_string(&look.campaign("k1").unwrap().unwrap()).unwrap();
    let begin = r#"{"campaign":"k1","posts":3,"authors":3,"channels":0,"harmful":3,"reach":10,"first":"2026-02-15T22:00:00Z","last":"2026-02-16T00:00:00Z","acts":["harmful"],"hours":[{"at":"2026-02-15T22:00:00Z","posts":1},{"#;
    assert!(detail.starts_with(begin), "{detail}");
    let post = serde_json::to_string(&look.post_reasons("2").unwrap().unwrap()).unwrap();
    assert!(post.contains(r#""gave":4,"left":2,"#), "{post}");
    assert!(post.contains(r#""reports":[{"by":"r1","reason":"fraud","#), "{post}");
}

#[test]
fn care_cases_are_a_queue_of_their_own() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let queue = |care, kind| -> Vec<String> {
        look.queue(care, kind, None).unwrap().rows.into_iter().map(|row| row.case).collect()
    };
    // 300 + 50 % is over 400.
    assert_eq!(queue(false, None), ["c-k1", "c-a1"]);
    assert_eq!(queue(true, None), ["c-h1"]);
    assert_eq!(queue(false, Some(CaseKind::Author)), ["c-a1"]);
    assert!(queue(false, Some(CaseKind::Care)).is_empty());
    assert!(queue(true, Some(CaseKind::Author)).is_empty());
    let decided = CaseFilter { state: Some(CaseState::Decided), ..CaseFilter::default() };
    let decided = look.cases(&decided).unwrap().rows;
    assert_eq!(
        (decided.len(), decided[0].urgency, decided[0].outcome),
        (1, None, Some(Outcome::Closed))
    );
}

#[test]
fn channels_are_ordered_by_what_is_certain() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let rows = look.channels(&ChannelFilter::default()).unwrap().rows;
    let names: Vec<_> = rows.iter().map(|row| row.channel.as_str()).collect();
    assert_eq!(names, ["warned", "small", "forum"]);
    // The day that has left the window does not count.
    assert_eq!(
        (rows[2].posts, rows[2].harmful, rows[2].per_1000.text()),
        (400, 24, "60".to_owned())
    );
    let warned = look.channels(&ChannelFilter { step: 1, limit: None }).unwrap().rows;
    assert_eq!((warned.len(), warned[0].step.as_deref()), (1, Some("warn")));
    let why = look.channel_reasons("forum").unwrap().unwrap();
    let exceeded: Vec<_> = why.steps.iter().map(|step| step.exceeded).collect();
    assert_eq!((exceeded, why.days.len()), (vec![true, true, true], 3));
}

#[test]
fn campaigns_breakers_and_the_log_are_listed() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let ids = |acting, order| -> Vec<String> {
        let filter = CampaignFilter { acting, order, limit: None };
        look.campaigns(&filter).unwrap().rows.into_iter().map(|row| row.campaign).collect()
    };
    assert_eq!(ids(false, CampaignOrder::Authors), ["k2", "k1"]);
    assert_eq!(ids(true, CampaignOrder::Posts), ["k1"]);
    assert_eq!(look.campaign_text("k1").unwrap().as_deref(), Some(AD));
    assert_eq!(look.campaign_text("k2").unwrap(), None);
    let breaker = &look.breakers().unwrap()[0];
    assert_eq!(
        (breaker.in_period, breaker.limit, breaker.period.as_deref()),
        (Some(60), Some(40), Some("1h"))
    );
    let log = |from, kind: Option<&str>, limit| -> Vec<u64> {
        let filter = LogFilter { from, kind: kind.map(str::to_owned), limit };
        look.log(&filter).unwrap().rows.into_iter().map(|row| row.number).collect()
    };
    assert_eq!(log(None, None, None), [1, 2, 3]);
    assert_eq!(log(None, None, Some(2)), [2, 3]);
    assert_eq!(log(Some(2), None, Some(1)), [2]);
    assert_eq!(log(None, Some("step"), Some(5)), [2]);
    assert_eq!(log(None, Some("forget"), None), [3]);
    assert_eq!(look.log_head().unwrap().unwrap().number, 3);
    let part = look.log(&LogFilter { limit: Some(1), ..LogFilter::default() }).unwrap();
    assert_eq!(part.all, 3);
}

#[test]
fn why_names_the_earlier_text_that_is_most_alike() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let why = look.why("k1", "2").unwrap().unwrap();
    assert_eq!((why.like.len(), why.like[0].sample.number), (2, 1));
    assert!(why.like[0].percent >= 50, "{}", why.like[0].percent);
    assert!(why.like[0].shared[0].contains("新澳门娱乐城"), "{:?}", why.like[0].shared);
    assert!(why.like[1].percent < 10 && why.like[1].shared.is_empty());
    assert!(look.why("k1", "\"p1\"").unwrap().unwrap().like.is_empty());
    let not = |campaign: &str, post: &str| look.why(campaign, post).unwrap().unwrap_err();
    assert_eq!(not("k7", "2"), WhyNot::UnknownCampaign);
    assert_eq!(not("k2", "2"), WhyNot::OtherCampaign(Some("k1".to_owned())));
    assert_eq!(not("k1", "\"p9\""), WhyNot::NoText);
    assert_eq!(not("k1", "\"p0\""), WhyNot::UnknownPost);
    assert_eq!(not("k2", "\"first\""), WhyNot::NoText, "the first member has no text");
    assert_eq!(look.sample_ids("k1").unwrap().len(), 3);
}

#[test]
fn unknown_names_have_suggestions() {
    let (_folder, state) = saved();
    let measures = measures();
    let look = Look::new(&state, &measures).unwrap();
    let near = |name: &str| Err(Unknown { near: Some(name.to_owned()) });
    assert_eq!(look.post("2").unwrap(), Ok("2".to_owned()));
    assert_eq!(look.post("p1").unwrap(), Ok("\"p1\"".to_owned()));
    assert_eq!(look.post("p10").unwrap().map(drop), near("p1"));
    assert_eq!(look.check_case("c-k1").unwrap(), Ok(()));
    assert_eq!(look.check_case("c-k7").unwrap(), near("c-k1"));
    assert_eq!(look.check_campaign("k1").unwrap(), Ok(()));
    assert_eq!(look.check_campaign("zzzzzzz").unwrap(), Err(Unknown { near: None }));
    assert_eq!(look.check_breaker("block channel=forun").unwrap(), near("block channel=forum"));
    assert_eq!(look.check_author("malory").unwrap(), near("mallory"));
    assert_eq!(look.check_author("quiet").unwrap(), Ok(()), "with posts and without points");
    assert_eq!(look.check_channel("forums").unwrap(), near("forum"));
    assert!(!Look::new(&state, &Measures::default()).unwrap().has_other_measures().unwrap());
    assert!(look.has_other_measures().unwrap());
}
