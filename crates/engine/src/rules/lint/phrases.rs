//! Lint of allow phrases that can excuse nothing: no hit of their matcher lies inside them.

use super::terms::is_free;
use super::written::{key, written_once};
use crate::diagnostic::Diagnostic;
use crate::domain::view::{View, ViewSet};
use crate::message::message;
use crate::rules::model::{Edge, Matcher, Model, Term};
use crate::scan::text::render::term_symbols;
use std::collections::{HashMap, HashSet};

/// Reports phrases that contain no term of any matcher that reads them, and no sequence. A list
/// may be read by several matchers.
pub(super) fn lint(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut useful = HashSet::new();
    let mut idle = Vec::new();
    for matcher in written_once(model).filter(|matcher| !matcher.except.is_empty()) {
        let spelled = is_known(matcher).then(|| Spelled::of(matcher));
        for phrase in &matcher.except {
            if spelled.as_ref().is_none_or(|spelled| spelled.may_excuse(&phrase.text)) {
                useful.insert(key(&phrase.place));
            } else {
                idle.push((matcher, phrase));
            }
        }
    }
    idle.retain(|(_, phrase)| useful.insert(key(&phrase.place)));
    for (matcher, phrase) in idle {
        let (text, name) = (&phrase.text, &matcher.name);
        let message = message!("`{text}` excuses nothing: no hit of `{name}` is inside it");
        let warning = Diagnostic::warning("idle_phrase", message, Some(phrase.place.clone()));
        found.push(warning.help(message!(
            "an allow phrase contains a whole term: lengthen the phrase, or remove it"
        )));
    }
}

/// What a regex or an entity finds, and what sounds alike, is not known here.
fn is_known(matcher: &Matcher) -> bool {
    matcher.regexes.is_empty() && matcher.entities.is_empty() && !matcher.views.has(View::Sound)
}

/// What a hit of a matcher is made of, as the widest of its views reads it.
struct Spelled {
    views: ViewSet,
    edge: Edge,
    /// By first symbol.
    terms: HashMap<u16, Vec<Vec<u16>>>,
    /// The parts of its sequence; empty without one.
    parts: Vec<Vec<Vec<u16>>>,
}

impl Spelled {
    fn of(matcher: &Matcher) -> Spelled {
        let views = matcher.views;
        let spell = |term: &Term| term_symbols(views, &term.text);
        let mut terms: HashMap<u16, Vec<Vec<u16>>> = HashMap::new();
        for symbols in matcher.terms.iter().map(spell) {
            if let Some(first) = symbols.first() {
                terms.entry(*first).or_default().push(symbols);
            }
        }
        let parts = matcher.seq.iter().flat_map(|sequence| &sequence.parts);
        let parts = parts.map(|part| part.iter().map(spell).collect()).collect();
        Spelled { views, edge: matcher.edge, terms, parts }
    }

    fn may_excuse(&self, phrase: &str) -> bool {
        let symbols = term_symbols(self.views, phrase);
        let has_parts = !self.parts.is_empty()
            && self.parts.iter().all(|part| {
                part.iter()
                    .any(|choice| symbols.windows(choice.len().max(1)).any(|own| own == choice))
            });
        // Other views drop signs between words, so that edges are not known.
        let are_edges_known = !self.views.has(View::Squeezed)
            && !self.views.has(View::Look)
            && self.edge != Edge::None;
        let is_hit = |at: usize, term: &Vec<u16>| {
            symbols[at..].starts_with(term)
                && (!are_edges_known || is_free(&symbols, at, at + term.len(), self.edge))
        };
        has_parts
            || symbols.iter().enumerate().any(|(at, symbol)| {
                let terms = self.terms.get(symbol).map_or(&[][..], Vec::as_slice);
                terms.iter().any(|term| is_hit(at, term))
            })
    }
}
