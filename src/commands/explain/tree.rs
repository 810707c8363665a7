//! The tree of a condition: `✓` or `✗`, the expression, and what was found.
//!
//! Adjacent leaves with the same result share one line, so that twenty matchers without a hit
//! do not take twenty lines.

use crate::term;
use crate::term::layout::{Layout, Run};
use crate::term::palette::{FAINT, NO, PLAIN, YES};
use crate::term::say;
use tidegate_analysis::explain::{BoostReport, Node};

/// Writes a condition, `indent` columns in.
pub fn write(layout: &mut Layout, node: &Node, indent: usize) {
    let fact = fact(node).unwrap_or_else(|| (node.says.clone(), outcome(node)));
    node_line(layout, node.holds, indent, fact);
    parts(layout, node, indent + 2);
}

/// Writes a boost: its points and its condition.
pub fn boost(layout: &mut Layout, boost: &BoostReport, indent: usize) {
    let BoostReport { points, condition, written } = boost;
    let sign = if points.millis() < 0 { "" } else { "+" };
    let (says, found) = fact(condition).unwrap_or_else(|| (written.clone(), outcome(condition)));
    node_line(layout, condition.holds, indent, (say!("{sign}{points} for {says}"), found));
    parts(layout, condition, indent + 2);
}

fn parts(layout: &mut Layout, node: &Node, indent: usize) {
    if fact(node).is_some() {
        return;
    }
    let mut rest = node.parts.as_slice();
    while let Some(first) = rest.first() {
        let alike = alike(rest);
        if alike > 1 {
            facts_line(layout, &rest[..alike], indent);
        } else {
            write(layout, first, indent);
        }
        rest = &rest[alike..];
    }
}

/// Number of leading leaves with the same result.
fn alike(nodes: &[Node]) -> usize {
    let outcome = |node: &Node| fact(node).map(|(_, found)| (node.holds, found));
    match nodes.first().and_then(outcome) {
        Some(first) => nodes.iter().take_while(|it| outcome(it).as_ref() == Some(&first)).count(),
        None => 1,
    }
}

/// The expression of a leaf, or of a negated leaf, and what was found.
fn fact(node: &Node) -> Option<(String, String)> {
    match node.parts.as_slice() {
        [] => Some((node.says.clone(), term::say(&node.found))),
        // A scope has a finding of its own.
        [inner] if inner.parts.is_empty() && node.found.is_empty() => {
            Some((format!("not {}", inner.says), term::say(&inner.found)))
        }
        _ => None,
    }
}

fn node_line(layout: &mut Layout, holds: bool, indent: usize, (says, found): (String, String)) {
    let runs = [mark(holds), (PLAIN, says), (FAINT, say!(": {found}"))];
    layout.line(indent, indent + 4, &runs);
}

fn facts_line(layout: &mut Layout, nodes: &[Node], indent: usize) {
    let (says, found): (Vec<String>, Vec<String>) = nodes.iter().filter_map(fact).unzip();
    let holds = nodes.first().is_some_and(|node| node.holds);
    node_line(
        layout,
        holds,
        indent,
        (says.join(", "), found.into_iter().next().unwrap_or_default()),
    );
}

/// The result of the operands of `and`, `or` and `not`, in words; of a scope, its window.
fn outcome(node: &Node) -> String {
    if !node.found.is_empty() {
        return term::say(&node.found);
    }
    let all = node.parts.len();
    let holding = node.parts.iter().filter(|part| part.holds).count();
    let failing = all - holding;
    match (node.says.as_str(), node.holds) {
        ("and", true) => say!("all are true"),
        ("and", false) if failing == 1 => say!("1 of {all} is false"),
        ("and", false) => say!("{failing} of {all} are false"),
        ("or", true) if holding == 1 => say!("1 of {all} is true"),
        ("or", true) => say!("{holding} of {all} are true"),
        ("or", false) => say!("none of {all} is true"),
        (_, true) => say!("the operand is false"),
        (_, false) => say!("the operand is true"),
    }
}

fn mark(holds: bool) -> Run {
    if holds { (YES, "✓ ".to_owned()) } else { (NO, "✗ ".to_owned()) }
}
