//! Accounts on messengers: a word that names the messenger, followed by an account.
//!
//! The hit spans word and account (`v信：abc12345` in `加v信：abc12345`), or a link
//! to one (`t.me/abc`). A bare `@name` names no messenger and is not a handle.
//!
//! * Up to [`FILLERS_MAX`] symbols of punctuation, space, emoji, and words such as 号, 群, 是, 客服,
//!   `id` are allowed between word and account.
//! * Words with other meanings (`v`, 薇, 飞机) require a *link*: one of `:` `=` 号 是 …, or 加 before
//!   them; for Telegram, an `@` before the account is enough.
//! * Accounts have the form of their messenger; digits may be Han numerals, and a
//!   number that counts something (`微信20000人`) is not an account.
//! * Skipped noise counts as a space. In an account of letters it ends the account,
//!   unless noise separates every symbol: any words together would look like one account.

use super::entity::{Entity, Found};
use super::handle_words::{Kind, LINKS, Word, may_begin, words_at};
use super::phone;
use super::text::{Text, hit, is_alnum, is_digit, is_han, is_latin, is_letter, numeral};
use std::ops::Range;

/// Largest number of symbols between word and account.
const FILLERS_MAX: usize = 12;

/// Adds every handle, leftmost first, without overlap.
pub(super) fn find<J: Fn(usize) -> bool>(text: &Text<'_, J>, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < text.len() {
        // Words and links that begin with a Latin letter begin at an edge.
        let symbol = text.at(at);
        if !may_begin(symbol) || (is_latin(symbol) && !text.left_edge(at)) {
            at += 1;
            continue;
        }
        match link_at(text, at).or_else(|| worded_at(text, at)) {
            Some(end) => {
                found.push(hit(Entity::Handle, at, end));
                at = end;
            }
            None => at += 1,
        }
    }
}

/// The end of the link to an account at `start`.
fn link_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    const PATH_CHARS_MIN: usize = 3;
    const PATH_CHARS_MAX: usize = 128;
    let path = LINKS.iter().find_map(|link| text.word_at(start, link))?;
    let inside = (start + 1..=path).all(|at| text.joined(at));
    let name = |symbol| is_alnum(symbol) || matches!(symbol, 0x5F | 0x2D | 0x2B | 0x2F | 0x3D);
    let end = text.run(path, PATH_CHARS_MAX, name);
    (inside && end - path >= PATH_CHARS_MIN).then_some(end)
}

/// The end of the account whose word begins at `start`.
fn worded_at<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    words_at(text.at(start)).iter().find_map(|word| {
        let end = text.word_at(start, word.text)?;
        // `watch?v=…` is a parameter.
        let parameter = is_latin(text.at(start))
            && text.joined(start)
            && matches!(text.before(start), 0x26 | 0x2F | 0x3D | 0x3F);
        if parameter { None } else { account_after(text, word, start, end) }
    })
}

/// The text between word and account.
struct Between {
    /// Start of the account.
    end: usize,
    /// Has a sign that an account follows.
    linked: bool,
    /// Its last symbol is `@`.
    at_sign: bool,
}

fn account_after<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    word: &Word,
    start: usize,
    end: usize,
) -> Option<usize> {
    let between = between(text, word.kind, end);
    let invited = invited(text, start);
    let linked = between.linked || invited;
    if word.linked && !linked && !between.at_sign {
        return None;
    }
    let direct = between.end == end && text.joined(end);
    let latin = is_latin(text.before(end)) && is_latin(text.at(between.end));
    let sentence = in_latin_sentence(text, start);
    let start = between.end;
    match word.kind {
        Kind::WeChat => {
            let proven = linked && !(direct && latin);
            // `x v: word` is not enough evidence for a name without digits.
            let plain = match word.text.len() {
                1 => proven && (invited || !sentence),
                _ => proven || !is_latin(text.before(end)),
            };
            name(text, start, 6..=20, |symbol| symbol == 0x2D || symbol == 0x5F)
                .filter(|end| is_account(text, start..*end, plain, proven))
                .or_else(|| phone::find_at(text, start).map(|phone| phone.end))
                .or_else(|| digits(text, start, if proven { 5 } else { 6 }, 12))
        }
        Kind::Qq => digits(text, start, 5, 12).filter(|_| text.at(start) != 0x30),
        Kind::Group => digits(text, start, 7, 10).filter(|_| text.at(start) != 0x30),
        Kind::Telegram => (linked || between.at_sign)
            .then(|| name(text, start, 5..=32, |symbol| symbol == 0x5F))
            .flatten()
            .filter(|_| !(direct && latin)),
        Kind::Number => number(text, start),
        Kind::Account => (linked && !(direct && latin))
            .then(|| name(text, start, 4..=32, |symbol| matches!(symbol, 0x5F | 0x2D | 0x2E)))
            .flatten(),
    }
}

