//! Runs the program with rules that do not change under it.

use serde_json::Value;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

/// The program with the rules and policy of the tests.
pub fn tidegate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let rules = ["--no-default-rules", "--rules", "tests/cli/rules"];
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    command.args(rules).args(arguments);
    if !arguments.contains(&"--policy") {
        command.args(["--policy", "demo"]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end on `input`.
pub fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = tidegate(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may end before it has read everything: that is for the caller to judge.
    let feeding = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output
}

/// The exit status.
pub fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

/// Standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The verdicts.
pub fn verdicts(stdout: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Action of each verdict, or its error.
pub fn kinds(stdout: &[u8]) -> Vec<String> {
    let kind = |verdict: &Value| {
        let key = if verdict["action"] == "unreadable" { "error" } else { "action" };
        verdict[key].as_str().unwrap().to_owned()
    };
    verdicts(stdout).iter().map(kind).collect()
}

/// Sends a signal.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Posts that nothing is wrong with, numbered from 0.
pub fn posts(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|n| format!("{{\"id\":{n},\"text\":\"post {n}\"}}\n").into_bytes())
        .collect()
}
