//! Plots as plain SVG: lines with points, and an interval on a scale from 0 to 1.

use super::SafeText;
use askama::Template;

/// A point, from (0, 0) at the lower left to (1, 1) at the upper right.
#[derive(Clone, Debug)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From below.
    pub y: f64,
    /// Tooltip.
    pub title: SafeText,
}

/// A line through points, in one colour.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its colour class: `fill-…`; strokes use the same class.
    pub class: &'static str,
    /// Its points, in order.
    pub points: Vec<Point>,
}

/// A label of an axis: the place from 0 to 1, and the text.
pub type Tick = (f64, String);

#[derive(Clone, Debug)]
struct Drawn {
    class: &'static str,
    path: String,
    dots: Vec<(f64, f64, SafeText)>,
}

/// Lines with two axes.
#[derive(Clone, Debug, Template)]
#[template(path = "chart-plot.html")]
pub struct Plot {
    label: SafeText,
    width: f64,
    height: f64,
    lines: Vec<Drawn>,
    across: Vec<(f64, String)>,
    up: Vec<(f64, String)>,
}

const LEFT: f64 = 52.0;
const RIGHT: f64 = 14.0;
const ABOVE: f64 = 10.0;
const BELOW: f64 = 22.0;

impl Plot {
    /// A plot of this size in units of the drawing; `label` is the accessible description.
    pub fn new(
        label: &str,
        (width, height): (f64, f64),
        lines: Vec<Line>,
        (across, up): (Vec<Tick>, Vec<Tick>),
    ) -> Plot {
        let x = |at: f64| LEFT + at.clamp(0.0, 1.0) * (width - LEFT - RIGHT);
        let y = |at: f64| height - BELOW - at.clamp(0.0, 1.0) * (height - BELOW - ABOVE);
        let drawn = |line: Line| {
            let places =
                line.points.iter().map(|point| format!("{:.1},{:.1}", x(point.x), y(point.y)));
            Drawn {
                class: line.class,
                path: places.collect::<Vec<_>>().join(" "),
                dots: line.points.into_iter().map(|it| (x(it.x), y(it.y), it.title)).collect(),
            }
        };
        Plot {
            label: SafeText::of(label),
            width,
            height,
            lines: lines.into_iter().map(drawn).collect(),
            across: across.into_iter().map(|(at, text)| (x(at), text)).collect(),
            up: up.into_iter().map(|(at, text)| (y(at), text)).collect(),
        }
    }
}

/// Labels of a scale from 0 % to `top` percent.
pub fn percent_ticks(top: f64) -> Vec<Tick> {
    const STEPS: usize = 4;
    let tick = |step: usize| {
        let share = step as f64 / STEPS as f64;
        let percent = share * top;
        let text =
            if percent.fract() == 0.0 { format!("{percent:.0} %") } else { format!("{percent} %") };
        (share, text)
    };
    (0..=STEPS).map(tick).collect()
}

/// An interval with a mark at its value, on a scale from 0 to 1.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "chart-interval.html")]
pub struct Interval {
    low: f64,
    value: f64,
    high: f64,
}

impl Interval {
    /// The interval `low..high` around `value`.
    pub fn new(low: f64, value: f64, high: f64) -> Interval {
        Interval { low: low * 100.0, value: value * 100.0, high: high * 100.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_draw_every_point_and_escape_titles() {
        let point = |x, y| Point { x, y, title: SafeText::of("<b>") };
        let line = Line { class: "fill-1", points: vec![point(0.0, 0.0), point(1.0, 2.0)] };
        let ticks = (vec![(0.0, "a".to_owned())], percent_ticks(10.0));
        let drawn = Plot::new("p", (400.0, 200.0), vec![line], ticks).to_string();
        assert_eq!(drawn.matches("<circle").count(), 2);
        assert!(drawn.contains("52.0,178.0 386.0,10.0"), "{drawn}");
        assert!(drawn.contains("2.5 %") && !drawn.contains("<b>"), "{drawn}");
    }

    #[test]
    fn intervals_span_their_bounds() {
        let drawn = Interval::new(0.25, 0.5, 0.75).to_string();
        assert!(drawn.contains(r#"x="25.0""#) && drawn.contains(r#"width="50.0""#), "{drawn}");
    }
}
