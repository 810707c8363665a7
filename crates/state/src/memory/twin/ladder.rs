//! Ladders: points are summed from everything that was given.

use super::world::{AuthorHistory, ChannelHistory, Facts, Gift, Raise, Twin};
use crate::decision::{Decision, Measure};
use crate::fixed::{LOG_BITS, decayed, log2_of};
use crate::measures::AuthorLadder;
use crate::memory::Settings;
use crate::model::{Micro, POINT, Seconds};
use tidegate_engine::domain::action::Action;

const DAY: i64 = 86_400;

impl Gift {
    fn new(post: u64, is_upheld: bool, at: Seconds, points: Micro) -> Gift {
        Gift { post, is_upheld, at, points, is_taken: false, is_lost: false }
    }
}

impl AuthorHistory {
    fn new(id: &str, at: Seconds) -> AuthorHistory {
        AuthorHistory {
            id: id.to_owned(),
            gifts: Vec::new(),
            points: 0,
            rounded: 0,
            is_forgiven: false,
            now: at,
            last_points: at,
            raises: Vec::new(),
            until: None,
            proposed: None,
            recent: Vec::new(),
            first: at,
        }
    }

    /// The points are the sum of what was given, and never more than a few millionths away.
    fn check(&self, ladder: &AuthorLadder) {
        let gifts = self.gifts.iter().filter(|gift| !gift.is_taken && !gift.is_lost);
        let sum: Micro =
            gifts.map(|it| decayed(it.points, it.at, self.now, ladder.half_life)).sum();
        let is_near = (self.points - sum).abs() <= 5 * self.rounded;
        assert!(is_near || self.is_forgiven, "{} is not {sum}", self.points);
    }

    /// The points at a raise, without what was taken back.
    fn points_at(&self, raise: &Raise, ladder: &AuthorLadder) -> Micro {
        let left = |gift: &Gift| decayed(gift.points, gift.at, raise.at, ladder.half_life);
        let given = self.gifts.iter().take(raise.gifts).filter(|gift| !gift.is_lost);
        let is_counted = |(place, gift): &(usize, &Gift)| match gift.is_upheld {
            true => gift.at <= raise.at,
            false => *place < raise.gifts,
        };
        let taken = self.gifts.iter().enumerate().filter(|(_, gift)| gift.is_taken);
        given.map(left).sum::<Micro>()
            - taken.filter(is_counted).map(|it| left(it.1)).sum::<Micro>()
    }

    fn is_in_force(&self, at: Seconds) -> bool {
        !self.raises.is_empty() && self.until.is_none_or(|until| until > at)
    }

    fn step_name(&self, at: Seconds, ladder: &AuthorLadder) -> Option<String> {
        self.is_in_force(at).then(|| ladder.steps[self.raises.len() - 1].name.clone())
    }

    fn settle(&mut self, at: Seconds, ladder: &AuthorLadder) {
        if at > self.now {
            self.points = decayed(self.points, self.now, at, ladder.half_life);
            self.now = at;
            self.rounded += 1;
        }
        while !self.raises.is_empty() && at - self.last_points >= ladder.calm {
            self.last_points += ladder.calm;
            self.raises.pop();
            self.until = None;
        }
        self.check(ladder);
    }

    fn give(&mut self, gift: Gift, ladder: &AuthorLadder) {
        self.points += decayed(gift.points, gift.at, self.now, ladder.half_life);
        self.last_points = self.last_points.max(gift.at);
        self.rounded += 1;
        self.gifts.push(gift);
        self.check(ladder);
    }

    fn measure(&self, step: usize, proposed: bool, ladder: &AuthorLadder) -> Measure {
        Measure {
            who: "author",
            step: ladder.steps[step - 1].name.clone(),
            until: if proposed { None } else { self.until },
            proposed,
            points: Some(self.points),
            rate: None,
            why: self.recent.iter().map(|(_, id)| id.clone()).collect(),
        }
    }

