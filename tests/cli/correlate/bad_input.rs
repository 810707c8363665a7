//! Lines that are not as they should be: each has its exact answer.

use super::world::{Town, lines, time};

/// An annotated post on which nothing fired, without a time unless `more` has one.
fn post(id: &str, author: &str, more: &str) -> String {
    format!(
        "{{\"id\":{id},\"text\":\"a quiet day\",\"author\":{{\"id\":\"{author}\"}}{more},\"tidegate\":{{\"id\":{id},\"action\":\"allow\"}}}}\n"
    )
}

fn at(seconds: u64) -> String {
    format!(",\"created_at\":\"{}\"", time(seconds))
}

/// The answers to lines, without the hash of the measures.
#[track_caller]
fn expect(input: &str, expected: &[&str]) {
    let town = Town::empty();
    std::fs::write(town.path("in.jsonl"), input).unwrap();
    let output = town.correlate("in.jsonl").output().unwrap();
    let found: Vec<String> = lines(&output.stdout)
        .into_iter()
        .map(|line| match line.find(",\"measures\":\"") {
            Some(at) => format!("{}{}", &line[..at], &line[at + ",\"measures\":\"".len() + 9..]),
            None => line.to_owned(),
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn times_that_are_missing_or_wrong() {
    let no_time = post("1", "a", "");
    let wrong = post("2", "a", ",\"created_at\":\"yesterday\"");
    expect(
        &(no_time + &wrong + &post("3", "a", ",\"created_at\":{\"a\":1}")),
        &[
            r#"{"id":1,"action":"allow"}"#,
            r#"{"id":2,"action":"allow"}"#,
            r#"{"id":3,"action":"allow"}"#,
        ],
    );
}

#[test]
fn times_far_ahead_count_at_the_clock_until_three_agree() {
    let far = 40 * 86_400 / 2;
    let input = [
        post("1", "a", &at(0)),
        post("2", "b", &at(far)),
        post("3", "b", &at(far)),
        post("4", "c", &at(far + 60)),
        post("5", "d", &at(far + 30)),
        post("6", "a", &at(10)),
    ];
    expect(
        &input.concat(),
        &[
            r#"{"id":1,"action":"allow"}"#,
            r#"{"id":2,"action":"allow","time":"ahead"}"#,
            r#"{"id":3,"action":"allow","time":"ahead"}"#,
            r#"{"id":4,"action":"allow","time":"ahead"}"#,
            r#"{"id":5,"action":"allow"}"#,
            r#"{"id":6,"action":"allow","late":true}"#,
        ],
    );
}

#[test]
fn times_far_behind_are_late() {
    let input = [
        post("1", "a", &at(10_000)),
        post("2", "a", &at(6_400)),
        post("3", "a", &at(6_399)),
        post("4", "a", ",\"created_at\":\"1969-12-31T23:59:59Z\""),
        post("5", "a", ",\"created_at\":-99999999999"),
    ];
    expect(
        &input.concat(),
        &[
            r#"{"id":1,"action":"allow"}"#,
            r#"{"id":2,"action":"allow"}"#,
            r#"{"id":3,"action":"allow","late":true}"#,
            r#"{"id":4,"action":"allow","late":true}"#,
            r#"{"id":5,"action":"allow","late":true}"#,
        ],
    );
}

#[test]
fn a_second_post_of_an_id_counts_nothing() {
    let same = post("\"\\u0061\"", "a", &at(1));
    let input = [
        post("\"a\"", "a", &at(0)),
        same,
        post("1", "a", &at(2)),
        post("\"1\"", "a", &at(3)),
        post("1", "a", &at(4)),
        post("null", "a", &at(5)),
        post("null", "a", &at(6)),
    ];
    expect(
        &input.concat(),
        &[
            r#"{"id":"a","action":"allow"}"#,
            r#"{"id":"a","action":"allow","repeated":true}"#,
            r#"{"id":1,"action":"allow"}"#,
            r#"{"id":"1","action":"allow"}"#,
            r#"{"id":1,"action":"allow","repeated":true}"#,
            r#"{"id":null,"action":"allow"}"#,
            r#"{"id":null,"action":"allow"}"#,
        ],
    );
}

#[test]
fn events_about_what_is_not_known() {
    let input = r#"{"event":"report","post":"p9","by":"r"}
{"event":"decision","post":7,"outcome":"upheld"}
{"event":"decision","case":"c-none","outcome":"overturned"}
{"event":"ignore","campaign":"k0000000000"}
{"event":"reset","breaker":"block"}
"#;
    let known = post("\"p\"", "a", &at(0));
    let report = "{\"event\":\"report\",\"post\":\"p\",\"by\":\"r\",\"at\":\"2001-01-01\"}\n";
    expect(
        &format!("{input}{known}{report}{report}"),
        &[
            r#"{"event":"report","post":"p9","counted":false,"why":"unknown_post"}"#,
            r#"{"event":"decision","post":7,"counted":false,"why":"unknown_post","outcome":"upheld"}"#,
            r#"{"event":"decision","case":"c-none","counted":false,"why":"unknown_case","outcome":"overturned"}"#,
            r#"{"event":"ignore","campaign":"k0000000000","counted":false,"why":"unknown_campaign"}"#,
            r#"{"event":"reset","breaker":"block","counted":false,"why":"unknown_breaker"}"#,
            r#"{"id":"p","action":"allow"}"#,
            r#"{"event":"report","post":"p","counted":true,"case":"c-a32b61e964e1f","on":"author","priority":15}"#,
            r#"{"event":"report","post":"p","counted":false,"why":"reported_before"}"#,
        ],
    );
}

#[test]
fn lines_that_are_no_records_have_an_answer_each() {
    let input = concat!(
        "\n",
        "{\"id\":1\n",
        "[1,2]\n",
        "{\"id\":2,\"text\":\"no verdict\"}\n",
        "{\"id\":3,\"text\":\"x\",\"tidegate\":{\"action\":7}}\n",
        "{\"id\":4,\"action\":\"review\"}\n",
        "{\"id\":5,\"action\":\"skipped\"}\n",
        "{\"event\":\"report\",\"post\":{},\"by\":\"r\"}\n",
        "{\"event\":\"praise\"}\n",
        "{\"event\":\"decision\",\"post\":1,\"outcome\":\"perhaps\"}\n",
    );
    let town = Town::empty();
    std::fs::write(town.path("in.jsonl"), input).unwrap();
    let output = town.correlate("in.jsonl").output().unwrap();
    let found = lines(&output.stdout);
    let expected = [
        r#"{"id":null,"offset":0,"action":"unreadable","error":"empty","detail":"blank line"}"#,
        r#"{"id":null,"offset":1,"action":"unreadable","error":"bad_json","detail":"EOF while parsing an object at byte 7"}"#,
        r#"{"id":null,"offset":9,"action":"unreadable","error":"bad_json","detail":"expected an object at byte 1"}"#,
        r#"{"id":2,"offset":15,"action":"unreadable","error":"no_verdict","detail":"no verdict: the line is not of `scan --annotate`"}"#,
        r#"{"id":3,"offset":44,"action":"unreadable","error":"no_verdict","detail":"the verdict cannot be read: invalid type: integer `7`, expected a string"}"#,
        r#"{"id":4,"offset":88,"action":"unreadable","error":"no_text","detail":"a verdict without its post: use `scan --annotate`"}"#,
        r#"{"id":5,"action":"skipped"}"#,
        r#"{"id":null,"offset":143,"action":"unreadable","error":"bad_event","detail":"`report` needs `post`, the id of a post"}"#,
        r#"{"id":null,"offset":181,"action":"unreadable","error":"bad_event","detail":"no event is called `praise`: expected report, decision, ignore or reset"}"#,
        r#"{"id":null,"offset":200,"action":"unreadable","error":"bad_event","detail":"`outcome` is `perhaps`: expected upheld, overturned or closed"}"#,
    ];
    assert_eq!(found, expected);
}
