//! A condition as a tree: for each node its text, whether it is true, and what was found.

use super::context::{Context, cut};
use serde::Serialize;
use std::collections::HashSet;
use tidegate_engine::domain::field::FieldSet;
use tidegate_engine::domain::field::MetaId;
use tidegate_engine::domain::ids::MatcherIx;
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::compiled::CompiledRule;
use tidegate_engine::rules::condition::evaluate::count_distinct;
use tidegate_engine::rules::condition::expr::{Expr, Extent, Measure, Operand};
use tidegate_engine::rules::condition::program::Program;
use tidegate_engine::rules::condition::proximity::{distance, gap};
use tidegate_engine::rules::condition::window::Window;
use tidegate_engine::scan::hits::Hit;

/// One node of a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Text of the node: `and`, `or`, `not`, or a fact such as `game near/40 handle`.
    pub says: String,
    /// Whether it is true.
    pub holds: bool,
    /// For a fact: what was found in the post.
    #[serde(skip_serializing_if = "Message::is_empty")]
    pub found: Message,
    /// The child nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Node>,
    #[serde(skip)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    All,
    Any,
    Not,
    /// The part is the condition on the window that is shown; without one there is no window.
    Scope,
    /// Number of hits it lacks; 1 for facts that are not counted.
    Fact {
        lacks: u32,
    },
}

/// What would have to change for a condition to become true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Missing {
    /// Number of facts that would have to change.
    pub count: u32,
    /// How many of them are absent; the others are present and must not be.
    pub absent: u32,
    /// Description of each change.
    pub what: Vec<Message>,
}

/// Most alternatives described for one `or`.
const ALTERNATIVES_MAX: usize = 3;

/// Most facts named in one group; the rest is only counted.
const GROUP_NAMES_MAX: usize = 4;

/// Longest operand of a `near` that is repeated in its description, in bytes.
const OPERAND_BYTES_MAX: usize = 30;

/// Most hits quoted for one fact.
const QUOTES_MAX: usize = 3;

/// Most windows of a scope of which the closest one is shown.
const WINDOWS_MAX: usize = 50;

/// Most hits of each operand that are searched for the nearest pair.
const PAIR_HITS_MAX: usize = 200;

/// The tree of a condition of `rule`.
pub(super) fn tree(
    context: &Context<'_>,
    rule: &CompiledRule,
    expr: &Expr,
    program: &Program,
) -> Node {
    tree_in(context, rule, expr, program, None)
}

/// The tree of a condition on a window, or on the post.
fn tree_in(
    context: &Context<'_>,
    rule: &CompiledRule,
    expr: &Expr,
    program: &Program,
    window: Option<Window>,
) -> Node {
    let trace = context.inspection.trace(program, rule.fields, window.as_ref());
    Tree { context, rule, window, outcomes: trace.into_iter() }.node(expr)
}

struct Tree<'t> {
    context: &'t Context<'t>,
    rule: &'t CompiledRule,
    /// Where hits are seen, if not in all of the post.
    window: Option<Window>,
    /// Results of the nodes, in post-order.
    outcomes: std::vec::IntoIter<bool>,
}

