//! Renders a tally as one HTML page.
//!
//! All texts and shapes are prepared here; the template only places them.

use super::counts::Counts;
use super::earlier::Snapshot;
use super::tally::{RuleTally, Sample, Tally};
use super::timeline::Timeline;
use super::words::{self, Words};
use crate::html::chart::{Bar, Column, Columns, Piece};
use crate::html::plot::{Line, Plot, Point, percent_ticks};
use crate::html::{Count, Head, SafeText, Share, category_fill};
use crate::plain_id;
use crate::report::frequent::Row;
use askama::Template;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::category::{ByCategory, Category, DeclaredCategory};
use tidegate_engine::domain::summary::human_bytes;
use tidegate_engine::post::ErrorCode;
use tidegate_messages::Language;

/// Rows of a table that are always visible; further rows can be unfolded.
const ROWS_VISIBLE: usize = 15;

/// Most rows of rules, authors, channels and surfaces in the page.
const ROWS_MAX: usize = 300;

/// Most columns of the chart over time.
const COLUMNS_MAX: i64 = 60;

/// Most categories in the chart over time; the others share one colour.
const SERIES_MAX: usize = 8;

/// Most labels below the chart of shares.
const RATE_TICKS: usize = 6;

/// Most categories and most rules in the comparison with an earlier report.
const CHANGES_MAX: usize = 12;

/// Share of unreadable lines, in per mille, from which the page begins with an alarm.
const ALARM_PER_MILLE: u64 = 10;

/// Fewest verdicts for the note that none allows its post: a few may be harmful by chance.
const FILTERED_LEAST: u64 = 5;

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
    /// Titles of rules, by id.
    pub titles: BTreeMap<String, String>,
    /// The declared categories.
    pub declared: Vec<DeclaredCategory>,
    /// The counts of an earlier report.
    pub earlier: Option<Snapshot>,
}

