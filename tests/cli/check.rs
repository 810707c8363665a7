//! `tidegate check --watch`: a change is answered.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const PACK: &str = "tidegate: 1\npack: p\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\nrules:\n  - id: p.a\n    title: Ada\n    category: spam\n    match: { a: [赌博平台] }\n    condition: a\n    weight: 1\n    tests: { hit: [赌博平台], miss: [平台] }\n";

#[test]
fn rules_are_checked_again_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("p.rules.yaml");
    fs::write(&pack, PACK).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["check", "--watch", "--format", "github"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for name in ["one", "another", "third"] {
        fs::write(&pack, PACK.replace("condition: a", &format!("condition: {name}"))).unwrap();
        // The previous diagnostic may be repeated if the file changed during a check.
        let error = lines.by_ref().map(Result::unwrap).find(|line| line.contains(name));
        assert!(error.unwrap().starts_with("::error "));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
