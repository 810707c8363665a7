//! The state of a load: everything read so far, before it becomes a
//! [`Model`](crate::rules::model::Model).

use super::definition::Definition;
use super::pack::PackDraft;
use crate::diagnostic::{Diagnostic, Source};
use crate::domain::category::Category;
use crate::domain::field::{FIELDS_MAX, FieldId, Names, STANDARD_FIELDS};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::message::{Message, message};
use crate::rules::language;
use crate::rules::model::Declared;
use crate::rules::source::files::Files;
use crate::rules::source::schema::{self, Text};
use crate::rules::source::suggest;
use crate::rules::source::yaml::{At, OneOrMany};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A definition with its fields: one matcher of the model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Instance {
    pub definition: usize,
    pub fields: Vec<FieldId>,
}

/// Everything read so far.
pub(super) struct Draft {
    pub files: Files,
    pub diagnostics: Vec<Diagnostic>,
    pub warnings: Vec<Diagnostic>,
    pub names: Names,
    pub packs: Vec<PackDraft>,
    pub definitions: Vec<Definition>,
    /// Definitions of each pack by name.
    pub by_pack: Vec<HashMap<String, usize>>,
    /// Definitions of each rule by name.
    pub by_rule: Vec<HashMap<String, usize>>,
    /// Instances in order of first use.
    pub instances: Vec<Instance>,
    pub instance_ix: HashMap<Instance, MatcherIx>,
    /// Rules by id and alias.
    pub rule_ix: BTreeMap<String, RuleIx>,
    /// Correlations by id and alias.
    pub correlation_ids: BTreeMap<String, usize>,
    /// Word lists, in reading order.
    pub lists: Vec<Arc<Source>>,
    /// Embedded packs that others replace.
    pub replaced: Vec<String>,
    /// The categories that packs and policies declare.
    pub declared: Vec<Declared>,
    /// The defaults of each pack that something uses.
    pub defaults_used: Vec<DefaultsUsed>,
    /// `defaults.category` of each pack.
    pub default_categories: Vec<Option<Category>>,
}

/// The defaults of a pack that something uses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DefaultsUsed {
    pub category: bool,
    pub level: bool,
    pub status: bool,
    pub lang: bool,
    pub fields: bool,
    pub view: bool,
    pub active: bool,
}

impl DefaultsUsed {
    /// Notes what a rule leaves to the defaults. Its fields are noted by
    /// `check_rule_fields`. A correlation reads no text, and so no languages.
    pub fn note(&mut self, rule: &schema::Rule) {
        self.category |= rule.category.is_none();
        self.level |= rule.level.is_none();
        self.status |= rule.status.is_none();
        self.lang |= rule.lang.is_none() && rule.correlate.is_none();
        self.active |= rule.active.is_none();
    }
}

impl Draft {
    pub fn new(files: Files, diagnostics: Vec<Diagnostic>) -> Draft {
        Draft {
            files,
            diagnostics,
            warnings: Vec::new(),
            names: Names::default(),
            packs: Vec::new(),
            definitions: Vec::new(),
            by_pack: Vec::new(),
            by_rule: Vec::new(),
            instances: Vec::new(),
            instance_ix: HashMap::new(),
            rule_ix: BTreeMap::new(),
            correlation_ids: BTreeMap::new(),
            lists: Vec::new(),
            replaced: Vec::new(),
            declared: Vec::new(),
            defaults_used: Vec::new(),
            default_categories: Vec::new(),
        }
    }

    /// `defaults.fields`, otherwise title and text with what is seen with it.
    pub fn default_fields(&mut self, pack: usize) -> Vec<FieldId> {
        let named = self.packs[pack].schema.defaults.fields.clone();
        match named {
            Some(named) => self.fields(pack, &named),
            None => with_parts(vec![FieldId::TITLE, FieldId::TEXT]),
        }
    }

    /// Field numbers, sorted and without duplicates.
    pub fn fields(&mut self, pack: usize, named: &OneOrMany<Text>) -> Vec<FieldId> {
        let mut fields = Vec::new();
        self.check_repeated(pack, "fields", &named.0);
        for name in &named.0 {
            if !is_field_name(&name.value) {
                let message = message!("`{}` is not a valid field name", name.value);
                let diagnostic = self.packs[pack].error(name, "bad_name", message);
                self.diagnostics.push(
                    diagnostic.help(message!("a field name is lower-case letters, digits and `_`, such as `title` or `author_name`")),
                );
            } else if let Some(field) = self.names.field(&name.value) {
                self.doubt_field(pack, name);
                fields.push(field);
            } else {
                let message = message!("rules may use at most {FIELDS_MAX} text fields");
                self.diagnostics.push(self.packs[pack].error(name, "too_large", message));
            }
        }
        with_parts(fields)
    }

    /// Languages as rules compare them, with a warning about each that texts do not show.
    pub fn languages(&mut self, pack: usize, tags: &OneOrMany<Text>) -> Vec<String> {
        for tag in &tags.0 {
            if let Some((message, help)) = language::doubt(&tag.value) {
                self.warn(pack, tag, "unknown_lang", message, help);
            }
        }
        tags.0.iter().map(|tag| language::language(&tag.value)).collect()
    }

    /// Adds a warning about a value of a pack.
    pub fn warn<T>(
        &mut self,
        pack: usize,
        at: &At<T>,
        code: &'static str,
        message: Message,
        help: Message,
    ) {
        let place = self.packs[pack].place(at);
        self.warnings.push(Diagnostic::warning(code, message, Some(place)).help(help));
    }

    /// A field may be any that the mapping of a run adds; one that resembles a field of every run
    /// is probably misspelt.
    fn doubt_field(&mut self, pack: usize, name: &Text) {
        let is_known = STANDARD_FIELDS.contains(&name.value.as_str());
        let near = suggest::nearest(&name.value, STANDARD_FIELDS.iter().copied());
        if let Some(near) = near.filter(|_| !is_known) {
            let message = message!("no preset fills the field `{}`", name.value);
            self.warn(pack, name, "unknown_field", message, message!("did you mean `{near}`?"));
        }
    }

    /// The matcher of the model for a definition used with `fields`; a definition with its own
    /// `fields:` ignores them.
    pub fn instance(&mut self, definition: usize, fields: &[FieldId]) -> MatcherIx {
        let own = self.definitions[definition].fields.as_deref();
        let instance = Instance { definition, fields: own.unwrap_or(fields).to_vec() };
        if let Some(known) = self.instance_ix.get(&instance) {
            return *known;
        }
        let number = MatcherIx(self.instances.len() as u32);
        self.instances.push(instance.clone());
        self.instance_ix.insert(instance, number);
        number
    }
}

fn is_field_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && !["post", "score", "view"].contains(&name)
}

/// The fields sorted and without duplicates; to the text belongs what readers see with it.
fn with_parts(mut fields: Vec<FieldId>) -> Vec<FieldId> {
    if fields.contains(&FieldId::TEXT) {
        fields.extend(FieldId::WITH_TEXT);
    }
    fields.sort_unstable();
    fields.dedup();
    fields
}
