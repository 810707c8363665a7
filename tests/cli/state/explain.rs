//! `explain --state`.

use super::world::World;
use serde_json::json;

const MEASURES: &str = "--measures m.measures.yaml";

#[test]
fn an_author_is_explained() {
    let world = World::new();
    let line = format!("explain --state s.db --author u1 {MEASURES}");
    let why = &world.rows(&format!("{line} --json"))[0];
    assert_eq!((&why["author"], &why["step"]), (&json!("u1"), &json!("mute")));
    let raises = why["raises"].as_array().unwrap();
    let steps: Vec<_> = raises.iter().map(|raise| raise["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["warn", "mute"]);
    assert_eq!(why["recent"].as_array().unwrap().len(), 3);
    assert_eq!(why["recent"][2]["post"], json!(10));
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let left: f64 = why["recent"].as_array().unwrap().iter().map(|it| number(&it["left"])).sum();
    assert!((left + number(&why["others_left"]) - number(&why["points"])).abs() < 0.01, "{why}");
    assert_eq!(why["next"]["step"], "close");
    let human = world.said(&line);
    for part in ["author u1", "mute", "halve every 30d", "next step", "what gave points", "10 at"] {
        assert!(human.contains(part), "{part}: {human}");
    }
}

#[test]
fn a_post_is_explained() {
    let world = World::new();
    let line = format!("explain --state s.db --post p7 {MEASURES}");
    let why = &world.rows(&format!("{line} --json"))[0];
    assert_eq!((&why["post"], &why["author"]), (&json!("p7"), &json!("u5")));
    assert_eq!(why["campaign"]["campaign"], json!(world.campaign()));
    assert_eq!(why["reports"].as_array().unwrap().len(), 2);
    assert!(why["why"]["like"][0]["percent"].as_u64().unwrap() >= 40, "{why}");
    let human = world.said(&line);
    for part in ["post p7", "why it is in its campaign", "r1 at", "fraud"] {
        assert!(human.contains(part), "{part}: {human}");
    }
    // The id is a number.
    let why = &world.rows(&format!("explain --state s.db --post 10 --json {MEASURES}"))[0];
    assert_eq!(why["post"], json!(10));
}

#[test]
fn a_channel_is_explained() {
    let world = World::new();
    let line = format!("explain --state s.db --channel forum {MEASURES}");
    let why = &world.rows(&format!("{line} --json"))[0];
    assert_eq!(
        (&why["posts"], &why["harmful"], &why["window"]),
        (&json!(8), &json!(7), &json!("7d"))
    );
    assert_eq!(why["steps"][0]["exceeded"], true);
    assert!(world.said(&line).contains("7 of 8 posts in 7d are harmful"));
}

#[test]
fn unknown_names_and_other_flags_are_refused() {
    let world = World::new();
    for (line, why) in [
        ("--author u9", "no author with points or reports is called `u9`; did you mean `u"),
        ("--author u20", "has neither points nor reports"),
        ("--post p77", "no post has the id `p77`; did you mean `p"),
        ("--channel forums", "no channel is called `forums`; did you mean `forum`?"),
        ("--author u1 --post p7", "needs one of"),
        ("--author u1 --title /title", "field mapping flags"),
        ("", "needs one of"),
    ] {
        let line = format!("explain --state s.db {MEASURES} {line}");
        let said = world.refused(line.trim_end());
        assert!(said.contains(why), "{line}: {said}");
    }
    world.refused("explain --state s.db --author u1 文字");
    world.refused("explain --author u1 文字");
    assert!(
        world.said("explain 首存送彩金").contains("首存送彩金"),
        "texts are explained as before"
    );
}
