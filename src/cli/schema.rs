//! `schema`: what editors need to help with packs, policies and labels.

use super::args::{SchemaArgs, SchemaOf};
use super::exit::Exit;
use super::terminal;
use tidegate::policy::policy_schema;
use tidegate::ruleset::json_schema::pack_schema;
use tidegate::study::labels::labels_schema;

/// Runs the verb.
pub fn schema(args: &SchemaArgs) -> Exit {
    terminal::print(text(args.of).as_bytes())
}

/// A schema.
pub fn text(of: SchemaOf) -> String {
    match of {
        SchemaOf::Pack => pack_schema(),
        SchemaOf::Policy => policy_schema(),
        SchemaOf::Labels => labels_schema(),
    }
}
