//! The harm categories that rules assign.
//!
//! [`CATEGORIES`] is the list of the built-in ones: help texts and reports print it. Packs and
//! policies declare further ones, with names that begin with `x-`. The names of those are kept in
//! one table of the process, so that a [`Category`] is a small value that knows its name and is
//! the same in every rule set. The table only grows: it keeps at most [`OWN_NAMES_MAX`] names of at
//! most [`CATEGORY_NAME_BYTES_MAX`] bytes.

use crate::domain::limits::{CATEGORY_NAME_BYTES_MAX, OWN_NAMES_MAX};
use crate::domain::thresholds::Limits;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock};

use crate::message::phrase;

/// Names and description of one category.
#[derive(Debug)]
pub struct CategoryInfo {
    /// Name in rules, policies, verdicts and flags.
    pub name: &'static str,
    /// Chinese name, for reports.
    pub name_zh: &'static str,
    /// One line for help texts and tables.
    pub what: &'static str,
}

/// Every built-in category. Append only: the position is the [`Category`]'s number.
pub const CATEGORIES: &[CategoryInfo] = &[
    CategoryInfo {
        name: "sexual",
        name_zh: "低俗色情",
        what: phrase!("Sexual content and its trade."),
    },
    CategoryInfo {
        name: "gambling",
        name_zh: "赌博",
        what: phrase!("Advertising for betting and casinos."),
    },
    CategoryInfo { name: "drugs", name_zh: "毒品", what: phrase!("Trade in illegal drugs.") },
    CategoryInfo {
        name: "weapons",
        name_zh: "枪支管制器具",
        what: phrase!("Trade in guns and controlled tools."),
    },
    CategoryInfo {
        name: "fraud",
        name_zh: "诈骗",
        what: phrase!("Deception for money or accounts."),
    },
    CategoryInfo {
        name: "illicit-trade",
        name_zh: "黑灰产交易",
        what: phrase!("Forged papers, stolen accounts, hire for crime."),
    },
    CategoryInfo {
        name: "malicious-marketing",
        name_zh: "恶意营销",
        what: phrase!("Fabricated stories used to sell."),
    },
    CategoryInfo {
        name: "false-advertising",
        name_zh: "虚假广告",
        what: phrase!("Claims that advertising law forbids."),
    },
    CategoryInfo {
        name: "clickbait",
        name_zh: "标题党",
        what: phrase!("Headlines that withhold or inflate."),
    },
    CategoryInfo {
        name: "rumor",
        name_zh: "造谣传谣式传播",
        what: phrase!("Chain messages and miracle cures, by form."),
    },
    CategoryInfo {
        name: "abuse",
        name_zh: "辱骂网暴",
        what: phrase!("Insults, threats and pile-ons."),
    },
    CategoryInfo {
        name: "subculture",
        name_zh: "不良亚文化",
        what: phrase!("Harmful fan and group practices."),
    },
    CategoryInfo {
        name: "minors",
        name_zh: "未成年人保护",
        what: phrase!("Conduct that endangers minors."),
    },
    CategoryInfo {
        name: SELF_HARM,
        name_zh: "自伤自杀",
        what: phrase!("Self-harm and suicide: leads to care."),
    },
    CategoryInfo {
        name: "compulsive-spending",
        name_zh: "沉迷充值打赏",
        what: phrase!("Pressure to pay, tip and top up."),
    },
    CategoryInfo {
        name: "fake-expertise",
        name_zh: "伪专家伪知识",
        what: phrase!("Unlicensed experts selling lessons."),
    },
    CategoryInfo {
        name: "privacy",
        name_zh: "个人信息泄露",
        what: phrase!("Personal data laid open."),
    },
    CategoryInfo {
        name: "spam",
        name_zh: "垃圾信息",
        what: phrase!("Bulk and repeated unwanted messages."),
    },
];

