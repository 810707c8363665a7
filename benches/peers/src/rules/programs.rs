//! The programs of the rule workload, and their command lines.

use super::workload::{self, Rule};
use crate::error::Error;
use crate::hyperscan;
use crate::peers::{Absent, Answers, Peer, Reads, path, runs};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Limits of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Seconds that a run may take.
    pub seconds: u64,
    /// Millions of bytes of data that a process may allocate.
    pub megabytes: u64,
}

/// Finds programs and libraries once.
pub struct Programs {
    own: PathBuf,
    tidegate: PathBuf,
    yara_x: PathBuf,
    python: PathBuf,
    limits: Limits,
}

/// The status of `timeout` if the time is up.
const TIMED_OUT: &str = "exit status: 124";

impl Programs {
    /// Programs next to this one and in this folder.
    pub fn new(tidegate: Option<&Path>, limits: Limits) -> Result<Programs, Error> {
        let own = std::env::current_exe()?;
        let tidegate = tidegate.map_or_else(|| own.with_file_name("tidegate"), Path::to_owned);
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        Ok(Programs {
            own,
            tidegate,
            yara_x: here.join("yara_x/target/release/peer-yara-x"),
            python: here.join("python_rules.py"),
            limits,
        })
    }

    /// The peers that are not available, and how to install them.
    pub fn absent(&self) -> Vec<Absent> {
        let mut absent = Vec::new();
        let mut add = |name, why: Result<(), String>, how: &str| {
            absent.extend(why.err().map(|why| Absent { name, why: format!("{why}: {how}") }));
        };
        let is_there = |path: &Path| match path.is_file() {
            true => Ok(()),
            false => Err("no such program".to_owned()),
        };
        add("tidegate", is_there(&self.tidegate), "cargo build --release");
        add("hyperscan", hyperscan::presence(), "apt-get install libhyperscan5");
        let build = "cargo build --release --manifest-path benches/peers/yara_x/Cargo.toml";
        add("yara-x", is_there(&self.yara_x), build);
        let imports = runs("python3", &["-c", "import orjson, ahocorasick_rs"]);
        add("python", imports, "pip install orjson ahocorasick_rs");
        absent
    }

    /// The peers for some rules, the reference first; their files are written to `folder`.
    pub fn with_rules(&self, rules: &[Rule], folder: &Path) -> Result<Vec<Peer>, Error> {
        let json = path(&workload::write_json(rules, folder)?);
        let own = path(&self.own);
        let kinds = [
            ("words", Answers::Same),
            ("regex-filtered", Answers::Same),
            ("hyperscan", Answers::Same),
            ("hyperscan-bytes", Answers::AtLeast),
        ];
        let engine =
            |(kind, answers)| self.peer(kind, answers, &[&own, "rule-engine", kind, &json]);
        let mut peers: Vec<Peer> = kinds.into_iter().map(engine).collect();
        let yara_x = path(&self.yara_x);
        peers.push(self.peer("yara-x", Answers::AtLeast, &[&yara_x, &json]));
        let script = path(&self.python);
        for (name, way) in [("python words", "words"), ("python re", "re")] {
            peers.push(self.peer(name, Answers::Same, &["python3", &script, way, &json]));
        }
        let packs = workload::write_packs(rules, folder)?;
        let compiled = folder.join(format!("{}.tgc", rules.len()));
        let absent = self.absent();
        if !absent.iter().any(|absent| absent.name == "tidegate") {
            self.compile(&packs, &compiled)?;
        }
        for (name, rules) in [("tidegate", &packs), ("tidegate compiled", &compiled)] {
            let (program, rules) = (path(&self.tidegate), path(rules));
            let own = ["--no-default-rules", "--rules", &rules, "--stats", "json"];
            let command = [&[program.as_str()], &own[..], &["--threads", "1", "{corpus}"]].concat();
            peers.push(Peer { reads: Reads::Itself, ..self.peer(name, Answers::Folded, &command) });
        }
        let is_there =
            |peer: &Peer| !absent.iter().any(|absent| peer.name.starts_with(absent.name));
        Ok(peers.into_iter().filter(is_there).collect())
    }

    fn compile(&self, packs: &Path, compiled: &Path) -> Result<(), Error> {
        let mut command = Command::new(&self.tidegate);
        command.args(["compile", "--no-default-rules", "-o"]).arg(compiled).arg(packs);
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("tidegate compile: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// A peer that reads standard input, within the limits.
    fn peer(&self, name: &str, answers: Answers, command: &[&str]) -> Peer {
        let limits = format!(
            "ulimit -d {}; exec timeout {} \"$@\"",
            self.limits.megabytes * 1000,
            self.limits.seconds
        );
        let line = [&["sh", "-c", &limits, "limited"], command].concat();
        let command = line.into_iter().map(str::to_owned).collect();
        Peer { name: name.to_owned(), threads: 1, command, reads: Reads::Stdin, answers }
    }

    /// Why a run failed, in a line.
    pub fn reason(&self, error: &Error) -> String {
        let text = error.to_string();
        if text.contains(TIMED_OUT) {
            return format!("not done after {} s", self.limits.seconds);
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("weight "));
        lines.collect::<Vec<_>>().join("; ")
    }
}
