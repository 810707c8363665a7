//! A chart of counts by hour.

use crate::model::Seconds;
use crate::output::time;
use std::collections::BTreeMap;
use tidegate_analysis::html::chart::{Column, Columns, Piece};
use tidegate_analysis::html::{Count, SafeText};

/// Most columns.
const COLUMNS_MAX: i64 = 60;

/// Lengths of columns in hours.
const LENGTHS: [i64; 9] = [1, 2, 3, 6, 12, 24, 48, 168, 672];

/// Columns of counts by hour (since 1970), hours without posts included; `None` without counts.
/// `label` is the accessible description.
pub fn hours_chart(label: &str, height: f64, hours: &BTreeMap<i64, u64>) -> Option<Columns> {
    let (first, last) = (*hours.keys().next()?, *hours.keys().next_back()?);
    let fits = |length: &i64| {
        last.div_euclid(*length).saturating_sub(first.div_euclid(*length)) < COLUMNS_MAX
    };
    let longest = last.saturating_sub(first) / (COLUMNS_MAX - 2) + 1;
    let length = LENGTHS.into_iter().find(fits).unwrap_or(longest);
    let place = |hour: i64| hour.div_euclid(length);
    let mut counts: BTreeMap<i64, u64> = (place(first)..=place(last)).map(|at| (at, 0)).collect();
    for (hour, count) in hours {
        *counts.entry(place(*hour)).or_default() += count;
    }
    let column = |(at, value): (i64, u64)| {
        let start = at.saturating_mul(length).saturating_mul(3600);
        let title = SafeText::of(&format!("{} · {}", moment(start), Count(value)));
        let class = "fill-1";
        Column { label: short(start, length), pieces: vec![Piece { class, value, title }] }
    };
    Some(Columns::new(label, height, counts.into_iter().map(column).collect()))
}

/// `2026-03-02 10:00`.
fn moment(at: Seconds) -> String {
    let text = time(at);
    match text.split_once('T') {
        Some((day, rest)) => format!("{day} {}", rest.get(..5).unwrap_or(rest)),
        None => text,
    }
}

/// `03-02 10:00`; the day alone for long columns.
fn short(at: Seconds, hours: i64) -> String {
    let text = moment(at);
    let end = if hours < 24 { text.len() } else { text.find(' ').unwrap_or(text.len()) };
    let start = if hours < 24 { text.find('-').map_or(0, |dash| dash + 1) } else { 0 };
    text.get(start..end).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_many_as_fit() {
        for (hours, columns) in [(1, 1), (60, 60), (61, 31), (24 * 59, 59), (1_000_000, 58)] {
            let counts = BTreeMap::from([(0, 1), (hours - 1, 2)]);
            let drawn = hours_chart("x", 100.0, &counts).unwrap().to_string();
            // Columns without posts have no rectangle, and labels are at most 6 of all.
            assert_eq!(drawn.matches("<rect").count(), if hours == 1 { 1 } else { 2 }, "{hours}");
            let width = (760.0 - 52.0) / f64::from(columns) * 0.84;
            assert!(drawn.contains(&format!("width=\"{width:.1}")), "{hours}: {drawn}");
        }
        assert!(hours_chart("x", 100.0, &BTreeMap::new()).is_none());
    }

    #[test]
    fn far_away_hours_are_drawn() {
        let counts = BTreeMap::from([(i64::MIN / 4000, 1), (i64::MAX / 4000, 1)]);
        assert!(hours_chart("x", 100.0, &counts).is_some());
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(short(1_772_445_600, 1), "03-02 10:00");
        assert_eq!(short(1_772_445_600, 24), "2026-03-02");
    }
}
