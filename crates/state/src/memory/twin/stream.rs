//! Generated streams: small alphabets, so that everything collides.

use super::super::{Decide, Settings};
use crate::correlations::{Correlation, Correlations};
use crate::measures::{
    ChannelStep, Clause, Ignore, Limit, Measures, Operation, Per, Step as LadderStep, What,
};
use crate::model::{Outcome, POINT, Seconds, hash_of};
use crate::record::{CorrelationMatch, Event, EventKind, PostRecord, Record, ScanVerdict, Subject};
use crate::text::{FieldText, TextScratch};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::score::Score;
use tidegate_engine::rules::model::CorrelationKind;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const START: Seconds = 1_772_000_000;

/// Thresholds 2, 4 and 6.
struct Thresholds;

impl Decide for Thresholds {
    fn decide(&self, _: u16, scores: &mut Vec<(Category, Score)>) -> Action {
        let most = scores.iter().map(|(_, score)| score.millis()).max().unwrap_or(0);
        match most {
            ..2000 => Action::Allow,
            2000..4000 => Action::Flag,
            4000..6000 => Action::Review,
            6000.. => Action::Block,
        }
    }
}

/// So many streams; in the long form of the tests many more.
pub fn config(cases: u32) -> ProptestConfig {
    let full = if std::env::var_os("TIDEGATE_FULL").is_some() { 40 } else { 1 };
    // Streams are long: to make one shorter takes as long as hundreds of others.
    ProptestConfig { cases: cases * full, max_shrink_iters: 200, ..ProptestConfig::default() }
}

pub fn category(name: &str) -> Category {
    Category::from_name(name).unwrap()
}

pub fn correlation(kind: CorrelationKind, patterns: usize, least: usize) -> Correlation {
    let spam = category("spam");
    let (at_least, weight) = (least, Score::from_millis(2000));
    Correlation {
        id: format!("test.{}.{}", kind.name(), patterns.max(least)),
        category: spam,
        weight,
        shadow: false,
        kind,
        patterns,
        story: 0,
        at_least,
        timespan: 600,
        hash: (patterns * 100 + least) as u32,
        number: 0,
    }
}

fn correlations() -> Correlations {
    use CorrelationKind::{EventCount, Temporal, TemporalOrdered, ValueCount};
    let mut all = vec![
        correlation(EventCount, 1, 3),
        correlation(ValueCount, 1, 3),
        correlation(Temporal, 2, 2),
        correlation(TemporalOrdered, 2, 2),
        correlation(TemporalOrdered, 3, 3),
    ];
    all[2].shadow = true;
    all[3].story = 2;
    Correlations { all }
}

fn steps() -> Vec<LadderStep> {
    let step = |name: &str, at: i64, lasts: Option<i64>, confirm: bool| LadderStep {
        name: name.to_owned(),
        at: at * POINT,
        lasts,
        confirm,
    };
    vec![
        step("warn", 3, None, false),
        step("mute", 8, Some(2 * HOUR), false),
        step("suspend", 12, Some(DAY), false),
        step("close", 16, None, true),
    ]
}

fn limits() -> Vec<Limit> {
    vec![
        Limit { count: 6, period: HOUR, per: Per::All },
        Limit { count: 2, period: 600, per: Per::Channel },
        Limit { count: 4, period: DAY, per: Per::Category },
        Limit { count: 3, period: 60, per: Per::Rule },
    ]
}

/// Measures under which much happens within two hundred posts.
pub fn settings(is_small: bool) -> Settings {
    let mut measures = Measures::default();
    measures.campaigns.window = 12 * HOUR;
    measures.campaigns.authors = 3;
    let like = format!("{}…{}", phrase(9), phrase(10));
    measures.campaigns.ignore = vec![Ignore { like, reason: "share button".to_owned() }];
    measures.authors.half_life = 5 * DAY;
    measures.authors.calm = 2 * DAY;
    measures.authors.steps = steps();
    let channel = |name: &str, over: u32, lasts: Option<i64>, confirm: bool| ChannelStep {
        name: name.to_owned(),
        over,
        lasts,
        confirm,
    };
    measures.channels.window = 2 * DAY;
    measures.channels.steps = vec![
        channel("warn", 50_000, None, false),
        channel("correct", 120_000, Some(HOUR), false),
        channel("suspend", 250_000, None, true),
    ];
    measures.limits = limits();
    let when =
        vec![Clause { what: What::Category, negated: false, values: vec!["fraud".to_owned()] }];
    let (from, until) = (START + HOUR, START + 3 * DAY);
    let (points, queue) = (2 * POINT, 3 * POINT / 2);
    measures.operations = vec![Operation { id: "o".to_owned(), from, until, when, points, queue }];
    if is_small {
        let bounds = &mut measures.bounds;
        (bounds.singles, bounds.campaigns, bounds.authors) = (20, 3, 4);
        (bounds.groups, bounds.posts, bounds.cases) = (3, 30, 3);
    }
    Settings::of(measures, correlations(), Box::new(Thresholds))
}

