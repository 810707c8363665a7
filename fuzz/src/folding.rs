//! Folding: bounded output, a map back that fits, and a fixed point.

use super::next;
use tidegate::fold::{SourceMap, fold_html_into, fold_into, visible_characters};

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
    let mut map = SourceMap::default();
    let mut mapped = Vec::new();
    map.build(&text, is_html, &mut mapped);
    assert_eq!(mapped, symbols, "the walk back folds otherwise");
    assert_eq!(map.len(), symbols.len());
    assert_eq!(u64::from(map.characters()), visible_characters(&text, is_html));
    let mut last = (0, 0);
    for at in 0..map.len() {
        let (start, end) = map.character(at);
        assert!(start < end && text.get(start as usize..end as usize).is_some(), "{start}..{end}");
        assert!((start, end) == last || start >= last.1, "characters overlap");
        last = (start, end);
    }
    if !is_html && let Ok(folded) = String::from_utf16(&symbols) {
        let mut again = Vec::new();
        fold_into(&folded, &mut again);
        assert_eq!(again, symbols, "folding twice is folding once");
    }
}
