//! The feed of a day in `examples/city/`, from posts to a report: scan, correlate, queue, case, decide,
//! hand-over, report.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The case of the story under twelve names.
const STORY_CASE: &str = "c-k84fce4a646";

struct City {
    folder: tempfile::TempDir,
}

impl City {
    /// Judges the posts, and correlates them with the reports and the decision.
    fn new() -> City {
        let city = City { folder: tempfile::tempdir().unwrap() };
        city.run("--annotate -q --out judged.jsonl FEED");
        city.run(
            "correlate -q --measures MEASURES --state city.db --out decided.jsonl \
             judged.jsonl EVENTS",
        );
        city
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program with the embedded rules; returns standard output.
    fn run(&self, line: &str) -> String {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let path = |name: &str| examples.join(name).to_str().unwrap().to_owned();
        let words = line.split_whitespace().map(|word| match word {
            "FEED" => path("city/feed.jsonl"),
            "EVENTS" => path("city/events.jsonl"),
            "MEASURES" => path("city.measures.yaml"),
            word => word.to_owned(),
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        let output = command.current_dir(&self.folder).env("NO_COLOR", "1").args(words).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}\n{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn rows(&self, line: &str) -> Vec<Value> {
        let text = self.run(line);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn decided(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("decided.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn line_of<'d>(&self, decided: &'d [Value], id: &str) -> &'d Value {
        decided.iter().find(|line| line["id"] == id).unwrap()
    }
}

#[test]
fn a_day_has_a_story_a_flood_a_donation_button_and_a_person_who_may_need_help() {
    let city = City::new();
    let decided = city.decided();
    let lines = |name: &str| {
        let text = fs::read_to_string(Path::new("examples/city").join(name)).unwrap();
        text.lines().count()
    };
    assert_eq!(decided.len(), lines("feed.jsonl") + lines("events.jsonl"));

    // The story: posts that `scan` allows are flagged from the fifth author on.
    let story: Vec<&Value> = decided.iter().filter(|it| it["campaign"]["story"] == true).collect();
    assert_eq!(story.len(), 8);
    for post in &story {
        assert_eq!((&post["action"], &post["scan"]), (&json!("flag"), &json!("allow")));
        assert_eq!(
            (&post["rules"][0]["id"], &post["case"]),
            (&json!("campaign.story"), &json!(STORY_CASE))
        );
    }
    assert_eq!(story[7]["campaign"]["authors"], 12);

    // The flood of one account, counted by a correlation of the embedded packs.
    let flood = decided.iter().flat_map(|it| it["rules"].as_array().into_iter().flatten());
    let flood: Vec<&Value> = flood.filter(|rule| rule["id"] == "gambling.zh.flood").collect();
    assert_eq!((flood.len(), &flood[0]["group"]), (1, &json!({ "author.id": "f01" })));

    // The donation button is a campaign that the measures ignore.
    let button: Vec<&Value> =
        decided.iter().filter(|it| it["campaign"]["ignored"] == true).collect();
    assert_eq!((button.len(), button[4]["campaign"]["authors"].as_u64()), (5, Some(6)));
    assert!(button.iter().all(|post| post["action"] == "allow" && post["case"].is_null()));

    // Care is never punished.
    let care = decided.iter().find(|line| line["care"] == true).unwrap();
    assert_eq!(
        (&care["action"], &care["measure"], &care["case"]),
        (&json!("allow"), &Value::Null, &Value::Null)
    );
    assert!(care["care_case"].as_str().unwrap().starts_with("c-h"));

    // A report counts once; the decision takes the warning back.
    let events: Vec<&Value> = decided.iter().filter(|line| !line["event"].is_null()).collect();
    let whys: Vec<&Value> = events.iter().map(|event| &event["why"]).collect();
    assert_eq!(whys.iter().filter(|why| why.is_null()).count(), 5);
    assert!(whys.contains(&&json!("reported_before")) && whys.contains(&&json!("unknown_post")));
    assert_eq!(city.line_of(&decided, "p20")["measure"]["step"], "warn");
    assert_eq!(events[6]["steps"], json!([{ "who": "n01", "step": null }]));
}

#[test]
fn reviewers_go_from_the_queue_to_a_case_a_decision_and_a_report() {
    let city = City::new();
    let queue = city.rows("queue --state city.db");
    assert_eq!(queue[0]["case"], STORY_CASE, "the story is the most urgent");
    let help = city.rows("queue --state city.db --care");
    assert_eq!((help.len(), &help[0]["subject"]), (1, &json!("h01")));

    let campaign = city.run("campaign k84fce4a646 --state city.db --human");
    assert!(campaign.contains("离婚以后一个人带着孩子"), "{campaign}");
    let page = format!("case {STORY_CASE} --state city.db --html case.html");
    city.run(&page);
    let page = fs::read_to_string(city.path("case.html")).unwrap();
    assert!(page.contains(STORY_CASE) && page.contains("离婚以后一个人带着孩子"));

    // The decision is an event; the next run reads it.
    let event =
        city.run(&format!("decide --state city.db --case {STORY_CASE} upheld --by reviewer-2"));
    fs::write(city.path("next.jsonl"), event).unwrap();
    city.run(
        "correlate -q --measures MEASURES --state city.db --out next-decided.jsonl next.jsonl",
    );
    let open = city.rows("queue --state city.db");
    assert!(open.iter().all(|case| case["case"] != STORY_CASE));

    city.run(&format!("case {STORY_CASE} --state city.db --out handed-over"));
    city.run("case --verify handed-over --state city.db");
    let evidence = fs::read_to_string(city.path("handed-over/evidence.jsonl")).unwrap();
    assert!(!evidence.contains("小兰") && !evidence.is_empty(), "texts are redacted");

    city.run("report --state city.db --measures MEASURES -o report.html");
    let report = fs::read_to_string(city.path("report.html")).unwrap();
    for part in ["本地", "clear-loans-2026", "warn"] {
        assert!(report.contains(part), "{part}");
    }
    assert!(city.run("state verify --state city.db --json").starts_with("{\"intact\":true"));
}