impl Tree<'_> {
    /// Recursive: the parser limits the depth of conditions.
    fn node(&mut self, expr: &Expr) -> Node {
        let parts: Vec<Node> = match expr {
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().map(|part| self.node(part)).collect()
            }
            Expr::Not(inner) => vec![self.node(inner)],
            _ => Vec::new(),
        };
        let holds = self.outcomes.next().unwrap_or_default();
        if let Expr::Scoped { key, extent, inner } = expr {
            let (found, parts) = self.scoped(key, *extent, inner);
            let says = self.context.fact(expr, &self.rule.pack);
            return Node { says, holds, found, parts, kind: Kind::Scope };
        }
        let (found, lacks) = self.found(expr, holds);
        let kind = match expr {
            Expr::And(_) => Kind::All,
            Expr::Or(_) => Kind::Any,
            Expr::Not(_) => Kind::Not,
            _ => Kind::Fact { lacks },
        };
        Node { says: self.context.fact(expr, &self.rule.pack), holds, found, parts, kind }
    }

    /// The first window that satisfies a scope, otherwise the one that lacks least: what it is,
    /// and the condition on it.
    fn scoped(&self, key: &Operand, extent: Extent, inner: &Expr) -> (Message, Vec<Node>) {
        let inspection = self.context.inspection;
        let mut windows = inspection.windows(key, extent, self.window.as_ref(), WINDOWS_MAX);
        windows.sort_by_key(|(hit, _)| (hit.field, hit.span));
        windows.dedup_by_key(|(_, window)| *window);
        let program = Program::new(inner);
        let judged = windows.iter().map(|(hit, window)| {
            let node = tree_in(self.context, self.rule, inner, &program, Some(*window));
            let missing = node.missing();
            ((missing.count, missing.absent), hit, window, node)
        });
        // The first one of those that lack least.
        let closest = judged.min_by_key(|(missing, ..)| *missing);
        let Some((_, hit, window, node)) = closest else {
            return (message!("no hit"), Vec::new());
        };
        let which = match (windows.len(), node.holds) {
            (1, _) => Message::default(),
            (count, true) => message!(", the first of {count} that satisfies it"),
            (count, false) => message!(", the closest of {count}"),
        };
        let place = self.context.window(window);
        (message!("{} in “{place}”{which}", self.context.quote(hit)), vec![node])
    }

    /// What was found for a fact, and how many hits it lacks.
    fn found(&self, expr: &Expr, holds: bool) -> (Message, u32) {
        let finding = match expr {
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Scoped { .. } => Message::default(),
            Expr::Hit(operand) => self.quotes(&operand.any),
            Expr::Near { left, right, ordered, .. } => return self.near(left, right, *ordered),
            Expr::AtLeast { count, of } => return self.at_least(*count, of),
            Expr::Measure { what, .. } => self.measure(*what),
            Expr::Lang { .. } => self.context.languages(self.rule.fields),
            Expr::Meta { path, .. } | Expr::MetaIn { path, .. } | Expr::Has(path) => {
                self.value(*path)
            }
            Expr::Fired(_) if holds => message!("it fired"),
            Expr::Fired(_) => message!("it did not fire"),
            Expr::Evaded(matcher) => self.evaded(*matcher, holds),
        };
        (finding, 1)
    }

    fn hits(&self, matchers: &[MatcherIx]) -> Vec<Hit> {
        matchers.iter().flat_map(|matcher| self.hits_of(*matcher)).collect()
    }

    /// The hits of a matcher where this tree sees hits.
    fn hits_of(&self, matcher: MatcherIx) -> Vec<Hit> {
        let all = self.context.inspection.hits().of(matcher).iter();
        let is_seen = |hit: &&Hit| self.window.is_none_or(|window| window.sees(hit));
        all.filter(is_seen).copied().collect()
    }

    fn quotes(&self, matchers: &[MatcherIx]) -> Message {
        let hits = self.hits(matchers);
        if hits.is_empty() {
            return message!("no hit");
        }
        let mut seen = HashSet::new();
        let mut quotes: Vec<String> = hits.iter().map(|hit| self.context.quote(hit)).collect();
        quotes.retain(|quote| seen.insert(quote.clone()));
        let rest = quotes.len().saturating_sub(QUOTES_MAX);
        let mut quotes: Vec<Message> =
            quotes.into_iter().take(QUOTES_MAX).map(Message::verbatim).collect();
        if rest > 0 {
            quotes.push(message!("{rest} more"));
        }
        Message::list(quotes, &message!(", "))
    }

    fn near(&self, left: &Operand, right: &Operand, ordered: bool) -> (Message, u32) {
        let (one, other) = (self.hits(&left.any), self.hits(&right.any));
        let lacks = |side: &Operand, place: Message| {
            let name = self.context.operand(side, &self.rule.pack);
            if name.len() > OPERAND_BYTES_MAX { place } else { message!("but no hit of {name}") }
        };
        match (one.is_empty(), other.is_empty()) {
            (true, true) => return (message!("no hit of either side"), 2),
            (true, false) => {
                return (
                    message!(
                        "{}, {}",
                        self.quotes(&right.any),
                        lacks(left, message!("but no hit of the left side"))
                    ),
                    1,
                );
            }
            (false, true) => {
                return (
                    message!(
                        "{}, {}",
                        self.quotes(&left.any),
                        lacks(right, message!("but no hit of the right side"))
                    ),
                    1,
                );
            }
            (false, false) => {}
        }
        let hits = self.context.inspection.hits();
        let least = distance(hits, &left.any, &right.any, ordered, self.window.as_ref());
        let Some(least) = least else {
            if one == other && one.len() == 1 {
                return (message!("{}, but no second hit", self.quotes(&left.any)), 1);
            }
            let place = if ordered {
                message!("not in this order in one field")
            } else {
                message!("in different fields")
            };
            let (left, right) = (self.quotes(&left.any), self.quotes(&right.any));
            return (message!("{left} and {right}, {place}"), 1);
        };
        let pair = self.pair(&one, &other, least, ordered);
        let between = match least {
            1 => message!("{pair}, 1 unit between"),
            _ => message!("{pair}, {least} units between"),
        };
        (between, 1)
    }

    /// Quotes two hits that have `between` units of length between them.
    fn pair(&self, left: &[Hit], right: &[Hit], between: u32, ordered: bool) -> Message {
        let (left, right) = (left.iter().take(PAIR_HITS_MAX), right.iter().take(PAIR_HITS_MAX));
        let mut pairs = left.flat_map(|one| right.clone().map(move |other| (one, other)));
        let found = pairs.find(|(one, other)| {
            one != other
                && gap(one, other) == Some(between)
                && (!ordered || one.first < other.first)
        });
        found.map_or_else(
            || message!("both sides hit"),
            |(one, other)| {
                message!("{} and {}", self.context.quote(one), self.context.quote(other))
            },
        )
    }

    fn at_least(&self, count: u32, of: &[MatcherIx]) -> (Message, u32) {
        let hit: Vec<String> = of
            .iter()
            .filter(|matcher| !self.hits_of(**matcher).is_empty())
            .map(|matcher| self.context.matcher(*matcher, &self.rule.pack))
            .collect();
        let lacks = count.saturating_sub(hit.len() as u32).max(1);
        match hit.as_slice() {
            [] => (message!("none of {} hit", of.len()), lacks),
            some => (message!("{} of {} hit: {}", some.len(), of.len(), some.join(", ")), lacks),
        }
    }

    fn measure(&self, what: Measure) -> Message {
        let number = match what {
            Measure::Count(matcher) => self.hits_of(matcher).len() as u64,
            Measure::Distinct(matcher) => count_distinct(&self.hits_of(matcher)) as u64,
            Measure::Length => self.length(),
        };
        message!("it is {number}")
    }

    fn length(&self) -> u64 {
        let inspection = self.context.inspection;
        let Some(window) = self.window else { return inspection.length(self.rule.fields) };
        window.length(inspection.length(FieldSet::of(&[window.field])))
    }

    fn value(&self, path: MetaId) -> Message {
        match self.context.post.meta(path) {
            Some(value) => message!("it is {}", cut(value)),
            None => message!("the post has none"),
        }
    }

    fn evaded(&self, matcher: MatcherIx, holds: bool) -> Message {
        let is_hit = !self.hits_of(matcher).is_empty();
        let quotes = self.quotes(&[matcher]);
        if is_hit && !holds { message!("{quotes}, in plain reading too") } else { quotes }
    }
}

