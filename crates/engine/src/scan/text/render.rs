//! A text as each view reads it, for people.
//!
//! Input: a field's text. Output: the symbols that the scanner compares with terms,
//! as characters, each with the bytes it comes from. Nothing here is fast, and
//! nothing of the scanner depends on it.

use crate::domain::span::Span;
use crate::domain::view::View;
use crate::fold::{self, OffsetMap, SEPARATOR, Source};
use crate::scan::text::projection::{Derived, Reading};
use crate::scan::verify::pinyin;

/// One way to read a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedView {
    /// The views that make it; `folded` is below all of them and is named only alone.
    pub views: &'static [View],
    /// What is read, in order.
    pub units: Vec<Unit>,
}

/// A piece of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// A character; for `sound` a syllable in letters.
    pub text: String,
    /// It stands for a sound, not for letters.
    pub is_syllable: bool,
    /// Bytes of the original text.
    pub span: Span,
}

/// Every reading the scanner knows, narrowest first.
const READINGS: [(&[View], Reading); Reading::COUNT] = [
    (&[View::Folded], Reading::FOLDED),
    (&[View::Squeezed], Reading::SQUEEZED),
    (&[View::Look], Reading::LOOKS),
    (&[View::Squeezed, View::Look], Reading::SQUEEZED_LOOKS),
    (&[View::Sound], Reading::SOUNDS),
    (&[View::Squeezed, View::Sound], Reading::SQUEEZED_SOUNDS),
];

/// Reads `text` in every way.
pub fn render_views(text: &str, is_html: bool) -> Vec<RenderedView> {
    // The neighbours of the first and the last symbol are looked at.
    let mut padded = vec![SEPARATOR];
    let one_to_one = !is_html && fold::fold_into(text, &mut padded);
    if is_html {
        fold::fold_html_into(text, &mut padded);
    }
    padded.push(SEPARATOR);
    let source = Source { text, is_html, one_to_one };
    let shown = |(views, reading): (&'static [View], Reading)| RenderedView {
        views,
        units: units(reading, views.contains(&View::Sound), &padded, source),
    };
    READINGS.into_iter().map(shown).collect()
}

/// A symbol of a reading, and the folded symbols it stands for.
type Origin = (u16, usize, usize);

fn units(reading: Reading, sounds: bool, padded: &[u16], source: Source<'_>) -> Vec<Unit> {
    let mut symbols: Vec<Origin> = Vec::with_capacity(padded.len());
    reading.derive(padded, 1..padded.len() - 1, |step| match step {
        Derived::Symbol(symbol, at) => symbols.push((symbol, at - 1, at)),
        Derived::Repeat(at) => {
            if let Some(last) = symbols.last_mut() {
                last.2 = at;
            }
        }
    });
    let mut map = OffsetMap::default();
    map.begin();
    let mut units = Vec::with_capacity(symbols.len());
    let mut rest = symbols.as_slice();
    while let Some((text, is_syllable, length)) = character(rest, sounds) {
        let (first, last) = (rest[0].1, rest[length - 1].2 - 1);
        let (start, end) = (map.bytes(source, first), map.bytes(source, last));
        let span = start.zip(end).map(|(start, end)| Span::new(start.0, end.1));
        units.extend(span.map(|span| Unit { text, is_syllable, span }));
        rest = &rest[length..];
    }
    units
}

/// The first character: its text, whether it is a syllable, and its symbols.
fn character(symbols: &[Origin], sounds: bool) -> Option<(String, bool, usize)> {
    let (first, ..) = *symbols.first()?;
    if let Some(syllable) = pinyin::syllable(first).filter(|_| sounds) {
        return Some((syllable.text().to_owned(), true, 1));
    }
    let pair = symbols.iter().take(2).map(|(symbol, ..)| *symbol);
    let character = char::decode_utf16(pair).next()?.unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((character.to_string(), false, character.len_utf16()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;
    use proptest::prelude::*;

    fn read(text: &str, views: &[View]) -> String {
        let all = render_views(text, false);
        let shown = all.into_iter().find(|shown| shown.views == views).unwrap();
        shown.units.iter().map(|unit| unit.text.as_str()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn views_are_shown_as_they_are_scanned() {
        let text = "加 Ｖ.薇⑩c@$ino";
        assert_eq!(read(text, &[View::Folded]), "加| |v|.|薇|1|0|c|@|$|i|n|o");
        assert_eq!(read(text, &[View::Squeezed]), "加|v|薇|1|0|c|i|n|o");
        assert_eq!(read("c@$ino", &[View::Look]), "c|a|s|i|n|o");
        assert_eq!(read("c.@.$ino", &[View::Squeezed, View::Look]), "c|a|s|i|n|o");
        assert_eq!(read("加薇x", &[View::Sound]), "jia|wei|x");
        assert_eq!(read("𠀀🎰\u{e000}", &[View::Folded]), "𠀀|🎰|\u{e000}");
    }

    #[test]
    fn units_point_at_the_original() {
        let units = render_views("a⑩b", false).remove(0).units;
        let spans: Vec<_> = units.iter().map(|unit| unit.span.range()).collect();
        assert_eq!(spans, [0..1, 1..4, 1..4, 4..5]);
        let html = render_views("<b>a</b>&amp;", true).remove(0).units;
        assert_eq!(html[1].span.range(), 8..13);
    }

    proptest! {
        #[test]
        fn folded_units_are_the_folded_text(text in "\\PC{0,40}|[a⑩🆘é时\u{200B}\u{301} 𠀀]{0,30}") {
            let all = render_views(&text, false);
            let units: String = all[0].units.iter().map(|unit| unit.text.as_str()).collect();
            prop_assert_eq!(units.encode_utf16().collect::<Vec<_>>(), fold(&text));
            for unit in all.iter().flat_map(|shown| &shown.units) {
                prop_assert!(text.get(unit.span.range()).is_some_and(|slice| !slice.is_empty()));
            }
        }
    }
}
