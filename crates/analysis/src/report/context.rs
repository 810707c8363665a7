//! The text around the evidence of a rule: a short excerpt with its hits, redacted parts masked.

use std::borrow::Cow;
use std::ops::Range;

/// Characters shown before the first hit and after the last one.
const AROUND: usize = 40;

/// Most characters from the first hit to the last one that is shown.
const SPREAD_MAX: usize = 160;

/// The field of a post that has the first piece of evidence.
#[derive(Clone, Debug)]
pub struct TextAround<'a> {
    /// The whole text of the field.
    pub text: Cow<'a, str>,
    /// Byte ranges of the evidence.
    pub hits: Vec<Range<usize>>,
    /// Byte ranges of text that must not be shown.
    pub masks: Vec<Range<usize>>,
    /// Numbers and addresses are masked as well: not all redacted text is known.
    pub hides_contacts: bool,
}

/// A part of an excerpt, and whether it is a hit.
pub type Part = (bool, String);

impl TextAround<'_> {
    /// The excerpt; empty if there is no hit.
    pub fn excerpt(&self) -> Vec<Part> {
        let Some(first) = self.hits.iter().map(|hit| hit.start).min() else { return Vec::new() };
        let mut masks = self.masks.clone();
        if self.hides_contacts {
            masks.extend(possible_contacts(&self.text));
        }
        let characters: Vec<(usize, char)> = self.text.char_indices().collect();
        let place = |byte: usize| characters.partition_point(|(at, _)| *at < byte);
        let first = place(first);
        let ends = self.hits.iter().map(|hit| place(hit.end));
        let last = ends.filter(|end| *end <= first + SPREAD_MAX).max();
        let from = first.saturating_sub(AROUND);
        let to = (last.unwrap_or(first + SPREAD_MAX) + AROUND).min(characters.len());
        let mut parts: Vec<Part> = Vec::new();
        let mut push = |is_hit: bool, character: char| match parts.last_mut() {
            Some((last, text)) if *last == is_hit => text.push(character),
            _ => parts.push((is_hit, character.to_string())),
        };
        if from > 0 {
            push(false, '…');
        }
        for (at, character) in &characters[from..to] {
            let is_in = |ranges: &[Range<usize>]| ranges.iter().any(|range| range.contains(at));
            let shown = if is_in(&masks) { '*' } else { *character };
            push(is_in(&self.hits), shown);
        }
        if to < characters.len() {
            push(false, '…');
        }
        parts
    }
}

/// Numbers of six digits and more, and words with `@`: what may be personal data in a text whose
/// redacted parts are not all known.
fn possible_contacts(text: &str) -> Vec<Range<usize>> {
    const DIGITS_MIN: usize = 6;
    let mut found = Vec::new();
    let is_part = |character: char| character.is_alphanumeric() || "@._-+".contains(character);
    let mut start = 0;
    for word in text.split_inclusive(|character| !is_part(character)) {
        let end = start + word.len();
        if word.contains('@') {
            let word = word.trim_end_matches(|character| !is_part(character));
            found.push(start..start + word.len());
        }
        start = end;
    }
    let is_number = |character: char| character.is_numeric() || " -.()".contains(character);
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let run = rest.find(|character| !is_number(character)).unwrap_or(rest.len());
        let digits = rest[..run].chars().filter(|character| character.is_numeric()).count();
        if digits >= DIGITS_MIN {
            let first = rest.find(char::is_numeric).unwrap_or(0);
            let last = rest[..run].trim_end_matches(|character: char| !character.is_numeric());
            found.push(at + first..at + last.len());
        }
        let next = rest[run..].chars().next().map_or(1, char::len_utf8);
        at += run + next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, hits: &[&str], masks: &[&str]) -> String {
        let ranges = |parts: &[&str]| {
            let place = |part: &&str| {
                let at = text.find(*part).unwrap();
                at..at + part.len()
            };
            parts.iter().map(place).collect::<Vec<_>>()
        };
        let around = TextAround {
            text: text.into(),
            hits: ranges(hits),
            masks: ranges(masks),
            hides_contacts: false,
        };
        let parts = around.excerpt();
        parts
            .iter()
            .map(|(is_hit, text)| if *is_hit { format!("[{text}]") } else { text.clone() })
            .collect()
    }

    #[test]
    fn excerpts_show_hits_and_mask_what_is_redacted() {
        assert_eq!(
            excerpt("来玩百家乐，电话 138", &["百家乐"], &["138"]),
            "来玩[百家乐]，电话 ***"
        );
        let long = format!("{}bet{}", "a".repeat(50), "z".repeat(50));
        let wanted = format!("…{}[bet]{}…", "a".repeat(40), "z".repeat(40));
        assert_eq!(excerpt(&long, &["bet"], &[]), wanted);
        assert_eq!(excerpt("x", &[], &[]), "");
        let far = format!("bet{}end", "-".repeat(300));
        assert_eq!(excerpt(&far, &["bet", "end"], &[]), format!("[bet]{}…", "-".repeat(40)));
    }

    #[test]
    fn possible_contacts_are_numbers_and_addresses() {
        let found = |text: &str| -> Vec<String> {
            possible_contacts(text).into_iter().map(|at| text[at].trim().to_owned()).collect()
        };
        assert_eq!(
            found("call 138 0013 8000 or a.b@c.example now"),
            ["a.b@c.example", "138 0013 8000"]
        );
        assert_eq!(found("win 88 coins 2026"), [""; 0]);
        assert_eq!(found("ｔ１３８００１３８０００"), ["１３８００１３８０００"]);
    }
}
