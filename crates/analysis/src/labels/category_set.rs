//! A set of categories.

use std::cmp::Ordering;
use tidegate_engine::domain::category::Category;

/// A set of categories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CategorySet(Vec<Category>);

impl CategorySet {
    /// The empty set.
    pub const EMPTY: CategorySet = CategorySet(Vec::new());

    /// The set of one category.
    pub fn of(category: Category) -> CategorySet {
        CategorySet(vec![category])
    }

    /// The set plus `category`.
    #[must_use]
    pub fn with(mut self, category: Category) -> CategorySet {
        if let Err(at) = self.0.binary_search(&category) {
            self.0.insert(at, category);
        }
        self
    }

    /// The categories that are in both.
    #[must_use]
    pub fn and(&self, other: &CategorySet) -> CategorySet {
        self.iter().filter(|category| other.has(*category)).collect()
    }

    /// The difference.
    #[must_use]
    pub fn without(&self, other: &CategorySet) -> CategorySet {
        self.iter().filter(|category| !other.has(*category)).collect()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the set contains `category`.
    pub fn has(&self, category: Category) -> bool {
        self.0.binary_search(&category).is_ok()
    }

    /// Whether the set contains this category and no other.
    pub fn is_only(&self, category: Category) -> bool {
        self.0 == [category]
    }

    /// Whether the sets intersect.
    pub fn meets(&self, other: &CategorySet) -> bool {
        self.iter().any(|category| other.has(category))
    }

    /// The categories, in order.
    pub fn iter(&self) -> impl Iterator<Item = Category> + use<'_> {
        self.0.iter().copied()
    }

    /// The names, in order of the categories.
    pub fn names(&self) -> Vec<&'static str> {
        self.iter().map(Category::name).collect()
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<T: IntoIterator<Item = Category>>(categories: T) -> CategorySet {
        categories.into_iter().fold(CategorySet::EMPTY, CategorySet::with)
    }
}

/// By the last category in which the sets differ: sets of early categories come first.
impl Ord for CategorySet {
    fn cmp(&self, other: &CategorySet) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for CategorySet {
    fn partial_cmp(&self, other: &CategorySet) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
