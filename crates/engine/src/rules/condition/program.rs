//! Conditions as flat arrays, and their evaluation.
//!
//! A [`Program`] is made from the tree of a condition once, when rules are compiled or a
//! compiled file is read. There are two evaluations; neither allocates nor reads text:
//!
//! * [`Program::holds`] is exact. It needs the hits of all matchers ([`Facts`]).
//! * [`Program::may_hold`] is three-valued, over [`PartialFacts`]: before the hits are found it
//!   separates conditions that cannot be true from those that may be. It has no false negatives.

use crate::domain::field::{FieldSet, MetaId};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::post::Post;
use crate::rules::condition::compare::{meta_has, meta_holds, meta_in};
use crate::rules::condition::expr::{Compare, Expr, Measure, Operand, Value};
use crate::scan::hits::{Hit, Hits};
use crate::scan::text::script::{self, Scripts};
use std::ops::Range;

/// A condition in the form that is evaluated.
#[derive(Debug)]
pub struct Program {
    /// Children before parents; the root is last.
    nodes: Vec<Node>,
    /// Numbers of child nodes; nodes refer to ranges of it.
    children: Vec<u32>,
    /// Matchers; nodes refer to ranges of it.
    matchers: Vec<MatcherIx>,
}

#[derive(Debug)]
enum Node {
    And(Range<u32>),
    Or(Range<u32>),
    Not(u32),
    Hit(Range<u32>),
    Near { left: Range<u32>, right: Range<u32>, within: u32, ordered: bool },
    AtLeast { count: u32, of: Range<u32> },
    Count { matcher: MatcherIx, op: Compare, value: f64 },
    Distinct { matcher: MatcherIx, op: Compare, value: f64 },
    Length { op: Compare, value: f64 },
    Lang { scripts: Scripts, languages: Vec<String>, negated: bool },
    Meta { path: MetaId, op: Compare, value: Value },
    MetaIn { path: MetaId, values: Vec<Value> },
    Has(MetaId),
    Fired(RuleIx),
    Evaded(MatcherIx),
}

/// Everything about one post that a condition can depend on.
pub struct Facts<'f> {
    /// Hits of all matchers.
    pub hits: &'f Hits,
    /// The post.
    pub post: &'f Post<'f>,
    /// Characters over a set of fields.
    pub length: &'f dyn Fn(FieldSet) -> u64,
    /// Scripts in a set of fields.
    pub scripts: &'f dyn Fn(FieldSet) -> Scripts,
    /// Did this rule fire? Called only for rules that were evaluated before.
    pub fired: &'f dyn Fn(RuleIx) -> bool,
}

/// What is known about one post before all its hits are found. The less is known, the more
/// conditions may be true.
pub trait PartialFacts {
    /// The post.
    fn post(&self) -> &Post<'_>;
    /// The value of `length`, if it is known.
    fn length(&self) -> Option<u64>;
    /// May the matcher have a hit? `false` is certain.
    fn may_have(&mut self, matcher: MatcherIx) -> bool;
    /// Does the matcher certainly have a hit?
    fn must_have(&mut self, matcher: MatcherIx) -> bool;
}

/// Buffers that [`Program::holds`] reuses.
#[derive(Debug, Default)]
pub struct ProgramScratch {
    distinct_keys: Vec<u64>,
}

impl Program {
    /// Makes the program of a condition.
    pub fn new(expr: &Expr) -> Program {
        let mut program = Program { nodes: Vec::new(), children: Vec::new(), matchers: Vec::new() };
        program.add(expr);
        program
    }

