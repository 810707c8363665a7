//! A recursive descent parser of conditions, with one token of lookahead.

use super::ast::{Ast, Item, Near, Quantity, Scoped, Set, Side, Subject, Test, Word};
use super::error::ConditionError;
use super::grammar::{Operator, is_name, is_path};
use super::lexer::{Lexer, Token, unescape};
use crate::domain::limits::{
    AROUND_CHARS_MAX, CONDITION_BYTES_MAX, CONDITION_DEPTH_MAX, DISTANCE_CHARS_MAX, SCOPE_DEPTH_MAX,
};
use crate::message::{Message, message};
use crate::rules::condition::expr::{Compare, Extent, Value};
use std::ops::Range;

/// The most digits of a number that a 64-bit float represents exactly.
const NUMBER_DIGITS_MAX: usize = 15;

/// Parses one condition. Names are not resolved.
///
/// # Errors
///
/// The first syntax error, or a condition that is too long or nested too deeply.
pub fn parse(text: &str) -> Result<Ast, ConditionError> {
    if text.len() > CONDITION_BYTES_MAX {
        let message = message!(
            "this condition has {} bytes; at most {CONDITION_BYTES_MAX} are accepted",
            text.len()
        );
        return Err(ConditionError::new("too_large", message, 0..0));
    }
    let mut lexer = Lexer::new(text);
    let (token, range) = lexer.next()?;
    let mut parser =
        Parser { lexer, token, range, last_end: 0, depth: 0, scopes: 0, in_list: false };
    let ast = parser.expr()?;
    if parser.token == Token::End { Ok(ast) } else { Err(parser.after_operand()) }
}

/// The parser, one token ahead.
struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    range: Range<usize>,
    /// End of the token before this one.
    last_end: usize,
    /// Open brackets and `not`s around this token.
    depth: usize,
    /// Scopes around this token.
    scopes: usize,
    /// Between the brackets of a set or list.
    in_list: bool,
}

type Parsed<T> = Result<T, ConditionError>;

impl<'t> Parser<'t> {
    fn advance(&mut self) -> Parsed<Range<usize>> {
        let (token, range) = self.lexer.next()?;
        self.token = token;
        let taken = std::mem::replace(&mut self.range, range);
        self.last_end = taken.end;
        Ok(taken)
    }

    fn is_word(&self, word: &str) -> bool {
        self.token == Token::Word(word)
    }

    fn is_operator(&self, operator: Operator) -> bool {
        self.is_word(operator.word())
    }

    /// Reads past the keyword if it is next.
    fn skip_word(&mut self, word: &str) -> Parsed<bool> {
        let is_next = self.is_word(word);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn expect(&mut self, token: Token<'_>, why: Message) -> Parsed<Range<usize>> {
        if self.token == token {
            return self.advance();
        }
        Err(self.expected(message!("{token} {why}", token = token.render())))
    }

    #[cold]
    fn expected(&self, what: Message) -> ConditionError {
        let message = message!("expected {what}, found {}", self.token.render());
        let error = ConditionError::syntax(message, self.range.clone());
        if self.token == Token::End && self.in_list {
            return error.help(message!(
                "inside `{{ }}` YAML ends a text at a comma: put the condition in quotes"
            ));
        }
        error
    }

    fn deeper(&mut self, range: &Range<usize>) -> Parsed<()> {
        self.depth += 1;
        if self.depth <= CONDITION_DEPTH_MAX {
            return Ok(());
        }
        let message = message!("this condition is nested deeper than {CONDITION_DEPTH_MAX} levels");
        Err(ConditionError::new("too_large", message, range.clone()))
    }

    fn expr(&mut self) -> Parsed<Ast> {
        let mut parts = vec![self.and()?];
        while self.skip_word(Operator::Or.word())? {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Ast::Or))
    }

    fn and(&mut self) -> Parsed<Ast> {
        let mut parts = vec![self.not()?];
        while self.skip_word(Operator::And.word())? {
            parts.push(self.not()?);
        }
        Ok(one_or(parts, Ast::And))
    }

    fn not(&mut self) -> Parsed<Ast> {
        if !self.is_operator(Operator::Not) {
            return self.term();
        }
        let range = self.advance()?;
        self.deeper(&range)?;
        let inner = self.not()?;
        self.depth -= 1;
        Ok(Ast::Not(Box::new(inner), range.start..self.last_end))
    }

