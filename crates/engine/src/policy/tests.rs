//! Policies by example: reading, resolving, deciding.

use super::*;
use crate::diagnostic::{Diagnostic, Source};
use crate::domain::action::Action;
use crate::domain::category::{Category, DeclaredCategory};
use crate::domain::field::{MetaId, Names};
use crate::domain::ids::RuleIx;
use crate::domain::limits::{OWN_CATEGORIES_MAX, POLICY_EXTENDS_MAX};
use crate::domain::score::Score;
use crate::rules::model::Status;
use std::sync::Arc;

const HEAD: &str = "tidegate: 1\nkind: policy\n";

fn source(body: &str) -> Arc<Source> {
    Arc::new(Source { name: "test.policy.yaml".to_owned(), text: format!("{HEAD}{body}") })
}

fn policy(body: &str) -> Policy {
    let parsed = Policy::parse(&source(body), &mut Names::default());
    parsed.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}"))
}

/// Code, place and message of each error, with places inside the body.
fn diagnostics(body: &str) -> Vec<String> {
    let found = Policy::parse(&source(body), &mut Names::default()).unwrap_err();
    let line = |diagnostic: &Diagnostic| {
        let (line, column) = diagnostic.place.as_ref().unwrap().line_column();
        format!(
            "{} {}:{column} {}",
            diagnostic.code,
            line - HEAD.lines().count(),
            diagnostic.message
        )
    };
    found.iter().map(line).collect()
}

const RULES: [(&str, Status, i64); 4] = [
    ("clickbait.en.list", Status::Stable, 3000),
    ("gambling.zh.ad", Status::Stable, 6000),
    ("gambling.zh.new", Status::Experimental, 2000),
    ("gambling.zh.old", Status::Deprecated, 1000),
];

fn resolve(body: &str) -> Result<Resolution, Vec<Diagnostic>> {
    let aliases = ["gambling.zh.before".to_owned()];
    let facts = RULES.map(|(id, status, weight)| RuleFacts {
        id,
        aliases: if id == "gambling.zh.ad" { &aliases } else { &[] },
        status,
        weight: Score::from_millis(weight),
        category: category("gambling"),
    });
    let rules = facts.to_vec();
    policy(body).resolve(&RuleSetFacts { rules, ..RuleSetFacts::default() })
}

fn resolved(body: &str) -> ResolvedPolicy {
    resolve(body).unwrap().policy
}

fn points(points: f64) -> Score {
    Score::from_points(points).unwrap()
}

fn category(name: &str) -> Category {
    Category::from_name(name).unwrap()
}

/// The decision for a score in one category on a channel, and the capped score.
fn decide(policy: &ResolvedPolicy, name: &str, score: f64, channel: &str) -> (Decision, Score) {
    let channel = format!("\"{channel}\"");
    let mut scores = [(category(name), points(score))];
    let post = |path: MetaId| (path == MetaId::CHANNEL).then_some(channel.as_str());
    let decision = policy.decide(&mut scores, &post);
    (decision, scores[0].1)
}

const CHANNELS: &str = "
categories:
  gambling: { flag: 2, review: 5, block: 8, max: 12 }
  clickbait: { flag: 3 }
  self-harm: { care: 2 }
channels:
  - when: post.channel in [comment, private_message]
    categories: { gambling: { block: 6, max: 7 } }
  - when: post.channel == comment
    categories: { gambling: { block: 1 } }
  - when: not has(post.surface) and post.channel == news
    categories: { clickbait: { flag: 4, review: 6 }, spam: { flag: 1 } }
";

#[test]
fn thresholds_on_both_sides() {
    let policy = resolved(CHANNELS);
    for (score, action) in [
        (1.999, Action::Allow),
        (2.0, Action::Flag),
        (4.999, Action::Flag),
        (5.0, Action::Review),
        (7.999, Action::Review),
        (8.0, Action::Block),
        (-3.0, Action::Allow),
    ] {
        assert_eq!(
            decide(&policy, "gambling", score, "feed").0,
            Decision { action, care: false },
            "{score}"
        );
    }
    assert_eq!(
        decide(&policy, "fraud", 999.0, "feed").0,
        Decision::default(),
        "not named: only reported"
    );
}

