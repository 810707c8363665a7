//! Hover: what a name, a key or a fixed word means.

use crate::cursor::{Role, Step};
use crate::entities;
use crate::index::{Symbol, list_path};
use crate::outline::{CategoryDef, MatcherDef, Outline, RuleDef};
use crate::schema::Schema;
use crate::text::word_at;
use crate::view::View;
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};
use std::ops::Range;
use std::path::Path;
use tidegate_analysis::share::percent;
use tidegate_engine::domain::category::CATEGORIES;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::message::{Message, message};
use tidegate_engine::phrase;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::plan::Clause;
use tidegate_engine::rules::source::correlate::Correlate;
use tidegate_engine::rules::source::schema::{Matcher, MatcherBody, Text, ViewName};
use tidegate_engine::rules::source::wordlist;
use tidegate_engine::rules::source::yaml::{At, List, OneOrMany};
use tidegate_engine::scan::entities::Entity;

/// Terms that a hover shows.
const TERMS_SHOWN: usize = 8;

/// What is known about the byte `offset` of the file.
pub fn hover(view: &View<'_>, offset: usize) -> Option<Hover> {
    let (text, range) = of_symbol(view, offset).or_else(|| of_word(view, offset))?;
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: text };
    Some(Hover { contents: HoverContents::Markup(contents), range: Some(view.range(&range)) })
}

fn of_symbol(view: &View<'_>, offset: usize) -> Option<(String, Range<usize>)> {
    let (symbol, range) = view.index.symbol_at(view.current_file()?, offset)?;
    Some((describe(view, &symbol)?, range))
}

/// The description of a symbol, in Markdown.
pub fn describe(view: &View<'_>, symbol: &Symbol) -> Option<String> {
    match symbol {
        Symbol::Matcher(outline, matcher) => {
            let (outline, matcher) = view.index.matcher(*outline, *matcher);
            Some(matcher_text(view, outline, matcher))
        }
        Symbol::Rule(outline, rule) => {
            let (_, rule) = view.index.rule(*outline, *rule);
            Some(rule_text(view, rule))
        }
        Symbol::Category(outline, category) => {
            Some(category_text(view.index.category(*outline, *category)))
        }
        Symbol::List(path) => list_text(view, path),
        Symbol::Path(path) => Some(path_text(view, path)),
    }
}

fn matcher_text(view: &View<'_>, outline: &Outline, matcher: &MatcherDef) -> String {
    let pack = outline.name.as_ref().map_or("", |name| &name.value);
    let owner = match matcher.rule.map(|rule| &outline.rules[rule].id.value) {
        Some(id) => message!("rule `{id}`"),
        None => message!("pack `{pack}`"),
    };
    let name = &matcher.name.value;
    let mut text = view.say(&message!("**`{name}`**: matcher of {owner}")) + "\n";
    let words;
    let body = match &matcher.body {
        None => return text + "\n" + view.phrase(phrase!("It has errors.")) + "\n",
        Some(Matcher::Keys(body)) => body.as_ref(),
        Some(Matcher::Words(List(terms))) => {
            words = MatcherBody { words: OneOrMany(terms.clone()), ..MatcherBody::default() };
            &words
        }
    };
    let mut sources = Vec::new();
    let mut terms: Vec<String> = body.words.0.iter().map(|word| word.value.clone()).collect();
    for file in &body.file.0 {
        let found = view.list(&list_path(outline, &file.value));
        let found = found.map(|source| wordlist::parse(&source).terms).unwrap_or_default();
        sources.push(message!("{} from `{}`", counted(found.len(), &TERMS), file.value));
        terms.extend(found.into_iter().map(|term| term.text));
    }
    if !body.words.0.is_empty() {
        sources.insert(0, counted(body.words.0.len(), &WORDS));
    }
    sources.extend(body.seq.as_ref().map(|seq| {
        let gap = body.gap.as_ref().map_or(0, |gap| gap.value);
        message!("a sequence of {} parts with at most {gap} characters between", seq.value.0.len())
    }));
    if !body.regex.0.is_empty() {
        let shown = quoted(body.regex.0.iter().map(|regex| regex.value.as_str()));
        sources.push(message!("{}: {shown}", counted(body.regex.0.len(), &REGEXES)));
    }
    let entities: Vec<Entity> = body.entity.0.iter().map(|entity| entity.value.0).collect();
    sources.extend(entities.iter().map(|it| {
        let what = Message::phrase(entities::what(*it));
        message!("`{}`: {what}", it.name())
    }));
    let sources = sources.iter().map(|source| format!("* {}\n", view.say(source)));
    text.extend(std::iter::once("\n".to_owned()).chain(sources));
    paragraph(view, &mut text, &message!("Views: {}", views(body, outline)));
    if !terms.is_empty() {
        let terms = quoted(terms.iter().map(String::as_str));
        paragraph(view, &mut text, &message!("Terms: {terms}"));
    }
    text
}

