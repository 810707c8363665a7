//! The compiled matchers: data that search, prefilter, verification and confirmation share.
//!
//! Every term, allow phrase, part of a sequence and required literal of a regex is a literal
//! of one [`LiteralIndex`] (one for each projection). Its [`LiteralUse`]s name the matchers
//! that it belongs to and its [`Role`] there. Built by [`build`](super::build), immutable
//! afterwards.

use super::checks::Check;
use super::entities::EntitySet;
use super::literals::{Literals, Occurrence};
use super::regex::PrefilteredRegex;
use super::spec::Edge;
use super::text::projection::Projection;
use super::text::script::Scripts;
use crate::domain::field::FieldSet;
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::view::ViewSet;
use std::ops::Range;

/// Number of occurrences between the prefetch of a literal's uses and their use. Hides the
/// latency of one load; `benches/stages -- classify` runs it, the distance was not measured
/// separately.
const USES_AHEAD: usize = 8;

/// The compiled matchers of a rule set.
#[derive(Debug)]
pub struct Index {
    pub matchers: Vec<Matcher>,
    /// By [`Projection::index`].
    pub literals: [LiteralIndex; Projection::COUNT],
    /// Projections that have literals or are read by regexes or entities; folded text always.
    pub projections: Vec<Projection>,
    pub sequences: Vec<Sequence>,
    pub regexes: Vec<Regex>,
    /// Entities that some matcher searches in folded and in squeezed text.
    pub entities: [(Projection, EntitySet); 2],
    /// Matchers with entities.
    pub entity_matchers: Vec<u32>,
    /// Fields that some matcher reads.
    pub fields: FieldSet,
}

impl Index {
    #[inline]
    pub fn matcher(&self, matcher: MatcherIx) -> &Matcher {
        &self.matchers[matcher.index()]
    }

    /// Copies what uses and literals need of their matchers. Every matcher of a use exists.
    pub fn copy_guards(&mut self) {
        for literals in &mut self.literals {
            for own in &mut literals.uses {
                own.guard = Guard::of(&self.matchers[own.matcher.index()]);
            }
            literals.find_edges();
        }
    }

    /// The literals searched in a projection.
    #[inline]
    pub fn literals_of(&self, projection: Projection) -> &LiteralIndex {
        &self.literals[projection.index()]
    }
}

/// The run-time form of a matcher: its options. Its literals are in the [`LiteralIndex`]es.
#[derive(Debug)]
pub struct Matcher {
    pub edge: Edge,
    pub views: ViewSet,
    pub fields: FieldSet,
    pub cased: bool,
    /// Hits kept per post.
    pub max: u32,
    pub check: Option<Check>,
    pub scripts: Scripts,
    pub languages: Vec<String>,
    pub entities: EntitySet,
    /// Its range of [`Index::regexes`].
    pub regexes: Range<u32>,
    /// One of its regexes has no required literal.
    pub has_ungated: bool,
    /// The sequence that all its hits are of.
    pub only_sequence: Option<u32>,
    /// Scripts of the rules that read it; empty means any ([`Matcher::is_needed_in`]).
    pub needed_in: Scripts,
    /// Every folded occurrence of a term with matching edges is a hit: the matcher has no
    /// allow phrase, check, case, language or exact spelling.
    pub term_implies_hit: bool,
}

impl Matcher {
    /// Does a rule that can fire in a post with these scripts read the matcher?
    pub fn is_needed_in(&self, scripts: Scripts) -> bool {
        is_needed_in(self.needed_in, scripts)
    }

    /// Does the matcher have regexes or entities? They are evaluated only on request.
    pub fn is_deferred(&self) -> bool {
        !self.regexes.is_empty() || !self.entities.is_empty()
    }

    /// Can the matcher hit a post in which none of its literals was found?
    pub fn can_hit_without_literal(&self) -> bool {
        self.has_ungated || !self.entities.is_empty()
    }
}

/// The literals of one projection and their uses.
#[derive(Debug)]
pub struct LiteralIndex {
    pub literals: Literals,
    /// First entry of `uses` for each literal, and one past the last.
    pub starts: Vec<u32>,
    pub uses: Vec<LiteralUse>,
    /// For each literal, the weakest condition on the neighbours of the hits of its uses.
    pub edges: Vec<Edge>,
}

impl LiteralIndex {
    /// Finds the weakest edges of each literal. The guards of the uses must be known.
    pub fn find_edges(&mut self) {
        let weakest = |own: &[u32]| {
            let uses = &self.uses[own[0] as usize..own[1] as usize];
            uses.iter().map(LiteralUse::edge).reduce(Edge::weaker).unwrap_or(Edge::None)
        };
        self.edges = self.starts.windows(2).map(weakest).collect();
    }

