//! The texts of a report, in both languages.

use tidegate_engine::domain::category::{Category, DeclaredCategory};
use tidegate_engine::post::ErrorCode;
use tidegate_messages::Language;

macro_rules! words {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        /// Headings and labels.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs, reason = "the words are their own description")]
        pub struct Words { $(pub $name: &'static str,)* }

        impl Words {
            /// The texts in a language.
            pub fn of(language: Language) -> Words {
                Words { $($name: language.pick($english, $chinese),)* }
            }
        }
    };
}

words! {
    kicker: "tidegate report", "tidegate 报告";
    lines: "lines", "行";
    line: "line", "行";
    posts: "Posts", "帖子";
    flagged: "Flagged", "命中";
    flagged_what: "flag, review, block or care", "标记、复核、拦截或关怀";
    share: "Share", "占比";
    block: "Block", "拦截";
    review: "Review", "复核";
    flag: "Flag", "标记";
    allow_under: "Under threshold", "未达阈值";
    care: "Care", "关怀";
    unreadable: "Unreadable", "不可读";
    repaired: "Repaired", "已修复";
    repaired_what: "lines have bytes that are not UTF-8, which were read as U+FFFD; if there are many, the input may be in another encoding (--encoding).", "行含有非 UTF-8 字节，已读作 U+FFFD；若数量较多，输入可能使用其他编码（--encoding）。";
    skipped: "Skipped", "跳过";
    capped: "Capped", "截断";
    capped_what: "posts have too many hits: some were not evaluated; review them manually.", "条帖子命中过多、未全部检查，需人工复核。";
    actions: "Actions", "处置";
    over_time: "Over time", "时间分布";
    over_time_flagged: "Flagged posts by main category", "各主类别命中帖子";
    over_time_posts: "All posts", "全部帖子";
    other: "others", "其他";
    period: "From (UTC)", "起始时间（UTC）";
    figures: "The figures", "数据表";
    a_column_is: "A column is", "每列为";
    outside: "Posts outside the period drawn", "不在图示时段内的帖子";
    categories: "Categories", "类别";
    category: "Category", "类别";
    several: "A post counts in each category in which rules found something; “main” counts it once, in the one with the highest score.", "帖子计入其命中的每个类别；“主类别”一列只按得分最高的类别计一次。";
    main: "Main", "主类别";
    contents: "Contents", "目录";
    rate: "Share of flagged posts", "命中占比";
    once: "A post counts once, in the category with the highest score.", "每条帖子只按得分最高的类别计一次。";
    more: "more", "项未展开";
    alarm: "could not be read and were not judged", "无法读取，未作判定";
    alarm_all: "No line was a post: nothing was judged.", "没有任何一行是帖子：未作任何判定。";
    of_lines: "of the lines", "的行";
    filtered: "No verdict allows its post without a hit. If the verdicts were filtered, as with `--only flagged`, the shares and totals below are those of the selection, not of the stream.", "没有一条判定为无命中放行。若判定结果经过筛选（如 `--only flagged`），下面的占比与总数只反映筛选后的部分，而非全部内容。";
    since: "Compared with the earlier report", "与上次报告比较";
    before: "Before", "上次";
    now: "Now", "本次";
    change: "Change", "变化";
    posts_of_author: "All posts", "全部帖子";
    share_of_author: "Flagged share", "命中占比";
    channels: "Channels", "频道";
    channel: "Channel", "频道";
    surfaces: "Surfaces", "展示位";
    surface: "Surface", "展示位";
    mostly: "Most frequent", "最多类别";
    rules: "Rules", "规则";
    rule: "Rule and samples of its evidence", "规则与证据样例";
    fired: "Fired", "命中数";
    shadow: "Shadow", "试运行";
    masked: "Personal data are masked as in the verdicts.", "个人信息与判定结果中一样打码。";
    more_pieces: "more", "处未列";
    in_post: "in post", "帖子";
    authors: "Authors", "作者";
    authors_what: "Authors with the most flagged posts", "命中帖子最多的作者";
    author: "Author", "作者";
    at_most: "or up to", "或至多";
    not_shown: "more are not shown", "项未列出";
    why: "Why", "原因";
    count: "Count", "数量";
    examples: "Examples", "样例";
    byte: "byte", "字节";
    stray: "Lines that are not verdicts", "不是判定结果的行";
    stray_what: "They are counted here and in no other figure.", "仅计数，未参与其他统计。";
    missing_all: "Verdicts without their posts have no time, channel, surface or author. Judge with `tidegate --annotate`, or write the report while judging, with `tidegate --report FILE`.",
        "仅有判定结果时没有时间、频道、展示位和作者。请用 `tidegate --annotate` 判定，或在判定时用 `tidegate --report FILE` 直接生成报告。";
    missing_some: "of the posts do not have it, or their verdicts came without the post.", "的帖子没有此信息，或只有判定结果而无原帖。";
    missing_field: "No post has it. Is it mapped? See `--preset` and the pointer flags in `tidegate --help`.",
        "没有帖子提供此信息。请检查字段映射：见 `tidegate --help` 中的 `--preset` 与各指针参数。";
    brief: "flagged posts came without their rules (`--brief`): rules and evidence below leave them out.",
        "条命中帖子的判定不含规则（`--brief`），未计入下面的规则与证据。";
    mixed: "The verdicts come from several rule sets: their counts are not comparable.", "判定结果来自多个规则集，数据不可直接比较。";
    about: "Provenance", "来源与复现";
    ruleset: "Rule set", "规则集";
    no_ruleset: "not named (only verdicts with rules name it; `--stamp` makes all do so)", "未注明（仅含规则的判定注明；`--stamp` 可使全部注明）";
    inputs: "Read", "读取";
    reproduce: "To reproduce", "重新生成";
    engine: "Made by", "生成程序";
    bounded: "Tables in memory have a limit on their rows; where one overflowed, its rarer rows were dropped, and the largest possible missing count is stated:",
        "内存中的表有行数上限；溢出时丢弃较少的行，并注明可能漏计的数量：";
    nothing: "None.", "无。";
}

/// The name of a category. In Chinese a declared category has the Chinese title of its declaration.
pub fn category(language: Language, category: Category, declared: &[DeclaredCategory]) -> &str {
    let own = || declared.iter().find(|it| it.category == category);
    let title_zh = || own().map(|it| it.title_zh.as_str()).filter(|title| !title.is_empty());
    let chinese = category.info().map(|info| info.name_zh).or_else(title_zh);
    language.pick(category.name(), chinese.unwrap_or(category.name()))
}

/// Description of an error code of an unreadable line.
pub fn error(language: Language, code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Empty => language.pick("blank line", "空行"),
        ErrorCode::BadJson => language.pick("not one JSON object", "不是一个 JSON 对象"),
        ErrorCode::NoText => language.pick("no mapped text field", "没有映射的文本字段"),
        ErrorCode::BadText => language.pick("a text that is not a string", "文本字段不是字符串"),
        ErrorCode::DuplicateKey => language.pick("a mapped key occurs twice", "映射的键重复"),
        ErrorCode::TooLong => language.pick("longer than the limit", "超过行长上限"),
        ErrorCode::Truncated => language.pick("cut off at the end", "末行不完整"),
        ErrorCode::BadFrame => language.pick("no frame where one is expected", "应有帧处不是帧"),
        ErrorCode::Internal => language.pick("an internal error", "程序内部错误"),
    }
}

/// A length of time: `6 hours`.
pub fn span(language: Language, seconds: i64) -> String {
    let units = [(604_800, "week", "周"), (86_400, "day", "天"), (3_600, "hour", "小时")];
    let fits = |unit: &&(i64, &str, &str)| seconds % unit.0 == 0;
    let (size, english, chinese) =
        units.iter().find(fits).copied().unwrap_or((60, "minute", "分钟"));
    match (language, seconds / size) {
        (Language::English, 1) => format!("1 {english}"),
        (Language::English, count) => format!("{count} {english}s"),
        (Language::Chinese, count) => format!("{count} {chinese}"),
    }
}
