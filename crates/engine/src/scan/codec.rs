//! The compiled matchers as bytes, with the checks that make them safe to use.
//!
//! Tables are stored as they are. A regex is stored as its pattern and what was found out about
//! it; its engines are made when they are first used, because their form depends on the machine.
//! Every number used as an index is checked here, so that the scanner can trust it.

use super::index::{
    Guard, Index, LiteralIndex, LiteralUse, Matcher, Regex, Role, Sequence, Spelling,
};
use super::literals::Kernel;
use super::scanner::Scanner;
use super::text::projection::Projection;
use crate::codec::{Codec, DecodeError, Reader, are_starts, codec_struct, ensure};
use crate::domain::ids::MatcherIx;
use crate::domain::view::View;

codec_struct!(Matcher {
    edge,
    views,
    fields,
    cased,
    max,
    check,
    scripts,
    languages,
    entities,
    regexes,
    has_ungated,
    only_sequence,
    needed_in,
    term_implies_hit,
});

codec_struct!(Sequence { matcher, parts, gap });
codec_struct!(Spelling { text, symbols, is_split, begins_with_sign });
codec_struct!(Regex { matcher, pattern, is_ungated });

impl Codec for LiteralIndex {
    fn encode(&self, out: &mut Vec<u8>) {
        let LiteralIndex { literals, starts, uses, edges: _ } = self;
        literals.encode(out);
        starts.encode(out);
        uses.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<LiteralIndex, DecodeError> {
        let (literals, starts, uses) =
            (Codec::decode(from)?, Codec::decode(from)?, Codec::decode(from)?);
        Ok(LiteralIndex { literals, starts, uses, edges: Vec::new() })
    }
}

impl Codec for LiteralUse {
    fn encode(&self, out: &mut Vec<u8>) {
        let LiteralUse { matcher, guard: _, role, distinct_key, anchor, source } = self;
        matcher.encode(out);
        role.encode(out);
        distinct_key.encode(out);
        anchor.encode(out);
        source.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<LiteralUse, DecodeError> {
        Ok(LiteralUse {
            matcher: Codec::decode(from)?,
            guard: Guard::NONE,
            role: Codec::decode(from)?,
            distinct_key: Codec::decode(from)?,
            anchor: Codec::decode(from)?,
            source: Codec::decode(from)?,
        })
    }
}

impl Codec for Role {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Role::Term(term) => (0_u8, *term).encode(out),
            Role::Except => 1_u8.encode(out),
            Role::Part { sequence, part } => (2_u8, (*sequence, *part)).encode(out),
            Role::Gate { regex } => (3_u8, *regex).encode(out),
            Role::FoldedHint { is_part } => (4_u8, *is_part).encode(out),
        }
    }
    fn decode(from: &mut Reader<'_>) -> Result<Role, DecodeError> {
        Ok(match u8::decode(from)? {
            0 => Role::Term(Codec::decode(from)?),
            1 => Role::Except,
            2 => Role::Part { sequence: Codec::decode(from)?, part: Codec::decode(from)? },
            3 => Role::Gate { regex: Codec::decode(from)? },
            4 => Role::FoldedHint { is_part: Codec::decode(from)? },
            _ => return Err(DecodeError("the role of a literal")),
        })
    }
}

impl Codec for Index {
    fn encode(&self, out: &mut Vec<u8>) {
        let Index {
            matchers,
            literals,
            projections,
            sequences,
            regexes,
            entities,
            entity_matchers,
            fields,
        } = self;
        matchers.encode(out);
        literals.encode(out);
        projections.encode(out);
        sequences.encode(out);
        regexes.encode(out);
        entities.encode(out);
        entity_matchers.encode(out);
        fields.encode(out);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Index, DecodeError> {
        let mut index = Index {
            matchers: Codec::decode(from)?,
            literals: Codec::decode(from)?,
            projections: Codec::decode(from)?,
            sequences: Codec::decode(from)?,
            regexes: Codec::decode(from)?,
            entities: Codec::decode(from)?,
            entity_matchers: Codec::decode(from)?,
            fields: Codec::decode(from)?,
        };
        index.check()?;
        index.copy_guards();
        Ok(index)
    }
}

impl Codec for Scanner {
    fn encode(&self, out: &mut Vec<u8>) {
        self.index.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Scanner, DecodeError> {
        Ok(Scanner { index: Index::decode(from)? })
    }
}

impl Scanner {
    /// Checks that every term is below `terms`; the scanner does not know their number.
    ///
    /// # Errors
    ///
    /// A term is not below `terms`.
    pub(crate) fn check_terms(&self, terms: usize) -> Result<(), DecodeError> {
        let mut uses = self.index.literals.iter().flat_map(|literals| &literals.uses);
        let is_known = |own: &LiteralUse| match own.role {
            Role::Term(term) => term.index() < terms,
            Role::Except | Role::Part { .. } | Role::Gate { .. } | Role::FoldedHint { .. } => true,
        };
        ensure(uses.all(is_known), "a term")
    }

