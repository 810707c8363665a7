//! Marks that a script spells with, and how characters that follow each other compose.
//!
//! A mark stays on a character with which it shares a script, by Script_Extensions. On any other
//! character it is decoration. Composition is that of Unicode (UAX #15), for the characters that
//! folding leaves; Hangul is composed by rule.

use std::collections::BTreeSet;

use icu_properties::props::Script;
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

use crate::fold::folded;
use crate::unicode::{chars, is_mark, script, scripts};

/// The marks that folding leaves, ascending.
fn marks() -> Vec<char> {
    chars().filter(|c| is_mark(*c) && !folded().contains_key(c)).collect()
}

/// The marks with a combining class other than 0.
pub fn combining_classes() -> Vec<(char, u8)> {
    let class = |c: &char| (*c, canonical_combining_class(*c));
    marks().iter().map(class).filter(|(_, class)| *class != 0).collect()
}

/// For each character that a mark may stay on, marks included: the scripts it shares with marks,
/// as bits.
pub fn shared_scripts() -> Vec<(char, u128)> {
    let own = marks().into_iter().flat_map(scripts).filter(|script| is_own(*script));
    let own: Vec<Script> = own.collect::<BTreeSet<Script>>().into_iter().collect();
    assert!(own.len() <= 128, "{} scripts have marks", own.len());
    let of = |c: char| {
        let bits = scripts(c).into_iter().filter_map(|script| own.binary_search(&script).ok());
        bits.fold(0, |all, bit| all | 1u128 << bit)
    };
    chars()
        .filter(|c| script(*c) != Script::Unknown)
        .map(|c| (c, of(c)))
        .filter(|it| it.1 != 0)
        .collect()
}

/// Is it a script, not a class of characters of several?
fn is_own(script: Script) -> bool {
    script != Script::Common && script != Script::Inherited && script != Script::Unknown
}

/// Pairs of folded characters that compose: first, second, composed. Without Hangul.
pub fn compositions() -> Vec<[char; 3]> {
    let mut out = Vec::new();
    for composed in chars().filter(|c| !folded().contains_key(c) && !is_hangul_syllable(*c)) {
        let mut parts = Vec::new();
        decompose_canonical(composed, |part| parts.push(part));
        let Some(last) = parts.pop().filter(|last| is_mark(*last)) else { continue };
        let first = parts.iter().copied().reduce(|a, b| compose(a, b).unwrap_or(a));
        if let Some(first) = first
            && compose(first, last) == Some(composed)
            && !folded().contains_key(&first)
            && !folded().contains_key(&last)
        {
            out.push([first, last, composed]);
        }
    }
    out
}

fn is_hangul_syllable(c: char) -> bool {
    ('\u{AC00}'..='\u{D7A3}').contains(&c)
}
