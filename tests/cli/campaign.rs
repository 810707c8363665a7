//! `campaign`: one campaign, and why a post is in it.

use super::state::world::World;
use serde_json::json;

#[test]
fn a_campaign_has_facts_timeline_and_texts() {
    let world = World::new();
    let id = world.campaign();
    let line = format!("campaign {id} --state s.db");
    let rows = world.rows(&line);
    let campaign = &rows[0];
    assert_eq!((&campaign["campaign"], &campaign["posts"]), (&json!(id), &json!(6)));
    let hours = json!([
        { "at": "2026-03-03T08:00:00Z", "posts": 3 },
        { "at": "2026-03-03T09:00:00Z", "posts": 1 },
        { "at": "2026-03-03T11:00:00Z", "posts": 2 },
    ]);
    assert_eq!(campaign["hours"], hours);
    let samples = campaign["samples"].as_array().unwrap();
    // Texts are kept from the second member on.
    assert_eq!((samples.len(), &samples[0]["post"]), (5, &json!("p3")));
    assert!(campaign["template"].as_str().unwrap().contains("首存送百分百"), "{campaign}");
    assert!(!campaign["slots"].as_array().unwrap().is_empty());

    let human = world.said(&format!("{line} --human"));
    for part in [
        &format!("campaign {id}"),
        "6 posts by 6 authors in 2 channels",
        "yes: harmful",
        "common text",
        "posts by hour (UTC)",
        "03-03 08:00 ████████████████████████████████████████ 3\n",
        "03-03 10:00\n",
        "#2 p3 by u2 in forum, 2026-03-03T08:10:00Z, ",
    ] {
        assert!(human.contains(part), "{part}: {human}");
    }
}

#[test]
fn why_shows_what_texts_share() {
    let world = World::new();
    let id = world.campaign();
    let line = format!("campaign why {id} p7 --state s.db --measures m.measures.yaml");
    let rows = world.rows(&line);
    let why = &rows[0];
    assert_eq!((&why["campaign"], &why["post"]), (&json!(id), &json!("p7")));
    let like = &why["like"][0];
    assert!(like["percent"].as_u64().unwrap() >= 40, "{like}");
    assert!(like["shared"][0].as_str().unwrap().contains("娱乐城开户送彩金"), "{like}");
    let human = world.said(&format!("{line} --human"));
    assert!(human.contains("% of the shingles of both are shared:\n"), "{human}");
    let first = world.said(&line.replace("p7", "p3").replace("--state", "--human --state"));
    assert!(first.contains("no earlier text of the campaign is kept"), "{first}");
}

#[test]
fn what_has_no_answer_is_refused() {
    let world = World::new();
    let id = world.campaign();
    let other = format!("{}x", &id[..10]);
    let near = format!("no campaign is called `{other}`; did you mean `{id}`?");
    for (line, why) in [
        (format!("campaign {other} --state s.db"), near.as_str()),
        (format!("campaign why {other} p7 --state s.db"), near.as_str()),
        (format!("campaign why {id} p1 --state s.db"), "its text is not kept; kept are p3, p4"),
        (format!("campaign why {id} p2 --state s.db"), "post p2 is in no campaign"),
        (format!("campaign why {id} p77 --state s.db"), "no post has the id `p77`"),
        ("campaign".to_owned(), ""),
        (format!("campaign {id}"), "--state"),
    ] {
        let said = world.refused(&line);
        assert!(said.contains(why), "{line}: {said}");
    }
}
