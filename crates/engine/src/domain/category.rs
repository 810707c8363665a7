//! The harm categories that rules assign.
//!
//! [`CATEGORIES`] is the only list: rules are checked against it, help texts and reports
//! print it.

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

/// Every category. Append only: the position is the [`Category`]'s number.
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
        name: "self-harm",
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

/// One of [`CATEGORIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(u8);

impl Category {
    /// Number of categories.
    pub const COUNT: usize = CATEGORIES.len();

    /// The category called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Category> {
        CATEGORIES.iter().position(|info| info.name == name).map(|at| Category(at as u8))
    }

    /// The category at `index` of [`CATEGORIES`], if there is one.
    pub fn from_index(index: usize) -> Option<Category> {
        (index < CATEGORIES.len()).then_some(Category(index as u8))
    }

    /// Position in [`CATEGORIES`].
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Name in rules and verdicts.
    #[inline]
    pub fn name(self) -> &'static str {
        CATEGORIES[self.index()].name
    }

    /// All categories, in table order.
    pub fn all() -> impl Iterator<Item = Category> {
        (0..CATEGORIES.len()).map(|at| Category(at as u8))
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
        for category in Category::all() {
            assert_eq!(Category::from_name(category.name()), Some(category));
        }
        assert_eq!(Category::from_name("weather"), None);
    }
}
