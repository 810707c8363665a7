//! Requests over a folder of files, without messages: `|` marks the place of a request.

use crate::document::Document;
use crate::features::answer;
use crate::folder::Roots;
use crate::job::{Job, Report};
use crate::session::Session;
use crate::text::{Encoding, Lines, changed};
use crate::uri;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;
use tidegate_analysis::rule_tests::TestReport;
use tidegate_engine::rules::source::bundle::Bundle;
use tidegate_packs::BUNDLE;

const PACK: &str = "\
tidegate: 1
pack: p
title: Tickets
license: CC0-1.0
defaults: { category: fraud, level: low }
define:
  game: [赌博平台, 棋牌游戏]
  list: { file: words.txt, view: [squeezed, look] }
  contact: { entity: [phone, handle] }
rules:
  - id: p.one
    title: One
    match: { bait: [gift card] }
    condition: game and bait near/40 list
    boost: { contact: 2 }
    weight: 3
    tests:
      hit: [赌博平台 gift card one]
      miss: [a gift card]
  - { id: p.two, title: Two, condition: fired(p.one) and fired(p.old) and post.channel == news, weight: 1 }
  - id: p.three
    aliases: [p.old]
    title: Three
    condition: 'any of ga*'
    weight: 1
";

const OTHER: &str = "\
tidegate: 1
pack: other
define: { word: [x] }
rules:
  - { id: other.one, category: spam, condition: p.game and fired(p.one) and word, weight: 1 }
";

const POLICY: &str = "\
tidegate: 1
kind: policy
categories: { fraud: { flag: 1 } }
rules:
  - { rule: p.one, mode: shadow, reason: new }
";

const FILES: [(&str, &str); 4] = [
    ("p.rules.yaml", PACK),
    ("other.rules.yaml", OTHER),
    ("x.policy.yaml", POLICY),
    ("words.txt", "one\ntwo words\n!not this\n"),
];

struct Fixture {
    _folder: tempfile::TempDir,
    root: PathBuf,
    session: Session,
}

impl Fixture {
    fn new() -> Fixture {
        Fixture::with(None)
    }

    fn with(bundle: Option<Bundle>) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for (name, text) in FILES {
            fs::write(root.join(name), text).unwrap();
        }
        let roots = Roots { configured: Vec::new(), workspaces: vec![root.clone()] };
        let session =
            Session::new(Encoding::Utf16, tidegate_messages::Language::English, roots, bundle);
        Fixture { _folder: folder, root, session }
    }

    fn open(&mut self, name: &str, text: &str) {
        let path = self.root.join(name);
        let document = Document::new(uri::of_path(&path).unwrap(), path, 1, text);
        self.session.open(document, Instant::now());
    }

    /// Checks, as the server does when a folder is due.
    fn check(&mut self) {
        for rules in self.session.take_due(Instant::now()) {
            let Report::Check(root, changes, report) = Job::Check(rules).run() else {
                panic!("a check")
            };
            self.session.take_check(&root, changes, report);
        }
    }

    /// Asks about the place of `|` in a file whose text has it added there.
    fn ask(
        &mut self,
        method: &str,
        name: &str,
        marked: &str,
        more: Value,
    ) -> Result<Value, String> {
        let offset = marked.find('|').unwrap();
        let text = format!("{}{}", &marked[..offset], &marked[offset + 1..]);
        self.open(name, &text);
        let position = Lines::new(&text).position(&text, offset, Encoding::Utf16);
        let mut params = json!({
            "textDocument": { "uri": uri::of_path(&self.root.join(name)).unwrap() },
            "position": position,
        });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        answer(&self.session, method, params).map_err(|(_, message)| message)
    }

    fn hover(&mut self, name: &str, marked: &str) -> String {
        let found = self.ask("textDocument/hover", name, marked, json!({})).unwrap();
        found["contents"]["value"].as_str().unwrap_or("nothing").to_owned()
    }

    fn completion(&mut self, name: &str, marked: &str) -> Vec<String> {
        let found = self.ask("textDocument/completion", name, marked, json!({})).unwrap();
        let text = |item: &Value| item["textEdit"]["newText"].as_str().unwrap().to_owned();
        found["items"].as_array().unwrap().iter().map(text).collect()
    }

    /// The names of files and lines of locations.
    fn places(&self, locations: &Value) -> Vec<String> {
        let one = [locations.clone()];
        let list = locations.as_array().map_or(&one[..], Vec::as_slice);
        let render = |it: &Value| {
            let name = it["uri"].as_str()?.rsplit('/').next()?.to_owned();
            Some(format!("{name}:{}", it["range"]["start"]["line"]))
        };
        list.iter().filter_map(render).collect()
    }

    /// The text of a file after the changes of a rename.
    fn renamed(&self, edit: &Value, name: &str) -> String {
        let uri = uri::of_path(&self.root.join(name)).unwrap();
        let text = fs::read_to_string(self.root.join(name)).unwrap();
        let Some(edits) = edit["changes"][uri.as_str()].as_array() else { return text };
        let mut edits = edits.clone();
        // Later places first, so that the earlier ones stay valid.
        edits.sort_by_key(|edit| {
            let start = &edit["range"]["start"];
            std::cmp::Reverse((start["line"].as_u64(), start["character"].as_u64()))
        });
        let change = |edit: Value| json!({ "range": edit["range"], "text": edit["newText"] });
        let changes: Vec<_> =
            edits.into_iter().map(|it| serde_json::from_value(change(it)).unwrap()).collect();
        changed(&text, &changes, Encoding::Utf16)
    }
}

