//! Checks the pages in `docs/`: every console block is run, and every link resolves.

use crate::sessions::{blocks, root, run_page};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Marks of blocks that are not run: code, settings of editors, and commands on data outside the
/// repository.
const SHOWN: &[&str] =
    &["rust", "text", "sh", "yaml", "json", "toml", "lua", "js", "elisp", "sql", "python"];

/// Paths of every page of the book and of the other tested pages, relative to the root.
fn pages() -> Vec<PathBuf> {
    let mut pages =
        ["README.zh-CN.md", "rules/README.md", "rules/README.zh-CN.md"].map(PathBuf::from).to_vec();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                pages.push(path);
            }
        }
    }
    pages.retain(|page| root().join(page).is_file());
    pages.sort();
    pages
}

/// Has a page blocks that no other page has? A Chinese page without blocks of its own has those of
/// its English page, byte for byte (`tools/repo-tests/src/translations.rs`).
fn has_own_blocks(page: &Path) -> bool {
    let is_own = || fs::read_to_string(root().join(page)).unwrap().contains("<!-- localised -->");
    !page.starts_with("docs/zh") || is_own()
}

#[test]
fn sessions_print_what_the_pages_show() {
    let run = |page: &PathBuf| run_page(page.to_str().unwrap(), SHOWN);
    let mut pages = pages();
    pages.retain(|page| has_own_blocks(page) || env::var_os("BLESS").is_some());
    let commands: usize = pages.par_iter().map(run).sum();
    assert!(commands >= 30, "found only {commands} commands");
}

/// Link targets of a page as written, outside code blocks.
fn links(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut prose = text.clone();
    for block in blocks(&text) {
        prose = prose.replace(&block.text, "");
    }
    let targets = prose.match_indices("](").map(|(at, _)| &prose[at + 2..]);
    targets.map(|rest| rest.split(')').next().unwrap().to_owned()).collect()
}

#[test]
fn links_resolve() {
    for page in pages() {
        let folder = root().join(&page).parent().unwrap().to_owned();
        for link in links(&page) {
            let file = link.split('#').next().unwrap();
            let outside = link.starts_with("https://") || file.is_empty();
            assert!(outside || folder.join(file).exists(), "{}: {link}", page.display());
        }
    }
}

#[test]
fn summary_lists_every_page() {
    let summary = Path::new("docs/SUMMARY.md");
    let named: BTreeSet<PathBuf> =
        links(summary).iter().map(|link| Path::new("docs").join(link)).collect();
    let there = pages().into_iter().filter(|page| page.starts_with("docs"));
    let there: BTreeSet<PathBuf> = there.filter(|page| page != summary).collect();
    assert_eq!(named, there, "docs/SUMMARY.md left, docs/ right");
}

#[test]
fn included_files_exist() {
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for (at, _) in text.match_indices("{{#include ") {
            let name = text[at + 11..].split("}}").next().unwrap();
            let file = root().join(&page).parent().unwrap().join(name);
            assert!(file.is_file(), "{}: {name}", page.display());
        }
    }
}
