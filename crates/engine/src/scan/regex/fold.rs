//! Folds a pattern, so that it matches folded text.
//!
//! Rules contain `V信` or `微信號`; the folded text has `v信` and `微信号`. So the syntax tree is
//! rewritten with the fold of posts:
//!
//! * Literal characters become what they fold to: one character, several, or none.
//! * A class of at most [`CLASS_CHARS_MAX`] characters gains the folded forms of its members
//!   that are single characters. It keeps its members.
//! * A larger class (`\w`, `[^…]`, `[一-龥]`) is not changed: `[^b]` must not gain the `b` that
//!   the `B` in it folds to. So `[^A]` matches `a`: write `[^a]`.
//! * `\b` and similar assertions become their ASCII forms: a boundary between a Latin letter or
//!   digit and any other character, Han included, as for edges of words everywhere in the rule
//!   language. (The Unicode form sees no boundary in `加vx`, and rules out the fast engine.)
//! * Groups capture nothing.
//! * A leading `^` and a trailing `$` skip noise ([`skip_noise`]).

use crate::codec::codec_struct;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

/// Largest class whose members are folded one by one. Every cased script and `\p{Lu}` (about
/// 1,900 characters) are below; `\p{Han}` (about 100,000) is above.
const CLASS_CHARS_MAX: usize = 4096;

/// Folds `hir`. Returns also whether it has a Unicode word boundary, which became ASCII. The
/// depth is bounded by the nest limit of the parser.
pub(super) fn fold(hir: Hir, folded: &dyn Fn(char) -> Vec<char>) -> (Hir, bool) {
    let mut has_word_boundary = false;
    let hir = rewrite(hir, folded, &mut has_word_boundary);
    (hir, has_word_boundary)
}

fn rewrite(hir: Hir, folded: &dyn Fn(char) -> Vec<char>, has_word_boundary: &mut bool) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => fold_literal(&literal.0, folded),
        HirKind::Class(class) => Hir::class(Class::Unicode(fold_class(class, folded))),
        HirKind::Look(look) => Hir::look(fold_look(look, has_word_boundary)),
        HirKind::Repetition(mut repetition) => {
            repetition.sub = Box::new(rewrite(*repetition.sub, folded, has_word_boundary));
            Hir::repetition(repetition)
        }
        HirKind::Capture(capture) => rewrite(*capture.sub, folded, has_word_boundary),
        HirKind::Concat(parts) => Hir::concat(
            parts.into_iter().map(|part| rewrite(part, folded, has_word_boundary)).collect(),
        ),
        HirKind::Alternation(parts) => Hir::alternation(
            parts.into_iter().map(|part| rewrite(part, folded, has_word_boundary)).collect(),
        ),
    }
}

/// The ends of a pattern at which noise is skipped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SkippedEnds {
    pub start: bool,
    pub end: bool,
}

codec_struct!(SkippedEnds { start, end });

/// Lets a leading `^` and a trailing `$` of a folded pattern hold behind and before characters that
/// are neither letters nor digits: a quotation mark or an emoji is no part of a headline. A pattern
/// that can itself match such a character at an end stays as it is there: `^\$[0-9]` says what the
/// text begins with, and `(?:^|[^a-z])vx` asks for the edge of a word.
pub(super) fn skip_noise(hir: Hir) -> (Hir, SkippedEnds) {
    let start = outer(&hir, Side::Start) == Outer::Word && has_anchor(&hir, Side::Start);
    let end = outer(&hir, Side::End) == Outer::Word && has_anchor(&hir, Side::End);
    let hir = if start { insert_noise(hir, Side::Start) } else { hir };
    let hir = if end { insert_noise(hir, Side::End) } else { hir };
    (hir, SkippedEnds { start, end })
}

/// An end of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
}

impl Side {
    fn anchor(self) -> HirKind {
        HirKind::Look(if self == Side::Start { Look::Start } else { Look::End })
    }

