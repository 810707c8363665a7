//! The peers: a name, and the command line that runs each.

use crate::error::Error;
use crate::terms::TermSet;
use crate::{hyperscan, terms};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How the answers of a peer are compared with those of the naive program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Same ids and hits as the naive program.
    Same,
    /// Every post that the naive program hits, and possibly more.
    AtLeast,
    /// Those of the reference, except where its folding makes a difference: printed, not judged.
    Folded,
    /// It does different work: its count is printed and not compared.
    Other,
    /// It finds nothing.
    None,
}

/// Where a peer reads posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// From standard input, which is the file.
    Stdin,
    /// From the path in its command.
    Itself,
}

/// A program in the comparison.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Name in the table.
    pub name: String,
    /// Number of threads or processes.
    pub threads: usize,
    /// Program and arguments; `{corpus}`, `{first}` and `{second}` are replaced by paths of posts.
    pub command: Vec<String>,
    /// Where it reads.
    pub reads: Reads,
    /// How its answers are compared.
    pub answers: Answers,
}

/// A peer that is not available, and why.
#[derive(Debug)]
pub struct Absent {
    /// Its name.
    pub name: &'static str,
    /// The reason, and how to install it.
    pub why: String,
}

/// Finds programs and libraries once.
pub struct Finder {
    own: PathBuf,
    tidegate: PathBuf,
    rg: Result<(), String>,
    hyperscan: Result<(), String>,
    matcher_rs: Result<PathBuf, String>,
    python: Result<PathBuf, String>,
}

impl Finder {
    /// Looks for every peer.
    pub fn new(tidegate: Option<&Path>) -> Result<Finder, Error> {
        let own = std::env::current_exe()?;
        let tidegate = match tidegate {
            Some(path) => path.to_owned(),
            None => own.with_file_name("tidegate"),
        };
        if !tidegate.is_file() {
            let path = tidegate.display();
            return Err(format!("{path}: no such program; run `cargo build --release`").into());
        }
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let matcher_rs = here.join("matcher_rs/target/release/peer-matcher-rs");
        let script = here.join("python_peer.py");
        let imports = runs("python3", &["-c", "import orjson, ahocorasick_rs"]);
        Ok(Finder {
            own,
            tidegate,
            rg: runs("rg", &["--version"]).map_err(|why| format!("{why}: install ripgrep")),
            hyperscan: hyperscan::presence(),
            matcher_rs: matcher_rs.is_file().then_some(matcher_rs).ok_or_else(|| {
                "not built: RUSTC_BOOTSTRAP=1 cargo build --release --manifest-path \
                 benches/peers/matcher_rs/Cargo.toml"
                    .to_owned()
            }),
            python: imports
                .map(|()| script)
                .map_err(|why| format!("{why}: pip install orjson ahocorasick_rs")),
        })
    }

    /// The peers that are not available.
    pub fn absent(&self) -> Vec<Absent> {
        let why = [
            ("rg", self.rg.as_ref().err()),
            ("hyperscan", self.hyperscan.as_ref().err()),
            ("matcher_rs", self.matcher_rs.as_ref().err()),
            ("python", self.python.as_ref().err()),
        ];
        let absent = why.into_iter().filter_map(|(name, why)| Some((name, why?.clone())));
        absent.map(|(name, why)| Absent { name, why }).collect()
    }

    /// The peers for a set of terms, the naive program first.
    pub fn with_terms(&self, set: &TermSet, folder: &Path) -> Result<Vec<Peer>, Error> {
        let terms = path(&set.path);
        let own = path(&self.own);
        let mut peers = Vec::new();
        let stdin = |name: &str, threads: usize, answers, command: &[&str]| Peer {
            name: name.to_owned(),
            threads,
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            reads: Reads::Stdin,
            answers,
        };
        let same = Answers::Same;
        peers.push(stdin("naive", 2, same, &[&own, "naive", &terms, "2"]));
        let engines = ["aho-corasick", "daachorse-bytes", "daachorse-chars", "hyperscan"];
        for kind in engines {
            if kind != "hyperscan" || self.hyperscan.is_ok() {
                peers.push(stdin(kind, 2, same, &[&own, "engine", kind, &terms, "2"]));
            }
        }
        if let Ok(program) = &self.matcher_rs {
            peers.push(stdin("matcher_rs", 2, Answers::Other, &[&path(program), &terms, "2"]));
        }
        if let Ok(script) = &self.python {
            peers.push(stdin("python", 1, same, &["python3", &path(script), &terms]));
        }
        if self.rg.is_ok() {
            peers.extend(rg(&terms));
        }
        let pack = terms::write_pack(set, folder)?;
        peers.extend(self.tidegate(&["--no-default-rules", "--rules", &path(&pack)]));
        Ok(peers)
    }

    /// tidegate with some rules, from a file and from a pipe.
    pub fn tidegate(&self, rules: &[&str]) -> Vec<Peer> {
        let mut peers = Vec::new();
        let program = path(&self.tidegate);
        for (what, threads) in [("file", 1), ("file", 2), ("pipe", 1), ("pipe", 2)] {
            let count = threads.to_string();
            let mut command = vec![program.as_str(), "--stats", "json", "--threads", &count];
            command.extend(rules);
            let command = match what {
                "file" => [&command[..], &["{corpus}"]].concat(),
                // The program and its flags become `$@` of a shell that feeds it.
                _ => [&["sh", "-c", "cat \"$0\" | \"$@\"", "{corpus}"], &command[..]].concat(),
            };
            peers.push(Peer {
                name: format!("tidegate {what}"),
                threads,
                command: command.into_iter().map(str::to_owned).collect(),
                reads: Reads::Itself,
                answers: Answers::AtLeast,
            });
        }
        peers
    }
}

/// Upper bound: the throughput of a pipe.
pub fn floor() -> Peer {
    let words = ["sh", "-c", "cat \"$0\" | wc -c", "{corpus}"];
    Peer {
        name: "cat | wc -c".to_owned(),
        threads: 2,
        command: words.map(str::to_owned).into(),
        reads: Reads::Itself,
        answers: Answers::None,
    }
}

/// ripgrep in one process, and in two processes on half of the posts each.
fn rg(terms: &str) -> [Peer; 2] {
    let one = ["rg", "-j", "1", "-c", "-F", "-f", terms, "{corpus}"];
    let halves = "rg -j 1 -c -F -f \"$0\" \"$1\" & rg -j 1 -c -F -f \"$0\" \"$2\"; wait";
    let two = ["sh", "-c", halves, terms, "{first}", "{second}"];
    let peer = |threads, command: &[&str]| Peer {
        name: "rg -c -F -f".to_owned(),
        threads,
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        reads: Reads::Itself,
        answers: Answers::Other,
    };
    [peer(1, &one), peer(2, &two)]
}

/// A path as an argument.
pub fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Whether the program runs successfully.
pub fn runs(program: &str, arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{program} {}` ends with {status}", arguments.join(" "))),
        Err(error) => Err(format!("{program}: {error}")),
    }
}
