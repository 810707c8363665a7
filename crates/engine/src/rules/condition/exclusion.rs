//! Conditions that can never or always hold: parts of an `and` or `or` about one number or the
//! language.
//!
//! Lengths and counts are whole numbers, and a comparison changes only at its constant: so a
//! condition about one number is decided by trying the numbers next to its constants. `distinct`
//! is at most `count`, and both are 0 or neither.

use crate::domain::ids::MatcherIx;
use crate::domain::limits::DECIDED_NUMBERS_MAX;
use crate::rules::condition::expr::{Expr, Measure};

/// What a condition is about, if it is about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// `length`.
    Length,
    /// Whether and how often a matcher hits.
    Hits(MatcherIx),
}

/// One assignment of numbers to try.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    length: f64,
    count: f64,
    distinct: f64,
}

/// The largest `distinct()` (`true`) or `count()` (`false`) of a matcher, if it is limited.
pub(super) type Most<'m> = &'m dyn Fn(MatcherIx, bool) -> Option<u32>;

/// The first part of an `and` that is false wherever the parts before it are true.
pub(super) fn excluded(parts: &[Expr], most: Most<'_>) -> Option<usize> {
    let mut facts: Vec<(Subject, &Expr)> = Vec::new();
    let mut hit: Vec<MatcherIx> = Vec::new();
    let mut flat: Vec<&Expr> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let (known, known_hits) = (facts.len(), hit.len());
        let mut open = vec![part];
        while let Some(part) = open.pop() {
            if let Expr::And(inner) = part {
                open.extend(inner);
            } else {
                flat.push(part);
                hit.extend(implied(part));
                facts.extend(subject(part).map(|subject| (subject, part)));
            }
        }
        let is_possible = |subject: Subject| {
            let about: Vec<&Expr> =
                facts.iter().filter(|(own, _)| *own == subject).map(|(_, expr)| *expr).collect();
            let must_hit = matches!(subject, Subject::Hits(matcher) if hit.contains(&matcher));
            let is_it = |n: Numbers| {
                (!must_hit || n.count >= 1.0) && about.iter().all(|expr| holds(expr, n))
            };
            candidates(subject, &about, most).is_none_or(|mut all| all.any(is_it))
        };
        // What was possible with the parts before is so still, but for what this part is about.
        let stated = facts[known..].iter().map(|(subject, _)| *subject);
        let implied = hit[known_hits..].iter().map(|matcher| Subject::Hits(*matcher));
        let is_possible = stated.chain(implied).all(is_possible);
        if excludes_language(&flat) || !is_possible {
            return Some(at);
        }
    }
    None
}

/// Is this `or` true for every number?
pub(super) fn is_always_true(or: &Expr, most: Most<'_>) -> bool {
    let all = subject(or).and_then(|subject| candidates(subject, &[or], most));
    all.is_some_and(|mut all| all.all(|n| holds(or, n)))
}

/// The matchers of which the condition requires a hit.
fn implied(expr: &Expr) -> impl Iterator<Item = MatcherIx> {
    let sets = expr.required_hits().into_iter();
    sets.filter_map(|set| if let [only] = set { Some(*only) } else { None })
}

fn subject(expr: &Expr) -> Option<Subject> {
    match expr {
        Expr::Measure { what: Measure::Length, .. } => Some(Subject::Length),
        Expr::Measure { what: Measure::Count(matcher) | Measure::Distinct(matcher), .. } => {
            Some(Subject::Hits(*matcher))
        }
        Expr::Hit(operand) => match operand.any[..] {
            [only] => Some(Subject::Hits(only)),
            _ => None,
        },
        Expr::AtLeast { count: 1, of } => match of[..] {
            [only] => Some(Subject::Hits(only)),
            _ => None,
        },
        Expr::Not(inner) => subject(inner),
        Expr::And(parts) | Expr::Or(parts) => {
            let first = subject(parts.first()?)?;
            parts.iter().all(|part| subject(part) == Some(first)).then_some(first)
        }
        Expr::AtLeast { .. }
        | Expr::Near { .. }
        | Expr::Scoped { .. }
        | Expr::Lang { .. }
        | Expr::Meta { .. }
        | Expr::MetaIn { .. }
        | Expr::Has(_)
        | Expr::Fired(_)
        | Expr::Evaded(_) => None,
    }
}

/// Is a condition about one subject true for these numbers?
fn holds(expr: &Expr, numbers: Numbers) -> bool {
    match expr {
        Expr::Measure { what, op, value } => {
            let number = match what {
                Measure::Length => numbers.length,
                Measure::Count(_) => numbers.count,
                Measure::Distinct(_) => numbers.distinct,
            };
            op.holds(&number, value)
        }
        Expr::Not(inner) => !holds(inner, numbers),
        Expr::And(parts) => parts.iter().all(|part| holds(part, numbers)),
        Expr::Or(parts) => parts.iter().any(|part| holds(part, numbers)),
        // A hit of the subject; the other nodes have none.
        Expr::Hit(_)
        | Expr::AtLeast { .. }
        | Expr::Near { .. }
        | Expr::Scoped { .. }
        | Expr::Lang { .. }
        | Expr::Meta { .. }
        | Expr::MetaIn { .. }
        | Expr::Has(_)
        | Expr::Fired(_)
        | Expr::Evaded(_) => numbers.count >= 1.0,
    }
}

