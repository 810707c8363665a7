//! Tests of reading: every case, buffers, limits.

use super::cases::CASES;
use super::*;
use crate::domain::field::{FieldId, MetaId, Names};

/// A plan for `mapping` with these paths read by conditions.
pub(super) fn plan(mapping: &Mapping, paths: &[&str]) -> (Plan, Names) {
    let mut names = Names::default();
    mapping.register(&mut names).unwrap();
    for path in paths {
        names.meta(path).unwrap();
    }
    (Plan::new(mapping, &names).unwrap(), names)
}

fn default_plan() -> Plan {
    plan(&Mapping::default(), &[]).0
}

/// A record in the notation of [`CASES`].
pub(super) fn output(record: Record<'_>) -> String {
    match record {
        Record::Post(post) => {
            let text = |field| post.text(field).unwrap_or("");
            format!("post {}|{}|{}", post.id(), text(FieldId::TITLE), text(FieldId::TEXT))
        }
        Record::Skipped { id } => format!("skipped {id}"),
        Record::Unreadable { id, code, detail } => {
            assert!(!detail.is_empty() && !detail.chars().any(char::is_control), "{detail:?}");
            format!("{} {id}", code.name())
        }
    }
}

fn read_all(plan: &Plan, chunk: &[u8], batch: &mut Batch) -> Vec<String> {
    plan.read(chunk, false, batch);
    (0..batch.len()).map(|index| output(batch.record(chunk, index))).collect()
}

#[test]
fn every_case_alone_and_among_others() {
    let plan = default_plan();
    let mut batch = Batch::default();
    let mut chunk = Vec::new();
    for (line, expected) in CASES {
        let line = [*line, b"\r\n"].concat();
        assert_eq!(
            read_all(&plan, &line, &mut batch),
            [*expected],
            "{}",
            String::from_utf8_lossy(&line)
        );
        let mark = if line.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
        assert_eq!(batch.line_span(0), mark..line.len() - 2);
        chunk.extend(line);
    }
    let expected: Vec<&str> = CASES.iter().map(|(_, expected)| *expected).collect();
    assert_eq!(read_all(&plan, &chunk, &mut batch), expected);
}

#[test]
fn lines_end_where_they_should() {
    let mut batch = Batch::default();
    let chunk = b"{\"text\":\"a\"}\n\n\r\n {\"text\":\"b\"}\r\r\n{\"text\":\"c\"}";
    let output = read_all(&default_plan(), chunk, &mut batch);
    assert_eq!(
        output,
        ["post null||a", "empty null", "empty null", "post null||b", "post null||c"]
    );
    assert_eq!(batch.line_span(2), 14..14);
    assert_eq!(batch.line_span(3), 16..30);
    assert!(read_all(&default_plan(), b"", &mut batch).is_empty() && batch.is_empty());
}

