//! The windows of scopes: the part of a post in which a condition sees hits.
//!
//! The window of a hit is the text within N characters of it (`around/N`), or its segment
//! (`in segment`). It is in one field. A hit that is partly inside is seen. A window inside
//! another one is what both contain.
//!
//! [`WindowScratch`] finds the hits that a window contains by binary search. Hits that contain
//! one another are rare; for matchers with such hits, the hits near the window are tested one by
//! one.

use crate::domain::field::FieldId;
use crate::domain::ids::MatcherIx;
use crate::domain::limits::{SCOPE_STEPS_MAX, SEGMENT_CHARS_MAX, SEGMENT_SIDE_CHARS};
use crate::domain::span::Span;
use crate::fold::UnitCounter;
use crate::html;
use crate::post::Post;
use crate::rules::condition::expr::Extent;
use crate::scan::hits::{Hit, Hits};
use crate::scan::text::segments::Segments;
use std::ops::Range;

/// The part of a post in which a condition sees hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its field.
    pub field: FieldId,
    /// Hits that end before the first character or start after the second one are not seen.
    reach: (u32, u32),
    /// Hits that end at the first byte or before it, or start at the second one or after it, are
    /// not seen.
    bytes: (u32, u32),
    /// The characters that `length` counts; they may go beyond the end of the field.
    counted: (u32, u32),
}

impl Window {
    /// What both windows contain. They are in one field.
    fn and(self, other: Window) -> Window {
        let both = |one: (u32, u32), other: (u32, u32)| (one.0.max(other.0), one.1.min(other.1));
        Window {
            field: self.field,
            reach: both(self.reach, other.reach),
            bytes: both(self.bytes, other.bytes),
            counted: both(self.counted, other.counted),
        }
    }

    fn around(hit: &Hit, within: u32) -> Window {
        let reach = (hit.first.saturating_sub(within), hit.last.saturating_add(within));
        Window { field: hit.field, reach, bytes: (0, u32::MAX), counted: reach }
    }

    fn segment(hit: &Hit, segments: &Segments) -> Window {
        let segment = segments.of(hit.span);
        let whole = Window {
            field: hit.field,
            reach: (0, u32::MAX),
            bytes: segment.bytes,
            counted: segment.characters,
        };
        if segment.length() <= SEGMENT_CHARS_MAX {
            return whole;
        }
        whole.and(Window::around(hit, SEGMENT_SIDE_CHARS))
    }

    /// Is the hit in the window, at least in part?
    pub fn sees(&self, hit: &Hit) -> bool {
        hit.field == self.field && !self.is_after(hit) && !self.is_before(hit)
    }

    /// Does the window begin after the hit?
    fn is_after(&self, hit: &Hit) -> bool {
        hit.last < self.reach.0 || hit.span.end() <= self.bytes.0
    }

    /// Does the window end before the hit?
    fn is_before(&self, hit: &Hit) -> bool {
        hit.first > self.reach.1 || hit.span.start() >= self.bytes.1
    }

    /// Its length in units, in a field of `field_length`.
    pub fn length(&self, field_length: u64) -> u64 {
        u64::from(self.counted.1).min(field_length).saturating_sub(u64::from(self.counted.0))
    }

    /// Its bytes in the text of its field: from the first visible character that it counts to
    /// the last one. Linear in the text.
    pub fn span_in(&self, text: &str, is_html: bool) -> Span {
        if is_html {
            self.span_of(html::pieces(text))
        } else {
            let place = |(at, character): (usize, char)| (character, at..at + character.len_utf8());
            self.span_of(text.char_indices().map(place))
        }
    }

    fn span_of(&self, pieces: impl Iterator<Item = (char, Range<usize>)>) -> Span {
        let mut counter = UnitCounter::default();
        let mut found: Option<(u32, u32)> = None;
        for (character, range) in pieces {
            let before = counter.count();
            counter.push(character);
            let is_counted = before >= u64::from(self.counted.0)
                && before < counter.count()
                && counter.count() <= u64::from(self.counted.1);
            if is_counted {
                let start = found.map_or(range.start as u32, |found| found.0);
                found = Some((start, range.end as u32));
            }
        }
        let (start, end) = found.unwrap_or((self.bytes.0, self.bytes.0));
        Span::new(start, end)
    }
}

/// What is known of the hits of a matcher as a whole.
#[derive(Clone, Copy, Debug)]
struct Shape {
    matcher: MatcherIx,
    /// Does a hit end before one that starts earlier?
    is_nested: bool,
    /// Units of the longest hit.
    characters: u32,
    /// Bytes of the longest hit.
    bytes: u32,
}

impl Shape {
    fn of(matcher: MatcherIx, hits: &[Hit]) -> Shape {
        let mut shape = Shape { matcher, is_nested: false, characters: 0, bytes: 0 };
        let mut before: Option<&Hit> = None;
        for hit in hits {
            shape.characters = shape.characters.max(hit.last - hit.first);
            shape.bytes = shape.bytes.max(hit.span.end() - hit.span.start());
            let encloses = |before: &Hit| {
                before.field == hit.field
                    && (before.last > hit.last || before.span.end() > hit.span.end())
            };
            shape.is_nested |= before.is_some_and(encloses);
            before = Some(hit);
        }
        shape
    }
}

