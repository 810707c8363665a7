//! Turns names into numbers, and reports conditions that can never or always be true.

use super::ast::{Ast, Item, Near, Quantity, Scoped, Set, Side, Subject, Test, Word};
use super::error::ConditionError;
use super::exclusion::{excluded, is_always_true};
use super::values::{Contradiction, contradiction};
use crate::domain::field::{METAS_MAX, MetaId, Names, STANDARD_METAS};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::message::{Message, message};
use crate::rules::condition::expr::{Compare, Expr, Measure, Operand, Value};
use crate::rules::language;
use crate::rules::source::suggest;
use std::ops::Range;

/// The names that a condition can use.
pub trait Scope {
    /// The matcher called `name`: of the rule, otherwise of the pack, otherwise `pack.name`.
    fn matcher(&mut self, name: &str) -> Option<MatcherIx>;
    /// Names of the rule's own matchers, in order of writing.
    fn own(&self) -> Vec<String>;
    /// Names of the pack's matchers, in order of writing.
    fn pack(&self) -> Vec<String>;
    /// Names of other packs' matchers, as `pack.name`.
    fn others(&self) -> Vec<String>;
    /// The rule with this id or alias.
    fn rule(&self, id: &str) -> Option<RuleIx>;
    /// Is this the id or alias of a rule over several posts? A condition cannot name it.
    fn is_correlation(&self, id: &str) -> bool;
    /// Ids of all rules.
    fn rules(&self) -> Vec<String>;
    /// The number of the path `post.PATH`; `None` when the table is full.
    fn meta(&mut self, path: &str) -> Option<MetaId>;
    /// The largest value of `distinct()` (`true`) or `count()` (`false`) of a matcher, if it is
    /// limited.
    fn most(&self, matcher: MatcherIx, distinct: bool) -> Option<u32>;
    /// Takes a warning about the condition.
    fn warn(&mut self, warning: ConditionError);
}

/// The scope of a policy: only the fields of the post.
#[derive(Debug)]
pub struct PostScope<'n> {
    /// Paths are added here.
    pub names: &'n mut Names,
    /// Warnings are added here.
    pub warnings: &'n mut Vec<ConditionError>,
}

impl Scope for PostScope<'_> {
    fn matcher(&mut self, _: &str) -> Option<MatcherIx> {
        None
    }
    fn own(&self) -> Vec<String> {
        Vec::new()
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
    fn is_correlation(&self, _: &str) -> bool {
        false
    }
    fn rules(&self) -> Vec<String> {
        Vec::new()
    }
    fn meta(&mut self, path: &str) -> Option<MetaId> {
        self.names.meta(path)
    }
    fn most(&self, _: MatcherIx, _: bool) -> Option<u32> {
        None
    }
    fn warn(&mut self, warning: ConditionError) {
        self.warnings.push(warning);
    }
}

/// Turns `ast` into an expression.
///
/// # Errors
///
/// Every error of the condition.
pub fn resolve(ast: &Ast, scope: &mut dyn Scope) -> Result<Expr, Vec<ConditionError>> {
    let mut resolver = Resolver { scope, keys: Vec::new(), errors: Vec::new() };
    let expr = resolver.expr(ast);
    if resolver.errors.is_empty() { Ok(expr) } else { Err(resolver.errors) }
}

/// An error with this message for each part of `ast` that reads more than the fields of the post:
/// policies and correlations may not use it.
pub fn only_post(ast: &Ast, message: &Message) -> Vec<ConditionError> {
    let mut errors = Vec::new();
    let mut open = vec![ast];
    while let Some(ast) = open.pop() {
        let range = match ast {
            Ast::And(parts) | Ast::Or(parts) => {
                open.extend(parts.iter().rev());
                continue;
            }
            Ast::Not(inner, _) => {
                open.push(inner);
                continue;
            }
            Ast::Test(Subject::Post(_), ..) | Ast::Has(_) => continue,
            Ast::Name(word) | Ast::Fired(word) | Ast::Evaded(word) => word.range.clone(),
            Ast::Near(near) => side_range(&near.left),
            Ast::Scoped(scoped) => side_range(&scoped.key),
            Ast::Of(_, set) => set.range.clone(),
            Ast::Test(_, _, range) => range.clone(),
        };
        let error = ConditionError::new("bad_condition", message.clone(), range);
        errors.push(error.help(message!("put conditions on the text into a rule")));
    }
    errors
}

