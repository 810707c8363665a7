//! Counts posts while they are judged, with all facts about them.

use super::context::TextAround;
use super::counts::{EvidenceText, FiredRule, PostVerdict, main_category};
use super::lines::about;
use super::tally::Tally;
use std::borrow::Cow;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::verdict::{Evidence, Fired, Verdict};
use tidegate_engine::output::{Labels, UnreadableLine};
use tidegate_engine::post::Post;
use tidegate_pipeline::Observer;

/// Counts the posts that a worker judges.
#[derive(Debug)]
pub struct TallyObserver<'c> {
    labels: &'c Labels<'c>,
    tally: Tally,
}

impl<'c> TallyObserver<'c> {
    /// An observer without counts; `labels` are those of the classifier.
    pub fn new(labels: &'c Labels<'c>) -> TallyObserver<'c> {
        TallyObserver { labels, tally: Tally::default() }
    }

    /// The counts.
    pub fn into_tally(self) -> Tally {
        self.tally
    }

    fn fired<'a>(&self, post: &Post<'a>, verdict: &Verdict<'_>, fired: &Fired) -> FiredRule<'a>
    where
        'c: 'a,
    {
        let labels = &self.labels.rules[fired.rule.index()];
        let range = fired.evidence.start as usize..fired.evidence.end as usize;
        // A verdict line lists no evidence of shadow rules.
        let shown = if fired.shadow { &[] } else { &verdict.evidence[range] };
        FiredRule {
            id: labels.id,
            category: Category::from_name(labels.category),
            shadow: fired.shadow,
            evidence: shown.iter().map(|piece| self.piece(post, piece)).collect(),
            around: around(post, verdict, shown),
        }
    }

    fn piece<'a>(&self, post: &Post<'a>, evidence: &Evidence) -> EvidenceText<'a>
    where
        'c: 'a,
    {
        let text = post.text(evidence.field).unwrap_or_default();
        let hit = text.get(evidence.span.range()).unwrap_or_default();
        let text = if evidence.redacted {
            Cow::Owned("*".repeat(hit.chars().count()))
        } else {
            Cow::Borrowed(hit)
        };
        EvidenceText { matcher: self.labels.names.matcher(evidence.matcher), text }
    }
}

impl Observer for TallyObserver<'_> {
    fn post(&mut self, post: &Post<'_>, verdict: &Verdict<'_>) {
        let about = about(post);
        let categories: Vec<Category> = verdict.categories.iter().map(|it| it.0).collect();
        let rules: Vec<FiredRule<'_>> =
            verdict.fired.iter().map(|fired| self.fired(post, verdict, fired)).collect();
        let judged = PostVerdict {
            id: post.id(),
            action: verdict.action,
            care: verdict.care,
            capped: verdict.capped,
            categories: &categories,
            main: main_category(verdict.categories.iter().copied()),
            rules: &rules,
            ruleset: (!verdict.is_clean()).then_some(self.labels.ruleset),
        };
        self.tally.judged(&judged, Some(&about));
        self.tally.repaired += u64::from(post.is_repaired());
    }

    fn skipped(&mut self) {
        self.tally.skipped += 1;
    }

    fn unreadable(&mut self, line: &UnreadableLine<'_>) {
        self.tally.unreadable(line.id, line.offset, line.code, line.detail);
        self.tally.repaired += u64::from(line.is_repaired);
    }
}

/// The text of the field that has the first piece of evidence.
fn around<'a>(
    post: &Post<'a>,
    verdict: &Verdict<'_>,
    shown: &[Evidence],
) -> Option<TextAround<'a>> {
    let field = shown.first()?.field;
    let own = shown.iter().filter(|piece| piece.field == field);
    let masked = verdict.masked.iter().filter(|masked| masked.0 == field);
    Some(TextAround {
        text: Cow::Borrowed(post.text(field)?),
        hits: own.map(|piece| piece.span.range()).collect(),
        masks: masked.map(|(_, span)| span.range()).collect(),
        hides_contacts: false,
    })
}
