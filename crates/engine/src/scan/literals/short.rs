//! Literals without a window: one symbol, or two ASCII symbols.

/// Literals that are too short for a window.
#[derive(Debug)]
pub(super) struct Short {
    /// A bit for each symbol that a literal begins with.
    begins: Box<[u64; 1024]>,
    /// By symbol.
    singles: Ranked,
    /// By the two symbols of a pair, seven bits each.
    pairs: Ranked,
}

impl Short {
    /// Builds the tables of literals with their indices. All of them must be short.
    pub fn build(literals: &[(u32, &[u16])]) -> Short {
        let mut begins = Box::new([0; 1024]);
        let (mut singles, mut pairs) = (Vec::new(), Vec::new());
        for (number, symbols) in literals {
            begins[usize::from(symbols[0] >> 6)] |= 1 << (symbols[0] & 63);
            match **symbols {
                [single] => singles.push((usize::from(single), *number)),
                [first, second] => pairs.push((pair_bit([first, second]), *number)),
                _ => unreachable!("three symbols or more always have a window"),
            }
        }
        Short {
            begins,
            singles: Ranked::build(1 << 16, singles),
            pairs: Ranked::build(1 << 14, pairs),
        }
    }

    /// Can a literal begin with the symbol?
    #[inline(always)]
    pub fn begins_with(&self, symbol: u16) -> bool {
        self.begins[usize::from(symbol >> 6)] >> (symbol & 63) & 1 != 0
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
