//! Rules as data: from files to a set of rules that can be judged.

pub mod compile;
pub mod compiled;
pub mod condition;
pub mod embedded;
pub mod json_schema;
pub mod lint;
pub mod load;
pub mod model;
pub mod program;
pub mod schema;
pub mod stored;
pub mod suggest;
pub mod trigger;
pub mod wordlist;
pub mod yaml;
