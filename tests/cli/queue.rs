//! `queue`: open cases, the most urgent first.

use super::state::world::World;
use serde_json::json;

#[test]
fn open_cases_are_in_order_of_urgency_and_care_is_a_queue_of_its_own() {
    let world = World::new();
    let rows = world.rows("queue --state s.db");
    let urgency: Vec<u64> = rows.iter().map(|row| row["urgency"].as_u64().unwrap()).collect();
    assert!(rows.len() >= 2 && urgency.is_sorted_by(|left, right| left >= right), "{urgency:?}");
    assert!(rows.iter().all(|row| row["kind"] != "care" && row["state"] == "open"));
    for row in &rows {
        let (priority, urgency) =
            (row["priority"].as_u64().unwrap(), row["urgency"].as_u64().unwrap());
        assert!((priority..=2 * priority).contains(&urgency), "{row}");
    }
    let campaign = rows.iter().find(|row| row["kind"] == "campaign").unwrap();
    // Opened at 11:00 with the fifth author; the clock is 18:00.
    assert_eq!(campaign["waited"], "7h", "{campaign}");
    let priority = campaign["priority"].as_u64().unwrap();
    assert_eq!(campaign["urgency"], json!(priority * 107 / 100));

    let care = world.rows("queue --state s.db --care");
    assert_eq!(care.len(), 1);
    assert_eq!((&care[0]["kind"], &care[0]["subject"]), (&json!("care"), &json!("u22")));
    let authors = world.rows("queue --state s.db --kind author");
    assert!(!authors.is_empty() && authors.iter().all(|row| row["kind"] == "author"));
    assert_eq!(world.rows("queue --state s.db --limit 1"), rows[..1]);
    world.refused("queue --state s.db --care --kind author");
    world.refused("queue --state s.db --kind care");
}

#[test]
fn a_table_says_what_a_case_is_about() {
    let world = World::new();
    let table = world.said("queue --state s.db --human");
    assert!(table.starts_with("CASE"), "{table}");
    assert!(table.contains("6 posts by 6 authors in 2 channels; reports weigh 1;"), "{table}");
    assert!(table.contains("新澳门娱乐城"), "{table}");
    let care = world.said("queue --state s.db --human --care");
    assert!(care.contains("care for u22, 1 post\n") && !care.contains("新澳门"), "{care}");
    let few = world.said("queue --state s.db --human --limit 1");
    assert!(few.contains("--limit N shows more"), "{few}");
}
