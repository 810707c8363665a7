//! The manifest of a hand-over, and the check of a folder by it.
//!
//! The manifest shows that a file was changed, removed or added. Who writes the folder can write the
//! manifest, too: its own hash is to be sent another way, and the entry of the log that it names is
//! to be compared with the state.

use super::ids::hex;
use super::view::CaseView;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use tidegate_engine::message::{Message, message};

/// The files of a hand-over but the manifest.
pub(super) const FILES: [&str; 4] = ["case.json", "evidence.jsonl", "template.txt", "timeline.csv"];

/// The name of the manifest.
pub(super) const MANIFEST: &str = "MANIFEST";

/// Largest manifest that is read, in bytes.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;

/// The version of the format.
const VERSION: u32 = 1;

/// What a hand-over holds, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format: 1.
    pub hand_over: u32,
    /// The program and its version.
    pub program: String,
    /// Id of the case.
    pub case: String,
    /// Hash of the measures and correlations of the state.
    pub measures: Option<String>,
    /// The last entry of the log of the state.
    pub log: Option<LogHead>,
    /// Texts, names and ids are not masked.
    pub revealed: bool,
    /// SHA-256 (hexadecimal) of each file by name.
    pub files: BTreeMap<String, String>,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogHead {
    /// Its number.
    pub number: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

/// Something that is wrong with a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the file.
    pub file: String,
    /// What is wrong.
    pub message: Message,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The manifest, if it can be read.
    pub manifest: Option<Manifest>,
    /// SHA-256 (hexadecimal) of the manifest itself, if there is one.
    pub manifest_hash: Option<String>,
    /// All that is wrong, by name; empty if nothing is.
    pub findings: Vec<Finding>,
}

impl Manifest {
    /// Of these files.
    pub(super) fn of(
        view: &CaseView,
        revealed: bool,
        files: &[(&'static str, Vec<u8>)],
    ) -> Manifest {
        let log = view.origin.log.clone();
        let files = files.iter();
        Manifest {
            hand_over: VERSION,
            program: concat!("tidegate ", env!("CARGO_PKG_VERSION")).to_owned(),
            case: view.case.id.clone(),
            measures: view.origin.measures.clone(),
            log: log.map(|(number, hash)| LogHead { number, hash }),
            revealed,
            files: files.map(|(name, bytes)| ((*name).to_owned(), sha256(bytes))).collect(),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Compares a folder with its manifest.
///
/// # Errors
///
/// The folder cannot be read, or a file in it.
pub fn verify(folder: &Path) -> io::Result<Verified> {
    let mut findings = Vec::new();
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A link is not followed: what it leads to is not in the folder.
        let is_file = entry.file_type()?.is_file();
        names.insert(entry.file_name().to_string_lossy().into_owned(), is_file);
    }
    let bytes = match names.get(MANIFEST) {
        Some(true) => Some(read_manifest(&folder.join(MANIFEST))?),
        Some(false) | None => None,
    };
    let manifest = bytes.as_deref().map(parse);
    let manifest = match manifest {
        None => {
            findings.push(finding(MANIFEST, message!("is missing")));
            None
        }
        Some(Err(why)) => {
            findings.push(finding(MANIFEST, why));
            None
        }
        Some(Ok(manifest)) => Some(manifest),
    };
    if let Some(manifest) = &manifest {
        compare(folder, manifest, &names, &mut findings)?;
    }
    findings.sort_by(|left, right| left.file.cmp(&right.file));
    Ok(Verified { manifest, manifest_hash: bytes.as_deref().map(sha256), findings })
}

fn compare(
    folder: &Path,
    manifest: &Manifest,
    names: &BTreeMap<String, bool>,
    findings: &mut Vec<Finding>,
) -> io::Result<()> {
    // Only these names are opened, not what a manifest lists.
    for name in FILES {
        match (manifest.files.get(name), names.get(name)) {
            (None, None | Some(_)) => {
                findings.push(finding(name, message!("is not in the manifest")));
            }
            (Some(_), None) => findings.push(finding(name, message!("is missing"))),
            (Some(_), Some(false)) => {
                findings.push(finding(name, message!("is not a plain file")));
            }
            (Some(hash), Some(true)) => {
                if *hash != hash_file(&folder.join(name))? {
                    findings.push(finding(name, message!("is not as the manifest says")));
                }
            }
        }
    }
    let listed = manifest.files.keys().filter(|name| !FILES.contains(&name.as_str()));
    findings.extend(listed.map(|name| finding(name, message!("is no file of a hand-over"))));
    let is_extra = |name: &&String| {
        *name != MANIFEST && !FILES.contains(&name.as_str()) && !manifest.files.contains_key(*name)
    };
    let extra = names.keys().filter(is_extra);
    findings.extend(extra.map(|name| finding(name, message!("is not in the manifest"))));
    Ok(())
}

fn finding(file: &str, message: Message) -> Finding {
    Finding { file: file.to_owned(), message }
}

fn read_manifest(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Manifest, Message> {
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(|error| {
        let error = Message::verbatim(error.to_string());
        message!("cannot be read ({error})")
    })?;
    match manifest.hand_over {
        VERSION => Ok(manifest),
        found => Err(message!("has the version {found}; this program knows {VERSION}")),
    }
}

fn hash_file(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}