    fn term(&mut self) -> Parsed<Ast> {
        let start = self.range.start;
        let left = self.operand(message!("a matcher or a comparison"))?;
        let is_near = self.is_proximity();
        if !is_near && !self.is_scope() {
            return Ok(left);
        }
        let left = side(left, start..self.last_end)?;
        let term = if is_near { self.near(left)? } else { self.scoped(left)? };
        if self.is_proximity() {
            let error = ConditionError::syntax(
                message!("`near` and `before` do not chain"),
                self.range.clone(),
            );
            return Err(error.help(message!("write `(a near/20 b) and (b near/20 c)`")));
        }
        if self.is_scope() {
            let error = ConditionError::syntax(message!("scopes do not chain"), self.range.clone());
            return Err(error
                .help(message!("write `a around/20 (b in segment (c))`, or join two with `and`")));
        }
        Ok(term)
    }

    /// `near` or `before`.
    fn is_proximity(&self) -> bool {
        self.is_operator(Operator::Near) || self.is_operator(Operator::Before)
    }

    /// `around`, or the `in` of `in segment`.
    fn is_scope(&self) -> bool {
        self.is_operator(Operator::Around) || self.is_word("in")
    }

    /// A condition in brackets, or a term that begins with a word.
    fn operand(&mut self, expected: Message) -> Parsed<Ast> {
        if self.token == Token::Open {
            self.bracket()
        } else if let Token::Word(word) = self.token {
            self.word(word)
        } else if let Token::Quoted(_) = self.token {
            let help = message!(
                "a text is no condition: give it a name under `match:`, and write the name"
            );
            Err(self.expected(expected).help(help))
        } else {
            Err(self.expected(expected))
        }
    }

    fn bracket(&mut self) -> Parsed<Ast> {
        let open = self.advance()?;
        self.deeper(&open)?;
        let inner = self.expr()?;
        if self.token != Token::Close {
            return Err(if self.token == Token::End {
                ConditionError::syntax(message!("this bracket is never closed"), open)
            } else {
                self.after_operand()
            });
        }
        self.advance()?;
        self.depth -= 1;
        Ok(inner)
    }

    /// The error for a token in place of `and`, `or` or the end.
    #[cold]
    fn after_operand(&self) -> ConditionError {
        let error = self.expected(message!("`and`, `or` or the end"));
        match self.token {
            Token::Word(word) if Operator::of_word(&word.to_lowercase()).is_some() && !is_lower(word) => {
                error.help(message!("write `{}`", word.to_lowercase()))
            }
            Token::Word("not") => error.help(message!("write `and not`")),
            Token::Close => ConditionError::syntax(message!("this bracket was never opened"), self.range.clone()),
            Token::Compare(_) => error.help(
                message!("matchers are not compared themselves: write `count(name) >= 2` or `distinct(name) >= 2`"),
            ),
            Token::Word(_) | Token::Quoted(_) => error.help(
                message!("join conditions with `and` or `or`; a term of two words is a matcher: \
                 `match: {{ name: [two words] }}`"),
            ),
            Token::Open
            | Token::OpenList
            | Token::CloseList
            | Token::Comma
            | Token::Slash
            | Token::End => error,
        }
    }

    /// A term that begins with a word.
    fn word(&mut self, word: &'t str) -> Parsed<Ast> {
        let start = self.range.start;
        match Operator::of_word(word) {
            Some(Operator::Any) => self.quantified(Quantity::Any),
            Some(Operator::All) => self.quantified(Quantity::All),
            Some(Operator::None) => self.quantified(Quantity::None),
            Some(Operator::Count) => {
                let name = self.matcher_argument()?;
                self.test(Subject::Count(name), start)
            }
            Some(Operator::Distinct) => {
                let name = self.matcher_argument()?;
                self.test(Subject::Distinct(name), start)
            }
            Some(Operator::Evaded) => Ok(Ast::Evaded(self.matcher_argument()?)),
            Some(Operator::Fired) => Ok(Ast::Fired(self.call(message!("the id of a rule"))?)),
            Some(Operator::Has) => {
                Ok(Ast::Has(post_path(self.call(message!("a path such as post.author.id"))?)?))
            }
            Some(Operator::Length) => {
                self.advance()?;
                self.test(Subject::Length, start)
            }
            Some(Operator::Lang) => {
                self.advance()?;
                self.test(Subject::Lang, start)
            }
            // A path is one word (`post.channel`); the others do not begin a term.
            Some(
                Operator::Post
                | Operator::Or
                | Operator::And
                | Operator::Not
                | Operator::Near
                | Operator::Before
                | Operator::Around
                | Operator::Segment,
            )
            | None => self.path_or_name(word),
        }
    }

