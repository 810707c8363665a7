//! Encodes a compiled rule set as a file and decodes it: `tidegate compile`.
//!
//! The file contains the tables of the scanner in their memory layout, the rules without the
//! places and examples that only authors need, and the text of the policies next to the rules.
//! Programs are made again from the trees of conditions, and the engines of regexes from their
//! patterns when they are first used; everything else is read. It is checked before it is used
//! ([`container`]: complete, and written by this engine; then every number that is an index), so
//! that no file can make a run panic.

use crate::codec::container::{self, ContainerError};
use crate::codec::{Codec, DecodeError, Reader, are_starts, codec_enum, codec_struct, ensure};
use crate::diagnostic::Source;
use crate::domain::category::Category;
use crate::domain::ids::{MatcherIx, RuleIx};
use crate::domain::limits::OWN_CATEGORIES_MAX;
use crate::rules::codec_correlation;
use crate::rules::compiled::{CompiledBoost, CompiledRule, MatcherName, Origin, RuleSet, Terms};
use crate::rules::condition::expr::{Expr, Operand};
use crate::rules::condition::program::Program;
use crate::rules::model::{Active, Level, Status};
use crate::scan::text::script::Scripts;
use std::sync::Arc;

/// The content of a compiled file.
#[derive(Debug)]
pub struct Compiled {
    /// The rules.
    pub rules: RuleSet,
    /// Policies of the same folders, in path order. Read, not yet parsed.
    pub policies: Vec<Arc<Source>>,
    /// Do the rules include the embedded packs?
    pub embedded: bool,
}

