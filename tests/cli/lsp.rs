//! `tidegate lsp` with a client at the other end of its standard input and output.

use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A pack whose condition has a slip.
const PACK: &str = "\
tidegate: 1
pack: p
title: Tickets
license: CC0-1.0
defaults: { category: fraud, level: low }
define:
  game: [赌博平台, 棋牌游戏]
  list: { file: words.txt, view: [squeezed, look] }
rules:
  - id: p.one
    title: One
    match: { bait: [𝒳 gift card] }
    condition: game and bait near/40 list
    weight: 3
    tests:
      hit: [赌博平台 x gift card, nothing here]
      miss: [a gift card]
  - id: p.two
    title: Two
    condition: fired(p.one) and post.channel == news
    weight: 1
";

/// A program that serves, and its client.
struct Session {
    folder: TempDir,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: i32,
    /// Notifications that came before an answer.
    notes: Vec<Notification>,
    /// The diagnostics of each file.
    lists: BTreeMap<String, Value>,
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .arg("lsp")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

impl Session {
    /// A server over a folder with these files, after `initialize` with these capabilities.
    fn new(files: &[(&str, &str)], capabilities: Value) -> (Session, Value) {
        Session::with(&["--no-default-rules"], files, json!({ "capabilities": capabilities }))
    }

