//! Reads `limits:` and `operations:`.

use super::fault::Fault;
use super::limits::FACTOR_MAX;
use super::model::{Limit, Operation, Per};
use super::reader::Reader;
use super::schema::{LimitBody, LimitValue, OperationKeys, PerName, Text};
use super::written::MomentText;
use super::{units, when};
use crate::model::{Micro, POINT, Seconds};
use std::ops::Range;
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::source::suggest;
use tidegate_engine::rules::source::yaml::{At, Entries, OneOrMany};

/// The action that may be limited.
const BLOCK: &str = "block";

/// What a file says about breakers.
pub fn limits(reader: &mut Reader<'_>, keys: &Entries<OneOrMany<At<LimitValue>>>) -> Vec<Limit> {
    let mut limits: Vec<(Limit, Range<usize>)> = Vec::new();
    for (action, values) in &keys.0 {
        if action.value != BLOCK {
            let help = match suggest::nearest(&action.value, [BLOCK]) {
                Some(near) => message!("did you mean `{near}`?"),
                None => message!("past a limit `block` becomes `review`: write `block: 2000/hour`"),
            };
            let message = message!("only `block` can be limited, not `{}`", action.value);
            reader.error(&action.range, "unknown_key", message, help);
            continue;
        }
        let values = values.as_ref().map_or(&[][..], |values| &values.0);
        reader.not_too_many(values, BLOCK);
        for written in values {
            let Some(limit) = limit(reader, written) else { continue };
            let same =
                limits.iter().find(|(it, _)| (it.per, it.period) == (limit.per, limit.period));
            if let Some((_, first)) = same.cloned() {
                let help = message!("keep the smaller one");
                let message = message!("there is a limit of this period already");
                let first = reader.place(&first);
                reader.bad(&written.range, message, help);
                if let Some(error) = reader.errors.pop() {
                    reader.errors.push(error.related(first, message!("first here")));
                }
            }
            limits.push((limit, written.range.clone()));
        }
    }
    limits.into_iter().map(|(limit, _)| limit).collect()
}

fn limit(reader: &mut Reader<'_>, written: &At<LimitValue>) -> Option<Limit> {
    let (rate, per) = match &written.value {
        LimitValue::Rate(rate) => (rate, None),
        LimitValue::Keys(LimitBody { limit: Some(rate), per }) => (rate, per.as_ref()),
        LimitValue::Keys(LimitBody { limit: None, per: _ }) => {
            let help = message!("posts in a period, such as `limit: 2000/hour`");
            reader.missing("limit", &written.range, help);
            return None;
        }
    };
    let (count, period) = reader.text(Some(rate), units::rate)?;
    Some(Limit { count, period, per: per.map_or_else(Per::default, |per| counted(per.value)) })
}

fn counted(name: PerName) -> Per {
    match name {
        PerName::All => Per::All,
        PerName::Channel => Per::Channel,
        PerName::Category => Per::Category,
        PerName::Rule => Per::Rule,
    }
}

/// What a file says about operations.
pub fn operations(reader: &mut Reader<'_>, written: &[At<OperationKeys>]) -> Vec<Operation> {
    reader.not_too_many(written, "operations");
    let ids: Vec<&Text> = written.iter().filter_map(|it| it.value.id.as_ref()).collect();
    let help = message!("cases and reports name operations by their ids");
    reader.unique(&ids, "duplicate_id", &help);
    written.iter().filter_map(|it| operation(reader, it)).collect()
}

fn operation(reader: &mut Reader<'_>, written: &At<OperationKeys>) -> Option<Operation> {
    let At { value: OperationKeys { id, from, until, when, points, queue }, range } = written;
    let id = match id {
        Some(id) => reader.name(id),
        None => {
            let help = message!("a short name that stays, such as `id: clear-loans-2026`");
            reader.missing("id", range, help);
            None
        }
    };
    let first = required_moment(reader, "from", from.as_ref(), range, false);
    let last = required_moment(reader, "until", until.as_ref(), range, true);
    if let (Some(first), Some(last), Some(until)) = (first, last, until)
        && last < first
    {
        let help = message!("exchange the two, or correct one of them");
        reader.bad(&until.range, message!("`until` is before `from`"), help);
    }
    let clauses = match when {
        Some(text) => reader.text(Some(text), when::parse),
        None => {
            let help = message!(
                "which posts, such as `when: category == fraud`; `rule == *` is every post with a rule"
            );
            reader.missing("when", range, help);
            None
        }
    };
    let points = factor(reader, points.as_ref());
    let queue = factor(reader, queue.as_ref());
    Some(Operation { id: id?, from: first?, until: last?, when: clauses?, points, queue })
}

fn required_moment(
    reader: &mut Reader<'_>,
    key: &str,
    written: Option<&At<MomentText>>,
    range: &Range<usize>,
    is_end: bool,
) -> Option<Seconds> {
    if written.is_none() {
        reader.missing(key, range, message!("a day, such as `{key}: 2026-03-01`"));
    }
    let read = |text: &str| -> Result<Seconds, Fault> { units::moment(text, is_end) };
    reader.text(written, read)
}

/// A factor over 0; 1 without one.
fn factor(reader: &mut Reader<'_>, written: Option<&At<f64>>) -> Micro {
    let read = written.and_then(|it| read_factor(reader, it));
    read.unwrap_or(POINT)
}

fn read_factor(reader: &mut Reader<'_>, written: &At<f64>) -> Option<Micro> {
    let At { value, range } = written;
    let help: Message = message!("1 changes nothing, 2 doubles, 0.5 halves");
    if *value <= 0.0 {
        reader.bad(range, message!("a factor must be above 0"), help);
        return None;
    }
    let factor = units::micros(*value, FACTOR_MAX).filter(|factor| *factor > 0);
    if factor.is_none() {
        let message = message!("a factor has at most six decimals and is at most {FACTOR_MAX}");
        reader.bad(range, message, help);
    }
    factor
}
