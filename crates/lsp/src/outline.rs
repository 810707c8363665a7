//! What a file defines and uses, with places: the basis of definitions, references and renames.
//!
//! Input: a pack or policy as text. Output: its matchers, its rules, and every name that its
//! conditions and lists use. A file with errors has an outline too, as far as its YAML can be
//! read; a name with an error in its value is known nevertheless.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::domain::category::is_own_name;
use tidegate_engine::policy::schema::Policy;
use tidegate_engine::rules::condition::names::{NameKind, names};
use tidegate_engine::rules::condition::place_in;
use tidegate_engine::rules::source::bundle::POLICY_ENDING;
use tidegate_engine::rules::source::correlate::Correlate;
use tidegate_engine::rules::source::schema::{
    self, CategoryBody, CategoryName, Defaults, Matcher, Pack, Text,
};
use tidegate_engine::rules::source::yaml::{self, At};

/// The outline of one file.
#[derive(Debug)]
pub struct Outline {
    /// Its text.
    pub source: Arc<Source>,
    /// Its canonical path; `None` for an embedded file.
    pub path: Option<PathBuf>,
    /// `pack:`; `None` for a policy.
    pub name: Option<Text>,
    /// `title:` of the pack.
    pub title: String,
    /// `defaults:` of the pack.
    pub defaults: Defaults,
    /// `define:` matchers, then those of each rule.
    pub matchers: Vec<MatcherDef>,
    /// Rules, in order of writing.
    pub rules: Vec<RuleDef>,
    /// Names that are used, in order of writing for each rule.
    pub uses: Vec<Use>,
    /// `file:` entries.
    pub lists: Vec<Text>,
    /// The names of the packs that it replaces.
    pub replaces: Vec<String>,
    /// The categories that it declares.
    pub categories: Vec<CategoryDef>,
    /// The names of declared categories that it uses, in order of writing.
    pub category_uses: Vec<Text>,
}

/// The declaration of a category.
#[derive(Debug)]
pub struct CategoryDef {
    /// Its name.
    pub name: Text,
    /// `title:`.
    pub title: String,
    /// `title_zh:`; may be empty.
    pub title_zh: String,
}

/// The definition of a matcher.
#[derive(Debug)]
pub struct MatcherDef {
    /// Its name.
    pub name: Text,
    /// The rule it belongs to, for matchers under `match:`: an index into [`Outline::rules`].
    pub rule: Option<usize>,
    /// Its sources; `None` if they have errors.
    pub body: Option<Matcher>,
}

/// A rule.
#[derive(Debug)]
pub struct RuleDef {
    /// `id:`.
    pub id: Text,
    /// First byte of the rule.
    pub start: usize,
    /// The other keys, without `match`.
    pub schema: schema::Rule,
}

/// A name that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What it refers to.
    pub kind: NameKind,
    /// The name as written.
    pub name: String,
    /// Its bytes in the file.
    pub range: Range<usize>,
    /// The rule that uses it: an index into [`Outline::rules`].
    pub rule: Option<usize>,
}

/// Is it a policy, by its name?
pub fn is_policy(name: &str) -> bool {
    name.ends_with(POLICY_ENDING) || name.ends_with("/policy.yaml") || name == "policy.yaml"
}

impl Outline {
    /// The outline of a pack or policy; `None` if its YAML cannot be read.
    pub fn new(source: Arc<Source>, path: Option<PathBuf>) -> Option<Outline> {
        if is_policy(&source.name) {
            let policy = yaml::read::<Policy>(&source).value?;
            let mut outline = Outline::empty(source, path);
            outline.add_policy(policy);
            return Some(outline);
        }
        let pack = yaml::read::<Pack>(&source).value?;
        let mut outline = Outline::empty(source, path);
        outline.add_pack(pack);
        Some(outline)
    }

    fn empty(source: Arc<Source>, path: Option<PathBuf>) -> Outline {
        Outline {
            source,
            path,
            name: None,
            title: String::new(),
            defaults: Defaults::default(),
            matchers: Vec::new(),
            rules: Vec::new(),
            uses: Vec::new(),
            lists: Vec::new(),
            replaces: Vec::new(),
            categories: Vec::new(),
            category_uses: Vec::new(),
        }
    }

