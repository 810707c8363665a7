//! Reads catalogs in the format of gettext: `msgid "…"` and `msgstr "…"`, each of one or more
//! quoted lines, with comments that begin with `#`.

/// One message of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The English template.
    pub english: String,
    /// The Chinese one.
    pub chinese: String,
    /// The line of its `msgid`, from 1.
    pub line: usize,
}

/// The entries of a catalog, in order.
pub fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut is_english = true;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let quoted = if let Some(rest) = line.strip_prefix("msgid ") {
            entries.push(Entry { line: number + 1, ..Entry::default() });
            is_english = true;
            rest
        } else if let Some(rest) = line.strip_prefix("msgstr ") {
            is_english = false;
            rest
        } else {
            line
        };
        let (Some(entry), true) = (entries.last_mut(), quoted.starts_with('"')) else { continue };
        let target = if is_english { &mut entry.english } else { &mut entry.chinese };
        unescape(quoted, target);
    }
    entries
}

fn unescape(quoted: &str, out: &mut String) {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let mut chars = inner.strip_suffix('"').unwrap_or(inner).chars();
    while let Some(character) = chars.next() {
        out.push(match character {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
}
