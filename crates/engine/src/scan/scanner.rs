//! The scanner: what the classifier calls.
//!
//! [`Scanner::scan`] folds a batch and finds all literals. After it, each post has a handle,
//! and the phases of a post are types:
//!
//! ```text
//! Scanner::post ─► PostScan ─ collect_literal_hits ─► LiteralHits ─ run_deferred ─► PostHits
//!                  prefilter                          terms, sequences              sorted hits
//! ```

use super::build::build;
use super::confirm::{ConfirmScratch, HitCollector};
use super::cost::{self, TermCost};
use super::hits::{Hit, Hits};
use super::index::{Index, Matcher, Role};
use super::literals::{Candidates, Kernel};
use super::prefilter::{Prefilter, PrefilterState};
use super::search::Occurrences;
use super::spec::MatcherSpec;
use super::text::batch::FoldedBatch;
use super::text::post::PostText;
use super::text::projection::Projection;
use super::text::script::Scripts;
#[cfg(test)]
use super::{index::LiteralIndex, spec::Edge};
use crate::domain::field::{FieldSet, MetaId};
use crate::domain::ids::{MatcherIx, TermIx};
use crate::domain::limits::HITS_PER_POST_MAX;
use crate::fold;
use crate::post::{Batch, Post, TextRef};

pub use super::prefilter::FilterStage;

/// Compiled matchers. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Scanner {
    pub(super) index: Index,
}

/// A stage of scanning a batch, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScanStage {
    /// The posts are folded.
    Folded,
    /// The projections are derived.
    Derived,
    /// The literals of a projection are found.
    Found(Projection),
}

impl ScanStage {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        const FOUND: [&str; Projection::COUNT] = [
            "find folded",
            "find squeezed",
            "find look",
            "find squeezed look",
            "find sound",
            "find squeezed sound",
        ];
        match self {
            ScanStage::Folded => "fold",
            ScanStage::Derived => "derive",
            ScanStage::Found(projection) => FOUND[projection.index()],
        }
    }
}

/// One worker's buffers.
#[derive(Debug, Default)]
pub struct ScanScratch {
    batch: FoldedBatch,
    candidates: Candidates,
    /// By [`Projection::index`].
    occurrences: [Occurrences; Projection::COUNT],
    prefilter: PrefilterState,
    confirm: ConfirmScratch,
}

impl Scanner {
    /// Compiles matchers; the `n`-th gets the number `n`.
    pub fn new(specs: Vec<MatcherSpec>) -> Scanner {
        Scanner::with_kernel(specs, Kernel::best())
    }

    /// Compiles matchers for one kernel, for tests and measurements.
    pub fn with_kernel(specs: Vec<MatcherSpec>, kernel: Kernel) -> Scanner {
        Scanner { index: build(specs, kernel) }
    }

    /// Folds these fields too, for lengths of fields that no matcher reads.
    pub fn fold_also(&mut self, fields: FieldSet) {
        self.index.fields = self.index.fields.union(fields);
    }

    /// Finds occurrences inside words too, which no hit needs: for a slow twin of the search.
    #[cfg(test)]
    pub(crate) fn search_inside_words(&mut self) {
        let edges = self.index.literals.iter_mut().flat_map(|own| &mut own.edges);
        edges.for_each(|edge| *edge = Edge::None);
    }

    /// Undoes [`Scanner::search_inside_words`].
    #[cfg(test)]
    pub(crate) fn search_words_by_edges(&mut self) {
        self.index.literals.iter_mut().for_each(LiteralIndex::find_edges);
    }

    /// Number of matchers.
    pub fn matchers(&self) -> usize {
        self.index.matchers.len()
    }

    /// Folds every post of the batch and finds every literal.
    pub fn scan(&self, chunk: &[u8], batch: &Batch, scratch: &mut ScanScratch) {
        self.scan_observed(chunk, batch, scratch, |_| {});
    }

