//! The compiled matchers as bytes, and what must hold of them.
//!
//! Tables come back as they are; regexes as their patterns, which are compiled anew, in
//! parallel: the engine's own form is made for one machine and one version. Every number
//! that is an index is checked here, so that a scan may trust it.

use super::literals::Kernel;
use super::regex::PrefilteredRegex;
use super::scanner::{Matcher, Regex, Role, Scanner, Sequence, Source, Stream, Use};
use super::text::projection::Reading;
use crate::codec::{Codec, DecodeError, Reader, are_starts, codec_struct, ensure};
use crate::domain::ids::MatcherIx;
use crate::parallel;

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
    is_plain,
});

codec_struct!(Sequence { matcher, parts, gap });
codec_struct!(Source { text, symbols, is_split });
codec_struct!(Use { matcher, role, distinct_key, anchor, source });
codec_struct!(Stream { literals, starts, uses });

impl Codec for Role {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Role::Term(term) => (0_u8, *term).encode(out),
            Role::Except => 1_u8.encode(out),
            Role::Part { sequence, part } => (2_u8, (*sequence, *part)).encode(out),
            Role::Gate { regex } => (3_u8, *regex).encode(out),
            Role::Plain { is_part } => (4_u8, *is_part).encode(out),
        }
    }
    fn decode(from: &mut Reader<'_>) -> Result<Role, DecodeError> {
        Ok(match u8::decode(from)? {
            0 => Role::Term(Codec::decode(from)?),
            1 => Role::Except,
            2 => Role::Part { sequence: Codec::decode(from)?, part: Codec::decode(from)? },
            3 => Role::Gate { regex: Codec::decode(from)? },
            4 => Role::Plain { is_part: Codec::decode(from)? },
            _ => return Err(DecodeError("the role of a literal")),
        })
    }
}

impl Codec for Scanner {
    fn encode(&self, out: &mut Vec<u8>) {
        let Scanner {
            matchers,
            streams,
            readings,
            sequences,
            regexes,
            entities,
            entity_matchers,
            fields,
        } = self;
        matchers.encode(out);
        streams.encode(out);
        readings.encode(out);
        sequences.encode(out);
        let regexes = regexes.iter().map(|regex| {
            let Regex { matcher, pattern, is_ungated } = regex;
            ((*matcher, *is_ungated), pattern.source().to_owned())
        });
        regexes.collect::<Vec<_>>().encode(out);
        entities.encode(out);
        entity_matchers.encode(out);
        fields.encode(out);
    }

    fn decode(from: &mut Reader<'_>) -> Result<Scanner, DecodeError> {
        let matchers = Vec::decode(from)?;
        let (streams, readings) = (Codec::decode(from)?, Codec::decode(from)?);
        let sequences = Codec::decode(from)?;
        let regexes = compile(Codec::decode(from)?, &matchers)?;
        let scanner = Scanner {
            matchers,
            streams,
            readings,
            sequences,
            regexes,
            entities: Codec::decode(from)?,
            entity_matchers: Codec::decode(from)?,
            fields: Codec::decode(from)?,
        };
        scanner.check()?;
        Ok(scanner)
    }
}

/// Patterns with their matchers → regexes.
fn compile(
    patterns: Vec<((MatcherIx, bool), String)>,
    matchers: &[Matcher],
) -> Result<Vec<Regex>, DecodeError> {
    let compiled = parallel::map(patterns, |((matcher, is_ungated), pattern)| {
        let own = matchers.get(matcher.index()).ok_or(DecodeError("the matcher of a regex"))?;
        let pattern = PrefilteredRegex::for_posts(&pattern, own.views.is_exact_only());
        let pattern = pattern.map_err(|_| DecodeError("a regex"))?;
        Ok(Regex { matcher, pattern, is_ungated })
    });
    compiled.into_iter().collect()
}

impl Scanner {
    /// Terms that uses name must be below `terms`; nothing here knows them.
    ///
    /// # Errors
    ///
    /// One is not.
    pub(crate) fn check_terms(&self, terms: usize) -> Result<(), DecodeError> {
        let uses = || self.streams.iter().flat_map(|stream| &stream.uses);
        let is_known = |wanted: &Use| match wanted.role {
            Role::Term(term) => term.index() < terms,
            _ => true,
        };
        ensure(uses().all(is_known), "a term")
    }

    /// The same tables for another kernel: for tests and measurements.
    pub fn set_kernel(&mut self, kernel: Kernel) {
        self.streams.iter_mut().for_each(|stream| stream.literals.set_kernel(kernel));
    }

    fn check(&self) -> Result<(), DecodeError> {
        let matchers = self.matchers.len();
        for reading in Reading::all() {
            self.check_stream(reading)?;
        }
        let sorted = self.readings.is_sorted_by(|one, next| one < next);
        ensure(sorted && self.readings.contains(&Reading::FOLDED), "the readings")?;
        let is_matcher = |matcher: &MatcherIx| matcher.index() < matchers;
        ensure(self.sequences.iter().all(|it| is_matcher(&it.matcher)), "a sequence")?;
        ensure(self.regexes.iter().all(|it| is_matcher(&it.matcher)), "a regex")?;
        let are_own = |(number, own): (usize, &Matcher)| {
            own.regexes.start <= own.regexes.end
                && (self.regexes.get(own.regexes.start as usize..own.regexes.end as usize))
                    .is_some_and(|all| all.iter().all(|it| it.matcher.index() == number))
        };
        ensure(self.matchers.iter().enumerate().all(are_own), "the regexes of a matcher")?;
        let [(folded, _), (squeezed, wanted)] = self.entities;
        let reads = |reading| self.readings.contains(&reading);
        let in_order = folded == Reading::FOLDED && squeezed == Reading::SQUEEZED;
        ensure(in_order && (wanted.is_empty() || reads(squeezed)), "the entities")?;
        ensure(
            self.entity_matchers.iter().all(|it| (*it as usize) < matchers),
            "the matcher of an entity",
        )?;
        // Whoever reads text without noise has it laid out for every post.
        let squeezes = |number: usize| {
            let own = &self.matchers[number];
            (!own.entities.is_empty() || !own.regexes.is_empty())
                && own.views.has(crate::domain::view::View::Squeezed)
        };
        let is_laid_out = (0..matchers).all(|number| !squeezes(number) || reads(Reading::SQUEEZED));
        ensure(is_laid_out, "a reading that nobody lays out")
    }

    fn check_stream(&self, reading: Reading) -> Result<(), DecodeError> {
        let Stream { literals, starts, uses } = &self.streams[reading.index()];
        ensure(are_starts(starts, literals.count(), uses.len()), "the uses of a literal")?;
        // Whoever asks the memory for the uses of a literal takes it that there are some.
        ensure(starts.is_sorted_by(|one, next| one < next), "a literal without a use")?;
        let is_read = literals.is_empty() || self.readings.contains(&reading);
        ensure(is_read, "a reading that nobody lays out")?;
        ensure(uses.iter().all(|wanted| self.is_sound(wanted)), "the use of a literal")
    }

    fn is_sound(&self, wanted: &Use) -> bool {
        let Use { matcher, role, distinct_key: _, anchor, source } = wanted;
        let has_role = match role {
            Role::Term(_) | Role::Except | Role::Plain { .. } => true,
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
