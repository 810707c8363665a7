//! `--resume`.

use clap::Args;
use std::time::Duration;

/// Flags of resuming.
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Continue an interrupted run that was writing to FILE; start a new one if FILE is missing
    ///
    /// Progress is recorded in FILE.resume, next to FILE. The result is byte for byte that of
    /// an uninterrupted run. Resuming is refused if the rules, flags or inputs have changed.
    /// If FILE.resume is missing, posts are judged from the start and compared with FILE.
    #[arg(long, requires = "out", conflicts_with = "unordered")]
    resume: bool,
    /// Milliseconds between two writes of FILE.resume
    #[arg(long, value_name = "MILLISECONDS", hide = true, default_value_t = 1000)]
    resume_period: u64,
}

impl ResumeArgs {
    /// Time between two checkpoints; `None` unless `--resume` was given.
    pub fn period(&self) -> Option<Duration> {
        self.resume.then(|| Duration::from_millis(self.resume_period))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: ResumeArgs,
        #[arg(long)]
        out: Option<String>,
        #[arg(long)]
        unordered: bool,
    }

    #[test]
    fn the_period_is_set_only_with_resume() {
        let parse = |line: &str| {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            (cli.args.period(), cli.out, cli.unordered)
        };
        assert_eq!(parse("x --resume-period 5").0, None);
        assert_eq!(parse("x --resume --out y").0, Some(Duration::from_secs(1)));
        let period = parse("x --resume --resume-period 5 --out y").0;
        assert_eq!(period, Some(Duration::from_millis(5)));
    }
}
