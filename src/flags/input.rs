//! How inputs are read.

use super::mapping::MappingArgs;
use super::number::window_size;
use crate::term::say;
use clap::Args;
use encoding_rs::Encoding;
use tidegate_pipeline::{Form, Format};

/// Formats and encodings of inputs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// The inputs are JSON arrays, each element a post
    #[arg(long)]
    pub array: bool,
    /// The inputs are CSV with a header; the column `text` is /text
    ///
    /// The separator is the one of comma, semicolon and tab that the header has most of. A row whose
    /// quote is not closed within --max-line bytes is unreadable.
    #[arg(long, conflicts_with = "array")]
    pub csv: bool,
    /// Encoding of the inputs, such as gb18030, big5, shift_jis, utf-16le [default: utf-8]
    ///
    /// All names of the WHATWG Encoding Standard are known.
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<&'static Encoding>,
    /// Largest window of a zstd frame, which is the memory that its decompression needs
    ///
    /// Archives written with `zstd --long=31` need 2G.
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = window_size)]
    pub max_window: usize,
}

impl InputArgs {
    /// How the inputs are read of which `mapping` says where the fields of posts are.
    pub fn format(&self, mapping: &MappingArgs) -> Format {
        let form = match self {
            InputArgs { array: true, .. } => Form::Array,
            InputArgs { csv: true, .. } => Form::Table,
            _ if mapping.is_of_plain_lines() => Form::PlainLines,
            _ => Form::JsonLines,
        };
        Format {
            form,
            encoding: self.encoding,
            window_bytes_max: self.max_window as u64,
            framing: None,
        }
    }
}

fn encoding(name: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(name.as_bytes())
        .ok_or_else(|| say!("expected an encoding such as gb18030, big5, shift_jis or utf-16le"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: InputArgs,
        #[command(flatten)]
        mapping: MappingArgs,
    }

    fn parse(line: &str) -> Result<Format, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.args.format(&cli.mapping))
    }

    #[test]
    fn flags_say_how_inputs_are_read() {
        let format = parse("x --csv --encoding GBK --max-window 128M --preset lines").unwrap();
        assert_eq!((format.form, format.window_bytes_max), (Form::Table, 1 << 27));
        assert_eq!(format.encoding, Some(encoding_rs::GBK));
        assert_eq!(parse("x --array").unwrap().form, Form::Array);
        assert_eq!(parse("x --preset lines").unwrap().form, Form::PlainLines);
        assert_eq!(parse("x").unwrap().window_bytes_max, 1 << 31);
        assert!(parse("x --csv --array").is_err() && parse("x --encoding latin").is_err());
    }
}
