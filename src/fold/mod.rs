//! Folding: texts that read alike become equal sequences of symbols.

pub mod tables;
