//! Flags of HTML pages.

use crate::term;
use clap::{Args, ValueEnum};
use tidegate_messages::Language;

/// Appearance of an HTML page.
#[derive(Args, Debug)]
pub struct HtmlPageArgs {
    /// Language of the page [default: that of --lang]
    #[arg(long = "page-lang", value_enum, value_name = "LANG")]
    language: Option<PageLanguage>,
}

/// Language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PageLanguage {
    /// English
    En,
    /// Chinese
    Zh,
}

impl HtmlPageArgs {
    /// Language of the page.
    pub fn language(&self) -> Language {
        match self.language {
            None => term::language(),
            Some(PageLanguage::En) => Language::English,
            Some(PageLanguage::Zh) => Language::Chinese,
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
