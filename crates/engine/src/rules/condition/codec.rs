//! Encodes conditions: their nodes, children before parents.
//!
//! Any bytes that decode are a tree no deeper than [`DEPTH_MAX`], so that walks over it may
//! recurse.

use crate::codec::{Codec, DecodeError, Reader, codec_enum, codec_struct, ensure};
use crate::domain::limits::{CONDITION_DEPTH_MAX, SCOPE_DEPTH_MAX};
use crate::rules::condition::expr::{Compare, Expr, Extent, Measure, Operand, Value};

/// The depth limit of a tree. Each level of nesting of the source makes at most three levels:
/// `or`, `and`, `not`; and a scope makes one more.
const DEPTH_MAX: usize = 3 * CONDITION_DEPTH_MAX + 3 + SCOPE_DEPTH_MAX;

codec_struct!(Operand { any });
codec_enum!(Compare {
    Equal = 0,
    NotEqual = 1,
    Less = 2,
    LessOrEqual = 3,
    Greater = 4,
    GreaterOrEqual = 5,
});

impl Codec for Measure {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Measure::Count(matcher) => (0_u8, *matcher).encode(out),
            Measure::Distinct(matcher) => (1_u8, *matcher).encode(out),
            Measure::Length => 2_u8.encode(out),
        }
    }
    fn decode(from: &mut Reader<'_>) -> Result<Measure, DecodeError> {
        Ok(match u8::decode(from)? {
            0 => Measure::Count(Codec::decode(from)?),
            1 => Measure::Distinct(Codec::decode(from)?),
            2 => Measure::Length,
            _ => return Err(DecodeError("a measure")),
        })
    }
}

impl Codec for Extent {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Extent::Around(within) => (0_u8, *within).encode(out),
            Extent::Segment => 1_u8.encode(out),
        }
    }
    fn decode(from: &mut Reader<'_>) -> Result<Extent, DecodeError> {
        Ok(match u8::decode(from)? {
            0 => Extent::Around(Codec::decode(from)?),
            1 => Extent::Segment,
            _ => return Err(DecodeError("an extent")),
        })
    }
}

/// How deep a tree is.
#[derive(Clone, Copy, Debug, Default)]
struct Depth {
    nodes: usize,
    scopes: usize,
}

impl Depth {
    /// The depth of a node over trees of this depth.
    fn below(self, is_scope: bool) -> Depth {
        Depth { nodes: self.nodes + 1, scopes: self.scopes + usize::from(is_scope) }
    }

    fn max(self, other: Depth) -> Depth {
        Depth { nodes: self.nodes.max(other.nodes), scopes: self.scopes.max(other.scopes) }
    }
}

impl Codec for Value {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Value::Number(number) => (0_u8, *number).encode(out),
            Value::Bool(is) => (1_u8, *is).encode(out),
            Value::Text(text) => {
                2_u8.encode(out);
                text.encode(out);
            }
        }
    }
    fn decode(from: &mut Reader<'_>) -> Result<Value, DecodeError> {
        Ok(match u8::decode(from)? {
            0 => Value::Number(Codec::decode(from)?),
            1 => Value::Bool(Codec::decode(from)?),
            2 => Value::Text(Codec::decode(from)?),
            _ => return Err(DecodeError("a value")),
        })
    }
}

impl Codec for Expr {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut nodes = Vec::new();
        self.visit(&mut |node| nodes.push(node));
        (nodes.len() as u64).encode(out);
        // The walk visits parents before children, and first children first.
        nodes.iter().rev().for_each(|node| store_node(node, out));
    }

    fn decode(from: &mut Reader<'_>) -> Result<Expr, DecodeError> {
        // Trees without a parent so far, each with its depth. The last one is the first child
        // of the next parent.
        let mut open: Vec<(Expr, Depth)> = Vec::new();
        for _ in 0..u64::decode(from)? {
            let (node, depth) = load_node(from, &mut open)?;
            ensure(depth.nodes <= DEPTH_MAX, "a condition that is too deep")?;
            ensure(depth.scopes <= SCOPE_DEPTH_MAX, "scopes that are nested too deep")?;
            open.push((node, depth));
        }
        let root = open.pop().ok_or(DecodeError("a condition without a node"))?;
        ensure(open.is_empty(), "a condition with two roots")?;
        Ok(root.0)
    }
}

