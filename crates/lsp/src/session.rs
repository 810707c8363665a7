//! The state between messages: open files, their folders, and what the last check found.

use crate::convert::{Converter, SOURCE};
use crate::document::Document;
use crate::folder::{self, Folder, Root, Roots, is_rule_file};
use crate::job::{CheckReport, Rules, failures};
use crate::outline::Outline;
use crate::text::Encoding;
use crate::uri;
use lsp_types::{Diagnostic, DiagnosticSeverity, PublishDiagnosticsParams, Range, Uri};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tidegate_analysis::rule_tests::TestReport;
use tidegate_engine::diagnostic;
use tidegate_engine::message::message;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::source::bundle::Bundle;
use tidegate_messages::Language;

/// The state of a session.
#[derive(Debug)]
pub struct Session {
    /// The unit of columns.
    pub encoding: Encoding,
    /// The language of texts.
    pub language: Language,
    /// Where rules are.
    pub roots: Roots,
    /// Packs that are read in addition to those of a folder.
    pub bundle: Option<Bundle>,
    documents: BTreeMap<PathBuf, Document>,
    /// The root of each open file.
    homes: BTreeMap<PathBuf, Root>,
    folders: BTreeMap<Root, FolderState>,
    embedded: OnceLock<Vec<Arc<Outline>>>,
}

/// The state of a folder with an open file.
#[derive(Debug, Default)]
pub struct FolderState {
    /// The outlines of its files.
    pub folder: Folder,
    /// The rules of the last check without errors.
    pub compiled: Option<Arc<RuleSet>>,
    /// When it will be checked; `None` if nothing changed.
    pub due: Option<Instant>,
    /// The number of changes.
    changes: u64,
    /// Files with diagnostics that the client knows.
    published: BTreeSet<PathBuf>,
    checked: HashMap<PathBuf, Vec<Diagnostic>>,
    failed_tests: HashMap<PathBuf, Vec<Diagnostic>>,
}

impl Session {
    /// A session without files.
    pub fn new(
        encoding: Encoding,
        language: Language,
        roots: Roots,
        bundle: Option<Bundle>,
    ) -> Session {
        Session {
            encoding,
            language,
            roots,
            bundle,
            documents: BTreeMap::new(),
            homes: BTreeMap::new(),
            folders: BTreeMap::new(),
            embedded: OnceLock::new(),
        }
    }

    /// The open file at an address.
    pub fn document(&self, uri: &Uri) -> Option<&Document> {
        self.documents.get(&uri::canonical(&uri::path(uri)?))
    }

    /// The open file at a canonical path.
    pub fn open_file(&self, path: &Path) -> Option<&Document> {
        self.documents.get(path)
    }

    /// The root of a canonical path.
    pub fn root(&self, path: &Path) -> Root {
        self.homes.get(path).cloned().unwrap_or_else(|| self.roots.of(path))
    }

    /// The state of the folder of a canonical path.
    pub fn folder_of(&self, path: &Path) -> Option<&FolderState> {
        self.folders.get(&self.root(path))
    }

    /// The open files of a root.
    fn files_of<'s>(&'s self, root: &'s Root) -> impl Iterator<Item = &'s Document> + Clone {
        let homes = self.homes.iter().filter(move |(_, home)| *home == root);
        homes.filter_map(|(path, _)| self.documents.get(path))
    }

    /// The outlines of the bundle.
    pub fn embedded(&self) -> &[Arc<Outline>] {
        self.embedded.get_or_init(|| self.bundle.map(folder::embedded).unwrap_or_default())
    }

    /// Opens a file, or replaces the text of an open one; its folder is checked at `due`.
    pub fn open(&mut self, document: Document, due: Instant) {
        let root = self.root(&document.path);
        let is_new = self.homes.insert(document.path.clone(), root.clone()).is_none();
        self.documents.insert(document.path.clone(), document.clone());
        if is_new || !self.folders.contains_key(&root) {
            self.refresh(&root, due);
        } else if let Some(state) = self.folders.get_mut(&root) {
            state.folder.update(&document.path, &document.text);
            state.changed(due);
        }
    }

    /// Closes a file. Returns the diagnostics to withdraw if it was the last one of its folder.
    pub fn close(&mut self, uri: &Uri, due: Instant) -> Vec<PublishDiagnosticsParams> {
        let Some(path) = self.document(uri).map(|document| document.path.clone()) else {
            return Vec::new();
        };
        let root = self.root(&path);
        self.documents.remove(&path);
        self.homes.remove(&path);
        if self.files_of(&root).next().is_some() {
            self.refresh(&root, due);
            return Vec::new();
        }
        let state = self.folders.remove(&root).unwrap_or_default();
        let none = |path: &PathBuf| self.published(path, Vec::new());
        state.published.iter().filter_map(none).collect()
    }

    /// Reads the folders of changed files again.
    pub fn refresh_changed(&mut self, paths: &[PathBuf], due: Instant) {
        let changed: BTreeSet<Root> = paths.iter().map(|path| self.root(path)).collect();
        let known: Vec<Root> =
            changed.into_iter().filter(|root| self.folders.contains_key(root)).collect();
        known.iter().for_each(|root| self.refresh(root, due));
    }

    fn refresh(&mut self, root: &Root, due: Instant) {
        let folder = Folder::read(root, self.files_of(root));
        let state = self.folders.entry(root.clone()).or_default();
        state.folder = folder;
        state.changed(due);
    }

