//! Rules over several posts: what they say, and everything that is refused.

use super::Loader;
use crate::diagnostic::Diagnostic;
use crate::domain::field::MetaId;
use crate::domain::ids::RuleIx;
use crate::domain::limits::{CORRELATION_COUNT_MAX, CORRELATION_RULES_MAX};
use crate::domain::score::Score;
use crate::rules::codec::Compiled;
use crate::rules::compile::compile;
use crate::rules::compiled::RuleSet;
use crate::rules::compiled_correlation::CompiledCorrelation;
use crate::rules::model::{Active, Correlation, CorrelationKind, Model, Status};

const RULES: &str = "tidegate: 1
pack: p
defaults: { category: spam }
define: { word: [casino] }
categories: { x-own: { title: Own } }
rules:
  - { id: ads.one, aliases: [ads.old], condition: word, weight: 1 }
  - { id: ads.two, condition: word, weight: 1 }
  - { id: care.one, category: self-harm, condition: word, weight: 1 }
  - { id: lure.one, condition: word, weight: 1, category: x-own }
";

fn load(more: &str) -> Result<Model, Vec<Diagnostic>> {
    Loader::new().text("p.rules.yaml", format!("{RULES}{more}")).load().map(|it| it.model)
}

fn model(more: &str) -> Model {
    load(more).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

/// A correlation with these keys of `correlate` and others after it.
fn with(correlate: &str, others: &str) -> String {
    format!("  - id: sum.up\n    weight: 3\n    correlate: {{ {correlate} }}\n{others}")
}

/// Code, marked text, and help of each error.
fn errors(more: &str) -> Vec<String> {
    let found = load(more).map(|_| Vec::new()).unwrap_or_else(|errors| errors);
    let one = |error: &Diagnostic| {
        let place = error.place.as_ref().expect("errors have places");
        let marked = &place.source.text[place.range.clone()];
        format!("{} {marked}: {} ({})", error.code, error.message, error.help)
    };
    found.iter().map(one).collect()
}

/// The errors of a correlation with these keys.
fn errors_of(correlate: &str) -> Vec<String> {
    errors(&with(correlate, ""))
}

fn only(correlate: &str) -> Correlation {
    model(&with(correlate, "")).correlations.remove(0)
}

const COUNT: &str = "type: event_count, rules: [ads.*], timespan: 10m, condition: { gte: 3 }";

#[test]
fn every_key_is_in_the_model() {
    let text = with(
        "type: value_count, rules: [ads.*, campaign.story], group-by: [channel, thread.id], \
         timespan: 1h30m, condition: { field: author.id, gt: 20 }, \
         where: 'post.channel  != news and post.kind == video'",
        "    aliases: [sum.old]
    title: Many accounts
    description: Why
    level: high
    status: experimental
    tags: [a, b]
    falsepositives: [sales]
    references: [r]
    active: { from: 2026-01-01 }
    tests:
      hit:
        - - { text: casino, author: u1, channel: c }
          - { text: casino, at: 5m, author: 7, post: { thread: { id: 3 } } }
          - { title: t, at: 10s }
      miss: [[{ text: x }], [text only]]
",
    );
    let model = model(&text);
    let own = &model.correlations[0];
    assert_eq!(model.rules.len(), 4);
    assert_eq!((own.id.as_str(), own.aliases.as_slice()), ("sum.up", &["sum.old".to_owned()][..]));
    assert_eq!((own.title.as_str(), own.description.as_str()), ("Many accounts", "Why"));
    assert_eq!((own.category.name(), own.level.name()), ("spam", "high"));
    assert_eq!(own.status, Status::Experimental);
    assert_eq!([own.tags.len(), own.false_positives.len(), own.references.len()], [2, 1, 1]);
    assert_eq!(own.kind, CorrelationKind::ValueCount);
    assert_eq!(own.weight, Score::from_millis(3000));
    let patterns: Vec<_> =
        own.rules.iter().map(|it| (it.text.as_str(), it.rules.as_slice(), it.is_story)).collect();
    assert_eq!(
        patterns,
        [("ads.*", &[RuleIx(0), RuleIx(1)][..], false), ("campaign.story", &[], true)]
    );
    let name = |meta: MetaId| model.names.metas()[meta.index()].as_str();
    let groups: Vec<_> = own.group_by.iter().map(|it| (name(it.meta), it.name.as_str())).collect();
    assert_eq!(groups, [("channel", "channel"), ("thread.id", "thread.id")]);
    let field = own.field.as_ref().map(|it| (it.meta, it.name.as_str()));
    assert_eq!(field, Some((MetaId::AUTHOR_ID, "author.id")));
    assert_eq!((own.timespan_seconds, own.at_least), (5_400, 21));
    let filter = own.condition.as_ref().map(|it| it.text.as_str());
    assert_eq!(filter, Some("post.channel != news and post.kind == video"));
    assert!(own.active.is_some_and(|it| it.from.is_some() && it.until.is_none()));
    let hit = &own.hits[0];
    assert_eq!(hit.posts.iter().map(|post| post.at).collect::<Vec<_>>(), [0, 300, 10]);
    let post = |at: usize| serde_json::to_string(&hit.posts[at].example.post).unwrap();
    assert_eq!(post(0), r#"{"author.id":"u1","channel":"c"}"#);
    assert_eq!(post(1), r#"{"thread":{"id":3},"author.id":"7"}"#);
    assert!(hit.place.is_some() && hit.posts.iter().all(|it| it.example.place.is_some()));
    assert_eq!(own.misses.iter().map(|it| it.posts.len()).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn types_need_what_they_count() {
    assert_eq!(only(COUNT).at_least, 3);
    let ordered = only("type: temporal_ordered, rules: [ads.*, lure.one], timespan: 1d");
    assert_eq!((ordered.kind, ordered.at_least), (CorrelationKind::TemporalOrdered, 2));
    let any = only("type: temporal, rules: [ads.old, lure.one], timespan: 365d");
    assert_eq!((any.kind, any.timespan_seconds), (CorrelationKind::Temporal, 31_536_000));
    assert_eq!(any.rules[0].rules, [RuleIx(0)], "an alias names its rule");
    assert_eq!(only(&COUNT.replace("gte: 3", "gte: 1000")).at_least, CORRELATION_COUNT_MAX);
    assert_eq!(only(&COUNT.replace("gte: 3", "gt: 999")).at_least, CORRELATION_COUNT_MAX);
    assert_eq!(only(&COUNT.replace("gte: 3", "gt: 1")).at_least, 2);
}

#[test]
fn globs_leave_self_harm_out() {
    let every = only(&COUNT.replace("ads.*", "'*'"));
    assert_eq!(every.rules[0].rules, [RuleIx(0), RuleIx(1), RuleIx(3)]);
    assert!(every.rules[0].is_story);
    for named in ["care.one", "care.*"] {
        let found = errors_of(&COUNT.replace("ads.*", named));
        assert!(
            found[0].starts_with(&format!("bad_value {named}: posts that `{named}`")),
            "{found:?}"
        );
    }
}

#[test]
fn names_are_checked() {
    for (written, expected) in [
        ("ads.on", "unknown_name ads.on: no rule has the id `ads.on` (did you mean `ads.one`?)"),
        (
            "campaign.stori",
            "unknown_name campaign.stori: no rule has the id `campaign.stori` (did you mean `campaign.story`?)",
        ),
        ("none.*", "unknown_name none.*: no rule matches `none.*` ()"),
        (
            "sum.up",
            "bad_value sum.up: a correlation cannot count itself (name the rules that fire on single posts)",
        ),
        (
            "sum.*",
            "bad_value sum.*: `sum.*` is a correlation, and only rules are counted (name the rules that fire on single posts)",
        ),
        (
            "ads.*, ads.*",
            "bad_value ads.*: `rules` lists this twice (remove one of them; to count posts use `event_count`)",
        ),
    ] {
        assert_eq!(errors_of(&COUNT.replace("ads.*", written)), [expected], "{written}");
    }
    let fired = errors(
        "  - { id: a.a, condition: word and fired(sum.up), weight: 1 }\n".to_owned().as_str(),
    );
    assert!(fired[0].starts_with("unknown_name sum.up"), "{fired:?}");
    let fired = format!(
        "{}  - {{ id: a.a, condition: word and fired(sum.up), weight: 1 }}\n",
        with(COUNT, "")
    );
    assert_eq!(
        errors(&fired),
        [
            "bad_condition sum.up: `sum.up` is counted over several posts, and a condition looks at one \
          (name its rules, or count this rule in `correlate` too)"
        ]
    );
    for (id, code) in [("ads.one", "duplicate_id"), ("ads.old", "duplicate_id")] {
        let text = with(COUNT, "").replace("sum.up", id);
        assert!(errors(&text)[0].starts_with(code), "{id}");
    }
    let alias = with(COUNT, "    aliases: [lure.one]\n");
    assert!(errors(&alias)[0].starts_with("duplicate_id lure.one"));
    let story = with(COUNT, "").replace("sum.up", "campaign.story");
    assert!(errors(&story)[0].starts_with("duplicate_id campaign.story"));
}

#[test]
fn numbers_are_checked() {
    for (written, code) in [
        ("gte: 0", "always_true 0"),
        ("gte: 1", "always_true 1"),
        ("gt: 0", "always_true 0"),
        ("gte: 1001", "too_large 1001"),
        ("gt: 1000", "too_large 1000"),
        ("gt: 4294967295", "too_large 4294967295"),
        ("gte: 3, gt: 3", "bad_value 3"),
        ("gte: -3", "bad_value -3"),
        ("gte: x", "bad_value x"),
        ("lt: 3", "needs_absence 3"),
        ("lte: 3", "needs_absence 3"),
        ("eq: 0", "needs_absence 0"),
        ("neq: [1]", "needs_absence ["),
        ("gte: 3, lt: 9", "needs_absence 9"),
        ("gte: 3, field: author.id", "unknown_key author.id"),
        ("gre: 3", "unknown_key gre"),
    ] {
        let found = errors_of(&COUNT.replace("gte: 3", written));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("{code}: ")), "{written}: {found:?}");
    }
    let found = errors_of(&COUNT.replace(", condition: { gte: 3 }", ""));
    assert_eq!(
        found,
        ["missing_key {: the key `condition` is missing (such as `condition: { gte: 3 }`)"]
    );
    let found = errors_of(&COUNT.replace("{ gte: 3 }", "{}"));
    assert!(found.iter().any(|it| it.contains("the key `gte` is missing")), "{found:?}");
    let values = COUNT.replace("event_count", "value_count");
    assert!(errors_of(&values)[0].contains("the key `field` is missing"));
    let own = values
        .replace("gte: 3", "gte: 3, field: lang")
        .replace("timespan", "group-by: [lang], timespan");
    assert!(errors_of(&own)[0].starts_with("never_true lang"));
}

#[test]
fn times_and_paths_are_checked() {
    for (written, code) in [
        ("0s", "bad_value 0s"),
        ("0d0s", "bad_value 0d0s"),
        ("366d", "too_large 366d"),
        ("10", "bad_value 10"),
        ("ten minutes", "bad_value ten minutes"),
        ("1w", "bad_value 1w"),
    ] {
        let found = errors_of(&COUNT.replace("10m", written));
        assert!(found.len() == 1 && found[0].starts_with(&format!("{code}: ")), "{found:?}");
    }
    for (written, expected) in [
        (
            "[post.author.id]",
            "bad_name post.author.id: `post.author.id` is not a path of a post (write `author.id`)",
        ),
        ("[a..b]", "bad_name a..b: "),
        ("['a b']", "bad_name 'a b': "),
        ("['a.*']", "bad_name 'a.*': "),
        ("[lang, channel, lang]", "bad_value lang: `group-by` lists this twice"),
        ("[a, b, c, d, e, f, g, h, i]", "too_large i: "),
    ] {
        let found = errors_of(&format!("{COUNT}, group-by: {written}"));
        assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    }
    let doubtful = model(&with(&format!("{COUNT}, group-by: [author]"), ""));
    let codes: Vec<&str> = doubtful.warnings.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["unknown_path"]);
    for (written, expected) in [
        ("word", "bad_condition word: `where` can only use `post.` fields"),
        ("fired(ads.one)", "bad_condition ads.one: `where` can only use `post.` fields"),
        ("post.a == 1 and length > 3", "bad_condition length > 3: `where` can only"),
        ("post.a =", "bad_condition "),
    ] {
        let found = errors_of(&format!("{COUNT}, where: '{written}'"));
        assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    }
}

#[test]
fn orders_need_rules() {
    let temporal = "type: temporal, rules: [ads.one, lure.one], timespan: 1d";
    assert_eq!(errors_of(temporal), [""; 0]);
    let one = errors_of(&temporal.replace(", lure.one", ""));
    assert!(one.len() == 1 && one[0].starts_with("bad_value ads.one: one rule alone"), "{one:?}");
    let counted = errors_of(&format!("{temporal}, condition: {{ gte: 3 }}"));
    assert!(counted[0].starts_with("unknown_key {: `temporal` has no condition"), "{counted:?}");
    let many = |number: usize| {
        let names: Vec<String> = (0..number).map(|at| format!("r.n{at}")).collect();
        let rules: String = names
            .iter()
            .map(|name| format!("  - {{ id: {name}, condition: word, weight: 1 }}\n"))
            .collect();
        let correlate = temporal.replace("ads.one, lure.one", &names.join(", "));
        errors(&format!("{rules}{}", with(&correlate, "")))
    };
    assert_eq!(many(CORRELATION_RULES_MAX), [""; 0]);
    assert!(many(CORRELATION_RULES_MAX + 1)[0].starts_with("too_large r.n64"));
}

#[test]
fn keys_of_rules_are_refused() {
    for (key, marked) in [
        ("condition: word", "word"),
        ("match: { a: [b] }", "a"),
        ("boost: { word: 1 }", "word"),
        ("redact: word", "word"),
        ("always: true", "sum.up"),
        ("fields: [text]", "text"),
        ("lang: zh", "zh"),
    ] {
        let found = errors(&with(COUNT, &format!("    {key}\n")));
        let name = key.split(':').next().unwrap();
        let expected =
            format!("unknown_key {marked}: `{name}` has no meaning in a rule with `correlate`");
        assert!(found.len() == 1 && found[0].starts_with(&expected), "{found:?}");
    }
    let found = errors(&with(COUNT, "    category: self-harm\n"));
    assert!(
        found[0].starts_with("bad_value self-harm: a correlation adds no points to `self-harm`")
    );
    let missing = "  - id: sum.up\n    correlate: { type: event_count }\n";
    let found: Vec<String> =
        errors(missing).iter().map(|it| it.split('(').next().unwrap().to_owned()).collect();
    assert_eq!(
        found,
        [
            "missing_key sum.up: the key `weight` is missing ",
            "missing_key {: the key `rules` is missing ",
            "missing_key {: the key `timespan` is missing ",
            "missing_key {: the key `condition` is missing ",
        ]
    );
}

#[test]
fn words_of_sigma_are_suggested() {
    let found = errors_of(&COUNT.replace("timespan", "timeframe"));
    assert_eq!(
        found,
        [
            "unknown_key timeframe: unknown key `timeframe` in `correlate` (did you mean `timespan`?)"
        ]
    );
    let found = errors_of(&format!("{COUNT}, group_by: [lang]"));
    assert_eq!(
        found,
        ["unknown_key group_by: unknown key `group_by` in `correlate` (did you mean `group-by`?)"]
    );
    let found = errors_of(&COUNT.replace("event_count", "value_sum"));
    assert!(found[0].contains("unknown type `value_sum`"), "{found:?}");
    let found = errors(&with(COUNT, "").replace("correlate:", "correlation:"));
    assert!(found[0].contains("did you mean `correlate`?"), "{found:?}");
}

#[test]
fn sequences_and_examples_are_not_mixed() {
    let tests = |list: &str| errors(&with(COUNT, &format!("    tests: {{ hit: {list} }}\n")));
    assert_eq!(tests("[[{ text: a }, { text: a, at: 0s }]]"), [""; 0]);
    for (list, expected) in [
        ("[casino]", "bad_value casino: a rule with `correlate` is tested by sequences"),
        ("[{ text: casino }]", "bad_value {: a rule with `correlate` is tested by sequences"),
        ("[[]]", "bad_value [: a sequence needs at least one post"),
        ("[[{ text: a }, { text: b }]]", "missing_key {: the key `at` is missing"),
        ("[[{ text: a, at: 5m }]]", "bad_value 5m: times are since the first post"),
        ("[[{ text: a, at: now }]]", "bad_value now: `now` is not a duration"),
        ("[[{ text: a }, { text: a, at: 366d }]]", "too_large 366d: "),
        ("[[{ text: a, score: 3 }]]", "unknown_key {: `score` has no meaning in a sequence"),
        ("[[{ text: a, view: look }]]", "unknown_key {: `view` has no meaning in a sequence"),
        ("[[{ text: a, post: { created_at: 1 } }]]", "unknown_key {: `post.created_at` has no"),
        ("[[{ body: a }]]", "unknown_key body: unknown key `body` in an example"),
        ("[[[a]]]", "bad_value "),
    ] {
        let found = tests(list);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{list}: {found:?}");
    }
    let rule = "  - { id: a.a, condition: word, weight: 1, tests: { hit: [[casino]] } }\n";
    assert!(errors(rule)[0].starts_with("bad_value [: a sequence of posts tests only"));
    let author = "  - { id: a.a, condition: word, weight: 1, tests: { hit: [{ at: 0s }] } }\n";
    assert!(errors(author)[0].starts_with("unknown_key at: unknown key `at` in an example"));
}

fn compiled(more: &str) -> RuleSet {
    compile(model(more)).unwrap()
}

#[test]
fn correlations_are_compiled_and_come_back_from_bytes() {
    let more = format!(
        "{}  - id: sum.zz\n    weight: 1.5\n    status: experimental\n    title: T\n    aliases: [z.old]\n    \
         active: {{ until: 2026-01-31 }}\n    correlate: {{ type: value_count, rules: [campaign.story], \
         timespan: 1d, group-by: [x.y], condition: {{ field: z, gte: 7 }}, where: has(post.q) }}\n",
        with(COUNT, "")
    );
    let rules = compiled(&more);
    let compiled = Compiled { rules, policies: Vec::new(), embedded: false };
    let bytes = compiled.to_bytes();
    let back = Compiled::from_bytes(&bytes).unwrap();
    assert_eq!(back.to_bytes(), bytes);
    let (rules, again) = (compiled.rules.correlations(), back.rules.correlations());
    assert_eq!(format!("{rules:?}"), format!("{again:?}"));
    assert_eq!(rules.len(), 2);
    assert!(compiled.rules.names().metas().iter().any(|it| it == "q"));
    assert_eq!(back.rules.find_correlation("z.old"), Some(1));
    assert_eq!(back.rules.find_correlation("ads.one"), None);
    assert_eq!(back.rules.rule_by_id("ads.two"), Some(RuleIx(1)));
    assert_eq!([back.rules.rule_by_id("ads.old"), back.rules.rule_by_id("sum.up")], [None; 2]);
    assert!(rules[0].patterns[0].is_met(&[RuleIx(1), RuleIx(3)], false));
    assert!(!rules[0].patterns[0].is_met(&[RuleIx(3)], true));
    assert!(rules[1].patterns[0].is_met(&[], true));
}

#[test]
fn damaged_correlations_are_refused() {
    let refused = |change: fn(&mut CompiledCorrelation)| {
        let mut rules = compiled(&with(&format!("{COUNT}, where: has(post.q)"), ""));
        change(&mut rules.correlations[0]);
        let bytes = Compiled { rules, policies: Vec::new(), embedded: false }.to_bytes();
        Compiled::from_bytes(&bytes).is_err()
    };
    assert!(!refused(|_| {}));
    assert!(refused(|own| own.at_least = 1));
    assert!(refused(|own| own.at_least = CORRELATION_COUNT_MAX + 1));
    assert!(refused(|own| own.timespan = 0));
    assert!(refused(|own| own.kind = CorrelationKind::ValueCount));
    assert!(refused(|own| own.kind = CorrelationKind::Temporal));
    assert!(refused(|own| own.patterns.clear()));
    assert!(refused(|own| own.patterns[0].rules[1] = RuleIx(99)));
    assert!(refused(|own| own.patterns[0].rules.clear()));
    assert!(refused(|own| own.patterns[0].rules.reverse()));
    assert!(refused(|own| {
        own.filter = Some(crate::rules::condition::expr::Expr::Fired(RuleIx(0)));
    }));
    assert!(refused(|own| {
        own.filter = Some(crate::rules::condition::expr::Expr::Has(MetaId(999)));
    }));
}

#[test]
fn the_hash_is_of_what_is_counted() {
    let hash =
        |correlate: &str, others: &str| compiled(&with(correlate, others)).correlations()[0].hash();
    let own = hash(COUNT, "");
    assert_eq!(hash(COUNT, "    title: other\n    level: low\n"), own);
    let mut all = vec![own, hash(COUNT, "    active: { from: 2026-01-01 }\n")];
    for (from, to) in [
        ("ads.*", "ads.one"),
        ("ads.*", "ads.*, lure.one"),
        ("10m", "11m"),
        ("gte: 3", "gte: 4"),
        ("timespan", "group-by: [lang], timespan"),
        ("timespan", "group-by: [channel], timespan"),
        ("timespan", "where: has(post.a), timespan"),
    ] {
        all.push(hash(&COUNT.replace(from, to), ""));
    }
    let number = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), number);
}

