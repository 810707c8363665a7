//! Counters over the lines of a run: they can be merged and printed.
//!
//! Every worker has its own counters, and merging is addition, so that the totals depend
//! neither on the number of workers nor on how lines were distributed. No clock is read: the
//! same input and rules produce the same summary.

use crate::domain::action::Action;
use crate::domain::category::ByCategory;
use crate::domain::verdict::Verdict;
use std::fmt::{self, Write as _};

/// Counts over the lines of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Lines that are posts.
    pub posts: u64,
    /// Lines that the preset recognises as records other than posts.
    pub skipped: u64,
    /// Unreadable lines, by code in order of first occurrence.
    pub errors: Vec<(&'static str, u64)>,
    /// Posts by action, see [`Action::ALL`].
    pub actions: [u64; Action::ALL.len()],
    /// Posts whose author may need help.
    pub care: u64,
    /// Posts with more hits than the limit.
    pub capped: u64,
    /// Posts and unreadable lines with bytes that are not UTF-8.
    pub repaired: u64,
    /// Posts for which an enforced rule of the category fired.
    pub categories: ByCategory<u64>,
    /// Posts for which the rule fired, enforced.
    pub rules: Vec<u64>,
    /// Posts for which the rule fired in shadow.
    pub shadow: Vec<u64>,
    /// Verdict lines written; fewer than lines when only some are selected.
    pub written: u64,
    /// Bytes of the lines, after decompression.
    pub bytes: u64,
}

impl Summary {
    /// All counters zero, for a rule set of `rules` rules.
    pub fn new(rules: usize) -> Summary {
        Summary {
            posts: 0,
            skipped: 0,
            errors: Vec::new(),
            actions: [0; Action::ALL.len()],
            care: 0,
            capped: 0,
            repaired: 0,
            categories: ByCategory::default(),
            rules: vec![0; rules],
            shadow: vec![0; rules],
            written: 0,
            bytes: 0,
        }
    }

    /// Counts a post.
    #[inline]
    pub fn count_post(&mut self, verdict: &Verdict<'_>) {
        self.posts += 1;
        self.actions[verdict.action as usize] += 1;
        if !verdict.is_clean() {
            self.count_rules(verdict);
        }
    }

    fn count_rules(&mut self, verdict: &Verdict<'_>) {
        self.care += u64::from(verdict.care);
        self.capped += u64::from(verdict.capped);
        for (category, _) in verdict.categories {
            *self.categories.get_mut(*category) += 1;
        }
        for fired in verdict.fired {
            let table = if fired.shadow { &mut self.shadow } else { &mut self.rules };
            table[fired.rule.index()] += 1;
        }
    }

    /// Counts an unreadable line.
    pub fn count_unreadable(&mut self, code: &'static str) {
        self.add_errors(code, 1);
    }

    fn add_errors(&mut self, code: &'static str, count: u64) {
        match self.errors.iter_mut().find(|(known, _)| *known == code) {
            Some((_, total)) => *total += count,
            None => self.errors.push((code, count)),
        }
    }

    /// Unreadable lines.
    pub fn unreadable(&self) -> u64 {
        self.errors.iter().map(|(_, count)| count).sum()
    }

    /// Number of lines with `code`.
    pub fn errors_of(&self, code: &str) -> u64 {
        self.errors.iter().filter(|(known, _)| *known == code).map(|(_, count)| count).sum()
    }

    /// Lines judged.
    pub fn lines(&self) -> u64 {
        self.posts + self.skipped + self.unreadable()
    }

    /// Posts whose action is `action` or a stronger one.
    pub fn at_least(&self, action: Action) -> u64 {
        self.actions[action as usize..].iter().sum()
    }

    /// Adds what another worker counted, for the same rule set.
    pub fn merge(&mut self, other: &Summary) {
        self.add_lines(other);
        add(&mut self.rules, &other.rules);
        add(&mut self.shadow, &other.shadow);
    }

