//! `schema`: what editors need to help with packs, policies and labels.

use crate::exit::Exit;
use crate::flags::{SchemaArgs, SchemaOf};
use crate::term;
use tidegate_analysis::labels::labels_schema;
use tidegate_engine::policy::policy_schema;
use tidegate_engine::rules::source::json_schema::pack_schema;

/// Runs the verb.
pub fn schema(args: &SchemaArgs) -> Exit {
    term::print(text(args.of).as_bytes())
}

/// A schema.
pub fn text(of: SchemaOf) -> String {
    match of {
        SchemaOf::Pack => pack_schema(),
        SchemaOf::Policy => policy_schema(),
        SchemaOf::Labels => labels_schema(),
    }
}
