//! Charts as plain SVG: stacked bars of a whole, and stacked columns with labels.
//!
//! Sizes are in units of the drawing. Colours are CSS classes (`fill-…`) that the style of the page
//! frame defines, so that light, dark and print each have their own.

use super::SafeText;
use askama::Template;

/// One segment of a bar or column.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its colour class: `fill-…`.
    pub class: &'static str,
    /// Its value.
    pub value: u64,
    /// Tooltip.
    pub title: SafeText,
}

/// A rectangle.
#[derive(Clone, Debug)]
pub struct Block {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    class: &'static str,
    title: SafeText,
}

/// A horizontal stacked bar.
#[derive(Clone, Debug, Template)]
#[template(path = "chart-bar.html")]
pub struct Bar {
    blocks: Vec<Block>,
}

impl Bar {
    /// A bar whose full width is `whole`.
    pub fn new(pieces: Vec<Piece>, whole: u64) -> Bar {
        let mut x = 0.0;
        let mut blocks = Vec::new();
        for Piece { class, value, title } in pieces.into_iter().filter(|piece| piece.value > 0) {
            // A minimum width keeps small values visible.
            let width = (100.0 * value as f64 / whole.max(1) as f64).max(0.4);
            blocks.push(Block { x, y: 0.0, width, height: 10.0, class, title });
            x += width;
        }
        Bar { blocks }
    }
}

/// A stacked column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Label below it, shown if there is room.
    pub label: String,
    /// Segments, from the bottom up.
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Rule {
    y: f64,
    label: String,
}

#[derive(Clone, Debug)]
struct Tick {
    x: f64,
    anchor: &'static str,
    label: String,
}

/// Stacked columns with a scale and labels.
#[derive(Clone, Debug, Template)]
#[template(path = "chart-columns.html")]
pub struct Columns {
    label: SafeText,
    height: f64,
    blocks: Vec<Block>,
    rules: Vec<Rule>,
    ticks: Vec<Tick>,
}

/// Dimensions, in units of the drawing: width, and margins for scale and labels.
const WIDTH: f64 = 760.0;
const LEFT: f64 = 52.0;
const BELOW: f64 = 22.0;
const ABOVE: f64 = 8.0;

/// Most labels below the columns.
const TICKS_MAX: usize = 6;

impl Columns {
    /// Columns in a drawing of `height` units; `label` is the accessible description.
    pub fn new(label: &str, height: f64, columns: Vec<Column>) -> Columns {
        let sum = |column: &Column| column.pieces.iter().map(|piece| piece.value).sum::<u64>();
        let (top, step) = scale(columns.iter().map(sum).max().unwrap_or(0));
        let floor = height - BELOW;
        let unit = (floor - ABOVE) / top as f64;
        let pitch = (WIDTH - LEFT) / columns.len().max(1) as f64;
        let rule = |value: u64| Rule { y: floor - value as f64 * unit, label: short(value) };
        let rules = (0..=top).step_by(step as usize).map(rule).collect();
        let (mut blocks, mut ticks) = (Vec::new(), Vec::new());
        let every = columns.len().div_ceil(TICKS_MAX).max(1);
        for (at, column) in columns.into_iter().enumerate() {
            let x = LEFT + at as f64 * pitch;
            if at % every == 0 {
                let middle = x + pitch / 2.0;
                let anchor = if middle > WIDTH - 40.0 { "end" } else { "middle" };
                let x = if anchor == "end" { WIDTH } else { middle };
                ticks.push(Tick { x, anchor, label: column.label });
            }
            let mut y = floor;
            for Piece { class, value, title } in column.pieces {
                let height = value as f64 * unit;
                y -= height;
                if value > 0 {
                    blocks.push(Block {
                        x: x + pitch * 0.08,
                        y,
                        width: pitch * 0.84,
                        height,
                        class,
                        title,
                    });
                }
            }
        }
        Columns { label: SafeText::of(label), height, blocks, rules, ticks }
    }
}

/// The top of the scale, a round number not less than `most`, and the distance between its lines.
fn scale(most: u64) -> (u64, u64) {
    let rough = (most.max(1) as f64 / 4.0).max(1.0);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|it| it * power >= rough).unwrap_or(10.0);
    let step = ((step * power) as u64).max(1);
    (most.max(1).div_ceil(step) * step, step)
}

/// `12`, `3.4k`, `5M`.
fn short(value: u64) -> String {
    let units = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    let Some((size, unit)) = units.into_iter().find(|(size, _)| value >= *size) else {
        return value.to_string();
    };
    let tenths = value * 10 / size;
    match tenths % 10 {
        0 => format!("{}{unit}", tenths / 10),
        rest => format!("{}.{rest}{unit}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(value: u64) -> Piece {
        Piece { class: "fill-flag", value, title: SafeText::of("<x>") }
    }

    #[test]
    fn scales_are_round_and_include_the_maximum() {
        for (most, top, step) in
            [(0, 1, 1), (1, 1, 1), (4, 4, 1), (5, 6, 2), (99, 100, 50), (1234, 1500, 500)]
        {
            assert_eq!(scale(most), (top, step), "{most}");
        }
        assert_eq!([short(999), short(1500), short(2_000_000)], ["999", "1.5k", "2M"]);
    }

    #[test]
    fn escapes_titles_and_draws_no_empty_pieces() {
        let bar = Bar::new(vec![piece(1), piece(0), piece(3)], 4).to_string();
        assert_eq!(bar.matches("<rect").count(), 2);
        assert!(bar.contains("&#60;x&#62;") && !bar.contains("<x>"), "{bar}");
        let column = |pieces| Column { label: "a&b".to_owned(), pieces };
        let columns = vec![column(vec![piece(2), piece(3)]), column(vec![])];
        let drawn = Columns::new("all", 100.0, columns).to_string();
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert!(drawn.contains("a&#38;b"), "{drawn}");
        assert!(Columns::new("none", 100.0, vec![]).to_string().contains("<svg"));
    }
}