/// The first byte of a node.
fn start(ast: &Ast) -> usize {
    match ast {
        Ast::And(parts) | Ast::Or(parts) => parts.first().map_or(0, start),
        Ast::Not(_, range) | Ast::Test(_, _, range) => range.start,
        Ast::Name(word) | Ast::Has(word) | Ast::Fired(word) | Ast::Evaded(word) => word.range.start,
        Ast::Near(near) => side_range(&near.left).start,
        Ast::Scoped(scoped) => side_range(&scoped.key).start,
        Ast::Of(Quantity::AtLeast(_, range), _) => range.start,
        Ast::Of(Quantity::Any | Quantity::All | Quantity::None, set) => set.range.start,
    }
}

/// The end of a node, at least of its last name.
fn end(ast: &Ast) -> usize {
    match ast {
        Ast::And(parts) | Ast::Or(parts) => parts.last().map_or(0, end),
        Ast::Not(_, range) | Ast::Test(_, _, range) => range.end,
        Ast::Name(word) | Ast::Has(word) | Ast::Fired(word) | Ast::Evaded(word) => word.range.end,
        Ast::Near(near) => side_range(&near.right).end,
        Ast::Scoped(scoped) => end(&scoped.inner),
        Ast::Of(_, set) => set.range.end,
    }
}

fn side_range(side: &Side) -> Range<usize> {
    match side {
        Side::Names(names) => names.first().map_or(0..0, |name| name.range.clone()),
        Side::AnyOf(set) => set.range.clone(),
    }
}

struct Resolver<'s> {
    scope: &'s mut dyn Scope,
    /// The keys of the scopes around this node, the innermost last.
    keys: Vec<Operand>,
    errors: Vec<ConditionError>,
}

/// Placeholder for a matcher that was not found; the condition is refused.
const UNRESOLVED: MatcherIx = MatcherIx(u32::MAX);

