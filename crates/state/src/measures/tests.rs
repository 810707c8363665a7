//! Measures files: keys, defaults, errors with their places, and the hash.

use super::limits::{ENTRIES_MAX, NAME_BYTES_MAX, STEPS_MAX};
use super::*;
use crate::model::POINT;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;

const HEAD: &str = "tidegate: 1\nkind: measures\n";

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source { name: "city.measures.yaml".to_owned(), text: text.to_owned() })
}

/// The measures of a file with this text after its head, and its warnings.
fn read(body: &str) -> (Measures, Vec<String>) {
    let parsed = parse(source(&format!("{HEAD}{body}")));
    let parsed = parsed.unwrap_or_else(|errors| panic!("{body}\n{}", lines(&errors).join("\n")));
    (parsed.measures, lines(&parsed.warnings))
}

/// Code, line and column after the head, marked text and message of each diagnostic.
fn lines(found: &[Diagnostic]) -> Vec<String> {
    let line = |found: &Diagnostic| {
        assert!(!found.help.is_empty(), "{} has no help", found.message);
        let place = found.place.as_ref().unwrap();
        let (line, column) = place.line_column();
        let marked = place.source.text.get(place.range.clone()).unwrap();
        let line = line as i64 - HEAD.lines().count() as i64;
        format!("{} {line}:{column} <{marked}> {}", found.code, found.message)
    };
    found.iter().map(line).collect()
}

/// The errors of a file with this text after its head.
fn errors(body: &str) -> Vec<String> {
    match parse(source(&format!("{HEAD}{body}"))) {
        Ok(parsed) => panic!("no errors in {body}: {parsed:?}"),
        Err(errors) => lines(&errors),
    }
}

fn step(name: &str, at: i64, lasts: Option<i64>, confirm: bool) -> Step {
    Step { name: name.to_owned(), at, lasts, confirm }
}

/// Every key with another value than its default.
const OTHER: &str = "\
title: t
description: d
clock: { late: 2h, jump: 3d }
campaigns:
  window: 1d
  authors: 7
  harmful: { share: 12.5 %, action: block }
  story: { category: x-story, weight: 1.5 }
  strip: [one, two]
  ignore: [{ like: 'a…b', reason: r }]
ladder:
  author:
    points: { flag: 1, review: 2.5, block: 6, campaign: 0, upheld: 0.000001 }
    half-life: 1d
    calm: 2d
    notice: 0s
    steps: [{ step: a, at: 1 }, { step: b, at: 2.5, for: 90s, confirm: true }]
  channel:
    window: 14d
    steps: [{ step: c, over: 0.0001 %, for: 1h }, { step: d, over: 99.9999 %, confirm: true }]
limits: { block: [10/minute, { limit: 20/1h30m, per: channel }, { limit: 5/day, per: category }, { limit: 6/day, per: rule }] }
operations:
  - { id: o, from: 2026-03-01, until: 2026-03-01, when: 'category == fraud and rule in [gambling.*, a.b] and channel != x and author not in [\"a b\"]', points: 2, queue: 0.5 }
  - { id: p, from: 2026-03-01T08:00:00+08:00, until: 2026-03-01T00:00:01Z, when: rule == '*' }
queue: { harm: { fraud: 1, x-own: 3, default: 4 } }
keep: { samples: unlimited, authors: 1d, posts: 2d, cases: 3d }
bounds: { singles: 1, campaigns: 2, authors: 3, channels: 9, groups: 4, moments: 5, posts: 6, cases: 7 }
";

fn clause(what: What, negated: bool, values: &[&str]) -> Clause {
    Clause { what, negated, values: values.iter().map(|it| (*it).to_owned()).collect() }
}

/// The operations of `OTHER`.
fn other_operations() -> Vec<Operation> {
    let midnight = 1_772_323_200;
    vec![
        Operation {
            id: "o".to_owned(),
            from: midnight,
            until: midnight + 86_399,
            when: vec![
                clause(What::Category, false, &["fraud"]),
                clause(What::Rule, false, &["gambling.*", "a.b"]),
                clause(What::Channel, true, &["x"]),
                clause(What::Author, true, &["a b"]),
            ],
            points: 2 * POINT,
            queue: POINT / 2,
        },
        Operation {
            id: "p".to_owned(),
            from: midnight,
            until: midnight + 1,
            when: vec![clause(What::Rule, false, &["*"])],
            points: POINT,
            queue: POINT,
        },
    ]
}

