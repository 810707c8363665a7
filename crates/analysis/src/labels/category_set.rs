//! A set of categories.

use tidegate_engine::domain::category::Category;

/// A set of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategorySet(u32);

impl CategorySet {
    /// The empty set.
    pub const EMPTY: CategorySet = CategorySet(0);

    /// The set of one category.
    pub fn of(category: Category) -> CategorySet {
        CategorySet(1 << category.index())
    }

    /// The set plus `category`.
    #[must_use]
    pub fn with(self, category: Category) -> CategorySet {
        CategorySet(self.0 | 1 << category.index())
    }

    /// The intersection.
    #[must_use]
    pub fn and(self, other: CategorySet) -> CategorySet {
        CategorySet(self.0 & other.0)
    }

    /// The difference.
    #[must_use]
    pub fn without(self, other: CategorySet) -> CategorySet {
        CategorySet(self.0 & !other.0)
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set contains `category`.
    pub fn has(self, category: Category) -> bool {
        self.0 & 1 << category.index() != 0
    }

    /// Whether the sets intersect.
    pub fn meets(self, other: CategorySet) -> bool {
        self.0 & other.0 != 0
    }

    /// The categories, in the order of the category table.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::all().filter(move |category| self.has(*category))
    }

    /// The names, in the order of the category table.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Category::name).collect()
    }
}

// One bit for each category.
const _: () = assert!(Category::COUNT <= u32::BITS as usize);
