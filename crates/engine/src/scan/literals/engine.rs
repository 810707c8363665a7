//! The engine: filters, buckets and literals without a window.

use super::build::{Entry, Table};
use super::candidates::{BLOCK, Candidate, Candidates, INLINE, Occurrence, PADDING, STRIDE};
use super::kernel::Kernel;
use std::ops::Range;

/// Compiled literals. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Literals {
    pub(super) table: Table,
    pub(super) kernel: Kernel,
    pub(super) lengths: Vec<u32>,
}

impl Literals {
    /// Compiles `literals` with the best kernel of this machine.
    ///
    /// # Panics
    ///
    /// If a literal is empty. Rules with empty literals are rejected earlier, with a diagnostic.
    pub fn new<L: AsRef<[u16]>>(literals: &[L]) -> Literals {
        Literals::with_kernel(literals, Kernel::best())
    }

    /// Compiles `literals` for one kernel, for tests and measurements.
    pub fn with_kernel<L: AsRef<[u16]>>(literals: &[L], kernel: Kernel) -> Literals {
        assert!(literals.iter().all(|literal| !literal.as_ref().is_empty()), "an empty literal");
        let lengths = literals.iter().map(|literal| literal.as_ref().len() as u32).collect();
        Literals { table: Table::build(literals), kernel, lengths }
    }

    /// Are there no literals?
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Prefetches the cache line of `place`.
    #[inline]
    pub fn prefetch<T>(&self, place: &T) {
        self.kernel.prefetch(place);
    }

    /// Length of a literal in symbols.
    #[inline]
    pub fn length(&self, literal: u32) -> u32 {
        self.lengths[literal as usize]
    }

    /// Appends every occurrence whose window is in `range` to `found`, sorted by start, then by
    /// literal. Ranges that together cover a text find each occurrence once.
    ///
    /// # Panics
    ///
    /// If there are fewer than [`PADDING`] symbols on a side of `range`, or `text` is longer than
    /// `u32::MAX`.
    pub fn find(
        &self,
        text: &[u16],
        range: Range<usize>,
        candidates: &mut Candidates,
        found: &mut Vec<Occurrence>,
    ) {
        self.find_where(text, range, candidates, found, |_| true);
    }

    /// As [`Literals::find`], only the occurrences that `is_kept` accepts.
    #[inline]
    pub fn find_where(
        &self,
        text: &[u16],
        range: Range<usize>,
        candidates: &mut Candidates,
        found: &mut Vec<Occurrence>,
        is_kept: impl Fn(Occurrence) -> bool,
    ) {
        let padded = range.start >= PADDING && range.end + PADDING <= text.len();
        assert!(padded, "{range:?} of {} symbols has no padding", text.len());
        assert!(u32::try_from(text.len()).is_ok(), "text is longer than a position can say");
        if self.is_empty() {
            return;
        }
        let first = found.len();
        candidates.short.clear();
        let mut at = range.start;
        while at < range.end {
            let stop = range.end.min(at + BLOCK);
            self.kernel.filter(&self.table, text, at..stop, candidates);
            self.verify(text, &candidates.contexts, found, &is_kept);
            self.find_short(text, at..stop, candidates, &is_kept);
            at = stop;
        }
        sort(&mut found[first..]);
        sort(&mut candidates.short);
        merge(found, first, &candidates.short);
    }

    /// The third filter: compares whole literals.
    #[inline]
    fn verify(
        &self,
        text: &[u16],
        contexts: &[Candidate],
        found: &mut Vec<Occurrence>,
        is_kept: impl Fn(Occurrence) -> bool,
    ) {
        for (at, candidate) in contexts.iter().enumerate() {
            // The tables of a large set do not fit the near caches: prefetch the bucket two
            // strides ahead and its first entry one stride ahead.
            if let Some(later) = contexts.get(at + 2 * STRIDE) {
                self.kernel.prefetch(self.table.head(later.hash));
            }
            if let Some(entry) =
                contexts.get(at + STRIDE).and_then(|soon| self.table.first_entry(soon.hash))
            {
                self.kernel.prefetch(entry);
            }
            for entry in self.table.bucket(candidate.hash) {
                if entry.hash != candidate.hash {
                    continue;
                }
                // A window in the first symbols of a text can belong to a literal that would start
                // before the text.
                let Some(start) = candidate.position.checked_sub(u32::from(entry.offset)) else {
                    continue;
                };
                let occurrence = Occurrence { start, literal: entry.literal };
                if self.occurs_at(entry, text, start as usize) && is_kept(occurrence) {
                    found.push(occurrence);
                }
            }
        }
    }

