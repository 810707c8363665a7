//! Tables over single characters, generated from published data.
//!
//! * [`table`]: what a character folds to.
//! * [`noise`], [`latin_or_digit`], [`latin`], [`han`]: kinds of characters.
//! * [`lookalikes()`]: which characters look alike.
//! * [`mod@splits`]: characters written as their parts, 贝者 for 赌.
//! * [`readings`], [`syllables_at`]: toneless Mandarin.
//!
//! Every table is a function of the character alone. The generator and the definition of each
//! table are in `tools/tables`; a test there compares the checked-in files with its output.

mod charset;
mod fold;
mod generated_classes;
mod generated_fold;
mod generated_lookalikes;
mod generated_pinyin;
mod lookalikes;
mod pinyin;
mod run;
mod splits;

pub use charset::{CharSet, han, latin, latin_or_digit, noise, pair};
pub use fold::{DROPPED, EXPANDS, FoldTable, REPLACEMENT, SYMBOLS_MAX, cased_table, table};
pub use lookalikes::{LookalikeTable, lookalikes};
pub use pinyin::{SYLLABLE_LEN_MAX, Syllable, primary, readings, syllables, syllables_at};
pub use splits::{all_splits, splits};
