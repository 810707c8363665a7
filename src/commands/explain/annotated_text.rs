//! A text with its hits underlined, and its form in each view.

use crate::term::layout::{Layout, Run};
use crate::term::palette::{FAINT, NAMES, PLAIN, STRONG};
use crate::term::say;
use crate::term::width;
use anstyle::Style;
use std::collections::BTreeMap;
use std::ops::Range;
use tidegate_analysis::explain::{Explanation, FieldReport, HitReport};

/// A colour for each matcher, in order of appearance.
pub struct MatcherColors(BTreeMap<String, Style>);

/// If a text has more rows than this, rows without a hit are omitted.
const ROWS_MAX: usize = 12;

/// Largest number of rows shown for the text of a view.
const READING_ROWS_MAX: usize = 4;

impl MatcherColors {
    /// Colours for the matchers of an explanation.
    pub fn of(explanation: &Explanation) -> MatcherColors {
        let mut colours = BTreeMap::new();
        for hit in explanation.fields.iter().flat_map(|field| &field.hits) {
            let next = NAMES[colours.len() % NAMES.len()];
            colours.entry(hit.matcher.clone()).or_insert(next);
        }
        MatcherColors(colours)
    }

    /// The colour of a matcher.
    pub fn style(&self, matcher: &str) -> Style {
        self.0.get(matcher).copied().unwrap_or_default()
    }
}

/// Hits with the same span.
struct Mark<'f> {
    characters: Range<usize>,
    hits: Vec<&'f HitReport>,
    style: Style,
}

impl Mark<'_> {
    /// `pack.game, pack.bait squeezed`.
    fn label(&self) -> Vec<Run> {
        let mut by_view: Vec<(&str, Vec<&str>)> = Vec::new();
        for hit in &self.hits {
            match by_view.iter_mut().find(|(view, _)| *view == hit.view) {
                Some((_, names)) if names.contains(&hit.matcher.as_str()) => {}
                Some((_, names)) => names.push(&hit.matcher),
                None => by_view.push((hit.view, vec![&hit.matcher])),
            }
        }
        let mut runs = Vec::new();
        for (at, (view, names)) in by_view.iter().enumerate() {
            let joint = if at > 0 { "; " } else { "" };
            runs.push((self.style, format!("{joint}{}", names.join(", "))));
            runs.push((FAINT, format!(" {view}")));
        }
        runs
    }
}

/// Writes a field: its text with hits underlined, then its form in each view, unless it is folded.
pub fn field(layout: &mut Layout, field: &FieldReport, colors: &MatcherColors, is_folded: bool) {
    let kind = if field.html { " (HTML)" } else { "" };
    layout.line(0, 0, &[(STRONG, format!("{}{kind}", field.field))]);
    let text = Text::new(field, layout.width().saturating_sub(2), colors);
    text.write(layout);
    if is_folded {
        return;
    }
    if field.other_hits > 0 {
        let note = match field.other_hits {
            1 => say!("1 more hit, of rules that are not shown"),
            hits => say!("{hits} more hits, of rules that are not shown"),
        };
        layout.line(2, 2, &[(FAINT, note)]);
    }
    readings(layout, field);
}

/// A field's text, cut into rows.
struct Text<'f> {
    characters: Vec<char>,
    rows: Vec<Range<usize>>,
    marks: Vec<Mark<'f>>,
}

