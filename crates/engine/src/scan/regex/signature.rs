//! Signatures: Bloom bits of symbols and bigrams that every match contains.
//!
//! A common required literal triggers many useless regex runs, because the text lacks something
//! else that every match contains. So a pattern has a few *clauses*: sets of bits for symbols and
//! bigrams of which every match sets at least one. A text has one [`BloomSignature`] with the bits
//! of all its symbols and bigrams. A clause without a common bit rejects the pattern.
//!
//! No false negatives. Positions and order are not compared; the automaton (`bit_nfa`) does that.
//! The naive reference in tests is the regex itself.

use crate::codec::{Codec, DecodeError, Reader, ensure};
use crate::scan::literals::hits_per_million;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use std::collections::BTreeSet;

/// Largest number of clauses per branch; the rarest are kept. Not measured separately; the
/// signature as a whole is described in `docs/notes/filter-stages.md`.
const CLAUSES_MAX: usize = 6;

/// A pattern with more branches has clauses over all of them together. Not measured separately.
const BRANCHES_MAX: usize = 32;

/// Largest number of strings of an exact set, and of members of a class.
const STRINGS_MAX: usize = 64;

/// Largest number of copies of a repeated string that are written out.
const COPIES_MAX: u32 = 4;

/// Bits: one for each ASCII symbol, then hashed ones for other symbols and for bigrams.
const ASCII: usize = 128;
const HASHED_LOG2: u32 = 10;
const WORDS: usize = (ASCII + 2 * (1 << HASHED_LOG2)) / 64;

/// The symbols and bigrams of a text, as Bloom bits.
#[derive(Clone, Debug)]
pub struct BloomSignature {
    words: [u64; WORDS],
}

impl Default for BloomSignature {
    fn default() -> BloomSignature {
        BloomSignature { words: [0; WORDS] }
    }
}

impl BloomSignature {
    /// Clears all bits.
    pub fn clear(&mut self) {
        self.words = [0; WORDS];
    }

    /// Sets the bits of a text.
    pub fn add(&mut self, text: &[u16]) {
        let mut last = None;
        for symbol in text {
            self.set(bit_of_symbol(*symbol));
            if let Some(last) = last {
                self.set(bit_of_pair(last, *symbol));
            }
            last = Some(*symbol);
        }
    }

    /// Can the symbol occur in a text? A `false` is certain.
    #[inline]
    pub fn has(&self, symbol: u16) -> bool {
        let bit = bit_of_symbol(symbol);
        self.words[bit / 64 % WORDS] >> (bit % 64) & 1 != 0
    }

    #[inline(always)]
    fn set(&mut self, bit: usize) {
        self.words[bit / 64 % WORDS] |= 1 << (bit % 64);
    }
}

#[inline(always)]
fn bit_of_symbol(symbol: u16) -> usize {
    match usize::from(symbol) {
        ascii if ascii < ASCII => ascii,
        _ => ASCII + hash(u32::from(symbol)),
    }
}

#[inline(always)]
fn bit_of_pair(first: u16, second: u16) -> usize {
    ASCII + (1 << HASHED_LOG2) + hash(u32::from(first) << 16 | u32::from(second))
}

/// Multiplicative hashing, by the golden ratio.
#[inline(always)]
fn hash(key: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> (32 - HASHED_LOG2)) as usize
}

/// The clauses of a pattern, separately for each of its branches.
#[derive(Clone, Debug, Default)]
pub(super) struct PatternSignature {
    /// Word indices of [`BloomSignature`] and bits, clause by clause.
    bits: Vec<(u8, u64)>,
    /// One past the last of each clause in `bits`.
    clauses: Vec<u32>,
    /// One past the last of each branch in `clauses`.
    branches: Vec<u32>,
}

