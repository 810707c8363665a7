//! The module tree of one crate, and which file uses items of which other file.
//!
//! Paths are resolved as the compiler does, as far as that is possible without types: `crate`,
//! `super`, `self`, child modules, imported modules, and re-exports (`pub use`), which lead to
//! the file that defines the item. A `mod` declaration and a `pub use` are no use of the
//! child. Test code (`#[cfg(test)]`) does not count.

use crate::source::{code, tokens};
use std::collections::{BTreeMap, BTreeSet};

/// Paths of modules and items, without `crate`.
type Path = Vec<String>;

/// One source file of a crate.
struct File {
    name: String,
    module: Path,
    /// Tokens of code that is not test code, each with its line.
    tokens: Vec<(String, usize)>,
    /// Names of the items defined in the file.
    items: BTreeSet<String>,
    /// Re-exported names, each with the path of the item.
    exports: BTreeMap<String, Path>,
    /// Modules whose items are re-exported by `*`.
    globs: Vec<Path>,
    /// Imported names, each with the full path.
    imports: BTreeMap<String, (Path, usize)>,
}

/// The files of one crate.
pub struct Tree {
    files: Vec<File>,
    by_module: BTreeMap<Path, usize>,
}

/// A use of one file by another: the user's line, and what is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Index of the file that uses.
    pub from: usize,
    /// Index of the file that is used.
    pub to: usize,
    /// Line in the file that uses.
    pub line: usize,
}

impl Tree {
    /// Reads a crate from its files: path below the source folder, and text.
    pub fn new(sources: &[(String, String)]) -> Tree {
        let mut files: Vec<File> = Vec::new();
        for (name, text) in sources {
            files.push(File {
                name: name.clone(),
                module: module_of(name),
                tokens: product_tokens(text),
                items: BTreeSet::new(),
                exports: BTreeMap::new(),
                globs: Vec::new(),
                imports: BTreeMap::new(),
            });
        }
        let by_module: BTreeMap<Path, usize> =
            files.iter().enumerate().map(|(at, file)| (file.module.clone(), at)).collect();
        let mut tree = Tree { files, by_module };
        for at in 0..tree.files.len() {
            tree.read_items(at);
        }
        tree
    }

