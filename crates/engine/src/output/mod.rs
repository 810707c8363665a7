//! Writes a verdict as one JSON line; equal verdicts give equal bytes.
//!
//! * Key order is fixed: `id`, `action`, `repaired`, `care`, `capped`, `categories`, `rules`,
//!   `shadow`, `ruleset`, `engine`; empty members are left out, so that a clean post is
//!   `{"id":…,"action":"allow"}`.
//! * For any post, the line is valid JSON, valid UTF-8, and safe to print on a terminal (see
//!   [`json`]).
//! * Only the output buffer is allocated.

pub mod json;

use crate::classifier::Classifier;
use crate::domain::field::FieldId;
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::verdict::{Evidence, Fired, Verdict};
use crate::post::{ErrorCode, Post};
use crate::rules::compiled::{CompiledRule, RuleSet};
use json::{push_masked, push_members, push_number, push_string, push_value};
use std::fmt;

/// The amount of detail in a verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything, evidence included.
    #[default]
    Full,
    /// Id, action, categories; also `care`, `capped` and shadow rules if present.
    Brief,
}

/// Unit of evidence offsets, counted from the start of the field's decoded text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Offsets {
    /// Bytes of UTF-8.
    #[default]
    Bytes,
    /// Unicode scalar values.
    Chars,
    /// Code units of UTF-16, as JavaScript, Java and C# count.
    Utf16,
}

/// How verdicts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The amount of detail in a verdict.
    pub detail: Detail,
    /// Unit of offsets.
    pub offsets: Offsets,
    /// Write the post itself, with the verdict as its last member.
    pub annotate: bool,
    /// Write the rule set and engine versions in every verdict.
    pub stamp: bool,
}

/// The names of a rule.
#[derive(Clone, Debug)]
pub struct RuleLabels<'r> {
    /// Its id.
    pub id: &'r str,
    /// Its category.
    pub category: &'r str,
    /// Its level.
    pub level: &'r str,
    /// The conditions of its boosts, in order.
    pub boosts: Vec<&'r str>,
}

/// Looks up names of matchers and terms; there may be a million.
pub trait NameTable: Sync {
    /// The name of a matcher.
    fn matcher(&self, matcher: MatcherIx) -> &str;

    /// A listed term as its author wrote it.
    fn term(&self, term: TermIx) -> &str;
}

impl NameTable for RuleSet {
    fn matcher(&self, matcher: MatcherIx) -> &str {
        self.matcher_name(matcher)
    }

    fn term(&self, term: TermIx) -> &str {
        self.term_text(term)
    }
}

/// Names for the numbers in a verdict.
#[derive(Clone)]
pub struct Labels<'r> {
    /// By [`crate::domain::ids::RuleIx`].
    pub rules: Vec<RuleLabels<'r>>,
    /// Names matchers and terms.
    pub names: &'r dyn NameTable,
    /// By [`FieldId`].
    pub fields: &'r [String],
    /// The hash over rules and policy, 8 hex digits.
    pub ruleset: &'r str,
}

impl<'r> Labels<'r> {
    /// The names of `classifier`.
    pub fn of(classifier: &'r Classifier) -> Labels<'r> {
        let rules = classifier.rules();
        Labels {
            rules: rules.rules().iter().map(RuleLabels::of).collect(),
            names: rules,
            fields: rules.names().fields(),
            ruleset: classifier.hash_hex(),
        }
    }
}

impl<'r> RuleLabels<'r> {
    fn of(rule: &'r CompiledRule) -> RuleLabels<'r> {
        RuleLabels {
            id: &rule.id,
            category: rule.category.name(),
            level: rule.level.name(),
            boosts: rule.boosts.iter().map(|boost| boost.text.as_str()).collect(),
        }
    }
}

impl fmt::Debug for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Labels").field("ruleset", &self.ruleset).finish_non_exhaustive()
    }
}

/// Writes verdicts. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Encoder<'r> {
    labels: Labels<'r>,
    style: Style,
    /// By rule: its JSON up to the score.
    heads: Vec<Vec<u8>>,
    /// By field: the JSON of a hit's position up to its start offset.
    places: Vec<Vec<u8>>,
    /// `,"ruleset":"…"`.
    ruleset: String,
    /// The end of every verdict: `}`, or rule set and engine and `}`.
    end: String,
    /// The end of a clean post's line.
    clean: String,
}

/// A line that is not a usable post.
#[derive(Clone, Copy, Debug)]
pub struct UnreadableLine<'a> {
    /// Its id as JSON; `null` if it has none.
    pub id: &'a str,
    /// Its start in the stream, in bytes.
    pub offset: u64,
    /// Its place, if there are several streams.
    pub place: Option<LinePlace<'a>>,
    /// Why it is not usable.
    pub code: ErrorCode,
    /// The same for a reader.
    pub detail: &'a str,
    /// It has bytes that are not UTF-8.
    pub is_repaired: bool,
}

/// The place of a line.
#[derive(Clone, Copy, Debug)]
pub struct LinePlace<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Number of the line, from 1.
    pub line: u64,
}