/// The pack with `|` put before a part of it.
fn marked(text: &str, part: &str) -> String {
    let at = text.find(part).unwrap_or_else(|| panic!("{part}"));
    format!("{}|{}", &text[..at], &text[at..])
}

#[test]
fn a_matcher_shows_what_it_finds() {
    let mut fixture = Fixture::new();
    let list = fixture.hover("p.rules.yaml", &marked(PACK, "list\n"));
    assert!(list.contains("**`list`**: matcher of pack `p`"), "{list}");
    assert!(list.contains("2 terms from `words.txt`"), "{list}");
    assert!(list.contains("Views: `squeezed`, `look`"), "{list}");
    assert!(list.contains("Terms: `one`, `two words`"), "{list}");
    let bait = fixture.hover("p.rules.yaml", &marked(PACK, "bait: ["));
    assert!(bait.contains("matcher of rule `p.one`") && bait.contains("(the default)"), "{bait}");
    let contact = fixture.hover("p.rules.yaml", &marked(PACK, "contact: {"));
    assert!(contact.contains("`handle`: The name of a messenger"), "{contact}");
    // The unsaved text of the list counts.
    fixture.open("words.txt", "changed\n");
    let list = fixture.hover("p.rules.yaml", &marked(PACK, "words.txt"));
    assert!(list.contains("**`words.txt`**: 1 term, no allow phrases\n\n`changed`"), "{list}");
}

#[test]
fn a_matcher_of_an_embedded_pack_is_shown() {
    let mut fixture = Fixture::with(Some(BUNDLE));
    fixture.open("p.rules.yaml", PACK);
    let outline = &fixture.session.embedded()[0];
    let define = outline.matchers.iter().find(|it| it.rule.is_none()).unwrap();
    let name = format!("{}.{}", outline.name.as_ref().unwrap().value, define.name.value);
    let text = PACK.replace("game and bait", &format!("|{name} and bait"));
    assert!(fixture.hover("p.rules.yaml", &text).contains("matcher of pack"), "{name}");
    let found = fixture.ask("textDocument/definition", "p.rules.yaml", &text, json!({}));
    assert_eq!(found.unwrap(), Value::Null, "an embedded pack has no file");
    let refused =
        fixture.ask("textDocument/rename", "p.rules.yaml", &text, json!({ "newName": "y" }));
    assert!(refused.unwrap_err().contains("built in"));
}

#[test]
fn a_rule_shows_its_key_and_cost() {
    let mut fixture = Fixture::new();
    let before = fixture.hover("p.rules.yaml", &marked(PACK, "p.one\n"));
    assert!(before.contains("after a check without errors"), "{before}");
    fixture.check();
    let shown = fixture.hover("p.rules.yaml", &marked(PACK, "p.one\n"));
    assert!(shown.contains("Category `fraud`, weight 3"), "{shown}");
    assert!(shown.contains("Looked at in < 0.01 % of posts"), "{shown}");
    assert!(shown.contains("its key `bait`") || shown.contains("its key `game`"), "{shown}");
    assert!(shown.contains("Also required: "), "{shown}");
}

