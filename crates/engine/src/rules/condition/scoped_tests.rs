//! Scopes against a slow evaluator, which lists the hits that a window contains and evaluates the
//! condition with nothing else, and their work on long texts.

use super::evaluate::{Facts, ProgramScratch, count_distinct};
use super::expr::{Compare, Expr, Extent, Measure, Operand};
use super::program::Program;
use super::proximity::gap;
use crate::domain::field::{FieldId, FieldSet, Names};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::limits::{HITS_PER_POST_MAX, SEGMENT_CHARS_MAX, SEGMENT_SIDE_CHARS};
use crate::domain::span::Span;
use crate::domain::view::View;
use crate::fold::UnitCounter;
use crate::post::{Batch, Mapping, Plan, Post, Record};
use crate::scan::hits::{Hit, Hits};
use crate::scan::text::script::Scripts;
use proptest::prelude::*;
use std::collections::BTreeSet;

const MATCHERS: usize = 4;

/// A post with hits.
struct Case {
    batch: Batch,
    line: String,
    hits: Vec<Hit>,
}

impl Case {
    /// Matchers 0 to 2 hit `a`, `b` and runs of one to three `c`; matcher 3 hits from each `b` to
    /// the next `a`, with anything between.
    fn new(title: &str, text: &str) -> Case {
        let mut hits = Vec::new();
        for (field, text) in [(FieldId::TITLE, title), (FieldId::TEXT, text)] {
            add_hits(field, text, &mut hits);
        }
        Case::of(title, text, hits)
    }

    fn of(title: &str, text: &str, hits: Vec<Hit>) -> Case {
        let line = serde_json::json!({ "title": title, "text": text }).to_string();
        let mut batch = Batch::default();
        let plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
        plan.read(line.as_bytes(), false, &mut batch);
        Case { batch, line, hits }
    }

    /// The value of the condition, and whether its work was cut.
    fn holds(&self, expr: &Expr) -> (bool, bool) {
        let Record::Post(post) = self.batch.record(self.line.as_bytes(), 0) else {
            panic!("{}", self.line)
        };
        let hits = Hits::of_hits(&self.hits, MATCHERS);
        let length = |fields: FieldSet| length(&post, fields);
        let scripts = |_: FieldSet| Scripts::NONE;
        let fired = |_: RuleIx| false;
        let facts =
            Facts { hits: &hits, post: &post, length: &length, scripts: &scripts, fired: &fired };
        let mut scratch = ProgramScratch::default();
        let holds = Program::new(expr).holds(&facts, all_fields(), &mut scratch);
        (holds, scratch.is_capped())
    }

    fn holds_slowly(&self, expr: &Expr) -> bool {
        let Record::Post(post) = self.batch.record(self.line.as_bytes(), 0) else {
            panic!("{}", self.line)
        };
        let whole = length(&post, all_fields());
        slowly(expr, &Seen { post: &post, hits: self.hits.clone(), length: whole, counted: None })
    }
}

fn all_fields() -> FieldSet {
    FieldSet::of(&[FieldId::TITLE, FieldId::TEXT])
}

fn length(post: &Post<'_>, fields: FieldSet) -> u64 {
    let texts = post.texts().filter(|text| fields.has(text.field));
    texts.map(|text| length_of(text.text)).sum()
}

fn units(text: &str) -> u64 {
    let mut counter = UnitCounter::default();
    text.chars().for_each(|character| counter.push(character));
    counter.count()
}

/// The units of a whole text: noise at its end counts nothing.
fn length_of(text: &str) -> u64 {
    units(text.trim_end_matches(|c: char| !c.is_alphanumeric()))
}

fn hit(matcher: u32, field: FieldId, text: &str, start: usize, end: usize) -> Hit {
    let before = |at: usize| units(&text[..at]) as u32;
    Hit {
        matcher: MatcherIx(matcher),
        field,
        span: Span::new(start as u32, end as u32),
        view: if start.is_multiple_of(3) { View::Folded } else { View::Squeezed },
        term: None,
        distinct_key: start as u64 % 2,
        first: before(start),
        last: before(end),
    }
}

fn add_hits(field: FieldId, text: &str, hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        match bytes[at] {
            b'a' => hits.push(hit(0, field, text, at, at + 1)),
            b'b' => {
                hits.push(hit(1, field, text, at, at + 1));
                let next = text[at..].find('a');
                hits.extend(next.map(|next| hit(3, field, text, at, at + next + 1)));
            }
            b'c' => {
                let run = bytes[at..].iter().take(3).take_while(|byte| **byte == b'c').count();
                hits.extend((1..=run).map(|length| hit(2, field, text, at, at + length)));
            }
            _ => {}
        }
    }
}