/// What `OTHER` says.
fn other() -> Measures {
    let category = Category::from_name("x-story").unwrap();
    let channel_step = |name: &str, over, lasts, confirm| ChannelStep {
        name: name.to_owned(),
        over,
        lasts,
        confirm,
    };
    let harm = [("fraud", 1), ("minors", 10), ("self-harm", 10), ("x-own", 3)];
    Measures {
        clock: Clock { late: 7_200, jump: 3 * 86_400 },
        campaigns: Campaigns {
            window: 86_400,
            authors: 7,
            harmful: Harmful { share: 125_000, action: Action::Block },
            story: Story { category, weight: Score::from_millis(1500) },
            strip: vec!["one".to_owned(), "two".to_owned()],
            ignore: vec![Ignore { like: "a…b".to_owned(), reason: "r".to_owned() }],
        },
        authors: AuthorLadder {
            points: Points {
                flag: POINT,
                review: 2_500_000,
                block: 6 * POINT,
                campaign: 0,
                upheld: 1,
            },
            half_life: 86_400,
            calm: 2 * 86_400,
            notice: 0,
            steps: vec![step("a", POINT, None, false), step("b", 2_500_000, Some(90), true)],
        },
        channels: ChannelLadder {
            window: 14 * 86_400,
            steps: vec![
                channel_step("c", 1, Some(3_600), false),
                channel_step("d", 999_999, None, true),
            ],
        },
        limits: vec![
            Limit { count: 10, period: 60, per: Per::All },
            Limit { count: 20, period: 5_400, per: Per::Channel },
            Limit { count: 5, period: 86_400, per: Per::Category },
            Limit { count: 6, period: 86_400, per: Per::Rule },
        ],
        operations: other_operations(),
        queue: Queue {
            harm: harm.iter().map(|(name, harm)| ((*name).to_owned(), *harm)).collect(),
            harm_default: 4,
        },
        keep: Keep {
            samples: None,
            authors: Some(86_400),
            posts: Some(2 * 86_400),
            cases: Some(3 * 86_400),
        },
        bounds: Bounds {
            singles: 1,
            campaigns: 2,
            authors: 3,
            channels: 9,
            groups: 4,
            moments: 5,
            posts: 6,
            cases: 7,
        },
    }
}

#[test]
fn every_key_is_read() {
    let (measures, warnings) = read(OTHER);
    assert_eq!(measures, other());
    assert_eq!(warnings, [""; 0]);
    // All keys of the schema are in the file.
    let schema = json_schema();
    let mut keys = Vec::new();
    properties(&schema, &mut keys);
    assert!(keys.len() > 50, "{keys:?}");
    for (key, description) in keys {
        assert!(format!("{HEAD}{OTHER}").contains(&format!("{key}:")), "{key}");
        assert!(description.is_some_and(|it| it.len() > 8), "{key} has no description");
    }
}

/// The keys of a schema, each with its description.
fn properties(schema: &serde_json::Value, found: &mut Vec<(String, Option<String>)>) {
    if let Some(all) = schema.get("properties").and_then(|it| it.as_object()) {
        let text = |it: &serde_json::Value| it["description"].as_str().map(str::to_owned);
        found.extend(all.iter().map(|(name, it)| (name.clone(), text(it))));
    }
    let inside = schema.as_object().into_iter().flatten().map(|(_, it)| it);
    inside.for_each(|it| properties(it, found));
}

#[test]
fn what_is_left_out_is_the_default() {
    let (measures, warnings) = read("");
    assert_eq!((measures, warnings), (Measures::default(), vec![]));
    let empty = "clock: {}\ncampaigns: { harmful: {}, story: {}, strip: [] }\nladder: { author: { points: {} }, channel: {} }\nlimits: {}\noperations: []\nqueue: { harm: {} }\nkeep: {}\nbounds: {}\n";
    assert_eq!(read(empty).0, Measures::default());
    assert_eq!(read("ladder: { author: { steps: [] } }").0.authors.steps, []);
    assert_eq!(read("ladder: { channel: { steps: [] } }").0.channels.steps, []);
}

/// The defaults as a file writes them.
const DEFAULTS: &str = "\
clock: { late: 60m, jump: 24h }
campaigns:
  window: 3d
  authors: 5
  harmful: { share: 30.0%, action: review }
  story: { category: malicious-marketing, weight: 3.0 }
