//! Names across files: what a name refers to, and where it is used.
//!
//! Names are resolved as the loader does: a matcher is looked for in the rule, then in the pack,
//! then as `pack.name`; a rule by its id or a former id. The outlines are those of a folder and of
//! the embedded packs that no pack of the folder replaces.

use crate::outline::{CategoryDef, MatcherDef, Outline, RuleDef, Use};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tidegate_engine::rules::condition::glob_matches;
use tidegate_engine::rules::condition::names::NameKind;
use tidegate_engine::rules::source::bundle::PREFIX;
use tidegate_engine::rules::source::schema::Text;

/// The outlines in which names are looked for.
#[derive(Clone, Debug)]
pub struct Index<'o> {
    outlines: Vec<&'o Outline>,
}

/// What a name refers to. Numbers are indexes into [`Index::outlines`] and the outline's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// A matcher.
    Matcher(usize, usize),
    /// A rule.
    Rule(usize, usize),
    /// A declared category, where it is declared first.
    Category(usize, usize),
    /// A word list, as a path on disk or in the bundle.
    List(PathBuf),
    /// A path of the post, without `post.`.
    Path(String),
}

/// A place where a symbol is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The file: an index into [`Index::outlines`].
    pub outline: usize,
    /// Bytes of the name, without quotes.
    pub range: Range<usize>,
    /// The name there.
    pub name: String,
    /// Is it the definition?
    pub is_definition: bool,
}

impl<'o> Index<'o> {
    /// The index of a folder and of the embedded packs that it does not replace.
    pub fn new(
        folder: impl Iterator<Item = &'o Arc<Outline>>,
        embedded: &'o [Arc<Outline>],
    ) -> Self {
        let mut outlines: Vec<&Outline> = folder.map(|outline| &**outline).collect();
        let name = |outline: &Outline| outline.name.as_ref().map(|name| name.value.clone());
        let own = outlines.iter().filter_map(|outline| name(outline));
        let replaced = outlines.iter().flat_map(|outline| outline.replaces.iter().cloned());
        let own: BTreeSet<String> = own.chain(replaced).collect();
        let is_replaced =
            |outline: &&Arc<Outline>| name(outline).is_some_and(|it| own.contains(&it));
        outlines.extend(embedded.iter().filter(|it| !is_replaced(it)).map(|outline| &**outline));
        Index { outlines }
    }

    /// Every outline.
    pub fn outlines(&self) -> &[&'o Outline] {
        &self.outlines
    }

    /// The number of the file at a canonical path.
    pub fn file(&self, path: &Path) -> Option<usize> {
        self.outlines.iter().position(|outline| outline.path.as_deref() == Some(path))
    }

    /// The matcher of a symbol.
    pub fn matcher(&self, outline: usize, matcher: usize) -> (&'o Outline, &'o MatcherDef) {
        (self.outlines[outline], &self.outlines[outline].matchers[matcher])
    }

    /// The rule of a symbol.
    pub fn rule(&self, outline: usize, rule: usize) -> (&'o Outline, &'o RuleDef) {
        (self.outlines[outline], &self.outlines[outline].rules[rule])
    }

    /// The symbol that is named at a byte of a file, and the bytes of the name.
    pub fn symbol_at(&self, file: usize, offset: usize) -> Option<(Symbol, Range<usize>)> {
        let outline = self.outlines[file];
        let is_here = |range: &Range<usize>| (range.start..=range.end).contains(&offset);
        let of_text = |text: &Text| is_here(&text.range).then(|| unquoted(outline, text));
        for (number, matcher) in outline.matchers.iter().enumerate() {
            if let Some(range) = of_text(&matcher.name) {
                return Some((Symbol::Matcher(file, number), range));
            }
        }
        for (number, rule) in outline.rules.iter().enumerate() {
            let names = std::iter::once(&rule.id).chain(&rule.schema.aliases.0);
            if let Some(range) = names.filter(|id| !id.value.is_empty()).find_map(of_text) {
                return Some((Symbol::Rule(file, number), range));
            }
        }
        let declared = outline.categories.iter().map(|it| &it.name);
        for name in declared.chain(&outline.category_uses) {
            if let Some(range) = of_text(name) {
                return Some((self.find_category(&name.value)?, range));
            }
        }
        if let Some(list) = outline.lists.iter().find(|list| is_here(&list.range)) {
            return Some((Symbol::List(list_path(outline, &list.value)), list.range.clone()));
        }
        let used = outline.uses.iter().find(|used| is_here(&used.range))?;
        Some((self.resolve(file, used)?, used.range.clone()))
    }