/// What the slow evaluator sees.
struct Seen<'s> {
    post: &'s Post<'s>,
    hits: Vec<Hit>,
    /// The value of `length`.
    length: u64,
    /// The units of a window that are counted.
    counted: Option<(u32, u32)>,
}

impl Seen<'_> {
    fn of(&self, any: &[MatcherIx]) -> Vec<Hit> {
        self.hits.iter().filter(|hit| any.contains(&hit.matcher)).copied().collect()
    }

    /// What is seen of this in the window of a hit.
    fn in_window(&self, key: &Hit, extent: Extent) -> Seen<'_> {
        let text = self.post.text(key.field).unwrap_or_default();
        let near = |hit: &Hit, within: u32| gap(key, hit).is_some_and(|gap| gap <= within);
        let side = |within: u32| (key.first.saturating_sub(within), key.last + within);
        let (seen, own): (Vec<Hit>, (u32, u32)) = match extent {
            Extent::Around(within) => {
                (self.hits.iter().filter(|hit| near(hit, within)).copied().collect(), side(within))
            }
            Extent::Segment => {
                let (bytes, characters) = segment(text, key.span);
                let inside = |hit: &&Hit| {
                    hit.field == key.field && hit.span.start() < bytes.1 && hit.span.end() > bytes.0
                };
                let is_long = characters.1 - characters.0 > SEGMENT_CHARS_MAX;
                let is_seen =
                    |hit: &&Hit| inside(hit) && (!is_long || near(hit, SEGMENT_SIDE_CHARS));
                let seen = self.hits.iter().filter(is_seen).copied().collect();
                let wide = side(SEGMENT_SIDE_CHARS);
                let cut = (characters.0.max(wide.0), characters.1.min(wide.1));
                (seen, if is_long { cut } else { characters })
            }
        };
        let outer = self.counted.unwrap_or((0, u32::MAX));
        let counted = (own.0.max(outer.0), own.1.min(outer.1));
        let whole = length_of(text) as u32;
        let length = u64::from(counted.1.min(whole).saturating_sub(counted.0));
        Seen { post: self.post, hits: seen, length, counted: Some(counted) }
    }
}

/// The bytes of the segment of a span, and the units from its first letter to its
/// last.
fn segment(text: &str, span: Span) -> ((u32, u32), (u32, u32)) {
    let ends = |at: &usize| {
        let before = text[..*at].chars().next_back();
        before.is_some_and(|c| c == '\n' || c == '!')
            || (before == Some('.') && text[*at..].starts_with([' ', '\n']))
    };
    let start = (0..=span.start() as usize).rev().find(ends).unwrap_or(0);
    let end = (span.end() as usize..text.len()).find(ends).unwrap_or(text.len());
    let own = &text[start..end];
    let before = |at: usize| units(&text[..at]) as u32;
    let first = own.find(char::is_alphanumeric).map_or(end, |at| start + at);
    let last = own.rfind(char::is_alphanumeric).map_or(end, |at| start + at + 1);
    ((start as u32, end as u32), (before(first), before(last)))
}

fn slowly(expr: &Expr, seen: &Seen<'_>) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().all(|part| slowly(part, seen)),
        Expr::Or(parts) => parts.iter().any(|part| slowly(part, seen)),
        Expr::Not(inner) => !slowly(inner, seen),
        Expr::Hit(operand) => !seen.of(&operand.any).is_empty(),
        Expr::Near { left, right, within, ordered } => {
            let (left, right) = (seen.of(&left.any), seen.of(&right.any));
            left.iter().any(|one| {
                right.iter().any(|other| {
                    one != other
                        && gap(one, other).is_some_and(|gap| gap <= *within)
                        && (!ordered || one.first < other.first)
                })
            })
        }
        Expr::Scoped { key, extent, inner } => {
            seen.of(&key.any).iter().any(|key| slowly(inner, &seen.in_window(key, *extent)))
        }
        Expr::AtLeast { count, of } => {
            let hit = of.iter().filter(|matcher| !seen.of(&[**matcher]).is_empty());
            hit.count() >= *count as usize
        }
        Expr::Measure { what, op, value } => {
            let number = match what {
                Measure::Count(matcher) => seen.of(&[*matcher]).len() as f64,
                Measure::Distinct(matcher) => count_distinct(&seen.of(&[*matcher])) as f64,
                Measure::Length => seen.length as f64,
            };
            op.holds(&number, value)
        }
        Expr::Evaded(matcher) => {
            let hits = seen.of(&[*matcher]);
            !hits.is_empty() && hits.iter().all(|hit| hit.view > View::Folded)
        }
        Expr::Lang { .. }
        | Expr::Meta { .. }
        | Expr::MetaIn { .. }
        | Expr::Has(_)
        | Expr::Fired(_) => unreachable!("not generated"),
    }
}