    /// As [`Scanner::scan`]. Calls `scanned` when a stage has finished.
    pub fn scan_observed(
        &self,
        chunk: &[u8],
        batch: &Batch,
        scratch: &mut ScanScratch,
        mut scanned: impl FnMut(ScanStage),
    ) {
        let ScanScratch { batch: folded, candidates, occurrences, .. } = scratch;
        folded.fill(chunk, batch, self.index.fields);
        scanned(ScanStage::Folded);
        for projection in &self.index.projections {
            folded.derive(*projection);
        }
        scanned(ScanStage::Derived);
        for projection in Projection::all() {
            let literals = self.index.literals_of(projection);
            occurrences[projection.index()].search(literals, folded, projection, candidates);
            scanned(ScanStage::Found(projection));
        }
    }

    /// Was any literal found in record `record` of the scanned batch?
    pub fn has_occurrences(&self, record: usize, scratch: &ScanScratch) -> bool {
        let mut projections = self.index.projections.iter();
        projections.any(|own| !scratch.occurrences[own.index()].of(record).is_empty())
    }

    /// Prefetches the cache line of `place`.
    #[inline]
    pub fn prefetch<T>(&self, place: &T) {
        self.index.literals_of(Projection::FOLDED).literals.prefetch(place);
    }

    /// The listed terms of a matcher, each once. Reads all literals.
    pub fn terms_of(&self, matcher: MatcherIx) -> Vec<TermIx> {
        let uses = self.index.literals.iter().flat_map(|literals| &literals.uses);
        let own = uses.filter(|own| own.matcher == matcher);
        let mut terms: Vec<TermIx> = own
            .filter_map(|own| match own.role {
                Role::Term(term) => Some(term),
                Role::Except | Role::Part { .. } | Role::Gate { .. } | Role::FoldedHint { .. } => {
                    None
                }
            })
            .collect();
        terms.sort_unstable();
        terms.dedup();
        terms
    }

    /// How often a term of the matcher is expected, and what is looked for to find it.
    pub fn term_cost(&self, matcher: MatcherIx, term: &str) -> (TermCost, String) {
        let Matcher { edge, views, .. } = self.index.matcher(matcher);
        let symbols = fold::fold(term);
        let searched = String::from_utf16_lossy(&cost::searched(*views, &symbols));
        (cost::of_term(*edge, *views, &symbols), searched)
    }

    /// Does the matcher have regexes or entities? They are evaluated only on request.
    pub fn is_deferred(&self, matcher: MatcherIx) -> bool {
        self.index.matcher(matcher).is_deferred()
    }

    /// Can the matcher hit a post in which none of its literals was found?
    pub fn can_hit_without_literal(&self, matcher: MatcherIx) -> bool {
        self.index.matcher(matcher).can_hit_without_literal()
    }

    /// Has the matcher a regex without a required literal? It is run on every post.
    pub fn reads_every_post(&self, matcher: MatcherIx) -> bool {
        self.index.matcher(matcher).has_ungated
    }

    /// Begins the scan of one post, record `record` of the scanned batch, with the prefilter
    /// filled from its occurrences. Cheap: runs for every post with an occurrence.
    pub fn post<'p>(
        &'p self,
        post: &'p Post<'p>,
        record: usize,
        scratch: &'p mut ScanScratch,
    ) -> PostScan<'p> {
        let declared = Scripts::of_claim(post.meta(MetaId::LANG));
        let scripts = PostText::new(post, &scratch.batch, record).scripts(FieldSet::ALL);
        self.post_for(post, record, scratch, scripts.or(declared))
    }

    /// As [`Scanner::post`], with all that the matchers find which rules for languages of these
    /// scripts read.
    pub fn post_for<'p>(
        &'p self,
        post: &'p Post<'p>,
        record: usize,
        scratch: &'p mut ScanScratch,
        scripts: Scripts,
    ) -> PostScan<'p> {
        let ScanScratch { batch, occurrences, prefilter, confirm, .. } = scratch;
        let text = PostText::new(post, batch, record);
        prefilter.reset(&self.index, text.fields, scripts);
        confirm.reset(&self.index, text.fields.len());
        let mut filter = Prefilter { index: &self.index, text, state: prefilter };
        for projection in &self.index.projections {
            let (found, count) = occurrences[projection.index()].from(record);
            filter.add_occurrences(*projection, found, count);
        }
        PostScan { index: &self.index, text, record, occurrences, prefilter, confirm }
    }
}

