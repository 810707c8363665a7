//! The names that the conditions of one rule can use.

use super::draft::Draft;
use super::pack::PackDraft;
use crate::domain::field::{FieldId, MetaId};
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::rules::condition::{ConditionError, Scope};

/// The scope of one rule.
pub(super) struct RuleScope<'d> {
    pub draft: &'d mut Draft,
    pub pack: usize,
    pub rule: RuleIx,
    /// Fields of matchers without `fields:`.
    pub fields: &'d [FieldId],
    /// Warnings about the condition.
    pub warnings: Vec<ConditionError>,
}

impl RuleScope<'_> {
    fn definition(&self, name: &str) -> Option<usize> {
        let own = self.draft.by_rule[self.rule.index()].get(name);
        if let Some(found) = own.or_else(|| self.draft.by_pack[self.pack].get(name)) {
            return Some(*found);
        }
        let (pack, name) = name.rsplit_once('.')?;
        let packs = &self.draft.packs;
        let replaces = |known: &PackDraft| known.replaces().iter().any(|name| name.value == pack);
        let named = packs.iter().position(|known| known.name.value == pack);
        let pack = named.or_else(|| packs.iter().position(replaces))?;
        self.draft.by_pack[pack].get(name).copied()
    }

    /// Names in order of writing.
    fn sorted<'n>(&self, names: impl Iterator<Item = (&'n String, &'n usize)>) -> Vec<String> {
        let mut names: Vec<(usize, &String)> = names.map(|(name, at)| (*at, name)).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name.clone()).collect()
    }
}

impl Scope for RuleScope<'_> {
    fn matcher(&mut self, name: &str) -> Option<MatcherIx> {
        let definition = self.definition(name)?;
        Some(self.draft.instance(definition, self.fields))
    }

    fn own(&self) -> Vec<String> {
        self.sorted(self.draft.by_rule[self.rule.index()].iter())
    }

    fn pack(&self) -> Vec<String> {
        self.sorted(self.draft.by_pack[self.pack].iter())
    }

    fn others(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (pack, definitions) in self.draft.packs.iter().zip(&self.draft.by_pack) {
            let local = self.sorted(definitions.iter());
            names.extend(local.into_iter().map(|name| format!("{}.{name}", pack.name.value)));
        }
        names
    }

    fn rule(&self, id: &str) -> Option<RuleIx> {
        self.draft.rule_ix.get(id).copied()
    }

    fn is_correlation(&self, id: &str) -> bool {
        self.draft.correlation_ids.contains_key(id)
    }

    fn rules(&self) -> Vec<String> {
        self.draft.rule_ix.keys().cloned().collect()
    }

    fn meta(&mut self, path: &str) -> Option<MetaId> {
        self.draft.names.meta(path)
    }

    fn most(&self, matcher: MatcherIx, distinct: bool) -> Option<u32> {
        let instance = self.draft.instances.get(matcher.index())?;
        let parts = &self.draft.definitions[instance.definition].parts;
        if distinct { parts.distinct_most() } else { parts.count_most() }
    }

    fn warn(&mut self, warning: ConditionError) {
        self.warnings.push(warning);
    }
}