#[test]
fn the_first_channel_wins_and_inherits_the_rest() {
    let policy = resolved(CHANNELS);
    let action = |name, score, channel| decide(&policy, name, score, channel).0.action;
    assert_eq!(action("gambling", 5.5, "comment"), Action::Review);
    assert_eq!(action("gambling", 6.0, "comment"), Action::Block);
    assert_eq!(action("gambling", 2.0, "private_message"), Action::Flag);
    assert_eq!(action("clickbait", 3.5, "news"), Action::Allow);
    assert_eq!(action("clickbait", 6.0, "news"), Action::Review);
    assert_eq!(action("gambling", 8.0, "news"), Action::Block);
    assert_eq!(action("spam", 1.0, "news"), Action::Flag);
    assert_eq!(action("spam", 1.0, "feed"), Action::Allow);
}

#[test]
fn scores_are_capped_at_max_for_each_channel() {
    let policy = resolved(CHANNELS);
    assert_eq!(decide(&policy, "gambling", 40.0, "feed").1, points(12.0));
    assert_eq!(decide(&policy, "gambling", 40.0, "comment").1, points(7.0));
    assert_eq!(decide(&policy, "gambling", 11.5, "feed").1, points(11.5));
    assert_eq!(decide(&policy, "clickbait", 40.0, "feed").1, points(40.0));
}

#[test]
fn care_is_independent_of_the_strongest_action() {
    let policy = resolved(CHANNELS);
    let mut scores = [
        (category("gambling"), points(9.0)),
        (category("clickbait"), points(3.0)),
        (category("self-harm"), points(2.0)),
    ];
    let decision = policy.decide(&mut scores, &|_| None);
    assert_eq!(decision, Decision { action: Action::Block, care: true });
    assert_eq!(decide(&policy, "self-harm", 1.999, "feed").0, Decision::default());
    assert_eq!(policy.decide(&mut [], &|_| None), Decision::default());
}

#[test]
fn overrides_apply_in_order_and_experimental_rules_run_in_shadow() {
    let rule = RuleIx;
    let policy = resolved("");
    let modes: Vec<Mode> = (0..4).map(|n| policy.mode(rule(n))).collect();
    assert_eq!(modes, [Mode::Enforce, Mode::Enforce, Mode::Shadow, Mode::Enforce]);
    assert_eq!(policy.weight(rule(1)), points(6.0));

    let policy = resolved(
        "rules:
  - { rule: 'gambling.*', mode: shadow, weight: 1, reason: noisy }
  - { rule: gambling.zh.new, mode: enforce, reason: proven }
  - { rule: gambling.zh.before, weight: 4.5, reason: by its old name }
  - { rule: '*.old', mode: disabled, reason: replaced }
",
    );
    let modes: Vec<Mode> = (0..4).map(|n| policy.mode(rule(n))).collect();
    assert_eq!(modes, [Mode::Enforce, Mode::Shadow, Mode::Enforce, Mode::Disabled]);
    let weights: Vec<Score> = (0..4).map(|n| policy.weight(rule(n))).collect();
    assert_eq!(weights, [3.0, 4.5, 1.0, 1.0].map(points));
}

#[test]
fn exceptions_except_posts_from_rules() {
    let policy = resolved(
        "exceptions:
  - rules: [gambling.*, gambling.zh.ad]
    when: post.author.id in [u_police, u_lottery]
    reason: official accounts quote advertisements
  - { rules: clickbait.en.list, when: post.channel == satire, reason: jokes }
",
    );
    let excepted =
        |rule, path, raw: &str| policy.excepted(RuleIx(rule), &|at| (at == path).then_some(raw));
    assert!(
        excepted(1, MetaId::AUTHOR_ID, "\"u_police\"")
            && excepted(3, MetaId::AUTHOR_ID, "\"u_lottery\"")
    );
    assert!(
        !excepted(0, MetaId::AUTHOR_ID, "\"u_police\"")
            && !excepted(1, MetaId::AUTHOR_ID, "\"u_x\"")
    );
    assert!(
        excepted(0, MetaId::CHANNEL, "\"satire\"") && !excepted(1, MetaId::CHANNEL, "\"satire\"")
    );
}

