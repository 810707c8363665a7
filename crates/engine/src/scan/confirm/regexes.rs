//! Hits of regexes.

use super::collector::{HitCollector, decoded, is_read};
use super::state::{DecodedText, RegexRun, RegexText};
use crate::domain::ids::MatcherIx;
use crate::domain::view::View;
use crate::scan::index::Regex;
use crate::scan::regex::{MatchDecision, SearchBudget};
use crate::scan::text::projection::Projection;
use crate::scan::verify::FoldedSpan;
use std::ops::{ControlFlow, Range};

impl HitCollector<'_> {
    /// Adds the regex hits of the matchers that are evaluated now. A regex runs around its
    /// required literals; one without literals runs over every text.
    pub fn collect_regex_hits(&mut self) {
        let index = self.index;
        let mut running = std::mem::take(&mut self.work.running);
        running.clear();
        for at in 0..self.work.current.members().len() {
            let matcher = index.matcher(self.work.current.members()[at]);
            for regex in matcher.regexes.clone() {
                if self.prefilter().regex_may_match(regex) {
                    let fields = 0..self.text.fields.len();
                    let read = fields.filter(|field| self.reads(matcher, *field));
                    running.extend(read.map(|field| RegexRun { field: field as u32, regex }));
                }
            }
        }
        // Sorted by field, so that a text is decoded once for all regexes.
        running.sort_unstable();
        let mut texts = std::mem::take(&mut self.work.decoded);
        for (text, decoded) in RegexText::ALL.iter().zip(&mut texts) {
            for RegexRun { field, regex } in &running {
                let (field, own) = (*field as usize, &index.regexes[*regex as usize]);
                if !is_read(index.matcher(own.matcher), *text)
                    || !self.find_gates(*regex, field, *text)
                {
                    continue;
                }
                if decoded.field != Some(field) {
                    self.decode(field, *text, decoded);
                }
                self.run_regex(own, field, *text, decoded);
            }
        }
        self.work.decoded = texts;
        self.work.running = running;
    }

    /// Lists the required literals of a regex in a text. Returns whether the text must be
    /// searched.
    fn find_gates(&mut self, regex: u32, field: usize, text: RegexText) -> bool {
        let gates = &mut self.work.gates;
        gates.clear();
        gates.extend(self.state.gates_in(regex, (field as u32, text == RegexText::Squeezed)));
        !gates.is_empty() || self.index.regexes[regex as usize].is_ungated
    }

    /// Decodes the text that regexes read, with the mapping between bytes and symbols.
    fn decode(&self, field: usize, text: RegexText, out: &mut DecodedText) {
        out.field = Some(field);
        out.text.clear();
        out.symbols_before.clear();
        out.bytes_before.clear();
        let Some(projection) = text.projection() else {
            out.text.push_str(self.text.original(field));
            return;
        };
        let symbols = self.text.symbols(projection, field);
        out.text.reserve(3 * symbols.len());
        out.symbols_before.reserve(3 * symbols.len() + 1);
        out.bytes_before.reserve(symbols.len() + 1);
        let mut at = 0;
        for character in decoded(symbols.iter().copied()) {
            let before = out.text.len() as u32;
            out.text.push(character);
            for _ in 0..character.len_utf16() {
                out.bytes_before.push(before);
            }
            for _ in 0..character.len_utf8() {
                out.symbols_before.push(at);
            }
            at += character.len_utf16() as u32;
        }
        out.symbols_before.push(at);
        out.bytes_before.push(out.text.len() as u32);
    }

    /// Runs one regex in one field, over the windows around the listed literals.
    fn run_regex(&mut self, regex: &Regex, field: usize, read: RegexText, decoded: &DecodedText) {
        let text = decoded.text.as_str();
        let mut budget = SearchBudget::for_text(text.len());
        let gates = std::mem::take(&mut self.work.gates);
        let mut starts = std::mem::take(&mut self.work.starts);
        let mut search = |window: Range<usize>| {
            regex.pattern.find_all(text, window, &mut budget, &mut starts, |range| {
                if self.is_full() {
                    return ControlFlow::Break(());
                }
                let accepted = match read.projection() {
                    None => self.push_raw(regex.matcher, field, range),
                    Some(projection) => {
                        let range = regex.pattern.without_skipped(text, range);
                        let symbol = |byte: usize| decoded.symbols_before[byte] as usize;
                        let range = symbol(range.start)..symbol(range.end);
                        self.push_match(regex.matcher, field, range, projection, read.view())
                    }
                };
                ControlFlow::Continue(match accepted {
                    true => MatchDecision::Accept,
                    false => MatchDecision::Reject,
                })
            });
        };
        if regex.is_ungated {
            search(0..text.len());
        } else {
            // A compiled rule set that was tampered with may gate a regex of another text.
            let at = |symbol: usize| decoded.bytes_before.get(symbol).copied();
            let byte = |symbol: usize| at(symbol).map_or(text.len(), |byte| byte as usize);
            let gates = gates.iter().map(|gate| byte(gate.start)..byte(gate.end));
            regex.pattern.windows(text, gates).for_each(&mut search);
        }
        self.work.capped |= budget.is_capped();
        self.work.gates = gates;
        self.work.starts = starts;
    }

    /// Adds a match on the symbols of a projection. Returns whether it was accepted.
    fn push_match(
        &mut self,
        number: MatcherIx,
        field: usize,
        range: Range<usize>,
        projection: Projection,
        view: View,
    ) -> bool {
        let matcher = self.index.matcher(number);
        let length = range.len();
        let span = self.verifier().folded_span(projection, field, range);
        let view = if span.end - span.start == length { View::Folded } else { view };
        self.edges_match(matcher.edge, span) && {
            let key = self.distinct_key(span);
            self.push(number, span, view, None, key)
        }
    }

    /// Adds a match on the original text. Returns whether it was accepted.
    fn push_raw(&mut self, number: MatcherIx, field: usize, range: Range<usize>) -> bool {
        let (from, to) = (range.start as u32, range.end as u32);
        // White space at the end of a text has no symbols.
        let length = self.text.symbols(Projection::FOLDED, field).len();
        let (map, source) = self.map(field);
        let symbols = map.symbols_of(source, from, to);
        match symbols.map(|(start, end)| (start, end.min(length))) {
            Some((start, end)) if start < end => {
                let span = FoldedSpan { field, start, end };
                let edge = self.index.matcher(number).edge;
                let accepted = self.edges_match(edge, span);
                let key = self.distinct_key(span);
                accepted && self.push(number, span, View::Exact, None, key)
            }
            Some(_) | None => false,
        }
    }
}