impl Node {
    fn is_fact(&self) -> bool {
        matches!(self.kind, Kind::Fact { .. })
    }

    /// The smallest change that would make the condition true.
    pub(super) fn missing(&self) -> Missing {
        self.until(true)
    }

    fn until(&self, wanted: bool) -> Missing {
        if self.holds == wanted {
            return Missing::default();
        }
        let parts = || self.parts.iter().map(|part| part.until(wanted));
        match (self.kind, wanted) {
            (Kind::All, true) | (Kind::Any, false) => parts().fold(Missing::default(), and),
            (Kind::Any, true) | (Kind::All, false) => self.cheapest(wanted),
            (Kind::Not, _) => {
                self.parts.first().map(|part| part.until(!wanted)).unwrap_or_default()
            }
            (Kind::Scope, true) => match self.parts.first() {
                Some(inner) => {
                    let Missing { count, absent, what } = inner.until(true);
                    let place = message!("{}, {}", self.says, self.found);
                    let what = what.into_iter().map(|what| message!("{place}: {what}")).collect();
                    Missing { count, absent, what }
                }
                None => Missing {
                    count: 1,
                    absent: 1,
                    what: vec![message!("{}: {}", self.says, self.found)],
                },
            },
            (Kind::Fact { lacks }, true) => Missing {
                count: lacks,
                absent: lacks,
                what: vec![message!("{}: {}", self.says, self.found)],
            },
            (Kind::Scope | Kind::Fact { .. }, false) => Missing {
                count: 1,
                absent: 0,
                what: vec![message!("not {}: {}", self.says, self.found)],
            },
        }
    }

