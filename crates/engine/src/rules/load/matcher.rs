//! Matchers: their terms, patterns, sequences and settings.

use super::definition::{Definition, MatcherParts};
use super::draft::{DefaultsUsed, Draft};
use super::pack::PackDraft;
use crate::domain::field::FieldId;
use crate::domain::ids::RuleIx;
use crate::domain::limits::{DISTANCE_CHARS_MAX, REGEX_BYTES_MAX};
use crate::domain::score::Score;
use crate::domain::view::{View, ViewSet};
use crate::message::message;
use crate::rules::condition::is_name;
use crate::rules::model::{Edge, Pattern, Sequence, Term};
use crate::rules::source::schema::{self, EdgeName, MatcherBody, Text, ViewName};
use crate::rules::source::wordlist;
use crate::rules::source::yaml::{At, List, OneOrMany};
use std::collections::HashMap;

pub(super) fn view(name: ViewName) -> View {
    match name {
        ViewName::Exact => View::Exact,
        ViewName::Folded => View::Folded,
        ViewName::Squeezed => View::Squeezed,
        ViewName::Look => View::Look,
        ViewName::Sound => View::Sound,
    }
}

fn edge(name: EdgeName) -> Edge {
    match name {
        EdgeName::Auto => Edge::Auto,
        EdgeName::Word => Edge::Word,
        EdgeName::None => Edge::None,
    }
}

impl Draft {
    /// Adds the packs and their `define` matchers.
    pub fn add_packs(&mut self, packs: Vec<PackDraft>) {
        self.by_pack = vec![HashMap::new(); packs.len()];
        self.defaults_used = vec![DefaultsUsed::default(); packs.len()];
        self.packs = packs;
        for pack in 0..self.packs.len() {
            let define = std::mem::take(&mut self.packs[pack].schema.define);
            let default_fields = self.default_fields(pack);
            for (name, matcher) in define.0 {
                let key = name.value.clone();
                let definition = self.define(pack, None, name, matcher, default_fields.clone());
                self.by_pack[pack].insert(key, definition);
            }
        }
    }

    /// Adds one named matcher. A matcher with errors is added without content, so that its uses
    /// are not reported as unknown names.
    pub fn define(
        &mut self,
        pack: usize,
        rule: Option<RuleIx>,
        name: Text,
        matcher: Option<schema::Matcher>,
        default_fields: Vec<FieldId>,
    ) -> usize {
        if !is_name(&name.value) {
            let message = message!("`{}` is not a valid matcher name", name.value);
            let diagnostic = self.packs[pack].error(&name, "bad_name", message);
            self.diagnostics.push(diagnostic.help(
                message!("a name is made of a-z, 0-9 and `_`, does not begin with a digit, and is not a word of the condition language"),
            ));
        }
        let place = self.packs[pack].place(&name);
        let (parts, fields) = self.parts(pack, &name, matcher);
        self.definitions.push(Definition {
            name: name.value,
            pack,
            rule,
            place,
            parts,
            fields,
            default_fields,
        });
        self.definitions.len() - 1
    }

    /// The parts of a matcher, and its own `fields:`.
    pub fn parts(
        &mut self,
        pack: usize,
        name: &Text,
        matcher: Option<schema::Matcher>,
    ) -> (MatcherParts, Option<Vec<FieldId>>) {
        let body = match matcher {
            None => {
                return (
                    MatcherParts {
                        broken: true,
                        views: default_views(),
                        ..MatcherParts::default()
                    },
                    None,
                );
            }
            Some(schema::Matcher::Words(List(words))) => {
                MatcherBody { words: OneOrMany(words), ..MatcherBody::default() }
            }
            Some(schema::Matcher::Keys(body)) => *body,
        };
        let errors_before = self.diagnostics.len();
        self.check_sources(pack, name, &body);
        let mut parts = MatcherParts {
            terms: self.terms(pack, &body.words),
            regexes: self.patterns(pack, &body.regex),
            seq: self.sequence(pack, name, &body),
            entities: body.entity.0.iter().map(|entity| entity.value.0).collect(),
            edge: body.edge.as_ref().map(|name| edge(name.value)),
            views: self.views(pack, body.view.as_ref()),
            except: self.terms(pack, &body.except),
            check: body.check.map(|check| check.0),
            lang: self.languages(pack, &body.lang),
            cased: body.cased.as_ref().is_some_and(|cased| cased.value),
            max: self.max(pack, body.max.as_ref()),
            broken: false,
        };
        for file in &body.file.0 {
            self.add_list(pack, file, &mut parts);
        }
        self.check_keys(pack, name, &body, &parts);
        parts.broken = self.diagnostics.len() > errors_before
            || !self.packs[pack].is_matcher_complete(name.range.start);
        let fields = body.fields.as_ref().map(|named| self.fields(pack, named));
        (parts, fields)
    }

