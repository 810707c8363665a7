//! Texts that are quantities, each with its pattern for editors.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// Types of texts with a pattern.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $pattern:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub String);

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "string", "pattern": $pattern })
                }
            }

            impl AsRef<str> for $name {
                fn as_ref(&self) -> &str {
                    &self.0
                }
            }
        )*
    };
}

texts! {
    /// A duration: `90s`, `10m`, `1h30m`, `30d`.
    DurationText, "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
    /// A duration, or `unlimited`.
    KeepText, "^(unlimited|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$";
    /// A percentage: `30 %`, `0.5 %`.
    PercentText, "^[0-9]+(\\.[0-9]{1,4})? *%$";
    /// Posts in a period: `2000/hour`, `100/10m`.
    RateText, "^[0-9]+ */ *(minute|hour|day|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$";
    /// A day or a time: `2026-03-01`, `2026-03-01T08:00:00+08:00`.
    MomentText, "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$";
}
