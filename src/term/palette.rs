//! Text styles, one constant for each meaning.
//!
//! Numbered colours are chosen to be readable on dark and on light terminals; red and green, which the
//! terminal defines, are only for false and true, and the word `error`.

use anstyle::{Ansi256Color, AnsiColor, Color, Style};

/// Ordinary text.
pub const PLAIN: Style = Style::new();
/// Headings and names.
pub const STRONG: Style = Style::new().bold();
/// Details.
pub const FAINT: Style = Style::new().dimmed();
/// A condition that is true.
pub const YES: Style = AnsiColor::Green.on_default();
/// A condition that is false.
pub const NO: Style = AnsiColor::Red.on_default();
/// A warning, and the actions `flag` and `review`.
pub const WARN: Style = mixed(130);
/// The action `block`.
pub const BLOCK: Style = mixed(162);
/// The word `error` before a message.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Names of matchers and categories, in turn.
pub const NAMES: [Style; 6] = [mixed(30), mixed(162), mixed(130), mixed(33), mixed(97), mixed(136)];

/// A colour of the 256-colour table.
const fn mixed(number: u8) -> Style {
    Style::new().fg_color(Some(Color::Ansi256(Ansi256Color(number))))
}

/// The style of an action.
pub fn action(name: &str) -> Style {
    match name {
        "allow" => STRONG,
        "block" => BLOCK.bold(),
        _ => WARN.bold(),
    }
}
