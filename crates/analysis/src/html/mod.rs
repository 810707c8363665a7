//! Shared parts of the HTML pages. A page is one file, readable without scripts, and loads nothing.
//!
//! * `templates/page.html` is the frame: head, style, the script that sorts tables. A page extends
//!   it, has a field `head: Head`, and fills the block `content`.
//! * Templates escape what they print. Untrusted text goes through [`SafeText`] first, which spells
//!   out characters that change the reading direction or control terminals.
//! * [`chart`] and [`plot`] draw plain SVG, coloured by the style of the frame. The colour of a
//!   category is always the same ([`category_fill`]).
//! * Pages contain no date: the same data give the same page.

pub mod chart;
pub mod plot;

use std::fmt;
use tidegate_engine::Message;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::output::json::acts_on_terminals;
use tidegate_messages::Language;
use xxhash_rust::xxh3::xxh3_64;

/// The style of all pages: colours, light and dark, of actions and categories too.
pub const PAGE_STYLE: &str = include_str!("../../templates/page.css");

/// Data of the page frame.
#[derive(Clone, Debug)]
pub struct Head {
    /// The language of the page.
    pub language: Language,
    /// Its title.
    pub title: SafeText,
}

impl Head {
    /// A text of a template in the language of the page.
    pub fn phrase<'t>(&self, text: &'t str) -> &'t str {
        self.language.phrase(text)
    }

    /// The version of the program.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// The colour class of each category, by its number: a category has the same colour on every page.
const CATEGORY_FILLS: [&str; 18] = [
    "fill-k0", "fill-k1", "fill-k2", "fill-k3", "fill-k4", "fill-k5", "fill-k6", "fill-k7",
    "fill-k8", "fill-k9", "fill-k10", "fill-k11", "fill-k12", "fill-k13", "fill-k14", "fill-k15",
    "fill-k16", "fill-k17",
];

// A new category needs a colour here and in page.css.
const _: () = assert!(CATEGORY_FILLS.len() == Category::BUILT_IN);

/// The colour classes of declared categories. The name chooses one, so that a category has the same
/// colour in every report, independent of the others.
const OWN_FILLS: [&str; 8] =
    ["fill-x0", "fill-x1", "fill-x2", "fill-x3", "fill-x4", "fill-x5", "fill-x6", "fill-x7"];

/// The colour class of a category.
pub fn category_fill(category: Category) -> &'static str {
    let own = || OWN_FILLS[xxh3_64(category.name().as_bytes()) as usize % OWN_FILLS.len()];
    CATEGORY_FILLS.get(category.index()).copied().unwrap_or_else(own)
}

/// Untrusted text, made safe to display. Templates escape it for HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeText(String);

impl SafeText {
    /// `text` with control characters and line ends spelled out.
    pub fn of(text: &str) -> SafeText {
        if !text.contains(acts_on_terminals) {
            return SafeText(text.to_owned());
        }
        let mut out = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            match character {
                '\n' => out.push('⏎'),
                '\t' => out.push(' '),
                other if acts_on_terminals(other) => out.extend(other.escape_unicode()),
                other => out.push(other),
            }
        }
        SafeText(out)
    }

    /// A message in a language.
    pub fn say(language: Language, message: &Message) -> SafeText {
        SafeText::of(&language.say(message))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number with grouped digits: `12,345`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(self.0))
    }
}

/// A share: `12.3 %`, `0.05 %`; `–` if the whole is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
}

impl Share {
    /// As a number from 0 to 1, for sorting.
    pub fn ratio(&self) -> f64 {
        if self.whole == 0 { 0.0 } else { self.part as f64 / self.whole as f64 }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.ratio() * 100.0;
        match self {
            Share { whole: 0, .. } => f.write_str("–"),
            Share { part: 0, .. } => f.write_str("0 %"),
            _ if percent < 0.01 => f.write_str("< 0.01 %"),
            _ if percent < 1.0 => write!(f, "{percent:.2} %"),
            Share { part, whole } if part < whole && percent > 99.9 => f.write_str("> 99.9 %"),
            _ if percent < 100.0 => write!(f, "{percent:.1} %"),
            _ => write!(f, "{percent:.0} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_untrusted_text() {
        assert_eq!(SafeText::of("a帖子<b>").as_str(), "a帖子<b>");
        assert_eq!(SafeText::of("a\u{202e}b\n\u{1b}").as_str(), r"a\u{202e}b⏎\u{1b}");
    }

    #[test]
    fn formats_shares() {
        for (part, whole, text) in [
            (0, 0, "–"),
            (0, 5, "0 %"),
            (1, 1_000_000, "< 0.01 %"),
            (1, 1000, "0.10 %"),
            (1, 3, "33.3 %"),
            (999_999, 1_000_000, "> 99.9 %"),
            (5, 5, "100 %"),
        ] {
            assert_eq!(Share { part, whole }.to_string(), text);
        }
        assert_eq!(Count(1234).to_string(), "1,234");
    }
}
