//! The tree of a condition with names resolved.

use crate::domain::field::MetaId;
use crate::domain::ids::{MatcherIx, RuleIx};

/// The tree of a condition with names resolved. `any of`, `all of`, `none of` and
/// `N of` are all [`Expr::AtLeast`] (with [`Expr::Not`] for `none`).
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All are true. At least two.
    And(Vec<Expr>),
    /// One is true. At least two.
    Or(Vec<Expr>),
    /// Is false.
    Not(Box<Expr>),
    /// One of these matchers has a hit.
    Hit(Operand),
    /// `left near/N right`, `left before/N right`.
    Near {
        /// Left side.
        left: Operand,
        /// Right side.
        right: Operand,
        /// The most units between the hits (`fold::units`).
        within: u32,
        /// `before`: the left hit ends where the right one begins, or earlier.
        ordered: bool,
    },
    /// `key around/N (inner)`, `key in segment (inner)`: there is a hit of `key` such that
    /// `inner` is true when only the hits in its window are seen.
    Scoped {
        /// The matchers whose hits have windows.
        key: Operand,
        /// How far the window of a hit reaches.
        extent: Extent,
        /// The condition on the window.
        inner: Box<Expr>,
    },
    /// At least `count` of these matchers have a hit.
    AtLeast {
        /// The smallest number that suffices.
        count: u32,
        /// Sorted, no duplicates.
        of: Vec<MatcherIx>,
    },
    /// `count(x) >= 3`, `distinct(x) >= 2`, `length > 28`.
    Measure {
        /// The measure.
        what: Measure,
        /// The comparison.
        op: Compare,
        /// The constant.
        value: f64,
    },
    /// `lang == zh`, `lang in [zh, en]`: true if the language of the fields of the rule (or the
    /// language that the post states) is one of them.
    Lang {
        /// Lower case.
        any: Vec<String>,
        /// `!=`.
        negated: bool,
    },
    /// `post.channel == news`, `post.age < 7`; false when the field is missing.
    Meta {
        /// The path.
        path: MetaId,
        /// The comparison.
        op: Compare,
        /// The constant.
        value: Value,
    },
    /// `post.channel in [a, b]`.
    MetaIn {
        /// The path.
        path: MetaId,
        /// The constants.
        values: Vec<Value>,
    },
    /// `has(post.path)`.
    Has(MetaId),
    /// `fired(rule-id)`.
    Fired(RuleIx),
    /// `evaded(x)`: `x` has hits, and none in the views `exact` and `folded`.
    Evaded(MatcherIx),
}

/// Everything that one node of a condition refers to.
///
/// [`Expr::operands`] is the only place that maps the kinds of nodes to their operands: visitors,
/// triggers, evidence, lints and the checks of compiled files are built on it, so that a new
/// kind of node cannot be forgotten by one of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operands<'e> {
    /// Child conditions, in order of writing.
    pub children: &'e [Expr],
    /// Is the node true where its children are false?
    pub negates: bool,
    /// Do its children see only the window of a hit?
    pub scopes: bool,
    /// Sets of matchers: the two sides of `near`, otherwise one set and an empty one. Of a node
    /// with children, they are written before them.
    pub matchers: [&'e [MatcherIx]; 2],
    /// The rule of `fired()`.
    pub rule: Option<RuleIx>,
    /// The `post.` path.
    pub path: Option<MetaId>,
}

impl<'e> Operands<'e> {
    /// Matchers of both sets, in order of writing.
    pub fn all_matchers(self) -> impl Iterator<Item = MatcherIx> + 'e {
        let [left, right] = self.matchers;
        left.iter().chain(right).copied()
    }
}

