//! Every operator, every error with its exact caret.

use super::ast::{Ast, Item, Near, Quantity, Scoped, Set, Side, Subject, Test, Word};
use super::grammar::{Arity, OPERATORS, Operator, Row};
use super::*;
use crate::domain::field::{MetaId, Names};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::limits::{
    AROUND_CHARS_MAX, CONDITION_BYTES_MAX, CONDITION_DEPTH_MAX, DISTANCE_CHARS_MAX,
};
use crate::rules::condition::expr::{Compare, Expr, Extent, Measure, Operand, Value};
use proptest::prelude::*;

/// Own matchers 0 to 3, the pack's 4 to 9, another pack's 10; `zh_a` is in both.
#[derive(Default)]
struct TestScope {
    names: Names,
    warnings: Vec<ConditionError>,
}

const OWN: &[&str] = &["split", "_part", "zh_a", "lone"];
const PACK: &[&str] = &["game", "bait", "handle", "zh_a", "zh_b", "_hidden"];

impl Scope for TestScope {
    fn matcher(&mut self, name: &str) -> Option<MatcherIx> {
        let own = OWN.iter().position(|known| *known == name);
        let pack = || PACK.iter().position(|known| *known == name).map(|at| at + OWN.len());
        let other = || (name == "common.news").then_some(OWN.len() + PACK.len());
        own.or_else(pack).or_else(other).map(|at| MatcherIx(at as u32))
    }
    fn own(&self) -> Vec<String> {
        OWN.iter().map(|name| (*name).to_owned()).collect()
    }
    fn pack(&self) -> Vec<String> {
        PACK.iter().map(|name| (*name).to_owned()).collect()
    }
    fn others(&self) -> Vec<String> {
        vec!["common.news".to_owned()]
    }
    fn rule(&self, id: &str) -> Option<RuleIx> {
        (id == "a.b-c").then_some(RuleIx(3))
    }
    fn is_correlation(&self, id: &str) -> bool {
        id == "a.flood"
    }
    fn rules(&self) -> Vec<String> {
        vec!["a.b-c".to_owned()]
    }
    fn meta(&mut self, path: &str) -> Option<MetaId> {
        self.names.meta(path)
    }
    fn most(&self, matcher: MatcherIx, distinct: bool) -> Option<u32> {
        (matcher == MatcherIx(3) && distinct).then_some(4)
    }
    fn warn(&mut self, warning: ConditionError) {
        self.warnings.push(warning);
    }
}

fn read(text: &str) -> Result<Expr, Vec<ConditionError>> {
    let ast = parse(text).map_err(|error| vec![error])?;
    resolve(&ast, &mut TestScope::default())
}

fn hit(matcher: u32) -> Expr {
    Expr::Hit(operand(&[matcher]))
}

fn operand(matchers: &[u32]) -> Operand {
    Operand { any: matchers.iter().map(|n| MatcherIx(*n)).collect() }
}

fn at_least(count: u32, of: &[u32]) -> Expr {
    Expr::AtLeast { count, of: operand(of).any }
}

fn not(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr))
}

fn near(left: &[u32], right: &[u32], within: u32, ordered: bool) -> Expr {
    Expr::Near { left: operand(left), right: operand(right), within, ordered }
}

fn scoped(key: &[u32], extent: Extent, inner: Expr) -> Expr {
    Expr::Scoped { key: operand(key), extent, inner: Box::new(inner) }
}

fn measure(what: Measure, op: Compare, value: f64) -> Expr {
    Expr::Measure { what, op, value }
}

