//! Flags of HTML pages.

use clap::{Args, ValueEnum};
use tidegate_messages::Language;

/// Appearance of an HTML page.
#[derive(Args, Debug)]
pub struct HtmlPageArgs {
    /// Language of the page
    #[arg(long = "page-lang", value_enum, default_value_t, value_name = "LANG")]
    language: PageLanguage,
}

/// Language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PageLanguage {
    /// English
    #[default]
    En,
    /// Chinese
    Zh,
}

impl HtmlPageArgs {
    /// Language of the page.
    pub fn language(&self) -> Language {
        match self.language {
            PageLanguage::En => Language::English,
            PageLanguage::Zh => Language::Chinese,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: HtmlPageArgs,
    }

    #[test]
    fn parses_the_language() {
        let parse = |line: &str| {
            Cli::try_parse_from(line.split(' ')).map(|cli| cli.args.language().pick("en", "zh"))
        };
        assert_eq!(parse("x").unwrap(), "en");
        assert_eq!(parse("x --page-lang zh").unwrap(), "zh");
        assert!(parse("x --page-lang fr").is_err());
    }
}