/// A built-in category, or one that packs and policies declare.
///
/// In order: the built-in ones as in [`CATEGORIES`], then the others by name.
#[derive(Clone, Copy, Debug)]
pub struct Category(&'static Entry);

/// The number and the name of a category.
#[derive(Clone, Copy, Debug)]
struct Entry {
    index: u16,
    name: &'static str,
}

static BUILT_IN: [Entry; CATEGORIES.len()] = {
    let mut entries = [Entry { index: 0, name: "" }; CATEGORIES.len()];
    let mut at = 0;
    while at < CATEGORIES.len() {
        entries[at] = Entry { index: at as u16, name: CATEGORIES[at].name };
        at += 1;
    }
    entries
};

/// The categories that are not built in, by name. Entries live as long as the process.
static OWN: RwLock<BTreeMap<&'static str, Category>> = RwLock::new(BTreeMap::new());

/// What the names of declared categories begin with.
pub const OWN_PREFIX: &str = "x-";

/// The category of posts of people who may need help.
const SELF_HARM: &str = "self-harm";

impl Category {
    /// Number of built-in categories.
    pub const BUILT_IN: usize = CATEGORIES.len();

    /// The built-in category called `name`, or, if it [is one](is_own_name), the category of that
    /// declared name. Whether a rule set declares it is not checked.
    ///
    /// `None` for all other names, and after [`OWN_NAMES_MAX`] different declared names.
    pub fn from_name(name: &str) -> Option<Category> {
        Category::built_in()
            .find(|category| category.name() == name)
            .or_else(|| Category::own(name))
    }

    /// The category of a declared name. See [`Category::from_name`].
    fn own(name: &str) -> Option<Category> {
        if !is_own_name(name) {
            return None;
        }
        let known = OWN.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        known.or_else(|| {
            let mut own = OWN.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = own.get(name) {
                return Some(*known);
            }
            let index = CATEGORIES.len() + own.len();
            if own.len() >= OWN_NAMES_MAX {
                return None;
            }
            let name: &'static str = String::leak(name.to_owned());
            let entry = Entry { index: u16::try_from(index).ok()?, name };
            let category = Category(Box::leak(Box::new(entry)));
            own.insert(name, category);
            Some(category)
        })
    }

    /// The built-in category at `index` of [`CATEGORIES`], if there is one.
    pub fn from_index(index: usize) -> Option<Category> {
        BUILT_IN.get(index).map(Category)
    }

    /// Position in [`CATEGORIES`]; for a declared category a number from there on, the same as
    /// long as the process runs.
    #[inline]
    pub fn index(self) -> usize {
        self.0.index as usize
    }

    /// The entry of [`CATEGORIES`]; `None` for a declared category.
    pub fn info(self) -> Option<&'static CategoryInfo> {
        CATEGORIES.get(self.index())
    }

    /// Is it declared by packs and policies, and not built in?
    pub fn is_own(self) -> bool {
        self.info().is_none()
    }

    /// Name in rules and verdicts.
    #[inline]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Is it about people who may need help? What they write is never counted against them.
    pub fn is_self_harm(self) -> bool {
        self.name() == SELF_HARM
    }

    /// All built-in categories, in table order.
    pub fn built_in() -> impl Iterator<Item = Category> {
        BUILT_IN.iter().map(Category)
    }

    fn sort_key(self) -> (usize, &'static str) {
        match self.info() {
            Some(_) => (self.index(), ""),
            None => (CATEGORIES.len(), self.name()),
        }
    }
}

impl PartialEq for Category {
    #[inline]
    fn eq(&self, other: &Category) -> bool {
        self.index() == other.index()
    }
}

impl Eq for Category {}

impl Hash for Category {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.index.hash(state);
    }
}

impl PartialOrd for Category {
    fn partial_cmp(&self, other: &Category) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Category {
    fn cmp(&self, other: &Category) -> Ordering {
        self.sort_key().cmp(&other.sort_key())
    }
}

/// Can a pack or a policy declare a category of this name? `x-` and at least one of `a-z`, `0-9`,
/// `-`, `_`, with at most [`CATEGORY_NAME_BYTES_MAX`] bytes in all.
pub fn is_own_name(name: &str) -> bool {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let rest = name.strip_prefix(OWN_PREFIX);
    name.len() <= CATEGORY_NAME_BYTES_MAX
        && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(fits))
}

/// The names of the built-in categories, in table order.
pub fn built_in_names<'n>() -> impl Iterator<Item = &'n str> + Clone {
    CATEGORIES.iter().map(|info| info.name)
}

/// What a pack or a policy declares under `categories:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredCategory {
    /// The category.
    pub category: Category,
    /// `title:`, one line for readers.
    pub title: String,
    /// `title_zh:`, the same in Chinese; may be empty.
    pub title_zh: String,
    /// Its thresholds, for policies that name none for it.
    pub limits: Limits,
}

/// A value for each category; the default for those to which none was given.
#[derive(Clone, Debug)]
pub struct ByCategory<T> {
    /// By index, one for each built-in category.
    built_in: Vec<T>,
    /// Those of declared categories to which a value was given, in order.
    own: Vec<(Category, T)>,
    default: T,
}

impl<T: Default> Default for ByCategory<T> {
    fn default() -> ByCategory<T> {
        let built_in = BUILT_IN.iter().map(|_| T::default()).collect();
        ByCategory { built_in, own: Vec::new(), default: T::default() }
    }
}

impl<T: PartialEq> PartialEq for ByCategory<T> {
    /// Equal if each category has the same value, given or not.
    fn eq(&self, other: &ByCategory<T>) -> bool {
        let are_in = |own: &[(Category, T)], there: &ByCategory<T>| {
            own.iter().all(|(category, value)| there.get(*category) == value)
        };
        self.built_in == other.built_in && are_in(&self.own, other) && are_in(&other.own, self)
    }
}

impl<T: Eq> Eq for ByCategory<T> {}

