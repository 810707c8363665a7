//! The texts of posts as symbols: folded, and in the projections that wider views read.
//!
//! * `batch`: the folded texts of a batch, and their projections.
//! * `post`: one post of a batch: its original fields and their symbols.
//! * `projection`: how a projection is derived from folded text, and kernels that do it.
//! * `noise`, `syllable`: what projections skip, and how they write sounds.
//! * [`script`]: scripts of fields.
//! * [`segments`]: the lines and sentences of a field.
//! * [`render`]: projections as readable text, for `explain`.

pub(in crate::scan) mod batch;
pub(in crate::scan) mod noise;
pub(in crate::scan) mod post;
pub(in crate::scan) mod projection;
pub mod render;
pub mod script;
pub mod segments;
pub(in crate::scan) mod syllable;
