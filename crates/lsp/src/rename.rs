//! Renames of matchers and rules in every file of the folder.
//!
//! Nothing is changed if the result would have another meaning: the new name must be valid and
//! unused, patterns that include the old name must include the new one, and every file must be
//! readable. A rule keeps its former id in `aliases`.

use crate::cursor::cursor;
use crate::index::{Reference, Symbol, unquoted};
use crate::outline::{Outline, RuleDef};
use crate::view::View;
use lsp_types::{Range, TextEdit, Uri, WorkspaceEdit};
use std::collections::BTreeMap;
use std::ops;
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::condition::is_name;

/// The range of the name that would be renamed at the byte `offset`, without its pack.
///
/// # Errors
///
/// Why there is nothing to rename.
pub fn prepare(view: &View<'_>, offset: usize) -> Result<Range, Message> {
    let (symbol, range) = renamed(view, offset)?;
    let (_, name) =
        view.index.definition(&symbol).ok_or_else(|| message!("this name cannot be renamed"))?;
    let file = view
        .current_file()
        .ok_or_else(|| message!("the file has YAML errors; correct them first"))?;
    let local = local_part(view.index.outlines()[file], &range, &name.value);
    Ok(view.range(&local))
}

/// The changes that give the name at the byte `offset` the new name `to`.
///
/// # Errors
///
/// Why it cannot be renamed.
pub fn rename(view: &View<'_>, offset: usize, to: &str) -> Result<WorkspaceEdit, Message> {
    let (symbol, _) = renamed(view, offset)?;
    let (home, name) =
        view.index.definition(&symbol).ok_or_else(|| message!("this name cannot be renamed"))?;
    let from = name.value.as_str();
    if from == to {
        return Ok(WorkspaceEdit::default());
    }
    check_name(view, &symbol, to)?;
    for (file, used) in view.index.globs(&symbol, from) {
        if !tidegate_engine::rules::condition::glob_matches(&used.name, to) {
            let (file, glob) = (&view.index.outlines()[file].source.name, &used.name);
            return Err(message!(
                "the pattern `{glob}` in {file} includes `{from}` and not `{to}`; choose a name that it includes"
            ));
        }
    }
    let mut edits = Edits::default();
    for reference in view.index.references(&symbol) {
        // A rule may be named by a former id, which stays.
        if reference.name != from && matches!(symbol, Symbol::Rule(..)) {
            continue;
        }
        edits.rename(view, &reference, from, to)?;
    }
    if let Symbol::Rule(outline, rule) = symbol {
        let (outline, rule) = view.index.rule(outline, rule);
        let (range, text) = former_id(outline, rule, from, to);
        edits.add(view, home, range, text)?;
    }
    Ok(edits.finish())
}

fn renamed(view: &View<'_>, offset: usize) -> Result<(Symbol, ops::Range<usize>), Message> {
    let file = view
        .current_file()
        .ok_or_else(|| message!("the file has YAML errors; correct them first"))?;
    let found = view
        .index
        .symbol_at(file, offset)
        .ok_or_else(|| message!("there is no name of a matcher or rule here"))?;
    match &found.0 {
        Symbol::Matcher(..) | Symbol::Rule(..) => Ok(found),
        Symbol::Category(..) | Symbol::List(_) | Symbol::Path(_) => {
            Err(message!("only matchers and rules can be renamed"))
        }
    }
}

/// Refuses names that are not valid or already used.
fn check_name(view: &View<'_>, symbol: &Symbol, to: &str) -> Result<(), Message> {
    match symbol {
        Symbol::Matcher(file, matcher) => {
            if !is_name(to) {
                return Err(message!(
                    "`{to}` is not a valid matcher name: a-z, 0-9 and `_`, no digit first, and no word of the condition language"
                ));
            }
            let (outline, own) = view.index.matcher(*file, *matcher);
            // A matcher of a rule hides one of the pack, so that neither may get the other's name.
            let is_taken = outline.matchers.iter().any(|it| {
                it.name.value == to
                    && (it.rule == own.rule || it.rule.is_none() || own.rule.is_none())
            });
            if is_taken { Err(message!("there is a matcher `{to}` already")) } else { Ok(()) }
        }
        Symbol::Rule(file, rule) => {
            let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
            let parts = to.split('.');
            if !to.bytes().all(fits)
                || parts.clone().count() < 2
                || parts.into_iter().any(str::is_empty)
            {
                return Err(message!(
                    "`{to}` is not a valid rule id: dotted and lower case, such as `gambling.zh.ad`"
                ));
            }
            match view.index.find_rule(to) {
                Some(found) if found != Symbol::Rule(*file, *rule) => {
                    Err(message!("there is a rule `{to}` already"))
                }
                _ => Ok(()),
            }
        }
        Symbol::Category(..) | Symbol::List(_) | Symbol::Path(_) => Ok(()),
    }
}