ladder:
  author:
    points: { flag: 0.5, review: 2, block: 5, campaign: 1, upheld: 3 }
    half-life: 30d
    calm: 14d
    notice: 10m
    steps:
      - { step: warn, at: 3 }
      - { step: mute, at: 8, for: 24h }
      - { step: suspend, at: 20, for: 7d, confirm: false }
      - { step: close, at: 50, confirm: true }
  channel:
    window: 7d
    steps: [{ step: warn, over: 0.5 % }, { step: correct, over: 1 % }, { step: suspend, over: 3 %, confirm: true }]
queue: { harm: { default: 5, self-harm: 10, minors: 10, fraud: 8 } }
keep: { samples: 90d, authors: unlimited, posts: unlimited, cases: unlimited }
bounds: { singles: 500000, campaigns: 20000, authors: 500000, channels: 100000, groups: 200000, moments: 8000000, posts: 1000000, cases: 50000 }
";

#[test]
fn the_hash_is_over_values() {
    assert_eq!(read(DEFAULTS).0, Measures::default());
    let default = Measures::default().hash_hex();
    // A file that did not change has the same hash in every version of the program.
    assert_eq!(default, "5efcfd97");
    assert_eq!(read(DEFAULTS).0.hash_hex(), default);
    assert_eq!(read("title: other\n# comment\n").0.hash_hex(), default);
    let full = other();
    assert_ne!(full.hash_hex(), default);
    assert_eq!(full.hash_hex().len(), 8);
}

#[test]
fn every_value_changes_the_hash() {
    let (whole, warnings) = read(OTHER);
    assert_eq!(warnings, [""; 0]);
    // Each value alone, at another value.
    let mut hashes = vec![whole.hash_hex()];
    let mut changed = |from: &str, to: &str| {
        assert_eq!(OTHER.matches(from).count(), 1, "{from} is not unique");
        let hash = read(&OTHER.replace(from, to)).0.hash_hex();
        assert!(!hashes.contains(&hash), "{from} → {to}");
        hashes.push(hash);
    };
    for (from, to) in [
        ("late: 2h", "late: 3h"),
        ("jump: 3d", "jump: 4d"),
        ("window: 1d", "window: 2d"),
        ("authors: 7", "authors: 8"),
        ("12.5 %", "12.6 %"),
        ("action: block", "action: flag"),
        ("x-story", "x-tale"),
        ("weight: 1.5", "weight: 1.501"),
        ("[one, two]", "[one, tow]"),
        ("a…b", "a…c"),
        ("reason: r", "reason: s"),
        ("flag: 1", "flag: 1.000001"),
        ("review: 2.5", "review: 2"),
        ("block: 6", "block: 7"),
        ("campaign: 0", "campaign: 1"),
        ("0.000001", "0.000002"),
        ("half-life: 1d", "half-life: 2d"),
        ("calm: 2d", "calm: 3d"),
        ("notice: 0s", "notice: 1s"),
        ("step: a", "step: aa"),
        ("at: 1 }", "at: 1.1 }"),
        ("for: 90s", "for: 91s"),
        ("90s, confirm: true", "90s"),
        ("window: 14d", "window: 15d"),
        ("step: c", "step: e"),
        ("0.0001 %", "0.0002 %"),
        ("for: 1h ", "for: 2h "),
        ("99.9999 %, confirm: true", "99.9999 %"),
        ("10/minute", "10/2m"),
        ("20/1h30m", "21/1h30m"),
        ("per: category", "per: all"),
        ("id: o", "id: q"),
        ("from: 2026-03-01, until: 2026-03-01,", "from: 2026-02-01, until: 2026-03-01,"),
        ("00:00:01Z", "00:00:02Z"),
        ("category == fraud", "category != fraud"),
        ("channel != x", "author != x"),
        ("gambling.*, a.b", "gambling.*, a.c"),
        ("points: 2,", "points: 3,"),
        ("queue: 0.5", "queue: 0.6"),
        ("fraud: 1", "fraud: 2"),
        ("default: 4", "default: 5"),
        ("samples: unlimited", "samples: 90d"),
        ("authors: 1d", "authors: 5d"),
        ("posts: 2d", "posts: 5d"),
        ("cases: 3d", "cases: 5d"),
        ("singles: 1", "singles: 9"),
        ("campaigns: 2,", "campaigns: 9,"),
        ("authors: 3,", "authors: 9,"),
        ("groups: 4", "groups: 9"),
        ("moments: 5", "moments: 9"),
        ("posts: 6", "posts: 9"),
        ("cases: 7", "cases: 9"),
    ] {
        changed(from, to);
    }
}