    /// The text of a token, with quotes.
    pub fn written(&self, range: &Range<usize>) -> &str {
        self.source.text.get(range.clone()).unwrap_or("")
    }

    fn add_pack(&mut self, pack: Pack) {
        self.name = pack.pack;
        self.title = pack.title.map(|title| title.value).unwrap_or_default();
        self.replaces = pack.replaces.0.into_iter().map(|name| name.value).collect();
        pack.categories.0.into_iter().for_each(|(name, body)| self.add_category(name, body));
        self.add_category_use(pack.defaults.category.as_ref());
        self.defaults = pack.defaults;
        for (name, body) in pack.define.0 {
            self.add_matcher(name, None, body);
        }
        for rule in pack.rules.0 {
            self.add_rule(rule.range.start, rule.value);
        }
    }

    fn add_matcher(&mut self, name: Text, rule: Option<usize>, body: Option<Matcher>) {
        if let Some(Matcher::Keys(keys)) = &body {
            self.lists.extend(keys.file.0.iter().cloned());
        }
        self.matchers.push(MatcherDef { name, rule, body });
    }

    fn add_rule(&mut self, start: usize, mut schema: schema::Rule) {
        let number = self.rules.len();
        self.add_category_use(schema.category.as_ref());
        // A rule whose id is missing still uses names.
        let id = schema.id.take().unwrap_or_else(|| Text { value: String::new(), range: 0..0 });
        for (name, body) in std::mem::take(&mut schema.own).0 {
            self.add_matcher(name, Some(number), body);
        }
        if let Some(condition) = &schema.condition {
            self.add_condition(condition, Some(number));
        }
        for (condition, _) in &schema.boost.0 {
            self.add_condition(condition, Some(number));
        }
        for name in &schema.redact.0 {
            self.add_use(NameKind::Matcher, name, Some(number));
        }
        if let Some(correlate) = &schema.correlate {
            self.add_correlate(&correlate.value, number);
        }
        self.rules.push(RuleDef { id, start, schema });
    }

    /// Adds what a rule over several posts names.
    fn add_correlate(&mut self, correlate: &Correlate, number: usize) {
        for rule in &correlate.rules.0 {
            self.add_use(NameKind::Rule, rule, Some(number));
        }
        let field = correlate.condition.as_ref().and_then(|it| it.value.field.as_ref());
        for path in correlate.group_by.0.iter().chain(field) {
            self.add_use(NameKind::Path, path, Some(number));
        }
        if let Some(filter) = &correlate.filter {
            self.add_condition(filter, Some(number));
        }
    }

    /// Adds a declaration, or a use if it has no title.
    fn add_category(&mut self, name: Text, body: Option<CategoryBody>) {
        let CategoryBody { title, title_zh, .. } = body.unwrap_or_default();
        if !is_own_name(&name.value) {
            return;
        }
        match title {
            None => self.category_uses.push(name),
            Some(title) => {
                let title_zh = title_zh.map_or_else(String::new, |title| title.value);
                self.categories.push(CategoryDef { name, title: title.value, title_zh });
            }
        }
    }

    fn add_category_use(&mut self, name: Option<&At<CategoryName>>) {
        if let Some(At { value: CategoryName(value), range }) = name
            && is_own_name(value)
        {
            self.category_uses.push(Text { value: value.clone(), range: range.clone() });
        }
    }

    fn add_policy(&mut self, policy: Policy) {
        policy.categories.0.into_iter().for_each(|(name, body)| self.add_category(name, body));
        for channel in policy.channels.0 {
            let names = channel.value.categories.0.iter().map(|(name, _)| name);
            self.category_uses.extend(names.filter(|it| is_own_name(&it.value)).cloned());
            channel.value.when.iter().for_each(|when| self.add_condition(when, None));
        }
        for own in policy.rules.0 {
            own.value.rule.iter().for_each(|rule| self.add_use(NameKind::Rule, rule, None));
        }
        for exception in policy.exceptions.0 {
            let rules = exception.value.rules.iter().flat_map(|rules| &rules.0);
            rules.for_each(|rule| self.add_use(NameKind::Rule, rule, None));
            exception.value.when.iter().for_each(|when| self.add_condition(when, None));
        }
    }