    fn first<T: DoubleEndedIterator>(self, mut parts: T) -> Option<T::Item> {
        if self == Side::Start { parts.next() } else { parts.next_back() }
    }
}

/// What a pattern can match at one of its ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outer {
    /// Nothing, so that the next part is at the end; never noise.
    Nothing,
    /// A letter or a digit.
    Word,
    /// A character that is neither, among others.
    Noise,
}

fn outer(hir: &Hir, side: Side) -> Outer {
    let kind_of = |symbol: char| if symbol.is_alphanumeric() { Outer::Word } else { Outer::Noise };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Outer::Nothing,
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            side.first(text.chars()).map_or(Outer::Nothing, kind_of)
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            let is_large =
                ranges.iter().map(ClassUnicodeRange::len).sum::<usize>() > CLASS_CHARS_MAX;
            let mut members = ranges.iter().flat_map(|range| range.start()..=range.end());
            match is_large || members.any(|member| kind_of(member) == Outer::Noise) {
                true => Outer::Noise,
                false => Outer::Word,
            }
        }
        HirKind::Class(Class::Bytes(_)) => Outer::Noise,
        HirKind::Repetition(repetition) => match outer(&repetition.sub, side) {
            Outer::Word if repetition.min == 0 => Outer::Nothing,
            known => known,
        },
        HirKind::Capture(capture) => outer(&capture.sub, side),
        HirKind::Concat(parts) => {
            let all = parts.iter().map(|part| outer(part, side));
            let known = |part: &Outer| *part != Outer::Nothing;
            let all: Vec<Outer> = all.filter(known).collect();
            side.first(all.into_iter()).unwrap_or(Outer::Nothing)
        }
        HirKind::Alternation(branches) => {
            let has = |wanted| branches.iter().any(|branch| outer(branch, side) == wanted);
            match (has(Outer::Noise), has(Outer::Nothing)) {
                (true, _) => Outer::Noise,
                (false, true) => Outer::Nothing,
                (false, false) => Outer::Word,
            }
        }
    }
}

/// The outermost part that is not empty. The parser leaves empty ones where branches are alike.
fn outermost(parts: &[Hir], side: Side) -> Option<usize> {
    let is_empty = |part: &Hir| {
        part.properties().maximum_len() == Some(0) && part.properties().look_set().is_empty()
    };
    side.first(parts.iter().enumerate().filter(|(_, part)| !is_empty(part))).map(|(at, _)| at)
}

/// Does a branch of the pattern have the anchor at that end?
fn has_anchor(hir: &Hir, side: Side) -> bool {
    match hir.kind() {
        HirKind::Concat(parts) => {
            outermost(parts, side).is_some_and(|at| has_anchor(&parts[at], side))
        }
        HirKind::Alternation(branches) => branches.iter().any(|it| has_anchor(it, side)),
        kind => *kind == side.anchor(),
    }
}

/// Inserts skipped noise inside the anchors at an end.
fn insert_noise(hir: Hir, side: Side) -> Hir {
    match hir.into_kind() {
        HirKind::Concat(mut parts) => {
            if let Some(at) = outermost(&parts, side) {
                let part = std::mem::replace(&mut parts[at], Hir::empty());
                parts[at] = insert_noise(part, side);
            }
            Hir::concat(parts)
        }
        HirKind::Alternation(branches) => {
            Hir::alternation(branches.into_iter().map(|it| insert_noise(it, side)).collect())
        }
        HirKind::Look(Look::Start) if side == Side::Start => {
            Hir::concat(vec![Hir::look(Look::Start), noise()])
        }
        HirKind::Look(Look::End) if side == Side::End => {
            Hir::concat(vec![noise(), Hir::look(Look::End)])
        }
        HirKind::Look(look) => Hir::look(look),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Repetition(repetition) => Hir::repetition(repetition),
        HirKind::Capture(capture) => Hir::capture(capture),
    }
}

