//! Names of files that are read from folders and archives.

use std::path::{Component, Path};

/// Names of the files read from an archive, as messages describe them.
pub(super) const LINES_NAMES: &str =
    "*.jsonl, *.ndjson, each also as .gz, .zst, .bz2 or .xz, *.json.gz and so on";

/// Names of the files read from a folder, as help and messages describe them.
pub const FOLDER_NAMES: &str =
    "*.jsonl, *.ndjson, each also as .gz, .zst, .bz2 or .xz, *.json.gz and so on, *.parquet";

/// Endings of compressed files.
const COMPRESSED: [&str; 4] = [".gz", ".zst", ".bz2", ".xz"];

/// Is the name that of a file of JSON lines?
pub(super) fn has_lines_name(name: &str) -> bool {
    let ends = |name: &str, ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let name = name.to_ascii_lowercase();
    match COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)) {
        Some(inner) => ends(inner, &[".jsonl", ".ndjson", ".json"]),
        None => ends(&name, &[".jsonl", ".ndjson"]),
    }
}

/// Is the file one of posts, by its path below the folder that is read?
///
/// Files of Parquet that are hidden or below a hidden folder are not, nor those whose names begin
/// with `_`: writers such as Spark keep parts there that belong to no result.
pub fn is_of_posts(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let is_hidden = |part: Component<'_>| match part {
        Component::Normal(part) => part.to_string_lossy().starts_with(['.', '_']),
        _ => false,
    };
    let is_parquet = name.to_ascii_lowercase().ends_with(".parquet");
    has_lines_name(name) || is_parquet && !path.components().any(is_hidden)
}
