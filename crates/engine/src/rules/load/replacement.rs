//! Which packs are used: one of each name, without those that others replace.
//!
//! A pack says `replaces: NAME` to be used instead of another one, usually an embedded one. It may
//! have the same name or its own. Conditions of other packs that name a matcher `NAME.matcher` find
//! that of the replacing pack.

use super::pack::{PackDraft, unknown_name};
use crate::diagnostic::Diagnostic;
use crate::message::message;
use crate::rules::source::bundle::Bundle;
use crate::rules::source::schema::Text;
use crate::rules::source::suggest;
use crate::rules::source::yaml::{self, soft};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The packs that are used.
pub(super) struct Selected {
    /// In name order.
    pub packs: Vec<PackDraft>,
    /// The embedded packs that others replace, in name order.
    pub replaced: Vec<String>,
}

/// Selects the packs that are used. `replaces:` may also name packs of `unused`.
pub(super) fn select(
    embedded: Vec<PackDraft>,
    named: Vec<PackDraft>,
    unused: Option<Bundle>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Selected {
    let mut shipped: BTreeMap<String, PackDraft> =
        embedded.into_iter().map(|pack| (pack.name.value.clone(), pack)).collect();
    let mut own: BTreeMap<String, PackDraft> = BTreeMap::new();
    // Names that two packs have, of which one replaces the other.
    let mut shared: BTreeSet<String> = BTreeSet::new();
    for pack in named {
        let name = &pack.name.value;
        match own.get(name) {
            None => drop(own.insert(name.clone(), pack)),
            Some(earlier) if earlier.replaces_itself() != pack.replaces_itself() => {
                shared.insert(name.clone());
                if pack.replaces_itself() {
                    own.insert(name.clone(), pack);
                }
            }
            Some(earlier) => {
                let message = message!("two packs are called `{name}`");
                let place = pack.place(&pack.name);
                let diagnostic = Diagnostic::error("duplicate_pack", message, Some(place));
                diagnostics
                    .push(diagnostic.related(earlier.place(&earlier.name), message!("first here")));
            }
        }
    }
    let is_known = |name: &str| shipped.contains_key(name) || shared.contains(name);
    check_replaced(&own, &is_known, &shipped, unused, diagnostics);
    let replaced: BTreeSet<String> =
        own.values().flat_map(PackDraft::replaced_others).map(str::to_owned).collect();
    for pack in own.values() {
        let Some(hidden) = shipped.get(&pack.name.value) else { continue };
        if !pack.replaces_itself() {
            let name = &pack.name.value;
            let message = message!("`{name}` is the name of an embedded pack");
            let help = message!(
                "choose another name, or write `replaces: {name}` to use this pack instead of it"
            );
            let diagnostic = pack.error(&pack.name, "embedded_pack", message).help(help);
            diagnostics.push(
                diagnostic.related(hidden.place(&hidden.name), message!("the embedded pack")),
            );
        }
    }
    let is_replaced = |name: &String| replaced.contains(name) || own.contains_key(name);
    let gone: Vec<String> = shipped.keys().filter(|name| is_replaced(name)).cloned().collect();
    shipped.retain(|name, _| !gone.contains(name));
    shipped.extend(own.into_iter().filter(|(name, _)| !replaced.contains(name)));
    Selected { packs: shipped.into_values().collect(), replaced: gone }
}

impl PackDraft {
    /// Does the pack replace another one of its own name?
    fn replaces_itself(&self) -> bool {
        self.replaces().iter().any(|name| name.value == self.name.value)
    }

    /// The packs of other names that it replaces.
    fn replaced_others(&self) -> impl Iterator<Item = &str> {
        let names = self.replaces().iter().map(|name| name.value.as_str());
        names.filter(|name| *name != self.name.value)
    }

    /// `replaces:`.
    pub fn replaces(&self) -> &[Text] {
        &self.schema.replaces.0
    }
}

/// Reports names in `replaces:` that no pack has.
fn check_replaced(
    own: &BTreeMap<String, PackDraft>,
    is_known: &dyn Fn(&str) -> bool,
    shipped: &BTreeMap<String, PackDraft>,
    unused: Option<Bundle>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let named = own.values().flat_map(|pack| pack.replaces().iter().map(move |name| (pack, name)));
    let mut in_bundle: Option<Vec<String>> = None;
    for (pack, name) in named {
        let is_other = own.contains_key(&name.value) && name.value != pack.name.value;
        if is_other || is_known(&name.value) {
            continue;
        }
        let unused = in_bundle.get_or_insert_with(|| unused.map_or_else(Vec::new, names));
        if unused.contains(&name.value) {
            continue;
        }
        let known = shipped.keys().chain(own.keys()).chain(&*unused).map(String::as_str);
        let near = suggest::nearest(&name.value, known.filter(|it| *it != name.value));
        let help = match near {
            Some(near) => message!("did you mean `{near}`?"),
            None => message!("`tidegate packs` lists the embedded packs; leave `replaces` out"),
        };
        let message = message!("no pack is called `{}`, so nothing is replaced", name.value);
        diagnostics.push(unknown_name(pack.place(name), message, help));
    }
}

/// The names of the packs of a bundle.
fn names(bundle: Bundle) -> Vec<String> {
    #[derive(Default, serde::Deserialize)]
    struct Head {
        #[serde(default, deserialize_with = "soft")]
        pack: Option<Text>,
    }
    let name = |(path, text): (&str, &str)| {
        let source = crate::diagnostic::Source { name: path.to_owned(), text: text.to_owned() };
        yaml::read::<Head>(&Arc::new(source)).value?.pack.map(|name| name.value)
    };
    bundle.packs().filter_map(name).collect()
}
