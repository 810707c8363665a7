//! Hand-overs: written whole, redacted, verified; those of care are refused.

use super::{Place, program, stdout};
use crate::program::{code, said};
use serde_json::Value;
use std::fs;
use std::path::Path;

const FILES: [&str; 5] =
    ["case.json", "evidence.jsonl", "template.txt", "timeline.csv", "MANIFEST"];

fn contents(folder: &Path) -> String {
    FILES.iter().map(|name| fs::read_to_string(folder.join(name)).unwrap()).collect()
}

#[test]
fn a_hand_over_is_redacted_and_deterministic() {
    let place = Place::new();
    let id = place.id_of("campaign");
    for folder in ["one", "other"] {
        stdout(&place.case(&id, &["--out", &place.text(folder)]));
    }
    let text = contents(&place.path("one"));
    assert_eq!(text, contents(&place.path("other")));
    for secret in ["casino", "ad-author", "ad-5", "reader-1", "reviewer-1", "city", "<b>ad"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert_eq!(fs::read_dir(place.path("one")).unwrap().count(), FILES.len());
    // The hash of an author is the one that `jq` finds with the author's id at hand.
    let hash = format!("{:016x}", tidegate_state::model::hash_of("ad-author-5"));
    assert!(text.contains(&hash), "{text}");
    let state = place.text("s.db");
    let said = stdout(&program(&["case", "--verify", &place.text("one"), "--state", &state]));
    assert!(said.contains(&format!("case {id}, 4 files as in the manifest (SHA-256 ")), "{said}");
}

#[test]
fn a_changed_folder_is_found() {
    let place = Place::new();
    let folder = place.path("hand-over");
    stdout(&place.case(&place.id_of("campaign"), &["--out", &place.text("hand-over")]));
    fs::write(folder.join("evidence.jsonl"), "{}\n").unwrap();
    fs::remove_file(folder.join("timeline.csv")).unwrap();
    fs::write(folder.join("note.txt"), "").unwrap();
    let shown = place.text("hand-over");
    let output = program(&["case", "--verify", &shown]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = format!(
        "{shown}: evidence.jsonl: is not as the manifest says\n\
         {shown}: note.txt: is not in the manifest\n\
         {shown}: timeline.csv: is missing\n"
    );
    assert_eq!(text, expected);
    let chinese = program(&["case", "--verify", &shown, "--lang", "zh"]);
    assert!(String::from_utf8(chinese.stdout).unwrap().contains("timeline.csv：缺失"));
    let none = program(&["case", "--verify", &place.text("none")]);
    assert_eq!((code(&none), none.stdout.len()), (4, 0));
}

#[test]
fn another_log_is_found() {
    let place = Place::new();
    let shown = place.text("hand-over");
    stdout(&place.case(&place.id_of("campaign"), &["--out", &shown]));
    let manifest = place.path("hand-over").join("MANIFEST");
    let text = fs::read_to_string(&manifest).unwrap();
    let hash = serde_json::from_str::<Value>(&text).unwrap()["log"]["hash"].clone();
    let other = "0".repeat(64);
    fs::write(&manifest, text.replace(hash.as_str().unwrap(), &other)).unwrap();
    let output = program(&["case", "--verify", &shown, "--state", &place.text("s.db")]);
    assert_eq!(code(&output), 1);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("of the log is another in"), "{text}");
    assert_eq!(
        code(&program(&["case", "--verify", &shown])),
        0,
        "without the state it is as it says"
    );
}

#[test]
fn a_reveal_names_who_and_is_logged() {
    let place = Place::new();
    let id = place.id_of("campaign");
    let shown = place.text("hand-over");
    let nameless = place.case(&id, &["--out", &shown, "--reveal"]);
    assert_eq!(code(&nameless), 2, "{}", said(&nameless));
    stdout(&place.case(&id, &["--out", &shown, "--reveal", "--by", "reviewer-7"]));
    let text = contents(&place.path("hand-over"));
    for clear in ["casino", "ad-author-5", "reader-1", "\"revealed\": true", "reviewer-7"] {
        assert!(text.contains(clear), "{clear}: {text}");
    }
    let state = place.text("s.db");
    assert_eq!(code(&program(&["case", "--verify", &shown, "--state", &state])), 0);
    let case: Value = serde_json::from_str(&stdout(&place.case(&id, &[]))).unwrap();
    let last = case["history"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["by"]), (&"reveal".into(), &"reviewer-7".into()));
}

#[test]
fn a_reveal_needs_the_lock() {
    let place = Place::new();
    let id = place.id_of("campaign");
    let shown = place.text("hand-over");
    let held = tidegate_state::store::StateFile::open(&place.path("s.db")).unwrap();
    let refused = place.case(&id, &["--out", &shown, "--reveal", "--by", "reviewer-7"]);
    assert_eq!(code(&refused), 2, "{}", said(&refused));
    assert!(said(&refused).contains("another run uses it"), "{}", said(&refused));
    assert!(!place.path("hand-over").exists());
    stdout(&place.case(&id, &["--out", &shown]));
    drop(held);
}

#[test]
fn an_existing_folder_stays_as_it_is() {
    let place = Place::new();
    let id = place.id_of("campaign");
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full").join("own"), "x").unwrap();
    for (name, why) in
        [("full", "is not empty"), ("s.db", "this is a file"), ("no/such", "No such")]
    {
        // A reveal that is refused is not logged.
        let more = ["--out", &place.text(name), "--reveal", "--by", "x"];
        let refused = place.case(&id, &more);
        assert_eq!(code(&refused), 2, "{}", said(&refused));
        assert!(said(&refused).contains(why), "{}", said(&refused));
    }
    assert_eq!(fs::read_dir(place.path("full")).unwrap().count(), 1);
    let case: Value = serde_json::from_str(&stdout(&place.case(&id, &[]))).unwrap();
    assert!(case["history"].as_array().unwrap().iter().all(|entry| entry["kind"] != "reveal"));
    fs::create_dir(place.path("empty")).unwrap();
    stdout(&place.case(&id, &["--out", &place.text("empty")]));
}

#[test]
fn a_case_of_care_is_never_handed_over() {
    let place = Place::new();
    let id = place.id_of("care");
    for more in [&[][..], &["--reveal", "--by", "reviewer-7"][..]] {
        let shown = place.text("hand-over");
        let refused = place.case(&id, &[&["--out", &shown][..], more].concat());
        assert_eq!((code(&refused), refused.stdout.len()), (2, 0));
        assert!(said(&refused).contains("never a hand-over as an offence"), "{}", said(&refused));
        assert!(!place.path("hand-over").exists());
    }
    let chinese = place.case(&id, &["--out", &place.text("x"), "--lang", "zh"]);
    assert!(said(&chinese).contains("绝不作为违规移交"), "{}", said(&chinese));
}
