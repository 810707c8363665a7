//! Names of values, for people. Data for programs have the English names.

use crate::model::{CaseKind, CaseState, Outcome};
use tidegate_engine::domain::category::Category;
use tidegate_messages::Language;

/// What a case is about.
pub fn kind(language: Language, kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Campaign => language.pick("campaign", "批量文本"),
        CaseKind::Author => language.pick("author", "作者"),
        CaseKind::Channel => language.pick("channel", "频道"),
        CaseKind::Post => language.pick("post", "帖子"),
        CaseKind::Care => language.pick("care", "关怀"),
    }
}

/// State of a case.
pub fn state(language: Language, state: CaseState) -> &'static str {
    match state {
        CaseState::Open => language.pick("open", "未结"),
        CaseState::Decided => language.pick("decided", "已决定"),
        CaseState::Overflow => language.pick("closed at the bound", "溢出关闭"),
    }
}

/// An outcome of a decision.
pub fn outcome(language: Language, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Upheld => language.pick("upheld", "维持"),
        Outcome::Overturned => language.pick("overturned", "撤销"),
        Outcome::Closed => language.pick("closed", "关闭"),
    }
}

/// An outcome by its name in the log; other texts stay.
pub fn outcome_named(language: Language, name: &str) -> &str {
    let all = [Outcome::Upheld, Outcome::Overturned, Outcome::Closed];
    let found = all.into_iter().find(|outcome| outcome.name() == name);
    found.map_or(name, |found| outcome(language, found))
}

/// An action by its name; other texts stay.
pub fn action(language: Language, name: &str) -> &str {
    match name {
        "allow" => language.pick("allow", "放行"),
        "flag" => language.pick("flag", "标记"),
        "review" => language.pick("review", "复核"),
        "block" => language.pick("block", "拦截"),
        other => other,
    }
}

/// A kind of slot; other texts stay.
pub fn slot(language: Language, kind: &str) -> &str {
    match kind {
        "number" => language.pick("number", "数字"),
        "url" => language.pick("url", "网址"),
        "handle" => language.pick("handle", "账号"),
        "text" => language.pick("text", "文字"),
        other => other,
    }
}

/// A kind of entry of the log; other texts stay.
pub fn entry(language: Language, kind: &str) -> &str {
    match kind {
        "case" => language.pick("case opened", "立案"),
        "decision" => language.pick("decision", "决定"),
        "step" => language.pick("step", "升档"),
        "ignore" => language.pick("campaign ignored", "忽略批量文本"),
        "story" => language.pick("fabricated story", "编造故事"),
        "overflow" => language.pick("closed at the bound", "溢出关闭"),
        "reveal" => language.pick("revealed", "明文移交"),
        other => other,
    }
}

/// A category by its name, in Chinese with its Chinese name if it is built in.
pub fn category(language: Language, name: &str) -> &str {
    let chinese = Category::from_name(name).and_then(Category::info).map(|info| info.name_zh);
    language.pick(name, chinese.unwrap_or(name))
}
