//! The macro `message!`, which `tidegate_engine::message` exports and explains.
//!
//! Only a procedural macro can see the names inside a format string, so that a message is written
//! as with `format!` and its arguments are kept all the same.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// `message!("no rule is called `{name}`")`: a message, written as with `format!`.
///
/// Slots: `{}`, `{name}`, and both with a format (`{name:?}`). Arguments that follow are
/// expressions, in the order of `{}`, or `name = expression`.
#[proc_macro]
pub fn message(input: TokenStream) -> TokenStream {
    expand(input).unwrap_or_else(|(message, span)| compile_error(&message, span))
}

type Failure = (String, Span);

fn expand(input: TokenStream) -> Result<TokenStream, Failure> {
    let mut arguments = split_at_commas(input).into_iter();
    let first = arguments.next().unwrap_or_default();
    let [TokenTree::Literal(template)] = &first[..] else {
        return Err(("the template must be a string literal".to_owned(), Span::call_site()));
    };
    let span = template.span();
    let fail = |message: String| (message, span);
    let mut given = arguments.filter(|it| !it.is_empty()).map(Argument::of).collect::<Vec<_>>();
    let mut values: Vec<TokenTree> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for slot in slots(&template.to_string()).map_err(fail)? {
        let name = match &slot.name {
            name if name.is_empty() => seen.iter().filter(|it| is_number(it)).count().to_string(),
            name => name.clone(),
        };
        if seen.contains(&name) {
            continue;
        }
        let found = given.iter_mut().find(|it| match &it.name {
            Some(own) => *own == name,
            None => slot.name.is_empty() && !it.used,
        });
        let value = match found {
            Some(argument) => {
                argument.used = true;
                argument.value.clone()
            }
            None if is_number(&name) => return Err(fail(format!("no argument for `{{{name}}}`"))),
            None => TokenStream::from(TokenTree::Ident(Ident::new(&name, span))),
        };
        values.extend(argument(&name, &slot.format, value));
        seen.push(name);
    }
    if let Some(unused) = given.iter().find(|it| !it.used) {
        let at = unused.value.clone().into_iter().next().map_or(span, |token| token.span());
        return Err(("this argument is not in the template".to_owned(), at));
    }
    let mut call = path("::tidegate_engine::message::Message::of");
    let mut inner = TokenStream::from(TokenTree::Literal(template.clone()));
    inner.extend([comma()]);
    inner.extend(path(if values.is_empty() { "::std::vec::Vec::new" } else { "::std::vec!" }));
    let (delimiter, list) = (Delimiter::Parenthesis, values.into_iter().collect());
    inner.extend([TokenTree::Group(Group::new(delimiter, list))]);
    call.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, inner))]);
    Ok(call)
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// An argument after the template.
struct Argument {
    name: Option<String>,
    value: TokenStream,
    used: bool,
}

impl Argument {
    fn of(tokens: Vec<TokenTree>) -> Argument {
        let name = match &tokens[..] {
            [TokenTree::Ident(name), TokenTree::Punct(sign), ..]
                if sign.as_char() == '=' && sign.spacing() == Spacing::Alone =>
            {
                Some(name.to_string())
            }
            _ => None,
        };
        let from = if name.is_some() { 2 } else { 0 };
        Argument { name, value: tokens.into_iter().skip(from).collect(), used: false }
    }
}

fn split_at_commas(input: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for token in input {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == ',' => parts.push(Vec::new()),
            other => parts.last_mut().expect("never empty").push(other),
        }
    }
    parts
}

/// A slot of a template: `{name:format}`.
struct Slot {
    name: String,
    format: String,
}

/// The slots of a template, which is given as it is written in the source, with quotes.
fn slots(source: &str) -> Result<Vec<Slot>, String> {
    let is_raw = source.starts_with('r');
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['{', '\\']) {
        let after = &rest[at + 1..];
        if rest.as_bytes()[at] == b'\\' {
            let is_unicode = !is_raw && after.starts_with("u{");
            let skipped = if is_unicode { after.find('}').map_or(1, |end| end + 1) } else { 1 };
            rest = if is_raw { after } else { after.get(skipped..).unwrap_or("") };
        } else if let Some(after) = after.strip_prefix('{') {
            rest = after;
        } else {
            let end = after.find('}').ok_or("a slot has no end; write `{{` for a brace")?;
            let (name, format) = after[..end].split_once(':').unwrap_or((&after[..end], ""));
            if !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') {
                return Err(format!("`{name}` is no name; write `{{{{` for a brace"));
            }
            found.push(Slot { name: name.to_owned(), format: format.to_owned() });
            rest = &after[end + 1..];
        }
    }
    Ok(found)
}

/// `::tidegate_engine::argument!("name", value),`, formatted first if there is a format.
fn argument(name: &str, format: &str, value: TokenStream) -> TokenStream {
    let mut inner = TokenStream::from(TokenTree::Literal(Literal::string(name)));
    inner.extend([comma()]);
    if format.is_empty() {
        inner.extend(value);
    } else {
        inner.extend(path("::std::format!"));
        let template = Literal::string(&format!("{{:{format}}}"));
        let mut formatted = TokenStream::from(TokenTree::Literal(template));
        formatted.extend([comma()]);
        formatted.extend(value);
        inner.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, formatted))]);
    }
    let mut call = path("::tidegate_engine::argument!");
    call.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, inner)), comma()]);
    call
}

fn comma() -> TokenTree {
    TokenTree::Punct(Punct::new(',', Spacing::Alone))
}

/// Parses a path that is known to be one.
fn path(source: &str) -> TokenStream {
    source.parse().expect("a path")
}

fn compile_error(message: &str, span: Span) -> TokenStream {
    let argument = TokenStream::from(TokenTree::Literal(Literal::string(message)));
    let mut call = path("::std::compile_error!");
    call.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, argument))]);
    let spanned = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    call.into_iter().map(spanned).collect()
}
