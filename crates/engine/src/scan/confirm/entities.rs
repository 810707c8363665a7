//! Hits of entities.

use super::collector::HitCollector;
use crate::domain::ids::MatcherIx;
use crate::domain::view::View;
use crate::scan::entities::{self, EntitySet, Found};
use crate::scan::text::projection::Projection;
use crate::scan::verify::FoldedSpan;

impl HitCollector<'_> {
    /// Adds the entity hits of the matchers that are evaluated now.
    pub fn collect_entity_hits(&mut self) {
        let index = self.index;
        let mut wanted = [EntitySet::default(); 2];
        for number in &index.entity_matchers {
            if !self.work.current.contains(MatcherIx(*number)) {
                continue;
            }
            let matcher = index.matcher(MatcherIx(*number));
            wanted[0] = wanted[0].or(matcher.entities);
            if matcher.views.has(View::Squeezed) {
                wanted[1] = wanted[1].or(matcher.entities);
            }
        }
        for field in 0..self.text.fields.len() {
            self.entities_in(field, Projection::FOLDED, wanted[0]);
            self.entities_in(field, Projection::SQUEEZED, wanted[1]);
        }
    }

    fn entities_in(&mut self, field: usize, projection: Projection, wanted: EntitySet) {
        if wanted.is_empty() {
            return;
        }
        let is_squeezed = projection == Projection::SQUEEZED;
        let wanted = self.prefilter().possible_entities(field, is_squeezed, wanted);
        if wanted.is_empty() {
            return;
        }
        let symbols = self.text.symbols(projection, field);
        let mut found = std::mem::take(&mut self.work.entities);
        found.clear();
        if projection == Projection::FOLDED {
            entities::find(wanted, symbols, &|_: usize| true, &mut found);
        } else {
            let (text, start) = (self.text, self.text.fields[field].range(projection).0 as usize);
            let place = |at: usize| text.batch.place(projection, start + at);
            let joined = |at: usize| at > 0 && place(at).start == place(at - 1).end;
            entities::find(wanted, symbols, &joined, &mut found);
        }
        for each in &found {
            let range = each.start as usize..each.end as usize;
            let span = self.verifier().folded_span(projection, field, range);
            self.push_entity(*each, span);
        }
        self.work.entities = found;
    }

    fn push_entity(&mut self, found: Found, span: FoldedSpan) {
        let index = self.index;
        let length = (found.end - found.start) as usize;
        let has_noise = span.end - span.start != length;
        let view = if has_noise { View::Squeezed } else { View::Folded };
        for number in &index.entity_matchers {
            let matcher = index.matcher(MatcherIx(*number));
            let wanted = self.work.current.contains(MatcherIx(*number))
                && matcher.entities.has(found.entity)
                && self.reads(matcher, span.field);
            let accepted = view == View::Folded || matcher.views.has(View::Squeezed);
            if wanted && accepted && !self.is_full() {
                let key = self.distinct_key(span);
                self.push(MatcherIx(*number), span, view, None, key);
            }
        }
    }
}
