//! Shared by all parts of an explanation: the judged post, and the names of matchers and
//! conditions.

use tidegate_engine::classifier::{Classifier, Inspection};
use tidegate_engine::domain::field::{FieldId, FieldSet};
use tidegate_engine::domain::ids::{MatcherIx, RuleIx};
use tidegate_engine::domain::limits::SEGMENT_CHARS_MAX;
use tidegate_engine::domain::span::Span;
use tidegate_engine::domain::view::View;
use tidegate_engine::message::{Message, message};
use tidegate_engine::policy::ResolvedPolicy;
use tidegate_engine::post::Post;
use tidegate_engine::rules::compiled::{CompiledRule, RuleSet};
use tidegate_engine::rules::condition::expr::{Expr, Extent, Measure, Operand, Value};
use tidegate_engine::rules::condition::window::Window;
use tidegate_engine::scan::hits::Hit;

/// One judged post.
pub(super) struct Context<'s> {
    pub classifier: &'s Classifier,
    pub post: &'s Post<'s>,
    pub inspection: &'s Inspection<'s>,
}

/// Most matchers listed by name; the rest is only counted.
const NAMES_MAX: usize = 12;

/// Most characters quoted of a window: a segment is not longer.
const WINDOW_CHARS_MAX: usize = SEGMENT_CHARS_MAX as usize;

/// Most characters quoted of a text.
const QUOTE_CHARS_MAX: usize = 40;

