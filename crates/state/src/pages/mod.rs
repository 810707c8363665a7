//! Shared parts of the pages about a state: names in both languages, templates with their slots, a
//! chart of hours. Frame, style and charts are those of [`tidegate_analysis::html`].

mod hours;
pub mod names;
mod pieces;

pub use hours::hours_chart;
pub use pieces::{SlotRow, TemplatePiece, slot_rows, template_pieces};

/// A struct of words, each in English and Chinese.
macro_rules! words {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        /// Headings and labels.
        #[derive(Clone, Copy, Debug)]
        struct Words { $($name: &'static str,)* }

        impl Words {
            /// The texts in a language.
            fn of(language: tidegate_messages::Language) -> Words {
                Words { $($name: language.pick($english, $chinese),)* }
            }
        }
    };
}
pub(crate) use words;