/// A step of a stream, in small numbers.
#[derive(Clone, Copy)]
pub struct Step {
    what: u8,
    author: u8,
    channel: u8,
    text: [u8; 4],
    time: u8,
    verdict: u8,
    bits: u8,
    aim: u8,
    /// For the test to use.
    pub dice: u8,
}

/// On one line: streams are long.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step { what, author, channel, text, time, verdict, bits, aim, dice } = *self;
        let [a, b, c, d] = text;
        let all = [what, author, channel, a, b, c, d, time, verdict, bits, aim, dice];
        f.write_str(&format!("{all:?}"))
    }
}

pub fn steps_of(
    length: impl Into<prop::collection::SizeRange>,
) -> impl Strategy<Value = Vec<Step>> {
    let step = any::<[u8; 12]>().prop_map(|b| Step {
        what: b[0],
        author: b[1],
        channel: b[2],
        text: [b[3], b[4], b[5], b[6]],
        time: b[7],
        verdict: b[8],
        bits: b[9],
        aim: b[10],
        dice: b[11],
    });
    vec(step, length)
}

/// Twelve different characters; no two phrases have one in common.
fn phrase(number: u8) -> String {
    let start = 0x4e00 + u32::from(number % 12) * 401;
    (0..12).filter_map(|at| char::from_u32(start + at * 29)).collect()
}

/// A text. Most are one of two stories with an edit; phrases in any order share keys and are not
/// alike.
fn text([kind, one, two, three]: [u8; 4]) -> String {
    let all = |numbers: &[u8]| numbers.iter().map(|at| phrase(*at)).collect::<Vec<_>>().join("，");
    match kind % 16 {
        0..=2 => {
            let mut parts: Vec<String> = (0..5).map(phrase).collect();
            let place = usize::from(one % 5);
            match two % 4 {
                0 => parts[place] = phrase(three),
                1 => parts[place].push_str(&phrase(three)[..12]),
                2 => drop(parts.remove(place)),
                _ => {}
            }
            parts.join("，")
        }
        3..=5 => {
            let names = ["青石镇", "白水县", "临江市", "南山路", "东湖区", "老城里"];
            let name = |by: u8| names[usize::from(by % 6)];
            let (a, b) = (phrase(5), all(&[6, 7]));
            format!("{a}{}的{b}{}说{}", name(one), name(two), phrase(8))
        }
        6 => format!("the same long offer in plain words for everyone here {}", one % 3),
        7 => phrase(11)[..18].to_owned(),
        8 => "好好".to_owned(),
        9 => all(&[9, 10, 9 + one % 2]),
        10 => String::new(),
        _ => all(&[one % 12, two % 12, three % 12]),
    }
}

/// Where a stream is.
pub struct Source {
    now: Seconds,
    ids: Vec<String>,
    cases: Vec<String>,
    campaigns: Vec<String>,
    fingerprint: TextScratch,
}

impl Default for Source {
    fn default() -> Source {
        Source {
            now: START,
            ids: Vec::new(),
            cases: Vec::new(),
            campaigns: Vec::new(),
            fingerprint: TextScratch::default(),
        }
    }
}

fn pick(list: &[String], aim: u8) -> String {
    // Most are about what is new.
    let back = usize::from(aim) * usize::from(aim) / 512;
    let at = list.len().checked_sub(1 + back.min(list.len().saturating_sub(1)));
    at.map_or("none".to_owned(), |at| list[at].clone())
}

impl Source {
    /// What a decision named: later events are about it.
    pub fn learn(&mut self, decision: &crate::decision::Decision) {
        let cases = decision.case.iter().chain(&decision.care_case).cloned();
        self.cases.extend(cases);
        self.campaigns.extend(decision.campaign.iter().map(|it| it.id.clone()));
    }

    pub fn record(&mut self, step: &Step, settings: &Settings) -> Record {
        match step.what {
            ..=215 => Record::Post(Box::new(self.post(step, settings))),
            216.. => Record::Event(self.event(step)),
        }
    }

    fn time(&mut self, step: &Step) -> Option<Seconds> {
        let ahead = match step.time {
            ..=70 => 0,
            71..=170 => i64::from(step.time - 70),
            171..=200 => 600,
            201..=215 => HOUR,
            216..=222 => 8 * HOUR,
            223..=225 => 2 * DAY,
            226..=238 => return Some(self.now - i64::from(step.time) * 8),
            239..=244 => return Some(self.now - 3 * HOUR - i64::from(step.bits)),
            245..=251 => return Some(self.now + 10 * DAY + i64::from(step.bits)),
            252.. => return None,
        };
        self.now += ahead;
        Some(self.now)
    }

