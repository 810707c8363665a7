//! Opens the output of a run with `--resume`, and identifies the run.

use std::path::Path;
use std::time::Duration;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::output::Style;
use tidegate_engine::post::Mapping;
use tidegate_pipeline::{
    Format, Input, InputFingerprint, ResumableOutput, RunFingerprint, Selection,
};
use xxhash_rust::xxh3::xxh3_64;

/// Flags that determine the bytes of the verdicts. They must not change between runs.
pub struct VerdictFlags<'p> {
    /// Fields of a post.
    pub mapping: &'p Mapping,
    /// Formats and encodings of the inputs.
    pub format: Format,
    /// Longest line, in bytes.
    pub max_line: usize,
    /// Form of the verdicts.
    pub style: Style,
    /// Which verdicts are written.
    pub selection: Selection,
    /// Whether the input is followed. Runs that follow and runs that do not can continue each other.
    pub follows: bool,
}

impl VerdictFlags<'_> {
    /// Description and value of each.
    fn fingerprints(&self) -> Vec<(String, String)> {
        let VerdictFlags { mapping, format, max_line, style, selection, follows: _ } = self;
        let Format { form, encoding, window_bytes_max: _, framing: _ } = format;
        let encoding = encoding.map_or("UTF-8", |encoding| encoding.name());
        // Compared for equality only; one version of the program formats them the same way.
        let hash = |text: String| format!("{:016x}", xxh3_64(text.as_bytes()));
        [
            ("the field mapping (--preset, --text, …)", hash(format!("{mapping:?}"))),
            (
                "the format of the inputs (--array, --csv, --encoding)",
                format!("{form:?} {encoding}"),
            ),
            ("--max-line", max_line.to_string()),
            ("the selection of verdicts (--only)", hash(format!("{selection:?}"))),
            ("the form of the verdicts (--brief, --annotate, --offsets, --stamp)", {
                hash(format!("{style:?}"))
            }),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

/// Opens `out`: starts it, or resumes it. A checkpoint is written every `period`.
///
/// # Errors
///
/// A message saying why it cannot be resumed.
pub fn open(
    out: &Path,
    period: Duration,
    inputs: &[Input],
    classifier: &Classifier,
    flags: &VerdictFlags<'_>,
) -> Result<ResumableOutput, String> {
    let fingerprint = RunFingerprint {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        ruleset: classifier.hash_hex().to_owned(),
        flags: flags.fingerprints(),
        inputs: inputs.iter().map(InputFingerprint::of).collect(),
        follows: flags.follows,
    };
    ResumableOutput::open(out, fingerprint, classifier.rules().rules().len(), period)
}
