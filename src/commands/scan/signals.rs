//! The signals that operate a run: SIGUSR1 writes the statistics, SIGHUP loads the rules again.
//!
//! They are received by a thread of their own and never interrupt the run.

use signal_hook::consts::{SIGHUP, SIGUSR1};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// The requests that signals make.
#[derive(Debug)]
pub struct Operations {
    /// To write the statistics now.
    pub statistics: (Sender<WriteStatistics>, Receiver<WriteStatistics>),
    /// To load the rules again.
    pub reload: Receiver<()>,
}

/// A request to the thread that writes statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteStatistics {
    /// To write them now.
    Now,
    /// To end: the run is over.
    End,
}

impl Operations {
    /// Begins to receive: SIGUSR1, and SIGHUP if the rules can be loaded again. If the system has no
    /// thread left, signals are ignored.
    ///
    /// # Errors
    ///
    /// When the handlers cannot be installed; when there is no thread, and rules can be loaded again.
    pub fn receive(reloads: bool) -> io::Result<Operations> {
        let wanted = if reloads { &[SIGUSR1, SIGHUP][..] } else { &[SIGUSR1] };
        let mut signals = Signals::new(wanted)?;
        let statistics = channel();
        let (reload_in, reload) = channel();
        let write = statistics.0.clone();
        let started = thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                // There is no receiver before the run has begun and after it has ended.
                match signal {
                    SIGUSR1 => drop(write.send(WriteStatistics::Now)),
                    _ => drop(reload_in.send(())),
                }
            }
        });
        if let Err(error) = started
            && reloads
        {
            return Err(error);
        }
        Ok(Operations { statistics, reload })
    }
}