    /// Appends a tree, children first, and returns the number of its root. The parser limits the
    /// depth of a condition, and thereby of this recursion.
    fn add(&mut self, expr: &Expr) -> u32 {
        let node = match expr {
            Expr::And(parts) => Node::And(self.add_all(parts)),
            Expr::Or(parts) => Node::Or(self.add_all(parts)),
            Expr::Not(inner) => Node::Not(self.add(inner)),
            Expr::Hit(operand) => Node::Hit(self.add_matchers(operand)),
            Expr::Near { left, right, within, ordered } => Node::Near {
                left: self.add_matchers(left),
                right: self.add_matchers(right),
                within: *within,
                ordered: *ordered,
            },
            Expr::AtLeast { count, of } => {
                let of = self.add_matchers(&Operand { any: of.clone() });
                Node::AtLeast { count: *count, of }
            }
            Expr::Measure { what, op, value } => {
                let (op, value) = (*op, *value);
                match *what {
                    Measure::Count(matcher) => Node::Count { matcher, op, value },
                    Measure::Distinct(matcher) => Node::Distinct { matcher, op, value },
                    Measure::Length => Node::Length { op, value },
                }
            }
            Expr::Lang { any, negated } => {
                let scripts = Scripts::of_languages(any);
                Node::Lang { scripts, languages: any.clone(), negated: *negated }
            }
            Expr::Meta { path, op, value } => {
                Node::Meta { path: *path, op: *op, value: value.clone() }
            }
            Expr::MetaIn { path, values } => Node::MetaIn { path: *path, values: values.clone() },
            Expr::Has(path) => Node::Has(*path),
            Expr::Fired(rule) => Node::Fired(*rule),
            Expr::Evaded(matcher) => Node::Evaded(*matcher),
        };
        self.nodes.push(node);
        self.nodes.len() as u32 - 1
    }

    fn add_all(&mut self, parts: &[Expr]) -> Range<u32> {
        let numbers: Vec<u32> = parts.iter().map(|part| self.add(part)).collect();
        let start = self.children.len() as u32;
        self.children.extend(numbers);
        start..self.children.len() as u32
    }

    fn add_matchers(&mut self, operand: &Operand) -> Range<u32> {
        let start = self.matchers.len() as u32;
        self.matchers.extend(&operand.any);
        start..self.matchers.len() as u32
    }

    /// Is the condition true for a post? `fields` are the fields of the rule.
    pub fn holds(&self, facts: &Facts<'_>, fields: FieldSet, scratch: &mut ProgramScratch) -> bool {
        self.node(self.nodes.len() as u32 - 1, facts, fields, scratch)
    }

    /// The value of each node, children before parents: the order in which a walk over the tree
    /// of the condition leaves its nodes. Every node is evaluated.
    pub fn trace(&self, facts: &Facts<'_>, fields: FieldSet) -> Vec<bool> {
        let mut scratch = ProgramScratch::default();
        let nodes = 0..self.nodes.len() as u32;
        nodes.map(|node| self.node(node, facts, fields, &mut scratch)).collect()
    }

    fn node(
        &self,
        node: u32,
        facts: &Facts<'_>,
        fields: FieldSet,
        scratch: &mut ProgramScratch,
    ) -> bool {
        match &self.nodes[node as usize] {
            Node::And(parts) => {
                self.children(parts).iter().all(|part| self.node(*part, facts, fields, scratch))
            }
            Node::Or(parts) => {
                self.children(parts).iter().any(|part| self.node(*part, facts, fields, scratch))
            }
            Node::Not(inner) => !self.node(*inner, facts, fields, scratch),
            Node::Hit(any) => self.matchers(any).iter().any(|matcher| is_hit(facts, *matcher)),
            Node::Near { left, right, within, ordered } => {
                let (left, right) = (self.matchers(left), self.matchers(right));
                near(facts.hits, left, right, *within, *ordered)
            }
            Node::AtLeast { count, of } => {
                let hit = self.matchers(of).iter().filter(|matcher| is_hit(facts, **matcher));
                hit.take(*count as usize).count() == *count as usize
            }
            Node::Count { matcher, op, value } => {
                op.holds(&(facts.hits.of(*matcher).len() as f64), value)
            }
            Node::Distinct { matcher, op, value } => {
                op.holds(&(distinct(facts.hits.of(*matcher), scratch) as f64), value)
            }
            Node::Length { op, value } => op.holds(&((facts.length)(fields) as f64), value),
            Node::Lang { scripts, languages, negated } => {
                let claim = facts.post.meta(MetaId::LANG);
                let is =
                    (facts.scripts)(fields).meets(*scripts) || script::claims(claim, languages);
                is != *negated
            }
            Node::Meta { path, op, value } => meta_holds(facts.post.meta(*path), *op, value),
            Node::MetaIn { path, values } => meta_in(facts.post.meta(*path), values),
            Node::Has(path) => meta_has(facts.post.meta(*path)),
            Node::Fired(rule) => (facts.fired)(*rule),
            Node::Evaded(matcher) => evaded(facts.hits.of(*matcher)),
        }
    }

