//! A condition as a tree: for each node its text, whether it is true, and what was found.

use super::context::{Context, cut};
use serde::Serialize;
use std::collections::HashSet;
use tidegate_engine::domain::field::MetaId;
use tidegate_engine::domain::ids::MatcherIx;
use tidegate_engine::rules::compiled::CompiledRule;
use tidegate_engine::rules::condition::expr::{Expr, Measure, Operand};
use tidegate_engine::rules::condition::program::{Program, count_distinct, distance, gap};
use tidegate_engine::scan::hits::Hit;

/// One node of a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Text of the node: `and`, `or`, `not`, or a fact such as `game near/40 handle`.
    pub says: String,
    /// Whether it is true.
    pub holds: bool,
    /// For a fact: what was found in the post.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub found: String,
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
    pub what: Vec<String>,
}

/// Most alternatives described for one `or`.
const ALTERNATIVES_MAX: usize = 3;

/// Most facts named in one group; the rest is only counted.
const GROUP_NAMES_MAX: usize = 4;

/// Longest operand of a `near` that is repeated in its description, in bytes.
const OPERAND_BYTES_MAX: usize = 30;

/// Most hits quoted for one fact.
const QUOTES_MAX: usize = 3;

/// Most hits of each operand that are searched for the nearest pair.
const PAIR_HITS_MAX: usize = 200;

/// The tree of a condition of `rule`.
pub(super) fn tree(
    context: &Context<'_>,
    rule: &CompiledRule,
    expr: &Expr,
    program: &Program,
) -> Node {
    let trace = context.inspection.trace(program, rule.fields);
    Tree { context, rule, outcomes: trace.into_iter() }.node(expr)
}

