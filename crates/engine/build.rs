//! Sets `TIDEGATE_ENGINE` to a hash over the sources of the engine, so that a compiled rule
//! set is read only by the build that wrote it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    writeln!(io::stdout(), "cargo::rerun-if-changed=src")?;
    writeln!(io::stdout(), "cargo::rustc-env=TIDEGATE_ENGINE={:016x}", number(&package)?)
}

/// FNV-1a, 64 bits, over path and content of every source file.
fn number(package: &Path) -> io::Result<u64> {
    let sources = package.join("src");
    let mut files = Vec::new();
    collect(&sources, &mut files)?;
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

/// Rust files, in all folders.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
