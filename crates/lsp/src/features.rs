//! The requests about an open file, by their methods.

use crate::actions::actions;
use crate::complete::completion;
use crate::hover::hover;
use crate::index::{Reference, Symbol};
use crate::rename;
use crate::session::Session;
use crate::symbols::{lenses, symbols};
use crate::view::View;
use lsp_server::ErrorCode;
use lsp_types::{
    CodeActionParams, CodeLensParams, CompletionList, CompletionParams, DocumentSymbolParams,
    GotoDefinitionParams, HoverParams, Location, PrepareRenameResponse, Range, ReferenceParams,
    RenameParams, TextDocumentPositionParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate_engine::Message;

/// The answer to a request: a value, or an error of the protocol.
pub type Answer = Result<Value, (ErrorCode, String)>;

/// The parameters of a request.
///
/// # Errors
///
/// An error for the client, if they are not those of the method.
pub fn parsed<P: DeserializeOwned>(method: &str, params: Value) -> Result<P, (ErrorCode, String)> {
    serde_json::from_value(params)
        .map_err(|error| (ErrorCode::InvalidParams, format!("parameters of {method}: {error}")))
}

/// Answers a request. The answer about a file that is not open is empty.
///
/// # Errors
///
/// An unknown method, wrong parameters, or a rename that is not possible.
pub fn answer(session: &Session, method: &str, params: Value) -> Answer {
    match method {
        "textDocument/hover" => {
            let HoverParams { text_document_position_params: at, .. } = parsed(method, params)?;
            value(place(session, &at).and_then(|(view, offset)| hover(&view, offset)))
        }
        "textDocument/completion" => {
            let CompletionParams { text_document_position: at, .. } = parsed(method, params)?;
            let found = place(session, &at).map(|(view, offset)| completion(&view, offset));
            let items = found.unwrap_or_default();
            value(CompletionList { is_incomplete: false, items })
        }
        "textDocument/definition" => {
            let GotoDefinitionParams { text_document_position_params: at, .. } =
                parsed(method, params)?;
            value(place(session, &at).and_then(|(view, offset)| definition(&view, offset)))
        }
        "textDocument/references" => {
            let ReferenceParams { text_document_position: at, context, .. } =
                parsed(method, params)?;
            let found = place(session, &at);
            value(
                found.map(|(view, offset)| references(&view, offset, context.include_declaration)),
            )
        }
        "textDocument/prepareRename" => {
            let at: TextDocumentPositionParams = parsed(method, params)?;
            let Some((view, offset)) = place(session, &at) else { return Ok(Value::Null) };
            value(PrepareRenameResponse::Range(
                rename::prepare(&view, offset).map_err(|why| failed(session, &why))?,
            ))
        }
        "textDocument/rename" => {
            let RenameParams { text_document_position: at, new_name, .. } = parsed(method, params)?;
            let Some((view, offset)) = place(session, &at) else { return Ok(Value::Null) };
            value(
                rename::rename(&view, offset, new_name.trim())
                    .map_err(|why| failed(session, &why))?,
            )
        }
        "textDocument/codeAction" => {
            let CodeActionParams { text_document, context, .. } = parsed(method, params)?;
            let view = View::new(session, &text_document.uri);
            value(view.map(|view| actions(&view, &context.diagnostics)))
        }
        "textDocument/documentSymbol" => {
            let DocumentSymbolParams { text_document, .. } = parsed(method, params)?;
            value(View::new(session, &text_document.uri).map(|view| symbols(&view)))
        }
        "textDocument/codeLens" => {
            let CodeLensParams { text_document, .. } = parsed(method, params)?;
            value(View::new(session, &text_document.uri).map(|view| lenses(&view)))
        }
        _ => Err((ErrorCode::MethodNotFound, format!("unknown method {method}"))),
    }
}

fn value(result: impl Serialize) -> Answer {
    serde_json::to_value(result).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

fn failed(session: &Session, message: &Message) -> (ErrorCode, String) {
    (ErrorCode::RequestFailed, session.language.say(message))
}

/// The view of a file and the byte at a position.
fn place<'s>(session: &'s Session, at: &TextDocumentPositionParams) -> Option<(View<'s>, usize)> {
    let view = View::new(session, &at.text_document.uri)?;
    let offset = view.offset(at.position);
    Some((view, offset))
}

/// Where the name at a byte is defined; a list is defined by its file.
fn definition(view: &View<'_>, offset: usize) -> Option<Location> {
    let (symbol, _) = view.index.symbol_at(view.current_file()?, offset)?;
    if let Symbol::List(path) = &symbol {
        let uri = view.uri(path).filter(|_| path.is_file())?;
        return Some(Location { uri, range: Range::default() });
    }
    let found = view.index.references(&symbol).into_iter().find(|it| it.is_definition)?;
    view.location(&found)
}

fn references(view: &View<'_>, offset: usize, with_definition: bool) -> Vec<Location> {
    let symbol = match view.current_file() {
        Some(file) => view.index.symbol_at(file, offset).map(|(symbol, _)| symbol),
        // In a word list: the matchers that include it.
        None => Some(Symbol::List(view.document.path.clone())),
    };
    let found = symbol.map(|symbol| view.index.references(&symbol)).unwrap_or_default();
    let wanted = |it: &&Reference| with_definition || !it.is_definition;
    found.iter().filter(wanted).filter_map(|it| view.location(it)).collect()
}
