//! Literals without a window: one symbol, or two ASCII symbols.
//!
//! A filter reads one bit for each position: that of its two symbols if both are ASCII, otherwise
//! that of the hash of the first. Positions that pass are looked up exactly.

use super::hash::{FIRST, NOT_ASCII};

/// Literals that are too short for a window.
#[derive(Debug)]
pub(super) struct Short {
    /// The filter, by [`filter_bit`].
    pub filter: Box<[u32; FILTER_BITS / 32]>,
    /// By symbol.
    singles: Ranked,
    /// By the two symbols of a pair, seven bits each.
    pairs: Ranked,
}

impl Short {
    /// Builds the tables of literals with their indices. All of them must be short.
    pub fn build(literals: &[(u32, &[u16])]) -> Short {
        let mut filter = Box::new([0; FILTER_BITS / 32]);
        let mut pass = |pair: u32| {
            let bit = filter_bit(pair) as usize;
            filter[bit / 32] |= 1 << (bit % 32);
        };
        let (mut singles, mut pairs) = (Vec::new(), Vec::new());
        for (number, symbols) in literals {
            match **symbols {
                [single] => {
                    singles.push((usize::from(single), *number));
                    // It may be before any ASCII symbol, or before another one.
                    let seconds = (0..0x80).chain([0xFFFF]);
                    seconds.for_each(|second| pass(u32::from(single) | second << 16));
                }
                [first, second] => {
                    pairs.push((pair_bit([first, second]), *number));
                    pass(u32::from(first) | u32::from(second) << 16);
                }
                _ => unreachable!("three symbols or more always have a window"),
            }
        }
        Short {
            filter,
            singles: Ranked::build(1 << 16, singles),
            pairs: Ranked::build(1 << 14, pairs),
        }
    }

    /// Can a literal occur at these two symbols, the first in the low half? A `false` is certain.
    #[inline(always)]
    pub fn may_begin(&self, pair: u32) -> bool {
        let bit = filter_bit(pair);
        self.filter[(bit / 32) as usize % (FILTER_BITS / 32)] >> (bit % 32) & 1 != 0
    }

    /// Calls `visit` with the literals that occur at these two symbols.
    #[inline(always)]
    pub fn literals_at(&self, pair: [u16; 2], mut visit: impl FnMut(u32)) {
        self.singles.of(usize::from(pair[0])).iter().for_each(|literal| visit(*literal));
        if pair[0] | pair[1] < 0x80 {
            self.pairs.of(pair_bit(pair)).iter().for_each(|literal| visit(*literal));
        }
    }

    /// Every literal with its symbols, sorted by the symbols.
    pub fn listed(&self) -> Vec<(u32, Box<[u16]>)> {
        let mut listed: Vec<(u32, Box<[u16]>)> = Vec::new();
        for bit in self.singles.keys() {
            let numbers = self.singles.of(bit).iter();
            listed.extend(numbers.map(|number| (*number, [bit as u16].into())));
        }
        for bit in self.pairs.keys() {
            let symbols = [(bit >> 7) as u16, (bit & 0x7F) as u16];
            listed.extend(self.pairs.of(bit).iter().map(|number| (*number, symbols.into())));
        }
        listed.sort_unstable_by(|one, other| (&one.1, one.0).cmp(&(&other.1, other.0)));
        listed
    }
}

/// Bits of the filter: one for each pair of ASCII symbols, and as many for hashes of others.
pub(super) const FILTER_BITS: usize = 2 << 14;

/// The first bit for hashes.
pub(super) const HASHED: u32 = 1 << 14;

/// Shifts a hash of 32 bits to the 14 that are used.
pub(super) const FILTER_SHIFT: u32 = 32 - 14;

/// The bit of two symbols, the first in the low half.
#[inline(always)]
fn filter_bit(pair: u32) -> u32 {
    let (first, second) = (pair & 0xFFFF, pair >> 16);
    match pair & NOT_ASCII == 0 {
        true => first << 7 | second,
        false => HASHED | first.wrapping_mul(FIRST) >> FILTER_SHIFT,
    }
}

#[inline(always)]
fn pair_bit(pair: [u16; 2]) -> usize {
    usize::from(pair[0]) << 7 | usize::from(pair[1])
}

/// Lists of literals by a small key: a bit for each key that has a list, and the number of bits set
/// before it.
#[derive(Debug)]
struct Ranked {
    /// Bits, and the number of bits set in the words before.
    words: Vec<(u64, u32)>,
    /// First entry of `literals` of each list, and one past the last.
    starts: Vec<u32>,
    literals: Vec<u32>,
}

impl Ranked {
    /// `count` must be a multiple of 64, and every key below it.
    fn build(count: usize, mut lists: Vec<(usize, u32)>) -> Ranked {
        lists.sort_unstable();
        let mut words = vec![(0, 0); count / 64];
        let mut starts = Vec::new();
        for (at, (number, _)) in lists.iter().enumerate() {
            if at == 0 || lists[at - 1].0 != *number {
                words[number / 64].0 |= 1 << (number % 64);
                starts.push(at as u32);
            }
        }
        starts.push(lists.len() as u32);
        let mut before = 0;
        for (bits, rank) in &mut words {
            *rank = before;
            before += u64::count_ones(*bits);
        }
        Ranked { words, starts, literals: lists.into_iter().map(|(_, literal)| literal).collect() }
    }

    /// The keys that have a list, ascending.
    fn keys(&self) -> impl Iterator<Item = usize> + '_ {
        let is_set = |(at, (bits, _)): (usize, &(u64, u32))| (*bits != 0).then_some((at, *bits));
        let words = self.words.iter().enumerate().filter_map(is_set);
        words.flat_map(|(at, bits)| {
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }

    #[inline(always)]
    fn of(&self, number: usize) -> &[u32] {
        let (bits, before) = self.words[number / 64];
        let bit = 1 << (number % 64);
        if bits & bit == 0 {
            return &[];
        }
        let list = (before + (bits & (bit - 1)).count_ones()) as usize;
        &self.literals[self.starts[list] as usize..self.starts[list + 1] as usize]
    }
}
