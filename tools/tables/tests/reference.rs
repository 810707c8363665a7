//! Compares the definitions with reference tables that are not part of the project.
//!
//! The folder is `TIDEGATE_SHARED_DATA`, or `../shared/data` next to the repository; without
//! it these tests print a notice and pass.

use std::path::PathBuf;

use tables_generator::fold::Folder;
use tables_generator::{lookalikes, pinyin};
use unicode_normalization::UnicodeNormalization;

/// The rows of a reference table, split at tabs; `None` if it is absent.
fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let sibling = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root =
        std::env::var_os("TIDEGATE_SHARED_DATA").map_or_else(|| sibling.into(), PathBuf::from);
    let path = root.join("mappings").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no reference table at {}", path.display());
        return None;
    };
    Some(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

fn folded(folder: &Folder, text: &str) -> String {
    text.chars().map(|c| folder.fold(c)).collect()
}

/// The rows `from TAB to to …` whose fold of `from` equals that of no `to`, and how many
/// equal that of a `to` other than the first.
fn mismatches(name: &str) -> Option<(Vec<String>, usize)> {
    let folder = Folder::new();
    let (mut mismatches, mut later) = (Vec::new(), 0);
    for row in rows(name)? {
        let from = folded(&folder, &row[0]);
        match row[1].split(' ').position(|to| folded(&folder, to) == from) {
            None => mismatches.push(format!("{} {}", row[0], row[1])),
            Some(0) => {}
            Some(_) => later += 1,
        }
    }
    println!("{name}: {later} agree with a later candidate, mismatches: {mismatches:?}");
    Some((mismatches, later))
}

#[test]
fn traditional_and_simplified_fold_alike() {
    let Some((mismatches, _)) = mismatches("opencc_tscharacters.txt") else { return };
    assert_eq!(mismatches, Vec::<String>::new());
}

#[test]
fn regional_variants_fold_alike() {
    for name in ["opencc_twvariants.txt", "opencc_hkvariants.txt"] {
        let Some((mismatches, _)) = mismatches(name) else { return };
        // Taiwan's 么 for 幺 would pull in the 么 of 什么.
        assert!(mismatches.iter().all(|row| row == "幺 么"), "{mismatches:?}");
    }
}

/// Different are letters of scripts that are not used to imitate Latin, digits of other
/// scripts that look like another number, and capitals whose small letter looks like another
/// letter (Ν, as ν is read as v).
#[test]
fn confusables_with_latin_are_one_class() {
    let Some(rows) = rows("unicode_confusables.txt") else { return };
    let (folder, classes) = (Folder::new(), lookalikes::table());
    let class = |text: &str| -> String {
        folded(&folder, text).chars().map(|c| *classes.get(&c).unwrap_or(&c)).collect()
    };
    let (mut alike, mut different) = (0, Vec::new());
    for row in rows {
        let is_letter = matches!(*row[1].as_bytes(), [letter] if letter.is_ascii_alphanumeric());
        if !is_letter {
            continue;
        }
        if class(&row[0]) == class(&row[1]) {
            alike += 1
        } else {
            different.push(row[0].clone() + &row[1])
        }
    }
    println!("confusables: {alike} alike, {} different: {}", different.len(), different.join(" "));
    assert!(different.len() * 8 < alike, "{} of {alike}", different.len());
}

#[test]
fn common_readings_are_known() {
    let Some(rows) = rows("pinyin_8105.txt") else { return };
    let further = pinyin::further();
    let mut missing = Vec::new();
    for row in &rows {
        let c = row[0].chars().next().expect("a row begins with its character");
        let typed: String = row[1].nfd().collect::<String>().replace("u\u{308}", "v");
        let plain: String = typed.chars().filter(char::is_ascii).collect();
        let known = pinyin::readings(c).first() == Some(&plain)
            || further.get(&c).is_some_and(|further| further.contains(&plain));
        if !known {
            missing.push(format!("{c}{plain}"));
        }
    }
    println!("readings: {} rows, missing {missing:?}", rows.len());
    assert!(missing.len() < 10, "{missing:?}");
}