    /// What a used name refers to; `None` if it does not exist.
    pub fn resolve(&self, file: usize, used: &Use) -> Option<Symbol> {
        match used.kind {
            NameKind::Matcher => self.find_matcher(file, used.rule, &used.name),
            NameKind::Rule => self.find_rule(&used.name),
            NameKind::Path => Some(Symbol::Path(used.name.clone())),
            NameKind::Glob => None,
        }
    }

    /// The matcher that `name` means in a rule of a file.
    pub fn find_matcher(&self, file: usize, rule: Option<usize>, name: &str) -> Option<Symbol> {
        let own = self.matcher_of(file, |it| it.rule.is_some() && it.rule == rule, name);
        if let Some(found) = own.or_else(|| self.matcher_of(file, |it| it.rule.is_none(), name)) {
            return Some(Symbol::Matcher(file, found));
        }
        let (pack, name) = name.rsplit_once('.')?;
        let is_pack = |it: &&Outline| it.name.as_ref().is_some_and(|name| name.value == pack);
        let other = self.outlines.iter().position(is_pack)?;
        let found = self.matcher_of(other, |it| it.rule.is_none(), name)?;
        Some(Symbol::Matcher(other, found))
    }

    fn matcher_of(
        &self,
        file: usize,
        is_in_scope: impl Fn(&MatcherDef) -> bool,
        name: &str,
    ) -> Option<usize> {
        let matchers = &self.outlines[file].matchers;
        matchers.iter().position(|it| is_in_scope(it) && it.name.value == name)
    }

    /// The rule with this id, otherwise with this former id.
    pub fn find_rule(&self, id: &str) -> Option<Symbol> {
        let find = |is_named: &dyn Fn(&RuleDef) -> bool| {
            let files = self.outlines.iter().enumerate();
            let mut found = files.filter_map(|(file, outline)| {
                Some(Symbol::Rule(file, outline.rules.iter().position(is_named)?))
            });
            found.next()
        };
        let is_former =
            |rule: &RuleDef| rule.schema.aliases.0.iter().any(|alias| alias.value == id);
        find(&|rule| rule.id.value == id).or_else(|| find(&is_former))
    }

    /// The first declaration of a category.
    pub fn find_category(&self, name: &str) -> Option<Symbol> {
        let mut files = self.outlines.iter().enumerate();
        files.find_map(|(file, outline)| {
            let at = outline.categories.iter().position(|it| it.name.value == name)?;
            Some(Symbol::Category(file, at))
        })
    }

