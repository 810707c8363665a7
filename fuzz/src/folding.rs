//! Folding: bounded output, a map back that fits, and a fixed point.

use super::next;
use tidegate_engine::fold::{
    OffsetMap, Source, fold, fold_html_into, fold_into, visible_characters,
};

/// Plain or HTML, then text.
pub fn folding(mut data: &[u8]) {
    let is_html = next(&mut data) % 2 == 1;
    let text = String::from_utf8_lossy(data);
    let mut symbols = Vec::new();
    if is_html {
        fold_html_into(&text, &mut symbols);
    } else {
        fold_into(&text, &mut symbols);
    }
    let characters = text.chars().count();
    assert!(symbols.len() <= 4 * characters, "{} symbols of {characters}", symbols.len());
    // A run of invalid characters is one symbol, so checking each character is not sufficient.
    let gives_one = |c: char| fold(c.encode_utf8(&mut [0; 4])).len() == 1;
    let one_to_one = !is_html && symbols.len() == characters && text.chars().all(gives_one);
    for one_to_one in [false, one_to_one] {
        map_back(Source { text: &text, is_html, one_to_one }, symbols.len());
    }
    if !is_html && let Ok(folded) = String::from_utf16(&symbols) {
        let mut again = Vec::new();
        fold_into(&folded, &mut again);
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
    assert_eq!(map.bytes(source, symbols), None, "a symbol too many");
    let counted = map.characters(source, 0, symbols).map_or(0, |(_, count)| count);
    assert_eq!(u64::from(counted), visible_characters(source.text, source.is_html));
    let mut backwards = OffsetMap::default();
    backwards.begin();
    for at in (0..symbols).rev() {
        assert_eq!(backwards.bytes(source, at), map.bytes(source, at), "queried backwards");
    }
}
