//! How often a matcher is expected to hit, and what it costs to find that out.

use super::literals::{hits_per_million, words_per_million};
use super::regex::PrefilteredRegex;
use super::spec::{Edge, MatcherSpec, TermSpec};
use super::text::projection::Projection;
use crate::domain::view::{View, ViewSet};

// The factors are chosen by their order: they only decide between triggers, and never change a
// verdict. `cargo bench --bench packs` shows how often each rule is triggered.

/// To verify an occurrence costs about so much less than to examine a rule.
pub const VERIFIED: u32 = 8;

/// Occurrences of the anchor of a term in the syllable projections, per million posts.
const SOUNDS: u32 = 300;

/// A regex that is a trigger runs its automaton around each of its literals.
const REGEX: u32 = 2;

/// A regex without a required literal reads every post: the last choice.
pub const UNGATED: u32 = 40_000_000;

/// An entity is searched in every post that has its signs.
const ENTITY: u32 = 60_000;

/// The cost of a matcher as a trigger: roughly in how many of a million posts it is expected to
/// hit, and a part of those in which it is looked for in vain.
pub fn of(spec: &MatcherSpec) -> u32 {
    let one = |term: &TermSpec| of_term(spec.edge, spec.views, &term.symbols).all();
    let terms = |terms: &[TermSpec]| sum(terms.iter().map(one));
    let words = terms(&spec.terms);
    let regexes = sum(spec.regexes.iter().map(|regex| of_regex(spec.views, regex)));
    let parts = spec.sequence.iter().flat_map(|sequence| &sequence.parts);
    let sequence = parts.map(|part| terms(part)).min().unwrap_or(0);
    let entities = spec.entities.iter().count() as u32 * ENTITY;
    sum([words, regexes, sequence, entities])
}

/// How often a term is expected, in posts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermCost {
    /// Posts in which it hits.
    pub hits: u32,
    /// Posts in which its literal occurs in the projection that is searched, at least `hits`.
    pub found: u32,
}

impl TermCost {
    /// What the term adds to the cost of its matcher.
    pub fn all(self) -> u32 {
        self.hits + self.found / VERIFIED
    }
}

/// The cost of a term of a matcher with this edge and these views. `aaa+` is looked for as `a` in
/// the view `look`.
pub fn of_term(edge: Edge, views: ViewSet, symbols: &[u16]) -> TermCost {
    let hits = match edge {
        Edge::None => hits_per_million(symbols),
        Edge::Auto | Edge::Word => words_per_million(symbols),
    };
    let sounds = if views.has(View::Sound) { SOUNDS } else { 0 };
    let found = hits_per_million(&searched(views, symbols)) + sounds;
    TermCost { hits, found: found.max(hits) }
}

/// The symbols that are looked for to find a term in these views, other than by sound.
pub fn searched(views: ViewSet, symbols: &[u16]) -> Vec<u16> {
    let derived = Projection::of(views).of_term(symbols);
    if derived.is_empty() { symbols.to_vec() } else { derived }
}

/// Required literals are not searched for regexes of the original text.
fn of_regex(views: ViewSet, regex: &PrefilteredRegex) -> u32 {
    let required = regex.required().filter(|_| !views.is_exact_only());
    let Some(required) = required else { return UNGATED };
    let symbols = |literal: &String| literal.encode_utf16().collect::<Vec<u16>>();
    let found = required.literals.iter().map(|literal| hits_per_million(&symbols(literal)));
    sum(found).saturating_mul(REGEX)
}

fn sum(costs: impl IntoIterator<Item = u32>) -> u32 {
    costs.into_iter().fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::domain::view::View;
    use crate::scan::spec::{Edge, MatcherSpec};
    use crate::scan::tests::matcher;

    fn with_term(views: &[View], edge: Edge, text: &str) -> MatcherSpec {
        MatcherSpec { edge, ..matcher(views, &[text]) }
    }

    #[test]
    fn a_term_that_is_one_letter_in_its_projection_is_expensive() {
        let wide = [View::Squeezed, View::Look];
        let short = of(&with_term(&wide, Edge::Auto, "aaa+"));
        let long = of(&with_term(&wide, Edge::Auto, "superclone"));
        assert!(short > 50_000 && long < 1_000, "{short} {long}");
        assert!(of(&with_term(&[View::Folded], Edge::Auto, "aaa+")) < 5_000);
    }

    #[test]
    fn whole_words_are_rarer_than_parts_of_words() {
        let cost = |edge| of(&with_term(&[View::Folded], edge, "ter"));
        assert!(cost(Edge::Auto) < cost(Edge::None));
    }
}
