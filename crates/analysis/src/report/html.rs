//! Renders a tally as one HTML page.
//!
//! All texts and shapes are prepared here; the template only places them.

use super::counts::Counts;
use super::tally::{RuleTally, Sample, Tally};
use super::timeline::Timeline;
use super::words::{self, Words};
use crate::html::chart::{Bar, Column, Columns, Piece};
use crate::html::{Count, Head, Language, SafeText, Share};
use crate::report::frequent::Row;
use askama::Template;
use jiff::Timestamp;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::summary::human_bytes;
use tidegate_engine::post::ErrorCode;

/// Most rows shown of rules, authors, channels and surfaces.
const ROWS_MAX: usize = 50;

/// Most columns of the chart over time.
const COLUMNS_MAX: i64 = 60;

/// Most categories with a colour of their own.
const SERIES_MAX: usize = 6;

/// Data of a page in addition to the counts.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The title.
    pub title: String,
    /// Description of the inputs.
    pub inputs: Vec<String>,
    /// Commands that reproduce the page.
    pub commands: Vec<String>,
    /// The rule set that judged, if known.
    pub ruleset: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "report.html")]
struct Page {
    head: Head,
    w: Words,
    lines: Count,
    bytes: String,
    period: Option<String>,
    rulesets: Vec<(SafeText, Count)>,
    is_mixed: bool,
    tiles: Vec<Tile>,
    notes: Vec<String>,
    actions: Bar,
    legend: Vec<(&'static str, &'static str, Count)>,
    times: Option<Times>,
    categories: Vec<CategoryRow>,
    places: [(&'static str, &'static str, Places); 2],
    rules: Vec<RuleRow>,
    rules_left: Count,
    authors: Places,
    errors: Vec<ErrorRow>,
    stray: Count,
    inputs: Vec<SafeText>,
    commands: Vec<SafeText>,
    bounds: Vec<String>,
}

#[derive(Debug)]
struct Tile {
    class: &'static str,
    value: Count,
    label: &'static str,
    detail: String,
}

#[derive(Debug)]
struct Times {
    flagged: Columns,
    posts: Columns,
    legend: Vec<(String, String)>,
    span: String,
    outside: Option<Count>,
    rows: Vec<(String, Count, Count, Share)>,
}

#[derive(Debug)]
struct CategoryRow {
    name: &'static str,
    id: &'static str,
    posts: Count,
    share: Share,
    bar: Bar,
    by_action: [Count; Action::ALL.len()],
}

/// A table of channels, surfaces or authors.
#[derive(Debug)]
struct Places {
    rows: Vec<PlaceRow>,
    left: Count,
    note: Option<String>,
}

#[derive(Debug)]
struct PlaceRow {
    name: SafeText,
    posts: Count,
    flagged: Count,
    up_to: Option<Count>,
    share: Share,
    bar: Bar,
    mostly: String,
}

#[derive(Debug)]
struct RuleRow {
    id: SafeText,
    category: &'static str,
    fired: Count,
    up_to: Option<Count>,
    bar: Bar,
    by_action: [Count; Action::ALL.len()],
    shadow: Count,
    samples: Vec<SampleView>,
}

#[derive(Debug)]
struct SampleView {
    pieces: Vec<(SafeText, SafeText)>,
    more: usize,
    id: SafeText,
}

#[derive(Debug)]
struct ErrorRow {
    code: &'static str,
    what: &'static str,
    count: Count,
    samples: Vec<(Count, SafeText, SafeText)>,
}

/// Renders the page.
///
/// # Errors
///
/// None that depend on the data: the template is compiled.
pub fn render_page(
    tally: &Tally,
    origin: &Origin,
    language: Language,
) -> Result<String, askama::Error> {
    let maker = Maker { tally, language, words: Words::of(language) };
    maker.page(origin).render()
}

struct Maker<'t> {
    tally: &'t Tally,
    language: Language,
    words: Words,
}

const FILLS: [&str; Action::ALL.len()] = ["fill-allow", "fill-flag", "fill-review", "fill-block"];

const SERIES: [&str; SERIES_MAX] = ["fill-1", "fill-2", "fill-3", "fill-4", "fill-5", "fill-6"];

