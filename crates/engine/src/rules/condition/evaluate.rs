//! The exact evaluation of conditions.
//!
//! Nodes see all hits of the post, or those in a window ([`Window`]). A scope evaluates its
//! condition once per window: the work of one condition is bounded by
//! [`SCOPE_STEPS_MAX`](crate::domain::limits::SCOPE_STEPS_MAX), and each window by binary
//! searches where hits do not contain one another.

use crate::domain::field::{FieldId, FieldSet, MetaId};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::limits::{EVIDENCE_PER_MATCHER_MAX, EVIDENCE_WINDOWS_MAX};
use crate::domain::view::View;
use crate::post::Post;
use crate::rules::condition::compare::{meta_has, meta_holds, meta_in};
use crate::rules::condition::expr::{Extent, Operand};
use crate::rules::condition::program::{Node, Program};
use crate::rules::condition::proximity::is_near;
use crate::rules::condition::window::{Window, WindowScratch};
use crate::scan::hits::{Hit, Hits};
use crate::scan::text::script::{self, Scripts};
use std::ops::Range;

/// Everything about one post that a condition can depend on.
pub struct Facts<'f> {
    /// Hits of all matchers.
    pub hits: &'f Hits,
    /// The post.
    pub post: &'f Post<'f>,
    /// Characters over a set of fields.
    pub length: &'f dyn Fn(FieldSet) -> u64,
    /// Scripts in a set of fields.
    pub scripts: &'f dyn Fn(FieldSet) -> Scripts,
    /// Did this rule fire? Called only for rules that were evaluated before.
    pub fired: &'f dyn Fn(RuleIx) -> bool,
}

/// Buffers that [`Program::holds`] reuses. They are of one post.
#[derive(Debug, Default)]
pub struct ProgramScratch {
    distinct_keys: Vec<u64>,
    /// Windows of evidence, of all scopes around the one at hand.
    satisfied: Vec<(Hit, Window)>,
    windows: WindowScratch,
}

impl ProgramScratch {
    /// Forgets the last post.
    pub fn begin_post(&mut self) {
        self.windows.begin_post();
    }

    /// Did a scope of this post look at fewer windows than there are?
    pub fn is_capped(&self) -> bool {
        self.windows.is_capped()
    }

    /// Sets what [`ProgramScratch::is_capped`] returns, and returns what it was: for an evaluation
    /// that does not count.
    pub fn set_capped(&mut self, is_capped: bool) -> bool {
        self.windows.set_capped(is_capped)
    }
}

impl Program {
    /// Is the condition true for a post? `fields` are the fields of the rule.
    pub fn holds(&self, facts: &Facts<'_>, fields: FieldSet, scratch: &mut ProgramScratch) -> bool {
        let mut run = Run::begin(self, facts, fields, scratch);
        run.node(self.root(), None)
    }

    /// The value of each node, children before parents: the order in which a walk over the tree
    /// of the condition leaves its nodes. Every node is evaluated, except for the conditions of
    /// scopes. They see `window`, or all of the post.
    pub fn trace(&self, facts: &Facts<'_>, fields: FieldSet, window: Option<&Window>) -> Vec<bool> {
        let mut scratch = ProgramScratch::default();
        let mut run = Run::begin(self, facts, fields, &mut scratch);
        let mut values = Vec::new();
        run.trace(self.root(), window, &mut values);
        values
    }

    /// Appends the hits that support the scopes of a condition that is true: of each scope those
    /// in the first windows that satisfy it. At most [`EVIDENCE_PER_MATCHER_MAX`] of a matcher
    /// in a window; sorted, each once.
    pub fn scoped_evidence(
        &self,
        facts: &Facts<'_>,
        fields: FieldSet,
        scratch: &mut ProgramScratch,
        found: &mut Vec<Hit>,
    ) {
        if self.has_scopes() {
            scratch.satisfied.clear();
            Run::begin(self, facts, fields, scratch).support(self.root(), None, true, found);
            found.sort_unstable();
            found.dedup();
        }
    }
}

