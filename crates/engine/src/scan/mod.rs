//! Folded text → hits. Does not know rules.
//!
//! A batch of posts is folded once, and one bulk search per *projection* (a symbol stream derived
//! from folded text) finds all literals of all matchers. The stages after it run per post, each
//! for fewer matchers than the stage before:
//!
//! | Stage | Module | Input → output | Guarantee |
//! |---|---|---|---|
//! | literals | `search`, [`literals`] | folded batch → occurrences | finds every occurrence |
//! | prefilter | `prefilter` | occurrences → candidate matchers | **zero false negatives**; false positives are possible |
//! | verify | `verify` | occurrence → folded span and view | exact, except edges, case and checks |
//! | confirm | `confirm` | candidates → hits | exact |
//!
//! # Example
//!
//! A rule has the matcher `pay: { terms: [百家乐], views: [folded, squeezed] }`, and a post has the
//! text `玩百 家☆乐吧`.
//!
//! 1. Compilation (`build`): a [`MatcherSpec`](spec::MatcherSpec) becomes a `Matcher` in the
//!    `Index`. The coarsest projection of its views is squeezed text, so `百家乐` becomes a literal
//!    of the `LiteralIndex` of `Projection::SQUEEZED`, with a `LiteralUse` of role `Term`. The same
//!    symbols become a literal of folded text with role `FoldedHint`.
//! 2. [`Scanner::scan`](scanner::Scanner::scan) folds the post into a `FoldedBatch`, derives the
//!    squeezed text `玩百家乐吧`, and finds an `Occurrence` of the literal at symbol 1 there.
//! 3. [`Scanner::post`](scanner::Scanner::post) fills the prefilter: the occurrence is `Pending`,
//!    and the matcher is a candidate. The result is a [`PostScan`](scanner::PostScan).
//! 4. The classifier asks [`PostScan::may_have`](scanner::PostScan::may_have) in the stages of
//!    [`FilterStage`](scanner::FilterStage). `Literals` answers yes. `Verified` runs the
//!    `Verifier`: the occurrence is derived from the folded symbols 1 to 6 (`百 家☆乐`), and the
//!    narrowest view that accepts them is `squeezed`.
//! 5. [`PostScan::collect_literal_hits`](scanner::PostScan::collect_literal_hits) makes the hit:
//!    edges match, and the `OffsetMap` gives the byte range of `百 家☆乐` in the original text.
//! 6. [`LiteralHits::run_deferred`](scanner::LiteralHits::run_deferred) would evaluate regexes and
//!    entities, then applies allow phrases, languages and caps. The result is
//!    [`PostHits`](scanner::PostHits), whose [`Hits`](hits::Hits) conditions read.
//!
//! For a rule without a hit, step 4 ends the work: nothing of steps 5 and 6 runs.

mod build;
pub mod checks;
mod codec;
mod confirm;
pub mod cost;
#[cfg(test)]
mod differential;
pub mod entities;
pub mod hits;
mod index;
pub mod literals;
mod prefilter;
pub mod regex;
pub mod scanner;
mod search;
pub mod spec;
#[cfg(test)]
mod tests;
pub mod text;
mod verify;
