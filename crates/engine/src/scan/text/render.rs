//! Projections of a text in readable form, for `explain`.
//!
//! Input: the text of a field. Output: for each projection, the symbols that the scanner
//! compares with terms, as characters with the bytes they are derived from. Slow; the
//! scanner does not use this module.

use super::projection::{Projection, Step};
use super::syllable;
use crate::domain::span::Span;
use crate::domain::view::{View, ViewSet};
use crate::fold::{self, OffsetMap, Output, SEPARATOR, Source};

/// A text in one projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedView {
    /// The views that search the projection. `folded` is named only for folded text itself.
    pub views: &'static [View],
    /// The characters of the projection, in order.
    pub units: Vec<Unit>,
}

/// One character of a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The character; in the syllable projections, a syllable in letters.
    pub text: String,
    /// The unit is a syllable, not the letters of the text.
    pub is_syllable: bool,
    /// Byte range in the original text.
    pub span: Span,
}

/// Every projection with its views, narrowest first.
const PROJECTIONS: [(&[View], Projection); Projection::COUNT] = [
    (&[View::Folded], Projection::FOLDED),
    (&[View::Squeezed], Projection::SQUEEZED),
    (&[View::Look], Projection::LOOK),
    (&[View::Squeezed, View::Look], Projection::SQUEEZED_LOOK),
    (&[View::Sound], Projection::SOUND),
    (&[View::Squeezed, View::Sound], Projection::SQUEEZED_SOUND),
];

/// Renders `text` in every projection.
pub fn render_views(text: &str, is_html: bool) -> Vec<RenderedView> {
    // A derivation reads one neighbour on each side.
    let mut padded = vec![SEPARATOR];
    let mut out = Output { symbols: &mut padded, signs: &mut Vec::new() };
    let one_to_one = !is_html && fold::fold_into(text, &mut out);
    if is_html {
        fold::fold_html_into(text, &mut out);
    }
    padded.push(SEPARATOR);
    let source = Source { text, is_html, one_to_one };
    let render = |(views, projection): (&'static [View], Projection)| RenderedView {
        views,
        units: units(projection, views.contains(&View::Sound), &padded, source),
    };
    PROJECTIONS.into_iter().map(render).collect()
}

/// A symbol of a projection, and the range of folded symbols it is derived from.
type Origin = (u16, usize, usize);

fn units(projection: Projection, sounds: bool, padded: &[u16], source: Source<'_>) -> Vec<Unit> {
    let mut symbols: Vec<Origin> = Vec::with_capacity(padded.len());
    projection.derive(padded, 1..padded.len() - 1, |step| match step {
        Step::Symbol(symbol, at) => symbols.push((symbol, at - 1, at)),
        Step::Merged(at) => {
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
    if let Some(syllable) = syllable::syllable(first).filter(|_| sounds) {
        return Some((syllable.text().to_owned(), true, 1));
    }
    let pair = symbols.iter().take(2).map(|(symbol, ..)| *symbol);
    let character = char::decode_utf16(pair).next()?.unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((character.to_string(), false, character.len_utf16()))
}

/// The symbols of a term as these views compare it; the folded ones if they drop all of them.
pub fn term_symbols(views: ViewSet, text: &str) -> Vec<u16> {
    let symbols = fold::fold(text);
    let derived = Projection::of(views).of_term(&symbols);
    if derived.is_empty() { symbols } else { derived }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::view::ViewSet;
    use crate::fold::fold;
    use proptest::prelude::*;

    fn read(text: &str, views: &[View]) -> String {
        let all = render_views(text, false);
        let view = all.into_iter().find(|view| view.views == views).unwrap();
        view.units.iter().map(|unit| unit.text.as_str()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn views_are_rendered_as_they_are_scanned() {
        let text = "加 Ｖ.薇⑩c@$ino";
        assert_eq!(read(text, &[View::Folded]), "加| |v|.|薇|1|0|c|@|$|i|n|o");
        assert_eq!(read(text, &[View::Squeezed]), "加|v|薇|1|0|c|i|n|o");
        assert_eq!(read("c@$ino", &[View::Look]), "c|a|s|i|n|o");
        assert_eq!(read("c.@.$ino", &[View::Squeezed, View::Look]), "c|a|s|i|n|o");
        assert_eq!(read("加薇x", &[View::Sound]), "jia|wei|x");
        assert_eq!(read("𠀀🎰\u{e000}", &[View::Folded]), "𠀀|🎰|\u{e000}");
    }

    #[test]
    fn every_projection_is_rendered_once_with_its_views() {
        for (projection, (views, rendered)) in Projection::all().zip(PROJECTIONS) {
            let views = ViewSet::of(views);
            let own = Projection::of_sound(views).unwrap_or(Projection::of(views));
            assert_eq!((projection, projection), (rendered, own), "{views:?}");
        }
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
            for unit in all.iter().flat_map(|view| &view.units) {
                prop_assert!(text.get(unit.span.range()).is_some_and(|slice| !slice.is_empty()));
            }
        }
    }
}
