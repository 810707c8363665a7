//! The main counts of a report, written into its page as JSON and read by a later report.
//!
//! A page of an earlier version that has no counts is refused; counts that a page does not have are
//! taken as zero.

use super::tally::Tally;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidegate_engine::domain::action::Action;

/// Most rules in a page.
const RULES_MAX: usize = 500;

/// What begins the counts in a page.
const START: &str = r#"<script type="application/json" id="tidegate-counts">"#;

/// What ends them.
const END: &str = "</script>";

/// The main counts of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Posts judged.
    pub posts: u64,
    /// Posts with an action other than `allow`, or with `care`.
    pub flagged: u64,
    /// Lines that were no posts.
    pub unreadable: u64,
    /// Posts and unreadable lines with bytes that are not UTF-8.
    pub repaired: u64,
    /// Posts with `care`.
    pub care: u64,
    /// Posts by action.
    pub actions: BTreeMap<String, u64>,
    /// Posts in which each category was found.
    pub categories: BTreeMap<String, u64>,
    /// Posts on which each rule fired, of the most frequent rules.
    pub rules: BTreeMap<String, u64>,
}

impl Snapshot {
    /// The counts of a tally.
    pub fn of(tally: &Tally) -> Snapshot {
        let actions = Action::ALL.into_iter().zip(tally.posts.actions);
        let categories = tally.posts.categories.iter();
        let rules = tally.rules.ranked().into_iter().take(RULES_MAX);
        Snapshot {
            posts: tally.posts.posts,
            flagged: tally.posts.flagged(),
            unreadable: tally.unreadable_lines(),
            repaired: tally.repaired,
            care: tally.care,
            actions: actions.map(|(action, posts)| (action.name().to_owned(), posts)).collect(),
            categories: categories
                .filter(|(_, posts)| **posts > 0)
                .map(|(category, posts)| (category.name().to_owned(), *posts))
                .collect(),
            rules: rules.map(|(id, row)| (id.to_owned(), row.count)).collect(),
        }
    }

    /// The element of a page that has these counts.
    pub fn element(&self) -> String {
        // Plain data always serializes. `<` does not occur in the text of the element.
        let json = serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c");
        format!("{START}{json}{END}")
    }

    /// The counts in a page.
    ///
    /// # Errors
    ///
    /// A page without counts.
    pub fn from_page(page: &str) -> Result<Snapshot, String> {
        let inside = page.split_once(START).and_then(|(_, rest)| rest.split_once(END));
        let json = inside.map(|(json, _)| json).ok_or_else(|| {
            "it is no page of `tidegate report` with counts; make the report again".to_owned()
        })?;
        serde_json::from_str(json).map_err(|error| format!("its counts are damaged: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_page_that_has_them() {
        let rules = [("</script><b>".to_owned(), 3)].into();
        let counts = Snapshot { posts: 7, flagged: 2, rules, ..Snapshot::default() };
        let page = format!("<html>{}</html>", counts.element());
        assert_eq!(page.matches("</script>").count(), 1, "{page}");
        assert_eq!(Snapshot::from_page(&page).unwrap(), counts);
        assert!(Snapshot::from_page("<html>").unwrap_err().contains("no page of"));
    }
}
