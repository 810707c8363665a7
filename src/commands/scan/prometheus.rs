//! The statistics of a run in the text format of Prometheus.
//!
//! The file is for the textfile collector of node_exporter, which adds its metrics to its own. Every
//! name begins with `tidegate_scan_`, every metric has HELP and TYPE.

use super::counts::Counts;
use std::fmt::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};
use tidegate_engine::domain::action::Action;
use tidegate_engine::post::ErrorCode;

/// When a run began and its statistics are written, and whether it goes on.
#[derive(Clone, Copy, Debug)]
pub struct RunTimes {
    /// When the run began.
    pub started: SystemTime,
    /// Now.
    pub written: SystemTime,
    /// Whether the run goes on.
    pub is_running: bool,
}

/// The statistics as text.
pub fn text(counts: &Counts, times: RunTimes) -> String {
    let mut page = Page(String::new());
    page.write(counts, times).expect("writing to a string succeeds");
    page.0
}

struct Page(String);

impl Page {
    fn write(&mut self, counts: &Counts, times: RunTimes) -> fmt::Result {
        self.lines(counts)?;
        self.posts(counts)?;
        self.rules(counts)?;
        let running = u64::from(times.is_running);
        self.single("running", "gauge", "1 while the run goes on, 0 when it has ended", running)?;
        let what = "When the run began, in seconds since 1970";
        self.single("start_time_seconds", "gauge", what, seconds(times.started))?;
        let what = "When this was written, in seconds since 1970";
        self.single("last_write_timestamp_seconds", "gauge", what, seconds(times.written))
    }

    fn lines(&mut self, counts: &Counts) -> fmt::Result {
        let summary = &counts.summary;
        self.count("lines_total", "Lines read that have a verdict", summary.lines())?;
        self.count("bytes_total", "Bytes of these lines, after decompression", summary.bytes)?;
        self.count("posts_total", "Lines that are posts", summary.posts)?;
        let what = "Lines that the preset knows to be no posts";
        self.count("skipped_total", what, summary.skipped)?;
        self.head("unreadable_total", "counter", "Lines that are not usable posts, by code")?;
        for code in ErrorCode::ALL.map(ErrorCode::name) {
            self.row("unreadable_total", &[("code", code)], summary.errors_of(code))?;
        }
        let what = "Lines with bytes that are not UTF-8";
        self.count("repaired_total", what, summary.repaired)?;
        self.count("written_total", "Verdicts written; --only leaves out others", summary.written)
    }

    fn posts(&mut self, counts: &Counts) -> fmt::Result {
        let summary = &counts.summary;
        self.head("verdicts_total", "counter", "Posts by action")?;
        for action in Action::ALL {
            let count = summary.actions[action as usize];
            self.row("verdicts_total", &[("action", action.name())], count)?;
        }
        self.count("care_total", "Posts whose author may need help", summary.care)?;
        self.count("capped_total", "Posts with more hits than the limit", summary.capped)?;
        let what = "Posts for which an enforced rule of the category fired";
        self.head("category_posts_total", "counter", what)?;
        for (category, count) in summary.categories.iter() {
            self.row("category_posts_total", &[("category", category.name())], count)?;
        }
        Ok(())
    }

    fn rules(&mut self, counts: &Counts) -> fmt::Result {
        let what = "Posts for which the rule fired, for rules that fired";
        self.head("rule_posts_total", "counter", what)?;
        let tables = [("enforced", &counts.summary.rules), ("shadow", &counts.summary.shadow)];
        for (mode, table) in tables {
            for (id, count) in counts.ids.iter().zip(table).filter(|(_, count)| **count > 0) {
                self.row("rule_posts_total", &[("rule", id), ("mode", mode)], *count)?;
            }
        }
        self.head("ruleset_info", "gauge", "The rules in use")?;
        let version = env!("CARGO_PKG_VERSION");
        self.row("ruleset_info", &[("ruleset", &counts.ruleset), ("version", version)], 1)?;
        self.single("ruleset_rules", "gauge", "Number of rules in use", counts.rules)?;
        self.head("reloads_total", "counter", "Reloads of rules by outcome")?;
        let reloads = counts.reloads;
        for (outcome, count) in
            [("ok", reloads.ok), ("failed", reloads.failed), ("unchanged", reloads.unchanged)]
        {
            self.row("reloads_total", &[("outcome", outcome)], count)?;
        }
        Ok(())
    }

    fn count(&mut self, name: &str, help: &str, count: u64) -> fmt::Result {
        self.single(name, "counter", help, count)
    }

    /// A metric without labels.
    fn single(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        value: impl fmt::Display,
    ) -> fmt::Result {
        self.head(name, kind, help)?;
        self.row(name, &[], value)
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) -> fmt::Result {
        writeln!(self.0, "# HELP tidegate_scan_{name} {help}")?;
        writeln!(self.0, "# TYPE tidegate_scan_{name} {kind}")
    }

    fn row(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        value: impl fmt::Display,
    ) -> fmt::Result {
        write!(self.0, "tidegate_scan_{name}")?;
        for (at, (label, value)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            write!(self.0, "{before}{label}=\"{}\"", escaped(value))?;
        }
        let after = if labels.is_empty() { "" } else { "}" };
        writeln!(self.0, "{after} {value}")
    }
}

/// The value of a label, escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// Seconds since 1970, with milliseconds.
fn seconds(time: SystemTime) -> String {
    format!("{:.3}", time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::counts::Reloads;
    use super::*;
    use std::time::Duration;
    use tidegate_engine::domain::summary::Summary;

    #[test]
    fn every_counter_is_written_with_escaped_labels() {
        let mut summary = Summary::new(2);
        (summary.posts, summary.actions, summary.bytes) = (5, [3, 1, 0, 1], 77);
        (summary.rules, summary.shadow) = (vec![2, 0], vec![0, 4]);
        summary.count_unreadable("bad_json");
        let counts = Counts {
            summary,
            ids: vec!["a.\"b\\\n".to_owned(), "二".to_owned()],
            ruleset: "0badcafe".to_owned(),
            rules: 2,
            reloads: Reloads { ok: 1, ..Reloads::default() },
        };
        let started = UNIX_EPOCH + Duration::from_millis(1500);
        let times = RunTimes { started, written: started, is_running: true };
        let text = text(&counts, times);
        for expected in [
            "# TYPE tidegate_scan_lines_total counter\ntidegate_scan_lines_total 6\n",
            "tidegate_scan_bytes_total 77\n",
            "tidegate_scan_verdicts_total{action=\"block\"} 1\n",
            "tidegate_scan_unreadable_total{code=\"bad_json\"} 1\n",
            "tidegate_scan_rule_posts_total{rule=\"a.\\\"b\\\\\\n\",mode=\"enforced\"} 2\n",
            "tidegate_scan_rule_posts_total{rule=\"二\",mode=\"shadow\"} 4\n",
            "tidegate_scan_reloads_total{outcome=\"ok\"} 1\n",
            "tidegate_scan_ruleset_rules 2\n",
            "tidegate_scan_start_time_seconds 1.500\n",
            "tidegate_scan_running 1\n",
        ] {
            assert!(text.contains(expected), "{expected} is missing in {text}");
        }
        assert!(text.contains("tidegate_scan_ruleset_info{ruleset=\"0badcafe\",version="));
        assert!(!text.contains("mode=\"enforced\"} 0"), "rules that never fired are left out");
    }
}