#[test]
fn correlations_have_settings_of_their_own() {
    let facts = |id, status| RuleFacts {
        id,
        aliases: &[],
        status,
        weight: points(3.0),
        category: category("gambling"),
    };
    let facts = RuleSetFacts {
        rules: vec![facts("gambling.zh.ad", Status::Stable)],
        correlations: vec![
            facts("gambling.zh.burst", Status::Experimental),
            facts("gambling.zh.flood", Status::Stable),
            facts("spam.flood", Status::Stable),
        ],
        declared: &[],
    };
    let body = "categories: { gambling: { flag: 2 } }
rules:
  - { rule: 'gambling.*', weight: 1, reason: noisy }
  - { rule: gambling.zh.flood, mode: disabled, reason: noisy }
exceptions:
  - { rules: [spam.flood], when: post.channel == ads, reason: sold }
";
    let resolution = policy(body).resolve(&facts).unwrap();
    assert_eq!(resolution.warnings, []);
    let policy = resolution.policy;
    assert_eq!((policy.weight(RuleIx(0)), policy.mode(RuleIx(0))), (points(1.0), Mode::Enforce));
    let of = |at| (policy.weight_of_correlation(at), policy.mode_of_correlation(at));
    assert_eq!(of(0), (points(1.0), Mode::Shadow));
    assert_eq!(of(1), (points(1.0), Mode::Disabled));
    assert_eq!(of(2), (points(3.0), Mode::Enforce));
    let excepted = |at, raw: &str| {
        policy.excepted_from_correlation(at, &|path| (path == MetaId::CHANNEL).then_some(raw))
    };
    assert!(excepted(2, "\"ads\"") && !excepted(2, "\"news\"") && !excepted(0, "\"ads\""));
    let missing = self::policy("rules: [{ rule: spam.flod, weight: 1, reason: x }]\n");
    let errors = missing.resolve(&facts).unwrap_err();
    assert_eq!(errors[0].help.to_string(), "did you mean `spam.flood`?");
}

#[test]
fn an_action_is_taken_anew_without_the_post() {
    let policy = resolved(
        "categories: { gambling: { flag: 2, block: 8 }, self-harm: { care: 1 } }
channels:
  - { when: post.channel == kids, categories: { gambling: { flag: 1 } } }
",
    );
    for (channel, raw) in [(0, "\"kids\""), (1, "\"news\"")] {
        let post = |path| (path == MetaId::CHANNEL).then_some(raw);
        assert_eq!(policy.channel(&post), channel);
        for score in [0.5, 1.0, 2.0, 8.0] {
            let scores =
                [(category("gambling"), points(score)), (category("self-harm"), points(score))];
            let (mut with_post, mut without) = (scores, scores);
            let expected = policy.decide(&mut with_post, &post);
            assert_eq!(policy.decide_in(channel, &mut without), expected, "{raw} {score}");
            assert_eq!(expected.care, score >= 1.0);
        }
    }
    let last = policy.channels() - 1;
    let decide = |channel| policy.decide_in(channel, &mut [(category("gambling"), points(1.0))]);
    assert_eq!(decide(99), decide(last));
    assert_eq!(policy.decide_in(0, &mut []), Decision::default());
}

#[test]
fn rules_that_do_not_exist() {
    let errors = resolve(
        "rules: [{ rule: gambling.zh.add, weight: 1, reason: x }]
exceptions: [{ rules: [nothing.like-it], when: has(post.lang), reason: x }]
",
    )
    .unwrap_err();
    let got: Vec<_> = errors.iter().map(|error| (error.code, error.help.to_string())).collect();
    let expected = [("unknown_name", "did you mean `gambling.zh.ad`?"), ("unknown_name", "")];
    assert_eq!(got, expected.map(|(code, help)| (code, help.to_owned())));
    let resolution = resolve("rules: [{ rule: 'x.*', weight: 1, reason: x }]\n").unwrap();
    assert_eq!(resolution.warnings[0].code, "matches_nothing");
}

#[test]
fn expiry_depends_on_the_given_day() {
    let policy = policy(
        "rules: [{ rule: a.b, weight: 1, reason: x, expires: 2026-12-31 }]
exceptions: [{ rules: [a.*], when: has(post.lang), reason: x, expires: 2027-06-30 }]
",
    );
    let expired = |day: &str| policy.expired(day.parse().unwrap()).len();
    assert_eq!([expired("2026-12-31"), expired("2027-01-01"), expired("2027-07-01")], [0, 1, 2]);
}