    /// May the condition be true, given which matchers may have hits and which certainly have
    /// one? `false` is certain. Reads no hit.
    pub fn may_hold(&self, known: &mut impl PartialFacts) -> bool {
        self.may(self.nodes.len() as u32 - 1, known)
    }

    fn may(&self, node: u32, known: &mut impl PartialFacts) -> bool {
        let mut any = |range: &Range<u32>| {
            self.matchers(range).iter().any(|matcher| known.may_have(*matcher))
        };
        match &self.nodes[node as usize] {
            Node::And(parts) => self.children(parts).iter().all(|part| self.may(*part, known)),
            Node::Or(parts) => self.children(parts).iter().any(|part| self.may(*part, known)),
            Node::Not(inner) => !self.must(*inner, known),
            Node::Hit(of) => any(of),
            Node::Near { left, right, .. } => any(left) && any(right),
            Node::AtLeast { count, of } => {
                let possible = self.matchers(of).iter().filter(|matcher| known.may_have(**matcher));
                possible.take(*count as usize).count() == *count as usize
            }
            Node::Count { matcher, op, value } | Node::Distinct { matcher, op, value } => {
                known.may_have(*matcher) || op.holds(&0.0, value)
            }
            Node::Evaded(matcher) => known.may_have(*matcher),
            Node::Meta { .. } | Node::MetaIn { .. } | Node::Has(_) | Node::Length { .. } => {
                self.by_post(node, known).unwrap_or(true)
            }
            // May be true.
            Node::Lang { .. } | Node::Fired(_) => true,
        }
    }

    /// Is the node certainly true? Returns `false` for nodes that are expensive to decide.
    fn must(&self, node: u32, known: &mut impl PartialFacts) -> bool {
        match &self.nodes[node as usize] {
            Node::And(parts) => self.children(parts).iter().all(|part| self.must(*part, known)),
            Node::Or(parts) => self.children(parts).iter().any(|part| self.must(*part, known)),
            Node::Hit(of) => self.matchers(of).iter().any(|matcher| known.must_have(*matcher)),
            Node::AtLeast { count, of } => {
                let certain = self.matchers(of).iter().filter(|matcher| known.must_have(**matcher));
                certain.take(*count as usize).count() == *count as usize
            }
            Node::Meta { .. } | Node::MetaIn { .. } | Node::Has(_) | Node::Length { .. } => {
                self.by_post(node, known).unwrap_or(false)
            }
            Node::Not(_)
            | Node::Near { .. }
            | Node::Count { .. }
            | Node::Distinct { .. }
            | Node::Lang { .. }
            | Node::Fired(_)
            | Node::Evaded(_) => false,
        }
    }

    /// The value of a node that depends only on the post, if it is known.
    fn by_post(&self, node: u32, known: &impl PartialFacts) -> Option<bool> {
        let meta = |path: &MetaId| known.post().meta(*path);
        match &self.nodes[node as usize] {
            Node::Meta { path, op, value } => Some(meta_holds(meta(path), *op, value)),
            Node::MetaIn { path, values } => Some(meta_in(meta(path), values)),
            Node::Has(path) => Some(meta_has(meta(path))),
            Node::Length { op, value } => {
                known.length().map(|length| op.holds(&(length as f64), value))
            }
            Node::And(_)
            | Node::Or(_)
            | Node::Not(_)
            | Node::Hit(_)
            | Node::Near { .. }
            | Node::AtLeast { .. }
            | Node::Count { .. }
            | Node::Distinct { .. }
            | Node::Lang { .. }
            | Node::Fired(_)
            | Node::Evaded(_) => None,
        }
    }

    fn children(&self, range: &Range<u32>) -> &[u32] {
        &self.children[range.start as usize..range.end as usize]
    }

    fn matchers(&self, range: &Range<u32>) -> &[MatcherIx] {
        &self.matchers[range.start as usize..range.end as usize]
    }
}

fn is_hit(facts: &Facts<'_>, matcher: MatcherIx) -> bool {
    !facts.hits.of(matcher).is_empty()
}

