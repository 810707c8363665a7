//! The tables of the literal engine as bytes, with the checks that make them safe to use.
//!
//! Kernels index the bitmaps unchecked, so a decoded bitmap must have exactly the size of its hash
//! range. Everything else is indexed with bounds checks.

use super::build::{Bitmap, Entry, Table};
use super::candidates::INLINE;
use super::engine::Literals;
use super::kernel::Kernel;
use super::short::Short;
use crate::codec::{Codec, DecodeError, Reader, are_starts, codec_struct, ensure};

codec_struct!(Entry { symbols, hash, literal, length, offset, inline });

impl Codec for Bitmap {
    fn encode(&self, out: &mut Vec<u8>) {
        let Bitmap { words, shift } = self;
        shift.encode(out);
        words.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Bitmap, DecodeError> {
        let (shift, words) = (u32::decode(from)?, Vec::<u32>::decode(from)?);
        let bits = 32_u32.checked_sub(shift).filter(|bits| (5..32).contains(bits));
        ensure(bits.is_some_and(|bits| words.len() == 1 << (bits - 5)), "a bitmap")?;
        Ok(Bitmap { words, shift })
    }
}

impl Codec for Short {
    fn encode(&self, out: &mut Vec<u8>) {
        self.listed().encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Short, DecodeError> {
        let listed = Vec::<(u32, Box<[u16]>)>::decode(from)?;
        let is_short = |symbols: &[u16]| match symbols {
            [_] => true,
            [first, second] => (*first | *second) < 0x80 && *second != 0,
            _ => false,
        };
        ensure(listed.iter().all(|(_, symbols)| is_short(symbols)), "a short literal")?;
        let literals: Vec<(u32, &[u16])> =
            listed.iter().map(|(number, symbols)| (*number, &**symbols)).collect();
        Ok(Short::build(&literals))
    }
}

codec_struct!(Table { windows, contexts, sides, heads, head_shift, entries, rests, tails, short });

impl Codec for Literals {
    fn encode(&self, out: &mut Vec<u8>) {
        let Literals { table, kernel: _, lengths } = self;
        table.encode(out);
        lengths.encode(out);
    }
    /// Uses the best kernel of this machine; all kernels read the same tables.
    fn decode(from: &mut Reader<'_>) -> Result<Literals, DecodeError> {
        let (table, lengths) = (Table::decode(from)?, Vec::decode(from)?);
        let literals = Literals { table, kernel: Kernel::best(), lengths };
        literals.check()?;
        Ok(literals)
    }
}

impl Literals {
    /// Number of literals.
    pub(in crate::scan) fn count(&self) -> usize {
        self.lengths.len()
    }

    /// Uses the same tables with another kernel.
    pub(in crate::scan) fn set_kernel(&mut self, kernel: Kernel) {
        self.kernel = kernel;
    }

    fn check(&self) -> Result<(), DecodeError> {
        let Literals { table, kernel: _, lengths } = self;
        let Table { heads, head_shift, entries, rests, tails, short, .. } = table;
        ensure(lengths.iter().all(|length| *length > 0), "a literal of no length")?;
        let buckets = 32_u32.checked_sub(*head_shift).filter(|log2| (1..32).contains(log2));
        let buckets = buckets.map(|log2| 1_usize << log2).ok_or(DecodeError("the buckets"))?;
        ensure(are_starts(heads, buckets, entries.len()), "the buckets")?;
        ensure(are_starts(rests, lengths.len(), tails.len()), "the ends of literals")?;
        let is_valid = |entry: &Entry| {
            let length = lengths.get(entry.literal as usize).copied();
            length == Some(entry.length)
                && usize::from(entry.inline) == INLINE.min(entry.length as usize)
                && u32::from(entry.offset) < entry.length
        };
        ensure(entries.iter().all(is_valid), "an entry")?;
        let listed = short.as_ref().map(Short::listed).unwrap_or_default();
        let is_known = |(number, symbols): &(u32, Box<[u16]>)| {
            lengths.get(*number as usize).is_some_and(|length| *length as usize == symbols.len())
        };
        ensure(listed.iter().all(is_known), "a short literal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::literals::{Candidates, PADDING};
    use proptest::prelude::*;

    fn some_literals() -> impl Strategy<Value = Vec<Vec<u16>>> {
        let letter = prop::sample::select(vec![b'a' as u16, b'b' as u16, 0x5F69, 0x91D1]);
        prop::collection::vec(prop::collection::vec(letter, 1..12), 0..20)
    }

    proptest! {
        #[test]
        fn decoded_tables_find_the_same(literals in some_literals(), text in some_literals()) {
            let mut text: Vec<u16> = text.concat();
            text.splice(0..0, [0xFFFF; PADDING]);
            text.extend([0xFFFF; PADDING]);
            for kernel in Kernel::available() {
                let built = Literals::with_kernel(&literals, kernel);
                let mut bytes = Vec::new();
                built.encode(&mut bytes);
                let mut loaded = Literals::decode(&mut Reader::new(&bytes)).unwrap();
                loaded.set_kernel(kernel);
                let find = |engine: &Literals| {
                    let mut found = Vec::new();
                    let range = PADDING..text.len() - PADDING;
                    engine.find(&text, range, &mut Candidates::default(), &mut found);
                    found
                };
                prop_assert_eq!(find(&loaded), find(&built));
            }
        }

        /// Tables with changed bytes are rejected or can be searched.
        #[test]
        fn changed_tables_are_rejected_or_can_be_searched(
            literals in some_literals(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let mut bytes = Vec::new();
            Literals::new(&literals).encode(&mut bytes);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(mut loaded) = Literals::decode(&mut Reader::new(&bytes)) {
                let mut text = literals.concat();
                text.splice(0..0, [0xFFFF; PADDING]);
                text.extend([0xFFFF; PADDING]);
                for kernel in Kernel::available() {
                    loaded.set_kernel(kernel);
                    let range = PADDING..text.len() - PADDING;
                    loaded.find(&text, range, &mut Candidates::default(), &mut Vec::new());
                }
            }
        }
    }
}
