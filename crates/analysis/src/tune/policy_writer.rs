//! Writes a policy with fitted weights and thresholds.
//!
//! Input: a valid policy file with those that it extends, and the fit. Output: the text of a policy
//! with everything that they contain, except comments, plus the fitted thresholds and an override with its reason for each
//! weight. Overrides are applied in order, so the added ones take precedence.

use super::figures::Figures;
use super::fit::{Fit, WeightChange};
use super::training::Tuned;
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::domain::score::Score;
use tidegate_engine::message::{Message, message};
use tidegate_engine::policy::Limits;
use tidegate_engine::policy::schema::{self, ActionName, CategoryBody, ModeName, Thresholds};
use tidegate_engine::rules::source::thresholds::ALL_ACTIONS;
use tidegate_engine::rules::source::yaml::{self, At, Entries, OneOrMany};
use tidegate_messages::Language;

/// The text of a policy with the changes of `tuned`. `chain` is the policy and what it extends, in
/// order; the text contains all of it and extends none.
pub fn policy_text(chain: &[Arc<Source>], tuned: &Tuned, language: Language) -> String {
    let policy = joined_policy(chain);
    let name = chain.first().map_or("", |source| source.name.as_str());
    let mut out = language.say(&message!(
        "# Fitted by `tidegate tune` to a precision of {}, from the policy {}.\n\
         # Every change has its reason below; the figures are those of held-out rows, and precision\n\
         # counts harmless rows as wrong.\n",
        tuned.precision,
        one_line(name)
    ));
    for fit in &tuned.categories {
        for warning in &fit.warnings {
            let warning = message!("# WARNING, {}: {warning}", fit.category);
            let _ = writeln!(out, "{}", language.say(&warning));
        }
    }
    out.push_str("tidegate: 1\nkind: policy\n");
    for (key, text) in [("title", &policy.title), ("description", &policy.description)] {
        if let Some(text) = text {
            let _ = writeln!(out, "{key}: {}", quoted(&text.value));
        }
    }
    if !policy.actions.0.is_empty() {
        let names: Vec<&str> = policy.actions.0.iter().map(|it| action(it.value)).collect();
        let _ = writeln!(out, "actions: [{}]", names.join(", "));
    }
    categories(&mut out, &policy.categories, tuned, language);
    channels(&mut out, &policy, tuned);
    overrides(&mut out, &policy, tuned, language);
    exceptions(&mut out, &policy);
    out
}

/// One policy with all that the policies of a chain say. Thresholds of the first apply where it names
/// them; its channels come first; its overrides apply last.
fn joined_policy(chain: &[Arc<Source>]) -> schema::Policy {
    let mut joined = schema::Policy::default();
    for source in chain {
        let below = yaml::read::<schema::Policy>(source).value.unwrap_or_default();
        joined.title = joined.title.or(below.title);
        joined.description = joined.description.or(below.description);
        for (name, body) in below.categories.0 {
            match joined.categories.0.iter_mut().find(|(own, _)| own.value == name.value) {
                Some((_, own)) => *own = joined_body(own.take(), body),
                None => joined.categories.0.push((name, body)),
            }
        }
        joined.channels.0.extend(below.channels.0);
        joined.rules.0.splice(0..0, below.rules.0);
        joined.exceptions.0.splice(0..0, below.exceptions.0);
        joined.actions.0.extend(below.actions.0);
    }
    let is_named = |action: ActionName| joined.actions.0.iter().any(|it| it.value == action);
    let all = ALL_ACTIONS.into_iter().filter(|action| is_named(*action));
    let all = all.map(|value| At { value, range: 0..0 }).collect();
    // A policy that names no actions uses all.
    let names_none = |source| {
        let policy = yaml::read::<schema::Policy>(source).value.unwrap_or_default();
        policy.actions.0.is_empty()
    };
    joined.actions = OneOrMany(if chain.iter().any(names_none) { Vec::new() } else { all });
    joined
}

/// What both say of a category; `own` where both name a value.
fn joined_body(own: Option<CategoryBody>, below: Option<CategoryBody>) -> Option<CategoryBody> {
    let (Some(own), Some(below)) = (own.clone(), below.clone()) else { return own.or(below) };
    Some(CategoryBody {
        title: own.title.or(below.title),
        title_zh: own.title_zh.or(below.title_zh),
        flag: own.flag.or(below.flag),
        review: own.review.or(below.review),
        block: own.block.or(below.block),
        care: own.care.or(below.care),
        max: own.max.or(below.max),
    })
}

