//! The fingerprint once more, slowly: quotations line by line, masks by regexes over the kinds of
//! the symbols, every shingle in a set.

use super::classes::{DIGIT, HALF, NOISE, class_of_pair, classes, is_letter};
use super::fingerprint::{FieldText, Fingerprint, Fingerprinter, SKETCH_WEIGHT, TextScratch};
use super::masks::Mask;
use super::sketch::SKETCH;
use proptest::prelude::*;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use tidegate_engine::{fold, html};
use xxhash_rust::xxh3::xxh3_64;

/// Symbols of addresses, and those that may end one.
const ANY: &str = r"[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%|]";
const END: &str = r"[a-z0-9\-_~/#\[@$&(+=%]";

fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace("ANY", ANY).replace("END", END)).expect("a pattern")
}

struct Twin {
    url: Regex,
    email: Regex,
    host: Regex,
    domain: Regex,
    path: Regex,
    word: Regex,
    joined: Regex,
    closed: Regex,
    open: Regex,
}

/// The twin; its regexes are compiled once.
fn twin() -> &'static Twin {
    static TWIN: LazyLock<Twin> = LazyLock::new(Twin::new);
    &TWIN
}

impl Twin {
    fn new() -> Twin {
        Twin {
            url: regex("^(?:://|www[.])ANY*END"),
            email: regex(r"^@[ab89][ab89_.\-]*"),
            host: regex(r"^[ab89_.\-]+"),
            domain: regex(
                r"^.+\.(app|biz|cc|club|cn|co|com|fun|gg|icu|info|io|link|live|me|net|online|org|shop|site|store|top|tv|vip|win|xyz)$",
            ),
            path: regex("^[/:]ANY*END"),
            word: regex("^[ab89_]*"),
            joined: regex(r"^[ .,:\-][89]+"),
            closed: regex("^#[^# ][^#]{0,38}[^# ]#"),
            open: regex("^#[ab89_H]{2,40}"),
        }
    }

