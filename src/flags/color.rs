//! `--color`.

use crate::term::Color;
use clap::Args;

/// Colour of the output, for every command that prints text.
#[derive(Args, Debug)]
pub struct ColorArgs {
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    color: Color,
}

impl ColorArgs {
    /// Applies the choice to everything printed from now on.
    pub fn apply(&self) {
        self.color.apply();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: ColorArgs,
    }

    #[test]
    fn parses_the_three_choices() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).map(|cli| cli.args.color);
        assert_eq!(parse("x").unwrap(), Color::Auto);
        assert_eq!(parse("x --color always").unwrap(), Color::Always);
        assert_eq!(parse("x --color never").unwrap(), Color::Never);
        assert!(parse("x --color blue").is_err());
    }
}