/// Categories of the policy, and those that were fitted with the thresholds of their pack.
fn categories(
    out: &mut String,
    entries: &Entries<CategoryBody>,
    tuned: &Tuned,
    language: Language,
) {
    let is_named = |fit: &Fit| entries.0.iter().any(|(name, _)| name.value == fit.category);
    let fitted = tuned.categories.iter().filter(|fit| fit.new_flag.is_some() && !is_named(fit));
    let fitted: Vec<(&str, CategoryBody)> =
        fitted.map(|fit| (fit.category, CategoryBody::default())).collect();
    let written = entries.0.iter().filter_map(|(name, body)| Some((&*name.value, body.as_ref()?)));
    let all: Vec<(&str, &CategoryBody)> =
        written.chain(fitted.iter().map(|(name, body)| (*name, body))).collect();
    if !all.is_empty() {
        out.push_str("categories:\n");
    }
    for (name, body) in all {
        let fit = fit_of(tuned, name);
        if let Some((fit, new)) = fit.and_then(|fit| Some((fit, fit.new_flag?))) {
            let old = fit.old_flag.map_or_else(|| message!("none"), printed);
            let line = message!("flag {old} → {new}: {}", reason(fit));
            let _ = writeln!(out, "  # {}", language.say(&line));
        }
        let new = fit.and_then(|fit| fit.channels.last().copied());
        let base = new.map(|new| (new, Limits::default()));
        let titles = [("title", &body.title), ("title_zh", &body.title_zh)];
        let titles = titles.map(|(key, text)| (key, text.as_ref().map(|text| quoted(&text.value))));
        let entries = [joined(&titles), thresholds_text(&body.thresholds(), base)];
        let entries: Vec<String> = entries.into_iter().filter(|it| !it.is_empty()).collect();
        let _ = writeln!(out, "  {name}: {{ {} }}", entries.join(", "));
    }
}

fn fit_of<'t>(tuned: &'t Tuned, category: &str) -> Option<&'t Fit> {
    tuned.categories.iter().find(|fit| fit.category == category && !fit.channels.is_empty())
}

/// `flag: 2, review: 6`: what is written, with new values, and those of `new` that are not
/// inherited from the second limits.
fn thresholds_text(thresholds: &Thresholds, new: Option<(Limits, Limits)>) -> String {
    let Thresholds { flag, review, block, care, max } = thresholds;
    let points =
        |value: &Option<At<f64>>| value.as_ref().and_then(|it| Score::from_points(it.value));
    let fitted = |written: &Option<At<f64>>, of: fn(&Limits) -> Option<Score>| match new {
        Some((new, base)) => of(&new).filter(|it| written.is_some() || of(&base) != Some(*it)),
        None => points(written),
    };
    let all = [
        ("flag", fitted(flag, |it| it.flag)),
        ("review", fitted(review, |it| it.review)),
        ("block", fitted(block, |it| it.block)),
        ("care", points(care)),
        ("max", points(max)),
    ];
    let all = all.iter().filter_map(|(name, value)| value.map(|value| format!("{name}: {value}")));
    all.collect::<Vec<_>>().join(", ")
}

fn channels(out: &mut String, policy: &schema::Policy, tuned: &Tuned) {
    if !policy.channels.0.is_empty() {
        out.push_str("channels:\n");
    }
    for (number, channel) in policy.channels.0.iter().enumerate() {
        let when = channel.value.when.as_ref().map_or(String::new(), |when| quoted(&when.value));
        let _ = writeln!(out, "  - when: {when}");
        let named = channel.value.categories.0.iter();
        let named: Vec<String> = named
            .filter_map(|(name, it)| {
                let new = fit_of(tuned, &name.value)
                    .and_then(|fit| Some((fit.channels[number], *fit.channels.last()?)));
                Some(format!("{}: {{ {} }}", name.value, thresholds_text(it.as_ref()?, new)))
            })
            .collect();
        if !named.is_empty() {
            let _ = writeln!(out, "    categories: {{ {} }}", named.join(", "));
        }
    }
}

