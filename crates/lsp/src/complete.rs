//! Completion: the names, keys and words that a place accepts.

use crate::cursor::{Cursor, Role, Step};
use crate::entities;
use crate::hover::word_text;
use crate::outline::RuleDef;
use crate::schema::Entry;
use crate::view::View;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, TextEdit,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tidegate_engine::domain::category::CATEGORIES;
use tidegate_engine::domain::field::Names;
use tidegate_engine::message::message;
use tidegate_engine::phrase;
use tidegate_engine::rules::condition::grammar::OPERATORS;
use tidegate_engine::rules::condition::names::NameKind;
use tidegate_engine::rules::lint::LINTS;
use tidegate_engine::rules::model::STORY_RULE;
use tidegate_engine::rules::source::schema::Text;
use tidegate_engine::scan::entities::Entity;

/// Languages that completion offers; rules may name any.
const LANGUAGES: &[&str] = &[
    "zh", "en", "ja", "ko", "ru", "ar", "de", "es", "fr", "hi", "id", "it", "pt", "th", "tr", "vi",
];

/// What precedes the code of a warning in a comment that allows it.
const ALLOW: &str = "# tidegate: allow(";

/// Folders below that of a pack in which lists are looked for.
const LIST_DEPTH: usize = 3;

/// What may be written at the byte `offset` of the file.
pub fn completion(view: &View<'_>, offset: usize) -> Vec<CompletionItem> {
    if !view.is_rule_file() {
        return Vec::new();
    }
    let place = view.cursor(offset);
    let text = &view.document.text[..offset];
    let is_word = |character: char| character.is_alphanumeric() || "_-.*/".contains(character);
    if place.role == Role::Comment {
        let word = text.trim_end_matches(is_word).len();
        let range = view.range(&(word..offset));
        let codes = if text[..word].ends_with(ALLOW) { LINTS } else { &[] };
        let offer = |(code, meaning): &(&str, &str)| {
            Offer::new(CompletionItemKind::VALUE, *code, view.phrase(meaning))
        };
        return codes.iter().map(|lint| offer(lint).item(range)).collect();
    }
    let word = text.trim_end_matches(is_word).len().max(place.start.min(offset));
    let before = text.get(place.start..word).unwrap_or("");
    let found = offers(view, &place, before, &text[word..]);
    let range = view.range(&(word..offset));
    found.into_iter().map(|offer| offer.item(range)).collect()
}

/// Something that may be written.
struct Offer {
    kind: CompletionItemKind,
    entry: Entry,
    /// What is written after the name.
    suffix: &'static str,
}

impl Offer {
    fn new(kind: CompletionItemKind, name: impl Into<String>, doc: impl Into<String>) -> Offer {
        Offer { kind, entry: Entry { name: name.into(), doc: doc.into() }, suffix: "" }
    }

    fn key(entry: Entry) -> Offer {
        Offer { kind: CompletionItemKind::PROPERTY, entry, suffix: ": " }
    }

    fn item(self, range: lsp_types::Range) -> CompletionItem {
        let Entry { name, doc } = self.entry;
        let edit = TextEdit { range, new_text: format!("{name}{}", self.suffix) };
        let doc = MarkupContent { kind: MarkupKind::Markdown, value: doc };
        CompletionItem {
            kind: Some(self.kind),
            documentation: (!doc.value.is_empty()).then_some(Documentation::MarkupContent(doc)),
            text_edit: Some(CompletionTextEdit::Edit(edit)),
            label: name,
            ..CompletionItem::default()
        }
    }
}

fn offers(view: &View<'_>, place: &Cursor, before: &str, word: &str) -> Vec<Offer> {
    let key = last_key(&place.path);
    if is_in_correlate(&place.path) {
        return in_correlate(view, place, before, word);
    }
    let is_boost = key == Some("boost") && place.role != Role::Value;
    if is_boost || matches!(key, Some("condition" | "when")) {
        return in_condition(view, place, before, word, key == Some("when"));
    }
    match key {
        Some("redact") => matchers(view, place.start),
        Some("rule" | "rules") if view.is_policy() && place.path.len() > 2 => rules(view),
        Some("lang") => words(CompletionItemKind::VALUE, LANGUAGES.iter().copied()),
        Some("fields") => fields(view),
        Some("file") => lists(view),
        _ => from_schema(view, place),
    }
}

/// Is it a place below `correlate:` of a rule?
fn is_in_correlate(path: &[Step]) -> bool {
    path.iter().any(|step| matches!(step, Step::Key(name) if name == "correlate"))
}

