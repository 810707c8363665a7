//! Cases of a small state: what is gathered, what is handed over, what is refused.

use super::*;
use crate::measures::Measures;
use crate::model::{
    Author, Campaign, Case, CaseKind, CaseState, Change, Changes, Distinct, LogEntry, Outcome,
    POINT, PostRef, Report, Reporter, Run, Sample, Slot, TemplateRecord, Totals, Verdict, hash_of,
};
use crate::store::{StateFile, StateReader};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Any text or name that must not leave the house without `--reveal`.
const SECRETS: &[&str] = &[
    "娱乐城",
    "vx88888",
    "开户",
    "bad-author",
    "post-",
    "forum",
    "reader-1",
    "稳赚",
    "reviewer",
    "note of",
    "遗书",
];

const HOUR: i64 = 3600;
const START: i64 = 492_300 * HOUR;

fn post(number: u64, author: &str, category: Option<&str>) -> PostRef {
    PostRef {
        id: format!("\"post-{number}\""),
        number,
        author: Some(author.to_owned()),
        channel: Some("forum".to_owned()),
        at: START + number as i64 * HOUR,
        action: if category.is_some() { "block" } else { "allow" }.to_owned(),
        category: category.map(str::to_owned),
        care: false,
        reach: 1500,
        campaign: Some("k5b990b21aa".to_owned()),
        case: Some("c-k5b990b21aa".to_owned()),
        points: 5 * POINT,
        upheld: 0,
        upheld_at: 0,
        outcome: None,
    }
}

fn sample(number: u64, text: &str, category: &str) -> Sample {
    Sample {
        number,
        id: format!("\"post-{number}\""),
        author: Some("bad-author".to_owned()),
        channel: Some("forum".to_owned()),
        at: START + number as i64 * HOUR,
        action: "block".to_owned(),
        categories: vec![(category.to_owned(), "8.5".to_owned())],
        text: text.to_owned(),
        reports: 0,
        is_first: true,
    }
}

fn case(id: &str, kind: CaseKind, subject: &str) -> Case {
    Case {
        id: id.to_owned(),
        kind,
        subject: subject.to_owned(),
        state: CaseState::Open,
        opened: START,
        updated: START + 3 * HOUR,
        posts: 3,
        authors: 2,
        channels: 1,
        reach: 4500,
        category: Some("gambling".to_owned()),
        harm: 5,
        reports: POINT / 2,
        operation: POINT,
        priority: 30,
        newest: Vec::new(),
        proposed: None,
        verdict: None,
    }
}

fn campaign() -> Campaign {
    let slot = |kind: &str, values: &[(&str, u32)]| Slot {
        kind: kind.to_owned(),
        between: true,
        values: values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect(),
    };
    Campaign {
        id: "k5b990b21aa".to_owned(),
        number: 0,
        first: START,
        last: START + 3 * HOUR,
        posts: 4,
        harmful: 3,
        weight: 100,
        reach: 4500,
        authors: Distinct::Exact(vec![1, 2]),
        channels: Distinct::Exact(vec![1]),
        hours: BTreeMap::from([(START / HOUR, 1), (START / HOUR + 3, 3)]),
        entries: Vec::new(),
        related: vec!["k0000000001".to_owned()],
        samples: vec![
            sample(1, "新澳门娱乐城开户，加 vx88888", "gambling"),
            sample(2, "新澳门娱乐城开户，稳赚", "gambling"),
        ],
        template_authors: 2,
        template: Some(TemplateRecord {
            text: "新澳门娱乐城开户{1:text}{2:handle}".to_owned(),
            fixed_weight: 24,
            slots: vec![slot("text", &[("稳赚", 1)]), slot("handle", &[("vx88888", 1)])],
        }),
        acts_harmful: true,
        acts_story: false,
        ignored: None,
        case: Some("c-k5b990b21aa".to_owned()),
        reports: POINT / 2,
    }
}