impl Maker<'_> {
    fn page(&self, origin: &Origin) -> Page {
        let (tally, words) = (self.tally, self.words);
        let (rules, rules_left) = self.rules();
        let posts = &tally.posts;
        let flagged = self.pieces(&flagged_only(&posts.actions), posts.care_alone);
        Page {
            head: Head { language: self.language, title: SafeText::of(&origin.title) },
            w: words,
            lines: Count(tally.verdicts() + tally.stray),
            bytes: human_bytes(tally.bytes),
            period: self.period(),
            rulesets: self.rulesets(origin),
            is_mixed: tally.rulesets.len() > 1,
            tiles: self.tiles(),
            notes: self.notes(),
            actions: Bar::new(flagged, posts.flagged()),
            legend: self.legend(),
            times: self.times(),
            categories: self.categories(),
            places: [
                (
                    words.channels,
                    words.channel,
                    self.places(&tally.channels.ranked(), tally.with[1]),
                ),
                (
                    words.surfaces,
                    words.surface,
                    self.places(&tally.surfaces.ranked(), tally.with[2]),
                ),
            ],
            rules,
            rules_left,
            authors: self.places(&tally.authors.ranked(), tally.with[3]),
            errors: self.errors(),
            stray: Count(tally.stray),
            inputs: origin.inputs.iter().map(|input| SafeText::of(input)).collect(),
            commands: origin.commands.iter().map(|command| SafeText::of(command)).collect(),
            bounds: self.bounds(),
        }
    }

    fn rulesets(&self, origin: &Origin) -> Vec<(SafeText, Count)> {
        let rows = self.tally.rulesets.ranked();
        let mut rulesets: Vec<_> =
            rows.iter().map(|(hash, row)| (SafeText::of(hash), Count(row.count))).collect();
        if let Some(own) = origin.ruleset.as_deref().filter(|_| rulesets.is_empty()) {
            rulesets.push((SafeText::of(own), Count(self.tally.posts.posts)));
        }
        rulesets
    }

    fn tiles(&self) -> Vec<Tile> {
        let (tally, words) = (self.tally, self.words);
        let posts = tally.posts.posts;
        let tile = |class, value, label, whole| {
            let detail = Share { part: value, whole }.to_string();
            Tile { class, value: Count(value), label, detail }
        };
        let by_action = |action: Action| tally.posts.actions[action as usize];
        let mut tiles = vec![
            Tile { class: "", value: Count(posts), label: words.posts, detail: String::new() },
            tile("", tally.posts.flagged(), words.flagged, posts),
            tile("block", by_action(Action::Block), words.block, posts),
            tile("review", by_action(Action::Review), words.review, posts),
            tile("flag", by_action(Action::Flag), words.flag, posts),
            tile("care", tally.care, words.care, posts),
            tile("", tally.unreadable_lines(), words.unreadable, tally.verdicts()),
        ];
        for (value, label) in [(tally.skipped, words.skipped), (tally.capped, words.capped)] {
            if value > 0 {
                tiles.push(tile("", value, label, tally.verdicts()));
            }
        }
        tiles
    }

    fn notes(&self) -> Vec<String> {
        let (tally, words) = (self.tally, self.words);
        let mut notes = Vec::new();
        if tally.known == 0 && tally.posts.posts > 0 {
            notes.push(words.missing_all.to_owned());
        }
        if tally.capped > 0 {
            notes.push(format!("{} {}", Count(tally.capped), words.capped_what));
        }
        if tally.without_rules > 0 {
            notes.push(format!("{} {}", Count(tally.without_rules), words.brief));
        }
        notes
    }

    fn action_name(&self, at: usize) -> &'static str {
        let words = self.words;
        [words.allow_under, words.flag, words.review, words.block][at]
    }

    /// Pieces by action, the strongest first.
    fn pieces(&self, actions: &[u64; Action::ALL.len()], care_alone: u64) -> Vec<Piece> {
        let piece = |at: usize| Piece {
            class: FILLS[at],
            value: actions[at],
            title: SafeText::of(&format!("{}: {}", self.action_name(at), Count(actions[at]))),
        };
        let care = Piece {
            class: "fill-care",
            value: care_alone,
            title: SafeText::of(&format!("{}: {}", self.words.care, Count(care_alone))),
        };
        let mut pieces: Vec<Piece> = (0..actions.len()).rev().map(piece).collect();
        pieces.insert(actions.len() - 1, care);
        pieces
    }

    fn legend(&self) -> Vec<(&'static str, &'static str, Count)> {
        let posts = &self.tally.posts;
        let action = |at: usize| (FILLS[at], self.action_name(at), Count(posts.actions[at]));
        let care = ("fill-care", self.words.care, Count(posts.care_alone));
        let all = [action(3), action(2), action(1), care];
        all.into_iter().filter(|(_, _, count)| count.0 > 0).collect()
    }

    fn categories(&self) -> Vec<CategoryRow> {
        let tables = Category::all().zip(self.tally.categories);
        let sum = |actions: &[u64; Action::ALL.len()]| actions.iter().sum::<u64>();
        let most = self.tally.categories.iter().map(sum).max().unwrap_or(0);
        let mut rows: Vec<CategoryRow> = tables
            .filter(|(_, actions)| sum(actions) > 0)
            .map(|(category, actions)| CategoryRow {
                name: words::category(self.language, category),
                id: category.name(),
                posts: Count(sum(&actions)),
                share: Share { part: sum(&actions), whole: self.tally.posts.posts },
                bar: Bar::new(self.pieces(&actions, 0), most),
                by_action: actions.map(Count),
            })
            .collect();
        rows.sort_by(|a, b| b.posts.cmp(&a.posts).then_with(|| a.id.cmp(b.id)));
        rows
    }

    fn places(&self, ranked: &[(&str, &Row<Counts>)], with: u64) -> Places {
        let flagged = |row: &&(&str, &Row<Counts>)| row.1.detail.flagged();
        let most = ranked.iter().map(|row| flagged(&row)).max().unwrap_or(0);
        let rows = ranked.iter().take(ROWS_MAX).map(|(name, row)| self.place(name, row, most));
        let known = self.tally.known;
        let note = match (known, with) {
            (0, _) => Some(self.words.missing_all.to_owned()),
            (_, 0) => Some(self.words.missing_field.to_owned()),
            (known, with) if with < self.tally.posts.posts => {
                let part = self.tally.posts.posts - with.min(known);
                let share = Share { part, whole: self.tally.posts.posts };
                Some(format!("{share} {}", self.words.missing_some))
            }
            _ => None,
        };
        Places {
            rows: rows.collect(),
            left: Count(ranked.len().saturating_sub(ROWS_MAX) as u64),
            note: note.map(|note| note.replace('`', "")),
        }
    }

    fn place(&self, name: &str, row: &Row<Counts>, most: u64) -> PlaceRow {
        let counts = &row.detail;
        PlaceRow {
            name: SafeText::of(name),
            posts: Count(counts.posts),
            flagged: Count(counts.flagged()),
            up_to: (row.missed > 0).then_some(Count(row.count + row.missed)),
            share: Share { part: counts.flagged(), whole: counts.posts },
            bar: Bar::new(self.pieces(&flagged_only(&counts.actions), counts.care_alone), most),
            mostly: self.mostly(&counts.categories),
        }
    }

    /// The most frequent categories: `fraud 12, spam 3`.
    fn mostly(&self, categories: &[u64; Category::COUNT]) -> String {
        let mut some: Vec<(Category, u64)> =
            Category::all().zip(*categories).filter(|(_, count)| *count > 0).collect();
        some.sort_by_key(|(category, count)| (std::cmp::Reverse(*count), *category));
        let name = |(category, count): &(Category, u64)| {
            format!("{} {}", words::category(self.language, *category), Count(*count))
        };
        some.iter().take(3).map(name).collect::<Vec<_>>().join(self.language.pick(", ", "、"))
    }

    fn rules(&self) -> (Vec<RuleRow>, Count) {
        let ranked = self.tally.rules.ranked();
        let most = ranked.first().map_or(0, |(_, row)| row.count);
        let row = |(id, row): &(&str, &Row<RuleTally>)| {
            let tally = &row.detail;
            let shadow = Piece {
                class: "fill-0",
                value: tally.shadow,
                title: SafeText::of(&format!("{}: {}", self.words.shadow, Count(tally.shadow))),
            };
            let pieces = self.pieces(&tally.actions, 0).into_iter().chain([shadow]).collect();
            RuleRow {
                id: SafeText::of(id),
                category: tally.category.map_or("–", |it| words::category(self.language, it)),
                fired: Count(row.count),
                up_to: (row.missed > 0).then_some(Count(row.count + row.missed)),
                bar: Bar::new(pieces, most),
                by_action: tally.actions.map(Count),
                shadow: Count(tally.shadow),
                samples: tally.samples.iter().map(sample_view).collect(),
            }
        };
        let left = ranked.len().saturating_sub(ROWS_MAX) as u64;
        (ranked.iter().take(ROWS_MAX).map(row).collect(), Count(left))
    }

    fn errors(&self) -> Vec<ErrorRow> {
        let rows = ErrorCode::ALL.into_iter().zip(&self.tally.errors);
        let mut rows: Vec<ErrorRow> = rows
            .filter(|(_, tally)| tally.count > 0)
            .map(|(code, tally)| ErrorRow {
                code: code.name(),
                what: words::error(self.language, code),
                count: Count(tally.count),
                samples: tally
                    .samples
                    .iter()
                    .map(|(at, id, detail)| (Count(*at), SafeText::of(id), SafeText::of(detail)))
                    .collect(),
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.count));
        rows
    }

    fn bounds(&self) -> Vec<String> {
        let words = self.words;
        let tables = [
            (words.rules, self.tally.rules.floor()),
            (words.authors, self.tally.authors.floor()),
            (words.channels, self.tally.channels.floor()),
            (words.surfaces, self.tally.surfaces.floor()),
        ];
        let describe = |(name, floor): &(&str, u64)| format!("{name}: {}", Count(*floor));
        tables.iter().filter(|(_, floor)| *floor > 0).map(describe).collect()
    }
}

