//! `schema`: the JSON Schemas of packs, policies, measures and label files.

use crate::exit::Exit;
use crate::term;
use clap::{Args, ValueEnum};
use tidegate_analysis::labels::labels_schema;
use tidegate_engine::policy::policy_schema;
use tidegate_engine::rules::source::json_schema::pack_schema;

/// Arguments of `schema`.
#[derive(Args, Debug)]
#[command(after_help = "Example: tidegate schema pack > pack.schema.json")]
pub struct SchemaArgs {
    /// Kind of file
    kind: SchemaKind,
}

/// A kind of file that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// A rule pack, NAME.rules.yaml
    Pack,
    /// A policy, NAME.policy.yaml
    Policy,
    /// Label definitions, labels.yaml
    Labels,
    /// Measures of a stream, NAME.measures.yaml
    #[cfg(feature = "state")]
    Measures,
}

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Exit {
    term::print(text(args.kind).as_bytes())
}

/// The schema of a kind of file.
pub fn text(kind: SchemaKind) -> String {
    match kind {
        SchemaKind::Pack => pack_schema(),
        SchemaKind::Policy => policy_schema(),
        SchemaKind::Labels => labels_schema(),
        #[cfg(feature = "state")]
        SchemaKind::Measures => tidegate_state::measures::measures_schema(),
    }
}