/// The windows of the hits of `key` in `outer` (in the post without it), by matcher and position:
/// at most `most`.
pub fn windows(
    facts: &Facts<'_>,
    key: &Operand,
    extent: Extent,
    outer: Option<&Window>,
    most: usize,
) -> Vec<(Hit, Window)> {
    let mut scratch = WindowScratch::default();
    let hits = key.any.iter().flat_map(|matcher| facts.hits.of(*matcher));
    let seen = hits.filter(|hit| outer.is_none_or(|outer| outer.sees(hit)));
    seen.take(most).map(|hit| (*hit, scratch.window(hit, extent, outer, facts.post))).collect()
}

/// The value of `distinct()` for these hits.
pub fn count_distinct<'h>(hits: impl IntoIterator<Item = &'h Hit>) -> usize {
    distinct(hits, &mut Vec::new())
}

fn distinct<'h>(hits: impl IntoIterator<Item = &'h Hit>, keys: &mut Vec<u64>) -> usize {
    keys.clear();
    keys.extend(hits.into_iter().map(|hit| hit.distinct_key));
    keys.sort_unstable();
    keys.dedup();
    keys.len()
}

/// The evaluation of one condition.
struct Run<'r, 'f> {
    program: &'r Program,
    facts: &'r Facts<'f>,
    fields: FieldSet,
    scratch: &'r mut ProgramScratch,
}

/// Hits of a matcher, and a window around which they are; some may be outside.
#[derive(Clone, Copy)]
struct Near<'h> {
    hits: &'h [Hit],
    /// `None` if all hits are inside.
    window: Option<Window>,
}

impl<'h> Near<'h> {
    fn seen(self) -> impl Iterator<Item = &'h Hit> + Clone {
        let Near { hits, window } = self;
        hits.iter().filter(move |hit| window.is_none_or(|window| window.sees(hit)))
    }
}

impl<'r, 'f> Run<'r, 'f> {
    fn begin(
        program: &'r Program,
        facts: &'r Facts<'f>,
        fields: FieldSet,
        scratch: &'r mut ProgramScratch,
    ) -> Run<'r, 'f> {
        scratch.windows.begin_condition();
        Run { program, facts, fields, scratch }
    }

    fn node(&mut self, node: u32, window: Option<&Window>) -> bool {
        let (program, post) = (self.program, self.facts.post);
        match program.node(node) {
            Node::And(parts) => program.children(parts).iter().all(|part| self.node(*part, window)),
            Node::Or(parts) => program.children(parts).iter().any(|part| self.node(*part, window)),
            Node::Not(inner) => !self.node(*inner, window),
            Node::Hit(any) => {
                program.matchers(any).iter().any(|matcher| self.is_hit(*matcher, window))
            }
            Node::Near { left, right, within, ordered } => {
                self.near(left, right, *within, *ordered, window)
            }
            Node::Scoped { key, extent, inner } => self.scoped(key, *extent, *inner, window),
            Node::AtLeast { count, of } => {
                let hit = program.matchers(of).iter();
                let hit = hit.filter(|matcher| self.is_hit(**matcher, window));
                hit.take(*count as usize).count() == *count as usize
            }
            Node::Count { matcher, op, value } => {
                op.holds(&(self.count(*matcher, window) as f64), value)
            }
            Node::Distinct { matcher, op, value } => {
                let near = self.near_window(*matcher, window);
                self.scratch.windows.count(near.hits.len());
                let different = distinct(near.seen(), &mut self.scratch.distinct_keys);
                op.holds(&(different as f64), value)
            }
            Node::Length { op, value } => op.holds(&(self.length(window) as f64), value),
            Node::Lang { scripts, languages, negated } => {
                let claim = post.meta(MetaId::LANG);
                let is = (self.facts.scripts)(self.fields).meets(*scripts)
                    || script::claims(claim, languages);
                is != *negated
            }
            Node::Meta { path, op, value } => meta_holds(post.meta(*path), *op, value),
            Node::MetaIn { path, values } => meta_in(post.meta(*path), values),
            Node::Has(path) => meta_has(post.meta(*path)),
            Node::Fired(rule) => (self.facts.fired)(*rule),
            Node::Evaded(matcher) => self.evaded(*matcher, window),
        }
    }

