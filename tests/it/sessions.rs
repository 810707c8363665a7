//! Pages are run: their commands, their files, what they print.
//!
//! * A block marked `console` is a session in a shell: lines after `$ ` are run, and what
//!   they print must follow, to the letter. `examples/` is at hand, and so are the files
//!   of other blocks. `BLESS=1` writes what they print now; then read the diff.
//! * A block marked `yaml NAME`, `text NAME` or `json NAME` is a file of that name.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fenced block: what it is marked with, its first line's number, its text.
pub struct Block {
    /// What stands behind the fence.
    pub mark: String,
    /// The number of its first line.
    pub line: usize,
    /// Its lines.
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

/// What a shell prints, with the program of this build in its path.
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

/// A folder with a copy of `examples/`.
pub fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("examples")).unwrap();
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            continue;
        }
        fs::copy(entry.path(), folder.path().join("examples").join(entry.file_name())).unwrap();
    }
    folder
}

/// A page with what its commands print now in place of what it tells.
fn as_it_is(page: &str, folder: &Path) -> (String, usize) {
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

/// Runs a page: files are written, commands run, and what they print is what is told.
/// Blocks with a mark of `others` are left alone. Returns how many commands ran.
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
            _ => panic!("{name}:{}: what is a block of `{}`?", block.line, block.mark),
        }
    }
    let (printed, commands) = as_it_is(&page, folder.path());
    if env::var_os("BLESS").is_some() {
        fs::write(path, printed).unwrap();
        return commands;
    }
    for (number, (told, printed)) in page.lines().zip(printed.lines()).enumerate() {
        assert_eq!(
            printed,
            told,
            "{name}:{}: printed left, told right; BLESS=1 accepts, then read the diff",
            number + 1
        );
    }
    assert_eq!(page.lines().count(), printed.lines().count(), "{name}");
    commands
}