/// 加, a plus or a character used for 加 before the word, with up to two spaces or characters of
/// 我 个 下 了 她 他 本 between.
fn invited<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    let mut at = start;
    while start - at < 2
        && matches!(
            char::from_u32(text.before(at).into()),
            Some(' ' | '我' | '个' | '下' | '了' | '她' | '他' | '本')
        )
    {
        at -= 1;
    }
    let symbol = char::from_u32(text.before(at).into());
    matches!(symbol, Some('加' | '+' | '佳' | '伽' | '茄' | '嘉'))
}

/// Is the word one of a Latin sentence: letters, and a space, before it?
fn in_latin_sentence<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> bool {
    text.before(start) == 0x20 && is_latin(text.before(start - 1))
}

fn between<J: Fn(usize) -> bool>(text: &Text<'_, J>, kind: Kind, start: usize) -> Between {
    let mut between = Between { end: start, linked: false, at_sign: false };
    while between.end - start < FILLERS_MAX {
        let at = between.end;
        match char::from_u32(text.at(at).into()) {
            Some(
                ':' | '=' | '→' | '>' | '号' | '码' | '是' | '为' | '搜' | '加' | '+' | '群' | '裙'
                // A heart is read 心, which sounds like 信.
                | '❤' | '♥' | '♡',
            ) => between.linked = true,
            Some('[') if let Some(end) = emoji_name_end(text, at) => {
                between.linked = true;
                between.end = end - 1;
            }
            // Elsewhere it begins a name on the platform of the post itself.
            Some('@') if kind == Kind::Telegram => {}
            Some(' ' | '\n' | ',' | '.' | '|' | '/' | '~' | '-' | '(' | '[' | '"' | '\'' | '*')
            | Some('、' | '。' | '，' | '【' | '「' | '『' | '《' | '“' | '·' | '…' | '—')
            | Some('我' | '的' | '客' | '服' | '联' | '系' | '添' | '账' | '帐' | '官' | '方') =>
                {}
            Some('i') if is_word(text, at, "id") => {
                between.linked = true;
                between.end += 1;
            }
            Some('i') if is_word(text, at, "is") => between.end += 1,
            // Emoji: half of a pair, dingbats, arrows, their variation.
            None | Some('\u{2190}'..='\u{2bff}' | '\u{fe0f}') => {}
            _ => break,
        }
        between.at_sign = text.at(at) == u16::from(b'@');
        between.end += 1;
    }
    between
}

/// The end of an emoji written as a name in brackets, as microblogs do: `[爱心]`.
fn emoji_name_end<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    const CHARS_MAX: usize = 6;
    let end = text.run(start + 1, CHARS_MAX, is_han);
    (end > start + 1 && text.at(end) == u16::from(b']')).then_some(end + 1)
}

/// `word` with something other than a letter or digit on both sides.
fn is_word<J: Fn(usize) -> bool>(text: &Text<'_, J>, at: usize, word: &str) -> bool {
    text.left_edge(at)
        && text.word_at(at, word).is_some_and(|end| text.right_edge(end) && end < text.len())
}