fn overrides(out: &mut String, policy: &schema::Policy, tuned: &Tuned, language: Language) {
    let added: Vec<String> = tuned.categories.iter().flat_map(|fit| added(fit, language)).collect();
    if policy.rules.0.is_empty() && added.is_empty() {
        return;
    }
    out.push_str("rules:\n");
    for one in &policy.rules.0 {
        let schema::Override { rule, weight, mode, reason, expires } = &one.value;
        let mode = mode.map(|mode| match mode {
            ModeName::Enforce => "enforce".to_owned(),
            ModeName::Shadow => "shadow".to_owned(),
            ModeName::Disabled => "disabled".to_owned(),
        });
        let weight = weight.as_ref().and_then(|it| Score::from_points(it.value));
        let keys = [
            ("rule", rule.as_ref().map(|it| quoted(&it.value))),
            ("weight", weight.map(|it| it.to_string())),
            ("mode", mode),
            ("reason", reason.as_ref().map(|it| quoted(&it.value))),
            ("expires", expires.as_ref().map(|it| it.value.clone())),
        ];
        let _ = writeln!(out, "  - {{ {} }}", joined(&keys));
    }
    added.iter().for_each(|line| out.push_str(line));
}

/// Overrides for the weights of a fit.
fn added(fit: &Fit, language: Language) -> Vec<String> {
    let one = |change: &WeightChange| {
        let reason = message!(
            "tuned from {}: fired on {} training rows of {} and {} harmless ones; {}",
            change.old,
            change.right,
            fit.category,
            change.harmless,
            reason(fit)
        );
        let keys = [
            ("rule", Some(quoted(&change.rule))),
            ("weight", Some(change.new.to_string())),
            ("reason", Some(quoted(&language.say(&reason)))),
        ];
        format!("  - {{ {} }}\n", joined(&keys))
    };
    fit.weights.iter().map(one).collect()
}

/// `held out: precision 0.912 → 0.951, recall 0.602 → 0.588`.
fn reason(fit: &Fit) -> Message {
    let [before, after] = &fit.held_back;
    let rate = |of: fn(&Figures) -> Option<f64>| {
        let rate = |rate: f64| Message::verbatim(format!("{rate:.3}"));
        let text = |figures| of(figures).map_or_else(|| message!("none"), rate);
        Message::joined([text(before), Message::verbatim(" → "), text(after)])
    };
    message!(
        "held out: precision {}, recall {}",
        rate(|it| it.precision_against_harmless.map(|rate| rate.value)),
        rate(|it| it.recall.map(|rate| rate.value))
    )
}

fn exceptions(out: &mut String, policy: &schema::Policy) {
    if !policy.exceptions.0.is_empty() {
        out.push_str("exceptions:\n");
    }
    for one in &policy.exceptions.0 {
        let schema::Exception { rules, when, reason, expires } = &one.value;
        let rules = rules.as_ref().map(|rules| {
            let names: Vec<String> = rules.0.iter().map(|rule| quoted(&rule.value)).collect();
            format!("[{}]", names.join(", "))
        });
        let keys = [
            ("rules", rules),
            ("when", when.as_ref().map(|it| quoted(&it.value))),
            ("reason", reason.as_ref().map(|it| quoted(&it.value))),
            ("expires", expires.as_ref().map(|it| it.value.clone())),
        ];
        let _ = writeln!(out, "  - {{ {} }}", joined(&keys));
    }
}

fn joined(keys: &[(&str, Option<String>)]) -> String {
    let entries =
        keys.iter().filter_map(|(key, value)| Some(format!("{key}: {}", value.as_ref()?)));
    entries.collect::<Vec<_>>().join(", ")
}

fn action(name: ActionName) -> &'static str {
    match name {
        ActionName::Allow => "allow",
        ActionName::Flag => "flag",
        ActionName::Review => "review",
        ActionName::Block => "block",
    }
}

fn printed(score: Score) -> Message {
    Message::verbatim(score.to_string())
}

/// A YAML scalar in double quotes; every JSON string is one.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Escapes line ends, for use in a comment.
fn one_line(text: &str) -> String {
    text.escape_debug().to_string()
}