    /// A term that begins with a word that is no operator.
    fn path_or_name(&mut self, word: &str) -> Parsed<Ast> {
        let start = self.range.start;
        if word.starts_with("post.") {
            let range = self.advance()?;
            let path = post_path(Word { text: word.to_owned(), range })?;
            return self.test(Subject::Post(path), start);
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            let range = self.range.clone();
            return self.quantified(Quantity::AtLeast(small_number(word, &range)?, range));
        }
        if word.contains('*') {
            let error = ConditionError::syntax(
                message!("the pattern `{word}` matches many matchers"),
                self.range.clone(),
            );
            return Err(error.help(message!("say how many: `any of {word}`, `2 of {word}`")));
        }
        let range = self.advance()?;
        Ok(Ast::Name(checked_name(Word { text: word.to_owned(), range })?))
    }

    /// `word(name)`: the name of a matcher.
    fn matcher_argument(&mut self) -> Parsed<Word> {
        checked_name(self.call(message!("the name of a matcher"))?)
    }

    /// `word(argument)`: the argument.
    fn call(&mut self, what: Message) -> Parsed<Word> {
        self.advance()?;
        self.expect(Token::Open, message!("before the argument"))?;
        let Token::Word(text) = self.token else {
            return Err(self.expected(what));
        };
        let range = self.advance()?;
        self.expect(Token::Close, message!("after the argument"))?;
        Ok(Word { text: text.to_owned(), range })
    }

    /// `any of set`, `2 of set`: the quantity is the next word.
    fn quantified(&mut self, quantity: Quantity) -> Parsed<Ast> {
        let word = self.token.render();
        self.advance()?;
        if !self.skip_word("of")? {
            return Err(self.expected(message!("`of` after {word}")));
        }
        Ok(Ast::Of(quantity, self.set()?))
    }

    fn set(&mut self) -> Parsed<Set> {
        let start = self.range.start;
        if self.token != Token::Open {
            let item = self.item()?;
            return Ok(Set { items: vec![item], range: start..self.last_end });
        }
        self.advance()?;
        self.in_list = true;
        let mut items = vec![self.item()?];
        while self.token == Token::Comma {
            self.advance()?;
            items.push(self.item()?);
        }
        if self.is_word("or") {
            return Err(self
                .expected(message!("`,` or `)`"))
                .help(message!("members of a set are separated by commas")));
        }
        self.expect(Token::Close, message!("after the set"))?;
        self.in_list = false;
        Ok(Set { items, range: start..self.last_end })
    }

    fn item(&mut self) -> Parsed<Item> {
        let Token::Word(text) = self.token else {
            return Err(self.expected(message!("`them`, the name of a matcher or a pattern")));
        };
        let range = self.advance()?;
        let word = Word { text: text.to_owned(), range };
        match text {
            "them" => Ok(Item::Them(word.range)),
            _ if text.contains('*') => checked_glob(word).map(Item::Glob),
            _ => checked_name(word).map(Item::Name),
        }
    }

    /// `word/N`: the number and its range. The word is next.
    fn distance(&mut self, word: &str, meaning: Message) -> Parsed<(u32, Range<usize>)> {
        let from = self.advance()?;
        if self.token != Token::Slash {
            let error = ConditionError::syntax(message!("`{word}` needs a distance"), from);
            return Err(error.help(message!("write `{word}/20` for {meaning}")));
        }
        self.advance()?;
        let Token::Word(number) = self.token else {
            return Err(self.expected(message!("a number of characters")));
        };
        let range = self.advance()?;
        Ok((small_number(number, &range)?, range))
    }

