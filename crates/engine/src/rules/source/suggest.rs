//! "Did you mean": the known name nearest to an unknown one.

use crate::message::{Message, message};

/// The candidate with the smallest edit distance (Damerau–Levenshtein) to `word`, if it is near
/// enough to be a typing error: at most a third of the characters of `word`, and at most
/// three. The first of equals.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let allowed = (word.chars().count() / 3).clamp(1, SLIPS_MAX);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    // Another case is no other word.
    let same = candidates.iter().find(|own| own.eq_ignore_ascii_case(word));
    if let Some(same) = same.filter(|own| **own != word) {
        return Some(same);
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The help for an unknown name: the nearest candidate, otherwise all candidates if there are
/// at most 24, otherwise nothing.
pub fn help<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str> + Clone) -> Message {
    let meant = SYNONYMS.iter().find(|(written, _)| *written == word).map(|(_, meant)| *meant);
    if let Some(name) = meant.filter(|meant| candidates.clone().into_iter().any(|it| it == *meant))
    {
        return message!("did you mean `{name}`?");
    }
    if let Some(name) = nearest(word, candidates.clone()) {
        return message!("did you mean `{name}`?");
    }
    let all: Vec<&str> = candidates.into_iter().take(LISTED_MAX + 1).collect();
    if all.is_empty() || all.len() > LISTED_MAX {
        return Message::default();
    }
    message!("known: {}", all.join(", "))
}

/// Words of Sigma and of earlier versions of it, and what they are called here.
const SYNONYMS: &[(&str, &str)] = &[("timeframe", "timespan"), ("correlation", "correlate")];

/// The largest edit distance of a typing error. A limit without a measured effect.
const SLIPS_MAX: usize = 3;

/// The most names that are listed. A limit without a measured effect.
const LISTED_MAX: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_found_and_other_words_are_not() {
        let known = ["weight", "words", "view"];
        assert_eq!(nearest("wieght", known), Some("weight"));
        assert_eq!(nearest("vew", known), Some("view"));
        assert_eq!(nearest("ID", ["view", "id"]), Some("id"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest("gambling.zh.no-such-rule", ["gambling.zh.account-lure"]), None);
    }

    #[test]
    fn help_lists_candidates_only_if_they_are_few() {
        assert_eq!(help("wieght", ["weight"]), "did you mean `weight`?");
        assert_eq!(help("zzz", ["weight", "view"]), "known: weight, view");
        assert_eq!(help("timeframe", ["type", "timespan"]), "did you mean `timespan`?");
        assert_eq!(help("timeframe", ["weight"]), "known: weight");
        let many: Vec<String> = (0..40).map(|n| format!("name-{n}-long")).collect();
        assert_eq!(help("zzz", many.iter().map(String::as_str)), "");
    }
}
