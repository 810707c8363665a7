//! A run without inputs: a service applies what it is sent, in the order in which it comes.
//!
//! Checkpoints are as those of other runs, but nothing can be read again: what was applied since the
//! last one is lost if the process is killed. A checkpoint that cannot be written is tried again;
//! until it is on the disk the caller should apply nothing ([`Live::error`]).

use super::checkpoints::{CheckpointSettings, Checkpoints};
use super::counts::Counts;
use crate::memory::{Alarm, Memory, Settings};
use crate::model::{Run, Seconds};
use crate::output::{push_decision, push_event};
use crate::record::{Event, PostRecord};
use crate::store::{StateFile, StoreError};
use serde_json::json;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tidegate_engine::Engine;
use tidegate_pipeline::RunFingerprint;

/// Time after which a checkpoint that failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What posts and events are applied with.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Measures, correlations, policy.
    pub settings: Arc<Settings>,
    /// Hash of measures and correlations ([`Settings::hash_hex`]).
    pub measures: String,
    /// Hash of rules and policy.
    pub ruleset: String,
    /// What the run records of the rules: [`Run::settings`].
    pub record: String,
}

impl Rules {
    /// The rules of `engine`, with `settings` that were made for it.
    pub fn of(engine: &Engine, settings: Arc<Settings>) -> Rules {
        let ruleset = engine.classifier().hash_hex().to_owned();
        let record = RunFingerprint {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            ruleset: ruleset.clone(),
            flags: Vec::new(),
            inputs: Vec::new(),
            follows: false,
        };
        let record = serde_json::to_string(&record).unwrap_or_default();
        Rules { measures: settings.hash_hex(), settings, ruleset, record }
    }

    /// The run that a service with these rules wants to begin.
    pub fn run(&self) -> Run {
        let (measures, settings) = (self.measures.clone(), self.record.clone());
        Run { measures, settings, ..Run::default() }
    }
}

/// A run of a service.
pub struct Live {
    memory: Memory,
    rules: Rules,
    checkpoints: Checkpoints,
    run: Run,
    counts: Counts,
    /// Nothing of this run is in the file yet.
    is_new: bool,
    error: Option<StoreError>,
    failed_at: Instant,
    period: Duration,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Live {
    /// A run that begins with `memory`.
    ///
    /// # Errors
    ///
    /// The system has no thread for checkpoints.
    pub fn new(
        memory: Memory,
        rules: Rules,
        (file, run): (StateFile, Run),
        settings: CheckpointSettings,
    ) -> io::Result<Live> {
        Ok(Live {
            memory,
            rules,
            checkpoints: Checkpoints::start(file, settings)?,
            run,
            counts: Counts::default(),
            is_new: true,
            error: None,
            failed_at: Instant::now(),
            period: settings.period,
        })
    }

    /// Applies a post that was read with `settings`: those of [`Live::rules`], or with the policy of
    /// rules before. Appends the object that is said about it.
    pub fn post(&mut self, post: &PostRecord, settings: &Settings, out: &mut Vec<u8>) {
        let decision = self.memory.post(post, settings);
        self.counts.post(&decision);
        self.run.lines += 1;
        push_decision(out, &post.id, &decision, &self.rules.measures);
        self.checkpoints.is_due(1);
    }

    /// Applies an event; appends the object that is said about it.
    pub fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        let answer = self.memory.event(event, &self.rules.settings);
        self.counts.event(&answer);
        self.run.lines += 1;
        push_event(out, &answer);
        self.checkpoints.is_due(1);
    }

    /// Continues with other rules; notes it in the log.
    pub fn adopt(&mut self, rules: Rules) {
        self.memory.adopt(&rules.settings);
        let before = std::mem::replace(&mut self.rules, rules);
        if before.ruleset != self.rules.ruleset {
            let fields = json!({ "ruleset": self.rules.ruleset, "before": before.ruleset });
            self.memory.note("rules", &fields);
        }
        if before.measures != self.rules.measures {
            let empty =
                self.rules.settings.correlations.changed_since(&before.settings.correlations);
            let empty = (!empty.is_empty()).then_some(empty);
            let fields = json!({ "measures": self.rules.measures, "before": before.measures,
                "empty": empty });
            self.memory.note("measures", &fields);
        }
        self.run.measures = self.rules.measures.clone();
        self.run.settings = self.rules.record.clone();
        self.checkpoints.is_due(1);
    }

