//! Exit statuses. No other file contains their numbers.

use std::process::ExitCode;

/// How the process ended, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every line read has its verdict, written and flushed.
    Complete,
    /// Complete, and a condition of `--fail-on` was met; or a check failed.
    Found,
    /// Wrong arguments, configuration or rules: no input was read.
    CouldNotStart,
    /// Complete, with more unreadable lines than allowed, or with a line that was not judged
    /// because of an internal error.
    TooManyUnreadable,
    /// Input, output or the program itself failed.
    Io,
    /// Hung up (SIGHUP): the terminal or the session ended, after the chunks read were written.
    HungUp,
    /// Interrupted (SIGINT), after the chunks read were written.
    Interrupted,
    /// The reader of standard output closed it.
    ReaderGone,
    /// Terminated (SIGTERM), after the chunks read were written.
    Terminated,
}

impl Exit {
    /// Every exit status, with its number and its description in the help.
    pub const TABLE: [(Exit, u8, &str); 9] = [
        (Exit::Complete, 0, "success: every line read has its verdict, written and flushed"),
        (Exit::Found, 1, "as 0, and a condition of --fail-on was met"),
        (Exit::CouldNotStart, 2, "wrong arguments, invalid rules or policy; no input was read"),
        (
            Exit::TooManyUnreadable,
            3,
            "as 0, but no line is a post, too many are unreadable, or one met an internal error",
        ),
        (Exit::Io, 4, "an I/O or internal error; verdicts may be missing"),
        (Exit::HungUp, 129, "hung up; posts read before are judged and written"),
        (Exit::Interrupted, 130, "interrupted; posts read before are judged and written"),
        (Exit::ReaderGone, 141, "the reader of the output closed it"),
        (Exit::Terminated, 143, "terminated; posts read before are judged and written"),
    ];

    /// How the process ends after a run that this signal stopped.
    pub fn of_signal(signal: i32) -> Exit {
        match signal {
            signal_hook::consts::SIGINT => Exit::Interrupted,
            signal_hook::consts::SIGHUP => Exit::HungUp,
            _ => Exit::Terminated,
        }
    }

    /// The process exit status.
    pub fn code(self) -> u8 {
        let row = Exit::TABLE.iter().find(|(exit, ..)| *exit == self);
        row.map_or(u8::MAX, |(_, code, _)| *code)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_has_its_number() {
        let ends = [
            (Exit::Complete, 0),
            (Exit::Found, 1),
            (Exit::CouldNotStart, 2),
            (Exit::TooManyUnreadable, 3),
            (Exit::Io, 4),
            (Exit::HungUp, 129),
            (Exit::Interrupted, 130),
            (Exit::ReaderGone, 141),
            (Exit::Terminated, 143),
        ];
        assert_eq!(ends.len(), Exit::TABLE.len());
        for (exit, code) in ends {
            assert_eq!(exit.code(), code, "{exit:?}");
        }
    }
}