#[test]
fn keys_and_words_show_their_descriptions() {
    let mut fixture = Fixture::new();
    for (part, expected) in [
        ("weight: 3", "Points that the rule adds"),
        ("fraud, level", "Deception for money"),
        ("handle] }", "The name of a messenger"),
        ("look] }", "look-alikes"),
        ("channel ==", "The channel of the post"),
        ("defaults:", "Defaults of the rules"),
    ] {
        let shown = fixture.hover("p.rules.yaml", &marked(PACK, part));
        assert!(shown.contains(expected), "{part}: {shown}");
    }
    assert_eq!(fixture.hover("p.rules.yaml", &marked(PACK, "赌博平台 gift")), "nothing");
    let mode = fixture.hover("x.policy.yaml", &marked(POLICY, "shadow"));
    assert!(mode.contains("reported and does not count"), "{mode}");
    let fraud = fixture.hover("x.policy.yaml", &marked(POLICY, "fraud"));
    assert!(fraud.contains("Deception for money"), "{fraud}");
}

#[test]
fn conditions_are_completed_by_names() {
    let mut fixture = Fixture::new();
    fixture.open("p.rules.yaml", PACK);
    let mut at = |part: &str| {
        let text = PACK.replace("game and bait near/40 list", part);
        fixture.completion("p.rules.yaml", &text)
    };
    let names = at("game and |");
    for name in ["bait", "game", "list", "other.word", "fired", "not"] {
        assert!(names.iter().any(|it| it == name), "{name}: {names:?}");
    }
    assert!(!names.iter().any(|it| it == "word" || it == "p.game"), "{names:?}");
    let rules = at("game and fired(p.|)");
    assert!(rules.contains(&"p.two".to_owned()) && !rules.contains(&"bait".to_owned()));
    let paths = at("post.|");
    assert!(
        paths.contains(&"post.channel".to_owned()) && paths.contains(&"post.author.id".to_owned())
    );
    assert!(at("post.channel == |").is_empty());
    assert!(at("game near/4|").is_empty());
    let boosts = fixture.completion("p.rules.yaml", &PACK.replace("{ contact: 2 }", "{ con|"));
    assert!(boosts.contains(&"contact".to_owned()), "{boosts:?}");
}

#[test]
fn keys_and_fixed_words_are_completed() {
    let mut fixture = Fixture::new();
    fixture.open("p.rules.yaml", PACK);
    for (old, new, expected) in [
        ("    weight: 3\n", "    wei|\n", "weight: "),
        ("    weight: 3\n", "    |\n", "condition: "),
        ("entity: [phone, handle]", "entity: [|]", "crypto-address"),
        ("level: low", "level: |", "critical"),
        ("level: low", "view: s|", "squeezed"),
        ("level: low", "lang: [|", "zh"),
        ("level: low", "fields: [|", "title"),
        ("{ file: words.txt", "{ file: |", "words.txt"),
        ("title: Tickets\n", "ver|\n", "version: "),
        ("    boost: { contact: 2 }\n", "    redact: |\n", "bait"),
    ] {
        let found = fixture.completion("p.rules.yaml", &PACK.replacen(old, new, 1));
        assert!(found.iter().any(|it| it == expected), "{new:?}: {found:?}");
    }
    for (old, new, expected) in [
        ("rule: p.one", "rule: |", "p.two"),
        ("mode: shadow", "mode: |", "disabled"),
        ("categories: { fraud", "categories: { fr|", "fraud: "),
        ("reason: new", "re|", "reason: "),
    ] {
        let found = fixture.completion("x.policy.yaml", &POLICY.replacen(old, new, 1));
        assert!(found.iter().any(|it| it == expected), "{new:?}: {found:?}");
    }
    let allow = PACK.replacen("title: Tickets", "# tidegate: allow(no|", 1);
    assert!(fixture.completion("p.rules.yaml", &allow).contains(&"no_tests".to_owned()));
    let comment = PACK.replacen("title: Tickets", "# wei|", 1);
    assert!(fixture.completion("p.rules.yaml", &comment).is_empty());
}

/// A rule over several posts, after the rules of [`PACK`].
const FLOOD: &str = "  - id: p.flood\n    weight: 1\n    correlate:\n      type: event_count\n      \
    rules: [p.one, 'p.*']\n      group-by: [author.id]\n      timespan: 10m\n      \
    condition: { gte: 3 }\n      where: post.channel == chat\n    \
    tests: { hit: [[{ text: a }]] }\n";