impl<'f> Text<'f> {
    fn new(field: &'f FieldReport, width: usize, colors: &MatcherColors) -> Text<'f> {
        let characters: Vec<char> = field.text.chars().collect();
        let rows = rows(&characters, width);
        let mut by_place: BTreeMap<(usize, usize), Vec<&HitReport>> = BTreeMap::new();
        for hit in &field.hits {
            by_place.entry(hit.characters).or_default().push(hit);
        }
        let mark = |((start, end), hits): (_, Vec<&'f HitReport>)| {
            let style = colors.style(&hits[0].matcher);
            Mark { characters: start..end, hits, style }
        };
        Text { characters, rows, marks: by_place.into_iter().map(mark).collect() }
    }

    fn write(&self, layout: &mut Layout) {
        let mut left_out = 0;
        for row in &self.rows {
            let marks: Vec<&Mark<'_>> =
                self.marks.iter().filter(|mark| overlaps(&mark.characters, row)).collect();
            if marks.is_empty() && self.rows.len() > ROWS_MAX {
                left_out += 1;
                continue;
            }
            gap(layout, std::mem::take(&mut left_out));
            self.row(layout, row);
            marks.iter().for_each(|mark| self.underline(layout, row, mark));
        }
        gap(layout, left_out);
    }

    fn row(&self, layout: &mut Layout, row: &Range<usize>) {
        let mut runs: Vec<Run> = Vec::new();
        for at in row.clone() {
            let style = self.marks.iter().find(|mark| mark.characters.contains(&at));
            let style = style.map_or(PLAIN, |mark| mark.style);
            match runs.last_mut() {
                Some((last, text)) if *last == style => text.push(self.characters[at]),
                _ => runs.push((style, self.characters[at].to_string())),
            }
        }
        layout.whole(2, &runs);
    }

    /// Carets under the part of a hit in this row, and the matchers next to them if there is
    /// room.
    fn underline(&self, layout: &mut Layout, row: &Range<usize>, mark: &Mark<'_>) {
        let here = mark.characters.start.max(row.start)..mark.characters.end.min(row.end);
        let start = 2 + self.columns(row.start..here.start);
        let carets = "^".repeat(self.columns(here.clone()).max(1));
        let end = start + carets.len();
        if mark.characters.end > row.end {
            return layout.whole(start, &[(mark.style, carets)]);
        }
        let label = mark.label();
        let columns: usize =
            label.iter().map(|(_, text)| width::columns(&width::displayed(text))).sum();
        if end + 1 + columns <= layout.width() {
            let runs = [vec![(mark.style, carets + " ")], label].concat();
            layout.whole(start, &runs);
        } else if columns + 3 <= start {
            let before = start - columns - 1;
            let runs = [label, vec![(mark.style, format!(" {carets}"))]].concat();
            layout.whole(before, &runs);
        } else {
            layout.whole(start, &[(mark.style, carets)]);
            layout.line(4, 4, &label);
        }
    }

    fn columns(&self, characters: Range<usize>) -> usize {
        self.characters[characters].iter().map(|character| width::display_width(*character)).sum()
    }
}

fn overlaps(mark: &Range<usize>, row: &Range<usize>) -> bool {
    mark.start < row.end && row.start < mark.end
}

fn gap(layout: &mut Layout, rows: usize) {
    if rows > 0 {
        let note = match rows {
            1 => say!("⋯ 1 line without a hit"),
            _ => say!("⋯ {rows} lines without a hit"),
        };
        layout.line(2, 2, &[(FAINT, note)]);
    }
}

/// Splits a text into rows after line breaks and at `width` columns.
fn rows(characters: &[char], width: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut columns) = (0, 0);
    for (at, character) in characters.iter().enumerate() {
        let own = width::display_width(*character);
        if columns + own > width && at > start {
            rows.push(start..at);
            (start, columns) = (at, 0);
        }
        columns += own;
        if *character == '\n' {
            rows.push(start..at + 1);
            (start, columns) = (at + 1, 0);
        }
    }
    if start < characters.len() || rows.is_empty() {
        rows.push(start..characters.len());
    }
    rows
}

/// Writes the text of the field in each view.
fn readings(layout: &mut Layout, field: &FieldReport) {
    let name = |views: &[String]| views.join(", ").replace('+', " + ");
    let widest = field.readings.iter().map(|it| name(&it.views).len()).max().unwrap_or(0);
    let widest = widest.min(layout.width() / 3);
    for reading in &field.readings {
        let label = format!("{:widest$}  ", name(&reading.views));
        let hang = 2 + widest + 2;
        let room = (layout.width() - hang) * READING_ROWS_MAX;
        let mut columns = 0;
        let fits = |character: &char| {
            columns += width::display_width(*character);
            columns <= room
        };
        let text: String = reading.text.chars().take_while(fits).collect();
        let rest = if text.len() < reading.text.len() { " ⋯" } else { "" };
        layout.line(2, hang, &[(FAINT, label), (PLAIN, text), (FAINT, rest.to_owned())]);
    }
}
