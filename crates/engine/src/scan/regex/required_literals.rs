//! Required literals: every match of a pattern contains one of them.
//!
//! The tree is walked once, bottom up. Each node returns the strings it matches if they are few
//! ([`Info::exact`]), otherwise the best set of required literals found below it. A concatenation
//! multiplies the exact sets of neighbours until there are too many.
//!
//! Example: pattern → literals → signature.
//!
//! ```text
//! 加[微薇]信[号群]?:[a-z]{5,20}
//!
//! exact set of 加[微薇]信[号群]?:   加微信: 加微信号: 加微信群: 加薇信: 加薇信号: 加薇信群:
//! [a-z]{5,20}                      no exact set: the run ends
//! required                         the six strings, before 0, after 20 characters
//! signature                        one clause: a rare bigram of each string (see `signature`)
//! ```
//!
//! The literal engine finds `加微信:` in a post. The regex then searches the window from the
//! start of that literal to 20 characters after its end. In `[0-9]+元`, the literal is `元`, and
//! `before` is `None`: the window begins at the start of the text.

use crate::codec::codec_struct;
use crate::scan::literals::hits_per_million;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// Largest number of literals in a set; each is a pattern of the bulk engine. Not measured
/// separately.
const LITERALS_MAX: usize = 128;

/// Length of the longest literal, in bytes.
const LITERAL_BYTES_MAX: usize = 128;

/// Every match contains one of `literals`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// Not empty, sorted; none contains another.
    pub literals: Vec<String>,
    /// A match begins at most this number of characters before the literal; `None` is unbounded.
    pub before: Option<usize>,
    /// A match ends at most this number of characters after it; `None` is unbounded.
    pub after: Option<usize>,
}

codec_struct!(Required { literals, before, after });

impl Required {
    /// Estimated number of posts per million with one of the literals; rarer sets trigger the regex
    /// less often. Each literal adds the cost of its table entry. A set that is not used is the last
    /// choice.
    fn cost(&self) -> u64 {
        const PLACE: u64 = 20;
        let symbols = |literal: &String| literal.encode_utf16().collect::<Vec<u16>>();
        let hits = |literal: &String| u64::from(hits_per_million(&symbols(literal)));
        let useless = if self.is_useful() { 0 } else { u64::from(u32::MAX) };
        self.literals.iter().map(|literal| hits(literal) + PLACE).sum::<u64>() + useless
    }

    /// Are the literals selective enough? Weak ones together must be rare by estimate (`$`, `/h`).
    fn is_useful(&self) -> bool {
        /// Posts in a million.
        const RARE: u32 = 50_000;
        let weak = self.literals.iter().filter(|literal| !is_strong(literal));
        let hits = weak.map(|literal| match literal.is_empty() {
            true => u32::MAX,
            false => hits_per_million(&literal.encode_utf16().collect::<Vec<u16>>()),
        });
        !self.literals.is_empty() && hits.fold(0, u32::saturating_add) <= RARE
    }
}

/// One character of a large script, two Latin letters, or three other characters. Weaker literals
/// occur in most posts, unless they are rare.
fn is_strong(literal: &str) -> bool {
    let letters = literal.chars().filter(char::is_ascii_lowercase).count();
    let dense = literal.chars().any(|character| character >= '\u{2e80}');
    dense || letters >= 2 || literal.chars().count() >= 3
}

/// The properties of a node.
struct Info {
    /// Every string it matches, if there are few.
    exact: Option<Vec<String>>,
    required: Option<Required>,
    /// The longest match in characters.
    chars_max: Option<usize>,
}

/// The best required literals of `hir`, if it has any, and the length of its longest match in
/// characters, if it is bounded. The depth is bounded by the nest limit.
pub(super) fn analyse(hir: &Hir) -> (Option<Required>, Option<usize>) {
    let info = walk(hir);
    let chars_max = info.chars_max;
    (settle(info, Some(0), Some(0)), chars_max)
}