    fn fingerprint(&self, fields: &[FieldText<'_>]) -> Fingerprint {
        let own: Vec<String> = fields.iter().map(|field| own(&visible(field))).collect();
        let units = self.units(&fold::fold(&own.join("\n")));
        let sum = |units: &[u16]| units.iter().map(|unit| weight(*unit)).sum::<u32>();
        let weight = sum(&units);
        let bytes = |units: &[u16]| -> Vec<u8> {
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
        };
        let mut hashes = BTreeSet::new();
        for start in 0..units.len() {
            let heavy = |end: &usize| sum(&units[start..*end]) >= 8;
            if let Some(end) = (start..=units.len()).find(heavy) {
                hashes.insert((xxh3_64(&bytes(&units[start..end])) >> 32) as u32);
            }
        }
        let kept = if weight < SKETCH_WEIGHT { 0 } else { SKETCH };
        let sketch = hashes.into_iter().take(kept).collect();
        Fingerprint { weight, whole: xxh3_64(&bytes(&units)), sketch }
    }

    fn units(&self, symbols: &[u16]) -> Vec<u16> {
        let text = Kinds::new(symbols);
        let (mut units, mut at) = (Vec::new(), 0);
        while at < symbols.len() {
            at = self.step(&text, at, &mut units);
        }
        units
    }

    /// Reads one thing; returns its end.
    fn step(&self, text: &Kinds<'_>, at: usize, units: &mut Vec<u16>) -> usize {
        match text.kinds.as_bytes()[at] {
            b'a' | b'b' | b'8' | b'9' => self.word(text, at, units),
            b'@' | b'#' => {
                let sign = if text.kinds[at..].starts_with('@') {
                    self.handle(text, at).map(|end| (Mask::Handle, end))
                } else {
                    self.tag(text, at).map(|end| (Mask::Tag, end))
                };
                sign.map_or(at + 1, |(mask, end)| {
                    units.push(mask as u16);
                    end
                })
            }
            b'H' => {
                units.push(classes().of(text.symbols[at]));
                at + 1
            }
            b'P' => {
                units.push(text.symbols[at]);
                at + 1
            }
            b'Q' => {
                let class = class_of_pair(text.symbols[at], text.symbols[at + 1]).unwrap_or(0);
                units.push(if class == DIGIT { Mask::Number as u16 } else { class });
                at + 2
            }
            _ => at + 1,
        }
    }

    fn word(&self, text: &Kinds<'_>, at: usize, units: &mut Vec<u16>) -> usize {
        let end = at + length(&self.word, &text.kinds[at..]).unwrap_or(0);
        let scheme = ["https", "http", "ftp", "hxxps", "hxxp"]
            .into_iter()
            .find(|scheme| text.ascii[at..end].ends_with(scheme));
        let starts = [scheme.map(|scheme| (end - scheme.len(), end, "://")), {
            (&text.ascii[at..end] == "www").then_some((at, at, "www."))
        }];
        for (from, sign, begin) in starts.into_iter().flatten() {
            let rest = &text.ascii[sign..];
            if rest.starts_with(begin)
                && let Some(found) = length(&self.url, rest)
            {
                self.letters(text, at, from, units);
                units.push(Mask::Url as u16);
                return sign + found;
            }
        }
        if let Some(email) = self.email(text, end) {
            units.push(Mask::Handle as u16);
            return email;
        }
        let host = length(&self.host, &text.kinds[at..]).unwrap_or(0);
        let host = text.ascii[at..at + host].trim_end_matches('.').len() + at;
        if self.domain.is_match(&text.ascii[at..host]) {
            units.push(Mask::Url as u16);
            let follows =
                text.kinds[host..].chars().nth(1).is_some_and(|kind| "ab89".contains(kind));
            let path = length(&self.path, &text.ascii[host..]).filter(|_| follows);
            return host + path.unwrap_or(0);
        }
        if is_code(&text.kinds[at..end]) {
            units.push(Mask::Code as u16);
            return end;
        }
        self.letters(text, at, end, units)
    }

    /// Letters and numbers of a word.
    fn letters(&self, text: &Kinds<'_>, at: usize, end: usize, units: &mut Vec<u16>) -> usize {
        let mut at = at;
        while at < end {
            match text.kinds.as_bytes()[at] {
                b'8' | b'9' => {
                    units.push(Mask::Number as u16);
                    at = self.number_end(text, at);
                }
                b'_' => at += 1,
                _ => {
                    units.push(classes().of(text.symbols[at]));
                    at += 1;
                }
            }
        }
        at
    }

    fn number_end(&self, text: &Kinds<'_>, at: usize) -> usize {
        let rest = &text.kinds[at..];
        let mut end = at + rest.len() - rest.trim_start_matches(['8', '9']).len();
        while let Some(more) = length(&self.joined, &text.kinds[end..]) {
            let word = length(&self.word, &text.kinds[end + 1..]).unwrap_or(0);
            if is_code(&text.kinds[end + 1..end + 1 + word]) {
                break;
            }
            end += more;
        }
        end
    }

    fn email(&self, text: &Kinds<'_>, at: usize) -> Option<usize> {
        let found = length(&self.email, &text.kinds[at..])?;
        let host = text.kinds[at..at + found].trim_end_matches('.');
        host.contains('.').then_some(at + host.len())
    }

    fn handle(&self, text: &Kinds<'_>, at: usize) -> Option<usize> {
        if text.kinds[..at].ends_with(['a', 'b', '8', '9']) {
            return None;
        }
        let name = &text.kinds[at + 1..];
        let accepted = match name.chars().next()? {
            'H' => "ab89_.-H",
            'a' | 'b' | '8' | '9' | '_' => "ab89_.-",
            _ => return None,
        };
        let run =
            &name[..name.len() - name.trim_start_matches(|kind| accepted.contains(kind)).len()];
        let width = |name: &str| -> usize {
            name.chars().map(|kind| if kind == 'H' { 2 } else { 1 }).sum()
        };
        let longest = (0..=run.len()).rev().find(|length| width(&run[..*length]) <= 30)?;
        let name = run[..longest].trim_end_matches(['.', '-']);
        let end = at + 1 + name.len();
        (width(name) >= 3).then(|| self.email(text, end).unwrap_or(end))
    }

    fn tag(&self, text: &Kinds<'_>, at: usize) -> Option<usize> {
        let rest = &text.kinds[at..];
        if let Some(closed) = length(&self.closed, rest) {
            return Some(at + closed);
        }
        if text.kinds[..at].ends_with(['a', 'b', '8', '9']) {
            return None;
        }
        let open = length(&self.open, rest)?;
        rest[1..open].contains(['a', 'b', '_', 'H']).then_some(at + open)
    }
}

fn length(regex: &Regex, text: &str) -> Option<usize> {
    regex.find(text).map(|found| found.end())
}

fn is_code(kinds: &str) -> bool {
    let count = |wanted: &[char]| kinds.matches(wanted).count();
    let (letters, digits) = (count(&['a', 'b']), count(&['8', '9']));
    letters > 0 && digits >= 2 && letters + digits >= 5
}

fn weight(unit: u16) -> u32 {
    match unit {
        0xDC00..=0xDFFF => 0,
        0x2E80.. => 3,
        _ => 1,
    }
}

/// Folded symbols, and one ASCII character for each: `a` for letters, `b` for letters that look
/// like them, `9` and `8` for digits, `H` for other letters, `PP` for pairs that represent
/// themselves, `QQ` for other pairs, themselves for ASCII noise, `~` for the rest.
struct Kinds<'s> {
    symbols: &'s [u16],
    kinds: String,
    /// ASCII as it is, U+0001 for the rest.
    ascii: String,
}