/// The numbers that decide conditions about one subject; `None` if they are too many.
fn candidates(
    subject: Subject,
    about: &[&Expr],
    most: Most<'_>,
) -> Option<impl Iterator<Item = Numbers> + use<>> {
    let mut near = vec![0.0, 1.0];
    for expr in about {
        expr.visit(&mut |expr| {
            if let Expr::Measure { value, .. } = expr {
                near.extend([value.floor() - 1.0, value.floor(), value.ceil(), value.ceil() + 1.0]);
            }
        });
    }
    near.retain(|number| *number >= 0.0);
    near.sort_by(f64::total_cmp);
    near.dedup();
    if near.len() > DECIDED_NUMBERS_MAX {
        return None;
    }
    let limit = |distinct: bool| match subject {
        Subject::Length => f64::INFINITY,
        Subject::Hits(matcher) => most(matcher, distinct).map_or(f64::INFINITY, f64::from),
    };
    let (most_hits, most_different) = (limit(false), limit(true));
    near.extend([most_hits, most_different].iter().filter(|most| most.is_finite()));
    let is_length = subject == Subject::Length;
    let others = if is_length { vec![0.0] } else { near.clone() };
    Some(near.into_iter().flat_map(move |number| {
        let pairs = others.clone().into_iter().map(move |distinct| match is_length {
            true => Numbers { length: number, count: 0.0, distinct: 0.0 },
            false => Numbers { length: 0.0, count: number, distinct },
        });
        pairs.filter(move |n| {
            let fits = n.distinct <= n.count && (n.distinct == 0.0) == (n.count == 0.0);
            is_length || fits && n.count <= most_hits && n.distinct <= most_different
        })
    }))
}

/// Does one part require a language that another one excludes?
fn excludes_language(parts: &[&Expr]) -> bool {
    let languages = |wanted: bool| parts.iter().filter_map(move |part| language(part, wanted));
    let is_excluded = |code: &String| languages(false).any(|codes| codes.contains(code));
    languages(true).any(|codes| !codes.is_empty() && codes.iter().all(is_excluded))
}

/// The languages of `lang == …` (wanted) or `lang != …` (not wanted).
fn language(expr: &Expr, wanted: bool) -> Option<&[String]> {
    if let Expr::Not(inner) = expr {
        return language(inner, !wanted);
    }
    let Expr::Lang { any, negated } = expr else { return None };
    (*negated != wanted).then_some(any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::expr::{Compare, Operand};
    use proptest::prelude::*;

    const MATCHER: MatcherIx = MatcherIx(0);

    fn leaves() -> impl Strategy<Value = Expr> {
        let what = prop_oneof![
            Just(Measure::Length),
            Just(Measure::Count(MATCHER)),
            Just(Measure::Distinct(MATCHER)),
        ];
        let op = prop::sample::select(&Compare::ALL[..]);
        let measure = (what, op, 0..5u32).prop_map(|(what, op, value)| Expr::Measure {
            what,
            op,
            value: value.into(),
        });
        prop_oneof![4 => measure, 1 => Just(Expr::Hit(Operand { any: vec![MATCHER] }))]
    }

    fn parts() -> impl Strategy<Value = Expr> {
        leaves().prop_recursive(2, 6, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
                prop::collection::vec(inner.clone(), 2..3).prop_map(Expr::Or),
                prop::collection::vec(inner, 2..3).prop_map(Expr::And),
            ]
        })
    }

    /// Every assignment of small numbers.
    fn all() -> impl Iterator<Item = Numbers> {
        let counts = (0..8u8).flat_map(|count| (0..=count).map(move |distinct| (count, distinct)));
        let counts = counts.filter(|(count, distinct)| (*count == 0) == (*distinct == 0));
        counts.flat_map(|(count, distinct)| {
            let (count, distinct) = (f64::from(count), f64::from(distinct));
            (0..8u8).map(move |length| Numbers { length: length.into(), count, distinct })
        })
    }

    #[test]
    fn too_many_numbers_are_not_decided() {
        let measure = |op: Compare, value: usize| {
            let value = value as f64;
            Expr::Measure { what: Measure::Length, op, value }
        };
        let is_excluded = |constants: usize, above: usize| {
            let one_of = (0..constants).map(|n| measure(Compare::Equal, 10 * (n + 1)));
            let parts = [Expr::Or(one_of.collect()), measure(Compare::Greater, above)];
            excluded(&parts, &|_, _| None).is_some()
        };
        // Each constant is tried with its two neighbours, in addition to 0 and 1.
        let most = (DECIDED_NUMBERS_MAX - 2) / 3 - 1;
        for constants in [1, most, most + 2, 3 * most] {
            let last = 10 * constants;
            assert!(!is_excluded(constants, last - 1), "{constants}: the last one is possible");
            assert_eq!(is_excluded(constants, last), constants <= most, "{constants}");
        }
    }

    proptest! {
        #[test]
        fn what_is_excluded_holds_for_no_numbers(parts in prop::collection::vec(parts(), 1..4)) {
            let is_possible = |parts: &[Expr]| {
                all().any(|numbers| parts.iter().all(|part| holds(part, numbers)))
            };
            match excluded(&parts, &|_, _| None) {
                Some(at) => prop_assert!(!is_possible(&parts[..=at])),
                // Parts about both the length and the hits are not decided.
                None if parts.iter().all(|part| subject(part).is_some()) => {
                    prop_assert!(is_possible(&parts));
                }
                None => {}
            }
        }

        #[test]
        fn what_is_always_true_holds_for_all_numbers(parts in prop::collection::vec(parts(), 2..4)) {
            let or = Expr::Or(parts);
            let is_true = all().all(|numbers| holds(&or, numbers));
            let is_found = is_always_true(&or, &|_, _| None);
            prop_assert_eq!(is_found, is_true && subject(&or).is_some());
        }
    }
}