fn flagged_only(actions: &[u64; Action::ALL.len()]) -> [u64; Action::ALL.len()] {
    let mut flagged = *actions;
    flagged[Action::Allow as usize] = 0;
    flagged
}

fn sample_view(sample: &Sample) -> SampleView {
    SampleView {
        pieces: sample
            .pieces
            .iter()
            .map(|(it, text)| (SafeText::of(it), SafeText::of(text)))
            .collect(),
        more: sample.more,
        id: SafeText::of(&sample.id),
    }
}

/// The charts over time.
impl Maker<'_> {
    fn period(&self) -> Option<String> {
        let times = &self.tally.times;
        let first = times.periods().next()?.0;
        let last = times.periods().next_back()?.0;
        Some(format!("{} – {} UTC", moment(first, false), moment(last, false)))
    }

    fn times(&self) -> Option<Times> {
        let mut times = self.tally.times.clone();
        let (first, last) = middle(&times)?;
        while (last - first) / times.seconds() >= COLUMNS_MAX && times.coarsen() {}
        let step = times.seconds();
        let (first, last) = (first.div_euclid(step), last.div_euclid(step));
        let inside = |start: i64| (first..=last).contains(&(start / step));
        let outside: u64 =
            times.periods().filter(|(start, _)| !inside(*start)).map(|it| it.1.posts).sum();
        let mut counts = vec![Counts::default(); (last - first + 1) as usize];
        for (start, of) in times.periods().filter(|(start, _)| inside(*start)) {
            counts[(start / step - first) as usize].add(of);
        }
        let starts: Vec<i64> = (first..=last).map(|period| period * step).collect();
        let shown = self.series(&counts);
        let words = self.words;
        let column = |pieces: &dyn Fn(&str, &Counts) -> Vec<Piece>| -> Vec<Column> {
            let pairs = starts.iter().zip(&counts);
            pairs
                .map(|(start, counts)| {
                    let pieces = pieces(&moment(*start, step >= 86_400), counts);
                    Column { pieces, label: mark(*start, step >= 86_400) }
                })
                .collect()
        };
        let all = |label: &str, counts: &Counts| {
            vec![Piece {
                class: "fill-allow",
                value: counts.posts,
                title: SafeText::of(&format!("{label}: {}", Count(counts.posts))),
            }]
        };
        let flagged = |label: &str, counts: &Counts| self.stack(label, counts, &shown);
        Some(Times {
            flagged: Columns::new(words.over_time_flagged, 230.0, column(&flagged)),
            posts: Columns::new(words.over_time_posts, 120.0, column(&all)),
            legend: self.series_legend(&counts, &shown),
            span: words::span(self.language, step),
            outside: (outside > 0).then_some(Count(outside)),
            rows: starts
                .iter()
                .zip(&counts)
                .filter(|(_, it)| it.posts > 0)
                .map(|(start, it)| {
                    let (part, whole) = (it.flagged(), it.posts);
                    (
                        moment(*start, step >= 86_400),
                        Count(whole),
                        Count(part),
                        Share { part, whole },
                    )
                })
                .collect(),
        })
    }

    /// The categories with a colour of their own, the most frequent first.
    fn series(&self, counts: &[Counts]) -> Vec<Category> {
        let sum = |category: Category| -> u64 {
            counts.iter().map(|it| it.categories[category.index()]).sum()
        };
        let mut all: Vec<Category> = Category::all().filter(|it| sum(*it) > 0).collect();
        all.sort_by_key(|category| (std::cmp::Reverse(sum(*category)), *category));
        all.truncate(SERIES_MAX);
        all
    }

    fn stack(&self, label: &str, counts: &Counts, shown: &[Category]) -> Vec<Piece> {
        let piece = |class, name: &str, value| Piece {
            class,
            value,
            title: SafeText::of(&format!("{label} · {name}: {}", Count(value))),
        };
        let own = shown.iter().zip(SERIES).map(|(category, class)| {
            let name = words::category(self.language, *category);
            piece(class, name, counts.categories[category.index()])
        });
        let rest = Category::all().filter(|category| !shown.contains(category));
        let rest = rest.map(|category| counts.categories[category.index()]).sum();
        own.chain([piece("fill-0", self.words.other, rest)]).collect()
    }

    fn series_legend(&self, counts: &[Counts], shown: &[Category]) -> Vec<(String, String)> {
        let name = |category: &Category| words::category(self.language, *category).to_owned();
        let own = shown.iter().zip(SERIES).map(|(it, class)| (class.to_owned(), name(it)));
        let mut legend: Vec<_> = own.collect();
        let is_other = |category: &Category| !shown.contains(category);
        let has = |category: Category| counts.iter().any(|it| it.categories[category.index()] > 0);
        if Category::all().filter(is_other).any(has) {
            legend.push(("fill-0".to_owned(), self.words.other.to_owned()));
        }
        legend
    }
}

