//! Standard output and standard error.
//!
//! Text from outside (file names, arguments, rule files) is escaped before it is printed:
//! no control character, escape sequence or bidirectional override reaches a terminal.
//! Colour follows `--color`, NO_COLOR and whether the stream is a terminal.

mod color;
pub mod counts;
pub mod diagnostics;
mod escape;
mod language;
pub mod layout;
mod output;
pub mod palette;
pub mod progress;
mod refuse;
pub mod table;
pub mod width;
pub mod wrap;

#[cfg(feature = "serve")]
pub use color::is_stderr_colored;
pub use color::{Color, is_stdout_colored};
pub use escape::{one_line, printable};
pub(crate) use language::say;
pub use language::{choose, chosen, language, phrase};
pub use output::{columns, error, exit_of, is_interactive, json_line, note, print, stdout};
#[cfg(feature = "serve")]
pub use refuse::refusal_text;
pub use refuse::{refuse, show};
