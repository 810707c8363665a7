//! The log: one line a request, and what happens to rules and connections. A post's text, an address
//! with parameters, or a token is never in it.

use std::io;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::format::FmtSpan;

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
    /// Only warnings and errors, for people.
    Quiet,
}

/// Lines that wait to be written; further ones are dropped, so that a full disk or a terminal that
/// is stopped does not stop the service.
const WAITING_LINES_MAX: usize = 16_384;

/// Starts logging to `out`. Lines that wait are written when the guard is dropped.
///
/// # Errors
///
/// Logging was started before.
pub fn start(
    format: LogFormat,
    out: impl io::Write + Send + 'static,
    is_colored: bool,
) -> Result<WorkerGuard, String> {
    let builder = NonBlockingBuilder::default().buffered_lines_limit(WAITING_LINES_MAX);
    let (writer, guard): (NonBlocking, WorkerGuard) = builder.lossy(true).finish(out);
    let level = match format {
        LogFormat::Text | LogFormat::Json => tracing::Level::INFO,
        LogFormat::Quiet => tracing::Level::WARN,
    };
    let builder = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_max_level(level)
        .with_span_events(FmtSpan::NONE)
        .with_target(false)
        .log_internal_errors(false);
    let started = match format {
        LogFormat::Text | LogFormat::Quiet => builder.with_ansi(is_colored).compact().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map(|()| guard).map_err(|error| error.to_string())
}