impl<'s> Context<'s> {
    pub fn rules(&self) -> &'s RuleSet {
        self.classifier.rules()
    }

    pub fn policy(&self) -> &'s ResolvedPolicy {
        self.classifier.policy()
    }

    pub fn rule(&self, rule: RuleIx) -> &'s CompiledRule {
        self.rules().rule(rule)
    }

    /// Whether a fired rule redacts this span.
    pub fn is_masked(&self, field: FieldId, span: Span) -> bool {
        let masked = self.inspection.masked().iter();
        masked.filter(|it| it.0 == field).any(|it| it.1.overlaps(span))
    }

    /// The text of a span, with redacted characters masked.
    pub fn text(&self, field: FieldId, span: Span) -> String {
        let text = self.post.text(field).unwrap_or_default();
        let stretch = text.get(span.range()).unwrap_or_default();
        if !self.is_masked(field, span) {
            return stretch.to_owned();
        }
        let masked = |(at, character): (usize, char)| {
            let start = span.start() + at as u32;
            let own = Span::new(start, start + character.len_utf8() as u32);
            if self.is_masked(field, own) { '*' } else { character }
        };
        stretch.char_indices().map(masked).collect()
    }

    /// The text of a hit; masked as a whole if redacted, as in a verdict.
    pub fn hit_text(&self, hit: &Hit) -> String {
        let text = self.post.text(hit.field).unwrap_or_default();
        let stretch = text.get(hit.span.range()).unwrap_or_default();
        if self.is_masked(hit.field, hit.span) {
            return stretch.chars().map(|_| '*').collect();
        }
        stretch.to_owned()
    }

    /// A hit in quotes, with its view unless that is `exact` or `folded`.
    pub fn quote(&self, hit: &Hit) -> String {
        let text = cut(&self.hit_text(hit));
        let view =
            if hit.view > View::Folded { format!(" ({})", hit.view.name()) } else { String::new() };
        format!("“{text}”{view}")
    }

    /// The text of a window, on one line and cut, with redacted characters masked.
    pub fn window(&self, window: &Window) -> String {
        let text = self.post.texts().find(|text| text.field == window.field);
        let span = text.map_or(Span::new(0, 0), |text| window.span_in(text.text, text.html));
        let words = self.text(window.field, span);
        let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
        cut_at(&line, WINDOW_CHARS_MAX)
    }

    /// The scripts of some fields, and the language that the post claims.
    pub fn languages(&self, fields: FieldSet) -> Message {
        let scripts: Vec<&str> = self.inspection.scripts(fields).names().collect();
        let scripts = match scripts.as_slice() {
            [] => message!("the text has no letters"),
            some => message!("the text is in {} script", some.join(" and ")),
        };
        match self.post.meta(tidegate_engine::domain::field::MetaId::LANG) {
            Some(claim) => message!("{scripts}, the post says {}", cut(claim)),
            None => scripts,
        }
    }

    /// A matcher as written in conditions of `pack`.
    pub fn matcher(&self, matcher: MatcherIx, pack: &str) -> String {
        let (own, name) = (self.rules().matcher_pack(matcher), self.rules().matcher_name(matcher));
        if own == pack { name.to_owned() } else { format!("{own}.{name}") }
    }

    fn matchers(&self, matchers: &[MatcherIx], pack: &str, joint: &str) -> String {
        let shown = matchers.iter().take(NAMES_MAX);
        let mut names: Vec<String> = shown.map(|matcher| self.matcher(*matcher, pack)).collect();
        if matchers.len() > NAMES_MAX {
            names.push(format!("{} others", matchers.len() - NAMES_MAX));
        }
        names.join(joint)
    }

    /// An operand as written in conditions of `pack`.
    pub fn operand(&self, operand: &Operand, pack: &str) -> String {
        let names = self.matchers(&operand.any, pack, " or ");
        if operand.any.len() == 1 { names } else { format!("({names})") }
    }

    /// A single node of a condition, without its children, as written in `pack`.
    pub fn fact(&self, expr: &Expr, pack: &str) -> String {
        let path = |path: &tidegate_engine::domain::field::MetaId| {
            &self.rules().names().metas()[path.index()]
        };
        match expr {
            Expr::And(_) => "and".to_owned(),
            Expr::Or(_) => "or".to_owned(),
            Expr::Not(_) => "not".to_owned(),
            Expr::Hit(operand) => self.matchers(&operand.any, pack, " or "),
            Expr::Near { left, right, within, ordered } => {
                let word = if *ordered { "before" } else { "near" };
                format!(
                    "{} {word}/{within} {}",
                    self.operand(left, pack),
                    self.operand(right, pack)
                )
            }
            Expr::Scoped { key, extent, inner: _ } => {
                let extent = match extent {
                    Extent::Around(within) => format!("around/{within}"),
                    Extent::Segment => "in segment".to_owned(),
                };
                format!("{} {extent}", self.operand(key, pack))
            }
            Expr::AtLeast { count, of } => {
                let set = self.matchers(of, pack, ", ");
                match *count as usize {
                    1 => format!("any of ({set})"),
                    all if all == of.len() => format!("all of ({set})"),
                    count => format!("{count} of ({set})"),
                }
            }
            Expr::Measure { what, op, value } => {
                let what = match what {
                    Measure::Count(matcher) => format!("count({})", self.matcher(*matcher, pack)),
                    Measure::Distinct(matcher) => {
                        format!("distinct({})", self.matcher(*matcher, pack))
                    }
                    Measure::Length => "length".to_owned(),
                };
                format!("{what} {} {value}", op.sign())
            }
            Expr::Lang { any, negated } => match (any.as_slice(), negated) {
                ([one], false) => format!("lang == {one}"),
                ([one], true) => format!("lang != {one}"),
                _ => format!("lang in [{}]", any.join(", ")),
            },
            Expr::Meta { path: at, op, value } => {
                format!("post.{} {} {}", path(at), op.sign(), constant(value))
            }
            Expr::MetaIn { path: at, values } => {
                let values: Vec<String> = values.iter().map(constant).collect();
                format!("post.{} in [{}]", path(at), values.join(", "))
            }
            Expr::Has(at) => format!("has(post.{})", path(at)),
            Expr::Fired(rule) => format!("fired({})", self.rule(*rule).id),
            Expr::Evaded(matcher) => format!("evaded({})", self.matcher(*matcher, pack)),
        }
    }

    /// The text of a whole condition of a policy. Recursive: the parser limits the depth.
    pub fn post_condition(&self, expr: &Expr) -> String {
        let inner = |part: &Expr| match part {
            Expr::And(_) | Expr::Or(_) => format!("({})", self.post_condition(part)),
            _ => self.post_condition(part),
        };
        match expr {
            Expr::And(parts) => parts.iter().map(inner).collect::<Vec<_>>().join(" and "),
            Expr::Or(parts) => parts.iter().map(inner).collect::<Vec<_>>().join(" or "),
            Expr::Not(part) => format!("not {}", inner(part)),
            _ => self.fact(expr, ""),
        }
    }
}

/// A constant as written in conditions.
fn constant(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Text(text) => {
            let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            if !text.is_empty() && text.bytes().all(is_bare) {
                text.clone()
            } else {
                format!("\"{text}\"")
            }
        }
    }
}

/// `text`, cut after [`QUOTE_CHARS_MAX`] characters.
pub(super) fn cut(text: &str) -> String {
    cut_at(text, QUOTE_CHARS_MAX)
}

fn cut_at(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
