//! What separates records and verdicts.

use super::input::InputArgs;
use super::output::OutputArgs;
use super::running::RunningArgs;
use crate::term::say;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use tidegate_engine::lines::Framing;

/// Frames of inputs and verdicts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
pub struct FramingArgs {
    /// What separates the records, and the verdicts: line ends, or frames, in which a record may have
    /// line ends
    ///
    /// `netstring` is `12:hello world!,`; `length` is four bytes with the length before each record, the
    /// most significant first. A broken frame ends an input with status 4.
    #[arg(long, value_enum, default_value_t, hide_possible_values = false, value_name = "FRAMING")]
    framing: FramingName,
}

/// What separates records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FramingName {
    /// Line ends
    #[default]
    Line,
    /// Netstrings
    Netstring,
    /// Lengths in four bytes
    Length,
}

impl FramingArgs {
    /// The frames; `None` for lines.
    pub fn framing(&self) -> Option<Framing> {
        match self.framing {
            FramingName::Line => None,
            FramingName::Netstring => Some(Framing::Netstring),
            FramingName::Length => Some(Framing::Length),
        }
    }

    /// Rejects flags and inputs that are about lines, if there are frames.
    ///
    /// # Errors
    ///
    /// A message for the user.
    pub fn check(
        &self,
        files: &[PathBuf],
        input: &InputArgs,
        output: &OutputArgs,
        running: &RunningArgs,
    ) -> Result<(), String> {
        if self.framing().is_none() {
            return Ok(());
        }
        let conflict = [
            (input.array, "--array"),
            (input.csv, "--csv"),
            (input.encoding.is_some(), "--encoding"),
            (output.resuming.period().is_some(), "--resume"),
            (output.is_for_people(), "--format human"),
            (running.follow, "--follow"),
        ]
        .into_iter()
        .find(|(is_used, _)| *is_used);
        if let Some((_, flag)) = conflict {
            return Err(say!(
                "--framing cannot be combined with {flag}, which is about lines; remove one of them"
            ));
        }
        if let Some(folder) = files.iter().find(|path| path.is_dir()) {
            let folder = folder.display();
            return Err(say!(
                "{folder}: the files of a folder are read as lines; with --framing name the files"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        files: Vec<PathBuf>,
        #[command(flatten)]
        args: FramingArgs,
        #[command(flatten)]
        input: InputArgs,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        running: RunningArgs,
    }

    fn check(line: &str) -> Result<Option<Framing>, String> {
        let Cli { files, args, input, output, running } =
            Cli::try_parse_from(line.split(' ')).map_err(|error| error.to_string())?;
        args.check(&files, &input, &output, &running)?;
        Ok(args.framing())
    }

    #[test]
    fn frames_are_named() {
        assert_eq!(check("x"), Ok(None));
        assert_eq!(check("x --framing line --csv --format human src"), Ok(None));
        assert_eq!(check("x --framing netstring --annotate -"), Ok(Some(Framing::Netstring)));
        assert_eq!(check("x --framing length --format json"), Ok(Some(Framing::Length)));
        assert!(check("x --framing lines").is_err());
    }

    #[test]
    fn flags_about_lines_are_rejected_with_frames() {
        for flag in
            ["--array", "--csv", "--encoding gbk", "--resume -o y", "--format human", "--follow"]
        {
            let error = check(&format!("x --framing length {flag}")).unwrap_err();
            let name = flag.strip_suffix(" gbk").or_else(|| flag.strip_suffix(" -o y"));
            assert!(error.contains(name.unwrap_or(flag)), "{error}");
        }
        assert!(check("x --framing netstring src").unwrap_err().starts_with("src: the files"));
    }
}
