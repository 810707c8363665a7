//! Metrics in the text format of Prometheus (OpenMetrics). Every name begins with `tidegate_`.

use crate::ruleset::Ruleset;
use crate::settings::Settings;
use crate::state_metrics::StateMetrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::summary::Summary;
use tidegate_engine::post::ErrorCode;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    path: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DurationLabels {
    path: &'static str,
    stream: bool,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ActionLabel {
    action: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CategoryLabel {
    category: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RuleLabel {
    rule: String,
    mode: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LimitLabel {
    of: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SetLabels {
    ruleset: String,
    version: &'static str,
}

/// Counts since the start.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// Lines judged, with those that are unreadable or skipped.
    lines: u64,
    /// Posts by action.
    actions: BTreeMap<&'static str, u64>,
    /// Posts whose author may need help.
    care: u64,
    /// Lines that are no usable post.
    unreadable: u64,
    /// Posts for which a rule of the category fired; none where none did.
    categories: BTreeMap<&'static str, u64>,
}

/// All metrics of a service.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<DurationLabels, Histogram>,
    post_seconds: Histogram,
    lines: Counter,
    bytes: Counter,
    verdicts: Family<ActionLabel, Counter>,
    categories: Family<CategoryLabel, Counter>,
    rules: Family<RuleLabel, Counter>,
    care: Counter,
    repaired: Counter,
    unreadable: Family<CodeLabel, Counter>,
    queue: Gauge,
    connections: Gauge,
    streams: Gauge,
    limits: Family<LimitLabel, Gauge>,
    reloads: Family<OutcomeLabel, Counter>,
    ruleset: Family<SetLabels, Gauge>,
    ruleset_rules: Gauge,
    ruleset_loaded: Gauge<f64, AtomicU64>,
    reload_failed: Gauge,
    state: StateMetrics,
}

/// From 100 µs to 26 s.
fn request_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 4.0, 10))
}

