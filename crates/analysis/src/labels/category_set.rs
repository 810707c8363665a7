//! A set of categories.

use tidegate_engine::domain::category::Category;

/// Some categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategorySet(u32);

impl CategorySet {
    /// None at all.
    pub const EMPTY: CategorySet = CategorySet(0);

    /// One alone.
    pub fn of(category: Category) -> CategorySet {
        CategorySet(1 << category.index())
    }

    /// With another one.
    #[must_use]
    pub fn with(self, category: Category) -> CategorySet {
        CategorySet(self.0 | 1 << category.index())
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: CategorySet) -> CategorySet {
        CategorySet(self.0 & other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub fn without(self, other: CategorySet) -> CategorySet {
        CategorySet(self.0 & !other.0)
    }

    /// Is there none?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Is `category` among them?
    pub fn has(self, category: Category) -> bool {
        self.0 & 1 << category.index() != 0
    }

    /// Is one of `other` among them?
    pub fn meets(self, other: CategorySet) -> bool {
        self.0 & other.0 != 0
    }

    /// In the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::all().filter(move |category| self.has(*category))
    }

    /// Their names, in the order of the table.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Category::name).collect()
    }
}

// One bit for each.
const _: () = assert!(Category::COUNT <= u32::BITS as usize);
