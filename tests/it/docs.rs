//! The pages in `docs/` are true: every command is run, and every link leads somewhere.

use crate::sessions::{blocks, root, run_page};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Blocks that are looked at and not run: the library's, and figures beside the command
/// that made them on data that is not in the repository.
const SHOWN: &[&str] = &["rust", "text", "sh", "yaml", "json"];

/// Every page of the book and what stands beside it, below the root.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec!["README.zh-CN.md".into(), "rules/README.md".into()];
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

#[test]
fn sessions_go_as_they_are_told() {
    let run = |page: &PathBuf| run_page(page.to_str().unwrap(), SHOWN);
    let commands: usize = pages().par_iter().map(run).sum();
    assert!(commands >= 30, "found only {commands} commands");
}

/// Where the links of a page lead, as they are written; code is left out.
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
fn links_lead_somewhere() {
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
fn the_book_names_every_page() {
    let summary = Path::new("docs/SUMMARY.md");
    let named: BTreeSet<PathBuf> =
        links(summary).iter().map(|link| Path::new("docs").join(link)).collect();
    let there = pages().into_iter().filter(|page| page.starts_with("docs"));
    let there: BTreeSet<PathBuf> = there.filter(|page| page != summary).collect();
    assert_eq!(named, there, "docs/SUMMARY.md left, docs/ right");
}

/// `{{#include FILE}}` names a file that is there.
#[test]
fn what_is_included_is_there() {
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for (at, _) in text.match_indices("{{#include ") {
            let name = text[at + 11..].split("}}").next().unwrap();
            let file = root().join(&page).parent().unwrap().join(name);
            assert!(file.is_file(), "{}: {name}", page.display());
        }
    }
}
