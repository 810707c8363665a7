//! Ids and aliases: unique over all rules and correlations of all packs.

use super::draft::Draft;
use super::pack::PackDraft;
use crate::diagnostic::{Diagnostic, Place};
use crate::domain::ids::RuleIx;
use crate::message::message;
use crate::rules::model::STORY_RULE;
use crate::rules::source::schema::{self, Text};
use crate::rules::source::yaml::At;
use std::collections::HashMap;
use std::ops::Range;

/// A rule as written, with its pack and its id.
pub(super) struct RuleDraft {
    pub pack: usize,
    pub id: Text,
    pub schema: schema::Rule,
    /// Bytes of the rule.
    pub range: Range<usize>,
}

impl Draft {
    /// Rules with usable ids, and rules over several posts, each in id order; adds ids and aliases.
    pub fn rule_drafts(&mut self) -> (Vec<RuleDraft>, Vec<RuleDraft>) {
        let mut drafts = Vec::new();
        for pack in 0..self.packs.len() {
            for At { value: mut schema, range } in
                std::mem::take(&mut self.packs[pack].schema.rules).0
            {
                match schema.id.take() {
                    Some(id) => drafts.push(RuleDraft { pack, id, schema, range }),
                    None if !self.packs[pack].is_rule_complete(range.start) => {}
                    None => {
                        let at = At { value: (), range };
                        let diagnostic = self.packs[pack].error(
                            &at,
                            "missing_key",
                            message!("the key `id` is missing"),
                        );
                        self.diagnostics.push(
                            diagnostic.help(message!(
                                "a rule begins with `- id: category.what-it-finds`"
                            )),
                        );
                    }
                }
            }
        }
        drafts.sort_by(|left, right| left.id.value.cmp(&right.id.value));
        self.enter_ids(drafts)
    }

    /// Adds ids first, so that an alias never replaces an id. Rules and correlations share one set of
    /// names.
    fn enter_ids(&mut self, mut drafts: Vec<RuleDraft>) -> (Vec<RuleDraft>, Vec<RuleDraft>) {
        let mut places: HashMap<String, Place> = HashMap::new();
        let mut diagnostics = Vec::new();
        drafts.retain(|draft| {
            let pack = &self.packs[draft.pack];
            check_id(pack, &draft.id, &mut diagnostics);
            enter(&mut places, pack, &draft.id, &mut diagnostics)
        });
        let (correlations, rules): (Vec<_>, Vec<_>) =
            drafts.into_iter().partition(|draft| draft.schema.correlate.is_some());
        for (at, draft) in rules.iter().enumerate() {
            self.rule_ix.insert(draft.id.value.clone(), RuleIx(at as u32));
        }
        for (at, draft) in correlations.iter().enumerate() {
            self.correlation_ids.insert(draft.id.value.clone(), at);
        }
        let numbered = rules.iter().enumerate().map(|it| (it, false));
        for ((at, draft), is_correlation) in
            numbered.chain(correlations.iter().enumerate().map(|it| (it, true)))
        {
            let pack = &self.packs[draft.pack];
            for alias in &draft.schema.aliases.0 {
                check_id(pack, alias, &mut diagnostics);
                if !enter(&mut places, pack, alias, &mut diagnostics) {
                    continue;
                }
                if is_correlation {
                    self.correlation_ids.insert(alias.value.clone(), at);
                } else {
                    self.rule_ix.insert(alias.value.clone(), RuleIx(at as u32));
                }
            }
        }
        self.diagnostics.append(&mut diagnostics);
        (rules, correlations)
    }
}

fn check_id(pack: &PackDraft, id: &Text, diagnostics: &mut Vec<Diagnostic>) {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_id = id.value.split('.').all(|part| !part.is_empty() && part.bytes().all(fits));
    if id.value == STORY_RULE {
        let message = message!("`{STORY_RULE}` is the id of a rule of the program");
        let diagnostic = pack.error(id, "duplicate_id", message);
        diagnostics.push(diagnostic.help(message!("choose another id")));
    } else if !is_id {
        let diagnostic =
            pack.error(id, "bad_name", message!("`{}` is not a valid rule id", id.value));
        diagnostics.push(diagnostic.help(message!(
            "an id is lower-case words separated by dots, such as `gambling.zh.ad`"
        )));
    }
}

/// Adds an id or alias, unless it is in use.
fn enter(
    places: &mut HashMap<String, Place>,
    pack: &PackDraft,
    id: &Text,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let place = pack.place(id);
    if let Some(first) = places.get(&id.value) {
        let message = message!("the id `{}` is already used", id.value);
        let diagnostic = Diagnostic::error("duplicate_id", message, Some(place));
        diagnostics.push(
            diagnostic
                .related(first.clone(), message!("first here"))
                .help(message!("ids and aliases are unique over all packs")),
        );
        return false;
    }
    places.insert(id.value.clone(), place);
    true
}