/// After the action of a line with bytes that are not UTF-8.
const REPAIRED: &[u8] = b",\"repaired\":true";

/// The member that is added to an annotated post.
const ANNOTATION: &str = "tidegate";

impl<'r> Encoder<'r> {
    /// Precomputes the constant parts of verdicts.
    pub fn new(labels: Labels<'r>, style: Style) -> Encoder<'r> {
        let ruleset = format!(",\"ruleset\":\"{}\"", labels.ruleset);
        let engine = format!(",\"engine\":\"{}\"", env!("CARGO_PKG_VERSION"));
        let end = if style.stamp { engine + "}" } else { "}".to_owned() };
        let stamp = if style.stamp { &ruleset } else { "" };
        let close = if style.annotate { "}" } else { "" };
        let clean = format!(",\"action\":\"allow\"{stamp}{end}{close}\n");
        let heads = labels.rules.iter().map(head).collect();
        let places = labels.fields.iter().map(|field| place(field)).collect();
        Encoder { labels, style, heads, places, ruleset, end, clean }
    }

    /// Appends the line of a post. `line` is the input line.
    #[inline]
    pub fn post(&self, out: &mut Vec<u8>, line: &[u8], post: &Post<'_>, verdict: &Verdict<'_>) {
        self.open(out, line, post.id());
        if verdict.is_clean() && !verdict.care && !post.is_repaired() {
            out.extend_from_slice(self.clean.as_bytes());
        } else {
            self.judged(out, post, verdict);
        }
    }

    /// Appends the line of a skipped record.
    pub fn skipped(&self, out: &mut Vec<u8>, line: &[u8], id: &str) {
        self.open(out, line, id);
        out.extend_from_slice(b",\"action\":\"skipped\"");
        self.close(out, self.style.stamp, self.style.annotate);
    }

    /// Appends the line of an unreadable line. It is never annotated.
    pub fn unreadable(&self, out: &mut Vec<u8>, line: &UnreadableLine<'_>) {
        out.extend_from_slice(b"{\"id\":");
        push_value(out, line.id);
        if let Some(place) = &line.place {
            out.extend_from_slice(b",\"file\":");
            push_string(out, place.file);
            out.extend_from_slice(b",\"line\":");
            push_number(out, place.line);
        }
        out.extend_from_slice(b",\"offset\":");
        push_number(out, line.offset);
        out.extend_from_slice(b",\"action\":\"unreadable\"");
        if line.is_repaired {
            out.extend_from_slice(REPAIRED);
        }
        out.extend_from_slice(b",\"error\":");
        push_string(out, line.code.name());
        out.extend_from_slice(b",\"detail\":");
        push_string(out, line.detail);
        self.close(out, self.style.stamp, false);
    }

    fn open(&self, out: &mut Vec<u8>, line: &[u8], id: &str) {
        if self.style.annotate {
            out.push(b'{');
            if push_members(out, line, ANNOTATION) {
                out.push(b',');
            }
            push_string(out, ANNOTATION);
            out.push(b':');
        }
        out.extend_from_slice(b"{\"id\":");
        push_value(out, id);
    }

    fn close(&self, out: &mut Vec<u8>, ruleset: bool, annotated: bool) {
        if ruleset {
            out.extend_from_slice(self.ruleset.as_bytes());
        }
        out.extend_from_slice(self.end.as_bytes());
        if annotated {
            out.push(b'}');
        }
        out.push(b'\n');
    }

    fn judged(&self, out: &mut Vec<u8>, post: &Post<'_>, verdict: &Verdict<'_>) {
        let full = self.style.detail == Detail::Full;
        out.extend_from_slice(b",\"action\":");
        push_string(out, verdict.action.name());
        if post.is_repaired() {
            out.extend_from_slice(REPAIRED);
        }
        if verdict.care {
            out.extend_from_slice(b",\"care\":true");
        }
        if verdict.capped {
            out.extend_from_slice(b",\"capped\":true");
        }
        push_categories(out, verdict);
        if full {
            self.push_rules(out, post, verdict);
        }
        self.push_shadow(out, verdict);
        let names_rules = full && (verdict.care || !verdict.is_clean());
        self.close(out, names_rules || self.style.stamp, self.style.annotate);
    }

    fn push_rules(&self, out: &mut Vec<u8>, post: &Post<'_>, verdict: &Verdict<'_>) {
        let mut ruler = Ruler::new(self.style.offsets);
        let mut separator = b",\"rules\":[".as_slice();
        for fired in verdict.fired.iter().filter(|fired| !fired.shadow) {
            out.extend_from_slice(separator);
            separator = b",";
            self.push_rule(out, post, verdict, fired, &mut ruler);
        }
        if separator == b"," {
            out.push(b']');
        }
    }

    fn push_rule(
        &self,
        out: &mut Vec<u8>,
        post: &Post<'_>,
        verdict: &Verdict<'_>,
        fired: &Fired,
        ruler: &mut Ruler,
    ) {
        let labels = &self.labels.rules[fired.rule.index()];
        out.extend_from_slice(&self.heads[fired.rule.index()]);
        fired.score.write(out);
        let boosts = &verdict.boosts[fired.boosts.start as usize..fired.boosts.end as usize];
        let mut separator = b",\"boosts\":[".as_slice();
        for boost in boosts {
            out.extend_from_slice(separator);
            separator = b",";
            push_string(out, labels.boosts[usize::from(*boost)]);
        }
        if separator == b"," {
            out.push(b']');
        }
        out.extend_from_slice(b",\"evidence\":[");
        let evidence =
            &verdict.evidence[fired.evidence.start as usize..fired.evidence.end as usize];
        for (at, evidence) in evidence.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.push_evidence(out, post, evidence, ruler);
        }
        out.extend_from_slice(b"]}");
    }

