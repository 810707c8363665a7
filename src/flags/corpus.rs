//! How commands that analyse a corpus read it.

use super::input::InputArgs;
use super::number::{line_size, threads};
use clap::Args;
use std::num::NonZeroUsize;

/// Formats of a corpus, and threads, line limit and progress of a pass over it.
#[derive(Args, Debug)]
#[command(next_help_heading = "Running")]
pub struct CorpusArgs {
    /// Number of worker threads [default: one per processor]
    ///
    /// The result does not depend on it.
    #[arg(long, short = 'j', value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
    /// Longest line to read; a longer line is unreadable (too_long)
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = line_size)]
    pub max_line: usize,
    /// Do not show progress
    #[arg(long, short = 'q')]
    pub quiet: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: CorpusArgs,
    }

    #[test]
    fn parses_threads_line_limit_and_quiet() {
        let args = Cli::try_parse_from(["x"]).unwrap().args;
        assert_eq!((args.threads, args.max_line, args.quiet), (None, 1 << 20, false));
        let args = Cli::try_parse_from("x -j 3 --max-line 64k -q".split(' ')).unwrap().args;
        assert_eq!((args.threads, args.max_line), (NonZeroUsize::new(3), 1 << 16));
        assert!(args.quiet);
    }
}
