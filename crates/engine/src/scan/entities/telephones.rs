//! Telephone numbers of any country, in the ways that people group them.
//!
//! * With a plus or `00`: a country code in use, and as many digits as its numbers have.
//! * National, without a further sign: North America (3-3-4 with hyphens, dots or a bracket), a
//!   leading zero with an area code (Europe, Asia, Australia), French pairs, Russia with an 8,
//!   Brazil, and an area code in brackets.
//! * Other groups, and digits in one piece, only soon after a word such as `call` or `tel`.
//! * And every number that `phone` finds.
//!
//! Not: two years (`1998-2003`), dates, decimals, numbers that a word calls something else
//! (`order 345-678-9012`), amounts, paths of addresses. Skipped noise ends a number: without its
//! groups it looks like any other.

use super::phone;
use super::text::{Text, follows_zero_point, has_fraction, is_digit, is_latin};
use std::ops::Range;

/// E.164 allows 15; with `00` 17. One more shows that the number is longer.
const DIGITS_MAX: usize = 18;
const GROUPS_MAX: usize = 8;
/// The shortest national numbers, without their area code.
const DIGITS_MIN: usize = 7;
/// A bracket with a space or hyphen on one side.
const SEPARATOR_CHARS_MAX: usize = 2;

/// What separates two groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Space,
    Hyphen,
    Dot,
    Slash,
    Bracket,
}

/// Digits in groups.
struct Written {
    digits: [u8; DIGITS_MAX],
    /// Number of digits before each group, and before the end.
    sums: [usize; GROUPS_MAX + 1],
    ends: [usize; GROUPS_MAX],
    separators: [Separator; GROUPS_MAX],
    groups: usize,
    /// More digits follow than were read.
    longer: bool,
}

impl Written {
    fn read<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Written {
        let mut written = Written {
            digits: [0; DIGITS_MAX],
            sums: [0; GROUPS_MAX + 1],
            ends: [start; GROUPS_MAX],
            separators: [Separator::Space; GROUPS_MAX],
            groups: 0,
            longer: false,
        };
        let mut at = start;
        loop {
            let read = written.sums[written.groups];
            let end = text.run(at, DIGITS_MAX + 1 - read, is_digit);
            let length = end - at;
            if read + length > DIGITS_MAX || written.groups == GROUPS_MAX {
                written.longer = true;
                return written;
            }
            for (slot, at) in written.digits[read..].iter_mut().zip(at..end) {
                *slot = (text.at(at) - u16::from(b'0')) as u8;
            }
            let group = written.groups;
            written.ends[group] = end;
            written.groups += 1;
            written.sums[written.groups] = read + length;
            match separator(text, end) {
                Some((separator, next)) => (written.separators[group], at) = (separator, next),
                None => return written,
            }
        }
    }

    /// Number of digits of the first `groups` groups.
    fn total(&self, groups: usize) -> usize {
        self.sums[groups]
    }

    fn length(&self, group: usize) -> usize {
        self.sums[group + 1] - self.sums[group]
    }

    fn value(&self, group: usize) -> usize {
        let digits = &self.digits[self.sums[group]..self.sums[group + 1]];
        digits.iter().fold(0, |value, digit| value * 10 + usize::from(*digit))
    }

    fn is_year(&self, group: usize) -> bool {
        self.length(group) == 4 && (1900..2100).contains(&self.value(group))
    }

    /// Do the groups have these lengths?
    fn is(&self, groups: usize, lengths: &[usize]) -> bool {
        groups == lengths.len() && (0..groups).all(|group| self.length(group) == lengths[group])
    }

    fn all_separators(&self, groups: usize, expected: Separator) -> bool {
        self.separators[..groups - 1].iter().all(|separator| *separator == expected)
    }

    /// Does the number end with six zeros? Amounts do.
    fn is_round(&self, groups: usize) -> bool {
        let total = self.total(groups);
        total >= 6 && self.digits[total - 6..total].iter().all(|digit| *digit == 0)
    }

