//! Tables over single characters, generated from published data.
//!
//! * [`table`]: what a character folds to.
//! * [`noise`], [`latin_or_digit`], [`latin`], [`han`]: kinds of characters.
//! * [`word_class`]: which characters continue a word.
//! * [`marks()`], [`signs`], [`compose`]: what characters do to the ones before them.
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
mod generated_marks;
mod generated_pinyin;
mod lookalikes;
mod marks;
mod pinyin;
mod run;
mod splits;
mod words;

pub use charset::{CharSet, han, latin, latin_or_digit, noise, pair};
pub use fold::{DROPPED, EXPANDS, FoldTable, KEYCAP, REPLACEMENT, SYMBOLS_MAX, cased_table, table};
pub use lookalikes::{LookalikeTable, lookalikes};
pub use marks::{
    combining_class, compose, compose_hangul, is_hangul_part, marks, share_a_script, signs,
};
pub use pinyin::{SYLLABLE_LEN_MAX, Syllable, primary, readings, syllables, syllables_at};
pub use splits::{all_splits, splits};
pub use words::{WordClass, word_class};