    /// Reports a matcher without a source, which would never hit, and a `gap` without a `seq`.
    fn check_sources(&mut self, pack: usize, name: &Text, body: &MatcherBody) {
        let has_source = !body.words.0.is_empty()
            || !body.file.0.is_empty()
            || !body.regex.0.is_empty()
            || !body.entity.0.is_empty()
            || body.seq.is_some();
        if !has_source && self.packs[pack].is_matcher_complete(name.range.start) {
            let message = message!("the matcher `{}` has no source", name.value);
            let diagnostic = self.packs[pack].error(name, "never_true", message);
            self.diagnostics.push(
                diagnostic.help(message!("give it `words`, `file`, `regex`, `seq` or `entity`")),
            );
        }
        if let (Some(gap), None) = (&body.gap, &body.seq) {
            let diagnostic =
                self.packs[pack].error(gap, "bad_value", message!("`gap` needs a `seq`"));
            self.diagnostics
                .push(diagnostic.help(message!("add `seq: [first, second]`, or leave `gap` out")));
        }
    }

    fn terms(&mut self, pack: usize, words: &OneOrMany<Text>) -> Vec<Term> {
        words.0.iter().filter_map(|word| self.term(pack, word)).collect()
    }

    fn term(&mut self, pack: usize, word: &Text) -> Option<Term> {
        let place = self.packs[pack].place(word);
        match wordlist::check_term(&word.value, &place) {
            Some(diagnostic) => {
                self.diagnostics.push(diagnostic);
                None
            }
            None => Some(Term { text: word.value.clone(), weight: Score::ZERO, place }),
        }
    }

    fn add_list(&mut self, pack: usize, file: &Text, parts: &mut MatcherParts) {
        let place = self.packs[pack].place(file);
        match self.files.include(&self.packs[pack].file.base, &file.value, place) {
            Ok(source) => {
                let list = wordlist::parse(&source);
                if list.diagnostics.is_empty() {
                    self.check_empty(pack, file, list.terms.len(), list.allowed.len());
                }
                parts.terms.extend(list.terms);
                parts.except.extend(list.allowed);
                self.diagnostics.extend(list.diagnostics);
                if !self.lists.iter().any(|known| known.name == source.name) {
                    self.lists.push(source);
                }
            }
            Err(diagnostic) => self.diagnostics.push(*diagnostic),
        }
    }

    /// Checks the length first, because compiling a long pattern is expensive even if it is
    /// refused.
    fn patterns(&mut self, pack: usize, regexes: &OneOrMany<Text>) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for regex in &regexes.0 {
            let length = regex.value.len();
            if length > REGEX_BYTES_MAX {
                let message = message!(
                    "this regex has {length} bytes; at most {REGEX_BYTES_MAX} are accepted"
                );
                let diagnostic = self.packs[pack].error(regex, "bad_regex", message);
                self.diagnostics.push(
                    diagnostic.help(message!("put long alternations into `words` or a word list")),
                );
            } else {
                let place = self.packs[pack].place(regex);
                patterns.push(Pattern { text: regex.value.clone(), place });
            }
        }
        patterns
    }

    fn sequence(&mut self, pack: usize, name: &Text, body: &MatcherBody) -> Option<Sequence> {
        let seq = body.seq.as_ref()?;
        let parts: Vec<Vec<Term>> = seq.value.0.iter().map(|part| self.terms(pack, part)).collect();
        if parts.len() < 2 && self.packs[pack].is_matcher_complete(name.range.start) {
            let diagnostic = self.packs[pack].error(
                seq,
                "bad_value",
                message!("a sequence has at least two parts"),
            );
            let is_joined =
                parts.iter().flatten().any(|part| part.text.contains(['，', '、', '；']));
            self.diagnostics.push(diagnostic.help(if is_joined {
                message!("did you mean two parts? write a comma and a space between them")
            } else {
                message!("for a single part write `words`")
            }));
        }
        if seq.value.0.iter().any(|part| part.0.is_empty()) {
            let diagnostic = self.packs[pack].error(
                seq,
                "never_true",
                message!("a part of this sequence has no alternatives"),
            );
            self.diagnostics.push(diagnostic);
        }
        let gap = body.gap.as_ref().map_or(0, |gap| gap.value);
        if let Some(at) = body.gap.as_ref().filter(|_| gap > DISTANCE_CHARS_MAX) {
            let message = message!("a gap is at most {DISTANCE_CHARS_MAX} characters");
            self.diagnostics.push(self.packs[pack].error(at, "bad_distance", message));
        }
        Some(Sequence { parts, gap })
    }

    fn views(&mut self, pack: usize, named: Option<&OneOrMany<At<ViewName>>>) -> ViewSet {
        self.defaults_used[pack].view |= named.is_none();
        let defaults = self.packs[pack].schema.defaults.view.as_ref();
        let views = named.or(defaults).map_or(ViewSet::default(), |named| {
            named.0.iter().fold(ViewSet::default(), |set, name| set.with(view(name.value)))
        });
        if views.is_empty() { default_views() } else { views }
    }

    fn max(&mut self, pack: usize, max: Option<&At<u32>>) -> Option<u32> {
        let max = max?;
        if max.value == 0 {
            let diagnostic = self.packs[pack].error(
                max,
                "never_true",
                message!("a matcher that keeps no hit never hits"),
            );
            self.diagnostics.push(diagnostic.help(message!("leave `max` out to keep all hits")));
        }
        Some(max.value)
    }
}

fn default_views() -> ViewSet {
    ViewSet::of(&[View::Folded])
}
