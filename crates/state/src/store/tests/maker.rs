//! Makes values of the model from numbers.

use crate::model::*;
use std::collections::BTreeMap;

/// Numbers that look random, the same for the same seed (SplitMix64).
pub struct Maker(u64);

impl Maker {
    pub fn new(seed: u64) -> Maker {
        Maker(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// A number of any length, the borders among them.
    pub fn number(&mut self) -> u64 {
        match self.below(12) {
            0 => u64::MAX,
            1 => i64::MAX as u64 + 1,
            shift => self.next() >> (shift * 5),
        }
    }

    pub fn int(&mut self) -> i64 {
        match self.below(12) {
            0 => i64::MIN,
            1 => i64::MAX,
            _ => self.number().cast_signed(),
        }
    }

    pub fn small(&mut self) -> u32 {
        self.next() as u32 >> self.below(32)
    }

    pub fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    pub fn maybe<T>(&mut self, make: impl FnOnce(&mut Maker) -> T) -> Option<T> {
        self.flag().then(|| make(self))
    }

    pub fn some<T>(&mut self, bound: u64, mut make: impl FnMut(&mut Maker) -> T) -> Vec<T> {
        let count = self.below(bound + 1);
        (0..count).map(|_| make(self)).collect()
    }

    /// A text: quotes, line ends, control characters and Chinese among others.
    pub fn text(&mut self) -> String {
        const PARTS: &[&str] =
            &["a", "'", "\"", "\\", "\n", "\u{0}", "\u{1f}", "赌", "🎲", "%", "é", "  ", "null"];
        let parts = self.some(6, |maker| PARTS[maker.below(PARTS.len() as u64) as usize]);
        parts.concat()
    }

    /// The id of a post as JSON, one of a few.
    pub fn post_id(&mut self) -> String {
        const IDS: &[&str] = &["1", "\"p1\"", "\"p2\"", "\"\\u001f\"", "\"赌\"", "1.50e3", "\"\""];
        IDS[self.below(IDS.len() as u64) as usize].to_owned()
    }

    /// The id of something else, one of a few.
    pub fn id(&mut self) -> String {
        const IDS: &[&str] = &["u1", "u2", "", "U1", "u'3", "赌", "u\u{1f}4", "u\u{0}5"];
        IDS[self.below(IDS.len() as u64) as usize].to_owned()
    }

    pub fn author(&mut self) -> Author {
        Author {
            id: self.id(),
            points: self.int(),
            points_at: self.int(),
            last_points: self.int(),
            step: self.byte(),
            until: self.maybe(Maker::int),
            raises: self.some(3, |it| Raise {
                at: it.int(),
                points: it.int(),
                decided: it.flag(),
                posts: it.number(),
            }),
            proposed: self.maybe(Maker::byte),
            counts: AuthorCounts {
                posts: self.number(),
                flag: self.number(),
                review: self.number(),
                block: self.number(),
                reports: self.number(),
                upheld: self.number(),
                overturned: self.number(),
            },
            first: self.int(),
            last: self.int(),
            recent: self.some(8, |it| PointPost {
                id: it.post_id(),
                at: it.int(),
                points: it.int(),
            }),
        }
    }

    pub fn days(&mut self) -> BTreeMap<i64, DayCounts> {
        let day =
            |it: &mut Maker| (it.int(), DayCounts { posts: it.number(), harmful: it.number() });
        self.some(4, day).into_iter().collect()
    }

    pub fn channel(&mut self) -> Channel {
        Channel {
            id: self.id(),
            step: self.byte(),
            since: self.maybe(Maker::int),
            until: self.maybe(Maker::int),
            proposed: self.maybe(Maker::byte),
            days: self.days(),
            total: DayCounts { posts: self.number(), harmful: self.number() },
            first: self.int(),
            last: self.int(),
        }
    }

    pub fn entry(&mut self, number: u64) -> Entry {
        Entry {
            number,
            sketch: self.some(64, |it| it.next() as u32).into(),
            whole: self.next(),
            weight: self.small(),
            listed: self.byte(),
            post: Member {
                id: self.post_id(),
                author: self.next(),
                channel: self.next(),
                at: self.int(),
                reach: self.number(),
                harmful: self.flag(),
            },
        }
    }

    pub fn distinct(&mut self) -> Distinct {
        match self.flag() {
            true => Distinct::Exact(self.some(64, Maker::next)),
            false => Distinct::About((0..1024).map(|_| self.byte() % 50).collect()),
        }
    }

    pub fn sample(&mut self) -> Sample {
        Sample {
            number: self.number(),
            id: self.post_id(),
            author: self.maybe(Maker::id),
            channel: self.maybe(Maker::id),
            at: self.int(),
            action: self.text(),
            categories: self.some(2, |it| (it.text(), it.text())),
            text: self.text(),
            reports: self.small(),
            is_first: self.flag(),
        }
    }

    pub fn slot(&mut self) -> Slot {
        Slot {
            kind: self.text(),
            between: self.flag(),
            values: self.some(3, |it| (it.text(), it.small())),
        }
    }

    pub fn campaign(&mut self) -> Campaign {
        Campaign {
            id: self.id(),
            number: self.number(),
            first: self.int(),
            last: self.int(),
            posts: self.number(),
            harmful: self.number(),
            weight: self.number(),
            reach: self.number(),
            authors: self.distinct(),
            channels: self.distinct(),
            hours: self.some(4, |it| (it.int(), it.number())).into_iter().collect(),
            entries: self.some(3, |it| {
                let number = it.number();
                it.entry(number)
            }),
            related: self.some(3, Maker::id),
            samples: self.some(4, Maker::sample),
            template_authors: self.number(),
            template: self.maybe(|it| TemplateRecord {
                text: it.text(),
                fixed_weight: it.small(),
                slots: it.some(3, Maker::slot),
            }),
            acts_harmful: self.flag(),
            acts_story: self.flag(),
            ignored: self.maybe(Maker::text),
            case: self.maybe(Maker::id),
            reports: self.int(),
        }
    }

    pub fn group(&mut self) -> Group {
        Group {
            rule: self.id(),
            rule_hash: self.next() as u32,
            key: self.some(2, |it| (it.text(), it.id())),
            moments: match self.below(4) {
                0 => Moments::Events(self.some(5, Maker::int)),
                1 => Moments::Values(self.some(5, |it| (it.next(), it.int()))),
                2 => Moments::Rules(self.some(5, |it| it.maybe(Maker::int))),
                _ => Moments::Order(self.some(5, |it| it.maybe(Maker::int))),
            },
            quiet_until: self.maybe(Maker::int),
            held: self.number(),
            last: self.int(),
        }
    }

    pub fn breaker(&mut self) -> Breaker {
        Breaker {
            key: self.id(),
            slice: self.int(),
            counts: self.some(60, Maker::small),
            open: self.flag(),
            since: self.maybe(Maker::int),
            low_since: self.maybe(Maker::int),
            notice: self.flag(),
            attempts: self.number(),
            replaced: self.number(),
        }
    }

    pub fn outcome(&mut self) -> Outcome {
        [Outcome::Upheld, Outcome::Overturned, Outcome::Closed][self.below(3) as usize]
    }

    /// A post; no two have one number.
    pub fn post(&mut self, number: u64) -> PostRef {
        PostRef {
            id: self.post_id(),
            number,
            author: self.maybe(Maker::id),
            channel: self.maybe(Maker::id),
            at: self.int(),
            action: self.text(),
            category: self.maybe(Maker::text),
            care: self.flag(),
            reach: self.number(),
            campaign: self.maybe(Maker::id),
            case: self.maybe(Maker::id),
            points: if self.flag() { self.int() } else { 0 },
            upheld: if self.flag() { self.int() } else { 0 },
            upheld_at: 0,
            outcome: self.maybe(Maker::outcome),
        }
    }

    pub fn case(&mut self) -> Case {
        let kinds = [
            CaseKind::Campaign,
            CaseKind::Author,
            CaseKind::Channel,
            CaseKind::Post,
            CaseKind::Care,
        ];
        let states = [CaseState::Open, CaseState::Decided, CaseState::Overflow];
        Case {
            id: self.id(),
            kind: kinds[self.below(5) as usize],
            subject: self.id(),
            state: states[self.below(3) as usize],
            opened: self.int(),
            updated: self.int(),
            posts: self.number(),
            authors: self.number(),
            channels: self.number(),
            reach: self.number(),
            category: self.maybe(Maker::text),
            harm: self.number(),
            reports: self.int(),
            operation: self.int(),
            priority: self.number(),
            newest: self.some(4, Maker::post_id),
            proposed: self.maybe(Maker::text),
            verdict: self.maybe(|it| Verdict {
                outcome: it.outcome(),
                by: it.maybe(Maker::id),
                note: it.maybe(Maker::text),
                at: it.int(),
            }),
        }
    }

    pub fn report(&mut self) -> Report {
        Report {
            post: self.post_id(),
            by: self.id(),
            reason: self.maybe(Maker::text),
            at: self.int(),
            weight: self.int(),
            judged: self.flag(),
        }
    }

    pub fn reporter(&mut self) -> Reporter {
        Reporter {
            id: self.id(),
            reports: self.number(),
            judged: self.number(),
            upheld: self.number(),
        }
    }

    pub fn operation(&mut self) -> OperationDays {
        OperationDays { id: self.id(), days: self.days() }
    }

    pub fn totals(&mut self) -> Totals {
        Totals {
            clock: self.maybe(Maker::int),
            ahead: self.some(2, |it| Ahead { at: it.int(), author: it.next() }),
            next_number: self.number(),
            next_post: self.number(),
            first_post: 0,
            cleaned: self.int(),
            lines: self.number(),
            posts: self.number(),
            events: self.number(),
            changed: self.number(),
            upheld: self.number(),
            overturned: self.number(),
            evictions: Evictions { singles: self.number(), ..Evictions::default() },
        }
    }

    pub fn run(&mut self, number: u64) -> Run {
        Run {
            number,
            finished: self.flag(),
            inputs: self.some(3, Maker::text),
            measures: self.text(),
            settings: self.text(),
            position: self.maybe(Maker::text),
            lines: self.number(),
            output: self.maybe(Maker::text),
            output_bytes: self.number(),
            output_end: self.next(),
        }
    }
}
