//! Diagnostics of rules as diagnostics of the protocol.

use crate::text::{Encoding, Lines};
use crate::uri;
use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Range,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tidegate_engine::diagnostic::{self, Place, Severity};
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::source::bundle::is_embedded;
use tidegate_messages::Language;

/// The name under which editors show the diagnostics.
pub const SOURCE: &str = "tidegate";

/// Converts places; the lines of each file are found once.
#[derive(Debug)]
pub struct Converter {
    encoding: Encoding,
    language: Language,
    lines: HashMap<String, Lines>,
}

impl Converter {
    /// A converter to positions of `encoding` and texts in `language`.
    pub fn new(encoding: Encoding, language: Language) -> Converter {
        Converter { encoding, language, lines: HashMap::new() }
    }

    /// The range of a place in its file.
    pub fn range(&mut self, place: &Place) -> Range {
        let text = &place.source.text;
        let name = place.source.name.clone();
        let lines = self.lines.entry(name).or_insert_with(|| Lines::new(text));
        lines.range(text, &place.range, self.encoding)
    }

    /// A diagnostic; without a place it is at the start of its file.
    pub fn diagnostic(&mut self, found: &diagnostic::Diagnostic) -> Diagnostic {
        let related: Vec<DiagnosticRelatedInformation> =
            found.related.iter().filter_map(|(place, word)| self.related(place, word)).collect();
        Diagnostic {
            range: found.place.as_ref().map_or_else(Range::default, |place| self.range(place)),
            severity: Some(match found.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(found.code.to_owned())),
            source: Some(SOURCE.to_owned()),
            message: text(found, self.language),
            related_information: (!related.is_empty()).then_some(related),
            ..Diagnostic::default()
        }
    }

    fn related(&mut self, place: &Place, word: &Message) -> Option<DiagnosticRelatedInformation> {
        let uri = uri::of_path(&path_of(place)?)?;
        let location = Location { uri, range: self.range(place) };
        Some(DiagnosticRelatedInformation { location, message: self.language.say(word) })
    }
}

/// The canonical path of the file of a place; `None` for embedded files.
pub fn path_of(place: &Place) -> Option<PathBuf> {
    (!is_embedded(&place.source)).then(|| uri::canonical(Path::new(&place.source.name)))
}

/// The message with its label and help, each on a line.
fn text(found: &diagnostic::Diagnostic, language: Language) -> String {
    let mut text = language.say(&found.message);
    if !found.label.is_empty() {
        text.push('\n');
        text.push_str(&language.say(&found.label));
    }
    if !found.help.is_empty() {
        text.push('\n');
        text.push_str(&language.say(&message!("help: {}", found.help)));
    }
    text
}

/// A character that is in no message.
const MARK: char = '\u{0}';

/// The word that the help of a message suggests instead of the marked one. The message is read,
/// because many clients do not send other data of a diagnostic back.
pub fn suggestion(message: &str) -> Option<&str> {
    [Language::English, Language::Chinese].into_iter().find_map(|language| {
        // The mark takes the place of the word; the text before it is that of the help.
        let help = message!("did you mean `{near}`?", near = MARK);
        let help = language.say(&message!("help: {help}"));
        let (before, _) = help.split_once(MARK)?;
        let (_, rest) = message.rsplit_once(before)?;
        rest.split_once('`').map(|(word, _)| word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tidegate_engine::diagnostic::Source;

    #[test]
    fn message_place_and_suggestion_are_kept() {
        let text = "a: 赌𝒳 gmae\n".to_owned();
        let source = Arc::new(Source { name: "/x/p.rules.yaml".to_owned(), text });
        let start = source.text.find("gmae").unwrap();
        let place = Place { source, range: start..start + 4 };
        let near = "game";
        let text = Message::verbatim("no `gmae`");
        let found = diagnostic::Diagnostic::error("unknown_name", text, Some(place.clone()))
            .label(Message::verbatim("here"))
            .help(message!("did you mean `{near}`?"))
            .related(place, message!("first here"));
        let chinese = Converter::new(Encoding::Utf16, Language::Chinese).diagnostic(&found);
        assert!(!chinese.message.contains("did you mean"), "{}", chinese.message);
        assert_eq!(suggestion(&chinese.message), Some("game"));
        let converted = Converter::new(Encoding::Utf16, Language::English).diagnostic(&found);
        assert_eq!(converted.message, "no `gmae`\nhere\nhelp: did you mean `game`?");
        assert_eq!((converted.range.start.character, converted.range.end.character), (7, 11));
        assert_eq!(suggestion(&converted.message), Some("game"));
        assert_eq!(converted.related_information.unwrap()[0].message, "first here");
        let bare = diagnostic::Diagnostic::warning("x", Message::verbatim("y"), None);
        let converted = Converter::new(Encoding::Utf8, Language::English).diagnostic(&bare);
        assert_eq!((converted.range, suggestion(&converted.message)), (Range::default(), None));
    }
}