    /// Uses the same tables with another kernel, for tests and measurements.
    pub fn set_kernel(&mut self, kernel: Kernel) {
        self.index.literals.iter_mut().for_each(|own| own.literals.set_kernel(kernel));
    }
}

impl Index {
    fn check(&self) -> Result<(), DecodeError> {
        let matchers = self.matchers.len();
        for projection in Projection::all() {
            self.check_literals(projection)?;
        }
        let sorted = self.projections.is_sorted_by(|one, next| one < next);
        ensure(sorted && self.projections.contains(&Projection::FOLDED), "the projections")?;
        let is_matcher = |matcher: &MatcherIx| matcher.index() < matchers;
        ensure(self.sequences.iter().all(|it| is_matcher(&it.matcher)), "a sequence")?;
        ensure(self.regexes.iter().all(|it| is_matcher(&it.matcher)), "a regex")?;
        let are_own = |(number, own): (usize, &Matcher)| {
            own.regexes.start <= own.regexes.end
                && (self.regexes.get(own.regexes.start as usize..own.regexes.end as usize))
                    .is_some_and(|all| all.iter().all(|it| it.matcher.index() == number))
        };
        ensure(self.matchers.iter().enumerate().all(are_own), "the regexes of a matcher")?;
        let has_sequence = |own: &Matcher| {
            own.only_sequence.is_none_or(|number| (number as usize) < self.sequences.len())
        };
        ensure(self.matchers.iter().all(has_sequence), "the sequence of a matcher")?;
        let [(folded, _), (squeezed, wanted)] = self.entities;
        let reads = |projection| self.projections.contains(&projection);
        let in_order = folded == Projection::FOLDED && squeezed == Projection::SQUEEZED;
        ensure(in_order && (wanted.is_empty() || reads(squeezed)), "the entities")?;
        ensure(
            self.entity_matchers.iter().all(|it| (*it as usize) < matchers),
            "the matcher of an entity",
        )?;
        // Matchers on squeezed text require the squeezed projection to be built for every post.
        let squeezes = |own: &Matcher| own.is_deferred() && own.views.has(View::Squeezed);
        let is_built = !self.matchers.iter().any(squeezes) || reads(Projection::SQUEEZED);
        ensure(is_built, "a projection that is not built")
    }

    fn check_literals(&self, projection: Projection) -> Result<(), DecodeError> {
        let LiteralIndex { literals, starts, uses, edges: _ } = &self.literals[projection.index()];
        ensure(are_starts(starts, literals.count(), uses.len()), "the uses of a literal")?;
        // `prefetch_uses` indexes the first use unchecked, so every literal needs at least one.
        ensure(starts.is_sorted_by(|one, next| one < next), "a literal without a use")?;
        let is_built = literals.is_empty() || self.projections.contains(&projection);
        ensure(is_built, "a projection that is not built")?;
        ensure(uses.iter().all(|own| self.is_valid(own)), "the use of a literal")
    }

    fn is_valid(&self, own: &LiteralUse) -> bool {
        let LiteralUse { matcher, guard: _, role, distinct_key: _, anchor, source } = own;
        let has_role = match role {
            Role::Term(_) | Role::Except | Role::FoldedHint { .. } => true,
            Role::Part { sequence, part } => {
                self.sequences.get(*sequence as usize).is_some_and(|own| *part < own.parts)
            }
            Role::Gate { regex } => (*regex as usize) < self.regexes.len(),
        };
        let symbols = source.as_ref().map_or(0, |source| source.symbols.len());
        matcher.index() < self.matchers.len()
            && has_role
            && source.as_ref().is_none_or(|source| !source.symbols.is_empty())
            && anchor.is_none_or(|at| usize::from(at) < symbols)
    }
}