    /// Can the first `groups` groups be a whole number, and not two years or a decimal?
    fn is_whole<J: Fn(usize) -> bool>(&self, text: &Text<'_, J>, groups: usize) -> bool {
        let end = self.ends[groups - 1];
        let last = groups == self.groups;
        let cut = if last { self.longer } else { self.separators[groups - 1] != Separator::Space };
        let years = (1..groups).any(|group| self.is_year(group - 1) && self.is_year(group));
        let decimal = groups == 2 && self.separators[0] == Separator::Dot;
        let comma = text.at(end) == u16::from(b',') && is_digit(text.at(end + 1));
        !cut && !years
            && !decimal
            && !comma
            && !has_fraction(text, end)
            && (text.right_edge(end) || extension(text, end) || phone::may_end_at(text, end))
    }
}

/// `x12` after a number.
fn extension<J: Fn(usize) -> bool>(text: &Text<'_, J>, end: usize) -> bool {
    const DIGITS: usize = 5;
    let digits = text.run(end + 1, DIGITS + 1, is_digit);
    text.at(end) == u16::from(b'x')
        && (1..=DIGITS).contains(&(digits - end - 1))
        && text.right_edge(digits)
}

/// The separator at `at` before another digit, and where that digit is.
fn separator<J: Fn(usize) -> bool>(text: &Text<'_, J>, at: usize) -> Option<(Separator, usize)> {
    let kind = match text.at(at) {
        0x20 | 0xA0 | 0x3000 => Separator::Space,
        0x2D | 0x2010..=0x2015 | 0x2212 => Separator::Hyphen,
        0x2E | 0xB7 => Separator::Dot,
        0x2F => Separator::Slash,
        0x28 | 0x29 => Separator::Bracket,
        _ => return None,
    };
    // `) 555`, `)-555`, ` (202`.
    let closed = text.at(at) == 0x29 && matches!(text.at(at + 1), 0x20 | 0x2D | 0xA0);
    let opened = text.at(at + 1) == 0x28 && matches!(kind, Separator::Space | Separator::Hyphen);
    let second = closed || opened;
    let kind = if second { Separator::Bracket } else { kind };
    let next = at + 1 + usize::from(second);
    let inside = (at..=next).all(|at| text.joined(at));
    (inside && is_digit(text.at(next))).then_some((kind, next))
}

/// Can a text of these symbols contain a number with ASCII digits? No false negatives.
pub(super) fn is_possible(symbols: &[u16]) -> bool {
    let (mut digits, mut separators) = (0, 0);
    for symbol in symbols {
        if is_digit(*symbol) {
            (digits, separators) = (digits + 1, 0);
            if digits >= DIGITS_MIN {
                return true;
            }
        } else {
            separators += 1;
            let separates = matches!(*symbol, 0x20 | 0x28..=0x29 | 0x2D..=0x2F | 0xA0 | 0xB7
                | 0x2010..=0x2015 | 0x2212 | 0x3000);
            if !separates || separators > SEPARATOR_CHARS_MAX {
                digits = 0;
            }
        }
    }
    false
}

/// The number that begins at `start`, which must be a digit or a Han numeral. A hit may begin
/// before it, with a plus or bracket, but not before `free`.
pub(super) fn find_at<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    free: usize,
) -> Option<Range<usize>> {
    let plus = text.joined(start) && text.before(start) == u16::from(b'+');
    let range = if plus { with_plus(text, start) } else { None }
        .or_else(|| phone::find_at(text, start))
        .or_else(|| without_plus(text, start).filter(|_| !plus))
        .filter(|range| range.start >= free)?;
    let opened = range.start > free
        && text.joined(range.start)
        && text.before(range.start) == u16::from(b'(')
        && (range.clone()).any(|at| text.at(at) == u16::from(b')'));
    Some(range.start - usize::from(opened)..range.end)
}

fn with_plus<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    let plus = start - 1;
    let free =
        !text.joined(plus) || !is_latin(text.before(plus)) || phone::follows_word(text, plus);
    if !free || !is_digit(text.at(start)) {
        return None;
    }
    let written = Written::read(text, start);
    Some(plus..international(text, &written, 0)?)
}