fn walk(hir: &Hir) -> Info {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Info::of(vec![String::new()]),
        HirKind::Literal(literal) => Info::of(vec![String::from_utf8_lossy(&literal.0).into()]),
        HirKind::Class(class) => walk_class(class),
        HirKind::Repetition(repetition) => walk_repetition(repetition),
        HirKind::Capture(capture) => walk(&capture.sub),
        HirKind::Concat(parts) => concat(parts.iter().map(walk).collect()),
        HirKind::Alternation(parts) => alternation(parts.iter().map(walk).collect()),
    }
}

impl Info {
    fn of(exact: Vec<String>) -> Info {
        let chars_max = exact.iter().map(|string| string.chars().count()).max();
        Info { exact: Some(exact), required: None, chars_max }
    }

    fn unknown(chars_max: Option<usize>) -> Info {
        Info { exact: None, required: None, chars_max }
    }
}

fn walk_class(class: &Class) -> Info {
    let members: Option<Vec<String>> = match class {
        Class::Unicode(class) => (class.ranges().iter().map(|range| range.len()).sum::<usize>()
            <= LITERALS_MAX)
            .then(|| class.iter().flat_map(|r| r.start()..=r.end()).map(String::from).collect()),
        Class::Bytes(_) => None,
    };
    members.map_or_else(|| Info::unknown(Some(1)), Info::of)
}

fn walk_repetition(repetition: &Repetition) -> Info {
    let sub = walk(&repetition.sub);
    let most = repetition.max.map(|max| max as usize);
    let chars_max = match (most, sub.chars_max) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        (Some(most), Some(chars)) => Some(most.saturating_mul(chars)),
        _ => None,
    };
    let least = repetition.min as usize;
    if least == 0 {
        let optional = sub.exact.filter(|_| most == Some(1)).map(|mut exact| {
            exact.push(String::new());
            exact
        });
        return Info { exact: optional, required: None, chars_max };
    }
    // The first copies are a concatenation; the rest can be any text.
    let copies = least.min(LITERAL_BYTES_MAX);
    let rest = most.map(|most| most - copies);
    let rest_chars = match (rest, sub.chars_max) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        (Some(rest), Some(chars)) => Some(rest.saturating_mul(chars)),
        _ => None,
    };
    if sub.exact.is_none() {
        // Only the first copy: the others would only be farther away.
        let after = add(rest_chars, sub.chars_max.map(|chars| chars.saturating_mul(copies - 1)));
        let required = sub.required.map(|required| required.moved(Some(0), after));
        return Info { exact: None, required, chars_max };
    }
    let copy = |exact: &Vec<String>| Info::of(exact.clone());
    let mut parts: Vec<Info> = sub.exact.iter().cycle().take(copies).map(copy).collect();
    if rest != Some(0) {
        parts.push(Info::unknown(rest_chars));
    }
    Info { chars_max, ..concat(parts) }
}

fn add(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    Some(a?.saturating_add(b?))
}

impl Required {
    /// The same literals in a larger expression, with more characters before and after.
    fn moved(mut self, before: Option<usize>, after: Option<usize>) -> Required {
        self.before = add(self.before, before);
        self.after = add(self.after, after);
        self
    }
}

/// The required literals of a node in a larger expression.
fn settle(info: Info, before: Option<usize>, after: Option<usize>) -> Option<Required> {
    let own = match info.exact {
        Some(exact) => Some(minimal(exact)),
        None => info.required,
    };
    own.filter(Required::is_useful).map(|required| required.moved(before, after))
}

