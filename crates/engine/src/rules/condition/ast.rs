//! The tree of a condition as written: names are text, nodes have byte ranges.

use crate::rules::condition::expr::{Compare, Extent, Value};
use std::ops::Range;

/// A word and its byte range in the condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub enum Ast {
    /// All are true; at least two.
    And(Vec<Ast>),
    /// One is true; at least two.
    Or(Vec<Ast>),
    /// Is false.
    Not(Box<Ast>, Range<usize>),
    /// A matcher has a hit.
    Name(Word),
    /// Two operands near each other.
    Near(Box<Near>),
    /// A condition on the neighbourhood of a hit.
    Scoped(Box<Scoped>),
    /// A number of a set.
    Of(Quantity, Set),
    /// A comparison.
    Test(Subject, Test, Range<usize>),
    /// `has(post.path)`: the path alone.
    Has(Word),
    /// `fired(rule-id)`.
    Fired(Word),
    /// `evaded(name)`.
    Evaded(Word),
}

/// `left near/within right`.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    pub(super) left: Side,
    pub(super) right: Side,
    pub(super) within: u32,
    pub(super) ordered: bool,
}

/// `key around/N (inner)`, `key in segment (inner)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoped {
    pub(super) key: Side,
    pub(super) extent: Extent,
    pub(super) inner: Ast,
}

/// What may be on either side of `near`, and what a scope is around.
#[derive(Clone, Debug, PartialEq)]
pub enum Side {
    /// A name, or names joined by `or`.
    Names(Vec<Word>),
    /// `any of set`.
    AnyOf(Set),
}

/// How many of a set.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// At least one.
    Any,
    /// Every one.
    All,
    /// Not one.
    None,
    /// At least so many.
    AtLeast(u32, Range<usize>),
}

/// Matchers by name, by glob, or the rule's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    pub(super) items: Vec<Item>,
    pub(super) range: Range<usize>,
}

/// One member of a set as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The rule's own matchers.
    Them(Range<usize>),
    /// One matcher.
    Name(Word),
    /// Matchers by pattern.
    Glob(Word),
}

/// The left side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// Hits of a matcher.
    Count(Word),
    /// Different terms of a matcher.
    Distinct(Word),
    /// Characters of the fields.
    Length,
    /// Language of the text.
    Lang,
    /// A path of the post, without `post.`.
    Post(Word),
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// An operator and a value.
    Is(Compare, Value, Range<usize>),
    /// One of these.
    In(Vec<(Value, Range<usize>)>, Range<usize>),
}
