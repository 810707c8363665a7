//! The production matcher against a naive one: generated rules over generated posts, in an
//! alphabet so small that terms overlap, repeat and touch all the time.

use super::next;
use regex::Regex;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use tidegate_engine::Scratch;
use tidegate_engine::diagnostic::{Diagnostic, Severity};
use tidegate_engine::engine::BuildError;
use tidegate_engine::post::{Batch, Record};

const LETTERS: &[&str] = &["甲", "乙", "丙", "a", "b"];
const HAN: usize = 3;
const NOISE: &[&str] = &[" ", "-", "。"];
const REGEXES: &[&str] = &["ab+", "[甲乙]{2}", "a.b", "丙(a|b)?甲", "b{2,3}"];

/// A matcher and its naive implementation.
enum Matcher {
    Words(Vec<String>),
    Squeezed(Vec<String>),
    Regex(&'static str),
}

/// Ranges of a text, in characters.
type Hits = BTreeSet<(usize, usize)>;

impl Matcher {
    fn generate(data: &mut &[u8]) -> Matcher {
        match next(data) % 4 {
            0 => Matcher::Regex(REGEXES[next(data) % REGEXES.len()]),
            1 => Matcher::Squeezed(terms(data, &LETTERS[..HAN])),
            _ => Matcher::Words(terms(data, LETTERS)),
        }
    }

    fn yaml(&self) -> String {
        match self {
            Matcher::Words(terms) => format!("{{ words: [{}], edge: none }}", terms.join(", ")),
            Matcher::Squeezed(terms) => {
                format!("{{ words: [{}], edge: none, view: [squeezed] }}", terms.join(", "))
            }
            Matcher::Regex(pattern) => format!("{{ regex: '{pattern}' }}"),
        }
    }

    fn hits(&self, text: &[char]) -> Hits {
        match self {
            Matcher::Words(terms) => {
                let all: Vec<usize> = (0..text.len()).collect();
                terms.iter().flat_map(|term| occurrences(text, &all, term)).collect()
            }
            Matcher::Squeezed(terms) => {
                let is_noise = |c: &char| NOISE.contains(&c.to_string().as_str());
                let kept: Vec<usize> = (0..text.len()).filter(|at| !is_noise(&text[*at])).collect();
                terms.iter().flat_map(|term| occurrences(text, &kept, term)).collect()
            }
            Matcher::Regex(pattern) => {
                let text: String = text.iter().collect();
                let characters = |bytes: usize| text[..bytes].chars().count();
                let regex = Regex::new(pattern).expect("a fixed pattern");
                let found = regex.find_iter(&text);
                found.map(|hit| (characters(hit.start()), characters(hit.end()))).collect()
            }
        }
    }
}

/// One to three terms of one to three letters.
fn terms(data: &mut &[u8], letters: &[&str]) -> Vec<String> {
    (0..1 + next(data) % 3)
        .map(|_| (0..1 + next(data) % 3).map(|_| letters[next(data) % letters.len()]).collect())
        .collect()
}

/// The occurrences of `term` in the characters of `text` at the positions `kept`.
fn occurrences(text: &[char], kept: &[usize], term: &str) -> Hits {
    let term: Vec<char> = term.chars().collect();
    let is_it = |window: &&[usize]| window.iter().map(|at| text[*at]).eq(term.iter().copied());
    let windows = kept.windows(term.len()).filter(is_it);
    windows.map(|window| (window[0], window[window.len() - 1] + 1)).collect()
}

/// A condition over the matchers `m0`, `m1`, `m2`.
enum Condition {
    Hit(usize),
    Count(usize, usize),
    Some(usize),
    Near(usize, usize, usize),
    Before(usize, usize, usize),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
}

impl Condition {
    fn generate(data: &mut &[u8], depth: usize) -> Condition {
        let inner = |data: &mut &[u8]| Box::new(Condition::generate(data, depth - 1));
        let (a, b) = (next(data) % 3, next(data) % 3);
        match next(data) % if depth == 0 { 6 } else { 10 } {
            0 | 1 => Condition::Hit(a),
            2 => Condition::Count(a, 1 + b),
            3 => Condition::Some(1 + a),
            4 => Condition::Near(a, (a + 1) % 3, b * 2),
            5 => Condition::Before(a, (a + 1) % 3, b * 2),
            6 => Condition::Not(inner(data)),
            7 | 8 => Condition::Both(inner(data), inner(data)),
            _ => Condition::Either(inner(data), inner(data)),
        }
    }

    fn write(&self, out: &mut String) {
        let wrote = match self {
            Condition::Hit(a) => write!(out, "m{a}"),
            Condition::Count(a, n) => write!(out, "count(m{a}) >= {n}"),
            Condition::Some(n) => write!(out, "{n} of (m0, m1, m2)"),
            Condition::Near(a, b, n) => write!(out, "m{a} near/{n} m{b}"),
            Condition::Before(a, b, n) => write!(out, "m{a} before/{n} m{b}"),
            Condition::Not(a) => return a.write_after("not ", out),
            Condition::Both(a, b) => {
                a.write_after("", out);
                return b.write_after(" and ", out);
            }
            Condition::Either(a, b) => {
                a.write_after("", out);
                return b.write_after(" or ", out);
            }
        };
        wrote.expect("writing to a string does not fail");
    }

