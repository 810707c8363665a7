//! Which verdicts are written, in which form, and where.

use super::page::HtmlPageArgs;
use super::resume::ResumeArgs;
use crate::term::say;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use tidegate_engine::output::{Detail, Offsets, Style};
use tidegate_pipeline::{Selection, VerdictKind};

/// Output of a scan.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write only verdicts of these kinds; the summary still counts all
    ///
    /// `flagged` is short for flag,review,block,care. Others: allow, flag, review, block,
    /// care, skipped, unreadable.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = verdict_kind)]
    pub only: Vec<VerdictKind>,
    /// Omit rules and evidence
    #[arg(long)]
    pub brief: bool,
    /// Write the posts, each with its verdict as the last member `tidegate`
    ///
    /// The post itself is written unchanged: redaction applies only to the evidence. For a
    /// line that is not a post, only the verdict is written.
    #[arg(long)]
    pub annotate: bool,
    /// Form of the verdicts: for programs or for people
    ///
    /// `human` shows about two lines a post: the text with its hits in colour, then the action, the
    /// categories and the titles of the rules. `auto` is `human` on a terminal, and `json` in a
    /// pipe, in a file, and with --annotate, --brief, --stamp or --framing.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    format: Format,
    /// Unit of the offsets in evidence
    #[arg(long, value_enum, default_value_t, hide_possible_values = false, value_name = "UNIT")]
    offsets: OffsetUnit,
    /// Name the rule set and the engine version in every verdict, also of lines that are not posts
    ///
    /// `ruleset` is the hash over packs, lists and policy, `engine` the version of the program. A job
    /// over many machines can check that one rule set and one version judged all of its posts.
    #[arg(long)]
    pub stamp: bool,
    /// Write verdicts as soon as they are ready, not in input order
    #[arg(long)]
    pub unordered: bool,
    /// Write to a file (replaced if it exists) instead of standard output; `-` is standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also write the raw lines that are not posts to a file, in input order
    ///
    /// Blank lines, and lines longer than --max-line, are not kept. With --framing, they are in frames
    /// too.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub dead_letter: Option<PathBuf>,
    #[command(flatten)]
    pub resuming: ResumeArgs,
    /// Also write an HTML report of the run: volume, categories, sources, times, rules
    ///
    /// With --resume, of all verdicts in the file: of posts it knows what their verdicts say.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub page: HtmlPageArgs,
}

impl OutputArgs {
    /// Whether verdicts are written for people; `is_terminal` says whether standard output is a
    /// terminal on which they may be.
    ///
    /// # Errors
    ///
    /// Flags that only JSON has.
    pub fn is_human(&self, is_terminal: bool) -> Result<bool, String> {
        let needs_json =
            self.annotate || self.brief || self.stamp || self.resuming.period().is_some();
        match self.format {
            Format::Json => Ok(false),
            Format::Auto => Ok(is_terminal && self.out.is_none() && !needs_json),
            Format::Human if needs_json => {
                let flags = &say!("--annotate, --brief, --stamp, --watch and --resume");
                Err(say!("--format human cannot be combined with {flags}; remove one of them"))
            }
            Format::Human => Ok(true),
        }
    }

    /// Are verdicts for people wanted, wherever they go?
    pub fn is_for_people(&self) -> bool {
        self.format == Format::Human
    }

    /// Form of the verdicts.
    pub fn style(&self) -> Style {
        Style {
            detail: if self.brief { Detail::Brief } else { Detail::Full },
            offsets: match self.offsets {
                OffsetUnit::Bytes => Offsets::Bytes,
                OffsetUnit::Chars => Offsets::Chars,
                OffsetUnit::Utf16 => Offsets::Utf16,
            },
            annotate: self.annotate,
            stamp: self.stamp,
        }
    }

    /// Which verdicts are written.
    pub fn selection(&self) -> Selection {
        Selection::of(&self.only)
    }
}

/// Form of the verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people on a terminal, otherwise JSON
    #[default]
    Auto,
    /// One JSON object per line
    Json,
    /// About two lines a post
    Human,
}

/// Unit of the offsets in evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OffsetUnit {
    /// Bytes of UTF-8
    #[default]
    Bytes,
    /// Unicode characters
    Chars,
    /// UTF-16 code units, as in JavaScript and Java
    Utf16,
}

/// The kind of verdict of this name.
fn verdict_kind(name: &str) -> Result<VerdictKind, String> {
    VerdictKind::from_name(name).ok_or_else(|| {
        say!("expected flagged, allow, flag, review, block, care, skipped or unreadable")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use tidegate_engine::domain::action::Action;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: OutputArgs,
    }

    fn parse(line: &str) -> Result<OutputArgs, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.args)
    }

    #[test]
    fn everything_is_selected_by_default() {
        assert_eq!(parse("x").unwrap().selection(), Selection::ALL);
    }

    #[test]
    fn flagged_selects_every_action_above_allow_and_care() {
        let selection = parse("x --only flagged,unreadable").unwrap().selection();
        let actions = Action::ALL.map(|action| selection.actions[action as usize]);
        assert_eq!(actions, Action::ALL.map(|action| action != Action::Allow));
        assert!(selection.care && selection.unreadable && !selection.skipped);
    }

    #[test]
    fn unknown_kinds_are_rejected() {
        assert_eq!(verdict_kind("block"), Ok(VerdictKind::Action(Action::Block)));
        assert!(verdict_kind("blocked").unwrap_err().contains("expected flagged"));
    }

    #[test]
    fn flags_set_the_style() {
        let style = parse("x --brief --offsets utf16 --stamp").unwrap().style();
        assert_eq!((style.detail, style.offsets), (Detail::Brief, Offsets::Utf16));
        assert!(style.stamp && !style.annotate);
    }

    #[test]
    fn resuming_needs_a_file_and_input_order() {
        assert!(parse("x --resume").is_err() && parse("x --resume -o y").is_ok());
        assert!(parse("x --resume -o y --unordered").is_err());
        assert!(parse("x --resume -o y --report z").is_ok());
    }
}
