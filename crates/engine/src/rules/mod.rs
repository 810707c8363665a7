//! Rules as data: from files to a set of rules that can be judged.

pub mod codec;
pub mod compile;
pub mod compiled;
pub mod condition;
pub mod lint;
pub mod load;
pub mod model;
pub mod source;