struct Tree<'t> {
    context: &'t Context<'t>,
    rule: &'t CompiledRule,
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
        let (found, lacks) = self.found(expr, holds);
        let kind = match expr {
            Expr::And(_) => Kind::All,
            Expr::Or(_) => Kind::Any,
            Expr::Not(_) => Kind::Not,
            _ => Kind::Fact { lacks },
        };
        Node { says: self.context.fact(expr, &self.rule.pack), holds, found, parts, kind }
    }

    /// What was found for a fact, and how many hits it lacks.
    fn found(&self, expr: &Expr, holds: bool) -> (String, u32) {
        let finding = match expr {
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) => String::new(),
            Expr::Hit(operand) => self.quotes(&operand.any),
            Expr::Near { left, right, ordered, .. } => return self.near(left, right, *ordered),
            Expr::AtLeast { count, of } => return self.at_least(*count, of),
            Expr::Measure { what, .. } => self.measure(*what),
            Expr::Lang { .. } => self.context.languages(self.rule.fields),
            Expr::Meta { path, .. } | Expr::MetaIn { path, .. } | Expr::Has(path) => {
                self.value(*path)
            }
            Expr::Fired(_) if holds => "it fired".to_owned(),
            Expr::Fired(_) => "it did not fire".to_owned(),
            Expr::Evaded(matcher) => self.evaded(*matcher, holds),
        };
        (finding, 1)
    }

    fn hits(&self, matchers: &[MatcherIx]) -> Vec<Hit> {
        let hits = self.context.inspection.hits();
        matchers.iter().flat_map(|matcher| hits.of(*matcher)).copied().collect()
    }

    fn quotes(&self, matchers: &[MatcherIx]) -> String {
        let hits = self.hits(matchers);
        if hits.is_empty() {
            return "no hit".to_owned();
        }
        let mut seen = HashSet::new();
        let mut quotes: Vec<String> = hits.iter().map(|hit| self.context.quote(hit)).collect();
        quotes.retain(|quote| seen.insert(quote.clone()));
        let rest = quotes.len().saturating_sub(QUOTES_MAX);
        quotes.truncate(QUOTES_MAX);
        if rest > 0 {
            quotes.push(format!("{rest} more"));
        }
        quotes.join(", ")
    }

    fn near(&self, left: &Operand, right: &Operand, ordered: bool) -> (String, u32) {
        let (one, other) = (self.hits(&left.any), self.hits(&right.any));
        let lacks = |side: &Operand, place: &str| {
            let name = self.context.operand(side, &self.rule.pack);
            let name =
                if name.len() > OPERAND_BYTES_MAX { format!("the {place} side") } else { name };
            format!("but no hit of {name}")
        };
        match (one.is_empty(), other.is_empty()) {
            (true, true) => return ("no hit of either side".to_owned(), 2),
            (true, false) => {
                return (format!("{}, {}", self.quotes(&right.any), lacks(left, "left")), 1);
            }
            (false, true) => {
                return (format!("{}, {}", self.quotes(&left.any), lacks(right, "right")), 1);
            }
            (false, false) => {}
        }
        let least = distance(self.context.inspection.hits(), &left.any, &right.any, ordered);
        let Some(least) = least else {
            let place =
                if ordered { "not in this order in one field" } else { "in different fields" };
            let (left, right) = (self.quotes(&left.any), self.quotes(&right.any));
            return (format!("{left} and {right}, {place}"), 1);
        };
        let characters = if least == 1 { "character" } else { "characters" };
        (format!("{}, {least} {characters} between", self.pair(&one, &other, least, ordered)), 1)
    }

    /// Quotes two hits that have `between` characters between them.
    fn pair(&self, left: &[Hit], right: &[Hit], between: u32, ordered: bool) -> String {
        let (left, right) = (left.iter().take(PAIR_HITS_MAX), right.iter().take(PAIR_HITS_MAX));
        let mut pairs = left.flat_map(|one| right.clone().map(move |other| (one, other)));
        let found = pairs.find(|(one, other)| {
            gap(one, other) == Some(between) && (!ordered || one.first < other.first)
        });
        found.map_or_else(
            || "both sides hit".to_owned(),
            |(one, other)| format!("{} and {}", self.context.quote(one), self.context.quote(other)),
        )
    }

    fn at_least(&self, count: u32, of: &[MatcherIx]) -> (String, u32) {
        let hits = self.context.inspection.hits();
        let hit: Vec<String> = of
            .iter()
            .filter(|matcher| !hits.of(**matcher).is_empty())
            .map(|matcher| self.context.matcher(*matcher, &self.rule.pack))
            .collect();
        let lacks = count.saturating_sub(hit.len() as u32).max(1);
        match hit.as_slice() {
            [] => (format!("none of {} hit", of.len()), lacks),
            some => (format!("{} of {} hit: {}", some.len(), of.len(), some.join(", ")), lacks),
        }
    }

    fn measure(&self, what: Measure) -> String {
        let hits = self.context.inspection.hits();
        match what {
            Measure::Count(matcher) => format!("it is {}", hits.of(matcher).len()),
            Measure::Distinct(matcher) => format!("it is {}", count_distinct(hits.of(matcher))),
            Measure::Length => {
                format!("it is {}", self.context.inspection.length(self.rule.fields))
            }
        }
    }

    fn value(&self, path: MetaId) -> String {
        match self.context.post.meta(path) {
            Some(value) => format!("it is {}", cut(value)),
            None => "the post has none".to_owned(),
        }
    }

    fn evaded(&self, matcher: MatcherIx, holds: bool) -> String {
        let is_hit = !self.context.inspection.hits().of(matcher).is_empty();
        let quotes = self.quotes(&[matcher]);
        if is_hit && !holds { format!("{quotes}, in plain reading too") } else { quotes }
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
            (Kind::Fact { lacks }, true) => Missing {
                count: lacks,
                absent: lacks,
                what: vec![format!("{}: {}", self.says, self.found)],
            },
            (Kind::Fact { .. }, false) => Missing {
                count: 1,
                absent: 0,
                what: vec![format!("not {}: {}", self.says, self.found)],
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
        let mut groups: Vec<(Vec<&str>, String)> = Vec::new();
        for (part, missing) in each.iter().filter(|(_, missing)| missing.count == count) {
            let (says, rest) = match part.is_fact() && wanted {
                true => (vec![part.says.as_str()], format!(": {}", part.found)),
                false => (Vec::new(), missing.what.join(", and ")),
            };
            match groups.iter_mut().find(|(_, known)| part.is_fact() && *known == rest) {
                Some((together, _)) => together.extend(says),
                None => groups.push((says, rest)),
            }
        }
        let more = groups.len().saturating_sub(ALTERNATIVES_MAX);
        let shown = groups.iter().take(ALTERNATIVES_MAX);
        let mut alternatives: Vec<String> =
            shown.map(|(says, rest)| format!("{}{rest}", together(says))).collect();
        match more {
            0 => {}
            1 => alternatives.push("another way".to_owned()),
            _ => alternatives.push(format!("{more} other groups")),
        }
        Missing { count, absent, what: vec![alternatives.join("; or ")] }
    }
}

fn and(mut all: Missing, one: Missing) -> Missing {
    all.count += one.count;
    all.absent += one.absent;
    all.what.extend(one.what);
    all
}

fn together(names: &[&str]) -> String {
    let more = names.len().saturating_sub(GROUP_NAMES_MAX);
    let mut shown: Vec<String> =
        names.iter().take(GROUP_NAMES_MAX).map(ToString::to_string).collect();
    if more > 0 {
        shown.push(format!("{more} others"));
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => shown.concat(),
    }
}
