//! Each lint: a pack that it reports, and the same pack corrected.

use super::*;
use crate::rules::load::Loader;

/// Codes of all warnings about a pack, each with the text it marks.
fn warnings(pack: &str) -> Vec<String> {
    let text = format!("tidegate: 1\npack: p\ndefaults: {{ category: spam }}\n{pack}");
    let loaded = Loader::new().text("p.rules.yaml", text).load();
    let model = loaded.unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}")).model;
    let line = |warning: &Diagnostic| {
        let place = warning.place.as_ref().unwrap();
        format!("{} {}", warning.code, &place.source.text[place.range.clone()])
    };
    lint(&model).iter().map(line).collect()
}

/// Warnings about matchers that a correct rule uses.
fn of_matcher(matcher: &str) -> Vec<String> {
    warnings(&format!(
        "define:\n  x: {matcher}\nrules:\n  - {{ id: a.b, condition: x, weight: 1, tests: {{ hit: [赌博], miss: [天气] }} }}\n"
    ))
}

/// Warnings about a rule with correct matchers.
fn of_rule(rule: &str) -> Vec<String> {
    warnings(&format!(
        "define: {{ game: [赌场, 彩票], news: [警方], _one: [大], en: [casino] }}\nrules:\n  - {{ id: u.u, condition: game or news or _one or en, weight: 1, tests: {{ hit: [赌场], miss: [天气] }} }} # tidegate: allow(weak_trigger)\n  - {{ id: a.b, weight: 1, tests: {{ hit: [赌场], miss: [天气] }}, {rule} }}\n# tidegate: allow(short_term)\n"
    ))
    .into_iter()
    .filter(|warning| !warning.starts_with("short_term"))
    .collect()
}