fn log() -> Vec<LogEntry> {
    let post = |number: u64| format!("{:016x}", hash_of(&format!("\"post-{number}\"")));
    let entries = [
        json!({ "kind": "case", "case": "c-k5b990b21aa", "on": "campaign", "post": post(1) }),
        json!({ "kind": "step", "who": "author", "author": format!("{:016x}", hash_of("bad-author")),
            "step": "warn", "points": 5 * POINT, "post": post(1) }),
        json!({ "kind": "decision", "post": post(2), "outcome": "upheld", "by": "reviewer-1",
            "note": "note of a reviewer", "posts": 1 }),
        json!({ "kind": "decision", "post": "0000000000000000", "outcome": "upheld" }),
    ];
    let mut log: Vec<LogEntry> = Vec::new();
    for (number, entry) in (0..).zip(entries) {
        log.push(LogEntry::after(log.last(), START + number, entry.to_string()));
    }
    log
}

fn changes() -> Changes {
    let care = PostRef {
        care: true,
        campaign: None,
        case: Some("c-p000000000001".to_owned()),
        ..post(9, "sad-author", None)
    };
    let author = Author {
        id: "bad-author".to_owned(),
        points: 18 * POINT,
        points_at: START,
        last_points: START,
        step: 2,
        ..Author::default()
    };
    let overturned = Verdict {
        outcome: Outcome::Overturned,
        by: Some("reviewer-2".to_owned()),
        note: Some("note of another".to_owned()),
        at: START,
    };
    let report = Report {
        post: "\"post-1\"".to_owned(),
        by: "reader-1".to_owned(),
        reason: Some("gambling".to_owned()),
        at: START + HOUR,
        weight: POINT / 2,
        judged: false,
    };
    let reporter = Reporter { id: "reader-1".to_owned(), reports: 4, judged: 3, upheld: 2 };
    let cases = [
        Case {
            newest: (1..=3).map(|number| format!("\"post-{number}\"")).collect(),
            ..case("c-k5b990b21aa", CaseKind::Campaign, "k5b990b21aa")
        },
        Case {
            verdict: Some(overturned),
            ..case("c-a000000000001", CaseKind::Author, "bad-author")
        },
        case("c-h000000000001", CaseKind::Care, "sad-author"),
        Case {
            newest: vec!["\"post-9\"".to_owned()],
            ..case("c-p000000000001", CaseKind::Post, "\"post-9\"")
        },
    ];
    Changes {
        totals: Totals { clock: Some(START + 4 * HOUR), next_post: 10, ..Totals::default() },
        authors: vec![Change::Put(author)],
        campaigns: vec![Change::Put(campaign())],
        posts: vec![
            post(1, "bad-author", Some("gambling")),
            post(2, "bad-author", Some("gambling")),
            post(3, "other", None),
            care,
        ],
        cases: cases.into_iter().map(Change::Put).collect(),
        reports: vec![Change::Put(report)],
        reporters: vec![Change::Put(reporter)],
        log: log(),
        ..Changes::default()
    }
}

/// A folder with a state file.
struct State {
    folder: tempfile::TempDir,
}