#[test]
fn the_example_has_no_warnings() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/city.measures.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let parsed = parse(source(&text)).unwrap();
    assert_eq!(lines(&parsed.warnings), [""; 0]);
    assert_eq!(parsed.measures.authors, AuthorLadder::default());
    assert_eq!((parsed.measures.limits.len(), parsed.measures.operations.len()), (3, 2));
}

#[test]
fn names_of_files() {
    for name in ["city.measures.yaml", "a/b.measures.yml", "C:\\x.measures.yaml"] {
        assert!(is_measures_file(name), "{name}");
    }
    for name in ["measures.yaml", "city.policy.yaml", "city.measures.yaml.txt", "x.rules.yaml"] {
        assert!(!is_measures_file(name), "{name}");
    }
}

#[test]
fn heads_are_checked() {
    let read = |text: &str| match parse(source(text)) {
        Ok(_) => vec![],
        Err(errors) => lines(&errors),
    };
    assert_eq!(
        read("clock: {}\n"),
        [
            "missing_key -1:1 <> the key `tidegate` is missing",
            "missing_key -1:1 <> the key `kind` is missing",
        ]
    );
    assert_eq!(
        read("tidegate: 2\nkind: policy\n"),
        [
            "bad_version -1:11 <2> this program reads version 1 of measures",
            "bad_value 0:7 <policy> unknown kind `policy`",
        ]
    );
    assert_eq!(read("").len(), 1);
}

#[test]
fn errors_of_campaigns_and_clock() {
    assert_eq!(
        errors(
            "clock: { late: -1h, jump: 0s, latte: 1h }
campaigns:
  window: 3 days
  authors: 0
  harmful: { share: 101 %, action: reviw }
  story: { category: marketing, weight: 0 }
  strip: ['', '  ']
  ignore: [{ like: '…' , reason: r }, { reason: r }, { like: a }]
"
        ),
        [
            "bad_value 1:16 <-> a duration is not negative",
            "bad_value 1:27 <0s> a duration of 0 has no effect here",
            "unknown_key 1:31 <latte> unknown key `latte` in the mapping `clock`",
            "bad_value 3:12 < > ` ` is not a unit of time",
            "bad_value 4:12 <0> `0` is out of range",
            "bad_value 5:21 <101 %> a share is at most 100 %",
            "bad_value 5:36 <reviw> unknown action `reviw`",
            "unknown_name 6:22 <marketing> there is no category `marketing`",
            "bad_value 6:41 <0> the weight of a story must be above 0",
            "bad_value 7:11 <''> `strip` without text",
            "bad_value 7:15 <'  '> `strip` without text",
            "bad_value 8:20 <'…'> `like` without text",
            "missing_key 8:39 <{> the key `like` is missing",
            "missing_key 8:54 <{> the key `reason` is missing",
        ]
    );
}

#[test]
fn errors_of_ladders() {
    assert_eq!(
        errors(
            "ladder:
  author:
    points: { flag: -1, block: 1.1234567, review: 1e9 }
    half-life: 0d
    calm: 200y
    notice: 101000d
    steps:
      - { step: warn, at: 3 }
      - { step: mute, at: 3 }
      - { step: warn, at: 2, for: 0s }
      - { at: 30 }
      - { step: ' x', at: 0 }
      - { step: y }
  channel:
    window: 36h
    steps: [{ step: a, over: 2 % }, { step: b, over: 1 % }, { step: c, over: 100 % }, { step: d }]
"
        ),
        [
            "bad_value 3:21 <-1> `-1` is negative",
            "bad_value 3:32 <1.1234567> `1.1234567` is too large or too precise",
            "bad_value 3:51 <1e9> `1000000000` is too large or too precise",
            "bad_value 4:16 <0d> a duration of 0 has no effect here",
            "bad_value 5:14 <y> `y` is not a unit of time",
            "bad_value 6:13 <101000d> a duration is at most 100 years",
            "bad_value 9:27 <3> this step is not above the one before it",
            "duplicate_name 10:17 <warn> the name `warn` is already used",
            "bad_value 10:27 <2> this step is not above the one before it",
            "bad_value 10:35 <0s> a duration of 0 has no effect here",
            "missing_key 11:9 <{> the key `step` is missing",
            "bad_value 12:17 <' x'> this text cannot be a name",
            "bad_value 12:27 <0> every author has 0 points",
            "missing_key 13:9 <{> the key `at` is missing",
            "bad_value 15:13 <36h> this window is not a number of whole days",
            "bad_value 16:54 <1 %> this step is not above the one before it",
            "never_true 16:78 <100 %> no share is over 100 %",
            "missing_key 16:87 <{> the key `over` is missing",
        ]
    );
}

