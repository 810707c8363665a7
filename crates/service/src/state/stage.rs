//! The thread that owns the state.
//!
//! Everything that changes the state or looks at it is a job of this thread; jobs are done in the
//! order in which they arrive. A job whose client has gone is not done: its answer would have no reader.
//!
//! * A checkpoint that cannot be written (a full disk): nothing is applied until it is on the disk, so
//!   that not more is lost than the log says. Looking goes on.
//! * A panic: the state may be half changed. The thread ends without a checkpoint, and the service
//!   stops; a new one begins at the last checkpoint.

use super::watch::Seen;
use super::{Rules, Start};
use crate::error::Refusal;
use crate::metrics::Metrics;
use crate::state_metrics::StateNumbers;
use axum::http::StatusCode;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant, SystemTime};
use tidegate_state::memory::{Alarm, Memory, Settings};
use tidegate_state::model::Evictions;
use tidegate_state::run::Live;
use tokio::sync::{Notify, Semaphore, TryAcquireError, oneshot};

/// The longest time between two looks at checkpoints and metrics.
const TICK: Duration = Duration::from_millis(200);

/// The write-ahead log is reported from this size on, in bytes.
const WAL_BYTES: u64 = 256 << 20;

/// Asks the thread.
#[derive(Debug)]
pub struct State {
    jobs: Sender<Job>,
    /// Room for jobs that change the state.
    room: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// The thread; it is joined at the end.
#[derive(Debug)]
pub struct Running {
    jobs: Sender<Job>,
    thread: JoinHandle<Result<(), String>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Why nothing is applied.
    trouble: Mutex<Option<String>>,
    /// The thread has ended by a panic.
    ended: Notify,
}

impl Shared {
    fn set(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    fn get(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

type Task = Box<dyn FnOnce(&mut Live) + Send>;

enum Job {
    Lines(Box<Lines>),
    Task(Task),
    Adopt(Arc<Rules>),
    Stop,
}

/// The verdicts of a chunk.
struct Lines {
    rules: Arc<Rules>,
    annotates: bool,
    verdicts: Vec<u8>,
    seen: Seen,
    reply: oneshot::Sender<Result<Vec<u8>, Refusal>>,
}

impl State {
    /// Starts the thread, with room for `queue` jobs that change the state.
    ///
    /// # Errors
    ///
    /// The system has no thread.
    pub fn start(
        start: Start,
        rules: &Arc<Rules>,
        metrics: &Arc<Metrics>,
        queue: usize,
    ) -> Result<(State, Running), String> {
        let Start { file, snapshot, run, measures_changed, checkpoints } = start;
        let mut memory = Memory::of(snapshot, &rules.own.settings);
        if let Some(before) = measures_changed {
            let fields = json!({ "measures": rules.own.measures, "before": before });
            memory.note("measures", &fields);
        }
        let thread = |error: std::io::Error| format!("cannot start a thread: {error}");
        let live =
            Live::new(memory, rules.own.clone(), (file, run), checkpoints).map_err(thread)?;
        let (jobs, waiting) = unbounded();
        let shared = Arc::new(Shared::default());
        let mut stage = Stage {
            live,
            rules: rules.clone(),
            before: None,
            metrics: metrics.clone(),
            shared: shared.clone(),
            looked: None,
            saved: (0, SystemTime::now()),
            has_noted_wal: false,
        };
        stage.look_around();
        let thread = Builder::new().name("state".to_owned()).spawn(move || stage.run(&waiting));
        let thread = thread.map_err(|error| format!("cannot start a thread: {error}"))?;
        let running = Running { jobs: jobs.clone(), thread };
        Ok((State { jobs, room: Arc::new(Semaphore::new(queue)), shared }, running))
    }

    /// Why nothing is applied now.
    pub fn trouble(&self) -> Option<String> {
        self.shared.get()
    }

    /// Is the state able to change?
    ///
    /// # Errors
    ///
    /// Why not (503).
    pub fn check(&self) -> Result<(), Refusal> {
        self.trouble().map_or(Ok(()), |trouble| Err(unavailable(&trouble)))
    }

    /// Returns when the thread has ended by a panic.
    pub async fn ended(&self) {
        self.shared.ended.notified().await;
    }

    /// Applies the posts of a chunk; their verdicts, with what the state says.
    ///
    /// # Errors
    ///
    /// The state cannot change now, or the thread has ended.
    pub async fn apply(
        &self,
        rules: &Arc<Rules>,
        annotates: bool,
        verdicts: Vec<u8>,
        seen: Seen,
    ) -> Result<Vec<u8>, Refusal> {
        let _room = self.room.acquire().await.map_err(|_| Refusal::internal())?;
        let (reply, answer) = oneshot::channel();
        let rules = rules.clone();
        self.send(Job::Lines(Box::new(Lines { rules, annotates, verdicts, seen, reply })));
        answer.await.map_err(|_| Refusal::internal())?
    }

    /// Looks at the state.
    ///
    /// # Errors
    ///
    /// The thread has ended.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Live) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Task(Box::new(move |live| {
            if !reply.is_closed() {
                drop(reply.send(look(live)));
            }
        })));
        answer.await.map_err(|_| Refusal::internal())
    }

    /// Changes the state.
    ///
    /// # Errors
    ///
    /// Too many jobs wait, the state cannot change now, or the thread has ended.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Live) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let _room = match self.room.try_acquire() {
            Ok(room) => room,
            Err(TryAcquireError::NoPermits) => {
                return Err(Refusal::overloaded("the queue of the state is full"));
            }
            Err(TryAcquireError::Closed) => return Err(Refusal::internal()),
        };
        let (reply, answer) = oneshot::channel();
        self.send(Job::Task(Box::new(move |live| {
            if reply.is_closed() {
                return;
            }
            let result = match live.error() {
                Some(error) => Err(unavailable(&error.to_string())),
                None => Ok(change(live)),
            };
            // The receiver is closed if the client has gone meanwhile.
            drop(reply.send(result));
        })));
        answer.await.map_err(|_| Refusal::internal())?
    }

    /// Continues with other rules.
    pub fn adopt(&self, rules: Arc<Rules>) {
        self.send(Job::Adopt(rules));
    }

    fn send(&self, job: Job) {
        // If the thread has ended, the answer is dropped with the job, which its receiver sees.
        drop(self.jobs.send(job));
    }
}

