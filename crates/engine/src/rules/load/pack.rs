//! One pack as written: its source, its values and the places of its errors.

use crate::diagnostic::{Diagnostic, Place, Source};
use crate::message::{Message, message};
use crate::rules::condition::{self, ConditionError};
use crate::rules::source::files::RuleFile;
use crate::rules::source::schema::{self, FORMAT_VERSION, Text};
use crate::rules::source::yaml::{self, At, ErrorStarts};
use std::ops::Range;
use std::sync::Arc;

/// A pack that was read, before its rules are resolved.
pub(super) struct PackDraft {
    pub name: Text,
    pub file: RuleFile,
    pub schema: schema::Pack,
    /// Where its errors are.
    pub errors_at: ErrorStarts,
    /// Does it have rules, good or bad?
    pub has_rules: bool,
    /// First byte of each rule.
    pub rule_starts: Vec<usize>,
    /// First byte of each matcher and rule.
    pub matcher_starts: Vec<usize>,
    /// Warnings about its YAML.
    pub warnings: Vec<Diagnostic>,
}

impl PackDraft {
    /// Was everything before the first matcher or rule read without errors?
    pub fn is_head_complete(&self) -> bool {
        !self.errors_at.is_in_part(0, &self.matcher_starts)
    }

    /// Was the rule that begins at `start` read without errors?
    pub fn is_rule_complete(&self, start: usize) -> bool {
        !self.errors_at.is_in_part(start, &self.rule_starts)
    }

    /// Was the rule around this byte read without errors?
    pub fn is_complete_around(&self, at: usize) -> bool {
        let start = self.rule_starts.iter().copied().filter(|start| *start <= at).max();
        start.is_some_and(|start| self.is_rule_complete(start))
    }

    /// Was the matcher whose name begins at `start` read without errors?
    pub fn is_matcher_complete(&self, start: usize) -> bool {
        !self.errors_at.is_in_part(start, &self.matcher_starts)
    }

    pub fn place<T>(&self, at: &At<T>) -> Place {
        Place { source: self.file.source.clone(), range: at.range.clone() }
    }

    pub fn error<T>(&self, at: &At<T>, code: &'static str, message: Message) -> Diagnostic {
        error_at(&self.file.source, &at.range, code, message)
    }

    /// Checks name and format version.
    pub fn check_head(&mut self, version: Option<At<u32>>, diagnostics: &mut Vec<Diagnostic>) {
        let start = At { value: (), range: 0..0 };
        match version {
            Some(version) if version.value != FORMAT_VERSION => {
                let message =
                    message!("this program reads version {FORMAT_VERSION} of the rule language");
                let diagnostic = self.error(&version, "bad_version", message);
                diagnostics.push(diagnostic.help(message!("write `tidegate: {FORMAT_VERSION}`")));
            }
            None if self.is_head_complete() => {
                let diagnostic =
                    self.error(&start, "missing_key", message!("the key `tidegate` is missing"));
                diagnostics.push(
                    diagnostic
                        .help(message!("write `tidegate: {FORMAT_VERSION}` on the first line")),
                );
            }
            Some(_) | None => {}
        }
        if self.name.range == (0..0) {
            if self.is_head_complete() {
                let diagnostic =
                    self.error(&start, "missing_key", message!("the key `pack` is missing"));
                diagnostics
                    .push(diagnostic.help(message!(
                        "give the pack a unique name, such as `pack: gambling-zh`"
                    )));
            }
        } else if !is_pack_name(&self.name.value) {
            let message = message!("`{}` is not a valid pack name", self.name.value);
            let diagnostic = self.error(&self.name, "bad_name", message);
            diagnostics.push(
                diagnostic
                    .help(message!("a name is made of a-z, 0-9, `-` and `_`, and is not `post`")),
            );
        }
    }
}

fn is_pack_name(name: &str) -> bool {
    let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    !name.is_empty() && name != "post" && name.bytes().all(fits)
}

pub(super) fn read_pack(file: RuleFile, diagnostics: &mut Vec<Diagnostic>) -> PackDraft {
    let read = yaml::read::<schema::Pack>(&file.source);
    let errors_at = read.error_starts();
    diagnostics.extend(read.diagnostics);
    let mut schema = read.value.unwrap_or_default();
    let mut warnings = read.warnings;
    warnings.retain(|warning| !is_useful_though_empty(warning, &schema));
    let name = schema.pack.take();
    let version = schema.tidegate.take();
    let has_rules = !schema.rules.0.is_empty();
    let rule_starts = schema.rules.0.iter().map(|rule| rule.range.start);
    let own = schema.rules.0.iter().flat_map(|rule| &rule.value.own.0);
    let names = schema.define.0.iter().chain(own).map(|(name, _)| name.range.start);
    let matcher_starts = names.chain(rule_starts.clone()).collect();
    let rule_starts = rule_starts.collect();
    let mut pack = PackDraft {
        name: name.unwrap_or_else(|| At { value: file.source.name.clone(), range: 0..0 }),
        file,
        schema,
        errors_at,
        has_rules,
        rule_starts,
        matcher_starts,
        warnings,
    };
    pack.check_head(version, diagnostics);
    pack
}

/// Is an empty key more than idle: a pack without rules or matchers yet, or a rule that takes the
/// languages of the pack away? Empty examples and posts are data.
fn is_useful_though_empty(warning: &Diagnostic, schema: &schema::Pack) -> bool {
    let Some(place) = warning.place.as_ref().filter(|_| warning.code == "idle_key") else {
        return false;
    };
    match place.source.text.get(place.range.clone()) {
        Some("rules" | "define") => true,
        Some("lang") => schema.defaults.lang.as_ref().is_some_and(|tags| !tags.0.is_empty()),
        _ => false,
    }
}

/// An error at a range of `source`.
fn error_at(
    source: &Arc<Source>,
    range: &Range<usize>,
    code: &'static str,
    message: Message,
) -> Diagnostic {
    let place = Place { source: source.clone(), range: range.clone() };
    Diagnostic::error(code, message, Some(place))
}

/// An error for a name that does not exist.
pub(super) fn unknown_name(place: Place, message: Message, help: Message) -> Diagnostic {
    Diagnostic::error("unknown_name", message, Some(place)).help(help)
}

/// A problem at a part of a condition.
pub(super) fn diagnostic_at(
    source: &Arc<Source>,
    text: &Text,
    error: ConditionError,
) -> Diagnostic {
    let range = condition::place_in(&source.text, &text.range, &text.value, &error.range);
    let place = Place { source: source.clone(), range };
    Diagnostic::error(error.code, error.message, Some(place)).help(error.help)
}
