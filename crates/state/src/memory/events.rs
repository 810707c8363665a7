//! How events change the state: reports of readers, decisions of reviewers.

use super::post::{acts, hashed};
use super::{Memory, Settings, authors, channels, samples};
use crate::decision::EventAnswer;
use crate::model::{CaseKind, CaseState, Outcome, Seconds, Verdict};
use crate::record::{Event, EventKind, Subject};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

impl Memory {
    pub(super) fn apply_event(&mut self, event: &Event, settings: &Settings) -> EventAnswer {
        self.totals.events += 1;
        let clock = self.totals.clock.unwrap_or_else(|| event.at.unwrap_or(0));
        let at = event.at.unwrap_or(clock).min(clock);
        match &event.kind {
            EventKind::Report { post, by, reason } => {
                self.report(post, by, reason.as_deref(), at, settings)
            }
            EventKind::Decision { on, outcome, by, note } => {
                let verdict = Verdict { outcome: *outcome, by: by.clone(), note: note.clone(), at };
                self.decide(on, &verdict, settings)
            }
            EventKind::Ignore { campaign, reason } => {
                self.ignore(campaign, reason.as_deref().unwrap_or("ignored"), at, settings)
            }
            EventKind::Reset { breaker } => self.reset(breaker, at),
        }
    }

    fn report(
        &mut self,
        post: &str,
        by: &str,
        reason: Option<&str>,
        at: Seconds,
        settings: &Settings,
    ) -> EventAnswer {
        let mut answer = EventAnswer {
            event: "report",
            subject: Some(("post", post.to_owned())),
            ..EventAnswer::default()
        };
        let Some(known) = self.posts.get(post) else {
            answer.why = Some("unknown_post");
            return answer;
        };
        let Some(weight) = self.reports.add(post, by, reason, at) else {
            answer.why = Some("reported_before");
            return answer;
        };
        answer.counted = true;
        let queue = &settings.measures.queue;
        if let Some(author) = known.author.as_deref().filter(|id| self.authors.get(id).is_some()) {
            let count = |author: &mut crate::model::Author| author.counts.reports += 1;
            self.authors.change(author, known.at, &settings.measures.authors, count);
        }
        let campaign = known.campaign.as_deref().and_then(|id| self.campaigns.number_of(id));
        if let Some(campaign) = campaign.and_then(|number| self.campaigns.get_mut(number)) {
            campaign.reports = campaign.reports.saturating_add(weight);
            samples::report(campaign, post);
        }
        let campaign = campaign.and_then(|number| self.campaigns.get(number));
        let campaign = campaign.filter(|campaign| acts(campaign) && campaign.case.is_some());
        let (kind, subject) = match (&known.case, campaign, &known.author) {
            (Some(case), ..) => match self.cases.get(case) {
                Some(case) => (case.kind, case.subject.clone()),
                None => (CaseKind::Post, post.to_owned()),
            },
            (None, Some(campaign), _) => (CaseKind::Campaign, campaign.id.clone()),
            (None, None, _) if known.care => {
                (CaseKind::Care, known.author.clone().unwrap_or_else(|| post.to_owned()))
            }
            (None, None, Some(author)) => (CaseKind::Author, author.clone()),
            (None, None, None) => (CaseKind::Post, post.to_owned()),
        };
        let is_new_post = known.case.is_none();
        let (case, priority) = self.cases.change(kind, &subject, at, queue, |case| {
            case.open_again(at);
            case.reports = case.reports.saturating_add(weight);
            if is_new_post && kind != CaseKind::Campaign {
                case.posts += 1;
                case.authors = u64::from(known.author.is_some());
                case.channels = case.channels.max(u64::from(known.channel.is_some()));
                case.reach = case.reach.saturating_add(known.reach);
                case.note_post(post);
            }
            known.category.iter().for_each(|category| case.note_category(category, queue));
        });
        if is_new_post {
            self.posts.set_case(post, &case);
        }
        (answer.case, answer.priority, answer.kind) = (Some(case), Some(priority), Some(kind));
        answer
    }