    /// Adds what was counted for another rule set, whose rule `n` has the number `numbers[n]` here.
    pub fn merge_numbered(&mut self, other: &Summary, numbers: &[usize]) {
        self.add_lines(other);
        add_at(&mut self.rules, &other.rules, numbers);
        add_at(&mut self.shadow, &other.shadow, numbers);
    }

    /// Makes room for the counts of `rules` rules.
    pub fn grow(&mut self, rules: usize) {
        self.rules.resize(rules, 0);
        self.shadow.resize(rules, 0);
    }

    /// Sets all counters to zero, and keeps their memory.
    pub fn clear(&mut self) {
        // Destructured in full: a new counter that is not cleared is a compile error.
        let Summary {
            posts,
            skipped,
            errors,
            actions,
            care,
            capped,
            repaired,
            categories,
            rules,
            shadow,
            written,
            bytes,
        } = self;
        for counter in [posts, skipped, care, capped, repaired, written, bytes] {
            *counter = 0;
        }
        errors.clear();
        actions.fill(0);
        categories.clear();
        rules.fill(0);
        shadow.fill(0);
    }

    /// Adds all counters but those of rules.
    fn add_lines(&mut self, other: &Summary) {
        // Destructured in full: a new counter that is not added is a compile error.
        let Summary {
            posts,
            skipped,
            errors,
            actions,
            care,
            capped,
            repaired,
            categories,
            rules: _,
            shadow: _,
            written,
            bytes,
        } = other;
        self.posts += posts;
        self.skipped += skipped;
        for (code, count) in errors {
            self.add_errors(code, *count);
        }
        add(&mut self.actions, actions);
        self.care += care;
        self.capped += capped;
        self.repaired += repaired;
        self.categories.add(categories);
        self.written += written;
        self.bytes += bytes;
    }
}

fn add_at(totals: &mut [u64], more: &[u64], numbers: &[usize]) {
    assert_eq!(more.len(), numbers.len(), "every rule has a number");
    for (at, count) in numbers.iter().zip(more).filter(|(_, count)| **count > 0) {
        totals[*at] += count;
    }
}

fn add(totals: &mut [u64], more: &[u64]) {
    assert_eq!(totals.len(), more.len(), "summaries of one rule set have equal tables");
    for (total, count) in totals.iter_mut().zip(more) {
        *total += count;
    }
}

/// Names for the numbers of a summary.
#[derive(Clone, Copy, Debug)]
pub struct RuleNames<'a> {
    /// The ids of all rules, by [`RuleIx`](crate::domain::ids::RuleIx).
    pub ids: &'a [&'a str],
    /// The hash of rules and policy, 8 hex digits.
    pub hash: &'a str,
}

/// Rules listed in the text form; the JSON form lists all.
const RULES_SHOWN_MAX: usize = 10;

impl Summary {
    /// The text form: a few lines in a fixed order.
    pub fn to_text(&self, names: RuleNames<'_>) -> String {
        let mut text = String::new();
        self.write_text(&mut text, names).expect("writing to a string succeeds");
        text
    }

    fn write_text(&self, out: &mut String, names: RuleNames<'_>) -> fmt::Result {
        writeln!(
            out,
            "lines in: {} ({}); verdicts out: {}; rule set {}",
            grouped(self.lines()),
            human_bytes(self.bytes),
            grouped(self.written),
            names.hash
        )?;
        let actions = Action::ALL.map(|action| (action.name(), self.actions[action as usize]));
        let others = [
            ("care", self.care),
            ("capped", self.capped),
            ("repaired", self.repaired),
            ("skipped", self.skipped),
            ("unreadable", self.unreadable()),
        ];
        let rows: Vec<_> = actions
            .into_iter()
            .chain(others.into_iter().filter(|(_, count)| *count > 0))
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        write_rows(out, "actions", &rows)?;
        write_rows(out, "unreadable", &self.sorted_errors())?;
        let categories = self.categories.iter().map(|(category, count)| (category.name(), *count));
        write_rows(out, "categories", &most_first(categories))?;
        let rules = most_first(named(&self.rules, names));
        write_rows(out, "rules", &rules[..rules.len().min(RULES_SHOWN_MAX)])?;
        if rules.len() > RULES_SHOWN_MAX {
            writeln!(
                out,
                "  and {} more; --stats json lists them all",
                rules.len() - RULES_SHOWN_MAX
            )?;
        }
        let shadow = most_first(named(&self.shadow, names));
        write_rows(out, "shadow rules", &shadow[..shadow.len().min(RULES_SHOWN_MAX)])
    }

