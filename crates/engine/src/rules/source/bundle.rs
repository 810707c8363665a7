//! A set of rule files in memory, with the rule set compiled from its packs.
//!
//! `tidegate-packs` embeds the shipped packs and policies as one [`Bundle`]; the engine
//! itself contains no rules.

use crate::diagnostic::Source;
use std::sync::Arc;

/// Prefix of the names of sources that come from a bundle.
pub const PREFIX: &str = "<embedded>/";

/// Ending of the file names of packs.
pub const PACK_ENDING: &str = ".rules.yaml";

/// Ending of the file names of policies.
pub const POLICY_ENDING: &str = ".policy.yaml";

/// Is this a file of a bundle?
pub fn is_embedded(source: &Source) -> bool {
    source.name.starts_with(PREFIX)
}

/// Packs, word lists and policies in memory.
#[derive(Clone, Copy, Debug)]
pub struct Bundle {
    files: &'static [(&'static str, &'static str)],
    compiled: &'static [u8],
}

impl Bundle {
    /// A bundle of `files`: path below the rules folder with `/`, and text, sorted by path.
    /// `compiled` is the result of [`crate::rules::codec::Compiled::to_bytes`] for its packs, by
    /// the same engine; empty if nothing was compiled.
    pub const fn new(
        files: &'static [(&'static str, &'static str)],
        compiled: &'static [u8],
    ) -> Bundle {
        Bundle { files, compiled }
    }

    /// Every file: path and text, in path order.
    pub fn files(self) -> &'static [(&'static str, &'static str)] {
        self.files
    }

    /// The rule set compiled from the packs, as a compiled file.
    pub fn compiled(self) -> &'static [u8] {
        self.compiled
    }

    /// Packs, in path order.
    pub fn packs(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.files.iter().copied().filter(|(path, _)| path.ends_with(PACK_ENDING))
    }

    /// Policies by name (the file's name without its ending), in path order.
    pub fn policies(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.files.iter().filter_map(|(path, text)| {
            let name = path.strip_suffix(POLICY_ENDING)?;
            Some((name.rsplit_once('/').map_or(name, |(_, name)| name), *text))
        })
    }

    /// Names of the policies, in path order.
    pub fn policy_names(self) -> impl Iterator<Item = &'static str> {
        self.policies().map(|(name, _)| name)
    }

    /// The source of the policy called `name`.
    pub fn policy(self, name: &str) -> Option<Arc<Source>> {
        let (name, text) = self.policies().find(|(known, _)| *known == name)?;
        let name = format!("{PREFIX}policies/{name}{POLICY_ENDING}");
        Some(Arc::new(Source { name, text: text.to_owned() }))
    }

    /// The text of one file.
    pub fn file(self, path: &str) -> Option<&'static str> {
        let at = self.files.binary_search_by(|(known, _)| (*known).cmp(path)).ok()?;
        Some(self.files[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUNDLE: Bundle = Bundle::new(
        &[
            ("a/words.txt", "one"),
            ("a/x.rules.yaml", "pack: x"),
            ("policies/default.policy.yaml", "kind: policy"),
        ],
        &[],
    );

    #[test]
    fn files_are_found_by_path_and_by_name() {
        for (path, text) in BUNDLE.files() {
            assert_eq!(BUNDLE.file(path), Some(*text));
        }
        assert_eq!(BUNDLE.file("no/such.txt"), None);
        assert_eq!(BUNDLE.packs().collect::<Vec<_>>(), [("a/x.rules.yaml", "pack: x")]);
        assert_eq!(BUNDLE.policy_names().collect::<Vec<_>>(), ["default"]);
        let policy = BUNDLE.policy("default").unwrap();
        assert_eq!(policy.name, "<embedded>/policies/default.policy.yaml");
        assert!(BUNDLE.policy("a").is_none());
    }
}
