//! The threads of the stream: inputs in, answers out, in input order.
//!
//! What is done with a chunk is a function given by the caller; [`Judge`] is the one that
//! makes verdicts, the rest knows nothing of posts or rules. Promised, for every number of threads and every way the bytes arrive:
//!
//! * answers leave in input order (unless asked otherwise), each chunk's in one write;
//! * at most `2 × threads + 2` chunks and their answers are held, whatever the stream;
//! * a stop (signal, output failed, reader gone) ends reading; whole lines already read
//!   are answered and written;
//! * no thread waits for one that has ended.

mod checkpoint;
mod delivery;
mod judge;
mod place;
mod recorder;
mod run;
mod source;
mod step;
mod stop;
mod stream;
mod sync;
#[cfg(test)]
mod tests;
mod tickets;

pub use checkpoint::{Checkpoint, InputMark, Terms};
pub use delivery::{Outlet, OutputFault, RawOutput};
pub use judge::{Judge, JudgeScratch, Selection, Watch};
pub use place::Place;
pub use recorder::Recorder;
pub use run::{Outcome, run, run_to};
pub use source::{Fault, Input, Packing, ReadingReport, Sources};
pub use step::{Answer, Settings, panic_text};
pub use stop::{Stop, Wait};
