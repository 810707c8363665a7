//! A run: lines in, decisions out, with checkpoints of the state.
//!
//! * Threads read lines; one at a time applies them, in order, and writes the output; one more writes
//!   checkpoints.
//! * A checkpoint is one transaction: changed rows, the position in the inputs, the length of the
//!   output. The output is synced before it.
//! * A run that is started again goes on at its last checkpoint: the output is cut to the recorded
//!   length. So every interruption gives the same bytes.
//!
//! [`Live`] is the same without inputs: a service applies what it is sent.

mod checkpoints;
mod counts;
mod live;
mod output_file;
mod stage;
mod start;

pub use checkpoints::CheckpointSettings;
pub use counts::{Counts, LineCounts};
pub use live::{Live, Rules};
pub use output_file::OutputFile;
pub use stage::{Notices, Output, Stage, StageSettings};
pub use start::{Start, StartError, start, start_live};
