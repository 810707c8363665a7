//! Lists the files under `rules/`, so that the program carries them, and gives the library
//! the number of its sources, so that compiled rules are read by the build that wrote them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    writeln!(io::stdout(), "cargo::rerun-if-changed=rules")?;
    writeln!(io::stdout(), "cargo::rerun-if-changed=src")?;
    writeln!(io::stdout(), "cargo::rustc-env=TIDEGATE_ENGINE={:016x}", engine(&package)?)?;
    let root = package.join("rules");
    let mut files = Vec::new();
    collect(&root, &["yaml", "txt"], &mut files)?;
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

/// A number over every source of the library (FNV-1a with 64 bits; the command line and
/// `main.rs` read and write no compiled rules).
fn engine(package: &Path) -> io::Result<u64> {
    let sources = package.join("src");
    let mut files = Vec::new();
    collect(&sources, &["rs"], &mut files)?;
    files.retain(|file| !file.starts_with(sources.join("cli")) && !file.ends_with("main.rs"));
    files.sort();
    let mut number = 0xCBF2_9CE4_8422_2325_u64;
    for file in &files {
        let name = file.strip_prefix(&sources).unwrap_or(file).to_string_lossy().into_owned();
        for byte in name.into_bytes().into_iter().chain([0]).chain(fs::read(file)?) {
            number = (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    Ok(number)
}

/// Files with one of these endings, in all folders.
fn collect(folder: &Path, endings: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_wanted = |path: &Path| {
            path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted))
        };
        if path.is_dir() {
            collect(&path, endings, files)?;
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
    Ok(())
}
