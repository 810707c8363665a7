//! Slips of writing: the cause that is reported, its place, and the way out.

use super::{At, Entries, OneOrMany, Read, read, soft};
use crate::diagnostic::{Diagnostic, Source};
use proptest::prelude::*;
use std::sync::Arc;

/// A file of two keys.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    #[serde(deserialize_with = "soft")]
    title: Option<At<String>>,
    #[serde(deserialize_with = "soft")]
    lists: Entries<OneOrMany<At<String>>>,
}

fn file(text: &str) -> Read<File> {
    read(&Arc::new(Source { name: "f.yaml".to_owned(), text: text.to_owned() }))
}

/// Code, line, column and marked text of a diagnostic, with message and help.
fn rendered(found: &Diagnostic) -> (String, String) {
    let place = found.place.as_ref().unwrap();
    let (line, column) = place.line_column();
    let marked = place.source.text[place.range.clone()].escape_debug();
    (
        format!("{} {line}:{column} {marked}", found.code),
        format!("{} | {}", found.message, found.help),
    )
}

/// The last error of the file, otherwise its first warning.
fn diagnosed(text: &str) -> (String, String) {
    let read = file(text);
    if let Some(value) = &read.value {
        let _ = (&value.title, &value.lists);
    }
    rendered(read.diagnostics.last().or(read.warnings.first()).expect(text))
}

