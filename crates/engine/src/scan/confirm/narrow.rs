//! Drops hits by allow phrases, languages and caps.

use super::collector::HitCollector;
use super::state::ConfirmScratch;
use crate::domain::field::MetaId;
use crate::domain::ids::MatcherIx;
use crate::scan::text::script;

impl HitCollector<'_> {
    /// Applies allow phrases, languages and caps to the hits so far, and sorts them.
    pub fn narrow(mut self) {
        let index = self.index;
        self.drop_excepted();
        let has_languages = |matcher: MatcherIx| !index.matcher(matcher).languages.is_empty();
        if self.work.hits.all().iter().any(|hit| has_languages(hit.matcher)) {
            self.drop_other_languages();
        }
        self.work.hits.finish(|matcher| index.matcher(matcher).max);
    }

    /// Drops hits inside an allow phrase of their matcher. Hits that were narrowed before are looked
    /// at again only if there are new phrases.
    fn drop_excepted(&mut self) {
        let ConfirmScratch { hits, phrases, .. } = &mut *self.work;
        if phrases.is_empty() {
            return;
        }
        let first = if phrases.sort() { 0 } else { hits.finished() };
        hits.retain_from(first, |hit| !phrases.contains(hit.matcher, hit.field, hit.span));
    }

    /// Drops hits of matchers whose languages the post is not in.
    fn drop_other_languages(&mut self) {
        let (index, text) = (self.index, self.text);
        let declared = text.post.meta(MetaId::LANG);
        let mut known: Option<(MatcherIx, bool)> = None;
        self.work.hits.retain(|hit| {
            if let Some((matcher, is_kept)) = known
                && matcher == hit.matcher
            {
                return is_kept;
            }
            let matcher = index.matcher(hit.matcher);
            let is_kept = matcher.languages.is_empty()
                || text.scripts(matcher.fields).meets(matcher.scripts)
                || script::claims(declared, &matcher.languages);
            known = Some((hit.matcher, is_kept));
            is_kept
        });
    }
}
