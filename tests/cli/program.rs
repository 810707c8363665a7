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
    feed(&mut tidegate(arguments), input)
}

/// Runs a command, whose standard input is a pipe, to the end on `input`.
pub fn feed(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
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

/// Is this the long form of the tests?
pub fn is_full() -> bool {
    std::env::var_os("TIDEGATE_FULL").is_some()
}

/// How often to try what depends on chance.
pub fn sweep(short: usize, full: usize) -> usize {
    if is_full() { full } else { short }
}

/// Prints which test was skipped on this machine, even if the test passes.
pub fn skip(reason: &str) {
    let text = format!("a test of the command line was skipped: {reason}\n");
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// Is there a program of this name?
pub fn is_there(name: &str) -> bool {
    let mut command = Command::new(name);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// The same call with no more address space than `megabytes`.
pub fn within(megabytes: usize, program: &Command) -> Command {
    let mut command = Command::new("prlimit");
    command.arg(format!("--as={}", megabytes << 20)).arg("--core=0").arg(program.get_program());
    command.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    command.env("NO_COLOR", "1").env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The most memory that a process has held so far.
pub fn peak_kilobytes(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How many verdicts there are, if they are those of the first [`posts`], each once and in
/// order; the last may be cut.
#[track_caller]
pub fn prefix_of_posts(verdicts: &[u8]) -> usize {
    let mut whole = 0;
    for (n, line) in verdicts.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let expected = format!("{{\"id\":{n},\"action\":\"allow\"}}\n");
        assert!(
            expected.as_bytes().starts_with(line),
            "verdict {n} is {:?}",
            String::from_utf8_lossy(line)
        );
        whole += usize::from(line.len() == expected.len());
    }
    whole
}
