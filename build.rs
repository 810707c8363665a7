//! Lists the files under `rules/`, so that the program carries them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "cargo::rerun-if-changed=rules")?;
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("rules");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    let name = |file: &PathBuf| {
        let relative = file.strip_prefix(&root).unwrap_or(file);
        relative.to_string_lossy().replace('\\', "/")
    };
    // By name as text, the order in which files are looked up.
    files.sort_by_cached_key(name);
    let mut table = Vec::from("&[\n");
    for file in &files {
        let path = file.to_string_lossy();
        writeln!(table, "    ({:?}, include_str!({path:?})),", name(file))?;
    }
    table.extend(b"]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    fs::write(out, table)
}

/// Packs, policies and word lists, in all folders.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "txt") {
            files.push(path);
        }
    }
    Ok(())
}