    /// Begins a checkpoint when one is due, and sees what became of the last. Call it after each
    /// group of lines, and at least once a second.
    pub fn tick(&mut self) {
        match self.checkpoints.poll() {
            Some(Ok(())) => self.error = None,
            Some(Err(error)) => self.fail(error),
            None => {}
        }
        if self.checkpoints.is_busy() {
            return;
        }
        if self.error.is_some() {
            if self.failed_at.elapsed() >= AGAIN {
                let again = self.checkpoints.try_again();
                again.err().into_iter().for_each(|error| self.fail(error));
            }
            return;
        }
        let is_due = self.checkpoints.is_due(0) && self.checkpoints.lines() > 0;
        if is_due || self.is_new {
            self.checkpoint();
        }
    }

    fn checkpoint(&mut self) {
        self.is_new = false;
        let changes = self.memory.take_changes();
        if let Err(error) = self.checkpoints.write(changes, self.run.clone(), None) {
            self.fail(error);
        }
    }

    fn fail(&mut self, error: StoreError) {
        (self.error, self.failed_at) = (Some(error), Instant::now());
    }

    /// Why the last checkpoint is not on the disk. It is tried again; nothing should be applied until
    /// then, or more would be lost.
    pub fn error(&self) -> Option<&StoreError> {
        self.error.as_ref()
    }

    /// Ends the run: the last checkpoint, which is waited for.
    ///
    /// # Errors
    ///
    /// It cannot be written: the file is as of the checkpoint before.
    pub fn end(mut self) -> Result<(), StoreError> {
        // If the last one failed, its changes come first.
        drop(self.checkpoints.wait());
        if self.checkpoints.try_again()? {
            self.checkpoints.wait()?;
        }
        self.run.finished = true;
        self.checkpoints.write(self.memory.take_changes(), self.run.clone(), None)?;
        self.checkpoints.wait()
    }

    /// The state.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What posts and events are applied with.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The clock; 0 without one.
    pub fn clock(&self) -> Seconds {
        self.memory.clock().unwrap_or(0)
    }

    /// Counts since the start.
    pub fn counts(&self) -> Counts {
        Counts { checkpoints: self.checkpoints.written(), ..self.counts }
    }

    /// The run, as the next checkpoint records it.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Time between two checkpoints.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Bytes of the write-ahead log after the last checkpoint.
    pub fn wal_bytes(&self) -> u64 {
        self.checkpoints.wal_bytes()
    }