#[test]
fn rules_over_several_posts_are_known() {
    let mut fixture = Fixture::new();
    let text = format!("{PACK}{FLOOD}");
    fs::write(fixture.root.join("p.rules.yaml"), &text).unwrap();
    for (part, expected) in [
        ("p.flood", "Counted over several posts by `tidegate correlate`: `p.one`, `p.*`"),
        ("p.flood", "Groups: `author.id`\n\nWithin `10m`"),
        ("correlate:", "Counting over several posts"),
        ("event_count", "Posts on which one of the rules fired"),
        ("group-by", "counted together"),
        ("gte", "Fires from this number on"),
        ("author.id]", "The id of the author"),
        ("channel == chat", "The channel of the post"),
    ] {
        let shown = fixture.hover("p.rules.yaml", &marked(&text, part));
        assert!(shown.contains(expected), "{part}: {shown}");
    }
    for (old, new, expected) in [
        ("type: event_count", "type: |", "temporal_ordered"),
        ("[p.one, 'p.*']", "[|]", "p.two"),
        ("[p.one, 'p.*']", "[|]", "campaign.story"),
        ("group-by: [author.id]", "group-by: [|]", "author.id"),
        ("group-by: [author.id]", "gr|", "group-by: "),
        ("{ gte: 3 }", "{ |", "field: "),
        ("{ gte: 3 }", "{ field: |", "reach"),
        ("post.channel == chat", "post.|", "post.channel"),
        ("[[{ text: a }]]", "[[{ |", "at: "),
    ] {
        let found = fixture.completion("p.rules.yaml", &text.replacen(old, new, 1));
        assert!(found.iter().any(|it| it == expected), "{new:?}: {found:?}");
        assert!(!found.contains(&"p.flood".to_owned()), "{new:?}: {found:?}");
    }
    let fired = text.replacen("game and bait near/40 list", "game and fired(p.|)", 1);
    assert!(!fixture.completion("p.rules.yaml", &fired).contains(&"p.flood".to_owned()));
    let name = json!({ "newName": "p.first" });
    let edit = fixture.ask("textDocument/rename", "p.rules.yaml", &marked(&text, "p.one\n"), name);
    let renamed = fixture.renamed(&edit.unwrap(), "p.rules.yaml");
    assert!(renamed.contains("rules: [p.first, 'p.*']"), "{renamed}");
    let name = json!({ "newName": "p.burst" });
    let edit = fixture.ask("textDocument/rename", "p.rules.yaml", &marked(&text, "p.flood"), name);
    let renamed = fixture.renamed(&edit.unwrap(), "p.rules.yaml");
    assert!(renamed.contains("id: p.burst\n    aliases: [p.flood]"), "{renamed}");
    let lenses =
        fixture.ask("textDocument/codeLens", "p.rules.yaml", &marked(&text, "p.one\n"), json!({}));
    assert!(!lenses.unwrap().to_string().contains("p.flood"));
}

#[test]
fn definitions_and_references_cross_files() {
    let mut fixture = Fixture::new();
    let mut definition = |name: &str, text: &str| {
        let found = fixture.ask("textDocument/definition", name, text, json!({})).unwrap();
        fixture.places(&found)
    };
    assert_eq!(definition("other.rules.yaml", &marked(OTHER, "p.game")), ["p.rules.yaml:6"]);
    assert_eq!(definition("x.policy.yaml", &marked(POLICY, "p.one")), ["p.rules.yaml:10"]);
    assert_eq!(definition("p.rules.yaml", &marked(PACK, "p.old)")), ["p.rules.yaml:20"]);
    assert_eq!(definition("p.rules.yaml", &marked(PACK, "words.txt")), ["words.txt:0"]);
    assert_eq!(definition("p.rules.yaml", &marked(PACK, "news")), [] as [&str; 0]);
    let mut references = |name: &str, text: &str, with: bool| {
        let context = json!({ "context": { "includeDeclaration": with } });
        let found = fixture.ask("textDocument/references", name, text, context).unwrap();
        fixture.places(&found)
    };
    assert_eq!(
        references("p.rules.yaml", &marked(PACK, "game:"), true),
        ["other.rules.yaml:4", "p.rules.yaml:6", "p.rules.yaml:13"]
    );
    assert_eq!(
        references("p.rules.yaml", &marked(PACK, "p.one\n"), false),
        ["other.rules.yaml:4", "p.rules.yaml:19", "x.policy.yaml:4"]
    );
    assert_eq!(references("words.txt", "one|", true), ["p.rules.yaml:7"]);
}

