//! The help of the command line in Chinese.
//!
//! The help is written in English, in the comments of arguments. For Chinese, every text of a
//! `clap::Command` is looked up in the catalog `help.po`, by paragraph or else by line.

use crate::term;
use clap::builder::{Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use std::error::Error as _;
use tidegate_engine::message::{Message, message};
use tidegate_messages::{Language, chinese};

/// The command with its help in the language of the user.
pub fn localized(command: Command) -> Command {
    match term::language() {
        Language::English => command,
        Language::Chinese => in_chinese(command),
    }
}

/// The command in Chinese. Headings and flags of `clap` itself are written in English.
pub fn in_chinese(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).global(true);
    let help = help.help("显示帮助（`-h` 只显示摘要）").help_heading("选项");
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let version = version.help("显示版本").help_heading("选项");
    let command = command.disable_help_flag(true).disable_version_flag(true);
    translated_command(command).arg(help).arg(version)
}

const TEMPLATE: &str = "{before-help}{about-with-newline}
用法：{usage}

{all-args}{after-help}";

fn translated_command(mut command: Command) -> Command {
    let ids: Vec<_> = command.get_arguments().map(|argument| argument.get_id().clone()).collect();
    for id in ids {
        command = command.mut_arg(id, argument);
    }
    let names: Vec<String> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, translated_command);
    }
    let about = command.get_about().map(translated);
    let long_about = command.get_long_about().map(translated);
    let after_help = command.get_after_help().map(translated);
    command = command.help_template(TEMPLATE).subcommand_help_heading("命令");
    command = command.about(Resettable::from(about)).long_about(Resettable::from(long_about));
    match after_help {
        Some(text) => command.after_help(text),
        None => command,
    }
}

fn argument(argument: Arg) -> Arg {
    let (help, long_help) = (argument.get_help(), argument.get_long_help());
    let (help, long_help) = (help.map(translated), long_help.map(translated));
    let heading = if argument.is_positional() { "参数" } else { "选项" };
    let argument = argument.help(Resettable::from(help)).long_help(Resettable::from(long_help));
    argument.help_heading(heading)
}

fn translated(text: &StyledStr) -> StyledStr {
    let text = text.to_string();
    let paragraphs = text.split("\n\n").map(|paragraph| match chinese(paragraph) {
        Some(text) => text.to_owned(),
        None => paragraph.split('\n').map(line).collect::<Vec<_>>().join("\n"),
    });
    paragraphs.collect::<Vec<_>>().join("\n\n").into()
}

/// A line, with its indent and a number before its text.
fn line(line: &str) -> String {
    let text = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
    match chinese(text) {
        Some(chinese) => format!("{}{chinese}", &line[..line.len() - text.len()]),
        None => line.to_owned(),
    }
}

/// A wrong argument, in the words of the user's language; `None` where `clap` words it: in English,
/// and for errors that are not usual.
pub fn usage_error(error: &clap::Error) -> Option<Message> {
    if term::language() == Language::English {
        return None;
    }
    let of = |kind| error.get(kind).map(printed);
    let argument = of(ContextKind::InvalidArg);
    let what = match (error.kind(), argument) {
        (ErrorKind::UnknownArgument, Some(name)) => match of(ContextKind::SuggestedArg) {
            Some(near) => message!("there is no flag `{name}`; did you mean `{near}`?"),
            None => message!("there is no flag `{name}`"),
        },
        (ErrorKind::InvalidValue, Some(name)) => {
            let value = of(ContextKind::InvalidValue).unwrap_or_default();
            match of(ContextKind::ValidValue) {
                _ if value.is_empty() => message!("`{name}` needs a value"),
                Some(valid) => message!("`{value}` is no value of `{name}`; choose {valid}"),
                None => message!("`{value}` is no value of `{name}`"),
            }
        }
        (ErrorKind::ValueValidation, Some(name)) => {
            let value = of(ContextKind::InvalidValue).unwrap_or_default();
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            message!("`{value}` is no value of `{name}`: {why}")
        }
        (ErrorKind::ArgumentConflict, Some(name)) => {
            let other = of(ContextKind::PriorArg).unwrap_or_default();
            message!("`{name}` cannot be used with `{other}`")
        }
        (ErrorKind::MissingRequiredArgument, Some(name)) => message!("`{name}` is missing"),
        _ => return None,
    };
    Some(message!("{what}; see `--help`"))
}

fn printed(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(all) => all.join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_indent_and_number() {
        assert_eq!(line("  2  reading or writing failed"), "  2  读写失败");
        assert_eq!(line("  tidegate check x"), "  tidegate check x");
    }
}