impl Resolver<'_> {
    /// The parser limits the depth of the tree, and thereby of this recursion.
    fn expr(&mut self, ast: &Ast) -> Expr {
        match ast {
            Ast::And(parts) => self.and(parts),
            Ast::Or(parts) => self.or(parts),
            Ast::Not(inner, _) => Expr::Not(Box::new(self.expr(inner))),
            Ast::Name(name) => {
                let operand = Operand { any: vec![self.matcher(name)] };
                self.check_seen(&operand.any, &name.range);
                Expr::Hit(operand)
            }
            Ast::Near(near) => self.near(near),
            Ast::Scoped(scoped) => self.scoped(scoped),
            Ast::Of(quantity, set) => self.of(quantity, set),
            Ast::Test(subject, test, range) => self.test(subject, test, range),
            Ast::Has(path) => Expr::Has(self.meta(path)),
            Ast::Fired(id) => Expr::Fired(self.rule(id)),
            Ast::Evaded(name) => Expr::Evaded(self.matcher(name)),
        }
    }

    /// Reports `a or not a` and `length < 9 or length > 5`.
    fn or(&mut self, parts: &[Ast]) -> Expr {
        let before = self.errors.len();
        let or = Expr::Or(parts.iter().map(|part| self.expr(part)).collect());
        let most = |matcher, distinct| self.scope.most(matcher, distinct);
        if self.errors.len() > before {
            return or;
        }
        if is_always_true(&or, &most) {
            let message = message!("one of these is always true");
            let range = parts.first().map_or(0, start)..parts.last().map_or(0, end);
            let error = ConditionError::new("always_true", message, range);
            self.errors.push(error.help(message!("did you mean `and`? otherwise leave them out")));
        } else if let Expr::Or(all) = &or {
            self.doubt_repetition(parts, all);
        }
        or
    }

    /// Warns of a part that is written twice.
    fn doubt_repetition(&mut self, parts: &[Ast], all: &[Expr]) {
        for (at, part) in parts.iter().enumerate() {
            if all[..at].contains(&all[at]) {
                let message = message!("this part is written twice");
                let warning =
                    ConditionError::new("redundant_test", message, start(part)..end(part));
                self.scope.warn(warning.help(message!("remove one of them")));
            }
        }
    }

    /// Reports `a and not a` and `length < 5 and length > 9`.
    fn and(&mut self, parts: &[Ast]) -> Expr {
        let before = self.errors.len();
        let all: Vec<Expr> = parts.iter().map(|part| self.expr(part)).collect();
        for (part, expr) in parts.iter().zip(&all) {
            if let (Ast::Not(_, range), Expr::Not(inner)) = (part, expr)
                && all.contains(inner)
                && is_resolved(inner)
            {
                let message = message!("this excludes what the same condition requires");
                self.errors.push(ConditionError::new("never_true", message, range.clone()));
            }
        }
        if self.errors.len() > before {
            return Expr::And(all);
        }
        let most = |matcher, distinct| self.scope.most(matcher, distinct);
        if let Some(at) = excluded(&all, &most) {
            let message =
                message!("this is never true together with what the same condition requires");
            let range = start(&parts[at])..end(&parts[at]);
            let error = ConditionError::new("never_true", message, range);
            self.errors.push(error.help(message!("did you mean `or`, or another number or name?")));
        } else if !self.check_values(parts, &all) {
            self.doubt_repetition(parts, &all);
        }
        Expr::And(all)
    }

    /// Reports comparisons of `post.` values that contradict each other. Returns whether there are.
    fn check_values(&mut self, parts: &[Ast], all: &[Expr]) -> bool {
        let Some((at, kind)) = contradiction(all) else { return false };
        let range = start(&parts[at])..end(&parts[at]);
        match kind {
            Contradiction::Never => {
                let message =
                    message!("this is never true together with what the same condition requires");
                let error = ConditionError::new("never_true", message, range);
                self.errors.push(error.help(message!("did you mean `or`, or another value?")));
            }
            Contradiction::OnlyList => {
                let message =
                    message!("no single value satisfies this and the parts before it, only a list");
                let warning = ConditionError::new("only_list", message, range);
                self.scope.warn(warning.help(message!("did you mean `or`, or another value?")));
            }
        }
        true
    }

    fn near(&mut self, near: &Near) -> Expr {
        Expr::Near {
            left: self.side(&near.left),
            right: self.side(&near.right),
            within: near.within,
            ordered: near.ordered,
        }
    }

    fn scoped(&mut self, scoped: &Scoped) -> Expr {
        let key = self.side(&scoped.key);
        self.keys.push(key.clone());
        let inner = Box::new(self.expr(&scoped.inner));
        self.keys.pop();
        Expr::Scoped { key, extent: scoped.extent, inner }
    }

    /// Reports that a window is to contain a hit of `any` although it is always the window of
    /// one.
    fn check_seen(&mut self, any: &[MatcherIx], range: &Range<usize>) {
        let is_seen = self
            .keys
            .last()
            .is_some_and(|key| key.any.iter().all(|key| any.contains(key) && *key != UNRESOLVED));
        if is_seen {
            let message =
                message!("this is always true: a window contains the hit that it is around");
            let error = ConditionError::new("always_true", message, range.clone());
            self.errors.push(error.help(message!(
                "for a second hit write `count(name) >= 2`, for no other `count(name) == 1`"
            )));
        }
    }

    fn side(&mut self, side: &Side) -> Operand {
        let mut any = match side {
            Side::Names(names) => names.iter().map(|name| self.matcher(name)).collect(),
            Side::AnyOf(set) => self.set(set),
        };
        any.sort_unstable();
        any.dedup();
        Operand { any }
    }

    fn of(&mut self, quantity: &Quantity, set: &Set) -> Expr {
        let of = self.set(set);
        let size = of.len();
        match quantity {
            Quantity::Any => {
                self.check_seen(&of, &set.range);
                Expr::AtLeast { count: 1, of }
            }
            Quantity::None => {
                self.check_seen(&of, &set.range);
                Expr::Not(Box::new(Expr::AtLeast { count: 1, of }))
            }
            Quantity::All => Expr::AtLeast { count: size as u32, of },
            Quantity::AtLeast(count, range) => {
                let range = range.start..set.range.end;
                if *count == 0 {
                    let error = ConditionError::new(
                        "always_true",
                        message!("`0 of` is always true"),
                        range,
                    );
                    self.errors.push(error.help(message!("for not a single one write `none of`")));
                } else if *count as usize > size && size > 0 {
                    let message = match size {
                        1 => message!("{count} of 1 matcher can never hit"),
                        _ => message!("{count} of {size} matchers can never hit"),
                    };
                    let error = ConditionError::new("never_true", message, range);
                    self.errors.push(error.help(
                        message!("`N of` counts matchers; for different terms of one write `distinct(name) >= N`"),
                    ));
                }
                Expr::AtLeast { count: *count, of }
            }
        }
    }

    /// Sorted, without duplicates.
    fn set(&mut self, set: &Set) -> Vec<MatcherIx> {
        let mut members = Vec::new();
        for item in &set.items {
            match item {
                Item::Name(name) => members.push(self.matcher(name)),
                Item::Them(range) => members.extend(self.them(range)),
                Item::Glob(glob) => members.extend(self.glob(glob)),
            }
        }
        members.sort_unstable();
        members.dedup();
        members
    }

    fn them(&mut self, range: &Range<usize>) -> Vec<MatcherIx> {
        let names: Vec<String> =
            self.scope.own().into_iter().filter(|name| !name.starts_with('_')).collect();
        if names.is_empty() {
            let message = message!("`them` is the rule's own matchers, and it has none");
            let error = ConditionError::new("unknown_name", message, range.clone());
            self.errors.push(
                error.help(message!(
                    "put matchers under `match:`, or name a pattern such as `zh_*`"
                )),
            );
        }
        names.iter().filter_map(|name| self.scope.matcher(name)).collect()
    }

    fn glob(&mut self, glob: &Word) -> Vec<MatcherIx> {
        let hidden = |name: &str| name.starts_with('_') && !glob.text.starts_with('_');
        let mut names = self.scope.own();
        names.extend(self.scope.pack());
        names.retain(|name| !hidden(name) && glob_matches(&glob.text, name));
        if names.is_empty() {
            let message = message!("no matcher of this rule or pack matches `{}`", glob.text);
            self.errors.push(ConditionError::new("unknown_name", message, glob.range.clone()));
        }
        names.iter().filter_map(|name| self.scope.matcher(name)).collect()
    }

    fn matcher(&mut self, name: &Word) -> MatcherIx {
        if let Some(found) = self.scope.matcher(&name.text) {
            return found;
        }
        let known = if name.text.contains('.') {
            self.scope.others()
        } else {
            let mut known = self.scope.own();
            known.extend(self.scope.pack());
            known
        };
        let help = match suggest::nearest(&name.text, known.iter().map(String::as_str)) {
            Some(near) => message!("did you mean `{near}`?"),
            None => self.help_for_unknown(&name.text, &known),
        };
        let message = message!("no matcher is called `{}`", name.text);
        self.errors
            .push(ConditionError::new("unknown_name", message, name.range.clone()).help(help));
        UNRESOLVED
    }

    /// Help for a name that resembles none in scope: one of another pack, or how to define it.
    fn help_for_unknown(&self, name: &str, known: &[String]) -> Message {
        let ending = format!(".{name}");
        if let Some(other) = self.scope.others().iter().find(|other| other.ends_with(&ending)) {
            return message!("did you mean `{other}`?");
        }
        if known.is_empty() {
            return message!("define matchers under `define:` of the pack or `match:` of the rule");
        }
        suggest::help(name, known.iter().map(String::as_str))
    }

    fn rule(&mut self, id: &Word) -> RuleIx {
        if let Some(found) = self.scope.rule(&id.text) {
            return found;
        }
        if self.scope.is_correlation(&id.text) {
            let message = message!(
                "`{}` is counted over several posts, and a condition looks at one",
                id.text
            );
            let error = ConditionError::new("bad_condition", message, id.range.clone());
            self.errors.push(
                error.help(message!("name its rules, or count this rule in `correlate` too")),
            );
            return RuleIx(u32::MAX);
        }
        let known = self.scope.rules();
        let help = suggest::nearest(&id.text, known.iter().map(String::as_str));
        let help = help.map_or(Message::default(), |near| message!("did you mean `{near}`?"));
        let message = message!("no rule has the id `{}`", id.text);
        self.errors.push(ConditionError::new("unknown_name", message, id.range.clone()).help(help));
        RuleIx(u32::MAX)
    }

    fn doubt_language(&mut self, tag: &str, range: Range<usize>) {
        if let Some((message, help)) = language::doubt(tag) {
            self.scope.warn(ConditionError::new("unknown_lang", message, range).help(help));
        }
    }

    fn meta(&mut self, path: &Word) -> MetaId {
        if let Some(near) = meant_path(&path.text) {
            let message =
                message!("no mapping fills `post.{}`, which resembles a known path", path.text);
            let warning = ConditionError::new("unknown_path", message, path.range.clone());
            self.scope.warn(warning.help(message!("did you mean `post.{near}`?")));
        }
        self.scope.meta(&path.text).unwrap_or_else(|| {
            let message = message!("rules may use at most {METAS_MAX} different `post.` paths");
            self.errors.push(ConditionError::new("too_large", message, path.range.clone()));
            MetaId::LANG
        })
    }

    fn test(&mut self, subject: &Subject, test: &Test, range: &Range<usize>) -> Expr {
        let what = match subject {
            Subject::Post(path) => return self.meta_test(path, test),
            Subject::Lang => return self.lang(test),
            Subject::Length => Measure::Length,
            Subject::Count(name) => Measure::Count(self.matcher(name)),
            Subject::Distinct(name) => Measure::Distinct(self.matcher(name)),
        };
        match test {
            Test::Is(op, value, at) => {
                let value = self.number(value, at);
                self.check_measure(what, *op, value, range);
                Expr::Measure { what, op: *op, value }
            }
            Test::In(values, _) => {
                let mut any: Vec<Expr> = Vec::with_capacity(values.len());
                for (value, at) in values {
                    let value = self.number(value, at);
                    self.check_measure(what, Compare::Equal, value, range);
                    any.push(Expr::Measure { what, op: Compare::Equal, value });
                }
                if any.len() == 1 { any.remove(0) } else { Expr::Or(any) }
            }
        }
    }

    fn number(&mut self, value: &Value, range: &Range<usize>) -> f64 {
        let Value::Number(number) = value else {
            self.errors.push(ConditionError::syntax(
                message!("a number is compared with a number"),
                range.clone(),
            ));
            return 1.0;
        };
        *number
    }

    /// A measure is a whole number from 0 to a maximum. Reports a comparison that is true for
    /// none of them, or for all.
    fn check_measure(&mut self, what: Measure, op: Compare, value: f64, range: &Range<usize>) {
        let most = match what {
            Measure::Length => None,
            Measure::Count(UNRESOLVED) | Measure::Distinct(UNRESOLVED) => return,
            Measure::Count(matcher) => self.scope.most(matcher, false),
            Measure::Distinct(matcher) => self.scope.most(matcher, true),
        };
        // The result of a comparison changes only at the value; these are all candidates.
        let last = most.map_or(f64::from(u32::MAX), f64::from);
        let near =
            [0.0, value.floor() - 1.0, value.floor(), value.ceil(), value.ceil() + 1.0, last];
        let possible = || near.into_iter().filter(|n| (0.0..=last).contains(n));
        if !possible().any(|n| op.holds(&n, &value)) {
            let error = ConditionError::new(
                "never_true",
                message!("this comparison is never true"),
                range.clone(),
            );
            self.errors.push(match most {
                Some(most) => error.help(message!("it is at most {most} here")),
                None => error.help(message!("it is a whole number, 0 or more")),
            });
        } else if possible().all(|n| op.holds(&n, &value)) {
            let error = ConditionError::new(
                "always_true",
                message!("this comparison is always true"),
                range.clone(),
            );
            self.errors.push(
                error.help(message!("it is a whole number, 0 or more; leave the comparison out")),
            );
        } else if let Measure::Count(matcher) | Measure::Distinct(matcher) = what {
            self.doubt_measure(matcher, (op, value), range, possible());
        }
    }

    /// Warns of a count that says whether there is a hit, which the name alone says.
    fn doubt_measure(
        &mut self,
        matcher: MatcherIx,
        (op, value): (Compare, f64),
        range: &Range<usize>,
        mut possible: impl Iterator<Item = f64> + Clone,
    ) {
        let is_hit = possible.clone().all(|n| op.holds(&n, &value) == (n >= 1.0));
        if !is_hit && !possible.all(|n| op.holds(&n, &value) == (n < 1.0)) {
            return;
        }
        let message = if is_hit {
            message!("this is true wherever the matcher has a hit")
        } else {
            message!("this is true wherever the matcher has no hit")
        };
        let help = match self.keys.last() {
            Some(key) if key.any == [matcher] => {
                message!("leave it out: a window contains the hit that it is around")
            }
            _ if is_hit => message!("write its name alone"),
            _ => message!("write `not` and its name"),
        };
        self.scope.warn(ConditionError::new("redundant_test", message, range.clone()).help(help));
    }

    fn lang(&mut self, test: &Test) -> Expr {
        let (values, negated) = match test {
            Test::Is(op @ (Compare::Equal | Compare::NotEqual), value, range) => {
                (vec![(value.clone(), range.clone())], *op == Compare::NotEqual)
            }
            Test::Is(_, _, range) => {
                let error =
                    ConditionError::syntax(message!("languages have no order"), range.clone());
                self.errors.push(error.help(message!("write `lang == zh` or `lang in [zh, en]`")));
                return Expr::Lang { any: Vec::new(), negated: false };
            }
            Test::In(values, _) => (values.clone(), false),
        };
        let mut any: Vec<String> = Vec::with_capacity(values.len());
        for (value, range) in values {
            if let Value::Text(tag) = value {
                self.doubt_language(&tag, range);
                any.push(language::language(&tag));
            } else {
                self.errors.push(ConditionError::syntax(
                    message!("expected a language such as `zh`"),
                    range,
                ));
            }
        }
        Expr::Lang { any, negated }
    }

    fn meta_test(&mut self, path: &Word, test: &Test) -> Expr {
        let path = self.meta(path);
        match test {
            Test::Is(op, value, _) => Expr::Meta { path, op: *op, value: value.clone() },
            Test::In(values, _) => {
                let values = values.iter().map(|(value, _)| value.clone()).collect();
                Expr::MetaIn { path, values }
            }
        }
    }
}

