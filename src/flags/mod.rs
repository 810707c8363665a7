//! Argument groups shared by several commands, and parsers of their values.
//!
//! This is the ground of the program: a group may use another group, never a command.

mod color;
mod corpus;
mod disguise;
mod framing;
mod input;
mod labelled;
mod limits;
mod mapping;
mod messages;
pub mod number;
mod output;
mod page;
mod resume;
mod rules;
mod running;
#[cfg(feature = "state")]
mod state;

pub use color::ColorArgs;
pub use corpus::CorpusArgs;
pub use disguise::DisguiseArgs;
pub use framing::FramingArgs;
pub use input::InputArgs;
pub use labelled::{EvalInputArgs, LabelledArgs};
pub use limits::{Alarm, ErrorLimit, LimitArgs};
pub use mapping::{MappingArgs, short_html};
pub use messages::{MessageArgs, StatsTarget};
pub use output::OutputArgs;
pub use page::HtmlPageArgs;
pub use rules::{RuleArgs, category, is_embedded_name, known_category};
pub use running::RunningArgs;
#[cfg(feature = "state")]
pub use state::{FormArgs, ListArgs, MeasuresArgs, StateFileArgs};
