//! Text fields and `post.*` paths as small numbers.
//!
//! The mapping (which JSON Pointer holds a field) and the rules (which fields a matcher
//! reads) share one table of numbers. It is built before the stream starts and does not
//! change afterwards.

/// A text field of a post: an index into [`Names::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u8);

impl FieldId {
    /// The headline.
    pub const TITLE: FieldId = FieldId(0);
    /// The body.
    pub const TEXT: FieldId = FieldId(1);
    /// Descriptions of pictures and other media.
    pub const ALT: FieldId = FieldId(5);
    /// The options of a poll.
    pub const POLL: FieldId = FieldId(6);
    /// The text of the post that the post forwards or quotes.
    pub const SHARED: FieldId = FieldId(7);
    /// What readers see with the text of a post. Rules that read [`FieldId::TEXT`] read these.
    pub const WITH_TEXT: [FieldId; 3] = [FieldId::ALT, FieldId::POLL, FieldId::SHARED];

    /// As an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A `post.*` path used by a condition: an index into [`Names::metas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetaId(pub u16);

impl MetaId {
    /// `post.lang`, the language a post claims.
    pub const LANG: MetaId = MetaId(0);
    /// `post.channel`.
    pub const CHANNEL: MetaId = MetaId(1);
    /// `post.surface`.
    pub const SURFACE: MetaId = MetaId(2);
    /// `post.author.id`.
    pub const AUTHOR_ID: MetaId = MetaId(3);
    /// `post.created_at`, the event time.
    pub const CREATED_AT: MetaId = MetaId(4);
    /// `post.reports`.
    pub const REPORTS: MetaId = MetaId(5);
    /// `post.reach`, how often the post was seen.
    pub const REACH: MetaId = MetaId(6);

    /// As an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of text fields, with the same methods as the other sets of the domain.
///
/// One bit per field, so a set is copied like an integer and a test for membership is a
/// shift. An index of [`FIELDS_MAX`] or more is a bug of the caller: it panics in debug
/// builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u32);

impl FieldSet {
    /// The empty set.
    pub const NONE: FieldSet = FieldSet(0);
    /// Every field a run may know.
    pub const ALL: FieldSet = FieldSet(u32::MAX);

    /// The set of `fields`.
    pub fn of(fields: &[FieldId]) -> FieldSet {
        fields.iter().copied().collect()
    }

    /// The set with one bit per field: bit `n` is `FieldId(n)`.
    #[inline]
    pub const fn from_bits(bits: u32) -> FieldSet {
        FieldSet(bits)
    }

    /// One bit per field, as in [`FieldSet::from_bits`].
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Is `field` in the set?
    #[inline]
    pub fn has(self, field: FieldId) -> bool {
        self.0 >> field.0 & 1 != 0
    }

    /// The set with `field` added.
    #[must_use]
    #[inline]
    pub fn with(self, field: FieldId) -> FieldSet {
        FieldSet(self.0 | 1 << field.0)
    }

    /// Adds `field`.
    #[inline]
    pub fn insert(&mut self, field: FieldId) {
        *self = self.with(field);
    }

    /// Does the set have no member?
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Is a field in both sets?
    #[inline]
    pub fn intersects(self, other: FieldSet) -> bool {
        self.0 & other.0 != 0
    }

    /// The fields in both sets.
    #[must_use]
    #[inline]
    pub fn intersection(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & other.0)
    }

    /// The fields in either set.
    #[must_use]
    #[inline]
    pub fn union(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 | other.0)
    }

    /// Every field a run may know that is not in the set.
    #[must_use]
    #[inline]
    pub fn complement(self) -> FieldSet {
        FieldSet(!self.0)
    }

    /// The members, in [`FieldId`] order.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = FieldId> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let field = (left != 0).then(|| FieldId(left.trailing_zeros() as u8))?;
            left &= left - 1;
            Some(field)
        })
    }
}

impl FromIterator<FieldId> for FieldSet {
    fn from_iter<I: IntoIterator<Item = FieldId>>(fields: I) -> FieldSet {
        fields.into_iter().fold(FieldSet::NONE, FieldSet::with)
    }
}