    fn write_after(&self, before: &str, out: &mut String) {
        out.push_str(before);
        out.push('(');
        self.write(out);
        out.push(')');
    }

    fn holds(&self, hits: &[Hits]) -> bool {
        let pairs = |a: usize, b: usize, fits: &dyn Fn((usize, usize), (usize, usize)) -> bool| {
            hits[a].iter().any(|x| hits[b].iter().any(|y| fits(*x, *y)))
        };
        match self {
            Condition::Hit(a) => !hits[*a].is_empty(),
            Condition::Count(a, n) => hits[*a].len() >= *n,
            Condition::Some(n) => hits.iter().filter(|hits| !hits.is_empty()).count() >= *n,
            Condition::Near(a, b, n) => pairs(*a, *b, &|x, y| {
                let (first, second) = if x <= y { (x, y) } else { (y, x) };
                second.0.saturating_sub(first.1) <= *n
            }),
            Condition::Before(a, b, n) => {
                pairs(*a, *b, &|x, y| x.0 < y.0 && y.0.saturating_sub(x.1) <= *n)
            }
            Condition::Not(a) => !a.holds(hits),
            Condition::Both(a, b) => a.holds(hits) && b.holds(hits),
            Condition::Either(a, b) => a.holds(hits) || b.holds(hits),
        }
    }
}

/// The number of the rule that is refused because its condition contradicts itself. Generated
/// rules have no other errors.
fn contradictory(diagnostic: &Diagnostic) -> usize {
    assert_eq!(diagnostic.code, "never_true", "{diagnostic}");
    let place = diagnostic.place.as_ref().expect("a condition has a place");
    let before = &place.source.text[..place.range.start];
    before.matches("  - id: p.r").count() - 1
}

/// Three matchers, three conditions, and posts from the remaining bytes.
pub fn differential(mut data: &[u8]) {
    let matchers: Vec<Matcher> = (0..3).map(|_| Matcher::generate(&mut data)).collect();
    let conditions: Vec<Condition> = (0..3).map(|_| Condition::generate(&mut data, 2)).collect();
    let mut yaml =
        String::from("tidegate: 1\npack: p\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\ndefine:\n");
    for (number, matcher) in matchers.iter().enumerate() {
        yaml.push_str(&format!("  m{number}: {}\n", matcher.yaml()));
    }
    yaml.push_str("rules:\n");
    for (number, condition) in conditions.iter().enumerate() {
        let mut text = String::new();
        condition.write(&mut text);
        yaml.push_str(&format!(
            "  - id: p.r{number}\n    title: T\n    category: spam\n    condition: '{text}'\n    \
             weight: 1\n"
        ));
    }
    let built =
        tidegate_packs::builder().embedded(false).rules_text("p.rules.yaml", &*yaml).build();
    let texts: Vec<String> = (0..4).map(|_| text(&mut data)).collect();
    let engine = match built {
        Ok(engine) => engine,
        Err(BuildError::Rules(diagnostics)) => {
            let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
            for diagnostic in diagnostics.iter().filter(is_error) {
                let rule = contradictory(diagnostic);
                let hits = |text: &String| -> Vec<Hits> {
                    let characters: Vec<char> = text.chars().collect();
                    matchers.iter().map(|it| it.hits(&characters)).collect()
                };
                let holds = |text: &String| conditions[rule].holds(&hits(text));
                assert!(!texts.iter().any(holds), "{yaml}\n{diagnostic}\n{texts:?}");
            }
            return;
        }
        Err(error) => panic!("{yaml}\n{error}"),
    };
    let lines: String = texts.iter().map(|text| format!("{{\"text\":\"{text}\"}}\n")).collect();
    let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
    engine.plan().read(lines.as_bytes(), false, &mut batch);
    engine.classifier().scan(lines.as_bytes(), &batch, &mut scratch);
    for (index, text) in texts.iter().enumerate() {
        let characters: Vec<char> = text.chars().collect();
        let hits: Vec<Hits> = matchers.iter().map(|it| it.hits(&characters)).collect();
        let expected: Vec<usize> =
            (0..3).filter(|number| conditions[*number].holds(&hits)).collect();
        let Record::Post(post) = batch.record(lines.as_bytes(), index) else {
            panic!("{text} is a post")
        };
        let verdict = engine.classifier().judge(&post, index, &mut scratch);
        let fired: BTreeSet<usize> = verdict.fired.iter().map(|it| it.rule.index()).collect();
        assert_eq!(fired, expected.into_iter().collect(), "{yaml}\n{text:?} {hits:?}");
    }
}

/// Up to sixteen pieces. Noise is short enough for the squeezed view to skip it.
fn text(data: &mut &[u8]) -> String {
    (0..next(data) % 17)
        .map(|_| match next(data) {
            n if n % 4 == 0 => NOISE[n / 4 % NOISE.len()],
            n => LETTERS[n / 4 % LETTERS.len()],
        })
        .collect()
}
