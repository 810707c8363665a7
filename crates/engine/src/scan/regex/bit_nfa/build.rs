//! A pattern → its positions.
//!
//! The tree is walked once, bottom up. Each node returns the positions where it can begin and
//! end. Positions are numbered in reading order, so that the successor of most positions is the
//! next number.

use super::automaton::{BitNfa, POSITIONS_MAX};
use super::classes::{Classes, Symbols};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use rustc_hash::FxHashMap;

/// A first or last position of a node; `is_bound` if it requires the start or end of the text.
#[derive(Clone, Copy)]
struct Edge {
    position: usize,
    is_bound: bool,
}

/// The properties of a node.
struct Part {
    /// Set if it can be empty; and whether that requires the start or end of the text.
    empty: Option<Bound>,
    first: Vec<Edge>,
    last: Vec<Edge>,
}

#[derive(Clone, Copy, Default)]
struct Bound {
    start: bool,
    end: bool,
}

#[derive(Default)]
struct Builder {
    /// For each position, the number of the set of symbols it accepts.
    taken: Vec<usize>,
    sets: Vec<Symbols>,
    numbers: FxHashMap<Symbols, usize>,
    /// For each position, its successors.
    follow: Vec<Vec<usize>>,
}

/// The automaton of a folded pattern, and that of the reversed pattern. `None` if the pattern has
/// too many positions.
pub fn both_ways(hir: &Hir) -> Option<(BitNfa, BitNfa)> {
    let mut builder = Builder::default();
    let whole = builder.walk(hir)?;
    let (mirrored, mirrored_whole) = builder.mirrored(&whole);
    Some((builder.finish(&whole), mirrored.finish(&mirrored_whole)))
}

impl Part {
    fn empty(bound: Bound) -> Part {
        Part { empty: Some(bound), first: Vec::new(), last: Vec::new() }
    }

    fn never() -> Part {
        Part { empty: None, first: Vec::new(), last: Vec::new() }
    }
}

impl Builder {
    /// `None` when there are too many positions. The depth is bounded by the nest limit.
    fn walk(&mut self, hir: &Hir) -> Option<Part> {
        match hir.kind() {
            HirKind::Empty => Some(Part::empty(Bound::default())),
            HirKind::Look(look) => {
                Some(Part::empty(Bound { start: *look == Look::Start, end: *look == Look::End }))
            }
            HirKind::Literal(literal) => {
                let mut whole = Part::empty(Bound::default());
                for character in String::from_utf8_lossy(&literal.0).chars() {
                    let part = self.character(&[(character, character)])?;
                    whole = self.concat(whole, part);
                }
                Some(whole)
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges: Vec<(char, char)> =
                    class.ranges().iter().map(|range| (range.start(), range.end())).collect();
                self.character(&ranges)
            }
            HirKind::Class(Class::Bytes(_)) => None,
            HirKind::Repetition(repetition) => self.repetition(repetition),
            HirKind::Capture(capture) => self.walk(&capture.sub),
            HirKind::Concat(parts) => {
                let mut whole = Part::empty(Bound::default());
                for part in parts {
                    let part = self.walk(part)?;
                    whole = self.concat(whole, part);
                }
                Some(whole)
            }
            HirKind::Alternation(parts) => {
                let mut whole = Part::never();
                for part in parts {
                    let part = self.walk(part)?;
                    whole = either(whole, part);
                }
                Some(whole)
            }
        }
    }

    /// One character of `ranges`. Of characters beyond U+FFFF, the first surrogate is compared.
    fn character(&mut self, ranges: &[(char, char)]) -> Option<Part> {
        if self.taken.len() == POSITIONS_MAX {
            return None;
        }
        let half = |character: char| character.encode_utf16(&mut [0; 2])[0];
        let mut symbols: Symbols = Vec::new();
        for (start, end) in ranges {
            let basic = ((*start as u32) <= 0xFFFF)
                .then(|| (*start as u16, (*end as u32).min(0xFFFF) as u16));
            let beyond =
                ((*end as u32) > 0xFFFF).then(|| (half((*start).max('\u{10000}')), half(*end)));
            symbols.extend(basic.into_iter().chain(beyond));
        }
        let symbols = joined(symbols);
        let next = self.sets.len();
        let number = *self.numbers.entry(symbols.clone()).or_insert(next);
        if number == next {
            self.sets.push(symbols);
        }
        let edge = Edge { position: self.taken.len(), is_bound: false };
        self.taken.push(number);
        self.follow.push(Vec::new());
        Some(Part { empty: None, first: vec![edge], last: vec![edge] })
    }

    /// The mandatory copies, then the optional ones, or one that repeats.
    fn repetition(&mut self, repetition: &Repetition) -> Option<Part> {
        let mut whole = Part::empty(Bound::default());
        for _ in 0..repetition.min {
            let copy = self.walk(&repetition.sub)?;
            whole = self.concat(whole, copy);
        }
        match repetition.max {
            None => {
                let copy = self.walk(&repetition.sub)?;
                self.connect(&copy.last, &copy.first);
                let copy = either(Part::empty(Bound::default()), copy);
                Some(self.concat(whole, copy))
            }
            Some(max) => {
                // From the inside out: (x(x(x)?)?)?, so that each copy follows only the one
                // before it.
                let mut copies = Vec::new();
                for _ in repetition.min..max {
                    copies.push(self.walk(&repetition.sub)?);
                }
                let mut rest = Part::empty(Bound::default());
                for copy in copies.into_iter().rev() {
                    let longer = self.concat(copy, rest);
                    rest = either(Part::empty(Bound::default()), longer);
                }
                Some(self.concat(whole, rest))
            }
        }
    }

