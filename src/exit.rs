//! How the process ended. The only place that knows the numbers.

use std::process::ExitCode;

/// How the process ended, the better the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every line read has its verdict, delivered and flushed.
    Complete,
    /// Complete, and something named by `--fail-on` was found; or a check failed.
    Found,
    /// Wrong use, configuration or rules: nothing was done.
    CouldNotStart,
    /// Complete, with more unreadable lines than allowed, or one that an internal fault
    /// kept from being judged.
    TooManyUnreadable,
    /// Input or output failed, or the program itself.
    Io,
    /// Interrupted (SIGINT), after draining.
    Interrupted,
    /// The reader of standard output went away.
    ReaderGone,
    /// Told to end (SIGTERM), after draining.
    Terminated,
}

impl Exit {
    /// Every way to end, with its number and what help says about it.
    pub const TABLE: [(Exit, u8, &str); 8] = [
        (Exit::Complete, 0, "every line read has its verdict, written and flushed"),
        (Exit::Found, 1, "as 0, and --fail-on found something"),
        (Exit::CouldNotStart, 2, "wrong use, bad rules or policy; nothing was read"),
        (
            Exit::TooManyUnreadable,
            3,
            "as 0, with more unreadable lines than --max-errors, or one `internal`",
        ),
        (Exit::Io, 4, "reading or writing failed, or the program itself; verdicts may be missing"),
        (Exit::Interrupted, 130, "interrupted; what was read before is judged and written"),
        (Exit::ReaderGone, 141, "the reader of the output went away"),
        (Exit::Terminated, 143, "terminated; what was read before is judged and written"),
    ];

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
    fn every_way_to_end_has_its_number() {
        let ends = [
            (Exit::Complete, 0),
            (Exit::Found, 1),
            (Exit::CouldNotStart, 2),
            (Exit::TooManyUnreadable, 3),
            (Exit::Io, 4),
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
