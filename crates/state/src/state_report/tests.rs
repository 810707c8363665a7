//! The numbers of a small state, and their page.

use super::*;
use crate::model::{
    Author, Campaign, Change, Changes, Channel, DayCounts, Distinct, OperationDays, POINT, Run,
    Totals,
};
use crate::store::StateFile;
use std::collections::BTreeMap;
use tidegate_messages::Language;

const DAY: i64 = 86_400;

/// The first of March 2026.
const START: i64 = 20_513 * DAY;

fn campaign(id: &str, authors: u64, acts: bool, ignored: bool) -> Campaign {
    Campaign {
        id: id.to_owned(),
        number: authors,
        first: START,
        last: START + 7200,
        posts: authors,
        harmful: authors / 2,
        weight: 100,
        reach: 100,
        authors: Distinct::Exact((1..=authors).collect()),
        channels: Distinct::Exact(vec![1]),
        hours: BTreeMap::from([(START / 3600, authors)]),
        entries: Vec::new(),
        related: Vec::new(),
        samples: Vec::new(),
        template_authors: 0,
        template: None,
        acts_harmful: acts,
        acts_story: false,
        ignored: ignored.then(|| "<b>share button</b>".to_owned()),
        case: None,
        reports: 0,
    }
}

fn author(id: &str, step: u8, until: Option<i64>, last_points: i64) -> Author {
    Author {
        id: id.to_owned(),
        points: POINT,
        points_at: START,
        last_points,
        step,
        until,
        ..Author::default()
    }
}

fn changes() -> Changes {
    let channel = |id: &str, posts: u64, harmful: u64, step: u8| Channel {
        id: id.to_owned(),
        step,
        total: DayCounts { posts, harmful },
        ..Channel::default()
    };
    let clock = START + 20 * DAY;
    let days = |id: &str, counts: &[(i64, u64, u64)]| OperationDays {
        id: id.to_owned(),
        days: counts
            .iter()
            .map(|(day, posts, harmful)| {
                (START / DAY + day, DayCounts { posts: *posts, harmful: *harmful })
            })
            .collect(),
    };
    Changes {
        totals: Totals {
            clock: Some(clock),
            posts: 1000,
            events: 10,
            changed: 20,
            upheld: 3,
            overturned: 1,
            evictions: Evictions { singles: 7, ..Evictions::default() },
            ..Totals::default()
        },
        channels: vec![
            Change::Put(channel("good", 1000, 1, 0)),
            Change::Put(channel("<bad>", 1000, 200, 2)),
        ],
        authors: vec![
            Change::Put(author("warned", 1, None, clock - DAY)),
            Change::Put(author("muted", 2, Some(clock + 1), clock - DAY)),
            Change::Put(author("was muted", 2, Some(clock), clock - DAY)),
            // A calm time of 14 days since: a step down, which has no end.
            Change::Put(author("calm", 2, Some(clock - DAY), clock - 15 * DAY)),
            Change::Put(Author {
                proposed: Some(4),
                ..author("to close", 3, Some(clock - 1), clock - DAY)
            }),
            Change::Put(author("none", 0, None, 0)),
        ],
        campaigns: vec![
            Change::Put(campaign("k1", 3, true, false)),
            Change::Put(campaign("k2", 30, false, false)),
            Change::Put(campaign("k3", 20, true, true)),
        ],
        operations: vec![
            Change::Put(days("", &[(0, 100, 9), (1, 100, 9), (2, 100, 9)])),
            Change::Put(days("clear", &[(0, 10, 5), (1, 20, 15), (2, 4, 0)])),
        ],
        ..Changes::default()
    }
}

fn measures() -> Measures {
    let operation = crate::measures::Operation {
        id: "clear".to_owned(),
        from: START + DAY,
        until: START + 2 * DAY - 1,
        when: Vec::new(),
        points: POINT,
        queue: POINT,
    };
    Measures { operations: vec![operation], ..Measures::default() }
}

fn report() -> StateReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut file = StateFile::open(&path).unwrap();
    let run = Run { number: 1, measures: "5be0c117".to_owned(), ..Run::default() };
    file.save(&changes(), &run).unwrap();
    StateReport::read(&StateReader::open(&path).unwrap(), &measures()).unwrap()
}

