//! Finding and reading rule files.
//!
//! Only regular files of at most [`RULE_FILE_BYTES_MAX`] bytes are read, and `file:` only
//! includes files below the rules root: the folder that the user named, or the folder of the
//! file that the user named. Links are resolved before this is checked.

use crate::codec::container::is_container;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::domain::limits::RULE_FILE_BYTES_MAX;
use crate::message::{Message, message};
use crate::rules::source::bundle::{self, Bundle};
use crate::rules::source::encoding::{WrongEncoding, decode};
use crate::rules::source::suggest;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The location of a file, and the base of its includes.
#[derive(Clone, Debug)]
pub(in crate::rules) enum Base {
    /// In the bundle; the folder under `rules/`, `""` for the top.
    Embedded(String),
    /// On disk.
    Disk {
        /// The folder as the user named it, for messages.
        folder: PathBuf,
        /// The rules root, without links.
        root: PathBuf,
    },
    /// In memory: it cannot include files.
    Memory,
}

/// One pack or policy that was read.
#[derive(Clone, Debug)]
pub(in crate::rules) struct RuleFile {
    pub source: Arc<Source>,
    pub base: Base,
}

/// Files by canonical path, so that none is read twice.
#[derive(Debug, Default)]
pub(in crate::rules) struct Files {
    bundle: Option<Bundle>,
    open: Open,
    read: HashMap<PathBuf, Arc<Source>>,
}

/// Texts that replace those of files on disk, by the canonical path of the file.
pub(in crate::rules) type Open = Arc<HashMap<PathBuf, Arc<str>>>;

/// Packs and policies of the paths a user named.
#[derive(Debug, Default)]
pub(in crate::rules) struct Found {
    pub packs: Vec<RuleFile>,
    pub policies: Vec<Arc<Source>>,
}

/// The packs of a bundle.
pub(in crate::rules) fn bundled_packs(bundle: Bundle) -> impl Iterator<Item = RuleFile> {
    bundle.packs().map(|(path, text)| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        RuleFile { source: embedded_source(path, text), base: Base::Embedded(folder.to_owned()) }
    })
}

fn embedded_source(path: &str, text: &str) -> Arc<Source> {
    source(format!("{}{path}", bundle::PREFIX), text)
}

/// A source, without a leading byte order mark.
pub(in crate::rules) fn source(name: String, text: &str) -> Arc<Source> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    Arc::new(Source { name, text })
}

impl Files {
    /// No file yet; includes of bundled packs are read from `bundle`.
    pub(in crate::rules) fn new(bundle: Option<Bundle>) -> Files {
        Files { bundle, ..Files::default() }
    }

    /// Files of which some are open in an editor.
    pub(in crate::rules) fn with_open(mut self, open: &Open) -> Files {
        self.open = open.clone();
        self
    }

