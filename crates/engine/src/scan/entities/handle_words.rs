//! The words that name a messenger, in folded form.

/// The format of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A letter and 5 to 19 letters, digits, `-`, `_`; or a telephone or QQ number.
    WeChat,
    /// 5 to 12 digits.
    Qq,
    /// 7 to 10 digits: the number of a group, which only QQ has.
    Group,
    /// A letter and 4 to 31 letters, digits, `_`; always after a link or `@`.
    Telegram,
    /// A telephone number of any country.
    Number,
    /// A letter and 3 to 31 letters, digits, `-`, `_`, `.`; always after a link.
    Account,
}

/// One word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) text: &'static str,
    pub(super) kind: Kind,
    /// The word has other meanings: a sign that an account follows is required.
    pub(super) linked: bool,
}

const fn strong(kind: Kind, text: &'static str) -> Word {
    Word { text, kind, linked: false }
}

const fn weak(kind: Kind, text: &'static str) -> Word {
    Word { text, kind, linked: true }
}

/// Links that lead to an account, and the beginning of WeChat's own account ids.
pub(super) const LINKS: &[&str] = &[
    "api.whatsapp.com/send?phone=",
    "chat.whatsapp.com/",
    "discord.com/invite/",
    "discord.gg/",
    "line.me/",
    "qm.qq.com/",
    "t.me/",
    "telegram.dog/",
    "telegram.me/",
    "u.wechat.com/",
    "wa.me/",
    "weixin.qq.com/r/",
    "wxid_",
];

/// Words by their first symbol, sorted by it. In a row, a longer word precedes its prefixes.
const ROWS: &[(u16, &[Word])] = {
    use Kind::{Account, Group, Number, Qq, Telegram, WeChat};
    &[
        (b'k' as u16, &[weak(Account, "kik")]),
        (
            b'l' as u16,
            &[weak(Account, "lineid"), weak(Account, "line id"), weak(Account, "line号")],
        ),
        (
            b'q' as u16,
            &[
                strong(Qq, "qq"),
                strong(Qq, "q群"),
                strong(Qq, "q裙"),
                strong(Qq, "q号"),
                weak(Qq, "q"),
            ],
        ),
        (b's' as u16, &[weak(Account, "skype"), weak(Account, "snapchat")]),
        (
            b't' as u16,
            &[weak(Telegram, "telegram"), weak(Telegram, "telegarm"), weak(Telegram, "tg")],
        ),
        (
            b'v' as u16,
            &[
                strong(WeChat, "vx"),
                strong(WeChat, "v信"),
                strong(WeChat, "v芯"),
                strong(WeChat, "v号"),
                weak(WeChat, "vc"),
                weak(WeChat, "v"),
            ],
        ),
        (
            b'w' as u16,
            &[
                strong(WeChat, "wechat"),
                strong(WeChat, "weixin"),
                strong(WeChat, "wei信"),
                strong(Number, "whatsapp"),
                strong(Number, "whats app"),
                strong(WeChat, "wx"),
                strong(WeChat, "w信"),
            ],
        ),
        ('企' as u16, &[strong(Qq, "企鹅")]),
        ('加' as u16, &[strong(Group, "加群"), weak(Account, "加line")]),
        ('卫' as u16, &[strong(WeChat, "卫信"), weak(WeChat, "卫星"), weak(WeChat, "卫")]),
        ('叩' as u16, &[strong(Qq, "叩叩")]),
        ('威' as u16, &[weak(WeChat, "威信"), weak(WeChat, "威芯"), weak(WeChat, "威")]),
        ('小' as u16, &[weak(Telegram, "小飞机")]),
        ('崴' as u16, &[strong(WeChat, "崴信")]),
        (
            '微' as u16,
            &[
                strong(WeChat, "微信"),
                strong(WeChat, "微芯"),
                strong(WeChat, "微x"),
                strong(WeChat, "微号"),
                weak(WeChat, "微"),
            ],
        ),
        ('徽' as u16, &[strong(WeChat, "徽信")]),
        (
            '扣' as u16,
            &[strong(Qq, "扣扣"), strong(Qq, "扣q"), strong(Group, "扣群"), weak(Qq, "扣")],
        ),
        ('抠' as u16, &[strong(Qq, "抠抠")]),
        ('溦' as u16, &[strong(WeChat, "溦信")]),
        ('电' as u16, &[weak(Telegram, "电报")]),
        ('秋' as u16, &[weak(Qq, "秋秋")]),
        ('纸' as u16, &[weak(Telegram, "纸飞机")]),
        ('维' as u16, &[strong(WeChat, "维信")]),
        ('绿' as u16, &[weak(WeChat, "绿泡泡")]),
        ('群' as u16, &[strong(Group, "群号"), weak(Group, "群")]),
        ('葳' as u16, &[strong(WeChat, "葳信")]),
        ('蔻' as u16, &[strong(Qq, "蔻蔻")]),
        (
            '薇' as u16,
            &[
                strong(WeChat, "薇信"),
                strong(WeChat, "薇芯"),
                strong(WeChat, "薇x"),
                strong(WeChat, "薇号"),
                weak(WeChat, "薇"),
            ],
        ),
        ('蝙' as u16, &[weak(Account, "蝙蝠")]),
        ('裙' as u16, &[weak(Group, "裙")]),
        ('进' as u16, &[strong(Group, "进群")]),
        ('飞' as u16, &[weak(Telegram, "飞机")]),
        // The first half of U+1F6F0, a satellite: 卫星, which sounds like 微信.
        (0xD83D, &[weak(WeChat, "\u{1f6f0}")]),
    ]
};