#[test]
fn errors_of_limits_and_operations() {
    assert_eq!(
        errors(
            "limits:
  block: [0/hour, hour, 5/houer, 5/30s, { per: chanel }, { per: all, limit: 3/hour }, 4/60m, [x]]
  review: 10/hour
operations:
  - { id: a, from: 2026-03-02, until: 2026-03-01, when: category == fraud }
  - { id: a, from: soon, until: 2026-03-01T00:00:00, when: kategorie == fraud, points: 0, queue: 1001 }
  - {}
"
        ),
        [
            "bad_value 2:11 <0> a limit of 0 would stop every block",
            "bad_value 2:19 <h> a limit begins with a whole number",
            "bad_value 2:27 <houer> `houer` is not a period",
            "bad_value 2:36 <30s> a period is at least a minute",
            "bad_value 2:48 <chanel> unknown value of `per` `chanel`",
            "bad_value 2:87 <4/60m> there is a limit of this period already",
            "bad_value 2:94 <[> a breaker is a rate such as `2000/hour`, or a mapping with `limit` and `per`",
            "unknown_key 3:3 <review> only `block` can be limited, not `review`",
            "bad_value 5:39 <2026-03-01> `until` is before `from`",
            "duplicate_id 6:11 <a> the name `a` is already used",
            "bad_value 6:20 <soon> `soon` is not a date or a time",
            "bad_value 6:52 <> the offset from UTC is missing",
            "unknown_name 6:60 <kategorie> `kategorie` cannot be compared",
            "bad_value 6:88 <0> a factor must be above 0",
            "bad_value 6:98 <1001> a factor has at most six decimals and is at most 1000",
            "missing_key 7:5 <{> the key `id` is missing",
            "missing_key 7:5 <{> the key `from` is missing",
            "missing_key 7:5 <{> the key `until` is missing",
            "missing_key 7:5 <{> the key `when` is missing",
        ]
    );
}

#[test]
fn errors_of_queue_keep_and_bounds() {
    assert_eq!(
        errors(
            "queue: { harm: { frud: 8, default: 2000, minors: 1.5 } }
keep: { samples: 0d, authors: always }
bounds: { singles: 0, cases: 4294967296, rows: 1 }
"
        ),
        [
            "unknown_name 1:18 <frud> there is no category `frud`",
            "bad_value 1:36 <2000> a harm is at most 1000",
            "bad_value 1:50 <1.5> expected a whole number, 0 or more, found `1.5`",
            "bad_value 2:18 <0d> a duration of 0 has no effect here",
            "bad_value 2:31 <a> `a` is not a digit",
            "bad_value 3:20 <0> `0` is out of range",
            "bad_value 3:30 <4294967296> `4294967296` is out of range",
            "unknown_key 3:42 <rows> unknown key `rows` in the mapping `bounds`",
        ]
    );
}

#[test]
fn lists_and_names_have_limits() {
    let steps = |count: usize| {
        let steps: Vec<String> =
            (1..=count).map(|at| format!("{{ step: s{at}, at: {at} }}")).collect();
        format!("ladder: {{ author: {{ steps: [{}] }} }}\n", steps.join(", "))
    };
    assert_eq!(read(&steps(STEPS_MAX)).0.authors.steps.len(), STEPS_MAX);
    let found = errors(&steps(STEPS_MAX + 1));
    assert!(found.len() == 1 && found[0].starts_with("too_large"), "{found:?}");
    let strip = |count: usize| format!("campaigns: {{ strip: [{}] }}\n", "a, ".repeat(count));
    assert_eq!(read(&strip(ENTRIES_MAX)).0.campaigns.strip.len(), ENTRIES_MAX);
    assert_eq!(errors(&strip(ENTRIES_MAX + 1)).len(), 1);
    let name = |bytes: usize| {
        let name = "n".repeat(bytes);
        format!("ladder: {{ author: {{ steps: [{{ step: {name}, at: 1 }}] }} }}\n")
    };
    assert_eq!(read(&name(NAME_BYTES_MAX)).0.authors.steps.len(), 1);
    assert_eq!(errors(&name(NAME_BYTES_MAX + 1)).len(), 1);
}