/// The first of the texts as code, and how many are left out.
fn quoted<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> Message {
    let more = texts.len().saturating_sub(TERMS_SHOWN);
    let shown: Vec<String> =
        texts.take(TERMS_SHOWN).map(|text| format!("`{}`", text.replace('`', "'"))).collect();
    match more {
        0 => Message::verbatim(shown.join(", ")),
        _ => message!("{} and {} more", shown.join(", "), grouped(more as u64)),
    }
}

fn views(body: &MatcherBody, outline: &Outline) -> Message {
    let named = |views: &OneOrMany<At<ViewName>>| -> Vec<String> {
        views
            .0
            .iter()
            .map(|view| format!("`{}`", format!("{:?}", view.value).to_lowercase()))
            .collect()
    };
    let own = body.view.as_ref().map(named);
    let default =
        || outline.defaults.view.as_ref().map(named).map(|it| (it, message!(" (of the pack)")));
    let (names, origin) = match own.map(|it| (it, Message::default())).or_else(default) {
        Some((names, origin)) if !names.is_empty() => (names, origin),
        _ => (vec!["`folded`".to_owned()], message!(" (the default)")),
    };
    Message::joined([Message::verbatim(names.join(", ")), origin])
}

fn rule_text(view: &View<'_>, rule: &RuleDef) -> String {
    let id = &rule.id.value;
    let text = |of: &Option<Text>| of.as_ref().map(|it| it.value.clone()).unwrap_or_default();
    let mut shown = format!("**`{id}`**: {}\n", text(&rule.schema.title));
    let description = text(&rule.schema.description);
    if !description.is_empty() {
        shown.push_str(&format!("\n{}\n", description.trim()));
    }
    if let Some(correlate) = &rule.schema.correlate {
        correlation_text(view, &mut shown, &correlate.value);
        return shown;
    }
    let found = view
        .compiled
        .and_then(|rules| Some((rules, rules.rules().iter().position(|it| it.id == *id)?)));
    match found {
        Some((rules, number)) => plan_text(view, &mut shown, rules, RuleIx(number as u32)),
        None => {
            let text = message!("Its key and cost are known after a check without errors.");
            paragraph(view, &mut shown, &text);
        }
    }
    shown
}

/// What a rule over several posts counts.
fn correlation_text(view: &View<'_>, text: &mut String, correlate: &Correlate) {
    let names = |of: &OneOrMany<Text>| quoted(of.0.iter().map(|it| it.value.as_str()));
    let rules = names(&correlate.rules);
    paragraph(view, text, &message!("Counted over several posts by `tidegate correlate`: {rules}"));
    if !correlate.group_by.0.is_empty() {
        paragraph(view, text, &message!("Groups: {}", names(&correlate.group_by)));
    }
    if let Some(timespan) = &correlate.timespan {
        paragraph(view, text, &message!("Within `{}`", timespan.value));
    }
}

/// The key of a rule and its cost, as `explain --plan` and `check --cost` report them.
fn plan_text(view: &View<'_>, text: &mut String, rules: &RuleSet, rule: RuleIx) {
    let own = rules.rule(rule);
    let (category, weight) = (own.category.name(), own.weight);
    paragraph(view, text, &message!("Category `{category}`, weight {weight}"));
    let clauses = rules.clauses(rule);
    let Some(key) = clauses.first() else {
        let cost = message!("Looked at in every post: it can match without a hit.");
        return paragraph(view, text, &cost);
    };
    let names = |clause: &Clause| quoted(clause.matchers.iter().map(|it| rules.matcher_name(*it)));
    let cost = message!(
        "Looked at in {} of posts of any kind (estimated): those with a hit of its key {}",
        percent(key.per_million),
        names(key)
    );
    paragraph(view, text, &cost);
    let terms = key.matchers.iter().flat_map(|matcher| rules.common_terms(*matcher, 1));
    if let Some(term) = terms.max_by_key(|term| term.cost.all()) {
        let (term, searched) = (term.text, term.searched);
        let line = message!("Most frequent term of the key: `{term}`, searched as `{searched}`");
        paragraph(view, text, &line);
    }
    for clause in &clauses[1..] {
        let share = percent(clause.per_million);
        paragraph(view, text, &message!("Also required: {} ({share})", names(clause)));
    }
}