/// One node, without its children.
fn store_node(node: &Expr, out: &mut Vec<u8>) {
    match node {
        Expr::And(parts) => (0_u8, parts.len() as u32).encode(out),
        Expr::Or(parts) => (1_u8, parts.len() as u32).encode(out),
        Expr::Not(_) => 2_u8.encode(out),
        Expr::Hit(operand) => {
            3_u8.encode(out);
            operand.encode(out);
        }
        Expr::Near { left, right, within, ordered } => {
            4_u8.encode(out);
            left.encode(out);
            right.encode(out);
            (*within, *ordered).encode(out);
        }
        Expr::AtLeast { count, of } => {
            (5_u8, *count).encode(out);
            of.encode(out);
        }
        Expr::Measure { what, op, value } => {
            6_u8.encode(out);
            what.encode(out);
            op.encode(out);
            value.encode(out);
        }
        Expr::Lang { any, negated } => {
            7_u8.encode(out);
            any.encode(out);
            negated.encode(out);
        }
        Expr::Meta { path, op, value } => {
            (8_u8, *path).encode(out);
            op.encode(out);
            value.encode(out);
        }
        Expr::MetaIn { path, values } => {
            (9_u8, *path).encode(out);
            values.encode(out);
        }
        Expr::Has(path) => (10_u8, *path).encode(out),
        Expr::Fired(rule) => (11_u8, *rule).encode(out),
        Expr::Evaded(matcher) => (12_u8, *matcher).encode(out),
        Expr::Scoped { key, extent, inner: _ } => {
            13_u8.encode(out);
            key.encode(out);
            extent.encode(out);
        }
    }
}

/// One node with its children taken from `open`, and its depth.
fn load_node(
    from: &mut Reader<'_>,
    open: &mut Vec<(Expr, Depth)>,
) -> Result<(Expr, Depth), DecodeError> {
    let leaf = match u8::decode(from)? {
        kind @ (0 | 1) => {
            let (parts, depth) = children(open, u32::decode(from)?)?;
            let node = if kind == 0 { Expr::And(parts) } else { Expr::Or(parts) };
            return Ok((node, depth.below(false)));
        }
        2 => {
            let (inner, depth) = open.pop().ok_or(DecodeError("a condition without a part"))?;
            return Ok((Expr::Not(Box::new(inner)), depth.below(false)));
        }
        13 => {
            let (key, extent) = (Codec::decode(from)?, Codec::decode(from)?);
            let (inner, depth) = open.pop().ok_or(DecodeError("a scope without a condition"))?;
            return Ok((Expr::Scoped { key, extent, inner: Box::new(inner) }, depth.below(true)));
        }
        3 => Expr::Hit(Codec::decode(from)?),
        4 => Expr::Near {
            left: Codec::decode(from)?,
            right: Codec::decode(from)?,
            within: Codec::decode(from)?,
            ordered: Codec::decode(from)?,
        },
        5 => Expr::AtLeast { count: Codec::decode(from)?, of: Codec::decode(from)? },
        6 => Expr::Measure {
            what: Codec::decode(from)?,
            op: Codec::decode(from)?,
            value: Codec::decode(from)?,
        },
        7 => Expr::Lang { any: Codec::decode(from)?, negated: Codec::decode(from)? },
        8 => Expr::Meta {
            path: Codec::decode(from)?,
            op: Codec::decode(from)?,
            value: Codec::decode(from)?,
        },
        9 => Expr::MetaIn { path: Codec::decode(from)?, values: Codec::decode(from)? },
        10 => Expr::Has(Codec::decode(from)?),
        11 => Expr::Fired(Codec::decode(from)?),
        12 => Expr::Evaded(Codec::decode(from)?),
        _ => return Err(DecodeError("a node of a condition")),
    };
    Ok((leaf, Depth::default().below(false)))
}

