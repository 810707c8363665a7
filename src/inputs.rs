//! FILE, DIR, GLOB → the inputs, in order, before the first byte is read.
//!
//! * A file that is named is read whatever its name; `-` is standard input.
//! * A folder stands for the files below it that look like JSON lines, in path order.
//! * What is named and is not there, or cannot be opened, is an error now.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tidegate_pipeline::Input;

/// What is read of a folder: said in help and messages.
pub const FOLDER_NAMES: &str = "*.jsonl, *.ndjson, each also as .gz or .zst, *.json.gz, *.json.zst";

/// The inputs that `names` stand for.
///
/// # Errors
///
/// A message for people, with the way out.
pub fn expand(names: &[PathBuf]) -> Result<Vec<Input>, String> {
    if names.is_empty() {
        return Ok(vec![Input::Stdin]);
    }
    let mut inputs = Vec::new();
    for name in names {
        if name == Path::new("-") {
            inputs.push(Input::Stdin);
        } else {
            expand_path(name, &mut inputs)?;
        }
    }
    if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 {
        return Err("`-` was given twice: standard input can be read only once".to_owned());
    }
    Ok(inputs)
}

fn expand_path(name: &Path, inputs: &mut Vec<Input>) -> Result<(), String> {
    match fs::metadata(name) {
        Ok(metadata) if metadata.is_dir() => expand_folder(name, inputs),
        Ok(metadata) => {
            if metadata.is_file() {
                File::open(name).map_err(|error| format!("{}: {error}", name.display()))?;
            }
            inputs.push(Input::File(name.to_owned()));
            Ok(())
        }
        Err(_) if is_pattern(name) => expand_pattern(name, inputs),
        Err(error) => Err(format!("{}: {error}{}", name.display(), verb_hint(name))),
    }
}

/// Somebody may have mistyped a verb, which then reads like a file.
fn verb_hint(name: &Path) -> String {
    let Some(word) = name.to_str() else { return String::new() };
    let near =
        crate::flags::verb_names().into_iter().find(|verb| strsim::osa_distance(verb, word) <= 2);
    near.map_or_else(String::new, |verb| format!("; did you mean the verb `{verb}`?"))
}

fn expand_folder(folder: &Path, inputs: &mut Vec<Input>) -> Result<(), String> {
    let before = inputs.len();
    for entry in walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| format!("{}: {error}", folder.display()))?;
        if entry.file_type().is_file() && looks_like_lines(entry.file_name()) {
            expand_path(entry.path(), inputs)?;
        }
    }
    if inputs.len() > before {
        return Ok(());
    }
    Err(format!(
        "{}: no posts in this folder; it is searched for {FOLDER_NAMES}, other files have to be named",
        folder.display()
    ))
}

/// Does the name look like JSON lines?
fn looks_like_lines(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let ends = |name: &str, ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let name = name.to_ascii_lowercase();
    match name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")) {
        Some(inner) => ends(inner, &[".jsonl", ".ndjson", ".json"]),
        None => ends(&name, &[".jsonl", ".ndjson"]),
    }
}

fn is_pattern(name: &Path) -> bool {
    name.to_str().is_some_and(|name| name.contains(['*', '?', '[']))
}

fn expand_pattern(pattern: &Path, inputs: &mut Vec<Input>) -> Result<(), String> {
    let place = pattern.display();
    let text = pattern.to_str().unwrap_or_default();
    let found = glob::glob(text).map_err(|error| format!("{place}: {error}"))?;
    let mut paths =
        found.collect::<Result<Vec<_>, _>>().map_err(|error| format!("{place}: {error}"))?;
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{place}: no file matches"));
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
        ];
        assert_eq!(names(folder, &inputs), expected);
    }

    #[test]
    fn patterns_and_names_are_taken_as_given() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        touch(folder, &["b.txt", "a.txt", "c[1].txt", "sub/x.jsonl"]);
        let expand = |name: &str| expand(&[folder.join(name)]);
        assert_eq!(names(folder, &expand("?.txt").unwrap()), ["a.txt", "b.txt"]);
        assert_eq!(names(folder, &expand("s*").unwrap()), ["sub/x.jsonl"]);
        // A file of that name comes before the pattern.
        assert_eq!(names(folder, &expand("c[1].txt").unwrap()), ["c[1].txt"]);
        assert!(expand("*.csv").unwrap_err().ends_with("no file matches"));
        assert!(expand("none.txt").unwrap_err().contains("No such file"));
    }

    #[test]
    fn errors_say_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        touch(folder.path(), &["a.txt"]);
        assert!(expand(&[folder.path().to_owned()]).unwrap_err().contains("*.ndjson"));
        assert!(expand(&["pakcs".into()]).unwrap_err().contains("the verb `packs`"));
        let twice = ["-".into(), "-".into()];
        assert!(expand(&twice).unwrap_err().contains("only once"));
    }

    #[test]
    fn no_name_is_standard_input() {
        assert_eq!(expand(&[]).unwrap(), [Input::Stdin]);
    }
}
