//! Machine-readable diagnostics: JSON lines, SARIF 2.1.0, and GitHub workflow commands, which
//! annotate the lines of a change.

use crate::term;
use crate::term::diagnostics::add_place;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::fmt::Write as _;
use tidegate_engine::diagnostic::{Diagnostic, Place, Severity};
use tidegate_engine::message::{Message, message};

/// Output format of `check`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Text with excerpts of the files
    #[default]
    Text,
    /// One JSON object per line
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// GitHub workflow commands, which annotate the lines
    Github,
}

/// One JSON object per line.
pub fn json_lines(diagnostics: &[Diagnostic]) -> String {
    let lines = diagnostics.iter().flat_map(|found| term::json_line(&as_json(found)));
    // JSON is UTF-8.
    String::from_utf8(lines.collect()).unwrap_or_default()
}

fn as_json(found: &Diagnostic) -> Value {
    let Diagnostic { severity, code, message, place, label, related, help } = found;
    let mut object = json!({ "severity": level(*severity), "code": code, "message": message });
    if let Some(place) = place {
        add_place(&mut object, place);
    }
    for (name, text) in [("label", label), ("help", help)] {
        if !text.is_empty() {
            object[name] = json!(text);
        }
    }
    if !related.is_empty() {
        let other = |(place, word): &(Place, Message)| {
            let mut object = json!({ "message": word });
            add_place(&mut object, place);
            object
        };
        object["related"] = related.iter().map(other).collect();
    }
    object
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// One SARIF log.
pub fn sarif(diagnostics: &[Diagnostic]) -> String {
    let mut codes: Vec<&str> = diagnostics.iter().map(|found| found.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.iter().map(|code| json!({ "id": code })).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tidegate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(result).collect::<Vec<Value>>(),
        }],
    });
    // JSON is UTF-8.
    String::from_utf8(term::json_line(&log)).unwrap_or_default()
}

fn result(found: &Diagnostic) -> Value {
    let mut result = json!({
        "ruleId": found.code,
        "level": level(found.severity),
        "message": { "text": message_with_help(found) },
    });
    if let Some(place) = &found.place {
        result["locations"] = json!([location(place)]);
    }
    if !found.related.is_empty() {
        let other = |(at, (place, word)): (usize, &(Place, Message))| {
            let mut location = location(place);
            location["id"] = json!(at);
            location["message"] = json!({ "text": term::say(word) });
            location
        };
        result["relatedLocations"] = found.related.iter().enumerate().map(other).collect();
    }
    result
}

fn location(place: &Place) -> Value {
    let mut object = json!({});
    add_place(&mut object, place);
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&place.source.name) },
        "region": {
            "startLine": object["line"],
            "startColumn": object["column"],
            "endLine": object["end_line"],
            "endColumn": object["end_column"],
        },
    } })
}

/// The message and the help, joined.
fn message_with_help(found: &Diagnostic) -> String {
    if found.help.is_empty() {
        term::say(&found.message)
    } else {
        term::say(&message!("{}; {}", found.message, found.help))
    }
}

/// A path as a URI reference; bytes not allowed in one are percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// One command per diagnostic.
pub fn github(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for found in diagnostics {
        let mut properties = Vec::new();
        if let Some(place) = &found.place {
            let mut object = json!({});
            add_place(&mut object, place);
            properties.push(format!("file={}", property(&place.source.name)));
            for (name, key) in [
                ("line", "line"),
                ("endLine", "end_line"),
                ("col", "column"),
                ("endColumn", "end_column"),
            ] {
                properties.push(format!("{name}={}", object[key]));
            }
        }
        properties.push(format!("title={}", property(found.code)));
        let (level, properties) = (level(found.severity), properties.join(","));
        let _ = writeln!(out, "::{level} {properties}::{}", data(&message_with_help(found)));
    }
    out
}

fn data(text: &str) -> String {
    // Line breaks are encoded first; `printable` then escapes the other control characters.
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    term::printable(&text).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tidegate_engine::diagnostic::Source;

    fn diagnostics() -> Vec<Diagnostic> {
        let name = "my rules/赌:1,2.yaml".to_owned();
        let source = Arc::new(Source { name, text: "赌: x\ny".to_owned() });
        let place = |range| Place { source: source.clone(), range };
        let error = Diagnostic::error(
            "bad_value",
            Message::verbatim("not \"good\"\n100%"),
            Some(place(3..6)),
        )
        .help(Message::verbatim("change it"))
        .related(place(7..7), Message::verbatim("here too"));
        vec![error, Diagnostic::warning("odd", Message::verbatim("odd"), None)]
    }

    #[test]
    fn json_has_one_line_per_diagnostic() {
        let text = json_lines(&diagnostics());
        let first = r#"{"severity":"error","code":"bad_value","message":"not \"good\"\n100%","file":"my rules/赌:1,2.yaml","line":1,"column":2,"end_line":1,"end_column":5,"help":"change it","related":[{"message":"here too","file":"my rules/赌:1,2.yaml","line":2,"column":1,"end_line":2,"end_column":1}]}"#;
        assert_eq!(text.lines().next(), Some(first));
        assert_eq!(text.lines().count(), 2);
    }

    /// Checks the members that the SARIF 2.1.0 schema requires, and their types.
    #[test]
    fn sarif_has_the_members_required_by_its_schema() {
        for found in [diagnostics(), Vec::new()] {
            let log: Value = serde_json::from_str(&sarif(&found)).unwrap();
            assert_eq!(log["version"], "2.1.0");
            let run = &log["runs"][0];
            assert!(run["tool"]["driver"]["name"].is_string());
            let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
            assert!(rules.iter().all(|rule| rule["id"].is_string()));
            let results = run["results"].as_array().unwrap();
            assert_eq!(results.len(), found.len());
            for result in results {
                assert!(result["message"]["text"].is_string());
                assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
                assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
            }
        }
        let log: Value = serde_json::from_str(&sarif(&diagnostics())).unwrap();
        let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "my%20rules/%E8%B5%8C%3A1%2C2.yaml");
        let region = json!({ "startLine": 1, "startColumn": 2, "endLine": 1, "endColumn": 5 });
        assert_eq!(location["region"], region);
        let related = &log["runs"][0]["results"][0]["relatedLocations"][0];
        assert_eq!(related["message"]["text"], "here too");
    }

    #[test]
    fn github_commands_are_single_lines() {
        assert_eq!(
            github(&diagnostics()),
            "::error file=my rules/赌%3A1%2C2.yaml,line=1,endLine=1,col=2,endColumn=5,\
             title=bad_value::not \"good\"%0A100%25; change it\n\
             ::warning title=odd::odd\n"
        );
    }
}