impl Expr {
    /// What this node refers to.
    pub fn operands(&self) -> Operands<'_> {
        let none = Operands::default();
        let one = |matchers| Operands { matchers: [matchers, &[]], ..Operands::default() };
        match self {
            Expr::And(parts) | Expr::Or(parts) => Operands { children: parts, ..none },
            Expr::Not(inner) => {
                Operands { children: std::slice::from_ref(inner), negates: true, ..none }
            }
            Expr::Hit(operand) => one(&operand.any),
            Expr::Near { left, right, within: _, ordered: _ } => {
                Operands { matchers: [&left.any, &right.any], ..none }
            }
            Expr::Scoped { key, extent: _, inner } => Operands {
                matchers: [&key.any, &[]],
                children: std::slice::from_ref(inner),
                scopes: true,
                ..none
            },
            Expr::AtLeast { count: _, of } => one(of),
            Expr::Measure { what, op: _, value: _ } => match what {
                Measure::Count(matcher) | Measure::Distinct(matcher) => {
                    one(std::slice::from_ref(matcher))
                }
                Measure::Length => none,
            },
            Expr::Lang { any: _, negated: _ } => none,
            Expr::Meta { path, op: _, value: _ } | Expr::MetaIn { path, values: _ } => {
                Operands { path: Some(*path), ..none }
            }
            Expr::Has(path) => Operands { path: Some(*path), ..none },
            Expr::Fired(rule) => Operands { rule: Some(*rule), ..none },
            Expr::Evaded(matcher) => one(std::slice::from_ref(matcher)),
        }
    }

    /// Sets of matchers of each of which this condition requires a hit, those of the parts of an
    /// `and` included.
    pub fn required_hits(&self) -> Vec<&[MatcherIx]> {
        match self {
            Expr::And(parts) => parts.iter().flat_map(Expr::required_hits).collect(),
            Expr::AtLeast { count, of } if *count as usize >= of.len() => of.chunks(1).collect(),
            Expr::Hit(_)
            | Expr::Near { .. }
            | Expr::Scoped { .. }
            | Expr::AtLeast { .. }
            | Expr::Evaded(_) => {
                let sets = self.operands().matchers.into_iter();
                sets.filter(|set| !set.is_empty()).collect()
            }
            Expr::Or(_)
            | Expr::Not(_)
            | Expr::Measure { .. }
            | Expr::Lang { .. }
            | Expr::Meta { .. }
            | Expr::MetaIn { .. }
            | Expr::Has(_)
            | Expr::Fired(_) => Vec::new(),
        }
    }

    /// The parts of an `and`, otherwise the condition itself.
    pub fn required_parts(&self) -> &[Expr] {
        if let Expr::And(parts) = self { parts } else { std::slice::from_ref(self) }
    }

    /// Calls `seen` for this node and every node below it, parents first.
    pub fn visit<'e>(&'e self, seen: &mut impl FnMut(&'e Expr)) {
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            seen(expr);
            open.extend(expr.operands().children.iter().rev());
        }
    }

    /// As [`Expr::visit`], but not the conditions on windows: they say nothing about the whole
    /// post.
    pub fn visit_unscoped<'e>(&'e self, seen: &mut impl FnMut(&'e Expr)) {
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            seen(expr);
            let operands = expr.operands();
            if !operands.scopes {
                open.extend(operands.children.iter().rev());
            }
        }
    }

    /// Every matcher in this node and those below it, in order of writing, with repetitions.
    pub fn matchers(&self) -> Vec<MatcherIx> {
        let mut found = Vec::new();
        self.visit(&mut |expr| found.extend(expr.operands().all_matchers()));
        found
    }

    /// Every rule that `fired()` names in this node and those below it, in order of writing.
    pub fn fired_rules(&self) -> Vec<RuleIx> {
        let mut found = Vec::new();
        self.visit(&mut |expr| found.extend(expr.operands().rule));
        found
    }

    /// Calls `change` for every matcher in this node and those below it, and sorts the sets
    /// again.
    pub fn renumber_matchers(&mut self, change: &mut impl FnMut(&mut MatcherIx)) {
        fn set(any: &mut [MatcherIx], change: &mut impl FnMut(&mut MatcherIx)) {
            any.iter_mut().for_each(change);
            any.sort_unstable();
        }
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            match expr {
                Expr::And(parts) | Expr::Or(parts) => open.extend(parts),
                Expr::Not(inner) => open.push(inner),
                Expr::Hit(operand) => set(&mut operand.any, change),
                Expr::Near { left, right, within: _, ordered: _ } => {
                    set(&mut left.any, change);
                    set(&mut right.any, change);
                }
                Expr::Scoped { key, extent: _, inner } => {
                    set(&mut key.any, change);
                    open.push(inner);
                }
                Expr::AtLeast { count: _, of } => set(of, change),
                Expr::Measure { what, op: _, value: _ } => match what {
                    Measure::Count(matcher) | Measure::Distinct(matcher) => change(matcher),
                    Measure::Length => {}
                },
                Expr::Evaded(matcher) => change(matcher),
                Expr::Lang { .. }
                | Expr::Meta { .. }
                | Expr::MetaIn { .. }
                | Expr::Has(_)
                | Expr::Fired(_) => {}
            }
        }
    }
}

/// `a`, `(a or b)` or `any of set`: a hit of any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// Never empty, sorted, no duplicates.
    pub any: Vec<MatcherIx>,
}

/// How far the window of a hit reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many characters to each side, counted as `near` counts them.
    Around(u32),
    /// To the ends of its segment; see [`crate::scan::text::segments`].
    Segment,
}

/// A number that conditions compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Hits at different spans.
    Count(MatcherIx),
    /// Different folded terms.
    Distinct(MatcherIx),
    /// Characters over the rule's fields.
    Length,
}

/// `== != < <= > >=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    /// All comparisons. A sign that begins with another sign comes before it.
    pub const ALL: [Compare; 6] = [
        Compare::Equal,
        Compare::NotEqual,
        Compare::LessOrEqual,
        Compare::GreaterOrEqual,
        Compare::Less,
        Compare::Greater,
    ];

    /// Is `left OP right` true? For values without an order (NaN) only `!=` is true.
    #[inline]
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Compare::Equal => left == right,
            Compare::NotEqual => left != right,
            Compare::Less => left < right,
            Compare::LessOrEqual => left <= right,
            Compare::Greater => left > right,
            Compare::GreaterOrEqual => left >= right,
        }
    }

    /// The sign in conditions.
    pub fn sign(self) -> &'static str {
        match self {
            Compare::Equal => "==",
            Compare::NotEqual => "!=",
            Compare::Less => "<",
            Compare::LessOrEqual => "<=",
            Compare::Greater => ">",
            Compare::GreaterOrEqual => ">=",
        }
    }
}

/// A constant of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// `true`, `false`.
    Bool(bool),
    /// A quoted string or a bare word.
    Text(String),
}
