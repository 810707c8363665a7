//! The error of an input that cannot be read as it is.

use std::fmt;
use std::io;
use tidegate_engine::lines::FrameError;

/// An input is refused: the message says what it is and what to do. Decoders of damaged data have
/// other errors of the same kind.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// The error of an input in a format that cannot be read.
pub(crate) fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Refused(message.into()))
}

/// Is it an error of [`invalid`], or of a frame? What it says is all that there is to say.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Refused>() || inner.is::<FrameError>())
}
