//! Anchors literals and builds the filter tables.

use super::candidates::INLINE;
use super::frequency::rarity;
use super::hash::{NOT_ASCII, Side, context_hash, three_hash, window_hash};
use super::short::Short;
use rustc_hash::FxHashMap;

/// Bits of the bitmap per window. Sixteen keep false candidates near one in a hundred, and the
/// bitmap of ten thousand terms fits the second-level cache (`benches/stages -- literals`).
const BITS_PER_WINDOW: usize = 16;

/// The smallest and largest bitmap, as powers of two.
const BITMAP_LOG2: std::ops::RangeInclusive<u32> = 12..=26;

/// One literal in the bucket table.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Entry {
    /// The first symbols.
    pub symbols: [u16; INLINE],
    /// Context hash, compared before the symbols.
    pub hash: u32,
    /// Index of the literal.
    pub literal: u32,
    /// Length in symbols.
    pub length: u32,
    /// Offset of the window in the literal.
    pub offset: u16,
    /// Number of `symbols` used.
    pub inline: u16,
}

/// A bitmap indexed by the top bits of a hash.
#[derive(Debug)]
pub(super) struct Bitmap {
    pub words: Vec<u32>,
    pub shift: u32,
}

impl Bitmap {
    fn for_count(count: usize) -> Bitmap {
        let wanted = (count * BITS_PER_WINDOW).next_power_of_two().trailing_zeros();
        let log2 = wanted.clamp(*BITMAP_LOG2.start(), *BITMAP_LOG2.end());
        Bitmap { words: vec![0; (1 << log2) / 32], shift: 32 - log2 }
    }

    fn set(&mut self, hash: u32) {
        let bit = hash >> self.shift;
        self.words[(bit >> 5) as usize] |= 1 << (bit & 31);
    }

    #[inline(always)]
    pub fn has(&self, hash: u32) -> bool {
        let bit = hash >> self.shift;
        self.words[(bit >> 5) as usize] >> (bit & 31) & 1 != 0
    }
}

/// The tables that the filters read.
#[derive(Debug)]
pub(super) struct Table {
    /// Windows of all literals.
    pub windows: Bitmap,
    /// Windows with one symbol of context.
    pub contexts: Bitmap,
    /// Which [`Side`]s occur, one bit each.
    pub sides: u32,
    /// Start of each bucket in `entries`; one more than there are buckets.
    pub(super) heads: Vec<u32>,
    pub(super) head_shift: u32,
    pub(super) entries: Vec<Entry>,
    /// Symbols past [`INLINE`], by literal: `rests[literal]..rests[literal + 1]` of `tails`.
    pub(super) rests: Vec<u32>,
    pub(super) tails: Vec<u16>,
    /// Literals without a window.
    pub short: Option<Short>,
}

/// The window of a literal.
struct Anchor {
    literal: u32,
    window: u32,
    offset: usize,
    side: Side,
    context: u16,
}

impl Table {
    pub fn build<L: AsRef<[u16]>>(literals: &[L]) -> Table {
        let mut anchors = Vec::with_capacity(literals.len());
        let mut short = Vec::new();
        let mut used: FxHashMap<u32, u32> = FxHashMap::default();
        for (number, literal) in literals.iter().enumerate() {
            match anchor(literal.as_ref(), number as u32, &used) {
                Some(anchor) => {
                    *used.entry(anchor.window).or_default() += 1;
                    anchors.push(anchor);
                }
                None => short.push((number as u32, literal.as_ref())),
            }
        }
        let mut windows = Bitmap::for_count(used.len());
        let mut contexts = Bitmap::for_count(anchors.len());
        let mut sides = 0;
        for anchor in &anchors {
            windows.set(anchor.window);
            contexts.set(anchor.context_hash());
            sides |= 1 << anchor.side as u32;
        }
        let (heads, head_shift, entries) = buckets(literals, &anchors);
        let (rests, tails) = tails(literals);
        let short = (!short.is_empty()).then(|| Short::build(&short));
        Table { windows, contexts, sides, heads, head_shift, entries, rests, tails, short }
    }

    /// The literals whose context hash falls in the bucket of `hash`.
    #[inline(always)]
    pub fn bucket(&self, hash: u32) -> &[Entry] {
        let bucket = (hash >> self.head_shift) as usize;
        &self.entries[self.heads[bucket] as usize..self.heads[bucket + 1] as usize]
    }

