//! Flags that say where the fields of a post are in a line.

use clap::Args;
use tidegate_engine::post::{Mapping, MappingError, PRESETS};

/// JSON Pointers of the fields of a post.
#[derive(Args, Debug)]
#[command(next_help_heading = "Field mapping (JSON Pointers)")]
pub struct MappingArgs {
    /// Start from the mapping of a known feed
    #[arg(long, value_name = "NAME", long_help = presets_help(), value_parser = preset_names())]
    pub preset: Option<String>,
    /// Id, copied to the verdict [default: /id]
    #[arg(long, value_name = "POINTER")]
    id: Vec<String>,
    /// Headline [default: /title]
    ///
    /// Repeat a pointer flag to list alternatives in order of preference.
    #[arg(long, value_name = "POINTER")]
    title: Vec<String>,
    /// Text [default: /text]
    #[arg(long, value_name = "POINTER")]
    text: Vec<String>,
    /// Additional text field for rules that name it, such as bio=/author/bio
    #[arg(long, value_name = "NAME=POINTER")]
    field: Vec<String>,
    /// The text at this pointer is HTML, read as a browser shows it
    ///
    /// One of the pointers of --text, --title, --field or the preset. Repeat it for several.
    #[arg(long, value_name = "POINTER")]
    html_text: Vec<String>,
    /// Declared language of the post [default: /lang]; with `en` or `zh` the language of messages
    #[arg(long, value_name = "POINTER")]
    lang: Vec<String>,
    /// Channel, used by policies [default: /channel]
    #[arg(long, value_name = "POINTER")]
    channel: Vec<String>,
    /// Surface, used by policies [default: /surface]
    #[arg(long, value_name = "POINTER")]
    surface: Vec<String>,
    /// Author id [default: /author/id]
    #[arg(long, value_name = "POINTER")]
    author: Vec<String>,
    /// Time of the post [default: /created_at]
    #[arg(long, value_name = "POINTER")]
    created_at: Vec<String>,
    /// Number of reports from readers [default: /reports]
    #[arg(long, value_name = "POINTER")]
    reports: Vec<String>,
    /// How often the post was seen [default: /reach, then /views]
    #[arg(long, value_name = "POINTER")]
    reach: Vec<String>,
}

impl MappingArgs {
    /// Are posts lines of plain text?
    pub fn is_of_plain_lines(&self) -> bool {
        self.preset.as_deref() == Some("lines")
    }

    /// The values of `--author` and `--channel`, for a command to which they are ids; `None` if any
    /// other flag of the mapping is given.
    #[cfg(feature = "state")]
    pub fn as_ids(&self) -> Option<(&[String], &[String])> {
        let MappingArgs {
            preset,
            id,
            title,
            text,
            field,
            html_text,
            lang,
            channel,
            surface,
            author,
            created_at,
            reports,
            reach,
        } = self;
        let others = [id, title, text, field, html_text, lang, surface, created_at, reports, reach];
        let is_alone = preset.is_none() && others.into_iter().all(Vec::is_empty);
        is_alone.then_some((author, channel))
    }

    /// Builds the mapping.
    ///
    /// # Errors
    ///
    /// A value that is not a JSON Pointer, or flags that conflict.
    pub fn to_mapping(&self) -> Result<Mapping, MappingError> {
        let MappingArgs {
            preset,
            id,
            title,
            text,
            field,
            html_text,
            lang,
            channel,
            surface,
            author,
            created_at,
            reports,
            reach,
        } = self;
        let mut mapping = match preset {
            Some(name) => Mapping::preset(name)?,
            None => Mapping::default(),
        };
        if !id.is_empty() {
            mapping.set_id(&refs(id))?;
        }
        for (name, pointers) in [("title", title), ("text", text)] {
            if !pointers.is_empty() {
                mapping.set_field(name, &refs(pointers))?;
            }
        }
        mapping.set_field_specs(&refs(field))?;
        mapping.set_html(&refs(html_text))?;
        for (name, pointers) in [
            ("lang", lang),
            ("channel", channel),
            ("surface", surface),
            ("author.id", author),
            ("created_at", created_at),
            ("reports", reports),
            ("reach", reach),
        ] {
            if !pointers.is_empty() {
                mapping.set_meta(name, &refs(pointers))?;
            }
        }
        Ok(mapping)
    }
}

/// For commands without a flag `--html` that writes a page: it means `--html-text`.
pub fn short_html(argument: clap::Arg) -> clap::Arg {
    argument.visible_alias("html")
}

fn refs(pointers: &[String]) -> Vec<&str> {
    pointers.iter().map(String::as_str).collect()
}

fn presets_help() -> String {
    let width = PRESETS.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
    let mut help =
        String::from("Start from the mapping of a known feed; pointer flags override it\n");
    for preset in PRESETS {
        help.push_str(&format!("\n  {:width$}  {}", preset.name, preset.what));
    }
    help
}

fn preset_names() -> clap::builder::PossibleValuesParser {
    PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    #[command(mut_arg("html_text", short_html))]
    struct Cli {
        #[command(flatten)]
        args: MappingArgs,
    }

    fn mapping(line: &str) -> Result<Mapping, MappingError> {
        Cli::try_parse_from(line.split(' ')).unwrap().args.to_mapping()
    }

    #[test]
    fn no_flags_give_the_default_mapping() {
        assert_eq!(mapping("x").unwrap(), Mapping::default());
    }

    #[test]
    fn flags_override_a_preset() {
        let mut expected = Mapping::preset("mastodon").unwrap();
        expected.set_field("text", &["/body", "/content"]).unwrap();
        expected.set_meta("lang", &["/language"]).unwrap();
        let line = "x --preset mastodon --text /body --text /content --lang /language";
        assert_eq!(mapping(line).unwrap(), expected);
    }

    #[test]
    fn html_is_marked_in_mapped_fields_only() {
        let mut expected = Mapping::default();
        expected.set_field("text", &["/body"]).unwrap().set_field("bio", &["/bio"]).unwrap();
        expected.set_html(&["/body", "/bio"]).unwrap();
        let line = "x --html /bio --text /body --field bio=/bio --html-text /body";
        assert_eq!(mapping(line).unwrap(), expected);
        assert!(mapping("x --html /text").is_ok());
        assert!(mapping("x --text /body --html /text").is_err());
        assert!(mapping("x --preset lines --html /text").is_err());
    }

    #[test]
    fn rejects_a_value_that_is_not_a_pointer() {
        assert!(mapping("x --text body").is_err());
        assert!(mapping("x --field bio=/bio").is_ok());
        assert!(mapping("x --field Bio=/bio").is_err());
    }
}