fn some_operand() -> impl Strategy<Value = Operand> {
    prop::collection::btree_set((0..MATCHERS as u32).prop_map(MatcherIx), 1..3)
        .prop_map(|any| Operand { any: any.into_iter().collect() })
}

fn some_condition(scopes: usize) -> BoxedStrategy<Expr> {
    let matcher = || (0..MATCHERS as u32).prop_map(MatcherIx);
    let op = || {
        prop::sample::select(vec![
            Compare::Less,
            Compare::LessOrEqual,
            Compare::Equal,
            Compare::NotEqual,
            Compare::GreaterOrEqual,
            Compare::Greater,
        ])
    };
    let measure = |what: Measure, op, value: u32| Expr::Measure { what, op, value: value.into() };
    let leaf = prop_oneof![
        some_operand().prop_map(Expr::Hit),
        (1u32..3, some_operand())
            .prop_map(|(count, operand)| Expr::AtLeast { count, of: operand.any }),
        (some_operand(), some_operand(), 0u32..6, any::<bool>())
            .prop_map(|(left, right, within, ordered)| Expr::Near { left, right, within, ordered }),
        (matcher(), op(), 0u32..5).prop_map(move |(own, op, n)| measure(
            Measure::Count(own),
            op,
            n
        )),
        (matcher(), op(), 0u32..4).prop_map(move |(own, op, n)| measure(
            Measure::Distinct(own),
            op,
            n
        )),
        (op(), 0u32..30).prop_map(move |(op, n)| measure(Measure::Length, op, n)),
        matcher().prop_map(Expr::Evaded),
    ];
    let node = if scopes == 0 {
        leaf.boxed()
    } else {
        let extent = prop_oneof![(1u32..12).prop_map(Extent::Around), Just(Extent::Segment)];
        let scoped = (some_operand(), extent, some_condition(scopes - 1))
            .prop_map(|(key, extent, inner)| Expr::Scoped { key, extent, inner: Box::new(inner) });
        prop_oneof![leaf, scoped].boxed()
    };
    node.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner, 2..4).prop_map(Expr::Or),
        ]
    })
    .boxed()
}

/// Texts in which hits meet, and some with a segment that is not looked at as a whole.
fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[abcx. !\n]{0,40}".boxed(),
        1 => ("[abc ]{0,8}", 0usize..250, "[abc ]{0,8}", 0usize..250, "[abc !]{0,8}")
            .prop_map(|(one, many, two, more, three)| {
                format!("{one}{}{two}{}{three}", "x".repeat(many), "y".repeat(more))
            }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn scopes_equal_their_slow_twin(
        title in "[abc !]{0,8}", text in some_text(), expr in some_condition(2),
    ) {
        let case = Case::new(&title, &text);
        prop_assert_eq!(case.holds(&expr), (case.holds_slowly(&expr), false), "{:?} {:?} {:?}", title, text, expr);
    }

    #[test]
    fn hits_that_oppose_a_condition_never_make_it_true(
        title in "[abc !]{0,8}", text in some_text(), expr in some_condition(2), dropped: u64,
    ) {
        let program = Program::new(&expr);
        let all: BTreeSet<MatcherIx> = expr.matchers().into_iter().collect();
        let divided = [program.supporting(), program.opposing()].concat();
        prop_assert_eq!(divided.len(), all.len());
        prop_assert_eq!(divided.into_iter().collect::<BTreeSet<_>>(), all);
        let case = Case::new(&title, &text);
        let is_kept = |(at, hit): &(usize, &Hit)| {
            dropped >> (at % 64) & 1 == 0 || !program.opposing().contains(&hit.matcher)
        };
        let kept = case.hits.iter().enumerate().filter(is_kept).map(|(_, hit)| *hit);
        let without = Case::of(&title, &text, kept.collect());
        prop_assert!(without.holds(&expr).0 || !case.holds(&expr).0, "{:?} {:?} {:?}", title, text, expr);
    }

    #[test]
    fn a_matcher_around_another_is_near_it(
        title in "[abc ]{0,8}", text in some_text(), sides in "[ko-]{4}", within in 1u32..12,
    ) {
        let side = |sign: u8| {
            let any = (0..MATCHERS).filter(|at| sides.as_bytes()[*at] == sign);
            Operand { any: any.map(|at| MatcherIx(at as u32)).collect() }
        };
        let (key, other) = (side(b'k'), side(b'o'));
        let case = Case::new(&title, &text);
        let around = Expr::Scoped {
            key: key.clone(),
            extent: Extent::Around(within),
            inner: Box::new(Expr::Hit(other.clone())),
        };
        let near = Expr::Near { left: key, right: other, within, ordered: false };
        prop_assert_eq!(case.holds(&around), case.holds(&near));
    }
}

