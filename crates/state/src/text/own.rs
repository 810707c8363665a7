//! Own words: what a post says itself, without quotations and boilerplate.
//!
//! * At `//@` and at `RT @` (any case, at the start of a word) the text of another begins: the rest
//!   of the field is not read.
//! * Lines that begin with `>` are quotations.
//! * The `strip` literals of the measures, as folding leaves them, are replaced by a space.
//!
//! Signs count as folding reads them: `／／＠` is `//@`; invisible characters between are no matter.

use tidegate_engine::fold::{self, OffsetMap, Output, SEPARATOR, Source, fold_into, tables};

use super::classes::classes;

const AT: u16 = b'@' as u16;
const SLASH: u16 = b'/' as u16;
const QUOTE: u16 = b'>' as u16;
const SPACE: u16 = b' ' as u16;
const R: u16 = b'r' as u16;
const T: u16 = b't' as u16;

/// The `strip` literals.
#[derive(Debug, Default)]
pub(super) struct Strip {
    /// Folded; the longest first, none empty.
    literals: Vec<Vec<u16>>,
    /// A bit for each symbol that begins a literal; empty without literals.
    first: Vec<u64>,
}

impl Strip {
    pub(super) fn new(literals: &[String]) -> Strip {
        let mut literals: Vec<Vec<u16>> =
            literals.iter().map(|literal| fold::fold(literal)).collect();
        literals.retain(|literal| !literal.is_empty());
        literals.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        literals.dedup();
        let mut first = vec![0_u64; if literals.is_empty() { 0 } else { 1 << 10 }];
        for symbol in literals.iter().filter_map(|literal| literal.first()) {
            first[usize::from(symbol >> 6)] |= 1 << (symbol & 63);
        }
        Strip { literals, first }
    }

    fn is_first(&self, symbol: u16) -> bool {
        self.first[usize::from(symbol >> 6)] >> (symbol & 63) & 1 != 0
    }

    /// The first literal from `from` on: start and end.
    fn find(&self, symbols: &[u16], from: usize) -> Option<(usize, usize)> {
        if self.literals.is_empty() {
            return None;
        }
        let mut starts = (from..symbols.len()).filter(|at| self.is_first(symbols[*at]));
        starts.find_map(|at| {
            let literal =
                self.literals.iter().find(|literal| symbols[at..].starts_with(literal))?;
            Some((at, at + literal.len()))
        })
    }

    /// Replaces each literal in `text` by a space.
    fn remove(&self, text: &mut String) {
        if self.literals.is_empty() {
            return;
        }
        let (mut symbols, mut signs) = (Vec::new(), Vec::new());
        let one_to_one = fold_into(text, &mut Output { symbols: &mut symbols, signs: &mut signs });
        let Some(mut found) = self.find(&symbols, 0) else { return };
        let source = Source { text: text.as_str(), is_html: false, one_to_one };
        let mut map = OffsetMap::default();
        map.begin();
        let (mut kept, mut at) = (String::with_capacity(text.len()), 0);
        loop {
            let first = map.bytes(source, found.0).map_or(at as u32, |bytes| bytes.0);
            let last = map.bytes(source, found.1 - 1).map_or(first, |bytes| bytes.1);
            // A character that folds to several symbols may be in two literals.
            if first as usize >= at {
                kept.push_str(&text[at..first as usize]);
                kept.push(' ');
            }
            at = at.max(last as usize);
            match self.find(&symbols, found.1) {
                Some(next) => found = next,
                None => break,
            }
        }
        kept.push_str(&text[at..]);
        *text = kept;
    }
}

/// Can the folded text be other than its own words? No false negatives.
#[inline]
pub(super) fn may_quote(symbols: &[u16], strip: &Strip) -> bool {
    if symbols.iter().any(|symbol| matches!(*symbol, AT | QUOTE)) && has_quotation(symbols) {
        return true;
    }
    strip.find(symbols, 0).is_some()
}

fn has_quotation(symbols: &[u16]) -> bool {
    let quotes = |at: usize| match symbols[at] {
        QUOTE => true,
        AT => {
            let before = &symbols[..at];
            before.ends_with(&[SLASH, SLASH]) || before.ends_with(&[R, T, SPACE])
        }
        _ => false,
    };
    (0..symbols.len()).any(quotes)
}

/// Replaces `out` by the own words of `text`.
pub(super) fn own_into(text: &str, strip: &Strip, out: &mut String) {
    out.clear();
    unquoted_into(text, out);
    strip.remove(out);
}

/// The last visible symbols, white space as one, each with its place in the own words.
struct Tail([(u16, usize); 4]);

impl Tail {
    const START: Tail = Tail([(SEPARATOR, 0); 4]);

    fn push(&mut self, symbol: u16, place: usize) {
        let last = self.0[3].0;
        if symbol == SPACE && matches!(last, SPACE | SEPARATOR) {
            return;
        }
        self.0.rotate_left(1);
        self.0[3] = (symbol, place);
    }