/// Has hits, all of them in views wider than `folded`.
fn evaded(hits: &[Hit]) -> bool {
    use crate::domain::view::View;
    !hits.is_empty() && hits.iter().all(|hit| hit.view > View::Folded)
}

/// The value of `distinct()` for these hits.
pub fn count_distinct(hits: &[Hit]) -> usize {
    distinct(hits, &mut ProgramScratch::default())
}

/// Characters between two hits, 0 if they overlap; `None` if they are in different fields.
pub fn gap(one: &Hit, other: &Hit) -> Option<u32> {
    let (earlier, later) = if one.first <= other.first { (one, other) } else { (other, one) };
    (one.field == other.field).then(|| later.first.saturating_sub(earlier.last))
}

/// The fewest characters between a hit of `left` and one of `right`, as
/// `left near/N right` (or `before`, if `ordered`) counts them. `None` if no two are in one
/// field, in that order.
pub fn distance(
    hits: &Hits,
    left: &[MatcherIx],
    right: &[MatcherIx],
    ordered: bool,
) -> Option<u32> {
    let is_within = |within: u32| near(hits, left, right, within, ordered);
    if !is_within(u32::MAX) {
        return None;
    }
    // Binary search for the least distance that suffices.
    let (mut short, mut long) = (0, u32::MAX);
    while short < long {
        let middle = short + (long - short) / 2;
        if is_within(middle) {
            long = middle;
        } else {
            short = middle + 1;
        }
    }
    Some(long)
}