#[test]
fn every_operator() {
    let (split, game, bait, handle, news) = (0, 4, 5, 6, 10);
    let count = Measure::Count(MatcherIx(game));
    let text = |text: &str| Value::Text(text.to_owned());
    for (condition, expected) in [
        ("game", hit(game)),
        ("common.news", hit(news)),
        ("game and bait", Expr::And(vec![hit(game), hit(bait)])),
        (
            "game or bait and handle",
            Expr::Or(vec![hit(game), Expr::And(vec![hit(bait), hit(handle)])]),
        ),
        (
            "(game or bait) and handle",
            Expr::And(vec![Expr::Or(vec![hit(game), hit(bait)]), hit(handle)]),
        ),
        ("not game", not(hit(game))),
        ("not not game", not(not(hit(game)))),
        ("not game near/5 bait", not(near(&[game], &[bait], 5, false))),
        ("game near/40 handle", near(&[game], &[handle], 40, false)),
        ("game before/0 handle", near(&[game], &[handle], 0, true)),
        (
            "(handle or bait) near/9 any of (game, split)",
            near(&[bait, handle], &[split, game], 9, false),
        ),
        ("((game)) near/9 bait", near(&[game], &[bait], 9, false)),
        ("game around/20 (bait)", scoped(&[game], Extent::Around(20), hit(bait))),
        (
            "(bait or game) in segment (not handle and length < 60)",
            scoped(
                &[game, bait],
                Extent::Segment,
                Expr::And(vec![not(hit(handle)), measure(Measure::Length, Compare::Less, 60.0)]),
            ),
        ),
        (
            "not any of zh_* around/1 (bait in segment (2 of (game, bait))) and game",
            Expr::And(vec![
                not(scoped(
                    &[2, 8],
                    Extent::Around(1),
                    scoped(&[bait], Extent::Segment, at_least(2, &[game, bait])),
                )),
                hit(game),
            ]),
        ),
        // The name of the key is no sure hit in the window of another.
        (
            "game around/9 (bait around/9 (game))",
            scoped(&[game], Extent::Around(9), scoped(&[bait], Extent::Around(9), hit(game))),
        ),
        ("any of zh_*", at_least(1, &[2, 8])),
        ("2 of (zh_*, game)", at_least(2, &[2, game, 8])),
        ("all of them", at_least(3, &[split, 2, 3])),
        ("none of (game, bait)", not(at_least(1, &[game, bait]))),
        ("any of game", at_least(1, &[game])),
        ("any of _*", at_least(1, &[1, 9])),
        ("count(game) >= 3", measure(count, Compare::GreaterOrEqual, 3.0)),
        ("count(game)!=3", measure(count, Compare::NotEqual, 3.0)),
        (
            "count(game) in [1, 2]",
            Expr::Or(vec![
                measure(count, Compare::Equal, 1.0),
                measure(count, Compare::Equal, 2.0),
            ]),
        ),
        ("distinct(lone) == 4", measure(Measure::Distinct(MatcherIx(3)), Compare::Equal, 4.0)),
        ("length > 28", measure(Measure::Length, Compare::Greater, 28.0)),
        ("lang == zh-Hans", Expr::Lang { any: vec!["zh".into()], negated: false }),
        ("lang != EN", Expr::Lang { any: vec!["en".into()], negated: true }),
        ("lang in [zh, en]", Expr::Lang { any: vec!["zh".into(), "en".into()], negated: false }),
        (
            "post.channel == news",
            Expr::Meta { path: MetaId::CHANNEL, op: Compare::Equal, value: text("news") },
        ),
        (
            "post.reports < -1.5",
            Expr::Meta { path: MetaId::REPORTS, op: Compare::Less, value: Value::Number(-1.5) },
        ),
        (
            "post.surface != true",
            Expr::Meta { path: MetaId::SURFACE, op: Compare::NotEqual, value: Value::Bool(true) },
        ),
        (
            r#"post.author.id in [u_1, 7, "a \"b\"", 'c d']"#,
            Expr::MetaIn {
                path: MetaId::AUTHOR_ID,
                values: vec![text("u_1"), Value::Number(7.0), text("a \"b\""), text("c d")],
            },
        ),
        ("has(post.lang)", Expr::Has(MetaId::LANG)),
        ("fired(a.b-c)", Expr::Fired(RuleIx(3))),
        ("evaded(game)", Expr::Evaded(MatcherIx(game))),
    ] {
        assert_eq!(read(condition), Ok(expected), "{condition}");
    }
}

