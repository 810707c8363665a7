//! FILE, DIR, GLOB → the inputs, in order, before the first byte is read.
//!
//! * A named file is read regardless of its name; `-` is standard input.
//! * A folder means the files below it whose names are those of JSON lines or Parquet, in path order.
//! * A missing file, or one that cannot be opened, is an error at once.

use crate::term::say;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tidegate_pipeline::Input;
use tidegate_pipeline::input::{FOLDER_NAMES, is_of_posts};

/// The inputs named by `names`; standard input if there are none.
///
/// # Errors
///
/// A message for the user.
pub fn expand(names: &[PathBuf]) -> Result<Vec<Input>, String> {
    expand_or_suggest(names, &[])
}

/// As [`expand`], for a command line on which a mistyped command is read as a file name: the
/// message suggests the closest of `commands`.
pub fn expand_or_suggest(names: &[PathBuf], commands: &[String]) -> Result<Vec<Input>, String> {
    if names.is_empty() {
        return Ok(vec![Input::Stdin]);
    }
    let mut inputs = Vec::new();
    for name in names {
        if name == Path::new("-") {
            inputs.push(Input::Stdin);
        } else {
            expand_path(name, &mut inputs).map_err(|error| error + &hint(name, commands))?;
        }
    }
    if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 {
        return Err(say!("`-` is given twice; standard input can be read only once"));
    }
    Ok(inputs)
}

fn expand_path(name: &Path, inputs: &mut Vec<Input>) -> Result<(), String> {
    match fs::metadata(name) {
        Ok(metadata) if metadata.is_dir() => expand_folder(name, inputs),
        Ok(metadata) => {
            if metadata.is_file() {
                File::open(name).map_err(|error| say!("{}: {error}", name.display()))?;
            }
            inputs.push(Input::File(name.to_owned()));
            Ok(())
        }
        Err(_) if is_pattern(name) => expand_pattern(name, inputs),
        Err(error) => Err(say!("{}: {error}", name.display())),
    }
}

/// `; did you mean …?` if a missing file has almost the name of a command.
fn hint(name: &Path, commands: &[String]) -> String {
    let Some(word) = name.to_str().filter(|_| !name.exists()) else { return String::new() };
    let close = commands.iter().find(|command| strsim::osa_distance(command, word) <= 2);
    close.map_or_else(String::new, |close| say!("; did you mean the command `{close}`?"))
}

fn expand_folder(folder: &Path, inputs: &mut Vec<Input>) -> Result<(), String> {
    let before = inputs.len();
    for entry in walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| format!("{}: {error}", folder.display()))?;
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        if entry.file_type().is_file() && is_of_posts(below) {
            expand_path(entry.path(), inputs)?;
        }
    }
    if inputs.len() > before {
        return Ok(());
    }
    Err(say!(
        "{}: no posts in this folder; only {FOLDER_NAMES} are read, other files must be named",
        folder.display()
    ))
}

fn is_pattern(name: &Path) -> bool {
    name.to_str().is_some_and(|name| name.contains(['*', '?', '[']))
}

fn expand_pattern(pattern: &Path, inputs: &mut Vec<Input>) -> Result<(), String> {
    let place = pattern.display();
    let text = pattern.to_str().unwrap_or_default();
    let found = glob::glob(text).map_err(|error| say!("{place}: {error}"))?;
    let mut paths =
        found.collect::<Result<Vec<_>, _>>().map_err(|error| say!("{place}: {error}"))?;
    paths.sort();
    if paths.is_empty() {
        return Err(say!("{place}: no file matches"));
    }
    paths.iter().try_for_each(|path| expand_path(path, inputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(folder: &Path, names: &[&str]) {
        for name in names {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            File::create(path).unwrap();
        }
    }

    fn names(folder: &Path, inputs: &[Input]) -> Vec<String> {
        let name = |input: &Input| match input {
            Input::Stdin => "-".to_owned(),
            Input::File(path) => path.strip_prefix(folder).unwrap().display().to_string(),
        };
        inputs.iter().map(name).collect()
    }

    #[test]
    fn folders_are_read_in_path_order_and_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        touch(
            folder,
            &[
                "b.jsonl",
                "a/z.ndjson",
                "a/c.jsonl.gz",
                "a.jsonl",
                "c.json.zst",
                "d.JSONL",
                "notes.txt",
                "big.json",
                "e.tar.gz",
                "f.gz",
                "a/deep/er/x.jsonl",
                "p/part-0.snappy.parquet",
                "p/.part-0.snappy.parquet.crc",
                "p/_SUCCESS",
                "p/_temporary/0/part-0.parquet",
                "p/.hidden.parquet",
                "p/_delta_log/0.jsonl",
            ],
        );
        let inputs = expand(&[folder.to_owned()]).unwrap();
        let expected = [
            "a/c.jsonl.gz",
            "a/deep/er/x.jsonl",
            "a/z.ndjson",
            "a.jsonl",
            "b.jsonl",
            "c.json.zst",
            "d.JSONL",
            "p/_delta_log/0.jsonl",
            "p/part-0.snappy.parquet",
        ];
        assert_eq!(names(folder, &inputs), expected);
    }

    #[test]
    fn patterns_are_expanded_and_named_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        touch(folder, &["b.txt", "a.txt", "c[1].txt", "sub/x.jsonl"]);
        let expand = |name: &str| expand(&[folder.join(name)]);
        assert_eq!(names(folder, &expand("?.txt").unwrap()), ["a.txt", "b.txt"]);
        assert_eq!(names(folder, &expand("s*").unwrap()), ["sub/x.jsonl"]);
        // A file of that name takes precedence over the pattern.
        assert_eq!(names(folder, &expand("c[1].txt").unwrap()), ["c[1].txt"]);
        assert!(expand("*.csv").unwrap_err().ends_with("no file matches"));
        assert!(expand("none.txt").unwrap_err().contains("No such file"));
    }

    #[test]
    fn errors_suggest_a_correction() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), &["a.txt"]);
        assert!(expand(&[folder.path().to_owned()]).unwrap_err().contains("*.ndjson"));
        let commands = ["scan".to_owned(), "packs".to_owned()];
        let error = expand_or_suggest(&["pakcs".into()], &commands).unwrap_err();
        assert!(error.ends_with("did you mean the command `packs`?"), "{error}");
        assert!(!expand(&["pakcs".into()]).unwrap_err().contains("packs"));
        let twice = ["-".into(), "-".into()];
        assert!(expand(&twice).unwrap_err().contains("only once"));
    }

    #[test]
    fn no_names_mean_standard_input() {
        assert_eq!(expand(&[]).unwrap(), [Input::Stdin]);
    }
}