#[test]
fn declared_categories_are_known() {
    let pack = PACK.replacen(
        "defaults: { category: fraud",
        "categories: { x-scalping: { title: Ticket scalping, title_zh: 黄牛 } }\n\
         defaults: { category: x-scalping",
        1,
    );
    let mut fixture = Fixture::new();
    fixture.open("p.rules.yaml", &pack);
    let policy = POLICY.replacen("fraud", "x-scalping", 1);
    let shown = fixture.hover("x.policy.yaml", &marked(&policy, "x-scalping"));
    assert!(shown.contains("Ticket scalping (黄牛)"), "{shown}");
    let found = fixture.ask(
        "textDocument/definition",
        "x.policy.yaml",
        &marked(&policy, "x-scalping"),
        json!({}),
    );
    assert_eq!(fixture.places(&found.unwrap()), ["p.rules.yaml:4"]);
    let context = json!({ "context": { "includeDeclaration": true } });
    let marked = marked(&policy, "x-scalping");
    let found = fixture.ask("textDocument/references", "x.policy.yaml", &marked, context);
    let places = fixture.places(&found.unwrap());
    assert_eq!(places, ["p.rules.yaml:4", "p.rules.yaml:5", "x.policy.yaml:2"]);
    let other = OTHER.replacen("category: spam", "category: x-|", 1);
    let names = fixture.completion("other.rules.yaml", &other);
    assert!(names.iter().any(|it| it == "x-scalping"), "{names:?}");
    let names = fixture.completion("x.policy.yaml", &POLICY.replacen("{ fraud", "{ x|", 1));
    assert!(names.iter().any(|it| it == "x-scalping: "), "{names:?}");
    fixture.check();
}

#[test]
fn line_breaks_of_windows_are_read() {
    let mut fixture = Fixture::new();
    let text = PACK.replace('\n', "\r\n");
    let shown = fixture.hover("p.rules.yaml", &marked(&text, "list\r\n"));
    assert!(shown.contains("2 terms from `words.txt`"), "{shown}");
    let names =
        fixture.completion("p.rules.yaml", &text.replace("    weight: 3\r\n", "    wei|\r\n"));
    assert!(names.contains(&"weight: ".to_owned()), "{names:?}");
    let found =
        fixture.ask("textDocument/definition", "p.rules.yaml", &marked(&text, "p.old)"), json!({}));
    assert_eq!(fixture.places(&found.unwrap()), ["p.rules.yaml:20"]);
}

#[test]
fn a_rename_changes_every_file_and_keeps_the_former_id() {
    let mut fixture = Fixture::new();
    let mut rename = |part: &str, to: &str| {
        let name = json!({ "newName": to });
        fixture.ask("textDocument/rename", "p.rules.yaml", &marked(PACK, part), name)
    };
    let rule = rename("p.one\n", "p.first").unwrap();
    let in_brackets = rename("p.two", "p.second").unwrap();
    let with_alias = rename("p.three", "p.third").unwrap();
    let back = rename("p.three", "p.old").unwrap();
    let matcher = rename("game:", "gaming").unwrap();
    let own = rename("bait near", "lure").unwrap();
    for (part, to, why) in [
        ("game:", "play", "ga*"),
        ("game:", "Play", "not a valid matcher name"),
        ("game:", "list", "already"),
        ("bait:", "list", "already"),
        ("p.one\n", "p.two", "already"),
        ("p.one\n", "one", "not a valid rule id"),
        ("news", "x", "no name"),
        ("words.txt", "x", "only matchers and rules"),
    ] {
        let error = rename(part, to).unwrap_err();
        assert!(error.contains(why), "{part} → {to}: {error}");
    }
    let text = fixture.renamed(&rule, "p.rules.yaml");
    assert!(text.contains("  - id: p.first\n    aliases: [p.one]\n    title: One"), "{text}");
    assert!(text.contains("fired(p.first) and fired"), "{text}");
    assert!(fixture.renamed(&rule, "other.rules.yaml").contains("fired(p.first)"));
    assert!(fixture.renamed(&rule, "x.policy.yaml").contains("rule: p.first,"));
    let text = fixture.renamed(&in_brackets, "p.rules.yaml");
    assert!(text.contains("{ id: p.second, aliases: [p.two], title: Two"), "{text}");
    let text = fixture.renamed(&with_alias, "p.rules.yaml");
    assert!(text.contains("id: p.third\n    aliases: [p.three, p.old]"), "{text}");
    assert!(text.contains("fired(p.old)"), "a former id is still accepted: {text}");
    let text = fixture.renamed(&back, "p.rules.yaml");
    assert!(text.contains("id: p.old\n    aliases: [p.three]"), "{text}");
    let text = fixture.renamed(&matcher, "p.rules.yaml");
    assert!(
        text.contains("  gaming: [赌博平台") && text.contains("condition: gaming and"),
        "{text}"
    );
    assert!(fixture.renamed(&matcher, "other.rules.yaml").contains("p.gaming and"));
    assert!(fixture.renamed(&own, "p.rules.yaml").contains("match: { lure: [gift card] }"));
}

