//! Entries, distinct hashes and times of correlations as bytes.

use super::bytes::{Packer, Unpacker};
use crate::model::{Distinct, Entry, Member, Moments, Seconds};

/// The fewest bytes of an entry.
const ENTRY_LEAST: usize = 33;

/// Entries, without [`Entry::listed`].
pub(super) fn pack_entries<'e>(entries: impl ExactSizeIterator<Item = &'e Entry>) -> Vec<u8> {
    let mut out = Packer::default();
    out.number(entries.len() as u64);
    let (mut number, mut at) = (0_u64, 0_i64);
    for entry in entries {
        let post = &entry.post;
        out.signed(entry.number.wrapping_sub(number).cast_signed());
        out.signed(post.at.wrapping_sub(at));
        (number, at) = (entry.number, post.at);
        out.hash(entry.whole);
        out.hash(post.author);
        out.hash(post.channel);
        out.number(u64::from(entry.weight));
        out.number(post.reach);
        out.byte(u8::from(post.harmful));
        out.bytes(post.id.as_bytes());
        out.hashes(&entry.sketch);
    }
    out.finish()
}

/// The entries of [`pack_entries`], with `listed` 0.
pub(super) fn unpack_entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut from = Unpacker::new(bytes)?;
    let count = from.count(ENTRY_LEAST)?;
    let mut entries = Vec::with_capacity(count);
    let (mut number, mut at) = (0_u64, 0_i64);
    for _ in 0..count {
        number = number.wrapping_add(from.signed()?.cast_unsigned());
        at = at.wrapping_add(from.signed()?);
        let (whole, author, channel) = (from.hash()?, from.hash()?, from.hash()?);
        let weight = u32::try_from(from.number()?).ok()?;
        let reach = from.number()?;
        let harmful = flag(from.byte()?)?;
        let id = from.text()?;
        let sketch = from.hashes()?;
        let post = Member { id, author, channel, at, reach, harmful };
        entries.push(Entry { number, sketch, whole, weight, listed: 0, post });
    }
    from.end()?;
    Some(entries)
}

fn flag(byte: u8) -> Option<bool> {
    match byte {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// For each entry of a block: [`Entry::listed`], `None` if it is gone.
pub(super) fn pack_bits(bits: &[Option<u8>]) -> Vec<u8> {
    let mut out = Packer::default();
    let listed: Vec<u8> = bits.iter().map(|bits| bits.unwrap_or(0)).collect();
    out.bytes(&listed);
    for eight in bits.chunks(8) {
        let there = eight.iter().enumerate().map(|(at, bits)| u8::from(bits.is_some()) << at);
        out.byte(there.sum());
    }
    out.finish()
}

/// The list of [`pack_bits`].
pub(super) fn unpack_bits(bytes: &[u8]) -> Option<Vec<Option<u8>>> {
    let mut from = Unpacker::new(bytes)?;
    let listed = from.bytes()?;
    let mut bits = Vec::with_capacity(listed.len());
    for eight in listed.chunks(8) {
        let there = from.byte()?;
        bits.extend(eight.iter().enumerate().map(|(at, listed)| {
            let is_there = there >> at & 1 == 1;
            is_there.then_some(*listed)
        }));
    }
    from.end()?;
    Some(bits)
}

/// A set of hashes.
pub(super) fn pack_distinct(distinct: &Distinct) -> Vec<u8> {
    let mut out = Packer::default();
    match distinct {
        Distinct::Exact(hashes) => {
            out.byte(0);
            out.number(hashes.len() as u64);
            hashes.iter().for_each(|hash| out.hash(*hash));
        }
        Distinct::About(registers) => {
            out.byte(1);
            out.bytes(registers);
        }
    }
    out.finish()
}

/// The set of [`pack_distinct`].
pub(super) fn unpack_distinct(bytes: &[u8]) -> Option<Distinct> {
    let mut from = Unpacker::new(bytes)?;
    let distinct = match from.byte()? {
        0 => {
            let count = from.count(8)?;
            Distinct::Exact((0..count).map(|_| from.hash()).collect::<Option<_>>()?)
        }
        1 => Distinct::About(from.bytes()?.into()),
        _ => return None,
    };
    from.end()?;
    Some(distinct)
}

/// The times of a group. Each is written as its distance to the one before.
pub(super) fn pack_moments(moments: &Moments) -> Vec<u8> {
    let mut out = Packer::default();
    match moments {
        Moments::Events(times) => {
            out.byte(0);
            out.number(times.len() as u64);
            let mut before = 0;
            for time in times {
                out.signed(time.wrapping_sub(before));
                before = *time;
            }
        }
        Moments::Values(values) => {
            out.byte(1);
            out.number(values.len() as u64);
            let mut before = 0;
            for (value, time) in values {
                out.hash(*value);
                out.signed(time.wrapping_sub(before));
                before = *time;
            }
        }
        Moments::Rules(times) => pack_places(&mut out, 2, times),
        Moments::Order(times) => pack_places(&mut out, 3, times),
    }
    out.finish()
}

fn pack_places(out: &mut Packer, kind: u8, times: &[Option<Seconds>]) {
    out.byte(kind);
    out.number(times.len() as u64);
    for time in times {
        out.byte(u8::from(time.is_some()));
        out.signed(time.unwrap_or(0));
    }
}

/// The times of [`pack_moments`].
pub(super) fn unpack_moments(bytes: &[u8]) -> Option<Moments> {
    let mut from = Unpacker::new(bytes)?;
    let kind = from.byte()?;
    let count = from.count(1)?;
    let mut before: Seconds = 0;
    let mut next = |from: &mut Unpacker<'_>| {
        before = before.wrapping_add(from.signed()?);
        Some(before)
    };
    let moments = match kind {
        0 => Moments::Events((0..count).map(|_| next(&mut from)).collect::<Option<_>>()?),
        1 => {
            let values = (0..count).map(|_| Some((from.hash()?, next(&mut from)?)));
            Moments::Values(values.collect::<Option<_>>()?)
        }
        2 => Moments::Rules(unpack_places(&mut from, count)?),
        3 => Moments::Order(unpack_places(&mut from, count)?),
        _ => return None,
    };
    from.end()?;
    Some(moments)
}

fn unpack_places(from: &mut Unpacker<'_>, count: usize) -> Option<Vec<Option<Seconds>>> {
    let place = |_| {
        let is_there = flag(from.byte()?)?;
        let time = from.signed()?;
        Some(is_there.then_some(time))
    };
    (0..count).map(place).collect()
}