    /// A server with these arguments, after `initialize` with these parameters.
    fn with(arguments: &[&str], files: &[(&str, &str)], parameters: Value) -> (Session, Value) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut child = start(arguments);
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut session = Session {
            folder,
            child,
            input,
            output,
            next: 0,
            notes: Vec::new(),
            lists: BTreeMap::new(),
        };
        let root = session.uri("");
        let mut parameters = parameters;
        parameters["processId"] = Value::Null;
        parameters["workspaceFolders"] = json!([{ "uri": root, "name": "rules" }]);
        let result = session.ask("initialize", parameters);
        session.notify("initialized", json!({}));
        (session, result)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display()).trim_end_matches('/').to_owned()
    }

    fn send(&mut self, message: Message) {
        message.write(self.input.as_mut().unwrap()).unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(Message::Notification(Notification { method: method.to_owned(), params }));
    }

    /// The next message of the server; its requests are answered.
    fn read(&mut self) -> Message {
        loop {
            let message = Message::read(&mut self.output).unwrap().expect("the server is there");
            match message {
                Message::Request(request) => {
                    let answer = lsp_server::Response::new_ok(request.id, Value::Null);
                    self.send(Message::Response(answer));
                }
                Message::Notification(note) => {
                    if note.method == "textDocument/publishDiagnostics" {
                        let uri = note.params["uri"].as_str().unwrap().to_owned();
                        self.lists.insert(uri, note.params["diagnostics"].clone());
                    }
                    return Message::Notification(note);
                }
                Message::Response(_) => return message,
            }
        }
    }

    /// The answer to a request: its result, or its error.
    fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, (i32, String)> {
        self.next += 1;
        let id = RequestId::from(self.next);
        let method = method.to_owned();
        self.send(Message::Request(Request { id: id.clone(), method, params }));
        loop {
            match self.read() {
                Message::Response(response) if response.id == id => {
                    return response.response_result.map_err(|error| (error.code, error.message));
                }
                Message::Notification(note) => self.notes.push(note),
                other => panic!("unexpected message: {other:?}"),
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// The next notification of a method.
    fn note(&mut self, method: &str) -> Value {
        if let Some(at) = self.notes.iter().position(|note| note.method == method) {
            return self.notes.remove(at).params;
        }
        loop {
            match self.read() {
                Message::Notification(note) if note.method == method => return note.params,
                Message::Notification(note) => self.notes.push(note),
                other => panic!("unexpected message: {other:?}"),
            }
        }
    }

    /// The next diagnostics of a file, as `code LINE:COLUMN-COLUMN`.
    fn diagnostics(&mut self, name: &str) -> Vec<String> {
        let uri = self.uri(name);
        loop {
            let params = self.note("textDocument/publishDiagnostics");
            if params["uri"] == json!(uri) {
                let found = params["diagnostics"].as_array().unwrap();
                return found.iter().map(rendered).collect();
            }
        }
    }

    /// Every diagnostic that the client shows, as `code LINE:COLUMN message` from 1.
    fn shown(&self) -> Vec<String> {
        let one = |it: &Value| {
            let start = &it["range"]["start"];
            let [line, column] = ["line", "character"].map(|key| start[key].as_u64().unwrap() + 1);
            let message = it["message"].as_str().unwrap().lines().next().unwrap();
            format!("{} {line}:{column} {}", it["code"], json!(message))
        };
        self.lists.values().flat_map(|list| list.as_array().unwrap()).map(one).collect()
    }

    fn open(&mut self, name: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        self.open_as(name, &text);
    }

    fn open_as(&mut self, name: &str, text: &str) {
        let document = json!({
            "uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text,
        });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a range `[line, column, line, column]` of an open file.
    fn change(&mut self, name: &str, range: [u32; 4], text: &str) {
        let [line, column, to_line, to_column] = range;
        let range = json!({
            "start": { "line": line, "character": column },
            "end": { "line": to_line, "character": to_column },
        });
        let params = json!({
            "textDocument": { "uri": self.uri(name), "version": 2 },
            "contentChanges": [{ "range": range, "text": text }],
        });
        self.notify("textDocument/didChange", params);
    }

    /// The exit status after the end of the input, and what it wrote to standard error.
    fn end(mut self) -> (Option<i32>, String) {
        self.input = None;
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), errors)
    }

    /// Ends as the protocol wants, and expects a clean end.
    fn shut_down(mut self) {
        self.ask("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        assert_eq!(self.end(), (Some(0), String::new()));
    }
}

fn rendered(diagnostic: &Value) -> String {
    let (start, end) = (&diagnostic["range"]["start"], &diagnostic["range"]["end"]);
    let code = diagnostic["code"].as_str().unwrap_or("?");
    format!("{code} {}:{}-{}", start["line"], start["character"], end["character"])
}

/// The session of most tests: a pack, its list and a policy.
fn session() -> Session {
    let policy = "tidegate: 1\nkind: policy\ntitle: P\ncategories: { fraud: { flag: 1 } }\n\
        rules: [{ rule: p.one, mode: shadow, reason: new }]\n";
    let files =
        [("p.rules.yaml", PACK), ("words.txt", "one\ntwo words\n"), ("x.policy.yaml", policy)];
    Session::new(&files, json!({})).0
}

#[test]
fn unsaved_text_is_checked_with_the_other_files() {
    let mut session = session();
    session.open("p.rules.yaml");
    assert_eq!(session.diagnostics("p.rules.yaml"), ["no_tests 17:8-13"]);
    // `bait` → `baet`, behind a character of two UTF-16 units in another line.
    session.change("p.rules.yaml", [12, 27, 12, 28], "e");
    assert_eq!(session.diagnostics("p.rules.yaml"), ["unknown_name 12:24-28"]);
    // An error in the unsaved word list is found through the pack.
    session.change("p.rules.yaml", [12, 27, 12, 28], "i");
    session.open_as("words.txt", "one\tweight=x\n");
    assert_eq!(session.diagnostics("words.txt"), ["bad_value 0:4-12"]);
    // Closed without saving: the file on disk counts again.
    let uri = session.uri("words.txt");
    session.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(session.diagnostics("words.txt"), [] as [&str; 0]);
    session.shut_down();
}

#[test]
fn many_quick_changes_end_with_the_diagnostics_of_the_last_text() {
    let mut session = session();
    session.open("p.rules.yaml");
    for _ in 0..40 {
        session.change("p.rules.yaml", [12, 27, 12, 28], "e");
        session.change("p.rules.yaml", [12, 27, 12, 28], "i");
    }
    session.change("p.rules.yaml", [0, 0, 0, 8], "tidegat");
    let mut last = session.diagnostics("p.rules.yaml");
    while !last.iter().any(|it| it.starts_with("unknown_key")) {
        last = session.diagnostics("p.rules.yaml");
    }
    session.shut_down();
}

#[test]
fn diagnostics_are_those_of_check() {
    let broken = "tidegate: 2\npack: q\ndefine:\n  赌博: [a]\n  one: { words: [赌, '', a], vew: [look] }\n\
        rules:\n  - id: q.one\n    category: fraudd\n    condition: one nearr/3 two\n    weight: x\n\
        \x20 - { id: p.two, category: spam, condition: one, weight: 1 }\n";
    let warned = PACK.replace("bait: [𝒳 gift card]", "bait: [y, '四'], unused: [z]");
    let policy =
        "tidegate: 1\nkind: policy\ncategoris: {}\nrules:\n  - { rule: no.such, mode: shadow }\n";
    for files in [
        &[("p.rules.yaml", PACK), ("q.rules.yaml", broken), ("words.txt", "a\tb=1\n")][..],
        &[("p.rules.yaml", &warned), ("words.txt", "a\na\n"), ("x.policy.yaml", policy)],
        &[("sub/p.rules.yaml", &warned.replace("words", "../words")), ("words.txt", "one\n")],
        &[("p.rules.yaml", "pack: [p"), ("words.txt", "")],
    ] {
        let (mut session, _) = Session::new(files, json!({}));
        let text = fs::read_to_string(session.path(files[0].0)).unwrap();
        session.open_as(files[0].0, &text);
        session.diagnostics(files[0].0);
        // Every list is published before the next answer.
        session.ask("textDocument/codeLens", json!({ "textDocument": { "uri": "file:///x" } }));
        let output = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args(["check", "--no-default-rules", "--format", "json"])
            .arg(session.folder.path())
            .output()
            .unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let mut expected: Vec<String> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|it| format!("{} {}:{} {}", it["code"], it["line"], it["column"], it["message"]))
            .collect();
        expected.sort();
        let mut found = session.shown();
        found.sort();
        assert!(!found.is_empty());
        assert_eq!(found, expected);
        session.shut_down();
    }
}

#[test]
fn settings_name_the_rules_and_the_built_in_packs() {
    let pack = "tidegate: 1\npack: mine\nrules:\n\
        \x20 - { id: mine.one, category: spam, condition: abuse-en.insult, weight: 1 }\n";
    let other = pack.replace("mine", "other").replace("abuse-en.insult", "mine.nothing");
    let files = [("a/m.rules.yaml", pack), ("b/o.rules.yaml", &*other)];
    let found = |options: Value| {
        let parameters = json!({ "capabilities": {}, "initializationOptions": options });
        let (mut session, _) = Session::with(&[], &files, parameters);
        session.open("a/m.rules.yaml");
        let own = session.diagnostics("a/m.rules.yaml");
        session.ask("textDocument/codeLens", json!({ "textDocument": { "uri": "file:///x" } }));
        let is_other = session.lists.contains_key(&session.uri("b/o.rules.yaml"));
        session.shut_down();
        (own.iter().any(|it| it.starts_with("unknown_name")), is_other)
    };
    assert_eq!(found(json!(null)), (false, true), "the workspace, with the built-in packs");
    assert_eq!(found(json!({ "rules": ["a"], "noDefaultRules": true })), (true, false));
}

#[test]
fn policies_are_checked_and_files_change_on_disk() {
    let mut session = session();
    session.open("x.policy.yaml");
    assert_eq!(session.diagnostics("x.policy.yaml"), [] as [&str; 0]);
    fs::write(session.path("p.rules.yaml"), PACK.replace("id: p.one", "id: p.other")).unwrap();
    let change = json!({ "uri": session.uri("p.rules.yaml"), "type": 2 });
    session.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    let found = session.diagnostics("p.rules.yaml");
    assert_eq!(found, ["unknown_name 19:21-26"], "{found:?}");
    session.shut_down();
}

#[test]
fn columns_are_bytes_if_the_client_offers_it() {
    let text = "tidegate: 1\npack: p\ndefine: { a: [𝒳], 赌: [b] }\n";
    for (encodings, expected) in
        [(json!(["utf-16"]), "19-20"), (json!(["utf-16", "utf-8"]), "21-24")]
    {
        let capabilities = json!({ "general": { "positionEncodings": encodings } });
        let (mut session, result) = Session::new(&[("p.rules.yaml", text)], capabilities);
        let offered = encodings.as_array().unwrap();
        assert_eq!(result["capabilities"]["positionEncoding"], *offered.last().unwrap());
        session.open("p.rules.yaml");
        let found = session.diagnostics("p.rules.yaml");
        assert!(found.contains(&format!("bad_name 2:{expected}")), "{found:?}");
        session.shut_down();
    }
}

#[test]
fn requests_with_errors_do_not_end_the_server() {
    let mut session = session();
    assert_eq!(session.try_ask("no/such", json!({})).unwrap_err().0, -32601);
    assert_eq!(session.try_ask("initialize", json!({})).unwrap_err().0, -32600);
    session.notify("textDocument/didOpen", json!({ "nonsense": true }));
    session.notify("no/such", json!([]));
    session.open("p.rules.yaml");
    assert_eq!(session.diagnostics("p.rules.yaml"), ["no_tests 17:8-13"]);
    session.ask("shutdown", Value::Null);
    assert_eq!(session.try_ask("textDocument/hover", json!({})).unwrap_err().0, -32600);
    session.notify("exit", Value::Null);
    assert_eq!(session.end().0, Some(0));
}

#[test]
fn names_are_explained_completed_found_and_renamed() {
    let mut session = session();
    session.open("p.rules.yaml");
    session.diagnostics("p.rules.yaml");
    let uri = session.uri("p.rules.yaml");
    let at = |line: u32, column: u32| {
        json!({
            "textDocument": { "uri": uri },
            "position": { "line": line, "character": column },
        })
    };
    let hover = session.ask("textDocument/hover", at(12, 38));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("2 terms from `words.txt`"), "{text}");
    let hover = session.ask("textDocument/hover", at(9, 10));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("Looked at in") && text.contains("its key"), "{text}");
    let items = session.ask("textDocument/completion", at(12, 24));
    let labels = items["items"].as_array().unwrap().iter().map(|item| &item["label"]);
    assert!(labels.clone().any(|label| label == "bait"), "{labels:?}");
    let place = session.ask("textDocument/definition", at(12, 38));
    assert_eq!((&place["uri"], &place["range"]["start"]["line"]), (&json!(uri), &json!(7)));
    let mut rename = at(9, 10);
    rename["newName"] = json!("p.first");
    let edit = session.ask("textDocument/rename", rename);
    let policy = session.uri("x.policy.yaml");
    assert_eq!(edit["changes"][policy.as_str()][0]["newText"], "p.first");
    assert_eq!(edit["changes"][uri.as_str()].as_array().unwrap().len(), 3, "{edit}");
    session.shut_down();
}

