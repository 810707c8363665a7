//! Conditions as flat arrays.
//!
//! A [`Program`] is made from the tree of a condition once, when rules are compiled or a
//! compiled file is read. There are two evaluations; neither allocates nor reads text, except
//! that segments are read once per post:
//!
//! * [`Program::holds`] is exact. It needs the hits of all matchers
//!   ([`Facts`](super::evaluate::Facts)).
//! * [`Program::may_hold`] is three-valued, over [`PartialFacts`](super::partial::PartialFacts):
//!   before the hits are found it separates conditions that cannot be true from those that may
//!   be. It has no false negatives.

use crate::domain::field::MetaId;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::condition::expr::{Compare, Expr, Extent, Measure, Operand, Value};
use crate::scan::text::script::Scripts;
use std::collections::BTreeSet;
use std::ops::Range;

/// A condition in the form that is evaluated.
#[derive(Debug)]
pub struct Program {
    /// Children before parents; the root is last.
    nodes: Vec<Node>,
    /// Numbers of child nodes, as written; nodes refer to ranges of it.
    children: Vec<u32>,
    /// The same ranges, the children first that decide their parent soonest.
    decisive_first: Vec<u32>,
    /// Matchers; nodes refer to ranges of it.
    matchers: Vec<MatcherIx>,
    /// Matchers whose hits support the condition wherever they are in the post.
    post_wide: Vec<MatcherIx>,
    has_scopes: bool,
    /// Matchers whose hits can make the condition true; sorted.
    supporting: Vec<MatcherIx>,
    /// Matchers whose hits can only make it false; sorted.
    opposing: Vec<MatcherIx>,
}

/// A node; see [`Expr`].
#[derive(Debug)]
pub(super) enum Node {
    And(Range<u32>),
    Or(Range<u32>),
    Not(u32),
    Hit(Range<u32>),
    Near { left: Range<u32>, right: Range<u32>, within: u32, ordered: bool },
    Scoped { key: Range<u32>, extent: Extent, inner: u32 },
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

impl Program {
    /// Makes the program of a condition.
    pub fn new(expr: &Expr) -> Program {
        let mut program = Program {
            nodes: Vec::new(),
            children: Vec::new(),
            decisive_first: Vec::new(),
            matchers: Vec::new(),
            post_wide: Vec::new(),
            has_scopes: false,
            supporting: Vec::new(),
            opposing: Vec::new(),
        };
        program.add(expr);
        program.add_post_wide(expr, true);
        program.divide(expr);
        program.decisive_first = program.children.clone();
        program
    }

    /// Orders the children of each node for [`Program::may_hold`]: of `and` the part that is true
    /// least often first, of `or` the one that is true most often. `cost` is how often a matcher
    /// hits. Changes no value.
    pub fn order_by(&mut self, cost: &dyn Fn(MatcherIx) -> u32) {
        let costs = self.costs(cost);
        for node in &self.nodes {
            let (Node::And(range) | Node::Or(range)) = node else { continue };
            let most_first = matches!(node, Node::Or(_));
            let range = range.start as usize..range.end as usize;
            let parts = &mut self.decisive_first[range.clone()];
            // Equal costs stay in order of mention: the order follows from the costs alone.
            parts.copy_from_slice(&self.children[range]);
            parts.sort_by_key(|part| {
                let cost = costs[*part as usize];
                if most_first { u64::MAX - cost } else { cost }
            });
        }
    }

    /// How often each node may be true, roughly: posts in a million, more where that is
    /// expensive to find out. What depends on the post alone is found out at once.
    fn costs(&self, cost: &dyn Fn(MatcherIx) -> u32) -> Vec<u64> {
        /// What cannot be decided from possible hits.
        const UNDECIDED: u64 = u32::MAX as u64;
        let mut costs: Vec<u64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let own = |part: &u32| costs[*part as usize];
            let sum = |range: &Range<u32>| {
                self.matchers(range).iter().map(|matcher| u64::from(cost(*matcher))).sum::<u64>()
            };
            costs.push(match node {
                Node::And(parts) => self.children(parts).iter().map(own).min().unwrap_or(0),
                Node::Or(parts) => self.children(parts).iter().map(own).sum(),
                Node::Hit(of) | Node::AtLeast { of, .. } => sum(of),
                Node::Near { left, right, .. } => sum(left).min(sum(right)),
                Node::Scoped { key, inner, .. } => sum(key).min(own(inner)),
                Node::Count { matcher, .. }
                | Node::Distinct { matcher, .. }
                | Node::Evaded(matcher) => u64::from(cost(*matcher)),
                Node::Length { .. } | Node::Meta { .. } | Node::MetaIn { .. } | Node::Has(_) => 0,
                Node::Not(_) | Node::Lang { .. } | Node::Fired(_) => UNDECIDED,
            });
        }
        costs
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
            Expr::Scoped { key, extent, inner } => {
                let inner = self.add(inner);
                Node::Scoped { key: self.add_matchers(key), extent: *extent, inner }
            }
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

