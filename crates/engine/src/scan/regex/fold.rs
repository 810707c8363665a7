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

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

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
