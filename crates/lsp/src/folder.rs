//! Rule folders: which files belong together, and the outlines of their files.
//!
//! The packs and policies of a folder are checked together, as `tidegate check FOLDER` does. The
//! paths of the settings have priority. Without them the folder of a file is the topmost folder
//! of the workspace that has other rule files, itself or in a folder directly below it;
//! otherwise it is the folder that contains the file. It is larger if packs include word lists by
//! `../`.

use crate::document::Document;
use crate::outline::{Outline, is_policy};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::rules::source::bundle::{Bundle, PACK_ENDING, POLICY_ENDING, PREFIX};

/// The paths that are checked together: one folder, or all paths of the settings.
pub type Root = Vec<PathBuf>;

/// Where rules are.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Paths of the settings, canonical.
    pub configured: Vec<PathBuf>,
    /// Folders of the workspace, canonical.
    pub workspaces: Vec<PathBuf>,
}

impl Roots {
    /// The paths to check with `file`, a canonical path.
    pub fn of(&self, file: &Path) -> Root {
        if self.configured.iter().any(|path| file.starts_with(path)) {
            return self.configured.clone();
        }
        let folder = file.parent().unwrap_or(file);
        let workspaces = self.workspaces.iter().filter(|path| folder.starts_with(path));
        let Some(workspace) = workspaces.max_by_key(|path| path.components().count()) else {
            return vec![folder.to_owned()];
        };
        let mut root = folder;
        let mut below = folder;
        for ancestor in folder.ancestors().skip(1).take_while(|path| path.starts_with(workspace)) {
            if has_rules_besides(ancestor, below) {
                root = ancestor;
            }
            below = ancestor;
        }
        vec![with_lists(root, workspace)]
    }
}

/// The folder, or the one above it from which every list that its packs include can be read.
fn with_lists(root: &Path, workspace: &Path) -> PathBuf {
    let mut widest = root;
    for file in rule_files(root) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let up = (1..).take_while(|count| text.contains(&"../".repeat(*count))).count();
        let Some(base) = file.parent().and_then(|folder| folder.ancestors().nth(up)) else {
            continue;
        };
        // A path may also leave the workspace; then the check reports it.
        if base.starts_with(workspace) && widest.starts_with(base) {
            widest = root.ancestors().find(|path| *path == base).unwrap_or(widest);
        }
    }
    widest.to_owned()
}

/// Does the folder have rule files, itself or in a folder directly below it other than `known`?
fn has_rules_besides(folder: &Path, known: &Path) -> bool {
    let below = entries(folder).into_iter().filter(|path| path != known && path.is_dir());
    has_rules(folder) || below.into_iter().any(|path| has_rules(&path))
}

fn has_rules(folder: &Path) -> bool {
    entries(folder).iter().any(|path| is_rule_file(path))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_hidden = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    entries.map(|entry| entry.path()).filter(|path| !is_hidden(path)).collect()
}

/// Is it a pack or a policy, by its name?
pub fn is_rule_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    name.ends_with(PACK_ENDING) || name.ends_with(POLICY_ENDING) || is_policy(name)
}

/// The outlines of the files of a root, by canonical path.
#[derive(Debug, Default)]
pub struct Folder {
    outlines: BTreeMap<PathBuf, Arc<Outline>>,
}

impl Folder {
    /// Reads every rule file of `root`; the text of an open document replaces that on disk.
    pub fn read<'d>(root: &Root, documents: impl Iterator<Item = &'d Document> + Clone) -> Folder {
        let mut folder = Folder::default();
        for path in root.iter().flat_map(|path| rule_files(path)) {
            let real = crate::uri::canonical(&path);
            if let Ok(text) = fs::read_to_string(&real) {
                folder.update(&real, &text);
            }
        }
        for document in documents {
            folder.update(&document.path, &document.text);
        }
        folder
    }

    /// Replaces the outline of a file. One that cannot be read keeps its last outline.
    pub fn update(&mut self, path: &Path, text: &str) {
        if !is_rule_file(path) {
            return;
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let source = Source { name: path.to_string_lossy().into_owned(), text };
        if let Some(outline) = Outline::new(Arc::new(source), Some(path.to_owned())) {
            self.outlines.insert(path.to_owned(), Arc::new(outline));
        }
    }

    /// Every outline, in path order.
    pub fn outlines(&self) -> impl Iterator<Item = &Arc<Outline>> {
        self.outlines.values()
    }
}

