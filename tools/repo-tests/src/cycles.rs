//! No file uses another that uses it, directly or through others.

use crate::modules::{Edge, Tree, tree};
use crate::source::{CRATES, root, rust_files};

/// The groups of files that use each other in a circle, by Tarjan's algorithm.
fn cycles(tree: &Tree, edges: &[Edge]) -> Vec<Vec<usize>> {
    let mut next = vec![Vec::new(); tree.len()];
    for edge in edges {
        next[edge.from].push(edge.to);
    }
    let mut search = Search {
        next: &next,
        index: vec![None; tree.len()],
        low: vec![0; tree.len()],
        on_stack: vec![false; tree.len()],
        stack: Vec::new(),
        count: 0,
        found: Vec::new(),
    };
    for file in 0..tree.len() {
        if search.index[file].is_none() {
            search.visit(file);
        }
    }
    search.found
}

struct Search<'a> {
    next: &'a [Vec<usize>],
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    count: usize,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, file: usize) {
        let own = self.count;
        self.count += 1;
        (self.index[file], self.low[file]) = (Some(own), own);
        self.stack.push(file);
        self.on_stack[file] = true;
        for &to in &self.next[file] {
            match self.index[to] {
                None => {
                    self.visit(to);
                    self.low[file] = self.low[file].min(self.low[to]);
                }
                Some(index) if self.on_stack[to] => self.low[file] = self.low[file].min(index),
                Some(_) => {}
            }
        }
        if self.low[file] == own {
            let start = self.stack.iter().position(|other| *other == file).unwrap();
            let group = self.stack.split_off(start);
            for member in &group {
                self.on_stack[*member] = false;
            }
            if group.len() > 1 {
                self.found.push(group);
            }
        }
    }
}

/// The circles of a crate as text: each file with the lines of its uses inside the circle.
fn report(folder: &str, tree: &Tree) -> Vec<String> {
    let edges = tree.edges();
    let mut lines = Vec::new();
    for group in cycles(tree, &edges) {
        lines.push(format!("{folder}: {} files use each other in a circle:", group.len()));
        for edge in &edges {
            if group.contains(&edge.from) && group.contains(&edge.to) {
                let (from, to) = (tree.name(edge.from), tree.name(edge.to));
                lines.push(format!("  {from}:{} uses {to}", edge.line));
            }
        }
    }
    lines
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (_, folder) in CRATES.iter().chain(&[("peers", "benches/peers/src")]) {
        let tree = Tree::new(&rust_files(&root().join(folder)));
        seen += tree.edges().len();
        wrong.extend(report(folder, &tree));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 400, "found only {seen} uses; is the reading broken?");
}

#[test]
fn circles_are_found() {
    let circle = tree(&[
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "pub struct C; fn f(a: crate::a::A) {}"),
        ("d.rs", "use crate::a::A;"),
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
    ]);
    assert_eq!(report("x", &circle).len(), 4);
    let line = tree(&[("a.rs", "pub struct A;"), ("b.rs", "use crate::a::A;"), ("lib.rs", "")]);
    assert_eq!(report("x", &line), [""; 0]);
}
