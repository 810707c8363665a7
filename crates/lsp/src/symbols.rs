//! The matchers and rules of a file: as a tree, and as lenses that run tests.

use crate::outline::{MatcherDef, Outline};
use crate::view::View;
use lsp_types::{CodeLens, Command, DocumentSymbol, SymbolKind};
use serde_json::{Value, json};
use std::ops::Range;
use tidegate_engine::phrase;

/// The command that runs the tests of a file (`[uri]`) or of a rule (`[uri, id]`).
pub const RUN_TESTS: &str = "tidegate.runTests";

/// The matchers of the pack and its rules, each with its own matchers.
pub fn symbols(view: &View<'_>) -> Vec<DocumentSymbol> {
    let Some(outline) = view.current_file().map(|file| view.index.outlines()[file]) else {
        return Vec::new();
    };
    let of_pack = outline.matchers.iter().filter(|it| it.rule.is_none());
    let mut found: Vec<DocumentSymbol> = of_pack.map(|it| matcher(view, it)).collect();
    for (number, rule) in outline.rules.iter().enumerate() {
        if rule.id.value.is_empty() {
            continue;
        }
        let own = outline.matchers.iter().filter(|it| it.rule == Some(number));
        let children = own.map(|it| matcher(view, it)).collect();
        let title = rule.schema.title.as_ref().map(|title| title.value.clone());
        let whole = rule.start.min(rule.id.range.start)..rule_end(outline, number);
        let name = rule.id.value.clone();
        let mut own = symbol(view, SymbolKind::FUNCTION, name, &whole, &rule.id.range);
        (own.detail, own.children) = (title, Some(children));
        found.push(own);
    }
    found
}

fn matcher(view: &View<'_>, of: &MatcherDef) -> DocumentSymbol {
    let range = &of.name.range;
    symbol(view, SymbolKind::VARIABLE, of.name.value.clone(), range, range)
}

#[expect(deprecated, reason = "the type has a field that is replaced by tags")]
fn symbol(
    view: &View<'_>,
    kind: SymbolKind,
    name: String,
    whole: &Range<usize>,
    named: &Range<usize>,
) -> DocumentSymbol {
    DocumentSymbol {
        name,
        detail: None,
        kind,
        tags: None,
        deprecated: None,
        range: view.range(whole),
        selection_range: view.range(named),
        children: None,
    }
}

/// The end of a rule: the last character before the next one.
fn rule_end(outline: &Outline, number: usize) -> usize {
    let text = &outline.source.text;
    let next = outline.rules.get(number + 1).map_or(text.len(), |next| next.start);
    let end = text.get(..next).unwrap_or(text).trim_end_matches([' ', '\n', '\r', '-']).len();
    end.max(outline.rules[number].id.range.end)
}

/// A lens above the file and one above each rule with examples. Sequences of posts, which test
/// correlations, are not run by an editor.
pub fn lenses(view: &View<'_>) -> Vec<CodeLens> {
    let Some(outline) = view.current_file().map(|file| view.index.outlines()[file]) else {
        return Vec::new();
    };
    let uri = view.document.uri.as_str();
    let tested = outline.rules.iter().filter(|rule| {
        rule.schema.correlate.is_none()
            && !(rule.schema.tests.hit.0.is_empty() && rule.schema.tests.miss.0.is_empty())
    });
    let mut lenses: Vec<CodeLens> = tested
        .map(|rule| {
            lens(
                view,
                &rule.id.range,
                phrase!("Run the tests of this rule"),
                vec![json!(uri), json!(rule.id.value)],
            )
        })
        .collect();
    if !lenses.is_empty() {
        lenses.insert(
            0,
            lens(view, &(0..0), phrase!("Run all tests of this file"), vec![json!(uri)]),
        );
    }
    lenses
}

fn lens(view: &View<'_>, at: &Range<usize>, title: &str, arguments: Vec<Value>) -> CodeLens {
    let command = Command {
        title: view.phrase(title).to_owned(),
        command: RUN_TESTS.to_owned(),
        arguments: Some(arguments),
    };
    CodeLens { range: view.range(at), command: Some(command), data: None }
}