impl Codec for PatternSignature {
    fn encode(&self, out: &mut Vec<u8>) {
        let PatternSignature { bits, clauses, branches } = self;
        bits.encode(out);
        clauses.encode(out);
        branches.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<PatternSignature, DecodeError> {
        let (bits, clauses, branches) =
            (Vec::decode(from)?, Vec::<u32>::decode(from)?, Vec::<u32>::decode(from)?);
        let end = |list: &[u32]| list.last().map_or(0, |last| *last as usize);
        let are_ends = clauses.is_sorted()
            && branches.is_sorted()
            && end(&clauses) == bits.len()
            && end(&branches) == clauses.len();
        ensure(are_ends, "the signature of a regex")?;
        Ok(PatternSignature { bits, clauses, branches })
    }
}

impl PatternSignature {
    /// The clauses of a folded pattern. The depth is bounded by the nest limit.
    pub fn of(hir: &Hir) -> PatternSignature {
        let mut needs = PatternSignature::default();
        match hir.kind() {
            HirKind::Alternation(branches) if branches.len() <= BRANCHES_MAX => {
                branches.iter().for_each(|branch| needs.add(walk(branch)));
            }
            _ => needs.add(walk(hir)),
        }
        needs
    }

    /// Adds a branch.
    fn add(&mut self, branch: Part) {
        for clause in branch.settled().iter().take(CLAUSES_MAX) {
            let from = self.bits.len();
            for bit in &clause.bits {
                let (word, mask) = ((bit / 64) as u8, 1 << (bit % 64));
                match self.bits[from..].last_mut() {
                    Some(last) if last.0 == word => last.1 |= mask,
                    _ => self.bits.push((word, mask)),
                }
            }
            self.clauses.push(self.bits.len() as u32);
        }
        self.branches.push(self.clauses.len() as u32);
    }

    /// Does the text have a bit of each clause of some branch? A `false` is certain: there is no
    /// match.
    pub fn is_met(&self, text: &BloomSignature) -> bool {
        let (mut clause, mut bit) = (0, 0);
        self.branches.iter().any(|end| {
            let own = &self.clauses[clause as usize..*end as usize];
            clause = *end;
            own.iter().fold(true, |all, end| {
                let wanted = &self.bits[bit as usize..*end as usize];
                bit = *end;
                all && wanted
                    .iter()
                    .any(|(word, mask)| text.words[usize::from(*word) % WORDS] & mask != 0)
            })
        })
    }
}

/// Bits of which every text with a match sets at least one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Clause {
    /// Estimated number of posts per million that set one.
    cost: u64,
    bits: BTreeSet<usize>,
}

/// The properties of a node.
#[derive(Default)]
struct Part {
    /// Every string it matches, if there are few.
    exact: Option<Vec<Vec<u16>>>,
    /// Otherwise its clauses, unordered.
    clauses: Vec<Clause>,
}

impl Part {
    fn of(exact: Vec<Vec<u16>>) -> Part {
        Part { exact: Some(exact), clauses: Vec::new() }
    }

    /// Its clauses, the rarest first.
    fn settled(self) -> Vec<Clause> {
        let own = self.exact.as_deref().and_then(clause_of);
        let mut clauses: Vec<Clause> = self.clauses.into_iter().chain(own).collect();
        clauses.sort_unstable();
        clauses.dedup();
        clauses
    }
}

/// The rarest symbol or pair of each string; `None` if one is empty.
fn clause_of(strings: &[Vec<u16>]) -> Option<Clause> {
    let mut clause = Clause { cost: 0, bits: BTreeSet::new() };
    for string in strings {
        let cost = |symbols: &[u16]| u64::from(hits_per_million(symbols));
        let pair = string.windows(2).map(|pair| (cost(pair), bit_of_pair(pair[0], pair[1]))).min();
        let single = string.first().map(|symbol| (cost(&[*symbol]), bit_of_symbol(*symbol)));
        let (cost, bit) = pair.or(single)?;
        clause.cost += cost;
        clause.bits.insert(bit);
    }
    Some(clause)
}

fn walk(hir: &Hir) -> Part {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Part::of(vec![Vec::new()]),
        HirKind::Literal(literal) => string(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => walk_class(class),
        HirKind::Repetition(repetition) => walk_repetition(repetition),
        HirKind::Capture(capture) => walk(&capture.sub),
        HirKind::Concat(parts) => concat(parts.iter().map(walk)),
        HirKind::Alternation(parts) => alternation(parts.iter().map(walk).collect()),
    }
}