#[test]
fn lints_of_terms() {
    let none: [&str; 0] = [];
    for (matcher, expected) in [
        ("[赌博, 博彩, casino, vx, 18+]", &none[..]),
        (
            "[赌博, 赌, a]",
            &["covered_term 赌博", "short_term 赌", "short_term a", "weak_trigger x"],
        ),
        // A rare character is a cheap trigger; a common one is not.
        ("[赌博, 囧]", &["short_term 囧"]),
        // The word is compared exactly, but the trigger is the common 有.
        ("{ words: [赌博, 🈶], view: [exact] }", &["weak_trigger x"]),
        ("{ words: [赌博, aaa], view: [look] }", &["weak_trigger x"]),
        ("[赌博, aaa]", &none),
        ("[赌博, 🈶]", &["short_term 🈶", "weak_trigger x"]),
        ("{ words: [赌博, vx], edge: none }", &["short_term vx"]),
        ("{ words: [赌博, '!'], edge: none }", &["weak_trigger x"]),
        ("[赌博, 百家乐, 百家樂, 百家乐]", &["duplicate_term 百家樂", "duplicate_term 百家乐"]),
        ("{ words: [赌博, VX9, vx9], cased: true }", &none),
        ("[赌博, 网上赌博平台]", &["covered_term 网上赌博平台"]),
        ("[casino, casinos, online casino]", &["covered_term online casino"]),
        ("{ words: [casino, casinos], edge: none }", &["covered_term casinos"]),
        (
            "{ words: [赌博, 福彩], except: [福 彩, 福彩] }",
            &["allow_hides_term 福彩", "idle_phrase 福 彩"],
        ),
        ("{ seq: [上分, 下分], gap: 20 }", &none),
        ("{ seq: [上分, 下分], gap: 21 }", &["wide_gap x"]),
        ("{ regex: '[0-9]{6,9}' }", &["regex_no_literal '[0-9]{6,9}'"]),
        ("{ regex: ['赌[0-9]{6,9}', 'ab?[0-9]'] }", &["regex_no_literal 'ab?[0-9]'"]),
        (r"{ regex: '赌场\n[0-9]' }", &[r"regex_newline_never '赌场\n[0-9]'"]),
        (r"{ regex: '赌场[\r\n]?' }", &[r"regex_newline_never '赌场[\r\n]?'"]),
        (r"{ regex: '赌场[,\n][^\n]' }", &[]),
        ("{ regex: '赌场  [0-9]' }", &["regex_newline_never '赌场  [0-9]'"]),
        ("{ regex: '赌场[🀀-🫿]' }", &["regex_sign_letters '赌场[🀀-🫿]'"]),
        ("{ regex: '赌场[🌀-🫿]' }", &[]),
        ("{ regex: '赌场[Ａ-Ｚ]' }", &[]),
        (r"{ regex: '赌场\n[0-9]', view: [exact] }", &[]),
        ("{ seq: [上, 分], gap: 2 }", &["weak_trigger x"]),
        ("[the, that, this, they]", &["common_key x"]),
        ("[赌博，博彩]", &["joined_term 赌博，博彩"]),
        ("[赌博、博彩；彩票, '彩票、六合彩']", &["joined_term 赌博、博彩；彩票"]),
        ("['赌博|casino']", &[]),
        ("[赌博，]", &["joined_term 赌博，"]),
        ("[赌博|casino]", &["joined_term 赌博|casino"]),
        ("[“赌博”, don’t bet]", &["joined_term “赌博”"]),
        (
            "[赌博, casino*, f*ck, '.*赌', /casino/i]",
            &["pattern_term casino*", "pattern_term '.*赌'", "pattern_term /casino/i"],
        ),
        ("{ regex: /casino/i }", &["pattern_term /casino/i"]),
        ("{ regex: /casino/lobby }", &[]),
        ("{ words: [赌博], except: [反对赌博, 博彩] }", &["idle_phrase 博彩"]),
        ("{ words: [casino], except: [casinos, the casino] }", &["idle_phrase casinos"]),
        ("{ words: [casino], except: [c a s i n o x], view: [squeezed] }", &[]),
        ("{ words: [casino], except: [cas1no x, bet], view: [look] }", &["idle_phrase bet"]),
        ("{ seq: [上分, 下分], gap: 2, except: [上分和下分, 上分] }", &["idle_phrase 上分"]),
        ("{ regex: '赌[a-z]', except: [博彩] }", &[]),
    ] {
        assert_eq!(of_matcher(matcher), expected, "{matcher}");
    }
}

#[test]
fn a_rule_for_titles_may_wait_for_common_words() {
    let rule = |fields: &str| {
        warnings(&format!(
            "define: {{ x: [the, that, this, they] }}\nrules:\n  - {{ id: a.b, condition: x, fields: {fields}, weight: 1, tests: {{ hit: [{{ title: the }}], miss: [天气] }} }}\n"
        ))
    };
    assert_eq!(rule("[title, text]"), ["common_key x"]);
    assert!(rule("[title]").is_empty());
}