/// Each error: the condition, marks under it, its code, words of message and help.
#[test]
fn every_error_points_at_its_cause() {
    for (condition, caret, code, message, help) in [
        ("", "^", "bad_condition", "expected a matcher or a comparison, found the end", ""),
        ("game and", "        ^", "bad_condition", "found the end", ""),
        (
            "game bait",
            "     ^^^^",
            "bad_condition",
            "expected `and`, `or` or the end, found `bait`",
            "",
        ),
        ("game AND bait", "     ^^^", "bad_condition", "found `AND`", "write `and`"),
        ("NOT game", "^^^", "bad_condition", "found `NOT`", "write `not`"),
        ("!game", "^", "bad_condition", "`!`", "write `not`"),
        ("game not bait", "     ^^^", "bad_condition", "found `not`", "write `and not`"),
        ("(game or bait", "^", "bad_condition", "never closed", ""),
        ("game) or bait", "    ^", "bad_condition", "never opened", ""),
        ("(game bait)", "      ^^^^", "bad_condition", "expected `and`", ""),
        ("game & bait", "     ^", "bad_condition", "`&` has no meaning", "write `and`"),
        ("game | bait", "     ^", "bad_condition", "`|` has no meaning", "write `or`"),
        ("length = 3", "       ^", "bad_condition", "`=` has no meaning", "write `==`"),
        ("$game", "^", "bad_condition", "`$` has no meaning", "no sign before them"),
        ("game ; bait", "     ^", "bad_condition", "`;` has no meaning", ""),
        ("（game）", "^", "bad_condition", "has no meaning", "ASCII"),
        (
            "game and 加我",
            "         ^^",
            "bad_condition",
            "expected the name of a matcher",
            "lower-case",
        ),
        ("Game", "^^^^", "bad_condition", "expected the name", "lower-case"),
        ("count >= 2", "      ^^", "bad_condition", "expected `(` before the argument", ""),
        (
            "count(game >= 2",
            "           ^^",
            "bad_condition",
            "expected `)` after the argument",
            "",
        ),
        ("game >= 2", "     ^^", "bad_condition", "expected `and`", "count(name)"),
        ("length", "      ^", "bad_condition", "expected a comparison", ""),
        ("length > many", "         ^^^^", "bad_condition", "`>` needs a number", "=="),
        ("length == many", "          ^^^^", "bad_condition", "compared with a number", ""),
        ("post.x < abc", "         ^^^", "bad_condition", "needs a number", "=="),
        ("post.x == a*", "          ^^", "bad_condition", "values have no patterns", "in ["),
        (
            "post.x == 1234567890123456",
            "          ^^^^^^^^^^^^^^^^",
            "bad_condition",
            "at most 15 digits",
            "quotes",
        ),
        ("post.x = 1", "       ^", "bad_condition", "`=` has no meaning", "=="),
        ("post.x in a", "          ^", "bad_condition", "expected `[` after `in`", ""),
        ("post.x in []", "       ^^^^^", "never_true", "empty list", ""),
        ("post.x == 'a", "          ^^", "bad_condition", "has no end", ""),
        ("post..x == 1", "^^^^^^^", "bad_condition", "not a path of a post", "post.author.id"),
        ("has(author)", "    ^^^^^^", "bad_condition", "not a path", ""),
        ("lang > zh", "       ^^", "bad_condition", "needs a number", ""),
        ("lang < 3", "       ^", "bad_condition", "no order", "lang == zh"),
        ("lang == 3", "        ^", "bad_condition", "expected a language", ""),
        ("game near bait", "     ^^^^", "bad_condition", "needs a distance", "near/20"),
        ("game near/x bait", "          ^", "bad_condition", "whole number", ""),
        ("game near/10001 bait", "          ^^^^^", "bad_distance", "at most 10000", "`and`"),
        (
            "game near/5 bait near/5 handle",
            "                 ^^^^",
            "bad_condition",
            "do not chain",
            "(a near/20 b)",
        ),
        (
            "(game and bait) near/5 handle",
            "^^^^^^^^^^^^^^^",
            "bad_condition",
            "only matchers",
            "(a or b)",
        ),
        ("game near/5 not bait", "            ^^^", "bad_condition", "expected the name", ""),
        (
            "game near/5 (all of zh_*)",
            "            ^^^^^^^^^^^^^",
            "bad_condition",
            "only matchers",
            "",
        ),
        ("game around (bait)", "     ^^^^^^", "bad_condition", "needs a distance", "around/20"),
        ("game around/ (bait)", "             ^", "bad_condition", "a number of characters", ""),
        ("game around/x (bait)", "            ^", "bad_condition", "whole number", ""),
        ("game around/0 (bait)", "            ^", "bad_distance", "1 to 1000", "near/0"),
        ("game around/1001 (bait)", "            ^^^^", "bad_distance", "1 to 1000", "`and`"),
        (
            "game around/5 bait",
            "              ^^^^",
            "bad_condition",
            "expected `(`",
            "around/20 (b)",
        ),
        ("game in segment", "               ^", "bad_condition", "expected `(`", "in segment (b)"),
        ("game around/5 (bait", "              ^", "bad_condition", "never closed", ""),
        (
            "game in (bait)",
            "        ^",
            "bad_condition",
            "expected `segment` after `in`",
            "comparison",
        ),
        ("game in [bait]", "        ^", "bad_condition", "expected `segment` after `in`", ""),
        (
            "game around/5 (bait in segment (handle around/5 (split)))",
            "                                       ^^^^^^^^",
            "too_large",
            "at most 2 deep",
            "`and`",
        ),
        ("game around/5 (biat)", "               ^^^^", "unknown_name", "`biat`", "`bait`"),
        ("gmae in segment (bait)", "^^^^", "unknown_name", "`gmae`", "`game`"),
        ("length in segment (bait)", "          ^^^^^^^", "bad_condition", "expected `[`", ""),
        ("count(game) around/5 (bait)", "            ^^^^^^", "bad_condition", "a comparison", ""),
        (
            "(game and bait) around/5 (handle)",
            "^^^^^^^^^^^^^^^",
            "bad_condition",
            "only matchers",
            "(a or b)",
        ),
        ("evaded(game) in segment (bait)", "^^^^^^^^^^^^", "bad_condition", "only matchers", ""),
        (
            "game around/5 (bait) near/5 handle",
            "                     ^^^^",
            "bad_condition",
            "do not chain",
            "",
        ),
        (
            "game near/5 bait around/5 (handle)",
            "                 ^^^^^^",
            "bad_condition",
            "scopes do not chain",
            "`and`",
        ),
        (
            "game around/5 (not game)",
            "                   ^^^^",
            "always_true",
            "contains the hit",
            "count(name)",
        ),
        (
            "(game or bait) in segment (any of (game, bait, split))",
            "                                  ^^^^^^^^^^^^^^^^^^^",
            "always_true",
            "contains the hit",
            "",
        ),
        ("around", "^^^^^^", "bad_condition", "expected the name", ""),
        ("zh_*", "^^^^", "bad_condition", "matches many", "any of zh_*"),
        ("any zh_*", "    ^^^^", "bad_condition", "expected `of` after `any`", ""),
        ("2 (game, bait)", "  ^", "bad_condition", "expected `of` after `2`", ""),
        ("any of (game or bait)", "             ^^", "bad_condition", "expected `,`", "commas"),
        ("any of (game", "            ^", "bad_condition", "expected `)` after the set", ""),
        (
            "any of common.*",
            "       ^^^^^^^^",
            "bad_condition",
            "not a pattern",
            "this rule and this pack",
        ),
        ("any of 5", "       ^", "bad_condition", "name of a matcher", ""),
        (
            "gmae and bait",
            "^^^^",
            "unknown_name",
            "no matcher is called `gmae`",
            "did you mean `game`?",
        ),
        ("game and news", "         ^^^^", "unknown_name", "`news`", "did you mean `common.news`?"),
        ("comon.news", "^^^^^^^^^^", "unknown_name", "`comon.news`", "did you mean `common.news`?"),
        ("any of xx_*", "       ^^^^", "unknown_name", "matches `xx_*`", ""),
        (
            "fired(a.b-d)",
            "      ^^^^^",
            "unknown_name",
            "no rule has the id",
            "did you mean `a.b-c`?",
        ),
        (
            "game and 5 of (game, bait, zh_*)",
            "         ^^^^^^^^^^^^^^^^^^^^^^^",
            "never_true",
            "5 of 4 matchers",
            "distinct",
        ),
        ("0 of them", "^^^^^^^^^", "always_true", "always true", "none of"),
        (
            "lang == zh and (game and lang != zh)",
            "                ^^^^^^^^^^^^^^^^^^^",
            "never_true",
            "",
            "",
        ),
        ("game and not game", "         ^^^^^^^^", "never_true", "excludes", ""),
        ("game => 2", "     ^", "bad_condition", "`=`", "write `>=`"),
        ("length ≤ 2", "       ^", "bad_condition", "`≤`", "write `<=`"),
        ("game near／40 bait", "         ^", "bad_condition", "`／`", "write `/`"),
        ("game NEAR/40 bait", "     ^^^^", "bad_condition", "`NEAR`", "write `near`"),
        ("game bait", "     ^^^^", "bad_condition", "`bait`", "join conditions"),
        ("\"game\" near/9 bait", "^^^^^^", "bad_condition", "\"game\"", "under `match:`"),
        (
            "length > 50 and length < 20",
            "                ^^^^^^^^^^^",
            "never_true",
            "never true together",
            "`or`",
        ),
        (
            "game and (bait or handle) and count(game) == 0",
            "                              ^^^^^^^^^^^^^^^^",
            "never_true",
            "never true together",
            "",
        ),
        (
            "distinct(game) >= 3 and bait and count(game) < 3",
            "                                 ^^^^^^^^^^^^^^^",
            "never_true",
            "never true together",
            "",
        ),
        (
            "game near/5 bait and not bait",
            "                     ^^^^^^^^",
            "never_true",
            "never true together",
            "",
        ),
        (
            "game around/5 (length > 9 and (bait and length < 3))",
            "                               ^^^^^^^^^^^^^^^^^^^",
            "never_true",
            "never true together",
            "",
        ),
        (
            "distinct(lone) > 2 and not distinct(lone) in [3, 4]",
            "                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "never_true",
            "never true together",
            "",
        ),
        (
            "lang in [zh, en] and lang != zh and lang != en",
            "                                    ^^^^^^^^^^",
            "never_true",
            "never true together",
            "",
        ),
        (
            "game and (length > 5 or length < 10)",
            "          ^^^^^^^^^^^^^^^^^^^^^^^^^",
            "always_true",
            "always true",
            "`and`",
        ),
        ("game or not game", "^^^^^^^^^^^^^^^^", "always_true", "always true", ""),
        ("count(game) < 0", "^^^^^^^^^^^^^^^", "never_true", "never true", "0 or more"),
        ("game and length >= 0", "         ^^^^^^^^^^^", "always_true", "always true", ""),
        ("count(game) == 1.5", "^^^^^^^^^^^^^^^^^^", "never_true", "never true", ""),
        ("distinct(lone) >= 5", "^^^^^^^^^^^^^^^^^^^", "never_true", "never true", "at most 4"),
        ("distinct(lone) <= 4", "^^^^^^^^^^^^^^^^^^^", "always_true", "always true", ""),
    ] {
        let errors = read(condition).expect_err(condition);
        let error = &errors[0];
        let before = condition[..error.range.start].chars().count();
        let marked = condition[error.range.clone()].chars().count().max(1);
        let got = format!("{}{}", " ".repeat(before), "^".repeat(marked));
        assert_eq!((got.as_str(), error.code), (caret, code), "{condition}: {}", error.message);
        assert!(error.message.to_string().contains(message), "{condition}: {}", error.message);
        assert!(error.help.to_string().contains(help), "{condition}: {}", error.help);
    }
}

