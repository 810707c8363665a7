//! Conditions as bytes: their nodes, children before parents.
//!
//! Whatever the bytes say, what is read back is a tree, no deeper than [`DEPTH_MAX`]: those
//! who walk it may recurse.

use crate::codec::{Damage, Reader, Stored, ensure, stored, stored_choice};
use crate::domain::limits::CONDITION_DEPTH_MAX;
use crate::rules::condition::expr::{Compare, Expr, Measure, Operand, Value};

/// The deepest tree. Each level of nesting that an author may write makes at most three:
/// `or`, `and`, `not`.
const DEPTH_MAX: usize = 3 * CONDITION_DEPTH_MAX + 3;

stored!(Operand { any });
stored_choice!(Compare {
    Equal = 0,
    NotEqual = 1,
    Less = 2,
    LessOrEqual = 3,
    Greater = 4,
    GreaterOrEqual = 5,
});

impl Stored for Measure {
    fn store(&self, out: &mut Vec<u8>) {
        match self {
            Measure::Count(matcher) => (0_u8, *matcher).store(out),
            Measure::Distinct(matcher) => (1_u8, *matcher).store(out),
            Measure::Length => 2_u8.store(out),
        }
    }
    fn load(from: &mut Reader<'_>) -> Result<Measure, Damage> {
        Ok(match u8::load(from)? {
            0 => Measure::Count(Stored::load(from)?),
            1 => Measure::Distinct(Stored::load(from)?),
            2 => Measure::Length,
            _ => return Err(Damage("a measure")),
        })
    }
}

impl Stored for Value {
    fn store(&self, out: &mut Vec<u8>) {
        match self {
            Value::Number(number) => (0_u8, *number).store(out),
            Value::Bool(is) => (1_u8, *is).store(out),
            Value::Text(text) => {
                2_u8.store(out);
                text.store(out);
            }
        }
    }
    fn load(from: &mut Reader<'_>) -> Result<Value, Damage> {
        Ok(match u8::load(from)? {
            0 => Value::Number(Stored::load(from)?),
            1 => Value::Bool(Stored::load(from)?),
            2 => Value::Text(Stored::load(from)?),
            _ => return Err(Damage("a value")),
        })
    }
}

impl Stored for Expr {
    fn store(&self, out: &mut Vec<u8>) {
        let mut nodes = Vec::new();
        self.visit(&mut |node| nodes.push(node));
        (nodes.len() as u64).store(out);
        // Parents were seen before their children, and first children first.
        nodes.iter().rev().for_each(|node| store_node(node, out));
    }

    fn load(from: &mut Reader<'_>) -> Result<Expr, Damage> {
        // Trees without a parent so far, each with its depth; the last made is the first
        // child of what comes next.
        let mut open: Vec<(Expr, usize)> = Vec::new();
        for _ in 0..u64::load(from)? {
            let (node, depth) = load_node(from, &mut open)?;
            ensure(depth <= DEPTH_MAX, "a condition that is too deep")?;
            open.push((node, depth));
        }
        let root = open.pop().ok_or(Damage("a condition without a node"))?;
        ensure(open.is_empty(), "a condition with two roots")?;
        Ok(root.0)
    }
}

/// One node, without what stands below it.
fn store_node(node: &Expr, out: &mut Vec<u8>) {
    match node {
        Expr::And(parts) => (0_u8, parts.len() as u32).store(out),
        Expr::Or(parts) => (1_u8, parts.len() as u32).store(out),
        Expr::Not(_) => 2_u8.store(out),
        Expr::Hit(operand) => {
            3_u8.store(out);
            operand.store(out);
        }
        Expr::Near { left, right, within, ordered } => {
            4_u8.store(out);
            left.store(out);
            right.store(out);
            (*within, *ordered).store(out);
        }
        Expr::AtLeast { count, of } => {
            (5_u8, *count).store(out);
            of.store(out);
        }
        Expr::Measure { what, op, value } => {
            6_u8.store(out);
            what.store(out);
            op.store(out);
            value.store(out);
        }
        Expr::Lang { any, negated } => {
            7_u8.store(out);
            any.store(out);
            negated.store(out);
        }
        Expr::Meta { path, op, value } => {
            (8_u8, *path).store(out);
            op.store(out);
            value.store(out);
        }
        Expr::MetaIn { path, values } => {
            (9_u8, *path).store(out);
            values.store(out);
        }
        Expr::Has(path) => (10_u8, *path).store(out),
        Expr::Fired(rule) => (11_u8, *rule).store(out),
        Expr::Evaded(matcher) => (12_u8, *matcher).store(out),
    }
}