    fn decide(&mut self, on: &Subject, verdict: &Verdict, settings: &Settings) -> EventAnswer {
        let subject = match on {
            Subject::Case(id) => ("case", id.clone()),
            Subject::Post(id) => ("post", id.clone()),
        };
        let mut answer = EventAnswer {
            event: "decision",
            subject: Some(subject),
            outcome: Some(verdict.outcome),
            ..EventAnswer::default()
        };
        let posts = match on {
            Subject::Case(id) if self.cases.get(id).is_none() => {
                answer.why = Some("unknown_case");
                return answer;
            }
            Subject::Case(id) => self.posts.of_case(id),
            Subject::Post(id) if !self.posts.has(id) => {
                answer.why = Some("unknown_post");
                return answer;
            }
            Subject::Post(id) => vec![id.clone()],
        };
        answer.counted = true;
        match verdict.outcome {
            Outcome::Upheld => self.totals.upheld += 1,
            Outcome::Overturned => self.totals.overturned += 1,
            Outcome::Closed => {}
        }
        let steps = self.judge_posts(&posts, verdict, settings);
        answer.steps = steps.into_iter().collect();
        if let Subject::Case(id) = on {
            self.decide_case(id, verdict, settings, &mut answer);
        }
        let (key, id) = answer.subject.clone().unwrap_or_default();
        let id = if key == "post" { hashed(&id) } else { id };
        let fields = json!({ key: id, "outcome": verdict.outcome, "by": verdict.by,
            "note": verdict.note, "posts": posts.len() });
        self.log(verdict.at, "decision", fields);
        answer
    }

    /// Applies a decision to posts: points, steps, and how right their reporters were.
    fn judge_posts(
        &mut self,
        posts: &[String],
        verdict: &Verdict,
        settings: &Settings,
    ) -> BTreeMap<String, Option<String>> {
        let ladder = &settings.measures.authors;
        let clock = self.totals.clock.unwrap_or(verdict.at);
        let mut steps = BTreeMap::new();
        let mut upheld: BTreeSet<String> = BTreeSet::new();
        let number = self.totals.next_post;
        for id in posts {
            let Some(post) = self.posts.get_mut(id) else { continue };
            let before = post.outcome;
            if verdict.outcome != Outcome::Closed {
                post.outcome = Some(verdict.outcome);
            }
            let (author, care) = (post.author.clone(), post.care);
            let given = post.clone();
            if verdict.outcome == Outcome::Overturned {
                (post.points, post.upheld) = (0, 0);
            }
            if verdict.outcome != Outcome::Closed {
                self.reports.judge(id, verdict.outcome == Outcome::Upheld);
            }
            let Some(author) = author else { continue };
            let is_kept = self.authors.get(&author).is_some();
            match verdict.outcome {
                Outcome::Upheld if !care && before != Some(Outcome::Upheld) => {
                    // Once an author, and noted on one post, so that it can be taken back.
                    if upheld.insert(author) {
                        (post.upheld, post.upheld_at) = (ladder.points.upheld, clock);
                    }
                }
                Outcome::Overturned if is_kept && before != Some(Outcome::Overturned) => {
                    let step = self.authors.change(&author, given.at, ladder, |author| {
                        authors::settle(author, ladder, clock);
                        let before = author.step;
                        authors::take_back(author, &given, ladder);
                        author.counts.overturned += 1;
                        let step = authors::step_in_force(author, ladder, clock).map(str::to_owned);
                        (before != author.step).then_some(step)
                    });
                    step.into_iter().for_each(|step| drop(steps.insert(author.clone(), step)));
                }
                Outcome::Upheld | Outcome::Overturned | Outcome::Closed => {}
            }
        }
        for id in upheld {
            let measure = self.authors.change(&id, clock, ladder, |author| {
                authors::settle(author, ladder, clock);
                author.counts.upheld += 1;
                authors::give(author, None, ladder.points.upheld, clock, ladder);
                authors::raise(author, ladder, number)
            });
            if let Some(measure) = measure.filter(|measure| !measure.proposed) {
                self.log_step(&id, &measure, clock);
                steps.insert(id, Some(measure.step));
            }
        }
        steps
    }

    fn log_step(&mut self, subject: &str, measure: &crate::decision::Measure, at: Seconds) {
        let subject = if measure.who == "author" { hashed(subject) } else { subject.to_owned() };
        let fields = json!({ "who": measure.who, measure.who: subject, "step": measure.step,
            "until": measure.until, "points": measure.points });
        self.log(at, "step", fields);
    }