#[test]
fn warnings_name_what_works_otherwise_than_it_seems() {
    let (measures, warnings) = read(
        "ladder:
  author:
    notice: 2h
    steps: [{ step: a, at: 1, for: 1h }, { step: b, at: 2, confirm: true }, { step: c, at: 3 }]
  channel:
    steps: [{ step: a, over: 1 %, confirm: true }, { step: b, over: 2 %, confirm: true }]
queue: { harm: { spam: 0 } }
",
    );
    assert_eq!(
        warnings,
        [
            "short_step 4:36 <1h> the step ends after 1h, and no post raises a further one for 2h (`notice`)",
            "confirm_not_last 4:69 <true> the steps after this one are reached only after its decision",
            "confirm_not_last 6:44 <true> the steps after this one are reached only after its decision",
            "no_harm 7:24 <0> cases of harm 0 have the priority 0, however many people report them",
        ]
    );
    assert_eq!(measures.authors.steps.len(), 3);
    assert_eq!(
        read("ladder: { author: { notice: 25h } }").1,
        [
            "short_step 1:29 <25h> the step ends after 1d, and no post raises a further one for 1d1h (`notice`)"
        ]
    );
    let silenced = "queue: { harm: { spam: 0 } } # tidegate: allow(no_harm)\n";
    assert_eq!(read(silenced).1, [""; 0]);
    // Warnings are shown with the errors of the file.
    assert_eq!(errors("queue: { harm: { spam: 0, frud: 1 } }\n").len(), 2);
    assert_eq!(read("clock:\n  late:\n").1.len(), 1);
}

proptest! {
    /// No text makes the reader panic, and every error is in the file.
    #[test]
    fn any_text_is_read_or_refused(body in "[a-z0-9:{}\\[\\] ,.%/'…\n-]{0,80}") {
        match parse(source(&format!("{HEAD}{body}"))) {
            Ok(parsed) => drop(lines(&parsed.warnings)),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }

    /// As above, with keys and values in their places.
    #[test]
    fn any_value_is_read_or_refused(at in 0..60_usize, value in "[0-9a-z %/.:…-]{0,12}") {
        let mut colons = OTHER.match_indices(": ").map(|(at, _)| at + 2);
        let Some(at) = colons.nth(at) else { return Ok(()) };
        let end = OTHER[at..].find([',', '}', '\n']).map_or(OTHER.len(), |end| at + end);
        let text = format!("{HEAD}{}{value}{}", &OTHER[..at], &OTHER[end..]);
        match parse(source(&text)) {
            Ok(parsed) => prop_assert_eq!(parsed.measures.hash_hex().len(), 8),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }
}

/// The rows of the tables of a page that begin with code, by their first cell.
fn rows_of(page: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((name.to_owned(), rest.split(" | ").next()?.replace(['`', ','], "")))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn the_pages_have_the_limits() {
    let source = include_str!("limits.rs");
    let constants: Vec<(String, String)> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split_once(": "))
        .map(|(name, rest)| {
            let value = rest.split(" = ").nth(1).unwrap();
            (name.to_owned(), value.replace(['_', ';'], ""))
        })
        .collect();
    assert!(constants.len() >= 10, "{constants:?}");
    for page in ["limits.md", "zh/limits.md"] {
        let rows = rows_of(page);
        let from = rows.iter().position(|row| *row == constants[0]).unwrap();
        assert_eq!(rows[from..], constants, "{page} left, limits.rs right");
    }
}

#[test]
fn the_pages_have_the_defaults() {
    for page in ["measures.md", "zh/measures.md"] {
        let rows = rows_of(page);
        let mut checked = 0;
        for (key, default) in &rows {
            let parts: Vec<&str> = key.split('.').collect();
            let is_key = ["clock", "campaigns", "ladder", "queue", "keep", "bounds"];
            let is_value = default.starts_with(|c: char| c.is_ascii_alphanumeric())
                && !default.contains(':')
                && !["none", "see above"].contains(&default.as_str());
            if parts.len() < 2 || !is_key.contains(&parts[0]) || !is_value {
                continue;
            }
            let (open, close) = (parts.join(": { "), " }".repeat(parts.len() - 1));
            let written = read(&format!("{open}: {default}{close}\n")).0;
            assert_eq!(written, Measures::default(), "{page}: {key}: {default}");
            checked += 1;
        }
        assert!(checked >= 24, "{page}: {checked}");
        let codes = ["confirm_not_last", "no_harm", "short_step"];
        assert!(codes.iter().all(|code| rows.iter().any(|(name, _)| name == code)), "{page}");
    }
}
