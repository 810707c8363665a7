//! Comparisons of `post.` values that contradict each other.
//!
//! A value of a post may be a list: `post.x == a` is true if any element is `a`, `post.x != a` if
//! none is. So two comparisons that no single value satisfies can be true of a list; with a third
//! that excludes an element they cannot. Both are decided by trying the elements that the constants
//! of the comparisons distinguish.

use crate::domain::field::MetaId;
use crate::rules::condition::expr::{Compare, Expr, Value};

/// What is wrong with a part of an `and`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contradiction {
    /// Never true together with the parts before it.
    Never,
    /// Only if the value is a list.
    OnlyList,
}

/// What a part says about a value.
#[derive(Clone, Copy, Debug)]
enum Claim<'e> {
    /// There is an element of which it is true.
    Some(Test<'e>),
    /// There is a value, and it is true of no element.
    None(Test<'e>),
    /// As `None`, or there is no value.
    NoneOrAbsent(Test<'e>),
    /// There is a value.
    Present,
    /// There is no value.
    Absent,
}

/// A test of an element.
#[derive(Clone, Copy, Debug)]
enum Test<'e> {
    Is(Compare, &'e Value),
    In(&'e [Value]),
}

/// An element of a value.
#[derive(Clone, Debug, PartialEq)]
enum Element<'e> {
    Number(f64),
    Bool(bool),
    Text(&'e str),
    /// A text that no comparison names.
    OtherText,
}

/// The first part of an `and` that contradicts the parts before it.
pub(super) fn contradiction(parts: &[Expr]) -> Option<(usize, Contradiction)> {
    let mut claims: Vec<(MetaId, Claim<'_>)> = Vec::new();
    let mut only_list = None;
    for (at, part) in parts.iter().enumerate() {
        let known = claims.len();
        add_claims(part, &mut claims);
        for next in known..claims.len() {
            let path = claims[next].0;
            let about: Vec<Claim<'_>> =
                claims[..=next].iter().filter(|(own, _)| *own == path).map(|(_, it)| *it).collect();
            match decide(&about) {
                Some(Contradiction::Never) => return Some((at, Contradiction::Never)),
                Some(Contradiction::OnlyList) => {
                    only_list.get_or_insert((at, Contradiction::OnlyList));
                }
                None => {}
            }
        }
    }
    only_list
}

fn add_claims<'e>(part: &'e Expr, claims: &mut Vec<(MetaId, Claim<'e>)>) {
    if let Expr::And(parts) = part {
        parts.iter().for_each(|part| add_claims(part, claims));
    } else {
        claims.extend(claim(part));
    }
}

fn claim(part: &Expr) -> Option<(MetaId, Claim<'_>)> {
    Some(match part {
        Expr::Meta { path, op: Compare::NotEqual, value } => {
            (*path, Claim::None(Test::Is(Compare::Equal, value)))
        }
        Expr::Meta { path, op, value } => (*path, Claim::Some(Test::Is(*op, value))),
        Expr::MetaIn { path, values } => (*path, Claim::Some(Test::In(values))),
        Expr::Has(path) => (*path, Claim::Present),
        Expr::Not(inner) => match claim(inner)? {
            (path, Claim::Some(test)) => (path, Claim::NoneOrAbsent(test)),
            (path, Claim::Present) => (path, Claim::Absent),
            (path, Claim::Absent) => (path, Claim::Present),
            // A value with such an element, or none.
            (_, Claim::None(_)) => return None,
            (path, Claim::NoneOrAbsent(test)) => (path, Claim::Some(test)),
        },
        Expr::And(_)
        | Expr::Or(_)
        | Expr::Hit(_)
        | Expr::Near { .. }
        | Expr::Scoped { .. }
        | Expr::AtLeast { .. }
        | Expr::Measure { .. }
        | Expr::Lang { .. }
        | Expr::Fired(_)
        | Expr::Evaded(_) => return None,
    })
}

/// Whether the claims about one value contradict each other.
fn decide(claims: &[Claim<'_>]) -> Option<Contradiction> {
    let is_present =
        |claim: &Claim<'_>| matches!(claim, Claim::Some(_) | Claim::None(_) | Claim::Present);
    let is_absent = claims.iter().any(|claim| matches!(claim, Claim::Absent));
    if is_absent && claims.iter().any(is_present) {
        return Some(Contradiction::Never);
    }
    let wanted: Vec<Test<'_>> = claims.iter().filter_map(|it| tests(it, true)).collect();
    let excluded: Vec<Test<'_>> = claims.iter().filter_map(|it| tests(it, false)).collect();
    let elements: Vec<Element<'_>> = elements(wanted.iter().chain(&excluded))
        .into_iter()
        .filter(|element| !excluded.iter().any(|test| test.holds(element)))
        .collect();
    let is_possible = |test: &Test<'_>| elements.iter().any(|element| test.holds(element));
    if !wanted.iter().all(is_possible) {
        return Some(Contradiction::Never);
    }
    let satisfies_all = |element: &Element<'_>| wanted.iter().all(|test| test.holds(element));
    let is_single = wanted.is_empty() || elements.iter().any(satisfies_all);
    (!is_single).then_some(Contradiction::OnlyList)
}

/// The test of which a claim wants an element, or excludes all.
fn tests<'e>(claim: &Claim<'e>, wanted: bool) -> Option<Test<'e>> {
    match claim {
        Claim::Some(test) => wanted.then_some(*test),
        Claim::None(test) | Claim::NoneOrAbsent(test) => (!wanted).then_some(*test),
        Claim::Present | Claim::Absent => None,
    }
}

/// One element of each kind that the constants distinguish.
fn elements<'e>(tests: impl Iterator<Item = &'e Test<'e>>) -> Vec<Element<'e>> {
    let mut found = vec![Element::OtherText, Element::Bool(true), Element::Bool(false)];
    let mut numbers: Vec<f64> = Vec::new();
    let constants = tests.flat_map(|test| match test {
        Test::Is(_, value) => std::slice::from_ref(*value),
        Test::In(values) => values,
    });
    for constant in constants {
        match constant {
            Value::Number(number) => numbers.push(*number),
            Value::Text(text) => found.push(Element::Text(text)),
            Value::Bool(_) => {}
        }
    }
    numbers.sort_by(f64::total_cmp);
    let between = numbers.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0);
    let mut all: Vec<f64> = between.collect();
    all.extend(numbers.first().map(|least| least - least.abs().max(1.0)));
    all.extend(numbers.last().map(|most| most + most.abs().max(1.0)));
    all.extend(&numbers);
    found.extend(all.into_iter().map(Element::Number));
    found
}

impl Test<'_> {
    fn holds(&self, element: &Element<'_>) -> bool {
        match self {
            Test::Is(op, value) => is(element, *op, value),
            Test::In(values) => values.iter().any(|value| is(element, Compare::Equal, value)),
        }
    }
}

/// As [`compare`](super::compare) compares one element.
fn is(element: &Element<'_>, op: Compare, value: &Value) -> bool {
    let equal = op == Compare::Equal;
    match (element, value) {
        (Element::Number(number), Value::Number(constant)) => op.holds(number, constant),
        (Element::Bool(truth), Value::Bool(constant)) => equal && truth == constant,
        (Element::Text(text), Value::Text(constant)) => equal && text == constant,
        (
            Element::Number(_) | Element::Bool(_) | Element::Text(_) | Element::OtherText,
            Value::Number(_) | Value::Bool(_) | Value::Text(_),
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::compare::{meta_has, meta_holds, meta_in};
    use proptest::prelude::*;

    const PATH: MetaId = MetaId::CHANNEL;

    fn atom() -> impl Strategy<Value = Expr> {
        let value = prop_oneof![
            (0..3u8).prop_map(|number| Value::Number(number.into())),
            Just(Value::Text("a".to_owned())),
            Just(Value::Text("b".to_owned())),
            Just(Value::Bool(true)),
        ];
        let compare = (prop::sample::select(&Compare::ALL[..]), value.clone())
            .prop_map(|(op, value)| Expr::Meta { path: PATH, op, value });
        let one_of = prop::collection::vec(value, 1..3)
            .prop_map(|values| Expr::MetaIn { path: PATH, values });
        let atom = prop_oneof![6 => compare, 2 => one_of, 1 => Just(Expr::Has(PATH))];
        (atom, any::<bool>()).prop_map(|(atom, negated)| match negated {
            true => Expr::Not(Box::new(atom)),
            false => atom,
        })
    }

    fn holds(expr: &Expr, raw: Option<&str>) -> bool {
        if let Expr::Not(inner) = expr {
            return !holds(inner, raw);
        }
        if let Expr::Meta { op, value, .. } = expr {
            return meta_holds(raw, *op, value);
        }
        if let Expr::MetaIn { values, .. } = expr {
            return meta_in(raw, values);
        }
        assert!(matches!(expr, Expr::Has(_)), "{expr:?}");
        meta_has(raw)
    }

    const SINGLE: [&str; 10] = ["0", "1", "2", "0.5", "1.5", "-1", "9", "\"a\"", "\"b\"", "true"];

    proptest! {
        /// Against the evaluation of conditions, with all small values.
        #[test]
        fn what_contradicts_is_true_of_no_value(parts in prop::collection::vec(atom(), 1..4)) {
            let fits = |raw: Option<&str>| parts.iter().all(|part| holds(part, raw));
            let others = ["\"z\"", "false", "[]"];
            let single = SINGLE.iter().chain(&others).any(|raw| fits(Some(raw))) || fits(None);
            let several = SINGLE.iter().flat_map(|one| SINGLE.iter().map(move |two| (one, two)));
            let lists = several.flat_map(|(one, two)| SINGLE.map(|it| format!("[{one},{two},{it}]")));
            let list = || lists.clone().any(|raw| fits(Some(&raw)));
            // A negated `!=` is not decided.
            let is_open = parts.iter().any(|part| matches!(
                part, Expr::Not(inner) if matches!(**inner, Expr::Meta { op: Compare::NotEqual, .. })
            ));
            match contradiction(&parts).map(|(_, kind)| kind) {
                Some(Contradiction::Never) => prop_assert!(!single && !list()),
                Some(Contradiction::OnlyList) => prop_assert!(!single),
                None if !is_open => prop_assert!(single || fits(Some("[]"))),
                None => {}
            }
        }
    }
}