    /// The uses of a literal.
    #[inline]
    pub fn uses_of(&self, literal: u32) -> &[LiteralUse] {
        let literal = literal as usize;
        &self.uses[self.starts[literal] as usize..self.starts[literal + 1] as usize]
    }

    /// Prefetches the uses of later `occurrences`. Indexes the first use of a literal
    /// unchecked, so every literal needs at least one (the loader checks it).
    #[inline]
    pub fn prefetch_uses(&self, occurrences: &[Occurrence]) {
        if let Some(later) = occurrences.get(2 * USES_AHEAD) {
            self.literals.prefetch(&self.starts[later.literal as usize]);
        }
        if let Some(soon) = occurrences.get(USES_AHEAD) {
            let start = self.starts[soon.literal as usize];
            self.literals.prefetch(&self.uses[start as usize]);
        }
    }

    /// Index of the first use of a literal, for [`LiteralIndex::use_at`].
    #[inline]
    pub fn first_use(&self, literal: u32) -> u32 {
        self.starts[literal as usize]
    }

    /// The use with this index.
    #[inline]
    pub fn use_at(&self, index: u32) -> &LiteralUse {
        &self.uses[index as usize]
    }
}

/// What is read of a matcher for each occurrence of one of its literals. Copied to the uses: the
/// matchers of large rule sets are not in the near caches.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    pub fields: FieldSet,
    pub needed_in: Scripts,
    pub edge: Edge,
    pub is_exact_only: bool,
    pub term_implies_hit: bool,
}

impl Guard {
    /// Before the matcher is known.
    pub const NONE: Guard = Guard {
        fields: FieldSet::NONE,
        needed_in: Scripts::NONE,
        edge: Edge::None,
        is_exact_only: false,
        term_implies_hit: false,
    };

    /// As [`Matcher::is_needed_in`].
    pub fn is_needed_in(self, scripts: Scripts) -> bool {
        is_needed_in(self.needed_in, scripts)
    }

    fn of(matcher: &Matcher) -> Guard {
        Guard {
            fields: matcher.fields,
            needed_in: matcher.needed_in,
            edge: matcher.edge,
            is_exact_only: matcher.views.is_exact_only(),
            term_implies_hit: matcher.term_implies_hit,
        }
    }
}

fn is_needed_in(wanted: Scripts, scripts: Scripts) -> bool {
    wanted == Scripts::NONE || wanted.meets(scripts)
}

/// What an occurrence of a literal means for one matcher.
#[derive(Clone, Debug)]
pub struct LiteralUse {
    pub matcher: MatcherIx,
    pub guard: Guard,
    pub role: Role,
    /// Equal for terms of a matcher with equal folded text. `distinct` counts these keys.
    pub distinct_key: u32,
    /// For the anchor of a term in a syllable projection: index of its first symbol in the
    /// term.
    pub anchor: Option<u16>,
    /// The literal before projection; present if verification needs it.
    pub source: Option<Box<Spelling>>,
}

impl LiteralUse {
    /// The condition on the neighbours of every hit that the literal takes part in.
    fn edge(&self) -> Edge {
        match self.role {
            // The span of a hit by sound begins before its anchor.
            _ if self.anchor.is_some() => Edge::None,
            Role::Term(_) | Role::Part { .. } | Role::FoldedHint { .. } => self.guard.edge,
            Role::Except | Role::Gate { .. } => Edge::None,
        }
    }
}

/// A literal as written in the rule, and folded.
#[derive(Clone, Debug)]
pub struct Spelling {
    pub text: Box<str>,
    pub symbols: Box<[u16]>,
    /// The symbols are a spelling with characters split into components (贝者 for 赌). Hits
    /// count for the `look` view.
    pub is_split: bool,
    /// For a matcher of the `exact` view alone: the first symbol comes from a sign (🈶, ⑩), so it
    /// does wherever the text is written exactly.
    pub begins_with_sign: bool,
}

/// The role of a literal in its matcher.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// A term.
    Term(TermIx),
    /// An allow phrase: hits inside it are dropped.
    Except,
    /// A part of a sequence.
    Part { sequence: u32, part: u16 },
    /// A required literal of a regex.
    Gate { regex: u32 },
    /// The folded spelling of a term or part whose literal is in a wider projection. Its
    /// occurrence in folded text shows that the term occurs, without verification of the
    /// wider projection. Makes no hit itself.
    FoldedHint { is_part: bool },
}

/// A sequence matcher.
#[derive(Debug)]
pub struct Sequence {
    pub matcher: MatcherIx,
    /// Number of parts.
    pub parts: u16,
    /// Characters allowed between neighbouring parts.
    pub gap: u32,
}

/// A regex of a matcher.
#[derive(Debug)]
pub struct Regex {
    pub matcher: MatcherIx,
    pub pattern: PrefilteredRegex,
    /// The regex has no required literal in the index, so it must read every text.
    pub is_ungated: bool,
}
