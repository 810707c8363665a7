//! `schema`: what editors need to help with packs and policies.

use super::args::{SchemaArgs, SchemaOf};
use super::exit::Exit;
use super::terminal;
use schemars::generate::SchemaSettings;
use tidegate::policy::schema::Policy;
use tidegate::ruleset::schema::Pack;

/// Runs the verb.
pub fn schema(args: &SchemaArgs) -> Exit {
    // The draft that the language servers for YAML know best.
    let generator = SchemaSettings::draft07().into_generator();
    let schema = match args.of {
        SchemaOf::Pack => generator.into_root_schema_for::<Pack>(),
        SchemaOf::Policy => generator.into_root_schema_for::<Policy>(),
    };
    terminal::print(format!("{:#}\n", schema.as_value()).as_bytes())
}