    /// Reads the packs and policies at `path`: one file, or all of a folder and its subfolders,
    /// in path order.
    pub(in crate::rules) fn find(
        &mut self,
        path: &Path,
        found: &mut Found,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let kind = match fs::metadata(path) {
            Ok(kind) => kind,
            Err(error) => {
                let error = unreadable(path, Message::of_os(&error));
                return diagnostics.push(with_similar(error, path));
            }
        };
        if !kind.is_dir() {
            let folder = path.parent().unwrap_or(Path::new(""));
            let root = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            return self.add(path, folder, root, found, diagnostics);
        }
        let before = found.packs.len() + found.policies.len();
        let errors_before = diagnostics.len();
        for entry in walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) if !entry.file_type().is_dir() && is_rule_file(entry.path()) => {
                    let folder = entry.path().parent().unwrap_or(path);
                    self.add(entry.path(), folder, path, found, diagnostics);
                }
                Ok(_) => {}
                Err(error) if error.path().is_some_and(is_lock) => {}
                Err(error) => {
                    let at = error.path().unwrap_or(path);
                    diagnostics.push(unreadable(at, Message::of_os(&error)));
                }
            }
        }
        if found.packs.len() + found.policies.len() == before && diagnostics.len() == errors_before
        {
            let message = message!("there are no rules in {}", path.display());
            diagnostics.push(Diagnostic::error("missing_file", message, None).help(message!(
                "packs are named NAME.rules.yaml, policies NAME.policy.yaml or policy.yaml"
            )));
        }
    }

    fn add(
        &mut self,
        path: &Path,
        folder: &Path,
        root: &Path,
        found: &mut Found,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let real_root = match fs::canonicalize(root) {
            Ok(root) => root,
            Err(error) => {
                return diagnostics.push(unreadable(root, Message::of_os(&error)));
            }
        };
        match self.read(path, &real_root) {
            Ok((_, false)) => {}
            Ok((source, true)) if is_policy(path) => found.policies.push(source),
            Ok((source, true)) => {
                let base = Base::Disk { folder: folder.to_owned(), root: real_root };
                found.packs.push(RuleFile { source, base });
            }
            Err(unread) => diagnostics.push(not_read(path, unread)),
        }
    }

    /// Reads `file`, an include of a file at `base`.
    pub(in crate::rules) fn include(
        &mut self,
        base: &Base,
        file: &str,
        place: Place,
    ) -> Result<Arc<Source>, Box<Diagnostic>> {
        let read = match base {
            Base::Embedded(folder) => self.include_embedded(folder, file).map_err(Unread::Why),
            Base::Disk { .. } if Path::new(file).is_absolute() => {
                Err(Unread::Why(message!("the path is absolute")))
            }
            Base::Disk { folder, root } => {
                self.read(&folder.join(file), root).map(|(source, _)| source)
            }
            Base::Memory => {
                Err(Unread::Why(message!("rules that are not in a file cannot include files")))
            }
        };
        read.map_err(|unread| Box::new(self.not_included(base, file, place, unread)))
    }

    /// The error of an include at `place`.
    fn not_included(&self, base: &Base, file: &str, place: Place, unread: Unread) -> Diagnostic {
        let error = |why: Message, place: Place| {
            Diagnostic::error("missing_file", message!("cannot read `{file}`: {why}"), Some(place))
        };
        let why = match unread {
            Unread::Encoding(wrong) => {
                let WrongEncoding { why, help, place: bad } = *wrong;
                return error(why, bad).help(help).related(place, message!("read here"));
            }
            Unread::Why(why) => why,
        };
        let near = match base {
            Base::Embedded(folder) => self.similar_embedded(folder, file),
            Base::Disk { folder, .. } => similar_include(folder, file),
            Base::Memory => None,
        };
        let help = near.map_or_else(
            || message!("`file:` is relative to the pack and must be below the rules folder"),
            |near| message!("did you mean `{near}`?"),
        );
        error(why, place).help(help)
    }

    fn similar_embedded(&self, folder: &str, file: &str) -> Option<String> {
        let paths = self.bundle?.files().iter().map(|(path, _)| *path);
        let below = paths.filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        suggest::nearest(file, below).map(str::to_owned)
    }

    fn include_embedded(&mut self, folder: &str, file: &str) -> Result<Arc<Source>, Message> {
        let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
        for step in Path::new(file).components() {
            match step {
                Component::Normal(name) => steps.push(name.to_str().unwrap_or_default()),
                Component::CurDir => {}
                Component::ParentDir if !steps.is_empty() => drop(steps.pop()),
                _ => return Err(message!("the path leaves the rules folder")),
            }
        }
        let path = steps.join("/");
        let key = PathBuf::from(format!("{}{path}", bundle::PREFIX));
        if let Some(known) = self.read.get(&key) {
            return Ok(known.clone());
        }
        let text = self
            .bundle
            .and_then(|bundle| bundle.file(&path))
            .ok_or(message!("the embedded rules contain no such file"))?;
        let source = embedded_source(&path, text);
        self.read.insert(key, source.clone());
        Ok(source)
    }

    /// The file at `path`, and whether it is read for the first time.
    fn read(&mut self, path: &Path, root: &Path) -> Result<(Arc<Source>, bool), Unread> {
        let real = fs::canonicalize(path).map_err(|error| Unread::Why(Message::of_os(&error)))?;
        if !real.starts_with(root) {
            return Err(Unread::Why(message!("it is outside the rules folder")));
        }
        if let Some(known) = self.read.get(&real) {
            return Ok((known.clone(), false));
        }
        let name = path.display().to_string();
        let text = match self.open.get(&real) {
            Some(text) => text.to_string(),
            None => {
                let bytes = read_bytes(&real).map_err(Unread::Why)?;
                decode(&name, bytes).map_err(Unread::Encoding)?
            }
        };
        let source = source(name, &text);
        self.read.insert(real, source.clone());
        Ok((source, true))
    }
}

