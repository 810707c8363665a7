//! Embeds `rules/`: the sources as a table of texts, and the rule set compiled from the packs.
//!
//! A pack that does not compile fails the build with the diagnostics that `tidegate check`
//! would print.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::load::Loader;
use tidegate_engine::rules::source::bundle::Bundle;

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = fs::canonicalize(package.join("../../rules"))?;
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", root.display())?;
    let files = read(&root)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("packs.compiled"), compile_packs(&files)?)?;
    fs::write(out.join("files.rs"), table(&root, &files)?)
}

/// Every YAML file and word list: path below `root` with `/`, and text, sorted by path.
fn read(root: &Path) -> io::Result<Vec<(String, String)>> {
    let mut paths = Vec::new();
    collect(root, &mut paths)?;
    let mut files = Vec::new();
    for path in paths {
        let relative = path.strip_prefix(root).unwrap_or(&path);
        files.push((relative.to_string_lossy().replace('\\', "/"), fs::read_to_string(&path)?));
    }
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_wanted =
            path.extension().is_some_and(|ending| ["yaml", "txt"].iter().any(|it| ending == *it));
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_wanted {
            files.push(path);
        }
    }
    Ok(())
}

/// The compiled file of the packs, which the program reads instead of the sources.
fn compile_packs(files: &[(String, String)]) -> io::Result<Vec<u8>> {
    // A bundle needs `'static` data, and this process ends soon.
    let files: Vec<(&'static str, &'static str)> = files
        .iter()
        .map(|(path, text)| -> (&'static str, &'static str) {
            (path.clone().leak(), text.clone().leak())
        })
        .collect();
    let loader = Loader::new().bundle(Bundle::new(files.leak(), &[]));
    let rules = loader.load().and_then(|loaded| compile(loaded.model)).map_err(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        io::Error::other(lines.join("\n"))
    })?;
    Ok(Compiled { rules, policies: Vec::new(), embedded: true }.to_bytes())
}

/// A Rust expression: the table of files.
fn table(root: &Path, files: &[(String, String)]) -> io::Result<Vec<u8>> {
    let mut table = Vec::from("&[\n");
    for (name, _) in files {
        let path = root.join(name).to_string_lossy().into_owned();
        writeln!(table, "    ({name:?}, include_str!({path:?})),")?;
    }
    table.extend(b"]\n");
    Ok(table)
}