impl Running {
    /// Ends the thread after a last checkpoint.
    ///
    /// # Errors
    ///
    /// The checkpoint could not be written, or the thread had ended by a panic.
    pub fn stop(self) -> Result<(), String> {
        drop(self.jobs.send(Job::Stop));
        self.thread.join().unwrap_or_else(|_| Err(BROKEN.to_owned()))
    }
}

const BROKEN: &str = "internal error in the state; start the service again: it goes on at the last \
                      checkpoint. Please report it";

fn unavailable(trouble: &str) -> Refusal {
    let message = format!("the state cannot be written: {trouble}");
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "state_unavailable", message)
}

/// The state and what belongs to it.
struct Stage {
    live: Live,
    rules: Arc<Rules>,
    /// Rules that were replaced, with the settings for posts that were judged by them.
    before: Option<(Arc<Rules>, Arc<Settings>)>,
    metrics: Arc<Metrics>,
    shared: Arc<Shared>,
    looked: Option<Instant>,
    /// Checkpoints that were written, and when the last was noticed.
    saved: (u64, SystemTime),
    has_noted_wal: bool,
}

impl Stage {
    fn run(mut self, jobs: &Receiver<Job>) -> Result<(), String> {
        loop {
            let work = || match jobs.recv_timeout(TICK) {
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => false,
                Ok(job) => {
                    self.work(job);
                    true
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.look_around();
                    true
                }
            };
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(true) => {}
                Ok(false) => return self.live.end().map_err(|error| error.to_string()),
                Err(_) => {
                    tracing::error!("{BROKEN}");
                    self.shared.set(Some(BROKEN.to_owned()));
                    self.shared.ended.notify_one();
                    return Err(BROKEN.to_owned());
                }
            }
        }
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Lines(lines) => self.lines(*lines),
            Job::Task(task) => task(&mut self.live),
            Job::Adopt(rules) => {
                self.live.adopt(rules.own.clone());
                (self.rules, self.before) = (rules, None);
            }
            Job::Stop => {}
        }
        self.live.take_alarms().iter().for_each(warn);
        self.live.tick();
        if self.looked.is_none_or(|looked| looked.elapsed() >= TICK) {
            self.look_around();
        }
    }

    fn lines(&mut self, lines: Lines) {
        let Lines { rules, annotates, verdicts, mut seen, reply } = lines;
        if reply.is_closed() {
            return;
        }
        if let Some(error) = self.live.error() {
            drop(reply.send(Err(unavailable(&error.to_string()))));
            return;
        }
        let settings = self.settings_for(&rules);
        if !Arc::ptr_eq(&rules, &self.rules) {
            let now = &self.rules.own.settings.correlations;
            seen.read_again_for(&rules.own.settings.correlations, now);
        }
        let live = &mut self.live;
        let out = seen.answer(&verdicts, annotates, |post, out| live.post(post, &settings, out));
        // The receiver is closed if the client has gone meanwhile.
        drop(reply.send(Ok(out)));
    }

    /// The settings for posts that were judged by `rules`, which may have been replaced since.
    fn settings_for(&mut self, rules: &Arc<Rules>) -> Arc<Settings> {
        if Arc::ptr_eq(rules, &self.rules) {
            return self.rules.own.settings.clone();
        }
        match &self.before {
            Some((before, settings)) if Arc::ptr_eq(before, rules) => settings.clone(),
            Some(_) | None => {
                let settings = Arc::new(self.rules.with_policy_of(rules));
                self.before = Some((rules.clone(), settings.clone()));
                settings
            }
        }
    }

    /// Checkpoints, metrics, and what an operator should know.
    fn look_around(&mut self) {
        self.live.tick();
        let counts = self.live.counts();
        if counts.checkpoints > self.saved.0 {
            self.saved = (counts.checkpoints, SystemTime::now());
        }
        if self.live.error().map(ToString::to_string) != self.shared.get() {
            self.note_trouble();
        }
        let wal_bytes = self.live.wal_bytes();
        if wal_bytes > WAL_BYTES && !self.has_noted_wal {
            self.has_noted_wal = true;
            tracing::warn!(wal_bytes, "a program has read the state file for long; its log grows");
        }
        let (totals, kept) = (self.live.memory().totals(), self.live.memory().kept());
        let Evictions { singles, campaigns, authors, channels, groups, posts, cases, full } =
            totals.evictions;
        self.metrics.state().show(&StateNumbers {
            clock: totals.clock,
            campaigns: kept.campaigns,
            authors: kept.authors,
            cases: kept.open_cases - kept.care_cases,
            care_cases: kept.care_cases,
            breakers_open: kept.breakers_open,
            alarms: counts.alarms,
            evictions: [
                ("singles", singles),
                ("campaigns", campaigns),
                ("authors", authors),
                ("channels", channels),
                ("groups", groups),
                ("posts", posts),
                ("cases", cases),
                ("full", full),
            ],
            checkpoints: counts.checkpoints,
            saved: self.saved.1,
            failed: self.live.error().is_some(),
        });
        self.looked = Some(Instant::now());
    }

    fn note_trouble(&mut self) {
        let trouble = self.live.error().map(ToString::to_string);
        match &trouble {
            Some(error) => {
                self.metrics.state().checkpoint_failed();
                tracing::error!(error, "the state cannot be written; posts are refused until then");
            }
            None => tracing::info!("the state is written again"),
        }
        self.shared.set(trouble);
    }
}

fn warn(alarm: &Alarm) {
    let Alarm { breaker, at, attempts, limit, period } = alarm;
    let at = tidegate_state::output::time(*at);
    tracing::warn!(
        breaker,
        at,
        attempts,
        limit,
        seconds = period,
        "alarm: a breaker opened; posts to block become review until the rate has fallen"
    );
}