    /// One part is enough: the parts that need the fewest changes, described as alternatives.
    fn cheapest(&self, wanted: bool) -> Missing {
        let each: Vec<(&Node, Missing)> =
            self.parts.iter().map(|part| (part, part.until(wanted))).collect();
        let least = each.iter().map(|(_, missing)| (missing.count, missing.absent)).min();
        let (count, absent) = least.unwrap_or_default();
        // Facts with the same finding are described together: their names, then the finding.
        let mut groups: Vec<(Vec<&str>, Message)> = Vec::new();
        for (part, missing) in each.iter().filter(|(_, missing)| missing.count == count) {
            let (says, rest) = match part.is_fact() && wanted {
                true => (vec![part.says.as_str()], message!(": {}", part.found)),
                false => {
                    (Vec::new(), Message::list(missing.what.iter().cloned(), &message!(", and ")))
                }
            };
            match groups.iter_mut().find(|(_, known)| part.is_fact() && *known == rest) {
                Some((together, _)) => together.extend(says),
                None => groups.push((says, rest)),
            }
        }
        let more = groups.len().saturating_sub(ALTERNATIVES_MAX);
        let shown = groups.iter().take(ALTERNATIVES_MAX);
        let mut alternatives: Vec<Message> =
            shown.map(|(says, rest)| Message::joined([together(says), rest.clone()])).collect();
        match more {
            0 => {}
            1 => alternatives.push(message!("another way")),
            _ => alternatives.push(message!("{more} other groups")),
        }
        Missing { count, absent, what: vec![Message::list(alternatives, &message!("; or "))] }
    }
}

fn and(mut all: Missing, one: Missing) -> Missing {
    all.count += one.count;
    all.absent += one.absent;
    all.what.extend(one.what);
    all
}

fn together(names: &[&str]) -> Message {
    let more = names.len().saturating_sub(GROUP_NAMES_MAX);
    let mut shown: Vec<Message> =
        names.iter().take(GROUP_NAMES_MAX).map(|name| Message::verbatim(*name)).collect();
    if more > 0 {
        shown.push(message!("{more} others"));
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            let rest = Message::list(rest.iter().cloned(), &message!(", "));
            message!("{rest} or {last}")
        }
        _ => Message::joined(shown),
    }
}
