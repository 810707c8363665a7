//! Threads and reading.

use super::number::{chunk_size, threads, vectors};
use clap::Args;
use std::num::NonZeroUsize;
use tidegate_engine::machine::Vectors;

/// How a scan runs. None of these flags changes what the rules say about a post.
#[derive(Args, Debug)]
#[command(next_help_heading = "Running")]
pub struct RunningArgs {
    /// Number of worker threads [default: one per processor]
    ///
    /// The verdicts do not depend on it.
    #[arg(long, short = 'j', value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
    /// Process every read at once instead of filling chunks: lower latency, lower throughput
    ///
    /// Complete lines are always processed as soon as the input pauses, with or without it.
    #[arg(long)]
    pub live: bool,
    /// Wait at the end of the file for more lines, as `tail -F`: also when it is replaced
    ///
    /// For one file that is not compressed. A signal ends the run.
    #[arg(long)]
    pub follow: bool,
    /// Load the rules again when their files change, and on SIGHUP, while the run goes on
    ///
    /// New rules are loaded, checked and tested aside, then used for the lines that are read from
    /// then on. With errors, which are printed, the old rules stay. --stamp is implied: every
    /// verdict names its rule set.
    #[arg(long)]
    pub watch: bool,
    /// Bytes per chunk
    #[arg(long, value_name = "SIZE", hide = true, value_parser = chunk_size)]
    pub chunk: Option<usize>,
    /// Widest vector registers that kernels may use, in bits
    ///
    /// The verdicts do not depend on it; this flag is for testing that.
    #[arg(long, value_name = "BITS", hide = true, value_parser = vectors)]
    pub vectors: Option<Vectors>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: RunningArgs,
    }

    #[test]
    fn parses_threads_chunks_and_vectors() {
        let line = "x -j 2 --live --chunk 4k --vectors 128";
        let args = Cli::try_parse_from(line.split(' ')).unwrap().args;
        assert_eq!((args.threads, args.live), (NonZeroUsize::new(2), true));
        assert_eq!((args.chunk, args.vectors), (Some(4096), Some(Vectors::Bits128)));
        assert!(Cli::try_parse_from("x --chunk 3".split(' ')).is_err());
    }
}