    /// Closes a case; a step that waited is made or dropped, a campaign that was overturned does not
    /// act any more.
    fn decide_case(
        &mut self,
        id: &str,
        verdict: &Verdict,
        settings: &Settings,
        answer: &mut EventAnswer,
    ) {
        let clock = self.totals.clock.unwrap_or(verdict.at);
        let Some(case) = self.cases.get(id).cloned() else { return };
        let queue = &settings.measures.queue;
        answer.priority = self.cases.update(id, queue, |case| {
            case.state = CaseState::Decided;
            case.verdict = Some(verdict.clone());
            case.proposed = None;
        });
        (answer.case, answer.kind) = (Some(id.to_owned()), Some(case.kind));
        let upheld = verdict.outcome == Outcome::Upheld;
        match case.kind {
            CaseKind::Author => {
                let ladder = &settings.measures.authors;
                if self.authors.get(&case.subject).is_none() {
                    return;
                }
                let number = self.totals.next_post;
                let (measure, lowered) =
                    self.authors.change(&case.subject, clock, ladder, |author| {
                        authors::settle(author, ladder, clock);
                        if upheld {
                            return (authors::confirm(author, ladder, number), None);
                        }
                        author.proposed = None;
                        if verdict.outcome != Outcome::Overturned {
                            return (None, None);
                        }
                        let before = author.step;
                        authors::take_back_decisions(author, ladder);
                        let step = authors::step_in_force(author, ladder, clock).map(str::to_owned);
                        (None, (before != author.step).then_some(step))
                    });
                if let Some(measure) = &measure {
                    self.log_step(&case.subject, measure, clock);
                }
                let step = measure.map(|measure| Some(measure.step)).or(lowered);
                if let Some(step) = step {
                    answer.steps.retain(|(author, _)| *author != case.subject);
                    answer.steps.push((case.subject, step));
                }
            }
            CaseKind::Channel => {
                let ladder = &settings.measures.channels;
                let Some(channel) = self.channels.get_mut(&case.subject) else { return };
                if !upheld {
                    channel.proposed = None;
                    return;
                }
                if let Some(measure) = channels::confirm(channel, ladder, clock) {
                    self.log_step(&case.subject, &measure, clock);
                    answer.steps.push((case.subject, Some(measure.step)));
                }
            }
            CaseKind::Campaign if verdict.outcome == Outcome::Overturned => {
                let number = self.campaigns.number_of(&case.subject);
                if let Some(campaign) = number.and_then(|number| self.campaigns.get_mut(number)) {
                    campaign.ignored.get_or_insert_with(|| "overturned".to_owned());
                }
            }
            CaseKind::Campaign | CaseKind::Post | CaseKind::Care => {}
        }
    }

    fn ignore(&mut self, id: &str, reason: &str, at: Seconds, settings: &Settings) -> EventAnswer {
        let mut answer = EventAnswer {
            event: "ignore",
            subject: Some(("campaign", id.to_owned())),
            ..EventAnswer::default()
        };
        let number = self.campaigns.number_of(id);
        let Some(campaign) = number.and_then(|number| self.campaigns.get_mut(number)) else {
            answer.why = Some("unknown_campaign");
            return answer;
        };
        if campaign.ignored.is_some() {
            answer.why = Some("ignored_before");
            return answer;
        }
        campaign.ignored = Some(reason.to_owned());
        answer.counted = true;
        if let Some(case) = campaign.case.clone() {
            let verdict =
                Verdict { outcome: Outcome::Closed, by: None, note: Some(reason.to_owned()), at };
            self.cases.update(&case, &settings.measures.queue, |case| {
                case.state = CaseState::Decided;
                case.verdict = Some(verdict);
            });
            answer.case = Some(case);
        }
        self.log(at, "ignore", json!({ "campaign": id, "reason": reason }));
        answer
    }

    fn reset(&mut self, key: &str, at: Seconds) -> EventAnswer {
        let mut answer = EventAnswer {
            event: "reset",
            subject: Some(("breaker", key.to_owned())),
            ..EventAnswer::default()
        };
        match self.breakers.get_mut(key) {
            None => answer.why = Some("unknown_breaker"),
            Some(breaker) => {
                (breaker.notice, breaker.open, breaker.low_since) = (false, false, None);
                answer.counted = true;
                self.log(at, "reset", json!({ "breaker": key }));
            }
        }
        answer
    }
}
