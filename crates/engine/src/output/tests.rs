//! Whole output lines, compared with expected text and parsed again.

use super::*;
use crate::domain::action::Action;
use crate::domain::category::Category;
use crate::domain::field::Names;
use crate::domain::ids::RuleIx;
use crate::domain::score::Score;
use crate::domain::span::Span;
use crate::domain::view::View;
use crate::post::{Batch, Mapping, Plan, Record};
use serde_json::Value;

const TEXT: &str = "🎰百家乐 \"vx\" 139";

struct Case {
    fields: Vec<String>,
    categories: Vec<(Category, Score)>,
    fired: Vec<Fired>,
    boosts: Vec<u16>,
    evidence: Vec<Evidence>,
}

fn evidence(matcher: u32, term: Option<u32>, span: (u32, u32), redacted: bool) -> Evidence {
    Evidence {
        matcher: MatcherIx(matcher),
        term: term.map(TermIx),
        field: FieldId::TEXT,
        span: Span::new(span.0, span.1),
        view: View::Squeezed,
        redacted,
    }
}

impl Case {
    fn new() -> Case {
        let category = |name| Category::from_name(name).unwrap();
        let fired = |rule, score, shadow, boosts, evidence| Fired {
            rule: RuleIx(rule),
            score: Score::from_millis(score),
            shadow,
            boosts,
            evidence,
        };
        Case {
            fields: Names::default().fields().to_vec(),
            categories: vec![
                (category("gambling"), Score::from_millis(8500)),
                (category("privacy"), Score::from_millis(1000)),
            ],
            fired: vec![
                fired(0, 8500, false, 0..2, 0..2),
                fired(1, 1000, false, 2..2, 2..3),
                fired(2, 250, true, 2..2, 3..3),
            ],
            boosts: vec![0, 2],
            evidence: vec![
                evidence(0, Some(0), (4, 13), false),
                evidence(1, None, (14, 18), false),
                evidence(1, Some(1), (19, 22), true),
            ],
        }
    }

    fn verdict(&self) -> Verdict<'_> {
        Verdict {
            action: Action::Block,
            care: true,
            capped: true,
            categories: &self.categories,
            fired: &self.fired,
            boosts: &self.boosts,
            evidence: &self.evidence,
            masked: &[],
        }
    }

    /// Only the shadow rule.
    fn shadow(&self) -> Verdict<'_> {
        Verdict { fired: &self.fired[2..], ..Verdict::default() }
    }

    fn line(&self, style: Style, line: &str, verdict: &Verdict<'_>) -> String {
        let mapping = Mapping::default();
        let plan = Plan::new(&mapping, &Names::default()).unwrap();
        let mut batch = Batch::default();
        plan.read(line.as_bytes(), true, &mut batch);
        let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("{line}") };
        self.write(style, |encoder, out| encoder.post(out, line.as_bytes(), &post, verdict))
    }

    fn write(&self, style: Style, write: impl Fn(&Encoder<'_>, &mut Vec<u8>)) -> String {
        let rule = |id, category, level, boosts| RuleLabels { id, category, level, boosts };
        let labels = Labels {
            rules: vec![
                rule("g.ad", "gambling", "high", vec!["a near/15 b", "no", "x == \"y\""]),
                rule("p.phone", "privacy", "low", vec![]),
                rule("g.new", "gambling", "medium", vec![]),
            ],
            names: &Invented,
            fields: &self.fields,
            ruleset: "9f31c2ab",
        };
        let mut out = Vec::new();
        write(&Encoder::new(labels, style), &mut out);
        let line = String::from_utf8(out).unwrap();
        let json = line.strip_suffix('\n').expect("a line ends with a newline");
        assert!(!json.contains('\n') && serde_json::from_str::<Value>(json).is_ok(), "{json}");
        json.to_owned()
    }

    fn post(&self) -> String {
        format!("{{\"id\":\"p1\",\"text\":{}}}", serde_json::to_string(TEXT).unwrap())
    }
}

/// Names for the numbers of the cases.
struct Invented;

impl NameTable for Invented {
    fn matcher(&self, matcher: MatcherIx) -> &str {
        ["game", "phone"][matcher.index()]
    }

    fn term(&self, term: TermIx) -> &str {
        ["百家乐", "139"][term.index()]
    }
}

fn stamped(line: &str) -> String {
    line.replace("VERSION", env!("CARGO_PKG_VERSION"))
}

#[test]
fn a_clean_post_is_a_template_with_its_id() {
    let case = Case::new();
    let clean = Verdict::default();
    let stamp = Style { stamp: true, ..Style::default() };
    for id in ["\"p2\"", "17", "null", "1e3", "\"\\u00e9\""] {
        let line = format!("{{\"id\":{id},\"text\":\"a\"}}");
        let expected = format!("{{\"id\":{id},\"action\":\"allow\"}}");
        assert_eq!(case.line(Style::default(), &line, &clean), expected);
        let expected = stamped(&format!(
            "{{\"id\":{id},\"action\":\"allow\",\"ruleset\":\"9f31c2ab\",\"engine\":\"VERSION\"}}"
        ));
        assert_eq!(case.line(stamp, &line, &clean), expected);
    }
}