/// Adds a paragraph.
fn paragraph(view: &View<'_>, text: &mut String, message: &Message) {
    text.push_str(&format!("\n{}\n", view.say(message)));
}

fn list_text(view: &View<'_>, path: &Path) -> Option<String> {
    let list = wordlist::parse(&view.list(path)?);
    let name = path.file_name()?.to_string_lossy();
    let terms = quoted(list.terms.iter().map(|term| term.text.as_str()));
    let counts = [counted(list.terms.len(), &TERMS), counted(list.allowed.len(), &PHRASES)];
    let counts = view.say(&Message::list(counts, &message!(", ")));
    Some(format!("**`{name}`**: {counts}\n\n{}\n", view.say(&terms)))
}

fn path_text(view: &View<'_>, path: &str) -> String {
    let what = match path {
        "lang" => phrase!("The language that the post claims."),
        "channel" => phrase!("The channel of the post, by which policies choose thresholds."),
        "surface" => phrase!("The surface on which the post appears."),
        "author.id" => phrase!("The id of the author."),
        "created_at" => phrase!("The time of the post."),
        "reports" => phrase!("The number of reports of the post."),
        "reach" => phrase!("How often the post was seen."),
        _ => phrase!("A value of the post, at this path below the keys that the mapping reads."),
    };
    format!("**`post.{path}`**: {}\n", view.phrase(what))
}

fn category_text(category: &CategoryDef) -> String {
    let CategoryDef { name, title, title_zh } = category;
    let chinese = if title_zh.is_empty() { String::new() } else { format!(" ({title_zh})") };
    format!("**`{}`**: {title}{chinese}\n", name.value)
}

/// The description of a key, or of a fixed word.
fn of_word(view: &View<'_>, offset: usize) -> Option<(String, Range<usize>)> {
    if !view.is_rule_file() {
        return None;
    }
    let text = &view.document.text;
    let range = word_at(text, offset);
    let word = &text[range.clone()];
    let place = view.cursor(range.start);
    let schema = view.schema();
    let is_key = text[range.end..].trim_start_matches(['"', '\'', ' ']).starts_with(':');
    let described = match place.role {
        Role::Comment => None,
        Role::Key | Role::Either if is_key => {
            schema.key_doc(&place.path, word).or_else(|| word_text(schema, &place.path, word))
        }
        Role::Key | Role::Value | Role::Either => word_text(schema, &place.path, word),
    };
    let described = described?;
    Some((format!("**`{word}`**: {}\n", view.phrase(&described)), range))
}

/// The description of a word of a fixed list.
pub fn word_text(schema: &Schema, path: &[Step], word: &str) -> Option<String> {
    let entry = schema.words(path).into_iter().find(|entry| entry.name == word);
    let key = path.iter().rev().find_map(|step| match step {
        Step::Key(name) => Some(name.as_str()),
        Step::Item => None,
    });
    let category = || CATEGORIES.iter().find(|it| it.name == word).map(|it| it.what.to_owned());
    // Categories are keys in policies and in fixed lists of packs.
    let of_key = match key {
        Some("entity") => Entity::from_name(word).map(|it| entities::what(it).to_owned()),
        Some("category" | "categories") => category(),
        _ => None,
    };
    of_key.or_else(|| entry.map(|it| it.doc).filter(|doc| !doc.is_empty()))
}

fn counted(number: usize, forms: &[&'static str; 3]) -> Message {
    tidegate_engine::message::counted(number, grouped(number as u64), forms)
}

const TERMS: [&str; 3] = [phrase!("no terms"), phrase!("1 term"), phrase!("{count} terms")];
const WORDS: [&str; 3] = [phrase!("no words"), phrase!("1 word"), phrase!("{count} words")];
const REGEXES: [&str; 3] = [phrase!("no regexes"), phrase!("1 regex"), phrase!("{count} regexes")];
const PHRASES: [&str; 3] =
    [phrase!("no allow phrases"), phrase!("1 allow phrase"), phrase!("{count} allow phrases")];
