//! What reports count and render, line by line and as a page.

use super::*;
use proptest::prelude::*;
use tidegate_engine::domain::field::Names;
use tidegate_engine::lines::{Cut, Cutter, CutterSettings};
use tidegate_engine::post::{Mapping, Plan};
use tidegate_messages::Language;

fn reader() -> Reader {
    let names = Names::default();
    Reader::new(Plan::new(&Mapping::default(), &names).unwrap(), &names)
}

/// The counts of `input`, split into chunks of `chunk_bytes`, by `workers` in turn.
fn count(input: &str, chunk_bytes: usize, workers: usize) -> Tally {
    let reader = reader();
    let mut cutter = Cutter::new(CutterSettings { chunk_bytes, line_bytes_max: 100_000 });
    let (mut rest, mut chunk) = (input.as_bytes(), tidegate_engine::lines::Chunk::default());
    let mut scratches: Vec<ReaderScratch> = (0..workers).map(|_| Default::default()).collect();
    let mut at = 0;
    while cutter.next(&mut rest, &mut chunk, || false).unwrap() == Cut::Chunk {
        reader.count(&mut scratches[at % workers], &chunk);
        at += 1;
    }
    let mut whole = Tally::default();
    scratches.into_iter().for_each(|scratch| whole.merge(scratch.tally));
    whole
}

fn written(input: &str, language: Language) -> String {
    render_page(&count(input, 1000, 1), &Origin::default(), language).unwrap()
}

const PLAIN: &str = r#"{"id":"a","action":"allow"}
{"id":2,"action":"block","categories":{"fraud":9,"spam":1},"rules":[{"id":"f.one","category":"fraud","level":"high","score":9,"evidence":[{"matcher":"m","field":"text","start":0,"end":3,"text":"***","view":"folded","redacted":true}]}],"ruleset":"0badcafe"}
{"id":3,"action":"allow","care":true,"categories":{"self-harm":1},"rules":[{"id":"s.two","category":"self-harm","level":"high","score":1,"evidence":[]}],"ruleset":"0badcafe"}
{"id":4,"action":"allow","shadow":[{"id":"t.three","category":"spam","score":1}],"ruleset":"0badcafe"}
{"id":5,"action":"flag","categories":{"spam":2}}
{"id":null,"offset":247,"action":"unreadable","error":"empty","detail":"blank line"}
{"id":6,"action":"skipped"}
{"id":7,"text":"a post"}
nonsense
"#;

const ANNOTATED: &str = r#"{"id":1,"text":"x","channel":"news","surface":"front","author":{"id":"u<1>"},"created_at":"2026-01-01T00:00:30Z","tidegate":{"id":1,"action":"review","categories":{"fraud":5},"rules":[{"id":"f.one","category":"fraud","level":"high","score":5,"evidence":[]}],"ruleset":"0badcafe"}}
{"id":2,"text":"\"tidegate\":{\"id\":1,\"action\":\"block\"}}","channel":7,"tidegate":{"id":2,"action":"allow"}}
{"a":{"b":1,"tidegate":{"id":2,"action":"block"}}}
{"id":3,"action":"opened","categories":"none","text":"y","tidegate":{"id":3,"action":"flag","categories":{"spam":2}}}
"#;

#[test]
fn every_kind_of_verdict_is_counted() {
    let tally = count(PLAIN, 1000, 1);
    assert_eq!((tally.posts.posts, tally.posts.actions), (5, [3, 1, 0, 1]));
    assert_eq!((tally.care, tally.posts.care_alone, tally.posts.flagged()), (1, 1, 3));
    assert_eq!((tally.skipped, tally.unreadable_lines(), tally.stray), (1, 1, 2));
    assert_eq!(tally.without_rules, 1);
    let rules = tally.rules.ranked();
    let ids: Vec<&str> = rules.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, ["f.one", "s.two", "t.three"]);
    assert_eq!((rules[0].1.detail.actions, rules[2].1.detail.shadow), ([0, 0, 0, 1], 1));
    assert_eq!(tally.rulesets.ranked()[0].1.count, 3);
    assert_eq!(tally.known, 0);
}

#[test]
fn reads_time_place_and_author_of_annotated_posts() {
    let tally = count(ANNOTATED, 1000, 1);
    assert_eq!((tally.posts.actions, tally.stray), ([1, 1, 1, 0], 1));
    assert_eq!((tally.known, tally.with), (3, [1, 2, 1, 1]));
    let channels: Vec<&str> = tally.channels.ranked().iter().map(|(name, _)| *name).collect();
    assert_eq!(channels, ["7", "news"]);
    assert_eq!(tally.authors.ranked()[0].0, "u<1>");
    assert_eq!(tally.times.periods().next().unwrap().0, 1_767_225_600);
}

