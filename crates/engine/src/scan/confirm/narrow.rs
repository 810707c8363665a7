//! Drops hits by allow phrases, languages and caps.

use super::collector::HitCollector;
use crate::domain::field::{FieldId, MetaId};
use crate::domain::ids::MatcherIx;
use crate::domain::span::Span;
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

    /// Drops hits inside an allow phrase of their matcher.
    fn drop_excepted(&mut self) {
        if self.work.excepted.is_empty() {
            return;
        }
        self.work.excepted.sort_unstable();
        let excepted = &self.work.excepted;
        self.work.hits.retain(|hit| {
            let own = |phrase: &&(MatcherIx, FieldId, Span)| {
                (phrase.0, phrase.1) == (hit.matcher, hit.field)
            };
            let from =
                excepted.partition_point(|phrase| (phrase.0, phrase.1) < (hit.matcher, hit.field));
            let mut phrases = excepted[from..].iter().take_while(own);
            !phrases.any(|(_, _, span)| span.contains(hit.span))
        });
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