    fn push_evidence(
        &self,
        out: &mut Vec<u8>,
        post: &Post<'_>,
        evidence: &Evidence,
        ruler: &mut Ruler,
    ) {
        let Evidence { matcher, term, field, span, view, redacted } = *evidence;
        let text = post.text(field).unwrap_or_default();
        let hit = text.get(span.range()).unwrap_or_default();
        out.extend_from_slice(b"{\"matcher\":");
        push_string(out, self.labels.names.matcher(matcher));
        // A term reveals the matched text: masking only the text would hide nothing.
        if let Some(term) = term.filter(|_| !redacted) {
            out.extend_from_slice(b",\"term\":");
            push_string(out, self.labels.names.term(term));
        }
        out.extend_from_slice(&self.places[field.index()]);
        push_number(out, ruler.measure(field, text, span.start()));
        out.extend_from_slice(b",\"end\":");
        push_number(out, ruler.measure(field, text, span.end()));
        out.extend_from_slice(b",\"text\":");
        if redacted {
            push_masked(out, hit)
        } else {
            push_string(out, hit)
        }
        out.extend_from_slice(b",\"view\":");
        push_string(out, view.name());
        if redacted {
            out.extend_from_slice(b",\"redacted\":true");
        }
        out.push(b'}');
    }

    fn push_shadow(&self, out: &mut Vec<u8>, verdict: &Verdict<'_>) {
        let mut separator = b",\"shadow\":[".as_slice();
        for fired in verdict.fired.iter().filter(|fired| fired.shadow) {
            out.extend_from_slice(separator);
            separator = b",";
            let labels = &self.labels.rules[fired.rule.index()];
            out.extend_from_slice(b"{\"id\":");
            push_string(out, labels.id);
            out.extend_from_slice(b",\"category\":");
            push_string(out, labels.category);
            out.extend_from_slice(b",\"score\":");
            fired.score.write(out);
            out.push(b'}');
        }
        if separator == b"," {
            out.push(b']');
        }
    }
}

/// JSON that is the same for every hit of a rule.
fn head(rule: &RuleLabels<'_>) -> Vec<u8> {
    let mut out = b"{\"id\":".to_vec();
    push_string(&mut out, rule.id);
    out.extend_from_slice(b",\"category\":");
    push_string(&mut out, rule.category);
    out.extend_from_slice(b",\"level\":");
    push_string(&mut out, rule.level);
    out.extend_from_slice(b",\"score\":");
    out
}

/// JSON that is the same for every hit in a field.
fn place(field: &str) -> Vec<u8> {
    let mut out = b",\"field\":".to_vec();
    push_string(&mut out, field);
    out.extend_from_slice(b",\"start\":");
    out
}

fn push_categories(out: &mut Vec<u8>, verdict: &Verdict<'_>) {
    let mut separator = b",\"categories\":{".as_slice();
    for (category, score) in verdict.categories {
        out.extend_from_slice(separator);
        separator = b",";
        push_string(out, category.name());
        out.push(b':');
        score.write(out);
    }
    if separator == b"," {
        out.push(b'}');
    }
}

/// Converts bytes to the unit of offsets. Evidence is mostly in text order, so counting
/// continues from the last position.
struct Ruler {
    offsets: Offsets,
    field: Option<FieldId>,
    byte: usize,
    count: u64,
}

impl Ruler {
    fn new(offsets: Offsets) -> Ruler {
        Ruler { offsets, field: None, byte: 0, count: 0 }
    }

    fn measure(&mut self, field: FieldId, text: &str, byte: u32) -> u64 {
        let to = byte as usize;
        if self.offsets == Offsets::Bytes {
            return to as u64;
        }
        if self.field != Some(field) || to < self.byte {
            (self.field, self.byte, self.count) = (Some(field), 0, 0);
        }
        let passed = text.get(self.byte..to).unwrap_or_default();
        self.count += match self.offsets {
            Offsets::Bytes => passed.len() as u64,
            Offsets::Chars => passed.chars().count() as u64,
            Offsets::Utf16 => passed.encode_utf16().count() as u64,
        };
        self.byte = to;
        self.count
    }
}

#[cfg(test)]
mod tests;
