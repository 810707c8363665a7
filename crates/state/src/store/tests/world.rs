//! A small state in which everything has a meaning: an author with posts, a campaign, a case.

use crate::model::*;

/// Its clock.
pub const CLOCK: Seconds = 1_772_000_000;

pub fn member(id: &str, author: &str) -> Member {
    let (author, channel) = (hash_of(author), hash_of("forum"));
    Member { id: id.to_owned(), author, channel, at: CLOCK, reach: 10, harmful: true }
}

pub fn entry(number: u64, id: &str, author: &str) -> Entry {
    let sketch = vec![1, 2, 3].into();
    Entry { number, sketch, whole: number, weight: 60, listed: 7, post: member(id, author) }
}

pub fn sample(number: u64, id: &str, author: &str, text: &str) -> Sample {
    Sample {
        number,
        id: id.to_owned(),
        author: Some(author.to_owned()),
        channel: Some("forum".to_owned()),
        at: CLOCK,
        action: "block".to_owned(),
        categories: vec![("fraud".to_owned(), "5.000".to_owned())],
        text: text.to_owned(),
        reports: 0,
        is_first: true,
    }
}

pub fn author(id: &str, step: u8, points: Micro, posts: &[&str]) -> Author {
    let post = |id: &&str| PointPost { id: (*id).to_owned(), at: CLOCK, points: POINT };
    Author {
        id: id.to_owned(),
        points,
        points_at: CLOCK,
        step,
        last: CLOCK - i64::from(step),
        recent: posts.iter().map(post).collect(),
        ..Author::default()
    }
}

pub fn post(number: u64, id: &str, author: &str, case: &str) -> PostRef {
    PostRef {
        id: id.to_owned(),
        number,
        author: Some(author.to_owned()),
        channel: Some("forum".to_owned()),
        at: CLOCK,
        action: "block".to_owned(),
        category: Some("fraud".to_owned()),
        care: false,
        reach: 10,
        campaign: Some("k0000000001".to_owned()),
        case: Some(case.to_owned()),
        points: POINT,
        upheld: 0,
        upheld_at: 0,
        outcome: None,
    }
}

pub fn case(id: &str, kind: CaseKind, subject: &str, priority: u64, newest: &[&str]) -> Case {
    Case {
        id: id.to_owned(),
        kind,
        subject: subject.to_owned(),
        state: CaseState::Open,
        opened: CLOCK,
        updated: CLOCK + priority.cast_signed(),
        posts: 2,
        authors: 2,
        channels: 1,
        reach: 20,
        category: Some("fraud".to_owned()),
        harm: 8,
        reports: POINT / 2,
        operation: POINT,
        priority,
        newest: newest.iter().map(|id| (*id).to_owned()).collect(),
        proposed: None,
        verdict: None,
    }
}

pub fn campaign(id: &str, number: u64) -> Campaign {
    Campaign {
        id: id.to_owned(),
        number,
        first: CLOCK,
        last: CLOCK,
        posts: 3,
        harmful: 2,
        weight: 180,
        reach: 30,
        authors: Distinct::Exact(vec![hash_of("secret-author"), hash_of("other")]),
        channels: Distinct::Exact(vec![hash_of("forum")]),
        hours: [(CLOCK / 3600, 3)].into(),
        entries: vec![
            entry(number, "\"secret-post\"", "secret-author"),
            entry(number + 1, "\"p2\"", "other"),
        ],
        related: Vec::new(),
        samples: vec![
            sample(1, "\"secret-post\"", "secret-author", "my secret text"),
            sample(2, "\"p2\"", "other", "免费领取"),
        ],
        template_authors: 5,
        template: Some(TemplateRecord {
            text: "{1:text}领取".to_owned(),
            fixed_weight: 6,
            slots: vec![Slot {
                kind: "text".to_owned(),
                between: false,
                values: vec![("my secret text".to_owned(), 1)],
            }],
        }),
        acts_harmful: true,
        acts_story: false,
        ignored: None,
        case: Some("c-k0000000001".to_owned()),
        reports: POINT,
    }
}

/// The author `secret-author` wrote `"secret-post"` and `"secret-single"`, and reported `"p2"`.
pub fn world() -> Changes {
    let report = |post: &str, by: &str| {
        let (post, by) = (post.to_owned(), by.to_owned());
        Change::Put(Report { post, by, reason: None, at: CLOCK, weight: POINT, judged: false })
    };
    let group = |author: &str| {
        let key = vec![("author.id".to_owned(), author.to_owned())];
        let moments = Moments::Events(vec![CLOCK]);
        let rule = "spam.flood".to_owned();
        Change::Put(Group {
            rule,
            rule_hash: 7,
            key,
            moments,
            quiet_until: None,
            held: 0,
            last: CLOCK,
        })
    };
    let reporter = |id: &str| Change::Put(Reporter { id: id.to_owned(), ..Reporter::default() });
    let newest = ["\"p2\"", "\"secret-post\""];
    let log = LogEntry::after(None, CLOCK, r#"{"event":"step","step":"mute"}"#.to_owned());
    Changes {
        totals: Totals { clock: Some(CLOCK), next_number: 100, ..Totals::default() },
        authors: vec![
            Change::Put(author("secret-author", 2, 9 * POINT, &["\"secret-post\""])),
            Change::Put(author("other", 1, 3 * POINT, &["\"p2\""])),
        ],
        campaigns: vec![
            Change::Put(campaign("k0000000001", 1)),
            Change::Put(Campaign {
                case: None,
                entries: Vec::new(),
                samples: Vec::new(),
                ignored: Some("share button".to_owned()),
                posts: 900,
                ..campaign("k0000000002", 9)
            }),
        ],
        singles: vec![
            entry(20, "\"secret-single\"", "secret-author"),
            entry(21, "\"p3\"", "other"),
        ],
        groups: vec![group("secret-author"), group("other")],
        breakers: vec![Change::Put(Breaker { key: "block".to_owned(), ..Breaker::default() })],
        posts: vec![
            post(30, "\"secret-post\"", "secret-author", "c-secret"),
            post(31, "\"p2\"", "other", "c-k0000000001"),
        ],
        cases: vec![
            Change::Put(case("c-secret", CaseKind::Author, "secret-author", 300, &newest[1..])),
            Change::Put(case("c-k0000000001", CaseKind::Campaign, "k0000000001", 412, &newest)),
        ],
        reports: vec![
            report("\"secret-post\"", "r1"),
            report("\"p2\"", "r1"),
            report("\"p2\"", "secret-author"),
        ],
        reporters: vec![reporter("r1"), reporter("secret-author")],
        operations: vec![Change::Put(OperationDays::default())],
        log: vec![log],
        ..Changes::default()
    }
}
