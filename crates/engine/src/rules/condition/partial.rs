//! The three-valued evaluation of conditions, before all hits are found.
//!
//! A condition that cannot be true is certainly false: rules are dropped on this answer. In a
//! window less is certain than in the post. A matcher without a hit in the post has none in a
//! window; but a matcher with a hit may have none in a window, and the length of a window is
//! unknown.

use crate::domain::field::MetaId;
use crate::domain::ids::MatcherIx;
use crate::post::Post;
use crate::rules::condition::compare::{meta_has, meta_holds, meta_in};
use crate::rules::condition::program::{Node, Program};
use std::ops::Range;

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

/// What a node looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Post,
    /// Some window of the post.
    Window,
}

impl Program {
    /// May the condition be true, given which matchers may have hits and which certainly have
    /// one? `false` is certain. Reads no hit.
    pub fn may_hold(&self, known: &mut impl PartialFacts) -> bool {
        self.may(self.root(), known, Place::Post)
    }

    fn may(&self, node: u32, known: &mut impl PartialFacts, place: Place) -> bool {
        let mut any = |range: &Range<u32>| {
            self.matchers(range).iter().any(|matcher| known.may_have(*matcher))
        };
        match self.node(node) {
            Node::And(parts) => {
                self.decisive_first(parts).iter().all(|part| self.may(*part, known, place))
            }
            Node::Or(parts) => {
                self.decisive_first(parts).iter().any(|part| self.may(*part, known, place))
            }
            Node::Not(inner) => !self.must(*inner, known, place),
            Node::Hit(of) => any(of),
            Node::Near { left, right, .. } => any(left) && any(right),
            Node::Scoped { key, inner, .. } => any(key) && self.may(*inner, known, Place::Window),
            Node::AtLeast { count, of } => {
                let possible = self.matchers(of).iter().filter(|matcher| known.may_have(**matcher));
                possible.take(*count as usize).count() == *count as usize
            }
            Node::Count { matcher, op, value } | Node::Distinct { matcher, op, value } => {
                known.may_have(*matcher) || op.holds(&0.0, value)
            }
            Node::Evaded(matcher) => known.may_have(*matcher),
            Node::Meta { .. } | Node::MetaIn { .. } | Node::Has(_) | Node::Length { .. } => {
                self.by_post(node, known, place).unwrap_or(true)
            }
            // May be true.
            Node::Lang { .. } | Node::Fired(_) => true,
        }
    }

    /// Is the node certainly true? Returns `false` for nodes that are expensive to decide.
    fn must(&self, node: u32, known: &mut impl PartialFacts, place: Place) -> bool {
        match self.node(node) {
            Node::And(parts) => {
                self.children(parts).iter().all(|part| self.must(*part, known, place))
            }
            Node::Or(parts) => {
                self.children(parts).iter().any(|part| self.must(*part, known, place))
            }
            Node::Hit(_) | Node::AtLeast { .. } if place == Place::Window => false,
            Node::Hit(of) => self.matchers(of).iter().any(|matcher| known.must_have(*matcher)),
            Node::AtLeast { count, of } => {
                let certain = self.matchers(of).iter().filter(|matcher| known.must_have(**matcher));
                certain.take(*count as usize).count() == *count as usize
            }
            Node::Meta { .. } | Node::MetaIn { .. } | Node::Has(_) | Node::Length { .. } => {
                self.by_post(node, known, place).unwrap_or(false)
            }
            Node::Not(_)
            | Node::Near { .. }
            | Node::Scoped { .. }
            | Node::Count { .. }
            | Node::Distinct { .. }
            | Node::Lang { .. }
            | Node::Fired(_)
            | Node::Evaded(_) => false,
        }
    }

    /// The value of a node that depends only on the post, if it is known.
    fn by_post(&self, node: u32, known: &impl PartialFacts, place: Place) -> Option<bool> {
        let meta = |path: &MetaId| known.post().meta(*path);
        match self.node(node) {
            Node::Meta { path, op, value } => Some(meta_holds(meta(path), *op, value)),
            Node::MetaIn { path, values } => Some(meta_in(meta(path), values)),
            Node::Has(path) => Some(meta_has(meta(path))),
            Node::Length { .. } if place == Place::Window => None,
            Node::Length { op, value } => {
                known.length().map(|length| op.holds(&(length as f64), value))
            }
            Node::And(_)
            | Node::Or(_)
            | Node::Not(_)
            | Node::Hit(_)
            | Node::Near { .. }
            | Node::Scoped { .. }
            | Node::AtLeast { .. }
            | Node::Count { .. }
            | Node::Distinct { .. }
            | Node::Lang { .. }
            | Node::Fired(_)
            | Node::Evaded(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::expr::{Compare, Expr, Extent, Measure, Operand};
    use proptest::prelude::*;

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
                prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
                (0u32..3, inner).prop_map(|(key, inner)| Expr::Scoped {
                    key: Operand { any: vec![MatcherIx(key)] },
                    extent: Extent::Segment,
                    inner: Box::new(inner),
                }),
            ]
        })
    }

    /// Evaluates the tree, with everything known. The hits are far from each other: a window
    /// contains its own hit alone.
    fn holds_slowly(expr: &Expr, hit: [bool; 3], length: u32) -> bool {
        match expr {
            Expr::And(parts) => parts.iter().all(|part| holds_slowly(part, hit, length)),
            Expr::Or(parts) => parts.iter().any(|part| holds_slowly(part, hit, length)),
            Expr::Not(inner) => !holds_slowly(inner, hit, length),
            Expr::Hit(operand) => operand.any.iter().any(|matcher| hit[matcher.index()]),
            Expr::AtLeast { count, of } => {
                of.iter().filter(|matcher| hit[matcher.index()]).count() >= *count as usize
            }
            Expr::Measure { what: Measure::Count(matcher), .. } => hit[matcher.index()],
            Expr::Measure { what: Measure::Length, value, .. } => f64::from(length) >= *value,
            Expr::Scoped { key, extent: _, inner } => key.any.iter().any(|matcher| {
                let mut alone = [false; 3];
                alone[matcher.index()] = true;
                hit[matcher.index()] && holds_slowly(inner, alone, 2)
            }),
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
        fn partial_evaluation_has_no_false_negatives(expr in some_condition(), hit: [bool; 3], known: [bool; 3], costs: [u32; 3]) {
            let mut program = Program::new(&expr);
            program.order_by(&|matcher| costs[matcher.index()]);
            let holds = holds_slowly(&expr, hit, 5);
            prop_assert!(program.may_hold(&mut Half { hit, known }) || !holds, "{:?}", expr);
            let must = program.must(program.root(), &mut Half { hit, known }, Place::Post);
            prop_assert!(!must || holds, "{:?}", expr);
        }
    }
}
