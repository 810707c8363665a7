//! The categories that packs and policies declare, and the categories that rules name.

use super::draft::Draft;
use super::pack::unknown_name;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::category::{
    Category, DeclaredCategory, OWN_PREFIX, built_in_names, is_own_name,
};
use crate::domain::limits::{CATEGORY_NAME_BYTES_MAX, OWN_CATEGORIES_MAX};
use crate::domain::thresholds::Limits;
use crate::message::{Message, message};
use crate::rules::model::{Correlation, Declared, Rule};
use crate::rules::source::policies::Head;
use crate::rules::source::schema::{CategoryBody, CategoryName, Text};
use crate::rules::source::suggest;
use crate::rules::source::thresholds::{ALL_ACTIONS, ThresholdReader};
use crate::rules::source::yaml::{At, Entries};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Draft {
    /// Reads the declarations of all packs, then those of `policies`, and the default categories.
    pub fn add_categories(&mut self, policies: &[Arc<Source>]) {
        for pack in 0..self.packs.len() {
            let source = self.packs[pack].file.source.clone();
            let entries = std::mem::take(&mut self.packs[pack].schema.categories);
            for (name, body) in &entries.0 {
                self.declare_in_pack(&source, name, body.as_ref());
            }
        }
        for source in policies {
            let Entries(entries) = Head::of(source).categories;
            for (name, body) in &entries {
                self.declare_in_policy(source, name, body.as_ref());
            }
        }
        self.declared.sort_by_key(|declared| declared.category.category);
        for pack in 0..self.packs.len() {
            let named = self.packs[pack].schema.defaults.category.clone();
            let category = named.and_then(|named| self.category_named(pack, &named));
            self.default_categories.push(category);
        }
    }

    fn declare_in_pack(&mut self, source: &Arc<Source>, name: &Text, body: Option<&CategoryBody>) {
        let place = Place { source: source.clone(), range: name.range.clone() };
        if !is_own_name(&name.value) {
            self.diagnostics.push(bad_name(&name.value, place));
            return;
        }
        let Some(body) = body else { return };
        let Some(title) = body.title.as_ref().filter(|title| !title.value.trim().is_empty()) else {
            let message = message!("the category `{}` has no `title`", name.value);
            let help = message!("one line for readers, such as `title: Ticket scalping`");
            self.diagnostics
                .push(Diagnostic::error("missing_key", message, Some(place)).help(help));
            return;
        };
        let mut limits = Limits::default();
        let errors = &mut self.diagnostics;
        ThresholdReader { source, actions: &ALL_ACTIONS, errors }
            .read(&body.thresholds(), &mut limits);
        self.declare(name, title, body.title_zh.as_ref(), limits, place, true);
    }

    /// A policy that gives a category a title declares it; the thresholds are those of the policy
    /// alone.
    fn declare_in_policy(
        &mut self,
        source: &Arc<Source>,
        name: &Text,
        body: Option<&CategoryBody>,
    ) {
        let Some(body) = body.filter(|_| is_own_name(&name.value)) else { return };
        let Some(title) = &body.title else { return };
        let place = Place { source: source.clone(), range: name.range.clone() };
        self.declare(name, title, body.title_zh.as_ref(), Limits::default(), place, false);
    }

    fn declare(
        &mut self,
        name: &Text,
        title: &Text,
        title_zh: Option<&Text>,
        limits: Limits,
        place: Place,
        in_pack: bool,
    ) {
        let known = self.declared.iter().find(|it| it.category.category.name() == name.value);
        if let Some(known) = known {
            let title_zh = title_zh.map_or("", |title| title.value.as_str());
            let same = known.category.title == title.value
                && known.category.title_zh == title_zh
                && (!in_pack || known.category.limits == limits);
            if !same {
                let error = declared_twice(&name.value, place);
                self.diagnostics.push(error.related(known.place.clone(), message!("first here")));
            }
            return;
        }
        let category =
            Category::from_name(&name.value).filter(|_| self.declared.len() < OWN_CATEGORIES_MAX);
        let Some(category) = category else {
            let message =
                message!("a rule set has at most {OWN_CATEGORIES_MAX} declared categories");
            self.diagnostics.push(Diagnostic::error("too_large", message, Some(place)));
            return;
        };
        let title_zh = title_zh.map_or_else(String::new, |title| title.value.clone());
        let category = DeclaredCategory { category, title: title.value.clone(), title_zh, limits };
        self.declared.push(Declared { category, place });
    }

    /// The category called `name`, which must be built in or declared.
    pub fn category_named(&mut self, pack: usize, name: &At<CategoryName>) -> Option<Category> {
        let At { value: CategoryName(written), .. } = name;
        let declared = || self.declared.iter().map(|it| it.category.category);
        let found = Category::built_in().chain(declared()).find(|it| it.name() == written);
        if found.is_none() {
            let message = message!("there is no category `{written}`");
            let declared: Vec<&str> = declared().map(Category::name).collect();
            let help = unknown_category_help(written, &declared, message!("a pack"));
            let place = self.packs[pack].place(name);
            self.diagnostics.push(unknown_name(place, message, help));
        }
        found
    }

    /// Warns of declared categories that no rule has.
    pub fn check_declared(&mut self, rules: &[Rule], correlations: &[Correlation]) {
        let counted = correlations.iter().map(|rule| rule.category);
        let used: BTreeSet<Category> =
            rules.iter().map(|rule| rule.category).chain(counted).collect();
        for Declared { category, place } in &self.declared {
            if !used.contains(&category.category) {
                let message = message!("no rule has the category `{}`", category.category.name());
                let warning = Diagnostic::warning("idle_key", message, Some(place.clone()));
                self.warnings
                    .push(warning.help(message!("write rules of this category, or remove it")));
            }
        }
    }
}

/// How to correct the name of a category that is neither built in nor among `declared`; `by` says who
/// may declare it.
pub fn unknown_category_help(written: &str, declared: &[&str], by: Message) -> Message {
    let known = built_in_names().chain(declared.iter().copied());
    match suggest::nearest(written, known.clone()) {
        Some(near) => message!("did you mean `{near}`?"),
        None if is_own_name(written) => {
            message!("declare it in {by}: `categories: {{ {written}: {{ title: … }} }}`")
        }
        None if written.starts_with(OWN_PREFIX) => name_help(),
        None => suggest::help(written, known),
    }
}

fn name_help() -> Message {
    message!(
        "a name is `{OWN_PREFIX}` and then a-z, 0-9, `-` and `_`, with at most \
         {CATEGORY_NAME_BYTES_MAX} characters"
    )
}

fn bad_name(name: &str, place: Place) -> Diagnostic {
    let (message, help) = match built_in_names().any(|known| known == name) {
        true => (
            message!("`{name}` is a built-in category"),
            message!("rules use it without a declaration; its thresholds are in policies"),
        ),
        false => (message!("`{name}` cannot be the name of a declared category"), name_help()),
    };
    Diagnostic::error("bad_name", message, Some(place)).help(help)
}

/// The error of a category whose declarations differ.
pub(crate) fn declared_twice(name: &str, place: Place) -> Diagnostic {
    let message = message!("the category `{name}` is declared twice, with different contents");
    Diagnostic::error("duplicate_category", message, Some(place))
        .help(message!("declare it once, or with the same titles and thresholds"))
}
