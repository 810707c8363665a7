//! The languages of messages for people, and the catalog of Chinese messages.
//!
//! Messages are written in English where they arise, by `message!` of the engine. The catalogs
//! under `po/zh/` have the Chinese template of each, in the format of gettext, so that editors for
//! translators can be used. Input: a [`Message`]. Output: its text in a [`Language`].
//!
//! Data for machines do not depend on the language: verdicts, JSON, codes, names, keys.

mod catalog;
mod po;

pub use catalog::chinese;

use std::ffi::OsStr;
use std::fmt;
use tidegate_engine::Message;

/// A language of messages and pages. Data are not translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese, in simplified characters.
    Chinese,
}

impl Language {
    /// The BCP 47 tag of the language.
    pub fn code(self) -> &'static str {
        self.pick("en", "zh-Hans")
    }

    /// Picks the alternative in this language.
    pub fn pick<T>(self, english: T, chinese: T) -> T {
        match self {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    /// The language of a tag or locale: `zh`, `zh-CN`, `zh_TW.UTF-8` are Chinese, all else English.
    pub fn of_tag(tag: &str) -> Language {
        let end = tag.find(['-', '_', '.', '@']).unwrap_or(tag.len());
        match tag[..end].to_ascii_lowercase().as_str() {
            "zh" => Language::Chinese,
            _ => Language::English,
        }
    }

    /// The language of the environment: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set
    /// and not empty, as for every program that follows POSIX.
    pub fn of_environment(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Language {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let set = names.into_iter().filter_map(variable).find(|value| !value.is_empty());
        set.as_deref().and_then(OsStr::to_str).map_or(Language::English, Language::of_tag)
    }

    /// The text of a message in this language.
    pub fn say(self, message: &Message) -> String {
        match self {
            Language::English => message.to_string(),
            Language::Chinese => message.translated(&chinese),
        }
    }

    /// A fixed text that is marked by `phrase!`, in this language.
    pub fn phrase(self, text: &str) -> &str {
        match self {
            Language::English => text,
            Language::Chinese => chinese(text).unwrap_or(text),
        }
    }
}

/// The name by which `--lang` selects the language.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.pick("en", "zh"))
    }
}

#[cfg(test)]
mod tests;
