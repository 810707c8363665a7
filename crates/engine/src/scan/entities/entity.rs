//! Kinds of entities, sets of them, and what detectors return.

/// A kind of entity.
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
    /// The name of a messenger with an account on it.
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
    /// An account on a platform: `@name`, `@name@server`, or a label with a name.
    Mention = 14,
    /// A telephone number of any country.
    Phone = 15,
}

impl Entity {
    /// Number of entities.
    pub const COUNT: usize = Entity::Phone as usize + 1;
}

/// A set of entities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EntitySet(pub(super) u32);

impl EntitySet {
    /// The set of `entities`.
    pub fn of(entities: &[Entity]) -> EntitySet {
        entities.iter().fold(EntitySet::default(), |set, entity| set.with(*entity))
    }

    /// The set with `entity` added.
    #[must_use]
    pub fn with(self, entity: Entity) -> EntitySet {
        EntitySet(self.0 | 1 << entity as u8)
    }

    /// The union of both sets.
    #[must_use]
    pub fn or(self, others: EntitySet) -> EntitySet {
        EntitySet(self.0 | others.0)
    }

    /// The intersection of both sets.
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

    /// Is the set empty?
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// An entity that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Found {
    /// Index of the first symbol.
    pub start: u32,
    /// One past the last symbol.
    pub end: u32,
    /// The kind.
    pub entity: Entity,
}