/// First and last period shown, without the few posts far outside: a post dated 1970 would leave no
/// room for the others.
fn middle(times: &Timeline) -> Option<(i64, i64)> {
    let all: u64 = times.periods().map(|(_, counts)| counts.posts).sum();
    let (first, last) = (times.periods().next()?.0, times.periods().next_back()?.0);
    let few = all / 200;
    let mut seen = 0;
    let mut is_outside = |counts: &Counts| {
        seen += counts.posts;
        seen <= few
    };
    let from = times.periods().find(|(_, counts)| !is_outside(counts))?.0;
    seen = 0;
    let mut is_outside = |counts: &Counts| {
        seen += counts.posts;
        seen <= few
    };
    let to = times.periods().rev().find(|(_, counts)| !is_outside(counts))?.0;
    let is_narrow = (to - from + times.seconds()) * 3 < last - first + times.seconds();
    Some(if is_narrow { (from, to) } else { (first, last) })
}

/// `2026-01-31`, `2026-01-31 18:00`.
fn moment(seconds: i64, is_day: bool) -> String {
    written(seconds, if is_day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" })
}

/// Label of a column: `2026-01-31`, `01-31 18:00`.
fn mark(seconds: i64, is_day: bool) -> String {
    written(seconds, if is_day { "%Y-%m-%d" } else { "%m-%d %H:%M" })
}

fn written(seconds: i64, form: &str) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |it| it.strftime(form).to_string())
}