/// The end of the number whose country code begins at digit `from`.
fn international<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    written: &Written,
    from: usize,
) -> Option<usize> {
    let (code, least, most) = country(&written.digits[from..])?;
    let code_end = from + code;
    if (from + 1..code_end).any(|digit| written.sums[1..=written.groups].contains(&digit)) {
        return None;
    }
    (1..=written.groups).rev().find_map(|groups| {
        let total = written.total(groups);
        let national = total.checked_sub(code_end).filter(|count| *count > 0)?;
        let first = &written.digits[code_end..];
        // `+49 (0)30`: the zero is for callers in the country. Italian numbers keep theirs.
        let zero = first[0] == 0 && !(least == 6 && code == 2);
        let count = national - usize::from(zero);
        let significant = &first[usize::from(zero)..];
        let plausible = !(code == 1 && written.digits[from] == 1)
            || (significant[0] >= 2 && significant[3] >= 2);
        let split = (0..groups).all(|group| written.length(group) >= 2 || group <= 1 || zero);
        ((least..=most).contains(&count)
            && plausible
            && (split || from > 0)
            && !written.is_round(groups)
            && written.is_whole(text, groups))
        .then(|| written.ends[groups - 1])
    })
}

/// Country codes of two digits, with the fewest and most digits of their numbers.
const TWO: &[(u16, usize, usize)] = &[
    (20, 8, 10),
    (27, 9, 9),
    (30, 10, 10),
    (31, 9, 9),
    (32, 8, 9),
    (33, 9, 9),
    (34, 9, 9),
    (36, 8, 9),
    (39, 6, 11),
    (40, 9, 9),
    (41, 9, 9),
    (43, 7, 13),
    (44, 9, 10),
    (45, 8, 8),
    (46, 7, 10),
    (47, 8, 8),
    (48, 9, 9),
    (49, 7, 12),
    (51, 8, 9),
    (52, 10, 11),
    (53, 8, 8),
    (54, 10, 11),
    (55, 10, 11),
    (56, 9, 9),
    (57, 8, 10),
    (58, 10, 10),
    (60, 8, 10),
    (61, 9, 9),
    (62, 8, 12),
    (63, 8, 10),
    (64, 8, 10),
    (65, 8, 8),
    (66, 8, 9),
    (81, 9, 10),
    (82, 8, 10),
    (84, 9, 10),
    (90, 10, 10),
    (91, 10, 10),
    (92, 9, 10),
    (93, 9, 9),
    (94, 9, 9),
    (95, 7, 10),
    (98, 10, 10),
];
/// The first two digits of country codes of three. Bit `k`: the code that ends with `k` is in use.
const THREE: &[(u16, u16)] = &[
    (21, 0b01_0100_1110),
    (22, 0b11_1111_1111),
    (23, 0b11_1111_1111),
    (24, 0b11_1111_1111),
    (25, 0b01_1111_1111),
    (26, 0b11_1111_1111),
    (29, 0b11_1000_0011),
    (35, 0b11_1111_1111),
    (37, 0b11_1111_1111),
    (38, 0b10_1110_1111),
    (42, 0b00_0000_1011),
    (50, 0b11_1111_1111),
    (59, 0b11_1111_1111),
    (67, 0b11_1111_1101),
    (68, 0b11_1110_1111),
    (69, 0b00_0000_0111),
    (85, 0b00_0110_1101),
    (88, 0b00_0100_0001),
    (96, 0b01_1111_1111),
    (97, 0b00_1111_1111),
    (99, 0b01_0111_1100),
];

/// The digits of the country code that `digits` begin with, and the fewest and most digits of
/// the numbers in that country (ITU-T E.164, national plans). China has stricter rules in `phone`.
fn country(digits: &[u8]) -> Option<(usize, usize, usize)> {
    let [first, second, third, ..] = *digits else { return None };
    if first == 1 || first == 7 {
        return Some((1, 10, 10));
    }
    let two = u16::from(first) * 10 + u16::from(second);
    if let Some((_, least, most)) = TWO.iter().find(|row| row.0 == two) {
        return Some((2, *least, *most));
    }
    let used = THREE.iter().any(|(code, last)| *code == two && last >> third & 1 != 0);
    let longest =
        if matches!((two, third), (35, 8) | (23, 4) | (88, 0) | (85, 5 | 6)) { 10 } else { 9 };
    used.then_some((3, 7, longest))
}

fn without_plus<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<Range<usize>> {
    if !is_digit(text.at(start)) || !may_begin(text, start) {
        return None;
    }
    let written = Written::read(text, start);
    if written.total(written.groups) < DIGITS_MIN {
        return None;
    }
    if written.digits[..2] == [0, 0] {
        // In one piece it may be any code with zeros before it.
        let end = international(text, &written, 2).filter(|end| *end > written.ends[0]);
        return end.map(|end| start..end);
    }
    if is_called_otherwise(text, start) {
        return None;
    }
    let opened = text.joined(start) && text.before(start) == u16::from(b'(');
    let announced = is_announced(text, start);
    let groups = (1..=written.groups).rev().find(|groups| {
        (is_national(&written, *groups, opened) || (announced && is_plain(text, &written, *groups)))
            && written.is_whole(text, *groups)
    })?;
    Some(start..written.ends[groups - 1])
}

