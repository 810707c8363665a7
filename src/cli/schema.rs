//! `schema`: what editors need to help with packs and policies.

use super::args::{SchemaArgs, SchemaOf};
use super::exit::Exit;
use super::terminal;
use tidegate::policy::policy_schema;
use tidegate::ruleset::json_schema::pack_schema;

/// Runs the verb.
pub fn schema(args: &SchemaArgs) -> Exit {
    let schema = match args.of {
        SchemaOf::Pack => pack_schema(),
        SchemaOf::Policy => policy_schema(),
    };
    terminal::print(schema.as_bytes())
}
