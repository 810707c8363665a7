//! Lints of matchers: their terms, regexes and sequences.

use super::trigger_use::TriggerUse;
use super::written::key;
use crate::diagnostic::Diagnostic;
use crate::fold::{fold, fold_cased};
use crate::message::{Message, message};
use crate::rules::condition::expr::{Expr, Measure};
use crate::rules::model::{Edge, Matcher, Model, Term};
use crate::scan::regex::{PrefilteredRegex, letter_of_signs, names_double_space, names_line_break};
use std::collections::{HashMap, HashSet};

/// Characters. With a wider gap, a sequence finds words that are unrelated. A limit without a
/// measured effect.
pub(super) const GAP_CHARS_WIDE: u32 = 20;

/// Latin terms with fewer characters occur inside ordinary words if `edge` is `none`. A limit
/// without a measured effect.
const LATIN_INSIDE_CHARS_MIN: usize = 4;

/// Symbols. Longer terms are not searched for shorter terms. A limit without a measured effect.
const COVERED_SYMBOLS_MAX: usize = 64;

/// The first symbol that belongs to a script with many characters.
const CJK_START: u16 = 0x2E80;

pub(super) fn lint(
    model: &Model,
    matcher: &Matcher,
    uses: &TriggerUse<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let folded: Vec<(Vec<u16>, &Term)> =
        matcher.terms.iter().map(|term| (folded(matcher, term), term)).collect();
    short_terms(matcher, &folded, uses, found);
    duplicate_terms(&folded, found);
    if !counts_different(model, matcher) {
        covered_terms(matcher, &folded, found);
    }
    hidden_terms(matcher, &folded, found);
    wide_gap(matcher, found);
    line_breaks(matcher, found);
    if !matcher.regexes.is_empty() && uses.triggers_a_rule(matcher) {
        regexes_without_literal(matcher, found);
    }
}

/// The term as the views of the matcher compare it: the exact view does not fold.
fn folded(matcher: &Matcher, term: &Term) -> Vec<u16> {
    if matcher.views.is_exact_only() {
        term.text.encode_utf16().collect()
    } else if matcher.cased {
        fold_cased(&term.text)
    } else {
        fold(&term.text)
    }
}

fn is_latin(symbol: u16) -> bool {
    u8::try_from(symbol).is_ok_and(|byte| byte.is_ascii_alphanumeric())
}

fn warning(code: &'static str, message: Message, term: &Term) -> Diagnostic {
    Diagnostic::warning(code, message, Some(term.place.clone()))
}

/// A short term is harmless if every condition requires another matcher as well.
fn short_terms(
    matcher: &Matcher,
    folded: &[(Vec<u16>, &Term)],
    uses: &TriggerUse<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let is_short = |symbols: &[u16]| {
        let is_latin = symbols.iter().copied().all(is_latin);
        let is_single = symbols.len() == 1 && (is_latin || symbols[0] >= CJK_START);
        let is_inside =
            is_latin && symbols.len() < LATIN_INSIDE_CHARS_MIN && matcher.edge == Edge::None;
        is_single || is_inside
    };
    let short = || folded.iter().filter(|(symbols, _)| is_short(symbols));
    let Some(rule) = short().next().and_then(|_| uses.suffices_for(matcher)) else {
        return;
    };
    for (symbols, term) in short() {
        let what = if symbols.len() == 1 {
            message!("`{}` is a single character, and occurs in many harmless posts", term.text)
        } else {
            message!("with `edge: none`, `{}` is found inside ordinary words", term.text)
        };
        let message = message!("{what}; it is enough for `{}`", rule.id);
        found.push(
            warning("short_term", message, term)
                .help(message!("use a longer term, or require another matcher as well")),
        );
    }
}

fn duplicate_terms(folded: &[(Vec<u16>, &Term)], found: &mut Vec<Diagnostic>) {
    let mut first: HashMap<&[u16], &Term> = HashMap::with_capacity(folded.len());
    for (symbols, term) in folded {
        if let Some(earlier) = first.get(symbols.as_slice()) {
            let message = if earlier.text == term.text {
                message!("`{}` is listed twice", term.text)
            } else {
                message!("`{}` and `{}` are the same after folding", earlier.text, term.text)
            };
            let warning = warning("duplicate_term", message, term);
            found.push(
                warning
                    .related(earlier.place.clone(), message!("first here"))
                    .help(message!("remove one of them")),
            );
        } else {
            first.insert(symbols, term);
        }
    }
}

/// Does a condition count the different terms of this matcher? Then longer terms are useful.
fn counts_different(model: &Model, matcher: &Matcher) -> bool {
    let mut counted = false;
    let mut look = |expr: &Expr| {
        if let Expr::Measure { what: Measure::Distinct(other), .. } = expr {
            let other = &model.matchers[other.index()];
            counted |= key(&other.place) == key(&matcher.place);
        }
    };
    for rule in &model.rules {
        rule.condition.expr.visit(&mut look);
        rule.boosts.iter().for_each(|boost| boost.condition.expr.visit(&mut look));
    }
    counted
}

