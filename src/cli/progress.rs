//! A progress bar on standard error, for files, while somebody is looking.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Drawn until it is dropped, then wiped away.
pub struct Progress {
    end: Option<Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

/// Often enough to be smooth, seldom enough to cost nothing.
const PERIOD: Duration = Duration::from_millis(200);

const TEMPLATE: &str =
    "{wide_bar} {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left";

impl Progress {
    /// Follows `taken` up to `total`; nothing is drawn without a total.
    pub fn start(total: Option<u64>, taken: Arc<AtomicU64>) -> Progress {
        let Some(total) = total else { return Progress { end: None, drawing: None } };
        let (end, ended) = channel();
        let drawing = std::thread::spawn(move || draw(total, &taken, &ended));
        Progress { end: Some(end), drawing: Some(drawing) }
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

fn draw(total: u64, taken: &AtomicU64, ended: &Receiver<()>) {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PERIOD) {
        bar.set_position(taken.load(Ordering::Relaxed));
    }
    bar.finish_and_clear();
}