/// The rule files at a path, in path order.
fn rule_files(path: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name();
    let files = walk.into_iter().flatten().filter(|entry| !entry.file_type().is_dir());
    files.map(walkdir::DirEntry::into_path).filter(|path| is_rule_file(path)).collect()
}

/// Are there rule files at a path?
pub fn has_rule_files(path: &Path) -> bool {
    !rule_files(path).is_empty()
}

/// The outlines of the packs of a bundle.
pub fn embedded(bundle: Bundle) -> Vec<Arc<Outline>> {
    let outline = |(path, text): (&str, &str)| {
        let source = Source { name: format!("{PREFIX}{path}"), text: text.to_owned() };
        Outline::new(Arc::new(source), None).map(Arc::new)
    };
    bundle.packs().filter_map(outline).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(files: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "tidegate: 1\npack: p\n").unwrap();
        }
        (folder, root)
    }

    #[test]
    fn files_of_one_tree_belong_together() {
        let (_folder, root) = workspace(&[
            "rules/a/x.rules.yaml",
            "rules/b/deep/y.rules.yaml",
            "rules/policies/p.policy.yaml",
            "rules/words/w.txt",
            "src/main.rs",
            ".cache/z.rules.yaml",
        ]);
        let roots = Roots { workspaces: vec![root.clone()], configured: Vec::new() };
        for file in ["rules/a/x.rules.yaml", "rules/b/deep/y.rules.yaml", "rules/words/w.txt"] {
            assert_eq!(roots.of(&root.join(file)), [root.join("rules")], "{file}");
        }
        assert_eq!(roots.of(Path::new("/other/x.rules.yaml")), [Path::new("/other")]);
        fs::write(root.join("rules/a/x.rules.yaml"), "{ file: ../../lists/w.txt }").unwrap();
        assert_eq!(roots.of(&root.join("rules/b/deep/y.rules.yaml")), vec![root.clone()]);
        fs::write(root.join("rules/a/x.rules.yaml"), "{ file: ../../../../w.txt }").unwrap();
        assert_eq!(roots.of(&root.join("rules/b/deep/y.rules.yaml")), [root.join("rules")]);
        let configured = vec![root.join("rules/a"), root.join("rules/policies")];
        let roots = Roots { configured: configured.clone(), ..roots };
        assert_eq!(roots.of(&root.join("rules/a/x.rules.yaml")), configured);
        assert_eq!(roots.of(&root.join("rules/words/w.txt")), [root.join("rules")]);
    }

    #[test]
    fn open_texts_replace_those_on_disk_and_broken_ones_keep_their_outline() {
        let (_folder, root) = workspace(&["a.rules.yaml", "sub/policy.yaml", "w.txt"]);
        let mut folder = Folder::read(&vec![root.clone()], std::iter::empty());
        let names = |folder: &Folder| -> Vec<String> {
            let name = |it: &Arc<Outline>| it.name.as_ref().map(|name| name.value.clone());
            folder.outlines().filter_map(name).collect()
        };
        assert_eq!((names(&folder), folder.outlines().count()), (vec!["p".to_owned()], 2));
        folder.update(&root.join("a.rules.yaml"), "pack: changed\n");
        folder.update(&root.join("w.txt"), "pack: a word list\n");
        assert_eq!(names(&folder), ["changed"]);
        folder.update(&root.join("a.rules.yaml"), "pack: [broken");
        assert_eq!(names(&folder), ["changed"]);
    }
}