    /// The declaration of a category.
    pub fn category(&self, outline: usize, category: usize) -> &'o CategoryDef {
        &self.outlines[outline].categories[category]
    }

    /// Every place where a symbol is named, by file and place. Patterns are left out.
    pub fn references(&self, symbol: &Symbol) -> Vec<Reference> {
        let mut found = Vec::new();
        if let Some((outline, name)) = self.definition(symbol) {
            let range = unquoted(self.outlines[outline], name);
            let name = name.value.clone();
            found.push(Reference { outline, range, name, is_definition: true });
        }
        for (file, outline) in self.outlines.iter().enumerate() {
            let uses =
                outline.uses.iter().filter(|it| self.resolve(file, it).as_ref() == Some(symbol));
            found.extend(uses.map(|used| Reference {
                outline: file,
                range: used.range.clone(),
                name: used.name.clone(),
                is_definition: false,
            }));
            let categories = outline.categories.iter().map(|it| &it.name);
            let categories = categories.chain(&outline.category_uses).filter(
                |it| matches!(symbol, Symbol::Category(..) if self.find_category(&it.value).as_ref() == Some(symbol)),
            );
            found.extend(categories.map(|name| Reference {
                outline: file,
                range: unquoted(outline, name),
                name: name.value.clone(),
                is_definition: false,
            }));
            let lists = outline.lists.iter().filter(
                |list| matches!(symbol, Symbol::List(path) if list_path(outline, &list.value) == *path),
            );
            found.extend(lists.map(|list| Reference {
                outline: file,
                range: unquoted(outline, list),
                name: list.value.clone(),
                is_definition: false,
            }));
        }
        found.sort_by_key(|it| (it.outline, it.range.start, !it.is_definition));
        // An anchor of YAML repeats its places.
        found.dedup_by_key(|it| (it.outline, it.range.start));
        found
    }

    /// The name of a matcher, rule or category where it is defined.
    pub fn definition(&self, symbol: &Symbol) -> Option<(usize, &'o Text)> {
        match symbol {
            Symbol::Matcher(outline, matcher) => {
                Some((*outline, &self.matcher(*outline, *matcher).1.name))
            }
            Symbol::Rule(outline, rule) => Some((*outline, &self.rule(*outline, *rule).1.id)),
            Symbol::Category(outline, category) => {
                Some((*outline, &self.category(*outline, *category).name))
            }
            Symbol::List(_) | Symbol::Path(_) => None,
        }
    }

    /// Patterns of conditions of `file` and of policies that include a name: a matcher of a pack
    /// as `name`, a rule by its id.
    pub fn globs(&self, symbol: &Symbol, name: &str) -> Vec<(usize, &'o Use)> {
        let mut found = Vec::new();
        for (file, outline) in self.outlines.iter().enumerate() {
            let is_included = |used: &&Use| match (symbol, used.kind) {
                (Symbol::Matcher(own, matcher), NameKind::Glob) => {
                    let scope = self.matcher(*own, *matcher).1.rule;
                    *own == file && (scope.is_none() || scope == used.rule)
                }
                (Symbol::Rule(..), NameKind::Rule) => used.name.contains('*'),
                _ => false,
            };
            let uses = outline.uses.iter().filter(is_included);
            found.extend(uses.filter(|it| glob_matches(&it.name, name)).map(|it| (file, it)));
        }
        found
    }
}

/// The bytes of a name without its quotes.
pub fn unquoted(outline: &Outline, text: &Text) -> Range<usize> {
    let Range { start, end } = text.range;
    match outline.written(&text.range).starts_with(['"', '\'']) && end - start >= 2 {
        true => start + 1..end - 1,
        false => start..end,
    }
}

/// The path of a list that a pack includes: on disk, or below [`PREFIX`].
pub fn list_path(outline: &Outline, file: &str) -> PathBuf {
    let pack = match &outline.path {
        Some(path) => path.as_path(),
        None => Path::new(&outline.source.name),
    };
    let mut path = pack.parent().map(Path::to_owned).unwrap_or_default();
    for step in Path::new(file).components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir => drop(path.pop()),
            other => path.push(other),
        }
    }
    if outline.path.is_some() { crate::uri::canonical(&path) } else { path }
}