#[test]
fn every_operator_parses_and_is_documented() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rule-language.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    for Row { operator, word, arity, example } in OPERATORS {
        assert_eq!(Operator::of_word(word), Some(operator));
        assert!(!is_name(word), "{word}");
        assert!(docs.contains(&format!("`{word}")) || docs.contains(&format!(" {word}")), "{word}");
        let expr = read(example).unwrap_or_else(|errors| panic!("{example}: {errors:?}"));
        let operands = expr.operands();
        let inner = if operands.negates { operands.children[0].operands() } else { operands };
        let matchers = inner.matchers.map(<[MatcherIx]>::len);
        let fits = match arity {
            Arity::Conditions => operands.children.len() == 2,
            Arity::Condition => operands.children.len() == 1,
            Arity::Sides => matchers == [1, 1],
            Arity::Scope => matchers == [1, 0] && operands.scopes && operands.children.len() == 1,
            Arity::Set => matchers[0] > 0 && matchers[1] == 0,
            Arity::Matcher => matchers == [1, 0],
            Arity::Rule => operands.rule.is_some(),
            Arity::Path => operands.path.is_some(),
            Arity::Nothing => matchers == [0, 0] && operands.path.is_none(),
        };
        assert!(fits, "{example}: {expr:?}");
    }
}

