//! Messages for people that keep their template and arguments, so that they can be translated.
//!
//! [`message!`] is written as `format!` is. `Display` gives the English text. The engine knows no
//! other language: [`Message::translated`] takes the templates of one.
//!
//! [`phrase!`](crate::phrase) marks a string of a table, or one that passes through serde, which
//! [`Message::phrase`] makes a message later. A test holds that every template and phrase has a
//! translation.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

pub use tidegate_engine::phrase;
pub use tidegate_message_macro::message;

/// The string itself, marked as one that catalogs translate ([`Message::phrase`]).
#[macro_export]
macro_rules! phrase {
    ($text:literal) => {
        $text
    };
}

/// A message: a template with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Template { template: &'static str, arguments: Vec<Argument> },
    Phrase(Cow<'static, str>),
    Verbatim(String),
    Joined(Vec<Message>),
}

impl Default for Form {
    fn default() -> Form {
        Form::Verbatim(String::new())
    }
}

/// A value of a slot. Made by [`message!`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name of the slot; for `{}` its number, from 0.
    name: &'static str,
    value: Message,
}

impl Argument {
    #[doc(hidden)]
    pub fn of(name: &'static str, value: Message) -> Argument {
        Argument { name, value }
    }
}

impl Message {
    /// Used by [`message!`], which names an argument for each slot of the template.
    #[doc(hidden)]
    pub const fn of(template: &'static str, arguments: Vec<Argument>) -> Message {
        Message(Form::Template { template, arguments })
    }

    /// Message from outside, the same in every language: a name, the message of a parser or of the
    /// operating system.
    pub fn verbatim(text: impl Into<String>) -> Message {
        Message(Form::Verbatim(text.into()))
    }

    /// A fixed text without slots, marked by [`phrase!`](crate::phrase) where it is written.
    pub fn phrase(text: impl Into<Cow<'static, str>>) -> Message {
        Message(Form::Phrase(text.into()))
    }

    /// An error of the operating system. Catalogs translate the usual ones.
    pub fn of_os(error: &impl fmt::Display) -> Message {
        Message::phrase(error.to_string())
    }

    /// Texts one after the other.
    pub fn joined(parts: impl IntoIterator<Item = Message>) -> Message {
        Message(Form::Joined(parts.into_iter().collect()))
    }

    /// The texts with `separator` between them.
    pub fn list(items: impl IntoIterator<Item = Message>, separator: &Message) -> Message {
        let mut parts = Vec::new();
        for item in items {
            if !parts.is_empty() {
                parts.push(separator.clone());
            }
            parts.push(item);
        }
        Message(Form::Joined(parts))
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Form::Template { template, .. } => template.is_empty(),
            Form::Phrase(text) => text.is_empty(),
            Form::Verbatim(text) => text.is_empty(),
            Form::Joined(parts) => parts.iter().all(Message::is_empty),
        }
    }

    /// The text in the language of `catalog`, which gives the template of that language for an
    /// English one; where it has none, the English one is used.
    pub fn translated(&self, catalog: &dyn Fn(&str) -> Option<&'static str>) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out, catalog);
        out
    }

    fn write(
        &self,
        out: &mut dyn fmt::Write,
        catalog: &dyn Fn(&str) -> Option<&'static str>,
    ) -> fmt::Result {
        match &self.0 {
            Form::Phrase(text) => out.write_str(catalog(text).unwrap_or(text)),
            Form::Verbatim(text) => out.write_str(text),
            Form::Joined(parts) => parts.iter().try_for_each(|part| part.write(out, catalog)),
            Form::Template { template, arguments } => {
                for piece in pieces(catalog(template).unwrap_or(template)) {
                    match piece {
                        Piece::Literal(text) => out.write_str(text)?,
                        Piece::Slot(name) => {
                            let argument = arguments.iter().find(|it| it.name == name);
                            let Some(argument) = argument else { continue };
                            argument.value.write(out, catalog)?;
                        }
                    }
                }
                Ok(())
            }
        }
    }
}

/// The English text.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &|_| None)
    }
}

/// The English text: data do not depend on the language.
impl serde::Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// Compares the English text.
impl PartialEq<&str> for Message {
    fn eq(&self, other: &&str) -> bool {
        let mut rest = Expected(other);
        write!(rest, "{self}").is_ok() && rest.0.is_empty()
    }
}

/// The part of an expected text that was not written yet. Another text is an error.
struct Expected<'t>(&'t str);

