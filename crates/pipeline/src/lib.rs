//! The threads of a scan: inputs in, verdict lines out, in input order.
//!
//! A caller supplies the function that processes a chunk; [`LineProcessor`] is the one that
//! writes verdicts, and no other file here knows about posts or rules. For every number of
//! threads, and for every way in which bytes arrive:
//!
//! * outputs are written in input order (unless disabled), one write per chunk;
//! * at most `2 × threads + 2` chunks and outputs are in memory, for any length of input;
//! * a stop (signal, failed output, closed reader) ends reading; complete lines already read
//!   are processed and written;
//! * no thread waits for a thread that has ended.

mod channels;
mod checkpoint;
mod follow;
pub mod input;
mod line_processor;
mod ordered_writer;
mod position;
mod raw_output;
mod resumable_output;
mod run;
mod source;
mod step;
mod stop;
mod sync;
#[cfg(test)]
mod tests;
mod work_queue;

pub use checkpoint::{Checkpoint, Continuation, InputFingerprint, RunFingerprint};
pub use follow::FollowEvent;
pub use input::{Compression, Form, Format, Input};
pub use line_processor::{LineProcessor, Observer, ProcessorScratch, Selection, VerdictKind};
pub use ordered_writer::{OutputError, Sink};
pub use position::InputPosition;
pub use raw_output::RawOutput;
pub use resumable_output::ResumableOutput;
pub use run::{Outcome, run, run_to};
pub use source::{FollowObserver, InputError, ReadingReport, Sources};
pub use step::{ChunkOutput, Settings, panic_text};
pub use stop::{Stop, Wait};