#[test]
fn a_condition_cut_by_yaml_at_a_comma_has_a_help() {
    let help = |condition: &str| parse(condition).expect_err(condition).help;
    assert!(help("any of (game").to_string().contains("put the condition in quotes"));
    assert!(help("any of (game, bait").to_string().contains("put the condition in quotes"));
    assert_eq!(help("game and"), "");
    assert_eq!(help("any of (game, bait) and"), "");
    assert!(!help("any of (game bait)").to_string().contains("quotes"));
}

/// Only a whole number or one with a point between digits is one.
#[test]
fn bare_words_that_are_no_numbers_are_texts() {
    let value = |word: &str| match read(&format!("post.a == {word}")).expect(word) {
        Expr::Meta { value, .. } => value,
        other => panic!("{word}: {other:?}"),
    };
    for word in ["5a", "a5", "1.2.3", "2026-11-25", "5.x", "5-5", "1e5"] {
        assert_eq!(value(word), Value::Text(word.to_owned()));
    }
    for (word, number) in [("5", 5.0), ("0.5", 0.5), ("-5.25", -5.25), ("05", 5.0)] {
        assert_eq!(value(word), Value::Number(number));
    }
}

#[test]
fn possible_comparisons_are_accepted() {
    for condition in [
        "2 of (game, bait)",
        "4 of (game, bait, zh_*)",
        "1 of them",
        "count(game) > 1.5",
        "count(game) != 2",
        "distinct(lone) >= 4",
        "distinct(lone) <= 3",
        "length <= 0",
        "game and not bait and not handle",
    ] {
        assert!(read(condition).is_ok(), "{condition}: {:?}", read(condition));
    }
}

