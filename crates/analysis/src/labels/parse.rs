//! Parses a label file to [`Labels`].

use super::category_set::CategorySet;
use super::meaning::{Labels, SetLabels, Truth};
use super::schema::{self, LabelFile, PositiveName};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Place, Source};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::{Category, built_in_names};
use tidegate_engine::message::{Message, message};
use tidegate_engine::post::{Mapping, Pointer};
use tidegate_engine::rules::source::schema::FORMAT_VERSION;
use tidegate_engine::rules::source::schema::Text;
use tidegate_engine::rules::source::suggest;
use tidegate_engine::rules::source::yaml::{self, At, Entries, OneOrMany};

/// Meaning of labels of harmless posts.
const NONE: &str = "none";

/// Meaning of labels whose rows do not count.
const IGNORE: &str = "ignore";

impl Labels {
    /// Parses a label file.
    ///
    /// # Errors
    ///
    /// All errors, in order of place.
    pub fn parse(source: &Arc<Source>) -> Result<Labels, Vec<Diagnostic>> {
        parse(source)
    }
}

fn parse(source: &Arc<Source>) -> Result<Labels, Vec<Diagnostic>> {
    let read = yaml::read::<LabelFile>(source);
    let is_whole = read.diagnostics.is_empty();
    let file = read.value.unwrap_or_default();
    let mut parser = Parser { source, diagnostics: read.diagnostics, named: Vec::new() };
    if is_whole {
        parser.check_head(&file);
    }
    let base = parser.base(&file);
    let mut sets = Vec::with_capacity(file.sets.0.len());
    for (name, options) in &file.sets.0 {
        if let Some(options) = options {
            sets.push((name.value.clone(), parser.set(&base, &options.value)));
        }
    }
    let (mut diagnostics, named) = (parser.diagnostics, parser.named);
    if diagnostics.is_empty() {
        return Ok(Labels { base, sets, named });
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.range.start));
    Err(diagnostics)
}

struct Parser<'p> {
    source: &'p Arc<Source>,
    diagnostics: Vec<Diagnostic>,
    named: Vec<(Category, Place)>,
}

