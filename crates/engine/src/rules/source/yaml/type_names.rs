//! What messages call the types of the schema.

use crate::message::Message;
use crate::message::phrase;

/// A mapping: "a matcher" for `MatcherBody`.
pub(super) fn type_name(name: &str) -> Message {
    Message::phrase(match name {
        "Pack" => phrase!("a pack"),
        "Defaults" => phrase!("defaults"),
        "Period" => phrase!("a period"),
        "MatcherBody" => phrase!("a matcher"),
        "Rule" => phrase!("a rule"),
        "Tests" => phrase!("tests"),
        "Correlate" => phrase!("`correlate`"),
        "CorrelateCondition" => phrase!("the condition of `correlate`"),
        "ExampleBody" => phrase!("an example"),
        "Policy" => phrase!("a policy"),
        "Thresholds" => phrase!("thresholds"),
        "CategoryBody" => phrase!("a category"),
        "LabelFile" => phrase!("a labelfile"),
        "SetOptions" => phrase!("setoptions"),
        "Channel" => phrase!("a channel"),
        "Override" => phrase!("an override"),
        "Exception" => phrase!("an exception"),
        other => return Message::verbatim(other.to_lowercase()),
    })
}

/// A word of a fixed list: "level" for `LevelName`.
pub(super) fn word_name(name: &str) -> Message {
    Message::phrase(match name {
        "LevelName" => phrase!("level"),
        "StatusName" => phrase!("status"),
        "EdgeName" => phrase!("edge"),
        "ViewName" => phrase!("view"),
        "KindName" => phrase!("kind"),
        "ActionName" => phrase!("action"),
        "ModeName" => phrase!("mode"),
        "EntityName" => phrase!("entity"),
        "CheckName" => phrase!("check"),
        "TypeName" => phrase!("type"),
        other => return Message::verbatim(other.trim_end_matches("Name").to_lowercase()),
    })
}