/// The end of a name at `start`: a letter, then letters, digits and what `marks`
/// allows. `None` if a longer word continues after it, as in an address.
fn name<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    length: std::ops::RangeInclusive<usize>,
    marks: impl Fn(u16) -> bool,
) -> Option<usize> {
    let belongs = |symbol: u16| is_alnum(symbol) || marks(symbol);
    let longest = *length.end() + 1;
    let mut end = text.run(start, longest, belongs);
    if end == start + 1 && belongs(text.at(end)) {
        end = spelled_end(text, start, longest, &belongs);
    }
    while end > start && !is_alnum(text.before(end)) && text.before(end) != 0x5F {
        end -= 1;
    }
    let goes_on = text.joined(end)
        && (text.at(end) == 0x40
            || (text.at(end) == 0x2E && is_letter(text.at(end + 1)))
            || text.word_at(end, "://").is_some());
    (is_letter(text.at(start))
        && length.contains(&(end - start))
        && text.right_edge(end)
        && !goes_on)
        .then_some(end)
}

/// The end of a run in which noise was skipped between every two symbols.
fn spelled_end<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    longest: usize,
    belongs: &impl Fn(u16) -> bool,
) -> usize {
    let is_separated = |at: &usize| *at < text.len() && !text.joined(*at) && belongs(text.at(*at));
    start + 1 + (start + 1..start + longest).take_while(is_separated).count()
}

/// Is a name that follows a WeChat word an account? One with a digit or underscore
/// is, if it is more than the name and version of a product; one of letters alone
/// only where `plain`, and not if it is a word people use after 微信.
fn is_account<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    name: Range<usize>,
    plain: bool,
    proven: bool,
) -> bool {
    const PRODUCTS: &[&str] = &[
        "account",
        "android",
        "client",
        "facebook",
        "friend",
        "friends",
        "google",
        "group",
        "harmonyos",
        "huawei",
        "iphone",
        "ipados",
        "messenger",
        "mobile",
        "moment",
        "moments",
        "number",
        "official",
        "payment",
        "please",
        "public",
        "python",
        "samsung",
        "telegram",
        "twitter",
        "version",
        "wechat",
        "weixin",
        "whatsapp",
        "windows",
        "xiaomi",
    ];
    let letters = text.run(name.start, name.len(), is_letter);
    let product = PRODUCTS.iter().any(|word| text.word_at(name.start, word) == Some(letters));
    let marked = name.clone().any(|at| !is_letter(text.at(at)));
    if product {
        return proven && name.clone().any(|at| !is_alnum(text.at(at)));
    }
    marked || plain
}

/// The end of `least` to `most` digits or Han numerals at `start`. `None` if a measure word follows:
/// the number counts something.
fn digits<J: Fn(usize) -> bool>(
    text: &Text<'_, J>,
    start: usize,
    least: usize,
    most: usize,
) -> Option<usize> {
    let length = (start..start + most + 1).take_while(|at| numeral(text.at(*at)).is_some()).count();
    let end = start + length;
    // Numerals in words are short; account numbers are not.
    let least = if (start..end).all(|at| is_digit(text.at(at))) { least } else { least.max(7) };
    let fraction = text.joined(end) && text.at(end) == 0x2E && is_digit(text.at(end + 1));
    ((least..=most).contains(&length)
        && text.right_edge(end)
        && !fraction
        && !(text.joined(end) && is_measure(text.at(end))))
    .then_some(end)
}

fn is_measure(symbol: u16) -> bool {
    const MEASURES: &str = "人元块个位名次条只万千百亿年月日天小时分秒钱米粉篇张%+";
    symbol >= 0x25 && MEASURES.encode_utf16().any(|measure| measure == symbol)
}

/// The end of a telephone number of any country: seven to fifteen digits (E.164), in
/// groups with up to two symbols between or not, perhaps with a plus.
fn number<J: Fn(usize) -> bool>(text: &Text<'_, J>, start: usize) -> Option<usize> {
    let mut at = start + usize::from(text.at(start) == 0x2B);
    let mut digits = 0;
    let mut end = at;
    while digits <= 15 {
        if is_digit(text.at(at)) {
            digits += 1;
            end = at + 1;
        } else if digits == 0 || at > end + 1 || !matches!(text.at(at), 0x20 | 0x2D | 0x28 | 0x29) {
            break;
        }
        at += 1;
    }
    ((7..=15).contains(&digits) && text.right_edge(end)).then_some(end)
}