/// The path of an embedded file below the rules of the bundle.
pub fn embedded_path(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::diagnostic::Source;

    fn outline(name: &str, text: &str) -> Arc<Outline> {
        let source = Source { name: name.to_owned(), text: text.to_owned() };
        Arc::new(Outline::new(Arc::new(source), Some(PathBuf::from(name))).unwrap())
    }

    const ONE: &str = "pack: one\ndefine: { game: [a], 'zh_x': [b] }\nrules:\n\
        \x20 - { id: one.a, aliases: [one.old], match: { bait: [x], game: [y] }, condition: game and bait }\n\
        \x20 - { id: one.b, condition: game and any of zh_* and fired(one.old) }\n";
    const TWO: &str = "pack: two\ndefine: { l: { file: ../w.txt } }\nrules:\n\
        \x20 - { id: two.a, condition: 'one.game and fired(one.a) and post.x.y == 1' }\n";
    const POLICY: &str = "kind: policy\nrules: [{ rule: one.a }, { rule: 'one.*' }]\n";

    fn files() -> Vec<Arc<Outline>> {
        vec![
            outline("/r/a/one.rules.yaml", ONE),
            outline("/r/a/two.rules.yaml", TWO),
            outline("/r/policy.yaml", POLICY),
        ]
    }

    fn references(index: &Index<'_>, file: usize, text: &str, word: &str) -> Vec<String> {
        let (symbol, range) = index.symbol_at(file, text.find(word).unwrap()).unwrap();
        assert!(text[range].len() <= word.len());
        let render = |it: Reference| {
            assert_eq!(&index.outlines()[it.outline].source.text[it.range.clone()], it.name);
            format!("{} {} {}", it.outline, it.range.start, it.is_definition)
        };
        index.references(&symbol).into_iter().map(render).collect()
    }

    #[test]
    fn a_matcher_of_a_rule_hides_that_of_the_pack() {
        let files = files();
        let index = Index::new(files.iter(), &[]);
        let at = |word: &str| ONE.find(word).unwrap();
        let own = references(&index, 0, ONE, "game: [y]");
        assert_eq!(
            own,
            [format!("0 {} true", at("game: [y]")), format!("0 {} false", at("game and bait"))]
        );
        let of_pack = references(&index, 0, ONE, "game: [a]");
        let other = TWO.find("one.game").unwrap();
        assert_eq!(
            of_pack,
            [
                format!("0 {} true", at("game: [a]")),
                format!("0 {} false", at("game and any")),
                format!("1 {other} false"),
            ]
        );
    }

    #[test]
    fn rules_are_found_by_former_ids_and_in_policies() {
        let files = files();
        let index = Index::new(files.iter(), &[]);
        let found = references(&index, 0, ONE, "one.old)");
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].ends_with("true") && found[3].starts_with("2 "), "{found:?}");
        let Some((symbol, _)) = index.symbol_at(2, POLICY.find("one.a").unwrap()) else { panic!() };
        assert_eq!(index.globs(&symbol, "one.a")[0].0, 2);
        assert!(index.globs(&symbol, "two.a").is_empty());
        assert!(index.symbol_at(2, POLICY.find("one.*").unwrap()).is_none());
    }

    #[test]
    fn lists_paths_and_patterns_are_known() {
        let files = files();
        let index = Index::new(files.iter(), &[]);
        let symbol = |file: usize, text: &str, word: &str| {
            index.symbol_at(file, text.find(word).unwrap() + 1).map(|(symbol, _)| symbol)
        };
        assert_eq!(symbol(1, TWO, "../w.txt"), Some(Symbol::List(PathBuf::from("/r/w.txt"))));
        assert_eq!(symbol(1, TWO, "x.y"), Some(Symbol::Path("x.y".to_owned())));
        let quoted = symbol(0, ONE, "'zh_x'").unwrap();
        assert_eq!(index.globs(&quoted, "zh_x").len(), 1);
        assert_eq!(symbol(0, ONE, "zh_*"), None);
    }

    #[test]
    fn packs_of_the_folder_replace_embedded_ones() {
        let (files, embedded) =
            (files(), [outline("x", "pack: one\n"), outline("y", "pack: three\n")]);
        let index = Index::new(files.iter(), &embedded);
        let names: Vec<&str> = index
            .outlines()
            .iter()
            .filter_map(|it| it.name.as_ref())
            .map(|it| &*it.value)
            .collect();
        assert_eq!(names, ["one", "two", "three"]);
    }
}