#[test]
fn a_matcher_next_to_a_rarer_one_may_be_short_and_without_literal() {
    let pack = |condition: &str| {
        warnings(&format!(
            "define: {{ game: [赌场, 彩票], way: [私, vx], odds: {{ regex: '[0-9]{{3,6}}' }} }}\nrules:\n  - {{ id: a.b, condition: '{condition}', weight: 1, tests: {{ hit: [赌场], miss: [天气] }} }}\n"
        ))
        .into_iter()
        .filter(|warning| !warning.starts_with("unused_matcher"))
        .collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    let short = ["short_term 私"];
    let slow = ["regex_no_literal '[0-9]{3,6}'"];
    assert_eq!(pack("game near/9 way"), none);
    assert_eq!(pack("way and (game or odds near/5 way) and odds and game"), none);
    assert_eq!(pack("game or way"), short);
    assert_eq!(pack("way near/5 (game or way)"), short);
    assert_eq!(pack("count(way) >= 2 and not game near/40 way"), short);
    assert_eq!(pack("2 of (game, way, odds)"), none);
    assert_eq!(pack("game and odds"), none);
    assert_eq!(pack("odds and not game near/40 odds"), slow);
    assert_eq!(pack("odds or game"), slow);
}

#[test]
fn a_longer_term_that_weighs_more_is_not_covered() {
    let counted = "define: { x: [赌博, 网上赌博] }\nrules:\n  - { id: a.b, condition: distinct(x) >= 2, weight: 1, tests: { hit: [赌博], miss: [天气] } }\n";
    assert!(warnings(counted).is_empty(), "{:?}", warnings(counted));
}

#[test]
fn lints_of_rules() {
    let none: [&str; 0] = [];
    for (rule, expected) in [
        ("condition: game", &none[..]),
        ("condition: game and not game near/40 news", &none),
        ("condition: game and not news", &["post_wide_guard game and not news"]),
        ("condition: game and none of news", &["post_wide_guard game and none of news"]),
        ("condition: game and not distinct(game) >= 2", &none),
        ("condition: not game", &["no_trigger not game"]),
        ("condition: not game, always: true", &none),
        ("condition: game, always: true", &["always_on_cost game"]),
        ("condition: _one or game", &["weak_trigger _one or game"]),
        ("condition: _one and game", &none),
        ("condition: game, boost: { news: 1 }", &["untested_boost news"]),
        ("condition: game, lang: [en]", &["lang_mismatch 赌场", "lang_mismatch 赌场"]),
        ("condition: game, lang: [zh, en]", &none),
        ("condition: en or game, lang: [zh]", &none),
        ("condition: game, match: { y: [什么] }", &["unused_matcher y"]),
        ("condition: game, match: { y: [什么] }, redact: [y]", &none),
    ] {
        assert_eq!(of_rule(rule), expected, "{rule}");
    }
}

#[test]
fn lints_of_names() {
    let rule = |keys: &str| {
        warnings(&format!(
            "rules:\n  - {{ id: a.b, weight: 1, match: {{ x: [bet] }}, {keys}, tests: {{ hit: [bet], miss: [the] }} }}\n"
        ))
    };
    let none: [&str; 0] = [];
    for (keys, expected) in [
        ("condition: x, lang: [en, zh-Hans]", &none[..]),
        ("condition: x, lang: [en, cn]", &["unknown_lang cn"]),
        ("condition: 'x and lang in [en, bn]'", &["unknown_lang bn"]),
        ("condition: x and lang == xx", &["unknown_lang xx"]),
        ("condition: x, fields: [text, titel]", &["unknown_field titel"]),
        ("condition: x, fields: [text, headline]", &none),
        ("condition: x and post.repots > 5", &["unknown_path post.repots"]),
        ("condition: x and has(post.created)", &["unknown_path post.created"]),
        ("condition: x and post.reports > 5 and post.followers > 5", &none),
        ("condition: distinct(x) >= 1", &["redundant_test distinct(x) >= 1"]),
        ("condition: x and not count(x) == 0", &["redundant_test count(x) == 0"]),
        ("condition: count(x) > 1 and length > 0", &none),
        ("condition: x and length > 9 and x", &["redundant_test x"]),
        (
            "condition: x and length <= 1",
            &["post_wide_guard x and length <= 1", "short_length x and length <= 1"],
        ),
        ("condition: x and length <= 2", &["post_wide_guard x and length <= 2"]),
        ("condition: x in segment (length < 2)", &["short_length x in segment (length < 2)"]),
    ] {
        assert_eq!(rule(keys), expected, "{keys}");
    }
    let titled = "title: Bet #1 here\nrules: []\n";
    assert_eq!(warnings(titled), ["idle_default spam", "yaml_sign #"]);
    let allowed = "title: Bet #1 here # tidegate: allow(yaml_sign)\nrules: []\n";
    assert_eq!(warnings(allowed), ["idle_default spam"]);
}

#[test]
fn keys_without_effect() {
    let none: [&str; 0] = [];
    for (matcher, expected) in [
        ("{ words: [VX9, 赌博], cased: true }", &none[..]),
        ("{ words: [赌博, 123456], cased: true }", &["idle_key true"]),
        ("{ words: [VX9], view: [exact], cased: true }", &["idle_key true"]),
        ("{ words: [赌博], cased: false }", &none),
        ("{ regex: 'PIN[0-9]{4}', view: [exact] }", &none),
        ("{ words: [赌博], view: [exact, look] }", &["idle_key exact"]),
        ("{ words: [赌博], view: [look, look] }", &["idle_key look"]),
        ("{ regex: '赌[a-z]', view: [squeezed, look] }", &["idle_key look"]),
        ("{ entity: [email], view: [exact] }", &["idle_key exact"]),
        ("{ entity: [email, url, email] }", &["idle_key email"]),
        ("{ entity: [email], edge: word }", &["idle_key word"]),
        ("{ entity: [email], words: [赌博], edge: word }", &none),
        ("{ words: [赌博], except: [] }", &["idle_key except"]),
        ("{ words: [赌博], lang: [zh, zh] }", &["idle_key zh"]),
        (
            "{ words: ['4111111111111111', '4111111111111112'], check: luhn }",
            &["idle_key '4111111111111112'"],
        ),
        ("{ regex: ['赌[a-z]', '赌[a-z]'] }", &["idle_key '赌[a-z]'"]),
    ] {
        assert_eq!(of_matcher(matcher), expected, "{matcher}");
    }
    for (rule, expected) in [
        ("condition: game, boost: { news: 0 }", &["untested_boost news", "idle_key 0"][..]),
        ("condition: game and en, boost: { en: 1 }", &["redundant_test en", "untested_boost en"]),
        ("condition: game, redact: []", &["idle_key redact"]),
        ("condition: game, lang: []", &["idle_key lang"]),
        ("condition: game, active: {}", &["idle_key active"]),
        ("condition: game, title: ", &["idle_key title"]),
        (
            "match: { own: { words: [赌场], fields: [text] } }, condition: own, fields: [bio]",
            &["idle_key bio"],
        ),
        (
            "match: { own: { words: [赌场], fields: [text] } }, condition: own and length > 1, fields: [bio]",
            &none,
        ),
        ("condition: game, fields: [title, title]", &["idle_test 赌场", "idle_key title"]),
        ("condition: game, redact: [game, game]", &["idle_key game"]),
        ("condition: game and post.kind == a and post.kind == b", &["only_list post.kind == b"]),
        ("condition: game and post.n > 3 and post.n < 5", &none),
    ] {
        let found: Vec<String> = of_rule(rule);
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn defaults_that_nothing_uses() {
    let none: [&str; 0] = [];
    let pack = |defaults: &str, rule: &str| {
        let text = format!(
            "tidegate: 1\npack: p\n{defaults}\ndefine: {{ game: [赌场, 彩票] }}\nrules:\n  - {{ id: a.b, condition: game, \
             weight: 1, category: spam, tests: {{ hit: [赌场], miss: [天气] }}, {rule} }}\n"
        );
        let model = Loader::new().text("p.rules.yaml", text).load().unwrap().model;
        let marked = |it: &Diagnostic| {
            let place = it.place.as_ref().unwrap();
            format!("{} {}", it.code, &place.source.text[place.range.clone()])
        };
        lint(&model).iter().map(marked).collect::<Vec<_>>()
    };
    for (defaults, rule, expected) in [
        ("defaults: { category: fraud }", "", &["idle_default fraud"][..]),
        ("defaults: { level: low }", "level: high", &["idle_default low"]),
        ("defaults: { level: low }", "", &none),
        ("defaults: { status: test }", "status: stable", &["idle_default test"]),
        ("defaults: { lang: [zh] }", "lang: [zh]", &["idle_default zh"]),
        ("defaults: { fields: [title] }", "fields: [text]", &["idle_default title"]),
        ("defaults: { view: [sound] }", "", &none),
        ("active: { from: 2026-01-01 }", "active: { from: 2026-02-01 }", &["idle_default {"]),
        ("active: { from: 2026-01-01 }", "", &none),
    ] {
        assert_eq!(pack(defaults, rule), expected, "{defaults} {rule}");
    }
    let views = "defaults: { view: [sound] }\ndefine: { x: { words: [赌场], view: [folded] } }\n";
    let text = format!("tidegate: 1\npack: p\n{views}");
    let model = Loader::new().text("p.rules.yaml", text).load().unwrap().model;
    assert!(model.warnings.iter().any(|it| it.code == "idle_default"));
}

#[test]
fn lists_without_terms() {
    let folder = tempfile::tempdir().unwrap();
    let pack = "tidegate: 1\npack: p\ndefine: { x: { words: [bet], file: [none.txt, one.txt] } }\n";
    for (name, text) in [
        ("p.rules.yaml", pack),
        ("none.txt", "# bet\n\n"),
        ("one.txt", "彩票 # 注释\n！福利\n- 赌场\n下注,\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let model = Loader::new().path(folder.path()).load().unwrap().model;
    let marked = |warning: &Diagnostic| {
        let place = warning.place.as_ref().unwrap();
        format!("{} {}", warning.code, &place.source.text[place.range.clone()])
    };
    let found: Vec<String> = lint(&model).iter().map(marked).collect();
    assert_eq!(
        found,
        [
            "joined_term 彩票 # 注释",
            "joined_term ！福利",
            "joined_term - 赌场",
            "joined_term 下注,",
            "unused_matcher x",
            "empty_list none.txt",
        ]
    );
}

#[test]
fn tests_that_state_what_no_condition_reads() {
    let rule = |tests: &str| {
        warnings(&format!(
            "rules:\n  - id: a.b\n    condition: x and post.reports > 5\n    match: {{ x: {{ words: [bet], fields: [title] }} }}\n    weight: 1\n    tests: {{ {tests} }}\n"
        ))
    };
    let none: [&str; 0] = [];
    let hit = "hit: [{ title: bet, post: { reports: 6, created_at: '2026-01-01' } }]";
    assert_eq!(rule(&format!("{hit}, miss: [{{ title: the }}]")), none);
    assert_eq!(rule(&format!("{hit}, miss: [bet]")), none);
    assert_eq!(rule("hit: [bet], miss: [the]"), ["idle_test bet"]);
    let unread = "{ title: bet, post: { repots: 6, author: { id: 1 } } }";
    let found = rule(&format!("{hit}, miss: [{unread}]"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|one| one.starts_with("idle_test ")), "{found:?}");
    let scored = "{ title: the, score: 1 }";
    assert_eq!(rule(&format!("{hit}, miss: [{scored}]")).len(), 1);
}

#[test]
fn lints_of_tests() {
    let rule = |tests: &str| {
        warnings(&format!(
            "rules:\n  - id: a.b\n    condition: x\n    match: {{ x: [赌场] }}\n    weight: 1\n{tests}"
        ))
    };
    assert_eq!(rule(""), ["no_tests a.b"]);
    assert_eq!(rule("    tests: { hit: [赌场] }\n"), ["no_miss_test a.b"]);
    assert_eq!(
        rule("    tests: { hit: [赌场], miss: [打15471840629] }\n"),
        ["pii_in_tests 打15471840629"]
    );
    let boosted = |score: &str| {
        rule(&format!(
            "    boost: {{ length > 9: 1 }}\n    tests: {{ hit: [{{ text: 赌场{score} }}], miss: [天气] }}\n"
        ))
    };
    assert_eq!(boosted(""), ["untested_boost length > 9"]);
    assert!(boosted(", score: 1").is_empty());
}

#[test]
fn comments_silence_their_line_the_next_line_or_the_file() {
    let pack = |above: &str, before: &str, after: &str| {
        warnings(&format!(
            "{above}define:\n  x: [赌博]\n{before}  y: [彩票, 彩票, 赌] {after}\nrules:\n  - {{ id: a.b, condition: y, weight: 1, tests: {{ hit: [彩票], miss: [天气] }} }}\n"
        ))
    };
    let all = ["unused_matcher x", "duplicate_term 彩票", "short_term 赌"];
    assert_eq!(pack("", "", ""), all);
    assert_eq!(pack("", "", "# tidegate: allow(short_term)"), all[..2]);
    assert_eq!(pack("", "", "# tidegate: allow(short_term, duplicate_term)"), all[..1]);
    let below = ["unused_matcher x", "short_term 赌"];
    assert_eq!(pack("", "  # tidegate: allow(duplicate_term)\n", ""), below);
    assert_eq!(pack("# tidegate: allow(unused_matcher)\n", "", ""), all);
    assert_eq!(pack("", "", "# tidegate: allow(shrot_term)")[3..], ["unknown_lint shrot_term"]);

    let head = "# Notes.\n\n# tidegate: allow(unused_matcher, short_term)\ntidegate: 1\npack: p\ndefine: { x: [赌] }\n";
    let loaded = Loader::new().text("p.rules.yaml", head).load().unwrap();
    assert!(lint(&loaded.model).is_empty());
}

#[test]
fn guards_on_the_whole_post_are_reported() {
    let pack = |allowed: &str, condition: &str| {
        warnings(&format!(
            "define: {{ x: [赌博], y: [警方] }}\nrules:\n  # tidegate: allow({allowed})\n  - {{ id: a.b, condition: '{condition}', weight: 1, tests: {{ hit: [赌博], miss: [天气] }} }}\n"
        ))
        .into_iter()
        .filter(|warning| !warning.starts_with("unused_matcher"))
        .collect::<Vec<_>>()
    };
    for (condition, count) in [
        ("x and not y", 1),
        ("x and none of (y, x)", 1),
        ("x and length < 90 and not y", 2),
        ("x and length > 90", 0),
        ("x in segment (not y and length < 90)", 0),
        ("x and not x around/9 (y)", 0),
        ("x around/9 (y) and length <= 90", 1),
    ] {
        let expected = vec!["post_wide_guard ".to_owned() + &format!("'{condition}'"); count];
        assert_eq!(pack("short_term", condition), expected);
        // An earlier version called a part of it `wide_not`.
        for allowed in ["post_wide_guard", "wide_not"] {
            assert_eq!(pack(allowed, condition), [""; 0], "{condition}");
        }
    }
    assert_eq!(pack("post_wide", "x").len(), 1, "an unknown lint");
}

#[test]
fn every_lint_is_in_the_table_and_tested() {
    let sources = [
        include_str!("examples.rs"),
        include_str!("lengths.rs"),
        include_str!("phrases.rs"),
        include_str!("pii.rs"),
        include_str!("rules.rs"),
        include_str!("silence.rs"),
        include_str!("terms.rs"),
        include_str!("spelling.rs"),
        include_str!("../condition/resolve.rs"),
        include_str!("../load/draft.rs"),
        include_str!("../load/idle.rs"),
        include_str!("../source/yaml/tree.rs"),
    ];
    let tests = include_str!("tests.rs");
    assert!(LINTS.is_sorted_by_key(|(code, _)| *code));
    // Lints that need a corpus are reported and tested there.
    let of_rules = LINTS.iter().filter(|(code, _)| *code != "hits_clean_corpus");
    for (code, what) in of_rules {
        let quoted = format!("\"{code}\"");
        assert!(sources.iter().any(|source| source.contains(&quoted)), "{code} is never reported");
        assert!(tests.contains(&format!("\"{code} ")), "{code} has no test");
        assert!(what.ends_with('.'), "{code}");
    }
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/warnings.md");
    let page = std::fs::read_to_string(page).unwrap();
    for (code, _) in LINTS {
        assert!(page.contains(&format!("\n| `{code}` |")), "{code} is not documented");
    }
}