/// Fields that every run has, in [`FieldId`] order.
pub const STANDARD_FIELDS: &[&str] =
    &["title", "text", "author_name", "bio", "tags", "alt", "poll", "shared"];

/// Paths that a mapping places by name, in [`MetaId`] order.
pub const STANDARD_METAS: &[&str] =
    &["lang", "channel", "surface", "author.id", "created_at", "reports", "reach"];

/// The most text fields a run may know: the bits of a [`FieldSet`].
pub const FIELDS_MAX: usize = u32::BITS as usize;

/// The most `post.*` paths a run may know.
pub const METAS_MAX: usize = 1024;

/// The table of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    fields: Vec<String>,
    metas: Vec<String>,
}

impl Default for Names {
    fn default() -> Names {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Names { fields: own(STANDARD_FIELDS), metas: own(STANDARD_METAS) }
    }
}

impl Names {
    /// The field called `name`, added if it is new. `None` when the table is full.
    pub fn field(&mut self, name: &str) -> Option<FieldId> {
        intern(&mut self.fields, name, FIELDS_MAX).map(|at| FieldId(at as u8))
    }

    /// The path `post.NAME` (passed without `post.`), added if it is new.
    /// `None` when the table is full.
    pub fn meta(&mut self, name: &str) -> Option<MetaId> {
        intern(&mut self.metas, name, METAS_MAX).map(|at| MetaId(at as u16))
    }

    /// All field names, in [`FieldId`] order.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// All paths, in [`MetaId`] order.
    pub fn metas(&self) -> &[String] {
        &self.metas
    }

    /// The name of `field`.
    pub fn field_name(&self, field: FieldId) -> &str {
        &self.fields[field.index()]
    }
}

fn intern(table: &mut Vec<String>, name: &str, limit: usize) -> Option<usize> {
    if let Some(at) = table.iter().position(|known| known == name) {
        return Some(at);
    }
    if table.len() == limit {
        return None;
    }
    table.push(name.to_owned());
    Some(table.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_names_have_their_constants() {
        let mut names = Names::default();
        assert_eq!(names.field("title"), Some(FieldId::TITLE));
        assert_eq!(names.field("text"), Some(FieldId::TEXT));
        assert_eq!(names.field("alt"), Some(FieldId::ALT));
        assert_eq!(names.field("poll"), Some(FieldId::POLL));
        assert_eq!(names.field("shared"), Some(FieldId::SHARED));
        assert_eq!(names.meta("author.id"), Some(MetaId::AUTHOR_ID));
        assert_eq!(names.meta("reports"), Some(MetaId::REPORTS));
        assert_eq!(names.meta("reach"), Some(MetaId::REACH));
    }

    #[test]
    fn a_field_set_has_its_members_and_no_others() {
        let last = FieldId(FIELDS_MAX as u8 - 1);
        let set = FieldSet::of(&[last, FieldId::TEXT, last]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [FieldId::TEXT, last]);
        assert!(set.has(last) && !set.has(FieldId::TITLE) && !set.is_empty());
        assert_eq!(set.with(FieldId::TITLE).iter().count(), 3);
        assert_eq!(FieldSet::from_bits(set.bits()), set);
        assert!(!set.intersects(set.complement()));
        assert_eq!(set.union(set.complement()), FieldSet::ALL);
        assert_eq!(set.intersection(FieldSet::of(&[last])), FieldSet::of(&[last]));
        assert!(FieldSet::NONE.is_empty() && FieldSet::ALL.iter().count() == FIELDS_MAX);
    }

    #[test]
    fn table_takes_its_limit_and_no_more() {
        let mut names = Names::default();
        for n in STANDARD_FIELDS.len()..FIELDS_MAX {
            assert_eq!(names.field(&format!("f{n}")), Some(FieldId(n as u8)));
        }
        assert_eq!(names.field("one_more"), None);
        assert_eq!(names.field("f9"), Some(FieldId(9)));
    }
}