#[test]
fn an_unknown_name_is_not_a_contradiction() {
    let errors = read("gmae and not gmae").unwrap_err();
    assert!(errors.iter().all(|error| error.code == "unknown_name"), "{errors:?}");
    let errors = read("(game or gmae) and not (game or gmae)").unwrap_err();
    assert!(errors.iter().all(|error| error.code == "unknown_name"), "{errors:?}");
}

#[test]
fn all_unknown_names_are_listed() {
    let errors = read("gmae and hndle near/5 bait or evaded(bate)").unwrap_err();
    let starts: Vec<usize> = errors.iter().map(|error| error.range.start).collect();
    assert_eq!(starts, [0, 9, 37]);
}

#[test]
fn them_of_a_rule_without_matchers() {
    struct Bare;
    impl Scope for Bare {
        fn matcher(&mut self, _: &str) -> Option<MatcherIx> {
            None
        }
        fn own(&self) -> Vec<String> {
            vec!["_only".to_owned()]
        }
        fn pack(&self) -> Vec<String> {
            Vec::new()
        }
        fn others(&self) -> Vec<String> {
            Vec::new()
        }
        fn rule(&self, _: &str) -> Option<RuleIx> {
            None
        }
        fn is_correlation(&self, id: &str) -> bool {
            id == "a.flood"
        }
        fn rules(&self) -> Vec<String> {
            Vec::new()
        }
        fn meta(&mut self, _: &str) -> Option<MetaId> {
            None
        }
        fn most(&self, _: MatcherIx, _: bool) -> Option<u32> {
            None
        }
        fn warn(&mut self, _: ConditionError) {}
    }
    let errors = resolve(&parse("any of them and has(post.x)").unwrap(), &mut Bare).unwrap_err();
    let got: Vec<_> = errors.iter().map(|error| (error.code, error.range.clone())).collect();
    assert_eq!(got, [("unknown_name", 7..11), ("too_large", 20..26)]);
}

