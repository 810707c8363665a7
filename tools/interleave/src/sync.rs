//! Replacements for the items of `sync.rs` of the pipeline.
//!
//! The locks and threads are shuttle's. In addition: a channel, waiting with a time limit that
//! passes at a moment chosen by the scheduler, and failures injected by tests ([`Faults`]).

use shuttle::rand::{Rng, thread_rng};
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LockResult};
use std::time::Duration;

pub use shuttle::sync::{Mutex, MutexGuard};
pub use std::sync::PoisonError;

/// Injected failures. One exploration runs on one thread of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Threads the system has left; `None` for no limit.
    pub threads_left: Option<usize>,
    /// Some notifications are lost.
    pub loses_notifications: bool,
}

thread_local! {
    static FAULTS: Cell<Faults> = Cell::default();
}

impl Faults {
    /// Injects the failures from here on, on this thread of the system.
    pub fn plant(self) {
        FAULTS.set(self);
    }

    /// Reduces the threads left; an error if there are none.
    fn take_thread() -> std::io::Result<()> {
        let faults = FAULTS.get();
        let Some(left) = faults.threads_left else { return Ok(()) };
        let left = left.checked_sub(1).ok_or(std::io::ErrorKind::WouldBlock)?;
        FAULTS.set(Faults { threads_left: Some(left), ..faults });
        Ok(())
    }

    fn loses_this_notification() -> bool {
        FAULTS.get().loses_notifications && thread_rng().gen_bool(0.5)
    }
}

/// A condition variable.
#[derive(Debug, Default)]
pub struct Condvar {
    inner: Arc<shuttle::sync::Condvar>,
}

impl Condvar {
    /// A condition variable without waiters.
    pub fn new() -> Condvar {
        Condvar::default()
    }

    /// As that of `std`.
    ///
    /// # Errors
    ///
    /// When a thread panicked while it held the lock.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.inner.wait(guard)
    }

    /// As that of `std`, but the time limit may pass at any moment, or never.
    ///
    /// # Errors
    ///
    /// When a thread panicked while it held the lock.
    pub fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        _: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let clock = thread_rng().gen_bool(0.7).then(|| Clock::start(self.inner.clone()));
        let is_up = || clock.as_ref().is_some_and(|it| it.is_up.load(Ordering::SeqCst));
        while condition(&mut guard) && !is_up() {
            guard = self.inner.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        let is_up = is_up();
        if let Some(clock) = clock {
            clock.is_received.store(true, Ordering::SeqCst);
        }
        Ok((guard, is_up))
    }

    /// As that of `std`, unless the notification is lost on purpose.
    pub fn notify_all(&self) {
        if !Faults::loses_this_notification() {
            self.inner.notify_all();
        }
    }
}

/// Ends a wait at some moment.
struct Clock {
    is_up: Arc<AtomicBool>,
    is_received: Arc<AtomicBool>,
}

impl Clock {
    fn start(waited_for: Arc<shuttle::sync::Condvar>) -> Clock {
        let clock = Clock { is_up: Arc::default(), is_received: Arc::default() };
        let (is_up, is_received) = (clock.is_up.clone(), clock.is_received.clone());
        shuttle::thread::spawn(move || {
            is_up.store(true, Ordering::SeqCst);
            // Repeated until it is received: the first may precede the wait.
            while !is_received.load(Ordering::SeqCst) {
                waited_for.notify_all();
                shuttle::thread::yield_now();
            }
        });
        clock
    }
}

/// Threads.
pub mod thread {
    use super::Faults;
    pub use shuttle::thread::{JoinHandle, Scope, ScopedJoinHandle, scope};
    use std::io;

    /// As that of `std`.
    #[derive(Debug, Default)]
    pub struct Builder(());

    impl Builder {
        /// A builder of threads.
        pub fn new() -> Builder {
            Builder::default()
        }

        /// Starts a thread.
        ///
        /// # Errors
        ///
        /// When the system has no thread left.
        pub fn spawn<T: Send + 'static>(
            self,
            work: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<T>> {
            Faults::take_thread()?;
            Ok(shuttle::thread::spawn(work))
        }

