//! Stand-ins for what `src/sync.rs` of tidegate names.
//!
//! The locks and threads are shuttle's. Beside them: a queue, waiting with a time limit that
//! passes whenever the scheduler likes, and faults that tests ask for ([`Faults`]).

use shuttle::rand::{Rng, thread_rng};
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LockResult};
use std::time::Duration;

pub use shuttle::sync::{Mutex, MutexGuard};
pub use std::sync::PoisonError;

/// What goes wrong on purpose. Everything of one exploration runs on one thread of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Threads the system has left; `None` for as many as are wanted.
    pub threads_left: Option<usize>,
    /// Some calls that wake the others wake nobody.
    pub loses_wake_ups: bool,
}

thread_local! {
    static FAULTS: Cell<Faults> = Cell::default();
}

impl Faults {
    /// Makes them go wrong from here on, on this thread of the system.
    pub fn plant(self) {
        FAULTS.set(self);
    }

    /// One thread fewer; an error if none was left.
    fn take_thread() -> std::io::Result<()> {
        let faults = FAULTS.get();
        let Some(left) = faults.threads_left else { return Ok(()) };
        let left = left.checked_sub(1).ok_or(std::io::ErrorKind::WouldBlock)?;
        FAULTS.set(Faults { threads_left: Some(left), ..faults });
        Ok(())
    }

    fn loses_this_wake_up() -> bool {
        FAULTS.get().loses_wake_ups && thread_rng().gen_bool(0.5)
    }
}

/// A condition variable.
#[derive(Debug, Default)]
pub struct Condvar {
    inner: Arc<shuttle::sync::Condvar>,
}

impl Condvar {
    /// One nobody waits for.
    pub fn new() -> Condvar {
        Condvar::default()
    }

    /// As that of `std`.
    ///
    /// # Errors
    ///
    /// When somebody panicked while holding the lock.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.inner.wait(guard)
    }

    /// As that of `std`, but that the time may be up at any moment, or never.
    ///
    /// # Errors
    ///
    /// When somebody panicked while holding the lock.
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
            clock.is_heard.store(true, Ordering::SeqCst);
        }
        Ok((guard, is_up))
    }

    /// As that of `std`, unless a wake-up is to be lost.
    pub fn notify_all(&self) {
        if !Faults::loses_this_wake_up() {
            self.inner.notify_all();
        }
    }
}

/// Ends a wait some time.
struct Clock {
    is_up: Arc<AtomicBool>,
    is_heard: Arc<AtomicBool>,
}

impl Clock {
    fn start(waited_for: Arc<shuttle::sync::Condvar>) -> Clock {
        let clock = Clock { is_up: Arc::default(), is_heard: Arc::default() };
        let (is_up, is_heard) = (clock.is_up.clone(), clock.is_heard.clone());
        shuttle::thread::spawn(move || {
            is_up.store(true, Ordering::SeqCst);
            // Again until it is heard: the first may come before the wait.
            while !is_heard.load(Ordering::SeqCst) {
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
        /// A thread like any other.
        pub fn new() -> Builder {
            Builder::default()
        }

        /// Starts one.
        ///
        /// # Errors
        ///
        /// When none is left.
        pub fn spawn<T: Send + 'static>(
            self,
            work: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<T>> {
            Faults::take_thread()?;
            Ok(shuttle::thread::spawn(work))
        }

        /// Starts one that ends before `scope` does.
        ///
        /// # Errors
        ///
        /// When none is left.
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

/// A queue with room for `room` members, as crossbeam's: it ends for receivers when all
/// senders have gone and it is empty, for senders when all receivers have gone.
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

/// The end that members go in.
#[derive(Debug)]
pub struct Sender<T>(Arc<Shared<T>>);

impl<T> Sender<T> {
    /// Puts `member` in once there is room.
    ///
    /// # Errors
    ///
    /// The member, when nobody is left to take it out.
    pub fn send(&self, member: T) -> Result<(), Refused<T>> {
        let mut queue = self.0.queue.lock().unwrap();
        while queue.receivers > 0 && queue.members.len() == queue.room {
            queue = self.0.changed.wait(queue).unwrap();
        }
        if queue.receivers == 0 {
            return Err(Refused(member));
        }
        queue.members.push_back(member);
        drop(queue);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Has everything been taken out?
    pub fn is_empty(&self) -> bool {
        self.0.queue.lock().unwrap().members.is_empty()
    }
}

/// What nobody takes.
pub struct Refused<T>(
    /// It.
    pub T,
);

impl<T> std::fmt::Debug for Refused<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody takes it")
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

/// The end that members come out.
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
        // As crossbeam's: what is left inside goes with the last of them.
        let left = self.0.change(|queue| {
            queue.receivers -= 1;
            (queue.receivers == 0).then(|| std::mem::take(&mut queue.members))
        });
        drop(left);
    }
}

/// Takes members out until the end.
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
