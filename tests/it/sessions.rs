//! Runs the shell sessions in Markdown pages and compares their output.
//!
//! * A block marked `console` is a shell session: lines after `$ ` are commands, and the lines
//!   that follow must equal their output. The folder contains a copy of `examples/` and the
//!   files of other blocks. `BLESS=1` writes the current output into the page.
//! * A block marked `yaml NAME`, `text NAME` or `json NAME` is a file of that name.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fenced block of a page.
pub struct Block {
    /// Text after the opening fence.
    pub mark: String,
    /// Number of its first line, from 1.
    pub line: usize,
    /// Its content, each line with a line end.
    pub text: String,
}

/// The fenced blocks of a page.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(mark), None) => {
                open = Some(Block { mark: mark.to_owned(), line: number + 2, text: String::new() });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Runs a command in bash with the program of this build in the path. Returns its output
/// (both streams) and whether it succeeded.
pub fn shell(folder: &Path, command: &str) -> (String, bool) {
    let program = Path::new(env!("CARGO_BIN_EXE_tidegate")).parent().unwrap();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([program.to_owned()].into_iter().chain(env::split_paths(&path)));
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .env_remove("TIDEGATE_SHARED_DATA")
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

/// Returns a temporary folder with a copy of `examples/`.
pub fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples"), &folder.path().join("examples"));
    folder
}

/// Copies a folder with the folders in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Replaces the output in a page with the current output of its commands. Also returns the
/// number of commands.
fn with_current_output(page: &str, folder: &Path) -> (String, usize) {
    let mut out = String::new();
    let mut commands = 0;
    let mut in_session = false;
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        in_session = match line.strip_prefix("```") {
            Some(mark) => mark == "console",
            None => in_session,
        };
        let Some(first) = line.strip_prefix("$ ").filter(|_| in_session) else {
            if !in_session || line.starts_with("```") {
                out.push_str(line);
                out.push('\n');
            }
            continue;
        };
        let mut command = first.to_owned();
        out.push_str(line);
        out.push('\n');
        while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
            command.push_str(&more[1..]);
            out.push_str(more);
            out.push('\n');
        }
        commands += 1;
        out.push_str(&shell(folder, &command).0);
    }
    (out, commands)
}

/// Writes the files of a page, runs its commands and compares their output with the page.
/// Skips blocks whose mark is in `others`. Returns the number of commands.
pub fn run_page(name: &str, others: &[&str]) -> usize {
    let path = root().join(name);
    let (page, folder) = (fs::read_to_string(&path).unwrap(), workplace());
    for block in blocks(&page) {
        match block.mark.split_once(' ') {
            Some(("yaml" | "text" | "json", name)) => {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &block.text).unwrap();
            }
            None if block.mark == "console" || others.contains(&block.mark.as_str()) => {}
            _ => panic!("{name}:{}: unknown block mark `{}`", block.line, block.mark),
        }
    }
    let (printed, commands) = with_current_output(&page, folder.path());
    if env::var_os("BLESS").is_some() {
        fs::write(path, printed).unwrap();
        return commands;
    }
    for (number, (expected, printed)) in page.lines().zip(printed.lines()).enumerate() {
        assert_eq!(
            printed,
            expected,
            "{name}:{}: output left, page right; BLESS=1 accepts, then read the diff",
            number + 1
        );
    }
    assert_eq!(page.lines().count(), printed.lines().count(), "{name}");
    commands
}