/// The last `count` trees, the last one first, and the depth of the deepest.
fn children(open: &mut Vec<(Expr, Depth)>, count: u32) -> Result<(Vec<Expr>, Depth), DecodeError> {
    let first =
        open.len().checked_sub(count as usize).ok_or(DecodeError("a part of a condition"))?;
    let depth = open[first..].iter().map(|(_, depth)| *depth).reduce(Depth::max);
    let depth = depth.ok_or(DecodeError("a condition without parts"))?;
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

    /// A condition with scopes, nested at most as deep as is accepted.
    fn some_scoped(depth: usize) -> BoxedStrategy<Expr> {
        if depth == 0 {
            return some_expr().boxed();
        }
        let extent = prop_oneof![(1u32..9).prop_map(Extent::Around), Just(Extent::Segment)];
        let key = (0u32..9).prop_map(|key| Operand { any: vec![MatcherIx(key)] });
        let scoped = (key, extent, some_scoped(depth - 1))
            .prop_map(|(key, extent, inner)| Expr::Scoped { key, extent, inner: Box::new(inner) });
        (scoped, some_expr(), any::<bool>())
            .prop_map(|(scoped, other, is_and)| {
                let parts = vec![scoped, other];
                if is_and { Expr::And(parts) } else { Expr::Or(parts) }
            })
            .boxed()
    }

    fn nested_scopes(depth: usize) -> Expr {
        (0..depth).fold(Expr::Has(MetaId(0)), |inner, _| Expr::Scoped {
            key: Operand { any: vec![MatcherIx(0)] },
            extent: Extent::Segment,
            inner: Box::new(inner),
        })
    }

    #[test]
    fn scopes_nested_deeper_than_the_limit_are_refused() {
        for (depth, accepted) in [(SCOPE_DEPTH_MAX, true), (SCOPE_DEPTH_MAX + 1, false)] {
            let mut bytes = Vec::new();
            nested_scopes(depth).encode(&mut bytes);
            assert_eq!(decode(&bytes).is_ok(), accepted);
        }
    }

    fn decode(bytes: &[u8]) -> Result<Expr, DecodeError> {
        Expr::decode(&mut Reader::new(bytes))
    }

    proptest! {
        #[test]
        fn trees_round_trip(expr in prop_oneof![some_expr().boxed(), some_scoped(1), some_scoped(2)]) {
            let mut bytes = Vec::new();
            expr.encode(&mut bytes);
            prop_assert_eq!(decode(&bytes), Ok(expr));
            for end in 0..bytes.len() {
                prop_assert!(decode(&bytes[..end]).is_err());
            }
        }

        #[test]
        fn no_bytes_make_decoding_panic(expr in some_scoped(2), at: prop::sample::Index, byte: u8) {
            let mut bytes = Vec::new();
            expr.encode(&mut bytes);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(expr) = decode(&bytes) {
                expr.visit(&mut |_| {});
            }
        }
    }

    fn nots(count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        (count as u64 + 1).encode(&mut bytes);
        store_node(&Expr::Has(MetaId(0)), &mut bytes);
        (0..count).for_each(|_| 2_u8.encode(&mut bytes));
        bytes
    }

    #[test]
    fn trees_deeper_than_the_limit_are_refused() {
        assert!(decode(&nots(DEPTH_MAX - 2)).is_ok());
        assert!(decode(&nots(DEPTH_MAX - 1)).is_ok());
        assert!(decode(&nots(DEPTH_MAX)).is_err());
        assert!(decode(&nots(1_000_000)).is_err());
    }
}