    fn post(&mut self, step: &Step, settings: &Settings) -> PostRecord {
        let id = match step.aim {
            ..=6 if !self.ids.is_empty() => pick(&self.ids, step.dice),
            7 => "null".to_owned(),
            _ => format!("\"p{}\"", self.ids.len()),
        };
        self.ids.push(id.clone());
        let own_text = text(step.text);
        let fields = [FieldText { text: &own_text, html: false }];
        let fingerprinter = &settings.campaigns.fingerprinter;
        let fingerprint = fingerprinter.fingerprint(&fields, &mut self.fingerprint);
        let author = (step.author % 8 < 7).then(|| format!("u{}", step.author % 8));
        let channel = (step.channel % 5 < 4).then(|| format!("c{}", step.channel % 5));
        PostRecord {
            id,
            at: self.time(step),
            reach: u64::from(step.bits) * 40,
            scan: verdict(step),
            tier: 0,
            fingerprint,
            text: self.fingerprint.sample().to_owned(),
            matches: matches(step, author.as_deref(), channel.as_deref(), settings),
            author,
            channel,
        }
    }

    fn event(&mut self, step: &Step) -> Event {
        let at = self.time(step);
        let post = || match step.aim {
            250.. => "\"unknown\"".to_owned(),
            aim => pick(&self.ids, aim),
        };
        let outcome = match step.bits % 5 {
            0 | 1 => Outcome::Overturned,
            2 | 3 => Outcome::Upheld,
            _ => Outcome::Closed,
        };
        let decision =
            |on| EventKind::Decision { on, outcome, by: Some("m".to_owned()), note: None };
        let kind = match step.what {
            ..=230 => {
                EventKind::Report { post: post(), by: format!("r{}", step.bits % 4), reason: None }
            }
            231..=240 => decision(Subject::Post(post())),
            241..=251 => decision(Subject::Case(pick(&self.cases, step.aim))),
            252 | 253 => {
                EventKind::Ignore { campaign: pick(&self.campaigns, step.aim), reason: None }
            }
            254.. => {
                let keys = ["block", "block channel=c1", "block category=fraud", "block rule=x"];
                EventKind::Reset { breaker: keys[usize::from(step.bits % 4)].to_owned() }
            }
        };
        Event { at, kind }
    }
}

fn is_care_alone(step: &Step) -> bool {
    step.verdict % 16 == 14
}

/// The verdict of a scan with [`Thresholds`].
fn verdict(step: &Step) -> ScanVerdict {
    let scored: &[(&str, i64)] = match step.verdict % 16 {
        ..=8 => &[],
        9 | 10 => &[("spam", 2500)],
        11 | 12 => &[("fraud", 4500)],
        13 => &[("fraud", 8000), ("spam", 2000)],
        14 => &[("self-harm", 5000)],
        15.. => &[("fraud", 7000), ("self-harm", 4000)],
    };
    let mut categories: Vec<(Category, Score)> =
        scored.iter().map(|(name, millis)| (category(name), Score::from_millis(*millis))).collect();
    categories.sort_unstable_by_key(|(category, _)| *category);
    let action = Thresholds.decide(0, &mut categories.clone());
    let mut offences = categories.clone();
    offences.retain(|(category, _)| category.name() != "self-harm");
    let offence = Thresholds.decide(0, &mut offences);
    let rules = scored.iter().map(|(name, _)| (format!("{name}.rule"), category(name)));
    let care = categories.len() > offences.len();
    ScanVerdict { action, offence, care, rules: rules.collect(), categories }
}

fn matches(
    step: &Step,
    author: Option<&str>,
    channel: Option<&str>,
    settings: &Settings,
) -> Vec<CorrelationMatch> {
    if is_care_alone(step) {
        // The reader does not match rules of self-harm with correlations of other categories.
        return Vec::new();
    }
    let all = settings.correlations.all.iter().enumerate();
    let found = all.filter_map(|(place, correlation)| {
        let bits = u64::from(step.bits.rotate_left(3 * place as u32));
        let patterns = bits & ((1 << correlation.patterns) - 1);
        let is_value = correlation.kind == CorrelationKind::ValueCount;
        let (name, group) = match is_value {
            true => ("channel", channel?),
            false => ("author.id", author?),
        };
        if patterns == 0 && correlation.story == 0 {
            return None;
        }
        let value = if is_value { Some(hash_of(author?)) } else { None };
        let group = vec![(name.to_owned(), group.to_owned())];
        Some(CorrelationMatch { correlation: place, patterns, group, value })
    });
    found.collect()
}
