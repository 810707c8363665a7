//! The rules that a correlation counts: ids and globs.

use super::draft::Draft;
use super::pack::unknown_name;
use crate::domain::ids::RuleIx;
use crate::domain::limits::CORRELATION_RULES_MAX;
use crate::message::message;
use crate::rules::condition::glob_matches;
use crate::rules::model::{Rule, RulePattern, STORY_RULE};
use crate::rules::source::bundle::is_embedded;
use crate::rules::source::schema::Text;
use crate::rules::source::suggest;

impl Draft {
    /// What an id or a glob names; `None` if it names nothing that can be counted, which is
    /// reported.
    pub fn pattern(
        &mut self,
        pack: usize,
        id: &Text,
        text: &Text,
        rules: &[Rule],
    ) -> Option<RulePattern> {
        let is_named = |name: &str| glob_matches(&text.value, name);
        let mut named: Vec<RuleIx> =
            self.rule_ix.iter().filter(|(name, _)| is_named(name)).map(|(_, rule)| *rule).collect();
        named.sort_unstable();
        named.dedup();
        let is_story = is_named(STORY_RULE);
        let is_self_harm = |rule: &RuleIx| {
            rules.get(rule.index()).is_some_and(|rule| rule.category.is_self_harm())
        };
        let counted: Vec<RuleIx> =
            named.iter().copied().filter(|rule| !is_self_harm(rule)).collect();
        if is_story || !counted.is_empty() {
            let place = self.packs[pack].place(text);
            return Some(RulePattern { text: text.value.clone(), place, rules: counted, is_story });
        }
        if !named.is_empty() {
            let message = message!("posts that `{}` finds are never counted", text.value);
            let error = self.packs[pack].error(text, "bad_value", message);
            self.diagnostics.push(error.help(message!(
                "`self-harm` is about people who may need help; name rules of other categories"
            )));
            return None;
        }
        if self.may_lack_rules(pack) {
            return None;
        }
        if self.correlation_ids.keys().any(|name| is_named(name)) {
            self.refuse_correlation(pack, id, text);
            return None;
        }
        let message = if text.value.contains('*') {
            message!("no rule matches `{name}`", name = text.value)
        } else {
            message!("no rule has the id `{}`", text.value)
        };
        let known = self.rule_ix.keys().map(String::as_str).chain([STORY_RULE]);
        let help = suggest::nearest(&text.value, known);
        let help = help.map_or_else(Default::default, |near| message!("did you mean `{near}`?"));
        self.diagnostics.push(unknown_name(self.packs[pack].place(text), message, help));
        None
    }

    /// Is it an embedded pack, and are others replaced, of which rules may be missing?
    pub fn may_lack_rules(&self, pack: usize) -> bool {
        is_embedded(&self.packs[pack].file.source) && !self.replaced.is_empty()
    }

    fn refuse_correlation(&mut self, pack: usize, id: &Text, text: &Text) {
        let message = if text.value == id.value {
            message!("a correlation cannot count itself")
        } else {
            message!("`{}` is a correlation, and only rules are counted", text.value)
        };
        let error = self.packs[pack].error(text, "bad_value", message);
        self.diagnostics.push(error.help(message!("name the rules that fire on single posts")));
    }

    /// Checks the number of rules that follow each other in time.
    pub fn check_patterns(&mut self, pack: usize, written: &[Text]) {
        match written {
            [only] => {
                let message = message!("one rule alone has no order in time");
                let error = self.packs[pack].error(only, "bad_value", message);
                self.diagnostics.push(
                    error.help(message!("name two rules or more, or use `type: event_count`")),
                );
            }
            _ => {
                let Some(extra) = written.get(CORRELATION_RULES_MAX) else { return };
                let message = message!(
                    "at most {CORRELATION_RULES_MAX} rules or globs follow each other in time"
                );
                let error = self.packs[pack].error(extra, "too_large", message);
                self.diagnostics.push(error.help(message!("join some of them by a glob")));
            }
        }
    }
}
