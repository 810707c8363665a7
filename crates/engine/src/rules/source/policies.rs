//! Policies as files: finding them by name and by path, and the categories that they declare.

use super::bundle::{Bundle, POLICY_ENDING, is_embedded};
pub use super::files::is_policy;
use super::files::{self, Open};
use super::schema::{CategoryBody, Text};
use super::suggest;
use super::yaml::{self, Entries, soft};
use crate::diagnostic::Source;
use crate::domain::limits::POLICY_EXTENDS_MAX;
use crate::message::{Message, message};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The name of the policy in a file: `folder/strict.policy.yaml` → `strict`.
pub fn name_of(source: &Source) -> Option<&str> {
    Path::new(&source.name).file_name()?.to_str()?.strip_suffix(POLICY_ENDING)
}

/// The policy of this name.
pub fn find(name: &str, policies: &[Arc<Source>]) -> Option<Arc<Source>> {
    policies.iter().find(|source| name_of(source) == Some(name)).cloned()
}

/// Does `extends:` name a file, and not a policy by its name?
pub fn is_path(extended: &str) -> bool {
    extended.contains('/') || extended.ends_with(".yaml") || extended.ends_with(".yml")
}

/// Where the policies that others extend are looked for.
#[derive(Clone, Debug, Default)]
pub struct Policies<'p> {
    read: &'p [Arc<Source>],
    bundle: Option<Bundle>,
    from_files: bool,
    open: Open,
}

impl<'p> Policies<'p> {
    /// Policies that were read, such as those in folders of rules, then those of the bundle.
    pub fn new(read: &'p [Arc<Source>], bundle: Option<Bundle>) -> Policies<'p> {
        Policies { read, bundle, ..Policies::default() }
    }

    /// `extends:` may also name files that were not read; `open` has texts to use instead of those
    /// of files on disk, by canonical path.
    #[must_use]
    pub fn with_files(self, open: Arc<HashMap<PathBuf, Arc<str>>>) -> Policies<'p> {
        Policies { from_files: true, open, ..self }
    }

    /// The policy that `extending` names `extended`. A policy may have the name of the one that it
    /// extends: it is not found itself.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read: a message and help for the author.
    pub fn extended(
        &self,
        extending: &Source,
        extended: &str,
    ) -> Result<Arc<Source>, (Message, Message)> {
        match is_path(extended) {
            true => self.at_path(extending, extended),
            false => self.named(extending, extended),
        }
    }

    fn named(&self, extending: &Source, name: &str) -> Result<Arc<Source>, (Message, Message)> {
        let others = self.read.iter().filter(|source| ***source != *extending);
        let found = others.clone().find(|source| name_of(source) == Some(name)).cloned();
        let embedded = || self.bundle.and_then(|bundle| bundle.policy(name));
        if let Some(found) = found.or_else(|| embedded().filter(|it| **it != *extending)) {
            return Ok(found);
        }
        let shipped = self.bundle.into_iter().flat_map(Bundle::policy_names).map(str::to_owned);
        let known: Vec<String> =
            others.filter_map(|it| name_of(it).map(str::to_owned)).chain(shipped).collect();
        let known = known.iter().map(String::as_str).filter(|known| *known != name);
        let help = match suggest::nearest(name, known) {
            Some(near) => message!("did you mean `{near}`?"),
            None => message!(
                "extend an embedded policy, such as `default`, one of a folder that is read \
                     with --rules, or a file: `extends: base/common.policy.yaml`"
            )
            .to_owned(),
        };
        match name_of(extending) == Some(name) {
            true => Err((message!("no other policy is called `{name}`"), help)),
            false => Err((message!("no policy is called `{name}`"), help)),
        }
    }

    fn at_path(&self, extending: &Source, path: &str) -> Result<Arc<Source>, (Message, Message)> {
        let help = message!("the path is relative to the policy that names it");
        if is_embedded(extending) {
            return Err((message!("an embedded policy extends no files"), help));
        }
        let folder = Path::new(&extending.name).parent().unwrap_or(Path::new(""));
        let path = tidy(&folder.join(path));
        if let Some(read) = self.read.iter().find(|it| tidy(Path::new(&it.name)) == path) {
            return Ok(read.clone());
        }
        let shown = path.display();
        if !self.from_files {
            let help = message!(
                "policies in compiled rules and in memory extend those that are there with \
                        them, and the embedded ones"
            );
            return Err((message!("cannot read {shown}"), help.to_owned()));
        }
        files::read_policy(&path, &self.open).map_err(|why| {
            let near = files::similar(&path);
            let help = near.map_or(help, |near| message!("did you mean `{near}`?"));
            (message!("cannot read {shown}: {why}"), help)
        })
    }

