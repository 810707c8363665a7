//! Arguments and help of `scan`.

use crate::exit::Exit;
use crate::flags::{
    FramingArgs, InputArgs, LimitArgs, MappingArgs, MessageArgs, OutputArgs, RuleArgs, RunningArgs,
    short_html,
};
use clap::Args;
use std::path::PathBuf;
use tidegate_pipeline::input::FOLDER_NAMES;

/// Arguments of `scan`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP, after_long_help = after_long_help())]
#[command(mut_arg("html_text", short_html))]
pub struct ScanArgs {
    /// Files, folders or glob patterns; `-` is standard input
    #[arg(value_name = "FILE|DIR|GLOB", long_help = files_help())]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub framing: FramingArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub running: RunningArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
}

const AFTER_HELP: &str = "\
Examples:
  zcat feed.jsonl.gz | tidegate > verdicts.jsonl
  tidegate --only flagged archive/ > flagged.jsonl
  tidegate --preset mastodon --rules my-rules/ statuses.jsonl

Use --help for details of each flag and the exit statuses.";

fn after_long_help() -> String {
    let mut text = String::from(
        "\
Examples:
  zcat feed.jsonl.gz | tidegate > verdicts.jsonl
      Judge a compressed feed; `tidegate feed.jsonl.gz` reads it directly.
  tail -f posts.jsonl | tidegate --only flagged
      Follow a live feed: each verdict is written as soon as its line arrives.
  tidegate --only block,review --annotate archive/
      Write the posts themselves, each with its verdict as the last member.
  echo '{\"body\":\"…\"}' | tidegate --text /body
      Read the text from another member.
  tidegate --preset lines comments.txt --fail-on gambling
      Read plain text, one post per line; exit with status 1 if any is about gambling.

Exit status:
",
    );
    for (_, code, meaning) in Exit::TABLE {
        text.push_str(&format!("  {code:>3}  {meaning}\n"));
    }
    text
}

fn files_help() -> String {
    format!(
        "Files, folders or glob patterns to read instead of standard input; `-` is standard \
         input\n\n\
         gzip, zstd, bzip2, xz and tar are recognised by content, not by name. In a folder or an \
         archive, these files are read in path order: {FOLDER_NAMES}."
    )
}