    /// Does the literal of `entry` occur at `start`?
    #[inline]
    fn occurs_at(&self, entry: &Entry, text: &[u16], start: usize) -> bool {
        let Some(here) = text.get(start..start + INLINE) else { return false };
        let inline = usize::from(entry.inline);
        here[..inline] == entry.symbols[..inline]
            && (entry.length as usize <= INLINE || {
                let rest = self.table.rest(entry);
                text.get(start + INLINE..start + entry.length as usize) == Some(rest)
            })
    }

    /// Finds literals that have no window.
    #[inline]
    fn find_short(
        &self,
        text: &[u16],
        range: Range<usize>,
        candidates: &mut Candidates,
        is_kept: impl Fn(Occurrence) -> bool,
    ) {
        let Some(short) = &self.table.short else { return };
        let Candidates { begins, short: found, .. } = candidates;
        self.kernel.filter_short(short, text, range, begins);
        for start in &*begins {
            let pair = [text[*start as usize], text[*start as usize + 1]];
            short.literals_at(pair, |literal| {
                let occurrence = Occurrence { start: *start, literal };
                if is_kept(occurrence) {
                    found.push(occurrence);
                }
            });
        }
    }
}

/// The occurrence as one number, for fast comparison.
#[inline(always)]
fn rank(own: &Occurrence) -> u64 {
    u64::from(own.start) << 32 | u64::from(own.literal)
}

/// Sorts occurrences that are almost sorted: they arrive by their windows, which are a few symbols
/// after their starts. Falls back to the standard sort after too many moves.
fn sort(found: &mut [Occurrence]) {
    let mut moves = 8 * found.len();
    for at in 1..found.len() {
        let own = found[at];
        let mut to = at;
        while to > 0 && rank(&found[to - 1]) > rank(&own) {
            found[to] = found[to - 1];
            to -= 1;
        }
        found[to] = own;
        match moves.checked_sub(at - to) {
            Some(left) => moves = left,
            None => return found.sort_unstable_by_key(rank),
        }
    }
}

/// Merges `short` into `found[first..]`; both are sorted.
fn merge(found: &mut Vec<Occurrence>, first: usize, short: &[Occurrence]) {
    let mut left = found.len();
    found.extend_from_slice(short);
    let mut rest = short;
    let mut to = found.len();
    // From the back, so that nothing is overwritten before it is read.
    while let Some((last, others)) = rest.split_last() {
        to -= 1;
        if left > first && rank(&found[left - 1]) > rank(last) {
            left -= 1;
            found[to] = found[left];
        } else {
            found[to] = *last;
            rest = others;
        }
    }
}

