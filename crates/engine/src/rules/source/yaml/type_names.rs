//! What messages call the types of the schema.

use crate::message::{Message, message, phrase};

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
        "MeasuresFile" => phrase!("measures"),
        "IgnoreKeys" => phrase!("an entry of `ignore`"),
        "StepKeys" | "ChannelStepKeys" => phrase!("a step"),
        "LimitBody" => phrase!("a breaker"),
        "OperationKeys" => phrase!("an operation"),
        other => {
            return match section_of_measures(other) {
                Some(key) => message!("the mapping `{key}`"),
                None => Message::verbatim(other.to_lowercase()),
            };
        }
    })
}

/// The key of a section of a measures file, which has one mapping of the type.
fn section_of_measures(name: &str) -> Option<&'static str> {
    Some(match name {
        "ClockKeys" => "clock",
        "CampaignKeys" => "campaigns",
        "HarmfulKeys" => "harmful",
        "StoryKeys" => "story",
        "LadderKeys" => "ladder",
        "AuthorKeys" => "author",
        "PointKeys" => "points",
        "ChannelKeys" => "channel",
        "QueueKeys" => "queue",
        "KeepKeys" => "keep",
        "BoundKeys" => "bounds",
        _ => return None,
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
        "PerName" => phrase!("value of `per`"),
        other => return Message::verbatim(other.trim_end_matches("Name").to_lowercase()),
    })
}
