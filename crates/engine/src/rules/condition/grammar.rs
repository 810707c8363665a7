//! The words of the grammar.

/// Words of the grammar, which no matcher may be called.
pub const RESERVED: &[&str] = &[
    "all", "and", "any", "before", "count", "distinct", "evaded", "false", "fired", "has", "in",
    "lang", "length", "near", "none", "not", "of", "or", "post", "them", "true",
];

/// May a matcher be called this? `[a-z_][a-z0-9_]*` and not a word of the grammar.
pub fn is_name(word: &str) -> bool {
    let well_formed = word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    well_formed && !RESERVED.contains(&word)
}

/// The condition on one line, with runs of white space made one space: what
/// verdicts quote.
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
