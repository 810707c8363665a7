//! Limits of a run, and the conditions under which it fails.

use super::number::{line_size, percent};
use super::rules::category_names;
use crate::term::say;
use clap::Args;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;

/// Limits of a scan.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Longest line to read; a longer line is unreadable (too_long)
    ///
    /// In bytes, or with a suffix k, M or G for 1024, 1024² or 1024³.
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = line_size)]
    pub max_line: usize,
    /// Exit with status 3 if more than N lines, or more than this share, are unreadable
    ///
    /// Without it, and without --strict, a run exits with status 3 if no line at all is a post, or
    /// if half of the lines seem to be in another encoding. `--max-errors 100%` accepts all.
    #[arg(long, value_name = "N|N%", value_parser = ErrorLimit::parse)]
    pub max_errors: Option<ErrorLimit>,
    /// Exit with status 3 if any line is unreadable; same as --max-errors 0
    #[arg(long, conflicts_with = "max_errors")]
    pub strict: bool,
    /// Exit with status 1 if any post has this action (or stronger) or category
    #[arg(
        long,
        value_name = "ACTION|CATEGORY,…",
        value_delimiter = ',',
        value_parser = Alarm::parse,
        long_help = alarms_help()
    )]
    pub fail_on: Vec<Alarm>,
}

fn alarms_help() -> String {
    format!(
        "Exit with status 1 if any post has this action or a stronger one, or if a rule of this \
         category fired\n\nActions: flag, review, block, care. Categories: {}.",
        category_names()
    )
}

/// How many unreadable lines are accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ErrorLimit {
    /// So many.
    Lines(u64),
    /// So many percent of all lines.
    Percent(f64),
}

impl ErrorLimit {
    pub fn parse(value: &str) -> Result<ErrorLimit, String> {
        let limit = match value.strip_suffix('%') {
            None => value.parse().ok().map(ErrorLimit::Lines),
            Some(share) => percent(share).ok().map(ErrorLimit::Percent),
        };
        limit.ok_or_else(|| say!("expected a number of lines, or a share such as 5%"))
    }

    /// Are so many of the lines too many?
    pub fn is_exceeded(self, unreadable: u64, lines: u64) -> bool {
        match self {
            ErrorLimit::Lines(most) => unreadable > most,
            ErrorLimit::Percent(most) => unreadable as f64 * 100.0 > lines as f64 * most,
        }
    }
}

/// A condition of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// This action or a stronger one.
    Action(Action),
    /// The `care` mark: the author of a post may need help.
    Care,
    /// A rule of this category fired.
    Category(Category),
}

impl Alarm {
    fn parse(name: &str) -> Result<Alarm, String> {
        let action = Action::from_name(name).filter(|action| *action != Action::Allow);
        let category = Category::from_name(name);
        let care = (name == "care").then_some(Alarm::Care);
        let alarm = action.map(Alarm::Action).or(care).or(category.map(Alarm::Category));
        alarm.ok_or_else(|| {
            say!("expected flag, review, block, care or a category: {}", category_names())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: LimitArgs,
    }

    fn parse(line: &str) -> Result<LimitArgs, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.args)
    }

    #[test]
    fn parses_limits() {
        let args = parse("x --max-line 64k --max-errors 3").unwrap();
        let three = Some(ErrorLimit::Lines(3));
        assert_eq!((args.max_line, args.max_errors, args.strict), (1 << 16, three, false));
        assert!(parse("x --strict").unwrap().strict);
        assert!(parse("x --strict --max-errors 3").is_err());
        assert!(parse("x --max-errors 101%").is_err() && parse("x --max-errors x").is_err());
        let half = parse("x --max-errors 2.5%").unwrap().max_errors.unwrap();
        assert!(half.is_exceeded(6, 200) && !half.is_exceeded(5, 200) && !half.is_exceeded(0, 0));
    }

    #[test]
    fn parses_alarms() {
        let spam = Category::from_name("spam").unwrap();
        assert_eq!(
            parse("x --fail-on block,care,spam").unwrap().fail_on,
            [Alarm::Action(Action::Block), Alarm::Care, Alarm::Category(spam)]
        );
        assert!(Alarm::parse("allow").unwrap_err().contains("clickbait"));
    }
}