#[test]
fn only_a_last_line_that_is_no_json_is_truncated() {
    let plan = default_plan();
    let mut batch = Batch::default();
    let last = |chunk: &[u8], unterminated: bool, batch: &mut Batch| {
        plan.read(chunk, unterminated, batch);
        output(batch.record(chunk, batch.len() - 1))
    };
    let half = br#"{"text":"x"#;
    assert_eq!(last(half, true, &mut batch), "truncated null");
    assert_eq!(last(half, false, &mut batch), "bad_json null");
    assert_eq!(last(b"{\"text\":\"x\n", true, &mut batch), "bad_json null");
    assert_eq!(last(br#"{"text":"x"}"#, true, &mut batch), "post null||x");
    assert_eq!(last(br#"{"id":1}"#, true, &mut batch), "no_text 1");
    assert_eq!(last(b"{}\n  ", true, &mut batch), "empty null");
}

#[test]
fn a_record_is_read_as_its_line_and_may_have_line_ends() {
    let plan = default_plan();
    let mut batch = Batch::default();
    let mut read = |record: &[u8]| {
        plan.read_record(record, &mut batch);
        assert_eq!(batch.len(), 1);
        output(batch.record(record, 0))
    };
    for (line, expected) in CASES {
        assert_eq!(read(line), *expected, "{}", String::from_utf8_lossy(line));
        // Around the object and its tokens line ends are white space, as spaces are.
        let around = [b"\n", *line, b"\r\n\n"].concat();
        let is_marked = line.starts_with("\u{feff}".as_bytes());
        assert!(is_marked || read(&around) == *expected, "{}", String::from_utf8_lossy(line));
    }
    for (record, expected) in [
        ("", "empty null"),
        ("\n \r\n", "empty null"),
        ("{\n  \"id\": 7,\n  \"text\":\n\t\"a\"\n}\n", "post 7||a"),
        ("{\"text\":\"a\nb\",\"id\":\"x\ny\"}", "post \"x\\u000ay\"||a\nb"),
        ("{\"text\":\"a\"}\n{\"text\":\"b\"}", "bad_json null"),
        ("{\"text\":\"a\"}\n\n", "post null||a"),
        ("{\"text\":\"a\\\nb\"}", "bad_json null"),
        ("{\"text\":\"a\n", "bad_json null"),
        ("\n[1]", "bad_json null"),
        ("1\n2", "bad_json null"),
    ] {
        assert_eq!(read(record.as_bytes()), expected, "{record:?}");
    }
    let lines = plan_of_lines();
    lines.read_record(b"two\nlines\r", &mut batch);
    assert_eq!(output(batch.record(b"", 0)), "post null||two\nlines\r");
}

fn plan_of_lines() -> Plan {
    plan(&Mapping::preset("lines").unwrap(), &[]).0
}

#[test]
fn details_of_records_count_bytes_over_line_ends() {
    let (plan, mut batch) = (default_plan(), Batch::default());
    for (record, expected) in [
        ("{\"text\":\"a\"}\n{}", "trailing characters at byte 14"),
        ("{\n\n \"a\":tru}", "expected ident at byte 12"),
        ("\n\n [1]", "expected an object at byte 4"),
        ("{\"a\":\"x\\\ny\"}", "invalid escape at byte 9"),
    ] {
        plan.read_record(record.as_bytes(), &mut batch);
        match batch.record(record.as_bytes(), 0) {
            Record::Unreadable { detail, .. } => assert_eq!(detail, expected, "{record:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn details_say_what_and_where() {
    let detail = |chunk: &[u8]| {
        let (plan, mut batch) = (default_plan(), Batch::default());
        plan.read(chunk, false, &mut batch);
        match batch.record(chunk, 0) {
            Record::Unreadable { detail, .. } => detail.to_owned(),
            record => panic!("{record:?}"),
        }
    };
    assert_eq!(detail(b" [1]"), "expected an object at byte 2");
    assert_eq!(detail(br#"{"a":tru}"#), "expected ident at byte 9");
    assert_eq!(detail(b"{\"\xff\xff\xff\xff\":tru}"), "expected ident at byte 12");
    assert_eq!(
        detail(br#"{"text":"x","t\u0065xt":1}"#),
        r#"the key "text" stands twice, again at byte 13"#
    );
    assert_eq!(detail(br#"{"text":[]}"#), "text at /text is an array, expected a string");
    assert_eq!(detail(br#"{}"#), "no text field: looked for /title, /text");
}

#[test]
fn metas_are_raw_and_null_is_absence() {
    let mapping = Mapping::default();
    let (plan, names) = plan(&mapping, &["stats.likes", "stats", "tags.1", "a~/b", "missing"]);
    let line = br#"{"text":"x","lang":["zh","en"],"author":{"id":12},"channel":null,"stats":{"likes":3 },"tags":[0,"\u0031"],"a~/b":" y ","created_at":"2026"}"#;
    // Once unchanged, once as a line that must be repaired first.
    let repaired = [b"{\"\xff\xff\":0,", &line[1..]].concat();
    for line in [&line[..], &repaired] {
        let mut batch = Batch::default();
        plan.read(line, false, &mut batch);
        let Record::Post(post) = batch.record(line, 0) else { panic!() };
        let meta = |name: &str| {
            post.meta(MetaId(names.metas().iter().position(|known| known == name).unwrap() as u16))
        };
        assert_eq!(meta("lang"), Some(r#"["zh","en"]"#));
        assert_eq!(meta("author.id"), Some("12"));
        assert_eq!(meta("channel"), None);
        assert_eq!(meta("surface"), None);
        assert_eq!(meta("stats.likes"), Some("3"));
        assert_eq!(meta("stats"), Some(r#"{"likes":3 }"#));
        assert_eq!(meta("tags.1"), Some(r#""\u0031""#));
        assert_eq!(meta("a~/b"), Some(r#"" y ""#));
        assert_eq!(meta("missing"), None);
    }
}

#[test]
fn extra_fields_take_arrays_wildcards_and_preferences() {
    let mut mapping = Mapping::default();
    mapping
        .set_field("tags", &["/tags"])
        .unwrap()
        .set_field("alt", &["/media/*/alt", "/alt"])
        .unwrap()
        .set_field("first", &["/media/0/alt"])
        .unwrap();
    let (plan, names) = plan(&mapping, &[]);
    let read = |line: &str| {
        let mut batch = Batch::default();
        plan.read(line.as_bytes(), false, &mut batch);
        match batch.record(line.as_bytes(), 0) {
            Record::Post(post) => post
                .texts()
                .map(|text| format!("{}={}", names.field_name(text.field), text.text))
                .collect::<Vec<_>>(),
            record => vec![output(record)],
        }
    };
    assert_eq!(read(r#"{"tags":["a",null,"b\n"],"text":"x"}"#), ["text=x", "tags=a\nb\n"]);
    assert_eq!(read(r#"{"tags":"one"}"#), ["tags=one"]);
    assert_eq!(read(r#"{"tags":[]}"#), ["no_text null"]);
    assert_eq!(read(r#"{"tags":[[]]}"#), ["bad_text null"]);
    assert_eq!(read(r#"{"tags":["a",1]}"#), ["bad_text null"]);
    assert_eq!(
        read(r#"{"media":[{"alt":"m0"},{},{"alt":null},{"alt":"m3"}],"alt":"no"}"#),
        ["alt=m0\nm3", "first=m0"]
    );
    assert_eq!(read(r#"{"media":[{"alt":null},7],"alt":"yes"}"#), ["alt=yes"]);
    assert_eq!(read(r#"{"media":{"0":{"alt":"o"},"*":{"alt":"s"}}}"#), ["alt=s", "first=o"]);
    assert_eq!(read(r#"{"media":[{"alt":"a","alt":"b"}]}"#), ["duplicate_key null"]);
    assert_eq!(read(r#"{"media":[{"alt":"a"},{"alt":"b"}]}"#), ["alt=a\nb", "first=a"]);
}

#[test]
fn a_text_that_shows_nothing_falls_back() {
    let mut mapping = Mapping::default();
    mapping.set_field("text", &["/a", "/b", "/c/*/d"]).unwrap().set_html(&["/b"]).unwrap();
    let plan = plan(&mapping, &[]).0;
    for (line, expected) in [
        (r#"{"a":"x","b":"y"}"#, "post null||x"),
        (r#"{"a":"","b":"y"}"#, "post null||y"),
        (r#"{"b":"y","a":" \n\u200b\u3000"}"#, "post null||y"),
        (r#"{"a":"","b":"<p>&nbsp; </p>","c":[{"d":"z"},{"d":"w"}]}"#, "post null||z\nw"),
        (r#"{"a":null,"b":"<b>y</b>","c":[{"d":"z"}]}"#, "post null||<b>y</b>"),
        (r#"{"a":" ","b":""}"#, "post null|| "),
        (r#"{"a":null,"b":"","c":[]}"#, "post null||"),
        (r#"{"a":"","b":5}"#, "bad_text null"),
        (r#"{"a":"x","b":5}"#, "post null||x"),
    ] {
        // Alone, and in a line of a shape that is known.
        let known = format!("{line}\n").repeat(4);
        let expected = vec![expected.to_owned(); 4];
        assert_eq!(read_all(&plan, known.as_bytes(), &mut Batch::default()), expected, "{line}");
        let texts = known.replacen(line, r#"{"a":"x","b":"y"}"#, 3);
        let last = read_all(&plan, texts.as_bytes(), &mut Batch::default()).pop();
        assert_eq!(last.as_ref(), expected.first(), "{line}");
    }
}

#[test]
fn depth_costs_no_stack() {
    let deep = |open: &str, close: &str, n: usize| {
        format!(r#"{{"a":{}0{},"text":"x"}}"#, open.repeat(n), close.repeat(n))
    };
    let lines = [deep("[", "]", 100_000), deep("{\"a\":", "}", 100_000), deep("[", "]", 64)];
    let half = format!(r#"{{"text":"x","a":{}"#, "[".repeat(100_000));
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            let mut batch = Batch::default();
            for line in lines {
                assert_eq!(
                    read_all(&default_plan(), line.as_bytes(), &mut batch),
                    ["post null||x"]
                );
            }
            assert_eq!(read_all(&default_plan(), half.as_bytes(), &mut batch), ["bad_json null"]);
            let text = format!(r#"{{"text":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
            assert_eq!(read_all(&default_plan(), text.as_bytes(), &mut batch), ["bad_text null"]);
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn numbers_may_be_huge_where_they_are_ignored() {
    let line = format!(r#"{{"a":{},"text":"x"}}"#, "7".repeat(5_000));
    assert_eq!(read_all(&default_plan(), line.as_bytes(), &mut Batch::default()), ["post null||x"]);
}

#[test]
fn ids_are_echoed_up_to_their_limit() {
    for (length, echoed) in
        [(ID_BYTES_MAX - 1, true), (ID_BYTES_MAX, true), (ID_BYTES_MAX + 1, false)]
    {
        let id = format!("\"{}\"", "i".repeat(length - 2));
        let line = format!(r#"{{"id":{id},"text":"x"}}"#);
        let expected = if echoed { format!("post {id}||x") } else { "post null||x".to_owned() };
        assert_eq!(read_all(&default_plan(), line.as_bytes(), &mut Batch::default()), [expected]);
    }
}

#[test]
fn plain_lines_are_texts() {
    let (plan, _) = plan(&Mapping::preset("lines").unwrap(), &["stats"]);
    let mut batch = Batch::default();
    let output = read_all(&plan, b"{\"text\":1}\r\n \n a \xff\xfe\tb", &mut batch);
    assert_eq!(output, ["post null||{\"text\":1}", "empty null", "post null|| a \u{fffd}\tb"]);
}

#[test]
fn a_reused_batch_remembers_nothing() {
    let mut batch = Batch::default();
    let plan = default_plan();
    for (line, expected) in CASES.iter().chain(CASES.iter().rev()) {
        assert_eq!(read_all(&plan, &[*line, b"\n"].concat(), &mut batch), [*expected]);
    }
}