    /// Lists the matchers whose hits support the condition wherever they are: not those under
    /// `not`, nor those of scopes.
    fn add_post_wide(&mut self, expr: &Expr, supports: bool) {
        let operands = expr.operands();
        if operands.scopes {
            self.has_scopes = true;
            return;
        }
        if supports {
            self.post_wide.extend(operands.all_matchers());
        }
        for part in operands.children {
            self.add_post_wide(part, supports != operands.negates);
        }
    }

    /// Divides the matchers into those that can make the condition true and those that cannot. A
    /// condition that names other rules has none of the latter: what those find is not known
    /// before they are evaluated.
    fn divide(&mut self, expr: &Expr) {
        let mut names_rule = false;
        expr.visit(&mut |node| names_rule |= node.operands().rule.is_some());
        let (mut supporting, mut opposing) = (BTreeSet::new(), BTreeSet::new());
        divide(expr, true, &mut supporting, &mut opposing);
        if names_rule {
            supporting.append(&mut opposing);
        }
        self.opposing = opposing.difference(&supporting).copied().collect();
        self.supporting = supporting.into_iter().collect();
    }

    /// Matchers whose hits can make the condition true; sorted.
    pub fn supporting(&self) -> &[MatcherIx] {
        &self.supporting
    }

    /// Matchers whose hits can only make it false; sorted. Without some or all of their hits, the
    /// condition is true wherever it is with them.
    pub fn opposing(&self) -> &[MatcherIx] {
        &self.opposing
    }

    /// Does the condition look at windows?
    pub fn has_scopes(&self) -> bool {
        self.has_scopes
    }

    /// Matchers whose hits are evidence wherever they are in the post; may repeat.
    pub fn post_wide(&self) -> &[MatcherIx] {
        &self.post_wide
    }

    /// The number of the root.
    pub(super) fn root(&self) -> u32 {
        self.nodes.len() as u32 - 1
    }

    pub(super) fn node(&self, number: u32) -> &Node {
        &self.nodes[number as usize]
    }

    pub(super) fn children(&self, range: &Range<u32>) -> &[u32] {
        &self.children[range.start as usize..range.end as usize]
    }

    /// The children, those first that decide their parent soonest.
    pub(super) fn decisive_first(&self, range: &Range<u32>) -> &[u32] {
        &self.decisive_first[range.start as usize..range.end as usize]
    }

    pub(super) fn matchers(&self, range: &Range<u32>) -> &[MatcherIx] {
        &self.matchers[range.start as usize..range.end as usize]
    }
}

/// Adds the matchers of `expr` to those whose hits make it true, or to those whose hits make it
/// false. A test that more hits can turn either way counts as the former: so does `distinct`,
/// because a hit of a regex takes the place of one of a term, and is counted by another key.
fn divide(
    expr: &Expr,
    supports: bool,
    supporting: &mut BTreeSet<MatcherIx>,
    opposing: &mut BTreeSet<MatcherIx>,
) {
    let operands = expr.operands();
    let grows = match expr {
        Expr::Measure { what: Measure::Distinct(_), op: _, value: _ } => false,
        Expr::Measure { what: Measure::Count(_) | Measure::Length, op, value: _ } => match op {
            Compare::Greater | Compare::GreaterOrEqual => true,
            Compare::Less | Compare::LessOrEqual | Compare::Equal | Compare::NotEqual => false,
        },
        Expr::Evaded(_) => false,
        Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::Hit(_)
        | Expr::Near { .. }
        | Expr::Scoped { .. }
        | Expr::AtLeast { .. }
        | Expr::Lang { .. }
        | Expr::Meta { .. }
        | Expr::MetaIn { .. }
        | Expr::Has(_)
        | Expr::Fired(_) => true,
    };
    match grows && !supports {
        true => opposing.extend(operands.all_matchers()),
        false => supporting.extend(operands.all_matchers()),
    }
    for part in operands.children {
        divide(part, supports != operands.negates, supporting, opposing);
    }
}