#[test]
fn tests_of_rules_run_with_unsaved_text() {
    let mut session = session();
    session.open("p.rules.yaml");
    session.diagnostics("p.rules.yaml");
    let uri = session.uri("p.rules.yaml");
    let run = |arguments: Value| json!({ "command": "tidegate.runTests", "arguments": arguments });
    let counts = session.ask("workspace/executeCommand", run(json!([uri])));
    assert_eq!(
        counts,
        json!({ "passed": 1, "failed": 2, "rules": 1, "untested": ["p.two"], "sequences_not_run": 0 })
    );
    let shown = session.note("window/showMessage");
    assert_eq!(shown["message"], "1 passed, 2 failed: examples of 1 rule; 1 rule without examples");
    let failed = session.diagnostics("p.rules.yaml");
    let silent = "example_does_not_fire";
    assert_eq!(
        failed,
        ["no_tests 17:8-13".to_owned(), format!("{silent} 15:12-28"), format!("{silent} 15:30-42"),]
    );
    // Without the second example, and with the list in the first one, both pass.
    session.change("p.rules.yaml", [15, 12, 15, 42], "赌博平台 𝒳 gift card one");
    let counts = session.ask("workspace/executeCommand", run(json!([uri, "p.one"])));
    assert_eq!(
        counts,
        json!({ "passed": 2, "failed": 0, "rules": 1, "untested": [], "sequences_not_run": 0 })
    );
    let (code, message) =
        session.try_ask("workspace/executeCommand", run(json!([uri, "p.none"]))).unwrap_err();
    assert_eq!((code, message.as_str()), (-32803, "the file has no rule `p.none`"));
    for arguments in [json!([]), json!(["file:///nowhere"])] {
        let error = session.try_ask("workspace/executeCommand", run(arguments)).unwrap_err();
        assert_eq!(error.0, -32602, "{error:?}");
    }
    session.shut_down();
}

#[test]
fn an_exit_without_shutdown_has_status_1() {
    let mut session = session();
    session.notify("exit", Value::Null);
    assert_eq!(session.end(), (Some(1), String::new()));
    assert_eq!(self::session().end(), (Some(1), String::new()), "the client is gone");
}

#[test]
fn a_malformed_message_ends_with_a_clear_error() {
    for (input, why) in [
        ("hello\r\n\r\n", "is no line of a header"),
        ("Content-Length: 7\r\n\r\n{\"id\":1", "EOF while parsing"),
    ] {
        let mut child = start(&[]);
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{errors}");
        assert!(errors.starts_with("error: the client sent a malformed message"), "{errors}");
        assert!(errors.contains(why) && errors.lines().count() == 1, "{errors}");
    }
}

#[test]
fn the_help_names_the_page_with_settings() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_tidegate")).args(["lsp", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let page = help.split_whitespace().find(|word| word.starts_with("docs/editors.md")).unwrap();
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(page.trim_end_matches(';')).is_file());
}
