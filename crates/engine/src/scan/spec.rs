//! What a scanner is made of: matchers as data, already folded.

use super::checks::Check;
use super::entities::EntitySet;
use super::regex::PrefilteredRegex;
use super::text::script::Scripts;
use crate::codec::codec_enum;
use crate::domain::field::FieldSet;
use crate::domain::ids::TermIx;
use crate::domain::view::ViewSet;

/// What may stand beside a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A Latin letter or digit at an end of the hit must not touch another one.
    Auto,
    /// No Latin letter or digit may stand beside the hit, whatever its ends are.
    Word,
    /// Anything.
    None,
}

codec_enum!(Edge { Auto = 0, Word = 1, None = 2 });

/// One matcher.
#[derive(Debug)]
pub struct MatcherSpec {
    /// What may stand beside its hits.
    pub edge: Edge,
    /// Readings of the text that are looked at.
    pub views: ViewSet,
    /// Fields that are read.
    pub fields: FieldSet,
    /// Case counts.
    pub cased: bool,
    /// Hits kept per post.
    pub max: u32,
    /// Validator of each hit.
    pub check: Option<Check>,
    /// Scripts of which one must be in the fields read; none means any.
    pub scripts: Scripts,
    /// Languages behind `scripts`, for what a post claims.
    pub languages: Vec<String>,
    /// Listed terms.
    pub terms: Vec<TermSpec>,
    /// Allow phrases.
    pub except: Vec<TermSpec>,
    /// Parts in order.
    pub sequence: Option<SequenceSpec>,
    /// Built-in detectors.
    pub entities: EntitySet,
    /// Patterns.
    pub regexes: Vec<PrefilteredRegex>,
}

impl MatcherSpec {
    /// Is a term that stands in the text a hit, whatever else there is?
    pub fn is_plain(&self) -> bool {
        self.except.is_empty()
            && self.languages.is_empty()
            && self.check.is_none()
            && !self.cased
            && !self.views.is_exact_only()
            && self.max > 0
    }
}

/// One literal.
#[derive(Clone, Debug)]
pub struct TermSpec {
    /// Which listed term; allow phrases and parts of sequences have none.
    pub term: Option<TermIx>,
    /// As written, for `exact` and `cased`.
    pub text: Box<str>,
    /// Folded; never empty.
    pub symbols: Box<[u16]>,
}

/// Parts in order with at most `gap` characters between neighbours.
#[derive(Clone, Debug)]
pub struct SequenceSpec {
    /// The choices for each part.
    pub parts: Vec<Vec<TermSpec>>,
    /// Characters between neighbours.
    pub gap: u32,
}
