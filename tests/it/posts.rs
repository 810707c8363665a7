//! Invented posts, the same for the same seed: about 60 % Chinese and 40 % English by
//! bytes, mostly clean, some that rules are written for, with the spelling of JSON that
//! feeds use (escapes, spaces after colons, members without a mapping).

/// Seeded randomness without a dependency.
pub struct Dice(u64);

impl Dice {
    /// `seed` may be anything.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Does what happens in `percent` of all cases happen now?
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const ZH_OPENINGS: &[&str] = &[
    "今天",
    "昨晚",
    "周末",
    "刚才",
    "早上出门",
    "下班路上",
    "听同事说",
    "妹妹告诉我",
    "小区门口",
    "图书馆里",
    "老家",
    "地铁上",
    "楼下的面馆",
    "公园里",
    "邻居家的猫",
    "学校食堂",
    "这部电影",
    "新买的台灯",
];
const ZH_MIDDLES: &[&str] = &[
    "下了一场大雨",
    "开满了桂花",
    "人特别多",
    "换了新老板",
    "味道比以前淡",
    "排了半个小时的队",
    "终于修好了",
    "让人想起小时候",
    "便宜了三块钱",
    "居然在打折",
    "安静得能听见风",
    "又停电了",
    "做得很用心",
    "看得我直掉眼泪",
    "比想象中远",
    "灯光特别温柔",
    "睡着了三次",
    "吃了两大碗",
];
const ZH_ENDINGS: &[&str] = &[
    "，下次还来。",
    "！",
    "，推荐给大家。",
    "，真不错",
    "……",
    "，有点失望。",
    "，你们觉得呢？",
    "，哈哈哈",
    "，累并快乐着。",
    "，明天继续努力。",
    "，顺便买了点水果。",
    "，先记下来。",
    "，回家路上一直在想这件事。",
];
const EN_OPENINGS: &[&str] = &[
    "The train",
    "My neighbour's dog",
    "This recipe",
    "The new library",
    "Last night's match",
    "Our garden",
    "The second season",
    "A friend of mine",
    "The ferry",
    "That little bakery",
    "My old laptop",
    "The museum",
];
const EN_MIDDLES: &[&str] = &[
    " was late again",
    " took two hours longer than planned",
    " smells of rain and lemon",
    " finally opened",
    " made everybody laugh",
    " needs a new battery",
    " looks better in the morning",
    " was worth the walk",
    " ran out of paper cups",
    " still surprises me",
    " keeps the windows open in winter",
];
const EN_ENDINGS: &[&str] = &[
    ".",
    "!",
    " and I did not mind.",
    ", which is fine.",
    ", would go again.",
    " - see you there?",
    ", apparently.",
    " so we stayed for tea.",
    ". Anyone else?",
    ", lol",
    ", as always.",
];
/// What rules are written for; invented handles and addresses.
const HARMFUL: &[&str] = &[
    "时时彩计划群稳赚不赔，首存送88，加微信 cp_demo888 领彩金",
    "真人荷官在线，百家乐注册送18，官网 www.bet-demo.example",
    "百 家 乐 首充送88 加 V 信 demo99887",
    "内部消息，带单导师一对一，稳赚不赔，加QQ 123456789",
    "无抵押贷款当天放款，加微信 daikuan_demo",
    "震惊！看完这个视频的人都沉默了，不转不是中国人",
    "Congratulations, you have won a free gift card, claim now at http://prize-demo.example/claim",
    "Earn 5000 dollars a week from home, guaranteed, WhatsApp +1 202 555 0147",
    "You are a worthless piece of trash, nobody wants you here",
];

/// Options of [`lines`].
#[derive(Clone, Copy)]
pub struct Mix {
    /// Posts that rules are written for.
    pub harmful_percent: usize,
    /// Lines that are no usable post.
    pub unreadable_percent: usize,
}

/// JSON lines, each with its newline, until `bytes` are reached.
pub fn lines(seed: u64, bytes: usize, mix: Mix) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut out = Vec::with_capacity(bytes + 4096);
    let (mut chinese_bytes, mut english_bytes) = (0, 0);
    let mut number = 0;
    while out.len() < bytes {
        number += 1;
        let before = out.len();
        let chinese = chinese_bytes * 2 <= english_bytes * 3;
        if dice.percent(mix.unreadable_percent) {
            unreadable(&mut dice, &mut out);
            continue;
        }
        let text = if dice.percent(mix.harmful_percent) {
            dice.pick(HARMFUL).to_owned()
        } else {
            sentences(&mut dice, chinese)
        };
        post(&mut dice, number, chinese, &text, &mut out);
        *(if chinese { &mut chinese_bytes } else { &mut english_bytes }) += out.len() - before;
    }
    out
}

/// One to four invented sentences.
pub fn sentences(dice: &mut Dice, chinese: bool) -> String {
    let tables = if chinese {
        [ZH_OPENINGS, ZH_MIDDLES, ZH_ENDINGS]
    } else {
        [EN_OPENINGS, EN_MIDDLES, EN_ENDINGS]
    };
    let mut text = String::new();
    for at in 0..=dice.below(4) {
        if at > 0 {
            text.push_str(if dice.percent(10) { "\n" } else { " " });
        }
        for table in tables {
            text.push_str(dice.pick(table));
        }
    }
    text
}

fn post(dice: &mut Dice, number: usize, chinese: bool, text: &str, out: &mut Vec<u8>) {
    let (lang, channel) = if chinese { ("zh", "microblog") } else { ("en", "forum") };
    let quoted = if dice.percent(10) { escaped(text) } else { plain(text) };
    let author = 1_000_000 + dice.below(5000);
    let likes = dice.below(1000);
    let line = if dice.percent(15) {
        format!(
            "{{\"id\": \"g{number}\", \"text\": {quoted}, \"lang\": \"{lang}\", \
             \"channel\": \"{channel}\", \"author\": {{\"id\": \"{author}\"}}, \
             \"created_at\": \"2026-03-02T10:14:00Z\", \"likes\": {likes}}}\n"
        )
    } else {
        format!(
            "{{\"id\":\"g{number}\",\"text\":{quoted},\"lang\":\"{lang}\",\"channel\":\"{channel}\",\
             \"author\":{{\"id\":\"{author}\",\"name\":\"n{author}\"}},\
             \"created_at\":\"2026-03-02T10:14:00Z\",\"stats\":{{\"likes\":{likes},\"views\":[1,2]}}}}\n"
        )
    };
    out.extend_from_slice(line.as_bytes());
}

fn plain(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// With every character outside ASCII as `\u`.
fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in plain(text)[1..].encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

fn unreadable(dice: &mut Dice, out: &mut Vec<u8>) {
    const LINES: &[&[u8]] = &[
        b"\n",
        b"\r\n",
        b"not json\n",
        b"{\"id\":1}\n",
        b"{\"id\":2,\"text\":3}\n",
        b"{\"id\":3,\"text\":\"a\",\"text\":\"b\"}\n",
        b"{\"id\":4,\"text\":\"\xff\xfe bad bytes\"}\r\n",
        b"{\"id\":5,\"text\":\"lone \\ud800 surrogate\"}\n",
    ];
    out.extend_from_slice(LINES[dice.below(LINES.len())]);
}
