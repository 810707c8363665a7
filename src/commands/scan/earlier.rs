//! The counts of a report over verdicts that were written before: those of a resumed run.

use std::fs::File;
use std::io;
use std::path::Path;
use tidegate_analysis::report::{Reader, ReaderScratch, Tally};
use tidegate_engine::domain::field::Names;
use tidegate_engine::domain::limits::LINE_BYTES_MAX_LIMIT;
use tidegate_engine::lines::{Chunk, Cut, CutError, Cutter, CutterSettings};
use tidegate_engine::post::{Mapping, Plan};

/// Counts the verdicts in a file.
///
/// # Errors
///
/// It cannot be read.
pub fn tally_of(verdicts: &Path) -> io::Result<Tally> {
    let mapping = Mapping::default();
    let mut names = Names::default();
    mapping.register(&mut names).map_err(io::Error::other)?;
    let plan = Plan::new(&mapping, &names).map_err(io::Error::other)?;
    let reader = Reader::new(plan, &names);
    let settings =
        CutterSettings { line_bytes_max: LINE_BYTES_MAX_LIMIT, ..CutterSettings::default() };
    let (mut file, mut cutter) = (File::open(verdicts)?, Cutter::new(settings));
    let (mut chunk, mut scratch) = (Chunk::default(), ReaderScratch::default());
    loop {
        match cutter.next(&mut file, &mut chunk, || false) {
            Ok(Cut::Chunk) => reader.count(&mut scratch, &chunk),
            Ok(Cut::End) => return Ok(scratch.tally),
            Err(CutError::Read(error)) => return Err(error),
            Err(error @ CutError::Utf16) => return Err(io::Error::other(error)),
        }
    }
}
