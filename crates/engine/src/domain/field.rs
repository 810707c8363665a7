//! Names of text fields and of `post.*` paths, as small numbers.
//!
//! The mapping (which JSON Pointer holds a field) and the rules (which fields a
//! matcher reads) meet here: both take their numbers from one table, made
//! before either and frozen when the stream starts.

/// A text field of a post: an index into [`Names::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u8);

impl FieldId {
    /// The headline.
    pub const TITLE: FieldId = FieldId(0);
    /// The body.
    pub const TEXT: FieldId = FieldId(1);

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

    /// As an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Fields that exist without being asked for, in [`FieldId`] order.
pub const STANDARD_FIELDS: &[&str] = &["title", "text", "author_name", "bio", "tags", "alt"];

/// Paths that a mapping places by name, in [`MetaId`] order.
pub const STANDARD_METAS: &[&str] =
    &["lang", "channel", "surface", "author.id", "created_at", "reports"];

/// The most text fields a run may know. One bit each in a `u32` set.
pub const FIELDS_MAX: usize = 32;

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
    /// The field called `name`, entered if it is new. `None` when the table is full.
    pub fn field(&mut self, name: &str) -> Option<FieldId> {
        intern(&mut self.fields, name, FIELDS_MAX).map(|at| FieldId(at as u8))
    }

    /// The path `post.NAME` (given without `post.`), entered if it is new.
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
        assert_eq!(names.meta("author.id"), Some(MetaId::AUTHOR_ID));
        assert_eq!(names.meta("reports"), Some(MetaId::REPORTS));
    }

    #[test]
    fn table_takes_its_limit_and_no_more() {
        let mut names = Names::default();
        for n in STANDARD_FIELDS.len()..FIELDS_MAX {
            assert_eq!(names.field(&format!("f{n}")), Some(FieldId(n as u8)));
        }
        assert_eq!(names.field("one_more"), None);
        assert_eq!(names.field("f7"), Some(FieldId(7)));
    }
}