    fn sorted_errors(&self) -> Vec<(String, u64)> {
        most_first(self.errors.iter().copied())
    }

    /// One JSON object on one line, keys in a fixed order; rules that never fired are
    /// left out.
    pub fn to_json(&self, names: RuleNames<'_>) -> String {
        let numbers = |rows: Vec<(String, u64)>| {
            rows.into_iter().map(|(name, count)| (name, count.into())).collect()
        };
        let object = |rows| serde_json::Value::Object(numbers(rows));
        let listed = |rows: &mut dyn Iterator<Item = (&str, u64)>| {
            let mut rows: Vec<_> = rows.map(|(name, count)| (name.to_owned(), count)).collect();
            rows.sort();
            object(rows)
        };
        let actions = Action::ALL.map(|action| (action.name(), self.actions[action as usize]));
        let fired = |table| named(table, names).filter(|(_, count)| *count > 0);
        let categories =
            self.categories.iter().map(|(category, count)| (category.name().to_owned(), *count));
        let stats = serde_json::json!({
            "lines": self.lines(),
            "bytes": self.bytes,
            "verdicts": self.written,
            "posts": self.posts,
            "skipped": self.skipped,
            "unreadable": self.unreadable(),
            "errors": listed(&mut self.errors.iter().copied()),
            "actions": object(actions.map(|(name, count)| (name.to_owned(), count)).to_vec()),
            "care": self.care,
            "capped": self.capped,
            "repaired": self.repaired,
            "categories": object(categories.filter(|(_, count)| *count > 0).collect()),
            "rules": listed(&mut fired(&self.rules)),
            "shadow": listed(&mut fired(&self.shadow)),
            "ruleset": names.hash,
            "engine": env!("CARGO_PKG_VERSION"),
        });
        format!("{stats}\n")
    }
}

fn named<'a>(table: &'a [u64], names: RuleNames<'a>) -> impl Iterator<Item = (&'a str, u64)> {
    names.ids.iter().copied().zip(table.iter().copied())
}

/// Rows that are not zero, the largest first, equal ones by name.
fn most_first<'a>(rows: impl Iterator<Item = (&'a str, u64)>) -> Vec<(String, u64)> {
    let mut rows: Vec<_> = rows
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    rows
}

