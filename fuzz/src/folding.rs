//! Folding: bounded output, a map back that fits, and a fixed point.

use super::next;
use tidegate_engine::fold::{
    Folded, OffsetMap, Output, Source, UnitMap, fold_html_into, fold_into,
};

/// Plain or HTML, then text.
pub fn folding(mut data: &[u8]) {
    let is_html = next(&mut data) % 2 == 1;
    let text = String::from_utf8_lossy(data);
    let (mut symbols, mut signs) = (Vec::new(), Vec::new());
    let mut out = Output { symbols: &mut symbols, signs: &mut signs };
    let one_to_one = !is_html && fold_into(&text, &mut out);
    if is_html {
        fold_html_into(&text, &mut out);
    }
    let characters = text.chars().count();
    assert!(symbols.len() <= 4 * characters, "{} symbols of {characters}", symbols.len());
    assert!(signs.is_sorted() && signs.iter().all(|sign| (*sign as usize) < symbols.len()));
    let folded = Folded { symbols: &symbols, signs: &signs, signs_base: 0 };
    let (mut units, mut least) = (UnitMap::default(), 0);
    units.begin();
    for at in 0..=symbols.len() {
        let before = units.around(folded, at, at).0;
        assert!(before == least || before == least + 1, "a symbol of several units");
        least = before;
    }
    assert!(folded.length() == least || folded.length() + 1 == least, "noise at the end counts");
    for one_to_one in [false, one_to_one] {
        map_back(Source { text: &text, is_html, one_to_one }, symbols.len());
    }
    if !is_html && let Ok(folded) = String::from_utf16(&symbols) {
        let mut again = Vec::new();
        fold_into(&folded, &mut Output { symbols: &mut again, signs: &mut Vec::new() });
        assert_eq!(again, symbols, "folding twice is folding once");
    }
}

/// Maps each symbol back to its source, forwards and backwards.
fn map_back(source: Source<'_>, symbols: usize) {
    let mut map = OffsetMap::default();
    map.begin();
    let mut last = (0, 0);
    for at in 0..symbols {
        let (start, end) = map.bytes(source, at).expect("each symbol has its bytes");
        let character = source.text.get(start as usize..end as usize);
        assert!(start < end && character.is_some(), "{start}..{end}");
        assert!((start, end) == last || start >= last.1, "characters overlap");
        last = (start, end);
    }
    // White space at the end is no symbol of the text, but the map may know where it is.
    assert_eq!(map.bytes(source, symbols + 1), None, "a symbol too many");
    let mut backwards = OffsetMap::default();
    backwards.begin();
    for at in (0..symbols).rev() {
        assert_eq!(backwards.bytes(source, at), map.bytes(source, at), "queried backwards");
    }
}
