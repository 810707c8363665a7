//! Runs a command and measures it: wall time, processor time, and the peak memory of its largest process.

use crate::error::Error;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::process::Command;
use std::time::{Duration, Instant};

/// Measurements of a run.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Wall time of the process.
    pub wall: Duration,
    /// Processor time of all processes.
    pub cpu: Duration,
    /// Processor time until the peer had compiled its rules, if it reports that.
    pub built: Option<Duration>,
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
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    eprintln!("weight {} {} {}", wall.as_nanos(), nanos(&usage), usage.max_rss());
    // ripgrep exits with 1 if it finds nothing; that is not a failure.
    match status.code() {
        Some(0) => Ok(()),
        Some(1) if program == "rg" => Ok(()),
        _ => Err(format!("{program}: {status}").into()),
    }
}

/// Writes to standard error how much processor time this process has used: its rules are compiled.
pub fn report_built() -> Result<(), Error> {
    eprintln!("built {}", nanos(&getrusage(UsageWho::RUSAGE_SELF)?));
    Ok(())
}

fn nanos(usage: &Usage) -> i64 {
    (usage.user_time() + usage.system_time()).num_microseconds() * 1000
}

/// Parses the last such line of `stderr`, and the line of [`report_built`].
pub fn read(stderr: &str) -> Option<Weight> {
    let line = stderr.lines().rev().find_map(|line| line.strip_prefix("weight "))?;
    let mut numbers = line.split(' ').map(|number| number.parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    let (wall, cpu) = (Duration::from_nanos(next()?), Duration::from_nanos(next()?));
    let built = stderr.lines().find_map(|line| line.strip_prefix("built "));
    let built = built.and_then(|nanos| nanos.parse().ok()).map(Duration::from_nanos);
    Some(Weight { wall, cpu, built, memory_kib: next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_weight_counts() {
        let weight = read("weight 1 2 3\nnoise\nweight 3000 2000 40\n").unwrap();
        assert_eq!((weight.wall, weight.memory_kib), (Duration::from_nanos(3000), 40));
        assert_eq!((weight.cpu, weight.built), (Duration::from_nanos(2000), None));
        let weight = read("built 7\nweight 1 2 3\n").unwrap();
        assert_eq!(weight.built, Some(Duration::from_nanos(7)));
        assert!(read("tally 1 2 3\n").is_none());
    }
}