#[test]
fn a_full_verdict_has_every_key_in_its_place() {
    let case = Case::new();
    let expected = r#"{"id":"p1","action":"block","care":true,"capped":true,"categories":{"gambling":8.5,"privacy":1},"rules":[{"id":"g.ad","category":"gambling","level":"high","score":8.5,"boosts":["a near/15 b","x == \"y\""],"evidence":[{"matcher":"game","term":"百家乐","field":"text","start":4,"end":13,"text":"百家乐","view":"squeezed"},{"matcher":"phone","field":"text","start":14,"end":18,"text":"\"vx\"","view":"squeezed"}]},{"id":"p.phone","category":"privacy","level":"low","score":1,"evidence":[{"matcher":"phone","field":"text","start":19,"end":22,"text":"***","view":"squeezed","redacted":true}]}],"shadow":[{"id":"g.new","category":"gambling","score":0.25}],"ruleset":"9f31c2ab"}"#;
    assert_eq!(case.line(Style::default(), &case.post(), &case.verdict()), expected);
}

#[test]
fn shadow_rules_alone_leave_the_rest_out() {
    let case = Case::new();
    let full = case.line(Style::default(), &case.post(), &case.shadow());
    let expected = r#"{"id":"p1","action":"allow","shadow":[{"id":"g.new","category":"gambling","score":0.25}],"ruleset":"9f31c2ab"}"#;
    assert_eq!(full, expected);
}

#[test]
fn brief_says_action_and_categories() {
    let case = Case::new();
    let brief = Style { detail: Detail::Brief, ..Style::default() };
    let expected = r#"{"id":"p1","action":"block","care":true,"capped":true,"categories":{"gambling":8.5,"privacy":1},"shadow":[{"id":"g.new","category":"gambling","score":0.25}]}"#;
    assert_eq!(case.line(brief, &case.post(), &case.verdict()), expected);
    let stamp = Style { stamp: true, ..brief };
    let line = case.line(stamp, &case.post(), &case.verdict());
    assert!(line.ends_with(&stamped(r#"],"ruleset":"9f31c2ab","engine":"VERSION"}"#)), "{line}");
}

#[test]
fn offsets_count_the_selected_unit() {
    let case = Case::new();
    for (offsets, expected) in [
        (Offsets::Bytes, [[4, 13], [14, 18], [19, 22]]),
        (Offsets::Chars, [[1, 4], [5, 9], [10, 13]]),
        (Offsets::Utf16, [[2, 5], [6, 10], [11, 14]]),
    ] {
        let style = Style { offsets, ..Style::default() };
        let line: Value =
            serde_json::from_str(&case.line(style, &case.post(), &case.verdict())).unwrap();
        let rules = line["rules"].as_array().unwrap();
        let got: Vec<_> = rules
            .iter()
            .flat_map(|rule| rule["evidence"].as_array().unwrap())
            .map(|evidence| [&evidence["start"], &evidence["end"]].map(|n| n.as_i64().unwrap()))
            .collect();
        assert_eq!(got, expected, "{offsets:?}");
    }
}

#[test]
fn the_ruler_measures_backwards_and_across_fields() {
    let mut ruler = Ruler::new(Offsets::Chars);
    for (field, byte, chars) in
        [(1, 6, 4), (1, 4, 2), (0, 10, 5), (1, 10, 5), (1, 10, 5), (1, 0, 0)]
    {
        assert_eq!(ruler.measure(FieldId(field), "a中bc🎰", byte), chars, "{byte}");
    }
}

#[test]
fn annotated_posts_keep_their_members() {
    let case = Case::new();
    let style = Style { annotate: true, detail: Detail::Brief, ..Style::default() };
    let clean = Verdict::default();
    for (line, expected) in [
        (
            "  { \"text\" : \"a\" , \"n\":[1, 2] }  ",
            r#"{"text" : "a","n":[1, 2],"tidegate":{"id":null,"action":"allow"}}"#,
        ),
        (
            r#"{"tidegate":{"id":0,"action":"block"},"id":7,"text":"{\"}"}"#,
            r#"{"id":7,"text":"{\"}","tidegate":{"id":7,"action":"allow"}}"#,
        ),
    ] {
        assert_eq!(case.line(style, line, &clean), expected);
    }
    let post = case.post();
    let line = case.line(style, &post, &case.verdict());
    let open = post.strip_suffix('}').unwrap().to_owned();
    let start = open + r#","tidegate":{"id":"p1","action":"block","#;
    assert!(line.starts_with(&start), "{line}");
    assert!(line.ends_with("}]}}"), "{line}");
    let skipped = case.write(style, |encoder, out| encoder.skipped(out, b"{ }", "null"));
    assert_eq!(skipped, r#"{"tidegate":{"id":null,"action":"skipped"}}"#);
}

#[test]
fn lines_that_are_no_posts_say_so() {
    let case = Case::new();
    let unreadable = |style| {
        case.write(style, |encoder, out| {
            let line = UnreadableLine {
                id: "null",
                offset: 4711,
                place: None,
                code: ErrorCode::BadJson,
                detail: "expected \"}\"\u{1b}",
                is_repaired: false,
            };
            encoder.unreadable(out, &line);
        })
    };
    let expected = r#"{"id":null,"offset":4711,"action":"unreadable","error":"bad_json","detail":"expected \"}\"\u001b"}"#;
    assert_eq!(unreadable(Style::default()), expected);
    assert_eq!(unreadable(Style { annotate: true, ..Style::default() }), expected);
    let stamp = unreadable(Style { stamp: true, ..Style::default() });
    assert!(stamp.ends_with(&stamped(r#","ruleset":"9f31c2ab","engine":"VERSION"}"#)), "{stamp}");
    let skipped =
        case.write(Style::default(), |encoder, out| encoder.skipped(out, b"{}", "\"a\u{202e}\""));
    assert_eq!(skipped, "{\"id\":\"a\\u202e\",\"action\":\"skipped\"}");
}