impl Metrics {
    /// All metrics, at zero; those of a state too, if the service keeps one.
    pub fn new(has_state: bool) -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("tidegate"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(request_histogram),
            // From 1 µs to 4 s.
            post_seconds: Histogram::new(exponential_buckets(0.000_001, 4.0, 12)),
            lines: Counter::default(),
            bytes: Counter::default(),
            verdicts: Family::default(),
            categories: Family::default(),
            rules: Family::default(),
            care: Counter::default(),
            repaired: Counter::default(),
            unreadable: Family::default(),
            queue: Gauge::default(),
            connections: Gauge::default(),
            streams: Gauge::default(),
            limits: Family::default(),
            reloads: Family::default(),
            ruleset: Family::default(),
            ruleset_rules: Gauge::default(),
            ruleset_loaded: Gauge::default(),
            reload_failed: Gauge::default(),
            state: StateMetrics::default(),
        };
        metrics.register();
        if has_state {
            metrics.state.register(&mut metrics.registry);
        }
        for action in Action::ALL {
            drop(metrics.verdicts.get_or_create(&ActionLabel { action: action.name() }));
        }
        for outcome in ["ok", "failed", "unchanged"] {
            drop(metrics.reloads.get_or_create(&OutcomeLabel { outcome }));
        }
        metrics
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        all.register("requests", "Requests by path and status", self.requests.clone());
        let (unit, seconds) = (Unit::Seconds, self.request_seconds.clone());
        let what = "Time from the head of a request to the end of its answer";
        all.register_with_unit("request_duration", what, unit, seconds);
        let what = "Time of judging a post; the mean of a chunk, once for each chunk";
        all.register_with_unit("post_duration", what, Unit::Seconds, self.post_seconds.clone());
        all.register("lines", "Lines judged", self.lines.clone());
        all.register_with_unit("lines_size", "Bytes of lines", Unit::Bytes, self.bytes.clone());
        all.register("verdicts", "Posts by action", self.verdicts.clone());
        let what = "Posts for which a rule of the category fired";
        all.register("category_posts", what, self.categories.clone());
        let what = "Posts for which the rule fired, enforced or in shadow";
        all.register("rule_posts", what, self.rules.clone());
        all.register("care", "Posts whose author may need help", self.care.clone());
        let what = "Lines with bytes that are not UTF-8";
        all.register("repaired", what, self.repaired.clone());
        all.register("unreadable", "Unreadable lines by code", self.unreadable.clone());
        all.register("queue_jobs", "Chunks judged or waiting", self.queue.clone());
        all.register("connections", "Open connections", self.connections.clone());
        all.register("streams", "Streams that are answered", self.streams.clone());
        let what = "Limits by the flag that sets them";
        all.register("limit", what, self.limits.clone());
        all.register("reloads", "Reloads of rules by outcome", self.reloads.clone());
        all.register("ruleset_info", "The rules in use", self.ruleset.clone());
        all.register("ruleset_rules", "Number of rules in use", self.ruleset_rules.clone());
        let what = "When the rules in use were loaded, in seconds since 1970";
        let loaded = self.ruleset_loaded.clone();
        all.register_with_unit("ruleset_loaded_timestamp", what, Unit::Seconds, loaded);
        let what = "1 if the last reload failed, so that older rules are in use";
        all.register("reload_failed", what, self.reload_failed.clone());
    }

    /// Counts an answered request. A stream lasts as long as its client sends, so its time says
    /// nothing of the service.
    pub fn answered(&self, path: &'static str, stream: bool, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { path, status }).inc();
        let labels = DurationLabels { path, stream };
        self.request_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts the lines of one chunk.
    pub fn judged(&self, set: &Ruleset, summary: &Summary, bytes: usize, took: Duration) {
        let lines = summary.lines();
        if lines > 0 {
            self.post_seconds.observe(took.as_secs_f64() / lines as f64);
        }
        self.lines.inc_by(lines);
        self.bytes.inc_by(bytes as u64);
        for (action, count) in Action::ALL.iter().zip(summary.actions) {
            if count > 0 {
                self.verdicts.get_or_create(&ActionLabel { action: action.name() }).inc_by(count);
            }
        }
        for (category, count) in summary.categories.iter() {
            if *count > 0 {
                let label = CategoryLabel { category: category.name().to_owned() };
                self.categories.get_or_create(&label).inc_by(*count);
            }
        }
        let rules = set.classifier().rules().rules();
        for (mode, counts) in [("enforced", &summary.rules), ("shadow", &summary.shadow)] {
            for (rule, count) in rules.iter().zip(counts).filter(|(_, count)| **count > 0) {
                let label = RuleLabel { rule: rule.id.clone(), mode };
                self.rules.get_or_create(&label).inc_by(*count);
            }
        }
        self.care.inc_by(summary.care);
        self.repaired.inc_by(summary.repaired);
        for (code, count) in &summary.errors {
            self.unreadable.get_or_create(&CodeLabel { code }).inc_by(*count);
        }
    }

    /// The limits that the operator set, so that alerts can compare numbers with them.
    pub fn limited_by(&self, settings: &Settings) {
        let Settings { queue, streams, connections, .. } = settings;
        for (of, limit) in [("queue", queue), ("streams", streams), ("connections", connections)] {
            self.limits.get_or_create(&LimitLabel { of }).set(*limit as i64);
        }
    }

    /// The rules in use.
    pub fn in_use(&self, set: &Ruleset) {
        self.ruleset.clear();
        let labels = SetLabels { ruleset: set.hash.clone(), version: env!("CARGO_PKG_VERSION") };
        self.ruleset.get_or_create(&labels).set(1);
        self.ruleset_rules.set(set.classifier().rules().rules().len() as i64);
        self.ruleset_loaded.set(seconds(set.loaded));
    }

    /// Counts a reload.
    pub fn reloaded(&self, outcome: &'static str) {
        self.reloads.get_or_create(&OutcomeLabel { outcome }).inc();
        self.reload_failed.set(i64::from(outcome == "failed"));
    }

    /// The metrics of the state.
    #[cfg_attr(not(feature = "state"), allow(dead_code, reason = "no state, no metrics"))]
    pub fn state(&self) -> &StateMetrics {
        &self.state
    }

    /// A connection was opened (1) or closed (-1).
    pub fn connection(&self, change: i64) {
        self.connections.inc_by(change);
    }

    /// Counts since the start, for the page; of the categories of `set`.
    pub fn counts(&self, set: &Ruleset) -> Counts {
        let of_action = |action: Action| {
            let label = ActionLabel { action: action.name() };
            (action.name(), self.verdicts.get_or_create(&label).get())
        };
        let of_category = |category: Category| {
            let label = CategoryLabel { category: category.name().to_owned() };
            // What was never counted stays out of the metrics.
            Some((category.name(), self.categories.get(&label)?.get()))
        };
        let of_code =
            |code: &ErrorCode| Some(self.unreadable.get(&CodeLabel { code: code.name() })?.get());
        Counts {
            lines: self.lines.get(),
            actions: Action::ALL.into_iter().map(of_action).collect(),
            care: self.care.get(),
            unreadable: ErrorCode::ALL.iter().filter_map(of_code).sum(),
            categories: set.classifier().policy().categories().filter_map(of_category).collect(),
        }
    }

    /// The text that Prometheus reads. `queued` and `streams` are measured now.
    ///
    /// # Errors
    ///
    /// None in practice: strings are written.
    pub fn text(&self, queued: usize, streams: usize) -> Result<String, std::fmt::Error> {
        self.queue.set(queued as i64);
        self.streams.set(streams as i64);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Seconds since 1970.
pub fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposition::Exposition;
    use crate::state_metrics::StateNumbers;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    /// The names that `text` has, those of the parts of histograms without their ending.
    fn names(text: &str) -> BTreeSet<String> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let words = text.split(|c: char| !is_name(c));
        let names = words.filter(|word| word.starts_with("tidegate_"));
        names.map(|name| name.trim_end_matches("_bucket").to_owned()).collect()
    }

    fn exported() -> BTreeSet<String> {
        let metrics = Metrics::new(true);
        metrics.state.show(&StateNumbers {
            clock: None,
            campaigns: 0,
            authors: 0,
            cases: 0,
            care_cases: 0,
            breakers_open: 0,
            alarms: 0,
            evictions: [("posts", 0); 8],
            checkpoints: 0,
            saved: SystemTime::now(),
            failed: false,
        });
        metrics.answered("/", false, 200, Duration::ZERO);
        drop(metrics.categories.get_or_create(&CategoryLabel { category: String::new() }));
        drop(metrics.rules.get_or_create(&RuleLabel { rule: String::new(), mode: "shadow" }));
        drop(metrics.unreadable.get_or_create(&CodeLabel { code: "bad_json" }));
        drop(metrics.limits.get_or_create(&LimitLabel { of: "queue" }));
        let labels = SetLabels { ruleset: String::new(), version: "" };
        drop(metrics.ruleset.get_or_create(&labels));
        let text = Exposition::Text.write(metrics.text(0, 0).unwrap());
        let types = text.lines().filter(|line| line.starts_with("# TYPE "));
        types.flat_map(names).collect()
    }

    #[test]
    fn the_book_and_the_alerts_name_the_metrics_that_exist() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        let exported = exported();
        assert!(exported.len() > 18, "{exported:?}");
        let page = read("docs/service.md");
        let (_, table) = page.split_once("\n| metric |").unwrap();
        let listed = names(table.split("\n\n").next().unwrap());
        assert_eq!(listed, exported, "docs/service.md left, metrics.rs right");
        for file in ["contrib/alerts.rules.yaml", "contrib/alerts.test.yaml"] {
            let used = names(&read(file));
            assert!(used.len() > 8, "{file}: {used:?}");
            let unknown: Vec<&String> = used.difference(&exported).collect();
            assert!(unknown.is_empty(), "{file} names {unknown:?}");
        }
    }
}