fn may_begin<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    if !text.left_edge(start) {
        return phone::follows_word(text, start);
    }
    if !text.joined(start) {
        return true;
    }
    let before = text.before(start);
    // A part of a longer number, a path, an amount, a number of something.
    let part =
        matches!(before, 0x2C..=0x2F | 0x3A | 0x2010..=0x2015) && is_digit(text.before(start - 1));
    let sign = if before == 0x20 { text.before(start - 1) } else { before };
    let amount = matches!(sign, 0x23..=0x24 | 0xA3 | 0xA5 | 0x20A0..=0x20CF | 0x2116);
    let path = matches!(before, 0x25 | 0x26 | 0x2F | 0x3D | 0x3F | 0x40 | 0x5F);
    !part && !amount && !path && !follows_zero_point(text, start)
}

/// Have the first `groups` groups the shape of a national number?
fn is_national(written: &Written, groups: usize, opened: bool) -> bool {
    if groups < 2 {
        return false;
    }
    let separators = &written.separators[..groups - 1];
    let bracket = opened && separators[0] == Separator::Bracket;
    let digits = &written.digits;
    if digits[0] == 0 {
        return is_zero_led(written, groups);
    }
    let bracket_rest = bracket
        && (2..=5).contains(&written.length(0))
        && !written.is_year(0)
        && (6..=8).contains(&(written.total(groups) - written.length(0)))
        && (1..groups).all(|group| written.length(group) >= 2);
    let brazil =
        written.is(groups, &[2, 5, 4]) && digits[2] == 9 && separators[1] == Separator::Hyphen;
    let russia = written.is(groups, &[1, 3, 3, 2, 2]) && digits[0] == 8;
    bracket_rest || brazil || russia || is_north_american(written, groups, bracket)
}

/// Area code and exchange begin with 2 to 9, with the same hyphen or dot between all groups, or with
/// the area code in brackets, perhaps after a 1.
fn is_north_american(written: &Written, groups: usize, bracket: bool) -> bool {
    let one = usize::from(written.length(0) == 1 && written.digits[0] == 1);
    let lengths = [1, 3, 3, 4];
    if !written.is(groups, &lengths[1 - one..]) {
        return false;
    }
    let [area, second, third, exchange, ..] = written.digits[one..] else { return false };
    let issued = area >= 2 && second != 9 && exchange >= 2 && (second, third) != (1, 1);
    let [first, last] = [written.separators[one], written.separators[one + 1]];
    let spaced = one == 1 && written.separators[0] == Separator::Bracket;
    let even = first == last && matches!(first, Separator::Hyphen | Separator::Dot);
    issued && (even || bracket || spaced)
}

/// A zero, an area or network code, and a subscriber number.
fn is_zero_led(written: &Written, groups: usize) -> bool {
    const AFTER_TWO: &[&[usize]] =
        &[&[2, 4, 4], &[2, 3, 4], &[2, 4, 3], &[2, 3, 3, 2], &[2, 3, 2, 2], &[2, 8], &[2, 7]];
    let separators = &written.separators[..groups - 1];
    let total = written.total(groups);
    let shape = match written.length(0) {
        2 if written.is(groups, &[2, 2, 2, 2, 2]) => return is_pairs(written, groups),
        2 => AFTER_TWO.iter().any(|lengths| written.is(groups, lengths)),
        3..=6 if groups == 2 => (5..=8).contains(&written.length(1)),
        3..=6 => groups <= 5 && (1..groups).all(|group| (2..=5).contains(&written.length(group))),
        _ => false,
    };
    let slashes = separators[1..].contains(&Separator::Slash);
    shape && written.digits[1] != 0 && (9..=12).contains(&total) && !slashes
}

/// Five pairs, as in France. With spaces draws of lotteries look alike, which are sorted, or have
/// no number above 50.
fn is_pairs(written: &Written, groups: usize) -> bool {
    let dotted = written.all_separators(groups, Separator::Dot)
        || written.all_separators(groups, Separator::Hyphen);
    let ascending = (1..groups).all(|group| written.value(group - 1) < written.value(group));
    let large = (1..groups).any(|group| written.value(group) > 50);
    let spaced = written.all_separators(groups, Separator::Space);
    written.digits[1] != 0 && (dotted || (spaced && !ascending && large))
}