impl State {
    fn of(changes: &Changes) -> State {
        let folder = tempfile::tempdir().unwrap();
        let mut file = StateFile::open(&folder.path().join("s.db")).unwrap();
        let run = Run { number: 1, measures: "5be0c117+0a0b0c0d".to_owned(), ..Run::default() };
        file.save(changes, &run).unwrap();
        State { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn view(&self, id: &str) -> CaseView {
        let reader = StateReader::open(&self.path("s.db")).unwrap();
        CaseView::read(&reader, id, &Measures::default()).unwrap().unwrap()
    }
}

fn text_of(files: &HandOver) -> String {
    let texts = files.files.iter();
    texts.map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap()).collect()
}

fn lines_of(files: &HandOver, name: &str) -> Vec<String> {
    let (_, bytes) = files.files.iter().find(|(own, _)| *own == name).unwrap();
    std::str::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_case_has_its_posts_reports_and_history() {
    let state = State::of(&changes());
    let view = state.view("c-k5b990b21aa");
    let ids: Vec<&str> = view.posts.iter().map(|post| post.id.as_str()).collect();
    assert_eq!(ids, ["\"post-1\"", "\"post-2\"", "\"post-3\""]);
    assert_eq!(view.posts[0].reports, 1);
    assert!(view.posts[0].sample.as_ref().is_some_and(|sample| sample.text.contains("vx88888")));
    assert_eq!(view.reports[0].reporter.as_ref().map(|it| (it.upheld, it.judged)), Some((2, 3)));
    let history: Vec<(u64, &str)> =
        view.history.iter().map(|entry| (entry.number, entry.kind.as_str())).collect();
    assert_eq!(history, [(1, "case"), (3, "decision")]);
    assert_eq!(view.history[1].post.as_deref(), Some("\"post-2\""));
    assert_eq!(view.measures_hash(), Some("5be0c117"));
    assert_eq!(view.proposal, Proposal::Campaign);
    let reader = StateReader::open(&state.path("s.db")).unwrap();
    assert_eq!(CaseView::read(&reader, "c-none", &Measures::default()), Ok(None));
}

#[test]
fn a_case_of_an_author_has_steps_and_what_upholding_would_do() {
    let state = State::of(&changes());
    let view = state.view("c-a000000000001");
    let steps: Vec<u64> = view.history.iter().map(|entry| entry.number).collect();
    assert_eq!(steps, [2], "the step of the author, by hash");
    // 18 points, and 3 for the decision: past the 20 of the third step.
    let Proposal::Raise { step, points } = &view.proposal else { panic!("{:?}", view.proposal) };
    assert_eq!(step, "suspend");
    assert!((20_900_000..21_000_000).contains(points), "{points}");
    assert_eq!(view.step_name.as_deref(), Some("mute"));
    let care = state.view("c-h000000000001");
    assert_eq!(care.proposal, Proposal::Help);
}

#[test]
fn the_parts_of_a_priority_give_it() {
    let queue = Measures::default().queue;
    let case = Case { authors: 3, reach: 7_000_000, ..case("c-1", CaseKind::Post, "x") };
    let parts = crate::memory::Priority::of(&case, &queue);
    // 5 × (1 + log2 4) × (1 + log2 7001) × (1 + log2 1.5)
    let expected = 5.0 * 3.0 * (1.0 + 7001f64.log2()) * (1.0 + 1.5f64.log2());
    assert_eq!(parts.value(), expected as u64);
    let unknown = Case { category: None, harm: 0, ..case };
    assert_eq!(crate::memory::Priority::of(&unknown, &queue).harm, queue.harm_default);
}

#[test]
fn a_hand_over_masks_texts_names_and_ids() {
    let state = State::of(&changes());
    for id in ["c-k5b990b21aa", "c-a000000000001"] {
        let files = hand_over(&state.view(id), false).unwrap();
        let text = text_of(&files);
        for secret in SECRETS {
            assert!(!text.contains(secret), "{id}: {secret} in {text}");
        }
        assert!(text.contains(id) && text.contains("gambling"), "{text}");
    }
    let files = hand_over(&state.view("c-k5b990b21aa"), false).unwrap();
    let evidence = lines_of(&files, "evidence.jsonl");
    assert_eq!(evidence.len(), 3);
    let first: Value = serde_json::from_str(&evidence[0]).unwrap();
    assert_eq!(first["text"], redact::MASK);
    assert_eq!(first["post_hash"], format!("{:016x}", hash_of("\"post-1\"")));
    assert_eq!(first["author_hash"], format!("{:016x}", hash_of("bad-author")));
    assert_eq!(first["categories"], json!([{ "name": "gambling", "score": 8.5 }]));
    assert_eq!(first["text_length"], 18);
    assert_eq!(
        lines_of(&files, "template.txt"),
        ["********{1:text}{2:handle}", "", "1 text: *** (1)", "2 handle: *** (1)"]
    );
    assert_eq!(
        lines_of(&files, "timeline.csv"),
        [
            "hour,posts,posts_kept,posts_harmful,reports,log_entries",
            "2026-02-28T12:00:00Z,1,0,0,0,2",
            "2026-02-28T13:00:00Z,0,1,1,1,0",
            "2026-02-28T14:00:00Z,0,1,1,0,0",
            "2026-02-28T15:00:00Z,3,1,0,0,0",
        ]
    );
}

#[test]
fn a_revealed_hand_over_masks_nothing() {
    let state = State::of(&changes());
    let files = hand_over(&state.view("c-k5b990b21aa"), true).unwrap();
    let text = text_of(&files);
    let known = ["新澳门娱乐城开户，加 vx88888", "bad-author", "reader-1", "note of a reviewer"];
    for known in known {
        assert!(text.contains(known), "{known}: {text}");
    }
    assert!(text.contains("\"revealed\": true") && !text.contains(redact::MASK));
    assert_eq!(lines_of(&files, "template.txt")[0], "新澳门娱乐城开户{1:text}{2:handle}");
}

#[test]
fn every_clear_field_exists() {
    // A field that was renamed would be masked from then on.
    let state = State::of(&changes());
    let mut found = Vec::new();
    for id in ["c-k5b990b21aa", "c-a000000000001"] {
        let (case, evidence) = {
            let files = hand_over(&state.view(id), true).unwrap();
            (lines_of(&files, "case.json").join("\n"), lines_of(&files, "evidence.jsonl"))
        };
        paths(&serde_json::from_str(&case).unwrap(), "case", &mut found);
        for line in evidence {
            paths(&serde_json::from_str(&line).unwrap(), "post", &mut found);
        }
    }
    // These are of channels, stories and long runs, which this state has none of.
    let others = |path: &&String| {
        let path = path.as_str();
        !path.starts_with("case.channel.")
            && !path.ends_with(".until")
            && !["case.rules", "case.campaign.about", "case.history.proposed", "post.outcome"]
                .contains(&path)
    };
    let case = redact::CASE_FIELDS.iter().map(|path| format!("case.{path}"));
    let post = redact::POST_FIELDS.iter().map(|path| format!("post.{path}"));
    let all: Vec<String> = case.chain(post).collect();
    let missing: Vec<&String> =
        all.iter().filter(others).filter(|path| !found.contains(*path)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The paths of all values that are no object.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, it)| paths(it, &format!("{path}.{name}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, path, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(path.to_owned());
        }
    }
}

#[test]
fn who_may_need_help_is_never_handed_over() {
    let state = State::of(&changes());
    for reveals in [false, true] {
        let care = state.view("c-h000000000001");
        assert_eq!(hand_over(&care, reveals), Err(Refusal::Care));
        let post = state.view("c-p000000000001");
        assert_eq!(hand_over(&post, reveals), Err(Refusal::CareOnly));
    }
    assert!(Refusal::Care.message().to_string().contains("never a hand-over as an offence"));
    assert!(Refusal::CareOnly.message().to_string().contains("never a hand-over as an offence"));
}

#[test]
fn posts_of_care_are_left_out_of_other_cases() {
    let mut changes = changes();
    let care = PostRef { care: true, ..post(4, "sad-author", None) };
    changes.posts.insert(3, care);
    let report = Report {
        post: "\"post-4\"".to_owned(),
        by: "reader-2".to_owned(),
        reason: None,
        at: START,
        weight: POINT,
        judged: false,
    };
    changes.reports.push(Change::Put(report));
    // Of this one only the sample says that it is about self-harm.
    changes.posts.push(post(10, "sad-author-2", None));
    let mut campaign = campaign();
    campaign.samples.push(sample(10, "遗书写好了", "self-harm"));
    changes.campaigns = vec![Change::Put(campaign)];
    let care = format!("{:016x}", hash_of("\"post-4\""));
    let entry = json!({ "kind": "decision", "post": care, "outcome": "closed" });
    let last = changes.log.last().cloned();
    changes.log.push(LogEntry::after(last.as_ref(), START, entry.to_string()));
    let state = State::of(&changes);
    let view = state.view("c-k5b990b21aa");
    assert_eq!(view.posts.len(), 5);
    assert!(view.history.iter().any(|entry| entry.text("outcome") == Some("closed")));
    for reveals in [false, true] {
        let files = hand_over(&view, reveals).unwrap();
        assert_eq!(files.left_out, 2);
        assert_eq!(lines_of(&files, "evidence.jsonl").len(), 3);
        let text = text_of(&files);
        for hidden in ["遗书", "sad-author", "reader-2", &care, "post-4", "post-10", "closed"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
        assert!(text.contains("\"posts_left_out\": 2"));
        // A value of a slot may be from a post that is left out.
        assert!(lines_of(&files, "template.txt").contains(&"1 text: ".to_owned()));
    }
}

#[test]
fn an_action_by_self_harm_alone_is_no_offence() {
    let own = |campaign: Option<&str>, action: &str, category: Option<&str>| {
        let post = PostRef {
            campaign: campaign.map(str::to_owned),
            action: action.to_owned(),
            ..post(1, "a", category)
        };
        CasePost { id: post.id.clone(), post: Some(post), ..CasePost::default() }.is_care_only()
    };
    assert!(own(None, "review", None));
    assert!(!own(None, "allow", None));
    assert!(!own(None, "review", Some("fraud")));
    assert!(!own(Some("k1"), "review", None), "the campaign made it `review`");
}

fn write(state: &State, name: &str) -> PathBuf {
    let files = hand_over(&state.view("c-k5b990b21aa"), false).unwrap();
    let folder = state.path(name);
    write_folder(&folder, &files.files).unwrap();
    folder
}

fn findings(folder: &Path) -> Vec<(String, String)> {
    let verified = verify(folder).unwrap();
    verified.findings.into_iter().map(|it| (it.file, it.message.to_string())).collect()
}

#[test]
fn hand_overs_of_one_state_are_equal() {
    let state = State::of(&changes());
    let (one, other) = (write(&state, "one"), write(&state, "other"));
    for name in ["case.json", "evidence.jsonl", "template.txt", "timeline.csv", "MANIFEST"] {
        assert_eq!(fs::read(one.join(name)).unwrap(), fs::read(other.join(name)).unwrap());
    }
    assert_eq!(fs::read_dir(&one).unwrap().count(), 5);
    let verified = verify(&one).unwrap();
    assert_eq!(verified.findings, []);
    let manifest = verified.manifest.unwrap();
    let head = log().pop().unwrap();
    let log = manifest.log.unwrap();
    assert_eq!((log.number, log.hash), (4, super::ids::hex(&head.hash)));
    assert_eq!(manifest.measures.as_deref(), Some("5be0c117+0a0b0c0d"));
    assert_eq!((manifest.case.as_str(), manifest.revealed), ("c-k5b990b21aa", false));
}

#[test]
fn each_kind_of_tampering_is_found() {
    let state = State::of(&changes());
    type Tamper = fn(&Path);
    let is = |file: &str, what: &str| (file.to_owned(), what.to_owned());
    let cases: [(Tamper, (String, String)); 9] = [
        (
            |folder| fs::write(folder.join("evidence.jsonl"), "").unwrap(),
            is("evidence.jsonl", "is not as the manifest says"),
        ),
        (
            |folder| {
                let path = folder.join("case.json");
                let mut bytes = fs::read(&path).unwrap();
                bytes.push(b'\n');
                fs::write(path, bytes).unwrap();
            },
            is("case.json", "is not as the manifest says"),
        ),
        (
            |folder| fs::remove_file(folder.join("timeline.csv")).unwrap(),
            is("timeline.csv", "is missing"),
        ),
        (
            |folder| fs::write(folder.join("more.txt"), "x").unwrap(),
            is("more.txt", "is not in the manifest"),
        ),
        (|folder| fs::remove_file(folder.join("MANIFEST")).unwrap(), is("MANIFEST", "is missing")),
        (
            |folder| edit_manifest(folder, |files| drop(files.remove("case.json"))),
            is("case.json", "is not in the manifest"),
        ),
        (
            |folder| {
                edit_manifest(folder, |files| {
                    files.insert("../s.db".to_owned(), json!("00"));
                });
            },
            is("../s.db", "is no file of a hand-over"),
        ),
        (
            |folder| {
                edit_manifest(folder, |files| {
                    files.insert("case.json".to_owned(), json!("00"));
                });
            },
            is("case.json", "is not as the manifest says"),
        ),
        (
            |folder| {
                fs::remove_file(folder.join("template.txt")).unwrap();
                fs::create_dir(folder.join("template.txt")).unwrap();
            },
            is("template.txt", "is not a plain file"),
        ),
    ];
    for (number, (tamper, expected)) in cases.into_iter().enumerate() {
        let folder = write(&state, &format!("case-{number}"));
        assert_eq!(findings(&folder), []);
        tamper(&folder);
        assert_eq!(findings(&folder), [expected], "{number}");
    }
}

fn edit_manifest(folder: &Path, edit: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    let path = folder.join("MANIFEST");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(manifest["files"].as_object_mut().unwrap());
    fs::write(path, manifest.to_string()).unwrap();
}

#[test]
fn what_is_no_manifest_is_a_finding() {
    let state = State::of(&changes());
    let folder = write(&state, "hand-over");
    for (text, part) in [
        ("", "cannot be read"),
        ("{}", "cannot be read"),
        ("[1", "cannot be read"),
        (
            r#"{"hand_over":2,"program":"","case":"","measures":null,"log":null,"revealed":false,"files":{}}"#,
            "has the version 2; this program knows 1",
        ),
    ] {
        fs::write(folder.join("MANIFEST"), text).unwrap();
        let found = findings(&folder);
        assert_eq!((found.len(), found[0].0.as_str()), (1, "MANIFEST"), "{text}");
        assert!(found[0].1.contains(part), "{found:?}");
    }
    assert!(verify(&state.path("none")).is_err());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let state = State::of(&changes());
    let folder = write(&state, "hand-over");
    let path = folder.join("case.json");
    fs::rename(&path, state.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(state.path("elsewhere"), &path).unwrap();
    assert_eq!(findings(&folder), [("case.json".to_owned(), "is not a plain file".to_owned())]);
}

#[test]
fn a_folder_is_written_whole_or_not_at_all() {
    let state = State::of(&changes());
    let files = [("a", b"x".to_vec())];
    let empty = state.path("empty");
    fs::create_dir(&empty).unwrap();
    write_folder(&empty, &files).unwrap();
    assert_eq!(fs::read(empty.join("a")).unwrap(), b"x");
    assert!(matches!(write_folder(&empty, &files), Err(FolderError::NotEmpty)));
    assert!(matches!(write_folder(&state.path("s.db"), &files), Err(FolderError::NotAFolder)));
    assert!(matches!(write_folder(&state.path("no/such"), &files), Err(FolderError::Io(_))));
    // The second file cannot be created: nothing is left, not under another name either.
    let names = || fs::read_dir(state.folder.path()).unwrap().count();
    let before = names();
    let twice = [("a", b"x".to_vec()), ("a", b"y".to_vec())];
    assert!(matches!(write_folder(&state.path("new"), &twice), Err(FolderError::Io(_))));
    assert_eq!(names(), before);
}

#[cfg(unix)]
#[test]
fn a_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let state = State::of(&changes());
    let folder = write(&state, "hand-over");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("evidence.jsonl")), 0o600);
}

#[test]
fn a_reveal_is_an_entry_of_the_log() {
    let state = State::of(&changes());
    let fields = json!({ "case": "c-k5b990b21aa", "by": "reviewer-3" });
    let entry = {
        let mut file = StateFile::open(&state.path("s.db")).unwrap();
        file.append_log("reveal", fields.as_object().unwrap().clone()).unwrap()
    };
    assert_eq!((entry.number, entry.at), (5, START + 4 * HOUR));
    assert_eq!(entry.json, r#"{"kind":"reveal","case":"c-k5b990b21aa","by":"reviewer-3"}"#);
    let reader = StateReader::open(&state.path("s.db")).unwrap();
    assert_eq!(reader.verify().unwrap(), [], "the chain holds");
    let history = state.view("c-k5b990b21aa").history;
    assert_eq!(history.last().map(|entry| entry.kind.as_str()), Some("reveal"));
    // The next run continues the chain.
    let mut file = StateFile::open(&state.path("s.db")).unwrap();
    assert_eq!(file.load().unwrap().log.map(|entry| entry.number), Some(5));
}

#[test]
fn pages_escape_what_they_show() {
    use tidegate_messages::Language;
    let mut changes = changes();
    let mut campaign = campaign();
    campaign.samples[0].text = "<script>alert(1)</script>\u{202e}".to_owned();
    changes.campaigns = vec![Change::Put(campaign)];
    let state = State::of(&changes);
    for language in [Language::English, Language::Chinese] {
        for id in ["c-k5b990b21aa", "c-a000000000001", "c-h000000000001"] {
            let page = render_page(&state.view(id), language).unwrap();
            assert!(!page.contains("<script>alert") && !page.contains('\u{202e}'));
            assert!(page.contains(id) && page.contains("<html lang"));
        }
    }
    let page = render_page(&state.view("c-k5b990b21aa"), Language::Chinese).unwrap();
    assert!(page.contains("案件 c-k5b990b21aa") && page.contains("赌博"), "{page}");
    assert!(page.contains("alert(1)") && page.contains("\\u{202e}"));
    assert!(page.contains("<mark>2:账号</mark>"), "{page}");
    let page = render_page(&state.view("c-a000000000001"), Language::English).unwrap();
    assert!(page.contains("<b>mute</b>") && page.contains("<code>suspend</code>"), "{page}");
}