    /// The policy and all that it is built on, as far as they can be read.
    pub fn chain(&self, policy: &Arc<Source>) -> Vec<Arc<Source>> {
        let mut chain = vec![policy.clone()];
        while chain.len() <= POLICY_EXTENDS_MAX {
            let last = &chain[chain.len() - 1];
            let Some(next) = Head::of(last).extends else { break };
            match self.extended(last, &next.value) {
                Ok(next) if !chain.contains(&next) => chain.push(next),
                Ok(_) | Err(_) => break,
            }
        }
        chain
    }
}

/// The files that `policy` is built on, itself excluded: those on disk, as far as they can be read.
pub fn extended_files(policy: &Path, read: &[Arc<Source>]) -> Vec<PathBuf> {
    let open = Open::default();
    let Ok(source) = files::read_policy(policy, &open) else { return Vec::new() };
    let policies = Policies::new(read, None).with_files(open);
    let chain = policies.chain(&source);
    chain.iter().skip(1).map(|source| PathBuf::from(&source.name)).collect()
}

/// The path without `.` and, where a name is before it, `..`. Links are not followed.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for step in path.components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(tidy.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidy.pop();
            }
            _ => tidy.push(step),
        }
    }
    tidy
}

/// The keys of a policy that matter before its rules are known. `policy` reads the file as a whole
/// and reports its errors.
#[derive(Debug, Default, serde::Deserialize)]
pub(in crate::rules) struct Head {
    #[serde(default, deserialize_with = "soft")]
    pub extends: Option<Text>,
    #[serde(default, deserialize_with = "soft")]
    pub categories: Entries<CategoryBody>,
}

impl Head {
    pub fn of(source: &Arc<Source>) -> Head {
        yaml::read::<Head>(source).value.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn source(name: &str, text: &str) -> Arc<Source> {
        Arc::new(Source { name: name.to_owned(), text: text.to_owned() })
    }

    #[test]
    fn paths_are_relative_to_the_policy_that_names_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("team")).unwrap();
        fs::write(path("base.policy.yaml"), "base").unwrap();
        let own = source(&path("team/own.policy.yaml").display().to_string(), "own");
        let files = Policies { from_files: true, ..Policies::default() };
        let found = files.extended(&own, "../base.policy.yaml").unwrap();
        assert_eq!(found.text, "base");
        let (why, help) = files.extended(&own, "../bas.policy.yaml").unwrap_err();
        assert!(
            why.to_string().starts_with("cannot read")
                && help.to_string().contains("base.policy.yaml"),
            "{why} {help}"
        );
        let memory = Policies::default();
        assert!(memory.extended(&own, "../base.policy.yaml").is_err());
        // What was read already is not read again.
        let open = source(&path("./team/../base.policy.yaml").display().to_string(), "open");
        let read = [open];
        let known = Policies { read: &read, ..Policies::default() };
        assert_eq!(known.extended(&own, "../base.policy.yaml").unwrap().text, "open");
    }

    #[test]
    fn a_policy_may_be_called_like_the_one_it_extends() {
        let own = source("default.policy.yaml", "own");
        let read = [own.clone(), source("b/default.policy.yaml", "other")];
        let policies = Policies { read: &read, ..Policies::default() };
        assert_eq!(policies.extended(&own, "default").unwrap().text, "other");
        let alone = Policies { read: &read[..1], ..Policies::default() };
        let (why, _) = alone.extended(&own, "default").unwrap_err();
        assert_eq!(why, "no other policy is called `default`");
    }

    #[test]
    fn a_chain_ends_at_a_circle_and_at_the_limit() {
        let link = |at: usize, next: usize| {
            source(&format!("p{at}.policy.yaml"), &format!("extends: p{next}\n# {at}\n"))
        };
        let read: Vec<_> = (0..20).map(|at| link(at, at + 1)).collect();
        let policies = Policies { read: &read, ..Policies::default() };
        assert_eq!(policies.chain(&read[0]).len(), POLICY_EXTENDS_MAX + 1);
        let read = [link(0, 1), link(1, 0)];
        let policies = Policies { read: &read, ..Policies::default() };
        assert_eq!(policies.chain(&read[0]).len(), 2);
    }
}