#[test]
fn every_error_is_reported_with_its_place() {
    assert_eq!(
        diagnostics(
            "
actions: [allow, review, flag]
categories:
  gambling: { flag: 5, review: 2, block: 8 }
  gamblin: { flag: 2 }
  fraud: { flag: 0, max: 1.2345 }
  abuse: { flag: 3, max: 2 }
channels:
  - when: post.channel == news and lang == zh
    categories: {}
  - when: post.channel = news
    categories: {}
  - categories: {}
rules:
  - { rule: a.b, weight: 1 }
  - { rule: a.b, reason: nothing }
  - { mode: shadow, reason: x, expires: soon }
exceptions:
  - { when: has(post.x), reason: x }
limits: { block: 2000/hour }
ladder: {}
"
        ),
        [
            "bad_value 2:26 actions are listed weakest first, each once",
            "never_true 4:21 `flag` starts at 5, above `review`, and is never chosen",
            "bad_value 4:42 `block` is not among the `actions` of this policy",
            "unknown_name 5:3 there is no category `gamblin`",
            "bad_value 6:18 a threshold must be above 0",
            "bad_value 6:26 1.2345 is not a valid number of points",
            "never_true 7:18 the score is capped at 2, before `flag` starts",
            "bad_condition 9:36 a policy can only use `post.` fields",
            "bad_condition 11:24 `=` has no meaning here",
            "missing_key 13:5 the key `when` is missing",
            "missing_key 15:5 the key `reason` is missing",
            "missing_key 16:5 this override changes nothing",
            "missing_key 17:5 the key `rule` is missing",
            "bad_value 17:41 `soon` is not a date",
            "missing_key 19:5 the key `rules` is missing",
            "unknown_key 20:1 `limits` belongs in a measures file: a policy judges each post alone",
            "unknown_key 21:1 `ladder` belongs in a measures file: a policy judges each post alone",
        ]
    );
}

#[test]
fn what_has_no_effect_is_a_warning() {
    let warnings = |body: &str| {
        let resolution = policy(body).resolve(&RuleSetFacts::default()).unwrap();
        let one = |warning: &Diagnostic| {
            let place = warning.place.as_ref().unwrap();
            format!("{} {}", warning.code, &place.source.text[place.range.clone()])
        };
        resolution.warnings.iter().map(one).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    let channel = |when: &str| {
        warnings(&format!(
            "categories: {{ spam: {{ flag: 1 }} }}\nchannels:\n  - when: post.channel == a\n    categories: {{}}\n  - when: {when}\n    categories: {{ spam: {{ flag: 2 }} }}\n"
        ))
    };
    assert_eq!(channel("post.channel == b"), none);
    assert_eq!(channel("post.channel == a"), ["idle_key post.channel == a"]);
    assert_eq!(channel("post.chanel == b"), ["unknown_path post.chanel"]);
    assert_eq!(channel("post.chanel == b # tidegate: allow(unknown_path)"), none);
    assert_eq!(warnings("categories: { spam: {} }\n"), ["idle_key spam"]);
}

#[test]
fn errors_of_shape_are_reported_too() {
    assert_eq!(
        diagnostics(
            "categories: { gambling: { flg: 2, review: high } }\nrules: [{ rule: a, mode: off, reason: x }]\nnotes: x\n"
        ),
        [
            "unknown_key 1:27 unknown key `flg` in a category",
            "bad_value 1:43 expected a number, found `high`",
            "bad_value 2:26 unknown mode `off`",
            "unknown_key 3:1 unknown key `notes` in a policy",
        ]
    );
    let parsed = Policy::parse(
        &Arc::new(Source { name: "x".into(), text: "categories: {}".into() }),
        &mut Names::default(),
    );
    let codes: Vec<_> = parsed.unwrap_err().iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["missing_key", "missing_key"]);
}