/// One string. A replacement character can match a lone surrogate of the text, which has different
/// bits.
fn string(text: &str) -> Part {
    match text.contains(char::REPLACEMENT_CHARACTER) {
        true => Part::default(),
        false => Part::of(vec![text.encode_utf16().collect()]),
    }
}

fn walk_class(class: &Class) -> Part {
    let Class::Unicode(class) = class else { return Part::default() };
    if class.ranges().iter().map(|range| range.len()).sum::<usize>() > STRINGS_MAX {
        return Part::default();
    }
    let members = class.iter().flat_map(|range| range.start()..=range.end());
    let members: Option<Vec<Vec<u16>>> =
        members.map(|member| string(member.encode_utf8(&mut [0; 4])).exact?.pop()).collect();
    Part { exact: members, clauses: Vec::new() }
}

fn walk_repetition(repetition: &Repetition) -> Part {
    let sub = walk(&repetition.sub);
    match (repetition.min, repetition.max, sub.exact) {
        (0, Some(1), Some(mut exact)) => {
            exact.push(Vec::new());
            Part::of(exact)
        }
        (0, ..) => Part::default(),
        (least, most, Some(exact)) => {
            let copies = least.min(COPIES_MAX);
            let rest = (most != Some(copies)).then(Part::default);
            concat((0..copies).map(|_| Part::of(exact.clone())).chain(rest))
        }
        (_, _, None) => Part { exact: None, clauses: sub.clauses },
    }
}

/// Multiplies exact neighbours; a part that cannot be multiplied ends a run, and each run gives a
/// clause.
fn concat(parts: impl Iterator<Item = Part>) -> Part {
    let mut run = vec![Vec::new()];
    let mut clauses = Vec::new();
    let mut is_whole = true;
    for part in parts {
        let product = part.exact.as_ref().and_then(|exact| multiply(&run, exact));
        if let Some(product) = product {
            run = product;
            continue;
        }
        is_whole = false;
        clauses.extend(clause_of(&run));
        clauses.extend(part.clauses);
        run = part.exact.unwrap_or_else(|| vec![Vec::new()]);
    }
    match is_whole {
        true => Part::of(run),
        false => {
            clauses.extend(clause_of(&run));
            Part { exact: None, clauses }
        }
    }
}

/// Each of `heads` followed by each of `tails`, if there are few.
fn multiply(heads: &[Vec<u16>], tails: &[Vec<u16>]) -> Option<Vec<Vec<u16>>> {
    (heads.len() * tails.len() <= STRINGS_MAX).then(|| {
        let behind = |head: &Vec<u16>| {
            let head = head.clone();
            tails.iter().map(move |tail| [head.as_slice(), tail.as_slice()].concat())
        };
        heads.iter().flat_map(behind).collect()
    })
}

/// A match belongs to one branch, so the rarest clauses of all branches are joined to one clause;
/// then the next ones, while every branch has some.
fn alternation(branches: Vec<Part>) -> Part {
    let strings = |branch: &Part| branch.exact.as_ref().map(Vec::len);
    let count: Option<usize> = branches.iter().map(strings).sum();
    if count.is_some_and(|count| count <= STRINGS_MAX) {
        return Part::of(
            branches.into_iter().filter_map(|branch| branch.exact).flatten().collect(),
        );
    }
    let each: Vec<Vec<Clause>> = branches.into_iter().map(Part::settled).collect();
    let common = each.iter().map(Vec::len).min().unwrap_or(0);
    let joined = |at: usize| {
        let own = each.iter().map(|clauses| &clauses[at]);
        let cost = own.clone().map(|clause| clause.cost).sum();
        Clause { cost, bits: own.flat_map(|clause| &clause.bits).copied().collect() }
    };
    Part { exact: None, clauses: (0..common).map(joined).collect() }
}