#[test]
fn former_ids_are_added_to_every_form_of_aliases() {
    for (aliases, expected) in [
        (
            "    aliases:\n      - p.a\n      - p.b\n",
            "    aliases:\n      - p.three\n      - p.a\n",
        ),
        ("    aliases: p.a\n", "    aliases: [p.three, p.a]\n"),
        ("    aliases: ['p.a']\n", "    aliases: [p.three, 'p.a']\n"),
    ] {
        let mut fixture = Fixture::new();
        let text = PACK.replace("    aliases: [p.old]\n", aliases).replace("fired(p.old) and ", "");
        fs::write(fixture.root.join("p.rules.yaml"), &text).unwrap();
        let name = json!({ "newName": "p.third" });
        let marked = marked(&text, "p.three");
        let edit = fixture.ask("textDocument/rename", "p.rules.yaml", &marked, name).unwrap();
        let text = fixture.renamed(&edit, "p.rules.yaml");
        assert!(text.contains(expected), "{text}");
        fixture.open("p.rules.yaml", &text);
        fixture.check();
        let state = fixture.session.folder_of(&fixture.root.join("p.rules.yaml")).unwrap();
        assert!(state.compiled.is_some(), "the result has no errors: {text}");
    }
}

#[test]
fn a_former_id_is_added_behind_the_id_wherever_it_is() {
    for (rule, expected) in [
        (
            "- { title: T, id: p.x, weight: 1 }",
            "- { title: T, id: p.y, aliases: [p.x], weight: 1 }",
        ),
        ("- match: { a: [b] }\n    id: 'p.x'\n", "    id: 'p.y'\n    aliases: [p.x]\n"),
        ("- \"id\": p.x # note\n", "- \"id\": p.y\n    aliases: [p.x] # note\n"),
        ("-   id: p.x\n", "-   id: p.y\n      aliases: [p.x]\n"),
    ] {
        let mut fixture = Fixture::new();
        let text = format!("pack: p\nrules:\n  {rule}");
        fs::write(fixture.root.join("p.rules.yaml"), &text).unwrap();
        let name = json!({ "newName": "p.y" });
        let marked = marked(&text, "p.x");
        let edit = fixture.ask("textDocument/rename", "p.rules.yaml", &marked, name).unwrap();
        let text = fixture.renamed(&edit, "p.rules.yaml");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn the_name_to_rename_is_without_its_pack() {
    let mut fixture = Fixture::new();
    let found = fixture.ask(
        "textDocument/prepareRename",
        "other.rules.yaml",
        &marked(OTHER, "p.game"),
        json!({}),
    );
    let found = found.unwrap();
    assert_eq!(
        (&found["start"]["character"], &found["end"]["character"]),
        (&json!(50), &json!(54))
    );
    let refused = fixture
        .ask("textDocument/prepareRename", "p.rules.yaml", "pack: [p|", json!({}))
        .unwrap_err();
    assert!(refused.contains("YAML errors"), "{refused}");
}

#[test]
fn symbols_are_a_tree_and_rules_with_examples_have_lenses() {
    let mut fixture = Fixture::new();
    fixture.open("p.rules.yaml", PACK);
    let at = json!({ "textDocument": { "uri": uri::of_path(&fixture.root.join("p.rules.yaml")) } });
    let found = answer(&fixture.session, "textDocument/documentSymbol", at.clone()).unwrap();
    let names: Vec<&str> =
        found.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["game", "list", "contact", "p.one", "p.two", "p.three"]);
    let rule = &found[3];
    assert_eq!((&rule["detail"], &rule["children"][0]["name"]), (&json!("One"), &json!("bait")));
    assert_eq!(
        (&rule["range"]["start"]["line"], &rule["range"]["end"]["line"]),
        (&json!(10), &json!(18))
    );
    let lenses = answer(&fixture.session, "textDocument/codeLens", at).unwrap();
    let arguments: Vec<usize> = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|lens| lens["command"]["arguments"].as_array().unwrap().len())
        .collect();
    assert_eq!(arguments, [1, 2], "the file, and the one rule with examples");
}

