//! Singles in blocks.
//!
//! A single never changes but for the bits that say which lists of the index still have it, and for
//! its end. So the singles of a checkpoint are written once, in blocks of at most 4,096; the bits are
//! a small row next to each block. A block goes when its last entry is gone.
//!
//! [`Blocks`] knows the numbers and bits of all blocks (10 bytes a single). A checkpoint is planned
//! first ([`Blocks::plan`]), written, and taken over only after it was committed, so that a failed
//! one leaves no trace.

use super::error::StoreError;
use super::packed::{pack_bits, pack_entries, unpack_bits, unpack_entries};
use super::rows::{Cells, bits};
use crate::model::Entry;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// The most entries of a block.
pub(super) const BLOCK: usize = 4_096;

/// For each entry of a block: [`Entry::listed`], `None` if it is gone.
type Bits = Vec<Option<u8>>;

/// What is known of the blocks in the file, by the number of their first entry.
#[derive(Default)]
pub(super) struct Blocks(BTreeMap<u64, Block>);

struct Block {
    numbers: Vec<u64>,
    bits: Bits,
}

/// What a checkpoint writes.
pub(super) struct Plan<'e> {
    new: Vec<(Vec<&'e Entry>, Bits)>,
    touched: BTreeMap<u64, Bits>,
}

impl Blocks {
    /// Reads all blocks. `each` gets the entries that are not gone, by number.
    pub(super) fn read(
        connection: &Connection,
        mut each: impl FnMut(Entry),
    ) -> Result<Blocks, StoreError> {
        let mut blocks = Blocks::default();
        let sql = "SELECT first, data, bits, live FROM block LEFT JOIN block_bits USING (first) \
                   ORDER BY first";
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut cells = Cells::new(row, "block", &["first", "data", "bits", "live"]);
            let first = cells.number()?;
            let damaged = |what: &str| StoreError::damaged(format!("block {first}, {what}"));
            let entries = cells.bytes(unpack_entries).map_err(|_| damaged("data"))?;
            let bits = cells.bytes(unpack_bits).map_err(|_| damaged("bits"))?;
            let live = bits.iter().flatten().count();
            let is_consistent = bits.len() == entries.len()
                && entries.first().is_some_and(|entry| entry.number == first)
                && entries.is_sorted_by(|a, b| a.number < b.number)
                && cells.number()? == live as u64
                && blocks.last().is_none_or(|last| last < first);
            if !is_consistent {
                return Err(damaged("entries"));
            }
            let numbers = entries.iter().map(|entry| entry.number).collect();
            for (mut entry, bits) in entries.into_iter().zip(&bits) {
                if let Some(listed) = bits {
                    entry.listed = *listed;
                    each(entry);
                }
            }
            blocks.0.insert(first, Block { numbers, bits });
        }
        Ok(blocks)
    }

    /// The number of the last entry.
    fn last(&self) -> Option<u64> {
        self.0.last_key_value().and_then(|(_, block)| block.numbers.last().copied())
    }

    /// What a checkpoint writes for new singles and for changes of `listed` (`None`: gone).
    pub(super) fn plan<'e>(
        &self,
        singles: &'e [Entry],
        listed: &[(u64, Option<u8>)],
    ) -> Result<Plan<'e>, StoreError> {
        let mut late: BTreeMap<u64, Option<u8>> = listed.iter().copied().collect();
        let mut new: Vec<(Vec<&Entry>, Bits)> = Vec::new();
        let mut last = self.last();
        for entry in singles {
            if last.is_some_and(|last| last >= entry.number) {
                let number = entry.number;
                return Err(StoreError::damaged(format!("single {number} is out of order")));
            }
            last = Some(entry.number);
            let Some(bits) = late.remove(&entry.number).unwrap_or(Some(entry.listed)) else {
                continue;
            };
            match new.last_mut().filter(|(entries, _)| entries.len() < BLOCK) {
                Some((entries, all)) => {
                    entries.push(entry);
                    all.push(Some(bits));
                }
                None => new.push((vec![entry], vec![Some(bits)])),
            }
        }
        let touched = self.touched(&late)?;
        Ok(Plan { new, touched })
    }

    /// The bits of blocks that change. A single that was never written can only be gone.
    fn touched(&self, late: &BTreeMap<u64, Option<u8>>) -> Result<BTreeMap<u64, Bits>, StoreError> {
        let mut touched: BTreeMap<u64, Bits> = BTreeMap::new();
        for (number, bits) in late {
            let block = self.0.range(..=number).next_back();
            let place = block.and_then(|(first, block)| {
                Some((first, block, block.numbers.binary_search(number).ok()?))
            });
            match (place, bits) {
                (Some((first, block, at)), bits) => {
                    touched.entry(*first).or_insert_with(|| block.bits.clone())[at] = *bits;
                }
                (None, None) => {}
                (None, Some(_)) => {
                    return Err(StoreError::damaged(format!("single {number} is missing")));
                }
            }
        }
        Ok(touched)
    }

    /// Takes over a plan that was committed.
    pub(super) fn commit(&mut self, plan: Plan<'_>) {
        for (first, bits) in plan.touched {
            if bits.iter().all(Option::is_none) {
                self.0.remove(&first);
            } else if let Some(block) = self.0.get_mut(&first) {
                block.bits = bits;
            }
        }
        for (entries, bits) in plan.new {
            let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
            if let Some(first) = numbers.first() {
                self.0.insert(*first, Block { numbers, bits });
            }
        }
    }
}

impl Plan<'_> {
    /// Writes the plan.
    pub(super) fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        for (first, all) in &self.touched {
            let live = all.iter().flatten().count() as i64;
            if live == 0 {
                remove(connection, *first)?;
            } else {
                let sql = "UPDATE block_bits SET live = ?2, bits = ?3 WHERE first = ?1";
                connection.execute(sql, params![bits(*first), live, pack_bits(all)])?;
            }
        }
        for (entries, all) in &self.new {
            insert(connection, entries, all)?;
        }
        Ok(())
    }
}

/// Removes a block.
pub(super) fn remove(connection: &Connection, first: u64) -> Result<(), StoreError> {
    connection.execute("DELETE FROM block WHERE first = ?1", [bits(first)])?;
    connection.execute("DELETE FROM block_bits WHERE first = ?1", [bits(first)])?;
    Ok(())
}

/// Writes a block with its bits. An empty one is not written.
pub(super) fn insert(
    connection: &Connection,
    entries: &[&Entry],
    all: &[Option<u8>],
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
    let (first, last) = (bits(first.number), bits(last.number));
    let times = || entries.iter().map(|entry| entry.post.at);
    let sql = "INSERT INTO block (first, last, entries, earliest, latest, data) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let data = pack_entries(entries.iter().copied());
    let (earliest, latest) = (times().min(), times().max());
    connection.execute(sql, params![first, last, entries.len() as i64, earliest, latest, data])?;
    let sql = "INSERT INTO block_bits (first, live, bits) VALUES (?1, ?2, ?3)";
    let live = all.iter().flatten().count() as i64;
    connection.execute(sql, params![first, live, pack_bits(all)])?;
    Ok(())
}