impl<T> ByCategory<T> {
    fn find_own(&self, category: Category) -> Result<usize, usize> {
        self.own.binary_search_by(|(own, _)| own.cmp(&category))
    }

    /// The value of a category.
    #[inline]
    pub fn get(&self, category: Category) -> &T {
        match self.built_in.get(category.index()) {
            Some(value) => value,
            None => self.find_own(category).map_or(&self.default, |at| &self.own[at].1),
        }
    }

    /// The categories with their values, in order: every built-in one, and the declared ones to
    /// which a value was given.
    pub fn iter(&self) -> impl Iterator<Item = (Category, &T)> {
        let own = self.own.iter().map(|(category, value)| (*category, value));
        Category::built_in().zip(&self.built_in).chain(own)
    }
}

impl<T: Default> ByCategory<T> {
    /// The value of a category, to change. Allocates when a declared category is new.
    #[inline]
    pub fn get_mut(&mut self, category: Category) -> &mut T {
        if category.index() < self.built_in.len() {
            return &mut self.built_in[category.index()];
        }
        let at = self.find_own(category).unwrap_or_else(|at| {
            self.own.insert(at, (category, T::default()));
            at
        });
        &mut self.own[at].1
    }
}

impl ByCategory<u64> {
    /// Sets all counts to zero, and keeps their memory.
    pub fn clear(&mut self) {
        self.built_in.fill(0);
        self.own.iter_mut().for_each(|(_, count)| *count = 0);
    }

    /// Adds the counts of `more`.
    pub fn add(&mut self, more: &ByCategory<u64>) {
        for (category, count) in more.iter() {
            *self.get_mut(category) += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_kebab_case() {
        let mut seen = BTreeSet::new();
        for info in CATEGORIES {
            assert!(seen.insert(info.name), "{} is listed twice", info.name);
            let kebab = info.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(kebab, "{} is not kebab-case", info.name);
            assert!(!info.name.starts_with(OWN_PREFIX), "{} looks like a declared one", info.name);
        }
    }

    #[test]
    fn help_lines_are_sentences_that_fit() {
        for info in CATEGORIES {
            assert!(info.what.ends_with('.') && info.what.len() <= 60, "{}", info.name);
        }
    }

    #[test]
    fn names_round_trip() {
        for category in Category::built_in() {
            assert_eq!(Category::from_name(category.name()), Some(category));
            assert_eq!(Category::from_index(category.index()), Some(category));
            assert!(!category.is_own());
        }
        assert_eq!(Category::from_name("weather"), None);
        let own = Category::from_name("x-weather").unwrap();
        assert_eq!((own.name(), own.is_own()), ("x-weather", true));
        assert_eq!(Category::from_name("x-weather"), Some(own));
        assert_ne!(Category::from_name("x-climate"), Some(own));
        assert_eq!(Category::from_index(Category::BUILT_IN), None);
    }

    #[test]
    fn names_of_declared_categories() {
        let longest = format!("x-{}", "a".repeat(CATEGORY_NAME_BYTES_MAX - 2));
        for name in ["x-a", "x-hate_by-group-2", &longest] {
            assert!(is_own_name(name), "{name}");
        }
        let longer = format!("{longest}a");
        for name in ["x-", "x", "X-a", "x-A", "x-a b", "x-黄牛", "y-a", "spam", "", &longer] {
            assert!(!is_own_name(name), "{name}");
            let category = Category::from_name(name);
            assert!(category.is_none_or(|it| !it.is_own()), "{name}");
        }
    }

    #[test]
    fn declared_categories_come_last_by_name() {
        let names = ["x-order-b", "spam", "x-order-a", "sexual"];
        let mut sorted = names.map(|name| Category::from_name(name).unwrap());
        sorted.sort();
        assert_eq!(sorted.map(Category::name), ["sexual", "spam", "x-order-a", "x-order-b"]);
    }

    #[test]
    fn values_by_category() {
        let [spam, b, a] = ["spam", "x-by-b", "x-by-a"].map(|it| Category::from_name(it).unwrap());
        let mut counts = ByCategory::<u64>::default();
        assert_eq!((*counts.get(spam), *counts.get(a)), (0, 0));
        for (category, count) in [(spam, 1), (b, 2), (a, 3)] {
            *counts.get_mut(category) += count;
        }
        let some: Vec<(&str, u64)> =
            counts.iter().filter(|it| *it.1 > 0).map(|(it, count)| (it.name(), *count)).collect();
        assert_eq!(some, [("spam", 1), ("x-by-a", 3), ("x-by-b", 2)]);
        let mut other = counts.clone();
        other.get_mut(Category::from_name("x-by-c").unwrap());
        assert_eq!(counts, other, "a value that is the default is none");
        assert_eq!(other, counts);
        *other.get_mut(b) += 1;
        assert_ne!(counts, other);
        assert_ne!(other, counts);
    }
}
