//! The ways to disguise a text, and their names.

use super::characters::Change;
use super::{characters, padding, spacing, tables};
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// What a way does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Changes characters, or puts something after them.
    Change(Change),
    /// Puts these characters in front and behind.
    Pad(&'static str),
    Prose,
    RepeatSpaces,
    Wrap,
    WordEmoji,
    Nfd,
}

/// What the amount of a way counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Percent,
    Count,
}

/// A way to disguise a text, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    kind: Kind,
    name: &'static str,
    amount: u32,
}

/// The name of a way, its kind, its usual amount, what the amount counts, and what it does.
type Row = (&'static str, Kind, u32, Unit, &'static str);

/// Every way. The usual percentage is the share of characters that writers usually change: all
/// letters can be changed, while a text of homophones alone is unreadable.
const ROWS: &[Row] = &[
    ("width", Kind::Change(Change::Width), 100, Unit::Percent, "ASCII in full width"),
    (
        "circled",
        Kind::Change(Change::Circled),
        100,
        Unit::Percent,
        "letters and digits in circles or bold",
    ),
    (
        "separators",
        Kind::Change(Change::Separators),
        60,
        Unit::Percent,
        "a space, point, star or emoji after a character",
    ),
    (
        "zero-width",
        Kind::Change(Change::ZeroWidth),
        60,
        Unit::Percent,
        "an invisible character after a character",
    ),
    (
        "look-alikes",
        Kind::Change(Change::LookAlikes),
        60,
        Unit::Percent,
        "characters that look alike, and digits for letters",
    ),
    (
        "homophones",
        Kind::Change(Change::Homophones),
        20,
        Unit::Percent,
        "Han characters with the same Mandarin pronunciation",
    ),
    (
        "split",
        Kind::Change(Change::Split),
        60,
        Unit::Percent,
        "Han characters written as their two parts",
    ),
    ("traditional", Kind::Change(Change::Traditional), 80, Unit::Percent, "traditional characters"),
    (
        "foreign-marks",
        Kind::Change(Change::ForeignMarks),
        100,
        Unit::Percent,
        "an Arabic or Thai mark after a Han character or Latin letter",
    ),
    (
        "controls",
        Kind::Change(Change::Controls),
        60,
        Unit::Percent,
        "a control character after a character",
    ),
    ("word-emoji", Kind::WordEmoji, 100, Unit::Percent, "an emoji after an English word"),
    ("nfd", Kind::Nfd, 100, Unit::Percent, "letters and their marks as separate characters"),
    ("pad-spaces", Kind::Pad(" "), 400, Unit::Count, "spaces in front and behind"),
    ("pad-lines", Kind::Pad("\n"), 400, Unit::Count, "line breaks in front and behind"),
    ("pad-dots", Kind::Pad("."), 400, Unit::Count, "full stops in front and behind"),
    ("pad-emoji", Kind::Pad(tables::PADDING_EMOJI), 400, Unit::Count, "emoji in front and behind"),
    (
        "pad-prose",
        Kind::Prose,
        400,
        Unit::Count,
        "ordinary sentences in front and behind, in Chinese or English",
    ),
    ("double-spaces", Kind::RepeatSpaces, 2, Unit::Count, "every space twice"),
    ("wrap", Kind::Wrap, 20, Unit::Count, "lines of at most 20 columns"),
];

/// The largest count: more than a post has.
const COUNT_MAX: u32 = 100_000;

impl Way {
    /// Every way, in its usual amount.
    pub fn all() -> impl Iterator<Item = Way> {
        ROWS.iter().map(|(name, kind, amount, ..)| Way { kind: *kind, name, amount: *amount })
    }

    /// The way that `text` names, as in `wrap` or `pad-prose:200`.
    ///
    /// # Errors
    ///
    /// Another name, or an amount that the way cannot have.
    pub fn parse(text: &str) -> Result<Way, String> {
        let (name, amount) = match text.split_once(':') {
            Some((name, amount)) => (name, Some(amount)),
            None => (text, None),
        };
        let way = Way::all().find(|way| way.name == name).ok_or_else(|| {
            let names: Vec<&str> = ROWS.iter().map(|row| row.0).collect();
            let name = name.escape_debug();
            format!("`{name}` is no way to disguise a text: expected one of {}", names.join(", "))
        })?;
        match amount {
            Some(amount) => way.with_amount(amount),
            None => Ok(way),
        }
    }

