//! The catalogs, embedded in the program and read when the first message is translated.

use super::po;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// Each file, by area.
pub(super) const FILES: &[(&str, &str)] = &[
    ("rules.po", include_str!("../po/zh/rules.po")),
    ("analysis.po", include_str!("../po/zh/analysis.po")),
    ("program.po", include_str!("../po/zh/program.po")),
    ("help.po", include_str!("../po/zh/help.po")),
    ("look.po", include_str!("../po/zh/look.po")),
    ("measures.po", include_str!("../po/zh/measures.po")),
    ("editor.po", include_str!("../po/zh/editor.po")),
    ("store.po", include_str!("../po/zh/store.po")),
    ("pages.po", include_str!("../po/zh/pages.po")),
    ("cases.po", include_str!("../po/zh/cases.po")),
];

static CHINESE: LazyLock<FxHashMap<String, String>> = LazyLock::new(|| {
    let entries = FILES.iter().flat_map(|(_, text)| po::entries(text));
    entries.map(|entry| (entry.english, entry.chinese)).collect()
});

/// The Chinese template of an English one.
pub fn chinese(template: &str) -> Option<&'static str> {
    CHINESE.get(template).map(String::as_str)
}