/// Any number of characters that are not alphanumeric ([`char::is_alphanumeric`]).
fn noise() -> Hir {
    let class = regex_syntax::parse(r"[^\p{Alphabetic}\p{N}]").unwrap_or_else(|_| Hir::fail());
    Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub: Box::new(class) })
}

/// Does the pattern name a line break? It never matches in folded text, where white space of any
/// kind is one space.
pub(super) fn names_line_break(hir: &Hir) -> bool {
    let is_break = |symbol: char| matches!(symbol, '\n' | '\r' | '\u{b}' | '\u{c}');
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).contains(is_break),
        HirKind::Class(Class::Unicode(class)) => {
            !class.ranges().is_empty()
                && class.ranges().iter().all(|it| is_break(it.start()) && is_break(it.end()))
        }
        HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Repetition(repetition) => names_line_break(&repetition.sub),
        HirKind::Capture(capture) => names_line_break(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(names_line_break),
    }
}

/// Does the pattern name two spaces in a row?
pub(super) fn names_double_space(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).contains("  "),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => false,
        HirKind::Repetition(repetition) => names_double_space(&repetition.sub),
        HirKind::Capture(capture) => names_double_space(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().any(names_double_space)
        }
    }
}

/// A member of a class without ASCII letters and digits, most of whose members are signs, that
/// folds to one; with what it folds to.
pub(super) fn letter_of_signs(
    hir: &Hir,
    folded: &dyn Fn(char) -> Vec<char>,
) -> Option<(char, char)> {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let size: usize = class.ranges().iter().map(ClassUnicodeRange::len).sum();
            if size > CLASS_CHARS_MAX {
                return None;
            }
            let members = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
            let letters = members().filter(|member| member.is_alphanumeric()).count();
            if letters * 2 > size || members().any(|member| member.is_ascii_alphanumeric()) {
                return None;
            }
            members().find_map(|member| match folded(member)[..] {
                [letter] if letter.is_ascii_alphanumeric() => Some((member, letter)),
                _ => None,
            })
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => None,
        HirKind::Repetition(repetition) => letter_of_signs(&repetition.sub, folded),
        HirKind::Capture(capture) => letter_of_signs(&capture.sub, folded),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().find_map(|part| letter_of_signs(part, folded))
        }
    }
}

/// Literals are UTF-8: the parser rejects patterns that match anything else.
fn fold_literal(bytes: &[u8], folded: &dyn Fn(char) -> Vec<char>) -> Hir {
    let text: String = String::from_utf8_lossy(bytes).chars().flat_map(folded).collect();
    Hir::literal(text.into_bytes())
}

fn fold_class(class: Class, folded: &dyn Fn(char) -> Vec<char>) -> ClassUnicode {
    let mut class = match class {
        Class::Unicode(class) => class,
        // The parser rejects bytes above ASCII, so nothing is lost.
        Class::Bytes(class) => class.to_unicode_class().unwrap_or_else(ClassUnicode::empty),
    };
    let size: usize = class.ranges().iter().map(ClassUnicodeRange::len).sum();
    if size <= CLASS_CHARS_MAX {
        class.union(&images(&class, folded));
    }
    class
}

fn images(class: &ClassUnicode, folded: &dyn Fn(char) -> Vec<char>) -> ClassUnicode {
    let members = class.ranges().iter().flat_map(|range| range.start()..=range.end());
    let images = members.filter_map(|member| match folded(member)[..] {
        [image] => Some(ClassUnicodeRange::new(image, image)),
        _ => None,
    });
    ClassUnicode::new(images)
}

fn fold_look(look: Look, has_word_boundary: &mut bool) -> Look {
    let ascii = match look {
        Look::WordUnicode => Look::WordAscii,
        Look::WordUnicodeNegate => Look::WordAsciiNegate,
        Look::WordStartUnicode => Look::WordStartAscii,
        Look::WordEndUnicode => Look::WordEndAscii,
        Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
        Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
        other => return other,
    };
    *has_word_boundary = true;
    ascii
}
