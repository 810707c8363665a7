//! Matchers as data, already folded: the input of the scanner's compiler.

use super::checks::Check;
use super::entities::EntitySet;
use super::regex::PrefilteredRegex;
use super::text::script::Scripts;
use crate::codec::codec_enum;
use crate::domain::field::FieldSet;
use crate::domain::ids::TermIx;
use crate::domain::view::ViewSet;

/// Condition on the neighbours of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A letter or digit at an end of the hit must not touch another one, in scripts that put
    /// spaces between words.
    Auto,
    /// A letter or digit at an end of the hit must not touch another one, in any script; letters
    /// of scripts without spaces do not touch letters of other scripts.
    Word,
    /// No condition.
    None,
}

impl Edge {
    /// The condition that holds wherever one of the two holds.
    pub fn weaker(self, other: Edge) -> Edge {
        match (self, other) {
            (Edge::None, _) | (_, Edge::None) => Edge::None,
            (Edge::Auto, _) | (_, Edge::Auto) => Edge::Auto,
            (Edge::Word, Edge::Word) => Edge::Word,
        }
    }
}

codec_enum!(Edge { Auto = 0, Word = 1, None = 2 });

/// One matcher.
#[derive(Debug)]
pub struct MatcherSpec {
    /// Condition on the neighbours of its hits.
    pub edge: Edge,
    /// The views that are searched.
    pub views: ViewSet,
    /// Fields that are read.
    pub fields: FieldSet,
    /// Hits must have the case of the term.
    pub cased: bool,
    /// Hits kept per post.
    pub max: u32,
    /// Validator of each hit.
    pub check: Option<Check>,
    /// Scripts of which one must occur in the fields; empty means any.
    pub scripts: Scripts,
    /// Languages that `scripts` was derived from, compared with the declared language of a post.
    pub languages: Vec<String>,
    /// Scripts of the rules that read it: in a post without any of them its hits are not
    /// needed. Empty means any.
    pub needed_in: Scripts,
    /// Listed terms.
    pub terms: Vec<TermSpec>,
    /// Allow phrases.
    pub except: Vec<TermSpec>,
    /// Parts in order.
    pub sequence: Option<SequenceSpec>,
    /// Entities.
    pub entities: EntitySet,
    /// Patterns.
    pub regexes: Vec<PrefilteredRegex>,
}

impl MatcherSpec {
    /// Is every folded occurrence of a term with matching edges a hit?
    pub fn term_implies_hit(&self) -> bool {
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
    /// The listed term; `None` for allow phrases and parts of sequences.
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