/// Buffers of one worker: what was found out about the hits and the text of the post at hand.
#[derive(Debug, Default)]
pub struct WindowScratch {
    shapes: Vec<Shape>,
    /// The first `texts_read` are of this post.
    texts: Vec<(FieldId, Segments)>,
    texts_read: usize,
    /// The length of the field that was counted last.
    length: Option<(FieldId, u64)>,
    /// Hits and windows that the condition at hand may still look at.
    steps: u32,
    is_capped: bool,
}

impl WindowScratch {
    /// Forgets the last post.
    pub fn begin_post(&mut self) {
        self.texts_read = 0;
        self.length = None;
        self.is_capped = false;
    }

    /// Begins a condition: the hits may be others than those of the last one.
    pub(super) fn begin_condition(&mut self) {
        self.shapes.clear();
        self.steps = SCOPE_STEPS_MAX;
    }

    /// Did a scope of this post look at fewer windows than there are, because of
    /// [`SCOPE_STEPS_MAX`]?
    pub fn is_capped(&self) -> bool {
        self.is_capped
    }

    /// Sets what [`WindowScratch::is_capped`] returns, and returns what it was.
    pub(super) fn set_capped(&mut self, is_capped: bool) -> bool {
        std::mem::replace(&mut self.is_capped, is_capped)
    }

    /// Counts what was looked at.
    pub(super) fn count(&mut self, steps: usize) {
        self.steps = self.steps.saturating_sub(steps as u32);
    }

    /// May a further window be looked at?
    pub(super) fn may_go_on(&mut self) -> bool {
        let may = self.steps > 0;
        self.is_capped |= !may;
        self.count(1);
        may
    }

    /// Units of a field: counted by `count`, once per post.
    pub(super) fn field_length(&mut self, field: FieldId, count: impl FnOnce() -> u64) -> u64 {
        match self.length {
            Some((known, length)) if known == field => length,
            _ => self.length.insert((field, count())).1,
        }
    }

    /// The window of a hit, inside `outer`.
    pub(super) fn window(
        &mut self,
        hit: &Hit,
        extent: Extent,
        outer: Option<&Window>,
        post: &Post<'_>,
    ) -> Window {
        let own = match extent {
            Extent::Around(within) => Window::around(hit, within),
            Extent::Segment => Window::segment(hit, self.segments(hit.field, post)),
        };
        outer.map_or(own, |outer| outer.and(own))
    }

    fn segments(&mut self, field: FieldId, post: &Post<'_>) -> &Segments {
        let known = self.texts[..self.texts_read].iter().position(|text| text.0 == field);
        let at = known.unwrap_or_else(|| {
            let at = self.texts_read;
            if at == self.texts.len() {
                self.texts.push((field, Segments::default()));
            }
            self.texts[at].0 = field;
            let text = post.texts().find(|text| text.field == field);
            let (text, is_html) = text.map_or(("", false), |text| (text.text, text.html));
            self.texts[at].1.read(text, is_html);
            self.texts_read += 1;
            at
        });
        &self.texts[at].1
    }

    /// The hits of a matcher in a window (everything without one), and some that are next to it.
    /// Are there none of the latter, for certain?
    pub(super) fn hits_near<'h>(
        &mut self,
        hits: &'h Hits,
        matcher: MatcherIx,
        window: Option<&Window>,
    ) -> (&'h [Hit], bool) {
        let all = hits.of(matcher);
        let Some(window) = window else { return (all, true) };
        if all.len() <= FEW_HITS {
            return (all, false);
        }
        let shape = self.shape(matcher, all);
        let ends_before = |hit: &Hit| {
            if shape.is_nested {
                hit.first.saturating_add(shape.characters) < window.reach.0
                    || hit.span.start().saturating_add(shape.bytes) <= window.bytes.0
            } else {
                window.is_after(hit)
            }
        };
        let is_earlier =
            |hit: &Hit| hit.field < window.field || (hit.field == window.field && ends_before(hit));
        let from = &all[all.partition_point(is_earlier)..];
        let starts_inside = |hit: &Hit| hit.field == window.field && !window.is_before(hit);
        (&from[..from.partition_point(starts_inside)], !shape.is_nested)
    }

    fn shape(&mut self, matcher: MatcherIx, hits: &[Hit]) -> Shape {
        if let Some(known) = self.shapes.iter().find(|shape| shape.matcher == matcher) {
            return *known;
        }
        let shape = Shape::of(matcher, hits);
        self.shapes.push(shape);
        shape
    }
}

/// So few hits are tested one by one. Texts of unit tests are short.
const FEW_HITS: usize = if cfg!(test) { 1 } else { 8 };
