//! The language of this process for people.
//!
//! It is chosen once, from the arguments and the environment, before anything is printed. Output
//! for programs does not depend on it.

use std::borrow::Cow;
use std::ffi::OsString;
use std::sync::OnceLock;
use tidegate_engine::message::{Message, message};
use tidegate_messages::Language;

/// The language, and whether `--lang` names it.
static LANGUAGE: OnceLock<(Language, bool)> = OnceLock::new();

/// The language; English before [`choose`].
pub fn language() -> Language {
    LANGUAGE.get().map_or_else(Language::default, |(language, _)| *language)
}

/// The language that `--lang` names.
pub fn chosen() -> Option<Language> {
    LANGUAGE.get().filter(|(_, is_named)| *is_named).map(|(language, _)| *language)
}

/// The text of a message for the user.
pub fn say(message: &Message) -> String {
    language().say(message)
}

/// A text marked by `phrase!`, for the user.
pub fn phrase(text: &'static str) -> &'static str {
    match language() {
        Language::English => text,
        Language::Chinese => tidegate_messages::chinese(text).unwrap_or(text),
    }
}

/// `message!`, in the language of the user.
macro_rules! say_message {
    ($($message:tt)*) => {
        $crate::term::say(&tidegate_engine::message::message!($($message)*))
    };
}
pub(crate) use say_message as say;

/// Chooses the language by `--lang`, otherwise by the environment, and removes `--lang` from the
/// arguments: it may be anywhere before `--`, also before the command.
///
/// # Errors
///
/// `--lang` with what is neither a language nor the pointer of a post's language.
pub fn choose(arguments: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let (chosen, rest, unknown) = flag(arguments);
    let language =
        chosen.unwrap_or_else(|| Language::of_environment(|name| std::env::var_os(name)));
    // Only the first choice counts; there is one.
    let _ = LANGUAGE.set((language, chosen.is_some()));
    match unknown {
        Some(name) => Err(say(&message!("--lang {name}: expected en or zh"))),
        None => Ok(rest),
    }
}

/// The language that `--lang` names, the other arguments, and a value that is no language. A value
/// that begins with `/` is the pointer of a post's language, which the mapping flags have.
fn flag(arguments: Vec<OsString>) -> (Option<Language>, Vec<OsString>, Option<String>) {
    let (mut chosen, mut unknown) = (None, None);
    let mut rest = Vec::with_capacity(arguments.len());
    let mut open = arguments.into_iter().peekable();
    while let Some(argument) = open.next() {
        let text = argument.to_string_lossy();
        if text == "--" {
            rest.push(argument);
            rest.extend(open);
            break;
        }
        let value: Option<Cow<'_, str>> = match text.strip_prefix("--lang") {
            Some("") => open.peek().map(|value| value.to_string_lossy()),
            Some(value) => value.strip_prefix('=').map(Cow::Borrowed),
            None => None,
        };
        match value.as_deref().and_then(named) {
            Some(language) => {
                chosen = Some(language);
                if text == "--lang" {
                    open.next();
                }
            }
            None => {
                unknown = value.filter(|value| !value.starts_with('/')).map(Cow::into_owned);
                rest.push(argument);
                if unknown.is_some() {
                    break;
                }
            }
        }
    }
    (chosen, rest, unknown)
}

fn named(name: &str) -> Option<Language> {
    [Language::English, Language::Chinese].into_iter().find(|it| it.to_string() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_found_anywhere_before_two_dashes() {
        let read = |line: &str| {
            let (language, rest, _) = flag(line.split(' ').map(OsString::from).collect());
            let rest: Vec<_> = rest.iter().map(|it| it.to_str().unwrap()).collect();
            (language, rest.join(" "))
        };
        let chinese = Some(Language::Chinese);
        assert_eq!(read("t --lang zh check x"), (chinese, "t check x".to_owned()));
        assert_eq!(read("t check x --lang=zh"), (chinese, "t check x".to_owned()));
        assert_eq!(read("t --lang zh --lang en"), (Some(Language::English), "t".to_owned()));
        assert_eq!(read("t check -- --lang zh"), (None, "t check -- --lang zh".to_owned()));
        assert_eq!(read("t --lang /lang x"), (None, "t --lang /lang x".to_owned()));
        assert_eq!(flag(vec!["--lang=fr".into()]).2.as_deref(), Some("fr"));
        assert_eq!(read("t --language zh --lang"), (None, "t --language zh --lang".to_owned()));
    }
}
