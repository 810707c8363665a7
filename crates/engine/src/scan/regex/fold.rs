//! A pattern made to match folded text.
//!
//! Authors write `V信` or `微信號`; the text they meet says `v信` and `微信号`. So the
//! syntax tree is rewritten with the fold that posts go through:
//!
//! * Literal characters become what they fold to: one, several, or nothing.
//! * A class of at most [`CLASS_CHARS_MAX`] characters gains what its members fold
//!   to, where that is a single character. It keeps its members.
//! * A larger class (`\w`, `[^…]`, `[一-龥]`) is left alone: `[^b]` must not gain the `b`
//!   that the `B` in it folds to. So `[^A]` matches `a`: write `[^a]`.
//! * `\b` and its kin become their ASCII forms: a boundary between a Latin letter or
//!   digit and anything else, Han too, as edges of words have it everywhere in the
//!   rule language. (The Unicode form sees no boundary in `加vx`, and costs the fast
//!   engine.)
//! * Groups capture nothing.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

/// The largest class whose members are folded one by one. Every cased script and
/// `\p{Lu}` (about 1,900) are below; `\p{Han}` (about 100,000) is above.
const CLASS_CHARS_MAX: usize = 4096;

/// What was found while rewriting.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes {
    /// `\b` was written and is read as ASCII.
    pub(super) word_boundary: bool,
}

/// Rewrites `hir`. Its depth is bounded by the nest limit of the parser.
pub(super) fn fold(hir: Hir, folded: &dyn Fn(char) -> Vec<char>, notes: &mut Notes) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => fold_literal(&literal.0, folded),
        HirKind::Class(class) => Hir::class(Class::Unicode(fold_class(class, folded))),
        HirKind::Look(look) => Hir::look(fold_look(look, notes)),
        HirKind::Repetition(mut repetition) => {
            repetition.sub = Box::new(fold(*repetition.sub, folded, notes));
            Hir::repetition(repetition)
        }
        HirKind::Capture(capture) => fold(*capture.sub, folded, notes),
        HirKind::Concat(parts) => {
            Hir::concat(parts.into_iter().map(|part| fold(part, folded, notes)).collect())
        }
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.into_iter().map(|part| fold(part, folded, notes)).collect())
        }
    }
}

/// Literals are UTF-8: the parser refuses patterns that match anything else.
fn fold_literal(bytes: &[u8], folded: &dyn Fn(char) -> Vec<char>) -> Hir {
    let text: String = String::from_utf8_lossy(bytes).chars().flat_map(folded).collect();
    Hir::literal(text.into_bytes())
}

fn fold_class(class: Class, folded: &dyn Fn(char) -> Vec<char>) -> ClassUnicode {
    let mut class = match class {
        Class::Unicode(class) => class,
        // Bytes above ASCII are refused by the parser, so this loses nothing.
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

fn fold_look(look: Look, notes: &mut Notes) -> Look {
    let ascii = match look {
        Look::WordUnicode => Look::WordAscii,
        Look::WordUnicodeNegate => Look::WordAsciiNegate,
        Look::WordStartUnicode => Look::WordStartAscii,
        Look::WordEndUnicode => Look::WordEndAscii,
        Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
        Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
        other => return other,
    };
    notes.word_boundary = true;
    ascii
}
