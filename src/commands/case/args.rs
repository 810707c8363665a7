//! Arguments and help of `case`.

use crate::flags::{ColorArgs, HtmlPageArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Arguments of `case`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct CaseArgs {
    /// Id of the case, as `queue` and the output of `correlate` name it
    #[arg(value_name = "ID", required_unless_present = "verify")]
    pub id: Option<String>,
    /// File of the state, also while a run writes to it
    #[arg(long, value_name = "FILE", required_unless_present = "verify")]
    pub state: Option<PathBuf>,
    /// File of the measures of the run: they name the steps [default: built-in values]
    #[arg(long, value_name = "FILE")]
    pub measures: Option<PathBuf>,
    /// Format of the case [default: text on a terminal, otherwise json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<CaseFormat>,
    /// Write an HTML page instead
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub html: Option<PathBuf>,
    /// Write a folder that can be handed over: texts, names and ids are masked
    ///
    /// The folder must be new or empty. It has case.json, evidence.jsonl, template.txt, timeline.csv
    /// and a MANIFEST with the SHA-256 of each. Cases of persons who may need help are refused.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["html", "format"])]
    pub out: Option<PathBuf>,
    /// Mask nothing in the folder; this is written to the log of the state
    #[arg(long, requires = "out", requires = "by")]
    pub reveal: bool,
    /// Who reveals: a name for the log
    #[arg(long, value_name = "NAME", requires = "reveal", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub by: Option<String>,
    /// Compare a folder with its MANIFEST, and with the log of --state if that is given
    ///
    /// Exits with status 1 if a file was changed, removed or added.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["id", "out", "html", "format", "measures"])]
    pub verify: Option<PathBuf>,
    #[command(flatten)]
    pub page: HtmlPageArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

/// A format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CaseFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate case c-k3f9c2a71d0 --state city.db
  tidegate case c-k3f9c2a71d0 --state city.db --html case.html
  tidegate case c-k3f9c2a71d0 --state city.db --out hand-over/
  tidegate case --verify hand-over/ --state city.db";