/// Have the groups the shape of any number, behind a word that announces one?
fn is_plain<J: Fn(usize) -> bool>(text: &Text<'_, J>, written: &Written, groups: usize) -> bool {
    let total = written.total(groups);
    let dated = written.is(groups, &[4, 2, 2])
        || written.is(groups, &[2, 2, 4])
        // A social security number.
        || written.is(groups, &[3, 2, 4])
        || (groups == 1 && total == 8 && matches!(written.digits, [1, 9, ..] | [2, 0, ..]));
    let even = (0..groups).all(|group| {
        (2..=11).contains(&written.length(group)) || (group == 0 && written.digits[0] == 1)
    });
    let plain =
        written.separators[..groups - 1].iter().all(|separator| *separator != Separator::Slash);
    let end = written.ends[groups - 1];
    let next = if text.at(end) == 0x20 { text.at(end + 1) } else { text.at(end) };
    (DIGITS_MIN..=12).contains(&total)
        && groups <= 5
        // The beginning of a longer number is none.
        && groups == written.groups
        && even
        && plain
        && !dated
        && !written.is_round(groups)
        && !is_unit(next)
}

/// Signs of money and per cent, and Han words that count.
fn is_unit(symbol: u16) -> bool {
    const MEASURES: &str = "人元块个位名次条只万千百亿年月日天%$£¥€";
    MEASURES.encode_utf16().any(|measure| measure == symbol)
}

/// Does a word that announces a telephone number precede `start`, with a few other words between?
fn is_announced<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    const WITHIN: usize = 24;
    const WORDS: &[&str] = &[
        "tel",
        "telephone",
        "phone",
        "ph",
        "mobile",
        "mob",
        "cell",
        "cellphone",
        "call",
        "text",
        "sms",
        "fax",
        "dial",
        "ring",
        "whatsapp",
        "viber",
        "hotline",
        "landline",
        "telefon",
        "telefono",
        "telephon",
        "handy",
        "movil",
        "celular",
        "тел",
        "телефон",
        "звоните",
        "номер",
        "电话",
        "手机",
        "致电",
        "拨打",
        "热线",
        "联系",
        "전화",
        "연락처",
        "電話",
        "携帯",
    ];
    for at in (start.saturating_sub(WITHIN)..start).rev() {
        if is_digit(text.at(at)) || matches!(text.at(at), 0x0A | 0x21 | 0x3B | 0x3F) {
            return false;
        }
        let is_word = |end: usize| {
            end <= start && (!is_latin(text.at(at)) || (text.left_edge(at) && ends_word(text, end)))
        };
        if WORDS.iter().any(|word| text.word_at(at, word).is_some_and(is_word)) {
            return true;
        }
    }
    false
}

/// A digit may touch the word: `tel2025550143`.
fn ends_word<J: Fn(usize) -> bool>(text: &Text<'_, J>, end: usize) -> bool {
    text.right_edge(end) || is_digit(text.at(end))
}

/// Does the word before `start` say that it is another number?
fn is_called_otherwise<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    const WORDS: &[&str] = &[
        "order",
        "invoice",
        "tracking",
        "isbn",
        "issn",
        "serial",
        "sku",
        "model",
        "part",
        "ref",
        "reference",
        "ticket",
        "item",
        "version",
        "account",
        "acct",
        "case",
        "id",
        "zip",
        "plz",
        "订单",
        "单",
        "编",
        "货",
        "型",
        "卡",
        "账",
        "快递",
        "运单",
    ];
    /// Between the word and the number.
    const BETWEEN: &[&str] = &["number", "no", "nr", "num", "号码", "号", "is"];
    let mut at = start;
    for _ in 0..3 {
        while start - at < 16 && matches!(text.before(at), 0x20 | 0x23 | 0x28 | 0x2E | 0x3A | 0x3D)
        {
            at -= 1;
        }
        if phone::ends_with(text, at, WORDS).is_some() {
            return true;
        }
        match phone::ends_with(text, at, BETWEEN) {
            Some(from) => at = from,
            None => return false,
        }
    }
    false
}