impl Origin {
    /// The titles of the rules of a classifier.
    pub fn titles_of(classifier: &Classifier) -> BTreeMap<String, String> {
        let rules = classifier.rules().rules().iter();
        rules.map(|rule| (rule.id.clone(), rule.title.clone())).collect()
    }
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
    alarm: Option<String>,
    notes: Vec<String>,
    contents: Vec<(&'static str, &'static str)>,
    changes: Vec<(&'static str, Vec<Change>)>,
    counts: String,
    actions: Bar,
    legend: Vec<(&'static str, &'static str, Count)>,
    times: Option<Times>,
    categories: Vec<CategoryRow>,
    places: [(&'static str, &'static str, &'static str, Places); 2],
    rules: Folded<RuleRow>,
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
    rate: Plot,
    posts: Columns,
    legend: Vec<(String, String)>,
    span: String,
    outside: Option<Count>,
    rows: Vec<(String, Count, Count, Share)>,
}

#[derive(Debug)]
struct CategoryRow {
    name: SafeText,
    /// Is `name` not `id`?
    has_other_name: bool,
    id: &'static str,
    fill: &'static str,
    posts: Count,
    main: Count,
    share: Share,
    bar: Bar,
    by_action: [Count; Action::ALL.len()],
}

/// Rows that are visible, and rows that can be unfolded: each part with the number of the latter,
/// which is zero for the former.
type Folded<R> = Vec<(usize, Vec<R>)>;

/// What changed since an earlier report.
#[derive(Debug)]
struct Change {
    name: SafeText,
    before: Count,
    now: Count,
    shares: (Share, Share),
    change: String,
}

/// A table of channels, surfaces or authors.
#[derive(Debug)]
struct Places {
    rows: Folded<PlaceRow>,
    left: Count,
    note: Option<String>,
}

#[derive(Debug)]
struct PlaceRow {
    key: String,
    name: SafeText,
    /// `None` if the count is not known.
    posts: Option<Count>,
    flagged: Count,
    up_to: Option<Count>,
    share: Share,
    bar: Bar,
    mostly: String,
}

#[derive(Debug)]
struct RuleRow {
    id: SafeText,
    title: SafeText,
    category: SafeText,
    fired: Count,
    up_to: Option<Count>,
    bar: Bar,
    by_action: [Count; Action::ALL.len()],
    shadow: Count,
    samples: Vec<SampleView>,
}

#[derive(Debug)]
struct SampleView {
    excerpt: Vec<(bool, SafeText)>,
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
    let maker = Maker { tally, language, words: Words::of(language), origin };
    maker.page().render()
}

struct Maker<'t> {
    tally: &'t Tally,
    language: Language,
    words: Words,
    origin: &'t Origin,
}

const FILLS: [&str; Action::ALL.len()] = ["fill-allow", "fill-flag", "fill-review", "fill-block"];

impl Maker<'_> {
    fn page(&self) -> Page {
        let (tally, words, origin) = (self.tally, self.words, self.origin);
        let (rules, rules_left) = self.rules();
        let posts = &tally.posts;
        let flagged = self.pieces(&flagged_only(&posts.actions), posts.care_alone);
        Page {
            head: Head { language: self.language, title: SafeText::of(&origin.title) },
            w: words,
            lines: Count(tally.verdicts() + tally.stray),
            bytes: human_bytes(tally.bytes),
            period: self.period(),
            rulesets: self.rulesets(),
            is_mixed: tally.rulesets.len() > 1,
            tiles: self.tiles(),
            alarm: self.alarm(),
            notes: self.notes(),
            contents: self.contents(),
            changes: self.changes(),
            counts: Snapshot::of(tally).element(),
            actions: Bar::new(flagged, posts.flagged()),
            legend: self.legend(),
            times: self.times(),
            categories: self.categories(),
            places: [
                (
                    "channels",
                    words.channels,
                    words.channel,
                    self.places(&tally.channels.ranked(), tally.with[1]),
                ),
                (
                    "surfaces",
                    words.surfaces,
                    words.surface,
                    self.places(&tally.surfaces.ranked(), tally.with[2]),
                ),
            ],
            rules,
            rules_left,
            authors: self.authors(),
            errors: self.errors(),
            stray: Count(tally.stray),
            inputs: origin.inputs.iter().map(|input| SafeText::of(input)).collect(),
            commands: origin.commands.iter().map(|command| SafeText::of(command)).collect(),
            bounds: self.bounds(),
        }
    }

    fn rulesets(&self) -> Vec<(SafeText, Count)> {
        let origin = self.origin;
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
        for (value, label) in [
            (tally.repaired, words.repaired),
            (tally.skipped, words.skipped),
            (tally.capped, words.capped),
        ] {
            if value > 0 {
                tiles.push(tile("", value, label, tally.verdicts()));
            }
        }
        tiles
    }

    /// What to say first, if many lines were not judged.
    fn alarm(&self) -> Option<String> {
        let (tally, words) = (self.tally, self.words);
        let (unread, lines) = (tally.unreadable_lines(), tally.verdicts());
        if unread * 1000 < lines * ALARM_PER_MILLE || unread == 0 {
            return None;
        }
        let share = Share { part: unread, whole: lines };
        let all = if tally.posts.posts == 0 { words.alarm_all } else { "" };
        let (count, of, what) = (Count(unread), words.of_lines, words.alarm);
        Some(match self.language {
            Language::English => format!("{all} {count} {} ({share} {of}) {what}.", words.lines),
            Language::Chinese => format!("{all}{count} {}（{share}{of}）{what}。", words.lines),
        })
    }

    fn notes(&self) -> Vec<String> {
        let (tally, words) = (self.tally, self.words);
        let mut notes = Vec::new();
        let posts = &tally.posts;
        if posts.posts >= FILTERED_LEAST && posts.actions[0] == posts.care_alone {
            notes.push(words.filtered.to_owned());
        }
        // A report that was written while judging has everything that the posts have.
        if tally.known == 0 && posts.posts > 0 && self.origin.ruleset.is_none() {
            notes.push(words.missing_all.to_owned());
        }
        if tally.repaired > 0 {
            notes.push(format!("{} {}", Count(tally.repaired), words.repaired_what));
        }
        if tally.capped > 0 {
            notes.push(format!("{} {}", Count(tally.capped), words.capped_what));
        }
        if tally.without_rules > 0 {
            notes.push(format!("{} {}", Count(tally.without_rules), words.brief));
        }
        notes.into_iter().map(|note| note.replace('`', "")).collect()
    }

    /// Anchor and title of each section that the page has.
    fn contents(&self) -> Vec<(&'static str, &'static str)> {
        let (tally, words) = (self.tally, self.words);
        let all = [
            ("actions", words.actions, tally.posts.flagged() > 0),
            ("since", words.since, self.origin.earlier.is_some()),
            ("times", words.over_time, !tally.times.is_empty()),
            ("categories", words.categories, true),
            ("rules", words.rules, true),
            ("authors", words.authors, !tally.authors.is_empty()),
            ("channels", words.channels, !tally.channels.is_empty()),
            ("surfaces", words.surfaces, !tally.surfaces.is_empty()),
            ("unreadable", words.unreadable, tally.unreadable_lines() > 0),
            ("about", words.about, true),
        ];
        all.into_iter()
            .filter(|(_, _, is_there)| *is_there)
            .map(|(id, name, _)| (id, name))
            .collect()
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
        let tables = self.tally.categories.iter();
        let sum = |actions: &[u64; Action::ALL.len()]| actions.iter().sum::<u64>();
        let most = self.tally.categories.iter().map(|it| sum(it.1)).max().unwrap_or(0);
        let mut rows: Vec<CategoryRow> = tables
            .filter(|(_, actions)| sum(actions) > 0)
            .map(|(category, actions)| CategoryRow {
                name: self.category(category),
                has_other_name: self.category(category).as_str() != category.name(),
                id: category.name(),
                fill: category_fill(category),
                posts: Count(sum(actions)),
                main: Count(*self.tally.posts.main.get(category)),
                share: Share { part: sum(actions), whole: self.tally.posts.posts },
                bar: Bar::new(self.pieces(actions, 0), most),
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
        let note = match (self.tally.known, with) {
            (0, _) => None,
            (_, 0) => Some(self.words.missing_field.to_owned()),
            (known, with) if with < self.tally.posts.posts => {
                let part = self.tally.posts.posts - with.min(known);
                let share = Share { part, whole: self.tally.posts.posts };
                Some(format!("{share} {}", self.words.missing_some))
            }
            _ => None,
        };
        Places {
            rows: folded(rows.collect()),
            left: Count(ranked.len().saturating_sub(ROWS_MAX) as u64),
            note: note.map(|note| note.replace('`', "")),
        }
    }

    /// Authors of flagged posts, with all of their posts.
    fn authors(&self) -> Places {
        let mut places = self.places(&self.tally.authors.ranked(), self.tally.with[3]);
        for row in places.rows.iter_mut().flat_map(|(_, rows)| rows) {
            let all = self.tally.author_posts.get(&row.key).filter(|all| all.missed == 0);
            row.posts = all.map(|all| Count(all.count));
            row.share = Share { part: row.flagged.0, whole: all.map_or(0, |all| all.count) };
        }
        places
    }

    fn place(&self, name: &str, row: &Row<Counts>, most: u64) -> PlaceRow {
        let counts = &row.detail;
        PlaceRow {
            key: name.to_owned(),
            name: SafeText::of(name),
            posts: Some(Count(counts.posts)),
            flagged: Count(counts.flagged()),
            up_to: (row.missed > 0).then_some(Count(row.count + row.missed)),
            share: Share { part: counts.flagged(), whole: counts.posts },
            bar: Bar::new(self.pieces(&flagged_only(&counts.actions), counts.care_alone), most),
            mostly: self.mostly(&counts.categories),
        }
    }

    /// The most frequent categories: `fraud 12, spam 3`.
    fn mostly(&self, categories: &ByCategory<u64>) -> String {
        let mut some: Vec<(Category, u64)> =
            categories.iter().map(|(it, count)| (it, *count)).filter(|it| it.1 > 0).collect();
        some.sort_by_key(|(category, count)| (std::cmp::Reverse(*count), *category));
        let name = |(category, count): &(Category, u64)| {
            format!("{} {}", self.category(*category), Count(*count))
        };
        some.iter().take(3).map(name).collect::<Vec<_>>().join(self.language.pick(", ", "、"))
    }

    fn rules(&self) -> (Folded<RuleRow>, Count) {
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
                title: SafeText::of(self.origin.titles.get(*id).map_or("", String::as_str)),
                category: tally.category.map_or_else(|| SafeText::of("–"), |it| self.category(it)),
                fired: Count(row.count),
                up_to: (row.missed > 0).then_some(Count(row.count + row.missed)),
                bar: Bar::new(pieces, most),
                by_action: tally.actions.map(Count),
                shadow: Count(tally.shadow),
                samples: tally.samples.iter().map(sample_view).collect(),
            }
        };
        let left = ranked.len().saturating_sub(ROWS_MAX) as u64;
        (folded(ranked.iter().take(ROWS_MAX).map(row).collect()), Count(left))
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

/// The first rows visible, the others to be unfolded.
fn folded<R>(mut rows: Vec<R>) -> Folded<R> {
    // A fold for a few rows is not worth a click.
    if rows.len() <= ROWS_VISIBLE + ROWS_VISIBLE / 3 {
        return vec![(0, rows)].into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
    }
    let rest = rows.split_off(ROWS_VISIBLE);
    vec![(0, rows), (rest.len(), rest)]
}

fn sample_view(sample: &Sample) -> SampleView {
    SampleView {
        excerpt: sample.excerpt.iter().map(|(hit, text)| (*hit, SafeText::of(text))).collect(),
        pieces: sample
            .pieces
            .iter()
            .map(|(it, text)| (SafeText::of(it), SafeText::of(text)))
            .collect(),
        more: sample.more,
        id: SafeText::of(&plain_id(&sample.id)),
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
            rate: self.rate(&starts, &counts, step >= 86_400),
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

    /// The share of flagged posts by period.
    fn rate(&self, starts: &[i64], counts: &[Counts], is_day: bool) -> Plot {
        let share = |counts: &Counts| Share { part: counts.flagged(), whole: counts.posts };
        let most = counts.iter().map(|it| share(it).ratio()).fold(0.0, f64::max) * 100.0;
        let tops = [1.0, 2.0, 4.0, 10.0, 20.0, 40.0, 60.0, 80.0];
        let top = tops.into_iter().find(|top| *top >= most).unwrap_or(100.0);
        let last = (starts.len() - 1).max(1) as f64;
        let place = |at: usize| at as f64 / last;
        let with_posts = starts.iter().zip(counts).enumerate().filter(|(_, (_, it))| it.posts > 0);
        let points = with_posts.map(|(at, (start, it))| Point {
            x: place(at),
            y: share(it).ratio() * 100.0 / top,
            title: SafeText::of(&format!("{}: {}", moment(*start, is_day), share(it))),
        });
        let line = Line { class: "fill-review", points: points.collect() };
        let every = starts.len().div_ceil(RATE_TICKS).max(1);
        let ticks = starts.iter().enumerate().step_by(every);
        let across = ticks.map(|(at, start)| (place(at), mark(*start, is_day))).collect();
        Plot::new(self.words.rate, (760.0, 150.0), vec![line], (across, percent_ticks(top)))
    }

    /// The categories in the chart, the most frequent main categories.
    fn series(&self, counts: &[Counts]) -> Vec<Category> {
        let mut sums = ByCategory::<u64>::default();
        counts.iter().for_each(|it| sums.add(&it.main));
        let mut all: Vec<Category> =
            sums.iter().filter(|it| *it.1 > 0).map(|(category, _)| category).collect();
        all.sort_by_key(|category| (std::cmp::Reverse(*sums.get(*category)), *category));
        all.truncate(SERIES_MAX);
        // In the order of the table, so that the stack of one day looks like that of another.
        all.sort_unstable();
        all
    }

    fn stack(&self, label: &str, counts: &Counts, shown: &[Category]) -> Vec<Piece> {
        let piece = |class, name: &str, value| Piece {
            class,
            value,
            title: SafeText::of(&format!("{label} · {name}: {}", Count(value))),
        };
        let own = shown.iter().map(|category| {
            piece(
                category_fill(*category),
                self.category(*category).as_str(),
                *counts.main.get(*category),
            )
        });
        let named: u64 = shown.iter().map(|category| counts.main.get(*category)).sum();
        let rest = counts.flagged().saturating_sub(named);
        own.chain([piece("fill-0", self.words.other, rest)]).collect()
    }

    fn series_legend(&self, counts: &[Counts], shown: &[Category]) -> Vec<(String, String)> {
        let name = |category: &Category| self.category(*category).to_string();
        let own = shown.iter().map(|it| (category_fill(*it).to_owned(), name(it)));
        let mut legend: Vec<_> = own.collect();
        let named = |it: &Counts| shown.iter().map(|one| it.main.get(*one)).sum::<u64>();
        if counts.iter().any(|it| it.flagged() > named(it)) {
            legend.push(("fill-0".to_owned(), self.words.other.to_owned()));
        }
        legend
    }
}

impl Maker<'_> {
    /// The name of a category.
    fn category(&self, category: Category) -> SafeText {
        SafeText::of(words::category(self.language, category, &self.origin.declared))
    }
}

/// The comparison with an earlier report.
impl Maker<'_> {
    fn changes(&self) -> Vec<(&'static str, Vec<Change>)> {
        let Some(before) = &self.origin.earlier else { return Vec::new() };
        let (now, words) = (Snapshot::of(self.tally), self.words);
        let whole = (before.posts, now.posts);
        let row = |name: &str, counts: (u64, u64)| change(name, counts, whole);
        let action = |name: &str| {
            let of = |snapshot: &Snapshot| snapshot.actions.get(name).copied().unwrap_or(0);
            (of(before), of(&now))
        };
        let lines = (before.posts + before.unreadable, now.posts + now.unreadable);
        let mut main = vec![
            row(words.posts, whole),
            row(words.flagged, (before.flagged, now.flagged)),
            row(words.block, action("block")),
            row(words.review, action("review")),
            row(words.flag, action("flag")),
            row(words.care, (before.care, now.care)),
            change(words.unreadable, (before.unreadable, now.unreadable), lines),
        ];
        let repaired = (before.repaired, now.repaired);
        if repaired != (0, 0) {
            main.push(change(words.repaired, repaired, lines));
        }
        let names = |name: &str| {
            let known = Category::from_name(name);
            known.map_or(name.to_owned(), |it| self.category(it).to_string())
        };
        let categories = largest(&before.categories, &now.categories, whole, names);
        let rules = largest(&before.rules, &now.rules, whole, str::to_owned);
        let parts = [(words.actions, main), (words.categories, categories), (words.rules, rules)];
        parts.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
    }
}

/// The rows with the largest differences of their shares, largest first.
fn largest(
    before: &BTreeMap<String, u64>,
    now: &BTreeMap<String, u64>,
    whole: (u64, u64),
    name: impl Fn(&str) -> String,
) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let counts = |key: &String| {
        let of = |counts: &BTreeMap<String, u64>| counts.get(key).copied().unwrap_or(0);
        (of(before), of(now))
    };
    let rows = keys.into_iter().map(|key| change(&name(key), counts(key), whole));
    let mut rows: Vec<Change> = rows.collect();
    let size = |row: &Change| (row.shares.1.ratio() - row.shares.0.ratio()).abs();
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    rows.truncate(CHANGES_MAX);
    rows
}

fn change(name: &str, (before, now): (u64, u64), whole: (u64, u64)) -> Change {
    let shares = (Share { part: before, whole: whole.0 }, Share { part: now, whole: whole.1 });
    let points = (shares.1.ratio() - shares.0.ratio()) * 100.0;
    // The first row compares the number of posts, whose shares are equal.
    let change = match (before, points == 0.0 && before == whole.0) {
        (0, _) if now == 0 => "–".to_owned(),
        (0, true) => "–".to_owned(),
        (_, true) => format!("{:+.1} %", (now as f64 / before as f64 - 1.0) * 100.0),
        _ if points.abs() < 0.005 => "± 0".to_owned(),
        _ => format!("{points:+.2} pp"),
    };
    Change { name: SafeText::of(name), before: Count(before), now: Count(now), shares, change }
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