    /// The start of the bucket of `hash`, for prefetching.
    #[inline(always)]
    pub fn head(&self, hash: u32) -> &u32 {
        &self.heads[(hash >> self.head_shift) as usize]
    }

    /// The entry at the start of the bucket of `hash`, for prefetching; it may belong to another
    /// bucket.
    #[inline(always)]
    pub fn first_entry(&self, hash: u32) -> Option<&Entry> {
        self.entries.get(*self.head(hash) as usize)
    }

    /// The symbols of a literal past the inline ones.
    pub fn rest(&self, entry: &Entry) -> &[u16] {
        let literal = entry.literal as usize;
        &self.tails[self.rests[literal] as usize..self.rests[literal + 1] as usize]
    }

    /// Does some literal extend on this side?
    #[inline(always)]
    pub fn has_side(&self, side: Side) -> bool {
        self.sides >> side as u32 & 1 != 0
    }
}

impl Anchor {
    fn context_hash(&self) -> u32 {
        context_hash(self.window, self.context, self.side)
    }
}

/// The rarest window of a literal: rare in text, and used by few other literals.
fn anchor(symbols: &[u16], literal: u32, used: &FxHashMap<u32, u32>) -> Option<Anchor> {
    let symbol = |at: usize| symbols.get(at).copied().unwrap_or(0);
    let pair = |at: usize| u32::from(symbol(at)) | u32::from(symbol(at + 1)) << 16;
    if symbols.len() == 3 && pair(0) & NOT_ASCII == 0 && symbol(2) < 0x80 {
        let window = three_hash(pair(0), u32::from(symbol(2)));
        return Some(Anchor { literal, window, offset: 0, side: Side::Three, context: 0 });
    }
    let mut best: Option<(u64, Anchor)> = None;
    for offset in 0..symbols.len().saturating_sub(1).min(usize::from(u16::MAX)) {
        let length = if pair(offset) & NOT_ASCII == 0 { 4 } else { 2 };
        let Some(window_symbols) = symbols.get(offset..offset + length) else { continue };
        let window = window_hash(pair(offset), pair(offset + 2));
        let crowd = used.get(&window).copied().unwrap_or(0);
        let cost = rarity(window_symbols) + u64::from(crowd);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            let (side, context) = match (symbols.get(offset + length), offset) {
                (Some(after), _) => (Side::After, *after),
                (None, 0) => (Side::Whole, 0),
                (None, at) => (Side::Before, symbols[at - 1]),
            };
            best = Some((cost, Anchor { literal, window, offset, side, context }));
        }
    }
    best.map(|(_, anchor)| anchor)
}

fn buckets<L: AsRef<[u16]>>(literals: &[L], anchors: &[Anchor]) -> (Vec<u32>, u32, Vec<Entry>) {
    let log2 = (anchors.len() * 2).next_power_of_two().trailing_zeros().max(4);
    let shift = 32 - log2;
    let mut entries: Vec<Entry> = anchors
        .iter()
        .map(|anchor| {
            let symbols = literals[anchor.literal as usize].as_ref();
            let inline = symbols.len().min(INLINE);
            let mut first = [0; INLINE];
            first[..inline].copy_from_slice(&symbols[..inline]);
            Entry {
                symbols: first,
                hash: anchor.context_hash(),
                literal: anchor.literal,
                length: symbols.len() as u32,
                offset: anchor.offset as u16,
                inline: inline as u16,
            }
        })
        .collect();
    entries.sort_unstable_by_key(|entry| (entry.hash, entry.literal));
    let mut heads = vec![0u32; (1 << log2) + 1];
    for entry in &entries {
        heads[(entry.hash >> shift) as usize + 1] += 1;
    }
    for bucket in 1..heads.len() {
        heads[bucket] += heads[bucket - 1];
    }
    (heads, shift, entries)
}

fn tails<L: AsRef<[u16]>>(literals: &[L]) -> (Vec<u32>, Vec<u16>) {
    let mut starts = Vec::with_capacity(literals.len() + 1);
    let mut tails = Vec::new();
    starts.push(0);
    for literal in literals {
        tails.extend_from_slice(literal.as_ref().get(INLINE..).unwrap_or(&[]));
        starts.push(tails.len() as u32);
    }
    (starts, tails)
}
