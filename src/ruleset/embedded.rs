//! The files under `rules/`, carried by the program itself.

/// Path under `rules/` with `/`, and text; in path order.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// What stands before the path in the name of a source.
pub const PREFIX: &str = "<embedded>/";

/// Ending of the names of packs.
pub const PACK_ENDING: &str = ".rules.yaml";

/// Ending of the names of policies.
pub const POLICY_ENDING: &str = ".policy.yaml";

/// Packs, in path order.
pub fn packs() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied().filter(|(path, _)| path.ends_with(PACK_ENDING))
}

/// Policies by name (the file's name without its ending), in path order.
pub fn policies() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter_map(|(path, text)| {
        let name = path.strip_suffix(POLICY_ENDING)?;
        Some((name.rsplit_once('/').map_or(name, |(_, name)| name), *text))
    })
}

/// The text of one file.
pub fn file(path: &str) -> Option<&'static str> {
    let at = FILES.binary_search_by(|(known, _)| (*known).cmp(path)).ok()?;
    Some(FILES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sorted_and_found() {
        assert!(FILES.is_sorted_by_key(|(path, _)| *path) && packs().count() > 5);
        for (path, text) in FILES {
            assert_eq!(file(path), Some(*text));
        }
        assert_eq!(file("no/such.txt"), None);
    }
}