/// A bit for each remainder by 1024 of a first symbol of a word or link.
const FIRST: [u64; 16] = {
    let mut bits = [0; 16];
    let mut row = 0;
    while row < ROWS.len() {
        let bucket = ROWS[row].0 % 1024;
        bits[bucket as usize / 64] |= 1 << (bucket % 64);
        row += 1;
    }
    let mut link = 0;
    while link < LINKS.len() {
        let bucket = LINKS[link].as_bytes()[0];
        bits[bucket as usize / 64] |= 1 << (bucket % 64);
        link += 1;
    }
    bits
};

/// Can a word or link begin with `symbol`? A `false` is certain.
#[inline]
pub(super) fn may_begin(symbol: u16) -> bool {
    let bucket = symbol % 1024;
    FIRST[usize::from(bucket / 64)] >> (bucket % 64) & 1 != 0
}

/// Words that begin with `symbol`, longer ones before their prefixes.
pub(super) fn words_at(symbol: u16) -> &'static [Word] {
    ROWS.binary_search_by_key(&symbol, |row| row.0).map_or(&[], |row| ROWS[row].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_hold_their_own_words() {
        assert!(ROWS.is_sorted_by(|a, b| a.0 < b.0));
        for (first, words) in ROWS {
            assert!(may_begin(*first) && words_at(*first).len() == words.len());
            for (at, word) in words.iter().enumerate() {
                assert_eq!(word.text.encode_utf16().next(), Some(*first), "{}", word.text);
                let hidden = words[..at].iter().any(|before| word.text.starts_with(before.text));
                assert!(!hidden, "{} stands behind a word it begins with", word.text);
            }
        }
        let words = ROWS.iter().flat_map(|(_, words)| words.iter().map(|word| word.text));
        for text in words.chain(LINKS.iter().copied()) {
            let symbols: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(crate::fold::fold(text), symbols, "{text} is not as folding leaves it");
        }
        assert!(LINKS.iter().all(|link| may_begin(link.as_bytes()[0].into())));
        assert!(words_at(0).is_empty() && !may_begin(b'0'.into()));
    }
}
