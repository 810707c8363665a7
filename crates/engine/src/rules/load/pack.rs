//! Packs on their way into a model.

use super::files::{Files, RuleFile};
use super::matcher::Parts;
use super::{FORMAT_VERSION, fault_at};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::field::{FIELDS_MAX, FieldId, Names};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::condition::is_name;
use crate::rules::model::{Matcher, Model, Pack, Rule};
use crate::rules::source::schema::{self, Text};
use crate::rules::source::yaml::{At, Damage, OneOrMany};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A pack that was read.
pub(super) struct PackDraft {
    pub name: Text,
    pub file: RuleFile,
    pub schema: schema::Pack,
    /// Where the file was at fault.
    pub damage: Damage,
    /// Where rules begin.
    pub rule_starts: Vec<usize>,
    /// Where matchers and rules begin.
    pub matcher_starts: Vec<usize>,
}

impl PackDraft {
    /// Was everything read before the first matcher or rule?
    pub fn is_head_sound(&self) -> bool {
        !self.damage.is_in_part(0, &self.matcher_starts)
    }

    /// Was everything read of the rule that begins there?
    pub fn is_rule_sound(&self, start: usize) -> bool {
        !self.damage.is_in_part(start, &self.rule_starts)
    }

    /// Was everything read of the matcher whose name begins there?
    pub fn is_matcher_sound(&self, start: usize) -> bool {
        !self.damage.is_in_part(start, &self.matcher_starts)
    }

    pub fn place<T>(&self, at: &At<T>) -> Place {
        Place { source: self.file.source.clone(), range: at.range.clone() }
    }

    pub fn fault<T>(
        &self,
        at: &At<T>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Diagnostic {
        fault_at(&self.file.source, &at.range, code, message)
    }

    /// Name and format version.
    pub fn check_head(&mut self, version: Option<At<u32>>, faults: &mut Vec<Diagnostic>) {
        let start = At { value: (), range: 0..0 };
        match version {
            Some(version) if version.value != FORMAT_VERSION => {
                let message =
                    format!("this program reads version {FORMAT_VERSION} of the rule language");
                let fault = self.fault(&version, "bad_version", message);
                faults.push(fault.help(format!("write `tidegate: {FORMAT_VERSION}`")));
            }
            None if self.is_head_sound() => {
                let fault = self.fault(&start, "missing_key", "the key `tidegate` is missing");
                faults.push(
                    fault.help(format!("write `tidegate: {FORMAT_VERSION}` on the first line")),
                );
            }
            _ => {}
        }
        if self.name.range == (0..0) {
            if self.is_head_sound() {
                let fault = self.fault(&start, "missing_key", "the key `pack` is missing");
                faults.push(
                    fault.help("give the pack a name of its own, such as `pack: gambling-zh`"),
                );
            }
        } else if !is_pack_name(&self.name.value) {
            let message = format!("`{}` is no name for a pack", self.name.value);
            let fault = self.fault(&self.name, "bad_name", message);
            faults.push(fault.help("a name is made of a-z, 0-9, `-` and `_`, and is not `post`"));
        }
    }
}

fn is_pack_name(name: &str) -> bool {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    !name.is_empty() && name != "post" && name.bytes().all(fits)
}

/// A matcher under its name, before it is known with which fields it is used.
pub(super) struct Definition {
    pub name: String,
    pub pack: usize,
    /// Set for a rule's own matchers.
    pub rule: Option<RuleIx>,
    pub place: Place,
    pub parts: Parts,
    /// Fields it names itself.
    pub fields: Option<Vec<FieldId>>,
    /// Fields it reads when nobody says.
    pub default_fields: Vec<FieldId>,
}

/// A definition with its fields: one matcher of the model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Instance {
    pub definition: usize,
    pub fields: Vec<FieldId>,
}

/// Everything on its way into the model.
pub(super) struct Draft {
    pub files: Files,
    pub faults: Vec<Diagnostic>,
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
    /// Ids and aliases.
    pub rule_ix: BTreeMap<String, RuleIx>,
    /// Word lists in reading order; packs come before.
    pub lists: Vec<Arc<Source>>,
}

impl Draft {
    pub fn new(files: Files, faults: Vec<Diagnostic>) -> Draft {
        Draft {
            files,
            faults,
            names: Names::default(),
            packs: Vec::new(),
            definitions: Vec::new(),
            by_pack: Vec::new(),
            by_rule: Vec::new(),
            instances: Vec::new(),
            instance_ix: HashMap::new(),
            rule_ix: BTreeMap::new(),
            lists: Vec::new(),
        }
    }

    /// Takes the packs and their `define` matchers.
    pub fn take_packs(&mut self, packs: Vec<PackDraft>) {
        self.by_pack = vec![HashMap::new(); packs.len()];
        self.packs = packs;
        for pack in 0..self.packs.len() {
            let define = std::mem::take(&mut self.packs[pack].schema.define);
            let default_fields = self.default_fields(pack);
            for (name, matcher) in define.0 {
                let key = name.value.clone();
                let definition = self.define(pack, None, name, matcher, default_fields.clone());
                self.by_pack[pack].insert(key, definition);
            }
        }
    }