/// One post being scanned: its text, and the answers of the prefilter.
pub struct PostScan<'p> {
    index: &'p Index,
    text: PostText<'p>,
    record: usize,
    occurrences: &'p [Occurrences; Projection::COUNT],
    prefilter: &'p mut PrefilterState,
    confirm: &'p mut ConfirmScratch,
}

impl<'p> PostScan<'p> {
    /// The post.
    pub fn post(&self) -> &'p Post<'p> {
        self.text.post
    }

    /// Candidate matchers found by literals; unordered, may repeat. Excludes matchers that can
    /// hit without a literal ([`Scanner::can_hit_without_literal`]).
    pub fn candidates(&self) -> impl Iterator<Item = MatcherIx> {
        let matchers = self.prefilter.matchers();
        matchers.filter(|matcher| self.prefilter.has_all_parts(self.index, *matcher))
    }

    /// Scripts of the rules that can fire: those of the text of the post and of the languages
    /// that it declares. A rule for others cannot fire.
    pub fn scripts_or_declared(&self) -> Scripts {
        self.prefilter.scripts
    }

    /// Can the post have more hits from literals than are kept? A `false` is certain.
    pub fn may_be_flooded(&self) -> bool {
        self.prefilter.uses() >= HITS_PER_POST_MAX
    }

    /// Can the matcher have a hit, as far as `stage` examines the post? A `false` is certain.
    /// Uses the collected hits where they decide the answer.
    pub fn may_have(&mut self, matcher: MatcherIx, stage: FilterStage) -> bool {
        let known = self.confirm.may_have(matcher, self.index.matcher(matcher).is_deferred());
        known.unwrap_or_else(|| self.filter().may_have(matcher, stage))
    }

    /// Does the matcher certainly have a hit?
    pub fn must_have(&mut self, matcher: MatcherIx) -> bool {
        self.confirm.has_hits(matcher) || self.filter().must_have(matcher)
    }

    /// Collects the hits of the terms and sequences of `matchers`; of all if `None`.
    pub fn collect_literal_hits(self, matchers: Option<&[MatcherIx]>) -> LiteralHits<'p> {
        let mut scan = self;
        match matchers {
            Some(matchers) => _ = scan.confirm.begin_literals(scan.index, matchers),
            None => scan.confirm.begin_all_literals(),
        }
        scan.add_literal_hits();
        LiteralHits { scan }
    }

    /// Collects the literal hits of the matchers that are wanted now.
    fn add_literal_hits(&mut self) {
        let (occurrences, record) = (self.occurrences, self.record);
        let projections = &self.index.projections;
        let mut collector = self.collector();
        for projection in projections {
            let own = occurrences[projection.index()].of(record);
            collector.collect_literal_hits(*projection, own);
        }
        collector.collect_sequence_hits();
    }

    fn filter(&mut self) -> Prefilter<'_> {
        Prefilter { index: self.index, text: self.text, state: self.prefilter }
    }

    fn collector(&mut self) -> HitCollector<'_> {
        let PostScan { index, text, prefilter, confirm, .. } = self;
        HitCollector { index, text: *text, work: confirm, state: prefilter }
    }

    /// Length of `fields` in units; `None` if one of them was not folded.
    pub fn length_if_folded(&self, fields: FieldSet) -> Option<u64> {
        let batch = self.text.batch;
        let folded = |own: TextRef<'_>| batch.length(self.record, own.field).map(u64::from);
        self.text.post.texts().filter(|own| fields.has(own.field)).map(folded).sum()
    }

    /// Length of `fields` in units. A field that is not folded ([`Scanner::fold_also`]) counts 0.
    pub fn length(&self, fields: FieldSet) -> u64 {
        self.length_if_folded(fields).unwrap_or_default()
    }

    /// Scripts of the post's text in `fields`.
    pub fn scripts(&self, fields: FieldSet) -> Scripts {
        self.text.scripts(fields)
    }
}