    fn with_amount(self, amount: &str) -> Result<Way, String> {
        let (max, what) = match self.row().3 {
            Unit::Percent => (100, "a percentage"),
            Unit::Count => (COUNT_MAX, "a number"),
        };
        let number = amount.parse().ok().filter(|number| (1..=max).contains(number));
        let number = number.ok_or_else(|| {
            let (name, amount) = (self.name, amount.escape_debug());
            format!("`{amount}` is no amount of `{name}`: expected {what} from 1 to {max}")
        })?;
        Ok(Way { amount: number, ..self })
    }

    /// The ways in a list with commas; `all` is every way. Each way once, in the order given.
    ///
    /// # Errors
    ///
    /// Those of [`Way::parse`].
    pub fn parse_list(text: &str) -> Result<Vec<Way>, String> {
        let mut ways = Vec::new();
        for part in text.split(',').map(str::trim) {
            let named = if part == "all" { Way::all().collect() } else { vec![Way::parse(part)?] };
            for way in named {
                if !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        Ok(ways)
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.0 == self.name).unwrap_or(&ROWS[0])
    }

    /// A table of the ways for help texts: name, usual amount, what it does.
    pub fn table() -> String {
        let mut table = String::new();
        for (name, _, amount, unit, what) in ROWS {
            let unit = if *unit == Unit::Percent { " %" } else { "" };
            let amount = format!("{amount}{unit}");
            table.push_str(&format!("  {name:<14} {amount:<6} {what}\n"));
        }
        table
    }

    /// Disguises `text`. Choices depend on `seed` alone.
    pub fn disguise(self, text: &str, seed: &str) -> String {
        let Way { kind, amount, .. } = self;
        match kind {
            Kind::Change(change) => characters::change(text, change, amount, seed),
            Kind::Pad(from) => padding::pad(text, from, amount),
            Kind::Prose => padding::prose(text, amount, seed),
            Kind::WordEmoji => padding::after_words(text, tables::WORD_EMOJI, amount, seed),
            Kind::RepeatSpaces => spacing::repeat_spaces(text, amount),
            Kind::Wrap => spacing::wrap(text, amount),
            Kind::Nfd => text.nfd().collect(),
        }
    }
}

/// As [`Way::parse`] reads it; without the usual amount.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if self.amount != self.row().2 {
            write!(f, ":{}", self.amount)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "加微信 abc123。赌钱好玩é。more words to be wrapped 电话 13800138000";

    #[test]
    fn every_way_has_one_name_and_changes_the_text() {
        for way in Way::all() {
            assert_eq!(Way::parse(way.name), Ok(way));
            let text = TEXT.repeat(5);
            assert_ne!(way.disguise(&text, "row"), text, "{way}");
            assert_eq!(way.disguise(&text, "row"), way.disguise(&text, "row"), "{way}");
            assert_eq!(Way::all().filter(|other| other.name == way.name).count(), 1, "{way}");
            assert!(Way::table().contains(way.row().4), "{way}");
        }
    }

    #[test]
    fn amounts_are_read_and_written() {
        let way = Way::parse("pad-prose:200").unwrap();
        assert_eq!((way.amount, way.to_string().as_str()), (200, "pad-prose:200"));
        assert_eq!(Way::parse("pad-prose:400").unwrap().to_string(), "pad-prose");
        for wrong in ["shouting", "", "width:0", "width:101", "wrap:x", "wrap:", "pad-dots:1000000"]
        {
            assert!(Way::parse(wrong).unwrap_err().contains("expected"), "{wrong}");
        }
    }

    #[test]
    fn lists_name_each_way_once() {
        let names = |list: &str| {
            Way::parse_list(list).map(|ways| ways.iter().map(Way::to_string).collect::<Vec<_>>())
        };
        let expected = ["wrap", "nfd", "wrap:30"].map(str::to_owned);
        assert_eq!(names("wrap, nfd,wrap,wrap:30").unwrap(), expected);
        assert_eq!(names("nfd,all").unwrap().len(), ROWS.len());
        assert!(names("wrap,").is_err());
    }

    #[test]
    fn nfd_separates_letters_and_marks() {
        assert_eq!(Way::parse("nfd").unwrap().disguise("é가", ""), "e\u{301}\u{1100}\u{1161}");
    }
}
