//! What the labels of a corpus mean: `labels.yaml` → for each set, label → categories.
//!
//! Input: the text of a file. Output: [`Labels`], or everything that is wrong with it,
//! each with its place. Knows nothing of posts and verdicts.

mod parse;
pub mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::rules::condition::glob_matches;
use tidegate_engine::rules::source::json_schema;

/// The name that a file of labels has if it is to be found beside the data.
pub const FILE_NAME: &str = "labels.yaml";

/// The JSON Schema of files of labels, as indented JSON with a line end.
pub fn labels_schema() -> String {
    json_schema::text::<schema::LabelFile>("urn:tidegate:labels:1", "Labels of a tidegate corpus")
}

/// Some categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategorySet(u32);

/// What a row is, by its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Harm of any of these categories; a harmless post if there are none.
    Is(CategorySet),
    /// It says nothing.
    Ignored,
}

/// What holds in one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLabels {
    /// The path of the label as conditions write it after `post.`.
    pub label_path: String,
    /// The weakest action that counts as found.
    pub positive: Action,
    /// By label.
    pub labels: BTreeMap<String, Truth>,
    /// What a row without a label is; `None`: a mistake.
    pub unlabelled: Option<Truth>,
    /// All text fields with their pointers; `None`: as everywhere.
    pub fields: Option<Vec<(String, Vec<String>)>>,
    /// Categories that do not count.
    pub leave_out: CategorySet,
}

/// A file of labels, read.
#[derive(Clone, Debug)]
pub struct Labels {
    base: SetLabels,
    /// By name or glob, in order.
    sets: Vec<(String, SetLabels)>,
}

impl Labels {
    /// Reads a file of labels.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in order of place.
    pub fn parse(source: &Arc<Source>) -> Result<Labels, Vec<Diagnostic>> {
        parse::parse(source)
    }

    /// What holds in the set called `name`.
    pub fn of_set(&self, name: &str) -> &SetLabels {
        let found = self.sets.iter().find(|(glob, _)| glob_matches(glob, name));
        found.map_or(&self.base, |(_, set)| set)
    }

    /// Counts `positive` as found in every set.
    pub fn set_positive(&mut self, positive: Action) {
        self.base.positive = positive;
        self.sets.iter_mut().for_each(|(_, set)| set.positive = positive);
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Labels, Vec<String>> {
        let source = Source { name: "labels.yaml".to_owned(), text: text.to_owned() };
        let told = |fault: Diagnostic| format!("{fault} | {}", fault.help);
        Labels::parse(&Arc::new(source)).map_err(|faults| faults.into_iter().map(told).collect())
    }

    fn category(name: &str) -> Category {
        Category::from_name(name).unwrap()
    }

    const FILE: &str = "\
tidegate: 1
kind: labels
labels:
  gambling: gambling
  ad: [spam, false-advertising]
  neutral: none
  odd: ignore
  1: fraud
sets:
  heads: { fields: { title: /text }, leave_out: clickbait, labels: { odd: none } }
  'news-*':
    label: /meta/kind
    positive: block
    unlabelled: none
";

    #[test]
    fn labels_have_their_meaning() {
        let labels = parse(FILE).unwrap();
        let base = labels.of_set("anything");
        let ad = CategorySet::of(category("spam")).with(category("false-advertising"));
        assert_eq!(base.labels["ad"], Truth::Is(ad));
        assert_eq!(base.labels["neutral"], Truth::Is(CategorySet::EMPTY));
        assert_eq!(base.labels["odd"], Truth::Ignored);
        assert_eq!(base.labels["1"], Truth::Is(CategorySet::of(category("fraud"))));
        assert_eq!((base.label_path.as_str(), base.positive), ("label", Action::Flag));
        assert_eq!((base.unlabelled, &base.fields), (None, &None));
    }

    #[test]
    fn sets_differ_by_name_and_inherit_the_rest() {
        let mut labels = parse(FILE).unwrap();
        let heads = labels.of_set("heads");
        let title = vec![("title".to_owned(), vec!["/text".to_owned()])];
        assert_eq!(heads.fields, Some(title));
        assert_eq!(heads.leave_out.names(), ["clickbait"]);
        assert_eq!(heads.labels["odd"], Truth::Is(CategorySet::EMPTY));
        assert_eq!(heads.labels.len(), 5);
        let news = labels.of_set("news-en");
        assert_eq!((news.label_path.as_str(), news.positive), ("meta.kind", Action::Block));
        assert_eq!(news.unlabelled, Some(Truth::Is(CategorySet::EMPTY)));
        assert_eq!(labels.of_set("news"), labels.of_set("other"));
        labels.set_positive(Action::Review);
        assert_eq!(labels.of_set("news-en").positive, Action::Review);
        assert_eq!(labels.of_set("other").positive, Action::Review);
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_place() {
        let head = "tidegate: 1\nkind: labels\n";
        let cases = [
            ("", ":1:1", "expected labels"),
            ("kind: labels\nlabels: { a: none }\n", "missing_key", "`tidegate: 1`"),
            ("tidegate: 2\nkind: labels\nlabels: { a: none }\n", ":1:11", "bad_version"),
            (&format!("{head}labels: {{}}\n"), "missing_key", "`labels`"),
            (&format!("{head}labels: {{ a: gamblin }}\n"), ":3:14", "did you mean `gambling`?"),
            (&format!("{head}labels: {{ a: [none, spam] }}\n"), ":3:15", "stands alone"),
            (&format!("{head}labels: {{ a: [] }}\n"), ":3:11", "bad_value"),
            (&format!("{head}labels: {{ a: none, a: spam }}\n"), ":3:20", "duplicate_key"),
            (&format!("{head}label: kind\nlabels: {{ a: none }}\n"), ":3:8", "no JSON Pointer"),
            (&format!("{head}label: /a.b\nlabels: {{ a: none }}\n"), ":3:8", "dot"),
            (&format!("{head}label: /a/*\nlabels: {{ a: none }}\n"), ":3:8", "`*`"),
            (&format!("{head}positive: allow\nlabels: {{ a: none }}\n"), ":3:11", "bad_value"),
            (
                &format!("{head}labels: {{ a: none }}\nsets: {{ x: {{ leave_out: spma }} }}\n"),
                ":4:25",
                "`spam`",
            ),
            (
                &format!("{head}labels: {{ a: none }}\nsets: {{ x: {{ fields: {{ T: /a }} }} }}\n"),
                ":4:24",
                "text field",
            ),
            (
                &format!(
                    "{head}labels: {{ a: none }}\nsets: {{ x: {{ fields: {{ text: a }} }} }}\n"
                ),
                ":4:30",
                "no JSON Pointer",
            ),
            (&format!("{head}lables: {{ a: none }}\n"), ":3:1", "unknown_key"),
        ];
        for (text, one, two) in cases {
            let faults = parse(text).expect_err(text).join("\n");
            assert!(faults.contains(one) && faults.contains(two), "{text}\n{faults}");
        }
    }

    #[test]
    fn sets_of_categories_are_sets() {
        let (spam, fraud) = (category("spam"), category("fraud"));
        let both = CategorySet::of(spam).with(fraud).with(spam);
        assert_eq!(both.names(), ["fraud", "spam"]);
        assert_eq!(both.without(CategorySet::of(fraud)), CategorySet::of(spam));
        assert_eq!(both.and(CategorySet::of(fraud)), CategorySet::of(fraud));
        assert!(both.has(fraud) && both.meets(CategorySet::of(spam)) && !both.is_empty());
        assert!(!both.meets(CategorySet::EMPTY) && CategorySet::EMPTY.is_empty());
    }
}