impl Kinds<'_> {
    fn new(symbols: &[u16]) -> Kinds<'_> {
        let ascii = symbols.iter().map(|symbol| match u8::try_from(*symbol) {
            Ok(byte) if byte.is_ascii() => char::from(byte),
            _ => '\u{1}',
        });
        let ascii: String = ascii.collect();
        let mut kinds = String::new();
        for (symbol, plain) in symbols.iter().zip(ascii.chars()) {
            let is_ascii = plain != '\u{1}';
            kinds.push(match classes().of(*symbol) {
                NOISE if is_ascii => plain,
                NOISE => '~',
                DIGIT if is_ascii => '9',
                DIGIT => '8',
                HALF => 'P',
                class if is_letter(class) && is_ascii => 'a',
                class if is_letter(class) => 'b',
                _ => 'H',
            });
        }
        for at in (0..symbols.len()).filter(|at| (0xD800..0xDC00).contains(&symbols[*at])) {
            match class_of_pair(symbols[at], symbols[at + 1]) {
                Some(NOISE) => kinds.replace_range(at..at + 2, "~~"),
                Some(_) => kinds.replace_range(at..at + 2, "QQ"),
                None => {}
            }
        }
        Kinds { symbols, kinds, ascii }
    }
}

fn visible(field: &FieldText<'_>) -> String {
    match field.html {
        true => html::pieces(field.text).map(|(character, _)| character).collect(),
        false => field.text.to_owned(),
    }
}

/// Own words, each character folded for itself.
fn own(text: &str) -> String {
    let folded = |c: char| -> String {
        match c {
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => "\n".into(),
            _ => fold::fold_each(&c.to_string()).collect(),
        }
    };
    let folded: String = text.chars().map(folded).collect();
    let lines = folded.split('\n').filter(|line| !line.trim_start_matches(' ').starts_with('>'));
    let text = lines.collect::<Vec<_>>().join("\n");
    let retweet = regex("rt[ \n]+@");
    let is_word = |c: char| u16::try_from(u32::from(c)).is_ok_and(|c| classes().is_alnum(c));
    let starts = retweet.find_iter(&text).map(|found| found.start());
    let mut cuts = starts.filter(|start| !text[..*start].ends_with(is_word));
    let cut = cuts.next().into_iter().chain(text.find("//@")).min();
    text[..cut.unwrap_or(text.len())].to_owned()
}

/// Pieces of posts, joined without anything between them.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[一-龥]{1,12}",
        "[a-z]{1,9}",
        "[a-zA-Zа-яøб0-9_٣１〇]{1,7}",
        "[0-9]{1,4}",
        "[ .,:/@#\\-_>&;()!？，。\n]{1,3}",
        "(https?|ftp|hxxp|x)://|www\\.|\\.(com|cn|vip|exam|cc)|/p\\?q=1|@a|rt @|RT  @|//@|://|#",
        "😀|🇨|𠀀|𝐀|①|🔟|\u{200B}|\u{301}|＃|＠|／|か\u{3099}|한|々",
        "<p>|<br>|&gt;|&amp;|<b>|</b>|<i",
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn equals_the_slow_twin(
        title in prop_oneof![Just(String::new()), any_text()],
        text in any_text(),
        html in any::<bool>(),
    ) {
        let fields = [FieldText { text: &title, html: false }, FieldText { text: &text, html }];
        let fast = Fingerprinter::default().fingerprint(&fields, &mut TextScratch::default());
        prop_assert_eq!(fast, twin().fingerprint(&fields));
    }

    #[test]
    fn equals_the_slow_twin_on_few_signs(text in "([ab12@#. _-]|好|一|http://|www|\\.cn|/|:){0,30}") {
        let fields = [FieldText { text: &text, html: false }];
        let fast = Fingerprinter::default().fingerprint(&fields, &mut TextScratch::default());
        prop_assert_eq!(fast, twin().fingerprint(&fields));
    }
}