/// What a rule over several posts may name: rules on single posts, paths of the post.
fn in_correlate(view: &View<'_>, place: &Cursor, before: &str, word: &str) -> Vec<Offer> {
    match last_key(&place.path) {
        Some("where") => in_condition(view, place, before, word, true),
        Some("rules") => counted_rules(view),
        Some("group-by" | "field") => bare_paths(view),
        _ => from_schema(view, place),
    }
}

fn last_key(path: &[Step]) -> Option<&str> {
    path.iter().rev().find_map(|step| match step {
        Step::Key(name) => Some(name.as_str()),
        Step::Item => None,
    })
}

/// Names and operators of a condition, after the text `before` and a word that has begun.
fn in_condition(
    view: &View<'_>,
    place: &Cursor,
    before: &str,
    word: &str,
    only_post: bool,
) -> Vec<Offer> {
    let before = before.trim_end();
    let is_after = |call: &str| before.strip_suffix('(').is_some_and(|it| it.ends_with(call));
    let last_open = before.rfind('[').is_some_and(|at| !before[at..].contains(']'));
    if is_after("fired") {
        return single_rules(view);
    }
    if word.contains('/')
        || last_open && before.contains(" in ")
        || before.ends_with(['=', '<', '>'])
    {
        return Vec::new();
    }
    if is_after("has") || word.starts_with("post.") {
        return paths(view);
    }
    let mut found = if only_post { Vec::new() } else { matchers(view, place.start) };
    let operator = |row: &tidegate_engine::rules::condition::grammar::Row| {
        let doc = view.say(&message!("Example: `{}`", row.example));
        Offer::new(CompletionItemKind::OPERATOR, row.word, doc)
    };
    found.extend(OPERATORS.iter().map(operator));
    found
}

/// The matchers that a rule at the byte `at` may name.
fn matchers(view: &View<'_>, at: usize) -> Vec<Offer> {
    let Some(file) = view.file() else { return Vec::new() };
    let own = view.index.outlines()[file];
    let rule = own.rules.iter().rposition(|rule| rule.start <= at);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (is_of_rule, what) in
        [(true, phrase!("matcher of this rule")), (false, phrase!("matcher of this pack"))]
    {
        let is_here =
            |of: Option<usize>| if is_of_rule { of.is_some() && of == rule } else { of.is_none() };
        for matcher in own.matchers.iter().filter(|it| is_here(it.rule)) {
            if seen.insert(matcher.name.value.clone()) {
                found.push(Offer::new(
                    CompletionItemKind::VARIABLE,
                    &matcher.name.value,
                    view.phrase(what),
                ));
            }
        }
    }
    for (number, outline) in view.index.outlines().iter().enumerate() {
        let Some(pack) = outline.name.as_ref().filter(|_| number != file) else { continue };
        for matcher in outline.matchers.iter().filter(|it| it.rule.is_none()) {
            let name = format!("{}.{}", pack.value, matcher.name.value);
            let what = view.say(&message!("matcher of the pack `{}`", pack.value));
            found.push(Offer::new(CompletionItemKind::VARIABLE, name, what));
        }
    }
    found
}

fn rules(view: &View<'_>) -> Vec<Offer> {
    rules_that(view, |_| true)
}

/// The rules that look at a single post.
fn single_rules(view: &View<'_>) -> Vec<Offer> {
    rules_that(view, |rule| rule.schema.correlate.is_none())
}

/// The rules that a rule over several posts may count.
fn counted_rules(view: &View<'_>) -> Vec<Offer> {
    let mut found = single_rules(view);
    let what = view.phrase(phrase!("rule of the program: a fabricated story under many names"));
    found.push(Offer::new(CompletionItemKind::FUNCTION, STORY_RULE, what));
    found
}

fn rules_that(view: &View<'_>, is_wanted: impl Fn(&RuleDef) -> bool) -> Vec<Offer> {
    let rules = view.index.outlines().iter().flat_map(|outline| &outline.rules);
    let named = rules.filter(|rule| !rule.id.value.is_empty() && is_wanted(rule));
    let title = |of: &Option<Text>| of.as_ref().map(|it| it.value.clone()).unwrap_or_default();
    named
        .map(|rule| {
            Offer::new(CompletionItemKind::FUNCTION, &rule.id.value, title(&rule.schema.title))
        })
        .collect()
}

/// The paths that the program knows, and those that other conditions name.
fn paths(view: &View<'_>) -> Vec<Offer> {
    let paths = path_names(view).into_iter().map(|path| format!("post.{path}"));
    paths.map(|path| Offer::new(CompletionItemKind::FIELD, path, "")).collect()
}