    /// Breakers that opened since the last call.
    pub fn take_alarms(&mut self) -> Vec<Alarm> {
        let alarms = self.memory.take_alarms();
        self.counts.alarms += alarms.len() as u64;
        alarms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlations::Correlations;
    use crate::measures::Measures;
    use crate::policy::EnginePolicy;
    use crate::run::start_live;
    use std::path::Path;

    const PACK: &str = "
tidegate: 1
pack: own
version: 1.0.0
title: Own
license: CC0-1.0
rules:
  - { id: own.word, title: T, category: spam, weight: 1, match: { w: [word] }, condition: w }
  - id: own.flood
    title: F
    category: spam
    weight: 3
    correlate: { type: event_count, rules: [own.word], group-by: [author.id], timespan: 1h, condition: { gte: COUNT } }
";

    fn rules(count: u32, half_life: i64) -> Rules {
        let pack = PACK.replace("COUNT", &count.to_string());
        let builder = tidegate_packs::builder().embedded(false).rules_text("own.rules.yaml", pack);
        let engine = Arc::new(builder.build().unwrap());
        let mut measures = Measures::default();
        measures.authors.half_life = half_life;
        let policy = Box::new(EnginePolicy::of(engine.clone()));
        let correlations = Correlations::of(engine.classifier());
        Rules::of(&engine, Arc::new(Settings::of(measures, correlations, policy)))
    }

    fn open(path: &Path, rules: &Rules, period: Duration) -> Live {
        let mut file = StateFile::open(path).unwrap();
        let memory = Memory::of(file.load().unwrap(), &rules.settings);
        let (run, _) = start_live(rules.run(), file.run().unwrap()).unwrap();
        let settings = CheckpointSettings { lines: u64::MAX, period };
        Live::new(memory, rules.clone(), (file, run), settings).unwrap()
    }

    fn send(live: &mut Live, number: i64) {
        let post = PostRecord {
            id: number.to_string(),
            author: Some("u".to_owned()),
            at: Some(number),
            ..PostRecord::default()
        };
        let settings = live.rules().settings.clone();
        live.post(&post, &settings, &mut Vec::new());
    }

    fn tick_until(live: &mut Live, is_so: impl Fn(&Live) -> bool) {
        let began = Instant::now();
        while !is_so(live) {
            assert!(began.elapsed() < Duration::from_secs(60), "{live:?} {:?}", live.error());
            live.tick();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_run_that_was_not_ended_is_followed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let (path, rules) = (folder.path().join("a.db"), rules(3, 1));
        let mut live = open(&path, &rules, Duration::ZERO);
        send(&mut live, 1);
        tick_until(&mut live, |live| live.counts().checkpoints > 0 && !live.checkpoints.is_busy());
        drop(live);
        let live = open(&path, &rules, Duration::ZERO);
        assert_eq!((live.run().number, live.memory().totals().posts), (2, 1));
        live.end().unwrap();
        let last = StateFile::open(&path).unwrap().run().unwrap().unwrap();
        assert!(last.finished && last.is_live());
        let other = Run { inputs: vec!["a".to_owned()], ..last };
        assert_eq!(start_live(rules.run(), Some(other.clone())).unwrap().0.number, 3);
        let unfinished = Run { finished: false, ..other };
        assert!(start_live(rules.run(), Some(unfinished)).is_err());
    }

    #[test]
    fn a_checkpoint_that_failed_is_tried_again_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, rules) = (folder.path().join("a.db"), rules(3, 1));
        let mut live = open(&path, &rules, Duration::ZERO);
        tick_until(&mut live, |live| live.counts().checkpoints == 1);
        let shell = rusqlite::Connection::open(&path).unwrap();
        shell.execute_batch("BEGIN IMMEDIATE").unwrap();
        (1..=3).for_each(|number| send(&mut live, number));
        tick_until(&mut live, |live| live.error() == Some(&StoreError::Busy));
        // What was applied before the error was noticed.
        (4..=5).for_each(|number| send(&mut live, number));
        shell.execute_batch("ROLLBACK").unwrap();
        tick_until(&mut live, |live| live.error().is_none());
        live.end().unwrap();
        let live = open(&path, &rules, Duration::ZERO);
        assert_eq!(live.memory().totals().posts, 5);
        assert!((1..=5).all(|number: i64| live.memory().post_of(&number.to_string()).is_some()));
    }

    #[test]
    fn other_rules_are_noted_and_changed_correlations_start_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (first, second) = (rules(3, 100), rules(2, 5));
        let mut live = open(&path, &first, Duration::from_secs(3600));
        for number in 1..=20 {
            send(&mut live, number);
        }
        live.adopt(second.clone());
        assert_eq!(live.rules().measures, second.measures);
        for number in 21..=40 {
            send(&mut live, number);
        }
        live.end().unwrap();
        let reader = crate::store::StateReader::open(&path).unwrap();
        let log = reader.log(1, None).unwrap();
        let texts: Vec<&str> = log.iter().map(|entry| entry.json.as_str()).collect();
        assert!(texts.iter().any(|text| text.contains("\"kind\":\"rules\"")), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains("\"empty\":[\"own.flood\"]")), "{texts:?}");
    }

    #[test]
    fn a_record_is_read_again_for_other_correlations() {
        let (then, now, same) = (rules(3, 1), rules(2, 1), rules(3, 2));
        let record = PostRecord {
            matches: vec![crate::record::CorrelationMatch {
                correlation: 0,
                patterns: 1,
                group: Vec::new(),
                value: None,
            }],
            ..PostRecord::default()
        };
        let left = |now: &Rules| {
            let mut record = record.clone();
            record.read_again_for(&then.settings.correlations, &now.settings.correlations);
            record.matches.len()
        };
        assert_eq!((left(&now), left(&same)), (0, 1));
    }
}