impl Parser<'_> {
    fn error(&mut self, range: &Range<usize>, code: &'static str, message: Message, help: Message) {
        let place = Place { source: self.source.clone(), range: range.clone() };
        self.diagnostics.push(Diagnostic::error(code, message, Some(place)).help(help));
    }

    fn missing(&mut self, key: &str, help: Message) {
        self.error(&(0..0), "missing_key", message!("the key `{key}` is missing"), help);
    }

    fn check_head(&mut self, file: &LabelFile) {
        match &file.tidegate {
            Some(version) if version.value != FORMAT_VERSION => {
                let message = message!("this program reads version {FORMAT_VERSION} of labels");
                self.error(&version.range, "bad_version", message, message!("write `tidegate: 1`"));
            }
            Some(_) => {}
            None => self.missing("tidegate", message!("write `tidegate: 1` on the first line")),
        }
        if file.kind.is_none() {
            self.missing("kind", message!("write `kind: labels`"));
        }
        let has_entries = |labels: &Entries<OneOrMany<Text>>| !labels.0.is_empty();
        let in_sets = file.sets.0.iter().filter_map(|(_, options)| options.as_ref());
        let in_sets =
            in_sets.filter(|it| has_entries(&it.value.labels) || it.value.unlabelled.is_some());
        if !has_entries(&file.labels) && in_sets.count() == 0 {
            self.missing(
                "labels",
                message!("state what each label means, such as `labels: {{ ham: none }}`"),
            );
        }
    }

    fn base(&mut self, file: &LabelFile) -> SetLabels {
        let path = file.label.as_ref().and_then(|label| self.label_path(label));
        SetLabels {
            label_path: path.unwrap_or_else(|| "label".to_owned()),
            positive: file.positive.as_ref().map_or(Action::Flag, positive),
            labels: self.labels(&file.labels),
            unlabelled: None,
            fields: None,
            leave_out: CategorySet::EMPTY,
        }
    }

    fn set(&mut self, base: &SetLabels, options: &schema::SetOptions) -> SetLabels {
        let schema::SetOptions { label, positive: least, labels, unlabelled, fields, leave_out } =
            options;
        let mut set = base.clone();
        if let Some(path) = label.as_ref().and_then(|label| self.label_path(label)) {
            set.label_path = path;
        }
        set.positive = least.as_ref().map_or(base.positive, positive);
        set.labels.extend(self.labels(labels));
        set.unlabelled = unlabelled.as_ref().and_then(|truth| self.truth(truth, &(0..0)));
        if !fields.0.is_empty() {
            set.fields = Some(self.fields(fields));
        }
        for name in &leave_out.0 {
            if let Some(category) = self.category(name, &[]) {
                set.leave_out = set.leave_out.with(category);
            }
        }
        set
    }

    /// `/meta/kind` → `meta.kind`, the form in which conditions name a value of a post.
    fn label_path(&mut self, text: &Text) -> Option<String> {
        let message = match Pointer::parse(&text.value) {
            Err(error) => error.message().clone(),
            Ok(pointer) if pointer.has_wildcard() => message!("a label is one value, not a `*`"),
            Ok(pointer) if pointer.tokens().iter().any(|token| token.contains('.')) => {
                message!("the pointer to the label contains a member name with a dot")
            }
            Ok(pointer) => return Some(pointer.tokens().join(".")),
        };
        self.error(&text.range, "bad_value", message, message!("such as `label: /label`"));
        None
    }

    fn labels(&mut self, entries: &Entries<OneOrMany<Text>>) -> BTreeMap<String, Truth> {
        let mut labels = BTreeMap::new();
        for (name, meaning) in &entries.0 {
            let truth = meaning.as_ref().and_then(|meaning| self.truth(meaning, &name.range));
            if let Some(truth) = truth {
                labels.insert(name.value.clone(), truth);
            }
        }
        labels
    }

    fn truth(&mut self, meaning: &OneOrMany<Text>, place: &Range<usize>) -> Option<Truth> {
        let OneOrMany(names) = meaning;
        let special = |name: &Text| [NONE, IGNORE].contains(&name.value.as_str());
        match names.as_slice() {
            [] => {
                let help = message!("name a category, or write `none` for harmless posts");
                self.error(place, "bad_value", message!("this label has no meaning"), help);
                return None;
            }
            [one] if one.value == NONE => return Some(Truth::Is(CategorySet::EMPTY)),
            [one] if one.value == IGNORE => return Some(Truth::Ignored),
            _ => {}
        }
        let mut set = CategorySet::EMPTY;
        for name in names {
            if special(name) {
                let message = message!("`{}` cannot be combined with categories", name.value);
                self.error(
                    &name.range,
                    "bad_value",
                    message,
                    message!("remove it, or the categories"),
                );
            } else {
                set = set.with(self.category(name, &[NONE, IGNORE])?);
            }
        }
        Some(Truth::Is(set))
    }

    fn category(&mut self, name: &Text, others: &[&str]) -> Option<Category> {
        let found = Category::from_name(&name.value);
        if let Some(own) = found.filter(|category| category.is_own()) {
            let place = Place { source: self.source.clone(), range: name.range.clone() };
            self.named.push((own, place));
        }
        if found.is_none() {
            let known = built_in_names().chain(others.iter().copied());
            let help = suggest::help(&name.value, known);
            let message = message!("there is no category `{}`", name.value);
            self.error(&name.range, "unknown_name", message, help);
        }
        found
    }

    fn fields(&mut self, entries: &Entries<OneOrMany<Text>>) -> Vec<(String, Vec<String>)> {
        let mut fields = Vec::with_capacity(entries.0.len());
        for (name, places) in &entries.0 {
            let Some(OneOrMany(places)) = places else { continue };
            for place in places {
                if let Err(error) = Pointer::parse(&place.value) {
                    self.error(
                        &place.range,
                        "bad_value",
                        error.message().clone(),
                        Message::default(),
                    );
                }
            }
            if let Err(error) = Mapping::default().set_field(&name.value, &[]) {
                self.error(&name.range, "bad_value", error.message().clone(), Message::default());
            }
            let places = places.iter().map(|place| place.value.clone()).collect();
            fields.push((name.value.clone(), places));
        }
        fields
    }
}

fn positive(name: &At<PositiveName>) -> Action {
    match name.value {
        PositiveName::Flag => Action::Flag,
        PositiveName::Review => Action::Review,
        PositiveName::Block => Action::Block,
    }
}