fn scoped(key: u32, extent: Extent, inner: Expr) -> Expr {
    Expr::Scoped { key: Operand { any: vec![MatcherIx(key)] }, extent, inner: Box::new(inner) }
}

fn is_hit(matcher: u32) -> Expr {
    Expr::Hit(Operand { any: vec![MatcherIx(matcher)] })
}

fn at_least(what: Measure, value: f64) -> Expr {
    Expr::Measure { what, op: Compare::GreaterOrEqual, value }
}

fn not(inner: Expr) -> Expr {
    Expr::Not(Box::new(inner))
}

#[test]
fn matchers_that_can_only_make_a_condition_false_oppose_it() {
    let few = |matcher| Expr::Measure {
        what: Measure::Count(MatcherIx(matcher)),
        op: Compare::Less,
        value: 2.0,
    };
    let unless = |inner| Expr::And(vec![is_hit(0), not(inner)]);
    let cases: [(Expr, &[u32]); 10] = [
        (is_hit(0), &[]),
        (unless(is_hit(1)), &[1]),
        (unless(not(is_hit(1))), &[]),
        (unless(at_least(Measure::Count(MatcherIx(1)), 2.0)), &[1]),
        (unless(few(1)), &[]),
        (unless(at_least(Measure::Distinct(MatcherIx(1)), 2.0)), &[]),
        (unless(Expr::Evaded(MatcherIx(1))), &[]),
        (unless(Expr::Or(vec![is_hit(0), is_hit(2)])), &[2]),
        (unless(scoped(1, Extent::Segment, not(is_hit(2)))), &[1]),
        (unless(Expr::And(vec![is_hit(1), Expr::Fired(RuleIx(7))])), &[]),
    ];
    for (expr, expected) in cases {
        let expected: Vec<MatcherIx> = expected.iter().copied().map(MatcherIx).collect();
        assert_eq!(Program::new(&expr).opposing(), expected, "{expr:?}");
    }
}

/// A text of one megabyte without a line break or sentence end, and as many hits as a post can
/// have: half of matcher 0, half of matcher 1.
fn long_case(length: impl Fn(usize) -> u32) -> Case {
    const EACH: usize = HITS_PER_POST_MAX / 2;
    let text = "x".repeat(1 << 20);
    let hit = |matcher: u32, at: usize| {
        let start = (at * (1 << 20) / EACH) as u32;
        let end = (start + length(at)).min(1 << 20);
        Hit {
            matcher: MatcherIx(matcher),
            field: FieldId::TEXT,
            span: Span::new(start, end),
            view: View::Folded,
            term: None,
            distinct_key: 0,
            first: start,
            last: end,
        }
    };
    let hits = (0..EACH).flat_map(|at| [hit(0, at), hit(1, at)]).collect();
    Case::of("", &text, hits)
}

/// Conditions that no window satisfies, so that all are looked at.
fn exhausting() -> Vec<Expr> {
    let count = |matcher| at_least(Measure::Count(MatcherIx(matcher)), 1e6);
    let (around, segment) = (Extent::Around(1_000), Extent::Segment);
    vec![
        scoped(0, around, Expr::Not(Box::new(is_hit(1)))),
        scoped(0, segment, Expr::And(vec![is_hit(1), is_hit(2)])),
        scoped(0, around, Expr::And(vec![count(1), count(0)])),
        scoped(0, segment, at_least(Measure::Length, 400.0)),
        scoped(0, Extent::Around(40), at_least(Measure::Distinct(MatcherIx(1)), 2.0)),
    ]
}

#[test]
fn a_long_segment_with_many_hits_needs_no_cut() {
    let case = long_case(|_| 8);
    for expr in exhausting() {
        assert_eq!(case.holds(&expr), (false, false), "{expr:?}");
    }
}

/// Every condition ends; those with too many windows are cut, and say it.
#[test]
fn work_is_cut_where_hits_contain_one_another() {
    let case = long_case(|at| if at == 0 { 1 << 20 } else { 8 });
    let distinct = at_least(Measure::Distinct(MatcherIx(1)), 2.0);
    let nested = scoped(0, Extent::Around(500), scoped(1, Extent::Around(500), distinct.clone()));
    for expr in [scoped(0, Extent::Around(1_000), distinct), nested] {
        assert_eq!(case.holds(&expr), (false, true), "{expr:?}");
    }
}