    fn near(&mut self, left: Side) -> Parsed<Ast> {
        let ordered = self.is_operator(Operator::Before);
        let word = if ordered { Operator::Before } else { Operator::Near }.word();
        let (within, range) = self.distance(word, message!("at most 20 characters between"))?;
        if within > DISTANCE_CHARS_MAX {
            let message = message!("a distance is at most {DISTANCE_CHARS_MAX} characters");
            let error = ConditionError::new("bad_distance", message, range);
            return Err(error.help(message!("to require both anywhere in the post, write `and`")));
        }
        let start = self.range.start;
        let right = self.operand(message!("a matcher"))?;
        let right = side(right, start..self.last_end)?;
        Ok(Ast::Near(Box::new(Near { left, right, within, ordered })))
    }

    /// The rest of a scope whose hits are those of `key`: `around/N` or `in segment`, and the
    /// condition on its windows.
    fn scoped(&mut self, key: Side) -> Parsed<Ast> {
        let at = self.range.clone();
        let extent = self.extent()?;
        if self.scopes == SCOPE_DEPTH_MAX {
            let message = message!("scopes are nested at most {SCOPE_DEPTH_MAX} deep");
            let error = ConditionError::new("too_large", message, at.start..self.last_end);
            return Err(error.help(message!("join scopes with `and`")));
        }
        if self.token != Token::Open {
            let error = self.expected(message!("`(` and a condition on the window"));
            return Err(error.help(message!("write `a around/20 (b)` or `a in segment (b)`")));
        }
        self.scopes += 1;
        let inner = self.bracket()?;
        self.scopes -= 1;
        Ok(Ast::Scoped(Box::new(Scoped { key, extent, inner })))
    }

    fn extent(&mut self) -> Parsed<Extent> {
        if self.is_operator(Operator::Around) {
            let word = Operator::Around.word();
            let (within, range) = self.distance(word, message!("20 characters to each side"))?;
            return check_around(within, range);
        }
        self.advance()?;
        if self.skip_word(Operator::Segment.word())? {
            return Ok(Extent::Segment);
        }
        let error = self.expected(message!("`segment` after `in`"));
        Err(error.help(message!(
            "`a in segment (b)` looks at the segment of a hit; `in [a, b]` is a comparison"
        )))
    }

    fn test(&mut self, subject: Subject, start: usize) -> Parsed<Ast> {
        let test = if let Token::Compare(op) = self.token {
            self.advance()?;
            let (value, range) = self.value()?;
            check_order(op, &value, &range)?;
            Test::Is(op, value, range)
        } else if self.is_word("in") {
            self.list()?
        } else {
            return Err(self.expected(message!("a comparison such as `>= 2` or `in [a, b]`")));
        };
        Ok(Ast::Test(subject, test, start..self.last_end))
    }

    fn list(&mut self) -> Parsed<Test> {
        let start = self.advance()?.start;
        self.expect(Token::OpenList, message!("after `in`"))?;
        self.in_list = true;
        if self.token == Token::CloseList {
            let range = start..self.range.end;
            return Err(ConditionError::new(
                "never_true",
                message!("nothing is in an empty list"),
                range,
            ));
        }
        let mut values = vec![self.value()?];
        while self.token == Token::Comma {
            self.advance()?;
            values.push(self.value()?);
        }
        self.expect(Token::CloseList, message!("after the list"))?;
        self.in_list = false;
        Ok(Test::In(values, start..self.last_end))
    }

    fn value(&mut self) -> Parsed<(Value, Range<usize>)> {
        let value = if let Token::Quoted(text) = self.token {
            Value::Text(unescape(text))
        } else if let Token::Word(word) = self.token {
            word_value(word, &self.range)?
        } else {
            return Err(self.expected(message!("a number, a word or a quoted string")));
        };
        let range = self.advance()?;
        Ok((value, range))
    }
}

fn check_around(within: u32, range: Range<usize>) -> Parsed<Extent> {
    if (1..=AROUND_CHARS_MAX).contains(&within) {
        return Ok(Extent::Around(within));
    }
    let message = message!("a window has 1 to {AROUND_CHARS_MAX} characters to each side");
    let error = ConditionError::new("bad_distance", message, range);
    Err(error.help(if within == 0 {
        message!("for hits that touch write `near/0`")
    } else {
        message!("to look at the whole post write `and`")
    }))
}

