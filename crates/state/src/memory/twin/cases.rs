//! Cases, as a plain list.

use super::world::{Facts, Twin};
use crate::decision::Decision;
use crate::fixed::{LOG_BITS, weight_of, weight_of_count};
use crate::memory::harm_of;
use crate::model::{Case, CaseKind, CaseState, POINT, Seconds, hash_of};
use tidegate_engine::domain::action::Action;

pub fn id_of(kind: CaseKind, subject: &str) -> String {
    let letter = match kind {
        CaseKind::Campaign => return format!("c-{subject}"),
        CaseKind::Author => 'a',
        CaseKind::Channel => 'n',
        CaseKind::Post => 'p',
        CaseKind::Care => 'h',
    };
    format!("c-{letter}{:012x}", hash_of(subject) & 0xffff_ffff_ffff)
}

impl Twin<'_> {
    pub(super) fn open_cases_ids(&self) -> Vec<String> {
        let open = self.cases.iter().filter(|case| case.state == CaseState::Open);
        open.map(|case| case.id.clone()).collect()
    }

    pub(super) fn case(&mut self, id: &str) -> Option<&mut Case> {
        self.cases.iter_mut().find(|case| case.id == id)
    }

    /// The case of `subject`; a new one if there is none.
    pub(super) fn case_of(&mut self, kind: CaseKind, subject: &str, at: Seconds) -> String {
        let id = id_of(kind, subject);
        if self.case(&id).is_none() {
            self.cases.push(Case {
                id: id.clone(),
                kind,
                subject: subject.to_owned(),
                state: CaseState::Open,
                opened: at,
                updated: at,
                posts: 0,
                authors: 0,
                channels: 0,
                reach: 0,
                category: None,
                harm: 0,
                reports: 0,
                operation: POINT,
                priority: 0,
                newest: Vec::new(),
                proposed: None,
                verdict: None,
            });
        }
        id
    }

    /// Takes the priority anew.
    pub(super) fn rank(&mut self, id: &str) -> u64 {
        let default = self.settings.measures.queue.harm_default;
        let Some(case) = self.case(id) else { return 0 };
        let harm = if case.category.is_some() { case.harm } else { default };
        let one = 1_u128 << LOG_BITS;
        let mut product = u128::from(harm) * one;
        for factor in [
            weight_of_count(case.authors),
            weight_of_count(case.channels.max(case.reach / 1000)),
            weight_of(case.reports as u64),
        ] {
            product = product * u128::from(factor) / one;
        }
        case.priority = (product * case.operation as u128 / POINT as u128 / one) as u64;
        case.priority
    }

    pub(super) fn reopen(&mut self, id: &str, at: Seconds) {
        let Some(case) = self.case(id) else { return };
        let is_decided = case.state == CaseState::Decided;
        if !(is_decided && case.kind == CaseKind::Campaign) && case.state != CaseState::Open {
            (case.state, case.opened) = (CaseState::Open, at);
        }
    }

    pub(super) fn note_category(&mut self, id: &str, category: &str) {
        let queue = &self.settings.measures.queue;
        let harm = harm_of(category, queue);
        let Some(case) = self.case(id) else { return };
        let known = case.category.clone().map(|known| (std::cmp::Reverse(case.harm), known));
        if known.is_none_or(|known| (std::cmp::Reverse(harm), category.to_owned()) < known) {
            (case.category, case.harm) = (Some(category.to_owned()), harm);
        }
    }

    pub(super) fn add_to_case(
        &mut self,
        kind: CaseKind,
        subject: &str,
        facts: &Facts<'_>,
    ) -> (String, u64) {
        let post = facts.post;
        let id = self.case_of(kind, subject, facts.moment.at);
        self.reopen(&id, facts.moment.at);
        let number = facts.campaign.filter(|_| kind == CaseKind::Campaign);
        let shown = number.and_then(|number| self.texts.facts(number));
        let campaign = number.and_then(|number| self.texts.get(number)).map(|it| it.clone());
        let story = shown.as_ref().is_some_and(|it| it.story);
        let Some(case) = self.case(&id) else { return (id, 0) };
        match (&shown, &campaign) {
            (Some(shown), Some(campaign)) => {
                (case.posts, case.authors, case.channels) =
                    (shown.posts, shown.authors, shown.channels);
                case.reach = campaign.reach();
                case.reports = case.reports.max(campaign.reports);
            }
            _ => {
                case.posts += 1;
                case.authors = u64::from(post.author.is_some());
                case.channels = case.channels.max(u64::from(post.channel.is_some()));
                case.reach += post.reach;
            }
        }
        let names = post.scan.categories.iter().map(|(category, _)| category.name());
        match kind {
            CaseKind::Care => self.note_category(&id, "self-harm"),
            _ => names
                .filter(|name| *name != "self-harm")
                .for_each(|name| self.note_category(&id, name)),
        }
        if story {
            let name = self.settings.measures.campaigns.story.category.name();
            self.note_category(&id, name);
        }
        if let Some(case) = self.case(&id) {
            case.operation = case.operation.max(facts.factors.queue);
        }
        if let Some(campaign) = number.and_then(|number| self.texts.get(number)) {
            campaign.case = Some(id.clone());
        }
        let priority = self.rank(&id);
        (id, priority)
    }

    pub(super) fn open_cases(&mut self, facts: &Facts<'_>, decision: &mut Decision) {
        let post = facts.post;
        if post.scan.care {
            let subject = post.author.as_deref().unwrap_or(&post.id);
            let (case, priority) = self.add_to_case(CaseKind::Care, subject, facts);
            (decision.care_case, decision.priority) = (Some(case), Some(priority));
        }
        let least = self.settings.measures.campaigns.authors;
        let campaign = facts.campaign.filter(|_| facts.acts);
        let campaign = campaign.and_then(|number| self.texts.facts(number));
        let campaign = campaign.filter(|it| it.authors >= least).map(|it| it.id);
        let is_proposed = decision.measure.as_ref().is_some_and(|measure| measure.proposed);
        if facts.offence >= Action::Review || campaign.is_some() || is_proposed {
            let (kind, subject) = match (&campaign, &post.author) {
                (Some(campaign), _) if !is_proposed => (CaseKind::Campaign, campaign),
                (_, Some(author)) => (CaseKind::Author, author),
                (Some(campaign), None) => (CaseKind::Campaign, campaign),
                (None, None) => (CaseKind::Post, &post.id),
            };
            let (case, priority) = self.add_to_case(kind, subject, facts);
            if let Some(known) = self.known(&post.id) {
                known.case = Some(case.clone());
            }
            (decision.case, decision.priority) = (Some(case), Some(priority));
        }
        if let (Some(measure), Some(channel)) = (&decision.channel_measure, &post.channel)
            && measure.proposed
        {
            self.add_to_case(CaseKind::Channel, channel, facts);
        }
    }

    /// Open cases over the bound are closed: the lowest priority first.
    pub(super) fn close_over(&mut self, bound: usize) {
        loop {
            let open = self.cases.iter_mut().filter(|case| case.state == CaseState::Open);
            let mut open: Vec<&mut Case> = open.collect();
            if open.len() <= bound {
                break;
            }
            open.sort_by_key(|case| (case.priority, case.id.clone()));
            open[0].state = CaseState::Overflow;
        }
    }
}
