//! Choices that depend on a seed alone.

/// A number for `place` of the text that `seed` names: FNV-1a with a final mix.
pub(super) fn draw(seed: &str, place: usize) -> u64 {
    let bytes = seed.bytes().chain(place.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
}

/// One of `items`, chosen by `draw`; `None` if there is none.
pub(super) fn nth<T>(mut items: impl Iterator<Item = T> + Clone, draw: u64) -> Option<T> {
    let count = items.clone().count() as u64;
    let chosen = draw.checked_rem(count)?;
    items.nth(usize::try_from(chosen).ok()?)
}
