//! Text styles, one constant for each meaning.

use anstyle::{AnsiColor, Style};

/// Ordinary text.
pub const PLAIN: Style = Style::new();
/// Headings and names.
pub const STRONG: Style = Style::new().bold();
/// Details.
pub const FAINT: Style = Style::new().dimmed();
/// A condition that is true, an action of `allow`.
pub const YES: Style = AnsiColor::Green.on_default();
/// A condition that is false, an action of `block`.
pub const NO: Style = AnsiColor::Red.on_default();
/// A warning.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// The word `error` before a message.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