/// The same without `post.`.
fn bare_paths(view: &View<'_>) -> Vec<Offer> {
    let paths = path_names(view).into_iter();
    paths.map(|path| Offer::new(CompletionItemKind::FIELD, path, "")).collect()
}

fn path_names(view: &View<'_>) -> BTreeSet<String> {
    let names = Names::default();
    let uses = view.index.outlines().iter().flat_map(|outline| &outline.uses);
    let used = uses.filter(|used| used.kind == NameKind::Path).map(|used| used.name.as_str());
    let all = names.metas().iter().map(String::as_str).chain(used);
    all.map(|path| path.trim_start_matches("post.").to_owned()).collect()
}

/// The fields that the program knows, and those that other packs name.
fn fields(view: &View<'_>) -> Vec<Offer> {
    let names = Names::default();
    let mut all: BTreeSet<&str> = names.fields().iter().map(String::as_str).collect();
    let outlines = view.index.outlines().iter();
    let of_packs = outlines.clone().filter_map(|outline| outline.defaults.fields.as_ref());
    let of_rules = outlines.flat_map(|outline| &outline.rules);
    let of_rules = of_rules.filter_map(|rule| rule.schema.fields.as_ref());
    all.extend(of_packs.chain(of_rules).flat_map(|it| &it.0).map(|it| it.value.as_str()));
    words(CompletionItemKind::FIELD, all.into_iter())
}

fn words<'w>(kind: CompletionItemKind, words: impl Iterator<Item = &'w str>) -> Vec<Offer> {
    words.map(|word| Offer::new(kind, word, "")).collect()
}

/// The word lists in and below the folder of the file.
fn lists(view: &View<'_>) -> Vec<Offer> {
    let Some(folder) = view.document.path.parent() else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((path, depth)) = open.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            if path.is_dir() && depth < LIST_DEPTH && !is_hidden {
                open.push((path, depth + 1));
            } else if path.extension().is_some_and(|ending| ending == "txt") {
                found.extend(
                    path.strip_prefix(folder).ok().and_then(Path::to_str).map(str::to_owned),
                );
            }
        }
    }
    found.sort();
    found.into_iter().map(|path| Offer::new(CompletionItemKind::FILE, path, "")).collect()
}

/// The declared categories, each once.
fn declared(view: &View<'_>) -> Vec<Entry> {
    let all = view.index.outlines().iter().flat_map(|outline| &outline.categories);
    let mut found: Vec<Entry> = Vec::new();
    for category in all {
        if found.iter().all(|it| it.name != category.name.value) {
            let (name, doc) = (category.name.value.clone(), category.title.clone());
            found.push(Entry { name, doc });
        }
    }
    found
}

/// The keys and words of the schema.
fn from_schema(view: &View<'_>, place: &Cursor) -> Vec<Offer> {
    let schema = view.schema();
    let mut found = Vec::new();
    if place.role != Role::Value {
        found.extend(
            schema.keys(&place.path).into_iter().map(|it| Offer::key(translated(view, it))),
        );
        // The thresholds of a policy are under the names of categories.
        if last_key(&place.path) == Some("categories") && schema.has_free_keys(&place.path) {
            let built_in = CATEGORIES.iter().filter(|_| view.is_policy());
            let entries = built_in.map(|it| (it.name.to_owned(), it.what.to_owned()));
            let entries = entries.map(|(name, doc)| Entry { name, doc });
            found.extend(entries.chain(declared(view)).map(Offer::key));
        }
    }
    if place.role != Role::Key && last_key(&place.path) == Some("category") {
        let kind = CompletionItemKind::ENUM_MEMBER;
        found.extend(declared(view).into_iter().map(|it| Offer::new(kind, it.name, it.doc)));
    }
    if place.role != Role::Key {
        for Entry { name, doc } in schema.words(&place.path) {
            let doc = Entity::from_name(&name)
                .filter(|_| last_key(&place.path) == Some("entity"))
                .map(|entity| entities::what(entity).to_owned())
                .or_else(|| word_text(schema, &place.path, &name))
                .unwrap_or(doc);
            let doc = view.phrase(&doc).to_owned();
            found.push(Offer::new(CompletionItemKind::ENUM_MEMBER, name, doc));
        }
    }
    found
}

/// A key with its description in the language of the client.
fn translated(view: &View<'_>, Entry { name, doc }: Entry) -> Entry {
    Entry { name, doc: view.phrase(&doc).to_owned() }
}
