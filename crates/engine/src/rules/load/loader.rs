//! The loader: finds packs, selects one of several with the same name, and resolves them.

use super::draft::Draft;
use super::pack::{PackDraft, read_pack};
use super::replacement::{Selected, select};
use crate::diagnostic::{Diagnostic, Source};
use crate::parallel;
use crate::rules::compile::matcher_diagnostics;
use crate::rules::lint::drop_silenced;
use crate::rules::model::Model;
use crate::rules::source::bundle::Bundle;
use crate::rules::source::files::{self, Base, Files, Found, Open, RuleFile};
use crate::rules::source::policies::Policies;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The result of loading.
#[derive(Debug)]
pub struct Loaded {
    /// The rules.
    pub model: Model,
    /// Policies in the folders, in path order. Read, not yet parsed.
    pub policies: Vec<Arc<Source>>,
}

/// Collects sources of rules. Nothing is read until [`Loader::load`].
#[derive(Clone, Debug, Default)]
pub struct Loader {
    bundle: Option<Bundle>,
    paths: Vec<PathBuf>,
    texts: Vec<(String, String)>,
    policies: Vec<Arc<Source>>,
    unused: Option<Bundle>,
    open: Open,
}

impl Loader {
    /// A loader without packs.
    pub fn new() -> Loader {
        Loader::default()
    }

    /// Sets the bundle, or none. A pack of another source replaces the packs of the bundle that its
    /// `replaces:` names.
    #[must_use]
    pub fn bundle(mut self, bundle: impl Into<Option<Bundle>>) -> Loader {
        self.bundle = bundle.into();
        self
    }

    /// A bundle whose packs are not used, but may be named by `replaces:` of others: the same packs
    /// can be used with it and without it.
    #[must_use]
    pub fn unused_bundle(mut self, bundle: impl Into<Option<Bundle>>) -> Loader {
        self.unused = bundle.into();
        self
    }

    /// Adds a pack file, or all packs of a folder and its subfolders, in path order.
    #[must_use]
    pub fn path(mut self, path: impl AsRef<Path>) -> Loader {
        self.paths.push(path.as_ref().to_owned());
        self
    }

    /// Adds a pack from memory. It may not use `file:`.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, text: impl Into<String>) -> Loader {
        self.texts.push((name.into(), text.into()));
        self
    }

    /// Rules may use the categories that these policies declare, as they may use those of policies
    /// in the added paths.
    #[must_use]
    pub fn declared_by(mut self, policies: impl IntoIterator<Item = Arc<Source>>) -> Loader {
        self.policies.extend(policies);
        self
    }

    /// The texts of files that are open in an editor.
    pub fn open_texts(&self) -> Arc<HashMap<PathBuf, Arc<str>>> {
        self.open.clone()
    }

    /// Reads these texts instead of the files on disk: the content of buffers in an editor. The
    /// key is the canonical path of an existing file; files that no added path reaches are not
    /// read.
    #[must_use]
    pub fn open(mut self, texts: HashMap<PathBuf, Arc<str>>) -> Loader {
        self.open = Arc::new(texts);
        self
    }

    /// Was nothing added except a bundle?
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.texts.is_empty()
    }

    /// The policies in the added paths, even if packs have errors. Files that cannot be read
    /// are skipped; [`Loader::load`] reports them.
    pub fn policies(&self) -> Vec<Arc<Source>> {
        let (mut files, mut found) = (Files::new(None).with_open(&self.open), Found::default());
        for path in &self.paths {
            files.find(path, &mut found, &mut Vec::new());
        }
        found.policies
    }

    /// Reads and resolves all sources.
    ///
    /// # Errors
    ///
    /// Every error, with the warnings of the files, sorted by file and place.
    pub fn load(&self) -> Result<Loaded, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut files = Files::new(self.bundle).with_open(&self.open);
        let mut found = Found::default();
        for path in &self.paths {
            files.find(path, &mut found, &mut diagnostics);
        }
        for (name, text) in &self.texts {
            let source = files::source(name.clone(), text);
            found.packs.push(RuleFile { source, base: Base::Memory });
        }
        let embedded = self.bundle.into_iter().flat_map(files::bundled_packs);
        let embedded = read_all(embedded.collect(), &mut diagnostics);
        let named = read_all(found.packs, &mut diagnostics);
        let Selected { packs, replaced } = select(embedded, named, self.unused, &mut diagnostics);
        let mut draft = Draft::new(files, diagnostics);
        draft.replaced = replaced;
        draft.add_packs(packs);
        draft.add_categories(&self.declaring(&found.policies));
        let (model, mut diagnostics) = draft.finish();
        if diagnostics.is_empty() {
            return Ok(Loaded { model, policies: found.policies });
        }
        diagnostics.extend(matcher_diagnostics(&model));
        let mut warnings = model.warnings;
        drop_silenced(&mut warnings);
        // A key without a value may be an error already, and what uses a default may have errors.
        warnings.retain(|warning| !["idle_key", "idle_default"].contains(&warning.code));
        diagnostics.extend(warnings);
        sort(&mut diagnostics);
        Err(diagnostics)
    }
}

impl Loader {
    /// The policies whose declarations count: those of the added paths, those given, and what they
    /// are built on.
    fn declaring(&self, found: &[Arc<Source>]) -> Vec<Arc<Source>> {
        let others = Policies::new(found, self.bundle).with_files(self.open.clone());
        let mut declaring: Vec<Arc<Source>> = Vec::new();
        for policy in found
            .iter()
            .flat_map(|policy| others.chain(policy))
            .chain(self.policies.iter().cloned())
        {
            if !declaring.contains(&policy) {
                declaring.push(policy);
            }
        }
        declaring
    }
}

/// Sorts by file name, then by place, and removes repetitions.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let key = |diagnostic: &Diagnostic| {
        let place = diagnostic.place.as_ref();
        (place.map(|place| (place.source.name.clone(), place.range.start)), diagnostic.code)
    };
    diagnostics.sort_by_cached_key(key);
    diagnostics.dedup();
}

/// Reads files in parallel, because a short run spends much of its time on YAML. Errors are in
/// the order of the files.
fn read_all(files: Vec<RuleFile>, diagnostics: &mut Vec<Diagnostic>) -> Vec<PackDraft> {
    let read = |file| {
        let mut diagnostics = Vec::new();
        (read_pack(file, &mut diagnostics), diagnostics)
    };
    let mut packs = Vec::with_capacity(files.len());
    for (pack, own) in parallel::map(files, read) {
        packs.push(pack);
        diagnostics.extend(own);
    }
    packs
}