/// The part of a written name that is the name itself, without `pack.`.
fn local_part(outline: &Outline, range: &ops::Range<usize>, name: &str) -> ops::Range<usize> {
    match outline.written(range).ends_with(name) {
        true => range.end - name.len()..range.end,
        false => range.clone(),
    }
}

/// The change that adds the former id of a rule: into its `aliases`, or as a new key after its id.
fn former_id(
    outline: &Outline,
    rule: &RuleDef,
    from: &str,
    to: &str,
) -> (ops::Range<usize>, String) {
    let text = &outline.source.text;
    let aliases = &rule.schema.aliases.0;
    // The rule gets a former id back.
    if let Some(alias) = aliases.iter().find(|alias| alias.value == to) {
        return (unquoted(outline, alias), from.to_owned());
    }
    if let Some(first) = aliases.first() {
        let at = first.range.start;
        let before = text[..at].trim_end();
        return match before.chars().next_back() {
            Some('-') => {
                let dash = before.len() - 1;
                let column = dash - text[..dash].rfind('\n').map_or(0, |line| line + 1);
                (at..at, format!("{from}\n{}- ", " ".repeat(column)))
            }
            Some('[' | ',') => (at..at, format!("{from}, ")),
            _ => (first.range.clone(), format!("[{from}, {}]", outline.written(&first.range))),
        };
    }
    let ops::Range { start, end } = rule.id.range;
    if cursor(text, start).is_in_brackets {
        return (end..end, format!(", aliases: [{from}]"));
    }
    // The column of the key `id`, which may be behind the dash of its item.
    let line = &text[text[..start].rfind('\n').map_or(0, |at| at + 1)..start];
    let column = line.len() - line.trim_start_matches([' ', '-']).len();
    (end..end, format!("\n{}aliases: [{from}]", " ".repeat(column)))
}

/// Changes by file.
#[derive(Default)]
struct Edits {
    files: BTreeMap<String, (Uri, Vec<TextEdit>)>,
}

impl Edits {
    fn rename(
        &mut self,
        view: &View<'_>,
        reference: &Reference,
        from: &str,
        to: &str,
    ) -> Result<(), Message> {
        let outline = view.index.outlines()[reference.outline];
        let range = local_part(outline, &reference.range, from);
        if outline.written(&range) != from {
            let name = &outline.source.name;
            return Err(message!(
                "`{from}` is written with escapes in {name}; write it plainly and rename again"
            ));
        }
        self.add(view, reference.outline, range, to.to_owned())
    }

    fn add(
        &mut self,
        view: &View<'_>,
        file: usize,
        range: ops::Range<usize>,
        text: String,
    ) -> Result<(), Message> {
        let outline = view.index.outlines()[file];
        let Some(path) = &outline.path else {
            return Err(message!(
                "it is named in {}, which is built in; `tidegate packs --export DIR` writes the built-in packs to a folder",
                outline.source.name
            ));
        };
        if !view.is_outline_current(outline) {
            let name = path.display();
            return Err(message!("{name} has YAML errors; correct them first"));
        }
        let uri = view.uri(path).ok_or_else(|| message!("a path has no address"))?;
        let edit = TextEdit { range: view.range_in(outline, &range), new_text: text };
        let (_, edits) = self.files.entry(uri.as_str().to_owned()).or_insert((uri, Vec::new()));
        edits.push(edit);
        Ok(())
    }

    #[expect(clippy::mutable_key_type, reason = "the protocol has addresses as keys")]
    fn finish(self) -> WorkspaceEdit {
        let changes = self.files.into_values().collect();
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    }
}