fn write_rows(out: &mut String, title: &str, rows: &[(String, u64)]) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "{title}")?;
    let widest = rows.iter().map(|(_, count)| grouped(*count).len()).max().unwrap_or(0);
    for (name, count) in rows {
        writeln!(out, "  {:>widest$}  {name}", grouped(*count))?;
    }
    Ok(())
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes with a decimal unit: `999 B`, `1.5 kB`, `12.0 MB`.
pub fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", grouped(tenths / 10), tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::category::Category;
    use crate::domain::ids::RuleIx;
    use crate::domain::score::Score;
    use crate::domain::verdict::Fired;

    const GAMBLING: usize = 1;

    fn fired(rule: u32, shadow: bool) -> Fired {
        Fired { rule: RuleIx(rule), score: Score::ZERO, shadow, boosts: 0..0, evidence: 0..0 }
    }

    fn sample() -> Summary {
        let mut summary = Summary::new(3);
        summary.count_post(&Verdict::default());
        let category = Category::from_index(GAMBLING).unwrap();
        summary.count_post(&Verdict {
            action: Action::Review,
            care: true,
            capped: true,
            categories: &[(category, Score::from_millis(5))],
            fired: &[fired(0, false), fired(2, true)],
            ..Verdict::default()
        });
        summary.count_unreadable("empty");
        summary.count_unreadable("bad_json");
        summary.count_unreadable("empty");
        summary.skipped += 1;
        summary.written += 6;
        summary.bytes += 1234;
        summary
    }

    const NAMES: RuleNames<'static> =
        RuleNames { ids: &["first", "second", "third"], hash: "0badcafe" };

    #[test]
    fn counts_what_was_judged() {
        let summary = sample();
        assert_eq!((summary.lines(), summary.unreadable()), (6, 3));
        assert_eq!(summary.actions, [1, 0, 1, 0]);
        assert_eq!(summary.at_least(Action::Flag), 1);
        assert_eq!(summary.at_least(Action::Block), 0);
        assert_eq!((summary.rules, summary.shadow), (vec![1, 0, 0], vec![0, 0, 1]));
        let [gambling, first] = [GAMBLING, 0].map(|at| Category::from_index(at).unwrap());
        assert_eq!((*summary.categories.get(gambling), *summary.categories.get(first)), (1, 0));
    }

    #[test]
    fn merging_is_addition_in_any_order() {
        let mut other = Summary::new(3);
        other.count_unreadable("bad_json");
        other.count_unreadable("no_text");
        let (mut left, mut right) = (sample(), other.clone());
        left.merge(&other);
        right.merge(&sample());
        assert_eq!(left.lines(), 8);
        assert_eq!(left.errors_of("bad_json"), 2);
        assert_eq!(left.to_json(NAMES), right.to_json(NAMES));
        assert_eq!(left.to_text(NAMES), right.to_text(NAMES));
    }

    #[test]
    fn counts_of_several_rule_sets_are_added_by_number() {
        let mut all = sample();
        let mut other = Summary::new(2);
        other.posts = 4;
        (other.rules, other.shadow) = (vec![5, 7], vec![0, 1]);
        all.grow(4);
        all.merge_numbered(&other, &[3, 0]);
        assert_eq!((all.posts, all.lines()), (6, 10));
        assert_eq!((all.rules, all.shadow), (vec![8, 0, 0, 5], vec![1, 0, 1, 0]));
        let mut cleared = sample();
        cleared.clear();
        assert_eq!(cleared, Summary::new(3));
    }

    #[test]
    fn json_keeps_its_order() {
        let expected = r#"{"lines":6,"bytes":1234,"verdicts":6,"posts":2,"skipped":1,"unreadable":3,"errors":{"bad_json":1,"empty":2},"actions":{"allow":1,"flag":0,"review":1,"block":0},"care":1,"capped":1,"repaired":0,"categories":{"gambling":1},"rules":{"first":1},"shadow":{"third":1},"ruleset":"0badcafe","engine":"VERSION"}"#
            .replace("VERSION", env!("CARGO_PKG_VERSION"));
        assert_eq!(sample().to_json(NAMES), expected + "\n");
    }

    #[test]
    fn text_is_for_people() {
        let expected = "\
lines in: 6 (1.2 kB); verdicts out: 6; rule set 0badcafe
actions
  1  allow
  0  flag
  1  review
  0  block
  1  care
  1  capped
  1  skipped
  3  unreadable
unreadable
  2  empty
  1  bad_json
categories
  1  gambling
rules
  1  first
shadow rules
  1  third
";
        assert_eq!(sample().to_text(NAMES), expected);
    }

    #[test]
    fn text_names_ten_rules_and_counts_the_rest() {
        for (rules, says_more) in [(9, false), (10, false), (11, true)] {
            let ids = vec!["rule"; rules];
            let names = RuleNames { ids: &ids, hash: "0badcafe" };
            let mut summary = Summary::new(rules);
            summary.rules.fill(1);
            assert_eq!(summary.to_text(names).contains("and 1 more"), says_more, "{rules}");
        }
    }

    #[test]
    fn numbers_read_well() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (u64::MAX, "18,446.7 PB"),
        ] {
            assert_eq!(human_bytes(bytes), text);
        }
    }
}