        /// Starts a thread that ends before `scope` does.
        ///
        /// # Errors
        ///
        /// When the system has no thread left.
        pub fn spawn_scoped<'scope, T: Send + 'scope>(
            self,
            scope: &'scope Scope<'scope, '_>,
            work: impl FnOnce() -> T + Send + 'scope,
        ) -> io::Result<ScopedJoinHandle<'scope, T>> {
            Faults::take_thread()?;
            Ok(scope.spawn(work))
        }
    }
}

/// A channel with capacity `room`, as crossbeam's: it disconnects for receivers when all
/// senders are dropped and it is empty, for senders when all receivers are dropped.
pub fn bounded<T>(room: usize) -> (Sender<T>, Receiver<T>) {
    let queue = Queue { members: VecDeque::new(), room, senders: 1, receivers: 1 };
    let shared = Arc::new(Shared { queue: Mutex::new(queue), changed: Condvar::new() });
    (Sender(shared.clone()), Receiver(shared))
}

#[derive(Debug)]
struct Queue<T> {
    members: VecDeque<T>,
    room: usize,
    senders: usize,
    receivers: usize,
}

#[derive(Debug)]
struct Shared<T> {
    queue: Mutex<Queue<T>>,
    changed: Condvar,
}

impl<T> Shared<T> {
    fn change<R>(&self, change: impl FnOnce(&mut Queue<T>) -> R) -> R {
        let changed = change(&mut self.queue.lock().unwrap());
        self.changed.notify_all();
        changed
    }
}

/// The sending end.
#[derive(Debug)]
pub struct Sender<T>(Arc<Shared<T>>);

impl<T> Sender<T> {
    /// Sends `member`, blocking until there is room.
    ///
    /// # Errors
    ///
    /// The member, when all receivers are dropped.
    pub fn send(&self, member: T) -> Result<(), SendError<T>> {
        let mut queue = self.0.queue.lock().unwrap();
        while queue.receivers > 0 && queue.members.len() == queue.room {
            queue = self.0.changed.wait(queue).unwrap();
        }
        if queue.receivers == 0 {
            return Err(SendError(member));
        }
        queue.members.push_back(member);
        drop(queue);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Whether the channel is empty.
    pub fn is_empty(&self) -> bool {
        self.0.queue.lock().unwrap().members.is_empty()
    }
}

/// A member that could not be sent.
pub struct SendError<T>(
    /// The member.
    pub T,
);

impl<T> std::fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("all receivers are dropped")
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.0.change(|queue| queue.senders += 1);
        Sender(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.change(|queue| queue.senders -= 1);
    }
}

/// The receiving end.
#[derive(Debug)]
pub struct Receiver<T>(Arc<Shared<T>>);

impl<T> Receiver<T> {
    /// The next member; `None` at the end.
    fn next(&self) -> Option<T> {
        let mut queue = self.0.queue.lock().unwrap();
        while queue.members.is_empty() && queue.senders > 0 {
            queue = self.0.changed.wait(queue).unwrap();
        }
        let member = queue.members.pop_front();
        drop(queue);
        self.0.changed.notify_all();
        member
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        self.0.change(|queue| queue.receivers += 1);
        Receiver(self.0.clone())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // As crossbeam's: the last receiver drops the remaining members.
        let left = self.0.change(|queue| {
            queue.receivers -= 1;
            (queue.receivers == 0).then(|| std::mem::take(&mut queue.members))
        });
        drop(left);
    }
}

/// Iterates over members until the channel disconnects.
#[derive(Debug)]
pub struct Members<R>(R);

impl<T> Iterator for Members<Receiver<T>> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.0.next()
    }
}

impl<T> Iterator for Members<&Receiver<T>> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.0.next()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = Members<Receiver<T>>;
    fn into_iter(self) -> Members<Receiver<T>> {
        Members(self)
    }
}

impl<'r, T> IntoIterator for &'r Receiver<T> {
    type Item = T;
    type IntoIter = Members<&'r Receiver<T>>;
    fn into_iter(self) -> Members<&'r Receiver<T>> {
        Members(self)
    }
}