    /// The earliest time at which a folder is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.folders.values().filter_map(|state| state.due).min()
    }

    /// The rules of the folders that are due, which count as checked from now on.
    pub fn take_due(&mut self, now: Instant) -> Vec<Rules> {
        let is_due = |state: &FolderState| state.due.is_some_and(|due| due <= now);
        let due: Vec<Root> = self
            .folders
            .iter_mut()
            .filter(|(_, state)| is_due(state))
            .map(|(root, state)| {
                state.due = None;
                root.clone()
            })
            .collect();
        due.into_iter().map(|root| self.rules(root)).collect()
    }

    /// The rules of a folder as they are in the editor.
    pub fn rules(&self, root: Root) -> Rules {
        let own = self.files_of(&root);
        let open = own.map(|document| (document.path.clone(), document.text.clone())).collect();
        let changes = self.folders.get(&root).map_or(0, |state| state.changes);
        Rules { root, open, bundle: self.bundle, changes }
    }

    /// The diagnostics to publish after a check. None if the folder was changed or closed since
    /// the check began: another check follows.
    pub fn take_check(
        &mut self,
        root: &Root,
        changes: u64,
        report: CheckReport,
    ) -> Vec<PublishDiagnosticsParams> {
        let mut converter = Converter::new(self.encoding, self.language);
        let mut files = converted(&mut converter, &report.files);
        let unplaced: Vec<Diagnostic> =
            report.unplaced.iter().map(|found| converter.diagnostic(found)).collect();
        let open = self.files_of(root).map(|document| &document.path);
        for path in open.filter(|path| is_rule_file(path)) {
            files.entry(path.clone()).or_default().extend(unplaced.iter().cloned());
        }
        let Some(state) = self.folders.get_mut(root) else { return Vec::new() };
        if report.compiled.is_some() {
            state.compiled = report.compiled;
        }
        if state.changes != changes {
            return Vec::new();
        }
        state.checked = files;
        self.publish(root)
    }

    /// The diagnostics to publish after tests.
    pub fn take_tests(
        &mut self,
        root: &Root,
        changes: u64,
        report: &TestReport,
    ) -> Vec<PublishDiagnosticsParams> {
        let found = converted(&mut Converter::new(self.encoding, self.language), &failures(report));
        let Some(state) = self.folders.get_mut(root) else { return Vec::new() };
        if state.changes != changes {
            // The text was changed since.
            return Vec::new();
        }
        state.failed_tests = found;
        self.publish(root)
    }

    /// The diagnostics to publish if a check ended by a panic.
    pub fn take_failure(&mut self, root: &Root) -> Vec<PublishDiagnosticsParams> {
        let open: Vec<PathBuf> = self.files_of(root).map(|it| it.path.clone()).collect();
        let failure = Diagnostic {
            range: Range::default(),
            severity: Some(DiagnosticSeverity::ERROR),
            source: Some(SOURCE.to_owned()),
            message: self
                .language
                .say(&message!("internal error while the rules were checked; please report it")),
            ..Diagnostic::default()
        };
        let Some(state) = self.folders.get_mut(root) else { return Vec::new() };
        state.checked = open.into_iter().map(|path| (path, vec![failure.clone()])).collect();
        self.publish(root)
    }

    /// Every diagnostic of a folder, and an empty list for each file that has none any more.
    fn publish(&mut self, root: &Root) -> Vec<PublishDiagnosticsParams> {
        let open: Vec<PathBuf> = self.files_of(root).map(|it| it.path.clone()).collect();
        let Some(state) = self.folders.get_mut(root) else { return Vec::new() };
        let now: BTreeSet<PathBuf> =
            state.checked.keys().chain(state.failed_tests.keys()).cloned().collect();
        let before = std::mem::replace(&mut state.published, now);
        let mut all: BTreeSet<PathBuf> = before.into_iter().chain(open).collect();
        all.extend(state.published.iter().cloned());
        let state = &self.folders[root];
        let of = |path: &PathBuf| {
            let lists = [state.checked.get(path), state.failed_tests.get(path)];
            lists.into_iter().flatten().flatten().cloned().collect()
        };
        all.iter().filter_map(|path| self.published(path, of(path))).collect()
    }

    fn published(
        &self,
        path: &Path,
        diagnostics: Vec<Diagnostic>,
    ) -> Option<PublishDiagnosticsParams> {
        let document = self.documents.get(path);
        let uri = document.map(|document| document.uri.clone()).or_else(|| uri::of_path(path))?;
        let version = document.map(|document| document.version);
        Some(PublishDiagnosticsParams { uri, diagnostics, version })
    }
}

impl FolderState {
    fn changed(&mut self, due: Instant) {
        // The results of tests are those of another text.
        self.failed_tests.clear();
        self.changes += 1;
        self.due = Some(due);
    }
}

fn converted(
    converter: &mut Converter,
    files: &HashMap<PathBuf, Vec<diagnostic::Diagnostic>>,
) -> HashMap<PathBuf, Vec<Diagnostic>> {
    let mut of_file = |(path, found): (&PathBuf, &Vec<diagnostic::Diagnostic>)| {
        (path.clone(), found.iter().map(|it| converter.diagnostic(it)).collect())
    };
    files.iter().map(&mut of_file).collect()
}