#[test]
fn suggestions_become_code_actions() {
    let mut fixture = Fixture::new();
    let text = PACK.replace("condition: game and bait", "condition: 'gmae' and bait");
    fixture.open("p.rules.yaml", &text);
    let address = uri::of_path(&fixture.root.join("p.rules.yaml")).unwrap();
    let diagnostic = |line: u32, from: u32, to: u32, severity: u32, code: &str, message: &str| {
        json!({
            "range": {
                "start": { "line": line, "character": from },
                "end": { "line": line, "character": to },
            },
            "severity": severity, "code": code, "source": "tidegate", "message": message,
        })
    };
    let unknown = "no matcher is called `gmae`\nhelp: did you mean `game`?";
    let found = [
        diagnostic(13, 15, 21, 1, "unknown_name", unknown),
        diagnostic(10, 8, 13, 2, "no_miss_test", "no test"),
        diagnostic(0, 0, 1, 1, "bad_version", "this program reads version 1"),
    ];
    let params = json!({
        "textDocument": { "uri": address },
        "range": found[0]["range"],
        "context": { "diagnostics": found },
    });
    let actions = answer(&fixture.session, "textDocument/codeAction", params).unwrap();
    let edit = |at: usize| actions[at]["edit"]["changes"][address.as_str()][0]["newText"].clone();
    assert_eq!(actions.as_array().unwrap().len(), 2, "{actions}");
    assert_eq!((edit(0), edit(1)), (json!("'game'"), json!("  # tidegate: allow(no_miss_test)\n")));
}

#[test]
fn a_check_that_panics_is_reported_in_the_open_files() {
    let mut fixture = Fixture::new();
    fixture.open("p.rules.yaml", PACK);
    let root = fixture.session.root(&fixture.root.join("p.rules.yaml"));
    let published = fixture.session.take_failure(&root);
    let [list] = &published[..] else { panic!("{published:?}") };
    assert!(list.diagnostics[0].message.contains("internal error"), "{list:?}");
}

#[test]
fn diagnostics_of_an_earlier_text_are_not_published() {
    let mut fixture = Fixture::new();
    fixture.open("p.rules.yaml", PACK);
    let rules = fixture.session.take_due(Instant::now()).remove(0);
    fixture.open("p.rules.yaml", "changed");
    let Report::Check(root, changes, report) = Job::Check(rules).run() else { panic!("a check") };
    assert!(fixture.session.take_check(&root, changes, report).is_empty());
    // The last file of the folder is closed: what was published is withdrawn.
    let rules = fixture.session.take_due(Instant::now()).remove(0);
    let Report::Check(root, changes, report) = Job::Check(rules).run() else { panic!("a check") };
    let published = fixture.session.take_check(&root, changes, report);
    assert!(published.iter().any(|list| !list.diagnostics.is_empty()), "{published:?}");
    // Nor are results of tests of an earlier text.
    let tests = TestReport::default();
    assert!(fixture.session.take_tests(&root, changes - 1, &tests).is_empty());
    assert!(!fixture.session.take_tests(&root, changes, &tests).is_empty());
    let address = uri::of_path(&fixture.root.join("p.rules.yaml")).unwrap();
    let withdrawn = fixture.session.close(&address, Instant::now());
    assert!(!withdrawn.is_empty() && withdrawn.iter().all(|list| list.diagnostics.is_empty()));
}