#[test]
fn result_is_independent_of_chunks_and_workers() {
    let input = [PLAIN, ANNOTATED].concat();
    let whole =
        render_page(&count(&input, 100_000, 1), &Origin::default(), Language::English).unwrap();
    for (chunk_bytes, workers) in [(4, 1), (300, 2), (700, 3)] {
        let tally = count(&input, chunk_bytes, workers);
        assert_eq!(render_page(&tally, &Origin::default(), Language::English).unwrap(), whole);
    }
}

#[test]
fn pages_are_complete_escaped_and_in_both_languages() {
    let hostile = r#"{"id":"<script>x</script>","action":"flag","categories":{"spam":2},"rules":[{"id":"<em>","category":"spam","evidence":[{"matcher":"m&","text":"\u202e<img src=x>\u001b"}]}],"ruleset":"<s>"}
{"id":1,"text":"x","channel":"\"><script>","author":{"id":"'--><u>"},"tidegate":{"id":1,"action":"block","categories":{"spam":9}}}
{"id":"</bdi>","offset":1,"action":"unreadable","error":"bad_json","detail":"<style>"}
"#;
    for language in [Language::English, Language::Chinese] {
        let page = written(&[PLAIN, ANNOTATED, hostile].concat(), language);
        for bad in ["<script>x", "<em>", "<img", "<u>", "<s>", "\u{202e}", "\u{1b}", "<style>\n<"] {
            assert!(!page.contains(bad), "{bad} in {language:?}");
        }
        assert!(page.contains("&#60;img src=x&#62;") && page.contains(r"\u{202e}"));
        assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
        assert!(!page.contains("http://") && !page.contains("https://"), "fetches nothing");
    }
    let chinese = written(PLAIN, Language::Chinese);
    assert!(chinese.contains("诈骗") && chinese.contains(r#"<html lang="zh-Hans">"#));
}

#[test]
fn notes_missing_data_and_mixed_rule_sets() {
    let page = written(PLAIN, Language::English);
    assert!(page.contains("tidegate --annotate") && page.contains("not verdicts: 2."), "{page}");
    assert!(page.contains("came without their rules"));
    assert!(!page.contains("several rule sets"));
    let other = PLAIN.replace("0badcafe", "0badbabe");
    let page = written(&[PLAIN, &other].concat(), Language::English);
    assert!(page.contains("several rule sets"));
}

#[test]
fn a_post_dated_far_away_leaves_room_for_the_others() {
    let post = |time: String| {
        let verdict = r#""tidegate":{"id":1,"action":"flag","categories":{"spam":2}}"#;
        format!("{{\"id\":1,\"text\":\"x\",\"created_at\":\"{time}\",{verdict}}}\n")
    };
    let mut input = post("1970-01-01".to_owned());
    for minute in 0..400 {
        input += &post(format!("2026-01-01T{:02}:{:02}:00Z", minute / 60, minute % 60));
    }
    let page = written(&input, Language::English);
    assert!(page.contains("Posts outside the period drawn: 1."), "{page}");
    assert!(page.contains("A column is 15 minutes"), "{page}");
}

/// An annotated post, flagged for spam.
fn annotated(text: &str, evidence: &str) -> String {
    format!(
        r#"{{"id":1,"text":"{text}","author":{{"id":"a"}},"tidegate":{{"id":1,"action":"flag","categories":{{"fraud":1,"spam":2}},"rules":[{{"id":"s.one","category":"spam","evidence":[{evidence}]}}]}}}}"#
    ) + "\n"
}

#[test]
fn a_post_counts_once_by_its_main_category() {
    let tally = count(&annotated("x", "").repeat(3), 1000, 1);
    let sum = |counts: &tidegate_engine::domain::category::ByCategory<u64>| {
        counts.iter().map(|(_, count)| count).sum::<u64>()
    };
    assert_eq!((sum(&tally.posts.categories), sum(&tally.posts.main)), (6, 3));
    assert_eq!(tally.author_posts.get("a").unwrap().count, 3);
}

#[test]
fn samples_show_the_text_around_evidence_without_contacts() {
    let evidence = r#"{"matcher":"m","field":"text","start":8,"end":11,"text":"buy"},{"matcher":"n","field":"text","start":12,"end":16,"text":"****","redacted":true}"#;
    let tally = count(&annotated("friend, buy pill or 138001380001", evidence), 1000, 1);
    let rules = tally.rules.ranked();
    let sample = rules[0].1.detail.samples.iter().next().unwrap();
    let parts: Vec<(bool, &str)> =
        sample.excerpt.iter().map(|(hit, text)| (*hit, text.as_str())).collect();
    let wanted = [
        (false, "friend, "),
        (true, "buy"),
        (false, " "),
        (true, "****"),
        (false, " or ************"),
    ];
    assert_eq!(parts, wanted);
    let origin = Origin {
        titles: [("s.one".to_owned(), "<Sells> pills".to_owned())].into(),
        ..Origin::default()
    };
    let page = render_page(&tally, &origin, Language::English).unwrap();
    assert!(page.contains("&#60;Sells&#62; pills") && page.contains("<mark>buy</mark>"), "{page}");
    assert!(!page.contains("pill or") && !page.contains("13800"), "{page}");
}

#[test]
fn samples_mask_what_other_rules_redact_in_any_unit() {
    let text = "好 😀 buy secretname now";
    // The offset of `secretname` in bytes, characters and UTF-16 units.
    let starts = [text.find("secretname").unwrap(), 8, 9];
    for start in starts {
        let buy = text.find("buy").unwrap();
        let rules = format!(
            r#"{{"id":"s.one","category":"spam","level":"low","score":2,"evidence":[{{"matcher":"m","field":"text","start":{buy},"end":0,"text":"buy"}}]}},{{"id":"s.two","category":"spam","level":"low","score":2,"evidence":[{{"matcher":"n","field":"text","start":{start},"end":0,"text":"**********","redacted":true}}]}}"#
        );
        let line = format!(
            r#"{{"text":"{text}","tidegate":{{"id":1,"action":"flag","categories":{{"spam":4}},"rules":[{rules}]}}}}"#
        );
        let page = written(&format!("{line}\n"), Language::English);
        // The sample is there; of its text every reading of the offset is masked.
        assert!(page.contains(" now"), "{start}: {page}");
        assert!(!page.contains("secret") && !page.contains("name now"), "{start}: {page}");
    }
}

#[test]
fn warns_of_unreadable_lines_and_of_a_selection() {
    let broken = r#"{"id":null,"offset":0,"action":"unreadable","error":"bad_json","detail":"x"}"#;
    let page = written(&format!("{broken}\n").repeat(4), Language::English);
    assert!(page.contains("No line was a post: nothing was judged. 4 lines (100 %"), "{page}");
    let page = written(&annotated("x", "").repeat(5), Language::English);
    assert!(page.contains("those of the selection") && !page.contains("alarm\""), "{page}");
    let page = written(&PLAIN.repeat(300), Language::English);
    assert!(!page.contains("those of the selection"));
}

#[test]
fn lines_with_repaired_bytes_are_counted() {
    let lines = "{\"id\":1,\"action\":\"allow\",\"repaired\":true}\n\
        {\"id\":null,\"offset\":9,\"action\":\"unreadable\",\"repaired\":true,\"error\":\"bad_json\",\"detail\":\"x\"}\n\
        {\"id\":null,\"action\":\"other\",\"repaired\":true}\n\
        {\"id\":2,\"action\":\"allow\",\"repaired\":false}\n";
    assert_eq!(count(lines, 1000, 1).repaired, 2);
    for (language, name, what) in
        [(Language::English, "Repaired", "not UTF-8"), (Language::Chinese, "已修复", "非 UTF-8")]
    {
        let page = written(lines, language);
        assert!(page.contains(name) && page.contains(what), "{page}");
        let earlier = Some(Snapshot::from_page(&page).unwrap());
        let origin = Origin { earlier, ..Origin::default() };
        let later = render_page(&count(PLAIN, 1000, 1), &origin, language).unwrap();
        assert!(later.contains(&format!("<bdi>{name}</bdi>")), "{later}");
        assert!(!written(PLAIN, language).contains(name));
    }
}

#[test]
fn a_page_is_compared_with_an_earlier_one() {
    let before = written(&[PLAIN, ANNOTATED].concat(), Language::English);
    let earlier = Snapshot::from_page(&before).unwrap();
    let origin = Origin { earlier: Some(earlier), ..Origin::default() };
    let page = render_page(&count(PLAIN, 1000, 1), &origin, Language::English).unwrap();
    let row = page.lines().find(|line| line.contains("<bdi>Flagged</bdi>")).unwrap();
    assert!(row.contains("62.5 %") && row.contains("60.0 %") && row.contains("-2.50 pp"), "{row}");
}

/// Lines that begin and end like verdicts on clean posts.
fn almost_clean() -> impl Strategy<Value = String> {
    let id = prop_oneof![
        Just("null".to_owned()),
        "-?[0-9]{1,4}(\\.[0-9])?(e[0-9])?",
        "\"[a-z帖\\\\\"\u{1}é{}:,]{0,6}\"",
        "[a-z\"{}]{0,4}",
    ];
    let end = prop_oneof![
        4 => Just(",\"action\":\"allow\"}".to_owned()),
        1 => "[ ,]\"action\":\"(allow|block)\"[ }]{1,2}",
    ];
    (id, end).prop_map(|(id, end)| format!("{{\"id\":{id}{end}"))
}

proptest! {
    /// Lines recognised by their shape are what serde_json would parse.
    #[test]
    fn clean_verdicts_are_recognised_as_parsed(line in almost_clean()) {
        let read: Result<serde_json::Value, _> = serde_json::from_str(&line);
        let tally = count(&format!("{line}\n"), 1000, 1);
        let is_allowed = read.as_ref().is_ok_and(|it| it["action"] == "allow" && it.is_object());
        prop_assert_eq!(tally.posts.actions[0] == 1, is_allowed, "{}", line);
        prop_assert_eq!(tally.stray + tally.posts.posts, 1);
    }
}