impl Compiled {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Compiled { rules, policies, embedded } = self;
        Compiled::bytes_of(rules, policies, *embedded)
    }

    /// The bytes of a file with these rules and policies, such as those of an engine.
    pub fn bytes_of(rules: &RuleSet, policies: &[Arc<Source>], embedded: bool) -> Vec<u8> {
        container::wrap(|out| {
            embedded.encode(out);
            let policies = policies.iter().map(|it| (it.name.clone(), it.text.clone()));
            policies.collect::<Vec<_>>().encode(out);
            rules.encode(out);
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file is not a compiled rule set, is damaged, or is from another build.
    pub fn from_bytes(file: &[u8]) -> Result<Compiled, ContainerError> {
        let mut from = Reader::new(container::content_of(file)?);
        let embedded = Codec::decode(&mut from)?;
        let policies = Vec::<(String, String)>::decode(&mut from)?;
        let policies = policies.into_iter().map(|(name, text)| Arc::new(Source { name, text }));
        let policies = policies.collect();
        let mut rules = RuleSet::decode(&mut from)?;
        from.end()?;
        rules.check()?;
        rules.order_conditions();
        Ok(Compiled { rules, policies, embedded })
    }
}

codec_enum!(Level { Informational = 0, Low = 1, Medium = 2, High = 3, Critical = 4 });
codec_enum!(Status { Experimental = 0, Test = 1, Stable = 2, Deprecated = 3 });
codec_struct!(Active { from, until });
codec_struct!(MatcherName { name, pack });
codec_struct!(Terms { text, starts, weights });
codec_struct!(Origin { embedded, replaced });
codec_struct!(RuleSet {
    rules,
    correlations,
    matchers,
    terms,
    scanner,
    names,
    declared,
    hash,
    origin,
    costs,
    sampled_posts,
    trigger_starts,
    triggered,
    can_hit_without_literal,
    untriggered,
    order,
});

impl Codec for CompiledBoost {
    fn encode(&self, out: &mut Vec<u8>) {
        let CompiledBoost { text, expr, program: _, weight, evidence } = self;
        text.encode(out);
        expr.encode(out);
        weight.encode(out);
        evidence.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<CompiledBoost, DecodeError> {
        let (text, expr) = (Codec::decode(from)?, Expr::decode(from)?);
        let program = Program::new(&expr);
        let (weight, evidence) = (Codec::decode(from)?, Codec::decode(from)?);
        Ok(CompiledBoost { text, expr, program, weight, evidence })
    }
}

impl Codec for CompiledRule {
    fn encode(&self, out: &mut Vec<u8>) {
        let CompiledRule {
            id,
            pack,
            aliases,
            title,
            category,
            level,
            status,
            weight,
            boosts,
            condition,
            expr,
            program: _,
            scripts: _,
            languages,
            fields,
            active,
            evidence,
            redact,
            operands,
            deferred,
            deferred_for_score,
        } = self;
        for text in [id, pack, title, condition] {
            text.encode(out);
        }
        for list in [aliases, languages] {
            list.encode(out);
        }
        category.encode(out);
        level.encode(out);
        status.encode(out);
        weight.encode(out);
        boosts.encode(out);
        expr.encode(out);
        fields.encode(out);
        active.encode(out);
        for matchers in [evidence, redact, operands, deferred, deferred_for_score] {
            matchers.encode(out);
        }
    }

    fn decode(from: &mut Reader<'_>) -> Result<CompiledRule, DecodeError> {
        let [id, pack, title, condition] = Codec::decode(from)?;
        let [aliases, languages]: [Vec<String>; 2] = Codec::decode(from)?;
        let (category, level, status) =
            (Codec::decode(from)?, Codec::decode(from)?, Codec::decode(from)?);
        let (weight, boosts) = (Codec::decode(from)?, Codec::decode(from)?);
        let expr = Expr::decode(from)?;
        let (fields, active) = (Codec::decode(from)?, Codec::decode(from)?);
        let [evidence, redact, operands, deferred, deferred_for_score] = Codec::decode(from)?;
        Ok(CompiledRule {
            program: Program::new(&expr),
            scripts: Scripts::of_languages(&languages),
            id,
            pack,
            aliases,
            title,
            category,
            level,
            status,
            weight,
            boosts,
            condition,
            expr,
            languages,
            fields,
            active,
            evidence,
            redact,
            operands,
            deferred,
            deferred_for_score,
        })
    }
}

impl RuleSet {
    /// Checks that every number that is an index is in range.
    fn check(&self) -> Result<(), DecodeError> {
        let RuleSet { rules, matchers, terms, scanner, hash, costs, .. } = self;
        ensure(scanner.matchers() == matchers.len(), "the names of matchers")?;
        ensure(costs.len() == matchers.len(), "the costs of matchers")?;
        terms.check()?;
        scanner.check_terms(terms.len())?;
        let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        ensure(is_hash, "the hash of the rules")?;
        ensure(rules.is_sorted_by(|one, next| one.id < next.id), "the ids of rules")?;
        self.check_correlations()?;
        self.check_categories()?;
        self.check_triggers()?;
        let mut place = vec![u32::MAX; rules.len()];
        for (position, rule) in self.order.iter().enumerate() {
            *place.get_mut(rule.index()).ok_or(DecodeError("the order of rules"))? =
                position as u32;
        }
        let each_once = self.order.len() == rules.len() && !place.contains(&u32::MAX);
        ensure(each_once, "the order of rules")?;
        rules.iter().zip(&place).try_for_each(|(rule, own)| self.check_rule(rule, *own, &place))
    }

    fn check_correlations(&self) -> Result<(), DecodeError> {
        let RuleSet { rules, correlations, names, .. } = self;
        ensure(correlations.is_sorted_by(|one, next| one.id < next.id), "the ids of correlations")?;
        correlations
            .iter()
            .try_for_each(|own| codec_correlation::check(own, rules.len(), names.metas()))
    }

    fn check_categories(&self) -> Result<(), DecodeError> {
        let RuleSet { rules, correlations, declared, .. } = self;
        let in_order = declared.is_sorted_by(|one, next| one.category < next.category);
        let are_own = declared.iter().all(|it| it.category.is_own());
        ensure(in_order && are_own && declared.len() <= OWN_CATEGORIES_MAX, "the categories")?;
        let is_known = |category: Category| {
            let found = declared.binary_search_by(|it| it.category.cmp(&category));
            !category.is_own() || found.is_ok()
        };
        let counted = correlations.iter().map(|own| own.category);
        let mut named = rules.iter().map(|rule| rule.category).chain(counted);
        ensure(named.all(is_known), "the category of a rule")
    }

    fn check_triggers(&self) -> Result<(), DecodeError> {
        let RuleSet {
            trigger_starts, triggered, can_hit_without_literal, untriggered, order, ..
        } = self;
        ensure(are_starts(trigger_starts, self.matchers.len(), triggered.len()), "the triggers")?;
        let is_position = |position: &u32| (*position as usize) < order.len();
        ensure(triggered.iter().all(is_position), "a triggered rule")?;
        ensure(untriggered.iter().all(is_position), "a rule without a trigger")?;
        ensure(
            can_hit_without_literal.iter().all(|matcher| self.is_matcher(*matcher)),
            "a matcher that can hit without a literal",
        )
    }

    /// `place` is the position of each rule in the order of evaluation, `own` that of this rule.
    fn check_rule(&self, rule: &CompiledRule, own: u32, place: &[u32]) -> Result<(), DecodeError> {
        let CompiledRule { evidence, redact, operands, deferred, deferred_for_score, .. } = rule;
        let lists = [evidence, redact, operands, deferred, deferred_for_score];
        let boosts = rule.boosts.iter().map(|boost| &boost.evidence);
        let mut named = lists.into_iter().chain(boosts).flatten();
        ensure(named.all(|matcher| self.is_matcher(*matcher)), "a matcher of a rule")?;
        // The classifier would retry a matcher without regexes and entities endlessly.
        let mut searched = deferred.iter().chain(deferred_for_score);
        ensure(searched.all(|matcher| self.scanner.is_deferred(*matcher)), "a deferred matcher")?;
        ensure(rule.boosts.len() <= usize::from(u16::MAX), "the boosts of a rule")?;
        // `fired()` names rules that are evaluated earlier.
        let is_earlier = |rule: RuleIx| place.get(rule.index()).is_some_and(|its| *its < own);
        self.check_expr(&rule.expr, &is_earlier)?;
        let is_rule = |rule: RuleIx| rule.index() < place.len();
        rule.boosts.iter().try_for_each(|boost| self.check_expr(&boost.expr, &is_rule))
    }

    fn check_expr(
        &self,
        expr: &Expr,
        may_name: &dyn Fn(RuleIx) -> bool,
    ) -> Result<(), DecodeError> {
        let mut is_valid = true;
        expr.visit(&mut |node| {
            let operands = node.operands();
            is_valid &= operands.all_matchers().all(|matcher| self.is_matcher(matcher));
            is_valid &= operands.rule.is_none_or(may_name);
            is_valid &= operands.path.is_none_or(|path| path.index() < self.names.metas().len());
            if let Expr::Hit(Operand { any }) = node {
                is_valid &= !any.is_empty();
            }
        });
        ensure(is_valid, "a part of a condition")
    }

    fn is_matcher(&self, matcher: MatcherIx) -> bool {
        matcher.index() < self.matchers.len()
    }
}

impl Terms {
    fn check(&self) -> Result<(), DecodeError> {
        let Terms { text, starts, weights } = self;
        let are_cut = match starts[..] {
            [] => text.is_empty(),
            _ => are_starts(starts, self.len(), text.len()),
        };
        let at_characters = starts.iter().all(|start| text.is_char_boundary(*start as usize));
        ensure(are_cut && at_characters, "the texts of terms")?;
        let in_order = weights.is_sorted_by(|(one, _), (next, _)| one < next);
        let are_known = weights.iter().all(|(term, _)| term.index() < self.len());
        ensure(in_order && are_known, "the weights of terms")
    }
}