    /// Is the condition true in the window of one of the hits?
    fn scoped(
        &mut self,
        key: &Range<u32>,
        extent: Extent,
        inner: u32,
        outer: Option<&Window>,
    ) -> bool {
        self.program
            .matchers(key)
            .iter()
            .any(|matcher| self.satisfying(*matcher, extent, inner, outer, 1, |_, _, _| {}) > 0)
    }

    /// Calls `found` for the first `most` different windows of a matcher's hits in which `inner`
    /// is true; returns their number.
    fn satisfying(
        &mut self,
        matcher: MatcherIx,
        extent: Extent,
        inner: u32,
        outer: Option<&Window>,
        most: usize,
        found: impl Fn(&mut ProgramScratch, Hit, Window),
    ) -> usize {
        let mut count = 0;
        let mut last = None;
        for hit in self.near_window(matcher, outer).seen() {
            if !self.scratch.windows.may_go_on() {
                break;
            }
            let window = self.scratch.windows.window(hit, extent, outer, self.facts.post);
            // The hits of one segment have the same window.
            if last.replace(window) == Some(window) || !self.node(inner, Some(&window)) {
                continue;
            }
            found(self.scratch, *hit, window);
            count += 1;
            if count == most {
                break;
            }
        }
        count
    }

    /// Hits of the matcher in the window, and perhaps some next to it.
    fn near_window(&mut self, matcher: MatcherIx, window: Option<&Window>) -> Near<'f> {
        let (hits, are_inside) = self.scratch.windows.hits_near(self.facts.hits, matcher, window);
        Near { hits, window: window.copied().filter(|_| !are_inside) }
    }

    fn is_hit(&mut self, matcher: MatcherIx, window: Option<&Window>) -> bool {
        if window.is_none() {
            return !self.facts.hits.of(matcher).is_empty();
        }
        let mut looked_at = 0;
        let near = self.near_window(matcher, window);
        let is_seen = near.hits.iter().any(|hit| {
            looked_at += 1;
            near.window.is_none_or(|window| window.sees(hit))
        });
        self.scratch.windows.count(looked_at);
        is_seen
    }

    fn count(&mut self, matcher: MatcherIx, window: Option<&Window>) -> usize {
        let near = self.near_window(matcher, window);
        if near.window.is_none() {
            return near.hits.len();
        }
        self.scratch.windows.count(near.hits.len());
        near.seen().count()
    }

    /// Has hits, all of them in views wider than `folded`.
    fn evaded(&mut self, matcher: MatcherIx, window: Option<&Window>) -> bool {
        let near = self.near_window(matcher, window);
        self.scratch.windows.count(near.hits.len());
        let mut seen = near.seen().peekable();
        seen.peek().is_some() && seen.all(|hit| hit.view > View::Folded)
    }

    fn near(
        &mut self,
        left: &Range<u32>,
        right: &Range<u32>,
        within: u32,
        ordered: bool,
        window: Option<&Window>,
    ) -> bool {
        let program = self.program;
        program.matchers(left).iter().any(|left| {
            program.matchers(right).iter().any(|right| {
                let one = self.near_window(*left, window);
                let other = self.near_window(*right, window);
                self.scratch.windows.count(one.hits.len() + other.hits.len());
                is_near((*left, one.seen()), (*right, other.seen()), within, ordered)
            })
        })
    }

    fn length(&mut self, window: Option<&Window>) -> u64 {
        let length = self.facts.length;
        let Some(window) = window else { return length(self.fields) };
        let of_field = |field: FieldId| {
            let mut fields = FieldSet::NONE;
            fields.insert(field);
            length(fields)
        };
        let whole = self.scratch.windows.field_length(window.field, || of_field(window.field));
        window.length(whole)
    }

    /// The values of a node and those below it, as they are left.
    fn trace(&mut self, node: u32, window: Option<&Window>, values: &mut Vec<bool>) {
        let program = self.program;
        match program.node(node) {
            Node::And(parts) | Node::Or(parts) => {
                program.children(parts).iter().for_each(|part| self.trace(*part, window, values));
            }
            Node::Not(inner) => self.trace(*inner, window, values),
            Node::Hit(_)
            | Node::Near { .. }
            | Node::Scoped { .. }
            | Node::AtLeast { .. }
            | Node::Count { .. }
            | Node::Distinct { .. }
            | Node::Length { .. }
            | Node::Lang { .. }
            | Node::Meta { .. }
            | Node::MetaIn { .. }
            | Node::Has(_)
            | Node::Fired(_)
            | Node::Evaded(_) => {}
        }
        values.push(self.node(node, window));
    }

    /// Appends the hits in windows that support a node.
    fn support(
        &mut self,
        node: u32,
        window: Option<&Window>,
        supports: bool,
        found: &mut Vec<Hit>,
    ) {
        let program = self.program;
        match program.node(node) {
            Node::And(parts) | Node::Or(parts) => {
                for part in program.children(parts) {
                    self.support(*part, window, supports, found);
                }
            }
            Node::Not(inner) => self.support(*inner, window, !supports, found),
            Node::Scoped { key, extent, inner } if supports => {
                self.support_scope(key, *extent, *inner, window, found);
            }
            Node::Hit(of) | Node::AtLeast { of, .. } if supports => {
                self.add_seen(program.matchers(of), window, found);
            }
            Node::Near { left, right, .. } if supports => {
                self.add_seen(program.matchers(left), window, found);
                self.add_seen(program.matchers(right), window, found);
            }
            Node::Count { matcher, .. }
            | Node::Distinct { matcher, .. }
            | Node::Evaded(matcher)
                if supports =>
            {
                self.add_seen(std::slice::from_ref(matcher), window, found);
            }
            Node::Scoped { .. }
            | Node::Hit(_)
            | Node::AtLeast { .. }
            | Node::Near { .. }
            | Node::Count { .. }
            | Node::Distinct { .. }
            | Node::Evaded(_)
            | Node::Length { .. }
            | Node::Lang { .. }
            | Node::Meta { .. }
            | Node::MetaIn { .. }
            | Node::Has(_)
            | Node::Fired(_) => {}
        }
    }

    fn support_scope(
        &mut self,
        key: &Range<u32>,
        extent: Extent,
        inner: u32,
        outer: Option<&Window>,
        found: &mut Vec<Hit>,
    ) {
        let start = self.scratch.satisfied.len();
        for matcher in self.program.matchers(key) {
            let add = |scratch: &mut ProgramScratch, hit, window| {
                scratch.satisfied.push((hit, window));
            };
            self.satisfying(*matcher, extent, inner, outer, EVIDENCE_WINDOWS_MAX, add);
        }
        let own = &mut self.scratch.satisfied[start..];
        own.sort_unstable_by_key(|(hit, _)| (hit.field, hit.span, hit.matcher));
        let end = start + own.len().min(EVIDENCE_WINDOWS_MAX);
        for at in start..end {
            let (hit, window) = self.scratch.satisfied[at];
            found.push(hit);
            self.add_seen(self.program.matchers(key), Some(&window), found);
            self.support(inner, Some(&window), true, found);
        }
        self.scratch.satisfied.truncate(start);
    }

    /// Hits outside of windows are listed elsewhere.
    fn add_seen(&mut self, matchers: &[MatcherIx], window: Option<&Window>, found: &mut Vec<Hit>) {
        let Some(window) = window else { return };
        for matcher in matchers {
            let near = self.near_window(*matcher, Some(window));
            found.extend(near.seen().take(EVIDENCE_PER_MATCHER_MAX));
        }
    }
}
