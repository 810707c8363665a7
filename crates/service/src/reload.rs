//! Replaces the rules while requests run: by request, by SIGHUP, and when files change.
//!
//! New rules are loaded aside and their own tests are run. Only when nothing is wrong they take the
//! place of the old ones, at once; requests that began before keep the old ones to their end.

use crate::metrics::Metrics;
use crate::router::Service;
use crate::ruleset::{RuleSource, Ruleset};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;

/// The state of reloading.
#[derive(Debug, Default)]
pub struct Reloads {
    /// One reload at a time.
    running: Mutex<()>,
    last_error: Mutex<Option<ReloadError>>,
}

/// Why the last reload failed.
#[derive(Clone, Debug)]
pub struct ReloadError {
    /// Every error, for people.
    pub message: String,
    /// When.
    pub at: SystemTime,
}

/// A reload that succeeded.
#[derive(Clone, Debug)]
pub struct Reloaded {
    /// The rules that are in use now.
    pub set: Arc<Ruleset>,
    /// The hash of those before.
    pub before: String,
    /// Other measures, or other correlations.
    is_other: bool,
}

impl Reloaded {
    /// Are there other rules or measures now?
    pub fn has_changed(&self) -> bool {
        self.is_other || self.before != self.set.hash
    }
}

impl Reloads {
    /// Why the last reload failed, if it did.
    pub fn last_error(&self) -> Option<ReloadError> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_error(&self, error: Option<ReloadError>) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

/// Loads the rules again. Blocks while it loads.
///
/// # Errors
///
/// Every error; the rules in use stay.
pub fn reload(service: &Service, why: &'static str) -> Result<Reloaded, String> {
    let _one_at_a_time = service.reloads.running.lock().unwrap_or_else(PoisonError::into_inner);
    let before = service.rules.get();
    match service.source.load().and_then(Ruleset::new) {
        Ok(set) => {
            service.reloads.set_error(None);
            let set = Arc::new(set);
            let is_other = before.measures_hash() != set.measures_hash();
            let reloaded = Reloaded { before: before.hash.clone(), is_other, set };
            if !reloaded.has_changed() {
                service.metrics.reloaded("unchanged");
                tracing::info!(why, ruleset = before.hash, "rules are unchanged");
                return Ok(Reloaded { set: before, ..reloaded });
            }
            swap(service, &service.metrics, &reloaded);
            tracing::info!(
                why,
                before = reloaded.before,
                ruleset = reloaded.set.hash,
                "rules reloaded"
            );
            Ok(reloaded)
        }
        Err(message) => {
            service.metrics.reloaded("failed");
            let first = message.lines().next().unwrap_or_default();
            tracing::error!(why, ruleset = before.hash, error = first, "rules not reloaded");
            let error = ReloadError { message: message.clone(), at: SystemTime::now() };
            service.reloads.set_error(Some(error));
            Err(message)
        }
    }
}

fn swap(service: &Service, metrics: &Metrics, reloaded: &Reloaded) {
    // Before any post is judged by them, so that the state has these rules by then.
    if let (Some(state), Some(rules)) = (&service.state, &reloaded.set.state) {
        state.adopt(rules.clone());
    }
    service.rules.replace(reloaded.set.clone());
    metrics.in_use(&reloaded.set);
    metrics.reloaded("ok");
    service.judges.forget();
}

/// Pause after a change before rules are loaded: an editor writes several files.
const SETTLE: Duration = Duration::from_millis(300);

/// Watches the files of `source`; each message of the receiver is one or more changes.
///
/// # Errors
///
/// The system watches no more files, or a path does not exist.
pub fn watch(
    source: &dyn RuleSource,
) -> Result<(RecommendedWatcher, mpsc::UnboundedReceiver<()>), notify::Error> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let paths = source.paths();
    let watched = paths.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let is_change = |event: &notify::Event| {
            !matches!(event.kind, EventKind::Access(_))
                && event.paths.iter().any(|path| concerns(&watched, path))
        };
        if event.as_ref().map_or(true, is_change) {
            // The receiver lives as long as the service.
            let _ = sender.send(());
        }
    })?;
    for path in paths {
        match path.is_dir() {
            true => watcher.watch(&path, RecursiveMode::Recursive)?,
            // Editors replace a file: events of the folder include the new one.
            false => watcher.watch(parent(&path), RecursiveMode::NonRecursive)?,
        }
    }
    Ok((watcher, receiver))
}

/// Is the path one of those watched, or inside of one?
fn concerns(watched: &[PathBuf], path: &Path) -> bool {
    watched.iter().any(|own| path.starts_with(own) || path.file_name() == own.file_name())
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Waits for a change and for the pause after it. `None` if nothing is watched any more.
pub async fn changed(changes: &mut mpsc::UnboundedReceiver<()>) -> Option<()> {
    changes.recv().await?;
    while let Ok(more) = tokio::time::timeout(SETTLE, changes.recv()).await {
        more?;
    }
    Some(())
}