    fn enter(&mut self, step: usize, decided: bool, next: u64, ladder: &AuthorLadder) -> Measure {
        self.raises.truncate(step - 1);
        let raise = |decided| Raise { at: self.now, decided, gifts: self.gifts.len(), next };
        while self.raises.len() < step - 1 {
            self.raises.push(raise(true));
        }
        self.raises.push(raise(decided));
        self.until = ladder.steps[step - 1].lasts.map(|lasts| self.now + lasts);
        self.measure(step, false, ladder)
    }

    fn raise(&mut self, next: u64, ladder: &AuthorLadder) -> Option<Measure> {
        if self.raises.last().is_some_and(|last| self.now - last.at < ladder.notice) {
            return None;
        }
        let step = self.raises.len();
        let is_reached = |step: usize| {
            (1..=ladder.steps.len()).contains(&step) && self.points >= ladder.steps[step - 1].at
        };
        if is_reached(step + 1) {
            if !ladder.steps[step].confirm {
                return Some(self.enter(step + 1, false, next, ladder));
            }
            if self.proposed != Some(step + 1) {
                self.proposed = Some(step + 1);
                return Some(self.measure(step + 1, true, ladder));
            }
        }
        let has_ended = self.until.is_some_and(|until| until <= self.now);
        (is_reached(step) && has_ended).then(|| self.enter(step, false, next, ladder))
    }

    /// The raises whose points, as the sum of what is left of the gifts before them, reach a step.
    fn keep_reached(&mut self, before: usize, ladder: &AuthorLadder) {
        let firm =
            (0..self.raises.len()).rev().find(|at| self.raises[*at].decided).map_or(0, |at| at + 1);
        let mut kept: Vec<Raise> = Vec::new();
        for (place, raise) in self.raises.iter().enumerate() {
            let step = ladder.steps.get(kept.len());
            let points = self.points_at(raise, ladder);
            if place < firm || step.is_some_and(|step| points + 1_000 >= step.at) {
                kept.push(raise.clone());
            }
        }
        self.raises = kept;
        if self.raises.len() < before {
            self.until = None;
            if let Some(last) = self.raises.last() {
                let step = &ladder.steps[self.raises.len() - 1];
                self.until = step.lasts.map(|lasts| last.at + lasts);
            }
        }
    }

    fn take_back(&mut self, post: u64, ladder: &AuthorLadder) {
        let before = self.raises.len();
        for gift in self.gifts.iter_mut().filter(|it| it.post == post && !it.is_taken) {
            gift.is_taken = true;
            // The steps that it made itself are gone with it.
            let is_own = |it: &Raise| match gift.is_upheld {
                true => it.at == gift.at,
                false => it.next == gift.post + 1,
            };
            self.raises.retain(|it| it.decided || !is_own(it));
            self.is_forgiven |= gift.is_lost;
            self.points -= decayed(gift.points, gift.at, self.now, ladder.half_life);
            self.rounded += 2;
        }
        self.points = self.points.max(0);
        self.recent.retain(|(number, _)| *number != post);
        self.keep_reached(before, ladder);
        if self.proposed.is_some_and(|step| self.points + 1_000 < ladder.steps[step - 1].at) {
            self.proposed = None;
        }
        self.check(ladder);
    }

    /// The least points first, as of one time; then the oldest.
    fn rank(&self, ladder: &AuthorLadder) -> (i64, Seconds, String) {
        let log = match self.points {
            ..=0 => i64::MIN,
            points => {
                let elapsed = (i128::from(self.now) << LOG_BITS) / i128::from(ladder.half_life);
                log2_of(points as u64) as i64 + elapsed as i64
            }
        };
        (log, self.first, self.id.clone())
    }
}