/// Naive reference for [`Literals::find`], simple enough to be checked by reading.
pub fn find_naive<L: AsRef<[u16]>>(literals: &[L], text: &[u16]) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for start in PADDING..text.len() - PADDING {
        for (literal, symbols) in literals.iter().enumerate() {
            if text[start..].starts_with(symbols.as_ref()) {
                found.push(Occurrence { start: start as u32, literal: literal as u32 });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn padded(text: &[u16]) -> Vec<u16> {
        let mut padded = vec![0xFFFF; PADDING];
        padded.extend_from_slice(text);
        padded.extend_from_slice(&[0xFFFF; PADDING]);
        padded
    }

    fn check(literals: &[Vec<u16>], text: &[u16]) {
        let text = padded(text);
        let expected = find_naive(literals, &text);
        assert_eq!(find_by_aho_corasick(literals, &text), expected, "literals {literals:?}");
        for kernel in Kernel::available() {
            let engine = Literals::with_kernel(literals, kernel);
            let mut found = Vec::new();
            engine.find(
                &text,
                PADDING..text.len() - PADDING,
                &mut Candidates::default(),
                &mut found,
            );
            assert_eq!(found, expected, "{kernel:?}, literals {literals:?}");
        }
    }

    /// Every overlapping occurrence, by an independent implementation. Symbols are searched as
    /// pairs of bytes, and matches at odd bytes are dropped.
    fn find_by_aho_corasick(literals: &[Vec<u16>], text: &[u16]) -> Vec<Occurrence> {
        let bytes = |symbols: &[u16]| -> Vec<u8> {
            symbols.iter().flat_map(|symbol| symbol.to_be_bytes()).collect()
        };
        let patterns: Vec<Vec<u8>> = literals.iter().map(|literal| bytes(literal)).collect();
        let automaton = aho_corasick::AhoCorasick::new(&patterns).expect("few short patterns");
        let text = bytes(text);
        let is_aligned = |found: &aho_corasick::Match| found.start().is_multiple_of(2);
        let mut found: Vec<Occurrence> = automaton
            .find_overlapping_iter(&text)
            .filter(is_aligned)
            .map(|found| Occurrence {
                start: (found.start() / 2) as u32,
                literal: found.pattern().as_u32(),
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn symbols(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    /// A small alphabet makes literals overlap and collide. Two letters are ASCII, one is half of a
    /// surrogate pair.
    fn small_text(max: usize) -> impl Strategy<Value = Vec<u16>> {
        let letter = prop::sample::select(vec![b'a' as u16, b'b' as u16, 0x5F69, 0x91D1, 0xD83C]);
        prop::collection::vec(letter, 1..max)
    }

    proptest! {
        #[test]
        fn equals_the_naive_reference_and_aho_corasick(
            literals in prop::collection::vec(small_text(12), 1..20),
            text in small_text(300),
        ) {
            check(&literals, &text);
        }
    }

    proptest! {
        /// Small distances are sorted by insertion, large ones by the standard sort.
        #[test]
        fn sort_and_merge_equal_the_standard_sort(
            near in prop::collection::vec(0u32..6, 0..60),
            far in prop::collection::vec(0u32..1000, 0..60),
            short in prop::collection::vec(0u32..1000, 0..20),
        ) {
            let occurrence = |start: u32| Occurrence { start, literal: start % 3 };
            let near = near.iter().enumerate().map(|(at, back)| 2 * at as u32 + 6 - back);
            for starts in [near.collect::<Vec<u32>>(), far] {
                let mut found: Vec<Occurrence> = starts.into_iter().map(occurrence).collect();
                let mut short: Vec<Occurrence> = short.iter().copied().map(occurrence).collect();
                let mut expected = [&found[..], &short[..]].concat();
                expected.sort_unstable();
                let before = Occurrence { start: u32::MAX, literal: 0 };
                found.insert(0, before);
                sort(&mut found[1..]);
                sort(&mut short);
                merge(&mut found, 1, &short);
                prop_assert_eq!((found[0], &found[1..]), (before, &expected[..]));
            }
        }
    }

    #[test]
    fn every_length_and_script_is_found() {
        let mut literals = Vec::new();
        for term in [
            "彩",
            "a",
            "vx",
            "qqq",
            "qqqq",
            "彩a",
            "a彩",
            "ab彩",
            "彩金",
            "彩金彩金彩金彩金彩金",
            "abcdefghijklmnop",
        ] {
            literals.push(symbols(term));
        }
        check(&literals, &symbols("彩a彩金彩金彩金彩金彩金彩ab彩vxqqqqqabcdefghijklmnopa彩"));
        check(&literals, &symbols("a"));
        check(&literals, &[]);
    }

    #[test]
    fn equal_literals_are_both_found() {
        check(
            &[symbols("彩金"), symbols("彩金"), symbols("vx"), symbols("vx")],
            &symbols("彩金vx"),
        );
    }

    #[test]
    fn occurrences_across_blocks_are_found() {
        let mut text = symbols(&"啊".repeat(BLOCK - 2));
        text.extend(symbols("彩金到账"));
        text.extend(symbols(&"x".repeat(BLOCK)));
        check(&[symbols("彩金到账"), symbols("到账"), symbols("xx"), symbols("账x")], &text);
    }
}