#[test]
fn renames_leave_the_shipped_packs_without_errors() {
    let mut fixture = Fixture::new();
    for (name, text) in BUNDLE.files() {
        let path = fixture.root.join("all").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fixture.session.roots.workspaces = vec![fixture.root.join("all")];
    let mut renamed = 0;
    for (number, part) in
        ["define:", "rules:", "define:", "rules:", "match:"].into_iter().enumerate()
    {
        let packs: Vec<&str> = BUNDLE.packs().map(|(name, _)| name).collect();
        let name = format!("all/{}", packs[number * 7 % packs.len()]);
        let text = fs::read_to_string(fixture.root.join(&name)).unwrap();
        let Some(section) = text.find(&format!("\n{part}")).or_else(|| text.find(part)) else {
            continue;
        };
        // The first name of the section: a key, or the value of `id`.
        let rest = &text[section + part.len() + 1..];
        let skipped = rest.find(|c: char| c.is_ascii_lowercase()).unwrap();
        let id = if rest[skipped..].starts_with("id: ") { 4 } else { 0 };
        let at = section + part.len() + 1 + skipped + id;
        let marked = format!("{}|{}", &text[..at], &text[at..]);
        let to = if part == "rules:" {
            format!("renamed.x{number}")
        } else {
            format!("renamed_{number}")
        };
        let name_to = json!({ "newName": to });
        let edit = match fixture.ask("textDocument/rename", &name, &marked, name_to) {
            Ok(edit) => edit,
            Err(why) => {
                assert!(why.contains("pattern") || why.contains("no name"), "{name}: {why}");
                continue;
            }
        };
        let changed: Vec<String> = edit["changes"].as_object().unwrap().keys().cloned().collect();
        assert!(!changed.is_empty(), "{name} {to}");
        renamed += 1;
        for address in changed {
            let path = uri::path(&address.parse().unwrap()).unwrap();
            let relative = path.strip_prefix(&fixture.root).unwrap().to_str().unwrap().to_owned();
            let text = fixture.renamed(&edit, &relative);
            assert!(text.contains(&to), "{relative} {to}");
            fs::write(&path, &text).unwrap();
            if fixture.session.open_file(&path).is_some() {
                fixture.open(&relative, &text);
            }
        }
    }
    assert!(renamed > 2, "{renamed} names were renamed");
    let all = fixture.root.join("all");
    let loaded = tidegate_engine::rules::load::Loader::new().path(all).load();
    if let Err(errors) = loaded {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_and_no_place_ends_a_request_by_a_panic(
        at in 0..PACK.len(),
        put in "[赌𝒳a-z:,{}'\"\\[\\]*#|> \n\r-]{0,5}",
        cut in 0usize..40,
        offset in 0..PACK.len(),
        is_policy: bool,
    ) {
        let (name, text) = if is_policy { ("x.policy.yaml", POLICY) } else { ("p.rules.yaml", PACK) };
        let at = text.floor_char_boundary(at.min(text.len()));
        let rest = text.ceil_char_boundary((at + cut).min(text.len()));
        let text = format!("{}{put}{}", &text[..at], &text[rest..]).replace('|', ">");
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let marked = format!("{}|{}", &text[..offset], &text[offset..]);
        let mut fixture = Fixture::new();
        for method in ["hover", "completion", "definition", "references", "prepareRename", "rename"] {
            let more = json!({ "newName": "other_name", "context": { "includeDeclaration": true, "triggerKind": 1 } });
            let method = format!("textDocument/{method}");
            let answered = fixture.ask(&method, name, &marked, more);
            prop_assert!(answered.is_ok() || method.ends_with("ename"), "{method}: {answered:?}");
        }
        let at = json!({ "textDocument": { "uri": uri::of_path(&fixture.root.join(name)) } });
        for method in ["documentSymbol", "codeLens"] {
            let answered = answer(&fixture.session, &format!("textDocument/{method}"), at.clone());
            prop_assert!(answered.is_ok(), "{method}");
        }
    }
}

#[test]
fn requests_about_other_files_are_empty_or_errors() {
    let fixture = Fixture::new();
    let at = json!({ "textDocument": { "uri": "untitled:x" }, "position": { "line": 0, "character": 0 } });
    for method in ["hover", "definition", "prepareRename"] {
        let method = format!("textDocument/{method}");
        assert_eq!(answer(&fixture.session, &method, at.clone()).unwrap(), Value::Null, "{method}");
        let error = answer(&fixture.session, &method, json!({})).unwrap_err().1;
        assert!(error.starts_with("parameters of textDocument/"), "{error}");
    }
}
