//! Code actions: what a diagnostic suggests, and a comment that allows a warning.

use crate::convert::{SOURCE, suggestion};
use crate::cursor::Role;
use crate::view::View;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticSeverity,
    NumberOrString, Range, TextEdit, WorkspaceEdit,
};
use tidegate_engine::message::message;
use tidegate_engine::rules::lint::LINTS;

/// The actions for diagnostics of the file.
pub fn actions(view: &View<'_>, diagnostics: &[Diagnostic]) -> Vec<CodeActionOrCommand> {
    let own = diagnostics.iter().filter(|it| it.source.as_deref() == Some(SOURCE));
    own.flat_map(|found| [replace(view, found), allow(view, found)])
        .flatten()
        .map(CodeActionOrCommand::CodeAction)
        .collect()
}

/// Replaces the marked word by the suggested one, in the same quotes.
fn replace(view: &View<'_>, found: &Diagnostic) -> Option<CodeAction> {
    let word = suggestion(&found.message)?;
    let range = view.offset(found.range.start)..view.offset(found.range.end);
    let marked = view.document.text.get(range)?;
    let quote = marked.chars().next().filter(|first| ['"', '\''].contains(first));
    let quote = quote.map(String::from).unwrap_or_default();
    let text = format!("{quote}{word}{quote}");
    Some(action(view, found, view.say(&message!("Replace by `{word}`")), found.range, text, true))
}

/// Adds a comment above the line of a warning of a pack.
fn allow(view: &View<'_>, found: &Diagnostic) -> Option<CodeAction> {
    let Some(NumberOrString::String(code)) = &found.code else { return None };
    let is_lint = LINTS.iter().any(|(lint, _)| lint == code);
    if found.severity != Some(DiagnosticSeverity::WARNING) || !is_lint || !view.is_rule_file() {
        return None;
    }
    let text = &view.document.text;
    let offset = view.offset(found.range.start);
    let line = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let indent = text[line..].len() - text[line..].trim_start_matches(' ').len();
    // Inside of a text of several lines a comment would be a part of the text.
    if line > 0 && view.cursor(line + indent).role == Role::Value {
        return None;
    }
    let start = view.range(&(line..line));
    let comment = format!("{}# tidegate: allow({code})\n", " ".repeat(indent));
    Some(action(view, found, view.say(&message!("Allow `{code}` here")), start, comment, false))
}

#[expect(clippy::mutable_key_type, reason = "the protocol has addresses as keys")]
fn action(
    view: &View<'_>,
    found: &Diagnostic,
    title: String,
    range: Range,
    text: String,
    is_preferred: bool,
) -> CodeAction {
    let edit = TextEdit { range, new_text: text };
    let changes = [(view.document.uri.clone(), vec![edit])].into_iter().collect();
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![found.clone()]),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        is_preferred: Some(is_preferred),
        ..CodeAction::default()
    }
}
