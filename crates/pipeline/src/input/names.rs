//! Names of files that are read from folders and archives.

/// Names of the files read from a folder, as help and messages describe them.
pub const FOLDER_NAMES: &str =
    "*.jsonl, *.ndjson, each also as .gz, .zst, .bz2 or .xz, *.json.gz and so on";

/// Endings of compressed files.
const COMPRESSED: [&str; 4] = [".gz", ".zst", ".bz2", ".xz"];

/// Is the name that of a file of JSON lines?
pub fn has_lines_name(name: &str) -> bool {
    let ends = |name: &str, ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let name = name.to_ascii_lowercase();
    match COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)) {
        Some(inner) => ends(inner, &[".jsonl", ".ndjson", ".json"]),
        None => ends(&name, &[".jsonl", ".ndjson"]),
    }
}
