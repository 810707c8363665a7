//! The program as users run it: standard input, files, folders, broken pipes, full disks,
//! signals. Its output is recorded in `cli/*.trycmd`.

#[cfg(feature = "state")]
#[path = "cli/campaign.rs"]
mod campaign;
#[cfg(feature = "state")]
#[path = "cli/case/mod.rs"]
mod case;
#[path = "cli/categories.rs"]
mod categories;
#[path = "cli/check.rs"]
mod check;
#[cfg(feature = "state")]
#[path = "cli/city.rs"]
mod city;
#[path = "cli/compile.rs"]
mod compile;
#[cfg(all(feature = "state", target_os = "linux"))]
#[path = "cli/correlate.rs"]
mod correlate;
#[cfg(feature = "state")]
#[path = "cli/decide.rs"]
mod decide;
#[path = "cli/delivery.rs"]
mod delivery;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/framing.rs"]
mod framing;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/inputs.rs"]
mod inputs;
#[path = "cli/live.rs"]
mod live;
#[path = "cli/lsp.rs"]
mod lsp;
#[cfg(target_os = "linux")]
#[path = "cli/memory.rs"]
mod memory;
#[path = "cli/operations.rs"]
mod operations;
#[path = "cli/packs.rs"]
mod packs;
#[path = "cli/program.rs"]
mod program;
#[cfg(feature = "state")]
#[path = "cli/queue.rs"]
mod queue;
#[path = "cli/resume.rs"]
mod resume;
#[cfg(feature = "serve")]
#[path = "cli/serve.rs"]
mod serve;
#[cfg(feature = "state")]
#[path = "cli/state.rs"]
mod state;
#[path = "cli/terminal.rs"]
mod terminal;

#[test]
fn output_is_as_the_goldens_say() {
    trycmd::TestCases::new().env("LC_ALL", "C").case("tests/cli/*.trycmd");
}
