//! A progress bar on standard error, shown only on a terminal.
//!
//! Workers add to counters; a separate thread draws the bar a few times per second and
//! erases it when [`Progress`] is dropped. Without a terminal nothing is drawn, and
//! counting costs one addition per chunk.

use super::language::say;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tidegate_engine::domain::summary::grouped;
use tidegate_pipeline::Input;

/// A progress bar, erased when dropped.
pub struct Progress {
    counters: Arc<Counters>,
    end: Option<Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

/// Work done so far.
#[derive(Debug, Default)]
struct Counters {
    bytes: Arc<AtomicU64>,
    posts: AtomicU64,
    flagged: AtomicU64,
}

/// Time between two redraws: looks smooth at negligible cost.
const PERIOD: Duration = Duration::from_millis(200);

const TEMPLATE: &str =
    "{wide_bar} {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {msg}{eta} left";

/// A bar for a few long steps, redrawn after each. The caller finishes it.
pub fn steps(total: usize, what: &'static str, is_interactive: bool) -> ProgressBar {
    if !is_interactive {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len} {msg}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.tick();
    bar
}

impl Progress {
    /// Starts a bar for `total` bytes. Draws nothing if the total is unknown or zero.
    pub fn start(total: Option<u64>) -> Progress {
        let counters = Arc::new(Counters::default());
        let Some(total) = total.filter(|total| *total > 0) else {
            return Progress { counters, end: None, drawing: None };
        };
        let (end, ended) = channel();
        let drawn = counters.clone();
        let drawing = std::thread::spawn(move || draw(total, &drawn, &ended));
        Progress { counters, end: Some(end), drawing: Some(drawing) }
    }

    /// The counter of bytes read; the reader adds to it.
    pub fn bytes(&self) -> Arc<AtomicU64> {
        self.counters.bytes.clone()
    }

    /// Adds posts done, and how many of them were flagged.
    pub fn count(&self, posts: u64, flagged: u64) {
        self.counters.posts.fetch_add(posts, Ordering::Relaxed);
        self.counters.flagged.fetch_add(flagged, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(drawing) = self.drawing.take() {
            // A panic while drawing the bar does not fail the run.
            let _ = drawing.join();
        }
    }
}

/// Total size of the inputs in bytes; `None` unless all of them are regular files.
pub fn bytes_of(inputs: &[Input]) -> Option<u64> {
    let bytes = |input: &Input| match input {
        Input::Stdin => None,
        Input::File(path) => path.metadata().ok().filter(|it| it.is_file()).map(|it| it.len()),
    };
    inputs.iter().map(bytes).sum()
}

fn draw(total: u64, counters: &Counters, ended: &Receiver<()>) {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PERIOD) {
        let posts = counters.posts.load(Ordering::Relaxed);
        bar.set_message(message(posts, counters.flagged.load(Ordering::Relaxed)));
        bar.set_position(counters.bytes.load(Ordering::Relaxed));
    }
    bar.finish_and_clear();
}

/// `1,234 posts, 2.5 % flagged  `; omits counts that are zero.
fn message(posts: u64, flagged: u64) -> String {
    let mut parts = Vec::new();
    if posts > 0 {
        parts.push(say!("{} posts", grouped(posts)));
    }
    if flagged > 0 {
        parts.push(say!("{:.1} % flagged", 100.0 * flagged as f64 / posts.max(1) as f64));
    }
    if parts.is_empty() { String::new() } else { parts.join(&say!(", ")) + "  " }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_omits_zero_counts() {
        assert_eq!(message(0, 0), "");
        assert_eq!(message(2000, 0), "2,000 posts  ");
        assert_eq!(message(2000, 50), "2,000 posts, 2.5 % flagged  ");
    }

    #[test]
    fn nothing_is_drawn_without_a_total() {
        for total in [None, Some(0)] {
            assert!(Progress::start(total).drawing.is_none());
        }
    }
}
