//! How often a matcher is expected to hit, and what it costs to find that out.

use super::literals::{hits_per_million, words_per_million};
use super::regex::PrefilteredRegex;
use super::spec::{Edge, MatcherSpec, TermSpec};
use super::text::projection::Projection;
use crate::domain::view::View;

// The factors are chosen by their order: they only decide between triggers, and never change a
// verdict. `cargo bench --bench packs` shows how often each trigger wakes its rule.

/// To verify an occurrence costs about so much less than to examine a rule.
const VERIFIED: u32 = 8;

/// Occurrences of the anchor of a term in the syllable projections, per million posts.
const SOUNDS: u32 = 300;

/// A regex that is a trigger runs its automaton around each of its literals.
const REGEX: u32 = 4;

/// A regex without a required literal reads every post: the last choice.
const UNGATED: u32 = 8_000_000;

/// An entity is searched in every post that has its signs.
const ENTITY: u32 = 60_000;

/// The cost of a matcher as a trigger: roughly in how many of a million posts it is expected to
/// hit, and a part of those in which it is looked for in vain.
pub fn of(spec: &MatcherSpec) -> u32 {
    let terms = |terms: &[TermSpec]| sum(terms.iter().map(|term| of_term(spec, term)));
    let words = terms(&spec.terms);
    let regexes = sum(spec.regexes.iter().map(of_regex));
    let parts = spec.sequence.iter().flat_map(|sequence| &sequence.parts);
    let sequence = parts.map(|part| terms(part)).min().unwrap_or(0);
    let entities = spec.entities.iter().count() as u32 * ENTITY;
    sum([words, regexes, sequence, entities])
}

/// Posts per million in which a term is expected to hit, and a part of those in which its literal
/// occurs in the projection that is searched: `aaa+` is looked for as `a`.
fn of_term(spec: &MatcherSpec, term: &TermSpec) -> u32 {
    let hits = match spec.edge {
        Edge::None => hits_per_million(&term.symbols),
        Edge::Auto | Edge::Word => words_per_million(&term.symbols),
    };
    let derived = Projection::of(spec.views).of_term(&term.symbols);
    let found = hits_per_million(if derived.is_empty() { &term.symbols } else { &derived });
    let sounds = if spec.views.has(View::Sound) { SOUNDS } else { 0 };
    hits + (found + sounds) / VERIFIED
}

fn of_regex(regex: &PrefilteredRegex) -> u32 {
    let Some(required) = regex.required() else { return UNGATED };
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
    fn a_term_that_is_one_letter_in_its_projection_is_dear() {
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