    /// Enters one named matcher. A matcher at fault is entered without content, so
    /// that its uses are no faults of their own.
    pub fn define(
        &mut self,
        pack: usize,
        rule: Option<RuleIx>,
        name: Text,
        matcher: Option<schema::Matcher>,
        default_fields: Vec<FieldId>,
    ) -> usize {
        if !is_name(&name.value) {
            let message = format!("`{}` is no name for a matcher", name.value);
            let fault = self.packs[pack].fault(&name, "bad_name", message);
            self.faults.push(fault.help(
                "a name is made of a-z, 0-9 and `_`, does not begin with a digit, and is no word of the conditions",
            ));
        }
        let place = self.packs[pack].place(&name);
        let (parts, fields) = self.parts(pack, &name, matcher);
        self.definitions.push(Definition {
            name: name.value,
            pack,
            rule,
            place,
            parts,
            fields,
            default_fields,
        });
        self.definitions.len() - 1
    }

    /// `defaults.fields`, else title and text.
    pub fn default_fields(&mut self, pack: usize) -> Vec<FieldId> {
        let named = self.packs[pack].schema.defaults.fields.clone();
        match named {
            Some(named) => self.fields(pack, &named),
            None => vec![FieldId::TITLE, FieldId::TEXT],
        }
    }

    /// Field numbers, sorted and without duplicates.
    pub fn fields(&mut self, pack: usize, named: &OneOrMany<Text>) -> Vec<FieldId> {
        let mut fields = Vec::new();
        for name in &named.0 {
            if !is_field_name(&name.value) {
                let message = format!("`{}` is no name for a field", name.value);
                let fault = self.packs[pack].fault(name, "bad_name", message);
                self.faults
                    .push(fault.help("a field is called like `title`, `text` or `author_name`"));
            } else if let Some(field) = self.names.field(&name.value) {
                fields.push(field);
            } else {
                let message = format!("rules may use at most {FIELDS_MAX} text fields");
                self.faults.push(self.packs[pack].fault(name, "too_large", message));
            }
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// The matcher of the model for a definition read with `fields`, unless it
    /// names its own.
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

    /// Makes the model. It is of use only if there are no faults.
    pub fn finish(mut self) -> (Model, Vec<Diagnostic>) {
        let mut rules = self.take_rules();
        self.add_unused();
        let new_numbers = self.number_matchers();
        for rule in &mut rules {
            renumber(rule, &new_numbers);
        }
        let matchers = self.matchers(&new_numbers);
        let mut sources: Vec<Arc<Source>> =
            self.packs.iter().map(|pack| pack.file.source.clone()).collect();
        sources.append(&mut self.lists);
        let packs = self.packs.into_iter().map(model_pack).collect();
        let model = Model { packs, matchers, rules, sources, names: self.names };
        (model, self.faults)
    }

    /// Definitions that no rule uses stand in the model all the same.
    fn add_unused(&mut self) {
        let mut used = vec![false; self.definitions.len()];
        for instance in &self.instances {
            used[instance.definition] = true;
        }
        for definition in
            (0..used.len()).filter(|definition| !used[*definition]).collect::<Vec<_>>()
        {
            let fields = self.definitions[definition].default_fields.clone();
            self.instance(definition, &fields);
        }
    }

    /// New numbers in pack order, then order of writing, by old number.
    fn number_matchers(&self) -> Vec<MatcherIx> {
        let mut order: Vec<usize> = (0..self.instances.len()).collect();
        order.sort_by_key(|old| {
            let instance = &self.instances[*old];
            let definition = &self.definitions[instance.definition];
            (definition.pack, definition.place.range.start, instance.fields.clone())
        });
        let mut new_numbers = vec![MatcherIx(0); order.len()];
        for (new, old) in order.into_iter().enumerate() {
            new_numbers[old] = MatcherIx(new as u32);
        }
        new_numbers
    }

    fn matchers(&mut self, new_numbers: &[MatcherIx]) -> Vec<Matcher> {
        let mut numbered: Vec<(MatcherIx, Instance)> =
            new_numbers.iter().copied().zip(std::mem::take(&mut self.instances)).collect();
        numbered.sort_unstable_by_key(|(number, _)| *number);
        let mut uses = vec![0; self.definitions.len()];
        for (_, instance) in &numbered {
            uses[instance.definition] += 1;
        }
        let matcher = |(_, instance): (MatcherIx, Instance)| {
            let definition = &mut self.definitions[instance.definition];
            uses[instance.definition] -= 1;
            // Lists may be long: only a matcher read with several sets of fields is copied.
            let parts = match uses[instance.definition] {
                0 => std::mem::take(&mut definition.parts),
                _ => definition.parts.clone(),
            };
            parts.matcher(definition, instance.fields)
        };
        numbered.into_iter().map(matcher).collect()
    }
}

fn is_field_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && !["post", "score", "view"].contains(&name)
}

fn model_pack(pack: PackDraft) -> Pack {
    let text = |text: Option<Text>| text.map(|text| text.value).unwrap_or_default();
    Pack {
        name: pack.name.value,
        version: text(pack.schema.version),
        title: text(pack.schema.title),
        license: text(pack.schema.license),
        source: pack.file.source,
    }
}

fn renumber(rule: &mut Rule, new_numbers: &[MatcherIx]) {
    let new = |matcher: &mut MatcherIx| {
        if let Some(number) = new_numbers.get(matcher.index()) {
            *matcher = *number;
        }
    };
    rule.own.iter_mut().chain(&mut rule.redact).for_each(new);
    rule.condition.expr.matchers_mut(&mut |matcher| new(matcher));
    for boost in &mut rule.boosts {
        boost.condition.expr.matchers_mut(&mut |matcher| new(matcher));
    }
}
