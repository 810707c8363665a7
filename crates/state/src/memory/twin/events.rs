//! Reports and decisions.

use super::cases::id_of;
use super::world::{ReportOf, Twin};
use crate::decision::EventAnswer;
use crate::model::{CaseKind, CaseState, Outcome, POINT, Seconds};
use crate::record::{Event, EventKind, Subject};
use std::collections::{BTreeMap, BTreeSet};

impl Twin<'_> {
    pub fn event(&mut self, event: &Event) -> EventAnswer {
        let clock = self.clock().unwrap_or(event.at.unwrap_or(0));
        let at = event.at.unwrap_or(clock).min(clock);
        match &event.kind {
            EventKind::Report { post, by, .. } => self.report(post, by, at),
            EventKind::Decision { on, outcome, .. } => self.decide(on, *outcome, clock),
            EventKind::Ignore { campaign, .. } => self.ignore(campaign),
            EventKind::Reset { breaker } => {
                let counted = self.reset_breaker(breaker);
                EventAnswer {
                    event: "reset",
                    subject: Some(("breaker", breaker.clone())),
                    counted,
                    why: (!counted).then_some("unknown_breaker"),
                    ..EventAnswer::default()
                }
            }
        }
    }

    fn report(&mut self, post: &str, by: &str, at: Seconds) -> EventAnswer {
        let mut answer = EventAnswer {
            event: "report",
            subject: Some(("post", post.to_owned())),
            ..EventAnswer::default()
        };
        let Some(known) = self.known(post).cloned() else {
            answer.why = Some("unknown_post");
            return answer;
        };
        if self.reports.iter().any(|report| report.post == post && report.by == by) {
            answer.why = Some("reported_before");
            return answer;
        }
        answer.counted = true;
        let (judged, upheld) = *self.readers.entry(by.to_owned()).or_default();
        let weight = (i128::from(POINT) * (upheld + 1) / (judged + 2)) as i64;
        self.reports.push(ReportOf { post: post.to_owned(), by: by.to_owned(), judged: false });
        let mut campaign_case = None;
        if let Some(number) = known.campaign {
            self.texts.report(number, post, weight);
            let (_, acts) = self.texts.acts(number, self.settings);
            let campaign = self.texts.get(number).filter(|it| acts && it.case.is_some());
            campaign_case = campaign.map(|campaign| campaign.id.clone());
        }
        let own = known.case.clone();
        let (kind, subject) = match (own.clone(), campaign_case, known.author.clone()) {
            (Some(case), ..) => match self.case(&case) {
                Some(case) => (case.kind, case.subject.clone()),
                None => (CaseKind::Post, post.to_owned()),
            },
            (None, Some(campaign), _) => (CaseKind::Campaign, campaign),
            (None, None, author) if known.care => {
                (CaseKind::Care, author.unwrap_or_else(|| post.to_owned()))
            }
            (None, None, Some(author)) => (CaseKind::Author, author),
            (None, None, None) => (CaseKind::Post, post.to_owned()),
        };
        let id = self.case_of(kind, &subject, at);
        self.reopen(&id, at);
        if let Some(case) = self.case(&id) {
            case.reports += weight;
            if own.is_none() && kind != CaseKind::Campaign {
                case.posts += 1;
                case.authors = u64::from(known.author.is_some());
                case.channels = case.channels.max(u64::from(known.channel.is_some()));
                case.reach += known.reach;
            }
        }
        if let Some(category) = &known.category {
            self.note_category(&id, category);
        }
        let priority = self.rank(&id);
        if let Some(known) = self.known(post) {
            known.case.get_or_insert(id.clone());
        }
        (answer.case, answer.priority, answer.kind) = (Some(id), Some(priority), Some(kind));
        answer
    }

    fn decide(&mut self, on: &Subject, outcome: Outcome, clock: Seconds) -> EventAnswer {
        let mut answer =
            EventAnswer { event: "decision", outcome: Some(outcome), ..EventAnswer::default() };
        let posts: Vec<String> = match on {
            Subject::Case(id) => {
                answer.subject = Some(("case", id.clone()));
                if self.case(id).is_none() {
                    answer.why = Some("unknown_case");
                    return answer;
                }
                let own = self.posts.iter().filter(|post| post.case.as_ref() == Some(id));
                own.map(|post| post.id.clone()).collect()
            }
            Subject::Post(id) => {
                answer.subject = Some(("post", id.clone()));
                if self.known(id).is_none() {
                    answer.why = Some("unknown_post");
                    return answer;
                }
                vec![id.clone()]
            }
        };
        answer.counted = true;
        answer.steps = self.judge(&posts, outcome, clock).into_iter().collect();
        if let Subject::Case(id) = on {
            self.decide_case(id, outcome, clock, &mut answer);
        }
        answer
    }

    fn judge(
        &mut self,
        posts: &[String],
        outcome: Outcome,
        clock: Seconds,
    ) -> BTreeMap<String, Option<String>> {
        let mut steps = BTreeMap::new();
        let mut upheld: BTreeMap<String, u64> = BTreeMap::new();
        let mut done = BTreeSet::new();
        for id in posts {
            let Some(post) = self.known(id) else { continue };
            if outcome == Outcome::Closed || !done.insert(id) {
                continue;
            }
            let before = post.outcome.replace(outcome);
            let post = post.clone();
            let reports = self.reports.iter_mut().filter(|it| it.post == *id && !it.judged);
            for report in reports {
                report.judged = true;
                let reader = self.readers.entry(report.by.clone()).or_default();
                reader.0 += 1;
                reader.1 += i128::from(outcome == Outcome::Upheld);
            }
            let Some(author) = post.author.filter(|_| before != Some(outcome)) else { continue };
            if outcome == Outcome::Upheld && !post.care {
                upheld.entry(author).or_insert(post.number);
            } else if outcome == Outcome::Overturned
                && self.has_author(&author)
                && let Some(step) = self.overturn(&author, post.number, clock)
            {
                steps.insert(author, step);
            }
        }
        for (author, post) in upheld {
            if let Some(measure) = self.uphold(&author, post, clock).filter(|it| !it.proposed) {
                steps.insert(author, Some(measure.step));
            }
        }
        steps
    }

    fn decide_case(
        &mut self,
        id: &str,
        outcome: Outcome,
        clock: Seconds,
        answer: &mut EventAnswer,
    ) {
        let Some(case) = self.case(id) else { return };
        case.state = CaseState::Decided;
        let (kind, subject) = (case.kind, case.subject.clone());
        answer.priority = Some(self.rank(id));
        (answer.case, answer.kind) = (Some(id.to_owned()), Some(kind));
        let (upheld, overturned) = (outcome == Outcome::Upheld, outcome == Outcome::Overturned);
        match kind {
            CaseKind::Author if self.has_author(&subject) => {
                if let Some(step) = self.decide_author(&subject, upheld, overturned, clock) {
                    answer.steps.retain(|(author, _)| *author != subject);
                    answer.steps.push((subject, step));
                }
            }
            CaseKind::Channel => {
                let step = self.decide_channel(&subject, upheld, clock);
                answer.steps.extend(step.map(|step| (subject, Some(step))));
            }
            CaseKind::Campaign if overturned => {
                if let Some(campaign) = self.texts.by_id(&subject) {
                    campaign.ignored = true;
                }
            }
            CaseKind::Author | CaseKind::Campaign | CaseKind::Post | CaseKind::Care => {}
        }
    }

    fn ignore(&mut self, id: &str) -> EventAnswer {
        let mut answer = EventAnswer {
            event: "ignore",
            subject: Some(("campaign", id.to_owned())),
            ..EventAnswer::default()
        };
        let Some(campaign) = self.texts.by_id(id) else {
            answer.why = Some("unknown_campaign");
            return answer;
        };
        if std::mem::replace(&mut campaign.ignored, true) {
            answer.why = Some("ignored_before");
            return answer;
        }
        answer.counted = true;
        answer.case = campaign.case.as_ref().map(|_| id_of(CaseKind::Campaign, id));
        if let Some(case) = answer.case.clone() {
            if let Some(case) = self.case(&case) {
                case.state = CaseState::Decided;
            }
            self.rank(&case);
        }
        answer
    }
}