/// What is written for a path of every mapping, and the path.
const MEANT_PATHS: &[(&str, &str)] = &[
    ("language", "lang"),
    ("languages", "lang"),
    ("created", "created_at"),
    ("createdAt", "created_at"),
    ("author", "author.id"),
    ("user.id", "author.id"),
    ("report_count", "reports"),
];

/// The path of every mapping that is probably meant by `path`, both without `post.`: a path may name
/// anything that posts contain, but one that resembles a known one is probably misspelt.
pub fn meant_path(path: &str) -> Option<&'static str> {
    if STANDARD_METAS.contains(&path) {
        return None;
    }
    let meant = MEANT_PATHS.iter().find(|(written, _)| *written == path).map(|(_, meant)| *meant);
    meant.or_else(|| suggest::nearest(path, STANDARD_METAS.iter().copied()))
}

/// Are all matchers of the expression known?
fn is_resolved(expr: &Expr) -> bool {
    !expr.matchers().contains(&UNRESOLVED)
}

/// Does `name` match `glob`, in which `*` matches any run of characters?
pub fn glob_matches(glob: &str, name: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = &rest[at + str::len(middle)..],
                None => return false,
            }
        }
    }
    match last {
        Some(end) => rest.ends_with(end),
        None => rest.is_empty(),
    }
}
