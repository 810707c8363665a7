//! Built-in detectors of things that are written down by a format: numbers of
//! people, accounts and devices, addresses, handles.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for (at, entity) in Entity::ALL.into_iter().enumerate() {
            assert_eq!(entity as usize, at);
            assert_eq!(Entity::from_name(entity.name()), Some(entity));
        }
        assert_eq!(Entity::from_name("phone"), None);
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = EntitySet::of(&[Entity::UsccCn, Entity::PhoneCn]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Entity::PhoneCn, Entity::UsccCn]);
        assert_eq!(EntitySet::ALL.iter().count(), Entity::ALL.len());
        assert!(EntitySet::default().is_empty() && !set.is_empty());
        assert!(set.has_any(EntitySet::ALL) && !set.has_any(EntitySet::of(&[Entity::Ip])));
    }
}