fn covered_terms(matcher: &Matcher, folded: &[(Vec<u16>, &Term)], found: &mut Vec<Diagnostic>) {
    let by_symbols: HashMap<&[u16], &Term> =
        folded.iter().rev().map(|(symbols, term)| (symbols.as_slice(), *term)).collect();
    let lengths: HashSet<usize> = by_symbols.keys().map(|symbols| symbols.len()).collect();
    let mut lengths: Vec<usize> = lengths.into_iter().collect();
    lengths.sort_unstable();
    for (symbols, term) in folded.iter().filter(|(symbols, _)| symbols.len() <= COVERED_SYMBOLS_MAX)
    {
        let covers = |at: usize, length: usize| {
            let shorter = by_symbols.get(symbols.get(at..at + length)?)?;
            let is_free_there =
                matcher.edge == Edge::None || is_free(symbols, at, at + length, matcher.edge);
            (is_free_there && term.weight <= shorter.weight).then_some(*shorter)
        };
        let shorter = lengths
            .iter()
            .take_while(|length| **length < symbols.len())
            .find_map(|length| (0..=symbols.len() - length).find_map(|at| covers(at, *length)));
        if let Some(shorter) = shorter {
            let message =
                message!("wherever `{}` occurs, `{}` is found already", term.text, shorter.text);
            let warning = warning("covered_term", message, term);
            found.push(
                warning
                    .related(shorter.place.clone(), message!("the shorter term"))
                    .help(message!("remove the longer term, or give it a higher weight")),
            );
        }
    }
}

/// Would a term at `start..end` of `symbols` be found there, with these edges?
pub(super) fn is_free(symbols: &[u16], start: usize, end: usize, edge: Edge) -> bool {
    let touches = |inside: usize, outside: Option<usize>| {
        let outside = outside.and_then(|at| symbols.get(at)).copied().is_some_and(is_latin);
        outside && (edge == Edge::Word || is_latin(symbols[inside]))
    };
    !touches(start, start.checked_sub(1)) && !touches(end - 1, Some(end))
}

fn hidden_terms(matcher: &Matcher, folded: &[(Vec<u16>, &Term)], found: &mut Vec<Diagnostic>) {
    let allowed: HashMap<Vec<u16>, &Term> =
        matcher.except.iter().map(|phrase| (self::folded(matcher, phrase), phrase)).collect();
    for (symbols, term) in folded {
        if let Some(phrase) = allowed.get(symbols) {
            let message = message!("`{}` never hits: the same words are allowed", term.text);
            let warning = warning("allow_hides_term", message, term);
            found.push(
                warning
                    .related(phrase.place.clone(), message!("allowed here"))
                    .help(message!("remove one of them")),
            );
        }
    }
}

fn wide_gap(matcher: &Matcher, found: &mut Vec<Diagnostic>) {
    if let Some(sequence) = matcher.seq.as_ref().filter(|sequence| sequence.gap > GAP_CHARS_WIDE) {
        let message = message!(
            "the parts of this sequence may be {} characters from each other",
            sequence.gap
        );
        let place = Some(matcher.place.clone());
        found.push(Diagnostic::warning("wide_gap", message, place).help(message!(
            "an evasion uses one or two characters; for words of one sentence write `a near/20 b`"
        )));
    }
}

/// A regex without literals is expensive only where it is a trigger: it then runs on every post.
/// Measured on 40 MB of posts of 350 bytes, one thread: 0.4 to 0.6 µs more per post; a list of
/// 1,000 terms took 0.5.
fn regexes_without_literal(matcher: &Matcher, found: &mut Vec<Diagnostic>) {
    for pattern in &matcher.regexes {
        // Patterns that do not compile are reported elsewhere.
        let literal = PrefilteredRegex::for_posts(&pattern.text, true);
        if literal.is_ok_and(|regex| !regex.has_literal()) {
            let message = message!(
                "this regex triggers a rule without a literal part, and searches every post"
            );
            let place = Some(pattern.place.clone());
            let help = message!(
                "add words that are always there, require a rarer matcher as well, use an \
                        `entity`, or accept the cost: about 0.5 µs per post, as much as a list of \
                        1,000 terms"
            );
            found.push(Diagnostic::warning("regex_no_literal", message, place).help(help));
        }
    }
}

/// A class of signs, such as emoji, some of which are letters after folding.
fn letters_of_signs(matcher: &Matcher, found: &mut Vec<Diagnostic>) {
    for pattern in &matcher.regexes {
        let Some((sign, letter)) = letter_of_signs(&pattern.text) else { continue };
        let message = message!(
            "a class of signs matches `{letter}`: U+{:04X} in it folds to that",
            sign as u32
        );
        let place = Some(pattern.place.clone());
        let help = message!(
            "leave the enclosed letters and digits out of the class, such as `\\x{{1F100}}-\\x{{1F1FF}}`"
        );
        found.push(Diagnostic::warning("regex_sign_letters", message, place).help(help));
    }
}

/// A regex over folded text that asks for a line break, which is a space there.
fn line_breaks(matcher: &Matcher, found: &mut Vec<Diagnostic>) {
    if matcher.views.is_exact_only() {
        return;
    }
    for pattern in matcher.regexes.iter().filter(|pattern| names_line_break(&pattern.text)) {
        let message = message!("a line break never matches: folded text has a space in its place");
        let place = Some(pattern.place.clone());
        let help = message!("write a space, or search the text as written with `view: [exact]`");
        found.push(Diagnostic::warning("regex_newline_never", message, place).help(help));
    }
    for pattern in matcher.regexes.iter().filter(|pattern| names_double_space(&pattern.text)) {
        let message =
            message!("two spaces in a row never match: folded text has one space in their place");
        let place = Some(pattern.place.clone());
        let help = message!("write one space, or search the text as written with `view: [exact]`");
        found.push(Diagnostic::warning("regex_newline_never", message, place).help(help));
    }
    letters_of_signs(matcher, found);
}
