//! One row for each entity, and the search for all of them.
//!
//! To add an entity: a variant in [`Entity`], a row in [`ROWS`], and the matches that the
//! compiler then reports (the detector of its group, and its signs in `prefilter`).

use super::entity::{Entity, EntitySet, Found};
use super::text::Text;
use super::{addresses, codes, handles, ips, mentions, numbers};
use crate::codec::{Codec, DecodeError, Reader, ensure};

/// The declaration of an entity.
struct Row {
    entity: Entity,
    /// Name in rules and verdicts.
    name: &'static str,
    /// The detector that finds it.
    group: Group,
    /// Fewest ASCII digits in the entity; 0 if it can have numerals or no digit.
    digits_min: usize,
}

/// A detector: it finds several entities in one pass over a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Numbers,
    Addresses,
    Ips,
    Handles,
    Codes,
    Mentions,
}

const fn row(entity: Entity, name: &'static str, group: Group, digits_min: usize) -> Row {
    Row { entity, name, group, digits_min }
}

/// By the number of the entity.
const ROWS: [Row; Entity::COUNT] = [
    row(Entity::PhoneCn, "phone-cn", Group::Numbers, 0),
    row(Entity::IdCn, "id-cn", Group::Numbers, 15),
    row(Entity::BankCard, "bank-card", Group::Numbers, 13),
    row(Entity::Email, "email", Group::Addresses, 0),
    row(Entity::Url, "url", Group::Addresses, 0),
    row(Entity::Domain, "domain", Group::Addresses, 0),
    row(Entity::Ip, "ip", Group::Ips, 0),
    row(Entity::Handle, "handle", Group::Handles, 0),
    row(Entity::CryptoAddress, "crypto-address", Group::Codes, 0),
    row(Entity::PassportCn, "passport-cn", Group::Codes, 7),
    row(Entity::PlateCn, "plate-cn", Group::Codes, 0),
    row(Entity::Iban, "iban", Group::Codes, 2),
    row(Entity::SsnUs, "ssn-us", Group::Numbers, 9),
    row(Entity::UsccCn, "uscc-cn", Group::Codes, 3),
    row(Entity::Mention, "mention", Group::Mentions, 0),
    row(Entity::Phone, "phone", Group::Numbers, 0),
];

const _: () = {
    let mut at = 0;
    while at < ROWS.len() {
        assert!(ROWS[at].entity as usize == at, "rows are in the order of the entities");
        at += 1;
    }
    assert!(Group::Numbers.members().0 == set_of(&numbers::NUMBERS).0, "the detector of numbers");
    assert!(Group::Addresses.members().0 == set_of(&addresses::ADDRESSES).0, "of addresses");
    assert!(Group::Codes.members().0 == set_of(&codes::CODES).0, "of codes");
};

const fn set_of(entities: &[Entity]) -> EntitySet {
    let (mut bits, mut at) = (0, 0);
    while at < entities.len() {
        bits |= 1 << entities[at] as u32;
        at += 1;
    }
    EntitySet(bits)
}

impl Group {
    const ALL: [Group; 6] = [
        Group::Numbers,
        Group::Addresses,
        Group::Ips,
        Group::Handles,
        Group::Codes,
        Group::Mentions,
    ];

    /// The entities that the detector finds.
    const fn members(self) -> EntitySet {
        let (mut bits, mut at) = (0, 0);
        while at < ROWS.len() {
            if ROWS[at].group as u8 == self as u8 {
                bits |= 1 << at;
            }
            at += 1;
        }
        EntitySet(bits)
    }
}

impl Entity {
    /// Every entity, by number.
    pub const ALL: [Entity; Entity::COUNT] = {
        let mut all = [Entity::PhoneCn; Entity::COUNT];
        let mut at = 0;
        while at < ROWS.len() {
            all[at] = ROWS[at].entity;
            at += 1;
        }
        all
    };

    /// Name in rules and verdicts.
    pub fn name(self) -> &'static str {
        ROWS[self as usize].name
    }

    /// The entity called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Entity> {
        Entity::ALL.into_iter().find(|entity| entity.name() == name)
    }

    /// Fewest ASCII digits in the entity; 0 if it can have numerals or no digit.
    pub(super) fn digits_min(self) -> usize {
        ROWS[self as usize].digits_min
    }
}

impl EntitySet {
    /// Every entity.
    pub const ALL: EntitySet = set_of(&Entity::ALL);

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
        let set = EntitySet(u32::decode(from)?);
        ensure(set.or(EntitySet::ALL) == EntitySet::ALL, "an entity")?;
        Ok(set)
    }
}

/// Adds every hit of the `wanted` entities in `text` to `found`, sorted by position.
///
/// `joined(i)` returns whether symbols `i - 1` and `i` are neighbours in the original text. It
/// is called for `0 < i < text.len()` only. Hits of one entity do not overlap; those of
/// different entities can (a handle and the telephone number in it).
pub fn find<J: Fn(usize) -> bool>(
    wanted: EntitySet,
    text: &[u16],
    joined: &J,
    found: &mut Vec<Found>,
) {
    let first = found.len();
    let text = Text::new(text, joined);
    for group in Group::ALL {
        if !wanted.has_any(group.members()) {
            continue;
        }
        match group {
            Group::Numbers => numbers::find(wanted, &text, found),
            Group::Addresses => addresses::find(wanted, &text, found),
            Group::Ips => ips::find(&text, found),
            Group::Handles => handles::find(&text, found),
            Group::Codes => codes::find(wanted, &text, found),
            Group::Mentions => mentions::find(&text, found),
        }
    }
    found[first..].sort_unstable();
}
