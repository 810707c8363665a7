//! Generated posts: text in which the matchers of [`packs`](super::packs) hit often.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Terms as they are written, disguised, cut, in allow phrases, and ordinary words.
const WORDS: [&str; 55] = [
    "alpha",
    "Alpha",
    "ALPHA",
    "alphabet",
    "a l p h a",
    "free money",
    "Free Money",
    "赌博",
    "赌.博",
    "赌",
    "贝者博",
    "百 家 乐",
    "加微信",
    "佳威信",
    "jiaweixin",
    "微信",
    "微信赌",
    "vx",
    "VX",
    "v.x",
    "call",
    "call 123",
    "c a l l 1 2 3",
    "a@b.com",
    "http://x.cn/a",
    "上分",
    "下.分",
    "平台",
    "在线",
    "news",
    "good news",
    "goodnews",
    "警方",
    "警方在线",
    "🈶",
    "有",
    "。",
    "1234",
    "你好",
    "日结",
    "结",
    "日",
    "兼",
    "日结日结兼",
    "4111111111111111",
    "4111111111111112",
    "13812345678",
    "@abc_def",
    "ugly",
    "u.g.1.y",
    "you ugly",
    "ug ly",
    "u.g.l.yy",
    "uuglyy",
    "日.日结",
];

const SPACES: [&str; 8] = ["", "", " ", " ", "\n", "  ~ ", ". ", "\u{200b}"];

/// A few words and what follows each: hits are frequent and repeat.
fn pieces(most: usize) -> impl Strategy<Value = Vec<String>> {
    let piece = (prop::sample::select(WORDS.to_vec()), prop::sample::select(SPACES.to_vec()))
        .prop_map(|(word, space)| format!("{word}{space}"));
    prop_oneof![
        prop::collection::vec(piece.clone(), 0..most).boxed(),
        prop::collection::vec(piece, 1..5)
            .prop_flat_map(move |some| {
                prop::collection::vec(prop::sample::select(some), 0..2 * most)
            })
            .boxed(),
    ]
}

fn text(most: usize) -> BoxedStrategy<String> {
    pieces(most).prop_map(|pieces| pieces.concat()).boxed()
}

/// Some thousand characters: a few words, repeated, with others at both ends.
fn long_text() -> impl Strategy<Value = String> {
    (text(4), text(6), 100usize..300, text(4))
        .prop_map(|(start, unit, count, end)| format!("{start}{}{end}", unit.repeat(count)))
}

/// Text with tags between and inside words, and references.
fn html() -> impl Strategy<Value = String> {
    let tags = vec![
        "",
        "<b>",
        "</b>",
        "<br>",
        "<p>",
        "&amp;",
        "&#20449;",
        "<a href='http://x.cn/有'>",
        "<!-- vx -->",
        "<",
    ];
    let tag = prop::sample::select(tags);
    (pieces(5), prop::collection::vec(tag, 0..6), 0usize..4).prop_map(|(pieces, tags, every)| {
        let mut tags = tags.iter().cycle();
        let mut html = String::new();
        for (at, character) in pieces.concat().chars().enumerate() {
            html.push(character);
            if at % 4 == every {
                html.push_str(tags.next().copied().unwrap_or_default());
            }
        }
        html
    })
}

/// A post as a line.
pub fn post() -> impl Strategy<Value = String> {
    let values = |values: &[Value]| prop::sample::select(values.to_vec());
    let texts = (
        prop::option::of(text(3)),
        prop_oneof![40 => text(12), 1 => long_text().boxed()],
        prop::option::of(html()),
        prop::collection::vec(text(3), 0..3),
    );
    let meta = (
        values(&[json!(null), json!("zh-CN"), json!("en"), json!(["zh", "en"])]),
        values(&[json!(null), json!("police"), json!("x")]),
        values(&[json!(null), json!("front"), json!("trending"), json!(["trending", "x"])]),
        values(&[json!(null), json!(0), json!(2), json!("2")]),
        values(&[json!(null), json!(true), json!(false)]),
        values(&[json!(null), json!("2026-05-01T00:00:00Z"), json!("2025-05-01T00:00:00Z")]),
    );
    (texts, meta).prop_map(
        |((title, text, bio, alt), (lang, author, surface, reports, flag, time))| {
            let post = json!({
                "title": title, "text": text, "bio": bio, "alt": alt, "lang": lang,
                "author": { "id": author }, "surface": surface, "reports": reports, "flag": flag,
                "created_at": time,
            });
            format!("{post}\n")
        },
    )
}
