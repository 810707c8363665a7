//! The program `tidegate`: arguments → plan → run → exit status.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(std::env::args_os().collect()).into()
}