    /// The path of a file below the source folder.
    pub fn name(&self, file: usize) -> &str {
        &self.files[file].name
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    fn read_items(&mut self, at: usize) {
        let file = &self.files[at];
        let words: Vec<&str> = file.tokens.iter().map(|token| token.0.as_str()).collect();
        let (mut items, mut exports, mut globs, mut imports) =
            (BTreeSet::new(), BTreeMap::new(), Vec::new(), BTreeMap::new());
        const KEYWORDS: &[&str] =
            &["fn", "struct", "enum", "const", "static", "trait", "type", "union"];
        for (here, word) in words.iter().enumerate() {
            if KEYWORDS.contains(word)
                && let Some(name) = words.get(here + 1)
            {
                items.insert((*name).to_owned());
            }
            if *word == "macro_rules" && words.get(here + 1) == Some(&"!") {
                items.insert(words[here + 2].to_owned());
            }
            if *word != "use" {
                continue;
            }
            let is_export = here > 0 && (words[here - 1] == "pub" || words[here - 1] == ")");
            for (name, path) in use_tree(&words[here + 1..]) {
                let Some(path) = self.absolute(at, &path) else { continue };
                match (is_export, name.as_str()) {
                    (true, "*") => globs.push(path),
                    (true, _) => drop(exports.insert(name, path)),
                    (false, _) => drop(imports.insert(name, (path, file.tokens[here].1))),
                }
            }
        }
        let file = &mut self.files[at];
        (file.items, file.exports, file.globs, file.imports) = (items, exports, globs, imports);
    }

    /// `path` as written in `file`, from the root of the crate; `None` for another crate's.
    fn absolute(&self, file: usize, path: &[String]) -> Option<Path> {
        let module = &self.files[file].module;
        let mut base = match path.first()?.as_str() {
            "crate" => return Some(path[1..].to_vec()),
            "self" => module.clone(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                if self.by_module.contains_key(&child) {
                    return Some([module.as_slice(), path].concat());
                }
                let (import, _) = self.files[file].imports.get(first)?;
                return Some([import.as_slice(), &path[1..]].concat());
            }
        };
        let mut rest = &path[1..];
        while rest.first().is_some_and(|step| step == "super") {
            base.pop()?;
            rest = &rest[1..];
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file that defines what `path` names; `None` for a path that ends at a module.
    fn resolve(&self, path: &[String], depth: usize) -> Option<usize> {
        let mut module: Path = Vec::new();
        let mut rest = path;
        while let Some(step) = rest.first() {
            let child = [module.as_slice(), std::slice::from_ref(step)].concat();
            if !self.by_module.contains_key(&child) {
                break;
            }
            (module, rest) = (child, &rest[1..]);
        }
        let name = rest.first()?;
        let at = *self.by_module.get(&module)?;
        let file = &self.files[at];
        if file.items.contains(name) || depth == 0 {
            return Some(at);
        }
        if let Some(target) = file.exports.get(name) {
            return self.resolve(&[target.as_slice(), &rest[1..]].concat(), depth - 1);
        }
        let through_glob = file.globs.iter().find_map(|glob| {
            let found = self.resolve(&[glob.as_slice(), rest].concat(), depth - 1)?;
            self.files[found].items.contains(name).then_some(found)
        });
        through_glob.or(Some(at))
    }

    /// Every use of another file, in the order of the files.
    pub fn edges(&self) -> Vec<Edge> {
        let mut edges = BTreeSet::new();
        for from in 0..self.files.len() {
            for (path, line) in self.paths(from) {
                if let Some(to) = self.resolve(&path, 8)
                    && to != from
                {
                    edges.insert((from, to, line));
                }
            }
        }
        let mut last = None;
        let first_of_pair = |(from, to, _): &(usize, usize, usize)| {
            let is_new = last != Some((*from, *to));
            last = Some((*from, *to));
            is_new
        };
        let edges = edges.into_iter().filter(first_of_pair);
        edges.map(|(from, to, line)| Edge { from, to, line }).collect()
    }

    /// Every path in the code of `file`, made absolute: imports, and paths written out.
    fn paths(&self, file: usize) -> Vec<(Path, usize)> {
        let own = &self.files[file];
        let mut paths: Vec<(Path, usize)> = own.imports.values().cloned().collect();
        let words: Vec<&str> = own.tokens.iter().map(|token| token.0.as_str()).collect();
        let mut at = 0;
        while at < words.len() {
            if words[at] == "use" {
                at += words[at..].iter().position(|word| *word == ";").unwrap_or(words.len() - at);
                continue;
            }
            let starts = words.get(at + 1) == Some(&"::")
                && (at == 0 || !["::", "."].contains(&words[at - 1]));
            if !starts {
                at += 1;
                continue;
            }
            let mut path = vec![words[at].to_owned()];
            let line = own.tokens[at].1;
            while words.get(at + 1) == Some(&"::") && words.get(at + 2).is_some_and(is_name) {
                path.push(words[at + 2].to_owned());
                at += 2;
            }
            paths.extend(self.absolute(file, &path).map(|path| (path, line)));
            at += 1;
        }
        paths
    }
}

fn is_name(word: &&str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// `post/plan.rs` → `post`, `plan`; `post/mod.rs` → `post`; `lib.rs` → the root.
fn module_of(name: &str) -> Path {
    let mut parts: Path = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// The tokens outside of items under `#[cfg(test)]`.
fn product_tokens(text: &str) -> Vec<(String, usize)> {
    let code = code(text);
    let all = tokens(&code);
    let mut kept = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let words: Vec<&str> = all[at..].iter().take(7).map(|token| token.0).collect();
        if words == ["#", "[", "cfg", "(", "test", ")", "]"] {
            at = item_end(&all, at + 7);
            continue;
        }
        kept.push((all[at].0.to_owned(), all[at].1));
        at += 1;
    }
    kept
}

/// One past the item that starts at `from`: its closing brace, or its semicolon.
fn item_end(tokens: &[(&str, usize)], from: usize) -> usize {
    let mut depth = 0;
    for (at, (word, _)) in tokens.iter().enumerate().skip(from) {
        match *word {
            "{" => depth += 1,
            "}" if depth == 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The names that a use tree brings in, each with its path; `*` for a glob.
pub fn use_tree(words: &[&str]) -> Vec<(String, Path)> {
    let end = words.iter().position(|word| *word == ";").unwrap_or(words.len());
    let mut found = Vec::new();
    read_tree(&words[..end], &[], &mut found);
    found
}

/// Reads one branch, and returns how many words it took.
fn read_tree(words: &[&str], prefix: &[String], found: &mut Vec<(String, Path)>) -> usize {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match *word {
            "::" => at += 1,
            "{" => {
                at += 1;
                while words.get(at).is_some_and(|word| *word != "}") {
                    at += read_tree(&words[at..], &path, found);
                    at += usize::from(words.get(at) == Some(&","));
                }
                return at + 1;
            }
            "," | "}" => break,
            "*" => {
                found.push(("*".to_owned(), path));
                return at + 1;
            }
            "as" => {
                found.push((words[at + 1].to_owned(), path));
                return at + 2;
            }
            "self" if !path.is_empty() => at += 1,
            name => {
                path.push(name.to_owned());
                at += 1;
            }
        }
    }
    if let Some(name) = path.last() {
        found.push((name.clone(), path.clone()));
    }
    at
}

/// A tree of files that are given by name and text.
#[cfg(test)]
pub fn tree(files: &[(&str, &str)]) -> Tree {
    let owned: Vec<(String, String)> =
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Tree::new(&owned)
}

#[test]
fn uses_lead_to_the_file_that_defines_the_item() {
    let tree = tree(&[
        ("a/inner.rs", "pub struct Inner;"),
        ("a/mod.rs", "mod inner; pub use inner::Inner; pub fn f() {}"),
        ("b.rs", "use crate::a::{self, Inner}; fn g() { a::f(); }"),
        ("c.rs", "use crate::a::Inner as Other; #[cfg(test)] mod tests { use crate::b::g; }"),
        ("lib.rs", "mod a; mod b; mod c; // crate::b::g\nfn h() { b::g(); crate::c::k() }"),
    ]);
    let name = |at: usize| tree.name(at).to_owned();
    let found: Vec<(String, String)> =
        tree.edges().iter().map(|edge| (name(edge.from), name(edge.to))).collect();
    let expected = [
        ("b.rs", "a/inner.rs"),
        ("b.rs", "a/mod.rs"),
        ("c.rs", "a/inner.rs"),
        ("lib.rs", "b.rs"),
        ("lib.rs", "c.rs"),
    ];
    assert_eq!(found, expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
}