#[test]
fn a_policy_extends_another() {
    let base = "tidegate: 1\nkind: policy\ncategories:\n  spam: { flag: 2, block: 9 }\n  fraud: { flag: 3 }\n\
                channels:\n  - when: post.channel == news\n    categories: { spam: { flag: 2 } }\n\
                rules:\n  - { rule: gambling.zh.after, weight: 1, reason: base }\n";
    let own = "tidegate: 1\nkind: policy\nextends: base\ncategories:\n  spam: { flag: 4, block: 7 }\n\
               rules:\n  - { rule: gambling.zh.after, weight: 2, reason: own }\n";
    let source = |name: &str, text: &str| {
        Arc::new(Source { name: format!("{name}.policy.yaml"), text: text.to_owned() })
    };
    let read = [source("base", base)];
    let others = Policies::new(&read, None);
    let mut names = Names::default();
    let policy = Policy::parse_among(&source("own", own), &mut names, &others).unwrap();
    let (spam, fraud) = (category("spam"), category("fraud"));
    let tiers = policy.complete_tiers(&[]);
    let [news, all] = tiers.as_slice() else { panic!("a channel and the rest") };
    let points = |flag: Option<Score>| flag.map(|score| score.to_string());
    assert_eq!(points(all.categories.get(spam).flag), points(Score::from_points(4.0)));
    assert_eq!(points(all.categories.get(spam).block), points(Score::from_points(7.0)));
    assert_eq!(points(all.categories.get(fraud).flag), points(Score::from_points(3.0)));
    // The channel says it itself, though the policy below says the same.
    assert_eq!(points(news.categories.get(spam).flag), points(Score::from_points(2.0)));
    assert_eq!(points(news.categories.get(spam).block), points(Score::from_points(7.0)));
    assert_eq!(policy.overrides.len(), 2);
    assert_eq!(policy.overrides[1].weight, Score::from_points(2.0));
    // What is extended is part of the hash.
    let alone = Policy::parse(&source("base", base), &mut names).unwrap();
    assert_ne!(policy.text_hash, xxhash_rust::xxh3::xxh3_64(own.as_bytes()) as u32);
    assert_eq!(alone.text_hash, xxhash_rust::xxh3::xxh3_64(base.as_bytes()) as u32);
    let unknown = Policy::parse(&source("own", own), &mut names).unwrap_err();
    assert_eq!(unknown[0].code, "unknown_name");
}

#[test]
fn policies_in_a_circle_and_too_many_of_them() {
    let text = |next: usize, at: usize| format!("{HEAD}extends: p{next}\n# {at}\n");
    let source =
        |at: usize, text: String| Arc::new(Source { name: format!("p{at}.policy.yaml"), text });
    let error = |read: &[Arc<Source>]| {
        let others = Policies::new(read, None);
        let found = Policy::parse_among(&read[0], &mut Names::default(), &others);
        found.map_err(|errors| (errors[0].code, errors[0].message.clone(), errors[0].place.clone()))
    };
    let circle = [0, 1, 2].map(|at| source(at, text((at + 1) % 3, at)));
    let (code, message, place) = error(&circle).unwrap_err();
    assert_eq!(code, "bad_value");
    let names = "p0.policy.yaml → p1.policy.yaml → p2.policy.yaml → p0.policy.yaml";
    assert_eq!(message.to_string(), format!("policies extend each other in a circle: {names}"));
    assert_eq!(place.unwrap().source.name, "p2.policy.yaml");
    let line = |length: usize| {
        let mut all: Vec<_> = (0..length).map(|at| source(at, text(at + 1, at))).collect();
        all.push(source(length, HEAD.to_owned()));
        all
    };
    assert!(error(&line(POLICY_EXTENDS_MAX - 1)).is_ok());
    assert!(error(&line(POLICY_EXTENDS_MAX)).is_ok());
    let (code, message, place) = error(&line(POLICY_EXTENDS_MAX + 1)).unwrap_err();
    assert_eq!(code, "too_large");
    assert_eq!(
        message.to_string(),
        format!("more than {POLICY_EXTENDS_MAX} policies extend each other")
    );
    assert_eq!(place.unwrap().source.name, format!("p{POLICY_EXTENDS_MAX}.policy.yaml"));
    // Two policies of one name: one extends the other.
    let own = source(0, format!("{HEAD}extends: p0\n"));
    let other = Arc::new(Source { name: "b/p0.policy.yaml".to_owned(), text: HEAD.to_owned() });
    assert!(error(&[own.clone(), other]).is_ok());
    assert_eq!(error(&[own]).unwrap_err().1, "no other policy is called `p0`");
}

/// A declaration, as packs make it.
fn declared(name: &str, title: &str, flag: Option<f64>, block: Option<f64>) -> DeclaredCategory {
    let limits = Limits { flag: flag.map(points), block: block.map(points), ..Limits::default() };
    let title_zh = String::new();
    DeclaredCategory { category: category(name), title: title.to_owned(), title_zh, limits }
}