#[test]
fn a_state_is_counted() {
    let report = report();
    let channels: Vec<(&str, Option<(usize, usize)>)> =
        report.channels.iter().map(|it| (it.channel.as_str(), it.rank)).collect();
    assert_eq!(channels, [("good", Some((1, 1))), ("<bad>", Some((2, 2)))]);
    let campaigns = &report.campaigns;
    let counts =
        (campaigns.count, campaigns.acting, campaigns.harmful, campaigns.story, campaigns.ignored);
    assert_eq!(counts, (3, 1, 1, 0, 1));
    let order: Vec<&str> = campaigns.largest.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(order, ["k1", "k2", "k3"], "those that act, then those with the most authors");
    let operation = &report.operations[0];
    let numbers = |period: &Period| (period.days, period.posts, period.harmful);
    let periods = [&operation.before, &operation.during, &operation.after].map(numbers);
    assert_eq!(periods, [(1, 10, 5), (1, 20, 15), (1, 4, 0)]);
    let decisions = &report.decisions;
    assert_eq!((decisions.changed, decisions.upheld, decisions.overturned), (20, 3, 1));
    let upheld = decisions.upheld_share.unwrap();
    assert!(upheld.value == 0.75 && upheld.low > 0.29 && upheld.high < 0.96, "{upheld:?}");
    assert_eq!((report.evictions.singles, report.evictions.cases), (7, 0));
}

#[test]
fn steps_are_those_at_the_clock() {
    let ladder = report().ladder;
    assert_eq!((ladder.authors_kept, ladder.channels_kept), (6, 2));
    let rows: Vec<(&str, u64, u64, u64)> = ladder
        .authors
        .iter()
        .map(|it| (it.step.as_str(), it.in_force, it.over, it.proposed))
        .collect();
    let expected = [("warn", 2, 0, 0), ("mute", 1, 1, 0), ("suspend", 0, 1, 0), ("close", 0, 0, 1)];
    assert_eq!(rows, expected);
    let channels: Vec<u64> = ladder.channels.iter().map(|it| it.in_force).collect();
    assert_eq!(channels, [0, 1, 0]);
}

#[test]
fn a_step_of_other_measures_has_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let mut file = StateFile::open(&path).unwrap();
    let author = Change::Put(author("a", 6, None, START + 20 * DAY));
    let changes = Changes { authors: vec![author], ..changes() };
    file.save(&changes, &Run { number: 1, ..Run::default() }).unwrap();
    let report = StateReport::read(&StateReader::open(&path).unwrap(), &measures()).unwrap();
    let rows = report.ladder.authors.iter().map(|it| (it.step.as_str(), it.in_force));
    assert_eq!(rows.skip(3).collect::<Vec<_>>(), [("close", 0), ("5", 0), ("6", 1)]);
}

#[test]
fn an_empty_state_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    drop(StateFile::open(&path).unwrap());
    let reader = StateReader::open(&path).unwrap();
    let report = StateReport::read(&reader, &Measures::default()).unwrap();
    let page = render_page(&report, "tidegate report", Language::English).unwrap();
    assert!(page.contains("Nothing was dropped.") && page.contains("have no operations"));
}

#[test]
fn pages_escape_what_they_show() {
    let report = report();
    let command = "tidegate report --state '<s>.db'";
    let english = render_page(&report, command, Language::English).unwrap();
    let chinese = render_page(&report, command, Language::Chinese).unwrap();
    for page in [&english, &chinese] {
        assert!(!page.contains("<bad>") && !page.contains("<b>share") && !page.contains("<s>"));
        assert!(page.contains("share button") && page.contains("clear"));
    }
    assert!(english.contains("Ecosystem index") && chinese.contains("生态指数"));
    assert_eq!(english, render_page(&report, command, Language::English).unwrap());
}

#[test]
fn the_numbers_are_one_json_object() {
    let json = serde_json::to_value(report()).unwrap();
    assert_eq!(json["channels"][0]["index"]["value"], 99.0);
    assert_eq!(json["channels"][0]["rank"], serde_json::json!([1, 1]));
    assert_eq!(json["campaigns"]["largest"][0]["hours"][0]["hour"], "2026-03-01T00:00:00Z");
    assert_eq!(json["operations"][0]["during"]["posts_per_day"], 20.0);
    assert_eq!(json["decisions"]["upheld_share"]["value"], 0.75);
    assert_eq!(json["measures"], "5be0c117");
}