#[test]
fn a_post_is_admitted_by_its_time_and_values() {
    use crate::post::{Batch, Mapping, Plan, Record};
    let own = compiled(&with(
        &format!("{COUNT}, where: post.channel == video"),
        "    active: { from: 2026-01-01, until: 2026-01-31 }\n",
    ));
    let plan = Plan::new(&Mapping::default(), own.names()).unwrap();
    let admits = |values: &str| {
        let line = format!("{{\"text\":\"x\"{values}}}\n");
        let mut batch = Batch::default();
        plan.read(line.as_bytes(), false, &mut batch);
        let Record::Post(post) = batch.record(line.as_bytes(), 0) else { panic!("a post") };
        own.correlations()[0].admits(&post)
    };
    let video = ",\"channel\":\"video\"";
    assert!(admits(video));
    assert!(!admits(""));
    assert!(admits(&format!("{video},\"created_at\":\"2026-01-31T23:59:59Z\"")));
    assert!(!admits(&format!("{video},\"created_at\":\"2026-02-01\"")));
    assert!(admits(&format!("{video},\"created_at\":\"soon\"")));
    let active = Active { from: Some(1), until: Some(2) };
    assert_eq!([0, 1, 2, 3].map(|time| active.contains(time)), [false, true, true, false]);
}