impl Twin<'_> {
    fn author(&mut self, id: &str, at: Seconds) -> &mut AuthorHistory {
        let place = self.authors.iter().position(|author| author.id == id).unwrap_or_else(|| {
            let mut author = AuthorHistory::new(id, at);
            let lost = self.lost.iter().filter(|(by, _)| by == id);
            author.gifts = lost.map(|(_, gift)| gift.clone()).collect();
            self.authors.push(author);
            self.authors.len() - 1
        });
        &mut self.authors[place]
    }

    pub(super) fn measure_author(&mut self, facts: &Facts<'_>, decision: &mut Decision) {
        let Some(id) = facts.post.author.as_deref() else { return };
        let at = facts.moment.at;
        let points = if facts.moment.is_late { 0 } else { points_of(facts, self.settings) };
        let is_known = self.authors.iter().any(|author| author.id == id);
        if !self.settings.has_ladder || points == 0 && !is_known {
            return;
        }
        let ladder = &self.settings.measures.authors;
        let author = self.author(id, at);
        author.settle(at, ladder);
        let under = author.step_name(at, ladder);
        let mut measure = None;
        if points > 0 {
            let gift = Gift::new(facts.number, false, at, points);
            author.give(gift, ladder);
            author.recent.push((facts.number, facts.post.id.clone()));
            if author.recent.len() > 8 {
                author.recent.remove(0);
            }
            measure = author.raise(facts.number + 1, ladder);
        }
        let bound = self.settings.measures.bounds.authors;
        let clock = self.clock().unwrap_or(at);
        while self.authors.len() > bound {
            let free = self.authors.iter().filter(|author| !author.is_in_force(clock));
            let Some(least) = free.min_by_key(|author| author.rank(ladder)) else { break };
            let gone = least.id.clone();
            self.drop_author(&gone);
        }
        if self.authors.len() > bound && !is_known {
            self.authors.retain(|author| author.id != id);
            decision.state_full = true;
            return;
        }
        (decision.under, decision.measure) = (under, measure);
    }

    fn drop_author(&mut self, id: &str) {
        let gone = self.authors.extract_if(.., |author| author.id == id);
        let gifts: Vec<Gift> = gone.flat_map(|author| author.gifts).collect();
        self.lost.retain(|(by, _)| by != id);
        let lost = gifts.into_iter().filter(|gift| !gift.is_taken);
        self.lost.extend(lost.map(|gift| (id.to_owned(), Gift { is_lost: true, ..gift })));
    }

    pub(super) fn has_author(&self, id: &str) -> bool {
        self.authors.iter().any(|author| author.id == id)
    }

    /// A decision upheld posts of an author: the step that follows.
    pub(super) fn uphold(&mut self, id: &str, post: u64, clock: Seconds) -> Option<Measure> {
        let ladder = &self.settings.measures.authors;
        let (points, next) = (ladder.points.upheld, self.next);
        let author = self.author(id, clock);
        author.settle(clock, ladder);
        author.give(Gift::new(post, true, clock, points), ladder);
        author.raise(next, ladder)
    }

    /// A decision overturned a post: the step in force, if it has changed.
    pub(super) fn overturn(
        &mut self,
        id: &str,
        post: u64,
        clock: Seconds,
    ) -> Option<Option<String>> {
        let ladder = &self.settings.measures.authors;
        let author = self.author(id, clock);
        author.settle(clock, ladder);
        let before = author.raises.len();
        author.take_back(post, ladder);
        (before != author.raises.len()).then(|| author.step_name(clock, ladder))
    }

    /// A decision on the case of an author: the step that it makes or takes back.
    pub(super) fn decide_author(
        &mut self,
        id: &str,
        upheld: bool,
        overturned: bool,
        clock: Seconds,
    ) -> Option<Option<String>> {
        let ladder = &self.settings.measures.authors;
        let next = self.next;
        let author = self.author(id, clock);
        author.settle(clock, ladder);
        let proposed = author.proposed.take();
        if upheld {
            let step = proposed?;
            return Some(Some(author.enter(step, true, next, ladder).step));
        }
        if !overturned {
            return None;
        }
        let before = author.raises.len();
        author.raises.iter_mut().for_each(|raise| raise.decided = false);
        author.keep_reached(before, ladder);
        (before != author.raises.len()).then(|| author.step_name(clock, ladder))
    }

    pub(super) fn measure_channel(&mut self, facts: &Facts<'_>, decision: &mut Decision) {
        let Some(id) = facts.post.channel.as_deref().filter(|_| self.settings.has_ladder) else {
            return;
        };
        let ladder = &self.settings.measures.channels;
        let (at, late) = (facts.moment.at, facts.moment.is_late);
        let (care, harmful) = (facts.post.scan.care, facts.offence >= Action::Review);
        if !care && !self.channels.iter().any(|channel| channel.id == id) {
            self.channels.push(ChannelHistory {
                id: id.to_owned(),
                posts: Vec::new(),
                step: 0,
                until: None,
                proposed: None,
            });
        }
        let Some(channel) = self.channels.iter_mut().find(|it| it.id == id) else { return };
        let is_in_force = channel.step > 0 && channel.until.is_none_or(|until| until > at);
        decision.channel_under = is_in_force.then(|| ladder.steps[channel.step - 1].name.clone());
        if care {
            return;
        }
        channel.posts.push((at, harmful, late));
        if late {
            return;
        }
        let newest = channel.posts.iter().map(|post| post.0).max().unwrap_or(at);
        let oldest = (newest - ladder.window).div_euclid(DAY);
        let inside = channel.posts.iter().filter(|post| !post.2 && post.0.div_euclid(DAY) > oldest);
        let posts = inside.clone().count() as u64;
        let bad = inside.filter(|post| post.1).count() as u64;
        if channel.until.is_some_and(|until| until <= at) {
            (channel.step, channel.until) = (0, None);
        }
        let next = channel.step;
        let step = ladder.steps.get(next).filter(|step| harmful && wilson(posts, bad, step.over));
        if let Some(step) = step {
            if step.confirm && channel.proposed == Some(next + 1) {
                return;
            }
            if step.confirm {
                channel.proposed = Some(next + 1);
            } else {
                channel.step = next + 1;
                channel.until = step.lasts.map(|lasts| at + lasts);
            }
            decision.channel_measure = Some(Measure {
                who: "channel",
                step: step.name.clone(),
                until: if step.confirm { None } else { channel.until },
                proposed: step.confirm,
                points: None,
                rate: Some((posts, bad)),
                why: Vec::new(),
            });
        } else if channel.until.is_none() {
            let holds =
                |number: usize| bad * 1_000_000 > posts * u64::from(ladder.steps[number - 1].over);
            while channel.step > 0 && !holds(channel.step) {
                channel.step -= 1;
            }
            channel.proposed = channel.proposed.filter(|number| holds(*number));
        }
    }

    /// A decision on the case of a channel: the step that it makes.
    pub(super) fn decide_channel(
        &mut self,
        id: &str,
        upheld: bool,
        clock: Seconds,
    ) -> Option<String> {
        let channel = self.channels.iter_mut().find(|channel| channel.id == id)?;
        let step = channel.proposed.take().filter(|_| upheld)?;
        let rule = &self.settings.measures.channels.steps[step - 1];
        channel.step = step;
        channel.until = rule.lasts.map(|lasts| clock + lasts);
        Some(rule.name.clone())
    }
}

/// Is Wilson's lower bound (95 %) over `over` millionths? As the formula is written in books.
fn wilson(posts: u64, bad: u64, over: u32) -> bool {
    let (n, z) = (posts as f64, 1.96);
    let share = bad as f64 / n;
    let spread = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let bound = (share + z * z / (2.0 * n) - spread) / (1.0 + z * z / n);
    bound - f64::from(over) / 1e6 > 1e-12
}

/// Points of a post of this offence.
fn points_of(facts: &Facts<'_>, settings: &Settings) -> i64 {
    let points = &settings.measures.authors.points;
    let own = match facts.offence {
        Action::Allow => return 0,
        Action::Flag => points.flag,
        Action::Review => points.review,
        Action::Block => points.block,
    };
    (own + if facts.acts { points.campaign } else { 0 }) * facts.factors.points / POINT
}
