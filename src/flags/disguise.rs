//! Ways to disguise text.

use clap::Args;
use tidegate_analysis::disguise::Way;

/// Ways to disguise text before it is judged.
#[derive(Args, Debug)]
pub struct DisguiseArgs {
    /// Disguise texts as evaders do, and report what is still found
    #[arg(long, value_name = "WAY[,WAY…]", value_parser = Way::parse_list, long_help = long_help())]
    disguise: Option<Ways>,
}

/// The type of the argument; clap would read a plain `Vec` as a repeated flag.
type Ways = Vec<Way>;

impl DisguiseArgs {
    /// The ways, in the order given; none without the flag.
    pub fn ways(&self) -> &[Way] {
        self.disguise.as_deref().unwrap_or_default()
    }
}

fn long_help() -> String {
    format!(
        "Disguise texts as evaders do, and report what is still found\n\n\
         A list of ways with commas, or `all`. WAY:AMOUNT changes the amount: the percentage of \
         characters or words that are changed, or the number of characters, spaces or columns. \
         The result depends on the text and its id alone.\n\n{}",
        Way::table()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: DisguiseArgs,
    }

    fn ways(line: &str) -> Result<Vec<String>, clap::Error> {
        let cli = Cli::try_parse_from(line.split(' '))?;
        Ok(cli.args.ways().iter().map(Way::to_string).collect())
    }

    #[test]
    fn reads_a_list_of_ways() {
        assert_eq!(ways("x").unwrap(), [""; 0]);
        assert_eq!(ways("x --disguise wrap,pad-prose:50").unwrap(), ["wrap", "pad-prose:50"]);
        assert!(ways("x --disguise all").unwrap().len() > 15);
        assert!(ways("x --disguise shouting").is_err());
    }
}