#[test]
fn tests_are_missed() {
    let codes = |tests: &str| -> Vec<String> {
        let model = model(&with(COUNT, tests));
        let found = crate::rules::lint::lint(&model);
        let of_it = found.iter().filter(|it| it.message.to_string().contains("sum.up"));
        of_it.map(|it| it.code.to_owned()).collect()
    };
    assert_eq!(codes(""), ["no_tests"]);
    assert_eq!(codes("    tests: { hit: [[a]] }\n"), ["no_miss_test"]);
    assert_eq!(codes("    tests: { hit: [[a]], miss: [[a]] }\n"), [""; 0]);
    let model = model(&with(COUNT, "    tests: { miss: [[a], [打15471840629]] }\n"));
    assert!(crate::rules::lint::lint(&model).iter().any(|it| it.code == "pii_in_tests"));
}

#[test]
fn an_embedded_one_is_left_out_with_the_rules_that_it_counts() {
    use crate::rules::source::bundle::Bundle;
    const BUNDLE: Bundle = Bundle::new(
        &[
            (
                "a.rules.yaml",
                "tidegate: 1\npack: a\ndefaults: { category: spam }\nrules:\n  \
                 - { id: a.one, condition: has(post.x), weight: 1 }\n  \
                 - { id: sum.up, weight: 1, correlate: { type: temporal, rules: [a.one, b.one], timespan: 1h } }\n",
            ),
            (
                "b.rules.yaml",
                "tidegate: 1\npack: b\ndefaults: { category: spam }\nrules:\n  \
                 - { id: b.one, condition: has(post.x), weight: 1 }\n",
            ),
        ],
        &[],
    );
    let load = |own: &str| {
        let loaded = Loader::new().bundle(BUNDLE).text("own.rules.yaml", own).load();
        loaded.map(|it| it.model.correlations.len()).map_err(|errors| errors[0].to_string())
    };
    let own = "tidegate: 1\npack: own\n";
    assert_eq!(load(own), Ok(1));
    assert_eq!(load(&format!("{own}replaces: b\n")), Ok(0));
    let same = "rules: [{ id: b.one, category: spam, condition: has(post.x), weight: 1 }]\n";
    assert_eq!(load(&format!("{own}replaces: b\n{same}")), Ok(1));
    let broken = "rules: [{ id: s.s, category: spam, weight: 1, correlate: { type: temporal, \
                  rules: [a.one, b.one], timespan: 1h } }]\n";
    assert!(load(&format!("{own}replaces: b\n{broken}")).unwrap_err().contains("b.one"));
}
