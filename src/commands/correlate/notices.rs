//! What a person should know while the run goes on.

use crate::term;
use crate::term::say;
use std::fs::File;
use std::io::{self, Write};
use tidegate_engine::domain::summary::human_bytes;
use tidegate_state::memory::Alarm;
use tidegate_state::output::time;
use tidegate_state::run::Notices;

/// Prints notices; alarms are also written to a file.
pub struct OwnNotices {
    alarms: Option<File>,
}

impl OwnNotices {
    /// Writes alarms to `alarms` too.
    pub fn new(alarms: Option<File>) -> OwnNotices {
        OwnNotices { alarms }
    }
}

impl Notices for OwnNotices {
    fn alarm(&mut self, alarm: &Alarm) -> io::Result<()> {
        let Alarm { breaker, at, attempts, limit, period } = alarm;
        let when = time(*at);
        term::error(&say!(
            "alarm: the breaker `{breaker}` opened at {when}: {attempts} posts to block within \
             {period} s, the limit is {limit}; they become `review` until the rate has fallen"
        ));
        let Some(file) = &mut self.alarms else { return Ok(()) };
        let line = serde_json::json!({ "alarm": "breaker", "breaker": breaker, "at": when,
            "attempts": attempts, "limit": limit, "period": period });
        file.write_all(&term::json_line(&line))
    }

    fn wal(&mut self, bytes: u64) {
        let size = human_bytes(bytes);
        term::error(&say!(
            "the write-ahead log of the state file has grown to {size}: another program reads it for \
             long"
        ));
    }
}