/// One node with its children taken from `open`, and its depth.
fn load_node(
    from: &mut Reader<'_>,
    open: &mut Vec<(Expr, usize)>,
) -> Result<(Expr, usize), Damage> {
    let leaf = match u8::load(from)? {
        kind @ (0 | 1) => {
            let (parts, depth) = children(open, u32::load(from)?)?;
            let node = if kind == 0 { Expr::And(parts) } else { Expr::Or(parts) };
            return Ok((node, depth + 1));
        }
        2 => {
            let (inner, depth) = open.pop().ok_or(Damage("a condition without a part"))?;
            return Ok((Expr::Not(Box::new(inner)), depth + 1));
        }
        3 => Expr::Hit(Stored::load(from)?),
        4 => Expr::Near {
            left: Stored::load(from)?,
            right: Stored::load(from)?,
            within: Stored::load(from)?,
            ordered: Stored::load(from)?,
        },
        5 => Expr::AtLeast { count: Stored::load(from)?, of: Stored::load(from)? },
        6 => Expr::Measure {
            what: Stored::load(from)?,
            op: Stored::load(from)?,
            value: Stored::load(from)?,
        },
        7 => Expr::Lang { any: Stored::load(from)?, negated: Stored::load(from)? },
        8 => Expr::Meta {
            path: Stored::load(from)?,
            op: Stored::load(from)?,
            value: Stored::load(from)?,
        },
        9 => Expr::MetaIn { path: Stored::load(from)?, values: Stored::load(from)? },
        10 => Expr::Has(Stored::load(from)?),
        11 => Expr::Fired(Stored::load(from)?),
        12 => Expr::Evaded(Stored::load(from)?),
        _ => return Err(Damage("a node of a condition")),
    };
    Ok((leaf, 1))
}

/// The last `count` trees, the last made first, and the depth of the deepest.
fn children(open: &mut Vec<(Expr, usize)>, count: u32) -> Result<(Vec<Expr>, usize), Damage> {
    let first = open.len().checked_sub(count as usize).ok_or(Damage("a part of a condition"))?;
    let depth = open[first..].iter().map(|(_, depth)| *depth).max();
    let depth = depth.ok_or(Damage("a condition without parts"))?;
    Ok((open.drain(first..).rev().map(|(part, _)| part).collect(), depth))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::MetaId;
    use crate::domain::ids::{MatcherIx, RuleIx};
    use proptest::prelude::*;

    fn some_leaf() -> impl Strategy<Value = Expr> {
        let operand = || {
            prop::collection::vec((0u32..9).prop_map(MatcherIx), 1..3)
                .prop_map(|any| Operand { any })
        };
        prop_oneof![
            operand().prop_map(Expr::Hit),
            (operand(), operand(), 0u32..9, any::<bool>()).prop_map(
                |(left, right, within, ordered)| Expr::Near { left, right, within, ordered }
            ),
            (0u32..3, operand()).prop_map(|(count, of)| Expr::AtLeast { count, of: of.any }),
            Just(Expr::Measure {
                what: Measure::Distinct(MatcherIx(3)),
                op: Compare::GreaterOrEqual,
                value: 2.0
            }),
            Just(Expr::Measure { what: Measure::Length, op: Compare::Less, value: 9.5 }),
            Just(Expr::Lang { any: vec!["zh".to_owned()], negated: true }),
            Just(Expr::Meta {
                path: MetaId(2),
                op: Compare::NotEqual,
                value: Value::Text("news".to_owned())
            }),
            Just(Expr::MetaIn {
                path: MetaId(1),
                values: vec![Value::Bool(true), Value::Number(3.0)]
            }),
            Just(Expr::Has(MetaId(4))),
            Just(Expr::Fired(RuleIx(1))),
            Just(Expr::Evaded(MatcherIx(2))),
        ]
    }

    fn some_expr() -> impl Strategy<Value = Expr> {
        some_leaf().prop_recursive(5, 30, 4, |inner| {
            let parts = || prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                parts().prop_map(Expr::And),
                parts().prop_map(Expr::Or),
                inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            ]
        })
    }

    fn load(bytes: &[u8]) -> Result<Expr, Damage> {
        Expr::load(&mut Reader::new(bytes))
    }

    proptest! {
        #[test]
        fn trees_come_back(expr in some_expr()) {
            let mut bytes = Vec::new();
            expr.store(&mut bytes);
            prop_assert_eq!(load(&bytes), Ok(expr));
            for end in 0..bytes.len() {
                prop_assert!(load(&bytes[..end]).is_err());
            }
        }

        #[test]
        fn no_bytes_make_reading_panic(expr in some_expr(), at: prop::sample::Index, byte: u8) {
            let mut bytes = Vec::new();
            expr.store(&mut bytes);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(expr) = load(&bytes) {
                expr.visit(&mut |_| {});
            }
        }
    }

    fn nots(count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        (count as u64 + 1).store(&mut bytes);
        store_node(&Expr::Has(MetaId(0)), &mut bytes);
        (0..count).for_each(|_| 2_u8.store(&mut bytes));
        bytes
    }

    #[test]
    fn depth_ends_at_its_limit() {
        assert!(load(&nots(DEPTH_MAX - 2)).is_ok());
        assert!(load(&nots(DEPTH_MAX - 1)).is_ok());
        assert!(load(&nots(DEPTH_MAX)).is_err());
        assert!(load(&nots(1_000_000)).is_err());
    }
}
