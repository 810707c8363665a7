//! Equivalence classes of symbols: those that every position of a pattern treats alike.

/// A class for each symbol. Class 0 has the symbols of no set.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    /// For each high byte, the page of its symbols.
    pages: Box<[u16; 256]>,
    /// Classes by low byte, page after page.
    cells: Vec<u16>,
}

/// A set of symbols: sorted inclusive ranges that do not touch.
pub(super) type Symbols = Vec<(u16, u16)>;

impl Classes {
    /// The class of a symbol.
    #[inline(always)]
    pub fn of(&self, symbol: u16) -> usize {
        let page = usize::from(self.pages[usize::from(symbol >> 8)]);
        usize::from(self.cells[page << 8 | usize::from(symbol & 0xFF)])
    }

    /// Divides the symbols by `sets`. Returns the classes, and for each class the numbers of the
    /// sets that contain it.
    pub fn divide(sets: &[Symbols]) -> (Classes, Vec<Vec<usize>>) {
        let pieces = pieces(sets);
        let mut members: Vec<Vec<usize>> = vec![Vec::new()];
        let mut class_of = rustc_hash::FxHashMap::default();
        class_of.insert(Vec::new(), 0u16);
        let classed: Vec<(u16, u16)> = pieces
            .into_iter()
            .map(|(start, holders)| {
                let next = members.len() as u16;
                let class = *class_of.entry(holders.clone()).or_insert(next);
                if class == next {
                    members.push(holders);
                }
                (start, class)
            })
            .collect();
        (Classes::paged(&classed), members)
    }

    /// Lays out pieces, each from its start to the start of the next one.
    fn paged(pieces: &[(u16, u16)]) -> Classes {
        let mut pages = Box::new([0; 256]);
        let mut cells: Vec<u16> = Vec::new();
        let mut uniform = rustc_hash::FxHashMap::default();
        let mut piece = 0;
        for (high, page) in pages.iter_mut().enumerate() {
            let (first, last) = ((high << 8) as u16, (high << 8 | 0xFF) as u16);
            let class_at = |piece: &mut usize, symbol: u16| {
                while pieces.get(*piece + 1).is_some_and(|next| next.0 <= symbol) {
                    *piece += 1;
                }
                pieces[*piece].1
            };
            let class = class_at(&mut piece, first);
            let is_uniform = pieces.get(piece + 1).is_none_or(|next| next.0 > last);
            let known = is_uniform.then(|| uniform.get(&class)).flatten();
            *page = known.copied().unwrap_or((cells.len() >> 8) as u16);
            if known.is_none() {
                cells.extend((first..=last).map(|symbol| class_at(&mut piece, symbol)));
            }
            if is_uniform {
                uniform.insert(class, *page);
            }
        }
        Classes { pages, cells }
    }
}

/// Ranges of symbols that no set divides: the start of each, and the sets that contain it.
fn pieces(sets: &[Symbols]) -> Vec<(u16, Vec<usize>)> {
    let mut events: Vec<(u32, usize, bool)> = Vec::new();
    for (number, ranges) in sets.iter().enumerate() {
        for (start, end) in ranges {
            events.push((u32::from(*start), number, true));
            events.push((u32::from(*end) + 1, number, false));
        }
    }
    events.sort_unstable();
    let mut holders: Vec<usize> = Vec::new();
    let mut pieces = vec![(0, Vec::new())];
    for group in events.chunk_by(|a, b| a.0 == b.0) {
        for (_, number, begins) in group {
            match (holders.binary_search(number), begins) {
                (Err(place), true) => holders.insert(place, *number),
                (Ok(place), false) => _ = holders.remove(place),
                _ => {}
            }
        }
        if let Ok(start) = u16::try_from(group[0].0) {
            if pieces.last().is_some_and(|last| last.0 == start) {
                pieces.pop();
            }
            pieces.push((start, holders.clone()));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sets() -> impl Strategy<Value = Vec<Symbols>> {
        let place = prop_oneof![0u16..20, 250u16..260, 0xFFF0u16..=0xFFFF, any::<u16>()];
        let ranges = proptest::collection::btree_set(place, 0..8).prop_map(|places| {
            let places: Vec<u16> = places.into_iter().collect();
            // Every second gap is left out, so that ranges do not touch.
            places.chunks_exact(2).map(|ends| (ends[0], ends[1])).collect()
        });
        proptest::collection::vec(ranges, 0..6)
    }

    proptest! {
        #[test]
        fn a_class_is_held_by_the_sets_of_its_symbols(sets in sets()) {
            let (classes, members) = Classes::divide(&sets);
            for symbol in 0..=u16::MAX {
                let holds = |set: &Symbols| set.iter().any(|(start, end)| (*start..=*end).contains(&symbol));
                let holders: Vec<usize> = (0..sets.len()).filter(|set| holds(&sets[*set])).collect();
                prop_assert_eq!(&members[classes.of(symbol)], &holders, "{:#x}", symbol);
            }
        }
    }
}