/// A post with the hits of its terms and sequences, unsorted and unfiltered. They can be read
/// after [`LiteralHits::run_deferred`].
pub struct LiteralHits<'p> {
    scan: PostScan<'p>,
}

impl<'p> LiteralHits<'p> {
    /// The prefilter, which now uses the hits.
    pub fn scan(&mut self) -> &mut PostScan<'p> {
        &mut self.scan
    }

    /// The hits as collected, for prefetching: unsorted, and some will be dropped.
    pub fn unsorted(&self) -> &[Hit] {
        self.scan.confirm.hits.all()
    }

    /// Evaluates the regexes and entities of `matchers`, then sorts and filters all hits.
    pub fn run_deferred(self, matchers: &[MatcherIx]) -> PostHits<'p> {
        let mut hits = PostHits { scan: self.scan };
        hits.run_deferred(matchers);
        hits
    }
}

/// A post with its hits, sorted and filtered.
pub struct PostHits<'p> {
    scan: PostScan<'p>,
}

impl<'p> PostHits<'p> {
    /// The prefilter, which uses the hits.
    pub fn scan(&mut self) -> &mut PostScan<'p> {
        &mut self.scan
    }

    /// Adds the hits of the terms and sequences of `matchers` not collected yet, then sorts and
    /// filters all hits collected so far.
    pub fn add_literal_hits(&mut self, matchers: &[MatcherIx]) {
        if self.scan.confirm.begin_literals(self.scan.index, matchers) {
            self.scan.add_literal_hits();
            self.scan.collector().narrow();
        }
    }

    /// Evaluates regexes and entities of `matchers` not evaluated yet, then sorts and filters
    /// all hits collected so far.
    pub fn run_deferred(&mut self, matchers: &[MatcherIx]) {
        self.scan.confirm.begin_deferred(self.scan.index, matchers);
        let mut collector = self.scan.collector();
        collector.collect_entity_hits();
        collector.collect_regex_hits();
        collector.narrow();
    }

    /// Were the regexes and entities of the matcher evaluated?
    pub fn is_evaluated(&self, matcher: MatcherIx) -> bool {
        self.scan.confirm.is_evaluated(matcher)
    }

    /// May collected hits of the matcher be dropped when its regexes and entities are evaluated?
    /// Where it keeps a limited number, earlier hits may take their places.
    pub fn may_lose_hits(&self, matcher: MatcherIx) -> bool {
        let own = self.scan.index.matcher(matcher);
        own.max != u32::MAX
            && own.is_deferred()
            && !self.is_evaluated(matcher)
            && !self.hits().of(matcher).is_empty()
    }

    /// The hits.
    pub fn hits(&self) -> &Hits {
        &self.scan.confirm.hits
    }

    /// Was a cap reached, so that hits may be missing?
    pub fn is_capped(&self) -> bool {
        let is_cut = |own: &Occurrences| own.is_capped(self.scan.record);
        self.scan.confirm.capped || self.scan.occurrences.iter().any(is_cut)
    }

    /// The post.
    pub fn post(&self) -> &'p Post<'p> {
        self.scan.post()
    }

    /// Length of `fields` in units.
    pub fn length(&self, fields: FieldSet) -> u64 {
        self.scan.length(fields)
    }

    /// Scripts of the post's text in `fields`.
    pub fn scripts(&self, fields: FieldSet) -> Scripts {
        self.scan.scripts(fields)
    }
}
