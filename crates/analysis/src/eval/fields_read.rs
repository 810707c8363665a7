//! Finds rows of a category that have no text in a field that a rule of the category reads: rows
//! that no rule can find.

use crate::labels::CategorySet;
use std::collections::BTreeMap;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::category::{ByCategory, Category};
use tidegate_engine::domain::field::{FieldId, FieldSet, Names};
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::summary::grouped;
use tidegate_engine::message::{Message, message};
use tidegate_engine::policy::Mode;
use tidegate_engine::post::Post;

/// The fields that rules read, by category.
#[derive(Debug)]
pub(super) struct FieldsRead(ByCategory<FieldSet>);

/// Rows that no rule of their category reads: their number, and the fields that they have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UnreadRows {
    pub rows: u64,
    pub fields: u32,
}

/// By category.
pub(super) type Unread = BTreeMap<Category, UnreadRows>;

impl FieldsRead {
    /// Of the rules that the policy enforces.
    pub fn of(classifier: &Classifier) -> FieldsRead {
        let mut fields = ByCategory::<FieldSet>::default();
        for (number, rule) in classifier.rules().rules().iter().enumerate() {
            if classifier.policy().mode(RuleIx(number as u32)) == Mode::Enforce {
                let own = fields.get_mut(rule.category);
                *own = own.union(rule.fields);
            }
        }
        FieldsRead(fields)
    }

    /// Counts the row if no rule of its categories reads any of its texts.
    pub fn count(&self, post: &Post<'_>, truth: &CategorySet, unread: &mut Unread) {
        let mut own = FieldSet::NONE;
        post.texts().for_each(|text| own.insert(text.field));
        if truth.iter().any(|category| self.0.get(category).intersects(own)) {
            return;
        }
        for category in truth.iter() {
            let rows = unread.entry(category).or_default();
            rows.rows += 1;
            rows.fields |= own.bits();
        }
    }

    /// A note for each category with such rows.
    pub fn notes(&self, unread: &Unread, names: &Names) -> Vec<Message> {
        let note = |(category, rows): (&Category, &UnreadRows)| {
            let (name, count) = (category.name(), grouped(rows.rows));
            let read = *self.0.get(*category);
            if read.is_empty() {
                return message!(
                    "no rule has the category {name}, so its {count} rows cannot be found"
                );
            }
            let read = listed(read, names);
            let has = listed(FieldSet::from_bits(rows.fields), names);
            let first = read[0];
            let pointer = has.first().copied().unwrap_or("text");
            message!(
                "rows of {name} without a text that its rules read: {count}; the rules read {}, the \
                 rows have {}; if that is the {first}, write `fields: {{ {first}: /{pointer} }}` for \
                 this set in the label file",
                both(&read),
                both(&has),
            )
        };
        unread.iter().map(note).collect()
    }
}

/// The names of fields. Those that are read together with `text` are left out.
fn listed(fields: FieldSet, names: &Names) -> Vec<&str> {
    let with_text =
        |field: &FieldId| FieldId::WITH_TEXT.contains(field) && fields.has(FieldId::TEXT);
    fields.iter().filter(|field| !with_text(field)).map(|field| names.field_name(field)).collect()
}

/// `title and text`.
fn both(names: &[&str]) -> Message {
    Message::list(names.iter().map(|name| Message::verbatim(*name)), &message!(" and "))
}