fn one_or(mut parts: Vec<Ast>, many: fn(Vec<Ast>) -> Ast) -> Ast {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

/// The operands of `near` and the keys of scopes must have hits.
fn side(ast: Ast, range: Range<usize>) -> Parsed<Side> {
    let names = match ast {
        Ast::Name(name) => Some(vec![name]),
        Ast::Of(Quantity::Any, set) => return Ok(Side::AnyOf(set)),
        Ast::Or(parts) => parts
            .into_iter()
            .map(|part| if let Ast::Name(name) = part { Some(name) } else { None })
            .collect(),
        Ast::And(_)
        | Ast::Not(..)
        | Ast::Near(_)
        | Ast::Scoped(_)
        | Ast::Of(Quantity::All | Quantity::None | Quantity::AtLeast(..), _)
        | Ast::Test(..)
        | Ast::Has(_)
        | Ast::Fired(_)
        | Ast::Evaded(_) => None,
    };
    names.map(Side::Names).ok_or_else(|| {
        ConditionError::syntax(
            message!("only matchers have hits that others can be near to"),
            range,
        )
        .help(message!(
            "on both sides of `near` and `before`, and before `around` and `in segment`, write a \
             name, `(a or b)` or `any of (…)`"
        ))
    })
}

/// The name of a matcher, optionally with its pack before a dot.
fn checked_name(word: Word) -> Parsed<Word> {
    let own = word.text.rsplit_once('.').map_or(word.text.as_str(), |(_, name)| name);
    if is_name(own) {
        return Ok(word);
    }
    let error = ConditionError::syntax(
        message!("expected the name of a matcher, found `{}`", word.text),
        word.range,
    );
    let lower = word.text.to_lowercase();
    Err(if Operator::of_word(&lower).is_some() && lower != word.text {
        error.help(message!("write `{lower}`"))
    } else {
        error.help(message!(
            "names are lower-case letters, digits and `_`, such as `game` or `pack.game`"
        ))
    })
}

/// Has the word no upper-case letters?
fn is_lower(word: &str) -> bool {
    !word.contains(char::is_uppercase)
}

fn checked_glob(word: Word) -> Parsed<Word> {
    if word.text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'*')) {
        return Ok(word);
    }
    let error =
        ConditionError::syntax(message!("`{}` is not a pattern for names", word.text), word.range);
    Err(error
        .help(message!("a pattern selects matchers of this rule and this pack, such as `zh_*`")))
}

fn post_path(word: Word) -> Parsed<Word> {
    let path = word.text.strip_prefix("post.").unwrap_or("");
    if is_path(path) {
        return Ok(Word { text: path.to_owned(), range: word.range });
    }
    let error =
        ConditionError::syntax(message!("`{}` is not a path of a post", word.text), word.range);
    Err(error
        .help(message!("a path is `post.` and keys separated by dots, such as `post.author.id`")))
}

fn small_number(word: &str, range: &Range<usize>) -> Parsed<u32> {
    word.parse().map_err(|_| {
        ConditionError::syntax(message!("expected a whole number, found `{word}`"), range.clone())
    })
}

/// A bare word as a constant.
fn word_value(word: &str, range: &Range<usize>) -> Parsed<Value> {
    if let "true" | "false" = word {
        return Ok(Value::Bool(word == "true"));
    }
    let digits = word.strip_prefix('-').unwrap_or(word);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.ends_with(|last: char| last.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.matches('.').count() <= 1;
    if !is_number {
        if word.contains('*') {
            let error = ConditionError::syntax(message!("values have no patterns"), range.clone());
            return Err(error.help(message!("list the values: `in [a, b]`")));
        }
        return Ok(Value::Text(word.to_owned()));
    }
    let significant =
        digits.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
    match word.parse() {
        Ok(number) if significant <= NUMBER_DIGITS_MAX => Ok(Value::Number(number)),
        _ => {
            let message = message!("a number has at most {NUMBER_DIGITS_MAX} digits");
            Err(ConditionError::syntax(message, range.clone())
                .help(message!("if it is an id, put it in quotes")))
        }
    }
}

fn check_order(op: Compare, value: &Value, range: &Range<usize>) -> Parsed<()> {
    let is_order = !matches!(op, Compare::Equal | Compare::NotEqual);
    if is_order && !matches!(value, Value::Number(_)) {
        let message = message!("`{}` needs a number", op.sign());
        return Err(ConditionError::syntax(message, range.clone())
            .help(message!("text is compared with `==`, `!=` and `in`")));
    }
    Ok(())
}