    /// Adds a name that is a value of its own.
    fn add_use(&mut self, kind: NameKind, name: &Text, rule: Option<usize>) {
        let whole = 0..name.value.len();
        let range = place_in(&self.source.text, &name.range, &name.value, &whole);
        self.uses.push(Use { kind, name: name.value.clone(), range, rule });
    }

    fn add_condition(&mut self, text: &Text, rule: Option<usize>) {
        for name in names(&text.value) {
            let range = place_in(&self.source.text, &text.range, &text.value, &name.range);
            self.uses.push(Use { kind: name.kind, name: name.name, range, rule });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(name: &str, text: &str) -> Option<Outline> {
        let source = Source { name: name.to_owned(), text: text.to_owned() };
        Outline::new(Arc::new(source), None)
    }

    fn uses(outline: &Outline) -> Vec<String> {
        let render = |it: &Use| {
            assert_eq!(outline.written(&it.range), it.name);
            format!("{:?} {} {:?}", it.kind, it.name, it.rule)
        };
        outline.uses.iter().map(render).collect()
    }

    #[test]
    fn a_pack_has_its_definitions_and_uses() {
        let text = "tidegate: 1\npack: p\ndefine:\n  game: [a]\n  list: { file: [w.txt] }\nrules:\n\
            \x20 - id: p.one\n    match: { bait: [b] }\n    condition: 'game and bait'\n\
            \x20   boost: { list: 2 }\n    redact: bait\n    weight: 1\n\
            \x20 - id: p.two\n    condition: >\n      fired(p.one)\n      and game\n    weight: x\n";
        let outline = outline("p.rules.yaml", text).unwrap();
        let matchers: Vec<_> =
            outline.matchers.iter().map(|it| (&*it.name.value, it.rule)).collect();
        assert_eq!(matchers, [("game", None), ("list", None), ("bait", Some(0))]);
        let ids: Vec<&str> = outline.rules.iter().map(|rule| &*rule.id.value).collect();
        assert_eq!(ids, ["p.one", "p.two"], "a rule with an error is known");
        assert_eq!(outline.lists[0].value, "w.txt");
        assert_eq!(
            uses(&outline),
            [
                "Matcher game Some(0)",
                "Matcher bait Some(0)",
                "Matcher list Some(0)",
                "Matcher bait Some(0)",
                "Rule p.one Some(1)",
                "Matcher game Some(1)",
            ]
        );
    }

    #[test]
    fn a_correlation_uses_rules_and_paths() {
        let text = "tidegate: 1\npack: p\nrules:\n  - id: p.flood\n    weight: 1\n    correlate:\n\
            \x20     type: value_count\n      rules: [p.one, 'p.*']\n      group-by: [channel]\n\
            \x20     timespan: 1h\n      condition: { field: author.id, gte: 3 }\n\
            \x20     where: post.kind == video\n";
        let outline = outline("p.rules.yaml", text).unwrap();
        assert_eq!(outline.rules[0].id.value, "p.flood");
        assert_eq!(
            uses(&outline),
            [
                "Rule p.one Some(0)",
                "Rule p.* Some(0)",
                "Path channel Some(0)",
                "Path author.id Some(0)",
                "Path kind Some(0)",
            ]
        );
    }

    #[test]
    fn a_policy_uses_rules_and_paths() {
        let text = "tidegate: 1\nkind: policy\nrules:\n  - { rule: a.b, mode: shadow, reason: x }\n\
            exceptions:\n  - { rules: ['a.*', a.c], when: post.channel == kids, reason: y }\n";
        let outline = outline("x/policy.yaml", text).unwrap();
        assert_eq!(
            uses(&outline),
            ["Rule a.b None", "Rule a.* None", "Rule a.c None", "Path channel None"]
        );
    }

    #[test]
    fn yaml_that_cannot_be_read_has_no_outline() {
        assert!(outline("p.rules.yaml", "pack: [p").is_none());
        assert!(outline("p.rules.yaml", "- a").is_none());
    }
}