    fn concat(&mut self, one: Part, other: Part) -> Part {
        self.connect(&one.last, &other.first);
        let empty = one
            .empty
            .zip(other.empty)
            .map(|(one, other)| Bound { start: one.start | other.start, end: one.end | other.end });
        let (mut first, mut last) = (one.first, other.last);
        // Nothing follows the end of a text or precedes its start.
        if let Some(bound) = one.empty.filter(|bound| !bound.end) {
            first.extend(other.first.iter().map(|edge| edge.bound(bound.start)));
        }
        if let Some(bound) = other.empty.filter(|bound| !bound.start) {
            last.extend(one.last.iter().map(|edge| edge.bound(bound.end)));
        }
        Part { empty, first, last }
    }

    fn connect(&mut self, from: &[Edge], to: &[Edge]) {
        for edge in from.iter().filter(|edge| !edge.is_bound) {
            let next = to.iter().filter(|edge| !edge.is_bound).map(|edge| edge.position);
            self.follow[edge.position].extend(next);
        }
    }

    /// The positions of the reversed pattern: successors become predecessors, and first positions
    /// become last positions.
    fn mirrored(&self, whole: &Part) -> (Builder, Part) {
        let mirror = |position: usize| self.taken.len() - 1 - position;
        let mut follow = vec![Vec::new(); self.taken.len()];
        for (position, next) in self.follow.iter().enumerate() {
            next.iter().for_each(|next| follow[mirror(*next)].push(mirror(position)));
        }
        let taken = self.taken.iter().rev().copied().collect();
        let edges = |edges: &[Edge]| {
            edges.iter().map(|edge| Edge { position: mirror(edge.position), ..*edge }).collect()
        };
        let part = Part { empty: None, first: edges(&whole.last), last: edges(&whole.first) };
        let (sets, numbers) = (self.sets.clone(), FxHashMap::default());
        (Builder { taken, sets, numbers, follow }, part)
    }

    fn finish(mut self, whole: &Part) -> BitNfa {
        let words = self.taken.len().div_ceil(64).next_power_of_two();
        let (classes, holders) = Classes::divide(&self.sets);
        let positions: Vec<Vec<usize>> = (0..self.sets.len())
            .map(|set| (0..self.taken.len()).filter(|at| self.taken[*at] == set).collect())
            .collect();
        let mut accepts = vec![0; words * holders.len()];
        for (class, sets) in holders.iter().enumerate() {
            let row = &mut accepts[class * words..(class + 1) * words];
            sets.iter().flat_map(|set| &positions[*set]).for_each(|at| add(row, *at));
        }
        let set_of = |edges: &[Edge], with_bound: bool| {
            let mut set = vec![0; words];
            let kept = edges.iter().filter(|edge| with_bound || !edge.is_bound);
            kept.for_each(|edge| add(&mut set, edge.position));
            set
        };
        let (first, first_in_text) = (set_of(&whole.first, false), set_of(&whole.first, true));
        let takes = |set: &Vec<u64>| -> Vec<bool> {
            let meets = |row: &[u64]| row.iter().zip(set).any(|(a, b)| a & b != 0);
            accepts.chunks(words).map(meets).collect()
        };
        let (starts, starts_text) = (takes(&first), takes(&first_in_text));
        let (chained, branching, row_of, rows) = self.lay_out(words);
        let (last, last_in_text) = (set_of(&whole.last, false), set_of(&whole.last, true));
        BitNfa {
            words,
            classes,
            accepts,
            starts,
            starts_text,
            first,
            first_in_text,
            chained,
            branching,
            row_of,
            rows,
            last,
            last_in_text,
        }
    }

    /// Positions whose successor is the next one, those with other successors, and these.
    fn lay_out(&mut self, words: usize) -> (Vec<u64>, Vec<u64>, Vec<u16>, Vec<u64>) {
        let (mut chained, mut branching) = (vec![0; words], vec![0; words]);
        let (mut row_of, mut rows) = (vec![0; self.taken.len()], Vec::new());
        let mut known: FxHashMap<Vec<u64>, u16> = FxHashMap::default();
        for (position, follow) in self.follow.iter().enumerate() {
            let mut row = vec![0; words];
            for next in follow {
                match *next == position + 1 {
                    true => add(&mut chained, position),
                    false => add(&mut row, *next),
                }
            }
            if row.iter().all(|word| *word == 0) {
                continue;
            }
            add(&mut branching, position);
            let next = known.len() as u16;
            row_of[position] = *known.entry(row.clone()).or_insert(next);
            if row_of[position] == next {
                rows.extend(row);
            }
        }
        (chained, branching, row_of, rows)
    }
}

impl Edge {
    fn bound(self, too: bool) -> Edge {
        Edge { is_bound: self.is_bound | too, ..self }
    }
}

/// An alternation; the weaker bound counts.
fn either(mut one: Part, other: Part) -> Part {
    one.first.extend(other.first);
    one.last.extend(other.last);
    one.empty = match (one.empty, other.empty) {
        (Some(one), Some(other)) => {
            Some(Bound { start: one.start & other.start, end: one.end & other.end })
        }
        (one, other) => one.or(other),
    };
    one
}

fn add(set: &mut [u64], position: usize) {
    set[position / 64] |= 1 << (position % 64);
}

/// Sorts the ranges and merges those that touch.
fn joined(mut ranges: Symbols) -> Symbols {
    ranges.sort_unstable();
    let mut joined: Symbols = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        match joined.last_mut() {
            Some(last) if u32::from(start) <= u32::from(last.1) + 1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