fn distinct(hits: &[Hit], scratch: &mut ProgramScratch) -> usize {
    let seen = &mut scratch.distinct_keys;
    seen.clear();
    seen.extend(hits.iter().map(|hit| hit.distinct_key));
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Is a hit of `left` within `within` characters of a hit of `right`, in one field?
/// With `ordered`, the left hit must start first.
fn near(hits: &Hits, left: &[MatcherIx], right: &[MatcherIx], within: u32, ordered: bool) -> bool {
    left.iter().any(|left| {
        right.iter().any(|right| {
            let (left, right) = (hits.of(*left), hits.of(*right));
            follows(left, right, within, ordered)
                || (!ordered && follows(right, left, within, false))
        })
    })
}

/// Does a hit of `later` start after a hit of `earlier` (or with it, unless `strictly`), at
/// most `within` characters after its end?
///
/// Both are sorted by field and start. For each later hit, the earlier ones that
/// start no later are a prefix, and the greatest end of the prefix decides. One pass.
fn follows(earlier: &[Hit], later: &[Hit], within: u32, strictly: bool) -> bool {
    let mut next = 0;
    // The field and the greatest end in it so far.
    let mut reach: Option<(crate::domain::field::FieldId, u32)> = None;
    for hit in later {
        while let Some(before) = earlier.get(next) {
            let starts_before =
                if strictly { before.first < hit.first } else { before.first <= hit.first };
            if before.field > hit.field || (before.field == hit.field && !starts_before) {
                break;
            }
            reach = match reach {
                Some((field, end)) if field == before.field => Some((field, end.max(before.last))),
                _ => Some((before.field, before.last)),
            };
            next += 1;
        }
        if let Some((field, end)) = reach
            && field == hit.field
            && hit.first.saturating_sub(end) <= within
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::FieldId;
    use crate::domain::span::Span;
    use crate::domain::view::View;
    use proptest::prelude::*;

    fn hit(field: u8, first: u32, length: u32) -> Hit {
        Hit {
            matcher: MatcherIx(0),
            field: FieldId(field),
            span: Span::new(first, first + length),
            view: View::Folded,
            term: None,
            distinct_key: 0,
            first,
            last: first + length,
        }
    }

    /// The slow twin: checks every pair.
    fn near_slowly(left: &[Hit], right: &[Hit], within: u32, ordered: bool) -> bool {
        left.iter().any(|a| {
            right.iter().any(|b| {
                gap(a, b).is_some_and(|gap| gap <= within) && (!ordered || a.first < b.first)
            })
        })
    }

    fn some_hits() -> impl Strategy<Value = Vec<Hit>> {
        prop::collection::vec((0u8..2, 0u32..40, 1u32..8), 0..8).prop_map(|places| {
            let mut hits: Vec<Hit> = places
                .into_iter()
                .map(|(field, first, length)| hit(field, first, length))
                .collect();
            hits.sort();
            hits
        })
    }

    /// Three matchers: whether each has a hit, and whether that is known yet.
    struct Half {
        hit: [bool; 3],
        known: [bool; 3],
    }

    impl PartialFacts for Half {
        fn post(&self) -> &Post<'_> {
            unreachable!("no node depends on the post")
        }
        fn length(&self) -> Option<u64> {
            self.known[0].then_some(5)
        }
        fn may_have(&mut self, matcher: MatcherIx) -> bool {
            self.hit[matcher.index()] || !self.known[matcher.index()]
        }
        fn must_have(&mut self, matcher: MatcherIx) -> bool {
            self.hit[matcher.index()] && self.known[matcher.index()]
        }
    }

    fn some_condition() -> impl Strategy<Value = Expr> {
        let matchers = || prop::collection::vec((0u32..3).prop_map(MatcherIx), 1..3);
        let measure = |what, value| Expr::Measure { what, op: Compare::GreaterOrEqual, value };
        let leaf = prop_oneof![
            matchers().prop_map(|any| Expr::Hit(Operand { any })),
            (1u32..3, matchers()).prop_map(|(count, of)| Expr::AtLeast { count, of }),
            (0u32..3).prop_map(move |at| measure(Measure::Count(MatcherIx(at)), 1.0)),
            (4u32..7).prop_map(move |value| measure(Measure::Length, f64::from(value))),
        ];
        leaf.prop_recursive(4, 20, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
                prop::collection::vec(inner, 2..4).prop_map(Expr::Or),
            ]
        })
    }

    /// Evaluates the tree, with everything known.
    fn holds_slowly(expr: &Expr, hit: [bool; 3]) -> bool {
        match expr {
            Expr::And(parts) => parts.iter().all(|part| holds_slowly(part, hit)),
            Expr::Or(parts) => parts.iter().any(|part| holds_slowly(part, hit)),
            Expr::Not(inner) => !holds_slowly(inner, hit),
            Expr::Hit(operand) => operand.any.iter().any(|matcher| hit[matcher.index()]),
            Expr::AtLeast { count, of } => {
                of.iter().filter(|matcher| hit[matcher.index()]).count() >= *count as usize
            }
            Expr::Measure { what: Measure::Count(matcher), .. } => hit[matcher.index()],
            Expr::Measure { what: Measure::Length, value, .. } => 5.0 >= *value,
            Expr::Near { .. }
            | Expr::Measure { what: Measure::Distinct(_), .. }
            | Expr::Lang { .. }
            | Expr::Meta { .. }
            | Expr::MetaIn { .. }
            | Expr::Has(_)
            | Expr::Fired(_)
            | Expr::Evaded(_) => unreachable!("not generated"),
        }
    }

    proptest! {
        #[test]
        fn partial_evaluation_has_no_false_negatives(expr in some_condition(), hit: [bool; 3], known: [bool; 3]) {
            let program = Program::new(&expr);
            let holds = holds_slowly(&expr, hit);
            prop_assert!(program.may_hold(&mut Half { hit, known }) || !holds, "{:?}", expr);
            let root = program.nodes.len() as u32 - 1;
            prop_assert!(!program.must(root, &mut Half { hit, known }) || holds, "{:?}", expr);
        }

        #[test]
        fn near_equals_its_slow_twin(
            left in some_hits(), right in some_hits(), within in 0u32..6, ordered: bool,
        ) {
            let fast = follows(&left, &right, within, ordered)
                || (!ordered && follows(&right, &left, within, false));
            prop_assert_eq!(fast, near_slowly(&left, &right, within, ordered));
        }
    }

    #[test]
    fn distances_count_the_characters_between() {
        // Ends at 4, starts at 6: two characters between.
        let (left, right) = ([hit(0, 2, 2)], [hit(0, 6, 1)]);
        assert!(follows(&left, &right, 2, true) && !follows(&left, &right, 1, true));
        assert!(!follows(&right, &left, 2, true), "before is an order");
        assert!(!follows(&left, &[hit(1, 6, 1)], 9, false), "another field");
        assert!(follows(&left, &[hit(0, 3, 4)], 0, true), "overlap is distance zero");
    }
}
