//! Long ordinary texts: letters, minutes, terms, stories, product pages. They name money, contacts,
//! medicine and quarrels, far from each other or among people who know one another, so the embedded
//! packs must find nothing in them that leads to an action.

use crate::compiled::judged;
use crate::embedded;
use crate::sessions::root;
use std::fs;
use tidegate_engine::classifier::Classifier;

/// Name and text of every file in `tests/it/ordinary`, in order of names.
fn texts() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("tests/it/ordinary")).unwrap();
    let mut texts: Vec<(String, String)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    texts.sort();
    texts
}

/// The rules that fire on `text`, with their evidence.
fn fired(classifier: &Classifier, text: &str) -> Vec<String> {
    let line = serde_json::json!({ "id": 1, "text": text }).to_string();
    let verdict = judged(classifier, line.as_bytes());
    let verdict: serde_json::Value = serde_json::from_str(&verdict).unwrap();
    let rules = verdict["rules"].as_array().cloned().unwrap_or_default();
    rules.iter().map(|rule| format!("{} {}", rule["id"], rule["evidence"])).collect()
}

#[test]
fn long_ordinary_texts_are_allowed() {
    let (texts, classifier) = (texts(), embedded::classifier());
    assert!(texts.len() >= 12);
    for (name, text) in &texts {
        assert!(text.chars().count() >= 400, "{name} is short");
        let fired = fired(&classifier, text);
        assert!(fired.is_empty(), "{name}: {fired:#?}");
    }
}

#[test]
fn harm_among_ordinary_sentences_is_found() {
    let classifier = embedded::classifier();
    for (language, harm, pack) in [
        ("zh", "真人荷官在线，首充送88，加V信：abc12345。", "gambling.zh."),
        ("zh", "我刚吞了一整瓶药，对不起爸爸妈妈。", "self-harm.zh."),
        (
            "en",
            "URGENT! Your mobile number has won a £2000 prize, call 0906 555 0100 to claim.",
            "fraud.en.",
        ),
        ("en", "I just took the whole bottle of tylenol. Goodbye.", "self-harm.en."),
    ] {
        let around: Vec<(String, String)> = texts()
            .into_iter()
            .filter(|(name, _)| name.contains(&format!("{language}-")))
            .collect();
        assert!(!around.is_empty());
        for (name, text) in around {
            // Between two lines, as a paragraph of its own.
            let middle = text.char_indices().filter(|(_, symbol)| *symbol == '\n');
            let middle = middle.map(|(at, _)| at).nth(1).unwrap_or(text.len());
            let mixed = format!("{}\n{harm}\n{}", &text[..middle], &text[middle..]);
            let fired = fired(&classifier, &mixed).join("\n");
            assert!(fired.contains(pack), "{name}: no rule of {pack} is among {fired}");
        }
    }
}