/// Drops literals that contain another one, which is enough, and widens the distances by the
/// difference.
fn minimal(mut exact: Vec<String>) -> Required {
    exact.sort_unstable_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    exact.dedup();
    let mut required = Required { literals: Vec::new(), before: Some(0), after: Some(0) };
    for string in exact {
        let part = required
            .literals
            .iter()
            .find_map(|literal| string.find(literal.as_str()).map(|at| (at, at + literal.len())));
        let Some((start, end)) = part else {
            required.literals.push(string);
            continue;
        };
        let before = string[..start].chars().count();
        let after = string[end..].chars().count();
        required.before = required.before.max(Some(before));
        required.after = required.after.max(Some(after));
    }
    required.literals.sort_unstable();
    required
}

/// Multiplies exact neighbours; a part that cannot be multiplied ends a run. Every run and every
/// part is a candidate; the best one is kept.
fn concat(parts: Vec<Info>) -> Info {
    let lengths: Vec<Option<usize>> = parts.iter().map(|part| part.chars_max).collect();
    let sum = |range: &[Option<usize>]| range.iter().copied().fold(Some(0), add);
    let count = parts.len();
    let mut best: Option<Required> = None;
    let mut offer = |info: Info, from: usize, to: usize| {
        let candidate = settle(info, sum(&lengths[..from]), sum(&lengths[to..]));
        let cost = |own: &Option<Required>| own.as_ref().map_or(u64::MAX, Required::cost);
        if cost(&candidate) < cost(&best) {
            best = candidate;
        }
    };
    let mut run = vec![String::new()];
    let mut run_start = 0;
    for (at, part) in parts.into_iter().enumerate() {
        let product = part.exact.as_ref().and_then(|exact| multiply(&run, exact));
        match (product, part.exact.is_some()) {
            (Some(product), _) => run = product,
            (None, true) => {
                offer(Info::of(std::mem::take(&mut run)), run_start, at);
                run = part.exact.unwrap_or_default();
                run_start = at;
            }
            (None, false) => {
                offer(Info::of(std::mem::replace(&mut run, vec![String::new()])), run_start, at);
                offer(part, at, at + 1);
                run_start = at + 1;
            }
        }
    }
    let chars_max = sum(&lengths);
    if run_start == 0 {
        return Info { exact: Some(run), required: None, chars_max };
    }
    offer(Info::of(run), run_start, count);
    Info { exact: None, required: best, chars_max }
}

/// Each of `heads` followed by each of `tails`, if there are not too many.
fn multiply(heads: &[String], tails: &[String]) -> Option<Vec<String>> {
    let longest = |strings: &[String]| strings.iter().map(String::len).max().unwrap_or(0);
    if heads.len() * tails.len() > LITERALS_MAX
        || longest(heads) + longest(tails) > LITERAL_BYTES_MAX
    {
        return None;
    }
    Some(
        heads
            .iter()
            .flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}")))
            .collect(),
    )
}

/// The union of the branches' literals, if every branch has some.
fn alternation(branches: Vec<Info>) -> Info {
    let chars_max = widest(branches.iter().map(|branch| branch.chars_max));
    let exact: Option<Vec<String>> = branches
        .iter()
        .map(|branch| branch.exact.clone())
        .collect::<Option<Vec<_>>>()
        .map(|sets| sets.concat())
        .filter(|union| union.len() <= LITERALS_MAX);
    if exact.is_some() {
        return Info { exact, required: None, chars_max };
    }
    let sets: Option<Vec<Required>> =
        branches.into_iter().map(|branch| settle(branch, Some(0), Some(0))).collect();
    let required = sets.and_then(union);
    Info { exact: None, required, chars_max }
}

/// The largest distance; `None` if one is unbounded.
fn widest(mut distances: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    distances.try_fold(0, |widest, distance| Some(distance?.max(widest)))
}

fn union(sets: Vec<Required>) -> Option<Required> {
    let before = widest(sets.iter().map(|set| set.before));
    let after = widest(sets.iter().map(|set| set.after));
    let required = minimal(sets.into_iter().flat_map(|set| set.literals).collect());
    (required.literals.len() <= LITERALS_MAX).then(|| required.moved(before, after))
}