#[test]
fn limits_on_both_sides() {
    let nested = |depth: usize| format!("{}game{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(CONDITION_DEPTH_MAX)).is_ok());
    assert_eq!(parse(&nested(CONDITION_DEPTH_MAX + 1)).unwrap_err().code, "too_large");
    assert_eq!(parse(&nested(20_000)).unwrap_err().code, "too_large");
    let denied = |times: usize| format!("{}game", "not ".repeat(times));
    assert!(parse(&denied(CONDITION_DEPTH_MAX)).is_ok());
    assert_eq!(parse(&denied(CONDITION_DEPTH_MAX + 1)).unwrap_err().code, "too_large");
    // Repetition is not nesting.
    let repeated = |one: &str| vec![one; 4 * CONDITION_DEPTH_MAX].join(" or ");
    assert!(parse(&repeated("not game")).is_ok() && parse(&repeated("(game)")).is_ok());
    let padded = |bytes: usize| format!("game{}", " ".repeat(bytes - 4));
    assert!(parse(&padded(CONDITION_BYTES_MAX)).is_ok());
    assert_eq!(parse(&padded(CONDITION_BYTES_MAX + 1)).unwrap_err().code, "too_large");
    let distant = |chars: u32| format!("game near/{chars} bait");
    assert!(parse(&distant(DISTANCE_CHARS_MAX)).is_ok());
    assert_eq!(parse(&distant(DISTANCE_CHARS_MAX + 1)).unwrap_err().code, "bad_distance");
    let around = |chars: u32| format!("game around/{chars} (bait)");
    assert!(parse(&around(1)).is_ok() && parse(&around(AROUND_CHARS_MAX)).is_ok());
    assert_eq!(parse(&around(AROUND_CHARS_MAX + 1)).unwrap_err().code, "bad_distance");
    // Scopes one after another are not nested.
    assert!(parse(&repeated("game around/5 (bait in segment (handle))")).is_ok());
}

#[test]
fn policies_look_at_the_post_alone() {
    let message = crate::message::Message::verbatim("only values");
    assert!(
        only_post(&parse("post.channel == news and not has(post.x)").unwrap(), &message).is_empty()
    );
    let condition =
        "post.a == 1 and (game or lang == zh) and any of x_* and x around/5 (has(post.b))";
    let errors = only_post(&parse(condition).unwrap(), &message);
    let starts: Vec<usize> = errors.iter().map(|error| error.range.start).collect();
    assert_eq!(starts, [17, 25, 48, 56]);
}

#[test]
fn globs() {
    use super::resolve::glob_matches;
    for (glob, name, expected) in [
        ("zh_*", "zh_a", true),
        ("zh_*", "zh_", true),
        ("zh_*", "en_a", false),
        ("*", "x", true),
        ("*_a", "zh_a", true),
        ("*_a", "zh_ab", false),
        ("a*c*e", "abcde", true),
        ("a*c*e", "abde", false),
        ("a*a", "a", false),
        ("abc", "abc", true),
        ("abc", "abcd", false),
        ("*ab*b", "ab", false),
        ("*ab*b", "abb", true),
        ("*ab*ab*", "xabyab", true),
        ("*ab*ab*", "xaby", false),
    ] {
        assert_eq!(glob_matches(glob, name), expected, "{glob} {name}");
        let pattern = format!("^{}$", glob.replace('*', ".*"));
        let twin = regex::Regex::new(&pattern).unwrap();
        assert_eq!(twin.is_match(name), expected, "{glob} {name}");
    }
}

#[test]
fn tidy_is_one_line() {
    assert_eq!(tidy("  a\n  and\tb \n"), "a and b");
}

/// A condition as text, fully bracketed.
fn print(ast: &Ast) -> String {
    let joined = |parts: &[Ast], word: &str| {
        let parts: Vec<String> = parts.iter().map(|part| format!("({})", print(part))).collect();
        parts.join(word)
    };
    match ast {
        Ast::And(parts) => joined(parts, " and "),
        Ast::Or(parts) => joined(parts, " or "),
        Ast::Not(inner, _) => format!("not ({})", print(inner)),
        Ast::Name(word) => word.text.clone(),
        Ast::Near(near) => {
            let word = if near.ordered { "before" } else { "near" };
            format!("{} {word}/{} {}", print_side(&near.left), near.within, print_side(&near.right))
        }
        Ast::Scoped(scoped) => {
            let extent = match scoped.extent {
                Extent::Around(within) => format!("around/{within}"),
                Extent::Segment => "in segment".to_owned(),
            };
            format!("{} {extent} ({})", print_side(&scoped.key), print(&scoped.inner))
        }
        Ast::Of(quantity, set) => format!("{} of {}", print_quantity(quantity), print_set(set)),
        Ast::Test(subject, test, _) => format!("{} {}", print_subject(subject), print_test(test)),
        Ast::Has(path) => format!("has(post.{})", path.text),
        Ast::Fired(id) => format!("fired({})", id.text),
        Ast::Evaded(name) => format!("evaded({})", name.text),
    }
}

fn print_quantity(quantity: &Quantity) -> String {
    match quantity {
        Quantity::Any => "any".to_owned(),
        Quantity::All => "all".to_owned(),
        Quantity::None => "none".to_owned(),
        Quantity::AtLeast(count, _) => count.to_string(),
    }
}

fn print_set(set: &Set) -> String {
    let items: Vec<String> = set
        .items
        .iter()
        .map(|item| match item {
            Item::Them(_) => "them".to_owned(),
            Item::Name(word) | Item::Glob(word) => word.text.clone(),
        })
        .collect();
    format!("({})", items.join(", "))
}

fn print_side(side: &Side) -> String {
    match side {
        Side::AnyOf(set) => format!("any of {}", print_set(set)),
        Side::Names(names) => {
            let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
            format!("({})", names.join(" or "))
        }
    }
}

fn print_subject(subject: &Subject) -> String {
    match subject {
        Subject::Count(name) => format!("count({})", name.text),
        Subject::Distinct(name) => format!("distinct({})", name.text),
        Subject::Length => "length".to_owned(),
        Subject::Lang => "lang".to_owned(),
        Subject::Post(path) => format!("post.{}", path.text),
    }
}

fn print_test(test: &Test) -> String {
    match test {
        Test::Is(op, value, _) => format!("{} {}", op.sign(), print_value(value)),
        Test::In(values, _) => {
            let values: Vec<String> = values.iter().map(|(value, _)| print_value(value)).collect();
            format!("in [{}]", values.join(", "))
        }
    }
}

fn print_value(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn word(text: impl Into<String>) -> Word {
    Word { text: text.into(), range: 0..0 }
}

fn asts() -> impl Strategy<Value = Ast> {
    let key = "m_[a-z0-9_]{0,6}".prop_map(|name| Side::Names(vec![word(name)]));
    let extent =
        prop_oneof![(1..=AROUND_CHARS_MAX).prop_map(Extent::Around), Just(Extent::Segment)];
    let scope = |inner: BoxedStrategy<Ast>| {
        let parts = (key.clone(), extent.clone(), inner);
        parts.prop_map(|(key, extent, inner)| Ast::Scoped(Box::new(Scoped { key, extent, inner })))
    };
    let one = scope(plain_asts().boxed()).boxed();
    let two = scope(one.clone()).boxed();
    let parts = (prop_oneof![one, two], plain_asts(), any::<bool>());
    let joined = parts.prop_map(|(scoped, other, is_and)| {
        if is_and { Ast::And(vec![scoped, other]) } else { Ast::Or(vec![other, scoped]) }
    });
    prop_oneof![plain_asts(), joined]
}

/// Trees without scopes.
fn plain_asts() -> impl Strategy<Value = Ast> {
    let name = "m_[a-z0-9_]{0,6}".prop_map(word);
    let item = prop_oneof![
        Just(Item::Them(0..0)),
        name.clone().prop_map(Item::Name),
        "m[a-z_]{0,3}\\*[a-z]{0,2}".prop_map(|glob| Item::Glob(word(glob))),
    ];
    let set = proptest::collection::vec(item, 1..4).prop_map(|items| Set { items, range: 0..0 });
    let quantity = prop_oneof![
        Just(Quantity::Any),
        Just(Quantity::All),
        Just(Quantity::None),
        (0u32..99).prop_map(|count| Quantity::AtLeast(count, 0..0)),
    ];
    let side = prop_oneof![
        proptest::collection::vec(name.clone(), 1..3).prop_map(Side::Names),
        set.clone().prop_map(Side::AnyOf),
    ];
    let near = (side.clone(), side, 0..=DISTANCE_CHARS_MAX, any::<bool>()).prop_map(
        |(left, right, within, ordered)| Ast::Near(Box::new(Near { left, right, within, ordered })),
    );
    let value = prop_oneof![
        (-99_999i32..99_999).prop_map(|n| Value::Number(f64::from(n) / 8.0)),
        any::<bool>().prop_map(Value::Bool),
        "[^\n]{0,8}".prop_map(Value::Text),
    ];
    let subject = prop_oneof![
        name.clone().prop_map(Subject::Count),
        Just(Subject::Length),
        Just(Subject::Lang),
        "[a-z]{1,4}(\\.[a-z]{1,3})?".prop_map(|path| Subject::Post(word(path))),
    ];
    let test = prop_oneof![
        value.clone().prop_map(|value| Test::Is(Compare::NotEqual, value, 0..0)),
        (-9i8..9).prop_map(|n| Test::Is(Compare::LessOrEqual, Value::Number(n.into()), 0..0)),
        proptest::collection::vec(value.prop_map(|value| (value, 0..0)), 1..3)
            .prop_map(|values| Test::In(values, 0..0)),
    ];
    let leaf = prop_oneof![
        name.clone().prop_map(Ast::Name),
        near,
        (quantity, set).prop_map(|(quantity, set)| Ast::Of(quantity, set)),
        (subject, test).prop_map(|(subject, test)| Ast::Test(subject, test, 0..0)),
        "[a-z]{1,4}".prop_map(|path| Ast::Has(word(path))),
        name.prop_map(Ast::Evaded),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Ast::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Ast::Or),
            inner.prop_map(|inner| Ast::Not(Box::new(inner), 0..0)),
        ]
    })
}

proptest! {
    #[test]
    fn printed_conditions_parse_to_the_same_tree(ast in asts()) {
        let text = print(&ast);
        let again = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?;
        prop_assert_eq!(print(&again), text);
    }

    #[test]
    fn no_text_panics_and_every_range_is_inside(text in "[a-z0-9_.*/()\\[\\]<>=!,'\" 加-，]{0,40}") {
        if let Err(errors) = read(&text) {
            for error in errors {
                prop_assert!(text.get(error.range.clone()).is_some(), "{text:?} {error:?}");
            }
        }
    }
}
