//! The last step of loading: numbers the matchers and makes the model.

use super::draft::{Draft, Instance};
use super::pack::PackDraft;
use crate::diagnostic::{Diagnostic, Source};
use crate::domain::ids::MatcherIx;
use crate::rules::model::{Matcher, Model, Pack, Rule};
use crate::rules::source::schema::Text;
use std::sync::Arc;

impl Draft {
    /// Makes the model. It is valid only if there are no diagnostics.
    pub fn finish(mut self) -> (Model, Vec<Diagnostic>) {
        let (rules, correlations) = self.rule_drafts();
        let mut rules = self.add_rules(rules);
        let correlations = self.add_correlations(correlations, &rules);
        self.check_declared(&rules, &correlations);
        self.check_defaults();
        self.add_unused();
        let new_numbers = self.number_matchers();
        for rule in &mut rules {
            renumber(rule, &new_numbers);
        }
        let matchers = self.matchers(&new_numbers);
        let mut sources: Vec<Arc<Source>> =
            self.packs.iter().map(|pack| pack.file.source.clone()).collect();
        sources.append(&mut self.lists);
        let own = self.packs.iter_mut().flat_map(|pack| std::mem::take(&mut pack.warnings));
        self.warnings.extend(own);
        let warnings = self.warnings;
        let packs = self.packs.into_iter().map(model_pack).collect();
        let (names, declared, replaced) = (self.names, self.declared, self.replaced);
        let model = Model {
            packs,
            matchers,
            rules,
            correlations,
            declared,
            replaced,
            sources,
            names,
            warnings,
        };
        (model, self.diagnostics)
    }

    /// Adds an instance for each definition that no rule uses.
    fn add_unused(&mut self) {
        let mut used = vec![false; self.definitions.len()];
        for instance in &self.instances {
            used[instance.definition] = true;
        }
        for definition in
            (0..used.len()).filter(|definition| !used[*definition]).collect::<Vec<_>>()
        {
            let fields = self.definitions[definition].default_fields.clone();
            self.instance(definition, &fields);
        }
    }

    /// The new number of each old one: in pack order, then order of writing.
    fn number_matchers(&self) -> Vec<MatcherIx> {
        let mut order: Vec<usize> = (0..self.instances.len()).collect();
        order.sort_by_key(|old| {
            let instance = &self.instances[*old];
            let definition = &self.definitions[instance.definition];
            (definition.pack, definition.place.range.start, instance.fields.clone())
        });
        let mut new_numbers = vec![MatcherIx(0); order.len()];
        for (new, old) in order.into_iter().enumerate() {
            new_numbers[old] = MatcherIx(new as u32);
        }
        new_numbers
    }

    fn matchers(&mut self, new_numbers: &[MatcherIx]) -> Vec<Matcher> {
        let mut numbered: Vec<(MatcherIx, Instance)> =
            new_numbers.iter().copied().zip(std::mem::take(&mut self.instances)).collect();
        numbered.sort_unstable_by_key(|(number, _)| *number);
        let mut uses = vec![0; self.definitions.len()];
        for (_, instance) in &numbered {
            uses[instance.definition] += 1;
        }
        let matcher = |(_, instance): (MatcherIx, Instance)| {
            let definition = &mut self.definitions[instance.definition];
            uses[instance.definition] -= 1;
            // Lists may be long: only a matcher with several sets of fields is copied.
            let parts = match uses[instance.definition] {
                0 => std::mem::take(&mut definition.parts),
                _ => definition.parts.clone(),
            };
            parts.matcher(definition, instance.fields)
        };
        numbered.into_iter().map(matcher).collect()
    }
}

fn model_pack(pack: PackDraft) -> Pack {
    let text = |text: Option<Text>| text.map(|text| text.value).unwrap_or_default();
    Pack {
        name: pack.name.value,
        version: text(pack.schema.version),
        title: text(pack.schema.title),
        license: text(pack.schema.license),
        source: pack.file.source,
    }
}

fn renumber(rule: &mut Rule, new_numbers: &[MatcherIx]) {
    let new = |matcher: &mut MatcherIx| {
        if let Some(number) = new_numbers.get(matcher.index()) {
            *matcher = *number;
        }
    };
    rule.own.iter_mut().chain(&mut rule.redact).for_each(new);
    rule.condition.expr.renumber_matchers(&mut |matcher| new(matcher));
    for boost in &mut rule.boosts {
        boost.condition.expr.renumber_matchers(&mut |matcher| new(matcher));
    }
}
