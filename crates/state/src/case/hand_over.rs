//! The files of a hand-over.

use super::json::{of_case, of_post};
use super::manifest::{FILES, MANIFEST, Manifest};
use super::redact::{CASE_FIELDS, MASK, POST_FIELDS, redacted, redacted_template};
use super::timeline::timeline;
use super::view::CaseView;
use crate::model::{CaseKind, TemplateRecord};
use serde_json::Value;
use std::collections::BTreeSet;
use tidegate_engine::message::{Message, message};

/// A hand-over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Names and contents, the manifest last.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// Posts that are left out: all that was found in them is that their authors may need help.
    pub left_out: usize,
}

/// Why a case is not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The case is about an author who may need help.
    Care,
    /// All that was found in its posts is that their authors may need help.
    CareOnly,
}

impl Refusal {
    /// The text for people.
    pub fn message(self) -> Message {
        match self {
            Refusal::Care => message!(
                "this is a care case: its author may need help; it is never a hand-over as an offence"
            ),
            Refusal::CareOnly => message!(
                "all that was found in its posts is that their authors may need help; they are never a hand-over as an offence"
            ),
        }
    }
}

/// The files of a hand-over. Equal cases give equal bytes. Texts, names and ids are masked, unless
/// `reveals`.
///
/// # Errors
///
/// The case is one of care.
pub fn hand_over(view: &CaseView, reveals: bool) -> Result<HandOver, Refusal> {
    if view.case.kind == CaseKind::Care {
        return Err(Refusal::Care);
    }
    let (view, left_out) = without_care(view);
    if view.posts.is_empty() && left_out > 0 {
        return Err(Refusal::CareOnly);
    }
    let clear = |value: Value, fields: &[&str]| match reveals {
        true => value,
        false => redacted(&value, fields),
    };
    let mut case = of_case(&view);
    if let Some(counts) = case.get_mut("counts").and_then(Value::as_object_mut) {
        counts.insert("posts_left_out".to_owned(), left_out.into());
    }
    let case = format!("{:#}\n", clear(case, CASE_FIELDS));
    let mut evidence = String::new();
    for post in &view.posts {
        evidence += &format!("{}\n", clear(of_post(post), POST_FIELDS));
    }
    let template = view.campaign.as_ref().and_then(|campaign| campaign.template.as_ref());
    let template = template.map(|template| template_text(template, reveals)).unwrap_or_default();
    let contents = [case, evidence, template, timeline(&view)];
    let mut files: Vec<(&'static str, Vec<u8>)> =
        FILES.into_iter().zip(contents.map(String::into_bytes)).collect();
    let manifest = Manifest::of(&view, reveals, &files);
    files.push((MANIFEST, manifest.to_bytes()));
    Ok(HandOver { files, left_out })
}

/// The case without posts that are no offence, and without what names them; and their number.
fn without_care(view: &CaseView) -> (CaseView, usize) {
    let care = view.posts.iter().filter(|post| post.is_care_only());
    let care: BTreeSet<String> = care.map(|post| post.id.clone()).collect();
    let mut view = view.clone();
    if care.is_empty() {
        return (view, 0);
    }
    view.posts.retain(|post| !care.contains(&post.id));
    view.reports.retain(|report| !care.contains(&report.report.post));
    view.history.retain(|entry| entry.post.as_ref().is_none_or(|post| !care.contains(post)));
    // A value does not say of which post it is.
    let template = view.campaign.as_mut().and_then(|campaign| campaign.template.as_mut());
    for slot in template.into_iter().flat_map(|template| &mut template.slots) {
        slot.values.clear();
    }
    (view, care.len())
}

/// The template, then a line for each slot with its values.
fn template_text(template: &TemplateRecord, reveals: bool) -> String {
    let kinds: Vec<&str> = template.slots.iter().map(|slot| slot.kind.as_str()).collect();
    let text = match reveals {
        true => template.text.clone(),
        false => redacted_template(&template.text, &kinds),
    };
    let mut out = format!("{text}\n\n");
    for (number, slot) in (1..).zip(&template.slots) {
        let value = |(value, count): &(String, u32)| {
            let value = if reveals { value.replace('\n', " ") } else { MASK.to_owned() };
            format!("{value} ({count})")
        };
        let values: Vec<String> = slot.values.iter().map(value).collect();
        out += &format!("{number} {}: {}\n", slot.kind, values.join(", "));
    }
    out
}
