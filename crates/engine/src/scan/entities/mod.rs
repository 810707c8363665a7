//! Built-in detectors of things that are written down by a format: numbers of
//! people, accounts and devices, addresses, handles.
//!
//! Input: folded text as 16-bit symbols (lower case, ASCII digits and punctuation for
//! the full-width ones, invisible characters left out), and for each pair of
//! neighbours whether they stand side by side in the original, too: in the squeezed
//! reading, noise was skipped between some. Output: ranges of symbols.
//!
//! * Hand-written parsers, no regexes: each looks at a bounded number of symbols from
//!   a digit, a dot, an `@`, or a word on, so the cost is linear in the text.
//! * No allocation but the growth of the list of hits.
//! * A Latin letter or digit that touches an entity in the original refuses it; one
//!   that stood apart does not. What each detector takes besides stands in its module.
//! * [`allowed_by`] and [`PossibleEntities`] answer quickly what there may be to look for.

mod addresses;
mod codes;
mod digits;
mod handle_words;
mod handles;
mod ips;
mod numbers;
mod phone;
mod prefilter;
mod text;
mod tlds;

pub use prefilter::{PossibleEntities, allowed_by};

use crate::codec::{Codec, DecodeError, Reader, ensure};
use text::Text;

/// One built-in detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Entity {
    /// A telephone number of mainland China: mobile, or fixed with area code.
    PhoneCn = 0,
    /// A resident identity number of mainland China.
    IdCn = 1,
    /// A payment card number.
    BankCard = 2,
    /// An e-mail address.
    Email = 3,
    /// A web address with its scheme or `www.`.
    Url = 4,
    /// A bare domain name.
    Domain = 5,
    /// An IPv4 or IPv6 address.
    Ip = 6,
    /// A messenger's name and an account on it.
    Handle = 7,
    /// A Bitcoin, Ethereum or Tron address.
    CryptoAddress = 8,
    /// A passport number of the People's Republic of China.
    PassportCn = 9,
    /// A vehicle registration plate of mainland China.
    PlateCn = 10,
    /// An international bank account number.
    Iban = 11,
    /// A social security number of the United States.
    SsnUs = 12,
    /// A unified social credit code (organisations of mainland China).
    UsccCn = 13,
}

impl Entity {
    /// Every detector, in the order of the numbers.
    pub const ALL: [Entity; 14] = [
        Entity::PhoneCn,
        Entity::IdCn,
        Entity::BankCard,
        Entity::Email,
        Entity::Url,
        Entity::Domain,
        Entity::Ip,
        Entity::Handle,
        Entity::CryptoAddress,
        Entity::PassportCn,
        Entity::PlateCn,
        Entity::Iban,
        Entity::SsnUs,
        Entity::UsccCn,
    ];

    /// Name in rules and verdicts.
    pub fn name(self) -> &'static str {
        match self {
            Entity::PhoneCn => "phone-cn",
            Entity::IdCn => "id-cn",
            Entity::BankCard => "bank-card",
            Entity::Email => "email",
            Entity::Url => "url",
            Entity::Domain => "domain",
            Entity::Ip => "ip",
            Entity::Handle => "handle",
            Entity::CryptoAddress => "crypto-address",
            Entity::PassportCn => "passport-cn",
            Entity::PlateCn => "plate-cn",
            Entity::Iban => "iban",
            Entity::SsnUs => "ssn-us",
            Entity::UsccCn => "uscc-cn",
        }
    }

    /// The detector called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Entity> {
        Entity::ALL.into_iter().find(|entity| entity.name() == name)
    }
}

/// A set of detectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EntitySet(u16);

impl EntitySet {
    /// Every detector.
    pub const ALL: EntitySet = EntitySet((1 << Entity::ALL.len()) - 1);

    /// The detectors given.
    pub fn of(entities: &[Entity]) -> EntitySet {
        entities.iter().fold(EntitySet::default(), |set, entity| set.with(*entity))
    }

    /// The set with `entity` added.
    #[must_use]
    pub fn with(self, entity: Entity) -> EntitySet {
        EntitySet(self.0 | 1 << entity as u8)
    }

    /// Both sets together.
    #[must_use]
    pub fn or(self, others: EntitySet) -> EntitySet {
        EntitySet(self.0 | others.0)
    }

    /// The members of both sets.
    #[must_use]
    pub fn and(self, others: EntitySet) -> EntitySet {
        EntitySet(self.0 & others.0)
    }

    /// Is `entity` in the set?
    #[inline]
    pub fn has(self, entity: Entity) -> bool {
        self.0 >> entity as u8 & 1 != 0
    }

    /// Is one of `others` in the set?
    #[inline]
    pub fn has_any(self, others: EntitySet) -> bool {
        self.0 & others.0 != 0
    }

    /// No detector at all?
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Entity::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Entity> {
        Entity::ALL.into_iter().filter(move |entity| self.has(*entity))
    }
}

impl Codec for EntitySet {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<EntitySet, DecodeError> {
        let set = EntitySet(u16::decode(from)?);
        ensure(set.or(EntitySet::ALL) == EntitySet::ALL, "an entity")?;
        Ok(set)
    }
}

/// Something that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Found {
    /// Index of the first symbol.
    pub start: u32,
    /// One past the last symbol.
    pub end: u32,
    /// What it is.
    pub entity: Entity,
}

/// Adds every hit of the `wanted` entities in `text` to `found`, in order of place.
///
/// `joined(i)`, asked for `0 < i < text.len()` only, tells whether symbols `i - 1` and
/// `i` are neighbours in the original text. Hits of one entity do not overlap; those
/// of different entities may (a handle and the telephone number in it).
pub fn find<J: Fn(usize) -> bool>(
    wanted: EntitySet,
    text: &[u16],
    joined: &J,
    found: &mut Vec<Found>,
) {
    let first = found.len();
    let text = Text::new(text, joined);
    if wanted.has_any(EntitySet::of(&numbers::NUMBERS)) {
        numbers::find(wanted, &text, found);
    }
    if wanted.has_any(EntitySet::of(&addresses::ADDRESSES)) {
        addresses::find(wanted, &text, found);
    }
    if wanted.has(Entity::Ip) {
        ips::find(&text, found);
    }
    if wanted.has(Entity::Handle) {
        handles::find(&text, found);
    }
    if wanted.has_any(EntitySet::of(&codes::CODES)) {
        codes::find(wanted, &text, found);
    }
    found[first..].sort_unstable();
}

#[cfg(test)]
mod tests;