#[test]
fn declared_categories_have_thresholds_like_others() {
    let of_pack = [declared("x-scalping", "Scalping", Some(2.0), Some(8.0))];
    let resolve = |body: &str| {
        policy(body)
            .resolve(&RuleSetFacts { declared: &of_pack, ..RuleSetFacts::default() })
            .unwrap()
            .policy
    };
    let action = |policy: &ResolvedPolicy, name: &str, score: f64, channel: &str| {
        decide(policy, name, score, channel).0.action
    };
    // The thresholds of the pack, as the policy names none.
    let default = resolve("");
    assert_eq!(action(&default, "x-scalping", 1.9, ""), Action::Allow);
    assert_eq!(action(&default, "x-scalping", 2.0, ""), Action::Flag);
    assert_eq!(action(&default, "x-scalping", 8.0, ""), Action::Block);
    assert_eq!(action(&default, "x-other", 8.0, ""), Action::Allow);
    let weaker = resolve("actions: [allow, flag, review]\n");
    assert_eq!(action(&weaker, "x-scalping", 8.0, ""), Action::Flag);
    // Those of the policy, in place of all of the pack, and those of its channels.
    let own = resolve(
        "categories: { x-scalping: { review: 4 } }\nchannels:\n  - when: post.channel == kids\n    \
         categories: { x-scalping: { review: 1 } }\n",
    );
    assert_eq!(action(&own, "x-scalping", 3.0, ""), Action::Allow);
    assert_eq!(action(&own, "x-scalping", 9.0, ""), Action::Review);
    assert_eq!(action(&own, "x-scalping", 1.0, "kids"), Action::Review);
    // A channel inherits the thresholds of the pack.
    let channel = resolve(
        "channels:\n  - when: post.channel == kids\n    categories: { x-scalping: { flag: 1 } }\n",
    );
    assert_eq!(action(&channel, "x-scalping", 1.0, "kids"), Action::Flag);
    assert_eq!(action(&channel, "x-scalping", 8.0, "kids"), Action::Block);
    let names: Vec<&str> = own.categories().skip(Category::BUILT_IN).map(Category::name).collect();
    assert_eq!(names, ["x-scalping"]);
}

#[test]
fn a_policy_declares_categories_and_names_no_others() {
    let of_pack = [declared("x-scalping", "Scalping", None, None)];
    let errors = |body: &str| -> Vec<String> {
        let found = policy(body)
            .resolve(&RuleSetFacts { declared: &of_pack, ..RuleSetFacts::default() })
            .map(|_| ())
            .err()
            .unwrap_or_default();
        found.iter().map(|it| format!("{} {} {}", it.code, it.message, it.help)).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(errors("categories: { x-hate: { title: Hate, flag: 2 } }\n"), none);
    assert_eq!(errors("categories: { x-scalping: { title: Scalping, flag: 2 } }\n"), none);
    assert_eq!(
        errors("categories: { x-scalpin: { flag: 2 }, x-hate: { flag: 2 } }\n"),
        [
            "unknown_name there is no category `x-scalpin` did you mean `x-scalping`?",
            "unknown_name there is no category `x-hate` declare it in a pack or here: \
             `categories: { x-hate: { title: … } }`",
        ]
    );
    let [twice] = &errors("categories: { x-scalping: { title: Tickets } }\n")[..] else { panic!() };
    assert!(twice.starts_with("duplicate_category "), "{twice}");
    let many: String = (0..OWN_CATEGORIES_MAX)
        .map(|at| format!("  x-many-{at}: {{ title: Many, flag: 1 }}\n"))
        .collect();
    let [too_many] = &errors(&format!("categories:\n{many}"))[..] else {
        panic!("one is too many")
    };
    assert!(too_many.starts_with("too_large "), "{too_many}");
    let fewer = many.split_once('\n').unwrap().1;
    assert_eq!(errors(&format!("categories:\n{fewer}")), none);
}

#[test]
fn categories_with_rules_and_no_threshold_are_named() {
    let codes = |body: &str| -> Vec<&str> {
        resolve(body).unwrap().warnings.iter().map(|warning| warning.code).collect()
    };
    assert_eq!(codes("categories: { spam: { flag: 2 } }\n"), ["no_threshold"]);
    assert!(codes("categories: { gambling: { flag: 2 } }\n").is_empty());
    let allowed = "categories: { spam: { flag: 2 } }\n";
    let text = format!("# tidegate: allow(no_threshold) because\n{HEAD}{allowed}");
    let source = Arc::new(Source { name: "test.policy.yaml".to_owned(), text });
    let facts = RuleFacts {
        id: "gambling.zh.ad",
        aliases: &[],
        status: Status::Stable,
        weight: Score::ZERO,
        category: category("gambling"),
    };
    let policy = Policy::parse(&source, &mut Names::default()).unwrap();
    assert!(
        policy
            .resolve(&RuleSetFacts { rules: vec![facts], ..RuleSetFacts::default() })
            .unwrap()
            .warnings
            .is_empty()
    );
    let off = "rules: [{ rule: '*', mode: disabled, reason: r }]\n";
    assert!(codes(off).is_empty());
}