    /// Where the text of another begins if an `@` follows.
    fn cut(&self) -> Option<usize> {
        match self.0 {
            [_, _, (SLASH, place), (SLASH, _)] => Some(place),
            [(before, _), (R, place), (T, _), (SPACE, _)] if !classes().is_alnum(before) => {
                Some(place)
            }
            _ => None,
        }
    }
}

/// What a character does to the text before it.
enum Step {
    /// It is read.
    Read,
    /// It begins a quotation, which ends with the line.
    Quote,
    /// The text of another begins at this place of the own words.
    Cut(usize),
}

/// Appends `text` to the empty `out`, up to the text of another, without the lines that begin with
/// `>`.
fn unquoted_into(text: &str, out: &mut String) {
    // From `kept` on the text was not yet appended; in a quotation, nothing is.
    let (mut kept, mut in_quotation, mut line_is_blank) = (0, false, true);
    let mut tail = Tail::START;
    for (byte, character) in text.char_indices() {
        if is_line_break(character) {
            if in_quotation {
                (kept, in_quotation) = (byte, false);
            }
            line_is_blank = true;
        }
        if in_quotation {
            continue;
        }
        let place = out.len() + byte - kept;
        match step(character, place, &mut line_is_blank, &mut tail) {
            Step::Read => {}
            Step::Quote => {
                out.push_str(&text[kept..byte]);
                in_quotation = true;
            }
            Step::Cut(end) => {
                // The place may be before a line that was dropped.
                out.push_str(&text[kept..byte]);
                out.truncate(end);
                return;
            }
        }
    }
    if !in_quotation {
        out.push_str(&text[kept..]);
    }
}

fn step(character: char, place: usize, line_is_blank: &mut bool, tail: &mut Tail) -> Step {
    for folded in tables::table().characters(u32::from(character)) {
        // Characters above U+FFFF are none of the signs.
        let symbol = u16::try_from(u32::from(folded)).unwrap_or(SEPARATOR);
        if *line_is_blank && symbol == QUOTE {
            return Step::Quote;
        }
        if symbol == AT
            && let Some(end) = tail.cut()
        {
            return Step::Cut(end);
        }
        *line_is_blank &= symbol == SPACE;
        tail.push(symbol, place);
    }
    Step::Read
}

fn is_line_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str, strip: &[&str]) -> String {
        let strip: Vec<String> = strip.iter().map(|literal| (*literal).to_owned()).collect();
        let mut out = String::new();
        own_into(text, &Strip::new(&strip), &mut out);
        out
    }

    #[test]
    fn the_text_of_another_is_cut() {
        for (text, expected) in [
            ("说得对//@小城:今天//@乙:x", "说得对"),
            ("说得对／／\u{200B}＠小城", "说得对"),
            ("//@小城:今天", ""),
            ("见 https://a.example/@b", "见 https://a.example/@b"),
            ("好 RT @anna: text", "好 "),
            ("rt  @anna: text", ""),
            ("好RT\n@anna", "好"),
            ("art @museum", "art @museum"),
            ("RT@anna", "RT@anna"),
            ("𝐑𝐓 @anna", ""),
            ("🔟rt @anna", "🔟rt @anna"),
            ("a rt\n> b\n @c", "a "),
            ("a/\n> b\n/@c", "a/\n\n/@c"),
        ] {
            assert_eq!(own(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn quoted_lines_are_dropped() {
        for (text, expected) in [
            ("> a\nb\n  > c\r\n\u{200B}＞d\ne", "\nb\n  \r\n\u{200B}\ne"),
            ("> a", ""),
            ("a > b", "a > b"),
            ("> a //@b\nc", "\nc"),
            (">a\u{2028}b", "\u{2028}b"),
        ] {
            assert_eq!(own(text, &[]), expected, "{text:?}");
        }
    }

    #[test]
    fn strip_literals_become_a_space() {
        for (text, expected) in [
            ("甲免费注册导航乙", "甲 乙"),
            ("甲免費註冊導航 免费注册導航", "甲   "),
            ("ＡＢＣ好", "  "),
            ("免费", "免费"),
            ("", ""),
        ] {
            assert_eq!(own(text, &["免费注册导航", "注册", "abc", "好", " "]), expected, "{text}");
        }
    }

    #[test]
    fn the_longest_literal_wins_at_a_place() {
        assert_eq!(own("甲乙丙丁", &["甲", "甲乙丙"]), " 丁");
        assert_eq!(own("⑩甲", &["1", "0甲"]), " ");
    }

    #[test]
    fn texts_that_quote_are_noticed_in_folded_form() {
        let none = Strip::default();
        for text in ["a//@b", "a／／＠b", "RT @b", "a\n> b", "＞"] {
            assert!(may_quote(&fold::fold(text), &none), "{text}");
        }
        for text in ["", "@b", "a / @b", "RT b"] {
            assert!(!may_quote(&fold::fold(text), &none), "{text}");
        }
        let strip = Strip::new(&["好".to_owned()]);
        assert!(may_quote(&fold::fold("你好"), &strip) && !may_quote(&fold::fold("你"), &strip));
    }
}
