//! The operators of conditions, one row each, and the other words of the grammar.
//!
//! To add an operator: add a row here, then follow the compiler through the parser
//! (`Parser::word`), [`Ast`](super::ast::Ast), [`Expr`](super::expr::Expr) (`operands`), the
//! program, the triggers and the codec. Every match is exhaustive. The tests check that each
//! row parses and that `docs/rule-language.md` describes it.

/// An operator of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "described by the rows")]
pub enum Operator {
    Or,
    And,
    Not,
    Near,
    Before,
    Around,
    Segment,
    Any,
    All,
    None,
    Count,
    Distinct,
    Length,
    Lang,
    Post,
    Has,
    Fired,
    Evaded,
}

/// What an operator is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Two or more conditions, one between each two.
    Conditions,
    /// The condition that follows.
    Condition,
    /// A matcher on each side, or a choice of matchers, and a distance in characters.
    Sides,
    /// A matcher before it, or a choice of matchers, and a condition in brackets after it.
    Scope,
    /// A set of matchers.
    Set,
    /// One matcher, in brackets.
    Matcher,
    /// The id of a rule, in brackets.
    Rule,
    /// A path of the post.
    Path,
    /// Nothing: it is a property of the text.
    Nothing,
}

/// The declaration of one operator.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The operator.
    pub operator: Operator,
    /// Its word in conditions. No matcher may have this name.
    pub word: &'static str,
    /// What it is applied to.
    pub arity: Arity,
    /// A condition that uses it.
    pub example: &'static str,
}

const fn row(operator: Operator, word: &'static str, arity: Arity, example: &'static str) -> Row {
    Row { operator, word, arity, example }
}

/// Every operator, weakest binding first. The row of an operator is at its number.
pub const OPERATORS: [Row; 18] = [
    row(Operator::Or, "or", Arity::Conditions, "game or bait"),
    row(Operator::And, "and", Arity::Conditions, "game and bait"),
    row(Operator::Not, "not", Arity::Condition, "not game"),
    row(Operator::Near, "near", Arity::Sides, "game near/20 bait"),
    row(Operator::Before, "before", Arity::Sides, "game before/20 bait"),
    row(Operator::Around, "around", Arity::Scope, "game around/20 (bait and not handle)"),
    row(Operator::Segment, "segment", Arity::Scope, "game in segment (length < 60)"),
    row(Operator::Any, "any", Arity::Set, "any of zh_*"),
    row(Operator::All, "all", Arity::Set, "all of them"),
    row(Operator::None, "none", Arity::Set, "none of (game, bait)"),
    row(Operator::Count, "count", Arity::Matcher, "count(game) >= 2"),
    row(Operator::Distinct, "distinct", Arity::Matcher, "distinct(game) >= 2"),
    row(Operator::Length, "length", Arity::Nothing, "length > 28"),
    row(Operator::Lang, "lang", Arity::Nothing, "lang in [zh, en]"),
    row(Operator::Post, "post", Arity::Path, "post.channel == news"),
    row(Operator::Has, "has", Arity::Path, "has(post.author.id)"),
    row(Operator::Fired, "fired", Arity::Rule, "fired(a.b-c)"),
    row(Operator::Evaded, "evaded", Arity::Matcher, "evaded(game)"),
];

const _: () = {
    let mut at = 0;
    while at < OPERATORS.len() {
        assert!(OPERATORS[at].operator as usize == at, "rows are in the order of the operators");
        at += 1;
    }
};

impl Operator {
    /// The operator with this word.
    pub fn of_word(word: &str) -> Option<Operator> {
        OPERATORS.iter().find(|row| row.word == word).map(|row| row.operator)
    }

    /// Its word in conditions.
    pub const fn word(self) -> &'static str {
        OPERATORS[self as usize].word
    }
}

/// Words of the grammar that are no operators.
const OTHER_WORDS: &[&str] = &["false", "in", "of", "them", "true"];

/// May a matcher have this name? `[a-z_][a-z0-9_]*` and not a word of the grammar.
pub fn is_name(word: &str) -> bool {
    let well_formed = word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    well_formed && Operator::of_word(word).is_none() && !OTHER_WORDS.contains(&word)
}

/// May a path of the post have this name, without `post.`? Keys separated by dots.
pub fn is_path(path: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '*';
    path.split('.').all(|step| !step.is_empty() && step.chars().all(is_plain))
}

/// The condition on one line, each run of white space replaced by one space: the text that
/// verdicts quote.
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
