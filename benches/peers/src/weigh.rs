//! Runs a command and measures it: wall time, and the peak memory of its largest process.

use crate::error::Error;
use nix::sys::resource::{UsageWho, getrusage};
use std::process::Command;
use std::time::{Duration, Instant};

/// Measurements of a run.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Wall time of the process.
    pub wall: Duration,
    /// Peak resident memory, in KiB.
    pub memory_kib: u64,
}

/// Runs `command` and writes a line to standard error that [`read`] parses.
pub fn run(command: &[String]) -> Result<(), Error> {
    let (program, arguments) = command.split_first().ok_or("weigh: no command")?;
    let start = Instant::now();
    let status = Command::new(program).args(arguments).status();
    let wall = start.elapsed();
    let status = status.map_err(|error| format!("{program}: {error}"))?;
    let memory = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    eprintln!("weight {} {memory}", wall.as_nanos());
    // ripgrep exits with 1 if it finds nothing; that is not a failure.
    match status.code() {
        Some(0) => Ok(()),
        Some(1) if program == "rg" => Ok(()),
        _ => Err(format!("{program}: {status}").into()),
    }
}

/// Parses the last such line of `stderr`.
pub fn read(stderr: &str) -> Option<Weight> {
    let line = stderr.lines().rev().find_map(|line| line.strip_prefix("weight "))?;
    let (nanos, kib) = line.split_once(' ')?;
    let wall = Duration::from_nanos(nanos.parse().ok()?);
    Some(Weight { wall, memory_kib: kib.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_weight_counts() {
        let weight = read("weight 1 2\nnoise\nweight 3000 40\n").unwrap();
        assert_eq!((weight.wall, weight.memory_kib), (Duration::from_nanos(3000), 40));
        assert!(read("tally 1 2 3\n").is_none());
    }
}