#[test]
fn slips_are_named_with_the_way_out() {
    let mut wrong = Vec::new();
    for (text, place, says) in [
        ("title: a\n\tlists: {}\n", "bad_yaml 2:1 \\t", &["a tab indents", "spaces"][..]),
        ("lists:\n\t a: [b]\n", "bad_yaml 2:1 \\t", &["a tab indents", "spaces"]),
        ("title: a\n lists: {}\n", "bad_yaml 2:2 l", &["indented by 1 spaces", "same column"]),
        ("lists: {}\ntitle：a\n", "bad_yaml 2:6 ：", &["`：` is not a sign", "write `: `"]),
        ("lists: { a：[b] }\n", "bad_yaml 1:11 ：", &["`：`", "write `: `"]),
        ("lists: { a: ['b'，'c'] }\n", "bad_yaml 1:17 ，", &["`，`", "write `,`"]),
        ("lists:\n  a: [b, c］\n  d: [e]\n", "bad_yaml 2:11 ］", &["`］`", "write `]`"]),
        ("lists: ｛ a: [b] ｝\n", "bad_yaml 1:8 ｛", &["`｛`", "write `{`"]),
        ("lists: { a: [b] } ＃ c\n", "bad_yaml 1:19 ＃", &["`＃`", "write `#`"]),
        ("title: a: b\n", "bad_yaml 1:9 :", &["a second `: `", "`title: 'a: b'`"]),
        ("title: it's: b\n", "bad_yaml 1:12 :", &["a second `: `", "`title: \"it's: b\"`"]),
        ("title:a\nlists: {}\n", "bad_yaml 1:6 :", &["a space is missing", "`title: …`"]),
        ("title: a\nlists\n", "bad_yaml 2:1 lists", &["without a colon", "`key: value`"]),
        ("title: \"\\d+元\"\n", "bad_yaml 1:9 \\\\d", &["`\\d` is an escape", "`'\\d+元'`"]),
        ("title: \"it's \\d\"\n", "bad_yaml 1:14 \\\\d", &["`\\d`", "write `''` for `'`"]),
        ("title: 'don't'\n", "bad_yaml 1:13 t", &["after its closing quote", "`''`"]),
        ("title: \"a\n", "bad_yaml 1:8 \\\"", &["not closed", "closing quote"]),
        ("lists: { a: [@b] }\n", "bad_yaml 1:14 @", &["`@`", "in quotes: `'@b'`"]),
        ("lists: { a: [*b] }\n", "bad_yaml 1:14 *", &["`*`", "in quotes: `'*b'`"]),
        ("lists: { a: [%b] }\n", "bad_yaml 1:14 %", &["`%`", "in quotes: `'%b'`"]),
        ("lists: { a: [!b] }\n", "bad_yaml 1:14 !", &["`!b` is a tag", "in quotes"]),
        ("lists: { a: [c, !b d] }\n", "bad_yaml 1:17 !", &["`!b` is a tag", "in quotes"]),
        ("lists: { a: [&b] }\n", "bad_value 1:16 ", &["`&`", "in quotes: `'&b'`"]),
        ("lists: { a: [&b c] }\n", "yaml_sign 1:14 &", &["anchor `&b`", "in quotes"]),
        ("title: a #1 b\n", "yaml_sign 1:10 #", &["`#1 b` is a comment", "in quotes"]),
        ("title: \"\\ba\"\n", "yaml_sign 1:9 \\\\b", &["U+0008", "single quotes"]),
        // The escape of the control character, not one before it.
        ("title: \"\\u4e00\\\\b\\x1b\"\n", "yaml_sign 1:18 \\\\x1b", &["`\\x1b`", "U+001B"]),
        ("lists:\n  a: [b, #1]\n  c: [d]\n", "bad_yaml 2:10 #", &["begins a comment", "in quotes"]),
        ("lists:\n  a:\n    - #1\n    - b\n", "bad_value 3:9 ", &["`#`", "in quotes: `'#1'`"]),
        ("lists:\n  a: [b\n  c: [d]\n", "bad_yaml 2:6 [", &["not closed", "add the `]`"]),
        ("lists: { a: [b]] }\n", "bad_yaml 1:8 {", &["without its counterpart", "in quotes"]),
        ("lists: { a: [b, , c] }\n", "bad_yaml 1:17 ,", &["nothing before", "commas"]),
        ("lists: { a: [0-9]+b }\n", "bad_yaml 1:18 +", &["begins with a bracket", "single quotes"]),
        ("lists: { a: b{2}c }\n", "bad_yaml 1:14 {", &["has no brackets", "single quotes"]),
        ("lists:\n\u{a0}a: [b]\n", "unknown_key 2:1 \\u{a0}a", &["U+00A0", "ordinary spaces"]),
        ("lists:\n\u{200b}a: [b]\n", "unknown_key 2:1 \\u{200b}a", &["U+200B", "invisible"]),
        ("lists: “a”\n", "bad_value 1:8 “a”", &["`“` is not a sign", "in quotes"]),
        ("lists:\n  -a\n  -b\n", "bad_value 2:3 -a\\n  -b", &["missing after `-`", "`- `"]),
        ("title: a\u{7}\n", "bad_yaml 1:9 \\u{7}", &["U+0007", "remove it"]),
    ] {
        let (at, message) = diagnosed(text);
        if at != place || !says.iter().all(|part| message.contains(part)) {
            wrong.push(format!("{text:?}: {at}: {message}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn signs_that_are_meant_are_accepted() {
    for text in [
        "title: a # a comment\nlists: { a: [b] } #another\n",
        "title: 'a #1 b'\n",
        "lists: { a: &x [b], c: *x }\n",
        "title: !!str 5\n",
        "title: C# and a，b：c “d”\n",
        "lists: { a: [b，c、d, “e”] }\n",
        "title: \"a\\nb\\tc\"\n",
        "title: |\n  a #1\n  b: c\n",
    ] {
        let read = file(text);
        assert!(read.diagnostics.is_empty(), "{text:?}: {:?}", read.diagnostics);
        assert!(read.warnings.is_empty(), "{text:?}: {:?}", read.warnings);
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_every_place_is_in_the_file(
        text in "(title|lists|a|[ \n\t:,#&!*@'\"\\\\\\[\\]{}-]|[：，“［｝＃－é\u{a0}\u{7}\u{feff}]){0,24}",
    ) {
        let read = file(&text);
        for found in read.diagnostics.iter().chain(&read.warnings) {
            if let Some(place) = &found.place {
                prop_assert!(text.get(place.range.clone()).is_some(), "{place:?}");
            }
        }
    }
}