impl fmt::Write for Expected<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// A number of things, printed as `digits`: none, one, or a text with `{count}`, each marked by
/// [`phrase!`](crate::phrase).
pub fn counted(number: usize, digits: String, [none, one, many]: &[&'static str; 3]) -> Message {
    let value = Message::verbatim(digits);
    match number {
        0 => Message::phrase(*none),
        1 => Message::phrase(*one),
        _ => Message::of(many, vec![Argument::of("count", value)]),
    }
}

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Message.
    Literal(&'t str),
    /// `{name}`; `{}` is named by its number, from 0.
    Slot(&'t str),
}

/// The numbers of the slots without a name.
const NUMBERS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The parts of a template, in order. Formats, as in `{name:?}`, are left out: [`message!`] applies
/// them.
pub fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    let mut unnamed = NUMBERS.iter();
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        if matches!(first, '{' | '}') && rest[1..].starts_with(first) {
            let brace = &rest[..1];
            rest = &rest[2..];
            return Some(Piece::Literal(brace));
        }
        if first == '{' {
            let end = rest.find('}').unwrap_or(rest.len());
            let inner = &rest[1..end];
            rest = rest.get(end + 1..).unwrap_or("");
            return Some(Piece::Slot(match inner.split(':').next().unwrap_or(inner) {
                "" => unnamed.next().unwrap_or(&""),
                name => name,
            }));
        }
        let mut others = rest.char_indices().skip(1);
        let end = others.find(|(_, character)| matches!(character, '{' | '}'));
        let end = end.map_or(rest.len(), |(at, _)| at);
        let literal;
        (literal, rest) = rest.split_at(end);
        Some(Piece::Literal(literal))
    })
}

/// How [`message!`] keeps a value: a [`Message`] as it is, everything else as what it prints.
#[doc(hidden)]
pub mod convert {
    use super::Message;
    use std::fmt::Display;
    use std::io;

    pub struct Value<'v, T: ?Sized>(pub &'v T);

    // A method of the type itself is preferred to one of a trait.
    impl Value<'_, Message> {
        pub fn message(&self) -> Message {
            self.0.clone()
        }
    }

    impl Value<'_, &Message> {
        pub fn message(&self) -> Message {
            Message::clone(self.0)
        }
    }

    impl Value<'_, io::Error> {
        pub fn message(&self) -> Message {
            Message::of_os(self.0)
        }
    }

    impl Value<'_, &io::Error> {
        pub fn message(&self) -> Message {
            Message::of_os(self.0)
        }
    }

    pub trait Printed {
        fn message(&self) -> Message;
    }

    impl<T: Display + ?Sized> Printed for Value<'_, T> {
        fn message(&self) -> Message {
            Message::verbatim(self.0.to_string())
        }
    }
}

/// Used by [`message!`](crate::message::message).
#[doc(hidden)]
#[macro_export]
macro_rules! argument {
    ($name:literal, $value:expr) => {{
        #[allow(unused_imports)]
        use $crate::message::convert::Printed as _;
        let value = $crate::message::convert::Value(&$value).message();
        $crate::message::Argument::of($name, value)
    }};
}

/// The texts of usual errors of the operating system, for [`Message::of_os`].
pub const OS_ERRORS: &[&str] = &[
    phrase!("No such file or directory (os error 2)"),
    phrase!("Permission denied (os error 13)"),
    phrase!("File exists (os error 17)"),
    phrase!("Not a directory (os error 20)"),
    phrase!("Is a directory (os error 21)"),
    phrase!("No space left on device (os error 28)"),
    phrase!("Read-only file system (os error 30)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_what_format_gives() {
        let (name, count) = ("a{b}", 3);
        let message = message!("`{name}` {{}} has {count:>3} of {} {{{:?}}}, {name}", 1.5, "q");
        let expected = format!("`{name}` {{}} has {count:>3} of {} {{{:?}}}, {name}", 1.5, "q");
        assert_eq!(message.to_string(), expected);
        assert_eq!(message!("赌{x}、{x}。", x = 2 + 1).to_string(), "赌3、3。");
        assert_eq!(message!(r"\d {}", 'x').to_string(), r"\d x");
    }

    #[test]
    fn arguments_that_are_texts_are_translated() {
        let catalog = |template: &str| match template {
            "expected {what}, found {found}" => Some("此处是{found}，应为{what}"),
            "a number" => Some("数字"),
            ", " => Some("、"),
            _ => None,
        };
        let what = message!("a number");
        let found = Message::list([what.clone(), Message::verbatim("a number")], &message!(", "));
        let message = message!("expected {what}, found {found}");
        assert_eq!(message.translated(&catalog), "此处是数字、a number，应为数字");
        assert_eq!(message, "expected a number, found a number, a number");
        let by_reference = &what;
        assert_eq!(message!("{by_reference}").translated(&catalog), "数字");
    }
}
