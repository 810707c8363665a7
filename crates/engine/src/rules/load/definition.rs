//! A named matcher of a pack or a rule, before the fields it is used with are known.

use crate::diagnostic::Place;
use crate::domain::field::FieldId;
use crate::domain::ids::RuleIx;
use crate::domain::view::ViewSet;
use crate::rules::model::{Edge, Matcher, Pattern, Sequence, Term};
use crate::scan::checks::Check;
use crate::scan::entities::Entity;

/// A matcher under its name, before the fields it is used with are known.
pub(super) struct Definition {
    pub name: String,
    pub pack: usize,
    /// Set for matchers of a rule (`match:`).
    pub rule: Option<RuleIx>,
    pub place: Place,
    pub parts: MatcherParts,
    /// `fields:`, if it has any.
    pub fields: Option<Vec<FieldId>>,
    /// Fields it reads if no rule uses it.
    pub default_fields: Vec<FieldId>,
}

/// All properties of a matcher except its name and fields.
#[derive(Clone, Default)]
pub(super) struct MatcherParts {
    pub terms: Vec<Term>,
    pub regexes: Vec<Pattern>,
    pub seq: Option<Sequence>,
    pub entities: Vec<Entity>,
    pub edge: Option<Edge>,
    pub views: ViewSet,
    pub except: Vec<Term>,
    pub check: Option<Check>,
    pub lang: Vec<String>,
    pub cased: bool,
    pub max: Option<u32>,
    /// It has errors, so that these parts are incomplete.
    pub broken: bool,
}

impl MatcherParts {
    /// The largest possible number of different terms, if all its sources are literals.
    pub fn distinct_most(&self) -> Option<u32> {
        let literal = self.regexes.is_empty() && self.seq.is_none() && self.entities.is_empty();
        (literal && !self.broken).then_some(self.terms.len() as u32)
    }

    /// `max:`.
    pub fn count_most(&self) -> Option<u32> {
        self.max
    }

    /// The matcher of the model for a set of fields.
    pub fn matcher(self, definition: &Definition, fields: Vec<FieldId>) -> Matcher {
        // Words must not touch other words; patterns define their own ends.
        let edge = self.edge.unwrap_or(if self.terms.is_empty() { Edge::None } else { Edge::Auto });
        Matcher {
            name: definition.name.clone(),
            pack: definition.pack,
            rule: definition.rule,
            place: definition.place.clone(),
            terms: self.terms,
            regexes: self.regexes,
            seq: self.seq,
            entities: self.entities,
            edge,
            views: self.views,
            fields,
            except: self.except,
            check: self.check,
            lang: self.lang,
            cased: self.cased,
            max: self.max,
        }
    }
}
