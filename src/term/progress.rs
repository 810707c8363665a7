//! A progress bar on standard error, while somebody is looking: one for all long works.
//!
//! Workers add to counters; a thread of its own draws them a few times a second and
//! wipes the bar away when it is dropped. Without anybody looking nothing is drawn, and
//! counting costs an addition a chunk.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tidegate_engine::domain::summary::grouped;
use tidegate_pipeline::Input;

/// Drawn until it is dropped, then wiped away.
pub struct Progress {
    counters: Arc<Counters>,
    end: Option<Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

/// How far a work is.
#[derive(Debug, Default)]
struct Counters {
    bytes: Arc<AtomicU64>,
    posts: AtomicU64,
    flagged: AtomicU64,
}

/// Often enough to be smooth, seldom enough to cost nothing.
const PERIOD: Duration = Duration::from_millis(200);

const TEMPLATE: &str =
    "{wide_bar} {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {msg}{eta} left";

/// A bar for a work of some long steps, drawn after each; wiped away by whoever ends it.
pub fn steps(total: usize, what: &'static str, is_watched: bool) -> ProgressBar {
    if !is_watched {
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
    /// Follows a work of `total` bytes; nothing is drawn without a total, or of nothing.
    pub fn start(total: Option<u64>) -> Progress {
        let counters = Arc::new(Counters::default());
        let Some(total) = total.filter(|total| *total > 0) else {
            return Progress { counters, end: None, drawing: None };
        };
        let (end, ended) = channel();
        let seen = counters.clone();
        let drawing = std::thread::spawn(move || draw(total, &seen, &ended));
        Progress { counters, end: Some(end), drawing: Some(drawing) }
    }

    /// A counter of bytes, for whoever reads.
    pub fn bytes(&self) -> Arc<AtomicU64> {
        self.counters.bytes.clone()
    }

    /// More posts are done, so many of them flagged.
    pub fn count(&self, posts: u64, flagged: u64) {
        self.counters.posts.fetch_add(posts, Ordering::Relaxed);
        self.counters.flagged.fetch_add(flagged, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(drawing) = self.drawing.take() {
            // A bar that failed to draw is no reason to fail.
            let _ = drawing.join();
        }
    }
}

/// The bytes of inputs that are all files; `None` if one is not, or has no size.
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

/// `1,234 posts, 2.5 % flagged  `, of what is known.
fn message(posts: u64, flagged: u64) -> String {
    let mut parts = Vec::new();
    if posts > 0 {
        parts.push(format!("{} posts", grouped(posts)));
    }
    if flagged > 0 {
        parts.push(format!("{:.1} % flagged", 100.0 * flagged as f64 / posts.max(1) as f64));
    }
    if parts.is_empty() { String::new() } else { parts.join(", ") + "  " }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_said() {
        assert_eq!(message(0, 0), "");
        assert_eq!(message(2000, 0), "2,000 posts  ");
        assert_eq!(message(2000, 50), "2,000 posts, 2.5 % flagged  ");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        for total in [None, Some(0)] {
            assert!(Progress::start(total).drawing.is_none());
        }
    }
}
