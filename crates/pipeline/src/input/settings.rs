//! How inputs are read.

use super::compressed::WINDOW_BYTES_MAX;
use encoding_rs::Encoding;
use tidegate_engine::lines::Framing;

/// What the posts of an input are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// JSON lines. Other formats are refused when they are recognised.
    #[default]
    JsonLines,
    /// Lines of plain text, which may look like anything.
    PlainLines,
    /// JSON arrays, each element a post.
    Array,
    /// CSV with a header: each row becomes an object with a member for each column.
    Table,
}

/// How inputs are read.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What the posts are written in.
    pub form: Form,
    /// Encoding of the text; `None` is UTF-8, of which wrong bytes are kept.
    pub encoding: Option<&'static Encoding>,
    /// The largest window of a zstd frame, in bytes: the memory that its decompression needs.
    pub window_bytes_max: u64,
    /// What separates the posts; `None` for line ends. With frames, inputs are JSON or plain text in
    /// UTF-8: `form` and `encoding` have no other effect than that of the field mapping.
    pub framing: Option<Framing>,
}

impl Default for Format {
    fn default() -> Format {
        let form = Form::default();
        Format { form, encoding: None, window_bytes_max: WINDOW_BYTES_MAX, framing: None }
    }
}

/// How the lines of an input are made.
#[derive(Clone, Debug)]
pub(crate) struct Making {
    /// Formats and encodings.
    pub format: Format,
    /// Longest line, in bytes.
    pub line_bytes_max: usize,
    /// Name of the input.
    pub name: String,
}
