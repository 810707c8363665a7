//! `--resume`: the flags of going on with a run that was cut short, and what of the other
//! flags has to be as it was.

use clap::Args;
use std::path::Path;
use std::time::Duration;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::output::Style;
use tidegate_engine::post::Mapping;
use tidegate_pipeline::{Input, InputMark, Recorder, Selection, Terms};
use xxhash_rust::xxh3::xxh3_64;

/// Flags of resuming.
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Go on with the FILE of a run that was cut short; start if there is none
    ///
    /// How far it is stands in FILE.resume, which is kept beside it. The result is byte
    /// for byte that of a run that was never cut short; where rules, flags or inputs are
    /// not what they were, it is refused. A FILE without FILE.resume is compared with the
    /// verdicts from the start.
    #[arg(long, requires = "out", conflicts_with = "unordered")]
    resume: bool,
    /// Milliseconds between two writes of FILE.resume
    #[arg(long, value_name = "MILLISECONDS", hide = true, default_value_t = 1000)]
    resume_period: u64,
}

/// Flags that shape the bytes of a verdict.
pub struct Flags<'p> {
    /// Where things are in a line.
    pub mapping: &'p Mapping,
    /// The longest line that is read.
    pub max_line: usize,
    /// How verdicts look.
    pub style: Style,
    /// Which are written.
    pub selection: Selection,
}

impl Flags<'_> {
    /// Name for people and value of each.
    fn told(&self) -> Vec<(String, String)> {
        let Flags { mapping, max_line, style, selection } = self;
        // Not for reading: the same program writes the same.
        let hash = |text: String| format!("{:016x}", xxh3_64(text.as_bytes()));
        [
            ("where things are in a line (--preset, --text, …)", hash(format!("{mapping:?}"))),
            ("--max-line", max_line.to_string()),
            ("which verdicts are written (--only)", hash(format!("{selection:?}"))),
            ("how verdicts look (--brief, --annotate, --offsets, --stamp)", {
                hash(format!("{style:?}"))
            }),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

impl ResumeArgs {
    /// Is it asked for?
    pub fn is_asked(&self) -> bool {
        self.resume
    }

    /// Opens `out`, to start or to go on with.
    ///
    /// # Errors
    ///
    /// Why it cannot be gone on with, and the way out.
    pub fn open(
        &self,
        out: &Path,
        inputs: &[Input],
        classifier: &Classifier,
        flags: &Flags<'_>,
    ) -> Result<Recorder, String> {
        let terms = Terms {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            ruleset: classifier.hash_hex().to_owned(),
            flags: flags.told(),
            inputs: inputs.iter().map(InputMark::of).collect(),
        };
        let period = Duration::from_millis(self.resume_period);
        Recorder::open(out, terms, classifier.rules().rules().len(), period)
    }
}