/// Reads the policy at `path`.
///
/// # Errors
///
/// It cannot be read: the reason.
pub(in crate::rules) fn read_policy(path: &Path, open: &Open) -> Result<Arc<Source>, Message> {
    let name = path.display().to_string();
    let real = fs::canonicalize(path).map_err(|error| Message::of_os(&error))?;
    let text = match open.get(&real) {
        Some(text) => text.to_string(),
        None => decode(&name, read_bytes(&real)?).map_err(|wrong| wrong.why)?,
    };
    Ok(source(name, &text))
}

/// Reads a file that is neither a pack nor a policy as they are read.
///
/// # Errors
///
/// It cannot be read, or it is not UTF-8.
pub fn read_file(path: &Path) -> Result<Arc<Source>, Box<Diagnostic>> {
    let name = path.display().to_string();
    let text = read_bytes(path)
        .map_err(Unread::Why)
        .and_then(|bytes| decode(&name, bytes).map_err(Unread::Encoding));
    match text {
        Ok(text) => Ok(source(name, &text)),
        Err(unread) => Err(Box::new(with_similar(not_read(path, unread), path))),
    }
}

/// The error that a path cannot be read, with the existing one that may be meant.
fn with_similar(error: Diagnostic, path: &Path) -> Diagnostic {
    match similar(path) {
        Some(near) => error.help(message!("did you mean `{near}`?")),
        None => error,
    }
}

/// Why a file was not read.
enum Unread {
    Why(Message),
    Encoding(Box<WrongEncoding>),
}

/// The path with the existing name nearest to that of the missing file `path`.
pub(in crate::rules) fn similar(path: &Path) -> Option<String> {
    if path.exists() {
        return None;
    }
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let near = suggest::nearest(name, names.iter().map(String::as_str).filter(|own| *own != name))?;
    Some(folder.map_or(near.to_owned(), |folder| folder.join(near).display().to_string()))
}

/// The include that the author probably meant, relative to `folder`.
fn similar_include(folder: &Path, file: &str) -> Option<String> {
    let near = similar(&folder.join(file))?;
    let near = Path::new(&near).strip_prefix(folder).ok()?;
    near.to_str().map(str::to_owned)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Message> {
    let error = |error: std::io::Error| Message::of_os(&error);
    let kind = fs::metadata(path).map_err(error)?;
    if !kind.is_file() {
        return Err(message!("it is not a regular file"));
    }
    let too_large = || message!("it is larger than {} MiB", RULE_FILE_BYTES_MAX >> 20);
    if kind.len() > RULE_FILE_BYTES_MAX {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    let file = File::open(path).map_err(error)?;
    file.take(RULE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > RULE_FILE_BYTES_MAX {
        return Err(too_large());
    }
    if is_container(&bytes) {
        return Err(message!(
            "it is a compiled rule set; name the rules that it was compiled from"
        ));
    }
    Ok(bytes)
}

#[cold]
fn unreadable(path: &Path, why: Message) -> Diagnostic {
    let message = message!("cannot read {}: {why}", path.display());
    Diagnostic::error("missing_file", message, None)
}

#[cold]
fn not_read(path: &Path, unread: Unread) -> Diagnostic {
    match unread {
        Unread::Why(why) => unreadable(path, why),
        Unread::Encoding(wrong) => {
            let WrongEncoding { why, help, place } = *wrong;
            let message = message!("cannot read {}: {why}", path.display());
            Diagnostic::error("missing_file", message, Some(place)).help(help)
        }
    }
}

/// Is it a pack or a policy, by its name?
pub fn is_rule_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    (name.ends_with(bundle::PACK_ENDING) || is_policy(path)) && !is_lock(path)
}

/// Is it the link by which Emacs marks a file that is being edited? It leads nowhere.
fn is_lock(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".#"))
}

/// Is it a policy, by its name (`policy.yaml` or `NAME.policy.yaml`)?
pub fn is_policy(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    name == "policy.yaml" || name.ends_with(bundle::POLICY_ENDING)
}
